"""Nights on Google's calendar where it refuses something or where the account's settings change: at the end all blocks
stand, once, and the night after changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from connectors.google_events import TAG
from tests.google.calendars import Json, Kept
from tests.google.fake import ME, Fake, running
from tests.google.rest import Rest
from tests.google.stages import private

from .practice import NOW, Practice, Ran, run, session
from .test_google_faults import MORE, Night, sessions, times

FOREVER = 99999
WRITES = ("events.insert", "events.update", "events.patch", "events.delete")


@pytest.fixture
def google() -> Iterator[Fake]:
    with running(now=datetime.fromisoformat(NOW)) as fake:
        yield fake


@pytest.fixture
def night(google: Fake, practice: Practice) -> Night:
    return Night(practice, Rest(google.endpoint, "may-events"))


def change(night: Night, old: str, new: str) -> None:
    """Something else in the rule file."""
    text = night.practice.file.read_text()
    assert old in text
    night.practice.file.write_text(text.replace(old, new))


def blocks(kept: Kept) -> list[Json]:
    return [event for event in kept.events.values() if event["status"] != "cancelled" and TAG in private(event)]


def when(kept: Kept) -> list[tuple[str, str]]:
    return sorted((event["start"]["dateTime"], event["end"]["dateTime"]) for event in blocks(kept))


def changes_nothing(night: Night, google: Fake) -> bool:
    google.log.clear()
    ran = night.sync()
    return (ran.code, ran.said, google.calls(*WRITES)) == (0, "", [])


def test_a_reply_that_is_no_list_of_events_stops_the_night_and_changes_nothing(night: Night, google: Fake) -> None:
    sessions(night.rest)
    assert night.sync().code == 0
    kept = google.world.calendar("primary")
    before = when(kept)
    for kind in ("empty", "{}", "another kind"):
        google.faults.clear()
        google.fault(kind, method="events.list", times=FOREVER)
        ran = night.sync(patience=0.2)
        assert ran.code == 1
        assert "lee-google" in ran.error
    assert when(kept) == before
    google.faults.clear()
    assert changes_nothing(night, google)


def test_blocks_that_are_no_longer_private_are_changed_in_one_night(night: Night, google: Fake) -> None:
    sessions(night.rest)
    assert night.sync().code == 0
    google.log.clear()
    change(night, MORE, f"{MORE}\nblocks: {{private: no}}")
    ran = night.sync()  # nothing moves, so no brake holds
    assert (ran.code, ran.err) == (0, "")
    own = blocks(google.world.calendar("primary"))
    assert len(own) > 60
    assert {event["visibility"] for event in own} == {"default"}
    assert sorted(call.path.rpartition("/")[2] for call in google.calls(*WRITES)) == sorted(e["id"] for e in own)
    assert len(google.calls("events.patch")) == len(own)
    assert changes_nothing(night, google)


@pytest.mark.parametrize(("kind", "weeks"), [("400", 0), ("403", 0), ("404", 0), ("403", 4)])
def test_blocks_whose_old_ids_google_does_not_give_back_are_made_under_others_in_the_same_night(
    night: Night, google: Fake, kind: str, weeks: int
) -> None:
    if weeks:
        sessions(night.rest)
        change(night, MORE, f"horizon: {weeks} weeks")
    else:
        night.rest.insert({"id": "client0", "summary": "Client A.", **times("2026-12-01T09:00", "2026-12-01T09:50")})
    assert night.sync().code == 0
    kept = google.world.calendar("primary")
    before, ids = when(kept), {event["id"] for event in blocks(kept)}
    assert len(before) > 100 if weeks else len(before) == 1  # more than two batches, or none
    assert run(night.line("clear", "--yes"), night.practice.environment).code == 0
    assert blocks(kept) == []
    for part in (True, False):
        google.fault(kind, method="events.update", part=part, times=FOREVER)
    ran = night.sync()
    assert (ran.code, ran.err) == (0, "")
    assert when(kept) == before
    assert not ids & {event["id"] for event in blocks(kept)}
    assert changes_nothing(night, google)


def test_focus_time_that_google_does_not_allow_is_said_in_one_line(night: Night, google: Fake) -> None:
    sessions(night.rest)
    google.world.calendar("primary").focus_time = False
    change(night, f"user: {ME}", f"user: {ME}, focus_time: yes")
    ran = night.sync()
    assert ran.code == 1
    assert "takes no focus time here" in ran.error
    assert "remove `focus_time` from the account" in ran.error


def switched(practice: Practice, google: Fake, access: str, own: str, write: str) -> Ran:
    """A night with this access to the account, writing there. The sessions are in a folder."""
    account = f"{{type: google, user: {ME}, token: {{env: GOOGLE_TOKEN}}, endpoint: '{google.endpoint}', "
    account += f"access: {access}, own_calendar: '{own}'}}"
    accounts = f"diary: {{type: folder, path: diary}}\nlee-google: {account}"
    practice.rules(accounts, f"lee: {{read: [diary], write: {write}}}")
    token = "may-events-and-own" if access == "events" else "may-free-busy"
    return practice.run("sync", "--yes", GOOGLE_TOKEN=token)


def test_blocks_in_a_calendar_that_only_free_and_busy_is_seen_of_are_told_until_they_can_be_cleared(
    practice: Practice, google: Fake
) -> None:
    practice.calendar("diary", *(session(day, 10) for day in range(1, 5)))
    main, own = google.world.calendar("primary"), google.world.calendar(google.world.made({"summary": "Blocks"})["id"])
    first = switched(practice, google, "events", own.id, "lee-google/primary")
    before = when(main)
    assert (first.code, when(own)) == (0, [])
    assert len(before) >= 4
    for _ in range(2):
        seen_less = switched(practice, google, "free-busy", own.id, "lee-google")
        assert seen_less.code == 1
        assert "earlier blocks in lee-google/primary could not be cleared" in seen_less.said
        assert when(main) == when(own) == before
    given_back = switched(practice, google, "events", own.id, "lee-google")
    assert (given_back.code, when(main), when(own)) == (0, [], before)
    google.log.clear()
    assert switched(practice, google, "events", own.id, "lee-google").said == ""
    assert google.calls(*WRITES) == []
