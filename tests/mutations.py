"""Byte mutations of small books in every form, for fuzzing the readers.

A seeded generator damages files as disks, editors and people with bad intentions do; `probe` reads one
and asserts what must hold of any file whatever: no exception, findings that name a place and are short
and printable, tables of text.
"""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import polars as pl

from fourflow.book._book import Book
from fourflow.book._raw import read_raw
from fourflow.book._write import write_book, write_folder
from fourflow.errors import BookError

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "grain"
TOKENS = [
    *(
        b",",
        b'"',
        b"\n",
        b"\r",
        b"\r\n",
        b'""',
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b";",
        b"'=",
    ),
    *(b"NaN", b"inf", b"1e999", b"-0", b"9223372036854775808", b"{", b"}", b"[", b"]", b":", b"\\ud800"),
    *(b"\\u0000", b"<", b">", b"/>", b"&lt;", b"&#0;", b"&x;", b"<c>", b"</c>", b"<v>", b"</row>", b"<!--"),
    *(b'r="XFD1048576"', b't="s"', b"<!DOCTYPE a>", b"<![CDATA[", b"PK\x03\x04", b"PAR1", b"\x1f\x8b"),
    *(b"\x7f\xff\xff\xff", b"\x80" * 9),
]
FORMS = ("csv", "toml", "json", "parquet", "xlsx", "xml")


def seeds(folder: Path) -> dict[str, list[tuple[str, bytes]]]:
    """form -> (file name, bytes) of the grain example."""
    book = Book.read(EXAMPLE)
    write_folder(book, folder / "csv")
    write_folder(book, folder / "parquet", "parquet")
    write_book(book, folder / "book.json")
    write_book(book, folder / "book.xlsx")
    workbook = (folder / "book.xlsx").read_bytes()
    files = [*sorted((folder / "csv").iterdir()), *sorted((folder / "parquet").glob("*.parquet"))]
    found: dict[str, list[tuple[str, bytes]]] = {form: [] for form in FORMS}
    for file in files:
        found[file.suffix[1:]].append((file.name, file.read_bytes()))
    found["json"] = [("book.json", (folder / "book.json").read_bytes())]
    found["xlsx"] = found["xml"] = [("book.xlsx", workbook)]
    return found


def mutants(form: str, files: list[tuple[str, bytes]], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """`count` damaged copies of the `files` of one form."""
    chance = random.Random(f"{form}-{seed}")
    for _ in range(count):
        name, data = chance.choice(files)
        yield name, _damage_part(data, chance) if form == "xml" else _damage(data, chance)


def _damage(data: bytes, chance: random.Random) -> bytes:
    whole = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 8))):
        at = chance.randrange(len(whole) + 1)
        kind = chance.randrange(6)
        if kind == 0 and at < len(whole):
            whole[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            whole[at:at] = chance.choice(TOKENS)
        elif kind == 2:
            del whole[at : at + chance.choice((1, 1, 2, 7, 60))]
        elif kind == 3:
            other = chance.randrange(len(whole) + 1)
            whole[at:at] = whole[other : other + chance.choice((1, 8, 70))]
        elif kind == 4:
            whole[at : at + 4] = chance.randbytes(4)
        elif chance.random() < 0.2:
            del whole[at:]
    return bytes(whole)


def _damage_part(data: bytes, chance: random.Random) -> bytes:
    """A workbook that is a sound zip of one damaged part among sound ones."""
    result = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(result, "w") as target:
        names = [name for name in source.namelist() if name.startswith("xl/")]
        victim = chance.choice(names)
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, _damage(part, chance) if name == victim else part)
    return result.getvalue()


def probe(name: str, data: bytes, folder: Path) -> bool:
    """Read one mutant and assert what always holds; whether anything was found."""
    file = folder / name
    file.write_bytes(data)
    if name == "book.toml":
        (folder / "offers.csv").write_text("id\n")
    is_book = name in ("book.json", "book.xlsx")
    tables, settings, findings = read_raw(file if is_book else folder)
    file.unlink()
    for table in tables:
        assert set(table.frame.dtypes) <= {pl.String}
        assert list(table.refused_rows) == sorted(set(table.refused_rows))
        assert all(0 <= row < table.frame.height for row in table.refused_rows)
        assert findings or not table.refused_rows
        assert len(set(table.frame.columns)) == table.frame.width
    assert all(isinstance(value, str) for value in settings.values())
    for finding in findings:
        assert finding.code.startswith("book.")
        assert finding.rule
        assert str(finding).isprintable()
        assert len(str(finding)) < 1000
    if findings:
        assert len(str(BookError(findings)).encode()) <= 8192
    return bool(findings)
