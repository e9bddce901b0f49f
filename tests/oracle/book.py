"""A diary in whole minutes from the Monday midnight of its first week: what the oracle works on.

Only plain data is taken from the product: the typed rules and the diary's sessions, busy and working time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from rules.diary import Diary
from rules.practice import Kind, Rules

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Meet:
    """A session or a booking."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Book:
    """dates[i] begins at minute dawns[i]; `today` is an index of dates. obstacles: busy time that is no session."""

    rules: Rules
    dates: tuple[date, ...]
    dawns: tuple[int, ...]
    today: int
    last: int
    sessions: tuple[Meet, ...]
    obstacles: tuple[Span, ...]
    working: tuple[Span, ...]
    days_off: frozenset[date]
    zero: datetime
    done: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)

    def day(self, minute: int) -> int:
        """The index of the date a minute lies on."""
        return bisect_right(self.dawns, minute) - 1

    def week(self, day: int) -> date:
        """The Monday of a date's week."""
        return self.dates[day] - timedelta(days=self.dates[day].weekday())

    def at(self, day: int, wall: time) -> int:
        """A wall-clock time on a date."""
        moment = datetime.combine(self.dates[day], wall, self.rules.timezone)
        return minutes(moment.timestamp() - self.zero.timestamp())

    def minute(self, moment: datetime) -> int:
        return minutes(moment.timestamp() - self.zero.timestamp())

    @property
    def days(self) -> range:
        """The days of the canvas."""
        return range(self.today, self.last + 1)

    @property
    def canvas(self) -> Span:
        return self.dawns[self.today], self.dawns[self.last + 1]

    @property
    def bookable(self) -> list[Kind]:
        return [self.rules.kinds[name] for name in self.rules.bookable]

    def need_before(self, kind: str) -> int:
        own = self.rules.kinds[kind].before
        return mins(self.rules.breaks.before if own is None else own)

    def need_after(self, kind: str) -> int:
        of, law = self.rules.kinds[kind], self.rules.breaks
        if of.after is not None:
            return mins(of.after)
        return mins(law.after_heavy if of.heavy and law.after_heavy is not None else law.after)

    def gap(self, first: str, second: str) -> int:
        """The gap two neighbouring sessions need."""
        after, before = self.need_after(first), self.need_before(second)
        return after + before if self.rules.breaks.combine == "add" else max(after, before)


def minutes(seconds: float) -> int:
    assert seconds % 60 == 0, "the oracle knows whole minutes"
    return int(seconds // 60)


def mins(length: timedelta) -> int:
    return minutes(length.total_seconds())


def read(diary: Diary) -> Book:
    """A diary as a book. The window begins at midnight or later and ends at a midnight."""
    rules, zone = diary.rules, diary.rules.timezone
    first = diary.window.start.astimezone(zone).date()
    monday = first - timedelta(days=first.weekday() + 7)
    end = (diary.window.end - timedelta(minutes=1)).astimezone(zone).date()
    zero = datetime.combine(monday, time(0), zone)
    dates = tuple(monday + timedelta(days=n) for n in range((end - monday).days + 16))
    dawns = tuple(minutes(datetime.combine(d, time(0), zone).timestamp() - zero.timestamp()) for d in dates)

    def span(start: datetime, stop: datetime) -> Span:
        return minutes(start.timestamp() - zero.timestamp()), minutes(stop.timestamp() - zero.timestamp())

    return Book(
        rules=rules,
        dates=dates,
        dawns=dawns,
        today=(first - monday).days,
        last=(end - monday).days,
        sessions=tuple(
            Meet(*span(s.start, s.end), s.kind) for s in sorted(diary.sessions, key=lambda s: (s.start, s.end))
        ),
        obstacles=tuple(union(span(i.start, i.end) for i in diary.busy)),
        working=tuple(span(i.start, i.end) for i in diary.working),
        days_off=frozenset(diary.days_off),
        zero=zero,
        done={slug: tuple(span(i.start, i.end) for i in some) for slug, some in diary.done.items()},
    )


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time as sorted spans that neither overlap nor touch."""
    out: list[Span] = []
    for a, b in sorted(s for s in spans if s[0] < s[1]):
        if out and a <= out[-1][1]:
            out[-1] = (out[-1][0], max(b, out[-1][1]))
        else:
            out.append((a, b))
    return out


def minus(whole: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """The time of `whole` that is not in `taken`."""
    left: list[Span] = []
    holes = union(taken)
    for a, b in union(whole):
        for c, d in holes:
            if d <= a or c >= b:
                continue
            if c > a:
                left.append((a, c))
            a = max(a, d)
        if a < b:
            left.append((a, b))
    return left


def both(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """The time that is in both."""
    others = union(other)
    found = [(max(a, c), min(b, d)) for a, b in union(one) for c, d in others]
    return [s for s in found if s[0] < s[1]]


def length(spans: Iterable[Span]) -> int:
    return sum(b - a for a, b in union(spans))
