"""Guards: the least time to hold so that no single booking can break a rule.

Rules say which *starts* of a booking are banned. A stretch of open time is safe when no banned start of any bookable
kind has room in it. So each stretch is cut into open pieces that are safe, and what lies between them is held. Where no
kind may come any more (a full day), the whole gap is held, provided that something bookable would fit in it. Otherwise
the pieces are chosen so that the most bookings, then the most open minutes, then the fewest blocks remain.

Arithmetic is in whole minutes, since bookings start at whole minutes; solutions depend only on lengths and so are
remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache

from rules import breaks
from rules.breaks import Skyline
from rules.demand import Ban
from rules.diary import Diary, minutes
from rules.practice import Kind
from rules.timeline import Interval, intersect, merge, subtract

SHORTEST = 15  # minutes: a shorter guard joins its neighbour (rule-file.md, section 4, "Together")


@dataclass(frozen=True, slots=True)
class Guard:
    """Held time, the rule it serves and why."""

    interval: Interval
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A stretch of free working time, divided: what is held and what stays open."""

    guards: tuple[Guard, ...]
    open: tuple[Interval, ...]
    slots: int


def stretches(diary: Diary, within: Sequence[Interval], held: Iterable[Interval]) -> list[Interval]:
    """The maximal stretches of `within` (working time) that are neither busy nor held."""
    return subtract(within, [*diary.busy, *(s.interval for s in diary.sessions), *held])


def lay_out(
    diary: Diary,
    skyline: Skyline,
    bans: Mapping[str, Sequence[Ban]],
    stretch: Interval,
    joins: tuple[bool, bool] = (False, False),
) -> Layout:
    """Divide one stretch into guards and open pieces.

    `bans` are those that do not depend on the stretch, by kind; the breaks' own are worked out here. `joins`: whether
    an own break lies directly before and after the stretch, which a short guard can join."""
    kinds = [k for k in diary.bookable if k.length <= stretch.length]
    if not kinds:
        return Layout((), (stretch,), 0)
    every = {
        k.name: [*(b for b in bans.get(k.name, ()) if b.starts.overlaps(stretch)), *breaks.bans(skyline, k, stretch)]
        for k in kinds
    }
    closed = _closed(kinds, every, stretch)
    guards: list[Guard] = []
    pieces: list[Interval] = []
    slots = 0
    reached = {name: [b for b in some if b.closes] for name, some in every.items()}
    for part in closed:
        guards.append(_attributed(part, kinds, reached))
    for part in subtract([stretch], closed):
        edges = (joins[0] and part.start == stretch.start, joins[1] and part.end == stretch.end)
        solved = _solve_part(diary, kinds, every, part, edges)
        pieces += solved.open
        slots += solved.slots
        guards += solved.guards
    return Layout(tuple(sorted(guards, key=lambda g: g.interval)), tuple(pieces), slots)


def chain(length: int, kinds: Sequence[tuple[int, int]]) -> int:
    """How many bookings fit one after the other into `length` minutes. kinds: (length, gap two of them need) in
    minutes."""
    return max((max(0, (length + gap) // (size + gap)) for size, gap in kinds if size <= length), default=0)


def shapes(diary: Diary, kinds: Iterable[Kind]) -> tuple[tuple[int, int], ...]:
    """(length, gap that two of them need), in minutes, for each kind."""
    rule = diary.rules.breaks
    return tuple(
        (minutes(k.length), minutes(breaks.combined(breaks.need_after(k, rule), breaks.need_before(k, rule), rule)))
        for k in kinds
    )


def _closed(kinds: Sequence[Kind], bans: Mapping[str, Sequence[Ban]], stretch: Interval) -> list[Interval]:
    """The parts of a stretch in which no kind may start any more, whatever the minute: limits that are reached. Parts
    in which
    nothing bookable has room are left out."""
    shared: list[Interval] | None = None
    for kind in kinds:
        full = [b.starts for b in bans[kind.name] if b.closes]
        shared = merge(full) if shared is None else intersect(shared, full)
    shortest = min(k.length for k in kinds)
    return [p for p in intersect(shared or [], [stretch]) if p.start + shortest <= stretch.end]


def _solve_part(
    diary: Diary, kinds: Sequence[Kind], bans: Mapping[str, Sequence[Ban]], part: Interval, joins: tuple[bool, bool]
) -> Layout:
    origin = _ceil(part.start)
    size = _floor(part.end) - origin
    fitting = [k for k in kinds if minutes(k.length) <= size]
    if not fitting:
        return Layout((), (part,), 0)
    banned = tuple(
        tuple(
            (max(0, _ceil(b.starts.start) - origin), min(size - minutes(k.length) + 1, _ceil(b.starts.end) - origin))
            for b in sorted(bans[k.name], key=lambda b: b.starts)
            if b.starts.start < part.end and b.starts.end > part.start
        )
        for k in fitting
    )
    banned = tuple(tuple((a, b) for a, b in of_kind if a < b) for of_kind in banned)
    slots, cuts = _solve(size, shapes(diary, fitting), banned, joins)
    pieces = [
        Interval(part.start if a == 0 else _at(origin + a), part.end if b == size else _at(origin + b)) for a, b in cuts
    ]
    guards = [_attributed(hole, fitting, bans) for hole in subtract([part], pieces)]
    return Layout(tuple(guards), tuple(pieces), slots)


def _attributed(held: Interval, kinds: Sequence[Kind], bans: Mapping[str, Sequence[Ban]]) -> Guard:
    """Name the narrowest ban that the held time answers."""
    told = [
        (ban.starts.length, ban.rule, ban.why)
        for kind in kinds
        for ban in bans[kind.name]
        if ban.starts.start < held.end and ban.starts.end + kind.length > held.start
    ]
    _, rule, why = min(told)
    return Guard(held, rule, why)


# (bookings that fit, open minutes, minus the guards that stand alone, pieces)
Choice = tuple[int, int, int, tuple[tuple[int, int], ...]]


@lru_cache(maxsize=20_000)
def _solve(
    size: int,
    kinds: tuple[tuple[int, int], ...],
    banned: tuple[tuple[tuple[int, int], ...], ...],
    joins: tuple[bool, bool],
) -> tuple[int, tuple[tuple[int, int], ...]]:
    """The best safe pieces of ``[0, size)``: (bookings that fit, pieces). `banned`: per kind, half-open ranges of
    starts."""

    def limit(start: int) -> int:
        """How far a piece that begins at `start` may reach before a banned start has room in it."""
        reach = size
        for (length, _), ranges in zip(kinds, banned, strict=True):
            first = min((max(a, start) for a, b in ranges if b > start), default=None)
            if first is not None:
                reach = min(reach, first + length - 1)
        return reach

    turns = sorted({b for ranges in banned for _, b in ranges} | {size - length + 1 for length, _ in kinds})

    @cache
    def best(start: int) -> Choice:
        """The best pieces of ``[start, size)`` of which the first begins at `start`."""
        reach = limit(start)
        fits = chain(reach - start, kinds)
        ends = {reach}
        for length, gap in kinds:
            if fits and (tight := fits * (length + gap) - gap) <= reach - start:
                ends.add(start + tight)
        found: Choice | None = None
        for end in sorted(ends, reverse=True):
            here = chain(end - start, kinds)
            lone = 0 if end == size else _lone(size - end, joins[1])
            options: list[Choice] = [(here, end - start, -lone, ((start, end),))]
            for after in sorted({end + SHORTEST} | {t for t in turns if t >= end + SHORTEST}):
                if after < size:
                    slots, open_, blocks, pieces = best(after)
                    slots -= _crowded((start, end), pieces[0], kinds)
                    options.append((here + slots, end - start + open_, blocks - 1, ((start, end), *pieces)))
            for option in options:
                if found is None or option[:3] > found[:3]:
                    found = option
        return found or (0, 0, -1, ())

    choice: Choice = (0, 0, -1, ())
    for start in sorted({0} | {t for t in turns if 0 < t < size}):
        slots, open_, blocks, pieces = best(start)
        blocks -= 0 if start == 0 else _lone(start, joins[0])
        if (slots, open_, blocks) > choice[:3]:
            choice = (slots, open_, blocks, pieces)
    widened = _widened(list(choice[3]), limit)
    return choice[0], tuple(widened)


def _crowded(before: tuple[int, int], piece: tuple[int, int], kinds: tuple[tuple[int, int], ...]) -> int:
    """How many bookings fewer a piece takes because the guard before it is shorter than the gap that two bookings need,
    of those
    kinds that fit into either piece."""
    length = piece[1] - piece[0]
    roomier = max(length, before[1] - before[0])
    missing = max(0, max((gap for size, gap in kinds if size <= roomier), default=0) - (piece[0] - before[1]))
    return chain(length, kinds) - chain(length - missing, kinds)


def _lone(length: int, joins: bool) -> int:
    return 0 if joins and length < SHORTEST else 1


def _widened(pieces: list[tuple[int, int]], limit: Callable[[int], int]) -> list[tuple[int, int]]:
    """Let each piece but the last reach as far as it safely can, leaving the guard behind it its shortest length."""
    for n in range(len(pieces) - 1):
        start, end = pieces[n]
        pieces[n] = (start, max(end, min(limit(start), pieces[n + 1][0] - SHORTEST)))
    return pieces


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _ceil(moment: datetime) -> int:
    return -((_EPOCH - moment) // timedelta(minutes=1))


def _floor(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(minutes=1)


def _at(minute: int) -> datetime:
    return _EPOCH + timedelta(minutes=minute)
