"""Where blocks go, what stays where it stands, and what a later look changes: nothing but what has to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.diary import Diary
from rules.practice import Limit, ProtectItem, Quota
from rules.timeline import Interval
from scheduler.board import Standing
from tests.bookings import as_standing, new_findings, starts
from tests.days import TUESDAY, clock, diary, hours, lines, mins, plan, rules, span, times
from tests.weeks import Week, weeks

FIVE = [f"{hour:02d}:00-{hour:02d}:50 session" for hour in (9, 10, 11, 12, 13)]
LUNCH = ProtectItem(
    "Lunch",
    between=hours("11:30-14:00"),
    length=mins(45),
    at_least=mins(30),
    ideally=clock("12:30"),
    priority="essential",
)


def later(book: Diary, now: str, day: date = TUESDAY) -> Diary:
    """The same diary, looked at later."""
    moment = span(f"{now}-24:00", day, book.rules.timezone).start
    return replace(book, window=Interval(moment, book.window.end))


def written(book: Diary, now: str = "08:00") -> Standing:
    """The calendar after a night's run, as it is found at a later time of the same day."""
    return as_standing(book, plan(book), later(book, now).now)


def stands(**blocks: str) -> Standing:
    """Standing floats by item, as ``lunch="12:00-12:45"``."""
    return Standing(future={f"protect/{name}/{TUESDAY}": span(when) for name, when in blocks.items()})


def changes(book: Diary, step: timedelta) -> list[str]:
    """What would change at any later time, with the plan written at the diary's own `now` and nothing else done."""
    placed = plan(book)
    before = {b.key: b.interval for b in placed.blocks}
    found = []
    now = book.now + step
    while now < book.window.end:
        seen = replace(book, window=Interval(now, book.window.end))
        after = {b.key: b.interval for b in plan(seen, as_standing(book, placed, now)).blocks}
        due = {k: i for k, i in before.items() if i.end > now}
        found += [
            f"{times(book, [Interval(now, now)])[0][:5]} {k}"
            for k in due.keys() | after.keys()
            if due.get(k) != after.get(k)
        ]
        now += step
    return found


# --- what stands stays ---


def test_lunch_stays_where_it_stands_where_another_place_is_no_better() -> None:
    book = diary(day=TUESDAY, days=1, now="08:00", bookable=(), protect=[LUNCH])
    assert lines(book, plan(book)) == ["12:30-13:15 Lunch"]
    assert lines(book, plan(book, stands(lunch="11:40-12:25"))) == ["11:40-12:25 Lunch"]


def test_todays_and_tomorrows_blocks_do_not_move_for_slots_but_the_day_afters_do() -> None:
    book = diary(now="08:00", days=3, protect=[LUNCH])
    badly = {
        f"protect/lunch/{TUESDAY + timedelta(days=n)}": span("11:35-12:20", TUESDAY + timedelta(days=n))
        for n in range(3)
    }
    best = plan(replace(book, window=Interval(book.now, book.window.end)), Standing(future=badly))
    assert [line for line in lines(book, best) if "Lunch" in line][:2] == ["11:35-12:20 Lunch", "11:35-12:20 Lunch"]
    third = next(b for b in best.blocks if b.name == "Lunch" and b.start.day == 3)
    assert times(book, [third.interval]) != ["11:35-12:20"]


def test_todays_lunch_stays_though_it_stands_further_from_ideally_than_flex() -> None:
    book = diary(now="08:00", bookable=(), protect=[replace(LUNCH, flex=mins(15))])
    assert lines(book, plan(book, stands(lunch="11:40-12:25"))) == ["11:40-12:25 Lunch"]


def test_lunch_moves_today_where_a_booking_forces_it() -> None:
    book = diary("11:35-12:25 session", now="08:00", protect=[LUNCH])
    assert "12:25-13:10 Lunch" in lines(book, plan(book, stands(lunch="11:35-12:20")))


def test_lunch_before_a_session_is_not_shortened_by_a_booking_that_leaves_it_room() -> None:
    book = diary("11:02-11:52 session", "12:40-13:30 session", now="08:00", protect=[LUNCH])
    placed = plan(book, stands(lunch="11:55-12:40"))
    assert lines(book, placed)[1:3] == ["11:52-11:55 Break", "11:55-12:40 Lunch"]


def test_lunch_that_stands_shrunk_grows_again_when_there_is_room() -> None:
    book = diary(now="08:00", bookable=(), protect=[LUNCH])
    assert lines(book, plan(book, stands(lunch="12:30-13:00"))) == ["12:30-13:15 Lunch"]


def test_a_block_says_what_was_wanted_and_of_what_length_it_falls_short() -> None:
    amount = Quota("week", amount=mins(90), least=mins(30), most=mins(90))
    items = [
        LUNCH,
        ProtectItem("Exercise", between=hours("07:00-20:00"), length=mins(60), quota=Quota("week", times=2)),
        ProtectItem("Swim", between=hours("07:00-20:00"), length=mins(60), quota=Quota("week", times=1)),
        ProtectItem("Supervision", between=hours("08:00-20:00"), quota=amount, counts_as_break=False),
    ]
    book = diary("11:00-12:30 session", "13:00-13:50 session", days=6, bookable=(), after=0, protect=items)
    why = {b.name: b.why for b in plan(book).blocks if b.start.day == TUESDAY.day or b.name != "Lunch"}
    assert why == {
        "Lunch": "wanted between 11:30-14:00; shrunk, 45 min were wanted",
        "Exercise": "2 times per week; wanted between 07:00-20:00",
        "Swim": "1 time per week; wanted between 07:00-20:00",
        "Supervision": "1 h 30 min per week; wanted between 08:00-20:00",
    }


def test_what_has_started_stays_though_the_rules_ask_for_it_elsewhere() -> None:
    book = diary("09:00-09:50 session", now="12:10", protect=[LUNCH])
    standing = Standing(
        started={f"protect/lunch/{TUESDAY}": span("12:00-12:20"), "break/s0/after": span("09:50-10:30")}
    )
    assert lines(book, plan(book, standing)) == ["12:00-12:20 Lunch"]


def test_what_has_started_is_not_created() -> None:
    book = diary("09:00-09:50 session", now="09:55")
    assert lines(book, plan(book)) == ["09:55-10:00 Break"]
    assert lines(diary("09:00-09:50 session", now="10:00"), plan(diary("09:00-09:50 session", now="10:00"))) == []


# --- guards that have started ---


def test_with_five_sessions_the_rest_of_the_day_is_held() -> None:
    book = diary(*FIVE, now="08:00", per_day=Limit(sessions=5))
    assert lines(book, plan(book))[-1] == "14:00-18:00 Held"
    assert plan(book).open == ()


def test_when_one_of_five_is_cancelled_the_day_opens_again() -> None:
    before = diary(*FIVE, now="08:00", per_day=Limit(sessions=5))
    after = diary(*FIVE[:4], now="08:00", per_day=Limit(sessions=5))
    placed = plan(after, as_standing(before, plan(before)))
    assert times(after, placed.open) == ["13:00-18:00"]
    assert placed.bookable_slots == 1


def test_when_one_of_five_is_cancelled_a_guard_that_has_started_is_shortened_to_now() -> None:
    before = diary(*FIVE, now="08:00", per_day=Limit(sessions=5))
    after = diary(*FIVE[:4], now="15:00", per_day=Limit(sessions=5))
    placed = plan(after, written(before, "15:00"))
    assert lines(after, placed) == ["14:00-15:00 Held"]
    assert times(after, placed.open) == ["15:00-18:00"]


def test_a_guard_that_has_started_and_is_still_wanted_stays_whole() -> None:
    book = diary(*FIVE, now="08:00", per_day=Limit(sessions=5))
    seen = later(book, "15:00")
    assert lines(seen, plan(seen, written(book, "15:00"))) == ["14:00-18:00 Held"]


def test_a_guard_that_was_shortened_is_left_alone_afterwards() -> None:
    after = diary(*FIVE[:4], now="15:30", per_day=Limit(sessions=5))
    (key,) = [b.key for b in plan(diary(*FIVE, now="08:00", per_day=Limit(sessions=5))).blocks if b.guard]
    placed = plan(after, Standing(started={key: span("14:00-15:00")}))
    assert lines(after, placed) == []


def test_when_a_shortened_guard_had_the_key_the_rest_of_the_day_is_guarded_all_the_same() -> None:
    made: dict[str, Any] = {
        "working": "09:00-20:00",
        "per_day": Limit(sessions=4, heavy=1),
        "bookable": ("individual", "emdr"),
    }
    heavy = ["09:00-10:30 emdr", "11:00-11:50 session", "12:00-12:50 session"]
    before = diary(*heavy, "08:00-08:50 session", now="07:00", **made)
    after = diary(*heavy, now="13:10", **made)
    placed = plan(after, written(before, "13:10"))
    assert lines(after, placed)[0] == "13:00-13:10 Held"
    emdr = after.rules.kinds["emdr"]
    assert [times(after, [i]) for i in placed.open if i.length >= emdr.length] == []


def test_a_meeting_put_on_a_started_guard_cuts_it_short() -> None:
    book = diary(*FIVE[:3], now="08:00", per_day=Limit(sessions=3))
    seen = later(diary(*FIVE[:3], "14:00-15:00 meeting", per_day=Limit(sessions=3)), "13:00")
    assert lines(seen, plan(seen, written(book, "13:00"))) == ["12:00-14:00 Held", "15:00-18:00 Held"]


# --- breaks and protected time together ---


def test_a_prayer_right_after_emdr_is_followed_by_the_rest_of_the_break() -> None:
    prayer = ProtectItem("Prayer", at=hours("11:30-11:45"))
    book = diary("10:00-11:30 emdr", protect=[prayer])
    assert lines(book, plan(book))[1:] == ["11:30-11:45 Prayer", "11:45-12:00 Break"]


def test_a_lunch_as_long_as_the_break_leaves_nothing_of_it() -> None:
    book = diary("10:30-12:00 emdr", bookable=(), protect=[ProtectItem("Lunch", at=hours("12:00-12:30"))])
    assert lines(book, plan(book)) == ["12:00-12:30 Lunch"]


def test_when_the_first_piece_of_a_break_has_started_the_piece_after_the_prayer_stays() -> None:
    book = diary("10:00-11:30 emdr", now="08:00", protect=[ProtectItem("Prayer", at=hours("11:40-11:50"))])
    seen = later(book, "11:35")
    assert lines(seen, plan(seen, written(book, "11:35"))) == [
        "11:30-11:40 Break",
        "11:40-11:50 Prayer",
        "11:50-12:00 Break",
    ]


def test_when_the_first_piece_of_a_fixed_item_has_started_the_second_stays() -> None:
    book = diary("15:30-16:20 session", now="08:00", protect=[ProtectItem("Me time", at=hours("15:00-17:00"))])
    seen = later(book, "15:10")
    assert lines(seen, plan(seen, written(book, "15:10"))) == ["15:00-15:30 Me time", "16:20-17:00 Me time"]


def test_when_the_session_inside_a_started_fixed_item_is_cancelled_the_second_piece_takes_its_time() -> None:
    item = ProtectItem("Me time", at=hours("15:00-17:00"))
    book = diary("15:30-16:20 session", now="08:00", protect=[item])
    after = diary(now="15:10", protect=[item])
    assert lines(after, plan(after, written(book, "15:10"))) == ["15:00-15:30 Me time", "15:30-17:00 Me time"]


def test_a_piece_of_a_fixed_item_that_was_deleted_by_hand_is_not_made_again() -> None:
    book = diary("15:30-16:20 session", protect=[ProtectItem("Me time", at=hours("15:00-17:00"))])
    vetoed = Standing(vetoes=frozenset({f"protect/me-time/{TUESDAY}/2"}))
    assert [line for line in lines(book, plan(book, vetoed)) if "Me time" in line] == ["15:00-15:30 Me time"]


# --- by hand ---


def test_a_block_that_was_moved_stays_where_it_was_put_and_counts_there() -> None:
    book = diary(now="08:00", bookable=(), protect=[LUNCH])
    moved = Standing(pins={f"protect/lunch/{TUESDAY}": span("14:30-15:15")})
    assert lines(book, plan(book, moved)) == ["14:30-15:15 Lunch"]
    assert plan(book, moved).findings == ()


def test_a_block_that_was_deleted_is_not_made_again() -> None:
    book = diary("10:00-10:50 session", now="08:00", bookable=(), protect=[LUNCH])
    deleted = Standing(vetoes=frozenset({f"protect/lunch/{TUESDAY}", "break/s0/after"}))
    assert plan(book, deleted).blocks == ()


def test_a_moved_break_goes_with_its_session() -> None:
    book = diary(now="08:00")
    assert plan(book, Standing(pins={"break/s9/after": span("11:00-11:10")})).blocks == ()


def test_a_guard_that_was_deleted_stays_away_and_is_said() -> None:
    book = diary(*FIVE, now="08:00", per_day=Limit(sessions=5))
    (guard,) = [b for b in plan(book).blocks if b.guard]
    placed = plan(book, Standing(vetoes=frozenset({guard.key})))
    assert not any(b.guard for b in placed.blocks)
    assert [f.code for f in placed.findings] == ["guard-removed"]
    assert times(book, placed.open) == ["14:00-18:00"]
    assert placed.bookable_slots == 0


# --- nothing creeps ---

OVERNIGHT: dict[str, Any] = {"working": {1: "20:00-04:00", 2: "20:00-04:00"}, "days": 2, "now": "18:00"}


@pytest.mark.parametrize(
    "book",
    [
        lambda: diary(*FIVE, now="08:00", per_day=Limit(sessions=5), protect=[LUNCH]),
        lambda: diary(
            "09:00-09:50 session", "11:02-11:52 session", "12:40-13:30 session", now="08:00", protect=[LUNCH]
        ),
        lambda: diary("10:00-11:30 emdr", now="08:00", per_day=Limit(heavy=1), bookable=("individual", "emdr")),
        lambda: diary("10:00-11:30 emdr", now="08:00", protect=[ProtectItem("Prayer", at=hours("11:40-11:50"))]),
        lambda: diary("15:30-16:20 session", now="08:00", protect=[ProtectItem("Me time", at=hours("15:00-17:00"))]),
        lambda: diary("11:20-12:20 meeting", now="08:00", protect=[LUNCH]),
        lambda: diary(
            "11:30-12:10 session", "12:50-13:50 session", now="08:00", protect=[replace(LUNCH, at_least=mins(20))]
        ),
        lambda: diary(
            now="20:00",
            days=2,
            protect=[ProtectItem("Reading", between=hours("22:00-02:00"), length=mins(60), ideally=clock("00:30"))],
        ),
        lambda: diary(
            "23:00-23:30 meeting", now="20:00", days=2, protect=[ProtectItem("Night", at=hours("22:00-03:00"))]
        ),
        lambda: diary("21:00-22:30 emdr", per_day=Limit(heavy=1), bookable=("individual", "emdr"), **OVERNIGHT),
        lambda: diary("+1 00:25-01:15 session", before=10, **OVERNIGHT),
    ],
    ids=["full", "lunch", "heavy", "prayer", "me", "meeting", "shrunk", "reading", "night", "evening", "midnight"],
)
def test_nothing_changes_as_the_day_passes(book: Callable[[], Diary]) -> None:
    assert changes(book(), mins(5)) == []


# --- what always holds ---


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(weeks())
def test_nothing_is_placed_on_anything_busy_or_on_another_block_or_before_now(week: Week) -> None:
    book = week.book
    blocks = sorted(plan(book).blocks, key=lambda b: b.interval)
    taken = [*book.busy, *(s.interval for s in book.sessions)]
    assert not [b for b in blocks for t in taken if b.interval.overlaps(t)]
    assert not [(a, b) for a, b in pairwise(blocks) if a.end > b.start]
    assert all(book.now <= b.start < b.end for b in blocks)
    assert len({b.key for b in blocks}) == len(blocks)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(weeks(), st.data())
def test_after_a_cancellation_later_in_the_week_the_plan_is_safe_and_stable_again(
    week: Week, data: st.DataObject
) -> None:
    """Started blocks stay or, if guards, are shortened; no booking breaks a rule; a second look changes nothing."""
    book = week.book
    first = plan(book)
    now = book.now + timedelta(minutes=data.draw(st.integers(0, 36 * 60)))
    if now >= book.window.end:
        return
    left = list(book.sessions)
    if left:
        left.pop(data.draw(st.integers(0, len(left) - 1)))
    after = replace(book, window=Interval(now, book.window.end), sessions=tuple(left))
    standing = as_standing(book, first, now)
    placed = plan(after, standing)
    for block in placed.blocks:
        was = standing.started.get(block.key)
        if was is None:
            assert block.start >= now
        else:
            assert block.interval == was or (block.guard and block.start == was.start and now <= block.end < was.end)
    again = plan(after, calendar_after(standing, {b.key: b.interval for b in placed.blocks}, now))
    assert [(b.key, b.interval) for b in again.blocks] == [(b.key, b.interval) for b in placed.blocks if b.end > now]
    for kind in after.bookable:
        for start in list(starts(placed.open, kind))[::11]:
            assert new_findings(after, standing, placed, kind, start, fully=False) == []


def calendar_after(standing: Standing, blocks: dict[str, Interval], now: datetime) -> Standing:
    both = {**standing.started, **blocks}
    return Standing(
        future={k: i for k, i in both.items() if i.start >= now},
        started={k: i for k, i in both.items() if i.start < now},
    )


# --- several wants on a day ---


def test_two_items_that_both_have_room_do_not_overlap() -> None:
    walk = ProtectItem("Walk", between=hours("11:30-14:00"), length=mins(45))
    book = diary(bookable=(), protect=[LUNCH, walk])
    assert [line.split(" ", 1)[1] for line in lines(book, plan(book))] == ["Walk", "Lunch"]


def test_where_nothing_has_room_the_day_is_planned_without_it() -> None:
    book = diary("11:00-14:30 meeting", protect=[LUNCH])
    assert [f.code for f in plan(book).findings] == ["not-placed"]
    assert times(book, plan(book).open) == ["09:00-10:50", "14:30-18:00"]


def test_floating_blocks_start_on_the_grid_or_where_something_ends() -> None:
    book = diary("11:00-11:52 meeting", bookable=(), protect=[replace(LUNCH, ideally=clock("11:30"))])
    assert lines(book, plan(book)) == ["11:52-12:37 Lunch"]
    quarter = rules(bookable=(), protect=[replace(LUNCH, ideally=clock("12:08"))], grid=mins(15))
    assert lines(diary(with_rules=quarter), plan(diary(with_rules=quarter))) == ["12:15-13:00 Lunch"]


def test_blocks_come_in_order_of_their_start() -> None:
    book = diary(*FIVE, protect=[LUNCH, ProtectItem("Me", at=hours("16:00-17:00"))])
    assert [b.start for b in plan(book).blocks] == sorted(b.start for b in plan(book).blocks)
