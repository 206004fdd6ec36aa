"""Random goods books against an independent model of their rows, tiny ones against brute force."""

from __future__ import annotations

from collections import Counter

import pytest

from book_model import BookModel
from brute_force import FEATURES as TINY_FEATURES
from brute_force import best_of_all, tiny_book
from feasible import awards_follow
from fourflow.book import normalise
from fourflow.pipeline import clear, clear_market
from fourflow.problem import Status
from random_books import FEATURES, carried, draw_book

NUM_BOOKS, NUM_LONG, SHARE, BLOCK = 250, 1_800, 0.4, 25


def clears_to_the_best(seed: int, always: frozenset[str] = frozenset(), share: float = SHARE) -> None:
    """The certified objective of the book is the optimum of the model of its rows."""
    draft = draw_book(seed, always, share)
    cleared = clear_market(normalise(draft.book(shuffle=seed)), gap=1e-6)
    where = f"seed {seed}, {sorted(carried(draft))}"
    certificate = cleared.certificate
    near = certificate.is_settled or certificate.absolute_gap < 1e-4
    assert certificate.status == Status.OPTIMAL_WITHIN_GAP or near, where
    assert certificate.max_violation == 0, where
    assert float(certificate.objective) == pytest.approx(BookModel(draft).welfare(), rel=2e-6, abs=1e-4), (
        where
    )
    awards_follow(cleared, where)


@pytest.mark.parametrize("block", range(NUM_BOOKS // BLOCK))
def test_random_books_reach_the_best_welfare_with_a_proof(block: int) -> None:
    """250 books in several units, currencies and orders of rows."""
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        clears_to_the_best(seed)


def test_the_random_books_carry_every_feature() -> None:
    """Read from their rows: each feature is carried by at least 50 of the 250 books."""
    counts = Counter(
        feature for seed in range(NUM_BOOKS) for feature in carried(draw_book(seed, share=SHARE))
    )
    assert {feature: count for feature, count in counts.items() if count < 50} == {}
    assert set(counts) == set(FEATURES)


@pytest.mark.long
@pytest.mark.parametrize("block", range(NUM_LONG // 100))
def test_hundreds_of_books_of_each_feature_reach_the_best_welfare(block: int) -> None:
    """1,800 books more."""
    for seed in range(100_000 + block * 100, 100_000 + (block + 1) * 100):
        clears_to_the_best(seed)


@pytest.mark.long
def test_the_long_campaign_carries_every_feature_three_hundred_times(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Read from their rows, each feature is carried by at least 300 books of the long campaign."""
    seeds = range(100_000, 100_000 + NUM_LONG)
    counts = Counter(feature for seed in seeds for feature in carried(draw_book(seed, share=SHARE)))
    with capsys.disabled():
        print({feature: counts[feature] for feature in FEATURES})
    assert min(counts[feature] for feature in FEATURES) >= 300


@pytest.mark.parametrize("seed", range(10))
def test_random_books_settle_and_explain_to_the_end(seed: int) -> None:
    """The whole story of a book holds: every check of its settlement, and a reason for whatever is left."""
    clearing = clear(draw_book(seed, share=SHARE).book(shuffle=seed), gap=1e-6)
    assert all(check.holds for check in clearing.story.checks)
    assert clearing.unmet["cause"].null_count() == 0


@pytest.mark.parametrize("block", range(4))
def test_tiny_books_match_brute_force(block: int) -> None:
    """Twenty books of two offers and two needs: the best of all whole-number awards is reached."""
    for seed in range(20 * block, 20 * block + 20):
        draft, chosen = tiny_book(seed)
        cleared = clear_market(normalise(draft.book()), gap=1e-6)
        assert float(cleared.certificate.objective) == pytest.approx(best_of_all(draft)), (
            seed,
            sorted(chosen),
        )


def test_the_tiny_books_carry_every_feature() -> None:
    """Each feature is carried by at least 30 of the 80 tiny books, trips and two sponsors by 15."""
    counts = Counter(feature for seed in range(80) for feature in tiny_book(seed)[1])
    assert min(counts[feature] for feature in TINY_FEATURES) >= 30
    assert sum({"trips", "two sponsors"} <= tiny_book(seed)[1] for seed in range(80)) >= 15
