"""What the last minutes of stretches that end alike are worth: the dynamic programme of `division`.

While a day is arranged, many stretches end at the same minute with the same bans before it and begin at different ones.
What a piece is worth depends on nothing to the left of it, so all of them share one table, which grows to the left, and
is parted where bans differ (`Ending.like`).

All places are minutes that are left up to the stretch's end, so they fall from the left to the right."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from scheduler.filling import (
    BOOKING,
    LONE,
    NEVER,
    OPEN,
    SHORTEST,
    USEFUL,
    KindSize,
    Ready,
    Runs,
    every_way,
    every_way_in_runs,
    lone,
    rested,
    undominated,
)

Next = tuple[int, Ready]
"""Where the next piece begins, and how much later each kind may be booked."""


class About(NamedTuple):
    """What an ending depends on, beside its bans. kinds: those that have room; joins: whether a short guard joins a
    break after the stretch; counts: whether each booking counts (`BOOKING`), and not just those that are needed; runs:
    the run rule, with `until` and `session` by minutes left."""

    kinds: tuple[KindSize, ...]
    joins: bool
    counts: bool
    runs: Runs | None


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


class Ending:
    """The last minutes of stretches that end alike."""

    # reaches: how far a piece may reach, by its start. first: the worth of the best pieces of which the first begins at
    # a minute, with no booking just before it; after: of those that may follow a piece that ends there, less the guard
    # between; rows: what a piece's end is worth, by the minute's rate. These three by how many bookings are still
    # needed: none where each counts. ends: what follows where nothing does but a guard. waiting, following: as `first`
    # and `after` where kinds have to wait; what was asked for.

    def __init__(self, about: About) -> None:
        self.about = about
        self.booking = BOOKING if about.counts else 0
        self.lengths = sorted(length for length, _ in about.kinds)
        self.rates = sorted({self.rate(minutes) for minutes in (SHORTEST, *self.lengths)})
        self.counted = undominated(about.kinds)
        self.widest = max(gap for _, gaps in self.counted for gap in gaps)
        self.longest = 0
        self.reaches: list[int] = []
        self.ends: list[int] = []
        self.first: list[list[int]] = []
        self.after: list[list[int]] = []
        self.rows: list[dict[int, list[int]]] = []
        self.waiting: list[dict[tuple[Ready, int], tuple[int, End]]] = []
        self.following: list[dict[tuple[Ready, int], tuple[int, tuple[Next, ...]]]] = []
        self.plain: list[Step] = []
        self.known: dict[tuple[Ready, int | None], list[Step]] = {}

    @property
    def cells(self) -> int:
        """How much is remembered."""
        return len(self.reaches) * len(self.first)

    def like(self, reaches: Sequence[int]) -> Ending:
        """This one, or where its reaches are not these a new one, of which is known what is alike."""
        both = min(len(self.reaches), len(reaches))
        if self.reaches[:both] == reaches[:both]:
            return self
        same = next(n for n, (a, b) in enumerate(zip(self.reaches, reaches, strict=False)) if a != b)
        other = Ending(self.about)
        other._make_room(self.longest)
        other.reaches, other.ends = self.reaches[:same], self.ends[:same]
        other.first = [first[:same] for first in self.first]
        other.after = [after[: same + SHORTEST] for after in self.after]
        other.rows = [{rate: row[:same] for rate, row in rows.items()} for rows in self.rows]
        other.waiting, other.following = self.waiting[:same], self.following[:same]
        return other

    def work_out(self, reaches: Sequence[int], need: int) -> None:
        """Work out what stretches with these reaches are worth, from the right to the left, as far as it is not
        known."""
        self._make_room(max(start - reach for start, reach in enumerate(reaches)))
        while len(self.first) <= need:
            self._add_layer()
        joins = self.about.joins
        for start in range(len(self.reaches), len(reaches)):
            self.reaches.append(reaches[start])
            self.ends.append(-lone(start, joins) * LONE if start else 0)
            self.waiting.append({})
            self.following.append({})
            for layer in range(len(self.first)):
                self._fill(layer, start)

    def _make_room(self, longest: int) -> None:
        """Look at pieces of such a length too."""
        if longest > self.longest:
            self.longest = longest
            cuts = [SHORTEST, *(length for length in sorted(set(self.lengths)) if length > SHORTEST), longest + 1]
            self.plain = [Step(a, b - 1, 0, self.rate(a), None) for a, b in pairwise(cuts) if a < b][::-1]
            self.known.clear()

    def _add_layer(self) -> None:
        """Work out everything for one more booking that is needed."""
        layer = len(self.first)
        self.first.append([])
        self.after.append([NEVER] * SHORTEST)
        self.rows.append({rate: [] for rate in self.rates})
        for start in range(len(self.reaches)):
            self._fill(layer, start)

    def _fill(self, need: int, start: int) -> None:
        """Work out one place, where all to the right of it are known."""
        first, after = self.first[need], self.after[need]
        rest = max(after[start], NEVER if need else self.ends[start])
        for rate, row in self.rows[need].items():
            row.append(rest - rate * start)
        worth = NEVER
        if start >= SHORTEST:
            worth, _ = self._begun(start, self.free(start), need)
        first.append(worth)
        after.append(max(after[-1], worth - LONE) if start >= SHORTEST else NEVER)

    def rate(self, minutes: int) -> int:
        """What each minute of a piece is worth, by the piece's length."""
        return bisect_right(self.lengths, minutes) * USEFUL + OPEN

    def begun(self, start: int, ready: Ready, need: int) -> tuple[int, End]:
        """The best pieces of which the first begins at `start`: their worth, and the first one's end. ready: how much
        later each kind may be booked; need: how many bookings they must take."""
        known = self.waiting[start].get((ready, need))
        if known is None:
            known = self.waiting[start][ready, need] = self._begun(start, ready, need)
        return known

    def _begun(self, start: int, ready: Ready, need: int) -> tuple[int, End]:
        found, best = NEVER, End(start, start, OPEN, (), 0)
        reach, booking = self.reaches[start], self.booking
        steps = self.steps(ready, self.next_session(start)) if need or booking else self.plain
        for least, most, number, rate, then in steps:
            low, high = start - least, max(start - most, reach)
            if low < high:
                continue
            left = max(0, need - number)
            here = number * booking + rate * start
            if here - rate * high + max(0, self.after[left][low]) <= found:
                continue
            some = self.rows[left][rate][high : low + 1]
            worth = here + max(some)
            if worth <= found:
                continue
            if then is None or not (left or booking):
                found, best = worth, End(low, high, rate, None, left)
                continue
            for end, most_there in enumerate(some, high):
                if here + most_there <= found:
                    continue
                last = NEVER if left else self.ends[end]
                rest, more = self.later(end - SHORTEST, self.passed(then, start - end + SHORTEST), left)
                if last > rest:
                    rest, more = last, ()
                if here - rate * end + rest > found:
                    found, best = here - rate * end + rest, End(end, end, rate, more, left)
        return found, best

    def later(self, start: int, ready: Ready, need: int) -> tuple[int, tuple[Next, ...]]:
        """The best pieces of which the first begins at `start` or later, less the guard before it."""
        if start < 0:
            return NEVER, ()
        known = self.following[start].get((ready, need))
        if known is None:
            known = self.following[start][ready, need] = self._later(start, ready, need)
        return known

    def _later(self, start: int, ready: Ready, need: int) -> tuple[int, tuple[Next, ...]]:
        found: tuple[int, tuple[Next, ...]] = NEVER, ()
        after, first = self.after[need], self.first[need]
        while start >= 0 and after[start + SHORTEST] > found[0]:
            if not any(ready):
                return after[start + SHORTEST], ((self.next_of(start, need), ready),)
            if first[start] - LONE > found[0]:
                worth = self.begun(start, ready, need)[0] - LONE
                if worth >= found[0]:
                    found = worth, ((start, ready),)
            start, ready = start - 1, self.passed(ready, 1)
        return found

    def next_of(self, start: int, need: int) -> int:
        """The first place from one on where a best next piece begins that need not wait."""
        worth, first = self.after[need][start + SHORTEST] + LONE, self.first[need]
        while first[start] != worth:
            start -= 1
        return start

    def free(self, start: int) -> Ready:
        """From when on each kind may be booked in a piece that begins at `start`, with no booking before it."""
        runs = self.about.runs
        plain = (0,) * len(self.counted)
        if runs is None:
            return plain
        return rested(plain, max(0, start - runs.until) if runs.number else 0, runs.number, runs.most)

    def passed(self, ready: Ready, minutes: int) -> Ready:
        """The same some minutes later."""
        if self.about.runs is None:
            return tuple([x - minutes if x > minutes else 0 for x in ready])
        *free, until, run = ready
        until = max(0, until - minutes)
        return (*(max(0, x - minutes) for x in free), until, run if until else 0)

    def next_session(self, start: int) -> int | None:
        """When the next session begins, from a piece's start on; None where no booking of the piece is near it."""
        runs = self.about.runs
        if runs is None or runs.session is None or start - runs.session >= self.longest + runs.then:
            return None
        return start - runs.session

    def steps(self, ready: Ready, session: int | None) -> list[Step]:
        """The lengths that a piece may have, those with more bookings and longer ones first. ready: see `begun`."""
        known = self.known.get((ready, session))
        if known is None:
            known = self.known[ready, session] = self._steps(ready, session)
        return known

    def _steps(self, ready: Ready, session: int | None) -> list[Step]:
        widest, runs = self.widest, self.about.runs
        if runs is None:
            ways = every_way(self.counted, 0, self.longest, ready)
        else:
            ways = every_way_in_runs(self.counted, self.longest, ready, runs, session)
            widest = max(widest, runs.then)
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
