"""Coastlines that ship with the package: the British Isles in detail, the rest of the world coarser.

Data: Natural Earth (public domain) by way of npm world-atlas 2.0.2 (ISC); made by tools/make_coastline.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

Point = tuple[float, float]
Line = list[Point]
Box = tuple[float, float, float, float]
"""west, south, east, north in degrees"""

FILES = ("british_isles.json", "world.json")


@dataclass(frozen=True)
class Coast:
    """Rings of land and lines between countries, in degrees (longitude, latitude)."""

    land: list[Line]
    borders: list[Line]
    source: str
    licence: str


def read_coast(box: Box) -> Coast:
    """The most detailed coastline that covers the box, cut to it."""
    for name in FILES:
        content = json.loads((files(__package__) / "data" / name).read_text("utf-8"))
        west, south, east, north = content["box"]
        if name == FILES[-1] or (west <= box[0] and south <= box[1] and box[2] <= east and box[3] <= north):
            break
    scale = content["scale"]
    land = [cut_ring(_points(steps, scale), box) for steps in content["land"]]
    return Coast(
        land=[ring for ring in land if len(ring) > 2],
        borders=[_points(steps, scale) for steps in content["borders"]],
        source=content["source"],
        licence=content["licence"],
    )


def _points(steps: list[int], scale: int) -> Line:
    """Undo the steps: each point is written as the difference from the one before."""
    x = y = 0
    line = []
    for i in range(0, len(steps), 2):
        x, y = x + steps[i], y + steps[i + 1]
        line.append((x / scale, y / scale))
    return line


def cut_ring(ring: Line, box: Box) -> Line:
    """A ring cut to the box, side by side (Sutherland and Hodgman 1974); empty if it lies outside."""
    for axis, limit, sign in ((0, box[0], 1), (0, box[2], -1), (1, box[1], 1), (1, box[3], -1)):
        cut: Line = []
        for a, b in zip(ring[-1:] + ring[:-1], ring, strict=True):
            inside_a, inside_b = sign * (a[axis] - limit) >= 0, sign * (b[axis] - limit) >= 0
            if inside_a != inside_b:
                t = (limit - a[axis]) / (b[axis] - a[axis])
                cut.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
            if inside_b:
                cut.append(b)
        ring = cut
        if not ring:
            break
    return ring
