"""Where a map is too crowded to read, and deserves a second one, closer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fourflow.report._coast import Box
from fourflow.report._projection import inverse, mercator

SHARE_OF_EXTENT = 0.07
LEAST_SHARE, LEAST_COUNT = 0.15, 10
MOST_POINTS = 3000
"""The search compares all points with each other."""


def crowded(longitudes: Sequence[float], latitudes: Sequence[float]) -> Box | None:
    """The square box, a small part of the extent, that holds most points; None if it holds too few.

    It has to hold a fifth of the points, and at least LEAST_COUNT: otherwise the map itself will do.
    """
    count = len(longitudes)
    if not LEAST_COUNT <= count <= MOST_POINTS:
        return None
    x, y = np.array(longitudes), np.array([mercator(latitude) for latitude in latitudes])
    half = max(float(np.ptp(x)), float(np.ptp(y))) * SHARE_OF_EXTENT / 2
    inside = (np.abs(x[:, None] - x) <= half) & (np.abs(y[:, None] - y) <= half)
    members = inside[int(inside.sum(axis=1).argmax())]
    if half == 0 or members.sum() < max(LEAST_COUNT, LEAST_SHARE * count):
        return None
    west, east, south, north = x[members].min(), x[members].max(), y[members].min(), y[members].max()
    return float(west), inverse(float(south)), float(east), inverse(float(north))
