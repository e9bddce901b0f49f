"""Protected time: fixed and floating, when it is due, where it may go, and what is said where it has no room."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from rules import engine, protect
from rules.demand import Finding
from rules.diary import Diary
from rules.practice import Limit, ProtectItem
from scheduler.board import Standing
from tests.days import TUESDAY, clock, diary, hours, lines, mins, plan, rules, span, times

AUTUMN = date(2026, 10, 25)
SPRING = date(2026, 3, 29)
SUNDAY = date(2026, 12, 6)


def fixed(at: str = "15:00-17:00", name: str = "Me time", **more: Any) -> ProtectItem:
    return ProtectItem(name, at=hours(at), **more)


def floating(between: str = "11:30-14:00", length: int = 45, name: str = "Lunch", **more: Any) -> ProtectItem:
    if "at_least" in more:
        more["at_least"] = mins(more["at_least"])
    if "ideally" in more:
        more["ideally"] = clock(more["ideally"])
    if "flex" in more:
        more["flex"] = mins(more["flex"])
    return ProtectItem(name, between=hours(between), length=mins(length), **more)


def protected(book: Diary, standing: Standing | None = None) -> list[str]:
    """What is held for the therapist's own items."""
    return [f"{times(book, [b.interval])[0]} {b.name}" for b in plan(book, standing).blocks if b.rule == "protect"]


def findings(book: Diary) -> list[Finding]:
    return [f for f in (*engine.demand(book).findings, *plan(book).findings) if f.rule == "protect"]


def said(book: Diary) -> list[str]:
    return [f"{f.code}: {f.message}" for f in findings(book)]


# --- fixed ---


def test_a_fixed_item_holds_its_window() -> None:
    assert protected(diary(protect=[fixed()])) == ["15:00-17:00 Me time"]


def test_a_fixed_item_holds_the_free_parts_and_says_what_lies_inside() -> None:
    book = diary("15:30-16:20 session", "16:50-17:30 meeting", protect=[fixed()])
    assert protected(book) == ["15:00-15:30 Me time", "16:20-16:50 Me time"]
    assert said(book) == ["overlapped: Tue 1 Dec: Me time has busy time inside it (15:30-16:20, 16:50-17:00)"]


def test_a_fixed_friday_is_free_of_everything_else_on_every_friday() -> None:
    friday = fixed("12:45-14:15", "Friday prayer", on=frozenset({4}))
    book = diary("+3 12:00-12:50 session", "+10 14:00-14:50 session", days=14, protect=[friday], after=0)
    assert protected(book) == ["12:50-14:15 Friday prayer", "12:45-14:00 Friday prayer"]
    assert said(book) == [
        "overlapped: Fri 4 Dec: Friday prayer has busy time inside it (12:45-12:50)",
        "overlapped: Fri 11 Dec: Friday prayer has busy time inside it (14:00-14:15)",
    ]
    for day in (AUTUMN - timedelta(days=2), SPRING - timedelta(days=2), date(2026, 3, 27)):
        assert protected(diary(day=day, days=8, protect=[friday])) == ["12:45-14:15 Friday prayer"] * 2


def test_a_fixed_item_whose_window_is_all_busy_holds_nothing() -> None:
    book = diary("14:00-18:00 meeting", protect=[fixed()])
    assert protected(book) == []
    assert [f.code for f in findings(book)] == ["overlapped"]


def test_busy_time_that_only_touches_a_fixed_window_is_not_inside_it() -> None:
    assert said(diary("14:00-15:00 meeting", "17:00-17:50 session", protect=[fixed()])) == []


def test_the_pieces_of_a_fixed_item_have_keys_of_their_own() -> None:
    book = diary("15:30-16:20 session", protect=[fixed()])
    keys = [b.key for b in plan(book).blocks if b.rule == "protect"]
    assert keys == ["protect/me-time/2026-12-01", "protect/me-time/2026-12-01/2"]


def test_an_item_on_some_weekdays_is_due_on_those() -> None:
    book = diary(days=6, protect=[fixed(on=frozenset({2, 4}))])
    assert [b.start.day for b in plan(book).blocks] == [2, 4]


def test_a_break_ends_where_protected_time_begins() -> None:
    book = diary("14:00-14:55 session", protect=[fixed()])
    assert lines(book, plan(book)) == ["13:50-14:00 Held", "14:55-15:00 Break", "15:00-17:00 Me time"]


def test_work_such_as_supervision_counts_as_no_break() -> None:
    book = diary("14:00-14:55 session", protect=[fixed(name="Supervision", counts_as_break=False)])
    assert lines(book, plan(book)) == ["13:50-14:00 Held", "14:55-15:05 Break", "15:05-17:00 Supervision"]


def test_a_booking_keeps_its_break_from_supervision_but_not_from_rest() -> None:
    work = diary(protect=[fixed("12:00-13:00", "Supervision", counts_as_break=False)])
    rest = diary(protect=[fixed("12:00-13:00", "Rest")])
    assert lines(work, plan(work)) == ["11:50-12:00 Held", "12:00-13:00 Supervision"]
    assert lines(rest, plan(rest)) == ["12:00-13:00 Rest"]


def test_the_rest_of_a_break_follows_protected_time_that_is_shorter() -> None:
    book = diary("10:00-11:30 emdr", protect=[fixed("11:40-11:50", "Prayer")])
    assert lines(book, plan(book))[1:] == ["11:30-11:40 Break", "11:40-11:50 Prayer", "11:50-12:00 Break"]


def test_two_fixed_items_at_once_share_the_time_by_priority_then_by_place_in_the_file() -> None:
    low, high = fixed("15:00-17:00", "Tidy", priority="low"), fixed("16:00-18:00", "Call", priority="high")
    book = diary(protect=[low, high])
    assert protected(book) == ["15:00-16:00 Tidy", "16:00-18:00 Call"]
    first, second = fixed("15:00-17:00", "Tidy"), fixed("16:00-18:00", "Call")
    assert protected(diary(protect=[first, second])) == ["15:00-17:00 Tidy", "17:00-18:00 Call"]


def test_a_fixed_item_inside_hours_holds_working_time_only() -> None:
    book = diary(working="09:00-16:00", protect=[fixed(inside_hours=True)])
    assert protected(book) == ["15:00-16:00 Me time"]
    assert protected(diary(working="09:00-16:00", protect=[fixed()])) == ["15:00-17:00 Me time"]


def test_a_fixed_window_may_reach_past_midnight() -> None:
    book = diary(now="07:00", days=2, protect=[fixed("22:00-06:00", "Night")])
    assert protected(book) == ["22:00-06:00 Night", "22:00-06:00 Night"]
    assert plan(book).blocks[0].interval.length == timedelta(hours=8)


def test_a_night_is_as_long_as_the_clock_makes_it() -> None:
    night = fixed("22:00-06:00", "Night")
    autumn = diary(day=AUTUMN - timedelta(days=1), now="07:00", protect=[night])
    spring = diary(day=SPRING - timedelta(days=1), now="07:00", protect=[night])
    assert plan(autumn).blocks[0].interval.length == timedelta(hours=9)
    assert plan(spring).blocks[0].interval.length == timedelta(hours=7)


def test_a_fixed_window_that_is_over_is_said_no_more() -> None:
    at_noon = diary("15:30-16:20 session", now="17:00", protect=[fixed()])
    assert said(at_noon) == []


# --- floating ---


def test_a_floating_item_takes_one_free_stretch_inside_its_window() -> None:
    book = diary(protect=[floating(ideally="12:30")], bookable=())
    assert protected(book) == ["12:30-13:15 Lunch"]


def test_a_floating_item_starts_as_close_to_ideally_as_it_can() -> None:
    book = diary("12:00-12:50 session", protect=[floating(ideally="12:30")], bookable=())
    assert protected(book) == ["12:50-13:35 Lunch"]


def test_where_there_is_less_room_it_is_as_long_as_it_can_be() -> None:
    book = diary("11:00-12:20 meeting", "13:00-14:30 meeting", protect=[floating(at_least=30)])
    assert protected(book) == ["12:20-13:00 Lunch"]


def test_it_is_not_shrunk_where_it_has_full_room_elsewhere() -> None:
    book = diary("12:10-13:10 meeting", protect=[floating(at_least=30, ideally="11:30")], bookable=())
    assert protected(book) == ["13:10-13:55 Lunch"]


def test_at_least_is_long_enough() -> None:
    book = diary("11:00-12:20 meeting", "12:50-14:30 meeting", protect=[floating(at_least=30)])
    assert protected(book) == ["12:20-12:50 Lunch"]


def test_without_room_it_is_not_placed_and_the_figures_are_said() -> None:
    book = diary("11:00-12:21 meeting", "12:50-14:30 meeting", protect=[floating(at_least=30)])
    assert protected(book) == []
    assert said(book) == [
        "not-placed: Tue 1 Dec: no room for Lunch (30 min) between 11:30-14:00: busy 11:30-12:21, 12:50-14:00; "
        "the longest free stretch is 29 min"
    ]


def test_without_at_least_a_floating_item_does_not_shrink() -> None:
    book = diary("11:00-12:20 meeting", "13:00-14:30 meeting", protect=[floating()])
    assert [f.code for f in findings(book)] == ["not-placed"]
    assert "no room for Lunch (45 min)" in findings(book)[0].message


def test_two_pieces_are_not_one_stretch() -> None:
    book = diary("11:30-12:10 meeting", "12:35-13:00 meeting", "13:25-14:00 meeting", protect=[floating(length=30)])
    assert [f.code for f in findings(book)] == ["not-placed"]


def test_a_floating_item_never_lies_on_anything_busy() -> None:
    book = diary("11:40-12:30 session", "12:35-13:05 meeting", protect=[floating(ideally="12:30")])
    assert protected(book) == ["13:05-13:50 Lunch"]


def test_rest_may_lie_on_a_break_and_work_may_not() -> None:
    rest = diary("11:00-11:50 session", "12:40-13:30 session", protect=[floating(length=50)])
    work = diary("11:00-11:50 session", "12:40-13:30 session", protect=[floating(length=50, counts_as_break=False)])
    assert protected(rest) == ["11:50-12:40 Lunch"]
    assert protected(work) == []
    less = floating(length=50, at_least=30, counts_as_break=False)
    assert protected(diary("11:00-11:50 session", "12:40-13:30 session", protect=[less])) == ["12:00-12:40 Lunch"]


def test_what_is_essential_is_placed_before_what_is_only_high() -> None:
    lunch, call = floating(priority="essential"), floating("11:30-12:15", name="Call", priority="high")
    tight = diary("12:15-14:00 meeting", protect=[call, lunch])
    assert protected(tight) == ["11:30-12:15 Lunch"]
    assert [f.code for f in findings(tight)] == ["not-placed"]


def test_within_a_class_the_number_of_items_counts_before_their_minutes() -> None:
    long, short = floating("12:00-13:00", 60, "Long"), floating("12:00-13:00", 30, "Short", at_least=30)
    other = floating("12:00-13:00", 30, "Other")
    book = diary(protect=[long, short, other])
    assert sorted(line.split(" ", 1)[1] for line in protected(book)) == ["Other", "Short"]


def test_of_two_items_that_both_have_room_in_one_order_only_both_are_placed() -> None:
    wide, narrow = floating("12:00-14:00", 60, "Wide"), floating("12:00-13:00", 60, "Narrow")
    book = diary(protect=[wide, narrow])
    assert protected(book) == ["12:00-13:00 Narrow", "13:00-14:00 Wide"]


def test_a_floating_item_inside_hours_stays_in_working_time() -> None:
    book = diary(working="12:30-18:00", protect=[floating("11:00-14:00", 60, ideally="11:00", inside_hours=True)])
    assert protected(book) == ["12:30-13:30 Lunch"]


def test_time_outside_working_hours_is_taken_first_since_it_costs_nothing() -> None:
    run = floating("16:00-20:00", 60, "Run")
    assert protected(diary(protect=[run])) == ["18:00-19:00 Run"]


def test_an_item_with_flex_stays_near_ideally_though_it_costs_a_slot() -> None:
    near = floating("16:00-20:00", 60, "Run", ideally="16:30", flex=30)
    (line,) = protected(diary("09:00-09:10 meeting", day=TUESDAY, days=1, protect=[near]))
    assert clock(line.split("-")[0]) <= clock("17:00")


def test_an_item_with_flex_and_no_room_near_ideally_is_as_close_as_can_be() -> None:
    near = floating("09:00-20:00", 60, "Run", ideally="12:00", flex=30)
    book = diary("11:00-14:00 meeting", protect=[near])
    assert protected(book) == ["10:00-11:00 Run"]


def test_a_floating_window_may_reach_past_midnight() -> None:
    late = floating("22:00-02:00", 60, "Reading", ideally="00:30")
    book = diary(now="07:00", days=2, protect=[late])
    assert protected(book) == ["00:30-01:30 Reading"]  # the second night's is beyond the horizon


def test_after_midnight_the_night_before_is_still_due() -> None:
    late = floating("22:00-02:00", 60, "Reading", ideally="00:30")
    book = diary(now="00:10", protect=[late, fixed("23:00-01:00", "Night", priority="high")])
    assert protected(book) == ["00:10-01:00 Night", "01:00-02:00 Reading", "23:00-01:00 Night"]


def test_ideally_after_midnight_is_in_the_night_that_begins_on_the_date() -> None:
    late = floating("22:00-02:00", 60, "Reading", ideally="00:30")
    (_, want, _) = protect.wants(diary(days=2, protect=[late]))
    assert want.ideally == span("00:30-01:30", TUESDAY + timedelta(days=1)).start
    assert want.window.length == timedelta(hours=4)


def test_a_window_follows_the_clock_through_both_changes() -> None:
    early = floating("00:30-03:30", 30, "Early", ideally="02:30")
    for day, length in ((AUTUMN, 4), (SPRING, 2)):
        (want,) = protect.wants(diary(day=day, working={}, protect=[early]))
        assert want.window.length == timedelta(hours=length)
        assert times(diary(day=day), [want.window]) == ["00:30-03:30"]


def test_a_day_off_has_no_lunch_but_may_have_an_evening() -> None:
    evening = floating("19:00-21:00", 60, "Choir")
    book = diary(day=SUNDAY, protect=[floating(), evening])
    assert protected(book) == ["19:00-20:00 Choir"]
    assert findings(book) == []


def test_keys_name_the_item_and_the_date_never_the_time() -> None:
    for ideally in ("11:30", "13:00"):
        (block,) = plan(diary(protect=[floating(name="Mittag (lang)", ideally=ideally)], bookable=())).blocks
        assert block.key == "protect/mittag-lang/2026-12-01"


def test_names_in_any_script_make_keys() -> None:
    assert protect.slug("Обед") == "обед"
    assert protect.slug("Me time!") == "me-time"
    assert protect.slug("---") == "item"


def test_an_item_that_a_therapist_deleted_is_not_missed() -> None:
    book = diary("11:30-14:00 meeting", protect=[floating()])
    vetoed = Standing(vetoes=frozenset({"protect/lunch/2026-12-01"}))
    assert plan(book, vetoed).findings == ()


def test_an_item_whose_window_is_over_is_not_missed() -> None:
    assert findings(diary(now="14:00", protect=[floating()])) == []


def test_an_item_that_only_the_passing_of_the_day_left_no_room_is_not_missed() -> None:
    assert findings(diary(now="13:40", protect=[floating()])) == []


def test_an_item_that_had_no_room_is_said_until_its_window_is_over() -> None:
    for now in ("09:00", "12:00", "13:59"):
        book = diary("11:30-14:00 meeting", now=now, protect=[floating()])
        assert [f.code for f in findings(book)] == ["not-placed"]


def test_rules_without_protected_time_ask_for_none() -> None:
    book = diary(per_day=Limit(sessions=5))
    assert protect.wants(book) == []
    assert protect.fixed(book) == []


def test_a_want_knows_its_shortest_length() -> None:
    book = diary(protect=[floating(), floating(name="Tea", length=20, at_least=10)])
    assert [w.at_least for w in protect.wants(book)] == [mins(45), mins(10)]


def test_a_therapists_time_zone_is_the_one_of_the_rules() -> None:
    law = rules(protect=[fixed("09:00-10:00", "Walk")])
    there = replace(law, timezone=diary().rules.timezone)
    assert protected(diary(with_rules=there)) == ["09:00-10:00 Walk"]


def test_what_found_no_room_is_told_the_longest_stretch_that_the_others_left() -> None:
    first = ProtectItem("Walk", between=hours("12:00-13:30"), length=mins(60), priority="high")
    second = ProtectItem("Nap", between=hours("12:00-13:30"), length=mins(60))
    [finding] = plan(diary(protect=[first, second])).findings
    assert "no room for Nap" in finding.message
    assert finding.message.endswith("the longest free stretch is 30 min")
