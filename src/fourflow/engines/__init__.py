"""Room `engines`: a ClearingProblem goes in, a Solution comes out.

    maximise sum w x + sum V y  over the flows and bundles of a ClearingProblem (see `problem`)

`solve` returns integer flows that keep every row exactly, duals that support prices, and duals or a
tree of them that prove a bound; `proof.certify` is the judge. Never knows a market word.
"""

from fourflow.engines._solve import solve

__all__ = ["solve"]
