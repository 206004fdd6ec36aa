"""Room `problem`: arrays only.

Takes arrays (or an MPS file), gives a ClearingProblem, a Solution and a Status.
Never knows a market word or a solver. The mathematics stands in `_problem`.
"""

from fourflow.problem._derived import DerivedRow, measure, strengthened
from fourflow.problem._mps_read import from_mps
from fourflow.problem._mps_values import column_values
from fourflow.problem._mps_write import to_mps
from fourflow.problem._problem import INF, ClearingProblem, Origin, Scales, Sparse
from fourflow.problem._solution import (
    Duals,
    Forest,
    Leaf,
    Part,
    Proof,
    ProofTree,
    Solution,
    Split,
    Status,
    Strengthened,
    taken_apart,
)  # fmt: skip

__all__ = [
    "INF", "ClearingProblem", "DerivedRow", "Duals", "Forest", "Leaf", "Origin", "Part", "Proof", "ProofTree",
    "Scales", "Solution", "Sparse", "Split", "Status", "Strengthened", "column_values", "from_mps",
    "measure", "strengthened", "taken_apart", "to_mps",
]  # fmt: skip
