"""The section with the map: where goods went, over which connections, and the heaviest of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind
from fourflow.report._closeup import crowded
from fourflow.report._flow_tables import title
from fourflow.report._html import Safe, tag
from fourflow.report._map import MAX_DOTS, Link, MapDrawing, Spot, draw_map, width_of
from fourflow.report._outcome import tonnes
from fourflow.report._parts import legend, section, swatch
from fourflow.report._view import View, place_names
from fourflow.report._words import count, listed, percent, weight

MAX_RANKED = 9
INTRO = (
    "Each shape is goods on their way: thick where they start, thin where they arrive, as wide as the weight "
    "that travels. Hold the pointer over a shape or a dot to see what it is."
)
NO_MAP = "The places of this book have no coordinates, so there is no map. The heaviest connections:"
F64 = NDArray[np.float64]


def map_section(view: View) -> Safe | None:
    """Map and list of connections; the list alone where no place has coordinates, None where neither is."""
    market = view.market
    links = _links(view.story.cleared.allocation)
    known = np.isfinite(market.places.longitude) & np.isfinite(market.places.latitude)
    if not known.any():
        title = "Where it went"
        return section("map", title, tag("p", NO_MAP), _ranked(links)) if links else None
    spots, drawn = _spots(view, known), _between(links, known)
    drawing = draw_map(
        spots,
        drawn,
        "map-all",
        "Map of what moved",
        f"{weight(view.now.tonnes)} moved over {count(len(links), 'connection')} between "
        f"{count(len(market.places), 'place')}. The table 'Who gives what to whom' has the same in words.",
    )
    caption = _caption(drawing, len(known), int(known.sum()))
    figure = tag("figure", drawing.svg, _map_legend(drawing), tag("figcaption", caption))
    side = tag("div", tag("h3", "The heaviest connections"), _ranked(links), _closer(spots, drawn))
    return section("map", "Where it went", tag("p", INTRO), tag("div", figure, side, class_="two"))


def _between(links: list[Link], known: NDArray[np.bool_]) -> list[Link]:
    """The links between places with coordinates, by their position among those."""
    position = np.cumsum(known) - 1
    return [
        replace(link, start=int(position[link.start]), end=int(position[link.end]))
        for link in links
        if known[link.start] and known[link.end]
    ]


def _closer(spots: list[Spot], links: list[Link]) -> Safe | None:
    """A second map of the most crowded part, if there is one."""
    box = crowded([s.longitude for s in spots], [s.latitude for s in spots])
    if box is None:
        return None
    inside = [s for s in spots if box[0] <= s.longitude <= box[2] and box[1] <= s.latitude <= box[3]]
    busiest = max(inside, key=lambda s: (s.total_t, s.name)).name
    title = f"Around {busiest}"
    words = f"A closer look at {count(len(inside), 'place')} that lie close together."
    drawing = draw_map(spots, links, "map-close", title, words, box)
    return tag("figure", tag("h3", title), drawing.svg, tag("figcaption", words), class_="closer")


def _spots(view: View, known: NDArray[np.bool_]) -> list[Spot]:
    """The places with coordinates, with the tonnes that listings there gave and received."""
    market, allocation = view.market, view.story.cleared.allocation
    offers, places, per_unit = market.offers, market.places, market.categories.tonnes_per_unit
    awards = view.story.cleared.awards
    longitudes, latitudes = places.longitude.tolist(), places.latitude.tolist()
    given = _at(offers.place, tonnes(allocation.offered, per_unit[offers.category]), len(places)).tolist()
    came = tonnes(awards.quantity, per_unit[offers.category[awards.offer]])
    received = _at(market.needs.place[awards.need], came, len(places)).tolist()
    names = place_names(market)
    return [
        Spot(
            names[i],
            longitudes[i],
            latitudes[i],
            given[i],
            received[i],
            _spot_note(names[i], given[i], received[i]),
        )
        for i in np.flatnonzero(known).tolist()
    ]


def _at(place: NDArray[np.int32], weights: F64, count: int) -> F64:
    placed = place >= 0
    return np.bincount(place[placed], weights=weights[placed], minlength=count).astype(np.float64)


def _spot_note(name: str, given_t: float, received_t: float) -> str:
    amounts = (("gave", given_t), ("received", received_t))
    parts = [f"{did} {weight(amount)}" for did, amount in amounts if amount > 0]
    return f"{name}: {listed(parts) or 'nothing given or received'}"


def _links(allocation: Allocation) -> list[Link]:
    """What travelled from place to place, all lanes and goods together, with the largest goods named."""
    market, layout = allocation.market, allocation.layout
    arcs = layout.arcs(ArcKind.LANE)
    arcs = arcs[allocation.flow[arcs] > 0]
    lane, category = layout.arc_ref[arcs], layout.pool_category[layout.arc_pool[arcs]]
    moved = tonnes(allocation.flow[arcs], market.categories.tonnes_per_unit[category])
    goods: dict[tuple[int, int], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    pairs = zip(market.lanes.from_place[lane].tolist(), market.lanes.to_place[lane].tolist(), strict=True)
    for pair, kind, amount in zip(pairs, category.tolist(), moved.tolist(), strict=True):
        goods[pair][kind] += amount
    names, kinds = place_names(market), title(market.categories.id, market.categories.name)
    return [
        Link(start, end, sum(by.values()), f"{names[start]} \u2192 {names[end]}", _goods(by, kinds))
        for (start, end), by in sorted(goods.items())
    ]


def _goods(by_category: dict[int, float], names: NDArray[np.object_]) -> str:
    """The three heaviest goods by name, and how many more there are."""
    order = sorted(by_category, key=lambda c: (-by_category[c], c))
    shown = [str(names[c]) for c in order[:3]]
    others = len(order) - len(shown)
    return listed([*shown, f"{others} more"] if others else shown)


def _ranked(links: list[Link]) -> Safe:
    heavy = sorted(links, key=lambda link: (-link.tonnes, link.start, link.end))[:MAX_RANKED]
    if not heavy:
        return tag("p", "Nothing travelled: what was given was taken up in the same place.", class_="note")
    items = (
        tag(
            "li",
            tag("span", link.ends),
            tag("span", weight(link.tonnes), class_="amount"),
            tag("span", link.goods, class_="more"),
        )
        for link in heavy
    )
    return tag("ol", items, class_="ranked")


def _map_legend(drawing: MapDrawing) -> Safe:
    items = [
        (swatch("fill-give", "circle"), "mostly gives"),
        (swatch("fill-flow", "circle"), "mostly receives"),
        (swatch("fill-idle", "circle"), "neither"),
    ]
    if drawing.widest_t > 0:
        high = width_of(drawing.widest_t, drawing.widest_t)
        wedge = tag(
            "path", class_="fill-taper", d=f"M0 0L46 {high * 5 / 12:.1f}V{high * 7 / 12:.1f}L0 {high:g}Z"
        )
        mark = tag(
            "svg", wedge, width="46", height=f"{high:g}", viewBox=f"0 0 46 {high:g}", aria_hidden="true"
        )
        items.append((mark, f"{weight(drawing.widest_t)}, from left to right"))
    return legend(items)


def _caption(drawing: MapDrawing, num_places: int, num_known: int) -> str:
    parts = []
    if drawing.shown_links < drawing.all_links:
        share = percent(drawing.shown_t / drawing.all_t)
        parts.append(
            f"The {drawing.shown_links:,} heaviest of {count(drawing.all_links, 'connection')} are drawn; "
            f"they carry {share} of the weight."
        )
    if num_known < num_places:
        parts.append(f"{count(num_places - num_known, 'place')} without coordinates left out.")
    if num_known > MAX_DOTS:
        parts.append(f"The {MAX_DOTS:,} busiest places are drawn.")
    parts.append("A dot's area is the weight given and received there.")
    parts.append(f"Coastline: {drawing.source}.")
    return " ".join(parts)
