"""The working minutes of a week, for what can be told of a rule file before any calendar is read."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from rules import values
from rules.practice import Every, TimeRange

WEEK = 7 * 1440


def working_minutes(hours: Iterable[tuple[int, TimeRange]] | None) -> bytearray:
    """One byte for each minute of a week, 1 where it is working time: ranges with the weekday (0 Monday) they begin
    on. None: every minute is."""
    if hours is None:
        return bytearray(b"\1" * WEEK)
    found = bytearray(WEEK)
    for weekday, window in hours:
        start, end = values.span_of(window)
        for minute in range(weekday * 1440 + start, weekday * 1440 + end):
            found[minute % WEEK] = 1
    return found


def stretches(working: bytearray, weekday: int, window: tuple[int, int]) -> list[int]:
    """The lengths in minutes of the working stretches within a day's window (minutes from its midnight)."""
    start, end = window
    inside = (working[(weekday * 1440 + minute) % WEEK] for minute in range(start, end))
    return [sum(run) for is_open, run in groupby(inside) if is_open]


def most_days(every: Every, weekdays: int) -> int:
    """The most dates that so many weekdays can have in one period of this sort."""
    return {
        "day": min(1, weekdays),
        "week": weekdays,
        "fortnight": 2 * weekdays,
        "month": 4 * weekdays + min(weekdays, 3),
        "quarter": 13 * weekdays + min(weekdays, 1),
        "year": 52 * weekdays + min(weekdays, 2),
    }[every]
