"""losses.csv is the gap as money, and the verifier works it out from the price duals."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import fourflow as ff
from four_kinds import four_kinds_book
from fourflow.problem import Leaf
from proof_tampering import refusal
from random_kinds import random_tables

PARTS, BOOKS = 4, 5


def cleared(seed: int) -> Any:
    try:
        return ff.clear(four_kinds_book(**random_tables(seed)[0]))
    except ff.FourflowError:
        return None  # its rules cannot all hold


@pytest.mark.parametrize("part", range(PARTS))
def test_losses_of_every_kind_are_verified_and_forged_ones_refused(part: int, tmp_path: Path) -> None:
    """Whoever writes a billionth more, or leaves a row out, is found."""
    with_losses = 0
    for seed in range(1000 + part, 1000 + PARTS * BOOKS, PARTS):
        clearing = cleared(seed)
        if clearing is None:
            continue
        folder = tmp_path / str(seed)
        clearing.write(folder)
        assert refusal(folder) == "", seed
        if clearing.view.losses.is_empty():
            continue
        with_losses += 1
        path = folder / "losses.csv"
        header, first, *rest = path.read_text("utf-8").splitlines(keepends=True)
        noun, name, loss = first.strip().split(",")
        more = f"{noun},{name},{Decimal(loss) + Decimal('1e-9'):.18f}\n"
        for forged in ([header, *rest], [header, more, *rest], [header, first, first, *rest]):
            path.write_text("".join(forged), "utf-8")
            assert "losses.csv" in refusal(folder), seed
    assert with_losses


def test_losses_add_up_to_the_gap_of_the_prices() -> None:
    """The bound of the price duals less the objective is the sum of the losses, to 1e-18 a row."""
    for seed in range(1000, 1012):
        clearing = cleared(seed)
        if clearing is None:
            continue
        told = clearing.view.losses["loss"].to_list()
        proved = clearing.story.cleared
        by_prices = replace(proved.solution, proof=Leaf(proved.solution.price_duals))
        gap = Fraction(ff.certify(proved.allocation.problem, by_prices).absolute_gap)
        assert all(loss > 0 for loss in told)
        assert 0 <= sum(map(Fraction, told), Fraction(0)) - gap < Fraction(len(told) + 1, 10**18)
