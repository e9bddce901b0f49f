"""What a scenario's lines ask for, held against what came out.

Blocks are what the therapist would see in the calendar after the sync, those that have begun or are over too; findings
and open time are what the run says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from rules.demand import Finding
from rules.practice import Kind
from rules.timeline import Interval, local_date, merge, subtract
from rules.values import length as length_of
from tests.bookings import starts
from tests.scenarios.story import CLOCK, DAY, SPAN, Days, NotAScenarioError

MINUTE = timedelta(minutes=1)
CODES = (
    "short-break|over-limit|long-run|short-rest|no-day-off|long-day|no-time-for-notes|overlapped|not-placed|"
    "session-on-day-off|double-booked|stale-copy|guard-removed|no-session"
)
NAME = r"[A-Z][\w' ]*?"


@dataclass(frozen=True, slots=True)
class Came:
    """What came out of one step. `blocks`: title and time. `bookable`: the kinds that may be booked. `wrote`: how many
    writes the sync made; `again`: what a second look would change, which is nothing where all is well."""

    days: Days
    now: datetime
    blocks: tuple[tuple[Interval, str], ...]
    findings: tuple[Finding, ...]
    open: tuple[Interval, ...]
    bookable: tuple[Kind, ...]
    wrote: int
    again: tuple[str, ...]

    def bookings(self, kind: str | None) -> Iterable[Interval]:
        """Every booking that open time has room for, of one kind or of any."""
        for one in self.bookable:
            if kind in (None, one.name):
                for start in starts(self.open, one):
                    yield Interval(start, start + one.length)

    def told(self, span: Interval) -> list[str]:
        """Everything that came out and touches a span, as lines."""
        touching = Interval(span.start - timedelta(microseconds=1), span.end)
        rows = [(i, f"{self.days.shown(i)} {name}") for i, name in self.blocks if i.overlaps(touching)]
        rows += [(f.interval, self.finding(f)) for f in self.findings if f.interval.overlaps(touching)]
        rows += [(i, f"{self.days.shown(i)} open") for o in self.open if (i := o.clip(span)) is not None]
        return [line for _, line in sorted(rows)]

    def finding(self, found: Finding) -> str:
        return f"{self.days.shown(found.interval)} {found.code}: {found.message}"


def unmet(expected: Iterable[str], came: Came) -> list[str]:
    """Each line that did not come out so, with why. A second look that would change something is unmet too."""
    lines = list(expected)
    found = [f"{line}\n      {why}" for line in lines if (why := _check(line, lines, came))]
    found += [f"a second look changes nothing\n      it would: {change}" for change in came.again]
    return found


def spans_of(expected: Iterable[str], days: Days) -> list[Interval]:
    """The days that the lines speak of, whole and merged."""
    found = [days.span_of(m) for line in expected for m in re.findall(SPAN, line)]
    dates = {local_date(i.start, days.zone) for i in found} | {local_date(i.end - MINUTE, days.zone) for i in found}
    return merge(days.span_of(f"{d:%a} {d.day} {d:%b}") for d in dates)


def _check(line: str, lines: list[str], came: Came) -> str:
    """Why a line did not come out so, or ''."""
    for pattern, look in _FORMS:
        if found := re.fullmatch(pattern, line):
            return look(found, came, lines)
    raise NotAScenarioError(f"not an expectation: {line}")


def _finding(found: re.Match[str], came: Came, _: list[str]) -> str:
    span = came.days.span_of(found["span"])
    there = [f for f in came.findings if f.code == found["code"]]
    exact = [f for f in there if f.interval == span]
    words = [w.strip() for w in (found["words"] or "").split(";") if w.strip()]
    if any(all(w in f"{f.message} {f.grade}" for w in words) for f in exact):
        return ""
    return "there is: " + "; ".join(came.finding(f) for f in exact or there) if there else "there is none"


def _block(found: re.Match[str], came: Came, _: list[str]) -> str:
    span = came.days.span_of(found["span"])
    if (span, found["name"]) in came.blocks:
        return ""
    near = [f"{came.days.shown(i)} {n}" for i, n in came.blocks if i.overlaps(span)]
    return "there is: " + "; ".join(near) if near else "there is no block"


def _open(found: re.Match[str], came: Came, _: list[str]) -> str:
    span = came.days.span_of(found["span"])
    there = [i for o in came.open if (i := o.clip(span)) is not None]
    wrong = there if found["no"] else subtract([span], there)
    state = "open" if found["no"] else "not open"
    return f"{state}: {', '.join(came.days.shown(i) for i in wrong)}" if wrong else ""


def _bookable_in(found: re.Match[str], came: Came, _: list[str]) -> str:
    span, kind = came.days.span_of(found["span"]), None if found["kind"] == "thing" else found["kind"].strip()
    if kind is not None and kind not in {k.name for k in came.bookable}:
        return f"{kind} is no kind that may be booked"
    there = [b for b in came.bookings(kind) if b.overlaps(span)]
    if found["no"] == "no":
        return f"bookable, for one: {came.days.shown(there[0])}" if there else ""
    return "" if there else "there is nothing bookable"


def _bookable_from(found: re.Match[str], came: Came, _: list[str]) -> str:
    first, last = (came.days.moment(found["day"], found[n]) for n in ("first", "last"))
    there = {b.start for b in came.bookings(None) if first <= b.start <= last}
    every = {first + n * MINUTE for n in range(int((last - first) / MINUTE) + 1)}
    wrong = sorted(there if found["no"] else every - there)
    clocks = [t.astimezone(came.days.zone).strftime("%H:%M") for t in wrong]
    state = "bookable" if found["no"] else "not bookable"
    return f"{state} at {clocks[0]} to {clocks[-1]} ({len(clocks)} starts)" if wrong else ""


def _nothing_else(found: re.Match[str], came: Came, lines: list[str]) -> str:
    day = came.days.span_of(found["day"])
    what = found["what"]
    said = [m for line in lines for p, _ in _FORMS[:2] if (m := re.fullmatch(p, line))]
    blocks = {(came.days.span_of(m["span"]), m["name"]) for m in said if "name" in m.groupdict()}
    named = {(came.days.span_of(m["span"]), m["code"]) for m in said if "code" in m.groupdict()}
    more: list[str] = []
    if what != "no other findings":
        only = re.fullmatch(rf"no other ({NAME})", what)
        more += [
            f"{came.days.shown(i)} {n}"
            for i, n in came.blocks
            if i.overlaps(day) and (i, n) not in blocks and (only is None or only[1] == n)
        ]
    if what in ("nothing else", "no other findings"):
        more += [
            came.finding(f) for f in came.findings if f.interval.overlaps(day) and (f.interval, f.code) not in named
        ]
    return "there is: " + "; ".join(more) if more else ""


def _none_of(found: re.Match[str], came: Came, _: list[str]) -> str:
    span = came.days.span_of(found["span"]) if found["span"] else None
    what = found["what"]
    there = [came.finding(f) for f in came.findings if what in ("findings", f.code) and _in(f.interval, span)]
    there += [f"{came.days.shown(i)} {n}" for i, n in came.blocks if what in ("blocks", n) and _in(i, span)]
    return "there is: " + "; ".join(there) if there else ""


def _count(found: re.Match[str], came: Came, _: list[str]) -> str:
    span = came.days.span_of(found["span"])
    there = [i for i, n in came.blocks if n == found["name"] and i.overlaps(span)]
    length = length_of(found["length"]) if found["length"] else None
    if len(there) == int(found["n"]) and all(span.covers(i) and length in (None, i.length) for i in there):
        return ""
    return f"there are {len(there)}: " + "; ".join(came.days.shown(i) for i in there)


def _minutes_of(found: re.Match[str], came: Came, _: list[str]) -> str:
    span = came.days.span_of(found["span"])
    there = [i for i, n in came.blocks if n == found["name"] and i.overlaps(span)]
    total = sum((i.length for i in there), timedelta(0))
    if total == length_of(found["length"]) and all(span.covers(i) for i in there):
        return ""
    return f"there are {total / MINUTE:g} min: " + "; ".join(came.days.shown(i) for i in there)


def _neighbours(found: re.Match[str], came: Came, _: list[str]) -> str:
    dates = sorted(local_date(i.start, came.days.zone) for i, n in came.blocks if n == found["name"])
    close = [f"{a} and {b}" for a, b in pairwise(dates) if b - a <= timedelta(days=1)]
    return "but on " + "; ".join(close) if close else ""


def _begins(found: re.Match[str], came: Came, _: list[str]) -> str:
    at = [i.start.astimezone(came.days.zone).strftime("%H:%M") for i, n in came.blocks if n == found["name"]]
    wrong = [t for t in at if (t == found["at"]) == (found["never"] == "never")]
    return f"it begins at {', '.join(at) or 'no time'}" if wrong or not at else ""


def _unchanged(_found: re.Match[str], came: Came, _: list[str]) -> str:
    return f"{came.wrote} blocks were written, moved or removed" if came.wrote else ""


def _in(span: Interval, wide: Interval | None) -> bool:
    return wide is None or span.overlaps(wide) or (span.start == span.end and wide.covers(span))


_FORMS: tuple[tuple[str, Callable[[re.Match[str], Came, list[str]], str]], ...] = (
    (rf"(?P<span>{SPAN}) (?P<code>{CODES})(?:: (?P<words>.+))?", _finding),
    (rf"(?P<span>{SPAN}) (?P<name>{NAME})", _block),
    (rf"(?P<span>{SPAN}) (?P<no>not )?open", _open),
    (rf"(?P<span>{SPAN}) (?P<no>no|some)(?P<kind>thing| [a-z]+) bookable", _bookable_in),
    (rf"(?P<day>{DAY}) (?P<no>not )?bookable from (?P<first>{CLOCK}) to (?P<last>{CLOCK})", _bookable_from),
    (rf"(?P<what>nothing else|no other findings|no other {NAME}) on (?P<day>{DAY})", _nothing_else),
    (rf"no (?P<what>findings|blocks|{CODES}|{NAME})(?: on (?P<span>{SPAN}))?", _none_of),
    (rf"(?P<n>\d+) x (?P<name>{NAME})(?: of (?P<length>[\w ]+?))? on (?P<span>{SPAN})", _count),
    (rf"(?P<length>[\w ]+?) of (?P<name>{NAME}) on (?P<span>{SPAN})", _minutes_of),
    (rf"(?P<name>{NAME}) never on neighbouring days", _neighbours),
    (rf"(?P<name>{NAME}) (?P<never>always|never) begins at (?P<at>{CLOCK})", _begins),
    (r"nothing changes", _unchanged),
)
