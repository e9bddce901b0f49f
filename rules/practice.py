"""The typed model of a rule file: what a practice wrote, after presets, overrides and defaults.

Values only, no reading: `rules.loading` makes them from YAML. Lengths are `timedelta` (elapsed time), times of day
are wall-clock `time` in the therapist's zone, weekdays are 0 (Monday) to 6.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

Priority = Literal["essential", "high", "normal", "low"]
PRIORITIES: tuple[Priority, ...] = ("essential", "high", "normal", "low")


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A wall-clock range within a day; ``end <= start`` reaches into the next day; ``24:00`` is `time(0)` as an end."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Kind:
    """What a client session can be. `length` is what a *booking* of this kind takes; a real session's own length
    counts. `before`/`after` None: what `breaks` says. `shared`: one event per attendee, so equal times in one
    calendar are one session."""

    name: str
    length: timedelta
    weight: float = 1.0
    heavy: bool = False
    before: timedelta | None = None
    after: timedelta | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class TitlePattern:
    """A title matcher: a glob, not case-sensitive, or ``/a regular expression/`` (searched, not case-sensitive)."""

    text: str
    regex: re.Pattern[str]

    def matches(self, title: str) -> bool:
        return self.regex.search(unicodedata.normalize("NFC", title)) is not None


@dataclass(frozen=True, slots=True)
class SessionRule:
    """Which events are sessions: every condition that is given must hold. `kind` None means ``none``: busy, no session.
    `calendar` is ``account`` or ``account/calendar``."""

    kind: str | None
    title: TitlePattern | None = None
    calendar: str | None = None
    longer_than: timedelta | None = None
    shorter_than: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Breaks:
    """Time between clients. `after_heavy` None: as `after`. `combine`: how a neighbour's `after` and `before` add
    up."""

    before: timedelta = timedelta(0)
    after: timedelta = timedelta(0)
    after_heavy: timedelta | None = None
    at_least: timedelta = timedelta(0)
    combine: Literal["larger", "add"] = "larger"


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that a day or a week may hold; None is no limit."""

    sessions: int | None = None
    time: timedelta | None = None
    weight: float | None = None
    heavy: int | None = None


@dataclass(frozen=True, slots=True)
class ProtectItem:
    """Time kept for the therapist. Fixed where `at` is set, floating where `between` and `length` are.
    `on` None: every day. `at_least` None: not shorter than `length`."""

    name: str
    on: frozenset[int] | None = None
    at: TimeRange | None = None
    between: TimeRange | None = None
    length: timedelta | None = None
    at_least: timedelta | None = None
    ideally: time | None = None
    flex: timedelta | None = None
    priority: Priority = "normal"
    counts_as_break: bool = True
    inside_hours: bool = False


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Dates (both ends of a range inclusive), titles of all-day events, and a calendar of public holidays."""

    ranges: tuple[tuple[date, date], ...] = ()
    titles: tuple[TitlePattern, ...] = ()
    holidays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blocks:
    """How a block looks in the calendar. `title` may hold ``{name}``."""

    title: str = "{name}"
    private: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """A calendar account as written: `options` are the connector's own keys, each scalar as its written text,
    unchecked here. `echoes`: the system behind it copies our blocks back to us without their tag."""

    name: str
    type: str
    options: dict[str, Any] = field(repr=False)
    echoes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything that holds for one therapist, overrides applied.

    working_hours: weekday -> ranges; None where the file says nothing (then every hour is working time). bookable:
    names of kinds. where: places in the rule file, ``limits.per_day`` -> ``riverside.yaml:31`` or ``preset
    balanced``, for messages; accounts' options too. extra: built third-party rules by their top-level key.
    """

    therapist: str
    timezone: ZoneInfo
    read: tuple[str, ...]
    write: str
    horizon: timedelta = timedelta(weeks=6)
    grid: timedelta = timedelta(minutes=5)
    working_hours: dict[int, tuple[TimeRange, ...]] | None = None
    kinds: dict[str, Kind] = field(default_factory=dict)
    bookable: tuple[str, ...] = ()
    sessions: tuple[SessionRule, ...] = ()
    breaks: Breaks = Breaks()
    per_day: Limit = Limit()
    per_week: Limit = Limit()
    protect: tuple[ProtectItem, ...] = ()
    days_off: DaysOff = DaysOff()
    edits: Literal["keep", "restore"] = "keep"
    blocks: Blocks = Blocks()
    respect_others: bool = False
    paused: bool = False
    where: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """One rule file. `id` is the owner's identity and the salt of keys; `source` the file's path as it was given."""

    name: str
    id: str
    source: str
    accounts: dict[str, Account]
    therapists: dict[str, Rules]
