"""Bookable slots: the most bookings that can together be added to open time without a new finding.

Gap lengths alone overstate it two to three times, since limits stop most of them; so this counts what can really be
booked: each open piece takes chains of bookings with their gaps, days and weeks take what their limits leave. Exact for
any number of kinds: every useful mix of kinds is carried along, not just the largest count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from rules import breaks
from rules.demand import Load
from rules.diary import Diary, minutes
from rules.limits import breaks_limit, loads, with_booking
from rules.practice import Kind, Limit
from rules.timeline import Interval, week_of

Mix = tuple[int, ...]


def most_bookings(diary: Diary, pieces: Iterable[Interval]) -> int:
    """How many bookings fit into these open pieces at once. Pieces must be safe: a booking of any kind that fits may
    stand anywhere in them. A piece that crosses midnight counts for the date it starts on."""
    kinds = _useful(diary)
    if not kinds:
        return 0
    sizes = tuple(minutes(k.length) for k in kinds)
    gaps = tuple(
        tuple(
            minutes(
                breaks.combined(
                    breaks.need_after(one, diary.rules.breaks),
                    breaks.need_before(two, diary.rules.breaks),
                    diary.rules.breaks,
                )
            )
            for two in kinds
        )
        for one in kinds
    )
    by_day: dict[date, list[Interval]] = defaultdict(list)
    for piece in pieces:
        by_day[diary.date_of(piece.start)].append(piece)
    by_week: dict[date, list[date]] = defaultdict(list)
    for day in by_day:
        by_week[week_of(day)].append(day)
    by_date, by_monday = loads(diary, "per_day"), loads(diary, "per_week")
    most = 0
    for week, days in by_week.items():
        mixes: set[Mix] = {(0,) * len(kinds)}
        for day in days:
            of_day: set[Mix] = {(0,) * len(kinds)}
            for length in _lengths(diary, sorted(by_day[day]), max(max(row) for row in gaps)):
                fits = _fitting(length, sizes, gaps)
                of_day = _within(_sums(of_day, fits), kinds, by_date.get(day, Load()), diary.rules.per_day)
            mixes = _within(_sums(mixes, of_day), kinds, by_monday.get(week, Load()), diary.rules.per_week)
        most += max(sum(mix) for mix in mixes)
    return most


def _lengths(diary: Diary, pieces: Sequence[Interval], gap: int) -> list[int]:
    """How much of each piece bookings can use, in minutes. Where less than the gap that two bookings need lies between
    two pieces (a short guard, a quarter of an hour's rest) and no session or meeting, the later one gives up what is
    missing."""
    usable: list[int] = []
    for n, piece in enumerate(pieces):
        length = minutes(piece.length)
        if n:
            between = Interval(pieces[n - 1].end, piece.start)
            hard = any(between.overlaps(t) for t in (*diary.busy, *(s.interval for s in diary.sessions)))
            length -= 0 if hard else max(0, gap - minutes(between.length))
        usable.append(length)
    return usable


def _useful(diary: Diary) -> list[Kind]:
    """The bookable kinds without those that another one replaces at no cost: shorter, lighter, with no longer
    breaks."""
    rule = diary.rules.breaks

    def costs(kind: Kind) -> tuple[float, ...]:
        needs = (kind.length, breaks.need_before(kind, rule), breaks.need_after(kind, rule))
        return (*(n.total_seconds() for n in needs), kind.weight, kind.heavy)

    useful: list[Kind] = []
    for kind in diary.bookable:  # shortest first
        if not any(all(a <= b for a, b in zip(costs(u), costs(kind), strict=True)) for u in useful):
            useful.append(kind)
    return useful


@lru_cache(maxsize=4096)
def _fitting(length: int, sizes: tuple[int, ...], gaps: tuple[tuple[int, ...], ...]) -> frozenset[Mix]:
    """Every mix of kinds that fits into `length` minutes, one after the other in the best order."""
    none = (0,) * len(sizes)
    shortest: dict[Mix, dict[int, int]] = {none: {}}
    frontier = [none]
    while frontier:
        grown: list[Mix] = []
        for mix in frontier:
            for kind, size in enumerate(sizes):
                more = tuple(n + (k == kind) for k, n in enumerate(mix))
                ways = [so_far + gaps[last][kind] + size for last, so_far in shortest[mix].items()] or [size]
                if min(ways) > length:
                    continue
                if more not in shortest:
                    shortest[more] = {}
                    grown.append(more)
                shortest[more][kind] = min(min(ways), shortest[more].get(kind, length))
        frontier = grown
    return frozenset(shortest)


def _sums(some: Iterable[Mix], others: Iterable[Mix]) -> set[Mix]:
    added = list(others)
    return {tuple(a + b for a, b in zip(one, two, strict=True)) for one in some for two in added}


def _within(mixes: Iterable[Mix], kinds: Sequence[Kind], load: Load, limit: Limit) -> set[Mix]:
    """The mixes that a limit still takes; a mix of nothing always, and one that adds nothing to what is over
    already."""
    kept: set[Mix] = set()
    for mix in mixes:
        after = load
        fits = True
        for count, kind in zip(mix, kinds, strict=True):
            for _ in range(count):
                fits = fits and not breaks_limit(after, kind, limit)
                after = with_booking(after, kind)
        if fits:
            kept.add(mix)
    return kept


def day_cap(diary: Diary, day: date) -> int:
    """The most bookings that the limits still allow on a date, whatever room there is."""
    start_day = loads(diary, "per_day").get(day, Load())
    start_week = loads(diary, "per_week").get(week_of(day), Load())
    return max((_cap(diary, kind, start_day, start_week) for kind in diary.bookable), default=0)


def _cap(diary: Diary, kind: Kind, day: Load, week: Load) -> int:
    count = 0
    while (
        count < 60
        and not breaks_limit(day, kind, diary.rules.per_day)
        and not breaks_limit(week, kind, diary.rules.per_week)
    ):
        day, week, count = with_booking(day, kind), with_booking(week, kind), count + 1
    return count
