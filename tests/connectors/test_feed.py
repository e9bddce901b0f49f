"""A feed over real HTTP: the reading part of the contract, caching, staleness, and every way to fail in one line."""

from __future__ import annotations

import socket
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors import download
from connectors.base import CalendarError, Connector, Unreadable
from connectors.feed import FeedCalendar
from rules.timeline import Ref
from tests.servers import free_port

from .contract import ME, ReadingContract, Stage
from .samples import LONDON, NOW, WINDOW, context, entry, shown, titles_never, vcalendar, vevent

EVENT = vevent("one", ":20261124T100000Z", ":20261124T105000Z", "SUMMARY:Sentinel Client")
ONE = ["2026-11-24 10:00-10:50"]


class Publisher:
    """A web server with one calendar at ``/private-sentinel/feed.ics``. `answer` may take a request over."""

    def __init__(self) -> None:
        self.body = vcalendar()
        self.headers: dict[str, str] = {}
        self.requests: list[dict[str, str]] = []
        self.answer: Callable[[BaseHTTPRequestHandler], bool] = lambda _: False
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.requests.append({name.lower(): value for name, value in self.headers.items()})
                if publisher.answer(self):
                    return
                tag = publisher.headers.get("ETag")
                same = tag is not None and self.headers.get("If-None-Match") == tag
                self.send_response(304 if same else 200)
                for name, value in publisher.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0" if same else str(len(publisher.body)))
                self.end_headers()
                if not same:
                    self.wfile.write(publisher.body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/private-sentinel/feed.ics"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def status(code: int, body: bytes = b"Sentinel Client", **headers: str) -> Callable[[BaseHTTPRequestHandler], bool]:
    """A reply that takes every request over."""

    def answer(handler: BaseHTTPRequestHandler) -> bool:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return True

    return answer


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    running = Publisher()
    yield running
    running.close()


class FeedStage(Stage):
    def __init__(self, publisher: Publisher, folder: Path) -> None:
        self.publisher = publisher
        self.folder = folder
        self.parts: list[str] = []

    def connect(self) -> Connector:
        return feed(self.publisher, self.folder, me=ME)

    def put(self, name: str, *vevents: str) -> None:  # noqa: ARG002 - a feed has one resource
        self.parts.extend(vevents)
        self.publisher.body = vcalendar(*self.parts)

    def foreign(self) -> dict[str, bytes]:
        return {"feed": self.publisher.body}


class TestFeed(ReadingContract):
    @pytest.fixture
    def stage(self, publisher: Publisher, tmp_path: Path) -> FeedStage:
        return FeedStage(publisher, tmp_path)


def feed(publisher: Publisher, folder: Path, **options: Any) -> FeedCalendar:
    return FeedCalendar(None, context(folder, "ehr", **{"url": {"env": publisher.url}, **options}))


def failing(calendar: Connector) -> str:
    """The one line that reading fails with, which shows neither address nor content."""
    with pytest.raises(CalendarError) as caught:
        calendar.read(WINDOW, LONDON)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("ehr: ")
    assert "sentinel" not in line.lower()
    assert "127.0.0.1" not in line
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return line


def test_a_feed_that_did_not_change_is_answered_from_the_copy_of_an_earlier_run(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.body, publisher.headers = vcalendar(EVENT), {"ETag": '"7"', "Last-Modified": format_datetime(NOW, True)}
    assert shown(feed(publisher, tmp_path).read(WINDOW, LONDON)) == ONE
    publisher.body = b"not sent again"
    assert shown(feed(publisher, tmp_path).read(WINDOW, LONDON)) == ONE
    assert "if-none-match" not in publisher.requests[0]
    assert publisher.requests[1]["if-none-match"] == '"7"'
    assert publisher.requests[1]["if-modified-since"] == format_datetime(NOW, True)


def test_the_copy_tells_nothing_and_is_for_its_owner_only(publisher: Publisher, tmp_path: Path) -> None:
    publisher.body, publisher.headers = vcalendar(EVENT), {"ETag": '"7"'}
    feed(publisher, tmp_path).read(WINDOW, LONDON)
    state = tmp_path / "state"
    [path] = state.iterdir()
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.name.encode() + path.read_bytes()
    for secret in (b"Sentinel", b"private", b"VEVENT", b"127.0.0.1"):
        assert secret not in kept


def test_where_titles_are_never_read_no_copy_is_kept_and_an_earlier_one_goes(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.body, publisher.headers = vcalendar(EVENT), {"ETag": '"7"'}
    feed(publisher, tmp_path).read(WINDOW, LONDON)
    assert len(list((tmp_path / "state").iterdir())) == 1
    with titles_never():
        for _ in range(2):
            assert shown(feed(publisher, tmp_path).read(WINDOW, LONDON)) == ONE
    assert list((tmp_path / "state").iterdir()) == []
    assert ["if-none-match" in asked for asked in publisher.requests] == [False, False, False]


def test_a_damaged_copy_is_ignored_and_the_feed_read_anew(publisher: Publisher, tmp_path: Path) -> None:
    publisher.body, publisher.headers = vcalendar(EVENT), {"ETag": '"7"'}
    feed(publisher, tmp_path).read(WINDOW, LONDON)
    [path] = (tmp_path / "state").iterdir()
    path.write_bytes(b"damaged")
    assert shown(feed(publisher, tmp_path).read(WINDOW, LONDON)) == ONE
    assert "if-none-match" not in publisher.requests[1]


def test_a_reply_that_is_no_calendar_is_not_kept_over_a_good_one(publisher: Publisher, tmp_path: Path) -> None:
    publisher.body, publisher.headers = vcalendar(EVENT), {"ETag": '"7"'}
    feed(publisher, tmp_path).read(WINDOW, LONDON)
    publisher.answer = status(200, b"<html>Sentinel</html>", ETag='"8"')
    assert failing(feed(publisher, tmp_path)) == "ehr: the feed cannot be read: it is a web page, not a calendar"
    publisher.answer = lambda _: False
    assert shown(feed(publisher, tmp_path).read(WINDOW, LONDON)) == ONE


def test_not_modified_without_an_earlier_copy_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    publisher.answer = status(304, b"")
    assert "nothing was read before" in failing(feed(publisher, tmp_path))


@pytest.mark.parametrize(("hours", "option"), [(25, {"stale_after": "24 h"}), (73, {})])
def test_a_feed_that_was_made_too_long_ago_is_refused(
    publisher: Publisher, tmp_path: Path, hours: int, option: dict[str, str]
) -> None:
    publisher.body = vcalendar(EVENT)
    publisher.headers = {"Last-Modified": format_datetime(NOW - timedelta(hours=hours), True)}
    with pytest.raises(Unreadable):
        feed(publisher, tmp_path, **option).read(WINDOW, LONDON)
    line = failing(feed(publisher, tmp_path, **option))
    assert f"the feed was made {'25 hours' if hours == 25 else '3 days'} ago" in line


def test_a_copy_grows_stale_too(publisher: Publisher, tmp_path: Path) -> None:
    publisher.body = vcalendar(EVENT)
    publisher.headers = {"ETag": '"7"', "Last-Modified": format_datetime(NOW - timedelta(hours=23), True)}
    feed(publisher, tmp_path, stale_after="1 day").read(WINDOW, LONDON)
    assert "longer than `stale_after`" in failing(feed(publisher, tmp_path, stale_after="22 h"))


def test_old_stamps_of_events_do_not_make_a_feed_stale(publisher: Publisher, tmp_path: Path) -> None:
    publisher.body = vcalendar(EVENT.replace("DTSTAMP:2026", "DTSTAMP:2019"))
    assert shown(feed(publisher, tmp_path, stale_after="1 h").read(WINDOW, LONDON)) == ONE


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (401, "refused us (401)"),
        (403, "refused us (403)"),
        (404, "there is no feed at its address any more (404)"),
        (410, "(410)"),
        (418, "failed (418)"),
        (500, "failed (500)"),
        (503, "is busy (503)"),
    ],
)
def test_an_unwelcome_status_is_said_in_one_line(publisher: Publisher, tmp_path: Path, code: int, words: str) -> None:
    publisher.answer = status(code)
    assert words in failing(feed(publisher, tmp_path))


def test_a_busy_server_is_asked_again(publisher: Publisher, tmp_path: Path) -> None:
    publisher.body = vcalendar(EVENT)
    busy = status(429, b"", Retry_After="0")
    publisher.answer = lambda handler: len(publisher.requests) < 3 and busy(handler)
    assert shown(feed(publisher, tmp_path).read(WINDOW, LONDON)) == ONE


def test_a_server_that_is_down_is_said_in_one_line(publisher: Publisher, tmp_path: Path) -> None:
    nobody = {"env": f"http://127.0.0.1:{free_port()}/private-sentinel/feed.ics"}
    assert failing(feed(publisher, tmp_path, url=nobody)) == (
        "ehr: the feed's server cannot be reached; check `url` and the network"
    )


def test_a_server_that_says_nothing_is_given_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_TIMEOUT", (0.2, 0.2))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = {"env": f"http://127.0.0.1:{silent.getsockname()[1]}/private-sentinel/feed.ics"}
        assert "did not answer in time" in failing(FeedCalendar(None, context(tmp_path, "ehr", url=url)))


def test_a_feed_larger_than_any_calendar_is_refused(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_MOST_BYTES", 200)
    publisher.body = vcalendar(EVENT * 5)
    assert "larger than" in failing(feed(publisher, tmp_path))


def test_a_reply_that_is_cut_off_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    publisher.body = vcalendar(EVENT)[:-30]
    assert "cut off" in failing(feed(publisher, tmp_path))


def test_a_redirect_is_followed_but_not_for_ever_and_not_to_a_file(publisher: Publisher, tmp_path: Path) -> None:
    publisher.body = vcalendar(EVENT)
    away = status(302, b"", Location=publisher.url)
    publisher.answer = lambda handler: len(publisher.requests) < 3 and away(handler)
    assert shown(feed(publisher, tmp_path).read(WINDOW, LONDON)) == ONE
    publisher.answer = away
    assert "without end" in failing(feed(publisher, tmp_path))
    publisher.answer = status(302, b"", Location="file:///etc/hostname")
    assert "not safe" in failing(feed(publisher, tmp_path))


def test_another_service_is_never_asked_because_a_feed_says_so(publisher: Publisher, tmp_path: Path) -> None:
    other = Publisher()
    publisher.answer = status(302, b"", Location=other.url)
    try:
        with pytest.raises(CalendarError, match=r"sends us on to another host .*; if that is right"):
            feed(publisher, tmp_path).read(WINDOW, LONDON)
        assert other.requests == []
    finally:
        other.close()


@pytest.mark.parametrize(
    ("home", "there", "leads"),
    [
        ("https://a.example/x", "https://a.example:443/y", True),
        ("http://a.example/x", "https://a.example/y", True),
        ("https://a.example/x", "https://www.a.example/x", True),
        ("https://www.a.example/x", "https://a.example/x", True),
        ("https://a.example/x", "https://feeds.a.example/x", True),
        ("https://a.example/x", "https://files.example/x", True),
        ("https://a.example/x", "https://files.example:8443/x", False),
        ("https://a.example/x", "http://files.example/x", False),
        ("https://a.example/x", "https://b.example/x", False),
        ("https://a.example/x", "https://a.example.b.example/x", False),
        ("https://a.example/x", "https://ba.example/x", False),
        ("https://a.example/x", "https://a.example:8443/x", False),
        ("http://a.example:8080/x", "http://a.example/x", False),
        ("http://10.0.0.1/x", "https://1.10.0.0.1/x", False),
        ("https://a.example/x", "https://localhost/x", False),
        ("https://a.example/x", "https://a.example@localhost/x", False),
    ],
)
def test_a_feed_leads_to_its_own_host_and_to_named_ones_only(home: str, there: str, leads: bool) -> None:
    assert download._may_lead(urlsplit(home), urlsplit(there), ["Files.example"]) is leads


def test_webcal_means_https(publisher: Publisher, tmp_path: Path) -> None:
    secret = {"env": publisher.url.replace("http:", "webcal:")}
    assert "the feed's server" in failing(feed(publisher, tmp_path, url=secret))
    assert publisher.requests == []


@pytest.mark.parametrize("url", ["file:///etc/hostname", "/etc/hostname", "ftp://x.example/a.ics", "https://"])
def test_an_address_of_another_sort_is_refused_wherever_it_stands(tmp_path: Path, url: str) -> None:
    with pytest.raises(CalendarError, match="ehr: "):
        FeedCalendar(None, context(tmp_path, "ehr", url=url))
    line = failing(FeedCalendar(None, context(tmp_path, "ehr", url={"env": url})))
    assert line == "ehr: the secret `url` holds no address that starts with https:// or webcal://"


def test_a_feed_cannot_be_written_to(publisher: Publisher, tmp_path: Path) -> None:
    calendar = feed(publisher, tmp_path)
    ref = Ref("x", "y")
    assert not calendar.writable
    for write in (
        lambda: calendar.create(entry()),
        lambda: calendar.update(ref, entry()),
        lambda: calendar.delete(ref),
    ):
        with pytest.raises(CalendarError, match="ehr: a feed cannot be written to"):
            write()


def test_a_state_folder_that_cannot_be_made_costs_only_the_copy(publisher: Publisher, tmp_path: Path) -> None:
    publisher.body, publisher.headers = vcalendar(EVENT), {"ETag": '"7"'}
    (tmp_path / "state").write_text("in the way")
    assert shown(feed(publisher, tmp_path).read(WINDOW, LONDON)) == ONE
