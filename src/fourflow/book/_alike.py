"""Two spellings of one name: where tables are assumed, each spelling would quietly become a thing of its own.

A category that is asked for and that nobody offers, while one of nearly the same name is offered; and a
participant that is written in two ways, or with a slip of the keys.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np
import polars as pl

from fourflow.book._rules import Sheets
from fourflow.book._sheet import Sheet

NEAR = 0.85
"""How alike (difflib's ratio) two names have to be."""
LONG_WORD = 5
MANY = 500
"""With more names than this only those are found that differ in case, blanks, marks or a plural s."""
PEOPLE = (("offers", "participant"), ("needs", "participant"), ("projects", "participants"))


def warn_of_names_alike(sheets: Sheets) -> None:
    """Warn of categories and participants that seem to be one under two names."""
    if sheets["categories"].assumed:
        _categories(sheets)
    if sheets["participants"].assumed:
        _participants(sheets)


def _categories(sheets: Sheets) -> None:
    offers, needs = sheets["offers"], sheets["needs"]
    names = dict(sheets["categories"].typed.select("id", "name").drop_nulls().rows())
    offered, asked = (set(_words(sheet, "category")) for sheet in (offers, needs))
    meant = {category: _near(category, offered) for category in asked - offered}
    told = {
        category: f"is offered by nobody, though {names.get(other, other)!r} is"
        for category, other in meant.items()
        if other
    }
    _flag(needs, "category", "alike", told, {c: f"{names.get(o, o)} is meant" for c, o in meant.items()})


def _participants(sheets: Sheets) -> None:
    counts = Counter(name for noun, field in PEOPLE for name in _words(sheets[noun], field))
    names = dict(sheets["participants"].typed.select("id", "name").drop_nulls().rows())
    usual: dict[str, str] = {}
    for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        usual.setdefault(_bare(name), name)
    meant = {name: usual[_bare(name)] for name in counts if usual[_bare(name)] != name}
    if len(counts) <= MANY:
        by_use = sorted(set(usual.values()), key=lambda name: (-counts[name], name))
        meant |= {
            name: other
            for i, name in enumerate(by_use)
            if (
                other := next(
                    (o for o in by_use[:i] if _misspelt(names.get(name, name), names.get(o, o))), ""
                )
            )
        }
    told = {
        name: f"is taken for another participant than {names.get(other, other)!r}"
        for name, other in meant.items()
    }
    maybe = {name: f"{names.get(other, other)} is meant" for name, other in meant.items()}
    for noun, field in PEOPLE:
        _flag(sheets[noun], field, "alike", told, maybe)


def _misspelt(one: str, other: str) -> bool:
    """Whether they differ in one long word only, by one letter or two that changed places."""
    pairs = list(zip(one.casefold().split(), other.casefold().split(), strict=False))
    apart = [(a, b) for a, b in pairs if a != b]
    if len(one.split()) != len(other.split()) or len(apart) != 1 or min(map(len, apart[0])) < LONG_WORD:
        return False
    a, b = apart[0]
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest, other_rest = a[start:], b[start:]
    if _digits(a) != _digits(b):
        return False
    swapped = rest[1::-1] + rest[2:] == other_rest and len(rest) > 1
    return swapped or rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]


def _words(sheet: Sheet, field: str) -> Iterable[str]:
    """Every name in a column, each as often as it is written."""
    for cell in sheet.typed[field].drop_nulls().to_list():
        yield from cell.split(";")


def _near(name: str, known: set[str]) -> str:
    """The known name that is most like `name`, empty if none is; numbers in names tell things apart."""
    bare = {_bare(other): other for other in sorted(known)}
    mine = _bare(name)
    if mine in bare:
        return bare[mine]
    near = get_close_matches(mine, bare, 1, NEAR) if len(bare) <= MANY else []
    return bare[near[0]] if near and _digits(near[0]) == _digits(mine) else ""


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold()).removesuffix("s")


def _digits(name: str) -> list[str]:
    return re.findall(r"[0-9]+", name)


def _flag(sheet: Sheet, field: str, code: str, told: dict[str, str], maybe: dict[str, str]) -> None:
    """Warn at each row that names one of `told`."""
    cells = sheet.typed[field].to_list()
    first = [next((word for word in (cell or "").split(";") if word in told), None) for cell in cells]
    rows = np.array([word is not None for word in first], np.bool_)
    found = [word for word in first if word is not None]
    if found:
        rules, hints = pl.Series([told[word] for word in found]), pl.Series([maybe[word] for word in found])
        sheet.flag(rows, field, code, rules, hints, "warning")
