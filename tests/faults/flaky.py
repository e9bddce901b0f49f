"""A calendar in memory whose versions (ETags) come and go, and a run that dies at any write: as on servers that count a
version anew for a backup, or leave it out, and on machines that lose power.

Both are switched on for a stretch of code, in this process; after it everything is as it was."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from zoneinfo import ZoneInfo

from connectors import memory
from connectors.base import Conflict, Entry, Reading
from connectors.memory import MemoryCalendar, MemoryStore
from rules.timeline import Event, Interval, Ref


class Killed(BaseException):
    """The process ends here: nothing that comes after does anything."""


Where = Literal["calendar", "journal"]


@dataclass
class Weather:
    """What happens to the next run. kill_at: at which of its writes to what is `killed` it dies (0: at none); odd, even
    numbers of a calendar's writes are before and after. changes: after how many readings all versions become others.
    missing: every how manieth entry is read without one (0: none). late: our blocks are not shown but for those that
    were `shown` to a reading before. hand: is called before the write of number `hand_at`, with what it does and where
    (None: a new entry)."""

    kill_at: int = 0
    killed: Where = "calendar"
    changes: int = 0
    missing: int = 0
    late: bool = False
    shown: set[str] = field(default_factory=set)
    hand_at: int = 0
    hand: Callable[[str, str | None], None] = lambda _action, _where: None
    steps: int = 0
    writes: int = 0

    def step(self, what: Where) -> None:
        """A write is due. Whoever is dead does none."""
        self.steps += what == self.killed
        if self.dead:
            raise Killed

    def begin(self, action: str, where: str | None) -> None:
        """A write to the calendar begins."""
        self.step("calendar")
        self.writes += 1
        if self.writes == self.hand_at:
            self.hand(action, where)

    @property
    def dead(self) -> bool:
        return bool(self.kill_at) and self.steps >= self.kill_at


fair = Weather()
"""What is so now; `run_in` changes it."""


class FlakyCalendar(MemoryCalendar):
    """The calendar in memory, in whatever weather there is."""

    def read(self, window: Interval, zone: ZoneInfo) -> Reading:
        reading = super().read(window, zone)
        if fair.late:
            events = [event for event in reading.events if event.tag is None or _where(event) in fair.shown]
            reading = Reading(tuple(events), reading.unexpanded)
        fair.shown |= {_where(event) for event in reading.events}
        if fair.missing:
            events = [
                replace(event, ref=Ref(event.ref.where, "")) if number % fair.missing == 0 and event.ref else event
                for number, event in enumerate(reading.events)
            ]
            reading = Reading(tuple(events), reading.unexpanded)
        if fair.changes:
            fair.changes -= 1
            renew(self._store)
        return reading

    def create(self, entry: Entry) -> Ref:
        fair.begin("create", None)
        made = super().create(entry)
        fair.step("calendar")
        return made

    def update(self, ref: Ref, entry: Entry) -> Ref:
        self._known(ref)
        fair.begin("update", ref.where)
        made = super().update(ref, entry)
        fair.step("calendar")
        return made

    def delete(self, ref: Ref) -> None:
        self._known(ref)
        fair.begin("delete", ref.where)
        super().delete(ref)
        fair.step("calendar")

    def _known(self, ref: Ref) -> None:
        if not ref.etag:
            raise Conflict(f"{self.name}: there is no version of a block; read again")


def _where(event: Event) -> str:
    return event.ref.where if event.ref is not None else ""


def renew(store: MemoryStore) -> None:
    """Every entry gets another version, and stays as it is."""
    for where, (_, body) in list(store.texts.items()):
        store.put(where, body)


class _Journal(sqlite3.Connection):
    """A journal of a run that may die before any statement; of what was begun then nothing is kept."""

    def execute(self, *words: Any) -> Any:
        self._step(words[0])
        return super().execute(*words)

    def executemany(self, *words: Any) -> Any:
        self._step(words[0])
        return super().executemany(*words)

    def executescript(self, *words: Any) -> Any:
        self._step(words[0])
        return super().executescript(*words)

    def _step(self, sql: str) -> None:
        if fair.dead:
            raise Killed
        if not sql.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            fair.step("journal")


@contextlib.contextmanager
def run_in(weather: Weather) -> Iterator[None]:
    """In this weather, with flaky calendars for accounts of type ``memory``."""
    global fair
    before, real = fair, sqlite3.connect

    opened: list[sqlite3.Connection] = []

    def connect(*words: Any, **about: Any) -> Any:
        opened.append(real(*words, **about, factory=_Journal))
        return opened[-1]

    fair = weather
    sqlite3.connect = connect  # type: ignore[assignment]  # put back below
    memory.MemoryCalendar = FlakyCalendar  # type: ignore[misc]  # put back below
    try:
        yield
    finally:
        fair = before
        sqlite3.connect = real
        for journal in opened:  # as the system closes the files of who died
            journal.close()
        memory.MemoryCalendar = MemoryCalendar  # type: ignore[misc]
