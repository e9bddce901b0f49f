"""Calendars made to take the tool down, in a folder: each is answered in bounds, and nobody else is disturbed."""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.base import Reading, Unreadable
from connectors.ical import Resource, read_calendars
from rules.timeline import Interval
from tests.end_to_end.practice import NOW, Practice, own, session

from .bounds import Attacked, measured
from .calendars import HEAVY, LIGHT, MEGABYTE, Attack, one

LONDON = ZoneInfo("Europe/London")
MONDAY = datetime.fromisoformat(NOW)
WEEK = Interval(MONDAY - timedelta(days=1), MONDAY + timedelta(days=8))


BY_COMMAND = (
    "with 50,000 events in one week", "with 50,000 events in thirty years", "with one series that has 3000 masters",
    "with a million guests", "with 150,000 events of long ago",
)  # fmt: skip


def read(attack: Attack, window: Interval = WEEK) -> Reading | Unreadable:
    try:
        return read_calendars([Resource("x.ics", "", attack.body())], "bad", window, LONDON)
    except Unreadable as error:
        return error


@pytest.mark.parametrize("name", [name for name in (*LIGHT, *HEAVY) if name not in BY_COMMAND])
def test_a_calendar_that_nobody_keeps_is_read_or_refused_with_a_reason(name: str) -> None:
    attack = (LIGHT | HEAVY)[name]
    began = time.process_time()
    found = read(attack)
    assert time.process_time() - began < 8
    if attack.outcome == "refused":
        assert isinstance(found, Unreadable)
        assert attack.words in str(found)
        assert len(str(found)) < 200
        return
    assert isinstance(found, Reading), found
    reasons = {refused.reason for refused in found.unexpanded}
    assert (attack.outcome == "left out") == bool(reasons), reasons
    assert all(attack.words in reason for reason in reasons)
    for event in found.events:
        assert event.interval.start <= event.interval.end
        assert len(event.title) <= 1000


def test_what_is_no_flood_is_read_whole() -> None:
    """The limits are far above a busy year: 30 appointments on each of 400 days, and 800 series of ten years."""
    days = [MONDAY + timedelta(days=n) for n in range(400)]
    single = "".join(
        f"BEGIN:VEVENT\r\nUID:{day:%Y%m%d}-{n}\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Client A.\r\nSTATUS:CONFIRMED\r\n"
        f"SEQUENCE:1\r\nCLASS:PRIVATE\r\nDTSTART:{day + timedelta(minutes=20 * n):%Y%m%dT%H%M%SZ}\r\nDURATION:PT15M\r\n"
        "END:VEVENT\r\n"
        for day in days
        for n in range(30)
    )
    series = "".join(
        f"BEGIN:VEVENT\r\nUID:series-{n}\r\nDTSTART:20171204T100000Z\r\nDURATION:PT50M\r\n"
        "RRULE:FREQ=WEEKLY;UNTIL=20261120T000000Z\r\nEND:VEVENT\r\n"
        for n in range(200)
    )
    body = f"BEGIN:VCALENDAR\r\n{single}{series}END:VCALENDAR\r\n".encode()
    window = Interval(MONDAY, MONDAY + timedelta(days=400))
    found = read_calendars([Resource("x.ics", "", body)], "diary", window, LONDON)
    assert len(found.events) == 400 * 30
    assert found.unexpanded == ()


def test_of_thousands_of_events_that_cannot_be_read_fifty_are_told_and_the_rest_counted() -> None:
    events = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART:soon\r\nEND:VEVENT\r\n" for n in range(5000))
    found = read_calendars([Resource("x.ics", "", f"BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n".encode())],
                           "bad", WEEK, LONDON)  # fmt: skip
    assert len(found.unexpanded) == 51
    assert found.unexpanded[-1].reason == "one of 4,950 more that cannot be read"


def test_a_rule_with_a_count_is_walked_no_further_than_the_time_that_is_read() -> None:
    body = one("RRULE:FREQ=WEEKLY;COUNT=3")
    found = read_calendars([Resource("x.ics", "", body())], "diary", Interval(MONDAY, MONDAY + timedelta(40)), LONDON)
    assert [event.interval.start for event in found.events] == [
        datetime(2026, 12, day, 10, tzinfo=UTC) for day in (1, 8, 15)
    ]


def test_every_light_attack_at_once_stops_only_those_whom_it_hits(tmp_path: Path) -> None:
    """One practice, one therapist for each attack, one run."""
    practice = Practice(tmp_path)
    names = {f"t{n}": name for n, name in enumerate(LIGHT) if len(LIGHT[name].body()) < MEGABYTE}
    for who, name in names.items():
        practice.calendar(f"{who}-own", session(2, 15))
        (practice.calendar(f"{who}-bad") / "x.ics").write_bytes(LIGHT[name].body())
    practice.rules(
        "\n".join(f"{who}-{what}: {{type: folder, path: {who}-{what}}}" for who in names for what in ("own", "bad")),
        "\n".join(f"{who}: {{read: [{who}-own, {who}-bad], write: {who}-own}}" for who in names),
    )
    found = measured(practice.command("sync", "--yes", practice.file), practice.environment)
    assert "Traceback" not in found.ran.said
    assert "unforeseen" not in found.ran.said
    assert found.ran.code == 1
    assert found.busy < 10 + len(names) / 5
    assert found.peak < 512
    told = dict(re.findall(r"^session-breaks: Elm Street Practice / (t\d+): (.*)$", found.ran.err, re.MULTILINE))
    for who, name in names.items():
        attack = LIGHT[name]
        assert (who in told) == (attack.outcome != "read"), (name, told.get(who))
        assert attack.words in told.get(who, ""), name
        assert (attack.outcome == "refused") == (not own(practice.folder / f"{who}-own")), name


@pytest.mark.parametrize("name", BY_COMMAND)
def test_a_heavy_attack_costs_seconds_and_megabytes_that_are_bounded(attacked: Attacked, name: str) -> None:
    attack = HEAVY[name]
    (attacked.practice.calendar("bad") / "x.ics").write_bytes(attack.body())
    attacked.rules("{type: folder, path: bad}")
    found = attacked.sync()
    if attack.outcome == "refused":
        attacked.refused(found, attack.words)
    else:
        attacked.held(found)
        assert found.ran.code == 0


def test_a_folder_of_many_files_counts_as_one_calendar(attacked: Attacked) -> None:
    folder = attacked.practice.calendar("bad")
    for number in range(4):
        (folder / f"{number}.ics").write_bytes(one(f"DESCRIPTION:{'x' * 10 * MEGABYTE}")())
    attacked.rules("{type: folder, path: bad}")
    attacked.refused(attacked.sync(), "larger than 32 MB")


@pytest.mark.parametrize("target", ["/etc/hostname", "/dev/zero", "../lee/event-0.ics"])
def test_a_link_out_of_the_folder_is_refused(attacked: Attacked, target: str) -> None:
    folder = attacked.practice.calendar("bad", session(3, 10))
    (folder / "x.ics").symlink_to(target)
    attacked.rules("{type: folder, path: bad}")
    attacked.refused(attacked.sync(), "a link that leads out of the folder")


def test_pipes_and_folders_with_a_calendars_name_make_nobody_wait(attacked: Attacked) -> None:
    folder = attacked.practice.calendar("bad", session(3, 10))
    os.mkfifo(folder / "pipe.ics")
    attacked.rules("{type: folder, path: bad}")
    attacked.refused(attacked.sync(), "not an ordinary file")
    (folder / "pipe.ics").unlink()
    (folder / "folder.ics").mkdir()
    attacked.left_out(attacked.sync())


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/fd/0", "pipe"])
def test_an_account_that_is_a_device_or_a_pipe_is_refused(attacked: Attacked, path: str) -> None:
    os.mkfifo(attacked.practice.folder / "pipe")
    attacked.rules(f"{{type: folder, path: {path}}}")
    attacked.refused(attacked.sync(), "check")
