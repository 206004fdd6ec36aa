"""Two sheets and nothing else: what is missing is taken from the listings, and said."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from _book_samples import codes, notes, warnings

from fourflow.book import NOWHERE, Admission, check, check_tables, normalise

OFFERS = """\
ID,Participant,Category,Quantity [kg],Limit price [GBP/kg],Region
o1,Green Farm,Tinned soup,100,0.5,West Yorkshire
o2,Blue Farm,apples,50,0.2,York
"""
NEEDS = """\
id,participant,category,quantity,unit,limit_price,currency,region,listed_at
n1,St. Mary's Kitchen,tinned  Soup,0.04,t,900,GBP,west yorkshire,2026-01-05
n2,Food Bank,Apples;pears,30,kg,0.3,GBP,York,2026-01-09T10:00:00Z
"""


@pytest.fixture
def two_sheets(tmp_path: Path) -> Admission:
    (tmp_path / "offers.csv").write_text(OFFERS)
    (tmp_path / "needs.csv").write_text(NEEDS)
    return check(tmp_path)


def test_two_sheets_are_a_book(two_sheets: Admission) -> None:
    """Nothing is refused, and each assumption is a warning of its own."""
    assert two_sheets.is_clean
    assert warnings(two_sheets) == {
        "book.participants.assumed",
        "book.places.assumed",
        "book.lanes.assumed",
        "book.categories.assumed",
        "book.settings.assumed",
    }
    book = two_sheets.book
    assert (book.currency, book.settlement, str(book.as_of)) == ("GBP", "priced", "2026-01-09")


def test_a_book_without_a_day_is_of_the_first_use_by_that_is_past(tmp_path: Path) -> None:
    """Else what was eaten long ago, and is still listed, would fit nobody."""
    head = "participant,category,quantity,unit,limit_price,currency"
    (tmp_path / "offers.csv").write_text(
        f"{head},use_by\nFarm,milk,9,kg,1,EUR,2026-01-09\nFarm,eggs,9,kg,1,EUR,\n"
    )
    (tmp_path / "needs.csv").write_text(f"{head}\nHome,milk,9,kg,1,EUR\n")
    assert str(check(tmp_path).book.as_of) == "2026-01-09"


@pytest.mark.parametrize("text", ["{}", '{"Stock": [], "Wishes": []}', '{"book": {"name": "x"}}'])
def test_a_file_without_any_table_of_a_book_is_refused(tmp_path: Path, text: str) -> None:
    """Nothing to clear is no good book: the tables have other names, or are in another file."""
    (tmp_path / "book.json").write_text(text)
    admission = check(tmp_path / "book.json")
    assert "book.file.no_table" in codes(admission)


def test_names_that_differ_by_case_and_blanks_are_one(two_sheets: Admission) -> None:
    """`Tinned soup` and `tinned  Soup` are one category, under an id made of the first by name."""
    book = two_sheets.book
    assert book.categories["id"].to_list() == ["Apples", "Tinned-soup", "pears"]
    assert book.needs["category"].to_list() == ["Tinned-soup", "Apples;pears"]
    assert book.places["id"].to_list() == ["West-Yorkshire", "York"]
    assert "St. Mary's Kitchen" in book.participants["name"].to_list()


def test_the_market_of_two_sheets_is_in_one_unit(two_sheets: Admission) -> None:
    """0.04 t at 900 GBP a tonne is 40 kg at 0.9 GBP."""
    market = normalise(two_sheets.book)
    assert market.needs.quantity.tolist() == [40_000_000, 30_000_000]
    assert market.needs.limit_price.tolist() == [900_000, 300_000]
    assert market.offers.place.tolist() == [0, 1]
    assert market.lanes.id.tolist() == ["West-Yorkshire>York:any", "York>West-Yorkshire:any"]


def test_an_assumed_book_reads_back_as_it_is(two_sheets: Admission, tmp_path: Path) -> None:
    """What was assumed is part of the book, so its written form needs no assumption."""
    two_sheets.book.write(tmp_path / "whole")
    again = check(tmp_path / "whole")
    assert again.is_clean
    assert again.book.canonical_json() == two_sheets.book.canonical_json()
    assert not any(code.endswith("assumed") for code in warnings(again))


def _tables(**tables: dict[str, list[str]]) -> Admission:
    return check_tables({noun: pl.DataFrame(columns) for noun, columns in tables.items()})


ONE_OFFER = {
    "id": ["o1"], "participant": ["a"], "category": ["soup"], "quantity": ["1"], "unit": ["can"],
    "limit_price": ["1"], "currency": ["GBP"],
}  # fmt: skip
ONE_NEED = ONE_OFFER | {"id": ["n1"], "participant": ["b"]}


def test_listings_without_any_place_meet_nowhere() -> None:
    """All of them are in one place without a name, at no haulage."""
    admission = _tables(offers=ONE_OFFER, needs=ONE_NEED)
    market = normalise(admission.book)
    assert admission.is_clean
    assert market.places.id.tolist() == [NOWHERE]
    assert market.offers.place.tolist() == market.needs.place.tolist() == [0]


def test_what_is_only_counted_is_taken_to_weigh_a_kilogram_and_that_is_said() -> None:
    """A can has no weight of its own; the assumption is in the warning."""
    admission = _tables(offers=ONE_OFFER, needs=ONE_NEED)
    assert admission.book.categories["tonnes_per_unit"].to_list() == [0.001]
    (said,) = (f for f in admission.findings if f.code == "book.categories.assumed")
    assert "one can is taken to weigh 1 kg" in said.rule


def test_names_in_any_alphabet_get_ids() -> None:
    """Accents are dropped; names without a Latin letter are numbered; the name itself is kept."""
    names = ["Café Noir", "食堂", "Столовая", "食堂 2"]
    offers = {name: cells * 4 for name, cells in ONE_OFFER.items()}
    offers |= {"id": list("abcd"), "participant": names}
    admission = _tables(offers=offers, needs=ONE_NEED)
    people = dict(admission.book.participants.select("name", "id").rows())
    assert admission.is_clean
    assert people["Café Noir"] == "Cafe-Noir"
    assert len(set(people.values())) == 5
    assert people["食堂"].startswith("participants-")


def test_a_table_that_is_given_is_taken_at_its_word() -> None:
    """With a table of participants, one that is not in it is refused, not made."""
    people = {"id": ["a"], "name": ["A"]}
    admission = _tables(offers=ONE_OFFER, needs=ONE_NEED, participants=people)
    assert "book.participant.dangling" in codes(admission)
    assert admission.refused["needs"]["id"].to_list() == ["n1"]


def test_a_table_that_could_not_be_read_is_not_made_up(tmp_path: Path) -> None:
    """participants.csv is there and broken, so the participants are not taken from the listings."""
    (tmp_path / "offers.csv").write_text(OFFERS)
    (tmp_path / "needs.csv").write_text(NEEDS)
    (tmp_path / "participants.csv").write_bytes(b"\xff\xfe\x00broken")
    admission = check(tmp_path)
    assert "book.participants.assumed" not in warnings(admission)
    assert not admission.is_clean


def test_settings_that_are_given_in_part_are_not_made_up(tmp_path: Path) -> None:
    """A book.toml without a currency is refused; the currency of the listings is not taken."""
    (tmp_path / "offers.csv").write_text(OFFERS)
    (tmp_path / "needs.csv").write_text(NEEDS)
    (tmp_path / "book.toml").write_text('name = "Mine"\nas_of = 2026-01-01\nsettlement = "priced"\n')
    admission = check(tmp_path)
    assert "book.currency.missing_column" in codes(admission)
    assert not admission.has_settings


def test_the_unit_used_most_counts_and_others_are_converted_or_refused() -> None:
    """kg twice and lb once make kg; a row in litres of what is otherwise weighed is refused."""
    offers = {
        "id": ["a", "b", "c", "d"], "participant": ["x"] * 4, "category": ["soup"] * 4, "quantity": ["1"] * 4,
        "unit": ["kg", "kg", "lb", "l"], "limit_price": ["1"] * 4, "currency": ["GBP"] * 4,
    }  # fmt: skip
    admission = _tables(offers=offers, needs=ONE_NEED | {"unit": ["kg"]})
    assert admission.book.categories["unit"].to_list() == ["kg"]
    assert admission.refused["offers"]["id"].to_list() == ["d"]


def test_a_book_without_needs_is_told_so() -> None:
    """Nothing can be awarded, which is a warning and no refusal."""
    admission = _tables(offers=ONE_OFFER)
    assert "book.needs.none" in warnings(admission)
    assert admission.is_clean


def test_goods_travel_where_nobody_says_how() -> None:
    """Two sheets with two places: a lane each way at a millionth, and the warning says what to add."""
    admission = _tables(offers=ONE_OFFER | {"place": ["York"]}, needs=ONE_NEED | {"place": ["Hull"]})
    lanes = admission.book.lanes.select("from_place", "to_place", "cost_per_t", "co2_kg_per_t")
    assert admission.is_clean
    assert lanes.rows() == [("Hull", "York", 0.000001, 0.0), ("York", "Hull", 0.000001, 0.0)]
    (said,) = (f for f in admission.findings if f.code == "book.lanes.assumed")
    assert "between all 2 places" in said.rule
    assert "van,0.50,GBP,0.2,300" in said.maybe


def test_the_row_that_the_warning_gives_makes_lanes() -> None:
    """Its modes.csv, copied, with coordinates in both sheets: lanes of the right length, nothing assumed."""
    leeds, york = {"latitude": ["53.8"], "longitude": ["-1.55"]}, {"lat": ["53.96"], "longitude": ["-1.08"]}
    near = _tables(
        offers=ONE_OFFER | {"place": ["Leeds"]} | leeds, needs=ONE_NEED | {"place": ["York"]} | york
    )
    assert "book.column.unknown" in codes(near)
    york["latitude"] = york.pop("lat")
    tables = {
        "offers": ONE_OFFER | {"place": ["Leeds"]} | leeds,
        "needs": ONE_NEED | {"place": ["York"]} | york,
    }
    (said,) = (f for f in _tables(**tables).findings if f.code == "book.modes.assumed")
    header, _, row = said.maybe.partition(": ")[2].partition(" and below it ")
    cells = {name: [cell] for name, cell in zip(header.split(","), row.split(","), strict=True)}
    admission = _tables(**tables, modes=cells)
    assert admission.is_clean
    assert warnings(admission).isdisjoint({"book.modes.assumed", "book.lanes.assumed"})
    assert normalise(admission.book).lanes.distance_km.tolist() == pytest.approx([46.3, 46.3], abs=0.5)


def test_one_place_has_one_position() -> None:
    """53.80 is 53.8; another position of the same name is refused."""
    places = {"place": ["York", "york"], "latitude": ["53.8", "53.80"], "longitude": ["-1", "-1.0"]}
    two = {name: cells * 2 for name, cells in ONE_OFFER.items()} | {"id": ["o1", "o2"]}
    assert _tables(offers=two | places, needs=ONE_NEED).is_clean
    apart = _tables(offers=two | places | {"latitude": ["53.8", "53.9"]}, needs=ONE_NEED)
    assert codes(apart) == {"book.latitude.differs"}


def test_rows_without_ids_are_called_by_their_number() -> None:
    """Without a column id the listing in row 2 is offer-2, and that is told."""
    bare = {name: cells for name, cells in ONE_OFFER.items() if name != "id"}
    admission = _tables(offers=bare, needs=ONE_NEED)
    assert admission.is_clean
    assert admission.book.offers["id"].to_list() == ["offer-2"]
    assert "book.id.assumed" in warnings(admission)


def test_an_empty_cell_in_a_column_of_ids_is_still_refused() -> None:
    """Who has ids has them everywhere."""
    assert codes(_tables(offers=ONE_OFFER | {"id": [""]}, needs=ONE_NEED)) == {"book.id.missing"}


def test_a_header_that_is_refused_is_the_only_finding_of_its_column() -> None:
    """`Price` for limit_price: that the column, its cells and the currency are missing is not said again."""
    named = {"limit_price": "Price (EUR/kg)", "participant": "Name"}
    sheet = {named.get(name, name): cells for name, cells in ONE_OFFER.items() if name != "currency"}
    admission = _tables(offers=sheet, needs=sheet)
    refused = [f for f in admission.findings if f.severity == "refused"]
    assert {f.code for f in refused} == {"book.column.unknown"}
    assert {f.maybe for f in refused} == {"limit_price [EUR/kg] is meant", "participant is meant"}
    assert [len(admission.refused[noun]) for noun in ("offers", "needs")] == [1, 1]


def test_a_known_column_makes_another_word_for_it_a_note() -> None:
    """With `participant` there, a column `company` is the owner's own affair."""
    admission = _tables(offers=ONE_OFFER | {"company": ["Ann Ltd"]}, needs=ONE_NEED)
    assert admission.is_clean
    assert "book.column.unknown" in warnings(admission)


def test_letters_without_a_plain_form_are_spelt_out() -> None:
    """Müller & Söhne is Mueller-Soehne, Łódź is Lodz; the names stay."""
    offers = {name: cells * 2 for name, cells in ONE_OFFER.items()}
    offers |= {"id": ["a", "b"], "participant": ["Müller & Söhne", "Łódź"]}
    people = dict(_tables(offers=offers, needs=ONE_NEED).book.participants.select("name", "id").rows())
    assert (people["Müller & Söhne"], people["Łódź"]) == ("Mueller-Soehne", "Lodz")


@pytest.mark.parametrize("written", ["Haulage Fund", "haulage fund", "Haulage-Fund"])
def test_a_budget_finds_its_sponsor_however_it_is_written(written: str) -> None:
    """As in the needs, in other case, or by the id that was made of the name."""
    needs = ONE_NEED | {"value": ["3"], "sponsor": ["Haulage Fund"]}
    rules = {
        "id": ["r"], "name": ["Budget"], "measure": ["bid_value"], "sense": ["<="], "limit": ["9"],
        "sponsor": [written],
    }  # fmt: skip
    (bare,) = (f for f in _tables(offers=ONE_OFFER, needs=needs).findings if f.severity == "refused")
    assert bare.value == "Haulage Fund"
    assert bare.maybe.endswith("budget,Budget,bid_value,<=,1000,Haulage Fund")
    assert _tables(offers=ONE_OFFER, needs=needs, rules=rules).is_clean


def test_fields_of_other_kinds_are_told_and_not_dropped_in_silence() -> None:
    """form, term_months, remote and move_cost on goods, in offers and needs: a warning with a Maybe each."""
    odd = {"form": ["loan"], "term_months": ["12"], "remote": ["true"], "move_cost": ["3"]}
    admission = _tables(offers=ONE_OFFER | odd, needs=ONE_NEED | {"term_months": ["12"]})
    said = [f for f in admission.findings if f.code.endswith("not_for_kind")]
    assert sorted((f.file, f.field) for f in said) == [
        ("needs", "term_months"), *sorted(("offers", name) for name in odd),
    ]  # fmt: skip
    assert all(f.maybe for f in said)


KINDS_OF_UNITS = {"EUR": "capital", "licence": "technology", "person": "talent", "box": "goods"}


@pytest.mark.parametrize(("unit", "kind"), list(KINDS_OF_UNITS.items()))
def test_the_unit_tells_the_kind_where_nothing_else_does(unit: str, kind: str) -> None:
    """Money is capital, a licence technology, a person talent, and everything else goods."""
    offers = ONE_OFFER | {"unit": [unit], "currency": ["EUR"], "form": ["grant" if unit == "EUR" else ""]}
    book = _tables(offers=offers).book
    assert book.categories.select("kind", "unit").rows() == [(kind, unit)]


def test_a_column_of_kinds_goes_before_the_unit() -> None:
    """A can is goods by its unit and technology by its column; a kind that is none is refused."""
    said = ONE_OFFER | {"kind": ["Technology"]}
    assert _tables(offers=said, needs=ONE_NEED).book.categories["kind"].to_list() == ["technology"]
    assert codes(_tables(offers=ONE_OFFER | {"kind": ["software"]})) == {"book.kind.unknown"}


def test_what_projects_seldom_mean_is_told() -> None:
    """Three people for one need only, half a project with a whole person, and a loan without a term."""
    offers = {
        "id": ["people", "money"], "participant": ["a", "b"], "category": ["engineer", "loan"],
        "quantity": ["3", "100"], "unit": ["person", "EUR"], "limit_price": ["1", "0.1"],
        "currency": ["EUR"] * 2, "form": ["", "loan"],
    }  # fmt: skip
    needs = {
        "id": ["l1", "l2"], "participant": ["c"] * 2, "category": ["engineer", "loan"],
        "quantity": ["1", "9"], "unit": ["person", "EUR"], "project": ["p"] * 2,
    }  # fmt: skip
    project = {
        "id": ["p"], "participants": ["c"], "name": ["P"], "value": ["9"], "currency": ["EUR"],
        "mode": ["proportional"],
    }  # fmt: skip
    admission = _tables(offers=offers, needs=needs, projects=project)
    assert admission.is_clean
    told = {"book.quantity.one_need", "book.term_months.no_loan"}
    assert told <= warnings(admission)
    assert notes(admission) == {"book.mode.whole_lines"}
    meant = _tables(
        offers=offers | {"whole": ["false", ""]},
        needs=needs | {"term_months": ["", "12"]},
        projects=project | {"mode": ["all_or_nothing"]},
    )
    assert told.isdisjoint(warnings(meant))
    assert notes(meant) == set()


@pytest.mark.parametrize(
    ("cell", "maybe"),
    [
        ("4.5%", "0.045, a share of 1"),
        ("3,9 %", "0.039, a share of 1"),
        ("90000 €", "90000, with EUR in the column currency"),
        ("unlimited", "an empty cell: of a technology it is as many licences as are wanted"),
        ("20k", "20000"),
    ],
)
def test_numbers_as_people_write_them_are_told_as_numbers(cell: str, maybe: str) -> None:
    """Refused, since nothing is guessed, with what to write instead."""
    admission = _tables(offers=ONE_OFFER | {"limit_price": [cell]}, needs=ONE_NEED)
    (found,) = (f for f in admission.findings if f.severity == "refused" and f.field == "limit_price")
    assert found.maybe == maybe


@pytest.mark.parametrize(
    ("word", "kind"),
    [("Money", "capital"), ("people", "talent"), ("Licence", "technology"), ("Equipment", "goods")],
)
def test_another_word_for_a_kind_is_told_as_the_kind(word: str, kind: str) -> None:
    """Who writes money means capital."""
    admission = _tables(offers=ONE_OFFER | {"kind": [word]}, needs=ONE_NEED)
    (found,) = (f for f in admission.findings if f.code == "book.kind.unknown")
    assert found.maybe == kind


def test_a_column_of_notes_needs_nothing_done() -> None:
    """Notes and contacts are the owner's own: said once, as a note, with no list of fields."""
    admission = _tables(offers=ONE_OFFER | {"Notes": ["ask Ann"], "contact": [""]}, needs=ONE_NEED)
    assert "book.column.own_note" in notes(admission)
    assert "book.column.unknown" not in warnings(admission)


def test_a_mode_may_be_written_with_blanks() -> None:
    """All or nothing is all_or_nothing."""
    project = {"id": ["p"], "participants": ["b"], "name": ["P"], "value": ["9"], "currency": ["GBP"],
               "mode": ["All or nothing"]}  # fmt: skip
    line = ONE_NEED | {"project": ["p"], "limit_price": [""]}
    admission = _tables(offers=ONE_OFFER, needs=line, projects=project)
    assert admission.book.projects["mode"].to_list() == ["all_or_nothing"]


@pytest.mark.parametrize(("other", "warned"), [("12", True), ("1.500", False)])
def test_a_point_among_thousands_is_told(other: str, warned: bool) -> None:
    """70.000 beside 12 may mean seventy thousand; where all have three decimals it is an export's way."""
    two = {name: cells * 2 for name, cells in ONE_OFFER.items()} | {"id": ["o1", "o2"]}
    admission = _tables(offers=two | {"quantity": ["70.000", other]}, needs=ONE_NEED)
    assert ("book.quantity.thousands_point" in warnings(admission)) == warned


@pytest.mark.parametrize(("quantity", "whole"), [("3", True), ("1.0", True), ("1.5", False)])
def test_items_are_whole_unless_a_part_of_one_is_listed(quantity: str, whole: bool) -> None:
    """Nobody wants two thirds of a printer; who writes 1.5 of something means what may be parted."""
    counted = {"unit": ["pcs"]}
    admission = _tables(offers=ONE_OFFER | counted | {"quantity": [quantity]}, needs=ONE_NEED | counted)
    assert normalise(admission.book).categories.whole.tolist() == [whole]


def test_a_point_for_thousands_beside_decimal_commas_is_refused() -> None:
    """1.500 beside 120,5 is fifteen hundred: both are refused, each with what is meant."""
    two = {name: cells * 2 for name, cells in ONE_OFFER.items()} | {"id": ["o1", "o2"]}
    admission = _tables(offers=two | {"quantity": ["1.500", "120,5"]}, needs=ONE_NEED)
    maybe = {finding.value: finding.maybe for finding in admission.findings if finding.severity == "refused"}
    assert "1500" in maybe["1.500"]
    assert "120.5" in maybe["120,5"]


@pytest.mark.parametrize(
    ("heading", "field"), [("Anbieter", "participant"), ("Menge (kg)", "quantity [kg]"), ("Ware", "category"),
                           ("Preis je kg", "limit_price"), ("Prix", "limit_price"), ("Ort", "place")],
)  # fmt: skip
def test_headings_in_other_languages_are_understood_well_enough_to_say_what_is_meant(heading, field) -> None:
    """They are refused, with the field to write instead."""
    name = field.split(" [")[0]
    offer = {heading if own == name else own: cells for own, cells in ONE_OFFER.items()}
    offer |= {} if name in ONE_OFFER else {heading: ["x"]}
    admission = _tables(offers=offer, needs=ONE_NEED)
    (finding,) = [each for each in admission.findings if each.code == "book.column.unknown"]
    assert f"{field} is meant" in finding.maybe


def test_a_sheet_in_other_words_is_named(tmp_path) -> None:
    """Angebote are offers."""
    (tmp_path / "Angebote.csv").write_text("id\no1\n")
    (tmp_path / "needs.csv").write_text("id\nn1\n")
    findings = check(tmp_path).findings
    assert any("offers" in each.maybe for each in findings if each.code == "book.table.unknown")
