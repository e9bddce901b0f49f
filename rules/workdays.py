"""Working time and days off: which hours of which local dates somebody may book at all; windows on a date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules import sun
from rules.practice import DaysOff, Rules, SunEvent, SunRange, SunTime, TimeRange, WorkingHours
from rules.timeline import Event, Interval, instant, local_dates, merge, subtract, week_of, whole_day


def range_on(day: date, hours: TimeRange, zone: ZoneInfo) -> Interval:
    """A wall-clock range on a local date. An end at or before the start is on the next day (so ``24:00``, kept as
    00:00, is the day's end). Empty where a clock change swallows it."""
    last = day if hours.end > hours.start else day + timedelta(days=1)
    start, end = instant(day, hours.start, zone), instant(last, hours.end, zone)
    return Interval(start, max(start, end))


LONGEST_NIGHT = timedelta(hours=18)
_ORDER: tuple[SunEvent, ...] = ("dawn", "sunrise", "noon", "sunset", "dusk")


def window_on(rules: Rules, day: date, hours: TimeRange | SunRange) -> Interval | None:
    """A window on a local date; None where it has none, because the sun does not rise or set or because its end would
    come before its start (``sunrise to 08:00`` on a winter's day).

    An end by the sun that comes earlier in the sun's day than the start is the next date's (``sunset to sunrise``), and
    so is an end by the clock, or after a start by the clock, if the window is then no longer than 18 hours (``dusk to
    01:00``, ``22:00 to sunrise``). ``24:00`` is the day's end. Times by the sun need `location`."""
    if isinstance(hours, TimeRange):
        return range_on(day, hours, rules.timezone)
    start = _moment(rules, day, hours.start)
    if start is None:
        return None
    if isinstance(hours.start, SunTime) and isinstance(hours.end, SunTime):
        order = (_ORDER.index(hours.start.event), _ORDER.index(hours.end.event))
        end = _moment(rules, day if order[0] <= order[1] else day + timedelta(days=1), hours.end)
    elif hours.end == time(0):
        end = _moment(rules, day + timedelta(days=1), hours.end)
    else:
        end = _moment(rules, day, hours.end)
        if end is not None and end <= start:
            later = _moment(rules, day + timedelta(days=1), hours.end)
            end = later if later is not None and later - start <= LONGEST_NIGHT else None
    return Interval(start, end) if end is not None and start < end else None


def no_window(rules: Rules, day: date, hours: SunRange) -> str:
    """Why a window by the sun is missing on a date, for messages."""
    for moment in (hours.start, hours.end):
        if isinstance(moment, SunTime) and _moment(rules, day, moment) is None:
            does = {"sunrise": "the sun does not rise", "sunset": "the sun does not set"}
            return does.get(moment.event, f"there is no {moment.event}")
    return "its end would come before its start"


def _moment(rules: Rules, day: date, moment: time | SunTime) -> datetime | None:
    if isinstance(moment, time):
        return instant(day, moment, rules.timezone)
    if rules.location is None:
        raise ValueError("times by the sun need a location")
    found = sun.moment(rules.location, day, moment.event, rules.timezone)
    return None if found is None else found + moment.offset


def hours_on(rules: Rules, day: date) -> tuple[TimeRange, ...]:
    """The wall-clock working hours of a date by `working_hours`, days off or not: of those that hold on the date and
    name its weekday, the last in the file. Nothing where none does, or where the file gives no working hours."""
    found: tuple[TimeRange, ...] = ()
    for some in rules.working_hours or ():
        if not _holds(some, day):
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


def touches_hours(rules: Rules, hours: TimeRange, day: date | None = None) -> bool:
    """Whether a wall-clock window has any working time in it on any weekday: then it belongs to working days. Of
    working hours for some dates only, those that hold on `day` count; without a day all do."""
    if rules.working_hours is None:
        return True
    holding = [some for some in rules.working_hours if day is None or _holds(some, day)]
    every = (r for some in holding for ranges in some.days.values() for r in ranges)
    return any(_overlap(hours, other) for other in every)


def by_the_clock(window: Interval, zone: ZoneInfo) -> TimeRange:
    """A window of less than a day as the wall clock shows it."""
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    return TimeRange(start.time(), end.time())


def _holds(some: WorkingHours, day: date) -> bool:
    return (some.since is None or some.since <= day) and (some.until is None or day <= some.until)


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
