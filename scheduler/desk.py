"""What a run works with besides the rules: calendars opened once, the journal, the lock, the state folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors import ownership, registry, secrets
from connectors.base import Addressed, CalendarError, Connector, Context
from connectors.deadline import Waits
from connectors.private import close_to_others, private_folder, who_else_may_write
from rules.practice import Practice, Rules
from scheduler import discreet
from scheduler.edits import Asked
from scheduler.journal import Journal
from scheduler.runlog import RunLog

LOCK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Uncleared:
    """A calendar that cannot be cleared of earlier blocks: its name in the rule file then, and why."""

    place: str
    why: str

    def __str__(self) -> str:
        return (
            f"earlier blocks in {self.place} could not be cleared: {self.why}; if it is gone for good: "
            f"session-breaks clear --forget {self.place}"
        )


class Desk:
    """Opens the calendars of one practice, each once, and closes them all. A context manager. waits: how long each
    account may still keep the run waiting."""

    def __init__(
        self,
        practice: Practice,
        state: Path,
        journal: Journal,
        now: datetime,
        log: RunLog | None = None,
        waits: Waits | None = None,
    ) -> None:
        self.practice = practice
        self.state = state
        self.journal = journal
        self.now = now
        self.restore = Asked()
        """What is put back in this run, whatever a hand did to it."""
        self.log = log or RunLog(journal, practice.id, now)
        """The run that what is written belongs to."""
        self.uncleared: dict[str, Uncleared] = {}
        """Calendars (by `at`) that were written to earlier and cannot be cleared now."""
        self._titles = all(rules.titles for rules in practice.therapists.values())
        self._keys = discreet.keys_of(practice)
        self._open: dict[str, Connector] = {}
        self._waits = waits or Waits()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        for calendar in self._open.values():
            calendar.close()
        self._open.clear()

    def work_for(self, rules: Rules) -> None:
        """Say for whom the calendars are read from now on, before any is opened. Nobody, at first: then no title is
        read unless everybody's rules allow it."""
        self._titles = rules.titles

    def calendar(self, place: str) -> Connector:
        """The calendar that a rule file names, ``account`` or ``account/calendar``. Raises CalendarError."""
        if place not in self._open:
            name, _, calendar = place.partition("/")
            account = self.practice.accounts.get(name)
            if account is None:
                raise CalendarError(
                    f"{place}: blocks were written there, but the rule file has no account `{name}` any more; "
                    "put it back until they are cleared"
                )
            context = context_of(self.practice, name, self.state, self.now, titles=self._titles)
            context = replace(context, patience=self._waits.of(self.practice.id, name))
            opened = registry.open_calendar(account.type, calendar or None, context)
            self._open[place] = discreet.translated(opened, self._keys)
        return self._open[place]

    def address(self, place: str) -> str:
        """What tells one calendar from another, whatever it is called; its name where the connector cannot say. Raises
        CalendarError."""
        calendar = self.calendar(place)
        return calendar.address() if isinstance(calendar, Addressed) else f"name:{place}"

    def at(self, place: str) -> str:
        """A keyed hash of that: how the journal knows the calendar. Raises CalendarError."""
        return ownership.hashed_place(self.practice.id, self.address(place))

    def one_name(self, places: Iterable[str]) -> dict[str, str]:
        """For each name the first of them that names the same calendar: a rule file may call one calendar `cloud` here
        and `cloud/work` there, and it is still read once and our blocks in it are still ours. Raises CalendarError."""
        first: dict[str, str] = {}
        return {place: first.setdefault(self.address(place), place) for place in places}


def context_of(practice: Practice, account: str, state: Path, now: datetime, *, titles: bool = False) -> Context:
    """What the connector of one of the practice's accounts may use. state: the state folder of all; titles: whether
    titles may be read, where the account allows it."""
    source = Path(practice.source)
    base = source.resolve().parent

    def secret(written: Any) -> str:
        runs = isinstance(written, dict) and "command" in written
        if runs and (who := who_else_may_write(source)):
            raise CalendarError(
                f"{source} (or its folder) can be changed by {who}, and `command` would run whatever they write there; "
                f"run: chmod go-w {source} {base}"
            )
        return str(secrets.resolve(written, base))

    return Context(
        account=account,
        options=dict(practice.accounts[account].options),
        secret=secret,
        base=base,
        state=state / "accounts" / hashlib.sha256(f"{practice.id}/{account}".encode()).hexdigest()[:16],
        now=now,
        titles=titles and practice.accounts[account].titles,
    )


@contextmanager
def only_one(practice: Practice, state: Path) -> Iterator[None]:
    """Hold the practice's lock while writing. Raises CalendarError where another run keeps it for a minute."""
    import filelock

    folder = state / "locks"
    try:
        private_folder(folder)
        lock = filelock.FileLock(folder / f"{hashlib.sha256(practice.id.encode()).hexdigest()[:16]}.lock", mode=0o600)
        lock.acquire(timeout=LOCK_SECONDS)
        close_to_others(Path(lock.lock_file))
    except filelock.Timeout:
        raise CalendarError("another run is writing to this practice's calendars; try again when it is done") from None
    except OSError as error:
        raise CalendarError(f"the state folder {state} cannot be used ({error.strerror}); check its rights") from None
    try:
        yield
    finally:
        lock.release()
