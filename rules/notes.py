"""Time for notes: how much each day's sessions ask for, and from when it may lie where.

Rule-file.md, section 4, row `notes`. Where it goes is the scheduler's to decide; this module says what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rules.diary import Diary


@dataclass(frozen=True, slots=True)
class NotesDue:
    """The notes of one local date.

    length: what its sessions ask for together; at_least: the shortest piece; per_session: what each adds. ends: when
    each session ends, sorted: pieces that begin before the n-th end hold at most n-1 sessions' worth together. until:
    the last instant, exclusive."""

    key: str
    day: date
    length: timedelta
    per_session: timedelta
    at_least: timedelta
    ends: tuple[datetime, ...]
    until: datetime


def due(diary: Diary) -> list[NotesDue]:
    """The notes that are due in the window, by day."""
    return []
