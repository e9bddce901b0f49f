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
from connectors.limits import LONGEST_TITLE, MOST_BYTES, MOST_REASONS, Budget, TooMuch, check_days, refuse
from connectors.occurrences import Occurrence, expand
from connectors.ownership import PROPERTY, decode, uid_of
from connectors.series import (
    Line,
    Part,
    Refused,
    dates_in,
    modified_of,
    number_of,
    read_line,
    read_lines,
    read_part,
    sequence_of,
)
from rules.timeline import Became, Event, Interval, Ref, State, Tag, local_date

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
    budget = Budget()
    size = 0
    for resource in resources:
        size += len(resource.body)
        if size > MOST_BYTES:
            refuse(calendar, f"it is larger than {MOST_BYTES // 1024 // 1024} MB")
        plain = _plain(resource, calendar, window)
        if plain is not None:
            events += plain if titles else [without_title(event) for event in plain]
            continue
        try:
            calendars = split(resource.body)
            found, refused = _read(calendars, resource, calendar, window, zone, me, budget)
        except NotACalendar as problem:
            what = resource.label or "an entry of this calendar"
            raise Unreadable(f"{calendar}: {what} cannot be read: {problem}") from None
        except TooMuch as problem:
            refuse(calendar, problem)
        events += found if titles else [without_title(event) for event in found]
        unexpanded += refused
    check_days(calendar, events)
    events.sort(key=lambda e: (e.interval.start, e.uid, e.recurrence))
    return Reading(tuple(events), _told(unexpanded, calendar))


def _told(unexpanded: list[Unexpanded], calendar: str) -> tuple[Unexpanded, ...]:
    """The first of many events that cannot be read, and how many more there are."""
    unexpanded.sort(key=lambda one: one.tag is None)  # our own blocks first: none of them may count as gone
    most = max(MOST_REASONS, sum(1 for one in unexpanded if one.tag is not None))
    more = len(unexpanded) - most
    if more <= 0:
        return tuple(unexpanded)
    return (*unexpanded[:most], Unexpanded(calendar, None, f"one of {more:,} more that cannot be read"))


def _plain(resource: Resource, calendar: str, window: Interval) -> list[Event] | None:
    """What a resource holds in the window where it is one plain event, the short way; None where it is anything else.
    The same as `_read` gives."""
    event = ical_quick.plain_event(resource.body) if len(resource.body) < ical_quick.LONGEST else None
    span = ical_quick.span_of(event) if event is not None else None
    if event is None or span is None:
        return None
    changed = event.get("LAST-MODIFIED") or event.get("DTSTAMP")
    modified = ical_quick.moment(changed) if changed else None
    if changed and modified is None:
        return None
    if not span.overlaps(window):
        return []
    tag = decode(_text(event.get(PROPERTY, "")))
    own = tag is not None and uid_of(tag) == event["UID"]
    cancelled, free = event.get("STATUS", "").upper() == "CANCELLED", event.get("TRANSP", "").upper() == "TRANSPARENT"
    return [
        Event(
            calendar=calendar,
            uid=event["UID"],
            interval=span,
            title=_title(event.get("SUMMARY", "")),
            state="cancelled" if cancelled else "free" if free else "busy",
            private=event.get("CLASS", "").upper() in ("PRIVATE", "CONFIDENTIAL"),
            sequence=number_of(event.get("SEQUENCE", "")),
            modified=modified,
            tag=tag if own else None,
            former=None if own else tag,
            became="copy" if tag is not None and not own else None,
            ref=Ref(resource.where, resource.etag),
        )
    ]


def _read(
    calendars: list[RawCalendar],
    resource: Resource,
    calendar: str,
    window: Interval,
    zone: ZoneInfo,
    me: str,
    budget: Budget,
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
        budget.read([len(raw.named) for raw in group])
        parts, problems = _parts(group, zone, window, budget)
        try:
            expansion = expand(parts, window, budget)
        except OverflowError:
            problems.append(Refused("a time before or after all that a calendar can hold"))
            refused += _marked(problems, group)
            continue
        refused += _marked([*problems, *expansion.refused], group)
        single = len(group) == 1
        found = (_event(occurrence, resource, calendar, me, single) for occurrence in expansion.occurrences)
        near = [event for event in found if inside(event, window, zone)]
        budget.found(len(near))
        events += near
    return events, [
        Unexpanded(calendar, reason.start, reason.reason, reason.tag)
        for reason in refused
        if reason.start is None or reason.start < window.end
    ]


def _marked(refused: list[Refused], group: list[RawEvent]) -> list[Refused]:
    """What was refused of the components of one UID, with the tag of the block that they are."""
    for raw in group if refused else ():
        said = {name: line.value.strip() for name, text in raw.named if (line := read_line(text)) is not None}
        tag = decode(_text(said.get(PROPERTY, "")))
        if tag is not None and uid_of(tag) == said.get("UID"):
            for one in refused:
                one.tag = tag
    return refused


def _parts(group: list[RawEvent], zone: ZoneInfo, window: Interval, budget: Budget) -> tuple[list[Part], list[Refused]]:
    """The components of one UID, masters first: exceptions read times without a zone in the zone of their series."""
    parts: list[Part] = []
    refused: list[Refused] = []
    home: tzinfo | None = None
    for raw in sorted(group, key=lambda r: any(name == "RECURRENCE-ID" for name, _ in r.named)):
        find = partial(zones.resolve, definitions=raw.home.zones, used=budget.defined)
        floats = zones.resolve(raw.home.properties.get("X-WR-TIMEZONE", ""), raw.home.zones) or zone
        lines: dict[str, list[Line]] = {}
        try:
            lines = read_lines(raw)
            if lines.get("EXRULE"):
                raise Refused("a rule of exceptions (EXRULE), which is obsolete")
            uid = lines["UID"][0].value.strip() if lines.get("UID") else ""
            budget.spend(4 * dates_in(lines))
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
        if lines.get(PROPERTY):
            part = replace(part, noted=raw.noted)
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
    title = _title(part.first("SUMMARY"))
    shown = part.first("X-MICROSOFT-CDO-BUSYSTATUS").upper()
    tag, became = _tag(part, me, single)
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
        tag=tag if became is None else None,
        former=tag if became is not None else None,
        became=became,
        noted=part.noted,
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


def _tag(part: Part, me: str, single: bool) -> tuple[Tag | None, Became | None]:
    """The ownership tag, and what a person has made of the block that it belongs to, if it is that person's event now:
    a copy (the UID is not the tag's own), a series, a meeting."""
    tag = decode(_text(part.first(PROPERTY)))
    if tag is None:
        return None, None
    if uid_of(tag) != part.uid:
        return tag, "copy"
    if part.recurring or part.original is not None or not single:
        return tag, "series"
    return tag, "guests" if _guests(part, me) else None


def _guests(part: Part, me: str) -> bool:
    """Whether somebody else is asked to come. An ORGANIZER alone is none: some servers write it into every event."""
    alone = {me.lower().removeprefix("mailto:"), _address(part.first("ORGANIZER"))}
    return any(_address(line.value) not in alone for line in part.lines.get("ATTENDEE", []))


def _address(value: str) -> str:
    return value.strip().lower().removeprefix("mailto:")


def _title(value: str) -> str:
    return _text(value[: 2 * LONGEST_TITLE])[:LONGEST_TITLE]


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
