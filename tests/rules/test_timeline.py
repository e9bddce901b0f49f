"""Instants and intervals: elapsed time, half-open ends, wall clocks through both changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.timeline import (
    Interval,
    Lying,
    Session,
    common_zone,
    instant,
    intersect,
    local_date,
    local_dates,
    merge,
    midnight,
    subtract,
    total,
    week_of,
    whole_day,
)
from tests.days import LONDON, TUESDAY, mins, span

BERLIN = ZoneInfo("Europe/Berlin")
AUTUMN = date(2026, 10, 25)  # the clocks go back at 02:00 in London, at 03:00 in Berlin
SPRING = date(2026, 3, 29)  # they go forward at 01:00 in London, at 02:00 in Berlin


def minute(count: int) -> datetime:
    return datetime(2026, 12, 1, tzinfo=UTC) + timedelta(minutes=count)


pieces = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 15)).map(lambda p: Interval(minute(p[0]), minute(p[0] + p[1]))),
    max_size=8,
)


def covered(intervals: list[Interval]) -> set[int]:
    return {m for m in range(90) if any(i.start <= minute(m) < i.end for i in intervals)}


def test_the_night_the_clocks_go_back_is_an_hour_longer() -> None:
    night = Interval(datetime(2026, 10, 24, 20, tzinfo=BERLIN), datetime(2026, 10, 25, 8, tzinfo=BERLIN))
    assert night.length == timedelta(hours=13)


def test_the_night_the_clocks_go_forward_is_an_hour_shorter() -> None:
    night = Interval(datetime(2026, 3, 28, 20, tzinfo=BERLIN), datetime(2026, 3, 29, 8, tzinfo=BERLIN))
    assert night.length == timedelta(hours=11)


def test_an_instant_is_kept_in_utc_whatever_zone_it_came_in() -> None:
    there = Interval(datetime(2026, 7, 1, 9, tzinfo=BERLIN), datetime(2026, 7, 1, 10, tzinfo=BERLIN))
    assert there.start.tzinfo is UTC
    assert there == Interval(datetime(2026, 7, 1, 7, tzinfo=UTC), datetime(2026, 7, 1, 8, tzinfo=UTC))


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Interval(datetime(2026, 12, 1, 9), minute(0))  # noqa: DTZ001  # a naive one is what is tried
    with pytest.raises(ValueError, match="aware"):
        Interval(minute(0), datetime(2026, 12, 1, 9))  # noqa: DTZ001  # a naive one is what is tried


def test_an_interval_may_be_empty_but_not_negative() -> None:
    assert Interval(minute(5), minute(5)).length == timedelta(0)
    with pytest.raises(ValueError, match="before it starts"):
        Interval(minute(5), minute(4))


def test_touching_is_not_overlapping() -> None:
    assert not span("09:00-09:50").overlaps(span("09:50-10:00"))
    assert not span("09:50-10:00").overlaps(span("09:00-09:50"))
    assert span("09:00-09:51").overlaps(span("09:50-10:00"))


def test_an_interval_covers_itself_and_what_lies_in_it() -> None:
    assert span("09:00-10:00").covers(span("09:00-10:00"))
    assert span("09:00-10:00").covers(span("09:10-09:20"))
    assert not span("09:00-10:00").covers(span("09:10-10:01"))


def test_what_two_share_is_nothing_where_they_only_touch() -> None:
    assert span("09:00-10:00").clip(span("09:30-11:00")) == span("09:30-10:00")
    assert span("09:00-10:00").clip(span("10:00-11:00")) is None


def test_a_wall_time_that_does_not_exist_moves_forward_by_the_gap() -> None:
    assert instant(SPRING, time(1, 30), LONDON) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 02:30 on the clock
    assert instant(SPRING, time(2, 15), BERLIN) == datetime(2026, 3, 29, 1, 15, tzinfo=UTC)  # 03:15 on the clock


def test_a_wall_time_that_occurs_twice_is_the_first() -> None:
    assert instant(AUTUMN, time(1, 30), LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert instant(AUTUMN, time(1, 30, fold=1), LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_day_has_23_or_25_hours_when_the_clocks_change() -> None:
    assert whole_day(SPRING, LONDON).length == timedelta(hours=23)
    assert whole_day(AUTUMN, LONDON).length == timedelta(hours=25)
    assert whole_day(TUESDAY, LONDON).length == timedelta(hours=24)
    # Lord Howe Island changes by half an hour.
    assert whole_day(date(2026, 10, 4), ZoneInfo("Australia/Lord_Howe")).length == timedelta(hours=23, minutes=30)


def test_a_day_whose_midnight_does_not_exist_begins_where_the_clock_goes_on() -> None:
    beirut = ZoneInfo("Asia/Beirut")  # the clocks go forward at 00:00
    assert midnight(date(2026, 3, 29), beirut).astimezone(beirut).time() == time(1)
    assert whole_day(date(2026, 3, 29), beirut).length == timedelta(hours=23)
    assert whole_day(date(2026, 3, 28), beirut).end == whole_day(date(2026, 3, 29), beirut).start


def test_a_date_is_the_therapists_not_the_servers() -> None:
    late = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
    assert local_date(late, LONDON) == date(2026, 12, 1)
    assert local_date(late, ZoneInfo("Pacific/Auckland")) == date(2026, 12, 2)
    assert local_date(late, ZoneInfo("Pacific/Niue")) == date(2026, 12, 1)


def test_an_interval_that_ends_at_midnight_does_not_reach_the_next_date() -> None:
    assert list(local_dates(span("09:00-24:00"), LONDON)) == [TUESDAY]
    assert list(local_dates(span("23:00-00:01"), LONDON)) == [TUESDAY, TUESDAY + timedelta(days=1)]


def test_a_week_begins_on_monday_as_in_iso_8601() -> None:
    assert week_of(date(2026, 12, 6)) == date(2026, 11, 30)
    assert week_of(date(2026, 11, 30)) == date(2026, 11, 30)
    assert week_of(date(2027, 1, 1)) == date(2026, 12, 28)  # the week 53 of 2026


def test_merging_joins_what_touches_and_drops_what_is_empty() -> None:
    assert merge([span("10:00-11:00"), span("09:00-10:00"), span("12:00-12:30")]) == [
        span("09:00-11:00"),
        span("12:00-12:30"),
    ]
    assert merge([Interval(minute(0), minute(0))]) == []


def test_time_is_the_union_so_two_at_once_count_once() -> None:
    assert total([span("09:00-10:00"), span("09:30-10:30")]) == mins(90)


@given(pieces)
def test_merging_keeps_the_same_time_in_order_with_holes_between(some: list[Interval]) -> None:
    merged = merge(some)
    assert covered(merged) == covered(some)
    assert all(a.end < b.start for a, b in pairwise(merged))


@given(pieces, pieces)
def test_subtracting_leaves_exactly_what_is_in_the_one_and_not_in_the_other(
    some: list[Interval], others: list[Interval]
) -> None:
    left = subtract(some, others)
    assert covered(left) == covered(some) - covered(others)
    assert all(a.end < b.start for a, b in pairwise(left))
    assert all(i.length > timedelta(0) for i in left)


@given(pieces, pieces)
def test_intersecting_leaves_exactly_what_is_in_both(some: list[Interval], others: list[Interval]) -> None:
    shared = intersect(some, others)
    assert covered(shared) == covered(some) & covered(others)
    assert shared == sorted(shared)


def test_a_session_ends_where_its_time_ends() -> None:
    session = Session(id="s", interval=span("09:00-09:50"), kind="individual")
    assert (session.start, session.end) == (span("09:00-09:50").start, span("09:00-09:50").end)


@given(pieces, st.tuples(st.integers(0, 80), st.integers(0, 15)))
def test_intervals_laid_in_order_answer_what_overlaps_as_if_each_were_asked(
    some: list[Interval], asked: tuple[int, int]
) -> None:
    wanted = Interval(minute(asked[0]), minute(sum(asked)))
    assert Lying(some).overlapping(wanted) == sorted(i for i in some if i.overlaps(wanted))
    assert Lying(some).across(wanted.start) is any(i.start < wanted.start < i.end for i in some)


def test_a_common_zone_is_the_zone_of_that_name_and_most_are_common() -> None:
    every = available_timezones()
    common = {name: zone for name in every if (zone := common_zone(name)) is not None}
    assert all(zone is ZoneInfo(name) for name, zone in common.items())
    assert {"Europe/London", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"} <= common.keys()
    assert len(common) > len(every) / 2


@pytest.mark.parametrize(
    "name",
    [
        "", "Europe", "Europe/", "Europe/london", "europe/London", "Europe/LONDON", "Europe/London\n", " Europe/London",
        "Europe/Nowhere", "America/Argentina", "America/Argentina/Jujuy", "Europe/../Europe/London", "UTC", "EST",
        "/Europe/London", "posix/Europe/London", "right/Europe/London", "localtime", "Europe/London\0",
    ],
)  # fmt: skip
def test_any_other_name_is_looked_for_among_all_there_are(name: str) -> None:
    assert common_zone(name) is None
