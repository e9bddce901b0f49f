"""A second night on a server's calendar, disturbed or not, from the same start each time; and what it came to."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.practice import Practice

from . import weeks
from .blocks import others_entry
from .forks import Ended, Forks
from .proxy import Kind, Proxy, proxy
from .stages import Entries, Stage

Rows = dict[str, tuple[int, int, str]]
"""The journal's rows by key: start and end in seconds, status."""


@dataclass(frozen=True)
class Left:
    """What stands after a night: our own blocks, everybody else's events, and what the journal knows."""

    own: Entries
    foreign: Entries
    journal: Rows


class Nights:
    """A practice at a server, behind a proxy. `base`: what stood before the second night; `reference`: after one in
    peace, which took `requests` requests."""

    def __init__(self, stage: Stage, forks: Forks, proxy: Proxy, folder: Path) -> None:
        self.stage, self.forks, self.proxy = stage, forks, proxy
        self.practice = Practice(folder)
        self.practice.environment |= stage.secret
        self._kept = folder / "kept"
        proxy.kill = forks.kill
        self._rules()
        for meeting in weeks.AT_FIRST:
            stage.put(meeting)
        stage.put_block(others_entry(*weeks.OTHERS))
        proxy.clear()
        first = self.run(weeks.FIRST)
        assert (first.code, first.said) == (0, ""), first
        for meeting in (*weeks.COMES, *weeks.MOVES):
            stage.put(meeting)
        for name in weeks.GOES:
            stage.delete(name)
        self.base = self.left()
        stage.keep()
        shutil.copytree(self.practice.state, self._kept)
        self.restore()
        assert self.left() == self.base, "the server was not put back as it was"
        second = self.run()
        assert (second.code, second.said) == (0, ""), second
        self.requests = len(proxy.log)
        self.asked = list(proxy.log)
        self.reference = self.left()
        assert {status for _, _, status in self.reference.journal.values()} == {"seen"}
        assert len(self.reference.own) == len(self.reference.journal)

    def run(
        self,
        now: str = weeks.SECOND,
        *,
        kill_at: int = 0,
        largest: int = -1,
        meanwhile: Callable[[], None] | None = None,
    ) -> Ended:
        """A night's run; the arguments are those of `Forks.run`."""
        line = self.practice.command("sync", "--yes", self.practice.file, now=now)[1:]
        return self.forks.run(line, self.practice.environment, kill_at=kill_at, largest=largest, meanwhile=meanwhile)

    def undo(self) -> Ended:
        """Take the second night's run back."""
        line = self.practice.command("undo", "--yes", self.practice.file, now=weeks.SECOND)[1:]
        return self.forks.run(line, self.practice.environment)

    def restore(self) -> None:
        """The calendar and the state folder are as before the second night; nothing goes wrong."""
        self.proxy.wait()
        self.stage.restore()
        shutil.rmtree(self.practice.state)
        shutil.copytree(self._kept, self.practice.state)
        self._rules()
        self.proxy.clear()

    def disturbed(self, kind: Kind, number: int) -> Ended:
        """A second night in which this goes wrong at a request."""
        self.restore()
        if kind == "slow":
            self._rules(", timeout: 2 s")
        self.proxy.clear((kind, number))
        ended = self.run()
        self._rules()
        return ended

    def noted(self) -> set[str]:
        """The keys of all blocks that the journal says a run was to write, as SQLite has them."""
        with contextlib.closing(sqlite3.connect(self.practice.state / "session-breaks" / "journal.sqlite3")) as db:
            return {key for (key,) in db.execute("SELECT key FROM written WHERE run = (SELECT max(id) FROM run)")}

    def left(self) -> Left:
        self.proxy.wait()
        return Left(self.stage.own(), self.stage.foreign(), self.journal())

    def journal(self) -> Rows:
        """As SQLite has it, by nothing of the code under test."""
        with contextlib.closing(sqlite3.connect(self.practice.state / "session-breaks" / "journal.sqlite3")) as db:
            rows = db.execute("SELECT key, start, end, status FROM block").fetchall()
        found = {key: (start, end, status) for key, start, end, status in rows}
        assert len(found) == len(rows), "the journal has a block twice"
        return found

    def changes(self) -> tuple[int, int, int]:
        """How many blocks the second night makes, changes and removes."""
        before, after = self.base.own, self.reference.own
        changed = sum(before[name] != after[name] for name in before.keys() & after.keys())
        return len(after.keys() - before.keys()), changed, len(before.keys() - after.keys())

    def differences(self, left: Left) -> list[str]:
        """How what stands differs from a night in peace; nothing where it is the same."""
        found = []
        for what, mine, theirs in (
            ("own block", left.own, self.reference.own),
            ("event of somebody else's", left.foreign, self.base.foreign),
            ("row of the journal", left.journal, self.reference.journal),
        ):
            for name in sorted({*mine, *theirs}):  # type: ignore[misc]  # both have text for keys
                one, other = mine.get(name), theirs.get(name)  # type: ignore[attr-defined]
                if one != other:
                    how = "is lost" if one is None else "should not be there" if other is None else "is another"
                    found.append(f"{what} {name} {how}: {one!r} for {other!r}")
        return found

    def _rules(self, more: str = "") -> None:
        self.practice.file.write_text(weeks.RULES.format(account=self.stage.account(self.proxy.port, more)))


@contextlib.contextmanager
def nights_at(stage: Callable[[Path], AbstractContextManager[Stage]], folder: Path, forks: Forks) -> Iterator[Nights]:
    """Nights at a server that is started for them. folder: what it and the practice keep."""
    for name in ("server", "practice"):
        (folder / name).mkdir()
    with stage(folder / "server") as there, proxy(there.port) as between:
        yield Nights(there, forks, between, folder / "practice")
