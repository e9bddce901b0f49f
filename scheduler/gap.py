"""Every way through one gap: the time between two things that cannot move.

In a gap the chosen items follow each other; between two of them lies a segment, whose guards and open pieces depend on
nothing but its ends. So the best way to reach an item's end with some items placed is worked out once, from the left to
the right: a dynamic programme over positions and subsets of items. Of two places that an item could have, the later is
gone on with only where it is worth more than what the earlier one leaves can ever make up for. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import sub
from typing import TypeVar

from scheduler import value
from scheduler.dayproblem import NOTES, RESTED, SHORT, START, WORKED, Chain, DayProblem, Gap, Item, places
from scheduler.guards import Banned, clipped, divide
from scheduler.spans import Span, inside, less

K = TypeVar("K")

State = tuple[int, int]  # items placed, minutes of notes
Node = tuple[int, int, int]  # the same within a gap, and what lies at the left
Found = tuple[int, "Chain | None"]

FREE = RESTED  # what lies at the left asks for no distance


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
            if rows.beaten(gone_on.get((bits, noted, FREE)), here, work, worth, False):
                continue
            if left > FREE and rows.beaten(gone_on.get(node), here, work, worth, work):
                continue
            gone_on[bits, noted, max(left, FREE)] = (here, worth)
            keep(out, (bits, noted), (worth + rows.to(gap.end, here, work), chain))
            for item, tail in items:
                if bits & (item.bit | item.without):
                    continue
                to, length, number = (bits | item.bit, noted, tail), item.length, item.number
                known = reached.setdefault(to, {})
                first = here + distance(left, tail, length, problem.margin)
                for start, end, add in rows.tried(here, work, item, first):
                    there = known.get(end)
                    total = worth + add
                    if there is None:
                        ends.setdefault(end, []).append(to)
                    elif total < there[0]:
                        continue
                    found: Found = (total, (chain, number, start, end))
                    if there is None or better(found, there):
                        known[end] = found
            for start, end, worth_of in () if noted else notes_from(problem, here, gap):
                tail = RESTED if end - start >= problem.margin else SHORT + end - start
                if start - here >= distance(left, tail, end - start, problem.margin):
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
        self.problem, self.gap = problem, gap
        self.starts = {item.bit: [s for s in item.starts if in_gap(gap, item, s)] for item in items}
        ends = {(gap.end, False)}
        ends |= {(s, not item.rest) for item in items for s in self.starts[item.bit]}
        ends |= {(s, False) for s, _, _ in notes_from(problem, gap.start, gap)}
        self.ends = sorted(ends)
        self.number = {end: n for n, end in enumerate(self.ends)}
        self._rows: dict[tuple[int, bool], list[int]] = {}
        self._gains: dict[tuple[int, int, bool, bool], int] = {}
        self._tried: dict[tuple[int, bool, int, int], list[tuple[int, int, int]]] = {}

    def forget(self) -> None:
        """Let go of what was worked out for a place that is done with."""
        self._tried.clear()

    def row(self, here: int, work: bool) -> list[int]:
        """The worth of the segments from a place to every end at or after it; counted from the back."""
        key = (here, work)
        known = self._rows.get(key)
        if known is None:
            ends = self.ends[bisect_left(self.ends, (here,)) :]
            known = self._rows[key] = [
                segment(self.problem, self.gap, here, end, work, work_right)[1] for end, work_right in ends
            ]
        return known

    def to(self, end: int, here: int, work: bool) -> int:
        """What the segment from a place to the start of something that is no work is worth."""
        return self.row(here, work)[self.number[end, False] - len(self.ends)]

    def gain(self, earlier: int, later: int, worked: bool, work: bool) -> int:
        """The least that the segment from the earlier of two places is worth more than that from the later, wherever it
        ends. worked, work: whether work lies before the earlier, before the later."""
        key = (earlier, later, worked, work)
        known = self._gains.get(key)
        if known is None:
            after = self.row(later, work)
            known = self._gains[key] = min(map(sub, self.row(earlier, worked)[-len(after) :], after))
        return known

    def beaten(self, known: tuple[int, int] | None, here: int, work: bool, worth: int, worked: bool) -> bool:
        """Whether a way that came to an earlier place, known with its worth, is better than another one that comes
        here, however they go on."""
        return known is not None and known[1] + self.gain(known[0], here, worked, work) > worth

    def tried(self, here: int, work: bool, item: Item, first: int) -> list[tuple[int, int, int]]:
        """The starts of an item that are worth trying after a place, each with its end and worth."""
        key = (here, work, item.bit, first)
        known = self._tried.get(key)
        if known is None:
            known = self._tried[key] = []
            starts, length, worked = self.starts[item.bit], item.length, not item.rest
            row, number, size = self.row(here, work), self.number, len(self.ends)
            last = best = (0, 0)
            for start in starts[bisect_left(starts, first) :]:
                add = row[number[start, worked] - size] + item.worth[start]
                if known and (
                    self.beaten((last[0] + length, last[1]), start + length, worked, add, worked)
                    or self.beaten((best[0] + length, best[1]), start + length, worked, add, worked)
                ):
                    continue
                last = (start, add)
                if not known or add > best[1]:
                    best = last
                known.append((start, start + length, add))
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
    free = problem.free.get(gap.start)
    if free is None:
        free = problem.free[gap.start] = free_in(problem, gap)
    pieces: list[Span] = []
    blocks, minutes = len(inside(problem.breaks, start, end)), 0
    near = gap.near
    for a, b, joins_left, joins_right in free:
        x, y = max(a, start), min(b, end)
        if x >= y:
            continue
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
        if any(banned):
            joins = (joins_left and a > start, joins_right and b < end)
            divided = divide(y - x, problem.kinds, tuple(banned), joins, near and near.of(x, y))
            open_ = divided.pieces
            blocks += divided.lone
        pieces += [(x + p, x + q) for p, q in open_]
        for length, _ in problem.kinds:
            minutes += sum(q - p for p, q in open_ if q - p >= length)
    made = (tuple(pieces), minutes * value.OPEN - blocks * value.BLOCKS)
    problem.segments[key] = made
    return made


def free_in(problem: DayProblem, gap: Gap) -> list[tuple[int, int, bool, bool]]:
    """The free working time of a gap that nothing floating lies in: start, end, and whether an own break lies directly
    before and after it, which a short guard can join."""
    held = inside(problem.breaks, gap.start, gap.end)
    taken = sorted((*held, *inside(problem.released, gap.start, gap.end)))
    return [
        (x, y, any(e == x for _, e in held), any(s == y for s, _ in held))
        for a, b in inside(problem.working, gap.start, gap.end)
        for x, y in less(a, b, taken)
    ]


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
