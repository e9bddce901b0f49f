"""What Google keeps of calendars, as far as its documentation says: the state behind the fake, without HTTP.

Events are kept as JSON, as they were written, with what Google adds. `Refused` is an error reply."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

AUTH = "https://www.googleapis.com/auth/calendar"
EVENTS, FREE_BUSY, OWN = f"{AUTH}.events", f"{AUTH}.events.freebusy", f"{AUTH}.app.created"
ROLES = ("freeBusyReader", "reader", "writer", "owner")


class Refused(Exception):  # noqa: N818 - it names what happened
    """An error reply as Google words it."""

    def __init__(self, status: int, reason: str, message: str, domain: str = "global") -> None:
        super().__init__(reason)
        self.status, self.reason, self.message, self.domain = status, reason, message, domain

    def body(self) -> Json:
        one = {"domain": self.domain, "reason": self.reason, "message": self.message}
        return {"error": {"errors": [one], "code": self.status, "message": self.message}}


def not_found() -> Refused:
    return Refused(404, "notFound", "Not Found")


@dataclass
class Kept:
    """One calendar. `role` is what the account may do in it; `focus_time`: whether its account is one that may have
    focus time; `made_by_app`: by whoever asks now, which the right to a calendar of one's own is about."""

    id: str
    summary: str = ""
    zone: str = "Europe/London"
    role: str = "owner"
    primary: bool = False
    focus_time: bool = True
    made_by_app: bool = False
    events: dict[str, Json] = field(default_factory=dict)

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


@dataclass
class World:
    """All calendars of one account whose address is `me`. `now` is Google's clock, `page_size` the most that one page
    holds. `mails`: events whose guests were told of a write. `version_first`: whether a delete of what is deleted is
    refused for its version (Google does not say which comes first)."""

    me: str
    now: datetime
    page_size: int = 2500
    calendars: dict[str, Kept] = field(default_factory=dict)
    mails: list[str] = field(default_factory=list)
    version_first: bool = False
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(3361700000000001))

    def add(self, name: str, **about: Any) -> Kept:
        self.calendars[name] = Kept(name, **{"summary": name, **about})
        return self.calendars[name]

    def calendar(self, name: str) -> Kept:
        if name == "primary":
            name = next((c.id for c in self.calendars.values() if c.primary), name)
        if name not in self.calendars:
            raise not_found()
        return self.calendars[name]

    # What the API's methods do. `scopes`: what the token may.

    def listed(self, name: str, query: Mapping[str, Sequence[str]], scopes: frozenset[str]) -> Json:
        kept, one = self.calendar(name), {key: values[0] for key, values in query.items()}
        role = seen_as(kept, scopes)
        low, high = (_instant(one[key]) if key in one else None for key in ("timeMin", "timeMax"))
        if low and high and high <= low:
            raise Refused(400, "timeRangeEmpty", "The specified time range is empty.")
        single, deleted = one.get("singleEvents") == "true", one.get("showDeleted") == "true"
        if one.get("orderBy") == "startTime" and not single:
            raise Refused(400, "badRequest", "The requested ordering is not available for the particular query.")
        found = list(self._expanded(kept, low, high, deleted) if single else self._masters(kept, low, high, deleted))
        for wanted in query.get("privateExtendedProperty", []):
            key, _, value = wanted.partition("=")
            found = [e for e in found if e.get("extendedProperties", {}).get("private", {}).get(key) == value]
        if "eventTypes" in query:
            found = [e for e in found if e.get("eventType", "default") in query["eventTypes"]]
        if "iCalUID" in one:
            found = [e for e in found if e["iCalUID"] == one["iCalUID"]]
        if role == "freeBusyReader":
            found = [e for e in found if takes_time(e)]
        found.sort(key=lambda e: hashlib.sha256(e["id"].encode()).digest())  # "an unspecified, stable order"
        if one.get("orderBy") == "startTime":
            found.sort(key=lambda e: moment(e["start"], kept.tz))
        start, token = self._page(one, query)
        size = min(int(one.get("maxResults", 250)), self.page_size)
        zone = ZoneInfo(one.get("timeZone", kept.zone))
        most = int(one["maxAttendees"]) if "maxAttendees" in one else None
        reply = {
            "kind": "calendar#events", "etag": '"p33g"', "summary": kept.summary, "description": "",
            "updated": stamp(self.now), "timeZone": zone.key, "accessRole": role, "defaultReminders": [],
            "items": [self.shown(kept, e, role, zone, most) for e in found[start : start + size]],
        }  # fmt: skip
        if start + size < len(found):
            reply["nextPageToken"] = f"{token}.{start + size}"
        else:
            reply["nextSyncToken"] = "CPDAlvWDx70CEPDAlvWDx70CGAU="
        return reply

    def got(self, name: str, event_id: str, scopes: frozenset[str]) -> Json:
        kept = self.calendar(name)
        return self.shown(kept, self._event(kept, event_id), seen_as(kept, scopes), kept.tz, None)

    def inserted(self, name: str, body: Json, query: Mapping[str, Sequence[str]], scopes: frozenset[str]) -> Json:
        kept = self.writable(name, scopes)
        wanted = body.get("id")
        if wanted is not None and not re.fullmatch(r"[a-v0-9]{5,1024}", wanted):
            raise Refused(400, "invalid", "Invalid resource id value.")
        if wanted is not None and body.get("iCalUID"):
            raise Refused(400, "invalid", "Only one of id and iCalUID can be given.")
        if wanted in kept.events:  # also where it was deleted: its id stays taken
            raise Refused(409, "duplicate", "The requested identifier already exists.")
        event = self.put(kept, body)
        self._told(event, query)
        return self.shown(kept, event, kept.role, kept.tz, None)

    def replaced(
        self, name: str, event_id: str, body: Json, match: str | None, query: Mapping[str, Sequence[str]],
        scopes: frozenset[str], *, patch: bool,
    ) -> Json:  # fmt: skip
        kept = self.writable(name, scopes)
        old = self._event(kept, event_id)
        self._match(old, match)
        if patch:
            new = merged(old, body)
        else:
            keep = ("kind", "id", "created", "creator", "organizer", "iCalUID", "sequence", "htmlLink",
                    "recurringEventId", "originalStartTime", "eventType")  # fmt: skip
            new = {k: old[k] for k in keep if k in old} | {"status": "confirmed"} | without_nothing(body)
        if body.get("id", event_id) != event_id:
            raise Refused(400, "invalid", "Invalid resource id value.")
        if new.get("eventType", "default") != old.get("eventType", "default"):
            raise Refused(400, "eventTypeRestriction", "Event type cannot be changed.")
        self._guests(kept, new)
        check(kept, new)
        moved = any(new.get(k) != old.get(k) for k in ("start", "end", "recurrence"))
        new["sequence"] = max(old.get("sequence", 0), body.get("sequence", 0)) + (1 if moved else 0)
        self._stamp(new)
        kept.events[event_id] = new
        self._told(new, query)
        return self.shown(kept, new, kept.role, kept.tz, None)

    def deleted(
        self, name: str, event_id: str, match: str | None, query: Mapping[str, Sequence[str]], scopes: frozenset[str]
    ) -> None:
        kept = self.writable(name, scopes)
        event = self._event(kept, event_id)
        if self.version_first:
            self._match(event, match)
        if event["status"] == "cancelled":
            raise Refused(410, "deleted", "Resource has been deleted")
        self._match(event, match)
        event["status"] = "cancelled"
        self._stamp(event)
        kept.events[event_id] = event
        self._told(event, query)

    def free_busy(self, body: Json) -> Json:
        low, high = _instant(body["timeMin"]), _instant(body["timeMax"])
        if high <= low:
            raise Refused(400, "timeRangeEmpty", "The specified time range is empty.")
        zone = ZoneInfo(body.get("timeZone", "UTC"))
        found: Json = {}
        for item in body.get("items", []):
            try:
                kept = self.calendar(item["id"])
            except Refused:
                found[item["id"]] = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
                continue
            spans = sorted(
                (max(low, moment(e["start"], kept.tz)), min(high, moment(e["end"], kept.tz)))
                for e in self._expanded(kept, low, high, False)
                if takes_time(e)
            )
            joined: list[tuple[datetime, datetime]] = []
            for start, end in spans:
                if joined and start <= joined[-1][1]:
                    joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
                else:
                    joined.append((start, end))
            found[item["id"]] = {"busy": [{"start": written(a, zone), "end": written(b, zone)} for a, b in joined]}
        return {"kind": "calendar#freeBusy", "timeMin": stamp(low), "timeMax": stamp(high), "calendars": found}

    def made(self, body: Json) -> Json:
        """A new secondary calendar."""
        if not body.get("summary"):
            raise Refused(400, "required", "Missing title.")
        name = f"c_{hashlib.sha256(str(next(self._count)).encode()).hexdigest()}@group.calendar.google.com"
        kept = self.add(name, summary=body["summary"], zone=body.get("timeZone", "UTC"), made_by_app=True)
        return self.about(kept)

    def about(self, kept: Kept) -> Json:
        return {
            "kind": "calendar#calendar", "etag": '"c1"', "id": kept.id, "summary": kept.summary, "timeZone": kept.zone,
        }  # fmt: skip

    def entry(self, kept: Kept) -> Json:
        """A calendar as it stands in the account's list."""
        entry = {
            "kind": "calendar#calendarListEntry", "etag": '"l1"', "id": kept.id, "summary": kept.summary,
            "timeZone": kept.zone, "colorId": "14", "selected": True, "accessRole": kept.role, "defaultReminders": [],
        }  # fmt: skip
        return entry | ({"primary": True} if kept.primary else {})

    def calendar_list(self, query: Mapping[str, Sequence[str]]) -> Json:
        one = {key: values[0] for key, values in query.items()}
        least = ROLES.index(one.get("minAccessRole", "freeBusyReader"))
        found = [self.entry(kept) for kept in self.calendars.values() if ROLES.index(kept.role) >= least]
        start, token = self._page(one, query)
        size = min(int(one.get("maxResults", 100)), 250, self.page_size)
        more = {"nextPageToken": f"{token}.{start + size}"} if start + size < len(found) else {}
        return {"kind": "calendar#calendarList", "etag": '"l"', "items": found[start : start + size]} | more

    def writable(self, name: str, scopes: frozenset[str]) -> Kept:
        kept = self.calendar(name)
        if kept.role not in ("writer", "owner"):
            raise Refused(403, "requiredAccessLevel", "You need to have writer access to this calendar.")
        if not scopes & {AUTH, EVENTS} and not (OWN in scopes and kept.made_by_app):
            raise Refused(403, "insufficientPermissions", "Insufficient Permission")
        return kept

    # What tests and other people's programs put there.

    def put(self, kept: Kept, body: Json) -> Json:
        """Keep an event with everything that Google adds."""
        event = without_nothing(deepcopy(body))
        name = event.get("id") or hashlib.sha256(str(next(self._count)).encode()).hexdigest()[:26].translate(_LETTERS)
        event = {
            "kind": "calendar#event", "id": name, "status": "confirmed", "created": stamp(self.now),
            "htmlLink": f"https://www.google.com/calendar/event?eid={name}", "iCalUID": f"{name}@google.com",
            "creator": {"email": self.me, "self": True}, "organizer": {"email": kept.id, "self": True},
            "sequence": 0, "reminders": {"useDefault": True}, "eventType": "default",
        } | event  # fmt: skip
        self._guests(kept, event)
        check(kept, event)
        self._stamp(event)
        kept.events[name] = event
        return event

    def edited(self, kept: Kept, name: str, change: Json) -> Json:
        """A change by hand."""
        event = merged(self._event(kept, name), change)
        check(kept, event)
        self._stamp(event)
        kept.events[name] = event
        return event

    def exception(self, kept: Kept, series: str, original: Json, change: Json) -> Json:
        """One occurrence of a series, changed (or cancelled, by its status)."""
        master = kept.events[series]
        at = moment(original, ZoneInfo(master["start"].get("timeZone", kept.zone)))
        name = f"{series}_{named(original, at)}"
        copy = {k: v for k, v in master.items() if k not in ("recurrence", "start", "end")}
        event = copy | {"start": master["start"], "end": master["end"]} | change
        event |= {"id": name, "recurringEventId": series, "originalStartTime": original}
        self._stamp(event)
        kept.events[name] = event
        return event

    def shown(self, kept: Kept, event: Json, role: str, zone: ZoneInfo, most: int | None) -> Json:
        """An event as somebody with this role is told of it; defaults are left out, as Google does."""
        times = {k: localised(event[k], zone, kept.tz) for k in ("start", "end", "originalStartTime") if k in event}
        hidden = role == "freeBusyReader" or (
            role == "reader"
            and event.get("visibility") in ("private", "confidential")
            and not any(a["email"] == self.me for a in event.get("attendees", []))
        )
        if hidden:
            names = ("kind", "etag", "id", "status", "recurringEventId", "eventType", "iCalUID", "updated")
            return {k: event[k] for k in names if k in event} | times | {"visibility": "private"}
        found = deepcopy(event) | times
        for name, usual in (("transparency", "opaque"), ("visibility", "default")):
            if found.get(name) == usual:
                del found[name]
        guests = found.get("attendees", [])
        if most is not None and len(guests) > most:
            found["attendees"] = [a for a in guests if a.get("self")]
            found["attendeesOmitted"] = True
        return found

    # How it is done.

    def _event(self, kept: Kept, name: str) -> Json:
        """A kept event, or an occurrence of one as it would be."""
        if name in kept.events:
            return deepcopy(kept.events[name])
        series, _, when = name.rpartition("_")
        if series in kept.events:
            start = moment(kept.events[series]["start"], kept.tz)
            for one in self._occurrences(kept, kept.events[series], start, start + timedelta(days=3660)):
                if one["id"] == f"{series}_{when}":
                    return one
        raise not_found()

    def _match(self, event: Json, match: str | None) -> None:
        if match is not None and match not in ("*", event["etag"]):
            raise Refused(412, "conditionNotMet", "Precondition Failed")

    def _stamp(self, event: Json) -> None:
        event["etag"], event["updated"] = f'"{next(self._count)}"', stamp(self.now)

    def _guests(self, kept: Kept, event: Json) -> None:
        for guest in event.get("attendees", []):
            guest.setdefault("responseStatus", "needsAction")
            if guest["email"] == kept.id:
                guest["self"] = True

    def _told(self, event: Json, query: Mapping[str, Sequence[str]]) -> None:
        if query.get("sendUpdates", ["none"])[0] != "none" and event.get("attendees"):
            self.mails.append(event["id"])

    def _page(self, one: Mapping[str, str], query: Mapping[str, Sequence[str]]) -> tuple[int, str]:
        asked = json.dumps({k: v for k, v in sorted(query.items()) if k not in ("pageToken", "maxResults")})
        mark = hashlib.sha256(asked.encode()).hexdigest()[:12]
        if "pageToken" not in one:
            return 0, mark
        same, _, start = one["pageToken"].partition(".")
        if same != mark or not start.isdigit():
            raise Refused(400, "invalid", "Invalid page token value.")
        return int(start), mark

    def _masters(self, kept: Kept, low: datetime | None, high: datetime | None, deleted: bool) -> Iterator[Json]:
        for event in kept.events.values():
            if event["status"] == "cancelled" and not deleted and "recurringEventId" not in event:
                continue
            if event.get("recurrence") or overlaps(event, low, high, kept.tz):
                yield event

    def _expanded(self, kept: Kept, low: datetime | None, high: datetime | None, deleted: bool) -> Iterator[Json]:
        for event in list(kept.events.values()):
            if event["status"] == "cancelled" and (not deleted or event.get("recurrence")):
                continue
            if event.get("recurringEventId") and kept.events[event["recurringEventId"]]["status"] == "cancelled":
                continue
            if event.get("recurrence"):
                assert low is not None, "the fake expands only within bounds"
                assert high is not None, "the fake expands only within bounds"
                yield from self._occurrences(kept, event, low, high)
            elif overlaps(event, low, high, kept.tz):
                yield event

    def _occurrences(self, kept: Kept, master: Json, low: datetime, high: datetime) -> Iterator[Json]:
        """Every occurrence that no exception replaces, by libraries that the code under test has no part in."""
        import recurring_ical_events
        from icalendar import Calendar

        calendar = Calendar.from_ical(as_ical(master))
        for found in recurring_ical_events.of(calendar).between(low - timedelta(days=1), high + timedelta(days=1)):
            start, end = found.decoded("DTSTART"), found.decoded("DTEND")
            both = {}
            for name, at in (("start", start), ("end", end)):
                if isinstance(at, datetime):
                    zone = master["start"].get("timeZone", kept.zone)
                    both[name] = {"dateTime": at.astimezone(ZoneInfo(zone)).isoformat(), "timeZone": zone}
                else:
                    both[name] = {"date": at.isoformat()}
            at = moment(both["start"], kept.tz)
            event = {k: v for k, v in master.items() if k != "recurrence"} | both
            event |= {
                "id": f"{master['id']}_{named(both['start'], at)}", "recurringEventId": master["id"],
                "originalStartTime": both["start"],
            }  # fmt: skip
            if event["id"] not in kept.events and overlaps(event, low, high, kept.tz):
                yield event


_LETTERS = str.maketrans("wxyz", "abcd")


def seen_as(kept: Kept, scopes: frozenset[str]) -> str:
    """The role in which a token with these rights reads a calendar."""
    if scopes & {AUTH, EVENTS, f"{EVENTS}.readonly", f"{AUTH}.readonly"} or (OWN in scopes and kept.made_by_app):
        return kept.role
    if FREE_BUSY in scopes:
        return "freeBusyReader"
    raise Refused(403, "insufficientPermissions", "Insufficient Permission")


def takes_time(event: Json) -> bool:
    if event["status"] == "cancelled" or event.get("transparency") == "transparent":
        return False
    return not any(a.get("self") and a.get("responseStatus") == "declined" for a in event.get("attendees", []))


def overlaps(event: Json, low: datetime | None, high: datetime | None, zone: ZoneInfo) -> bool:
    """Both bounds are exclusive: an event's end against timeMin, its start against timeMax."""
    start, end = moment(event["start"], zone), moment(event["end"], zone)
    return (low is None or end > low) and (high is None or start < high)


def moment(when: Json, zone: ZoneInfo) -> datetime:
    """A start or end as an instant; a date begins in `zone`."""
    if "date" in when:
        return datetime.combine(date.fromisoformat(when["date"]), time(0), zone).astimezone(UTC)
    at = datetime.fromisoformat(when["dateTime"])
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(when["timeZone"]))).astimezone(UTC)


def _instant(text: str) -> datetime:
    """A bound of a query: RFC 3339 "with mandatory time zone offset"."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise Refused(400, "badRequest", "Bad Request")
    return at


def named(original: Json, at: datetime) -> str:
    """How an occurrence's id ends."""
    return original["date"].replace("-", "") if "date" in original else at.strftime("%Y%m%dT%H%M%SZ")


def localised(when: Json, zone: ZoneInfo, own: ZoneInfo) -> Json:
    """A time in the zone of the reply, with the zone that it was written in kept beside it."""
    if "date" in when:
        return dict(when)
    return {"dateTime": written(moment(when, own), zone), "timeZone": when.get("timeZone", own.key)}


def written(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds").replace("+00:00", "Z")


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def without_nothing(body: Json) -> Json:
    return {k: v for k, v in body.items() if v is not None}


def merged(old: Json, change: Json) -> Json:
    """Patch semantics: objects are merged, lists replaced, null takes away."""
    new = dict(old)
    for name, value in change.items():
        if value is None:
            new.pop(name, None)
        elif isinstance(value, dict) and isinstance(new.get(name), dict):
            new[name] = merged(new[name], value)
        else:
            new[name] = value
    return new


def check(kept: Kept, event: Json) -> None:
    """What Google refuses of an event's body."""
    start, end = event.get("start"), event.get("end")
    if not start or not end:
        raise Refused(400, "required", "Missing end time." if start else "Missing start time.")
    for when in (start, end):
        if len({"date", "dateTime"} & set(when)) != 1:
            raise Refused(400, "invalid", "Invalid start time.")
        if "timeZone" in when:
            try:
                ZoneInfo(when["timeZone"])
            except (KeyError, ValueError, OSError):
                raise Refused(400, "invalid", "Invalid time zone definition.") from None
        if "dateTime" in when and datetime.fromisoformat(when["dateTime"]).tzinfo is None and "timeZone" not in when:
            raise Refused(400, "required", "Missing time zone definition for start time.")
        if event.get("recurrence") and "dateTime" in when and "timeZone" not in when:
            raise Refused(400, "required", "Missing time zone definition for start time.")
    if ("date" in start) != ("date" in end):
        raise Refused(400, "invalid", "Start and end times must either both be date or both be dateTime.")
    if moment(end, kept.tz) < moment(start, kept.tz):
        raise Refused(400, "timeRangeEmpty", "The specified time range is empty.")
    for line in event.get("recurrence", []):
        if not re.match(r"(RRULE|EXRULE|RDATE|EXDATE)[;:]", line):
            raise Refused(400, "invalid", "Invalid recurrence rule.")
    kind = event.get("eventType", "default")
    if kind == "focusTime":
        about = event.get("focusTimeProperties", {})
        if not kept.primary or not kept.focus_time or "date" in start:
            raise Refused(400, "eventTypeRestriction", "Focus time events can only be created on primary calendars.")
        if about.get("autoDeclineMode") not in (
            "declineNone", "declineAllConflictingInvitations", "declineOnlyNewConflictingInvitations",
        ) or about.get("chatStatus") not in ("available", "doNotDisturb"):  # fmt: skip
            raise Refused(400, "malformedFocusTimeEvent", "A focus time event lacks its properties.")
    if kind in ("focusTime", "outOfOffice", "workingLocation") and event.get("attendees"):
        raise Refused(400, "eventTypeRestriction", "This type of event cannot have attendees.")
    if "colorId" in event and event["colorId"] not in map(str, range(1, 12)):
        raise Refused(400, "invalid", "Invalid color id value.")
    reminders = event.get("reminders", {})
    if reminders.get("useDefault") and reminders.get("overrides"):
        raise Refused(400, "cannotUseDefaultRemindersAndSpecifyOverride", "Cannot specify both.")
    for group in event.get("extendedProperties", {}).values():
        if any(len(name) > 44 or len(value) > 1024 for name, value in group.items()):
            raise Refused(400, "invalid", "An extended property is too long.")


def as_ical(event: Json) -> bytes:
    """A series as iCalendar text, without its exceptions."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Invented//Fake//EN", "BEGIN:VEVENT", f"UID:{event['id']}"]
    for name, when in (("DTSTART", event["start"]), ("DTEND", event["end"])):
        if "date" in when:
            lines.append(f"{name};VALUE=DATE:{when['date'].replace('-', '')}")
        else:
            zone = when["timeZone"]
            local = moment(when, ZoneInfo(zone)).astimezone(ZoneInfo(zone))
            text = local.strftime("%Y%m%dT%H%M%S")
            lines.append(f"{name}:{text}Z" if zone in ("UTC", "Etc/UTC") else f"{name};TZID={zone}:{text}")
    lines += [*event["recurrence"], "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()
