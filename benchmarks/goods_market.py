"""Clear a book of 100,000 offers and 100,000 needs from file to verified result, and say what it takes.

    python benchmarks/goods_market.py [--listings 100000] [--seed 7] [--gap 1e-6] [--work FOLDER]

20 goods share the capacity of 3,000 lanes between 500 places; about a third of the used lanes are full.
Prints the seconds of each stage, peak memory, the certified gap and the share of used lanes full. The
figures in docs/performance.md come from here.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path

from goods_book import write_book

import fourflow as ff
from fourflow.pipeline import Clearing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--gap", type=float, default=1e-6)
    parser.add_argument("--work", type=Path, help="folder for book and result (else temporary)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        run(arguments.work or Path(temporary), arguments.listings, arguments.seed, arguments.gap)


def run(work: Path, num_listings: int, seed: int, gap: float) -> None:
    write_book(work / "book", num_listings, seed)
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, seed {seed}")
    start = time.perf_counter()
    book = ff.Book.read(work / "book")
    read = time.perf_counter()
    clearing = ff.clear(book, gap=gap, time_limit_s=600)
    cleared = time.perf_counter()
    clearing.write(work / "result")
    written = time.perf_counter()
    stages = {"read": read - start, **clearing.story.run.seconds, "write": written - cleared}
    for stage, seconds in stages.items():
        print(f"{stage:<28}{seconds:8.2f} s")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    processor = usage.ru_utime + usage.ru_stime
    print(f"{'in all':<28}{written - start:8.2f} s   ({processor:.1f} s of processor time)")
    print(f"{'peak memory':<28}{_peak_gb():8.2f} GB")
    print(f"{'certified gap':<28}{float(clearing.certificate.relative_gap):8.1e}")
    used, full = lanes(clearing)
    print(f"{'used lanes':<28}{used:8,}   of which full {full / used:.1%}")
    print(f"{'awards':<28}{len(clearing.awards):8,}")


def lanes(clearing: Clearing) -> tuple[int, int]:
    """How many lanes carry something, and how many of those carry all they can (to a part in a million)."""
    allocation = clearing.story.cleared.allocation
    capacity, carried = allocation.market.lanes.capacity_t, allocation.lane_t
    used = carried > 0
    return int(used.sum()), int((used & (carried >= capacity * (1 - 1e-6))).sum())


def _peak_gb() -> float:
    """Largest resident size of this process so far; ru_maxrss counts kilobytes, on macOS bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


if __name__ == "__main__":
    main()
