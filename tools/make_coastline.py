"""Cut the coastlines that the report's map ships with from the npm package `world-atlas`.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python tools/make_coastline.py package src/fourflow/report/data

Takes TopoJSON, gives two small JSON files: the whole world (1:50m, simplified) and the British Isles
(1:10m). Each holds `land` rings and country `borders` as integers of 1/scale degree, each point as
the step from the one before: [lon, lat, dlon, dlat, ...].
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fourflow.report._coast import Box, Line, Point, cut_ring

SOURCE = "Natural Earth 4.1.0 (public domain), by way of the npm package world-atlas 2.0.2"
LICENCE = "Natural Earth: public domain. world-atlas: ISC, Copyright 2013-2019 Michael Bostock"
WORLD: Box = (-180.0, -90.0, 180.0, 90.0)
BRITISH_ISLES: Box = (-12.5, 48.8, 4.5, 61.5)


def main(package: Path, out: Path) -> None:
    write(out / "world.json", package / "countries-50m.json", WORLD, tolerance=0.03, scale=100, least=0.02)
    write(
        out / "british_isles.json", package / "countries-10m.json", BRITISH_ISLES, tolerance=0.004,
        scale=1000, least=0.0008,
    )  # fmt: skip


def write(target: Path, source: Path, box: Box, *, tolerance: float, scale: int, least: float) -> None:
    """Simplify to `tolerance` degrees, cut to `box`, and leave out islands under `least` square degrees."""
    topology = json.loads(source.read_text())
    arcs = [thin(arc, tolerance) for arc in decode(topology)]
    rings = [cut_ring(ring, box) for ring in land_rings(topology, arcs)]
    land = [ring for ring in rings if len(ring) > 3 and abs(area(ring)) >= least]
    borders = [part for line in border_lines(topology, arcs) for part in cut_line(line, box)]
    content = {
        "source": f"{SOURCE}, {source.name}, simplified to {tolerance} degrees",
        "licence": LICENCE,
        "scale": scale,
        "box": box,
        "land": [steps(ring, scale) for ring in land],
        "borders": [steps(line, scale) for line in borders],
    }
    target.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(target, target.stat().st_size, "bytes", len(land), "rings", len(borders), "borders")


def decode(topology: dict[str, Any]) -> list[Line]:
    """Undo TopoJSON's quantisation and delta coding."""
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    lines = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            line.append((x * kx + dx, y * ky + dy))
        lines.append(line)
    return lines


def polygons(geometry: dict[str, Any]) -> list[list[list[int]]]:
    if geometry["type"] == "Polygon":
        return [geometry["arcs"]]
    return list(geometry["arcs"]) if geometry["type"] == "MultiPolygon" else []


def join(indices: list[int], arcs: list[Line]) -> Line:
    """One ring from its arcs; index ~i is arc i backwards."""
    ring: Line = []
    for i in indices:
        line = arcs[i] if i >= 0 else arcs[~i][::-1]
        ring.extend(line[1:] if ring else line)
    return ring


def land_rings(topology: dict[str, Any], arcs: list[Line]) -> list[Line]:
    land = topology["objects"]["land"]
    geometries = land.get("geometries", [land])
    return [join(ring, arcs) for g in geometries for polygon in polygons(g) for ring in polygon]


def border_lines(topology: dict[str, Any], arcs: list[Line]) -> list[Line]:
    """Arcs that two countries share."""
    owners: dict[int, set[int]] = {}
    for country, geometry in enumerate(topology["objects"]["countries"]["geometries"]):
        for polygon in polygons(geometry):
            for i in (i for ring in polygon for i in ring):
                owners.setdefault(i if i >= 0 else ~i, set()).add(country)
    return [arcs[i] for i in sorted(owners) if len(owners[i]) > 1]


def thin(line: Line, tolerance: float) -> Line:
    """Douglas and Peucker (1973), without recursion; the ends stay."""
    keep = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        far, index = 0.0, 0
        for i in range(first + 1, last):
            distance = off_line(line[i], line[first], line[last])
            if distance > far:
                far, index = distance, i
        if far > tolerance or (line[first] == line[last] and far > 0):
            keep.add(index)
            spans += [(first, index), (index, last)]
    return [line[i] for i in sorted(keep)]


def off_line(p: Point, a: Point, b: Point) -> float:
    """Distance of p from the segment a-b, in degrees of latitude."""
    (px, py), (ax, ay), (bx, by) = p, a, b
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    t = 0.0 if length == 0 else max(0.0, min(1.0, ((px - ax) * dx + (py - ay) * dy) / length))
    return float(((px - ax - t * dx) ** 2 + (py - ay - t * dy) ** 2) ** 0.5)


def area(ring: Line) -> float:
    """Signed area in square degrees (shoelace)."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def cut_line(line: Line, box: Box) -> list[Line]:
    """The parts of a line whose points lie inside the box."""
    parts: list[Line] = [[]]
    for x, y in line:
        if box[0] <= x <= box[2] and box[1] <= y <= box[3]:
            parts[-1].append((x, y))
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if len(part) > 1]


def steps(line: Line, scale: int) -> list[int]:
    """Integers, each point as the step from the one before; steps of nothing are left out."""
    flat: list[int] = []
    last = (0, 0)
    for x, y in line:
        point = (round(x * scale), round(y * scale))
        if flat and point == last:
            continue
        flat += [point[0] - last[0], point[1] - last[1]]
        last = point
    return flat


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
