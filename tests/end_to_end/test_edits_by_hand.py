"""What a therapist changes in the calendar stands, unless it looks like an accident or the rules say otherwise."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.google_events import TAG
from tests.google.fake import running
from tests.google.rest import Rest
from tests.google.stages import private

from .practice import NOW, Practice, contents, facts, move, own, session, silent, times, vcalendar
from .test_google_faults import Night, sessions


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


@pytest.mark.parametrize("journal", ["kept", "lost"])
def test_a_break_that_was_moved_to_a_later_week_stays_when_its_session_s_week_is_over(
    practice: Practice, journal: str
) -> None:
    diary = practice.one_therapist(session(1, 10), session(20, 10))
    practice.file.write_text(practice.file.read_text().replace("horizon: 1 week", "horizon: 4 weeks"))
    assert silent(practice.run("sync", "--yes"))
    path = move(diary, "20261201T105000Z", ("20261216T105000Z", "20261216T110000Z"))
    body = path.read_bytes()
    for day in (1, 6, 7, 14):  # the session was on Tuesday the 1st; the 7th and the 14th are Mondays
        assert silent(practice.run("sync", now=f"2026-12-{day:02}T06:00:00+00:00"))
        assert path.exists(), day
        assert path.read_bytes() == body
    if journal == "lost":
        shutil.rmtree(practice.state)
        assert practice.run("sync", now="2026-12-14T06:00:00+00:00").code == 0
        assert path.read_bytes() == body


def test_a_break_that_was_moved_to_a_later_week_goes_when_its_session_is_cancelled_in_time(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10), session(20, 10))
    practice.file.write_text(practice.file.read_text().replace("horizon: 1 week", "horizon: 4 weeks"))
    assert silent(practice.run("sync", "--yes"))
    path = move(diary, "20261201T105000Z", ("20261216T105000Z", "20261216T110000Z"))
    (diary / "event-0.ics").unlink()
    assert silent(practice.run("sync"))
    assert not path.exists()


def test_a_block_that_was_moved_far_away_before_its_writing_was_noted_does_not_stop_the_others(
    practice: Practice,
) -> None:
    diary = practice.one_therapist(session(1, 10), session(2, 10))
    assert silent(practice.run("sync", "--yes"))
    [journal] = practice.state.rglob("journal.sqlite3")
    with contextlib.closing(sqlite3.connect(journal)) as db, db:  # killed after the last write, before that was noted
        db.execute("UPDATE block SET status = 'intended'")
    path = move(diary, "20261201T105000Z", ("20270316T105000Z", "20270316T110000Z"))
    body = path.read_bytes()
    (diary / "event-1.ics").write_bytes(vcalendar(session(2, 13)))
    for _ in range(2):
        assert silent(practice.run("sync"))
        assert path.read_bytes() == body, "where the hand put it"
        assert {start for start, _ in times(diary).values()} >= {"20261202T135000Z", "20261201T105000Z"}
        assert "20261202T105000Z" not in {start for start, _ in times(diary).values()}


@pytest.mark.parametrize("discreet", ["no", "yes"])
def test_a_block_whose_times_a_client_made_unreadable_was_not_deleted_by_hand(
    practice: Practice, discreet: str
) -> None:
    diary = practice.one_therapist(session(1, 10), session(2, 10), more=f"blocks: {{discreet: {discreet}}}")
    assert silent(practice.run("sync", "--yes"))
    whole = times(diary)
    path = block_at(diary, "20261201T105000Z")
    body = path.read_bytes()
    path.write_bytes(re.sub(rb"(DTSTART|DTEND):(\d+T\d+)Z", rb"\1;TZID=Weird Zone:\2", body))
    before = contents(diary)
    for _ in range(2):
        plan = planned(practice)
        assert plan["by_hand"] == []
        assert "one of our blocks" in str(plan["findings"])
        assert practice.run("sync").code == 0
        assert contents(diary) == before
    path.unlink()
    path.with_name("again.ics").write_bytes(body)  # another client has mended it
    assert silent(practice.run("sync"))
    assert times(diary) == whole


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
    assert "would be moved or removed; look at `session-breaks preview`, and if" in ran.error
    seen = practice.run("preview")
    assert seen.code == 3
    assert "would be moved or removed; if that is what you want" in " ".join((seen.out + seen.err).split())
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
    ran = practice.run("sync")
    assert (ran.code, ran.out) == (0, "")
    assert "deleted by hand are forgotten" in ran.error
    assert contents(diary) == before


def test_blocks_that_clear_removed_do_not_count_as_deleted_by_hand(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    before = times(diary)
    assert practice.run("clear", "--yes").code == 0
    assert own(diary) == {}
    assert silent(practice.run("sync"))
    assert times(diary) == before


def block_at(diary: Path, start: str) -> Path:
    """The own block that starts at a time."""
    [name] = [name for name, body in own(diary).items() if f"DTSTART:{start}".encode() in body]
    return diary / name


def edit(path: Path, old: bytes, new: bytes) -> bytes:
    body = path.read_bytes().replace(old, new)
    assert body != path.read_bytes()
    path.write_bytes(body)
    return body


def planned(practice: Practice, *words: str) -> Any:
    [plan] = practice.run("preview", "--format", "json", *words).json()["therapists"]
    return plan


def hows(plan: Any) -> list[str]:
    return [one["how"] for one in plan["by_hand"]]


def test_of_two_blocks_moved_onto_each_other_the_one_that_goes_back_is_told(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10), session(2, 10))
    assert silent(practice.run("sync", "--yes"))
    for day in (1, 2):
        move(diary, f"2026120{day}T105000Z", ("20261203T120000Z", "20261203T121000Z"))
    assert sorted(hows(planned(practice))) == ["moved", "on another block"]
    assert "so it goes back" in " ".join(practice.run("preview").out.split())
    assert silent(practice.run("sync"))
    assert hows(planned(practice)) == ["moved"]
    assert len(times(diary)) == 4


@pytest.mark.parametrize(
    ("old", "new", "kept_by_restore"),
    [(b"SUMMARY:Break", b"SUMMARY:Tea with Jo", False), (b"END:VEVENT", b"DESCRIPTION:call Jo\r\nEND:VEVENT", True)],
)
@pytest.mark.parametrize("mode", ["keep", "restore"])
def test_what_a_person_wrote_into_a_block_is_not_removed_with_its_session(
    practice: Practice, mode: str, old: bytes, new: bytes, kept_by_restore: bool
) -> None:
    diary = practice.one_therapist(session(1, 10), session(2, 10), more=f"edits: {mode}")
    assert silent(practice.run("sync", "--yes"))
    path = block_at(diary, "20261201T105000Z")
    body = edit(path, old, new)
    (diary / "event-0.ics").unlink()
    stays = mode == "keep" or kept_by_restore
    for _ in range(2):
        assert silent(practice.run("sync"))
        assert path.exists() is stays
    if stays:
        assert path.read_bytes() == body
        plan = planned(practice)
        assert hows(plan) == ["left"]
        assert not any(o["start"] <= "2026-12-01T10:55:00+00:00" < o["end"] for o in plan["open"])
        path.unlink()
        assert silent(practice.run("sync"))
        assert hows(planned(practice)) == []


def test_a_note_an_alarm_and_a_title_go_along_when_the_session_moves(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    path = block_at(diary, "20261201T105000Z")
    alarm = b"BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:up\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n"
    note = b"DESCRIPTION:call the bank\\, which\r\n  opens at nine\r\nCOLOR:plum\r\n"
    edit(path, b"SUMMARY:Break", b"SUMMARY:Tea")
    edit(path, b"END:VEVENT", note + alarm + b"END:VEVENT")
    (diary / "event-0.ics").write_bytes(vcalendar(session(1, 10).replace("105000", "110000")))
    for _ in range(2):
        assert silent(practice.run("sync"))
        body = path.read_bytes()
        assert (body.count(note), body.count(alarm), body.count(b"SUMMARY:Tea")) == (1, 1, 1)
        assert b"DTSTART:20261201T110000Z" in body
        assert body.count(b"DTSTART") == body.count(b"UID:") == 1


def test_edits_of_a_rule_hold_for_its_blocks_alone(practice: Practice) -> None:
    more = (
        "protect:\n  - {name: Lunch, length: 45 min, between: 12:00-14:00, edits: restore}\n"
        "  - {name: Walk, at: 15:00-15:30}\n"
    )
    diary = practice.one_therapist(session(1, 10), more=more)
    assert silent(practice.run("sync", "--yes"))
    lunch = next(n for n, b in own(diary).items() if b"SUMMARY:Lunch" in b and b"DTSTART:20261201" in b)
    walk = next(n for n, b in own(diary).items() if b"SUMMARY:Walk" in b and b"DTSTART:20261201" in b)
    before = contents(diary)
    (diary / lunch).unlink()
    (diary / walk).unlink()
    assert silent(practice.run("sync"))
    assert contents(diary) == {name: body for name, body in before.items() if name != walk}


@pytest.mark.parametrize("how", ["free", "deleted"])
def test_held_time_that_a_hand_opens_is_a_finding(practice: Practice, how: str) -> None:
    diary = practice.one_therapist(session(1, 10), session(1, 14), more="limits: {per_day: {sessions: 2}}")
    assert silent(practice.run("sync", "--yes"))
    guards = [b for b in planned(practice)["blocks"] if b["guard"] and b["start"].startswith("2026-12-01T11")]
    path = block_at(diary, guards[0]["start"][:19].replace("-", "").replace(":", "") + "Z")
    if how == "free":
        body = edit(path, b"TRANSP:OPAQUE", b"TRANSP:TRANSPARENT")
    else:
        path.unlink()
    assert silent(practice.run("sync"))
    plan = planned(practice)
    assert [f["code"] for f in plan["findings"]] == ["guard-removed"]
    assert hows(plan) == [how]
    assert any(o["start"] <= guards[0]["start"] < o["end"] for o in plan["open"])
    said = " ".join(practice.run("explain", "2026-12-01T11:30", "--now", NOW).out.split())
    assert "but should be held in part: a booking there can break a rule" in said
    assert "can, but should not everywhere, start at any minute" in said
    assert "no rule stands against a booking" not in said
    if how == "free":
        assert path.read_bytes() == body


@pytest.mark.parametrize("how", ["moved", "deleted"])
def test_open_time_where_a_hand_took_the_break_away_is_not_called_safe(practice: Practice, how: str) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    assert silent(practice.run("sync"))
    path = block_at(diary, "20261201T105000Z")
    if how == "moved":
        path.write_bytes(path.read_bytes().replace(b"T105000Z", b"T150000Z").replace(b"T110000Z", b"T151000Z"))
    else:
        path.unlink()
    assert silent(practice.run("sync"))
    said = " ".join(practice.run("explain", "2026-12-01T10:52", "--now", NOW).out.split())
    assert "but should be held in part: a booking there can break a rule" in said
    assert "no rule stands against a booking" not in said
    later = " ".join(practice.run("explain", "2026-12-02T10:52", "--now", NOW).out.split())
    assert "no rule stands against a booking" in later


@pytest.mark.parametrize("journal", ["kept", "lost"])
@pytest.mark.parametrize("mode", ["keep", "restore"])
def test_a_series_made_from_a_block_before_it_was_ever_seen_is_not_doubled(
    practice: Practice, journal: str, mode: str
) -> None:
    diary = practice.one_therapist(session(1, 10), more=f"edits: {mode}")
    assert silent(practice.run("sync", "--yes"))
    path = block_at(diary, "20261201T105000Z")
    body = edit(path, b"SUMMARY:Break", b"RRULE:FREQ=WEEKLY\r\nSUMMARY:Break")
    body = edit(path, b"T105000Z", b"T130000Z").replace(b"T110000Z", b"T131000Z")
    path.write_bytes(body)
    if journal == "lost":
        shutil.rmtree(practice.state)
    before = contents(diary)
    assert practice.run("sync").code == 0  # it says that the journal is new
    assert silent(practice.run("sync"))
    after = contents(diary)
    assert {name: after[name] for name in before} == before
    assert practice.run("clear", "--yes").code == 0
    assert path.read_bytes() == body


def test_a_series_that_is_deleted_later_counts_as_the_block_deleted_until_it_is_taken_back(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    for words in (("sync", "--yes"), ("sync",)):
        assert silent(practice.run(*words))
    path = block_at(diary, "20261201T105000Z")
    edit(path, b"SUMMARY:Break", b"RRULE:FREQ=WEEKLY\r\nSUMMARY:Break")
    assert silent(practice.run("sync"))
    path.unlink()
    for _ in range(2):
        assert silent(practice.run("sync"))
        assert not path.exists()
    assert hows(planned(practice)) == ["deleted"]
    assert silent(practice.run("sync", "--restore", "2026-12-01T10:50"))
    assert path.exists()
    assert hows(planned(practice)) == []


def test_what_is_to_be_put_back_and_is_no_block_is_told(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    ran = practice.run("sync", "--restore", "2026-12-01T16:00")
    assert ran.code == 1
    assert "--restore 2026-12-01T16:00: no block stands or was deleted there" in ran.error
    assert practice.run("sync", "--restore", "noon").code == 2


def test_what_is_over_is_not_put_back_and_that_is_said(practice: Practice) -> None:
    """On Wednesday, Tuesday's deleted break is past; Thursday's is the example of what can be had back."""
    diary = practice.one_therapist(session(1, 10), session(2, 10), session(3, 10))
    assert silent(practice.run("sync", "--yes"))
    for day in (1, 3):
        block_at(diary, f"2026120{day}T105000Z").unlink()
    assert silent(practice.run("sync"))
    before, later = contents(diary), "2026-12-02T12:00:00+00:00"
    for asked in ("2026-12-01T10:55", "2026-12-01"):
        ran = practice.run("sync", "--restore", asked, now=later)
        assert ran.code == 1
        assert f"--restore {asked}: that is over" in ran.error
    assert contents(diary) == before
    shown = " ".join(practice.run("preview", now=later).out.split())
    assert "sync --restore 2026-12-03T10:50" in shown
    assert silent(practice.run("sync", "--restore", "2026-12-03", now=later))
    block_at(diary, "20261203T105000Z")


def test_a_block_is_taken_back_by_its_key_and_preview_shows_it_first(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10), session(2, 10))
    assert silent(practice.run("sync", "--yes"))
    before = contents(diary)
    for day in (1, 2):
        block_at(diary, f"2026120{day}T105000Z").unlink()
    assert silent(practice.run("sync"))
    key = planned(practice)["by_hand"][0]["key"]
    shown = planned(practice, "--restore", key)
    assert [b["key"] for b in shown["blocks"] if b["action"] == "create"] == [key]
    assert hows(shown) == ["deleted"]
    assert silent(practice.run("sync", "--restore", key))
    assert silent(practice.run("sync"))
    assert contents(diary).keys() < before.keys()
    assert len(contents(diary)) == len(before) - 1


def test_a_copied_file_of_a_block_is_not_taken_for_it(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    path = block_at(diary, "20261201T105000Z")
    copy = diary / "0copy.ics"
    copy.write_bytes(path.read_bytes().replace(b"T105000Z", b"T150000Z").replace(b"T110000Z", b"T151000Z"))
    before = contents(diary)
    for _ in range(2):
        assert silent(practice.run("sync"))
        assert {name: contents(diary)[name] for name in before} == before
    assert not any(o["start"] <= "2026-12-01T15:05:00+00:00" < o["end"] for o in planned(practice)["open"])
    assert practice.run("clear", "--yes").code == 0
    assert copy.exists()
    assert not path.exists()


def test_what_was_deleted_in_google_stays_deleted_and_what_was_shared_is_not_touched(practice: Practice) -> None:
    with running(now=datetime.fromisoformat(NOW)) as google:
        night = Night(practice, Rest(google.endpoint, "may-events"))
        sessions(night.rest)
        assert night.sync().code == 0
        kept = google.world.calendar("primary")
        blocks = [e for e in kept.events.values() if TAG in private(e)]
        gone, shared, free, series = (b["id"] for b in blocks[:4])
        night.rest.events("DELETE", gone)
        night.rest.events("PATCH", shared, {"attendees": [{"email": "noor@riverside.example"}]})
        night.rest.events("PATCH", free, {"transparency": "transparent"})
        night.rest.events("PATCH", series, {"recurrence": ["RRULE:FREQ=DAILY;COUNT=2"]})
        before = {e: dict(kept.events[e]) for e in (gone, shared, free, series)}
        for _ in range(2):
            assert night.sync().code == 0
            assert {e: dict(kept.events[e]) for e in before} == before
            assert kept.events[gone]["status"] == "cancelled"


def test_where_a_calendar_cannot_be_read_nobody_says_that_no_block_stands_there(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    diary.rename(practice.folder / "away")
    ran = practice.run("sync", "--restore", "2026-12-01T10:50")
    assert ran.code == 1
    assert "no block stands" not in ran.err
    assert "--restore 2026-12-01T10:50: not found; not every calendar could be looked at" in ran.err


def test_what_is_put_back_comes_to_where_it_stood_and_not_to_where_it_would_be_put_today(practice: Practice) -> None:
    lunch = "protect: [{name: Lunch, length: 45 min, between: 11:00-14:00}]"
    diary = practice.one_therapist(session(1, 11), session(1, 9), more=lunch)
    assert silent(practice.run("sync", "--yes"))
    (diary / "event-0.ics").unlink()  # there would be room for an earlier lunch now, but it stays where it is
    assert silent(practice.run("sync"))
    before = contents(diary)
    path = block_at(diary, "20261201T115000Z")
    assert b"SUMMARY:Lunch" in path.read_bytes()
    path.unlink()
    assert silent(practice.run("sync"))
    assert silent(practice.run("sync", "--restore", "2026-12-01"))
    assert contents(diary).keys() == before.keys()
    assert block_at(diary, "20261201T115000Z") == path
