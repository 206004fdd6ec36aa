"""What a user may set once instead of on every command line.

A flag goes before the environment (`FOURFLOW_GAP=1e-6`), the environment before `fourflow.toml` in the
folder where the command runs, and that before the default. A key that is not in the table is an error.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from fourflow.errors import SettingsError

FILE = "fourflow.toml"
PREFIX = "FOURFLOW_"
TEST_PREFIX = "FOURFLOW_TEST_"  # what the project's own tests read
MAX_FILE_BYTES = 1_000_000


@dataclass(frozen=True)
class Setting:
    """One key: its default, what it means, and how its text is read."""

    name: str
    default: object
    about: str
    read: Callable[[str], object]
    rule: str


def _gap(text: str) -> float:
    gap = float(text)
    if not 0 <= gap < 1:
        raise ValueError
    return gap


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 10**9:
        raise ValueError
    return seconds


def _yes_or_no(text: str) -> bool:
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]


def _folder(text: str) -> str:
    if not text:
        raise ValueError
    return text


SETTINGS = (
    Setting("gap", 1e-4, "relative gap at which the search may stop", _gap, "must be at least 0, below 1"),
    Setting("time_limit_s", 60.0, "seconds that clearing may take", _seconds, "must be above 0"),
    Setting("out", "", "folder for results; empty = out/NAME", _folder, "must be the name of a folder"),
    Setting("accept_partial", False, "clear what was admitted, set the rest aside", _yes_or_no,
            "must be true or false"),
)  # fmt: skip
_BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Settings:
    """The settings in force; `origin` says for each where it came from."""

    gap: float
    time_limit_s: float
    out: str
    accept_partial: bool
    origin: Mapping[str, str]


def read_settings(
    flags: Mapping[str, object] | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """The settings in force; a flag of None was not given."""
    values: dict[str, object] = {setting.name: setting.default for setting in SETTINGS}
    origin = dict.fromkeys(values, "default")
    file = (folder or Path.cwd()) / FILE
    sources = (
        (_from_file(file), str(file)),
        (_from_environment(os.environ if environment is None else environment), "environment"),
        ({name: str(value) for name, value in (flags or {}).items() if value is not None}, "flag"),
    )
    for given, source in sources:
        for name, text in given.items():
            values[name] = _read(name, text, source)
            origin[name] = source
    return Settings(**values, origin=origin)  # type: ignore[arg-type]


def _from_file(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    if file.stat().st_size > MAX_FILE_BYTES:
        raise SettingsError(
            f"{file}: is larger than a settings file can be. Maybe another file has this name."
        )
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read as TOML: {error}.") from error
    for name in table:
        _must_be_known(name, name, str(file))
    return {name: str(value) for name, value in table.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    given = {}
    for variable, text in environment.items():
        if variable.startswith(PREFIX) and not variable.startswith(TEST_PREFIX):
            name = variable.removeprefix(PREFIX).lower()
            _must_be_known(name, variable, "environment")
            given[name] = text
    return given


def _must_be_known(name: str, shown: str, source: str) -> None:
    if name in _BY_NAME:
        return
    close = get_close_matches(name, _BY_NAME, n=1)
    spelt = PREFIX + close[0].upper() if close and source == "environment" else "".join(close)
    maybe = f"you meant '{spelt}'." if close else f"known are: {', '.join(_BY_NAME)}."
    raise SettingsError(f"{source}: '{shown}' is not a setting. Maybe {maybe}", code="settings.unknown")


def _read(name: str, text: str, source: str) -> object:
    setting = _BY_NAME[name]
    try:
        return setting.read(text)
    except (ValueError, KeyError) as error:
        raise SettingsError(
            f"{source}: {name} is {text!r} but {setting.rule}. Maybe leave it out; the default is"
            f" {setting.default!r}."
        ) from error
