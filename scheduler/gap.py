"""Every way through one gap: the time between two things that cannot move.

In a gap the chosen items follow each other; between two of them lies a segment, whose guards and open pieces depend on
nothing but its ends. So the best way to reach an item's end with some items placed is worked out once, from the left to
the right: a dynamic programme over positions and subsets of items. Where bookings are counted too, what later ones can
depend on is carried along (`tally`); two ways that agree in it differ only by their value, and the better one is kept.
Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from scheduler import value
from scheduler.dayproblem import NOTES, RESTED, SHORT, START, WORKED, Chain, DayProblem, Gap, Item, places
from scheduler.guards import Banned, clipped, divide
from scheduler.spans import Span, inside, less
from scheduler.tally import Tally

K = TypeVar("K")

State = tuple[int, int, int]  # items placed, what bookings depend on (its number), minutes of notes
Node = tuple[int, int, int, int]  # the same within a gap, and what lies at the left
Found = tuple[int, "Chain | None"]


def through(
    problem: DayProblem, gap: Gap, tally: Tally | None = None, labels: int = 0, wanted: Collection[int] = ()
) -> dict[State, Found]:
    """Every way to go through one gap, from the left to the right, with its own items alone.

    tally, labels: what bookings depend on, at the gap's start; without, bookings are not counted. wanted: only choices
    of the day's items that are part of one of these."""
    rows = Rows(problem, tally, gap)
    part: dict[int, bool] = {}
    items = []
    for item in problem.items:
        starts = [s for s in item.starts if gap.start <= s and s + item.length <= gap.end]
        if starts:
            items.append((item, starts, tail_of(item, problem.margin)))
    out: dict[State, Found] = {}
    nodes: dict[int, dict[Node, Found]] = {gap.start: {(0, labels, 0, START): (0, None)}}
    while nodes:
        here = min(nodes)
        reached = nodes.pop(here)
        for (bits, before, noted, left), (worth, chain) in reached.items() if tally is None else best_nodes(reached, tally):
            passed, more = rows.step(before, here, gap.end, left == WORKED, False)
            keep(out, (bits, passed, noted), (worth + more, chain))
            for item, starts, tail in items:
                if bits & (item.bit | item.without):
                    continue
                bit, length, number = bits | item.bit, item.length, item.number
                if wanted and not is_part(bit, wanted, part):
                    continue
                first = here + distance(left, tail, length, problem.margin)
                for start, after, add in rows.tried(before, here, left == WORKED, item, starts, first):
                    total = worth + add
                    end = start + length
                    node = nodes.get(end)
                    if node is None:
                        node = nodes[end] = {}
                    key = (bit, after, noted, tail)
                    known = node.get(key)
                    if known is None or total > known[0]:
                        node[key] = (total, (chain, number, start, end))
                    elif total == known[0]:
                        keep(node, key, (total, (chain, number, start, end)))
            for start, end, worth_of in () if noted else notes_from(problem, here, gap):
                tail = RESTED if end - start >= problem.margin else SHORT + end - start
                if start - here >= distance(left, tail, end - start, problem.margin):
                    passed, more = rows.step(before, here, start, left == WORKED, False)
                    found = (worth + more + worth_of, (chain, NOTES, start, end))
                    keep(nodes.setdefault(end, {}), (bits, passed, end - start, tail), found)
        rows.forget()
    return out


class Rows:
    """What lies between two places of a gap: what bookings depend on after it, and its worth."""

    def __init__(self, problem: DayProblem, tally: Tally | None, gap: Gap) -> None:
        self.problem, self.tally, self.gap = problem, tally, gap
        self._rows: dict[tuple[int, int, bool, int, int], list[tuple[int, int, int]]] = {}
        taken = [*problem.working, *problem.breaks, *problem.released]
        idle = less(gap.start, gap.end, sorted(inside(taken, gap.start, gap.end)))
        self._edges = [x for span in idle for x in span]  # an odd place among them is inside idle time
        self._steps: dict[tuple[int, int, int, bool, bool], tuple[int, int]] = {}

    def forget(self) -> None:
        """Let go of what was worked out for a place that is done with."""
        self._rows.clear()
        self._steps.clear()

    def tried(
        self, labels: int, here: int, work_left: bool, item: Item, starts: Sequence[int], first: int
    ) -> list[tuple[int, int, int]]:
        """The starts of an item that are worth trying after a place: start, what bookings depend on then, worth.

        In time that nobody can book and no break lies in, of two starts the earlier leaves at least as much room for
        what follows; so a later one is tried only where it is worth more by itself."""
        key = (labels, here, work_left, item.bit, first)
        known = self._rows.get(key)
        if known is None:
            known = self._rows[key] = []
            zone, most = -1, 0
            for start in starts[bisect_left(starts, first) :]:
                worth = item.worth[start]
                now = bisect_right(self._edges, start)
                if now & 1 and bisect_left(self._edges, start + item.length) == now:
                    if now == zone and worth <= most:
                        continue
                    zone, most = now, worth
                after, more = self.step(labels, here, start, work_left, not item.rest)
                known.append((start, after, more + worth))
        return known

    def step(self, labels: int, start: int, end: int, work_left: bool, work_right: bool) -> tuple[int, int]:
        """From the end of one thing to the start of the next."""
        key = (labels, start, end, work_left, work_right)
        known = self._steps.get(key)
        if known is None:
            problem, tally = self.problem, self.tally
            pieces, worth = segment(problem, self.gap, start, end, work_left, work_right)
            if tally is not None:
                for a, b in pieces:
                    if b - a >= problem.shortest:
                        labels = tally.through(labels, problem.day, a, b, problem.late)
                labels = tally.seen_at(labels, end, problem.day)
            known = self._steps[key] = (labels, worth)
        return known


def segment(
    problem: DayProblem, gap: Gap, start: int, end: int, work_left: bool, work_right: bool
) -> tuple[tuple[Span, ...], int]:
    """What lies between two placed things of a gap: its open pieces, and their worth less that of the blocks there."""
    key = (start, end, work_left, work_right)
    known = problem.segments.get(key)
    if known is not None:
        return known
    held = inside(problem.breaks, start, end)
    pieces: list[Span] = []
    blocks, minutes = len(held), 0
    taken = sorted((*held, *inside(problem.released, start, end))) if problem.released else held
    for a, b in inside(problem.working, start, end):
        for x, y in less(a, b, taken):
            joins = (any(e == x for _, e in held), any(s == y for s, _ in held))
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
            divided = divide(y - x, problem.kinds, tuple(banned), joins)
            pieces += [(x + p, x + q) for p, q in divided.pieces]
            blocks += divided.lone
            minutes += sum(q - p for p, q in divided.pieces if q - p >= problem.shortest)
    made = (tuple(pieces), minutes * value.OPEN - blocks * value.BLOCKS)
    problem.segments[key] = made
    return made


def is_part(bits: int, wanted: Collection[int], known: dict[int, bool]) -> bool:
    """Whether a choice of items is part of one that is wanted. `known`: the answers so far."""
    if bits not in known:
        known[bits] = any(not bits & ~whole for whole in wanted)
    return known[bits]


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


def best_nodes(nodes: Mapping[Node, Found], tally: Tally) -> Sequence[tuple[Node, Found]]:
    """Without those whose like has a greater value and leaves bookings at least as much. Of equals in value all are
    kept."""
    groups: dict[tuple[int, int, int], list[tuple[Node, Found]]] = defaultdict(list)
    for node, found in nodes.items():
        groups[node[0], node[2], node[3]].append((node, found))
    kept: list[tuple[Node, Found]] = []
    for group in groups.values():
        if len(group) == 1:
            kept += group
            continue
        best: list[tuple[Node, Found]] = []
        for node, found in sorted(group, key=lambda one: (-one[1][0], one[0][1])):
            if not any(found[0] < other[1][0] and tally.covers(other[0][1], node[1]) for other in best):
                best.append((node, found))
        kept += best
    return kept


def keep(into: dict[K, Found], key: K, found: Found) -> None:
    known = into.get(key)
    if known is None or better(found, known):
        into[key] = found


def better(one: Found, other: Found) -> bool:
    """The greater value; of equals the one whose items come first in the file's order."""
    if one[0] != other[0]:
        return one[0] > other[0]
    return [(s, n) for n, s, _ in places(one[1])] < [(s, n) for n, s, _ in places(other[1])]
