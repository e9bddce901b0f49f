from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from scheduler.show.bar import Scale, clock_passes, day_items, draw, wall_minutes
from tests.show.builder import LONDON, outcome, stretch

DAY = "2026-11-25"


def letters(text: str, first: str = "09:00", last: str = "13:00", cell: int = 10, day: str = DAY) -> str:
    def minute(clock: str) -> int:
        return int(clock[:2]) * 60 + int(clock[3:])

    plan = outcome({day: text})
    cells = draw(day_items(plan, date.fromisoformat(day)), Scale(minute(first), minute(last), cell))
    return "".join(cell.letter for cell in cells)


def test_every_sort_of_time_has_its_letter() -> None:
    drawn = letters(
        "09:00-09:50 session, 09:50-10:00 +break, 10:00-10:30 +guard, 10:30-11:00 open,"
        "11:00-11:30 busy, 12:00-12:30 protect, 12:30-13:00 notes"
    )
    assert drawn == "SSSSSbhhh...mmm   PPPnnn"


def test_a_cell_shows_what_has_the_largest_share() -> None:
    assert letters("09:00-09:20 session, 09:20-10:00 open", "09:00", "10:00", 30) == "S."
    assert letters("09:00-09:10 session, 09:10-10:00 open", "09:00", "10:00", 30) == "S."
    assert letters("09:00-09:40 open, 09:40-10:00 session", "09:00", "10:00", 30) == ".S"


def test_a_break_that_fills_only_a_third_of_a_cell_does_not_vanish() -> None:
    assert letters("09:00-09:50 session, 09:50-10:00 break, 10:00-10:50 session", "09:00", "11:00", 30) == "SbSS"


def test_a_five_minute_break_shows_but_never_takes_the_only_cell_of_a_session() -> None:
    assert letters("09:00-09:25 session, 09:25-09:30 break", "09:00", "10:00", 30) == "S "
    assert letters("09:00-09:55 session, 09:55-10:00 break", "09:00", "10:00", 30) == "Sb"


def test_a_short_session_between_long_meetings_does_not_vanish() -> None:
    assert "S" in letters("09:00-09:28 busy, 09:28-09:33 session, 09:33-10:00 busy", "09:00", "10:00", 30)


def test_a_removed_block_is_not_drawn_and_an_updated_one_only_where_it_will_be() -> None:
    assert letters("09:00-09:30 -break, 11:00-11:30 ~break", "09:00", "12:00", 30) == "    b "


def test_time_over_is_marked_as_past() -> None:
    plan = outcome({DAY: "09:00-10:00 session, 10:00-11:00 session"})
    cells = draw(day_items(plan, date.fromisoformat(DAY)), Scale(540, 660, 30), past=((0, 570),))
    assert [cell.past for cell in cells] == [True, False, False, False]


def test_sessions_of_other_days_are_not_drawn() -> None:
    plan = outcome({DAY: "09:00-10:00 session", "2026-11-26": ""})
    assert day_items(plan, date(2026, 11, 26)) == []


def test_a_block_across_midnight_is_drawn_on_both_days() -> None:
    plan = outcome({DAY: "23:00-24:00 session", "2026-11-26": "00:00-01:00 session"})
    (late,) = day_items(plan, date(2026, 11, 25))
    (early,) = day_items(plan, date(2026, 11, 26))
    assert (late.stretches, early.stretches) == (((1380, 1440),), ((0, 60),))


@pytest.mark.parametrize("day", ["2027-03-28", "2026-10-25"])
def test_wall_clock_times_keep_their_cells_on_the_days_the_clocks_change(day: str) -> None:
    text = "00:00-01:00 open, 09:00-09:50 session, 12:00-13:00 protect"
    assert letters(text, "08:00", "13:00", 30, day) == "  SS    PP"


def test_the_hour_that_is_skipped_stays_blank() -> None:
    # London: 01:00 to 02:00 does not exist on 28 March 2027.
    assert letters("00:00-24:00 open", "00:00", "04:00", 30, "2027-03-28") == "..  ...."


def test_the_two_passes_of_a_repeated_hour_share_their_cells() -> None:
    # London: 01:00 to 02:00 comes twice on 25 October 2026; 00:30 to 02:30 is three hours.
    assert letters("00:30-02:30 session", "00:00", "03:00", 30, "2026-10-25") == " SSSS "


def test_a_day_has_two_passes_only_when_the_clocks_change() -> None:
    assert len(clock_passes(date(2026, 11, 25), LONDON)) == 1
    assert [minute for _, minute in clock_passes(date(2027, 3, 28), LONDON)] == [0, 120]
    assert [minute for _, minute in clock_passes(date(2026, 10, 25), LONDON)] == [0, 60]


def test_a_clock_change_of_half_an_hour_is_followed() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    day = date(2026, 10, 4)
    assert [minute for _, minute in clock_passes(day, lord_howe)] == [0, 150]
    assert wall_minutes(stretch(day, "09:00-10:00", lord_howe), clock_passes(day, lord_howe)) == ((540, 600),)


def test_a_zone_that_changes_at_midnight_is_followed() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    assert [minute for _, minute in clock_passes(date(2026, 3, 29), beirut)] == [60]
