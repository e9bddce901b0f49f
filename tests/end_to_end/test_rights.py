"""Every file is for its owner alone and every folder too, whatever the umask says and whatever they were before; and a
rule file that others can change runs no command."""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .practice import Practice, Ran, own, run, session, vcalendar

OPEN = ["/bin/sh", "-c", 'umask 000; exec "$@"', "sh"]


@pytest.fixture(scope="module")
def feed() -> Iterator[str]:
    """A feed that is kept for the next run."""
    body = vcalendar(session(2, 10))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/a.ics"
    server.shutdown()
    server.server_close()


def openly(practice: Practice, *words: str | Path, file: bool = True, **environment: str) -> Ran:
    """The command of somebody whose umask leaves every new file to everybody."""
    line = practice.command(*words, *([practice.file] if file else []))
    return run([*OPEN, *line], practice.environment | environment)


def rights(*tops: Path) -> dict[str, str]:
    """What others may do with anything below some folders, and with these."""
    found = {}
    for top in tops:
        for path in (top, *top.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            wanted = 0o700 if path.is_dir() else 0o600
            if mode != wanted:
                found[str(path)] = oct(mode)
    return found


def two_calendars(practice: Practice, feed: str) -> None:
    practice.calendar("diary", session(1, 10))
    practice.rules(
        f"diary: {{type: folder, path: diary}}\nehr: {{type: feed, url: '{feed}'}}",
        "lee: {read: [diary, ehr], write: diary}",
    )


def test_everything_that_is_made_is_for_its_owner_alone_whatever_the_umask_says(practice: Practice, feed: str) -> None:
    two_calendars(practice, feed)
    plan = practice.home / "plan.json"
    assert openly(practice, "preview", "--output", plan).code == 0
    assert rights(practice.state) == {}
    assert openly(practice, "sync", "--yes").code == 0
    assert openly(practice, "init", "--yes", file=False).code == 0
    assert plan.exists()
    assert [path.name for path in practice.config.rglob("*.yaml")]
    assert {path.name.split("-")[0] for path in practice.state.rglob("*") if path.is_file()} >= {
        "journal.sqlite3", "feed",
    }  # fmt: skip
    assert rights(practice.state, practice.config) == {}
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600
    for name in own(practice.folder / "diary"):
        assert stat.S_IMODE((practice.folder / "diary" / name).stat().st_mode) == 0o600


def test_what_was_open_to_others_is_closed_by_the_next_run(practice: Practice, feed: str) -> None:
    two_calendars(practice, feed)
    plan = practice.home / "plan.json"
    for command in (("preview", "--output", str(plan)), ("sync", "--yes")):
        assert openly(practice, *command).code == 0
    top = practice.state / "session-breaks"
    for path in (plan, top, *top.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    (top / "journal.sqlite3-journal").touch()  # as a killed run leaves one
    (top / "journal.sqlite3-journal").chmod(0o666)
    for command in (("preview", "--output", str(plan)), ("sync",)):
        assert openly(practice, *command).code == 0
    assert rights(top) == {}
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600


def test_a_folder_that_only_its_owner_may_look_into_is_not_given_more_rights(practice: Practice, feed: str) -> None:
    two_calendars(practice, feed)
    assert openly(practice, "sync", "--yes").code == 0
    top = practice.state / "session-breaks"
    top.chmod(0o500)
    openly(practice, "preview")
    assert stat.S_IMODE(top.stat().st_mode) == 0o500
    top.chmod(0o700)


@pytest.mark.parametrize(("which", "mode"), [("file", 0o646), ("file", 0o664), ("folder", 0o777), ("folder", 0o1777)])
def test_a_rule_file_that_others_can_change_runs_no_command(practice: Practice, which: str, mode: int) -> None:
    ran = practice.folder / "it-ran"
    program = f"import pathlib; pathlib.Path({str(ran)!r}).touch(); print('http://127.0.0.1:9/')"
    practice.rules(
        f"ehr: {{type: feed, url: {{command: ['{sys.executable}', '-c', \"{program}\"]}}}}\nd: {{type: memory}}",
        "lee: {read: [ehr, d], write: d}",
    )
    assert not practice.run("check").out.startswith(f"{practice.file}: this file")
    (practice.file if which == "file" else practice.folder).chmod(mode)
    if mode == 0o664:
        os.chown(practice.file, -1, 12345)  # a group that is not its owner's own
    shared = mode != 0o1777  # of a folder like /tmp nobody takes away another's file
    assert practice.run("check").out.startswith(f"{practice.file}: this file") == shared
    told = practice.run("preview").err
    assert ran.exists() != shared
    assert ("`command` would run whatever they write there; run: chmod go-w" in told) == shared
