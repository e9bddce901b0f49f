"""The command as a user runs it, with its time and memory measured: what hostile input may cost and no more."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from tests.end_to_end.practice import Practice, Ran, contents, own, session

SECONDS = 10.0
"""What one hostile input may cost, in seconds of the processor."""
BY_THE_CLOCK = 50.0
"""The same by the clock: a machine that does other work too takes longer, but nothing is waited for without end."""
MEGABYTES = 512
_GIVE_UP = 60.0
_FUSE = 3 * 1024**3  # address space: a bomb that goes off fails the test, not the machine
# A process counts what the one that started it held at that moment as its own peak: a small one in between tells.
_BETWEEN = """
import os, resource, sys
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
os.write(int(sys.argv[1]), str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss).encode())
sys.exit(status if status >= 0 else 128 - status)
"""


@dataclass(frozen=True)
class Measured:
    """How a command ended, and what it cost: seconds by the clock and of the processor, peak memory in megabytes."""

    ran: Ran
    wall: float
    busy: float
    peak: float


def measured(line: list[str], environment: Mapping[str, str]) -> Measured:
    """Run a command line with nobody at the other end, and end it where it takes a minute."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as said:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _BETWEEN, str(said.fileno()), *line],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            pass_fds=(said.fileno(),),
            preexec_fn=_fuse,
            start_new_session=True,
        )
        killer = threading.Timer(_GIVE_UP, os.killpg, (process.pid, signal.SIGKILL))
        killer.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        finally:
            killer.cancel()
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said.seek(0)
        ran = Ran(process.returncode, out.read().decode(), err.read().decode())
        most = int(said.read() or used.ru_maxrss)
    kilobytes = most / (1024 if sys.platform == "darwin" else 1)
    return Measured(ran, wall, used.ru_utime + used.ru_stime, kilobytes / 1024)


def _fuse() -> None:
    if sys.platform != "darwin":  # which does not know this limit
        resource.setrlimit(resource.RLIMIT_AS, (_FUSE, _FUSE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Attacked:
    """lee, whose calendar is fine, and noor, who also reads the account `bad`. What is wrong there stops only noor."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        self.lee = practice.calendar("lee", session(1, 10))
        self.noor = practice.calendar("noor", session(2, 10))
        self.before = contents(self.noor)

    def rules(self, bad: str, read: str = "bad", more: str = "") -> None:
        self.practice.rules(
            "lee: {type: folder, path: lee}\nnoor: {type: folder, path: noor}\nbad: " + bad,
            f"lee: {{read: [lee], write: lee}}\nnoor: {{read: [noor, {read}], write: noor}}",
            more=more,
        )

    def sync(self, **environment: str) -> Measured:
        line = self.practice.command("sync", "--yes", self.practice.file)
        return measured(line, self.practice.environment | environment)

    def held(self, found: Measured) -> Measured:
        """Whatever came: in bounds, no traceback, lee is done."""
        ran = found.ran
        assert "Traceback" not in ran.said, ran.said
        assert "unforeseen" not in ran.said, ran.said
        assert found.busy < SECONDS, f"{found.busy:.1f} s of the processor, {found.wall:.1f} s by the clock"
        assert found.wall < BY_THE_CLOCK, f"{found.busy:.1f} s of the processor, {found.wall:.1f} s by the clock"
        assert found.peak < MEGABYTES, f"{found.peak:.0f} MB"
        assert ran.code in (0, 1), ran
        assert len(own(self.lee)) == 2, "lee's session has held time before it and a break after it"
        return found

    def refused(self, found: Measured, *words: str) -> Ran:
        """One line for noor that names the account; nothing was written for noor."""
        ran = self.held(found).ran
        assert ran.code == 1, ran
        assert ran.error.startswith("session-breaks: Elm Street Practice / noor: bad"), ran.error
        assert len(ran.error) < 400, ran.error
        for word in words:
            assert word in ran.error, ran.error
        assert contents(self.noor) == self.before
        return ran

    def left_out(self, found: Measured, *words: str) -> Ran:
        """What cannot be read is a finding, and the rest is planned."""
        ran = self.held(found).ran
        assert ran.code == 0, ran
        assert own(self.noor), "noor's own session has its break"
        for word in words:
            assert word in ran.said, ran.said
        return ran
