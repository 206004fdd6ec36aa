"""Makes this example's book from the published lists: `python make.py FOLDER` (the folder with foodbanks.csv,
needs.csv, excess.csv, funders.csv and co2_per_tonne_km.csv).

The CSVs that it writes are part of the example, so nobody has to run it to use the example; it documents how
every number came about. What is published is who asks for what and who has too much of what, and where they
are. Everything else is one of the constants below, and stands in book.toml among the assumptions.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import _kinds
from _kinds import slug
from _wordings import NOT_GOODS, TREE, needed, offered

HERE = Path(__file__).resolve().parent

VAN_LOAD_KG = 1000  # the one rule for quantities: each side of a notice stands for one van load
VALUE_PER_KG = "1.50"  # what a kilogram that is asked for is worth to the bank that asks, GBP
BUDGET_GBP = 1000  # what the transport fund can spend on this clearing

# id, GBP per tonne-km, mode in the table of CO2 factors, longest trip in km, tonnes a connection, km a day
MODES = [
    ("e-van", "0.30", "van, battery electric", 60, "0.6", 400),
    ("van", "0.35", "van, diesel", 120, "1", 400),
    ("lorry", "0.40", "rigid truck 7.5-17 t", 220, "", 450),
]
# from, to, mode, km by road, km by sea, tonnes, days: what great circles get wrong
LANES = [
    ("antrim", "glasgow", "lorry and ferry", 170, 65, "2", 1),
    ("alness", "glasgow", "lorry", 285, 0, "5", 1),
]
LORRY_PER_TKM, FERRY_PER_T = 0.40, 45.0

Row = dict[str, object]


def main(source: Path) -> None:
    banks, needs, excess, funders, factors = (
        read(source / f"{name}.csv")
        for name in ("foodbanks", "needs", "excess", "funders", "co2_per_tonne_km")
    )
    co2 = {row["mode"]: row["kg_co2e_per_tonne_km"] for row in factors}
    day = {row["foodbank"]: row["notice_date"] for row in banks}
    write("places", places(banks))
    write("participants", [*participants(banks), *_kinds.participants()])
    write("categories", [*(category(*row) for row in TREE), *_kinds.categories()])
    write("modes", [mode(*row, co2=co2) for row in MODES])
    write("lanes", [lane for row in LANES for lane in both_ways(*row, co2=co2)])
    write("offers", [*offers(excess, day), *_kinds.offers(funders)])
    write("needs", [*asks(needs, day), *_kinds.needs()])
    write("projects", _kinds.projects())
    write("attributes", _kinds.attributes(banks))
    write("requirements", _kinds.requirements())
    write("rules", [rule()])
    names = {slug(bank["foodbank"]): bank["foodbank"] for bank in banks}
    (HERE / "NOTES.md").write_text(_kinds.page(names), encoding="utf-8")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(noun: str, rows: Iterable[Row]) -> None:
    """One file; rows of several kinds have each the columns of all, empty where they say nothing."""
    rows = list(rows)
    columns = dict.fromkeys(name for row in rows for name in row)
    with (HERE / f"{noun}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def places(banks: list[dict[str, str]]) -> list[Row]:
    return [
        {
            "id": slug(b["town"]),
            "name": b["town"],
            "region": b["region"],
            "latitude": b["lat"],
            "longitude": b["lon"],
        }
        for b in banks
    ]


def participants(banks: list[dict[str, str]]) -> list[Row]:
    rows: list[Row] = [
        {"id": slug(b["foodbank"]), "name": b["foodbank"], "role": "food bank", "place": slug(b["town"])}
        for b in banks
    ]
    return [
        *rows,
        {"id": "transport-fund", "name": "Transport fund", "role": "sponsor", "place": "birmingham"},
    ]


def category(identifier: str, parent: str, name: str) -> Row:
    return {
        "id": identifier, "parent": parent, "name": name, "kind": "goods", "unit": "kg",
        "tonnes_per_unit": "0.001",
    }  # fmt: skip


def mode(
    name: str, cost: str, factor: str, max_km: int, capacity: str, per_day: int, co2: dict[str, str]
) -> Row:
    return {
        "id": name, "cost_per_t_km": cost, "currency": "GBP", "co2_kg_per_t_km": co2[factor],
        "km_per_day": per_day, "max_km": max_km, "capacity_t": capacity,
    }  # fmt: skip


def both_ways(
    start: str, end: str, name: str, road: int, sea: int, capacity: str, days: int, co2: dict[str, str]
) -> list[Row]:
    cost = LORRY_PER_TKM * road + (FERRY_PER_T if sea else 0)
    kg = float(co2["rigid truck 7.5-17 t"]) * road + float(co2["Cargo ship / RoRo-Ferry / Average"]) * sea
    return [
        {
            "id": f"{a}-{b}", "from_place": a, "to_place": b, "mode": name, "distance_km": road + sea,
            "cost_per_t": f"{cost:.2f}", "currency": "GBP", "capacity_t": capacity,
            "co2_kg_per_t": f"{kg:.3f}", "days": days,
        }
        for a, b in ((start, end), (end, start))
    ]  # fmt: skip


def offers(excess: list[dict[str, str]], day: dict[str, str]) -> list[Row]:
    """One offer for each bank and category; the van load is shared evenly over a bank's offers."""
    held: dict[str, dict[str, None]] = defaultdict(dict)
    for line in goods(excess):
        held[line["foodbank"]].update(dict.fromkeys(offered(line["item"])))
    return [
        {
            "id": f"{slug(bank)}/{category}", "participant": slug(bank), "category": category,
            "quantity": VAN_LOAD_KG // len(categories), "unit": "kg", "limit_price": "0", "currency": "GBP",
            "listed_at": day[bank],
        }
        for bank, categories in held.items() for category in categories
    ]  # fmt: skip


def asks(needs: list[dict[str, str]], day: dict[str, str]) -> list[Row]:
    """One need for each bank and set of categories, so a line that was posted again counts once."""
    wanted: dict[str, dict[str, None]] = defaultdict(dict)
    for line in goods(needs):
        wanted[line["foodbank"]][";".join(needed(line["item"]))] = None
    return [
        {
            "id": f"{slug(bank)}/{accepted.replace(';', '.')}", "participant": slug(bank),
            "category": accepted, "quantity": VAN_LOAD_KG // len(all_accepted), "unit": "kg",
            "limit_price": "0", "value": VALUE_PER_KG, "currency": "GBP",
            "sponsor": "transport-fund", "listed_at": day[bank],
        }
        for bank, all_accepted in wanted.items() for accepted in all_accepted
    ]  # fmt: skip


def goods(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    return [line for line in lines if line["item"] not in NOT_GOODS]


def rule() -> Row:
    return {
        "id": "transport-budget", "name": "Transport fund", "measure": "bid_value", "sense": "<=",
        "limit": BUDGET_GBP, "unit": "GBP", "sponsor": "transport-fund",
    }  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))
