"""Room `auction`: a market of pairs goes in, a Solution comes out, fast and within a gap.

    maximise  sum of the values of the pairs made, each giver and each taker in at most one

`pairs_in` recognises such a market in the arrays, `solve_pairs` clears it. Sources: Bertsekas (1979) for
the forward auction, Bertsekas and Castanon (1992) for the reverse one; the kernels are our own.
"""

from fourflow.engines.auction._pairs import pairs_in
from fourflow.engines.auction._solve import solve_pairs

__all__ = ["pairs_in", "solve_pairs"]
