"""A PyPSA folder at one hour becomes a market of energy whose prices are those of the linear program."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from _foreign import NETWORK, write_network
from scipy.optimize import linprog
from scipy.sparse import coo_array

import fourflow as ff
from drawn_files import write_network as write_drawn
from fourflow.book import Admission


def codes(admission: Admission, severity: str) -> list[str]:
    return [finding.code for finding in admission.findings if finding.severity == severity]


def test_three_buses_clear_at_their_nodal_prices(tmp_path: Path) -> None:
    """The worked network: wind at 1 is shut in behind line a, so the town pays coal's 30."""
    book = ff.Book.read(write_network(tmp_path / "net"))
    clearing = ff.clear(book)
    assert dict(clearing.prices.select("place", "price").rows()) == {
        "north": Decimal(1), "east": Decimal(30), "west": Decimal(30),
    }  # fmt: skip
    given = clearing.awards.select("offer", "quantity").group_by("offer").sum()
    assert sorted(given.rows()) == [("generator:coal", Decimal(20)), ("generator:wind", Decimal(30))]


def test_a_line_carries_both_ways_up_to_its_share_of_s_nom(tmp_path: Path) -> None:
    """Line a of 40 MVA at s_max_pu 0.5 is two lanes of 20 MWh; an empty s_max_pu is 1."""
    book = ff.Book.read(write_network(tmp_path / "net"))
    assert sorted(book.lanes.select("from_place", "to_place", "capacity_t", "distance_km").rows()) == [
        ("east", "north", 20.0, 300.0), ("east", "west", 60.0, 400.0),
        ("north", "east", 20.0, 300.0), ("west", "east", 60.0, 400.0),
    ]  # fmt: skip


@pytest.mark.parametrize("snapshot", ["1", "2011-01-01 01:00:00"])
def test_the_hour_is_chosen_by_number_or_text(tmp_path: Path, snapshot: str) -> None:
    """In hour 1 the wind blows twice as hard and the loads are 70 and 20."""
    book = ff.check(write_network(tmp_path / "net"), snapshot).book
    assert sorted(book.needs.select("id", "quantity").rows()) == [("load:town", 70.0), ("load:village", 20.0)]
    assert book.offers.filter(book.offers["id"] == "generator:wind")["quantity"].item() == 100.0


def test_an_hour_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The finding names the first and last hour there is."""
    admission = ff.check(write_network(tmp_path / "net"), "2011-01-02")
    [finding] = [each for each in admission.findings if each.code == "book.import.pypsa.snapshot"]
    assert finding.severity == "refused"
    assert "2011-01-01 01:00:00" in finding.rule


CHANGES = {
    "lossy link": ({"links": "name,bus0,bus1,p_nom,efficiency\nx,west,north,10,0.9\n"}, "lossy"),
    "storage": ({"storage_units": "name,bus,p_nom\nlake,west,10\n"}, "left_out"),
    "must run": (
        {"generators": "name,bus,p_nom,marginal_cost,p_min_pu\nwind,north,100,1,0.2\n"}, "must_run"
    ),
    "expansion": (
        {"generators": "name,bus,p_nom,marginal_cost,p_nom_extendable\nwind,north,100,1,True\n"}, "built"
    ),
    "feeding load": ({"loads-p_set": ",town,village\n0,-5.0,10.0\n1,70.0,20.0\n"}, "feeding"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_book_of_one_hour_cannot_say_is_named(tmp_path: Path, name: str) -> None:
    """It is a warning with its code, and the rest of the network is read all the same."""
    changed, code = CHANGES[name]
    admission = ff.check(write_network(tmp_path / "net", **changed))
    assert admission.is_clean
    assert f"book.import.pypsa.{code}" in codes(admission, "warning")


def test_a_lossless_link_is_one_way_unless_it_may_turn(tmp_path: Path) -> None:
    """p_min_pu -0.5 gives a lane back of half the capacity; the cost is the lane's."""
    links = "name,bus0,bus1,p_nom,p_min_pu,marginal_cost\nx,west,north,10,-0.5,2\ny,east,north,8,,\n"
    book = ff.Book.read(write_network(tmp_path / "net", links=links))
    lanes = book.lanes.filter(book.lanes["mode"] == "link")
    assert sorted(lanes.select("id", "capacity_t", "cost_per_t").rows()) == [
        ("link:x:back", 5.0, 2.0), ("link:x:there", 10.0, 2.0), ("link:y:there", 8.0, 0.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"lines": "name,bus0,bus1,s_nom\na,north,nowhere,40\n"}, "pypsa.bus"),
        ({"loads": "name,bus\ntown,nowhere\n"}, "pypsa.bus"),
        ({"loads-p_set": ",town\n0,lots\n1,2\n"}, "pypsa.number"),
        ({"loads-p_set": ",town\n"}, "pypsa.series"),
        ({"lines": "name,bus0,bus1,s_nom\na,north,east,-40\n"}, "pypsa.capacity"),
        ({"generators": "name,bus,p_nom,marginal_cost\nwind,north,inf,1\n"}, "pypsa.number"),
        ({"buses": "name,x,y\nwest,1,2\nwest,1,2\n"}, "pypsa.component"),
        ({"generators": 'name,bus,p_nom\n"wind,north,1\n'}, "pypsa.broken"),
    ],
)
def test_a_damaged_network_is_refused(tmp_path: Path, changed: dict[str, str], code: str) -> None:
    """Each fault is a finding with its code, and never an exception."""
    assert f"book.import.{code}" in codes(ff.check(write_network(tmp_path / "net", **changed)), "refused")


def test_findings_name_the_file_and_row(tmp_path: Path) -> None:
    """A line to nowhere is in lines.csv, row 2; what may be built larger in generators.csv."""
    lines = "name,bus0,bus1,s_nom\na,north,nowhere,40\n"
    admission = ff.check(write_network(tmp_path / "net", lines=lines, **CHANGES["expansion"][0]))
    said = {finding.code: (finding.file, finding.row) for finding in admission.findings}
    assert said["book.import.pypsa.bus"] == ("lines.csv", 2)
    assert said["book.import.pypsa.built"] == ("generators.csv", 0)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A file that is a link to somewhere else is refused."""
    (tmp_path / "elsewhere.csv").write_text(NETWORK["loads.csv"])
    folder = write_network(tmp_path / "net")
    (folder / "loads.csv").unlink()
    (folder / "loads.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert "book.import.pypsa.link" in codes(ff.check(folder), "refused")


def column(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def nodal_program(folder: Path, lost_load: float, hour: int = 0) -> tuple[float, dict[str, float]]:
    """Welfare and a price per bus of the transport model of one hour, straight from the CSV files."""
    bus = {row["name"]: i for i, row in enumerate(column(folder, "buses.csv"))}
    share = column(folder, "generators-p_max_pu.csv")[hour]
    demand = column(folder, "loads-p_set.csv")[hour]
    heads, tails, cost, most = [], [], [], []  # a column takes from its tail and gives to its head
    for row in column(folder, "generators.csv"):
        heads.append(bus[row["bus"]])
        tails.append(-1)
        cost.append(float(row["marginal_cost"]))
        most.append(float(row["p_nom"]) * float(share.get(row["name"]) or 1))
    for row in column(folder, "loads.csv"):
        power = float(demand.get(row["name"]) or 0)
        heads.append(-1 if power > 0 else bus[row["bus"]])
        tails.append(bus[row["bus"]] if power > 0 else -1)
        cost.append(-lost_load if power > 0 else 0.0)
        most.append(abs(power))
    for name in ("lines.csv", "transformers.csv", "links.csv"):
        for row in column(folder, name) if (folder / name).exists() else ():
            ends, back = [bus[row["bus0"]], bus[row["bus1"]]], 1.0
            if name == "links.csv":
                back = -float(row["p_min_pu"] or 0)
            rated = float(row.get("s_nom") or row.get("p_nom") or 0) * float(row.get("s_max_pu") or 1)
            tails += ends
            heads += ends[::-1]
            cost += [float(row.get("marginal_cost") or 0)] * 2
            most += [rated, rated * back]
    head, tail, top = np.array(heads), np.array(tails), np.array(most)
    at = np.arange(len(top))
    balance = coo_array(
        (np.r_[np.ones((head >= 0).sum()), -np.ones((tail >= 0).sum())],
         (np.r_[head[head >= 0], tail[tail >= 0]], np.r_[at[head >= 0], at[tail >= 0]])),
        shape=(len(bus), len(top)),
    )  # fmt: skip
    found = linprog(np.array(cost), A_eq=balance.tocsr(), b_eq=np.zeros(len(bus)), bounds=np.c_[0 * top, top],
                    method="highs")  # fmt: skip
    assert found.status == 0
    return -found.fun, dict(zip(bus, found.eqlin.marginals.tolist(), strict=True))


def test_german_grid_has_the_prices_of_its_linear_program(data_dir: Path) -> None:
    """585 buses at midnight: welfare agrees but for rounding, each price of the LP is in our band."""
    assert prices_of_the_linear_program(data_dir / "bench" / "scigrid-de", 0) == 585


def prices_of_the_linear_program(folder: Path, hour: int) -> int:
    """How many buses have a price; that of the program is one of those that support the same flows."""
    welfare, prices = nodal_program(folder, 4000.0, hour)
    clearing = ff.clear(ff.check(folder, str(hour)).book)
    assert clearing.certificate.relative_gap == 0
    assert float(clearing.certificate.objective) == pytest.approx(welfare, rel=2e-8, abs=1e-5)
    band = {place: (low, high) for place, low, high in clearing.prices.select("place", "low", "high").rows()}
    for name, (low, high) in band.items():
        price = next(of for bus, of in prices.items() if bus.replace(" ", "-") == name)
        assert low is None or float(low) <= price + 1e-6, name
        assert high is None or price <= float(high) + 1e-6, name
    return len(band)


@pytest.mark.parametrize("block", [0, *(pytest.param(i, marks=pytest.mark.long) for i in range(1, 10))])
def test_drawn_networks_have_the_prices_of_their_linear_program(block: int, tmp_path: Path) -> None:
    """25 of them, each at its last hour: lines both ways, transformers, links, loads that feed in."""
    priced = 0
    for seed in range(25 * block, 25 * block + 25):
        folder = write_drawn(tmp_path / str(seed), seed)
        last = len(column(folder, "snapshots.csv")) - 1
        priced += prices_of_the_linear_program(folder, last)
    assert priced > 25
