"""caldav brings urllib3-future in place of urllib3: Google's client must still work in the same process."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from connectors.caldav_server import CaldavCalendar
from tests.servers import RunningServer

from .samples import LONDON, WINDOW, context, entry

pytestmark = pytest.mark.server


@pytest.fixture
def google() -> Iterator[tuple[str, list[str]]]:
    """A local server that answers a list of events, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = json.dumps({"kind": "calendar#events", "items": [{"id": "one", "summary": "Planning"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/calendar/v3/", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_google_client_and_caldav_work_in_one_process(
    radicale: RunningServer, google: tuple[str, list[str]], tmp_path: Path
) -> None:
    import httplib2
    from google.auth.credentials import AnonymousCredentials
    from google_auth_httplib2 import AuthorizedHttp
    from googleapiclient.discovery import build

    endpoint, asked = google
    url = radicale.make_calendar("one-process")
    options = {"url": url, "user": radicale.user, "password": {"env": radicale.password}}
    calendar = CaldavCalendar(None, context(tmp_path, "cloud", **options))

    def listed() -> list[str]:
        transport = httplib2.Http(timeout=10)
        http = AuthorizedHttp(AnonymousCredentials(), http=transport)
        with build(
            "calendar", "v3", http=http, static_discovery=True, client_options={"api_endpoint": endpoint}
        ) as api:
            answer = api.events().list(calendarId="primary", singleEvents=True).execute()
        return [item["id"] for item in answer["items"]]

    ref = calendar.create(entry())
    assert listed() == ["one"]
    assert [e.ref for e in calendar.read(WINDOW, LONDON).events] == [ref]
    assert listed() == ["one"]
    calendar.close()
    assert len(asked) == 2
    assert asked[0].startswith("/calendar/v3/calendars/primary/events?")
