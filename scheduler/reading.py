"""What stands in a therapist's calendars, sorted into ours and everybody else's. Reads; changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors import ownership
from connectors.base import Unexpanded, without_title
from rules.demand import Finding
from rules.diary import plural
from rules.occasions import periods_due, slug
from rules.practice import Practice, Rules, SessionRule
from rules.sessions import kind_of
from rules.timeline import Event, Interval, Session, local_date, midnight, week_of
from scheduler import plan
from scheduler.desk import Desk
from scheduler.edits import Theirs, serves
from scheduler.journal import Ahead

DAY = timedelta(days=1)


def reading_span(window: Interval, rules: Rules) -> Interval:
    """What is read: whole weeks around the window, whole periods of the quotas that are due in it, and a day more on
    both sides, so that every count is complete. A year is read only where a rule counts by the year."""
    spans = [weeks_around(window, rules)]
    canvas = Interval(midnight(local_date(window.start, rules.timezone), rules.timezone), window.end)
    for item in rules.protect:
        for period in periods_due(rules, item, canvas):
            first, last = period.first - DAY, period.last + 2 * DAY
            spans.append(Interval(midnight(first, rules.timezone), midnight(last, rules.timezone)))
    return Interval(min(s.start for s in spans), max(s.end for s in spans))


def around(events: Iterable[Event], span: Interval, zone: ZoneInfo) -> list[Event]:
    """The events that have time, or all-day ones that have a date, in a span."""
    first, last = local_date(span.start, zone), local_date(span.end - timedelta(microseconds=1), zone)
    return [
        e
        for e in events
        if (
            e.first_day <= last and first <= e.last_day
            if e.first_day is not None and e.last_day is not None
            else e.interval.start < span.end and e.interval.end >= span.start
        )
    ]


def standing_around(own: Mapping[str, plan.Own], span: Interval, rules: Rules) -> dict[str, plan.Own]:
    """Own blocks as planning needs them: those in a span, and of what lies before it those that count towards a
    quota: they have started, and so are done."""
    counting = tuple(f"protect/{slug(item.name)}/" for item in rules.protect if item.quota is not None)
    return {
        key: block
        for key, block in own.items()
        if block.interval.overlaps(span) or (block.interval.start < span.start and key.startswith(counting))
    }


def weeks_around(window: Interval, rules: Rules) -> Interval:
    """Whole weeks around the window and a day more on both sides: what limits and rest look at."""
    zone = rules.timezone
    first = week_of(local_date(window.start, zone)) - DAY
    last = week_of(local_date(window.end, zone)) + timedelta(days=8)
    return Interval(midnight(first, zone), midnight(last, zone))


@dataclass(frozen=True, slots=True)
class Others:
    """Everybody else's time. `events`: those of the calendars that are read; `obstacles`: what only takes time."""

    events: list[Event]
    obstacles: list[Interval]


def with_one_name_each(rules: Rules, desk: Desk) -> Rules:
    """The same rules with every calendar under one name, the one in `write` where it is that. Raises CalendarError."""
    names = desk.one_name((rules.write, *rules.read))

    def renamed(conditions: Iterable[SessionRule]) -> tuple[SessionRule, ...]:
        return tuple(
            replace(rule, calendar=names.get(rule.calendar, rule.calendar)) if rule.calendar is not None else rule
            for rule in conditions
        )

    return replace(
        rules,
        read=tuple(dict.fromkeys(names[place] for place in rules.read)),
        sessions=renamed(rules.sessions),
        protect=tuple(replace(item, satisfied_by=renamed(item.satisfied_by)) for item in rules.protect),
    )


def events_of(rules: Rules, span: Interval, desk: Desk) -> tuple[list[Event], list[Unexpanded]]:
    """Everything in every calendar that is read or written to, each read once. Raises CalendarError."""
    events: list[Event] = []
    unexpanded: list[Unexpanded] = []
    for name in dict.fromkeys((*rules.read, rules.write)):
        reading = desk.calendar(name).read(span, rules.timezone)
        untitled = not rules.titles or not desk.practice.accounts[name.partition("/")[0]].titles
        events += map(without_title, reading.events) if untitled else reading.events
        unexpanded += reading.unexpanded
    return events, unexpanded


def others_of(
    events: Iterable[Event],
    own: Mapping[str, plan.Own],
    retired: Iterable[plan.Own],
    rules: Rules,
    practice: Practice,
    theirs: Mapping[str, Theirs],
) -> Others:
    """Everybody else's events: without our blocks, their echoes, and other owners' blocks unless those are to be
    respected.

    A tag counts only in the calendar that is written to; anywhere else an entry with one is an ordinary event, or an
    echo where the account says that there are some. A copy that stands exactly where a block stands is the block
    seen twice; anywhere else it is the therapist's own time. `theirs`: blocks that a person made their own; the
    occurrence that still serves as the block is none of the others'."""
    ours = {(o.place, o.ref.where) for o in (*own.values(), *retired)}
    me = ownership.owner_of(practice.id, rules.therapist)
    standing = {o.interval for o in own.values()}
    active = {o.interval for o in own.values() if o.how_idle is None}
    echoing = {name for name, account in practice.accounts.items() if account.echoes}
    names = list(practice.therapists)
    # Two who respect each other would give way for ever: whom the rule file names first goes first.
    later = {ownership.owner_of(practice.id, name) for name in names[names.index(rules.therapist) + 1 :]}
    kept: list[Event] = []
    obstacles: list[Interval] = []
    for e in events:
        if e.tag is not None and e.ref is not None and (e.calendar, e.ref.where) in ours:
            continue
        if serves(e, theirs) or (e.interval in active and _is_copy(e, me)):
            continue
        if e.tag is not None and e.calendar == rules.write and e.tag.owner != me:
            if rules.respect_others and e.busy and e.tag.owner not in later:
                obstacles.append(e.interval)
            continue
        if e.calendar != rules.write and e.calendar.partition("/")[0] in echoing and e.interval in standing:
            continue
        if e.calendar in rules.read:
            kept.append(e)
        elif e.busy:
            obstacles.append(e.interval)
    return Others(kept, obstacles)


def _is_copy(event: Event, me: str) -> bool:
    """Whether an event was copied from one of our blocks, or repeats one."""
    tag = event.tag or event.former
    return tag is not None and tag.owner == me and event.became != "guests"


def _written(moment: datetime, rules: Rules) -> str:
    try:
        return f"{moment.astimezone(rules.timezone):%Y-%m-%d %H:%M}"
    except OverflowError:  # the first and the last day of the calendar have no time in zones west and east of UTC
        return f"{moment:%Y-%m-%d %H:%M}"


def session_id(practice: Practice, event: Event) -> str:
    """A keyed hash that stays the same when the session moves; where a program gives no UID, only while it does not."""
    return ownership.hashed(practice.id, event.uid or str(event.interval.start), event.recurrence)


def sessions_ahead(events: Iterable[Event], rules: Rules, now: datetime) -> dict[str, Ahead]:
    """How many sessions each calendar that has any still shows, and when the last of them ends, whatever their
    copies in other calendars."""
    ends: dict[str, list[datetime]] = {}
    for e in events:
        if e.busy and kind_of(e, rules) is not None:
            ends.setdefault(e.calendar, []).append(e.interval.end)
    return {place: Ahead(sum(1 for end in all_ if end > now), max(all_)) for place, all_ in ends.items()}


MANY = 5


def unmatched(sessions: Collection[Session], events: Iterable[Event], window: Interval, rules: Rules) -> list[Finding]:
    """A finding where a calendar is full and nothing in it is a session: then a title under `sessions` is mistaken."""
    busy = sum(1 for e in events if e.busy and e.interval.overlaps(window))
    if sessions or busy < MANY or not rules.sessions:
        return []
    return [
        Finding(
            rule="sessions",
            code="no-session",
            interval=window,
            message=f"none of the {busy} busy events ahead is a session by the rules under `sessions`",
            advice="look whether the titles there are written as in the calendar"
            if rules.titles
            else "look at `calendar`, `longer_than` and `shorter_than` there; titles are not read",
        )
    ]


def forgotten(own: Mapping[str, plan.Own], rules: Rules, window: Interval, *, known: bool) -> list[Finding]:
    """A finding where own blocks stand in the calendar though the journal is new: what was deleted by hand is
    forgotten. `known`: whether it knows of any."""
    ahead = sum(1 for block in own.values() if block.interval.start >= window.start)
    if known or not ahead:
        return []
    return [
        Finding(
            rule="write",
            code="new-journal",
            interval=Interval(window.start, window.start),
            message=f"{plural(ahead, 'own block')} in {rules.write} found again, but the journal of earlier runs is "
            "new or another computer's: blocks that were deleted by hand are forgotten, and come back",
            advice="delete them once more after the next sync; `undo` knows no earlier run",
        )
    ]


def left_behind(left: Mapping[str, int], rules: Rules, window: Interval) -> list[Finding]:
    """A finding for each calendar that is no longer written to and in which own blocks stay, as a person wrote into
    them. `left`: how many, by the calendar's name."""
    return [
        Finding(
            rule="write",
            code="left-behind",
            interval=Interval(window.start, window.start),
            message=f"{plural(count, 'own block')} in {place} left: somebody wrote into "
            f"{'it' if count == 1 else 'them'}, and blocks are written to {rules.write} now",
            advice=f"take the words along by hand, then delete what is not wanted in {place}; this is said once",
        )
        for place, count in left.items()
        if count
    ]


def findings_of(unexpanded: Iterable[Unexpanded], window: Interval, rules: Rules, desk: Desk) -> list[Finding]:
    """What could not be read, and which earlier blocks could not be cleared."""
    found = []
    for event in unexpanded:
        when = "" if event.start is None else f" that begins {_written(event.start, rules)}"
        what = "an event" if event.tag is None else "one of our blocks"
        inside = event.start is not None and window.start <= event.start < window.end
        moment = event.start if inside and event.start is not None else window.start
        found.append(
            Finding(
                rule="sessions",
                code="not-read",
                interval=Interval(moment, moment),
                message=f"{event.calendar}: {what}{when} was left out: {event.reason}",
                advice="enter it in another way, so that its times are not booked over"
                if event.tag is None
                else "give it a time that can be read, or delete it and take it back with --restore",
            )
        )
    for uncleared in desk.uncleared.values():
        found.append(
            Finding(
                rule="write",
                code="not-cleared",
                interval=Interval(window.start, window.start),
                message=str(uncleared),
                advice=f"make {uncleared.place} readable again, or delete the blocks there by hand and let go of it",
            )
        )
    return found
