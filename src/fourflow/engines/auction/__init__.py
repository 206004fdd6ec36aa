"""Room `auction`: a two-sided market goes in, a Solution comes out, fast and within a gap.

    maximise  sum value x  over arcs from givers to takers, each with a supply or a demand

`market_in` recognises such a market in the arrays (`_bipartite`), `solve_market` clears it: single units by
`_auction`, single units for few with room for many by `_crowd`, quantities by `_shares`: steps of prices and
shares towards each other, then an auction (`_quantities`) among the arcs that matter; where that is not
enough, auctions level by level with ever smaller bid steps. `_grid` says which numbers round. Sources:
Bertsekas (1979) for the forward auction, Bertsekas and Castanon (1989, 1992) for quantities and for the
reverse auction, Chambolle and Pock (2011) and Lu and Yang (2024) for the steps; the kernels are our own.
"""

from fourflow.engines.auction._bipartite import market_in
from fourflow.engines.auction._solve import solve_market

__all__ = ["market_in", "solve_market"]
