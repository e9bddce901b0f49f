"""A small Google Calendar on loopback, for what the independent emulators lack: conditions, batches, filters, roles,
rights, and faults on demand.

Every request and every reply goes through `discovery`; what does not keep to Google's own description is refused and
noted in `broken`, which is empty at the end of every test."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import discovery
from .calendars import AUTH, EVENTS, FREE_BUSY, OWN, Json, Refused, World
from .discovery import Broken

BASE = "/calendar/v3/"
MOST_PARTS = 50

TOKENS: dict[str, frozenset[str]] = {
    "may-events": frozenset({EVENTS}),
    "may-events-and-own": frozenset({EVENTS, OWN}),
    "may-free-busy": frozenset({FREE_BUSY, OWN}),
    "may-all": frozenset({AUTH}),
}
"""What each token may."""

USAGE = {
    "rateLimitExceeded": (403, "Rate Limit Exceeded"),
    "userRateLimitExceeded": (403, "User Rate Limit Exceeded"),
    "quotaExceeded": (403, "Calendar usage limits exceeded."),
    "dailyLimitExceeded": (403, "Daily Limit Exceeded"),
    "429": (429, "Too many requests"),
    "500": (500, "Backend Error"),
    "503": (503, "The service is currently unavailable."),
    "504": (504, "Deadline exceeded"),
    "400": (400, "Bad Request"),
    "403": (403, "Forbidden"),
    "404": (404, "Not Found"),
}
REASONS = {"429": "rateLimitExceeded", "400": "badRequest", "403": "forbidden", "404": "notFound"}
"""What Google calls a refusal, where its name above is not that."""

ODD = {"empty": b"", "{}": b"{}", "another kind": b'{"kind": "calendar#calendar", "id": "c"}'}
"""Replies that come whole and say nothing of what was asked."""


@dataclass(frozen=True)
class Asked:
    """One request as it came: the method's name in Google's description (``events.insert``, or ``batch``), and the
    parts of a batch. `body` as text; `status` and `reply`: what it was answered with (0: nothing)."""

    name: str
    verb: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: str
    status: int = 0
    parts: tuple[Asked, ...] = ()
    reply: str = ""

    def json(self) -> Json:
        found: Json = json.loads(self.body)
        return found


@dataclass
class Fault:
    """Something that goes wrong on demand. `kind`: a name of USAGE; with ``commit, then`` before it the request is
    carried out nevertheless. ``dropped``: no reply at all; ``truncated``: the reply ends before its length; ``cut``:
    half of the reply, well-formed as HTTP; a name of ODD: that as the reply. `method`: only these (``batch`` is a whole
    batch); `part`: parts of a batch. `after` requests pass first, then it hits `times` requests."""

    kind: str
    method: str = ""
    part: bool = False
    after: int = 0
    times: int = 1
    retry_after: int | None = None

    def hits(self, name: str, part: bool) -> bool:
        if part != self.part or (self.method and self.method != name) or not self.times:
            return False
        if self.after:
            self.after -= 1
            return False
        self.times -= 1
        return True


@dataclass
class Reply:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    short: int = 0


class Fake:
    """The service. `world` is what it keeps; `root` its address, `endpoint` the API's."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.log: list[Asked] = []
        self.broken: list[str] = []
        self.faults: list[Fault] = []
        self.actions: list[tuple[str, Callable[[], None]]] = []
        self._lock = threading.RLock()
        self._server = _Server(("127.0.0.1", 0), self)
        self.root = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self.endpoint = f"{self.root}{BASE[1:]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fault(self, kind: str, **about: Any) -> None:
        self.faults.append(Fault(kind, **about))

    def before(self, method: str, action: Callable[[], None]) -> None:
        """Do something (as another person would) once, right before the next request of this kind is carried out."""
        self.actions.append((method, action))

    def calls(self, *names: str) -> list[Asked]:
        """What was asked for, parts of batches one by one; all, or only these methods."""
        found = [one for asked in self.log for one in (asked.parts or (asked,))]
        return [one for one in found if not names or one.name in names]

    def requests(self) -> list[str]:
        """The methods of all requests over the wire, a batch as one."""
        return [asked.name for asked in self.log]

    def answer(self, verb: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """One request over the wire."""
        with self._lock:
            parts = urlsplit(target)
            if parts.path == f"/{discovery.document()['batchPath']}":
                reply, asked = self._batch(verb, parts.path, headers, body)
            else:
                reply, asked = self._one(verb, target, headers, body, part=False)
            self.log.append(asked)
            return reply

    def _batch(self, verb: str, path: str, headers: dict[str, str], body: bytes) -> tuple[Reply, Asked]:
        fault = self._fault("batch", False)
        self._act("batch")
        inner: list[tuple[Reply, Asked, str]] = []
        commits = fault is None or fault.kind.startswith("commit, then") or fault.kind in ("truncated", "cut", *ODD)
        try:
            if verb != "POST":
                raise Refused(400, "badRequest", "A batch is posted.")
            parts = _parts(headers, body)
            if len(parts) > MOST_PARTS:
                raise Refused(400, "badRequest", f"The batch has more than {MOST_PARTS} calls.")
            for number, (one_verb, target, one_headers, one_body, name) in enumerate(parts):
                if not commits:
                    break
                own = {k: v for k, v in headers.items() if k in ("authorization",)} | one_headers
                reply, asked = self._one(one_verb, target, own, one_body, part=True)
                inner.append((reply, asked, name or f"{number}"))
            reply = Reply(200, *_mixed(inner))
        except Refused as refused:
            reply = _error(refused)
            self.broken.append(f"batch: {refused.message}")
        reply = _spoilt(reply, fault)
        asked = Asked(
            "batch",
            verb,
            path,
            {},
            headers,
            body.decode(),
            reply.status,
            tuple(one for _, one, _ in inner),
            reply.body.decode(),
        )
        return reply, asked

    def _one(self, verb: str, target: str, headers: dict[str, str], body: bytes, *, part: bool) -> tuple[Reply, Asked]:
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        name, fault = "?", None
        try:
            if not parts.path.startswith(BASE):
                raise Broken(f"{verb} {parts.path} is not below {BASE}")
            method, places = discovery.method_for(verb, parts.path[len(BASE) :])
            name = method.name
            fault = self._fault(name, part)
            if fault is not None and fault.kind in USAGE:
                raise _usage(fault)
            if fault is not None and fault.kind == "dropped":
                return Reply(0, drop=True), Asked(name, verb, parts.path, query, headers, body.decode())
            scopes = self._allowed(headers, method)
            discovery.check_query(method, query)
            tree = discovery.check_fields(method, query["fields"][0]) if "fields" in query else None
            given = json.loads(body) if body else None
            discovery.check_request(method, given)
            self._act(name)
            found = self._carry_out(name, places, query, headers, given, scopes)
            discovery.check_reply(method, found)
            if tree is not None and found is not None:
                found = discovery.select(found, tree)
                discovery.check_reply(method, found)
            extra = {"ETag": found["etag"]} if found and "etag" in found else {}
            reply = Reply(200, json.dumps(found).encode(), extra) if found is not None else Reply(204)
        except (Broken, json.JSONDecodeError) as broken:
            self.broken.append(str(broken))
            reply = _error(Refused(400, "badRequest", "Not as the description says."))
        except Refused as refused:
            reply = _error(refused)
            if fault is not None and fault.retry_after is not None:
                reply.headers["Retry-After"] = str(fault.retry_after)
        reply = _spoilt(reply, fault)
        return reply, Asked(
            name, verb, parts.path, query, headers, body.decode(), reply.status, (), reply.body.decode()
        )

    def _allowed(self, headers: dict[str, str], method: discovery.Method) -> frozenset[str]:
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or token not in TOKENS:
            raise Refused(401, "authError", "Invalid Credentials")
        if not TOKENS[token] & method.scopes:
            raise Refused(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        return TOKENS[token]

    def _carry_out(
        self, name: str, places: dict[str, str], query: dict[str, list[str]], headers: dict[str, str],
        body: Json | None, scopes: frozenset[str],
    ) -> Json | None:  # fmt: skip
        world, match = self.world, headers.get("if-match")
        calendar, event = places.get("calendarId", ""), places.get("eventId", "")
        body = body or {}
        match name:
            case "events.list":
                return world.listed(calendar, query, scopes)
            case "events.get":
                return world.got(calendar, event, scopes)
            case "events.insert":
                return world.inserted(calendar, body, query, scopes)
            case "events.update" | "events.patch":
                patch = name == "events.patch"
                return world.replaced(calendar, event, body, match, query, scopes, patch=patch)
            case "events.delete":
                world.deleted(calendar, event, match, query, scopes)
                return None
            case "freebusy.query":
                return world.free_busy(body)
            case "calendars.insert":
                return world.made(body)
            case "calendars.get":
                return world.about(world.calendar(calendar))
            case "calendars.delete":
                del world.calendars[world.calendar(calendar).id]
                return None
            case "calendarList.list":
                return world.calendar_list(query)
            case "calendarList.get":
                return world.entry(world.calendar(calendar))
        raise Broken(f"the fake does not know {name}")

    def _fault(self, name: str, part: bool) -> Fault | None:
        return next((fault for fault in self.faults if fault.hits(name, part)), None)

    def _act(self, name: str) -> None:
        for one in [one for one in self.actions if one[0] == name][:1]:
            self.actions.remove(one)
            one[1]()


def _usage(fault: Fault) -> Refused:
    kind = fault.kind.removeprefix("commit, then ")
    status, message = USAGE[kind]
    usage = status in (403, 429) and kind != "403"
    reason = REASONS.get(kind, kind if status == 403 else "backendError")
    return Refused(status, reason, message, "usageLimits" if usage else "global")


def _error(refused: Refused) -> Reply:
    headers = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'} if refused.status == 401 else {}
    return Reply(refused.status, json.dumps(refused.body()).encode(), headers)


def _spoilt(reply: Reply, fault: Fault | None) -> Reply:
    """What a fault leaves of a reply to a request that was carried out."""
    if fault is None:
        return reply
    kind = fault.kind.removeprefix("commit, then ")
    if kind in USAGE:
        spoilt = _error(_usage(fault))
        if fault.retry_after is not None:
            spoilt.headers["Retry-After"] = str(fault.retry_after)
        return spoilt
    if kind == "dropped":
        return Reply(0, drop=True)
    if kind in ODD:
        return Reply(reply.status, ODD[kind], reply.headers)
    half = len(reply.body) // 2
    if kind == "truncated":
        return Reply(reply.status, reply.body[:half], reply.headers, short=len(reply.body) - half)
    assert kind == "cut", f"there is no fault {fault.kind}"
    return Reply(reply.status, reply.body[:half], reply.headers)


def _parts(headers: dict[str, str], body: bytes) -> list[tuple[str, str, dict[str, str], bytes, str]]:
    """The calls in a batch: verb, target, headers, body, Content-ID."""
    whole = BytesParser().parsebytes(f"Content-Type: {headers.get('content-type', '')}\r\n\r\n".encode() + body)
    if whole.get_content_type() != "multipart/mixed" or not whole.is_multipart():
        raise Refused(400, "badRequest", "A batch is multipart/mixed.")
    found = []
    for part in whole.get_payload():
        if part.get_content_type() != "application/http":
            raise Refused(400, "badRequest", "A part of a batch is application/http.")
        text = part.get_payload(decode=True)
        first, _, rest = text.lstrip().partition(b"\n")
        verb, target, *_ = first.decode().split()
        inner = BytesParser().parsebytes(rest)
        content = inner.get_payload()
        found.append(
            (verb, target, {k.lower(): v for k, v in inner.items()}, content.strip().encode(), part["Content-ID"] or "")
        )
    names = [name for *_, name in found if name]
    if len(names) != len(set(names)):
        raise Refused(400, "badRequest", "Two parts have one Content-ID.")
    return found


_boundaries = itertools.count()


def _mixed(inner: Sequence[tuple[Reply, Asked, str]]) -> tuple[bytes, dict[str, str]]:
    """The replies to the calls of a batch; last first, since Google promises no order."""
    boundary = f"batch_{next(_boundaries)}"
    text = b""
    for reply, _, name in reversed(inner):
        about = "".join(f"{k}: {v}\r\n" for k, v in reply.headers.items())
        text += (
            f"--{boundary}\r\nContent-Type: application/http\r\nContent-ID: <response-{name.strip('<>')}>\r\n\r\n"
            f"HTTP/1.1 {reply.status} {'OK' if reply.status < 300 else 'Error'}\r\n{about}"
            f"Content-Type: application/json; charset=UTF-8\r\nContent-Length: {len(reply.body)}\r\n\r\n"
        ).encode() + reply.body + b"\r\n"  # fmt: skip
    return text + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/mixed; boundary={boundary}"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], fake: Fake) -> None:
        self.fake = fake
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is killed while it waits is part of a test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {k.lower(): v for k, v in self.headers.items()}
        reply = self.server.fake.answer(self.command, self.path, headers, body)  # type: ignore[attr-defined]
        if reply.drop:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(reply.status)
        usual = {"Content-Type": "application/json; charset=UTF-8"} if reply.body else {}
        for key, value in (usual | reply.headers).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(reply.body) + reply.short))
        self.end_headers()
        self.wfile.write(reply.body)
        if reply.short:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 - http.server looks for these

    def log_message(self, *_: Any) -> None:
        """Nothing: the fake's own log is for tests to look at."""


ME = "lee@riverside.example"


@contextlib.contextmanager
def running(me: str = ME, now: datetime = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)) -> Iterator[Fake]:
    """A fake whose account has one calendar, its own; at the end, nothing may have been broken."""
    world = World(me, now)
    world.add(me, primary=True)
    fake = Fake(world)
    fake.start()
    try:
        yield fake
    finally:
        fake.stop()
    assert fake.broken == [], fake.broken
