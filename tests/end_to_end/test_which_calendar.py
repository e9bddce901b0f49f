"""A name in the rule file comes to mean another calendar, or a calendar gets another name or address: no block stays
behind unnoticed, and nothing counts as deleted by hand."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from connectors.google_events import TAG
from tests.google.calendars import Kept
from tests.google.fake import ME, Fake, running
from tests.google.stages import private
from tests.servers import PASSWORD, USER, RunningServer

from .practice import NOW, Practice, foreign, own, session, silent, vcalendar

LEE = "lee: {read: [sessions], write: blocks}"
SESSIONS = "sessions: {type: folder, path: sessions}"


def written_to(practice: Practice, accounts: str, therapist: str = LEE) -> None:
    practice.rules(f"{SESSIONS}\n{accounts}", therapist)


@pytest.fixture
def first(practice: Practice) -> Path:
    """The folder that blocks were written to first, under the name `blocks`."""
    practice.calendar("sessions", session(1, 10), session(2, 10))
    folder = practice.calendar("first")
    written_to(practice, "blocks: {type: folder, path: first}")
    assert silent(practice.run("sync", "--yes"))
    assert len(own(folder)) == 4
    return folder


def test_blocks_left_where_the_name_pointed_before_are_told_until_the_old_calendar_has_a_name_again(
    practice: Practice, first: Path
) -> None:
    second = practice.calendar("second")
    written_to(practice, "blocks: {type: folder, path: second}")
    for _ in range(2):
        ran = practice.run("sync")
        assert ran.code == 1
        assert "earlier blocks in blocks could not be cleared: blocks is another calendar now" in ran.error
        assert (len(own(first)), len(own(second))) == (4, 4)
    for words in (("preview",), ("preview", "--format", "json"), ("sync", "--dry-run")):
        ran = practice.run(*words)
        assert ran.code == 1, "as the sync itself"
        assert "earlier blocks in blocks could not be cleared" in ran.said.replace("\n", " ")
    written_to(practice, "blocks: {type: folder, path: second}\nold: {type: folder, path: first}")
    assert "would be" not in practice.run("preview").err
    assert silent(practice.run("sync"))
    assert (len(own(first)), len(own(second))) == (0, 4)
    assert silent(practice.run("sync"))


def test_a_calendar_that_is_gone_for_good_is_let_go_of_by_forget(practice: Practice, first: Path) -> None:
    second = practice.calendar("second")
    written_to(practice, "blocks: {type: folder, path: second}")
    shutil.rmtree(first)
    ran = practice.run("sync")
    assert ran.code == 1
    assert "session-breaks clear --forget blocks" in ran.error
    assert practice.run("clear", "--forget", "blocks").code == 3
    forgot = practice.run("clear", "--forget", "blocks", "--yes")
    assert (forgot.code, forgot.err) == (0, "")
    assert silent(practice.run("sync"))
    assert len(own(second)) == 4
    again = practice.run("clear", "--forget", "blocks", "--yes")
    assert again.code == 2
    assert "no earlier calendar is known as blocks" in again.error
    assert "known besides what is written to now: nothing else" in again.error


def test_a_calendar_that_moved_to_another_address_with_its_blocks_is_the_same(practice: Practice, first: Path) -> None:
    deleted = sorted(own(first))[0]
    (first / deleted).unlink()
    assert silent(practice.run("sync"))
    before = own(first)
    moved = first.rename(practice.folder / "moved")
    written_to(practice, "blocks: {type: folder, path: moved}")
    for _ in range(2):
        assert silent(practice.run("sync"))
        assert own(moved) == before, "what was deleted by hand stays deleted, and nothing is written twice"


def test_what_an_older_copy_at_another_address_lacks_was_not_deleted_by_hand(practice: Practice, first: Path) -> None:
    whole, copy = own(first), practice.folder / "moved"
    shutil.copytree(first, copy)
    for name in sorted(whole)[:2]:  # the copy was made before these were
        (copy / name).unlink()
    shutil.rmtree(first)
    written_to(practice, "blocks: {type: folder, path: moved}")
    for _ in range(2):
        assert "deleted" not in practice.run("preview").out
        assert silent(practice.run("sync"))
        assert own(copy).keys() == whole.keys()
    (copy / min(whole)).unlink()
    for _ in range(2):
        assert silent(practice.run("sync"))
        assert own(copy).keys() == whole.keys() - {min(whole)}, "what is deleted there later stays deleted"


def test_a_name_of_version_1_that_means_another_calendar_now_is_told_and_the_new_one_is_filled(
    practice: Practice, first: Path
) -> None:
    [path] = practice.state.rglob("journal.sqlite3")
    as_version_1(path)
    second = practice.calendar("second")
    written_to(practice, "blocks: {type: folder, path: second}")
    for _ in range(2):
        ran = practice.run("sync")
        assert ran.code == 1
        assert "earlier blocks in blocks could not be cleared: none of the blocks known there stands in it" in ran.error
        assert (len(own(first)), len(own(second))) == (4, 4)


def test_an_account_that_is_renamed_keeps_its_calendar(practice: Practice, first: Path) -> None:
    before = own(first)
    written_to(practice, "renamed: {type: folder, path: first}", LEE.replace("blocks", "renamed"))
    assert silent(practice.run("sync"))
    assert own(first) == before


def test_a_journal_of_version_1_finds_its_calendar_by_its_name(practice: Practice, first: Path) -> None:
    [path] = practice.state.rglob("journal.sqlite3")
    deleted = sorted(own(first))[0]
    (first / deleted).unlink()
    assert silent(practice.run("sync"))
    as_version_1(path)
    before = own(first)
    assert silent(practice.run("sync"))
    assert own(first) == before
    second = practice.calendar("second")
    as_version_1(path)
    written_to(practice, "blocks: {type: folder, path: first}\nnew: {type: folder, path: second}")
    practice.file.write_text(practice.file.read_text().replace("write: blocks", "write: new"))
    assert silent(practice.run("sync"))
    assert own(first) == {}
    assert len(own(second)) == 3, "what was deleted by hand is not made again, in whichever calendar"
    assert silent(practice.run("sync"))
    assert len(own(second)) == 3


@pytest.mark.usefixtures("first")
def test_a_calendar_that_is_written_to_now_is_not_forgotten_though_the_journal_knows_only_its_name(
    practice: Practice,
) -> None:
    [path] = practice.state.rglob("journal.sqlite3")
    as_version_1(path)
    ran = practice.run("clear", "--forget", "blocks", "--yes")
    assert ran.code == 2
    assert "nothing to forget" in ran.error


def as_version_1(path: Path) -> None:
    """Make the journal what it was before addresses were known."""
    db = sqlite3.connect(path)
    db.executescript(
        """
        CREATE TABLE b (owner TEXT NOT NULL, place TEXT NOT NULL, key TEXT NOT NULL, start INTEGER NOT NULL,
          end INTEGER NOT NULL, status TEXT NOT NULL, PRIMARY KEY (owner, place, key)) WITHOUT ROWID;
        INSERT INTO b SELECT b.owner, c.place, key, start, end, status FROM block b JOIN calendar c USING (owner, at);
        CREATE TABLE c (practice TEXT NOT NULL, owner TEXT NOT NULL, therapist TEXT NOT NULL, place TEXT NOT NULL,
          source TEXT NOT NULL, PRIMARY KEY (owner, place)) WITHOUT ROWID;
        INSERT INTO c SELECT practice, owner, therapist, place, source FROM calendar;
        DROP TABLE written; DROP TABLE run; DROP TABLE source; DROP TABLE block; DROP TABLE calendar;
        ALTER TABLE b RENAME TO block; ALTER TABLE c RENAME TO calendar;
        PRAGMA user_version = 1;
        """
    )
    db.close()


@pytest.mark.server
def test_another_address_on_a_server_is_noticed_and_cleared_once_it_has_a_name(
    practice: Practice, radicale: RunningServer
) -> None:
    old, new = radicale.make_calendar("old-address"), radicale.make_calendar("new-address")
    practice.environment["SECRET"] = PASSWORD
    account = f"{{type: caldav, url: '%s', user: {USER}, password: {{env: SECRET}}}}"
    practice.calendar("sessions", session(1, 10), session(2, 10))
    written_to(practice, f"blocks: {account % old}")
    assert silent(practice.run("sync", "--yes"))
    radicale.put(f"{old}foreign.ics", vcalendar(session(4, 10)))
    written_to(practice, f"blocks: {account % new}")
    ran = practice.run("sync")
    assert ran.code == 1
    assert "blocks is another calendar now" in ran.error
    assert (len(radicale.list(old)), len(radicale.list(new))) == (5, 4)
    written_to(practice, f"blocks: {account % new}\nold: {account % old}")
    assert silent(practice.run("sync"))
    assert (len(radicale.list(old)), len(radicale.list(new))) == (1, 4)


@pytest.fixture
def google() -> Iterator[Fake]:
    with running(now=datetime.fromisoformat(NOW)) as fake:
        yield fake


def blocks_in(kept: Kept) -> list[str]:
    return sorted(i for i, event in kept.events.items() if event["status"] != "cancelled" and TAG in private(event))


def test_an_account_s_name_comes_to_mean_a_calendar_of_its_own_and_the_main_one_is_cleared(
    practice: Practice, google: Fake
) -> None:
    practice.calendar("sessions", session(1, 10), session(2, 10))
    account = f"{{type: google, user: {ME}, token: {{env: GOOGLE_TOKEN}}, endpoint: '{google.endpoint}'}}"
    practice.environment["GOOGLE_TOKEN"] = "may-events-and-own"  # noqa: S105 - the fake's
    written_to(practice, f"blocks: {account}")
    assert silent(practice.run("sync", "--yes"))
    main = google.world.calendar("primary")
    assert len(blocks_in(main)) == 4
    mine = google.world.calendar(google.world.made({"summary": "Breaks"})["id"])
    written_to(practice, f"blocks: {account[:-1]}, own_calendar: '{mine.id}'}}")
    assert silent(practice.run("sync"))
    assert (len(blocks_in(main)), len(blocks_in(mine))) == (0, 4)
    assert silent(practice.run("sync"))


# --- a journal that is lost -----------------------------------------------------------------------------------------


def test_a_lost_journal_is_told_and_all_is_found_again(practice: Practice, first: Path) -> None:
    before = own(first)
    shutil.rmtree(practice.state)
    [plan] = practice.run("preview", "--format", "json").json()["therapists"]
    assert [finding["code"] for finding in plan["findings"]] == ["new-journal"]
    assert {block["action"] for block in plan["blocks"]} == {"keep"}
    ran = practice.run("sync")
    assert (ran.code, ran.out) == (0, "")
    assert "4 own blocks in blocks found again" in ran.error
    assert "deleted by hand are forgotten" in ran.error
    assert own(first) == before
    assert silent(practice.run("sync")), "it is said once"


def test_a_damaged_journal_stops_everything_and_is_told_with_what_to_do(practice: Practice, first: Path) -> None:
    [path] = practice.state.rglob("journal.sqlite3")
    path.write_bytes(b"no database" * 1000)
    before = own(first)
    for words in (("sync",), ("preview",), ("undo", "--yes"), ("clear", "--yes")):
        ran = practice.run(*words)
        assert ran.code == 2
        assert "rename it and run again" in ran.error
        assert str(path) in ran.error
    assert own(first) == before
    path.rename(path.with_suffix(".damaged"))
    assert practice.run("sync").code == 0
    assert own(first) == before


# --- therapists who left --------------------------------------------------------------------------------------------


def test_preview_shows_what_goes_after_a_therapist_who_left(practice: Practice) -> None:
    both = "lee: {type: folder, path: lee}\nnoor: {type: folder, path: noor}"
    noor = "noor: {read: [noor], write: noor}"
    practice.rules(both, f"lee: {{read: [lee], write: lee}}\n{noor}")
    lee = practice.calendar("lee", session(1, 10))
    practice.calendar("noor", session(2, 10))
    assert silent(practice.run("sync", "--yes"))
    practice.rules(both, noor)
    assert "lee: no longer in the rule file, 2 own blocks would be removed" in practice.run("preview").out
    document = practice.run("preview", "--format", "json").json()
    assert document["departed"] == [{"practice": "Elm Street Practice", "therapist": "lee", "blocks": 2, "held": False}]
    assert len(own(lee)) == 2


@pytest.mark.server
def test_after_a_therapist_who_left_and_a_changed_write_a_server_is_cleared_and_nothing_counts_as_deleted(
    practice: Practice, radicale: RunningServer
) -> None:
    one, two = radicale.make_calendar("leaves-one"), radicale.make_calendar("leaves-two")
    practice.environment["SECRET"] = PASSWORD
    account = f"{{type: caldav, url: '%s', user: {USER}, password: {{env: SECRET}}}}"
    accounts = f"{SESSIONS}\none: {account % one}\ntwo: {account % two}"
    lee, kim = "lee: {read: [sessions], write: %s}", "kim: {read: [sessions], write: one}"
    practice.calendar("sessions", session(1, 10), session(2, 10))
    practice.rules(accounts, f"{lee % 'one'}\n{kim}")
    assert silent(practice.run("sync", "--yes"))
    assert len(radicale.list(one)) == 8
    practice.rules(accounts, kim)
    assert silent(practice.run("sync"))
    assert len(radicale.list(one)) == 4
    practice.rules(accounts, f"{lee % 'two'}\n{kim}")
    assert silent(practice.run("sync", "--yes"))
    practice.rules(accounts, f"{lee % 'one'}\n{kim}")
    assert silent(practice.run("sync"))
    assert (len(radicale.list(one)), len(radicale.list(two))) == (8, 0)
    assert silent(practice.run("sync"))
    assert foreign(practice.folder / "sessions").keys() == {"event-0.ics", "event-1.ics"}
