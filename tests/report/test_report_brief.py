"""Notebooks and terminals show the sentences and the largest unmet needs."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from fourflow.book import Market
from fourflow.report import Story, View, in_words, to_html, to_rich
from stories import Tell, fair_market, named_throughout


@pytest.fixture(scope="module")
def story(tell: Tell, grain: Market) -> Story:
    return tell(grain)


def test_three_lines_say_what_moved_what_is_unmet_and_what_is_proved(story: Story) -> None:
    """For a terminal: one sentence or two each."""
    moved, unmet, proved = in_words(View(story))
    assert moved.startswith("7\u00a0tonnes went from 1 giver to 2 receivers, worth £36")
    assert unmet.endswith("The reason: the lanes that lead there are full.")
    assert "proved" in proved


def test_the_notebook_form_has_no_script_and_escapes_names(story: Story) -> None:
    """A notebook trusts what it is given, so nothing may be in it that acts."""
    made = to_html(View(named_throughout(story, "<script>hit()</script>")))
    assert "<script" not in made
    assert "style=" not in made
    assert "<caption>Largest unmet needs</caption>" in made


def test_the_terminal_form_shows_names_as_they_are(story: Story) -> None:
    """Rich markup and escape sequences in a name are text, not commands."""
    out = StringIO()
    console = Console(file=out, width=120, force_terminal=False)
    console.print(to_rich(View(named_throughout(story, "[red]x\x1b[31m"))))
    text = out.getvalue()
    assert "[red]x" in text
    assert "\x1b" not in text
    assert "lane full" in text


def test_a_market_in_which_all_is_met_shows_no_table(tell: Tell) -> None:
    """Nothing unmet, nothing to list."""
    assert "<table" not in to_html(View(tell(fair_market())))
