"""Check a fourflow certificate: python verify.py DIR [--root HASH] [--json]

Recomputes everything from the plain files in DIR (or DIR/certificate) with exact integers: that flows keep
every limit, the objective, the weak-duality bound through its proof tree, gap and status; and where the
folder holds a book, that rows and columns follow from its listings, and awards, prices and payments from
flows and duals. Needs only this file and Python 3.11. Exit 0: verified. 1: not. 2: usage.
The files are described in docs/certificate.md of fourflow.

Joined from the sources in tools/verifier of fourflow by tools/join_verifier.py: change those, not this file.
"""

from __future__ import annotations

import argparse
import csv
import gc
import hashlib
import json
import math
import re
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from functools import cached_property, partial
from heapq import heapify, heappop, heappush
from itertools import pairwise
from operator import add, ge, gt, le, lt, mul
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

# ==== kinds =================================================================================================
# Kinds: the numbers and words with which the files name what nodes, arcs, bundles, rows and goods are.

# Nodes: an offer, a need, a hub where a pool meets, a line of a project.
# Arcs: out of an offer, into a need, along a lane, into the next period, and loops: what is loaded
# into the trips of others, and how many trips a lane makes.
OFFER, NEED, HUB, LANE, STORAGE, LINE, SHARE, TRIP = 0, 1, 2, 2, 3, 3, 4, 5
# Bundles: the switch of an OFFER or a NEED, and these.
PROJECT, LINES, TAKER, MOVE, AWARDED, BOUGHT, MOVED = *range(2, 7), 9, 10
# Coupling rows.
CAPACITY, BUDGET, LINK, LEAST, MOST, TRIPS, RULE, ONE, FUNDING, PART, COUNT, OWN_TRIPS, UNAIDED = range(13)
# Categories.
KINDS = ("goods", "capital", "talent", "technology")
GOODS, CAPITAL, TALENT, TECHNOLOGY = range(4)

OPEN_DAY, ROOM = 2**31 - 1, 2**63 - 2 - 10**6  # no last day; the most that an amount may be
across = partial(zip, strict=True)


class Row(NamedTuple):
    """low <= sum of arcs (billionths) and bundles (millionths) <= high, in millionths; None is no limit."""

    kind: int
    ref: int
    period: int
    low: int | None
    high: int | None
    arcs: dict[int, int]
    switches: dict[tuple[int, int], int]


# ==== files =================================================================================================
# Reading files: a folder is just what its manifest lists, and cells are words or exact integers.

FORMAT = "fourflow-certificate-1"
CHUNK, MOST_FILES, MOST_BYTES, MOST_TEXT_ROWS = 1 << 22, 100, 1 << 35, 10**7
WORDS = {"id", "role", "region", "mode", "unit"}
SETS = {"categories", "carries"}
FLAGS = {"whole", "loan", "remote", "all_or_nothing"}
SIGNED = {"limit_price", "value", "from_day", "until_day", "use_by_day"}
MAY_BE_NONE = {
    "parent",
    "participant",
    "place",
    "sponsor",
    "carrier",
    "capacity_t",
    "quantity",
    "project",
    "move_cost",
}
SAFE = " :/()"  # what words keep beside letters and digits when they are percent-encoded


class Refuted(Exception):
    """The certificate does not hold, and this is why."""


def need(holds: object, message: str) -> None:
    if not holds:
        raise Refuted(message)


def within(indices: Sequence[int], size: int, what: str) -> None:
    need(not indices or (min(indices) >= 0 and max(indices) < size), f"{what} points outside its file")


class Folder:
    """The files of a certificate, each as its manifest says."""

    def __init__(self, path: Path, root: str | None) -> None:
        nested = path / "certificate"
        self.path = nested if nested.is_dir() and not (path / "manifest.csv").is_file() else path
        self.root = self._digest("manifest.csv")
        need(root in (None, self.root), f"the root is {self.root}, not {root}")
        listed = self.text("manifest.csv", "sha256,file")
        self.names = {p.relative_to(self.path).as_posix() for p in self.path.rglob("*.csv")} - {
            "manifest.csv"
        }
        need(len(listed) <= MOST_FILES, "the manifest lists too many files")
        need(
            {name for _, name in listed} == self.names, "the folder holds other files than the manifest lists"
        )
        for sha256, name in listed:
            need(self._digest(name) == sha256, f"{name} is not the file that the manifest lists")

    def _digest(self, name: str) -> str:
        need((self.path / name).is_file(), f"{name} is missing in {self.path}")
        need((self.path / name).stat().st_size <= MOST_BYTES, f"{name} is too large")
        with (self.path / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _chunks(self, name: str, header: str) -> Iterator[bytes]:
        need((self.path / name).is_file(), f"{name} is missing in {self.path}")
        with (self.path / name).open("rb") as file:
            first = file.readline(10_000).decode("utf-8", "replace").rstrip("\n")
            need(first == header, f"{name} starts with {first[:99]!r} but must start with {header!r}")
            while chunk := file.read(CHUNK):
                yield chunk + file.readline(CHUNK)

    def text(self, name: str, header: str) -> list[list[str]]:
        """Rows of text cells; no cell holds a comma or a line break."""
        rows: list[list[str]] = []
        for chunk in self._chunks(name, header):
            rows += [line.split(",") for line in chunk.decode("utf-8").split("\n") if line]
            need(len(rows) <= MOST_TEXT_ROWS, f"{name} is too large")
        need(
            {len(row) for row in rows} <= {header.count(",") + 1},
            f"a row of {name} has too many or few cells",
        )
        return rows

    def table(self, name: str, header: str) -> dict[str, list[Any]]:
        """Columns by name: WORDS are text, SETS are sets of numbers, the rest whole numbers."""
        table: dict[str, list[Any]] = {}
        rows = self.text(name, header)
        for i, field in enumerate(header.split(",")):
            cells = [row[i] for row in rows]
            if field in WORDS:
                need(field != "id" or len({*cells}) == len(cells), f"{name} has an id twice")
                table[field] = cells
            elif field in SETS:
                table[field] = [{*map(int, filter(None, cell.split(";")))} for cell in cells]
            else:
                table[field] = numbers = [*map(int, cells)]
                least = -math.inf if field in SIGNED else -1 if field in MAY_BE_NONE else 0
                most = 1 if field in FLAGS else math.inf
                need(all(least <= x <= most for x in numbers), f"{name} has a {field} that cannot be")
        return table

    def numbers(self, name: str, header: str) -> list[Any]:
        """Columns of whole numbers: 64-bit arrays, or lists where a number is longer."""
        columns: list[Any] = [array("q") for _ in header.split(",")]
        for chunk in self._chunks(name, header):
            odd = chunk.translate(None, b"0123456789-,\n")
            need(not odd, f"{name} holds {odd[:20]!r} where only whole numbers belong")
            try:
                rows = json.loads(b"[[" + chunk.rstrip(b"\n").replace(b"\n", b"],[") + b"]]")
            except ValueError:
                raise Refuted(f"{name} has a cell that is no whole number of at most 4,300 digits") from None
            need({*map(len, rows)} == {len(columns)}, f"a row of {name} has too many or few cells")
            for i, cells in enumerate(across(*rows)):
                before = len(columns[i])
                try:
                    columns[i].extend(cells)
                except OverflowError:
                    columns[i] = [*columns[i][:before], *cells]
        return columns


class Claims:
    """What the certificate says of itself, by key."""

    def __init__(self, folder: Folder) -> None:
        rows = folder.text("claims.csv", "key,value")
        self.values = dict(rows)
        need(len(self.values) == len(rows), "claims.csv says a key twice")
        need(self.text("format") == FORMAT, f"the format is not {FORMAT}")

    def text(self, key: str) -> str:
        need(key in self.values, f"claims.csv does not say {key}")
        return self.values[key]

    def number(self, key: str, above: int | None = None) -> Fraction:
        text = self.text(key)
        need(
            re.fullmatch(r"-?[0-9]{1,4000}(/0*[1-9][0-9]{0,4000})?", text),
            f"{key} {text[:40]!r} is no number",
        )
        need(above is None or Fraction(text) > above, f"{key} must be above {above}")
        return Fraction(text)

    def says(self, key: str, value: Any) -> None:
        claimed: Any = float(self.text(key)) if self.text(key) in ("inf", "-inf") else self.number(key)
        need(claimed == value, f"the claimed {key} is {self.text(key)[:99]} but {str(value)[:99]} follows")


# ==== problem ===============================================================================================
# The problem in exact integers: limits, violations and caps.


class Problem:
    """Rows (nodes, then coupling rows), columns (arcs, then bundles), their entries, the amounts chosen."""

    def __init__(self, folder: Folder, claims: Claims) -> None:
        columns = folder.numbers("columns.csv", "tail,head,value,capacity,step,amount")
        self.tail, self.head, self.value, self.capacity, self.step, self.amount = columns
        lower, upper, is_open = folder.numbers("rows.csv", "lower,upper,open")
        within(is_open, 4, "rows.csv: open")
        self.lower = [None if o & 1 else x for x, o in across(lower, is_open)]
        self.upper = [None if o & 2 else x for x, o in across(upper, is_open)]
        self.row, self.column, self.coefficient = folder.numbers("entries.csv", "row,column,coefficient")
        self.num_rows, self.num_columns = len(self.lower), len(self.tail)
        self.num_nodes, self.num_arcs = (
            int(claims.number("num_nodes", -1)),
            int(claims.number("num_arcs", -1)),
        )
        self.factor = int(claims.number("node_factor", 0))
        need(
            self.num_nodes <= self.num_rows and self.num_arcs <= self.num_columns,
            "more nodes than rows or arcs",
        )
        within(self.row, self.num_rows, "entries.csv: row")
        within(self.column, self.num_columns, "entries.csv: column")
        within([t for t, h in across(self.tail, self.head) if t != h], self.num_nodes, "columns.csv: tail")
        within([h for t, h in across(self.tail, self.head) if t != h], self.num_nodes, "columns.csv: head")
        need(
            min(self.capacity, default=0) >= -1 and min(self.step, default=0) >= 0,
            "a capacity or step below 0",
        )
        bundles = slice(self.num_arcs, None)
        need(self.tail[bundles] == self.head[bundles], "columns.csv has a bundle with ends")
        need(min(self.capacity[bundles], default=0) >= 0, "columns.csv has a bundle without a capacity")

    def entries(self) -> Iterator[tuple[int, int, int]]:
        return across(self.row, self.column, self.coefficient)

    def activity(self) -> list[int]:
        """What flows into each node less what flows out, and what each coupling row adds up to."""
        net = [0] * self.num_rows
        for tail, head, x in across(self.tail, self.head, self.amount):
            if x and tail != head:
                net[tail] -= x * self.factor
                net[head] += x * self.factor
        for row, column, a in self.entries():
            net[row] += a * self.amount[column]
        return net

    def violation(self, claims: Claims) -> tuple[Any, Any]:
        """The most by which any row, and any column, is missed, in real units."""
        miss = [
            max(0, 0 if low is None else low - x, 0 if high is None else x - high)
            for x, low, high in across(self.activity(), self.lower, self.upper)
        ]
        off = [
            max(-x, x - cap if cap >= 0 else 0, min(x % s, -x % s) if s else 0) if x else max(0, -1 - cap)
            for x, cap, s in across(self.amount, self.capacity, self.step)
        ]
        n, a = self.num_nodes, self.num_arcs
        worst = [max(part, default=0) for part in (miss[:n], miss[n:], off[:a], off[a:])]
        units = [claims.number(key, 0) for key in ("node_unit", "row_unit", "arc_quantum", "bundle_quantum")]
        nodes, rows, arcs, bundles = map(mul, worst, units)
        return max(nodes, rows), max(arcs, bundles)

    @cached_property
    def caps(self) -> Any:
        """Every column's cap: its own, or what its tail's, head's or a coupling row implies; -1: none."""
        if min(self.capacity, default=0) >= 0:
            return self.capacity
        signs, most, fewest = [0] * self.num_rows, [0] * self.num_rows, [0] * self.num_rows
        for tail, head in across(self.tail, self.head):
            if tail != head:
                signs[tail] |= 1
                signs[head] |= 2
        for row, column, a in self.entries():
            if column < self.num_arcs:
                signs[row] |= 0 if a == 0 else 2 if a > 0 else 1
            else:  # a bundle may add to a row, or take from it, up to its capacity
                most[row] += max(0, a) * self.capacity[column]
                fewest[row] += min(0, a) * self.capacity[column]
        room: list[Any] = [None] * self.num_rows
        for i, (low, high) in enumerate(across(self.lower, self.upper)):
            limit = high - fewest[i] if signs[i] == 2 and high is not None else None
            room[i] = most[i] - low if signs[i] == 1 and low is not None else limit
        caps = list(self.capacity)
        flow_room = [None if x is None else max(0, -(-x // self.factor)) for x in room[: self.num_nodes]]
        for j, (tail, head, cap) in enumerate(across(self.tail, self.head, self.capacity)):
            if cap < 0 and tail != head:
                out, into = flow_room[tail], flow_room[head]
                if out is not None or into is not None:
                    caps[j] = into if out is None else out if into is None or out < into else into
        still_open = {j for j, cap in enumerate(caps) if cap < 0}
        for row, j, a in self.entries() if still_open else ():
            if j in still_open and row >= self.num_nodes and room[row] is not None and a:
                cap = max(0, room[row] // abs(a) if self.step[j] else -(-room[row] // abs(a)))
                caps[j] = cap if caps[j] < 0 else min(cap, caps[j])
        return caps


# ==== derived ===============================================================================================
# Derived rows: limits on sums over whole columns, each shown again by a small dynamic program.

MOST_WORK = 10**7


def read_derived(
    folder: Folder, p: Problem, caps: Sequence[int], unit: int
) -> list[tuple[dict[int, int], int]]:
    """The rows that follow because decisions are whole: entries by column, and the upper limit."""
    parts: dict[int, tuple[Any, Any, list[int]]] = defaultdict(lambda: ({}, {}, []))
    for number, kind, ref, amount in across(*folder.numbers("derived.csv", "number,kind,ref,amount")):
        within([kind], 3, "derived.csv: kind")
        within([ref], (p.num_rows, p.num_columns, 1)[kind], "derived.csv: ref")
        multiples, gains, limits = parts[number]
        need(amount or kind, f"derived row {number} takes a row times 0")
        need(
            kind == 2 or ref not in (multiples, gains)[kind],
            f"derived row {number} names a row or column twice",
        )
        if kind == 2:
            limits.append(amount)
        else:
            need(kind == 0 or p.step[ref] > 0, f"derived row {number} has a column that need not be whole")
            (multiples, gains)[kind][ref] = amount
    need([*parts] == [*range(len(parts))], "derived.csv does not number its rows in order")
    sources = entries_of(p, {row for multiples, _, _ in parts.values() for row in multiples})
    found = []
    for number, (multiples, gains, limits) in parts.items():
        need(len(limits) == 1, f"derived row {number} must have one limit")
        need(
            all(unit % p.step[j] == 0 for j in gains),
            f"derived row {number}: the unit does not fit its columns",
        )
        room, weights = added(p, number, multiples, sources)
        check_derived(p, caps, number, room, weights, gains, limits[0])
        found.append(({j: gain * (unit // p.step[j]) for j, gain in gains.items()}, limits[0] * unit))
    return found


def entries_of(p: Problem, rows: set[int]) -> dict[int, list[tuple[int, int]]]:
    """(column, coefficient) of some rows; an arc counts in those of its ends."""
    found: dict[int, list[tuple[int, int]]] = {row: [] for row in rows}
    for j, (tail, head) in enumerate(across(p.tail, p.head)) if rows else ():
        if tail != head:
            for row, a in ((tail, -p.factor), (head, p.factor)):
                if row in found:
                    found[row].append((j, a))
    for row, j, a in p.entries() if rows else ():
        if row in found:
            found[row].append((j, a))
    return found


def added(
    p: Problem, number: int, multiples: dict[int, int], sources: dict[int, Any]
) -> tuple[int, dict[int, int]]:
    """Some rows, each times its multiple, added up: the upper limit, and what each column's step counts."""
    room, weights = 0, defaultdict[int, int](int)
    for row, multiple in multiples.items():
        side: Any = p.upper[row] if multiple > 0 else p.lower[row]
        need(side is not None, f"derived row {number} takes a limit that row {row} does not have")
        room += multiple * side
        for j, a in sources[row]:
            weights[j] += multiple * a * (p.step[j] or 1)
    return room, weights


def check_derived(
    p: Problem,
    caps: Sequence[int],
    number: int,
    room: int,
    weights: dict[int, int],
    gains: dict[int, int],
    limit: int,
) -> None:
    """No whole choice within the room gains more than `limit`."""
    items: list[tuple[int, int, Any]] = []
    for j in {*weights, *gains}:
        weight, gain, cap = weights[j], gains.get(j, 0), caps[j]
        most: Any = cap // (p.step[j] or 1) if cap >= 0 else math.inf
        if weight > 0 and gain > 0:
            items.append((weight, gain, most))
        elif (
            weight < 0 or gain > 0
        ):  # nothing is lost at its cap; what it may give up for a gain is left open
            need(most != math.inf, f"derived row {number} needs a cap of column {j}")
            room, limit = room - weight * most, limit - gain * most
            items += [(-weight, -gain, most)] if gain < 0 else []
    if room < 0:
        return
    need(limit >= 0, f"derived row {number} does not follow")
    items = [(weight, gain, min(most, limit // gain + 1)) for weight, gain, most in items]
    need(sum(most for _, _, most in items) * (limit + 1) <= MOST_WORK, f"derived row {number} takes too long")
    lightest = {0: 0}  # the least weight of each total gain, of what is light enough
    for weight, gain, most in items:
        for _ in range(most):
            for total, so_far in [*lightest.items()]:
                if so_far + weight <= room and so_far + weight < lightest.get(total + gain, math.inf):
                    need(total + gain <= limit, f"derived row {number} does not follow")
                    lightest[total + gain] = so_far + weight


# ==== bound =================================================================================================
# The bound: weak duality at the leaves of a proof tree, summed over independent parts.

MOST_SPLITS = 10**6
Box = dict[int, tuple[int, Any]]  # whole column -> the least and most that it may be at a leaf


class Bound:
    """The proof: duals for every leaf, and the weak-duality bound that follows from them."""

    def __init__(self, folder: Folder, p: Problem, claims: Claims, with_value: bool) -> None:
        self.p, self.caps = p, p.caps
        keys = ("arc_value", "bundle_value", "node_dual", "row_dual")
        factors = [int(claims.number(key, 0)) for key in keys]
        self.value_factors, self.dual_factors = [f * with_value for f in factors[:2]], factors[2:]
        need(claims.text("rounds_down") in "01", "rounds_down must be 0 or 1")
        self.rounds_down = with_value and claims.text("rounds_down") == "1"
        self.rows, self.columns, self.coefficients = p.row, p.column, p.coefficient
        self.lower, self.upper = p.lower, p.upper
        if derived := read_derived(folder, p, self.caps, int(claims.number("derived_unit", 0))):
            entries = [
                (p.num_rows + number, j, a)
                for number, (sums, _) in enumerate(derived)
                for j, a in sums.items()
            ]
            more = zip(*entries, strict=True) if entries else ((), (), ())
            self.rows, self.columns, self.coefficients = (
                [*old, *new] for old, new in across((p.row, p.column, p.coefficient), more)
            )
            self.lower = [*p.lower, *[None] * len(derived)]
            self.upper = [*p.upper, *(limit for _, limit in derived)]
        self.part, targets = folder.numbers("parts.csv", "part,row")
        need(
            not self.part or list(targets) == [*range(len(self.upper))],
            "parts.csv must list every row in order",
        )
        self.tree = folder.numbers("tree.csv", "part,column,k,leaf")
        self.leaf, self.target, self.dual = folder.numbers("duals.csv", "leaf,row,value")
        within(self.target, len(self.upper), "duals.csv: row")
        need(all(map(le, self.leaf, self.leaf[1:])), "duals.csv is not sorted by leaf")
        need(len(self.tree[0]) <= MOST_SPLITS, "tree.csv is too large")

    def total(self) -> Any:
        """The sum over independent parts; -inf where one of them has no feasible point at all."""
        rows = across(*self.tree)
        bounds = [
            self.walk(number, columns, entries, rows)
            for number, (columns, entries) in enumerate(self.parts())
        ]
        need(next(rows, None) is None, "tree.csv has rows that belong to no tree")
        return -math.inf if -math.inf in bounds else sum(bounds)

    def parts(self) -> list[tuple[Sequence[int], Sequence[int]]]:
        """Columns and entries of each part; a column that touches two parts is refused. A loop does not touch
        its node, but belongs to it where it has no entries; a bundle without any is in the first part."""
        p, part = self.p, self.part
        if not part:
            return [(range(p.num_columns), range(len(self.rows)))]
        within(part, len(part), "parts.csv: part")
        of_column = [part[t] if t != h else -1 for t, h in across(p.tail, p.head)]
        need(all(t == h or part[h] == part[t] for t, h in across(p.tail, p.head)), "an arc is in two parts")
        for row, column in across(self.rows, self.columns):
            of_column[column] = part[row] if of_column[column] < 0 else of_column[column]
            need(of_column[column] == part[row], f"column {column} is in two parts")
        found: list[tuple[list[int], list[int]]] = [([], []) for _ in range(max(part) + 1)]
        for column, number in enumerate(of_column):
            home = part[p.tail[column]] if 0 <= p.tail[column] < p.num_nodes else 0
            found[number if number >= 0 else home][0].append(column)
        for entry, row in enumerate(self.rows):
            found[part[row]][1].append(entry)
        return [*found]

    def walk(self, number: int, columns: Sequence[int], entries: Sequence[int], rows: Iterator[Any]) -> Any:
        """The largest bound of the leaves of one tree, whose rows come in preorder."""
        best: Any = -math.inf
        box: Box = {}
        todo: list[Any] = [None]
        while todo:
            task = todo.pop()
            if task is not None:
                box[task[0]] = task[1]
                continue
            part, column, k, leaf = next(rows, (-1, 0, 0, 0))
            need(part == number, "tree.csv does not hold one whole tree for each part in turn")
            if column < 0:
                if all(low <= high for low, high in box.values()):
                    best = max(best, self.leaf_bound(number, leaf, columns, entries, box))
                continue
            at = bisect_left(columns, column)
            need(
                at < len(columns) and columns[at] == column,
                f"the proof splits column {column} of another part",
            )
            step, cap = self.p.step[column], self.caps[column]
            need(step > 0, f"the proof splits column {column}, which need not be whole")
            low, high = box.get(column, (0, cap if cap >= 0 else math.inf))
            todo += [
                (column, (low, high)),
                None,
                (column, (max(low, (k + 1) * step), high)),
                None,
                (column, (low, min(high, k * step))),
            ]
        grain = self.grain(columns) if self.rounds_down else 0
        return best // grain * grain if grain and best != -math.inf and best != math.inf else best

    def grain(self, columns: Sequence[int]) -> int:
        """What the worth of any choice is a whole multiple of; 0: it need not be of anything."""
        p, factors = self.p, self.value_factors
        worth = [(p.value[j] * factors[j >= p.num_arcs], p.step[j]) for j in columns if p.value[j]]
        return math.gcd(*(value * step for value, step in worth)) if all(step for _, step in worth) else 0

    def leaf_bound(
        self, number: int, leaf: int, columns: Sequence[int], entries: Sequence[int], box: Box
    ) -> Any:
        """sum max(lower y, upper y) over rows + sum max(lower r, upper r) over columns; r: reduced values."""
        p, caps, span = self.p, self.caps, slice(bisect_left(self.leaf, leaf), bisect_right(self.leaf, leaf))
        y: dict[int, int] = {}
        for row, value in across(self.target[span], self.dual[span]):
            need(not self.part or self.part[row] == number, f"leaf {leaf} has a dual of another part")
            y[row] = value * self.dual_factors[row >= p.num_nodes]
        total = 0
        for row, value in y.items():
            limit = (self.upper if value > 0 else self.lower)[row] if value else 0
            if limit is None:
                return math.inf
            total += limit * value
        charge: dict[int, int] = defaultdict(int)
        for entry in entries if y else ():
            if dual := y.get(self.rows[entry]):
                charge[self.columns[entry]] += self.coefficients[entry] * dual
        arc_value, bundle_value = self.value_factors
        for j in columns:
            tail, head = p.tail[j], p.head[j]
            r = p.value[j] * (arc_value if j < p.num_arcs else bundle_value)
            if tail != head:
                r += (y.get(tail, 0) - y.get(head, 0)) * p.factor
            if charge:
                r -= charge.get(j, 0)
            if r > 0 or (r and j in box):
                best = box[j][r > 0] if j in box else caps[j] if caps[j] >= 0 else math.inf
                if best == math.inf:
                    return math.inf
                total += best * r
        return total


# ==== gap ===================================================================================================
# Objective, bound, gap and status: just what follows from the problem, flows and duals.


def gap_of(low: Any, high: Any) -> Any:
    if isinstance(high, float):
        return high
    largest = max(abs(low), abs(high))
    return (high - low) / largest if largest else Fraction(0)


def check_claims(folder: Folder, p: Problem, claims: Claims) -> None:
    """Objective, bound, gap, violation and status are just what follows from the problem, flows and duals."""
    status, sign = claims.text("status"), -1 if claims.text("sense") == "min" else 1
    need(
        status in ("OPTIMAL_WITHIN_GAP", "GAP_NOT_REACHED", "INFEASIBLE"), f"nothing is proved: {status[:40]}"
    )
    feasible, unit, n = status != "INFEASIBLE", claims.number("unit", 0), p.num_arcs
    worth = sum(map(mul, p.value[:n], p.amount[:n])) * claims.number("arc_value", 0) + sum(
        map(mul, p.value[n:], p.amount[n:])
    ) * claims.number("bundle_value", 0)
    bound = Bound(folder, p, claims, feasible).total()
    rows, columns = p.violation(claims)
    offset = claims.number("objective_offset") if feasible else Fraction(0)
    value = worth * unit + offset if feasible else Fraction(0)
    bound = bound if isinstance(bound, float) else bound * unit + offset
    if feasible:
        need(columns == 0, "a flow or bundle is below 0, over its capacity or not whole")
        need(rows <= claims.number("row_tolerance", -1), "a node or coupling row is outside its limits")
        need(not isinstance(bound, float), "the duals prove no bound")
        reached = gap_of(value, bound) <= claims.number("gap")
        need(status == ("OPTIMAL_WITHIN_GAP" if reached else "GAP_NOT_REACHED"), f"{status} does not follow")
    need(feasible or bound < 0, "the duals do not prove that nothing is feasible")
    for key, follows in (
        ("max_violation", max(rows, columns)),
        ("objective", sign * value),
        ("bound", sign * bound),
        ("relative_gap", gap_of(value, bound)),
        ("absolute_gap", bound - value),
    ):
        claims.says(key, follows)


# ==== book ==================================================================================================
# The book: its normalised listings, and what of each can be traded, counts and is paid.


class Book:
    """The normalised book: its tables as columns by name, and what they say of each listing."""

    def __init__(self, folder: Folder) -> None:
        said = dict(folder.text("book/book.csv", "key,value"))
        self.said, self.donated = said, said["settlement"] == "donated"
        self.as_of, self.days, self.periods = (
            int(said[k]) for k in ("as_of_day", "time_step_days", "num_periods")
        )
        self.places = folder.table("book/places.csv", "id,region")
        self.people = folder.table("book/participants.csv", "id,role,region")
        self.num_places = len(self.places["id"])  # also the place of hubs that are nowhere: ANYWHERE
        self.categories = folder.table("book/categories.csv", "id,parent,kind,unit,tonnes_per_unit,lot,whole")
        self.lanes = folder.table(
            "book/lanes.csv",
            "id,from_place,to_place,cost_per_t,capacity_t,days,carrier,"
            "carries,trip_t,cost_per_trip,mode,co2_kg_per_t",
        )
        self.offers = folder.table(
            "book/offers.csv",
            "id,participant,category,place,quantity,limit_price,from_day,"
            "until_day,use_by_day,fixed_cost,min_quantity,project,whole,loan,term_months,"
            "remote,move_cost",
        )
        self.needs = folder.table(
            "book/needs.csv",
            "id,participant,categories,place,quantity,limit_price,value,"
            "sponsor,from_day,until_day,min_quantity,project,term_months",
        )
        self.projects = folder.table(
            "book/projects.csv", "id,lead,value,limit_price,own_money,sponsor,all_or_nothing"
        )
        self.read_amounts()

    def read_amounts(self) -> None:
        """What of each listing can be traded (lots, whole units), counts and is paid."""
        o, n, projects = self.offers, self.needs, self.projects
        known = [
            day
            for table in (o, n)
            for field in ("from_day", "until_day", "use_by_day")
            for day in table.get(field, ())
            if day < OPEN_DAY
        ]
        periods = max(1, (max(known, default=0) - self.as_of) // self.days + 1) if self.days else 1
        need(self.periods == periods, f"the listings' windows make {periods} periods")
        self.step = [
            lot or 10**6 * whole for lot, whole in across(self.categories["lot"], self.categories["whole"])
        ]
        o["asked"], n["asked"] = o["quantity"], n["quantity"]
        o["quantity"] = [
            q if q < 0 else q - q % (self.step[c] or 1) for q, c in across(o["asked"], o["category"])
        ]
        steps = [[self.step[c] for c in some] for some in n["categories"]]
        # What is less than a lot cannot be traded; where something accepted comes loose, all can.
        # Lines of projects get all.
        n["quantity"] = [
            q - q % (math.gcd(*some) or 1) if all(some) and line < 0 else q
            for q, some, line in across(n["asked"], steps, n["project"])
        ]
        self.left_over = [
            max(-q % (x or 1) for x in some) if any(some) else 1 for q, some in across(n["asked"], steps)
        ]
        self.worth, self.pays = (
            [0 if line >= 0 else x for x, line in across(xs, n["project"])]
            for xs in (worth(n), n["limit_price"])
        )
        self.project_worth = worth(projects)
        self.capital = [min(self.categories["kind"][c] for c in some) == CAPITAL for some in n["categories"]]
        self.funded = {p for p, capital in across(n["project"], self.capital) if capital} - {-1}
        both = [projects["id"][p] for p in self.funded if projects["sponsor"][p] >= 0]
        need(not both, f"project {both[:1]} has both a sponsor and a line of capital")

    def switched(self, offer: int) -> bool:
        return bool(self.offers["fixed_cost"][offer] or self.offers["min_quantity"][offer])

    def has_one_taker(self, offer: int) -> bool:
        """Goes to one need as a whole, though it could be split."""
        step, asked = self.step[self.offers["category"][offer]], self.offers["asked"][offer]
        return bool(self.offers["whole"][offer] and (not step or asked < 0 or asked >= 2 * step))

    def moves_once(self, offer: int) -> bool:
        """Talent whose move is paid once, and is not simply that of its only unit."""
        o, c = self.offers, self.offers["category"][offer]
        unit = self.step[c] == 10**6 and 0 <= o["asked"][offer] < 2 * 10**6
        pays = not o["remote"][offer] and o["move_cost"][offer] > 0
        return bool(self.categories["kind"][c] == TALENT and pays and not unit)

    def period_of(self, day: int) -> int:
        return max(0, min((day - self.as_of) // self.days, self.periods - 1)) if self.days else 0

    def lag(self, lane: int) -> int:
        """Periods that a lane takes."""
        return -(-self.lanes["days"][lane] // self.days) if self.days else 0

    def haulage(self, lane: int, category: int) -> int:
        """Billionths of money that it costs to carry a unit along a lane."""
        return int(-(-self.lanes["cost_per_t"][lane] * self.categories["tonnes_per_unit"][category] // 1000))

    def at(self, place: int) -> int:
        """Listings without a place meet in one beyond the last."""
        return place if place >= 0 else self.num_places


def worth(table: dict[str, list[Any]]) -> list[int]:
    """What counts: the value where a sponsor stands behind it, else no more than what is paid."""
    return [
        value if who >= 0 else min(value, limit)
        for value, who, limit in across(table["value"], table["sponsor"], table["limit_price"])
    ]


def over_term(money: int, months: int, up: bool) -> int:
    """Billionths of money, of what is said in millionths: for a loan, per year over its months."""
    exact = money * 1000 * (months or 12)
    return -(-exact // 12) if up else exact // 12


# ==== filters ===============================================================================================
# Filters: what those of a rule leave of a book, and on which arcs it is measured.

SIDES = [
    [f"{side}_{what}" for what in ("participant", "role", "region", "place")] for side in ("offer", "need")
]
FILTER_GROUPS = (["lane", "mode"], SIDES[0], [*SIDES[1], "project"], ["category", "kind"])
FILTERS = [*SIDES[0], *SIDES[1], "category", "kind", "lane", "mode", "project"]


class Part:
    """What some filters leave of a book, and on which arcs a rule is measured over it."""

    def __init__(self, rule: Rule, said: dict[str, set[str]], over_lanes: bool = False) -> None:
        self.rule, self.book, self.said = rule, rule.book, said
        lanes, gives, takes, _ = (any(name in said for name in group) for group in FILTER_GROUPS)
        to_needs = rule.measure == "bid_value" or takes or (rule.measure == "awards" and not gives)
        over_lanes = over_lanes or lanes or rule.measure == "co2_kg"
        self.over = LANE if over_lanes else NEED if to_needs else OFFER
        self.splits = gives and self.over != OFFER, takes and self.over == LANE

    def listings(self, side: str) -> list[bool]:
        """The offers or needs that the filters of one side leave."""
        book, table = self.book, (self.book.offers if side == "offer" else self.book.needs)
        who, where = table["participant"], table["place"]
        people, places = book.people, book.places
        told = {
            "participant": [people["id"][w] for w in who],
            "role": [people["role"][w] for w in who],
            "region": [places["region"][p] or people["region"][w] for w, p in across(who, where)],
            "place": [places["id"][p] for p in where],
        }
        left = [True] * len(who)
        for field, cells in told.items():
            if words := self.said.get(f"{side}_{field}"):
                left = [x and cell in words for x, cell in across(left, cells)]
        if side == "need" and (words := self.said.get("project")):
            left = [
                x and p >= 0 and book.projects["id"][p] in words for x, p in across(left, table["project"])
            ]
        return left

    def category(self, c: int) -> bool:
        """Whether a category, or one above it, is named, and its kind."""
        table, words = self.book.categories, self.said.get("category")
        if KINDS[table["kind"][c]] not in self.said.get("kind", KINDS):
            return False
        while words and c >= 0 and table["id"][c] not in words:
            c = table["parent"][c]
        return c >= 0

    def lanes(self) -> list[bool]:
        table = self.book.lanes
        return [
            all(cell in self.said.get(name, (cell,)) for name, cell in (("lane", lane), ("mode", mode)))
            for lane, mode in across(table["id"], table["mode"])
        ]

    @cached_property
    def arcs(self) -> list[int]:
        """The arcs on which the rule is measured. Pools may not mix what it would have to tell apart."""
        book, sides = self.book, (self.listings("offer"), self.listings("need"))
        found = []
        refs = self.lanes() if self.over == LANE else sides[self.over]
        for pool, category in enumerate(book.category):
            mine = [{sides[OFFER][i] for i in book.givers[pool]}, {sides[NEED][j] for j in book.takers[pool]}]
            if self.category(category):
                mixed = [self.splits[k] and len(mine[k]) > 1 and True in mine[1 - k] for k in (OFFER, NEED)]
                need(not any(mixed), f"pool {pool} mixes what rule {self.rule.index} tells apart")
                if not any(self.splits[k] and False in mine[k] for k in (OFFER, NEED)):
                    found += [a for a in book.arcs[self.over, "pool", pool] if refs[book.arc_ref[a]]]
        return found

    def amounts(self) -> dict[int, int]:
        """What a unit on each arc counts for, in billionths, rounded against what the rule allows."""
        book, measure, up = self.book, self.rule.measure, self.rule.up
        if measure == "units":
            return dict.fromkeys(self.arcs, 10**9)
        if measure == "tonnes":
            return {a: book.weight(a) * 1000 for a in self.arcs}
        if measure == "co2_kg":
            exact = {a: book.weight(a) * book.lanes["co2_kg_per_t"][book.arc_ref[a]] for a in self.arcs}
            return {a: -(-x // 1000) if up else x // 1000 for a, x in exact.items()}
        return {a: over_term(book.pays[book.arc_ref[a]], book.term[book.arc_pool[a]], up) for a in self.arcs}

    def projects(self) -> list[int]:
        """Projects with a line that the rule means."""
        meant = (
            {self.book.needs["project"][self.book.arc_ref[a]] for a in self.arcs} if self.over == NEED else ()
        )
        return [p for p in self.book.served if p in meant]

    def bids(self) -> dict[tuple[int, int], int]:
        """What projects bid, where bids are limited."""
        if self.rule.measure != "bid_value" or self.splits[OFFER]:
            return {}
        return {(PROJECT, p): self.book.projects["limit_price"][p] for p in self.projects()}


# ==== rules =================================================================================================
# Rules: limits, shares and counts of what some filters choose.

MEASURES = ("units", "tonnes", "bid_value", "co2_kg", "awards")


class Rule:
    """A row of rules.csv: what its filters leave, the arcs on which that is measured, and its row."""

    def __init__(self, book: Layout, index: int, said: dict[str, str]) -> None:
        self.book, self.index, self.measure, self.up = book, index, said["measure"], said["sense"] == "<="
        self.id = said["id"]
        self.limit, self.share, self.sponsor = (
            int(said[key]) for key in ("limit", "share_of_total", "sponsor")
        )
        need(
            said["sense"] in ("<=", ">=") and self.measure in MEASURES,
            f"rule {said['id']} limits nothing known",
        )
        self.is_budget = self.measure == "bid_value" and self.up and self.sponsor >= 0
        self.own = Part(self, {name: {*said[name].split(";")} for name in FILTERS if said[name]})
        group = next((group for group in FILTER_GROUPS if any(name in self.own.said for name in group)), ())
        rest = {name: words for name, words in self.own.said.items() if name not in group}
        self.total = Part(self, rest, self.own.over == LANE)
        # Its rent is its owner's, else the one participant's that it limits, else the operator's.
        limited = [said[name] for name in ("need_participant", "offer_participant") if said[name]][:1]
        people = {quote(name, safe=SAFE): i for i, name in enumerate(book.people["id"])}
        self.owner = int(said["owner"]) if int(said["owner"]) >= 0 else people.get((*limited, "")[0], -1)

    def rows(self) -> Iterator[Row]:
        if self.is_budget:
            return
        limits = (None, self.limit) if self.up else (self.limit, None)
        if self.measure == "awards":
            yield from self.counts()
            yield Row(RULE, self.index, 0, limits[0], limits[1], {}, dict.fromkeys(self.counted(), 10**6))
            return
        arcs, bids = self.own.amounts(), self.own.bids()
        if self.share:
            limits = (None, 0) if self.up else (0, None)
            arcs, bids = (
                self.less(part, all_of)
                for part, all_of in ((arcs, self.total.amounts()), (bids, self.total.bids()))
            )
        yield Row(RULE, self.index, 0, limits[0], limits[1], arcs, bids)

    def less(self, part: dict[Any, int], total: dict[Any, int]) -> dict[Any, int]:
        """part - share x total, each rounded against what the rule allows."""
        both = {key: part.get(key, 0) * 10**6 - self.limit * total.get(key, 0) for key in part | total}
        return {key: -(-x // 10**6) if self.up else x // 10**6 for key, x in both.items()}

    def counted(self) -> dict[tuple[int, int], Any]:
        """The bundles that count awards -> what is counted: (arcs, most), or a project."""
        book, kind, found = self.book, self.own.over, dict[tuple[int, int], Any]()
        if self.measure != "awards" or self.is_budget:
            return found
        table = book.offers if kind == OFFER else book.needs
        arcs: dict[int, list[int]] = defaultdict(list)
        for a in self.own.arcs:
            arcs[book.arc_ref[a]].append(a)
        for ref, own in arcs.items():
            most = table["quantity"][ref]
            if most < 0:
                most = sum(book.supply[pool] for pool in {book.arc_pool[a] for a in own})
            if kind == OFFER or table["project"][ref] < 0:
                found[AWARDED + kind, self.index * len(table["id"]) + ref] = own, most
        for p in self.own.projects():
            atomic = book.projects["all_or_nothing"][p]
            found[
                (PROJECT, p) if atomic else (AWARDED + PROJECT, self.index * len(book.projects["id"]) + p)
            ] = p
        return found

    def switches(self) -> list[tuple[int, int]]:
        return [key for key in self.counted() if key[0] != PROJECT]

    def counts(self) -> Iterator[Row]:
        """An award counts with its first quantum, or where awards are asked for, only in full."""
        low, high = (None, 0) if self.up else (0, None)
        for key, what in self.counted().items():
            if key[0] != PROJECT:
                own, most = ([], 10**6) if isinstance(what, int) else what
                switches = {key: -most} | ({(PROJECT, what): 10**6} if isinstance(what, int) else {})
                ref = self.book.columns[key] - self.book.p.num_arcs
                yield Row(COUNT, ref, 0, low, high, dict.fromkeys(own, 10**9), switches)


def read_rules(folder: Folder, book: Layout) -> list[Rule]:
    fields = ("id", "measure", "sense", "limit", "share_of_total", "owner", "sponsor", *FILTERS)
    rows = folder.text("book/rules.csv", ",".join(fields))
    need(len({row[0] for row in rows}) == len(rows), "rules.csv has an id twice")
    return [Rule(book, index, dict(across(fields, row))) for index, row in enumerate(rows)]


# ==== layout ================================================================================================
# The layout: what each row and column of the problem stands for, and who meets in each pool.


class Layout(Book):
    """A book, and which of its listings each row and column of a problem stands for."""

    def __init__(self, folder: Folder, p: Problem, claims: Claims) -> None:
        super().__init__(folder)
        self.p, self.claims = p, claims
        claims.says("welfare", claims.number("objective"))  # without policy adders they are one
        self.read_layout(folder)
        self.read_scales()
        self.rules = read_rules(folder, self)
        self.budget: dict[int, int] = defaultdict(int)
        budgets = [(rule.limit, rule.sponsor) for rule in self.rules if rule.is_budget]
        for limit, who in sorted(budgets, reverse=True):
            self.budget[who] = limit

    def read_layout(self, folder: Folder) -> None:
        """What each row and column stands for, and who meets in each pool."""
        p, o, n = self.p, self.offers, self.needs
        self.kind, self.ref, self.pool, self.place, self.period = folder.numbers(
            "layout/rows.csv", "kind,ref,pool,place,period"
        )
        self.arc_kind, self.arc_ref, self.arc_pool = folder.numbers("layout/columns.csv", "kind,ref,pool")
        self.sponsor, self.category, self.project, self.term = folder.numbers(
            "layout/pools.csv", "sponsor,category,project,term_months"
        )
        need(
            len(self.kind) == p.num_rows and len(self.arc_kind) == p.num_columns, "layout and problem differ"
        )
        need(min([*self.ref, *self.arc_ref], default=0) >= 0, "the layout has a reference below 0")
        self.arcs: dict[Any, list[int]] = defaultdict(list)  # by kind and listing, lane and period, or pool
        for a in range(p.num_arcs):
            kind, when = self.arc_kind[a], self.period[p.tail[a]]
            self.arcs[kind, self.arc_ref[a], when if kind in (LANE, SHARE, TRIP) else 0].append(a)
            self.arcs[kind, "pool", self.arc_pool[a]].append(a)
        self.columns = {(self.arc_kind[j], self.arc_ref[j]): j for j in range(p.num_arcs, p.num_columns)}
        pools = range(len(self.sponsor))
        self.givers, self.takers = (
            [sorted({self.arc_ref[a] for a in self.arcs[kind, "pool", pool]}) for pool in pools]
            for kind in (OFFER, NEED)
        )
        self.supply = []
        for given, taken in across(self.givers, self.takers):
            most = [o["quantity"][i] for i in given]
            free = min(most, default=0) < 0  # unlimited licences: no more than is asked for
            self.supply.append(min(sum(n["quantity"][j] for j in taken) if free else sum(most), ROOM))
        self.alone = {
            i
            for i in range(len(o["id"]))
            if self.arcs.get((OFFER, i, 0))
            and (self.switched(i) or o["project"][i] >= 0 or self.has_one_taker(i) or self.moves_once(i))
        }
        lines = [(j, line) for j, line in enumerate(n["project"]) if line >= 0]
        lacking = {line for j, line in lines if n["asked"][j] and not self.arcs.get((NEED, j, 0))}
        self.served = sorted({line for _, line in lines} - lacking)

    def read_scales(self) -> None:
        claims, p = self.claims, self.p
        unit, quantum, node = claims.number("unit"), claims.number("arc_quantum"), claims.number("node_unit")
        self.per_limit = Fraction(1, 10**6) / claims.number("row_unit")
        self.per_switch = self.per_limit * claims.number("bundle_quantum")
        of_switch = claims.number("bundle_value") * unit * 10**6 == claims.number("bundle_quantum")
        need(
            quantum * 10**6 == node * p.factor * 10**6 == claims.number("arc_value") * unit * 10**15 == 1
            and self.per_limit % 10**9 == self.per_switch % 1 == 0
            and (of_switch or p.num_columns == p.num_arcs)
            and [claims.text(key) for key in ("sense", "objective_offset", "row_tolerance")]
            == ["max", "0", "0"],
            "the scales are not those of a book",
        )

    def weight(self, arc: int) -> int:
        return int(self.categories["tonnes_per_unit"][self.category[self.arc_pool[arc]]])

    def rule_of(self, row: int) -> int:
        """The rule behind a RULE or COUNT row."""
        if self.kind[row] == RULE:
            return int(self.ref[row])
        return self.rule_of_award(
            *(column[self.p.num_arcs + self.ref[row]] for column in (self.arc_kind, self.arc_ref))
        )

    def rule_of_award(self, kind: int, ref: int) -> int:
        """The rule that a bundle AWARDED (offer, need or project) counts for."""
        return ref // len((self.offers, self.needs, self.projects)[kind - AWARDED]["id"])

    def kind_of(self, pool: int) -> int:
        return int(self.categories["kind"][self.category[pool]])

    def pools_of(self, offer: int) -> list[int]:
        return sorted({self.arc_pool[a] for a in self.arcs[OFFER, offer, 0]})


# ==== network ===============================================================================================
# Nodes and arcs: where each must lead, what it is worth, and the least cap that it may have.


def node_limits(book: Layout, i: int) -> tuple[int | None, int]:
    """The limits that the listing of a node gives it."""
    kind, ref = book.kind[i], book.ref[i]
    if kind == OFFER:
        quantity = book.offers["quantity"][ref]
        if quantity < 0:
            return None, 0
        project = book.offers["project"][ref]
        if project >= 0:
            return -quantity // 10**9 if may_be_a_step_more(book, ref) else 0, quantity
        return (0, quantity) if book.switched(ref) else (-quantity, 0)
    need(
        kind == HUB or kind == (LINE if book.needs["project"][ref] >= 0 else NEED), f"node {i} is of no kind"
    )
    if kind == LINE:
        return 0, book.left_over[ref] if book.needs["project"][ref] in book.served else 0
    return 0, 0 if kind == HUB else book.needs["quantity"][ref]


def may_be_a_step_more(book: Layout, offer: int) -> bool:
    """Whether a project of any size may make a step of its size more: somebody asks for a least quantity."""
    project, least = book.offers["project"][offer], book.needs["min_quantity"]
    if book.offers["quantity"][offer] < 10**6 or project not in book.served:
        return False
    asked = any(least[j] for pool in book.pools_of(offer) for j in book.takers[pool])
    return asked and not book.projects["all_or_nothing"][project]


def arc_terms(book: Layout, a: int) -> tuple[bool, int, int | None]:
    """Whether an arc leads where it must; its value in billionths; the least cap that it may have, if any."""
    n, lanes, tail, head = book.needs, book.lanes, book.p.tail[a], book.p.head[a]
    kind, ref, pool = book.arc_kind[a], book.arc_ref[a], book.arc_pool[a]
    t, h = ((book.kind[i], book.pool[i] if book.kind[i] == HUB else book.ref[i]) for i in (tail, head))
    start, end = ((book.place[i], book.period[i]) for i in (tail, head))
    if kind in (SHARE, TRIP):
        return trip_terms(book, a, ref, start[1])
    category, here, term = book.category[pool], (HUB, pool), book.term[pool]
    if kind == OFFER:
        quantity, prices = book.offers["quantity"][ref], entrances(book, ref, pool)
        holds = (t, h, category) == ((OFFER, ref), here, book.offers["category"][ref])
        price = next((x for x in prices if x == (end, -book.p.value[a])), prices[-1])
        return (holds and end == price[0], -price[1], book.supply[pool] + 10**6 if quantity < 0 else quantity)
    if kind == NEED:
        project = n["project"][ref]
        funded, months = project in book.funded and not book.capital[ref], n["term_months"][ref]
        label = n["sponsor"][ref], project if funded else -1, months if book.capital[ref] else 0
        there = LINE if project >= 0 else NEED, ref
        holds = (t, h, label) == (here, there, (book.sponsor[pool], book.project[pool], term))
        if book.kind_of(pool) != GOODS:
            holds &= start in ((book.at(n["place"][ref]), 0), (book.num_places, 0))
        else:
            first, last = book.period_of(n["from_day"][ref]), book.period_of(n["until_day"][ref])
            holds &= start[0] == book.at(n["place"][ref]) and first <= start[1] <= last
        return (
            holds and category in n["categories"][ref],
            over_term(book.worth[ref], term, up=False),
            n["quantity"][ref] + book.left_over[ref] * (project >= 0),
        )
    if kind == LANE:
        ends = (lanes["from_place"][ref], start[1]), (lanes["to_place"][ref], start[1] + book.lag(ref))
        return (
            (t, h, (start, end)) == (here, here, ends)
            and (not lanes["carries"][ref] or category in lanes["carries"][ref]),
            -book.haulage(ref, category),
            book.supply[pool] + 10**6,
        )
    holds = kind == STORAGE and (t, h, end) == (here, here, (start[0], start[1] + 1))
    return holds, 0, book.supply[pool] + 10**6


def trip_terms(book: Layout, a: int, lane: int, period: int) -> tuple[bool, int, int]:
    """A loop that counts the trips of a lane, or those that some of its goods need; or what these load into
    trips of others."""
    lanes, arcs = book.lanes, book.arcs[LANE, lane, period]
    need(lanes["trip_t"][lane] > 0 and arcs, f"arc {a} counts no trips")
    trips = trips_of(book, lane, period)
    cost = lanes["cost_per_trip"][lane] if a == trips.made else 0
    arcs = arcs if a == trips.made else trips.arcs(a)
    supply = sum(book.supply[k] for k in {book.arc_pool[b] for b in arcs})
    most = -(-supply * max(map(book.weight, arcs)) // 10**6)
    most = min(most, lanes["capacity_t"][lane] if lanes["capacity_t"][lane] >= 0 else ROOM + 10**6)
    if book.arc_kind[a] == TRIP:
        most = min(-(-most // lanes["trip_t"][lane]) * 10**6, ROOM + 10**6)
    return book.p.tail[a] == book.p.head[a], -cost * 1000, most


def entrances(book: Layout, offer: int, pool: int) -> list[tuple[tuple[int, int], int]]:
    """The hubs (place, period) into which an offer gives, and at which price in billionths."""
    o, kind, anywhere = book.offers, book.kind_of(pool), (book.num_places, 0)
    price, place = over_term(o["limit_price"][offer], book.term[pool], up=True), book.at(o["place"][offer])
    if kind == GOODS:
        return [((place, book.period_of(o["from_day"][offer])), price)]
    if kind != TALENT:
        return [(anywhere, price)]
    move = o["move_cost"][offer]
    cost = 0 if o["remote"][offer] or book.moves_once(offer) else max(0, move) * 1000
    own = [] if o["remote"][offer] else [((place, 0), price)]
    return own + [(anywhere, price + cost)] * bool(o["remote"][offer] or move >= 0)


# ==== bundles ===============================================================================================
# Bundles: switches of listings, projects, and what they give to nodes or take from them.


def all_bundles(book: Layout) -> dict[tuple[int, int], tuple[int, bool, dict[int, int]]]:
    """(kind, ref) -> value in millionths, whether it is whole, what it gives to each node."""
    o, projects = book.offers, book.projects
    found: dict[tuple[int, int], tuple[int, bool, dict[int, int]]] = {}
    for i in book.alone:
        quantity, held = o["quantity"][i], o["quantity"][i] >= 0 and o["project"][i] < 0
        if book.switched(i):
            node = book.p.tail[book.arcs[OFFER, i, 0][0]]
            found[OFFER, i] = -o["fixed_cost"][i], True, {node: quantity} if held else {}
        if book.moves_once(i):
            found[MOVE, i] = -o["move_cost"][i], True, {}
        found |= {key: (0, True, {}) for key in caused_by(book, i).values()}
        if book.has_one_taker(i):
            found |= {(TAKER, a): (0, True, {}) for a in taken_by(book, i).values()}
    for j, least in enumerate(book.needs["min_quantity"]):
        if least > 0 and book.arcs.get((NEED, j, 0)):
            found[NEED, j] = 0, True, {}
    for p in book.served:
        own, whole = project_lines(book, p)
        atomic = bool(projects["all_or_nothing"][p])
        found[PROJECT, p] = (
            book.project_worth[p],
            atomic,
            own | project_outputs(book, p) | (whole if atomic else {}),
        )
        if whole and not atomic:
            found[LINES, p] = 0, True, whole
    return found | {key: (0, True, {}) for rule in book.rules for key in rule.switches()}


def taken_by(book: Layout, offer: int) -> dict[int, int]:
    """need -> its first arc, of all that a whole offer may go to."""
    arcs = sorted(a for pool in book.pools_of(offer) for a in book.arcs[NEED, "pool", pool])
    return {book.arc_ref[a]: a for a in reversed(arcs)}


def purse_of(book: Layout, pool: int) -> tuple[int, int]:
    """Who bears the costs of a pool: a project's fund, a sponsor's budget, or (-1) its needs themselves."""
    return (FUNDING, book.project[pool]) if book.project[pool] >= 0 else (BUDGET, book.sponsor[pool])


def caused_by(book: Layout, offer: int) -> dict[Any, tuple[int, int]]:
    """(switch, purse) -> its own switch, where a purse bears what is paid once only if it causes it."""
    purses = {purse_of(book, pool): pool for pool in reversed(book.pools_of(offer))}
    once = [(OFFER, BOUGHT)] * (book.offers["fixed_cost"][offer] > 0) + [(MOVE, MOVED)] * book.moves_once(
        offer
    )
    return {
        (switch, purse): (own, pool)
        for switch, own in once
        for purse, pool in purses.items()
        if purse[1] >= 0 and len(purses) > 1
    }


def project_lines(book: Layout, project: int) -> tuple[dict[int, int], dict[int, int]]:
    """What a project takes from the nodes of its lines: those that may be met in part, those in lots."""
    found: tuple[dict[int, int], dict[int, int]] = {}, {}
    for j, line in enumerate(book.needs["project"]):
        if line == project and book.arcs.get((NEED, j, 0)):
            in_lots = any(book.step[c] for c in book.needs["categories"][j])
            found[in_lots][book.p.head[book.arcs[NEED, j, 0][0]]] = -book.needs["asked"][j]
    return found


def project_outputs(book: Layout, project: int) -> dict[int, int]:
    """What a project gives to the nodes of what it makes."""
    return {
        book.p.tail[book.arcs[OFFER, i, 0][0]]: book.offers["quantity"][i]
        for i in book.alone
        if book.offers["project"][i] == project
    }


# ==== trips =================================================================================================
# Trips: the loops that count whole trips of a lane, and who must be able to pay for which of them.

Payer = tuple[int, int]


class Trips(NamedTuple):
    """made: the loop of the trips that are made; own: each payer with the loop of those that its goods would
    need, and their arcs; rooms: (offer, purse) -> the loop of what it loads into trips that this purse pays
    for."""

    made: int
    own: dict[Payer, tuple[int, list[int]]]
    rooms: dict[tuple[int, Payer], int]

    def lent(self, payer: Payer) -> list[int]:
        """What others load into the trips of a purse."""
        return [room for (_, purse), room in self.rooms.items() if purse == payer]

    def taken(self, payer: Payer) -> list[int]:
        """What an offer's goods without a sponsor load into trips of others."""
        return [room for (offer, _), room in self.rooms.items() if (UNAIDED, offer) == payer]

    def arcs(self, loop: int) -> list[int]:
        """Whose goods a loop may be there for."""
        rooms = {room: self.own[UNAIDED, offer][1] for (offer, _), room in self.rooms.items()}
        guests = next((self.lent(payer) for payer, (own, _) in self.own.items() if own == loop), [])
        mine = next((arcs for own, arcs in self.own.values() if own == loop), [])
        return rooms[loop] if loop in rooms else mine + [a for room in guests for a in rooms[room]]


def unaided_pools(book: Layout, offer: int) -> list[int]:
    """Without a sponsor, of an offer with a least quantity that sponsors may want to be filled."""
    pools = book.pools_of(offer) if book.offers["min_quantity"][offer] > 0 else []
    free = [pool for pool in pools if book.sponsor[pool] < 0]
    return free if len(free) < len(pools) else []


def trips_of(book: Layout, lane: int, when: int) -> Trips:
    """Where only one purse could use a lane, it pays for the trips that are made."""
    users: dict[Payer, list[int]] = {}
    offers: dict[Payer, list[int]] = {}
    wanted: dict[tuple[int, Payer], list[int]] = {}
    for a in book.arcs[LANE, lane, when]:
        pool = book.arc_pool[a]
        offer, purse = book.givers[pool][0], purse_of(book, pool)
        users.setdefault(purse, []).append(a)
        if pool in unaided_pools(book, offer):
            offers.setdefault((UNAIDED, offer), []).append(a)
        elif book.sponsor[pool] >= 0 and unaided_pools(book, offer):
            wanted.setdefault((offer, purse), []).append(a)
    purses = {purse: arcs for purse, arcs in users.items() if purse[1] >= 0}
    loops: dict[tuple[int, int], list[int]] = defaultdict(list)
    for kind in (SHARE, TRIP):
        for a in book.arcs.get((kind, lane, when), ()):
            loops[kind, book.arc_pool[a]].append(a)

    def take(kind: int, arcs: list[int]) -> int:
        found = loops[kind, min((book.arc_pool[a] for a in arcs), default=-1)]
        need(found, f"trips of lane {book.lanes['id'][lane]} are not counted for all who pay for them")
        return found.pop(0)

    made = take(TRIP, [])
    own = {
        payer: (take(TRIP, arcs), arcs)
        for payer, arcs in ((purses if len(users) > 1 else {}) | offers).items()
    }
    rooms = {key: take(SHARE, arcs) for key, arcs in wanted.items() if (UNAIDED, key[0]) in offers}
    need(not any(loops.values()), f"trips of lane {book.lanes['id'][lane]} are counted for nobody")
    return Trips(made, {purse: (made, arcs) for purse, arcs in purses.items()} | own, rooms)


def trips_charged(book: Layout) -> dict[Payer, dict[int, int]]:
    """What each payer is charged for a trip on the loops that count its trips, in billionths of money."""
    found: dict[Payer, dict[int, int]] = defaultdict(dict)
    for made in book.arcs[TRIP, "pool", -1]:
        for payer, (loop, _) in trips_of(
            book, book.arc_ref[made], book.period[book.p.tail[made]]
        ).own.items():
            found[payer][loop] = -book.p.value[made]
    return found


# ==== rows ==================================================================================================
# Coupling rows: every limit that lanes, listings, purses and rules set.


def all_rows(book: Layout) -> Iterator[Row]:
    """Every row that the book asks for."""
    yield from lane_rows(book)
    yield from listing_rows(book)
    for p in (p for p in book.served if (LINES, p) in book.columns):  # no larger than its whole lines allow
        yield Row(PART, p, 0, None, 0, {}, {(PROJECT, p): 10**6, (LINES, p): -(10**6)})
    yield from purse_rows(book)
    for rule in book.rules:
        yield from rule.rows()


def lane_rows(book: Layout) -> Iterator[Row]:
    """What lanes carry keeps to their capacity, and to what their trips can load."""
    lanes = book.lanes
    for (kind, lane, when), arcs in book.arcs.items():
        if kind == LANE and lane != "pool":
            loads = {a: book.weight(a) * 1000 for a in arcs}
            if lanes["capacity_t"][lane] >= 0:
                yield Row(CAPACITY, lane, when, None, lanes["capacity_t"][lane], loads, {})
            if lanes["trip_t"][lane] > 0:
                yield from trip_rows(book, lane, when, loads)


def trip_rows(book: Layout, lane: int, when: int, loads: dict[int, int]) -> Iterator[Row]:
    """What is loaded fits into the trips that are made, and that of each payer into those counted for it,
    with what others load into them, or less what it loads into those of others."""
    trips, room = trips_of(book, lane, when), book.lanes["trip_t"][lane] * 1000
    yield Row(TRIPS, lane, when, None, 0, loads | {trips.made: -room}, {})
    for payer, (own, arcs) in trips.own.items():
        if own != trips.made:
            some = {a: loads[a] for a in arcs} | {own: -room}
            shared = dict.fromkeys(trips.lent(payer), 10**9) | dict.fromkeys(trips.taken(payer), -(10**9))
            yield Row(OWN_TRIPS, lane, when, None, 0, some | shared, {})


def listing_rows(book: Layout) -> Iterator[Row]:
    """Links to switches, least quantities, and the one taker of a whole offer."""
    o, n, charged = book.offers, book.needs, trips_charged(book)
    for i in book.alone:
        first, caused = taken_by(book, i) if book.has_one_taker(i) else {}, caused_by(book, i)
        for b in (b for pool in book.pools_of(i) for b in book.arcs[NEED, "pool", pool]):
            purse = purse_of(book, book.arc_pool[b])
            ref, moved = book.arc_ref[b], book.place[book.p.tail[b]] == book.num_places
            asked = n["quantity"][ref] + book.left_over[ref] * (n["project"][ref] >= 0)
            most = asked if o["quantity"][i] < 0 else min(asked, o["quantity"][i])
            switches = [(OFFER, i)] * book.switched(i) + [(MOVE, i)] * (book.moves_once(i) and moved)
            switches += [
                caused[switch, purse]
                for switch in (OFFER, MOVE)
                if (switch, purse) in caused and (moved or switch == OFFER)
            ]
            for switch in switches + ([(TAKER, first[book.arc_ref[b]])] if first else []):
                yield Row(LINK, b, 0, None, 0, {b: 10**9}, {switch: -most})
        if book.has_one_taker(i):
            yield Row(ONE, i, 0, None, 10**6, {}, {(TAKER, a): 10**6 for a in first.values()})
        if free := unaided_pools(book, i):
            keys = [(kind, "pool", pool) for kind in (OFFER, LANE, NEED) for pool in free]
            paid = {a: -book.p.value[a] for key in keys for a in book.arcs[key]} | charged[UNAIDED, i]
            lines = {n["project"][j] for pool in free for j in book.takers[pool]} & {*book.served}
            yield Row(UNAIDED, i, 0, None, 0, paid, {(PROJECT, p): -book.project_worth[p] for p in lines})
    for kind, table in ((OFFER, o), (NEED, n)):
        for ref, least in enumerate(table["min_quantity"]):
            arcs = dict.fromkeys(book.arcs.get((kind, ref, 0), ()), 10**9)
            if least > 0 and arcs:
                j = book.columns[kind, ref] - book.p.num_arcs
                yield Row(LEAST, j, 0, 0, None, arcs, {(kind, ref): -least})
                if kind == NEED:
                    yield Row(MOST, j, 0, None, 0, arcs, {(kind, ref): -n["quantity"][ref]})


def purse_rows(book: Layout) -> Iterator[Row]:
    """What sponsors pay beyond what is paid to them keeps to their budgets; what a funded project buys, to
    its own money and the capital it gets."""
    o, n, projects = book.offers, book.needs, book.projects
    spent: dict[tuple[int, int], tuple[dict[int, int], dict[Any, int]]] = defaultdict(lambda: ({}, {}))
    for pool in range(len(book.sponsor)):
        for purse in purses_of(book, {pool}):
            for a in (a for kind in (OFFER, NEED, LANE) for a in book.arcs[kind, "pool", pool]):
                is_need, ref = book.arc_kind[a] == NEED, book.arc_ref[a]
                paid = over_term(book.pays[ref], book.term[pool], up=False) if is_need else book.p.value[a]
                spent[purse][0][a] = -paid
    for purse, trips in trips_charged(book).items():
        if purse[0] != UNAIDED:
            spent[purse][0].update(trips)
    for i in book.alone:
        caused = caused_by(book, i)
        for purse in purses_of(book, {*book.pools_of(i)}):
            costs = {
                caused.get((switch, purse), (switch, i)): cost
                for switch, cost in ((OFFER, o["fixed_cost"][i]), (MOVE, o["move_cost"][i]))
            }
            spent[purse][1].update({key: cost for key, cost in costs.items() if key in book.columns})
    for p in book.served:
        if projects["sponsor"][p] >= 0:
            spent[BUDGET, projects["sponsor"][p]][1][PROJECT, p] = -projects["limit_price"][p]
        if p in book.funded:
            spent[FUNDING, p][1][PROJECT, p] = -projects["own_money"][p]
    for j, line in enumerate(n["project"]):
        if book.capital[j] and line in book.served:
            spent[FUNDING, line][0].update(dict.fromkeys(book.arcs.get((NEED, j, 0), ()), -(10**9)))
    for (kind, ref), (arcs, switches) in spent.items():
        if kind == BUDGET or ref in book.served:
            yield Row(kind, ref, 0, None, book.budget[ref] if kind == BUDGET else 0, arcs, switches)


def purses_of(book: Layout, pools: set[int]) -> set[tuple[int, int]]:
    """Who bears the costs of some pools: sponsors from their budgets, projects from their funds."""
    sponsors, projects = ({who[pool] for pool in pools} - {-1} for who in (book.sponsor, book.project))
    return {(BUDGET, who) for who in sponsors} | {(FUNDING, who) for who in projects}


# ==== follows ===============================================================================================
# Rows and columns are just those that follow from the book.


def check_book(book: Layout) -> None:
    """Rows and columns are just those of the book."""
    p, one = book.p, 1 / book.claims.number("bundle_quantum")
    entries: dict[int, dict[int, int]] = defaultdict(dict)
    for i, j, a in p.entries():
        need(j not in entries[i], f"row {i} names column {j} twice")
        entries[i][j] = a
    seen = set()
    for i in range(p.num_nodes):
        limits = tuple(x if x is None else x * p.factor for x in node_limits(book, i))
        need((p.lower[i], p.upper[i]) == limits, f"node {i} has other limits")
        where = book.pool[i], book.place[i], book.period[i]
        need(book.kind[i] == HUB or where == (-1, -1, -1), f"node {i} is of a listing, yet has a place")
        seen.add((HUB, where) if book.kind[i] == HUB else (book.kind[i], book.ref[i]))
    need(len(seen) == p.num_nodes, "two nodes stand for one listing or hub")
    for a in range(p.num_arcs):
        pool, (holds, value, most) = book.arc_pool[a], arc_terms(book, a)
        lot = {TRIP: 10**6, SHARE: 0}.get(book.arc_kind[a], book.step[book.category[pool]])
        holds &= pool >= (-1 if book.arc_kind[a] == TRIP else 0)
        need(holds and (p.value[a], p.step[a]) == (value, lot), f"arc {a} does not follow from the book")
        need(p.capacity[a] < 0 or (most is not None and p.capacity[a] >= most), f"arc {a} has too low a cap")
    need(
        all(len(book.givers[pool]) == 1 for i in book.alone for pool in book.pools_of(i)),
        "an offer that is decided on as a whole shares its pool with others",
    )
    given: dict[int, dict[int, Any]] = defaultdict(dict)
    bundles = all_bundles(book)
    need({*bundles} == {*book.columns}, "bundles are missing, or too many")
    need(len(bundles) == p.num_columns - p.num_arcs, "a bundle is there twice")
    for key, (value, whole, nodes) in bundles.items():
        j = book.columns[key]
        stated = p.value[j], p.capacity[j], p.step[j], book.arc_pool[j]
        need(stated == (value, one, one if whole else 0, -1), f"bundle {j} does not follow from the book")
        for i, amount in nodes.items():
            given[i][j] = amount * p.factor / one
    joined = all(kept(entries[i]) == kept(given[i]) for i in range(p.num_nodes))
    need(joined, "a bundle gives to nodes, or takes from them, what does not follow from the book")
    check_rows(book, entries)


def check_rows(book: Layout, entries: dict[int, dict[int, int]]) -> None:
    p, per_limit, per_arc = book.p, int(book.per_limit), int(book.per_limit) // 10**9
    wanted: dict[tuple[int, int, int], list[Any]] = defaultdict(list)
    for kind, ref, when, low, high, arcs, switches in all_rows(book):
        limits = (x if x is None else x * per_limit for x in (low, high))
        columns = {book.columns[key]: int(h * book.per_switch) for key, h in switches.items()}
        wanted[kind, ref, when].append((*limits, kept({a: x * per_arc for a, x in arcs.items()} | columns)))
    for i in range(p.num_nodes, p.num_rows):
        key, stated = (book.kind[i], book.ref[i], book.period[i]), (p.lower[i], p.upper[i], kept(entries[i]))
        need(key in wanted and book.pool[i] == book.place[i] == -1, f"row {i} is not in the book")
        need(stated in wanted[key], f"row {i} is not that of the book, or is there twice")
        wanted[key].remove(stated)
    lacking = [key for key, rows in wanted.items() if rows]
    need(not lacking, f"the rows {lacking[:3]} of the book are missing")


def kept(entries: dict[int, Any]) -> dict[int, Any]:
    return {j: a for j, a in entries.items() if a}


# ==== eligible ==============================================================================================
# Who may serve whom: categories, terms, requirements and windows, compared by type of listing.

SORTED = {"<": lt, "<=": le, ">": gt, ">=": ge}


class Eligibility:
    """Listings are compared by type: all that decides eligibility but the window."""

    def __init__(self, folder: Folder, book: Book) -> None:
        self.book = book
        self.answers: dict[str, dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
        for owner, name, value, number in folder.text("book/attributes.csv", "owner,name,value,number"):
            self.answers[owner][name].add((value, int(number) if number else None))
        self.asks: dict[str, set[Any]] = defaultdict(set)
        for listing, name, how, values, number in folder.text(
            "book/requirements.csv", "listing,attribute,comparison,values,number"
        ):
            self.asks[listing].add((name, how, tuple(values.split(";")), int(number) if number else None))
        self.types: list[Any] = []  # of offers, then of needs, by number
        self.numbers: dict[Any, int] = {}
        o, n = book.offers, book.needs
        kinds, said = (
            book.categories["kind"],
            ("category", "loan", "term_months", "place", "remote", "move_cost", "project"),
        )
        self.of_offer = self.read_types(
            o,
            n["id"],
            [
                (
                    c,
                    kinds[c],
                    made >= 0 > book.projects["sponsor"][made],
                    *((loan, term) if kinds[c] == CAPITAL else ()),
                    *((place,) if kinds[c] == TALENT and not remote and move < 0 else ()),
                )
                for c, loan, term, place, remote, move, made in across(*(o[field] for field in said))
            ],
        )
        self.of_need = self.read_types(
            n,
            o["id"],
            [
                (frozenset(cs), term, place if any(kinds[c] == TALENT for c in cs) else -1, who >= 0)
                for cs, term, place, who in across(
                    n["categories"], n["term_months"], n["place"], n["sponsor"]
                )
            ],
        )
        self.takers: dict[int, list[int]] = defaultdict(list)  # types of needs, by category
        for wanted in sorted({*self.of_need}):
            for category in self.types[wanted][0][0]:
                self.takers[category].append(wanted)
        self.memo: dict[tuple[int, int], bool] = {}

    def read_types(self, table: dict[str, list[Any]], others: list[str], keys: list[Any]) -> list[int]:
        """The number of each listing's type: (key, what it asks, what it answers to the other side)."""
        names = sorted({str(ask[0]) for other in others if other in self.asks for ask in self.asks[other]})
        people, places, answers = self.book.people, self.book.places["id"], self.answers
        found: list[int] = []
        for listing, who, place, key in across(table["id"], table["participant"], table["place"], keys):
            holders = [listing, people["id"][who], *places[place : place + 1][: place + 1]]
            told = []
            for name in names:
                own = next((answers[x][name] for x in holders if x in answers and name in answers[x]), None)
                given = people[name][who] if name in ("role", "region") else ""
                told.append((name, frozenset(own or ({(given, None)} if given else ()))))
            kind = key, frozenset(self.asks.get(listing, ())), tuple(told)
            if kind not in self.numbers:
                self.numbers[kind] = len(self.types)
                self.types.append((key, kind[1], dict(told)))
            found.append(self.numbers[kind])
        return found

    def fits(self, offer: int, wanted: int) -> bool:
        """Whether a type of offers and a type of needs may meet, windows aside."""
        if (offer, wanted) not in self.memo:
            (category, kind, unbacked, *more), asks, answers = self.types[offer]
            (accepted, months, place, sponsored), asked, answered = self.types[wanted]
            if kind == CAPITAL:  # a loan for its term, a grant for none
                agreed = (0 < months <= (more[1] or months)) if more[0] else months == 0
            else:
                agreed = more in ([], [place])  # talent may stay at its place
            # No sponsor buys what a project makes that has none: its costs are in no budget.
            self.memo[offer, wanted] = (
                agreed
                and category in accepted
                and not (unbacked and sponsored)
                and all(meets(ask, answered[ask[0]]) for ask in asks)
                and all(meets(ask, answers[ask[0]]) for ask in asked)
            )
        return self.memo[offer, wanted]

    def window(self, kind: int, i: int, stored: bool) -> tuple[float, float]:
        """Offers and needs meet in time if each begins before the other ends; goods in store wait."""
        book, table = self.book, (self.book.offers, self.book.needs)[kind]
        first, last = table["from_day"][i], table["until_day"][i]
        if kind == OFFER:
            last = min(last, table["use_by_day"][i])
            return (-math.inf, book.period_of(table["use_by_day"][i])) if stored else (first, last)
        return (book.period_of(first), math.inf) if stored else (first, last)

    def meetings(self, offers: Sequence[int], needs: Sequence[int]) -> int:
        """How many pairs of these are eligible."""
        given: dict[int, list[int]] = defaultdict(list)
        taken: dict[int, list[int]] = defaultdict(list)
        for i in offers:
            given[self.of_offer[i]].append(i)
        for j in needs:
            taken[self.of_need[j]].append(j)
        spans: dict[tuple[int, bool], tuple[list[float], list[float]]] = {}
        total = 0
        for offer, members in given.items():
            stored = self.book.days > 0 and self.types[offer][0][1] == GOODS
            windows: dict[Any, int] = defaultdict(int)
            for i in members:
                windows[self.window(OFFER, i, stored)] += 1
            for wanted in self.takers[self.types[offer][0][0]]:
                if wanted in taken and self.fits(offer, wanted):
                    if (wanted, stored) not in spans:
                        told = [self.window(NEED, j, stored) for j in taken[wanted]]
                        spans[wanted, stored] = sorted(x for x, _ in told), sorted(x for _, x in told)
                    starts, ends = spans[wanted, stored]
                    for (first, last), count in windows.items():
                        total += count * (bisect_right(starts, last) - bisect_left(ends, first))
        return total


def meets(ask: tuple[Any, ...], answer: frozenset[tuple[str, int | None]]) -> bool:
    """Whether what is said (several values make a set) is what is asked for; nothing said is not."""
    _, how, values, number = ask
    numbers = [x for _, x in answer if x is not None]
    if how in SORTED:
        return number is not None and any(SORTED[how](x, number) for x in numbers)
    held, asked = (
        ({*numbers}, {number}) if number is not None else ({value for value, _ in answer}, {*values} - {""})
    )
    if how == "has_all":
        return bool(answer) and asked <= held
    need(how in ("=", "!=", "in", "has_any"), f"nobody can compare by {how[:20]!r}")
    return bool(answer) and bool(held & asked) == (how != "!=")


# ==== ways ==================================================================================================
# Ways: no lane is missing from a pool unless it could make no way cheaper.


class Ways:
    """The lanes of pools of goods."""

    def __init__(self, book: Layout) -> None:
        self.book = book
        self.detours: dict[Any, bool] = {}  # whether all lanes lead nowhere more cheaply than those of a pool

    def check(self, pool: int, starts: set[int], stops: set[int], usable: int, used: set[Any]) -> None:
        """Every lane between offers and needs is there, or is on no way that is cheaper than those there."""
        book, lanes, category = self.book, self.book.lanes, self.book.category[pool]
        ends = lanes["from_place"], lanes["to_place"]
        ways = [
            k
            for k, carries in enumerate(lanes["carries"])
            if ends[0][k] != ends[1][k] and (not carries or category in carries)
        ]
        reached = [self.reach(side, ways, ends[k], ends[1 - k]) for k, side in enumerate((starts, stops))]
        ways = [k for k in ways if ends[0][k] in reached[0] and ends[1][k] in reached[1]]
        missing = [k for k in ways for t in range(usable - book.lag(k) + 1) if (k, t) not in used]
        need(
            all(t + book.lag(k) <= usable for k, t in used), f"goods of pool {pool} move after their last day"
        )
        if missing:
            ruled = any(rule.own.over == LANE for rule in book.rules if not rule.is_budget)
            limited = ruled or any(lanes["capacity_t"][k] >= 0 or lanes["trip_t"][k] > 0 for k in ways)
            key = category, frozenset(starts), frozenset(stops), frozenset(k for k, _ in used)
            if key not in self.detours:
                self.detours[key] = (
                    not limited
                    and not book.days
                    and self.as_cheap(category, sorted(starts), stops, [k for k, _ in used], ways)
                )
            need(
                self.detours[key],
                f"pool {pool} lacks lane {lanes['id'][missing[0]]}, which could make a way cheaper",
            )

    @staticmethod
    def reach(start: set[int], ways: Sequence[int], tail: Sequence[int], head: Sequence[int]) -> set[int]:
        out: dict[int, list[int]] = defaultdict(list)
        for k in ways:
            out[tail[k]].append(head[k])
        reached, todo = {*start}, [*start]
        while todo:
            for place in out.get(todo.pop(), ()):
                if place not in reached:
                    reached.add(place)
                    todo.append(place)
        return reached

    def as_cheap(
        self, category: int, starts: list[int], stops: set[int], used: list[int], ways: list[int]
    ) -> bool:
        """Whether the lanes used lead from each start to each stop as cheaply as all ways do."""
        lanes = self.book.lanes
        far: dict[int, list[Any]] = defaultdict(lambda: [math.inf] * len(starts))
        for i, place in enumerate(starts):
            far[place][i] = 0

        def relax(chosen: list[int]) -> None:
            out: dict[int, list[tuple[int, int]]] = defaultdict(list)
            for k in chosen:
                out[lanes["from_place"][k]].append((lanes["to_place"][k], self.book.haulage(k, category)))
            todo = deque(far)
            waiting = {*todo}
            while todo:
                here = todo.popleft()
                waiting.discard(here)
                for place, haulage in out.get(here, ()):
                    best = [*map(min, far[place], map(partial(add, haulage), far[here]))]
                    if best != far[place]:
                        far[place] = best
                        if place not in waiting:
                            waiting.add(place)
                            todo.append(place)

        relax(used)
        before = {place: far[place] for place in stops}
        relax(ways)
        return all(far[place] == before[place] for place in stops)


# ==== pools =================================================================================================
# Pools: each holds only pairs that are eligible, and none is missing.


class Pools:
    """Who may serve whom, by which lanes: every pool holds only pairs that are eligible, and none is missing.

    What a participant would get from itself counts neither way, since no award may be of that kind.
    """

    def __init__(self, folder: Folder, book: Layout) -> None:
        self.folder, self.book = folder, book
        self.terms, self.ways = Eligibility(folder, book), Ways(book)

    def check(self) -> None:
        """Pools are eligible throughout, no pair is in two, and there are as many as the whole book has."""
        book, pooled = self.book, 0
        open_now = [[i for i, x in enumerate(table["quantity"]) if x] for table in (book.offers, book.needs)]
        members = book.givers, book.takers
        pools_of: dict[int, list[int]] = defaultdict(list)
        for pool, offers in enumerate(members[OFFER]):
            for i in offers:
                pools_of[i].append(pool)
        for pools in {tuple(pools) for pools in pools_of.values()}:
            needs = [j for pool in pools for j in members[NEED][pool]]
            need(len({*needs}) == len(needs), f"a need is in two of the pools {pools[:9]} of the same offer")
        for pool, (offers, needs) in enumerate(across(*members)):
            self.check_pool(pool, offers, needs)
            sides = [
                [i for i in side if table["quantity"][i]]
                for side, table in ((offers, book.offers), (needs, book.needs))
            ]
            pooled += len(sides[0]) * len(sides[1]) - sum(len(a) * len(b) for a, b in self.own(*sides))
        meetings = self.terms.meetings(*open_now) - sum(
            self.terms.meetings(a, b) for a, b in self.own(*open_now)
        )
        need(
            pooled == meetings,
            f"{meetings} pairs of an offer and a need are eligible, but the pools have {pooled}",
        )
        self.check_left_out()

    def own(self, offers: Sequence[int], needs: Sequence[int]) -> list[tuple[list[int], list[int]]]:
        """The offers and needs of each participant that has both."""
        mine: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for kind, table, side in ((OFFER, self.book.offers, offers), (NEED, self.book.needs, needs)):
            for i in side:
                mine[table["participant"][i]][kind].append(i)
        return [(a, b) for a, b in mine.values() if a and b]

    def check_left_out(self) -> None:
        """Every listing without a column is named, with the reason; and every project that lacks a line."""
        book, wanted = self.book, []
        for kind, noun, other, table in (
            (OFFER, "offer", "need", book.offers),
            (NEED, "need", "offer", book.needs),
        ):
            wanted += [
                [noun, name, "quantity 0" if table["asked"][i] == 0 else f"no eligible {other}"]
                for i, name in enumerate(table["id"])
                if not book.arcs.get((kind, i, 0))
            ]
        wanted += [
            ["project", name, "not every line has an eligible offer"]
            for p, name in enumerate(book.projects["id"])
            if p not in book.served
        ]
        need(
            sorted(self.folder.text("book/left_out.csv", "noun,id,reason")) == sorted(wanted),
            "left_out.csv does not name what has no column, each with its reason",
        )

    def check_pool(self, pool: int, offers: Sequence[int], needs: Sequence[int]) -> None:
        """All its pairs are eligible, and each listing is joined to all the hubs that it could use."""
        book = self.book
        for offer in {self.terms.of_offer[i] for i in offers}:
            for wanted in {self.terms.of_need[j] for j in needs}:
                need(
                    self.terms.fits(offer, wanted),
                    f"an offer and a need of pool {pool} do not meet each other's terms",
                )
        stored = book.days > 0 and book.kind_of(pool) == GOODS
        spans = [
            [self.terms.window(kind, i, stored) for i in side]
            for kind, side in ((OFFER, offers), (NEED, needs))
        ]
        if offers and needs:
            meet = [
                max(first for first, _ in spans[k]) <= min(last for _, last in spans[1 - k])
                for k in (OFFER, NEED)
            ]
            need(all(meet), f"an offer and a need of pool {pool} never meet in time")
        if book.kind_of(pool) == GOODS:
            self.check_goods(pool, offers, needs)
        else:
            self.check_hubs(pool, offers, needs)

    def check_hubs(self, pool: int, offers: Sequence[int], needs: Sequence[int]) -> None:
        """What is not shipped meets in one hub; talent where it is, and with all others if it can move."""
        book, p, anywhere = self.book, self.book.p, self.book.num_places
        given: dict[int, list[Any]] = defaultdict(list)
        taken: dict[int, list[Any]] = defaultdict(list)
        for a in book.arcs[OFFER, "pool", pool]:
            given[book.arc_ref[a]].append(((book.place[p.head[a]], book.period[p.head[a]]), -p.value[a]))
        for a in book.arcs[NEED, "pool", pool]:
            taken[book.arc_ref[a]].append(book.place[p.tail[a]])
        need(
            all(sorted(given[i]) == sorted(entrances(book, i, pool)) for i in offers),
            f"an offer of pool {pool} does not give wherever it can",
        )
        hubs = {where for ends in given.values() for (where, _), _ in ends}
        single = len(offers) == 1 and offers[0] in book.alone
        for j in needs:
            here = {book.at(book.needs["place"][j])} & hubs if book.kind_of(pool) == TALENT else set()
            there = {anywhere} & hubs if not (single and here) else set()
            need({*taken[j]} == here | there, f"a need of pool {pool} does not take from wherever it can")

    def check_goods(self, pool: int, offers: Sequence[int], needs: Sequence[int]) -> None:
        """Needs have all their arcs, goods may wait, and no lane is missing."""
        book = self.book
        o, n = book.offers, book.needs
        keep = {(book.period_of(o["use_by_day"][i]), book.period_of(o["until_day"][i])) for i in offers}
        need(len(keep) < 2, f"goods of pool {pool} do not keep equally long")
        usable, until = next(iter(keep), (0, 0))
        inner = {
            kind: {(book.arc_ref[a], book.period[book.p.tail[a]]) for a in book.arcs[kind, "pool", pool]}
            for kind in (NEED, LANE, STORAGE)
        }
        places = {
            book.place[book.p.tail[a]]
            for kind in (NEED, LANE, STORAGE)
            for a in book.arcs[kind, "pool", pool]
        }
        places |= {
            book.place[book.p.head[a]] for kind in (OFFER, LANE) for a in book.arcs[kind, "pool", pool]
        }
        served = {
            (j, t)
            for j in needs
            for t in range(
                book.period_of(n["from_day"][j]), min(usable, book.period_of(n["until_day"][j])) + 1
            )
        }
        need(inner[NEED] == served, f"pool {pool} does not serve each need just as long as goods keep")
        waits = {(place, t) for place in places for t in range(min(usable, until))}
        need(inner[STORAGE] == waits, f"goods of pool {pool} do not wait just as long as they may")
        starts = {book.at(o["place"][i]) for i in offers}
        stops = {book.at(n["place"][j]) for j in needs}
        self.ways.check(pool, starts, stops, usable, inner[LANE])


# ==== awards ================================================================================================
# Awards: parts of the flows, each with a route that leads from its offer to its need.

Award = tuple[int, int, int, list[int]]  # offer, need, quantity, the lanes of its route


def read_awards(folder: Folder, book: Layout) -> list[Award]:
    """Awards are eligible, connected, and add up to the flows of offers and needs; lanes carry them all."""
    p, awards = book.p, list[Award]()
    offers, needs, lanes = book.offers, book.needs, book.lanes
    flows: dict[Any, int] = defaultdict(int)
    pools: dict[Any, set[int]] = defaultdict(set)
    for a in range(p.num_arcs):
        kind, ref, pool = book.arc_kind[a], book.arc_ref[a], book.arc_pool[a]
        flows[(kind, ref, book.category[pool]) if kind == LANE else (kind, ref)] += p.amount[a]
        pools[kind, ref].add(pool)
    stops = folder.numbers("routes.csv", "lane")[0]
    route = iter(stops)
    for i, j, quantity, hops in across(*folder.numbers("awards.csv", "offer,need,quantity,hops")):
        need(quantity > 0 and 0 <= hops <= len(stops), f"the award of offer {i} to need {j} is of nothing")
        need(pools[OFFER, i] & pools[NEED, j], f"offer {i} may not serve need {j}")
        need(offers["participant"][i] != needs["participant"][j], f"the owner of offer {i} supplies itself")
        here = offers["place"][i]
        awards.append((i, j, quantity, [next(route, -1) for _ in range(hops)]))
        for lane in awards[-1][3]:
            need(
                lane >= 0 and lanes["from_place"][lane] == here, f"the route from offer {i} to {j} is broken"
            )
            here = lanes["to_place"][lane]
            flows[LANE, lane, offers["category"][i]] -= quantity
        travels = book.categories["kind"][offers["category"][i]] == GOODS
        need(
            here == needs["place"][j] if travels else not hops,
            f"the route from offer {i} does not end at need {j}",
        )
        flows[OFFER, i] -= quantity
        flows[NEED, j] -= quantity
    need(next(route, None) is None, "routes.csv has lanes of no award")
    need(
        all(x == 0 if key[0] == NEED or key[0] == OFFER else x >= 0 for key, x in flows.items()),
        "the awards are not parts of the flows",
    )
    return awards


# ==== prices ================================================================================================
# Prices from the price duals, in exact fine units (docs/prices.md).


class Money:
    """Prices, and what limits earn, in the exact fine unit that all price duals are whole multiples of."""

    def __init__(self, folder: Folder, book: Layout) -> None:
        self.book, self.p, claims = book, book.p, book.claims
        rows, values = folder.numbers("price_duals.csv", "row,value")
        within(rows, self.p.num_rows, "price_duals.csv: row")
        self.dual, scale = dict(across(rows, values)), claims.number("price_row_scale", 0)
        need(len(self.dual) == len(rows), "price_duals.csv names a row twice")
        scales = Fraction(1, 10**9), claims.number("price_node_scale", 0), scale / 10**9
        whole = math.lcm(*(x.denominator for x in scales))
        unit = Fraction(math.gcd(*(int(x * whole) for x in scales)), whole)
        self.per_value, self.per_node, per_rent = (int(x / unit) for x in scales)
        self.millionth = int(1 / unit)  # of money, in the unit times a millionth of quantity
        need(unit.numerator == 1, "the price duals are too coarse")
        self.rent: dict[int, int] = defaultdict(int)
        self.charges: dict[int, list[tuple[int, int]]] = defaultdict(list)  # column -> (rule, amount)
        per_entry, per_switch = int(book.per_limit) // 10**9, int(book.per_switch)
        for i, a, g in self.p.entries():
            if i < self.p.num_nodes:
                continue
            kind, dual, is_arc = book.kind[i], self.dual.get(i, 0), a < self.p.num_arcs
            if (
                kind in (CAPACITY, TRIPS, OWN_TRIPS, LINK)
                and dual > 0
                and is_arc
                and book.arc_kind[a] not in (SHARE, TRIP)
            ):
                licence = kind == LINK and book.kind_of(book.arc_pool[a]) == TECHNOLOGY
                self.rent[a] += 0 if licence else g // per_entry * dual * per_rent
            floor = self.p.lower[i] is not None
            if kind in (RULE, COUNT) and (dual or floor) and (is_arc or book.arc_kind[a] == PROJECT):
                self.charges[a].append(
                    (book.rule_of(i), g // (per_entry if is_arc else per_switch) * dual * per_rent)
                )
        worth = defaultdict[tuple[int, int], Fraction](Fraction)
        for i in range(self.p.num_nodes, self.p.num_rows):
            if book.kind[i] in (BUDGET, FUNDING, UNAIDED):
                worth[book.kind[i], book.ref[i]] = max(0, self.dual.get(i, 0)) * scale
        self.factor = [
            1 / (1 + worth[BUDGET, who])
            if who >= 0
            else 1 / (1 + worth[FUNDING, project] + sum(worth[UNAIDED, i] for i in given[:1]))
            for who, project, given in across(book.sponsor, book.project, book.givers)
        ]
        self.lane_rent = dict.fromkeys(range(len(book.lanes["id"])), 0)
        for i in range(self.p.num_nodes, self.p.num_rows):
            if book.kind[i] == CAPACITY and self.dual.get(i, 0) > 0:
                self.lane_rent[book.ref[i]] = max(
                    self.lane_rent[book.ref[i]], int(self.dual[i] * scale * 10**9)
                )

    def charge(self, arc: int) -> int:
        """What rules add to the price of a unit on an arc."""
        return sum(amount for _, amount in self.charges.get(arc, ()))

    def price(self, node: int, rent: int, pool: int) -> int:
        """In billionths of money, to the nearest."""
        return self.worth(self.dual.get(node, 0), rent, pool)

    def worth(self, dual: int, rent: int, pool: int) -> int:
        """The price that a dual stands for."""
        factor, fine = self.factor[pool], rent - dual * self.per_node
        over = factor.denominator * self.per_value
        return int((2 * fine * factor.numerator + over) // (2 * over))

    def check_prices(self, folder: Folder) -> None:
        prices, (kind, ref, price) = self.prices(), folder.numbers("prices.csv", "kind,ref,price")
        need(
            dict(across(across(kind, ref), price)) == prices and len(kind) == len(prices),
            "a price does not follow from the price duals",
        )

    def prices(self) -> dict[tuple[int, int], int]:
        """(kind, ref) -> billionths: 0, 1 listings, where they trade or would first; 2 hubs; 3 rents."""
        book, p = self.book, self.p
        prices = {
            (2, book.ref[i]): self.price(i, 0, book.pool[i])
            for i in range(p.num_nodes)
            if book.kind[i] == HUB
        }
        prices |= {(3, lane): rent for lane, rent in self.lane_rent.items()}
        best: dict[tuple[int, int], tuple[Any, ...]] = {}
        for a in range(p.num_arcs):
            kind, pool = book.arc_kind[a], book.arc_pool[a]
            if kind in (OFFER, NEED):
                ruled = self.charge(a)
                added = -ruled if kind == OFFER else self.rent.get(a, 0) + ruled
                price = self.price(p.head[a] if kind == OFFER else p.tail[a], added, pool)
                key = (p.amount[a] == 0, book.sponsor[pool] >= 0, -price if kind == OFFER else price)
                best[kind, book.arc_ref[a]] = min(best.get((kind, book.arc_ref[a]), key), key)
        return prices | {key: -order[2] if key[0] == OFFER else order[2] for key, order in best.items()}


# ==== accounts ==============================================================================================
# Accounts: sponsors, purses of projects, and parts of the market that pay one another.

Account = tuple[int, int]  # (0, sponsor), (1, a part of the market) or (2, project): its purse
Lines = dict[tuple[Account, int], list[Any]]  # (account, ref) -> [quantity, base, top]
Terms = tuple[Any, Any, Any, Any, Any, Any]


def read_accounts(book: Layout, size: dict[int, int]) -> tuple[dict[int, Account], dict[int, Account]]:
    """The account of every arc that carries something, and that in which each project pays."""
    p = book.p
    parent: dict[Any, Any] = {}

    def top(node: Any) -> Any:
        while parent.setdefault(node, node) != node:
            parent[node] = node = parent[parent[node]]
        return node

    trips = {book.arc_ref[a] for a in range(p.num_arcs) if book.arc_kind[a] == TRIP and p.amount[a]}
    arcs = [a for a in range(p.num_arcs) if p.amount[a] and book.arc_kind[a] not in (SHARE, TRIP)]
    free, sponsors = {a for a in arcs if book.sponsor[book.arc_pool[a]] < 0}, book.projects["sponsor"]
    present = {line for line in size if sponsors[line] < 0}
    for a in free:
        parent[top(p.tail[a])] = top(p.head[a])
        line = book.needs["project"][book.arc_ref[a]] if book.arc_kind[a] == NEED else -1
        if line >= 0:
            present.add(line)
            parent[top(p.tail[a])] = top(("project", line))
        if book.arc_kind[a] == LANE and book.arc_ref[a] in trips:
            parent[top(p.tail[a])] = top(("lane", book.arc_ref[a]))
    signs: dict[int, int] = defaultdict(int)
    for i, j, g in p.entries():
        if i < p.num_nodes and book.arc_kind[j] == PROJECT and j >= p.num_arcs and book.arc_ref[j] in present:
            parent[top(i)] = top(("project", book.arc_ref[j]))
        elif book.kind[i] == RULE and i >= p.num_nodes and j < p.num_arcs and g:
            signs[i] |= 1 if g > 0 else 2
    for i, j, _ in p.entries():
        if j in free and i >= p.num_nodes and signs.get(i) == 3:  # it gives to some what it takes from others
            parent[top(p.tail[j])] = top(("row", i))
    number: dict[Any, int] = {}  # of each part, by where it shows first

    def part(node: Any) -> Account:
        return 1, number.setdefault(top(node), len(number))

    found: dict[int, Account] = {}
    for a in arcs:
        pool = book.arc_pool[a]
        purse = (2, book.project[pool]) if book.project[pool] >= 0 else (0, book.sponsor[pool])
        found[a] = purse if purse[1] >= 0 else part(p.tail[a])
    home: dict[int, Account] = {line: part(("project", line)) for line in sorted(present)}
    home |= {line: (0, who) for line, who in enumerate(sponsors) if who >= 0}
    return found, home


def new_lines() -> Lines:
    return defaultdict(lambda: [0, 0, 0])


def put(lines: Lines, account: Account, ref: int, quantity: int, base: int, top: int = 0) -> None:
    line = lines[account, ref]
    line[:] = map(add, line, (quantity, base, top))


def split(money: int, weights: list[int]) -> list[int]:
    """Whole parts of an amount in proportion to weights (alike where all are 0), which sum to it."""
    weights = weights if sum(weights) else [1] * len(weights)
    upto = [money * sum(weights[:k]) // sum(weights) for k in range(len(weights) + 1)]
    return [after - before for before, after in pairwise(upto)] if weights else []


# ==== dues ==================================================================================================
# Dues: what each account owes and is owed before it is settled, with fixed costs shared out.

Shares = dict[tuple[Account, int], int]


class Cost:
    """What is paid once, and the accounts that have it in common, those without a sponsor apart."""

    def __init__(
        self, lines: Lines, ref: int, cost: int, accounts: list[Account], alone: Shares, more: Shares
    ) -> None:
        self.lines, self.ref, self.cost = lines, ref, cost
        self.free = [account for account in accounts if account[0]]
        self.sponsored = [account for account in accounts if not account[0]]
        self.most = {account: alone.get((account, ref), cost) for account in accounts}
        self.more = {account: more.get((account, ref), 0) for account in self.sponsored}
        self.least = max(0, cost - sum(self.most[account] for account in self.sponsored))

    def fill(self, money: int, accounts: list[Account], beyond: bool = False) -> list[int]:
        """An amount by quantity, nobody above its most as long as all of these hold it; or by what each is
        charged beyond that."""
        most = [(self.more if beyond else self.most)[account] for account in accounts]
        weights = most if beyond else [self.lines[account, self.ref][0] for account in accounts]
        parts, weight = [0] * len(accounts), sum(weights)
        order = sorted(range(len(parts)), key=lambda i: Fraction(most[i], weights[i]) if weights[i] else -1)
        for i in order[:-1]:
            parts[i] = min(most[i], money * weights[i] // max(1, weight))
            money, weight = money - parts[i], weight - weights[i]
        for i in order[-1:]:
            parts[i] = money
        return parts


class Dues:
    """Lines of every account in exact fine units.

    A receiver's base is the least that it accepts, its top what prices give; a payer's base is what it pays
    at these prices, its top the most that it pays.
    """

    def __init__(self, money: Money) -> None:
        self.money, self.book, self.p = money, money.book, money.p
        book = self.book
        self.size = {
            book.arc_ref[j]: self.p.amount[j]
            for j in range(self.p.num_arcs, self.p.num_columns)
            if book.arc_kind[j] == PROJECT and self.p.amount[j]
        }
        limits = book.projects["limit_price"]
        self.limit = {
            ref: (limits[ref] if book.projects["sponsor"][ref] >= 0 else book.project_worth[ref])
            * size
            * money.per_value
            for ref, size in self.size.items()
        }
        self.account, self.home = read_accounts(book, self.size)
        self.offers, self.lanes, self.rules, self.needs, self.bought = (new_lines() for _ in range(5))
        self.givers: dict[int, set[int]] = defaultdict(set)  # pools of each offer that gives
        self.read_arcs()
        self.paid: dict[tuple[Account, bool, int], int] = defaultdict(int)
        self.share_costs()
        self.cost = self.close_purses()

    def proper(self, account: Account) -> Account:
        """A purse is settled in the part that its project is in."""
        return self.home[account[1]] if account[0] == 2 else account

    def read_arcs(self) -> None:
        book, p, money = self.book, self.p, self.money
        for a, account in self.account.items():
            kind, ref, pool, x = book.arc_kind[a], book.arc_ref[a], book.arc_pool[a], p.amount[a]
            part, whole = money.factor[pool].numerator * x, money.factor[pool].denominator
            rent, charge, cost = money.rent.get(a, 0), money.charge(a), -p.value[a] * money.per_value * x
            hub = -money.dual.get(p.head[a] if kind == OFFER else p.tail[a], 0) * money.per_node
            for rule, amount in money.charges.get(a, ()):
                put(self.rules, account, rule, 0, amount * part // whole)
            if kind == OFFER:
                self.givers[ref].add(pool)
                put(self.offers, account, ref, x, cost, (hub - charge) * part // whole)
            elif kind == NEED:
                price, line = -(-(hub + rent + charge) * part // whole), book.needs["project"][ref]
                if rent:  # the switches of the pool's only offer earn it
                    put(self.offers, account, book.givers[pool][0], 0, 0, rent * part // whole)
                if line >= 0:
                    put(self.bought, account, line, 0, price)
                else:
                    limit = over_term(book.needs["limit_price"][ref], book.term[pool], up=False)
                    most = limit * money.per_value * x if book.sponsor[pool] >= 0 else -cost
                    put(self.needs, account, ref, x, min(price, most), most)
            elif kind == LANE:
                put(self.lanes, account, ref, x * book.weight(a), cost, cost + rent * part // whole)
        for line in self.lanes.values():
            line[0] //= 10**6

    def share_costs(self) -> None:
        """Fixed costs, moves and trips are shared by quantity, licences' by what each buyer gains."""
        book, p, money = self.book, self.p, self.money
        able: dict[Account, int] = defaultdict(int)
        for ref, limit in self.limit.items():
            able[self.home[ref]] += limit
        for lines, side, sign in ((self.needs, 2, 1), (self.offers, 1, -1), (self.lanes, 1, -1)):
            for (account, _), line in lines.items():
                able[self.proper(account)] += sign * line[side]
        self.gains = defaultdict(int, self.limit)
        for (_, ref), line in self.bought.items():
            self.gains[ref] -= line[1]
        for j, ref in self.charged():
            self.gains[ref] -= money.charge(j) * p.amount[j]
        for (_, ref), line in self.offers.items():
            if book.offers["project"][ref] >= 0:
                self.gains[book.offers["project"][ref]] += line[2]
        moved = {
            book.arc_ref[j]
            for j in range(p.num_arcs, p.num_columns)
            if book.arc_kind[j] == MOVE and p.amount[j]
        }
        fixed = {
            i: (book.offers["fixed_cost"][i] + book.offers["move_cost"][i] * (i in moved)) * money.millionth
            for i in self.givers
        }
        trips: dict[int, int] = defaultdict(int)
        for a in range(p.num_arcs):
            if book.arc_kind[a] == TRIP and p.amount[a]:
                trips[book.arc_ref[a]] -= p.value[a] * money.per_value * p.amount[a]
        shared = []
        own = self.trips_alone()
        beyond = self.trips_more(own)
        for key in beyond:  # sponsors that have nothing on a lane themselves may pay for trips there
            put(self.lanes, *key, 0, 0)
        for lines, costs, ids, alone, more in (
            (self.offers, fixed, book.offers["id"], self.moves_alone(moved), {}),
            (self.lanes, trips, book.lanes["id"], dict.fromkeys(beyond, 0) | own, beyond),
        ):
            at = defaultdict(list)
            for account, ref in lines:
                at[ref].append(account)
            for ref in sorted((ref for ref, cost in costs.items() if cost > 0), key=ids.__getitem__):
                cost = Cost(lines, ref, costs[ref], sorted(at[ref]), alone, more)
                if cost.free:
                    able[self.proper(cost.free[0])] -= cost.least
                shared.append(cost)
        for cost in shared:
            self.share(cost, able)
        for lines in (self.offers, self.lanes):
            for line in lines.values():
                line[2] = max(line[1:])

    def moves_alone(self, moved: set[int]) -> dict[tuple[Account, int], int]:
        """What is paid once for an offer that moves by an account that takes only where the offer is."""
        book, away = self.book, defaultdict[tuple[Account, int], set[bool]](set)
        for a, account in self.account.items():
            if book.arc_kind[a] == OFFER and book.arc_ref[a] in moved:
                away[account, book.arc_ref[a]].add(book.place[self.p.head[a]] == book.num_places)
        fixed, unit = book.offers["fixed_cost"], self.money.millionth
        return {key: fixed[key[1]] * unit for key, ways in away.items() if ways == {False}}

    def trips_alone(self) -> dict[tuple[Account, int], int]:
        """What the trips of a lane would cost an account that had them to itself."""
        book, loads = self.book, defaultdict[tuple[Account, int, int], int](int)
        for a, account in self.account.items():
            if book.arc_kind[a] == LANE:
                key = account, book.arc_ref[a], book.period[self.p.tail[a]]
                loads[key] += self.p.amount[a] * book.weight(a)
        alone = defaultdict[tuple[Account, int], int](int)
        for (account, lane, _), load in loads.items():
            room, cost = (book.lanes[name][lane] for name in ("trip_t", "cost_per_trip"))
            if room > 0:
                alone[account, lane] += -(-load // (room * 10**6)) * cost * self.money.millionth
        return alone

    def trips_more(self, alone: dict[tuple[Account, int], int]) -> dict[tuple[Account, int], int]:
        """What sponsors are charged beyond that, for what fills up a least quantity."""
        book, more = self.book, defaultdict[tuple[Account, int], int](int)
        purse = {
            purse_of(book, book.arc_pool[a]): account
            for a, account in self.account.items()
            if book.arc_kind[a] in (LANE, NEED)
        }
        for a in range(self.p.num_arcs):
            pool, lane, trips = book.arc_pool[a], book.arc_ref[a], self.p.amount[a] // 10**6
            if book.arc_kind[a] != TRIP or not trips or pool < 0 or book.sponsor[pool] < 0:
                continue
            if account := purse.get(purse_of(book, pool)):
                more[account, lane] += trips * book.lanes["cost_per_trip"][lane] * self.money.millionth
        return {key: cost - alone.get(key, 0) for key, cost in more.items() if cost > alone.get(key, 0)}

    def share(self, cost: Cost, able: dict[Account, int]) -> None:
        """Those without a sponsor bear their share by quantity, as far as they are able to; the rest is the
        sponsors', and what these are charged beyond the trips of their own goods comes last."""
        lines, ref, rest, more = cost.lines, cost.ref, cost.cost, 0
        if cost.free:
            part = self.proper(cost.free[0])
            by_quantity = sum(cost.fill(cost.cost, cost.free + cost.sponsored)[: len(cost.free)])
            added = min(by_quantity - cost.least, max(0, able[part]))
            more = min(cost.least, max(0, -able[part]), sum(cost.more.values()))
            able[part] += more - added
            rest -= cost.least + added - more
            kinds, offers = self.book.categories["kind"], self.book.offers["category"]
            if lines is self.offers and kinds[offers[ref]] == TECHNOLOGY:
                buyers = self.buyers(ref, set(cost.free))
                for (account, *who), money in across(buyers, split(cost.cost - rest, [*buyers.values()])):
                    lines[account, ref][1] += money
                    self.paid[account, who[0], who[1]] += min(money, buyers[account, who[0], who[1]])
            else:
                for account, money in across(cost.free, cost.fill(cost.cost - rest, cost.free)):
                    lines[account, ref][1] += money
        for money, beyond in ((rest - more, False), (more, True)):
            for account, part in across(cost.sponsored, cost.fill(money, cost.sponsored, beyond)):
                lines[account, ref][1] += part

    def buyers(self, offer: int, accounts: set[Account]) -> dict[tuple[Account, bool, int], int]:
        """Who bought an offer there (needs, then projects), and what each still has to gain."""
        book, found = self.book, set()
        pools = {book.arc_pool[a] for a in book.arcs[OFFER, offer, 0]}
        for a, account in self.account.items():
            if book.arc_kind[a] == NEED and book.arc_pool[a] in pools and account in accounts:
                line = book.needs["project"][book.arc_ref[a]]
                found.add((account, line >= 0, line if line >= 0 else book.arc_ref[a]))
        gain = {
            key: self.gains[key[2]]
            if key[1]
            else self.needs[key[0], key[2]][2] - self.needs[key[0], key[2]][1]
            for key in sorted(found)
        }
        return {key: max(0, money - self.paid[key]) for key, money in gain.items()}

    def close_purses(self) -> dict[int, int]:
        """What each project's lines cost; from a purse no more is paid than it holds."""
        cost = defaultdict[int, int](int)
        for (account, is_project, ref), money in self.paid.items():
            if is_project:
                put(self.bought, account, ref, 0, money)
            else:
                self.needs[account, ref][1] += money
        for (account, ref), line in self.bought.items():
            cost[ref] += line[1] if account[0] < 2 else 0
        held = self.held()
        for purse in sorted({account[1] for account in self.account.values() if account[0] == 2}):
            cost[purse] += self.pay_from((2, purse), held[purse])
        for name in ("offers", "lanes", "rules"):
            lines: Lines = getattr(self, name)
            if name == "rules":
                closed = new_lines()
                for (account, ref), line in lines.items():
                    put(closed, self.proper(account), ref, *line)
                setattr(self, name, closed)
        for j, ref in self.charged():
            for rule, amount in self.money.charges[j]:
                taken = amount * self.p.amount[j]
                cost[ref] += taken
                put(self.rules, self.home[ref], rule, 0, taken)
        return cost

    def charged(self) -> list[tuple[int, int]]:
        """The bundles of projects that rules charge, with their project."""
        some = range(self.p.num_arcs, self.p.num_columns)
        return [(j, self.book.arc_ref[j]) for j in some if self.p.amount[j] and j in self.money.charges]

    def held(self) -> dict[int, int]:
        """Own money at a project's size and the capital it gets, as its FUNDING row has them."""
        book, p, found = self.book, self.p, defaultdict[int, int](int)
        per_arc, per_switch = int(book.per_limit) // 10**9, int(book.per_switch)
        for i, j, g in p.entries():
            if i >= p.num_nodes and book.kind[i] == FUNDING:
                if j < p.num_arcs and book.arc_kind[j] == NEED:
                    found[book.ref[i]] -= g // per_arc * p.amount[j] * self.money.per_value
                elif j >= p.num_arcs:
                    found[book.ref[i]] -= min(0, g // per_switch) * p.amount[j] * self.money.per_value
        return found

    def pay_from(self, purse: Account, held: int) -> int:
        """What is paid from a purse; suppliers get their least and a share of the rest where it runs out."""
        mine = [line for lines in (self.offers, self.lanes) for key, line in lines.items() if key[0] == purse]
        taken = [line for key, line in self.rules.items() if key[0] == purse]
        least = sum(line[1] for line in mine) + sum(min(0, line[1]) for line in taken)
        beyond = sum(line[2] - line[1] for line in mine) + sum(max(0, line[1]) for line in taken)
        room = held - least
        need(room >= 0, "a project buys for more than its own money and the capital that it gets")
        if beyond <= room:
            return int(least + beyond)
        left = 0
        for line in mine:
            line[2] = line[1] + (line[2] - line[1]) * room // beyond
            left += line[2] - line[1]
        for line in taken:
            line[1] = min(0, line[1]) + max(0, line[1]) * room // beyond
            left += max(0, line[1])
        return int(least + left)


# ==== ledger ================================================================================================
# The ledger: who pays whom, line by line, so that every account closes.


class Settlement:
    """Rows of the ledger from the dues of every account (docs/prices.md)."""

    def __init__(self, dues: Dues) -> None:
        self.dues, self.book, self.millionth = dues, dues.book, dues.money.millionth
        self.rows = self.settle()

    def settle(self) -> list[tuple[Any, ...]]:
        """Role, participant, offer, need, lane, project, rule, quantity, amount, principal of every row."""
        book = self.book
        offers, lanes = (
            {(self.dues.proper(a), a, ref): line for (a, ref), line in lines.items()}
            for lines in (self.dues.offers, self.dues.lanes)
        )
        rents, floors, owed = self.by_sign()
        bills = {
            (self.dues.home[ref], ref): self.dues.cost[ref]
            for ref in {*self.dues.size, *self.dues.cost}
            if ref in self.dues.size or self.dues.cost[ref]
        }
        terms: dict[Account, Terms] = {}
        for sponsored in (True, False):
            projects = self.projects(bills, offers, terms)
            returns = self.returns(rents, owed, terms)
            receivers, payers = (offers, lanes, rents), (self.dues.needs, projects, floors, returns)
            sides: dict[Account, tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
            for side, all_lines in enumerate((receivers, payers)):
                for some in all_lines:
                    for (account, *_), line in some.items():
                        sides[account][side].append(line)
            floored = {account for account, _ in floors}
            for account in (account for account in sides if (account[0] == 0) == sponsored):
                terms[account] = self.agree(account, account in floored, *sides[account])
        kinds = book.categories["kind"]
        capital = [kinds[c] == CAPITAL for c in book.offers["category"]]
        rows: list[tuple[Any, ...]] = []

        def write(
            role: int,
            who: int,
            place: int,
            ref: int,
            quantity: int,
            principal: int,
            settled: Any,
            full: Any,
            uplift: Any,
        ) -> None:
            names = [ref if place == k else -1 for k in range(5)]
            amount, main = (
                math.ceil(Fraction(x, self.millionth)) for x in (settled, full if uplift else settled)
            )
            rows.append((role, who, *names, quantity, main, principal))
            if amount != main:
                rows.append((4, who, *names, 0, amount - main, 0))

        def receive(role: int, place: int, owner: Any, lines: dict[Any, list[Any]]) -> None:
            for (account, *_, ref), (quantity, base, top) in lines.items():
                share, uplift = terms[account][0], terms[account][3]
                lent = -quantity if role == 0 and capital[ref] else 0
                write(role, owner[ref], place, ref, quantity, lent, base + (top - base) * share, top, uplift)

        def pay(role: int, place: int, owner: Any, lines: dict[Any, list[Any]], forced: bool = False) -> None:
            largest = {key[0]: key[1] for key in sorted(lines, key=lambda key: (lines[key][1], -key[1]))}
            for (account, ref), (quantity, base, top) in lines.items():
                _, rise, cut, uplift, _, more = terms[account]
                paid = base * (cut if base > 0 else 1) + (top - base) * rise
                paid += more if forced and largest[account] == ref else 0
                got = quantity if role == 1 and book.capital[ref] else 0
                write(role, owner[ref], place, ref, quantity, got, -paid, -base, uplift)

        receive(0, 0, book.offers["participant"], offers)
        receive(2, 2, book.lanes["carrier"], lanes)
        receive(7, 4, [rule.owner for rule in book.rules], rents)
        pay(1, 1, book.needs["participant"], self.dues.needs)
        pay(6, 3, book.projects["lead"], projects)
        pay(7, 4, [rule.sponsor for rule in book.rules], floors, forced=True)
        pay(7, 4, [rule.owner for rule in book.rules], returns)
        got: dict[int, int] = defaultdict(int)
        for a in self.dues.account:
            if (
                book.arc_kind[a] == NEED
                and book.needs["project"][book.arc_ref[a]] >= 0
                and book.capital[book.arc_ref[a]]
            ):
                got[book.arc_ref[a]] += self.dues.p.amount[a]
        rows += [(1, book.needs["participant"][j], -1, j, -1, -1, -1, x, 0, x) for j, x in got.items()]
        rows += [
            (3, account[1], -1, -1, -1, -1, -1, 0, -(term[4] // self.millionth), 0)
            for account, term in terms.items()
            if term[4]
        ]
        rows.append((5, -1, -1, -1, -1, -1, -1, 0, -sum(row[-2] for row in rows), 0))
        return sorted(rows)

    def by_sign(self) -> tuple[Lines, Lines, Lines]:
        """What owners of limits earn, sponsors of floors pay, and rules owe to parts without a sponsor."""
        rents, floors, owed = new_lines(), new_lines(), new_lines()
        for (account, rule), (_, taken, _) in self.dues.rules.items():
            if not self.book.rules[rule].up:
                floors[account, rule] = [0, -taken, max(0, -taken)]
            elif taken > 0:
                rents[account, rule] = [0, 0, taken]
            elif taken < 0 and account[0]:
                owed[account, rule] = [0, -taken, -taken]
        return rents, floors, owed

    def projects(
        self, bills: dict[Any, int], offers: dict[Any, list[Any]], terms: dict[Account, Terms]
    ) -> Lines:
        """What projects pay: at most their limit and, without a sponsor, what their outputs earn."""
        least, earned = defaultdict[int, int](int), defaultdict[int, int](int)
        book, found = self.book, new_lines()
        for (account, _, ref), (_, base, top) in offers.items():
            maker = book.offers["project"][ref]
            if maker >= 0 > book.projects["sponsor"][maker]:
                if account[0] == 0:
                    base = top = int(base + (top - base) * terms[account][0] // 1) if account in terms else 0
                least[maker] += base
                earned[maker] += base if book.donated else top
        for (account, ref), cost in bills.items():
            limit = self.dues.limit.get(ref, 0)
            found[account, ref] = [
                self.dues.size.get(ref, 0) // 1000,
                min(cost, limit + earned[ref]),
                limit + least[ref],
            ]
        return found

    def returns(self, rents: Lines, owed: Lines, terms: dict[Account, Terms]) -> Lines:
        """What rules owe to parts is paid out of what their owners have earned from sponsors."""
        have: dict[int, int] = defaultdict(int)
        for (account, rule), line in rents.items():
            if account[0] == 0 and account in terms:
                have[rule] += line[2] * terms[account][0] // 1
        found = new_lines()
        for (account, rule), line in owed.items():
            paid = min(line[1], have[rule])
            have[rule] -= paid
            found[account, rule] = [0, paid, paid]
        return found

    def agree(
        self, account: Account, floored: bool, receivers: list[list[Any]], payers: list[list[Any]]
    ) -> Terms:
        """Share of surplus paid out, share of what payers could add, factor on what they pay, uplift, what
        the sponsor pays, what the sponsor of a floor adds."""
        c, n = (sum(line[1] for line in side) for side in (receivers, payers))
        r, t = (sum(line[2] - line[1] for line in side) for side in (receivers, payers))
        donated, budget = self.book.donated, 0
        rest = 0 if donated else r
        if account[0] == 0:
            budget = self.book.budget[account[1]] * self.millionth
        elif floored and n < c + rest:
            return (1 if rest else 0), 0, 1, 0, 0, c + rest - n
        if donated and n > c:
            negative = sum(min(0, line[1]) for line in payers)
            return 0, 0, Fraction(max(0, c - negative), n - negative) if n - negative else 1, 0, 0, 0
        if donated or account[0] == 0:
            if n + budget >= c + rest:
                return (0 if donated else 1), 0, 1, 0, max(0, c + rest - n), 0
            if n + budget >= c:
                return Fraction(budget + n - c, r), 0, 1, 0, budget, 0
            need(c - n - budget <= t, "an account costs more than everyone in it would pay")
            return 0, Fraction(c - n - budget, t), 1, 0, budget, 0
        if c + r <= n:
            return 1, 0, 1, 0, 0, 0
        need(c + r - n <= r + t, "an account costs more than everyone in it would pay")
        share = Fraction(c + r - n, r + t)
        return 1 - share, share, 1, c + r - n, 0, 0


def read_ledger(folder: Folder, money: Money) -> list[tuple[Any, ...]]:
    """The ledger is just what follows, row by row, and sums to 0."""
    rows = Settlement(Dues(money)).rows
    fields = "role,participant,offer,need,lane,project,rule,account,quantity,amount,principal"
    told = dict(across(fields.split(","), folder.numbers("ledger.csv", fields)))
    del told["account"]
    need(sorted(across(*told.values())) == rows, "the payments do not follow from flows and prices")
    return rows


# ==== losses ================================================================================================
# Losses: the gap as money, what everybody could have got at the prices less what it got, each at least 0.

Owner = tuple[str, int]


class Losses:
    """What everybody could have got at some duals beyond what it got: (noun, index) -> its loss in money, if
    any; in all the bound of these duals less the objective."""

    def __init__(self, book: Layout, dual: dict[int, int]) -> None:
        p, self.book = book.p, book
        mixed = {
            i for i, j, a in p.entries() if a and not p.step[j]
        }  # rows that hold more than whole columns
        self.of: dict[Owner, Fraction] = defaultdict(Fraction)
        self.in_parts = Fraction(0)  # without what only another whole decision could have brought
        scale = Scale(book.claims)
        rows, columns = losses(book.p, scale, dual)
        for i, loss in rows.items():
            self.add(owner_of_row(book, i), loss * scale.unit, i < p.num_nodes or i in mixed)
        for j, loss in columns.items():
            self.add(owner_of_column(book, j), loss * scale.unit, not p.step[j])

    def add(self, owner: Owner, loss: Fraction, in_parts: bool) -> None:
        self.of[owner] += loss
        self.in_parts += loss if in_parts else 0

    def check_support(self) -> None:
        """With whole decisions as they are, nobody would choose otherwise at these prices: what could be
        gained in all is no more than the certified gap, and a millionth of everything for rounding."""
        number = self.book.claims.number
        gap, largest = number("absolute_gap"), max(abs(number("objective")), abs(number("bound")))
        need(
            self.in_parts <= gap + (largest + 1) / 10**6,
            f"at these prices others could gain {float(self.in_parts):.9g}: they do not support the awards",
        )


class Scale:
    """What one integer is worth: of values per unit of an arc's and a bundle's amount, of a node's dual times
    what flows in, and of a row's times its activity, in whole multiples of one `unit` of money."""

    def __init__(self, claims: Claims) -> None:
        number = claims.number
        exact = [number("unit") * number(key) for key in ("arc_value", "bundle_value")]
        exact += [
            number("node_unit") * number("price_node_scale"),
            number("row_unit") * number("price_row_scale"),
        ]
        self.unit = Fraction(1, math.lcm(*(x.denominator for x in exact)))
        self.per_arc, self.per_bundle, self.per_node, self.per_row = (int(x / self.unit) for x in exact)


def losses(p: Problem, scale: Scale, dual: dict[int, int]) -> tuple[dict[int, int], dict[int, int]]:
    """The loss of each row and of each column that loses, in the scale's unit.

    A row loses max(lower y, upper y) - y activity, a column max(0, cap r) - r amount, r its reduced value.
    """
    per_arc, per_bundle = scale.per_arc, scale.per_bundle
    y = {i: value * (scale.per_node if i < p.num_nodes else scale.per_row) for i, value in dual.items()}
    rows, columns = dict[int, int](), dict[int, int]()
    activity = p.activity()
    for i, price in y.items():
        limit = (p.upper if price > 0 else p.lower)[i] if price else 0
        need(limit is not None, "the price duals prove no bound, so there are no losses")
        rows[i] = price * ((limit or 0) - activity[i])
    charge: dict[int, int] = defaultdict(int)
    for i, j, a in p.entries():
        if price := y.get(i, 0):
            charge[j] += a * price
    for j, (tail, head, cap) in enumerate(across(p.tail, p.head, p.caps)):
        r = p.value[j] * (per_arc if j < p.num_arcs else per_bundle) - charge.get(j, 0)
        if tail != head:
            r += (y.get(tail, 0) - y.get(head, 0)) * p.factor
        if r:
            need(r < 0 or cap >= 0, "the price duals prove no bound, so there are no losses")
            columns[j] = r * ((cap if r > 0 else 0) - p.amount[j])
    return rows, columns


def owner_of_row(book: Layout, i: int) -> Owner:
    """Whose limit a row is."""
    kind, ref = book.kind[i], book.ref[i]
    if i < book.p.num_nodes:
        return (
            ("offer", ref)
            if kind == OFFER
            else ("place", book.place[i])
            if kind == HUB
            else demand(book, ref)
        )
    if kind in (LEAST, MOST, COUNT):
        return owner_of_column(book, book.p.num_arcs + ref)
    if kind == LINK:
        return "offer", book.givers[book.arc_pool[ref]][0]
    nouns = {
        CAPACITY: "lane",
        TRIPS: "lane",
        OWN_TRIPS: "lane",
        BUDGET: "sponsor",
        RULE: "rule",
        FUNDING: "project",
        PART: "project",
    }
    return nouns.get(kind, "offer"), ref


def owner_of_column(book: Layout, j: int) -> Owner:
    """Whose choice a column is."""
    kind, ref = book.arc_kind[j], book.arc_ref[j]
    if j < book.p.num_arcs:
        nouns = {OFFER: "offer", LANE: "lane", SHARE: "lane", TRIP: "lane", STORAGE: "place"}
        return demand(book, ref) if kind == NEED else (nouns[kind], ref)
    if kind == TAKER:
        return "offer", book.givers[book.arc_pool[ref]][0]
    if kind in (BOUGHT, MOVED):
        return ("project", book.project[ref]) if book.project[ref] >= 0 else ("sponsor", book.sponsor[ref])
    if kind in (AWARDED, AWARDED + 1, AWARDED + 2):
        return "rule", book.rule_of_award(kind, ref)
    return {OFFER: "offer", MOVE: "offer", NEED: "need", PROJECT: "project", LINES: "project"}[kind], ref


def demand(book: Layout, need: int) -> Owner:
    """A line's loss is its project's."""
    project = book.needs["project"][need]
    return ("project", project) if project >= 0 else ("need", need)


# ==== limits ================================================================================================
# Limits that the awards set to prices: on differences along arcs, and on the dual of each node.


class Limits:
    """low <= pi_head - pi_tail <= high of every arc between two nodes, floor <= pi <= ceiling of every node,
    in integers of the node duals; None is no limit. Those of the program: no arc, node or switch may lose
    more than it does at the price duals. Rows that limit one arc alone are caps of it (`solo`: row by arc);
    the lines of a bundle with several lines keep their duals (`fixed`)."""

    def __init__(self, p: Problem, scale: Scale, dual: dict[int, int]) -> None:
        self.p, self.scale = p, scale
        self.point = [dual.get(i, 0) for i in range(p.num_nodes)]
        self.unit = scale.per_node * p.factor  # of reduced values, in one integer of node dual
        need(scale.per_arc % self.unit == 0, "the price duals are coarser than what arcs are worth")
        self.dual, self.activity = dual, p.activity()
        self.solo = self.find_solo()
        self.low, self.high, self.net = self.arc_limits()
        self.floor, self.ceiling = self.node_limits()
        self.fixed = self.bundle_limits()

    def find_solo(self) -> dict[int, int]:
        """arc -> its row: the first  g x <= U  with g > 0 that holds nothing else, and is no looser than the
        arc's own cap. Those are left out whose rent no decimal fraction can say."""
        p, count, only = self.p, defaultdict[int, int](int), dict[int, tuple[int, int]]()
        for i, j, g in p.entries():
            if i >= p.num_nodes and g:
                count[i] += 1
                only[i] = j, g
        first: dict[int, int] = {}
        for i, (j, _) in sorted(only.items()):
            if count[i] == 1 and j < p.num_arcs and p.lower[i] is None and p.upper[i] is not None:
                first.setdefault(j, i)
        found: dict[int, int] = {}
        for j, i in first.items():
            g, most = only[i][1], p.upper[i] or 0
            tight = p.capacity[j] < 0 or most <= g * p.capacity[j]
            if g > 0 and p.tail[j] != p.head[j] and tight and self.is_decimal(g * self.scale.per_row):
                found[j] = i
        self.per_rent = {j: only[i][1] * self.scale.per_row for j, i in found.items()}
        charge = self.charges({*found.values()})
        return {j: i for j, i in found.items() if charge.get(j, 0) % self.unit == 0}

    def is_decimal(self, divisor: int) -> bool:
        """Whether a node dual's integer, divided by this, ends after some decimals."""
        divisor //= math.gcd(self.unit, divisor)
        for prime in (2, 5):
            while divisor % prime == 0:
                divisor //= prime
        return divisor == 1

    def charges(self, without: set[int]) -> dict[int, int]:
        """What the prices of coupling rows come to on each column."""
        charge: dict[int, int] = defaultdict(int)
        for i, j, a in self.p.entries():
            price = self.dual.get(i, 0)
            if price and i >= self.p.num_nodes and i not in without:
                charge[j] += a * price * self.scale.per_row
        return charge

    def arc_limits(self) -> tuple[list[Any], list[Any], dict[int, int]]:
        """low, high; and w - charge of the arcs with a row of their own, before that row's price."""
        p, unit, worth, point = self.p, self.unit, self.scale.per_arc // self.unit, self.point
        charge = self.charges({*self.solo.values()})
        low: list[Any] = [None] * p.num_arcs
        high: list[Any] = [None] * p.num_arcs
        for j in range(p.num_arcs):
            tail, head, x, cap = p.tail[j], p.head[j], p.amount[j], p.capacity[j]
            if tail != head:
                now, w, paid = point[head] - point[tail], p.value[j] * worth, charge.get(j, 0)
                if cap < 0 or x < cap:
                    low[j] = min(now, w - paid // unit)
                if x > 0:
                    high[j] = max(now, w + -paid // unit)
        for j, i in self.solo.items():
            if self.activity[i] >= (p.upper[i] or 0):
                low[j] = None
        return low, high, {j: p.value[j] * worth - charge.get(j, 0) // unit for j in self.solo}

    def node_limits(self) -> tuple[list[Any], list[Any]]:
        """Above 0 only at the upper limit, below 0 only at the lower; a listing that only gives is not above
        0, one that only takes not below. A divisible line among several takes nothing of what they gain."""
        p, n = self.p, self.p.num_nodes
        out, into = bytearray(n), bytearray(n)
        for tail, head in across(p.tail, p.head):
            if tail != head:
                out[tail] = into[head] = 1
        lines = [0] * n
        for i, _, a in p.entries():
            if i < n and a:
                lines[i] += 1
        floor, ceiling = [*map(min, self.point, [0] * n)], [*map(max, self.point, [0] * n)]
        limits: tuple[list[Any], list[Any]] = (floor, ceiling)
        for i in range(n):
            low, high, net = p.lower[i], p.upper[i], self.activity[i]
            listing = not lines[i] and (low is None or high is None or low < high)
            if low is not None and net <= low and not (listing and into[i] and not out[i]):
                limits[0][i] = None
            if high is not None and net >= high and not (listing and out[i] and not into[i]):
                limits[1][i] = None
        return limits

    def bundle_limits(self) -> set[int]:
        """No bundle with one line loses more than it does; lines of those with several stay as they are."""
        p, one = self.p, self.p.capacity
        charge, lines = self.charges(set()), defaultdict[int, list[tuple[int, int]]](list)
        fixed: set[int] = set()
        for i, j, a in p.entries():
            if i < p.num_nodes and a:
                lines[j].append((i, a * self.scale.per_node))
        for j, pairs in lines.items():
            if len(pairs) > 1:
                fixed |= {i for i, _ in pairs}
                continue
            ((i, a),) = pairs
            gain = p.value[j] * self.scale.per_bundle - charge.get(j, 0) - a * self.point[i]
            loses = max(0, gain // abs(a)) if p.amount[j] > 0 else None
            gains = max(0, -gain // abs(a)) if p.amount[j] < one[j] else None
            down, up = (loses, gains) if a < 0 else (gains, loses)
            now = self.point[i]
            if down is not None:
                self.floor[i] = now - down if self.floor[i] is None else max(self.floor[i], now - down)
            if up is not None:
                self.ceiling[i] = now + up if self.ceiling[i] is None else min(self.ceiling[i], now + up)
        for i in fixed:
            self.floor[i] = self.ceiling[i] = self.point[i]
        return fixed


# ==== middle ================================================================================================
# The middle: prices are halfway between the lowest and the highest that support the awards.

MOST_ARCS = 2 * 10**6  # of books that are larger the middle is not worked out
NEAR = 10**6  # prices are compared to a millionth of themselves


class Middle:
    """The lowest and highest duals within their limits, by shortest paths from the given ones.

    lowest, highest : by node; None where nothing holds them.
    """

    def __init__(self, book: Layout, dual: dict[int, int]) -> None:
        self.book, self.limits = book, Limits(book.p, Scale(book.claims), dual)
        p = book.p
        self.arcs: list[list[int]] = [[] for _ in range(p.num_nodes)]
        for j in range(p.num_arcs):
            if p.tail[j] != p.head[j]:
                self.arcs[p.tail[j]].append(j)
                self.arcs[p.head[j]].append(j)
        self.lowest, self.highest = self.reach(up=False), self.reach(up=True)
        self.chosen = self.halve()

    def reach(self, up: bool, kept: list[Any] | None = None) -> list[Any]:
        """The highest (or lowest) dual of every node, with some kept as they are."""
        limits, p, sign = self.limits, self.book.p, 1 if up else -1
        best: list[Any] = [None] * p.num_nodes
        ends = limits.ceiling if up else limits.floor
        for i, (limit, point) in enumerate(across(ends, limits.point)):
            near = [] if limit is None else [sign * (limit - point)]
            if kept is not None and kept[i] is not None:
                near.append(sign * (kept[i] - point))
            best[i] = min(near, default=None)
        heap = [(near, i) for i, near in enumerate(best) if near is not None]
        heapify(heap)
        while heap:
            near, here = heappop(heap)
            if near > best[here]:
                continue
            for j in self.arcs[here]:
                forward = (p.tail[j] == here) == up  # up: from tail to head by `high`, back by `low`
                limit = limits.high[j] if forward else limits.low[j]
                if limit is not None:
                    there = p.head[j] if p.tail[j] == here else p.tail[j]
                    now = limits.point[p.head[j]] - limits.point[p.tail[j]]
                    far = near + (limit - now if forward else now - limit)
                    if best[there] is None or far < best[there]:
                        best[there] = far
                        heappush(heap, (far, there))
        return [None if x is None else point + sign * x for x, point in across(best, limits.point)]

    def halve(self) -> list[int]:
        """Halfway; where one side alone is held, next to it; where neither is, as they are."""
        chosen: list[Any] = [
            None if low is None or high is None else low + (high - low) // 2
            for low, high in across(self.lowest, self.highest)
        ]
        before = -1
        while (left := chosen.count(None)) not in (0, before):
            before = left
            for up in (False, True):
                ends = self.reach(up, chosen)
                chosen = [end if x is None else x for x, end in across(chosen, ends)]
        return [point if x is None else x for x, point in across(chosen, self.limits.point)]

    def check(self) -> None:
        """Every hub has the middle as its price, and each rent that is a difference of prices follows."""
        book, limits, p = self.book, self.limits, self.book.p
        for i in range(p.num_nodes):
            if book.kind[i] == HUB:
                compare(limits.point[i], self.chosen[i], 0, f"the price at hub {i}")
        for j, i in limits.solo.items():
            tail, head = self.chosen[p.tail[j]], self.chosen[p.head[j]]
            told = limits.dual.get(i, 0) * limits.per_rent[j] // limits.unit
            follows = max(0, limits.net[j] - head + tail)
            compare(told, follows, max(abs(tail), abs(head)), f"the rent of row {i}")

    def band(self, i: int) -> tuple[Any, Any] | None:
        """The lowest and highest dual of a node that support the awards; None where lines that stay as they
        are could share what their bundle gains, which is shown as a band, too."""
        return None if self.limits.fixed else (self.lowest[i], self.highest[i])


def is_near(told: int, follows: int, among: int = 0) -> bool:
    """To a millionth of what follows, or of the prices that it is the difference of."""
    return abs(told - follows) <= 4 + max(abs(follows), among) // NEAR


def compare(told: int, follows: int, among: int, what: str) -> None:
    need(is_near(told, follows, among), f"{what} is not the middle of those that support the awards")


# ==== figures ===============================================================================================
# Figures that people read: what was given, received, moved and carried out, and what sums it up.

MASSES = ("kg", "g", "mg", "t", "kt", "lb", "oz", "stone", "short_ton", "long_ton")


class Result:
    """What was given, received, moved and carried out, and the figures that sum it up."""

    def __init__(self, book: Layout) -> None:
        self.book = book
        self.given, self.received, moved = (
            [0] * len(table["id"]) for table in (book.offers, book.needs, book.lanes)
        )
        self.haulage = 0
        for a, x in enumerate(book.p.amount[: book.p.num_arcs]):
            kind, ref = book.arc_kind[a], book.arc_ref[a]
            if kind in (OFFER, NEED):
                (self.given if kind == OFFER else self.received)[ref] += x
            if kind == LANE:
                moved[ref] += x * book.weight(a)
            if kind in (LANE, TRIP):
                self.haulage -= x * book.p.value[a]
        self.moved = [-(-x // 10**6) for x in moved]
        self.shown = self.read_shown()
        sizes = {p: Fraction(book.p.amount[book.columns[PROJECT, p]], 10**9) for p in book.served}
        self.size = [sizes.get(p, Fraction(0)) for p in range(len(book.projects["id"]))]

    def read_shown(self) -> list[int]:
        """The category with which each need is shown: the broadest of those that it accepts."""
        parents = self.book.categories["parent"]
        width = [0] * len(parents)
        for c in range(len(parents)):
            for _ in parents:
                width[c], c = width[c] + 1, parents[c]
                if c < 0:
                    break
        return [min(some, key=lambda c: (-width[c], c)) for some in self.book.needs["categories"]]

    def flows(self) -> dict[tuple[str, str], list[float]]:
        """(kind, unit) -> asked, met, offered, given; what is counted by mass in tonnes."""
        book, table = self.book, self.book.categories
        weighed = [kind == GOODS and unit in MASSES for kind, unit in across(table["kind"], table["unit"])]
        per_unit = [x if weighs else 10**6 for x, weighs in across(table["tonnes_per_unit"], weighed)]
        units = ["t" if weighs else unit for unit, weighs in across(table["unit"], weighed)]
        made = [self.size[p] if p >= 0 else 1 for p in book.offers["project"]]
        offered = [math.inf if q < 0 else q * share for q, share in across(book.offers["asked"], made)]
        found: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, 0, 0, 0])
        for k, amounts, shown in (
            (0, book.needs["asked"], self.shown),
            (1, self.received, self.shown),
            (2, offered, book.offers["category"]),
            (3, self.given, book.offers["category"]),
        ):
            for x, c in across(amounts, shown):
                found[KINDS[table["kind"][c]], units[c]][k] += x * per_unit[c] if x else 0
        return {key: [float(x) / 10**12 for x in sums] for key, sums in found.items()}

    def figures(self) -> dict[str, float]:
        book, table, per_unit = self.book, self.book.needs, self.book.categories["tonnes_per_unit"]
        asking = [j for j, x in enumerate(table["asked"]) if x > 0]
        open_needs = [j for j in asking if table["project"][j] < 0]
        missing = [table["asked"][j] - self.received[j] for j in open_needs]
        asked = sum(table["asked"][j] * per_unit[self.shown[j]] for j in asking)
        tonnes = sum(x * per_unit[c] for x, c in across(self.given, book.offers["category"]))
        none = sum(self.received[j] <= 0 for j in open_needs)
        full = sum(x <= 100 and self.received[j] > 0 for j, x in across(open_needs, missing))
        return {
            "welfare": float(book.claims.number("welfare")),
            "haulage": self.haulage / 10**15,
            "tonnes": tonnes / 10**12,
            "co2_kg": sum(map(mul, self.moved, book.lanes["co2_kg_per_t"])) / 10**12,
            "share_met": tonnes / asked if asked else 0,
            "needs_met_in_full": full,
            "needs_met_in_part": len(open_needs) - full - none,
            "needs_not_met": none,
            "projects_in_full": sum(x >= 1 - Fraction(1, 10**6) for x in self.size),
            "projects_not": sum(not x for x in self.size),
            "projects_in_part": sum(0 < x < 1 - Fraction(1, 10**6) for x in self.size),
            "givers": len({who for who, x in across(book.offers["participant"], self.given) if x}),
            "receivers": len({who for who, x in across(table["participant"], self.received) if x}),
        }


# ==== tables ================================================================================================
# Tables that people read: CSV files that say the same as flows, awards, prices and payments.

FIRST_DAY = date(1970, 1, 1).toordinal()
ROLES = ("offer", "need", "carrier", "sponsor", "uplift", "rounding", "project", "rule")


class Tables:
    """Checks of the CSV files of a result folder."""

    def __init__(self, top: Path, result: Result, money: Money, lost: Losses, middle: Middle | None) -> None:
        self.top, self.result, self.book, self.money, self.lost = top, result, result.book, money, lost
        self.middle = middle
        book = self.book
        # An index of -1 is nothing, which is shown as an empty cell.
        self.places, self.people, self.offers, self.needs, self.lanes, self.projects = (
            [*table["id"], ""]
            for table in (book.places, book.people, book.offers, book.needs, book.lanes, book.projects)
        )
        self.rules = [*(rule.id for rule in book.rules), ""]
        self.units = [unquote(unit) for unit in book.categories["unit"]]

    def rows(self, name: str, words: str, numbers: str, scale: int = 6) -> list[tuple[Any, ...]]:
        """Rows of a table: cells of words, then exact numbers at a scale (None where a cell is empty)."""
        with (self.top / name).open(
            encoding="utf-8", newline=""
        ) as file:  # an apostrophe keeps spreadsheets calm
            read = csv.DictReader(file)
            return sorted(
                (
                    (
                        *(row[x].removeprefix("'") for x in words.split()),
                        *(int(exactly(row[x], 10**scale)) if row[x] else None for x in numbers.split()),
                    )
                    for row in read
                ),
                key=lambda row: [(x is None, 0 if x is None else x) for x in row],
            )

    def check_beside(
        self,
        name: str,
        words: str,
        figures: str,
        follow: dict[Any, Any],
        numbers: str = "",
    ) -> None:
        """Figures in floats that follow from the words and exact numbers beside them."""
        start, end = len(words.split()), len(f"{words} {figures}".split())
        for row in self.rows(name, f"{words} {figures}", numbers):
            told, right = row[start:end], follow[row[:start] + row[end:]]
            near = all(math.isclose(figure(x), y, rel_tol=1e-6, abs_tol=1e-6) for x, y in across(told, right))
            need(near, f"{name}: {figures} of {row[0]} do not follow")

    def check(self, awards: list[Award], ledger: list[Any]) -> None:
        self.check_awards(awards)
        self.check_settlement(ledger)
        self.check_prices()
        self.check_flows()
        self.check_projects()
        self.check_open()
        self.check_losses()

    def check_awards(self, awards: list[Award]) -> None:
        given, taken = self.book.offers, self.book.needs
        told = sorted(
            (
                *(self.offers[i], self.people[given["participant"][i]], self.places[given["place"][i]]),
                *(self.needs[j], self.people[taken["participant"][j]], self.places[taken["place"][j]]),
                *self.kind(given["category"][i]),
                " ".join(self.lanes[k] for k in route),
                x,
            )
            for i, j, x, route in awards
        )
        words = "offer from_participant from_place need to_participant to_place category unit lanes"
        need(self.rows("awards.csv", words, "quantity") == told, "awards.csv is not what was awarded")
        follow: dict[Any, Any] = {}
        for i, j, x, route in awards:
            weight = self.tonnes(x, given["category"][i])
            days, co2_kg = (sum(self.book.lanes[name][k] for k in route) for name in ("days", "co2_kg_per_t"))
            key = self.offers[i], self.needs[j], " ".join(self.lanes[k] for k in route), x
            follow[key] = weight, days, weight * co2_kg / 10**6
        self.check_beside("awards.csv", "offer need lanes", "tonnes days co2_kg", follow, "quantity")

    def tonnes(self, quantity: int, category: int) -> float:
        per_unit: int = self.book.categories["tonnes_per_unit"][category]
        return quantity * per_unit / 10**12

    def kind(self, category: int) -> tuple[str, str]:
        """The id of a category and its unit."""
        return self.book.categories["id"][category], self.units[category]

    def check_settlement(self, ledger: list[Any]) -> None:
        told = sorted(
            (
                ROLES[role],
                self.people[who],
                self.offers[i],
                self.needs[j],
                self.lanes[k],
                self.projects[m],
                self.rules[n],
                *numbers,
            )
            for role, who, i, j, k, m, n, *numbers in ledger
        )
        need(
            self.rows(
                "settlement.csv", "role participant offer need lane project rule", "quantity amount principal"
            )
            == told,
            "settlement.csv is not the ledger",
        )

    def check_prices(self) -> None:
        book = self.book
        hubs = [(i, pool) for i, pool in enumerate(book.pool[: book.p.num_nodes]) if book.kind[i] == HUB]
        ends = ((OFFER, book.p.head), (NEED, book.p.tail))
        used = {end[a] for a, x in enumerate(book.p.amount[: book.p.num_arcs]) if x
                for kind, end in ends if book.arc_kind[a] == kind}  # fmt: skip
        follow: dict[tuple[str, ...], list[Any]] = defaultdict(list)
        for i, pool in hubs:
            key = (
                *self.kind(book.category[pool]),
                self.places[book.place[i]],
                self.people[book.sponsor[pool]],
                str(book.term[pool]),
                str(date.fromordinal(FIRST_DAY + book.as_of + book.period[i] * book.days)),
            )
            traded = "true" if i in used else "false"
            worth = -self.money.dual.get(i, 0) * self.money.per_node / (10**9 * self.money.per_value)
            follow[key].append((self.money.price(i, 0, pool), self.band(i, pool), traded, worth))
        words = "category unit place sponsor term_months from_day"
        shown = self.rows("prices.csv", f"{words} traded worth", "price low high", 9)
        once = sorted(row[:6] for row in shown) == sorted(follow)
        need(once, "prices.csv does not show each price once")
        for *told, traded, worth, price, low, high in shown:
            bands = [
                band
                for follows, band, trades, value in follow[tuple(told)]
                if follows == price and trades == traded and math.isclose(figure(worth), value, abs_tol=1e-8)
            ]
            need(bands, "prices.csv shows a price, a worth or a trade that does not follow")
            inside = (low is None or low <= price) and (high is None or price <= high)
            need(inside, "prices.csv shows a price outside of its band")
            right = any(band is None or all(map(is_end, (low, high), band)) for band in bands)
            need(right, "prices.csv shows a band that does not follow")

    def band(self, i: int, pool: int) -> tuple[Any, Any] | None:
        """The lowest and highest price of a hub (None where nothing holds it), if they can be told."""
        duals = self.middle.band(i) if self.middle else None
        if duals is None:
            return None
        low, high = (None if x is None else self.money.worth(x, 0, pool) for x in reversed(duals))
        return low, high

    def check_flows(self) -> None:
        lanes, moved = self.book.lanes, self.result.moved
        used = [k for k in range(len(lanes["id"])) if moved[k] > 0]
        most = [None if x < 0 else x for x in lanes["capacity_t"]]
        carried = sorted(
            (
                self.lanes[k],
                self.places[lanes["from_place"][k]],
                self.places[lanes["to_place"][k]],
                lanes["mode"][k],
                self.people[lanes["carrier"][k]],
                moved[k],
                most[k],
            )
            for k in used
        )
        need(
            self.rows("flows.csv", "lane from_place to_place mode carrier", "tonnes capacity_t") == carried,
            "flows.csv is not what lanes carry",
        )
        rents = sorted((self.lanes[k], self.money.lane_rent[k]) for k in used)
        need(
            self.rows("flows.csv", "lane", "rent_per_t", 9) == rents,
            "flows.csv shows a rent that does not follow",
        )
        beside = {
            (self.lanes[k],): (lanes["days"][k], moved[k] * lanes["co2_kg_per_t"][k] / 10**12) for k in used
        }
        self.check_beside("flows.csv", "lane", "days co2_kg", beside)

    def check_projects(self) -> None:
        """projects.csv says of each project how much of it is carried out."""
        table = self.book.projects
        modes = ["all_or_nothing" if whole else "proportional" for whole in table["all_or_nothing"]]
        need(
            self.rows("projects.csv", "project mode", "value limit_price")
            == sorted(across(table["id"], modes, table["value"], table["limit_price"])),
            "projects.csv names other projects",
        )
        for name, size, worth_of_it in self.rows("projects.csv", "project size worth", ""):
            p = table["id"].index(name)
            right = math.isclose(float(size), self.result.size[p], abs_tol=1e-9) and math.isclose(
                float(worth_of_it), self.result.size[p] * table["value"][p] / 10**6, abs_tol=1e-6
            )
            need(right, f"projects.csv: {name} is carried out otherwise")

    def check_open(self) -> None:
        """unmet.csv and unsold.csv list what stayed open."""
        book, result = self.book, self.result
        alone = [j for j, project in enumerate(book.needs["project"]) if project < 0]
        given = [(i, c) for i, c in enumerate(book.offers["category"])]
        needs = self.open_rows(
            book.needs, [(j, result.shown[j]) for j in alone], result.received, ("limit_price", "value")
        )
        offers = self.open_rows(book.offers, given, result.given, ("limit_price",))
        words = "participant place category unit"
        told = self.rows("unmet.csv", f"need {words}", "asked received missing limit_price value")
        need(told == needs, "unmet.csv is not what stayed open")
        told = self.rows("unsold.csv", f"offer {words}", "offered given left limit_price")
        need(sorted(told, key=str) == sorted(offers, key=str), "unsold.csv is not what stayed open")
        missing = across(book.needs["asked"], result.received, result.shown)
        left = across(book.offers["asked"], result.given, book.offers["category"])
        for name, noun, ids, figure, rows in (
            ("unmet.csv", "need", self.needs, "missing_t", missing),
            ("unsold.csv", "offer", self.offers, "left_t", left),
        ):
            weights = ((self.tonnes(max(0, asked - done), c),) for asked, done, c in rows)
            self.check_beside(
                name, noun, figure, {(ident,): weight for ident, weight in zip(ids, weights, strict=False)}
            )

    def open_rows(
        self,
        table: dict[str, list[Any]],
        listed: Iterable[tuple[int, int]],
        done: list[int],
        fields: tuple[str, ...],
    ) -> list[tuple[Any, ...]]:
        """Of listings, each with the category it is shown with, those of which something is left; of licences
        without limit those that nobody took."""
        rows = []
        for i, category in listed:
            asked: Any = table["asked"][i]
            if done[i] < asked or asked < 0 == done[i]:
                who = table["id"][i], self.people[table["participant"][i]], self.places[table["place"][i]]
                amounts = (None, done[i], None) if asked < 0 else (asked, done[i], asked - done[i])
                rows.append((*who, *self.kind(category), *amounts, *(table[field][i] for field in fields)))
        return sorted(rows)

    def check_losses(self) -> None:
        """losses.csv is what everybody could have got at the prices beyond what it got, rounded up."""
        ids = {
            "offer": self.offers,
            "need": self.needs,
            "project": self.projects,
            "lane": self.lanes,
            "place": [*self.places, ""],
            "sponsor": self.people,
            "rule": self.rules,
        }
        told = sorted(
            (noun, ids[noun][ref], math.ceil(loss * 10**18))
            for (noun, ref), loss in self.lost.of.items()
            if loss
        )
        need(self.rows("losses.csv", "noun id", "loss", 18) == told, "losses.csv is not the gap as money")


def is_end(told: int | None, follows: int | None) -> bool:
    return told == follows if told is None or follows is None else is_near(told, follows)


def figure(text: str) -> float:
    return float(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?", text) else math.nan


def exactly(text: str, times: int) -> Fraction:
    need(
        re.fullmatch(r"-?[0-9]{1,999}(\.[0-9]{1,999}|/[0-9]{1,999})?", text),
        f"{text[:40]!r} is no plain number",
    )
    return Fraction(text) * times


# ==== result ================================================================================================
# The result folder: what lies beside the certificate for people to read says the same.


def said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of clearing.json; of two values for one key readers could take either."""
    found = dict(pairs)
    need(len(found) == len(pairs), "clearing.json says a key twice")
    return found


def check_result(
    top: Path,
    book: Layout,
    money: Money,
    lost: Losses,
    middle: Middle | None,
    awards: list[Award],
    ledger: list[Any],
) -> None:
    """What lies beside the certificate for people to read says the same: clearing.json and the CSV tables."""
    if not (top / "clearing.json").is_file():
        need(not any(top.glob("*.csv")), "clearing.json is missing beside the tables that people read")
        return
    need((top / "clearing.json").stat().st_size < 1 << 26, "clearing.json is too large")
    text, claims = (top / "clearing.json").read_text("utf-8"), book.claims
    said = json.loads(text, object_pairs_hook=said_once)
    told = said["certificate"]
    for key in ("objective", "bound", "absolute_gap", "max_violation"):
        need(
            exactly(told[key], 1) == claims.number(key),
            f"clearing.json: {key} is not that of the certificate",
        )
    asked = float(said["settings"]["gap"])
    need(
        math.isclose(asked, claims.number("gap"), rel_tol=1e-5), "clearing.json: the gap asked for is another"
    )
    for key in ("currency", "settlement"):
        need(said[key] == book.said[key], f"clearing.json: {key} is not that of the book")
    for key in ("status", "covers"):
        need(told[key] == claims.text(key), f"clearing.json: {key} is not that of the certificate")
    need(told["relative_gap"] == float(claims.number("relative_gap")), "clearing.json: relative_gap")
    result = Result(book)
    for key, value in result.figures().items():
        close = math.isclose(said["result"][key], value, rel_tol=1e-9, abs_tol=1e-6)
        need(close, f"clearing.json: {key} is not {value}")
    flows = {
        (quote(row["kind"], safe=SAFE), quote(row["unit"], safe=SAFE)): [
            math.inf if row[key] is None else row[key] for key in ("asked", "met", "offered", "given")
        ]
        for row in said["result"]["flows"]
    }
    need(
        {*flows} == {*result.flows()}
        and all(
            math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-6)
            for key, sums in result.flows().items()
            for x, y in across(flows[key], sums)
        ),
        "clearing.json: flows",
    )
    need(said["num_awards"] == len(awards), "clearing.json: num_awards")
    Tables(top, result, money, lost, middle).check(awards, ledger)


# ==== command ===============================================================================================
# The command: verify a folder and say what holds, or the first thing that does not.


def verify(path: Path, root: str | None) -> dict[str, Any]:
    """What was verified. Raises Refuted with the first thing that does not follow."""
    folder = Folder(path, root)
    claims = Claims(folder)
    p = Problem(folder, claims)
    check_claims(folder, p, claims)
    if "book/book.csv" in folder.names:
        book = Layout(folder, p, claims)
        check_book(book)
        Pools(folder, book).check()
        awards = read_awards(folder, book)
        money = Money(folder, book)
        money.check_prices(folder)
        lost = Losses(book, money.dual)
        lost.check_support()
        middle = Middle(book, money.dual) if p.num_arcs <= MOST_ARCS else None
        if middle:
            middle.check()
        ledger = read_ledger(folder, money)
        if path != folder.path:  # what lies beside the certificate
            check_result(path, book, money, lost, middle, awards, ledger)
    shown = ("status", "objective", "bound", "relative_gap", "gap", "covers")
    return {"verified": True, "root": folder.root} | {key: claims.text(key) for key in shown}


def main() -> int:
    parser = argparse.ArgumentParser(description="Check a fourflow certificate with exact integers.")
    parser.add_argument("dir", type=Path, help="the certificate, or a result folder that holds it")
    parser.add_argument("--root", help="the root that the operator published: SHA-256 of manifest.csv")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    wish = parser.parse_args()
    if not wish.dir.is_dir():
        parser.error(f"{wish.dir} is not a folder")
    gc.disable()  # nothing here is cyclic, and collecting millions of rows takes a third of the time
    try:
        result = verify(wish.dir, wish.root)
    except Refuted as reason:
        result = {"verified": False, "reason": str(reason)}
    except (
        OSError,
        ValueError,
        LookupError,
        ArithmeticError,
        TypeError,
        RecursionError,
        MemoryError,
        csv.Error,
    ) as error:
        result = {"verified": False, "reason": f"cannot be read: {type(error).__name__}: {error}"}
    if wish.json:
        print(json.dumps(result))
    else:
        head = "verified" if result.pop("verified") else "NOT verified"
        print(head, *(f"{key}: {value}" for key, value in result.items()), sep="\n  ")
    return 0 if "root" in result else 1


if __name__ == "__main__":
    sys.exit(main())
