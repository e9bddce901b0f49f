"""Time for notes: how much is due on which day, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from rules import engine, notes
from rules.diary import Diary
from rules.notes import NotesDue
from rules.practice import DaysOff, Notes
from rules.timeline import Interval
from tests.days import TUESDAY, diary, mins, shown, span

AUTUMN = date(2026, 10, 24)  # a Saturday; the clocks go back on the night that follows


def law(per_session: int = 10, at_least: int = 10, by: time | None = None) -> Notes:
    return Notes(mins(per_session), mins(at_least), by)


def noted(*lines: str, of: Notes | None = None, **made: Any) -> tuple[Diary, list[NotesDue]]:
    book = diary(*lines, notes=of or law(), **made)
    return book, notes.due(book)


def test_each_session_of_a_day_asks_for_its_share() -> None:
    book, [due] = noted("14:00-14:50 session", "09:00-09:50 session", "11:00-11:30 meeting", "10:00-11:30 emdr")
    assert (due.key, due.day, due.length, due.per_session) == ("notes/2026-12-01", TUESDAY, mins(30), mins(10))
    assert [shown(book, end) for end in due.ends] == ["09:50", "11:30", "14:50"]


def test_notes_may_be_written_until_an_hour_after_working_hours() -> None:
    book, [due] = noted("09:00-09:50 session")
    assert shown(book, due.until) == "19:00"


def test_or_until_the_time_that_is_said() -> None:
    book, [due] = noted("09:00-09:50 session", of=law(by=time(20, 30)))
    assert shown(book, due.until) == "20:30"
    _, [late] = noted("09:00-09:50 session", of=law(by=time(0)))
    assert late.until == span("00:00-24:00").end


def test_never_before_the_last_session_ends() -> None:
    book, [due] = noted("18:30-20:10 session")
    assert due.until == due.ends[-1]
    book, [due] = noted("09:00-09:50 session", "17:00-17:50 session", of=law(by=time(12)))
    assert shown(book, due.until) == "17:50"


def test_where_a_date_has_no_working_hours_until_midnight() -> None:
    sunday = date(2026, 12, 6)
    midnight = span("00:00-24:00", sunday).end
    assert noted("09:00-09:50 session", day=sunday)[1][0].until == midnight
    assert noted("09:00-09:50 session", day=sunday, working=None)[1][0].until == midnight
    holiday = DaysOff(ranges=((TUESDAY, TUESDAY),))
    assert noted("09:00-09:50 session", off=holiday)[1][0].until == span("00:00-24:00").end


def test_an_hour_is_an_hour_when_the_clocks_go_back() -> None:
    _, [due] = noted("22:00-22:50 session", day=AUTUMN, working={5: "20:00-01:30"})
    assert due.until - span("00:00-01:30", AUTUMN + timedelta(days=1)).end == timedelta(hours=1)


def test_a_session_belongs_to_the_day_it_starts_on() -> None:
    _, [due] = noted("23:30-00:20 session", days=2)
    assert (due.day, due.until) == (TUESDAY, due.ends[0])


def test_of_yesterday_only_what_may_lie_after_midnight() -> None:
    for working, days in (("09:00-18:00", []), ("09:00-23:30", [TUESDAY])):
        book = diary("09:00-09:50 session", days=2, working={1: working, 2: "09:00-18:00"}, notes=law())
        tomorrow = replace(book, window=Interval(book.window.start + timedelta(days=1), book.window.end))
        assert [d.day for d in notes.due(tomorrow)] == days


def test_a_day_without_sessions_has_no_notes() -> None:
    assert noted("10:00-11:00 meeting", days=3)[1] == []


def test_without_the_rule_there_are_none() -> None:
    assert notes.due(diary("09:00-09:50 session")) == []
    assert noted("09:00-09:50 session", of=law(0))[1] == []


def test_a_piece_is_no_longer_than_all_of_them() -> None:
    assert noted("09:00-09:50 session", of=law(10, 20))[1][0].at_least == mins(10)
    assert noted("09:00-09:50 session", "10:00-10:50 session", of=law(10, 15))[1][0].at_least == mins(15)


def test_what_is_missing_is_said_in_minutes() -> None:
    book, [due] = noted("09:00-09:50 session", "10:00-10:50 session")
    finding = notes.no_time(book, due, mins(5))
    assert finding is not None
    assert (finding.rule, finding.code, finding.interval) == ("notes", "no-time-for-notes", span("00:00-24:00"))
    assert finding.message == "Tue 1 Dec: 5 of 20 min for notes find room by 19:00; 15 min are missing"
    assert notes.no_time(book, due, mins(20)) is None


def test_the_engine_asks_for_notes() -> None:
    book, due = noted("09:00-09:50 session", days=3)
    assert engine.demand(book).notes == tuple(due)
    assert "notes/2026-12-01" in engine.demand(book).keys
