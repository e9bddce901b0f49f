"""Whole minutes since the epoch: what placement counts in, since bookings start at whole minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rules.timeline import Interval

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ceil(moment: datetime) -> int:
    """The first whole minute at or after an instant."""
    return -((EPOCH - moment) // MINUTE)


def floor(moment: datetime) -> int:
    """The last whole minute at or before an instant."""
    return (moment - EPOCH) // MINUTE


def at(minute: int) -> datetime:
    """The instant of a minute."""
    return EPOCH + timedelta(minutes=minute)


def interval(start: int, end: int) -> Interval:
    """Two minutes as an interval."""
    return Interval(at(start), at(end))
