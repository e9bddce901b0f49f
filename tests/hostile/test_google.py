"""A Google that does harm (a proxy in between, a hijacked name), over real HTTP: endless, packed and made-up replies,
pages without end, addresses that lead away, and a login service that says anything."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from connectors import google_api, google_connect, google_http
from connectors.base import CalendarError, Reading, Write
from connectors.deadline import Patience
from connectors.google_calendar import GoogleCalendar
from connectors.google_client import Client
from connectors.google_options import Options
from connectors.google_own import make
from connectors.google_tokens import Login, Shelf
from tests.connectors.samples import LONDON, WINDOW, context, entry
from tests.google.fake import TOKENS, running
from tests.google_logins import Logins

from .bounds import Attacked
from .calendars import MEGABYTE
from .servers import Hostile, pieces
from .test_fuzz import found_sound

API = "/calendar/v3/"
TOKEN = next(iter(TOKENS))
EVENT = {
    "id": "abc", "iCalUID": "one@client.example", "etag": '"1"', "status": "confirmed", "summary": "Sentinel",
    "visibility": "private", "transparency": "opaque", "eventType": "default", "sequence": 1,
    "start": {"dateTime": "2026-12-01T12:00:00Z", "timeZone": "Europe/London"},
    "end": {"dateTime": "2026-12-01T12:50:00Z", "timeZone": "Europe/London"},
    "originalStartTime": {"dateTime": "2026-12-01T12:00:00Z", "timeZone": "Europe/London"},
    "recurringEventId": "ab", "updated": "2026-11-01T10:00:00.000Z", "attendeesOmitted": False,
    "attendees": [{"self": True, "responseStatus": "accepted"}],
    "extendedProperties": {"private": {"session-breaks": "1;owner=0123456789abcdef;key=x;print=0.0"}},
}  # fmt: skip
WRONG = (None, True, -1, 1e308, 10**400, "", "x" * 5000, "Europe", "America", [], [[]], {}, {"a": []}, ["x"], "\ud800")
"""What may stand in a field instead."""


def page(*items: Any, **more: Any) -> bytes:
    return json.dumps({"kind": "calendar#events", "items": list(items), **more}).encode()


def deep(text: bytes, back: bytes) -> bytes:
    return b'{"kind": "calendar#events", "items": ' + text * 100_000 + back * 100_000 + b"}"


def empty_lists() -> Iterator[bytes]:
    return pieces(b"[]," * 100_000, 15 * MEGABYTE, b'{"kind": "calendar#events", "items": [')


LARGE = "Google's reply is larger than any that is asked for"
BOMBS: dict[str, tuple[Callable[[], bytes | Iterator[bytes]], dict[str, str], str]] = {
    "without end": (lambda: pieces(b"x" * 100_000, 1000 * MEGABYTE, b'{"kind": "'), {}, LARGE),
    "of a gigabyte, packed": (lambda: gzip.compress(bytes(500 * MEGABYTE), 1), {"Content_Encoding": "gzip"}, LARGE),
    "of millions of empty lists": (empty_lists, {}, LARGE),
    "of 20,001 events": (lambda: page(*[{"id": "a"}] * 20_001), {}, "it holds more than 20,000 events"),
    "nested in lists": (lambda: deep(b"[", b"]"), {}, "Google's reply makes no sense"),
    "nested in objects": (lambda: deep(b'{"a":', b"}"), {}, "Google's reply makes no sense"),
    "with a long number": (lambda: page(4).replace(b"4", b"4" * MEGABYTE), {}, "Google's library refused a request"),
    "that is a text": (lambda: b'"Sentinel"', {}, "Google's reply did not come whole"),
    "that is a web page": (lambda: b"<html>Sentinel</html>", {}, "Google's reply did not come whole"),
    "that is no text": (lambda: bytes(range(256)), {}, "Google's reply did not come whole"),
    "packed twice": (lambda: gzip.compress(gzip.compress(page())), {"Content_Encoding": "gzip"}, "did not come whole"),
    "packed as nobody asked": (page, {"Content_Encoding": "br"}, "Google's reply did not come whole"),
    "packed and cut off": (lambda: gzip.compress(page())[:-12], {"Content_Encoding": "gzip"}, "did not come whole"),
}  # fmt: skip
"""Replies, their headers, and what is said of them."""
AGAIN = "did not come whole"
"""What is worth another try, which takes two minutes in all."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_api, "FIRST_WAIT", 0.005)
    monkeypatch.setattr(google_api, "LONGEST_WAIT", 0.02)
    monkeypatch.setattr(google_api, "GIVE_UP", 0.2)


@pytest.fixture
def calendar(hostile: Hostile, tmp_path: Path) -> Iterator[GoogleCalendar]:
    found = GoogleCalendar(
        "primary", context(tmp_path, "goo", token={"env": TOKEN}, endpoint=hostile.root + API, timeout="2 s")
    )
    yield found
    found.close()


def outcome(calendar: GoogleCalendar) -> Reading | str:
    try:
        found = calendar.read(WINDOW, LONDON)
    except CalendarError as error:
        said = str(error)
        assert said.startswith(("goo/primary: ", "goo: ")), said
        assert "Sentinel" not in said
        assert len(said) < 250
        return said
    found_sound(found)
    return found


@pytest.mark.parametrize("name", BOMBS)
def test_a_reply_that_google_never_gives_is_refused_in_words(
    hostile: Hostile, calendar: GoogleCalendar, name: str
) -> None:
    body, headers, words = BOMBS[name]
    hostile.says("*", body(), **headers)
    began = time.process_time()
    said = outcome(calendar)
    assert isinstance(said, str)
    assert words in said
    assert time.process_time() - began < 5
    assert hostile.sent < 100 * MEGABYTE


@pytest.mark.parametrize("name", [name for name, (_, _, words) in BOMBS.items() if AGAIN not in words])
def test_such_a_reply_costs_a_night_little_and_nobody_else_anything(
    attacked: Attacked, hostile: Hostile, name: str
) -> None:
    body, headers, words = BOMBS[name]
    hostile.says("*", body(), **headers)
    attacked.rules(f"{{type: google, token: {{env: TOKEN}}, endpoint: '{hostile.root}{API}'}}", "bad/primary")
    attacked.refused(attacked.sync(TOKEN=TOKEN), words)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 500])
def test_a_refusal_may_be_made_up_too(hostile: Hostile, calendar: GoogleCalendar, status: int) -> None:
    made_up = (
        b"[" * 100_000,
        b'{"error": []}',
        b'{"error": {"errors": [1]}}',
        b'{"error": {"errors": 1}}',
        b"1",
        b"[]",
    )
    for error in (*made_up, b"[{}]"):
        hostile.says("*", error, status)
        assert isinstance(outcome(calendar), str), error[:40]


def test_pages_without_end_are_read_no_further_than_the_limit(hostile: Hostile, calendar: GoogleCalendar) -> None:
    told(hostile, lambda number: page(nextPageToken=f"page {number}"))
    assert "it holds more than 20,000 events" in str(outcome(calendar))
    assert len(hostile.asked) < 600


def test_large_pages_count_together(hostile: Hostile, calendar: GoogleCalendar) -> None:
    event = {**EVENT, "summary": "x" * 7 * MEGABYTE}
    told(hostile, lambda number: page(event, nextPageToken=f"page {number}"))
    assert "it is larger than 32 MB" in str(outcome(calendar))
    assert len(hostile.asked) < 7


@pytest.mark.parametrize("again", [1, 3])
def test_pages_that_lead_in_circles_end(hostile: Hostile, calendar: GoogleCalendar, again: int) -> None:
    told(hostile, lambda number: page(nextPageToken=f"page {number % again}"))
    assert "Google gives the same page again" in str(outcome(calendar))
    assert len(hostile.asked) < 7


@pytest.mark.parametrize("token", [1, True, ["x"], {"a": "b"}])
def test_a_page_that_is_named_by_no_text_is_not_asked_for(
    hostile: Hostile, calendar: GoogleCalendar, token: object
) -> None:
    hostile.says("*", page(nextPageToken=token))
    assert "no list of events" in str(outcome(calendar))


def told(hostile: Hostile, answer: Callable[[int], bytes]) -> None:
    """Answer the first request with `answer(1)`, the second with `answer(2)`."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        body = answer(len(hostile.asked))
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    hostile.answers["*"] = reply


def places(item: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a JSON value, itself included."""
    yield path
    if isinstance(item, (dict, list)):
        for name, inner in item.items() if isinstance(item, dict) else enumerate(item):
            yield from places(inner, (*path, name))


def put(item: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    found = deepcopy(item)
    inner = found
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return found


@pytest.mark.parametrize("titles", [True, False])
def test_a_wrong_type_in_any_field_is_an_event_a_finding_or_an_error(
    hostile: Hostile, tmp_path: Path, titles: bool
) -> None:
    about = context(tmp_path, "goo", token={"env": TOKEN}, endpoint=hostile.root + API)
    calendar = GoogleCalendar("primary", replace(about, titles=titles))
    other = {**EVENT, "start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}, "eventType": "outOfOffice"}
    for item in (EVENT, other):
        for path in places(item):
            if path:
                hostile.says("*", page(*[put(item, path, value) for value in WRONG]))
                assert isinstance(outcome(calendar), Reading), path
    for path in ((), ("kind",), ("items",), ("items", 0), ("nextPageToken",)):
        for value in WRONG:
            hostile.says("*", json.dumps(put({"kind": "calendar#events", "items": [EVENT]}, path, value)).encode())
            outcome(calendar)
    calendar.close()


def test_a_wrong_type_in_free_and_busy_times_is_an_error_or_nothing(hostile: Hostile, tmp_path: Path) -> None:
    calendar = GoogleCalendar("primary", context(
        tmp_path, "goo", token={"env": TOKEN}, endpoint=hostile.root + API, access="free-busy", own_calendar="own"
    ))  # fmt: skip
    tree = {"calendars": {"primary": {"busy": [{"start": "2026-12-01T12:00:00Z", "end": "2026-12-01T13:00:00Z"}],
                                      "errors": [{"reason": "internalError"}]}}}  # fmt: skip
    for path in places(tree):
        for value in WRONG:
            hostile.says("*", json.dumps(put(tree, path, value)).encode())
            outcome(calendar)
    calendar.close()


def test_a_wrong_type_in_what_a_write_is_answered_is_an_error_or_a_block(
    hostile: Hostile, calendar: GoogleCalendar
) -> None:
    stands = {name: EVENT[name] for name in ("id", "etag", "status", "summary", "start", "end", "extendedProperties")}
    for path in places(stands):
        for value in WRONG:
            for status in (200, 409):
                hostile.says("*", json.dumps(put(stands, path, value)).encode(), status)
                assert "Sentinel" not in refusal(lambda: written(calendar))


def written(calendar: GoogleCalendar) -> None:
    ref = calendar.create(entry())
    calendar.update(ref, entry())
    calendar.delete(ref)


def refusal(call: Callable[[], object]) -> str:
    """What an error says, '' where there is none. No other than this kind of error may come."""
    try:
        call()
    except CalendarError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("body", [
    b"", b"x", b"--b", b"--b--", b"--b\r\n\r\n--b--",
    b"--b\r\nContent-ID: <x + 0>\r\n\r\nHTTP/1.1 200\r\n\r\n{}\r\n--b--",
    b"--b\r\nContent-ID: <response-a + 9>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n--b--",
    b"--b\r\nContent-Type: application/http\r\nContent-ID: <response-a + 0>\r\n\r\nHTTP/1.1 x OK\r\n\r\n{}\r\n--b--",
    b"--b\r\nContent-Type: application/http\r\nContent-ID: <response-a + 0>\r\n\r\n\r\n--b--",
    b"--b\r\n" * 100_000 + b"--b--", b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 5000 + b"--b--",
])  # fmt: skip
def test_a_batch_that_is_answered_with_anything_is_an_error_for_each_write(
    hostile: Hostile, calendar: GoogleCalendar, body: bytes
) -> None:
    hostile.answers["*"] = lambda handler: handler.send_error(500)
    hostile.says("/batch/calendar/v3", body, Content_Type="multipart/mixed; boundary=b")
    began = time.process_time()
    found = list(calendar.write([Write("create", entry(f"break/{n}")) for n in range(3)]))
    assert len(found) == 3
    assert all(isinstance(one, CalendarError) for one in found)
    assert time.process_time() - began < 8


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_google_cannot_send_us_elsewhere(hostile: Hostile, calendar: GoogleCalendar, status: int) -> None:
    with running(now=datetime(2026, 11, 30, tzinfo=UTC)) as other:
        hostile.says("*", b"", status, Location=other.endpoint + "calendars/primary/events")
        assert f"HTTP {status}" in str(outcome(calendar))
        assert isinstance(next(calendar.write([Write("create", entry())])), CalendarError)
        assert other.log == []
    assert {path.partition("?")[0] for _, path in hostile.asked} == {f"{API}calendars/primary/events"}


@pytest.mark.parametrize("text", [
    b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 1000,
    b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"a" * 1000,
    b"H" * 1000,
], ids=["headers", "body", "status"])  # fmt: skip
def test_a_google_that_sends_a_byte_now_and_then_is_given_up_on(
    hostile: Hostile, calendar: GoogleCalendar, monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    monkeypatch.setattr(google_http._Bounded, "_left", lambda _: 1.0)
    hostile.drips("*", text, every=0.05)
    began = time.monotonic()
    assert "Google did not answer in time" in str(outcome(calendar))
    assert time.monotonic() - began < 6


# The login service


ANSWERS: list[Any] = [
    {}, [], "", 1, None, {"access_token": {}}, {"access_token": "a\r\nX-Evil: 1"}, {"access_token": "\u2028"},
    {"access_token": "a", "expires_in": "soon"}, {"access_token": "a", "expires_in": 1e300},
    {"access_token": "a", "expires_in": []}, {"access_token": "a", "expires_in": -10**10},
    {"access_token": "a", "scope": []}, {"access_token": "a", "scope": 1}, {"access_token": "a", "refresh_token": {}},
    {"access_token": "a", "refresh_token": "b\0", "expires_in": 3600}, {"error": {"a": 1}}, {"error": "\u2028" * 5000},
]  # fmt: skip


def logged_in(hostile: Hostile, tmp_path: Path) -> GoogleCalendar:
    """A calendar whose login has to be renewed."""
    client = Logins(f"{hostile.root}/").client()
    about = context(tmp_path, "goo", client={"env": client}, endpoint=hostile.root + API)
    ended = datetime(2026, 1, 1, tzinfo=UTC)
    scopes = ("https://www.googleapis.com/auth/calendar.events",)
    Shelf("goo", about.state).save(
        Login(refresh_token="old", client_id="riverside.apps.example", expires=ended, scopes=scopes),  # noqa: S106
        in_file=True,
    )
    return GoogleCalendar("primary", about)


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
@pytest.mark.parametrize("status", [200, 400])
def test_whatever_a_login_service_answers_is_a_login_or_an_error_in_words(
    hostile: Hostile, tmp_path: Path, answer: Any, status: int
) -> None:
    hostile.says("/token", json.dumps(answer).encode(), status)
    hostile.says("*", page())
    calendar = logged_in(hostile, tmp_path)
    said = refusal(lambda: calendar.read(WINDOW, LONDON))
    calendar.close()
    assert not said or "goo: " in said
    assert "Evil" not in said
    assert Shelf("goo", context(tmp_path).state).load() is not None, "it can be read the next time"


@pytest.mark.parametrize("body", [b"[" * 100_000, b"<html>", b"\xff\xfe", b"x" * 20 * MEGABYTE])
def test_a_login_service_that_answers_no_login_is_an_error_in_words(
    hostile: Hostile, tmp_path: Path, body: bytes
) -> None:
    hostile.says("/token", body)
    calendar = logged_in(hostile, tmp_path)
    with pytest.raises(CalendarError, match="goo"):
        calendar.read(WINDOW, LONDON)
    calendar.close()


def exchange(hostile: Hostile) -> Login:
    client = Client(
        client_id="c", client_secret="s",  # noqa: S106
        auth_uri=f"{hostile.root}/auth", token_uri=f"{hostile.root}/token",
        revoke_uri=f"{hostile.root}/revoke",
    )  # fmt: skip
    pending = google_connect.Pending(client, ["https://a.example/x"], "http://127.0.0.1:1/", None)
    return pending.finish("code", datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_whatever_is_answered_to_a_new_login_is_one_or_an_error_in_words(hostile: Hostile, answer: Any) -> None:
    hostile.says("/token", json.dumps(answer).encode())
    said = refusal(lambda: exchange(hostile))
    assert len(said) < 250
    assert "Evil" not in said


def test_a_new_login_is_exchanged_in_bounds_and_nowhere_else(hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile.says("/token", b"", 307, Location=f"{hostile.root}/elsewhere")
    with pytest.raises(CalendarError, match="Google cannot be reached for the login"):
        exchange(hostile)
    assert [path for _, path in hostile.asked] == ["/token"]
    hostile.says("/token", pieces(b"x" * 100_000, 1000 * MEGABYTE))
    with pytest.raises(CalendarError, match="Google cannot be reached for the login"):
        exchange(hostile)
    assert hostile.sent < 50 * MEGABYTE
    monkeypatch.setattr(google_connect, "_SECONDS", 0.5)
    hostile.drips("/token", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"a" * 1000, every=0.05)
    began = time.monotonic()
    with pytest.raises(CalendarError, match="Google cannot be reached for the login"):
        exchange(hostile)
    assert time.monotonic() - began < 6


@pytest.mark.parametrize("found", [b'{"id": 1}', b'{"id": ""}', b"[]", b"{}", b'{"id": {"a": 1}}'])
def test_a_calendar_of_its_own_that_has_no_id_is_not_taken(hostile: Hostile, tmp_path: Path, found: bytes) -> None:
    about = context(tmp_path, "goo", token={"env": TOKEN}, endpoint=hostile.root + API)
    hostile.says("*", found)
    with pytest.raises(CalendarError, match="goo: "):
        make(Options.model_validate(about.options), about, "Breaks", "Europe/London")


def test_all_that_an_account_waits_for_google_in_a_run_has_an_end(hostile: Hostile, tmp_path: Path) -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        hostile.stop.wait(0.4)
        handler.send_error(404)

    hostile.answers["*"] = slow
    patience = Patience(1.0)
    about = replace(context(tmp_path, "goo", token={"env": TOKEN}, endpoint=hostile.root + API), patience=patience)
    began = time.monotonic()
    said = {}
    for name in ("primary", "work", "other", "more", "last"):
        calendar = GoogleCalendar(name, about)
        with pytest.raises(CalendarError) as caught:
            calendar.read(WINDOW, LONDON)
        calendar.close()
        said[name] = str(caught.value)
    assert "Google knows no such calendar" in said["primary"]
    assert "goo/last: the server has kept this run waiting for" in said["last"]
    assert time.monotonic() - began < 4
    assert len(hostile.asked) <= 3
