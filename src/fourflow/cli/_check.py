"""`fourflow check`: everything that is wrong with a book, at once."""

from __future__ import annotations

from collections import Counter

from fourflow.cli._parameters import BookArgument, JsonFlag
from fourflow.cli._program import check_program, is_program
from fourflow.cli._say import Code, command, follows, plain, say, show_findings, show_json
from fourflow.errors import Severity


@command
def check(
    book: BookArgument,
    as_json: JsonFlag = False,
) -> Code:
    """Name every row that cannot be used, with the rule it breaks and what may have happened."""
    from fourflow.book import check as check_book

    if is_program(book):
        return check_program(book, as_json=as_json)
    admission = check_book(book)
    refused = [finding for finding in admission.findings if finding.severity == "refused"]
    severities = Counter(finding.severity for finding in admission.findings)
    if as_json:
        show_json({"ok": not refused, "findings": [plain(finding) for finding in admission.findings]})
    else:
        show_findings(admission.findings)
        say(_verdict(sum(not follows(finding) for finding in refused), severities))
    if not book.exists():
        return Code.USAGE
    return Code.PROBLEM if refused else Code.GOOD


def _verdict(refused: int, severities: Counter[Severity]) -> str:
    counts = ((severities[mild], mild) for mild in ("warning", "note"))
    aside = "".join(f", {count} {mild}{'s' if count != 1 else ''}" for count, mild in counts if count)
    if not refused:
        return f"The book is good{aside}."
    return f"{refused} finding{'s' if refused != 1 else ''} to mend before the book can be cleared{aside}."
