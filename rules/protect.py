"""Protected time: lunch, me time, supervision — when it is due, and where it may go.

Rule-file.md, section 4, rows `protect`. A **fixed** item holds the free parts of its window; a **floating** one wants
one free stretch of its length inside its window. What floats is placed by the scheduler; this module says what is due.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rules.demand import Block, Finding
from rules.diary import Diary, minutes
from rules.practice import PRIORITIES, ProtectItem, TimeRange
from rules.timeline import Interval, instant, intersect, local_dates, merge, subtract
from rules.workdays import nominal_hours, range_on, touches_hours


@dataclass(frozen=True, slots=True)
class Want:
    """One occurrence of a floating item: `length` (or the longest of at least `at_least`) inside `windows`.

    windows: where it may lie, merged; rank: priority, then place in the file. ideally: the start it would like best, or
    None. Where it is one of a quota's possible days, `key` is the quota's own."""

    key: str
    item: ProtectItem
    day: date
    window: Interval
    windows: tuple[Interval, ...]
    rank: tuple[int, int]
    ideally: datetime | None

    @property
    def length(self) -> timedelta:
        return self.item.length or timedelta(0)

    @property
    def at_least(self) -> timedelta:
        return self.length if self.item.at_least is None else self.item.at_least


@dataclass(frozen=True, slots=True)
class QuotaDue:
    """What one period asks of an item with a quota.

    key: the cause of its blocks' keys, item and period (``protect/exercise/2026-W49``). span: the whole period. times:
    how many are due in it by the end of the window, what `satisfied_by` has found taken off; 0 where `amount` is what
    is asked, less what has been found. done: the local dates of what was found. days: every date of the period, past
    ones too, on which one may lie by the rules. wants: one for each of those dates that is in the canvas and not in
    `done`. asked: the whole number that the period asks for, which is what spreads (0 where an amount is)."""

    key: str
    item: ProtectItem
    span: Interval
    asked: int
    times: int
    amount: timedelta
    done: tuple[date, ...]
    days: tuple[date, ...]
    wants: tuple[Want, ...]


@dataclass(frozen=True, slots=True)
class Fixed:
    """One occurrence of a fixed item on its local date."""

    key: str
    item: ProtectItem
    day: date
    window: Interval


def slug(name: str) -> str:
    """An item's name as part of a key: lower case, letters and digits of any script, the rest as one dash."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-") or "item"


def key_of(item: ProtectItem, day: date) -> str:
    """The key of an item's occurrence: item and local date, never the time."""
    return f"protect/{slug(item.name)}/{day.isoformat()}"


def wants(diary: Diary) -> list[Want]:
    """What floats in the window, in the order in which it is to be placed: by day, then priority, then the file's
    order."""
    found = [
        want
        for day in local_dates(diary.geometry, diary.rules.timezone)
        for place, item in enumerate(diary.rules.protect)
        if item.at is None
        and item.quota is None
        and (want := _want(diary, item, place, day)) is not None
        and want.window.end > diary.canvas.start
    ]
    return sorted(found, key=lambda w: (w.day, w.rank))


def quotas(diary: Diary) -> list[QuotaDue]:
    """What the items with a quota ask for, by period and the file's order."""
    return []


def fixed(diary: Diary) -> list[Fixed]:
    """The fixed items due in the window, in the order in which they take time: priority, then the file's order, then
    day."""
    order = sorted(enumerate(diary.rules.protect), key=lambda p: (PRIORITIES.index(p[1].priority), p[0]))
    due = [
        Fixed(key_of(item, day), item, day, range_on(day, item.at, diary.rules.timezone))
        for _, item in order
        if item.at is not None
        for day in local_dates(diary.geometry, diary.rules.timezone)
        if _due(diary, item, item.at, day)
    ]
    return [one for one in due if one.window.end > diary.canvas.start]  # of yesterday, only what reaches past midnight


def fixed_blocks(diary: Diary, due: Fixed, taken: Iterable[Interval]) -> list[Block]:
    """The free parts of a fixed item's window, as blocks. `taken`: what it may not lie on."""
    within = intersect([due.window], diary.working) if due.item.inside_hours else [due.window]
    pieces = subtract(within, [*taken, *diary.busy, *(s.interval for s in diary.sessions)])
    return [
        Block(
            key=due.key if n == 0 else f"{due.key}/{n + 1}",
            rule="protect",
            name=due.item.name,
            interval=piece,
            why=f"fixed at {clock_range(due.item.at)}" if due.item.at is not None else "fixed",
        )
        for n, piece in enumerate(pieces)
    ]


def overlapped(diary: Diary, due: Fixed) -> Finding | None:
    """A finding where busy time lies inside a fixed window, with the times of what is inside."""
    inside = intersect([due.window], [*diary.busy, *(s.interval for s in diary.sessions)])
    if not inside or due.window.end <= diary.now:
        return None
    times = ", ".join(f"{diary.clock(i.start)}-{diary.clock(i.end)}" for i in inside)
    return Finding(
        rule="protect",
        code="overlapped",
        interval=due.window,
        message=f"{diary.day_name(due.day)}: {due.item.name} has busy time inside it ({times})",
        advice="move what is inside, or accept it this once",
    )


def not_placed(diary: Diary, want: Want, free: Sequence[Interval]) -> Finding:
    """A finding for a floating item that found no room; `free`: what is free for it in its window."""
    longest = max((i.length for i in free), default=timedelta(0))
    inside = intersect([want.window], [*diary.busy, *(s.interval for s in diary.sessions)])
    times = ", ".join(f"{diary.clock(i.start)}-{diary.clock(i.end)}" for i in inside)
    stands = f"busy {times}" if times else "other blocks stand in the way"
    least = minutes(want.at_least)
    where = f"{diary.clock(want.window.start)}-{diary.clock(want.window.end)}"
    return Finding(
        rule="protect",
        code="not-placed",
        interval=want.window,
        message=f"{diary.day_name(want.day)}: no room for {want.item.name} ({least} min) between {where}: {stands}; "
        f"the longest free stretch is {minutes(longest)} min",
        advice=f"make {least} min free between {where}",
    )


def clock_range(hours: TimeRange) -> str:
    """A wall-clock range for messages."""
    return f"{hours.start.strftime('%H:%M')}-{hours.end.strftime('%H:%M')}"


def _want(diary: Diary, item: ProtectItem, place: int, day: date) -> Want | None:
    if item.between is None or item.length is None or not _due(diary, item, item.between, day):
        return None
    zone = diary.rules.timezone
    window = range_on(day, item.between, zone)
    windows = intersect([window], diary.working) if item.inside_hours else [window]
    ideally = None
    if item.ideally is not None:
        ideally = instant(day, item.ideally, zone)
        if ideally < window.start:  # a window that reaches past midnight
            ideally = instant(day + timedelta(days=1), item.ideally, zone)
    rank = (PRIORITIES.index(item.priority), place)
    return Want(key_of(item, day), item, day, window, tuple(merge(windows)), rank, ideally)


def _due(diary: Diary, item: ProtectItem, hours: TimeRange, day: date) -> bool:
    """Whether an item is due on a date. A day off gets nothing but items outside working hours: those whose window has
    no
    working time on any weekday, or which name a weekday that has none."""
    if item.on is not None and day.weekday() not in item.on:
        return False
    if day not in diary.days_off:
        return True
    return not touches_hours(diary.rules, hours) or (item.on is not None and not nominal_hours(diary.rules, day))
