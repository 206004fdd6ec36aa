"""What `_clear_rows` does in loops, as one would write it on a blackboard: the slow, obvious version."""

from __future__ import annotations


def slow_bid(
    profits: list[float], uses: list[float], its_row: list[int], price: list[float], p: int
) -> float:
    """What arc p is worth above the best of the others, or of nothing, per use of its row."""
    gains = [w - price[k] * u for w, u, k in zip(profits, uses, its_row, strict=True)]
    other = max([0.0, *(gain for q, gain in enumerate(gains) if q != p)])
    return (profits[p] - other) / uses[p]


def slow_clearing_price(bid: list[float], load: list[float], limit: float) -> float:
    """The first of all bids and 0, from below, above which the bids load no more than the limit."""
    for price in sorted({0.0, *(b for b in bid if b > 0)}):
        if sum(some for b, some in zip(bid, load, strict=True) if b > price) <= limit:
            return price
    raise AssertionError("above the highest bid is no load")
