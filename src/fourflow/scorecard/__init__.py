"""Room `scorecard`: awards and prices -> how a result stands on the five principles. Judges, never steers.

    innovation     share of worth in technology
    coordination   1 - Gini (1912) of fulfilment among regions
    green          kg CO2e of haulage, in all and per tonne
    openness       share of value from another region; 1 - Herfindahl of suppliers (1950); newcomers' share
    sharing        Jain's index (Jain, Chiu, Hawe 1984) of fulfilment among participants; the lowest quarter

Takes a Cleared market and its Prices, gives a Scorecard: each measure for this result and for first come,
first served on the same book. *Fulfilment* is the value awarded over the value attainable alone: what a
claim (a need, or a project as a whole) could get if nobody else asked. What no offer could serve is
listed apart. No measure depends on how flows are told as awards.
"""

from fourflow.scorecard._score import Measure, Region, Scorecard, score

__all__ = ["Measure", "Region", "Scorecard", "score"]
