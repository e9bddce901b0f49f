"""Guards: the least time to hold so that no single booking can break a rule.

Rules say which *starts* of a booking are banned. A stretch of open time is safe when no banned start of any bookable
kind has room in it. So each stretch is cut into open pieces that are safe, and what lies between them is held. Where no
kind may come any more (a full day), the whole gap is held, provided that something bookable would fit in it. Otherwise
the pieces are chosen so that the most bookings remain, then the most open minutes in pieces that take a booking (once
for each kind that fits), then the fewest blocks, then the most open minutes at all (`division`).

Arithmetic is in whole minutes, since bookings start at whole minutes; solutions depend only on lengths and so are
remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rules import breaks
from rules.breaks import Skyline
from rules.demand import Ban
from rules.diary import Diary, minutes
from rules.practice import Kind
from rules.timeline import Interval, subtract
from scheduler.division import DAY, best_pieces, with_fewer
from scheduler.filling import SHORTEST as SHORTEST
from scheduler.filling import KindSize, lone
from scheduler.minutes import at, ceil, floor
from scheduler.together import Counter, Near


@dataclass(frozen=True, slots=True)
class Guard:
    """Held time, the rule it serves and why."""

    interval: Interval
    rule: str
    why: str


Banned = tuple[int, int, bool]
"""Banned starts: from, to (exclusive), and whether they close the date."""


class Divided(NamedTuple):
    """A stretch in minutes from its start: the open pieces, the bookings that fit into them one after the other, how
    many of the guards between them stand alone, and the parts in which not one more may come."""

    pieces: tuple[tuple[int, int], ...]
    slots: int
    lone: int
    closed: tuple[tuple[int, int], ...]


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
    near: Near | None = None,
) -> Layout:
    """Divide one stretch into guards and open pieces.

    `bans` are those that do not depend on the stretch, by kind; the breaks' own are worked out here. `joins`: whether
    an own break lies directly before and after the stretch, which a short guard can join. near: what is around it where
    bookings in it can break something together, in minutes since the epoch."""
    kinds = [k for k in diary.bookable if k.length <= stretch.length]
    if not kinds:
        return Layout((), (stretch,), 0)
    every = {
        k.name: [*(b for b in bans.get(k.name, ()) if b.starts.overlaps(stretch)), *breaks.bans(skyline, k, stretch)]
        for k in kinds
    }
    origin, size = ceil(stretch.start), floor(stretch.end) - ceil(stretch.start)
    banned = tuple(
        clipped(
            ((ceil(b.starts.start), ceil(b.starts.end), b.closes) for b in every.get(k.name, ())),
            origin,
            size,
            minutes(k.length),
        )
        for k in diary.bookable
    )
    around = near.of(origin, origin + size) if near is not None else None
    divided = divide(size, shapes(diary, diary.bookable), banned, joins, around)
    pieces = [
        Interval(stretch.start if a == 0 else at(origin + a), stretch.end if b == size else at(origin + b))
        for a, b in divided.pieces
    ]
    reached = {name: [b for b in some if b.closes] for name, some in every.items()}
    full = [Interval(at(origin + a), at(origin + b)) for a, b in divided.closed]
    guards = [
        _attributed(hole, kinds, reached if any(hole.overlaps(part) for part in full) else every)
        for hole in subtract([stretch], pieces)
    ]
    return Layout(tuple(guards), tuple(pieces), divided.slots)


def clipped(bans: Iterable[tuple[int, int, bool]], origin: int, size: int, length: int) -> tuple[Banned, ...]:
    """Banned starts of a kind of `length` minutes as minutes of a stretch, without those at which it has no room; what
    closes a date reaches to the stretch's end."""
    found: list[Banned] = []
    for a, b, closes in bans:
        start, end, last = a - origin, b - origin, size if closes else size - length + 1
        start, end = start if start > 0 else 0, end if end < last else last
        if start < end:
            found.append((start, end, closes))
    return tuple(sorted(found))


@lru_cache(maxsize=2_000)
def divide(
    size: int,
    kinds: tuple[KindSize, ...],
    banned: tuple[tuple[Banned, ...], ...],
    joins: tuple[bool, bool],
    near: Near | None = None,
) -> Divided:
    """Divide a stretch of `size` minutes. banned: for each of the kinds, half-open ranges of starts and whether they
    close their date. near: where bookings can break something together, what is around the stretch."""
    fitting = [n for n, (length, _) in enumerate(kinds) if length <= size]
    if not fitting:
        return Divided(((0, size),), 0, 0, ())
    closed = _closed([banned[n] for n in fitting], min(kinds[n][0] for n in fitting), size)
    pieces: list[tuple[int, int]] = []
    slots = 0
    for a, b in _rest_of(size, closed):
        here = [n for n in fitting if kinds[n][0] <= b - a]
        if not here:
            pieces.append((a, b))
            continue
        inside = tuple(
            tuple((x, y) for x, y, _ in clipped(((x, y, False) for x, y, _ in banned[n]), a, b - a, kinds[n][0]))
            for n in here
        )
        edges = (joins[0] and a == 0, joins[1] and b == size)
        sizes = tuple((kinds[n][0], tuple(kinds[n][1][k] for k in here)) for n in here)
        fits, cuts = _pieces(b - a, sizes, inside, edges)
        if near is not None and size <= DAY and not closed and cuts != ((0, size),):
            starts = [tuple((x, y) for x, y, _ in of) for of in banned]
            fits, cuts = _together(size, sizes, inside, edges, (fits, cuts), Counter(near, size, starts))
        slots += fits
        pieces += [(a + x, a + y) for x, y in cuts]
    alone = sum(lone(b - a, (a == 0 and joins[0]) or (b == size and joins[1])) for a, b in _rest_of(size, pieces))
    return Divided(tuple(pieces), slots, alone, tuple(closed))


_pieces = lru_cache(maxsize=2_000)(best_pieces)


def _together(
    size: int,
    kinds: Sequence[KindSize],
    banned: Sequence[Sequence[tuple[int, int]]],
    joins: tuple[bool, bool],
    by_length: tuple[int, tuple[tuple[int, int], ...]],
    counter: Counter,
) -> tuple[int, tuple[tuple[int, int], ...]]:
    """The division that takes the most bookings together, and of those the best: by_length is it where it takes all
    that fit. Else one is looked for among those with fewer that fit, as many as there can be at most first."""
    fits, best = by_length
    if counter.takes_all(fits):
        return by_length
    most = counter.most_in(best)
    if most == fits:
        return by_length
    for need in range(min(counter.bound, fits), most - 1, -1):
        for runs in dict.fromkeys((None, counter.in_a_row)):  # without looking at runs is quicker, and mostly enough
            pieces = with_fewer(size, kinds, banned, joins, need, runs)
            taken = counter.most_in(pieces) if pieces is not None else -1
            if pieces is not None and taken >= most:
                most, best = taken, pieces
            if taken >= need:
                return most, best
    return most, best


def _rest_of(size: int, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of ``[0, size)`` is not taken; `taken` is sorted."""
    left, start = [], 0
    for a, b in taken:
        if a > start:
            left.append((start, a))
        start = b
    if start < size:
        left.append((start, size))
    return left


def shapes(diary: Diary, kinds: Sequence[Kind]) -> tuple[KindSize, ...]:
    """The length of each kind, and the gap that each of the others needs after it, in minutes."""
    rule = diary.rules.breaks
    return tuple(
        (
            minutes(one.length),
            tuple(
                minutes(breaks.combined(breaks.need_after(one, rule), breaks.need_before(k, rule), rule)) for k in kinds
            ),
        )
        for one in kinds
    )


def _closed(banned: Sequence[Sequence[Banned]], shortest: int, size: int) -> list[tuple[int, int]]:
    """The parts of a stretch in which no kind may start any more, whatever the minute: limits that are reached. A limit
    that holds at a stretch's last start holds to its end. Parts in which nothing bookable has room are left out."""
    shared: list[tuple[int, int]] = [(0, size)]
    for of_kind in banned:
        full = [(a, b) for a, b, closes in of_kind if closes]
        shared = [(max(a, c), min(b, d)) for a, b in shared for c, d in full if max(a, c) < min(b, d)]
    return [(a, b) for a, b in shared if a + shortest <= size]


def _attributed(held: Interval, kinds: Sequence[Kind], bans: Mapping[str, Sequence[Ban]]) -> Guard:
    """Name the narrowest ban that the held time answers."""
    told = [
        (ban.starts.length, ban.rule, ban.why)
        for kind in kinds
        for ban in bans[kind.name]
        if ban.starts.start < held.end and ban.starts.end + kind.length > held.start
    ]
    if not told:  # it makes room between two kinds of booking: the nearest ban is the cause
        every = [(abs(b.starts.start - held.start), b.rule, b.why) for k in kinds for b in bans[k.name]]
        told = every or [(held.length, "breaks", "would shorten a break")]
    _, rule, why = min(told)
    return Guard(held, rule, why)
