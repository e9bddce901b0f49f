"""Quotas: so many times, or so much time, in a day, week, fortnight, month, quarter or year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from rules import engine, protect
from rules.diary import Diary
from rules.practice import DaysOff, Every, Notes, ProtectItem, Quota
from rules.protect import QuotaDue, slug
from tests.days import TUESDAY, clock, diary, hours, mins, span, times

MONDAY = date(2026, 11, 30)
JANUARY = date(2027, 1, 1)
ZERO = timedelta(0)


def often(times: int, every: Every, between: str = "07:00-20:00", name: str = "Exercise", **more: Any) -> ProtectItem:
    return ProtectItem(name, between=hours(between), length=mins(60), quota=Quota(every, times=times), **more)


def much(amount: int, every: Every, least: int = 30, most: int = 90, **more: Any) -> ProtectItem:
    quota = Quota(every, amount=mins(amount), least=mins(least), most=mins(most))
    return ProtectItem("Supervision", between=hours("09:00-18:00"), quota=quota, counts_as_break=False, **more)


def with_done(book: Diary, name: str, *events: tuple[date, str]) -> Diary:
    found = tuple(sorted(span(text, day) for day, text in events))
    return replace(book, done={slug(name): found})


def told(dues: list[QuotaDue]) -> list[tuple[str, int, int]]:
    return [(d.key, d.times, int(d.amount.total_seconds() // 60)) for d in dues]


# --- which periods, and how much ---


def test_three_a_week_are_due_in_every_week_that_ends_in_the_window() -> None:
    book = diary(day=MONDAY, days=17, protect=[often(3, "week")])
    assert told(protect.quotas(book)) == [("protect/exercise/2026-W49", 3, 0), ("protect/exercise/2026-W50", 3, 0)]


def test_a_period_waits_for_the_night_on_which_it_ends_in_the_window() -> None:
    item = often(2, "fortnight")
    assert protect.quotas(diary(day=MONDAY, days=13, protect=[item])) != []  # longer than the window: a share
    assert told(protect.quotas(diary(day=MONDAY - timedelta(days=1), days=14, protect=[item]))) == [
        ("protect/exercise/2026-F24", 2, 0)
    ]
    assert [d.key for d in protect.quotas(diary(day=MONDAY - timedelta(days=1), days=15, protect=[item]))] == [
        "protect/exercise/2026-F24",
        "protect/exercise/2026-F25",
    ]


def test_of_a_period_longer_than_the_window_the_share_that_time_asks_for_is_due_rounded_down() -> None:
    yearly = often(20, "year", name="Swim")
    book = diary(day=date(2027, 1, 1), days=42, protect=[yearly])
    [due] = protect.quotas(book)
    assert (due.key, due.times, due.asked) == ("protect/swim/2027", 20 * 42 // 365, 20)
    later = diary(day=date(2027, 12, 1), days=42, protect=[yearly])
    assert told(protect.quotas(later)) == [("protect/swim/2027", 20, 0)]  # eleven days of 2028 ask for none yet


def test_the_share_of_an_amount_is_in_whole_longest_pieces() -> None:
    book = diary(day=date(2027, 1, 1), days=42, protect=[much(20 * 60, "year", 60, 90)])
    [due] = protect.quotas(book)
    assert due.amount == mins(20 * 60 * 42 // 365 // 90 * 90) == mins(90)


def test_a_share_of_nothing_is_not_due() -> None:
    assert protect.quotas(diary(day=date(2027, 1, 1), days=7, protect=[often(2, "year")])) == []


def test_the_clock_change_does_not_make_a_month_longer_than_its_window() -> None:
    october = diary(day=date(2026, 10, 1), days=31, protect=[often(4, "month")])
    assert told(protect.quotas(october)) == [("protect/exercise/2026-10", 4, 0)]


def test_n_a_day_is_n_on_each_day_with_keys_of_their_own() -> None:
    book = diary(days=2, protect=[often(2, "day", "09:00-18:00", "Tea")])
    assert [w.key for w in protect.wants(book)] == [
        "protect/tea/2026-12-01",
        "protect/tea/2026-12-01/2",
        "protect/tea/2026-12-02",
        "protect/tea/2026-12-02/2",
    ]
    assert protect.quotas(book) == []


def test_an_amount_a_day_is_a_quota_of_each_day() -> None:
    book = diary(days=2, protect=[much(60, "day", 15, 30)])
    assert told(protect.quotas(book)) == [
        ("protect/supervision/2026-12-01", 0, 60),
        ("protect/supervision/2026-12-02", 0, 60),
    ]


# --- what counts ---


def test_supervision_in_january_is_met_and_february_is_thirty_short() -> None:
    book = diary(day=JANUARY, days=59, protect=[much(90, "month", 30, 90)])
    sixty = "10:00-11:00"
    book = with_done(
        book, "Supervision", (date(2027, 1, 5), sixty), (date(2027, 1, 26), sixty), (date(2027, 2, 16), sixty)
    )
    [february] = protect.quotas(book)
    assert told([february]) == [("protect/supervision/2027-02", 0, 30)]
    assert february.done == (date(2027, 2, 16),)
    finding = protect.quota_not_placed(book, february)
    assert finding is not None
    assert finding.message == "February: 60 of 90 min for Supervision; 30 min find no room"
    assert finding.interval == february.span
    assert protect.quota_not_placed(book, february, time=mins(30)) is None


def test_what_is_done_before_now_counts_too() -> None:
    thursday = diary(day=date(2026, 12, 3), now="12:00", days=4, protect=[often(3, "week")])
    book = with_done(thursday, "Exercise", (MONDAY, "07:00-08:00"), (date(2026, 12, 5), "07:00-08:00"))
    assert told(protect.quotas(book)) == [("protect/exercise/2026-W49", 1, 0)]
    week = with_done(
        diary(day=MONDAY, now="12:00", days=7, protect=[often(3, "week", "07:00-20:00")]),
        "Exercise",
        (MONDAY, "07:00-08:00"),
    )
    [due] = protect.quotas(week)
    assert due.times == 2
    assert due.done == (MONDAY,)
    assert [w.day.day for w in due.wants] == [1, 2, 3, 4]


def test_more_than_asked_for_is_not_less_than_nothing() -> None:
    book = diary(day=MONDAY, days=7, protect=[often(1, "week")])
    assert protect.quotas(with_done(book, "Exercise", (MONDAY, "07:00-08:00"), (TUESDAY, "07:00-08:00"))) == []


def test_events_outside_the_period_do_not_count() -> None:
    book = diary(day=MONDAY, days=7, protect=[often(1, "week")])
    [due] = protect.quotas(with_done(book, "Exercise", (MONDAY - timedelta(days=1), "07:00-08:00")))
    assert (due.times, due.done) == (1, ())


def test_amounts_that_overlap_count_once() -> None:
    book = diary(day=TUESDAY, days=31, protect=[much(120, "month")])
    done = with_done(book, "Supervision", (TUESDAY, "10:00-11:00"), (TUESDAY, "10:30-11:30"))
    assert told(protect.quotas(done)) == [("protect/supervision/2026-12", 0, 30)]


def test_an_event_does_for_a_days_item_and_for_the_last_of_several() -> None:
    lunch = ProtectItem("Lunch", between=hours("11:30-14:00"), length=mins(45))
    call = ProtectItem("Call", at=hours("15:00-16:00"))
    book = diary(days=2, protect=[lunch, call, often(2, "day", "09:00-18:00", "Tea")])
    at_noon = (span("12:00-13:00"),)
    book = replace(book, done={"lunch": at_noon, "tea": at_noon, "call": at_noon})
    assert [w.key for w in protect.wants(book) if w.day == TUESDAY] == ["protect/tea/2026-12-01"]
    assert [f.day for f in protect.fixed(book)] == [date(2026, 12, 2)]


# --- on which dates ---


def test_days_are_those_on_which_it_may_lie_past_ones_too_and_wants_those_from_today_on() -> None:
    book = diary(day=MONDAY, days=7, protect=[often(3, "week")])
    [due] = protect.quotas(book)
    assert [d.day for d in due.days] == [30, 1, 2, 3, 4]
    december = diary(day=date(2026, 12, 24), days=8, protect=[often(3, "month")])
    [share] = protect.quotas(december)
    assert len(share.days) == 23  # Mondays to Fridays of December
    assert [w.day.day for w in share.wants] == [24, 25, 28, 29, 30, 31]
    assert {w.key for w in share.wants} == {"protect/exercise/2026-12"}


def test_an_item_on_some_weekdays_may_lie_on_those_only() -> None:
    book = diary(day=MONDAY, days=7, protect=[often(1, "week", on=frozenset({1, 5}))])
    [due] = protect.quotas(book)
    assert [d.day for d in due.days] == [1, 5]  # Saturday is named, and has no working hours


def test_what_lies_outside_working_hours_may_lie_on_days_off() -> None:
    book = diary(day=MONDAY, days=7, protect=[often(3, "week", "18:30-21:00")])
    [due] = protect.quotas(book)
    assert len(due.days) == 7


def test_of_a_week_off_nothing_is_due() -> None:
    away = DaysOff(ranges=((MONDAY, MONDAY + timedelta(days=6)),))
    book = diary(day=MONDAY, days=14, protect=[often(3, "week")], off=away)
    assert [d.key for d in protect.quotas(book)] == ["protect/exercise/2026-W50"]


def test_days_off_of_a_long_period_are_known_beyond_what_was_read() -> None:
    away = DaysOff(ranges=((date(2027, 3, 1), date(2027, 12, 31)),))
    book = diary(day=JANUARY, days=42, protect=[often(100, "year", "09:00-17:00")], off=away)
    [due] = protect.quotas(book)
    assert due.days[0] == date(2027, 1, 1)
    assert due.days[-1] == date(2027, 2, 26)


def test_wants_of_a_quota_know_window_ideal_and_hours() -> None:
    item = often(3, "week", "07:00-20:00", ideally=clock("17:30"), inside_hours=True, priority="high")
    [due] = protect.quotas(diary(day=MONDAY, days=7, protect=[item]))
    want = due.wants[0]
    assert times(diary(), [want.window, *want.windows]) == ["07:00-20:00", "09:00-18:00"]
    assert want.ideally == span("17:30-18:00", MONDAY).start
    assert want.rank == (1, 0)


def test_a_night_that_began_yesterday_is_still_yesterdays_week() -> None:
    night = often(7, "week", "22:00-02:00", "Reading")
    book = diary(day=MONDAY, now="00:10", days=7, protect=[night])
    before, this = protect.quotas(book)
    assert (before.key, [w.day.day for w in before.wants]) == ("protect/reading/2026-W48", [29])
    assert [w.day.day for w in this.wants] == [30, 1, 2, 3, 4, 5, 6]


def test_quotas_come_by_period_then_in_the_order_of_the_file() -> None:
    book = diary(day=MONDAY, days=14, protect=[often(1, "week", name="B"), often(1, "week", name="A")])
    assert [d.key for d in protect.quotas(book)] == [
        "protect/b/2026-W49",
        "protect/a/2026-W49",
        "protect/b/2026-W50",
        "protect/a/2026-W50",
    ]


def test_nothing_of_a_quota_changes_as_the_day_passes() -> None:
    items = [often(3, "week"), much(90, "month"), often(20, "year", name="Swim")]
    for now in ("00:00", "09:37", "23:59"):
        book = diary(day=MONDAY, now=now, days=35, protect=items)
        assert protect.quotas(book) == protect.quotas(diary(day=MONDAY, days=35, protect=items))


# --- what is said ---


def test_a_week_with_too_little_room_is_said_with_the_number() -> None:
    book = diary(day=MONDAY, days=7, protect=[often(3, "week")])
    book = with_done(book, "Exercise", (MONDAY, "07:00-08:00"))
    [due] = protect.quotas(book)
    finding = protect.quota_not_placed(book, due, 1)
    assert finding is not None
    assert (finding.rule, finding.code, finding.interval) == ("protect", "not-placed", due.span)
    assert finding.message == "Week of Mon 30 Nov: 2 of 3 for Exercise find room"
    assert finding.advice == (
        "make 60 min free on another day: of the 4 days ahead on which it may lie, 4 have as much in one piece"
    )
    assert protect.quota_not_placed(book, due, 2) is None


def test_one_day_ahead_or_none_is_said_in_its_own_words() -> None:
    book = diary("10:00-17:00 meeting", day=MONDAY, days=7, protect=[often(3, "week", "10:00-17:00")])
    friday = replace(book, window=replace(book.window, start=book.window.end - timedelta(days=3)))
    [due], [whole] = protect.quotas(friday), protect.quotas(book)
    tried = ((friday, due.wants[-1:]), (book, whole.wants[:1]), (friday, ()))
    found = [protect.quota_not_placed(on, replace(due, wants=wants), 1) for on, wants in tried]
    assert [f.message for f in found if f] == ["Week of Mon 30 Nov: 1 of 3 for Exercise finds room"] * 3
    assert [f.advice for f in found if f] == [
        "make 60 min free on another day: the one day ahead on which it may lie has as much in one piece",
        "make 60 min free on another day: the one day ahead on which it may lie does not have as much in one piece",
        "no day on which it may lie is left; accept it this once",
    ]


def test_a_share_is_said_with_the_date_by_which_it_is_due() -> None:
    book = diary(day=JANUARY, days=42, protect=[often(20, "year", name="Swim")])
    [due] = protect.quotas(book)
    finding = protect.quota_not_placed(book, due, 1)
    assert finding is not None
    assert finding.message == "2027: 1 of 2 for Swim finds room by Thu 11 Feb"


def test_quotas_are_asked_for_by_the_engine() -> None:
    book = diary(day=MONDAY, days=7, protect=[often(3, "week")], notes=Notes(mins(10), mins(10)))
    asked = engine.demand(book)
    assert [d.key for d in asked.quotas] == ["protect/exercise/2026-W49"]
    assert "protect/exercise/2026-W49" in asked.keys
