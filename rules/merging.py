"""Layers of a rule file laid over each other: the preset, the practice, one therapist.

Mappings merge deeply, `protect` by name, every other list replaces. ``none`` switches an inherited key off. Working
hours merge by weekday, however the weekdays are written; dated ones replace what is inherited. An item's entry of the
catalogue lies below everything else that is written of it. What is written later wins over what it cannot stand beside:
an item that is given `at` loses an inherited `between`, and an inherited `ideally` that the new window does not hold
is gone (`_fitting`).
"""

from __future__ import annotations

from rules import catalogue, values, windows
from rules.hours import is_plain
from rules.practice import TimeRange
from rules.problems import BadValueError
from rules.protect import slug
from rules.yamltree import Node

QUOTA = ("times", "amount", "pieces", "satisfied_by")
FLOATING = ("between", "length", "at_least", "ideally", "flex", "inside_hours", "after", "at_most", *QUOTA)
_PLACED = ("length", "at_least", "ideally", "flex", "inside_hours", "after", *QUOTA)
"""What an item with `at_most` has nothing to do with."""


def merge(lower: Node | None, upper: Node) -> Node:
    """The upper layer laid over the lower one, without any ``none``. Both are mappings of a rule file's keys."""
    prepared = Node("mapping", upper.place, pairs=dict(upper.pairs))
    hours = upper.get("working_hours")
    if lower is not None and hours is not None and not _merges(lower.get("working_hours"), hours):
        lower = _without(lower, "working_hours")
    for text, (key, value) in upper.pairs.items():
        if text == "working_hours" and is_plain(value):
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


def _merges(lower: Node | None, upper: Node) -> bool:
    """Whether working hours are laid over each other weekday by weekday."""
    return upper.is_none or lower is None or (is_plain(lower) and is_plain(upper))


def _without(node: Node, key: str) -> Node:
    return Node("mapping", node.place, pairs={text: pair for text, pair in node.pairs.items() if text != key})


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
    name = catalogue.label(item)
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
        entry = catalogue.entry(item) if item.kind == "mapping" else None
        if number is None:
            items.append(_deep(None, item) if entry is None else _fitting(entry, item))
        else:
            below = items[number] if entry is None else _fitting(entry, items[number])
            items[number] = _fitting(below, item)
    return Node("list", upper.place, items=items)


def _fitting(lower: Node, upper: Node) -> Node:
    """One item over the inherited one, without inherited keys that what is written leaves no room for."""
    pairs = dict(lower.pairs)
    written = {text for text, (_, value) in upper.pairs.items() if not value.is_none}

    def drop(*keys: str) -> None:
        for text in keys:
            pairs.pop(text, None)

    if "at" in written and not written & {"between", "after", "times", "amount", "at_most"}:
        drop(*FLOATING)
    if written & {"between", "after"} and "at" not in written:
        drop("at")
    if "at_most" in written and not written & {"length", "times", "amount"}:
        drop(*_PLACED)
    if written & {"length", "times", "amount"} and "at_most" not in written:
        drop("at_most")
    if "times" in written and "amount" not in written:
        drop("amount", *({"pieces"} - written))
    if "amount" in written and "times" not in written:
        drop("times", *({"length", "at_least"} - written))
    if "satisfied_by" in written:
        drop("satisfied_by")  # a list, though one may stand alone
    if "between" in written and "ideally" not in written and not _inside(upper.get("between"), lower.get("ideally")):
        drop("ideally", "flex")
    if "length" in written and "at_least" not in written and _shorter(upper.get("length"), lower.get("at_least")):
        drop("at_least")
    return _deep(Node("mapping", lower.place, pairs=pairs), upper)


def _inside(window: Node | None, moment: Node | None) -> bool:
    if window is None or moment is None:
        return True
    try:
        hours = windows.window(window.text)
        minute = values.minute_of_day(moment.text)
    except BadValueError:
        return True
    if not isinstance(hours, TimeRange):
        return False  # by the sun: nothing says that it holds on each day
    start, end = values.span_of(hours)
    return start <= minute < end or start <= minute + 1440 < end


def _shorter(one: Node | None, other: Node | None) -> bool:
    if one is None or other is None:
        return False
    try:
        return values.length(one.text) < values.length(other.text)
    except BadValueError:
        return False
