"""What is odd about a therapist's limits, rest, notes and protected time, taken together: for `check`.

Each could be meant, and the rest of the rules works. What could never be kept at all is a problem of the file
(`rules.contradictions`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations

from rules import values, windows
from rules.diary import plural
from rules.practice import ProtectItem, Rules, SessionRule, SunRange, TimeRange, WorkingHours
from rules.week_map import most_days
from rules.workdays import touches_hours

Place = Callable[[str], str]
"""From a dotted path to where it is written."""

_MINUTE = timedelta(minutes=1)
_DAY = 1440


def warnings(rules: Rules, place: Place) -> Iterator[str]:
    """One sentence for each: ``place: what; what to do``."""
    yield from _rest(rules, place)
    yield from _rows(rules, place)
    yield from _notes(rules, place)
    yield from _hours(rules, place)
    for item in rules.protect:
        yield from _item(rules, item, place)
    yield from _twice(rules, place)


def _shortest_booking(rules: Rules) -> timedelta | None:
    return min((rules.kinds[name].length for name in rules.bookable), default=None)


def _ends(some: WorkingHours) -> dict[int, tuple[int, int]]:
    """The first and the last minute of each weekday's hours, from its midnight."""
    spans = {day: [values.span_of(window) for window in ranges] for day, ranges in some.days.items() if ranges}
    return {day: (min(start for start, _ in found), max(end for _, end in found)) for day, found in spans.items()}


def _rest(rules: Rules, place: Place) -> Iterator[str]:
    rest, booking = rules.rest, _shortest_booking(rules)
    if rest.day_span is not None and booking is not None and rest.day_span < booking:
        yield (
            f"{place('rest.day_span')}: not even the shortest session that can be booked ({values.spell(booking)}) "
            "fits into this day; allow more"
        )
    if rest.day_span is not None and rest.day_span > timedelta(days=1):
        yield f"{place('rest.day_span')}: a day has 24 hours, so this limit never counts; write less"
    for some in rules.working_hours or ():
        yield from _nights(rules, _ends(some), place)
    off = rules.rest.days_off_per_week
    if off is None or place("rest.days_off_per_week").startswith("preset "):
        return  # of a preset: that a day is held in a week of more days is what it is for
    days = max((len(_ends(some)) for some in rules.working_hours or ()), default=0)
    if days > 7 - off:
        yield (
            f"{place('rest.days_off_per_week')}: {plural(off, 'day')} off {'leaves' if off == 1 else 'leave'} "
            f"{7 - off} of the {days} days with working hours, so that in each week the others are held; write fewer "
            "days off or fewer working days"
        )


def _nights(rules: Rules, ends: dict[int, tuple[int, int]], place: Place) -> Iterator[str]:
    asked = rules.rest.between_days
    if asked is None:
        return
    nights = {day: (ends[(day + 1) % 7][0] + _DAY - ends[day][1]) * _MINUTE for day in ends if (day + 1) % 7 in ends}
    short = [day for day in sorted(nights) if nights[day] < asked]
    if short:
        day = short[0]
        yield (
            f"{place('rest.between_days')}: from {values.DAYS[day]} to {values.DAYS[(day + 1) % 7]} the working hours "
            f"leave {values.spell(max(nights[day], timedelta(0)))}, less than the rest of {values.spell(asked)}, so "
            "that late and early hours are never both open; end earlier or begin later"
        )


def _rows(rules: Rules, place: Place) -> Iterator[str]:
    row, booking = rules.in_a_row, _shortest_booking(rules)
    if row is None:
        return
    if row.time is not None and booking is not None and row.time < booking:
        yield (
            f"{place('limits.in_a_row.time')}: not even the shortest session that can be booked "
            f"({values.spell(booking)}) fits in this limit; allow more"
        )
    spans = [end - start for some in rules.working_hours or () for start, end in _ends(some).values()]
    if spans and row.then >= max(spans) * _MINUTE:
        yield (
            f"{place('limits.in_a_row.then')}: no working day is long enough for such a stretch, so that a row never "
            "ends before night; write less"
        )


def _notes(rules: Rules, place: Place) -> Iterator[str]:
    notes, booking, most = rules.notes, _shortest_booking(rules), rules.per_day.sessions
    days = [span for some in rules.working_hours or () for span in _ends(some).values()]
    if notes is None or booking is None or not most or not days:
        return
    until = notes.by.hour * 60 + notes.by.minute if notes.by is not None else None
    room = max((end + 60 if until is None else until) - start for start, end in days) * _MINUTE
    needed = most * (booking + notes.per_session)
    if needed > room:
        yield (
            f"{place('notes')}: a day with {plural(most, 'session')} and notes takes {values.spell(needed)}, and "
            f"there are {values.spell(room)} until notes are to be done; write a later `by`, less "
            "`per_session` or fewer sessions"
        )


def _hours(rules: Rules, place: Place) -> Iterator[str]:
    """Hours that never hold, since later ones always decide."""
    hours = rules.working_hours or ()
    for number, some in enumerate(hours):
        later = {
            day
            for other in hours[number + 1 :]
            if other.since is None and other.until is None and other.every == 1
            for day in other.days
        }
        if some.days and some.days.keys() <= later:
            yield (
                f"{place(f'working_hours.{number}')}: these hours never count, since a later entry names the same "
                "weekdays for all dates; put those for some dates last"
            )


def _item(rules: Rules, item: ProtectItem, place: Place) -> Iterator[str]:
    window = item.between
    where = place(f"protect.{item.name}")
    quota = item.quota
    if item.at_most is not None and item.at_most >= len(item.on or range(7)):
        yield f"{where}: `{item.name}` allows sessions on every day, so it never counts; write less"
    if quota is None:
        return
    if quota.amount is not None:
        pieces = int(quota.amount / quota.most) + (quota.amount % quota.most > timedelta(0))
        if pieces * quota.least > quota.amount:
            yield (
                f"{where}: no pieces of {values.spell(quota.least)} to {values.spell(quota.most)} make exactly the "
                f"{values.spell(quota.amount)} of `{item.name}`; write other `pieces`"
            )
        room = windows.room_of(window) if window is not None else None
        if room is not None and quota.most > room >= quota.least:
            yield f"{where}: the longest piece of `{item.name}` never fits into its window; write a wider `between`"
    if quota.times is not None and quota.every != "day" and rules.working_hours is not None:
        days = most_days(quota.every, len(_due_days(rules, item, window)))
        if quota.times > days:
            yield (
                f"{where}: `{item.name}` is due {quota.times} times a {quota.every}, and only {days} of its days "
                f"{'has' if days == 1 else 'have'} working hours; days off count where `on` names them, such as "
                "`on: mon-sun`"
            )


def _twice(rules: Rules, place: Place) -> Iterator[str]:
    """Two quotas for which the same events count: time held for one is none for the other."""
    quotas = [item for item in rules.protect if item.quota is not None]
    for one, other in combinations(quotas, 2):
        where = place(f"protect.{other.name}")
        shared = {_condition(rule) for rule in one.satisfied_by} & {_condition(rule) for rule in other.satisfied_by}
        if shared and not where.startswith(("preset ", "catalogue")):
            yield (
                f"{where}: the same events count for `{one.name}` and `{other.name}`, but time held for one does not "
                "count for the other, so that each holds its own; if one appointment does for both, keep the item that "
                "asks for more"
            )


def _condition(rule: SessionRule) -> tuple[object, ...]:
    """A condition as it is compared: case does not matter to a title."""
    title = None if rule.title is None else rule.title.text.casefold()
    return title, rule.calendar, rule.longer_than, rule.shorter_than


def _due_days(rules: Rules, item: ProtectItem, window: TimeRange | SunRange | None) -> set[int]:
    """The weekdays on which an item is due: where working hours lie in its window, those that have some."""
    named = set(item.on if item.on is not None else range(7))
    if item.on is not None or not isinstance(window, TimeRange) or not touches_hours(rules, window):
        return named
    return named & {day for some in rules.working_hours or () for day, ranges in some.days.items() if ranges}
