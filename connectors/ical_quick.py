"""A short way for the commonest entry: one plain event with its times in UTC, as our own blocks are.

A calendar holds thousands of them, and the general reading costs each thirty times as much. Whatever is not exactly of
this form is left to the general reading (`ical`), and what is read here is what that would have read: a test compares
the two.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from rules.timeline import Interval

_HEAD = frozenset({"CALSCALE", "PRODID", "VERSION"})
_TIMES = ("DTSTART", "DTEND", "DTSTAMP", "LAST-MODIFIED", "CREATED")
_KNOWN = frozenset({*_TIMES, "CLASS", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID", "X-SESSION-BREAKS"})
_TIME = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z")
LONGEST = 20_000  # bytes
_YEARS = range(1901, 2200)  # beyond these, calendars end


def plain_event(body: bytes) -> dict[str, str] | None:
    """The properties of the one event in a calendar object, by name, values as written but for the space around them;
    None where the object is of any other form."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    lines = text.rstrip("\r\n").replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "").split("\n")
    if (
        lines[0] != "BEGIN:VCALENDAR"
        or lines[-2:] != ["END:VEVENT", "END:VCALENDAR"]
        or "\r" in text.replace("\r\n", "")
    ):
        return None
    found: dict[str, str] = {}
    known = _HEAD
    for line in lines[1:-2]:
        name, colon, value = line.partition(":")
        if name in known and colon and name not in found:
            found[name] = value.strip()
        elif line == "BEGIN:VEVENT" and known is _HEAD:
            known = _KNOWN
        else:
            return None
    whole = found.get("UID") and found.get("DTSTART") and found.get("DTEND") and known is _KNOWN
    return found if whole and "\0" not in text and found.get("CALSCALE", "GREGORIAN") == "GREGORIAN" else None


def span_of(event: dict[str, str]) -> Interval | None:
    """When it is; None where its times are not of the plain form."""
    start, end = moment(event["DTSTART"]), moment(event["DTEND"])
    return Interval(start, end) if start is not None and end is not None and start < end else None


def moment(text: str) -> datetime | None:
    """A time in UTC as RFC 5545 section 3.3.5 writes it; None for any other form."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    try:
        year, month, day, hour, minute, second = map(int, found.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC) if year in _YEARS else None
    except ValueError:
        return None
