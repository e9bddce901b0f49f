"""Who left, and who has only got another name, as far as the journal tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors import ownership
from rules.loading import load_text
from rules.practice import Practice
from scheduler import departed
from scheduler.journal import Journal, Place

HEAD = "practice: Elm Street Practice\nid: elmstr33\ntimezone: Europe/London\naccounts: {diary: {type: memory}}\n"
GROUP = ownership.owner_of("elmstr33", "")
HERE = "the calendar"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.sqlite3")
    yield made
    made.close()


def practice(*names: str) -> Practice:
    lines = "".join(f"  {name}: {{read: [diary], write: diary}}\n" for name in names)
    return load_text(f"{HEAD}therapists:\n{lines}", "elm.yaml")


def owner(name: str) -> str:
    return ownership.owner_of("elmstr33", name)


def wrote(journal: Journal, name: str, at: str = HERE, earlier: str | None = None) -> Place:
    file = departed.full_path(practice("anybody"))
    place = Place(owner(name), name, "diary", file, at, earlier=earlier)
    journal.remember_calendar(GROUP, place)
    return place


def earlier(journal: Journal, name: str, *names: str, at: str = HERE) -> str | None:
    found = practice(name, *names)
    return departed.earlier_name(found, found.therapists[name], at, journal)


def test_one_who_left_and_one_who_is_new_in_the_same_calendar_are_one_person(journal: Journal) -> None:
    wrote(journal, "lee")
    assert earlier(journal, "Lee") == owner("lee")
    assert earlier(journal, "Lee", at="another calendar") is None


def test_a_run_that_was_killed_on_the_way_goes_on_as_it_began_until_the_old_blocks_are_cleared(
    journal: Journal,
) -> None:
    wrote(journal, "lee")
    wrote(journal, "Lee", earlier=owner("lee"))
    wrote(journal, "Lee")
    assert earlier(journal, "Lee") == owner("lee")
    journal.abandon_calendar(owner("lee"), HERE)
    assert earlier(journal, "Lee") is None


def test_where_it_might_be_somebody_else_nothing_is_handed_on(journal: Journal) -> None:
    wrote(journal, "lee")
    assert earlier(journal, "noor", "sam") is None, "two are new"
    wrote(journal, "kim")
    assert earlier(journal, "noor") is None, "two have left"
    assert earlier(journal, "noor", "kim") is None, "it is several people's calendar"
    wrote(journal, "noor")
    assert earlier(journal, "noor") is None, "she was there before"


def test_a_journal_of_another_practice_says_nothing(journal: Journal) -> None:
    journal.remember_calendar("another", replace(wrote(journal, "lee", "elsewhere"), at=HERE))
    assert earlier(journal, "Lee") is None
