"""The best safe open pieces of a stretch for one bookable kind, where few starts have to be tried.

A piece that begins somewhere may reach as far as no banned start has room in it (`OneKind.limit`). Where pieces begin
follows from what a best division looks like when every guard lies as far to the left as it can at no loss. What keeps a
guard from moving to the left is then

- that the piece before it would take one booking fewer, or would be too short, or
- that the piece after it would end earlier, and that is a loss: it begins where a ban ends, or lacks one minute for a
  banned booking, and it ends just before a ban, or what follows it can move no more than it (`OneKind.anchored`).

Or the guard is at the far end of what the piece before it can reach. Only such starts are tried, so no minute is lost
and the work hardly grows with the stretch. Where two bookings need a longer gap than the shortest guard, a piece has to
know when its first booking may start (`Ready`), and that start is tried too. With several kinds all this does not hold,
since a minute may be worth more in one piece than in another: see `division`."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cache

from scheduler.filling import (
    BOOKING,
    LONE,
    NEVER,
    OPEN,
    SHORTEST,
    USEFUL,
    KindSize,
    Ready,
    Span,
    Way,
    booked,
    every_way,
    joined,
    least_for_each_number,
    lone,
    within,
)

Row = tuple[Span, "Row | None"]
Found = tuple[int, Row | None]


def best_for_one(size: int, kind: KindSize, banned: Sequence[Span], joins: tuple[bool, bool]) -> list[Span]:
    """The best safe pieces of ``[0, size)``."""
    _, row = OneKind(size, kind, banned, joins).best()
    pieces: list[Span] = []
    while row is not None:
        piece, row = row
        pieces.append(piece)
    return pieces


class OneKind:
    """One stretch that is divided."""

    # open_to_end: a piece that begins here or later may reach the end; lost: see `lost_at_end`. starts: where pieces
    # begin (`anchored`). patient: whether two bookings need more than the shortest guard between them; needs: the
    # shortest pieces that take one booking, two, and so on (where not patient); roomier: the same stretch with shorter
    # gaps, which bounds what this one takes.

    def __init__(self, size: int, kind: KindSize, banned: Sequence[Span], joins: tuple[bool, bool]) -> None:
        self.size, self.joins, self.kinds = size, joins, [kind]
        self.length, (self.gap,) = kind
        self.ranges = joined(banned)
        self.patient = self.gap > SHORTEST
        self.starts = self.anchored()
        self.open_to_end = self.ranges[-1][1] if self.ranges else 0
        self.lost = self.lost_at_end()
        self.first, self.most = cache(self._first), cache(self._most)
        self.later = cache(self._later)
        self.needs = [] if self.patient else least_for_each_number(self.kinds, size)
        self.roomier = OneKind(size, (self.length, (SHORTEST,)), banned, joins) if self.patient else None

    def limit(self, start: int) -> int:
        """How far a piece that begins at `start` may reach before a banned start has room in it."""
        for a, b in self.ranges:
            if b > start:
                return min(self.size, max(a, start) + self.length - 1)
        return self.size

    def sliding(self, start: int) -> bool:
        """Whether a piece that begins a minute earlier must end a minute earlier."""
        return start + self.length - 1 == self.limit(start) and within(start, self.ranges)

    def anchored(self) -> list[int]:
        """Where pieces begin that cannot move to the left, since they or what follows would end earlier; in order."""
        found = {b for _, b in self.ranges if 0 < b < self.size}
        ends = [start - SHORTEST for start in found]
        ends += [a + self.length - 1 for a, _ in self.ranges]
        if self.joins[1]:
            ends.append(self.size - SHORTEST + 1)
        while ends:
            start = ends.pop() - self.length + 1
            if start > 0 and start not in found and self.sliding(start):
                found.add(start)
                ends.append(start - SHORTEST)
        return sorted(found)

    def best(self) -> Found:
        """The best division of the whole stretch."""
        found: Found = -lone(self.size, any(self.joins)) * LONE, None
        for n in reversed(range(len(self.starts))):
            self.later(n)  # from the right to the left, so that what is worked out is never nested deeply
        for start in (*self.starts, 0):
            worth, row = self.first(start, (0,))
            if start:
                worth -= lone(start, self.joins[0]) * LONE
            if worth >= found[0]:
                found = worth, row
        return found

    def _later(self, n: int) -> Found:
        """The best pieces of which the first begins at one of `starts`, from the n-th on, with no booking just before
        it."""
        if n == len(self.starts):
            return NEVER, None
        here, later = self.first(self.starts[n], (0,)), self.later(n + 1)
        return here if here[0] >= later[0] else later

    def _first(self, start: int, ready: Ready) -> Found:
        """The best pieces of which the first begins at `start`."""
        reach = self.limit(start)
        if reach - start < SHORTEST and (start or reach < self.size):
            return NEVER, None
        ways = self.ways(start, reach, ready)
        rest = 0 if reach == self.size else lone(self.size - reach, self.joins[1])
        worth = self.worth(max(number for _, number, _ in ways), reach - start) - rest * LONE
        found: Found = worth, ((start, reach), None)
        if reach == self.size:
            return found
        far = bisect_right(self.starts, max(reach + SHORTEST, *(max(then) for _, _, then in ways)))
        tries: list[tuple[int, int, int, Ready]] = []
        for after in {reach + SHORTEST, *self.near(start, reach, ways, far)}:
            end = min(reach, after - SHORTEST)
            if end - start >= SHORTEST and after < self.size:
                bound = self.most(after)
                for number, then in booked(ways, end, after):
                    tries.append((bound + self.worth(number, end - start) - LONE, after, end, then))
        for bound, after, end, then in sorted(tries, reverse=True):
            if bound <= found[0]:
                break
            worth, row = self.first(after, then)
            worth += bound - self.most(after)
            if worth > found[0]:
                found = worth, ((start, end), row)
        worth, row = self.later(far)
        worth += self.worth(max(number for _, number, _ in ways), reach - start) - LONE
        return (worth, ((start, reach), row)) if worth > found[0] else found

    def _most(self, start: int) -> int:
        """No pieces of which the first begins at `start` are worth more."""
        if self.roomier is not None:
            return self.roomier.first(start, (0,))[0]
        number, minutes = bisect_right(self.needs, self.size - start), self.size - start
        worth = number * BOOKING + minutes * (USEFUL + OPEN)
        if start >= self.open_to_end:
            return worth
        lost = min(self.lost, minutes)
        return worth - lost * USEFUL - (0 if self.joins[1] else LONE + lost * OPEN)

    def lost_at_end(self) -> int:
        """Minutes that no pieces can use where they begin before the stretch's end is open: its last minutes, or a
        guard before a piece that reaches its end."""
        last = self.open_to_end
        while last and self.limit(last - 1) - last + 1 < self.length:
            last = max([a for a, b in self.ranges if a < last <= b], default=0)
        return min(self.size - self.limit(last - 1) if last else 0, SHORTEST)

    def near(self, start: int, reach: int, ways: Sequence[Way], far: int) -> Iterable[int]:
        """Where the next piece may begin, before the place `far` in `starts` and beside the reach's own end."""
        yield from self.starts[bisect_left(self.starts, start + 2 * SHORTEST) : far]
        for end, number, then in ways:
            ends = [end] if number else [start + self.length] + [start] * (start < SHORTEST)
            yield from (max(x, start + SHORTEST) + SHORTEST for x in ends if x < reach)
            if self.patient:
                first = max(end, start + SHORTEST) + SHORTEST
                yield from (x for x in then if x >= first and self.sliding(x))

    def worth(self, number: int, minutes: int) -> int:
        return number * BOOKING + (minutes * USEFUL if minutes >= self.length else 0) + minutes * OPEN

    def ways(self, start: int, reach: int, ready: Ready) -> list[Way]:
        """Every number of bookings in a piece, each as early as it can be: when the last one ends, how many, and from
        when on each kind may come after it."""
        if not self.patient:
            count = bisect_right(self.needs, reach - start)
            return [(start + need, n, (0,)) for n, need in enumerate((0, *self.needs[:count]))]
        return every_way(self.kinds, start, reach, ready)
