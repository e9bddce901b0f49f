"""Google's login and calendar as `emulate` plays them (npm, Apache-2.0): a code with PKCE, refreshing and revoking are
real there; nothing of it is this project's belief about Google.

It is fetched once into the user's cache folder. Where node or npm is not there, or the registry cannot be reached, the
tests that need it are skipped with the reason: the project's checks need Python, pip, make and git alone."""

from __future__ import annotations

import contextlib
import html
import http.client
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import platformdirs
import pytest

from tests.servers import free_port

VERSION = "0.12.2"  # `latest` is another package
USER = "lee@riverside.example"
CLIENT_ID, CLIENT_SECRET = "riverside.apps.example", "client-secret-of-riverside"
SCOPES = "https://www.googleapis.com/auth/calendar"


@dataclass(frozen=True)
class Emulator:
    """It runs at `root`; `ports` are those that its client may be answered at, since it wants each address named."""

    root: str
    ports: tuple[int, ...]

    @property
    def api(self) -> str:
        return f"{self.root}calendar/v3/"

    def client(self, **more: str) -> str:
        """The JSON file of the practice's desktop app, as Google's console gives it."""
        addresses = {"auth_uri": f"{self.root}o/oauth2/v2/auth", "token_uri": f"{self.root}oauth2/token"}
        known = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uris": ["http://localhost"]}
        return json.dumps({"installed": known | addresses | more})

    def consent(self, address: str, scope: str | None = None) -> str:
        """Open the address in a browser and say yes; gives the address that the browser ends at. scope: what is granted
        where that is less than what is asked for."""
        status, _, page = ask(address)
        assert status == 200, page
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        fields = {name: html.unescape(value) for name, value in fields.items()}
        if scope is not None:
            fields["scope"] = scope
        status, where, page = ask(f"{self.root}o/oauth2/v2/auth/callback", fields)
        assert status == 302, page
        return where

    def token(self) -> str:
        """An access token to everything in the user's calendars."""
        back = f"http://127.0.0.1:{self.ports[0]}/"
        asked = {"client_id": CLIENT_ID, "redirect_uri": back, "response_type": "code", "scope": f"{SCOPES} email"}
        where = self.consent(f"{self.root}o/oauth2/v2/auth?{urlencode(asked)}")
        [code] = parse_qs(urlsplit(where).query)["code"]
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        fields |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        status, _, text = ask(f"{self.root}oauth2/token", fields)
        assert status == 200, text
        return str(json.loads(text)["access_token"])

    def refresh(self, refresh_token: str) -> int:
        """The HTTP status that a refresh gets, asked by nothing that the code under test uses."""
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        fields |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return ask(f"{self.root}oauth2/token", fields)[0]


def ask(address: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
    """One request: the reply's status, where it sends the browser, and its text."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        if fields is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, urlencode(fields), kind)
        reply = connection.getresponse()
        return reply.status, reply.getheader("Location") or "", reply.read().decode()
    finally:
        connection.close()


@pytest.fixture(scope="session")
def google_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A running emulator with one user, two calendars and one client."""
    program = _program()
    ports = tuple(free_port() for _ in range(12))
    with _running(program, tmp_path_factory.mktemp("emulate"), ports) as emulator:
        yield emulator


def _program() -> list[str]:
    """How to start it. Skips where it cannot be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Google's emulator needs node and npm (https://nodejs.org)")
    release = tuple(int(number) for number in _said([node, "--version"]).lstrip("v").split(".")[:2])
    if release < (22, 15):  # what it needs of node is newer than many systems' node: npm has that too
        node = str(_fetched(npm, "node", "22") / "bin" / "node")
    return [node, str(_fetched(npm, "emulate", VERSION, "--ignore-scripts") / "dist" / "index.js")]


def _fetched(npm: str, package: str, version: str, *options: str) -> Path:
    """The folder of a package of npm in the user's cache; fetched where it is not there, whole or not at all, also
    where another process does the same."""
    cache = Path(platformdirs.user_cache_dir("session-breaks-tests", appauthor=False))
    folder = cache / f"{package}-{version}"
    found = folder / "node_modules" / package
    if found.exists():
        return found
    cache.mkdir(parents=True, exist_ok=True)
    building = folder.with_name(f"{folder.name}.{os.getpid()}")
    line = [
        npm,
        "install",
        "--loglevel=error",
        "--fetch-retries=1",
        "--no-audit",
        "--no-fund",
        "--prefix",
        str(building),
        *options,
    ]
    try:
        done = subprocess.run([*line, f"{package}@{version}"], capture_output=True, timeout=300, check=False)
        why = done.stderr.decode(errors="replace")[-300:] or "no reason given" if done.returncode else ""
    except subprocess.TimeoutExpired:
        why = "it took longer than five minutes"
    if not why:
        with contextlib.suppress(OSError):  # another process was first
            building.replace(folder)
    shutil.rmtree(building, ignore_errors=True)
    if why:
        pytest.skip(f"npm could not fetch {package}, which Google's emulator needs: {why}")
    return found


def _said(line: list[str]) -> str:
    return subprocess.run(line, capture_output=True, timeout=60, check=True).stdout.decode().strip()


@contextlib.contextmanager
def _running(program: list[str], folder: Path, ports: tuple[int, ...]) -> Iterator[Emulator]:
    port = free_port()
    zone = {"user_email": USER, "time_zone": "Europe/London"}
    seed = {
        "google": {
            "users": [{"email": USER, "name": "Lee"}],
            "oauth_clients": [
                {
                    "client_id": CLIENT_ID,
                    "client_secret": CLIENT_SECRET,
                    "redirect_uris": [f"http://127.0.0.1:{number}/" for number in ports],
                }
            ],
            "calendars": [
                {"id": "primary", "summary": USER, "primary": True, "selected": True, **zone},
                {"id": "work", "summary": "Work", **zone},
            ],
        }
    }
    (folder / "seed.yaml").write_text(json.dumps(seed))  # JSON is YAML
    line = [*program, "start", "-s", "google", "-p", str(port), "--seed", str(folder / "seed.yaml")]
    environment = os.environ | {"HOST": "127.0.0.1", "HOSTNAME": "127.0.0.1"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(line, stdout=log, stderr=log, cwd=folder, env=environment)
    root = f"http://127.0.0.1:{port}/"
    try:
        _wait(process, root, folder / "log")
        yield Emulator(root, ports)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], root: str, log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the emulator ended: {log.read_text()[-2000:]}")
        with contextlib.suppress(OSError):
            ask(f"{root}oauth2/v3/certs")
            return
        time.sleep(0.1)
    raise RuntimeError(f"the emulator does not answer: {log.read_text()[-2000:]}")
