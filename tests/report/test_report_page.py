"""The page says what happened, loads nothing, and lets nobody's text become markup."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import market
from fourflow.book import Market
from fourflow.reasons import Cause
from fourflow.report import Story, View, in_words, write_report
from fourflow.report._html import VOID, tag
from fourflow.report._page import render
from fourflow.report._reason_words import CLAUSES
from stories import PAYLOADS, WRAPS, Tell, named_throughout


class Outline(HTMLParser):
    """Tags as a browser sees them: open elements, what scripts there are, which attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.unclosed: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unclosed.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text.append(data)


def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    return found


def elements(page: str) -> list[str]:
    """All elements but the names on the map, whose number depends on how long they are."""
    return [element for element in outline(page).elements if element != "text"]


@pytest.fixture(scope="module")
def story(tell: Tell, grain: Market) -> Story:
    return tell(grain)


@pytest.fixture(scope="module")
def page(story: Story) -> str:
    return render(View(story))


def test_the_headline_says_what_moved_and_what_it_was_worth(page: str) -> None:
    """Seven tonnes from one giver to two receivers; first come, first served does as well here."""
    text = " ".join(outline(page).text)
    assert (
        "7\u00a0tonnes went from 1 giver to 2 receivers, worth £36: the same as first come, first served"
        in text
    )
    assert (
        "Of 2 needs, 1 was met in full and 1 in part. The reason: the lanes that lead there are full." in text
    )


def test_every_section_of_a_full_book_is_there(page: str) -> None:
    """In the order of the story, each with its heading, and the contents lead to all of them."""
    names = re.findall(r'<h2 id="(\w+)"', page)
    assert names == [
        "map", "balance", "who", "prices", "bottlenecks", "unmet", "unsold", "comparison", "scorecard",
        "settlement", "proof", "sources",
    ]  # fmt: skip
    assert re.findall(r'href="#(\w+)"', page)[1:] == names


def test_elements_are_closed_in_order(page: str) -> None:
    """A browser has nothing to guess."""
    found = outline(page)
    assert found.open == []
    assert found.unclosed == []


def test_ids_are_unique_and_headings_do_not_skip(page: str) -> None:
    """What is needed to find one's way with a screen reader."""
    found = outline(page)
    ids = [value for name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    levels = [int(tag[1]) for tag in found.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_tables_have_captions_and_headed_rows_and_columns(page: str) -> None:
    """Every table names itself, and every header cell says what it heads."""
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        assert "<caption>" in table
        assert all('scope="' in head for head in re.findall(r"<th\b[^>]*>", table))


def test_pictures_are_described_or_hidden(page: str) -> None:
    """An SVG has a role and a name, or is hidden from assistive technology."""
    for svg in re.findall(r"<svg[^>]*>", page):
        assert 'aria-hidden="true"' in svg or ('role="img"' in svg and "aria-label" in svg)


def test_the_page_refers_to_nothing_outside_itself(page: str) -> None:
    """No address, no import, no attribute that would load anything."""
    found = outline(page)
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & set(found.elements)
    assert all(value.startswith("#") for name, value in found.attributes if name == "href")
    assert not [
        name
        for name, _ in found.attributes
        if name in ("src", "srcset", "action", "style") or name.startswith("on")
    ]
    assert "url(" not in page
    assert "@import" not in page


def test_the_policy_allows_only_the_style_and_script_of_this_page(page: str) -> None:
    """The hashes in the policy are those of the one style sheet and the one script."""
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert "unsafe" not in policy[1]
    for element in ("style", "script"):
        contents = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        assert len(contents) == 1
        digest = base64.b64encode(hashlib.sha256(contents[0].encode()).digest()).decode()
        assert f"{element}-src &#x27;sha256-{digest}&#x27;" in policy[1]


def test_no_text_becomes_markup() -> None:
    """28 payloads in 14 wrappings as content, attribute and both, 1,176 in all: one element comes out."""
    for payload in (wrap.replace("{}", text) for text in PAYLOADS for wrap in WRAPS):
        for made in (tag("p", payload), tag("p", title=payload), tag("p", payload, title=payload)):
            found = outline(made)
            assert found.elements == ["p"]
            assert [name for name, _ in found.attributes] in ([], ["title"])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_becomes_markup(payload: str, story: Story) -> None:
    """Whatever participants, places and goods are called, the elements of the page stay the same."""
    clean = elements(render(View(named_throughout(story, "plain"))))
    page = render(View(named_throughout(story, payload)))
    assert elements(page) == clean
    assert not [name for name, _ in outline(page).attributes if name.startswith("on")]


def test_a_book_in_which_nothing_moves_has_a_page_too(tell: Tell, nothing: Market, tmp_path: Path) -> None:
    """The headline says so, and no section divides by nothing."""
    page = write_report(tell(nothing), tmp_path / "report.html").read_text("utf-8")
    assert "Nothing could be given: what is offered costs more than it is worth to those who ask" in page
    assert "No money changes hands." in page
    assert "Nothing was given, so there is nothing to measure." in page
    assert 'id="who"' not in page


def test_the_same_story_gives_the_same_page(story: Story) -> None:
    """Nothing in it depends on the moment or on the order of a dictionary."""
    assert render(View(story)) == render(View(story))


def _placed(book: Market, known: list[bool]) -> Market:
    """The book with coordinates for some of its places only."""
    latitude = np.where(known, book.places.latitude, np.nan)
    longitude = np.where(known, book.places.longitude, np.nan)
    return replace(book, places=replace(book.places, latitude=latitude, longitude=longitude))


def test_places_without_coordinates_leave_the_rest_of_the_map(tell: Tell, grain: Market) -> None:
    """Hull has none: Leeds and York are drawn with the flow between them, and the caption says so."""
    page = render(View(tell(_placed(grain, [place != "Hull" for place in grain.places.id]))))
    assert page.count('<circle class="') == 2
    assert "Leeds \u2192 York: 4\u00a0tonnes" in page
    assert "1 place without coordinates left out." in page


def test_a_book_without_coordinates_lists_its_connections(tell: Tell, grain: Market) -> None:
    """There is no map, and the section says why."""
    page = render(View(tell(_placed(grain, [False] * 3))))
    assert 'class="map"' not in page
    assert "Leeds \u2192 York" in page


FAR = [{"start": "Leeds", "end": "York", "cost": 1, "capacity": 1.5, "days": 1}]
SHAPES: dict[str, dict[str, Any]] = {
    "nobody offered anything": {"needs": [{"id": "n", "at": "Leeds", "price": 3}]},
    "nobody asked for anything": {"offers": [{"id": "o", "at": "Leeds", "price": 3}]},
    "The need was met in full.": {
        "offers": [{"id": "o", "quantity": 2, "price": 1}],
        "needs": [{"id": "n", "quantity": 2, "price": 3}],
    },
    "the sponsor&#x27;s budget is spent": {
        "offers": [{"id": "o", "at": "Leeds", "quantity": 4, "price": 1}],
        "needs": [{"id": "n", "at": "York", "quantity": 2, "price": 0, "value": 3, "sponsor": "fund"}],
        "lanes": [{"start": "Leeds", "end": "York", "cost": 1}],
        "budgets": {"fund": 2},
        "settlement": "donated",
    },
    '<th scope="col">From</th><th scope="col" class="num">Price</th>': {
        "offers": [{"id": "o", "at": "Leeds", "quantity": 4, "price": 1, "until_day": 9}],
        "needs": [
            {"id": "n", "at": "York", "quantity": 2, "price": 3, "until_day": 3},
            {"id": "m", "at": "York", "quantity": 3, "price": 5, "from_day": 6, "until_day": 9},
        ],
        "lanes": FAR,
        "time_step_days": 3,
    },
    "worth £1": {
        "offers": [{"id": "o", "at": "Leeds", "quantity": 4, "price": -2}],
        "needs": [{"id": "n", "at": "York", "quantity": 1, "price": 0}],
        "lanes": FAR,
    },
}


def test_no_cause_is_named_the_main_one_where_several_weigh_alike(tell: Tell) -> None:
    """Of two needs one is too dear to serve and one is offered by nobody: both reasons are told."""
    book = market(
        offers=[{"id": "o", "at": "Leeds", "category": "wheat", "quantity": 1, "price": 9}],
        needs=[
            {"id": "n", "at": "Leeds", "category": "wheat", "quantity": 1, "price": 2},
            {"id": "m", "at": "Leeds", "category": "oats", "quantity": 1, "price": 2},
        ],
        categories={"wheat": {}, "oats": {}},
    )
    headline, unmet, _ = in_words(View(tell(book)))
    assert headline == "Nothing could be given: no offer fits a need at a price that both accept."
    assert unmet.startswith("None of the 2 needs was met. The reasons: what is offered costs more than")
    assert "nobody offers what is asked for (1)" in unmet


def test_signs_are_explained_only_where_one_stands(page: str, tell: Tell) -> None:
    """The market of three places has exact prices alone: no sign, and no legend of signs."""
    assert "\u2265" not in page
    assert "\u2248" not in page


def test_prices_that_would_help_name_their_unit_and_say_where_none_would(tell: Tell) -> None:
    """Two ask for the only tonne: the second learns a price per tonne, and how much that brings at most."""
    book = market(
        offers=[{"id": "o", "at": "Leeds", "quantity": 1, "price": 1}],
        needs=[
            {"id": "n", "at": "Leeds", "quantity": 1, "price": 9},
            {"id": "m", "at": "Leeds", "quantity": 2, "price": 2},
        ],
    )
    page = render(View(tell(book)))
    assert "£2.00 per\u00a0t" in page
    assert "£9.00 per\u00a0t" in page
    assert "at most 1\u00a0t<small>at any price" in page


@pytest.mark.parametrize("cause", set(Cause) - {Cause.DONE, Cause.NOT_CLEARED, Cause.ROUNDING})
def test_every_cause_ends_a_sentence(cause: Cause) -> None:
    """What keeps needs open can always be said in the summary."""
    assert CLAUSES[cause]


@pytest.mark.parametrize("words", SHAPES)
def test_books_of_every_shape_have_a_page(words: str, tell: Tell) -> None:
    """No offers, no needs, no places, donated, over time, below zero: a page, and it says what is so."""
    page = render(View(tell(market(**SHAPES[words]))))
    assert words in page
    assert outline(page).open == []
