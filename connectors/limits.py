"""How much of a calendar is read: what no practice's calendar holds is refused before it costs time or memory.

A calendar may come from anybody (a feed, an invitation, a shared folder). The figures are far above what a practice of
many years was seen to have; all of them together keep one reading below ten seconds and 512 MB.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NoReturn

from connectors.base import Unreadable
from rules.timeline import Event

MOST_BYTES = 32 * 1024 * 1024
"""Of one calendar, as it comes: a file, all files of a folder, a feed, a server's reply."""
MOST_FILES = 50_000
"""Of one folder."""
MOST_LINES = 2_000_000
"""Of one text, unfolded."""
DEEPEST = 20
"""Components in components; RFC 5545 knows three levels."""
LONGEST_LINE = 250_000
"""Characters of a property that matters, unfolded: some 15 000 exception dates."""
LONGEST_TITLE = 1_000
"""What of a title counts."""
LONGEST_ZONE = 200_000
"""Characters of one VTIMEZONE; with every change since 1883 it has 20 000."""
MOST_EVENTS = 20_000
"""In the time that is read of one calendar, which may be a year."""
MOST_READ = 500_000
"""Properties that are read of events that may be near, each event counted as ten more."""
MOST_OF_ONE = 100_000
"""Properties that are read of one event with its exceptions."""
MOST_TIMES_A_DAY = 100
"""Different starts of timed events on one date (UTC); a class of thirty with an event for each attendee is one."""
MOST_STEPS = 1_000_000
"""Of all series of a calendar together; see `rrule.steps`."""
MOST_DATES = 20_000
"""Exceptions and extra dates of one series."""
MOST_REASONS = 50
"""Events that cannot be read and are told one by one; of the others it is told how many they are."""
MOST_ZONES = 20
"""Zones that one calendar defines itself, by names that nobody knows."""


class TooMuch(Exception):  # noqa: N818 - it names what happened
    """More than one of the limits; the text says what there is too much of."""


class Budget:
    """What the reading of one calendar has cost so far. Its methods raise TooMuch."""

    def __init__(self) -> None:
        self._steps = 0
        self._events = 0
        self._read = 0
        self._zones: set[str] = set()

    def spend(self, steps: int) -> None:
        """Expanding a series, by the days that are walked."""
        self._steps += steps
        if self._steps > MOST_STEPS:
            raise TooMuch("its repeating events have repeated too often since they began")

    def read(self, properties: Sequence[int]) -> None:
        """The properties of an event and of each of its exceptions."""
        one = sum(properties)
        self._read += one + 10 * len(properties)
        if one > MOST_OF_ONE or self._read > MOST_READ:
            raise TooMuch("too many of its events repeat, or are near the time that is read")

    def found(self, count: int) -> None:
        """Occurrences in the time that is read."""
        self._events += count
        if self._events > MOST_EVENTS:
            raise TooMuch(f"it holds more than {MOST_EVENTS:,} events in the time that is read")

    def defined(self, zone: str) -> None:
        """A zone that must be read from its definition."""
        self._zones.add(zone)
        if len(self._zones) > MOST_ZONES:
            raise TooMuch(f"it defines more than {MOST_ZONES} time zones of its own")


def refuse(calendar: str, problem: TooMuch | str) -> NoReturn:
    """Say that a calendar is too much to be read."""
    raise Unreadable(f"{calendar}: {problem}; that is no practice's calendar, so look what is in it") from None


def check_days(calendar: str, events: Iterable[Event]) -> None:
    """Raises Unreadable where a day has more timed events than anybody can have."""
    starts: dict[date, set[object]] = {}
    for event in events:
        if event.first_day is None:
            times = starts.setdefault(event.interval.start.date(), set())
            times.add(event.interval.start)
            if len(times) > MOST_TIMES_A_DAY:
                refuse(calendar, f"more than {MOST_TIMES_A_DAY} events start at different times of one day")
