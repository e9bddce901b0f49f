"""Rules of which each can be read and which cannot all be kept: what could never fit, told before a calendar is read.

What is merely odd is a warning instead (`scheduler.oddities`): it may well be meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rules import values, windows
from rules.diary import plural
from rules.item_checks import Say
from rules.items import DEFAULT_WINDOW
from rules.practice import TimeRange
from rules.problems import quoted
from rules.shapes import INVALID
from rules.week_map import most_days, stretches, working_minutes
from rules.yamltree import Node

DAY = timedelta(days=1)
NOTHING = timedelta(0)
_MINUTE = timedelta(minutes=1)


def contradictions(tree: Node, read: Mapping[str, Any], say: Say) -> None:
    """Everything in one therapist's rules that could never be kept. `tree`: the merged rules; `read`: what was read of
    them, in which a value that cannot be read is INVALID."""
    _rest(tree, read, say)
    _rows(tree, read, say)
    _notes(tree, read, say)
    _blocks(tree, read, say)
    working = _working(read)
    if working is not None:
        _items(tree, read, working, say)


def _value(read: Mapping[str, Any], *keys: str) -> Any:
    """The value at a path, or None where there is none that can be read."""
    here: Any = read
    for key in keys:
        here = here.get(key) if isinstance(here, Mapping) else None
    return None if here is INVALID else here


def _working(read: Mapping[str, Any]) -> bytearray | None:
    """The working minutes of a week, those of all dates together; None where they cannot be read."""
    hours = read.get("working_hours")
    if hours is None:
        return working_minutes(None)
    ranges = _ranges(hours)
    return None if ranges is None else working_minutes(ranges)


def _ranges(hours: Any) -> list[tuple[int, TimeRange]] | None:
    found: list[tuple[int, TimeRange]] = []
    if not isinstance(hours, list) or INVALID in hours:
        return None
    for entry in hours:
        for name, ranges in entry["days"].items():
            if ranges is INVALID or INVALID in ranges:
                return None
            found += [(values.DAYS.index(name), window) for window in ranges]
    return found


def _rest(tree: Node, read: Mapping[str, Any], say: Say) -> None:
    between, off, span = (_value(read, "rest", key) for key in ("between_days", "days_off_per_week", "day_span"))
    if between is not None and between >= DAY:
        say(
            "a rest of a whole day leaves no two days in a row with sessions at the same hours",
            "write less than `24 h`; `days_off_per_week` is for whole days",
            tree.get("rest", "between_days"),
        )
    if off is not None and off > 6:
        say(
            "this leaves no day of the week for sessions",
            "write `6` or less",
            tree.get("rest", "days_off_per_week"),
        )
    if span == NOTHING:
        say("no session fits into a day of 0 min", "write one such as `10 h`", tree.get("rest", "day_span"))


def _rows(tree: Node, read: Mapping[str, Any], say: Say) -> None:
    row = tree.get("limits", "in_a_row")
    sessions, time, then = (_value(read, "limits", "in_a_row", key) for key in ("sessions", "time", "then"))
    if row is None:
        return
    if sessions == 0:
        say("every session is one in a row", "write `1` or more", row.get("sessions"))
    if time == NOTHING:
        say("every row takes longer than 0 min", "write one such as `6 h`", row.get("time"))
    if then == NOTHING:
        say("a stretch of 0 min ends no row", "write one such as `30 min`", row.get("then"))
    if then is not None and then > DAY:
        say("not even a night ends a row here", "write at most `24 h`, such as `30 min`", row.get("then"))


def _notes(tree: Node, read: Mapping[str, Any], say: Say) -> None:
    notes = tree.get("notes")
    each, least, by = (_value(read, "notes", key) for key in ("per_session", "at_least", "by"))
    if notes is None:
        return
    for key, length in (("per_session", each), ("at_least", least)):
        if length == NOTHING:
            say(f"`{key}` of the notes is 0 min", "write one such as `10 min`, or `notes: none`", notes.get(key))
    sessions = _value(read, "limits", "per_day", "sessions")
    if each and least and sessions and least > each * sessions:
        say(
            f"a piece of note time is longer than all the notes of a day with {plural(sessions, 'session')} "
            f"({values.spell(each * sessions)})",
            f"write at most `{values.spell(each * sessions)}`",
            notes.get("at_least"),
            notes,
        )
    starts = [values.span_of(window)[0] for _, window in _ranges(read.get("working_hours")) or ()]
    shortest = _shortest_booking(read)
    if by is not None and each and starts and shortest is not None:
        first = min(starts) * _MINUTE + shortest
        until = timedelta(hours=by.hour, minutes=by.minute)
        if until - first < each:
            ready = _clock(first + each)
            say(
                f"no session of a day ends before {_clock(first)}, so its notes never fit before this",
                f"write `{ready}` or later, or `end of day`" if ready < "24:00" else "write `end of day`",
                notes.get("by"),
                notes,
            )


def _blocks(tree: Node, read: Mapping[str, Any], say: Say) -> None:
    title, discreet = (_value(read, "blocks", key) for key in ("title", "discreet"))
    if discreet and title and "{name}" in title:
        say(
            "this title tells what `discreet: yes` hides",
            "write one without `{name}`, or `discreet: no`",
            tree.get("blocks", "title"),
            tree.get("blocks", "discreet"),
        )


def _clock(since_midnight: timedelta) -> str:
    hours, minutes = divmod(since_midnight // _MINUTE, 60)
    return f"{hours:02d}:{minutes:02d}"


def _shortest_booking(read: Mapping[str, Any]) -> timedelta | None:
    """The shortest session that the rules know of; None where none can be read."""
    kinds = read.get("kinds")
    lengths = [_value(kind, "length") for kind in kinds.values() if kind] if isinstance(kinds, dict) else []
    return min((length for length in lengths if length), default=None)


def _items(tree: Node, read: Mapping[str, Any], working: bytearray, say: Say) -> None:
    protect = tree.get("protect")
    found = read.get("protect")
    if protect is None or not isinstance(found, list):
        return
    needed, first = 0, None
    for item, node in zip(found, protect.items if protect.kind == "list" else [protect], strict=True):
        if not item or item.get("off") or "at" in item or "at_most" in item or INVALID in item.values():
            continue
        if item.get("on") == [] or INVALID in item.get("on", ()):
            continue
        if "after" in item and _before_the_first(item, node, read, working, say):
            continue
        inside = bool(item.get("inside_hours"))
        fits = _fitting_days(item, working if inside else None)
        if fits is None:
            continue
        if inside and not fits:
            say(
                f"{quoted(str(item.get('name')))} fits nowhere in the working hours of a week",
                "make it shorter, widen `between` or `on`, or write `inside_hours: no`",
                node.key("inside_hours"),
                node,
            )
            continue
        fitting = _quota(item, node, fits, say)
        if inside and fitting:
            needed += _each_week(item, len(fits))
            first = first or node
    if needed > sum(working):
        say(
            f"what must lie in working hours needs {values.spell(needed * _MINUTE)} a week, "
            f"and working hours are {values.spell(sum(working) * _MINUTE)}",
            "protect less, or write `inside_hours: no`",
            first,
        )


def _before_the_first(
    item: Mapping[str, Any], node: Node, read: Mapping[str, Any], working: bytearray, say: Say
) -> bool:
    """Tells a window after the last session that is over, on each of the item's weekdays, before a first one can end;
    whether that was told."""
    window, least, booking = item.get("between"), shortest_of(item), _shortest_booking(read)
    if not isinstance(window, TimeRange) or not least or booking is None:
        return False
    days = frozenset().union(*item["on"]) if "on" in item else frozenset(range(7))
    firsts = [minute for day in days if (minute := working.find(1, day * 1440, (day + 1) * 1440) - day * 1440) >= 0]
    if not firsts:
        return False
    first = min(firsts) * _MINUTE + booking
    start, end = (minute * _MINUTE for minute in values.span_of(window))
    if end - start < least or end - first >= least:
        return False
    name, until = quoted(str(item.get("name"))), _clock(first + least)
    say(
        f"no session of a day ends before {_clock(first)}, so {name} never fits after the last one within "
        f"{windows.written(window)}",
        f"write a window that ends at `{until}` or later" if until <= "24:00" else "leave `between` out",
        node.get("between"),
        node,
    )
    return True


def shortest_of(item: Mapping[str, Any]) -> timedelta | None:
    """The shortest stretch that does for an item."""
    if "amount" in item:
        least: timedelta = (item.get("pieces") or item["amount"])[0]
        return least
    return item.get("at_least") or item.get("length")


def _fitting_days(item: Mapping[str, Any], working: bytearray | None) -> dict[int, list[int]] | None:
    """The weekdays on which an item can lie by its own rules, each with the stretches there are for it in minutes; None
    where that cannot be said. `working` None: it may lie outside working hours."""
    shortest = shortest_of(item)
    window = item.get("between") or windows.window("00:00-24:00" if "after" in item else DEFAULT_WINDOW)
    if shortest is None or not shortest:
        return None
    days = sorted(frozenset().union(*item["on"])) if "on" in item else list(range(7))
    room = windows.room_of(window)
    if not isinstance(window, TimeRange):
        length = (room or DAY) // _MINUTE
        return {day: [length] for day in days}
    span = values.span_of(window)
    found = {day: stretches(working, day, span) if working is not None else [span[1] - span[0]] for day in days}
    return {day: runs for day, runs in found.items() if runs and max(runs) * _MINUTE >= shortest}


def _quota(item: Mapping[str, Any], node: Node, fits: dict[int, list[int]], say: Say) -> bool:
    """Tells a number or an amount that no period has room for; whether there is nothing to tell."""
    name = quoted(str(item.get("name")))
    if not fits:
        return False  # longer than its window, which is told already
    longest = max(max(runs) for runs in fits.values())
    if "times" in item:
        times, every = item["times"]
        days = most_days(every, len(fits))
        if every == "day":
            shortest = (shortest_of(item) or NOTHING) // _MINUTE
            most = max(sum(run // shortest for run in runs) for runs in fits.values())
            if item.get("inside_hours") and times > most:
                say(
                    f"{name} fits {plural(most, 'time')} into the working hours of a day, not {plural(times, 'time')}",
                    f"write `{most} per day`, or make it shorter",
                    node.get("times"),
                    node,
                )
                return False
        elif times > days:
            say(
                f"{name} is due {times} times a {every}, at most once a day, and can only lie on "
                f"{plural(days, 'day')} of it",
                f"write `{days} per {every}` or fewer, or more weekdays",
                node.get("times"),
                node,
            )
            return False
    elif "amount" in item:
        amount, every = item["amount"]
        most_a_piece = (item.get("pieces") or (amount, amount))[1]
        a_day = longest * _MINUTE if every == "day" else min(most_a_piece, longest * _MINUTE)
        days = most_days(every, len(fits))
        if amount > a_day * days:
            say(
                f"{name} asks for {values.spell(amount)} a {every}, and no more than "
                f"{values.spell(a_day * days)} can lie in one, in one piece a day",
                f"write `{values.spell(a_day * days)} per {every}` or less, or longer `pieces`",
                node.get("amount"),
                node.get("pieces"),
                node,
            )
            return False
    return True


def _each_week(item: Mapping[str, Any], days: int) -> int:
    """The minutes that an item needs in every week, at least."""
    number, every = (1, "day")
    length = shortest_of(item) or NOTHING
    if "amount" in item:
        length, every = item["amount"]
    elif "times" in item:
        number, every = item["times"]
    return {"day": days, "week": 1}.get(every, 0) * number * (length // _MINUTE)
