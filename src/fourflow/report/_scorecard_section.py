"""The five principles in plain words: what each measures, this result, and first come, first served."""

from __future__ import annotations

from fourflow.report._html import Safe, tag
from fourflow.report._parts import Cell, Column, more, section, table
from fourflow.report._view import View
from fourflow.report._words import carbon, count, number, percent
from fourflow.scorecard import Measure, Region

_NAMES = {
    "technology_share": "Worth brought by technology",
    "technology_projects_share": "Value in projects that use technology",
    "regional_evenness": "Evenness among regions",
    "co2_kg": "CO\u2082e of haulage in all",
    "co2_kg_per_t": "CO\u2082e of haulage per tonne delivered",
    "crossing_share": "Value that crossed regions",
    "supplier_diversity": "Variety of suppliers",
    "newcomer_share": "Value given by newcomers",
    "participant_evenness": "Evenness among those who ask",
    "lowest_quarter_share": "Value to the quarter with least",
}
_MANY_REGIONS = 60


def scorecard_section(view: View) -> Safe:
    """A table of measures; below it the regions, and what no offer could serve."""
    intro = (
        "Five principles, measured and not steered by: innovation, coordination, green, openness, sharing. "
        "Parts are of what each could have got if nobody else had asked. A dash is a measure that says "
        "nothing here, and why stands below it."
    )
    columns = [
        Column("Principle"),
        Column("Measure"),
        Column("This result", number=True),
        Column("First come, first served", number=True, wide=True),
    ]
    if not view.now.moved:
        return section(
            "scorecard", "Scorecard", tag("p", "Nothing was given, so there is nothing to measure.")
        )
    rows = [
        [
            measure.principle.capitalize(),
            Cell(_NAMES[measure.name], more=_about(measure)),
            _shown(measure, measure.value),
            _shown(measure, measure.first_come),
        ]
        for measure in view.scored.measures
    ]
    return section(
        "scorecard",
        "Scorecard",
        tag("p", intro),
        table(columns, rows, "The five principles"),
        _regions(view),
        tag("p", _unserved(view), class_="note") if view.scored.num_unserved else None,
    )


def _about(measure: Measure) -> str | None:
    """What it measures, where its name does not say so; why it says nothing, where it does not."""
    if measure.note and None in (measure.value, measure.first_come):
        return f"says nothing: {measure.note}"
    return None if measure.unit.startswith("kg") else measure.about


def _shown(measure: Measure, value: float | None) -> str:
    if value is None:
        return "\u2013"
    if measure.unit == "share":
        return percent(value)
    return number(value) if measure.unit == "index" else carbon(value)


def _regions(view: View) -> Safe | None:
    """What each region got of what it could have had alone, the smallest part first."""
    regions = view.scored.regions
    if len(regions) < 2:
        return None
    columns = [
        Column("Region"), Column("Value awarded", number=True),
        Column("Attainable alone", number=True, wide=True), Column("Part", number=True),
    ]  # fmt: skip
    ordered = sorted(regions, key=_part)[:_MANY_REGIONS]
    rows = [[r.name, view.money(r.awarded), view.money(r.attainable), percent(r.fulfilment)] for r in ordered]
    title = f"The {count(len(regions), 'region')}, the smallest part first"
    return more(title, table(columns, rows, title))


def _part(region: Region) -> tuple[float, str]:
    return region.fulfilment, region.name


def _unserved(view: View) -> str:
    scored = view.scored
    asks = "ask" if scored.num_unserved > 1 else "asks"
    return (
        f"Left out of these parts: {count(scored.num_unserved, 'need')} that no offer could serve at any "
        f"price, which {asks} for a value of {view.money(scored.unserved_value)}."
    )
