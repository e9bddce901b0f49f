"""Protected items: when they are due, and every place that each may have (rule-file.md, section 4; decision 0009)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from rules.practice import PRIORITIES, ProtectItem, Quota, TimeRange
from tests.oracle.book import Book, Span, both, mins, minus, union
from tests.oracle.findings import runs, window_on

HALF = 30


@dataclass(frozen=True)
class Setting:
    """What cannot move: breaks that sessions need (before rest is taken out), fixed rest, and what a booking's break
    may not lie on (meetings, work). held: breaks with what a full run adds to its last one; work may lie on that."""

    breaks: tuple[Span, ...]
    held: tuple[Span, ...]
    fixed_rest: tuple[Span, ...]
    obstacles: tuple[Span, ...]


@dataclass(frozen=True)
class Chance:
    """An item on a date: every place it may have. `period`: of a quota, else None."""

    item: int
    day: int
    ideally: int | None
    places: tuple[Span, ...]
    period: date | None


def setting(book: Book) -> Setting:
    sessions = [(s.start, s.end) for s in book.sessions]
    rest: list[Span] = []
    work: list[Span] = []
    order = sorted(book.rules.protect, key=lambda i: PRIORITIES.index(i.priority))
    fixed = [(item, day) for item in order if item.at is not None for day in book.days if due(book, item, day)]
    for item, day in fixed:
        assert isinstance(item.at, TimeRange)
        within = [window_on(book, day, item.at.start, item.at.end)]
        if item.inside_hours:
            within = both(within, book.working)
        breaks = [] if item.counts_as_break else needed_breaks(book, [*book.obstacles, *work])
        (rest if item.counts_as_break else work).extend(
            minus(within, [*sessions, *book.obstacles, *rest, *work, *breaks])
        )
    obstacles = union([*book.obstacles, *work])
    breaks = needed_breaks(book, obstacles)
    held = union([*breaks, *after_full_runs(book, obstacles)])
    return Setting(tuple(breaks), tuple(held), tuple(union(rest)), tuple(obstacles))


def after_full_runs(book: Book, obstacles: Sequence[Span]) -> list[Span]:
    """After a run that takes no more sessions: `then`, clipped at what is busy."""
    law, found = book.rules.in_a_row, []
    for run in runs(book, book.sessions):
        assert law is not None
        last = max(run, key=lambda s: s.end)
        long = law.time is not None and last.end - run[0].start >= mins(law.time)
        if (law.sessions is not None and len(run) >= law.sessions) or long:
            taken = union([*((s.start, s.end) for s in book.sessions), *obstacles])
            stop = min([last.end + mins(law.then), *(a for a, _ in taken if a >= last.end)])
            if not any(a <= last.end < b for a, b in taken):
                found.append((last.end, stop))
    return found


def needed_breaks(book: Book, obstacles: Sequence[Span]) -> list[Span]:
    """The breaks that sessions need, clipped at what is busy. None before the day's first session where nothing can
    be booked in the free working time right before it."""
    found: list[Span] = []
    taken = union([*((s.start, s.end) for s in book.sessions), *obstacles])
    shortest = min((mins(k.length) for k in book.bookable), default=None)
    for s in book.sessions:
        stop = min([s.end + book.need_after(s.kind), *(a for a, b in taken if a >= s.end)])
        if not any(a <= s.end < b for a, b in taken):
            found.append((s.end, stop))
        first = not any(o.start < s.start and book.day(o.start) == book.day(s.start) for o in book.sessions)
        free = [p for p in minus(book.working, taken) if p[1] == s.start]
        room = shortest is not None and bool(free) and free[0][1] - free[0][0] >= shortest
        if (room or not first) and not any(a < s.start <= b for a, b in taken):
            found.append((max([s.start - book.need_before(s.kind), *(b for a, b in taken if b <= s.start)]), s.start))
    return union(found)


def due(book: Book, item: ProtectItem, day: int) -> bool:
    """Whether an item is due on a date by its weekdays and by days off."""
    when = book.dates[day]
    if item.on is not None and when.weekday() not in item.on:
        return False
    if when not in book.days_off:
        return True
    hours = item.at or item.between
    assert isinstance(hours, TimeRange)
    some = book.rules.working_hours
    every = None if some is None else [r for w in some for ranges in w.days.values() for r in ranges]
    touches = every is None or any(
        max(wall(r.start), wall(hours.start)) < min(wall(r.end) or 1440, wall(hours.end) or 1440) for r in every
    )
    named = item.on is not None and some is not None and not any(w.days.get(when.weekday()) for w in some)
    return not touches or named


def period_of(quota: Quota, day: date) -> tuple[date, date]:
    """The quota's period that a date is in: its first date, and the first one after it."""
    if quota.every == "week":
        start = day - timedelta(days=day.weekday())
        return start, start + timedelta(days=7)
    if quota.every == "fortnight":  # counted from the first Monday of 2001
        start = day - timedelta(days=(day - date(2001, 1, 1)).days % 14)
        return start, start + timedelta(days=14)
    assert quota.every == "month", "the oracle knows quotas by the week, the fortnight and the month"
    start = day.replace(day=1)
    return start, (start + timedelta(days=32)).replace(day=1)


def wall(at: time) -> int:
    return at.hour * 60 + at.minute


def slug(item: ProtectItem) -> str:
    return re.sub(r"[\W_]+", "-", item.name.casefold()).strip("-")


def chances(book: Book, fixed: Setting, standing: Sequence[tuple[str, Span]] = ()) -> list[Chance]:
    """Every floating item on every date on which it may lie, with all its places."""
    found = []
    for n, item in enumerate(book.rules.protect):
        if item.at is not None or (item.length is None and item.quota is None):
            continue
        stands = [s for name, (s, _) in standing if name == slug(item)]
        done = {book.day(a) for a, _ in book.done.get(slug(item), ())}
        for day in book.days:
            if not due(book, item, day) or (item.quota is not None and day in done):
                continue
            assert isinstance(item.between, TimeRange)
            window = window_on(book, day, item.between.start, item.between.end)
            ideally = None if item.ideally is None else book.at(day, item.ideally)
            if ideally is not None and ideally < window[0]:
                ideally = book.at(day + 1, item.ideally or time(0))
            windows = both([window], book.working) if item.inside_hours else [window]
            period = None
            if item.quota is not None:
                period, end = period_of(item.quota, book.dates[day])
                if end > book.dates[book.last + 1]:
                    continue  # it waits for the night on which it ends within the window
            found.append(Chance(n, day, ideally, tuple(places(book, item, windows, fixed, stands)), period))
    return found


def places(book: Book, item: ProtectItem, windows: Sequence[Span], fixed: Setting, stands: Sequence[int]) -> list[Span]:
    sessions = [(s.start, s.end) for s in book.sessions]
    taken = [*sessions, *fixed.fixed_rest, *fixed.obstacles]
    if not item.counts_as_break:
        taken += fixed.breaks
    free = minus(windows, taken)
    grid = mins(book.rules.grid)
    ends = {b for _, b in (*sessions, *fixed.fixed_rest, *fixed.obstacles, *fixed.held, *fixed.breaks)}
    ends |= {a for a, _ in windows} | set(stands)
    quota = item.quota
    found: set[Span] = set()
    for a, b in free:
        for t in range(a, b):
            day = book.dawns[book.day(t)]
            if t not in ends and (t - day) % grid:
                continue
            if quota is not None and quota.amount is not None:
                least, most, amount = mins(quota.least), mins(quota.most), mins(quota.amount)
                sizes = {*range(least, most + 1, HALF), most}
                sizes |= {amount} if least <= amount <= most else set()
                found |= {(t, t + n) for n in sizes if t + n <= b}
                continue
            assert item.length is not None
            full = mins(item.length)
            least = full if item.at_least is None else mins(item.at_least)
            if t + full <= b:
                found.add((t, t + full))
            for n in range(least, full):
                end = t + n
                if end <= b and ((end - day) % grid == 0 or (t, end) == (a, b)):
                    found.add((t, end))
    return sorted(found)


def apart(book: Book, one: tuple[int, Span], other: tuple[int, Span]) -> bool:
    """Whether two floating blocks may both stand: not on each other, and short rest and work keep their distance."""
    (i, (a, b)), (j, (c, d)) = one, other
    if a < d and c < b:
        return False
    rests = book.rules.protect[i].counts_as_break, book.rules.protect[j].counts_as_break
    if rests[0] == rests[1] or not book.bookable:
        return True
    size = b - a if rests[0] else d - c
    longest = max(max(book.need_after(k.name), book.need_before(k.name)) for k in book.bookable)
    return max(c - b, a - d) >= longest - size
