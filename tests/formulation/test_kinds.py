"""Small books of every kind, each with its best welfare worked by hand in the docstring."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fourflow.book import normalise
from fourflow.engines import solve
from fourflow.errors import ProblemError
from fourflow.formulation import ArcKind, BundleKind, check_supported, formulate
from fourflow.matching import match
from fourflow.proof import certify
from small_books import Row, book, lane, line, project, rule
from small_books import listing as need
from small_books import listing as offer

LANES = [lane("van", 2, 50), lane("rail", 3, 10)]


class Cleared:
    """The best allocation of a book: worth in money, amounts by listing, and the size of each project."""

    def __init__(self, offers: Sequence[Row], needs: Sequence[Row], **tables: Sequence[Row]) -> None:
        self.market = normalise(book(offers, needs, lanes=LANES, **tables))
        check_supported(self.market)
        problem, layout = formulate(self.market, match(self.market))
        solution = solve(problem, gap=1e-6)
        certificate = certify(problem, solution, 1e-6)
        assert certificate.max_violation == 0
        assert certificate.status == "OPTIMAL_WITHIN_GAP" or certificate.is_settled
        self.worth = float(certificate.objective)
        self.amount: dict[str, float] = {}
        for kind, ids in ((ArcKind.OFFER, self.market.offers.id), (ArcKind.NEED, self.market.needs.id)):
            for arc in layout.arcs(kind).tolist():
                name = ids[layout.arc_ref[arc]]
                self.amount[name] = self.amount.get(name, 0) + solution.flow[arc] / 1e6
        self.size = {
            self.market.projects.id[ref]: solution.bundle[b] / 1e9
            for b, (kind, ref) in enumerate(zip(layout.bundle_kind, layout.bundle_ref, strict=True))
            if kind == BundleKind.PROJECT
        }


def test_a_loan_is_worth_the_difference_of_charges_over_its_term() -> None:
    """400 GBP for 2 years at up to 8 % from one who asks 5 %: 400 x 0.03 x 2 = 24."""
    lender = offer("lender", "money", 1000, "0.05", form="loan", term_months=36)
    assert Cleared([lender], [need("shop", "money", 400, "0.08", term_months=24)]).worth == pytest.approx(24)


@pytest.mark.parametrize(
    ("form", "longest", "asked", "served"),
    [("loan", 12, 24, False), ("loan", 24, 24, True), ("loan", None, 24, True), ("grant", None, 24, False),
     ("grant", None, None, True), ("loan", 24, None, False)],
)  # fmt: skip
def test_forms_and_terms_must_fit(form: str, longest: int | None, asked: int | None, served: bool) -> None:
    """A need with a term asks for a loan of at least that term; one without asks for a grant."""
    fund = offer("fund", "money", 100, 0, form=form, term_months=longest)
    cleared = Cleared([fund], [need("n", "money", 50, "0.1", term_months=asked)])
    assert (cleared.amount.get("n", 0) > 0) == served


def test_a_fund_for_one_region_serves_no_other() -> None:
    """100 GBP for the north only: the southern need of 60 gets nothing, the northern 50."""
    fund = offer("fund", "money", 100, 0, form="grant")
    needs = [need("s", "money", 60, "0.5", at="dover"), need("n", "money", 50, "0.5")]
    asks = [{"listing": "fund", "attribute": "region", "comparison": "=", "value": "North"}]
    regions = {"leeds": "North", "dover": "South"}
    says = [{"owner": town, "name": "region", "value": region} for town, region in regions.items()]
    assert Cleared([fund], needs, requirements=asks, attributes=says).worth == pytest.approx(25)


@pytest.mark.parametrize(("whole", "worth"), [("true", 150), ("false", 250)])
def test_a_whole_offer_goes_to_one_need(whole: str, worth: float) -> None:
    """40 hours at 20: 30 h at 25 are worth 150, 10 h at 30 are worth 100; a whole offer serves only one."""
    analyst = offer("a", "hours", 40, 20, whole=whole)
    needs = [need("big", "hours", 30, 25), need("small", "hours", 10, 30)]
    assert Cleared([analyst], needs).worth == pytest.approx(worth)


def test_whole_goods_are_not_split() -> None:
    """10 t in one piece at 0: 6 t at 5 or 4 t at 6, not both: 30."""
    assert Cleared([offer("o", "food", 10, 0, whole="true")],
                   [need("a", "food", 6, 5), need("b", "food", 4, 6)]).worth == pytest.approx(30)  # fmt: skip


@pytest.mark.parametrize(
    ("says", "worth"), [({}, 0), ({"remote": "true"}, 70), ({"move_cost": 25}, 45), ({"move_cost": 0}, 70)]
)
def test_talent_works_elsewhere_if_it_is_remote_or_moves(says: Row, worth: float) -> None:
    """One driver at 80 in Leeds, 150 paid in Dover: 70, less what the move costs."""
    cleared = Cleared([offer("d", "driver", 1, 80, **says)], [need("n", "driver", 1, 150, at="dover")])
    assert cleared.worth == pytest.approx(worth)


def test_a_move_is_paid_once_for_all_hours() -> None:
    """40 h at 20, needed in Dover at 30 for 10 h and 20 h: 300 less one move of 120 is 180."""
    cleared = Cleared([offer("a", "hours", 40, 20, whole="false", move_cost=120)],
                      [need(n, "hours", h, 30, at="dover") for n, h in (("x", 10), ("y", 20))])  # fmt: skip
    assert cleared.worth == pytest.approx(180)


def test_nobody_is_hired_by_half() -> None:
    """Two and a half drivers asked, two and a half offered: two are hired, worth 2 x 50."""
    assert Cleared([offer("d", "driver", "2.5", 50, whole="false")],
                   [need("n", "driver", "2.5", 100)]).worth == pytest.approx(100)  # fmt: skip


def test_one_licence_serves_everybody() -> None:
    """Unlimited licences at 50 for needs at 200 and 180: 150 + 130."""
    cleared = Cleared([offer("t", "tool", None, 50)], [need("a", "tool", 1, 200), need("b", "tool", 1, 180)])
    assert cleared.worth == pytest.approx(280)
    assert cleared.amount["t"] == 2


@pytest.mark.parametrize(("fixed", "worth"), [(200, 80), (300, 0)])
def test_a_fixed_cost_of_technology_is_shared_or_not_paid(fixed: int, worth: float) -> None:
    """Two needs bring 280 together; a set-up of 200 is worth it, one of 300 is not."""
    cleared = Cleared([offer("t", "tool", None, 50, fixed_cost=fixed)],
                      [need("a", "tool", 1, 200), need("b", "tool", 1, 180)])  # fmt: skip
    assert cleared.worth == pytest.approx(worth)


def test_limited_licences_go_to_those_who_value_them_most() -> None:
    """Two licences at 40 for 100, 90 and 60: 60 + 50."""
    needs = [need(name, "tool", 1, price) for name, price in (("a", 100), ("b", 90), ("c", 60))]
    assert Cleared([offer("t", "tool", 2, 40)], needs).worth == pytest.approx(110)


LINES = [line("l-food", "p", "food", 10), line("l-driver", "p", "driver", 1)]


@pytest.mark.parametrize(("food", "mode", "worth", "size"), [
    (10, "all_or_nothing", 300 - 20 - 80, 1),
    (9, "all_or_nothing", 0, 0),
    (9, "proportional", 270 - 18 - 80, 0.9),
])  # fmt: skip
def test_a_project_takes_all_its_lines_in_proportion(food: int, mode: str, worth: float, size: float) -> None:
    """Worth 300 for 10 t at 2 and a driver at 80. With 9 t: nothing, or nine tenths with a whole driver."""
    cleared = Cleared([offer("f", "food", food, 2), offer("d", "driver", 1, 80)], LINES,
                      projects=[project("p", 300, mode)])  # fmt: skip
    assert cleared.worth == pytest.approx(worth, abs=1e-4)
    assert cleared.size["p"] == pytest.approx(size)


def test_a_line_that_is_no_whole_number_takes_the_next() -> None:
    """A project that needs two and a half drivers hires three: 500 - 3 x 50."""
    cleared = Cleared([offer("d", "driver", 5, 50, whole="false")], [line("l", "p", "driver", "2.5")],
                      projects=[project("p", 500)])  # fmt: skip
    assert cleared.worth == pytest.approx(350)
    assert cleared.amount["l"] == 3


def test_outputs_of_a_process_are_awarded_in_the_same_run() -> None:
    """Half of 10 t is there at 1: 5 t in, 2 t of compost out at 30, and running it costs 20 at full size."""
    cleared = Cleared(
        [offer("f", "food", 5, 1)],
        [line("in", "p", "food", 10), line("out", "p", "compost", -4), need("c", "compost", 8, 30)],
        projects=[project("p", 0, "proportional")],
    )
    assert cleared.worth == pytest.approx(60 - 5, abs=1e-4)
    assert cleared.amount["out"] == pytest.approx(2)


@pytest.mark.parametrize("times", [10, 5000])
def test_a_third_of_a_process_makes_a_third_of_its_output(times: int) -> None:
    """A third of the food is there, so a third of 3 t of compost is made: the whole t without which its
    taker takes none. No size that is a billionth times a whole number makes just that."""
    least = need("c", "compost", 2 * times, 30, min_quantity=times)
    cleared = Cleared(
        [offer("f", "food", times, 1)],
        [line("in", "p", "food", 3 * times), line("out", "p", "compost", -3 * times), least],
        projects=[project("p", 0, "proportional")],
    )
    assert cleared.worth == pytest.approx(29 * times)
    assert cleared.amount["c"] == times


def test_without_its_process_an_output_gives_nothing() -> None:
    """There is no food: not even a grain of compost is made, at whatever price."""
    cleared = Cleared(
        [offer("f", "food", 1, 1)],
        [line("in", "p", "food", 3), line("out", "p", "compost", -3), need("c", "compost", 2, "0.1"),
         need("f2", "food", 1, 900)],
        projects=[project("p", 0, "proportional")],
    )  # fmt: skip
    assert cleared.amount.get("c", 0) == cleared.amount.get("out", 0) == 0


@pytest.mark.parametrize(("granted", "own", "worth"), [(40, 0, 180), (20, 0, 0), (20, 20, 180), (0, 0, 0)])
def test_a_funded_project_spends_no_more_than_it_has(granted: int, own: int, worth: float) -> None:
    """10 t at 4 for a project worth 220: where grant and own money are below 40 nothing can be done."""
    cleared = Cleared(
        [offer("f", "food", 10, 4), offer("g", "money", 1000, 0, form="grant")],
        [line("l-food", "p", "food", 10), line("l-money", "p", "money", granted)],
        projects=[project("p", 220, "proportional", own_money=own)],
    )
    assert cleared.worth == pytest.approx(worth, abs=1e-3)


@pytest.mark.parametrize(("budget", "size"), [(30, 1), (15, 0.5)])
def test_a_sponsor_pays_what_a_project_cannot(budget: int, size: float) -> None:
    """10 t at 4 for a project that pays 10 in all and is worth 100: the sponsor's 30 carry all of it."""
    cleared = Cleared(
        [offer("f", "food", 10, 4)], [line("l", "p", "food", 10)],
        projects=[project("p", 100, "proportional", limit_price=10, sponsor="aid")],
        rules=[rule("budget", "bid_value", "<=", budget, sponsor="aid")],
    )  # fmt: skip
    assert cleared.size["p"] == pytest.approx(size)


def test_a_project_with_two_purses_is_refused() -> None:
    """A sponsor and a line of capital leave open who pays first."""
    with pytest.raises(ProblemError, match="'p' has both a sponsor and a line of capital"):
        Cleared([offer("g", "money", 10, 0, form="grant")], [line("l", "p", "money", 10)],
                projects=[project("p", 1, sponsor="aid")],
                rules=[rule("budget", "bid_value", "<=", 9, sponsor="aid")])  # fmt: skip


OFFERS = [offer("north", "food", 10, 1), offer("south", "food", 10, 1, at="dover")]
NEEDS = [need("a", "food", 8, 9), need("b", "food", 8, 9, at="dover")]
ALL = 8 * 8 * 2


@pytest.mark.parametrize(
    ("given", "worth"),
    [
        (rule("exclusion", "tonnes", "<=", 0, offer_region="North", need_region="North"), 64),
        (rule("one-side", "tonnes", "<=", 5, offer_region="North"), 40 + 64),
        (rule("other-side", "units", "<=", 5, need_participant="b-owner"), 64 + 40),
        (rule("in-kg", "units", "<=", 5000, category="food", unit="kg", need_participant="b-owner"), 64 + 40),
        (rule("a-bid", "bid_value", "<=", 45, need_place="dover"), 64 + 40),
        (rule("a-share", "tonnes", "<=", "0.25", share_of_total="true", offer_region="North"), 64 / 3 + 64),
        (rule("listings", "awards", "<=", 1, category="food"), 64),
        (rule("givers", "awards", "<=", 0, offer_place="leeds"), 64),
        (rule("a-floor", "tonnes", ">=", 9, offer_region="North", sponsor="aid"), ALL - 2),
        (rule("all-given", "awards", ">=", 1, offer_place="leeds", sponsor="aid"), ALL - 2 * 2),
    ],
)
def test_each_rule_holds(given: Row, worth: float) -> None:
    """8 t at 9 in Leeds and in Dover, 10 t at 1 in each: 128 without rules. What the north gives beyond Leeds
    costs 2 more per tonne; nothing comes back, so with the north shut out Leeds gets nothing; a quarter from
    the north is 8/3 t beside the south's 8."""
    assert Cleared(OFFERS, NEEDS, rules=[given]).worth == pytest.approx(worth, abs=1e-3)


@pytest.mark.parametrize(
    ("given", "worth"),
    [
        (None, 5 * 8), (rule("co2", "co2_kg", "<=", 100), 8 * 4 + 0.5),
        (rule("road", "tonnes", "<=", 3, mode="van"), 3 * 5 + 5 * 4),
        (rule("road-share", "tonnes", "<=", "0.5", share_of_total="true", mode="van"), 4 * 5 + 4 * 4),
        (rule("who", "tonnes", "<=", 1, lane="van;rail", need_participant="b-owner"), 5),
    ],
)  # fmt: skip
def test_rules_over_lanes_hold(given: Row | None, worth: float) -> None:
    """8 t at 8 in Dover from Leeds at 1: by van 5 each (50 kg of CO2), by rail 4 (10 kg). 100 kg allow all
    8 t by rail (80 kg) and half a tonne of it by van instead."""
    cleared = Cleared([offer("o", "food", 10, 1)], [need("b", "food", 8, 8, at="dover")],
                      rules=[given] if given else [rule("idle", "tonnes", "<=", 99)])  # fmt: skip
    assert cleared.worth == pytest.approx(worth, abs=1e-3)


def test_projects_count_as_one_award_and_bid_their_limit() -> None:
    """Two projects worth 50 and 40 with 5 t each at 1: one award allows the first only; so do bids of 60."""
    offers, needs = [offer("f", "food", 10, 1)], [line("l1", "p1", "food", 5), line("l2", "p2", "food", 5)]
    both = [project("p1", 50), project("p2", 40)]
    for given in (rule("one", "awards", "<=", 1), rule("bids", "bid_value", "<=", 60)):
        assert Cleared(offers, needs, projects=both, rules=[given]).worth == pytest.approx(45)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (rule("r", "awards", "<=", 1, lane="van"), "counts awards over lanes"),
        (rule("r", "bid_value", "<=", 1, mode="van"), "limits bids over lanes"),
    ],
)
def test_rules_without_a_clear_meaning_are_refused(given: Row, said: str) -> None:
    """Refused before anything is solved, with what to write instead."""
    with pytest.raises(ProblemError, match=said):
        Cleared(OFFERS, NEEDS, rules=[given])


def test_a_move_is_borne_by_the_project_that_causes_it() -> None:
    """One inspector at Leeds, 4 days at 70, a move at 50. A project in Dover for 3 days with a grant of 650
    is worth 890 - 210 - 50 = 630; another that could hire him too, but not for its 5 days, bears nothing."""
    leo = offer("leo", "hours", 4, 70, move_cost=50, whole="false")
    cleared = Cleared(
        [leo, offer("g", "money", 3000, 0, form="grant")],
        [line("lp", "p", "hours", 3, at="dover"), line("gp", "p", "money", 650),
         line("lq", "q", "hours", 5, at="dover"), line("gq", "q", "money", 900)],
        projects=[project("p", 890), project("q", 2000)],
    )  # fmt: skip
    assert cleared.worth == pytest.approx(630)


def test_a_project_that_cannot_happen_takes_nothing_at_all() -> None:
    """Nobody grants money, so the project is off: its line of food takes not even a rounding's worth, though
    the farm pays to lose 3 t or nothing, and the shop can use 2.999999 t of them."""
    farm = offer("farm", "food", 3, -2, min_quantity=3)
    lines = [line("p-food", "p", "food", 1), line("p-money", "p", "money", 60)]
    needs = [need("shop", "food", "2.999999", 4), *lines]
    made = Cleared([farm], needs, projects=[project("p", 90, "proportional")])
    assert made.worth == 0
    assert not made.size
