"""A night on Google's calendar whose requests fail in Google's own ways (parts of a batch, quotas, lost answers), and
the undisturbed one after it: the calendar is the same as if nothing had happened. A night that is killed, or whose
connection fails, is told in tests/faults, on this fake and on somebody else's emulator."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.google_events import TAG
from tests.google.calendars import Json, moment
from tests.google.fake import ME, Fake, running
from tests.google.rest import Rest
from tests.google.stages import private

from .practice import NOW, Practice, Ran, run

LATER = "2026-12-01T06:00:00+00:00"
"""The night after NOW."""

QUICK = (
    "import connectors.google_api as api; api.FIRST_WAIT, api.LONGEST_WAIT, api.GIVE_UP = 0.01, 0.05, {patience}; "
    "from scheduler.cli import main; main()"
)
"""The command, but impatient: it waits hundredths of seconds where it would wait seconds."""

LONDON = ZoneInfo("Europe/London")
MORE = "horizon: 4 weeks"


@dataclass
class Night:
    """A practice whose therapist has a Google calendar somewhere."""

    practice: Practice
    rest: Rest

    def __post_init__(self) -> None:
        account = f"{{type: google, user: {ME}, token: {{env: GOOGLE_TOKEN}}, endpoint: '{self.rest.endpoint}'}}"
        self.practice.rules(f"lee-google: {account}", "lee: {read: [lee-google], write: lee-google}")
        text = self.practice.file.read_text().replace("horizon: 1 week", MORE)
        self.practice.file.write_text(text)
        self.practice.environment["GOOGLE_TOKEN"] = self.rest.token

    def line(self, *words: str, now: str = NOW, patience: float = 5.0) -> list[str]:
        command = self.practice.command(*words, self.practice.file, now=now)[1:]
        return [sys.executable, "-c", QUICK.format(patience=patience), *command]

    def sync(self, now: str = NOW, patience: float = 5.0) -> Ran:
        return run(self.line("sync", "--yes", now=now, patience=patience), self.practice.environment)

    def calendar(self) -> list[tuple[str, ...]]:
        """What stands there, each event with all that matters of it; ours by their ids, which follow from keys."""
        return sorted(shown(event) for event in self.rest.all(maxResults=250))


def shown(event: Json) -> tuple[str, ...]:
    tag = private(event).get(TAG, "")
    when = (moment(event[name], LONDON).isoformat() for name in ("start", "end"))
    return (*when, event.get("summary", ""), event.get("visibility", ""), tag, event["id"] if tag else "")


def sessions(rest: Rest) -> None:
    """Three clients a day on the weekdays of four weeks, one series each, and an event of the therapist's own."""
    for number, (name, hour) in enumerate({"Client A.": 9, "Client B.": 11, "Client C.": 15}.items()):
        daily = {"recurrence": ["RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR"]}
        when = times(f"2026-11-30T{hour:02}:00", f"2026-11-30T{hour:02}:50")
        rest.insert({"id": f"client{number}", "summary": name} | when | daily)
    rest.insert({"id": "dentist", "summary": "Dentist", **times("2026-12-02T13:00", "2026-12-02T14:00")})


def times(start: str, end: str) -> Json:
    return {
        name: {"dateTime": f"{at}:00", "timeZone": "Europe/London"} for name, at in (("start", start), ("end", end))
    }  # fmt: skip


def moved(rest: Rest) -> None:
    """Between two nights: one series comes an hour later for one day, one day is cancelled, and something new comes."""
    series = {event["summary"]: event["id"] for event in rest.all() if "recurrence" in event}
    for day in range(7, 12):
        answer = rest.events(
            "PATCH", f"{series['Client A.']}_202612{day:02}T090000Z",
            times(f"2026-12-{day:02}T10:00", f"2026-12-{day:02}T10:50"),
        )  # fmt: skip
        assert answer.status == 200, answer
    for day in range(14, 19):
        assert rest.events("DELETE", f"{series['Client C.']}_202612{day:02}T150000Z").status == 204
    rest.insert({"id": "client3", "summary": "Client D.", **times("2026-12-08T13:00", "2026-12-08T13:50")})


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """The calendar after a first night in peace, and after a second one."""
    with running(now=datetime.fromisoformat(NOW)) as google:
        folder = tmp_path_factory.mktemp("undisturbed")
        night = Night(Practice(folder), Rest(google.endpoint, "may-events"))
        sessions(night.rest)
        assert night.sync().code == 0
        first = night.calendar()
        moved(night.rest)
        assert night.sync(LATER).code == 0
        second = night.calendar()
    assert len([one for one in first if one[4]]) > 60
    assert first != second
    return first, second


@pytest.fixture
def google() -> Iterator[Fake]:
    with running(now=datetime.fromisoformat(NOW)) as fake:
        yield fake


@pytest.fixture
def night(google: Fake, practice: Practice) -> Night:
    night = Night(practice, Rest(google.endpoint, "may-events"))
    sessions(night.rest)
    google.log.clear()
    return night


FAULTS: dict[str, list[dict[str, Any]]] = {
    "two batches whose answers are lost": [{"kind": "commit, then 504", "method": "batch", "times": 2}],
    "half a batch's answer": [{"kind": "cut", "method": "batch"}, {"kind": "truncated", "method": "batch", "after": 1}],
    "connections that break before and after": [
        {"kind": "dropped", "method": "batch"},
        {"kind": "commit, then dropped", "method": "batch", "after": 1},
        {"kind": "dropped", "method": "events.list"},
    ],
    "parts that fail in every way": [
        {"kind": kind, "part": True, "after": after, "times": 3}
        for after, kind in enumerate(["rateLimitExceeded", "commit, then 504", "500", "429", "commit, then 503"], 4)
    ],
    "a calendar that is told in half": [{"kind": "cut", "method": "events.list", "times": 2}],
}
"""What a run gets over by itself."""

STOPS: dict[str, list[dict[str, Any]]] = {
    "a daily quota, in the middle of a batch": [
        {"kind": "dailyLimitExceeded", "part": True, "after": 30, "times": 9999}
    ],
    "a quota for the second batch": [{"kind": "quotaExceeded", "method": "batch", "after": 1, "times": 9999}],
    "nothing but 503, after one batch that was written": [
        {"kind": "commit, then 503", "method": "batch", "times": 1},
        {"kind": "503", "times": 99999, "after": 1},
    ],
}
"""What stops a run."""


@pytest.mark.parametrize("name", FAULTS)
def test_a_night_with_faults_that_pass_ends_as_one_without(
    night: Night, google: Fake, undisturbed: tuple[Any, Any], name: str
) -> None:
    for fault in FAULTS[name]:
        google.fault(**fault)
    ran = night.sync()
    assert (ran.code, ran.said) == (0, "")
    assert not any(fault.times for fault in google.faults), "not every fault was met"
    assert night.calendar() == undisturbed[0]
    writes = len(google.calls("events.insert"))
    assert night.sync().said == ""
    assert len(google.calls("events.insert")) == writes


@pytest.mark.parametrize("name", STOPS)
def test_a_night_that_is_stopped_says_so_in_a_line_and_the_next_one_goes_on(
    night: Night, google: Fake, undisturbed: tuple[Any, Any], name: str
) -> None:
    for fault in STOPS[name]:
        google.fault(**fault)
    ran = night.sync(patience=0.3)
    assert ran.code != 0
    assert "lee-google" in ran.error
    assert "Client" not in ran.said
    google.faults.clear()
    assert 0 < len([one for one in night.calendar() if one[4]]) < len([one for one in undisturbed[0] if one[4]])
    assert night.sync().code == 0
    assert night.calendar() == undisturbed[0]


def test_a_second_night_with_changes_meets_faults_and_ends_as_one_without(
    night: Night, google: Fake, undisturbed: tuple[Any, Any]
) -> None:
    night.sync()
    moved(night.rest)
    google.fault("commit, then 504", method="batch")
    google.fault("cut", method="batch", after=1)
    google.fault("commit, then 503", part=True, times=3)
    assert night.sync(LATER).code == 0
    assert night.calendar() == undisturbed[1]


def test_a_practice_that_was_cleared_is_written_again_as_it_was(
    night: Night, google: Fake, undisturbed: tuple[Any, Any]
) -> None:
    night.sync()
    assert run(night.line("clear", "--yes"), night.practice.environment).code == 0
    assert [one for one in night.calendar() if one[4]] == []
    google.fault("commit, then 504", method="batch", after=2)
    assert night.sync().code == 0
    assert night.calendar() == undisturbed[0]


def test_a_block_that_a_hand_deletes_before_the_next_night_stays_deleted(night: Night) -> None:
    """What Google has said to be written counts as seen, though it was not read again that night."""
    assert night.sync().code == 0
    before = [event for event in night.rest.all() if private(event).get(TAG)]
    assert night.rest.events("DELETE", before[-1]["id"]).status == 204
    assert night.sync(now=LATER).code == 0
    after = {event["id"] for event in night.rest.all() if private(event).get(TAG)}
    assert {event["id"] for event in before} - after == {before[-1]["id"]}
