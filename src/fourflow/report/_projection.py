"""From degrees to the map's own units: Mercator, cut to the places it has to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asinh, atan, cos, degrees, radians, sinh, tan

from fourflow.report._coast import Box

WIDTH = 640.0
TALLEST, FLATTEST = 1.35, 0.55
"""Height over width: a tall country stays on one screen, a wide one does not become a strip."""
MARGIN = 0.09
LEAST_SPAN = 0.3
"""Degrees: a single town is shown with its surroundings."""
EARTH_KM_PER_DEGREE = 111.195


@dataclass(frozen=True)
class Projection:
    """x = (longitude - west) * k; y = (top - mercator(latitude)) * k, both in map units."""

    box: Box
    scale: float
    width: float
    height: float

    def __call__(self, longitude: float, latitude: float) -> tuple[float, float]:
        top = mercator(self.box[3])
        return (longitude - self.box[0]) * self.scale, (top - mercator(latitude)) * self.scale

    @property
    def units_per_km(self) -> float:
        """At the middle of the map; Mercator stretches with latitude."""
        middle = (self.box[1] + self.box[3]) / 2
        return self.scale / (EARTH_KM_PER_DEGREE * cos(radians(middle)))


def mercator(latitude: float) -> float:
    """Mercator's ordinate in degrees; latitudes beyond 84 are drawn at 84."""
    return degrees(asinh(tan(radians(max(-84.0, min(84.0, latitude))))))


def inverse(ordinate: float) -> float:
    return degrees(atan(sinh(radians(ordinate))))


def project(longitudes: Sequence[float], latitudes: Sequence[float], width: float = WIDTH) -> Projection:
    """The projection that shows all points with a margin, `width` map units across."""
    west, east = _widen(min(longitudes), max(longitudes))
    south, north = _widen(mercator(min(latitudes)), mercator(max(latitudes)))
    ratio = (north - south) / (east - west)
    if ratio > TALLEST:
        west, east = _stretch(west, east, (north - south) / TALLEST)
    elif ratio < FLATTEST:
        south, north = _stretch(south, north, (east - west) * FLATTEST)
    scale, box = width / (east - west), (west, inverse(south), east, inverse(north))
    return Projection(box, scale, width, (north - south) * scale)


def _widen(low: float, high: float) -> tuple[float, float]:
    low, high = _stretch(low, high, max(high - low, LEAST_SPAN))
    margin = (high - low) * MARGIN
    return low - margin, high + margin


def _stretch(low: float, high: float, span: float) -> tuple[float, float]:
    middle = (low + high) / 2
    return middle - span / 2, middle + span / 2
