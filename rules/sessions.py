"""Which events are client sessions, and which appointments are one and the same.

Rule-file.md, section 3. Titles are looked at here and go no further: what comes out holds times, kinds and keyed
hashes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rules.demand import Finding
from rules.diary import day_name
from rules.practice import Rules, SessionRule
from rules.timeline import Event, Interval, Session, local_date

Identify = Callable[[Event], str]


@dataclass(frozen=True, slots=True)
class Classified:
    """Sessions sorted by start, other busy time, and what is odd about them."""

    sessions: tuple[Session, ...]
    busy: tuple[Interval, ...]
    findings: tuple[Finding, ...]


def classify(events: Iterable[Event], rules: Rules, identify: Identify) -> Classified:
    """Tell sessions from other busy time.

    `events` are everybody else's (own blocks taken out before). `identify` gives a keyed hash of UID and recurrence.
    Order of the events does not matter; where one appointment stands in several calendars, the one that `read` names
    first counts."""
    order = {name: place for place, name in enumerate(rules.read)}
    known = sorted(events, key=lambda e: (order.get(e.calendar, len(order)), e.interval, e.uid, e.recurrence, e.title))
    current, findings = _newest_copies(known, rules)
    sessions: list[tuple[Event, str]] = []
    others: list[Event] = []
    for event in current:
        if not event.busy:
            continue
        kind = kind_of(event, rules)
        if kind is None:
            others.append(event)
        else:
            sessions.append((event, kind))
    counted = _one_each(sessions, rules)
    seen_in: dict[Interval, set[str]] = defaultdict(set)
    for event, _ in sessions:
        seen_in[event.interval].add(event.calendar)
    # A session's copy in another calendar is the same appointment, even where that calendar hides what it is.
    busy = [e.interval for e in others if not seen_in[e.interval] - {e.calendar}]
    ordered = _identified(counted, identify)
    return Classified(ordered, tuple(sorted(busy)), (*findings, *double_booked(ordered, rules)))


def _identified(counted: Iterable[tuple[Event, str]], identify: Identify) -> tuple[Session, ...]:
    """Sessions by start, each with an id of its own: copies of one appointment that count as two are told apart by
    their order."""
    used: dict[str, int] = defaultdict(int)
    found: list[Session] = []
    for event, kind in sorted(counted, key=lambda pair: (pair[0].interval, identify(pair[0]), pair[0].calendar)):
        name = identify(event)
        used[name] += 1
        if used[name] > 1:
            name = f"{name}-{used[name]}"
        found.append(Session(id=name, interval=event.interval, kind=kind, calendar=event.calendar))
    return tuple(sorted(found, key=lambda s: (s.start, s.end, s.id)))


def kind_of(event: Event, rules: Rules) -> str | None:
    """The kind of session an event is by the first rule that matches, or None: busy, but no session."""
    for rule in rules.sessions:
        if matches(rule, event):
            return rule.kind
    return None


def double_booked(sessions: Sequence[Session], rules: Rules) -> list[Finding]:
    """A finding for every stretch in which sessions overlap. Touching is not overlapping."""
    found: list[Finding] = []
    group: list[Session] = []
    end: datetime | None = None
    for session in [*sessions, None]:
        if session is not None and end is not None and session.start < end:
            group.append(session)
            end = max(end, session.end)
            continue
        if len(group) > 1:
            clock = [s.start.astimezone(rules.timezone).strftime("%H:%M") for s in group]
            day = day_name(local_date(group[0].start, rules.timezone))
            starts = f"{', '.join(clock[:-1])} and {clock[-1]}"
            found.append(
                Finding(
                    rule="sessions",
                    code="double-booked",
                    interval=Interval(group[0].start, max(s.end for s in group)),
                    message=f"{day}: {len(group)} sessions overlap (they start at {starts})",
                    advice="move one, or say `shared: yes` for the kind if it is one session of several attendees",
                )
            )
        if session is not None:
            group, end = [session], session.end
    return found


def matches(rule: SessionRule, event: Event) -> bool:
    if rule.title is not None and not rule.title.matches(event.title):
        return False
    if rule.calendar is not None and event.calendar != rule.calendar and event.calendar.split("/")[0] != rule.calendar:
        return False
    if rule.longer_than is not None and event.interval.length <= rule.longer_than:
        return False
    return rule.shorter_than is None or event.interval.length < rule.shorter_than


def _newest_copies(events: list[Event], rules: Rules) -> tuple[list[Event], list[Finding]]:
    """One event for each UID and recurrence; where copies differ in time and none is known to be newer, all of them."""
    copies: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:  # without a UID nothing says that two are one appointment
        copies[event.uid or str(event.interval.start), event.recurrence].append(event)
    current: list[Event] = []
    findings: list[Finding] = []
    for group in copies.values():
        if len(group) == 1 or len({(e.interval, e.first_day, e.last_day, e.busy) for e in group}) == 1:
            current.append(next((e for e in group if kind_of(e, rules) is not None), group[0]))
            continue
        newest = max(revision(e) for e in group)
        kept = [e for e in group if revision(e) == newest]
        kept = [e for e in kept if e.busy] or kept  # nothing tells whether it is off: then it is on
        distinct: dict[Interval, Event] = {}
        for event in kept:
            told = distinct.setdefault(event.interval, event)
            if kind_of(told, rules) is None and kind_of(event, rules) is not None:
                distinct[event.interval] = event
        current.extend(distinct[i] for i in sorted(distinct))
        if len(distinct) > 1 and kept[0].busy:
            starts = [start.astimezone(rules.timezone) for start in sorted({e.interval.start for e in kept})]
            stands = ", ".join(f"{day_name(start.date())} {start:%H:%M}" for start in starts)
            calendars = " and ".join(dict.fromkeys(e.calendar for e in kept))
            findings.append(
                Finding(
                    rule="sessions",
                    code="stale-copy",
                    interval=Interval(min(i.start for i in distinct), max(i.end for i in distinct)),
                    message=f"one appointment stands at different times in {calendars} ({stands}); "
                    "nothing tells which is newer, so both count as busy",
                    advice="remove the copy that is out of date",
                )
            )
    return current, findings


def revision(event: Event) -> tuple[int, datetime]:
    return (event.sequence or 0, event.modified or datetime.min.replace(tzinfo=UTC))


def _one_each(found: list[tuple[Event, str]], rules: Rules) -> list[tuple[Event, str]]:
    """Sessions with the same start and end in different calendars are one; in one calendar they are as many as there
    are, or one if the kind is shared. So of each calendar's count the largest holds."""
    together: dict[Interval, dict[str, list[tuple[Event, str]]]] = defaultdict(lambda: defaultdict(list))
    for event, kind in found:
        together[event.interval][event.calendar].append((event, kind))
    kept: list[tuple[Event, str]] = []
    for by_calendar in together.values():
        counts: list[list[tuple[Event, str]]] = []
        for events in by_calendar.values():
            seen: set[str] = set()
            once: list[tuple[Event, str]] = []
            for event, kind in events:
                if rules.kinds[kind].shared and kind in seen:
                    continue
                seen.add(kind)
                once.append((event, kind))
            counts.append(once)
        most = max(len(once) for once in counts)
        kept.extend(next(once for once in counts if len(once) == most))  # the calendar named first wins a tie
    return kept
