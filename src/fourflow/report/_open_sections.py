"""What is unmet and why, and what was left over: grouped by cause, the largest of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from fourflow.book import NOWHERE
from fourflow.reasons import Cause
from fourflow.report._beside import beside
from fourflow.report._html import Child, Safe, tag
from fourflow.report._outcome import is_mass
from fourflow.report._parts import Cell, Column, bar, more, section, table
from fourflow.report._reason_words import (
    ALONE,
    MARKS,
    MEANINGS,
    NEED_HEADINGS,
    OFFER_HEADINGS,
    share_of_money,
)
from fourflow.report._view import View
from fourflow.report._words import (
    amounts,
    count,
    enough,
    listed,
    money,
    number,
    of_several,
    percent,
    price,
    price_places,
    weight,
)
from fourflow.units import CURRENCIES

MAX_FIRST = 6
MAX_MORE = 150
NOT_ELIGIBLE = (NEED_HEADINGS[Cause.NOT_ELIGIBLE], OFFER_HEADINGS[Cause.NOT_ELIGIBLE])
LEAST = 0.001
"""Less of a unit than this is not worth a word."""
Rows = Callable[[pl.DataFrame, str], Safe]


def unmet_section(view: View) -> Safe | None:
    """Needs outside projects by cause; what is missing is counted once. None where there are none."""
    title = "What is unmet, and why"
    rows = view.unmet.rename({"need": "listing", "missing_t": "open_t", "missing": "open", "asked": "all"})
    rows = rows.filter(pl.col("cause") != NEED_HEADINGS[Cause.ROUNDING])
    if rows.is_empty():
        if not view.now.alone.total:
            return None
        outside = " outside projects" if view.now.projects.total else ""
        return section("unmet", title, tag("p", f"Every need{outside} was met in full."))
    verb = "was" if rows.height == 1 else "were"
    intro = (
        f"{count(rows.height, 'need')} {verb} not met in full: {_total(rows)} missing in all. Each stands "
        "under what was in its way. "
    )
    if _has_prices(rows):
        now = "is worth now" if view.donated else "pays at most"
        intro += (
            f"Beside what it {now} stand the prices from which it would have got some, and all, of the rest."
        )
    parts = [tag("p", intro), *_groups(view, rows, "need", "unmet.csv"), _marks(rows)]
    return section("unmet", title, *parts, *beside(view, rows, is_need=True))


def unsold_section(view: View) -> Safe | None:
    """Offers by cause; None where everything was taken up."""
    rows = view.unsold.rename({"offer": "listing", "left_t": "open_t", "left": "open", "offered": "all"})
    rows = rows.filter(pl.col("cause") != OFFER_HEADINGS[Cause.ROUNDING])
    if rows.is_empty():
        return None
    verb = "was" if rows.height == 1 else "were"
    intro = (
        f"{count(rows.height, 'offer')} {verb} not taken up in full: {_total(rows)} left over in all. Each "
        "stands under what was in its way. "
    )
    if _has_prices(rows):
        intro += (
            "Beside what it asks stand the prices at which some, and all, of the rest would have been taken."
        )
    if any((rows[name].drop_nulls() < 0).any() for name in ("price_for_first", "price_for_all")):
        intro += " Below zero, its owner would have to pay for it to be taken."
    title = "What was left over, and why"
    parts = [tag("p", intro), *_groups(view, rows, "offer", "unsold.csv"), _marks(rows)]
    return section("unsold", title, *parts, *beside(view, rows, is_need=False))


def _total(rows: pl.DataFrame) -> str:
    """What stayed open: what is measured by weight in tonnes, the rest as it is counted."""
    weighed = pl.col("unit").is_in([unit for unit in rows["unit"].unique().to_list() if is_mass(unit)])
    tonnes = float(rows.filter(weighed)["open_t"].sum())
    words = [weight(tonnes)] if tonnes > 0 else []
    free = rows["open"].null_count()
    counted = rows.filter(~weighed & pl.col("open").is_not_null())
    units = counted.group_by("unit", maintain_order=True)
    for unit, size in units.agg(pl.col("open").cast(pl.Float64).sum()).rows():
        words.append(amounts(size, unit))
    if free:
        words.append(f"{count(free, 'licence')} without limit")
    return listed(words)


def _has_prices(rows: pl.DataFrame) -> bool:
    """Whether any of them stands in a table with prices."""
    return not rows["cause"].is_in(list(ALONE)).all()


def _marks(rows: pl.DataFrame) -> Safe | None:
    """What the signs before prices mean, as far as there are any."""
    priced = rows.filter(~pl.col("cause").is_in(list(ALONE)))
    used = {kind for value, kind in (("price_for_first", "first_is"), ("price_for_all", "all_is"))
            for kind in priced.filter(pl.col(value).is_not_null())[kind].to_list()}  # fmt: skip
    told = [f"{mark} {words}" for kind, (mark, words) in MARKS.items() if mark and kind in used]
    return tag("p", "; ".join(told), class_="note") if told else None


def _groups(view: View, rows: pl.DataFrame, noun: str, file: str) -> list[Safe]:
    """One block per cause, the one with most weight first."""
    rows = rows.with_columns(size=_size(rows))
    total = float(rows["size"].sum())
    order = rows.group_by("cause").agg(pl.col("size").sum())
    causes = order.sort("size", "cause", descending=[True, False])["cause"].to_list()
    return [_group(view, rows.filter(pl.col("cause") == cause), total, noun, file) for cause in causes]


def _size(rows: pl.DataFrame) -> pl.Expr:
    """How much a listing counts for beside the others: its weight, or one each where some have none."""
    return pl.col("open_t") if (rows["open_t"] > 0).all() else pl.lit(1.0)


def _group(view: View, rows: pl.DataFrame, total: float, noun: str, file: str) -> Safe:
    """Heading, share of all that stayed open, and the largest; by kind of goods where no price matters."""
    cause = rows["cause"][0]
    share = float(rows["size"].sum()) / total if total > 0 else 0.0
    size = tag("span", f"{count(rows.height, noun)}, {_total(rows)}", class_="size")
    words = f"{percent(share)} of what stayed open"
    strip = bar([(share, "fill-flow"), (1 - share, "fill-faint")], words)
    meaning = MEANINGS[noun].get(cause)
    shown: list[Child]
    if cause in NOT_ELIGIBLE:
        shown = _listed(rows, cause, lambda part, caption: _misfit_table(view, part, caption, noun), file)
    elif cause in ALONE and rows.height > MAX_FIRST:
        every = rows.head(MAX_FIRST + MAX_MORE)
        words = f"Each of them, {'by name' if every.height == rows.height else f'the first {every.height:,}'}"
        kinds = _listed(_kinds(rows, noun), cause, _kind_table(noun), file)
        shown = [*kinds, more(words, _name_table(every, f"{words}: {cause}", noun))]
    elif cause in ALONE:
        shown = [_name_table(rows, f"The largest: {cause}", noun)]
    else:
        shown = _listed(rows, cause, lambda part, caption: _price_table(view, part, caption, noun), file)
    return tag(
        "div",
        tag("h3", tag("span", cause), size),
        strip,
        tag("p", meaning) if meaning else None,
        shown,
        class_="cause",
    )


def _listed(rows: pl.DataFrame, cause: str, draw: Rows, file: str) -> list[Child]:
    """The first few rows, and more of them folded away."""
    rest = rows[MAX_FIRST : MAX_FIRST + MAX_MORE]
    first = draw(rows.head(MAX_FIRST), f"The largest: {cause}")
    if rest.is_empty():
        return [first]
    left = rows.height - MAX_FIRST
    title = (
        f"{left:,} more" if rest.height == left else f"The next {rest.height:,} of {left:,} (all in {file})"
    )
    return [first, more(title, draw(rest, f"{title}: {cause}"))]


def _kinds(rows: pl.DataFrame, noun: str) -> pl.DataFrame:
    return (
        rows.group_by("category_name", maintain_order=True)
        .agg(pl.len().alias(noun), pl.col("open_t", "open").sum(), pl.col("unit").first())
        .sort("open_t", "category_name", descending=[True, False])
    )


def _kind_table(noun: str) -> Rows:
    columns = [Column("What"), Column(f"{noun.title()}s", number=True), Column("How much", number=True)]

    def draw(rows: pl.DataFrame, caption: str) -> Safe:
        body = (
            [name, f"{listings:,}", weight(open_t) if is_mass(unit) else amounts(size, unit)]
            for name, listings, open_t, size, unit in rows.rows()
        )
        return table(columns, body, caption)

    return draw


def _open(noun: str) -> str:
    return "Missing" if noun == "need" else "Left over"


def _name_table(rows: pl.DataFrame, caption: str, noun: str) -> Safe:
    """Listings that no price could help: who, what and how much."""
    columns = [
        Column("Who"),
        Column("What", wide=True),
        Column(_open(noun), number=True),
        Column("Listing", wide=True),
    ]
    body = ([*_who_and_open(row), row["listing"]] for row in rows.iter_rows(named=True))
    return table(columns, body, caption)


def _misfit_table(view: View, rows: pl.DataFrame, caption: str, noun: str) -> Safe:
    """Listings that no counterpart fits: who, what, how much, and what keeps how many out."""
    listings = view.market.needs if noun == "need" else view.market.offers
    row_of = {name: i for i, name in enumerate(listings.id.tolist())}
    exclusions = view.story.reasons.explainer.exclusions
    columns = [
        Column("Who"),
        Column("What", wide=True),
        Column(_open(noun), number=True),
        Column(f"What keeps how many {'offers' if noun == 'need' else 'needs'} out"),
    ]
    body = (
        [*_who_and_open(row), exclusions.of(noun == "need", row_of[row["listing"]]).said()]
        for row in rows.iter_rows(named=True)
    )
    return table(columns, body, caption)


def _who_and_open(row: dict[str, Any]) -> list[object]:
    place = row["place_name"]
    some = row["open"] != row["all"]
    size = "without limit" if row["open"] is None else _sized(row["open"], row["unit"])
    return [
        Cell(
            row["name"],
            more=place if place not in (row["name"], NOWHERE) else None,
            narrow=row["category_name"],
        ),
        row["category_name"],
        Cell(size, more=f"of {number(row['all'])}" if some else None),
    ]


def _price_table(view: View, rows: pl.DataFrame, caption: str, noun: str) -> Safe:
    now = "Asks" if noun == "offer" else "Worth now" if view.donated else "Pays up to"
    some, whole = ("To get some", "To get all") if noun == "need" else ("To give some", "To give all")
    columns = [
        Column("Who"),
        Column("What", wide=True),
        Column(_open(noun), number=True),
        Column(now, number=True, wide=True),
        Column(some, number=True),
        Column(whole, number=True),
    ]
    prices = rows.select("now", "price_for_first", "price_for_all").unpivot()["value"].drop_nulls()
    places = price_places(prices)
    return table(columns, (_row(view, row, places) for row in rows.iter_rows(named=True)), caption)


def _row(view: View, row: dict[str, Any], places: int) -> list[object]:
    return [
        *_who_and_open(row),
        _asks(view, row, places),
        _enough(view, row, "price_for_first", "first_is", places),
        _whole(view, row, places),
    ]


def _asks(view: View, row: dict[str, Any], places: int) -> str:
    """What is asked or paid for a unit; for capital a share, of loans by the year."""
    if row["unit"] in CURRENCIES:
        return share_of_money(row["now"], upwards="received" not in row)
    return f"{price(row['now'], view.market.currency, places)}{_per(row)}"


def _per(row: dict[str, Any]) -> str:
    return f" per\u00a0{of_several(1, row['unit'])}"


def _whole(view: View, row: dict[str, Any], places: int) -> str | Cell:
    """The price for all of the rest; where there is none, how much could be had at any price."""
    if row["all_is"] == "none" and row["reachable"] > LEAST:
        return Cell(f"at most {_sized(row['reachable'], row['unit'])}", more="at any price")
    return _enough(view, row, "price_for_all", "all_is", places)


def _sized(quantity: Any, unit: str) -> str:
    """12 kg, 3 items, €90,000."""
    if unit in CURRENCIES:
        return money(quantity, unit, 6)
    return f"{number(quantity)}\u00a0{of_several(quantity, unit)}"


def _enough(view: View, row: dict[str, Any], value: str, kind: str, places: int) -> str:
    """A threshold with its mark: a need's rounded up, an offer's down."""
    if row[value] is None:
        return "not known" if row[kind] == "unknown" else "no price would help"
    is_need = "received" in row
    if row["unit"] in CURRENCIES:
        shown = share_of_money(row[value], upwards=is_need)
    else:
        shown = f"{enough(row[value], view.market.currency, places, upwards=is_need)}{_per(row)}"
    if shown == _asks(view, row, places):  # a tie: today's price is the edge, and not yet beyond it
        return f"just {'above' if is_need else 'below'}\u00a0{shown}"
    return f"{MARKS[row[kind]][0]}\u00a0{shown}".strip("\u00a0")
