"""Seeded markets of all-or-nothing projects over pooled offers of four kinds, as arrays.

    projects  10,000, each in one region, with 3 to 8 lines of at least three kinds
    offers    50,000, each of one class in one region: half of them goods, a quarter talent
    hubs      one for each class and region
    supply    of each class `share` times what all projects together need of it

Two forms. `regional`: 100 regions and 10 classes of each kind; a project takes from its own region only, so
a hub serves some 14 lines and regions are apart. `linked`: 20 regions, 36 classes, technology from
anywhere, goods over lanes to the regions next door; a hub serves a hundred lines and all hangs together.

An offer asks U(0.5, 1.5) of its class's typical price for each unit; a project is worth what its lines would
typically cost times LogN(0.3, 0.3).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.problem import INF, ClearingProblem, Scales, Sparse

I64 = NDArray[np.int64]
KINDS = ("goods", "talent", "capital", "technology")
CLASSES = {"regional": (10, 10, 10, 10), "linked": (12, 12, 4, 8)}
REGIONS = {"regional": 100, "linked": 20}
SHARE_OF_OFFERS = {"goods": 0.5, "talent": 0.25, "capital": 0.15, "technology": 0.1}
QUANTITY = {"goods": (5, 50), "talent": (1, 4), "capital": (5, 40), "technology": (1, 2)}
UNIT = 1000
"""Quanta in a unit: quantities are in thousandths."""


def projects(
    share: float, form: str = "regional", num_projects: int = 10_000, num_offers: int = 50_000, seed: int = 1
) -> ClearingProblem:
    """The market as a problem: hubs, then offers; arcs of offers and lanes; a bundle for each project."""
    random = np.random.default_rng(seed)
    kind_of, hub_of = _hubs(form)
    num_classes, num_hubs = len(kind_of), int(hub_of.max()) + 1
    price = random.lognormal(1.0, 0.6, num_classes)
    project, line_class, quantity = _lines(random, kind_of, num_projects)
    region = random.integers(0, REGIONS[form], num_projects)
    line_hub = hub_of[line_class, region[project]]
    worth = np.bincount(project, quantity * price[line_class], num_projects) * random.lognormal(
        0.3, 0.3, num_projects
    )
    offer_hub, supply, ask = _offers(random, kind_of, hub_of, price, line_class, quantity, share, num_offers)
    lanes = _lanes(random, form, kind_of, hub_of, price)
    offers = np.arange(num_offers)
    order, all_there_is = np.lexsort((line_hub, project)), int(quantity.sum()) * UNIT
    indptr = np.concatenate([[0], np.cumsum(np.bincount(project, minlength=num_projects))])
    return ClearingProblem(
        tail=np.concatenate([num_hubs + offers, lanes[0]]).astype(np.uint32),
        head=np.concatenate([offer_hub, lanes[1]]).astype(np.uint32),
        value=-np.rint(np.concatenate([ask, lanes[2]]) * 1000).astype(np.int64),
        capacity=np.concatenate([np.full(num_offers, INF), np.full(len(lanes[0]), all_there_is)]),
        node_lower=np.concatenate([np.zeros(num_hubs, np.int64), -supply]),
        node_upper=np.zeros(num_hubs + num_offers, np.int64),
        bundle_value=np.rint(worth * 1000).astype(np.int64),
        bundle_lines=Sparse(
            indptr.astype(np.int64), line_hub[order].astype(np.uint32), quantity[order] * UNIT
        ),
        bundle_whole=np.ones(num_projects, np.bool_),
        scales=Scales(
            quantity=Fraction(1, UNIT), value=Fraction(1, 1000), bundle_value=Fraction(1, 1000)
        ),
    )  # fmt: skip


def _hubs(form: str) -> tuple[NDArray[np.str_], I64]:
    """The kind of each class, and the hub of each class in each region (int64[classes, regions])."""
    kind_of, regions = np.repeat(KINDS, CLASSES[form]), REGIONS[form]
    hub_of, count = np.zeros((len(kind_of), regions), np.int64), 0
    for c, kind in enumerate(kind_of):
        own = 1 if kind == "technology" and form == "linked" else regions
        hub_of[c] = count + np.arange(regions) % own
        count += own
    return kind_of, hub_of


def _lines(random: np.random.Generator, kind_of: NDArray[np.str_], num_projects: int) -> tuple[I64, I64, I64]:
    """Project, class and quantity of each line: one line of each of three kinds, then any classes."""
    project, line_class = [], []
    for p in range(num_projects):
        kinds = random.permutation(KINDS)[:3]
        first = [random.choice(np.flatnonzero(kind_of == kind)) for kind in kinds]
        more = random.permutation(np.setdiff1d(np.arange(len(kind_of)), first))
        chosen = [*first, *more[: int(random.integers(0, 6))]]
        project += [p] * len(chosen)
        line_class += chosen
    low, high = np.array([QUANTITY[kind] for kind in kind_of[line_class]]).T
    return np.array(project), np.array(line_class), random.integers(low, high + 1)


def _offers(
    random: np.random.Generator, kind_of: NDArray[np.str_], hub_of: I64, price: NDArray[np.float64],
    line_class: I64, quantity: I64, share: float, num_offers: int,
) -> tuple[I64, I64, NDArray[np.float64]]:  # fmt: skip
    """Hub, supply (quanta) and ask of each offer."""
    weight = np.array([SHARE_OF_OFFERS[kind] / (kind_of == kind).sum() for kind in kind_of])
    of_class = random.choice(len(kind_of), num_offers, p=weight)
    raw = random.uniform(0.5, 1.5, num_offers)
    wanted = np.bincount(line_class, quantity, len(kind_of)) * share
    supply = raw * (wanted / np.bincount(of_class, raw, len(kind_of)))[of_class]
    hub = hub_of[of_class, random.integers(0, hub_of.shape[1], num_offers)]
    return (
        hub,
        np.rint(supply * UNIT).astype(np.int64),
        price[of_class] * random.uniform(0.5, 1.5, num_offers),
    )


def _lanes(
    random: np.random.Generator, form: str, kind_of: NDArray[np.str_], hub_of: I64, price: NDArray[np.float64]
) -> tuple[I64, I64, NDArray[np.float64]]:
    """Tail, head and cost of the lanes of goods: to the two regions next door."""
    classes, regions = np.flatnonzero((kind_of == "goods") & (form == "linked")), hub_of.shape[1]
    start = np.tile(np.arange(regions), 2)
    end = (start + np.repeat([1, -1], regions)) % regions
    cost = random.uniform(0.05, 0.3, (len(classes), len(start))) * price[classes][:, None]
    return hub_of[classes][:, start].ravel(), hub_of[classes][:, end].ravel(), cost.ravel()
