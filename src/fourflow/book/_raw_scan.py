"""One pass over the bytes of a CSV file that finds its rows, and the first place where they break.

The dialect is RFC 4180: commas, rows end in LF or CR LF, a cell with a comma, a line end or a
quotation mark stands in quotation marks, and a quotation mark inside it is doubled. A byte is inside
such a cell when the number of marks before it is odd, so the pass is vectorised: time is linear in
the file, and memory beyond it is a few chunks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 20
COMMA, QUOTE, LF, CR = 44, 34, 10, 13
_BEFORE_OPENING = np.isin(np.arange(256), [COMMA, LF, QUOTE])
_AFTER_CLOSING = np.isin(np.arange(256), [COMMA, LF, CR, QUOTE])

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


@dataclass
class Scan:
    """The rows of a file: the header is the first row that is not blank, `rows` come after it.

    `first` is the header's row in the file counted from 0 (-1: none), `header` its bytes (from, to),
    `width` its number of fields. `ragged` lists (row after the header from 0, number of fields) of
    rows of another width. `fault` is (row in the file from 1, what is wrong) where the dialect breaks.
    """

    first: int = -1
    header: tuple[int, int] = (0, 0)
    width: int = 0
    rows: int = 0
    ragged: list[tuple[int, int]] = field(default_factory=list)
    fault: tuple[int, str] | None = None
    quoted: bool = False


def scan(data: bytes, max_width: int) -> Scan:
    """Find the rows of `data`; stops at the first fault, or at a header of more than `max_width` fields."""
    scanner = _Scanner(np.frombuffer(data, dtype=np.uint8))
    found = scanner.found
    for low in range(0, len(data), CHUNK):
        scanner.feed(low, min(low + CHUNK, len(data)))
        if found.fault or found.width > max_width:
            return found
    scanner.finish()
    return found


class _Scanner:
    """The state carried from chunk to chunk."""

    def __init__(self, data: Bytes) -> None:
        self.data = data
        self.found = Scan()
        self.file_rows = 0  # complete rows so far, blank ones and the header too
        self.row_start = 0  # where the open row begins
        self.separators = 0  # of the open row so far
        self.inside = 0  # 1 within quotation marks
        self.opened_row = 0  # where the last quoted cell began

    def feed(self, low: int, high: int) -> None:
        chunk = self.data[low:high]
        quotes = chunk == QUOTE
        ends = (chunk == COMMA) | (chunk == LF)
        marks = np.flatnonzero(quotes)
        parity = None
        if len(marks) or self.inside:
            self.found.quoted = True
            parity = (np.cumsum(quotes, dtype=np.uint8) + np.uint8(self.inside)) & np.uint8(1)
            ends &= parity == 0
        at = np.flatnonzero(ends)
        is_break = chunk[at] == LF
        breaks = at[is_break] + low
        self._check_returns(chunk, low, parity, breaks)
        if parity is not None:
            self._check_marks(marks + low, parity[marks], breaks)
            self.inside = int(parity[-1])
        self._count_rows(breaks, np.flatnonzero(is_break), len(at))

    def finish(self) -> None:
        """Close a last row that has no line end."""
        size = len(self.data)
        if self.inside:
            self.found.fault = (self.opened_row + 1, "a quotation mark opens here and never closes")
        elif self.row_start < size:
            self._close_rows(np.array([size]), np.array([self.separators]))

    def _check_returns(self, chunk: Bytes, low: int, parity: Bytes | None, breaks: Places) -> None:
        """Outside of quotation marks a CR is part of a CR LF."""
        returns = np.flatnonzero(chunk == CR)
        if parity is not None:
            returns = returns[parity[returns] == 0]
        after = np.minimum(returns + low + 1, len(self.data) - 1)
        lone = returns[self.data[after] != LF]
        if len(lone):
            self._fault(int(lone[0]) + low, breaks, "a carriage return stands without a line feed")

    def _check_marks(self, marks: Places, opening: Bytes, breaks: Places) -> None:
        """An opening mark follows a separator; after a closing one comes a separator, or its double."""
        data, size = self.data, len(self.data)
        before = np.where(marks > 0, data[np.maximum(marks - 1, 0)], LF)
        after = np.where(marks + 1 < size, data[np.minimum(marks + 1, size - 1)], LF)
        good = np.where(opening == 1, _BEFORE_OPENING[before], _AFTER_CLOSING[after])
        for i in np.flatnonzero(~good)[:1]:
            if opening[i]:
                self._fault(int(marks[i]), breaks, "a quotation mark stands inside an unquoted cell")
            else:
                rule = "a quoted cell is followed by more text, or its closing quotation mark is missing"
                opened = marks[:i][opening[:i] == 1]
                self._fault(int(opened[-1]) if len(opened) else -1, breaks, rule)
        opened = marks[opening == 1]
        if len(opened):
            self.opened_row = self._row_of(int(opened[-1]), breaks)

    def _row_of(self, byte: int, breaks: Places) -> int:
        """The file row of `byte`, or of the last quoted cell where byte is -1."""
        return self.opened_row if byte < 0 else self.file_rows + int(np.searchsorted(breaks, byte))

    def _fault(self, byte: int, breaks: Places, rule: str) -> None:
        if self.found.fault is None:
            self.found.fault = (self._row_of(byte, breaks) + 1, rule)

    def _count_rows(self, breaks: Places, order: Places, num_ends: int) -> None:
        """`order[i]` is the place of break i among the `num_ends` commas and breaks of the chunk."""
        if not len(breaks):
            self.separators += num_ends
            return
        separators = np.diff(order, prepend=-1) - 1
        separators[0] += self.separators
        self._close_rows(breaks, separators)
        self.separators = num_ends - 1 - int(order[-1])

    def _close_rows(self, stops: Places, separators: Places) -> None:
        starts = np.concatenate(([self.row_start], stops[:-1] + 1))
        crlf = (stops > starts) & (self.data[np.maximum(stops - 1, 0)] == CR)
        blank = stops - starts - crlf == separators  # nothing but commas
        data_rows = self._skip_header(starts, stops, separators, blank)
        if self.found.first >= 0:
            shift = self.file_rows - self.found.first - 1
            odd = (separators + 1 != self.found.width) & ~blank
            odd[:data_rows] = False
            self.found.ragged += [(int(i) + shift, int(separators[i]) + 1) for i in np.flatnonzero(odd)]
            self.found.rows += len(stops) - data_rows
        self.file_rows += len(stops)
        self.row_start = int(stops[-1]) + 1

    def _skip_header(
        self, starts: Places, stops: Places, separators: Places, blank: NDArray[np.bool_]
    ) -> int:
        """The number of rows of this chunk up to and with the header."""
        if self.found.first >= 0:
            return 0
        if blank.all():
            return len(blank)
        i = int(np.argmin(blank))
        self.found.first = self.file_rows + i
        self.found.header = (int(starts[i]), int(stops[i]))
        self.found.width = int(separators[i]) + 1
        return i + 1
