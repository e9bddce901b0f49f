"""What an open piece of a stretch is worth: the order of a stretch's divisions, and the bookings that a piece takes.

Bookings are counted by their lengths and the gaps between them; no kind is counted in whose place another one can
always come. Whole minutes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SHORTEST = 15  # minutes: a shorter guard joins its neighbour (rule-file.md, section 4, "Together")

KindSize = tuple[int, tuple[int, ...]]
"""A bookable kind: its length, and the gap that each kind in turn needs after it."""
Span = tuple[int, int]
Ready = tuple[int, ...]
"""For each kind that is counted, from when on it may be booked."""
Way = tuple[int, int, Ready]
"""Bookings of a piece: when the last one ends, how many, and from when on each kind may come after them."""

# The order as one number, the greater the better: bookings that fit, open minutes in pieces that take one (once for
# each kind that fits), fewest guards that stand alone, open minutes. A stretch has less than 2 ** 20 minutes (two
# years).
BOOKING, USEFUL, LONE, OPEN = 1 << 64, 1 << 36, 1 << 20, 1
NEVER = -(1 << 94)


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


@dataclass(frozen=True, slots=True)
class Runs:
    """How many sessions may come in a row, and the sessions around a stretch that are in a row with bookings in it.

    most, then: how many, and how long a stretch without sessions ends a run; number, until: sessions in a run before
    the stretch, and from when on that is over; session, follow: when the next session begins and how many are in its
    run."""

    most: int
    then: int
    number: int = 0
    until: int = 0
    session: int | None = None
    follow: int = 0

    def at(self, start: int, kinds: int) -> Ready:
        """From when on each of so many kinds may be booked where nothing was booked before, in minutes from a start;
        then until when what is booked goes on with a run, and how many that has."""
        return rested((0,) * kinds, max(0, self.until - start), self.number, self.most)

    def after(self, end: int, gaps: Sequence[int], run: int) -> Ready:
        """The same after the run's last booking."""
        return rested(tuple(end + gap for gap in gaps), end + self.then, run, self.most)


def rested(ready: Ready, until: int, run: int, most: int) -> Ready:
    """After a full run nothing may come until it is over."""
    if run >= most:
        return (*(max(x, until) for x in ready), 0, 0)
    return (*ready, until, run if until else 0)


def every_way_in_runs(
    kinds: Sequence[KindSize], reach: int, ready: Ready, runs: Runs, session: int | None
) -> list[Way]:
    """As `every_way` from minute 0 on, with no more in a row than may be: of as many that end with the same kind and as
    many in a row, those that end first. ready: as `Runs.at` says. session: when the next one begins."""
    found: list[Way] = [(0, 0, ready)]
    before: list[Way] = found
    number = 0
    while before:
        number += 1
        ends: dict[tuple[int, int], int] = {}
        for _, _, (*free, until, run) in before:
            for n, (length, _) in enumerate(kinds):
                starts = [(free[n], run + 1), (until, 1)] if free[n] < until else [(free[n], 1)]
                for start, row in starts:
                    end = start + length
                    joins = session is not None and end + runs.then > session
                    if end <= reach and row + (runs.follow if joins else 0) <= runs.most:
                        ends[n, row] = min(end, ends.get((n, row), end))
        before = [(end, number, runs.after(end, kinds[n][1], row)) for (n, row), end in sorted(ends.items())]
        found += before
    return found


def booked(ways: Sequence[Way], end: int, after: int) -> Iterable[tuple[int, Ready]]:
    """The numbers of bookings that a piece takes up to its end, and from when on each kind may come in the next piece;
    without those that are no better than others."""
    found: list[tuple[int, Ready]] = []
    least = None  # of one kind, which is quicker
    for until, number, then in reversed(ways):
        if until > end:
            continue
        if len(then) == 1:
            ready = then[0] if then[0] > after else 0
            if least is None or ready < least:
                least = ready
                found.append((number, (ready,)))
        else:
            one = number, tuple([x if x > after else 0 for x in then])
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
