"""Flows are taken apart into who ships to whom by which route."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from builders import market
from fourflow.book import Market
from fourflow.clearing import Allocation, Awards, SelfSupply, cancel_cycles, decompose, read_allocation
from fourflow.formulation import ArcKind, formulate
from fourflow.matching import match

UNIT = 10**6


def flows_of(book: Market, shipments: list[tuple[str, str, list[str], int]]) -> Allocation:
    """The allocation that carries (offer, need, lanes, quantity in millionths) and nothing else."""
    problem, layout = formulate(book, match(book))
    ids = {ArcKind.OFFER: book.offers.id, ArcKind.NEED: book.needs.id, ArcKind.LANE: book.lanes.id}
    arc = {}
    for kind, names in ids.items():
        for a in layout.arcs(kind):
            arc.setdefault((kind, names[layout.arc_ref[a]]), a)
    flow = np.zeros(problem.num_arcs, np.int64)
    for offer, need, lanes, quantity in shipments:
        if offer:
            flow[arc[ArcKind.OFFER, offer]] += quantity
            flow[arc[ArcKind.NEED, need]] += quantity
        for lane in lanes:
            flow[arc[ArcKind.LANE, lane]] += quantity
    return read_allocation(book, layout, problem, flow, np.zeros(problem.num_bundles, np.int64))


def rows(allocation: Allocation, awards: Awards) -> list[tuple[str, str, int, list[str]]]:
    book = allocation.market
    return [
        (book.offers.id[o], book.needs.id[n], int(q), [str(book.lanes.id[lane]) for lane in awards.route[i]])
        for i, (o, n, q) in enumerate(zip(awards.offer, awards.need, awards.quantity, strict=True))
    ]


def triangle(offers: list[dict[str, Any]], needs: list[dict[str, Any]], cost: int = 1) -> Market:
    """Places A, B, C and a lane between any two, both ways (with a capacity, so that none is pruned)."""
    ends = [(a, b) for a in "ABC" for b in "ABC" if a != b]
    return market(offers, needs, [{"start": a, "end": b, "cost": cost, "capacity": 999} for a, b in ends])


def offer(name: str, at: str, quantity: int = 10, **more: Any) -> dict[str, Any]:
    return {"id": name, "at": at, "quantity": quantity, "price": 1, **more}


def need(name: str, at: str, quantity: int = 10, **more: Any) -> dict[str, Any]:
    return {"id": name, "at": at, "quantity": quantity, "price": 9, **more}


def test_goods_stay_where_they_are_before_they_travel() -> None:
    """o1 at A feeds n1 at A; only what is left over goes on to B by lane A>B."""
    book = triangle([offer("o1", "A")], [need("n1", "A", 4), need("n2", "B", 6)])
    allocation = flows_of(book, [("o1", "n1", [], 4), ("o1", "n2", ["A>B"], 6)])
    assert rows(allocation, decompose(allocation)) == [("o1", "n1", 4, []), ("o1", "n2", 6, ["A>B"])]


def test_routes_of_several_lanes_are_in_travelling_order() -> None:
    """C>A, then A>B, although A>B comes first by id."""
    book = triangle([offer("o1", "C")], [need("n1", "B")])
    allocation = flows_of(book, [("o1", "n1", ["C>A", "A>B"], 7)])
    assert rows(allocation, decompose(allocation)) == [("o1", "n1", 7, ["C>A", "A>B"])]


def test_a_cycle_carries_no_goods() -> None:
    """3 units that go A>B>C>A beside a real shipment are left out, and so are their tonnes."""
    book = triangle([offer("o1", "A")], [need("n1", "B")], cost=0)
    allocation = flows_of(book, [("o1", "n1", ["A>B"], 5), ("", "", ["A>B", "B>C", "C>A"], 3)])
    assert rows(allocation, decompose(allocation)) == [("o1", "n1", 5, ["A>B"])]
    straight = cancel_cycles(book, allocation.layout, allocation.problem, allocation.flow)
    lanes = straight[allocation.layout.arcs(ArcKind.LANE)]
    assert sorted(lanes.tolist()) == [0, 0, 0, 0, 0, 5]


def test_awards_are_listed_by_offer_and_need_id_whatever_their_rows() -> None:
    """The same market with its rows in another order gives the same awards."""
    offers = [offer("o3", "A", 3), offer("o1", "A", 3), offer("o2", "B", 3)]
    needs = [need("n2", "C", 4), need("n1", "C", 5)]
    ships = [
        ("o3", "n2", ["A>C"], 3),
        ("o1", "n1", ["A>C"], 3),
        ("o2", "n1", ["B>C"], 2),
        ("o2", "n2", ["B>C"], 1),
    ]
    one = flows_of(triangle(offers, needs), ships)
    two = flows_of(triangle(offers[::-1], needs[::-1]), ships)
    listed = rows(one, decompose(one))
    assert listed == rows(two, decompose(two))
    assert [row[:3] for row in listed] == [("o1", "n1", 3), ("o2", "n1", 2), ("o2", "n2", 1), ("o3", "n2", 3)]


def test_a_participant_is_not_given_its_own_goods() -> None:
    """P offers o1 and needs n1, both at A; o2 and n2 belong to others, so they change partners."""
    book = triangle(
        [offer("o1", "A", 5, who="P"), offer("o2", "A", 5)], [need("n1", "A", 5, who="P"), need("n2", "A", 5)]
    )
    allocation = flows_of(book, [("o1", "n1", [], 5), ("o2", "n2", [], 5)])
    assert rows(allocation, decompose(allocation)) == [("o1", "n2", 5, []), ("o2", "n1", 5, [])]


def test_paths_are_exchanged_at_a_hub_which_they_share() -> None:
    """P's o1 goes A>B>C and o2 goes B>C>A; only at B or C can P's own need n1 at C be avoided."""
    book = triangle(
        [offer("o1", "A", 5, who="P"), offer("o2", "B", 5)], [need("n1", "C", 5, who="P"), need("n2", "B", 5)]
    )
    allocation = flows_of(book, [("o1", "n1", ["A>B", "B>C"], 5), ("o2", "n2", [], 5)])
    assert rows(allocation, decompose(allocation)) == [("o1", "n2", 5, ["A>B"]), ("o2", "n1", 5, ["B>C"])]


def test_self_supply_that_no_exchange_avoids_is_reported() -> None:
    """P is the only one at A: the flow itself has to change, and the listings concerned are named."""
    book = triangle([offer("o1", "A", 5, who="P")], [need("n1", "A", 5, who="P")])
    with pytest.raises(SelfSupply) as caught:
        decompose(flows_of(book, [("o1", "n1", [], 5)]))
    assert (caught.value.offers.tolist(), caught.value.needs.tolist()) == ([0], [0])


def test_tonnes_are_rounded_up_to_a_millionth() -> None:
    """Three millionths of a unit of 0.4 t are 1.2 millionths of a tonne: 2 are counted."""
    book = market(
        [offer("o1", "A")], [need("n1", "B")], [{"start": "A", "end": "B"}], {"goods": {"tonnes": "0.4"}}
    )
    assert flows_of(book, [("o1", "n1", ["A>B"], 3)]).lane_t.tolist() == [2]


def test_goods_that_wait_keep_their_route() -> None:
    """With time steps, storage lies on the path but not on the route."""
    book = market(
        [offer("o1", "A", until_day=9)], [need("n1", "B", from_day=8, until_day=9)],
        [{"start": "A", "end": "B", "days": 1}], time_step_days=1,
    )  # fmt: skip
    problem, layout = formulate(book, match(book))
    flow = np.zeros(problem.num_arcs, np.int64)
    node = int(problem.head[layout.arcs(ArcKind.OFFER)[0]])
    flow[layout.arcs(ArcKind.OFFER)[0]] = 4
    for _ in range(7):
        step = next(a for a in layout.arcs(ArcKind.STORAGE) if problem.tail[a] == node)
        flow[step], node = 4, int(problem.head[step])
    for kind in (ArcKind.LANE, ArcKind.NEED):
        step = next(a for a in layout.arcs(kind) if problem.tail[a] == node)
        flow[step], node = 4, int(problem.head[step])
    allocation = read_allocation(book, layout, problem, flow, np.zeros(0, np.int64))
    assert rows(allocation, decompose(allocation)) == [("o1", "n1", 4, ["A>B"])]


def test_many_parcels_may_take_one_long_way() -> None:
    """Twelve offers at the start of a chain of 20 lanes serve twelve needs at its end: 240 steps."""
    stops = [f"p{i:02}" for i in range(21)]
    book = market(
        [offer(f"o{i:02}", stops[0], 1) for i in range(12)],
        [need(f"n{i:02}", stops[-1], 1) for i in range(12)],
        [{"start": a, "end": b, "cost": 0} for a, b in pairwise(stops)],
    )
    way = [f"{a}>{b}" for a, b in pairwise(stops)]
    allocation = flows_of(book, [(f"o{i:02}", f"n{i:02}", way, 5) for i in range(12)])
    awards = decompose(allocation)
    assert rows(allocation, awards) == [(f"o{i:02}", f"n{i:02}", 5, way) for i in range(12)]


@pytest.mark.parametrize("seed", range(60))
def test_awards_add_up_to_the_flow(seed: int) -> None:
    """On random flows with cycles: totals per listing and lane are those of the flow without its cycles,
    no route visits a place twice, and nobody is paired with itself unless it is reported."""
    rng = np.random.default_rng(seed)
    people = [f"p{i}" for i in range(6)]
    places = list("ABCDE")
    offers = [offer(f"o{i}", rng.choice(places), who=rng.choice(people)) for i in range(8)]
    needs = [need(f"n{i}", rng.choice(places), who=rng.choice(people)) for i in range(8)]
    lanes = [{"start": a, "end": b, "cost": 1, "capacity": 999} for a in places for b in places if a != b]
    book = market(offers, needs, lanes)
    ships: list[tuple[str, str, list[str], int]] = []
    for _ in range(12):
        giver, taker = rng.choice(offers), rng.choice(needs)
        stops = [giver["at"], *rng.choice(places, rng.integers(0, 4)).tolist(), taker["at"]]
        hops = [f"{a}>{b}" for a, b in pairwise(stops) if a != b]
        ships.append((giver["id"], taker["id"], hops, int(rng.integers(1, 9))))
    allocation = flows_of(book, ships)
    try:
        awards = decompose(allocation)
    except SelfSupply as caught:
        owners = (book.offers.participant[caught.offers], book.needs.participant[caught.needs])
        assert (owners[0] == owners[1]).all()
        assert len(owners[0])
        return
    assert_adds_up(book, allocation, awards)


def assert_adds_up(book: Market, allocation: Allocation, awards: Awards) -> None:
    given, got, carried = Counter(), Counter(), Counter()
    for i, quantity in enumerate(awards.quantity.tolist()):
        given[int(awards.offer[i])] += quantity
        got[int(awards.need[i])] += quantity
        stops = [int(book.offers.place[awards.offer[i]])]
        for lane in awards.route[i]:
            carried[int(lane)] += quantity
            assert book.lanes.from_place[lane] == stops[-1]
            stops.append(int(book.lanes.to_place[lane]))
        assert stops[-1] == book.needs.place[awards.need[i]]
        assert len(set(stops)) == len(stops)
        assert book.offers.participant[awards.offer[i]] != book.needs.participant[awards.need[i]]
    assert [given[i] for i in range(len(book.offers))] == allocation.offered.tolist()
    assert [got[j] for j in range(len(book.needs))] == allocation.awarded.tolist()
    straight = cancel_cycles(book, allocation.layout, allocation.problem, allocation.flow)
    lanes = {
        int(allocation.layout.arc_ref[a]): int(straight[a]) for a in allocation.layout.arcs(ArcKind.LANE)
    }
    assert {lane: amount for lane, amount in lanes.items() if amount} == dict(carried)
