"""The typed model of a rule file: what a practice wrote, after presets, overrides and defaults.

Values only, no reading: `rules.loading` makes them from YAML. Lengths are `timedelta` (elapsed time), times of day
are wall-clock `time` in the therapist's zone, weekdays are 0 (Monday) to 6.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import cache
from importlib import import_module
from typing import Any, Literal
from zoneinfo import ZoneInfo

from rules.problems import TooSlowError

Edits = Literal["keep", "restore"]
Priority = Literal["essential", "high", "normal", "low"]
PRIORITIES: tuple[Priority, ...] = ("essential", "high", "normal", "low")


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A wall-clock range within a day; ``end <= start`` reaches into the next day; ``24:00`` is `time(0)` as an end."""

    start: time
    end: time


SunEvent = Literal["dawn", "sunrise", "noon", "sunset", "dusk"]


@dataclass(frozen=True, slots=True)
class SunTime:
    """A time of day by the sun at the practice's `location`: ``sunset+60 min`` is sunset and an offset of an hour."""

    event: SunEvent
    offset: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class SunRange:
    """A range within a day of which at least one end is by the sun."""

    start: time | SunTime
    end: time | SunTime


@dataclass(frozen=True, slots=True)
class Location:
    """Where the practice is, for times by the sun: degrees, north and east positive."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Working hours by weekday, for some dates or always. A weekday with no ranges is written ``none``: it has no
    working hours. `every`: only each n-th week, counted from the week of `since`. Of several that hold on a date and
    name its weekday, the last in the file decides."""

    days: dict[int, tuple[TimeRange, ...]]
    since: date | None = None
    until: date | None = None
    every: int = 1


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
    expression: bool = False

    def matches(self, title: str) -> bool:
        """Raises TooSlowError where a regular expression does not come to an end on this title: who can write an event
        would else decide how long planning takes. A glob always ends."""
        plain = unicodedata.normalize("NFC", title)
        if not self.expression:
            return self.regex.search(plain) is not None
        try:
            return ending(self.regex.pattern).search(plain, timeout=_LONGEST_MATCH) is not None
        except TimeoutError:
            raise TooSlowError from None


_LONGEST_MATCH = 1.0  # seconds; what ends at all takes some microseconds
_BRACE = re.compile(r"\\N\{[^}]*\}|\\.|\{(?![0-9]*,?[0-9]*\})", re.DOTALL)


@cache
def ending(pattern: str) -> Any:
    """A pattern of `re` for the engine that titles are compared with, since it can be told to stop. A brace that counts
    nothing stands for itself in `re`, and for "about this" there: it is escaped. Raises ValueError where the engine
    does not take the pattern."""
    engine = import_module("regex")  # when first needed; it ships no types
    plain = _BRACE.sub(lambda found: r"\{" if found[0] == "{" else found[0], pattern)
    try:
        return engine.compile(plain, engine.IGNORECASE)
    except (engine.error, OverflowError, RecursionError):
        raise ValueError from None


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
class InARow:
    """The most sessions, or the longest time from the first's start to the last's end, without a stretch of `then`
    free of sessions. `meetings_rest` False: that stretch must be free of other busy time too."""

    then: timedelta
    sessions: int | None = None
    time: timedelta | None = None
    meetings_rest: bool = True


@dataclass(frozen=True, slots=True)
class Rest:
    """Rest between days (elapsed, from a day's last session to the next day's first), days without sessions in a week,
    and the most from a day's first session to its last one's end. None is no limit."""

    between_days: timedelta | None = None
    days_off_per_week: int | None = None
    day_span: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Notes:
    """Time for notes: `per_session` for each of a day's sessions, in pieces of `at_least` or more. `by` None: an hour
    after the day's working hours end."""

    per_session: timedelta
    at_least: timedelta
    by: time | None = None


Every = Literal["day", "week", "fortnight", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of an item a period asks for: a number (`times`), or an `amount` in pieces of `least` to `most`."""

    every: Every
    times: int | None = None
    amount: timedelta | None = None
    least: timedelta = timedelta(0)
    most: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class ProtectItem:
    """Time kept for the therapist. Fixed where `at` is set, floating where `between` and `length` are.
    `on` None: every day. `at_least` None: not shorter than `length`. `quota` None: once on each day it is due.
    `satisfied_by`: events that count towards the quota; their `kind` means nothing. `after`: the window begins where
    the day's last session ends. `at_most`: an item without length; on at most so many days of each week may sessions
    lie in its window. `used`: the entry of the catalogue that it was made from, or ''."""

    name: str
    on: frozenset[int] | None = None
    at: TimeRange | SunRange | None = None
    between: TimeRange | SunRange | None = None
    length: timedelta | None = None
    at_least: timedelta | None = None
    ideally: time | None = None
    flex: timedelta | None = None
    priority: Priority = "normal"
    counts_as_break: bool = True
    inside_hours: bool = False
    quota: Quota | None = None
    satisfied_by: tuple[SessionRule, ...] = ()
    after: Literal["last session"] | None = None
    at_most: int | None = None
    used: str = ""


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Dates (both ends of a range inclusive), titles of all-day events, and a calendar of public holidays."""

    ranges: tuple[tuple[date, date], ...] = ()
    titles: tuple[TitlePattern, ...] = ()
    holidays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blocks:
    """How a block looks in the calendar. `title` may hold ``{name}``. `discreet`: nothing else tells what it is for
    either."""

    title: str = "{name}"
    private: bool = True
    discreet: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A calendar account as written: `options` are the connector's own keys, each scalar as its written text,
    unchecked here. `echoes`: the system behind it copies our blocks back to us without their tag. `titles`: whether its
    events' titles may be read, where the therapist's rules say so too."""

    name: str
    type: str
    options: dict[str, Any] = field(repr=False)
    echoes: bool = False
    titles: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything that holds for one therapist, overrides applied.

    working_hours: None where the file says nothing (then every hour is working time); see `workdays.hours_on`.
    bookable: names of kinds. titles: whether events' titles may be read. where: places in the rule file,
    ``limits.per_day`` -> ``riverside.yaml:31`` or ``preset balanced``, for messages; accounts' options too. edits_by:
    what `edits` says for a section (``breaks``) or an item (``protect/lunch``) of its own. extra: built third-party
    rules by their top-level key.
    """

    therapist: str
    timezone: ZoneInfo
    read: tuple[str, ...]
    write: str
    horizon: timedelta = timedelta(weeks=6)
    grid: timedelta = timedelta(minutes=5)
    working_hours: tuple[WorkingHours, ...] | None = None
    kinds: dict[str, Kind] = field(default_factory=dict)
    bookable: tuple[str, ...] = ()
    sessions: tuple[SessionRule, ...] = ()
    breaks: Breaks = Breaks()
    per_day: Limit = Limit()
    per_week: Limit = Limit()
    in_a_row: InARow | None = None
    rest: Rest = Rest()
    notes: Notes | None = None
    location: Location | None = None
    protect: tuple[ProtectItem, ...] = ()
    days_off: DaysOff = DaysOff()
    edits: Edits = "keep"
    edits_by: dict[str, Edits] = field(default_factory=dict)
    blocks: Blocks = Blocks()
    respect_others: bool = False
    titles: bool = True
    paused: bool = False
    where: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def edits_of(self, key: str) -> Edits:
        """What holds for the block with a key: `edits` of its rule or item, else the practice's."""
        kind, *rest = key.split("/")
        if kind == "guard":
            section = rest[0].split(".")[0]
        else:
            section = f"protect/{rest[0]}" if kind == "protect" else {"break": "breaks"}.get(kind, kind)
        return self.edits_by.get(section, self.edits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """One rule file. `id` is the owner's identity and the salt of keys; `source` the file's path as it was given."""

    name: str
    id: str
    source: str
    accounts: dict[str, Account]
    therapists: dict[str, Rules]
