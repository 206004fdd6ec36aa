"""The market's network as tables that a need-by-need search walks and marks.

A few tables of records rather than many arrays: compiled code takes each argument apart, and a kernel
with thirty arrays takes twenty seconds to compile, one with ten tables a few.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fourflow.baseline import _wide
from fourflow.baseline._canonical import canonical_ranks, id_rank
from fourflow.book import Market
from fourflow.formulation import ArcKind, BundleKind, Layout, NodeKind, RowKind
from fourflow.problem import INF, ClearingProblem, Sparse

I64 = NDArray[np.int64]
Table = NDArray[np.void]
FAR = 2**62
OWN, NONE = -1, -2
_WATCHED = (
    RowKind.LANE_CAPACITY, RowKind.BUDGET, RowKind.TRIPS, RowKind.OWN_TRIPS, RowKind.RULE, RowKind.ONE,
    RowKind.FUNDING, RowKind.UNAIDED,
)  # fmt: skip
"""Rows that a search must watch. The others hold because of how switches are turned on."""
_REQUIRED = (
    BundleKind.TAKER, BundleKind.MOVE, BundleKind.BOUGHT, BundleKind.MOVED, BundleKind.AWARDED_OFFER,
    BundleKind.AWARDED_NEED,
)  # fmt: skip
"""Switches that must be on before anything flows over an arc, beside those of offers and needs."""

ARC = np.dtype(
    [
        ("tail", "i8"), ("head", "i8"), ("value", "i8"), ("step", "i8"),
        ("rows_from", "i8"), ("rows_to", "i8"), ("must_from", "i8"), ("must_to", "i8"),
        ("flow", "i8"), ("capacity", "i8"), ("closed", "?"),
    ]
)  # fmt: skip
"""step >= 1; entries[rows_from:rows_to] are its watched rows; must[must_from:must_to] the bundles that have
to be on before anything flows; flow so far, capacity left; closed: full."""

NODE = np.dtype(
    [
        ("in_from", "i8"), ("in_to", "i8"), ("out_from", "i8"), ("out_to", "i8"),
        ("offers_from", "i8"), ("offers_to", "i8"), ("needs_from", "i8"), ("needs_to", "i8"),
        ("gives_from", "i8"), ("gives_to", "i8"),
        ("pool_from", "i8"), ("pool_to", "i8"), ("rank", "i8"), ("switch", "i8"), ("left", "i8"),
        ("slack", "i8"), ("line", "?"),
        ("cost", "i8"), ("parent", "i8"), ("top", "i8"), ("marked", "?"),
        ("far", "i8"), ("toward", "i8"), ("settled", "?"),
    ]
)  # fmt: skip
"""Ranges in in_arc, out_arc, offer_arc, need_arc, give_arc and in hubs (those of its pool); rank : canonical,
for ties; switch : bundle that an offer or need waits for, -1 none; left : supply or demand; line : of a
project, which takes what it needs at any price, and is served once at most `slack` is left. The forest:
cost of a unit brought to a hub (FAR if none can be), parent : the arc it comes over, OWN from an offer at
the hub itself, NONE; top : position in offer_arc of the hub's cheapest offer left. The search
for what is near: far : cost of the way to the need, FAR if not seen; toward : its first arc; settled : looked
at."""

ROW = np.dtype([("high", "i8"), ("low", "i8"), ("closes", "?"), ("trip_arc", "i8"), ("trip_room", "i8")])
"""high, low : limbs of the room left; closes : a full row closes its arcs (a budget or hired trips do not);
trip_arc : the loop that hires trips (-1 none) and the room that one quantum of it makes."""

BUNDLE = np.dtype(
    [
        ("opens_from", "i8"), ("opens_to", "i8"), ("least", "i8"), ("fixed", "f8"), ("on", "?"),
        ("size", "i8"),
    ]
)  # fmt: skip
"""opens[opens_from:opens_to] : what each quantum of it takes from rows; least quantity; fixed cost in value x
quantity quanta; size : the quanta that it counts while it is on."""

PROJECT = np.dtype(
    [
        ("bundle", "i8"), ("value", "f8"), ("whole", "?"), ("lines_from", "i8"), ("lines_to", "i8"),
        ("must_from", "i8"), ("must_to", "i8"),
    ]
)  # fmt: skip
"""value : of the whole project, in value x quantity quanta; lines[lines_from:lines_to]; must as for arcs."""

LINE = np.dtype([("node", "i8"), ("quantity", "i8"), ("whole", "?")])
"""What a project of full size takes from a node; below 0 its output; whole : at any size."""

ENTRY = np.dtype([("row", "i8"), ("coefficient", "i8")])


class Network(NamedTuple):
    """Tables above, and lists of arcs that the nodes' ranges point into.

    in_arc, out_arc : arcs between hubs by head / tail; offer_arc : arcs out of offers by hub, cheapest first,
    then by listing time and id; give_arc : arcs out of offers by offer; need_arc : arcs into needs; hubs :
    hub nodes pool by pool; near : who is nearest is asked first;
    order : need nodes, and projects p as -1 - p, first come first; must : bundles; stack, heap and trial are
    scratch; log holds what the need or project that is being served has done (its last row counts), so that
    it can be undone.
    """

    arcs: Table
    nodes: Table
    rows: Table
    bundles: Table
    projects: Table
    lines: Table
    entries: Table
    opens: Table
    in_arc: I64
    out_arc: I64
    offer_arc: I64
    give_arc: I64
    need_arc: I64
    hubs: I64
    order: I64
    must: I64
    stack: I64
    trial: I64
    heap: I64
    log: I64
    near: bool


def build_network(market: Market, layout: Layout, problem: ClearingProblem, near: bool) -> Network:
    """Sort the problem's arcs by what they mean. Nothing has been given yet."""
    arcs, entries = _arcs(layout, problem)
    nodes = _nodes(market, layout, problem)
    between = np.flatnonzero((layout.arc_kind == ArcKind.LANE) | (layout.arc_kind == ArcKind.STORAGE))
    assert not (arcs["value"][between] > 0).any(), "carrying goods cannot earn money"
    bundles, opens = _bundles(market, layout, problem, nodes)
    offer_rank, need_rank = id_rank(market.offers.id), id_rank(market.needs.id)
    nodes["rank"], arc_rank = canonical_ranks(market, layout, problem, offer_rank, need_rank)
    between = between[np.argsort(arc_rank[between])]
    into = layout.arcs(ArcKind.NEED)
    into = into[np.argsort(arc_rank[into])]
    num_hubs = len(layout.hub_pool)
    projects, lines, must = list_projects(layout, problem, arcs)
    return Network(
        arcs=arcs, nodes=nodes, rows=_rows(layout, problem), bundles=bundles, projects=projects, lines=lines,
        entries=entries, opens=opens, must=must,
        in_arc=_group(nodes, "in", arcs["head"], between),
        out_arc=_group(nodes, "out", arcs["tail"], between),
        offer_arc=_group(nodes, "offers", arcs["head"], _cheapest_first(market, layout, arcs, offer_rank)),
        give_arc=_group(nodes, "gives", arcs["tail"], layout.arcs(ArcKind.OFFER)),
        need_arc=_group(nodes, "needs", arcs["head"], into),
        hubs=_hubs_by_pool(layout, nodes),
        order=_first_come(market, layout, projects),
        stack=np.zeros(num_hubs, np.int64),
        trial=np.zeros(len(must) + 2, np.int64),
        heap=np.zeros((num_hubs + len(between) + 1, 2), np.int64),
        log=np.zeros((3 * len(arcs) + 7 * len(nodes) + 1024, 2), np.int64),
        near=near,
    )  # fmt: skip


def row_unit(problem: ClearingProblem) -> Fraction:
    """The finest unit that a coupling row counts in: that of flow x coefficient, a limit or a bundle's h."""
    scales = problem.scales
    flow, size = scales.coefficient * scales.quantity, scales.bundle_coefficient * scales.bundle
    unit = min(flow, scales.limit, size)
    for scale in (flow, scales.limit, size):
        assert (scale / unit).denominator == 1, "the scales of coupling rows are not powers of one base"
    return unit


def _arcs(layout: Layout, problem: ClearingProblem) -> tuple[Table, Table]:
    """Arcs, and the entries of watched rows arc by arc in row units."""
    arcs = np.zeros(problem.num_arcs, ARC)
    arcs["tail"], arcs["head"] = problem.tail, problem.head
    arcs["value"], arcs["capacity"] = problem.value, problem.capacity
    arcs["step"] = 1 if problem.step is None else np.maximum(problem.step, 1)
    unit = int(problem.scales.coefficient * problem.scales.quantity / row_unit(problem))
    ptr, entries = _by_column(layout, problem, problem.coupling, problem.num_arcs, unit)
    arcs["rows_from"], arcs["rows_to"] = ptr[:-1], ptr[1:]
    return arcs, entries


def _nodes(market: Market, layout: Layout, problem: ClearingProblem) -> Table:
    nodes = np.zeros(problem.num_nodes, NODE)
    # A switch writes supply as u = supply instead of l = -supply; either is what there is.
    most = np.maximum(-np.asarray(problem.node_lower, np.int64), np.asarray(problem.node_upper, np.int64))
    # What a project makes is there once it is carried out; what its lines take depends on its size.
    made = layout.node_kind == NodeKind.OFFER
    made[made] = market.offers.project[layout.node_ref[made]] >= 0
    nodes["line"] = layout.node_kind == NodeKind.LINE
    nodes["left"] = np.where((layout.node_kind == NodeKind.HUB) | made | nodes["line"], 0, most)
    nodes["slack"] = np.where(nodes["line"] & (most > 1), most, 0)
    nodes["switch"], nodes["cost"], nodes["parent"] = -1, FAR, NONE
    nodes["far"] = FAR
    return nodes


def _rows(layout: Layout, problem: ClearingProblem) -> Table:
    """Room in watched rows, and the TRIP loop behind each TRIPS row."""
    rows = np.zeros(problem.num_coupling, ROW)
    per_limit = problem.scales.limit / row_unit(problem)
    limits = [
        int(limit * per_limit) if kind in _WATCHED and limit != INF else _wide.LARGEST - 1
        for kind, limit in zip(layout.row_kind.tolist(), problem.coupling_upper.tolist(), strict=True)
    ]
    rows["high"], rows["low"] = _wide.split(limits)
    gives = np.zeros(problem.num_coupling, np.bool_)
    gives[problem.coupling.row_of_entry()[problem.coupling.coefficient < 0]] = True
    counts_trips = np.isin(layout.row_kind, (RowKind.TRIPS, RowKind.OWN_TRIPS))
    rows["closes"] = ~np.isin(layout.row_kind, (RowKind.BUDGET, RowKind.FUNDING)) & ~counts_trips & ~gives
    rows["trip_arc"] = -1
    row, column = problem.coupling.row_of_entry(), problem.coupling.index.astype(np.int64)
    loops = counts_trips[row] & (layout.arc_kind[column] == ArcKind.TRIP)
    unit = int(problem.scales.coefficient * problem.scales.quantity / row_unit(problem))
    rows["trip_arc"][row[loops]] = column[loops]
    rows["trip_room"][row[loops]] = -np.asarray(problem.coupling.coefficient, np.int64)[loops] * unit
    return rows


def _bundles(market: Market, layout: Layout, problem: ClearingProblem, nodes: Table) -> tuple[Table, Table]:
    """Switches with their least quantity and fixed cost; marks which node waits for which."""
    bundles = np.zeros(problem.num_bundles, BUNDLE)
    columns = (
        (BundleKind.OFFER, NodeKind.OFFER, market.offers.min_quantity),
        (BundleKind.NEED, NodeKind.NEED, market.needs.min_quantity),
    )
    for bundle_kind, node_kind, quantity in columns:
        chosen = np.flatnonzero(layout.bundle_kind == bundle_kind)
        of_listing = np.full(len(quantity), -1, np.int64)
        of_listing[layout.bundle_ref[chosen]] = chosen
        members = np.flatnonzero(layout.node_kind == node_kind)
        nodes["switch"][members] = of_listing[layout.node_ref[members]]
        bundles["least"][chosen] = quantity[layout.bundle_ref[chosen]]
    scales = problem.scales
    quanta = float(scales.bundle_value / (scales.value * scales.quantity))
    bundles["fixed"] = -np.asarray(problem.bundle_value, np.float64) * quanta
    assert problem.bundle_coupling is not None
    bundles["size"] = int(1 / scales.bundle)
    unit = int(scales.bundle_coefficient * scales.bundle / row_unit(problem))
    ptr, opens = _by_column(layout, problem, problem.bundle_coupling, problem.num_bundles, unit)
    bundles["opens_from"], bundles["opens_to"] = ptr[:-1], ptr[1:]
    return bundles, opens


def list_projects(layout: Layout, problem: ClearingProblem, arcs: Table) -> tuple[Table, Table, I64]:
    """Projects, their lines (capital first, since it pays for the others), and the bundles that arcs and
    projects require; marks which arc requires which."""
    chosen = np.flatnonzero(layout.bundle_kind == BundleKind.PROJECT)
    projects = np.zeros(len(chosen), PROJECT)
    scales = problem.scales
    quanta = float(scales.bundle_value / (scales.value * scales.quantity))
    projects["bundle"], projects["whole"] = chosen, problem.bundle_whole[chosen]
    projects["value"] = np.asarray(problem.bundle_value, np.float64)[chosen] * quanta
    at = np.full(int(layout.bundle_ref.max(initial=0)) + 1, -1, np.int64)
    at[layout.bundle_ref[chosen]] = np.arange(len(chosen))
    taken = problem.bundle_lines
    bundle = taken.row_of_entry()
    entry = np.flatnonzero(np.isin(layout.bundle_kind[bundle], (BundleKind.PROJECT, BundleKind.LINES)))
    lines = np.zeros(len(entry), LINE)
    lines["node"], lines["quantity"] = taken.index[entry], taken.coefficient[entry]
    lines["whole"] = layout.bundle_kind[bundle[entry]] == BundleKind.LINES
    of = at[layout.bundle_ref[bundle[entry]]]
    pays = _pays_for_others(layout, problem)[lines["node"]]
    order = np.lexsort((lines["node"], ~pays, of))
    ptr = _pointers(of, len(projects))
    projects["lines_from"], projects["lines_to"] = ptr[:-1], ptr[1:]
    must = _required(layout, problem, arcs, projects, at)
    return projects, lines[order], must


def _pays_for_others(layout: Layout, problem: ClearingProblem) -> NDArray[np.bool_]:
    """bool[num_nodes]: lines whose capital is in their project's funding row."""
    row, arc = problem.coupling.row_of_entry(), problem.coupling.index
    brings = (layout.row_kind[row] == RowKind.FUNDING) & (problem.coupling.coefficient < 0)
    brings &= layout.arc_kind[arc] == ArcKind.NEED
    pays = np.zeros(problem.num_nodes, np.bool_)
    pays[problem.head[arc[brings]]] = True
    return pays


def _required(layout: Layout, problem: ClearingProblem, arcs: Table, projects: Table, at: I64) -> I64:
    """The bundles that arcs, then projects, require: those in a LINK, COUNT or PART row that limits them."""
    switches = problem.bundle_coupling
    assert switches is not None
    limits = np.isin(layout.row_kind, (RowKind.LINK, RowKind.COUNT, RowKind.PART))
    limits &= np.asarray(problem.coupling_upper, np.int64) != INF
    row, bundle = switches.row_of_entry(), switches.index.astype(np.int64)
    kind = layout.bundle_kind[bundle]
    on = limits[row] & (np.asarray(switches.coefficient) < 0)
    switch_of_row = np.full(problem.num_coupling, -1, np.int64)
    for_arcs = on & np.isin(kind, _REQUIRED)
    switch_of_row[row[for_arcs]] = bundle[for_arcs]
    entry_row = problem.coupling.row_of_entry()
    entry = np.flatnonzero(switch_of_row[entry_row] >= 0)
    arc = problem.coupling.index[entry].astype(np.int64)
    order = np.argsort(arc, kind="stable")
    ptr = _pointers(arc, problem.num_arcs)
    arcs["must_from"], arcs["must_to"] = ptr[:-1], ptr[1:]
    first = switch_of_row[entry_row[entry]][order]
    for_projects = on & np.isin(kind, (BundleKind.LINES, BundleKind.AWARDED_PROJECT))
    switch_of_row[:] = -1
    switch_of_row[row[for_projects]] = bundle[for_projects]
    mine = np.flatnonzero((kind == BundleKind.PROJECT) & (switch_of_row[row] >= 0))
    of = at[layout.bundle_ref[bundle[mine]]]
    ptr = len(first) + _pointers(of, len(projects))
    projects["must_from"], projects["must_to"] = ptr[:-1], ptr[1:]
    return np.concatenate([first, switch_of_row[row[mine]][np.argsort(of, kind="stable")]])


def _by_column(
    layout: Layout, problem: ClearingProblem, matrix: Sparse, num_columns: int, unit: int
) -> tuple[I64, Table]:
    """The entries of watched rows with an upper limit, column by column: (ptr, entries)."""
    row = matrix.row_of_entry()
    keep = np.isin(layout.row_kind[row], [int(kind) for kind in _WATCHED])
    keep &= np.asarray(problem.coupling_upper, np.int64)[row] != INF
    column = matrix.index.astype(np.int64)[keep]
    order = np.argsort(column, kind="stable")
    entries = np.zeros(len(order), ENTRY)
    entries["row"] = row[keep][order]
    entries["coefficient"] = np.asarray(matrix.coefficient, np.int64)[keep][order] * unit
    return _pointers(column, num_columns), entries


def _pointers(key: I64, num_groups: int) -> I64:
    ptr = np.zeros(num_groups + 1, np.int64)
    np.cumsum(np.bincount(key, minlength=num_groups), out=ptr[1:])
    return ptr


def _group(nodes: Table, name: str, key: I64, arcs: I64) -> I64:
    """Sort `arcs` by key[arc], keeping their order within a node, and note each node's range."""
    ptr = _pointers(key[arcs], len(nodes))
    nodes[name + "_from"], nodes[name + "_to"] = ptr[:-1], ptr[1:]
    return arcs[np.argsort(key[arcs], kind="stable")]


def _cheapest_first(market: Market, layout: Layout, arcs: Table, offer_rank: I64) -> I64:
    """Arcs out of offers in order of ask, then listed_at, then id."""
    chosen = layout.arcs(ArcKind.OFFER)
    offer = layout.arc_ref[chosen]
    return chosen[np.lexsort((offer_rank[offer], market.offers.listed_at[offer], -arcs["value"][chosen]))]


def _first_come(market: Market, layout: Layout, projects: Table) -> I64:
    """Need nodes and projects (-1 - p) in order of listed_at, then id."""
    nodes = np.flatnonzero(layout.node_kind == NodeKind.NEED)
    need, project = layout.node_ref[nodes], layout.bundle_ref[projects["bundle"]]
    rank = id_rank(np.concatenate([market.needs.id[need], market.projects.id[project]]))
    listed = np.concatenate([market.needs.listed_at[need], market.projects.listed_at[project]])
    order = np.concatenate([nodes, -1 - np.arange(len(projects))])
    return order[np.lexsort((rank, listed))]


def _hubs_by_pool(layout: Layout, nodes: Table) -> I64:
    """Hub nodes pool by pool; notes for each the range that its pool takes."""
    hubs = np.flatnonzero(layout.node_kind == NodeKind.HUB)
    pool = layout.hub_pool[layout.node_ref[hubs]]
    order = np.argsort(pool, kind="stable")
    hubs, pool = hubs[order], pool[order]
    nodes["pool_from"][hubs] = np.searchsorted(pool, pool, side="left")
    nodes["pool_to"][hubs] = np.searchsorted(pool, pool, side="right")
    return hubs
