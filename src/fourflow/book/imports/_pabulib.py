"""A Pabulib election -> a book: every project of the ballot is an all-or-nothing project that needs its cost
from one grant, the budget, and is worth as much as it has votes.

The file has three sections, META, PROJECTS and VOTES, each with a header, separated by semicolons
(Faliszewski, Flis, Peters, Pierczyński, Skowron, Stolicki, Szufa, Talmon: Participatory Budgeting: Data,
Tools, and Analysis, IJCAI 2023). The clearing maximises the votes of what is funded; it is not the rule
by which the election was decided, and says so.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from fourflow.book._raw_csv import check_text
from fourflow.book.imports._made import MAX_IMPORT_BYTES, Ids, Made, cell, number, some
from fourflow.errors import Finding
from fourflow.units import CURRENCIES

_SECTIONS = ("meta", "projects", "votes")
_REGIONS = ("subunit", "neighborhood", "district")
_POINTS = ("cumulative", "scoring")
_NAMES = ("approval", "choose-1", "")
_CAPS = ("budget_per_category", "budget_per_neighborhood", "budget_per_subunit")
_VOTES_MAYBE = "it is no Pabulib file, or its export stopped; see pabulib.org/format"


@dataclass
class _Election:
    """The three sections; `projects` with the row of the file each stands in. approvals : ballots that name a
    project; points : what they give it, in millionths."""

    meta: dict[str, str] = field(default_factory=dict)
    projects: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    approvals: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    num_ballots: int = 0

    @property
    def vote_type(self) -> str:
        return self.meta.get("vote_type", "").lower()

    @property
    def gives_points(self) -> bool:
        return self.vote_type in _POINTS and any(self.points.values())

    def counted(self, project: str) -> Decimal:
        """What the ballots say: points where they give points, else how many name it."""
        if self.gives_points:
            return Decimal(self.points[project]) / 10**6
        return Decimal(self.approvals[project])


def read_pabulib(path: Path, made: Made) -> None:
    """The election in the file at `path`."""
    election = _parse(path, made)
    if election is None:
        return
    budget = _amount(election.meta.get("budget"))
    if budget is None:
        rule = f"its budget is {election.meta.get('budget', '')!r}, which is no number"
        made.refuse("pabulib.budget", rule, "META has no line budget;...")
        return
    _say_what_is_lost(election, made)
    currency = _currency(election, made)
    _settings(election, made)
    made.add("participants", id="fund", name=election.meta.get("unit") or "The public budget", role="fund")
    made.add("categories", id="budget", name="Public budget", kind="capital", unit=currency)
    offer = {"unit": currency, "limit_price": "0", "currency": _value(election), "form": "grant"}
    made.add("offers", id="budget", participant="fund", category="budget", quantity=cell(budget), **offer)
    _projects(election, currency, made)


def _parse(path: Path, made: Made) -> _Election | None:
    data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    if len(data) > MAX_IMPORT_BYTES:
        made.refuse("pabulib.size", f"has {len(data)} bytes, the most is {MAX_IMPORT_BYTES}", _VOTES_MAYBE)
        return None
    faults: list[Finding] = check_text(path.name, data)
    if faults:
        made.findings += faults
        return None
    election = _Election()
    try:
        _read_sections(data.decode(), election)
    except csv.Error as error:
        made.refuse("pabulib.broken", f"cannot be split into cells: {error}", _VOTES_MAYBE)
        return None
    if not election.meta or not election.projects:
        part = "META" if not election.meta else "PROJECTS"
        made.refuse("pabulib.section", f"has no section {part} with rows", _VOTES_MAYBE)
        return None
    return election


def _read_sections(text: str, election: _Election) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    section, header = "", list[str]()
    for row in reader:
        cells = [each.strip() for each in row]
        if len(cells) == 1 and cells[0].lower() in _SECTIONS:
            section, header = cells[0].lower(), []
        elif not any(cells) or not section:
            continue
        elif not header:
            header = [name.lower() for name in cells]
        else:
            named = dict(zip(header, cells, strict=False))
            if section == "meta":
                election.meta[cells[0].lower()] = ";".join(cells[1:])
            elif section == "projects":
                election.projects.append((reader.line_num, named))
            else:
                election.num_ballots += 1
                chosen = [name.strip() for name in named.get("vote", "").split(",")]
                election.approvals.update(set(filter(None, chosen)))
                for name, text in zip(chosen, named.get("points", "").split(","), strict=False):
                    election.points[name] += int((number(text.strip()) or 0) * 10**6)


def _amount(text: str | None) -> Decimal | None:
    """A number of money; Pabulib files from some countries write a decimal comma."""
    value = number((text or "").replace(",", ".").replace(" ", ""))
    return value if value is not None and value >= 0 else None


def _currency(election: _Election, made: Made) -> str:
    code = election.meta.get("currency", "").upper()
    if code in CURRENCIES:
        return code
    rule = f"its currency is {code!r}, so amounts are read as EUR"
    made.warn("pabulib.currency", rule, "write the ISO 4217 code in META, as in currency;PLN")
    return "EUR"


def _value(election: _Election) -> str:
    """What the worth of a project is counted in: it is no money."""
    columns = {name for _, cells in election.projects for name in ("votes", "score") if cells.get(name)}
    scored = "votes" not in columns and ("score" in columns or election.gives_points)
    return "points" if scored else "votes"


def _settings(election: _Election, made: Made) -> None:
    meta = election.meta
    title = meta.get("description") or " ".join(filter(None, (meta.get("unit"), meta.get("instance"))))
    made.settings |= {
        "name": (title or made.file)[:200],
        "currency": _value(election),
        "as_of": _day(election, made),
        "settlement": "donated",
        "sources": f"Pabulib election file {made.file}, {election.num_ballots:,} ballots",
    }
    made.assumptions += [
        f"A project is worth as much as it has {_value(election)}; these are no money.",
        "The whole budget may be spent, and a project is funded in full or not at all.",
    ]


def _day(election: _Election, made: Made) -> str:
    """The last day of the ballot; else the first, else the year of the election."""
    for key in ("date_end", "date_begin", "instance"):
        text = election.meta.get(key, "")
        if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text):
            day, month, year = (int(part) for part in match.groups())
        elif match := re.match(r"(\d{4})(?:-(\d{2})-(\d{2}))?$", text):
            year, month, day = (int(part or 1) for part in match.groups())
        else:
            continue
        try:
            return datetime.date(year, month, day).isoformat()
        except ValueError:
            continue
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    made.warn("pabulib.date", f"names no day, so {today} is taken", "write date_end;31.12.2025 in META")
    return today


def _say_what_is_lost(election: _Election, made: Made) -> None:
    meta, projects = election.meta, election.projects
    rule = meta.get("rule", "unknown")
    said = (
        f"was decided by the rule {rule!r}, which is not applied: the votes of what is funded are maximised"
    )
    made.warn("pabulib.rule", said, "compare the result with the column selected")
    if election.vote_type not in (*_POINTS, *_NAMES):
        said = f"has votes of the type {election.vote_type!r}; a ballot counts as one vote for each it names"
        made.warn("pabulib.vote_type", said, "write a column score in PROJECTS if ranks should count")
    unknown = sorted(set(election.approvals) - {cells.get("project_id", "") for _, cells in projects})
    if unknown:
        said = f"has ballots for {some(unknown)}, which no row of PROJECTS is; they are left out"
        made.warn("pabulib.ballots", said, "a project was withdrawn, or the file was cut short")
    for key in _CAPS:
        if meta.get(key):
            said = f"has a {key}, which is not read"
            made.warn("pabulib.caps", said, "add a rule with measure units and the filter project for each")
    for key, found in (("num_projects", len(projects)), ("num_votes", election.num_ballots)):
        told = number(meta.get(key))
        if told is not None and told != found:
            made.warn(
                "pabulib.count", f"{key} is {meta[key]} but {found} were found", "the file was cut short"
            )


def _votes(election: _Election, project: str, cells: dict[str, str]) -> Decimal:
    """What the column `votes` says, else `score`, else the ballots."""
    for name in ("votes", "score"):
        value = _amount(cells.get(name))
        if value is not None:
            return value
    return election.counted(project)


def _projects(election: _Election, currency: str, made: Made) -> None:
    ids, lines, odd = Ids(), Ids(), []
    for row, cells in election.projects:
        project = cells.get("project_id", "")
        cost = _amount(cells.get("cost"))
        if not project or cost is None or project in ids:
            what = "has no project_id" if not project else f"project {project!r} comes twice"
            what = what if cost is not None else f"cost is {cells.get('cost', '')!r}, which is no amount"
            made.refuse("pabulib.project", what, "a cell is missing, or in the wrong column", row)
            continue
        votes = _votes(election, project, cells)
        if election.num_ballots and votes not in (election.counted(project), election.approvals[project]):
            odd.append(project)
        name = cells.get("name") or f"Project {project}"
        region = next((cells[key] for key in _REGIONS if cells.get(key)), None)
        proposer = f"of-{ids[project]}"[:128]
        who = cells.get("proposer") or f"Proposer of project {project}"
        made.add("participants", id=proposer, name=who, role="proposer", region=region)
        made.add("projects", id=ids[project], participants=proposer, name=name, value=cell(votes),
                 currency=_value(election), mode="all_or_nothing")  # fmt: skip
        line = lines.name(project, f"{project}:cost")
        made.add("needs", id=line, participant=proposer, category="budget", quantity=cell(cost),
                 unit=currency, project=ids[project])  # fmt: skip
    if odd:
        rule = f"votes of {some(odd)} differ from the ballots in VOTES; the column is taken"
        made.warn("pabulib.votes", rule, "votes on paper are counted in one of the two only")
