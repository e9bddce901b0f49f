"""The best safe open pieces of a stretch, for any number of bookable kinds.

A piece that begins somewhere may reach as far as no banned start has room in it (`Stretch.limit`). Where pieces begin
follows from what a best division looks like when every guard lies as far to the left as it can at no loss. What keeps a
guard from moving to the left is then

- that the piece before it would take one booking fewer, or would be too short, or
- that the piece after it would end earlier, and that is a loss: it begins where a ban ends, or lacks one minute for a
  banned booking, and it ends just before a ban, or what follows it can move no more than it (`Stretch.anchored`).

Or the guard is at the far end of what the piece before it can reach. Only such starts are tried, so no minute is lost
and the work hardly grows with the stretch. Where two bookings need a longer gap than the shortest guard, a piece has to
know when its first booking may start (`Ready`), and starts up to then are tried too.

The bookings that fit are counted by their lengths and the gaps between them; no kind is counted in whose place another
one can always come. Whole minutes, from the stretch's start."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain

SHORTEST = 15  # minutes: a shorter guard joins its neighbour (rule-file.md, section 4, "Together")

KindSize = tuple[int, tuple[int, ...]]
"""A bookable kind: its length, and the gap that each kind in turn needs after it."""
Span = tuple[int, int]
Ready = tuple[int, ...]
"""For each kind that is counted, from when on it may be booked."""
Way = tuple[int, int, Ready]
"""Bookings of a piece: when the last one ends, how many, and from when on each kind may come after them."""

# The order as one number, the greater the better: bookings that fit, open minutes in pieces that take one, fewest
# guards that stand alone, open minutes. A stretch has less than 2 ** 20 minutes (two years).
BOOKING, USEFUL, LONE, OPEN = 1 << 60, 1 << 36, 1 << 20, 1
NEVER = -(1 << 90)


def best_pieces(
    size: int, kinds: Sequence[KindSize], banned: Sequence[Sequence[Span]], joins: tuple[bool, bool]
) -> tuple[int, tuple[Span, ...]]:
    """The best safe pieces of ``[0, size)``: (bookings that fit, pieces). kinds: those that have room; banned: for each
    of them, half-open ranges of starts; joins: whether a short guard joins a break before and after the stretch."""
    stretch = Stretch(size, kinds, banned, joins)
    worth, row = stretch.best()
    pieces: list[Span] = []
    while row is not None:
        piece, row = row
        pieces.append(piece)
    return (worth + BOOKING // 2) // BOOKING, tuple(pieces)


Row = tuple[Span, "Row | None"]
Found = tuple[int, Row | None]


class Stretch:
    """One stretch that is divided."""

    # open_to_end: a piece that begins here or later may reach the end; lost: see `lost_at_end`. starts: where pieces
    # begin (`anchored`). counted: the kinds that bookings are counted by; patient: whether two of their bookings can
    # need more than the shortest guard between them; needs: the shortest pieces that take one booking, two, and so on
    # (where not patient); roomier: the same stretch with shorter gaps, which bounds what this one takes.

    def __init__(
        self, size: int, kinds: Sequence[KindSize], banned: Sequence[Sequence[Span]], joins: tuple[bool, bool]
    ) -> None:
        self.size, self.joins = size, joins
        self.shortest = min(length for length, _ in kinds)
        self.bans = [(length, joined(some)) for (length, _), some in zip(kinds, banned, strict=True) if some]
        self.counted = undominated(kinds)
        self.patient = max(gap for _, gaps in self.counted for gap in gaps) > SHORTEST
        self.free: Ready = (0,) * len(self.counted)
        self.starts = self.anchored()
        self.open_to_end = max((ranges[-1][1] for _, ranges in self.bans), default=0)
        self.lost = self.lost_at_end()
        self.first, self.most = cache(self._first), cache(self._most)
        self.later = cache(self._later)
        self.needs = [] if self.patient else least_for_each_number(self.counted, size)
        closer = [(length, tuple(min(gap, SHORTEST) for gap in gaps)) for length, gaps in kinds]
        self.roomier = Stretch(size, closer, banned, joins) if self.patient else None

    def limit(self, start: int) -> int:
        """How far a piece that begins at `start` may reach before a banned start has room in it."""
        reach = self.size
        for length, ranges in self.bans:
            for a, b in ranges:
                if b > start:
                    reach = min(reach, max(a, start) + length - 1)
                    break
        return reach

    def sliding(self, start: int) -> bool:
        """Whether a piece that begins a minute earlier must end a minute earlier."""
        reach = self.limit(start)
        return any(start + length - 1 == reach and within(start, ranges) for length, ranges in self.bans)

    def anchored(self) -> list[int]:
        """Where pieces begin that cannot move to the left, since they or what follows would end earlier; in order."""
        found = {b for _, ranges in self.bans for _, b in ranges if 0 < b < self.size}
        ends = [start - SHORTEST for start in found]
        ends += [a + length - 1 for length, ranges in self.bans for a, _ in ranges]
        if self.joins[1]:
            ends.append(self.size - SHORTEST + 1)
        while ends:
            end = ends.pop()
            for length, ranges in self.bans:
                start = end - length + 1
                if start > 0 and start not in found and within(start, ranges) and self.limit(start) == end:
                    found.add(start)
                    ends.append(start - SHORTEST)
        return sorted(found)

    def best(self) -> Found:
        """The best division of the whole stretch."""
        found: Found = -lone(self.size, any(self.joins)) * LONE, None
        for n in reversed(range(len(self.starts))):
            self.later(n)  # from the right to the left, so that what is worked out is never nested deeply
        for start in (*self.starts, 0):
            worth, row = self.first(start, self.free)
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
        here, later = self.first(self.starts[n], self.free), self.later(n + 1)
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
            return self.roomier.first(start, self.roomier.free)[0]
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
        while last and self.limit(last - 1) - last + 1 < self.shortest:
            last = max([a for n, some in self.bans if n == self.shortest for a, b in some if a < last <= b], default=0)
        return min(self.size - self.limit(last - 1) if last else 0, SHORTEST)

    def near(self, start: int, reach: int, ways: Sequence[Way], far: int) -> Iterable[int]:
        """Where the next piece may begin, before the place `far` in `starts` and beside the reach's own end."""
        yield from self.starts[bisect_left(self.starts, start + 2 * SHORTEST) : far]
        for end, number, then in ways:
            ends = [end] if number else [start + self.shortest] + [start] * (start < SHORTEST)
            yield from (max(x, start + SHORTEST) + SHORTEST for x in ends if x < reach)
            if self.patient:
                first = max(end, start + SHORTEST) + SHORTEST
                yield from (x for x in self.waiting(first, then) if self.sliding(x))

    def waiting(self, first: int, then: Ready) -> Iterable[int]:
        """Where a piece may begin, from `first` on, whose first booking has to wait: then, or so that it ends with a
        booking. With several kinds every minute is tried."""
        if len(self.counted) > 1:
            return range(first, max(then) + 1)
        ((length, (gap,)),) = self.counted
        found, waits = {then[0]}, [then[0]]
        while waits:
            wait = waits.pop()
            for tight in chain.from_iterable(
                range(wait + length - banned + 1, wait + 1, length + gap) for banned, _ in self.bans
            ):
                if tight not in found and first - gap < tight < then[0] + 2 * gap:
                    found.add(tight)
                    waits.append(tight + gap - SHORTEST)
        return [x for x in sorted(found) if first <= x <= then[0]]

    def worth(self, number: int, minutes: int) -> int:
        return number * BOOKING + (minutes * USEFUL if minutes >= self.shortest else 0) + minutes * OPEN

    def ways(self, start: int, reach: int, ready: Ready) -> list[Way]:
        """Every number of bookings in a piece, each as early as it can be: when the last one ends, how many, and from
        when on each kind may come after it."""
        if not self.patient:
            count = bisect_right(self.needs, reach - start)
            return [(start + need, n, self.free) for n, need in enumerate((0, *self.needs[:count]))]
        return every_way(self.counted, start, reach, ready)


def every_way(kinds: Sequence[KindSize], start: int, reach: int, ready: Ready) -> list[Way]:
    """Bookings one after the other: of as many that end with the same kind, those that end first."""
    found: list[Way] = [(start, 0, ready)]
    before: list[Way] = found
    number = 0
    while before:
        number += 1
        ends = [
            (length, gaps, min(max(start, then[n]) for _, _, then in before) + length)
            for n, (length, gaps) in enumerate(kinds)
        ]
        before = [(end, number, tuple(end + gap for gap in gaps)) for _, gaps, end in ends if end <= reach]
        found += before
    return found


def booked(ways: Sequence[Way], end: int, after: int) -> Iterable[tuple[int, Ready]]:
    """The numbers of bookings that a piece takes up to its end, and from when on each kind may come in the next piece;
    without those that are no better than others."""
    found: list[tuple[int, Ready]] = []
    for until, number, then in reversed(ways):
        if until <= end:
            one = number, tuple(x if x > after else 0 for x in then)
            if not any(all(a <= b for a, b in zip(other, one[1], strict=True)) for _, other in found):
                found.append(one)
    return found


def least_for_each_number(kinds: Sequence[KindSize], size: int) -> list[int]:
    """How long a piece must be for one booking, for two, and so on."""
    lengths: dict[int, int] = {}
    for end, number, _ in every_way(kinds, 0, size, (0,) * len(kinds)):
        lengths[number] = min(end, lengths.get(number, end))
    return [lengths[n] for n in range(1, len(lengths))]


def undominated(kinds: Sequence[KindSize]) -> list[KindSize]:
    """The kinds that the most bookings may need: without those in whose place another one, as short or shorter, can
    always come."""

    def instead(one: int, other: int) -> bool:
        return kinds[one][0] <= kinds[other][0] and all(
            kinds[one][1][k] <= kinds[other][1][k] and kinds[k][1][one] <= kinds[k][1][other] for k in range(len(kinds))
        )

    kept = list(range(len(kinds)))
    for n in reversed(range(len(kinds))):
        if any(instead(m, n) for m in kept if m != n):
            kept.remove(n)
    return [(kinds[n][0], tuple(kinds[n][1][m] for m in kept)) for n in kept]


def joined(ranges: Iterable[Span]) -> list[Span]:
    """Ranges in order, those that touch as one."""
    found: list[Span] = []
    for a, b in sorted(ranges):
        if found and a <= found[-1][1]:
            found[-1] = found[-1][0], max(b, found[-1][1])
        else:
            found.append((a, b))
    return found


def within(start: int, ranges: Iterable[Span]) -> bool:
    return any(a <= start < b for a, b in ranges)


def lone(minutes: int, joins: bool) -> int:
    """Whether a guard is a block of its own, as a number. joins: whether it touches a break."""
    return 0 if joins and minutes < SHORTEST else 1
