"""Records that pricing, reasons and report share: later facts are new types, never optional fields."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.book import Market
from fourflow.book._market import Ragged
from fourflow.formulation import Layout
from fourflow.problem import ClearingProblem, Solution
from fourflow.proof import Certificate

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Awards:
    """Who gives what to whom by which route: one row per offer, need and route, in canonical order.

    offer, need : int32[num_awards]; quantity : int64, millionths of the offer's category unit;
    route[i] : the lanes travelled, in order. No price, charge or measure may depend on how the
    flows were decomposed: totals per listing and per lane come from the flows themselves.
    """

    offer: I32
    need: I32
    quantity: I64
    route: Ragged

    def __len__(self) -> int:
        return len(self.offer)


@dataclass(frozen=True)
class Allocation:
    """A feasible allocation of a market read through its layout; nothing proved yet.

    offered[i], awarded[j] : int64 millionths given by offer i / received by need j (a project's line too);
    lane_t[l] : int64 millionths of a tonne carried over lane l in all (classes and periods together);
    size[p] : int64 billionths, how much of project p is carried out. All exact, from flows and bundles.
    """

    market: Market
    layout: Layout
    problem: ClearingProblem
    flow: I64
    bundle: I64
    offered: I64
    awarded: I64
    lane_t: I64
    size: I64

    @property
    def carried_out(self) -> NDArray[np.float64]:
        """float64[num_projects]: how much of each project is carried out, 0 to 1."""
        return np.asarray(self.size * float(self.problem.scales.bundle), np.float64)


@dataclass(frozen=True)
class Cleared:
    """An allocation with its proof, its decomposition into awards, and what it is compared with.

    baseline : first come, first served; nearest : the nearest supply first;
    apart : participants whose own offers were kept from their own needs, since it mattered.
    """

    allocation: Allocation
    solution: Solution
    certificate: Certificate
    awards: Awards
    baseline: Allocation
    nearest: Allocation
    apart: tuple[int, ...]
