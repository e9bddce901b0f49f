"""Rest: hours between days, how long a day may get, and days without sessions.

Rule-file.md, section 4, rows `rest.between_days`, `rest.day_span` and `rest.days_off_per_week`. A session belongs to
the local date that it starts on, however late it ends; a date goes from its first session's start to its last one's
end. Lengths are elapsed time, through both clock changes. Weeks go from Monday to Sunday and count whole, what is past
included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise

from rules.demand import Ban, Finding
from rules.diary import Diary, is_or_are, spell
from rules.practice import Kind
from rules.timeline import JUST_AFTER, Interval, local_dates, midnight, week_of, whole_day

WEEK = timedelta(days=7)


def worked(diary: Diary) -> dict[date, Interval]:
    """Each date with sessions, in order: from the first one's start to the last one's end."""
    found: dict[date, Interval] = {}
    for session in diary.sessions:
        day = diary.date_of(session.start)
        span = found.get(day, session.interval)
        found[day] = Interval(min(span.start, session.start), max(span.end, session.end))
    return dict(sorted(found.items()))


def weeks(days: Mapping[date, Interval]) -> dict[date, int]:
    """How many dates with sessions each week has, by its Monday."""
    counts: dict[date, int] = defaultdict(int)
    for day in days:
        counts[week_of(day)] += 1
    return dict(counts)


def findings(diary: Diary) -> list[Finding]:
    """Nights, days and weeks in the window with too little rest."""
    days = worked(diary)
    found = [*_short_rests(diary, days), *_long_days(diary, days), *_without_days_off(diary, days)]
    return [f for f in found if f.interval.end > diary.now and f.interval.start < diary.window.end]


def _short_rests(diary: Diary, days: Mapping[date, Interval]) -> Iterator[Finding]:
    least = diary.rules.rest.between_days
    if least is None:
        return
    for (before, one), (day, other) in pairwise(days.items()):
        rest = max(other.start - one.end, timedelta(0))
        if rest < least:
            yield Finding(
                rule="rest.between_days",
                code="short-rest",
                interval=Interval(other.start - rest, other.start),
                message=f"{diary.day_name(day)}: {spell(rest)} from the last session of {diary.day_name(before)}, "
                f"until {diary.clock(one.end)}, to the first at {diary.clock(other.start)}; "
                f"{spell(least)} {is_or_are(least)} due",
                advice=f"move the first session to {_moment(diary, one.end + least, day)} or later, "
                "or end earlier on the day before",
            )


def _moment(diary: Diary, moment: datetime, day: date) -> str:
    on = diary.date_of(moment)
    return diary.clock(moment) if on == day else f"{diary.day_name(on)}, {diary.clock(moment)}"


def _long_days(diary: Diary, days: Mapping[date, Interval]) -> Iterator[Finding]:
    most = diary.rules.rest.day_span
    if most is None:
        return
    for day, span in days.items():
        if span.length > most:
            yield Finding(
                rule="rest.day_span",
                code="long-day",
                interval=span,
                message=f"{diary.day_name(day)}: {spell(span.length)} from the first session at "
                f"{diary.clock(span.start)} to the last one's end at {diary.clock(span.end)}; "
                f"{spell(most)} {is_or_are(most)} the most",
                advice="move the first or the last session towards the others, or to another day",
            )


def _without_days_off(diary: Diary, days: Mapping[date, Interval]) -> Iterator[Finding]:
    least = diary.rules.rest.days_off_per_week
    if least is None:
        return
    for monday, count in weeks(days).items():
        if count > 7 - least:
            zone = diary.rules.timezone
            yield Finding(
                rule="rest.days_off_per_week",
                code="no-day-off",
                interval=Interval(midnight(monday, zone), midnight(monday + WEEK, zone)),
                message=f"Week of {diary.day_name(monday)}: {7 - count} {'day' if count == 6 else 'days'} without "
                f"sessions; {least} {'is' if least == 1 else 'are'} due",
                advice="move a day's sessions to other days or to another week",
            )


def bans(diary: Diary, kind: Kind) -> list[Ban]:
    """Starts at which a booking of this kind would leave too little rest, or less where it is too little already.
    By date, from yesterday on; starts at which it would overlap a session may be among them."""
    days = worked(diary)
    counts = weeks(days)
    found: list[Ban] = []
    for day in local_dates(diary.geometry, diary.rules.timezone):
        if (off := _day_off(diary, kind, day, days, counts)) is not None:
            found.append(off)
        found += _between(diary, kind, day, days)
        found += _outside_span(diary, kind, day, days)
    return found


def _day_off(
    diary: Diary, kind: Kind, day: date, days: Mapping[date, Interval], counts: Mapping[date, int]
) -> Ban | None:
    least, monday = diary.rules.rest.days_off_per_week, week_of(day)
    if least is None or day in days or counts.get(monday, 0) < 7 - least:
        return None
    return Ban(
        kind=kind.name,
        starts=whole_day(day, diary.rules.timezone),
        rule="rest.days_off_per_week",
        why=f"would take one of the {least} days off in the week of {diary.day_name(monday)}"
        if least > 1
        else f"would take the day off in the week of {diary.day_name(monday)}",
        closes=True,
    )


def _between(diary: Diary, kind: Kind, day: date, days: Mapping[date, Interval]) -> Iterator[Ban]:
    """A booking that would be the date's first session rests from the date with sessions before it; one that would end
    last rests until the one after it."""
    least = diary.rules.rest.between_days
    if least is None:
        return
    whole, span = whole_day(day, diary.rules.timezone), days.get(day)
    before = max((d for d in days if d < day), default=None)
    after = min((d for d in days if d > day), default=None)
    if before is not None:
        until = days[before].end + least
        first = whole.end if span is None else span.start
        yield from _ban(
            kind,
            whole,
            whole.start,
            min(until, first),
            "rest.between_days",
            f"would leave less than {spell(least)} after {diary.day_name(before)}, {diary.clock(days[before].end)}",
        )
    if after is not None:
        latest = days[after].start - least
        last = whole.start if span is None else span.end
        yield from _ban(
            kind,
            whole,
            max(latest, last) - kind.length + JUST_AFTER,
            whole.end,
            "rest.between_days",
            f"would leave less than {spell(least)} before {diary.day_name(after)}, {diary.clock(days[after].start)}",
        )


def _outside_span(diary: Diary, kind: Kind, day: date, days: Mapping[date, Interval]) -> Iterator[Ban]:
    most = diary.rules.rest.day_span
    if most is None:
        return
    whole, span = whole_day(day, diary.rules.timezone), days.get(day)
    rule, why = "rest.day_span", f"would make the day longer than {spell(most)}"
    if span is None:
        if kind.length > most:
            yield Ban(kind=kind.name, starts=whole, rule=rule, why=why, closes=True)
        return
    yield from _ban(kind, whole, whole.start, min(span.start, span.end - most), rule, why)
    yield from _ban(kind, whole, max(span.end, span.start + most) - kind.length + JUST_AFTER, whole.end, rule, why)


def _ban(kind: Kind, whole: Interval, start: datetime, stop: datetime, rule: str, why: str) -> Iterator[Ban]:
    starts = Interval(start, max(start, stop)).clip(whole)
    if starts is not None:
        yield Ban(kind=kind.name, starts=starts, rule=rule, why=why)
