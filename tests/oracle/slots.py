"""Bookable slots: the most bookings that can together be added to open time without a new finding.

Every set is tried, a day at a time, and the days of a week are put together afterwards. Two sets count as one where no
rule can tell them apart any more. Which starts are tried: every whole minute would do; the reasons why fewer are enough
stand at `starts`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from math import gcd

from tests.oracle.book import Book, Meet, Span, both, mins
from tests.oracle.findings import clear, new, runs

Summary = tuple[object, ...]


def most(book: Book, pieces: Sequence[Span], obstacles: Sequence[Span], days: Iterable[int]) -> dict[object, list[int]]:
    """For each week that has any of `days`: the most bookings in its pieces on those days, then the same from its
    second day on, its third, and so on: one number for each of the days."""
    weeks: dict[object, list[int]] = {}
    for day in days:
        weeks.setdefault(book.week(day), []).append(day)
    return {
        week: [of_week(book, pieces, obstacles, some[n:]) for n in range(len(some))] for week, some in weeks.items()
    }


def of_week(book: Book, pieces: Sequence[Span], obstacles: Sequence[Span], days: Sequence[int]) -> int:
    """The most bookings on these days of one week."""
    if not days:
        return 0
    begin, end = book.dawns[days[0] - days[0] % 7], book.dawns[days[0] - days[0] % 7 + 7]
    near = within(book, begin - 1440, end + 1440)
    apart = not binding(book)
    chosen: dict[Summary, tuple[Meet, ...]] = {(): ()}
    for day in days:
        span = (book.dawns[day], book.dawns[day + 1])
        options = of_day(book, day, tuple(both(pieces, [span])), tuple(obstacles), tight(book))
        grown: dict[Summary, tuple[Meet, ...]] = {}
        for before in chosen.values():
            for more in options.values():
                both_days = before + more
                last = max((b.end for b in both_days), default=None) if not apart else None
                key = (last, bool(more), kinds_of(both_days), worked(book, both_days))
                if key not in grown and not (more and new(near, both_days)):
                    grown[key] = both_days
        chosen = grown
    return max(map(len, chosen.values()))


DAYS: dict[object, tuple[object, dict[Summary, tuple[Meet, ...]]]] = {}


def of_day(
    book: Book, day: int, pieces: tuple[Span, ...], obstacles: tuple[Span, ...], tightly: bool
) -> dict[Summary, tuple[Meet, ...]]:
    """Every set of bookings in a day's pieces that breaks no rule of the day, one for each way in which days can
    matter to each other: the kinds, the first start, the last end."""
    memo = (id(book.rules), book.sessions, day, pieces, obstacles, tightly)
    if memo in DAYS:
        return DAYS[memo][1]
    of = within(book, book.dawns[day], book.dawns[day + 1])
    of = replace(of, rules=replace(of.rules, per_week=type(of.rules.per_week)()))
    seen: dict[Summary, tuple[Meet, ...]] = {(): ()}
    layer: list[tuple[Meet, ...]] = [()]
    while layer:
        grown: dict[Summary, tuple[Meet, ...]] = {}
        for some in layer:
            for booking in nexts(of, some, pieces, tightly):
                more = (*some, booking)
                key = mark(of, more)
                if key not in grown and clear(of, booking, obstacles) and not new(of, more):
                    grown[key] = more
        seen.update(grown)
        layer = list(grown.values())
    ended: dict[Summary, tuple[Meet, ...]] = {}
    between = book.rules.rest.between_days is not None and binding(book)
    for some in seen.values():
        ends = (some[0].start, some[-1].end) if between and some else None
        ended.setdefault((kinds_of(some), ends), some)
    DAYS[memo] = book.rules, ended  # the rules are kept, so that their id stays theirs
    return ended


def nexts(book: Book, some: Sequence[Meet], pieces: Sequence[Span], tightly: bool) -> list[Meet]:
    """The bookings that may come after these, at every start that needs to be tried."""
    after = some[-1].end if some else -1
    found = []
    for kind in book.bookable:
        size = mins(kind.length)
        for a, b in pieces:
            if b - a >= size and b - size >= after:
                for t in starts(book, some, kind.name, size, (a, b), pieces, tightly):
                    if max(a, after) <= t <= b - size:
                        found.append(Meet(t, t + size, kind.name))
    return found


def starts(
    book: Book, some: Sequence[Meet], kind: str, size: int, piece: Span, pieces: Sequence[Span], tightly: bool
) -> set[int]:
    """Starts in a piece that are enough to try.

    Fix, for each gap, whether it ends a run. Then every condition says "this start is at least that one and a
    constant", "at least a constant" or "at most a constant". The least solution of such a system has each start at a
    constant or at another start plus a constant. Where no condition bounds an earlier start by a later one (no limit on
    a run's or a day's length, no rest between days that could matter), that is: at the piece's start, or just as long
    after a session or booking as the break or the run's rest asks (`tightly`). Else every minute is tried that is,
    modulo what all lengths have in common, where a piece begins or ends."""
    law = book.rules.in_a_row
    if tightly:
        then = [] if law is None else [mins(law.then)]
        before = [*book.sessions, *some[-1:]]
        return (
            {piece[0]}
            | {s.end + gap for s in before for gap in (book.gap(s.kind, kind), 0, *then)}
            | _meeting_ends(book, then)
        )
    unit = common(book)
    marks = {m % unit for a, b in pieces for m in (a, b)} | {s.start % unit for s in book.sessions}
    return {t for t in range(piece[0], piece[1] - size + 1) if t % unit in marks}


def _meeting_ends(book: Book, then: Sequence[int]) -> set[int]:
    law = book.rules.in_a_row
    return set() if law is None or law.meetings_rest else {b + gap for _, b in book.obstacles for gap in then}


def common(book: Book) -> int:
    """The greatest length that divides every length the rules speak of, and where sessions lie."""
    law = book.rules
    lengths = [mins(k.length) for k in book.bookable]
    lengths += [n for k in law.kinds for n in (book.need_before(k), book.need_after(k))]
    if law.in_a_row is not None:
        lengths += [mins(law.in_a_row.then), mins(law.in_a_row.time) if law.in_a_row.time else 0]
    lengths += [mins(x) for x in (law.rest.between_days, law.rest.day_span) if x is not None]
    lengths += [n for s in book.sessions for n in (s.start, s.end)] + [n for o in book.obstacles for n in o]
    return reduce(gcd, lengths, 0) or 1


def binding(book: Book) -> bool:
    """Whether rest between days can matter at all: somewhere the working time or sessions of two dates come near."""
    rest = book.rules.rest.between_days
    if rest is None:
        return False
    times = [*book.working, *((s.start, s.end) for s in book.sessions)]
    firsts: dict[int, int] = {}
    lasts: dict[int, int] = {}
    for a, b in times:
        day = book.day(a)
        firsts[day] = min(firsts.get(day, a), a)
        lasts[day] = max(lasts.get(day, b), b)
    return any(d + 1 in firsts and firsts[d + 1] - lasts[d] < mins(rest) for d in lasts)


def spanning(book: Book) -> bool:
    """Whether the limit on a day's span can matter: some date's working time and sessions reach further."""
    span = book.rules.rest.day_span
    if span is None:
        return False
    times = [*book.working, *((s.start, s.end) for s in book.sessions)]
    days = {book.day(a) for a, _ in times}
    return any(
        max(b for a, b in times if book.day(a) == d) - min(a for a, _ in times if book.day(a) == d) > mins(span)
        for d in days
    )


def tight(book: Book) -> bool:
    """Whether trying tight starts is enough (see `starts`)."""
    law = book.rules.in_a_row
    return not binding(book) and not spanning(book) and (law is None or law.time is None)


def mark(book: Book, some: Sequence[Meet]) -> Summary:
    """All that later bookings of the day, or other days, can notice of these."""
    law, last = book.rules.in_a_row, some[-1]
    run: Summary = ()
    if law is not None:
        so_far = [s for s in book.sessions if s.start < last.end]
        (mine,) = [r for r in runs(book, [*so_far, *some]) if last in r]
        run = (len(mine), mine[0].start if law.time is not None else None)
    rest = book.rules.rest
    first = some[0].start if rest.day_span is not None or rest.between_days is not None else None
    return last.end, last.kind, run, kinds_of(some), first


def kinds_of(some: Sequence[Meet]) -> Summary:
    return tuple(sorted(Counter(b.kind for b in some).items()))


def worked(book: Book, some: Sequence[Meet]) -> int:
    """How many dates these bookings would make worked dates."""
    if book.rules.rest.days_off_per_week is None:
        return 0
    return len({book.day(b.start) for b in some} - {book.day(s.start) for s in book.sessions})


def within(book: Book, begin: int, end: int) -> Book:
    """The same book with only the sessions that lie in a span."""
    return replace(book, sessions=tuple(s for s in book.sessions if s.end > begin and s.start < end))
