"""Kernels: compiled loops that read as the algorithm, on plain arrays."""

from fourflow.engines.kernels._auction import forward, reverse, take_stock, ticks
from fourflow.engines.kernels._network_simplex import (
    NO_LIMIT,
    OPTIMAL,
    UNBOUNDED,
    UNFINISHED,
    NetworkSimplex,
)
from fourflow.engines.kernels._rows import group, survey

__all__ = [
    "NO_LIMIT", "OPTIMAL", "UNBOUNDED", "UNFINISHED", "NetworkSimplex", "forward", "group", "reverse",
    "survey", "take_stock", "ticks",
]  # fmt: skip
