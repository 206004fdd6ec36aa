"""The field table as a page: `python -m fourflow.book._page docs/book.md` brings the reference up to date.

Only what stands between the two marks is written; the text around it is a person's.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fourflow.book._fields import FIELDS, MAX_NUMBER, Field

BEGIN, END = "<!-- fields: begin (generated) -->", "<!-- fields: end -->"
_TYPES = {
    "id": "id",
    "text": "text",
    "texts": "texts (`;`)",
    "integer": "whole number",
    "decimal": "decimal",
    "bool": "true or false",
    "date": "day",
    "datetime": "moment",
    "unit": "unit",
    "unit_or_currency": "unit or currency",
    "currency": "currency",
}
_MEASURES = {"quantity": "in `unit`", "price": "`currency` per `unit`", "money": "in `currency`"}


def field_reference() -> str:
    """Markdown: a table for every noun, its fields in order."""
    return "\n\n".join(_table(noun, fields) for noun, fields in FIELDS.items())


def _table(noun: str, fields: tuple[Field, ...]) -> str:
    title = "book (`book.toml`)" if noun == "book" else noun
    rows = "\n".join(_row(entry) for entry in fields)
    head = "| field | holds | required | rule | meaning |\n| --- | --- | --- | --- | --- |"
    return f"### {title}\n\n{head}\n{rows}"


def _row(entry: Field) -> str:
    required = {"yes": "yes", "no": ""}.get(entry.required, entry.required)
    cells = (f"`{entry.name}`", _holds(entry), required, _rule(entry), entry.about)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _holds(entry: Field) -> str:
    if entry.nouns:
        kind = "ids" if entry.is_list else "id"
        return f"{kind} of {' or '.join(entry.nouns)}" + (" (`;`)" if entry.is_list else "")
    if entry.choices:
        return " ".join(f"`{choice}`" for choice in entry.choices) + (" (`;`)" if entry.is_list else "")
    unit = _MEASURES.get(entry.measure) or (f"in {entry.unit}" if entry.unit else "")
    return f"{_TYPES[entry.type]} {unit}".strip()


def _rule(entry: Field) -> str:
    said = {"any": "", "not_negative": "not negative", "positive": "above 0"}[entry.sign]
    limit = f"at most {entry.maximum:,}" if entry.maximum != MAX_NUMBER else ""
    if entry.minimum != -MAX_NUMBER:
        limit = f"{entry.minimum} to {entry.maximum}"
    default = f"default {entry.default}" if entry.default else ""
    return ", ".join(part for part in (said, limit, default) if part)


def renewed(page: str) -> str:
    """`page` with the reference between its marks as the field table has it now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{field_reference()}\n\n{END}{after}"


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(renewed(file.read_text(encoding="utf-8")), encoding="utf-8")
