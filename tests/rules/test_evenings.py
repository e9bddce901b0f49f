"""Evenings on which sessions may lie only so often, and room after the day's last session."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from rules import engine, protect
from rules.diary import Diary
from rules.evenings import bans, findings
from rules.practice import Kind, ProtectItem, Quota
from tests.bookings import booked
from tests.days import KINDS, TUESDAY, diary, hours, mins, shown, span, times

MONDAY = date(2026, 11, 30)
SESSION = KINDS["individual"]


def evenings(most: int = 2, between: str = "18:00-22:00", **more: Any) -> ProtectItem:
    return ProtectItem("Family", between=hours(between), at_most=most, **more)


def wind_down(between: str | None = "17:00-22:00", length: int = 30, **more: Any) -> ProtectItem:
    window = None if between is None else hours(between)
    return ProtectItem("Wind down", between=window, length=mins(length), after="last session", **more)


def week(*lines: str, **made: Any) -> Diary:
    return diary(*lines, day=MONDAY, days=7, working="08:00-23:00", **made)


def is_banned(book: Diary, moment: datetime, kind: Kind = SESSION) -> bool:
    return any(b.starts.start <= moment < b.starts.end for b in bans(book, kind))


def first_and_last_open(book: Diary, day: date, kind: Kind = SESSION) -> tuple[str, str]:
    """The first and the last whole minute of a date at which nothing bans a booking."""
    midnight = span("00:00-24:00", day).start
    allowed = [m for n in range(1440) if not is_banned(book, m := midnight + timedelta(minutes=n), kind)]
    return shown(book, allowed[0]), shown(book, allowed[-1])


# --- at most n evenings a week ---


def test_sessions_on_more_evenings_than_allowed_are_said_with_their_days() -> None:
    book = week("18:30-19:20 session", "+1 19:00-19:50 session", "+3 17:30-18:20 session", protect=[evenings()])
    [finding] = findings(book)
    assert (finding.rule, finding.code) == ("protect", "over-limit")
    assert finding.message == (
        "Week of Mon 30 Nov: sessions on 3 of 2 days in Family (18:00-22:00): Mon 30 Nov, Tue 1 Dec, Thu 3 Dec"
    )
    assert finding.interval.length == timedelta(days=7)
    assert finding in engine.demand(book).findings


def test_sessions_that_only_touch_the_evening_and_two_in_one_evening_do_not_count_more() -> None:
    book = week("17:10-18:00 session", "+1 18:00-18:50 session", "+1 19:00-19:50 session", "+2 20:00-20:50 session")
    assert findings(replace(book, rules=replace(book.rules, protect=(evenings(),)))) == []


def test_meetings_in_the_evening_are_no_sessions() -> None:
    assert findings(week("18:30-19:20 meeting", "+1 19:00-19:50 session", protect=[evenings(1)])) == []


def test_a_week_that_is_over_is_said_no_more() -> None:
    book = diary("18:30-19:20 session", day=TUESDAY, days=14, now="12:00", protect=[evenings(0)])
    assert len(findings(book)) == 1
    later = replace(book, window=replace(book.window, start=span("00:00-01:00", MONDAY + timedelta(days=7)).start))
    assert findings(later) == []


def test_with_the_evenings_used_up_no_booking_may_reach_into_another() -> None:
    book = week("18:30-19:20 session", "+1 19:00-19:50 session", protect=[evenings()])
    thursday = MONDAY + timedelta(days=3)
    assert [shown(book, span(f"{t}-23:00", thursday).start) for t in ("17:10", "17:11", "21:59", "22:00")] == [
        "17:10",
        "17:11",
        "21:59",
        "22:00",
    ]
    told = [is_banned(book, span(f"{t}-23:00", thursday).start) for t in ("17:10", "17:11", "21:59", "22:00")]
    assert told == [False, True, True, False]


def test_an_evening_that_is_used_takes_more_sessions() -> None:
    book = week("18:30-19:20 session", "+1 19:00-19:50 session", protect=[evenings()])
    assert not is_banned(book, span("20:00-20:50", MONDAY).start)


def test_with_an_evening_left_any_may_be_taken() -> None:
    book = week("18:30-19:20 session", protect=[evenings()])
    assert bans(book, SESSION) == []


def test_what_is_over_already_may_not_get_worse() -> None:
    book = week("18:30-19:20 session", "+1 19:00-19:50 session", protect=[evenings(1)])
    assert is_banned(book, span("20:00-20:50", MONDAY + timedelta(days=4)).start)


def test_a_booking_that_would_take_two_evenings_at_once_is_one_too_many() -> None:
    night = evenings(1, "00:00-24:00")
    book = week(protect=[night])
    midnight = span("00:00-24:00", TUESDAY).start
    assert [is_banned(book, midnight + mins(n)) for n in (-50, -49, -1, 0)] == [False, True, True, False]


def test_only_the_weekdays_that_are_named_count() -> None:
    weekdays = evenings(1, on=frozenset({0, 1, 2, 3}))
    book = week("18:30-19:20 session", "+4 19:00-19:50 session", protect=[weekdays])
    assert findings(book) == []
    assert not is_banned(book, span("20:00-20:50", MONDAY + timedelta(days=5)).start)
    assert is_banned(book, span("20:00-20:50", TUESDAY).start)


def test_every_banned_start_breaks_the_limit_and_no_other_does() -> None:
    book = week("18:30-19:20 session", "+1 19:00-19:50 session", protect=[evenings()])
    for kind in (SESSION, KINDS["group"]):
        for day in (TUESDAY, MONDAY + timedelta(days=2)):
            for n in range(15 * 60, 23 * 60, 1):
                start = span("00:00-24:00", day).start + mins(n)
                assert is_banned(book, start, kind) == bool(findings(booked(book, kind, start)))


def test_such_an_item_asks_for_no_block() -> None:
    book = week(protect=[evenings()])
    asked = engine.demand(book)
    assert (asked.wants, asked.quotas, asked.fixed) == ((), (), ())


# --- after the last session ---


def test_the_window_begins_where_the_last_session_ends() -> None:
    book = diary("10:00-10:50 session", "18:30-19:20 session", protect=[wind_down()])
    [want] = protect.wants(book)
    assert times(book, [want.window]) == ["19:20-22:00"]


def test_without_between_it_reaches_to_midnight() -> None:
    book = diary("10:00-10:50 session", protect=[wind_down(None)])
    assert times(book, [w.window for w in protect.wants(book)]) == ["10:50-00:00"]


def test_it_does_not_begin_before_its_own_window_does() -> None:
    book = diary("10:00-10:50 session", protect=[wind_down()])
    assert times(book, [w.window for w in protect.wants(book)]) == ["17:00-22:00"]


def test_a_day_without_sessions_has_nothing_after_them() -> None:
    assert protect.wants(diary("10:00-10:50 meeting", protect=[wind_down()])) == []


def test_a_session_past_midnight_ends_the_day_it_began_on() -> None:
    book = diary("23:30-00:20 session", days=2, protect=[wind_down(None)])
    [want] = protect.wants(book)
    assert want.day == TUESDAY
    assert want.window.length == timedelta(0)
    assert "no room for Wind down" in protect.not_placed(book, want, []).message


def test_a_booking_must_leave_room_after_the_last_session() -> None:
    book = week("10:00-10:50 session", protect=[wind_down()])
    assert first_and_last_open(book, MONDAY) == ("00:00", "20:40")
    assert first_and_last_open(book, TUESDAY) == ("00:00", "20:40")  # its first session would make it due


def test_what_is_busy_afterwards_takes_from_the_room() -> None:
    book = week("10:00-10:50 session", "20:00-21:45 meeting", protect=[wind_down()])
    assert first_and_last_open(book, MONDAY) == ("00:00", "18:40")
    fixed = ProtectItem("Choir", at=hours("20:00-22:00"))
    assert first_and_last_open(week(protect=[wind_down(), fixed]), MONDAY) == ("00:00", "18:40")


def test_several_that_follow_the_last_session_need_room_one_after_the_other() -> None:
    gratitude = ProtectItem("Gratitude", length=mins(5), after="last session")
    walk = ProtectItem("Walk", between=hours("17:00-21:40"), length=mins(20), after="last session")
    assert first_and_last_open(week(protect=[wind_down(), gratitude]), MONDAY) == ("00:00", "20:40")  # after 22:00
    tight = replace(gratitude, between=hours("17:00-22:00"))
    assert first_and_last_open(week(protect=[wind_down(), tight]), MONDAY) == ("00:00", "20:35")
    assert first_and_last_open(week(protect=[wind_down(), walk]), MONDAY) == ("00:00", "20:20")
    assert first_and_last_open(week(protect=[walk, wind_down()]), MONDAY) == ("00:00", "20:20")
    twice = wind_down(quota=Quota("day", times=2))
    assert first_and_last_open(week(protect=[twice]), MONDAY) == ("00:00", "20:10")


def test_at_least_is_room_enough() -> None:
    book = week(protect=[wind_down(length=60, at_least=mins(20))])
    assert first_and_last_open(book, MONDAY) == ("00:00", "20:50")


def test_work_after_the_last_session_comes_after_its_break() -> None:
    book = week(protect=[wind_down(counts_as_break=False)])
    assert first_and_last_open(book, MONDAY) == ("00:00", "20:30")


def test_a_booking_before_the_last_session_takes_no_room() -> None:
    book = week("21:20-22:10 session", protect=[wind_down()])
    assert not is_banned(book, span("20:20-21:10", MONDAY).start)
    assert is_banned(book, span("22:00-22:50", MONDAY).start)  # there is none, and it would be told of a later time


def test_an_item_that_has_been_done_needs_no_room() -> None:
    book = replace(week(protect=[wind_down()]), done={"wind-down": (span("07:00-07:30", MONDAY),)})
    assert not is_banned(book, span("21:30-22:20", MONDAY).start)
    assert is_banned(book, span("21:30-22:20", TUESDAY).start)


def test_the_engine_bans_both() -> None:
    book = week("18:30-19:20 session", protect=[evenings(1), wind_down()])
    told = {b.why for b in engine.demand(book).bans["individual"] if b.rule == "protect"}
    assert told == {
        "would put sessions into Family on a second day of the week",
        "would leave Wind down no room after the day's last session",
    }
