"""Kernels: compiled loops that read as the algorithm, on plain arrays."""

from fourflow.engines.kernels._network_simplex import (
    NO_LIMIT,
    OPTIMAL,
    UNBOUNDED,
    UNFINISHED,
    NetworkSimplex,
)

__all__ = ["NO_LIMIT", "OPTIMAL", "UNBOUNDED", "UNFINISHED", "NetworkSimplex"]
