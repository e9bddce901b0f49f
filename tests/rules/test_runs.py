"""Runs: what counts as in a row, what is too long, what comes after, and which booking is one too many."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from rules import breaks, engine, runs
from rules.diary import Diary
from rules.practice import InARow, Kind
from rules.timeline import JUST_AFTER
from tests.bookings import misjudged
from tests.days import KINDS, diary, lines, mins, plan, row, rules, span, times
from tests.weeks import Week, weeks

AUTUMN = date(2026, 10, 25)  # at 02:00 it is 01:00 again
SPRING = date(2026, 3, 29)  # at 01:00 it is 02:00
THREE = ("09:00-09:50 session", "10:00-10:50 session", "11:00-11:50 session")


def in_a_row(*sessions: str, law: InARow | None = None, **made: object) -> list[str]:
    """The runs of a day: ``3: 09:00-11:50``."""
    book = diary(*sessions, in_a_row=law or row(3), **made)  # type: ignore[arg-type]  # passed on
    return [f"{r.sessions}: {times(book, [r.interval])[0]}" for r in runs.all_runs(book)]


def long_runs(book: Diary) -> list[str]:
    return [f.message for f in engine.demand(book).findings if f.code == "long-run"]


def banned(book: Diary, kind: str = "individual") -> list[str]:
    """The first and the last minute of each ban: ``09:00-09:29``."""
    said = []
    for ban in runs.bans(book, book.rules.kinds[kind]):
        first = ban.starts.start + (timedelta(minutes=1) - JUST_AFTER if ban.starts.start.microsecond else mins(0))
        last = ban.starts.end - JUST_AFTER
        if first <= last:
            said.append(f"{book.clock(first)}-{book.clock(last)}")
    return said


# What is in a row


def test_sessions_with_less_than_then_between_them_are_in_a_row() -> None:
    assert in_a_row("09:00-09:50 session", "10:19-11:09 session") == ["2: 09:00-11:09"]


def test_a_stretch_of_exactly_then_ends_a_run() -> None:
    assert in_a_row("09:00-09:50 session", "10:20-11:10 session") == ["1: 09:00-09:50", "1: 10:20-11:10"]


def test_a_meeting_in_the_stretch_does_not_matter() -> None:
    day = ("09:00-09:50 session", "09:55-10:20 meeting", "10:20-11:10 session")
    assert in_a_row(*day) == ["1: 09:00-09:50", "1: 10:20-11:10"]


def test_without_meetings_rest_the_stretch_must_be_free_in_one_piece() -> None:
    law = row(3, meetings_rest=False)
    apart = ("09:00-09:50 session", "10:15-10:20 meeting", "10:45-11:35 session")
    assert in_a_row(*apart, law=law) == ["2: 09:00-11:35"]
    later = ("09:00-09:50 session", "10:20-10:25 meeting", "10:25-11:15 session")
    assert in_a_row(*later, law=law) == ["1: 09:00-09:50", "1: 10:25-11:15"]


def test_a_long_meeting_does_not_end_a_run_without_meetings_rest() -> None:
    day = ("09:00-09:50 session", "09:50-12:00 meeting", "12:00-12:50 session")
    assert in_a_row(*day, law=row(3, meetings_rest=False)) == ["2: 09:00-12:50"]
    assert in_a_row(*day) == ["1: 09:00-09:50", "1: 12:00-12:50"]


def test_sessions_at_once_each_count() -> None:
    assert in_a_row("09:00-10:30 emdr", "09:10-10:00 session", "10:40-11:30 session") == ["3: 09:00-11:30"]


def test_a_run_goes_on_across_midnight() -> None:
    assert in_a_row("23:00-23:50 session", "+1 00:10-01:00 session", days=2) == ["2: 23:00-01:00"]


def test_elapsed_time_ends_a_run_not_the_clock() -> None:
    assert in_a_row("00:30-00:55 session", "02:05-02:30 session", day=SPRING) == ["2: 00:30-02:30"]
    assert in_a_row("00:30-00:55 session", "01:05-01:30 session", day=AUTUMN) == ["2: 00:30-01:30"]
    assert len(in_a_row("00:30-01:55 session", "02:05-02:30 session", day=AUTUMN)) == 2  # 1 h 10 min between


def test_without_a_limit_there_are_no_runs_findings_or_bans() -> None:
    book = diary(*THREE, "12:00-12:50 session")
    assert (runs.all_runs(book), runs.full(book), runs.findings(book), banned(book)) == ([], [], [], [])


# What is too long


def test_as_many_as_the_limit_are_not_too_many() -> None:
    assert long_runs(diary(*THREE, in_a_row=row(3))) == []


def test_one_more_is_a_long_run_with_its_times() -> None:
    book = diary(*THREE, "12:00-12:50 session", in_a_row=row(3))
    assert long_runs(book) == [
        "Tue 1 Dec: 4 sessions in a row from 09:00 to 12:50; 3 are the most, then 30 min without"
    ]
    (finding,) = runs.findings(book)
    assert (finding.rule, times(book, [finding.interval])) == ("limits.in_a_row", ["09:00-12:50"])


def test_a_run_longer_than_its_time_is_too_long() -> None:
    day = ("09:00-12:00 session", "12:10-15:10 session")
    assert long_runs(diary(*day, in_a_row=row(time=370, then=20))) == []
    assert long_runs(diary(*day, in_a_row=row(time=360, then=20))) == [
        "Tue 1 Dec: 2 sessions in a row from 09:00 to 15:10 (6 h 10 min); 6 h are the most, then 20 min without"
    ]


def test_both_limits_may_stand_together() -> None:
    law = row(3, time=150)
    assert long_runs(diary(*THREE, in_a_row=law)) == [
        "Tue 1 Dec: 3 sessions in a row from 09:00 to 11:50 (2 h 50 min); "
        "3 or 2 h 30 min are the most, then 30 min without"
    ]


def test_one_session_longer_than_the_time_is_a_long_run() -> None:
    assert long_runs(diary("09:00-11:00 group", in_a_row=row(time=90))) == [
        "Tue 1 Dec: 1 session from 09:00 to 11:00 (2 h); 1 h 30 min are the most, then 30 min without"
    ]


def test_a_long_run_is_one_finding_and_no_short_break() -> None:
    book = diary(*THREE, "12:00-12:50 session", "13:00-13:50 session", in_a_row=row(3))
    assert [f.code for f in engine.demand(book).findings] == ["long-run"]


def test_a_long_run_that_is_over_is_said_no_more() -> None:
    day = (*THREE, "12:00-12:50 session")
    assert len(long_runs(diary(*day, now="12:49", in_a_row=row(3)))) == 1
    assert long_runs(diary(*day, now="12:50", in_a_row=row(3))) == []


def test_a_long_run_beyond_the_horizon_is_not_said_yet() -> None:
    assert long_runs(diary("+1 09:00-09:50 session", in_a_row=row(0), days=1)) == []
    assert len(long_runs(diary("+1 09:00-09:50 session", in_a_row=row(0), days=2))) == 1


# What comes after a full run


def after(book: Diary) -> list[str]:
    return [times(book, [b.interval])[0] for b in breaks.demand(book).blocks if b.rule == "breaks.after"]


def test_after_a_full_run_the_break_is_as_long_as_the_run_asks_for() -> None:
    book = diary(*THREE, in_a_row=row(3))
    assert after(book) == ["09:50-10:00", "10:50-11:00", "11:50-12:20"]
    block = breaks.demand(book).blocks[-1]
    assert (block.key, block.rule) == ("break/s2/after", "breaks.after")
    assert block.why == "after the session that ends at 11:50, the last of 3 in a row: 30 min without sessions"


def test_after_a_run_that_is_not_full_the_break_is_as_always() -> None:
    assert after(diary(*THREE[:2], in_a_row=row(3))) == ["09:50-10:00", "10:50-11:00"]


def test_a_run_as_long_as_its_time_is_full() -> None:
    assert after(diary("09:00-11:00 group", in_a_row=row(time=120)))[-1] == "11:00-11:30"
    assert after(diary("09:00-11:00 group", in_a_row=row(time=121)))[-1] == "11:00-11:10"


def test_after_a_run_over_the_limit_comes_its_rest_too() -> None:
    assert after(diary(*THREE, in_a_row=row(2)))[-1] == "11:50-12:20"


def test_a_longer_break_of_its_own_stays() -> None:
    assert after(diary("09:00-10:30 emdr", in_a_row=row(1, 20))) == ["10:30-11:00"]


def test_the_rest_is_clipped_at_a_meeting_and_no_break_is_short() -> None:
    book = diary(*THREE, "12:05-12:30 meeting", in_a_row=row(3))
    assert after(book)[-1] == "11:50-12:05"
    assert engine.demand(book).findings == ()


def test_a_session_whose_break_a_meeting_shortens_is_still_a_short_break() -> None:
    book = diary(*THREE, "11:55-12:30 meeting", in_a_row=row(3))
    assert [f.message for f in engine.demand(book).findings] == ["Tue 1 Dec: 5 of 10 min break between 11:50 and 11:55"]


@pytest.mark.parametrize("start", ["12:20", "12:24", "12:25"])
def test_where_the_rest_and_the_next_sessions_break_meet_one_block_fills_the_gap(start: str) -> None:
    book = diary(*THREE, f"{start}-13:30 session", before=5, in_a_row=row(3))
    found = [times(book, [b.interval])[0] for b in breaks.demand(book).blocks]
    assert found[-2:] == [f"11:50-{start}", "13:30-13:40"]


def test_where_the_gap_is_wider_the_next_sessions_break_stands_by_itself() -> None:
    book = diary(*THREE, "12:26-13:30 session", before=5, in_a_row=row(3))
    found = [times(book, [b.interval])[0] for b in breaks.demand(book).blocks]
    assert found[-3:] == ["11:50-12:20", "12:21-12:26", "13:30-13:40"]


def test_a_full_run_across_midnight_rests_on_the_next_day() -> None:
    book = diary("22:30-23:20 session", "23:30-00:20 session", in_a_row=row(2), days=2)
    assert after(book)[-1] == "00:20-00:50"


@pytest.mark.parametrize(
    ("next_", "firm"),
    [
        ((), ["11:50-12:00"]),
        (("12:15-12:30 meeting",), ["11:50-12:00"]),
        (("12:25-13:15 session",), ["11:50-12:00", "12:20-12:25"]),
        (("11:58-12:30 meeting",), ["11:50-11:58"]),
    ],
)
def test_work_may_lie_on_what_only_the_run_asks_for(next_: tuple[str, ...], firm: list[str]) -> None:
    book = diary(*THREE, *next_, before=5, in_a_row=row(3))
    (block,) = [b for b in breaks.demand(book).blocks if book.clock(b.start) == "11:50"]
    assert times(book, block.firm) == firm


def test_all_of_a_break_is_firm_where_no_run_is_full() -> None:
    book = diary(*THREE, "12:04-12:50 session", before=5, in_a_row=row(5))
    assert all(b.firm == [b.interval] for b in breaks.demand(book).blocks)


# Which booking is one too many


def test_around_a_full_run_no_booking_may_come_before_then_is_over() -> None:
    assert banned(diary(*THREE, in_a_row=row(3))) == ["07:41-08:10", "11:50-12:19"]
    assert banned(diary(*THREE, in_a_row=row(4))) == []


def test_between_two_runs_a_booking_may_not_join_both() -> None:
    book = diary("12:55-13:45 session", "14:10-15:00 session", "16:45-17:35 session", in_a_row=row(3))
    assert banned(book) == ["15:26-15:29"]


def test_where_a_booking_can_rest_from_one_of_two_runs_it_may_come() -> None:
    law = row(2)
    assert banned(diary("13:00-13:50 session", "15:39-16:29 session", in_a_row=law)) == []
    assert banned(diary("13:00-13:50 session", "15:38-16:28 session", in_a_row=law)) == ["14:19-14:19"]
    assert banned(diary("13:00-13:50 session", "15:20-16:10 session", in_a_row=law)) == ["14:01-14:19"]


def test_a_short_booking_inside_a_run_makes_it_longer() -> None:
    kinds = {**KINDS, "call": Kind("call", mins(15))}
    law = rules(kinds=kinds, bookable=("call",), in_a_row=row(2), after=0)
    book = diary("09:00-09:50 session", "10:15-11:05 session", with_rules=law)
    assert banned(book, "call") == ["08:16-08:45", "09:50-10:00", "11:05-11:34"]


def test_a_limit_by_time_bans_the_starts_that_make_the_run_too_long() -> None:
    assert banned(diary("09:00-11:00 group", in_a_row=row(time=200))) == []
    assert banned(diary("09:00-11:00 group", in_a_row=row(time=180))) == ["07:41-07:59", "11:11-11:29"]
    assert banned(diary("09:00-11:00 group", in_a_row=row(time=110))) == ["07:41-08:10", "11:00-11:29"]


def test_a_kind_longer_than_the_time_may_never_come() -> None:
    book = diary(in_a_row=row(time=45), days=2)
    found = runs.bans(book, KINDS["individual"])
    assert [(book.date_of(b.starts.start).day, b.closes) for b in found] == [(30, True), (1, True), (2, True)]


def test_a_meeting_makes_a_ban_longer_where_meetings_do_not_rest() -> None:
    day = (*THREE, "12:10-12:30 meeting")
    assert banned(diary(*day, in_a_row=row(3)))[-1] == "11:50-12:19"
    assert banned(diary(*day, in_a_row=row(3, meetings_rest=False)))[-1] == "11:50-12:59"


def test_bans_are_told_once_and_in_order() -> None:
    book = diary(*THREE, "13:00-13:50 session", in_a_row=row(3, time=180), days=3)
    found = runs.bans(book, KINDS["individual"])
    assert found == sorted(found, key=lambda b: b.starts)
    assert all(a.starts.end < b.starts.start for a, b in pairwise(found))
    assert {b.kind for b in found} == {"individual"}


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(weeks(step=1))
def test_a_start_is_banned_exactly_where_a_booking_makes_a_long_run(week: Week) -> None:
    for kind in week.book.bookable:
        assert misjudged(week.book, kind, runs.bans(week.book, kind), runs.findings) == []


def test_the_plan_holds_the_rest_after_a_full_run_and_what_joins_two_runs() -> None:
    book = diary("12:55-13:45 session", "14:10-15:00 session", "16:45-17:35 session", in_a_row=row(3))
    open_ = plan(book).open
    assert not [i for i in open_ if any(i.covers(span(f"15:{m}-16:{m - 10}")) for m in range(26, 30))]
    full = diary(*THREE, in_a_row=row(3))
    assert "11:50-12:20 Break" in lines(full, plan(full))
