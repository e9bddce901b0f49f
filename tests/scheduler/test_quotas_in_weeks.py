"""Generated weeks with quotas, amounts and notes: stable at any later time, and safe for one booking."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.diary import Diary
from rules.practice import Limit, Notes, ProtectItem, Quota, TimeRange
from rules.timeline import Interval, midnight
from rules.workdays import days_off, working_time
from scheduler.board import Standing
from tests.bookings import as_standing, new_findings, starts
from tests.days import diary, mins, plan
from tests.oracle.instances import fortnight, small
from tests.scheduler.test_stable import changed_by_planning_again, changed_by_time, keyed
from tests.weeks import Week, weeks

slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
EXERCISE = ProtectItem(
    "Exercise",
    between=TimeRange(time(7), time(20)),
    length=mins(60),
    ideally=time(17, 30),
    quota=Quota("week", times=3),
)
ME_TIME = ProtectItem(
    "Me time", between=TimeRange(time(9), time(20)), length=mins(60), quota=Quota("week", times=2), priority="low"
)
MONDAY = date(2026, 11, 30)
SUPERVISION = ProtectItem(
    "Supervision",
    between=TimeRange(time(9), time(17)),
    quota=Quota("week", amount=mins(90), least=mins(30), most=mins(90)),
    counts_as_break=False,
)


@st.composite
def fuller_weeks(draw: st.DrawFn, days: int = 7) -> Diary:
    """A generated week with one or two quotas more, and notes now and then."""
    week: Week = draw(weeks(days=days))
    law = week.book.rules
    quotas = draw(st.lists(st.sampled_from([EXERCISE, ME_TIME, SUPERVISION]), min_size=1, max_size=2, unique=True))
    notes = draw(st.sampled_from([None, Notes(mins(10), mins(10))]))
    return replace(week.book, rules=replace(law, protect=(*law.protect[:1], *quotas), notes=notes))


@st.composite
def two_fuller_weeks(draw: st.DrawFn) -> Diary:
    """Two weeks as above, with working time for a third."""
    book = draw(fuller_weeks(days=14))
    wide = Interval(book.window.start - timedelta(days=8), book.window.end + timedelta(days=15))
    off = days_off(book.rules, wide, ())
    return replace(book, working=working_time(book.rules, wide, off), days_off=off)


@settings(slow, max_examples=60)
@given(fuller_weeks(), st.sampled_from([0, 10, 200, 24 * 60, 33 * 60, 3 * 24 * 60 + 77]))
def test_planning_later_changes_nothing_of_quotas_and_notes(book: Diary, later: int) -> None:
    if book.now + timedelta(minutes=later) < book.window.end:
        assert changed_by_time(book, later) == []


@settings(slow, max_examples=20)
@given(two_fuller_weeks(), st.sampled_from([0, 7]))
def test_planning_a_week_later_changes_nothing_of_quotas_and_notes(book: Diary, more: int) -> None:
    assert changed_by_time(book, 7 * 24 * 60, more) == []


@settings(slow, max_examples=20)
@given(fuller_weeks())
def test_planning_again_changes_nothing_of_quotas_and_notes(book: Diary) -> None:
    assert changed_by_planning_again(book) == []


@settings(slow, max_examples=15)
@given(fuller_weeks())
def test_no_booking_takes_the_room_of_a_quota(book: Diary) -> None:
    """All is planned anew after a booking; notes aside, no finding is new."""
    placement = plan(book)
    written = as_standing(book, placement)
    for kind in book.bookable:
        for start in list(starts(placement.open, kind))[::197]:
            found = new_findings(book, written, placement, kind, start, fully=True)
            assert [text for text in found if "for notes" not in text] == []


def test_a_quota_that_is_met_by_what_has_started_asks_for_nothing_more() -> None:
    book = diary(protect=[replace(ME_TIME, on=None)], days=7, working="09:00-18:00", day=MONDAY)
    placement = plan(book)
    assert sorted(b.key for b in placement.blocks) == ["protect/me-time/2026-W49", "protect/me-time/2026-W49/2"]
    last = max(b.end for b in placement.blocks)
    after = plan(replace(book, window=Interval(last, book.window.end)), as_standing(book, placement, last))
    assert [b.key for b in after.blocks] == []
    assert list(after.findings) == []


def test_a_window_that_ends_within_a_week_leaves_the_blocks_of_its_quota_alone() -> None:
    book = diary(protect=[EXERCISE], days=14, working="09:00-18:00", day=MONDAY)
    placement = plan(book)
    assert len(placement.blocks) == 6
    shorter = replace(book, window=Interval(book.now, book.window.end - timedelta(days=3)))
    after = plan(shorter, as_standing(book, placement))
    kept = [(key, i) for key, i in keyed(placement) if i.start < shorter.window.end]
    assert keyed(after) == kept
    assert len(kept) > 3


def test_what_could_have_lain_before_the_first_night_is_no_finding_then_or_later() -> None:
    five = replace(EXERCISE, quota=Quota("week", times=5))
    book = diary(protect=[five], days=7, working="09:00-18:00", day=MONDAY)
    thursday = book.now + timedelta(days=3, hours=8)
    first = replace(book, window=Interval(thursday, book.window.end))
    placement = plan(first)
    assert (len(placement.blocks), placement.findings) == (2, ())
    friday = thursday + timedelta(days=1)
    after = plan(replace(book, window=Interval(friday, book.window.end)), as_standing(first, placement, friday))
    assert after.findings == ()
    weekend = Interval(friday + timedelta(days=1), book.window.end)
    used = Standing(started={"break/s1/after": Interval(book.now, book.now + timedelta(minutes=15))})
    assert [f.code for f in plan(replace(book, window=weekend), used).findings] == ["not-placed"]


def test_of_an_amount_too_what_could_have_lain_before_the_first_night_is_no_finding() -> None:
    """Twenty hours a year, first planned in December: what found room then is planned, and the rest is no news."""
    cpd = replace(SUPERVISION, name="CPD", quota=Quota("year", amount=mins(1200), least=mins(30), most=mins(60)))
    december = diary(protect=[cpd], days=14, working="09:00-18:00", day=date(2026, 12, 18))
    first = plan(december)
    assert (len(first.blocks) > 0, first.findings) == (True, ())
    held = [f"+{n} 09:00-17:00 meeting" for n in range(14)]
    assert plan(diary(*held, protect=[cpd], days=14, working="09:00-18:00", day=date(2026, 12, 18))).findings == ()
    january = diary(
        *(f"+{n} 09:00-17:00 meeting" for n in range(50)),
        protect=[cpd],
        days=50,
        working="09:00-18:00",
        day=date(2027, 1, 1),
    )
    assert [f.code for f in plan(january).findings] == ["not-placed"]


def test_a_block_that_a_hand_put_on_a_later_week_stays_there_when_its_own_is_over() -> None:
    lunch = ProtectItem("Lunch", between=TimeRange(time(12), time(14)), length=mins(45))
    book = diary(protect=[EXERCISE, lunch], days=14, working="09:00-18:00", day=MONDAY)
    tuesday = book.now + timedelta(days=8)
    ahead = Interval(tuesday + timedelta(days=1, hours=16), tuesday + timedelta(days=1, hours=17))
    also = Interval(ahead.end, ahead.end + timedelta(minutes=45))
    moved = Standing(pins={"protect/exercise/2026-W49/3": ahead, "protect/lunch/2026-12-04": also})
    after = plan(replace(book, window=Interval(tuesday, book.window.end)), moved)
    assert {b.key: b.interval for b in after.blocks if b.key in moved.pins} == moved.pins
    gone = replace(book, rules=replace(book.rules, protect=()), window=Interval(tuesday, book.window.end))
    assert not [b for b in plan(gone, moved).blocks if b.key in moved.pins]


TWO_HOURS = ProtectItem(
    "Me time", on=frozenset({2, 4}), between=TimeRange(time(9), time(11)), length=mins(110), quota=Quota("week", 1)
)


def test_a_quota_does_not_come_to_tomorrow_because_slots_of_tomorrow_do_not_count() -> None:
    """Two slots on Wednesday, one on Friday: on Tuesday night, too, Friday is the better day."""
    hours = {2: "09:00-11:00", 4: "10:00-11:00 12:00-14:00"}
    book = diary(protect=[TWO_HOURS], days=7, working=hours, day=MONDAY)
    assert [b.start.weekday() for b in plan(book).blocks] == [4]
    assert [changed_by_time(book, nights * 24 * 60) for nights in (1, 2, 3)] == [[]] * 3


def test_what_is_left_of_a_week_counts_first_where_its_limit_leaves_fewer_bookings_than_there_is_room_for() -> None:
    """Wednesday costs two slots, Friday one, and the week's limit hides both until Tuesday is over."""
    hours = {1: "09:00-10:50", 2: "09:00-13:00", 4: "10:00-12:50"}
    made = {"protect": [TWO_HOURS], "days": 8, "working": hours, "day": MONDAY - timedelta(days=1)}
    for most in (6, 7, 8, None):
        book = diary(per_week=Limit(sessions=most), **made)
        assert [changed_by_time(book, nights * 24 * 60) for nights in (1, 2, 3)] == [[]] * 3


def test_days_whose_slots_do_not_count_bring_no_weight_to_their_week() -> None:
    """A fortnight's block costs a slot in either week; it stays in the one it is in when the first days are over."""
    item = replace(TWO_HOURS, on=frozenset({0, 3}), between=TimeRange(time(11), time(15)), quota=Quota("fortnight", 2))
    hours = {0: "10:30-14:30", 3: "10:30-14:30", 5: "09:30-11:50"}
    book = diary("+10 11:15-12:05 session", protect=[item], days=14, working=hours, day=MONDAY)
    assert [changed_by_time(book, nights * 24 * 60) for nights in range(1, 5)] == [[]] * 4


def test_what_is_left_of_an_amount_keeps_its_lengths_when_its_first_piece_is_done() -> None:
    """An hour and a half in pieces of 40 to 90 minutes; an hour in pieces of 30 to 45."""
    for amount, least, most in ((90, 40, 90), (60, 30, 45)):
        quota = Quota("week", amount=mins(amount), least=mins(least), most=mins(most))
        item = ProtectItem("Reading", on=frozenset({2, 4}), between=TimeRange(time(9), time(11)), quota=quota)
        for meeting in ("09:40-11:00", "09:30-11:00", "09:50-11:00"):
            book = diary(f"+2 {meeting} meeting", protect=[item], days=7, working="09:00-13:00", day=MONDAY)
            assert [changed_by_time(book, nights * 24 * 60) for nights in (1, 2, 3)] == [[]] * 3


@pytest.mark.parametrize("features", [("quotas", "week", "kinds", "work"), ("quotas", "week", "rest")])
def test_no_night_of_a_week_changes_anything_of_many_small_weeks(features: tuple[str, ...]) -> None:
    for seed in (*range(25), 92, 149):
        book = small(seed, features=frozenset(features)).diary
        for nights in range(1, 6):
            assert changed_by_time(book, nights * 24 * 60) == [], f"{seed}, night {nights}"


def test_no_night_of_a_fortnight_changes_anything_of_many_small_ones() -> None:
    """What stands in one of two weeks stays there, though each night another part of the first week counts."""
    for seed in (*range(20), 163, 306, 349, 721, 1003, 1276):
        book = fortnight(seed).diary
        for nights in range(1, 10):
            assert changed_by_time(book, nights * 24 * 60) == [], f"{seed}, night {nights}"


@pytest.mark.parametrize(
    "quota",
    [Quota("week", times=3), Quota("week", amount=mins(180), least=mins(60), most=mins(60))],
    ids=["times", "amount"],
)
def test_planning_a_part_of_a_week_leaves_what_stands_there(quota: Quota) -> None:
    """By Thursday night four sevenths of a week are due, which is one of three: what stands for the rest stays."""
    late = replace(EXERCISE, on=frozenset({2, 3, 4}), quota=quota)
    book = diary(day=MONDAY, days=7, protect=[late])
    placement = plan(book)
    begin, end = (midnight(MONDAY + timedelta(days=n), book.rules.timezone) for n in (2, 4))
    alone = replace(book, window=Interval(begin, end))
    again = keyed(plan(alone, as_standing(book, placement, book.now)))
    assert again == [(key, i) for key, i in keyed(placement) if begin <= i.start < end]
    assert sum(key.startswith("protect/") for key, _ in again) == 2
