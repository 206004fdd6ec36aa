"""Lines of projects: what they take over from their project, and the outputs of processes as offers.

A line says for itself when and where it is needed, or it is as its project says. A line of a negative
quantity is an output (1 t of sludge in, 0.4 t of compost out): it is offered to others as long as the
project is carried out, so it stands among the offers from here on.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

_INHERITED = ("place", "from", "until", "listed_at")


def with_outputs(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables with lines filled from their projects and outputs moved from needs to offers.

    Offers get a column `project`: null, or the project that makes them.
    """
    needs = _filled(tables["needs"], tables["projects"])
    makes = needs["quantity"].is_not_null() & (needs["quantity"] < 0)
    offers = tables["offers"].with_columns(project=pl.lit(None, pl.String))
    if makes.any():
        offers = pl.concat([offers, _outputs(needs.filter(makes), offers)], how="diagonal")
    return {**tables, "offers": offers, "needs": needs.filter(~makes)}


def _filled(needs: pl.DataFrame, projects: pl.DataFrame) -> pl.DataFrame:
    """Lines with their project's sponsor, and its place and window where they have none."""
    if needs["project"].null_count() == len(needs):
        return needs
    own = projects.select(pl.col("id").alias("project"), pl.col("sponsor", *_INHERITED).name.suffix("_of"))
    joined = needs.join(own, on="project", how="left", maintain_order="left")
    inherited = [pl.coalesce(name, f"{name}_of").alias(name) for name in _INHERITED]
    in_project = pl.col("project").is_not_null()
    sponsor = pl.when(in_project).then("sponsor_of").otherwise("sponsor").alias("sponsor")
    return joined.with_columns(*inherited, sponsor).select(needs.columns)


def _outputs(lines: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """The lines as offers: of the first category named, at their limit price or for nothing.

    An id that an offer has already gets a suffix that no id of a book can have.
    """
    taken = pl.col("id").is_in(offers["id"].implode())
    return lines.select(
        pl.when(taken).then(pl.col("id") + "~output").otherwise("id").alias("id"),
        pl.col("category").str.split(";").list.first(),
        -pl.col("quantity"),
        pl.col("limit_price").fill_null(0),
        "participant", "unit", "currency", "place", "from", "until", "listed_at", "min_quantity", "project",
        "_row",
    )  # fmt: skip
