"""A web server that does harm: each path is answered by a function that writes what it likes to the connection."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


class Hostile:
    """`answers`: by path; `asked`: method and path of every request; `sent`: bytes of bodies that went out."""

    def __init__(self, certificate: Path | None = None) -> None:
        """certificate: a file with a key and a certificate, for a server that speaks TLS (as localhost)."""
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str]] = []
        self.sent = 0
        self.stop = threading.Event()
        hostile = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                hostile.asked.append((self.command, self.path))
                answer = hostile.answers.get(self.path) or hostile.answers.get("*")
                with contextlib.suppress(OSError):
                    if answer is None:
                        self.send_error(404)
                    else:
                        answer(self)
                self.close_connection = True

            do_GET = do_PUT = do_DELETE = do_PROPFIND = do_REPORT = do_POST = handle_any  # noqa: N815 - their names

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate is not None:
            about = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            about.load_cert_chain(certificate)
            self.server.socket = about.wrap_socket(self.server.socket, server_side=True)
            self.server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who does not trust it hangs up
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        host = "http://127.0.0.1" if certificate is None else "https://localhost"
        self.root = f"{host}:{self.server.server_port}"

    def says(self, path: str, body: bytes | Iterator[bytes], status: int = 200, **headers: str) -> str:
        """Answer a path with a body, or with pieces for as long as somebody listens. Gives the address."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            if isinstance(body, bytes):
                handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            for piece in [body] if isinstance(body, bytes) else body:
                handler.wfile.write(piece)
                self.sent += len(piece)
                if self.stop.is_set():
                    return

        self.answers[path] = answer
        return self.root + path

    def drips(self, path: str, text: bytes, every: float) -> str:
        """Answer a path byte by byte, from the status line on."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            for number in range(len(text)):
                handler.wfile.write(text[number : number + 1])
                handler.wfile.flush()
                if self.stop.wait(every):
                    return

        self.answers[path] = answer
        return self.root + path

    def close(self) -> None:
        self.stop.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def pieces(one: bytes, total: int, head: bytes = b"") -> Iterator[bytes]:
    """The same piece again and again, to so many bytes."""
    yield head
    for _ in range(total // len(one)):
        yield one
