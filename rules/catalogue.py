"""The wellbeing catalogue: protected items that a rule file can name, ``protect: [{use: mindfulness}]``.

Its values stand in catalogue.yaml, each with its mark and source beside it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from rules.presets import Figure, figures_in
from rules.yamltree import Node, parse

SOURCE = "catalogue"
"""What `Place.preset` says of a value that comes from here."""


@cache
def text() -> str:
    """The catalogue as it is shipped."""
    return (files("rules") / "catalogue.yaml").read_text(encoding="utf-8")


@cache
def _tree() -> Node:
    return parse(text(), SOURCE, preset=SOURCE)[0]


@cache
def names() -> tuple[str, ...]:
    """What can be used, in the order of the file."""
    return tuple(_tree().pairs)


def entry(node: Node) -> Node | None:
    """The entry that a written item uses, or None where it uses none or one that is not there."""
    use = node.get("use")
    if use is None or use.kind != "scalar":
        return None
    return _tree().get(use.text.strip().casefold().replace(" ", "-").replace("_", "-"))


def label(node: Node) -> Node | None:
    """The node of an item's name: its own, or else that of the entry it uses."""
    own = node.get("name")
    used = entry(node) if own is None else None
    return own if used is None else used.get("name")


def figures(name: str) -> list[Figure]:
    """Every value of an entry with its mark and source."""
    return [figure for figure in figures_in(text()) if figure.path.split(".")[0] == name]
