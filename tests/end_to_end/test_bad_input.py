"""Whatever is wrong: one clear line that says which account or file and what to do, and everybody else is done."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.servers import PASSWORD, USER, RunningServer, free_port

from .practice import Practice, Ran, as_nobody_special, contents, failing_connector, own, run, session, vcalendar


class Two:
    """lee, whose calendar is fine, and noor, for whom something is wrong: noor reads `noor` and the account `bad`."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        self.lee = practice.calendar("lee", session(1, 10))
        self.noor = practice.calendar("noor", session(2, 10))
        self.before = contents(self.noor)

    def rules(self, bad: str, read: str = "bad") -> None:
        self.practice.rules(
            "lee: {type: folder, path: lee}\nnoor: {type: folder, path: noor}\nbad: " + bad,
            f"lee: {{read: [lee], write: lee}}\nnoor: {{read: [noor, {read}], write: noor}}",
        )

    def one_line(self, ran: Ran, *words: str, account: str = "bad") -> None:
        """noor's line names the account and holds these words; noor's calendar is as it was; lee is done."""
        assert ran.code == 1, ran
        assert ran.error.startswith(f"session-breaks: Elm Street Practice / noor: {account}"), ran.error
        for word in words:
            assert word in ran.error
        assert "Traceback" not in ran.said
        assert contents(self.noor) == self.before
        assert len(own(self.lee)) == 2, "lee's session has held time before it and a break after it"


@pytest.fixture
def two(practice: Practice) -> Two:
    return Two(practice)


@pytest.fixture
def feed() -> Iterator[Callable[..., str]]:
    """A web server that answers every request with what it was given; gives the address."""
    running: list[http.server.ThreadingHTTPServer] = []

    def serve(body: bytes, **headers: str) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        running.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/calendar.ics"

    yield serve
    for server in running:
        server.shutdown()
        server.server_close()


def test_an_unreadable_file(two: Two) -> None:
    two.rules("{type: folder, path: bad}")
    folder = two.practice.calendar("bad", session(3, 10))
    (folder / "event-0.ics").chmod(0)
    line = two.practice.command("sync", "--yes", two.practice.file)
    ran = run(as_nobody_special(line), two.practice.environment)
    two.one_line(ran, ".ics file 1 of", "Permission denied", "permissions")


def test_a_folder_that_is_not_there(two: Two) -> None:
    two.rules("{type: folder, path: nowhere}")
    two.one_line(two.practice.run("sync", "--yes"), "nowhere", "check `path`")


def test_an_ics_that_is_no_calendar(two: Two) -> None:
    two.rules("{type: folder, path: bad}")
    folder = two.practice.calendar("bad", session(3, 10))
    (folder / "notes.ics").write_text("a shopping list\n")
    two.one_line(two.practice.run("sync", "--yes"), ".ics file")


def test_an_ics_that_is_cut_off(two: Two) -> None:
    two.rules("{type: folder, path: bad}")
    folder = two.practice.calendar("bad")
    (folder / "half.ics").write_bytes(vcalendar(session(3, 10))[:-40])
    two.one_line(two.practice.run("sync", "--yes"), ".ics file")


@pytest.mark.server
def test_a_wrong_password(two: Two, radicale: RunningServer) -> None:
    radicale.make_calendar("wrong-password")
    two.rules(
        f"{{type: caldav, url: '{radicale.root}', user: {USER}, password: {{env: SECRET}}}}", "bad/wrong-password"
    )
    ran = two.practice.run("sync", "--yes", SECRET="not-the-password")  # noqa: S106 - a wrong one, invented
    two.one_line(ran, "refused the login", "check `user` and `password`")
    assert "not-the-password" not in ran.said


@pytest.mark.server
def test_a_calendar_that_does_not_exist(two: Two, radicale: RunningServer) -> None:
    radicale.make_calendar("office")
    two.rules(f"{{type: caldav, url: '{radicale.root}', user: {USER}, password: {{env: SECRET}}}}", "bad/ofice")
    ran = two.practice.run("sync", "--yes", SECRET=PASSWORD)
    two.one_line(ran, "bad/ofice", "no such calendar", "office")


def test_a_server_that_is_down(two: Two) -> None:
    two.rules(f"{{type: caldav, url: 'http://127.0.0.1:{free_port()}/'}}", "bad/work")
    two.one_line(two.practice.run("sync", "--yes"), "cannot be reached", "check `url` and the network")


def test_a_feed_that_answers_html(two: Two, feed: Callable[..., str]) -> None:
    address = feed(b"<!DOCTYPE html><html><body>Please log in</body></html>", Content_Type="text/html")
    two.rules("{type: feed, url: {env: FEED}}")
    ran = two.practice.run("sync", "--yes", FEED=address)
    two.one_line(ran, "the feed")
    assert "127.0.0.1" not in ran.said


def test_a_feed_that_is_stale(two: Two, feed: Callable[..., str]) -> None:
    address = feed(vcalendar(session(3, 10)), Last_Modified="Mon, 16 Nov 2026 06:00:00 GMT")
    two.rules("{type: feed, url: {env: FEED}, stale_after: 2 days}")
    two.one_line(two.practice.run("sync", "--yes", FEED=address), "14 days", "stale_after", "practice system")


def test_no_keyring_backend(two: Two) -> None:
    two.rules(
        "{type: caldav, url: 'http://127.0.0.1:9/', user: lee, password: {keyring: session-breaks/cloud}}", "bad/work"
    )
    ran = two.practice.run("sync", "--yes", PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    two.one_line(ran, "no keyring can be opened", "{file: PATH}")


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("{file: password}", ("password", "can be read by others", "chmod 600")),
        ("{file: nowhere}", ("nowhere", "cannot be read")),
        ("{command: [sh, -c, 'echo tell-nobody >&2; echo nor-this; exit 3']}", ("sh", "exit code 3", "run it by hand")),
        ("{command: [no-such-program]}", ("no-such-program", "is not there", "PATH under cron")),
        ("{env: NOT_SET}", ("NOT_SET", "is not set", "crontab")),
    ],
    ids=["readable by others", "missing file", "failing command", "missing command", "missing variable"],
)
def test_a_secret_that_cannot_be_had(two: Two, secret: str, words: tuple[str, ...]) -> None:
    (two.practice.folder / "password").write_text("tell-nobody")
    (two.practice.folder / "password").chmod(0o644)
    two.rules(f"{{type: caldav, url: 'http://127.0.0.1:9/', user: lee, password: {secret}}}", "bad/work")
    ran = two.practice.run("sync", "--yes")
    two.one_line(ran, *words)
    assert "tell-nobody" not in ran.said
    assert "nor-this" not in ran.said


@pytest.mark.parametrize("command", [("preview",), ("sync", "--dry-run"), ("clear", "--yes")])
def test_every_command_does_the_others_too(two: Two, command: tuple[str, ...]) -> None:
    two.rules("{type: folder, path: nowhere}")
    two.practice.run("sync", "--yes")
    ran = two.practice.run(*command)
    if command[0] == "clear":  # clear looks only at calendars that are written to
        assert ran.code == 0
        assert own(two.lee) == {}
        return
    assert ran.code == 1
    assert "noor: bad: there is no folder" in ran.error
    assert "lee" in ran.out


def test_a_calendar_that_cannot_be_cleared_does_not_stop_the_others(practice: Practice) -> None:
    practice.rules(
        "lee: {type: folder, path: lee}\nnoor: {type: folder, path: noor}",
        "noor: {read: [noor], write: noor}\nlee: {read: [lee], write: lee}",
    )
    lee = practice.calendar("lee", session(1, 10))
    practice.calendar("noor", session(2, 10))
    assert practice.run("sync", "--yes").code == 0
    (practice.folder / "noor").rename(practice.folder / "elsewhere")
    ran = practice.run("clear", "--yes")
    assert ran.code == 1
    assert "noor: noor: there is no folder" in ran.error
    assert own(lee) == {}


def test_a_broken_rule_file_is_said_with_its_place_and_the_other_is_done(practice: Practice) -> None:
    lee = practice.one_therapist(session(1, 10))
    broken = practice.folder / "broken.yaml"
    broken.write_text("practice: Broken\ntimezone: Europe/Atlantis\nbreks: {after: 10 min}\n")
    for command in (("check",), ("preview",), ("sync", "--yes")):
        ran = practice.run(*command, broken)
        assert ran.code == 1, command
        assert f"{broken}:2:" in ran.err
        assert "`breaks`" in ran.err
        assert all(line.startswith(f"{broken}:") for line in ran.err.splitlines())
        assert "Traceback" not in ran.said
    assert len(own(lee)) == 2


@pytest.mark.parametrize("command", ["check", "preview", "sync", "clear"])
def test_a_rule_file_that_is_not_there(practice: Practice, command: str) -> None:
    ran = practice.run(command)
    assert ran.code == (1 if command == "check" else 2)
    assert ran.error.startswith(f"{practice.file}:")
    assert "there is no such file" in ran.error
    assert "session-breaks init" in ran.error


@pytest.mark.parametrize("command", ["check", "preview", "sync", "clear"])
def test_no_rule_file_at_all(practice: Practice, command: str) -> None:
    ran = practice.run(command, file=False)
    assert (ran.code, ran.out) == (2, "")
    assert str(practice.practices) in ran.error
    assert "session-breaks init" in ran.error


def test_two_files_with_the_same_id_are_not_mixed_up(practice: Practice) -> None:
    accounts, therapists = "diary: {type: folder, path: %s}", "lee: {read: [diary], write: diary}"
    practice.rules(accounts % "one", therapists)
    copy = practice.rules(accounts % "two", therapists, file=practice.folder / "zz-copy.yaml")
    one, two = practice.calendar("one", session(1, 10)), practice.calendar("two", session(1, 10))
    line = practice.command("sync", "--yes", practice.file, copy)
    ran = run(line, practice.environment)
    assert ran.code == 1
    assert ran.error.startswith(f"{copy}: has the same id as {practice.file}")
    assert (len(own(one)), len(own(two))) == (2, 0)


def test_a_file_that_is_named_twice_is_one_file(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    ran = practice.run("sync", "--yes", practice.file)
    assert (ran.code, ran.said) == (0, "")
    assert len(own(diary)) == 2


def test_an_unknown_therapist_is_answered_with_those_there_are(two: Two) -> None:
    two.rules("{type: folder, path: bad}")
    for command in ("preview", "sync", "clear"):
        ran = two.practice.run(command, "--therapist", "nora")
        assert (ran.code, ran.out) == (2, "")
        assert ran.error == "session-breaks: no therapist is called nora; there are lee, noor"


@pytest.mark.parametrize("option", ["--now", "--from", "--to"])
def test_a_time_that_is_none(practice: Practice, option: str) -> None:
    diary = practice.one_therapist(session(1, 10))
    ran = practice.run("sync", "--yes", option, "nonsense", now=None)
    assert ran.code == 2
    assert "'nonsense' is no time; write it as 2026-12-01T06:00+00:00" in ran.err.splitlines()[-1]
    assert own(diary) == {}


@pytest.mark.parametrize(
    ("option", "time"),
    [("--now", "9999-12-31"), ("--now", "0001-01-01"), ("--from", "9999-12-31"), ("--to", "9999-12-31")],
)
def test_a_time_at_the_end_of_all_time(practice: Practice, option: str, time: str) -> None:
    practice.one_therapist(session(1, 10))
    ran = practice.run("preview", option, time, now=None)
    assert ran.code == 2
    assert f"'{time}' is outside of what can be planned (1970 to 2200)" in " ".join(ran.err.split())


def test_a_window_that_ends_before_it_begins(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    ran = practice.run("preview", "--to", "2026-11-01")
    assert ran.code == 1
    assert "--from, --to and --now" in ran.error


@pytest.mark.parametrize("command", [("sync", "--yes"), ("clear", "--yes")])
def test_a_state_folder_that_cannot_be_written_to(practice: Practice, command: tuple[str, ...]) -> None:
    diary = practice.one_therapist(session(1, 10))
    practice.state.mkdir()
    practice.state.chmod(0o500)
    line = practice.command(*command, practice.file)
    ran = run(as_nobody_special(line), practice.environment)
    practice.state.chmod(0o700)
    assert (ran.code, ran.out) == (2, "")
    assert str(practice.state) in ran.error
    assert "check its rights" in ran.error
    assert own(diary) == {}


def test_a_state_folder_that_became_read_only_lets_nothing_be_written(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert practice.run("preview").code == 0
    inside = practice.state / "session-breaks"
    for path in (inside / "journal.sqlite3", inside):
        path.chmod(0o500 if path.is_dir() else 0o400)
    line = practice.command("sync", "--yes", practice.file)
    ran = run(as_nobody_special(line), practice.environment)
    inside.chmod(0o700)
    assert ran.code in (1, 2)
    assert str(inside) in ran.error
    assert own(diary) == {}


def test_a_calendar_that_was_full_and_now_reads_empty_is_left_alone(two: Two) -> None:
    two.rules("{type: folder, path: bad}")
    two.practice.calendar("bad")
    assert two.practice.run("sync", "--yes").code == 0
    blocks = own(two.noor)
    (two.noor / "event-0.ics").unlink()
    two.practice.calendar("lee", session(1, 10), session(3, 10))
    ran = two.practice.run("sync")
    assert ran.code == 3
    assert ran.error.startswith(
        "session-breaks: Elm Street Practice / noor: noor had sessions ahead and now reads empty"
    )
    assert "--force" in ran.error
    assert contents(two.noor) == blocks
    assert len(own(two.lee)) == 4
    assert two.practice.run("preview").code == 3
    assert two.practice.run("sync", "--force").code == 0
    assert contents(two.noor) == {}


def test_an_output_that_takes_only_ascii(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    practice.file.write_text(practice.file.read_text().replace("Elm Street Practice", "Praxis für Übungen"))
    ran = practice.run("preview", "--details", PYTHONIOENCODING="ascii")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.isascii()
    assert "Praxis fur Ubungen" in ran.out
    assert "?" not in ran.out
    for command in (("check",), ("sync",), ("sync", "--yes"), ("clear", "--yes"), ("preview", "--format", "json")):
        ran = practice.run(*command, PYTHONIOENCODING="ascii")
        assert ran.code in (0, 3)
        assert ran.said.isascii()


def test_forty_columns(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    ran = practice.run("preview", "--details", COLUMNS="40")
    assert (ran.code, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= 40
    assert "Break" in ran.out


def test_the_machines_own_time_zone_changes_nothing(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    here = practice.run("preview", "--format", "json")
    there = practice.run("preview", "--format", "json", TZ="Pacific/Auckland")
    assert here.code == there.code == 0
    assert here.json() == there.json()
    assert practice.run("preview").out == practice.run("preview", TZ="Pacific/Auckland").out


def test_an_output_file_that_cannot_be_written(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    target = practice.folder / "nowhere" / "plan.json"
    ran = practice.run("preview", "--format", "json", "--output", target)
    assert (ran.code, ran.out) == (2, "")
    assert str(target) in ran.error


def test_an_unforeseen_error_is_one_line_and_stops_nobody_else(two: Two) -> None:
    two.rules("{type: failing}")
    path = failing_connector(two.practice.folder / "package", "quoting an event")
    for more in ((), ("--debug",)):
        ran = two.practice.run("sync", "--yes", *more, PYTHONPATH=path)
        assert ran.code == 1
        last = ran.err.splitlines()[-1]
        assert "noor: an unforeseen error (RuntimeError)" in last
        assert "--debug" in last
        assert ("failing_connector.py" in ran.err) == bool(more)
        assert "quoting" not in ran.said
        assert contents(two.noor) == two.before
        assert len(own(two.lee)) == 2
