"""Taking a run back: what it made, moved and removed, and nothing that was touched since."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from connectors.google_events import TAG
from tests.google.fake import ME, running
from tests.google.stages import private
from tests.servers import PASSWORD, USER, RunningServer

from .practice import NOW, Practice, contents, foreign, move, own, run, session, silent, times, vcalendar, vevent
from .terminal import on_terminal

BREAK = ("20261201T105000Z", "20261201T110000Z")
LATER = ("20261201T145000Z", "20261201T150000Z")


@pytest.fixture
def diary(practice: Practice) -> Path:
    """lee's folder after a first night, with a break after each of three sessions (and what is held around them)."""
    folder = practice.one_therapist(session(1, 10), session(2, 10), session(3, 10))
    assert silent(practice.run("sync", "--yes"))
    return folder


def second_night(diary: Path) -> None:
    """One session is moved, one called off, one is new."""
    (diary / "event-0.ics").write_bytes(vcalendar(session(1, 10).replace("T10", "T14").replace("T105", "T145")))
    (diary / "event-1.ics").unlink()
    (diary / "event-9.ics").write_bytes(vcalendar(session(4, 9)))


def test_what_a_run_made_moved_and_removed_is_taken_back(practice: Practice, diary: Path) -> None:
    before = times(diary)
    second_night(diary)
    assert silent(practice.run("sync"))
    assert LATER in times(diary).values()
    assert times(diary) != before
    events = foreign(diary)
    ran = practice.run("undo", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert "Run 2 (sync) of Mon 30 Nov 2026 06:00, Elm Street Practice" in ran.out
    assert "moved back" in ran.out
    assert "made again" in ran.out
    assert "paused: yes" in ran.out
    assert times(diary) == before
    assert foreign(diary) == events
    assert silent(practice.run("sync"))
    assert LATER in times(diary).values(), "the next night plans again: nothing counts as deleted or moved by hand"


def test_an_undo_can_be_undone(practice: Practice, diary: Path) -> None:
    first = times(diary)
    second_night(diary)
    assert silent(practice.run("sync"))
    second = times(diary)
    for expected in (first, second, first):
        assert practice.run("undo", "--yes").code == 0
        assert times(diary) == expected
    assert "Run 5 (undo of run 4)" in practice.run("undo", "--list").out


def test_the_first_run_is_taken_back_whole(practice: Practice, diary: Path) -> None:
    events = foreign(diary)
    assert practice.run("undo", "1", "--yes").code == 0
    assert contents(diary) == events
    again = practice.run("undo", "1", "--yes")
    assert again.code == 0
    assert "Nothing to take back." in again.out
    assert silent(practice.run("sync"))
    assert len(own(diary)) > 0, "and nothing counts as deleted by hand"


def test_what_was_changed_by_hand_since_is_left(practice: Practice, diary: Path) -> None:
    moved = move(diary, BREAK[0], ("20261201T113000Z", "20261201T114000Z"))
    renamed = next(name for name, body in own(diary).items() if b"DTSTART:20261202T105000Z" in body)
    (diary / renamed).write_bytes((diary / renamed).read_bytes().replace(b"SUMMARY:Break", b"SUMMARY:Tea"))
    noted = next(name for name, body in own(diary).items() if b"DTSTART:20261203T105000Z" in body)
    body = (diary / noted).read_bytes()
    (diary / noted).write_bytes(body.replace(b"SUMMARY:", b"LOCATION:Kitchen\r\nSUMMARY:"))
    left = {name: (diary / name).read_bytes() for name in (moved.name, renamed, noted)}
    ran = practice.run("undo", "--yes")
    assert ran.code == 0
    assert ran.out.count("left, it was changed since") == 3
    assert own(diary) == left


def test_what_has_started_is_left(practice: Practice, diary: Path) -> None:
    before = {start for start, _ in times(diary).values()}
    ran = practice.run("undo", "--yes", now="2026-12-02T10:55:00+00:00")  # in the middle of a break
    assert ran.code == 0
    assert "Wed  2 Dec 10:50-11:00 Break: left, it has started" in ran.out
    assert {start for start, _ in times(diary).values()} == {start for start in before if start < "20261202T1055"}


def test_a_block_whose_old_place_has_begun_is_not_moved_back_there(practice: Practice, diary: Path) -> None:
    second_night(diary)
    assert silent(practice.run("sync"))
    ran = practice.run("undo", "--yes", now="2026-12-01T12:00:00+00:00")
    assert "Tue  1 Dec 14:50-15:00 Break: left, it has started" in ran.out
    assert LATER in times(diary).values()


def test_a_block_is_not_put_back_where_something_else_is_by_now(practice: Practice, diary: Path) -> None:
    second_night(diary)
    assert silent(practice.run("sync"))
    put = vevent("new@practice.invalid", "20261202T105000", "20261202T113000", title="Dentist")
    (diary / "dentist.ics").write_bytes(vcalendar(put))
    ran = practice.run("undo", "--yes")
    assert ran.code == 0
    assert "Wed  2 Dec 10:50-11:00 Break: left, something else is there now" in ran.out
    assert ("20261202T105000Z", "20261202T110000Z") not in times(diary).values()
    assert BREAK in times(diary).values()


def test_a_block_is_not_put_back_where_a_later_run_put_another_one(practice: Practice) -> None:
    """The session of ten o'clock is moved to noon, and its break with it; then ten o'clock is booked again."""
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    (diary / "event-0.ics").write_bytes(vcalendar(session(1, 10).replace("T10", "T12")))
    assert silent(practice.run("sync"))
    booked = vevent("other@practice.invalid", "20261201T100000", "20261201T105000")
    (diary / "event-1.ics").write_bytes(vcalendar(booked))
    assert silent(practice.run("sync"))
    before = times(diary)
    assert list(before.values()).count(BREAK) == 1
    ran = practice.run("undo", "2", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert "Tue  1 Dec 12:50-13:00 Break: left, something else is there now" in ran.out
    stand = sorted(times(diary).values())
    assert all(end <= start for (_, end), (start, _) in pairwise(stand)), stand


def test_two_blocks_that_changed_places_change_back(practice: Practice, diary: Path) -> None:
    """What the undo itself moves away is in nobody's way."""
    before = times(diary)
    (diary / "event-0.ics").write_bytes(vcalendar(session(1, 10).replace("20261201", "20261202")))
    (diary / "event-1.ics").write_bytes(vcalendar(session(2, 10).replace("20261202", "20261201")))
    assert silent(practice.run("sync"))
    assert practice.run("undo", "--yes").code == 0
    assert times(diary) == before


def test_a_run_that_changed_titles_alone_has_nothing_to_take_back_while_the_rule_file_says_so(
    practice: Practice, diary: Path
) -> None:
    text = practice.file.read_text()
    practice.file.write_text(text + 'blocks: {title: "Not free"}\n')
    assert silent(practice.run("sync"))
    after = own(diary)
    ran = practice.run("undo", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert "moved back" not in ran.out
    assert "Nothing to take back." in ran.out
    assert own(diary) == after


def test_what_could_not_be_looked_at_is_said_where_nothing_is_agreed_to(practice: Practice) -> None:
    both = "lee: {type: folder, path: lee}\nnoor: {type: folder, path: noor}"
    practice.rules(both, "lee: {read: [lee], write: lee}\nnoor: {read: [noor], write: noor}")
    practice.calendar("lee", session(1, 10))
    noor = practice.calendar("noor", session(2, 10))
    assert silent(practice.run("sync", "--yes"))
    noor.rename(practice.folder / "away")
    for command in ("undo", "clear"):
        ran = practice.run(command)
        assert ran.code == 3
        assert "noor: there is no folder or file" in ran.err
        assert "say --yes" in ran.err


def test_what_a_later_run_wrote_anew_is_left(practice: Practice, diary: Path) -> None:
    second_night(diary)
    assert silent(practice.run("sync"))
    after = times(diary)
    ran = practice.run("undo", "1", "--yes")
    assert "left, it was changed since" in ran.out
    kept = times(diary)
    assert LATER in kept.values()
    assert kept.items() < after.items()


def test_without_a_terminal_or_yes_nothing_is_taken_back(practice: Practice, diary: Path) -> None:
    before = contents(diary)
    ran = practice.run("undo")
    assert ran.code == 3
    assert "--yes" in ran.error
    assert contents(diary) == before


def test_on_a_terminal_it_shows_what_it_would_do_and_asks(practice: Practice, diary: Path) -> None:
    before = contents(diary)
    line = practice.command("undo", practice.file)
    seen = on_terminal(line, practice.environment, [("Take it back? [y/N]:", "\n")])
    assert seen.code == 3
    assert "- Tue  1 Dec 10:50-11:00 Break" in seen.screen
    assert "nothing was taken back, as you said" in seen.screen
    assert contents(diary) == before
    assert on_terminal(line, practice.environment, [("Take it back? [y/N]:", "y\n")]).code == 0
    assert own(diary) == {}


def test_a_run_that_is_not_known_is_told(practice: Practice, diary: Path) -> None:
    before = contents(diary)
    ran = practice.run("undo", "7", "--yes")
    assert ran.code == 2
    assert "no run 7" in ran.error
    assert "'abc' is no run number" in practice.run("undo", "abc", "--yes").err
    shutil.rmtree(practice.state)
    assert "no run is known" in practice.run("undo", "--yes").out
    assert contents(diary) == before


def test_a_run_that_wrote_nothing_is_none(practice: Practice, diary: Path) -> None:
    assert silent(practice.run("sync"))
    assert practice.run("undo", "--list").out.count("Run ") == 1
    assert own(diary)


def test_only_the_therapist_who_was_named_and_those_who_left_stay_as_they_are(practice: Practice) -> None:
    both = "lee: {type: folder, path: lee}\nnoor: {type: folder, path: noor}"
    lee, noor = "lee: {read: [lee], write: lee}", "noor: {read: [noor], write: noor}"
    practice.rules(both, f"{lee}\n{noor}")
    folders = practice.calendar("lee", session(1, 10)), practice.calendar("noor", session(2, 10))
    assert silent(practice.run("sync", "--yes"))
    listed = [line.rpartition(": ")[2] for line in practice.run("undo", "--list").out.splitlines()]
    assert listed == ["lee 2 own blocks, noor 2 own blocks"]
    assert practice.run("undo", "--list", "--therapist", "noor").out.endswith(": noor 2 own blocks\n")
    assert practice.run("undo", "--list", "--therapist", "nobody").code == 2
    assert practice.run("undo", "--yes", "--therapist", "noor").code == 0
    assert [len(own(folder)) for folder in folders] == [2, 0]
    assert len(practice.run("undo", "--list").out.splitlines()) == 2
    assert len(practice.run("undo", "--list", "--therapist", "lee").out.splitlines()) == 1


def test_a_block_that_a_hand_had_made_all_day_is_left_at_its_time(practice: Practice, diary: Path) -> None:
    """An all-day event takes no time; put back there, the block would be of no length."""
    name = next(name for name, body in own(diary).items() if b"DTSTART:20261201T105000Z" in body)
    body = (diary / name).read_bytes()
    for stamp, day in ((b"DTSTART:20261201T105000Z", b"20261201"), (b"DTEND:20261201T110000Z", b"20261202")):
        body = body.replace(stamp, stamp.split(b":")[0] + b";VALUE=DATE:" + day)
    (diary / name).write_bytes(body)
    assert silent(practice.run("sync", "--restore", "2026-12-01"))
    restored = contents(diary)
    assert BREAK in times(diary).values()
    ran = practice.run("undo", "--yes")
    assert ran.code == 0
    assert "Tue  1 Dec 10:50-11:00 Break: left, a hand had made it all-day" in ran.out
    assert contents(diary) == restored


def test_edits_by_hand_that_a_run_put_back_are_said_to_stay_so(practice: Practice, diary: Path) -> None:
    for start, old, new in (
        (b"20261201T105000Z", b"SUMMARY:Break", b"SUMMARY:Tea"),
        (b"20261202T105000Z", b"SUMMARY:", b"TRANSP:TRANSPARENT\r\nSUMMARY:"),
    ):
        name = next(name for name, body in own(diary).items() if b"DTSTART:" + start in body)
        body = (diary / name).read_bytes().replace(b"TRANSP:OPAQUE\r\n", b"")
        (diary / name).write_bytes(body.replace(old, new))
    assert silent(practice.run("sync", "--restore", "2026-12-01", "--restore", "2026-12-02"))
    restored = contents(diary)
    ran = practice.run("undo", "--yes")
    assert ran.code == 0
    assert ran.out.count("Break: left, only its looks were changed") == 2
    assert "Nothing to take back." in ran.out
    assert contents(diary) == restored


def test_an_undo_of_an_undo_says_what_stands_again(practice: Practice, diary: Path) -> None:
    second_night(diary)
    assert silent(practice.run("sync"))
    assert practice.run("undo", "--yes").code == 0
    said = practice.run("undo", "--yes").out
    assert "What run 2 did is done again" in said
    assert "change them first" not in said


def test_an_undo_that_was_cut_off_goes_on_when_it_is_said_again(practice: Practice, diary: Path) -> None:
    before = own(diary)
    assert practice.run("undo", "--yes").code == 0
    assert own(diary) == {}
    for name in sorted(before)[::2]:  # as if it had been killed before these were removed
        (diary / name).write_bytes(before[name])
    ran = practice.run("undo", "--yes")
    assert "Run 2, the undo of run 1, was cut off: this goes on with it" in " ".join(ran.out.split())
    assert own(diary) == {}
    again = practice.run("undo", "--yes").out
    assert "was cut off" not in again
    assert own(diary).keys() == set(sorted(before)[::2])


def test_what_a_killed_run_only_meant_to_write_is_not_said_to_be_gone(practice: Practice, diary: Path) -> None:
    for name in own(diary):
        (diary / name).unlink()
    assert practice.run("undo").out.count("it is gone already") == 6
    db = sqlite3.connect(practice.state / "session-breaks" / "journal.sqlite3")
    with db:
        db.execute("UPDATE written SET etag = NULL")  # as if the kill had come before the calendar took anything
    db.close()
    ran = practice.run("undo")
    assert "gone already" not in ran.out
    assert "Nothing to take back." in ran.out


def test_a_block_put_back_to_where_a_hand_had_moved_it_counts_as_moved_again(practice: Practice, diary: Path) -> None:
    put = ("20261201T143000Z", "20261201T144000Z")
    move(diary, BREAK[0], put)
    assert silent(practice.run("sync"))
    assert silent(practice.run("sync", "--restore", "2026-12-01"))
    assert put not in times(diary).values()
    assert practice.run("undo", "--yes").code == 0
    before = times(diary)
    assert put in before.values()
    assert silent(practice.run("sync"))
    assert times(diary) == before


def test_an_echo_of_a_block_that_stands_keeps_none_from_its_place(practice: Practice) -> None:
    accounts = "diary: {type: folder, path: diary}\nehr: {type: folder, path: ehr, echoes: yes}"
    practice.rules(accounts, "lee: {read: [diary, ehr], write: diary}")
    diary, ehr = practice.calendar("diary", session(1, 10)), practice.calendar("ehr")
    assert silent(practice.run("sync", "--yes"))
    (diary / "event-0.ics").write_bytes(vcalendar(session(1, 10).replace("T105000", "T105500")))
    assert silent(practice.run("sync"))
    (ehr / "echo.ics").write_bytes(vcalendar(vevent("echo", "20261201T105500", "20261201T110500", title="Busy")))
    (diary / "event-0.ics").write_bytes(vcalendar(session(1, 10)))
    ran = practice.run("undo", "--yes")
    assert ran.code == 0
    assert BREAK in times(diary).values(), ran.out


def test_blocks_of_somebody_who_left_come_back_with_the_title_they_had(practice: Practice) -> None:
    both = "lee: {type: folder, path: lee}\nnoor: {type: folder, path: noor}"
    looks = 'blocks: {title: "Not free"}'
    noor = f"noor: {{read: [noor], write: noor, {looks}}}"
    practice.rules(both, f"{noor}\nrobin: {{read: [noor], write: noor}}\nlee: {{read: [lee], write: lee}}")
    lee, _ = practice.calendar("lee", session(1, 10)), practice.calendar("noor", session(2, 10))
    assert silent(practice.run("sync", "--yes"))
    before = titles(lee)
    assert before == {"Break", "Held"}
    for others, after in ((f"{noor}\nrobin: {{read: [noor], write: noor}}", before), (noor, {"Not free"})):
        practice.rules(both, f"{others}\nlee: {{read: [lee], write: lee}}")
        assert practice.run("sync", "--yes").code == 0
        practice.rules(both, others)
        assert practice.run("sync").code == 0
        assert own(lee) == {}
        assert practice.run("undo", "--yes").code == 0
        assert titles(lee) == after


def titles(folder: Path) -> set[str]:
    """What the own blocks in a folder are called."""
    lines = [line for body in own(folder).values() for line in body.decode().splitlines()]
    return {line.removeprefix("SUMMARY:") for line in lines if line.startswith("SUMMARY:")}


@pytest.mark.server
def test_on_a_server_a_run_is_taken_back_and_what_a_hand_touched_is_left(
    practice: Practice, radicale: RunningServer
) -> None:
    url = radicale.make_calendar("undone")
    for day in (1, 2, 3):
        radicale.put(f"{url}{day}.ics", vcalendar(session(day, 10)))
    account = f"cloud: {{type: caldav, url: '{url}', user: {USER}, password: {{env: SECRET}}}}"
    practice.rules(account, "lee: {read: [cloud], write: cloud}")
    environment = practice.environment | {"SECRET": PASSWORD}
    assert silent(run(practice.command("sync", "--yes", practice.file), environment))
    first = blocks(radicale, url)
    radicale.put(f"{url}1.ics", vcalendar(session(1, 10).replace("T10", "T14").replace("T105", "T145")))
    radicale.delete(f"{url}2.ics")
    radicale.put(f"{url}4.ics", vcalendar(session(4, 9)))
    assert silent(run(practice.command("sync", practice.file), environment))
    assert run(practice.command("undo", "--yes", practice.file), environment).code == 0
    assert blocks(radicale, url) == first
    touched = next(u for u in radicale.list(url) if b"DTSTART:20261203T105000Z" in radicale.get(u))
    radicale.put(touched, radicale.get(touched).replace(b"SUMMARY:", b"LOCATION:Kitchen\r\nSUMMARY:"))  # only the ETag
    ran = run(practice.command("undo", "1", "--yes", practice.file), environment)
    assert ran.code == 0
    assert ran.out.count("it was changed since") == 1
    assert [start for start, _ in blocks(radicale, url).values()] == ["20261203T105000Z"]


def test_on_google_a_run_is_taken_back_and_its_undo_too(practice: Practice) -> None:
    with running(now=datetime.fromisoformat(NOW)) as google:
        account = f"{{type: google, user: {ME}, token: {{env: GOOGLE_TOKEN}}, endpoint: '{google.endpoint}'}}"
        accounts = f"diary: {{type: folder, path: diary}}\nmain: {account}"
        practice.rules(accounts, "lee: {read: [diary], write: main}")
        practice.environment["GOOGLE_TOKEN"] = "may-events"  # noqa: S105 - the fake's
        practice.calendar("diary", session(1, 10), session(2, 10), session(3, 10))
        kept = google.world.calendar("primary")

        def standing() -> list[str]:
            mine = [e for e in kept.events.values() if e["status"] != "cancelled" and TAG in private(e)]
            return sorted(e["start"]["dateTime"] for e in mine)

        assert silent(practice.run("sync", "--yes"))
        before = standing()
        one = next(e for e in kept.events.values() if TAG in private(e))
        google.world.edited(kept, one["id"], {"colorId": "5"})  # by hand
        assert practice.run("undo", "--yes").code == 0
        assert standing() == [one["start"]["dateTime"]]
        assert practice.run("undo", "--yes").code == 0
        assert standing() == before
        assert silent(practice.run("sync"))


def blocks(server: RunningServer, url: str) -> dict[str, tuple[str, str]]:
    """Start and end of every own block, by UID."""
    from .practice import facts

    bodies = [server.get(address) for address in server.list(url)]
    found = [facts(body) for body in bodies if b"X-SESSION-BREAKS" in body]
    return {uid: (start, end) for uid, start, end in found}
