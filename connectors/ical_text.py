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

from connectors.limits import DEEPEST, LONGEST_ZONE, MOST_BYTES, MOST_LINES
from rules.timeline import Interval

WANTED = frozenset(
    {
        "ATTENDEE", "CLASS", "DTEND", "DTSTAMP", "DTSTART", "DURATION", "EXDATE", "EXRULE", "LAST-MODIFIED",
        "ORGANIZER", "RDATE", "RECURRENCE-ID", "RRULE", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID",
        "X-MICROSOFT-CDO-BUSYSTATUS", "X-SESSION-BREAKS",
    }
)  # fmt: skip
_WANTED = {name: name for name in WANTED}  # each by one text, so that a million lines do not hold a million names
_ABOUT = frozenset({"CALSCALE", "METHOD", "X-WR-TIMEZONE"})
_NAME = re.compile(r"[A-Za-z0-9-]{1,40}")
_NOTE = re.compile(r"(DESCRIPTION|LOCATION|COMMENT|CONTACT|URL|ATTACH)(;[^:]*)?:\s*\S", re.IGNORECASE)
_DAY = re.compile(r"(\d{8})(?:T\d{6}Z?)?\s*$")
_LONGEST_TIME = 1_000  # characters of a DTSTART or DTEND with its zone
_UNCERTAIN = frozenset({"RRULE", "RDATE", "RECURRENCE-ID", "DURATION", "EXRULE"})
# No zone is further than 14 hours from UTC, and an all-day end is exclusive: two days keep everything that is near.
_MARGIN = timedelta(days=2)


class NotACalendar(ValueError):  # noqa: N818 - it names what happened
    """The text is no complete iCalendar text. The message says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class RawEvent:
    """A VEVENT: name (upper case) and whole unfolded line of every property that matters here, nested components
    (alarms) left out; the VCALENDAR it stands in; and whether it has a note, a place or the like, which is not read."""

    named: tuple[tuple[str, str], ...] = field(repr=False)
    home: RawCalendar = field(repr=False)
    noted: bool = False


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
    body = body.replace(b"\n ", b"").replace(b"\n\t", b"")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def split(body: bytes) -> list[RawCalendar]:
    """Every VCALENDAR in the file. Raises NotACalendar for anything that is not one from beginning to end."""
    if len(body) > MOST_BYTES:
        raise NotACalendar(f"it is larger than {MOST_BYTES // 1024 // 1024} MB")
    text = unfolded(body)
    if text.count("\n") > MOST_LINES:
        raise NotACalendar(f"it has more than {MOST_LINES:,} lines")
    if not text or text.isspace():
        raise NotACalendar("it is empty")
    start = text[:1_000].lstrip()
    if start.partition("\n")[0].strip().upper() != "BEGIN:VCALENDAR":
        raise NotACalendar("it is a web page, not a calendar" if start[:1] == "<" else "it is not an iCalendar file")
    calendars: list[RawCalendar] = []
    stack: list[str] = []
    event: list[tuple[str, str]] = []
    zone: list[str] = []
    noted = False
    line = ""
    for line in _lines(text):
        head = line[:6].upper()
        if head == "BEGIN:":
            stack.append(line[6:100].strip().upper())
            if len(stack) > DEEPEST:
                raise NotACalendar(f"its components are nested more than {DEEPEST} deep")
            if len(stack) == 1:
                calendars.append(RawCalendar())
            elif len(stack) == 2:
                event, zone, noted = [], [], False
                calendars[-1].has_freebusy |= stack[1] == "VFREEBUSY"
        elif head.startswith("END:"):
            name = line[4:100].strip().upper()
            if not stack or stack[-1] != name:
                cut_off = stack and text.rstrip().endswith(line.strip())
                raise NotACalendar(
                    "it is cut off before its end" if cut_off else "its BEGIN and END lines do not match"
                )
            if len(stack) == 2 and name == "VEVENT":
                calendars[-1].events.append(RawEvent(tuple(event), calendars[-1], noted))
            elif len(stack) == 2 and name == "VTIMEZONE":
                _keep_zone(calendars[-1], [*zone, line])
            stack.pop()
        elif len(stack) == 1:
            if (found := _NAME.match(line)) and (key := found[0].upper()) in _ABOUT:
                calendars[-1].properties.setdefault(key, line.partition(":")[2][:_LONGEST_TIME].strip())
        elif len(stack) == 2 and stack[1] == "VEVENT":
            found = _NAME.match(line)
            wanted = _WANTED.get(found[0].upper()) if found else None
            if wanted is not None:
                event.append((wanted, line))
            elif not noted:
                noted = _NOTE.match(line[:_LONGEST_TIME]) is not None
        if len(stack) > 1 and stack[1] == "VTIMEZONE":
            zone.append(line)
    if stack:
        raise NotACalendar("it is cut off before its end")
    return calendars


def _lines(text: str) -> Iterator[str]:
    """The lines that are not blank, one after the other: a list of all would cost many times the text."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        if line and not line.isspace():
            yield line
        start = end + 1


def _keep_zone(calendar: RawCalendar, lines: list[str]) -> None:
    text = "\r\n".join(lines) + "\r\n"
    for line in lines if len(text) <= LONGEST_ZONE else ():
        if line[:5].upper() in ("TZID:", "TZID;"):
            calendar.zones[line.partition(":")[2].strip()] = text
            return


def may_touch(event: RawEvent, window: Interval) -> bool:
    """False only if the event certainly has no time in the window: both its ends can be read and lie well outside."""
    start = end = None
    for name, line in event.named:
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
        uid = next((line.partition(":")[2].strip() for name, line in event.named if name == "UID"), "")
        if uid:
            groups.setdefault(uid, []).append(event)
        else:
            nameless.append([event])
    return [g for g in [*groups.values(), *nameless] if any(may_touch(event, window) for event in g)]


def _day(line: str) -> date | None:
    found = _DAY.search(line[-100:]) if len(line) <= _LONGEST_TIME else None
    if not found:
        return None
    try:
        return date(int(found[1][:4]), int(found[1][4:6]), int(found[1][6:]))
    except ValueError:
        return None
