"""What a newcomer left out: tables and settings that two sheets, offers and needs, imply.

Only whole tables are assumed; where a table is given, what points at it has to resolve. Everything
assumed is said in a warning, and becomes part of the book.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from fourflow.book._assume_kinds import LISTINGS, Uses, make_categories, take_kinds, told
from fourflow.book._assume_travel import COORDINATES, Position, assume_travel, key_of, take_coordinates
from fourflow.book._cells import slug
from fourflow.book._fields import FIELDS, Field, names
from fourflow.book._sheet import Sheet, empty_cells
from fourflow.errors import Finding

Sheets = dict[str, Sheet]
Made = dict[str, str]
"""id -> the text it stands for."""

_SPELT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "æ": "ae", "Æ": "Ae",
     "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
     "þ": "th", "Þ": "Th", "ı": "i"}
)  # fmt: skip
"""Letters that do not come apart into a Latin letter and an accent, and how they are written without."""


def assume(sheets: Sheets, title: str, lost: set[str]) -> list[Finding]:
    """Fill missing tables and settings in place; the warnings that say what was assumed.

    `lost` : tables (or "book") that were given but not read, for which nothing may be assumed.
    """
    said = [_assume_ids(sheets[noun]) for noun in LISTINGS if _lacks_ids(sheets[noun])]
    if sheets["participants"].assumed and sheets["places"].assumed:
        _regions_are_places(sheets)
    where = take_coordinates(sheets) if sheets["places"].assumed else {}
    kinds = take_kinds(sheets) if sheets["categories"].assumed else {}
    for noun in ("participants", "places", "categories"):
        if sheets[noun].assumed and noun not in lost:
            said += _assume_table(sheets, noun, where, kinds)
    if all(sheets[noun].assumed and noun not in lost for noun in ("places", "lanes", "modes")):
        said += _assume_travel(sheets)
    if sheets["book"].assumed and "book" not in lost and any(not sheet.assumed for sheet in sheets.values()):
        said += _assume_settings(sheets, title)
    return said


def blank_sheet(noun: str, file: str = "") -> Sheet:
    """The sheet of a table that was not given."""
    cells = empty_cells(FIELDS[noun], 0)
    return Sheet(
        noun, file or f"{noun} (not given)", 1, cells, np.zeros(0, np.int32), cells, frozenset(), True
    )


def _lacks_ids(sheet: Sheet) -> bool:
    return len(sheet) > 0 and not {"id"} & (sheet.columns | sheet.meant)


def _assume_ids(sheet: Sheet) -> Finding:
    """Rows without any column of ids are called by their row, as a spreadsheet counts it."""
    one = sheet.noun.removesuffix("s")
    made = pl.Series("id", [f"{one}-{row}" for row in sheet.row.tolist()], dtype=pl.String)
    sheet.cells = sheet.cells.with_columns(made)
    sheet.columns |= {"id"}
    said = f"there is no column id, so each row is called by its number: {made[0]} is row {sheet.row[0]}"
    return _warning("book.id.assumed", sheet.file, said, "add a column id, so that names stay when rows move")


def _made_sheet(noun: str, cells: pl.DataFrame) -> Sheet:
    full = cells.select(
        *(
            pl.col(name) if name in cells.columns else pl.lit(None, pl.String).alias(name)
            for name in names(noun)
        )
    )
    rows = np.zeros(len(full), np.int32)
    columns = frozenset(names(noun))
    return Sheet(noun, f"{noun} (assumed)", 0, full, rows, full, columns, True)


def _regions_are_places(sheets: Sheets) -> None:
    """A newcomer's column `region` says where a listing is, unless `place` does."""
    for noun in LISTINGS:
        sheet = sheets[noun]
        if "region" in sheet.columns:
            sheet.cells = sheet.cells.with_columns(pl.col("place").fill_null(pl.col("region"))).drop("region")
            sheet.columns = (sheet.columns - {"region"}) | {"place"}


def _assume_table(sheets: Sheets, noun: str, where: dict[str, Position], kinds: Uses) -> list[Finding]:
    made = _ids_of(sheets, noun)
    if not made:
        return []
    ids = pl.DataFrame(
        {"id": list(made), "name": list(made.values())}, schema={"id": pl.String, "name": pl.String}
    )
    sheets[noun] = _made_sheet(noun, _cells_of(sheets, noun, ids, where, kinds))
    said = f"no table {noun} is given, so {noun} are {_HOW[noun](sheets[noun])} ({len(made)} in all)"
    return [_warning(f"book.{noun}.assumed", noun, said, "")]


def _located(places: Sheet) -> str:
    missing = places.cells["latitude"].null_count()
    if not missing:
        return "taken from the listings"
    some = "" if missing == len(places) else f" for {missing} of them"
    return f"taken from the listings, without coordinates{some}"


def _assume_travel(sheets: Sheets) -> list[Finding]:
    given = sheets["book"].cells["currency"].drop_nulls().to_list() if len(sheets["book"]) else []
    currency = str(given[0]) if given else _currency_used(sheets)
    made = assume_travel(sheets["places"].cells, currency) if currency else None
    if made is None:
        return []
    noun, cells, said = made
    sheets[noun] = _made_sheet(noun, cells)
    return [said]


def _warning(code: str, file: str, rule: str, maybe: str) -> Finding:
    return Finding(code, file, 0, "", "", rule, maybe, "", "warning")


def _references(noun: str) -> list[tuple[str, Field]]:
    return [
        (source, entry) for source, fields in FIELDS.items() for entry in fields if entry.nouns == (noun,)
    ]


def _ids_of(sheets: Sheets, noun: str) -> Made:
    """Ids for every text that points at `noun`, put in place of the text."""
    texts: set[str] = set()
    for source, entry in _references(noun):
        if source != "categories" and (noun != "categories" or source in LISTINGS):
            sheet = sheets[source]
            cells = sheet.cells[entry.name].filter(pl.Series(~sheet.refused)).drop_nulls()
            if entry.is_list:
                cells = cells.str.split(";").explode().str.strip_chars().drop_nulls()
            texts.update(text for text in cells.unique().to_list() if text)
    ids, made = _name_ids(texts, noun)
    for source, entry in _references(noun):
        _rewrite(sheets[source], entry, ids)
    return made


def _name_ids(texts: set[str], noun: str) -> tuple[dict[str, str], Made]:
    """Text -> id, and id -> text. Texts that differ by case and blanks only are one thing, and so is a
    name and the id that is made of it: messages show the id, and people copy it.

    Accents are dropped; a name in letters that no id can hold is called `participants-1` and so on.
    """
    ids: dict[str, str] = {}
    made: Made = {}
    by_key: dict[str, str] = {}
    used: Counter[str] = Counter()
    for text in sorted(texts, key=lambda text: (_base(text) == text, text)):
        key = key_of(text)
        if key not in by_key:
            base = _base(text)
            if text in made:
                ids[text] = text
                continue
            name = base or f"{noun}-1"
            while name in made:
                used[base] += 1
                name = f"{base or noun}-{used[base] + 1}"
            by_key[key] = name
            made[name] = text
        ids[text] = by_key[key]
    return ids, dict(sorted(made.items(), key=lambda pair: pair[1]))


def _base(text: str) -> str:
    """A name as an id, before it is made unique."""
    spelt = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).translate(_SPELT))
    return slug(spelt.encode("ascii", "ignore").decode())[:110]


def _rewrite(sheet: Sheet, entry: Field, ids: dict[str, str]) -> None:
    changed = {text: key for text, key in ids.items() if text != key}
    if not changed or entry.name not in sheet.columns:
        return
    cell = pl.col(entry.name)
    if entry.is_list:
        part = pl.element().str.strip_chars().replace(changed)
        new: pl.Expr = pl.when(cell.is_not_null()).then(cell.str.split(";").list.eval(part).list.join(";"))
    else:
        new = cell.replace(changed)
    sheet.written[entry.name] = {key: text for text, key in changed.items()}
    sheet.cells = sheet.cells.with_columns(new.alias(entry.name))


def _by_id(said: Uses, ids: pl.DataFrame) -> Uses:
    """What is said of categories as they were written, by the ids that were made of them."""
    at = {key_of(name): key for key, name in ids.select("id", "name").rows()}
    found: Uses = {}
    for name, words in said.items():
        found.setdefault(at.get(key_of(name), name), Counter()).update(words)
    return found


def _cells_of(
    sheets: Sheets, noun: str, ids: pl.DataFrame, where: dict[str, Position], said: Uses
) -> pl.DataFrame:
    if noun == "participants":
        return ids
    if noun == "places":
        spots = [where.get(key_of(name), (None, None)) for name in ids["name"].to_list()]
        degrees = zip(COORDINATES, zip(*spots, strict=True), strict=True)
        columns = (pl.Series(name, list(cells), dtype=pl.String) for name, cells in degrees)
        return ids.with_columns(pl.col("id").alias("region"), *columns)
    return make_categories(sheets, ids, _by_id(said, ids))


_HOW: dict[str, Callable[[Sheet], str]] = {
    "participants": lambda _: "taken from the names in the listings",
    "places": _located,
    "categories": lambda sheet: told(sheet.cells),
}
"""How a table was made, in words."""


def _assume_settings(sheets: Sheets, title: str) -> list[Finding]:
    """Where no row says a currency, every row is refused for that, and nothing is assumed."""
    currency = _currency_used(sheets)
    if currency is None:
        return []
    as_of, why = _as_of(sheets)
    cells = pl.DataFrame(
        {"name": [title], "currency": [currency], "as_of": [as_of], "settlement": ["priced"]},
        schema_overrides={"currency": pl.String},
    )
    sheets["book"] = _made_sheet("book", cells)
    said = (
        f"no settings are given: the currency is {currency}, as_of is {as_of} ({why}), settlement is priced"
    )
    maybe = "add book.toml, or a sheet book, with name, currency, as_of and settlement"
    return [_warning("book.settings.assumed", "book", said, maybe)]


def _currency_used(sheets: Sheets) -> str | None:
    counts: Counter[str] = Counter()
    for noun in (*LISTINGS, "lanes", "modes", "projects"):
        used = sheets[noun].cells["currency"].drop_nulls().value_counts(name="times")
        counts.update(dict(used.rows()))
    return min(counts, key=lambda code: (-counts[code], code)) if counts else None


def _as_of(sheets: Sheets) -> tuple[str, str]:
    """The latest listed_at, else the earliest from, else the earliest until, else the earliest use_by if
    that is past, so that what is still listed may be used; else today."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    first_use = min(_days(sheets, "use_by", ("offers",)), default=today)
    for name, best in (("listed_at", max), ("from", min), ("until", min)):
        if days := _days(sheets, name, LISTINGS):
            return best(days), f"the {'latest' if best is max else 'earliest'} {name}"
    return (first_use, "the earliest use_by") if first_use < today else (today, "today")


def _days(sheets: Sheets, name: str, nouns: Sequence[str]) -> list[str]:
    """The days in one column of some tables, as 2026-01-31."""
    found = pl.concat([sheets[noun].cells[name] for noun in nouns])
    return found.str.extract(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})", 1).drop_nulls().to_list()
