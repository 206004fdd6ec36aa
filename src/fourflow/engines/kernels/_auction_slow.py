"""The auction of `_auction` as one would play it at a table: the slow, obvious version."""

from __future__ import annotations

from collections import deque


def slow_forward(
    wishes: list[list[tuple[int, int]]], num_items: int, eps: int, hurry: float = 0.0
) -> tuple[list[int], list[int | None]]:
    """wishes[bidder] = (item, value) ...; price and holder of every item when nobody bids any more.

    A bid's step is eps, or `hurry` for everybody who waits where that is more."""
    price: list[int] = [0] * num_items
    holder: list[int | None] = [None] * num_items
    waiting = deque(range(len(wishes)))
    while waiting:
        bidder = waiting.popleft()
        profits = [(value - price[item], item) for item, value in wishes[bidder]]
        best, wanted = max(profits, default=(0, -1))
        if best <= 0:
            continue  # nothing is worth its price
        others = [profit for profit, _ in profits]
        others.remove(best)
        second = max([0, *others])
        price[wanted] += min(best, best - second + max(eps, int(hurry * len(waiting))))
        if (loser := holder[wanted]) is not None:
            waiting.append(loser)
        holder[wanted] = bidder
    return price, holder


def slow_reverse(
    courted: list[list[tuple[int, int]]],
    price: list[int],
    held: list[int | None],
    profit: list[int],
    eps: int,
) -> None:
    """courted[item] = (bidder, value) ...: items that nobody holds lower their price (in place) until someone
    takes them or it is 0. held[bidder], profit[bidder] : what each has, in place."""
    unsold = deque(j for j in range(len(price)) if j not in held and price[j] > 0)
    while unsold:
        item = unsold.popleft()
        gains = sorted(((value - profit[i], i, value) for i, value in courted[item]), key=lambda g: -g[0])
        if not gains or gains[0][0] <= eps:
            price[item] = 0
            continue
        _, bidder, value = gains[0]
        second = max([eps] + [gain for gain, _, _ in gains[1:]])
        price[item] = min(price[item], max(second - eps, 0))
        profit[bidder] = value - price[item]
        left, held[bidder] = held[bidder], item
        if left is not None and price[left] > 0:
            unsold.append(left)
