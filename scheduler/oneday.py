"""The exact best of one day: every choice of its floating items, with the best arrangement of each.

A day is a row of **gaps** between things that cannot move. In a gap the items that are chosen follow each other;
between two of them lies a segment, whose guards and open pieces depend on nothing but its ends. So the best way to
reach an item's end with some items placed is worked out once, from the left to the right (a dynamic programme over
positions and subsets of items). What bookings later in the day can still depend on is carried along (`tally`); two ways
that agree in it differ only by their value, and the better one is kept.

Whole minutes since the epoch throughout. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from scheduler import value
from scheduler.guards import Banned, clipped, divide
from scheduler.slots import of_day
from scheduler.tally import LATE, NEVER, Day, Ended, Labels, Tally

Span = tuple[int, int]
Chain = tuple["Chain | None", int, int, int]  # what came before, item's number, start, end

K = TypeVar("K")

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
    """Notes of the day: minutes due, the shortest piece, the step between lengths; each session's end, what it adds and
    what is done already; from when and until when they may lie, where pieces stand. origin: the minute that `earliest`
    counts from."""

    origin: int
    due: int
    at_least: int
    step: int
    ends: tuple[int, ...]
    per_session: int
    done: int
    since: int
    until: int
    standing: frozenset[Span]

    def allowed(self, start: int) -> int:
        """How many minutes may lie before or in a piece that starts here: what the sessions that are over ask for."""
        return min(self.due, self.per_session * sum(1 for e in self.ends if e <= start) - self.done)

    def lengths(self, most: int) -> list[int]:
        """The lengths that a piece of up to `most` minutes may have: multiples of the step, and all that is due."""
        found = set(range(-(-self.at_least // self.step) * self.step, most + 1, self.step))
        if self.at_least <= self.due <= most:
            found.add(self.due)
        return sorted(found)


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
    late, rest: see `slots`. margin: the distance that work keeps from short rest.
    shortest: what the shortest booking takes; an open piece that is shorter is good for nothing.
    late: whether later starts of the day's first booking are tried too, for the sake of its span."""

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
    shortest: int
    labels: Labels
    late: bool = False
    segments: dict[tuple[int, int, bool, bool], tuple[tuple[Span, ...], int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Way:
    """One arrangement of a day: what its bookings can come to, its value (slots aside), and where everything is."""

    ended: frozenset[Ended]
    value: int
    chain: Chain | None


State = tuple[int, int, int]  # items placed, what bookings depend on (its number), minutes of notes
Node = tuple[int, int, int, int]  # the same within a gap, and what lies at the left
Found = tuple[int, "Chain | None"]


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
                _keep(passed, (bits, moved[labels], noted), found)
            states = passed
    grouped: dict[int, dict[frozenset[Ended], Found]] = defaultdict(dict)
    nothing = frozenset({Ended(tally.none)})
    for (bits, labels, noted), (worth, chain) in states.items():
        ended = tally.ended(tally.forms[labels], problem.day, rest=False) if problem.counted else nothing
        _keep(grouped[bits & ~folded], ended, (worth + noted * value.NOTES, chain))
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
                for more, after, pieces, found, steps in _known_through(problem, tally, gap, labels)
            ]
        for more, after, pieces, excluded, found, steps in inside[labels]:
            if bits & excluded or (pieces and noted + pieces > allowed):
                continue
            key = (bits | more, after, noted + pieces)
            total = worth + found
            known = out.get(key)
            if known is None or total >= known[0]:
                reached = (total, _joined(chain, steps, gap.start) if steps is not None else chain)
                if known is None or _better(reached, known):
                    out[key] = reached
    return out


def _best_states(states: Mapping[State, Found], tally: Tally) -> list[tuple[State, Found]]:
    """Without those whose like has a greater value and leaves bookings at least as much."""
    nodes = {(bits, labels, noted, START): found for (bits, labels, noted), found in states.items()}
    return [((bits, labels, noted), found) for (bits, labels, noted, _), found in _best_nodes(nodes, tally)]


def _best_nodes(nodes: Mapping[Node, Found], tally: Tally) -> Sequence[tuple[Node, Found]]:
    """As `_best_states`, within a gap. Of equals in value all are kept."""
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


def sum_of(bits: int, without: Mapping[int, int]) -> int:
    """The bits themselves and all that cannot be chosen together with them."""
    excluded = bits
    for bit, other in without.items():
        if bits & bit:
            excluded |= other
    return excluded


def _joined(chain: Chain | None, steps: Chain | None, base: int) -> Chain | None:
    for number, start, end in places(steps):
        chain = (chain, number, base + start, base + end)
    return chain


_KNOWN: dict[tuple[object, ...], list[tuple[int, Labels, int, int, Chain | None]]] = {}
_MOST_KNOWN = 40_000  # ways in all, some 30 MB


def _remember(key: tuple[object, ...], ways: list[tuple[int, Labels, int, int, Chain | None]]) -> None:
    """Keep the ways of a shape; the oldest shapes go first."""
    _KNOWN[key] = ways
    held = sum(map(len, _KNOWN.values()))
    while held > _MOST_KNOWN and len(_KNOWN) > 1:
        held -= len(_KNOWN.pop(next(iter(_KNOWN))))


def _known_through(
    problem: DayProblem, tally: Tally, gap: Gap, labels: int
) -> list[tuple[int, int, int, int, Chain | None]]:
    """As `_through`, with places counted from the gap's start, and remembered by shape: most weeks are like the one
    before."""
    base = gap.start
    key = (tally.rules_key, tally.limits_on(problem.day.date), *_shape(problem, tally, gap, tally.forms[labels]))
    known = _KNOWN.get(key)
    if known is None:
        known = []
        for (bits, after, noted), (worth, chain) in _through(problem, tally, gap, labels).items():
            known.append((bits, _moved(tally.forms[after], -base), noted, worth, _joined(None, chain, -base)))
        _remember(key, known)
    return [
        (bits, tally.number(_moved(after, base)), noted, worth, chain) for bits, after, noted, worth, chain in known
    ]


def _shape(problem: DayProblem, tally: Tally, gap: Gap, labels: Labels) -> tuple[object, ...]:
    """All that the ways through a gap depend on, with times counted from its start."""
    base, end, notes = gap.start, gap.end, problem.notes

    def near(spans: Iterable[Span]) -> tuple[Span, ...]:
        return tuple((a - base, b - base) for a, b in _inside(spans, base, end))

    items = []
    for i in problem.items:
        starts = tuple(s - base for s in i.starts if base <= s and s + i.length <= end)
        if starts:
            worths = tuple(i.worth[base + s] for s in starts)
            items.append((i.number, i.bit, i.without, i.length, i.rest, starts, worths))
    noted: tuple[object, ...] = ()
    if notes is not None:
        spans = (max(notes.since - base, 0), min(notes.until, end) - base, notes.origin - base)
        noted = (notes.allowed(base), notes.due, notes.at_least, notes.step, *spans, near(notes.standing))
    bans = tuple(
        tuple((max(a - base, 0), min(b, end) - base, c) for a, b, c in of if a < end and b > base)
        for of in problem.bans
    )
    return (
        end - base,
        tuple(max(x - base, 0) for x in gap.left),
        tuple(min(x, end) - base for x in gap.right),
        near(problem.working),
        near(problem.breaks),
        near(problem.released),
        problem.kinds,
        problem.before,
        problem.after,
        bans,
        tuple(items),
        noted,
        problem.counted,
        problem.late and tuple(x - base for x in problem.day[1:3]),
        problem.late and problem.day.span,
        _moved(labels, -base),
        tuple((a - base, b - base) for a, b in tally.busy if a < end + tally.then and b > base - tally.then),
    )


def _moved(labels: Labels, by: int) -> Labels:
    return tuple(
        label._replace(
            end=label.end + by if label.end > NEVER else NEVER,
            begun=label.begun + by if label.run else 0,
            first=label.first + by if label.first < LATE else LATE,
        )
        for label in labels
    )


def places(chain: Chain | None) -> list[tuple[int, int, int]]:
    """What a chain has placed, by time: item's number (or NOTES), start, end."""
    found = []
    while chain is not None:
        chain, number, start, end = chain
        found.append((number, start, end))
    return found[::-1]


def most(problem: DayProblem, tally: Tally, chain: Chain | None) -> int:
    """The most bookings that an arrangement leaves, with the day's span and all that is known of the day."""
    rest = {item.number: item.rest for item in problem.items} | {NOTES: True}
    placed = places(chain)
    pieces: list[Span] = []
    for gap in (gap for _, _, _, gap in problem.stops if gap is not None):
        here, work = gap.start, False
        for number, start, end in (p for p in placed if gap.start <= p[1] < gap.end):
            pieces += segment(problem, gap, here, start, work, not rest[number])[0]
            here, work = end, not rest[number]
        pieces += segment(problem, gap, here, gap.end, work, False)[0]
    return max(sum(x.mix) for x in of_day(tally, problem.day, pieces, False))


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
            minutes += sum(q - p for p, q in divided.pieces if q - p >= problem.shortest)
    made = (tuple(pieces), minutes * value.OPEN - blocks * value.BLOCKS)
    problem.segments[key] = made
    return made


def _through(problem: DayProblem, tally: Tally, gap: Gap, labels: int) -> dict[State, Found]:
    """Every way to go through one gap, from the left to the right, with its own items alone."""
    rows = _Rows(problem, tally, gap)
    items = []
    for item in problem.items:
        starts = [s for s in item.starts if gap.start <= s and s + item.length <= gap.end]
        if starts:
            items.append((item, starts, _tail(item, problem.margin)))
    out: dict[State, Found] = {}
    nodes: dict[int, dict[Node, Found]] = {gap.start: {(0, labels, 0, START): (0, None)}}
    while nodes:
        here = min(nodes)
        for (bits, before, noted, left), (worth, chain) in _best_nodes(nodes.pop(here), tally):
            passed, more = rows.step(before, here, gap.end, left == WORKED, False)
            _keep(out, (bits, passed, noted), (worth + more, chain))
            for item, starts, tail in items:
                if bits & (item.bit | item.without):
                    continue
                bit, length, number = bits | item.bit, item.length, item.number
                first = here + _distance(left, tail, length, problem.margin)
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
                        _keep(node, key, (total, (chain, number, start, end)))
            for start, end, worth_of in () if noted else _notes_from(problem, here, gap):
                tail = RESTED if end - start >= problem.margin else SHORT + end - start
                if start - here >= _distance(left, tail, end - start, problem.margin):
                    passed, more = rows.step(before, here, start, left == WORKED, False)
                    reached = (worth + more + worth_of, (chain, NOTES, start, end))
                    _keep(nodes.setdefault(end, {}), (bits, passed, end - start, tail), reached)
    return out


class _Rows:
    """What lies between two places of a gap: what bookings depend on after it, and its worth."""

    def __init__(self, problem: DayProblem, tally: Tally, gap: Gap) -> None:
        self.problem, self.tally, self.gap = problem, tally, gap
        self._rows: dict[tuple[int, int, bool, int, int], list[tuple[int, int, int]]] = {}
        taken = [*problem.working, *problem.breaks, *problem.released]
        idle = _less(gap.start, gap.end, sorted(_inside(taken, gap.start, gap.end)))
        self._edges = [x for span in idle for x in span]  # an odd place among them is inside idle time
        self._steps: dict[tuple[int, int, int, bool, bool], tuple[int, int]] = {}

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
            if problem.counted:
                for a, b in pieces:
                    if b - a >= problem.shortest:
                        labels = tally.through(labels, problem.day, a, b, problem.late)
                labels = tally.seen_at(labels, end, problem.day)
            known = self._steps[key] = (labels, worth)
        return known


def _tail(item: Item, margin: int) -> int:
    if not item.rest:
        return WORKED
    return RESTED if item.length >= margin else SHORT + item.length


def _distance(left: int, right: int, length: int, margin: int) -> int:
    """How far apart two things must be: work and a rest too short for a booking's break keep its length between
    them. `length` is that of the one on the right."""
    if right == WORKED and left >= SHORT:
        return max(0, margin - (left - SHORT))
    if left == WORKED and right >= SHORT:
        return max(0, margin - length)
    return 0


def _notes_from(problem: DayProblem, here: int, gap: Gap) -> Iterable[tuple[int, int, int]]:
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
        if here == gap.start:
            starts.add(first)
        for start in sorted(s for s in starts if first <= s <= last - length):
            change = value.CHANGES if (start, start + length) in notes.standing else -value.CHANGES
            yield start, start + length, change - value.BLOCKS - (start - notes.origin) * value.EARLIEST


def _keep(into: dict[K, Found], key: K, found: Found) -> None:
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
