"""Room `formulation`: market -> ClearingProblem + Layout. Knows no solver."""

from fourflow.formulation._amounts import budget_of, effective_value, project_value, usable
from fourflow.formulation._formulate import formulate
from fourflow.formulation._layout import (
    QUANTITY,
    VALUE,
    ArcKind,
    BundleKind,
    Layout,
    NodeKind,
    RowKind,
)  # fmt: skip
from fourflow.formulation._routes import Carriage, carriage
from fourflow.formulation._scope import check_supported

__all__ = [
    "QUANTITY", "VALUE", "ArcKind", "BundleKind", "Carriage", "Layout", "NodeKind", "RowKind", "budget_of",
    "carriage", "check_supported", "effective_value", "formulate", "project_value",
    "usable",
]  # fmt: skip
