"""The independent model of a book of all kinds, with projects and rules: pairs, and rows as the book says.

As `book_model`, it reads text rows only and shares no code with any room of fourflow.
"""

from __future__ import annotations

from collections import defaultdict

from book_model import INF, BookModel, Listing, Pair, Terms, in_base, number, ordinal, sum_of
from independent import Infeasible
from random_books import Draft, Row

WHOLE_KINDS = {"talent", "technology"}
LINE_CELLS = ("place", "from", "until")
GROUPS = (
    ("lane", "mode"), ("offer_participant", "offer_role", "offer_region", "offer_place"),
    ("need_participant", "need_role", "need_region", "need_place", "project"), ("category", "kind"),
)  # fmt: skip


class KindsModel(BookModel):
    """The program of a draft of all kinds."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.projects = {row["id"]: row for row in self.rows("projects")}
        self.size: dict[str, int] = {}
        self.lots_taken: dict[str, int] = {}
        for need in self.needs:
            self._fill_line(need)
        made = [need for need in self.needs if need.quantity < 0]
        self.needs = [need for need in self.needs if need.quantity >= 0]
        for output in made:
            output.quantity = -output.quantity
        self.offers += made
        self.funded = {
            n.row["project"] for n in self.needs if n.row.get("project") and self.kind(n) == "capital"
        }

    def _fill_line(self, need: Listing) -> None:
        """A line is where and when its project is, unless it says so itself; its project pays, not it."""
        project = self.projects.get(need.row.get("project") or "")
        if project is None:
            return
        if not need.row.get("place") and project.get("place"):
            need.place = project["place"]
        if not need.row.get("from"):
            need.first = ordinal(project.get("from")) or self.today
        if not need.row.get("until"):
            need.last = ordinal(project.get("until")) or 10**9

    def kind(self, listing: Listing) -> str:
        return str(self.categories[listing.row["category"].split(";")[0]]["kind"])

    def is_whole(self, category: Row) -> bool:
        said = category.get("whole")
        return category["kind"] in WHOLE_KINDS if said is None else bool(said)

    def tonnes(self, category: str) -> float:
        return super().tonnes(category) if self.categories[category]["kind"] == "goods" else 0.0

    # Who may supply whom

    def eligible(self, offer: Listing, need: Listing) -> bool:
        if need.quantity <= 0 or not super().eligible(offer, need):
            return False
        kind = self.kind(offer)
        if kind != "goods" and (offer.first > need.last or need.first > offer.last):
            return False
        if kind == "capital":
            return self._term_suits(offer.row, int(need.row.get("term_months") or 0))
        return kind != "talent" or offer.place == need.place or self._goes_anywhere(offer)

    def _term_suits(self, offer: Row, months: int) -> bool:
        if not months:
            return bool(offer["form"] == "grant")
        return offer["form"] == "loan" and int(offer.get("term_months") or 10**6) >= months

    def _goes_anywhere(self, offer: Listing) -> bool:
        return bool(offer.row.get("remote")) or offer.row.get("move_cost") is not None

    # What a pair costs and brings

    def years(self, need: Listing) -> float:
        """A loan is charged for its years; everything else once."""
        months = int(need.row.get("term_months") or 0)
        return months / 12 if self.kind(need) == "capital" and months else 1.0

    def purse(self, need: Listing) -> str | None:
        """The sponsor of a need or project; the funding of a project that gets capital, for its lines."""
        project = need.row.get("project")
        if not project:
            return need.row.get("sponsor")
        if project in self.funded:
            return None if self.kind(need) == "capital" else f"funding of {project}"
        return self.projects[project].get("sponsor")

    def worth(self, need: Listing) -> float:
        return 0.0 if need.row.get("project") else super().worth(need) * self.years(need)

    def pays(self, need: Listing) -> float:
        return 0.0 if need.row.get("project") else need.price * self.years(need)

    def ship(self, pair: Pair) -> None:
        """Goods travel; all else is simply given."""
        offer, need = pair.offer, pair.need
        if self.kind(offer) == "goods":
            need.price = self.pays(need)
            super().ship(pair)
            return
        cost = offer.price * self.years(need)
        if self._moves(pair) and not self._moves_at_once(offer):
            cost += float(number(offer.row["move_cost"]))
        column = self.program.column(
            (self.worth(need) - cost) * pair.unit, whole=bool(self.lot(offer.row["category"]))
        )
        pair.given[column] = pair.unit
        pair.columns.append(column)
        if pair.purse:
            self.spent[pair.purse][column] = (cost - self.pays(need)) * pair.unit

    def is_free(self, pair: Pair) -> bool:
        return not pair.purse or pair.purse.startswith("funding of ")

    def brings(self, pairs: list[Pair]) -> Terms:
        projects = {pair.need.row.get("project") for pair in pairs} & set(self._served())
        return {self.size[p]: self.program.value[self.size[p]] for p in projects}

    def _moves(self, pair: Pair) -> bool:
        """Talent that works elsewhere at a cost."""
        offer = pair.offer
        costs = (
            self.kind(offer) == "talent"
            and not offer.row.get("remote")
            and number(offer.row.get("move_cost")) > 0
        )
        return costs and offer.place != pair.need.place

    def _moves_at_once(self, offer: Listing) -> bool:
        """Its move is paid once, not with its only unit."""
        return offer.quantity >= 2

    # Rows

    def supply_rows(self) -> None:
        for need in self.needs:
            if need.row.get("project") and need.row["project"] not in self.size:
                self._project(need.row["project"])
        for offer in self.offers:
            own = [pair for pair in self.pairs if pair.offer is offer]
            if offer.row.get("quantity") in (None, ""):
                offer.quantity = sum(abs(pair.need.quantity) for pair in own)
            self._whole(offer, own)
            self._move(offer, own)
            if offer.row.get("project"):
                size = {self.size[offer.row["project"]]: -offer.quantity}
                self.program.row({**sum_of(pair.given for pair in own), **size}, -INF, 0)
        super().supply_rows()

    def _whole(self, offer: Listing, own: list[Pair]) -> None:
        """To one need only: talent unless it says otherwise, the rest if it says so."""
        said = offer.row.get("whole")
        if not (self.kind(offer) == "talent" if said is None else said):
            return
        takers = [self.program.column(0, 1, True) for _ in own]
        for pair, taker in zip(own, takers, strict=True):
            self.program.row({**pair.given, taker: -self.most(offer, pair.need)}, -INF, 0)
        self.program.row(dict.fromkeys(takers, 1.0), -INF, 1)

    def _move(self, offer: Listing, own: list[Pair]) -> None:
        away = [pair for pair in own if self._moves(pair)]
        if not away or not self._moves_at_once(offer):
            return
        cost = float(number(offer.row["move_cost"]))
        move = self.program.column(-cost, 1, True)
        for pair in away:
            self.program.row({**pair.given, move: -self.most(offer, pair.need)}, -INF, 0)
        self.charge_once(offer, away, cost)

    def _project(self, ident: str) -> None:
        """How much of it is carried out, 0 to 1, and what comes with that."""
        row = self.projects[ident]
        value, limit = (
            self.money(row.get(name, row["value"]), row["currency"]) for name in ("value", "limit_price")
        )
        counts = value if row.get("sponsor") else min(value, limit)
        self.size[ident] = self.program.column(counts, 1, row["mode"] == "all_or_nothing")
        if row.get("sponsor"):
            self.spent[row["sponsor"]][self.size[ident]] = -limit

    def demand_rows(self) -> None:
        for need in self.needs:
            if need.row.get("project"):
                self._line(need)
        lines, self.needs = self.needs, [need for need in self.needs if not need.row.get("project")]
        super().demand_rows()
        self.needs = lines

    def _line(self, need: Listing) -> None:
        """A line gets its quantity times the project's size; in lots, all of it or nothing."""
        project = need.row["project"]
        got = sum_of(pair.given for pair in self.pairs if pair.need is need)
        size, lots = self.size[project], [self.lot(c) for c in self.below(need.row["category"])]
        rest = 1e-6
        if any(lots):
            rest = max(-need.quantity % lot if lot else 0.0 for lot in lots)
            if self.projects[project]["mode"] == "proportional":
                if project not in self.lots_taken:
                    may_take = float(project in self._served())  # even to keep a rule, nothing for nothing
                    taken = self.lots_taken[project] = self.program.column(0, may_take, True)
                    self.program.row({size: 1.0, taken: -1.0}, -INF, 0)
                size = self.lots_taken[project]
        self.program.row({**got, size: -need.quantity}, 0, rest)

    def _funding(self, project: str) -> None:
        """What the lines cost is paid from the capital that the project gets and from its own money."""
        row = self.projects[project]
        capital = [
            pair
            for pair in self.pairs
            if pair.need.row.get("project") == project and self.kind(pair.need) == "capital"
        ]
        terms = defaultdict(float, self.spent[f"funding of {project}"])
        for column, amount in sum_of(pair.given for pair in capital).items():
            terms[column] -= amount
        terms[self.size[project]] -= self.money(row.get("own_money"), row["currency"])
        self.program.row(terms, -INF, 0.0)

    # Rules

    def road_rows(self) -> None:
        super().road_rows()
        for project in self.funded & set(self._served()):
            self._funding(project)

    def rule(self, row: Row) -> None:
        if row["measure"] == "bid_value" and row["sense"] == "<=" and row.get("sponsor"):
            super().rule(row)
            return
        limit = float(number(row["limit"]))
        if row["measure"] == "units":
            limit *= float(in_base(row["unit"])) if row.get("unit") else 1.0
        if row["measure"] == "awards":
            terms = self._awards(row)
        else:
            terms = self._measured(row, self._over_lanes(row))
        if row.get("share_of_total"):
            total = self._measured(self._without_narrowest(row), self._over_lanes(row))
            for column, amount in total.items():
                terms[column] = terms.get(column, 0.0) - limit * amount
            limit = 0.0
        self.program.row(terms, *((-INF, limit) if row["sense"] == "<=" else (limit, INF)))

    def _over_lanes(self, row: Row) -> bool:
        return row["measure"] == "co2_kg" or bool(row.get("lane") or row.get("mode"))

    def _without_narrowest(self, row: Row) -> Row:
        """What a share is a share of: without lanes, else who gives, else who takes, else what."""
        for group in GROUPS:
            if any(row.get(name) for name in group):
                return {name: cell for name, cell in row.items() if name not in group}
        return row

    def _meant(self, row: Row) -> list[Pair]:
        """The pairs that all filters but those of lanes leave."""
        return [p for p in self.pairs if self._side(row, "offer", p.offer) and self._side(row, "need", p.need)
                and self._what(row, p)]  # fmt: skip

    def _side(self, row: Row, side: str, listing: Listing) -> bool:
        person = self.people[listing.row["participant"]]
        place = self.places.get(listing.place or "", {})
        said = {"participant": person["id"], "role": person.get("role"), "place": listing.place,
                "region": place.get("region") or person.get("region")}  # fmt: skip
        return all(
            said[name] in row[f"{side}_{name}"].split(";") for name in said if row.get(f"{side}_{name}")
        )

    def _what(self, row: Row, pair: Pair) -> bool:
        if row.get("category") and pair.offer.row["category"] not in self.below(row["category"]):
            return False
        if row.get("kind") and self.kind(pair.offer) not in row["kind"].split(";"):
            return False
        return not row.get("project") or pair.need.row.get("project") in row["project"].split(";")

    def _measured(self, row: Row, over_lanes: bool) -> Terms:
        terms: Terms = defaultdict(float)
        for pair in self._meant(row):
            for column, amount in (self._on_lanes(row, pair) if over_lanes else pair.given).items():
                terms[column] += amount * self._weight(row["measure"], pair)
        if row["measure"] == "bid_value" and not any(row.get(name) for name in GROUPS[1]):
            for project in {pair.need.row.get("project") for pair in self._meant(row)} & set(self._served()):
                cells = self.projects[project]
                terms[self.size[project]] += self.money(
                    cells.get("limit_price", cells["value"]), cells["currency"]
                )
        return dict(terms)

    def _served(self) -> list[str]:
        """Projects of which every line could be met by somebody."""
        met = {pair.need.id for pair in self.pairs}
        lines = [need for need in self.needs if need.row.get("project")]
        return [p for p in self.size if all(n.id in met for n in lines if n.row["project"] == p)]

    def _weight(self, measure: str, pair: Pair) -> float:
        if measure == "bid_value":
            return self.pays(pair.need)
        return self.tonnes(pair.offer.row["category"]) if measure == "tonnes" else 1.0

    def _on_lanes(self, row: Row, pair: Pair) -> Terms:
        """What passes the lanes that the rule means: units, or kilograms of CO2."""
        terms: Terms = {}
        for (index, _), column in pair.roads.items():
            road = self.roads[index]
            if row.get("lane") and road.id not in row["lane"].split(";"):
                continue
            if row.get("mode") and road.mode not in row["mode"].split(";"):
                continue
            co2 = road.co2 * self.tonnes(pair.offer.row["category"])
            terms[column] = pair.unit * (co2 if row["measure"] == "co2_kg" else 1.0)
        return terms

    def _awards(self, row: Row) -> Terms:
        """Listings that get something (`<=`) or all (`>=`); those that give, if only they are named."""
        gives, takes = (any(row.get(name) for name in group) for group in (GROUPS[1], GROUPS[2]))
        meant, terms = self._meant(row), {}
        by_offer = gives and not takes
        listings = self.offers if by_offer else [n for n in self.needs if not n.row.get("project")]
        for listing in listings:
            own = sum_of(p.given for p in meant if (p.offer if by_offer else p.need) is listing)
            if own:
                terms[self._counted(own, self._usable(listing), row["sense"])] = 1.0
        if not by_offer:
            for project in {p.need.row.get("project") for p in meant} & set(self._served()):
                terms[self._counted_project(project, row["sense"])] = 1.0
        return terms

    def _counted(self, own: Terms, most: float, sense: str) -> int:
        count = self.program.column(0, 1, True)
        self.program.row({**own, count: -most}, *((-INF, 0) if sense == "<=" else (0, INF)))
        return count

    def _usable(self, listing: Listing) -> float:
        """What of it can be traded in the lots of what it is, or of all that it accepts."""
        lots = [self.lot(c) for c in self.below(listing.row["category"])] if listing in self.needs else [
            self.lot(listing.row["category"])]  # fmt: skip
        return listing.quantity - listing.quantity % max(lots) if all(lots) else listing.quantity

    def _counted_project(self, project: str, sense: str) -> int:
        size = self.size[project]
        if self.projects[project]["mode"] == "all_or_nothing":
            return size
        return self._counted({size: 1.0}, 1.0, sense)


def welfare(draft: Draft) -> float | None:
    """The best objective that any allocation reaches; None where the rules cannot all be kept."""
    try:
        return KindsModel(draft).welfare()
    except Infeasible:
        return None
