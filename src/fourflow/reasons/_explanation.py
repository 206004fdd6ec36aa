"""What one listing is told: numbers that a program can use, and sentences for people."""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass
from decimal import Decimal
from typing import Any

from fourflow.reasons._change import Change


@dataclass(frozen=True)
class Threshold:
    """A price per unit that would have been awarded; None where there is none.

    kind : "exact"; "enough": beyond it some is awarded for certain, and maybe before; "bound": at least this
    for a need, at most this for an offer; "estimate": whole decisions are involved and only a new clearing
    can tell; "none": no price would do; "unknown".
    """

    price: Decimal | None
    kind: str


@dataclass(frozen=True)
class Alternative:
    """A counterpart near by: `price` is per unit with haulage (what it costs, or what it would leave)."""

    listing: str
    place: str
    price: Decimal
    left: Decimal


@dataclass(frozen=True)
class Share:
    """A counterpart and what it gives or gets."""

    listing: str
    quantity: Decimal


@dataclass(frozen=True)
class Answer:
    """What one id is told. side : need, offer, project, participant or refused. Prints as sentences."""

    listing: str
    side: str
    cause: str
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.sentences)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: decimals as text."""
        return {name: _plain(value) for name, value in self.__dict__.items()}


@dataclass(frozen=True)
class Explanation(Answer):
    """What happened to one listing. Prints as sentences.

    asked, got : in `unit`; price : what it asks, pays, or (with a sponsor) is worth now; first, whole : the
    prices at which a first unit, or all of the rest, would have been awarded; reachable : how much of
    the rest could be had at any price; gives_way : the listing that the first unit would come from or
    displace; excluded : what kept counterparts out -> how many; awards : who gives it what, or gets it;
    changes : each change that would have been awarded; displaced :
    money by which all of the rest would displace more than it brings, None where that is not known.
    """

    asked: Decimal
    got: Decimal
    unit: str
    currency: str
    price: Decimal
    first: Threshold
    whole: Threshold
    reachable: Decimal
    gives_way: str
    excluded: dict[str, int]
    alternatives: tuple[Alternative, ...]
    awards: tuple[Share, ...]
    changes: tuple[Change, ...]
    displaced: Decimal | None


@dataclass(frozen=True)
class Answers(Answer):
    """What several things of one id are told, a need and a project say. Each is in `answers`."""

    answers: tuple[Answer, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.answers))


def together(answers: list[Answer]) -> Answer:
    """The only answer, or all of them as one."""
    if len(answers) == 1:
        return answers[0]
    sides, causes = ("; ".join(getattr(a, name) for a in answers) for name in ("side", "cause"))
    sentences = tuple(sentence for answer in answers for sentence in answer.sentences)
    return Answers(answers[0].listing, sides, causes, sentences, tuple(answers))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if is_dataclass(value):
        return {name: _plain(item) for name, item in value.__dict__.items()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
