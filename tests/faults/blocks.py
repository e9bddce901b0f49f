"""Blocks as text: whose one is, read by nothing of the code under test, and one that another practice wrote."""

from __future__ import annotations

import re
from datetime import datetime

from connectors import ownership
from connectors.base import Entry
from connectors.ical_write import calendar_text
from rules.timeline import Interval, Tag

TAG = b"X-SESSION-BREAKS"
OTHERS = "0therpract1ce000"
"""The owner of blocks that another practice wrote."""


def is_own(body: bytes) -> bool:
    """Whether an entry is a block of the practice under test."""
    return TAG in body and OTHERS.encode() not in re.sub(rb"\r?\n ", b"", body)


def keys_of(body: bytes) -> list[str]:
    """The keys in the tags of whatever is in a text, iCalendar or JSON."""
    return [key.decode() for key in re.findall(rb";key=(.*?)\\?;", re.sub(rb"\r?\n ", b"", body))]


def times_of(body: bytes) -> list[bytes]:
    """When a block is, as it says."""
    return sorted(re.findall(rb'DT(?:START|END)[:;][^\r\n]+|"(?:start|end)": \{[^}]*\}', body))


def others_entry(start: datetime, end: datetime) -> Entry:
    """A block that another practice wrote into the calendar: it has a tag like ours."""
    interval, key = Interval(start, end), "protect/tea/2026-12-04"
    tag = Tag(OTHERS, key, ownership.fingerprint(interval, "Held"))
    uid = ownership.uid_for(OTHERS, key)
    return Entry(uid=uid, interval=interval, title="Held", private=True, tag=tag, stamp=start)


def block_of_others(start: datetime, end: datetime) -> bytes:
    return calendar_text(others_entry(start, end))
