"""The map shows places where they are, and flows from where to where."""

from __future__ import annotations

import re

import pytest

from fourflow.report._closeup import crowded
from fourflow.report._coast import cut_ring, read_coast
from fourflow.report._map import MAX_LINKS, WIDEST, Link, Spot, draw_map, taper, width_of
from fourflow.report._projection import FLATTEST, TALLEST, WIDTH, project


def spot(name: str, longitude: float, latitude: float, given: float = 0, received: float = 0) -> Spot:
    return Spot(name, longitude, latitude, given, received, name)


LONDON, LEEDS, YORK = (
    spot("London", -0.13, 51.5, 5),
    spot("Leeds", -1.55, 53.8, 0, 4),
    spot("York", -1.08, 53.96, 0, 1),
)


def test_north_is_up_and_east_is_right() -> None:
    """A place further north has the smaller y, one further east the larger x."""
    place = project([-1.55, -0.13], [53.8, 51.5])
    leeds, london = place(-1.55, 53.8), place(-0.13, 51.5)
    assert leeds[1] < london[1]
    assert leeds[0] < london[0]


@pytest.mark.parametrize(
    ("longitudes", "latitudes"),
    [([0, 0.001], [51, 51.001]), ([-170, 170], [-60, 80]), ([5], [52]), ([10, 10.1], [-30, 40])],
)
def test_every_extent_fits(longitudes: list[float], latitudes: list[float]) -> None:
    """All points lie inside the drawing, which is neither a strip nor a tower."""
    place = project(longitudes, latitudes)
    for longitude, latitude in zip(longitudes, latitudes, strict=True):
        x, y = place(longitude, latitude)
        assert 0 < x < WIDTH
        assert 0 < y < place.height
    assert FLATTEST - 1e-9 <= place.height / WIDTH <= TALLEST + 1e-9


def test_britain_is_drawn_in_detail_and_elsewhere_still_has_a_coast() -> None:
    """The detailed file serves boxes inside the British Isles, the world file all others."""
    assert "10m" in read_coast((-8.0, 50.0, 2.0, 59.0)).source
    japan = read_coast((128.0, 30.0, 146.0, 46.0))
    assert "50m" in japan.source
    assert japan.land


def test_a_ring_is_cut_to_the_box() -> None:
    """A square that sticks out keeps its inner half; one outside disappears."""
    square = [(0.0, 0.0), (4.0, 0.0), (4.0, 2.0), (0.0, 2.0)]
    assert sorted(cut_ring(square, (-1, -1, 2, 3))) == [(0, 0), (0, 2), (2, 0), (2, 2)]
    assert cut_ring(square, (5, 5, 6, 6)) == []


def test_width_is_in_proportion_to_weight() -> None:
    """Twice the tonnes is twice the width, the heaviest is the widest."""
    assert width_of(8, 8) == WIDEST
    assert width_of(4, 8) == WIDEST / 2
    assert width_of(0.001, 8) > 0


def test_a_flow_is_thick_at_its_start() -> None:
    """The two points at the start lie further apart than the two at the end."""
    numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", taper((0, 0), (100, 0), 12))]
    start = abs(numbers[1] - numbers[-1])
    end = abs(numbers[5] - numbers[7])
    assert start == pytest.approx(12, abs=0.2)
    assert end == pytest.approx(2, abs=0.2)


def test_only_the_heaviest_flows_are_drawn_and_the_rest_is_counted() -> None:
    """A thousand links are cut to MAX_LINKS, and the drawing says what it shows."""
    links = [Link(0, 1, float(i), "London to Leeds", "beans") for i in range(1, 1001)]
    drawing = draw_map([LONDON, LEEDS], links, "m", "t", "d")
    assert drawing.svg.count("<title>London to Leeds") == MAX_LINKS
    assert (drawing.shown_links, drawing.all_links) == (MAX_LINKS, 1000)
    assert drawing.shown_t == sum(range(601, 1001))


def test_places_that_give_receive_or_idle_look_different() -> None:
    """One class for each role; the busiest place has the largest dot."""
    idle = spot("Hull", -0.34, 53.74)
    svg = draw_map([LONDON, LEEDS, YORK, idle], [], "m", "t", "d").svg
    roles = re.findall(r'<circle class="(\w+)" cx="[\d.]+" cy="[\d.]+" r="([\d.]+)"', svg)
    assert [role for role, _ in roles] == ["gives", "receives", "receives", "idle"]
    sizes = [float(radius) for _, radius in roles]
    assert sizes == sorted(sizes, reverse=True)


def test_labels_do_not_cover_each_other() -> None:
    """Of places on one spot only some are named; names are escaped."""
    crowd = [spot(f"<Place {i}>", 0.0001 * i, 51.5, 1) for i in range(60)]
    svg = draw_map([*crowd, LEEDS], [], "m", "t", "d").svg
    assert 1 <= len(re.findall("<text class=", svg)) < 20
    assert "<Place" not in svg


def test_a_crowd_is_looked_at_more_closely() -> None:
    """Twenty places around London among twenty all over Britain make a close-up of London."""
    around = [(0.01 * (i % 5) - 0.1, 51.5 + 0.01 * (i // 5)) for i in range(20)]
    spread = [(-4 + 0.25 * i, 50.5 + 0.35 * i) for i in range(20)]
    box = crowded(*zip(*around, *spread, strict=True))
    assert box is not None
    west, south, east, north = box
    assert all(west <= x <= east and south <= y <= north for x, y in around)
    assert east - west < 1
    assert crowded(*zip(*spread, strict=True)) is None


def test_a_close_up_shows_only_what_is_near() -> None:
    """Places outside the box have no dot; links that do not touch it are left out."""
    links = [Link(0, 1, 5.0, "London to Leeds", "beans"), Link(1, 2, 5.0, "Leeds to York", "beans")]
    svg = draw_map([LONDON, LEEDS, YORK], links, "m", "t", "d", (-2.0, 53.5, -0.9, 54.1)).svg
    assert svg.count("<circle") == 2
    assert svg.count("London to Leeds") == 1
    near_london = draw_map([LONDON, LEEDS, YORK], links, "m", "t", "d", (-0.5, 51.3, 0.2, 51.7)).svg
    assert "Leeds to York" not in near_london
