"""`blocks: {discreet: yes}`: what is stored with a block does not tell a colleague what it is for; turning it on or off
changes the blocks that stand, and makes none twice."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from datetime import datetime

import pytest

from connectors.google_events import TAG
from connectors.ownership import decode
from tests.google.fake import ME, Fake, running
from tests.servers import PASSWORD, USER, RunningServer

from .practice import NOW, Practice, Ran, own, session

PRAYER = (
    '\nprotect: [{name: Prayer, length: 15 min, between: "13:00-14:00"}, {name: Therapy, on: wed, at: "15:00-16:00"}]\n'
)
TELLING = re.compile(rb"prayer|therapy|break/|guard/|limits", re.IGNORECASE)
SECRETS = {"SECRET": PASSWORD, "TOKEN": "may-events"}
_names = (f"discreet-{number}" for number in itertools.count())
OFF, ON = "blocks: {title: Busy}", "blocks: {discreet: yes}"  # the title is the same


class Folder:
    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        self.folder = practice.calendar("diary", session(1, 10), session(2, 11))
        self.account = "diary: {type: folder, path: diary}"
        self.name = "diary"

    def blocks(self) -> dict[str, bytes]:
        """What is stored of each own block, by UID, as whoever reads the calendar sees it."""
        return {uid(body): body for body in own(self.folder).values()}


class Server:
    def __init__(self, practice: Practice, radicale: RunningServer) -> None:
        self.practice = practice
        self.server = radicale
        self.url = radicale.make_calendar(next(_names))
        for day in (1, 2):
            radicale.put(f"{self.url}{day}.ics", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
                         + session(day, 10).encode() + b"END:VCALENDAR\r\n")  # fmt: skip
        self.account = f"diary: {{type: caldav, url: '{self.url}', user: {USER}, password: {{env: SECRET}}}}"
        self.name = "diary"

    def blocks(self) -> dict[str, bytes]:
        bodies = [self.server.get(address) for address in self.server.list(self.url)]
        return {uid(body): body for body in bodies if b"X-SESSION-BREAKS" in body}


class Google:
    def __init__(self, practice: Practice, google: Fake) -> None:
        self.practice = practice
        self.kept = google.world.calendar("primary")
        for day in (1, 2):
            ends = {"start": "00", "end": "50"}.items()
            times = {name: {"dateTime": f"2026-12-{day:02}T10:{minute}:00Z"} for name, minute in ends}
            google.world.put(self.kept, {"summary": "Client A.", **times})
        self.account = f"diary: {{type: google, user: {ME}, token: {{env: TOKEN}}, endpoint: '{google.endpoint}'}}"
        self.name = "diary/primary"

    def blocks(self) -> dict[str, bytes]:
        own = [e for e in self.kept.events.values() if e["status"] != "cancelled" and TAG in json.dumps(e)]
        return {event["id"]: json.dumps(event, ensure_ascii=False).encode() for event in own}


Calendar = Folder | Server | Google


@pytest.fixture
def google() -> Iterator[Fake]:
    with running(now=datetime.fromisoformat(NOW)) as fake:
        yield fake


@pytest.fixture(params=["folder", pytest.param("radicale", marks=pytest.mark.server), "google"])
def calendar(request: pytest.FixtureRequest, practice: Practice, google: Fake) -> Calendar:
    if request.param == "folder":
        return Folder(practice)
    if request.param == "google":
        return Google(practice, google)
    return Server(practice, request.getfixturevalue("radicale"))


def uid(body: bytes) -> str:
    found = re.search(rb"^UID:(\S+)", body, re.MULTILINE)
    assert found
    return found[1].decode()


def keys(calendar: Calendar) -> set[str]:
    """The keys as they are written."""
    found = set()
    for body in calendar.blocks().values():
        text = body.decode().replace("\r\n ", "").replace("\\;", ";")
        match = re.search(r'[12];owner=[^"\r\n]+', text)
        assert match
        tag = decode(match[0])
        assert tag is not None
        found.add(tag.key)
    return found


def night(calendar: Calendar, looks: str, *words: str) -> Ran:
    calendar.practice.rules(
        calendar.account, f"lee: {{read: [{calendar.name}], write: {calendar.name}}}", more=f"{PRAYER}{looks}\n"
    )
    ran = calendar.practice.run("sync", *words, **SECRETS)
    assert ran.code == 0, ran.said
    return ran


def planned(calendar: Calendar) -> dict[str, str]:
    """What the plan says of each block, by its key."""
    [plan] = calendar.practice.run("preview", "--format", "json", **SECRETS).json()["therapists"]
    return {block["key"]: block["action"] for block in plan["blocks"]}


def test_turning_it_on_and_off_changes_each_block_and_makes_none_twice(calendar: Calendar) -> None:
    night(calendar, OFF, "--yes")
    openly, told = calendar.blocks(), keys(calendar)
    assert len(openly) >= 8
    assert "protect/prayer/2026-12-01" in told

    night(calendar, ON)  # no brake: nothing is moved or removed
    hidden = calendar.blocks()
    assert hidden.keys() == openly.keys()
    assert all(key.startswith("~") for key in keys(calendar))
    for body in hidden.values():
        assert not TELLING.search(body), body
        assert b"Busy" in body
    assert planned(calendar) == dict.fromkeys(told, "keep")
    assert night(calendar, ON).said == ""
    assert calendar.blocks() == hidden

    night(calendar, OFF)
    assert calendar.blocks().keys() == openly.keys()
    assert keys(calendar) == told
    assert planned(calendar) == dict.fromkeys(told, "keep")


def test_begun_discreetly_not_even_the_uid_follows_from_a_name(practice: Practice) -> None:
    """A UID is a hash that anybody could make of an owner and a guessed key: of a hidden key nobody can."""
    calendar = Folder(practice)
    night(calendar, "", "--yes")
    named = set(calendar.blocks())
    assert calendar.practice.run("clear", "--yes", **SECRETS).code == 0
    assert calendar.blocks() == {}
    night(calendar, ON, "--yes")
    assert not named & set(calendar.blocks())
    assert len(calendar.blocks()) == len(named)
    assert calendar.practice.run("clear", "--yes", **SECRETS).code == 0
    assert calendar.blocks() == {}
    night(calendar, ON)  # what was cleared is not taken for deleted by hand
    assert len(calendar.blocks()) == len(named)


def test_what_a_hand_moves_or_deletes_of_a_discreet_calendar_stays_so(practice: Practice) -> None:
    calendar = Folder(practice)
    night(calendar, ON, "--yes")
    night(calendar, ON)
    standing = planned(calendar)
    prayer = {path: body for path, body in own(calendar.folder).items() if b"DTSTART:20261202T13" in body}
    [(name, body)] = prayer.items()
    (calendar.folder / name).write_bytes(
        re.sub(rb"DTEND:20261202T13\d+", b"DTEND:20261202T134500",
               re.sub(rb"DTSTART:20261202T13\d+", b"DTSTART:20261202T133000", body))
    )  # fmt: skip
    [gone] = [path for path, body in own(calendar.folder).items() if b"DTSTART:20261201T13" in body]
    (calendar.folder / gone).unlink()
    night(calendar, ON)
    assert b"DTSTART:20261202T133000" in own(calendar.folder)[name]
    assert gone not in own(calendar.folder)
    after = planned(calendar)
    assert set(standing) - set(after) == {"protect/prayer/2026-12-01"}


def test_a_block_that_a_hand_moved_or_renamed_is_hidden_too_and_stays_as_the_hand_left_it(practice: Practice) -> None:
    calendar = Folder(practice)
    night(calendar, OFF, "--yes")
    moves = {b"DTSTART:20261202T13": "Mine", b"DTSTART:20261203T13": ""}
    moved = {}
    for start, words in moves.items():
        [(name, body)] = [(path, body) for path, body in own(calendar.folder).items() if start in body]
        later = re.sub(rb"(DT(?:START|END)):(\d{8})T13\d\d", rb"\1:\2T1350", body)
        later = re.sub(rb"DTEND:(\d{8})T1350", rb"DTEND:\1T1358", later)
        if words:
            later = later.replace(b"SUMMARY:Busy", f"SUMMARY:{words}\r\nDESCRIPTION:{words}".encode())
        (calendar.folder / name).write_bytes(later)
        moved[name] = later
    night(calendar, OFF)
    assert {name: own(calendar.folder)[name] for name in moved} == moved

    def there() -> list[list[bytes]]:
        told = rb"(?:DT(?:START|END)|SUMMARY|DESCRIPTION|CLASS|UID):.*"
        return [sorted(re.findall(told, own(calendar.folder)[name])) for name in moved]

    before = there()
    practice.file.write_text(practice.file.read_text().replace(OFF, ON))
    assert practice.run("preview").out.count("its hidden tag alone") == 2
    night(calendar, ON)
    assert there() == before
    assert all(key.startswith("~") for key in keys(calendar))
    hidden = own(calendar.folder)
    assert night(calendar, ON).said == ""
    assert own(calendar.folder) == hidden, "and the next night leaves it alone"
    assert practice.run("preview").out.count("moved or resized, and stays so") == 2
    assert practice.run("undo", "--yes").code == 0
    assert there() == before, "an undo moves nothing that a hand moved"
    night(calendar, ON)
    practice.file.write_text(practice.file.read_text().replace(ON, OFF))
    assert practice.run("preview", "--output", str(practice.folder / "plan.json")).code == 0
    ran = practice.run("apply", str(practice.folder / "plan.json"), "--yes", file=False)
    assert ran.code == 0, ran
    assert there() == before
    assert not any(key.startswith("~") for key in keys(calendar))


def test_a_run_of_a_discreet_calendar_can_be_taken_back(practice: Practice) -> None:
    calendar = Folder(practice)
    night(calendar, ON, "--yes")
    before = calendar.blocks()
    practice.calendar("diary", session(1, 10).replace("T10", "T11"))  # the session moves
    night(calendar, ON)
    assert calendar.blocks() != before
    assert practice.run("undo", "--yes").code == 0
    after = calendar.blocks()
    assert {uid: times_of(body) for uid, body in after.items()} == {u: times_of(body) for u, body in before.items()}
    assert all(key.startswith("~") for key in keys(calendar))
    assert not any(TELLING.search(body) for body in after.values())


def times_of(body: bytes) -> list[bytes]:
    return re.findall(rb"DT(?:START|END):\S+", body)


def test_check_refuses_a_title_that_tells_and_says_where_a_neutral_one_is_not_enough(practice: Practice) -> None:
    practice.one_therapist(session(1, 10), more='blocks: {title: "{name}!", discreet: yes}')
    ran = practice.run("check")
    assert ran.code == 1
    assert ran.error.endswith(
        "practice.yaml:9:17: this title tells what `discreet: yes` hides; write one without `{name}`, or `discreet: no`"
    )
    practice.one_therapist(session(1, 10), more="blocks: {title: Busy}")
    assert "write `discreet: yes`" in practice.run("check").out
    practice.one_therapist(session(1, 10), more="blocks: {title: Busy, discreet: no}")
    assert "discreet" not in practice.run("check").out
