"""The guarantee of rule-file.md, section 5: planning again changes nothing but what the passing of time itself asks
for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.practice import Limit, ProtectItem
from rules.timeline import Interval
from scheduler.placement import Placement
from scheduler.problem import Problem
from tests.bookings import as_standing
from tests.days import clock, diary, hours, mins, plan, times
from tests.weeks import Week, weeks

slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def keyed(placement: Placement) -> list[tuple[str, Interval]]:
    return [(b.key, b.interval) for b in placement.blocks]


@settings(slow, max_examples=60)
@given(weeks())
def test_planning_after_the_plan_was_written_changes_nothing(week: Week) -> None:
    placement = plan(week.book)
    assert keyed(plan(week.book, as_standing(week.book, placement))) == keyed(placement)


@settings(slow, max_examples=80)
@given(weeks(), st.sampled_from([1, 7, 10, 61, 200, 24 * 60, 33 * 60, 3 * 24 * 60 + 77]))
def test_planning_later_changes_nothing(week: Week, later: int) -> None:
    book, placement = week.book, plan(week.book)
    now = book.now + timedelta(minutes=later)
    if now >= book.window.end:
        return
    after = plan(replace(book, window=Interval(now, book.window.end)), as_standing(book, placement, now))
    assert keyed(after) == [(key, i) for key, i in keyed(placement) if i.end > now]


@settings(slow, max_examples=20)
@given(weeks())
def test_a_day_more_at_the_horizon_leaves_the_other_days_as_they_are(week: Week) -> None:
    book, placement = week.book, plan(week.book)
    longer = replace(book, window=Interval(book.now, book.window.end + timedelta(days=1)))
    after = plan(longer, as_standing(book, placement))
    assert [(k, i) for k, i in keyed(after) if i.start < book.window.end] == keyed(placement)


@settings(slow, max_examples=40)
@given(weeks())
def test_the_same_diary_gives_the_same_plan_in_whatever_order_it_was_read(week: Week) -> None:
    book = week.book
    turned = replace(book, busy=tuple(reversed(book.busy)))
    assert plan(turned) == plan(book)


def test_a_booking_on_one_day_changes_no_other_day() -> None:
    made = {"after": 10, "per_day": Limit(sessions=5), "days": 3}
    before = plan(diary("09:00-09:50 session", "+1 10:00-10:50 session", **made))
    after = plan(diary("09:00-09:50 session", "+1 10:00-10:50 session", "+1 14:00-14:50 session", **made))
    changed = set(keyed(before)) ^ set(keyed(after))
    assert {i.start.date().isoformat() for _, i in changed} == {"2026-12-02"}


def test_lunch_does_not_creep_as_the_morning_passes() -> None:
    lunch = ProtectItem(
        "Lunch", between=hours("11:00-14:00"), length=mins(45), ideally=clock("12:00"), priority="essential"
    )
    for now in ("00:00", "08:00", "09:37", "11:00", "11:59"):
        book = diary(now=now, protect=[lunch])
        assert times(book, [b.interval for b in plan(book).blocks]) == ["12:00-12:45"]


def test_a_guard_keeps_its_key_when_a_shorter_one_before_it_is_over() -> None:
    lines = ("+1 08:00-08:50 session", "+1 10:20-11:10 session")
    book = diary(*lines, now="08:55", days=6, after=15, before=5, combine="add")
    placement = plan(book)
    now = book.now + timedelta(days=1)
    after = plan(replace(book, window=Interval(now, book.window.end)), as_standing(book, placement, now))
    assert [key for key, _ in keyed(after)] == [key for key, _ in keyed(placement)]
    assert "guard/breaks/2026-12-02/s0" in [key for key, _ in keyed(after)]


def test_the_guard_before_a_session_that_moves_moves_with_it() -> None:
    placement = plan(diary("14:00-14:50 session", after=15))
    after = plan(diary("16:00-16:50 session", after=15), as_standing(diary("14:00-14:50 session", after=15), placement))
    assert [key for key, _ in keyed(after)] == [key for key, _ in keyed(placement)]
    assert "guard/breaks/2026-12-01/start" in [key for key, _ in keyed(after)]


def test_a_block_that_stands_stays_though_another_place_would_do_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the tests above can fail: planned as if nothing stood, it moves."""
    lunch = ProtectItem("Lunch", between=hours("11:00-14:00"), length=mins(45), ideally=clock("12:00"))
    book = diary("+3 09:00-09:50 session", days=5, working="09:00-10:00", protect=[lunch])
    placement = plan(book)
    standing = as_standing(book, placement)
    key = "protect/lunch/2026-12-04"
    later = Interval(standing.future[key].start + mins(30), standing.future[key].end + mins(30))
    moved = replace(standing, future={**standing.future, key: later})
    assert dict(keyed(plan(book, moved)))[key] == later
    monkeypatch.setattr(Problem, "_standing", lambda *_: [])
    assert dict(keyed(plan(book, moved)))[key] == standing.future[key]
