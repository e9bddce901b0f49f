"""Guards: how a stretch of free working time is laid out so that every single booking in open time is safe.

Of all ways to choose open pieces of the stretch in which every start of every bookable kind is safe: the most
bookings that fit in them together, then the most minutes in pieces that take a booking (once for each kind that fits),
then the fewest guards that do not join a break, then the most open minutes (so that no guard is longer than it needs to
be). Pieces that guards cut off are a quarter of an hour or longer, and so is what lies between two of them. A guard
joins a break that it touches if it is shorter than that. Found minute by minute, every choice tried."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from tests.oracle.book import Book, Meet, Span, mins
from tests.oracle.findings import clear, closed, new, safe
from tests.oracle.slots import mark, tight, within

QUARTER = 15
Worth = tuple[int, int, int, int]
"""Bookings, minutes in pieces that take one (once for each kind that fits), less lone guards, open minutes."""
Found = tuple[Worth, int, tuple[Span, ...]]
NEVER: Found = (-99, 0, -99, 0), -1, ()
sys.setrecursionlimit(20_000)  # a minute of the stretch is a call


@dataclass(frozen=True)
class Laid:
    """The open pieces of a stretch and the guards that stand alone, as blocks."""

    pieces: tuple[Span, ...]
    guards: int


def lay_out(
    book: Book,
    stretch: Span,
    breaks: Sequence[Span],
    obstacles: Sequence[Span],
    known: dict[object, bool] | None = None,
) -> Laid:
    """The best safe layout of one stretch. `known` keeps what has been found out about single bookings of this book.
    breaks: pieces of breaks, which a short guard at the stretch's end joins."""
    a, b = stretch
    kinds = [(k.name, mins(k.length)) for k in book.bookable]
    joins = any(e == a for _, e in breaks), any(s == b for s, _ in breaks)
    if all(size > b - a for _, size in kinds):
        return Laid((stretch,), 0)
    day = book.day(a)
    near = within(book, book.dawns[day] - 8 * 1440, book.dawns[day] + 9 * 1440)
    known = {} if known is None else known
    if ("closed", day) not in known:
        known["closed", day] = closed(near, day)
    if known["closed", day]:
        return Laid((), lone(b - a, any(joins)))

    def is_bad(booking: Meet) -> bool:
        if booking not in known:
            known[booking] = not safe(near, booking, ())
        return known[booking] or not clear(near, booking, obstacles)

    bad = {name: [is_bad(Meet(t, t + size, name)) for t in range(a, b - size + 1)] for name, size in kinds}
    if not any(any(of) for of in bad.values()):
        return Laid((stretch,), 0)
    if len(kinds) == 1 and (simple := one_run(stretch, kinds[0][1], bad[kinds[0][0]], joins)) is not None:
        return simple
    return search(near, stretch, kinds, bad, joins)


def lone(minutes: int, joins: bool) -> int:
    """Whether a guard is a block of its own, as a number. joins: whether it touches a break."""
    return 0 if joins and minutes < QUARTER else 1


def one_run(stretch: Span, size: int, bad: Sequence[bool], joins: tuple[bool, bool]) -> Laid | None:
    """The best layout where one kind is bookable and its safe starts lie side by side, if that is so.

    A piece that holds all safe starts takes as many bookings as any layout, and is the longest that takes one. What is
    left on its sides has room for no booking: a guard there, which may leave a piece open at the stretch's edge."""
    a, b = stretch
    good = [n for n, is_bad in enumerate(bad) if not is_bad]
    if not good:
        return no_room(stretch, size, joins)
    if good[-1] - good[0] + 1 != len(good):
        return None
    start, end = a + good[0], a + good[-1] + size
    left, right = margin(start - a, size, joins[0]), margin(b - end, size, joins[1])
    pieces = [(start, end)]
    pieces += [(a, a + left)] if left else []
    pieces += [(b - right, b)] if right else []
    guards = sum(lone(room, j) for room, j in ((start - a, joins[0]), (b - end, joins[1])) if room)
    return Laid(tuple(sorted(pieces)), guards)


def margin(room: int, size: int, joins: bool) -> int:
    """What stays open of a margin, at the stretch's edge: not more than leaves a guard of a quarter of an hour, and has
    no room for a booking. Nothing where that is too short, or where the guard would else join the break."""
    open_ = min(room - QUARTER, size - 1)
    return open_ if open_ >= QUARTER and lone(room, joins) else 0


def no_room(stretch: Span, size: int, joins: tuple[bool, bool]) -> Laid:
    """The best layout where no start is safe: every piece is shorter than a booking."""
    a, b = stretch
    best: tuple[int, int, tuple[Span, ...]] = (-lone(b - a, any(joins)), 0, ())
    for n in range(1, (b - a) // QUARTER + 1):
        for edges in ((0, 0), (0, 1), (1, 0), (1, 1)):
            room = b - a - QUARTER * (n - 1) - sum(edges)
            open_ = min(room, n * (size - 1))
            if open_ < QUARTER * n or (open_ < room and n == 1 and not any(edges)):
                continue
            alone, left, right = at_edges(edges, room - open_, joins, n > 1)
            worth = -(n - 1) - alone, open_
            if worth > best[:2]:
                best = *worth, tuple(spans(open_, n, a + left, b - right))
    return Laid(best[2], -best[0])


def at_edges(edges: tuple[int, int], more: int, joins: tuple[bool, bool], inner: bool) -> tuple[int, int, int]:
    """Guards at the edges (1: there is one) with `more` minutes beyond one each: how few stand alone, and how long both
    then are. inner: whether guards between pieces may take some of these minutes."""
    found = []
    for left in range(more + 1) if edges[0] else [0]:
        for right in range(more - left + 1) if edges[1] else [0]:
            if inner or left + right == more:
                alone = sum(lone(1 + m, j) for e, m, j in zip(edges, (left, right), joins, strict=True) if e)
                found.append((alone, edges[0] + left, edges[1] + right))
    return min(found)


def spans(open_: int, n: int, start: int, end: int) -> list[Span]:
    """n pieces with `open_` minutes together, the first from `start` on, the last until `end`."""
    out, x = [], start
    for k in range(n):
        size = open_ // n + (k < open_ % n)
        out.append((x, x + size) if k < n - 1 else (end - size, end))
        x += size + QUARTER
    return out


def search(
    book: Book,
    stretch: Span,
    kinds: Sequence[tuple[str, int]],
    bad: dict[str, list[bool]],
    joins: tuple[bool, bool],
) -> Laid:
    """Every layout, minute by minute. A piece that begins before a forbidden start must end before that booking would:
    `until` is the latest minute at which the piece that is open may end."""
    a, b = stretch
    day = book.day(a)
    of_day = within(book, book.dawns[day], book.dawns[day + 1])
    far = [book.gap(one, two) for one in book.rules.kinds for two in book.rules.kinds]
    reach = max([*far, mins(book.rules.in_a_row.then) if book.rules.in_a_row else 0])
    waits = {*far, reach, 0}
    marks = {s.end + wait for s in of_day.sessions for wait in waits}
    tightly = tight(book)
    kept: dict[object, tuple[Meet, ...]] = {(): ()}

    def note(x: int, some: tuple[Meet, ...]) -> object:
        """What the rest of the stretch can notice of the bookings so far; a representative is kept for it."""
        if not some:
            return ()
        last, kind, run, counts, first = mark(of_day, some)
        key: object = (counts, first, (last, kind, run) if x - some[-1].end <= reach else None)
        kept.setdefault(key, some)
        return key

    def limit(x: int, until: int) -> int:
        for name, size in kinds:
            if x + size <= b and bad[name][x - a]:
                until = min(until, x + size - 1)
        return until

    @cache
    def allowed(key: object, booking: Meet) -> bool:
        return not new(book, (*kept[key], booking))

    def worth_trying(x: int, fresh: bool, key: object) -> bool:
        """Whether a booking at x need be tried: see slots.starts. `fresh`: a piece begins at x."""
        some = kept[key]
        return fresh or not tightly or x in marks or (bool(some) and x - some[-1].end in waits)

    def good(minutes: int) -> int:
        """What the minutes of a piece count: once for each kind that fits."""
        return minutes * sum(1 for _, size in kinds if size <= minutes)

    def booked(x: int, until: int, key: object, fresh: bool, minutes: int) -> Iterator[tuple[int, Found]]:
        """Every booking that may start at x in a piece that is open for `minutes`: its length, and the best after
        it."""
        if not worth_trying(x, fresh, key):
            return
        for name, size in kinds:
            then = until
            for y in range(x, min(x + size, b)):
                then = limit(y, then)
            booking = Meet(x, x + size, name)
            if x + size <= then and not bad[name][x - a] and allowed(key, booking):
                long = min(minutes + size, longest)
                yield size, opened(x + size, then, note(x + size, (*kept[key], booking)), long)

    def ended(x: int, key: object) -> list[Found]:
        """The ways to end a piece at x: for good, or with another one to follow."""
        if x == b:
            return [((0, 0, 0, 0), b, ())]
        return [((0, 0, -lone(b - x, joins[1]), 0), x, ()), after(x, key) if x + QUARTER < b else NEVER]

    @cache
    def opened(x: int, until: int, key: object, minutes: int) -> Found:
        """The best from x on where a piece is open at x that already takes a booking: what it is worth, where the piece
        ends, the pieces after. minutes: how long it is, up to where every kind fits."""
        options = []
        if x < b and x + 1 <= (now := limit(x, until)):
            more = good(minutes + 1) - good(minutes)
            options.append(add((0, more, 0, 1), opened(x + 1, now, note(x + 1, kept[key]), min(minutes + 1, longest))))
        options += [
            add((1, good(minutes + size) - good(minutes), 0, size), found)
            for size, found in booked(x, until, key, False, minutes)
            if x < b
        ]
        return max([*options, *ended(x, key)], key=first)  # of equals the first: the longest piece

    @cache
    def begun_at(start: int, key: object) -> Found:
        """The best where a piece begins at `start`: minute by minute until it takes a booking or ends before
        that."""
        best, until, x = NEVER, b, start
        while True:
            options = [
                add((1, good(x - start + size), 0, x - start + size), found)
                for size, found in booked(x, until, key, x == start, x - start)
            ]
            if x - start == shortest:
                options = [add((0, good(shortest), 0, shortest), opened(x, until, key, shortest))]
            elif x - start >= QUARTER:
                options += [add((0, 0, 0, x - start), found) for found in ended(x, key)]
            for found in options:
                if found[0] >= best[0]:
                    best = found[0], start, ((start, found[1]), *found[2])
            if x == b or x - start == shortest or limit(x, until) < x + 1:
                return best
            until, x = limit(x, until), x + 1
            key = note(x, kept[key])

    @cache
    def begun(x: int, key: object) -> Found:
        """The best where a piece begins at x or later."""
        best = begun_at(x, key)
        return max(best, begun(x + 1, note(x + 1, kept[key])), key=first) if x + 1 < b else best

    def after(x: int, key: object) -> Found:
        """The best where a piece ends at x and another follows."""
        found = begun(x + QUARTER, note(x + QUARTER, kept[key]))
        return add((0, 0, -1, 0), found)[0], x, found[2]

    shortest, longest = min(size for _, size in kinds), max(size for _, size in kinds)
    options: list[Found] = [((0, 0, -lone(b - a, any(joins)), 0), a, ()), begun_at(a, ())]
    if a + 1 < b:
        options.append(add((0, 0, -1, 0), begun(a + 1, ())))
        options += [begun_at(a + n, ()) for n in range(1, min(QUARTER, b - a)) if joins[0]]
    worth, _, pieces = max(options, key=first)
    return Laid(pieces, -worth[2])


def add(one: Worth, found: Found) -> Found:
    w, x, y, z = found[0]
    return (one[0] + w, one[1] + x, one[2] + y, one[3] + z), found[1], found[2]


def first(found: Found) -> Worth:
    return found[0]
