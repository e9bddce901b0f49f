"""Breaks: every sentence of the rule `breaks`, as days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rules import breaks, engine
from rules.demand import Finding
from rules.diary import Diary
from rules.practice import Breaks, Kind, Limit
from rules.timeline import Interval
from tests.days import KINDS, diary, mins, rules, span, times

AUTUMN = date(2026, 10, 25)  # at 02:00 it is 01:00 again
SPRING = date(2026, 3, 29)  # at 01:00 it is 02:00


def asked(book: Diary) -> list[str]:
    """The breaks that the sessions need, without guards: ``09:50-10:00 after``."""
    found = breaks.demand(book).blocks
    return [f"{times(book, [b.interval])[0]} {b.rule.removeprefix('breaks.')}" for b in found]


def short(book: Diary) -> list[str]:
    """What is too short: ``shrunk 7 of 10``."""
    found = [f for f in engine.demand(book).findings if f.code == "short-break"]
    return [f"{f.grade} {figures(f)}" for f in found]


def figures(finding: Finding) -> str:
    return finding.message.split(": ")[1].split(" min")[0]


def test_after_a_session_comes_its_break() -> None:
    assert asked(diary("10:00-10:50 session")) == ["10:50-11:00 after"]


def test_a_break_starts_exactly_where_the_session_ends_off_any_grid() -> None:
    assert asked(diary("10:03-10:47 session")) == ["10:47-10:57 after"]


def test_before_a_session_comes_its_break_where_somebody_could_book() -> None:
    assert asked(diary("11:00-11:50 session", before=5)) == ["10:55-11:00 before", "11:50-12:00 after"]


def test_no_break_before_the_days_first_session_where_nothing_can_be_booked() -> None:
    assert asked(diary("09:00-09:50 session", before=5)) == ["09:50-10:00 after"]
    assert asked(diary("08:00-08:50 session", before=5)) == ["08:50-09:00 after"]


def test_no_break_before_the_first_session_where_a_booking_does_not_fit() -> None:
    assert asked(diary("09:49-10:39 session", before=5)) == ["10:39-10:49 after"]
    assert asked(diary("09:50-10:40 session", before=5)) == ["09:45-09:50 before", "10:40-10:50 after"]


def test_no_break_before_the_first_session_where_a_booking_ends_early_enough_anyway() -> None:
    law = rules(working="09:00-10:00 11:00-18:00", before=5)
    assert asked(diary("11:00-11:50 session", with_rules=law)) == ["11:50-12:00 after"]
    closer = rules(working="09:00-10:55 11:00-18:00", before=5)
    assert asked(diary("11:00-11:50 session", with_rules=closer)) == ["10:55-11:00 before", "11:50-12:00 after"]


def test_no_break_before_the_first_session_where_nothing_is_bookable_at_all() -> None:
    assert asked(diary("11:00-11:50 session", before=5, bookable=())) == ["11:50-12:00 after"]


def test_a_later_session_of_the_day_has_its_break_whatever_can_be_booked() -> None:
    book = diary("09:00-09:50 session", "12:00-12:50 session", before=5, bookable=())
    assert asked(book) == ["09:50-10:00 after", "11:55-12:00 before", "12:50-13:00 after"]


def test_the_first_session_of_the_next_day_is_a_first_session_too() -> None:
    book = diary("17:00-17:50 session", "+1 09:00-09:50 session", before=5, days=2)
    assert asked(book) == ["16:55-17:00 before", "17:50-18:00 after", "09:50-10:00 after"]


def test_the_gap_two_sessions_need_is_the_larger_of_the_two() -> None:
    assert short(diary("09:00-09:50 session", "10:00-10:50 session", before=5)) == []
    assert short(diary("09:00-09:50 session", "10:00-10:50 session", before=10, after=5)) == []
    assert short(diary("09:00-09:50 session", "09:59-10:49 session", before=10, after=5)) == ["shrunk 9 of 10"]


def test_with_combine_add_the_gap_is_the_sum() -> None:
    assert short(diary("09:00-09:50 session", "10:05-10:55 session", before=5, combine="add")) == []
    assert short(diary("09:00-09:50 session", "10:00-10:50 session", before=5, combine="add")) == ["shrunk 10 of 15"]


@pytest.mark.parametrize("combine", ["larger", "add"])
def test_where_two_breaks_meet_one_block_fills_the_gap(combine: str) -> None:
    for start, gap in (("10:00-10:50", "09:50-10:00"), ("10:03-10:53", "09:50-10:03"), ("10:05-10:55", "09:50-10:05")):
        book = diary("09:00-09:50 session", f"{start} session", before=5, combine=combine)
        assert asked(book)[0] == f"{gap} after"
        assert len(asked(book)) == 2


def test_where_the_gap_is_wider_than_both_breaks_each_stands_at_its_session() -> None:
    book = diary("09:00-09:50 session", "10:06-10:56 session", before=5)
    assert asked(book) == ["09:50-10:00 after", "10:01-10:06 before", "10:56-11:06 after"]


def test_where_there_is_less_the_break_shrinks_and_both_figures_are_said() -> None:
    book = diary("09:00-09:50 session", "09:57-10:47 session")
    assert asked(book)[0] == "09:50-09:57 after"
    assert short(book) == ["shrunk 7 of 10"]


def test_a_break_of_at_least_at_least_is_shrunk_below_it_is_missing() -> None:
    assert short(diary("09:00-09:50 session", "09:55-10:45 session", at_least=5)) == ["shrunk 5 of 10"]
    assert short(diary("09:00-09:50 session", "09:54-10:44 session", at_least=5)) == ["missing 4 of 10"]


def test_a_missing_break_holds_nothing() -> None:
    assert asked(diary("09:00-09:50 session", "09:54-10:44 session")) == ["10:44-10:54 after"]


def test_without_at_least_every_rest_of_a_break_is_shrunk_not_missing() -> None:
    assert short(diary("09:00-09:50 session", "09:51-10:41 session", at_least=0)) == ["shrunk 1 of 10"]


def test_sessions_that_touch_miss_their_break() -> None:
    book = diary("09:00-09:50 session", "09:50-10:40 session", at_least=0)
    assert short(book) == ["missing 0 of 10"]
    assert asked(book) == ["10:40-10:50 after"]


def test_a_short_break_is_one_finding_at_the_place_of_the_gap() -> None:
    book = diary("09:00-09:50 session", "09:57-10:47 session", before=8)
    (found,) = engine.demand(book).findings
    assert found.interval == span("09:50-09:57")
    assert found.message == "Tue 1 Dec: 7 of 10 min break between 09:50 and 09:57"
    assert "3 min later" in found.advice


def test_a_break_is_clipped_at_what_is_busy() -> None:
    book = diary("09:00-09:50 session", "09:57-11:00 meeting")
    assert asked(book) == ["09:50-09:57 after"]
    assert short(book) == ["shrunk 7 of 10"]


def test_a_break_before_is_clipped_at_what_is_busy() -> None:
    book = diary("09:00-09:50 session", "11:00-11:52 meeting", "12:00-12:50 session", before=10)
    assert asked(book) == ["09:50-10:00 after", "11:52-12:00 before", "12:50-13:00 after"]
    assert short(book) == ["shrunk 8 of 10"]


def test_a_meeting_needs_no_break_itself() -> None:
    assert asked(diary("09:00-09:50 meeting", "10:00-10:50 meeting")) == []


def test_a_meeting_that_begins_after_the_break_leaves_it_whole() -> None:
    book = diary("09:00-09:50 session", "10:00-11:00 meeting")
    assert (asked(book), short(book)) == (["09:50-10:00 after"], [])


def test_a_meeting_across_the_end_of_a_session_takes_its_break() -> None:
    book = diary("09:00-09:50 session", "09:30-10:30 meeting")
    assert (asked(book), short(book)) == ([], ["missing 0 of 10"])


def test_behind_a_meeting_across_the_end_of_a_session_nothing_is_its_neighbour() -> None:
    one = diary("09:00-09:50 session", "09:30-10:30 meeting", before=5, after=0)
    two = diary("09:00-09:50 session", "09:30-10:30 meeting", "10:40-11:30 session", before=5, after=0)
    assert short(one) == short(two) == []


def test_a_meeting_inside_a_session_takes_no_break() -> None:
    book = diary("09:00-09:50 session", "09:20-09:40 meeting")
    assert (asked(book), short(book)) == (["09:50-10:00 after"], [])


def test_a_meeting_that_ends_with_the_session_takes_no_break() -> None:
    book = diary("09:00-09:50 session", "09:30-09:50 meeting")
    assert (asked(book), short(book)) == (["09:50-10:00 after"], [])


def test_a_kind_may_need_another_break_than_the_rest() -> None:
    assert asked(diary("09:00-10:30 emdr")) == ["10:30-11:00 after"]
    assert short(diary("09:00-10:30 emdr", "10:40-11:30 session")) == ["shrunk 10 of 30"]


def test_a_heavy_kind_that_says_nothing_itself_takes_the_heavy_break() -> None:
    heavy = Kind("trauma", mins(50), heavy=True)
    law = rules(kinds={**KINDS, "trauma": heavy})
    law = replace(law, breaks=Breaks(after=mins(10), after_heavy=mins(25)))
    assert asked(diary("09:00-09:50 trauma", with_rules=law)) == ["09:50-10:15 after"]
    assert asked(diary("09:00-09:50 session", with_rules=law)) == ["09:50-10:00 after"]
    assert asked(diary("09:00-10:30 emdr", with_rules=law)) == ["10:30-11:00 after"]  # its own 30 minutes


def test_a_kinds_own_break_before_counts_for_the_gap_in_front_of_it() -> None:
    law = rules(kinds={**KINDS, "intake": Kind("intake", mins(80), before=mins(20))})
    book = diary("09:00-09:50 session", "10:05-11:25 intake", with_rules=law)
    assert asked(book)[0] == "09:50-10:05 after"
    assert short(book) == ["shrunk 15 of 20"]


def test_a_kind_may_need_no_break_at_all() -> None:
    law = rules(kinds={**KINDS, "call": Kind("call", mins(20), before=mins(0), after=mins(0))})
    book = diary("09:00-09:20 call", "09:20-09:40 call", with_rules=law)
    assert (asked(book), short(book)) == ([], [])


def test_sessions_that_overlap_have_one_break_before_and_after_them_all() -> None:
    book = diary("10:00-10:50 session", "10:30-11:20 session", before=5)
    assert asked(book) == ["09:55-10:00 before", "11:20-11:30 after"]
    assert short(book) == []


def test_of_sessions_that_overlap_the_break_that_reaches_furthest_counts() -> None:
    # EMDR ends at 11:30 and needs until 12:00; the other ends at 11:40 and needs until 11:50
    assert asked(diary("10:00-11:30 emdr", "10:50-11:40 session")) == ["11:40-12:00 after"]


def test_a_break_across_midnight_is_whole() -> None:
    book = diary("23:05-23:55 session", working="18:00-24:00", days=2)
    (block,) = breaks.demand(book).blocks
    assert times(book, [block.interval]) == ["23:55-00:05"]


def test_two_sessions_on_both_sides_of_midnight_are_neighbours() -> None:
    book = diary("23:00-23:52 session", "+1 00:00-00:50 session", days=2)
    assert asked(book) == ["23:52-00:00 after", "00:50-01:00 after"]
    assert short(book) == ["shrunk 8 of 10"]


def test_a_break_is_elapsed_time_when_the_clocks_go_back() -> None:
    law = rules(working={6: "00:00-06:00"})
    book = diary("00:30-01:00 session", day=AUTUMN, with_rules=law)
    late = replace(book, sessions=(replace(book.sessions[0], interval=minutes_before_change(book)),))
    (block,) = breaks.demand(late).blocks
    assert block.interval.length == mins(10)
    assert times(late, [block.interval]) == ["01:55-01:05"]


def test_a_break_is_elapsed_time_when_the_clocks_go_forward() -> None:
    book = diary("00:05-00:55 session", day=SPRING, working={6: "00:00-06:00"})
    (block,) = breaks.demand(book).blocks
    assert block.interval.length == mins(10)
    assert times(book, [block.interval]) == ["00:55-02:05"]


def test_two_sessions_that_look_an_hour_apart_in_spring_touch() -> None:
    book = diary("00:10-01:00 session", "02:00-02:50 session", day=SPRING, working={6: "00:00-06:00"})
    assert short(book) == ["missing 0 of 10"]


def test_keys_name_the_session_and_the_side_never_the_time() -> None:
    early, late = diary("10:00-10:50 session", before=5), diary("14:00-14:50 session", before=5)
    keys = [b.key for b in breaks.demand(early).blocks]
    assert sorted(keys) == ["break/s0/after", "break/s0/before"]
    assert sorted(b.key for b in breaks.demand(late).blocks) == sorted(keys)


def test_what_is_over_is_said_no_more() -> None:
    assert short(diary("09:00-09:50 session", "09:57-10:47 session", now="09:56")) == ["shrunk 7 of 10"]
    assert short(diary("09:00-09:50 session", "09:57-10:47 session", now="09:57")) == []


def test_a_session_before_the_window_still_needs_its_break_in_it() -> None:
    book = diary("09:00-09:50 session", "09:57-10:47 session", now="09:50")
    assert "09:50-09:57 after" in asked(book)


def test_a_full_day_does_not_change_what_a_session_needs() -> None:
    assert asked(diary("09:00-09:50 session", per_day=Limit(sessions=1))) == ["09:50-10:00 after"]


def test_protected_time_that_counts_as_a_break_is_taken_out_of_it_and_the_rest_follows() -> None:
    (block,) = breaks.demand(diary("10:00-11:30 emdr")).blocks
    assert times(diary(), [b.interval for b in breaks.cut(block, [span("11:30-11:45")])]) == ["11:45-12:00"]
    assert times(diary(), [b.interval for b in breaks.cut(block, [span("11:40-11:50")])]) == [
        "11:30-11:40",
        "11:50-12:00",
    ]
    assert breaks.cut(block, [span("11:30-12:15")]) == []
    assert len({b.key for b in breaks.cut(block, [span("11:40-11:50")])}) == 2


def banned(book: Diary, kind: str, stretch: str) -> list[str]:
    """Starts in a free stretch at which a booking would be too close to its neighbours, from the first to the last."""
    told = breaks.bans(breaks.Skyline(book), book.rules.kinds[kind], span(stretch))
    return times(book, [Interval(b.starts.start, b.starts.end - timedelta(microseconds=1)) for b in told])


def test_a_booking_may_not_start_within_the_break_of_the_session_before_it() -> None:
    assert banned(diary("09:00-09:50 session"), "individual", "09:50-18:00") == ["09:50-09:59"]


def test_a_booking_may_not_end_so_late_that_its_own_break_is_short() -> None:
    assert banned(diary("12:00-12:50 session"), "individual", "09:00-12:00") == ["11:00-11:10"]
    assert banned(diary("12:00-12:50 session"), "emdr", "09:00-12:00") == ["10:00-10:30"]


def test_a_booking_keeps_its_distance_from_meetings_too() -> None:
    assert banned(diary("12:00-12:50 meeting", before=5), "individual", "09:00-12:00") == ["11:00-11:10"]
    assert banned(diary("12:00-12:50 meeting", before=5), "individual", "12:50-15:00") == ["12:50-12:54"]


def test_a_booking_on_an_empty_day_is_too_close_to_nothing() -> None:
    assert banned(diary(), "individual", "09:00-18:00") == []


def minutes_before_change(book: Diary) -> Interval:
    """A session of 50 minutes that ends five minutes before the clocks go back (01:55 summer time)."""
    end = book.canvas.start + timedelta(hours=1, minutes=55)
    return Interval(end - mins(50), end)
