"""How findings are told on a terminal: each kind together, no wall of warnings."""

from __future__ import annotations

from fourflow.cli._say import in_lines
from fourflow.errors import Finding, Severity


def alike(number: int, code: str, severity: Severity = "warning") -> list[Finding]:
    rule, maybe = "is odd", "it is meant"
    return [
        Finding(code, "offers.csv", row, "quantity", "1", rule, maybe, f"o-{row}", severity)
        for row in range(2, number + 2)
    ]


def test_many_warnings_of_a_kind_are_told_once_with_the_names_of_the_others() -> None:
    """The first in full, the next by name, the rest by number."""
    first, rest = in_lines(alike(12, "book.odd"))
    assert first.startswith("warning: 'o-2' (offers.csv row 2): quantity is '1' but is odd.")
    assert rest == (
        "... and 11 more like it: o-3, o-4, o-5, o-6, o-7, o-8, o-9, o-10 and 3 others"
        " (--json lists them all) [book.odd]"
    )


def test_two_warnings_of_a_kind_are_both_told() -> None:
    assert len(list(in_lines(alike(2, "book.odd")))) == 2


def test_kinds_stay_together_in_the_order_in_which_they_come_first() -> None:
    """A kind that comes twice is told in one place."""
    one, other = alike(2, "book.one"), alike(2, "book.other")
    codes = [line.rpartition("[")[2] for line in in_lines([one[0], other[0], one[1], other[1]])]
    assert codes == ["book.one]", "book.one]", "book.other]", "book.other]"]


def test_what_must_be_mended_is_told_row_by_row() -> None:
    """Twenty of them in full, since each is to be mended."""
    assert len(list(in_lines(alike(20, "book.wrong", "refused")))) == 20
    assert len(list(in_lines(alike(21, "book.wrong", "refused")))) == 20


def test_rows_that_fall_with_others_are_told_last_in_one_line() -> None:
    """They mend themselves once the others are mended."""
    fallen = alike(3, "book.project.refused_target", "refused")
    lines = list(in_lines([*fallen, *alike(1, "book.wrong", "refused")]))
    assert len(lines) == 2
    assert lines[1] == "... and for the sake of these are left out too, until they are mended: o-2, o-3, o-4"
