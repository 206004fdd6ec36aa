"""The map: coastline, places, and flows drawn by weight.

A flow is a taper, thick where the goods start and thin where they arrive: of the ways to draw
direction, readers judge tapers fastest and most surely (Holten and van Wijk 2009, "A user study on
visualizing directed edges in graphs"). Nothing here knows a Clearing; lengths are in map units.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot, sqrt

from fourflow.report._coast import Box, Line, read_coast
from fourflow.report._html import Safe, clean, tag
from fourflow.report._projection import Projection, project
from fourflow.report._words import weight

MAX_LINKS = 400
MAX_DOTS = 1500
CLOSE_WIDTH = 400.0
MAX_LABELS = 16
MAJOR_LABELS = 6
WIDEST, THINNEST = 15.0, 0.9
LARGEST_DOT, SMALLEST_DOT = 9.0, 2.0
AT_EASE = 100
"""With more dots than this each is drawn smaller."""
LETTER = 8.0
"""Width of a letter of a label, about."""
BEND = 0.14
"""A flow bows to its left by this share of its length, so that both directions can be seen."""

Pair = tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """A place on the map; tonnes that left it and that came to it."""

    name: str
    longitude: float
    latitude: float
    given_t: float
    received_t: float
    note: str

    @property
    def total_t(self) -> float:
        return self.given_t + self.received_t


@dataclass(frozen=True)
class Link:
    """What went from one spot to another (indices), in tonnes; where from and to, and what, in words."""

    start: int
    end: int
    tonnes: float
    ends: str
    goods: str


@dataclass(frozen=True)
class MapDrawing:
    """The SVG, how many links it shows of how many, the tonnes they carry, and whose coastline it is."""

    svg: Safe
    shown_links: int
    all_links: int
    shown_t: float
    all_t: float
    widest_t: float
    source: str
    licence: str


def draw_map(
    spots: Sequence[Spot],
    links: Sequence[Link],
    name: str,
    title: str,
    description: str,
    close: Box | None = None,
) -> MapDrawing:
    """Draw all spots and the MAX_LINKS heaviest links, or only what is seen in the box `close`.

    Spots must not be empty. `name` keeps the ids of several maps on one page apart.
    """
    if close is None:
        projection = project([s.longitude for s in spots], [s.latitude for s in spots])
    else:
        projection = project(close[::2], close[1::2], CLOSE_WIDTH)
    coast = read_coast(projection.box)
    points = [projection(s.longitude, s.latitude) for s in spots]
    seen = [0 < x < projection.width and 0 < y < projection.height for x, y in points]
    heavy = sorted(links, key=lambda link: (-link.tonnes, link.start, link.end))
    near = [link for link in heavy if seen[link.start] or seen[link.end]]
    shown = near[:MAX_LINKS]
    widest = heavy[0].tonnes if heavy else 0.0
    dots = Dots(max(s.total_t for s in spots), sum(seen))
    order = sorted(range(len(spots)), key=lambda i: (-spots[i].total_t, spots[i].name))
    order = [i for i in order if seen[i]]
    svg = tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", description, id=f"{name}-desc"),
        tag("rect", class_="sea", width=_n(projection.width), height=_n(projection.height)),
        tag("path", class_="land", d=_rings(coast.land, projection), fill_rule="evenodd"),
        tag("path", class_="border", d=_lines(coast.borders, projection)),
        tag("g", (_flow(link, points, widest) for link in shown), class_="flows"),
        tag("g", (_dot(spots[i], points[i], dots) for i in order[:MAX_DOTS]), class_="dots"),
        tag("g", _labels(spots, points, order, dots, projection.width), class_="labels"),
        _scale_bar(projection),
        viewBox=f"0 0 {_n(projection.width)} {_n(projection.height)}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="map",
    )
    all_t = sum(link.tonnes for link in near)
    shown_t = sum(link.tonnes for link in shown)
    return MapDrawing(svg, len(shown), len(near), shown_t, all_t, widest, coast.source, coast.licence)


@dataclass(frozen=True)
class Dots:
    """How large dots are: by area, so that twice the tonnes is twice the ink, and smaller in a crowd."""

    largest_t: float
    count: int

    def radius(self, tonnes: float) -> float:
        if self.largest_t <= 0:
            return SMALLEST_DOT
        largest = LARGEST_DOT * min(1.0, max(0.5, sqrt(AT_EASE / max(self.count, 1))))
        return max(SMALLEST_DOT, largest * sqrt(tonnes / self.largest_t))


def width_of(tonnes: float, widest_t: float) -> float:
    """Width in map units, proportional to tonnes; the smallest stay visible."""
    return max(THINNEST, WIDEST * tonnes / widest_t) if widest_t > 0 else THINNEST


def _flow(link: Link, points: Sequence[Pair], widest_t: float) -> Safe:
    path = taper(points[link.start], points[link.end], width_of(link.tonnes, widest_t))
    return tag("path", tag("title", f"{link.ends}: {weight(link.tonnes)} of {link.goods}"), d=path)


def taper(start: Pair, end: Pair, width: float) -> str:
    """A bowed spindle of two quadratic curves, `width` thick at the start and a sixth of it at the end."""
    (ax, ay), (bx, by) = start, end
    length = hypot(bx - ax, by - ay) or 1.0
    nx, ny = (by - ay) / length, (ax - bx) / length
    cx, cy = (ax + bx) / 2 + nx * BEND * length, (ay + by) / 2 + ny * BEND * length
    first, middle, last = width / 2, width / 3, width / 12
    return (
        f"M{_n(ax + nx * first)} {_n(ay + ny * first)}"
        f"Q{_n(cx + nx * middle)} {_n(cy + ny * middle)} {_n(bx + nx * last)} {_n(by + ny * last)}"
        f"L{_n(bx - nx * last)} {_n(by - ny * last)}"
        f"Q{_n(cx - nx * middle)} {_n(cy - ny * middle)} {_n(ax - nx * first)} {_n(ay - ny * first)}Z"
    )


def _dot(spot: Spot, point: Pair, dots: Dots) -> Safe:
    radius = dots.radius(spot.total_t)
    role = "idle" if spot.total_t <= 0 else "gives" if spot.given_t > spot.received_t else "receives"
    return tag("circle", tag("title", spot.note), class_=role, cx=_n(point[0]), cy=_n(point[1]), r=_n(radius))


def _labels(
    spots: Sequence[Spot], points: Sequence[Pair], order: Sequence[int], dots: Dots, width: float
) -> Iterable[Safe]:
    """Names of the places with most traffic, each where no other name or large dot is in its way."""
    busy = [i for i in order[: 3 * MAX_LABELS] if spots[i].total_t > 0]
    around = {i: _around(points[i], dots.radius(spots[i].total_t)) for i in busy}
    taken: list[Box] = []
    for i in busy:
        name = clean(spots[i].name)[:28]
        others = taken + [dot for j, dot in around.items() if j != i]
        for x, y, anchor, box in _label_places(name, points[i], dots.radius(spots[i].total_t) + 3):
            if box[0] >= 2 and box[2] <= width - 2 and not any(_meet(box, other) for other in others):
                rank = "major" if len(taken) < MAJOR_LABELS else "minor"
                yield tag("text", name, class_=rank, x=_n(x), y=_n(y), text_anchor=anchor)
                taken.append(box)
                break
        if len(taken) == MAX_LABELS:
            return


def _label_places(name: str, point: Pair, gap: float) -> Iterable[tuple[float, float, str, Box]]:
    """Where a name may stand: right, left, above, below; with the box that it would cover."""
    (x, y), wide = point, LETTER * len(name)
    yield x + gap, y + 4, "start", (x + gap, y - 7, x + gap + wide, y + 7)
    yield x - gap, y + 4, "end", (x - gap - wide, y - 7, x - gap, y + 7)
    yield x, y - gap - 2, "middle", (x - wide / 2, y - gap - 13, x + wide / 2, y - gap + 1)
    yield x, y + gap + 11, "middle", (x - wide / 2, y + gap, x + wide / 2, y + gap + 14)


def _around(point: Pair, radius: float) -> Box:
    return point[0] - radius, point[1] - radius, point[0] + radius, point[1] + radius


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scale_bar(projection: Projection) -> Safe:
    """A round number of kilometres near a fifth of the width."""
    target = projection.width / 5 / projection.units_per_km
    power = 10.0 ** len(str(int(target))) / 10 if target >= 1 else 0.1
    km = max(step * power for step in (1, 2, 5) if step * power <= max(target, power))
    length, y = km * projection.units_per_km, projection.height - 14
    return tag(
        "g",
        tag("path", d=f"M14 {_n(y - 5)}V{_n(y)}H{_n(14 + length)}V{_n(y - 5)}"),
        tag("text", f"{km:g} km", x="18", y=_n(y - 6)),
        class_="scale-bar",
    )


def _rings(rings: Iterable[Line], projection: Projection) -> str:
    paths = (_path(ring, projection) for ring in rings)
    return "".join(path + "Z" for path in paths if path)


def _lines(lines: Iterable[Line], projection: Projection) -> str:
    return "".join(_path(line, projection) for line in lines if _touches(line, projection))


def _touches(line: Line, projection: Projection) -> bool:
    west, south, east, north = projection.box
    return any(west <= x <= east and south <= y <= north for x, y in line)


def _path(line: Line, projection: Projection) -> str:
    """Relative steps of tenths of a unit; steps under half a unit are left out."""
    last = projection(*line[0])
    last = (round(last[0], 1), round(last[1], 1))
    parts = [f"M{_n(last[0])} {_n(last[1])}l"]
    for point in line[1:]:
        x, y = projection(*point)
        if hypot(x - last[0], y - last[1]) < 0.5:
            continue
        x, y = round(x, 1), round(y, 1)
        parts.append(f"{_n(x - last[0])} {_n(y - last[1])} ")
        last = (x, y)
    return "".join(parts) if len(parts) > 1 else ""


def _n(value: float) -> str:
    """A number with one decimal at most."""
    return f"{round(value, 1):g}" if abs(value) < 1e5 else str(round(value))
