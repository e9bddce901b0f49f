"""Working time and days off, written as dates, ranges, titles, public holidays and weekdays."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules import engine
from rules.practice import DaysOff, ProtectItem, Rules, TitlePattern, WorkingHours
from rules.timeline import Event, Interval, State, midnight
from rules.workdays import days_off, hours_on, nominal_hours, range_on, touches_hours, working_time
from tests.days import LONDON, TUESDAY, diary, hours, lines, mins, plan, rules, span, times

MONDAY = date(2026, 11, 30)
SUNDAY = date(2026, 12, 6)
AUTUMN = date(2026, 10, 25)
SPRING = date(2026, 3, 29)
LEAVE = TitlePattern("*annual leave*", re.compile(r"(?s)^.*annual leave.*$", re.IGNORECASE))


def days(first: date, count: int, zone: ZoneInfo = LONDON) -> Interval:
    return Interval(midnight(first, zone), midnight(first + timedelta(days=count), zone))


def all_day(title: str, first: date, last: date, *, state: State = "busy", out: bool = False) -> Event:
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return Event(
        calendar="book",
        uid="u",
        interval=Interval(start, start),
        title=title,
        state=state,
        out_of_office=out,
        first_day=first,
        last_day=last,
    )


def off(law: Rules, first: date, count: int, *events: Event) -> list[str]:
    return [day.isoformat() for day in days_off(law, days(first, count), events)]


def every_day(**more: object) -> Rules:
    """Working hours on all seven days, so that only what a test names is off."""
    return rules(working=dict.fromkeys(range(7), "09:00-18:00"), **more)  # type: ignore[arg-type]  # passed on


def test_a_weekday_without_working_hours_is_a_day_off() -> None:
    assert off(rules(working={0: "09:00-18:00", 2: "09:00-12:00"}), MONDAY, 7) == [
        "2026-12-01",
        "2026-12-03",
        "2026-12-04",
        "2026-12-05",
        "2026-12-06",
    ]


def test_where_the_file_gives_no_working_hours_every_hour_is_working_time() -> None:
    law = rules(working=None)
    assert off(law, MONDAY, 7) == []
    assert working_time(law, days(MONDAY, 2), {}) == (days(MONDAY, 2),)


def test_both_ends_of_a_range_of_days_off_are_off() -> None:
    law = every_day(
        off=DaysOff(ranges=((date(2026, 12, 2), date(2026, 12, 4)), (date(2026, 12, 6), date(2026, 12, 6))))
    )
    assert off(law, MONDAY, 7) == ["2026-12-02", "2026-12-03", "2026-12-04", "2026-12-06"]


def test_a_range_that_begins_long_before_the_days_in_question_counts() -> None:
    law = every_day(off=DaysOff(ranges=((date(2026, 6, 1), date(2026, 12, 1)),)))
    assert off(law, MONDAY, 3) == ["2026-11-30", "2026-12-01"]


def test_a_public_holiday_is_a_day_off_with_its_name_as_reason() -> None:
    law = every_day(off=DaysOff(holidays=("GB-ENG",)))
    found = days_off(law, days(date(2026, 12, 24), 4), ())
    assert list(found) == [date(2026, 12, 25), date(2026, 12, 26)]
    assert "Christmas" in found[date(2026, 12, 25)]


def test_a_holiday_moved_from_a_saturday_is_off_on_the_day_it_is_moved_to() -> None:
    assert date(2026, 12, 28).isoformat() in off(every_day(off=DaysOff(holidays=("GB-ENG",))), date(2026, 12, 28), 1)


def test_a_holiday_of_another_part_of_the_country_is_no_day_off() -> None:
    saint_andrew = date(2026, 11, 30)
    assert off(every_day(off=DaysOff(holidays=("GB-SCT",))), saint_andrew, 1) == ["2026-11-30"]
    assert off(every_day(off=DaysOff(holidays=("GB-ENG",))), saint_andrew, 1) == []


def test_holidays_are_found_on_both_sides_of_the_new_year() -> None:
    assert off(every_day(off=DaysOff(holidays=("DE",))), date(2026, 12, 25), 8) == [
        "2026-12-25",
        "2026-12-26",
        "2027-01-01",
    ]


def test_an_all_day_event_whose_title_matches_is_a_day_off_on_all_its_days() -> None:
    law = every_day(off=DaysOff(titles=(LEAVE,)))
    leave = all_day("Annual leave (Cornwall)", date(2026, 12, 1), date(2026, 12, 3))
    assert off(law, MONDAY, 7, leave) == ["2026-12-01", "2026-12-02", "2026-12-03"]


def test_an_all_day_event_that_is_marked_free_may_match() -> None:
    law = every_day(off=DaysOff(titles=(LEAVE,)))
    assert off(law, MONDAY, 2, all_day("annual leave", TUESDAY, TUESDAY, state="free")) == ["2026-12-01"]


def test_a_cancelled_or_declined_all_day_event_is_no_day_off() -> None:
    law = every_day(off=DaysOff(titles=(LEAVE,)))
    assert off(law, MONDAY, 2, all_day("annual leave", TUESDAY, TUESDAY, state="cancelled")) == []
    assert off(law, MONDAY, 2, all_day("annual leave", TUESDAY, TUESDAY, state="declined")) == []


def test_a_birthday_means_nothing_though_calendars_often_mark_it_busy() -> None:
    law = every_day(off=DaysOff(titles=(LEAVE,)))
    birthday = all_day("Birthday of an invented aunt", TUESDAY, TUESDAY)
    assert off(law, MONDAY, 2, birthday) == []
    assert not birthday.busy


def test_a_timed_event_whose_title_matches_is_no_day_off() -> None:
    law = every_day(off=DaysOff(titles=(LEAVE,)))
    talk = Event(calendar="book", uid="u", interval=span("10:00-10:30"), title="annual leave planning")
    assert off(law, MONDAY, 2, talk) == []


def test_an_all_day_event_with_out_of_office_status_is_a_day_off_whatever_its_title() -> None:
    assert off(every_day(), MONDAY, 2, all_day("x", TUESDAY, TUESDAY, out=True)) == ["2026-12-01"]


def test_the_reason_for_a_day_off_never_quotes_an_events_title() -> None:
    law = every_day(off=DaysOff(titles=(LEAVE,)))
    found = days_off(law, days(TUESDAY, 1), [all_day("annual leave with Zebulon Quark", TUESDAY, TUESDAY)])
    assert "zebulon" not in str(found).lower()


def test_working_time_leaves_days_off_out() -> None:
    law = rules(working="09:00-13:00 14:00-18:00", off=DaysOff(ranges=((TUESDAY, TUESDAY),)))
    span_ = days(MONDAY, 3)
    worked = working_time(law, span_, days_off(law, span_, ()))
    assert [(i.start.day, i.start.hour, i.end.hour) for i in worked] == [
        (30, 9, 13),
        (30, 14, 18),
        (2, 9, 13),
        (2, 14, 18),
    ]


def test_working_time_that_runs_past_midnight_into_a_day_off_ends_at_midnight() -> None:
    law = rules(working={4: "20:00-02:00", 5: "20:00-02:00"})  # Friday and Saturday; Sunday has none
    week = days(MONDAY, 7)
    worked = working_time(law, week, days_off(law, week, ()))
    assert [(i.start.day, i.start.hour, i.end.day, i.end.hour) for i in worked] == [(4, 20, 5, 2), (5, 20, 6, 0)]


def test_an_end_of_24_00_is_the_end_of_the_day() -> None:
    assert range_on(TUESDAY, hours("18:00-24:00"), LONDON) == Interval(
        datetime(2026, 12, 1, 18, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
    )


def test_hours_follow_the_wall_clock_through_both_changes() -> None:
    law = every_day()
    (autumn,) = nominal_hours(law, AUTUMN)
    (spring,) = nominal_hours(law, SPRING)
    assert (autumn.start.hour, autumn.end.hour) == (9, 18)  # Greenwich time from that morning on
    assert (spring.start.hour, spring.end.hour) == (8, 17)  # summer time from that morning on


def test_hours_across_the_change_are_an_hour_longer_or_shorter() -> None:
    law = rules(working={6: "00:00-04:00"})
    assert nominal_hours(law, AUTUMN)[0].length == timedelta(hours=5)
    assert nominal_hours(law, SPRING)[0].length == timedelta(hours=3)


def test_a_range_that_the_change_swallows_is_empty() -> None:
    assert range_on(SPRING, hours("01:10-01:50"), LONDON).length == mins(40)  # moved on by the gap, both ends
    assert range_on(SPRING, hours("01:30-02:10"), LONDON).length == mins(0)


def test_whether_a_window_has_working_time_in_it_is_told_by_the_clock() -> None:
    law = rules(working="09:00-18:00")
    assert touches_hours(law, hours("17:00-20:00"))
    assert not touches_hours(law, hours("18:00-20:00"))
    assert not touches_hours(law, hours("20:00-09:00"))
    assert touches_hours(law, hours("20:00-09:01"))


def dated(*some: WorkingHours) -> Rules:
    return replace(
        rules(), working_hours=(WorkingHours({0: (hours("09:00-17:00"),), 2: (hours("09:00-17:00"),)}), *some)
    )


def worked(law: Rules, first: date, count: int) -> list[str]:
    """``Mon 30 Nov 09:00-17:00`` for each date with working hours."""
    found = []
    for day in (first + timedelta(days=n) for n in range(count)):
        found += [f"{day:%d.%m.} {r.start:%H:%M}-{r.end:%H:%M}" for r in hours_on(law, day)]
    return found


def test_hours_from_and_until_hold_on_both_their_dates_and_the_last_that_names_the_weekday_decides() -> None:
    short = WorkingHours({0: (hours("10:00-12:00"),)}, since=date(2026, 12, 7), until=date(2026, 12, 14))
    assert worked(dated(short), MONDAY, 22) == [
        "30.11. 09:00-17:00",
        "02.12. 09:00-17:00",
        "07.12. 10:00-12:00",
        "09.12. 09:00-17:00",
        "14.12. 10:00-12:00",
        "16.12. 09:00-17:00",
        "21.12. 09:00-17:00",
    ]


def test_every_second_week_is_counted_from_the_week_it_begins_in_across_the_new_year() -> None:
    other = WorkingHours({0: (hours("10:00-12:00"),)}, since=date(2026, 12, 16), every=2)
    mondays = [day for day in worked(dated(other), date(2026, 12, 14), 29) if "10:00" in day]
    assert mondays == ["28.12. 10:00-12:00", "11.01. 10:00-12:00"]  # the 14th is before the 16th


def test_a_weekday_may_be_off_for_some_dates() -> None:
    never = WorkingHours({0: ()}, since=date(2026, 12, 7))
    law = dated(never)
    assert worked(law, MONDAY, 14) == ["30.11. 09:00-17:00", "02.12. 09:00-17:00", "09.12. 09:00-17:00"]
    assert off(law, MONDAY, 8)[-1] == "2026-12-07"


def test_of_hours_for_some_dates_those_that_hold_count() -> None:
    summer = WorkingHours({0: (hours("12:00-21:00"),)}, since=date(2027, 6, 1), until=date(2027, 8, 31))
    law = replace(rules(working="09:00-18:00"), working_hours=(*(rules().working_hours or ()), summer))
    assert touches_hours(law, hours("19:00-20:00"))
    assert touches_hours(law, hours("19:00-20:00"), date(2027, 7, 3))
    assert not touches_hours(law, hours("19:00-20:00"), TUESDAY)


def test_a_day_off_is_closed_to_bookings() -> None:
    book = diary(days=2, off=DaysOff(ranges=((TUESDAY, TUESDAY),)))
    assert {book.date_of(i.start) for i in plan(book).open} == {TUESDAY + timedelta(days=1)}


def test_a_session_on_a_day_off_counts_gets_its_break_and_is_said_and_the_day_stays_closed() -> None:
    book = diary("10:00-10:50 session", off=DaysOff(ranges=((TUESDAY, TUESDAY),)))
    placed = plan(book)
    assert lines(book, placed) == ["10:50-11:00 Break"]
    assert placed.open == ()
    found = [(f.rule, f.code) for f in engine.demand(book).findings]
    assert found == [("days_off", "session-on-day-off")]


def test_a_session_on_a_day_off_that_is_over_is_said_no_more() -> None:
    book = diary("10:00-10:50 session", now="10:50", off=DaysOff(ranges=((TUESDAY, TUESDAY),)))
    assert engine.demand(book).findings == ()


def test_a_day_off_gets_nothing_but_items_outside_working_hours() -> None:
    lunch = ProtectItem("Lunch", between=hours("11:30-14:00"), length=mins(45))
    evening = ProtectItem("Run", at=hours("19:00-20:00"))
    part = ProtectItem("Late", at=hours("17:30-18:30"))
    book = diary(off=DaysOff(ranges=((TUESDAY, TUESDAY),)), protect=[lunch, evening, part])
    assert lines(book, plan(book)) == ["19:00-20:00 Run"]


def test_an_item_on_a_weekday_that_has_no_working_hours_is_due_there() -> None:
    walk = ProtectItem("Walk", on=frozenset({6}), at=hours("10:00-11:00"))
    book = diary(day=SUNDAY, protect=[walk])
    assert lines(book, plan(book)) == ["10:00-11:00 Walk"]


def test_an_every_day_item_inside_working_hours_is_not_due_on_a_weekend() -> None:
    lunch = ProtectItem("Lunch", between=hours("11:30-14:00"), length=mins(45))
    book = diary(day=SUNDAY, protect=[lunch])
    assert lines(book, plan(book)) == []


def test_working_time_of_a_day_is_shown_in_the_therapists_zone() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    book = diary(zone=kolkata)
    assert times(book, plan(book).open) == ["09:00-18:00"]
    assert plan(book).open[0].start == datetime(2026, 12, 1, 3, 30, tzinfo=UTC)
