"""Every field times every wrong value, generated from the field table, over CSV and over Arrow.

One book holds all wrong rows of one noun, each with one bad cell in an otherwise good row, so that
thousands of cases need a dozen reads; good rows stand between them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from _book_samples import SETTINGS, Row, Tables, frames, sample

from fourflow.book import FIELDS, NOUNS, Admission, Field, check, check_tables
from fourflow.book._numbers import diagnose
from fourflow.units import CURRENCIES

NOT_DECIMAL = [
    "NaN",
    "nan",
    "-nan",
    "inf",
    "-inf",
    "+Infinity",
    "1e25",
    "-1e30",
    "5e-30",
    "1e31",
    "1e999",
    "-1e999",
    "1e3",
    "1E-3",
    "5e-324",
    "2.5e+10",
    "9007199254740993e5",
    "1,5",
    "-0,25",
    "1,250",
    "1.250,75",
    "1,250,000.5",
    "1'000",
    "1_000",
    "1.0000001",
    "0.123456789012345678901234567890",
    "123456789012345678901234567890",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999.5",
    "0x1F",
    "1/2",
    "12%",
    "£12",
    "€12",
    "$1.50",
    "12kg",
    "12GBP",
    "GBP12",
    "--5",
    "+-5",
    "5-",
    "(5)",
    "−5",
    "٣",
    "１２",
    "1.2.3",
    ".",
    "+",
    "-",
    ".5",
    "5.",
    "one",
    "N/A",
    "#REF!",
    "null",
    "true",
    "2026-01-31",
]
NOT_INTEGER = [*NOT_DECIMAL, "1.5", "0.000001", "-0.5"]
NOT_BOOL = ["maybe", "2", "-1", "yess", "tru", "TRUEE", "ja", "0.0", "1.0", "on", "off", "null"]
NOT_DATE = [
    "31/01/2026",
    "01/31/2026",
    "2026-1-5",
    "2026-02-30",
    "2026-13-01",
    "2026-00-10",
    "26-01-31",
    "20260131",
    "2026/01/31",
    "2026-01-31T10:00:00",
    "yesterday",
    "46053",
    "0000-01-01",
    "9999-12-31",
    "1899-12-31",
    "2026-01-32",
    "2026-01",
    "NaN",
    "2026-W05",
    "２０２６-01-31",
]
NOT_MOMENT = [
    "31/01/2026",
    "2026-02-30",
    "2026-13-01T00:00:00Z",
    "2026-01-31T24:01:00Z",
    "2026-01-31T10:61:00Z",
    "2026-01-31T1:00",
    "10:00",
    "yesterday",
    "1700000000",
    "9999-12-31T00:00:00Z",
    "2026-01-31TZ",
    "2026-01-31T10:00:00+99:00",
    "NaN",
]
NOT_ID = [
    "o 1",
    "ö1",
    "a;b",
    "a,b",
    "x" * 129,
    "a\tb",
    "a|b",
    "#1",
    "a@b",
    "💡",
    "a>b",
    "(none)",
    "a'b",
    'a"b',
    "=1+1",
]
NOT_UNIT = [
    "kgg",
    "ton",
    "tons",
    "gallon",
    "ML",
    "Mg",
    "furlong",
    "kg2",
    "kg/kg",
    "1kg",
    "-kg",
    "NaN",
    "公斤",
    "kG3",
    "barrel",
    "boxx",
    "GBP/kg",
]
NOT_CURRENCY = [
    "gbp",
    "GBp",
    "£",
    "€",
    "$",
    "Pound",
    "XXX",
    "GB",
    "GBPP",
    "826",
    "NaN",
    "BTC",
    "₿",
    "GBP/kg",
    "ＧＢＰ",
]
ANY_CELL = ["nul\x00", "\x00", "bell\x07", "escape\x1b[31m", "turned \u202e", "\x9b31m", "x" * 10_001]
DANGLING = ["nobody", "Nobody ", "o-1-x", "no body", "null", "0", "ö", "x" * 200]

BAD: dict[str, list[str]] = {
    "id": NOT_ID,
    "ref": DANGLING,
    "refs": [*DANGLING, "nobody;nowhere", "a,b", "food|milk"],
    "text": [],
    "texts": [],
    "decimal": NOT_DECIMAL,
    "integer": NOT_INTEGER,
    "bool": NOT_BOOL,
    "date": NOT_DATE,
    "datetime": NOT_MOMENT,
    "enum": ["good", "nothing", "1", "true", "priced;donated", "ＧＯＯＤＳ", "goods;goods"],
    "enums": ["good", "goods,capital", "nothing;goods", "1"],
    "unit": NOT_UNIT,
    "unit_or_currency": [*NOT_UNIT, "gbp", "£", "XXX"],
    "currency": NOT_CURRENCY,
}


@dataclass(frozen=True)
class Case:
    noun: str
    row: int
    field: str
    value: str | None


def bad_values(entry: Field) -> Iterator[str | None]:
    """Wrong values of one field: of its type, its sign, its range, of any cell, and nothing at all."""
    yield from BAD[entry.type]
    if entry.name != "value" or entry.type != "text":
        yield from ANY_CELL
    if entry.type in ("decimal", "integer"):
        yield str(entry.maximum + 1)
        yield f"{entry.maximum * 10}"
        yield str(-entry.maximum - 1)
        if entry.type == "decimal":
            yield f"{entry.maximum}.000001"
        if entry.sign != "any":
            yield from ("-0.000001" if entry.type == "decimal" else "-1", "-3", f"-{entry.maximum}")
        if entry.sign == "positive":
            yield from ("0", "-0", "0.0", "+0")
        if entry.minimum > -(10**9):
            yield f"{entry.minimum}.000001"
    if entry.required == "yes":
        yield from (None, " ", "\t")


def grown(noun: str) -> tuple[Tables, list[Case]]:
    """The sample with, for every wrong value, a row of `noun` that holds it, and good rows between."""
    tables, cases = sample(), []
    base = tables[noun][0]
    whole = {name: base.get(name) for name in [entry.name for entry in FIELDS[noun]]}
    rows: list[Row] = list(tables[noun])
    rows[0] = whole
    for entry in FIELDS[noun]:
        for value in bad_values(entry):
            row = dict(whole)
            name_row(noun, row, len(rows))
            row[entry.name] = value
            rows.append(row)
            cases.append(Case(noun, len(rows) + 1, entry.name, value))
            if len(rows) % 10 == 0:
                good = dict(whole)
                name_row(noun, good, len(rows))
                rows.append(good)
    tables[noun] = rows
    return tables, cases


def name_row(noun: str, row: Row, number: int) -> None:
    """Give a copied row what is unique of it."""
    if "id" in row:
        row["id"] = f"{noun}-{number}"
    if noun == "fx":
        row["currency"] = CODES[number]
    if noun == "rules":
        row["sponsor"] = None


CODES = sorted(CURRENCIES - {"GBP", "EUR"})


def refused_cells(admission: Admission, noun: str) -> set[tuple[int, str]]:
    return {(f.row, f.field) for f in admission.findings if f.severity == "refused" and noun in f.file}


def judge(admission: Admission, noun: str, cases: list[Case], total: int) -> None:
    """Each bad cell is named with its row and field; every good row but what a bad one spoils is kept."""
    found = refused_cells(admission, noun)
    missed = [case for case in cases if (case.row, case.field) not in found]
    assert missed == []
    for finding in admission.findings:
        assert finding.code.startswith("book.")
        assert finding.rule
        assert len(finding.value) <= 80
        assert "\x00" not in str(finding)
        assert "\x1b" not in str(finding)
    refused = admission.refused[noun]["_row"].to_list()
    kept = admission.book.tables[noun]["_row"].to_list()
    assert sorted(refused + kept) == list(range(2, total + 2))
    assert set(refused) >= {case.row for case in cases}


@pytest.mark.parametrize("noun", NOUNS)
def test_every_wrong_cell_in_arrow_tables_is_named(noun: str) -> None:
    """Through tables in memory: file, row, field, rule and code of each, and nothing lost.

    What is admitted is a book by itself: checked again, nothing more is refused.
    """
    tables, cases = grown(noun)
    admission = check_tables(frames(tables), **SETTINGS)
    judge(admission, noun, cases, len(tables[noun]))
    again = check_tables(admission.book.text_tables(), **admission.book.settings())
    assert [str(f) for f in again.findings if f.severity == "refused"] == []
    assert again.book.canonical_json() == admission.book.canonical_json()


@pytest.mark.parametrize("noun", NOUNS)
def test_every_wrong_cell_in_csv_files_is_named(noun: str, tmp_path: Path) -> None:
    """Through a folder of CSV: the same, for the cells that a CSV file can hold."""
    tables, cases = grown(noun)
    write(tables, tmp_path)
    admission = check(tmp_path)
    judge(admission, noun, cases, len(tables[noun]))


def write(tables: Tables, folder: Path) -> None:
    for noun, frame in frames(tables).items():
        frame.write_csv(folder / f"{noun}.csv", quote_style="necessary")
    settings = "".join(f'{key} = "{value}"\n' for key, value in SETTINGS.items())
    (folder / "book.toml").write_text(settings)


def test_the_grid_has_at_least_five_thousand_cases() -> None:
    """Field times rule, over the two forms."""
    assert 2 * sum(len(grown(noun)[1]) for noun in NOUNS) >= 5_000


def test_whatever_is_written_for_a_number_is_explained() -> None:
    """20,000 random cells of digits, points, commas, exponents, signs and words: each gets code and rule."""
    draw = random.Random(11)
    alphabet = [
        "0",
        "1",
        "9",
        "5" * 40,
        ".",
        ",",
        "e",
        "E",
        "+",
        "-",
        " ",
        "'",
        "(",
        ")",
        "£",
        "kg",
        "x",
        "\u2212",
        "%",
    ]
    for _ in range(20_000):
        text = "".join(draw.choices(alphabet, k=draw.randint(1, 12)))
        code, rule, maybe = diagnose(text)
        assert code
        assert rule
        assert "Decimal" not in maybe


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("0", 0), ("-0", 0), ("+1", 1_000_000), ("1.0", 1_000_000), ("0.000001", 1), ("-0.000001", -1),
        ("007", 7_000_000), ("999999999.999999", 999_999_999_999_999), ("1000000000", 10**15),
        ("-1000000000.000000", -(10**15)), ("123456.789", 123_456_789_000), (" 12.50 ", 12_500_000),
        ("9007199.254741", 9_007_199_254_741), ("0.1", 100_000), ("00000.5", 500_000),
    ],
)  # fmt: skip
def test_good_decimals_are_exact(text: str, micros: int) -> None:
    """What is admitted is exact to the last millionth, with no float on the way."""
    tables = sample()
    tables["offers"][0]["limit_price"] = text
    book = check_tables(frames(tables), **SETTINGS).book
    assert book.tables["offers"]["limit_price"].to_list() == [micros]


def test_random_decimals_are_read_as_pythons_exact_decimal_reads_them() -> None:
    """Against `decimal.Decimal` on 2,000 numbers of up to nine digits before and six after the point."""
    draw = random.Random(7)
    texts = [
        f"{draw.choice(['', '-', '+'])}{draw.randrange(10 ** draw.randint(0, 9))}"
        + (f".{draw.randrange(10**k):0{k}}" if (k := draw.randint(0, 6)) else "")
        for _ in range(2_000)
    ]
    tables = sample()
    tables["offers"] = [
        dict(tables["offers"][0], id=f"o{i}", unit="kg", limit_price=t) for i, t in enumerate(texts)
    ]
    tables["attributes"] = []
    book = check_tables(frames(tables), **SETTINGS).book
    assert book.tables["offers"]["limit_price"].to_list() == [int(Decimal(text) * 10**6) for text in texts]
    assert book.tables["offers"].schema["limit_price"] == pl.Int64


@pytest.mark.parametrize(
    ("text", "maybe"),
    [("90k", "90000"), ("1.5 Mio", "1500000"), ("5 years", "60, in months"), ("18 months", "18, in months"),
     ("18.000,00 €", "18000.00, with EUR in the column currency")],
)  # fmt: skip
def test_amounts_with_words_are_worked_out(text: str, maybe: str) -> None:
    """What a newcomer writes is told in full."""
    assert diagnose(text)[2] == maybe


def test_a_number_that_could_be_two_is_left_as_it_is() -> None:
    """1,200k may be 1.2 million or 1,200."""
    assert diagnose("1,200k")[0] == "not_a_number"
