"""The result folder beside the certificate says the same as it, or is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import fourflow as ff
from proof_tampering import refusal

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def clearing() -> Any:
    return ff.clear(ff.Book.read(ROOT / "examples" / "grain"))


def test_a_result_folder_is_verified_with_its_tables(clearing: Any, tmp_path: Path) -> None:
    """DIR is the folder that `clear` wrote; its certificate alone is verified too."""
    clearing.write(tmp_path)
    assert refusal(tmp_path) == ""
    assert refusal(tmp_path / "certificate") == ""


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("certificate", "objective"), "5201"),
        (("certificate", "bound"), "5199.5"),
        (("certificate", "absolute_gap"), "0.000001"),
        (("certificate", "max_violation"), "1"),
        (("certificate", "relative_gap"), 1e-12),
        (("certificate", "status"), "GAP_NOT_REACHED"),
        (("certificate", "covers"), "everything"),
        (("settings", "gap"), "0.5"),
        (("currency",), "USD"),
        (("settlement",), "donated"),
        (("result", "welfare"), 5200.01),
        (("result", "haulage"), 1400.01),
        (("result", "tonnes"), 140.1),
        (("result", "co2_kg"), 519),
        (("result", "share_met"), 0.9),
        (("result", "needs_met_in_full"), 3),
        (("result", "needs_met_in_part"), 1),
        (("result", "needs_not_met"), 0),
        (("result", "givers"), 2),
        (("result", "receivers"), 3),
    ],
)
def test_a_summary_that_claims_something_else_is_refused(
    clearing: Any, tmp_path: Path, keys: tuple[str, ...], value: Any
) -> None:
    """Objective, bound, gap and status in clearing.json are those of the certificate; the figures follow."""
    clearing.write(tmp_path)
    path = tmp_path / "clearing.json"
    said = json.loads(path.read_text("utf-8"))
    holder = said
    for key in keys[:-1]:
        holder = holder[key]
    holder[keys[-1]] = value
    path.write_text(json.dumps(said), "utf-8")
    assert keys[-1] in refusal(tmp_path)


def test_tables_without_their_summary_are_refused(clearing: Any, tmp_path: Path) -> None:
    """Who takes clearing.json away cannot put other tables beside a certificate that holds."""
    clearing.write(tmp_path)
    (tmp_path / "clearing.json").unlink()
    assert "clearing.json is missing" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("awards.csv", "quantity"),
        ("awards.csv", "need"),
        ("awards.csv", "from_participant"),
        ("awards.csv", "to_participant"),
        ("awards.csv", "to_place"),
        ("awards.csv", "unit"),
        ("awards.csv", "tonnes"),
        ("awards.csv", "days"),
        ("awards.csv", "co2_kg"),
        ("settlement.csv", "amount"),
        ("settlement.csv", "participant"),
        ("prices.csv", "price"),
        ("prices.csv", "place"),
        ("prices.csv", "term_months"),
        ("prices.csv", "from_day"),
        ("prices.csv", "low"),
        ("prices.csv", "worth"),
        ("prices.csv", "traded"),
        ("flows.csv", "tonnes"),
        ("flows.csv", "rent_per_t"),
        ("flows.csv", "mode"),
        ("flows.csv", "days"),
        ("flows.csv", "co2_kg"),
        ("unmet.csv", "missing"),
        ("unmet.csv", "missing_t"),
        ("unmet.csv", "limit_price"),
        ("unmet.csv", "need"),
        ("unmet.csv", "category"),
        ("unsold.csv", "given"),
        ("unsold.csv", "left_t"),
        ("unsold.csv", "place"),
        ("unsold.csv", "category"),
    ],
)
def test_a_table_that_says_something_else_is_refused(
    clearing: Any, tmp_path: Path, name: str, field: str
) -> None:
    """Every award, payment and price in the tables that people read is one of the certificate."""
    clearing.write(tmp_path)
    with (tmp_path / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        before = row[field]
        row[field] = f"{float(before) + 0.5:.6f}" if before[-1:].isdigit() and "." in before else "nobody"
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        assert name in refusal(tmp_path), row
        row[field] = before


@pytest.mark.parametrize("name", ["awards", "settlement", "flows", "unmet", "unsold"])
def test_a_row_that_is_missing_from_a_table_is_missed(clearing: Any, tmp_path: Path, name: str) -> None:
    """Nobody is dropped from what people read."""
    clearing.write(tmp_path)
    path = tmp_path / f"{name}.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    for place in range(1, len(lines)):
        path.write_text("".join(lines[:place] + lines[place + 1 :]), "utf-8")
        assert f"{name}.csv" in refusal(tmp_path)
