"""A calendar in memory: for demonstrations and tests, with the same conditions on writing as every other calendar.

Stores are shared within the process by name, so that whoever wants can look at what was written.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from pydantic import Field

from connectors.base import CalendarError, Conflict, Context, Entry, Reading, without_title
from connectors.ical import Resource, inside, read_calendars
from connectors.ical_splice import updated
from connectors.ical_write import calendar_text, event_text, file_stem
from connectors.options import AccountOptions, checked
from rules.timeline import Event, Interval, Ref


class Options(AccountOptions):
    """Options of an account of type ``memory``."""

    store: str | None = Field(default=None, description="The name of the store; default: the account's name")


@dataclass(slots=True)
class MemoryStore:
    """What one calendar in memory holds: .ics texts by name, each with a counted etag, and events as they are."""

    texts: dict[str, tuple[str, bytes]] = field(default_factory=dict, repr=False)
    events: list[Event] = field(default_factory=list, repr=False)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    counter: int = 0

    def put(self, where: str, body: bytes) -> Ref:
        """Keep a text under a name, as any client would; returns where it is and its new version."""
        with self.lock:
            self.counter += 1
            self.texts[where] = (f'"{self.counter}"', body)
            return Ref(where, self.texts[where][0])


_STORES: dict[str, dict[str, MemoryStore]] = {}
_STORES_LOCK = threading.Lock()


def store(name: str, calendar: str = "") -> MemoryStore:
    """The calendar of that name in a store, made where it is not there yet."""
    with _STORES_LOCK:
        return _STORES.setdefault(name, {}).setdefault(calendar, MemoryStore())


def forget(name: str) -> None:
    """Drop a store with all its calendars."""
    with _STORES_LOCK:
        _STORES.pop(name, None)


class MemoryCalendar:
    """One calendar of a store."""

    Options = Options
    writable = True

    def __init__(self, calendar: str | None, context: Context) -> None:
        options = checked(Options, context.account, context.options)
        name = options.store or context.account
        if calendar is not None and calendar not in _STORES.get(name, {}):
            there = ", ".join(sorted(c for c in _STORES.get(name, {}) if c)) or "none"
            raise CalendarError(f"{context.account}/{calendar}: there is no such calendar; there are: {there}")
        self.name = context.account if calendar is None else f"{context.account}/{calendar}"
        self._address = f"memory:{name}/{calendar or ''}"
        self._store = store(name, calendar or "")
        self._me = options.owner()
        self._titles = context.titles

    def address(self) -> str:
        return self._address

    def read(self, window: Interval, zone: ZoneInfo) -> Reading:
        with self._store.lock:
            resources = [Resource(where, etag, body) for where, (etag, body) in self._store.texts.items()]
            given = [replace(event, calendar=self.name) for event in self._store.events if inside(event, window, zone)]
        reading = read_calendars(resources, self.name, window, zone, self._me)
        events = sorted((*reading.events, *given), key=lambda e: (e.interval.start, e.uid, e.recurrence))
        kept = events if self._titles else map(without_title, events)
        return Reading(tuple(kept), reading.unexpanded)

    def create(self, entry: Entry) -> Ref:
        where = f"{file_stem(entry.uid)}.ics"
        with self._store.lock:
            if where in self._store.texts:
                raise Conflict(f"{self.name}: this block is there already; read again")
            return self._store.put(where, calendar_text(entry))

    def update(self, ref: Ref, entry: Entry) -> Ref:
        with self._store.lock:
            if self._store.texts.get(ref.where, ("",))[0] != ref.etag:
                raise Conflict(f"{self.name}: a block changed after it was read; read again")
            body = updated(self._store.texts[ref.where][1], entry.uid, event_text(entry), calendar_text(entry))
            return self._store.put(ref.where, body)

    def delete(self, ref: Ref) -> None:
        with self._store.lock:
            if ref.where not in self._store.texts:
                return
            if self._store.texts[ref.where][0] != ref.etag:
                raise Conflict(f"{self.name}: a block changed after it was read; read again")
            del self._store.texts[ref.where]

    def close(self) -> None:
        """Nothing to let go of."""
