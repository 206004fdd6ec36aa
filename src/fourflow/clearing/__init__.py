"""Room `clearing`: the records that later rooms share, and the reading of flows as awards.

Takes a market, its layout and feasible flows; gives what each listing and lane got (Allocation) and
who ships to whom by which route (Awards). Never solves or prices. A flow on a network is a sum of
paths and cycles (Gallai 1958; Ahuja, Magnanti and Orlin, Network Flows, 1993, section 3.5).
"""

from fourflow.clearing._allocation import cancel_cycles, read_allocation
from fourflow.clearing._decompose import decompose
from fourflow.clearing._parts import Parts, trading_parts
from fourflow.clearing._records import Allocation, Awards, Cleared
from fourflow.clearing._self_supply import SelfSupply
from fourflow.clearing._tidy import tidy, tied_at_a_loss

__all__ = [
    "Allocation", "Awards", "Cleared", "Parts", "SelfSupply", "cancel_cycles", "decompose", "read_allocation",
    "tidy", "tied_at_a_loss", "trading_parts",
]  # fmt: skip
