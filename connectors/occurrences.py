"""A series and its exceptions -> occurrences in a window.

The library expands a master's rules and extra dates; taking out exception dates, replacing single occurrences and
changes "from here on" (RANGE=THISANDFUTURE) are done here, by the occurrence's original start in UTC, so that each
occurrence has exactly one name and two occurrences a clock change apart are never taken for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from connectors import rrule_quick
from connectors.bounded import components_until
from connectors.limits import Budget
from connectors.rrule import ends_before, exact, steps
from connectors.series import Length, Moment, Part, Refused, alike, stamp
from rules.timeline import Interval

_MARGIN = timedelta(days=3)
_MOST_ONWARDS = 100
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One happening of an event: which component describes it, when it is, and its name ('' for a single event)."""

    part: Part
    start: Moment
    end: Moment
    recurrence: str


@dataclass(frozen=True, slots=True)
class Expansion:
    """Occurrences that may lie in the window (the caller filters), and why some could not be found."""

    occurrences: tuple[Occurrence, ...]
    refused: tuple[Refused, ...] = ()


def expand(parts: Iterable[Part], window: Interval, budget: Budget) -> Expansion:
    """Every occurrence of the components of one UID near the window. Raises TooMuch where the budget is used up.

    Exceptions belong to the newest master; several masters of one UID (which no client should write) are all
    expanded, since which of them holds is not known here. A rule that is refused still leaves the exceptions that
    name their own times.
    """
    masters = sorted((p for p in parts if p.original is None), key=lambda p: p.revision)
    exceptions = _newest_exceptions([p for p in parts if p.original is not None], masters[-1] if masters else None)
    found: list[Occurrence] = []
    refused: list[Refused] = []
    for master in masters:
        own = exceptions if master is masters[-1] else {}
        try:
            found.extend(_series(master, own, window, budget))
        except Refused as reason:
            if not _over(master, window):
                start = master.start.astimezone(UTC) if isinstance(master.start, datetime) else None
                refused.append(Refused(reason.reason, reason.start or start))
    without = masters[-1].without if masters else frozenset()
    for name, part in exceptions.items():
        if name not in without:
            found.append(Occurrence(part, _plain(part.start), part.length.after(part.start), name))
        if part.onwards and not masters:
            start = part.start.astimezone(UTC) if isinstance(part.start, datetime) else None
            refused.append(Refused("a change of all later occurrences of a series that is not there", start))
    return Expansion(tuple(found), tuple(refused))


def _newest_exceptions(parts: list[Part], master: Part | None) -> dict[str, Part]:
    chosen: dict[str, Part] = {}
    for part in sorted(parts, key=lambda p: p.revision):
        original = part.original if part.original is not None else part.start
        if master is not None:
            original = alike(original, master.start)
        chosen[stamp(original)] = replace(part, original=original)
    return dict(sorted(chosen.items()))


def _series(master: Part, exceptions: dict[str, Part], window: Interval, budget: Budget) -> Iterator[Occurrence]:
    if not master.recurring and not exceptions:
        yield Occurrence(master, _plain(master.start), master.length.after(master.start), "")
        return
    onwards = [(name, part, _shift(part, master)) for name, part in exceptions.items() if part.onwards]
    if len(onwards) > _MOST_ONWARDS:
        raise Refused(f"a series that is changed from here on more than {_MOST_ONWARDS} times")
    longest = max([master.length, *(p.length for _, p, _ in onwards)], key=lambda length: length.at_most).at_most
    reach = _MARGIN + longest + max((abs(shift) for _, _, shift in onwards), default=timedelta(0))
    for name, original, own_length in _starts(master, window, reach, budget):
        if name in master.without or name in exceptions:
            continue
        part, start = master, original
        for first, changed, shift in onwards:
            if first < name:
                part, start = changed, original + shift
        length = own_length or part.length
        yield Occurrence(part, _plain(start), length.after(start), name)


def _starts(
    master: Part, window: Interval, reach: timedelta, budget: Budget
) -> list[tuple[str, Moment, Length | None]]:
    """Original starts of a master near the window by name, with a length where an RDATE period brings its own."""
    lengths = {stamp(moment): length for moment, length in master.extra}
    starts: dict[str, Moment] = {stamp(moment): moment for moment, _ in master.extra}
    for moment in _expanded(master, window, reach, budget):
        starts.setdefault(stamp(moment), moment)
    found = ((name, moment, alike(moment, master.start)) for name, moment in sorted(starts.items()))
    return [(name if same is moment else stamp(same), same, lengths.get(name)) for name, moment, same in found]


def _expanded(master: Part, window: Interval, reach: timedelta, budget: Budget) -> Iterator[Moment]:
    if not master.rules:
        yield master.start
        return
    first, last = _moved(window.start, -reach), _moved(window.end, reach)
    rules = [exact(rule, master.start, last) for rule in master.rules]
    for rule in rules:
        budget.spend(steps(rule, master.start, last))
    if len(rules) == 1 and isinstance(master.start, datetime):
        plain = rrule_quick.starts(rules[0], master.start, first, last)
        if plain is not None:
            yield from plain
            return
    from icalendar import Calendar, Event
    from icalendar.prop import vDDDTypes, vRecur
    from recurring_ical_events import CalendarQuery  # type: ignore[import-untyped]  # it ships no types

    event = Event()
    event["UID"] = "series"
    event["DTSTART"] = vDDDTypes(master.start)
    calendar = Calendar()
    calendar.add_component(event)
    try:
        event["RRULE"] = [vRecur.from_ical(rule) for rule in rules]
        query = CalendarQuery(calendar, components=components_until(last.year + 1))
        found = [occurrence["DTSTART"].dt for occurrence in query.between(first, last)]
    except Exception:  # the libraries raise many types for a rule they cannot take, with text that quotes it
        raise Refused("a rule that cannot be expanded") from None
    for moment in found:
        yield (
            moment
            if isinstance(moment, datetime) or not isinstance(master.start, datetime)
            else alike(moment, master.start)
        )


def _shift(part: Part, master: Part) -> timedelta:
    """By how much a change "from here on" moves later occurrences, by the clock of the series' zone."""
    original = part.original
    if isinstance(master.start, datetime) and isinstance(part.start, datetime) and isinstance(original, datetime):
        zone = master.start.tzinfo
        return part.start.astimezone(zone).replace(tzinfo=None) - original.astimezone(zone).replace(tzinfo=None)
    if isinstance(part.start, datetime) or isinstance(original, datetime) or original is None:
        raise Refused("a change of all later occurrences from all-day to timed, or the other way round")
    return part.start - original


def _over(master: Part, window: Interval) -> bool:
    """Whether a series that could not be expanded certainly has nothing in the window."""
    start = master.start.astimezone(UTC) if isinstance(master.start, datetime) else None
    day = start.date() if start else master.start
    if day > _moved(window.end, _MARGIN).date() and not master.extra:
        return True
    before = _moved(window.start, -master.length.at_most)
    return bool(master.rules) and not master.extra and all(ends_before(rule, before) for rule in master.rules)


def _moved(moment: datetime, by: timedelta) -> datetime:
    """A time moved, but not beyond what a date can be."""
    try:
        return moment + by
    except OverflowError:
        return _LAST if by > timedelta(0) else _FIRST


def _plain(moment: Moment) -> Moment:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else moment
