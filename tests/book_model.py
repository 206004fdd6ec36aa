"""An independent model of a book of goods, written from docs/book.md and solved by SciPy's MILP.

It reads the text rows of a `random_books.Draft` with its own units, money, days and distances, and ships
every offer to every need on its own (no pools): it shares no code with any room of fourflow.
"""

from __future__ import annotations

import datetime
import math
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from independent import Program
from random_books import Draft, Row

BASE = {"t": ("mass", Fraction(1)), "kg": ("mass", Fraction(1, 10**3)), "g": ("mass", Fraction(1, 10**6)),
        "lb": ("mass", Fraction("0.00045359237")), "month": ("calendar", Fraction(1))}  # fmt: skip
EARTH_KM = 6371.0088
INF = math.inf
Terms = dict[int, float]


def number(cell: Any, default: Any = 0) -> Fraction:
    return Fraction(default) if cell in (None, "") else Fraction(str(cell))


def ordinal(cell: Any) -> int | None:
    return None if not cell else datetime.date.fromisoformat(str(cell)).toordinal()


def in_base(unit: str) -> Fraction:
    """How many base units (tonnes, or what is counted) one unit is."""
    return BASE[unit][1] if unit in BASE else Fraction(1)


@dataclass
class Listing:
    """One offer or need: quantities in base units, money a base unit in book money."""

    row: Row
    quantity: float
    price: float
    value: float
    least: float
    fixed: float
    place: str | None
    first: int
    last: int
    use_by: int | None

    @property
    def id(self) -> str:
        return str(self.row["id"])


@dataclass
class Road:
    """A lane, listed or made."""

    id: str
    mode: str
    start: str
    end: str
    cost: float
    capacity: float | None
    days: int
    carries: set[str] | None
    trip_t: float
    trip_cost: float
    co2: float


@dataclass
class Pair:
    """What one offer gives to one need: its columns of the program, and who pays what the need does not."""

    offer: Listing
    need: Listing
    unit: float
    purse: str | None
    given: Terms = field(default_factory=dict)
    roads: dict[tuple[int, int], int] = field(default_factory=dict)
    columns: list[int] = field(default_factory=list)


class BookModel:
    """The program of one draft; `welfare()` is the best objective that any allocation reaches."""

    def __init__(self, draft: Draft) -> None:
        self.tables, self.settings = draft.tables, draft.settings
        self.program = Program()
        self.rates = {row["currency"]: number(row["rate"]) for row in self.rows("fx")}
        self.rates[self.settings["currency"]] = Fraction(1)
        self.today = ordinal(self.settings["as_of"]) or 0
        self.step = int(self.settings.get("time_step_days", 0))
        self.categories = {row["id"]: row for row in self.rows("categories")}
        self.people = {row["id"]: row for row in self.rows("participants")}
        self.places = {row["id"]: row for row in self.rows("places")}
        self.offers = [self.listing(row) for row in self.rows("offers")]
        self.needs = [self.listing(row) for row in self.rows("needs")]
        self.roads = self._listed_roads() + self._made_roads()
        self.spent: dict[str, Terms] = defaultdict(dict)
        self.pairs: list[Pair] = []
        self.unaided: dict[str, Terms] = {}

    def rows(self, noun: str) -> list[Row]:
        return self.tables.get(noun, [])

    def welfare(self) -> float:
        self.build()
        return self.program.solve()

    def build(self) -> None:
        self.pairs = [self.pair(o, n) for o in self.offers for n in self.needs if self.eligible(o, n)]
        for pair in self.pairs:
            self.ship(pair)
        self.supply_rows()
        self.demand_rows()
        self.road_rows()
        for worth in self.unaided.values():
            self.program.row(worth, 0, INF)
        for row in self.rows("rules"):
            self.rule(row)

    def money(self, cell: Any, currency: str, per: Fraction = Fraction(1)) -> float:
        return float(number(cell) * self.rates[currency] / per)

    def listing(self, row: Row) -> Listing:
        per, currency = in_base(row["unit"]), row.get("currency") or self.settings["currency"]
        place = row.get("place") or self.people[row["participant"]].get("place")
        price = self.money(row.get("limit_price"), currency, per)
        value = price if row.get("value") in (None, "") else self.money(row["value"], currency, per)
        last = ordinal(row.get("until"))
        return Listing(
            row, float(number(row.get("quantity")) * per), price, value,
            float(number(row.get("min_quantity")) * per),
            self.money(row.get("fixed_cost"), currency), place, ordinal(row.get("from")) or self.today,
            10**9 if last is None else last, ordinal(row.get("use_by")),
        )  # fmt: skip

    # Roads

    def _listed_roads(self) -> list[Road]:
        roads = []
        for row in self.rows("lanes"):
            carries = self.below(row["carries"]) if row.get("carries") else None
            capacity = None if row.get("capacity_t") in (None, "") else float(number(row["capacity_t"]))
            roads.append(Road(
                row["id"], row["mode"], row["from_place"], row["to_place"],
                self.money(row["cost_per_t"], row["currency"]),
                capacity, int(row.get("days") or 0), carries, 0, 0, float(number(row["co2_kg_per_t"])),
            ))  # fmt: skip
        return roads

    def _made_roads(self) -> list[Road]:
        listed, roads = {(row["from_place"], row["to_place"]) for row in self.rows("lanes")}, []
        for mode in self.rows("modes"):
            for start, end in (
                (a, b) for a in self.places for b in self.places if a != b and (a, b) not in listed
            ):
                metres = math.ceil(
                    round(self.crow_km(start, end) * float(number(mode.get("detour"), "1.3")) * 1000, 6)
                )
                if metres > number(mode["max_km"]) * 1000:
                    continue
                km, currency = Fraction(metres, 1000), mode["currency"]
                days = int(km / number(mode["km_per_day"])) if mode.get("km_per_day") else 0
                roads.append(Road(
                    f"{mode['id']}:{start}>{end}", mode["id"], start, end,
                    self.money(number(mode["cost_per_t_km"]) * km, currency),
                    float(number(mode["capacity_t"])) if mode.get("capacity_t") else None, days, None,
                    float(number(mode.get("trip_t"))), self.money(mode.get("cost_per_trip"), currency),
                    float(number(mode["co2_kg_per_t_km"]) * km),
                ))  # fmt: skip
        return roads

    def crow_km(self, start: str, end: str) -> float:
        """The great circle by the angle between two unit vectors."""
        vectors = []
        for place in (start, end):
            phi, lam = (math.radians(float(self.places[place][x])) for x in ("latitude", "longitude"))
            vectors.append((math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)))
        a, b = vectors
        cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
        return EARTH_KM * math.atan2(math.hypot(*cross), sum(x * y for x, y in zip(a, b, strict=True)))

    # Who may supply whom

    def below(self, cell: str) -> set[str]:
        """The categories named in a cell, with all below them."""
        found = set(cell.split(";"))
        while True:
            more = {name for name, row in self.categories.items() if row.get("parent") in found} - found
            if not more:
                return found
            found |= more

    def eligible(self, offer: Listing, need: Listing) -> bool:
        if offer.row["category"] not in self.below(need.row["category"]):
            return False
        if offer.row["participant"] == need.row["participant"]:
            return False
        last = min(offer.last, offer.use_by or 10**9)
        if not self.step and (offer.first > need.last or need.first > last):
            return False
        return self.satisfied(offer, need) and self.satisfied(need, offer)

    def satisfied(self, asker: Listing, other: Listing) -> bool:
        return all(
            self.meets(ask, self.answers(other, ask["attribute"]))
            for ask in self.rows("requirements")
            if ask["listing"] == asker.id
        )

    def answers(self, listing: Listing, name: str) -> list[Row]:
        """The attribute's rows of the listing, else its participant, else its place; a region is known."""
        for owner in (listing.id, listing.row["participant"], listing.place):
            found = [
                a for a in self.rows("attributes") if owner and a["owner"] == owner and a["name"] == name
            ]
            if found:
                return found
        if name == "region":
            person = self.people[listing.row["participant"]]
            region = person.get("region") or self.places.get(person.get("place") or "", {}).get("region")
            return [{"value": region}] if region else []
        return [{"value": self.people[listing.row["participant"]]["role"]}] if name == "role" else []

    def meets(self, ask: Row, answers: list[Row]) -> bool:
        asked = [self.measured(part, ask.get("unit")) for part in str(ask["value"]).split(";")]
        held = [self.measured(a["value"], a.get("unit")) for a in answers]
        comparison = ask["comparison"]
        if not held:
            return False
        if comparison == "!=":
            return asked[0] not in held
        if comparison == "has_all":
            return all(value in held for value in asked)
        if comparison in ("=", "in", "has_any"):
            return any(value in held for value in asked)
        order = {
            "<": lambda v, w: v < w,
            "<=": lambda v, w: v <= w,
            ">": lambda v, w: v > w,
            ">=": lambda v, w: v >= w,
        }
        return any(order[comparison](value, asked[0]) for value in held)

    def measured(self, value: Any, unit: str | None) -> Any:
        return number(value) * in_base(unit) if unit else str(value)

    # Shipping

    def pair(self, offer: Listing, need: Listing) -> Pair:
        return Pair(offer, need, self.lot(offer.row["category"]) or 1.0, self.purse(need))

    def purse(self, need: Listing) -> str | None:
        """The sponsor, whose budget is charged."""
        return need.row.get("sponsor")

    def lot(self, category: str | None) -> float:
        """The lot of a category or of the nearest above that has one, in base units; 0 = any amount."""
        whole = in_base(self.categories[category]["unit"]) if self.is_whole(self.categories[category]) else 0
        while category:
            row = self.categories[category]
            if row.get("lot"):
                return float(number(row["lot"]) * in_base(row["unit"]))
            category = row.get("parent")
        return float(whole)

    def is_whole(self, category: Row) -> bool:
        return bool(category.get("whole"))

    def tonnes(self, category: str) -> float:
        row = self.categories[category]
        return 1.0 if row["unit"] in BASE else float(number(row.get("tonnes_per_unit")))

    def column(self, pair: Pair, money: float, worth: float = 0.0) -> int:
        """A flow of this pair in its lots: `money` a base unit is charged to whoever pays for the need."""
        lot = self.lot(pair.offer.row["category"])
        column = self.program.column((worth - money) * pair.unit, whole=bool(lot))
        pair.columns.append(column)
        if pair.purse:
            self.spent[pair.purse][column] = money * pair.unit
        return column

    def ship(self, pair: Pair) -> None:
        """Taken at the offer's place, carried over lanes (and kept, in time), given at the need's place."""
        offer, need, unit = pair.offer, pair.need, pair.unit
        final = self.period(offer.use_by)
        balance: dict[tuple[Any, int], Terms] = defaultdict(dict)
        start = self.period(offer.first)
        if start > final:
            return
        balance[offer.place, start][self.column(pair, offer.price)] = unit
        for index in self.useful(offer, need):
            road = self.roads[index]
            haulage = road.cost * self.tonnes(offer.row["category"])
            for period in range(start, self.num_periods):
                arrival = period + (-(-road.days // self.step) if self.step else 0)
                if arrival <= final:
                    column = self.column(pair, haulage)
                    balance[road.start, period][column], balance[road.end, arrival][column] = -unit, unit
                    pair.roads[index, period] = column
        for place in {offer.place, *(p for road in self.roads for p in (road.start, road.end))}:
            for period in range(start, min(final, self.period(min(offer.last, offer.use_by or offer.last)))):
                column = self.column(pair, 0)
                balance[place, period][column], balance[place, period + 1][column] = -unit, unit
        for period in range(self.period(need.first), self.period(need.last) + 1):
            if start <= period <= final:
                column = self.column(pair, -need.price, 0.0)
                self.program.value[column] = self.worth(need) * unit
                balance[need.place, period][column] = -unit
                pair.given[column] = unit
        for terms in balance.values():
            self.program.row(terms, 0, 0)

    def worth(self, need: Listing) -> float:
        """What a unit counts: its value if a sponsor pays the rest, else at most what it pays itself."""
        return need.value if need.row.get("sponsor") else min(need.value, need.price)

    def useful(self, offer: Listing, need: Listing) -> list[int]:
        """Lanes that carry the goods and lie on some way from the offer to the need."""
        usable = [i for i, road in enumerate(self.roads)
                  if road.carries is None or offer.row["category"] in road.carries]  # fmt: skip
        ahead, behind = {offer.place}, {need.place}
        for _ in self.places:
            ahead |= {self.roads[i].end for i in usable if self.roads[i].start in ahead}
            behind |= {self.roads[i].start for i in usable if self.roads[i].end in behind}
        return [i for i in usable if self.roads[i].start in ahead and self.roads[i].end in behind]

    @cached_property
    def num_periods(self) -> int:
        """Periods from the book's day to the last day that any listing names."""
        if not self.step:
            return 1
        days = [x.row.get(name) for x in (*self.offers, *self.needs) for name in ("from", "until", "use_by")]
        return (
            max(0, (max([ordinal(d) or self.today for d in days] or [self.today]) - self.today) // self.step)
            + 1
        )

    def period(self, date: int | None) -> int:
        if not self.step:
            return 0
        if date is None:
            return self.num_periods - 1
        return min(max((date - self.today) // self.step, 0), self.num_periods - 1)

    # Rows

    def supply_rows(self) -> None:
        for offer in self.offers:
            own = [pair for pair in self.pairs if pair.offer is offer]
            given = sum_of(pair.given for pair in own)
            if offer.fixed <= 0 and offer.least <= 0:
                self.program.row(given, -INF, offer.quantity)
                continue
            switch = self.program.column(-offer.fixed, 1, True)
            self.program.row({**given, switch: -offer.quantity}, -INF, 0)
            self.program.row({**given, switch: -offer.least}, 0, INF)
            for pair in own:
                self.program.row({**pair.given, switch: -self.most(offer, pair.need)}, -INF, 0)
            free = [pair for pair in own if self.is_free(pair)]
            if offer.least > 0 and 0 < len(free) < len(own):
                self.unaided[offer.id] = self.worth_to(free)
            self.charge_once(offer, own, offer.fixed)

    def worth_to(self, free: list[Pair]) -> Terms:
        """What an offer with a least quantity gives without a sponsor, less what it costs."""
        worth = {column: self.program.value[column] for pair in free for column in pair.columns}
        return worth | self.brings(free)

    def is_free(self, pair: Pair) -> bool:
        return not pair.purse

    def brings(self, pairs: list[Pair]) -> Terms:
        """What projects are worth that some pairs are for."""
        return {}

    def most(self, offer: Listing, need: Listing) -> float:
        """What may be awarded of the one to the other; a line in lots gets the rest of its last lot, too."""
        return offer.quantity if need.row.get("project") else min(offer.quantity, need.quantity)

    def charge_once(self, offer: Listing, own: list[Pair], cost: float) -> None:
        """Whoever pays bears the whole of a cost that is paid once where it buys, and nothing where not."""
        for purse in sorted({pair.purse for pair in own if pair.purse}):
            bought = sum_of(pair.given for pair in own if pair.purse == purse)
            buys = self.program.column(0, 1, True)
            self.program.row({**bought, buys: -offer.quantity}, -INF, 0)
            self.spent[purse][buys] = cost

    def demand_rows(self) -> None:
        for need in self.needs:
            got = sum_of(pair.given for pair in self.pairs if pair.need is need)
            if need.least > 0:
                switch = self.program.column(0, 1, True)
                self.program.row({**got, switch: -need.quantity}, -INF, 0)
                self.program.row({**got, switch: -need.least}, 0, INF)
            else:
                self.program.row(got, -INF, need.quantity)

    def road_rows(self) -> None:
        """Each lane's tonnes a period within its capacity, and within the trips that are paid."""
        for index, road in enumerate(self.roads):
            for period in range(self.num_periods):
                users = [pair for pair in self.pairs if (index, period) in pair.roads]
                load = {
                    pair.roads[index, period]: self.tonnes(pair.offer.row["category"]) * pair.unit
                    for pair in users
                }
                if not load:
                    continue
                if road.capacity is not None:
                    self.program.row(load, -INF, road.capacity)
                if road.trip_t > 0:
                    trips = self.program.column(-road.trip_cost, 1e4, True)
                    self.program.row({**load, trips: -road.trip_t}, -INF, 0)
                    self.charge_trips(road, index, period, users, load)

    def charge_trips(self, road: Road, index: int, period: int, users: list[Pair], load: Terms) -> None:
        """Each purse must be able to pay for the trips that its own goods would need without the others.
        Those without a sponsor who take what is missing to a least quantity must be worth the trips that
        theirs would need, but for what is loaded into those of sponsors who want it filled."""
        paid = {pair.purse: {} for pair in users if pair.purse}
        tied = sorted({p.offer.id for p in users if self.is_free(p) and p.offer.id in self.unaided})
        for pair in users:
            if pair.purse:
                paid[pair.purse][pair.roads[index, period]] = load[pair.roads[index, period]]
        for offer in tied:
            own = [pair for pair in users if pair.offer.id == offer]
            trips = self.program.column(0, 1e4, True)
            loads = {p.roads[index, period]: load[p.roads[index, period]] for p in own if self.is_free(p)} | {
                trips: -road.trip_t
            }
            for purse in sorted({pair.purse for pair in own if not self.is_free(pair)}):
                room = self.program.column(0)
                loads[room], paid[purse][room] = -1, 1
            self.program.row(loads, -INF, 0)
            self.unaided[offer][trips] = -road.trip_cost
        for purse in sorted(paid):
            trips = self.program.column(0, 1e4, True)
            self.program.row({**paid[purse], trips: -road.trip_t}, -INF, 0)
            self.spent[purse][trips] = road.trip_cost

    def rule(self, row: Row) -> None:
        """A sponsor's budget: what its purchases cost less what their needs pay."""
        assert row["measure"] == "bid_value"
        self.program.row(self.spent[row["sponsor"]], -INF, float(number(row["limit"])))


def sum_of(parts: Any) -> Terms:
    total: Terms = defaultdict(float)
    for terms in parts:
        for column, factor in terms.items():
            total[column] += factor
    return dict(total)
