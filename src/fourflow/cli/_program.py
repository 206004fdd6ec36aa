"""A linear or integer program in a `.mps` file: solved and proved as it stands. There is no market in it."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from math import isinf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fourflow.cli._run import Stop, moving_line
from fourflow.cli._say import Code, say, show, show_json, shown
from fourflow.settings import Settings

if TYPE_CHECKING:
    from fourflow.problem import ClearingProblem
    from fourflow.proof import Certificate

ENDINGS = (".mps", ".mps.gz")


def is_program(path: Path) -> bool:
    return path.name.lower().endswith(ENDINGS) and not path.is_dir()


def program_name(path: Path) -> str:
    """The file's name without its ending."""
    return path.name[: path.name.lower().rindex(".mps")]


def program_size(rows: int, columns: int) -> str:
    counts = ((rows, "row"), (columns, "column"))
    return ", ".join(f"{count:,} {noun}{'s' if count != 1 else ''}" for count, noun in counts)


def check_program(path: Path, *, as_json: bool) -> Code:
    """Whether it can be read, and how large it is; ProblemError with the line if not."""
    from fourflow.problem import from_mps

    origin = from_mps(path).origin
    assert origin is not None
    size = program_size(len(origin.row_names), len(origin.column_names))
    if as_json:
        show_json({"ok": True, "findings": [], "size": size})
    else:
        say(f"The program is good: {size}. Solve it: fourflow clear {shown(path)}")
    return Code.GOOD


def clear_program(path: Path, folder: Path, settings: Settings, *, as_json: bool) -> Code:
    """Solve it, prove it, and write `values.csv`, `program.json` and the certificate."""
    from fourflow.engines import solve
    from fourflow.problem import Status, column_values, from_mps
    from fourflow.proof import certify, write_certificate

    problem = from_mps(path)
    with Stop() as stop, moving_line(as_json) as progress:
        solution = solve(problem, gap=settings.gap, time_limit_s=settings.time_limit_s, progress=progress)
    certificate = certify(problem, solution, settings.gap)
    summary = {
        "file": path.name,
        "sha256": sha256(path.read_bytes()).hexdigest(),
        **_summary(problem, certificate),
    }
    folder.mkdir(parents=True, exist_ok=True)
    if certificate.status in (Status.OPTIMAL_WITHIN_GAP, Status.GAP_NOT_REACHED):
        rows = [
            f"{_quoted(name)},{_decimal(value)}" for name, value in column_values(problem, solution).items()
        ]
        (folder / "values.csv").write_text("\n".join(["column,value", *rows, ""]), encoding="utf-8")
    if certificate.status not in (Status.UNBOUNDED, Status.NOT_PROVED):
        write_certificate(folder / "certificate", problem, solution, certificate)
    (folder / "program.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    code = _code(certificate, stop)
    if as_json:
        show_json({"ok": code == Code.GOOD, "out": str(folder), **summary})
    else:
        _tell(summary, folder)
    return code


def _summary(problem: ClearingProblem, certificate: Certificate) -> dict[str, Any]:
    origin = problem.origin
    assert origin is not None
    return {
        "sense": problem.sense,
        "num_rows": len(origin.row_names),
        "num_columns": len(origin.column_names),
        "status": certificate.status,
        "objective": _number(certificate.objective),
        "bound": _number(certificate.bound),
        "relative_gap": _number(certificate.relative_gap),
        "absolute_gap": _number(certificate.absolute_gap),
        "row_tolerance": float(problem.row_tolerance),
        "max_violation": float(certificate.max_violation),
    }


def _tell(summary: dict[str, Any], folder: Path) -> None:
    """What was found and proved, in three lines."""
    best = "least" if summary["sense"] == "min" else "most"
    size = program_size(summary["num_rows"], summary["num_columns"])
    sentence = {
        "INFEASIBLE": "It is proved that no values keep all rows.",
        "UNBOUNDED": f"It is proved that the objective has no {best}: it can go on for ever.",
        "NOT_PROVED": "Nothing was proved. Maybe the time was too short, or the objective has no end.",
    }.get(summary["status"])
    if sentence is None:
        show(f"{summary['file']}: {size}. Objective {summary['objective']:.12g}, the {best} that was found.")
        sentence = _proof_words(summary)
    else:
        show(f"{summary['file']}: {size}.")
    show(sentence)
    if summary["status"] == "GAP_NOT_REACHED":
        say("The gap asked for was not reached in the time given. Maybe raise --time-limit or --gap.")
    parts = [f"Values: {shown(folder / 'values.csv')}."] if (folder / "values.csv").is_file() else []
    if (folder / "certificate").is_dir():
        parts.append(f"Check the proof: fourflow verify {shown(folder)}")
    if parts:
        say(" ".join(parts))


def _proof_words(summary: dict[str, Any]) -> str:
    other = "less" if summary["sense"] == "min" else "more"
    if summary["bound"] is None:
        return "It is not known how much better another answer could be."
    if summary["absolute_gap"] == 0:
        return f"It is proved that none has {other}."
    return (
        f"It is proved that none has {other} than {summary['bound']:.12g}: gap {summary['relative_gap']:.2g}."
    )


def _number(value: Fraction | float) -> float | None:
    return None if isinf(value) else float(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\n') else name


def _decimal(value: Fraction) -> str:
    """Exactly: all numbers of an imported problem are decimals."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"


def _code(certificate: Certificate, stop: Stop) -> Code:
    from fourflow.problem import Status

    if stop.asked:
        return Code.INTERRUPTED
    if certificate.status in (Status.INFEASIBLE, Status.UNBOUNDED):
        return Code.PROBLEM
    return (
        Code.GOOD if certificate.status == Status.OPTIMAL_WITHIN_GAP or certificate.is_settled else Code.LIMIT
    )
