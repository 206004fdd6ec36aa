"""In a real browser: nothing loads, nothing runs that should not, tables search and sort, phones fit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fourflow.book import Market
from fourflow.report import write_report
from stories import PAYLOADS, Tell, fair_market, named_throughout

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium; on Debian: sudo apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


class Visit:
    """A page opened from a file, with what it said, asked for and ran."""

    def __init__(self, browser: Any, path: Path, width: int = 1280) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, offline=False)
        self.page = self.context.new_page()
        self.messages: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("dialog", lambda dialog: self.messages.append(f"dialog {dialog.message}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; };")
        self.page.goto(path.as_uri())

    def close(self) -> None:
        self.context.close()


@pytest.fixture(scope="module")
def report(tell: Tell, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(tell(fair_market()), tmp_path_factory.mktemp("page") / "report.html")


def test_the_page_loads_only_itself_and_says_nothing(browser: Any, report: Path) -> None:
    """One request, for the file; no message, no error, no breach of the policy."""
    visit = Visit(browser, report)
    assert visit.requests == [report.as_uri()]
    assert visit.messages == []
    visit.close()


TOO_WIDE = """() => [...document.querySelectorAll(".scroll")]
    .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.ariaLabel)"""


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_the_page_fits_its_window(browser: Any, report: Path, width: int) -> None:
    """Nothing but tables scrolls sideways."""
    visit = Visit(browser, report, width)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.page.evaluate(TOO_WIDE) == []
    visit.close()


def test_a_printed_page_has_all_columns_and_fits(browser: Any, report: Path) -> None:
    """On paper nothing scrolls, and nothing is left out as on a phone."""
    visit = Visit(browser, report, 700)
    visit.page.emulate_media(media="print")
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 700
    assert visit.page.get_by_text("Difference to first come").is_visible()
    visit.close()


def test_long_names_push_no_column_off_a_phone(
    browser: Any, tell: Tell, grain: Market, tmp_path: Path
) -> None:
    """Eighty letters without a space as every name: no table is wider than the screen."""
    named = named_throughout(tell(grain), "Donaudampfschifffahrt" * 4)
    visit = Visit(browser, write_report(named, tmp_path / "report.html"), 390)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visit.page.evaluate(TOO_WIDE) == []
    visit.close()


def test_search_hides_rows_that_do_not_match(browser: Any, report: Path) -> None:
    """Typing a name leaves its rows and counts them; clearing the field brings all back."""
    visit = Visit(browser, report)
    rows = visit.page.locator("#awards tbody tr:visible")
    assert rows.count() == 10
    visit.page.get_by_label("Find a name, a place or goods").fill("WHEAT village 7")
    assert rows.count() == 1
    assert visit.page.get_by_role("status").first.text_content() == "1 of 10 rows"
    visit.page.get_by_label("Find a name, a place or goods").fill("")
    assert rows.count() == 10
    visit.close()


def test_a_click_on_a_heading_sorts_by_it(browser: Any, report: Path) -> None:
    """Numbers sort as numbers, largest first, then smallest; the state is told to assistive technology."""
    visit = Visit(browser, report)
    head = visit.page.locator("#awards thead th", has_text="How much")
    first = visit.page.locator("#awards tbody tr").first
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert "10\u00a0t" in first.text_content()
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert "1\u00a0t" in first.text_content()
    visit.close()


def test_without_scripts_everything_is_there(browser: Any, report: Path) -> None:
    """All rows of all tables show where JavaScript is switched off."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("#awards tbody tr").count() == 10
    assert page.locator("svg.map").first.is_visible()
    context.close()


@pytest.mark.parametrize("wrap", ["{}", "'{}", '"{}', "<{}>"])
def test_no_payload_runs(wrap: str, browser: Any, tell: Tell, grain: Market, tmp_path: Path) -> None:
    """28 payloads as every name of the book at once: no script of theirs runs, and nothing is loaded."""
    name = " ".join(wrap.replace("{}", payload) for payload in PAYLOADS)
    visit = Visit(browser, write_report(named_throughout(tell(grain), name), tmp_path / "report.html"))
    assert visit.page.evaluate("window.hits") == 0
    assert len(visit.requests) == 1
    assert visit.messages == []
    visit.close()
