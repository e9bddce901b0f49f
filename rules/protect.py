"""Protected time: lunch, me time, supervision — when it is due, and where it may go.

Rule-file.md, section 4, rows `protect`. A **fixed** item holds the free parts of its window; a **floating** one wants
one free stretch of its length inside its window. What floats is placed by the scheduler; this module says what is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rules import windows
from rules.demand import Block, Finding
from rules.diary import Diary, minutes
from rules.occasions import due_on, found, is_daily, periods_due
from rules.occasions import slug as slug  # a key's part, for whoever reads keys
from rules.periods import Period, period_of
from rules.practice import PRIORITIES, ProtectItem, SunRange, TimeRange
from rules.timeline import Interval, instant, intersect, local_dates, merge, subtract, total, whole_day
from rules.workdays import days_off


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
    `done`. asked: the whole number that the period asks for, which is what spreads (0 where an amount is). whole: as
    `amount`, by the end of the period."""

    key: str
    item: ProtectItem
    span: Interval
    asked: int
    times: int
    amount: timedelta
    whole: timedelta
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


def key_of(item: ProtectItem, day: date) -> str:
    """The key of an item's occurrence: item and local date, never the time."""
    return f"protect/{slug(item.name)}/{day.isoformat()}"


def wants(diary: Diary) -> list[Want]:
    """What floats in the window day by day, in the order in which it is to be placed: by day, then priority, then the
    file's order, then number. Items with a quota of n a day are there n times, less what `satisfied_by` has found."""
    wanted: list[tuple[Want, int]] = []
    for day in local_dates(diary.geometry, diary.rules.timezone):
        for place, item in enumerate(diary.rules.protect):
            if item.at is not None or item.length is None or not is_daily(item):
                continue
            window = due_on(diary, item, day)
            if window is None or window.end <= diary.canvas.start:
                continue
            times = 1 if item.quota is None else item.quota.times or 0
            key = key_of(item, day)
            for n in range(1, times + 1 - len(found(diary, item, whole_day(day, diary.rules.timezone)))):
                wanted.append((_want(diary, item, place, day, window, key if n == 1 else f"{key}/{n}"), n))
    return [want for want, _ in sorted(wanted, key=lambda w: (w[0].day, w[0].rank, w[1]))]


def quotas(diary: Diary) -> list[QuotaDue]:
    """What the items with a quota ask for, by period and the file's order.

    A period that ends beyond the window waits, unless it is longer than the window: then its share by elapsed time is
    due by the window's end. Nothing is due of a period that has no date on which the item may lie."""
    asked: list[tuple[int, QuotaDue]] = []
    off = _days_off(diary)
    for place, item in enumerate(diary.rules.protect):
        for period in periods_due(diary.rules, item, diary.canvas):
            due = _quota(diary, item, place, period, off)
            if due.days and (due.times or due.amount):
                asked.append((place, due))
    return [due for _, due in sorted(asked, key=lambda a: (a[1].span, a[0]))]


def _days_off(diary: Diary) -> dict[date, str]:
    """The days off of every period that is asked about, those that calendars tell as far as the diary reaches."""
    spans = [
        period.interval(diary.rules.timezone)
        for item in diary.rules.protect
        for period in periods_due(diary.rules, item, diary.canvas)
    ]
    by_rule = [days_off(diary.rules, span, ()) for span in merge(spans)]
    return {day: why for off in (*by_rule, diary.days_off) for day, why in off.items()}


def _quota(diary: Diary, item: ProtectItem, place: int, period: Period, off: dict[date, str]) -> QuotaDue:
    quota, zone = item.quota, diary.rules.timezone
    assert quota is not None
    span = period.interval(zone)
    done = found(diary, item, span)
    on = {day: window for day in period.dates() if (window := due_on(diary, item, day, off)) is not None}
    elapsed = min(diary.canvas.end, span.end) - span.start
    times = (quota.times or 0) * elapsed // span.length
    amount = quota.amount or timedelta(0)
    if elapsed < span.length:
        share, whole = minutes(amount) * elapsed // span.length, max(1, minutes(quota.most))
        amount = timedelta(minutes=share // whole * whole)
    key = f"protect/{slug(item.name)}/{period.key}"
    taken = {diary.date_of(i.start) for i in done}
    near = [day for day in on if day not in taken and day >= diary.date_of(diary.geometry.start)]
    return QuotaDue(
        key=key,
        item=item,
        span=span,
        asked=quota.times or 0,
        times=max(0, times - len(done)),
        amount=max(timedelta(0), amount - total(done)),
        whole=max(timedelta(0), (quota.amount or timedelta(0)) - total(done)),
        done=tuple(diary.date_of(i.start) for i in done),
        days=tuple(on),
        wants=tuple(
            _want(diary, item, place, day, on[day], key)
            for day in near
            if on[day].end > diary.canvas.start and on[day].start < diary.canvas.end
        ),
    )


def fixed(diary: Diary) -> list[Fixed]:
    """The fixed items due in the window, in the order in which they take time: priority, then the file's order, then
    day."""
    order = sorted(enumerate(diary.rules.protect), key=lambda p: (PRIORITIES.index(p[1].priority), p[0]))
    due = [
        Fixed(key_of(item, day), item, day, window)
        for _, item in order
        if item.at is not None
        for day in local_dates(diary.geometry, diary.rules.timezone)
        if (window := due_on(diary, item, day)) is not None
        and not found(diary, item, whole_day(day, diary.rules.timezone))
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


def quota_not_placed(diary: Diary, due: QuotaDue, placed: int = 0, time: timedelta = timedelta(0)) -> Finding | None:
    """A finding for a quota of which not all has a place: `placed`, how many of `due.times` do, started own blocks
    among them; `time`, how much of `due.amount`. None where nothing is missing.

    The text does not change with bookings that leave the number as it is; what stands in the way is advice."""
    item = due.item
    assert item.quota is not None
    done = found(diary, item, due.span)
    name = period_of(diary.date_of(due.span.start), item.quota.every).name
    last = diary.date_of(diary.window.end - timedelta(microseconds=1))
    by = "" if due.span.end <= diary.window.end else f" by {diary.day_name(last)}"
    if item.quota.times is not None:
        missing = due.times - placed
        whole = due.times + len(done)
        said = f"{whole - missing} of {whole} for {item.name} {'finds' if whole - missing == 1 else 'find'} room{by}"
        advice = _advice(diary, due, item.length if item.at_least is None else item.at_least)
    else:
        missing = minutes(due.amount - time)
        whole = minutes(due.amount + total(done))
        verb = "finds" if missing == 1 else "find"
        said = f"{whole - missing} of {whole} min for {item.name}{by}; {missing} min {verb} no room"
        advice = _advice(diary, due, item.quota.least)
    if missing <= 0:
        return None
    return Finding(rule="protect", code="not-placed", interval=due.span, message=f"{name}: {said}", advice=advice)


def _advice(diary: Diary, due: QuotaDue, length: timedelta | None) -> str:
    least = length or timedelta(0)
    ahead = [w for w in due.wants if w.window.end > diary.now]
    taken = [*diary.busy, *(s.interval for s in diary.sessions)]
    now = Interval(diary.now, max(diary.now, *(w.window.end for w in ahead), diary.window.end))
    free = [subtract(intersect(w.windows, [now]), taken) for w in ahead]
    roomy = sum(any(i.length >= least for i in pieces) for pieces in free)
    if not ahead:
        return "no day on which it may lie is left; accept it this once"
    if len(ahead) == 1:
        said = f"the one day ahead on which it may lie {'has' if roomy else 'does not have'} as much in one piece"
    else:
        counted = "none has" if not roomy else "1 has" if roomy == 1 else f"{roomy} have"
        said = f"of the {len(ahead)} days ahead on which it may lie, {counted} as much in one piece"
    return f"make {minutes(least)} min free on another day: {said}"


def clock_range(hours: TimeRange | SunRange) -> str:
    """A window for messages: ``11:30-14:00``, ``sunset to sunset+1 h``."""
    return windows.written(hours)


def _want(diary: Diary, item: ProtectItem, place: int, day: date, window: Interval, key: str) -> Want:
    zone = diary.rules.timezone
    inside = intersect([window], diary.working) if item.inside_hours else [window]
    ideally = None
    if item.ideally is not None:
        ideally = instant(day, item.ideally, zone)
        later = instant(day + timedelta(days=1), item.ideally, zone)
        if ideally < window.start and later < window.end:  # a window that reaches past midnight
            ideally = later
    return Want(key, item, day, window, tuple(merge(inside)), (PRIORITIES.index(item.priority), place), ideally)
