"""One therapist's diary: everything the rules look at, already classified and in UTC.

The diary holds whole weeks around the time that is planned, so that every count is complete (rule-file.md, section 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from rules.practice import Kind, Rules
from rules.timeline import Interval, Session, local_date, midnight


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """What the rules are applied to.

    window: what is planned, ``[now, end of the horizon)``. sessions: sorted by start, end and id. busy: other people's
    and other events' time, not merged. working: working time of days that are not off, merged. days_off: date ->
    reason. done: for a protected item's slug, the events that count towards its quota (`satisfied_by`), sorted."""

    rules: Rules
    window: Interval
    sessions: tuple[Session, ...]
    busy: tuple[Interval, ...]
    working: tuple[Interval, ...]
    days_off: dict[date, str]
    done: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was worked out of all this and is asked for again and again; never changed once it is here."""

    @property
    def now(self) -> datetime:
        return self.window.start

    @property
    def today(self) -> date:
        return local_date(self.window.start, self.rules.timezone)

    @property
    def canvas(self) -> Interval:
        """The window from today's midnight on: whole days, so that nothing creeps as the day passes. What has started
        is cut away only at the end."""
        return Interval(midnight(self.today, self.rules.timezone), self.window.end)

    @property
    def geometry(self) -> Interval:
        """The canvas and the day before it: an evening that reaches past midnight is worked out as one, on both its
        dates."""
        start = midnight(self.today - timedelta(days=1), self.rules.timezone)
        return Interval(start, self.window.end)

    @property
    def bookable(self) -> tuple[Kind, ...]:
        """The kinds that somebody may book, shortest first."""
        kinds = (self.rules.kinds[name] for name in self.rules.bookable)
        return tuple(sorted(kinds, key=lambda k: (k.length, k.name)))

    def within(self, span: Interval) -> Diary:
        """The same diary with only the sessions and the busy time that overlap `span`, for questions about one day."""
        return replace(
            self,
            sessions=tuple(s for s in self.sessions if s.interval.overlaps(span)),
            busy=tuple(i for i in self.busy if i.overlaps(span)),
        )

    def date_of(self, moment: datetime) -> date:
        """The therapist's local date at an instant."""
        return local_date(moment, self.rules.timezone)

    def clock(self, moment: datetime) -> str:
        """An instant as the therapist's wall clock shows it, for messages: ``09:50``."""
        local = moment.astimezone(self.rules.timezone)
        return f"{local.hour:02}:{local.minute:02}"

    def day_name(self, day: date) -> str:
        """A date for messages."""
        return day_name(day)


def day_name(day: date) -> str:
    """A date for messages: ``Tue 1 Dec``, whatever the locale."""
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def minutes(length: timedelta) -> int:
    """Whole minutes of a length, for messages."""
    return int(length.total_seconds() // 60)


def spell(length: timedelta) -> str:
    """A length for messages, in whole minutes: ``11 h 30 min``, ``45 min``, ``6 h``."""
    whole, left = divmod(minutes(length), 60)
    said = [f"{whole} h"] if whole else []
    return " ".join([*said, f"{left} min"] if left or not whole else said)


def plural(count: int, word: str) -> str:
    """A number of things, for messages: ``1 day``, ``2 days``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def is_or_are(length: timedelta) -> str:
    """The verb of a length, for messages: ``1 h is due``, ``11 h are due``."""
    return "is" if spell(length) in ("1 h", "1 min") else "are"


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
