"""On which dates a protected item is due, and in which window there.

A window is by the clock, by the sun, or begins where the day's last session ends. A day off gets nothing but items
outside working hours."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from rules import windows
from rules.demand import Finding
from rules.diary import Diary
from rules.periods import Period, periods_between
from rules.practice import ProtectItem, Rules, SunRange, TimeRange
from rules.timeline import Interval, local_date, local_dates, midnight, whole_day
from rules.workdays import by_the_clock, no_window, nominal_hours, touches_hours, window_on

DAY = timedelta(days=1)
WHOLE_DAY = TimeRange(datetime.min.time(), datetime.min.time())


def slug(name: str) -> str:
    """An item's name as part of a key: lower case, letters and digits of any script, the rest as one dash."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-") or "item"


def hours_of(item: ProtectItem) -> TimeRange | SunRange | None:
    """The window that an item names; the whole day where it names none but follows the last session."""
    if item.at is not None:
        return item.at
    return item.between or (WHOLE_DAY if item.after is not None else None)


def is_daily(item: ProtectItem) -> bool:
    """Whether an item is due a number of times on each of its days, rather than so much in a longer period."""
    return item.quota is None or (item.quota.every == "day" and item.quota.times is not None)


def window_of(diary: Diary, item: ProtectItem, day: date) -> Interval | None:
    """Where an item may lie that is due on a local date, working hours aside; None where it is not due.

    After the last session of a day without sessions nothing is due; where the session ends at or after the window's
    end, what is left is empty time at the session's end."""
    hours = hours_of(item)
    if hours is None or not named(item, day):
        return None
    window = window_on(diary.rules, day, hours)
    if window is None:
        return None
    if item.after is not None:
        last = last_end(diary, day)
        if last is None:
            return None
        start = max(last, window.start)
        window = Interval(start, max(start, window.end))
    return window


def due_on(diary: Diary, item: ProtectItem, day: date, off: Mapping[date, str] | None = None) -> Interval | None:
    """The window of an item that is due on a local date, or None. `off`: days off, those of the diary unless given.

    On a day off these are due: items whose window has no working time on any weekday, and items that name a weekday
    which has none."""
    window = window_of(diary, item, day)
    if window is None or day not in (diary.days_off if off is None else off):
        return window
    if item.on is not None and not nominal_hours(diary.rules, day):
        return window
    hours = hours_of(item)
    if item.after is not None or not isinstance(hours, TimeRange):
        hours = by_the_clock(window, diary.rules.timezone)
    return None if touches_hours(diary.rules, hours, day) else window


def named(item: ProtectItem, day: date) -> bool:
    """Whether the item's weekdays, if it names any, have the date's among them."""
    return item.on is None or day.weekday() in item.on


def ends_on(diary: Diary, day: date) -> list[datetime]:
    """When the sessions that start on a local date end, sorted."""
    span = whole_day(day, diary.rules.timezone)
    first, after = (bisect_left(diary.sessions, moment, key=lambda s: s.start) for moment in (span.start, span.end))
    return sorted(s.end for s in diary.sessions[first:after])


def last_end(diary: Diary, day: date) -> datetime | None:
    """When the last session that starts on a local date ends."""
    return max(ends_on(diary, day), default=None)


def found(diary: Diary, item: ProtectItem, span: Interval) -> list[Interval]:
    """The events that count as one of an item's occasions and start in a span (`satisfied_by`), sorted."""
    return [i for i in diary.done.get(slug(item.name), ()) if span.start <= i.start < span.end]


def periods_due(rules: Rules, item: ProtectItem, canvas: Interval) -> list[Period]:
    """The periods of an item's quota of which something is due by the end of the canvas (today's midnight to the end of
    the window): those that end in it, and those that are longer than it. Yesterday's is among them where the item's
    window of yesterday reaches into today."""
    if item.quota is None or is_daily(item):
        return []
    today = local_date(canvas.start, rules.timezone)
    last = local_date(canvas.end - timedelta(microseconds=1), rules.timezone)
    hours = hours_of(item)
    before = window_on(rules, today - DAY, hours) if hours is not None else None
    first = today - DAY if before is not None and before.end > midnight(today, rules.timezone) else today
    length = (last - today).days + 1
    every = periods_between(first, last, item.quota.every)
    return [p for p in every if p.days > length or p.interval(rules.timezone).end <= canvas.end]


def without_sun(diary: Diary) -> list[Finding]:
    """A finding for every stretch of dates on which an item that is due each day has no window by the sun."""
    told: list[Finding] = []
    for item in diary.rules.protect:
        hours = hours_of(item)
        if not isinstance(hours, SunRange) or not is_daily(item):
            continue
        group: list[date] = []
        days = [
            d for d in local_dates(diary.canvas, diary.rules.timezone) if named(item, d) and d not in diary.days_off
        ]
        for day in [*days, None]:
            if day is not None and window_on(diary.rules, day, hours) is None:
                group.append(day)
            elif group:
                told.append(_sunless(diary, item, hours, group))
                group = []
    return told


def _sunless(diary: Diary, item: ProtectItem, hours: SunRange, days: Sequence[date]) -> Finding:
    zone = diary.rules.timezone
    when = diary.day_name(days[0]) + (f" to {diary.day_name(days[-1])}" if len(days) > 1 else "")
    return Finding(
        rule="protect",
        code="not-placed",
        interval=Interval(whole_day(days[0], zone).start, whole_day(days[-1], zone).end),
        message=f"{when}: {item.name} has no window `{windows.written(hours)}`: "
        f"{no_window(diary.rules, days[0], hours)}",
        advice="name another window, or accept it at this time of the year",
    )
