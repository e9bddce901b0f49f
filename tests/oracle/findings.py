"""What is broken, by the plain definition of each rule: a set of facts, each with its figures, so that one which gets
worse is another one. Rule-file.md, section 4; nothing is clever here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import time
from itertools import pairwise

from tests.oracle.book import Book, Meet, Span, length, mins, minus

Fact = tuple[object, ...]


def findings(book: Book, sessions: Sequence[Meet]) -> set[Fact]:
    """Every finding of the rules about sessions, were these the sessions."""
    some = sorted(sessions, key=lambda s: (s.start, s.end, s.kind))
    return (
        short_breaks(book, some)
        | over_limits(book, some)
        | long_runs(book, some)
        | rests(book, some)
        | used_windows(book, some)
    )


def new(book: Book, bookings: Sequence[Meet]) -> set[Fact]:
    """The findings that these bookings together would add; two that overlap are one too."""
    clashes = {
        ("double-booked", a, b)
        for a in bookings
        for b in (*book.sessions, *bookings)
        if a is not b and a.start < b.end and b.start < a.end
    }
    return clashes | (findings(book, [*book.sessions, *bookings]) - findings(book, book.sessions))


def short_breaks(book: Book, some: Sequence[Meet]) -> set[Fact]:
    """Two sessions with less between them than the gap that they need."""
    return {
        ("breaks", a, b, b.start - a.end) for a in some for b in some if 0 <= b.start - a.end < book.gap(a.kind, b.kind)
    }


def over_limits(book: Book, some: Sequence[Meet]) -> set[Fact]:
    """Days and weeks that hold more than they may."""
    found: set[Fact] = set()
    for name, limit in (("per_day", book.rules.per_day), ("per_week", book.rules.per_week)):
        groups: dict[object, list[Meet]] = defaultdict(list)
        for s in some:
            day = book.day(s.start)
            groups[day if name == "per_day" else book.week(day)].append(s)
        for when, of in groups.items():
            kinds = [book.rules.kinds[s.kind] for s in of]
            held: list[tuple[str, float, float | None]] = [
                ("sessions", len(of), limit.sessions),
                ("time", length((s.start, s.end) for s in of), None if limit.time is None else mins(limit.time)),
                ("weight", sum(k.weight for k in kinds), limit.weight),
                ("heavy", sum(k.heavy for k in kinds), limit.heavy),
            ]
            found |= {(name, when, what, has) for what, has, may in held if may is not None and has > may}
    return found


def runs(book: Book, some: Sequence[Meet]) -> list[list[Meet]]:
    """Sessions in a row: a run ends at a stretch of at least `then` without sessions."""
    law = book.rules.in_a_row
    if law is None:
        return []
    then = mins(law.then)
    out: list[list[Meet]] = []
    until = 0
    for s in sorted(some, key=lambda s: (s.start, s.end)):
        gap: list[Span] = [(until, s.start)] if until < s.start else []
        free = gap if law.meetings_rest else minus(gap, book.obstacles)
        if out and not any(b - a >= then for a, b in free):
            out[-1].append(s)
        else:
            out.append([s])
        until = max(until, s.end)
    return out


def long_runs(book: Book, some: Sequence[Meet]) -> set[Fact]:
    law = book.rules.in_a_row
    if law is None:
        return set()
    found: set[Fact] = set()
    for run in runs(book, some):
        first, last = min(s.start for s in run), max(s.end for s in run)
        many = law.sessions is not None and len(run) > law.sessions
        long = law.time is not None and last - first > mins(law.time)
        if many or long:
            found.add(("in_a_row", first, last, len(run)))
    return found


def rests(book: Book, some: Sequence[Meet]) -> set[Fact]:
    """Short nights, weeks without enough days off, long days."""
    law, found = book.rules.rest, set[Fact]()
    by_day: dict[int, list[Meet]] = defaultdict(list)
    for s in some:
        by_day[book.day(s.start)].append(s)
    first = {day: min(s.start for s in of) for day, of in by_day.items()}
    last = {day: max(s.end for s in of) for day, of in by_day.items()}
    days = sorted(by_day)
    if law.between_days is not None:
        for one, other in pairwise(days):
            if first[other] - last[one] < mins(law.between_days):
                found.add(("between_days", last[one], first[other]))
    if law.day_span is not None:
        found |= {("day_span", first[d], last[d]) for d in days if last[d] - first[d] > mins(law.day_span)}
    if law.days_off_per_week is not None:
        for week in {book.week(d) for d in days}:
            worked = sum(book.week(d) == week for d in days)
            if worked > 7 - law.days_off_per_week:
                found.add(("days_off_per_week", week, worked))
    return found


def used_windows(book: Book, some: Sequence[Meet]) -> set[Fact]:
    """Windows (evenings) with sessions in them on more days of a week than the item says."""
    found: set[Fact] = set()
    for item in book.rules.protect:
        if item.at_most is None or item.between is None:
            continue
        used: dict[object, int] = defaultdict(int)
        for day in range(len(book.dates) - 1):
            if item.on is not None and book.dates[day].weekday() not in item.on:
                continue
            window = window_on(book, day, item.between.start, item.between.end)
            used[book.week(day)] += any(s.start < window[1] and window[0] < s.end for s in some)
        found |= {("at_most", item.name, week, n) for week, n in used.items() if n > item.at_most}
    return found


def window_on(book: Book, day: int, start: object, end: object) -> Span:
    """A wall-clock range on a date; an end at or before the start is the next day's."""
    assert isinstance(start, time), "the oracle knows no sun"
    assert isinstance(end, time), "the oracle knows no sun"
    return book.at(day, start), book.at(day if end > start else day + 1, end)


def clear(book: Book, booking: Meet, obstacles: Sequence[Span]) -> bool:
    """Whether the breaks that a booking needs are free of what is no break: meetings, work."""
    needs = [
        (booking.start - book.need_before(booking.kind), booking.start),
        (booking.end, booking.end + book.need_after(booking.kind)),
    ]
    return not any(a < d and c < b for a, b in needs for c, d in obstacles if a < b)


def safe(book: Book, booking: Meet, obstacles: Sequence[Span]) -> bool:
    """Whether one booking breaks nothing: no new finding, and its breaks are clear."""
    return clear(book, booking, obstacles) and not new(book, [booking])


def closed(book: Book, day: int) -> bool:
    """Whether no booking of any kind may come on a date any more, whenever: a limit or the week's days off says so."""
    whole = ("per_day", "per_week", "days_off_per_week")

    def shut(name: str, minutes: int) -> bool:
        noon = book.dawns[day] + 720
        added = Meet(noon, noon + minutes, name)
        apart = book.sessions
        # Its own time counts in full, wherever it lies: try it where no session is.
        free = minus([(book.dawns[day], book.dawns[day + 1] - minutes)], [(s.start - minutes, s.end) for s in apart])
        if free:
            added = Meet(free[0][0], free[0][0] + minutes, name)
        facts = over_limits(book, [*apart, added]) | rests(book, [*apart, added])
        old = over_limits(book, apart) | rests(book, apart)
        return any(f[0] in whole for f in facts - old)

    return all(shut(k.name, mins(k.length)) for k in book.bookable)
