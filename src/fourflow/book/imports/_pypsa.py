"""A PyPSA network folder at one hour -> a book: buses are places, lines, links and transformers are lanes,
generators are offers and loads are needs of energy.

What is cleared is the transport model: power goes where it is wanted within the capacity of each line, in
both directions. Voltage laws (how power splits over parallel paths) are not represented, so a result
can only be as good or better than the linear power flow of PyPSA. Energy is counted in MWh over one hour,
and one MWh as one tonne on lanes, so that `s_nom` in MVA is the capacity of a line.
Sources: Brown, Hörsch, Schlachtberger: PyPSA: Python for Power System Analysis, 2018, section 2; the
components' defaults as docs.pypsa.org lists them.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from fourflow.book.imports._made import Ids, Made, cell, some
from fourflow.book.imports._pypsa_csv import INFINITE, Component, read_components, read_rows

LOST_LOAD = "4000"
"""Money per MWh that a load is taken to be worth: the highest price of Europe's day-ahead market, 2023."""
CURRENCY = "EUR"
_LEFT_OUT = {
    "storage_units": "storage that moves energy between hours",
    "stores": "storage that moves energy between hours",
    "global_constraints": "limits over the whole network",
    "shunt_impedances": "reactive power",
}
_BUILT = ("may be built larger, but are taken as they stand", "write what is to be built into its capacity")
_DATA_MAYBE = "correct the cell and import again"


def read_pypsa(folder: Path, snapshot: str, made: Made) -> None:
    """The network in `folder` at the hour that `snapshot` names (by text or number; "" is the first)."""
    at, text = _snapshot(folder, snapshot, made)
    if at < 0:
        return
    _settings(folder, text, made)
    buses = Ids()
    _places(read_components(folder, "buses", at, (), made), buses, made)
    if not made.rows.get("places"):
        made.refuse("pypsa.buses", "names no bus", "it is another folder", part="buses.csv")
        return
    made.add("categories", id="energy", name="Energy", kind="goods", unit="MWh", tonnes_per_unit="1")
    _lanes(folder, at, buses, made)
    _generators(read_components(folder, "generators", at, ("p_max_pu", "p_min_pu", "marginal_cost"), made),
                buses, made)  # fmt: skip
    _loads(read_components(folder, "loads", at, ("p_set",), made), buses, made)
    for kind, what in _LEFT_OUT.items():
        count = len(read_components(folder, kind, at, (), made))
        if count:
            rule = f"{count} {kind} are left out: {what} cannot be said in a book of one hour"
            maybe = "add an offer or a need for what they give or take in this hour"
            made.warn("pypsa.left_out", rule, maybe, part=f"{kind}.csv")


def _snapshot(folder: Path, wanted: str, made: Made) -> tuple[int, str]:
    """(number, text) of the hour; (-1, "") with a finding if there is no such one."""
    rows = read_rows(folder, "snapshots.csv", made)
    header = rows[0] if rows else []
    column = next((header.index(name) for name in ("snapshot", "timestep", "name") if name in header), 0)
    texts = [row[column] if column < len(row) else "" for row in rows[1:]] or ["now"]
    if wanted in texts or not wanted:
        at = texts.index(wanted) if wanted else 0
        if len(texts) > 1 and not wanted:
            rule = f"has {len(texts)} snapshots; the first, {texts[0]!r}, is read"
            made.warn(
                "pypsa.snapshot", rule, "choose another one: fourflow import FOLDER BOOK --snapshot TEXT",
                part="snapshots.csv",
            )  # fmt: skip
        return at, texts[at]
    if wanted.isascii() and wanted.isdigit() and int(wanted[:9]) < len(texts):
        return int(wanted), texts[int(wanted)]
    rule = f"has no snapshot {wanted[:40]!r}; the {len(texts)} run from {texts[0]!r} to {texts[-1]!r}"
    made.refuse("pypsa.snapshot", rule, "name it as it is written there, or by its number from 0",
                part="snapshots.csv")  # fmt: skip
    return -1, ""


def _settings(folder: Path, snapshot: str, made: Made) -> None:
    rows = read_rows(folder, "network.csv", made)
    named = dict(zip(rows[0], rows[1], strict=False)) if len(rows) > 1 else {}
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    day = snapshot[:10] if re.match(r"\d{4}-\d{2}-\d{2}", snapshot) else today
    made.settings |= {
        "name": f"{named.get('name') or folder.resolve().name} at {snapshot}",
        "currency": CURRENCY,
        "as_of": day,
        "settlement": "priced",
        "sources": f"PyPSA network folder {folder.resolve().name}, snapshot {snapshot}",
    }
    made.assumptions += [
        f"A load is worth {LOST_LOAD} {CURRENCY} a MWh, and costs are in {CURRENCY}.",
        "Power goes where it is wanted within each line's capacity: voltage laws are not represented.",
        "One MWh counts as one tonne on lanes, and nothing is lost on the way.",
    ]


def _places(buses: list[Component], ids: Ids, made: Made) -> None:
    for bus in buses:
        east, north = bus.value("x"), bus.value("y")
        known = east is not None and north is not None and abs(east) <= 180 and abs(north) <= 90
        known = known and (east != 0 or north != 0)
        made.add("places", id=ids[bus.name], name=bus.name,
                 region=bus.text("country") or bus.text("carrier") or "network",
                 latitude=cell(north) if known and north is not None else None,
                 longitude=cell(east) if known and east is not None else None)  # fmt: skip


def _lanes(folder: Path, at: int, buses: Ids, made: Made) -> None:
    lines = read_components(folder, "lines", at, ("s_max_pu",), made)
    transformers = read_components(folder, "transformers", at, ("s_max_pu",), made)
    links = read_components(
        folder, "links", at, ("p_max_pu", "p_min_pu", "efficiency", "marginal_cost"), made
    )
    for mode, branches in (("line", lines), ("transformer", transformers)):
        ids = Ids()
        for branch in _between(branches, mode, buses, made):
            rated = _rated(branch, "s_nom", "s_max_pu", made)
            for way, ends in (("there", ("bus0", "bus1")), ("back", ("bus1", "bus0"))):
                _lane(f"{mode}:{ids[branch.name]}:{way}", mode, branch, ends, rated, "0", buses, made)
    _links(links, buses, made)
    built = [each for each in (*lines, *transformers) if _is_true(each, "s_nom_extendable")]
    _warn_all(made, "pypsa.built", built, *_BUILT)


def _links(links: list[Component], buses: Ids, made: Made) -> None:
    lossy = [link for link in links if link.value("efficiency", "1") != 1 or link.text("bus2")]
    _warn_all(made, "pypsa.lossy", lossy, "lose energy or have more than two buses, so they are left out",
              "write each as a project with a negative quantity for what it gives")  # fmt: skip
    ids, left_out = Ids(), {link.name for link in lossy}
    for link in _between([link for link in links if link.name not in left_out], "link", buses, made):
        cost = link.value("marginal_cost") or Decimal(0)
        if cost < 0:
            made.warn(
                "pypsa.cost", f"link {link.name!r} has a negative cost; 0 is taken", _DATA_MAYBE, link.row
            )
        price = cell(max(cost, Decimal(0)), up=True)
        rated = _rated(link, "p_nom", "p_max_pu", made)
        _lane(f"link:{ids[link.name]}:there", "link", link, ("bus0", "bus1"), rated, price, buses, made)
        lowest = link.value("p_min_pu") or Decimal(0)
        if lowest < 0:
            back = _product(link.value("p_nom"), -lowest)
            _lane(f"link:{ids[link.name]}:back", "link", link, ("bus1", "bus0"), back, price, buses, made)
        elif lowest > 0:
            rule = f"link {link.name!r} has a least flow, which is not represented"
            made.warn(
                "pypsa.must_run", rule, "add a rule with sense >= and the filter lane", link.row, link.file
            )


def _between(branches: list[Component], mode: str, buses: Ids, made: Made) -> list[Component]:
    """The branches that join two buses there are."""
    sound = []
    for branch in branches:
        first, second = branch.text("bus0"), branch.text("bus1")
        if first in buses and second in buses and first != second:
            sound.append(branch)
        else:
            rule = f"{mode} {branch.name!r} goes from bus {first[:40]!r} to bus {second[:40]!r}"
            made.refuse("pypsa.bus", rule, "one of them is not in buses.csv", branch.row, branch.file)
    return sound


def _rated(branch: Component, nominal: str, share: str, made: Made) -> Decimal | None:
    """The capacity in MWh over the hour; None is unlimited."""
    rated = _product(branch.value(nominal), branch.value(share, "1"))
    if rated is not None and rated < 0:
        rule = f"{branch.name!r} has a capacity below 0"
        made.refuse("pypsa.capacity", rule, _DATA_MAYBE, branch.row, branch.file)
        return Decimal(0)
    return rated


def _product(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    """first x second; what is no number counts 0, so that nothing passes; None where infinite."""
    if not first or not second:
        return Decimal(0)
    product = first * second
    return product if product.is_finite() else None


def _lane(lane: str, mode: str, branch: Component, ends: tuple[str, str], rated: Decimal | None, cost: str,
          buses: Ids, made: Made) -> None:  # fmt: skip
    length = branch.value("length")
    made.add("lanes", id=lane[:128], mode=mode, from_place=buses[branch.text(ends[0])],
             to_place=buses[branch.text(ends[1])], cost_per_t=cost, currency=CURRENCY, co2_kg_per_t="0",
             capacity_t=None if rated is None else cell(rated),
             distance_km=cell(length) if length is not None and 0 < length < 40_000 else None)  # fmt: skip


def _generators(generators: list[Component], buses: Ids, made: Made) -> None:
    owners, ids, idle = Ids(), Ids(), list[Component]()
    for generator in _at_bus(generators, "generator", buses, made):
        quantity = _product(generator.value("p_nom"), generator.value("p_max_pu", "1"))
        price = generator.value("marginal_cost")
        if quantity is None or price is None or price == INFINITE:
            rule = f"generator {generator.name!r} has no finite output and cost"
            made.refuse("pypsa.number", rule, _DATA_MAYBE, generator.row, generator.file)
            continue
        if quantity <= 0 or cell(quantity) == "0":
            idle.append(generator)
            continue
        who = f"generator:{generator.text('carrier') or 'other'}"
        if who not in owners:
            made.add("participants", id=owners[who], name=f"Generators, {who[10:]}", role="generator")
        least = _product(generator.value("p_nom"), generator.value("p_min_pu"))
        commits = _is_true(generator, "committable") and least is not None and least > 0
        made.add("offers", id=f"generator:{ids[generator.name]}"[:128], participant=owners[who],
                 category="energy", quantity=cell(quantity), unit="MWh",
                 limit_price=cell(price, up=True), currency=CURRENCY, place=buses[generator.text("bus")],
                 min_quantity=cell(least) if commits and least is not None else None)  # fmt: skip
    _warn_all(made, "pypsa.idle", idle, "give nothing in this hour, so they are left out",
              "read another snapshot")  # fmt: skip
    _warn_generators(generators, made)


def _warn_generators(generators: list[Component], made: Made) -> None:
    def named(wanted: Callable[[Component], bool]) -> list[Component]:
        return [generator for generator in generators if wanted(generator)]

    _warn_all(made, "pypsa.must_run",
              named(lambda g: (g.value("p_min_pu") or 0) != 0 and not _is_true(g, "committable")),
              "must run at a least output or may take energy, which is not represented",
              "offer the least output at a negative limit_price")  # fmt: skip
    _warn_all(made, "pypsa.built", named(lambda g: _is_true(g, "p_nom_extendable")), *_BUILT)
    _warn_all(made, "pypsa.start", named(lambda g: (g.value("start_up_cost") or 0) != 0),
              "cost money to start, which is not represented",
              "write it as the offer's fixed_cost")  # fmt: skip
    _warn_all(made, "pypsa.sign", named(lambda g: g.value("sign", "1") != 1),
              "have another sign than 1, and are taken to give",
              "write what takes energy as a load")  # fmt: skip
    _warn_all(made, "pypsa.quadratic", named(lambda g: (g.value("marginal_cost_quadratic") or 0) != 0),
              "have a cost that grows with output; its linear part is taken",
              "split the offer into steps")  # fmt: skip


def _loads(loads: list[Component], buses: Ids, made: Made) -> None:
    ids, feeding, idle = Ids(), list[Component](), list[Component]()
    made.add("participants", id="consumers", name="Consumers", role="load")
    for load in _at_bus(loads, "load", buses, made):
        power = load.value("p_set")
        if power is None or power == INFINITE:
            rule = f"load {load.name!r} is {load.text('p_set')[:40]!r}, which is no amount"
            made.refuse("pypsa.number", rule, _DATA_MAYBE, load.row, load.file)
            continue
        if cell(abs(power)) == "0":
            idle.append(load)
            continue
        listing = {"id": f"load:{ids[load.name]}"[:128], "participant": "consumers", "category": "energy",
                   "quantity": cell(abs(power)), "unit": "MWh", "currency": CURRENCY,
                   "place": buses[load.text("bus")]}  # fmt: skip
        if power < 0:
            feeding.append(load)
            made.add("offers", **listing | {"participant": "feeding-in", "limit_price": "0"})
        else:
            made.add("needs", **listing, limit_price=LOST_LOAD)
    _warn_all(made, "pypsa.idle", idle, "take nothing in this hour, so they are left out",
              "read another snapshot")  # fmt: skip
    if feeding:
        made.add("participants", id="feeding-in", name="Loads that feed in", role="load")
        _warn_all(made, "pypsa.feeding", feeding, "are negative, so they are offers at price 0",
                  "offer them at a negative limit_price if they must be taken")  # fmt: skip


def _at_bus(components: list[Component], kind: str, buses: Ids, made: Made) -> list[Component]:
    for component in components:
        if component.text("bus") not in buses:
            rule = f"{kind} {component.name!r} is at bus {component.text('bus')[:40]!r}"
            made.refuse("pypsa.bus", rule, "it is not in buses.csv", component.row, component.file)
    return [component for component in components if component.text("bus") in buses]


def _is_true(component: Component, name: str) -> bool:
    return component.text(name).strip().lower() in ("true", "1", "1.0")


def _warn_all(made: Made, code: str, components: list[Component], rule: str, maybe: str) -> None:
    """One finding for each file that some of the components stand in."""
    for file in dict.fromkeys(component.file for component in components):
        names = [component.name for component in components if component.file == file]
        made.warn(code, f"{some(names)}: {rule}", maybe, part=file)
