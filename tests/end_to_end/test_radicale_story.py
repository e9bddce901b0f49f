"""A month on real servers: looked at, written, again, a session moved by another program, written, cleared.

The story is told once for each way to name a calendar; each test looks at one of its scenes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.servers import PASSWORD, USER, RunningServer

from . import month
from .practice import Practice, Ran

pytestmark = pytest.mark.server
Shot = dict[str, tuple[str, bytes]]


@dataclass
class Story:
    """Every scene: what was said, and what the calendar held afterwards (etag and body of each entry, by address)."""

    server: RunningServer
    url: str
    ran: dict[str, Ran] = field(default_factory=dict)
    held: dict[str, Shot] = field(default_factory=dict)

    def shot(self) -> Shot:
        found = {}
        for url in self.server.list(self.url):
            status, headers, body = self.server.request("GET", url)
            assert status == 200
            found[url] = (headers["etag"], body)
        return found

    def own(self, scene: str) -> dict[str, bytes]:
        return {url: body for url, (_, body) in self.held[scene].items() if b"X-SESSION-BREAKS" in body}

    def foreign(self, scene: str) -> Shot:
        return {url: shot for url, shot in self.held[scene].items() if b"X-SESSION-BREAKS" not in shot[1]}


@pytest.fixture(scope="module", params=["radicale by name", "radicale by address", "xandikos by address"])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    server: RunningServer = request.getfixturevalue(request.param.split()[0])
    segment = request.param.replace(" ", "-")
    practice = Practice(tmp_path_factory.mktemp(segment))
    url = server.make_calendar(segment, "Robin's work" if request.param == "radicale by name" else "")
    for name, body in month.EVENTS.items():
        server.put(f"{url}{name}.ics", body)
    login = ""
    if server.user:
        secret = practice.folder / "password"
        secret.write_text(f"{PASSWORD}\n")
        secret.chmod(0o600)
        login = f", user: {USER}, password: {{file: password}}"
    by_name = request.param.endswith("name")
    account = f"{{type: caldav, url: '{server.root if by_name else url}'{login}}}"
    place = '"cloud/Robin\'s work"' if by_name else "cloud"
    practice.file.write_text(month.RULES.format(account=account, place=place))
    told = Story(server, url)

    def scene(name: str, *words: str) -> None:
        told.ran[name] = practice.run(*words, now=month.NOW)
        told.held[name] = told.shot()

    told.held["before"] = told.shot()
    scene("text", "preview")
    scene("json", "preview", "--format", "json")
    scene("refused", "sync")
    scene("written", "sync", "--yes")
    scene("again", "sync")
    scene("after", "preview", "--format", "json")
    server.put(f"{url}single-s.ics", month.moved_on_the_day("20261020T142000", "20261020T151000"))
    told.held["moved"] = told.shot()
    scene("planned", "preview", "--format", "json")
    scene("updated", "sync")
    scene("once more", "sync")
    scene("cleared", "clear", "--yes")
    yield told
    for address in server.list(url):
        server.delete(address)


def test_every_session_is_read_once_at_its_own_time(story: Story) -> None:
    [plan] = story.ran["json"].json()["therapists"]
    assert [s["start"] for s in plan["sessions"]] == month.SESSIONS


def test_every_session_is_followed_by_a_break_or_by_lunch_on_both_sides_of_the_change_of_clocks(story: Story) -> None:
    [plan] = story.ran["json"].json()["therapists"]
    followed = {b["start"] for b in plan["blocks"] if b["rule"] == "breaks.after" or b["name"] == "Lunch"}
    assert {s["end"] for s in plan["sessions"]} <= followed
    breaks = [b["start"] for b in plan["blocks"] if b["rule"] == "breaks.after"]
    assert "2026-10-12T10:50:00+01:00" in breaks
    assert "2026-10-26T10:50:00+00:00" in breaks
    assert {b["action"] for b in plan["blocks"]} == {"create"}
    assert plan["findings"] == []


def test_the_preview_shows_four_weeks_for_a_person_and_exits_well(story: Story) -> None:
    ran = story.ran["text"]
    assert (ran.code, ran.err) == (0, "")
    for words in ("robin", "Mon 12 Oct", "Week 45", "Lunch", "What changes", "No findings"):
        assert words in ran.out, words
    assert max(map(len, ran.out.splitlines())) <= 100
    assert "\033" not in ran.out


def test_looking_writes_nothing(story: Story) -> None:
    assert story.held["text"] == story.held["json"] == story.held["before"]


def test_a_first_sync_that_nobody_agreed_to_is_refused_and_writes_nothing(story: Story) -> None:
    ran = story.ran["refused"]
    assert (ran.code, ran.out) == (3, "")
    assert "first run" in ran.error
    assert "--yes" in ran.error
    assert story.held["refused"] == story.held["before"]


def test_what_was_shown_is_what_is_written(story: Story) -> None:
    ran = story.ran["written"]
    assert (ran.code, ran.said) == (0, "")
    [plan] = story.ran["json"].json()["therapists"]
    planned = sorted((b["key"], utc(b["start"]), utc(b["end"])) for b in plan["blocks"])
    written = [
        (
            re.search(r"key=([^;\\]+)", unfolded(body)),
            re.search(r"DTSTART:(\S+)", unfolded(body)),
            re.search(r"DTEND:(\S+)", unfolded(body)),
        )
        for body in story.own("written").values()
    ]
    assert sorted(tuple(found.group(1) if found else "" for found in block) for block in written) == planned


def test_a_block_is_busy_private_and_has_no_alarm_guest_or_place(story: Story) -> None:
    for body in story.own("written").values():
        text = body.decode()
        assert "TRANSP:OPAQUE" in text
        assert "CLASS:PRIVATE" in text
        for word in ("VALARM", "ATTENDEE", "ORGANIZER", "LOCATION", "DESCRIPTION"):
            assert word not in text


def test_a_second_sync_changes_no_entry_and_no_etag(story: Story) -> None:
    assert (story.ran["again"].code, story.ran["again"].said) == (0, "")
    assert story.held["again"] == story.held["written"]
    [plan] = story.ran["after"].json()["therapists"]
    assert {b["action"] for b in plan["blocks"]} == {"keep"}


def test_a_session_that_another_program_moved_takes_exactly_one_update(story: Story) -> None:
    [plan] = story.ran["planned"].json()["therapists"]
    changed = [b for b in plan["blocks"] if b["action"] != "keep"]
    assert [(b["action"], b["rule"]) for b in changed] == [("update", "breaks.after")]
    assert changed[0]["start"] == "2026-10-20T15:10:00+01:00"
    assert changed[0]["was"]["start"] == "2026-10-20T14:50:00+01:00"
    assert (story.ran["updated"].code, story.ran["updated"].said) == (0, "")
    before, after = story.held["moved"], story.held["updated"]
    assert before.keys() == after.keys()
    [address] = [url for url in before if before[url] != after[url]]
    assert address in story.own("updated")
    old, new = unfolded(before[address][1]), unfolded(after[address][1])
    for line in (r"UID:(\S+)", r"key=([^;\\]+)"):
        assert re.search(line, old)[1] == re.search(line, new)[1]  # type: ignore[index]  # both are there, or it fails
    assert "DTSTART:20261020T141000Z" in new


def test_after_the_update_there_is_nothing_more_to_do(story: Story) -> None:
    assert (story.ran["once more"].code, story.ran["once more"].said) == (0, "")
    assert story.held["once more"] == story.held["updated"]


def test_other_peoples_events_stay_byte_for_byte_as_they_were(story: Story) -> None:
    scenes = list(story.held)
    for scene in scenes[: scenes.index("moved")]:
        assert story.foreign(scene) == story.held["before"], scene
    for scene in scenes[scenes.index("moved") :]:
        assert story.foreign(scene) == story.foreign("moved"), scene


def test_clear_leaves_exactly_what_others_wrote(story: Story) -> None:
    assert story.ran["cleared"].code == 0
    assert story.held["cleared"] == story.foreign("moved")
    assert str(len(story.own("updated"))) in story.ran["cleared"].out


def utc(text: str) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def unfolded(body: bytes) -> str:
    return re.sub(r"\r?\n[ \t]", "", body.decode())
