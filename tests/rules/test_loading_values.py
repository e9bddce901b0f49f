"""How single values are read."""

from __future__ import annotations

import unicodedata
from datetime import time, timedelta

import pytest

from rules import values
from rules.practice import TimeRange
from rules.problems import BadValueError


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("45 min", 45), ("45min", 45), ("45 minutes", 45), ("1 minute", 1), ("90 m", 90), ("0 min", 0),
        ("1 h", 60), ("1 h 30 min", 90), ("1h30m", 90), ("1.5 h", 90), ("2 hours", 120), ("1 hour and 5 min", 65),
        ("2 d", 2880), ("1 day", 1440), ("6 weeks", 60480), ("1 w", 10080), ("4 H 30 MIN", 270),
        ("PT45M", 45), ("PT1H30M", 90), ("P2D", 2880), ("P1DT1H", 1500), ("P6W", 60480), ("pt45m", 45),
    ],
)  # fmt: skip
def test_a_length_is_read_with_its_unit(text: str, minutes: int) -> None:
    assert values.length(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text",
    [
        "50",
        "1.5",
        "",
        "min",
        "P",
        "PT",
        "P1Y",
        "45 min x",
        "1 h30",
        "-5 min",
        "90 s",
        "99999 weeks",
        "1 month",
        "9" * 5000 + " h",
    ],
)
def test_a_length_that_says_something_else_is_refused(text: str) -> None:
    with pytest.raises(BadValueError):
        values.length(text)


@pytest.mark.parametrize("minutes", [0, 5, 60, 90, 1440, 2880, 10080, 60480, 1500])
def test_a_spelled_length_reads_back(minutes: int) -> None:
    assert values.length(values.spell(timedelta(minutes=minutes))) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("09:00-13:00", time(9), time(13)),
        ("9:00 - 13:30", time(9), time(13, 30)),
        ("14:00\u201318:30", time(14), time(18, 30)),
        ("09:00 to 10:00", time(9), time(10)),
        ("18:00-24:00", time(18), time(0)),
        ("00:00-24:00", time(0), time(0)),
        ("22:00-06:00", time(22), time(6)),
        ("20:00-08:00", time(20), time(8)),
    ],
)
def test_a_range_of_times_is_read(text: str, start: time, end: time) -> None:
    assert values.time_range(text) == TimeRange(start, end)


@pytest.mark.parametrize(
    "text", ["20:00-08:01", "13:00-09:00", "24:00-06:00", "09:00", "09:00-10:00-11:00", "9-10", "09:60-10:00"]
)
def test_a_range_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadValueError):
        values.time_range(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mon", {0}), ("Mon-Thu", {0, 1, 2, 3}), ("mon,wed", {0, 2}), ("mon, wed-fri", {0, 2, 3, 4}), ("Friday", {4}),
        ("fri-mon", {4, 5, 6, 0}), ("sun", {6}), ("mon-sun", set(range(7))),
    ],
)  # fmt: skip
def test_weekdays_are_read(text: str, found: set[int]) -> None:
    assert values.weekdays(text) == found


@pytest.mark.parametrize("text", ["", "m", "mon-", "mon-tue-wed", "8", "mon;tue"])
def test_weekdays_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadValueError):
        values.weekdays(text)


@pytest.mark.parametrize(
    ("pattern", "title", "matches"),
    [
        ("*EMDR*", "Intake emdr (2)", True), ("*EMDR*", "EMD R", False),
        ("Staff*", "staff meeting", True), ("Staff*", "The staff", False),
        ("*appointment", "First Appointment", True), ("*appointment", "appointment moved", False),
        ("*appointment", " appointment ", True), ("a?c", "abc", True), ("a?c", "ac", False),
        ("[EMDR]", "[emdr]", True), ("[EMDR]", "E", False), ("a.c", "abc", False),
        ("a*b*b", "ab", False), ("a*b*b", "axbyb", True), ("*", "", True), ("*two*lines*", "two\nlines", True),
        ("/^EMDR\\b/", "emdr 1", True), ("/^EMDR\\b/", "no emdr", False), ("/R 2$/", "EMDR 2", True), ("/", "/", True),
    ],
)  # fmt: skip
def test_a_title_pattern_matches_as_the_manual_says(pattern: str, title: str, matches: bool) -> None:
    assert values.title_pattern(pattern).matches(title) is matches


def test_a_title_matches_however_its_accents_are_encoded() -> None:
    pattern = values.title_pattern("caf\u00e9*")
    assert pattern.matches(unicodedata.normalize("NFD", "Caf\u00e9 talk"))


def test_no_glob_makes_matching_slow() -> None:
    assert not values.title_pattern("*a" * 60 + "b").matches("a" * 5000)


@pytest.mark.parametrize("text", ["", "  ", "//", "/(/", "/a{99999999999}/", "/[/", "x" * 301, "/(?P<a>x)(?P<a>y)/"])
def test_a_title_pattern_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadValueError):
        values.title_pattern(text)


@pytest.mark.parametrize(
    ("text", "code"), [("GB-ENG", "GB-ENG"), ("gb-eng", "GB-ENG"), ("DE", "DE"), ("US-CA", "US-CA"), ("DE-BY", "DE-BY")]
)
def test_holidays_are_named_by_code(text: str, code: str) -> None:
    assert values.holiday_code(text) == code


@pytest.mark.parametrize("text", ["Europe/London", "America/New_York", "UTC"])
def test_a_time_zone_is_read_by_its_name(text: str) -> None:
    assert values.zone(text).key == text


@pytest.mark.parametrize(
    "text", ["", "London", "europe/london", "../../etc/passwd", "/etc/localtime", "Europe\x00", "BST"]
)
def test_what_is_no_time_zone_is_refused(text: str) -> None:
    with pytest.raises(BadValueError):
        values.zone(text)


FORM = "a time zone is written as area and city, such as `Europe/Berlin`"
LOOK_UP = f"{FORM}; look it up in the list of tz database names"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("CEST", FORM),
        ("BST", FORM),
        ("pst", FORM),
        ("Europe/Munich", LOOK_UP),
        ("Europe", LOOK_UP),
        ("GMT+1", LOOK_UP),
        ("", LOOK_UP),
        ("London", "did you mean `Europe/London`?"),
        ("Europa/London", "did you mean `Europe/London`?"),
        ("Europe/Belrin", "did you mean `Europe/Berlin`?"),
        ("America/New York", "did you mean `America/New_York`?"),
    ],
)
def test_only_a_near_misspelling_of_area_and_city_is_proposed_as_time_zone(text: str, advice: str) -> None:
    with pytest.raises(BadValueError) as raised:
        values.zone(text)
    assert raised.value.advice == advice
