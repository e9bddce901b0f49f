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
_KEY = r"owner=(?P<owner>[0-9a-z]{16});key=(?P<key>[^;\s]{1,400})"
_PRINT = r"print=(?P<fingerprint>[0-9a-f]{12}\.[0-9a-f]{8})"
_TAG = re.compile(rf"^1;{_KEY};{_PRINT}$")
_TAG_OF = re.compile(rf"^2;{_KEY};of=(?P<of>[0-9a-f]{{32}});{_PRINT}$")

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
    return f"{hashlib.sha256(times.encode()).hexdigest()[:12]}.{titled(title)}"


def titled(title: str) -> str:
    """The part of a fingerprint that stands for the title."""
    return hashlib.sha256(title.encode()).hexdigest()[:8]


def moved(tag: Tag, interval: Interval) -> bool:
    """Whether a block no longer stands where it was written."""
    return fingerprint(interval, "").split(".")[0] != tag.fingerprint.split(".")[0]


def retitled(tag: Tag, title: str) -> bool:
    """Whether a block's title is no longer what was written."""
    return titled(title) != tag.fingerprint.split(".")[1]


def encode(tag: Tag) -> str:
    """The tag as the value of one property, free of characters that iCalendar would have to escape in a parameter.
    Version 2 where the UID does not follow from owner and key (docs/decisions/0013-discreet-tags.md)."""
    version, of = ("2", f"of={tag.of};") if tag.of else ("1", "")
    text = f"{version};owner={tag.owner};key={tag.key};{of}print={tag.fingerprint}"
    if decode(text) is None:
        raise ValueError("a tag that could not be read back")
    return text


def decode(text: str) -> Tag | None:
    """The tag, or None where the text is not one that this version reads (then the entry is somebody else's)."""
    found = _TAG.match(text.strip()) or _TAG_OF.match(text.strip())
    if found is None:
        return None
    said = found.groupdict()
    return Tag(said["owner"], said["key"], said["fingerprint"], said.get("of", ""))


def uid_of(tag: Tag) -> str:
    """The UID that a tag belongs to. On any other entry it does not count: that is a copy that a person made."""
    return f"{tag.of}@{UID_DOMAIN}" if tag.of else uid_for(tag.owner, tag.key)


def whose(tag: Tag | None, owner: str) -> Whose:
    """Ours, another owner's or nobody's. Only what is ours may ever be changed."""
    if tag is None:
        return "nobody's"
    return "ours" if tag.owner == owner else "another owner's"


def _keyed(practice_id: str, *parts: str) -> str:
    return hmac.new(practice_id.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def _stamp(moment: datetime) -> str:
    text = moment.replace(tzinfo=None).isoformat(timespec="seconds")  # strftime takes four times as long
    return f"{text.replace('-', '').replace(':', '')}Z"
