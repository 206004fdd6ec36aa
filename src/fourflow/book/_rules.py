"""What ties cells of one row together, and rows of one table: from before until, self-loops, budgets.

Each function takes the sheets of the book and flags rows; what a rule needs from another table it
looks up by id, whatever is refused there. Broken references are `_references`' business.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import polars as pl

from fourflow.book._fields import FIELDS, MAX_NUMBER, RULE_FILTERS
from fourflow.book._market import MICRO
from fourflow.book._numbers import PLAIN
from fourflow.book._sheet import Mask, Sheet
from fourflow.units import CURRENCIES, TALLIES, Unit, conversion, find_unit

Sheets = Mapping[str, Sheet]
TONNE = find_unit("t")


def check_rows(sheets: Sheets) -> None:
    """Every rule that needs no second table but fx and the settings."""
    for rule in (
        _dates_in_order,
        _rates,
        _currencies_have_rates,
        _money_in_bounds,
        _coordinates,
        _lanes_go_somewhere,
        _trips,
        _least_within_quantity,
        _needs_have_prices,
        _budgets,
        _shares,
        _rule_units,
        _floors_are_paid_for,
        _numbers_compared,
        _attributes_measured_alike,
    ):
        rule(sheets)


def _true(values: pl.Series) -> Mask:
    return np.asarray(values.fill_null(False).to_numpy(), dtype=np.bool_)


def _dates_in_order(sheets: Sheets) -> None:
    for noun in ("offers", "needs", "projects"):
        sheet = sheets[noun]
        late = _true(sheet.typed["from"] > sheet.typed["until"])
        sheet.flag(late, "from", "after_until", "must not be after until", "from and until were swapped")
    offers = sheets["offers"]
    spoiled = _true(offers.typed["from"] > offers.typed["use_by"])
    offers.flag(spoiled, "from", "after_use_by", "must not be after use_by", "a year is wrong")


def _rates(sheets: Sheets) -> None:
    fx, own = sheets["fx"], sheets["book"].typed["currency"]
    again = _true(fx.typed["currency"].is_duplicated() & fx.typed["currency"].is_not_null())
    fx.flag(again, "currency", "duplicate", "must have one rate only", "an old rate was left in")
    if len(own) and own[0] is not None:
        same = _true((fx.typed["currency"] == own[0]) & (fx.typed["rate"] != MICRO))
        fx.flag(same, "rate", "own_currency", "must be 1 for the book's own currency", "remove the row")


def known_currencies(sheets: Sheets) -> list[str]:
    """The book's currency and every currency with an admitted rate."""
    fx = sheets["fx"]
    rated = fx.typed["currency"].filter(pl.Series(~fx.refused)).drop_nulls().to_list()
    return [*sheets["book"].typed["currency"].drop_nulls().to_list(), *rated]


def _currencies_have_rates(sheets: Sheets) -> None:
    known = known_currencies(sheets)
    if not known or sheets["book"].typed["currency"].null_count():
        return
    for noun, sheet in sheets.items():
        for entry in FIELDS[noun]:
            # Money that is given or asked for needs no rate where value is counted in votes.
            counted = ("currency",) if known[0] in TALLIES else ("currency", "unit_or_currency")
            if noun in ("fx", "book") or entry.type not in counted:
                continue
            cells = sheet.typed[entry.name]
            lost = _true(cells.is_in(list(CURRENCIES | TALLIES)) & ~cells.is_in(known))
            rule = f"must be the book's {known[0]} or have a rate in fx"
            sheet.flag(lost, entry.name, "no_rate", rule, "add a row with its rate to fx")


def _money_in_bounds(sheets: Sheets) -> None:
    """The limit of 1e9 holds in book money too."""
    rates = dict(sheets["fx"].typed.select("currency", pl.col("rate").cast(pl.Float64) / MICRO).rows())
    for noun in ("lanes", "modes", "offers", "projects"):
        sheet = sheets[noun]
        rate = sheet.typed["currency"].replace_strict(rates, default=1.0, return_dtype=pl.Float64)
        for entry in FIELDS[noun]:
            if entry.measure == "money":
                large = _true(sheet.typed[entry.name].cast(pl.Float64) * rate > MAX_NUMBER * MICRO)
                rule = f"must be at most {MAX_NUMBER} in book money"
                sheet.flag(large & ~sheet.refused, entry.name, "too_large", rule, "the currency is wrong")


def _coordinates(sheets: Sheets) -> None:
    places = sheets["places"]
    north, east = places.typed["latitude"].is_null(), places.typed["longitude"].is_null()
    rule = "must be given together with the other coordinate"
    places.flag(_true(north & ~east), "latitude", "missing", rule, "leave both empty or write both")
    places.flag(_true(east & ~north), "longitude", "missing", rule, "leave both empty or write both")
    neither = _true(north & east)
    if len(sheets["modes"]):
        rule = "must not be empty, since modes make lanes between coordinates"
        both = "latitude and longitude should be columns of offers and needs, or of a table places"
        maybe = both if places.assumed else "look its coordinates up"
        places.flag(neither, "latitude", "missing", rule, maybe)
    else:
        rule = "should not be empty, or the place is not on the map"
        maybe = "look its coordinates up"
        places.flag(neither & (not places.assumed), "latitude", "missing", rule, maybe, "warning")


def _lanes_go_somewhere(sheets: Sheets) -> None:
    lanes = sheets["lanes"]
    loop = _true(lanes.typed["from_place"] == lanes.typed["to_place"])
    rule = "must not be the place where the lane starts"
    lanes.flag(loop, "to_place", "self_loop", rule, "one of the two places is wrong")


def _trips(sheets: Sheets) -> None:
    modes = sheets["modes"]
    load, cost = modes.typed["trip_t"].is_null(), modes.typed["cost_per_trip"].is_null()
    rule = "must be given together with trip_t and cost_per_trip"
    modes.flag(_true(load & ~cost), "trip_t", "missing", rule, "say what one trip carries")
    modes.flag(_true(cost & ~load), "cost_per_trip", "missing", rule, "say what one trip costs")


def _least_within_quantity(sheets: Sheets) -> None:
    for noun in ("offers", "needs"):
        sheet = sheets[noun]
        over = _true(sheet.typed["min_quantity"] > sheet.typed["quantity"].abs())
        rule = "must not be more than quantity"
        sheet.flag(over, "min_quantity", "above_quantity", rule, "the two were swapped")


def _needs_have_prices(sheets: Sheets) -> None:
    needs = sheets["needs"]
    alone = needs.typed["project"].is_null()
    price, value = needs.typed["limit_price"], needs.typed["value"]
    unpriced = _true(alone & price.is_null() & needs.cells["limit_price"].is_null())
    rule = "must not be empty unless the need is in a project"
    needs.flag(unpriced, "limit_price", "missing", rule, "write the most it pays per unit, 0 for a gift")
    money = _true(needs.cells["currency"].is_null() & (price.is_not_null() | value.is_not_null()))
    rule = "must not be empty where there is a limit_price or a value"
    needs.flag(money, "currency", "missing", rule, "write GBP, EUR or another ISO 4217 code")
    output = _true(alone & (needs.typed["quantity"] < 0))
    rule = "must not be negative unless it is an output of a project"
    needs.flag(output, "quantity", "negative", rule, "the sign was flipped on export")


def budget_rules(rules: Sheet) -> Mask:
    """bool[n]: the rule is a sponsor's budget."""
    typed = rules.typed
    return _true(
        (typed["measure"] == "bid_value") & (typed["sense"] == "<=") & typed["sponsor"].is_not_null()
    )


def _budgets(sheets: Sheets) -> None:
    rules = sheets["rules"]
    budget = budget_rules(rules)
    if not budget.any():
        return
    for name in RULE_FILTERS:
        rule = "must be empty: a budget is a sponsor's whole money"
        rules.flag(budget & ~rules.missing(name), name, "on_budget", rule, "use a rule without a sponsor")
    shared = budget & _true(rules.typed["share_of_total"])
    rules.flag(shared, "share_of_total", "on_budget", "must be false: a budget is money", "write the amount")
    sponsors = pl.select(pl.when(pl.Series(budget)).then(rules.typed["sponsor"])).to_series()
    twice = _true(sponsors.is_duplicated() & sponsors.is_not_null())
    rules.flag(twice, "sponsor", "second_budget", "must have one budget rule only", "add the budgets up")


def _shares(sheets: Sheets) -> None:
    rules = sheets["rules"]
    over = _true(rules.typed["share_of_total"] & (rules.typed["limit"] > MICRO))
    rules.flag(
        over, "limit", "above_one", "must be between 0 and 1 for a share of the total", "0.25 is a quarter"
    )


def _rule_units(sheets: Sheets) -> None:
    rules = sheets["rules"]
    unit, measure = rules.typed["unit"], rules.typed["measure"]
    dimension = unit.replace_strict(_dimensions(unit), default=None, return_dtype=pl.String)
    given = unit.is_not_null()
    money = _true(given & (measure == "bid_value") & (dimension != "money"))
    rules.flag(money, "unit", "dimension", "must be a currency, since bid_value is money", "leave it empty")
    mass = _true(given & measure.is_in(["tonnes", "co2_kg"]) & (dimension != "mass"))
    rules.flag(mass, "unit", "dimension", "must be a mass for this measure", "leave it empty")
    none = _true(given & (measure == "awards"))
    rules.flag(none, "unit", "dimension", "must be empty, since awards are counted", "leave it empty")
    _counted_alike(sheets, dimension)


def _counted_alike(sheets: Sheets, dimension: pl.Series) -> None:
    """A limit in units is in those of its categories, which are measured alike."""
    rules, categories = sheets["rules"], sheets["categories"].typed
    of_unit = _dimensions(categories["unit"])
    measured = {key: of_unit[unit] for key, unit in categories.select("id", "unit").rows() if key and unit}
    counted = (rules.typed["measure"] == "units").fill_null(False).to_list()
    odd, mixed = np.zeros(len(rules), np.bool_), np.zeros(len(rules), np.bool_)
    for i, named in enumerate(rules.typed["category"].to_list()):
        if counted[i] and named:
            dimensions = {measured[key] for key in named.split(";") if key in measured}
            mixed[i] = len(dimensions) > 1
            odd[i] = dimension[i] is not None and not mixed[i] and dimensions != {dimension[i]}
    rules.flag(odd, "unit", "dimension", "must measure what its category is measured in", "leave it empty")
    rule = "must not add up categories that are measured in different things"
    rules.flag(mixed, "category", "measured_apart", rule, "one rule for each is meant")


def _floors_are_paid_for(sheets: Sheets) -> None:
    rules = sheets["rules"]
    unpaid = _true((rules.typed["sense"] == ">=") & rules.typed["sponsor"].is_null())
    rule = "must name who pays for awards that a rule of at least forces"
    rules.flag(unpaid & rules.missing("sponsor"), "sponsor", "floor_unpaid", rule, "the sense should be <=")


def _numbers_compared(sheets: Sheets) -> None:
    sheet = sheets["requirements"]
    ordered = sheet.typed["comparison"].is_in(["<", "<=", ">", ">="])
    text = ~sheet.typed["value"].str.contains(PLAIN)
    rule = "must be a number to be compared by < <= > >="
    sheet.flag(_true(ordered & text), "value", "not_a_number", rule, "use = or in for words")


def _attributes_measured_alike(sheets: Sheets) -> None:
    """Numbers under one attribute name are of one dimension, or 5 kg would be less than 7 days."""
    numbers = _numbers(sheets["attributes"], "name")
    if len(numbers) == 0:
        return
    counts = numbers.group_by("name", "dimension").len().sort("dimension").sort("len", descending=True)
    usual = counts.unique("name", keep="first", maintain_order=True).select("name", usual="dimension")
    for sheet, told in (
        (sheets["attributes"], numbers),
        (sheets["requirements"], _numbers(sheets["requirements"], "attribute")),
    ):
        odd = told.join(usual, on="name", maintain_order="left").filter(
            pl.col("dimension") != pl.col("usual")
        )
        rows = np.zeros(len(sheet), dtype=np.bool_)
        rows[odd["index"].to_numpy()] = True
        rule = odd.select(pl.format("must measure {} as {} of others does", "usual", "name")).to_series()
        sheet.flag(rows, "unit", "dimension", rule, "another unit is meant, or another name")


def _numbers(sheet: Sheet, name: str) -> pl.DataFrame:
    """index, name, dimension : the rows whose value is a number."""
    typed = sheet.typed.with_row_index("index").filter(pl.col("value").str.contains(PLAIN))
    dimension = typed["unit"].replace_strict(
        _dimensions(typed["unit"]), default="a bare number", return_dtype=pl.String
    )
    return typed.select("index", pl.col(name).alias("name"), dimension=dimension)


def _dimensions(units: pl.Series) -> dict[str, str]:
    return {text: dimension_of(text) for text in units.drop_nulls().unique().to_list()}


def dimension_of(text: str) -> str:
    """The dimension of a unit that is known to be a unit or a currency."""
    unit = find_unit(text)
    return unit.dimension if unit else "money"


Rates = Mapping[str, Fraction]
"""Book money for one unit of each currency."""
_NO_CURRENCY = "XXX"


def currency_of(sheets: Sheets) -> str:
    """The book's currency; where it says none, one that is none."""
    codes = sheets["book"].typed["currency"].drop_nulls().to_list()
    return str(codes[0]) if codes else _NO_CURRENCY


def rates_of(sheet_typed: pl.DataFrame, own: str) -> dict[str, Fraction]:
    """The fx table as exact rates; the book's own currency is 1."""
    rows = zip(sheet_typed["currency"].to_list(), sheet_typed["rate"].to_list(), strict=True)
    rates = {code: Fraction(rate, MICRO) for code, rate in rows if code is not None and rate is not None}
    return rates | {own: Fraction(1)}


def factor(source: str, target: str, rates: Rates) -> Fraction | None:
    """How many `target` one `source` is: units, or currencies by fx. None if they do not convert."""
    first, second = find_unit(source), find_unit(target)
    if source == target:
        return Fraction(1)
    if first and second:
        return conversion(first, second) if first.dimension == second.dimension else None
    if first is None and second is None and source in rates and target in rates:
        return rates[source] / rates[target] if rates[target] else None
    return None


def tonnes_of(unit: Unit) -> Fraction:
    """The tonnes of one unit of a mass."""
    assert TONNE is not None
    return conversion(unit, TONNE)
