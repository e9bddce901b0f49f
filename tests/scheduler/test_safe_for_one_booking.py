"""The guarantee of rule-file.md, section 5: no single booking, at whatever minute, creates a new finding; and no guard
is longer than that needs. Tried out on generated weeks: every minute of all open time, every bookable kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from rules.diary import Diary
from rules.practice import Limit
from rules.timeline import Interval
from scheduler import guards
from scheduler.board import Standing
from scheduler.placement import Placement
from tests.bookings import MINUTE, new_findings, starts
from tests.days import diary, plan
from tests.weeks import Week, weeks

slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
NOTHING = Standing()


def broken_by_a_booking(book: Diary, placement: Placement) -> list[str]:
    """The findings that some single booking in open time creates. The rules look at every minute; the whole plan is
    made anew for some of them, so that protected time is looked at as well."""
    for kind in book.bookable:
        every = list(starts(placement.open, kind))
        for start in every:
            if found := new_findings(book, NOTHING, placement, kind, start, fully=False):
                return found
        for start in [*every[::131], *every[-1:]]:
            if found := new_findings(book, NOTHING, placement, kind, start, fully=True):
                return found
    return []


@settings(slow, max_examples=60)
@given(weeks())
def test_no_booking_in_open_time_breaks_a_rule(week: Week) -> None:
    assert broken_by_a_booking(week.book, plan(week.book)) == []


@settings(slow, max_examples=12)
@given(weeks(step=1, most=10))
def test_no_booking_breaks_a_rule_where_sessions_start_at_odd_minutes(week: Week) -> None:
    assert broken_by_a_booking(week.book, plan(week.book)) == []


@settings(slow, max_examples=60)
@given(weeks())
def test_blocks_overlap_nothing_and_do_not_start_in_the_past(week: Week) -> None:
    book = week.book
    blocks = plan(book).blocks
    taken = [*book.busy, *(s.interval for s in book.sessions)]
    assert not [b for b in blocks if any(b.interval.overlaps(t) for t in taken)]
    assert not [(a, b) for a, b in pairwise(blocks) if a.end > b.start]
    assert all(b.start >= book.now for b in blocks)
    assert len({b.key for b in blocks}) == len(blocks)


@settings(slow, max_examples=40)
@given(weeks())
def test_a_guard_shorter_by_a_minute_lets_a_booking_break_a_rule(week: Week) -> None:
    """Where a guard borders on open time. Guards of up to 15 minutes are as short as guards get."""
    book = replace(week.book, window=Interval(week.book.canvas.start, week.book.window.end))
    placement = plan(book)
    for guard in (b for b in placement.blocks if b.guard and b.interval.length > timedelta(minutes=guards.SHORTEST)):
        for piece in placement.open:
            if piece.end == guard.start:
                wider = Interval(piece.start, piece.end + MINUTE)
            elif piece.start == guard.end:
                wider = Interval(piece.start - MINUTE, piece.end)
            else:
                continue
            assert any(
                new_findings(book, NOTHING, placement, kind, start, fully=False)
                for kind in book.bookable
                for start in starts([wider], kind)
            ), f"{guard.rule} {guard.interval} could be shorter"


FULL = {"per_day": Limit(sessions=2)}
TWO = ("09:00-09:50 session", "11:00-11:50 session")


def test_a_full_day_without_its_guards_lets_a_booking_break_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above can fail: without guards they find what is wrong."""
    book = diary(*TWO, after=10, **FULL)
    assert broken_by_a_booking(book, plan(book)) == []
    monkeypatch.setattr(guards, "lay_out", lambda *given: guards.Layout((), (given[3],), 0))
    assert broken_by_a_booking(book, plan(book)) == ["Tue 1 Dec: 3 of 2 sessions"]


def test_without_the_breaks_guards_a_booking_shortens_a_break(monkeypatch: pytest.MonkeyPatch) -> None:
    book = diary(*TWO, after=15, before=5)
    assert broken_by_a_booking(book, plan(book)) == []
    monkeypatch.setattr("rules.breaks.bans", lambda *_: [])
    assert "min break between" in broken_by_a_booking(book, plan(book))[0]
