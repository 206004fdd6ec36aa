"""The page: one self-contained HTML file that asks nothing of the network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from fourflow.report._awards_section import awards_section
from fourflow.report._balance_section import balance_section
from fourflow.report._bottleneck_section import bottlenecks_section
from fourflow.report._comparison_section import comparison_section
from fourflow.report._html import Safe, join, tag
from fourflow.report._map_section import map_section
from fourflow.report._open_sections import unmet_section, unsold_section
from fourflow.report._price_section import prices_section
from fourflow.report._project_section import projects_section
from fourflow.report._proof_section import proof_section, sources_section
from fourflow.report._rule_section import rules_section
from fourflow.report._scorecard_section import scorecard_section
from fourflow.report._settlement_section import settlement_section
from fourflow.report._story import Story
from fourflow.report._summary import headline, key_figures, lede
from fourflow.report._view import View
from fourflow.report._words import day

SECTIONS: tuple[tuple[str, str, Callable[[View], Safe | None]], ...] = (
    ("map", "Map", map_section),
    ("projects", "Projects", projects_section),
    ("balance", "Asked and offered", balance_section),
    ("who", "Who gives what", awards_section),
    ("prices", "Prices", prices_section),
    ("bottlenecks", "Bottlenecks", bottlenecks_section),
    ("rules", "Rules", rules_section),
    ("unmet", "Unmet", unmet_section),
    ("unsold", "Left over", unsold_section),
    ("comparison", "Comparison", comparison_section),
    ("scorecard", "Scorecard", scorecard_section),
    ("settlement", "Settlement", settlement_section),
    ("proof", "Proof", proof_section),
    ("sources", "Sources", sources_section),
)


def write_report(story: Story, path: str | Path) -> Path:
    """Write the page to `path` and return it."""
    target = Path(path)
    target.write_text(render(View(story)), encoding="utf-8")
    return target


def render(view: View) -> str:
    """The whole page as text."""
    style, script = _own("page.css"), _own("page.js")
    made = [(name, words, draw(view)) for name, words, draw in SECTIONS]
    shown = [(name, words, body) for name, words, body in made if body is not None]
    links = (tag("li", tag("a", words, href=f"#{name}")) for name, words, _ in shown)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{view.market.name}: what was cleared"),
        tag("style", style),
    )
    top = tag(
        "header",
        _kicker(view),
        tag("h1", headline(view)),
        lede(view),
        key_figures(view),
        tag("nav", tag("ul", links), class_="contents", aria_label="Contents"),
        class_="top",
    )
    body = tag(
        "body",
        tag("a", "To the map and tables", class_="skip", href="#main"),
        top,
        tag("main", (body for _, _, body in shown), id="main"),
        tag("footer", _colophon(view)),
        tag("script", script),
    )
    return join([Safe("<!doctype html>\n"), tag("html", head, body, lang="en")]) + "\n"


def _kicker(view: View) -> Safe:
    paid = "given freely, haulage paid by sponsors" if view.donated else "paid for at market prices"
    words = f"\u2002\u00b7\u2002{day(view.market.as_of_day)}\u2002\u00b7\u2002{paid}"
    return tag("p", tag("strong", view.market.name), words, class_="kicker")


def _colophon(view: View) -> str:
    version = view.story.run.versions.get("fourflow", "")
    made = f"Made by fourflow {version} on {view.story.run.created}."
    return f"{made} This page is complete in itself and loads nothing."


def _own(name: str) -> Safe:
    """A style sheet or script of ours, which needs no escaping."""
    return Safe((files(__package__) / "data" / name).read_text("utf-8"))


def _policy(style: str, script: str) -> str:
    """Nothing may load or run but the style sheet and the script of this page, known by their hashes."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
