"""Times by the sun: figures, dates, clock changes, polar days."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import engine, protect, sun
from rules.diary import Diary
from rules.practice import Location, ProtectItem, SunEvent, SunRange, SunTime
from rules.workdays import window_on
from tests.days import LONDON, diary, hours, mins, rules, times

HERE = Location(51.5, -0.12)
TROMSO, OSLO = Location(69.65, 18.95), ZoneInfo("Europe/Oslo")
PRAYER_TIME = SunRange(SunTime("sunset"), SunTime("sunset", mins(60)))
AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)


def prayer(between: Any = PRAYER_TIME, **more: Any) -> ProtectItem:
    return ProtectItem("Prayer", between=between, length=mins(15), **more)


def by_clock(where: Location, day: date, event: SunEvent, zone: ZoneInfo) -> str | None:
    moment = sun.moment(where, day, event, zone)
    return None if moment is None else f"{moment.astimezone(zone):%d %H:%M}"


def windows(book: Diary) -> list[str]:
    return times(book, [w.window for w in protect.wants(book)])


@pytest.mark.parametrize(  # almanac figures for the cities; these two minutes are what places within a city differ by
    ("where", "zone", "day", "rise", "falls"),
    [
        (HERE, "Europe/London", date(2026, 12, 21), time(8, 4), time(15, 54)),
        (HERE, "Europe/London", date(2027, 6, 21), time(4, 43), time(21, 22)),
        (Location(40.71, -74.01), "America/New_York", date(2027, 6, 21), time(5, 25), time(20, 31)),
        (Location(-33.87, 151.21), "Australia/Sydney", date(2026, 12, 21), time(5, 41), time(20, 5)),
    ],
)
def test_the_sun_rises_and_sets_when_the_almanac_says(
    where: Location, zone: str, day: date, rise: time, falls: time
) -> None:
    there = ZoneInfo(zone)
    for event, wall in (("sunrise", rise), ("sunset", falls)):
        moment = sun.moment(where, day, event, there)  # type: ignore[arg-type]  # two of the events
        assert moment is not None
        assert abs(moment - datetime.combine(day, wall, there)) <= mins(2)


def test_a_sunset_after_midnight_belongs_to_the_day_that_it_ends() -> None:
    reykjavik = Location(64.15, -21.94)
    assert by_clock(reykjavik, date(2027, 6, 20), "sunset", ZoneInfo("Atlantic/Reykjavik")) == "21 00:03"


@settings(deadline=None, max_examples=60)
@given(
    st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    st.sampled_from(
        [
            (Location(1.87, -157.4), "Pacific/Kiritimati"),
            (Location(-13.8, -171.8), "Pacific/Apia"),
            (Location(-18.1, 178.4), "Pacific/Fiji"),
            (Location(-36.85, 174.76), "Pacific/Auckland"),
            (Location(51.9, -176.6), "America/Adak"),
            (HERE, "Europe/London"),
        ]
    ),
)
def test_each_date_has_its_own_sun_in_order_wherever_the_practice_is(day: date, place: tuple[Location, str]) -> None:
    where, zone = place[0], ZoneInfo(place[1])
    events: tuple[SunEvent, ...] = ("dawn", "sunrise", "noon", "sunset", "dusk")
    moments = [m for event in events if (m := sun.moment(where, day, event, zone)) is not None]
    assert len(moments) == 5
    assert moments == sorted(moments)
    assert {m.astimezone(zone).date() for m in moments} == {day}
    assert all(m.second == m.microsecond == 0 for m in moments)


def test_prayer_at_sunset_follows_the_clock_on_the_days_it_changes() -> None:
    for day, before, on in ((AUTUMN, 17, 16), (SPRING, 18, 19)):
        book = diary(day=day - timedelta(days=1), days=2, working={}, protect=[prayer()], location=HERE)
        first, second = protect.wants(book)[-2:]
        assert first.window.start.astimezone(LONDON).hour == before
        assert second.window.start.astimezone(LONDON).hour == on
        assert abs(second.window.start - first.window.start - timedelta(days=1)) < mins(4)
        assert second.window.length == mins(60)


def test_a_window_may_begin_by_the_sun_and_end_by_the_clock() -> None:
    law = rules(location=HERE)
    morning = SunRange(SunTime("sunrise", -mins(30)), time(8))
    window = window_on(law, AUTUMN, morning)
    assert window is not None
    assert times(diary(), [window]) == ["06:12-08:00"]


def test_a_morning_window_whose_end_comes_before_the_sun_is_none_rather_than_a_whole_day() -> None:
    winter = date(2026, 12, 21)
    law = rules(location=HERE)
    assert window_on(law, winter, SunRange(SunTime("sunrise"), time(8))) is None
    assert window_on(law, winter, SunRange(time(17), SunTime("sunset"))) is None


def test_an_evening_window_reaches_past_midnight() -> None:
    law = rules(location=HERE)
    for window, length in (
        (SunRange(SunTime("dusk"), time(1)), 8),
        (SunRange(time(22), SunTime("sunrise")), 10),
        (SunRange(SunTime("sunset"), SunTime("sunrise")), 16),
        (SunRange(SunTime("sunset"), time(0)), 8),
    ):
        found = window_on(law, date(2026, 12, 21), window)
        assert found is not None
        assert abs(found.length - timedelta(hours=length)) < timedelta(minutes=35)


def test_where_the_sun_does_not_set_the_item_is_not_due_and_that_is_said_once() -> None:
    law = rules(zone=OSLO, location=TROMSO, protect=[prayer()], working=None)
    book = diary(day=date(2027, 6, 20), days=3, with_rules=law)
    assert protect.wants(book) == []
    [finding] = engine.demand(book).findings
    assert (finding.rule, finding.code) == ("protect", "not-placed")
    assert finding.message == (
        "Sun 20 Jun to Tue 22 Jun: Prayer has no window `sunset to sunset+1 h`: the sun does not set"
    )


def test_where_the_sun_does_not_rise_only_those_dates_are_said() -> None:
    rise = prayer(SunRange(SunTime("sunrise"), SunTime("sunrise", mins(60))))
    law = rules(zone=OSLO, location=TROMSO, protect=[rise], working=None)
    book = diary(day=date(2027, 1, 10), days=10, with_rules=law)
    due = [w.day for w in protect.wants(book)]
    [finding] = engine.demand(book).findings
    assert due[-1] == date(2027, 1, 19)
    assert 0 < len(due) < 10
    assert "the sun does not rise" in finding.message
    assert finding.interval.end <= protect.wants(book)[0].window.start


def test_a_day_off_has_prayer_only_where_its_window_is_outside_working_hours_that_day() -> None:
    winter, summer = date(2026, 12, 5), date(2027, 6, 5)  # Saturdays; sunset at 15:53 and 21:12
    assert windows(diary(day=winter, protect=[prayer()], location=HERE)) == []
    assert windows(diary(day=summer, protect=[prayer()], location=HERE)) == ["21:12-22:12"]
    assert len(windows(diary(day=winter, protect=[prayer(on=frozenset({5}))], location=HERE))) == 1


def test_a_fixed_item_may_be_by_the_sun() -> None:
    item = ProtectItem("Prayer", at=SunRange(SunTime("sunset"), SunTime("sunset", mins(15))))
    book = diary(protect=[item], location=HERE)
    [due] = protect.fixed(book)
    assert times(book, [due.window]) == ["15:55-16:10"]
    [block] = protect.fixed_blocks(book, due, ())
    assert block.why == "fixed at sunset to sunset+15 min"


def test_times_by_the_sun_need_a_location() -> None:
    with pytest.raises(ValueError, match="location"):
        window_on(rules(), AUTUMN, PRAYER_TIME)


def test_what_uses_no_sun_never_loads_the_library() -> None:
    code = "import sys, rules.engine, scheduler.night; sys.exit('astral' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_hours_are_read_by_the_clock() -> None:
    assert window_on(rules(), AUTUMN, hours("12:45-14:15")) is not None
