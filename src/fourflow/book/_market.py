"""The market: an admitted book in one unit per category and one currency, defaults filled, as columns.

Quantities are int64 millionths of the category's unit, money int64 millionths of book money, weights
millionths of a tonne, days int32 since 1970-01-01 (UTC). What does not convert exactly was rounded
against the owner's risk, with a finding: an offer's limit up, a need's limit and value down,
quantities down, haulage costs up. Indices are int32; -1 is none. Everything is in the order of ids, so
the rows of the files may come in any order. Offers and needs always have a place: those that name none
share a last place without coordinates (`NOWHERE`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.errors import Finding

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Ids = NDArray[np.object_]

MICRO = 10**6
UNLIMITED = np.iinfo(np.int64).max
OPEN_DAY = np.iinfo(np.int32).max
KINDS = ("goods", "capital", "talent", "technology")
GOODS, CAPITAL, TALENT, TECHNOLOGY = range(len(KINDS))


@dataclass(frozen=True)
class Ragged:
    """Lists of indices of different length: item i has index[indptr[i]:indptr[i+1]]."""

    indptr: I64
    index: I32

    def __getitem__(self, i: int) -> I32:
        return self.index[self.indptr[i] : self.indptr[i + 1]]

    def __len__(self) -> int:
        return len(self.indptr) - 1


@dataclass(frozen=True)
class Participants:
    id: Ids
    name: Ids
    role: Ids
    region: Ids
    place: I32
    joined: I32

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True)
class Places:
    id: Ids
    name: Ids
    region: Ids
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True)
class Lanes:
    """Listed lanes and those made from `modes` (id "mode:from>to"), directed, in the order of their ids.

    distance_km : the great circle where a listed lane does not say, 0 where that is not known either;

    cost_per_t : millionths of money per tonne; capacity_t : millionths of a tonne, UNLIMITED if none;
    co2_kg_per_t : millionths of a kg per tonne; trip_t, cost_per_trip : 0 where no trips are counted;
    carrier : participant, -1 = the operator; carries : categories (with descendants), empty = all.
    """

    id: Ids
    from_place: I32
    to_place: I32
    mode: Ids
    distance_km: NDArray[np.float64]
    cost_per_t: I64
    capacity_t: I64
    co2_kg_per_t: I64
    days: I32
    carrier: I32
    carries: Ragged
    trip_t: I64
    cost_per_trip: I64

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True)
class Categories:
    """unit : the same for all categories that can meet in one need (see `_taxa`); name as the book has it.
    parent -1 at a root; descendants[c] holds c itself and all below; tonnes_per_unit and lot in
    millionths (0 = none); kind : index into KINDS."""

    id: Ids
    name: Ids
    parent: I32
    kind: I32
    unit: Ids
    tonnes_per_unit: I64
    lot: I64
    whole: NDArray[np.bool_]
    descendants: Ragged

    def __len__(self) -> int:
        return len(self.id)

    @property
    def step(self) -> I64:
        """The smallest quantity in which each category is traded, in millionths; 0 = any."""
        return np.where(self.lot > 0, self.lot, np.where(self.whole, MICRO, 0)).astype(np.int64)


@dataclass(frozen=True)
class Offers:
    """limit_price : per category unit. quantity UNLIMITED for unlimited licences. `row` is the row in
    the file (header = 1). use_by and until OPEN_DAY where none. listed_at : microseconds since 1970,
    as_of where empty. form : "", "loan" or "grant". move_cost : UNLIMITED where nothing is said, so that
    talent stays at its place. project : -1, or the project that makes this: the output of a process is an
    offer, whose row is that of its line in needs."""

    id: Ids
    participant: I32
    category: I32
    place: I32
    quantity: I64
    limit_price: I64
    from_day: I32
    until_day: I32
    use_by_day: I32
    listed_at: I64
    fixed_cost: I64
    min_quantity: I64
    whole: NDArray[np.bool_]
    form: Ids
    term_months: I32
    remote: NDArray[np.bool_]
    move_cost: I64
    project: I32
    row: I32

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True)
class Needs:
    """categories[j] : the categories that need j accepts, descendants included, ascending.
    value : what a unit is worth (enters the objective when a sponsor stands behind it);
    limit_price : what it pays at most per unit. sponsor : participant, -1 none. project : -1 none; else
    this is a line, whose sponsor, window and place are the project's unless it says otherwise. Outputs
    (lines of a negative quantity) are among the offers. term_months : capital; above 0 a loan, 0 a grant."""

    id: Ids
    participant: I32
    categories: Ragged
    place: I32
    quantity: I64
    limit_price: I64
    value: I64
    sponsor: I32
    from_day: I32
    until_day: I32
    listed_at: I64
    min_quantity: I64
    project: I32
    term_months: I32
    row: I32

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True)
class Projects:
    """value and limit_price of the whole project; own_money : what it brings; all_or_nothing : bool."""

    id: Ids
    name: Ids
    purpose: Ids
    participants: Ragged
    value: I64
    limit_price: I64
    own_money: I64
    sponsor: I32
    all_or_nothing: NDArray[np.bool_]
    place: I32
    from_day: I32
    until_day: I32
    listed_at: I64
    row: I32

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True)
class Attribute:
    """One row of `attributes`: `number` is set (in millionths, in its base unit) where value is numeric."""

    owner: str
    name: str
    value: str
    number: int | None
    unit: str


@dataclass(frozen=True)
class Requirement:
    """One row of `requirements`; `values` are the parts of `value` split at `;`, numbers in millionths."""

    listing: str
    attribute: str
    comparison: str
    values: tuple[str, ...]
    number: int | None
    unit: str
    row: int


@dataclass(frozen=True)
class Rule:
    """One row of `rules`. limit in millionths of the measure (of 1 where share_of_total).

    filters : field name of BOOK.md (offer_participant, need_region, lane, category, ...) -> values;
    all must hold. owner and sponsor : participant, -1 none.
    """

    id: str
    name: str
    measure: str
    sense: str
    limit: int
    share_of_total: bool
    filters: dict[str, tuple[str, ...]]
    owner: int
    sponsor: int
    row: int


@dataclass(frozen=True)
class Market:
    """Everything that clearing needs, and nothing that it has to look up again.

    notes : warnings about what was rounded on the way from the book.
    """

    name: str
    currency: str
    as_of_day: int
    settlement: str
    bids: str
    time_step_days: int
    participants: Participants
    places: Places
    lanes: Lanes
    categories: Categories
    offers: Offers
    needs: Needs
    projects: Projects
    attributes: tuple[Attribute, ...]
    requirements: tuple[Requirement, ...]
    rules: tuple[Rule, ...]
    notes: tuple[Finding, ...] = ()
