"""CalDAV against vdirsyncer on the same servers: a night in which nothing changes, and writing 400 blocks.

Times are of whole processes by the clock, since most of them is waiting for the server: ours and vdirsyncer's in turn,
so that other work on the computer meets both; printed are ratios only. vdirsyncer lives in an environment of its own,
in the user's cache folder, fetched the first time. Servers: Radicale and Xandikos; more by BENCH_SERVERS, see
docs/benchmarks.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import platformdirs

from tests.end_to_end.practice import Practice, vcalendar, vevent
from tests.proxy_counts import counting
from tests.servers import RunningServer, radicale, xandikos

VDIRSYNCER = "0.21.0"
BLOCKS_A_WEEK = 25
MANY, SOME = 80, 16  # weeks: 2,000 and 400 blocks
NOW = "2026-11-30T06:00:00+00:00"
LATER = "2028-05-01T05:00:00+00:00"  # by then 74 of the 80 weeks are over, and their blocks are still there
PAIRS = int(os.environ.get("BENCH_PAIRS", "5"))
LUNCH = "protect:\n  - {name: Lunch, length: 45 min, between: 11:30-14:00}\n"


class Quiet(NamedTuple):
    """A night without changes: ours to vdirsyncer's time, pair by pair, and what each asked the server."""

    ratios: list[float]
    ours: Counter[str]
    theirs: Counter[str]


def nights(server: RunningServer, tool: Path) -> Iterator[tuple[str, Quiet]]:
    """2,000 own blocks in the calendar: all ahead, in a horizon of 80 weeks; nearly all over, with one of 6 weeks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = filled(server, f"bench-{MANY}")
        written = Desk(folder / "ours", server, url, MANY)
        written.sync(NOW, "--yes")
        found = len(server.list(url)) - len(SESSIONS)
        if found != MANY * BLOCKS_A_WEEK:
            raise RuntimeError(f"{found} blocks were written")
        theirs = Vdirsyncer(folder / "theirs", server, url, tool)
        theirs.sync()
        for what, weeks, now in (("all ahead", MANY, NOW), ("most of them over", 6, LATER)):
            ours = written if weeks == MANY else Desk(folder / "later", server, url, weeks)
            ours.sync(now, "--yes")
            ratios = in_turn(lambda ours=ours, now=now: ours.sync(now), theirs.sync)
            yield what, Quiet(ratios, *counts(folder / f"counted-{weeks}", server, url, weeks, now, tool))


def writing(server: RunningServer, tool: Path) -> list[float]:
    """A first night of 400 blocks to vdirsyncer writing the same 400, each into an empty calendar of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder, ratios = Path(name), []
        blocks: list[bytes] = []
        for number in range(PAIRS):
            url = filled(server, f"ours-{number}-{time.time_ns()}")
            ours = Desk(folder / f"ours-{number}", server, url, SOME)
            mine = taken(lambda ours=ours: ours.sync(NOW, "--yes"))
            if not blocks:
                blocks = [b for href in server.list(url) if b"X-SESSION-BREAKS" in (b := server.get(href))]
                if len(blocks) != SOME * BLOCKS_A_WEEK:
                    raise RuntimeError(f"{len(blocks)} blocks were written")
            place = server.make_calendar(f"theirs-{number}-{time.time_ns()}")
            copies = [b.replace(b"\nUID:", f"\nUID:{time.time_ns():x}".encode()) for b in blocks]
            theirs = Vdirsyncer(folder / f"theirs-{number}", server, place, tool, copies)
            ratios.append(mine / taken(theirs.sync))
            if len(server.list(place)) != len(blocks):
                raise RuntimeError("vdirsyncer did not write every block")
        return ratios


def counts(
    folder: Path, server: RunningServer, url: str, weeks: int, now: str, tool: Path
) -> tuple[Counter[str], Counter[str]]:
    """What a second quiet night of ours and of vdirsyncer ask, by method."""
    found = []
    with counting(server.root) as proxy:
        through = url.replace(server.root.rstrip("/"), proxy.root)
        ours = Desk(folder / "ours", server, through, weeks)
        theirs = Vdirsyncer(folder / "theirs", server, through, tool)
        for first, second in ((lambda: ours.sync(now, "--yes"), lambda: ours.sync(now)), (theirs.sync, theirs.sync)):
            first()
            proxy.asked.clear()
            second()
            found.append(Counter(proxy.methods()))
    return found[0], found[1]


SESSIONS = {"A": "0900", "B": "1015", "C": "1200", "D": "1400", "E": "1500"}


def filled(server: RunningServer, name: str) -> str:
    """A calendar with five clients every working day. No UID is in two calendars, which some servers do not take."""
    url = server.make_calendar(name)
    for client, clock in SESSIONS.items():
        end = f"{int(clock) + 50 if clock[2:] == '00' else int(clock) + 90:04}"
        start, stop = f"20261102T{clock}00", f"20261102T{end}00"
        daily = "RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR"
        event = vevent(f"{client}-{name}@practice.invalid", start, stop, daily, title=f"Client {client}.")
        server.put(f"{url}{client}.ics", vcalendar(event))
    return url


class Desk:
    """The command on one rule file with a state folder of its own."""

    def __init__(self, folder: Path, server: RunningServer, url: str, weeks: int) -> None:
        folder.mkdir(parents=True)
        self.practice = Practice(folder)
        login = f"user: {server.user}, password: {{env: PASSWORD}}, " if server.user else ""
        self.practice.rules(
            f"cloud: {{type: caldav, {login}url: '{url}'}}",
            "lee: {read: [cloud], write: cloud}",
            more=LUNCH,
            identity="b" + hashlib.sha256(urlsplit(url).path.encode()).hexdigest()[:7],
        )
        text = self.practice.file.read_text(encoding="utf-8").replace("horizon: 1 week", f"horizon: {weeks} weeks")
        self.practice.file.write_text(text, encoding="utf-8")
        self.environment = self.practice.environment | {"PASSWORD": server.password or ""}

    def sync(self, now: str, *words: str) -> None:
        """Raises RuntimeError where it fails, or says anything on a night that only looks."""
        line = [*self.practice.command("sync", *words, self.practice.file, now=None), "--now", now]
        run(line, self.environment, silent=not words)


class Vdirsyncer:
    """vdirsyncer between a folder (with `blocks` in it) and a calendar, discovered."""

    def __init__(
        self, folder: Path, server: RunningServer, url: str, tool: Path, blocks: list[bytes] | None = None
    ) -> None:
        here = folder / "here"
        here.mkdir(parents=True)
        for block in blocks or ():
            uid = re.search(rb"^UID:(\w+)", block, re.MULTILINE)
            if uid is None:
                raise RuntimeError("a block without a UID")
            (here / f"{uid[1].decode()}.ics").write_bytes(block)
        login = f'username = "{server.user}"\npassword = "{server.password}"\n' if server.user else ""
        (folder / "config").write_text(
            f'[general]\nstatus_path = "{folder}/status/"\n'
            '[pair both]\na = "here"\nb = "there"\ncollections = null\nconflict_resolution = "b wins"\n'
            f'[storage here]\ntype = "filesystem"\npath = "{here}"\nfileext = ".ics"\n'
            f'[storage there]\ntype = "caldav"\nurl = "{url}"\n{login}'
        )
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "VDIRSYNCER_CONFIG": str(folder / "config")
        }  # fmt: skip
        self.command = [str(tool), "--verbosity", "WARNING"]
        run([*self.command, "discover"], self.environment, silent=False)

    def sync(self) -> None:
        run([*self.command, "sync"], self.environment)


def run(line: list[str], environment: dict[str, str], silent: bool = True) -> None:
    done = subprocess.run(line, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode or (silent and done.stdout + done.stderr):
        raise RuntimeError(
            f"{Path(line[0]).name} ended with {done.returncode}: {done.stderr[-1000:]}{done.stdout[-500:]}"
        )


def taken(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turn(ours: Callable[[], None], theirs: Callable[[], None]) -> list[float]:
    """The ratio of each pair, after one that does not count; who goes first changes."""
    ratios = []
    for number in range(PAIRS + 1):
        order = (ours, theirs) if number % 2 else (theirs, ours)
        first, second = taken(order[0]), taken(order[1])
        ratios.append(first / second if number % 2 else second / first)
    return ratios[1:]


def vdirsyncer() -> Path | None:
    """The command, installed into the cache folder where it is not there yet; None where it cannot be fetched."""
    cache = Path(platformdirs.user_cache_dir("session-breaks-bench", appauthor=False))
    folder = cache / f"vdirsyncer-{VDIRSYNCER}"
    command = folder / "bin" / "vdirsyncer"
    if not command.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        line = [str(folder / "bin" / "pip"), "install", "-q", f"vdirsyncer=={VDIRSYNCER}"]
        if subprocess.run(line, capture_output=True, check=False).returncode:
            return None
    return command


@dataclass(frozen=True)
class Elsewhere(RunningServer):
    """A server that somebody else has started."""


@contextlib.contextmanager
def servers() -> Iterator[list[RunningServer]]:
    """Radicale and Xandikos, and those that BENCH_SERVERS names: ``Name=http://user:password@host/calendar/home/``,
    several with a space between."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        found = [running.enter_context(radicale(Path(folder) / "radicale"))]
        found.append(running.enter_context(xandikos(Path(folder) / "xandikos")))
        for one in os.environ.get("BENCH_SERVERS", "").split():
            name, _, address = one.partition("=")
            parts = urlsplit(address)
            plain = urlunsplit((parts.scheme, f"{parts.hostname}:{parts.port}", parts.path, "", ""))
            root = urlunsplit((parts.scheme, f"{parts.hostname}:{parts.port}", "/", "", ""))
            found.append(Elsewhere(name, root, plain, plain, parts.username, parts.password))
        yield found


def spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} x ({min(ratios):.2f}-{max(ratios):.2f})"


def report(line: Callable[[str, str, str, bool], None], part: str) -> None:
    """`line` prints what, figure, aim and whether it is met."""
    tool = vdirsyncer()
    if tool is None:
        print(f"{part}: left out, since vdirsyncer {VDIRSYNCER} cannot be fetched", file=sys.stderr)
        return
    with servers() as found:
        for server in found:
            if part == "writing":
                ratios = writing(server, tool)
                said = f"writing {SOME * BLOCKS_A_WEEK} blocks to {server.name}, to vdirsyncer"
                line(said, spread(ratios), "under 1 x", statistics.median(ratios) < 1)
                continue
            for what, night in nights(server, tool):
                said = f"a quiet night on {server.name}, {what}, to vdirsyncer"
                line(said, spread(night.ratios), "1.5 x (1 x)", statistics.median(night.ratios) <= 1.5)
                asked = night.ours.total()
                line(f"    requests (vdirsyncer: {night.theirs.total()})", str(asked), "1", asked == 1)
