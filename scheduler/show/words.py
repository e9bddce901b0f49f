"""Dates, times, lengths and loads in words, the same in every view. Months and days are English whatever the locale."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.demand import Load
from rules.diary import plural as plural  # so that all words are here
from rules.practice import Limit
from rules.timeline import Interval, local_date

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_words(day: date) -> str:
    """``Wed 25 Nov``, always ten columns."""
    return f"{DAYS[day.weekday()]} {day.day:>2} {MONTHS[day.month - 1]}"


def day_short(day: date) -> str:
    """``Wed 25``, always six columns."""
    return f"{DAYS[day.weekday()]} {day.day:>2}"


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """``09:50``, wall-clock."""
    return moment.astimezone(zone).strftime("%H:%M")


def times(interval: Interval, zone: ZoneInfo) -> str:
    """``09:50-10:05``, wall-clock."""
    return f"{clock(interval.start, zone)}-{clock(interval.end, zone)}"


def day_and_times(interval: Interval, zone: ZoneInfo) -> str:
    """``Wed 25 Nov 09:50-10:05``, by the date it starts on."""
    return f"{day_words(local_date(interval.start, zone))} {times(interval, zone)}"


def length_words(minutes: int) -> str:
    """``50 min``, ``3 h 20``, ``4 h``."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min" if rest else "0 h"
    return f"{hours} h {rest:02}" if rest else f"{hours} h"


def length_short(minutes: int) -> str:
    """``3h20``, always with the minutes."""
    return f"{minutes // 60}h{minutes % 60:02}"


def number(value: float) -> str:
    """``6`` or ``5.5``."""
    return f"{round(value, 2):g}"


def minutes_of(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def sessions_of(load: Load, limit: Limit) -> str:
    """``4/5``, or ``4`` without a limit."""
    return f"{load.sessions}" if limit.sessions is None else f"{load.sessions}/{limit.sessions}"


def time_of(load: Load, limit: Limit) -> str:
    """``3 h 20 of 4 h 30``, or ``3 h 20`` without a limit."""
    done = length_words(load.minutes)
    return done if limit.time is None else f"{done} of {length_words(minutes_of(limit.time))}"


def other_loads(load: Load, limit: Limit, *, only_reached: bool) -> list[str]:
    """``weight 5.5/6`` and ``heavy 3/2!`` where there is such a limit; `only_reached`: only if it is reached."""
    pairs = (("weight", load.weight, limit.weight), ("heavy", float(load.heavy), limit.heavy))
    return [
        f"{name} {number(done)}/{number(most)}{'!' if done > most + 1e-9 else ''}"
        for name, done, most in pairs
        if most is not None and (done >= most or not only_reached)
    ]


def over(load: Load, limit: Limit) -> bool:
    """Whether any part of the load is more than its limit."""
    return (
        (limit.sessions is not None and load.sessions > limit.sessions)
        or (limit.time is not None and timedelta(minutes=load.minutes) > limit.time)
        or (limit.weight is not None and load.weight > limit.weight + 1e-9)
        or (limit.heavy is not None and load.heavy > limit.heavy)
    )
