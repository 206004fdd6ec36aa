"""The published certificate: plain CSV files that `verify.py` reads (docs/certificate.md).

Rows are the nodes, then the coupling rows; columns are the arcs, then the bundles. All numbers are whole:
claims.csv says what one of each is worth.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.errors import CertificateError
from fourflow.problem import (
    INF,
    ClearingProblem,
    DerivedRow,
    Forest,
    Leaf,
    ProofTree,
    Solution,
    Status,
    Strengthened,
    measure,
    strengthened,
    taken_apart,
)  # fmt: skip
from fourflow.proof._certificate import Certificate
from fourflow.proof._derived import row_unit
from fourflow.proof._exact import Exact, Ints, common_unit, exact_duals, exact_problem

FORMAT = "fourflow-certificate-1"
MANIFEST = "manifest.csv"
PROVED = (Status.OPTIMAL_WITHIN_GAP, Status.GAP_NOT_REACHED, Status.INFEASIBLE)
NO_CAPACITY = -1
ROWS_AT_ONCE = 100_000
Table = Mapping[str, Any]
_Row = tuple[int, int, int, int]


def write_problem(
    folder: Path,
    problem: ClearingProblem,
    solution: Solution,
    certificate: Certificate,
    more_claims: Mapping[str, Any],
) -> None:
    """Write the tables of a problem, its solution and its proof, and the claims about them.

    Raises CertificateError where nothing was proved: there is nothing to publish then.
    """
    if certificate.status not in PROVED:
        raise CertificateError(
            f"status {certificate.status} proves nothing that could be published."
            " Maybe give the engine more time, or look at max_violation and bound of the certificate."
        )
    exact, flow = exact_problem(problem, solution.flow)
    derived, proof = taken_apart(solution.proof)
    stronger = exact_problem(strengthened(problem, derived), flow)[0] if derived else exact
    units = _Units.of(stronger)
    write_table(folder / "columns.csv", _columns(exact, flow, solution.bundle))
    write_table(folder / "rows.csv", _rows(exact, units))
    write_table(folder / "entries.csv", _entries(exact, units))
    write_table(folder / "derived.csv", _derived(exact, units, derived))
    tree, duals, node_scale, row_scale = _proof_tables(stronger, proof)
    write_table(folder / "tree.csv", tree)
    write_table(folder / "duals.csv", duals)
    write_table(folder / "parts.csv", _parts(stronger, proof))
    claims = _scale_claims(exact, units, node_scale, row_scale) | _claims(problem, certificate)
    claims["derived_unit"] = int(measure(problem) / units.row) if derived else 1
    claims["rounds_down"] = int(isinstance(solution.proof, Strengthened))
    claims.update(more_claims)
    write_table(
        folder / "claims.csv", {"key": list(claims), "value": [str(value) for value in claims.values()]}
    )


def write_manifest(folder: Path) -> str:
    """List every CSV file of the folder with its SHA-256; returns the root, the manifest's own SHA-256."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.csv"))
    listed = [name for name in names if name != MANIFEST]
    digests = [_sha256(folder / name) for name in listed]
    write_table(folder / MANIFEST, {"sha256": digests, "file": listed})
    return _sha256(folder / MANIFEST)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_table(path: Path, columns: Table) -> None:
    """One CSV file with a header. Cells hold no comma: numbers are whole, text is ids and fractions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = [
        column if isinstance(column, np.ndarray) else np.array(column, object) for column in columns.values()
    ]
    form = ",".join("%d" if array.dtype.kind in "iu" else "%s" for array in arrays) + "\n"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(columns) + "\n")
        for start in range(0, max(map(len, arrays)), ROWS_AT_ONCE):
            cells = zip(*(array[start : start + ROWS_AT_ONCE].tolist() for array in arrays), strict=True)
            file.write("".join([form % row for row in cells]))


@dataclass(frozen=True)
class _Units:
    """Units of row activities. node, row : what one is worth; the rest: how many of them one quantum is."""

    node: Fraction
    flow_in_node: int
    line_in_node: int
    row: Fraction
    arc_in_row: int
    bundle_in_row: int
    limit_in_row: int

    @staticmethod
    def of(exact: Exact) -> _Units:
        quantity, bundle = exact.quantity_scale, exact.bundle_scale
        node, in_node = common_unit(quantity, *([quantity * bundle] if len(exact.lines.index) else []))
        row, in_row = common_unit(
            exact.coefficient_scale * quantity,
            exact.limit_scale,
            *([exact.bundle_coefficient_scale * bundle] if len(exact.bundle_coupling.index) else []),
        )
        return _Units(node, in_node[0], in_node[-1], row, in_row[0], in_row[-1], in_row[1])


def _columns(exact: Exact, flow: Ints, bundle: NDArray[np.int64]) -> Table:
    if len(exact.capacity) and _finite(exact.capacity, 0).min() < 0:
        raise CertificateError("an arc has a capacity below 0, which the files cannot say. Maybe drop it.")
    count = exact.num_bundles
    one = int(1 / exact.bundle_scale)
    return {
        "tail": _joined(exact.tail, np.full(count, -1)),
        "head": _joined(exact.head, np.full(count, -1)),
        "value": _joined(exact.value, exact.bundle_value),
        "capacity": _joined(_finite(exact.capacity, NO_CAPACITY), np.full(count, one)),
        "step": _joined(exact.step, np.where(exact.bundle_whole, one, 0)),
        "amount": _joined(flow, bundle),
    }


def _joined(first: NDArray[Any], second: NDArray[Any]) -> Ints:
    if not len(second):
        return first
    if first.dtype == object or second.dtype == object:
        return np.concatenate([first.astype(object), second.astype(object)])
    return np.concatenate([first.astype(np.int64), second.astype(np.int64)])


def _finite(limits: Ints, instead: int) -> Ints:
    """The limits with a number in place of no limit."""
    if limits.dtype == object:
        return np.array([instead if math.isinf(x) else x for x in limits], dtype=object)
    return np.where(np.abs(limits) >= INF, instead, limits)


def _times(array: Ints, factor: int) -> Ints:
    """array * factor, in Python integers where int64 could overflow."""
    if factor == 1:
        return array
    if array.dtype == np.int64 and max(1, _largest(array)) * abs(factor) < INF:
        return array * factor
    return array.astype(object) * factor


def _largest(array: Ints) -> int:
    return max(abs(int(array.max())), abs(int(array.min()))) if len(array) else 0


def _rows(exact: Exact, units: _Units) -> Table:
    lower = _joined(
        _times(_finite(exact.node_lower, 0), units.flow_in_node),
        _times(_finite(exact.row_lower, 0), units.limit_in_row),
    )
    upper = _joined(
        _times(_finite(exact.node_upper, 0), units.flow_in_node),
        _times(_finite(exact.row_upper, 0), units.limit_in_row),
    )
    no_lower: Ints = np.concatenate([_is_open(exact.node_lower), _is_open(exact.row_lower)])
    no_upper: Ints = np.concatenate([_is_open(exact.node_upper), _is_open(exact.row_upper)])
    return {"lower": lower, "upper": upper, "open": no_lower.astype(np.int64) + 2 * no_upper.astype(np.int64)}


def _is_open(limits: Ints) -> NDArray[np.bool_]:
    if limits.dtype == object:
        return np.array([math.isinf(x) for x in limits], bool)
    return np.asarray((limits >= INF) | (limits <= -INF))


def _entries(exact: Exact, units: _Units) -> Table:
    """Bundle lines enter their node's row with -d; coupling rows come after the nodes."""
    nodes, arcs = len(exact.node_lower), exact.num_arcs
    lines, coupling, bundles = exact.lines, exact.coupling, exact.bundle_coupling
    rows: list[Ints] = [lines.index, nodes + coupling.row_of_entry(), nodes + bundles.row_of_entry()]
    columns: list[Ints] = [arcs + lines.row_of_entry(), coupling.index, arcs + bundles.index.astype(np.int64)]
    coefficients = [
        _times(lines.coefficient, -units.line_in_node),
        _times(coupling.coefficient, units.arc_in_row),
        _times(bundles.coefficient, units.bundle_in_row),
    ]
    return {
        "row": np.concatenate([part.astype(np.int64) for part in rows]),
        "column": np.concatenate([part.astype(np.int64) for part in columns]),
        "coefficient": _joined(_joined(coefficients[0], coefficients[1]), coefficients[2]),
    }


def _derived(exact: Exact, units: _Units, derived: Sequence[DerivedRow]) -> Table:
    """What derived rows are of: 0 a row and its multiple, 1 a column and its coefficient, 2 the limit."""
    per_row = units.row / row_unit(exact)[0]
    common = math.lcm(units.flow_in_node, per_row.denominator)
    of_node, of_row = common // units.flow_in_node, int(common * per_row)
    cells: list[_Row] = []
    for number, row in enumerate(derived):
        for source, multiple in zip(row.row.tolist(), row.multiple.tolist(), strict=True):
            factor = of_node if source < len(exact.node_lower) else of_row
            cells.append((number, 0, source, multiple * factor))
        for column, c in zip(row.column.tolist(), row.coefficient.tolist(), strict=True):
            cells.append((number, 1, column, c))
        cells.append((number, 2, 0, int(row.limit)))
    columns = zip(*cells, strict=True) if cells else [()] * 4
    return {
        name: np.array(column, object)
        for name, column in zip(("number", "kind", "ref", "amount"), columns, strict=True)
    }


def _proof_tables(exact: Exact, proof: ProofTree | Forest) -> tuple[Table, Table, Fraction, Fraction]:
    """The trees in preorder, the duals of their leaves without zeros, and the scales of those."""
    trees = [part.tree for part in proof.parts] if isinstance(proof, Forest) else [proof]
    owned: list[tuple[Ints, Ints]] = [(np.arange(len(exact.node_lower)), np.arange(len(exact.row_lower)))]
    if isinstance(proof, Forest):
        owned = [(np.asarray(part.nodes, np.int64), np.asarray(part.rows, np.int64)) for part in proof.parts]
    tree: list[_Row] = []
    leaves: list[tuple[int, Leaf]] = []
    for number, top in enumerate(trees):
        _preorder(number, top, tree, leaves)
    duals = [exact_duals(leaf.duals) for _, leaf in leaves]
    node_scale, node_factors = common_unit(*(d.node_scale for d in duals))
    row_scale, row_factors = common_unit(*(d.row_scale for d in duals))
    targets, values, counts = [], [], []
    for (number, _), d, a, b in zip(leaves, duals, node_factors, row_factors, strict=True):
        nodes, rows = owned[number]
        target = np.concatenate([nodes, len(exact.node_lower) + rows])
        value = _joined(_times(d.node, a), _times(d.row, b))
        kept = np.flatnonzero(value != 0)
        targets.append(target[kept])
        values.append(value[kept])
        counts.append(len(kept))
    table = {
        "leaf": np.repeat(np.arange(len(leaves)), counts),
        "row": np.concatenate(targets).astype(np.int64),
        "value": _concatenated(values),
    }
    return _tree_table(tree), table, node_scale, row_scale


def _concatenated(arrays: Sequence[Ints]) -> Ints:
    if any(array.dtype == object for array in arrays):
        arrays = [array.astype(object) for array in arrays]
    return np.concatenate(arrays)


def _preorder(number: int, top: ProofTree, tree: list[_Row], leaves: list[tuple[int, Leaf]]) -> None:
    """Append (part, column, k, leaf) of every node of the tree: itself, its left side, its right side."""
    todo = [top]
    while todo:
        node = todo.pop()
        if isinstance(node, Leaf):
            tree.append((number, -1, 0, len(leaves)))
            leaves.append((number, node))
        else:
            tree.append((number, node.column, node.k, 0))
            todo += [node.right, node.left]


def _tree_table(tree: list[_Row]) -> Table:
    return dict(zip(("part", "column", "k", "leaf"), np.array(tree, np.int64).reshape(-1, 4).T, strict=True))


def _parts(exact: Exact, proof: ProofTree | Forest) -> Table:
    """The part of every row, in order; empty where everything is one part."""
    if not isinstance(proof, Forest):
        return {"part": np.zeros(0, np.int64), "row": np.zeros(0, np.int64)}
    nodes = len(exact.node_lower)
    part = np.zeros(nodes + len(exact.row_lower), np.int64)
    for number, member in enumerate(proof.parts):
        part[np.asarray(member.nodes, np.int64)] = number
        part[nodes + np.asarray(member.rows, np.int64)] = number
    return {"part": part, "row": np.arange(len(part))}


def _scale_claims(exact: Exact, units: _Units, node_scale: Fraction, row_scale: Fraction) -> dict[str, Any]:
    """What one of each number is worth; everything in the bound is a whole multiple of `unit` money."""
    has_bundles = exact.num_bundles > 0
    scales = [exact.value_scale * exact.quantity_scale, node_scale * units.node, row_scale * units.row]
    if has_bundles:
        scales.append(exact.bundle_value_scale * exact.bundle_scale)
    unit, (arc_value, node_dual, row_dual, *bundle_value) = common_unit(*scales)
    return {
        "format": FORMAT, "num_nodes": len(exact.node_lower), "num_arcs": exact.num_arcs,
        "unit": unit, "arc_value": arc_value, "bundle_value": bundle_value[0] if has_bundles else 1,
        "node_dual": node_dual, "row_dual": row_dual, "node_factor": units.flow_in_node,
        "node_unit": units.node, "row_unit": units.row,
        "arc_quantum": exact.quantity_scale, "bundle_quantum": exact.bundle_scale,
    }  # fmt: skip


def _claims(problem: ClearingProblem, certificate: Certificate) -> dict[str, Any]:
    offset = problem.objective_offset * problem.scales.value * problem.scales.quantity
    return {
        "sense": problem.sense, "objective_offset": offset, "row_tolerance": problem.row_tolerance,
        "status": certificate.status, "covers": certificate.covers, "gap": certificate.gap,
        "objective": certificate.objective, "bound": certificate.bound,
        "relative_gap": certificate.relative_gap, "absolute_gap": certificate.absolute_gap,
        "max_violation": certificate.max_violation,
    }  # fmt: skip
