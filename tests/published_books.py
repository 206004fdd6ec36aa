"""Published instances written down as books: auctions of bundles, and jobs that take somebody's hours."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from published_files import read_auction, read_jobs
from random_books import DAY_ONE, Draft, Row

SETTINGS: Row = {"name": "published", "currency": "GBP", "as_of": DAY_ONE.isoformat(), "settlement": "priced"}
WORTH = 100
"""What a job counts for beyond its cost: more than any choice of who does it can save."""


def auction(path: Path) -> Draft:
    """CATS: one unit of each good is for sale, each bid is an all-or-nothing project over some of them."""
    goods, said = read_auction(path)
    bids = [(Decimal(price).quantize(Decimal("0.000001")), wanted) for price, wanted in said]
    tables: dict[str, list[Row]] = {
        "participants": [
            {"id": name, "name": name} for name in ("seller", *(f"b{i}" for i in range(len(bids))))
        ],
        "categories": [_counted(f"good-{k}", "goods") for k in range(goods)],
        "offers": [_offer(f"good-{k}", "seller", 1) for k in range(goods)],
        "projects": [_project(f"bid-{i}", f"b{i}", price) for i, (price, _) in enumerate(bids)],
        "needs": [
            _line(f"bid-{i}", f"b{i}", f"good-{good}", 1)
            for i, (_, wanted) in enumerate(bids)
            for good in wanted
        ],
    }
    return Draft(SETTINGS, tables)


def assignments(path: Path) -> list[tuple[Draft, int]]:
    """OR-Library gap: every job is to be done once, by one of the people, whose hours are limited. That i
    does job j is a project that takes the job and i's hours, worth WORTH less its cost: (book, number of
    jobs)."""
    books = []
    for cost, hours, limit in read_jobs(path):
        m, n = len(cost), len(cost[0])
        people, jobs = [f"person-{i}" for i in range(m)], [f"job-{j}" for j in range(n)]
        names = {(i, j): f"job-{j}-by-{i}" for i in range(m) for j in range(n)}
        tables: dict[str, list[Row]] = {
            "participants": [{"id": name, "name": name} for name in ("office", "client", *people)],
            "categories": [*(_counted(name, "talent", "person_hour") for name in people),
                           *(_counted(name, "goods") for name in jobs)],
            "offers": [*(_offer(name, name, limit[i], "person_hour", whole="false") for i,
            name in enumerate(people)),
                       *(_offer(name, "office", 1) for name in jobs)],
            "projects": [_project(name, "client", WORTH - cost[i][j]) for (i, j), name in names.items()],
            "needs": [
                line
                for (i, j), name in names.items()
                for line in (_line(name, "client", people[i], hours[i][j], "person_hour"),
                _line(name, "client", jobs[j], 1))
            ],
        }  # fmt: skip
        books.append((Draft(SETTINGS, tables), n))
    return books


def _counted(name: str, kind: str, unit: str = "item") -> Row:
    return {"id": name, "name": name, "kind": kind, "unit": unit,
            "tonnes_per_unit": "0" if kind == "goods" else None,
            "whole": "true"}  # fmt: skip


def _offer(category: str, who: str, quantity: int, unit: str = "item", whole: str | None = None) -> Row:
    return {"id": f"of-{category}", "participant": who, "category": category, "quantity": quantity,
            "unit": unit,
            "limit_price": 0, "currency": "GBP", "whole": whole}  # fmt: skip


def _project(name: str, who: str, value: int | Decimal) -> Row:
    return {
        "id": name,
        "participants": who,
        "name": name,
        "value": value,
        "currency": "GBP",
        "mode": "all_or_nothing",
    }


def _line(project: str, who: str, category: str, quantity: int, unit: str = "item") -> Row:
    return {"id": f"{project}-{category}", "participant": who, "category": category,
            "quantity": quantity, "unit": unit,
            "project": project}  # fmt: skip
