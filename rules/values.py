"""How a written value is read: lengths, times, weekdays, dates, numbers, patterns. Text in, value out, or
`BadValueError`."""

from __future__ import annotations

import re
import unicodedata
import warnings
from datetime import date, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from rules.practice import TimeRange, TitlePattern, ending
from rules.problems import BadValueError, nearest, quoted
from rules.timeline import common_zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# How others shorten weekdays, by their place in the week: what to propose instead.
_FOREIGN_DAYS = {
    "mo": 0, "di": 1, "tu": 1, "mi": 2, "we": 2, "do": 3, "th": 3, "fr": 4, "sa": 5, "so": 6, "su": 6,
}  # fmt: skip
_UNITS = {
    "min": 1, "mins": 1, "minute": 1, "minutes": 1, "m": 1,
    "h": 60, "hr": 60, "hrs": 60, "hour": 60, "hours": 60,
    "d": 1440, "day": 1440, "days": 1440,
    "w": 10080, "week": 10080, "weeks": 10080,
}  # fmt: skip
_YES = frozenset({"yes", "true", "on"})
_NO = frozenset({"no", "false", "off"})
_MINUTES_OF_A_DAY = 1440
LONGEST_OVERNIGHT = timedelta(hours=12)


def yes_or_no(text: str) -> bool:
    """``yes``, ``no``, ``true``, ``false``, ``on``, ``off``."""
    word = text.strip().casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise BadValueError(f"{quoted(text)} is neither yes nor no", "write `yes` or `no`")


def length(text: str) -> timedelta:
    """A length: ``45 min``, ``1 h 30 min``, ``6 weeks``, ``PT45M``. Whole minutes, never negative."""
    words = text.strip().casefold()
    if re.fullmatch(r"\d+([.,]\d+)?", words):
        raise BadValueError("a length needs a unit", f"write `{words} min`")
    if words.startswith("-"):
        raise BadValueError("a length cannot be negative", "write one such as `10 min`, or `0 min`")
    iso = re.fullmatch(r"p(?=.)(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:t(?=.)(?:(\d{1,6})h)?(?:(\d{1,6})m)?)?", words)
    if iso:
        minutes = sum(int(n or 0) * size for n, size in zip(iso.groups(), (10080, 1440, 60, 1), strict=True))
        return _bounded(float(minutes))
    minutes_written = 0.0
    rest = words
    while rest:
        part = re.match(r"(\d{1,6}(?:\.\d{1,6})?)\s*([a-z]+)\s*(?:and\s+)?", rest)
        if not part or part[2] not in _UNITS:
            raise BadValueError(
                f"{quoted(text)} is not a length", "write one such as `45 min`, `1 h 30 min` or `6 weeks`"
            )
        minutes_written += float(part[1]) * _UNITS[part[2]]
        rest = rest[part.end() :]
    if not words:
        raise BadValueError("a length is missing", "write one such as `45 min`")
    return _bounded(minutes_written)


def _bounded(minutes: float) -> timedelta:
    if abs(minutes - round(minutes)) > 1e-6:
        raise BadValueError("a length is a whole number of minutes", "write one such as `45 min`")
    if minutes > 10 * 366 * _MINUTES_OF_A_DAY:
        raise BadValueError("this length is more than ten years", "write one such as `45 min` or `6 weeks`")
    return timedelta(minutes=round(minutes))


def spell(amount: timedelta) -> str:
    """A length as one would write it: ``1 h 30 min``."""
    minutes = round(amount.total_seconds() / 60)
    if minutes and minutes % 10080 == 0:
        return f"{minutes // 10080} week{'s' if minutes != 10080 else ''}"
    if minutes >= 2880 and minutes % 1440 == 0:
        return f"{minutes // 1440} days"
    hours, rest = divmod(minutes, 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )


def minute_of_day(text: str) -> int:
    """A time of day as minutes since midnight; 1440 for ``24:00``."""
    word = text.strip()
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", word)
    if found and (int(found[1]) < 24 or word == "24:00") and int(found[2]) < 60:
        return int(found[1]) * 60 + int(found[2])
    twelve = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?\s*([ap])\.?m\.?", word.casefold())
    if twelve and 1 <= int(twelve[1]) <= 12 and int(twelve[2] or 0) < 60:
        hour = int(twelve[1]) % 12 + (12 if twelve[3] == "p" else 0)
        advice = f"write `{hour:02d}:{int(twelve[2] or 0):02d}`"
    elif (dotted := re.fullmatch(r"(\d{1,2})(?:[.h](\d{2}))?", word)) and int(dotted[1]) < 24:
        advice = f"write `{int(dotted[1]):02d}:{int(dotted[2] or 0) % 60:02d}`"
    else:
        advice = "write one such as `09:00` or `17:30`"
    raise BadValueError(f"{quoted(text)} is not a time of day", advice)


def time_of_day(text: str) -> time:
    """A wall-clock time, ``09:00`` to ``23:59``."""
    minute = minute_of_day(text)
    if minute == _MINUTES_OF_A_DAY:
        raise BadValueError("`24:00` can only end a range", "write `00:00`")
    return time(minute // 60, minute % 60)


def time_range(text: str) -> TimeRange:
    """``09:00-13:00``; the end may be ``24:00``. A range over midnight (``22:00-06:00``) is at most twelve hours
    long, so that two times written the wrong way round are told from a night."""
    parts = re.split(r"\s*(?:-|\u2013|\u2014|\bto\b)\s*", text.strip())
    if len(parts) != 2:
        raise BadValueError(f"{quoted(text)} is not a range of times", "write one such as `09:00-13:00`")
    start, end = minute_of_day(parts[0]), minute_of_day(parts[1])
    if start == _MINUTES_OF_A_DAY:
        raise BadValueError("`24:00` can only end a range", "begin with `00:00`")
    if start == end:
        raise BadValueError("this range is empty", "write one such as `09:00-13:00`; a whole day is `00:00-24:00`")
    if end < start and timedelta(minutes=end + _MINUTES_OF_A_DAY - start) > LONGEST_OVERNIGHT:
        raise BadValueError(
            "this range ends before it starts",
            f"write `{_clock(end)}-{_clock(start)}`, or two ranges if it is meant to go over midnight",
        )
    return TimeRange(time(start // 60, start % 60), time(end // 60 % 24, end % 60))


def span_of(window: TimeRange) -> tuple[int, int]:
    """A range as minutes from its day's midnight; the end may lie in the next day (over 1440)."""
    start = window.start.hour * 60 + window.start.minute
    end = window.end.hour * 60 + window.end.minute
    return start, end if end > start else end + _MINUTES_OF_A_DAY


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def weekdays(text: str) -> frozenset[int]:
    """``mon-thu``, ``fri``, ``mon,wed``, ``Saturday``: weekdays, 0 is Monday. ``fri-mon`` goes over the weekend."""
    found: set[int] = set()
    for part in text.strip().casefold().split(","):
        ends = [_weekday(word, text) for word in re.split(r"\s*[-\u2013]\s*", part.strip())]
        if len(ends) > 2:
            raise BadValueError(f"{quoted(text)} is not a range of weekdays", "write one such as `mon-thu`")
        first, last = ends[0], ends[-1]
        found.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return frozenset(found)


def _weekday(word: str, text: str) -> int:
    if word in _FULL:
        return _FULL.index(word)
    if word in DAYS:
        return DAYS.index(word)
    near = nearest(word, [*DAYS, *_FULL]) if len(word) > len("mo") else None
    if near:
        meant = f"did you mean {quoted(near)}?"
    else:
        known = {**{name: name for name in (*DAYS, *_FULL)}, **{name: DAYS[i] for name, i in _FOREIGN_DAYS.items()}}
        parts = re.split(r"\s*([-\u2013,])\s*", text.strip().casefold())
        translated = "".join(part if part in "-\u2013," else known.get(part, "?") for part in parts)
        example = "mon-thu" if not translated or "?" in translated else translated.replace("\u2013", "-")
        meant = f"write {quoted(example)}: days are {' '.join(DAYS)}"
    raise BadValueError(f"{quoted(text)} is not a weekday", meant)


def day(text: str) -> date:
    """A date, ``2027-01-04``."""
    word = text.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", word, re.ASCII):
        try:
            return date.fromisoformat(word)
        except ValueError:
            raise BadValueError(
                f"there is no date {quoted(word)}", "write year-month-day, such as `2027-01-04`"
            ) from None
    raise BadValueError(f"{quoted(text)} is not a date", "write year-month-day, such as `2027-01-04`")


def days(text: str) -> tuple[date, date]:
    """A date or a range of dates with both ends included, ``2027-07-19..2027-08-06``."""
    parts = text.split("..")
    if len(parts) > 2:
        raise BadValueError(f"{quoted(text)} is not a range of dates", "write one such as `2027-07-19..2027-08-06`")
    first, last = day(parts[0]), day(parts[-1])
    if last < first:
        raise BadValueError("this range ends before it starts", f"write `{last}..{first}`")
    return first, last


def whole(text: str) -> int:
    """A whole number from 0 to 9999."""
    word = text.strip()
    if re.fullmatch(r"[0-9]{1,4}", word):
        return int(word)
    if re.fullmatch(r"-[0-9]+(\.[0-9]+)?", word):
        raise BadValueError("this number is below 0", "write `0` or more, or `none` for no limit")
    raise BadValueError(f"{quoted(text)} is not a whole number up to 9999", "write one such as `5`")


def decimal(text: str) -> float:
    """A number from 0 to 9999, such as ``1.5``."""
    word = text.strip()
    if re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,6})?", word):
        return float(word)
    if re.fullmatch(r"-[0-9]+(\.[0-9]+)?", word):
        raise BadValueError("this number is below 0", "write `0` or more")
    advice = f"write `{word.replace(',', '.')}`" if re.fullmatch(r"[0-9]+,[0-9]+", word) else "write one such as `1.5`"
    raise BadValueError(f"{quoted(text)} is not a number up to 9999", advice)


def title_pattern(text: str) -> TitlePattern:
    """A glob (``*`` any text, ``?`` one character, everything else as it stands) or ``/a regular expression/``.

    A glob must match the whole title, spaces around it aside; a regular expression is searched for. Neither looks at
    case. Problems never quote the pattern: it may hold a name.
    """
    if not text.strip():
        raise BadValueError("an empty title pattern matches nothing", 'write one such as `"*EMDR*"`')
    if len(text) > 300:
        raise BadValueError("a title pattern of more than 300 characters", "write a shorter one")
    plain = unicodedata.normalize("NFC", text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if len(plain) > 1 and plain.startswith("/") and plain.endswith("/"):
                if plain == "//":
                    raise BadValueError(
                        "an empty regular expression matches every title", "write one such as `/^EMDR\\b/`"
                    )
                expression = re.compile(plain[1:-1], re.IGNORECASE)
                _refuse_posix(expression.pattern)
                ending(expression.pattern)  # the engine that is used has to take it too
                return TitlePattern(text, expression, expression=True)
            return TitlePattern(text, re.compile(_glob(plain), re.IGNORECASE | re.DOTALL))
    except re.error as error:
        where = f" (at its character {error.pos + 1})" if error.pos is not None else ""
        raise BadValueError(f"this regular expression cannot be read{where}", "correct it, or write a glob") from None
    except (OverflowError, RecursionError, ValueError) as error:
        if isinstance(error, BadValueError):
            raise
        raise BadValueError("this regular expression cannot be read", "correct it, or write a glob") from None


def _refuse_posix(pattern: str) -> None:
    """``[[:alpha:]]`` is a set of characters for `re`, and a class of letters for the engine that is used."""
    found = re.search(r"\[\^?\]?[^\]]*?(\[:[^\]]*:\])", re.sub(r"\\.", "__", pattern, flags=re.DOTALL))
    if found is not None:
        raise BadValueError(
            f"a regular expression with a named class, `[:…:]` (at its character {found.start(1) + 1})",
            r"write `[^\W\d_]` for a letter, `\d` for a digit, `\s` for a space, and `\[` where a bracket is meant",
        )


def _glob(text: str) -> str:
    """Each ``*`` but the last takes as little as it can and never looks back, so that no title makes matching slow."""
    pieces = ["".join("." if c == "?" else re.escape(c) for c in piece) for piece in re.split(r"\*+", text.strip())]
    if len(pieces) == 1:
        return rf"\A\s*{pieces[0]}\s*\Z"
    middle = "".join(f"(?>.*?{piece})" for piece in pieces[1:-1] if piece)
    last = rf".*{pieces[-1]}\s*\Z" if pieces[-1] else ""
    return rf"\A\s*{pieces[0]}{middle}{last}"


@cache
def _zones() -> frozenset[str]:
    """The zones there are, without those that mean another thing on another machine."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def zone(text: str) -> ZoneInfo:
    """An IANA time zone, ``Europe/London``."""
    word = text.strip()
    common = common_zone(word)
    if common is not None:
        return common
    known = _zones()
    if word in known:
        return ZoneInfo(word)
    raise BadValueError(f"there is no time zone {quoted(text)}", _zone_advice(word, known))


ABBREVIATIONS = frozenset({
    "BST", "CEST", "CET", "CDT", "CST", "EDT", "EEST", "EET", "EST", "GMT", "HST", "IST", "JST", "MDT", "MEST", "MESZ",
    "MET", "MEZ", "MST", "PDT", "PST", "WEST", "WET",
})  # fmt: skip
"""What people call the time in a zone. Some are names of the tz database too, but not of what is meant."""

ZONE_FORM = "a time zone is written as area and city, such as `Europe/Berlin`"


def _zone_advice(word: str, known: frozenset[str]) -> str:
    """What to write instead of an unknown zone. Only a near misspelling is proposed: a wrong zone that is taken over
    is worse than none."""
    if word.upper() in ABBREVIATIONS:
        return ZONE_FORM
    named = sorted(name for name in known if "/" in name and not name.startswith("Etc/"))
    area, _, city = word.rpartition("/")
    for pool in ([name for name in named if name.rpartition("/")[0].casefold() == area.casefold()], named):
        by_city = {name.rpartition("/")[2]: name for name in reversed(pool)}
        near = nearest(city, by_city, cutoff=0.8)
        if near:
            return f"did you mean {quoted(by_city[near])}?"
    return f"{ZONE_FORM}; look it up in the list of tz database names"


def holiday_code(text: str) -> str:
    """A country or a part of one, as the `holidays` package names them: ``GB-ENG``, ``DE``, ``US-CA``."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=True)
    country, _, part = text.strip().upper().partition("-")
    if country not in known:
        near = nearest(country, known) if len(country) > 1 else None
        advice = f"did you mean {quoted(near)}?" if near else "write a country's code such as `GB-ENG`, `DE` or `US-CA`"
        raise BadValueError(f"there are no public holidays for {quoted(text)}", advice)
    parts = {str(name).upper(): str(name) for name in known[country]}
    if part and part not in parts:
        shown = ", ".join(parts.values()) or "none"
        raise BadValueError(
            f"{quoted(country)} has no part {quoted(part)} with holidays of its own",
            f"write `{country}` or one of its parts: {shown}",
        )
    return f"{country}-{parts[part]}" if part else country


def word(text: str, what: str, allowed: str, pattern: str, example: str) -> str:
    """A short name that is used in keys and commands. `pattern` must match it all."""
    name = text.strip()
    if not re.fullmatch(pattern, name):
        raise BadValueError(f"{quoted(text)} cannot be {what}: use {allowed}", f"write one such as {quoted(example)}")
    return name


def label(text: str) -> str:
    """A name for people: one line, not empty, at most 100 characters."""
    name = " ".join(text.split())
    if not name:
        raise BadValueError("a name is missing", "write one")
    if len(name) > 100 or not name.isprintable():
        raise BadValueError("a name is one line of at most 100 characters", "write a shorter one")
    return name
