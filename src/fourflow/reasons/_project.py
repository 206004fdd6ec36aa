"""What happened to a project: which line fails, or what carrying it out would displace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from fourflow.book import Market
from fourflow.reasons import _phrases as say
from fourflow.reasons._again import Again, edges, with_any_value
from fourflow.reasons._change import Change
from fourflow.reasons._changes import find_changes
from fourflow.reasons._explanation import Answer, Threshold
from fourflow.reasons._graph import WHOLE
from fourflow.reasons._reasons import Reasons
from fourflow.reasons._short import short_lines

PLENTY = 10**15
"""Millionths of money: a purse that is never empty."""


@dataclass(frozen=True)
class ProjectLine:
    """One line of a project. fails : why the project cannot have it, empty where that is not the point."""

    listing: str
    goods: str
    unit: str
    asked: Decimal
    got: Decimal
    fails: str


@dataclass(frozen=True)
class ProjectExplanation(Answer):
    """What happened to a project.

    cause : done, line (it cannot have some line), money (its purse does not cover what its lines cost), rule,
    displaces (its lines are worth more elsewhere) or unknown; size : 0 to 1, how much of it is carried out;
    value : what all of it counts for; first, whole : the values from which some, or all, of it would be
    carried out; displaced : how much more than its value all of it would displace, None where that is not
    the point; changes : what else would have had more of it carried out.
    """

    size: Decimal
    value: Decimal
    currency: str
    first: Threshold
    whole: Threshold
    displaced: Decimal | None
    lines: tuple[ProjectLine, ...]
    changes: tuple[Change, ...]


def explain_project(reasons: Reasons, row: int, again: Again) -> ProjectExplanation:
    """Clear again with the project worth any price, then without this line, that rule or an empty purse."""
    inquest = _Inquest(reasons, row, again)
    return inquest.answer()


class _Inquest:
    def __init__(self, reasons: Reasons, row: int, again: Again) -> None:
        self.reasons, self.row, self.again = reasons, row, again
        self.now = reasons.explainer.finder.situation.allocation
        self.market = self.now.market
        self.size = int(self.now.size[row])
        self.value = self._value()
        self.lines = np.flatnonzero(self.market.needs.project == row).tolist()
        self.short = short_lines(self.now).get(row, [])

    def answer(self) -> ProjectExplanation:
        fails = self._without_offers()
        cause, why, found = "done", list[str](), None
        if self.size < WHOLE and fails:
            cause = "line"
            why = [f"Nobody can serve {self._name(line)}. {words}".strip() for line, words in fails.items()]
        elif self.size < WHOLE:
            found = edges(self.again, self.now, "project", self.row, WHOLE - self.size)
            if found is None:
                cause, why = "unknown", self._scarce()
            elif found.whole is None:
                cause, why, fails = self._obstacle()
        first = found.first if found else None
        whole = found.whole if found else None
        if whole is not None:
            cause = "displaces"
        displaced = whole - self.value if whole is not None else None
        why += self._worth(first, whole)
        beside = find_changes(self.reasons, self.again, "project", self.row) if self.size < WHOLE else ()
        why += [change.sentence for change in beside]
        return ProjectExplanation(
            listing=str(self.market.projects.id[self.row]),
            side="project",
            cause=cause,
            sentences=(self._what(), self._lines(), *why),
            size=Decimal(self.size).scaleb(-9).normalize(),
            value=say.exact(self.value),
            currency=self.market.currency,
            first=_threshold(first, found is not None),
            whole=_threshold(whole, found is not None),
            displaced=None if displaced is None else say.exact(displaced),
            lines=tuple(self._line(line, fails.get(line, "")) for line in self.lines),
            changes=beside,
        )

    def _scarce(self) -> list[str]:
        """What is known without clearing again: lines for which too little is left."""
        told = [
            f"Too little is left for {self._name(short.line)}:"
            f" {say.amount(short.lacks, self._unit(short.line))} more would be needed."
            for short in self.short
        ]
        return [*told, "From which value on it would come first, only clearing again for longer can tell."]

    def _value(self) -> int:
        projects = self.market.projects
        value, limit = int(projects.value[self.row]), int(projects.limit_price[self.row])
        return value if projects.sponsor[self.row] >= 0 else min(value, limit)

    def _without_offers(self) -> dict[int, str]:
        """Lines that no offer may serve -> what excludes how many."""
        found = {}
        for line in (short.line for short in self.short if not short.served):
            excluded = self.reasons.explainer.exclusions.of(True, line)
            kept = f"Of {say.count(excluded.total, 'offer')} none fits: {excluded.said()}."
            found[line] = kept if excluded.because else f"Nobody offers {self._goods(line)}."
        return found

    def _obstacle(self) -> tuple[str, list[str], dict[int, str]]:
        """What keeps the project from full size whatever it is worth: a line, its money, or a rule."""
        if self._full(_with_money(self.market, self.row)):
            return "money", ["Its own money and the capital it gets do not cover what its lines cost."], {}
        for rule, market in _without_rules(self.market):
            if self._full(market):
                return "rule", [f"It fits only without {say.rule(self.market, rule)}."], {}
        for line in self.lines:
            if len(self.lines) == 1 or self._full(_without_line(self.market, line)):
                words = f"There is not enough for {self._name(line)}: with that, all of it could be done."
                return "line", [words], {line: "not enough within reach"}
        return "line", ["There is not enough for several of its lines."], {}

    def _full(self, market: Market) -> bool:
        """Whether it is carried out in full there, were it worth any price."""
        allocation = self.again(with_any_value(market, self.row), "project", self.row)
        return allocation is not None and int(allocation.size[self.row]) == WHOLE

    def _worth(self, first: int | None, whole: int | None) -> list[str]:
        """From which value on it would be carried out, and what that says."""
        if whole is None and first is None:
            return []
        money, told = self.market.currency, list[str]()
        if whole is not None:
            more = say.price(whole - self.value, upwards=True)
            cost = self._cost()
            if cost is not None and cost < self.value:
                told.append(
                    f"At the printed prices its lines come to {say.price(cost, upwards=True)} {money}, less"
                    f" than its value; yet it is better left out: to take them all would displace {more}"
                    f" {money} more than it brings."
                )
            else:
                told.append(f"What its lines would displace is worth {more} {money} more than it brings.")
            told.append(
                f"Had it been worth more than {say.price(whole, upwards=True)} {money} (now"
                f" {say.price(self.value, upwards=False)}), it would have been carried out in full."
            )
        elif first is not None:
            told.append(
                f"More of it would have been carried out above {say.price(first, upwards=True)} {money}."
            )
        return told

    def _cost(self) -> int | None:
        """What its lines come to at the clearing prices of what they could take, in millionths of money."""
        finder, total = self.reasons.explainer.finder, 0.0
        layout = self.now.layout
        for line in self.lines:
            arcs = np.flatnonzero(finder.frame.is_need & (layout.arc_ref == line))
            if not len(arcs):
                return None
            price = finder.situation.hub_price[finder.frame.hub_node[arcs]].min()
            total += float(price) * int(self.market.needs.quantity[line])
        return round(total)

    def _what(self) -> str:
        projects = self.market.projects
        name = str(projects.name[self.row] or projects.id[self.row])
        known = str(projects.id[self.row])
        start = f"{known} is the project {name!r}" if name != known else f"{known} is a project"
        mode = ", all or nothing" if projects.all_or_nothing[self.row] else ""
        worth = f"{start}{mode}, worth {say.price(self.value, upwards=False)} {self.market.currency} in full;"
        if self.size == WHOLE:
            return f"{worth} it is carried out in full."
        done = f"it is carried out at {say.share(self.size)}" if self.size else "it is not carried out"
        return f"{worth} {done}."

    def _lines(self) -> str:
        parts = [
            say.of(int(self.market.needs.quantity[i]), self._unit(i), self._goods(i)) for i in self.lines
        ]
        return f"It needs {say.either(parts, most=8)}."

    def _line(self, line: int, fails: str) -> ProjectLine:
        asked, got = int(self.market.needs.quantity[line]), int(self.now.awarded[line])
        name = str(self.market.needs.id[line])
        return ProjectLine(name, self._goods(line), self._unit(line), say.exact(asked), say.exact(got), fails)

    def _name(self, line: int) -> str:
        needs = self.market.needs
        asked = f"{self._goods(line)}, {say.amount(int(needs.quantity[line]), self._unit(line))}"
        where = say.place(self.market, int(needs.place[line]))
        return f"its line {needs.id[line]} ({asked}{where})"

    def _goods(self, line: int) -> str:
        accepted = [int(c) for c in self.market.needs.categories[line]]
        return say.either([say.category(self.market, c) for c in say.broadest(self.market, accepted)], "or")

    def _unit(self, line: int) -> str:
        return str(self.market.categories.unit[int(self.market.needs.categories[line][0])])


def _without_line(market: Market, line: int) -> Market:
    quantity = market.needs.quantity.copy()
    quantity[line] = 0
    return replace(market, needs=replace(market.needs, quantity=quantity))


def _with_money(market: Market, project: int) -> Market:
    money = market.projects.own_money.copy()
    money[project] = PLENTY
    return replace(market, projects=replace(market.projects, own_money=money))


def _without_rules(market: Market) -> Iterator[tuple[int, Market]]:
    for index in range(len(market.rules)):
        yield index, replace(market, rules=(*market.rules[:index], *market.rules[index + 1 :]))


def _threshold(price: int | None, known: bool) -> Threshold:
    if price is None:
        return Threshold(None, "none" if known else "unknown")
    return Threshold(say.exact(price), "exact")
