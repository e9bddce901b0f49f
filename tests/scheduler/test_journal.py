"""The journal: what was written where. It survives, it refuses what it does not know, and it knows no titles."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import CalendarError
from scheduler import journal_schema
from scheduler.edits import Remembered
from scheduler.journal import VERSION, Journal, Place, Written
from tests.days import span

WHEN = span("10:00-10:10")
PLACE = Place("owner", "lee", "cloud/work", "/practices/riverside.yaml", "at-work", WHEN.start)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "state" / "journal.sqlite3")
    yield made
    made.close()


def test_what_was_noted_is_remembered_by_owner_and_calendar(journal: Journal) -> None:
    journal.note("owner", "at-work", "b", WHEN, "intended")
    journal.note("owner", "at-work", "a", WHEN, "acknowledged")
    journal.note("owner", "at-home", "c", WHEN, "seen")
    journal.note("another", "at-work", "d", WHEN, "seen")
    assert journal.remembered("owner", "at-work") == [
        Remembered("a", WHEN, "acknowledged"),
        Remembered("b", WHEN, "intended"),
    ]


def test_the_last_note_of_a_block_counts(journal: Journal) -> None:
    journal.note("owner", "at-work", "a", WHEN, "intended")
    journal.note("owner", "at-work", "a", span("11:00-11:10"), "seen")
    assert journal.remembered("owner", "at-work") == [Remembered("a", span("11:00-11:10"), "seen")]


def test_it_is_still_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    first = Journal(path)
    first.note("owner", "at-work", "a", WHEN, "deleted")
    first.remember_calendar("practice", PLACE)
    first.close()
    second = Journal(path)
    assert second.remembered("owner", "at-work") == [Remembered("a", WHEN, "deleted")]
    assert second.places("practice") == [PLACE]
    second.close()


def test_blocks_that_were_removed_by_us_are_forgotten(journal: Journal) -> None:
    journal.note_all("owner", "at-work", [("a", WHEN), ("b", WHEN)], "seen")
    journal.forget("owner", "at-work", ["a"])
    assert [r.key for r in journal.remembered("owner", "at-work")] == ["b"]


def test_every_calendar_ever_written_to_is_remembered_until_it_is_forgotten(journal: Journal) -> None:
    other = Place("owner", "lee", "cloud/old", "/practices/riverside.yaml", "at-old")
    for place in (PLACE, other, PLACE):
        journal.remember_calendar("practice", place)
    journal.note("owner", "at-old", "a", WHEN, "seen")
    assert journal.places("practice") == [other, PLACE]
    assert journal.places("another") == []
    journal.forget_calendar("owner", "at-old")
    assert journal.places("practice") == [PLACE]
    assert journal.remembered("owner", "at-old") == []


def test_it_knows_whether_anything_was_ever_written_for_an_owner(journal: Journal) -> None:
    assert not journal.knows("owner")
    journal.remember_calendar("practice", PLACE)
    assert journal.knows("owner")


def test_what_is_long_over_is_forgotten(journal: Journal) -> None:
    for owner in ("owner", "somebody else"):
        journal.note(owner, "at-work", "a", WHEN, "seen")
    journal.prune("owner", WHEN.end)
    assert len(journal.remembered("owner", "at-work")) == 1
    journal.prune("owner", WHEN.end + timedelta(seconds=1))
    assert journal.remembered("owner", "at-work") == []
    assert len(journal.remembered("somebody else", "at-work")) == 1, "their clock may be another"


def test_several_therapists_may_write_at_once(journal: Journal) -> None:
    def write(owner: str) -> None:
        for n in range(30):
            journal.note(owner, "at-work", f"k{n}", WHEN, "seen")

    workers = [threading.Thread(target=write, args=(f"o{n}",)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [len(journal.remembered(f"o{n}", "at-work")) for n in range(4)] == [30] * 4


def test_a_journal_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(CalendarError, match="newer version"):
        Journal(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_journal_is_said_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_text("this is no database, however long it may be " * 50)
    with pytest.raises(CalendarError, match=r"journal\.sqlite3 cannot be used"):
        Journal(path)


def test_a_folder_that_cannot_be_used_is_said_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(CalendarError, match=r"journal\.sqlite3 cannot be used .*check the folder's rights"):
        Journal(tmp_path / "state" / "journal.sqlite3")


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.sqlite3"
    Journal(path).close()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_status_it_does_not_know_is_never_stored(journal: Journal) -> None:
    with pytest.raises(CalendarError, match="cannot be used"):
        journal.note("owner", "at-work", "a", WHEN, "guessed")  # type: ignore[arg-type]  # what is tried
    assert journal.remembered("owner", "at-work") == []


def test_it_has_no_place_for_a_title_or_a_uid(journal: Journal) -> None:
    assert columns(journal.path) == {
        "block": {"owner", "at", "key", "start", "end", "status"},
        "calendar": {"owner", "at", "practice", "therapist", "place", "source", "since", "abandoned", "earlier"},
        "source": {"owner", "place", "sessions_until", "sessions"},
        "run": {"id", "practice", "made", "kind", "undoes"},
        "written": {
            *("id", "run", "owner", "at", "key", "action"),
            *("was_start", "was_end", "was_print", "start", "end", "print", "etag"),
        },
    }


def columns(path: Path) -> dict[str, set[str]]:
    db = sqlite3.connect(path)
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: {row[1] for row in db.execute(f"PRAGMA table_info({name})")} for name in tables}
    db.close()
    return {name: names for name, names in found.items() if not name.startswith("sqlite_")}


# --- calendars ------------------------------------------------------------------------------------------------------


def test_a_calendar_in_which_only_what_is_over_is_left_is_still_known_to_whoever_asks(journal: Journal) -> None:
    journal.remember_calendar("practice", PLACE)
    journal.note("owner", "at-work", "a", WHEN, "seen")
    journal.abandon_calendar("owner", "at-work")
    assert (journal.places("practice"), journal.places("practice", abandoned=True)) == ([], [PLACE])
    assert journal.remembered("owner", "at-work") == []
    assert not journal.knows("owner")
    journal.remember_calendar("practice", PLACE)  # it is written to again
    assert journal.places("practice") == [PLACE]


def test_the_earliest_time_that_was_ever_written_to_stays(journal: Journal) -> None:
    for days in (0, 5, -3, 2):
        journal.remember_calendar("practice", replace(PLACE, since=WHEN.start + timedelta(days=days)))
    assert [place.since for place in journal.places("practice")] == [WHEN.start - timedelta(days=3)]


def test_a_calendar_that_is_known_by_another_hash_now_keeps_what_is_known(journal: Journal) -> None:
    journal.remember_calendar("practice", PLACE)
    journal.note_all("owner", "at-work", [("a", WHEN), ("b", WHEN)], "deleted")
    journal.note("owner", "at-new", "b", WHEN, "seen")
    journal.move_calendar("owner", "at-work", "at-new")
    assert journal.places("practice") == [replace(PLACE, at="at-new")]
    assert [(row.key, row.status) for row in journal.remembered("owner", "at-new")] == [("a", "deleted"), ("b", "seen")]
    assert journal.remembered("owner", "at-work") == []


def test_what_was_deleted_by_hand_goes_along_to_another_calendar(journal: Journal) -> None:
    journal.note_all("owner", "at-old", [("a", WHEN), ("b", WHEN)], "deleted")
    journal.note("owner", "at-old", "c", WHEN, "seen")
    journal.note("owner", "at-new", "b", WHEN, "seen")
    journal.note("another", "at-old", "d", WHEN, "deleted")
    assert [row.key for row in journal.deleted_elsewhere("owner", "at-new")] == ["a", "b"]
    journal.bring_deleted("owner", "at-new")
    assert [(row.key, row.status) for row in journal.remembered("owner", "at-new")] == [("a", "deleted"), ("b", "seen")]
    assert [row.key for row in journal.remembered("owner", "at-old")] == ["c"]
    assert journal.deleted_elsewhere("owner", "at-new") == []


# --- runs -----------------------------------------------------------------------------------------------------------


def create(key: str, at: str = "at-work") -> Written:
    return Written(owner="owner", at=at, key=key, action="create", interval=WHEN, print="print")


def test_a_write_is_intended_and_then_settled(journal: Journal) -> None:
    run = journal.begin_run("practice", WHEN.start, "sync")
    writes = [create("a"), create("b")]
    numbers = journal.intend(run, writes, ["a", "b"])
    assert [row.status for row in journal.remembered("owner", "at-work")] == ["intended", "intended"]
    journal.settle([(numbers[1], replace(writes[1], etag='"7"'))], "acknowledged")
    assert [row.status for row in journal.remembered("owner", "at-work")] == ["intended", "acknowledged"]
    assert journal.written(run.id) == [writes[0], replace(writes[1], etag='"7"')]


def test_a_block_that_a_run_removed_is_forgotten_once_the_calendar_took_it(journal: Journal) -> None:
    journal.note("owner", "at-work", "a", WHEN, "seen")
    run = journal.begin_run("practice", WHEN.start, "sync")
    gone = Written(owner="owner", at="at-work", key="a", action="delete", was=WHEN, was_print="print")
    [number] = journal.intend(run, [gone], ["a"])
    assert [row.status for row in journal.remembered("owner", "at-work")] == ["intended"]
    journal.settle([(number, gone)], "acknowledged")
    assert journal.remembered("owner", "at-work") == []
    assert journal.written(run.id) == [replace(gone, etag="")]


def test_runs_are_counted_up_for_ever_also_when_old_ones_are_forgotten(journal: Journal) -> None:
    first = journal.begin_run("practice", WHEN.start, "sync")
    journal.intend(first, [create("a")], [])
    journal.prune_runs(WHEN.end)
    second = journal.begin_run("practice", WHEN.end, "undo", first.id)
    other = journal.begin_run("another", WHEN.end, "clear")
    assert (first.id, second.id, other.id) == (1, 2, 3)
    assert journal.runs("practice") == [second]
    assert (second.kind, second.undoes, second.made) == ("undo", 1, WHEN.end)
    assert journal.written(first.id) == []


# --- older versions -------------------------------------------------------------------------------------------------

VERSION_1 = """
CREATE TABLE block (
  owner TEXT NOT NULL, place TEXT NOT NULL, key TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('intended', 'acknowledged', 'seen', 'deleted')),
  PRIMARY KEY (owner, place, key)
) WITHOUT ROWID;
CREATE TABLE calendar (
  practice TEXT NOT NULL, owner TEXT NOT NULL, therapist TEXT NOT NULL, place TEXT NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY (owner, place)
) WITHOUT ROWID;
CREATE TABLE source (
  owner TEXT NOT NULL, place TEXT NOT NULL, sessions_until INTEGER NOT NULL, PRIMARY KEY (owner, place)
) WITHOUT ROWID;
INSERT INTO block VALUES ('owner', 'cloud/work', 'a', 1796119200, 1796119800, 'deleted');
INSERT INTO block VALUES ('owner', 'cloud/work', 'b', 1796122800, 1796123400, 'seen');
INSERT INTO calendar VALUES ('practice', 'owner', 'lee', 'cloud/work', '/practices/riverside.yaml');
INSERT INTO source VALUES ('owner', 'ehr', 1796122800);
PRAGMA user_version = 1;
"""


def of_version_1(path: Path, without_source: bool = False) -> Path:
    db = sqlite3.connect(path)
    db.executescript(VERSION_1)
    if without_source:
        db.execute("DROP TABLE source")
    db.commit()
    db.close()
    return path


def version(path: Path) -> int:
    db = sqlite3.connect(path)
    try:
        return int(db.execute("PRAGMA user_version").fetchone()[0])
    finally:
        db.close()


@pytest.mark.parametrize("without_source", [False, True], ids=["as released", "an early one"])
def test_a_journal_of_version_1_is_taken_over_with_all_that_it_knows(tmp_path: Path, without_source: bool) -> None:
    journal = Journal(of_version_1(tmp_path / "journal.sqlite3", without_source))
    known = journal.remembered("owner", "name:cloud/work")
    assert [(row.key, row.status, int(row.interval.start.timestamp())) for row in known] == [
        ("a", "deleted", 1796119200),
        ("b", "seen", 1796122800),
    ]
    [place] = journal.places("practice")
    assert (place.place, place.at, place.therapist) == ("cloud/work", "name:cloud/work", "lee")
    assert place.since is not None
    assert int(place.since.timestamp()) == 1796119200
    assert [one.sessions for one in journal.sessions_ahead("owner").values()] == ([] if without_source else [1])
    assert journal.begin_run("practice", WHEN.start, "sync").id == 1
    journal.close()
    assert version(journal.path) == VERSION
    fresh = Journal(tmp_path / "fresh.sqlite3")
    fresh.close()
    assert columns(journal.path) == columns(fresh.path)


def test_a_migration_that_is_cut_off_leaves_the_old_version_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = of_version_1(tmp_path / "journal.sqlite3")
    monkeypatch.setattr(journal_schema, "STEPS", (journal_schema.FIRST, f"{journal_schema.BY_ADDRESS}; SELECT nothing"))
    with pytest.raises(CalendarError):
        Journal(path)
    assert version(path) == 1
    assert set(columns(path)) == {"block", "calendar", "source"}
    monkeypatch.undo()
    journal = Journal(path)
    assert len(journal.remembered("owner", "name:cloud/work")) == 2
    journal.close()


def test_a_program_that_waited_while_another_migrated_does_not_do_it_again(tmp_path: Path) -> None:
    path = of_version_1(tmp_path / "journal.sqlite3")
    quicker = sqlite3.connect(path, isolation_level=None)
    quicker.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(Journal, path)
        with pytest.raises(TimeoutError):
            waiting.result(1)
        for statement in journal_schema.BY_ADDRESS.split(";"):
            quicker.execute(statement)
        quicker.execute("PRAGMA user_version = 2")
        quicker.execute("COMMIT")
        journal = waiting.result(60)
    assert len(journal.remembered("owner", "name:cloud/work")) == 2
    journal.close()
    quicker.close()
    assert version(path) == VERSION


def test_a_damaged_journal_is_left_and_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    journal = Journal(path)
    for number in range(200):
        journal.note("owner", "at-work", f"key-{number}", WHEN, "seen")
    journal.close()
    damaged = path.read_bytes()
    damaged = damaged[:4096] + b"\xff" * (len(damaged) - 4096)
    path.write_bytes(damaged)
    with pytest.raises(CalendarError, match=r"damaged.*rename it and run again.*only what was deleted by hand"):
        Journal(path).remembered("owner", "at-work")
    assert path.read_bytes() == damaged
