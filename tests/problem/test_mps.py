"""from_mps and to_mps: exact decimals, every section, and the way back."""

from __future__ import annotations

import gzip
from fractions import Fraction
from pathlib import Path

import highspy
import numpy as np
import pytest

from fourflow.engines import solve
from fourflow.errors import ProblemError
from fourflow.problem import INF, ClearingProblem, from_mps, to_mps
from fourflow.proof import certify

EVERYTHING = """\
* every section and kind of bound
NAME          EVERY
OBJSENSE
    MAX
ROWS
 N  COST
 L  LIM1
 G  LIM2
 E  MYEQN
 N  SPARE
COLUMNS
    X         COST      1.5          LIM1      1.0
    X         LIM2      1.0          SPARE     9
    Y         COST      2.25         LIM1      1.0
    Y         MYEQN     -1.0
    M1        'MARKER'  'INTORG'
    Z         COST      -1e-1        MYEQN     1.0
    B         COST      0.5          LIM2      2.5
    M2        'MARKER'  'INTEND'
    F         COST      0.125        LIM1      0.25
    F         MYEQN     1
    U         COST      -3           LIM2      1
RHS
    RHS       COST      -7.5
    RHS       LIM1      40.0         LIM2      1.0
    RHS       MYEQN     7.0
RANGES
    RNG       LIM1      25.0         MYEQN     3.5
BOUNDS
 UP BND       X         4.0
 LO BND       Y         -1.5
 UP BND       Y         10.0
 LI BND       Z         2
 UI BND       Z         9
 FR BND       F
 MI BND       U
 UP BND       U         6.25
ENDATA
"""


def write(folder: Path, text: str, name: str = "a.mps") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def highs_optimum(path: Path) -> float:
    highs = highspy.Highs()
    highs.silent()
    highs.setOptionValue("mip_rel_gap", 0.0)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(highs.getInfo().objective_function_value)


def certified(problem: ClearingProblem) -> float:
    solution = solve(problem, gap=1e-9)
    certificate = certify(problem, solution, gap=1e-7)
    assert certificate.status == "OPTIMAL_WITHIN_GAP"
    return float(certificate.objective)


def test_every_section_means_what_highs_reads_in_it(tmp_path: Path) -> None:
    """Bounds of each kind, ranges, markers, a maximisation and a constant give HiGHS's optimum."""
    path = write(tmp_path, EVERYTHING)
    assert certified(from_mps(path)) == pytest.approx(highs_optimum(path), rel=1e-7)


def test_a_problem_written_and_read_again_is_the_same_problem(tmp_path: Path) -> None:
    """to_mps undoes shifts, splits, mirrored columns, negated rows, constant and sense."""
    first = from_mps(write(tmp_path, EVERYTHING))
    to_mps(first, tmp_path / "b.mps")
    second = from_mps(tmp_path / "b.mps")
    for name in ("tail", "head", "value", "capacity", "node_lower", "node_upper", "coupling_lower",
                 "coupling_upper", "step"):  # fmt: skip
        assert np.array_equal(getattr(first, name), getattr(second, name)), name
    assert np.array_equal(first.coupling.coefficient, second.coupling.coefficient)
    assert (first.scales, first.objective_offset, first.sense) == (
        second.scales, second.objective_offset, second.sense,
    )  # fmt: skip
    assert highs_optimum(tmp_path / "b.mps") == pytest.approx(highs_optimum(tmp_path / "a.mps"))


def test_decimals_are_kept_exactly(tmp_path: Path) -> None:
    """0.1 is a tenth, not the nearest double."""
    text = "NAME T\nROWS\n N C\n L R\nCOLUMNS\n X C -0.1 R 0.3\n Y C -1e-7 R 0.7\nRHS\n RHS R 1.0000000001\n"
    problem = from_mps(write(tmp_path, text + "ENDATA\n"))
    assert Fraction(int(problem.value[0])) * problem.scales.value == Fraction(1, 10)
    assert int(problem.coupling.coefficient[1]) * problem.scales.coefficient == Fraction(7, 10)
    assert int(problem.coupling_upper[0]) * problem.scales.limit == Fraction("1.0000000001")


def test_rows_of_ones_become_nodes_and_their_columns_arcs(tmp_path: Path) -> None:
    """A transport problem has no coupling row: offers and needs are nodes, shipments are arcs."""
    text = (
        "NAME T\nROWS\n N C\n L S1\n L S2\n G D1\nCOLUMNS\n A C 3 S1 1\n A D1 1\n B C 4 S2 1\n B D1 1\n"
        "RHS\n R S1 5 S2 5\n R D1 7\nENDATA\n"
    )
    problem = from_mps(write(tmp_path, text))
    assert problem.num_coupling == 0
    assert problem.num_nodes == 4  # and the outside
    assert certified(problem) == 5 * 3 + 2 * 4


def test_fixed_form_reads_names_with_blanks(tmp_path: Path) -> None:
    """The fields of the fixed form lie in columns 2-3, 5-12, 15-22, 25-36, 40-47 and 50-61."""
    text = (
        "NAME          T\nROWS\n N  COST ROW\n G  ROW ONE\nCOLUMNS\n"
        "    COL ONE   COST ROW           2.0   ROW ONE            1.0\n"
        "RHS\n    RHS       ROW ONE            3.0\nENDATA\n"
    )
    assert certified(from_mps(write(tmp_path, text))) == 6.0


SMALL = "NAME T\n{head}ROWS\n N C\n{rows} G R\nCOLUMNS\n X C {cost} R 1\n{tail}ENDATA\n"


def small(folder: Path, tail: str, head: str = "", rows: str = "", cost: str = "1") -> ClearingProblem:
    """Least `cost` X with X >= 0 in row R, unless `tail` says more."""
    return from_mps(write(folder, SMALL.format(head=head, rows=rows, cost=cost, tail=tail)))


def test_names_with_blanks_may_begin_in_the_columns(tmp_path: Path) -> None:
    """Rows without blanks in their names do not make the file free."""
    text = (
        "NAME          T\nROWS\n N  COST\n G  R1\nCOLUMNS\n"
        "    COL ONE   COST               2.0   R1                 1.0\n"
        "RHS\n    RHS       R1                 3.0\nBOUNDS\n UP BND       COL ONE            9.0\nENDATA\n"
    )
    assert certified(from_mps(write(tmp_path, text))) == 6.0
    with pytest.raises(ProblemError, match=r"line 8: row 'R2' is not declared"):
        from_mps(write(tmp_path, text.replace("RHS       R1", "RHS       R2")))


def test_a_range_may_stand_before_its_right_hand_side(tmp_path: Path) -> None:
    """2 <= X <= 5, whichever section comes first."""
    for tail in ("RHS\n S R 2\nRANGES\n S R 3\n", "RANGES\n S R 3\nRHS\n S R 2\n"):
        assert certified(small(tmp_path, tail)) == 2.0
        assert certified(small(tmp_path, tail, cost="-1")) == -5.0


def test_an_objective_may_be_named(tmp_path: Path) -> None:
    """OBJNAME chooses among the rows of type N; one that is not there is named."""
    tail = " X D 7\nRHS\n S R 2\n"
    assert certified(small(tmp_path, tail, "OBJNAME\n D\n", " N D\n")) == 14.0
    with pytest.raises(ProblemError, match="no objective row"):
        small(tmp_path, tail, "OBJNAME\n E\n", " N D\n")


def test_a_sense_may_stand_at_the_margin(tmp_path: Path) -> None:
    """OBJSENSE, and MAX in the next line without a blank before it, as some programs write it."""
    assert certified(small(tmp_path, "BOUNDS\n UP B X 4\n", "OBJSENSE\nMAX\n")) == 4.0


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        ("BOUNDS\n FX B X inf\n", "leaves the column no value"),
        ("BOUNDS\n LO B X 1e30\n", "leaves the column no value"),
        ("BOUNDS\n UP B X -1e30\n", "leaves the column no value"),
        ("BOUNDS\n LI B X 0.2\n UP B X 0.8\n", "no whole number lies between"),
        ("RHS\n S R 1e999999999\n", "too large to be meant"),
        ("RHS\n S R 1e-999999999\n", "too small to be meant"),
        ("RHS\n S R 1_000\n", "is not a number"),
    ],
)  # fmt: skip
def test_bounds_and_numbers_that_mean_nothing_are_named(tmp_path: Path, tail: str, said: str) -> None:
    """Infinite on the wrong side, nothing whole in between, exponents that would fill the memory."""
    with pytest.raises(ProblemError, match=said):
        small(tmp_path, tail)
    assert certified(small(tmp_path, "BOUNDS\n UP B X 1e308\n MI B X\nRHS\n S R -3\n")) == -3.0


def test_a_gzipped_file_reads_like_its_text(tmp_path: Path) -> None:
    """.mps.gz is read without unpacking it first."""
    path = tmp_path / "a.mps.gz"
    path.write_bytes(gzip.compress(EVERYTHING.encode()))
    assert from_mps(path).num_arcs == from_mps(write(tmp_path, EVERYTHING)).num_arcs


def test_a_problem_of_arrays_keeps_its_optimum_as_mps(tmp_path: Path) -> None:
    """A bipartite problem written with plain names has the optimum that HiGHS finds in the file."""
    rng = np.random.default_rng(3)
    offer, need = rng.integers(0, 8, 30), rng.integers(0, 9, 30)
    problem = ClearingProblem.bipartite(
        rng.integers(1, 9, 8), rng.integers(1, 9, 9), offer.astype(np.uint32), need.astype(np.uint32),
        rng.integers(1, 99, 30),
    )  # fmt: skip
    to_mps(problem, tmp_path / "a.mps")
    assert certified(problem) == pytest.approx(highs_optimum(tmp_path / "a.mps"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("X         LIM2      1.0", "X         LIM9      1.0", "row 'LIM9' is not declared"),
        ("1.5          LIM1", "1,5          LIM1", "'1,5' is not a number"),
        ("UP BND       X         4.0", "UP BND       Q         4.0", "column 'Q'"),
        ("ENDATA\n", "", "without ENDATA"),
        (" G  LIM2", " G  LIM1", "appears twice"),
        (" G  LIM2", " Q  LIM2", "must be N, E, L or G"),
        ("RANGES", "QUADOBJ", "section 'QUADOBJ' is not known"),
        ("40.0", "inf", "must be finite"),
        (
            "UP BND       X         4.0",
            "UP BND       X         -4.0\n LO BND       X         0",
            "above its upper",
        ),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A mistake raises ProblemError with file, line and rule; the same file without it reads well."""
    from_mps(write(tmp_path, EVERYTHING))
    assert EVERYTHING.count(old) >= 1
    with pytest.raises(ProblemError, match=said.replace("(", r"\(")) as caught:
        from_mps(write(tmp_path, EVERYTHING.replace(old, new, 1)))
    assert "a.mps" in str(caught.value)
    assert caught.value.code == "problem.mps"


def test_numbers_beyond_eighteen_digits_are_refused(tmp_path: Path) -> None:
    """1e15 beside 1e-9 in one array does not fit; the message says so."""
    text = "NAME T\nROWS\n N C\n L R\nCOLUMNS\n X C 1 R 1e15\n Y C 1 R 1e-9\nRHS\n R R 1\nENDATA\n"
    with pytest.raises(ProblemError, match="18 digits"):
        from_mps(write(tmp_path, text))


def test_an_infinite_capacity_stays_infinite(tmp_path: Path) -> None:
    """A column without an upper bound has no cap of its own."""
    text = "NAME T\nROWS\n N C\n L R\nCOLUMNS\n X C -1 R 2\nRHS\n R R 4\nENDATA\n"
    assert from_mps(write(tmp_path, text)).capacity.tolist() == [INF]
