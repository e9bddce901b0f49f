"""What calendar servers do that no server here does: a scripted server answers as others were seen to."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import CalendarError, Conflict, Unreadable
from connectors.caldav_server import LOOKS, CaldavCalendar
from connectors.dav import Found, Server
from connectors.ical_write import calendar_text, file_stem
from rules.timeline import Ref

from .samples import LONDON, WINDOW, context, entry, shown, vcalendar, vevent

EVENT = vcalendar(vevent("one", ":20261124T100000Z", ":20261124T105000Z", "SUMMARY:Sentinel Client")).decode()
ONE = ["2026-11-24 10:00-10:50"]
HOME = "/dav/lee/work/"
SELF = (
    "<d:response><d:href>{href}</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
    "<d:displayname>Work</d:displayname></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
)
Answer = tuple[int, dict[str, str], str]


def multistatus(*responses: str) -> Answer:
    body = f'<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">{"".join(responses)}</d:multistatus>'
    return 207, {"Content-Type": "application/xml; charset=utf-8"}, body


def item(href: str, data: str = EVENT, etag: str = '"1"') -> str:
    return (
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop><d:getetag>{etag}</d:getetag>"
        f"<c:calendar-data>{data}</c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>"
        "</d:response>"
    )


def gone(href: str, status: str = "404 Not Found") -> str:
    return f"<d:response><d:href>{href}</d:href><d:status>HTTP/1.1 {status}</d:status></d:response>"


class Scripted:
    """A server that is one calendar at ``/dav/lee/work/`` and answers each method as a test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        self.answers: dict[str, Callable[[str], Answer | None]] = {
            "PROPFIND": lambda path: multistatus(SELF.format(href=path)) if path == HOME else (404, {}, ""),
        }
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                scripted.asked.append((self.command, self.path, headers, body))
                answer = scripted.answers.get(self.command, lambda _: (405, {}, ""))(self.path)
                if answer is None:  # drop the connection without a word
                    self.close_connection = True
                    return
                status, more, text = answer
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_PROPFIND = do_REPORT = do_PUT = do_DELETE = do_GET = handle_any  # noqa: N815 - the base class's names

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        self.root = f"http://127.0.0.1:{self.server.server_port}"

    def count(self, method: str) -> int:
        return sum(asked[0] == method for asked in self.asked)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.close()


@pytest.fixture(params=["plain", "library"])
def calendar(
    server: Scripted, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CaldavCalendar]:
    """Spoken to by plain HTTP as soon as the login is known, or by the caldav library throughout."""
    if request.param == "library":
        monkeypatch.setattr("connectors.dav_plain.usable", lambda: False)
    opened = CaldavCalendar(None, context(tmp_path, "cloud", url=server.root + HOME))
    yield opened
    opened.close()


def failing(calendar: CaldavCalendar, kind: type[CalendarError] = CalendarError) -> str:
    with pytest.raises(kind) as caught:
        calendar.read(WINDOW, LONDON)
    assert "\n" not in str(caught.value)
    assert "entinel" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


def test_one_query_names_events_window_version_and_data(server: Scripted, calendar: CaldavCalendar) -> None:
    server.answers["REPORT"] = lambda _: multistatus(item(HOME + "one.ics"))
    assert shown(calendar.read(WINDOW, LONDON)) == ONE
    [(_, path, headers, body)] = [asked for asked in server.asked if asked[0] == "REPORT"]
    assert (path, headers["depth"]) == (HOME, "1")
    for part in ('name="VEVENT"', "time-range", "getetag", "calendar-data"):
        assert part in body
    assert "expand" not in body


def test_the_collection_itself_and_what_went_away_are_passed_over(server: Scripted, calendar: CaldavCalendar) -> None:
    server.answers["REPORT"] = lambda _: multistatus(
        SELF.format(href=HOME), gone(HOME + "two.ics"), item(HOME + "one.ics"), SELF.format(href=HOME.rstrip("/"))
    )
    assert shown(calendar.read(WINDOW, LONDON)) == ONE


def test_events_outside_the_window_are_left_out_whatever_the_server_sends(
    server: Scripted, calendar: CaldavCalendar
) -> None:
    other = EVENT.replace("20261124", "20270301")
    server.answers["REPORT"] = lambda _: multistatus(item(HOME + "one.ics"), item(HOME + "two.ics", other))
    assert shown(calendar.read(WINDOW, LONDON)) == ONE


def test_addresses_may_be_whole_escaped_or_plain(server: Scripted, calendar: CaldavCalendar) -> None:
    server.answers["REPORT"] = lambda _: multistatus(
        item(f"{server.root}{HOME}a.ics"), item("/dav/%6cee/work/b%40c.ics"), item("c.ics")
    )
    assert shown(calendar.read(WINDOW, LONDON)) == ONE * 3


@pytest.mark.parametrize(
    "href", ["https://elsewhere.example/dav/lee/work/one.ics", "/dav/noor/work/one.ics", HOME + "../../noor/one.ics"]
)
def test_an_entry_on_another_host_or_in_another_calendar_stops_the_reading(
    server: Scripted, calendar: CaldavCalendar, href: str
) -> None:
    server.answers["REPORT"] = lambda _: multistatus(item(href))
    assert "an entry that is not in this calendar" in failing(calendar)


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (gone(HOME, "507 Insufficient Storage"), "has more to say than it allows (507)"),
        (gone(HOME + "x.ics", "500 Internal Server Error"), "the server failed (500)"),
        (gone(HOME + "x.ics", "403 Forbidden"), "may not do that"),
    ],
)
def test_a_reply_with_a_part_missing_is_an_error_never_a_part(
    server: Scripted, calendar: CaldavCalendar, response: str, words: str
) -> None:
    server.answers["REPORT"] = lambda _: multistatus(item(HOME + "one.ics"), response)
    assert words in failing(calendar)


def test_an_entry_that_comes_without_its_data_is_fetched(server: Scripted, calendar: CaldavCalendar) -> None:
    server.answers["REPORT"] = lambda _: multistatus(item(HOME + "one.ics", ""), item(HOME + "two.ics", ""))
    server.answers["GET"] = lambda path: (200, {"ETag": '"1"'}, EVENT) if path.endswith("one.ics") else (404, {}, "")
    assert shown(calendar.read(WINDOW, LONDON)) == ONE


@pytest.mark.parametrize(
    "answer",
    [
        (207, {"Content-Type": "application/xml"}, multistatus(item(HOME + "one.ics"))[2][:-60]),
        (207, {"Content-Type": "text/html"}, "<html><body>Sentinel sign-in</body></html>"),
        (207, {"Content-Type": "application/xml"}, "Sentinel"),
        (207, {}, ""),
    ],
)
def test_a_reply_that_is_cut_off_or_something_else_is_unreadable_and_not_logged(
    server: Scripted, calendar: CaldavCalendar, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers["REPORT"] = lambda _: answer
    assert failing(calendar, Unreadable).startswith("cloud: the server's answer is ")
    assert "entinel" not in caplog.text


def test_nothing_of_a_good_reply_is_logged_either(
    server: Scripted, calendar: CaldavCalendar, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers["REPORT"] = lambda _: multistatus(item(HOME + "one.ics"))
    calendar.read(WINDOW, LONDON)
    assert caplog.text == ""


@pytest.mark.parametrize(
    "first", [None, (429, {"Retry-After": "0"}, ""), (503, {"Retry-After": "0"}, ""), (502, {}, "")]
)
def test_a_dropped_connection_and_a_busy_server_are_tried_again_for_reading(
    server: Scripted, calendar: CaldavCalendar, first: Answer | None
) -> None:
    server.answers["REPORT"] = lambda _: first if server.count("REPORT") < 2 else multistatus(item(HOME + "one.ics"))
    assert shown(calendar.read(WINDOW, LONDON)) == ONE


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "the server cannot be reached"),
        ((429, {"Retry-After": "0"}, ""), "the server is busy (429)"),
        ((500, {}, "Sentinel"), "the server failed (500)"),
        ((403, {}, "Sentinel"), "this login may not do that"),
        ((401, {}, "Sentinel"), "the server refused the login"),
        ((404, {}, "Sentinel"), "there is nothing at this address"),
        ((200, {"Content-Type": "text/html"}, "<html>Sentinel"), "the server answered 200"),
    ],
)
def test_a_server_that_keeps_failing_is_one_line(
    server: Scripted, calendar: CaldavCalendar, answer: Answer | None, words: str
) -> None:
    server.answers["REPORT"] = lambda _: answer
    assert words in failing(calendar)
    assert server.count("REPORT") <= 3


@pytest.mark.parametrize("sent", [{}, {"ETag": 'W/"weak"'}])
def test_a_version_that_does_not_come_with_the_write_is_asked_for(
    server: Scripted, calendar: CaldavCalendar, sent: dict[str, str]
) -> None:
    there: list[str] = []

    def propfind(path: str) -> Answer:
        if path == HOME:
            return multistatus(SELF.format(href=HOME))
        return multistatus(item(path, etag='"strong"')) if there else (404, {}, "")

    def put(path: str) -> Answer:
        there.append(path)
        return 201, sent, ""

    server.answers |= {"PROPFIND": propfind, "PUT": put}
    assert calendar.create(entry()).etag == '"strong"'
    [headers] = [asked[2] for asked in server.asked if asked[0] == "PUT"]
    assert headers["if-none-match"] == "*"


def test_a_create_is_a_conflict_even_where_the_server_ignores_the_condition(
    server: Scripted, calendar: CaldavCalendar
) -> None:
    """Two servers answer If-None-Match with success and overwrite; so the entry is looked for first."""
    server.answers["PROPFIND"] = lambda path: multistatus(SELF.format(href=path) if path == HOME else item(path))
    server.answers["PUT"] = lambda _: (204, {}, "")
    with pytest.raises(Conflict):
        calendar.create(entry())
    assert server.count("PUT") == 0


@pytest.mark.parametrize("whole", [True, False])
def test_so_it_is_where_many_are_made_whether_or_not_the_server_lists_them_all(
    server: Scripted, calendar: CaldavCalendar, whole: bool
) -> None:
    made = [entry(f"breaks.after/{number}") for number in range(LOOKS + 9)]
    taken = f"{HOME}{file_stem(made[-2].uid)}.ics"

    def propfind(path: str) -> Answer:
        if path == HOME and server.asked[-1][2]["depth"] == "1":
            more = [] if whole else [gone(HOME, "507 Insufficient Storage")]
            return multistatus(SELF.format(href=HOME), *([item(taken)] if whole else []), *more)
        if path not in (HOME, taken):
            return 404, {}, ""
        return multistatus(SELF.format(href=path) if path == HOME else item(path))

    server.answers |= {"PROPFIND": propfind, "PUT": lambda _: (201, {"ETag": '"1"'}, "")}
    for one_by_one in (False, True):
        server.asked.clear()
        outcomes = list(map(calendar._created, made)) if one_by_one else list(calendar.create_all(made))
        assert [isinstance(o, Conflict) for o in outcomes] == [m is made[-2] for m in made]
        assert taken not in [path for method, path, *_ in server.asked if method == "PUT"]


def test_a_server_that_drops_connections_is_not_asked_side_by_side_any_more(
    server: Scripted, calendar: CaldavCalendar
) -> None:
    seen: list[str] = []
    side_by_side: list[str] = []
    busy = threading.Semaphore(1)

    def put(path: str) -> Answer | None:
        dropped, alone = not seen, busy.acquire(blocking=False)
        seen.append(path)
        time.sleep(0.01)
        if alone:
            busy.release()
        else:
            side_by_side.append(path)
        return None if dropped else (201, {"ETag": '"1"'}, "")

    def propfind(path: str) -> Answer:
        return multistatus(SELF.format(href=HOME)) if path == HOME else (404, {}, "")

    server.answers |= {"PROPFIND": propfind, "PUT": put}
    for first in (0, 10):
        side_by_side.clear()
        outcomes = list(calendar.create_all([entry(f"breaks.after/{first + n}") for n in range(10)]))
        assert all(isinstance(outcome, Ref) for outcome in outcomes)
    assert side_by_side == []


def test_a_write_is_tried_again_after_a_dropped_connection_with_the_same_condition(
    server: Scripted, calendar: CaldavCalendar
) -> None:
    server.answers["PUT"] = lambda _: (204, {"ETag": '"2"'}, "") if server.count("PUT") == 2 else None
    assert calendar.update(Ref(f"{server.root}{HOME}x.ics", '"1"'), entry()).etag == '"2"'
    assert [asked[2]["if-match"] for asked in server.asked if asked[0] == "PUT"] == ['"1"', '"1"']


def test_a_write_that_arrived_before_the_connection_dropped_is_a_conflict(
    server: Scripted, calendar: CaldavCalendar
) -> None:
    server.answers["PUT"] = lambda _: None if server.count("PUT") == 1 else (412, {}, "")
    with pytest.raises(Conflict):
        calendar.update(Ref(f"{server.root}{HOME}x.ics", '"1"'), entry())


@pytest.mark.parametrize("status", [429, 503])
def test_a_write_that_a_busy_server_puts_off_is_sent_again_when_the_server_says_and_not_before(
    server: Scripted, calendar: CaldavCalendar, status: int
) -> None:
    at: list[float] = []

    def put(_path: str) -> Answer:
        at.append(time.monotonic())
        return (204, {"ETag": '"2"'}, "") if len(at) == 2 else (status, {"Retry-After": "1"}, "")

    server.answers["PUT"] = put
    assert calendar.update(Ref(f"{server.root}{HOME}x.ics", '"1"'), entry()).etag == '"2"'
    assert [asked[2]["if-match"] for asked in server.asked if asked[0] == "PUT"] == ['"1"', '"1"']
    assert at[1] - at[0] >= 0.99


def test_a_server_that_wants_to_be_left_alone_for_an_hour_is(server: Scripted, calendar: CaldavCalendar) -> None:
    server.answers["REPORT"] = lambda _: (503, {"Retry-After": "3600"}, "")
    assert "the server is busy (503); try again later" in failing(calendar)
    assert server.count("REPORT") == 1


def test_a_server_that_says_nothing_is_waited_for_as_long_as_the_account_says(server: Scripted, tmp_path: Path) -> None:
    done = threading.Event()
    server.answers["REPORT"] = lambda _: None if done.wait(10) else (500, {}, "")
    slow = CaldavCalendar(None, context(tmp_path, "cloud", url=server.root + HOME, timeout="1 s"))
    begun = time.monotonic()
    try:
        assert "the server did not answer within a second; if it is slow, set `timeout`" in failing(slow)
        assert time.monotonic() - begun < 5
    finally:
        done.set()
        slow.close()


def test_a_new_block_that_is_refused_though_nothing_is_there_is_sent_once_more(
    server: Scripted, calendar: CaldavCalendar
) -> None:
    """Taken for a conflict, the block would get another key in the next reading."""
    server.answers["PUT"] = lambda _: (201, {"ETag": '"1"'}, "") if server.count("PUT") == 2 else (412, {}, "")
    assert calendar.create(entry()).etag == '"1"'
    assert [asked[2]["if-none-match"] for asked in server.asked if asked[0] == "PUT"] == ["*", "*"]


def test_a_write_that_the_server_failed_at_is_not_repeated(server: Scripted, calendar: CaldavCalendar) -> None:
    server.answers["PUT"] = lambda _: (500, {}, "Sentinel")
    with pytest.raises(CalendarError, match=r"cloud: the server failed \(500\)"):
        calendar.update(Ref(f"{server.root}{HOME}x.ics", '"1"'), entry())
    assert server.count("PUT") == 1


def test_a_uid_that_the_server_has_elsewhere_is_a_conflict(server: Scripted, calendar: CaldavCalendar) -> None:
    taken = '<d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:no-uid-conflict/></d:error>'
    server.answers["PUT"] = lambda _: (403, {"Content-Type": "application/xml"}, taken)
    with pytest.raises(Conflict):
        calendar.update(Ref(f"{server.root}{HOME}x.ics", '"1"'), entry())


@pytest.mark.parametrize(("status", "conflict"), [(409, True), (412, True), (404, True), (403, False), (507, False)])
def test_a_refused_write_is_a_conflict_only_where_reading_again_helps(
    server: Scripted, calendar: CaldavCalendar, status: int, conflict: bool
) -> None:
    server.answers["PUT"] = lambda _: (status, {}, "Sentinel")
    with pytest.raises(CalendarError) as caught:
        calendar.update(Ref(f"{server.root}{HOME}x.ics", '"1"'), entry())
    assert isinstance(caught.value, Conflict) is conflict
    assert "entinel" not in str(caught.value)


def test_without_a_version_nothing_is_overwritten_or_removed(server: Scripted, calendar: CaldavCalendar) -> None:
    ref = Ref(f"{server.root}{HOME}x.ics", "")
    with pytest.raises(Conflict):
        calendar.update(ref, entry())
    with pytest.raises(Conflict):
        calendar.delete(ref)
    assert server.count("PUT") + server.count("DELETE") == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_at_the_start_is_followed_with_the_whole_request_and_kept(
    server: Scripted, tmp_path: Path, status: int
) -> None:
    def propfind(path: str) -> Answer:
        if path in ("/", "/.well-known/caldav"):
            return status, {"Location": HOME}, ""
        assert "calendar-home-set" in server.asked[-1][3]
        return multistatus(SELF.format(href=path))

    server.answers |= {"PROPFIND": propfind, "REPORT": lambda _: multistatus(item(HOME + "one.ics"))}
    moved = CaldavCalendar(None, context(tmp_path, "cloud", url=server.root + "/"))
    assert shown(moved.read(WINDOW, LONDON)) == ONE
    assert [asked[1] for asked in server.asked if asked[0] == "REPORT"] == [HOME]
    moved.close()


def test_a_calendar_is_found_through_the_well_known_address(server: Scripted, tmp_path: Path) -> None:
    def propfind(path: str) -> Answer:
        if path == "/.well-known/caldav":
            return 302, {"Location": HOME}, ""
        return multistatus(SELF.format(href=path)) if path == HOME else (404, {}, "")

    server.answers |= {"PROPFIND": propfind, "REPORT": lambda _: multistatus(item(HOME + "one.ics"))}
    found = CaldavCalendar("work", context(tmp_path, "cloud", url=server.root + "/"))
    assert shown(found.read(WINDOW, LONDON)) == ONE
    found.close()


def test_a_redirect_to_another_host_is_not_followed_when_reading_or_writing(
    server: Scripted, calendar: CaldavCalendar
) -> None:
    away = (307, {"Location": "http://elsewhere.example/"}, "")
    server.answers |= {"REPORT": lambda _: away, "PUT": lambda _: away}
    assert "sends us to another host" in failing(calendar)
    with pytest.raises(CalendarError, match="sends us to another host"):
        calendar.update(Ref(f"{server.root}{HOME}x.ics", '"1"'), entry())


def test_a_redirect_in_circles_ends(server: Scripted, calendar: CaldavCalendar) -> None:
    server.answers["REPORT"] = lambda path: (302, {"Location": path}, "")
    assert "in circles" in failing(calendar)


def test_a_server_that_points_to_a_stranger_is_not_followed_with_the_password(server: Scripted, tmp_path: Path) -> None:
    stranger = (
        "<d:response><d:href>/</d:href><d:propstat><d:prop><c:calendar-home-set><d:href>https://elsewhere.example/</d:href>"
        "</c:calendar-home-set></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )
    server.answers["PROPFIND"] = lambda _: multistatus(stranger)
    login = {"user": "lee", "password": {"env": "secret"}}
    calendar = CaldavCalendar("work", context(tmp_path, "cloud", url=server.root + "/", **login))
    assert "another host, which is not trusted with the password" in failing(calendar)
    calendar.close()


NAMED = re.compile(r'<c:comp name="VEVENT">(.*?)</c:comp>', re.DOTALL)


@pytest.fixture
def untitled(server: Scripted, tmp_path: Path) -> Iterator[CaldavCalendar]:
    """The calendar, of whose events no title may be read."""
    surroundings = replace(context(tmp_path, "cloud", url=server.root + HOME), titles=False)
    opened = CaldavCalendar(None, surroundings)
    yield opened
    opened.close()


def asked_for(body: str) -> set[str]:
    """The properties of events that a request names; none: whole events."""
    found = NAMED.search(body)
    return set(re.findall(r'name="([^"]+)"', found[1])) if found else set()


def reports(server: Scripted) -> list[str]:
    return [body for method, _, _, body in server.asked if method == "REPORT"]


def test_where_titles_are_never_read_they_are_not_asked_for(server: Scripted, untitled: CaldavCalendar) -> None:
    bare = EVENT.replace("SUMMARY:Sentinel Client\r\n", "")
    server.answers["REPORT"] = lambda _: multistatus(item(HOME + "one.ics", bare))
    assert shown(untitled.read(WINDOW, LONDON)) == ONE
    [body] = reports(server)
    assert {"UID", "DTSTART", "RRULE", "TRANSP", "X-SESSION-BREAKS"} <= asked_for(body)
    assert not asked_for(body) & {"SUMMARY", "DESCRIPTION", "LOCATION", "ATTENDEE", "ORGANIZER", "CATEGORIES"}
    assert "<c:allprop/>" not in NAMED.search(body)[0]  # type: ignore[index]


def test_the_owners_own_answer_is_asked_for_where_the_owner_is_known(server: Scripted, tmp_path: Path) -> None:
    server.answers["REPORT"] = lambda _: multistatus()
    surroundings = context(tmp_path, "cloud", url=server.root + HOME, me="lee@riverside.example")
    opened = CaldavCalendar(None, replace(surroundings, titles=False))
    opened.read(WINDOW, LONDON)
    opened.close()
    [body] = reports(server)
    assert "ATTENDEE" in asked_for(body)
    assert "SUMMARY" not in asked_for(body)


def test_only_our_own_blocks_titles_are_asked_for_by_their_addresses(
    server: Scripted, untitled: CaldavCalendar
) -> None:
    block = calendar_text(entry(title="Tea & cake")).decode()
    ours, theirs = HOME + "sb%20%26.ics", HOME + "one.ics"
    bare = [item(theirs, EVENT.replace("SUMMARY:Sentinel Client\r\n", "")),
            item(ours.replace("&", "&amp;"), block.replace("SUMMARY:Tea & cake\r\n", ""))]  # fmt: skip
    answers = iter([multistatus(*bare), multistatus(item(ours, escape(block), '"2"'))])
    server.answers["REPORT"] = lambda _: next(answers)
    events = untitled.read(WINDOW, LONDON).events
    assert [(e.title, e.ref.etag) for e in events if e.ref] == [("", '"1"'), ("Tea & cake", '"2"')]
    _, second = reports(server)
    assert "calendar-multiget" in second
    assert re.findall("<d:href>(.*?)</d:href>", second) == [ours]


@pytest.mark.parametrize(
    "first",
    [
        multistatus(item(HOME + "one.ics", "").replace("200 OK", "404 Not Found")),
        multistatus(item(HOME + "one.ics", EVENT.replace("UID:one\r\n", ""))),
        (501, {}, ""),
        (400, {}, ""),
    ],
    ids=["no data", "no UID", "not implemented", "refused"],
)
def test_a_server_that_cannot_leave_titles_out_is_asked_for_all_and_the_titles_are_dropped(
    server: Scripted, untitled: CaldavCalendar, first: Answer
) -> None:
    answers = iter([first, multistatus(item(HOME + "one.ics"))])
    server.answers["REPORT"] = lambda _: next(answers)
    [event] = untitled.read(WINDOW, LONDON).events
    assert (event.uid, event.title) == ("one", "")
    assert [bool(asked_for(body)) for body in reports(server)] == [True, False]


@given(st.text("/.:?#%ab~;=@ -_", max_size=14), st.sampled_from(["http://h:8/a/b/", "https://h", "http://[::1]:8/a/c"]))
def test_a_plain_path_is_resolved_as_every_other_reference(reference: str, base: str) -> None:
    from connectors.dav import _PLAIN_PATH, _joined

    if _PLAIN_PATH.fullmatch(reference):
        assert _joined(base, reference) == urljoin(base, reference)


def test_a_reading_may_hold_twice_the_tags_of_a_reply_and_the_writes_after_it_are_another_sum(
    server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.dav.MOST_TAGS", 60)
    block = calendar_text(entry("a")).decode()
    noise = "<d:x/>"
    server.answers["REPORT"] = lambda _: multistatus(item(f"{HOME}a.ics", block), noise * 40)
    server.answers["PUT"] = lambda _: (204, {}, "")
    found = server.answers["PROPFIND"]
    server.answers["PROPFIND"] = lambda path: found(path) if path == HOME else multistatus(item(path, ""), noise * 20)
    calendar = CaldavCalendar(None, context(tmp_path, "cloud", url=server.root + HOME))
    [event] = calendar.read(WINDOW, LONDON).events
    assert event.ref is not None
    for _ in range(3):  # each asks for the entry's version
        calendar.update(event.ref, entry("a"))
    with pytest.raises(Unreadable, match="larger than any calendar"):
        calendar.update(event.ref, entry("a"))
    calendar.close()


@pytest.mark.parametrize("tags", [[61], [60, 61], [60, 60, 3]])
def test_tags_are_counted_for_a_reply_and_for_all_of_a_reading(
    tags: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.dav.MOST_TAGS", 60)
    server = Server("cloud", "https://dav.example.org/", "lee", "sentinel", verify=True)

    def read(number: int) -> list[Found]:
        body = b'<d:multistatus xmlns:d="DAV:">' + b"<d:x/>" * (number - 2) + b"</d:multistatus>"
        return server.parsed(body, "https://dav.example.org/work/")

    assert all(read(number) == [] for number in tags[:-1])
    with pytest.raises(Unreadable, match="larger than any calendar"):
        read(tags[-1])
