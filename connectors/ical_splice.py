"""One VEVENT put into, replaced in or cut out of a calendar file, every other byte as it was."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from connectors.ownership import UID_DOMAIN

_EVENT = re.compile(
    rb"^BEGIN:VEVENT[ \t]*\r?\n.*?^END:VEVENT[ \t]*(?:\r?\n|\Z)", re.MULTILINE | re.DOTALL | re.IGNORECASE
)
_INNER = re.compile(
    rb"^BEGIN:(?!VEVENT)(\S+)[ \t]*\r?\n.*?^END:\1[ \t]*\r?\n", re.MULTILINE | re.DOTALL | re.IGNORECASE
)
_UID = re.compile(rb"^UID(?:;[^:\n]*)?:([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_OWN = re.compile(rb"^UID:([0-9A-Za-z_-]+@" + re.escape(UID_DOMAIN.encode()) + rb")[ \t]*\r?$", re.MULTILINE)
_OURS = frozenset(
    b"BEGIN END UID DTSTAMP DTSTART DTEND DURATION SUMMARY TRANSP CLASS STATUS LAST-MODIFIED ATTENDEE ORGANIZER "
    b"X-SESSION-BREAKS X-MICROSOFT-CDO-BUSYSTATUS X-MICROSOFT-CDO-INTENDEDSTATUS X-MICROSOFT-CDO-ALLDAYEVENT".split()
)
"""What an update writes anew or takes away: times, looks, whether it is busy; and whom a server says it belongs to."""
_COMPONENT = re.compile(rb"^BEGIN:([^\s:;]+)", re.MULTILINE | re.IGNORECASE)
_FRAME = frozenset((b"VCALENDAR", b"VTIMEZONE", b"STANDARD", b"DAYLIGHT"))
"""The components that say nothing by themselves: a file of these alone may go."""
_END = re.compile(rb"^END:VCALENDAR", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a VEVENT stands in the file: ``body[start:end]``, its last line end included."""

    start: int
    end: int


def pieces_of(body: bytes, uid: str) -> list[Piece]:
    """Every VEVENT with this UID."""
    wanted = uid.encode()
    if wanted not in body:
        return []
    return [Piece(found.start(), found.end()) for found in _EVENT.finditer(body) if _uid(found[0]) == wanted]


def is_bare(body: bytes) -> bool:
    """Whether the file holds no component of anybody: no event, task, journal or anything else; time zones only."""
    return all(found[1].upper() in _FRAME for found in _COMPONENT.finditer(body))


def etag_of(body: bytes, piece: Piece) -> str:
    """A version of one component: a hash of its bytes."""
    return hashlib.sha256(body[piece.start : piece.end]).hexdigest()[:32]


def inserted(body: bytes, event: bytes) -> bytes:
    """The file with one more VEVENT, before its last END:VCALENDAR. Raises ValueError where there is none."""
    ends = list(_END.finditer(body))
    if not ends:
        raise ValueError("no END:VCALENDAR line")
    at = ends[-1].start()
    return body[:at] + _like(body, event) + body[at:]


def replaced(body: bytes, piece: Piece, event: bytes) -> bytes:
    """The file with another VEVENT in this place."""
    return body[: piece.start] + _like(body, event) + body[piece.end :]


def cut(body: bytes, piece: Piece) -> bytes:
    """The file without this VEVENT."""
    return body[: piece.start] + body[piece.end :]


def with_additions(event: bytes, standing: bytes) -> bytes:
    """An event of ours with what a person added to the standing one that it replaces (a note, an alarm, a colour):
    everything there that we do not write ourselves, as it is."""
    added = _additions(standing)
    at = event.rindex(b"END:VEVENT")
    return event[:at] + b"".join(line + b"\r\n" for line in added) + event[at:]


class Mingled(ValueError):  # noqa: N818 - it names what is wrong
    """A calendar object holds more than one thing, and which of them is the block cannot be told."""


def is_shared(body: bytes) -> bool:
    """Whether a calendar object holds anything beside one event."""
    if body.upper().count(b"BEGIN:") <= 2:  # a calendar with one event, as nearly all are
        return False
    return len(_EVENT.findall(body)) > 1 or not is_bare(_EVENT.sub(b"", body))


def updated(body: bytes, uid: str, event: bytes, fresh: bytes) -> bytes:
    """The calendar object of one block after an update: `fresh`, unless a person added something to what stands, or
    keeps something else in it. Raises Mingled."""
    piece = _block(body, uid)
    if piece is None:
        return fresh
    standing = body[piece.start : piece.end]
    if is_bare(cut(body, piece)) and not _additions(standing):
        return fresh
    return replaced(body, piece, with_additions(event, standing))


def others_in(body: bytes, uid: str) -> bytes | None:
    """The calendar object of one block without it, where anybody keeps something else in it; else None. Raises
    Mingled."""
    piece = _block(body, uid)
    rest = cut(body, piece) if piece is not None else b""
    return None if is_bare(rest) else rest


def _block(body: bytes, uid: str) -> Piece | None:
    """Where the block stands; None where the whole object is nothing else, however it is written."""
    pieces = pieces_of(body, uid) if uid else []
    if len(pieces) == 1:
        return pieces[0]
    if is_shared(body):
        raise Mingled
    return None


def _additions(standing: bytes) -> list[bytes]:
    """The content lines of a VEVENT that are not ours to write, folded as they were, alarms included."""
    kept: list[bytes] = []
    depth = 0
    for line in re.split(rb"\r?\n(?![ \t])", standing):
        name = re.split(rb"[:;]", line, maxsplit=1)[0].strip().upper()
        if name == b"BEGIN":
            depth += 1
        if line.strip() and (depth > 1 or (name not in _OURS and depth == 1)):
            kept.append(re.sub(rb"\r?\n", b"\r\n", line))
        if name == b"END":
            depth -= 1
    return kept


def _like(body: bytes, event: bytes) -> bytes:
    """The event with the line ends that the file has."""
    return event if b"\r\n" in body[:200] else event.replace(b"\r\n", b"\n")


def _uid(event: bytes) -> bytes:
    """The event's own UID (alarms may have one too, RFC 9074)."""
    own = _INNER.sub(b"", re.sub(rb"\r?\n[ \t]", b"", event))
    found = _UID.search(own)
    return found[1].strip() if found else b""


def own_uids(body: bytes) -> set[str]:
    """The UIDs in the file that have the form of a block's."""
    return {found[1].decode() for found in _OWN.finditer(body)}
