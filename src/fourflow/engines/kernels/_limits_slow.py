"""What `_limits` does in loops, as one would write it on a blackboard: the slow, obvious version."""

from __future__ import annotations


def slow_response(pull: list[float], friction: float) -> list[float]:
    """The x >= 0, sum x <= 1, that maximises pull.x - friction/2 |x|^2.

    x = max(0, pull - level) / friction, with the level 0, or what makes the sum 1.
    """
    level = 0.0
    for count in range(1, len(pull) + 1):
        largest = sorted(pull, reverse=True)[:count]
        level = max(level, (sum(largest) - friction) / count)
    return [max(0.0, each - level) / friction for each in pull]


def slow_curvature(
    groups: list[tuple[bool, list[dict[int, float]]]], friction: float, direction: list[float]
) -> list[float]:
    """How loads fall if prices rise by `direction`; groups: takers (keeps some?, its arcs' use of rows)."""
    out = [0.0] * len(direction)
    for keeps_some, arcs in groups:
        charges = [sum(use * direction[k] for k, use in arc.items()) for arc in arcs]
        mean = 0.0 if keeps_some else sum(charges) / len(charges)
        for arc, charge in zip(arcs, charges, strict=True):
            for k, use in arc.items():
                out[k] += use * (charge - mean) / friction
    return out
