"""Rules that contradict each other are told before any calendar is read, and only those that do."""

from __future__ import annotations

import pytest

from tests.rules.rule_texts import for_lee, problems

HOURS = "working_hours: {mon-fri: [09:00-13:00, 14:00-18:00]}\n"

CONTRADICTIONS: list[tuple[str, str]] = [
    (
        "protect: [{name: L, length: 90 min, at_least: 75 min, between: 12:00-13:00}]",
        "8:47: even the `at_least` of `L` is longer than its window; write at most `1 h`, or a wider `between`",
    ),
    (
        "protect: [{name: L, length: 20 min, times: 4 per day, between: 12:00-13:00}]",
        "8:44: 4 times 20 min of `L` do not fit into 12:00-13:00; write fewer `times` or a wider `between`",
    ),
    (
        "protect: [{name: S, amount: 4 h per month, pieces: 90-120 min, between: 12:00-13:00}]",
        "8:52: the shortest piece of `S` (1 h 30 min) is longer than its window 12:00-13:00; write `pieces` of at most "
        "`1 h`, or a wider `between`",
    ),
    (
        "protect: [{name: Me, length: 2 h, between: 17:00-21:00, inside_hours: yes}]",
        "8:57: `Me` fits nowhere in the working hours of a week; make it shorter, widen `between` or `on`, or write "
        "`inside_hours: no`",
    ),
    (
        "protect: [{name: Me, length: 1 h, on: sat, between: 09:00-18:00, inside_hours: yes}]",
        "8:66: `Me` fits nowhere in the working hours of a week",
    ),
    (
        "protect: [{name: Me, length: 5 h, between: 08:00-19:00, inside_hours: yes}]",
        "8:57: `Me` fits nowhere in the working hours of a week",
    ),
    (
        "protect: [{name: W, length: 1 h, times: 3 per week, on: [tue, thu], between: 12:00-18:00}]",
        "8:41: `W` is due 3 times a week, at most once a day, and can only lie on 2 days of it; write `2 per week` or "
        "fewer, or more weekdays",
    ),
    (
        "protect: [{name: W, length: 1 h, times: 6 per week, between: 09:00-18:00, inside_hours: yes}]",
        "8:41: `W` is due 6 times a week, at most once a day, and can only lie on 5 days of it",
    ),
    (
        "protect: [{name: W, length: 1 h, times: 6 per month, on: mon, between: 09:00-18:00}]",
        "8:41: `W` is due 6 times a month, at most once a day, and can only lie on 5 days of it",
    ),
    (
        "protect: [{name: W, length: 3 h, times: 3 per day, between: 09:00-18:00, inside_hours: yes}]",
        "8:41: `W` fits 2 times into the working hours of a day, not 3 times; write `2 per day`, or make it shorter",
    ),
    (
        "protect: [{name: S, amount: 4 h per week, pieces: 30-60 min, on: mon-wed, between: 12:00-18:00}]",
        "8:29: `S` asks for 4 h a week, and no more than 3 h can lie in one, in one piece a day; write `3 h per week` "
        "or less, or longer `pieces`",
    ),
    (
        "protect: [{name: S, amount: 9 h per week, pieces: 1-8 h, on: mon-tue, between: 09:00-18:00, "
        "inside_hours: yes}]",
        "8:29: `S` asks for 9 h a week, and no more than 8 h can lie in one, in one piece a day",
    ),
    (
        "protect: [{name: A, length: 4 h, between: 09:00-18:00, inside_hours: yes}, "
        "{name: B, amount: 21 h per week, pieces: 1-4 h, on: mon-sun, between: 00:00-24:00, inside_hours: yes}]",
        "8:94: `B` asks for 21 h a week, and no more than 20 h can lie in one, in one piece a day",
    ),
    (
        "protect: [{name: A, length: 4 h, between: 09:00-18:00, inside_hours: yes}, "
        "{name: B, length: 4 h, between: 09:00-18:00, inside_hours: yes}, "
        "{name: C, length: 10 min, times: 1 per week, between: 09:00-18:00, inside_hours: yes}]",
        "8:11: what must lie in working hours needs 40 h 10 min a week, and working hours are 40 h; protect less, or "
        "write `inside_hours: no`",
    ),
    (
        "notes: {per_session: 10 min, at_least: 45 min}\nlimits: {per_day: {sessions: 4}}",
        "8:40: a piece of note time is longer than all the notes of a day with 4 sessions (40 min); write at most "
        "`40 min`",
    ),
    (
        "notes: {per_session: 10 min, at_least: 45 min}\nlimits: {per_day: {sessions: 1}}",
        "8:40: a piece of note time is longer than all the notes of a day with 1 session (10 min); write at most",
    ),
    (
        "protect: [{name: W, length: 1 h, times: 2 per week, on: mon, between: 12:00-18:00}]",
        "8:41: `W` is due 2 times a week, at most once a day, and can only lie on 1 day of it; write `1 per week`",
    ),
    (
        "protect: [{name: W, length: 3 h, times: 2 per day, between: 09:00-16:00, inside_hours: yes}]",
        "8:41: `W` fits 1 time into the working hours of a day, not 2 times; write `1 per day`",
    ),
    (
        "notes: {per_session: 10 min, by: 09:50}",
        "8:34: no session of a day ends before 09:50, so its notes never fit before this; write `10:00` or later, or "
        "`end of day`",
    ),
    (
        "protect: [{name: A, length: 20 min, after: last session, between: 06:00-08:00}]",
        "8:67: no session of a day ends before 09:50, so `A` never fits after the last one within 06:00-08:00; write a "
        "window that ends at `10:10` or later",
    ),
    (
        "protect: [{name: A, length: 30 min, at_least: 20 min, after: last session, between: 08:00-10:09, on: fri}]",
        "8:85: no session of a day ends before 09:50, so `A` never fits after the last one within 08:00-10:09",
    ),
    (
        "protect: [{name: A, amount: 1 h per week, pieces: 20-30 min, after: last session, between: 06:00-10:00}]",
        "8:92: no session of a day ends before 09:50, so `A` never fits after the last one within 06:00-10:00",
    ),
]


@pytest.mark.parametrize(("written", "told"), CONTRADICTIONS, ids=[written for written, _ in CONTRADICTIONS])
def test_what_could_never_fit_is_told_at_its_place(written: str, told: str) -> None:
    [found] = problems(f"{HOURS}{written}\n")
    assert found.startswith(f"r.yaml:{told}")


FITS = [
    "protect: [{name: L, length: 90 min, at_least: 60 min, between: 12:00-13:30}]",
    "protect: [{name: L, length: 15 min, times: 4 per day, between: 12:00-13:00}]",
    "protect: [{name: S, amount: 4 h per month, pieces: 60-120 min, between: 12:00-13:00}]",
    "protect: [{name: Me, length: 1 h, between: 17:00-21:00, inside_hours: yes}]",
    "protect: [{name: Me, length: 2 h, on: sat, between: 09:00-18:00}]",
    "protect: [{name: Me, length: 4 h, between: 08:00-19:00, inside_hours: yes}]",
    "protect: [{name: W, length: 1 h, times: 2 per week, on: [tue, thu], between: 12:00-18:00}]",
    "protect: [{name: W, length: 1 h, times: 7 per week, between: 09:00-18:00}]",
    "protect: [{name: W, length: 1 h, times: 5 per month, on: mon, between: 09:00-18:00}]",
    "protect: [{name: W, length: 2 h, times: 4 per day, between: 09:00-18:00, inside_hours: yes}]",
    "protect: [{name: S, amount: 3 h per week, pieces: 30-60 min, on: mon-wed, between: 12:00-18:00}]",
    "protect: [{name: S, amount: 8 h per week, pieces: 1-8 h, on: mon-tue, between: 09:00-18:00, inside_hours: yes}]",
    "protect: [{name: A, length: 4 h, between: 09:00-18:00, inside_hours: yes}, "
    "{name: B, length: 4 h, between: 09:00-18:00, inside_hours: yes}]",
    "protect: [{name: A, length: 9 h, between: 12:00-13:00, off: yes}]",
    "protect: [{name: A, length: 20 min, after: last session, between: 12:00-22:00}]",
    "protect: [{name: A, length: 20 min, after: last session, between: 06:00-10:10}]",
    "protect: [{name: A, length: 20 min, after: last session, between: 06:00-08:00, on: sat}]",
    "protect: [{name: A, length: 20 min, after: last session, between: 22:00-03:00}]",
    "notes: {per_session: 10 min, at_least: 40 min}\nlimits: {per_day: {sessions: 4}}",
    "notes: {per_session: 10 min, by: 10:00}",
    "notes: {per_session: 10 min, by: end of day}",
    "rest: {between_days: 23 h, days_off_per_week: 6, day_span: 10 min}",
    "limits: {in_a_row: {sessions: 1, then: 24 h}}",
]


@pytest.mark.parametrize("written", FITS)
def test_what_just_fits_is_no_contradiction(written: str) -> None:
    assert problems(f"{HOURS}{written}\n") == []


def test_hours_that_touch_over_midnight_are_one_stretch() -> None:
    night = "working_hours: {mon: 20:00-24:00, tue: 00:00-04:00}\n"
    item = "protect: [{{name: N, length: {} h, between: 19:00-05:00, inside_hours: yes}}]\n"
    assert problems(night + item.format(8)) == []
    assert len(problems(night + item.format(9))) == 1


def test_hours_of_any_date_count_as_room() -> None:
    hours = "working_hours: [{mon: 09:00-10:00}, {from: 2027-01-01, until: 2027-02-01, tue: 09:00-13:00}]\n"
    assert problems(f"{hours}protect: [{{name: M, length: 3 h, between: 08:00-18:00, inside_hours: yes}}]\n") == []


def test_what_fits_for_the_practice_and_not_for_one_therapist_is_told_at_what_the_therapist_writes() -> None:
    added = f"{HOURS}protect: [{{name: M, length: 3 h, between: 08:00-18:00, inside_hours: yes}}]\n"
    assert problems(added) == []
    [found] = problems(added, for_lee("protect: [{name: M, length: 5 h}]"))
    assert "`M` fits nowhere in the working hours of a week" in found


def test_a_contradiction_with_the_preset_is_told_at_what_the_practice_wrote() -> None:
    [found] = problems(f"preset: balanced\n{HOURS}protect: [{{name: Me time, on: mon-tue}}]\n")
    assert found.startswith("r.yaml:9:11: `Me time` is due 3 times a week, at most once a day, and can only lie on 2")


def test_hours_that_cannot_be_read_bring_no_contradiction() -> None:
    found = problems(
        "working_hours: {mondy: 09:00-10:00}\n"
        "protect: [{name: M, length: 3 h, between: 08:00-18:00, inside_hours: yes}]\n"
    )
    assert len(found) == 1


def test_an_evening_shift_that_ends_after_midnight_leaves_room_after_a_session_of_the_next_date() -> None:
    night = "working_hours: {mon: 20:00-02:00, tue: 20:00-23:00}\n"
    item = "protect: [{{name: N, length: 20 min, after: last session, between: 00:00-03:00, on: {}}}]\n"
    assert problems(night + item.format("tue")) == []
    [found] = problems(night + item.format("mon"))
    assert "no session of a day ends before 20:50" in found
