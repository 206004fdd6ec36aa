"""Markup is built so that text cannot become markup."""

from __future__ import annotations

import pytest

from fourflow.report._html import Safe, clean, join, tag, text


def test_text_is_escaped_in_content_and_attributes() -> None:
    """Every character with a meaning in HTML is written as a reference."""
    made = tag("p", "<b>&'\"", title='"><script>alert(1)</script>')
    assert made == (
        '<p title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">&lt;b&gt;&amp;&#x27;&quot;</p>'
    )


def test_markup_made_here_is_not_escaped_twice() -> None:
    """A Safe child stays as it is, within lists and generators too."""
    inner = tag("b", "x & y")
    assert tag("p", [inner], (part for part in (inner,))) == f"<p>{inner}{inner}</p>"


def test_nothing_and_false_are_left_out() -> None:
    """None as a child and None or False as an attribute write nothing; True writes the bare name."""
    assert tag("input", None, hidden=True, id=None, value=False) == "<input hidden>"


def test_names_of_attributes_become_html() -> None:
    """class_ is class, aria_label is aria-label, and name is free for use."""
    assert tag("meta", class_="a", aria_label="b", name="c") == '<meta class="a" aria-label="b" name="c">'


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\x00", "\x1b", "\x7f", "\u200f", "\ud800"])
def test_characters_that_hide_or_reorder_text_are_shown(hidden: str) -> None:
    """Controls and bidirectional overrides become the replacement character."""
    assert clean(f"a{hidden}b") == "a\ufffdb"
    assert text(f"a{hidden}b") == "a\ufffdb"


def test_line_breaks_and_other_scripts_stay() -> None:
    """Cleaning takes nothing from honest text."""
    honest = "Łódź, 東京,\tالقاهرة\n"
    assert clean(honest) == honest


def test_a_plain_string_that_looks_safe_is_escaped() -> None:
    """Only the type decides, never the look."""
    assert join(["<i>", Safe("<i>")]) == "&lt;i&gt;<i>"
