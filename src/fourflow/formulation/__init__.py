"""Room `formulation`: market -> ClearingProblem + Layout. Knows no solver."""

from fourflow.formulation._layout import (
    QUANTITY, VALUE, ArcKind, BundleKind, Layout, NodeKind, RowKind,
)  # fmt: skip

__all__ = ["QUANTITY", "VALUE", "ArcKind", "BundleKind", "Layout", "NodeKind", "RowKind"]
