"""A short way for the commonest rules: every so many days or weeks at one time of day, as most sessions repeat.

The libraries take thirty times as long, two thirds of it to be imported (docs/decisions/0005-dependencies.md).
Whatever is not exactly of this form is left to them (`occurrences`), and what is found here is what they would have
found: a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"})
_YEARS = range(1902, 9990)  # clear of the first and the last date that there are
DAY = timedelta(days=1)


def starts(rule: str, start: datetime, first: datetime, last: datetime) -> list[datetime] | None:
    """When a series starts from `first` to before `last`, in the zone of `start`; None for a rule of any other form.

    `rule` is one that `rrule.exact` gave for this start: its UNTIL, if any, is in UTC. `start` is as a calendar writes
    it, which has no way to say the second of two equal times (`fold`)."""
    parts = dict(piece.split("=") for piece in rule.split(";"))
    if parts.keys() - _KNOWN or parts["FREQ"] not in ("DAILY", "WEEKLY") or not _plain(start):
        return None
    weekday = start.weekday()
    days = {_DAYS.index(day) for day in parts["BYDAY"].split(",")} if "BYDAY" in parts else set()
    if parts["FREQ"] == "WEEKLY":
        days = days or {weekday}
    until = datetime.strptime(parts["UNTIL"], "%Y%m%dT%H%M%S%z") if "UNTIL" in parts else None
    # A start that its own rule does not name counts all the same; where an end comes before it, that is not so.
    unlike = (days and weekday not in days) or (until is not None and until < start)
    if unlike or not (start.year in _YEARS and first.year in _YEARS and last.year in _YEARS):
        return None
    count = int(parts["COUNT"]) if "COUNT" in parts else None
    every = int(parts.get("INTERVAL", "1"))
    near = None if count is not None else first.astimezone(start.tzinfo).date() - DAY
    if parts["FREQ"] == "DAILY":
        dates = _daily(start.date(), every, days, near)
    else:
        dates = _weekly(start.date(), every, sorted(days), _DAYS.index(parts.get("WKST", "MO")), near)
    try:
        return _between(dates, start, first, last, until, count)
    except OverflowError:  # a step goes beyond the last date that there is
        return None


def _plain(start: datetime) -> bool:
    """Whether its zone is one of those that every computer knows, which all read alike."""
    return start.tzinfo is UTC or isinstance(start.tzinfo, ZoneInfo)


def _between(
    dates: Iterator[date], start: datetime, first: datetime, last: datetime, until: datetime | None, count: int | None
) -> list[datetime]:
    clock = start.timetz()
    beyond = last.astimezone(start.tzinfo).date() + DAY
    found: list[datetime] = []
    for number, day in enumerate(dates):
        if day > beyond or number == count:
            break
        moment = datetime.combine(day, clock)
        in_utc = moment.astimezone(UTC)  # two times of one zone would be compared by the clock
        if until is not None and in_utc > until:
            break
        if first <= in_utc < last:
            found.append(moment)
    return found


def _daily(start: date, every: int, days: set[int], near: date | None) -> Iterator[date]:
    """The dates of a daily rule, from `near` on where that is given."""
    step = timedelta(days=every)
    day = start if near is None or near <= start else start + -(-(near - start).days // every) * step
    while day.year in _YEARS:
        if not days or day.weekday() in days:
            yield day
        day += step


def _weekly(start: date, every: int, days: list[int], begins: int, near: date | None) -> Iterator[date]:
    """The dates of a weekly rule, whose weeks begin on a weekday, from the week of `near` on where that is given."""
    week = start - timedelta(days=(start.weekday() - begins) % 7)
    step = timedelta(weeks=every)
    if near is not None and near > start:
        week += (near - week).days // (7 * every) * step
    offsets = sorted((day - begins) % 7 for day in days)
    while week.year in _YEARS:
        for offset in offsets:
            day = week + timedelta(days=offset)
            if day >= start:
                yield day
        week += step
