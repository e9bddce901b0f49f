"""A block -> iCalendar text, in the form that every server takes.

One VEVENT with UID, DTSTAMP, DTSTART and DTEND in UTC; busy; no alarm, no organizer, no attendee, so that no server
sends anything to anybody. Format: RFC 5545 sections 3.1 (lines of at most 75 octets) and 3.3.11 (escaped text).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from connectors.base import Entry
from connectors.ownership import PROPERTY, encode

PRODID = "-//session-breaks//session-breaks//EN"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LINE = 75


def calendar_text(entry: Entry) -> bytes:
    """A whole VCALENDAR with this one block, CRLF line ends, UTF-8."""
    head = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODID}\r\n".encode()
    return head + event_text(entry) + b"END:VCALENDAR\r\n"


def event_text(entry: Entry) -> bytes:
    """The VEVENT alone."""
    lines = [
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"DTSTAMP:{_utc(entry.stamp)}",
        f"DTSTART:{_utc(entry.interval.start)}",
        f"DTEND:{_utc(entry.interval.end)}",
        f"SUMMARY:{_escaped(entry.title)}",
        "TRANSP:OPAQUE",
        f"CLASS:{'PRIVATE' if entry.private else 'PUBLIC'}",
        f"{PROPERTY}:{_escaped(encode(entry.tag))}",
        "END:VEVENT",
    ]
    return b"".join(_folded(line) for line in lines)


def file_stem(uid: str) -> str:
    """The part of a UID before the @, as a name for a file or href. Raises ValueError if it could leave its folder."""
    stem = uid.partition("@")[0]
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,120}", stem):
        raise ValueError("a UID that cannot name a file")
    return stem


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    text = _CONTROL.sub("", text.replace("\r\n", "\n"))
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """The line as octets, folded between characters."""
    pieces: list[bytes] = []
    piece = b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > _LINE - (1 if pieces else 0):
            pieces.append(piece)
            piece = b""
        piece += octets
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"
