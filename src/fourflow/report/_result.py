"""The result folder: clearing.json, tables as Parquet and CSV, the page.

Parquet is exact: quantities and money are decimals. CSV is the same with one change: a text cell that a
spreadsheet would read as a formula (it begins with = + - @, a tab or a return) gets a leading apostrophe.
"""

from __future__ import annotations

import json
from fractions import Fraction
from math import isinf
from pathlib import Path
from typing import Any

from fourflow.book import KINDS, harmless
from fourflow.report._outcome import Amount, Outcome
from fourflow.report._page import render
from fourflow.report._story import Story
from fourflow.report._summary import headline, proof_words, unmet_words
from fourflow.report._view import View


def write_result(story: Story, folder: str | Path) -> Path:
    """Write clearing.json, awards, prices, settlement, unmet and flows (.parquet, .csv) and report.html."""
    view, target = View(story), Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, table in view.tables.items():
        table.write_parquet(target / f"{name}.parquet")
        harmless(table).write_csv(target / f"{name}.csv")
    (target / "report.html").write_text(render(view), encoding="utf-8")
    summary = json.dumps(summarise(view), indent=2, ensure_ascii=False, allow_nan=False)
    (target / "clearing.json").write_text(summary + "\n", encoding="utf-8")
    return target


def summarise(view: View) -> dict[str, Any]:
    """What clearing.json holds. Exact amounts are decimals or fractions written as text."""
    story, certificate = view.story, view.story.cleared.certificate
    return {
        "book": view.market.name,
        "currency": view.market.currency,
        "settlement": view.market.settlement,
        "headline": f"{headline(view)}.",
        "in_words": [unmet_words(view), f"{proof_words(view)}."],
        "certificate": {
            "status": str(certificate.status),
            "objective": _text(certificate.objective),
            "bound": _text(certificate.bound),
            "relative_gap": _number(certificate.relative_gap),
            "absolute_gap": _text(certificate.absolute_gap),
            "max_violation": _text(certificate.max_violation),
            "covers": certificate.covers,
        },
        "result": _figures(view.now),
        "first_come_first_served": _figures(view.before),
        "nearest_supply": _figures(view.nearest),
        "num_awards": len(view.awards),
        "bottlenecks": view.bottlenecks.to_dicts(),
        "scorecard": _scorecard(view),
        "num_refused": story.run.num_refused,
        "settings": story.run.settings,
        "created": story.run.created,
        "seconds": story.run.seconds,
        "versions": story.run.versions,
        "book_sha256": story.run.hashes,
        "verify": story.run.verify,
    }


def _scorecard(view: View) -> dict[str, Any]:
    scored = view.scored
    return {
        "measures": view.scorecard.to_dicts(),
        "regions": [
            {"region": r.name, "awarded": r.awarded, "attainable": r.attainable} for r in scored.regions
        ],
        "num_unserved": scored.num_unserved,
        "unserved_value": scored.unserved_value,
    }


def _figures(outcome: Outcome) -> dict[str, Any]:
    return {
        "welfare": _plain(outcome.welfare),
        "haulage": _plain(outcome.haulage),
        "tonnes": _plain(outcome.tonnes),
        "co2_kg": _plain(outcome.co2_kg),
        "share_met": _plain(outcome.share_met),
        "needs_met_in_full": outcome.alone.full,
        "needs_met_in_part": outcome.alone.part,
        "needs_not_met": outcome.alone.none,
        "projects_in_full": outcome.projects.full,
        "projects_in_part": outcome.projects.part,
        "projects_not": outcome.projects.none,
        "givers": outcome.num_givers,
        "receivers": outcome.num_receivers,
        "flows": [_amount(amount) for amount in outcome.amounts],
    }


def _amount(amount: Amount) -> dict[str, Any]:
    """One kind in one unit; offered is null where licences are unlimited."""
    offered = None if isinf(amount.offered) else _plain(amount.offered)
    return {
        "kind": KINDS[amount.kind], "unit": amount.unit, "asked": _plain(amount.asked),
        "met": _plain(amount.met), "offered": offered, "given": _plain(amount.given),
    }  # fmt: skip


def _plain(figure: float) -> float:
    """Without the noise of floats: 127 where sums gave 127.00000000000001."""
    return float(f"{figure:.15g}")


def _text(value: Fraction | float) -> str | None:
    """An exact amount as a decimal where it has one, else as a fraction; null where there is none."""
    if isinstance(value, float):
        return None if isinf(value) else repr(value)
    denominator = value.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    if denominator != 1:
        return str(value)
    return _decimal(value)


def _decimal(value: Fraction) -> str:
    """All digits of a fraction whose denominator has only the primes 2 and 5."""
    places = 0
    while value.denominator != 1:
        value, places = value * 10, places + 1
    digits = str(abs(value.numerator)).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def _number(value: Fraction | float) -> float | None:
    return None if isinf(value) else float(value)
