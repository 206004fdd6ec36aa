"""Damaged files of other worlds give findings, never an exception."""

from __future__ import annotations

import random
from pathlib import Path

from _foreign import ELECTION, NETWORK, NETWORK_LD, write_network

import fourflow as ff


def damaged(text: str, dice: random.Random) -> bytes:
    """`text` with a few bytes cut out, doubled or replaced."""
    data = bytearray(text.encode())
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(max(len(data), 1))
        what = dice.randrange(4)
        if what == 0:
            del data[at : at + dice.randint(1, 30)]
        elif what == 1:
            data[at:at] = data[at : at + dice.randint(1, 40)]
        elif what == 2 and data:
            data[at] = dice.randrange(256)
        else:
            data[at:at] = dice.choice(
                [b'"', b"\n", b";", b",", b"-", b"1e400", b"\x00", b"{", b"\xff", b"inf"]
            )
    return bytes(data or b" ")


def test_damaged_files_give_findings(tmp_path: Path) -> None:
    """150 elections, networks and linked data with bytes cut, doubled or replaced: a book or findings."""
    dice = random.Random(20230721)
    for number in range(50):
        file = tmp_path / f"{number}.pb"
        file.write_bytes(damaged(ELECTION, dice))
        ff.check(file)
        file = tmp_path / f"{number}.jsonld"
        file.write_bytes(damaged(NETWORK_LD, dice))
        ff.check(file)
        folder = write_network(tmp_path / f"net-{number}")
        name = dice.choice(sorted(NETWORK))
        (folder / name).write_bytes(damaged(NETWORK[name], dice))
        ff.check(folder)
