"""fourflow clears goods, capital, talent and technology together, with prices, reasons and a proof.

    import fourflow as ff
    book = ff.Book.read("my-book")
    clearing = ff.clear(book)
    clearing.report("report.html")

Names load when they are first used (PEP 562), so that `import fourflow` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fourflow.book import Admission, Book, check
    from fourflow.engines import solve
    from fourflow.errors import (
        BookError,
        CertificateError,
        DependencyError,
        EngineError,
        Finding,
        FourflowError,
        ProblemError,
        SettingsError,
    )
    from fourflow.pipeline import Clearing, clear
    from fourflow.problem import ClearingProblem, Scales, Solution, Sparse, Status, from_mps, to_mps
    from fourflow.progress import Progress
    from fourflow.proof import Certificate, certify, losses

__version__ = "0.1.0"

_HOMES = {
    "book": ("Admission", "Book", "check"),
    "engines": ("solve",),
    "errors": (
        "BookError", "CertificateError", "DependencyError", "EngineError", "Finding", "FourflowError",
        "ProblemError", "SettingsError",
    ),
    "pipeline": ("Clearing", "clear"),
    "problem": ("ClearingProblem", "Scales", "Solution", "Sparse", "Status", "from_mps", "to_mps"),
    "progress": ("Progress",),
    "proof": ("Certificate", "certify", "losses"),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Admission", "Book", "BookError", "Certificate", "CertificateError", "Clearing", "ClearingProblem",
    "DependencyError", "EngineError", "Finding", "FourflowError", "ProblemError", "Progress", "Scales",
    "SettingsError", "Solution", "Sparse", "Status", "certify", "check", "clear", "from_mps", "losses",
    "solve", "to_mps",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'fourflow' has no attribute {name!r}")
    value = getattr(import_module(f"fourflow.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
