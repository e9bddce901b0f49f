"""The exact best of one day: every choice of its floating items, with the best arrangement of each.

A day is a row of gaps between things that cannot move. Gaps are worked out one by one (`gap`) and put together here.
First without counting bookings, which is quick: mostly the best arrangement of a choice takes as many bookings as the
day would without anything that floats, and then there is no better one. Where it does not, all ways are gone through
again with all that bookings can depend on. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from struct import iter_unpack, pack

from scheduler import value
from scheduler.bound import Bound
from scheduler.counted import takes
from scheduler.dayproblem import NOTES, DayProblem, Gap, places
from scheduler.gap import Found, State, better, keep, segment
from scheduler.labels import Ended
from scheduler.shapes import joined, known_more, known_through
from scheduler.slots import of_day
from scheduler.spans import Span
from scheduler.tally import Tally

Arranged = dict[State, Found]  # every way to arrange a day
Group = dict[frozenset[Ended], Found]  # of one choice: the best for everything that bookings can come to


@dataclass(frozen=True, slots=True)
class Way:
    """One arrangement of a day: what its bookings can come to, its value (slots aside), and where everything is, kept
    small since a year has many."""

    ended: frozenset[Ended]
    value: int
    packed: bytes

    @property
    def places(self) -> list[tuple[int, int, int]]:
        """What is placed, by time: item's number (or NOTES), start, end."""
        return list(iter_unpack("<3i", self.packed))


def arranged(problem: DayProblem) -> Arranged:
    """The best way to arrange each choice of the day's items, whatever can be booked beside them."""
    states: Arranged = {(0, 0): (0, None)}
    for _, _, _, gap in problem.stops:
        if gap is not None:
            states = _past(problem, gap, states)
    return states


def has_room(ways: Arranged, groups: Sequence[int]) -> bool:
    """Whether some way has an item of every group of bits."""
    return any(all(bits & group for group in groups) for bits, _ in ways)


def has_notes(problem: DayProblem, ways: Arranged) -> bool:
    """Whether every choice has room for all notes."""
    if problem.notes is None:
        return True
    return {bits for bits, noted in ways if noted >= problem.notes.due} == {bits for bits, _ in ways}


def ways(problem: DayProblem, tally: Tally, folded: int, found: Arranged) -> dict[int, tuple[Way, ...]]:
    """For every choice of the day's items, the ways that may be best, of those `arranged` has found.

    `folded`: bits of items that are nobody else's business: of their choices only the best is kept."""
    best: dict[int, Found] = {}
    for (bits, noted), (worth, chain) in found.items():
        keep(best, bits & ~folded, (worth + noted * value.NOTES, chain))
    if not problem.counted:
        nothing = frozenset({Ended(tally.none)})
        return {choice: (_way(nothing, way),) for choice, way in sorted(best.items())}
    groups: dict[int, Group] = {}
    for choice, way in sorted(best.items()):
        groups[choice] = {of_day(tally, problem.day, pieces_of(problem, places(way[1]))): way}
    _add_more(problem, tally, folded, found, groups)
    return {choice: _front(group) for choice, group in groups.items()}


def _add_more(problem: DayProblem, tally: Tally, folded: int, found: Arranged, groups: Mapping[int, Group]) -> None:
    """Add the ways that leave more bookings than the best way of their choice, which the groups have. What comes before
    slots in the order decides first: only items that are in a way worth as much are tried."""
    unsure = {}
    for choice, group in groups.items():
        ((ended, way),) = group.items()
        if not all(takes(ended, one) for one in problem.most):
            unsure[choice] = (value.before_slots(way[0]), ended)
    if not unsure:
        return
    bound = Bound(problem, tally)
    wanted: dict[int, frozenset[Ended]] = {}
    for (bits, noted), (worth, _) in found.items():
        if (bits & ~folded) in unsure:
            high, ended = unsure[bits & ~folded]
            as_much = value.before_slots(worth + noted * value.NOTES) == high
            if as_much and not all(takes(ended, tally.at_best(problem.day, mix)) for _, mix in bound.latest(bits)):
                wanted[bits] = ended
    if not wanted:
        return
    base = problem.stops[0][0]
    for bits, more, noted, worth, chain in known_more(problem, tally, bound, wanted):
        way = (worth + noted * value.NOTES, joined(None, chain, base))
        keep(groups[bits & ~folded], more, way)


def _past(problem: DayProblem, gap: Gap, states: Arranged) -> Arranged:
    """Every way to go on through a gap."""
    out: Arranged = {}
    without = {item.bit: item.without for item in problem.items}
    allowed = problem.notes.allowed(gap.start) if problem.notes is not None else 0
    inside = [
        (bits, noted, sum_of(bits, without), worth, chain) for bits, noted, worth, chain in known_through(problem, gap)
    ]
    for (bits, noted), (worth, chain) in states.items():
        for more, pieces, excluded, add, steps in inside:
            if bits & excluded or (pieces and noted + pieces > allowed):
                continue
            key = (bits | more, noted + pieces)
            total = worth + add
            known = out.get(key)
            if known is None or total >= known[0]:
                reached = (total, joined(chain, steps, gap.start) if steps is not None else chain)
                if known is None or better(reached, known):
                    out[key] = reached
    return out


def sum_of(bits: int, without: Mapping[int, int]) -> int:
    """The bits themselves and all that cannot be chosen together with them."""
    excluded = bits
    for bit, other in without.items():
        if bits & bit:
            excluded |= other
    return excluded


def most(problem: DayProblem, tally: Tally, placed: Sequence[tuple[int, int, int]]) -> int:
    """The most bookings that an arrangement leaves, with the day's span and all that is known of the day."""
    return max(sum(x.mix) for x in of_day(tally, problem.day, pieces_of(problem, placed)))


def pieces_of(problem: DayProblem, placed: Sequence[tuple[int, int, int]]) -> list[Span]:
    """The open pieces that an arrangement leaves."""
    rest = {item.number: item.rest for item in problem.items} | {NOTES: True}
    pieces: list[Span] = []
    for gap in (gap for _, _, _, gap in problem.stops if gap is not None):
        here, work = gap.start, False
        for number, start, end in (p for p in placed if gap.start <= p[1] < gap.end):
            pieces += segment(problem, gap, here, start, work, not rest[number])[0]
            here, work = end, not rest[number]
        pieces += segment(problem, gap, here, gap.end, work, False)[0]
    return pieces


def _front(group: Mapping[frozenset[Ended], Found]) -> tuple[Way, ...]:
    """Without the ways that another one beats in both bookings and value. What comes before slots in the order decides
    first, whatever is booked."""
    high = max(value.before_slots(worth) for worth, _ in group.values())
    kept: list[Way] = []
    order = sorted(group.items(), key=lambda g: (-g[1][0], [(s, n) for n, s, _ in places(g[1][1])]))
    for ended, (worth, chain) in order:
        if value.before_slots(worth) < high:
            continue
        if not any(_takes_all(k.ended, ended) for k in kept):
            kept.append(_way(ended, (worth, chain)))
    return tuple(kept)


def _way(ended: frozenset[Ended], found: Found) -> Way:
    worth, chain = found
    return Way(ended, worth, b"".join(pack("<3i", *place) for place in places(chain)))


def _takes_all(one: frozenset[Ended], other: frozenset[Ended]) -> bool:
    return all(takes(one, way) for way in other)
