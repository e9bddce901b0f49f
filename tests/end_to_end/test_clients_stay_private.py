"""Nothing that an event says about a client gets out: a mark stands in every property, and is searched for everywhere.

One practice with a CalDAV server, Google, a folder, one .ics file, a feed, damaged calendars and a connector that fails
while quoting an event; every command is run on it once, with the libraries as talkative as they can be made, by their
own environment variables and by a start-up file that turns every log and every protocol's debugging on.
"""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import re
import sqlite3
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from connectors.google_events import TAG
from tests.google.fake import ME, Fake, running
from tests.servers import PASSWORD, USER, RunningServer

from .practice import NOW, Practice, Ran, failing_connector, own, run, vcalendar, vevent

pytestmark = pytest.mark.server
MARK = "Zyxquill"
TITLE = f"Client {MARK}"
EVERYWHERE = (
    f"DESCRIPTION:{MARK} talked about {MARK}", f"LOCATION:{MARK} Road 7",
    f"ORGANIZER;CN={MARK}:mailto:{MARK}@client.example",
    f"ATTENDEE;CN={MARK};PARTSTAT=ACCEPTED:mailto:{MARK}@client.example", f"CATEGORIES:{MARK}", f"COMMENT:{MARK}",
    f"URL:https://{MARK}.example/", f"CONTACT:{MARK}", f"X-NOTE:{MARK}", f"ATTACH:https://client.example/{MARK}",
)  # fmt: skip
TALKATIVE = {
    "PYTHONWARNINGS": "always",
    "PYTHONASYNCIODEBUG": "1",
    "PYTHON_CALDAV_COMMDUMP": "1",
    "PYTHON_CALDAV_DEBUGMODE": "DEBUG_PDB",
}


START_UP = """\
import http.client, logging, sys
import httplib2, niquests, urllib3_future
logging.basicConfig(level=1, stream=sys.stderr)
for name in list(logging.root.manager.loggerDict):
    logging.getLogger(name).setLevel(1)
logging.raiseExceptions = True
http.client.HTTPConnection.debuglevel = 9
httplib2.debuglevel = 9
"""
TOKEN = "may-events"  # noqa: S105 - what the fake calls a token with this right
GOOGLE = {"description": MARK, "location": MARK, "iCalUID": f"{MARK}@{MARK}.example",
          "attendees": [{"email": f"{MARK}@client.example".lower(), "displayName": MARK}],
          "extendedProperties": {"private": {"note": MARK}, "shared": {"note": MARK}}}  # fmt: skip


ENDS = {"start": "00", "end": "50"}
PASSWORD_SENT = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
"""As it goes over the wire; the password itself is a word that may stand anywhere."""

WRONG = f"""\
practice: Elm Street Practice
accounts:
  a: {{type: caldav, url: 'ftp://{MARK}.example/', user: u, password: {MARK}}}
  b: {{type: feed, url: 'https://u:{MARK}@x.example/', user: {MARK}, passwrd: {{env: {MARK}}}}}
  c: {{type: google, user: {MARK}, token: {MARK}, endpoint: '{MARK}'}}
sessions: [{{title: "/({MARK}/", kind: individual}}, {{title: "{MARK}"}}]
days_off: [{{title: "/[{MARK}/"}}]
therapists: {{lee: {{read: [a], write: a}}}}
"""


def marked(number: int, start: str, *lines: str) -> str:
    """A session of 50 minutes with the mark in every property, its UID too."""
    return vevent(f"{MARK}-{number}@{MARK}.example", start, f"{start[:-4]}5000", *EVERYWHERE, *lines, title=TITLE)


SESSIONS = [
    marked(1, "20261201T100000", "RRULE:FREQ=DAILY;COUNT=3", f"RDATE;X-NOTE={MARK};TZID=Europe/London:20261204T150000"),
    marked(2, "20261202T140000"),
    marked(2, "20261202T143000", f"X-OTHER:{MARK}").replace("UID:", "UID:another-"),  # overlaps: a finding
    marked(4, "20261205T100000"),  # on a day off: a finding
]
UNCERTAIN = marked(3, "20261203T160000", "RRULE:FREQ=MONTHLY;BYDAY=MO,2TU")  # nobody can expand this for certain


@dataclass
class Everything:
    """What was said by all the runs, and where things may have been stored."""

    practice: Practice
    server: RunningServer
    url: str
    ran: dict[str, Ran] = field(default_factory=dict)


@pytest.fixture(scope="module")
def feed() -> Iterator[str]:
    """A feed with a mark in its address, and with validators, so that it is kept for the next run."""
    body = vcalendar(*(marked(10 + day, f"202612{day:02}T120000") for day in (1, 2, 3, 4)))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "login" in self.path:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(f"<html><body>Hello {MARK}</body></html>".encode())
                return
            known = self.headers.get("If-None-Match") == '"first"'
            self.send_response(304 if known else 200)
            self.send_header("ETag", '"first"')
            self.send_header("Content-Type", "text/calendar")
            self.send_header("Content-Length", "0" if known else str(len(body)))
            self.end_headers()
            if not known:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/{MARK}/calendar.ics?key={MARK}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def google() -> Iterator[Fake]:
    """Google's calendar with the mark in every field, and with one event that cannot be understood."""
    with running(now=datetime.fromisoformat(NOW)) as fake:
        calendar = fake.world.calendar("primary")
        for day, hour in ((1, 10), (2, 11), (3, 12)):
            times = {name: {"dateTime": f"2026-12-{day:02}T{hour}:{minute}:00Z"} for name, minute in ENDS.items()}
            fake.world.put(calendar, {**GOOGLE, "iCalUID": f"{MARK}-{day}", "summary": TITLE, **times})
        odd = fake.world.put(calendar, {**GOOGLE, "summary": TITLE, **times})
        shown = fake.world.shown
        fake.world.shown = lambda kept, event, *more: (  # type: ignore[method-assign]
            {k: v for k, v in shown(kept, event, *more).items() if event is not odd or k != "end"}
        )
        yield fake


@pytest.fixture(scope="module")
def everything(
    radicale: RunningServer, feed: str, google: Fake, tmp_path_factory: pytest.TempPathFactory
) -> Everything:
    practice = Practice(tmp_path_factory.mktemp("private"))
    url = radicale.make_calendar("private")
    for number, event in enumerate(SESSIONS):
        radicale.put(f"{url}event-{number}.ics", vcalendar(event))
    practice.calendar("folder", *SESSIONS, UNCERTAIN)
    (practice.folder / "file.ics").write_bytes(vcalendar(*SESSIONS))
    broken = practice.calendar("broken", *SESSIONS)
    (broken / "cut.ics").write_bytes(vcalendar(marked(5, "20261201T100000"))[:-60] + f"\r\n{MARK}".encode())
    odd = practice.calendar("odd")
    (odd / "odd.ics").write_bytes(vcalendar(marked(6, f"{MARK}T000000")))
    practice.rules(
        f"cloud: {{type: caldav, url: '{radicale.root}', user: {USER}, password: {{env: SECRET}}}}\n"
        "ehr: {type: feed, url: {env: FEED}}\nbad-feed: {type: feed, url: {env: BAD_FEED}}\n"
        "folder: {type: folder, path: folder}\nfile: {type: folder, path: file.ics}\n"
        f"goo: {{type: google, user: {ME}, token: {{env: TOKEN}}, endpoint: '{google.endpoint}'}}\n"
        "broken: {type: folder, path: broken}\nodd: {type: folder, path: odd}\nfailing: {type: failing}",
        "lee: {read: [cloud/private, ehr], write: cloud/private}\n"
        "noor: {read: [folder], write: folder}\nada: {read: [file], write: file}\n"
        "bo: {read: [broken], write: broken}\ncy: {read: [odd], write: odd}\n"
        "di: {read: [failing], write: failing}\ngil: {read: [goo/primary], write: goo/primary}\n"
        "el: {read: [folder, bad-feed], write: folder}",
        more="""
        limits: {per_day: {sessions: 1, time: 1 h}, per_week: {sessions: 2}}
        protect: [{name: Lunch, length: 45 min, between: "12:00-13:00"}, {name: Me time, on: wed, at: "14:00-15:00"}]
        """,
    )
    package = failing_connector(practice.folder / "package", f"what {MARK} said")
    start_up = practice.folder / "start-up"
    start_up.mkdir()
    (start_up / "sitecustomize.py").write_text(START_UP)
    loud = {"PYTHONPATH": f"{start_up}:{package}", "PYTHONDEVMODE": "1"}
    wrong = practice.folder / "wrong.yaml"
    wrong.write_text(WRONG)
    temporary = practice.home / "tmp"
    temporary.mkdir()
    environment = {
        "SECRET": PASSWORD,
        "FEED": feed,
        "BAD_FEED": feed.replace("calendar.ics", "login"),
        "TOKEN": TOKEN,
        "PYTHONPATH": package,
        "TMPDIR": str(temporary),
        **TALKATIVE,
    }
    told = Everything(practice, radicale, url)

    def ran(name: str, *words: str, **more: str) -> None:
        told.ran[name] = practice.run(*words, **(environment | more))

    ran("check", "check")
    ran("explained preset", "check", "--explain-preset")
    ran("wrong rule file", "check", str(wrong))
    ran("text", "preview", "--details")
    ran("json", "preview", "--format", "json")
    ran("text file", "preview", "--details", "--output", str(practice.home / "plan.txt"))
    ran("dry run", "sync", "--dry-run")
    ran("refused", "sync")
    ran("sync", "sync", "--yes")
    ran("debug", "sync", "--yes", "--debug", "--force", PYTHONDEVMODE="1")
    unreachable = feed.replace("127.0.0.1", "127.0.0.9")
    written_over(practice.folder / "folder")
    ran("loud", "sync", "--yes", "--debug", "--force", **loud)
    ran("loud preview", "preview", "--details", "--debug", "--weeks", "1", **loud)
    for what in ("2026-12-01", "2026-12-01T10:15", "2026-12-02T14:35"):
        ran(f"explain {what}", "explain", what, "--now", NOW)
        ran(f"explain {what} as json", "explain", what, "--now", NOW, "--format", "json", "--debug")
    ran("explain a key", "explain", key_of_a_break(told.ran["json"]), "--now", NOW)
    ran("doctor", "doctor", "--now", NOW, "--debug")
    ran("loud doctor", "doctor", "--now", NOW, "--debug", "--json", **loud)
    ran("nobody answers", "sync", "--therapist", "lee", "--debug", FEED=unreachable)
    ran("wrong password", "sync", "--therapist", "lee", "--debug", SECRET=f"wrong {MARK}", **loud)
    ran("wrong token", "sync", "--therapist", "gil", "--debug", TOKEN=f"wrong-{MARK}", **loud)
    radicale.put(f"{url}event-9.ics", vcalendar(marked(9, "20261204T110000")))
    ran("update", "sync", "--force")
    told.ran["brake"] = brake(practice, environment)
    plan = practice.home / "plan.json"
    radicale.put(f"{url}event-8.ics", vcalendar(marked(8, "20261203T150000")))
    ran("saved plan", "preview", "--output", str(plan), "--force")
    ran("apply", "apply", str(plan), "--yes", "--force", "--debug")
    radicale.put(f"{url}event-7.ics", vcalendar(marked(7, "20261203T090000")))
    ran("another plan", "apply", str(plan), "--yes", "--debug")
    for what in ("--list", "--yes"):
        ran(f"undo {what}", "undo", what, "--debug")
    ran("loud undo", "undo", "--yes", "--debug", **loud)
    ran("restore", "sync", "--restore", "2026-12-01", "--force", "--debug")
    ran("loud key", "explain", key_of_a_break(told.ran["json"]), "--now", NOW, "--debug", "--format", "json", **loud)
    ran("loud apply", "apply", str(plan), "--yes", "--debug", **loud)
    return told


def written_over(folder: Path) -> None:
    """A therapist writes a client's name over two breaks, moves one of them, and asks somebody to a third: it is a
    meeting then."""
    for number, (name, body) in enumerate(list(own(folder).items())[:3]):
        summary = body.replace(b"SUMMARY:", f"DESCRIPTION:{MARK}\r\nLOCATION:{MARK}\r\nSUMMARY:{TITLE} ".encode())
        moved = re.sub(rb"(DT(?:START|END):\d{8}T\d\d)\d\d", rb"\g<1>59", summary) if number == 1 else summary
        guest = f"ATTENDEE;CN={MARK}:mailto:{MARK}@client.example\r\nSUMMARY:".encode()
        (folder / name).write_bytes(moved.replace(b"SUMMARY:", guest) if number == 2 else moved)


def key_of_a_break(ran: Ran) -> str:
    """One of the keys that are made of a session's UID."""
    plans = {plan["therapist"]: plan for plan in ran.json()["therapists"]}
    return next(str(block["key"]) for block in plans["lee"]["blocks"] if block["key"].startswith("break/"))


def brake(practice: Practice, environment: dict[str, str]) -> Ran:
    """noor's calendar loses its sessions, so that a brake holds; the sessions are put back."""
    folder = practice.folder / "folder"
    events = {path: path.read_bytes() for path in folder.glob("event-*.ics")}
    for path in events:
        path.unlink()
    ran = practice.run("sync", "--therapist", "noor", **environment)
    for path, body in events.items():
        path.write_bytes(body)
    return ran


def test_the_start_up_file_really_turned_everything_on(everything: Everything) -> None:
    practice = everything.practice
    asked = "import logging, httplib2, http.client; print(logging.root.level, httplib2.debuglevel)"
    environment = practice.environment | {"PYTHONPATH": str(practice.folder / "start-up")}
    done = run([sys.executable, "-c", asked], environment)
    assert done.out == "1 9\n"


def test_the_sessions_were_really_read_and_every_way_to_fail_was_really_taken(everything: Everything) -> None:
    plans = {plan["therapist"]: plan for plan in everything.ran["json"].json()["therapists"]}
    assert set(plans) == {"lee", "noor", "ada", "cy", "gil"}
    assert [f["code"] for f in plans["cy"]["findings"]] == ["not-read"]
    assert len(plans["lee"]["sessions"]) >= 9
    assert {"double-booked", "session-on-day-off", "over-limit", "not-read"} <= {
        f["code"] for f in plans["noor"]["findings"]
    }
    failed = {line.split(" / ")[1].split(":")[0] for line in everything.ran["sync"].err.splitlines()}
    assert failed == {"bo", "di", "el"} | {"cy", "noor", "gil"}  # the last three have an event that cannot be read
    assert len(plans["gil"]["sessions"]) == 3
    assert everything.ran["brake"].code == 3
    codes = {
        name: everything.ran[name].code for name in ("apply", "another plan", "undo --list", "undo --yes", "loud undo")
    }
    assert codes == {"apply": 0, "another plan": 3, "undo --list": 0, "undo --yes": 0, "loud undo": 0}
    for name in ("undo --yes", "loud undo"):
        assert "Took back 2 own blocks" in everything.ran[name].out
    assert "Changed by hand" in everything.ran["loud preview"].out
    assert "failing_connector.py" in everything.ran["debug"].err
    assert "ehr: the feed's server cannot be reached" in everything.ran["nobody answers"].err
    assert "refused the login" in everything.ran["wrong password"].err
    assert "goo" in everything.ran["wrong token"].err
    assert everything.ran["wrong rule file"].err.count("wrong.yaml:") >= 4
    for name, ran in everything.ran.items():
        if name.startswith("explain "):
            assert ran.out.strip(), name
    accounts = {one["account"] for one in json.loads(everything.ran["loud doctor"].out)["accounts"]}
    assert {"cloud", "goo", "failing", "broken", "ehr"} <= accounts


def test_no_command_says_a_word_of_it(everything: Everything) -> None:
    for name, ran in everything.ran.items():
        for secret in (MARK, PASSWORD_SENT, TOKEN):
            assert secret.lower() not in ran.said.lower(), name
        assert "Traceback (most recent call last)" not in ran.err, name


def test_no_file_below_home_or_the_state_folder_holds_it(everything: Everything) -> None:
    stored = everything.practice.everything_stored()
    assert b"journal.sqlite3" in stored
    assert b"plan.txt" in stored
    assert b"plan.json" in stored
    assert b"/feed-" in stored, "the feed was kept"
    assert b"/calendar-" in stored, "the calendar's place was remembered"
    assert b".lock" in stored
    for address in (everything.url, everything.server.root, "/calendar.ics"):
        assert address.encode() not in stored.replace(everything.practice.file.read_bytes(), b"")
    assert MARK.encode() not in journal_of(everything.practice)
    for text in (MARK, MARK.lower(), MARK.upper(), PASSWORD_SENT, TOKEN):
        for encoding in ("utf-8", "utf-16-le"):
            assert text.encode(encoding) not in stored


def test_state_is_readable_for_its_owner_only(everything: Everything) -> None:
    top = everything.practice.state / "session-breaks"
    assert top.stat().st_mode & 0o077 == 0
    files = [path for path in top.rglob("*") if path.is_file()]
    assert len(files) >= 3, "journal, lock, feed"
    for path in files:
        assert path.stat().st_mode & 0o077 == 0, path


def test_no_written_block_holds_it(everything: Everything, google: Fake) -> None:
    server = everything.server
    bodies = [server.get(address) for address in server.list(everything.url)]
    blocks = [body for body in bodies if b"X-SESSION-BREAKS" in body]
    by_hand = b"SUMMARY:" + TITLE.encode()  # what a hand wrote over a block stays there
    blocks += [body for body in own(everything.practice.folder / "folder").values() if by_hand not in body]
    whole = (everything.practice.folder / "file.ics").read_bytes()
    blocks += [piece for piece in whole.split(b"BEGIN:VEVENT") if b"X-SESSION-BREAKS" in piece]
    kept = google.world.calendar("primary")
    blocks += [json.dumps(event).encode() for event in kept.events.values() if TAG in json.dumps(event)]
    assert len(blocks) > 40
    for body in blocks:
        assert MARK.lower().encode() not in body.lower()


def test_clear_says_no_word_of_it_either(everything: Everything, tmp_path: Path) -> None:
    practice = everything.practice
    package = str(practice.folder / "package")
    ran = practice.run(
        "clear",
        "--yes",
        "--debug",
        SECRET=PASSWORD,
        FEED="x",
        BAD_FEED="x",
        TOKEN=TOKEN,
        PYTHONPATH=package,
        **TALKATIVE,
    )
    assert ran.code == 1
    assert "Removed" in ran.out
    assert MARK.lower() not in ran.said.lower()
    assert MARK.encode() not in practice.everything_stored()
    assert all(b"ATTENDEE" in body for body in own(practice.folder / "folder").values())
    assert not list(tmp_path.iterdir())
    _private_clearing(practice)


def _private_clearing(practice: Practice) -> None:
    """`clear --all`, and letting go of calendars, when accounts fail, are gone, or have never been there."""
    start_up = f"{practice.folder / 'start-up'}:{practice.folder / 'package'}"
    about = {"SECRET": PASSWORD, "FEED": "x", "BAD_FEED": f"https://{MARK}.example/", "TOKEN": f"wrong-{MARK}"}
    about |= {"PYTHONPATH": start_up, **TALKATIVE}
    text = practice.file.read_text().replace("write: goo/primary", "write: spare")
    practice.file.write_text(text.replace("accounts:\n", "accounts:\n  spare: {type: folder, path: spare}\n"))
    practice.calendar("spare")
    codes = []
    for words in (
        ("--all", "--yes"), ("--forget", "nowhere"), ("--forget", "goo/primary"), ("--forget", "goo/primary", "--yes"),
    ):  # fmt: skip
        ran = practice.run("clear", *words, "--debug", **about)
        codes.append(ran.code)
        assert MARK.lower() not in ran.said.lower(), words
        assert "Traceback (most recent call last)" not in ran.err, words
    assert codes == [1, 2, 3, 0]
    assert MARK.encode() not in practice.everything_stored()
    assert MARK.encode() not in journal_of(practice)


def journal_of(practice: Practice) -> bytes:
    """Everything in the journal, each value by itself as text."""
    with contextlib.closing(sqlite3.connect(practice.state / "session-breaks" / "journal.sqlite3")) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for table in tables for row in db.execute(f"SELECT * FROM {table}")]  # noqa: S608 - its own names
    assert len(rows) > 40
    return repr(rows).encode()
