"""iCalendar files -> events in a window, one reading for every connector that gets its calendar as .ics text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import partial
from zoneinfo import ZoneInfo

from connectors import ical_quick, zones
from connectors.base import Reading, Unexpanded, Unreadable, without_title
from connectors.ical_text import NotACalendar, RawCalendar, RawEvent, grouped, split
from connectors.occurrences import Occurrence, expand
from connectors.ownership import PROPERTY, decode, uid_for
from connectors.series import Line, Part, Refused, modified_of, read_lines, read_part, sequence_of
from rules.timeline import Event, Interval, Ref, State, Tag, local_date

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# A single event that cannot be read and began so long ago is no session of this window.
_OLD = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Resource:
    """One file or calendar object: where it is kept, its version, its bytes, and what to call it in a message (''
    where its own name would tell something)."""

    where: str
    etag: str
    body: bytes = field(repr=False)
    label: str = ""


def read_calendars(
    resources: Iterable[Resource], calendar: str, window: Interval, zone: ZoneInfo, me: str = "", titles: bool = True
) -> Reading:
    """Everything the resources hold in the window, as `base.Connector.read` promises it.

    Times without a zone are read in the file's X-WR-TIMEZONE, else in `zone`. `me` is the calendar owner's e-mail
    address: what that attendee declined is declined. `titles`: whether titles of others' events are kept. An exception
    belongs to its series within one resource. Raises Unreadable for a resource that is no whole calendar.
    """
    events: list[Event] = []
    unexpanded: list[Unexpanded] = []
    for resource in resources:
        plain = _plain(resource, calendar, window)
        if plain is not None:
            events += plain if titles else [without_title(event) for event in plain]
            continue
        try:
            calendars = split(resource.body)
        except NotACalendar as problem:
            what = resource.label or "an entry of this calendar"
            raise Unreadable(f"{calendar}: {what} cannot be read: {problem}") from None
        found, refused = _read(calendars, resource, calendar, window, zone, me)
        events += found if titles else [without_title(event) for event in found]
        unexpanded += refused
    events.sort(key=lambda e: (e.interval.start, e.uid, e.recurrence))
    return Reading(tuple(events), tuple(unexpanded))


def _plain(resource: Resource, calendar: str, window: Interval) -> list[Event] | None:
    """What a resource holds in the window where it is one plain event, the short way; None where it is anything else.
    The same as `_read` gives."""
    event = ical_quick.plain_event(resource.body)
    span = ical_quick.span_of(event) if event is not None else None
    if event is None or span is None:
        return None
    changed = event.get("LAST-MODIFIED") or event.get("DTSTAMP")
    modified = ical_quick.moment(changed) if changed else None
    if changed and modified is None:
        return None
    if not span.overlaps(window):
        return []
    sequence = event.get("SEQUENCE", "")
    tag = decode(_text(event.get(PROPERTY, "")))
    cancelled, free = event.get("STATUS", "").upper() == "CANCELLED", event.get("TRANSP", "").upper() == "TRANSPARENT"
    return [
        Event(
            calendar=calendar,
            uid=event["UID"],
            interval=span,
            title=_text(event.get("SUMMARY", "")),
            state="cancelled" if cancelled else "free" if free else "busy",
            private=event.get("CLASS", "").upper() in ("PRIVATE", "CONFIDENTIAL"),
            sequence=int(sequence) if sequence.isdecimal() else None,
            modified=modified,
            tag=tag if tag is not None and uid_for(tag.owner, tag.key) == event["UID"] else None,
            ref=Ref(resource.where, resource.etag),
        )
    ]


def _read(
    calendars: list[RawCalendar], resource: Resource, calendar: str, window: Interval, zone: ZoneInfo, me: str
) -> tuple[list[Event], list[Unexpanded]]:
    events: list[Event] = []
    refused: list[Refused] = []
    for raw in calendars:
        if raw.has_freebusy:
            refused.append(Refused("free/busy times, which are not events"))
        if raw.properties.get("CALSCALE", "GREGORIAN").upper() != "GREGORIAN":
            refused.append(Refused("a calendar that is not Gregorian"))
            raw.events.clear()
    for group in grouped((event for raw in calendars for event in raw.events), window):
        parts, problems = _parts(group, zone, window)
        try:
            expansion = expand(parts, window)
        except OverflowError:
            refused += [*problems, Refused("a time before or after all that a calendar can hold")]
            continue
        refused += [*problems, *expansion.refused]
        single = len(group) == 1
        found = (_event(occurrence, resource, calendar, me, single) for occurrence in expansion.occurrences)
        events += [event for event in found if inside(event, window, zone)]
    return events, [
        Unexpanded(calendar, reason.start, reason.reason)
        for reason in refused
        if reason.start is None or reason.start < window.end
    ]


def _parts(group: list[RawEvent], zone: ZoneInfo, window: Interval) -> tuple[list[Part], list[Refused]]:
    """The components of one UID, masters first: exceptions read times without a zone in the zone of their series."""
    parts: list[Part] = []
    refused: list[Refused] = []
    home: tzinfo | None = None
    for raw in sorted(group, key=lambda r: any(name == "RECURRENCE-ID" for name, _ in r.named())):
        find = partial(zones.resolve, definitions=raw.home.zones)
        floats = zones.resolve(raw.home.properties.get("X-WR-TIMEZONE", ""), raw.home.zones) or zone
        lines: dict[str, list[Line]] = {}
        try:
            lines = read_lines(raw)
            if lines.get("EXRULE"):
                raise Refused("a rule of exceptions (EXRULE), which is obsolete")
            uid = lines["UID"][0].value.strip() if lines.get("UID") else ""
            part = read_part(lines, uid, find, home or floats if lines.get("RECURRENCE-ID") else floats)
        except Refused as reason:
            once = not (lines.get("RRULE") or lines.get("RDATE"))
            if not (once and reason.start is not None and reason.start < window.start - _OLD):
                refused.append(reason)
            continue
        if part.original is None and isinstance(part.start, datetime):
            home = part.start.tzinfo
        if raw.home.properties.get("METHOD", "").upper() == "CANCEL":
            part = replace(part, lines={**part.lines, "STATUS": [Line({}, "CANCELLED")]})
        parts.append(part)
    return parts, refused


def _event(occurrence: Occurrence, resource: Resource, calendar: str, me: str, single: bool) -> Event:
    part = occurrence.part
    first = last = None
    if isinstance(occurrence.start, datetime) and isinstance(occurrence.end, datetime):
        interval = Interval(occurrence.start, occurrence.end)
    else:
        first, last = occurrence.start, occurrence.end - timedelta(days=1)
        midnight = datetime.combine(first, time(0), UTC)
        interval = Interval(midnight, midnight)
    title = _text(part.first("SUMMARY"))
    shown = part.first("X-MICROSOFT-CDO-BUSYSTATUS").upper()
    alone = single and not part.recurring and part.original is None
    return Event(
        calendar=calendar,
        uid=part.uid,
        interval=interval,
        recurrence=occurrence.recurrence,
        title=title,
        state=_state(part, shown, me),
        out_of_office=shown == "OOF",
        private=part.first("CLASS").upper() in ("PRIVATE", "CONFIDENTIAL"),
        first_day=first,
        last_day=last,
        sequence=sequence_of(part.lines),
        modified=modified_of(part.lines),
        tag=_tag(part) if alone else None,
        ref=Ref(resource.where, resource.etag),
    )


def _state(part: Part, shown: str, me: str) -> State:
    if part.first("STATUS").upper() == "CANCELLED":
        return "cancelled"
    if me and any(_declined(line, me) for line in part.lines.get("ATTENDEE", [])):
        return "declined"
    return "free" if part.first("TRANSP").upper() == "TRANSPARENT" or shown == "FREE" else "busy"


def _declined(line: Line, me: str) -> bool:
    who = {line.value.strip().lower().removeprefix("mailto:"), line.params.get("EMAIL", "").lower()}
    return me.lower().removeprefix("mailto:") in who and line.params.get("PARTSTAT", "").upper() == "DECLINED"


def _tag(part: Part) -> Tag | None:
    """The ownership tag, only where the UID is the tag's own: a copy that a person made of a block is that person's
    event."""
    tag = decode(_text(part.first(PROPERTY)))
    return tag if tag is not None and uid_for(tag.owner, tag.key) == part.uid else None


def _text(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def inside(event: Event, window: Interval, zone: ZoneInfo) -> bool:
    """Whether an event has any time in the window: all-day events by their dates in `zone`, an event without length
    by its start."""
    if event.first_day is not None and event.last_day is not None:
        first = local_date(window.start, zone)
        last = local_date(window.end - timedelta(microseconds=1), zone) if window.end > window.start else first
        return event.first_day <= last and first <= event.last_day
    if event.interval.start == event.interval.end:
        return window.start <= event.interval.start < window.end
    return event.interval.overlaps(window)
