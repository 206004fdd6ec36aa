"""Room `book`: files and tables -> Book -> Market. Never solves.

    check(path) -> Admission(book, findings, refused)     admitted + refused = input
    Book.read(path), Book.from_tables({...})              a BookError with every finding, or the book
    book.write(path), write_folder(book, path, form), write_excel(settings, tables, path), to_arrow(book)
    normalise(book) -> Market                             one unit per category, one currency, by index

What a cell may hold stands in one table, `FIELDS`.
"""

from fourflow.book._book import Admission, Book, check, check_tables
from fourflow.book._fields import FIELDS, NOUNS, Field
from fourflow.book._market import (
    CAPITAL,
    GOODS,
    KINDS,
    MICRO,
    OPEN_DAY,
    TALENT,
    TECHNOLOGY,
    UNLIMITED,
    Market,
)
from fourflow.book._normalise import NOWHERE, normalise
from fourflow.book._write import harmless, to_arrow, write_folder
from fourflow.book._write_excel import write_excel

__all__ = [
    "Admission",
    "Book",
    "FIELDS",
    "Field",
    "CAPITAL",
    "GOODS",
    "KINDS",
    "MICRO",
    "Market",
    "NOUNS",
    "NOWHERE",
    "OPEN_DAY",
    "TALENT",
    "TECHNOLOGY",
    "UNLIMITED",
    "check",
    "check_tables",
    "harmless",
    "normalise",
    "to_arrow",
    "write_excel",
    "write_folder",
]
