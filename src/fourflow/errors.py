"""What fourflow says when something is wrong.

    FourflowError
    ├── BookError          the input cannot be read or has refused rows (carries Findings)
    ├── ProblemError       arrays that do not form a clearing problem
    ├── EngineError        an engine could not answer
    ├── CertificateError   a certificate folder cannot be written or read
    ├── SettingsError      a setting, flag or environment variable is wrong
    └── DependencyError    an optional package is missing

A message says what, where, which rule, and what to try ("Maybe ..."), and ends in a
stable code in brackets. Users' mistakes are findings or these errors; programmers'
mistakes are assertions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["refused", "warning", "note"]
"""Left out of the clearing; read another way than written, or odd; as written, and worth knowing."""
MAX_SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """One thing wrong in one place of the input.

    `row` counts from 1 over the data rows as a spreadsheet shows them: the header is row 1, so
    the first listing is row 2. 0 where the finding is about the whole file. `listing` is the id
    if one could be read. `value` is the offending text, cut to 80 characters.
    """

    code: str
    file: str
    row: int
    field: str
    value: str
    rule: str
    maybe: str
    listing: str = ""
    severity: Severity = "refused"

    def __str__(self) -> str:
        place = f"{self.file} row {self.row}" if self.row else self.file
        who = f"'{self.listing}' ({place})" if self.listing else place
        what = f"{self.field} is {self.value!r} but " if self.field else ""
        maybe = f" Maybe {self.maybe}." if self.maybe else ""
        return f"{who}: {what}{self.rule}.{maybe} [{self.code}]"


class FourflowError(Exception):
    """Base of every error that fourflow raises on purpose; `code` is stable between releases."""

    code = "fourflow.error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        if code is not None:
            self.code = code
        super().__init__(f"{message} [{self.code}]")


class BookError(FourflowError):
    """The book has rows that are refused, or cannot be read at all. `findings` holds them all."""

    code = "book.refused"

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        shown = "\n".join(f"  {finding}" for finding in self.findings[:MAX_SHOWN])
        more = len(self.findings) - MAX_SHOWN
        tail = f"\n  ... and {more} more" if more > 0 else ""
        count = len(self.findings)
        super().__init__(f"{count} finding{'s' if count != 1 else ''}:\n{shown}{tail}\n")


class ProblemError(FourflowError):
    code = "problem.invalid"


class EngineError(FourflowError):
    code = "engine.failed"


class CertificateError(FourflowError):
    code = "proof.certificate"


class SettingsError(FourflowError):
    code = "settings.invalid"


class DependencyError(FourflowError):
    code = "dependency.missing"
