"""The guarantee of rule-file.md, section 5: planning again changes nothing but what the passing of time itself asks
for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.diary import Diary
from rules.engine import Demand
from rules.practice import Limit, ProtectItem, Quota
from rules.timeline import Interval, midnight
from scheduler import placement as placing
from scheduler import shapes, value
from scheduler.board import Board, Standing
from scheduler.placement import Placement
from scheduler.problem import Problem
from tests.bookings import as_standing
from tests.days import clock, diary, hours, mins, plan, times
from tests.weeks import Week, weeks

slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
LUNCH = ProtectItem("Lunch", between=hours("11:00-14:00"), length=mins(45), ideally=clock("12:00"))


def keyed(placement: Placement) -> list[tuple[str, Interval]]:
    return [(b.key, b.interval) for b in placement.blocks]


def different(after: Iterable[tuple[str, Interval]], before: Iterable[tuple[str, Interval]]) -> list[str]:
    """What one plan has and the other has not."""
    return [f"{key} {interval.start:%a %d %H:%M}" for key, interval in sorted(set(after) ^ set(before))]


def remember_no_shape() -> None:
    for name, known in vars(shapes).items():
        if name.isupper() and isinstance(known, dict):
            known.clear()


def changed_by_planning_again(book: Diary) -> list[str]:
    """Whatever else was planned in between: here the same with every item liked an hour later."""
    remember_no_shape()
    before = plan(book)
    remember_no_shape()
    likes = [replace(i, ideally=i.ideally and time((i.ideally.hour + 1) % 24)) for i in book.rules.protect]
    plan(replace(book, rules=replace(book.rules, protect=tuple(likes))))
    return different(keyed(plan(book)), keyed(before))


def changed_by_writing(book: Diary) -> list[str]:
    placement = plan(book)
    return different(keyed(plan(book, as_standing(book, placement))), keyed(placement))


def changed_by_time(book: Diary, later: int, more: int = 0) -> list[str]:
    """What is planned differently `later` minutes after the plan was written, with `more` days at the horizon; of the
    days that both plans have."""
    placement, now = plan(book), book.now + timedelta(minutes=later)
    after = replace(book, window=Interval(now, book.window.end + timedelta(days=more)))
    again = keyed(plan(after, as_standing(book, placement, now)))
    ours = [(key, i) for key, i in again if i.start < book.window.end]
    return different(ours, [(key, i) for key, i in keyed(placement) if i.end > now])


def changed_soon_after(before: Diary, after: Diary) -> list[str]:
    """The protected time of today and tomorrow that is not where it was, after a booking or a cancellation."""
    placement = plan(before)
    again = keyed(plan(after, as_standing(before, placement)))
    soon = midnight(before.today + timedelta(days=2), before.rules.timezone)

    def of(blocks: Iterable[tuple[str, Interval]]) -> list[tuple[str, Interval]]:
        return [(key, i) for key, i in blocks if key.startswith("protect/") and i.start < soon]

    return different(of(again), of(keyed(placement)))


@settings(slow, max_examples=20)
@given(weeks())
def test_planning_again_changes_nothing(week: Week) -> None:
    assert changed_by_planning_again(week.book) == []


@settings(slow, max_examples=60)
@given(weeks())
def test_planning_after_the_plan_was_written_changes_nothing(week: Week) -> None:
    assert changed_by_writing(week.book) == []


@settings(slow, max_examples=80)
@given(weeks(), st.sampled_from([1, 7, 10, 61, 200, 24 * 60, 33 * 60, 3 * 24 * 60 + 77]))
def test_planning_later_changes_nothing(week: Week, later: int) -> None:
    if week.book.now + timedelta(minutes=later) < week.book.window.end:
        assert changed_by_time(week.book, later) == []


@settings(slow, max_examples=20)
@given(weeks())
def test_a_day_more_at_the_horizon_leaves_the_other_days_as_they_are(week: Week) -> None:
    assert changed_by_time(week.book, 0, more=1) == []


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
    """And planned as if nothing stood, it moves."""
    book = diary("+3 09:00-09:50 session", days=5, working="09:00-10:00", protect=[LUNCH])
    placement = plan(book)
    standing = as_standing(book, placement)
    key = "protect/lunch/2026-12-04"
    later = Interval(standing.future[key].start + mins(30), standing.future[key].end + mins(30))
    moved = replace(standing, future={**standing.future, key: later})
    assert dict(keyed(plan(book, moved)))[key] == later
    monkeypatch.setattr(Problem, "_standing", lambda *_: [])
    assert dict(keyed(plan(book, moved)))[key] == standing.future[key]


# The checks above can fail: what keeps a plan stable is switched off, one thing after the other.

NOON = diary("09:00-09:50 session", now="11:55", protect=[LUNCH])
OFTEN = ProtectItem(
    "Exercise", between=hours("07:00-20:00"), length=mins(60), ideally=clock("17:30"), quota=Quota("week", times=3)
)
WEEKS = diary(day=date(2026, 12, 2), days=12, protect=[OFTEN])
LONG = ProtectItem(
    "Me time", on=frozenset({2, 3}), between=hours("09:00-12:00"), length=mins(170), quota=Quota("week", times=1)
)
# The week's limit leaves six: on Wednesday me time costs three slots, on Thursday none, which shows on Monday night.
FULL = diary(
    day=date(2026, 11, 29),
    days=8,
    working={1: "09:00-10:50", 2: "09:00-13:00", 3: "09:00-18:00"},
    protect=[LONG],
    per_day=Limit(sessions=4),
    per_week=Limit(sessions=6),
)
# The week's limit leaves four: in the first week the fortnight's block costs nothing while Wednesday counts and two
# slots once it is over, in the second one slot.
FORTNIGHT = diary(
    "+9 09:00-09:50 session",
    "+9 10:00-10:50 session",
    "+11 11:50-13:00 meeting",
    day=date(2026, 11, 30),
    days=14,
    working={2: "09:00-10:50", 4: "09:00-13:00"},
    protect=[
        replace(LONG, on=frozenset({4}), between=hours("09:00-11:00"), length=mins(110), quota=Quota("fortnight", 1))
    ],
    per_week=Limit(sessions=4),
)
FLEXIBLE = replace(LUNCH, flex=mins(15))
TOMORROW = {"days": 4, "protect": [FLEXIBLE], "after": 0}


def forgets_what_has_started(diary_: Diary, demand: Demand, standing: Standing) -> Standing:
    return replace(STILL_ASKED_FOR(diary_, demand, standing), started={})


def takes_what_stands_for_obstacles(diary_: Diary, demand: Demand, standing: Standing) -> Board:
    board = SET_UP(diary_, demand, standing)
    board.pinned += standing.future.values()
    return board


SHAPE, STILL_ASKED_FOR, SET_UP = shapes._shape, placing._still_asked_for, placing.set_up
SWITCHED_OFF: dict[str, tuple[Callable[[], list[str]], object, str, object]] = {
    "planning again": (
        lambda: changed_by_planning_again(NOON),
        shapes,
        "_shape",
        lambda problem, gap: SHAPE(problem, gap)[:-3],  # remembers without what items are worth where
    ),
    "after the plan was written": (
        lambda: changed_by_writing(NOON),
        placing,
        "set_up",
        takes_what_stands_for_obstacles,
    ),
    "ten minutes later": (
        lambda: changed_by_time(NOON, 10),
        placing,
        "_still_asked_for",
        forgets_what_has_started,
    ),
    "a night later": (lambda: changed_by_time(FULL, 24 * 60), value, "LATER_SLOTS", (0,) * 7),
    "a night later, in two weeks": (lambda: changed_by_time(FORTNIGHT, 24 * 60), value, "WEEKS", 0),
    "a week later": (
        lambda: changed_by_time(WEEKS, 7 * 24 * 60),
        placing,
        "_still_asked_for",
        forgets_what_has_started,
    ),
    "a week later with a week more": (
        lambda: changed_by_time(WEEKS, 7 * 24 * 60, more=7),
        placing,
        "_still_asked_for",
        forgets_what_has_started,
    ),
    "a day more at the horizon": (
        lambda: changed_by_time(NOON, 0, more=1),
        placing,
        "set_up",
        takes_what_stands_for_obstacles,
    ),
    "tomorrow after a cancellation": (
        lambda: changed_soon_after(diary("+1 12:00-12:50 session", **TOMORROW), diary(**TOMORROW)),
        value,
        "NEAR",
        0,
    ),
    "tomorrow after a booking": (
        lambda: changed_soon_after(
            diary("+1 12:00-12:50 session", **TOMORROW),
            diary("+1 12:00-12:50 session", "+1 15:00-15:50 session", **TOMORROW),
        ),
        placing,
        "set_up",
        takes_what_stands_for_obstacles,
    ),
}


@pytest.mark.parametrize("sentence", SWITCHED_OFF)
def test_a_plan_that_is_not_stable_is_seen(sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed, where, name, off = SWITCHED_OFF[sentence]
    assert changed() == []
    monkeypatch.setattr(where, name, off)
    assert changed() != []
