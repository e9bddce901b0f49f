"""Every way to change a block by hand, made by another client on a real server, and what comes of it over nights with
`edits: keep` and with `edits: restore`; then one block is taken back, and everything is cleared.

The story is told once for each server and mode; each test looks at one of its days. What is expected and why:
docs/decisions/0004-edits-by-hand.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.servers import PASSWORD, USER, RunningServer

from .practice import Practice, Ran, silent, vcalendar, vevent

pytestmark = pytest.mark.server
Held = dict[str, bytes]
DAYS = {
    name: f"202612{day:02}"
    for day, name in (
        (1, "moved"), (2, "resized"), (3, "renamed"), (4, "deleted"), (7, "free"), (8, "cancelled"), (9, "all-day"),
        (10, "series"), (11, "guests"), (14, "copied"), (15, "copied in its place"), (16, "copied elsewhere"),
        (17, "another zone"), (18, "noted"),
    )
}  # fmt: skip
OTHERS = ("series", "guests")
ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Europe/London\r\nBEGIN:STANDARD\r\nDTSTART:19961027T020000\r\nTZOFFSETFROM:+0100\r\n"
    "TZOFFSETTO:+0000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n"
    "DTSTART:19960331T010000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
    "END:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)
ALARM = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:tea\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n"


@dataclass
class Story:
    """`breaks`: the address of each day's break; `held`: the calendar's entries after each scene; `ran`: what was
    said."""

    server: RunningServer
    practice: Practice
    url: str
    elsewhere: str
    breaks: dict[str, str] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    ran: dict[str, Ran] = field(default_factory=dict)

    def shot(self) -> Held:
        return {url: self.server.get(url) for place in (self.url, self.elsewhere) for url in self.server.list(place)}

    def scene(self, name: str, *words: str) -> None:
        self.ran[name] = self.practice.run(*words)
        self.held[name] = self.shot()

    def edit(self, name: str, *changes: tuple[str, str]) -> None:
        """Change a block with another client."""
        body = self.server.get(self.breaks[name]).decode()
        for old, new in changes:
            changed = re.sub(old, new, body)
            assert changed != body, (name, old)
            body = changed
        self.server.put(self.breaks[name], body.encode())

    def block(self, name: str, scene: str) -> str:
        return self.held[scene][self.breaks[name]].decode()

    def plan(self, scene: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ran[scene].json()["therapists"][0]
        return found

    def by_hand(self, scene: str) -> dict[str, str]:
        """How each block was changed, by the day that it is of."""
        days = {day: name for name, day in DAYS.items()}
        return {days[one["start"][:10].replace("-", "")]: one["how"] for one in self.plan(scene)["by_hand"]}


@pytest.fixture(scope="module", params=["radicale keep", "radicale restore", "xandikos keep"])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    name, mode = request.param.split()
    server: RunningServer = request.getfixturevalue(name)
    practice = Practice(tmp_path_factory.mktemp(f"edits-{name}-{mode}"))
    url, elsewhere = (server.make_calendar(f"edits-{mode}-{which}") for which in ("work", "home"))
    for day in DAYS.values():
        event = vevent(f"session-{day}", f"{day}T100000", f"{day}T105000")
        server.put(f"{url}session-{day}.ics", vcalendar(event))
    login = ""
    if server.user:
        (practice.folder / "password").write_text(f"{PASSWORD}\n")
        (practice.folder / "password").chmod(0o600)
        login = f", user: {USER}, password: {{file: password}}"
    accounts = "\n".join(f"{n}: {{type: caldav, url: '{u}'{login}}}" for n, u in (("work", url), ("home", elsewhere)))
    practice.rules(accounts, "lee: {read: [work, home], write: work}", more=f"horizon: 3 weeks\nedits: {mode}")
    practice.file.write_text(practice.file.read_text().replace("horizon: 1 week\n", ""))
    told = Story(server, practice, url, elsewhere)
    told.scene("written", "sync", "--yes")
    for address, body in told.held["written"].items():
        for name_, day in DAYS.items():
            if f"DTSTART:{day}T105000Z".encode() in body:
                told.breaks[name_] = address
    assert told.breaks.keys() == DAYS.keys()
    told.scene("seen", "sync")
    changed_by_hand(told)
    told.held["changed"] = told.shot()
    told.scene("told", "preview", "--format", "json")
    told.scene("in words", "preview")
    told.scene("first night", "sync")
    told.scene("second night", "sync")
    told.scene("then", "preview", "--format", "json")
    back = ("--restore", "2026-12-01T12:05", "--restore", "2026-12-04") if mode == "keep" else ()
    told.scene("taken back", "sync", *back)
    told.scene("last night", "sync")
    told.scene("cleared", "clear", "--yes")
    yield told
    for address in told.shot():
        server.delete(address)


def changed_by_hand(told: Story) -> None:
    server = told.server
    copied = {}
    for name in ("copied", "copied in its place", "copied elsewhere"):
        copied[name] = server.get(told.breaks[name]).decode()
    told.edit("moved", (r"DTSTART:(\d+)T105000Z", r"DTSTART:\1T120000Z"), (r"DTEND:(\d+)T110000Z", r"DTEND:\1T121000Z"))
    told.edit("resized", (r"DTEND:(\d+)T110000Z", r"DTEND:\1T112000Z"))
    told.edit("renamed", ("SUMMARY:Break", "SUMMARY:Tea"))
    server.delete(told.breaks["deleted"])
    told.edit("free", ("TRANSP:OPAQUE", "TRANSP:TRANSPARENT"))
    told.edit("cancelled", ("SUMMARY:Break", "SUMMARY:Break\r\nSTATUS:CANCELLED"))
    told.edit(
        "all-day",
        (r"DTSTART:(\d{8})T105000Z", r"DTSTART;VALUE=DATE:\1"),
        (r"DTEND:(\d{6})09T110000Z", r"DTEND;VALUE=DATE:\g<1>10"),
    )
    told.edit("series", ("SUMMARY:Break", "RRULE:FREQ=DAILY;INTERVAL=4;COUNT=3\r\nSUMMARY:Break"))
    told.edit(
        "guests",
        (
            "SUMMARY:Break",
            "ORGANIZER:mailto:lee@riverside.example\r\nATTENDEE:mailto:lee@riverside.example\r\n"
            "ATTENDEE:mailto:noor@riverside.example\r\nSUMMARY:Break",
        ),
    )
    copy = re.sub(r"UID:\S+", "UID:a-copy", copied["copied"]).replace("T105000Z", "T150000Z")
    server.put(f"{told.url}a-copy.ics", copy.replace("T110000Z", "T151000Z").encode())
    twin = re.sub(r"UID:\S+", "UID:a-twin", copied["copied in its place"])
    server.put(f"{told.url}a-twin.ics", twin.encode())
    server.put(f"{told.elsewhere}same-uid.ics", copied["copied elsewhere"].encode())
    told.edit(
        "another zone",
        (r"DT(START|END):(\d{8}T\d{6})Z", r"DT\1;TZID=Europe/London:\2"),
        ("BEGIN:VEVENT", f"{ZONE}BEGIN:VEVENT"),
    )
    told.edit("noted", ("END:VEVENT", f"DESCRIPTION:call the bank\r\nCOLOR:plum\r\n{ALARM}END:VEVENT"))


def kept(story: Story) -> bool:
    return "edits: keep" in story.practice.file.read_text()


def test_every_night_went_well_and_nobody_elses_event_was_touched(story: Story) -> None:
    for name in ("written", "seen", "first night", "second night", "taken back", "last night"):
        assert silent(story.ran[name]), (name, story.ran[name])
    for scene in story.held.values():
        assert {url for url in scene if "session-2026" in url} == {
            url for url in story.held["written"] if "session-2026" in url
        }


def test_what_is_kept_stays_to_the_byte(story: Story) -> None:
    if kept(story):
        night = story.held["first night"]
        assert {url: night.get(url) for url in story.held["changed"]} == story.held["changed"]
        [new] = night.keys() - story.held["changed"].keys()  # time held before the copy, which is a meeting now
        assert b"key=guard/breaks/2026-12-14/" in night[new].replace(b"\r\n ", b"")
    assert story.held["second night"] == story.held["first night"]


def test_with_restore_times_titles_and_busy_time_go_back(story: Story) -> None:
    if kept(story):
        return
    for name in ("moved", "resized", "renamed", "deleted", "free", "cancelled", "all-day"):
        body = story.block(name, "first night")
        day = DAYS[name]
        for line in (f"DTSTART:{day}T105000Z", f"DTEND:{day}T110000Z", "SUMMARY:Break", "TRANSP:OPAQUE"):
            assert line in body, (name, line)
        assert "CANCELLED" not in body


@pytest.mark.parametrize("name", OTHERS)
def test_a_series_and_a_meeting_made_from_a_block_are_the_therapists_own(story: Story, name: str) -> None:
    for scene in ("first night", "second night", "taken back", "last night", "cleared"):
        assert story.block(name, scene) == story.block(name, "changed"), scene


def test_a_copy_is_the_therapists_own(story: Story) -> None:
    for where in ("a-copy.ics", "a-twin.ics"):
        url = f"{story.url}{where}"
        assert {scene[url] for at, scene in story.held.items() if at not in ("written", "seen")} == {
            story.held["changed"][url]
        }
    url = f"{story.elsewhere}same-uid.ics"
    assert story.held["cleared"][url] == story.held["changed"][url]
    for name in ("copied", "copied in its place", "copied elsewhere"):
        assert story.block(name, "second night") == story.block(name, "written")


def test_a_copys_time_is_busy(story: Story) -> None:
    day = f"{DAYS['copied'][:4]}-12-14"
    assert not any(o["start"] <= f"{day}T15:05:00+00:00" < o["end"] for o in story.plan("told")["open"])


def test_time_that_is_not_held_may_be_booked(story: Story) -> None:
    def is_open(name: str) -> bool:
        at = f"2026-12-{DAYS[name][6:]}T10:55:00+00:00"
        return any(o["start"] <= at < o["end"] for o in story.plan("then")["open"])

    for name in ("free", "cancelled", "all-day", "deleted"):
        assert is_open(name) is kept(story), name
    for name in ("series", "guests", "noted", "another zone"):
        assert not is_open(name), name


def test_a_note_a_colour_and_an_alarm_are_kept(story: Story) -> None:
    for scene in ("first night", "last night"):
        body = story.block("noted", scene)
        for words in ("DESCRIPTION:call the bank", "COLOR:plum", "BEGIN:VALARM", "TRIGGER:-PT5M"):
            assert words in body


def test_another_time_zone_alone_is_no_change(story: Story) -> None:
    assert "another zone" not in story.by_hand("told")
    assert story.block("another zone", "last night") == story.block("another zone", "changed")


def test_preview_says_what_was_changed_and_how_to_have_it_back(story: Story) -> None:
    found = story.by_hand("told")
    theirs = {name: name for name in OTHERS}
    if kept(story):
        same = ("renamed", "deleted", "free", "cancelled", "all-day", *OTHERS)
        assert found == {"moved": "moved", "resized": "moved", **{name: name for name in same}}
        words = " ".join(story.ran["in words"].out.split())
        assert "Changed by hand 9" in words
        assert "session-breaks sync --restore 2026-12-01T12:00" in words
    else:
        assert found == theirs
    assert story.by_hand("then") == found


def test_one_block_is_taken_back_and_stays_so(story: Story) -> None:
    for scene in ("taken back", "last night"):
        assert "DTSTART:20261201T105000Z" in story.block("moved", scene)
        assert f"DTSTART:{DAYS['deleted']}T105000Z" in story.block("deleted", scene)
    if kept(story):
        assert story.block("resized", "last night") == story.block("resized", "changed")


def test_clear_removes_our_blocks_and_nothing_that_became_somebodys_own(story: Story) -> None:
    left = {url for url in story.held["cleared"] if "session-2026" not in url}
    assert left == {
        *(story.breaks[name] for name in OTHERS),
        f"{story.url}a-copy.ics",
        f"{story.url}a-twin.ics",
        f"{story.elsewhere}same-uid.ics",
    }
