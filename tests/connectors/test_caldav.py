"""CalDAV against real servers: the contract, finding a calendar by address or name, and every way to fail in one
line."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.base import CalendarError, Conflict, Connector
from connectors.caldav_server import CaldavCalendar
from connectors.ical_write import event_text
from rules.timeline import Ref
from tests.servers import RunningServer, free_port

from .contract import ME, WritableStage, WritingContract
from .samples import LONDON, WINDOW, context, entry, shown, vcalendar, vevent

pytestmark = pytest.mark.server
_names = (f"cal{number}" for number in itertools.count())
EVENT = vevent("one", ":20261124T100000Z", ":20261124T105000Z")


def opened(server: RunningServer, folder: Path, url: str, calendar: str | None = None, **options: object) -> Connector:
    login = {"user": server.user, "password": {"env": server.password}} if server.user else {}
    return CaldavCalendar(calendar, context(folder, "cloud", **{"url": url, "me": ME, **login, **options}))


class CaldavStage(WritableStage):
    def __init__(self, server: RunningServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.url = server.make_calendar(next(_names))

    def connect(self) -> Connector:
        return opened(self.server, self.folder, self.url)

    def put(self, name: str, *vevents: str) -> None:
        self.server.put(f"{self.url}{name}.ics", vcalendar(*vevents))

    def foreign(self) -> dict[str, bytes]:
        bodies = {url: self.server.get(url) for url in self.server.list(self.url)}
        return {url: body for url, body in bodies.items() if b"X-SESSION-BREAKS" not in body}

    def edit(self, ref: Ref, old: bytes, new: bytes) -> None:
        self.server.put(ref.where, self.server.get(ref.where).replace(old, new))

    def note_of(self, ref: Ref) -> str:
        return self.server.get(ref.where).decode()


class TestRadicale(WritingContract):
    @pytest.fixture
    def stage(self, radicale: RunningServer, tmp_path: Path) -> CaldavStage:
        return CaldavStage(radicale, tmp_path)


class TestXandikos(WritingContract):
    @pytest.fixture
    def stage(self, xandikos: RunningServer, tmp_path: Path) -> CaldavStage:
        return CaldavStage(xandikos, tmp_path)


@pytest.fixture(params=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest) -> RunningServer:
    found: RunningServer = request.getfixturevalue(request.param)
    return found


def failing(calendar: Connector) -> str:
    """The one line that reading fails with; it hides nothing that quotes an address or a password."""
    with pytest.raises(CalendarError) as caught:
        calendar.read(WINDOW, LONDON)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "127.0.0.1" not in str(caught.value)
    return str(caught.value)


def test_a_calendar_is_found_from_any_address_by_name_by_segment_and_by_address(
    server: RunningServer, tmp_path: Path
) -> None:
    segment = next(_names)
    title = f"Work of {segment}"
    url = server.make_calendar(segment, title)
    server.put(f"{url}one.ics", vcalendar(EVENT))
    for address in (server.root, server.principal, url):
        for name in (title, title.upper(), segment, url, url.rstrip("/")):
            calendar = opened(server, tmp_path, address, name)
            assert shown(calendar.read(WINDOW, LONDON)) == ["2026-11-24 10:00-10:50"], (address, name)
            assert calendar.name == f"cloud/{name}"
            calendar.close()


def test_from_one_calendars_address_another_is_found_by_name(server: RunningServer, tmp_path: Path) -> None:
    here, there = next(_names), next(_names)
    url = server.make_calendar(here)
    server.put(f"{server.make_calendar(there)}one.ics", vcalendar(EVENT))
    calendar = opened(server, tmp_path, url, there)
    assert shown(calendar.read(WINDOW, LONDON)) == ["2026-11-24 10:00-10:50"]
    calendar.close()


def test_an_unknown_calendar_is_refused_with_the_names_of_those_there_are(
    server: RunningServer, tmp_path: Path
) -> None:
    segment = next(_names)
    server.make_calendar(segment, f"Office {segment}")
    line = failing(opened(server, tmp_path, server.root, "wrok"))
    assert line.startswith("cloud/wrok: there is no such calendar; there are: ")
    assert f"Office {segment}" in line


def test_two_calendars_of_one_name_are_told_apart_by_their_addresses(server: RunningServer, tmp_path: Path) -> None:
    one, two = next(_names), next(_names)
    for segment in (one, two):
        server.make_calendar(segment, f"Twin {one}")
    line = failing(opened(server, tmp_path, server.root, f"twin {one}"))
    assert f"several calendars have this name; write one of: {one}, {two}" in line


def test_a_servers_address_alone_asks_for_a_name(radicale: RunningServer, tmp_path: Path) -> None:
    radicale.make_calendar(next(_names))
    radicale.make_calendar(next(_names))
    assert failing(opened(radicale, tmp_path, radicale.root)).startswith(
        "cloud: say which calendar, as in cloud/NAME; "
    )


def test_a_wrong_password_says_which_account_and_what_to_check(radicale: RunningServer, tmp_path: Path) -> None:
    line = failing(opened(radicale, tmp_path, radicale.root, "work", password={"env": "sentinel-password"}))
    assert line == "cloud: the server refused the login; check `user` and `password`"


def test_no_login_where_one_is_wanted_says_so(radicale: RunningServer, tmp_path: Path) -> None:
    line = failing(CaldavCalendar("work", context(tmp_path, "cloud", url=f"{radicale.root}tester/")))
    assert line == "cloud: the server refused the login; check `user` and `password`"


def test_a_server_that_is_down_says_which_account_and_what_to_check(tmp_path: Path) -> None:
    calendar = CaldavCalendar("work", context(tmp_path, "cloud", url=f"http://127.0.0.1:{free_port()}/"))
    assert failing(calendar) == "cloud: the server cannot be reached; check `url` and the network"


def test_an_address_with_nothing_there_says_so(radicale: RunningServer, tmp_path: Path) -> None:
    line = failing(opened(radicale, tmp_path, f"{radicale.home}nowhere/", "work"))
    assert line.startswith("cloud")
    assert "there is" in line


def test_a_plain_http_server_asked_for_tls_says_so(radicale: RunningServer, tmp_path: Path) -> None:
    line = failing(opened(radicale, tmp_path, radicale.root.replace("http:", "https:"), "work"))
    assert line in (
        "cloud: the server's certificate is not trusted; set `ca` to the file of its authority",
        "cloud: the server cannot be reached; check `url` and the network",
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "dav.example.org"}, "url: this is no address; it starts with https://"),
        ({"url": "https://lee:pw@dav.example.org/"}, "a password must not stand in the address"),
        ({"url": "https://dav.example.org/", "password": "pw-in-file"}, "a secret must not stand in the file; write"),
        ({"url": "https://dav.example.org/", "pasword": {"env": "X"}}, "pasword"),
        ({}, "url: Field required"),
        ({"url": "https://dav.example.org/", "me": "lee"}, "me: an e-mail address is wanted"),
    ],
)
def test_wrong_options_are_refused_without_quoting_a_secret(
    tmp_path: Path, options: dict[str, object], words: str
) -> None:
    with pytest.raises(CalendarError) as caught:
        CaldavCalendar(None, context(tmp_path, "cloud", **options))
    assert words in str(caught.value)
    assert "pw" not in str(caught.value)


def test_an_escaped_name_in_other_case_is_still_found(radicale: RunningServer, tmp_path: Path) -> None:
    segment = f"{next(_names)}@home"
    radicale.make_calendar(segment.replace("@", "%40"))
    calendar = opened(radicale, tmp_path, radicale.root, segment.upper())
    ref = calendar.create(entry())
    assert [e.ref for e in calendar.read(WINDOW, LONDON).events] == [ref]
    calendar.close()


def test_a_user_that_is_an_address_is_the_calendars_owner() -> None:
    from connectors.caldav_server import Options

    assert Options(url="https://dav.example.org/", user="Lee@Riverside.example").owner() == "lee@riverside.example"
    assert Options(url="https://dav.example.org/", user="lee").owner() == ""
    assert (
        Options(url="https://dav.example.org/", user="a@b.example", me="Mailto:Lee@x.example").owner()
        == "lee@x.example"
    )


@pytest.mark.parametrize("what", ["a task", "another event"])
def test_what_somebody_keeps_in_one_entry_with_a_block_stays_when_the_block_moves_or_goes(
    xandikos: RunningServer, tmp_path: Path, what: str
) -> None:
    stage = CaldavStage(xandikos, tmp_path)
    calendar = stage.open()
    ref = calendar.create(entry("a"))
    task = "BEGIN:VTODO\r\nUID:tax@practice.invalid\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Tax\r\nEND:VTODO\r\n"
    stage.edit(ref, b"END:VCALENDAR", (task if what == "a task" else EVENT).encode() + b"END:VCALENDAR")
    theirs = b"UID:tax@" if what == "a task" else b"UID:one"
    [block] = [e for e in calendar.read(WINDOW, LONDON).events if e.tag is not None]
    assert block.ref is not None
    moved = replace(entry("a"), title="Moved")
    calendar.update(block.ref, moved)
    assert b"SUMMARY:Moved" in stage.server.get(ref.where)
    assert theirs in stage.server.get(ref.where)
    [block] = [e for e in calendar.read(WINDOW, LONDON).events if e.tag is not None]
    assert block.ref is not None
    calendar.delete(block.ref)
    calendar.close()
    left = stage.server.get(ref.where)
    assert theirs in left
    assert b"X-SESSION-BREAKS" not in left


def test_of_two_blocks_and_an_event_in_one_entry_only_the_block_that_goes_goes(
    xandikos: RunningServer, tmp_path: Path
) -> None:
    stage = CaldavStage(xandikos, tmp_path)
    calendar = stage.open()
    first, second = entry("a"), entry("b", "2026-11-25 10:50")
    url = f"{stage.url}merged.ics"
    stage.put("merged", event_text(first).decode(), event_text(second).decode(), EVENT)
    blocks = {e.tag.key: e.ref for e in calendar.read(WINDOW, LONDON).events if e.tag is not None}
    assert blocks["a"]
    assert blocks["b"]
    calendar.update(calendar.update(blocks["a"], replace(first, title="Moved")), replace(first, title="Again"))
    with pytest.raises(Conflict, match="read again"):  # it is another version now, and may hold other things
        calendar.delete(blocks["b"])
    left = stage.server.get(url)
    assert all(part in left for part in (b"SUMMARY:Again", second.uid.encode(), b"UID:one"))
    for key, uid in (("b", second.uid), ("a", first.uid)):
        blocks = {e.tag.key: e.ref for e in calendar.read(WINDOW, LONDON).events if e.tag is not None}
        before = stage.server.get(url)
        assert blocks[key] is not None
        calendar.delete(blocks[key])
        left = stage.server.get(url)
        assert uid.encode() in before
        assert uid.encode() not in left
        assert b"UID:one" in left
    assert first.uid.encode() not in left
    calendar.close()


@pytest.mark.parametrize("what", ["a name that tells nothing", "the block's UID twice"])
def test_where_the_block_cannot_be_told_from_the_rest_of_its_entry_nothing_is_written(
    xandikos: RunningServer, tmp_path: Path, what: str
) -> None:
    stage = CaldavStage(xandikos, tmp_path)
    calendar = stage.open()
    first, second = entry("a"), entry("a" if "twice" in what else "b", "2026-11-25 10:50")
    stage.put("merged", event_text(first).decode(), event_text(second).decode(), EVENT)
    found = calendar.read(WINDOW, LONDON).events
    ref = next(e.ref for e in found if e.uid == "one")
    assert ref is not None
    before = stage.server.get(f"{stage.url}merged.ics")
    with pytest.raises(CalendarError, match="cloud: an entry holds a block and something else") as no:
        calendar.delete(ref)
    assert first.uid not in str(no.value)
    if "twice" in what:
        with pytest.raises(CalendarError, match="an entry holds a block and something else"):
            calendar.update(ref, replace(first, title="Moved"))
    assert stage.server.get(f"{stage.url}merged.ics") == before
    calendar.close()
