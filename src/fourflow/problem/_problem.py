"""The clearing problem as arrays: a network with side constraints and bundles.

maximise   sum_a w_a x_a + sum_p V_p y_p
subject to l_n <= (inflow - outflow)_n - sum_p d_np y_p <= u_n    every node n
           L_k <= sum_a g_ka x_a + sum_p h_kp y_p       <= U_k    every coupling row k
           0 <= x_a <= cap_a,  0 <= y_p <= 1,  some x, y whole
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fourflow.errors import ProblemError

INF = np.iinfo(np.int64).max
"""No limit, in an int64 array; -INF is no lower limit. Float arrays use numpy's inf."""

Array = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True)
class Sparse:
    """A sparse matrix by rows (CSR): row k holds index[indptr[k]:indptr[k+1]] and its coefficients.

    indptr : int64[num_rows + 1]; index : uint32[nnz]; coefficient : int64 or float64[nnz]
    """

    indptr: NDArray[np.int64]
    index: NDArray[np.uint32]
    coefficient: Array

    @property
    def num_rows(self) -> int:
        return len(self.indptr) - 1

    @staticmethod
    def empty(num_rows: int = 0) -> Sparse:
        zero = np.zeros(0, np.int64)
        return Sparse(np.zeros(num_rows + 1, np.int64), zero.astype(np.uint32), zero)

    def row_of_entry(self) -> NDArray[np.int64]:
        """The row of each entry, int64[nnz]."""
        return np.repeat(np.arange(self.num_rows, dtype=np.int64), np.diff(self.indptr))


@dataclass(frozen=True)
class Scales:
    """What one stored integer is worth: real = stored * scale. Powers of ten, or of two for floats.

    quantity      flow, capacity, node limits, and the quantities d of bundle lines
    value         arc values per unit of flow, and node duals
    bundle_value  V, the value of a whole bundle
    bundle        y; 1/bundle is an integer, so that y = 1 is exactly representable
    coefficient   g, per unit of flow
    bundle_coefficient  h, per whole bundle
    limit         L and U
    """

    quantity: Fraction = Fraction(1)
    value: Fraction = Fraction(1)
    bundle_value: Fraction = Fraction(1)
    bundle: Fraction = Fraction(1, 10**9)
    coefficient: Fraction = Fraction(1)
    bundle_coefficient: Fraction = Fraction(1)
    limit: Fraction = Fraction(1)


@dataclass(frozen=True)
class Origin:
    """How an MPS file became arrays, so that `to_mps` can undo it.

    row_node, row_coupling : int64[num_rows] where row r went, -1 in the other; row_sign -1 if the node is
    the row negated. column = column_shift + column_sign * flow of column_arc, minus the flow of
    column_minus where that is not -1.
    """

    name: str
    objective: str
    row_names: tuple[str, ...]
    row_node: NDArray[np.int64]
    row_coupling: NDArray[np.int64]
    row_sign: NDArray[np.int8]
    column_names: tuple[str, ...]
    column_arc: NDArray[np.int64]
    column_minus: NDArray[np.int64]
    column_sign: NDArray[np.int8]
    column_shift: tuple[Fraction, ...]


@dataclass(frozen=True)
class ClearingProblem:
    """Arrays only; no market word. Nothing here knows a solver.

    Arcs run tail -> head; tail == head is a loop (a general column that only coupling rows see).
    `step` makes flows whole: 0 is continuous, s > 0 asks for a multiple of s quanta.
    Bundle columns are p = 0..num_bundles-1 with y in [0, 1]; `bundle_whole` asks for 0 or 1.
    `bundle_lines` has a row per bundle: (node, d). `bundle_coupling` has a row per coupling row:
    (bundle, h). All arrays are int64 (in quanta of `scales`) or float64 (dyadic, exact as such).

    tail, head : uint32[num_arcs]
    value, capacity : [num_arcs]           capacity INF where a row or nothing limits the flow
    node_lower, node_upper : [num_nodes]
    coupling : Sparse, row k -> (arc, g);  coupling_lower, coupling_upper : [num_coupling]
    bundle_value : [num_bundles];  bundle_whole : bool[num_bundles]
    step : int64[num_arcs]
    objective_offset : added to the objective, in units of value.quantity (exact rational)
    sense : "max", or "min" if the values here were negated on the way in (to_mps undoes it)
    row_tolerance : 0 for a book; an imported LP states by how much a row may be missed
    origin : names, shifts and splits of an imported file, for `to_mps`
    """

    tail: NDArray[np.uint32]
    head: NDArray[np.uint32]
    value: Array
    capacity: Array
    node_lower: Array
    node_upper: Array
    coupling: Sparse = field(default_factory=Sparse.empty)
    coupling_lower: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    coupling_upper: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    bundle_value: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    bundle_lines: Sparse = field(default_factory=Sparse.empty)
    bundle_coupling: Sparse | None = None
    bundle_whole: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    step: NDArray[np.int64] | None = None
    scales: Scales = field(default_factory=Scales)
    objective_offset: Fraction = Fraction(0)
    sense: Literal["max", "min"] = "max"
    row_tolerance: Fraction = Fraction(0)
    origin: Origin | None = None

    def __post_init__(self) -> None:
        if self.bundle_coupling is None:
            object.__setattr__(self, "bundle_coupling", Sparse.empty(self.num_coupling))
        _check_shapes(self)

    @property
    def num_arcs(self) -> int:
        return len(self.tail)

    @property
    def num_nodes(self) -> int:
        return len(self.node_lower)

    @property
    def num_coupling(self) -> int:
        return len(self.coupling_lower)

    @property
    def num_bundles(self) -> int:
        return len(self.bundle_value)

    @property
    def has_whole(self) -> bool:
        """Whether any decision must be whole."""
        return bool(self.bundle_whole.any()) or (self.step is not None and bool(self.step.any()))

    @staticmethod
    def bipartite(
        supply: Array,
        demand: Array,
        offer_index: NDArray[np.uint32],
        need_index: NDArray[np.uint32],
        value: Array,
        scales: Scales | None = None,
    ) -> ClearingProblem:
        """The plain case: offers with `supply`, needs with `demand`, one arc per candidate pair.

        supply : [num_offers]; demand : [num_needs]; offer_index, need_index : uint32[num_arcs];
        value : [num_arcs] worth of one unit. Node n < num_offers is offer n, then come the needs.
        """
        supply, demand, worth = _signed(supply), _signed(demand), _signed(value)
        zero_supply, zero_demand = np.zeros_like(supply), np.zeros_like(demand)
        head = np.asarray(need_index, np.int64) + len(supply)
        return ClearingProblem(
            tail=np.asarray(offer_index, np.uint32),
            head=head.astype(np.uint32),
            value=worth,
            capacity=np.full(len(head), INF if supply.dtype == np.int64 else np.inf),
            node_lower=np.concatenate([-supply, zero_demand]),
            node_upper=np.concatenate([zero_supply, demand]),
            scales=scales or Scales(),
        )


def _signed(numbers: Any) -> Any:
    """int64 for integers of any kind (an unsigned supply could not be negated), else float64."""
    array = np.asarray(numbers)
    return array.astype(np.int64 if array.dtype.kind in "iub" else np.float64)


def _check_shapes(problem: ClearingProblem) -> None:
    """Raise ProblemError naming the first array whose length or index range is wrong."""
    arcs, nodes, rows = problem.num_arcs, problem.num_nodes, problem.num_coupling
    bundles = problem.num_bundles
    expected = {
        "head": arcs, "value": arcs, "capacity": arcs, "node_upper": nodes,
        "coupling_upper": rows, "bundle_whole": bundles,
    }  # fmt: skip
    for name, length in expected.items():
        if len(getattr(problem, name)) != length:
            got = len(getattr(problem, name))
            raise ProblemError(f"{name} has {got} entries but must have {length}.")
    if problem.step is not None and len(problem.step) != arcs:
        raise ProblemError(f"step has {len(problem.step)} entries but must have {arcs}.")
    if arcs and int(max(problem.tail.max(), problem.head.max())) >= nodes:
        raise ProblemError(f"an arc names a node beyond the {nodes} nodes.")
    assert problem.bundle_coupling is not None
    _check_sparse("coupling", problem.coupling, rows, arcs)
    _check_sparse("bundle_coupling", problem.bundle_coupling, rows, bundles)
    _check_sparse("bundle_lines", problem.bundle_lines, bundles, nodes)


def _check_sparse(name: str, matrix: Sparse, num_rows: int, num_columns: int) -> None:
    if matrix.num_rows != num_rows:
        raise ProblemError(f"{name} has {matrix.num_rows} rows but must have {num_rows}.")
    if len(matrix.index) and int(matrix.index.max()) >= num_columns:
        raise ProblemError(f"{name} names a column beyond the {num_columns} columns.")
