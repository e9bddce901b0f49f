"""iCalendar text cut into components without parsing them: what is cheap to find, and what may touch a window.

A practice's feed holds years of events; parsing one costs a hundred times what finding it costs. So the text is cut
at its BEGIN and END lines, events that cannot touch the window are left out, and of the others only the properties
that matter here are read (never descriptions, locations or alarms). Format: RFC 5545 section 3.1 (lines, folding) and
3.6 (components).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from rules.timeline import Interval

WANTED = frozenset(
    {
        "ATTENDEE", "CLASS", "DTEND", "DTSTAMP", "DTSTART", "DURATION", "EXDATE", "EXRULE", "LAST-MODIFIED", "RDATE",
        "RECURRENCE-ID", "RRULE", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID", "X-MICROSOFT-CDO-BUSYSTATUS",
        "X-SESSION-BREAKS",
    }
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9-]+")
_FOLD = re.compile(rb"\n[ \t]")
_DAY = re.compile(r"[:;].*?(\d{8})(?:T\d{6}Z?)?\s*$")
_UNCERTAIN = frozenset({"RRULE", "RDATE", "RECURRENCE-ID", "DURATION", "EXRULE"})
# No zone is further than 14 hours from UTC, and an all-day end is exclusive: two days keep everything that is near.
_MARGIN = timedelta(days=2)


class NotACalendar(ValueError):  # noqa: N818 - it names what happened
    """The text is no complete iCalendar text. The message says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class RawEvent:
    """A VEVENT as unfolded content lines, nested components (alarms) left out, and the VCALENDAR it stands in."""

    lines: tuple[str, ...] = field(repr=False)
    home: RawCalendar = field(repr=False)

    def named(self) -> Iterator[tuple[str, str]]:
        """Name (upper case) and whole line of every property that matters here."""
        for line in self.lines:
            found = _NAME.match(line)
            if found and (name := found[0].upper()) in WANTED:
                yield name, line


@dataclass(slots=True)
class RawCalendar:
    """One VCALENDAR: its own properties, its VTIMEZONE texts by TZID, its events, and whether it holds VFREEBUSY."""

    properties: dict[str, str] = field(default_factory=dict, repr=False)
    zones: dict[str, str] = field(default_factory=dict, repr=False)
    events: list[RawEvent] = field(default_factory=list, repr=False)
    has_freebusy: bool = False


def unfolded(body: bytes) -> str:
    """Text of a calendar file: line ends made ``\\n``, folds undone (before decoding, since a fold may cut a
    character in two), NULs and a byte-order mark dropped; UTF-8, or Latin-1 where it is not."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = body.decode("utf-16", "replace").encode()
    body = body.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    body = _FOLD.sub(b"", body)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def split(body: bytes) -> list[RawCalendar]:
    """Every VCALENDAR in the file. Raises NotACalendar for anything that is not one from beginning to end."""
    lines = [line for line in unfolded(body).split("\n") if line.strip()]
    if not lines:
        raise NotACalendar("it is empty")
    if lines[0].strip().upper() != "BEGIN:VCALENDAR":
        start = lines[0].lstrip()[:1]
        raise NotACalendar("it is a web page, not a calendar" if start == "<" else "it is not an iCalendar file")
    calendars: list[RawCalendar] = []
    stack: list[str] = []
    event: list[str] = []
    zone: list[str] = []
    for line in lines:
        head = line[:6].upper()
        if head == "BEGIN:":
            stack.append(line[6:].strip().upper())
            if len(stack) == 1:
                calendars.append(RawCalendar())
            elif len(stack) == 2:
                event, zone = [], []
                calendars[-1].has_freebusy |= stack[1] == "VFREEBUSY"
        elif head.startswith("END:"):
            name = line[4:].strip().upper()
            if not stack or stack[-1] != name:
                cut_off = stack and line is lines[-1]
                raise NotACalendar(
                    "it is cut off before its end" if cut_off else "its BEGIN and END lines do not match"
                )
            if len(stack) == 2 and name == "VEVENT":
                calendars[-1].events.append(RawEvent(tuple(event), calendars[-1]))
            elif len(stack) == 2 and name == "VTIMEZONE":
                _keep_zone(calendars[-1], [*zone, line])
            stack.pop()
        elif len(stack) == 1:
            key, _, value = line.partition(":")
            calendars[-1].properties.setdefault(key.split(";")[0].upper(), value.strip())
        elif len(stack) == 2 and stack[1] == "VEVENT":
            event.append(line)
        if len(stack) > 1 and stack[1] == "VTIMEZONE":
            zone.append(line)
    if stack:
        raise NotACalendar("it is cut off before its end")
    return calendars


def _keep_zone(calendar: RawCalendar, lines: list[str]) -> None:
    for line in lines:
        if line[:5].upper() in ("TZID:", "TZID;"):
            calendar.zones[line.partition(":")[2].strip()] = "\r\n".join(lines) + "\r\n"
            return


def may_touch(event: RawEvent, window: Interval) -> bool:
    """False only if the event certainly has no time in the window: both its ends can be read and lie well outside."""
    start = end = None
    for name, line in event.named():
        if name in _UNCERTAIN:
            return True
        if name == "DTSTART":
            start = _day(line)
        elif name == "DTEND":
            end = _day(line)
    if start is None or end is None or end < start or start.year < 2 or end.year > 9998:
        return True
    return end + _MARGIN >= window.start.date() and start - _MARGIN <= window.end.date()


def grouped(events: Iterable[RawEvent], window: Interval) -> list[list[RawEvent]]:
    """Events by UID, so that an exception stays with its series and copies of one UID stay together; only those
    groups of which one may touch the window."""
    groups: dict[str, list[RawEvent]] = {}
    nameless: list[list[RawEvent]] = []
    for event in events:
        uid = next((line.partition(":")[2].strip() for name, line in event.named() if name == "UID"), "")
        if uid:
            groups.setdefault(uid, []).append(event)
        else:
            nameless.append([event])
    return [g for g in [*groups.values(), *nameless] if any(may_touch(event, window) for event in g)]


def _day(line: str) -> date | None:
    found = _DAY.search(line)
    if not found:
        return None
    try:
        return date(int(found[1][:4]), int(found[1][4:6]), int(found[1][6:]))
    except ValueError:
        return None
