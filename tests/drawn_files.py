"""Files of the published families, drawn as their authors say, small enough to be solved otherwise.

CATS regions: Leyton-Brown, Pearson, Shoham, Towards a universal test suite for combinatorial auctions, 2000,
section 4.2. GAP types a and c: Chu and Beasley, A genetic algorithm for the generalised assignment problem,
1997, section 5. cap: Beasley, An algorithm for solving large capacitated warehouse location problems, 1988.
"""

from __future__ import annotations

import random
from pathlib import Path


def write_auction(file: Path, seed: int) -> Path:
    """Plots of a grid; a bidder wants one of a few regions of neighbours (a dummy good ties them)."""
    draw = random.Random(seed)
    wide, high = draw.randint(2, 4), draw.randint(2, 3)
    goods = wide * high
    common = [draw.uniform(1, 100) for _ in range(goods)]
    bids, bidders = [], 0
    while len(bids) < 3 * goods:
        own = [worth * draw.uniform(0.5, 1.5) for worth in common]
        regions = {_region(draw, wide, high) for _ in range(draw.choice([1, 1, 2, 3]))}
        dummy = [goods + bidders] if len(regions) > 1 and bidders < 5 else []
        bidders += len(dummy)
        for region in sorted(regions):
            bids.append((sum(own[good] for good in region) + len(region) ** 1.2, [*region, *dummy]))
    lines = [f"goods {goods}", f"bids {len(bids)}", f"dummy {bidders}"]
    lines += [f"{i}\t{price:.4f}\t" + "\t".join(map(str, wanted)) + "\t#"
              for i, (price, wanted) in enumerate(bids)]  # fmt: skip
    file.write_text("%% drawn\n" + "\n".join(lines) + "\n")
    return file


def _region(draw: random.Random, wide: int, high: int) -> tuple[int, ...]:
    """Plots that touch each other, with a jump now and then."""
    every = [(x, y) for x in range(wide) for y in range(high)]
    found = {draw.choice(every)}
    while draw.random() < 0.7 and len(found) < len(every):
        near = [
            p
            for p in every
            if p not in found and any(abs(p[0] - q[0]) + abs(p[1] - q[1]) == 1 for q in found)
        ]
        found.add(draw.choice(every if draw.random() < 0.05 else near))
    return tuple(sorted(x * high + y for x, y in found))


def write_jobs(file: Path, seed: int, kind: str) -> Path:
    """GAP, hours U[5, 25], cost U[10, 50]; type a: limits of 0.6 (n / m) 15 + 0.4 R, where R is the most
    hours of anybody once each job is with whom it costs least; type c: 0.8 of the mean."""
    draw = random.Random(seed)
    m = draw.randint(2, 4)
    n = draw.randint(3 * m, 5 * m)
    hours = [[draw.randint(5, 25) for _ in range(n)] for _ in range(m)]
    cost = [[draw.randint(10, 50) for _ in range(n)] for _ in range(m)]
    cheapest = [min(range(m), key=lambda i, j=j: cost[i][j]) for j in range(n)]
    most = max(sum(hours[i][j] for j in range(n) if cheapest[j] == i) for i in range(m))
    if kind == "a":
        limits = [int(0.6 * n / m * 15 + 0.4 * most)] * m
    else:
        limits = [int(0.8 * sum(hours[i]) / m) for i in range(m)]
    rows = [[m, n], *cost, *hours, limits]
    file.write_text("1\n" + "\n".join(" ".join(map(str, row)) for row in rows) + "\n")
    return file


def write_warehouses(file: Path, seed: int) -> Path:
    """Warehouses with a capacity and a fixed cost; customers with a demand, and what it costs from each."""
    draw = random.Random(seed)
    m, n = draw.randint(2, 6), draw.randint(3, 9)
    demand = [draw.randint(1, 40) for _ in range(n)]
    roomy = draw.choice([0.8, 1.2, 2.5])  # of the demand, all warehouses together
    lines = [f"{m} {n}"]
    for _ in range(m):
        capacity = max(1, round(roomy * sum(demand) / m * draw.uniform(0.5, 1.5)))
        lines.append(f"{capacity} {draw.choice([0, 750, 1750.5, 7500])}")
    for wanted in demand:
        costs = [wanted * draw.randint(1, 60) for _ in range(m)]
        lines += [str(wanted), " ".join(map(str, costs))]
    file.write_text("\n".join(lines) + "\n")
    return file


def write_election(file: Path, seed: int) -> Path:
    """A Pabulib file: costs that leave remainders or none, free projects and too dear ones, ties."""
    draw = random.Random(seed)
    n, voters, step = draw.randint(1, 16), draw.randint(1, 40), draw.choice([1, 7, 500])
    costs = [draw.choice([0, step, step * draw.randint(1, 60), draw.randint(1, 60 * step)]) for _ in range(n)]
    budget = round(draw.choice([0.1, 0.4, 0.7, 1.1]) * sum(costs)) + draw.choice([0, 1, 500])
    points = draw.random() < 0.3
    ballots = []
    for _ in range(voters):
        chosen = draw.sample(range(n), draw.randint(1, min(n, 5)))
        given = ";" + ",".join(str(draw.randint(1, 9)) for _ in chosen) if points else ""
        ballots.append(",".join(f"P{i}" for i in chosen) + given)
    head = f"budget;{budget}\nvote_type;{'cumulative' if points else 'approval'}\nrule;greedy\ncurrency;PLN\n"
    text = f"META\nkey;value\ndescription;Drawn {seed}\ndate_end;21.04.2023\n{head}"
    text += "PROJECTS\nproject_id;cost;name\n"
    text += "".join(f"P{i};{cost};Project {i}\n" for i, cost in enumerate(costs))
    text += f"VOTES\nvoter_id;vote{';points' * points}\n"
    file.write_text(text + "".join(f"{i};{ballot}\n" for i, ballot in enumerate(ballots)), encoding="utf-8")
    return file


def write_network(folder: Path, seed: int) -> Path:
    """A PyPSA folder of a few buses and hours: parallel lines, transformers, links there and back, ties."""
    draw = random.Random(seed)
    folder.mkdir()
    buses = [f"bus {i}" for i in range(draw.randint(2, 9))]
    hours = range(draw.randint(1, 3))
    gens = [f"g{i}" for i in range(draw.randint(1, 8))]
    loads = [f"load {i}" for i in range(draw.randint(1, 7))]
    tables = {
        "snapshots": [["", "snapshot"], *([h, f"2011-01-01 {h:02}:00:00"] for h in hours)],
        "buses": [["name", "x", "y"], *([b, i, 50 + i % 3] for i, b in enumerate(buses))],
        "generators": [["name", "bus", "p_nom", "marginal_cost", "carrier"],
                       *([g, draw.choice(buses), draw.randint(0, 120), draw.choice([0, 1, 2.5, 30, 30.25]),
                          draw.choice(["Wind", "Coal"])] for g in gens)],
        "generators-p_max_pu": _series(draw, hours, gens, lambda: round(draw.random(), 4)),
        "loads": [["name", "bus"], *([load, draw.choice(buses)] for load in loads)],
        "loads-p_set": [["", *loads], *([h, *(draw.choice([0, -3.5, 10, draw.randint(1, 90)]) for _ in loads)]
                                        for h in hours)],
        "lines": [["name", "bus0", "bus1", "s_nom", "s_max_pu"],
                  *([f"l{i}", *draw.sample(buses, 2), draw.randint(0, 60), draw.choice(["", 0.5, 0.7])]
                    for i in range(draw.randint(0, 12)))],
        "transformers": [["name", "bus0", "bus1", "s_nom"],
                         *([f"t{i}", *draw.sample(buses, 2), draw.randint(5, 60)]
                           for i in range(draw.randint(0, 2)))],
        "links": [["name", "bus0", "bus1", "p_nom", "p_min_pu", "marginal_cost"],
                  *([f"k{i}", *draw.sample(buses, 2), draw.randint(5, 60), draw.choice(["", -0.5, -1]),
                     draw.choice(["", 2, 0.75])] for i in range(draw.randint(0, 3)))],
    }  # fmt: skip
    for name, rows in tables.items():
        lines = [",".join(str(cell) for cell in row) for row in rows]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _series(draw: random.Random, hours: range, names: list[str], value: object) -> list[list[object]]:
    """A column for some of the names only: the others run at 1."""
    some = [name for name in names if draw.random() < 0.6]
    return [["", *some], *([h, *(value() for _ in some)] for h in hours)]  # type: ignore[operator]
