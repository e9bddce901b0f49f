"""What is wrong with rules that can each be read but do not go together. Every problem at the place of the practice's
own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from rules import values
from rules.merging import name_of
from rules.practice import TimeRange
from rules.problems import BadValueError, Place, listed, nearest, quoted
from rules.shapes import INVALID, Notes
from rules.yamltree import Node

SHORTEST_HORIZON = timedelta(days=1)
LONGEST_HORIZON = timedelta(days=731)
_FLOATING_ONLY = ("length", "at_least", "ideally", "flex", "inside_hours")


@dataclass(frozen=True, slots=True)
class Checker:
    """One therapist's rules (or, where there is no therapist, the practice's): the merged tree, what was read from
    it, and the accounts of the file. `fallback`: the place to name where nothing of the practice's own is to
    blame."""

    tree: Node
    read: Mapping[str, Any]
    notes: Notes
    fallback: Place

    def check(self) -> None:
        self._basics()
        self._hours()
        self._kinds()
        self._breaks()
        for number, item in enumerate(self._list("protect")):
            node = self.tree.get("protect")
            if node is not None and item:
                self._item(item, node.items[number] if node.kind == "list" else node)

    def _say(self, what: str, advice: str, *nodes: Node | None) -> None:
        """At the first node that the practice itself wrote."""
        own = [node.place for node in nodes if node is not None and not node.place.preset]
        self.notes.add(own[0] if own else self.fallback, what, advice)

    def _list(self, key: str) -> list[Any]:
        found = self.read.get(key)
        return found if isinstance(found, list) else []

    def _basics(self) -> None:
        horizon = self.read.get("horizon")
        if horizon and not SHORTEST_HORIZON <= horizon <= LONGEST_HORIZON:
            what = "shorter than a day" if horizon < SHORTEST_HORIZON else "longer than two years"
            self._say(f"this horizon is {what}", "write one such as `6 weeks`", self.tree.get("horizon"))
        if horizon == timedelta(0):
            self._say("this horizon is shorter than a day", "write one such as `6 weeks`", self.tree.get("horizon"))
        grid = self.read.get("grid")
        if isinstance(grid, timedelta):
            minutes = grid // timedelta(minutes=1)
            if not 0 < minutes <= 60 or 60 % minutes:
                self._say(
                    "a grid divides an hour evenly",
                    "write `5 min`, `10 min`, `15 min`, `30 min` or `60 min`",
                    self.tree.get("grid"),
                )

    def _hours(self) -> None:
        hours = self.read.get("working_hours")
        tree = self.tree.get("working_hours")
        if not isinstance(hours, dict) or tree is None:
            return
        if not any(hours.values()) and INVALID not in hours.values() and set(tree.pairs) <= set(hours):
            self._say(
                "no weekday has working hours",
                "write some, or `working_hours: none` if every hour is working time",
                tree,
            )
        week: list[tuple[int, int, Node | None]] = []
        for name, ranges in hours.items():
            if name not in values.DAYS or not isinstance(ranges, list):
                continue
            node = tree.get(name)
            midnight = values.DAYS.index(name) * 1440
            for number, window in enumerate(ranges):
                if isinstance(window, TimeRange):
                    start, end = values.span_of(window)
                    where = node.items[number] if node is not None and node.kind == "list" else node
                    week.append((midnight + start, midnight + end, where))
        week.sort(key=lambda piece: piece[:2])
        for (_, end, _), (start, _, where) in pairwise(week):
            if start < end:
                self._say(
                    "these working hours overlap others of the same day",
                    "write ranges that do not overlap",
                    where,
                    tree,
                )
        if week and week[-1][1] - 10080 > week[0][0]:
            self._say(
                "these working hours overlap others of the same day",
                "write ranges that do not overlap",
                week[-1][2],
                tree,
            )

    def _kinds(self) -> None:
        kinds = self.read.get("kinds")
        names = [] if not isinstance(kinds, dict) else list(kinds)
        for name in names:
            kind = kinds[name] if isinstance(kinds, dict) else None
            node = self.tree.get("kinds", name)
            if not isinstance(kind, dict):
                continue
            if "length" not in kind:
                key = self.tree.get("kinds")
                self._say(f"`length` is missing in `kinds.{name}`", "write `length: 50 min`", node, key)
            elif kind["length"] == timedelta(0):
                self._say(
                    "a kind of session cannot be 0 minutes long",
                    "write `50 min`",
                    self.tree.get("kinds", name, "length"),
                )
        if kinds is INVALID:
            return
        bookable = self.tree.get("bookable")
        for number, name in enumerate(self._list("bookable")):
            node = bookable.items[number] if bookable is not None and bookable.kind == "list" else bookable
            self._known_kind(name, names, node)
        tree = self.tree.get("sessions")
        for number, rule in enumerate(self._list("sessions")):
            if isinstance(rule, dict) and tree is not None:
                item = tree.items[number] if tree.kind == "list" else tree
                if rule.get("kind") != "none":
                    self._known_kind(rule.get("kind"), names, item.get("kind"))
                longer, shorter = rule.get("longer_than"), rule.get("shorter_than")
                if longer is not None and shorter and longer is not INVALID and shorter <= longer:
                    self._say(
                        "no event is longer than this and shorter than `shorter_than`",
                        "make `shorter_than` the larger of the two",
                        item.get("longer_than"),
                    )

    def _known_kind(self, name: Any, names: list[str], node: Node | None) -> None:
        if not isinstance(name, str) or name in names:
            return
        near = nearest(name, names)
        if near:
            advice = f"did you mean `{near}`?"
        elif names:
            advice = f"the kinds are {listed(names, 'and')}; add it under `kinds` if it is another"
        else:
            advice = f"write it under `kinds`: `{{{name}: {{length: 50 min}}}}`"
        self._say(f"there is no kind {quoted(name)}", advice, node)

    def _breaks(self) -> None:
        breaks = self.read.get("breaks")
        if not isinstance(breaks, dict) or INVALID in breaks.values() or not breaks.get("at_least"):
            return
        lengths = [breaks.get(key) or timedelta(0) for key in ("before", "after", "after_heavy")]
        kinds = self.read.get("kinds")
        for kind in kinds.values() if isinstance(kinds, dict) else ():
            if isinstance(kind, dict):
                lengths += [kind.get(key) or timedelta(0) for key in ("before", "after")]
        node = self.tree.get("breaks", "at_least")
        if breaks["at_least"] > max(lengths) and node is not None and not node.place.preset:
            self._say(
                "`at_least` is longer than any break",
                f"write at most `{values.spell(max(lengths))}`, or longer breaks",
                node,
            )

    def _item(self, item: dict[str, Any], node: Node) -> None:
        if item.get("off"):
            return
        name = quoted(str(item["name"])) if item.get("name") else "this item"
        key = {text: node.key(text) for text in node.pairs}
        if item.get("on") == []:
            self._say(f"{name} has no weekday", "write one such as `mon-fri`, or `off: yes`", node.get("on"))
        if "at" in item and "between" in item:
            self._say(
                f"{name} has both `at` (a fixed time) and `between` (a window)",
                "keep one of them",
                key["between"],
                key["at"],
            )
            return
        if "at" in item:
            for text in _FLOATING_ONLY:
                if text in item:
                    self._say(
                        f"{name} has a fixed time, for which `{text}` means nothing", "remove it", key[text], key["at"]
                    )
            return
        if "between" not in item:
            if not (set(node.pairs) - set(item) - {"name"}):
                self._say(
                    f"{name} has neither `at` nor `between`",
                    "write `at: 15:00-17:00` for a fixed time, or `between: 11:30-14:00` and `length: 45 min`, "
                    "or `off: yes`",
                    node,
                )
            return
        self._floating(item, node, name)

    def _floating(self, item: dict[str, Any], node: Node, name: str) -> None:
        window, length, at_least = item["between"], item.get("length"), item.get("at_least")
        if "length" not in item:
            self._say(
                f"{name} floats in a window and has no `length`", "write `length: 45 min`", node.key("between"), node
            )
        if length == timedelta(0) or at_least == timedelta(0):
            which = "length" if length == timedelta(0) else "at_least"
            self._say(f"`{which}` of {name} is 0", "write one such as `30 min`, or `off: yes`", node.get(which), node)
        if at_least and length and at_least > length:
            self._say(
                f"`at_least` of {name} is longer than its `length`",
                f"write at most `{values.spell(length)}`",
                node.get("at_least"),
                node.get("length"),
            )
        if isinstance(window, TimeRange):
            start, end = values.span_of(window)
            room = timedelta(minutes=end - start)
            if length and length > room:
                self._say(
                    f"{name} is longer than its window",
                    f"write at most `{values.spell(room)}`, or a wider `between`",
                    node.get("length"),
                    node.get("between"),
                )
            if item.get("ideally"):
                moment = item["ideally"].hour * 60 + item["ideally"].minute
                if not (start <= moment < end or start <= moment + 1440 < end):
                    self._say(
                        f"`ideally` of {name} lies outside its window",
                        f"write a time in `{window.start:%H:%M}-{window.end:%H:%M}`",
                        node.get("ideally"),
                        node.get("between"),
                    )
        if "flex" in item and "ideally" not in item:
            self._say(
                f"`flex` of {name} needs an `ideally`",
                "write `ideally: 12:30`, or remove `flex`",
                node.key("flex"),
                node,
            )


def check_written_once(layer: Node, notes: Notes) -> None:
    """What one layer says twice: a weekday's hours, a protected item, a calendar to read, a bookable kind."""
    hours = layer.get("working_hours")
    seen_days: dict[int, Node] = {}
    for text, (key, _) in hours.pairs.items() if hours is not None else ():
        try:
            found = values.weekdays(text)
        except BadValueError:
            continue
        twice = sorted(found & seen_days.keys())
        if twice:
            first = seen_days[twice[0]]
            what = f"`{values.DAYS[twice[0]]}` has working hours already, under {quoted(first.text)}"
            notes.add(key, what, "name each weekday once")
        seen_days.update(dict.fromkeys(found, key))
    protect = layer.get("protect")
    names: dict[str, Node] = {}
    for item in protect.items if protect is not None else ():
        name = name_of(item)
        if name and name in names:
            line = names[name].place.line
            notes.add(
                item.get("name") or item,
                f"two protected items have this name, or one that differs only in signs (the first on line {line})",
                "give each its own",
            )
        elif name:
            names[name] = item
    for text in ("read", "bookable"):
        listing = layer.get(text)
        seen: set[str] = set()
        for item in listing.items if listing is not None else ():
            if item.kind == "scalar" and item.text.strip() in seen:
                notes.add(item, f"{quoted(item.text)} is listed twice in `{text}`", "keep one of them")
            seen.add(item.text.strip())
