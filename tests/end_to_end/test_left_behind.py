"""Calendars and therapists that are no longer written for: their blocks are cleared when it is sure that they are left
behind, what a person wrote stays, and nothing that was deleted by hand is forgotten on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from .practice import Practice, own, run, session, silent, times

FOLDERS = (
    "sessions: {type: folder, path: sessions}\nfirst: {type: folder, path: first}\nsecond: {type: folder, path: second}"
)
LEE = "lee: {read: [sessions], write: first}"
MOVED = "lee: {read: [sessions], write: second}"
NOOR = "noor: {read: [second], write: second}"


@pytest.fixture
def first(practice: Practice) -> Path:
    """The folder that lee's six blocks stand in."""
    practice.calendar("sessions", session(1, 10), session(2, 10), session(4, 10))
    folder = practice.calendar("first")
    practice.calendar("second")
    practice.rules(FOLDERS, LEE)
    assert silent(practice.run("sync", "--yes"))
    assert silent(practice.run("sync"))
    assert len(own(folder)) == 6
    return folder


def days(folder: Path) -> set[str]:
    return {start[:8] for start, _ in times(folder).values()}


# --- a window of one's own ------------------------------------------------------------------------------------------


def test_a_calendar_left_by_a_run_with_from_is_cleared_whole_by_the_next_without(
    practice: Practice, first: Path
) -> None:
    second = practice.folder / "second"
    practice.rules(FOLDERS, MOVED)
    assert silent(practice.run("sync", "--from", "2026-12-02"))
    assert (days(first), days(second)) == ({"20261201"}, {"20261202", "20261204"})
    assert silent(practice.run("sync"))
    assert (len(own(first)), len(own(second))) == (0, 6)


def test_a_run_with_from_still_clears_all_after_a_therapist_who_left(practice: Practice, first: Path) -> None:
    (practice.folder / "second" / "event.ics").write_bytes((practice.folder / "sessions" / "event-0.ics").read_bytes())
    practice.rules(FOLDERS, f"{LEE}\n{NOOR}")
    assert silent(practice.run("sync", "--yes"))
    practice.rules(FOLDERS, NOOR)
    assert practice.run("sync", "--from", "2026-12-05").code == 0
    assert own(first) == {}


def test_neither_a_far_from_nor_another_practice_s_clock_forgets_what_was_deleted_by_hand(
    practice: Practice, first: Path
) -> None:
    deleted = sorted(own(first))[0]
    (first / deleted).unlink()
    assert silent(practice.run("sync"))
    assert silent(practice.run("sync", "--from", "2027-03-01", "--to", "2027-03-05"))
    assert silent(practice.run("sync"))
    assert deleted not in own(first)
    other = practice.rules(FOLDERS, NOOR, identity="otherone", file=practice.folder / "other.yaml")
    line = practice.command("sync", "--yes", other, now="2027-06-01T06:00:00+00:00")
    assert run(line, practice.environment).code == 0
    assert silent(practice.run("sync"))
    assert deleted not in own(first)
