"""Clear a book of goods, capital, talent and technology with projects and rules, and say what it takes.

    python benchmarks/four_kinds_market.py [--listings 20000] [--projects 1000] [--seed 7] [--gap 0.01]
                                           [--seconds 60] [--only formulate]

Prints the size of the problem, the seconds and processor seconds of each stage, peak memory and the
certified gap. With `--only formulate` nothing is solved. `four_kinds_book` says how the book is drawn.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from four_kinds_book import write_book

import fourflow as ff
from fourflow.book import Market, normalise
from fourflow.formulation import ArcKind, BundleKind, formulate
from fourflow.matching import match
from fourflow.progress import Progress


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--listings", type=int, default=20_000)
    parser.add_argument("--projects", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", choices=["formulate"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_book(work / "book", arguments.listings, arguments.projects, arguments.seed)
        with told("read"):
            book = ff.Book.read(work / "book")
        size(normalise(book))
        if arguments.only is None:
            run(book, work, arguments.gap, arguments.seconds)
    print(f"{'peak memory':<40}{_peak_gb():9.2f} GB")


def size(market: Market) -> None:
    """Match and formulate alone, and count what comes of it."""
    with told("match"):
        matching = match(market)
    with told("formulate"):
        problem, layout = formulate(market, matching)
    funded = layout.pool_project[layout.arc_pool] >= 0
    print(f"{matching.num_classes:,} classes, {len(layout.pool_project):,} pools")
    print(f"{problem.num_nodes:,} nodes, {problem.num_coupling:,} rows, {problem.num_bundles:,} bundles")
    print(f"{problem.num_arcs:,} arcs, {funded.sum():,} of them in pools of projects with capital")
    for kinds, name in ((layout.arc_kind, ArcKind), (layout.bundle_kind, BundleKind)):
        print({name(kind).name: count for kind, count in sorted(Counter(kinds.tolist()).items())})


def run(book: ff.Book, work: Path, gap: float, seconds: float) -> None:
    """Clear, write and tell each stage as it ends."""
    stages = Stages()
    clearing = ff.clear(book, gap=gap, time_limit_s=seconds, progress=stages.hear)
    stages.end()
    with told("write"):
        clearing.write(work / "result")
    certificate = clearing.certificate
    for stage, taken in clearing.story.run.seconds.items():
        print(f"{stage:<40}{taken:9.2f} s")
    print(f"{'certified gap':<40}{float(certificate.relative_gap):9.2e}")
    print(f"{'objective':<40}{float(certificate.objective):12,.2f}")


class Stages:
    """Prints the seconds of each stage that a clearing tells of."""

    def __init__(self) -> None:
        self.stage, self.began = "", _now()

    def hear(self, progress: Progress) -> None:
        if progress.stage != self.stage:
            self.end()
            self.stage, self.began = progress.stage, _now()

    def end(self) -> None:
        if self.stage:
            say(self.stage, self.began)


@contextmanager
def told(stage: str) -> Iterator[None]:
    began = _now()
    yield
    say(stage, began)


def say(stage: str, began: tuple[float, float]) -> None:
    clock, processor = (now - then for now, then in zip(_now(), began, strict=True))
    print(f"{stage:<40}{clock:9.2f} s   ({processor:.2f} s of processor time)", flush=True)


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _peak_gb() -> float:
    """Largest resident size of this process so far; ru_maxrss counts kilobytes, on macOS bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


if __name__ == "__main__":
    main()
