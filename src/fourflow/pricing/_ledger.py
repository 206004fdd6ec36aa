"""Settlement: who pays and who receives how much, to the last millionth of money.

Every line is rounded once to a millionth, in the participant's favour; the operator takes the difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.book import CAPITAL, Market
from fourflow.clearing import Allocation, Cleared
from fourflow.errors import FourflowError
from fourflow.pricing._accounts import Accounts, open_accounts
from fourflow.pricing._lines import Lines
from fourflow.pricing._prices import Prices
from fourflow.pricing._terms import Terms, agree_terms

I64 = NDArray[np.int64]
Ints = NDArray[np.object_]
OPERATOR = -1
ROLES = ("offer", "need", "carrier", "sponsor", "uplift", "rounding", "project", "rule")
OFFER, NEED, CARRIER, SPONSOR, UPLIFT, ROUNDING, PROJECT, RULE = range(len(ROLES))
NAMES = ("offer", "need", "lane", "project", "rule")
_NAME = {OFFER: "offer", NEED: "need", CARRIER: "lane", PROJECT: "project", RULE: "rule"}


MOST_MONEY = 4 * 10**18
"""The largest payment, in millionths, with room for sums of two."""


@dataclass(frozen=True)
class Ledger:
    """Who pays and receives: one row per listing (or lane, project, rule) and account, int64 columns.

    role : index into ROLES; participant : index, -1 = the operator; offer, need, lane, project, rule : index,
    -1 = none (an uplift row names what it corrects); account : which account of `sponsor`
    quantity : millionths of a unit, of a tonne on lanes, of a whole project
    amount : millionths of money, + receives, - pays; for capital this is the charge
    principal : millionths of money that change hands beside it: - lent or granted, + borrowed or got. Loans
    are owed back, grants are not
    account_sponsor : int64[num_accounts], the sponsor, -1 for a connected part without one
    uplift : money that clearing prices left uncovered, charged pro rata to surplus (parts without a sponsor)
    """

    role: I64
    participant: I64
    offer: I64
    need: I64
    lane: I64
    project: I64
    rule: I64
    account: I64
    quantity: I64
    amount: I64
    principal: I64
    account_sponsor: I64
    uplift: Fraction

    def __len__(self) -> int:
        return len(self.amount)


def settle(cleared: Cleared, prices: Prices) -> Ledger:
    """The ledger of a cleared market at its clearing prices. Amounts and principals sum to exactly 0."""
    allocation = cleared.allocation
    market = allocation.market
    accounts = open_accounts(allocation, prices.tariff)
    agreed = agree_terms(accounts, donated=market.settlement == "donated")
    terms = agreed.terms
    blocks = [
        *_receivers(OFFER, accounts, accounts.offers, terms, market.offers.participant),
        *_receivers(CARRIER, accounts, accounts.lanes, terms, market.lanes.carrier),
        *_receivers(RULE, accounts, accounts.rents, terms, rent_owners(market)),
        *_payers(NEED, accounts, accounts.needs, terms, market.needs.participant),
        *_payers(PROJECT, accounts, agreed.projects, terms, leads(market)),
        *_payers(RULE, accounts, accounts.floors, terms, np.array([r.sponsor for r in market.rules] or [-1])),
        *_payers(RULE, accounts, agreed.returns, terms, rent_owners(market), forced=False),
        _capital_of_projects(allocation),
        _sponsors(accounts, terms),
    ]
    columns = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    columns["principal"] = _principals(market, columns)
    rounding = _block(ROUNDING, [OPERATOR], [-1], [0], [-sum(columns["amount"].tolist())])
    columns = {name: np.concatenate([column, rounding[name]]) for name, column in columns.items()}
    uplift = Fraction(sum(term.uplift for term in terms), accounts.millionth * 10**6)
    return Ledger(**columns, account_sponsor=accounts.sponsor, uplift=uplift)


def rent_owners(market: Market) -> I64:
    """Who earns the rent of each limit: the owner it names, else the one participant that it limits, else
    the operator (-1)."""
    index = {name: i for i, name in enumerate(market.participants.id.tolist())}
    owners = []
    for rule in market.rules:
        limited = rule.filters.get("need_participant", ()) or rule.filters.get("offer_participant", ())
        own = index[limited[0]] if len(limited) == 1 else OPERATOR
        owners.append(rule.owner if rule.owner >= 0 else own)
    return np.array(owners or [OPERATOR], np.int64)


def leads(market: Market) -> I64:
    """Who settles for each project: the participant that it names first."""
    members = market.projects.participants
    return np.array([int(members[p][0]) for p in range(len(members))] or [OPERATOR], np.int64)


Block = dict[str, I64]


def _block(
    role: int, participant: Any, account: Any, quantity: Any, amount: Any, **listing: NDArray[Any]
) -> Block:
    count = len(amount)
    block = {name: listing.get(name, np.full(count, -1)) for name in NAMES}
    block |= {"role": np.full(count, role), "participant": participant, "account": account}
    block |= {"quantity": quantity, "amount": amount, "principal": np.zeros(count, np.int64)}
    return {name: np.asarray(column).astype(np.int64) for name, column in block.items()}


def _receivers(role: int, accounts: Accounts, lines: Lines, terms: list[Terms], owner: Any) -> list[Block]:
    """Offers, carriers, owners of limits: their least and the agreed share of what prices give beyond."""
    part, whole = _rates((term.receive for term in terms), lines)
    settled = _millionths(accounts, lines.base * whole + (lines.top - lines.base) * part, whole)
    full = _millionths(accounts, lines.top, 1)
    return _with_uplift(role, owner, lines, lines.quantity, settled, full, terms)


def _payers(
    role: int, accounts: Accounts, lines: Lines, terms: list[Terms], owner: Any, forced: bool = True
) -> list[Block]:
    """Needs, projects, sponsors of floors: their price, cut or raised as agreed, never above their limit."""
    rise, rise_of = _rates((term.rise for term in terms), lines)
    cut, cut_of = _rates((term.cut for term in terms), lines)
    base = lines.base * np.where(lines.base > 0, cut, cut_of)
    paid = base * rise_of + (lines.top - lines.base) * rise * cut_of
    if role == RULE and forced:
        paid = paid + _forced(lines, terms) * rise_of * cut_of
    settled = _millionths(accounts, -paid, rise_of * cut_of)
    full = _millionths(accounts, -lines.base, 1)
    quantity = lines.quantity // 1000 if role == PROJECT else lines.quantity
    return _with_uplift(role, owner, lines, quantity, settled, full, terms)


def _forced(lines: Lines, terms: list[Terms]) -> Ints:
    """What an account lacks because a floor forces awards: the largest floor's sponsor pays it."""
    more = np.zeros(len(lines.ref), object)
    for account, term in enumerate(terms):
        own = np.flatnonzero(lines.account == account)
        if term.floor_pays and len(own):
            more[max(own.tolist(), key=lambda i: (lines.base[i], -i))] = term.floor_pays
    return more


def _rates(rates: Iterable[Any], lines: Lines) -> tuple[Ints, Ints]:
    """Numerator and denominator of the rate of each line's account."""
    pairs = [(rate.numerator, rate.denominator) for rate in rates]
    table = np.array(pairs or [(0, 1)], object)[lines.account]
    return table[:, 0], table[:, 1]


def _millionths(accounts: Accounts, amounts: Ints, over: Any) -> I64:
    """amounts / over, rounded up to millionths of money (+ receives: in the participant's favour).

    FourflowError where a payment is too large to be written in millionths.
    """
    found = np.asarray(-(-amounts // (accounts.millionth * over)))
    if max(map(abs, found.ravel().tolist()), default=0) > MOST_MONEY:
        raise FourflowError(
            "a payment is above 4,000,000,000,000, more than can be counted in millionths. "
            "Maybe a price or a quantity is in a wrong unit.",
            code="pricing.payment.too_large",
        )
    return found.astype(np.int64)


def _with_uplift(
    role: int, owner: Any, lines: Lines, quantity: Ints, settled: I64, full: I64, terms: list[Terms]
) -> list[Block]:
    """Where an account has uplift, the row at clearing prices and the correction; else the settled row."""
    uplifted = np.array([term.uplift > 0 for term in terms] or [False])[lines.account]
    main, owner = np.where(uplifted, full, settled), owner[lines.ref]
    rows = [_block(role, owner, lines.account, quantity, main, **{_NAME[role]: lines.ref})]
    some = np.flatnonzero(settled != main)
    if len(some):
        nothing, correction = np.zeros(len(some), np.int64), (settled - main)[some]
        where = {_NAME[role]: lines.ref[some]}
        rows.append(_block(UPLIFT, owner[some], lines.account[some], nothing, correction, **where))
    return rows


def _capital_of_projects(allocation: Allocation) -> Block:
    """The capital that projects get, line by line; its charge is part of what they pay."""
    market = allocation.market
    got = np.flatnonzero((market.needs.project >= 0) & (allocation.awarded > 0))
    first = market.needs.categories.index[market.needs.categories.indptr[got]]
    got = got[market.categories.kind[first] == CAPITAL]
    nothing, none = np.zeros(len(got), np.int64), np.full(len(got), -1)
    quantity = allocation.awarded[got]
    return _block(NEED, market.needs.participant[got], none, quantity, nothing, need=got)


def _principals(market: Market, columns: Block) -> I64:
    """What is lent or granted (-), and borrowed or got (+), beside the charge."""
    principal = np.zeros(len(columns["role"]), np.int64)
    offers = np.flatnonzero(columns["role"] == OFFER)
    capital = market.categories.kind[market.offers.category[columns["offer"][offers]]] == CAPITAL
    principal[offers[capital]] = -columns["quantity"][offers[capital]]
    needs = np.flatnonzero(columns["role"] == NEED)
    first = market.needs.categories.index[market.needs.categories.indptr[columns["need"][needs]]]
    capital = market.categories.kind[first] == CAPITAL
    principal[needs[capital]] = columns["quantity"][needs[capital]]
    return principal


def _sponsors(accounts: Accounts, terms: list[Terms]) -> Block:
    paying = [i for i, term in enumerate(terms) if term.sponsor_pays]
    amounts = [-(terms[i].sponsor_pays // accounts.millionth) for i in paying]
    return _block(SPONSOR, accounts.sponsor[paying], paying, np.zeros(len(paying)), amounts)
