"""The exact best of one day: every choice of its floating items, with the best arrangement of each.

A day is a row of gaps between things that cannot move. Gaps are worked out one by one (`gap`) and put together here.
First without counting bookings, which is quick: mostly the best arrangement of a choice takes as many bookings as the
day would without anything that floats, and then there is no better one. Where it does not, all ways are gone through
again with all that bookings can depend on. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from struct import iter_unpack, pack

from scheduler import value
from scheduler.dayproblem import NOTES, START, Chain, DayProblem, Gap, places
from scheduler.gap import Found, State, best_nodes, better, is_part, keep, segment
from scheduler.labels import Ended
from scheduler.shapes import joined, known_through
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
    return _through(problem, {(0, 0, 0): (0, None)})


def has_room(ways: Arranged, groups: Sequence[int]) -> bool:
    """Whether some way has an item of every group of bits."""
    return any(all(bits & group for group in groups) for bits, _, _ in ways)


def has_notes(problem: DayProblem, ways: Arranged) -> bool:
    """Whether every choice has room for all notes."""
    if problem.notes is None:
        return True
    return {bits for bits, _, noted in ways if noted >= problem.notes.due} == {bits for bits, _, _ in ways}


def ways(problem: DayProblem, tally: Tally, folded: int, found: Arranged) -> dict[int, tuple[Way, ...]]:
    """For every choice of the day's items, the ways that may be best, of those `arranged` has found.

    `folded`: bits of items that are nobody else's business: of their choices only the best is kept."""
    best: dict[int, Group] = defaultdict(dict)
    nothing = frozenset({Ended(tally.none)})
    for (bits, _, noted), (worth, chain) in found.items():
        keep(best[bits & ~folded], nothing, (worth + noted * value.NOTES, chain))
    if problem.counted:
        unsure: dict[int, int] = {}  # choices and what their best way is worth before slots
        for choice, group in best.items():
            way = group.pop(nothing)
            ended = of_day(tally, problem.day, pieces_of(problem, places(way[1])), False)
            group[ended] = way
            if not _takes_all(ended, problem.bare):
                unsure[choice] = value.before_slots(way[0])
        if unsure:
            best.update(_counted(problem, tally, folded, found, unsure))
    return {bits: _front(group) for bits, group in sorted(best.items())}


def _counted(
    problem: DayProblem, tally: Tally, folded: int, found: Arranged, unsure: Mapping[int, int]
) -> dict[int, Group]:
    """The ways of some choices with all that bookings depend on. What comes before slots in the order decides first:
    only items that are in a way worth as much are tried."""
    wanted = {
        bits
        for (bits, _, noted), (worth, _) in found.items()
        if unsure.get(bits & ~folded) == value.before_slots(worth + noted * value.NOTES)
    }
    groups: dict[int, Group] = defaultdict(dict)
    start: Arranged = {(0, tally.number(problem.labels), 0): (0, None)}
    for (bits, labels, noted), (worth, chain) in _through(problem, start, tally, wanted).items():
        if bits in wanted:
            ended = tally.ended(tally.forms[labels], problem.day, rest=False)
            keep(groups[bits & ~folded], ended, (worth + noted * value.NOTES, chain))
    return groups


def _through(
    problem: DayProblem, states: Arranged, tally: Tally | None = None, wanted: Collection[int] = ()
) -> Arranged:
    """Through the whole day. tally, wanted: as in `gap.through`."""
    for start, end, what, gap in problem.stops:
        if gap is not None:
            states = _past(problem, tally, gap, states, wanted)
        elif tally is not None:
            passed: Arranged = {}
            moved: dict[int, int] = {}
            for (bits, labels, noted), found in states.items():
                if labels not in moved:
                    here = tally.at(tally.forms[labels], start, keep_end=False)
                    here = tally.over_session(here, start, end) if what == 1 else tally.over_meeting(here)
                    moved[labels] = tally.number(here)
                keep(passed, (bits, moved[labels], noted), found)
            states = passed
    return states


def _past(
    problem: DayProblem, tally: Tally | None, gap: Gap, states: Arranged, wanted: Collection[int]
) -> Arranged:
    """Every way to go on through a gap: what can be done in it depends on what went before only through what bookings
    depend on; so it is worked out once for each of those."""
    out: Arranged = {}
    inside: dict[int, list[tuple[int, int, int, int, int, Chain | None]]] = {}
    without = {item.bit: item.without for item in problem.items}
    allowed = problem.notes.allowed(gap.start) if problem.notes is not None else 0
    part: dict[int, bool] = {}
    for (bits, labels, noted), (worth, chain) in states.items() if tally is None else _best_states(states, tally):
        if labels not in inside:
            inside[labels] = [
                (more, after, pieces, sum_of(more, without), found, steps)
                for more, after, pieces, found, steps in known_through(problem, gap, tally, labels, wanted)
            ]
        for more, after, pieces, excluded, found, steps in inside[labels]:
            if bits & excluded or (pieces and noted + pieces > allowed):
                continue
            if wanted and not is_part(bits | more, wanted, part):
                continue
            key = (bits | more, after, noted + pieces)
            total = worth + found
            known = out.get(key)
            if known is None or total >= known[0]:
                reached = (total, joined(chain, steps, gap.start) if steps is not None else chain)
                if known is None or better(reached, known):
                    out[key] = reached
    return out


def _best_states(states: Mapping[State, Found], tally: Tally) -> list[tuple[State, Found]]:
    """Without those whose like has a greater value and leaves bookings at least as much."""
    nodes = {(bits, labels, noted, START): found for (bits, labels, noted), found in states.items()}
    return [((bits, labels, noted), found) for (bits, labels, noted, _), found in best_nodes(nodes, tally)]


def sum_of(bits: int, without: Mapping[int, int]) -> int:
    """The bits themselves and all that cannot be chosen together with them."""
    excluded = bits
    for bit, other in without.items():
        if bits & bit:
            excluded |= other
    return excluded


def most(problem: DayProblem, tally: Tally, placed: Sequence[tuple[int, int, int]]) -> int:
    """The most bookings that an arrangement leaves, with the day's span and all that is known of the day."""
    return max(sum(x.mix) for x in of_day(tally, problem.day, pieces_of(problem, placed), False))


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
            packed = b"".join(pack("<3i", *place) for place in places(chain))
            kept.append(Way(ended, worth, packed))
    return tuple(kept)


def _takes_all(one: frozenset[Ended], other: frozenset[Ended]) -> bool:
    return all(
        any(
            a.first >= b.first and a.last <= b.last and all(x >= y for x, y in zip(a.mix, b.mix, strict=True))
            for a in one
        )
        for b in other
    )
