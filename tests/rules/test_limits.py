"""Limits per day and per week: what counts, where it counts, and which booking is one too many."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from rules import engine, limits
from rules.demand import Load
from rules.diary import Diary
from rules.practice import Kind, Limit
from tests.days import KINDS, TUESDAY, diary, mins, rules, times

SUNDAY = date(2026, 12, 6)
AUTUMN = date(2026, 10, 25)


def day_of(book: Diary, day: date = TUESDAY) -> Load:
    return limits.loads(book, "per_day").get(day, Load())


def week_of(book: Diary, monday: date = date(2026, 11, 30)) -> Load:
    return limits.loads(book, "per_week").get(monday, Load())


def over(book: Diary) -> list[str]:
    return [f.message for f in engine.demand(book).findings if f.code == "over-limit"]


def banned(book: Diary) -> dict[str, list[str]]:
    """Which kinds may come no more on which dates from today on."""
    return {
        kind.name: [
            f"{book.date_of(b.starts.start):%d.%m.} {b.rule}"
            for b in limits.bans(book, kind)
            if b.starts.start >= book.canvas.start
        ]
        for kind in book.bookable
    }


def test_a_day_holds_its_sessions_their_minutes_weight_and_heavy_ones() -> None:
    book = diary("09:00-09:50 session", "10:00-11:30 emdr", "12:00-14:00 group", "14:00-15:00 meeting")
    assert day_of(book) == Load(sessions=3, minutes=260, weight=4.5, heavy=1)


def test_time_is_the_union_of_the_sessions() -> None:
    book = diary("09:00-09:50 session", "09:30-10:20 session", "09:35-09:45 session")
    assert day_of(book) == Load(sessions=3, minutes=80, weight=3, heavy=0)


def test_a_sessions_own_length_counts_not_its_kinds() -> None:
    assert day_of(diary("09:00-10:15 session")).minutes == 75


def test_a_session_counts_on_the_date_it_starts_on() -> None:
    book = diary("23:30-00:20 session", "+1 09:00-09:50 session", days=2)
    assert day_of(book) == Load(sessions=1, minutes=50, weight=1, heavy=0)
    assert day_of(book, TUESDAY + timedelta(days=1)).sessions == 1


def test_a_session_counts_in_the_iso_week_it_starts_in() -> None:
    book = diary("23:30-00:20 session", "+1 09:00-09:50 session", day=SUNDAY, days=2, working=None)
    assert week_of(book).sessions == 1
    assert week_of(book, date(2026, 12, 7)).sessions == 1


def test_a_week_goes_on_over_the_new_year() -> None:
    book = diary("09:00-09:50 session", "+3 09:00-09:50 session", day=date(2026, 12, 30), days=4)
    assert limits.loads(book, "per_week") == {date(2026, 12, 28): Load(sessions=2, minutes=100, weight=2, heavy=0)}


def test_dates_are_the_therapists_own() -> None:
    auckland = diary("23:30-23:50 session", "+1 00:10-00:30 session", zone=ZoneInfo("Pacific/Auckland"), days=2)
    assert [load.sessions for load in limits.loads(auckland, "per_day").values()] == [1, 1]


def test_a_day_with_25_hours_is_one_day() -> None:
    book = diary("00:10-00:50 session", "23:00-23:50 session", day=AUTUMN, working=None, per_day=Limit(sessions=1))
    assert day_of(book, AUTUMN).sessions == 2
    assert over(book) == ["Sun 25 Oct: 2 of 1 session"]


def test_a_session_that_lasts_through_the_change_counts_its_elapsed_minutes() -> None:
    assert day_of(diary("00:30-03:00 session", day=AUTUMN, working=None), AUTUMN).minutes == 210


def test_what_reaches_a_limit_is_not_over_it() -> None:
    law = Limit(sessions=2, time=mins(140), weight=2.5, heavy=1)
    assert over(diary("09:00-09:50 session", "10:00-11:30 emdr", per_day=law)) == []


def test_a_day_over_several_measures_is_one_finding_that_names_them_all() -> None:
    law = Limit(sessions=1, time=mins(90), weight=2, heavy=0)
    book = diary("09:00-09:50 session", "10:00-11:30 emdr", per_day=law)
    assert over(book) == ["Tue 1 Dec: 2 of 1 session, 2 h 20 of 1 h 30, weight 2.5 of 2, 1 of 0 heavy sessions"]


def test_each_day_over_its_limit_is_its_own_finding() -> None:
    book = diary("09:00-09:50 session", "+1 09:00-09:50 session", days=2, per_day=Limit(sessions=0))
    assert [f.interval.start.day for f in engine.demand(book).findings] == [1, 2]


def test_a_day_and_its_week_over_their_limits_are_two_findings() -> None:
    book = diary("09:00-09:50 session", "10:00-10:50 session", per_day=Limit(sessions=1), per_week=Limit(sessions=1))
    assert over(book) == ["Tue 1 Dec: 2 of 1 session", "Week of Mon 30 Nov: 2 of 1 session"]


def test_tenths_of_weight_add_up() -> None:
    law = rules(kinds={**KINDS, "call": Kind("call", mins(20), weight=0.1)}, per_day=Limit(weight=0.3))
    book = diary("09:00-09:20 call", "10:00-10:20 call", "11:00-11:20 call", with_rules=law)
    assert over(book) == []


def test_sessions_that_are_over_count_for_their_day_and_week() -> None:
    book = diary("09:00-09:50 session", "10:00-10:50 session", now="15:00", per_day=Limit(sessions=1))
    assert over(book) == ["Tue 1 Dec: 2 of 1 session"]


def test_a_day_that_is_over_is_said_no_more_but_its_week_is() -> None:
    thursday = TUESDAY + timedelta(days=2)
    law = rules(per_day=Limit(sessions=1), per_week=Limit(sessions=1))
    book = diary("09:00-09:50 session", day=thursday, with_rules=law)
    before = diary("09:00-09:50 session", "10:00-10:50 session", with_rules=law)
    both = Diary(
        rules=law,
        window=book.window,
        sessions=(*before.sessions, *book.sessions),
        busy=(),
        working=book.working,
        days_off=book.days_off,
    )
    assert over(both) == ["Week of Mon 30 Nov: 3 of 1 session"]


def test_a_finding_spans_the_day_or_the_week() -> None:
    book = diary("09:00-09:50 session", per_day=Limit(sessions=0), per_week=Limit(sessions=0))
    day, week = engine.demand(book).findings
    assert day.interval.length == timedelta(days=1)
    assert week.interval.length == timedelta(days=7)
    assert times(book, [day.interval, week.interval]) == ["00:00-00:00", "00:00-00:00"]


def test_one_more_booking_is_banned_on_a_day_that_has_reached_its_sessions() -> None:
    book = diary(
        "09:00-09:50 session", "+1 09:00-09:50 session", "+1 10:00-10:50 session", days=3, per_day=Limit(sessions=2)
    )
    assert banned(book) == {"individual": ["02.12. limits.per_day"]}


def test_a_booking_is_banned_if_its_own_length_breaks_the_time() -> None:
    law = Limit(time=mins(140))
    book = diary("09:00-10:30 emdr", per_day=law, bookable=("individual", "couple"))
    assert banned(book) == {"individual": [], "couple": ["01.12. limits.per_day"]}


def test_a_booking_is_banned_if_its_own_weight_breaks_the_weight() -> None:
    book = diary("09:00-11:00 group", per_day=Limit(weight=3), bookable=("individual", "couple"))
    assert banned(book) == {"individual": [], "couple": ["01.12. limits.per_day"]}


def test_only_heavy_bookings_are_banned_where_the_heavy_ones_are_used_up() -> None:
    book = diary("09:00-10:30 emdr", per_day=Limit(heavy=1), bookable=("individual", "emdr"))
    assert banned(book) == {"individual": [], "emdr": ["01.12. limits.per_day"]}


def test_where_the_heavy_ones_are_over_already_light_bookings_may_still_come() -> None:
    book = diary("09:00-10:30 emdr", "11:00-12:30 emdr", per_day=Limit(heavy=1), bookable=("individual", "emdr"))
    assert banned(book) == {"individual": [], "emdr": ["01.12. limits.per_day"]}


def test_a_full_week_bans_bookings_on_all_its_days_that_are_left() -> None:
    book = diary("09:00-09:50 session", days=7, per_week=Limit(sessions=1))
    assert banned(book)["individual"] == [f"{n:02d}.12. limits.per_week" for n in range(1, 7)]


def test_what_is_over_already_is_not_made_worse() -> None:
    book = diary("09:00-09:50 session", "10:00-10:50 session", per_day=Limit(sessions=1))
    assert banned(book) == {"individual": ["01.12. limits.per_day"]}


def test_a_booking_without_weight_may_come_where_the_weight_is_over_already() -> None:
    law = rules(kinds={**KINDS, "call": Kind("call", mins(20), weight=0)}, per_day=Limit(weight=1), bookable=("call",))
    assert banned(diary("09:00-11:00 group", with_rules=law)) == {"call": []}


def test_without_limits_nothing_is_banned_or_over() -> None:
    book = diary("09:00-09:50 session", "10:00-11:30 emdr", bookable=("individual", "emdr"))
    assert banned(book) == {"individual": [], "emdr": []}
    assert over(book) == []


def test_a_zero_limit_closes_the_day() -> None:
    assert banned(diary(per_day=Limit(sessions=0))) == {"individual": ["01.12. limits.per_day"]}
