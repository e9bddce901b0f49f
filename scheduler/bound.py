"""At most how many bookings a choice of a day's items can leave: a bound from above, quickly.

Items and bookings are put one before the other, from the day's end to its beginning, each as late as it may lie. What
guards take, notes, and runs with the day's sessions are left out; so no arrangement leaves more. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import product

from scheduler.dayproblem import DayProblem, Item
from scheduler.labels import LATE, Mix
from scheduler.spans import Span, inside, less, merged
from scheduler.tally import Tally

REST, WORK = -1, -2  # what a row begins with, if no booking
Front = tuple[int, int]  # what a row begins with: REST, WORK or a kind, and how many bookings its first run has
Rows = dict[Front, int]  # the latest start of a row by what it begins with


class Bound:
    """The latest starts of rows of items and bookings on one day."""

    def __init__(self, problem: DayProblem, tally: Tally) -> None:
        self.problem, self.tally = problem, tally
        self.starts = [starts_of(problem, n) for n in range(len(problem.kinds))]
        self.place = [self._kind(n) for n in range(len(tally.kinds))]
        tops = [ended.mix for ended in problem.bare]
        most = tuple(max(mix[n] for mix in tops) for n in range(len(tally.kinds)))
        every = sorted(product(*(range(n + 1) for n in most)), key=lambda mix: (sum(mix), mix))
        self.mixes = [mix for mix in every if any(all(a <= b for a, b in zip(mix, top, strict=True)) for top in tops)]
        self._rows: dict[int, dict[Mix, Rows]] = {0: self._bookings_before({tally.none: {(REST, 0): LATE}})}
        self._latest: dict[int, list[tuple[int, Mix]]] = {}

    def latest(self, bits: int) -> list[tuple[int, Mix]]:
        """For every set of bookings that has room beside a choice of items: the latest minute from which on both have,
        latest first."""
        known = self._latest.get(bits)
        if known is None:
            found = [(max(rows.values()), mix) for mix, rows in self._of(bits).items() if rows]
            known = self._latest[bits] = sorted(found, key=lambda one: (-one[0], one[1]))
        return known

    def most(self, bits: int, since: int) -> list[Mix]:
        """The bookings that have room from a minute on beside a choice of items."""
        return [mix for start, mix in self.latest(bits) if start >= since]

    def _of(self, bits: int) -> dict[Mix, Rows]:
        known = self._rows.get(bits)
        if known is None:
            rows: dict[Mix, Rows] = {}
            for item in self.problem.items:
                if bits & item.bit:
                    for mix, after in self._of(bits & ~item.bit).items():
                        self._with_item(rows.setdefault(mix, {}), item, after)
            known = self._rows[bits] = self._bookings_before(rows)
        return known

    def _with_item(self, rows: Rows, item: Item, after: Rows) -> None:
        """Put an item before rows."""
        for (front, _), start in after.items():
            room = self.problem.before[self.place[front]] if front >= 0 and not item.rest else 0
            place = bisect_right(item.starts, start - room - item.length)
            if place:
                keep(rows, (REST if item.rest else WORK, 0), item.starts[place - 1])

    def _bookings_before(self, rows: dict[Mix, Rows]) -> dict[Mix, Rows]:
        """Put bookings before rows, one after the other: of all mixes, those with fewer bookings first."""
        for mix in self.mixes:
            here = rows.get(mix)
            if not here:
                continue
            at_rest = here.get((REST, 0))
            if at_rest is not None:
                here = rows[mix] = {
                    front: start for front, start in here.items() if front[0] == REST or start > at_rest
                }
            for kind, n in enumerate(self.place):
                more = (*mix[:kind], mix[kind] + 1, *mix[kind + 1 :])
                if more in self._takes:
                    for front, start in here.items():
                        self._with_booking(rows.setdefault(more, {}), kind, n, front, start)
        return rows

    def _with_booking(self, rows: Rows, kind: int, n: int, front: Front, start: int) -> None:
        tally, (first, run) = self.tally, front
        if first >= 0:
            room = tally.gaps[kind][first]
            if not tally.runs or run < tally.most:
                self._keep(rows, kind, n, start - room, run + 1 if tally.runs else 0)
            if tally.runs:
                self._keep(rows, kind, n, start - max(room, tally.then), 1)
        else:
            room = self.problem.after[n] if first == WORK else 0
            self._keep(rows, kind, n, start - room, 1 if tally.runs else 0)

    def _keep(self, rows: Rows, kind: int, n: int, end: int, run: int) -> None:
        at = latest_of(self.starts[n], end - self.problem.kinds[n][0])
        if at is not None:
            keep(rows, (kind, run), at)

    def _kind(self, kind: int) -> int:
        """The number, among all bookable kinds, of one that is useful."""
        return self.tally.diary.bookable.index(self.tally.kinds[kind])

    @property
    def _takes(self) -> frozenset[Mix]:
        return frozenset(self.mixes)


def keep(rows: Rows, front: Front, start: int) -> None:
    known = rows.get(front)
    if known is None or start > known:
        rows[front] = start


def starts_of(problem: DayProblem, kind: int) -> list[Span]:
    """The starts that a kind may have on its own, both ends included."""
    length = problem.kinds[kind][0]
    found: list[Span] = []
    taken = merged([*problem.breaks, *problem.released])
    for gap in (gap for _, _, _, gap in problem.stops if gap is not None):
        for a, b in inside(problem.working, gap.start, gap.end):
            for x, y in less(a, b, inside(taken, a, b)):
                first, last = max(x, gap.left[kind]), min(y, gap.right[kind]) - length
                banned = merged((c, d) for c, d, _ in problem.bans[kind] if c <= last and d > first)
                found += [(c, d - 1) for c, d in less(first, last + 1, banned)] if first <= last else []
    return found


def latest_of(spans: Sequence[Span], most: int) -> int | None:
    """The latest start up to `most`."""
    place = bisect_right(spans, (most, LATE))
    return min(most, spans[place - 1][1]) if place else None
