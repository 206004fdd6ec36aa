"""The verifier imports nothing of fourflow, so what it knows by heart is compared with fourflow here."""

from __future__ import annotations

from fourflow.formulation import BundleKind, RowKind
from fourflow.formulation._layout import ArcKind, NodeKind
from fourflow.proof import verify
from fourflow.units import UNITS


def test_units_of_mass_are_those_of_fourflow() -> None:
    """Figures in tonnes add up what is counted by mass, and the verifier knows all these units."""
    assert set(verify.MASSES) == {unit.symbol for unit in UNITS if unit.dimension == "mass"}


def test_kinds_have_the_numbers_of_the_layout() -> None:
    """A node, arc, bundle or coupling row has one number on both sides."""
    assert list(NodeKind) == [verify.OFFER, verify.NEED, verify.HUB, verify.LINE]
    assert list(ArcKind) == [
        verify.OFFER,
        verify.NEED,
        verify.LANE,
        verify.STORAGE,
        verify.SHARE,
        verify.TRIP,
    ]
    counted = [verify.AWARDED, verify.AWARDED + 1, verify.AWARDED + 2]
    switches = [verify.OFFER, verify.NEED, verify.PROJECT, verify.LINES, verify.TAKER, verify.MOVE]
    assert [*switches, *counted, verify.BOUGHT, verify.MOVED] == list(BundleKind)
    limits = [
        verify.CAPACITY,
        verify.BUDGET,
        verify.LINK,
        verify.LEAST,
        verify.MOST,
        verify.TRIPS,
        verify.RULE,
    ]
    limits += [verify.ONE, verify.FUNDING, verify.PART, verify.COUNT, verify.OWN_TRIPS, verify.UNAIDED]
    assert limits == list(RowKind)
