"""The verbs of the command."""

from __future__ import annotations

from typing import Annotated

import typer

from fourflow import __version__
from fourflow.cli._check import check
from fourflow.cli._clear import clear
from fourflow.cli._demo import demo
from fourflow.cli._doctor import doctor
from fourflow.cli._explain import explain
from fourflow.cli._import import import_
from fourflow.cli._init import init
from fourflow.cli._verify import verify

app = typer.Typer(
    name="fourflow",
    help="Clears a market of offers and needs: who gives what to whom, by which route, at what price, why, "
    "and a proof.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    epilog="Settings: a flag goes before FOURFLOW_*, that before fourflow.toml, that before the default.",
)  # fmt: skip
for command in (demo, init, import_, check, clear, explain, verify, doctor):
    app.command(command.__name__.rstrip("_"))(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fourflow {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and leave."),
    ] = False,
) -> None:
    """Options before the verb."""


def main() -> None:
    """Run the command; the exit code is the process's."""
    app()
