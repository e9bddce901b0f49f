"""A proxy on loopback that counts what goes through it and changes nothing: one connection here, one there."""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Counting:
    """`root`: the address to use instead of the server's; `asked`: method and path of every request, and its status."""

    root: str
    asked: list[tuple[str, str, int]] = field(default_factory=list)

    def methods(self) -> list[str]:
        return [method for method, _, _ in self.asked]


@contextlib.contextmanager
def counting(root: str) -> Iterator[Counting]:
    """Pass everything on to the server at `root` (its scheme, host and port)."""
    there = urlsplit(root)
    found = Counting("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self.behind = http.client.HTTPConnection(there.hostname or "", there.port, timeout=60)

        def finish(self) -> None:
            self.behind.close()
            super().finish()

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.behind.request(self.command, self.path, body, dict(self.headers.items()))
            reply = self.behind.getresponse()
            text = reply.read()
            found.asked.append((self.command, self.path, reply.status))
            self.send_response_only(reply.status, reply.reason)
            for name, value in reply.getheaders():
                if name.lower() not in ("connection", "content-length", "transfer-encoding", "keep-alive"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_PROPFIND = do_REPORT = do_PUT = do_DELETE = do_GET = do_OPTIONS = handle_any  # noqa: N815 - the base class's names

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    found.root = f"http://127.0.0.1:{server.server_port}"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
