"""HTML that cannot be injected into: text is escaped unless it was built here.

`Safe` marks finished markup; every other child or attribute value of `tag` is escaped, and characters
that could hide or reorder text (controls, bidirectional overrides) become U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})

Child = object
"""A Safe, a str, a number, None (left out), or an iterable of these."""


class Safe(str):
    """Markup that was built by `tag` or is known to be ours."""

    __slots__ = ()


def clean(value: object) -> str:
    """Text without characters that hide or reorder what follows."""
    return HIDDEN.sub("\ufffd", str(value))


def text(value: object) -> Safe:
    """Escaped for element content and for quoted attributes."""
    return Safe(escape(clean(value), quote=True))


def tag(element: str, /, *children: Child, **attributes: object) -> Safe:
    """An element. `class_` writes class, `data_sort` writes data-sort; None and False are left out."""
    opening = f"<{element}{_attributes(attributes)}>"
    return Safe(opening) if element in VOID else Safe(f"{opening}{join(children)}</{element}>")


def join(children: Iterable[Child]) -> Safe:
    """Children one after the other, escaped where they are not Safe."""
    return Safe("".join(_parts(children)))


def _parts(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Safe):
            yield child
        elif isinstance(child, str) or not isinstance(child, Iterable):
            yield text(child)
        else:
            yield from _parts(child)


def _attributes(attributes: dict[str, object]) -> str:
    written = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        name = name.rstrip("_").replace("_", "-")
        written.append(f" {name}" if value is True else f' {name}="{text(value)}"')
    return "".join(written)
