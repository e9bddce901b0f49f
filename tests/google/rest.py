"""Google Calendar as any other program uses it: plain HTTP, by nothing that the code under test uses."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from .calendars import Json


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json
    etag: str = ""


@dataclass
class Rest:
    """An account at an address. `calendar` is the one that `ask` speaks of."""

    endpoint: str
    token: str
    calendar: str = "primary"
    made: list[str] = field(default_factory=list)

    def ask(self, verb: str, path: str, body: Json | None = None, match: str = "", **query: Any) -> Answer:
        """One request below the API's address. A query's value may be a list."""
        parts = urlsplit(self.endpoint)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        more = {"context": ssl.create_default_context()} if parts.scheme == "https" else {}
        connection = kind(parts.hostname or "", parts.port, timeout=30, **more)
        headers = {"Authorization": f"Bearer {self.token}"}
        text = None
        if body is not None:
            headers["Content-Type"], text = "application/json", json.dumps(body)
        if match:
            headers["If-Match"] = match
        said = urlencode({k: str(v).lower() if isinstance(v, bool) else v for k, v in query.items()}, doseq=True)
        try:
            connection.request(verb, f"{parts.path}{path}{'?' + said if said else ''}", text, headers)
            reply = connection.getresponse()
            found = reply.read()
            return Answer(reply.status, json.loads(found) if found else {}, reply.headers.get("ETag", ""))
        finally:
            connection.close()

    def events(self, verb: str, event: str = "", body: Json | None = None, match: str = "", **query: Any) -> Answer:
        """Something about the calendar's events, or about one of them."""
        path = f"calendars/{quote(self.calendar, safe='')}/events"
        return self.ask(verb, f"{path}/{quote(event, safe='')}" if event else path, body, match, **query)

    def insert(self, body: Json) -> Json:
        done = self.events("POST", body=body)
        assert done.status == 200, done
        self.made.append(done.body["id"])
        return done.body

    def all(self, **query: Any) -> list[Json]:
        """Every event, page by page."""
        found: list[Json] = []
        more: Json = {}
        while True:
            reply = self.events("GET", **query, **more)
            assert reply.status == 200, reply
            found += reply.body.get("items", [])
            if not reply.body.get("nextPageToken"):
                return found
            more = {"pageToken": reply.body["nextPageToken"]}
