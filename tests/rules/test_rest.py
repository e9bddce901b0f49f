"""Rest between days, the day's span and days off: what is too little, and which booking would make it so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings

from rules import engine, rest
from rules.demand import Finding
from rules.diary import Diary
from rules.timeline import JUST_AFTER, Interval
from tests.bookings import misjudged
from tests.days import KINDS, TUESDAY, diary, lines, mins, plan, times
from tests.days import rest as law
from tests.weeks import Week, weeks

AUTUMN = date(2026, 10, 25)  # a Sunday; at 02:00 it is 01:00 again
SPRING = date(2026, 3, 29)  # a Sunday; at 01:00 it is 02:00
MONDAY = date(2026, 11, 30)
DAY = timedelta(days=1)
ALWAYS = dict.fromkeys(range(7), "00:00-24:00")


def found(book: Diary, code: str) -> list[Finding]:
    return [f for f in engine.demand(book).findings if f.code == code]


def said(book: Diary, code: str) -> list[str]:
    return [f.message for f in found(book, code)]


def banned(book: Diary, kind: str = "individual") -> list[str]:
    """The first and the last minute of each ban from today on: ``Tue 1 Dec 06:00-06:59``."""
    out = []
    for ban in rest.bans(book, book.rules.kinds[kind]):
        first = ban.starts.start + (timedelta(minutes=1) - JUST_AFTER if ban.starts.start.microsecond else mins(0))
        last = ban.starts.end - JUST_AFTER
        if first <= last and first >= book.canvas.start:
            out.append(f"{book.day_name(book.date_of(first))} {book.clock(first)}-{book.clock(last)}")
    return out


# Between days


def test_eleven_and_a_half_hours_are_eleven() -> None:
    assert found(diary("18:00-20:00 group", "+1 07:30-08:20 session", days=2, rest=law(11)), "short-rest") == []
    assert found(diary("18:00-20:00 group", "+1 07:00-07:50 session", days=2, rest=law(11)), "short-rest") == []


def test_less_is_a_short_rest_with_both_figures() -> None:
    book = diary("18:00-20:00 group", "+1 06:45-07:35 session", days=2, rest=law(11))
    (finding,) = found(book, "short-rest")
    assert finding.message == (
        "Wed 2 Dec: 10 h 45 min from the last session of Tue 1 Dec, until 20:00, to the first at 06:45; 11 h are due"
    )
    assert finding.advice.startswith("move the first session to 07:00 or later")
    assert (finding.rule, times(book, [finding.interval])) == ("rest.between_days", ["20:00-06:45"])


def test_rest_is_elapsed_time_when_the_clocks_go_forward() -> None:
    saturday = SPRING - DAY
    book = diary(
        "19:00-21:00 group", "+1 08:00-08:50 session", day=saturday, days=2, rest=law(11), working=ALWAYS, after=0
    )
    assert said(book, "short-rest")[0].startswith("Sun 29 Mar: 10 h from")


def test_rest_is_elapsed_time_when_the_clocks_go_back() -> None:
    saturday = AUTUMN - DAY
    day = ("18:00-20:00 group", "+1 08:00-08:50 session")
    assert said(diary(*day, day=saturday, days=2, rest=law(13), working=ALWAYS, after=0), "short-rest") == []
    assert said(diary(*day, day=saturday, days=2, rest=law(13.5), working=ALWAYS, after=0), "short-rest")[0].startswith(
        "Sun 25 Oct: 13 h from"
    )


def test_the_latest_end_and_the_earliest_start_of_the_days_count() -> None:
    book = diary(
        "09:00-09:50 session", "20:00-22:00 group", "20:10-21:00 session", "+1 08:00-08:50 session",
        "+1 11:00-11:50 session", days=2, rest=law(11),
    )  # fmt: skip
    assert [times(book, [f.interval]) for f in found(book, "short-rest")] == [["22:00-08:00"]]


def test_a_session_across_midnight_belongs_to_the_day_it_starts_on() -> None:
    book = diary("23:30-00:20 session", "+1 09:00-09:50 session", days=2, rest=law(11))
    assert said(book, "short-rest")[0].startswith("Wed 2 Dec: 8 h 40 min from the last session of Tue 1 Dec")


def test_sessions_of_two_days_that_overlap_leave_no_rest() -> None:
    book = diary("23:30-01:30 group", "+1 01:00-01:50 session", days=2, rest=law(11))
    assert said(book, "short-rest")[0].startswith("Wed 2 Dec: 0 min from")


def test_a_day_without_sessions_between_is_rest() -> None:
    assert found(diary("20:00-22:00 group", "+2 08:00-08:50 session", days=3, rest=law(11)), "short-rest") == []


def test_a_rest_longer_than_a_day_looks_across_free_days() -> None:
    book = diary("20:00-22:00 group", "+2 08:00-08:50 session", days=3, rest=law(36))
    assert said(book, "short-rest")[0].startswith("Thu 3 Dec: 34 h from the last session of Tue 1 Dec")


def test_a_rest_that_is_over_is_said_no_more() -> None:
    night = ("+0 20:00-22:00 group", "+1 06:00-06:50 session")
    book = diary(*night, days=2, rest=law(11))
    assert len(said(book, "short-rest")) == 1
    morning = replace(book, window=Interval(book.sessions[1].start, book.window.end))
    assert said(morning, "short-rest") == []


def test_the_hours_around_a_days_sessions_are_banned_on_both_sides() -> None:
    book = diary("18:00-20:00 group", "+2 09:00-09:50 session", days=3, rest=law(11))
    assert banned(book) == ["Wed 2 Dec 00:00-06:59", "Wed 2 Dec 21:11-23:59"]


def test_on_a_day_with_sessions_only_before_the_first_and_after_the_last() -> None:
    book = diary("18:00-20:00 group", "+1 06:00-06:50 session", "+1 20:00-20:50 session", "+2 09:00-09:50 session",
                 days=2, rest=law(11))  # fmt: skip
    assert banned(book) == ["Tue 1 Dec 19:11-23:59", "Wed 2 Dec 00:00-05:59", "Wed 2 Dec 21:11-23:59"]


def test_yesterday_and_the_day_after_the_window_count() -> None:
    book = diary("20:00-22:00 group", "+2 06:00-06:50 session", days=3, rest=law(11))
    inner = replace(book, window=Interval(book.window.start + DAY, book.window.end - DAY))
    assert banned(inner) == ["Wed 2 Dec 00:00-08:59", "Wed 2 Dec 18:11-23:59"]


def test_bans_follow_elapsed_time_through_the_clock_change() -> None:
    book = diary("19:00-21:00 group", day=SPRING - DAY, days=2, rest=law(11), working=ALWAYS, after=0)
    assert banned(book) == ["Sun 29 Mar 00:00-08:59"]
    book = diary("19:00-21:00 group", day=AUTUMN - DAY, days=2, rest=law(11), working=ALWAYS, after=0)
    assert banned(book) == ["Sun 25 Oct 00:00-06:59"]


# The day's span


def test_gaps_are_fine_but_the_days_span_is_not() -> None:
    day = ("09:00-09:50 session", "10:05-10:55 session", "14:00-14:50 session", "19:00-19:50 session")
    book = diary(*day, rest=law(span=10))
    (finding,) = engine.demand(book).findings
    assert (finding.rule, finding.code) == ("rest.day_span", "long-day")
    assert finding.message == (
        "Tue 1 Dec: 10 h 50 min from the first session at 09:00 to the last one's end at 19:50; 10 h are the most"
    )
    assert times(book, [finding.interval]) == ["09:00-19:50"]


def test_a_day_of_exactly_the_span_is_fine() -> None:
    assert said(diary("09:00-09:50 session", "18:10-19:00 session", rest=law(span=10)), "long-day") == []


def test_the_span_is_elapsed_time() -> None:
    day = ("00:00-00:50 session", "08:00-09:00 session")
    assert said(diary(*day, day=SPRING, rest=law(span=8), working=ALWAYS, after=0), "long-day") == []
    assert said(diary(*day, day=AUTUMN, rest=law(span=9), working=ALWAYS, after=0), "long-day") != []


def test_a_session_across_midnight_lengthens_the_day_it_starts_on() -> None:
    book = diary("15:00-15:50 session", "23:30-00:20 session", "+1 09:00-09:50 session", days=2, rest=law(span=9))
    assert [times(book, [f.interval])[0] for f in found(book, "long-day")] == ["15:00-00:20"]


def test_bookings_outside_the_span_are_banned() -> None:
    assert banned(diary("10:00-10:50 session", "15:00-15:50 session", rest=law(span=8))) == [
        "Tue 1 Dec 00:00-07:49",
        "Tue 1 Dec 17:11-23:59",
    ]


def test_a_day_that_is_too_long_already_gets_no_longer_but_may_fill() -> None:
    book = diary("09:00-09:50 session", "19:00-19:50 session", rest=law(span=8))
    assert banned(book) == ["Tue 1 Dec 00:00-08:59", "Tue 1 Dec 19:01-23:59"]


def test_a_day_without_sessions_takes_its_first_anywhere() -> None:
    assert banned(diary(rest=law(span=8))) == []


def test_a_kind_longer_than_the_span_may_never_come_and_no_guard_is_shorter_than_the_gap() -> None:
    book = diary(bookable=("group",), rest=law(span=1.5))
    assert lines(book, plan(book)) == ["09:00-18:00 Held"]
    assert all(b.closes for b in rest.bans(book, KINDS["group"]))


# Days off


def work(*weekdays: int, day: date = MONDAY, off: int = 2, days: int = 7) -> Diary:
    """A week in which these weekdays have a session, planned from Monday on."""
    return diary(
        *(f"+{n} 09:00-09:50 session" for n in weekdays), day=day, days=days, rest=law(off=off), working=ALWAYS, after=0
    )


def test_a_week_with_too_few_days_off_is_one_finding() -> None:
    book = work(0, 1, 2, 3, 4, 5)
    (finding,) = found(book, "no-day-off")
    assert finding.rule == "rest.days_off_per_week"
    assert finding.message == "Week of Mon 30 Nov: 1 day without sessions; 2 are due"
    assert finding.interval.length == 7 * DAY


def test_five_days_leave_two_off() -> None:
    assert said(work(0, 1, 2, 3, 4), "no-day-off") == []
    assert said(work(0, 1, 2, 3, 4, off=3), "no-day-off") == ["Week of Mon 30 Nov: 2 days without sessions; 3 are due"]
    assert said(work(0, 1, 2, 3, 4, 5, 6, off=1), "no-day-off") == [
        "Week of Mon 30 Nov: 0 days without sessions; 1 is due"
    ]


def test_once_no_more_days_may_be_worked_the_others_are_closed_whole() -> None:
    book = work(0, 2, 3, 4, 6)
    assert banned(book) == ["Tue 1 Dec 00:00-23:59", "Sat 5 Dec 00:00-23:59"]
    assert all(b.closes for b in rest.bans(book, KINDS["individual"]))
    assert [b.rule for b in plan(book).blocks if b.guard] == ["rest.days_off_per_week"] * 2


def test_before_that_none_is() -> None:
    assert banned(work(0, 2, 3, 4)) == []


def test_a_week_that_has_too_few_days_off_loses_no_more() -> None:
    assert banned(work(0, 1, 2, 3, 4, 5)) == ["Sun 6 Dec 00:00-23:59"]


def test_days_that_are_past_count() -> None:
    book = work(0, 1, 2, 3, 4)
    saturday = replace(book, window=Interval(book.window.start + 5 * DAY, book.window.end))
    assert banned(saturday) == ["Sat 5 Dec 00:00-23:59", "Sun 6 Dec 00:00-23:59"]


def test_a_week_goes_from_monday_to_sunday_in_the_therapists_zone() -> None:
    auckland = diary(
        "00:10-01:00 session", "+6 23:30-00:20 session", "+7 09:00-09:50 session",
        day=MONDAY, days=8, rest=law(off=5), zone=ZoneInfo("Pacific/Auckland"), working=ALWAYS, after=0,
    )  # fmt: skip
    assert rest.weeks(rest.worked(auckland)) == {MONDAY: 2, MONDAY + 7 * DAY: 1}
    assert said(auckland, "no-day-off") == []


def test_a_week_that_is_over_is_said_no_more() -> None:
    book = work(0, 1, 2, 3, 4, 5, days=14)
    later = replace(book, window=Interval(book.window.start + 7 * DAY, book.window.end))
    assert said(later, "no-day-off") == []


# All of them


def test_without_rest_rules_nothing_is_found_or_banned() -> None:
    book = diary("06:00-06:50 session", "20:00-22:00 group", "+1 06:00-06:50 session", days=2)
    assert (rest.findings(book), rest.bans(book, KINDS["individual"])) == ([], [])


def test_a_session_that_touches_nothing_of_the_window_is_not_looked_at() -> None:
    book = diary("+1 09:00-09:50 session", "+1 19:00-19:50 session", rest=law(11, span=8, off=7))
    assert [f.code for f in rest.findings(book)] == ["no-day-off"]
    assert book.today == TUESDAY


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(weeks(step=1))
def test_a_start_is_banned_exactly_where_a_booking_takes_rest(week: Week) -> None:
    for kind in week.book.bookable:
        assert misjudged(week.book, kind, rest.bans(week.book, kind), rest.findings) == []
