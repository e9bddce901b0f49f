"""myworld (PyPI), an independent emulator of Google Calendar: kept in an environment of its own, since what it needs
must not mix with this project's packages, and started on a free port.

It expands recurrences, pages, selects fields and fails on demand; it has no conditions (If-Match), batches, filters by
property, free/busy-only reading or focus time."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from platformdirs import user_cache_path

from tests.servers import free_port

VERSION = "0.2.1"
HOST = "www.googleapis.com"


@dataclass(frozen=True)
class Account:
    """A world of its own for one test: an account with a calendar, where it is and how to log in."""

    port: int
    endpoint: str
    token: str
    instance: str
    world: str

    def faults(self, *faults: dict[str, Any]) -> None:
        """What goes wrong from now on; nothing, where none is given."""
        asked(self.port, "PUT", f"/instances/{self.instance}/faults", list(faults))


@dataclass(frozen=True)
class Running:
    port: int

    def account(self, me: str, zone: str = "Europe/London") -> Account:
        """A new world in which `me` has one empty calendar."""
        seed = {"user": {"email": me, "name": "Lee"}, "timeZone": zone, "calendars": [], "events": []}
        server = {"noise": False, "seed": seed}
        spec = {"name": "cal", "task": "calendar", "time": "realtime", "now": "wallclock"}
        about = asked(self.port, "POST", "/envs", {"spec": spec | {"servers": {"calendar": server}}})
        login = about["credentials"]["agent"]
        base = login["direct_base_url"].format(host=HOST)
        instance = about["servers"]["calendar"]["instance"]
        return Account(self.port, f"{base}/calendar/v3/", login["google_access_token"], instance, about["id"])


def asked(port: int, verb: str, path: str, body: Any) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(verb, path, json.dumps(body), {"Content-Type": "application/json"})
        reply = connection.getresponse()
        text = reply.read()
        assert reply.status < 300, f"myworld answers {reply.status} to {verb} {path}: {text[:500]!r}"
        return json.loads(text)
    finally:
        connection.close()


def installed() -> Path:
    """The command, installed once for all projects' checkouts. Where that cannot be done the test is skipped, or fails
    in CI, where everything has to be there."""
    folder = user_cache_path("session-breaks-tests", appauthor=False) / f"myworld-{VERSION}"
    whole = folder / "whole"  # written last
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        for line in (
            []
            if whole.exists()
            else (
                [sys.executable, "-m", "venv", "--clear", str(folder)],
                [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", f"myworld[gateway]=={VERSION}"],
            )
        ):
            done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=600)
            if done.returncode:
                why = f"myworld {VERSION} cannot be installed from PyPI into {folder}"
                if os.environ.get("CI") == "true":
                    pytest.fail(f"{why}: {done.stderr[-500:]}")
                pytest.skip(f"{why} (is there a network?)")
        whole.touch()
    return folder / "bin" / "myworld"


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Running]:
    command, port = installed(), free_port()
    (folder / "envs").mkdir(parents=True)
    line = [command, "serve", "--host", "127.0.0.1", "--port", str(port)]
    line += ["--env-dir", folder / "envs", "--ca-dir", folder / "ca"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(word) for word in line], stdout=log, stderr=log, cwd=folder)
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise RuntimeError(f"myworld ended: {(folder / 'log').read_text()[-2000:]}")
            with contextlib.suppress(OSError, AssertionError, ValueError, http.client.HTTPException):
                asked(port, "GET", "/healthz", None)
                break
            time.sleep(0.05)
        yield Running(port)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
