"""Clearing a book from the command line: settings, a moving line on a terminal, Ctrl-C, exit code."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from fourflow.cli._say import Code, in_lines, say, show, show_json, shown
from fourflow.errors import BookError, Finding
from fourflow.progress import Progress, ProgressCallback, ignore
from fourflow.settings import Settings

if TYPE_CHECKING:
    from fourflow.book import Admission
    from fourflow.pipeline import Clearing


@dataclass
class Stop:
    """Whether Ctrl-C was pressed: the first press asks for the best allocation so far."""

    asked: bool = False
    _before: Callable[[int, FrameType | None], object] | int | None = field(default=None, repr=False)

    def __enter__(self) -> Stop:
        self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _press(self, number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.asked = True
        say("Stopping with the best allocation so far (Ctrl-C again to leave at once) ...")
        raise KeyboardInterrupt


def read_book(path: Path, *, accept_partial: bool) -> Admission:
    """The admitted rows of the book at `path`; BookError if a row is refused and that was not accepted."""
    from fourflow.book import check

    admission = check(path)
    has_part = admission.has_settings and len(admission.book.offers) + len(admission.book.needs) > 0
    if not (admission.is_clean or (accept_partial and has_part)):
        raise BookError(admission.findings)
    return admission


def clear_book(admission: Admission, settings: Settings, *, quiet: bool) -> tuple[Clearing, Code]:
    """Clear what was admitted; the code says how it ended."""
    from fourflow.pipeline import clear

    if not quiet:
        _warn(admission.findings)
    with Stop() as stop, moving_line(quiet) as progress:
        clearing = clear(admission, gap=settings.gap, time_limit_s=settings.time_limit_s, progress=progress)
    if not quiet:
        _warn(clearing.story.cleared.allocation.market.notes)
    return clearing, _code(clearing, stop)


def _warn(findings: tuple[Finding, ...]) -> None:
    """What was assumed, rounded or looks odd, on stderr: a result without its assumptions would mislead."""
    for line in in_lines([finding for finding in findings if finding.severity == "warning"]):
        say(line)


def write_out(clearing: Clearing, admission: Admission, folder: Path) -> dict[str, Any]:
    """Write the result folder, refused rows with their reasons in it, and return clearing.json."""
    from fourflow.book import harmless

    clearing.write(folder)
    for noun, rows in admission.refused.items():
        (folder / "refused").mkdir(exist_ok=True)
        harmless(rows).write_csv(folder / "refused" / f"{noun}.csv")
    summary: dict[str, Any] = json.loads((folder / "clearing.json").read_text(encoding="utf-8"))
    return summary


def tell(summary: dict[str, Any], folder: Path, code: Code, *, as_json: bool) -> None:
    """The summary as JSON, or what it says in words and where to look further."""
    if as_json:
        show_json({"ok": code == Code.GOOD, "out": str(folder), **summary})
        return
    for line in (summary["headline"], *summary["in_words"]):
        show(line)
    if summary["num_refused"]:
        many = summary["num_refused"]
        rows = f"{many:,} rows were" if many > 1 else "1 row was"
        say(f"{rows} refused; see {shown(folder / 'refused')} for the reasons.")
    if code == Code.LIMIT:
        say("The gap asked for was not reached in the time given. Maybe raise --time-limit or --gap.")
    page, here = shown(folder / "report.html"), shown(folder)
    say(f"Report: {page} (open it in a browser). Check the proof: fourflow verify {here}")


def _code(clearing: Clearing, stop: Stop) -> Code:
    from fourflow.problem import Status

    if stop.asked:
        return Code.INTERRUPTED
    certificate = clearing.certificate
    status = certificate.status
    if status in (Status.INFEASIBLE, Status.UNBOUNDED) or clearing.num_refused:
        return Code.PROBLEM
    return Code.GOOD if status == Status.OPTIMAL_WITHIN_GAP or certificate.is_settled else Code.LIMIT


@contextmanager
def moving_line(quiet: bool) -> Iterator[ProgressCallback]:
    """A line that moves on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield ignore
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda step: bar.update(task, description=_line(step))


def _line(step: Progress) -> str:
    return step.stage if step.relative_gap is None else f"{step.stage}, gap {step.relative_gap:.1e}"
