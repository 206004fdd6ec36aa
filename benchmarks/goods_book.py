"""A seeded goods book of any size, as a folder of Parquet files.

    python benchmarks/goods_book.py FOLDER [--listings 100000] [--seed 7]

Places lie at random in a square of 600 km, more listings at some than at others. Each place has lanes
to its six nearest. All goods share the capacity of the lanes. What is offered and what is needed of one
kind lies apart, so goods travel. CAPACITY_T is set so that about a third of the used lanes are full.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

NUM_PLACES = 500
NEIGHBOURS = 6
NUM_GOODS = 20
SIDE_KM = 600.0
KM_PER_DEGREE = 111.195
CAPACITY_T = 68.0
"""Median capacity of a lane for 100,000 offers, in proportion for other sizes; found by trying."""

BOOK = """name = "Generated goods market, seed {seed}"
currency = "GBP"
as_of = 2026-01-01
settlement = "priced"

assumptions = '''
Everything in this book is drawn at random.
'''
"""


def write_book(folder: Path, num_listings: int = 100_000, seed: int = 7) -> None:
    """Write a book of `num_listings` offers and as many needs."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    places, x, y = draw_places(random)
    tables = {
        "places": places,
        "categories": goods(),
        "participants": participants(num_listings),
        "lanes": draw_lanes(random, x, y, num_listings),
        "offers": draw_listings(random, "offer", num_listings, x, y),
        "needs": draw_listings(random, "need", num_listings, x, y),
    }
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")
    (folder / "book.toml").write_text(BOOK.format(seed=seed), encoding="utf-8")


def draw_places(random: Generator) -> tuple[pl.DataFrame, NDArray[np.float64], NDArray[np.float64]]:
    x, y = random.uniform(0, SIDE_KM, (2, NUM_PLACES))
    latitude = 50 + y / KM_PER_DEGREE
    longitude = -5 + x / (KM_PER_DEGREE * np.cos(np.radians(latitude)))
    ids = [f"place-{i}" for i in range(NUM_PLACES)]
    table = pl.DataFrame(
        {
            "id": ids,
            "name": [f"Place {i}" for i in range(NUM_PLACES)],
            "region": [f"Region {int(a // 200)}{int(b // 200)}" for a, b in zip(x, y, strict=True)],
            "latitude": latitude.round(5),
            "longitude": longitude.round(5),
        }
    )
    return table, x, y


def goods() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [f"good-{i}" for i in range(NUM_GOODS)],
            "name": [f"Good {i}" for i in range(NUM_GOODS)],
            "kind": ["goods"] * NUM_GOODS,
            "unit": ["kg"] * NUM_GOODS,
            "tonnes_per_unit": ["0.001"] * NUM_GOODS,
        }
    )


def participants(num_listings: int) -> pl.DataFrame:
    """Ten listings each; nobody both offers and needs."""
    ids = [f"{side}-{i}" for side in ("seller", "buyer") for i in range(-(-num_listings // 10))]
    return pl.DataFrame({"id": ids, "name": ids})


def draw_lanes(
    random: Generator, x: NDArray[np.float64], y: NDArray[np.float64], num_listings: int
) -> pl.DataFrame:
    """To the six nearest places each: 3,000 lanes, dearer and greener by chance, with a capacity."""
    distance = np.hypot(x[:, None] - x, y[:, None] - y)
    np.fill_diagonal(distance, np.inf)
    near = np.argsort(distance, axis=1)[:, :NEIGHBOURS]
    start, end = np.repeat(np.arange(NUM_PLACES), NEIGHBOURS), near.ravel()
    km = distance[start, end] * random.uniform(1.2, 1.5, len(start))
    capacity = CAPACITY_T * num_listings / 100_000 * random.lognormal(0, 1, len(start))
    return pl.DataFrame(
        {
            "id": [f"lane-{i}" for i in range(len(start))],
            "from_place": [f"place-{i}" for i in start],
            "to_place": [f"place-{i}" for i in end],
            "mode": ["lorry"] * len(start),
            "distance_km": km.round(1),
            "cost_per_t": (5 + km * random.uniform(0.15, 0.35, len(start))).round(2),
            "currency": ["GBP"] * len(start),
            "capacity_t": capacity.round(1),
            "co2_kg_per_t": (km * 0.10163).round(3),
        }
    )


def draw_listings(
    random: Generator, side: str, count: int, x: NDArray[np.float64], y: NDArray[np.float64]
) -> pl.DataFrame:
    """Listings of one side; each good has its own centre, around which that side is dense."""
    good = random.integers(0, NUM_GOODS, count)
    place = np.empty(count, np.int64)
    for g in range(NUM_GOODS):
        a, b = random.uniform(0, SIDE_KM, 2)
        weight = random.lognormal(0, 0.5, NUM_PLACES) * np.exp(-np.hypot(x - a, y - b) / 250)
        chosen = good == g
        place[chosen] = random.choice(NUM_PLACES, chosen.sum(), p=weight / weight.sum())
    low, high = (0.30, 0.90) if side == "offer" else (0.50, 1.20)
    price = random.uniform(low, high, count)
    owner = "seller" if side == "offer" else "buyer"
    day = np.datetime64("2025-12-01") + random.integers(0, 31, count)
    return pl.DataFrame(
        {
            "id": [f"{side}-{i}" for i in range(count)],
            "participant": [f"{owner}-{i // 10}" for i in range(count)],
            "category": [f"good-{g}" for g in good],
            "quantity": random.integers(100, 5000, count),
            "unit": ["kg"] * count,
            "limit_price": price.round(3),
            "currency": ["GBP"] * count,
            "place": [f"place-{i}" for i in place],
            "listed_at": np.datetime_as_string(day, unit="D"),
        }
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    write_book(arguments.folder, arguments.listings, arguments.seed)
