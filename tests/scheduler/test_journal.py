"""The journal: what was written where. It survives, it refuses what it does not know, and it knows no titles."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import CalendarError
from scheduler.edits import Remembered
from scheduler.journal import Journal, Place
from tests.days import span

WHEN = span("10:00-10:10")
PLACE = Place("owner", "lee", "cloud/work", "/practices/riverside.yaml")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "state" / "journal.sqlite3")
    yield made
    made.close()


def test_what_was_noted_is_remembered_by_owner_and_calendar(journal: Journal) -> None:
    journal.note("owner", "cloud/work", "b", WHEN, "intended")
    journal.note("owner", "cloud/work", "a", WHEN, "acknowledged")
    journal.note("owner", "cloud/home", "c", WHEN, "seen")
    journal.note("another", "cloud/work", "d", WHEN, "seen")
    assert journal.remembered("owner", "cloud/work") == [
        Remembered("a", WHEN, "acknowledged"),
        Remembered("b", WHEN, "intended"),
    ]


def test_the_last_note_of_a_block_counts(journal: Journal) -> None:
    journal.note("owner", "cloud/work", "a", WHEN, "intended")
    journal.note("owner", "cloud/work", "a", span("11:00-11:10"), "seen")
    assert journal.remembered("owner", "cloud/work") == [Remembered("a", span("11:00-11:10"), "seen")]


def test_it_is_still_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    first = Journal(path)
    first.note("owner", "cloud/work", "a", WHEN, "deleted")
    first.remember_calendar("practice", PLACE)
    first.close()
    second = Journal(path)
    assert second.remembered("owner", "cloud/work") == [Remembered("a", WHEN, "deleted")]
    assert second.places("practice") == [PLACE]
    second.close()


def test_blocks_that_were_removed_by_us_are_forgotten(journal: Journal) -> None:
    journal.note_all("owner", "cloud/work", [("a", WHEN), ("b", WHEN)], "seen")
    journal.forget("owner", "cloud/work", ["a"])
    assert [r.key for r in journal.remembered("owner", "cloud/work")] == ["b"]


def test_every_calendar_ever_written_to_is_remembered_until_it_is_forgotten(journal: Journal) -> None:
    other = Place("owner", "lee", "cloud/old", "/practices/riverside.yaml")
    for place in (PLACE, other, PLACE):
        journal.remember_calendar("practice", place)
    journal.note("owner", "cloud/old", "a", WHEN, "seen")
    assert journal.places("practice") == [other, PLACE]
    assert journal.places("another") == []
    journal.forget_calendar("owner", "cloud/old")
    assert journal.places("practice") == [PLACE]
    assert journal.remembered("owner", "cloud/old") == []


def test_it_knows_whether_anything_was_ever_written_for_an_owner(journal: Journal) -> None:
    assert not journal.knows("owner")
    journal.remember_calendar("practice", PLACE)
    assert journal.knows("owner")


def test_what_is_long_over_is_forgotten(journal: Journal) -> None:
    journal.note("owner", "cloud/work", "a", WHEN, "seen")
    journal.prune(WHEN.end)
    assert len(journal.remembered("owner", "cloud/work")) == 1
    journal.prune(WHEN.end + timedelta(seconds=1))
    assert journal.remembered("owner", "cloud/work") == []


def test_several_therapists_may_write_at_once(journal: Journal) -> None:
    def write(owner: str) -> None:
        for n in range(30):
            journal.note(owner, "cloud/work", f"k{n}", WHEN, "seen")

    workers = [threading.Thread(target=write, args=(f"o{n}",)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [len(journal.remembered(f"o{n}", "cloud/work")) for n in range(4)] == [30] * 4


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
        journal.note("owner", "cloud/work", "a", WHEN, "guessed")  # type: ignore[arg-type]  # what is tried
    assert journal.remembered("owner", "cloud/work") == []


def test_it_has_no_place_for_a_title_or_a_uid(journal: Journal) -> None:
    db = sqlite3.connect(journal.path)
    columns = {row[1] for table in ("block", "calendar") for row in db.execute(f"PRAGMA table_info({table})")}
    db.close()
    assert columns == {"owner", "place", "key", "start", "end", "status", "practice", "therapist", "source"}
