"""Every way through one gap: the time between two things that cannot move.

In a gap the chosen items follow each other; between two of them lies a segment, whose guards and open pieces depend on
nothing but its ends. So the best way to reach an item's end with some items placed is worked out once, from the left to
the right: a dynamic programme over positions and subsets of items. Of two places that an item could have, the later is
gone on with only where it is worth more than what the earlier one leaves can ever make up for. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import sub
from typing import TypeVar

from scheduler import value
from scheduler.dayproblem import (
    NOTES,
    RESTED,
    SHORT,
    START,
    WORKED,
    Chain,
    DayProblem,
    Gap,
    Ground,
    Item,
    Part,
    Stretch,
    places,
)
from scheduler.guards import Banned, clipped, divide
from scheduler.labels import LATE, NEVER
from scheduler.spans import Span, inside, less

K = TypeVar("K")

State = tuple[int, int]  # items placed, minutes of notes
Node = tuple[int, int, int]  # the same within a gap, and what lies at the left
Found = tuple[int, "Chain | None"]

FREE = RESTED  # what lies at the left asks for no distance

Place = tuple[int, bool]  # where a segment ends, and whether something that is work begins there
BEATEN: Place = (NEVER, False)
NEVER_BEATEN: Place = (LATE, False)


def through(problem: DayProblem, gap: Gap) -> dict[State, Found]:
    """Every way to go through one gap, from the left to the right, with its own items alone."""
    items = [(item, tail_of(item, problem.margin)) for item in items_in(problem, gap)]
    rows = Rows(problem, gap, [item for item, _ in items])
    out: dict[State, Found] = {}
    reached: dict[Node, dict[int, Found]] = {(0, 0, START): {gap.start: (0, None)}}
    ends: dict[int, list[Node]] = {gap.start: [(0, 0, START)]}  # where the nodes end that are still to be gone on from
    gone_on: dict[Node, tuple[int, int]] = {}
    while ends:
        here = min(ends)
        for node in sorted(ends.pop(here), key=lambda node: node[2]):  # what asks for no distance comes first
            (worth, chain), (bits, noted, left) = reached[node].pop(here), node
            work = left == WORKED
            until = rows.until(gone_on.get((bits, noted, FREE)), here, work, worth, False)
            if left > FREE and until > BEATEN:
                until = min(until, rows.until(gone_on.get(node), here, work, worth, work))
            if until == BEATEN:
                continue
            gone_on[bits, noted, max(left, FREE)] = (here, worth)
            if until == NEVER_BEATEN:
                keep(out, (bits, noted), (worth + rows.to(gap.end, here, work), chain))
            for item, tail in items:
                if bits & (item.bit | item.without):
                    continue
                to, length, number = (bits | item.bit, noted, tail), item.length, item.number
                known = reached.setdefault(to, {})
                first = here + distance(left, tail, length, problem.margin)
                tried = rows.tried(here, work, item, first)
                if until < NEVER_BEATEN:
                    tried = tried[: bisect_left(tried, (until[0] + (item.rest and until[1]),))]
                for start, end, add in tried:
                    there = known.get(end)
                    total = worth + add
                    if there is None:
                        ends.setdefault(end, []).append(to)
                    elif total < there[0]:
                        continue
                    found: Found = (total, (chain, number, start, end))
                    if there is None or better(found, there):
                        known[end] = found
            for start, end, worth_of in () if noted else rows.notes(here):
                tail = RESTED if end - start >= problem.margin else SHORT + end - start
                if (start, False) < until and start - here >= distance(left, tail, end - start, problem.margin):
                    add = segment(problem, gap, here, start, work, False)[1] + worth_of
                    found = (worth + add, (chain, NOTES, start, end))
                    to = (bits, end - start, tail)
                    known = reached.setdefault(to, {})
                    if end not in known:
                        ends.setdefault(end, []).append(to)
                    keep(known, end, found)
        rows.forget()
    return out


class Rows:
    """What the segments of a gap are worth, from one place to every place at which one can end."""

    def __init__(self, problem: DayProblem, gap: Gap, items: Iterable[Item]) -> None:
        self.problem, self.gap, self.ground = problem, gap, ground(problem, gap)
        self.starts = {item.bit: [s for s in item.starts if in_gap(gap, item, s)] for item in items}
        ends = {(gap.end, False)}
        ends |= {(s, not item.rest) for item in items for s in self.starts[item.bit]}
        ends |= {(s, False) for s, _, _ in notes_from(problem, gap.start, gap)}
        self.ends = sorted(ends)
        self.number = {end: n for n, end in enumerate(self.ends)}
        self._rows: dict[tuple[int, bool], list[int]] = {}
        self._gains: dict[tuple[int, int, bool, bool], int] = {}
        self._growing: dict[tuple[int, bool, int, bool], list[int]] = {}
        self._notes: list[tuple[int, int, int]] | None = None
        self._tried: dict[tuple[int, bool, int, int], list[tuple[int, int, int]]] = {}

    def forget(self) -> None:
        """Let go of what was worked out for a place that is done with."""
        self._tried.clear()
        self._growing.clear()
        self._notes = None

    def row(self, here: int, work: bool) -> list[int]:
        """The worth of the segments from a place to every end at or after it; counted from the back."""
        key = (here, work)
        known = self._rows.get(key)
        if known is None:
            ends = self.ends[bisect_left(self.ends, (here,)) :]
            known = self._rows[key] = [0] * len(ends)
            free, breaks = self.ground
            for a, b in breaks:
                if b > here:
                    for n in range(bisect_left(ends, (max(a, here) + 1,)), len(ends)):
                        known[n] -= value.BLOCKS
            for stretch in free:
                if stretch.end > here:
                    self._add(known, ends, stretch, here, work)
        return known

    def _add(self, row: list[int], ends: Sequence[Place], stretch: Stretch, here: int, work: bool) -> None:
        """Add to a row what one stretch of free time is worth."""
        problem, a, b, margin = self.problem, stretch.start, stretch.end, self.problem.margin
        x, banned = max(a, here), min((c for c, d in stretch.banned if d > here), default=LATE)
        near = (here + margin if work else stretch.first) > x
        whole: int | None = None  # what it is worth where it lies between both places, and nothing is near its end
        for n in range(bisect_left(ends, (x + 1,)), len(ends)):
            end, work_right = ends[n]
            if end >= b and (end - margin if work_right else stretch.last) >= b:
                if whole is None:
                    whole = part(problem, self.gap, stretch, here, end, work, work_right)[1]
                row[n] += whole
            elif near or banned < end or (end - margin if work_right else stretch.last) < min(b, end):
                row[n] += part(problem, self.gap, stretch, here, end, work, work_right)[1]
            else:
                row[n] += open_worth(problem, min(b, end) - x)

    def to(self, end: int, here: int, work: bool) -> int:
        """What the segment from a place to the start of something that is no work is worth."""
        return self.row(here, work)[self.number[end, False] - len(self.ends)]

    def notes(self, here: int) -> list[tuple[int, int, int]]:
        """As `notes_from`, remembered until the place is done with."""
        if self._notes is None:
            self._notes = list(notes_from(self.problem, here, self.gap))
        return self._notes

    def gain(self, earlier: int, later: int, worked: bool, work: bool) -> int:
        """The least that the segment from the earlier of two places is worth more than that from the later, wherever it
        ends. worked, work: whether work lies before the earlier, before the later."""
        key = (earlier, later, worked, work)
        known = self._gains.get(key)
        if known is None:
            after = self.row(later, work)
            known = self._gains[key] = min(map(sub, self.row(earlier, worked)[-len(after) :], after))
        return known

    def until(self, known: tuple[int, int] | None, here: int, work: bool, worth: int, worked: bool) -> Place:
        """From which end on a way that came to an earlier place, known with its worth, is better than another one that
        comes here, wherever the next segment ends: at every one (BEATEN), or never (NEVER_BEATEN)."""
        if known is None:
            return NEVER_BEATEN
        key = (known[0], worked, here, work)
        growing = self._growing.get(key)
        if growing is None:
            after = self.row(here, work)
            gains = list(map(sub, self.row(known[0], worked)[-len(after) :], after))
            growing = self._growing[key] = list(accumulate(reversed(gains), min))
            growing.reverse()
        place = bisect_right(growing, worth - known[1])
        if not place:
            return BEATEN
        return self.ends[place - len(growing)] if place < len(growing) else NEVER_BEATEN

    def tried(self, here: int, work: bool, item: Item, first: int) -> list[tuple[int, int, int]]:
        """The starts of an item that are worth trying after a place, each with its end and worth."""
        key = (here, work, item.bit, first)
        known = self._tried.get(key)
        if known is None:
            known = self._tried[key] = []
            starts, length, worked = self.starts[item.bit], item.length, not item.rest
            row, number, size = self.row(here, work), self.number, len(self.ends)
            last, last_add, best, best_add, gain = NEVER, 0, NEVER, 0, self.gain  # ends, and what they are worth
            for start in starts[bisect_left(starts, first) :]:
                add, end = row[number[start, worked] - size] + item.worth[start], start + length
                if known:
                    if last_add + gain(last, end, worked, worked) > add:
                        continue
                    if best != last and best_add + gain(best, end, worked, worked) > add:
                        continue
                last, last_add = end, add
                if not known or add > best_add:
                    best, best_add = end, add
                known.append((start, end, add))
        return known


def items_in(problem: DayProblem, gap: Gap) -> list[Item]:
    """The items that have a place in a gap."""
    return [item for item in problem.items if any(in_gap(gap, item, s) for s in item.starts)]


def in_gap(gap: Gap, item: Item, start: int) -> bool:
    return gap.start <= start and start + item.length <= gap.end


def segment(
    problem: DayProblem, gap: Gap, start: int, end: int, work_left: bool, work_right: bool
) -> tuple[tuple[Span, ...], int]:
    """What lies between two placed things of a gap: its open pieces, and their worth less that of the blocks there."""
    key = (start, end, work_left, work_right)
    known = problem.segments.get(key)
    if known is not None:
        return known
    pieces: list[Span] = []
    free, breaks = ground(problem, gap)
    worth = -len(inside(breaks, start, end)) * value.BLOCKS
    for stretch in free if start < end else ():
        if stretch.start < end and stretch.end > start:
            open_, add = part(problem, gap, stretch, start, end, work_left, work_right)
            pieces += open_
            worth += add
    made = problem.segments[key] = (tuple(pieces), worth)
    return made


def part(
    problem: DayProblem, gap: Gap, stretch: Stretch, start: int, end: int, work_left: bool, work_right: bool
) -> Part:
    """What lies on one stretch of a gap's free time between two placed things: open pieces, and their worth less that
    of its guards. Most of them are the same whatever lies further away, and so are remembered by what is near."""
    a, b, margin = stretch.start, stretch.end, problem.margin
    x, y = max(a, start), min(b, end)
    left = (start + margin if work_left else stretch.first) > x
    right = (end - margin if work_right else stretch.last) < y
    if not left and not right and not any(c < y and d > x for c, d in stretch.banned):
        return ((x, y),), open_worth(problem, y - x)
    key = (x, y, left and (start if work_left else True), right and (end if work_right else True), a > start, b < end)
    known = problem.parts.get(key)
    if known is not None:
        return known
    banned: list[tuple[Banned, ...]] = []
    for n, (length, _) in enumerate(problem.kinds):
        first = start + problem.before[n] if work_left else gap.left[n]
        last = (end - problem.after[n] if work_right else gap.right[n]) - length
        here = [ban for ban in problem.bans[n] if ban[0] < y and ban[1] > x]
        if length > y - x or (not here and first <= x and last >= y - length):
            banned.append(())
            continue
        edges = ((x, first, False), (last + 1, y, False))
        banned.append(clipped((*here, *edges), x, y - x, length))
    open_: Sequence[Span] = ((0, y - x),)
    blocks = 0
    if any(banned):
        joins = (stretch.joins[0] and a > start, stretch.joins[1] and b < end)
        divided = divide(y - x, problem.kinds, tuple(banned), joins, gap.near and gap.near.of(x, y))
        open_, blocks = divided.pieces, divided.lone
    minutes = sum(q - p for length, _ in problem.kinds for p, q in open_ if q - p >= length)
    made = (tuple((x + p, x + q) for p, q in open_), minutes * value.OPEN - blocks * value.BLOCKS)
    problem.parts[key] = made
    return made


def open_worth(problem: DayProblem, minutes: int) -> int:
    """What an open piece of so many minutes is worth."""
    known = problem.opens.get(minutes)
    if known is None:
        useful = sum(minutes for length, _ in problem.kinds if minutes >= length)
        known = problem.opens[minutes] = useful * value.OPEN
    return known


def ground(problem: DayProblem, gap: Gap) -> Ground:
    """What lies in a gap before anything floats: the stretches of free working time, and breaks."""
    known = problem.grounds.get(gap.start)
    if known is None:
        held = inside(problem.breaks, gap.start, gap.end)
        taken = sorted((*held, *inside(problem.released, gap.start, gap.end)))
        bans = [(a, b) for of in problem.bans for a, b, _ in of]
        first, last = max(gap.left, default=NEVER), min(gap.right, default=LATE)
        free = [
            Stretch(x, y, (any(e == x for _, e in held), any(s == y for s, _ in held)), first, last, inside(bans, x, y))
            for a, b in inside(problem.working, gap.start, gap.end)
            for x, y in less(a, b, taken)
        ]
        known = problem.grounds[gap.start] = (free, held)
    return known


def tail_of(item: Item, margin: int) -> int:
    if not item.rest:
        return WORKED
    return RESTED if item.length >= margin else SHORT + item.length


def distance(left: int, right: int, length: int, margin: int) -> int:
    """How far apart two things must be: work and a rest too short for a booking's break keep its length between
    them. `length` is that of the one on the right."""
    if right == WORKED and left >= SHORT:
        return max(0, margin - (left - SHORT))
    if left == WORKED and right >= SHORT:
        return max(0, margin - length)
    return 0


def notes_from(problem: DayProblem, here: int, gap: Gap) -> Iterable[tuple[int, int, int]]:
    """The piece of notes that may come next in a gap: at its start or its end, beside the breaks, where working hours
    end, or where one stands; start, end, worth."""
    notes = problem.notes
    if notes is None:
        return
    room = min(gap.end, notes.until)
    first, last = max(here, notes.since, gap.start), room
    for a, b in problem.breaks:  # they keep off breaks, which lie at a gap's ends
        if a <= first < b:
            first = b
        elif a < last <= b:
            last = a
    most = min(notes.allowed(gap.start), last - first)
    ends = {b for _, b in problem.working}  # hours are over: nothing is lost there
    for length in notes.lengths(most):
        starts = {last - length, *(s for s, e in notes.standing if e - s == length), *ends}
        if here == gap.start or any(a <= gap.start and here <= b for a, b in problem.breaks):
            starts.add(first)  # rest may lie on the break before it
        for start in sorted(s for s in starts if first <= s <= last - length):
            change = value.CHANGES if (start, start + length) in notes.standing else -value.CHANGES
            yield start, start + length, change - value.BLOCKS - (start - notes.origin) * value.EARLIEST


def keep(into: dict[K, Found], key: K, found: Found) -> None:
    known = into.get(key)
    if known is None or better(found, known):
        into[key] = found


def better(one: Found, other: Found) -> bool:
    """The greater value; of equals the one whose items come first in the file's order."""
    if one[0] != other[0]:
        return one[0] > other[0]
    return [(s, n) for n, s, _ in places(one[1])] < [(s, n) for n, s, _ in places(other[1])]
