"""`fourflow doctor`: is everything here that fourflow needs, and which settings are in force."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fourflow.cli._parameters import JsonFlag
from fourflow.cli._say import Code, command, say, show, show_json
from fourflow.settings import SETTINGS, read_settings

PACKAGES = ("numpy", "scipy", "polars", "numba", "highspy", "typer", "rich")
OPTIONAL = {"xlsxwriter": "writes Excel books"}


@command
def doctor(as_json: JsonFlag = False) -> Code:
    """Show versions, machine and settings, and clear a tiny problem to see that everything works."""
    facts = {**_versions(), **_machine()}
    problems = [f"{name} is not installed" for name in PACKAGES if facts[name] == "missing"]
    problems += _try_engine() if not problems else []
    settings = read_settings()
    shown = {s.name: {"value": getattr(settings, s.name), "from": settings.origin[s.name]} for s in SETTINGS}
    if as_json:
        show_json({"ok": not problems, "facts": facts, "settings": shown, "problems": problems})
    else:
        for name, fact in facts.items():
            show(f"{name:<20} {fact}")
        for name, entry in shown.items():
            show(f"{name:<20} {entry['value']} ({entry['from']})")
        for problem in problems:
            say(f"problem: {problem}")
        say("Something is missing." if problems else "Everything that fourflow needs is here.")
    return Code.PROBLEM if problems else Code.GOOD


def _versions() -> dict[str, str]:
    facts = {"fourflow": _version("fourflow"), "python": platform.python_version()}
    facts.update({name: _version(name) for name in PACKAGES})
    for name, purpose in OPTIONAL.items():
        found = _version(name)
        facts[name] = f"missing ({purpose}; pip install 'fourflow[excel]')" if found == "missing" else found
    return facts


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _machine() -> dict[str, str]:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(cores),
        "disk_free": f"{free:.0f} GB",
        "interpreter": sys.executable,
    }


def _try_engine() -> list[str]:
    """Solve and certify two offers and one need; what goes wrong, in words."""
    try:
        import numpy as np

        import fourflow as ff

        problem = ff.ClearingProblem.bipartite(
            supply=np.array([1, 1]),
            demand=np.array([1]),
            offer_index=np.array([0, 1]),
            need_index=np.array([0, 0]),
            value=np.array([2, 3]),
        )
        certificate = ff.certify(problem, ff.solve(problem))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is what the doctor is asked for
        return [f"a tiny problem cannot be solved: {type(error).__name__}: {error}"]
    if certificate.objective != 3 or certificate.relative_gap != 0:
        return [f"a tiny problem has the wrong answer: {certificate.objective} instead of 3"]
    return []
