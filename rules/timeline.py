"""Instants, intervals, events and sessions: the vocabulary that all three packages speak.

Every instant here is an aware ``datetime`` in UTC. Python subtracts two datetimes that share a zone by their wall
clocks, so 24 Oct 20:00 to 25 Oct 08:00 in Berlin would be 12 hours instead of 13; in UTC a difference is elapsed time
and a comparison is a comparison of instants. Wall-clock times exist only at the edge, in `instant` and `local_date`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Literal
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
_COMMON_ZONE = re.compile(
    "(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Z][a-z]+(?:_[A-Z][a-z]+)*"
)
JUST_AFTER = timedelta(microseconds=1)  # turns "later than" into the start of a half-open interval


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A half-open stretch of time ``[start, end)``.

    Both ends must be aware and are kept in UTC. An interval may be empty (``start == end``), never negative.
    Raises ValueError for a naive instant or an end before the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is not UTC or self.end.tzinfo is not UTC:
            if self.start.tzinfo is None or self.end.tzinfo is None:
                raise ValueError("an interval needs aware instants")
            object.__setattr__(self, "start", self.start.astimezone(UTC))
            object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end < self.start:
            raise ValueError("an interval cannot end before it starts")

    @property
    def length(self) -> timedelta:
        """The elapsed time from start to end."""
        return self.end - self.start

    def overlaps(self, other: Interval) -> bool:
        """Whether the two share any time; touching is not overlapping."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: Interval) -> bool:
        """Whether every instant of `other` is in this interval."""
        return self.start <= other.start and other.end <= self.end

    def clip(self, other: Interval) -> Interval | None:
        """The time both share, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Interval(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Tag:
    """An ownership tag as neutral data (docs/decisions/0001-ownership-tag.md).

    owner: who the block belongs to, a hash of practice id and therapist. key: what it is for. fingerprint: what was
    written, so that a change by hand shows without any other memory. of: the UID (up to its @) that the tag is on,
    where that does not follow from owner and key; else ''. as_wanted: whether it is written in the form (open or
    hidden) that the rule file asks for now.
    """

    owner: str
    key: str
    fingerprint: str
    of: str = ""
    as_wanted: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class Ref:
    """Where a calendar keeps one entry. `where` is the connector's own address (an href, a file name), `etag` the
    version it had when it was read ('' where the calendar gives none)."""

    where: str
    etag: str


State = Literal["busy", "free", "cancelled", "declined"]
Became = Literal["copy", "series", "guests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One occurrence of one entry of a calendar, recurrences expanded.

    calendar: as the rule file names it (``cloud/work``). uid, title: never shown, logged or stored; they are left out
    of ``repr``. recurrence: '' for a single event, else the original start of the occurrence in UTC
    (``20261201T090000Z``, or ``20261201`` where the series is all-day), which stays the same when the occurrence is
    moved. For all-day events `first_day`/`last_day` (both inclusive) are set and `interval` is empty time at midnight
    UTC of the first day. sequence, modified: revision (RFC 5545 3.8.7.4, 3.8.7.3; `modified` falls back to DTSTAMP),
    for copies that differ. tag: the ownership tag if the entry carries a readable one *and* is a single event whose UID
    belongs to the tag, with no guest. former, became: the tag of an entry that is a person's own event, made from a
    block of ours, and how: a copy of it with another UID, a series, or a meeting with guests. noted: a person wrote
    something into it (which is not read)."""

    calendar: str
    uid: str = field(repr=False)
    interval: Interval
    recurrence: str = ""
    title: str = field(default="", repr=False)
    state: State = "busy"
    out_of_office: bool = False
    private: bool = False
    first_day: date | None = None
    last_day: date | None = None
    sequence: int | None = None
    modified: datetime | None = None
    tag: Tag | None = None
    former: Tag | None = None
    became: Became | None = None
    noted: bool = False
    ref: Ref | None = None

    @property
    def all_day(self) -> bool:
        """Whether the event names dates rather than times; such events never occupy time."""
        return self.first_day is not None

    @property
    def busy(self) -> bool:
        """Whether the event takes the therapist's time (tentative and unanswered ones do)."""
        return self.state == "busy" and not self.all_day and self.interval.length > timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A client session. `id` is a keyed hash of UID and recurrence (never the UID) and stays the same when it moves."""

    id: str
    interval: Interval
    kind: str
    calendar: str = ""

    @property
    def start(self) -> datetime:
        return self.interval.start

    @property
    def end(self) -> datetime:
        return self.interval.end


def common_zone(name: str) -> ZoneInfo | None:
    """The time zone of an area and city in their common form, as nearly all are written; None for any other name, which
    is to be looked for among all there are: that opens six hundred files."""
    if not _COMMON_ZONE.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such zone, or a folder of zones
        return None


def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time on a local date.

    A wall time that does not exist moves forward by the gap; one that occurs twice is the first (``fold=0`` is exactly
    that, PEP 495).
    """
    return datetime.combine(day, wall.replace(fold=0), zone).astimezone(UTC)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which a local date begins."""
    return instant(day, time(0), zone)


def whole_day(day: date, zone: ZoneInfo) -> Interval:
    """The local date as an interval: 23 or 25 hours long when the clocks change."""
    return Interval(midnight(day, zone), midnight(day + timedelta(days=1), zone))


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """The local date an instant falls on."""
    return moment.astimezone(zone).date()


def local_dates(span: Interval, zone: ZoneInfo) -> Iterator[date]:
    """Every local date that has any time in the interval, in order."""
    day = local_date(span.start, zone)
    while midnight(day, zone) < span.end:
        yield day
        day += timedelta(days=1)


def week_of(day: date) -> date:
    """The Monday of the ISO week a date is in."""
    return day - timedelta(days=day.weekday())


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time as sorted intervals that neither overlap nor touch; empty ones vanish."""
    merged: list[Interval] = []
    for piece in sorted(i for i in intervals if i.start < i.end):
        if merged and piece.start <= merged[-1].end:
            if piece.end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, piece.end)
        else:
            merged.append(piece)
    return merged


def subtract(whole: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """The time of `whole` that is not in `taken`, sorted, as intervals that do not touch."""
    left: list[Interval] = []
    holes = merge(taken)
    first = 0  # of a year's holes only those near the piece are looked at
    for piece in merge(whole):
        start = piece.start
        while first < len(holes) and holes[first].end <= start:
            first += 1
        for n in range(first, len(holes)):
            hole = holes[n]
            if hole.start >= piece.end:
                break
            if hole.start > start:
                left.append(Interval(start, hole.start))
            start = hole.end
        if start < piece.end:
            left.append(Interval(start, piece.end))
    return left


def intersect(one: Iterable[Interval], other: Iterable[Interval]) -> list[Interval]:
    """The time that is in both, sorted."""
    pieces, others = merge(one), merge(other)
    both: list[Interval] = []
    here = there = 0
    while here < len(pieces) and there < len(others):
        if (shared := pieces[here].clip(others[there])) is not None:
            both.append(shared)
        if pieces[here].end <= others[there].end:
            here += 1
        else:
            there += 1
    return both


class Lying:
    """Intervals in order, to ask many times which of them share time with another one."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self._sorted = sorted(intervals)
        self._starts = [i.start for i in self._sorted]
        self._ends = list(accumulate((i.end for i in self._sorted), max))  # the latest end so far: it never falls

    def overlapping(self, interval: Interval) -> list[Interval]:
        """Those that overlap an interval, sorted."""
        first, last = bisect_right(self._ends, interval.start), bisect_left(self._starts, interval.end)
        return [i for i in self._sorted[first:last] if i.overlaps(interval)]

    def across(self, moment: datetime) -> bool:
        """Whether one of them begins before an instant and ends after it."""
        begun = bisect_left(self._starts, moment)
        return begun > 0 and self._ends[begun - 1] > moment


def total(intervals: Iterable[Interval]) -> timedelta:
    """The elapsed time of the union."""
    return sum((i.length for i in merge(intervals)), timedelta(0))
