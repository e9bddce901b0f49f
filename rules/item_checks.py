"""What does not go together in one protected item. Every problem at the place of the practice's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from rules import values, windows
from rules.items import DEFAULT_WINDOW
from rules.practice import SunRange, TimeRange
from rules.problems import quoted
from rules.shapes import INVALID
from rules.yamltree import Node

Say = Callable[..., None]
"""What is wrong, what to write instead, and the nodes of which the first that the practice wrote is the place."""

_FLOATS = ("length", "at_least", "ideally", "flex", "inside_hours")
_OF_QUOTAS = ("times", "amount", "pieces", "satisfied_by")
_NOT_FIXED = (*_FLOATS, *_OF_QUOTAS, "after", "at_most")
_NOT_A_CAP = (*_FLOATS, *_OF_QUOTAS, "after")


def check_item(item: Mapping[str, Any], node: Node, rules: Mapping[str, Any], say: Say) -> None:
    """One item of `protect`: what was read of it, the merged node, and the rules it belongs to."""
    if item.get("use") is INVALID:
        return  # what it would have brought is not known
    name = quoted(str(item["name"])) if item.get("name") else "this item"
    key = {text: node.key(text) for text in node.pairs}
    if item.get("on") == []:
        say(f"{name} has no weekday", "write one such as `mon-fri`, or `off: yes`", node.get("on"), node)
    for text in ("at", "between"):
        if isinstance(item.get(text), SunRange) and "location" not in rules:
            say(
                f"{name} goes by the sun, and where the practice is is not said",
                "write `location: {latitude: 51.5, longitude: -0.12}`",
                node.get(text),
                node,
            )
    if "at" in item and "between" in item:
        say(
            f"{name} has both `at` (a fixed time) and `between` (a window)",
            "keep one of them",
            key["between"],
            key["at"],
            node,
        )
    elif "at" in item:
        for text in _NOT_FIXED:
            if text in item:
                say(
                    f"{name} has a fixed time, for which `{text}` means nothing",
                    "remove it",
                    key[text],
                    key["at"],
                    node,
                )
    elif "at_most" in item:
        _cap(item, node, name, say)
    elif "between" in item or "after" in item or "times" in item or "amount" in item:
        _floating(item, node, name, say)
    elif not (set(node.pairs) - set(item) - {"name"}):
        say(
            f"{name} has neither `at` nor `between`",
            "write `at: 15:00-17:00` for a fixed time, or `between: 11:30-14:00` and `length: 45 min`, or `off: yes`",
            node,
        )


def _cap(item: Mapping[str, Any], node: Node, name: str, say: Say) -> None:
    for text in _NOT_A_CAP:
        if text in item:
            say(
                f"{name} limits days with `at_most`, for which `{text}` means nothing",
                "remove it, or remove `at_most`",
                node.key(text),
                node.key("at_most"),
                node,
            )
    if "between" not in item:
        say(
            f"{name} has `at_most` and no window",
            "write one such as `between: 18:30-24:00`",
            node.key("at_most"),
            node,
        )


def _floating(item: Mapping[str, Any], node: Node, name: str, say: Say) -> None:
    if "amount" in item:
        _amount(item, node, name, say)
    else:
        _pieces_without_amount(item, node, name, say)
        if "length" not in item:
            say(
                f"{name} floats in a window and has no `length`",
                "write `length: 45 min`",
                node.key("between") or node.key("after") or node.key("times"),
                node,
            )
    length, at_least = item.get("length"), item.get("at_least")
    if length == timedelta(0) or at_least == timedelta(0):
        which = "length" if length == timedelta(0) else "at_least"
        say(f"`{which}` of {name} is 0", "write one such as `30 min`, or `off: yes`", node.get(which), node)
    if at_least and length and at_least > length:
        say(
            f"`at_least` of {name} is longer than its `length`",
            f"write at most `{values.spell(length)}`",
            node.get("at_least"),
            node.get("length"),
            node,
        )
    _window(item, node, name, say)
    if "flex" in item and "ideally" not in item:
        say(
            f"`flex` of {name} needs an `ideally`",
            "write `ideally: 12:30`, or remove `flex`",
            node.key("flex"),
            node,
        )
    if "satisfied_by" in item and not {"times", "amount"} & item.keys():
        say(
            f"`satisfied_by` of {name} counts towards nothing",
            "write `times: 1 per week` or an `amount`, or remove it",
            node.key("satisfied_by"),
            node,
        )
    _conditions(item, node, name, say)


def _conditions(item: Mapping[str, Any], node: Node, name: str, say: Say) -> None:
    listing = node.get("satisfied_by")
    found = item.get("satisfied_by")
    if listing is None or not isinstance(found, list):
        return
    nodes = listing.items if listing.kind == "list" else [listing]
    for rule, where in zip(found, nodes, strict=True):
        if rule == {} and not where.pairs:
            say(
                f"every event would count for {name}",
                'write a condition such as `{title: "*supervision*"}`',
                where,
                node,
            )
        longer, shorter = (rule.get("longer_than"), rule.get("shorter_than")) if rule else (None, None)
        if longer is not None and shorter and longer is not INVALID and shorter <= longer:
            say(
                "no event is longer than this and shorter than `shorter_than`",
                "make `shorter_than` the larger of the two",
                where.get("longer_than"),
                node,
            )


def _pieces_without_amount(item: Mapping[str, Any], node: Node, name: str, say: Say) -> None:
    if "pieces" in item:
        say(
            f"`pieces` of {name} belong to an `amount`",
            "write `amount: 90 min per month`, or remove `pieces`",
            node.key("pieces"),
            node,
        )


def _amount(item: Mapping[str, Any], node: Node, name: str, say: Say) -> None:
    for text in ("length", "at_least", "times"):
        if text in item:
            advice = "keep one of them" if text == "times" else "remove it, or write `pieces: 30-90 min` instead"
            say(f"{name} asks for an `amount`, beside which `{text}` means nothing", advice, node.key(text), node)
    amount, pieces = item["amount"], item.get("pieces")
    if amount and pieces and pieces[0] > amount[0]:
        say(
            f"one piece of {name} is longer than its `amount`",
            f"write pieces of at most `{values.spell(amount[0])}`, or a longer amount",
            node.get("pieces"),
            node.get("amount"),
            node,
        )


def _window(item: Mapping[str, Any], node: Node, name: str, say: Say) -> None:
    """A window that is too short for what lies in it; a wish outside it."""
    window = item.get("between", windows.window(DEFAULT_WINDOW) if "after" not in item else None)
    if not isinstance(window, TimeRange | SunRange):
        return
    where = (node.get("between"), node)
    room = windows.room_of(window)
    shown = windows.written(window)
    length, at_least, times = item.get("length"), item.get("at_least"), item.get("times")
    shortest = at_least or length
    if room is not None and length and (shortest or length) > room:
        what = f"even the `at_least` of {name}" if at_least else name
        say(
            f"{what} is longer than its window",
            f"write at most `{values.spell(room)}`, or a wider `between`",
            node.get("at_least") if at_least else node.get("length"),
            *where,
        )
    elif room is not None and length and length > room:
        say(
            f"{name} is longer than its window",
            f"write at most `{values.spell(room)}`, or a wider `between`",
            node.get("length"),
            *where,
        )
    elif room is not None and shortest and times and times[1] == "day" and times[0] * shortest > room:
        say(
            f"{times[0]} times {values.spell(shortest)} of {name} do not fit into {shown}",
            "write fewer `times` or a wider `between`",
            node.get("times"),
            *where,
        )
    amount = item.get("amount")
    piece = (item.get("pieces") or (amount[0],))[0] if amount else None
    if room is not None and piece and piece > room:
        say(
            f"the shortest piece of {name} ({values.spell(piece)}) is longer than its window {shown}",
            f"write `pieces` of at most `{values.spell(room)}`, or a wider `between`",
            node.get("pieces"),
            node.get("amount"),
            *where,
        )
    if item.get("ideally") and isinstance(window, TimeRange):
        start, end = values.span_of(window)
        moment = item["ideally"].hour * 60 + item["ideally"].minute
        if not (start <= moment < end or start <= moment + 1440 < end):
            say(
                f"`ideally` of {name} lies outside its window",
                f"write a time in `{shown}`",
                node.get("ideally"),
                *where,
            )
