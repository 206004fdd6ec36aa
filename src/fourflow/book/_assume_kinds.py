"""Categories that a newcomer's listings imply: kind, unit and weight of whatever they name.

A column `kind` in the listings says the kind. Without one the unit tells: money is capital, a licence is
technology, people and their time are talent, and everything else is goods. Goods counted in items are whole,
unless somebody lists a part of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import polars as pl

from fourflow.book._market import KINDS
from fourflow.book._numbers import plain
from fourflow.book._rules import tonnes_of
from fourflow.book._sheet import Sheet, join_words
from fourflow.units import CURRENCIES, Unit, find_unit

LISTINGS = ("offers", "needs")
KIND = "kind"
_KIND_OF_UNIT = {"licence": "technology"} | {
    f"person{time}": "talent" for time in ("", "_month", "_week", "_day", "_hour")
}
_WORDS_OF_KIND = {
    "capital": "money fund funding finance loan grant investment equity cash",
    "talent": "person people staff skill labour labor work expert expertise human worker volunteer",
    "technology": "licence license software patent tech tool ip data knowledge method",
    "goods": "good equipment thing item material product machine hardware food",
}
"""What people write where a kind is asked for, without a plural s."""
PIECE = "item"
_ASSUMED_TONNES = "0.001"
Uses = dict[str, Counter[str]]
"""category -> how often each word is written for it."""


def take_kinds(sheets: Mapping[str, Sheet]) -> Uses:
    """Take the column `kind` out of the listings: which kinds are said of each category as it is written.

    Rows with a word that is no kind are refused.
    """
    said: Uses = {}
    for noun in LISTINGS:
        sheet = sheets[noun]
        if KIND not in sheet.cells.columns:
            continue
        words = sheet.cells[KIND].str.to_lowercase()
        odd = (words.is_not_null() & ~words.is_in(KINDS)).to_numpy()
        meant = pl.Series([_meant(word) for word in words.filter(pl.Series(odd))], dtype=pl.String)
        sheet.flag(odd, KIND, "unknown", f"must be {join_words(KINDS)}", meant)
        _count(said, sheet.cells["category"], words.filter(pl.Series(~odd)), np.flatnonzero(~odd))
        sheet.silence(odd, keep=("id",))
        sheet.cells, sheet.columns = sheet.cells.drop(KIND), sheet.columns - {KIND}
    return said


def _meant(word: str) -> str:
    """The kind that somebody means who writes another word for it."""
    bare = word.removesuffix("s").replace("ie", "y") if word.endswith("ies") else word.removesuffix("s")
    return next(
        (kind for kind, words in _WORDS_OF_KIND.items() if bare in words.split()), "one of these is meant"
    )


def _count(uses: Uses, categories: pl.Series, words: pl.Series, rows: np.ndarray) -> None:
    pairs = pl.DataFrame({"category": categories.gather(rows), "word": words}).drop_nulls()
    pairs = pairs.with_columns(pl.col("category").str.split(";")).explode("category")
    counts = pairs.group_by(pl.col("category").str.strip_chars(), "word").len()
    for category, word, count in counts.rows():
        uses.setdefault(category, Counter())[word] += count


def make_categories(sheets: Mapping[str, Sheet], ids: pl.DataFrame, said: Uses) -> pl.DataFrame:
    """The cells of the table: ids has id and name; `said` is by the ids too."""
    units: Uses = {}
    for noun in LISTINGS:
        cells = sheets[noun].cells
        symbols = cells["unit"].replace({text: _symbol(text) for text in cells["unit"].unique().drop_nulls()})
        _count(units, cells["category"], symbols, np.arange(len(cells)))
    chosen = [_first(units.get(key, Counter()), PIECE) for key in ids["id"].to_list()]
    kinds = [_first(said.get(key, Counter()), _guess(unit))
             for key, unit in zip(ids["id"].to_list(), chosen, strict=True)]  # fmt: skip
    weights = [_weight(find_unit(unit)) if kind == "goods" else None
               for unit, kind in zip(chosen, kinds, strict=True)]  # fmt: skip
    parts = _in_parts(sheets)
    pieces = [kind == "goods" and unit == PIECE and key not in parts
              for key, kind, unit in zip(ids["id"].to_list(), kinds, chosen, strict=True)]  # fmt: skip
    return ids.with_columns(
        pl.Series("kind", kinds, dtype=pl.String),
        pl.Series("unit", chosen, dtype=pl.String),
        pl.Series("tonnes_per_unit", weights, dtype=pl.String),
        pl.Series("whole", ["true" if piece else None for piece in pieces], dtype=pl.String),
    )


def _in_parts(sheets: Mapping[str, Sheet]) -> set[str]:
    """The categories of which somebody writes a quantity that is not whole."""
    found: set[str] = set()
    for noun in LISTINGS:
        cells = sheets[noun].cells
        broken = cells["quantity"].str.contains(r"\.[0-9]*[1-9]").fill_null(False)
        named = cells["category"].filter(broken).drop_nulls().str.split(";").explode()
        found |= set(named.str.strip_chars().to_list())
    return found


def _symbol(text: str) -> str | None:
    unit = find_unit(text)
    return unit.symbol if unit else text if text in CURRENCIES else None


def _first(words: Counter[str], default: str) -> str:
    """The word used most, the first by name among equals."""
    return min(words, key=lambda word: (-words[word], word)) if words else default


def _guess(unit: str) -> str:
    return "capital" if unit in CURRENCIES else _KIND_OF_UNIT.get(unit, "goods")


def _weight(unit: Unit | None) -> str | None:
    """A litre is taken to weigh a kilogram, and so is anything that is only counted."""
    if unit is None or unit.dimension == "mass":
        return None
    kilogram = find_unit("kg")
    assert kilogram is not None
    if unit.dimension != "volume":
        return _ASSUMED_TONNES
    tonnes = unit.factor * tonnes_of(kilogram)
    return plain(Decimal(tonnes.numerator) / Decimal(tonnes.denominator))


def told(categories: pl.DataFrame) -> str:
    """What was assumed of them, in words."""
    kinds = [kind for kind in KINDS if kind in categories["kind"].to_list()]
    weighed = categories.filter(pl.col("tonnes_per_unit").is_not_null())["unit"].unique().sort().to_list()
    how = f"{join_words(kinds).replace(' or ', ' and ')} taken from the listings, in the unit used most"
    if weighed:
        how += f", and one {join_words(weighed)} is taken to weigh 1 kg (1 litre: 1 kg)"
    whole = categories["whole"].is_not_null().any()
    return f"{how}; items are given whole, unless a part of one is listed" if whole else how
