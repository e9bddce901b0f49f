"""The scenario files' own language: every sort of line can fail, and a file with a slip in it is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rules.demand import Finding
from rules.practice import Kind
from tests.days import KINDS, LONDON
from tests.scenarios.outcome import Came, spans_of, unmet
from tests.scenarios.story import Days, NotAScenarioError, event_of, ics, read

DAYS = Days(LONDON, date(2026, 11, 30))
TOLD = """\
A title

Rules:
  working_hours: {mon-fri: 09:00-18:00}

Now: Mon 30 Nov 2026 20:00

Calendar:
  Tue 1 Dec 09:00-09:50 session

What must come out:
  Tue 1 Dec 09:50-10:05 Break

Then, on Tue 1 Dec at 08:00:
  cancelled: Tue 1 Dec 09:00-09:50 session

What must come out:
  no Break
"""


def came(bookable: tuple[Kind, ...] = (KINDS["individual"], KINDS["emdr"]), **more: object) -> Came:
    """A Tuesday with a break, a lunch and a finding, and an hour open from 14:00; Exercise at seven on three days."""
    blocks = {
        "Tue 1 Dec 09:50-10:05": "Break",
        "Tue 1 Dec 12:30-13:15": "Lunch",
        "Wed 2 Dec 07:00-08:00": "Exercise",
        "Thu 3 Dec 07:00-08:00": "Exercise",
    }
    long_run = Finding(
        rule="limits.in_a_row",
        code="long-run",
        interval=DAYS.span_of("Tue 1 Dec 09:00-12:50"),
        message="Tue 1 Dec: 4 in a row",
    )
    facts: dict[str, object] = {
        "days": DAYS,
        "now": DAYS.moment("Mon 30 Nov", "20:00"),
        "blocks": tuple((DAYS.span_of(when), name) for when, name in blocks.items()),
        "findings": (long_run,),
        "open": (DAYS.span_of("Tue 1 Dec 14:00-15:00"),),
        "bookable": bookable,
        "wrote": 1,
        "again": (),
    }
    return Came(**(facts | more))  # type: ignore[arg-type]  # every field by its name


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("Tue 1 Dec 09:50-10:05 Break", "Tue 1 Dec 09:50-10:06 Break"),
        ("Tue 1 Dec 12:30-13:15 Lunch", "Tue 1 Dec 12:30-13:15 Break"),
        ("Tue 1 Dec 09:00-12:50 long-run: 4", "Tue 1 Dec 09:00-12:50 long-run: 5"),
        ("Tue 1 Dec 09:00-12:50 long-run", "Tue 1 Dec 09:00-12:51 long-run"),
        ("no short-rest", "no long-run"),
        ("no findings on Wed 2 Dec", "no findings on Tue 1 Dec"),
        ("no Lunch on Tue 1 Dec 13:15-18:00", "no Lunch on Tue 1 Dec 13:14-18:00"),
        ("no blocks on Mon 30 Nov", "no blocks on Mon 30 Nov to Tue 1 Dec"),
        ("1 x Lunch of 45 min on Tue 1 Dec", "1 x Lunch of 40 min on Tue 1 Dec"),
        ("2 x Exercise on week of Mon 30 Nov", "3 x Exercise on week of Mon 30 Nov"),
        ("1 x Lunch on Tue 1 Dec 12:30-14:00", "1 x Lunch on Tue 1 Dec 12:45-14:00"),
        ("2 h of Exercise on week of Mon 30 Nov", "3 h of Exercise on week of Mon 30 Nov"),
        ("Lunch never on neighbouring days", "Exercise never on neighbouring days"),
        ("Exercise always begins at 07:00", "Exercise always begins at 17:30"),
        ("Exercise never begins at 17:30", "Exercise never begins at 07:00"),
        ("Tue 1 Dec 14:00-15:00 open", "Tue 1 Dec 13:59-15:00 open"),
        ("Tue 1 Dec 15:00-18:00 not open", "Tue 1 Dec not open"),
        ("Wed 2 Dec nothing bookable", "Tue 1 Dec nothing bookable"),
        ("Tue 1 Dec something bookable", "Wed 2 Dec something bookable"),
        ("Tue 1 Dec no emdr bookable", "Tue 1 Dec some emdr bookable"),
        ("Tue 1 Dec some individual bookable", "Tue 1 Dec no individual bookable"),
        ("Tue 1 Dec bookable from 14:00 to 14:10", "Tue 1 Dec bookable from 14:00 to 14:11"),
        ("Tue 1 Dec not bookable from 14:11 to 18:00", "Tue 1 Dec not bookable from 14:10 to 18:00"),
    ],
)
def test_each_sort_of_line_holds_and_can_fail(true: str, false: str) -> None:
    assert unmet([true], came()) == []
    assert len(unmet([false], came())) == 1


def test_nothing_changes_means_that_nothing_was_written() -> None:
    assert len(unmet(["nothing changes"], came())) == 1
    assert unmet(["nothing changes"], came(wrote=0)) == []


def test_a_second_look_that_would_change_something_fails_whatever_was_asked_for() -> None:
    assert "update" in unmet([], came(again=("update Tue 1 Dec 09:50-10:05 Break",)))[0]


def test_nothing_else_compares_the_day_with_all_lines() -> None:
    lines = ["Tue 1 Dec 09:50-10:05 Break", "Tue 1 Dec 12:30-13:15 Lunch", "Tue 1 Dec 09:00-12:50 long-run"]
    assert unmet([*lines, "nothing else on Tue 1 Dec"], came()) == []
    for left_out in lines:
        said = [line for line in lines if line != left_out]
        assert left_out in unmet([*said, "nothing else on Tue 1 Dec"], came())[0]
    assert unmet([lines[0], "no other Break on Tue 1 Dec"], came()) == []
    assert unmet([lines[1], "no other Break on Tue 1 Dec"], came()) != []
    assert unmet([lines[2], "no other findings on Tue 1 Dec"], came()) == []
    assert unmet([lines[0], "no other findings on Tue 1 Dec"], came()) != []


def test_what_came_out_is_shown_for_every_day_that_is_spoken_of() -> None:
    [span] = spans_of(["Tue 1 Dec 09:50-10:06 Break"], DAYS)
    assert came().told(span) == [
        "Tue 1 Dec 09:00-12:50 long-run: Tue 1 Dec: 4 in a row",
        "Tue 1 Dec 09:50-10:05 Break",
        "Tue 1 Dec 12:30-13:15 Lunch",
        "Tue 1 Dec 14:00-15:00 open",
    ]


@pytest.mark.parametrize("line", ["Tue 1 Dec 09:50 Break", "lunch on Tue 1 Dec", "Tue 1 Dec longrun: 4", "no"])
def test_a_line_that_means_nothing_is_refused(line: str) -> None:
    with pytest.raises(NotAScenarioError):
        unmet([line], came())


def test_a_story_is_read_with_its_steps() -> None:
    story = read(TOLD)
    assert story.about == "A title"
    assert [len(step.booked) for step in story.steps] == [1, 0]
    assert story.steps[1].cancelled == (story.steps[0].booked[0].text,)
    assert story.steps[1].now - story.steps[0].now == timedelta(hours=12)


@pytest.mark.parametrize(
    ("right", "slip"),
    [
        ("Now: Mon 30 Nov", "Now: Tue 30 Nov"),
        ("  Tue 1 Dec 09:00-09:50 session", "  Wed 1 Dec 09:00-09:50 session"),
        ("  Tue 1 Dec 09:00-09:50 session", "  Tue 1 Dec 9:00-09:50 session"),
        ("Calendar:", "Kalendar:"),
        ("  cancelled:", "  forgotten:"),
        ("  cancelled: Tue 1 Dec 09:00", "  cancelled: Tue 1 Dec 08:00"),
        ("  no Break", ""),
    ],
)
def test_a_slip_in_a_story_is_refused(right: str, slip: str) -> None:
    with pytest.raises(NotAScenarioError):
        read(TOLD.replace(right, slip, 1))


def test_spans_follow_the_clock_through_its_changes() -> None:
    spring = Days(LONDON, date(2027, 3, 27))
    assert spring.span_of("Sat 27 Mar 21:00 to Sun 28 Mar 08:00").length == timedelta(hours=10)
    assert spring.span_of("Sun 28 Mar").length == timedelta(hours=23)
    for text in ("Sat 27 Mar 21:00 to Sun 28 Mar 08:00", "Sun 28 Mar all day", "Sat 27 Mar to Sun 28 Mar"):
        assert spring.shown(spring.span_of(text)) == text
    assert DAYS.span_of("Thu 31 Dec 23:00-01:00").length == timedelta(hours=2)


def test_events_are_written_as_calendar_programs_do() -> None:
    leave = ics(event_of('Mon 30 Nov to Fri 4 Dec Leave "Annual leave", free', DAYS), "u", LONDON).decode()
    assert "DTSTART;VALUE=DATE:20261130\r\nDTEND;VALUE=DATE:20261205\r\nSUMMARY:Annual leave\r\n" in leave
    assert "TRANSP:TRANSPARENT" in leave
    weekly = ics(event_of("Fri 4 Dec 10:00-10:50 session, weekly", DAYS), "u", LONDON).decode()
    assert "DTSTART;TZID=Europe/London:20261204T100000\r\n" in weekly
    assert "RRULE:FREQ=WEEKLY" in weekly
