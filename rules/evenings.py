"""Time that bookings must leave: evenings on which sessions may lie only so often a week, and room after the day's last
session.

Rule-file.md, section 4, row `protect`, floating: ``at most 2 evenings per week`` and ``after: last session`` are
windows too. What floats can move out of a booking's way; these two cannot, so that bookings are banned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

from rules.breaks import need_after
from rules.demand import Ban, Finding
from rules.diary import Diary
from rules.occasions import found, hours_of, is_daily, last_end, named
from rules.practice import Kind, ProtectItem
from rules.protect import clock_range, fixed
from rules.timeline import JUST_AFTER, Interval, intersect, local_dates, midnight, subtract, week_of, whole_day
from rules.workdays import window_on

DAY = timedelta(days=1)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


def findings(diary: Diary) -> list[Finding]:
    """Weeks in the window in which sessions lie in an `at_most` item's window on more days than allowed."""
    told: list[Finding] = []
    for item in diary.rules.protect:
        if item.at_most is None or item.between is None:
            continue
        for monday in _weeks(diary):
            windows = _windows(diary, item, monday)
            used = [day for day, window in windows.items() if _used(diary, window)]
            span = Interval(midnight(monday, diary.rules.timezone), midnight(monday + 7 * DAY, diary.rules.timezone))
            if len(used) > item.at_most and span.end > diary.now:
                named_ = ", ".join(diary.day_name(day) for day in used)
                told.append(
                    Finding(
                        rule="protect",
                        code="over-limit",
                        interval=span,
                        message=f"Week of {diary.day_name(monday)}: sessions on {len(used)} of {item.at_most} days "
                        f"in {item.name} ({clock_range(item.between)}): {named_}",
                        advice="move the sessions of one of these days out of it",
                    )
                )
    return told


def bans(diary: Diary, kind: Kind) -> list[Ban]:
    """Starts at which a booking of this kind would lie in an `at_most` item's window on one day too many, or would
    leave what follows the day's last session no room, or move it further where there is none already."""
    banned: list[Ban] = []
    for item in diary.rules.protect:
        if item.at_most is not None and item.between is not None:
            banned += _too_often(diary, item, item.at_most, kind)
        elif item.after is not None and item.length is not None and is_daily(item):
            banned += _too_late(diary, item, kind)
    return banned


def _too_often(diary: Diary, item: ProtectItem, most: int, kind: Kind) -> Iterable[Ban]:
    for monday in _weeks(diary):
        windows = _windows(diary, item, monday)
        used = {day for day, window in windows.items() if _used(diary, window)}
        left = most - len(used)
        unused = [
            Interval(window.start - kind.length + JUST_AFTER, window.end)
            for day, window in windows.items()
            if day not in used and window.start < window.end
        ]
        if left == 1:  # only a booking that lies in two of them is too much
            unused = [both for a, b in pairwise(unused) if (both := a.clip(b)) is not None]
        why = f"would put sessions into {item.name} on a {_ordinal(most + 1)} day of the week"
        if left <= 1:
            yield from (Ban(kind=kind.name, starts=starts, rule="protect", why=why) for starts in unused)


def _too_late(diary: Diary, item: ProtectItem, kind: Kind) -> Iterable[Ban]:
    """A booking that becomes the day's last session, also of a day that has none yet."""
    rules, hours = diary.rules, hours_of(item)
    least = (item.length if item.at_least is None else item.at_least) or timedelta(0)
    own = timedelta(0) if item.counts_as_break else need_after(kind, rules.breaks)
    kept = [one.window for one in fixed(diary)]
    for day in local_dates(diary.geometry, rules.timezone):
        window = window_on(rules, day, hours) if hours is not None and named(item, day) else None
        today = whole_day(day, rules.timezone)
        if window is None or day in diary.days_off or found(diary, item, today):
            continue
        taken = [i for i in (*diary.busy, *(s.interval for s in diary.sessions), *kept) if i.overlaps(window)]
        free = subtract(intersect([window], diary.working) if item.inside_hours else [window], taken)
        latest = max((i.end - least for i in free if i.length >= least), default=today.start) - own
        last = last_end(diary, day)
        begin = max(latest, last or latest) - kind.length + JUST_AFTER
        starts = Interval(min(max(begin, today.start), today.end), today.end)
        if starts.start < starts.end:
            why = f"would leave {item.name} no room after the day's last session"
            yield Ban(kind=kind.name, starts=starts, rule="protect", why=why)


def _weeks(diary: Diary) -> list[date]:
    return sorted({week_of(day) for day in local_dates(diary.geometry, diary.rules.timezone)})


def _windows(diary: Diary, item: ProtectItem, monday: date) -> dict[date, Interval]:
    """The item's window on each date of a week that has one."""
    by_day: dict[date, Interval] = {}
    for day in (monday + n * DAY for n in range(7)):
        window = window_on(diary.rules, day, item.between) if item.between is not None and named(item, day) else None
        if window is not None:
            by_day[day] = window
    return by_day


def _used(diary: Diary, window: Interval) -> bool:
    return any(s.interval.overlaps(window) for s in diary.sessions)


def _ordinal(number: int) -> str:
    return _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th"
