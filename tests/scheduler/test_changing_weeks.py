"""A written calendar while time passes and clients book and cancel: what has started stays, nothing overlaps, a second
plan changes nothing, and no booking breaks a rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.diary import Diary
from rules.practice import Limit, ProtectItem
from rules.timeline import Interval, Session
from scheduler import guards, holding
from scheduler import placement as placing
from scheduler.board import Board, Standing
from scheduler.placement import Placement
from tests.bookings import new_findings, starts
from tests.days import clock, diary, hours, mins, plan, rules
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


def wrong(book: Diary, standing: Standing, placement: Placement) -> list[str]:
    """What a plan made in a changing calendar does that it must not."""
    now, found = book.now, []
    taken = [*book.busy, *(s.interval for s in book.sessions)]
    if [a for a, b in pairwise(placement.blocks) if a.end > b.start]:
        found.append("blocks overlap each other")
    for block in placement.blocks:
        was = standing.started.get(block.key)
        if was is None:
            if block.start < now:
                found.append("a block is made that has started")
            if any(block.interval.overlaps(t) for t in taken):
                found.append("a block overlaps something busy")
        elif block.interval != was and not (block.guard and block.start == was.start and now <= block.end < was.end):
            found.append("what has started is moved")
    kept = {b.key for b in placement.blocks}
    if any(i.end > now and not key.startswith("guard/") and key not in kept for key, i in standing.started.items()):
        found.append("what has started is removed")
    again = plan(book, seen_at(now, after_writing(standing, placement)))
    if {b.key: b.interval for b in again.blocks if b.end > now} != {
        b.key: b.interval for b in placement.blocks if b.end > now
    }:
        found.append("a second plan changes something")
    for kind in book.bookable:
        for start in list(starts(placement.open, kind))[::17]:
            if new_findings(book, standing, placement, kind, start, fully=False):
                found.append("a booking breaks a rule")
    return sorted(set(found))


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
        assert wrong(book, standing, placement) == []
        written = after_writing(standing, placement)


# The test above can fail: each thing that it looks for is told where what prevents it is switched off.

LUNCH = ProtectItem("Lunch", between=hours("11:00-14:00"), length=mins(45), ideally=clock("12:00"))
RULES = rules(after=15, per_day=Limit(sessions=2), protect=[LUNCH])
FULL = ("09:00-09:50 session", "11:00-11:50 session")  # lunch follows at 11:50, then all is held
SWITCHED_OFF: dict[str, tuple[str, tuple[str, ...], object, str, object]] = {
    "a block is made that has started": (
        "10:55",
        (FULL[0], "10:00-10:50 session"),
        holding,
        "from_now",
        lambda _book, blocks, _standing: list(blocks),
    ),
    "a block overlaps something busy": (
        "10:00",
        (*FULL, "12:00-12:50 session"),
        placing,
        "_still_asked_for",
        lambda _book, _demand, standing: replace(standing, pins=standing.future),
    ),
    "what has started is moved": (
        "12:10",
        FULL,
        placing,
        "_still_asked_for",
        lambda _book, _demand, standing: replace(standing, started={}),
    ),
    "what has started is removed": (
        "12:10",
        FULL,
        holding,
        "started_blocks",
        lambda *_: [],
    ),
    "a second plan changes something": (
        "10:00",
        FULL[:1],
        placing,
        "set_up",
        lambda *given: _in_its_own_way(SET_UP(*given)),
    ),
    "a booking breaks a rule": (
        "10:00",
        FULL,
        guards,
        "lay_out",
        lambda *given: guards.Layout((), (given[3],), 0),
    ),
}
SET_UP = placing.set_up


def _in_its_own_way(board: Board) -> Board:
    board.pinned += board.standing.future.values()
    return board


@pytest.mark.parametrize("told", SWITCHED_OFF)
def test_a_plan_that_does_what_it_must_not_is_seen(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now, lines, where, name, off = SWITCHED_OFF[told]
    written = after_writing(Standing(), plan(diary(*FULL, with_rules=RULES)))
    book = diary(*lines, now=now, with_rules=RULES)
    standing = seen_at(book.now, written)
    assert wrong(book, standing, plan(book, standing)) == []
    monkeypatch.setattr(where, name, off)
    assert told in wrong(book, standing, plan(book, standing))
