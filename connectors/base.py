"""The contract of every connector: read a window, write blocks conditionally, fail in words that help.

A connector is one opened calendar. It imports nothing of `rules/` but the vocabulary in `rules.timeline`. It never
shows, logs or stores what an event says: titles leave it only inside `Event`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from connectors.deadline import Patience
from rules.timeline import Event, Interval, Ref, Tag


class CalendarError(Exception):
    """Something is wrong with one account or calendar. The text names account and calendar, says what is wrong and
    what to do, and never quotes an event, a password or an address with a secret in it."""


class Conflict(CalendarError):  # noqa: N818 - it names what happened
    """The entry is not as it was read (HTTP 412), or one is there already: read again and plan again."""


class Stale(Conflict):
    """The whole reading is out of date (it is another calendar now): nothing is said of the entry. Read again."""


class Unreadable(CalendarError):  # noqa: N818 - it names what happened
    """A reply or file that cannot be parsed, a feed that fails or is stale: plan nothing for this therapist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a block looks like in a calendar: busy, no alarm, no guest. `stamp` is DTSTAMP, the run's `now`."""

    uid: str
    interval: Interval
    title: str
    private: bool
    tag: Tag
    stamp: datetime


def without_title(event: Event) -> Event:
    """An event as it is read where titles are not: our own blocks (any owner's) have one, others have none."""
    return event if event.tag is not None or not event.title else replace(event, title="")


@dataclass(frozen=True, slots=True)
class Unexpanded:
    """An event that could not be read or expanded correctly and is said so rather than guessed. `start` is its
    DTSTART if that could be read; `reason` quotes nothing of the event (``a rule that mixes plain and numbered
    weekdays``). `tag`: the ownership tag, where it is one of our blocks, which then is not gone."""

    calendar: str
    start: datetime | None
    reason: str
    tag: Tag | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a calendar holds in a window: every occurrence that overlaps it (all-day events by their dates in `zone`),
    sorted by start, then uid and recurrence; and what could not be expanded."""

    events: tuple[Event, ...]
    unexpanded: tuple[Unexpanded, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a connector may use of its surroundings. `secret` turns a written secret (a plain string, or
    {env|keyring|file|command: …}) into text, or raises CalendarError with advice. `base`: the rule file's folder,
    relative paths start there (``~`` is the home). `state`: a folder of the account's own for caches, made 0700 when
    first used. `now`: the run's clock. `titles`: whether titles may be read; where not, they are not even asked for if
    the protocol allows that, and only our own blocks have one. `patience`: how long the account's servers may keep this
    run waiting, all of its calendars together."""

    account: str
    options: dict[str, Any]
    secret: Callable[[Any], str]
    base: Path
    state: Path
    now: datetime
    titles: bool = True
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class Write:
    """One change to a calendar. entry: what a block is to look like (create, update); ref: which one, as it was read
    (update, delete)."""

    action: Literal["create", "update", "delete"]
    entry: Entry | None = None
    ref: Ref | None = None


class Connector(Protocol):
    """One opened calendar.

    `name` is the calendar as the rule file names it. `writable` is False for feeds.
    """

    name: str
    writable: bool

    def read(self, window: Interval, zone: ZoneInfo) -> Reading:
        """Everything in the window; floating times and all-day dates are read in `zone`. Complete or an error, never
        a part.

        Raises CalendarError (server down, login refused, no such calendar), Unreadable (not a calendar)."""
        ...

    def create(self, entry: Entry) -> Ref:
        """Make an entry that is not there yet. Raises Conflict where one with this uid exists already."""
        ...

    def update(self, ref: Ref, entry: Entry) -> Ref:
        """Replace an own entry if it is still as `ref` says. Raises Conflict if it changed or is gone."""
        ...

    def delete(self, ref: Ref) -> None:
        """Remove an own entry if it is still as `ref` says. Raises Conflict if it changed; gone already is success."""
        ...

    def close(self) -> None:
        """Let go of connections. Safe to call twice."""
        ...


@runtime_checkable
class Batched(Protocol):
    """A connector that sends many changes in one request, and whose replies show what stands in the calendar then: it
    is not read again to make sure."""

    def write(self, changes: Sequence[Write]) -> Iterator[Ref | CalendarError]:
        """Carry changes out, in any order; each one's outcome, in the order given: where the entry is now (for a
        delete: was), or what `create`, `update` or `delete` would have raised. One that fails does not stop the
        others."""
        ...


@runtime_checkable
class Parallel(Protocol):
    """A connector that makes many entries faster together than one by one, though each by a request of its own."""

    def create_all(self, entries: Sequence[Entry]) -> Iterator[Ref | CalendarError]:
        """Make entries, in any order; each one's outcome, in the order given: what `create` would have given or raised.
        One that fails does not stop the others."""
        ...


@runtime_checkable
class Addressed(Protocol):
    """A connector that knows where its calendar is, so that one calendar under two names is told from two calendars."""

    def address(self) -> str:
        """The same text for the same calendar, however it was named; never shown, since it may hold a secret.

        May ask the server. Raises CalendarError as `read` does."""
        ...
