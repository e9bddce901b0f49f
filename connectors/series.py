"""One VEVENT read into values: its times, its rules, its exceptions; and what is refused rather than guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from connectors.ical_text import RawEvent
from connectors.limits import LONGEST_LINE, MOST_DATES
from rules.timeline import Tag

Moment = date | datetime
_DURATION = re.compile(
    r"^([+-]?)P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$", re.IGNORECASE
)  # RFC 5545 section 3.3.6
_LINE = re.compile(r'[A-Za-z0-9-]+((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):')
_PARAM = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:])*)')
_TIME = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[Tt]([0-9]{2})([0-9]{2})([0-9]{2})[Zz]?)?")
_LONGEST_PARAM = 1_000
_DECIDE = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"})


class Refused(Exception):  # noqa: N818 - it names what happened
    """This event cannot be read or expanded correctly. The message is the reason and quotes nothing of the event."""

    def __init__(self, reason: str, start: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.start = start
        self.tag: Tag | None = None
        """Of our own block, once it is known whose event this is."""


@dataclass(frozen=True, slots=True)
class Line:
    """One property: its parameters (upper-case names) and its value as written."""

    params: dict[str, str]
    value: str


@dataclass(frozen=True, slots=True)
class Length:
    """How long an event is. `days` follow the clock, `exact` is elapsed time (RFC 5545 sections 3.3.6 and 3.8.5.3: a
    length that was given as an end is exact, one given as a duration is nominal in its days)."""

    days: int = 0
    exact: timedelta = timedelta(0)

    def after(self, start: Moment) -> Moment:
        """Where an event of this length ends that starts then."""
        end = start + timedelta(days=self.days)
        if isinstance(end, datetime):
            return end.astimezone(UTC) + self.exact
        return end

    @property
    def at_most(self) -> timedelta:
        """An upper bound in elapsed time, for widening a search."""
        return timedelta(days=self.days + 1) + self.exact


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """A VEVENT: a single event, the master of a series, or an exception to one (`original` is its RECURRENCE-ID).

    Times are dates, or aware datetimes in the zone they were written in, so that a rule repeats by that zone's clock.
    """

    uid: str = field(repr=False)
    start: Moment
    length: Length
    rules: tuple[str, ...] = ()
    extra: tuple[tuple[Moment, Length | None], ...] = ()
    without: frozenset[str] = frozenset()
    original: Moment | None = None
    onwards: bool = False
    noted: bool = False
    revision: tuple[int, datetime]
    lines: dict[str, list[Line]] = field(repr=False)

    @property
    def recurring(self) -> bool:
        return bool(self.rules or self.extra)

    def first(self, name: str) -> str:
        """The first value of a property, '' if it has none."""
        return self.lines[name][0].value.strip() if self.lines.get(name) else ""


def stamp(moment: Moment) -> str:
    """The occurrence's name: its original start as UTC, or its date."""
    if isinstance(moment, datetime):
        utc = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        return f"{utc.replace('-', '').replace(':', '')}Z"
    return moment.isoformat().replace("-", "")


def read_lines(raw: RawEvent) -> dict[str, list[Line]]:
    """The properties of an event by name. Raises Refused for one that decides on times and cannot be read."""
    found: dict[str, list[Line]] = {}
    for name, text in raw.named:
        line = read_line(text) if len(text) <= LONGEST_LINE or name == "SUMMARY" else None
        if line is not None:
            found.setdefault(name, []).append(line)
        elif name in _DECIDE:
            raise Refused("a property that cannot be read")
    return found


def read_line(text: str) -> Line | None:
    """One content line, NAME;PARAM=VALUE:VALUE (RFC 5545 section 3.1); None for a line of another form.

    Values stay as written: what is escaped in them differs by their type.
    """
    found = _LINE.match(text, 0, LONGEST_LINE)
    if not found:
        return None
    params = {name.upper(): value.strip('"')[:_LONGEST_PARAM] for name, value in _PARAM.findall(found[1])}
    return Line(params, text[found.end() :])


def read_part(lines: dict[str, list[Line]], uid: str, find: Callable[[str], tzinfo | None], floats: tzinfo) -> Part:
    """A VEVENT from its properties. `find` turns a TZID into a zone, `floats` is the zone of times without one.

    Raises Refused with the reason where its times cannot be read for certain.
    """
    if len(lines.get("DTSTART", [])) != 1:
        raise Refused("an event without a start" if not lines.get("DTSTART") else "an event with two starts")
    start = read_moment(lines["DTSTART"][0], find, floats)
    known = start.astimezone(UTC) if isinstance(start, datetime) else None
    try:
        if dates_in(lines) > MOST_DATES:
            raise Refused(f"a series with more than {MOST_DATES:,} exceptions or extra dates")
        home = start.tzinfo or UTC if isinstance(start, datetime) else floats
        extra = tuple(m for line in lines.get("RDATE", []) for m in _extra(line, find, home))
        without = frozenset(
            stamp(m) for line in lines.get("EXDATE", []) for m in _moments(line, find, home, like=start)
        )
        original = None
        if lines.get("RECURRENCE-ID"):
            original = read_moment(lines["RECURRENCE-ID"][0], find, home)
        onwards = original is not None and lines["RECURRENCE-ID"][0].params.get("RANGE", "").upper() == "THISANDFUTURE"
        return Part(
            uid=uid,
            start=start,
            length=_length(lines, start, find, home),
            rules=tuple(line.value.strip() for line in lines.get("RRULE", [])),
            extra=extra,
            without=without,
            original=original,
            onwards=onwards,
            revision=(sequence_of(lines) or 0, modified_of(lines) or datetime.min.replace(tzinfo=UTC)),
            lines=lines,
        )
    except Refused as refused:
        raise Refused(refused.reason, known or refused.start) from None


def dates_in(lines: dict[str, list[Line]]) -> int:
    """How many exceptions and extra dates are written."""
    return sum(line.value.count(",") + 1 for name in ("RDATE", "EXDATE") for line in lines.get(name, ()))


def read_moment(line: Line, find: Callable[[str], tzinfo | None], floats: tzinfo) -> Moment:
    """A DATE or DATE-TIME value, aware. Raises Refused for what is neither and for a zone that nobody knows."""
    return _moment(line.value.strip(), line.params.get("TZID", ""), find, floats)


def sequence_of(lines: dict[str, list[Line]]) -> int | None:
    """SEQUENCE, or None."""
    return number_of(lines["SEQUENCE"][0].value.strip()) if lines.get("SEQUENCE") else None


def number_of(text: str) -> int | None:
    """A number of up to nine digits, else None."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def modified_of(lines: dict[str, list[Line]]) -> datetime | None:
    """The newest LAST-MODIFIED, else the newest DTSTAMP (some servers write it twice), else None."""
    for name in ("LAST-MODIFIED", "DTSTAMP"):
        times: list[datetime] = []
        for line in lines.get(name, []):
            try:
                moment = _moment(line.value.strip(), "", lambda _: None, UTC)
            except Refused:
                continue
            if isinstance(moment, datetime):
                times.append(moment.astimezone(UTC))
        if times:
            return max(times)
    return None


def _moment(text: str, tzid: str, find: Callable[[str], tzinfo | None], floats: tzinfo) -> Moment:
    try:
        found = _TIME.fullmatch(text)
        if not found:
            raise Refused("a time that cannot be read")
        year, month, day, hour, minute, second = (int(digits or 0) for digits in found.groups())
        if not found[4]:
            return date(year, month, day)
        second = 59 if second == 60 else second  # a leap second, RFC 5545 section 3.3.12
        naive = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - its zone follows
        zone = UTC if text[-1] in "Zz" else find(tzid) if tzid else floats
        if zone is None:
            # Told by its wall time, so that a person finds it; nothing is planned by it.
            raise Refused("a time zone whose name is not known", naive.replace(tzinfo=floats).astimezone(UTC))
        moment = naive.replace(tzinfo=zone)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("a time that cannot be read") from None
    return moment


def _moments(line: Line, find: Callable[[str], tzinfo | None], home: tzinfo, like: Moment) -> list[Moment]:
    """EXDATE values, in the form of the series' start: clients write a date for a timed series and the other way
    round."""
    moments = [_moment(v.strip(), line.params.get("TZID", ""), find, home) for v in line.value.split(",") if v.strip()]
    return [alike(moment, like) for moment in moments]


def alike(moment: Moment, like: Moment) -> Moment:
    """A moment in the form of another: a date for a date; for a time the clock time of `like` on that date."""
    if isinstance(like, datetime) and not isinstance(moment, datetime):
        return datetime.combine(moment, like.timetz())
    if isinstance(moment, datetime) and not isinstance(like, datetime):
        return moment.date()
    return moment


def _extra(line: Line, find: Callable[[str], tzinfo | None], home: tzinfo) -> list[tuple[Moment, Length | None]]:
    found: list[tuple[Moment, Length | None]] = []
    tzid = line.params.get("TZID", "")
    for value in line.value.split(","):
        if not value.strip():
            continue
        first, slash, last = value.strip().partition("/")
        start = _moment(first, tzid, find, home)
        if not slash:
            found.append((start, None))
        elif last[:1].upper() in ("P", "+"):
            found.append((start, _duration(last)))
        else:
            found.append((start, _between(start, _moment(last, tzid, find, home))))
    return found


def _length(lines: dict[str, list[Line]], start: Moment, find: Callable[[str], tzinfo | None], home: tzinfo) -> Length:
    if lines.get("DTEND"):
        return _between(start, read_moment(lines["DTEND"][0], find, home))
    if lines.get("DURATION"):
        length = _duration(lines["DURATION"][0].value)
        if isinstance(start, datetime):
            return length
        return Length(days=max(1, length.days + -(-length.exact // timedelta(days=1))))
    return Length() if isinstance(start, datetime) else Length(days=1)


def _between(start: Moment, end: Moment) -> Length:
    if isinstance(start, datetime) and isinstance(end, datetime):
        exact = end.astimezone(UTC) - start.astimezone(UTC)
        if exact < timedelta(0):
            raise Refused("an event that ends before it starts")
        return Length(exact=exact)
    if isinstance(start, datetime) or isinstance(end, datetime):
        raise Refused("an event whose start is a date and whose end is a time, or the other way round")
    if end < start:
        raise Refused("an event that ends before it starts")
    return Length(
        days=max(1, (end - start).days)
    )  # an all-day event that ends on its own first day is common, and means that day


def _duration(text: str) -> Length:
    found = _DURATION.match(text.strip())
    if not found or found[1] == "-" or not any(found.groups()[1:]):
        raise Refused("a duration that cannot be read")
    weeks, days, hours, minutes, seconds = (int(n or 0) for n in found.groups()[1:])
    try:
        return Length(days=weeks * 7 + days, exact=timedelta(hours=hours, minutes=minutes, seconds=seconds))
    except OverflowError:
        raise Refused("a duration that cannot be read") from None
