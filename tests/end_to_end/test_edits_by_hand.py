"""What a therapist changes in the calendar stands, unless it looks like an accident or the rules say otherwise."""

from __future__ import annotations

import re
import shutil

from .practice import Practice, contents, facts, move, own, session, silent, times, vcalendar


def test_a_block_that_was_moved_by_hand_stays_where_it_was_put(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    path = move(diary, "20261201T105000Z", ("20261201T120000Z", "20261201T121000Z"))
    body = path.read_bytes()
    for _ in range(2):
        assert silent(practice.run("sync"))
        assert path.read_bytes() == body
    [plan] = practice.run("preview", "--format", "json").json()["therapists"]
    [kept] = [block for block in plan["blocks"] if block.get("by_hand")]
    assert (kept["action"], kept["start"]) == ("keep", "2026-12-01T12:00:00+00:00")


def test_a_block_that_was_moved_onto_a_session_goes_back(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    before = times(diary)
    move(diary, "20261201T105000Z", ("20261201T101000Z", "20261201T102000Z"))
    assert silent(practice.run("sync"))
    assert times(diary) == before


def test_a_block_that_was_deleted_by_hand_is_not_made_again(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    path = move(diary, "20261201T105000Z", ("20261201T105000Z", "20261201T110000Z"))
    path.unlink()
    for _ in range(3):
        assert silent(practice.run("sync"))
        assert not path.exists()
    assert len(own(diary)) == 1


def test_a_title_that_was_changed_by_hand_stays(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    path = move(diary, "20261201T105000Z", ("20261201T105000Z", "20261201T110000Z"))
    path.write_bytes(re.sub(rb"SUMMARY:[^\r]*", b"SUMMARY:Tea", path.read_bytes()))
    (diary / "event-0.ics").write_bytes(vcalendar(session(1, 10).replace("105000", "110000")))
    assert silent(practice.run("sync"))
    assert b"SUMMARY:Tea" in path.read_bytes()
    assert b"DTSTART:20261201T110000Z" in path.read_bytes()


def test_with_restore_everything_goes_back_to_the_rules(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10), session(2, 10), more="edits: restore")
    assert silent(practice.run("sync", "--yes"))
    before = times(diary)
    move(diary, "20261201T105000Z", ("20261201T120000Z", "20261201T121000Z"))
    path = move(diary, "20261202T105000Z", ("20261202T105000Z", "20261202T110000Z"))
    path.unlink()
    assert silent(practice.run("sync"))
    assert times(diary) == before


def test_where_many_blocks_are_gone_at_once_a_brake_holds_until_it_is_told_otherwise(practice: Practice) -> None:
    diary = practice.one_therapist(*(session(day, hour) for day in (1, 2, 3) for hour in (10, 14)))
    assert silent(practice.run("sync", "--yes"))
    blocks = sorted(own(diary))
    assert len(blocks) >= 10
    for name in blocks[: len(blocks) // 2]:
        (diary / name).unlink()
    before = contents(diary)
    ran = practice.run("sync", "--yes")
    assert ran.code == 3
    assert f"{len(blocks) // 2} of {len(blocks)} blocks are gone" in ran.error
    assert "--force" in ran.error
    assert contents(diary) == before
    assert silent(practice.run("sync", "--force"))
    assert silent(practice.run("sync"))
    assert contents(diary) == before


def test_a_run_that_would_move_many_blocks_is_refused_until_it_is_told_otherwise(practice: Practice) -> None:
    sessions = [session(day, hour) for day in (1, 2, 3) for hour in (10, 14)]
    diary = practice.one_therapist(*sessions)
    assert silent(practice.run("sync", "--yes"))
    practice.calendar("diary", *(event.replace("5000", "5500") for event in sessions))
    before = contents(diary)
    ran = practice.run("sync", "--yes")
    assert (ran.code, ran.out) == (3, "")
    assert "would be moved or removed" in ran.error
    assert contents(diary) == before
    assert silent(practice.run("sync", "--force"))
    assert silent(practice.run("sync"))
    assert times(diary).keys() == {facts(body)[0] for body in before.values() if b"X-SESSION-BREAKS" in body}


def test_without_its_journal_it_still_knows_its_blocks_and_what_was_moved(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10), session(2, 10))
    assert silent(practice.run("sync", "--yes"))
    move(diary, "20261201T105000Z", ("20261201T120000Z", "20261201T121000Z"))
    before = contents(diary)
    shutil.rmtree(practice.state)
    assert silent(practice.run("sync"))
    assert contents(diary) == before


def test_blocks_that_clear_removed_do_not_count_as_deleted_by_hand(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    before = times(diary)
    assert practice.run("clear", "--yes").code == 0
    assert own(diary) == {}
    assert silent(practice.run("sync"))
    assert times(diary) == before
