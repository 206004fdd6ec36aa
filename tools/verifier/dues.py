"""Dues: what each account owes and is owed before it is settled, with fixed costs shared out."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from verifier.accounts import Account, Lines, new_lines, put, read_accounts, split
from verifier.book import over_term
from verifier.bundles import purse_of
from verifier.files import need
from verifier.kinds import FUNDING, LANE, MOVE, NEED, OFFER, PROJECT, TECHNOLOGY, TRIP, across
from verifier.prices import Money

Shares = dict[tuple[Account, int], int]


class Cost:
    """What is paid once, and the accounts that have it in common, those without a sponsor apart."""

    def __init__(
        self, lines: Lines, ref: int, cost: int, accounts: list[Account], alone: Shares, more: Shares
    ) -> None:
        self.lines, self.ref, self.cost = lines, ref, cost
        self.free = [account for account in accounts if account[0]]
        self.sponsored = [account for account in accounts if not account[0]]
        self.most = {account: alone.get((account, ref), cost) for account in accounts}
        self.more = {account: more.get((account, ref), 0) for account in self.sponsored}
        self.least = max(0, cost - sum(self.most[account] for account in self.sponsored))

    def fill(self, money: int, accounts: list[Account], beyond: bool = False) -> list[int]:
        """An amount by quantity, nobody above its most as long as all of these hold it; or by what each is
        charged beyond that."""
        most = [(self.more if beyond else self.most)[account] for account in accounts]
        weights = most if beyond else [self.lines[account, self.ref][0] for account in accounts]
        parts, weight = [0] * len(accounts), sum(weights)
        order = sorted(range(len(parts)), key=lambda i: Fraction(most[i], weights[i]) if weights[i] else -1)
        for i in order[:-1]:
            parts[i] = min(most[i], money * weights[i] // max(1, weight))
            money, weight = money - parts[i], weight - weights[i]
        for i in order[-1:]:
            parts[i] = money
        return parts


class Dues:
    """Lines of every account in exact fine units.

    A receiver's base is the least that it accepts, its top what prices give; a payer's base is what it pays
    at these prices, its top the most that it pays.
    """

    def __init__(self, money: Money) -> None:
        self.money, self.book, self.p = money, money.book, money.p
        book = self.book
        self.size = {
            book.arc_ref[j]: self.p.amount[j]
            for j in range(self.p.num_arcs, self.p.num_columns)
            if book.arc_kind[j] == PROJECT and self.p.amount[j]
        }
        limits = book.projects["limit_price"]
        self.limit = {
            ref: (limits[ref] if book.projects["sponsor"][ref] >= 0 else book.project_worth[ref])
            * size
            * money.per_value
            for ref, size in self.size.items()
        }
        self.account, self.home = read_accounts(book, self.size)
        self.offers, self.lanes, self.rules, self.needs, self.bought = (new_lines() for _ in range(5))
        self.givers: dict[int, set[int]] = defaultdict(set)  # pools of each offer that gives
        self.read_arcs()
        self.paid: dict[tuple[Account, bool, int], int] = defaultdict(int)
        self.share_costs()
        self.cost = self.close_purses()

    def proper(self, account: Account) -> Account:
        """A purse is settled in the part that its project is in."""
        return self.home[account[1]] if account[0] == 2 else account

    def read_arcs(self) -> None:
        book, p, money = self.book, self.p, self.money
        for a, account in self.account.items():
            kind, ref, pool, x = book.arc_kind[a], book.arc_ref[a], book.arc_pool[a], p.amount[a]
            part, whole = money.factor[pool].numerator * x, money.factor[pool].denominator
            rent, charge, cost = money.rent.get(a, 0), money.charge(a), -p.value[a] * money.per_value * x
            hub = -money.dual.get(p.head[a] if kind == OFFER else p.tail[a], 0) * money.per_node
            for rule, amount in money.charges.get(a, ()):
                put(self.rules, account, rule, 0, amount * part // whole)
            if kind == OFFER:
                self.givers[ref].add(pool)
                put(self.offers, account, ref, x, cost, (hub - charge) * part // whole)
            elif kind == NEED:
                price, line = -(-(hub + rent + charge) * part // whole), book.needs["project"][ref]
                if rent:  # the switches of the pool's only offer earn it
                    put(self.offers, account, book.givers[pool][0], 0, 0, rent * part // whole)
                if line >= 0:
                    put(self.bought, account, line, 0, price)
                else:
                    limit = over_term(book.needs["limit_price"][ref], book.term[pool], up=False)
                    most = limit * money.per_value * x if book.sponsor[pool] >= 0 else -cost
                    put(self.needs, account, ref, x, min(price, most), most)
            elif kind == LANE:
                put(self.lanes, account, ref, x * book.weight(a), cost, cost + rent * part // whole)
        for line in self.lanes.values():
            line[0] //= 10**6

    def share_costs(self) -> None:
        """Fixed costs, moves and trips are shared by quantity, licences' by what each buyer gains."""
        book, p, money = self.book, self.p, self.money
        able: dict[Account, int] = defaultdict(int)
        for ref, limit in self.limit.items():
            able[self.home[ref]] += limit
        for lines, side, sign in ((self.needs, 2, 1), (self.offers, 1, -1), (self.lanes, 1, -1)):
            for (account, _), line in lines.items():
                able[self.proper(account)] += sign * line[side]
        self.gains = defaultdict(int, self.limit)
        for (_, ref), line in self.bought.items():
            self.gains[ref] -= line[1]
        for j, ref in self.charged():
            self.gains[ref] -= money.charge(j) * p.amount[j]
        for (_, ref), line in self.offers.items():
            if book.offers["project"][ref] >= 0:
                self.gains[book.offers["project"][ref]] += line[2]
        moved = {
            book.arc_ref[j]
            for j in range(p.num_arcs, p.num_columns)
            if book.arc_kind[j] == MOVE and p.amount[j]
        }
        fixed = {
            i: (book.offers["fixed_cost"][i] + book.offers["move_cost"][i] * (i in moved)) * money.millionth
            for i in self.givers
        }
        trips: dict[int, int] = defaultdict(int)
        for a in range(p.num_arcs):
            if book.arc_kind[a] == TRIP and p.amount[a]:
                trips[book.arc_ref[a]] -= p.value[a] * money.per_value * p.amount[a]
        shared = []
        own = self.trips_alone()
        beyond = self.trips_more(own)
        for key in beyond:  # sponsors that have nothing on a lane themselves may pay for trips there
            put(self.lanes, *key, 0, 0)
        for lines, costs, ids, alone, more in (
            (self.offers, fixed, book.offers["id"], self.moves_alone(moved), {}),
            (self.lanes, trips, book.lanes["id"], dict.fromkeys(beyond, 0) | own, beyond),
        ):
            at = defaultdict(list)
            for account, ref in lines:
                at[ref].append(account)
            for ref in sorted((ref for ref, cost in costs.items() if cost > 0), key=ids.__getitem__):
                cost = Cost(lines, ref, costs[ref], sorted(at[ref]), alone, more)
                if cost.free:
                    able[self.proper(cost.free[0])] -= cost.least
                shared.append(cost)
        for cost in shared:
            self.share(cost, able)
        for lines in (self.offers, self.lanes):
            for line in lines.values():
                line[2] = max(line[1:])

    def moves_alone(self, moved: set[int]) -> dict[tuple[Account, int], int]:
        """What is paid once for an offer that moves by an account that takes only where the offer is."""
        book, away = self.book, defaultdict[tuple[Account, int], set[bool]](set)
        for a, account in self.account.items():
            if book.arc_kind[a] == OFFER and book.arc_ref[a] in moved:
                away[account, book.arc_ref[a]].add(book.place[self.p.head[a]] == book.num_places)
        fixed, unit = book.offers["fixed_cost"], self.money.millionth
        return {key: fixed[key[1]] * unit for key, ways in away.items() if ways == {False}}

    def trips_alone(self) -> dict[tuple[Account, int], int]:
        """What the trips of a lane would cost an account that had them to itself."""
        book, loads = self.book, defaultdict[tuple[Account, int, int], int](int)
        for a, account in self.account.items():
            if book.arc_kind[a] == LANE:
                key = account, book.arc_ref[a], book.period[self.p.tail[a]]
                loads[key] += self.p.amount[a] * book.weight(a)
        alone = defaultdict[tuple[Account, int], int](int)
        for (account, lane, _), load in loads.items():
            room, cost = (book.lanes[name][lane] for name in ("trip_t", "cost_per_trip"))
            if room > 0:
                alone[account, lane] += -(-load // (room * 10**6)) * cost * self.money.millionth
        return alone

    def trips_more(self, alone: dict[tuple[Account, int], int]) -> dict[tuple[Account, int], int]:
        """What sponsors are charged beyond that, for what fills up a least quantity."""
        book, more = self.book, defaultdict[tuple[Account, int], int](int)
        purse = {
            purse_of(book, book.arc_pool[a]): account
            for a, account in self.account.items()
            if book.arc_kind[a] in (LANE, NEED)
        }
        for a in range(self.p.num_arcs):
            pool, lane, trips = book.arc_pool[a], book.arc_ref[a], self.p.amount[a] // 10**6
            if book.arc_kind[a] != TRIP or not trips or pool < 0 or book.sponsor[pool] < 0:
                continue
            if account := purse.get(purse_of(book, pool)):
                more[account, lane] += trips * book.lanes["cost_per_trip"][lane] * self.money.millionth
        return {key: cost - alone.get(key, 0) for key, cost in more.items() if cost > alone.get(key, 0)}

    def share(self, cost: Cost, able: dict[Account, int]) -> None:
        """Those without a sponsor bear their share by quantity, as far as they are able to; the rest is the
        sponsors', and what these are charged beyond the trips of their own goods comes last."""
        lines, ref, rest, more = cost.lines, cost.ref, cost.cost, 0
        if cost.free:
            part = self.proper(cost.free[0])
            by_quantity = sum(cost.fill(cost.cost, cost.free + cost.sponsored)[: len(cost.free)])
            added = min(by_quantity - cost.least, max(0, able[part]))
            more = min(cost.least, max(0, -able[part]), sum(cost.more.values()))
            able[part] += more - added
            rest -= cost.least + added - more
            kinds, offers = self.book.categories["kind"], self.book.offers["category"]
            if lines is self.offers and kinds[offers[ref]] == TECHNOLOGY:
                buyers = self.buyers(ref, set(cost.free))
                for (account, *who), money in across(buyers, split(cost.cost - rest, [*buyers.values()])):
                    lines[account, ref][1] += money
                    self.paid[account, who[0], who[1]] += min(money, buyers[account, who[0], who[1]])
            else:
                for account, money in across(cost.free, cost.fill(cost.cost - rest, cost.free)):
                    lines[account, ref][1] += money
        for money, beyond in ((rest - more, False), (more, True)):
            for account, part in across(cost.sponsored, cost.fill(money, cost.sponsored, beyond)):
                lines[account, ref][1] += part

    def buyers(self, offer: int, accounts: set[Account]) -> dict[tuple[Account, bool, int], int]:
        """Who bought an offer there (needs, then projects), and what each still has to gain."""
        book, found = self.book, set()
        pools = {book.arc_pool[a] for a in book.arcs[OFFER, offer, 0]}
        for a, account in self.account.items():
            if book.arc_kind[a] == NEED and book.arc_pool[a] in pools and account in accounts:
                line = book.needs["project"][book.arc_ref[a]]
                found.add((account, line >= 0, line if line >= 0 else book.arc_ref[a]))
        gain = {
            key: self.gains[key[2]]
            if key[1]
            else self.needs[key[0], key[2]][2] - self.needs[key[0], key[2]][1]
            for key in sorted(found)
        }
        return {key: max(0, money - self.paid[key]) for key, money in gain.items()}

    def close_purses(self) -> dict[int, int]:
        """What each project's lines cost; from a purse no more is paid than it holds."""
        cost = defaultdict[int, int](int)
        for (account, is_project, ref), money in self.paid.items():
            if is_project:
                put(self.bought, account, ref, 0, money)
            else:
                self.needs[account, ref][1] += money
        for (account, ref), line in self.bought.items():
            cost[ref] += line[1] if account[0] < 2 else 0
        held = self.held()
        for purse in sorted({account[1] for account in self.account.values() if account[0] == 2}):
            cost[purse] += self.pay_from((2, purse), held[purse])
        for name in ("offers", "lanes", "rules"):
            lines: Lines = getattr(self, name)
            if name == "rules":
                closed = new_lines()
                for (account, ref), line in lines.items():
                    put(closed, self.proper(account), ref, *line)
                setattr(self, name, closed)
        for j, ref in self.charged():
            for rule, amount in self.money.charges[j]:
                taken = amount * self.p.amount[j]
                cost[ref] += taken
                put(self.rules, self.home[ref], rule, 0, taken)
        return cost

    def charged(self) -> list[tuple[int, int]]:
        """The bundles of projects that rules charge, with their project."""
        some = range(self.p.num_arcs, self.p.num_columns)
        return [(j, self.book.arc_ref[j]) for j in some if self.p.amount[j] and j in self.money.charges]

    def held(self) -> dict[int, int]:
        """Own money at a project's size and the capital it gets, as its FUNDING row has them."""
        book, p, found = self.book, self.p, defaultdict[int, int](int)
        per_arc, per_switch = int(book.per_limit) // 10**9, int(book.per_switch)
        for i, j, g in p.entries():
            if i >= p.num_nodes and book.kind[i] == FUNDING:
                if j < p.num_arcs and book.arc_kind[j] == NEED:
                    found[book.ref[i]] -= g // per_arc * p.amount[j] * self.money.per_value
                elif j >= p.num_arcs:
                    found[book.ref[i]] -= min(0, g // per_switch) * p.amount[j] * self.money.per_value
        return found

    def pay_from(self, purse: Account, held: int) -> int:
        """What is paid from a purse; suppliers get their least and a share of the rest where it runs out."""
        mine = [line for lines in (self.offers, self.lanes) for key, line in lines.items() if key[0] == purse]
        taken = [line for key, line in self.rules.items() if key[0] == purse]
        least = sum(line[1] for line in mine) + sum(min(0, line[1]) for line in taken)
        beyond = sum(line[2] - line[1] for line in mine) + sum(max(0, line[1]) for line in taken)
        room = held - least
        need(room >= 0, "a project buys for more than its own money and the capital that it gets")
        if beyond <= room:
            return int(least + beyond)
        left = 0
        for line in mine:
            line[2] = line[1] + (line[2] - line[1]) * room // beyond
            left += line[2] - line[1]
        for line in taken:
            line[1] = min(0, line[1]) + max(0, line[1]) * room // beyond
            left += max(0, line[1])
        return int(least + left)
