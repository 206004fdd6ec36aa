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

from fourflow.book import Market
from fourflow.clearing import Cleared
from fourflow.pricing._accounts import Accounts, Lines, open_accounts
from fourflow.pricing._prices import Prices
from fourflow.pricing._terms import Terms, agree_terms

I64 = NDArray[np.int64]
Ints = NDArray[np.object_]
OPERATOR = -1
ROLES = ("offer", "need", "carrier", "sponsor", "uplift", "rounding")
OFFER, NEED, CARRIER, SPONSOR, UPLIFT, ROUNDING = range(len(ROLES))


@dataclass(frozen=True)
class Ledger:
    """Who pays and receives: one row per listing (or lane) and account, int64 columns.

    role : index into ROLES; participant : index, -1 = the operator; offer, need, lane : index, -1 = none
    (an uplift row names the listing or lane that it corrects); account : which account of `sponsor`
    quantity : millionths of a unit, of a tonne on lanes; amount : millionths of money, + receives, - pays
    account_sponsor : int64[num_accounts], the sponsor, -1 for a connected part without one
    uplift : money that clearing prices left uncovered, charged pro rata to surplus (parts without a
    sponsor only, whose fine units have no denominator)
    """

    role: I64
    participant: I64
    offer: I64
    need: I64
    lane: I64
    account: I64
    quantity: I64
    amount: I64
    account_sponsor: I64
    uplift: Fraction

    def __len__(self) -> int:
        return len(self.amount)


def settle(cleared: Cleared, prices: Prices) -> Ledger:
    """The ledger of a cleared market at its clearing prices. It sums to exactly 0."""
    market = cleared.allocation.market
    accounts = open_accounts(cleared.allocation, prices.tariff)
    terms = agree_terms(accounts, donated=market.settlement == "donated")
    blocks = [
        *_receivers(OFFER, accounts, accounts.offers, terms, market),
        *_receivers(CARRIER, accounts, accounts.lanes, terms, market),
        *_payers(accounts, terms, market),
        _sponsors(accounts, terms),
    ]
    columns = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    rounding = _block(ROUNDING, [OPERATOR], [-1], [0], [-sum(columns["amount"].tolist())])
    columns = {name: np.concatenate([column, rounding[name]]) for name, column in columns.items()}
    uplift = Fraction(sum(term.uplift for term in terms), accounts.millionth * 10**6)
    return Ledger(**columns, account_sponsor=accounts.sponsor, uplift=uplift)


Block = dict[str, I64]


def _block(
    role: int, participant: Any, account: Any, quantity: Any, amount: Any, **listing: NDArray[Any]
) -> Block:
    count = len(amount)
    block = {name: listing.get(name, np.full(count, -1)) for name in ("offer", "need", "lane")}
    block |= {"role": np.full(count, role), "participant": participant, "account": account}
    block |= {"quantity": quantity, "amount": amount}
    return {name: np.asarray(column).astype(np.int64) for name, column in block.items()}


def _receivers(
    role: int, accounts: Accounts, lines: Lines, terms: list[Terms], market: Market
) -> list[Block]:
    """Offers and carriers: their least and the agreed share of what clearing prices give them beyond."""
    owner = market.offers.participant if role == OFFER else market.lanes.carrier
    where = {"offer" if role == OFFER else "lane": lines.ref}
    part, whole = _rates((term.receive for term in terms), lines)
    settled = _millionths(accounts, lines, lines.base * whole + (lines.top - lines.base) * part, whole)
    full = _millionths(accounts, lines, lines.top, 1)
    return _with_uplift(role, owner[lines.ref], lines, where, settled, full, terms)


def _payers(accounts: Accounts, terms: list[Terms], market: Market) -> list[Block]:
    """Needs: their price, cut or raised as agreed, but never above their limit."""
    lines = accounts.needs
    rise, rise_of = _rates((term.rise for term in terms), lines)
    cut, cut_of = _rates((term.cut for term in terms), lines)
    base = lines.base * np.where(lines.base > 0, cut, cut_of)
    paid = base * rise_of + (lines.top - lines.base) * rise * cut_of
    settled = _millionths(accounts, lines, -paid, rise_of * cut_of)
    full = _millionths(accounts, lines, -lines.base, 1)
    owner = market.needs.participant[lines.ref]
    return _with_uplift(NEED, owner, lines, {"need": lines.ref}, settled, full, terms)


def _rates(rates: Iterable[Any], lines: Lines) -> tuple[Ints, Ints]:
    """Numerator and denominator of the rate of each line's account."""
    pairs = [(rate.numerator, rate.denominator) for rate in rates]
    table = np.array(pairs or [(0, 1)], object)[lines.account]
    return table[:, 0], table[:, 1]


def _millionths(accounts: Accounts, lines: Lines, amounts: Ints, over: Any) -> I64:
    """amounts / over, rounded up to millionths of money (+ receives: in the participant's favour)."""
    fine = accounts.denominator[lines.account] * accounts.millionth * over
    return np.asarray(-(-amounts // fine)).astype(np.int64)


def _with_uplift(
    role: int, owner: Any, lines: Lines, where: dict[str, I64], settled: I64, full: I64, terms: list[Terms]
) -> list[Block]:
    """Where an account has uplift, the row at clearing prices and the correction; else the settled row."""
    uplifted = np.array([term.uplift > 0 for term in terms] or [False])[lines.account]
    main = np.where(uplifted, full, settled)
    rows = [_block(role, owner, lines.account, lines.quantity, main, **where)]
    some = np.flatnonzero(settled != main)
    if len(some):
        where = {name: ref[some] for name, ref in where.items()}
        nothing, correction = np.zeros(len(some), np.int64), (settled - main)[some]
        rows.append(_block(UPLIFT, owner[some], lines.account[some], nothing, correction, **where))
    return rows


def _sponsors(accounts: Accounts, terms: list[Terms]) -> Block:
    paying = [i for i, term in enumerate(terms) if term.sponsor_pays]
    amounts = [-(terms[i].sponsor_pays // (accounts.denominator[i] * accounts.millionth)) for i in paying]
    return _block(SPONSOR, accounts.sponsor[paying], paying, np.zeros(len(paying)), amounts)
