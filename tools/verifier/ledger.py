"""The ledger: who pays whom, line by line, so that every account closes."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from typing import Any

from verifier.accounts import Account, Lines, Terms, new_lines
from verifier.dues import Dues
from verifier.files import Folder, need
from verifier.kinds import CAPITAL, NEED, across
from verifier.prices import Money


class Settlement:
    """Rows of the ledger from the dues of every account (docs/prices.md)."""

    def __init__(self, dues: Dues) -> None:
        self.dues, self.book, self.millionth = dues, dues.book, dues.money.millionth
        self.rows = self.settle()

    def settle(self) -> list[tuple[Any, ...]]:
        """Role, participant, offer, need, lane, project, rule, quantity, amount, principal of every row."""
        book = self.book
        offers, lanes = (
            {(self.dues.proper(a), a, ref): line for (a, ref), line in lines.items()}
            for lines in (self.dues.offers, self.dues.lanes)
        )
        rents, floors, owed = self.by_sign()
        bills = {
            (self.dues.home[ref], ref): self.dues.cost[ref]
            for ref in {*self.dues.size, *self.dues.cost}
            if ref in self.dues.size or self.dues.cost[ref]
        }
        terms: dict[Account, Terms] = {}
        for sponsored in (True, False):
            projects = self.projects(bills, offers, terms)
            returns = self.returns(rents, owed, terms)
            receivers, payers = (offers, lanes, rents), (self.dues.needs, projects, floors, returns)
            sides: dict[Account, tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
            for side, all_lines in enumerate((receivers, payers)):
                for some in all_lines:
                    for (account, *_), line in some.items():
                        sides[account][side].append(line)
            floored = {account for account, _ in floors}
            for account in (account for account in sides if (account[0] == 0) == sponsored):
                terms[account] = self.agree(account, account in floored, *sides[account])
        kinds = book.categories["kind"]
        capital = [kinds[c] == CAPITAL for c in book.offers["category"]]
        rows: list[tuple[Any, ...]] = []

        def write(
            role: int,
            who: int,
            place: int,
            ref: int,
            quantity: int,
            principal: int,
            settled: Any,
            full: Any,
            uplift: Any,
        ) -> None:
            names = [ref if place == k else -1 for k in range(5)]
            amount, main = (
                math.ceil(Fraction(x, self.millionth)) for x in (settled, full if uplift else settled)
            )
            rows.append((role, who, *names, quantity, main, principal))
            if amount != main:
                rows.append((4, who, *names, 0, amount - main, 0))

        def receive(role: int, place: int, owner: Any, lines: dict[Any, list[Any]]) -> None:
            for (account, *_, ref), (quantity, base, top) in lines.items():
                share, uplift = terms[account][0], terms[account][3]
                lent = -quantity if role == 0 and capital[ref] else 0
                write(role, owner[ref], place, ref, quantity, lent, base + (top - base) * share, top, uplift)

        def pay(role: int, place: int, owner: Any, lines: dict[Any, list[Any]], forced: bool = False) -> None:
            largest = {key[0]: key[1] for key in sorted(lines, key=lambda key: (lines[key][1], -key[1]))}
            for (account, ref), (quantity, base, top) in lines.items():
                _, rise, cut, uplift, _, more = terms[account]
                paid = base * (cut if base > 0 else 1) + (top - base) * rise
                paid += more if forced and largest[account] == ref else 0
                got = quantity if role == 1 and book.capital[ref] else 0
                write(role, owner[ref], place, ref, quantity, got, -paid, -base, uplift)

        receive(0, 0, book.offers["participant"], offers)
        receive(2, 2, book.lanes["carrier"], lanes)
        receive(7, 4, [rule.owner for rule in book.rules], rents)
        pay(1, 1, book.needs["participant"], self.dues.needs)
        pay(6, 3, book.projects["lead"], projects)
        pay(7, 4, [rule.sponsor for rule in book.rules], floors, forced=True)
        pay(7, 4, [rule.owner for rule in book.rules], returns)
        got: dict[int, int] = defaultdict(int)
        for a in self.dues.account:
            if (
                book.arc_kind[a] == NEED
                and book.needs["project"][book.arc_ref[a]] >= 0
                and book.capital[book.arc_ref[a]]
            ):
                got[book.arc_ref[a]] += self.dues.p.amount[a]
        rows += [(1, book.needs["participant"][j], -1, j, -1, -1, -1, x, 0, x) for j, x in got.items()]
        rows += [
            (3, account[1], -1, -1, -1, -1, -1, 0, -(term[4] // self.millionth), 0)
            for account, term in terms.items()
            if term[4]
        ]
        rows.append((5, -1, -1, -1, -1, -1, -1, 0, -sum(row[-2] for row in rows), 0))
        return sorted(rows)

    def by_sign(self) -> tuple[Lines, Lines, Lines]:
        """What owners of limits earn, sponsors of floors pay, and rules owe to parts without a sponsor."""
        rents, floors, owed = new_lines(), new_lines(), new_lines()
        for (account, rule), (_, taken, _) in self.dues.rules.items():
            if not self.book.rules[rule].up:
                floors[account, rule] = [0, -taken, max(0, -taken)]
            elif taken > 0:
                rents[account, rule] = [0, 0, taken]
            elif taken < 0 and account[0]:
                owed[account, rule] = [0, -taken, -taken]
        return rents, floors, owed

    def projects(
        self, bills: dict[Any, int], offers: dict[Any, list[Any]], terms: dict[Account, Terms]
    ) -> Lines:
        """What projects pay: at most their limit and, without a sponsor, what their outputs earn."""
        least, earned = defaultdict[int, int](int), defaultdict[int, int](int)
        book, found = self.book, new_lines()
        for (account, _, ref), (_, base, top) in offers.items():
            maker = book.offers["project"][ref]
            if maker >= 0 > book.projects["sponsor"][maker]:
                if account[0] == 0:
                    base = top = int(base + (top - base) * terms[account][0] // 1) if account in terms else 0
                least[maker] += base
                earned[maker] += base if book.donated else top
        for (account, ref), cost in bills.items():
            limit = self.dues.limit.get(ref, 0)
            found[account, ref] = [
                self.dues.size.get(ref, 0) // 1000,
                min(cost, limit + earned[ref]),
                limit + least[ref],
            ]
        return found

    def returns(self, rents: Lines, owed: Lines, terms: dict[Account, Terms]) -> Lines:
        """What rules owe to parts is paid out of what their owners have earned from sponsors."""
        have: dict[int, int] = defaultdict(int)
        for (account, rule), line in rents.items():
            if account[0] == 0 and account in terms:
                have[rule] += line[2] * terms[account][0] // 1
        found = new_lines()
        for (account, rule), line in owed.items():
            paid = min(line[1], have[rule])
            have[rule] -= paid
            found[account, rule] = [0, paid, paid]
        return found

    def agree(
        self, account: Account, floored: bool, receivers: list[list[Any]], payers: list[list[Any]]
    ) -> Terms:
        """Share of surplus paid out, share of what payers could add, factor on what they pay, uplift, what
        the sponsor pays, what the sponsor of a floor adds."""
        c, n = (sum(line[1] for line in side) for side in (receivers, payers))
        r, t = (sum(line[2] - line[1] for line in side) for side in (receivers, payers))
        donated, budget = self.book.donated, 0
        rest = 0 if donated else r
        if account[0] == 0:
            budget = self.book.budget[account[1]] * self.millionth
        elif floored and n < c + rest:
            return (1 if rest else 0), 0, 1, 0, 0, c + rest - n
        if donated and n > c:
            negative = sum(min(0, line[1]) for line in payers)
            return 0, 0, Fraction(max(0, c - negative), n - negative) if n - negative else 1, 0, 0, 0
        if donated or account[0] == 0:
            if n + budget >= c + rest:
                return (0 if donated else 1), 0, 1, 0, max(0, c + rest - n), 0
            if n + budget >= c:
                return Fraction(budget + n - c, r), 0, 1, 0, budget, 0
            need(c - n - budget <= t, "an account costs more than everyone in it would pay")
            return 0, Fraction(c - n - budget, t), 1, 0, budget, 0
        if c + r <= n:
            return 1, 0, 1, 0, 0, 0
        need(c + r - n <= r + t, "an account costs more than everyone in it would pay")
        share = Fraction(c + r - n, r + t)
        return 1 - share, share, 1, c + r - n, 0, 0


def read_ledger(folder: Folder, money: Money) -> list[tuple[Any, ...]]:
    """The ledger is just what follows, row by row, and sums to 0."""
    rows = Settlement(Dues(money)).rows
    fields = "role,participant,offer,need,lane,project,rule,account,quantity,amount,principal"
    told = dict(across(fields.split(","), folder.numbers("ledger.csv", fields)))
    del told["account"]
    need(sorted(across(*told.values())) == rows, "the payments do not follow from flows and prices")
    return rows
