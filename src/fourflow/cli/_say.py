"""How commands speak: data to stdout, messages to stderr, mistakes as one sentence and an exit code."""

from __future__ import annotations

import functools
import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from typing import Any, ParamSpec

import typer

from fourflow.errors import MAX_SHOWN, BookError, Finding, FourflowError


class Code(IntEnum):
    """Exit codes; part of the interface."""

    GOOD = 0
    PROBLEM = 1
    USAGE = 2
    LIMIT = 3
    INTERRUPTED = 130


MAX_WARNINGS = 2
"""Warnings of one kind that are said in full."""
NAMED = 8
"""Places of one kind that are named beside those."""
P = ParamSpec("P")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Text from a book may hold terminal codes or change its direction; shown text does not."""
    return _UNPRINTABLE.sub("\ufffd", text)


def shown(path: object) -> str:
    """A path in one line: a name may hold line ends and terminal codes, which would look like our words."""
    return clean(re.sub(r"\s", " ", str(path)))


def show(text: str = "") -> None:
    """A line of data, on stdout."""
    typer.echo(clean(text))


def say(text: str) -> None:
    """A message, on stderr; bold heads where the terminal has them."""
    typer.echo(clean(text), err=True)


def show_json(answer: object) -> None:
    """The whole answer as one JSON document on stdout."""
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False, default=str, allow_nan=False))


def plain(finding: Finding) -> dict[str, object]:
    """A finding as JSON."""
    return {
        "code": finding.code, "severity": finding.severity, "file": finding.file, "row": finding.row,
        "listing": finding.listing, "field": finding.field, "value": finding.value, "rule": finding.rule,
        "maybe": finding.maybe, "text": str(finding),
    }  # fmt: skip


def command(function: Callable[P, Code]) -> Callable[P, None]:
    """Run a command and end with its code: what fourflow raises on purpose becomes a message and code 2."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = function(*args, **kwargs)
        except KeyboardInterrupt:
            say("Stopped.")
            code = Code.INTERRUPTED
        except FourflowError as error:
            code = _tell(error, as_json=bool(kwargs.get("as_json")))
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            else:
                where = f"{shown(error.filename)}: " if error.filename else ""
                code = _tell(FourflowError(f"{where}{error.strerror or error}.", code="cli.file"),
                             as_json=bool(kwargs.get("as_json")))  # fmt: skip
        raise typer.Exit(int(code))

    return run


def show_findings(findings: Sequence[Finding]) -> None:
    """Every kind of finding, with its first places; a book of 100,000 rows may break one rule in each."""
    for line in in_lines(findings):
        show(line)


def in_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Findings of one kind together: of those to mend up to twenty in full, of warnings one or two.

    Rows that are refused for another row's sake come last, in one line: they mend themselves.
    """
    kinds: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        if not follows(finding):
            kinds[finding.code, finding.severity].append(finding)
    for (code, _), alike in kinds.items():
        most = MAX_SHOWN if alike[0].severity == "refused" else MAX_WARNINGS
        told = alike if len(alike) <= most else alike[: max(1, most - 1)]
        for finding in told:
            yield f"{finding.severity}: {finding}"
        if rest := alike[len(told) :]:
            yield f"... and {len(rest):,} more like it: {_names(rest)} [{code}]"
    if fallen := [finding for finding in findings if follows(finding)]:
        verb = "is" if len(fallen) == 1 else "are"
        yield f"... and for the sake of these {verb} left out too, until they are mended: {_names(fallen)}"


def follows(finding: Finding) -> bool:
    """Whether a row is refused only because another is."""
    return finding.code.endswith((".refused_target", ".refused_part"))


def _names(findings: Sequence[Finding]) -> str:
    """Where the others are: the first few, and how many more."""
    names = [f.listing or f"{f.file} row {f.row}" for f in findings[:NAMED]]
    left = len(findings) - len(names)
    return ", ".join(names) + (f" and {left:,} others (--json lists them all)" if left else "")


def _tell(error: FourflowError, *, as_json: bool) -> Code:
    findings = error.findings if isinstance(error, BookError) else ()
    if as_json:
        answer: dict[str, Any] = {"ok": False, "error": {"code": error.code, "text": clean(str(error))}}
        if findings:
            answer["findings"] = [plain(finding) for finding in findings]
        show_json(answer)
    elif findings:
        show_findings(findings)
        refused = sum(finding.severity == "refused" and not follows(finding) for finding in findings)
        say(f"{refused} finding{'s' if refused != 1 else ''}. Nothing was cleared.")
    else:
        say(f"fourflow: {error}")
    return Code.USAGE
