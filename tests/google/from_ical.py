"""iCalendar text, as the contract of all connectors writes other people's events, said in Google's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from connectors.google_events import OWNER, TAG
from connectors.ownership import decode

from .calendars import Json

ZONES = {"W. Europe Standard Time": "Europe/Berlin"}
"""What Google makes of Outlook's names for zones where it takes a file in."""


@dataclass
class Put:
    """An event or series, and its changed occurrences: when each would have been, and what is different."""

    body: Json
    changes: list[tuple[Json, Json]] = field(default_factory=list)


def put(text: bytes, me: str, zone: str) -> Put:
    """Events of one UID. `me`: whose calendar it is; `zone`: the calendar's, for what has no zone of its own."""
    events = [one for one in Calendar.from_ical(text).walk("VEVENT") if isinstance(one, Event)]
    [master] = [one for one in events if "RECURRENCE-ID" not in one]
    found = Put(_body(master, me, zone) | {"iCalUID": str(master["UID"])})
    lines = [_line(name, value, zone) for name, value in _recurrence(master)]
    if lines:
        found.body["recurrence"] = lines
    for one in events:
        if "RECURRENCE-ID" in one:
            original = _when(one["RECURRENCE-ID"].dt, one["RECURRENCE-ID"].params, zone)
            found.changes.append((original, _body(one, me, zone)))
    return found


def _body(event: Event, me: str, zone: str) -> Json:
    start = _when(event["DTSTART"].dt, event["DTSTART"].params, zone)
    if "DTEND" in event:
        end = _when(event["DTEND"].dt, event["DTEND"].params, zone)
    else:
        end = _when(event["DTSTART"].dt + event["DURATION"].dt, event["DTSTART"].params, zone)
    body: Json = {"start": start, "end": end, "status": str(event.get("STATUS", "CONFIRMED")).lower()}
    if "SUMMARY" in event:
        body["summary"] = str(event["SUMMARY"])
    busy = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", ""))
    if busy == "FREE" or event.get("TRANSP") == "TRANSPARENT":
        body["transparency"] = "transparent"
    if busy == "OOF":
        body["eventType"] = "outOfOffice"
        body["outOfOfficeProperties"] = {"autoDeclineMode": "declineNone"}
        for when in (start, end):  # Google keeps an absence of whole days with times
            if "date" in when:
                midnight = datetime.fromisoformat(when.pop("date")).replace(tzinfo=ZoneInfo(zone))
                when |= {"dateTime": midnight.isoformat(), "timeZone": zone}
    if event.get("CLASS") == "PRIVATE":
        body["visibility"] = "private"
    guests = event.get("ATTENDEE", [])
    for guest in guests if isinstance(guests, list) else [guests]:
        address = str(guest).removeprefix("mailto:").lower()
        answer = {"NEEDS-ACTION": "needsAction"}.get(guest.params["PARTSTAT"], guest.params["PARTSTAT"].lower())
        one = {"email": address, "responseStatus": answer} | ({"self": True} if address == me else {})
        body.setdefault("attendees", []).append(one)
    if "X-SESSION-BREAKS" in event:
        written = str(event["X-SESSION-BREAKS"]).replace("\\;", ";")
        tag = decode(written)
        assert tag is not None
        body["extendedProperties"] = {"private": {TAG: written, OWNER: tag.owner}}
    return body


def _recurrence(event: Event) -> Iterator[tuple[str, Any]]:
    for name in ("RRULE", "RDATE", "EXDATE"):
        values = event.get(name, [])
        for value in values if isinstance(values, list) else [values]:
            yield name, value


def _line(name: str, value: Any, zone: str) -> str:
    text = value.to_ical().decode()
    params = dict(getattr(value, "params", {}))
    if name != "RRULE" and "TZID" not in params and "T" in text and not text.endswith("Z"):
        params["TZID"] = zone
    return "".join([name, *(f";{key}={given}" for key, given in params.items()), ":", text])


def _when(at: Any, params: Any, zone: str) -> Json:
    if not isinstance(at, datetime):
        return {"date": at.isoformat()}
    name = str(params.get("TZID", "UTC" if at.tzinfo else zone))
    name = ZONES.get(name, name)
    local = at if at.tzinfo and name not in ZONES.values() else at.replace(tzinfo=ZoneInfo(name))
    return {"dateTime": local.isoformat(), "timeZone": name}
