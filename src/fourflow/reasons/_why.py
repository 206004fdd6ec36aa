"""One or two sentences on what was binding."""

from __future__ import annotations

from collections.abc import Callable

from fourflow.book import CAPITAL, UNLIMITED
from fourflow.reasons import _phrases as say
from fourflow.reasons._case import Case
from fourflow.reasons._cause import Cause
from fourflow.reasons._excluded import Excluded
from fourflow.reasons._explanation import Share
from fourflow.reasons._nowhere import nearest_in_time
from fourflow.reasons._rules import Rules
from fourflow.reasons._terms import NO_PRICE


def what(case: Case) -> str:
    """need-17 asked for 120 kg of tinned meat in Leeds and got nothing."""
    asked = f"any number of licences ({case.goods})"
    if case.quantity != UNLIMITED:
        asked = say.of(case.quantity, case.unit, case.goods)
    asked += say.place(case.market, case.place)
    verb, past = ("asked for", "got") if case.is_need else ("offered", "gave")
    part = "all of it" if case.done >= case.quantity > 0 else "nothing"
    if 0 < case.done < case.quantity:
        part = say.amount(case.done, case.unit)
    return f"{case.listing} {verb} {asked} and {past} {part}."


def who(case: Case, shares: tuple[Share, ...]) -> str:
    """It comes from Hill Farm (o1, 4 t) and Green Farm (o2, 2 t)."""
    if not shares:
        return ""
    named = [
        f"{case.owner(s.listing)} ({s.listing}, {say.amount(int(s.quantity * 10**6), case.unit)})"
        for s in shares
    ]
    return f"It {'comes from' if case.is_need else 'goes to'} {say.either(named)}."


def why(case: Case, excluded: Excluded) -> str:
    """What kept it from getting, or giving, more; nothing where it has all."""
    if case.cause == Cause.NOT_ELIGIBLE:
        return _not_eligible(case, excluded)
    return _TELL[case.cause](case)


def _nothing(case: Case) -> str:
    return ""


def _not_cleared(case: Case) -> str:
    return "It lists a quantity of zero, so there is nothing to award."


def _nobody(case: Case) -> str:
    return f"Nobody {'offers' if case.is_need else 'asks for'} {case.goods}."


def _not_eligible(case: Case, excluded: Excluded) -> str:
    others = say.count(excluded.total, "offer" if case.is_need else "need")
    start = f"There {'is' if excluded.total == 1 else 'are'} {others} of {case.goods}, but none fits"
    return f"{start}: {excluded.said()}." if excluded.because else f"{start}."


def misfits(case: Case, excluded: Excluded) -> str:
    """What keeps some of the counterparts out, where others may serve it."""
    if case.cause == Cause.NOT_ELIGIBLE or not excluded.out:
        return ""
    others = say.count(excluded.total, "offer" if case.is_need else "need")
    verb = "does" if excluded.out == 1 else "do"
    return f"Of {others} of {case.goods} {excluded.out:,} {verb} not fit: {excluded.said()}."


def _elsewhere(case: Case) -> str:
    """Rice is offered elsewhere, but"""
    return f"{say.sentence(case.goods)} is {'offered' if case.is_need else 'asked for'} elsewhere, but"


def _there(case: Case) -> str:
    return "from there to here" if case.is_need else "from here to there"


def _no_route(case: Case) -> str:
    if say.nowhere(case.market, case.place):
        return f"{_elsewhere(case)} this {'need' if case.is_need else 'offer'} names no place."
    return f"{_elsewhere(case)} no lane leads {_there(case)}."


def _not_carried(case: Case) -> str:
    return f"{_elsewhere(case)} the lanes that lead {_there(case)} do not carry it all the way."


def _too_late(case: Case) -> str:
    market = case.market
    pair = nearest_in_time(market, case.is_need, case.index)
    if pair is None:
        return f"{_elsewhere(case)} not at the time."
    offer, need = (pair.other, case.index) if case.is_need else (case.index, pair.other)
    first, until = int(market.needs.from_day[need]), int(market.needs.until_day[need])
    name = f"{market.offers.id[offer]}{say.place(market, int(market.offers.place[offer]))}"
    start = f"{_elsewhere(case)} {f'the first that could come ({name})' if case.is_need else 'it'}"
    wanted = "it is wanted" if case.is_need else f"it is wanted ({market.needs.id[need]})"
    if pair.arrival > until:
        return (
            f"{start} could not be there before {say.day(pair.arrival)}, and {wanted} only until"
            f" {say.day(until)}."
        )
    if pair.last < first:
        ends = "its use-by date" if pair.use_by else "since the offer ends"
        return (
            f"{start} could be there only until {say.day(pair.last)} ({ends}), and {wanted} only from"
            f" {say.day(first)}."
        )
    ends = f"has to {'be used' if pair.use_by else 'leave'} by {say.day(pair.last)}"
    return f"{start} could not be there before {say.day(pair.arrival)}, and {ends}."


def _price(case: Case) -> str:
    cost, _ = case.best(case.landscape.everyone)
    if case.is_need:
        least = case.bare(-(-cost * 12 // case.months // 1000), upwards=True)
        return (
            f"Even the cheapest that can {'reach' if case.is_goods else 'serve'} it costs {least}"
            f" {case.each}{_with_haulage(case)}, more than {_own_worth(case)}."
        )
    most = -cost * 12 // case.months // 1000
    deducted = f", {_haulage(case)} deducted," if case.is_goods else ""
    if most <= 0 and case.is_goods:
        return "Taking it to anybody who asks for it costs more than it is worth there."
    return (
        f"The most that anybody{_reach(case)} could {'leave' if case.is_goods else 'pay'} it{deducted} is"
        f" {case.bare(most, upwards=False)} {case.each}; it asks {case.bare(case.now, upwards=True)}."
    )


def _reach(case: Case) -> str:
    """within reach, of what travels; who may have it, of what does not."""
    return " within reach" if case.is_goods else " who may have it"


def _with_haulage(case: Case) -> str:
    """with haulage; nothing where nothing is hauled."""
    return f" with {_haulage(case)}" if case.is_goods else ""


def _haulage(case: Case) -> str:
    """haulage, and what it supposes where trips are paid as a whole."""
    return "haulage in full loads" if case.by_trips else "haulage"


def _own_worth(case: Case) -> str:
    """the 1.00 that it pays (or is worth), and why no more counts."""
    needs, now = case.market.needs, case.bare(case.now, upwards=False)
    if case.sponsor >= 0:
        return f"the {now} that it is worth"
    if needs.value[case.index] > needs.limit_price[case.index]:
        return f"the {now} that it can pay (it is worth more to it, but no sponsor pays the rest)"
    return f"the {now} that it pays"


def _outbid(case: Case) -> str:
    if case.is_goods:
        if case.nobody_else:
            return (
                "There is no more of it within reach." if case.is_need else "Nobody within reach wants more."
            )
        if case.is_need:
            return (
                "Everything that could reach it at its price went to others: it is worth more to them per"
                f" {case.unit}, or costs less to bring there."
            )
        return (
            "The needs within its reach are served by other offers, which ask less or are cheaper to bring."
        )
    if case.nobody_else:
        return "There is no more of it that fits." if case.is_need else "Nobody whom it fits wants more."
    if case.is_need:
        more = "they pay more" if case.kind == CAPITAL else f"it is worth more to them per {case.unit}"
        return f"All that fits it at its price went to others: {more}."
    return "The needs that it fits are served by other offers, which ask less."


def _left(case: Case, listing: int) -> str:
    """In Hull there is 80 kg left (offer-5)"""
    where, left = case.whereabouts(listing)
    amount, name = say.amount(left, case.unit), case.identity(listing)
    what_is = f"there is {amount} left ({name})" if case.is_need else f"{amount} more is wanted ({name})"
    return say.sentence(f"{where} {what_is}".strip())


def _lane_full(case: Case) -> str:
    lanes = [say.lane(case.market, lane) for lane in case.full_lanes()]
    full = f"{say.either(lanes)} {'is' if len(lanes) == 1 else 'are'} full" if lanes else "the way is full"
    left = _left(case, case.best(case.landscape.leftover)[1])
    return f"{left}, and it would be worth the haulage, but {full}."


def _budget(case: Case) -> str:
    listing = case.best(case.landscape.reachable)[1]
    need = listing - len(case.market.offers)
    sponsor = case.sponsor if case.is_need else int(case.market.needs.sponsor[need]) if need >= 0 else -1
    name = say.person(case.market, sponsor) if sponsor >= 0 else "its sponsor"
    worth = "the haulage" if case.is_goods else "it"
    return f"{_left(case, listing)}, and it would be worth {worth}, but the budget of {name} is spent."


def _least(case: Case) -> str:
    if case.is_need:
        least = say.amount(int(case.market.needs.min_quantity[case.index]), case.unit)
        return f"It wants at least {least} or nothing, and that much was not to be had at its price."
    return f"It is given {_terms(case, case.index)}, and what others would gain does not cover that."


def _terms(case: Case, offer: int) -> str:
    """What an offer demands before it gives anything."""
    offers, terms = case.market.offers, []
    if offers.min_quantity[offer] > 0:
        terms.append(f"only from {say.amount(int(offers.min_quantity[offer]), case.unit)} upwards")
    if offers.fixed_cost[offer] > 0:
        fixed = say.price(int(offers.fixed_cost[offer]), upwards=True)
        terms.append(f"only if a further {fixed} {case.market.currency} is covered once")
    return " and ".join(terms)


def _switch(case: Case) -> str:
    listing = case.best(case.landscape.reachable)[1]
    if case.is_need and 0 <= listing < len(case.market.offers):
        return f"{_left(case, listing)}, but it is given {_terms(case, listing)}, and that does not pay."
    return "Those who still want some want a least quantity or nothing, and that does not pay."


def _trip(case: Case) -> str:
    lanes, market = case.market.lanes, case.market
    listing = case.best(case.landscape.reachable)[1]
    lane = next(iter(case.lanes_on_the_way(case.landscape.reachable, case.landscape.running)), None)
    if lane is None:
        return "What it would add to a load does not pay for another trip."
    trip = say.price(int(lanes.cost_per_trip[lane]), upwards=True)
    load = say.amount(int(lanes.trip_t[lane]), "t")
    return (
        f"{_left(case, listing)}, but {say.lane(market, lane)} goes in whole trips, {trip} {market.currency}"
        f" for each of up to {load}, and what could still be loaded does not pay for another."
    )


def _lot(case: Case) -> str:
    rest = say.amount(case.quantity - case.done, case.unit)
    less = f"the missing {rest} is less than one" if case.lot else f"{rest} cannot be made up of them"
    return f"{say.sentence(case.goods)} goes {_portions(case)}, and {less}."


def _portions(case: Case) -> str:
    """only in whole t, or in lots of 4 t"""
    if case.lot == say.ONE:
        return f"only in whole units ({case.unit})"
    return f"only in lots of {say.amount(case.lot, case.unit)}" if case.lot else "only in whole lots"


def crumb(case: Case) -> str:
    """What of a listing no clearing could use, since only whole lots are traded."""
    asked, rest = case.quantity, int(case.thresholds.rest[case.index])
    usable = asked - case.crumb
    if not case.crumb or rest <= case.crumb or case.cause in (Cause.LOT, Cause.NOT_CLEARED):
        return ""
    verb = "had" if case.is_need else "given"
    most, everything = say.amount(usable, case.unit), say.amount(asked, case.unit)
    goods = say.sentence(case.goods)
    return f"{goods} goes {_portions(case)}, so no more than {most} of the {everything} could be {verb}."


def _rounding(case: Case) -> str:
    return "The difference is a remainder of rounding."


def _rule(case: Case) -> str:
    listing = case.best(case.landscape.reachable)[1]
    rule = Rules(case.finder).between(case.landscape.reachable, case.is_need, case.index)
    name = say.rule(case.market, rule) if rule >= 0 else "a rule of this book"
    return f"{_left(case, listing)}, and it would be worth it, but {name} leaves no room."


def _displaces(case: Case) -> str:
    listing, lost = case.best(case.landscape.reachable)[1], int(case.thresholds.lost[case.index])
    more, taken = "more than it brings", "it"
    if lost != NO_PRICE and lost > 0:
        more = f"{say.price(lost, upwards=True)} {case.market.currency} {more}"
        taken = "all of it" if case.done == 0 else "all of the rest"
    return (
        f"{_left(case, listing)}, and at first sight it would be worth it; but some decisions can only be"
        f" taken as a whole, and taking {taken} would displace {more}."
    )


def _project(case: Case) -> str:
    market = case.market
    index = int((market.needs if case.is_need else market.offers).project[case.index])
    if index < 0:
        return "Only projects that are not carried out in full still ask for it."
    name = str(market.projects.id[index])
    role = "a line" if case.is_need else "an output"
    return f"It is {role} of the project {name}, which {_carried(case, index)}; ask about {name} to see why."


def _carried(case: Case, project: int) -> str:
    size = int(case.allocation.size[project])
    return f"is carried out at {say.share(size)}" if size else "is not carried out"


def _gap(case: Case) -> str:
    return "The search stopped, within the gap that was asked for, before this was settled."


_TELL: dict[Cause, Callable[[Case], str]] = {
    Cause.DONE: _nothing, Cause.NOT_CLEARED: _not_cleared, Cause.NOBODY: _nobody, Cause.NO_ROUTE: _no_route,
    Cause.NOT_CARRIED: _not_carried, Cause.TOO_LATE: _too_late,
    Cause.PRICE: _price, Cause.OUTBID: _outbid, Cause.LANE_FULL: _lane_full, Cause.BUDGET: _budget,
    Cause.LEAST: _least, Cause.SWITCH: _switch, Cause.TRIP: _trip, Cause.LOT: _lot,
    Cause.ROUNDING: _rounding, Cause.GAP: _gap, Cause.RULE: _rule, Cause.DISPLACES: _displaces,
    Cause.PROJECT: _project,
}  # fmt: skip
