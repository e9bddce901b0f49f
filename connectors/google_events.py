"""Events as Google's API gives and takes them, and as this project speaks of them. Pure.

Fields and their meaning: https://developers.google.com/workspace/calendar/api/v3/reference/events"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Entry
from connectors.limits import LONGEST_TITLE
from connectors.ownership import decode, encode, uid_of
from rules.timeline import Became, Event, Interval, Ref, State, Tag, local_date, midnight

Json = dict[str, Any]

TAG = "session-breaks"
OWNER = "session-breaks-owner"
"""Names of private extended properties: the ownership tag, and its owner alone, by which own blocks are asked for."""

_ASKED = (
    "kind,nextPageToken,items(id,iCalUID,etag,status,{title}visibility,transparency,eventType,start,end,originalStartTime,"
    "recurringEventId,sequence,updated,attendees(self,responseStatus),attendeesOmitted,extendedProperties/private)"
)
FIELDS, WITHOUT_TITLES = _ASKED.format(title="summary,"), _ASKED.format(title="")
"""All that is asked for: no description, place, guest list or link."""

TITLES = "kind,nextPageToken,items(id,summary)"
"""What is asked for of our own blocks where the titles of others are not."""

_DAY = timedelta(days=1)


class NotAnEvent(Exception):  # noqa: N818 - it names what is wrong
    """An item that lacks what every event has; the text quotes nothing of it."""


def id_of(tag: Tag) -> str:
    """The id of a block: it follows from owner and key alone, in the letters that Google allows (base32hex, a-v and
    0-9), so that inserting it twice cannot make two."""
    digest = hashlib.sha256(f"{tag.owner}\n{tag.key}".encode()).digest()
    return "sb" + base64.b32hexencode(digest[:25]).decode().lower()


def body_of(entry: Entry, colour: int | None, focus_time: bool) -> Json:
    """An entry as an event to insert: busy, private, no reminder, no guest."""
    body: Json = {
        "id": id_of(entry.tag),
        "status": "confirmed",
        "summary": entry.title,
        "start": {"dateTime": _stamp(entry.interval.start), "timeZone": "UTC"},
        "end": {"dateTime": _stamp(entry.interval.end), "timeZone": "UTC"},
        "transparency": "opaque",
        "visibility": "private" if entry.private else "default",
        "reminders": {"useDefault": False, "overrides": []},
        "extendedProperties": {"private": {TAG: encode(entry.tag), OWNER: entry.tag.owner}},
        "eventType": "focusTime" if focus_time else "default",
    }
    if focus_time:
        body["focusTimeProperties"] = {"autoDeclineMode": "declineNone", "chatStatus": "available"}
    if colour is not None:
        body["colorId"] = str(colour)
    return body


def change_of(entry: Entry) -> Json:
    """What an update changes of an own event: its times, title, tag, and how it is shown. What a person has added to it
    stays. `date` goes, since a patch would else leave an event that was made all-day with both."""
    body = body_of(entry, None, False)
    kept = ("summary", "transparency", "visibility", "extendedProperties")
    return {name: body[name] for name in kept} | {name: {**body[name], "date": None} for name in ("start", "end")}


def same_block(item: Mapping[str, Any], entry: Entry) -> bool:
    """Whether an event is this entry, as it was written: asked where a reply may have been lost."""
    if item.get("status") == "cancelled" or tag_of(item) != entry.tag or item.get("summary", "") != entry.title:
        return False
    try:
        return Interval(_moment(item.get("start")), _moment(item.get("end"))) == entry.interval
    except (NotAnEvent, ValueError):
        return False


def events_of(item: Mapping[str, Any], calendar: str, zone: ZoneInfo) -> list[Event]:
    """An item of a list (recurrences expanded by Google) as events. Several only where an absence with times covers
    whole dates: these are days off, what is left of it at its ends is busy. Raises NotAnEvent."""
    try:
        return list(_events_of(item, calendar, zone))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise NotAnEvent("an event of another form than Google's") from None


def _events_of(item: Mapping[str, Any], calendar: str, zone: ZoneInfo) -> Iterator[Event]:
    start, end = item.get("start") or {}, item.get("end") or {}
    if item.get("status") == "cancelled" and not start:
        return
    identity = item.get("iCalUID") or item.get("id")
    if not identity or not start or not end:
        raise NotAnEvent("an event without times or id")
    first = last = None
    if "date" in start:
        first, last = _date(start), _date(end) - _DAY
        last = max(first, last)
        nothing = datetime.combine(first, time(0), UTC)
        interval = Interval(nothing, nothing)
    else:
        interval = Interval(_moment(start), _moment(end))
        if interval.end < interval.start:
            raise NotAnEvent("an event that ends before it starts")
    sequence = item.get("sequence")
    away = item.get("eventType") == "outOfOffice"
    tag, became = made_of(item)
    ours = tag is not None and became is None
    event = Event(
        calendar=calendar,
        uid=uid_of(tag) if tag is not None and became != "copy" else text_of(identity),
        interval=interval,
        recurrence=_original(item.get("originalStartTime")) if item.get("recurringEventId") else "",
        title=text_of(item.get("summary"))[:LONGEST_TITLE],
        state=_state(item),
        out_of_office=away,
        private=item.get("visibility") in ("private", "confidential"),
        first_day=first,
        last_day=last,
        sequence=sequence if isinstance(sequence, int) else None,
        modified=_moment({"dateTime": item["updated"]}) if item.get("updated") else None,
        tag=tag if ours else None,
        former=None if ours else tag,
        became=became,
        ref=ref_of(item),
    )
    yield from _with_days_off(event, zone) if away and event.busy else [event]


def ref_of(item: Mapping[str, Any]) -> Ref:
    """Where an event is, and its version."""
    return Ref(text_of(item.get("id")), text_of(item.get("etag")))


def text_of(written: object) -> str:
    """A field as text that can be written down again: JSON may name half a character."""
    return str(written or "").encode("utf-8", "replace").decode()


def tag_of(item: Mapping[str, Any]) -> Tag | None:
    """The ownership tag, only where the id is the tag's own: a copy that a person made of a block is that person's
    event."""
    tag, became = made_of(item)
    return tag if became is None else None


def tag_if_any(item: Mapping[str, Any]) -> Tag | None:
    """The same of an item that is no whole event."""
    try:
        return tag_of(item)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def made_of(item: Mapping[str, Any]) -> tuple[Tag | None, Became | None]:
    """The ownership tag, and what a person has made of the block that it belongs to, if it is that person's event now:
    a copy (the id is not the tag's own), a series, a meeting."""
    written = ((item.get("extendedProperties") or {}).get("private") or {}).get(TAG)
    tag = decode(written) if isinstance(written, str) else None
    if tag is None:
        return None, None
    if item.get("recurringEventId") and (_is_on(tag, item.get("recurringEventId")) or _is_on(tag, item.get("id"))):
        return tag, "series"
    if not _is_on(tag, item.get("id")):
        return tag, "copy"
    # One attendee is asked for: where there are more, Google gives the calendar's owner alone, or says so.
    guests = item.get("attendeesOmitted") or any(not a.get("self") for a in item.get("attendees") or [])
    return tag, "guests" if guests else None


def _is_on(tag: Tag, event_id: object) -> bool:
    """Whether an id is the one that a tag belongs to: it and the UID are of one hash."""
    if not tag.of:
        return event_id == id_of(tag)
    try:
        return base64.b32hexdecode(str(event_id).removeprefix("sb").upper())[:16].hex() == tag.of
    except ValueError:  # an id that is no block's
        return False


def busy_times(times: Mapping[str, Any], calendar: str) -> list[Event]:
    """The busy times of a free/busy reply as events without a title."""
    found = []
    for one in times.get("busy") or []:
        interval = Interval(_moment({"dateTime": one["start"]}), _moment({"dateTime": one["end"]}))
        found.append(
            Event(calendar=calendar, uid=f"busy {_stamp(interval.start)} {_stamp(interval.end)}", interval=interval)
        )
    return found


def _with_days_off(event: Event, zone: ZoneInfo) -> Iterator[Event]:
    first = local_date(event.interval.start, zone)
    if midnight(first, zone) < event.interval.start:
        first += _DAY
    after = local_date(event.interval.end, zone)
    if first >= after:
        yield event
        return
    nothing = datetime.combine(first, time(0), UTC)
    covered = Interval(midnight(first, zone), midnight(after, zone))
    yield replace(event, interval=Interval(nothing, nothing), first_day=first, last_day=after - _DAY)
    if event.interval.start < covered.start:
        yield replace(event, uid=f"{event.uid}/before", interval=Interval(event.interval.start, covered.start))
    if covered.end < event.interval.end:
        yield replace(event, uid=f"{event.uid}/after", interval=Interval(covered.end, event.interval.end))


def _state(item: Mapping[str, Any]) -> State:
    if item.get("status") == "cancelled":
        return "cancelled"
    if any(a.get("self") and a.get("responseStatus") == "declined" for a in item.get("attendees") or []):
        return "declined"
    if item.get("transparency") == "transparent" or item.get("eventType") in ("workingLocation", "birthday"):
        return "free"
    return "busy"


def _original(written: Mapping[str, Any] | None) -> str:
    if not written:
        return ""
    if "date" in written:
        return _date(written).strftime("%Y%m%d")
    return _moment(written).strftime("%Y%m%dT%H%M%SZ")


def _moment(written: Any) -> datetime:
    try:
        found = datetime.fromisoformat(written["dateTime"])
        if found.tzinfo is None:
            found = found.replace(tzinfo=ZoneInfo(written["timeZone"]))
        return found.astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):  # a zone's name may be that of a folder
        raise NotAnEvent("an event with a time that cannot be read") from None


def _date(written: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(str(written["date"]))
    except (KeyError, ValueError):
        raise NotAnEvent("an event with a date that cannot be read") from None


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
