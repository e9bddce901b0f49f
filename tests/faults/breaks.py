"""The guarantees of writing, each switched off in the code: with one of these a test of that guarantee has to fail
(`these_can_fail.py`)."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, cast
from unittest.mock import patch
from uuid import uuid4

from connectors import google_calendar, ical, memory, ownership, retry_after
from connectors.base import Entry
from connectors.dav import Server
from rules.timeline import Ref, Tag
from scheduler import runs
from scheduler.edits import Remembered, Status
from scheduler.journal import Journal, Run, Written

Breaks = Callable[[], AbstractContextManager[Any]]


@contextlib.contextmanager
def no_condition() -> Iterator[None]:
    """A write goes through whatever stands there by now: no If-Match, no If-None-Match."""
    send, request = Server.send, google_calendar.GoogleCalendar._request
    update, delete = memory.MemoryCalendar.update, memory.MemoryCalendar.delete

    def without(self: Server, method: str, url: str, body: str = "", headers: Any = None, **more: Any) -> Any:
        kept = {name: value for name, value in (headers or {}).items() if not name.startswith("If-")}
        return send(self, method, url, body, kept, **more)

    def requested(self: Any, change: Any) -> Any:
        made = request(self, change)
        made.headers.pop("If-Match", None)
        return made

    def now(self: Any, ref: Ref) -> Ref:
        return Ref(ref.where, self._store.texts.get(ref.where, ("",))[0])

    with (
        patch.object(Server, "send", without),
        patch.object(google_calendar.GoogleCalendar, "_request", requested),
        patch.object(memory.MemoryCalendar, "update", lambda self, ref, entry: update(self, now(self, ref), entry)),
        patch.object(memory.MemoryCalendar, "delete", lambda self, ref: delete(self, now(self, ref))),
    ):
        yield


def no_lock() -> AbstractContextManager[Any]:
    """Two runs for one practice write at once."""
    return patch.object(runs, "only_one", lambda *_: contextlib.nullcontext())


def no_waiting() -> AbstractContextManager[Any]:
    """Retry-After is not read."""
    return patch.object(retry_after, "seconds", lambda _header: 0.0)


def absent_is_deleted() -> AbstractContextManager[Any]:
    """What was only intended or sent counts as seen: where it is not there, a hand has deleted it."""
    real, sure = Journal.remembered, {"intended": "seen", "acknowledged": "seen"}

    def remembered(self: Journal, owner: str, at: str) -> list[Remembered]:
        rows = real(self, owner, at)
        return [replace(row, status=cast("Status", sure.get(row.status, row.status))) for row in rows]

    return patch.object(Journal, "remembered", remembered)


@contextlib.contextmanager
def noted_after() -> Iterator[None]:
    """The journal hears of a write when the calendar has taken it, and not before."""
    intend, settle = Journal.intend, Journal.settle
    waiting: dict[int, tuple[Run, Written, bool]] = {}
    numbers = itertools.count(10**6)

    def later(_self: Journal, run: Run, writes: Sequence[Written], unknown: Any) -> list[int]:
        fresh, given = set(unknown), [next(numbers) for _ in writes]
        waiting.update({n: (run, write, write.key in fresh) for n, write in zip(given, writes, strict=True)})
        return given

    def now(self: Journal, writes: Sequence[tuple[int, Written]], status: Any) -> None:
        noted = []
        for number, write in writes:
            run, intended, fresh = waiting.pop(number)
            noted.append((intend(self, run, [intended], [write.key] if fresh else [])[0], write))
        settle(self, noted, status)

    with patch.object(Journal, "intend", later), patch.object(Journal, "settle", now):
        yield


class _Any:
    """Equal to whatever it is compared with."""

    def __eq__(self, _other: object) -> bool:
        return True

    def __ne__(self, _other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


@contextlib.contextmanager
def no_id_of_its_own() -> Iterator[None]:
    """A block gets any id instead of the one that follows from its key: one that is made again is made twice."""

    def uid(_owner: str, _key: str) -> str:
        return f"{uuid4().hex}@{ownership.UID_DOMAIN}"

    with patch.object(ownership, "uid_for", uid), patch.object(ical, "uid_of", _anything):
        yield


def _anything(_tag: Tag) -> Any:
    return _Any()


@contextlib.contextmanager
def no_owner() -> Iterator[None]:
    """Every block that this program ever wrote for anybody counts as ours."""
    with patch.object(ownership, "whose", lambda tag, _owner: "nobody's" if tag is None else "ours"):
        yield


@contextlib.contextmanager
def no_look() -> Iterator[None]:
    """What is made replaces what is there, as on a server that ignores conditions, and nobody looks first."""
    from connectors.caldav_server import CaldavCalendar

    def create(self: memory.MemoryCalendar, entry: Entry) -> Ref:
        with self._store.lock:
            return self._store.put(f"{memory.file_stem(entry.uid)}.ics", memory.calendar_text(entry))

    with (
        no_condition(),
        patch.object(CaldavCalendar, "_is_there", lambda *_: False),
        patch.object(memory.MemoryCalendar, "create", create),
    ):
        yield


BREAKS: dict[str, Breaks] = {
    "no condition": no_condition,
    "no lock": no_lock,
    "no waiting": no_waiting,
    "absent is deleted": absent_is_deleted,
    "noted after": noted_after,
    "no id of its own": no_id_of_its_own,
    "no owner": no_owner,
    "no look": no_look,
}
