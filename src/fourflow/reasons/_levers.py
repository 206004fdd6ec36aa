"""What could be changed about one listing or project, from as it is to as far as it goes.

A lever names the markets that come of its settings; it does not say which setting is enough (`_changes`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.book import GOODS, MICRO, OPEN_DAY, UNLIMITED, Market
from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind, RowKind
from fourflow.matching import is_budget
from fourflow.reasons import _change
from fourflow.reasons import _phrases as say
from fourflow.reasons._excluded import may_meet
from fourflow.reasons._thresholds import Finder

MOST_OF_A_KIND = 4
"""Lanes, rules or requirements of one listing that are tried."""
FAR = 10**13
"""Ten million units, in millionths: beyond any limit that could matter to one listing."""
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Knob:
    """lever, about, unit : see `Change`; now : the setting today, a whole number; steps : the settings worth
    trying, from weak to strong, or None for every whole number up to `far`; market : the market at a setting;
    show : a setting as exact text; if_it : "With 3 t more room on the van (now 5 t)"; freely : the same with
    no limit at all; hint : the setting that would do if nobody else made use of it; whatever : whether
    getting anything more counts, not only as much as at the strongest."""

    lever: _change.Lever
    about: str
    unit: str
    now: int
    far: int
    steps: tuple[int, ...] | None
    market: Callable[[int], Market]
    show: Callable[[int], str]
    if_it: Callable[[int], str]
    freely: str
    hint: int | None = None
    whatever: bool = False


def text(millionths: int) -> str:
    """Millionths as exact text."""
    return f"{say.exact(millionths):f}"


def iso(day: int) -> str:
    return (EPOCH + timedelta(days=int(day))).isoformat()


def put(column: NDArray[Any], row: int, value: Any) -> NDArray[Any]:
    changed = column.copy()
    changed[row] = value
    return changed


def with_listing(market: Market, is_need: bool, row: int, **cells: Any) -> Market:
    """The market with some cells of one need or offer changed."""
    side = market.needs if is_need else market.offers
    columns: dict[str, Any] = {name: put(getattr(side, name), row, value) for name, value in cells.items()}
    changed: Any = replace(side, **columns)
    return replace(market, needs=changed) if is_need else replace(market, offers=changed)


def quantities(market: Market, is_need: bool, row: int, vague: bool) -> Iterator[Knob]:
    """A smaller least quantity; a larger quantity, which may pay for a trip or a fixed cost."""
    side = market.needs if is_need else market.offers
    quantity, least = int(side.quantity[row]), int(side.min_quantity[row])
    category = int(market.needs.categories[row][0]) if is_need else int(market.offers.category[row])
    unit, lot = str(market.categories.unit[category]), max(1, int(market.categories.step[category]))
    name, done = str(side.id[row]), "asked for" if is_need else "offered"
    if least > 0:
        yield Knob(
            "quantity", f"{name} min_quantity", unit, least, 0, None,
            lambda m: with_listing(market, is_need, row, min_quantity=m), text,
            lambda m: f"Had it taken any part from {say.amount(m, unit)} on (now at least"
            f" {say.amount(least, unit)})" if m else "Had it taken any part, however small",
            "Had it taken any part, however small", whatever=True,
        )  # fmt: skip
    if vague and 0 < quantity < FAR // 100:
        far, step = quantity + 99 * max(quantity, lot), lot * max(1, quantity // lot // 10)
        steps = tuple(range(quantity - quantity % lot + lot, far + 1, step)) if lot > 1 else None
        yield Knob(
            "quantity", name, unit, quantity, steps[-1] if steps else far, steps,
            lambda q: with_listing(market, is_need, row, quantity=q), text,
            lambda q: f"Had it {done} {say.amount(q, unit)} instead of {say.amount(quantity, unit)}",
            f"Had it {done} much more",
        )  # fmt: skip


def dates(market: Market, is_need: bool, row: int) -> Iterator[Knob]:
    """Open until later, or from earlier: up to the days at which others come into reach."""
    side, others = (market.needs, market.offers)[:: 1 if is_need else -1]
    first, last = int(side.from_day[row]), int(side.until_day[row])
    use_by = OPEN_DAY if is_need else int(market.offers.use_by_day[row])
    met = may_meet(market, is_need, row)
    start = others.from_day[met].astype(np.int64)
    end = others.until_day[met].astype(np.int64)
    if is_need:
        end = np.minimum(end, market.offers.use_by_day[met])
    later = [int(day) for day in np.unique(start) if last < day <= use_by]
    earlier = [int(day) for day in np.unique(end)[::-1] if market.as_of_day <= day < first]
    if market.time_step_days:
        every = [int(day) for column in (start, end) for day in column if day < OPEN_DAY]
        horizon = max([*every, min(last, first + 365)]) + 14
        step = market.time_step_days
        later = list(range(last + 1, min(horizon, last + 60 * step), step)) if last < OPEN_DAY else []
        earlier = list(range(first - 1, market.as_of_day - 1, -step))
    name = str(side.id[row])
    if later:
        yield Knob(
            "date", f"{name} until", "", last, later[-1], tuple(later),
            lambda day: with_listing(market, is_need, row, until_day=day), iso,
            lambda day: f"Had it been open until {say.day(day)} (now until {say.day(last)})", "",
        )  # fmt: skip
    if earlier:
        yield Knob(
            "date", f"{name} from", "", first, earlier[-1], tuple(earlier),
            lambda day: with_listing(market, is_need, row, from_day=day), iso,
            lambda day: f"Had it been open from {say.day(day)} (now from {say.day(first)})", "",
        )  # fmt: skip


def capacities(finder: Finder, pools: NDArray[np.int32], rest_t: int) -> Iterator[Knob]:
    """More room on a full lane that carries what these pools hold."""
    allocation = finder.situation.allocation
    market, layout = allocation.market, allocation.layout
    arcs = np.flatnonzero((layout.arc_kind == ArcKind.LANE) & finder.frame.lanes.full)
    arcs = arcs[np.isin(layout.arc_pool[arcs], pools)]
    for lane in np.unique(layout.arc_ref[arcs])[:MOST_OF_A_KIND].tolist():
        now = int(market.lanes.capacity_t[lane])
        if now != UNLIMITED:
            yield _room(market, int(lane), now, rest_t)


def _room(market: Market, lane: int, now: int, rest_t: int) -> Knob:
    name = say.lane(market, lane)

    def at(room: int) -> Market:
        return replace(
            market, lanes=replace(market.lanes, capacity_t=put(market.lanes.capacity_t, lane, room))
        )

    return Knob(
        "capacity", str(market.lanes.id[lane]), "t", now, now + FAR, None, at, text,
        lambda room: f"With {say.amount(room - now, 't')} more room on {name} (now {say.amount(now, 't')})",
        f"Were there room without limit on {name}", now + rest_t,
    )  # fmt: skip


def rules(allocation: Allocation, full: NDArray[np.bool_], rest: int, rest_t: int) -> Iterator[Knob]:
    """A limit that leaves no room, or that asks for at least something: looser. full : bool[num_coupling]."""
    layout, market = allocation.layout, allocation.market
    rows = np.flatnonzero(np.isin(layout.row_kind, (RowKind.RULE, RowKind.BUDGET)))
    limits = [int(layout.row_ref[row]) for row in rows if full[row] and layout.row_kind[row] == RowKind.RULE]
    spent = {int(layout.row_ref[row]) for row in rows if full[row] and layout.row_kind[row] == RowKind.BUDGET}
    for index, rule in enumerate(market.rules):
        budget = is_budget(rule)
        tight = rule.sponsor in spent if budget else index in limits or rule.sense == ">="
        if not tight:
            continue
        yield _looser(market, index, rest, rest_t)


def _looser(market: Market, index: int, rest: int, rest_t: int) -> Knob:
    rule = market.rules[index]
    now, most = rule.limit, rule.sense == "<="
    far = (MICRO if rule.share_of_total else now + FAR) if most else 0
    steps = None
    if rule.measure == "awards":
        count = len(market.needs) + len(market.offers)
        steps = tuple(
            range(now + MICRO, now + (count + 1) * MICRO, MICRO) if most else range(now - MICRO, -1, -MICRO)
        )
    hint = {"units": now + rest, "tonnes": now + rest_t}.get(rule.measure)

    def at(limit: int) -> Market:
        changed = replace(rule, limit=limit)
        return replace(market, rules=(*market.rules[:index], changed, *market.rules[index + 1 :]))

    def if_it(limit: int) -> str:
        if is_budget(rule):
            more = f"{say.amount(limit - now, market.currency)} more in the budget of"
            return f"With {more} {say.person(market, rule.sponsor)} (now {say.amount(now, market.currency)})"
        shown = f"{text(limit * 100)} %" if rule.share_of_total else f"{say.exact(limit):,f}"
        return f"Had {say.rule(market, index)} said {shown}"

    unit = market.currency if rule.measure == "bid_value" else "" if rule.share_of_total else rule.measure
    return Knob(
        "rule", rule.id, unit, now, steps[-1] if steps else far, steps, at, text, if_it,
        f"Without {say.rule(market, index)}",
        hint if most and not rule.share_of_total else None,
    )  # fmt: skip


def purses(market: Market, project: int) -> Iterator[Knob]:
    """More own money of a project that spends capital."""
    now = int(market.projects.own_money[project])

    def at(money: int) -> Market:
        own = put(market.projects.own_money, project, money)
        return replace(market, projects=replace(market.projects, own_money=own))

    yield Knob(
        "money", f"{market.projects.id[project]} own_money", market.currency, now, now + FAR, None, at, text,
        lambda money: f"With {say.amount(money, market.currency)} of its own (now"
        f" {say.amount(now, market.currency)})",
        "Were its purse never empty",
    )  # fmt: skip


def smaller_lines(market: Market, line: int) -> Iterator[Knob]:
    """Less of one line of a project, and the project without it if it has others."""
    needs = market.needs
    now, is_only = int(needs.quantity[line]), np.count_nonzero(needs.project == needs.project[line]) == 1
    category = int(needs.categories[line][0])
    unit, lot = str(market.categories.unit[category]), int(market.categories.step[category])
    what = say.either(
        [say.category(market, c) for c in say.broadest(market, list(needs.categories[line]))], "or"
    )
    name = f"its line {needs.id[line]} ({what}, {say.amount(now, unit)})"
    least = max(lot, 1) if is_only else 0
    if now <= least:
        return
    steps = None
    if 0 < now // max(lot, 1) <= 1000 and lot:
        steps = tuple(range((now - 1) // lot * lot, least - 1, -lot))
    yield Knob(
        "quantity", str(needs.id[line]), unit, now, least, steps,
        lambda q: with_listing(market, True, line, quantity=q), text,
        lambda q: f"Had {name} asked for {say.amount(q, unit)} only" if q else f"Without {name}",
        f"Had {name} asked for next to nothing" if is_only else f"Without {name}",
    )  # fmt: skip


def weigh(market: Market, category: int, quantity: int) -> int:
    """Millionths of a tonne that a quantity weighs, rounded up; 0 for what is not goods."""
    if int(market.categories.kind[category]) != GOODS:
        return 0
    return -(-quantity * int(market.categories.tonnes_per_unit[category]) // MICRO)
