"""The crowd's auction and its smoothed demand, worked out by hand: the slow, obvious version."""

from __future__ import annotations

from collections import deque


def slow_crowd(
    wishes: list[list[tuple[int, int]]], price: list[int], room: list[int], eps: int
) -> list[list[tuple[int, int]]]:
    """wishes[bidder] = (item, value) ...; the (bid, bidder) that each item holds; price in place."""
    bids: list[list[tuple[int, int]]] = [[] for _ in room]
    waiting = deque(range(len(wishes)))
    while waiting:
        bidder = waiting.popleft()
        profits = [(value - price[item], item) for item, value in wishes[bidder] if room[item] > 0]
        best, wanted = max(profits, key=lambda pair: pair[0], default=(0, -1))
        if best <= 0:
            continue  # nothing is worth its price
        others = [profit for profit, _ in profits]
        others.remove(best)
        if len(bids[wanted]) == room[wanted]:
            lowest = min(bids[wanted], key=lambda bid: bid[0])
            bids[wanted].remove(lowest)
            waiting.append(lowest[1])
        bids[wanted].append((price[wanted] + min(best, best - max([0, *others]) + eps), bidder))
        if len(bids[wanted]) == room[wanted]:
            price[wanted] = min(bids[wanted])[0]
    return bids


def slow_demand(
    wishes: list[list[tuple[int, int]]], quantity: list[int], price: list[int], window: int
) -> tuple[list[float], float, float]:
    """(how much of each item, and last of none, is wanted; bound; smoothed bound), rooms not counted."""
    demand, bound, smoothed = [0.0] * (len(price) + 1), 0.0, 0.0
    for wish, amount in zip(wishes, quantity, strict=True):
        choices = sorted([(value - price[item], item) for item, value in wish] + [(0, -1)], reverse=True)
        (best, at), (second, runner_up) = choices[0], [*choices, (-(2**62), -1)][1]
        rest = max(0.5 - 0.5 * (best - second) / window, 0.0)
        demand[at] += amount * (1 - rest)
        demand[runner_up] += amount * rest
        bound += amount * best
        smoothed += amount * (best + window * rest * rest)
    return demand, bound, smoothed
