"""Where a setting comes from, and what is said about one that does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourflow.errors import SettingsError
from fourflow.settings import SETTINGS, read_settings


def test_defaults_hold_when_nothing_is_given(tmp_path: Path) -> None:
    """Without flag, variable or file every setting has its default and says so."""
    settings = read_settings({}, tmp_path, {})
    assert (settings.gap, settings.time_limit_s, settings.out, settings.accept_partial) == (
        1e-4,
        60.0,
        "",
        False,
    )
    assert set(settings.origin.values()) == {"default"}


def test_file_goes_before_default(tmp_path: Path) -> None:
    """A key in fourflow.toml replaces the default, and only that key."""
    (tmp_path / "fourflow.toml").write_text("gap = 1e-5\naccept_partial = true\n")
    settings = read_settings({}, tmp_path, {})
    assert (settings.gap, settings.accept_partial, settings.time_limit_s) == (1e-5, True, 60.0)
    assert settings.origin["gap"] == str(tmp_path / "fourflow.toml")


def test_environment_goes_before_file(tmp_path: Path) -> None:
    """FOURFLOW_GAP wins against fourflow.toml."""
    (tmp_path / "fourflow.toml").write_text("gap = 1e-5\n")
    settings = read_settings({}, tmp_path, {"FOURFLOW_GAP": "1e-6"})
    assert (settings.gap, settings.origin["gap"]) == (1e-6, "environment")


def test_flag_goes_before_environment(tmp_path: Path) -> None:
    """A flag wins against everything; a flag that was not given (None) against nothing."""
    variables = {"FOURFLOW_GAP": "1e-6", "FOURFLOW_OUT": "there"}
    settings = read_settings({"gap": 1e-7, "out": None}, tmp_path, variables)
    assert (settings.gap, settings.out) == (1e-7, "there")


def test_unknown_key_in_file_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    """`time_limit` is refused, and `time_limit_s` suggested."""
    (tmp_path / "fourflow.toml").write_text("time_limit = 5\n")
    with pytest.raises(SettingsError, match=r"'time_limit' is not a setting. Maybe you meant 'time_limit_s'"):
        read_settings({}, tmp_path, {})


def test_unknown_variable_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    """FOURFLOW_GAPP is refused, and FOURFLOW_GAP suggested; other programs' variables are not ours."""
    with pytest.raises(SettingsError, match="FOURFLOW_GAPP.*FOURFLOW_GAP'"):
        read_settings({}, tmp_path, {"FOURFLOW_GAPP": "1"})
    read_settings({}, tmp_path, {"FOURTH_GAPP": "1", "FOURFLOW_TEST_DATA": "/there"})


@pytest.mark.parametrize(
    ("name", "bad"),
    [("gap", "-1"), ("gap", "1"), ("gap", "nan"), ("gap", "small"), ("time_limit_s", "0"),
     ("time_limit_s", "inf"), ("accept_partial", "maybe"), ("out", "")],
)  # fmt: skip
def test_a_value_that_breaks_its_rule_is_named(tmp_path: Path, name: str, bad: str) -> None:
    """The error has the setting, the value and the rule."""
    with pytest.raises(SettingsError, match=f"{name} is '{bad}' but must be"):
        read_settings({}, tmp_path, {f"FOURFLOW_{name.upper()}": bad})


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """A fourflow.toml that is not TOML is an error that names it."""
    (tmp_path / "fourflow.toml").write_text("gap = = 1")
    with pytest.raises(SettingsError, match="fourflow.toml: cannot be read as TOML"):
        read_settings({}, tmp_path, {})


def test_every_setting_has_a_default_that_its_own_rule_admits() -> None:
    """Defaults are legal, but for `out`, whose empty default means a name of its own."""
    for setting in SETTINGS:
        if setting.name != "out":
            assert setting.read(str(setting.default)) == setting.default
