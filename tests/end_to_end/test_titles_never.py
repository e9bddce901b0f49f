"""`titles: never`: a practice whose calendars' titles are never read, on a real server, a folder and a feed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.servers import PASSWORD, USER, RunningServer

from .practice import Practice, own, session, vcalendar, vevent

BY_LENGTH = """
titles: never
sessions: [{calendar: diary, longer_than: 45 min, kind: individual}]
"""


def rules(practice: Practice, *, titles: str = "never") -> None:
    """lee, whose sessions are told by the calendar and their length."""
    head = practice.rules("diary: {type: folder, path: diary}", "lee: {read: [diary], write: diary}")
    text = head.read_text().replace('sessions: [{title: "Client*", kind: individual}]\n', BY_LENGTH)
    head.write_text(text.replace("never", titles))


def sessions_of(practice: Practice, **environment: str) -> list[str]:
    [plan] = practice.run("preview", "--format", "json", **environment).json()["therapists"]
    return [one["start"] for one in plan["sessions"]]


def test_sessions_are_told_by_calendar_and_length(practice: Practice) -> None:
    practice.calendar(
        "diary", session(1, 10), vevent("meeting", "20261202T100000", "20261202T103000", title="Client B.")
    )
    rules(practice)
    assert sessions_of(practice) == ["2026-12-01T10:00:00+00:00"]


def test_a_title_that_a_hand_gave_to_a_block_stays_also_when_the_block_moves(practice: Practice) -> None:
    folder = practice.calendar("diary", session(1, 10))
    rules(practice)
    assert practice.run("sync", "--yes").code == 0
    [(name, body)] = [(name, body) for name, body in own(folder).items() if b"SUMMARY:Break" in body]
    (folder / name).write_bytes(body.replace(b"SUMMARY:Break", b"SUMMARY:Tea"))
    (folder / "event-0.ics").write_bytes(vcalendar(session(1, 10).replace("T10", "T11")))
    assert practice.run("sync").code == 0
    assert b"SUMMARY:Tea" in own(folder)[name]
    assert b"DTSTART:20261201T115000Z" in own(folder)[name]
    [plan] = practice.run("preview", "--format", "json").json()["therapists"]
    assert {block["action"] for block in plan["blocks"]} == {"keep"}


@pytest.mark.server
def test_switching_titles_off_changes_no_block(practice: Practice, radicale: RunningServer) -> None:
    url = radicale.make_calendar("titles")
    radicale.put(f"{url}one.ics", vcalendar(session(1, 10)))
    written = {}
    for titles in ("read", "never"):
        file = practice.rules(
            f"diary: {{type: caldav, url: '{url}', user: {USER}, password: {{env: SECRET}}}}",
            "lee: {read: [diary], write: diary}",
        )
        text = file.read_text().replace('sessions: [{title: "Client*", kind: individual}]\n', BY_LENGTH)
        file.write_text(text.replace("never", titles))
        assert practice.run("sync", "--yes", SECRET=PASSWORD).code == 0
        bodies = [radicale.get(address) for address in radicale.list(url)]
        written[titles] = [re.sub(rb"DTSTAMP:\S+", b"", body) for body in bodies]
    assert written["read"] == written["never"]
    assert any(b"X-SESSION-BREAKS" in body for body in written["never"])


def test_a_rule_file_that_looks_at_titles_is_refused_with_the_place(practice: Practice, tmp_path: Path) -> None:
    practice.one_therapist(session(1, 10), more="titles: never")
    ran = practice.run("check")
    assert ran.code == 1
    assert ran.error.startswith(f"{tmp_path}/practice.yaml:7:13: titles are never read (`titles: never`)")
