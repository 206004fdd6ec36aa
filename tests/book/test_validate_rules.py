"""Every rule of the book, with a row that breaks it beside the nearest row that does not."""

from __future__ import annotations

import pytest
from _book_samples import changed, check, codes, sample, warnings

from fourflow.book import Book
from fourflow.errors import BookError

# noun, row, cells that break a rule, the code, cells that just do not
RULES = [
    ("offers", 0, {"quantity": "-0.000001"}, "book.quantity.negative", {"quantity": "0.5"}),
    ("offers", 0, {"quantity": "2,5"}, "book.quantity.decimal_comma", {"quantity": "2.5"}),
    ("offers", 0, {"quantity": "1,250"}, "book.quantity.thousands", {"quantity": "1250"}),
    ("offers", 0, {"quantity": "1.2345678"}, "book.quantity.too_precise", {"quantity": "1.234567"}),
    ("offers", 0, {"quantity": "NaN"}, "book.quantity.not_finite", {"quantity": "1"}),
    ("offers", 0, {"quantity": "-inf"}, "book.quantity.not_finite", {"quantity": "1"}),
    ("offers", 0, {"quantity": "1e999"}, "book.quantity.too_large", {"quantity": "1000"}),
    ("offers", 0, {"quantity": "1e3"}, "book.quantity.exponent", {"quantity": "1000"}),
    ("offers", 0, {"quantity": "9223372036854775808"}, "book.quantity.too_large", {"quantity": "1000000"}),
    ("offers", 0, {"quantity": "1000001"}, "book.quantity.too_large", {"quantity": "1000000"}),
    (
        "offers",
        0,
        {"limit_price": "1000000000.01"},
        "book.limit_price.too_large",
        {"limit_price": "1000000000"},
    ),
    ("offers", 0, {"limit_price": "£3"}, "book.limit_price.not_a_number", {"limit_price": "-3"}),
    ("offers", 0, {"quantity": None, "min_quantity": None}, "book.quantity.missing", {"quantity": "2"}),
    ("offers", 0, {"unit": None}, "book.unit.missing", {"unit": "kg"}),
    ("offers", 0, {"unit": "ton"}, "book.unit.unknown", {"unit": "t"}),
    ("offers", 0, {"unit": "l"}, "book.unit.dimension", {"unit": "lb"}),
    ("offers", 0, {"currency": None}, "book.currency.missing", {"currency": "GBP"}),
    ("offers", 0, {"currency": "Gbp"}, "book.currency.unknown", {"currency": "GBP"}),
    ("offers", 0, {"currency": "USD"}, "book.currency.no_rate", {"currency": "EUR"}),
    ("offers", 0, {"participant": "frm"}, "book.participant.dangling", {"participant": "farm"}),
    ("offers", 0, {"from_": "2026-03-02"}, "book.from.after_until", {"from_": "2026-02-20"}),
    ("offers", 0, {"from_": "2026-02-21"}, "book.from.after_use_by", {"from_": "2026-02-20"}),
    ("offers", 0, {"until": "31/01/2026"}, "book.until.not_a_date", {"until": "2026-01-31"}),
    ("offers", 0, {"until": "1 November 2026"}, "book.until.not_a_date", {"until": "2026-11-01"}),
    ("offers", 0, {"until": "2026-02-30"}, "book.until.not_a_date", {"until": "2026-02-28"}),
    ("offers", 0, {"min_quantity": "2.6"}, "book.min_quantity.above_quantity", {"min_quantity": "2.5"}),
    ("offers", 0, {"whole": "maybe"}, "book.whole.not_bool", {"whole": "no"}),
    ("offers", 0, {"id": "o 1"}, "book.id.pattern", {"id": "o_1"}),
    ("offers", 0, {"id": "x" * 129}, "book.id.pattern", {"id": "x" * 128}),
    ("offers", 0, {"participant": "fa\x00rm"}, "book.participant.nul", {"participant": "farm"}),
    (
        "offers",
        0,
        {"listed_at": "2026-01-02T25:00:00Z"},
        "book.listed_at.not_a_time",
        {"listed_at": "2026-01-02T23:00:00+01:00"},
    ),
    ("participants", 1, {"name": "x" * 10_001}, "book.name.too_long", {"name": "x" * 10_000}),
    ("participants", 1, {"name": "bell\x07"}, "book.name.control", {"name": "two\nlines"}),
    ("participants", 1, {"name": "kroY \u202e"}, "book.name.control", {"name": "York \u200f"}),
    ("places", 2, {"latitude": "90.000001"}, "book.latitude.range", {"latitude": "90"}),
    ("places", 2, {"longitude": "-180.1"}, "book.longitude.range", {"longitude": "-180"}),
    ("places", 2, {"longitude": None}, "book.longitude.missing", {"longitude": "0"}),
    ("lanes", 0, {"to_place": "leeds"}, "book.to_place.self_loop", {"to_place": "hull"}),
    ("lanes", 0, {"days": "1.5"}, "book.days.not_whole", {"days": "2.0"}),
    ("modes", 0, {"cost_per_trip": None}, "book.cost_per_trip.missing", {"cost_per_trip": "0"}),
    ("modes", 0, {"detour": "0"}, "book.detour.not_positive", {"detour": "1"}),
    ("categories", 0, {"parent": "potato"}, "book.parent.cycle", {"parent": None}),
    ("categories", 1, {"kind": "capital"}, "book.kind.differs_from_parent", {"kind": "goods"}),
    ("categories", 1, {"kind": "good"}, "book.kind.unknown", {"kind": "Goods"}),
    (
        "categories",
        1,
        {"unit": "l"},
        "book.unit.differs_from_parent",
        {"unit": "kg", "tonnes_per_unit": None},
    ),
    ("categories", 1, {"lot": "2"}, "book.lot.differs_from_parent", {"lot": None}),
    (
        "categories",
        1,
        {"tonnes_per_unit": "2"},
        "book.tonnes_per_unit.not_its_mass",
        {"tonnes_per_unit": "1"},
    ),
    ("categories", 2, {"tonnes_per_unit": None}, "book.tonnes_per_unit.missing", {"tonnes_per_unit": "0"}),
    ("needs", 0, {"limit_price": None}, "book.limit_price.missing", {"limit_price": "-1"}),
    ("needs", 0, {"currency": None}, "book.currency.missing", {"currency": "EUR"}),
    ("needs", 0, {"quantity": "-1"}, "book.quantity.negative", {"quantity": "1"}),
    ("needs", 1, {"project": None, "limit_price": None}, "book.limit_price.missing", {"quantity": "-1"}),
    ("needs", 0, {"value": "-0.1"}, "book.value.negative", {"value": "0.1"}),
    ("needs", 0, {"sponsor": "farm"}, "book.sponsor.no_budget", {"sponsor": "fund"}),
    ("needs", 0, {"category": "food;milk"}, "book.unit.dimension", {"category": "food;potato"}),
    ("needs", 0, {"category": "food;skill"}, "book.category.mixed_kinds", {"category": "food;"}),
    ("needs", 0, {"category": ";"}, "book.category.missing", {"category": "potato;potato"}),
    (
        "needs",
        1,
        {"project": None, "limit_price": "1", "currency": "GBP"},
        "book.id.no_needs",
        {"project": "kitchen"},
    ),
    ("projects", 0, {"mode": "proportion"}, "book.mode.unknown", {"mode": "all_or_nothing"}),
    ("projects", 0, {"from_": "2026-06-02"}, "book.from.after_until", {"from_": "2026-06-01"}),
    ("projects", 0, {"participants": "bank;farn"}, "book.participants.dangling", {"participants": "bank"}),
    ("attributes", 0, {"owner": "nobody"}, "book.owner.dangling", {"owner": "leeds"}),
    ("requirements", 0, {"value": "seven"}, "book.value.not_a_number", {"value": "seven", "comparison": "="}),
    ("requirements", 0, {"comparison": "=="}, "book.comparison.unknown", {"comparison": "!="}),
    ("requirements", 0, {"unit": "day"}, "book.unit.dimension", {"unit": "t"}),
    (
        "requirements",
        0,
        {"unit": None},
        "book.unit.dimension",
        {"unit": None, "value": "many", "comparison": "="},
    ),
    ("rules", 0, {"kind": "goods"}, "book.kind.on_budget", {"kind": None}),
    ("rules", 0, {"share_of_total": "true"}, "book.share_of_total.on_budget", {"share_of_total": "false"}),
    ("rules", 0, {"unit": "kg"}, "book.unit.dimension", {"unit": "EUR"}),
    ("rules", 1, {"limit": "1.1"}, "book.limit.above_one", {"limit": "1"}),
    ("rules", 1, {"unit": "l"}, "book.unit.dimension", {"unit": "kg"}),
    ("rules", 1, {"lane": "l2"}, "book.lane.dangling", {"lane": None}),
    ("rules", 1, {"sense": ">="}, "book.sponsor.floor_unpaid", {"sense": ">=", "sponsor": "fund"}),
    (
        "rules",
        1,
        {"measure": "units", "category": "food;milk"},
        "book.category.measured_apart",
        {"measure": "units", "category": "milk"},
    ),
    (
        "rules",
        1,
        {"measure": "units", "category": "food", "unit": "l"},
        "book.unit.dimension",
        {"measure": "units", "category": "food", "unit": "g"},
    ),
    ("rules", 1, {"kind": "goods;tech"}, "book.kind.unknown", {"kind": "goods;technology"}),
    ("fx", 0, {"rate": "0"}, "book.rate.not_positive", {"rate": "0.000001"}),
    ("fx", 0, {"currency": "GBP"}, "book.rate.own_currency", {"currency": "USD"}),
]


def test_the_sample_has_nothing_wrong() -> None:
    """The good neighbour of every bad row below is a row of a clean book."""
    assert check(sample()).findings == ()


@pytest.mark.parametrize(("noun", "row", "bad", "code", "good"), RULES)
def test_a_broken_rule_is_refused_and_its_nearest_neighbour_is_not(noun, row, bad, code, good) -> None:
    """The bad cell is refused under its code with the field, row and value; the good one is admitted."""
    refused = check(changed(noun, row, **bad))
    found = [f for f in refused.findings if f.code == code and f.severity == "refused"]
    assert found, [str(f) for f in refused.findings]
    assert found[0].field == code.split(".")[1]
    assert found[0].row == row + 2 or code == "book.id.no_needs"
    assert found[0].rule
    assert code not in codes(check(changed(noun, row, **good)))


@pytest.mark.parametrize(
    ("key", "bad", "code", "good"),
    [
        ("currency", "gbp", "book.currency.unknown", "EUR"),
        ("settlement", "paid", "book.settlement.unknown", "donated"),
        ("bids", "secret", "book.bids.unknown", "public"),
        ("as_of", "yesterday", "book.as_of.not_a_date", "2026-01-01"),
        ("time_step_days", "0", "book.time_step_days.not_positive", "7"),
        ("settlment", "priced", "book.column.unknown", None),
    ],
)
def test_a_wrong_setting_refuses_the_whole_book(key, bad, code, good) -> None:
    """Without its own settings a book cannot be used, not even in part."""
    tables = sample()
    tables["fx"] = []
    for row in (*tables["lanes"], *tables["modes"], *tables["offers"], *tables["needs"], *tables["projects"]):
        row["currency"] = row["currency"] and "GBP"
    admission = check(tables, **{key: bad})
    assert code in codes(admission)
    assert not admission.has_settings
    if good:
        assert code not in codes(check(tables, **{key: good}))


@pytest.mark.parametrize("name", ["name", "currency", "as_of", "settlement"])
def test_a_required_setting_may_not_be_left_out(name) -> None:
    """A book.toml that is there but says too little is refused, not guessed at."""
    admission = check(sample(), **{name: None})
    assert f"book.{name}.missing_column" in codes(admission)


def test_every_copy_of_an_id_is_refused() -> None:
    """Which of two rows with one id is meant is not guessed: both are refused, each naming the rows."""
    tables = sample()
    tables["offers"].append(dict(tables["offers"][0], quantity="9"))
    admission = check(tables)
    found = [f for f in admission.findings if f.code == "book.id.duplicate"]
    assert [f.row for f in found] == [2, 3]
    assert "rows 2, 3" in found[0].rule
    assert len(admission.refused["offers"]) == 2


def test_a_repeated_header_is_refused_with_one_finding() -> None:
    """A header in the middle of the data is no listing, and nothing else is said of it."""
    tables = sample()
    tables["offers"].append({name: name for name in tables["offers"][0]})
    admission = check(tables)
    assert [(f.code, f.row) for f in admission.findings] == [("book.id.header_again", 3)]
    assert len(admission.book.offers) == 1


def test_a_misspelt_column_is_refused_with_the_field_that_is_meant() -> None:
    """`min_quantiy` would lose a condition silently, so it is refused; the rows themselves are kept."""
    tables = sample()
    tables["offers"][0]["min_quantiy"] = "3"
    admission = check(tables)
    (found,) = admission.findings
    assert (found.code, found.maybe) == ("book.column.unknown", "min_quantity is meant")
    assert len(admission.book.offers) == 1


def test_a_column_that_looks_like_no_field_is_only_named() -> None:
    """A note of the owner's is passed over with a warning."""
    tables = sample()
    tables["offers"][0]["colour"] = "red"
    admission = check(tables)
    assert warnings(admission) == {"book.column.unknown"}
    assert admission.is_clean


def test_a_missing_required_column_is_one_finding_and_refuses_every_row() -> None:
    """One finding for the header, however many rows there are."""
    tables = sample()
    tables["offers"] = [dict(tables["offers"][0], id=f"o{i}") for i in range(50)]
    for row in tables["offers"]:
        del row["unit"]
    admission = check(tables)
    assert [f.code for f in admission.findings if f.file == "offers"] == ["book.unit.missing_column"]
    assert len(admission.refused["offers"]) == 50


def test_a_refused_row_takes_with_it_what_points_at_it() -> None:
    """Refusals spread until nothing changes: place, participant, offer, and the attribute of the offer."""
    admission = check(changed("places", 0, latitude="north"))
    assert {"places", "participants", "offers", "lanes", "attributes"} <= set(admission.refused)
    (offer,) = (f for f in admission.findings if f.file == "offers" and f.field == "participant")
    assert offer.code == "book.participant.refused_target"
    assert "participants row 2" in offer.rule


def test_a_listing_loses_no_requirement() -> None:
    """A need whose requirement is refused is refused: it would be given what it does not want."""
    admission = check(changed("requirements", 0, comparison="almost"))
    assert "book.requirement.refused_part" in codes(admission)
    assert admission.refused["needs"]["id"].to_list() == ["n1"]


def test_a_project_loses_no_line() -> None:
    """A project of which one need is refused is refused, and so are its other needs."""
    tables = sample()
    tables["needs"].append(dict(tables["needs"][1], id="n3", unit="barrel"))
    admission = check(tables)
    assert admission.refused["projects"]["id"].to_list() == ["kitchen"]
    assert admission.refused["needs"]["id"].to_list() == ["n2", "n3"]


def test_a_sponsor_has_one_budget_and_stands_on_it() -> None:
    """Two budgets for one sponsor are both refused, and with them what the sponsor was to pay for."""
    tables = sample()
    tables["rules"].append(dict(tables["rules"][0], id="again"))
    admission = check(tables)
    assert "book.sponsor.second_budget" in codes(admission)
    assert admission.refused["needs"]["id"].to_list() == ["n1", "n2"]


def test_zero_quantities_values_and_capacities_are_warnings() -> None:
    """Zero is allowed and said."""
    tables = changed("offers", 0, quantity="0", min_quantity=None)
    tables["needs"][0]["value"] = "0"
    tables["lanes"][0]["capacity_t"] = "0"
    admission = check(tables)
    assert warnings(admission) == {"book.quantity.zero", "book.value.zero", "book.capacity_t.zero"}
    assert admission.is_clean


def test_a_requirement_may_not_name_an_offer_and_a_need_at_once() -> None:
    """An id is unique among offers and among needs; where both have it, who asks is not certain."""
    tables = changed("offers", 0, id="n1")
    tables["attributes"][0]["owner"] = "farm"
    assert "book.listing.ambiguous" in codes(check(tables))


def test_a_taxonomy_has_a_depth_to_which_it_may_go() -> None:
    """64 levels are more than any taxonomy has; a chain beyond is refused."""
    tables = sample()
    chain = [dict(tables["categories"][0], id=f"c{i}", parent=f"c{i - 1}" if i else None) for i in range(70)]
    tables["categories"] += chain
    admission = check(tables)
    deep = [f.listing for f in admission.findings if f.code == "book.parent.too_deep"]
    assert deep == [f"c{i}" for i in range(64, 70)]
    assert "c63" in admission.book.categories["id"].to_list()


def test_nothing_is_lost() -> None:
    """Admitted and refused rows together are the input, table by table, with their row numbers."""
    tables = sample()
    for i in range(40):
        tables["offers"].append(dict(tables["offers"][0], id=f"o{i + 2}", quantity="x" if i % 3 else "1"))
    admission = check(tables)
    kept = admission.book.tables["offers"]["_row"].to_list()
    refused = admission.refused["offers"]["_row"].to_list()
    assert sorted(kept + refused) == list(range(2, 43))
    assert admission.refused["offers"]["_reasons"].str.contains("book.quantity").all()


def test_a_partial_book_is_given_only_when_asked_for() -> None:
    """read and from_tables raise every finding at once, unless a partial book is accepted."""
    import _book_samples

    tables = changed("offers", 0, quantity="x", unit="y")
    frames = _book_samples.frames(tables)
    with pytest.raises(BookError) as raised:
        Book.from_tables(frames, **_book_samples.SETTINGS)
    assert {f.code for f in raised.value.findings} >= {"book.quantity.not_a_number", "book.unit.unknown"}
    book = Book.from_tables(frames, accept_partial=True, **_book_samples.SETTINGS)
    assert len(book.offers) == 0
    assert len(book.needs) == 2


def test_fifty_thousand_rows_with_the_same_fault_each_have_their_finding() -> None:
    """Findings are made column by column, so a whole column of faults is no trouble."""
    tables = sample()
    tables["offers"] = [dict(tables["offers"][0], id=f"o{i}", unit=None) for i in range(50_000)]
    tables["attributes"] = []
    admission = check(tables)
    assert sum(f.code == "book.unit.missing" for f in admission.findings) == 50_000


@pytest.mark.parametrize(
    ("sense", "lane", "warned"), [(">=", True, True), ("<=", True, False), (">=", False, False)]
)
def test_a_floor_over_lanes_is_told_to_be_met_by_circles(sense: str, lane: bool, warned: bool) -> None:
    """What a lane carries may go back over another; a floor over what needs get is no such thing."""
    tables = sample()
    rule = {"id": "floor", "name": "floor", "measure": "tonnes", "sense": sense, "limit": "1", "unit": "t"}
    rule |= {"lane": tables["lanes"][0]["id"]} if lane else {"need_region": "North"}
    sponsor = next(row["sponsor"] for row in tables["rules"] if row.get("sponsor"))
    tables["rules"].append(rule | {"sponsor": sponsor})
    found = {finding.code for finding in check(tables).findings}
    assert ("book.sense.circles" in found) == warned
