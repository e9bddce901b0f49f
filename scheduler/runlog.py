"""The record of one run: it gets its number with the first thing that it writes, so that a run that writes nothing is
none."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from connectors import ownership
from scheduler.edits import Status
from scheduler.journal import Journal, Kind, Run, Written

KEPT = timedelta(days=90)


class RunLog:
    """What one run writes for one practice, whichever of its therapists it is for: they may be worked on side by
    side."""

    def __init__(
        self, journal: Journal, practice_id: str, now: datetime, kind: Kind = "sync", undoes: int | None = None
    ) -> None:
        self._journal = journal
        self._practice = ownership.owner_of(practice_id, "")
        self._now = now
        self._kind: Kind = kind
        self._undoes = undoes
        self._turn = threading.Lock()
        self.run: Run | None = None
        """The run, once something was to be written."""

    def intend(self, writes: Sequence[Written], unknown: Iterable[str]) -> list[int]:
        """Note writes before they are sent (`Journal.intend`)."""
        with self._turn:
            if self.run is None:
                self._journal.prune_runs(self._now - KEPT)
                self.run = self._journal.begin_run(self._practice, self._now, self._kind, self._undoes)
        return self._journal.intend(self.run, writes, unknown)

    def settle(self, writes: Sequence[tuple[int, Written]], status: Status) -> None:
        """Note what of them a calendar has taken (`Journal.settle`)."""
        self._journal.settle(writes, status)
