"""A written calendar while time passes and clients book and cancel: what has started stays, nothing overlaps, a second
plan changes nothing, and no booking breaks a rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.diary import Diary
from rules.timeline import Interval, Session
from scheduler.board import Standing
from scheduler.placement import Placement
from tests.bookings import new_findings, starts
from tests.days import plan
from tests.weeks import Week, weeks


def seen_at(now: datetime, written: dict[str, Interval]) -> Standing:
    return Standing(
        future={k: i for k, i in written.items() if i.start >= now},
        started={k: i for k, i in written.items() if i.start < now},
    )


def after_writing(standing: Standing, placement: Placement) -> dict[str, Interval]:
    return {**standing.started, **{b.key: b.interval for b in placement.blocks}}


def changed(draw: st.DataObject, book: Diary, placement: Placement, now: datetime) -> Diary:
    """One session cancelled or booked in open time, or neither, and the clock at `now`."""
    sessions = list(book.sessions)
    what = draw.draw(st.sampled_from(["cancel", "book", "nothing"]))
    if what == "cancel" and sessions:
        sessions.pop(draw.draw(st.integers(0, len(sessions) - 1)))
    if what == "book" and book.bookable:
        kind = book.bookable[0]
        free = [s for s in starts(placement.open, kind) if s >= now]
        if free:
            start = draw.draw(st.sampled_from(free))
            name = f"booked-{start:%d%H%M}"
            sessions.append(Session(id=name, interval=Interval(start, start + kind.length), kind=kind.name))
    ordered = tuple(sorted(sessions, key=lambda s: (s.start, s.end, s.id)))
    return replace(book, window=Interval(now, book.window.end), sessions=ordered)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(weeks(), st.data())
def test_bookings_and_cancellations_while_time_passes(week: Week, data: st.DataObject) -> None:
    book, placement = week.book, plan(week.book)
    written = after_writing(Standing(), placement)
    for _ in range(data.draw(st.integers(1, 3))):
        now = book.now + timedelta(minutes=data.draw(st.integers(0, 36 * 60)))
        if now >= book.window.end:
            return
        book = changed(data, book, placement, now)
        standing = seen_at(now, written)
        placement = plan(book, standing)
        taken = [*book.busy, *(s.interval for s in book.sessions)]
        assert not [(a, b) for a, b in pairwise(placement.blocks) if a.end > b.start]
        for block in placement.blocks:
            was = standing.started.get(block.key)
            if was is None:
                assert block.start >= now
                assert not any(block.interval.overlaps(t) for t in taken)
            else:
                shortened = block.guard and block.start == was.start and now <= block.end < was.end
                assert block.interval == was or shortened
        written = after_writing(standing, placement)
        again = plan(book, seen_at(now, written))
        assert {b.key: b.interval for b in again.blocks if b.end > now} == {
            b.key: b.interval for b in placement.blocks if b.end > now
        }
        for kind in book.bookable:
            for start in list(starts(placement.open, kind))[::17]:
                assert new_findings(book, standing, placement, kind, start, fully=False) == []
