"""Time that bookings must leave: evenings on which sessions may lie only so often a week, and room after the day's last
session.

Rule-file.md, section 4, row `protect`, floating: ``at most 2 evenings per week`` and ``after: last session`` are
windows too. What floats can move out of a booking's way; these two cannot, so that bookings are banned."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise, permutations

from rules.breaks import need_after
from rules.demand import Ban, Finding
from rules.diary import Diary, plural
from rules.occasions import found, hours_of, is_daily, last_end, named
from rules.practice import Kind, ProtectItem
from rules.protect import clock_range, fixed
from rules.timeline import JUST_AFTER, Interval, intersect, local_dates, merge, midnight, subtract, week_of, whole_day
from rules.workdays import window_on

DAY = timedelta(days=1)
MOST_ORDERED = 5
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


def findings(diary: Diary) -> list[Finding]:
    """Weeks in the window in which sessions lie in an `at_most` item's window on more days than allowed."""
    told: list[Finding] = []
    for item in diary.rules.protect:
        if item.at_most is None or item.between is None:
            continue
        held = merge(s.interval for s in diary.sessions)
        for monday in _weeks(diary):
            windows = _windows(diary, item, monday)
            used = [day for day, window in windows.items() if window.length and _inside(held, window)]
            span = Interval(midnight(monday, diary.rules.timezone), midnight(monday + 7 * DAY, diary.rules.timezone))
            if len(used) > item.at_most and span.end > diary.now:
                named_ = ", ".join(diary.day_name(day) for day in used)
                told.append(
                    Finding(
                        rule="protect",
                        code="over-limit",
                        interval=span,
                        message=f"Week of {diary.day_name(monday)}: sessions on {len(used)} of "
                        f"{plural(item.at_most, 'day')} in {item.name} ({clock_range(item.between)}): {named_}",
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
    return [*banned, *_too_late(diary, kind)]


def _too_often(diary: Diary, item: ProtectItem, most: int, kind: Kind) -> Iterable[Ban]:
    held = merge(s.interval for s in diary.sessions)
    for monday in _weeks(diary):
        windows = _windows(diary, item, monday)
        used = {day for day, window in windows.items() if window.length and _inside(held, window)}
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


@dataclass(frozen=True, slots=True)
class _After:
    """One thing that follows a day's last session: `free`, where it may lie; `least`, how long it is at least; `pause`,
    how long after the session it begins at the earliest."""

    free: tuple[Interval, ...]
    least: timedelta
    pause: timedelta


def _too_late(diary: Diary, kind: Kind) -> Iterable[Ban]:
    """A booking that becomes the day's last session, also of a day that has none yet, and leaves too little room for
    all that follows it."""
    zone = diary.rules.timezone
    items = [i for i in diary.rules.protect if i.after is not None and i.length is not None and is_daily(i)]
    kept = [one.window for one in fixed(diary)] if items else []
    taken = merge([*diary.busy, *(s.interval for s in diary.sessions), *kept]) if items else []
    for day in local_dates(diary.geometry, zone) if items else ():
        today = whole_day(day, zone)
        if day in diary.days_off:
            continue
        following = {item.name: _following(diary, item, day, taken, kind) for item in items}
        due = [one for some in following.values() for one in some]
        if not due:
            continue
        latest = _latest_end(due)
        ends = [end for end in (latest, last_end(diary, day)) if end is not None]
        begin = max(ends) - kind.length + JUST_AFTER if ends else today.start
        starts = Interval(min(max(begin, today.start), today.end), today.end)
        if starts.start < starts.end:
            names = " and ".join(name for name, some in following.items() if some)
            why = f"would leave {names} no room after the day's last session"
            yield Ban(kind=kind.name, starts=starts, rule="protect", why=why)


def _following(diary: Diary, item: ProtectItem, day: date, taken: Sequence[Interval], kind: Kind) -> list[_After]:
    """What an item asks for after a last session of this kind: once or several times, less what has been done."""
    hours = hours_of(item)
    window = window_on(diary.rules, day, hours) if hours is not None and named(item, day) else None
    if window is None:
        return []
    within = intersect([window], _inside(diary.working, window)) if item.inside_hours else [window]
    free = subtract(within, _inside(taken, window))
    least = (item.length if item.at_least is None else item.at_least) or timedelta(0)
    pause = timedelta(0) if item.counts_as_break else need_after(kind, diary.rules.breaks)
    times = 1 if item.quota is None else item.quota.times or 0
    missing = times - len(found(diary, item, whole_day(day, diary.rules.timezone)))
    return [_After(tuple(free), least, pause)] * max(0, missing)


def _latest_end(due: Sequence[_After]) -> datetime | None:
    """The latest end of a last session after which everything still has room, or None. Tried in every order, from the
    night backwards; of more than five, in the file's order only."""
    found = [_packed(order) for order in (permutations(due) if len(due) <= MOST_ORDERED else [due])]
    return max((end for end in found if end is not None), default=None)


def _packed(order: Sequence[_After]) -> datetime | None:
    """The latest end after which these have room, each as late as it can be before the one that was placed before."""
    until: datetime | None = None
    session: datetime | None = None
    for one in order:
        ends = [min(i.end, until or i.end) for i in one.free if min(i.end, until or i.end) - i.start >= one.least]
        if not ends:
            return None
        until = max(ends) - one.least
        session = min(session or until, until - one.pause)
    return session


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


def _inside(merged: Sequence[Interval], window: Interval) -> Sequence[Interval]:
    """Those of some merged intervals that overlap a window."""
    first = bisect_right(merged, window.start, key=lambda i: i.end)
    return merged[first : bisect_left(merged, window.end, key=lambda i: i.start)]


def _ordinal(number: int) -> str:
    return _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th"
