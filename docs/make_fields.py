"""Writes docs/fields.md from the one field table: `python docs/make_fields.py`."""

from __future__ import annotations

from pathlib import Path

from fourflow.book._fields import FIELDS, Field

PAGE = Path(__file__).with_name("fields.md")
ABOUT = {
    "book": "`book.toml`: what the whole book has in common.",
    "fx": "Exchange rates into book money. Asked prices round up, paid ones down, to millionths.",
    "participants": "Who takes part.",
    "places": "Where things are. Coordinates are needed where `modes` make the lanes.",
    "lanes": "Connections between places, one way each.",
    "modes": "Vehicles that make a lane between every two places in reach where none is listed.",
    "categories": "What is traded, as a tree: a need for a category accepts everything below it.",
    "offers": "What somebody can give, and the least they accept for it.",
    "needs": "What somebody asks for, and the most they pay.",
    "projects": "Needs that only make sense together. Not cleared yet.",
    "attributes": "Facts about participants, places and listings that requirements ask for.",
    "requirements": "What one side asks of the other. A missing attribute fails.",
    "rules": "Limits on what may be awarded. Today: the budget of a sponsor (docs/book.md).",
}
HEAD = """\
# Every field

This page is made from the table that also checks books (`docs/make_fields.py`). A book is a folder with
one file per noun (`offers.csv` or `offers.parquet`, ...), an Excel file with one sheet per noun, or a
JSON file. Only `offers` and `needs` are required; what else is missing is assumed, with a warning that
says what. [book.md](book.md) tells how the fields work together.

A column may carry its unit in its head: `quantity [kg]`, `limit_price [GBP/kg]`, `fixed_cost [GBP]`. Then
no `unit` or `currency` column is needed for it. Decimals use a point. Dates are `YYYY-MM-DD`, UTC.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(noun) for noun in FIELDS)


def _section(noun: str) -> str:
    rows = "".join(_row(field) for field in FIELDS[noun])
    head = "| field | holds | required | meaning |\n| --- | --- | --- | --- |\n"
    return f"\n## {noun}\n\n{ABOUT[noun]}\n\n{head}{rows}"


def _row(field: Field) -> str:
    about = field.about.replace("|", "\\|")
    if field.default:
        about += f"; empty = {field.default}"
    return f"| `{field.name}` | {_holds(field)} | {field.required} | {about} |\n"


def _holds(field: Field) -> str:
    if field.choices:
        said = ", ".join(f"`{choice}`" for choice in field.choices)
        return f"{said}; `;` lists several" if field.is_list else said
    if field.nouns:
        said = "id of " + " or ".join(field.nouns)
        return f"{said}; `;` lists several" if field.is_list else said
    names = {
        "id": "id", "text": "text", "texts": "text; `;` lists several", "integer": "whole number",
        "bool": "`true` or `false`", "date": "day", "datetime": "day or day and time", "unit": "unit",
        "unit_or_currency": "unit or currency", "currency": "currency", "decimal": "number",
    }  # fmt: skip
    return names[field.type] + (f", {field.unit}" if field.unit and field.unit != "unit" else "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
