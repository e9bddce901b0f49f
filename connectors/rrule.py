"""A repetition rule (RRULE, RFC 5545 section 3.3.10) made exact, or refused.

recurring-ical-events and dateutil below it expand most rules correctly. The forms where they are known to be wrong,
and those that could run for hours, are refused here by name: a missed session is a missed break.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta

from connectors.limits import MOST_TIMES_A_DAY
from connectors.series import Moment, Refused

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_RANGES = {
    "BYSECOND": (0, 60), "BYMINUTE": (0, 59), "BYHOUR": (0, 23), "BYMONTHDAY": (-31, 31), "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53), "BYMONTH": (1, 12), "BYSETPOS": (-366, 366),
}  # fmt: skip
_NEVER_ZERO = ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
_OTHERS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"}
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")
# A rule is walked from its beginning: a daily one may be two centuries old, an hourly one eleven years.
_MOST = 100_000
_LONGEST = 2_000
_SET_UP = 50  # what a series costs that has hardly begun, in days walked


def exact(text: str, start: Moment, end: datetime) -> str:
    """The rule in a form that the library expands correctly for a series that starts then, looked at until `end`.

    UNTIL becomes UTC for timed series and a date for all-day ones; time parts are dropped from all-day rules, as the
    RFC says. Raises Refused with the reason for a rule that is wrong, or known to be expanded wrongly.
    """
    parts = _parts(text)
    if len(text) > _LONGEST:
        raise Refused("a rule that is too long")
    if "RSCALE" in parts or "SKIP" in parts:
        raise Refused("a rule in another calendar scale (RSCALE)")
    unknown = parts.keys() - _RANGES.keys() - _OTHERS
    if unknown:
        raise Refused("a rule with a part that is not known")
    frequency = parts.get("FREQ", "")
    if frequency in ("SECONDLY", "MINUTELY"):
        raise Refused("a rule that repeats by the minute or second")
    if frequency not in _FREQUENCIES:
        raise Refused("a rule without a frequency that is known")
    numbers = {name: _numbers(name, parts[name]) for name in _RANGES if name in parts}
    for name in ("INTERVAL", "COUNT"):
        if name in parts and not (re.fullmatch("[0-9]{1,9}", parts[name]) and 0 < int(parts[name]) < 100_000):
            raise Refused("a rule whose interval or count is no number above 0")
    if parts.get("WKST", "MO") not in _DAYS:
        raise Refused("a rule with a weekday that is not known")
    if not isinstance(start, datetime):
        if frequency == "HOURLY":
            raise Refused("an all-day event that repeats by the hour")
        for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            parts.pop(name, None)
            numbers.pop(name, None)
    _refuse_wrong(parts, numbers, start)
    _refuse_endless(parts, numbers, start, end)
    if "UNTIL" in parts:
        if "COUNT" in parts:
            raise Refused("a rule with both a count and an end")
        parts["UNTIL"] = _until(parts["UNTIL"], start)
    return ";".join(
        f"{name}={value}" for name, value in sorted(parts.items(), key=lambda p: (p[0] != "FREQ", p[0] == "UNTIL"))
    )


def steps(rule: str, start: Moment, end: datetime) -> int:
    """What walking a rule from its start to then costs, about: the days between, more where it repeats within a day.
    The rule is one that `exact` gave."""
    begun = start.astimezone(UTC) if isinstance(start, datetime) else datetime.combine(start, time(0), UTC)
    parts = _parts(rule)
    within = math.prod(parts.get(name, "").count(",") + 1 for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    days = max((end - begun) // timedelta(days=1), 0)
    return _SET_UP + days * within * (24 if parts["FREQ"] == "HOURLY" else 1)


def ends_before(text: str, moment: datetime) -> bool:
    """Whether the rule certainly has its last start before then (its UNTIL says so)."""
    found = re.search(r"UNTIL=(\d{8})", text, re.IGNORECASE)
    if not found:
        return False
    try:
        return datetime.strptime(found[1], "%Y%m%d").date() + timedelta(days=2) < moment.date()  # noqa: DTZ007 - a date
    except (ValueError, OverflowError):
        return False


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for piece in text.upper().replace(" ", "").split(";"):
        if not piece:
            continue
        name, equals, value = piece.partition("=")
        if not equals or not value or name in parts:
            raise Refused("a rule that cannot be read")
        parts[name] = value
    return parts


def _numbers(name: str, text: str) -> list[int]:
    low, high = _RANGES[name]
    if not re.fullmatch(r"[+-]?\d{1,3}(,[+-]?\d{1,3})*", text):
        raise Refused("a rule with a number that cannot be read")
    values = [int(n) for n in text.split(",")]
    if any(not low <= n <= high or (n == 0 and name in _NEVER_ZERO) for n in values):
        raise Refused("a rule with a number out of range")
    return values


def _refuse_wrong(parts: dict[str, str], numbers: dict[str, list[int]], start: Moment) -> None:
    frequency = parts["FREQ"]
    days = parts.get("BYDAY", "").split(",") if "BYDAY" in parts else []
    if any(not re.fullmatch(r"([+-]?[1-9]\d?)?(MO|TU|WE|TH|FR|SA|SU)", day) for day in days):
        raise Refused("a rule with a weekday that is not known")
    numbered = [day for day in days if len(day) > 2]
    if numbered and len(numbered) < len(days):
        raise Refused("a rule that mixes plain and numbered weekdays")
    if numbered and frequency not in ("MONTHLY", "YEARLY"):
        raise Refused("a numbered weekday in a rule that is neither monthly nor yearly")
    if numbered and "BYWEEKNO" in parts:
        raise Refused("a numbered weekday together with week numbers")
    if "BYSETPOS" in parts:
        if frequency == "WEEKLY" and _DAYS[start.weekday()] != parts.get("WKST", "MO"):
            raise Refused("a weekly rule that picks by position and starts in the middle of a week")
        if frequency in ("DAILY", "HOURLY"):
            raise Refused("a daily or hourly rule that picks by position")
    if "BYWEEKNO" in parts:
        if frequency != "YEARLY":
            raise Refused("week numbers in a rule that is not yearly")
        if any(abs(n) >= 52 or n in (1, -1) for n in numbers["BYWEEKNO"]):
            raise Refused("a rule by the first or last week of the year")


def _refuse_endless(parts: dict[str, str], numbers: dict[str, list[int]], start: Moment, end: datetime) -> None:
    begun = start.astimezone(UTC) if isinstance(start, datetime) else datetime.combine(start, time(0), UTC)
    every = timedelta(hours=1) if parts["FREQ"] == "HOURLY" else timedelta(days=1)
    if parts["FREQ"] in ("HOURLY", "DAILY"):
        every *= int(parts.get("INTERVAL", "1"))
    each = math.prod(len(set(numbers.get(name, [0]))) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    if each * (24 if parts["FREQ"] == "HOURLY" else 1) > MOST_TIMES_A_DAY:
        raise Refused(f"a rule that repeats more than {MOST_TIMES_A_DAY} times a day")
    if (end - begun) / every * each > _MOST:
        raise Refused("a rule that has repeated too often since it began")
    if parts["FREQ"] == "HOURLY" and {"BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYSETPOS"} & parts.keys():
        raise Refused("an hourly rule for certain days")
    longest = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
    months, days = numbers.get("BYMONTH"), numbers.get("BYMONTHDAY")
    if months and days and not any(abs(day) <= longest.get(month, 31) for month in months for day in days):
        raise Refused("a rule for a day that no month has")


def _until(text: str, start: Moment) -> str:
    """UNTIL as the library needs it. A date ends a timed series with that local day; a local time is read in the
    series' zone."""
    if not re.fullmatch(r"\d{8}(T\d{6}Z?)?", text):
        raise Refused("a rule whose end cannot be read")
    if not isinstance(start, datetime):
        return text[:8]
    try:
        if len(text) == 8:
            day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
            last = datetime.combine(day, time(23, 59, 59), start.tzinfo)
        else:
            zone = UTC if text.endswith("Z") else start.tzinfo
            last = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=zone)
        return last.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    except (ValueError, OverflowError):
        raise Refused("a rule whose end cannot be read") from None
