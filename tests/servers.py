"""Real CalDAV servers for tests: Radicale and Xandikos from this environment's packages, on free loopback ports."""

from __future__ import annotations

import base64
import contextlib
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

USER, PASSWORD = "tester", "secret"


@dataclass(frozen=True)
class RunningServer:
    """A server that runs: the address of its root, of the user's principal, and of the folder that calendars live
    in."""

    name: str
    root: str
    principal: str
    home: str
    user: str | None
    password: str | None

    def calendar_url(self, name: str) -> str:
        return f"{self.home}{name}/"

    def make_calendar(self, name: str, title: str = "") -> str:
        """Make a calendar with a display name; returns its address."""
        prop = f"<d:displayname>{title or name}</d:displayname>"
        body = (
            '<?xml version="1.0"?><c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
            f"<d:set><d:prop>{prop}</d:prop></d:set></c:mkcalendar>"
        )
        url = self.calendar_url(name)
        status, _, _ = self.request("MKCALENDAR", url, body.encode(), {"Content-Type": "application/xml"})
        assert status == 201, f"{self.name} answered {status} to MKCALENDAR"
        return url

    def put(self, url: str, body: bytes) -> None:
        """Store an event as any other client would."""
        status, _, _ = self.request("PUT", url, body, {"Content-Type": "text/calendar; charset=utf-8"})
        assert status in (200, 201, 204), f"{self.name} answered {status} to PUT"

    def get(self, url: str) -> bytes:
        status, _, body = self.request("GET", url)
        assert status == 200, f"{self.name} answered {status} to GET"
        return body

    def delete(self, url: str) -> None:
        status, _, _ = self.request("DELETE", url)
        assert status in (200, 204), f"{self.name} answered {status} to DELETE"

    def list(self, calendar_url: str) -> list[str]:
        """The addresses of a calendar's entries."""
        body = b'<?xml version="1.0"?><d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>'
        headers = {"Depth": "1", "Content-Type": "application/xml"}
        status, _, text = self.request("PROPFIND", calendar_url, body, headers)
        assert status == 207
        from lxml import etree

        path = urlsplit(calendar_url).path.rstrip("/")
        hrefs = [node.text for node in etree.fromstring(text).iter("{DAV:}href")]
        base = calendar_url[: -len(urlsplit(calendar_url).path)]
        return sorted(base + href for href in hrefs if href.rstrip("/") != path)

    def request(
        self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """One plain HTTP request, by nothing that the code under test uses."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        try:
            send = dict(headers or {})
            if self.user is not None:
                token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
                send["Authorization"] = f"Basic {token}"
            connection.request(method, parts.path, body, send)
            reply = connection.getresponse()
            return reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read()
        finally:
            connection.close()


def free_port() -> int:
    """A port on the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def radicale(folder: Path) -> Iterator[RunningServer]:
    """Radicale with one user, plain password file, storage in `folder`."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    users = folder / "users"
    users.write_text(f"{USER}:{PASSWORD}\n")
    config = folder / "config"
    config.write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\nmax_connections = 20\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {users}\nhtpasswd_encryption = plain\ndelay = 0\n"
        f"[rights]\ntype = owner_only\n[storage]\nfilesystem_folder = {folder / 'collections'}\n"
        "[web]\ntype = none\n[logging]\nlevel = warning\n"
    )
    root = f"http://127.0.0.1:{port}/"
    server = RunningServer("Radicale", root, f"{root}{USER}/", f"{root}{USER}/", USER, PASSWORD)
    with _running([sys.executable, "-m", "radicale", "--config", str(config)], folder, port):
        yield server


@contextlib.contextmanager
def xandikos(folder: Path) -> Iterator[RunningServer]:
    """Xandikos, which has no login of its own, with the principal ``/tester/``."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    root = f"http://127.0.0.1:{port}/"
    server = RunningServer("Xandikos", root, f"{root}{USER}/", f"{root}{USER}/calendars/", None, None)
    data = folder / "data"
    data.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "xandikos", "serve", "-d", str(data), "-l", "127.0.0.1", "-p", str(port)]
    with _running([*command, "--current-user-principal", f"/{USER}/", "--defaults"], folder, port):
        yield server


@contextlib.contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        _wait(process, port, folder / "log")
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text()[-2000:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server does not listen: {log.read_text()[-2000:]}")
