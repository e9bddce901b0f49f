"""Which calendar is which: those that were ever written to, found again whatever the rule file calls them now.

A calendar is known by a keyed hash of its address (`Desk.at`). The name that the rule file gives it may change, and the
same name may come to mean another calendar: an account's address is changed, or it gets a calendar of its own for the
blocks. Blocks that were left behind are found by the hash, under any name that the rule file offers. Reads; changes
nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from connectors import registry
from connectors.base import CalendarError, Connector
from rules.practice import Practice, Rules
from rules.timeline import Interval
from scheduler import brakes, edits, plan
from scheduler.desk import Desk, Uncleared
from scheduler.edits import Remembered
from scheduler.journal import UNLOCATED, Place

FAR = timedelta(days=800)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A calendar that is no longer written to, as it was found. `blocks`: the own blocks in it that are to go;
    `staying`: those ahead that stay for now, as the window begins later (--from); `left`: those ahead that a person
    wrote into, and that stay; `gone`: what was seen there and is missing: it was deleted by hand; `was_at`: the hash by
    which the journal knows it."""

    known: Place
    calendar: Connector
    blocks: Mapping[str, plan.Own]
    staying: Mapping[str, plan.Own]
    left: Mapping[str, plan.Own]
    gone: tuple[Remembered, ...]
    was_at: str


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """All calendars ever written to for one owner. `at`: the one that is written to; `before`: other hashes by which
    the journal knows that one; `elsewhere`: the rest, as far as they can be read; the others stand in
    `Desk.uncleared`."""

    at: str
    before: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()


def find(
    known: Iterable[Place], rules: Rules, own: Collection[str], window: Interval, until: Interval, desk: Desk
) -> Whereabouts:
    """Sort an owner's known calendars. `own`: keys of the blocks that stand in the calendar that is written to;
    `until`: what was read of that. Raises CalendarError where the calendar that is written to cannot be told."""
    here = desk.at(rules.write)
    places = list(known)
    new_here = all(p.at != here for p in places)
    before: list[str] = []
    elsewhere: list[Elsewhere] = []
    for place in places:
        if place.at == here:
            continue
        try:
            name = name_of(place, rules, desk, prefer=rules.read)
            if desk.at(name) == here:  # known by its name alone until now, which may mean another calendar now
                if _ahead(place, window, desk) and not (new_here and _same_blocks(place, own, window, desk)):
                    raise CalendarError("none of the blocks known there stands in it: it may be another calendar now")
                before.append(place.at)
                continue
            elsewhere.append(_read(place, name, rules, window, until, desk))
        except CalendarError as error:
            if new_here and _same_blocks(place, own, window, desk):
                before.append(place.at)
                continue
            desk.uncleared[place.at] = Uncleared(place.place, str(error))
    return Whereabouts(here, tuple(before), tuple(elsewhere))


def name_of(place: Place, rules: Rules, desk: Desk, prefer: Collection[str] = ()) -> str:
    """A name under which the rule file has this calendar now, of several one of those to `prefer`. Raises CalendarError
    where it has none, or the calendar under its old name cannot be asked."""
    problem: CalendarError | None = None
    try:
        if place.at.startswith(UNLOCATED) or desk.at(place.place) == place.at:
            return next((name for name in prefer if desk.at(name) == desk.at(place.place)), place.place)
    except CalendarError as error:
        problem = error
    for name in _names(rules, desk.practice):
        try:
            if desk.at(name) == place.at:
                return name
        except CalendarError:
            continue
    if problem is not None:
        raise problem
    raise CalendarError(
        f"{place.place} is another calendar now; give the old one a name in `accounts` until they are cleared"
    )


def _names(rules: Rules, practice: Practice) -> Iterator[str]:
    """Every name of a calendar that the rule file uses, and those that an account always has."""
    yield from dict.fromkeys(
        (
            *rules.read,
            *(name for other in practice.therapists.values() for name in (other.write, *other.read)),
            *practice.accounts,
            *(
                f"{name}/{calendar}"
                for name, account in practice.accounts.items()
                for calendar in registry.calendars_always_there(account.type)
            ),
        )
    )


def _same_blocks(place: Place, own: Collection[str], window: Interval, desk: Desk) -> bool:
    """Whether the blocks of a calendar that is not found any more stand in the one that is written to for the first
    time: then it is the same calendar, at another address."""
    return not _ahead(place, window, desk).isdisjoint(own)


def _ahead(place: Place, window: Interval, desk: Desk) -> set[str]:
    """The keys of the blocks that are known in a calendar and still to come."""
    rows = desk.journal.remembered(place.owner, place.at)
    return {r.key for r in rows if r.status in ("acknowledged", "seen") and r.interval.start >= window.start}


def at_another_address(before: Iterable[str], here: Collection[str], owner: str, desk: Desk) -> list[Remembered]:
    """What is known of the calendar that is written to under other hashes, but for the keys that are known `here`
    already. That a block was seen there says nothing of the calendar at this address, which may be an older copy: what
    is missing from it was not deleted by hand."""
    rows = [row for at in before for row in desk.journal.remembered(owner, at) if row.key not in here]
    return [replace(row, status="acknowledged") if row.status == "seen" else row for row in rows]


def _read(place: Place, name: str, rules: Rules, window: Interval, until: Interval, desk: Desk) -> Elsewhere:
    calendar = desk.calendar(name)
    if not calendar.writable:
        raise CalendarError("it can only be read now; let it be written to until they are cleared")
    # From now, not from --from: a calendar in which blocks still lie ahead is not done with.
    wide = Interval(min(desk.now, window.start), max(until.end, window.start + FAR))
    reading = calendar.read(wide, rules.timezone)
    found = plan.own_blocks(reading.events, place.owner)
    ahead = {key: block for key, block in found.items() if block.interval.start >= wide.start}
    back = edits.back_for(rules, desk.restore, desk.now)
    left = {key: block for key, block in ahead.items() if block.worded(back(key, block.interval))}
    rest = {key: block for key, block in ahead.items() if key not in left}
    going = {key: block for key, block in rest.items() if block.interval.start >= window.start}
    staying = {key: block for key, block in rest.items() if key not in going}
    unread = {one.tag.key for one in reading.unexpanded if one.tag is not None}
    unread |= {e.former.key for e in reading.events if e.former is not None}
    gone = _gone(place, {*found, *unread}, wide, desk)
    return Elsewhere(replace(place, at=desk.at(name)), calendar, going, staying, left, gone, place.at)


def _gone(place: Place, there: Collection[str], span: Interval, desk: Desk) -> tuple[Remembered, ...]:
    """The blocks that were seen in a calendar, are to come, and are missing; none where that looks as if somebody had
    cleared it by hand, since blocks go elsewhere now."""
    if place.at.startswith(UNLOCATED):
        return ()
    rows = [r for r in desk.journal.remembered(place.owner, place.at) if r.status == "seen" and span.covers(r.interval)]
    gone = tuple(row for row in rows if row.key not in there)
    many = len(gone) == len(rows) or brakes.are_many(len(gone), len(rows))
    return () if many else gone
