"""A block from its key alone: the rule that it comes from, and what people call it. Pure.

The key says what a block is for (docs/decisions/0003-keys.md); a name that the rule file no longer has is read off the
key, as far as the key tells it.
"""

from __future__ import annotations

from collections.abc import Iterable

from rules.demand import Block
from rules.occasions import slug
from rules.practice import ProtectItem
from rules.timeline import Interval

_USUAL = {"break": "Break", "guard": "Held", "notes": "Notes"}


def names_of(key: str, items: Iterable[ProtectItem] = ()) -> list[str]:
    """The names that a block with this key may have, the likeliest first; never none. `items`: those of the rules."""
    kind, *rest = key.split("/")
    if kind in _USUAL:
        return [_USUAL[kind]]
    first = rest[0] if rest else ""
    return [*(i.name for i in items if slug(i.name) == first), first.replace("-", " ").capitalize() or "Block"]


def block_of(key: str, interval: Interval, why: str, items: Iterable[ProtectItem] = ()) -> Block:
    """The block with this key as it stands at `interval`."""
    kind, *rest = key.split("/")
    rule = kind
    if kind == "break":
        rule = "breaks.before" if rest[1:2] == ["before"] else "breaks.after"
    elif kind == "guard" and rest and rest[0]:
        rule = rest[0]
    return Block(key=key, rule=rule, name=names_of(key, items)[0], interval=interval, guard=kind == "guard", why=why)
