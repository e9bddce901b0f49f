"""How long a server may keep a run waiting: with one greeting, with one reply, and with all that it is asked."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from connectors import dav, deadline, google_http
from connectors.base import CalendarError, Connector
from connectors.caldav_server import CaldavCalendar
from connectors.deadline import MOST_WAITING, Patience, TooLate
from connectors.feed import FeedCalendar
from scheduler.ask import Ask
from scheduler.outcome import Failure
from scheduler.rulefile import load
from scheduler.runs import preview
from tests.connectors.samples import LONDON, WINDOW, context
from tests.end_to_end.practice import Practice, vcalendar

from .servers import Hostile
from .test_caldav_servers import HERE, HOME


@pytest.fixture
def greeting() -> Iterator[str]:
    """The address of a server that says the beginning of TLS, byte by byte, for ever."""
    over = threading.Event()

    def drip(one: socket.socket) -> None:
        with one:
            for byte in b"\x16\x03\x03\x40\x00" + bytes(1000):
                try:
                    one.send(bytes([byte]))
                except OSError:
                    return
                if over.wait(0.05):
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while not over.is_set():
                try:
                    one, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=drip, args=(one,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}/"
        over.set()
        server.shutdown(socket.SHUT_RDWR)


def test_a_greeting_that_never_ends_is_given_up_on_by_each_way_to_a_server(
    greeting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dav.Server, "_in_all", 1.0)
    monkeypatch.setattr(google_http._Bounded, "_left", lambda _: 1.0)
    began = time.monotonic()
    first = CaldavCalendar(None, context(tmp_path, "cloud", url=greeting, verify=False))
    with pytest.raises(CalendarError, match="cloud: the server did not answer within"):
        first.read(WINDOW, LONDON)
    first.close()
    known = dav.Server("cloud", greeting, None, None, verify=False)
    known.remember(greeting, "none")
    with pytest.raises(CalendarError, match="cloud: the server did not answer within"):
        known.send("PROPFIND", greeting)
    known.close()
    client = google_http.Http(timedelta(seconds=30), Patience())
    with pytest.raises(TooLate):
        client.request(greeting)
    client.close()
    assert time.monotonic() - began < 10


def slow(hostile: Hostile, seconds: float, body: bytes, status: int = 200) -> None:
    """Answer everything, each time after a while."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        hostile.stop.wait(seconds)
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    hostile.answers["*"] = answer


ACCOUNTS: dict[str, tuple[Callable[..., Connector], str, bytes, int]] = {
    "caldav": (CaldavCalendar, HOME, HERE, 207),
    "feed": (FeedCalendar, "/feed", vcalendar(), 200),
}


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_all_that_an_account_waits_in_a_run_has_an_end(hostile: Hostile, tmp_path: Path, kind: str) -> None:
    """A server that is never slow enough to be given up on, and always slow."""
    connector, path, body, status = ACCOUNTS[kind]
    slow(hostile, 0.3, body, status)
    url = hostile.root + path
    about = replace(context(tmp_path, "cloud", url={"env": url}), patience=Patience(1.0))
    began = time.monotonic()
    errors = []
    for _ in range(8):
        calendar = connector(None, about)
        try:
            calendar.read(WINDOW, LONDON)
        except CalendarError as error:
            errors.append(str(error))
        calendar.close()
    assert time.monotonic() - began < 5
    assert errors[-1].startswith("cloud: the server has kept this run waiting for")
    assert errors[-1].endswith("the next run goes on where this one stopped")
    assert len(hostile.asked) <= 5


def test_a_server_that_asks_for_patience_again_and_again_uses_it_up(hostile: Hostile, tmp_path: Path) -> None:
    hostile.says("*", b"", 503, Retry_After="1")
    about = replace(context(tmp_path, "cloud", url=hostile.root + HOME), patience=Patience(0.5))
    calendar = CaldavCalendar(None, about)
    with pytest.raises(CalendarError, match="cloud: the server has kept this run waiting"):
        calendar.read(WINDOW, LONDON)
    calendar.close()
    assert len(hostile.asked) == 1


def test_the_calendars_of_an_account_share_its_patience_and_no_other_does(
    hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever of the practice uses them."""
    slow(hostile, 0.3, HERE, 207)
    fine = hostile.says("/fine/", b"", 404)
    monkeypatch.setattr(deadline.Patience.__init__, "__defaults__", (1.5,))
    practice = Practice(tmp_path)
    practice.rules(
        f"bad: {{type: caldav, url: '{hostile.root}{HOME}'}}\nfine: {{type: caldav, url: '{fine}'}}",
        "lee: {read: [bad/one], write: bad/one}\nada: {read: [bad/two], write: bad/two}\n"
        "di: {read: [bad/three], write: bad/three}\nnoor: {read: [fine/one], write: fine/one}",
    )
    practices = [load(practice.file)]

    def said(who: str, ask: Ask) -> str:
        [result] = preview(practices, replace(ask, therapist=who))
        assert isinstance(result, Failure)
        return result.message

    run = Ask(now=datetime(2026, 11, 30, tzinfo=UTC), state=tmp_path / "state")
    assert "kept this run waiting" not in said("lee", run)
    said("ada", run)
    assert "bad: the server has kept this run waiting" in said("di", run)
    assert "fine: there is nothing at this address" in said("noor", run)
    another = Ask(now=run.now, state=run.state)
    assert "kept this run waiting" not in said("di", another)


def test_requests_that_are_on_their_way_side_by_side_count_once() -> None:
    patience = Patience(10.0)
    begun = threading.Barrier(4)

    def wait() -> None:
        with patience.waiting():
            begun.wait()
            time.sleep(0.3)

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 9.0 < patience.left() < 9.75
    assert Patience().left() == MOST_WAITING
    assert "for 60 minutes in all" in Patience().at_end("cloud")
