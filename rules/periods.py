"""The periods that quotas count in: a date's day, ISO week, fortnight, month, quarter or year.

Weeks begin on Mondays (ISO 8601). Fortnights are pairs of ISO weeks counted from Monday 1 January 2001, so that every
practice has the same ones; months, quarters and years are the calendar's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from rules.diary import day_name
from rules.practice import Every
from rules.timeline import Interval, midnight, week_of

DAY = timedelta(days=1)
FORTNIGHTS_FROM = date(2001, 1, 1)  # a Monday
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class Period:
    """One period, `first` and `last` date included."""

    every: Every
    first: date
    last: date

    @property
    def key(self) -> str:
        """Its name in keys of blocks: ``2026-12-01``, ``2026-W49``, ``2026-F24`` (the 24th fortnight that begins in ISO
        year 2026), ``2026-12``, ``2026-Q4``, ``2026``."""
        iso = self.first.isocalendar()
        names: dict[Every, str] = {
            "day": self.first.isoformat(),
            "week": f"{iso.year}-W{iso.week:02d}",
            "fortnight": f"{iso.year}-F{(iso.week + 1) // 2:02d}",
            "month": f"{self.first:%Y-%m}",
            "quarter": f"{self.first.year}-Q{(self.first.month + 2) // 3}",
            "year": str(self.first.year),
        }
        return names[self.every]

    @property
    def name(self) -> str:
        """Its name for messages: ``Week of Mon 30 Nov``, ``February``."""
        names: dict[Every, str] = {
            "day": day_name(self.first),
            "week": f"Week of {day_name(self.first)}",
            "fortnight": f"Fortnight of {day_name(self.first)}",
            "month": _MONTHS[self.first.month - 1],
            "quarter": f"{_MONTHS[self.first.month - 1]} to {_MONTHS[self.last.month - 1]}",
            "year": str(self.first.year),
        }
        return names[self.every]

    @property
    def days(self) -> int:
        """How many dates it has."""
        return (self.last - self.first).days + 1

    def dates(self) -> Iterator[date]:
        """Its dates in order."""
        for n in range(self.days):
            yield self.first + n * DAY

    def interval(self, zone: ZoneInfo) -> Interval:
        """From its first midnight to the midnight after its last date, as the clocks of the zone make it."""
        return Interval(midnight(self.first, zone), midnight(self.last + DAY, zone))


def period_of(day: date, every: Every) -> Period:
    """The period that a date is in."""
    if every == "day":
        return Period(every, day, day)
    if every == "week":
        return Period(every, week_of(day), week_of(day) + 6 * DAY)
    if every == "fortnight":
        first = day - timedelta(days=(day - FORTNIGHTS_FROM).days % 14)
        return Period(every, first, first + 13 * DAY)
    months = {"month": 1, "quarter": 3, "year": 12}[every]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    past = first.month + months
    after = date(first.year + 1, 1, 1) if past > 12 else date(first.year, past, 1)
    return Period(every, first, after - DAY)


def periods_between(first: date, last: date, every: Every) -> Iterator[Period]:
    """Every period that has a date from `first` to `last`, both included, in order."""
    day = first
    while day <= last:
        period = period_of(day, every)
        yield period
        day = period.last + DAY
