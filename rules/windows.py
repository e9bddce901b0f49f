"""How the newer values of a rule file are read: windows by the sun, quotas, pieces, weeks, places on the earth.

As in `rules.values`: text in, value out, or `BadValueError`.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import get_args

from rules import values
from rules.practice import Every, SunEvent, SunRange, SunTime, TimeRange
from rules.problems import BadValueError, listed, nearest, quoted

EVENTS: tuple[SunEvent, ...] = get_args(SunEvent)
PERIODS: tuple[Every, ...] = get_args(Every)
LONGEST_OFFSET = timedelta(hours=12)
MOST_A_DAY = 24
_SUN = re.compile(r"\b(dawn|sun-?\s?rise|noon|sun-?\s?set|sun-?\s?down|sun-?\s?up|dusk|twilight|midday)", re.IGNORECASE)
_SESSION = re.compile(r"\b(last|first) session\b", re.IGNORECASE)
_ADVICE = "write one such as `sunset to sunset+60 min` or `sunrise-30 min to 08:00`"


def window(text: str) -> TimeRange | SunRange:
    """A range of times of day: ``11:30-14:00``, ``sunset to sunset+60 min``, ``sunrise-30 min to 08:00``."""
    if _SESSION.search(text):
        raise BadValueError(
            f"{quoted(text)} is not a range of times", "write `after: last session`, and clock times in `between`"
        )
    if not _SUN.search(text):
        return values.time_range(text)
    ends = re.split(r"\s+to\s+|\s*[\u2013\u2014]\s*", text.strip().casefold())
    if len(ends) != 2:
        raise BadValueError(f"{quoted(text)} is not a range of times by the sun", _ADVICE)
    start, end = _moment(ends[0]), _moment(ends[1])
    if isinstance(start, SunTime) and isinstance(end, SunTime) and start.event == end.event:
        if start.offset == end.offset:
            raise BadValueError("this range is empty", _ADVICE)
        if start.offset > end.offset:
            raise BadValueError("this range ends before it starts", f"write `{ends[1]} to {ends[0]}`")
    return SunRange(start, end)


def _moment(text: str) -> time | SunTime:
    """One end of a range: a clock time, or an event of the sun with or without an offset."""
    found = re.fullmatch(r"\s*([a-z][a-z ]*?)\s*(?:([+\-\u2212])\s*(\S.*))?", text)
    if not found:
        minute = values.minute_of_day(text)
        return time(minute // 60 % 24, minute % 60)
    word, sign, offset = found.groups()
    event = next((event for event in EVENTS if event == word), None)
    if event is None:
        near = nearest(word, EVENTS)
        raise BadValueError(
            f"{quoted(word)} is nothing that the sun does here",
            f"did you mean `{near}`?" if near else f"write {listed(EVENTS)}",
        )
    length = values.length(offset) if offset else timedelta(0)
    if length >= LONGEST_OFFSET:
        raise BadValueError("an offset of half a day or more", "write a smaller one, such as `sunset+60 min`")
    return SunTime(event, -length if sign in ("-", "\u2212") else length)


def room_of(found: TimeRange | SunRange) -> timedelta | None:
    """How long a window is; None where that depends on the sun."""
    if isinstance(found, TimeRange):
        start, end = values.span_of(found)
        return timedelta(minutes=end - start)
    if isinstance(found.start, SunTime) and isinstance(found.end, SunTime) and found.start.event == found.end.event:
        return found.end.offset - found.start.offset
    return None


def written(found: TimeRange | SunRange) -> str:
    """A window as one would write it."""
    if isinstance(found, TimeRange):
        end = "24:00" if found.end == time(0) else f"{found.end:%H:%M}"
        return f"{found.start:%H:%M}-{end}"
    return f"{_written(found.start)} to {_written(found.end)}"


def _written(moment: time | SunTime) -> str:
    if isinstance(moment, time):
        return f"{moment:%H:%M}"
    sign = "" if not moment.offset else "-" if moment.offset < timedelta(0) else "+"
    return f"{moment.event}{sign}{values.spell(abs(moment.offset)) if sign else ''}"


def times(text: str) -> tuple[int, Every]:
    """How often in a period: ``3 per week``."""
    found = re.fullmatch(r"(\d{1,4})\s*(?:x\s*|times\s+)?(?:per|a|an|each|/)\s*([a-z]+)", text.strip().casefold())
    if not found:
        near = {"daily": "1 per day", "weekly": "1 per week", "monthly": "1 per month", "yearly": "1 per year"}
        advice = near.get(text.strip().casefold(), "3 per week")
        raise BadValueError(f"{quoted(text)} does not say how often", f"write one such as `{advice}`")
    number, every = int(found[1]), _period(found[2])
    if number == 0:
        raise BadValueError("none at all", "write `1 per week` or more, or `off: yes`")
    if every == "day" and number > MOST_A_DAY:
        raise BadValueError(f"more than {MOST_A_DAY} a day", "write fewer")
    return number, every


def amount(text: str) -> tuple[timedelta, Every]:
    """How much in a period: ``90 min per month``."""
    found = re.fullmatch(r"(.+?)\s*(?:\b(?:per|a|an|each)\b|/)\s*([a-z]+)", text.strip().casefold())
    if not found:
        raise BadValueError(
            f"{quoted(text)} does not say how much in which time", "write one such as `90 min per month`"
        )
    length, every = values.length(found[1]), _period(found[2])
    if not length:
        raise BadValueError("none at all", "write one such as `90 min per month`, or `off: yes`")
    return length, every


def _period(word: str) -> Every:
    for every in PERIODS:
        if word in (every, f"{every}s"):
            return every
    near = nearest(word, PERIODS)
    raise BadValueError(
        f"{quoted(word)} is not a period", f"did you mean `per {near}`?" if near else f"write {listed(PERIODS)}"
    )


def pieces(text: str) -> tuple[timedelta, timedelta]:
    """The shortest and the longest piece of an amount: ``30-90 min``, ``30 min-1 h 30 min``, or one length for
    both."""
    ends = re.split(r"\s*(?:-|\u2013|\u2014|\bto\b)\s*", text.strip().casefold())
    if len(ends) > 2 or not all(ends):
        raise BadValueError(f"{quoted(text)} is not a range of lengths", "write one such as `30-90 min`")
    most = values.length(ends[-1])
    unit = re.search(r"[a-z]+\s*$", ends[-1])
    bare = len(ends) == 2 and re.fullmatch(r"\d+(\.\d+)?", ends[0]) is not None
    least = values.length(f"{ends[0]} {unit[0]}" if bare and unit else ends[0])
    if not least:
        raise BadValueError("a piece of 0 min is none", "write one such as `30-90 min`")
    if most < least:
        raise BadValueError(
            "the longest piece is shorter than the shortest", f"write `{values.spell(most)}-{values.spell(least)}`"
        )
    return least, most


def at_most(text: str) -> int:
    """On how many days of a week: ``2 per week``, ``2 evenings per week``."""
    found = re.fullmatch(
        r"(\d{1,4})\s*(?:days?|evenings?|nights?|mornings?|afternoons?)?\s*(?:per|a|each|/)\s*([a-z]+)",
        text.strip().casefold(),
    )
    if not found or found[2] != "week":
        raise BadValueError(
            f"{quoted(text)} is not a number of days per week", "write one such as `2 evenings per week`"
        )
    if int(found[1]) > 7:
        raise BadValueError("a week has seven days", "write `6 per week` or less")
    return int(found[1])


def every_weeks(text: str) -> int:
    """Each how manieth week: ``2 weeks`` is 2."""
    found = re.fullmatch(r"(\d{1,3})\s*(?:weeks?|w)", text.strip().casefold())
    if not found or not 1 <= int(found[1]) <= 52:
        raise BadValueError(f"{quoted(text)} is not a number of weeks", "write one such as `2 weeks`")
    return int(found[1])


def notes_by(text: str) -> time | None:
    """A time of day, or ``end of day`` (None): an hour after the day's working hours end."""
    if text.strip().casefold() == "end of day":
        return None
    return values.time_of_day(text)


def degrees(text: str, most: int, what: str) -> float:
    """Degrees, north and east positive; `what` is latitude or longitude, `most` the largest."""
    word = text.strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{1,10})?", word):
        raise BadValueError(
            f"{quoted(text)} is not a {what} in degrees",
            "write a number such as `51.5` or `-0.12`, with `-` for south and west",
        )
    if abs(float(word)) > most:
        raise BadValueError(f"a {what} of {quoted(word)}", f"write a number from -{most} to {most}")
    return float(word)
