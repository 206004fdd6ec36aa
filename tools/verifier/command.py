"""The command: verify a folder and say what holds, or the first thing that does not."""

from __future__ import annotations

import argparse
import csv
import gc
import json
import sys
from pathlib import Path
from typing import Any

from verifier.awards import read_awards
from verifier.files import Claims, Folder, Refuted
from verifier.follows import check_book
from verifier.gap import check_claims
from verifier.layout import Layout
from verifier.ledger import read_ledger
from verifier.losses import Losses
from verifier.middle import MOST_ARCS, Middle
from verifier.pools import Pools
from verifier.prices import Money
from verifier.problem import Problem
from verifier.result import check_result


def verify(path: Path, root: str | None) -> dict[str, Any]:
    """What was verified. Raises Refuted with the first thing that does not follow."""
    folder = Folder(path, root)
    claims = Claims(folder)
    p = Problem(folder, claims)
    check_claims(folder, p, claims)
    if "book/book.csv" in folder.names:
        book = Layout(folder, p, claims)
        check_book(book)
        Pools(folder, book).check()
        awards = read_awards(folder, book)
        money = Money(folder, book)
        money.check_prices(folder)
        lost = Losses(book, money.dual)
        lost.check_support()
        middle = Middle(book, money.dual) if p.num_arcs <= MOST_ARCS else None
        if middle:
            middle.check()
        ledger = read_ledger(folder, money)
        if path != folder.path:  # what lies beside the certificate
            check_result(path, book, money, lost, middle, awards, ledger)
    shown = ("status", "objective", "bound", "relative_gap", "gap", "covers")
    return {"verified": True, "root": folder.root} | {key: claims.text(key) for key in shown}


def main() -> int:
    parser = argparse.ArgumentParser(description="Check a fourflow certificate with exact integers.")
    parser.add_argument("dir", type=Path, help="the certificate, or a result folder that holds it")
    parser.add_argument("--root", help="the root that the operator published: SHA-256 of manifest.csv")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    wish = parser.parse_args()
    if not wish.dir.is_dir():
        parser.error(f"{wish.dir} is not a folder")
    gc.disable()  # nothing here is cyclic, and collecting millions of rows takes a third of the time
    try:
        result = verify(wish.dir, wish.root)
    except Refuted as reason:
        result = {"verified": False, "reason": str(reason)}
    except (
        OSError,
        ValueError,
        LookupError,
        ArithmeticError,
        TypeError,
        RecursionError,
        MemoryError,
        csv.Error,
    ) as error:
        result = {"verified": False, "reason": f"cannot be read: {type(error).__name__}: {error}"}
    if wish.json:
        print(json.dumps(result))
    else:
        head = "verified" if result.pop("verified") else "NOT verified"
        print(head, *(f"{key}: {value}" for key, value in result.items()), sep="\n  ")
    return 0 if "root" in result else 1


if __name__ == "__main__":
    sys.exit(main())
