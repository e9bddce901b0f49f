"""A proxy in front of a real server that does one bad thing at one request.

It hands every request on over a connection of its own and numbers them as they come, so that whatever the tool sends,
in whatever order, each request of a run can be the one that goes wrong."""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Kind = Literal[
    "killed before", "killed after", "dropped before", "dropped after", "500", "503", "429", "412", "401", "half",
    "slow",
]  # fmt: skip
KINDS: tuple[Kind, ...] = Kind.__args__  # type: ignore[attr-defined]
COMMITTED: frozenset[Kind] = frozenset({"killed after", "dropped after", "half", "slow"})
"""The faults of which the server knows nothing: it has done what was asked."""

RETRY_AFTER = 1  # seconds
HANGS = 20.0  # seconds that a slow reply takes, where nobody gives up before
HEADERS: dict[str, dict[str, str]] = {
    "503": {"Retry-After": str(RETRY_AFTER)},
    "429": {"Retry-After": str(RETRY_AFTER)},
    "401": {"WWW-Authenticate": 'Basic realm="calendars"'},
}
_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "proxy-connection", "te", "upgrade"}
)


@dataclass(frozen=True)
class Asked:
    """A request as it came: its number (1 is the first), when (monotonic), method, path and body; whether it was this
    one that the fault hit, and what the server answered (0: it was not asked)."""

    number: int
    at: float
    method: str
    path: str
    body: bytes = field(repr=False)
    hit: bool
    status: int


class Proxy:
    """In front of the server at a port of this machine. `fault`: what goes wrong, at which request. `before`: is called
    for each request before it is handed on, as another person would do something just then. `hidden`: entries (a path,
    an id) that are left out of what the server shows."""

    def __init__(self, port: int) -> None:
        self.server_port = port
        self.log: list[Asked] = []
        self.fault: tuple[Kind, int] | None = None
        self.kill: Callable[[], None] = _nobody
        self.before: Callable[[int, str, str], None] = _nothing
        self.hidden: Callable[[str], bool] = _none
        self._count = 0
        self._on_their_way = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self)
        self.port: int = self._server.server_address[1]

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def clear(self, fault: tuple[Kind, int] | None = None) -> None:
        """Count from one again, and let this happen."""
        with self._lock:
            self.log, self._count, self.fault, self.before, self.hidden = [], 0, fault, _nothing, _none

    def fired(self) -> list[Asked]:
        """The requests that a fault has hit."""
        return [one for one in self.log if one.hit]

    @property
    def count(self) -> int:
        """How many requests have come."""
        with self._lock:
            return self._count

    def number(self) -> int:
        with self._lock:
            self._count += 1
            return self._count

    def note(self, asked: Asked) -> None:
        with self._lock:
            self.log.append(asked)

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, list[Any], bytes]:
        """What the server answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=60)
        with self._lock:
            self._on_their_way += 1
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return reply.status, reply.getheaders(), reply.read()
        finally:
            connection.close()
            with self._lock:
                self._on_their_way -= 1

    def wait(self) -> None:
        """Until the server has answered all that it was asked: who was killed may have sent more than one request."""
        until = time.monotonic() + 30
        while self._on_their_way and time.monotonic() < until:
            time.sleep(0.01)


def _nobody() -> None:
    raise AssertionError("there is nobody to be killed")


def _none(_name: str) -> bool:
    return False


def _without(hidden: Callable[[str], bool], body: bytes) -> bytes:
    """A list of entries, a CalDAV server's or Google's, without those that are hidden."""
    if body.startswith(b"{"):
        found = json.loads(body)
        found["items"] = [item for item in found["items"] if not hidden(item["id"])]
        return json.dumps(found).encode()
    from lxml import etree

    root = etree.fromstring(body)
    for node in root.findall("{DAV:}response"):
        if hidden(node.findtext("{DAV:}href")):
            root.remove(node)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _nothing(_number: int, _method: str, _path: str) -> None:
    pass


@contextlib.contextmanager
def proxy(port: int) -> Iterator[Proxy]:
    made = Proxy(port)
    made.start()
    try:
        yield made
    finally:
        made.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed, or gave up, reads no more."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_any(self) -> None:
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        number, at = proxy.number(), time.monotonic()
        hit = proxy.fault is not None and proxy.fault[1] == number
        kind = proxy.fault[0] if proxy.fault is not None and hit else None
        status, headers, reply = 0, [], b""
        if kind is None or kind in COMMITTED:
            proxy.before(number, self.command, self.path)
            given = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
            shown = self.command in ("REPORT", "GET") and proxy.hidden is not _none
            given |= {"Accept-Encoding": "identity"} if shown else {}
            status, headers, reply = proxy.forward(self.command, self.path, given, body)
            if shown and (status == 207 or b'"calendar#events"' in reply):
                reply = _without(proxy.hidden, reply)
        proxy.note(Asked(number, at, self.command, self.path, body, hit, status))
        if kind is not None and kind.startswith("killed"):
            proxy.kill()
        if kind in ("killed before", "killed after", "dropped before", "dropped after"):
            self._hang_up()
        elif kind is None:
            self._reply(status, headers, reply)
        elif kind == "half":
            self._reply(status, headers, reply, half=True)
            self._hang_up()
        elif kind == "slow":
            self._wait()
            self._hang_up()
        else:
            self._reply(int(kind), list(HEADERS.get(kind, {}).items()), b"")

    def _reply(self, status: int, headers: list[Any], body: bytes, half: bool = False) -> None:
        lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'Said')}"]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() not in _HOP]
        if status not in (204, 304):
            lines.append(f"Content-Length: {len(body)}")
        text = "\r\n".join([*lines, "", ""]).encode() + body
        kept = len(text) - (len(body) // 2 if body else 10)
        self.wfile.write(text[:kept] if half else text)

    def _wait(self) -> None:
        """Until the client has had enough."""
        until = time.monotonic() + HANGS
        while time.monotonic() < until:
            if select.select([self.connection], [], [], 0.05)[0] and not self.connection.recv(1, socket.MSG_PEEK):
                return

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_REPORT = do_PROPFIND = do_OPTIONS = handle_any  # noqa: N815
    do_PROPPATCH = do_MKCALENDAR = do_HEAD = handle_any  # noqa: N815 - the base class's names

    def log_message(self, *_: Any) -> None:
        pass
