"""Arrangements of a day that leave more bookings than its best one does, with all that bookings can depend on.

As in `gap`, but through the whole day at once: a way of having placed some items carries along what later bookings can
depend on (`tally`). Of two ways that agree in it the better one is kept; what can no longer come to more bookings than
the best arrangement leaves is dropped (`bound`). Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from scheduler.bound import Bound
from scheduler.dayproblem import NOTES, RESTED, SHORT, START, WORKED, DayProblem, Gap, Item
from scheduler.gap import Found, distance, in_gap, items_in, keep, notes_from, segment, tail_of
from scheduler.labels import NEVER, Ended, Mix
from scheduler.spans import inside, less
from scheduler.tally import Tally, covers


class Node(NamedTuple):
    """Where a way stands: items placed, what bookings depend on (its number), minutes of notes, those of them in this
    gap, and what lies at the left."""

    bits: int
    labels: int
    noted: int
    here: int
    left: int


Arranged = dict[tuple[int, int, int], Found]  # items placed, what bookings depend on, minutes of notes


def more_bookings(problem: DayProblem, tally: Tally, bound: Bound, wanted: Mapping[int, frozenset[Ended]]) -> Arranged:
    """The best ways of every wanted choice of items that may leave more bookings than is said there."""
    hope = Hope(tally, bound, wanted)
    states: Arranged = {(0, tally.number(problem.labels), 0): (0, None)}
    for start, end, what, gap in problem.stops:
        if gap is not None:
            states = _through(problem, tally, hope, gap, states)
        else:
            passed: Arranged = {}
            moved: dict[int, int] = {}
            for (bits, labels, noted), found in states.items():
                if labels not in moved:
                    here = tally.at(tally.forms[labels], start, problem.walked)
                    here = tally.over_session(here, start, end) if what == 1 else tally.over_meeting(here)
                    moved[labels] = tally.number(here)
                keep(passed, (bits, moved[labels], noted), found)
            states = passed
    return {state: found for state, found in states.items() if state[0] in wanted}


class Hope:
    """Until when a way can still come to more bookings than what is known leaves."""

    def __init__(self, tally: Tally, bound: Bound, wanted: Mapping[int, frozenset[Ended]]) -> None:
        self.tally, self.bound, self.wanted = tally, bound, wanted
        self._until: dict[tuple[int, int], int] = {}
        self._ended = list(dict.fromkeys(wanted.values()))
        self._rows: dict[int, list[tuple[int, int, Mix]]] = {}
        self._mixes: dict[tuple[int, int, int], list[Mix]] = {}

    def until(self, bits: int, labels: int) -> int:
        """The last minute at which such a way is worth going on with; NEVER where it is not."""
        key = (bits, labels)
        known = self._until.get(key)
        if known is None:
            day = self.bound.problem.walked
            # no later start and no earlier end can come of a way than if nothing else is booked
            ways = {self.tally.come_to(label, day) for label in self.tally.forms[labels]}
            more_than = (
                latest
                for latest, number, more in self._latest(bits)
                if any(not self._takes(number, way, more) for way in ways)
            )
            known = self._until[key] = next(more_than, NEVER)
        return known

    def _latest(self, bits: int) -> list[tuple[int, int, Mix]]:
        """Until when which bookings have room beside the rest of some wanted choice, and by its number what is known to
        be left by it; latest first."""
        known = self._rows.get(bits)
        if known is None:
            found: dict[tuple[int, Mix], int] = {}
            for whole, ended in self.wanted.items():
                if not bits & ~whole:
                    number = self._ended.index(ended)
                    for latest, more in self.bound.latest(whole & ~bits):
                        found[number, more] = max(latest, found.get((number, more), NEVER))
            rows = ((latest, number, more) for (number, more), latest in found.items())
            known = self._rows[bits] = sorted(rows, key=lambda row: (-row[0], row[1:]))
        return known

    def _takes(self, number: int, way: Ended, more: Mix) -> bool:
        """Whether what is known to be left has room for a way and some bookings more."""
        key = (number, way.first, way.last)
        mixes = self._mixes.get(key)
        if mixes is None:
            mixes = [one.mix for one in self._ended[number] if one.first >= way.first and one.last <= way.last]
            self._mixes[key] = mixes
        return any(all(x >= y + z for x, y, z in zip(mix, way.mix, more, strict=True)) for mix in mixes)


def takes(ended: Iterable[Ended], way: Ended) -> bool:
    """Whether some of what a day can come to leaves as much as this."""
    return any(covers(one, way) for one in ended)


def _through(problem: DayProblem, tally: Tally, hope: Hope, gap: Gap, states: Arranged) -> Arranged:
    """Every way to go on through one gap."""
    rows = Rows(problem, tally, gap)
    allowed = problem.notes.allowed(gap.start) if problem.notes is not None else 0
    items = [
        (item, [s for s in item.starts if in_gap(gap, item, s)], tail_of(item, problem.margin))
        for item in items_in(problem, gap)
    ]
    out: Arranged = {}
    first = {Node(bits, labels, noted, 0, START): found for (bits, labels, noted), found in states.items()}
    nodes: dict[int, dict[Node, Found]] = {gap.start: first}
    while nodes:
        here = min(nodes)
        for (bits, before, noted, pieces, left), (worth, chain) in _best_nodes(nodes.pop(here), tally):
            if here > hope.until(bits, before):
                continue
            passed, more = rows.step(before, here, gap.end, left == WORKED, False)
            keep(out, (bits, passed, noted), (worth + more, chain))
            for item, starts, tail in items:
                if bits & (item.bit | item.without):
                    continue
                bit, length = bits | item.bit, item.length
                earliest = here + distance(left, tail, length, problem.margin)
                for start, after, add in rows.tried(before, here, left == WORKED, item, starts, earliest):
                    end = start + length
                    if end > hope.until(bit, after):
                        continue
                    reached: Found = (worth + add, (chain, item.number, start, end))
                    keep(nodes.setdefault(end, {}), Node(bit, after, noted, pieces, tail), reached)
            for start, end, worth_of in () if pieces else notes_from(problem, here, gap):
                length = end - start
                tail = RESTED if length >= problem.margin else SHORT + length
                if noted + length <= allowed and start - here >= distance(left, tail, length, problem.margin):
                    passed, more = rows.step(before, here, start, left == WORKED, False)
                    reached = (worth + more + worth_of, (chain, NOTES, start, end))
                    keep(nodes.setdefault(end, {}), Node(bits, passed, noted + length, length, tail), reached)
        rows.forget()
    return out


class Rows:
    """What lies between two places of a gap: what bookings depend on after it, and its worth."""

    def __init__(self, problem: DayProblem, tally: Tally, gap: Gap) -> None:
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
            for a, b in pieces:
                if b - a >= problem.shortest:
                    labels = tally.through(labels, problem.walked, a, b)
            labels = tally.seen_at(labels, end, problem.walked)
            known = self._steps[key] = (labels, worth)
        return known


def _best_nodes(nodes: Mapping[Node, Found], tally: Tally) -> list[tuple[Node, Found]]:
    """Without those whose like has a greater value and leaves bookings at least as much. Of equals in value all are
    kept."""
    groups: dict[tuple[int, int, int, int], list[tuple[Node, Found]]] = defaultdict(list)
    for node, found in nodes.items():
        groups[node.bits, node.noted, node.here, node.left].append((node, found))
    kept: list[tuple[Node, Found]] = []
    for group in groups.values():
        best: list[tuple[Node, Found]] = []
        for node, found in sorted(group, key=lambda one: (-one[1][0], one[0].labels)):
            if not any(found[0] < other[1][0] and tally.covers(other[0].labels, node.labels) for other in best):
                best.append((node, found))
        kept += best
    return kept
