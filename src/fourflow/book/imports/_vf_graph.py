"""Linked data (JSON-LD) -> nodes by id, their properties under plain names. Nothing is fetched.

Compact, prefixed and full names are read alike: `action`, `vf:action` and
`https://w3id.org/valueflows/ont/vf#action` are one property. Contexts are not expanded beyond that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

MAX_NODES = 2_000_000
_BARE = re.compile(r"[#/:]")


@dataclass
class Node:
    """id, types and properties; what a property points at is an id, whatever it was embedded as."""

    id: str
    types: set[str] = field(default_factory=set)
    properties: dict[str, list[str]] = field(default_factory=dict)

    def all(self, name: str) -> list[str]:
        return self.properties.get(name, [])

    def one(self, *names: str) -> str:
        """The first value of the first of `names` that has one, else ""."""
        return next((values[0] for name in names if (values := self.properties.get(name))), "")


def plain(name: str) -> str:
    """A property's or type's own name without prefix and address."""
    return _BARE.split(name.rstrip("#/:"))[-1]


def read_graph(document: dict[str, Any]) -> dict[str, Node]:
    """Every node of the document by its id; nodes with one id are one node. ValueError for too many."""
    nodes: dict[str, Node] = {}
    stack: list[Any] = [document.get("@graph", document)]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack += reversed(item)
        elif isinstance(item, dict):
            _take(item, nodes, stack)
        if len(nodes) > MAX_NODES:
            raise ValueError(f"has more than {MAX_NODES} nodes")
    return nodes


def _take(item: dict[str, Any], nodes: dict[str, Node], stack: list[Any]) -> None:
    """Put one object among the nodes; objects inside of it wait on the stack, under ids of their own."""
    node = nodes.setdefault(_identify(item, nodes), Node(item["@id"]))
    for key, value in item.items():
        if key in ("@id", "id", "@context"):
            continue
        values = value if isinstance(value, list) else [value]
        if key in ("@type", "type"):
            node.types |= {plain(text) for text in values if isinstance(text, str)}
            continue
        texts = node.properties.setdefault(plain(key), [])
        for each in values:
            if isinstance(each, dict) and "@value" not in each:
                texts.append(_identify(each, nodes))
                stack.append(each)
            elif isinstance(each, dict):
                texts += _literal(each["@value"])
            else:
                texts += _literal(each)


def _identify(item: dict[str, Any], nodes: dict[str, Node]) -> str:
    """The id of an object; a nameless one gets a number."""
    given = item.get("@id", item.get("id"))
    item["@id"] = given if isinstance(given, str) and given else f"_:{len(nodes)}-{id(item)}"
    return str(item["@id"])


def _literal(value: object) -> list[str]:
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(value)] if isinstance(value, (str, int, float)) else []
