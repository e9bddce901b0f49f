"""A scenario file as values: what stands in the calendar, what happens then, and what must come out.

The format is described in README.md beside this file. Dates are written without a year (``Tue 1 Dec``); the year is
that of the nearest such date to the scenario's `now`, and the weekday has to be right, so that a slip is noticed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.timeline import Interval, instant, midnight, week_of

DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
CLOCK = r"\d\d:\d\d"
SPAN = rf"(?:{DAY} {CLOCK} to {DAY} {CLOCK}|{DAY} {CLOCK}-{CLOCK}|{DAY} all day|{DAY} to {DAY}|week of {DAY}|{DAY})"

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class NotAScenarioError(Exception):
    """The file cannot be understood: which line, and why."""


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the calendar. `text`: the line as written, by which it is cancelled. `what`: a kind of session, or
    what it is called; `all_day`: `span` is whole local dates. `every`: repeated each so many weeks, or 0."""

    text: str
    span: Interval
    what: str
    all_day: bool = False
    every: int = 0
    free: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What has happened by `now`, and the lines that must then come out. `rules`: YAML that replaces the rules that
    held before, or None."""

    now: datetime
    booked: tuple[Event, ...] = ()
    cancelled: tuple[str, ...] = ()
    rules: str | None = None
    expected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """One scenario file. `rules`, `check`: where it is only about what `check` says, the rules and the lines that it
    must say; then there are no steps."""

    about: str
    zone: ZoneInfo
    steps: tuple[Step, ...]
    rules: str = ""
    check: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Days:
    """Reads and writes dates and times as scenario files do, near a date and in a zone."""

    zone: ZoneInfo
    near: date

    def date_of(self, text: str) -> date:
        """``Tue 1 Dec``. Raises NotAScenarioError where the weekday is another one."""
        weekday, day, month = text.split()
        number = _MONTHS.index(month) + 1
        years = (self.near.year - 1, self.near.year, self.near.year + 1)
        found = min((date(y, number, int(day)) for y in years), key=lambda d: abs(d - self.near))
        if _WEEKDAYS[found.weekday()] != weekday:
            raise NotAScenarioError(f"{text}: {found} is a {_WEEKDAYS[found.weekday()]}")
        return found

    def span_of(self, text: str) -> Interval:
        """Any form of SPAN. Dates are whole local days, both included; a time of day at or before the start is the next
        day's."""
        if found := re.fullmatch(rf"({DAY}) ({CLOCK}) to ({DAY}) ({CLOCK})", text):
            return Interval(self.moment(found[1], found[2]), self.moment(found[3], found[4]))
        if found := re.fullmatch(rf"({DAY}) ({CLOCK})-({CLOCK})", text):
            start, end = self.moment(found[1], found[2]), self.moment(found[1], found[3])
            if wall(found[3]) <= wall(found[2]):
                end = instant(self.date_of(found[1]) + timedelta(days=1), wall(found[3]), self.zone)
            return Interval(start, end)
        if found := re.fullmatch(rf"week of ({DAY})", text):
            monday = week_of(self.date_of(found[1]))
            return self._whole(monday, monday + timedelta(days=6))
        if found := re.fullmatch(rf"({DAY})(?: all day)?(?: to ({DAY}))?", text):
            first = self.date_of(found[1])
            return self._whole(first, self.date_of(found[2]) if found[2] else first)
        raise NotAScenarioError(f"not a time: {text}")

    def moment(self, day: str, clock: str) -> datetime:
        return instant(self.date_of(day), wall(clock), self.zone)

    def _whole(self, first: date, last: date) -> Interval:
        return Interval(midnight(first, self.zone), midnight(last + timedelta(days=1), self.zone))

    def shown(self, span: Interval) -> str:
        """An interval as it would be written in a scenario."""
        start, end = span.start.astimezone(self.zone), span.end.astimezone(self.zone)
        if (start.time(), end.time()) == (time(0), time(0)) and span.length > timedelta(hours=1):
            last = end.date() - timedelta(days=1)
            return day_text(start.date()) + (f" to {day_text(last)}" if last > start.date() else " all day")
        if start.date() == end.date():
            return f"{day_text(start.date())} {start:%H:%M}-{end:%H:%M}"
        return f"{day_text(start.date())} {start:%H:%M} to {day_text(end.date())} {end:%H:%M}"


def day_text(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def wall(text: str) -> time:
    """``24:00`` is the day's end, as in rule files."""
    hour, minute = text.split(":")
    return time(int(hour) % 24, int(minute))


def read(text: str) -> Story:
    """The scenario that a file's text tells. Raises NotAScenarioError."""
    prose, parts = _parts(text)
    heads = dict(parts)
    checked = "What check must say" in heads
    for needed in ("Rules",) if checked else ("Rules", "Now", "Calendar"):
        if needed not in heads:
            raise NotAScenarioError(f"there is no `{needed}:`")
    zone = ZoneInfo("".join(heads.get("Zone", ["Europe/London"])))
    if checked:
        return Story(prose, zone, (), _yaml(heads["Rules"]), _lines(heads["What check must say"]))
    now = _now("".join(heads["Now"]))
    days = Days(zone, now.date())
    steps = [_Open(instant(now.date(), now.time(), zone))]
    for head, lines in parts:
        if found := re.fullmatch(rf"Then, on ({DAY}) at ({CLOCK})", head):
            steps.append(_Open(days.moment(found[1], found[2])))
            _happened(steps[-1], lines, days)
        elif head in ("Rules", "The rules become"):
            steps[-1].rules = _yaml(lines)
        elif head == "Calendar":
            steps[-1].booked = [event_of(line, days) for line in _lines(lines)]
        elif head == "What must come out":
            steps[-1].expected = list(_lines(lines))
    if not all(step.expected for step in steps):
        raise NotAScenarioError("every step needs `What must come out:`")
    booked = {event.text for step in steps for event in step.booked}
    if unknown := [text for step in steps for text in step.cancelled if text not in booked]:
        raise NotAScenarioError(f"cancelled, but never booked: {unknown[0]}")
    return Story(prose, zone, tuple(step.closed() for step in steps))


def _now(text: str) -> datetime:
    """``Mon 30 Nov 2026 20:00``, a wall time."""
    found = datetime.strptime(text, "%a %d %b %Y %H:%M")  # noqa: DTZ007  # its zone stands elsewhere
    if _WEEKDAYS[found.weekday()] != text[:3]:
        raise NotAScenarioError(f"Now: {found.date()} is a {_WEEKDAYS[found.weekday()]}")
    return found


def _happened(step: _Open, lines: list[str], days: Days) -> None:
    for line in _lines(lines):
        what, _, rest = line.partition(": ")
        if what == "booked":
            step.booked.append(event_of(rest, days))
        elif what == "cancelled":
            step.cancelled.append(rest)
        else:
            raise NotAScenarioError(f"not something that happens: {line}")


def _yaml(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _lines(lines: list[str]) -> tuple[str, ...]:
    return tuple(line.strip() for line in lines)


def event_of(text: str, days: Days) -> Event:
    """One line of the calendar."""
    found = re.fullmatch(
        rf'(?P<span>{SPAN}) (?P<what>[A-Za-z][^",]*?)(?: "(?P<title>[^"]+)")?(?P<more>(?:, (?:weekly|free))*)', text
    )
    if found is None:
        raise NotAScenarioError(f"not an event: {text}")
    all_day = re.search(rf"{CLOCK}", found["span"]) is None
    return Event(
        text=text,
        span=days.span_of(found["span"]),
        what=found["title"] or found["what"],
        all_day=all_day,
        every=1 if ", weekly" in found["more"] else 0,
        free=", free" in found["more"],
    )


def ics(event: Event, uid: str, zone: ZoneInfo) -> bytes:
    """An event as a calendar program would store it."""
    if event.all_day:
        first = event.span.start.astimezone(zone).date()
        after = event.span.end.astimezone(zone).date()
        when = [f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}"]
    else:
        ends = {"DTSTART": event.span.start, "DTEND": event.span.end}
        when = [f"{name};TZID={zone.key}:{t.astimezone(zone):%Y%m%dT%H%M%S}" for name, t in ends.items()]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Invented//Scenario//EN", "BEGIN:VEVENT", f"UID:{uid}"]
    lines += ["DTSTAMP:20200101T000000Z", *when, f"SUMMARY:{event.what}"]
    lines += [f"RRULE:FREQ=WEEKLY;INTERVAL={event.every}"] if event.every else []
    lines += ["TRANSP:TRANSPARENT"] if event.free else []
    return "".join(f"{line}\r\n" for line in [*lines, "END:VEVENT", "END:VCALENDAR"]).encode()


@dataclass(slots=True)
class _Open:
    """A step while it is read."""

    now: datetime
    booked: list[Event] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    rules: str | None = None
    expected: list[str] = field(default_factory=list)

    def closed(self) -> Step:
        return Step(
            self.now.astimezone(UTC), tuple(self.booked), tuple(self.cancelled), self.rules, tuple(self.expected)
        )


_HEADS = "Rules|Now|Zone|Calendar|What must come out|What check must say|The rules become"


def _parts(text: str) -> tuple[str, list[tuple[str, list[str]]]]:
    """The prose that the file begins with, and its headed parts: what stands after the colon, or indented below."""
    prose: list[str] = []
    parts: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        head = re.match(rf"({_HEADS}|Then, on [^:]+ at {CLOCK}):", line)
        if line.lstrip().startswith("#"):
            continue
        if head is not None:
            rest = line[head.end() :].strip()
            parts.append((head[1], [rest] if rest else []))
        elif not parts:
            prose.append(line)
        elif line.strip():
            if not line.startswith("  "):
                raise NotAScenarioError(f"not indented, and not a heading: {line}")
            parts[-1][1].append(line[2:])
    return "\n".join(prose).strip(), parts
