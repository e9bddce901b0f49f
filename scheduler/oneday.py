"""The exact best of one day: every choice of its floating items, with the best arrangement of each.

A day is a row of gaps between things that cannot move. What can be done in a gap depends on what went before only
through what bookings can still depend on; so gaps are worked out one by one (`gap`) and put together here. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from struct import iter_unpack, pack

from scheduler import value
from scheduler.dayproblem import NOTES, START, Chain, DayProblem, Gap, places
from scheduler.gap import Found, State, best_nodes, better, keep, segment
from scheduler.labels import Ended
from scheduler.shapes import joined, known_through
from scheduler.slots import of_day
from scheduler.spans import Span
from scheduler.tally import Tally


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


def ways(
    problem: DayProblem, tally: Tally, folded: int, groups: Sequence[int]
) -> tuple[dict[int, tuple[Way, ...]], bool, bool]:
    """For every choice of the day's items, the ways that may be best; whether some way has an item of every group; and
    whether every choice has room for all notes.

    `folded`: bits of items that are nobody else's business: of their choices only the best is kept."""
    states: dict[State, Found] = {(0, tally.number(problem.labels), 0): (0, None)}
    for start, end, what, gap in problem.stops:
        if gap is not None:
            states = _past(problem, tally, gap, states)
        elif problem.counted:
            passed: dict[State, Found] = {}
            moved: dict[int, int] = {}
            for (bits, labels, noted), found in states.items():
                if labels not in moved:
                    here = tally.at(tally.forms[labels], start, keep_end=False)
                    here = tally.over_session(here, start, end) if what == 1 else tally.over_meeting(here)
                    moved[labels] = tally.number(here)
                keep(passed, (bits, moved[labels], noted), found)
            states = passed
    grouped: dict[int, dict[frozenset[Ended], Found]] = defaultdict(dict)
    nothing = frozenset({Ended(tally.none)})
    for (bits, labels, noted), (worth, chain) in states.items():
        ended = tally.ended(tally.forms[labels], problem.day, rest=False) if problem.counted else nothing
        keep(grouped[bits & ~folded], ended, (worth + noted * value.NOTES, chain))
    complete = any(all(bits & group for group in groups) for bits, _, _ in states)
    noted_all = {bits for bits, _, noted in states if problem.notes is None or noted >= problem.notes.due}
    return (
        {bits: _front(g) for bits, g in sorted(grouped.items())},
        complete,
        len(noted_all) == len({s[0] for s in states}),
    )


def _past(problem: DayProblem, tally: Tally, gap: Gap, states: Mapping[State, Found]) -> dict[State, Found]:
    """Every way to go on through a gap: what can be done in it depends on what went before only through what bookings
    depend on; so it is worked out once for each of those."""
    out: dict[State, Found] = {}
    inside: dict[int, list[tuple[int, int, int, int, int, Chain | None]]] = {}
    without = {item.bit: item.without for item in problem.items}
    allowed = problem.notes.allowed(gap.start) if problem.notes is not None else 0
    for (bits, labels, noted), (worth, chain) in _best_states(states, tally):
        if labels not in inside:
            inside[labels] = [
                (more, after, pieces, sum_of(more, without), found, steps)
                for more, after, pieces, found, steps in known_through(problem, tally, gap, labels)
            ]
        for more, after, pieces, excluded, found, steps in inside[labels]:
            if bits & excluded or (pieces and noted + pieces > allowed):
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
    rest = {item.number: item.rest for item in problem.items} | {NOTES: True}
    pieces: list[Span] = []
    for gap in (gap for _, _, _, gap in problem.stops if gap is not None):
        here, work = gap.start, False
        for number, start, end in (p for p in placed if gap.start <= p[1] < gap.end):
            pieces += segment(problem, gap, here, start, work, not rest[number])[0]
            here, work = end, not rest[number]
        pieces += segment(problem, gap, here, gap.end, work, False)[0]
    return max(sum(x.mix) for x in of_day(tally, problem.day, pieces, False))


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
