"""The best safe open pieces of a stretch, for any number of bookable kinds.

A piece that begins somewhere may reach as far as no banned start has room in it (`Stretch.reaches`). A minute is worth
as much as there are kinds that fit in its piece, so with several kinds guards lie where they lose the longer kinds the
least; every minute is tried for the start and for the end of every piece, from the right to the left. With one kind few
need be (`onekind`). Where two bookings need a longer gap than the shortest guard, a piece has to know when its first
booking may start (`Ready`); that is worked out only where no booking before the piece could make a best division of it.

A stretch of more than a day (without working hours) is divided part by part (`by_parts`).

Whole minutes, from the stretch's start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from threading import Lock

from scheduler.endings import About, Ending
from scheduler.filling import LONE, NEVER, SHORTEST, Ready, Runs, Span, booked, every_way, joined, lone, undominated
from scheduler.filling import KindSize as KindSize
from scheduler.onekind import best_for_one

DAY, PART = 24 * 60, 8 * 60


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
    """One stretch that is divided. By minutes left up to its end, as in `endings`."""

    def __init__(
        self,
        size: int,
        kinds: Sequence[KindSize],
        banned: Sequence[Sequence[Span]],
        joins: tuple[bool, bool],
        need: int | None = None,
        runs: Runs | None = None,
    ) -> None:
        self.size, self.joins, self.need = size, joins, need or 0
        bans = [(length, joined(some)) for (length, _), some in zip(kinds, banned, strict=True)]
        self.reaches = every_reach(size, bans)
        if runs is not None:
            session = None if runs.session is None else size - runs.session
            runs = replace(runs, until=size - runs.until if runs.number else 0, session=session)
        self.about = About(tuple(kinds), joins[1], need is None, runs)

    def best(self) -> tuple[Span, ...] | None:
        """The best division of the whole stretch; None where no division takes as many bookings as are needed."""
        if self.reaches[-1] == 0 and not self.need:
            return ((0, self.size),)
        with _ONE_AT_A_TIME:
            return self.best_by(KNOWN.ending(self.about, self.reaches, self.need))

    def best_by(self, ending: Ending) -> tuple[Span, ...] | None:
        """The same, once all that follows a place is worked out."""
        size, need = self.size, self.need
        found, start = NEVER if need else -lone(size, any(self.joins)) * LONE, -1
        for s, first in zip(range(size - SHORTEST + 1), reversed(ending.first[need][: size + 1]), strict=False):
            worth = first - (lone(s, self.joins[0]) * LONE if s else 0)
            if worth > found:
                found, start = worth, size - s
        if found <= NEVER // 2:
            return None
        pieces: list[Span] = []
        coming = [(start, ending.free(start))] if start >= 0 else []
        while coming:
            start, ready = coming.pop()
            _, (first, last, rate, then, need) = ending.begun(start, ready, need)
            row, after = ending.rows[need][rate], ending.after[need]
            end = row.index(max(row[last : first + 1]), last, first + 1) if then is None else last
            pieces.append((size - start, size - end))
            if then is not None:
                coming += then
            elif after[end] > (NEVER if need else ending.ends[end]):
                start = ending.next_of(end - SHORTEST, need)
                coming.append((start, ending.free(start)))
        return tuple(pieces)


def every_reach(size: int, bans: Iterable[tuple[int, Sequence[Span]]]) -> list[int]:
    """How far a piece may reach before a banned start has room in it, by its start; both by minutes left. bans: ranges
    of starts for each length, in order and apart."""
    found = [0] * (size + 1)
    for length, ranges in bans:
        reach: list[int] = []
        for a, b in ranges:
            start = len(reach)
            reach += [size - min(a + length - 1, size)] * (a - start)
            reach += [max(0, size - s - length + 1) for s in range(max(a, start), b)]
        reach += [0] * (size + 1 - len(reach))
        found = [max(x, y) for x, y in zip(found, reach, strict=True)]
    return found[::-1]


class Known:
    """What stretches that end alike are worth, remembered between stretches; it changes no answer, only how long it
    takes."""

    def __init__(self) -> None:
        self.endings: dict[tuple[About, tuple[int, ...]], Ending] = {}  # by how far pieces reach in the last minutes
        self.cells = 0

    def ending(self, about: About, reaches: list[int], need: int) -> Ending:
        """That of a stretch with these reaches that needs so many bookings."""
        if self.cells > MOST_KNOWN:
            self.forget()
        places = range(STEP, len(reaches) + 1, STEP)
        known = (self.endings.get((about, tuple(reaches[:place]))) for place in reversed(places))
        longest = next(filter(None, known), None) or Ending(about)
        found = longest.like(reaches)
        before = found.cells if found is longest else 0
        found.work_out(reaches, need)
        for place in places:
            self.endings.setdefault((about, tuple(reaches[:place])), found)
        self.cells += found.cells - before
        return found

    def forget(self) -> None:
        self.endings.clear()
        self.cells = 0


STEP = 30  # minutes
MOST_KNOWN = 100_000  # minutes, once for every booking that may be needed: some 20 MB
KNOWN, _ONE_AT_A_TIME = Known(), Lock()
