"""Working time and days off: which hours of which local dates somebody may book at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from rules.practice import DaysOff, Rules, TimeRange
from rules.timeline import Event, Interval, instant, local_dates, merge, subtract, week_of, whole_day


def range_on(day: date, hours: TimeRange, zone: ZoneInfo) -> Interval:
    """A wall-clock range on a local date. An end at or before the start is on the next day (so ``24:00``, kept as
    00:00, is the day's end). Empty where a clock change swallows it."""
    last = day if hours.end > hours.start else day + timedelta(days=1)
    start, end = instant(day, hours.start, zone), instant(last, hours.end, zone)
    return Interval(start, max(start, end))


def hours_on(rules: Rules, day: date) -> tuple[TimeRange, ...]:
    """The wall-clock working hours of a date by `working_hours`, days off or not: of those that hold on the date and
    name its weekday, the last in the file. Nothing where none does, or where the file gives no working hours."""
    found: tuple[TimeRange, ...] = ()
    for some in rules.working_hours or ():
        if (some.since is not None and day < some.since) or (some.until is not None and day > some.until):
            continue
        if some.every > 1 and some.since is not None and (week_of(day) - week_of(some.since)).days // 7 % some.every:
            continue
        found = some.days.get(day.weekday(), found)
    return found


def nominal_hours(rules: Rules, day: date) -> list[Interval]:
    """The working hours that a date has, days off or not; the whole day where the file gives no working hours."""
    if rules.working_hours is None:
        return [whole_day(day, rules.timezone)]
    return merge(range_on(day, hours, rules.timezone) for hours in hours_on(rules, day))


def days_off(rules: Rules, span: Interval, events: Iterable[Event]) -> dict[date, str]:
    """The days off among the local dates of `span`, each with its reason in a few words (never an event's title)."""
    days = list(local_dates(span, rules.timezone))
    off: dict[date, str] = {}
    if rules.working_hours is not None:
        off.update({d: "no working hours" for d in days if not hours_on(rules, d)})
    for first, last in rules.days_off.ranges:
        off.update({d: "day off" for d in days if first <= d <= last})
    off.update({d: f"public holiday: {name}" for d, name in _public_holidays(rules.days_off, days).items()})
    for event in events:
        if event.first_day is None or event.last_day is None or event.state in ("cancelled", "declined"):
            continue
        if event.out_of_office or any(p.matches(event.title) for p in rules.days_off.titles):
            off.update({d: "day off in the calendar" for d in days if event.first_day <= d <= event.last_day})
    return dict(sorted(off.items()))


def working_time(rules: Rules, span: Interval, off: dict[date, str]) -> tuple[Interval, ...]:
    """Working time within `span`, without days off, merged. A range that reaches past midnight into a day off ends
    there."""
    zone = rules.timezone
    days = list(local_dates(span, zone))
    hours = [piece for day in days if day not in off for piece in nominal_hours(rules, day)]
    closed = [whole_day(day, zone) for day in days if day in off]
    return tuple(piece for i in subtract(hours, closed) if (piece := i.clip(span)) is not None)


def touches_hours(rules: Rules, hours: TimeRange) -> bool:
    """Whether a wall-clock window has any working time in it on any weekday: then it belongs to working days."""
    if rules.working_hours is None:
        return True
    every = (r for some in rules.working_hours for ranges in some.days.values() for r in ranges)
    return any(_overlap(hours, other) for other in every)


def _overlap(one: TimeRange, other: TimeRange) -> bool:
    return any(a < d and c < b for a, b in _minutes(one) for c, d in _minutes(other))


def _minutes(hours: TimeRange) -> list[tuple[int, int]]:
    start, end = _minute(hours.start), _minute(hours.end)
    return [(start, end)] if end > start else [(start, 1440), (0, end)]


def _minute(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def _public_holidays(off: DaysOff, days: list[date]) -> dict[date, str]:
    if not off.holidays or not days:
        return {}
    import holidays  # 0.1 s, only where a rule file names holidays

    years = range(days[0].year, days[-1].year + 1)
    found: dict[date, str] = {}
    for code in off.holidays:
        country, _, subdivision = code.partition("-")
        named = holidays.country_holidays(country, subdiv=subdivision or None, years=years)
        found.update({d: str(named[d]) for d in days if d in named})
    return found
