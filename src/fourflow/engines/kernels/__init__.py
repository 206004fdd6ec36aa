"""Kernels: compiled loops that read as the algorithm, on plain arrays."""

from fourflow.engines.kernels._auction import by_item, forward, pack, reverse, take_stock, ticks
from fourflow.engines.kernels._clear_rows import bids_for_rows, clear_rows, clearing_price, sort_by_row
from fourflow.engines.kernels._crowd import bid_in_crowd
from fourflow.engines.kernels._lane_bounds import choose, earned, rents
from fourflow.engines.kernels._limits import (
    best_ratios,
    curvature,
    fill,
    gather,
    most_curvature,
    respond,
    surplus,
    transpose,
    weigh,
)
from fourflow.engines.kernels._meet import RELEASED
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
from fourflow.engines.kernels._row_prices import (
    compress,
    row_widths,
    screen,
    step_crowded,
    step_rows,
    step_takers,
)
from fourflow.engines.kernels._rows import count, group, row_most, survey
from fourflow.engines.kernels._settle import cut_back, fill_listings, whole_flows
from fourflow.engines.kernels._shared_lanes import step_flows, step_prices
from fourflow.engines.kernels._shares import raise_prices, whole_shares
from fourflow.engines.kernels._smooth import newton_step, smooth_demand
from fourflow.engines.kernels._walk import DUE, tell_nothing, walk
from fourflow.engines.kernels._ways import FAR, best_ways, mark_ways

__all__ = [
    "DUE", "FAR", "NO_LIMIT", "NO_ROOM", "NetworkSimplex", "OPTIMAL", "RELEASED", "UNBOUNDED", "UNFINISHED",
    "all_prices", "best_profits", "best_ratios", "best_ways", "bid_in_crowd", "bid_quantities",
    "bids_for_rows", "by_item", "choose", "clear_rows", "clearing_price", "compress", "count", "curvature",
    "cut_back", "earned", "fill", "fill_heaps", "fill_listings", "forward", "gather", "group", "keep_flows",
    "lower_prices", "mark_ways", "most_curvature", "newton_step", "pack", "raise_prices", "rents",
    "respond", "reverse", "row_most", "row_widths", "screen", "smooth_demand", "sort_by_row", "step_crowded",
    "step_flows", "step_prices", "step_rows", "step_takers", "surplus", "survey", "take_stock",
    "tell_nothing", "ticks", "transpose", "walk", "weigh", "whole_flows", "whole_shares",
]  # fmt: skip
