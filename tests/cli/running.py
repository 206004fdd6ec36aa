"""Running the command in a process of its own, as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GRAIN = ROOT / "examples" / "grain"
OFFERS = "id,participant,category,quantity [kg],limit_price [EUR/kg]\no-1,Ann,rice,{quantity},1\n"
NEEDS = "id,participant,category,quantity [kg],limit_price [EUR/kg]\nn-1,Bob,rice,5,2\n"


def fourflow(*words: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `fourflow WORDS` in a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FOURFLOW_")}
    return subprocess.run(
        [sys.executable, "-m", "fourflow", *map(str, words)],
        cwd=cwd,
        env={**kept, "TERM": "dumb", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def write_book(folder: Path, offers: str, needs: str = NEEDS) -> Path:
    """A book of two sheets."""
    folder.mkdir()
    (folder / "offers.csv").write_text(offers)
    (folder / "needs.csv").write_text(needs)
    return folder
