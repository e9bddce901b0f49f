"""Google's token service, where a test needs an answer that the emulator never gives: a login that ends, one for a
service account, a refusal."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]


@dataclass
class Logins:
    """A service at `root`. It answers with `answers`, the last one again and again; `asked` are the forms it got."""

    root: str
    answers: list[tuple[int, Json]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    def gives(self, token: str, **more: Any) -> None:
        """From now on it gives this access token."""
        self.answers = [(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer", **more})]

    def refuses(self, error: str, description: str = "", status: int = 400) -> None:
        self.answers = [(status, {"error": error, "error_description": description})]

    def client(self, **more: str) -> str:
        """The JSON file of the practice's desktop app."""
        known = {"client_id": "riverside.apps.example", "client_secret": "client-secret-of-riverside"}
        addresses = {"auth_uri": f"{self.root}auth", "token_uri": f"{self.root}token"}
        return json.dumps({"installed": known | addresses | more})

    @staticmethod
    def consent(address: str) -> str:
        """Where the browser ends after a yes."""
        query = parse_qs(urlsplit(address).query)
        return f"{query['redirect_uri'][0]}?state={query['state'][0]}&code=4/0Ab_code&scope={query['scope'][0]}"


@contextlib.contextmanager
def running() -> Iterator[Logins]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            logins.asked.append({name: values[0] for name, values in form.items()})
            status, answer = logins.answers.pop(0) if len(logins.answers) > 1 else logins.answers[0]
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    logins = Logins(f"http://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield logins
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
