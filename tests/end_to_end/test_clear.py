"""Taking all blocks away: of a horizon, or all that were ever written, wherever they were written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.servers import PASSWORD, USER, RunningServer

from .practice import Practice, contents, foreign, own, session, silent, times
from .terminal import on_terminal

AFTER = "2026-12-03T06:00:00+00:00"
MONTHS_LATER = "2027-06-01T06:00:00+00:00"


@pytest.fixture
def diary(practice: Practice) -> Path:
    folder = practice.one_therapist(session(1, 10), session(2, 10), session(4, 10))
    assert silent(practice.run("sync", "--yes"))
    return folder


def test_all_means_what_is_over_too(practice: Practice, diary: Path) -> None:
    events = foreign(diary)
    assert practice.run("clear", "--yes", now=AFTER).code == 0
    assert {start[:8] for start, _ in times(diary).values()} == {"20261201", "20261202"}
    ran = practice.run("clear", "--all", "--yes", now=MONTHS_LATER)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "lee: 4 own blocks in diary\nRemoved 4 own blocks.\n"
    assert contents(diary) == events


def test_all_reaches_every_calendar_ever_written_to_long_after(practice: Practice, diary: Path) -> None:
    second = practice.calendar("second")
    accounts = "diary: {type: folder, path: diary}\nsecond: {type: folder, path: second}"
    practice.rules(accounts, "lee: {read: [diary], write: second}")
    assert silent(practice.run("sync", now=AFTER))
    assert {start[:8] for start, _ in times(diary).values()} == {"20261201", "20261202"}, "what is over stays"
    assert silent(practice.run("sync", now=MONTHS_LATER))
    ran = practice.run("clear", "--all", "--yes", now=MONTHS_LATER)
    assert (ran.code, ran.err) == (0, "")
    assert own(diary) == own(second) == {}


def test_all_works_without_the_journal(practice: Practice, diary: Path) -> None:
    shutil.rmtree(practice.state)
    assert practice.run("clear", "--all", "--yes", now="2029-06-01T06:00:00+00:00").code == 0
    assert own(diary) == {}


def test_from_reaches_back_where_somebody_says_so(practice: Practice, diary: Path) -> None:
    assert practice.run("clear", "--yes", "--from", "2026-12-02", "--to", "2026-12-03", now=AFTER).code == 0
    assert {start[:8] for start, _ in times(diary).values()} == {"20261201", "20261204"}


def test_what_was_cleared_is_not_taken_for_deleted_by_hand_and_can_be_taken_back(
    practice: Practice, diary: Path
) -> None:
    before = times(diary)
    assert practice.run("clear", "--yes").code == 0
    assert practice.run("undo", "--yes").code == 0
    assert times(diary) == before
    assert practice.run("clear", "--yes").code == 0
    assert silent(practice.run("sync"))
    assert times(diary) == before


def test_only_what_was_shown_is_removed(practice: Practice, diary: Path) -> None:
    """While somebody thinks, another run writes a break: it stays."""

    def meanwhile() -> str:
        practice.calendar("diary", session(1, 10), session(2, 10), session(4, 10), session(3, 10))
        assert silent(practice.run("sync"))
        return "y\n"

    seen = on_terminal(
        practice.command("clear", practice.file),
        practice.environment,
        [("Remove them? [y/N]:", meanwhile)],
        patience=60,
    )
    assert seen.code == 0
    assert {start[:8] for start, _ in times(diary).values()} == {"20261203"}


def test_no_removes_nothing_and_is_taken_for_an_answer(practice: Practice, diary: Path) -> None:
    before = contents(diary)
    seen = on_terminal(practice.command("clear", practice.file), practice.environment, [("Remove them? [y/N]:", "n\n")])
    assert seen.code == 3
    assert "nothing was removed, as you said" in " ".join(seen.screen.split())
    assert "--yes" not in seen.screen
    assert contents(diary) == before
    nobody = practice.run("clear")
    assert (nobody.code, contents(diary)) == (3, before)
    assert "say --yes to remove them" in nobody.err


def test_a_block_that_is_changed_while_somebody_thinks_is_left_and_told(practice: Practice, diary: Path) -> None:
    """A therapist writes a note into a break of Tuesday; what was to be removed was a break without one."""
    breaks = [name for name, body in own(diary).items() if b"DTSTART:20261201T105000Z" in body]

    def meanwhile() -> str:
        body = (diary / breaks[0]).read_bytes()
        (diary / breaks[0]).write_bytes(body.replace(b"SUMMARY:", b"DESCRIPTION:ring the dentist\r\nSUMMARY:"))
        return "y\n"

    line = practice.command("clear", practice.file)
    seen = on_terminal(line, practice.environment, [("Remove them? [y/N]:", meanwhile)])
    assert seen.code == 1
    assert list(own(diary)) == breaks
    assert "1 block changed after this was shown, and is left there" in " ".join(seen.screen.split())
    assert "Removed 5 own blocks." in seen.screen


def test_options_that_contradict_each_other_are_refused(practice: Practice, diary: Path) -> None:
    before = contents(diary)
    for words in (("--all", "--from", "2026-12-01"), ("--all", "--forget", "diary")):
        assert practice.run("clear", "--yes", *words).code == 2
    ran = practice.run("clear", "--yes", "--from", "2026-12-03", "--to", "2026-12-02")
    assert ran.code == 1
    assert "--to is not later than --from" in ran.error
    ran = practice.run("clear", "--yes", "--forget", "diary")
    assert ran.code == 2
    assert "nothing to forget" in ran.error
    assert contents(diary) == before


@pytest.mark.server
def test_on_a_server_all_goes_and_nobody_else_s_event(practice: Practice, radicale: RunningServer) -> None:
    url = radicale.make_calendar("cleared")
    from .practice import vcalendar

    for day in (1, 2, 3):
        radicale.put(f"{url}{day}.ics", vcalendar(session(day, 10)))
    before = {address: radicale.get(address) for address in radicale.list(url)}
    practice.environment["SECRET"] = PASSWORD
    practice.rules(
        f"cloud: {{type: caldav, url: '{url}', user: {USER}, password: {{env: SECRET}}}}",
        "lee: {read: [cloud], write: cloud}",
    )
    assert silent(practice.run("sync", "--yes"))
    assert len(radicale.list(url)) == 9
    ran = practice.run("clear", "--all", "--yes", now=MONTHS_LATER)
    assert (ran.code, ran.out) == (0, "lee: 6 own blocks in cloud\nRemoved 6 own blocks.\n")
    assert {address: radicale.get(address) for address in radicale.list(url)} == before
