"""The book: its normalised listings, and what of each can be traded, counts and is paid."""

from __future__ import annotations

import math
from typing import Any

from verifier.files import Folder, need
from verifier.kinds import CAPITAL, OPEN_DAY, TALENT, across


class Book:
    """The normalised book: its tables as columns by name, and what they say of each listing."""

    def __init__(self, folder: Folder) -> None:
        said = dict(folder.text("book/book.csv", "key,value"))
        self.said, self.donated = said, said["settlement"] == "donated"
        self.as_of, self.days, self.periods = (
            int(said[k]) for k in ("as_of_day", "time_step_days", "num_periods")
        )
        self.places = folder.table("book/places.csv", "id,region")
        self.people = folder.table("book/participants.csv", "id,role,region")
        self.num_places = len(self.places["id"])  # also the place of hubs that are nowhere: ANYWHERE
        self.categories = folder.table("book/categories.csv", "id,parent,kind,unit,tonnes_per_unit,lot,whole")
        self.lanes = folder.table(
            "book/lanes.csv",
            "id,from_place,to_place,cost_per_t,capacity_t,days,carrier,"
            "carries,trip_t,cost_per_trip,mode,co2_kg_per_t",
        )
        self.offers = folder.table(
            "book/offers.csv",
            "id,participant,category,place,quantity,limit_price,from_day,"
            "until_day,use_by_day,fixed_cost,min_quantity,project,whole,loan,term_months,"
            "remote,move_cost",
        )
        self.needs = folder.table(
            "book/needs.csv",
            "id,participant,categories,place,quantity,limit_price,value,"
            "sponsor,from_day,until_day,min_quantity,project,term_months",
        )
        self.projects = folder.table(
            "book/projects.csv", "id,lead,value,limit_price,own_money,sponsor,all_or_nothing"
        )
        self.read_amounts()

    def read_amounts(self) -> None:
        """What of each listing can be traded (lots, whole units), counts and is paid."""
        o, n, projects = self.offers, self.needs, self.projects
        known = [
            day
            for table in (o, n)
            for field in ("from_day", "until_day", "use_by_day")
            for day in table.get(field, ())
            if day < OPEN_DAY
        ]
        periods = max(1, (max(known, default=0) - self.as_of) // self.days + 1) if self.days else 1
        need(self.periods == periods, f"the listings' windows make {periods} periods")
        self.step = [
            lot or 10**6 * whole for lot, whole in across(self.categories["lot"], self.categories["whole"])
        ]
        o["asked"], n["asked"] = o["quantity"], n["quantity"]
        o["quantity"] = [
            q if q < 0 else q - q % (self.step[c] or 1) for q, c in across(o["asked"], o["category"])
        ]
        steps = [[self.step[c] for c in some] for some in n["categories"]]
        # What is less than a lot cannot be traded; where something accepted comes loose, all can.
        # Lines of projects get all.
        n["quantity"] = [
            q - q % (math.gcd(*some) or 1) if all(some) and line < 0 else q
            for q, some, line in across(n["asked"], steps, n["project"])
        ]
        self.left_over = [
            max(-q % (x or 1) for x in some) if any(some) else 1 for q, some in across(n["asked"], steps)
        ]
        self.worth, self.pays = (
            [0 if line >= 0 else x for x, line in across(xs, n["project"])]
            for xs in (worth(n), n["limit_price"])
        )
        self.project_worth = worth(projects)
        self.capital = [min(self.categories["kind"][c] for c in some) == CAPITAL for some in n["categories"]]
        self.funded = {p for p, capital in across(n["project"], self.capital) if capital} - {-1}
        both = [projects["id"][p] for p in self.funded if projects["sponsor"][p] >= 0]
        need(not both, f"project {both[:1]} has both a sponsor and a line of capital")

    def switched(self, offer: int) -> bool:
        return bool(self.offers["fixed_cost"][offer] or self.offers["min_quantity"][offer])

    def has_one_taker(self, offer: int) -> bool:
        """Goes to one need as a whole, though it could be split."""
        step, asked = self.step[self.offers["category"][offer]], self.offers["asked"][offer]
        return bool(self.offers["whole"][offer] and (not step or asked < 0 or asked >= 2 * step))

    def moves_once(self, offer: int) -> bool:
        """Talent whose move is paid once, and is not simply that of its only unit."""
        o, c = self.offers, self.offers["category"][offer]
        unit = self.step[c] == 10**6 and 0 <= o["asked"][offer] < 2 * 10**6
        pays = not o["remote"][offer] and o["move_cost"][offer] > 0
        return bool(self.categories["kind"][c] == TALENT and pays and not unit)

    def period_of(self, day: int) -> int:
        return max(0, min((day - self.as_of) // self.days, self.periods - 1)) if self.days else 0

    def lag(self, lane: int) -> int:
        """Periods that a lane takes."""
        return -(-self.lanes["days"][lane] // self.days) if self.days else 0

    def haulage(self, lane: int, category: int) -> int:
        """Billionths of money that it costs to carry a unit along a lane."""
        return int(-(-self.lanes["cost_per_t"][lane] * self.categories["tonnes_per_unit"][category] // 1000))

    def at(self, place: int) -> int:
        """Listings without a place meet in one beyond the last."""
        return place if place >= 0 else self.num_places


def worth(table: dict[str, list[Any]]) -> list[int]:
    """What counts: the value where a sponsor stands behind it, else no more than what is paid."""
    return [
        value if who >= 0 else min(value, limit)
        for value, who, limit in across(table["value"], table["sponsor"], table["limit_price"])
    ]


def over_term(money: int, months: int, up: bool) -> int:
    """Billionths of money, of what is said in millionths: for a loan, per year over its months."""
    exact = money * 1000 * (months or 12)
    return -(-exact // 12) if up else exact // 12
