"""The journal: what was written where, and what a therapist deleted by hand. An embedded SQLite database.

It holds owners (hashes), calendars as rule files name them, keys, times and how sure a write is; never a title, a UID
or anything else of other people's events. Losing it loses only deletions by hand: everything else stands in the tags.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connectors.base import CalendarError
from rules.timeline import Interval
from scheduler.edits import Remembered, Status

VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS block (
  owner TEXT NOT NULL, place TEXT NOT NULL, key TEXT NOT NULL,
  start INTEGER NOT NULL, end INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('intended', 'acknowledged', 'seen', 'deleted')),
  PRIMARY KEY (owner, place, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS calendar (
  practice TEXT NOT NULL, owner TEXT NOT NULL, therapist TEXT NOT NULL, place TEXT NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY (owner, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source (
  owner TEXT NOT NULL, place TEXT NOT NULL, sessions_until INTEGER NOT NULL,
  PRIMARY KEY (owner, place)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A calendar that blocks were ever written to, for whom, and by which rule file (its full path)."""

    owner: str
    therapist: str
    place: str
    source: str


class Journal:
    """One file for all practices of a user. Every method is one transaction; a killed run leaves whole rows.

    Raises CalendarError where the file cannot be opened or written, or is from a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Lock()  # therapists are worked on side by side, over one connection
        with self._guarded():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            found = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            if found > VERSION:
                raise CalendarError(f"{path}: written by a newer version of session-breaks; update this one")
            if found < VERSION:
                self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def remembered(self, owner: str, place: str) -> list[Remembered]:
        """Every block known for one owner in one calendar, by key."""
        rows = self._all(
            "SELECT key, start, end, status FROM block WHERE owner = ? AND place = ? ORDER BY key", (owner, place)
        )
        return [Remembered(str(k), Interval(_time(s), _time(e)), _status(str(status))) for k, s, e, status in rows]

    def places(self, practice: str) -> list[Place]:
        """Every calendar that was ever written to for a practice (a hash), until it is forgotten."""
        rows = self._all(
            "SELECT owner, therapist, place, source FROM calendar WHERE practice = ? ORDER BY owner, place", (practice,)
        )
        return [Place(str(o), str(t), str(p), str(s)) for o, t, p, s in rows]

    def knows(self, owner: str) -> bool:
        """Whether blocks were ever written for this owner."""
        return bool(self._all("SELECT 1 FROM calendar WHERE owner = ? LIMIT 1", (owner,)))

    def remember_calendar(self, practice: str, place: Place) -> None:
        """Note that a calendar is about to be written to for a practice (a hash)."""
        row = (practice, place.owner, place.therapist, place.place, place.source)
        self._do("INSERT OR REPLACE INTO calendar VALUES (?, ?, ?, ?, ?)", [row])

    def rename_calendar(self, owner: str, old: str, new: str) -> None:
        """A calendar goes by another name now; what is known of it under the new name already stays."""
        for table in ("block", "calendar"):
            self._do(f"UPDATE OR IGNORE {table} SET place = ? WHERE owner = ? AND place = ?", [(new, owner, old)])  # noqa: S608  # two fixed names
            self._do(f"DELETE FROM {table} WHERE owner = ? AND place = ?", [(owner, old)])  # noqa: S608  # two fixed names

    def forget_calendar(self, owner: str, place: str) -> None:
        """Forget a calendar that holds no block of this owner any more."""
        self._do("DELETE FROM calendar WHERE owner = ? AND place = ?", [(owner, place)])
        self._do("DELETE FROM block WHERE owner = ? AND place = ?", [(owner, place)])

    def note(self, owner: str, place: str, key: str, interval: Interval, status: Status) -> None:
        """Record how far one write has come."""
        self.note_all(owner, place, [(key, interval)], status)

    def note_all(self, owner: str, place: str, blocks: Iterable[tuple[str, Interval]], status: Status) -> None:
        """Record the same of many, in one transaction."""
        rows = [(owner, place, key, _number(i.start), _number(i.end), status) for key, i in blocks]
        self._do("INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?, ?, ?)", rows)

    def sessions_until(self, owner: str) -> dict[str, datetime]:
        """For each calendar in which sessions were seen: when the last of them ends."""
        rows = self._all("SELECT place, sessions_until FROM source WHERE owner = ? ORDER BY place", (owner,))
        return {str(place): _time(until) for place, until in rows}

    def note_sessions(self, owner: str, latest: Mapping[str, datetime]) -> None:
        """Record that anew, in the place of what was known."""
        self._do("DELETE FROM source WHERE owner = ?", [(owner,)])
        rows = [(owner, place, _number(until)) for place, until in latest.items()]
        self._do("INSERT OR REPLACE INTO source VALUES (?, ?, ?)", rows)

    def forget(self, owner: str, place: str, keys: Iterable[str]) -> None:
        """Forget blocks that we removed ourselves, so that they are not taken for deleted by hand."""
        self._do("DELETE FROM block WHERE owner = ? AND place = ? AND key = ?", [(owner, place, key) for key in keys])

    def prune(self, before: datetime) -> None:
        """Forget blocks that ended before an instant."""
        self._do("DELETE FROM block WHERE end < ?", [(_number(before),)])

    def _all(self, sql: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
        with self._guarded():
            return self._db.execute(sql, values).fetchall()

    def _do(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        with self._guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(sql, rows)
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            with self._turn:
                yield
        except (sqlite3.Error, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise CalendarError(
                f"the journal {self.path} cannot be used ({reason}); check the folder's rights and the disk"
            ) from None


def _number(moment: datetime) -> int:
    return int(moment.timestamp())


def _time(number: object) -> datetime:
    return datetime.fromtimestamp(int(str(number)), UTC)


def _status(text: str) -> Status:
    return (
        "seen"
        if text == "seen"
        else "deleted"
        if text == "deleted"
        else "acknowledged"
        if text == "acknowledged"
        else "intended"
    )
