"""The docs run: every Python and console block in README.md and docs/, and nothing is left unnamed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from fourflow.book import FIELDS
from fourflow.cli import app
from fourflow.settings import PREFIX, SETTINGS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of each fenced block of a page."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def commands(text: str) -> list[tuple[str, str]]:
    """Each `$ command` of a console block with the output shown under it."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append((line[2:].strip(), ""))
        else:
            command, shown = found[-1]
            found[-1] = (command, shown + line)
    return found


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like a checkout's root, in which docs may write."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_of_a_page_run(page: Path, workplace: Path) -> None:
    """Console blocks show what the command says ('...' stands for anything); Python blocks run in order."""
    names: dict[str, object] = {}
    for language, text in blocks(page):
        if language == "python":
            exec(compile(text, str(page), "exec"), names)
        elif language == "console":
            for command, shown in commands(text):
                run_command(command, shown, workplace)


def run_command(command: str, shown: str, folder: Path) -> None:
    """Run one `fourflow ...` line; `# exits N` at its end names another exit code than 0."""
    command, _, expected = command.partition("# exits ")
    words = shlex.split(command)
    assert words[0] in ("fourflow", "python"), f"docs may run fourflow and python only, not {words[0]!r}"
    program = [sys.executable, "-m", "fourflow"] if words[0] == "fourflow" else [sys.executable]
    run = subprocess.run(
        [*program, *words[1:]], cwd=folder, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said = run.stdout
    assert run.returncode == int(expected or 0), f"{command}: exit {run.returncode}\n{said}"
    assert matches(shown, said), f"{command} shows\n{shown}\nbut says\n{said}"


def matches(shown: str, said: str) -> bool:
    """Whether the docs show what was said; '...' stands for anything, blanks and line ends are alike."""
    pieces = (re.escape(" ".join(piece.split())) for piece in shown.split("..."))
    return (
        not shown
        or re.fullmatch(r"\s*" + r".*".join(pieces) + r"\s*", " ".join(said.split()), re.DOTALL) is not None
    )


def test_every_verb_and_flag_is_in_the_docs() -> None:
    """docs/command.md names each verb and each of its flags."""
    text = (ROOT / "docs" / "command.md").read_text(encoding="utf-8")
    group = typer.main.get_command(app)
    wanted = {option for parameter in group.params for option in parameter.opts if option.startswith("--")}
    for name, verb in group.commands.items():
        wanted.add(f"fourflow {name}")
        wanted.update(
            option for parameter in verb.params for option in parameter.opts if option.startswith("--")
        )
    missing = sorted(word for word in wanted - {"--help"} if word not in text)
    assert missing == []


def test_every_setting_is_in_the_docs() -> None:
    """docs/command.md names each setting as a key and as a variable."""
    text = (ROOT / "docs" / "command.md").read_text(encoding="utf-8")
    for setting in SETTINGS:
        assert f"`{setting.name}`" in text
        assert f"`{PREFIX}{setting.name.upper()}`" in text


@pytest.mark.parametrize("noun", FIELDS)
def test_every_field_is_in_the_docs(noun: str) -> None:
    """docs/book.md has a section for each noun with a row for each of its fields."""
    text = (ROOT / "docs" / "book.md").read_text(encoding="utf-8")
    section = re.search(rf"^### {noun}\b(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None, f"no section {noun}"
    missing = [entry.name for entry in FIELDS[noun] if f"| `{entry.name}` |" not in section.group(1)]
    assert missing == []


def test_links_between_pages_lead_somewhere() -> None:
    """A relative link in any page names a file that exists."""
    pages = [*PAGES, *ROOT.glob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
