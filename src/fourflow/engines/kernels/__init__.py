"""Kernels: compiled loops that read as the algorithm, on plain arrays."""

from fourflow.engines.kernels._auction import forward, pack, reverse, take_stock, ticks
from fourflow.engines.kernels._crowd import bid_in_crowd
from fourflow.engines.kernels._limits import curvature, fill, gather, respond, surplus, transpose
from fourflow.engines.kernels._network_simplex import (
    NO_LIMIT,
    OPTIMAL,
    UNBOUNDED,
    UNFINISHED,
    NetworkSimplex,
)
from fourflow.engines.kernels._quantities import (
    NO_ROOM,
    all_prices,
    best_profits,
    bid_quantities,
    fill_heaps,
    keep_flows,
)
from fourflow.engines.kernels._refine import lower_prices
from fourflow.engines.kernels._rows import group, row_most, survey
from fourflow.engines.kernels._settle import cut_back, fill_listings, whole_flows
from fourflow.engines.kernels._shared_lanes import best_tolls, earned, step_flows, step_prices
from fourflow.engines.kernels._smooth import newton_step, smooth_demand

__all__ = [
    "NO_LIMIT", "NO_ROOM", "OPTIMAL", "UNBOUNDED", "UNFINISHED", "NetworkSimplex", "all_prices",
    "best_profits", "bid_in_crowd", "bid_quantities", "curvature", "fill", "fill_heaps", "forward", "gather",
    "group", "keep_flows", "lower_prices", "newton_step", "pack", "respond", "reverse", "row_most",
    "smooth_demand", "surplus", "survey", "take_stock", "ticks", "transpose",
    "best_tolls", "cut_back", "earned", "fill_listings", "step_flows", "step_prices", "whole_flows",
]  # fmt: skip
