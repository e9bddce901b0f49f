"""Whose block is it? The ownership tag as text, and "ours, another owner's, nobody's" in one pure function.

Formats here are public from the first commit: docs/decisions/0001-ownership-tag.md and 0002-keys.md. Changing one
needs a migration.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime
from typing import Literal

from rules.timeline import Interval, Tag

PROPERTY = "X-SESSION-BREAKS"
UID_DOMAIN = "session-breaks.invalid"
_TAG = re.compile(r"^1;owner=([0-9a-z]{16});key=([^;\s]{1,200});print=([0-9a-f]{12}\.[0-9a-f]{8})$")

Whose = Literal["ours", "another owner's", "nobody's"]


def owner_of(practice_id: str, therapist: str) -> str:
    """The owner a tag carries: 16 characters that only somebody with the practice's id can compute."""
    return _keyed(practice_id, "owner", therapist)[:16]


def hashed(practice_id: str, *parts: str) -> str:
    """A keyed hash (HMAC-SHA-256, 16 hex digits) that stands for something secret, such as a UID, in a key."""
    return _keyed(practice_id, "cause", *parts)[:16]


def hashed_place(practice_id: str, address: str) -> str:
    """A keyed hash (16 hex digits) that stands for a calendar's address in the journal."""
    return _keyed(practice_id, "calendar", address)[:16]


def uid_for(owner: str, key: str) -> str:
    """The UID of the block with this key: always the same, so that a repeated create finds the first one."""
    digest = hashlib.sha256(f"{owner}\n{key}".encode()).hexdigest()
    return f"{digest[:32]}@{UID_DOMAIN}"


def fingerprint(interval: Interval, title: str) -> str:
    """What was written: a hash of the times, a dot, a hash of the title; either alone tells what a hand changed."""
    times = f"{_stamp(interval.start)}/{_stamp(interval.end)}"
    return f"{hashlib.sha256(times.encode()).hexdigest()[:12]}.{hashlib.sha256(title.encode()).hexdigest()[:8]}"


def moved(tag: Tag, interval: Interval) -> bool:
    """Whether a block no longer stands where it was written."""
    return fingerprint(interval, "").split(".")[0] != tag.fingerprint.split(".")[0]


def retitled(tag: Tag, title: str) -> bool:
    """Whether a block's title is no longer what was written."""
    return hashlib.sha256(title.encode()).hexdigest()[:8] != tag.fingerprint.split(".")[1]


def encode(tag: Tag) -> str:
    """The tag as the value of one property, free of characters that iCalendar would have to escape in a parameter."""
    text = f"1;owner={tag.owner};key={tag.key};print={tag.fingerprint}"
    if not _TAG.match(text):
        raise ValueError("a tag that could not be read back")
    return text


def decode(text: str) -> Tag | None:
    """The tag, or None where the text is not one that this version reads (then the entry is somebody else's)."""
    found = _TAG.match(text.strip())
    return Tag(*found.groups()) if found else None


def whose(tag: Tag | None, owner: str) -> Whose:
    """Ours, another owner's or nobody's. Only what is ours may ever be changed."""
    if tag is None:
        return "nobody's"
    return "ours" if tag.owner == owner else "another owner's"


def _keyed(practice_id: str, *parts: str) -> str:
    return hmac.new(practice_id.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")
