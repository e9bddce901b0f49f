"""The journal: what was written where, and what a therapist deleted by hand. An embedded SQLite database.

It holds owners (hashes), calendars as rule files name them and by a keyed hash of their address, keys, times,
fingerprints, ETags and how sure a write is; never a title, a UID or anything else of other people's events. Losing it
loses only deletions by hand and what `undo` would take back: everything else stands in the tags
(docs/decisions/0011-journal.md).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

from connectors.base import CalendarError
from connectors.private import close_to_others, private_folder
from rules.timeline import Interval
from scheduler import journal_schema
from scheduler.edits import Remembered, Status

VERSION = journal_schema.VERSION
UNLOCATED = "name:"
"""How the hash of a calendar begins that version 1 noted, which knew calendars by their names alone."""

Kind = Literal["sync", "apply", "clear", "undo"]
Action = Literal["create", "update", "delete"]
Rows = Sequence[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Place:
    """A calendar that blocks were ever written to, for whom, and by which rule file (its full path). `place`: its name
    in the rule file then; `at`: a keyed hash of its address; `since`: no block of ours there starts earlier; `earlier`:
    the owner of the same therapist's blocks there under the name before."""

    owner: str
    therapist: str
    place: str
    source: str
    at: str
    since: datetime | None = None
    earlier: str | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """How many sessions a calendar showed ahead, and when the last of them ends."""

    sessions: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A run that wrote something. `made`: its clock; `undoes`: the run that it took back."""

    id: int
    practice: str
    made: datetime
    kind: Kind
    undoes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one write of a run was to do: where the block stood before and with which fingerprint (None: nowhere), and
    where it stands after it. `etag`: its version then, None where the write was only intended."""

    owner: str
    at: str
    key: str
    action: Action
    was: Interval | None = None
    was_print: str | None = None
    interval: Interval | None = None
    print: str | None = None
    etag: str | None = None


class Journal:
    """One file for all practices of a user. Every method is one transaction; a killed run leaves whole rows.

    A calendar is named by `at`, a keyed hash of its address (`Desk.at`). Raises CalendarError where the file cannot be
    opened or written, is damaged, or is from a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Lock()  # therapists are worked on side by side, over one connection
        with self._guarded():
            private_folder(path.parent)
            path.touch(mode=0o600, exist_ok=True)
            for beside in ("", "-journal", "-wal", "-shm"):  # SQLite gives these the rights of the file itself
                close_to_others(path.with_name(path.name + beside))
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            if journal_schema.version_of(self._db) > VERSION:
                self._db.close()
                raise CalendarError(f"{path}: written by a newer version of session-breaks; update this one")
            journal_schema.migrate(self._db)
            self._db.execute("PRAGMA foreign_keys = ON")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # --- blocks -----------------------------------------------------------------------------------------------------

    def remembered(self, owner: str, at: str) -> list[Remembered]:
        """Every block known for one owner in one calendar, by key."""
        rows = self._all("SELECT key, start, end, status FROM block WHERE owner = ? AND at = ? ORDER BY key", owner, at)
        return [Remembered(str(k), Interval(_time(s), _time(e)), cast("Status", v)) for k, s, e, v in rows]

    def note(self, owner: str, at: str, key: str, interval: Interval, status: Status) -> None:
        """Record how far one write has come."""
        self.note_all(owner, at, [(key, interval)], status)

    def note_all(self, owner: str, at: str, blocks: Iterable[tuple[str, Interval]], status: Status) -> None:
        """Record the same of many, in one transaction."""
        self._do(_notes(owner, at, blocks, status))

    def forget(self, owner: str, at: str, keys: Iterable[str]) -> None:
        """Forget blocks that we removed ourselves, so that they are not taken for deleted by hand."""
        self._do(_forgotten(owner, at, keys))

    def prune(self, owner: str, before: datetime) -> None:
        """Forget an owner's blocks that ended before an instant."""
        self._do(("DELETE FROM block WHERE owner = ? AND end < ?", [(owner, _number(before))]))

    def deleted_elsewhere(self, owner: str, at: str) -> list[Remembered]:
        """Blocks that were deleted by hand in other calendars of an owner: the same occurrence is not made here."""
        rows = self._all(
            "SELECT key, start, end FROM block WHERE owner = ? AND at <> ? AND status = 'deleted' ORDER BY key, at",
            owner,
            at,
        )
        return [Remembered(str(key), Interval(_time(start), _time(end)), "deleted") for key, start, end in rows]

    def bring_deleted(self, owner: str, at: str) -> None:
        """Remember those for this calendar alone; what is known of a block here stays."""
        where = "WHERE owner = ? AND at <> ? AND status = 'deleted'"
        self._do(
            (f"UPDATE OR IGNORE block SET at = ? {where}", [(at, owner, at)]),  # noqa: S608  # fixed text
            (f"DELETE FROM block {where}", [(owner, at)]),  # noqa: S608  # fixed text
        )

    # --- calendars --------------------------------------------------------------------------------------------------

    def places(self, practice: str, *, abandoned: bool = False) -> list[Place]:
        """Every calendar that was ever written to for a practice (a hash) and that may still hold blocks ahead;
        `abandoned`: also those in which only blocks that are over can be left."""
        sql = (
            "SELECT owner, therapist, place, source, at, since FROM calendar WHERE practice = ? AND abandoned <= ? "
            "ORDER BY owner, place, at"
        )
        rows = self._all(sql, practice, int(abandoned))
        return [_place(*row) for row in rows]

    def of_other_ids(self, practice: str, source: str, now: datetime) -> list[Place]:
        """Calendars in which blocks stand ahead that the rule file at `source` wrote with another practice's hash: its
        `id` was another one then."""
        rows = self._all(
            "SELECT owner, therapist, place, source, at, since FROM calendar c WHERE source = ? AND practice <> ? AND "
            "EXISTS (SELECT 1 FROM block b WHERE b.owner = c.owner AND b.at = c.at AND b.end > ? "
            "AND b.status IN ('acknowledged', 'seen')) ORDER BY therapist, place, at",
            source,
            practice,
            _number(now),
        )
        return [_place(*row) for row in rows]

    def knows(self, owner: str) -> bool:
        """Whether blocks were ever written for this owner."""
        return bool(self._all("SELECT 1 FROM calendar WHERE owner = ? AND NOT abandoned LIMIT 1", owner))

    def earlier_owner(self, owner: str, at: str) -> str | None:
        """Whose blocks these were under the therapist's name before, as far as that is noted."""
        rows = self._all("SELECT earlier FROM calendar WHERE owner = ? AND at = ?", owner, at)
        return _text(rows[0][0]) if rows else None

    def remember_calendar(self, practice: str, place: Place) -> None:
        """Note that a calendar is about to be written to for a practice (a hash). The earliest `since` stays."""
        since = None if place.since is None else _number(place.since)
        row = (place.owner, place.at, practice, place.therapist, place.place, place.source, since, place.earlier)
        sql = (
            "INSERT INTO calendar (owner, at, practice, therapist, place, source, since, earlier) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (owner, at) DO UPDATE SET practice = excluded.practice, therapist = excluded.therapist, "
            "place = excluded.place, source = excluded.source, abandoned = 0, earlier = coalesce(excluded.earlier, "
            "earlier), since = min(coalesce(since, excluded.since), coalesce(excluded.since, since))"
        )
        self._do((sql, [row]))

    def move_source(self, practice: str, old: str, new: str) -> None:
        """A practice's (a hash) rule file has another path now."""
        self._do(("UPDATE calendar SET source = ? WHERE practice = ? AND source = ?", [(new, practice, old)]))

    def move_calendar(self, owner: str, old: str, new: str) -> None:
        """A calendar is known by another hash now; what is known under the new one already stays. That a block was
        seen is not known of what stands at the new address: it may be an older copy of the calendar."""
        unsure = "UPDATE block SET status = 'acknowledged' WHERE owner = ? AND at = ? AND status = 'seen'"
        steps: list[tuple[str, Rows]] = [(unsure, [(owner, old)])]
        for table in ("block", "calendar"):
            steps.append((f"UPDATE OR IGNORE {table} SET at = ? WHERE owner = ? AND at = ?", [(new, owner, old)]))  # noqa: S608  # two fixed names
            steps.append((f"DELETE FROM {table} WHERE owner = ? AND at = ?", [(owner, old)]))  # noqa: S608  # two fixed names
        steps.append(("UPDATE written SET at = ? WHERE owner = ? AND at = ?", [(new, owner, old)]))
        self._do(*steps)

    def abandon_calendar(self, owner: str, at: str) -> None:
        """Nothing of this owner is to go there any more: it need not be looked at every night. What was deleted by hand
        stays known: the owner may come back."""
        self._do(
            ("UPDATE calendar SET abandoned = 1 WHERE owner = ? AND at = ?", [(owner, at)]),
            ("DELETE FROM block WHERE owner = ? AND at = ? AND status <> 'deleted'", [(owner, at)]),
        )

    def forget_calendar(self, owner: str, at: str) -> None:
        """Forget a calendar and all that is known of it."""
        self._do(
            ("DELETE FROM calendar WHERE owner = ? AND at = ?", [(owner, at)]),
            ("DELETE FROM block WHERE owner = ? AND at = ?", [(owner, at)]),
        )

    # --- sessions ---------------------------------------------------------------------------------------------------

    def sessions_ahead(self, owner: str) -> dict[str, Ahead]:
        """What was noted last of each calendar in which sessions were seen, by its name."""
        rows = self._all("SELECT place, sessions, sessions_until FROM source WHERE owner = ? ORDER BY place", owner)
        return {str(place): Ahead(int(str(sessions)), _time(until)) for place, sessions, until in rows}

    def note_sessions(self, owner: str, ahead: Mapping[str, Ahead]) -> None:
        """Record that anew, in the place of what was known."""
        rows = [(owner, place, _number(one.until), one.sessions) for place, one in ahead.items()]
        self._do(
            ("DELETE FROM source WHERE owner = ?", [(owner,)]),
            ("INSERT OR REPLACE INTO source (owner, place, sessions_until, sessions) VALUES (?, ?, ?, ?)", rows),
        )

    # --- runs -------------------------------------------------------------------------------------------------------

    def begin_run(self, practice: str, made: datetime, kind: Kind, undoes: int | None = None) -> Run:
        """Note that a run is about to write for a practice (a hash); its number is one more than that of any before."""
        with self._guarded():
            sql = "INSERT INTO run (practice, made, kind, undoes) VALUES (?, ?, ?, ?)"
            number = self._db.execute(sql, (practice, _number(made), kind, undoes)).lastrowid
        return Run(number or 0, practice, made, kind, undoes)

    def intend(self, run: Run, writes: Sequence[Written], unknown: Iterable[str]) -> list[int]:
        """Note writes before they are sent, in one transaction; gives a number for each. `unknown`: keys of blocks
        whose state in `remembered` becomes "intended"; what is known of the others is not made less sure."""
        fresh = set(unknown)
        sql = (
            "INSERT INTO written (run, owner, at, key, action, was_start, was_end, was_print, start, end, print) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        numbers: list[int] = []
        with self._transaction() as db:
            for write in writes:
                row = (run.id, write.owner, write.at, write.key, write.action, *_ends(write.was), write.was_print)
                numbers.append(db.execute(sql, (*row, *_ends(write.interval), write.print)).lastrowid or 0)
                spot = write.interval or write.was
                if write.key in fresh and spot is not None:
                    for statement, rows in [_notes(write.owner, write.at, [(write.key, spot)], "intended")]:
                        db.executemany(statement, rows)
        return numbers

    def settle(self, writes: Sequence[tuple[int, Written]], status: Status) -> None:
        """Note writes that a calendar has taken, each with its number: created and updated blocks get `status`, and
        deleted ones are forgotten."""
        steps: list[tuple[str, Rows]] = [
            ("UPDATE written SET etag = ? WHERE id = ?", [(write.etag or "", number) for number, write in writes])
        ]
        for _, write in writes:
            if write.action == "delete" or write.interval is None:
                steps.append(_forgotten(write.owner, write.at, [write.key]))
            else:
                steps.append(_notes(write.owner, write.at, [(write.key, write.interval)], status))
        self._do(*steps)

    def runs(self, practice: str) -> list[Run]:
        """Every run of a practice (a hash) that is still known, the oldest first."""
        rows = self._all("SELECT id, practice, made, kind, undoes FROM run WHERE practice = ? ORDER BY id", practice)
        return [
            Run(int(str(i)), str(p), _time(m), cast("Kind", k), None if u is None else int(str(u)))
            for i, p, m, k, u in rows
        ]

    def written(self, run: int) -> list[Written]:
        """What a run wrote, in its order."""
        rows = self._all(
            "SELECT owner, at, key, action, was_start, was_end, was_print, start, end, print, etag FROM written "
            "WHERE run = ? ORDER BY id",
            run,
        )
        return [
            Written(
                owner=str(owner),
                at=str(at),
                key=str(key),
                action=cast("Action", action),
                was=_interval(was_start, was_end),
                was_print=_text(was_print),
                interval=_interval(start, end),
                print=_text(printed),
                etag=_text(etag),
            )
            for owner, at, key, action, was_start, was_end, was_print, start, end, printed, etag in rows
        ]

    def spots_of(self, owner: str, keys: Iterable[str]) -> dict[str, list[Interval]]:
        """Where blocks were ever written, by key, as far as the runs that wrote them are still known."""
        sql = "SELECT DISTINCT start, end FROM written WHERE owner = ? AND key = ? AND start IS NOT NULL ORDER BY start"
        return {key: [Interval(_time(s), _time(e)) for s, e in self._all(sql, owner, key)] for key in keys}

    def prune_runs(self, before: datetime) -> None:
        """Forget runs made before an instant."""
        self._do(("DELETE FROM run WHERE made < ?", [(_number(before),)]))

    # --- the file ---------------------------------------------------------------------------------------------------

    def _all(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with self._guarded():
            return self._db.execute(sql, values).fetchall()

    def _do(self, *steps: tuple[str, Rows]) -> None:
        if not any(rows for _, rows in steps):
            return
        with self._transaction() as db:
            for sql, rows in steps:
                db.executemany(sql, rows)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                journal_schema.take_back(self._db)
                raise

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            with self._turn:
                yield
        except (sqlite3.OperationalError, sqlite3.IntegrityError, OSError) as error:
            reason = str(error.strerror) if isinstance(error, OSError) else str(error)
            if isinstance(error, sqlite3.OperationalError) and "no such" in reason:
                raise self._damaged() from None
            raise CalendarError(
                f"the journal {self.path} cannot be used ({reason}); check the folder's rights and the disk"
            ) from None
        except sqlite3.DatabaseError:
            raise self._damaged() from None

    def _damaged(self) -> CalendarError:
        return CalendarError(
            f"the journal {self.path} cannot be used: it is damaged, or no journal; rename it and run again: all "
            "blocks are found again in the calendars, and only what was deleted by hand comes back"
        )


def _notes(owner: str, at: str, blocks: Iterable[tuple[str, Interval]], status: Status) -> tuple[str, Rows]:
    rows = [(owner, at, key, _number(i.start), _number(i.end), status) for key, i in blocks]
    return "INSERT OR REPLACE INTO block (owner, at, key, start, end, status) VALUES (?, ?, ?, ?, ?, ?)", rows


def _forgotten(owner: str, at: str, keys: Iterable[str]) -> tuple[str, Rows]:
    return "DELETE FROM block WHERE owner = ? AND at = ? AND key = ?", [(owner, at, key) for key in keys]


def _number(moment: datetime) -> int:
    return int(moment.timestamp())


def _time(number: object) -> datetime:
    return datetime.fromtimestamp(int(str(number)), UTC)


def _place(owner: object, therapist: object, place: object, source: object, at: object, since: object) -> Place:
    return Place(str(owner), str(therapist), str(place), str(source), str(at), None if since is None else _time(since))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _ends(interval: Interval | None) -> tuple[int | None, int | None]:
    return (None, None) if interval is None else (_number(interval.start), _number(interval.end))


def _interval(start: object, end: object) -> Interval | None:
    return None if start is None or end is None else Interval(_time(start), _time(end))
