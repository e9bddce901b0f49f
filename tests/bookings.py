"""Trying bookings out: the diary with one more session in it, and which findings are new."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from rules.demand import Ban, Finding
from rules.diary import Diary
from rules.engine import demand, findings
from rules.practice import Kind
from rules.timeline import Interval, Session
from scheduler.board import Standing
from scheduler.placement import Placement, place

MINUTE = timedelta(minutes=1)


def booked(book: Diary, kind: Kind, start: datetime) -> Diary:
    """The same diary with one more session."""
    session = Session(id="booked", interval=Interval(start, start + kind.length), kind=kind.name, calendar="book")
    return replace(book, sessions=tuple(sorted((*book.sessions, session), key=lambda s: (s.start, s.end, s.id))))


def starts(open_: Iterable[Interval], kind: Kind) -> Iterator[datetime]:
    """Every whole minute at which a booking of this kind lies wholly in open time."""
    for piece in open_:
        start = piece.start + timedelta(seconds=-piece.start.second % 60)
        while start + kind.length <= piece.end:
            yield start
            start += MINUTE


def told(findings: Iterable[Finding]) -> set[tuple[object, ...]]:
    """What findings say, so that one which got worse counts as new."""
    return {(f.rule, f.code, f.grade, f.interval, f.message) for f in findings}


_asked: list[tuple[Diary, set[tuple[object, ...]]]] = []


def _rules_say(book: Diary) -> set[tuple[object, ...]]:
    """What the rules find in a diary; the last one asked about is remembered, since thousands of bookings are tried."""
    if not _asked or _asked[0][0] is not book:
        _asked[:] = [(book, told(findings(book)))]
    return set(_asked[0][1])


def new_findings(
    book: Diary, standing: Standing, placement: Placement, kind: Kind, start: datetime, *, fully: bool
) -> list[str]:
    """Findings that a booking creates. `fully` plans everything anew, else only the rules look."""
    before = _rules_say(book)
    after_book = booked(book, kind, start)
    after = told(findings(after_book))
    if fully:
        before |= told(placement.findings)
        after |= told(place(after_book, demand(after_book), standing).findings)
    return sorted(str(f[-1]) for f in after - before)


def as_standing(book: Diary, placement: Placement, now: datetime | None = None) -> Standing:
    """What a calendar would hold after the plan was written, seen at `now`."""
    moment = now or book.now
    return Standing(
        future={b.key: b.interval for b in placement.blocks if b.start >= moment},
        started={b.key: b.interval for b in placement.blocks if b.start < moment},
    )


def misjudged(
    book: Diary, kind: Kind, bans: Iterable[Ban], find: Callable[[Diary], Iterable[Finding]]
) -> list[tuple[datetime, bool]]:
    """Starts where bans and findings disagree, and whether they were banned: a ban must be there exactly where a
    booking creates a finding. Looked at around both ends of each ban, and now and then between them."""
    every = list(bans)
    taken = [*book.busy, *(s.interval for s in book.sessions)]
    moments = {m for b in every for m in (b.starts.start, b.starts.end)}
    whole = {m - timedelta(seconds=m.second, microseconds=m.microsecond) for m in moments}
    tried = {m + n * MINUTE for m in whole for n in range(-1, 3)}
    tried |= {book.window.start + n * 67 * MINUTE for n in range(int(book.window.length / (67 * MINUTE)))}
    before, wrong = told(find(book)), []
    for start in sorted(tried):
        time = Interval(start, start + kind.length)
        if book.window.start < start and time.end < book.window.end and not any(time.overlaps(t) for t in taken):
            banned = any(b.starts.start <= start < b.starts.end for b in every)
            if banned != bool(told(find(booked(book, kind, start))) - before):
                wrong.append((start, banned))
    return wrong
