"""The exact best of one day: every choice of its floating items, with the best arrangement of each.

A day is a row of **gaps** between things that cannot move. In a gap the items that are chosen follow each other;
between two of them lies a segment, whose guards and open pieces depend on nothing but its ends. So the best way to
reach an item's end with some items placed is worked out once, from the left to the right (a dynamic programme over
positions and subsets of items). What bookings later in the day can still depend on is carried along (`tally`); two ways
that agree in it differ only by their value, and the better one is kept.

Whole minutes since the epoch throughout. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scheduler import value
from scheduler.guards import Banned, clipped, divide
from scheduler.tally import Day, Ended, Labels, Tally

Span = tuple[int, int]
Chain = tuple["Chain | None", int, int, int]  # what came before, item's number, start, end

START, RESTED, WORKED = 0, 1, 2  # what a segment begins with; a short rest is SHORT + its length
SHORT = 3
NOTES = -1  # the number of notes in a chain


@dataclass(frozen=True, slots=True)
class Item:
    """One length of one thing to place. bit: its place in a choice; without: bits that it cannot be chosen together
    with. worth: its starts, sorted, each with what placing it there adds to the value. rest: whether it counts as a
    break."""

    number: int
    bit: int
    without: int
    length: int
    rest: bool
    starts: tuple[int, ...]
    worth: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class NotesWanted:
    """Notes of the day: minutes due, the shortest piece, the step of lengths; starts, each with the minutes that may
    have been placed by the end of a piece there and the last minute it may reach. origin: the minute that `earliest`
    counts from."""

    origin: int
    due: int
    at_least: int
    step: int
    starts: tuple[int, ...]
    allowed: Mapping[int, int]
    until: Mapping[int, int]
    standing: frozenset[Span]


@dataclass(frozen=True, slots=True)
class Gap:
    """Time between two things that cannot move. left, right: for each kind, the first start and the last end that
    leave these their breaks."""

    start: int
    end: int
    left: tuple[int, ...]
    right: tuple[int, ...]


@dataclass(slots=True)
class DayProblem:
    """Everything that a day's placement depends on.

    stops: gaps, sessions (1) and other busy time (2) in order. kinds: (length, gap two of them need) of every bookable
    kind; before, after: the break each needs. bans: per kind, banned starts. counted: whether its slots count.
    late, rest: see `slots`. margin: the distance that work keeps from short rest."""

    day: Day
    stops: tuple[tuple[int, int, int, Gap | None], ...]
    working: tuple[Span, ...]
    breaks: tuple[Span, ...]
    released: tuple[Span, ...]
    kinds: tuple[Span, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    bans: tuple[tuple[Banned, ...], ...]
    items: tuple[Item, ...]
    notes: NotesWanted | None
    counted: bool
    margin: int
    labels: Labels
    forms: list[Labels] = field(default_factory=list)
    numbers: dict[Labels, int] = field(default_factory=dict)
    segments: dict[tuple[int, int, bool, bool], tuple[tuple[Span, ...], int]] = field(default_factory=dict)

    def number(self, labels: Labels) -> int:
        """A short name for labels, since they are looked up again and again."""
        known = self.numbers.get(labels)
        if known is None:
            known = self.numbers[labels] = len(self.forms)
            self.forms.append(labels)
        return known


@dataclass(frozen=True, slots=True)
class Way:
    """One arrangement of a day: what its bookings can come to, its value (slots aside), and where everything is."""

    ended: frozenset[Ended]
    value: int
    chain: Chain | None


Key = tuple[int, int, int, int]  # items placed, what bookings depend on, minutes of notes, what lies at the left
Found = tuple[int, "Chain | None"]


def ways(
    problem: DayProblem, tally: Tally, folded: int, groups: Sequence[int]
) -> tuple[dict[int, tuple[Way, ...]], bool]:
    """For every choice of the day's items, the ways that may be best; and whether some way has an item of every group.

    `folded`: bits of items that are nobody else's business: of their choices only the best is kept."""
    states: dict[Key, Found] = {(0, problem.number(problem.labels), 0, START): (0, None)}
    for start, end, what, gap in problem.stops:
        if gap is not None:
            states = _through(problem, tally, gap, states)
        elif problem.counted:
            passed: dict[Key, Found] = {}
            for (bits, labels, noted, _), found in states.items():
                here = tally.at(problem.forms[labels], start, keep_end=False)
                here = tally.over_session(here, start, end) if what == 1 else tally.over_meeting(here)
                _keep(passed, (bits, problem.number(here), noted, START), found)
            states = passed
    grouped: dict[int, dict[frozenset[Ended], Found]] = defaultdict(dict)
    nothing = frozenset({Ended(tally.none)})
    for (bits, labels, noted, _), (worth, chain) in states.items():
        ended = nothing
        if problem.counted:
            ended = tally.ended(problem.forms[labels], problem.day, rest=False)
        worth += noted * value.NOTES
        group = grouped[bits & ~folded]
        if ended not in group or _better((worth, chain), group[ended]):
            group[ended] = (worth, chain)
    complete = any(all(bits & group for group in groups) for bits, _, _, _ in states)
    return {bits: _front(group) for bits, group in sorted(grouped.items())}, complete


def places(chain: Chain | None) -> list[tuple[int, int, int]]:
    """What a chain has placed, by time: item's number (or NOTES), start, end."""
    found = []
    while chain is not None:
        chain, number, start, end = chain
        found.append((number, start, end))
    return found[::-1]


def segment(
    problem: DayProblem, gap: Gap, start: int, end: int, work_left: bool, work_right: bool
) -> tuple[tuple[Span, ...], int]:
    """What lies between two placed things of a gap: its open pieces, and their worth less that of the blocks there."""
    key = (start, end, work_left, work_right)
    known = problem.segments.get(key)
    if known is not None:
        return known
    held = _inside(problem.breaks, start, end)
    pieces: list[Span] = []
    blocks, minutes = len(held), 0
    taken = sorted((*held, *_inside(problem.released, start, end))) if problem.released else held
    for a, b in _inside(problem.working, start, end):
        for x, y in _less(a, b, taken):
            joins = (any(e == x for _, e in held), any(s == y for s, _ in held))
            banned = []
            for n, (length, _) in enumerate(problem.kinds):
                first = start + problem.before[n] if work_left else gap.left[n]
                last = (end - problem.after[n] if work_right else gap.right[n]) - length
                edges = ((x, first, False), (last + 1, y, False))
                banned.append(clipped((*problem.bans[n], *edges), x, y - x, length) if length <= y - x else ())
            divided = divide(y - x, problem.kinds, tuple(banned), joins)
            pieces += [(x + p, x + q) for p, q in divided.pieces]
            blocks += divided.lone
            minutes += sum(q - p for p, q in divided.pieces)
    made = (tuple(pieces), minutes * value.OPEN - blocks * value.BLOCKS)
    problem.segments[key] = made
    return made


def _through(problem: DayProblem, tally: Tally, gap: Gap, states: Mapping[Key, Found]) -> dict[Key, Found]:
    """Every way to go through a gap, whatever has been placed before it."""
    inside = [(i, [s for s in i.starts if gap.start <= s and s + i.length <= gap.end]) for i in problem.items]
    items = [(i, starts) for i, starts in inside if starts]
    notes = _notes_in(problem, gap)
    moved: dict[tuple[int, int, int, bool, bool], tuple[int, int]] = {}

    def go(labels: int, start: int, end: int, left: int, work: bool) -> tuple[int, int]:
        key = (labels, start, end, left == WORKED, work)
        known = moved.get(key)
        if known is None:
            pieces, worth = segment(problem, gap, start, end, left == WORKED, work)
            if problem.counted:
                booked = problem.forms[labels]
                for a, b in pieces:
                    booked = tally.over_piece(tally.at(booked, a, keep_end=False), problem.day, a, b, late=False)
                labels = problem.number(tally.at(booked, end, keep_end=False))
            known = moved[key] = (labels, worth)
        return known

    out: dict[Key, Found] = {}
    nodes: dict[int, dict[Key, Found]] = {gap.start: dict(states)}
    while nodes:
        here = min(nodes)
        for key, (worth, chain) in nodes.pop(here).items():
            bits, labels, noted, left = key
            passed, more = go(labels, here, gap.end, left, False)
            _keep(out, (bits, passed, noted, START), (worth + more, chain))
            for item, starts in items:
                if bits & (item.bit | item.without):
                    continue
                tail = (
                    RESTED
                    if item.rest and item.length >= problem.margin
                    else SHORT + item.length
                    if item.rest
                    else WORKED
                )
                for start in starts[bisect_left(starts, here) :]:
                    if not _apart(left, tail, start - here, item.length, problem.margin):
                        continue
                    passed, more = go(labels, here, start, left, not item.rest)
                    end = start + item.length
                    after = (bits | item.bit, passed, noted, tail)
                    reached = (worth + more + item.worth[start], (chain, item.number, start, end))
                    _keep(nodes.setdefault(end, {}), after, reached)
            for start, length, worth_of in _notes_from(problem, notes, here, gap, noted):
                tail = RESTED if length >= problem.margin else SHORT + length
                if _apart(left, tail, start - here, length, problem.margin):
                    passed, more = go(labels, here, start, left, False)
                    reached = (worth + more + worth_of, (chain, NOTES, start, start + length))
                    _keep(nodes.setdefault(start + length, {}), (bits, passed, noted + length, tail), reached)
    return out


def _apart(left: int, right: int, distance: int, length: int, margin: int) -> bool:
    """Whether work and a rest too short for a booking's break keep its length between them."""
    if right == WORKED and left >= SHORT:
        return distance + left - SHORT >= margin
    if left == WORKED and right >= SHORT:
        return distance + length >= margin
    return True


def _notes_in(problem: DayProblem, gap: Gap) -> Sequence[int]:
    if problem.notes is None:
        return ()
    return [s for s in problem.notes.starts if gap.start <= s < gap.end]


def _notes_from(
    problem: DayProblem, starts: Sequence[int], here: int, gap: Gap, noted: int
) -> Iterable[tuple[int, int, int]]:
    """Pieces of notes that may come next: start, length, worth."""
    notes = problem.notes
    if notes is None or noted >= notes.due:
        return
    for start in starts[bisect_left(starts, here) :]:
        most = min(notes.allowed[start] - noted, min(gap.end, notes.until[start]) - start, notes.due - noted)
        lengths = set(range(notes.at_least, most + 1, notes.step))
        if most == notes.due - noted and most >= notes.at_least:
            lengths.add(most)
        for length in sorted(lengths):
            change = value.CHANGES if (start, start + length) in notes.standing else -value.CHANGES
            yield start, length, change - value.BLOCKS - (start - notes.origin) * value.EARLIEST


def _keep(into: dict[Key, Found], key: Key, found: Found) -> None:
    known = into.get(key)
    if known is None or _better(found, known):
        into[key] = found


def _better(one: Found, other: Found) -> bool:
    """The greater value; of equals the one whose items come first in the file's order."""
    if one[0] != other[0]:
        return one[0] > other[0]
    return [(s, n) for n, s, _ in places(one[1])] < [(s, n) for n, s, _ in places(other[1])]


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
            kept.append(Way(ended, worth, chain))
    return tuple(kept)


def _takes_all(one: frozenset[Ended], other: frozenset[Ended]) -> bool:
    return all(
        any(
            a.first >= b.first and a.last <= b.last and all(x >= y for x, y in zip(a.mix, b.mix, strict=True))
            for a in one
        )
        for b in other
    )


def _inside(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]


def _less(start: int, end: int, taken: Sequence[Span]) -> list[Span]:
    left = []
    for a, b in taken:
        if b <= start or a >= end:
            continue
        if a > start:
            left.append((start, a))
        start = max(start, b)
    if start < end:
        left.append((start, end))
    return left
