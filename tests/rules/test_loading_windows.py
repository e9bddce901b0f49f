"""How windows by the sun, quotas, pieces, weeks and degrees are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest

from rules import windows
from rules.practice import SunRange, SunTime, TimeRange
from rules.problems import BadValueError


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("sunset to sunset+60 min", SunTime("sunset"), SunTime("sunset", minutes(60))),
        ("sunrise-30 min to 08:00", SunTime("sunrise", minutes(-30)), time(8)),
        ("05:00 to sunrise", time(5), SunTime("sunrise")),
        ("Dawn to Sunrise", SunTime("dawn"), SunTime("sunrise")),
        ("noon - 1 h 15 min  to  noon + 15 min", SunTime("noon", minutes(-75)), SunTime("noon", minutes(15))),
        ("sunset-20 min to dusk", SunTime("sunset", minutes(-20)), SunTime("dusk")),
        ("sunset \u2013 dusk+5 min", SunTime("sunset"), SunTime("dusk", minutes(5))),
        ("dusk to 24:00", SunTime("dusk"), time(0)),
    ],
)
def test_a_window_by_the_sun_is_read(text: str, start: time | SunTime, end: time | SunTime) -> None:
    assert windows.window(text) == SunRange(start, end)


@pytest.mark.parametrize("text", ["11:30-14:00", "11:30 to 14:00", " 11:30 \u2013 14:00 "])
def test_a_window_by_the_clock_is_a_range_of_times(text: str) -> None:
    assert windows.window(text) == TimeRange(time(11, 30), time(14))


@pytest.mark.parametrize(
    "text",
    [
        "sunset", "sunset-sunrise", "sunset to", "to sunset", "sunset to sunset", "sunset+1 h to sunset",
        "sunset+1 to dusk", "sunset+12 h to 08:00", "sunset+x to dusk", "sunset to midnight", "sunst to sunset",
        "sunset to sunrise to dusk", "sunup to 08:00", "last session to 20:00", "sunset++5 min to dusk",
        "25:00 to sunset",
    ],
)  # fmt: skip
def test_a_window_that_says_something_else_is_refused(text: str) -> None:
    with pytest.raises(BadValueError):
        windows.window(text)


@pytest.mark.parametrize(
    "text", ["sunset to sunset+1 h", "sunrise-30 min to 08:00", "11:30-14:00", "20:00-24:00", "22:00-03:00"]
)
def test_a_written_window_reads_back(text: str) -> None:
    assert windows.written(windows.window(text)) == text
    assert windows.window(windows.written(windows.window(text))) == windows.window(text)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("sunset to sunset+60 min", 60),
        ("noon-15 min to noon+30 min", 45),
        ("22:00-03:00", 300),
        ("08:00-24:00", 960),
        ("sunset to dusk", None),
        ("sunrise to 08:00", None),
    ],
)
def test_how_long_a_window_is_where_that_can_be_said(text: str, length: int | None) -> None:
    assert windows.room_of(windows.window(text)) == (None if length is None else minutes(length))


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (windows.times, "3 per week", (3, "week")),
        (windows.times, "1 a day", (1, "day")),
        (windows.times, "2x per fortnight", (2, "fortnight")),
        (windows.times, "12 times per Year", (12, "year")),
        (windows.times, "1/quarter", (1, "quarter")),
        (windows.amount, "90 min per month", (minutes(90), "month")),
        (windows.amount, "1 h 30 min a week", (minutes(90), "week")),
        (windows.amount, "PT20H per year", (minutes(1200), "year")),
        (windows.amount, "20 h/year", (minutes(1200), "year")),
        (windows.pieces, "30-90 min", (minutes(30), minutes(90))),
        (windows.pieces, "30 min - 1 h 30 min", (minutes(30), minutes(90))),
        (windows.pieces, "1-4 h", (minutes(60), minutes(240))),
        (windows.pieces, "45 min", (minutes(45), minutes(45))),
        (windows.pieces, "30 min to 90 min", (minutes(30), minutes(90))),
        (windows.at_most, "2 per week", 2),
        (windows.at_most, "2 Evenings per week", 2),
        (windows.at_most, "0 per week", 0),
        (windows.every_weeks, "2 weeks", 2),
        (windows.every_weeks, "1 week", 1),
        (windows.notes_by, "19:00", time(19)),
        (windows.notes_by, "End of day", None),
    ],
)
def test_a_value_is_read(read: Callable[[str], Any], text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *(
            (windows.times, text)
            for text in ("3", "per week", "0 per week", "25 per day", "3 per decade", "-1 per week")
        ),
        *((windows.times, text) for text in ("weekly", "1.5 per week", "3 per week per day", "")),
        *((windows.amount, text) for text in ("90 per month", "90 min", "0 min per week", "per week", "x per week")),
        *((windows.pieces, text) for text in ("30-90", "90-30 min", "0 min", "0-30 min", "10-20-30 min", "", "-")),
        *((windows.at_most, text) for text in ("2", "8 per week", "2 per month", "two per week", "2 cats per week")),
        *((windows.every_weeks, text) for text in ("2", "0 weeks", "53 weeks", "2 months", "other week")),
        *((windows.notes_by, text) for text in ("24:00", "evening", "9")),
    ],
)
def test_a_value_that_says_something_else_is_refused_with_advice(read: Callable[[str], Any], text: str) -> None:
    with pytest.raises(BadValueError) as raised:
        read(text)
    assert raised.value.advice


@pytest.mark.parametrize(("text", "value"), [("51.5", 51.5), ("-0.12", -0.12), ("+18", 18.0), ("90", 90.0)])
def test_degrees_are_read(text: str, value: float) -> None:
    assert windows.degrees(text, 90, "latitude") == value


@pytest.mark.parametrize("text", ["51,5", "51.5 N", "90.01", "-91", "", "nan", "1e1", "1.", ".5"])
def test_what_are_no_degrees_is_refused(text: str) -> None:
    with pytest.raises(BadValueError):
        windows.degrees(text, 90, "latitude")
