"""A practice of its own for each test: home, configuration, state, rule file, and the command as a user runs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("session-breaks")
NOW = "2026-11-30T06:00:00+00:00"
"""A Monday."""

HEAD = """\
practice: Elm Street Practice
id: {id}
timezone: Europe/London
horizon: 1 week
working_hours: {{mon-fri: 09:00-17:00}}
kinds: {{individual: {{length: 50 min}}}}
sessions: [{{title: "Client*", kind: individual}}]
breaks: {{after: 10 min}}
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def error(self) -> str:
        """The one line on standard error."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]

    def json(self) -> Any:
        return json.loads(self.out)


class Practice:
    """Folders of its own below `folder`, and nothing of the environment but PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.config = folder / "config"
        self.state = folder / "state"
        self.home.mkdir()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.config),
            "XDG_STATE_HOME": str(self.state),
        }
        self.file = folder / "practice.yaml"

    @property
    def practices(self) -> Path:
        """Where rule files are looked for when none is named."""
        return self.config / "session-breaks" / "practices"

    def rules(
        self, accounts: str, therapists: str, *, identity: str = "elmstr33", more: str = "", file: Path | None = None
    ) -> Path:
        """Write a rule file from its accounts and its therapists, each given as lines of YAML."""
        path = file or self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        parts = {"accounts": accounts, "therapists": therapists}
        text = HEAD.format(id=identity) + textwrap.dedent(more).strip("\n") + "\n"
        for key, lines in parts.items():
            text += f"{key}:\n{textwrap.indent(textwrap.dedent(lines).strip(), '  ')}\n"
        path.write_text(text, encoding="utf-8")
        return path

    def calendar(self, name: str, *vevents: str) -> Path:
        """A folder of .ics files, one event each."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, event in enumerate(vevents):
            (folder / f"event-{number}.ics").write_bytes(vcalendar(event))
        return folder

    def one_therapist(self, *vevents: str, more: str = "") -> Path:
        """lee, who reads and writes a folder of .ics files; gives the folder."""
        self.rules("diary: {type: folder, path: diary}", "lee: {read: [diary], write: diary}", more=more)
        return self.calendar("diary", *vevents)

    def command(self, *words: str | Path, now: str | None = NOW) -> list[str]:
        """The command line; the rule file and --now are added where they are not there."""
        line = [str(COMMAND), *map(str, words)]
        if now is not None and words and words[0] in ("preview", "sync", "clear", "undo") and "--now" not in words:
            line += ["--now", now]
        return line

    def run(self, *words: str | Path, now: str | None = NOW, file: bool = True, **environment: str) -> Ran:
        """Run the command without a terminal. `file`: on this practice's rule file."""
        line = self.command(*words, *([self.file] if file else []), now=now)
        return run(line, self.environment | environment)

    def everything_stored(self) -> bytes:
        """Every file below home, configuration's and state's folders, and the names of all, as one piece of bytes."""
        files = [p for top in (self.home, self.state) if top.exists() for p in sorted(top.rglob("*"))]
        return b"\n".join(str(p).encode() + (p.read_bytes() if p.is_file() else b"") for p in files)


def run(line: list[str], environment: Mapping[str, str]) -> Ran:
    """Run a command line with exactly this environment and nobody at the other end."""
    done = subprocess.run(
        line, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def vevent(uid: str, start: str, end: str, *lines: str, title: str = "Client A.") -> str:
    """A VEVENT from 10:00 to 10:50 of 1 December 2026 in London is ``20261201T100000`` to ``20261201T105000``."""
    zone = "" if start.endswith("Z") else ";TZID=Europe/London"
    body = [
        "BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T000000Z", f"DTSTART{zone}:{start}", f"DTEND{zone}:{end}",
        f"SUMMARY:{title}", *lines, "END:VEVENT",
    ]  # fmt: skip
    return "".join(f"{line}\r\n" for line in body)


def vcalendar(*parts: str) -> bytes:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Invented//Practice//EN\r\n"
    return f"{head}{''.join(parts)}END:VCALENDAR\r\n".encode()


def session(day: int, hour: int, *lines: str, title: str = "Client A.") -> str:
    """A session of 50 minutes in the week of NOW: `day` 0 is Monday 30 November 2026."""
    date = "20261130" if day == 0 else f"202612{day:02}"
    start, end = f"{date}T{hour:02}0000", f"{date}T{hour:02}5000"
    return vevent(f"session-{day}-{hour}@practice.invalid", start, end, *lines, title=title)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder with its bytes."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def foreign(folder: Path) -> dict[str, bytes]:
    """Everybody else's files."""
    return {name: body for name, body in contents(folder).items() if b"X-SESSION-BREAKS" not in body}


def own(folder: Path) -> dict[str, bytes]:
    """Our own files."""
    return {name: body for name, body in contents(folder).items() if b"X-SESSION-BREAKS" in body}


def as_nobody_special(line: list[str]) -> list[str]:
    """The same command without the superuser's right to pass over file permissions, where the tests run as root."""
    if os.geteuid() != 0:
        return line
    drop = (
        "import ctypes, os, sys\n"
        "libc = ctypes.CDLL(None)\n"
        "PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2\n"
        "for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH): libc.prctl(PR_CAPBSET_DROP, right, 0, 0, 0)\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    return [sys.executable, "-c", drop, *line]


def failing_connector(folder: Path, text: str) -> str:
    """An installed package with a connector (type ``failing``) whose errors quote `text`; gives its PYTHONPATH."""
    about = folder / "failing_connector-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: failing-connector\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[session_breaks.connectors]\nfailing = failing_connector:Failing\n")
    (folder / "text").write_text(text)
    (folder / "failing_connector.py").write_text(
        textwrap.dedent(
            """\
            import logging, pathlib, sys, threading, warnings
            from connectors.options import AccountOptions

            TEXT = (pathlib.Path(__file__).parent / "text").read_text()

            class Options(AccountOptions):
                pass

            class Failing:
                Options = Options
                writable = True

                def __init__(self, calendar, context):
                    self.name = context.account

                def read(self, window, zone):
                    logging.getLogger("some.library").error(TEXT)
                    logging.error(TEXT)
                    warnings.warn(TEXT)
                    helper = threading.Thread(target=int, args=(TEXT,))
                    helper.start()
                    helper.join()
                    raise RuntimeError(TEXT)

                def __del__(self):
                    raise RuntimeError(TEXT)

                def close(self):
                    pass
            """
        )
    )
    return str(folder)


def silent(ran: Ran) -> bool:
    return (ran.code, ran.said) == (0, "")


def times(folder: Path) -> dict[str, tuple[str, str]]:
    """Start and end of each own block, by UID."""
    return {uid: (start, end) for body in own(folder).values() for uid, start, end in [facts(body)]}


def facts(body: bytes) -> tuple[str, str, str]:
    text = body.decode()
    found = [re.search(rf"^{name}:(\S+)", text, re.MULTILINE) for name in ("UID", "DTSTART", "DTEND")]
    assert all(found), text
    uid, start, end = (match[1] for match in found if match)
    return uid, start, end


def move(folder: Path, start: str, to: tuple[str, str]) -> Path:
    """Move the own block that starts at a time, as a hand in a calendar program does."""
    [(name, body)] = [(name, body) for name, body in own(folder).items() if f"DTSTART:{start}".encode() in body]
    _, old_start, old_end = facts(body)
    body = body.replace(f"DTSTART:{old_start}".encode(), f"DTSTART:{to[0]}".encode())
    (folder / name).write_bytes(body.replace(f"DTEND:{old_end}".encode(), f"DTEND:{to[1]}".encode()))
    return folder / name
