"""What was asked for and what was offered: two bars for each kind of resource."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fourflow.book import GOODS, KINDS, MICRO, UNLIMITED, Market
from fourflow.report._flow_tables import title
from fourflow.report._html import Child, Safe, tag
from fourflow.report._outcome import asking, first_category, is_mass
from fourflow.report._parts import bar, legend, more, section, swatch
from fourflow.report._view import View
from fourflow.report._words import count, listed, of_amount

MAX_GROUPS = 14
MAX_MORE = 200
FEWEST_GROUPS = 4
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """What was asked for and met, offered and given, in `unit`; asked under `several` names at once where
    needs accept any of them. offered is infinite where licences are unlimited."""

    name: str
    several: bool
    kind: int
    unit: str
    asked: float
    met: float
    offered: float
    given: float

    @property
    def longest(self) -> float:
        return max(self.asked, self.offered if np.isfinite(self.offered) else self.given)


def balance_section(view: View) -> Safe | None:
    """By kind: goods share one scale where all are weighed, other things have a scale for each unit."""
    groups = _groups(view)
    if not groups:
        return None
    intro = (
        "Where something is asked for more than it is offered, sharing alone cannot meet the need; where "
        "it is the other way round, something is left over."
    )
    marks = legend(
        [
            (swatch("fill-flow"), "asked for and met"),
            (swatch("fill-flow-soft"), "asked for, not met"),
            (swatch("fill-give"), "offered and given"),
            (swatch("fill-give-soft"), "offered, left over"),
        ]
    )
    kinds = sorted({group.kind for group in groups})
    parts: list[Child] = []
    for kind in kinds:
        own = [group for group in groups if group.kind == kind]
        if len(kinds) > 1:
            parts.append(tag("h3", KINDS[kind].capitalize()))
        parts.append(_balance(own[:MAX_GROUPS], own))
        rest = own[MAX_GROUPS : MAX_GROUPS + MAX_MORE]
        if rest:
            parts.append(more(f"{count(len(rest), 'smaller kind')}", _balance(rest, own)))
    return section("balance", "What was asked for, what was offered", tag("p", intro), marks, *parts)


def _balance(groups: list[Group], scale: list[Group]) -> Safe:
    largest = {
        g.unit: max((o.longest for o in scale if o.unit == g.unit), default=1.0) or 1.0 for g in groups
    }
    return tag("ul", (_balance_item(group, largest[group.unit]) for group in groups), class_="balance")


def _balance_item(group: Group, largest: float) -> Safe:
    asked = f"{of_amount(group.met, group.asked, group.unit)} met" if group.asked > 0 else "not asked for"
    lines = [_line([(group.met, "fill-flow"), (group.asked - group.met, "fill-flow-soft")], largest, asked)]
    if group.offered > 0 or not group.several:
        lines.append(_offered(group, largest))
    return tag("li", tag("strong", group.name), lines, class_="pair")


def _offered(group: Group, largest: float) -> Safe:
    if not np.isfinite(group.offered):
        words = f"{of_amount(group.given, group.given, group.unit, alone=True)} given, as many as are wanted"
        return _line([(group.given, "fill-give")], largest, words)
    words = (
        f"{of_amount(group.given, group.offered, group.unit)} given" if group.offered > 0 else "not offered"
    )
    return _line(
        [(group.given, "fill-give"), (group.offered - group.given, "fill-give-soft")], largest, words
    )


def _line(parts: list[tuple[float, str]], largest: float, words: str) -> Safe:
    shares = [(max(size, 0.0) / largest, style) for size, style in parts]
    return tag("span", bar(shares, words), tag("span", words), class_="line")


def _groups(view: View) -> list[Group]:
    """Largest first within each kind and unit. A need that accepts several kinds counts under all their
    names together, so that nothing is counted under a name that it did not ask for alone."""
    market, allocation = view.market, view.story.cleared.allocation
    categories, offers, needs = market.categories, market.offers, market.needs
    if not len(categories):
        return []
    kind_of = _kinds(market)
    unit, scale = _units(market)
    labels = [frozenset({int(kind_of[c])}) for c in range(len(categories))]
    asks = [frozenset(kind_of[needs.categories[j]].tolist()) for j in range(len(needs))]
    made = np.append(allocation.carried_out, 1.0)[offers.project]
    limited = np.where(offers.quantity == UNLIMITED, np.inf, offers.quantity * made)
    first = first_category(market)
    totals: dict[frozenset[int], dict[str, float]] = {}
    wanted = np.where(asking(market), needs.quantity, 0).astype(np.float64)
    for name, label, amount, category in (
        ("asked", asks, wanted, first),
        ("met", asks, allocation.awarded.astype(np.float64), first),
        ("offered", [labels[c] for c in offers.category], limited, offers.category),
        (
            "given",
            [labels[c] for c in offers.category],
            allocation.offered.astype(np.float64),
            offers.category,
        ),
    ):
        for key, value in zip(label, (amount * scale[category]).tolist(), strict=True):
            sums = totals.setdefault(key, {"asked": 0.0, "met": 0.0, "offered": 0.0, "given": 0.0})
            sums[name] += value
    groups = [
        Group(_name(market, key), len(key) > 1, int(categories.kind[min(key)]), unit[min(key)], **sums)
        for key, sums in totals.items() if key and (sums["asked"] or sums["offered"])
    ]  # fmt: skip
    return sorted(groups, key=lambda g: (g.kind, -g.longest, g.name))


def _name(market: Market, key: frozenset[int]) -> str:
    """'Desk', 'Desk or Chair'; 'Furniture of any kind' where it is one kind and all below it."""
    names, parent = title(market.categories.id, market.categories.name), market.categories.parent
    for top in key:
        if len(key) > 1 and all(parent[other] == top for other in key - {top}):
            return f"{names[top]} of any kind"
    return listed(sorted(str(names[c]) for c in key), "or")


def _units(market: Market) -> tuple[list[str], F64]:
    """The unit each category is shown in, and what one millionth of the market's unit is in it: goods in
    tonnes where they have a weight of their own, everything else as it is counted."""
    categories = market.categories
    weighed = (categories.kind == GOODS) & np.array([is_mass(str(u)) for u in categories.unit], np.bool_)
    unit = ["t" if w else str(u) for w, u in zip(weighed, categories.unit, strict=True)]
    return unit, np.where(weighed, categories.tonnes_per_unit / MICRO, 1.0) / MICRO


def _kinds(market: Market) -> I64:
    """The ancestor that each category is counted under: its root, or one level lower if roots are few."""
    parent = market.categories.parent.astype(np.int64)
    own = np.arange(len(parent))
    chains = [own]
    while (parent[chains[-1]] >= 0).any():
        up = parent[chains[-1]]
        chains.append(np.where(up >= 0, up, chains[-1]))
    root = chains[-1]
    if len(np.unique(root)) >= FEWEST_GROUPS or len(chains) == 1:
        return root
    below = own.copy()
    for nearer, farther in pairwise(chains):
        below = np.where((nearer != farther) & (farther == root), nearer, below)
    return below
