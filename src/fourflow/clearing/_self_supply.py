"""A participant never supplies itself: paths that pair one with itself are exchanged with others.

Two paths that pass one hub may swap what follows it. The flow on every arc stays what it was.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.errors import FourflowError

I64 = NDArray[np.int64]


class SelfSupply(FourflowError):
    """With this flow some participant would have to supply itself.

    offers, needs : int64 indices of the listings concerned, one entry per path. Whoever catches it
    makes these pairs ineligible (a class of its own for the offers) and clears again.
    """

    code = "clearing.self_supply"

    def __init__(self, offers: I64, needs: I64) -> None:
        self.offers, self.needs = offers, needs
        super().__init__(f"{len(offers)} awards would go from a participant to itself.")


@dataclass
class Path:
    """One parcel: giver and need are positions in the peeled arrays, hubs has one entry more than arcs."""

    giver: int
    need: int
    quantity: int
    hubs: list[int]
    arcs: list[int]


def exchange(paths: list[Path], giver_owner: I64, need_owner: I64) -> list[Path]:
    """Paths of which none pairs a participant with itself, as far as swaps at a shared hub can reach.

    A path of owner P to itself is swapped with the first path through one of its hubs that neither
    comes from P nor goes to P. What cannot be swapped is left as it was, at the end.
    """
    through: dict[int, list[Path]] = defaultdict(list)
    for path in paths:
        for hub in path.hubs:
            through[hub].append(path)
    swapped = list(paths)
    own = [p for p in paths if giver_owner[p.giver] == need_owner[p.need]]
    for path in own:
        owner = giver_owner[path.giver]
        for hub in path.hubs:
            for other in through[hub]:
                if path.quantity == 0:
                    break
                if other.quantity and giver_owner[other.giver] != owner and need_owner[other.need] != owner:
                    for new in _swap(path, other, hub):
                        swapped.append(new)
    return [path for path in swapped if path.quantity]


def _swap(one: Path, two: Path, hub: int) -> tuple[Path, Path]:
    """Exchange the ends of two paths behind `hub`, for the smaller of their quantities."""
    amount = min(one.quantity, two.quantity)
    one.quantity -= amount
    two.quantity -= amount
    i, j = one.hubs.index(hub), two.hubs.index(hub)
    return (
        Path(one.giver, two.need, amount, one.hubs[:i] + two.hubs[j:], one.arcs[:i] + two.arcs[j:]),
        Path(two.giver, one.need, amount, two.hubs[:j] + one.hubs[i:], two.arcs[:j] + one.arcs[i:]),
    )
