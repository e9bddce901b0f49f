"""Calendars and therapists that are no longer written for: their blocks are cleared when it is sure that they are left
behind, what a person wrote stays, and nothing that was deleted by hand is forgotten on the way."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from .practice import Practice, contents, facts, move, own, run, session, silent, times

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


# --- therapists who left, or did not --------------------------------------------------------------------------------


@pytest.fixture
def both(practice: Practice, first: Path) -> Path:
    """lee's folder; noor is written for as well."""
    (practice.folder / "second" / "event.ics").write_bytes((practice.folder / "sessions" / "event-0.ics").read_bytes())
    practice.rules(FOLDERS, f"{LEE}\n{NOOR}")
    assert silent(practice.run("sync", "--yes"))
    return first


def test_a_therapist_whose_name_is_changed_loses_nothing_at_night(practice: Practice, both: Path) -> None:
    before = own(both)
    practice.rules(FOLDERS, f"{LEE.replace('lee', 'Lee')}\n{NOOR}")
    for _ in range(2):
        ran = practice.run("sync")
        assert ran.code == 3
        assert "lee: no longer in the rule file, while nothing was ever written for Lee: own blocks stay" in ran.err
        assert own(both) == before
    for words in (("preview",), ("sync", "--dry-run")):
        said = practice.run(*words).out
        assert "6 own blocks would be removed by `session-breaks sync --yes`; a night leaves them" in said
    assert practice.run("preview", "--format", "json").json()["departed"][0]["held"]
    assert "6 own blocks would be removed\n" in practice.run("sync", "--dry-run", "--yes").out
    practice.rules(FOLDERS, f"{LEE}\n{NOOR}")
    assert silent(practice.run("sync"))
    assert own(both) == before


def test_once_somebody_agrees_to_the_new_name_the_old_one_s_blocks_go(practice: Practice, both: Path) -> None:
    before = times(both)
    practice.rules(FOLDERS, f"{LEE.replace('lee', 'Lee')}\n{NOOR}")
    assert silent(practice.run("sync", "--yes"))
    after = times(both)
    assert sorted(after.values()) == sorted(before.values())
    assert not before.keys() & after.keys()
    assert silent(practice.run("sync"))


def test_what_somebody_who_left_for_a_while_deleted_by_hand_stays_deleted(practice: Practice, both: Path) -> None:
    deleted = sorted(own(both))[0]
    (both / deleted).unlink()
    assert silent(practice.run("sync"))
    practice.rules(FOLDERS, NOOR)
    assert silent(practice.run("sync"))
    assert own(both) == {}
    practice.rules(FOLDERS, f"{LEE}\n{NOOR}")
    assert silent(practice.run("sync", "--yes"))
    assert len(own(both)) == 5
    assert deleted not in own(both)


def test_somebody_who_left_when_the_rule_file_was_moved_is_found_as_well(practice: Practice, both: Path) -> None:
    moved = practice.rules(FOLDERS, NOOR, file=practice.folder / "elsewhere.yaml")
    practice.file.unlink()
    practice.file = moved
    assert practice.run("clear").out.startswith("noor: 2 own blocks in second\nlee: 6 own blocks in first\n")
    assert silent(practice.run("sync"))
    assert own(both) == {}
    assert len(own(practice.folder / "second")) == 2


def test_a_copy_of_the_rule_file_clears_nobody_of_the_first(practice: Practice, both: Path) -> None:
    before = own(both)
    first, practice.file = practice.file, practice.rules(FOLDERS, NOOR, file=practice.folder / "copy.yaml")
    assert silent(practice.run("sync", "--force"))
    assert first.exists()
    assert own(both) == before


def test_two_practices_of_one_name_are_cleared_each_by_itself(practice: Practice, first: Path) -> None:
    second = practice.folder / "second"
    (second / "event.ics").write_bytes((practice.folder / "sessions" / "event-0.ics").read_bytes())
    other = practice.rules(FOLDERS, NOOR, identity="otherone", file=practice.folder / "other.yaml")
    assert silent(practice.run("sync", "--yes", other))
    ran = practice.run("clear", "--yes", other)
    assert (ran.code, ran.err) == (0, "")
    assert own(first) == own(second) == {}


def write_into(folder: Path, number: int, words: bytes = b"DESCRIPTION:call the bank\r\n") -> str:
    """Write into an own block, as a hand does; gives its file."""
    name = sorted(own(folder))[number]
    (folder / name).write_bytes((folder / name).read_bytes().replace(b"SUMMARY:", words + b"SUMMARY:"))
    return name


def test_what_somebody_who_left_wrote_into_blocks_stays_and_is_said_once(practice: Practice, both: Path) -> None:
    noted = write_into(both, 0)
    renamed = write_into(both, 1, b"SUMMARY:Tea\r\nX-OLD-")
    practice.rules(FOLDERS, NOOR)
    assert "lee: no longer in the rule file, 4 own blocks would be removed" in practice.run("preview").out
    ran = practice.run("sync")
    assert ran.code == 0
    assert "2 own blocks in first left: somebody wrote into them" in ran.error
    assert own(both).keys() == {noted, renamed}
    assert silent(practice.run("sync"))


# --- another calendar to write to -----------------------------------------------------------------------------------


def test_what_a_person_wrote_into_blocks_stays_in_the_calendar_that_was_written_to_before(
    practice: Practice, first: Path
) -> None:
    second = practice.folder / "second"
    noted = write_into(first, 0)
    renamed = write_into(first, 1, b"SUMMARY:Tea\r\nX-OLD-")
    words = {name: own(first)[name] for name in (noted, renamed)}
    before = times(first)
    practice.rules(FOLDERS, MOVED)
    [plan] = practice.run("preview", "--format", "json").json()["therapists"]
    assert "left-behind" in {finding["code"] for finding in plan["findings"]}
    ran = practice.run("sync")
    assert ran.code == 0
    assert "2 own blocks in first left: somebody wrote into them" in ran.error
    assert own(first) == words
    assert sorted(times(second).values()) == sorted(before.values())
    assert silent(practice.run("sync"))
    assert own(first) == words


def test_with_restore_only_a_note_stays_there(practice: Practice, first: Path) -> None:
    noted = write_into(first, 0)
    write_into(first, 1, b"SUMMARY:Tea\r\nX-OLD-")
    practice.rules(FOLDERS, MOVED, more="edits: restore")
    assert practice.run("sync").code == 0
    assert own(first).keys() == {noted}


def test_an_id_that_was_changed_is_told_while_blocks_of_the_old_one_stand(practice: Practice) -> None:
    practice.one_therapist(session(1, 10), session(2, 10))
    assert silent(practice.run("sync", "--yes"))
    old, file = practice.file.read_text(), practice.file
    file.write_text(old.replace("id: elmstr33", "id: otherid44"))
    for words in (("preview",), ("sync", "--yes")):
        ran = practice.run(*words)
        assert ran.code == 0
        assert "the `id` in this file was changed; blocks of the old one stand in diary" in ran.error
    new = file.read_text()
    file.write_text(old)
    assert practice.run("clear", "--yes").code == 0
    file.write_text(new)
    assert silent(practice.run("sync"))


# --- what a hand did goes along -------------------------------------------------------------------------------------


def at(folder: Path, start: str) -> str:
    """The file of the own block that starts then."""
    return next(name for name, body in own(folder).items() if f"DTSTART:{start}".encode() in body)


def spots(folder: Path) -> set[tuple[str, str]]:
    return set(times(folder).values())


PUT = ("20261202T143000Z", "20261202T144000Z")
"""Where a hand puts the break of Wednesday morning's session."""


@pytest.fixture
def edited(practice: Practice, first: Path) -> set[tuple[str, str]]:
    """What is to stand in the end: one break of lee's was moved, one was made free, one was deleted."""
    move(first, "20261202T105000Z", PUT)
    freed = first / at(first, "20261204T105000Z")
    freed.write_bytes(freed.read_bytes().replace(b"TRANSP:OPAQUE", b"TRANSP:TRANSPARENT"))
    (first / at(first, "20261201T105000Z")).unlink()
    assert silent(practice.run("sync"))
    assert {one["how"] for one in planned(practice)["by_hand"]} == {"moved", "free", "deleted"}
    return {spot for spot in spots(first) if not spot[0].startswith("20261204T105000")}


def test_what_a_hand_moved_freed_or_deleted_stays_so_in_another_calendar(
    practice: Practice, first: Path, edited: set[tuple[str, str]]
) -> None:
    second = practice.folder / "second"
    assert PUT in edited
    practice.rules(FOLDERS, MOVED)
    for _ in range(3):
        assert silent(practice.run("sync"))
        assert (own(first), spots(second)) == ({}, edited)
    hows = {one["how"] for one in planned(practice)["by_hand"]}
    assert hows == {"moved", "deleted"}
    assert practice.run("sync", "--restore", "2026-12-02", "--restore", "2026-12-04").code == 0
    assert PUT not in spots(second)
    assert {"20261202T105000Z", "20261204T105000Z"} <= {start for start, _ in spots(second)}


def test_what_a_hand_did_in_a_calendar_that_cannot_be_read_for_a_night_is_found_the_night_after(
    practice: Practice, first: Path, edited: set[tuple[str, str]]
) -> None:
    second, hidden = practice.folder / "second", practice.folder / "hidden"
    practice.rules(FOLDERS, MOVED)
    first.rename(hidden)
    for _ in range(2):
        assert practice.run("sync").code == 1
        assert PUT not in spots(second)
        assert len(own(second)) == 5, "all but the one that was known to be deleted"
    hidden.rename(first)
    assert "it was freed by hand in the calendar before" in practice.run("preview").out.replace("\n", " ")
    for _ in range(3):
        assert silent(practice.run("sync"))
        assert (own(first), spots(second)) == ({}, edited)
    assert {one["how"] for one in planned(practice)["by_hand"]} == {"moved", "deleted"}


@pytest.mark.usefixtures("edited")
def test_what_a_hand_did_in_the_new_calendar_meanwhile_holds_before_that(practice: Practice, first: Path) -> None:
    second, hidden = practice.folder / "second", practice.folder / "hidden"
    later = ("20261202T150000Z", "20261202T151000Z")
    practice.rules(FOLDERS, MOVED)
    first.rename(hidden)
    assert practice.run("sync").code == 1
    move(second, "20261202T105000Z", later)
    (second / at(second, "20261204T105000Z")).unlink()
    hidden.rename(first)
    for _ in range(2):
        assert silent(practice.run("sync"))
        assert own(first) == {}
        assert later in spots(second)
        assert PUT not in spots(second)
        assert not any(start == "20261204T105000Z" for start, _ in spots(second))
    assert practice.run("sync", "--restore", "2026-12-02").code == 0
    assert "20261202T105000Z" in {start for start, _ in spots(second)}


def test_a_run_that_was_killed_between_two_calendars_removes_nothing_that_it_has_made_in_the_new_one(
    practice: Practice, first: Path, edited: set[tuple[str, str]]
) -> None:
    second, kept = practice.folder / "second", practice.folder / "kept"
    for name in ("first", "state"):
        shutil.copytree(practice.folder / name, kept / name)
    practice.rules(FOLDERS, MOVED)
    assert silent(practice.run("sync"))
    made = contents(second)
    for name in ("first", "state"):  # as it is when the kill came before anything was removed or noted
        shutil.rmtree(practice.folder / name)
        shutil.copytree(kept / name, practice.folder / name)
    assert silent(practice.run("sync"))
    assert (own(first), spots(second)) == ({}, edited)
    assert contents(second) == made
    assert len(practice.run("undo", "--list").out.splitlines()) == 2
    assert practice.run("undo").out.count("4 to be made again, 1 left as they are in first") == 1


def test_what_was_deleted_on_the_day_on_which_write_changes_is_not_made_in_the_new_calendar(
    practice: Practice, first: Path
) -> None:
    gone = own(first)[at(first, "20261202T105000Z")]
    (first / at(first, "20261202T105000Z")).unlink()
    practice.rules(FOLDERS, MOVED)
    for _ in range(2):
        assert silent(practice.run("sync"))
        assert own(first) == {}
        assert len(own(practice.folder / "second")) == 5
        assert facts(gone)[1:] not in spots(practice.folder / "second")


def test_who_empties_the_old_calendar_by_hand_has_not_deleted_the_blocks_of_the_new_one(
    practice: Practice, first: Path
) -> None:
    for name in own(first):
        (first / name).unlink()
    practice.rules(FOLDERS, MOVED)
    assert silent(practice.run("sync"))
    assert len(own(practice.folder / "second")) == 6


def test_a_block_moved_and_written_into_keeps_its_place_too_though_its_words_stay_behind(
    practice: Practice, first: Path
) -> None:
    moved = move(first, "20261202T105000Z", PUT)
    moved.write_bytes(moved.read_bytes().replace(b"SUMMARY:", b"DESCRIPTION:call the bank\r\nSUMMARY:"))
    practice.rules(FOLDERS, MOVED)
    assert practice.run("sync").code == 0
    assert silent(practice.run("sync"))
    assert own(first).keys() == {moved.name}
    assert PUT in spots(practice.folder / "second")


@pytest.mark.parametrize("more", ["", "respect: others"])
def test_what_a_hand_did_stays_so_under_a_new_name(
    practice: Practice, first: Path, edited: set[tuple[str, str]], more: str
) -> None:
    practice.rules(FOLDERS, LEE.replace("lee", "Lee"), more=more)
    assert practice.run("sync").code == 3
    assert silent(practice.run("sync", "--yes"))
    for _ in range(2):
        assert spots(first) == edited
        assert silent(practice.run("sync"))
    assert {one["how"] for one in planned(practice)["by_hand"]} == {"moved", "deleted"}


@pytest.mark.parametrize("changed", [MOVED, LEE.replace("lee", "Lee")])
def test_an_undo_of_such_a_change_gives_back_what_a_hand_had_moved_and_not_what_it_had_freed(
    practice: Practice, first: Path, edited: set[tuple[str, str]], changed: str
) -> None:
    practice.rules(FOLDERS, changed)
    assert silent(practice.run("sync", "--yes"))
    undone = practice.run("undo", "--yes")
    assert undone.code == 0
    assert "a hand has deleted it or made it take no time" in undone.said
    assert (spots(first), own(practice.folder / "second")) == (edited, {})
    practice.rules(FOLDERS, LEE)
    for _ in range(2):
        assert practice.run("sync", "--yes").code == 0
        assert (spots(first), own(practice.folder / "second")) == (edited, {})


@pytest.mark.usefixtures("edited")
def test_a_colleague_who_starts_in_a_calendar_of_her_own_inherits_nothing(practice: Practice, first: Path) -> None:
    practice.rules(FOLDERS, NOOR.replace("read: [second]", "read: [sessions]"))
    assert silent(practice.run("sync", "--yes"))
    assert own(first) == {}
    assert len(spots(practice.folder / "second")) == 6
    assert PUT not in spots(practice.folder / "second")


@pytest.mark.usefixtures("edited")
def test_a_successor_in_the_same_calendar_after_a_night_without_either_inherits_nothing(
    practice: Practice, first: Path
) -> None:
    (practice.folder / "second" / "event.ics").write_bytes((practice.folder / "sessions" / "event-0.ics").read_bytes())
    kim = LEE.replace("lee", "kim")
    practice.rules(FOLDERS, f"{LEE}\n{NOOR}")
    assert silent(practice.run("sync", "--yes"))
    practice.rules(FOLDERS, f"{kim}\n{NOOR}")
    assert "also gets what was moved or deleted by hand there" in practice.run("preview").out.replace("\n", " ")
    practice.rules(FOLDERS, NOOR)
    assert silent(practice.run("sync"))
    practice.rules(FOLDERS, f"{kim}\n{NOOR}")
    assert silent(practice.run("sync", "--yes"))
    assert len(spots(first)) == 6
    assert PUT not in spots(first)


def planned(practice: Practice) -> Any:
    [plan] = practice.run("preview", "--format", "json").json()["therapists"]
    return plan


# --- two rule files with one id -------------------------------------------------------------------------------------


def test_a_copy_of_a_rule_file_for_another_calendar_is_told_before_the_two_take_each_others_blocks(
    practice: Practice,
) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    before = own(diary)
    copy = practice.folder / "copy.yaml"
    practice.rules(f"{FOLDERS}\ndiary: {{type: folder, path: diary}}", LEE.replace("sessions", "diary"), file=copy)
    second = practice.calendar("first")
    ran = practice.run("sync", "--yes", copy, file=False)
    assert ran.code == 3
    assert f"{practice.file} has the same id and wrote to diary" in ran.error
    assert own(diary) == before, "they are not what this file left behind"
    assert "has the same id" in practice.run("preview", copy, file=False).out.replace("\n", " ")
    practice.file.unlink()
    assert silent(practice.run("sync", "--yes", copy, file=False)), "the first one is gone: write has changed"
    assert own(diary) == {}
    assert own(second) != {}


def test_a_pipe_where_another_rule_file_was_is_not_waited_for(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    copy = practice.folder / "copy.yaml"
    practice.rules(f"{FOLDERS}\ndiary: {{type: folder, path: diary}}", LEE.replace("sessions", "diary"), file=copy)
    practice.calendar("first")
    practice.file.unlink()
    os.mkfifo(practice.file)
    assert practice.run("preview", copy, file=False).code == 0


def test_two_versions_of_a_rule_file_for_one_calendar_are_one_practice(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    before = own(diary)
    copy = practice.folder / "summer.yaml"
    copy.write_text(practice.file.read_text().replace("after: 10 min", "after: 20 min"))
    assert silent(practice.run("sync", copy, file=False))
    assert own(diary).keys() == before.keys()
    assert own(diary) != before
    assert silent(practice.run("sync"))
    assert spots(diary)
