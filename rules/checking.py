"""What is wrong with rules that can each be read but do not go together. Every problem at the place of the practice's
own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from rules import values
from rules.contradictions import contradictions
from rules.hours import DATED, entries_of
from rules.item_checks import check_item
from rules.merging import name_of
from rules.practice import TimeRange
from rules.problems import BadValueError, Place, listed, nearest, quoted
from rules.shapes import INVALID, Notes
from rules.yamltree import Node

SHORTEST_HORIZON = timedelta(days=1)
LONGEST_HORIZON = timedelta(days=731)


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
        self._place_and_pace()
        for number, item in enumerate(self._list("protect")):
            node = self.tree.get("protect")
            if node is not None and item and not item.get("off"):
                check_item(item, node.items[number] if node.kind == "list" else node, self.read, self._say)
        contradictions(self.tree, self.read, self._say)

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
        if not isinstance(hours, list) or tree is None or INVALID in hours:
            return
        ranges = [found for entry in hours for found in entry["days"].values()]
        if not any(ranges) and INVALID not in ranges:
            self._say(
                "no weekday has working hours",
                "write some, or `working_hours: none` if every hour is working time",
                tree,
            )
        for entry, node in zip(hours, entries_of(tree), strict=True):
            self._overlaps(entry["days"], node)
            self._dates(entry, node)

    def _dates(self, entry: Mapping[str, Any], node: Node) -> None:
        since, until = entry.get("since"), entry.get("until")
        if since and until and until < since:
            self._say("these hours end before they begin", "write an `until` after `from`", node.get("until"))
        if "every" in entry and "since" not in entry:
            self._say("`every` needs a week to count from", "write `from: 2027-01-04`", node.key("every"))

    def _overlaps(self, days: Mapping[str, Any], tree: Node) -> None:
        nodes = {
            values.DAYS[day]: value
            for text, (_, value) in tree.pairs.items()
            if text not in DATED
            for day in _weekdays(text)
        }
        week: list[tuple[int, int, Node | None]] = []
        for name, ranges in days.items():
            if not isinstance(ranges, list):
                continue
            node = nodes.get(name)
            midnight = values.DAYS.index(name) * 1440
            for number, window in enumerate(ranges):
                if isinstance(window, TimeRange):
                    start, end = values.span_of(window)
                    where = node.items[number] if node is not None and node.kind == "list" else node
                    week.append((midnight + start, midnight + end, where))
        week.sort(key=lambda piece: piece[:2])
        overlapping = [piece[2] for before, piece in pairwise(week) if piece[0] < before[1]]
        if week and week[-1][1] - 10080 > week[0][0]:
            overlapping.append(week[-1][2])
        for where in overlapping:
            self._say(
                "these working hours overlap others of the same day", "write ranges that do not overlap", where, tree
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

    def _place_and_pace(self) -> None:
        """What is needed beside what is written: in `location`, `notes` and `limits.in_a_row`."""
        row = self.tree.get("limits", "in_a_row")
        needed: dict[str, tuple[Any, tuple[str, ...], Node | None]] = {
            "location": (self.read.get("location"), ("latitude", "longitude"), self.tree.get("location")),
            "notes": (self.read.get("notes"), ("per_session",), self.tree.get("notes")),
            "limits.in_a_row": ((self.read.get("limits") or {}).get("in_a_row"), ("then",), row),
        }
        examples = {"latitude": "51.5", "longitude": "-0.12", "per_session": "10 min", "then": "30 min"}
        for path, (found, keys, node) in needed.items():
            for key in keys:
                if isinstance(found, dict) and key not in found:
                    self._say(f"`{key}` is missing in `{path}`", f"write `{key}: {examples[key]}`", node)
        found = needed["limits.in_a_row"][0]
        if isinstance(found, dict) and not found.keys() & {"sessions", "time"}:
            self._say(
                "`limits.in_a_row` says neither how many sessions nor how long",
                "write `sessions: 3`, or `in_a_row: none`",
                row,
            )

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


def check_written_once(layer: Node, notes: Notes) -> None:
    """What one layer says twice: a weekday's hours, a protected item, a calendar to read, a bookable kind."""
    hours = layer.get("working_hours")
    for entry in entries_of(hours) if hours is not None else ():
        _check_weekdays(entry, notes)
    protect = layer.get("protect")
    names: dict[str, Node] = {}
    for item in protect.items if protect is not None else ():
        name = name_of(item)
        if name and name in names:
            line = names[name].place.line
            notes.add(
                item.get("name") or item.get("use") or item,
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


def _check_weekdays(entry: Node, notes: Notes) -> None:
    seen_days: dict[int, Node] = {}
    for text, (key, _) in entry.pairs.items():
        found = _weekdays(text)
        twice = sorted(found & seen_days.keys())
        if twice:
            first = seen_days[twice[0]]
            what = f"`{values.DAYS[twice[0]]}` has working hours already, under {quoted(first.text)}"
            notes.add(key, what, "name each weekday once")
        seen_days.update(dict.fromkeys(found, key))


def _weekdays(text: str) -> frozenset[int]:
    try:
        return values.weekdays(text)
    except BadValueError:
        return frozenset()
