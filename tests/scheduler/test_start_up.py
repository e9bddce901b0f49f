"""What a quiet night does not need is not loaded: each of these costs more than reading the calendar."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.connectors.samples import vcalendar, vevent
from tests.end_to_end.practice import NOW, Practice
from tests.servers import RunningServer

pytestmark = pytest.mark.server
HEAVY = (
    "caldav",
    "niquests",
    "urllib3",
    "asyncio",
    "keyring",
    "googleapiclient",
    "holidays",
    "astral",
    "scheduler.explain",
)


def test_a_quiet_night_on_a_known_server_loads_no_library_that_it_does_not_use(
    radicale: RunningServer, tmp_path: Path
) -> None:
    url = radicale.make_calendar("start-up")
    radicale.put(
        f"{url}one.ics", vcalendar(vevent("one", ":20261201T100000Z", ":20261201T105000Z", "SUMMARY:Client A."))
    )
    practice = Practice(tmp_path)
    account = f"cloud: {{type: caldav, url: '{url}', user: {radicale.user}, password: {{env: PASSWORD}}}}"
    practice.rules(account, "lee: {read: [cloud], write: cloud}")
    login = {"PASSWORD": radicale.password or ""}
    assert practice.run("sync", "--yes", **login).code == 0
    code = (
        f"import sys\nsys.argv = ['session-breaks', 'sync', '--now', {NOW!r}, {str(practice.file)!r}]\n"
        "from scheduler.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], env=practice.environment | login, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"
