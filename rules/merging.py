"""Layers of a rule file laid over each other: the preset, the practice, one therapist.

Mappings merge deeply, `protect` by name, every other list replaces. ``none`` switches an inherited key off. Working
hours merge by weekday, however the weekdays are written. What is written later wins over what it cannot stand beside:
an item that is given `at` loses an inherited `between`, and an inherited `ideally` that the new window does not hold
is gone (`_fitting`).
"""

from __future__ import annotations

from rules import values
from rules.problems import BadValueError
from rules.protect import slug
from rules.yamltree import Node

FLOATING = ("between", "length", "at_least", "ideally", "flex", "inside_hours")


def merge(lower: Node | None, upper: Node) -> Node:
    """The upper layer laid over the lower one, without any ``none``. Both are mappings of a rule file's keys."""
    prepared = Node("mapping", upper.place, pairs=dict(upper.pairs))
    for text, (key, value) in upper.pairs.items():
        if text == "working_hours" and value.kind == "mapping":
            prepared.pairs[text] = (key, _by_weekday(value))
        elif text == "bookable" and value.is_none:
            prepared.pairs[text] = (key, Node("list", value.place))  # nothing is, rather than the default
        elif text == "protect":
            below = lower.get("protect") if lower is not None else None
            prepared.pairs[text] = (key, _protect(below, value))
    return _deep(lower, prepared)


def _deep(lower: Node | None, upper: Node) -> Node:
    """Mappings merged key by key, with the upper layer's places; a key that is ``none`` is left out."""
    if upper.kind != "mapping":
        return upper
    below = lower.pairs if lower is not None and lower.kind == "mapping" else {}
    pairs = dict(below)
    for text, (key, value) in upper.pairs.items():
        if value.is_none:
            pairs.pop(text, None)
        else:
            inherited = below.get(text)
            pairs[text] = (key, _deep(inherited[1] if inherited else None, value))
    return Node("mapping", upper.place, pairs=pairs)


def _by_weekday(hours: Node) -> Node:
    """Working hours with one key a weekday; what cannot be read as weekdays stays as it is."""
    pairs: dict[str, tuple[Node, Node]] = {}
    for text, pair in hours.pairs.items():
        try:
            found = values.weekdays(text)
        except BadValueError:
            pairs[text] = pair
            continue
        for weekday in sorted(found):
            pairs.setdefault(values.DAYS[weekday], pair)
    return Node("mapping", hours.place, pairs=pairs)


def name_of(item: Node) -> str:
    """The name that items are matched by, as it stands in keys: case, spaces and signs do not matter."""
    name = item.get("name")
    return slug(name.text) if name is not None and name.kind == "scalar" and name.text.strip() else ""


def _protect(lower: Node | None, upper: Node) -> Node:
    """Items merged by name: inherited ones first, in their order, then new ones."""
    if upper.is_none or upper.is_null:
        return upper
    written = upper.items if upper.kind == "list" else [upper]
    inherited = lower.items if lower is not None and lower.kind == "list" else []
    items: list[Node] = list(inherited)
    known = {name_of(item): number for number, item in enumerate(inherited) if name_of(item)}
    for item in written:
        number = known.pop(name_of(item), None) if item.kind == "mapping" else None
        if number is None:
            items.append(_deep(None, item))
        else:
            items[number] = _fitting(items[number], item)
    return Node("list", upper.place, items=items)


def _fitting(lower: Node, upper: Node) -> Node:
    """One item over the inherited one, without inherited keys that what is written leaves no room for."""
    pairs = dict(lower.pairs)
    written = {text for text, (_, value) in upper.pairs.items() if not value.is_none}
    if "at" in written and "between" not in written:
        for text in FLOATING:
            pairs.pop(text, None)
    if "between" in written and "at" not in written:
        pairs.pop("at", None)
    if "between" in written and "ideally" not in written and not _inside(upper.get("between"), lower.get("ideally")):
        pairs.pop("ideally", None)
        pairs.pop("flex", None)
    if "length" in written and "at_least" not in written and _shorter(upper.get("length"), lower.get("at_least")):
        pairs.pop("at_least", None)
    return _deep(Node("mapping", lower.place, pairs=pairs), upper)


def _inside(window: Node | None, moment: Node | None) -> bool:
    if window is None or moment is None:
        return True
    try:
        start, end = values.span_of(values.time_range(window.text))
        minute = values.minute_of_day(moment.text)
    except BadValueError:
        return True
    return start <= minute < end or start <= minute + 1440 < end


def _shorter(one: Node | None, other: Node | None) -> bool:
    if one is None or other is None:
        return False
    try:
        return values.length(one.text) < values.length(other.text)
    except BadValueError:
        return False
