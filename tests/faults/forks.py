"""The command as a real process, many hundred times: a process that has everything imported forks one for each run.

A fork is a process of its own with its own journal, connections and death by SIGKILL; only the second of importing is
saved. Run as a program this file is that process: it reads a job in a line, and answers with a child's pid, then with
how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
IMPORTED = (
    "caldav", "caldav.davclient", "connectors.caldav_server", "connectors.folder", "connectors.google_calendar",
    "googleapiclient.discovery", "httplib2", "icalendar", "lxml.etree", "niquests", "recurring_ical_events",
    "rules.engine", "scheduler.cli", "scheduler.commands", "scheduler.doctor", "scheduler.night", "scheduler.rulefile",
    "scheduler.runs", "scheduler.show.json_view", "scheduler.show.sync_view", "filelock", "holidays", "platformdirs",
)  # fmt: skip
PATIENCE = 120.0  # seconds; a run that takes longer hangs


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code (-9: killed) and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


class Forks:
    """The process that forks. `pid` is the child's that runs, known once it has begun."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.broken = ""
        """Which guarantee the runs do without (`breaks.BREAKS`); '' none."""
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self._pid = 0
        self._begun = threading.Event()

    def run(
        self,
        line: list[str],
        environment: Mapping[str, str],
        *,
        quick: bool = True,
        kill_at: int = 0,
        largest: int = -1,
        meanwhile: Callable[[], None] | None = None,
    ) -> Ended:
        """One run of the command. line: its words, without the program's name.

        quick: it waits for hundredths of seconds where it would wait for Google. kill_at: it is killed right before
        the journal's statement of this number (1 is the first). largest: no file may become larger than this, as on a
        full disk. meanwhile: is called while it runs."""
        out, err = self._folder / "out", self._folder / "err"
        self._begun.clear()
        job = {"line": line, "environment": dict(environment), "out": str(out), "err": str(err)}
        self._say(job | {"quick": quick, "kill_at": kill_at, "largest": largest, "broken": self.broken})
        self._pid = self._answer()
        self._begun.set()
        alarm = threading.Timer(PATIENCE, self.kill)
        alarm.start()
        try:
            if meanwhile is not None:
                meanwhile()
            code = self._answer()
        except BaseException:
            self.kill()
            self._answer()  # else the next run would take it for its own
            raise
        finally:
            alarm.cancel()
        assert alarm.finished.is_set()
        return Ended(code, out.read_text(), err.read_text())

    def kill(self) -> None:
        """Kill the child that runs, as a power cut would."""
        assert self._begun.wait(PATIENCE)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)

    def close(self) -> None:
        self._process.communicate(timeout=20)  # which ends it: there are no more jobs

    def _say(self, job: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


@contextlib.contextmanager
def forks(folder: Path) -> Iterator[Forks]:
    started = Forks(folder)
    try:
        yield started
    finally:
        started.close()


def _serve() -> None:
    """Fork for every job that comes in. The answers go out unbuffered, so that no child has any of them."""
    import importlib

    for name in IMPORTED:
        importlib.import_module(name)
    while text := sys.stdin.readline():
        job = json.loads(text)
        pid = os.fork()
        if not pid:
            _child(job)
        os.write(1, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _child(job: dict[str, Any]) -> None:
    """Become the command, and end."""
    code = 70
    try:
        for number, path, how in (
            (0, os.devnull, os.O_RDONLY),
            (1, job["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
            (2, job["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        ):
            os.dup2(os.open(path, how, 0o600), number)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - its own, to the end
        os.environ.clear()
        os.environ.update(job["environment"])
        sys.argv = ["session-breaks", *job["line"]]
        _prepare(job)
        from scheduler.cli import main

        try:
            main()
            code = 0
        except SystemExit as done:
            code = done.code if isinstance(done.code, int) else 0 if done.code is None else 1
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


_broken = contextlib.ExitStack()
"""What is switched off until the run ends."""


def _prepare(job: dict[str, Any]) -> None:
    """What goes wrong inside of this run."""
    if job["quick"]:
        import connectors.google_api as api

        api.FIRST_WAIT, api.LONGEST_WAIT, api.GIVE_UP = 0.01, 0.05, 5.0
    if job["largest"] >= 0:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (job["largest"], resource.RLIM_INFINITY))
    if job["kill_at"]:
        _kill_at(job["kill_at"])
    if job["broken"]:
        from tests.faults.breaks import BREAKS

        _broken.enter_context(BREAKS[job["broken"]]())


def _kill_at(number: int) -> None:
    """Be killed right before the journal's statement of this number."""
    import sqlite3

    left = number

    class Dying(sqlite3.Connection):
        def _count(self) -> None:
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

        def execute(self, *words: Any) -> Any:
            self._count()
            return super().execute(*words)

        def executemany(self, *words: Any) -> Any:
            self._count()
            return super().executemany(*words)

        def executescript(self, *words: Any) -> Any:
            self._count()
            return super().executescript(*words)

    real = sqlite3.connect

    def connect(*words: Any, **about: Any) -> Any:
        return real(*words, **about, factory=Dying)

    sqlite3.connect = connect  # type: ignore[assignment]  # in a process that is about to die


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    _serve()
