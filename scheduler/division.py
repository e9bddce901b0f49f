"""The best safe open pieces of a stretch, for any number of bookable kinds.

A piece that begins somewhere may reach as far as no banned start has room in it (`Stretch.reaches`). A minute is worth
as much as there are kinds that fit in its piece, so with several kinds guards lie where they lose the longer kinds the
least; every minute is tried for the start and for the end of every piece, from the right to the left. With one kind few
need be (`onekind`). Where two bookings need a longer gap than the shortest guard, a piece has to know when its first
booking may start (`Ready`); that is worked out only where no booking before the piece could make a best division of it.

A stretch of more than a day (without working hours) is divided part by part (`by_parts`).

Whole minutes, from the stretch's start."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from scheduler.filling import (
    BOOKING,
    LONE,
    NEVER,
    OPEN,
    SHORTEST,
    USEFUL,
    Ready,
    Runs,
    Span,
    booked,
    every_way,
    every_way_in_runs,
    joined,
    lone,
    undominated,
)
from scheduler.filling import KindSize as KindSize
from scheduler.onekind import best_for_one

DAY, PART = 24 * 60, 8 * 60

Next = tuple[int, Ready]
"""Where the next piece begins, and how much later each kind may be booked."""


class Step(NamedTuple):
    """Lengths of a piece, from `least` to `most`, with as many bookings and as many kinds that fit.

    number: the bookings; rate: what a minute is worth; then: how long after the piece's start each kind may be
    booked once these bookings are over; none where that is over when the next piece begins."""

    least: int
    most: int
    number: int
    rate: int
    then: Ready | None


class End(NamedTuple):
    """The ends of a piece that are best: those from `first` to `last` that are worth most by their rate. then: the next
    piece, and none where the best of those that need not wait comes next, or nothing. need: how many bookings the
    pieces after it must take."""

    first: int
    last: int
    rate: int
    then: tuple[Next, ...] | None
    need: int


def with_fewer(
    size: int,
    kinds: Sequence[KindSize],
    banned: Sequence[Sequence[Span]],
    joins: tuple[bool, bool],
    need: int,
    runs: Runs | None,
) -> tuple[Span, ...] | None:
    """The best safe pieces that take `need` bookings or more, where more than that count for nothing; None where there
    are none. As `best_pieces` takes them, of a day at most; with no more in a row than `runs` lets, if given."""
    return Stretch(size, kinds, banned, joins, need, runs).best()


def best_pieces(
    size: int, kinds: Sequence[KindSize], banned: Sequence[Sequence[Span]], joins: tuple[bool, bool]
) -> tuple[int, tuple[Span, ...]]:
    """The best safe pieces of ``[0, size)``: (bookings that fit, pieces). kinds: those that have room; banned: for each
    of them, half-open ranges of starts; joins: whether a short guard joins a break before and after the stretch."""
    longest = max(length for length, _ in kinds)
    if size <= DAY:
        pieces: Sequence[Span] = exactly(size, kinds, banned, joins)
    else:
        pieces = by_parts(size, kinds, banned, joins, max(PART, 4 * longest))
    return bookings(undominated(kinds), pieces), tuple(pieces)


def exactly(
    size: int, kinds: Sequence[KindSize], banned: Sequence[Sequence[Span]], joins: tuple[bool, bool]
) -> list[Span]:
    """The best safe pieces, as `best_pieces` takes them."""
    if not any(banned):
        return [(0, size)]
    if len(kinds) == 1:
        return best_for_one(size, kinds[0], banned[0], joins)
    return list(Stretch(size, kinds, banned, joins).best() or ())


def by_parts(
    size: int, kinds: Sequence[KindSize], banned: Sequence[Sequence[Span]], joins: tuple[bool, bool], part: int
) -> list[Span]:
    """A good division of a long stretch: the best one of `part` minutes, of which the pieces in the first three
    quarters stay; then the best of as many minutes after these, and so on. In a piece that is open for longer the
    next part begins a quarter before the next ban."""
    pieces: list[Span] = []
    start, began = 0, -1  # where the part begins, and the piece that is open there
    while start < size:
        end = min(start + part, size)
        found = part_of(start, end, kinds, banned, (joins[0] and start == 0, joins[1] and end == size))
        if 0 <= began < start:
            if found and found[0][0] == start:
                found[0] = began, found[0][1]
            elif start - began >= SHORTEST:
                found.insert(0, (began, start))
        found = [(a, b) for a, b in found if b - a >= SHORTEST]
        kept = found if end == size else [piece for piece in found if piece[1] <= start + part * 3 // 4] or found[:1]
        began = -1
        if not kept:
            start = max(start + 1, end - SHORTEST)
        elif kept[-1][1] < end or end == size:
            pieces += kept
            start = size if end == size else kept[-1][1] + SHORTEST
        else:
            began = kept[-1][0]
            ban = min((max(a, began) for ranges in banned for a, b in ranges if b > began), default=size)
            if ban == size:
                return [*pieces, (began, size)]
            start = max(began, ban - part // 4)
    return pieces


def part_of(
    start: int, end: int, kinds: Sequence[KindSize], banned: Sequence[Sequence[Span]], joins: tuple[bool, bool]
) -> list[Span]:
    """The best pieces of a part of a stretch."""
    here = [n for n, (length, _) in enumerate(kinds) if length <= end - start]
    if not here:
        return [(start, end)]
    sizes = tuple((kinds[n][0], tuple(kinds[n][1][k] for k in here)) for n in here)
    bans = tuple(
        tuple((max(0, a - start), b - start) for a, b in clipped_ends(banned[n], end - kinds[n][0] + 1) if b > start)
        for n in here
    )
    return [(a + start, b + start) for a, b in _part(end - start, sizes, bans, joins)]


def clipped_ends(ranges: Iterable[Span], last: int) -> Iterable[Span]:
    """Ranges as far as they lie before `last`."""
    return ((a, min(b, last)) for a, b in ranges if a < last)


_part = lru_cache(maxsize=500)(exactly)  # nights are like each other


def bookings(kinds: Sequence[KindSize], pieces: Sequence[Span]) -> int:
    """The most bookings in pieces, one after the other."""
    found: list[tuple[int, Ready]] = [(0, (0,) * len(kinds))]
    for start, end in pieces:
        ways = [
            (until, number + more, then)
            for number, ready in found
            for until, more, then in every_way(kinds, start, end, ready)
        ]
        found = list(booked(sorted(ways, key=lambda way: way[1]), end, end + SHORTEST))
    return max(number for number, _ in found)


class Stretch:
    """One stretch that is divided."""

    # lengths: of all kinds, in order; counted: the kinds that bookings are counted by; free: each of them may be booked
    # at once. reaches: how far a piece may reach, by its start. first: the worth of the best pieces of which the first
    # begins at a minute, with no booking just before it; after: at it or later, less the guard before it. ends: the
    # worth of what follows where nothing does but a guard; rows: what a piece's end is worth, by the minute's rate. All
    # of these by how many bookings are still needed: none where each counts (`booking`).

    def __init__(
        self,
        size: int,
        kinds: Sequence[KindSize],
        banned: Sequence[Sequence[Span]],
        joins: tuple[bool, bool],
        need: int | None = None,
        runs: Runs | None = None,
    ) -> None:
        self.size, self.joins = size, joins
        self.need, self.booking = need or 0, BOOKING if need is None else 0
        self.lengths = sorted(length for length, _ in kinds)
        self.bans = [(length, joined(some)) for (length, _), some in zip(kinds, banned, strict=True) if some]
        self.counted = undominated(kinds)
        self.runs = runs
        self.reaches = self.every_reach()
        self.longest = max(reach - start for start, reach in enumerate(self.reaches))
        ends = [0 if e == size else -lone(size - e, joins[1]) * LONE for e in range(size + 1)]
        layers = range(self.need + 1)
        self.ends = [[NEVER] * (size + 1) if n else ends for n in layers]
        self.first = [[NEVER] * (size + 1) for _ in layers]
        self.after = [[NEVER] * (size + 2 * SHORTEST + 1) for _ in layers]
        self.rows: list[dict[int, list[int]]] = []
        self.steps, self.later = cache(self._steps), cache(self._later)
        self.begun = cache(self._begun)
        cuts = [SHORTEST, *(length for length in sorted(set(self.lengths)) if length > SHORTEST), self.longest + 1]
        self.plain = [Step(a, b - 1, 0, self.rate(a), None) for a, b in pairwise(cuts) if a < b][::-1]

    def every_reach(self) -> list[int]:
        """How far a piece may reach before a banned start has room in it, by its start."""
        found = [self.size] * (self.size + 1)
        for length, ranges in self.bans:
            start = 0
            for a, b in ranges:
                for s in range(start, b):
                    found[s] = min(found[s], max(a, s) + length - 1)
                start = b
        return found

    def rate(self, minutes: int) -> int:
        """What each minute of a piece is worth, by the piece's length."""
        return bisect_right(self.lengths, minutes) * USEFUL + OPEN

    def best(self) -> tuple[Span, ...] | None:
        """The best division of the whole stretch; None where no division takes as many bookings as are needed."""
        if self.reaches[0] == self.size and not self.need:
            return ((0, self.size),)
        self.fill()
        need = self.need
        found, start = NEVER if need else -lone(self.size, any(self.joins)) * LONE, -1
        for s in range(self.size - SHORTEST + 1):
            worth = self.first[need][s] - (lone(s, self.joins[0]) * LONE if s else 0)
            if worth > found:
                found, start = worth, s
        if found <= NEVER // 2:
            return None
        pieces: list[Span] = []
        coming = [(start, self.free(start))] if start >= 0 else []
        while coming:
            start, ready = coming.pop()
            _, (first, last, rate, then, need) = self.begun(start, ready, need)
            row, after = self.rows[need][rate], self.after[need]
            end = max(range(first, last + 1), key=lambda e: (row[e], e)) if then is None else last
            pieces.append((start, end))
            if then is not None:
                coming += then
            elif after[end + SHORTEST] > self.ends[need][end]:
                worth = after[end + SHORTEST] + LONE
                start = self.first[need].index(worth, end + SHORTEST)
                coming.append((start, self.free(start)))
        return tuple(pieces)

    def fill(self) -> None:
        """Work out every minute's worth, from the right to the left."""
        rates = {self.rate(minutes) for minutes in (SHORTEST, *self.lengths)}
        self.rows = [{rate: [rate * e + rest for e, rest in enumerate(ends)] for rate in rates} for ends in self.ends]
        for start in range(self.size - SHORTEST, -1, -1):
            end = start - SHORTEST
            for need, (first, after, ends) in enumerate(zip(self.first, self.after, self.ends, strict=True)):
                first[start], _ = self.begun(start, self.free(start), need)
                after[start] = max(after[start + 1], first[start] - LONE)
                if end >= 0 and after[start] > ends[end]:
                    for rate, row in self.rows[need].items():
                        row[end] = rate * end + after[start]

    def _begun(self, start: int, ready: Ready, need: int) -> tuple[int, End]:
        """The best pieces of which the first begins at `start`: their worth, and the first one's end. ready: how much
        later each kind may be booked; need: how many bookings they must take."""
        found, best = NEVER, End(start, start, OPEN, (), 0)
        reach = self.reaches[start]
        steps = self.steps(ready, self.next_session(start)) if need or self.booking else self.plain
        for least, most, number, rate, then in steps:
            low, high = start + least, min(start + most, reach)
            if low > high:
                continue
            left = max(0, need - number)
            after, ends = self.after[left], self.ends[left]
            here = number * self.booking - rate * start
            if here + rate * high + max(0, after[low + SHORTEST]) <= found:
                continue
            some = self.rows[left][rate][low : high + 1]
            if here + max(some) <= found:
                continue
            if then is None or not (left or self.booking):
                found, best = here + max(some), End(low, high, rate, None, left)
                continue
            for end in range(high, low - 1, -1):
                if here + some[end - low] <= found:
                    continue
                next_ = self.later(end + SHORTEST, self.passed(then, end + SHORTEST - start), left)
                rest, more = max((ends[end], ()), next_)
                if here + rate * end + rest > found:
                    found, best = here + rate * end + rest, End(end, end, rate, more, left)
        return found, best

    def _later(self, start: int, ready: Ready, need: int) -> tuple[int, tuple[Next, ...]]:
        """The best pieces of which the first begins at `start` or later, less the guard before it."""
        found: tuple[int, tuple[Next, ...]] = NEVER, ()
        after, first = self.after[need], self.first[need]
        while after[start] > found[0]:
            if not any(ready):
                return after[start], ((first.index(after[start] + LONE, start), ready),)
            if first[start] - LONE > found[0]:
                found = max(found, (self.begun(start, ready, need)[0] - LONE, ((start, ready),)))
            start, ready = start + 1, self.passed(ready, 1)
        return found

    def free(self, start: int) -> Ready:
        """From when on each kind may be booked in a piece that begins at `start`, with no booking before it."""
        return (0,) * len(self.counted) if self.runs is None else self.runs.at(start, len(self.counted))

    def passed(self, ready: Ready, minutes: int) -> Ready:
        """The same some minutes later."""
        if self.runs is None:
            return tuple(max(0, x - minutes) for x in ready)
        *free, until, run = ready
        until = max(0, until - minutes)
        return (*(max(0, x - minutes) for x in free), until, run if until else 0)

    def next_session(self, start: int) -> int | None:
        """When the next session begins, from a piece's start on; None where no booking of the piece is near it."""
        runs = self.runs
        if runs is None or runs.session is None or runs.session - start >= self.longest + runs.then:
            return None
        return runs.session - start

    def _steps(self, ready: Ready, session: int | None) -> list[Step]:
        """The lengths that a piece may have, those with more bookings and longer ones first. ready: see `_begun`."""
        widest = max(gap for _, gaps in self.counted for gap in gaps)
        if self.runs is None:
            ways = every_way(self.counted, 0, self.longest, ready)
        else:
            ways = every_way_in_runs(self.counted, self.longest, ready, self.runs, session)
            widest = max(widest, self.runs.then)
        sooner: dict[int, int] = {}
        for until, number, _ in ways:
            sooner[number] = min(until, sooner.get(number, until))
        found: list[Step] = []
        for until, number, then in ways:
            # one booking more, and nothing has to wait for it: that is never worse
            enough = sooner.get(number + 1, self.longest + 1) + max(0, widest - SHORTEST)
            least, clear = max(until, SHORTEST), max(then) - SHORTEST
            cuts = sorted({least, *(x for x in (clear, *self.lengths) if x > least), max(least, enough)})
            for a, b in pairwise(cuts):
                if b <= enough:
                    found.append(Step(a, b - 1, number, self.rate(a), None if a >= clear else then))
        return sorted(found, key=lambda step: (-step.number, -step.least))
