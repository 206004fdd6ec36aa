"""An independent model of a goods market: each offer is a commodity of its own, written from the
rules of the book and solved by SciPy's MILP. It shares no code with matching, formulation or the engines."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from fourflow.book._market import OPEN_DAY, UNLIMITED, Market

M = 1e6


class Program:
    """maximise value x, rows and bounds collected by name."""

    def __init__(self) -> None:
        self.value: list[float] = []
        self.upper: list[float] = []
        self.whole: list[int] = []
        self.rows: list[tuple[dict[int, float], float, float]] = []

    def column(self, value: float, upper: float = np.inf, whole: bool = False) -> int:
        self.value.append(value)
        self.upper.append(upper)
        self.whole.append(int(whole))
        return len(self.value) - 1

    def row(self, terms: dict[int, float], lower: float, upper: float) -> None:
        self.rows.append((terms, lower, upper))

    def solve(self) -> float:
        """The greatest value that any x reaches."""
        if not self.value:
            return 0.0
        entries = [(r, c, v) for r, (terms, _, _) in enumerate(self.rows) for c, v in terms.items()]
        constraints = []
        if entries:
            r, c, v = zip(*entries, strict=True)
            matrix = coo_array((v, (r, c)), shape=(len(self.rows), len(self.value)))
            bounds = ([low for _, low, _ in self.rows], [up for _, _, up in self.rows])
            constraints = [LinearConstraint(matrix, *bounds)]
        return maximum(np.array(self.value), constraints, np.array(self.upper), np.array(self.whole))


class Infeasible(AssertionError):
    """No allocation keeps every row."""


def maximum(value, constraints, upper, whole):  # type: ignore[no-untyped-def]
    """The optimum of a MILP. HiGHS's presolve calls a few of these infeasible though 0 is feasible, and one
    in thousands ends in an error, so such a one is asked for again without presolve, and with a nudge."""
    for presolve, nudge in ((True, 0.0), (False, 0.0), (True, 1e-7)):
        result = milp(
            -value - np.linspace(0, nudge, len(value)), constraints=constraints, bounds=Bounds(0, upper),
            integrality=whole, options={"mip_rel_gap": 1e-9, "presolve": presolve},
        )  # fmt: skip
        if result.status == 0:
            return float(value @ result.x)
    raise (Infeasible if result.status == 2 else AssertionError)(result.message)


def welfare(market: Market) -> float:
    """The best objective that any allocation of this market can reach, in money."""
    model = Program()
    step = market.time_step_days
    periods = _periods(market) if step else 1
    need_in: dict[int, dict[int, float]] = defaultdict(dict)
    spend: dict[int, dict[int, float]] = defaultdict(dict)
    lane_use: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
    offers, needs = market.offers, market.needs
    sponsors = sorted(set(needs.sponsor.tolist()))
    unaided: dict[int, dict[int, float]] = {}
    wanted: dict[tuple[int, int], set[int]] = defaultdict(set)
    for o in range(len(offers)):
        out: dict[int, float] = {}
        switched = offers.fixed_cost[o] > 0 or offers.min_quantity[o] > 0
        quantity = offers.quantity[o] / M
        switch = model.column(-offers.fixed_cost[o] / M, 1, True) if switched else None
        reached: set[int] = set()
        free: dict[int, float] = {}
        for sponsor in sponsors:
            targets = [
                n for n in range(len(needs)) if needs.sponsor[n] == sponsor and _eligible(market, o, n)
            ]
            if targets:
                first = len(model.value)
                start = _commodity(
                    market, model, o, targets, sponsor, periods, need_in, spend, lane_use, switch
                )
                wanted[o, sponsor] = _on_a_way(market, offers.place[o], needs.place[targets])
                if sponsor < 0:
                    free = {column: model.value[column] for column in range(first, len(model.value))}
                out[start] = 1.0
                reached.add(sponsor)
                if switch is not None and sponsor >= 0:
                    buys = model.column(0, 1, True)
                    model.row({start: 1.0, buys: -quantity}, -np.inf, 0)
                    spend[sponsor][buys] = offers.fixed_cost[o] / M
        if offers.min_quantity[o] > 0 and -1 in reached and len(reached) > 1:
            unaided[o] = free
        if switch is not None:
            model.row({**out, switch: -quantity}, -np.inf, 0)
            model.row({**out, switch: -offers.min_quantity[o] / M}, 0, np.inf)
        elif out:
            model.row(out, -np.inf, quantity)
    _need_rows(market, model, need_in)
    _lane_rows(market, model, lane_use, spend, unaided, wanted)
    for worth in unaided.values():  # without a sponsor nobody takes at a loss
        model.row(worth, 0, np.inf)
    budget = {rule.sponsor: rule.limit / M for rule in market.rules}
    for sponsor, terms in spend.items():
        if sponsor >= 0:
            model.row(terms, -np.inf, budget[sponsor])
    return model.solve()


def _commodity(  # type: ignore[no-untyped-def]
    market, model, o, targets, sponsor, periods, need_in, spend, lane_use, switch
):
    """One offer's goods bought with one sponsor's help, over lanes and time. Returns its supply column."""
    offers, needs, lanes, step = market.offers, market.needs, market.lanes, market.time_step_days
    category = int(offers.category[o])
    lot = market.categories.lot[category] / M or (1.0 if market.categories.whole[category] else 0.0)
    unit = lot or 1.0
    balance: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
    money: dict[int, float] = {}

    def flow(value: float, cost: float) -> int:
        column = model.column(value * unit, whole=bool(lot))
        money[column] = cost * unit
        return column

    price = offers.limit_price[o] / M
    start = flow(-price, price)
    first = _period(market, offers.from_day[o], periods)
    balance[int(offers.place[o]), first][start] = unit
    last_use = _period(market, offers.use_by_day[o], periods)
    last_wait = _period(market, min(offers.use_by_day[o], offers.until_day[o]), periods)
    tonnes = market.categories.tonnes_per_unit[category] / M
    for lane in range(len(lanes)):
        for period in range(periods):
            arrival = period + (-(-int(lanes.days[lane]) // step) if step else 0)
            if arrival > last_use:
                continue
            cost = lanes.cost_per_t[lane] / M * tonnes
            column = flow(-cost, cost)
            balance[int(lanes.from_place[lane]), period][column] = -unit
            balance[int(lanes.to_place[lane]), arrival][column] = unit
            lane_use[lane, period][column] = tonnes * unit
    for place in range(-1, len(market.places)):
        for period in range(last_wait):
            column = flow(0, 0)
            balance[place, period][column] = -unit
            balance[place, period + 1][column] = unit
    for n in targets:
        own = min(needs.value[n], needs.limit_price[n])
        worth = (needs.value[n] if sponsor >= 0 else own) / M
        begin, end = (_period(market, day, periods) for day in (needs.from_day[n], needs.until_day[n]))
        for period in range(begin, min(end, last_use) + 1):
            column = flow(worth, -needs.limit_price[n] / M)
            balance[int(needs.place[n]), period][column] = -unit
            need_in[n][column] = unit
            if switch is not None:
                most = min(needs.quantity[n], offers.quantity[o]) / M
                model.row({column: unit, switch: -most}, -np.inf, 0)
    for terms in balance.values():
        model.row(terms, 0, 0)
    if sponsor >= 0:
        spend[sponsor].update(money)
    if unit != 1.0:
        supply = model.column(0)
        model.row({start: unit, supply: -1.0}, 0, 0)
        return supply
    return start


def _need_rows(market: Market, model: Program, need_in: dict[int, dict[int, float]]) -> None:
    needs = market.needs
    for n, terms in need_in.items():
        quantity, least = needs.quantity[n] / M, needs.min_quantity[n] / M
        if least > 0:
            switch = model.column(0, 1, True)
            model.row({**terms, switch: -quantity}, -np.inf, 0)
            model.row({**terms, switch: -least}, 0, np.inf)
        else:
            model.row(terms, -np.inf, quantity)


def _lane_rows(market, model, lane_use, spend, unaided, wanted) -> None:  # type: ignore[no-untyped-def]
    lanes = market.lanes
    for (lane, _), terms in lane_use.items():
        if lanes.capacity_t[lane] != UNLIMITED:
            model.row(terms, -np.inf, lanes.capacity_t[lane] / M)
        if lanes.trip_t[lane] > 0:
            room, cost = lanes.trip_t[lane] / M, lanes.cost_per_trip[lane] / M
            trips = model.column(-cost, 1e4, True)
            model.row({**terms, trips: -room}, -np.inf, 0)
            # The trips that the goods of a sponsor would need alone; what is missing to a least quantity
            # without one must be worth its own, but for what goes with those who want it filled.
            paid = {
                who: {c: load for c, load in terms.items() if c in spend[who]} for who in spend if who >= 0
            }
            for offer, worth in unaided.items():
                own = {column: load for column, load in terms.items() if column in worth}
                for who in (who for who in paid if own and lane in wanted[offer, who]):
                    shared = model.column(0)
                    own[shared], paid[who][shared] = -1, 1
                if own:
                    trips = model.column(0, 1e4, True)
                    model.row({**own, trips: -room}, -np.inf, 0)
                    worth[trips] = -cost
            for who, own in paid.items():
                if own:
                    trips = model.column(0, 1e4, True)
                    model.row({**own, trips: -room}, -np.inf, 0)
                    spend[who][trips] = cost


def _on_a_way(market, start, ends) -> set[int]:  # type: ignore[no-untyped-def]
    """The lanes on any way from a place to some others."""
    lanes, ahead, behind = market.lanes, {start}, set(ends.tolist())
    for _ in range(len(market.places)):
        ahead |= {int(b) for a, b in zip(lanes.from_place, lanes.to_place, strict=True) if a in ahead}
        behind |= {int(a) for a, b in zip(lanes.from_place, lanes.to_place, strict=True) if b in behind}
    return {i for i in range(len(lanes)) if lanes.from_place[i] in ahead and lanes.to_place[i] in behind}


def _eligible(market: Market, o: int, n: int) -> bool:
    offers, needs = market.offers, market.needs
    if offers.category[o] not in needs.categories[n] or offers.participant[o] == needs.participant[n]:
        return False
    last = min(offers.until_day[o], offers.use_by_day[o])
    if not market.time_step_days and (offers.from_day[o] > needs.until_day[n] or needs.from_day[n] > last):
        return False
    return _meets(market, offers, o, needs, n) and _meets(market, needs, n, offers, o)


def _meets(market, asker, a, other, b) -> bool:  # type: ignore[no-untyped-def]
    place = market.places.id[other.place[b]] if other.place[b] >= 0 else None
    holders = [other.id[b], market.participants.id[other.participant[b]], place]
    for ask in market.requirements:
        if ask.listing != asker.id[a]:
            continue
        found: list[str] = []
        for holder in holders:
            found = found or [
                x.value for x in market.attributes if x.owner == holder and x.name == ask.attribute
            ]
        compare = {
            "=": lambda v, w=ask.values: v == w[0], "!=": lambda v, w=ask.values: v != w[0],
            "<=": lambda v, w=ask.values: float(v) <= float(w[0]),
            ">=": lambda v, w=ask.values: float(v) >= float(w[0]),
            "in": lambda v, w=ask.values: v in w,
        }  # fmt: skip
        if ask.comparison == "has_all":
            ok = set(ask.values) <= set(found)
        elif ask.comparison == "has_any":
            ok = bool(set(ask.values) & set(found))
        else:
            ok = bool(found) and any(compare[ask.comparison](v) for v in found)
        if not ok:
            return False
    return True


def _periods(market: Market) -> int:
    days = np.concatenate([
        market.offers.from_day, market.offers.until_day, market.offers.use_by_day,
        market.needs.from_day, market.needs.until_day, [market.as_of_day],
    ])  # fmt: skip
    return int((days[days < OPEN_DAY].max() - market.as_of_day) // market.time_step_days) + 1


def _period(market: Market, day: int, periods: int) -> int:
    if not market.time_step_days:
        return 0
    return int(min(max((int(day) - market.as_of_day) // market.time_step_days, 0), periods - 1))
