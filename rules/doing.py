"""What has been done: which events count towards a protected item (`satisfied_by`).

Titles are looked at here and go no further: what comes out are times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from rules.occasions import slug
from rules.practice import Rules
from rules.sessions import matches, revision
from rules.timeline import Event, Interval


def done(events: Iterable[Event], rules: Rules) -> dict[str, tuple[Interval, ...]]:
    """For each item that `satisfied_by` speaks of, by its slug, the events that count, sorted.

    `events` are everybody else's (own blocks taken out before). Free ones count too; cancelled, declined and all-day
    ones do not. An appointment that stands in several calendars counts once: the same UID and recurrence, of which the
    newest revision holds, or the same start and end. One event may count towards several items."""
    conditions = {slug(item.name): item.satisfied_by for item in rules.protect if item.satisfied_by}
    if not conditions:
        return {}
    copies: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        copies[event.uid or str(event.interval), event.recurrence].append(event)
    counted: dict[str, set[Interval]] = {name: set() for name in conditions}
    for group in copies.values():
        newest = max(revision(e) for e in group)
        current = [e for e in group if revision(e) == newest and _counts(e)]
        for name, some in conditions.items():
            met = [e.interval for e in current if any(matches(condition, e) for condition in some)]
            counted[name] |= {min(met)} if met else set()
    return {name: tuple(sorted(intervals)) for name, intervals in counted.items()}


def _counts(event: Event) -> bool:
    return event.state in ("busy", "free") and not event.all_day and event.interval.length > timedelta(0)
