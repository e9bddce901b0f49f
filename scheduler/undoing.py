"""Take a run back: what it made goes, what it moved goes back, what it removed is made again.

A block is taken back only while it stands as the run wrote it: with the times and the fingerprint that were noted, and
where the calendar tells versions apart also with the version. What was changed since, by hand or by a later run, stays;
so does what has started. Nothing is put where something else is by now. What only looked different before (a hand had
renamed or freed it) or took the whole day is left too: that is not noted, or cannot be written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from connectors import ownership
from connectors.base import CalendarError, Conflict, Connector
from rules.demand import Block, Change
from rules.practice import Blocks, Practice, Rules
from rules.timeline import Event, Interval
from scheduler import naming, night, plan, whereabouts
from scheduler.ask import Ask, attempt
from scheduler.desk import Desk, only_one
from scheduler.journal import Journal, Place, Run, Written
from scheduler.outcome import Failure
from scheduler.runlog import RunLog

STARTED = "it has started"
CHANGED = "it was changed since"
GONE = "it is gone already"
AGAIN = "it was made again since"
BUSY = "something else is there now"
ALL_DAY = "a hand had made it all-day, which is not made again"
FREED = "a hand has deleted it or made it take no time"
LOOKS = "only its looks were changed; how it looked before (title, busy or free, private) is not noted"


@dataclass(frozen=True, slots=True)
class Left:
    """A block of the run that is not taken back, and why. `interval`: where the run had put it or taken it from."""

    block: Block
    why: str


@dataclass(frozen=True, slots=True)
class Back:
    """What taking a run back means in one calendar: what changes, and what is left."""

    practice: str
    therapist: str
    place: str
    changes: tuple[Change, ...]
    left: tuple[Left, ...]
    owner: str
    at: str


@dataclass(frozen=True, slots=True)
class _Deed:
    """What a run did with one block, all its tries together."""

    key: str
    was: Interval | None
    was_print: str | None
    wrote: tuple[Written, ...]

    @property
    def last(self) -> Written:
        return self.wrote[-1]


def last_run(journal: Journal, practices: Sequence[Practice]) -> tuple[Practice, Run] | None:
    """The last run that wrote for any of these practices."""
    runs = _runs(journal, practices)
    return max(runs, key=lambda one: one[1].id, default=None)


def cut_off(practice: Practice, run: Run, ask: Ask, journal: Journal) -> Run | None:
    """Where this run is an undo that did not come to its end, the run that it was to take back: in a calendar that it
    wrote to something of that still stands as it was written."""
    first = run_numbered(journal, [practice], run.undoes) if run.undoes is not None else None
    if first is None:
        return None
    there = set(_calendars(journal.written(run.id)))
    backs, _ = look(practice, first[1], ask, journal)
    return first[1] if any(back.changes and (back.owner, back.at) in there for back in backs) else None


def run_numbered(journal: Journal, practices: Sequence[Practice], number: int) -> tuple[Practice, Run] | None:
    """A run by its number, if it is one of these practices'."""
    return next((one for one in _runs(journal, practices) if one[1].id == number), None)


def runs(
    journal: Journal, practices: Sequence[Practice], therapist: str | None = None
) -> list[tuple[Practice, Run, dict[str, int]]]:
    """Every run that is still known, with how many blocks it wrote for whom, the last one first. `therapist`: only what
    was written for them."""
    found = []
    for practice, run in sorted(_runs(journal, practices), key=lambda one: -one[1].id):
        counts: dict[str, int] = {}
        for owner, at, _ in dict.fromkeys((w.owner, w.at, w.key) for w in journal.written(run.id)):
            place = _place(journal, practice, owner, at)
            name = place.therapist if place is not None else _therapist(practice, owner) or "somebody who left"
            counts[name] = counts.get(name, 0) + 1
        if therapist is None or therapist in counts:
            counts = dict(sorted(counts.items()))
            found.append((practice, run, counts if therapist is None else {therapist: counts[therapist]}))
    return found


def look(practice: Practice, run: Run, ask: Ask, journal: Journal) -> tuple[list[Back], list[Failure]]:
    """What taking a run back would change. Writes nothing."""
    found: list[Back] = []
    failures: list[Failure] = []
    for owner, at in _calendars(journal.written(run.id)):
        place = _place(journal, practice, owner, at)
        therapist = place.therapist if place is not None else _therapist(practice, owner)
        if therapist is None or ask.therapist not in (None, therapist):
            continue
        with Desk(practice, ask.state, journal, ask.now, waits=ask.waits) as desk:
            seen = attempt(practice, therapist, ask, partial(_back_in, owner, at, therapist, run, ask.now, desk))
        if isinstance(seen, Failure):
            failures.append(seen)
        else:
            found.append(seen)
    return found, failures


def take_back(
    practice: Practice, run: Run, ask: Ask, journal: Journal, shown: Sequence[Back]
) -> tuple[int, RunLog, list[Failure]]:
    """Take a run back as far as it was shown; gives how many blocks were written, and the run that this is itself."""
    log = RunLog(journal, practice.id, ask.now, "undo", run.id)
    failures: list[Failure] = []
    done = 0
    due = [back for back in shown if back.changes]
    try:
        with only_one(practice, ask.state):
            for back in due:
                with Desk(practice, ask.state, journal, ask.now, log, waits=ask.waits) as desk:
                    made = attempt(practice, back.therapist, ask, partial(_take_back, back, run, ask, desk))
                if isinstance(made, Failure):
                    failures.append(made)
                else:
                    done += made
    except CalendarError as error:
        failures.append(Failure(practice.name, due[0].therapist, "error", str(error)))
    return done, log, failures


def _take_back(back: Back, run: Run, ask: Ask, desk: Desk) -> int:
    done = 0

    def progress(count: int) -> None:
        nonlocal done
        done += count
        ask.progress(back.therapist, done, len(back.changes))

    agreed = {(c.block.key, c.action, c.block.interval) for c in back.changes}
    deeds = _deeds(w for w in desk.journal.written(run.id) if (w.owner, w.at) == (back.owner, back.at))
    rules = _rules(desk.practice, back.therapist, deeds)
    prints = {deed.key: deed.was_print for deed in deeds if deed.was_print is not None}
    known = _place(desk.journal, desk.practice, back.owner, back.at)
    if known is not None:  # where blocks are made again they are looked for again
        desk.journal.remember_calendar(ownership.owner_of(desk.practice.id, ""), known)
    for _ in range(night.TRIES):
        (calendar, own), now = _look(back.owner, back.at, back.therapist, run, ask.now, desk)
        changes = [c for c in now.changes if (c.block.key, c.action, c.block.interval) in agreed]
        try:
            night.write_to(calendar, back.at, changes, own, back.owner, rules, desk, progress, prints)
        except Conflict:
            continue  # somebody was quicker: look again
        freed = [(one.block.key, one.block.interval) for one in now.left if one.why == FREED]
        desk.journal.note_all(back.owner, back.at, freed, "deleted")  # also under the name before
        return done
    raise CalendarError(f"{back.place}: another program keeps changing its blocks; try again later")


def _back_in(owner: str, at: str, therapist: str, run: Run, now: datetime, desk: Desk) -> Back:
    return _look(owner, at, therapist, run, now, desk)[1]


def _look(
    owner: str, at: str, therapist: str, run: Run, now: datetime, desk: Desk
) -> tuple[tuple[Connector, dict[str, plan.Own]], Back]:
    practice = desk.practice
    deeds = _deeds(w for w in desk.journal.written(run.id) if (w.owner, w.at) == (owner, at))
    rules = _rules(practice, therapist, deeds)
    place = _place(desk.journal, practice, owner, at) or Place(owner, therapist, rules.write, "", at)
    calendar = desk.calendar(whereabouts.name_of(place, rules, desk))
    if not calendar.writable:
        raise CalendarError(f"{place.place}: it can only be read now, so nothing in it can be taken back")
    last = max((i.end for deed in deeds for i in (deed.was, deed.last.interval) if i is not None), default=now)
    span = Interval(now, max(last, now + whereabouts.FAR))
    events = list(calendar.read(span, rules.timezone).events)
    own = plan.own_blocks(events, owner)
    deeds_ahead = [d for d in deeds if _ahead(d, own, now)]
    if any(d.was is not None for d in deeds_ahead):
        for name in rules.read if therapist in practice.therapists else ():
            if desk.at(name) != desk.at(calendar.name):
                events += desk.calendar(name).read(span, rules.timezone).events
    echoing = {name for name, account in practice.accounts.items() if account.echoes} - {calendar.name.split("/")[0]}
    standing = {o.interval for o in own.values()}
    busy = [
        e.interval
        for e in events
        if _is_busy(e, owner, rules) and not (e.calendar.split("/")[0] in echoing and e.interval in standing)
    ]
    changes, left = _all_back(deeds, own, now, busy, rules, _freed(owner, at, desk))
    changes.sort(key=lambda c: (c.block.interval, c.block.key))
    left.sort(key=lambda one: (one.block.interval, one.block.key))
    back = Back(practice.name, therapist, place.place, tuple(changes), tuple(left), owner, at)
    return (calendar, own), back


def _freed(owner: str, at: str, desk: Desk) -> set[str]:
    """The keys of the blocks that are known as deleted by hand, here, in another calendar, or under a later name: a
    block that takes no time counts as that when it goes along (scheduler.carried)."""
    rows = [*desk.journal.remembered(owner, at), *desk.journal.deleted_elsewhere(owner, at)]
    for name in desk.practice.therapists:
        later = ownership.owner_of(desk.practice.id, name)
        if desk.journal.earlier_owner(later, at) == owner:
            rows += desk.journal.remembered(later, at)
    return {row.key for row in rows if row.status == "deleted"}


def _all_back(
    deeds: Sequence[_Deed],
    own: Mapping[str, plan.Own],
    now: datetime,
    busy: Sequence[Interval],
    rules: Rules,
    freed: Collection[str],
) -> tuple[list[Change], list[Left]]:
    """How each block is taken back, or why it is left. Our own blocks that stay where they are keep others out too:
    each one that is left may be in the way of the next, so it is looked at again until nothing more is left. `freed`:
    keys of those that a hand made take no time, which are not made again."""
    stay = {key for key, block in own.items() if block.how_idle is None} - {deed.key for deed in deeds}
    while True:
        taken = [*busy, *(own[key].interval for key in stay)]
        found = [(deed.key, _back(deed, own.get(deed.key), now, taken, rules, freed)) for deed in deeds]
        changed = {key for key, change in found if isinstance(change, Change)}
        more = {key for key, _ in found if key in own and own[key].how_idle is None} - changed - stay
        if not more:
            changes = [change for _, change in found if isinstance(change, Change)]
            return changes, [one for _, one in found if isinstance(one, Left)]
        stay |= more


def _back(
    deed: _Deed,
    stands: plan.Own | None,
    now: datetime,
    busy: Sequence[Interval],
    rules: Rules,
    freed: Collection[str],
) -> Change | Left | None:
    """How one block is taken back, or why it is left; None where there is nothing to take back."""
    before = None if deed.was is None else block_of(deed.key, deed.was, deed.was_print, rules)
    if stands is None:
        if deed.last.action != "delete":
            if deed.was is None and deed.last.etag is None:  # a run that was killed never came to it
                return None
            spot = deed.last.interval or deed.was
            over = spot is not None and spot.start < now
            return None if spot is None else Left(_written(deed, spot, rules), STARTED if over else GONE)
        if before is None:  # made and removed by the same run
            return None
        if before.interval.start < now:
            return Left(before, STARTED)
        if _all_day(before.interval):
            return Left(before, ALL_DAY)
        if deed.key in freed:
            return Left(before, FREED)
        if any(before.interval.overlaps(other) for other in busy):
            return Left(before, BUSY)
        return Change(action="create", block=before)
    here = replace(block_of(deed.key, stands.interval, None, rules), why="the run made it")
    if deed.last.action == "delete":
        return None if deed.was == stands.interval else Left(here, AGAIN)
    if before is not None and stands.interval == before.interval and stands.tag.fingerprint == deed.was_print:
        # the run never came to it, it was taken back already, or it looked different there, which is not noted
        return Left(here, LOOKS) if _only_looks(deed) and _as_written(stands, deed.last) else None
    if stands.interval.start < now or (before is not None and before.interval.start < now):
        return Left(here, STARTED)
    if not any(_as_written(stands, one) for one in deed.wrote):
        return Left(here, CHANGED)
    if before is None:
        return Change(action="delete", block=here, was=stands.interval)
    if _all_day(before.interval):
        return Left(here, ALL_DAY)
    if any(before.interval.overlaps(other) for other in busy):
        return Left(here, BUSY)
    if stands.interval == before.interval and _looks_as_ruled(stands, before, rules):
        return Left(here, LOOKS)
    return Change(action="update", block=before, was=stands.interval)


def _all_day(interval: Interval) -> bool:
    """Whether this is how an all-day event is read and noted: empty time, which must not be written."""
    return interval.start == interval.end


def _only_looks(deed: _Deed) -> bool:
    """Whether the run wrote a block anew that kept its time and its fingerprint: a hand had renamed or freed it."""
    last = deed.last
    same = last.interval == deed.was and last.print == deed.was_print
    return same and last.action == "update" and last.etag is not None


def _looks_as_ruled(stands: plan.Own, block: Block, rules: Rules) -> bool:
    """Whether a block already looks as it would be written: no look but the rule file's is known."""
    looks = (plan.title_of(block, rules.blocks), rules.blocks.private)
    return (stands.title, stands.private) == looks and stands.tag.as_wanted


def _as_written(stands: plan.Own, write: Written) -> bool:
    """Whether a block still stands as one write left it."""
    return (
        stands.interval == write.interval
        and stands.tag.fingerprint == write.print
        and not stands.retitled
        and not stands.noted
        and stands.how_idle is None
        and (not write.etag or not stands.ref.etag or write.etag == stands.ref.etag)
    )


def block_of(key: str, interval: Interval, printed: str | None, rules: Rules) -> Block:
    """A block by its key: the rule that it comes from, and the name under which it was written, as far as the rule file
    still tells."""
    block = naming.block_of(key, interval, "a run is taken back", rules.protect)
    if printed is not None:
        for name in naming.names_of(key, rules.protect):
            named = replace(block, name=name)
            if ownership.titled(plan.title_of(named, rules.blocks)) == printed.split(".")[1]:
                return named
    return block


def _written(deed: _Deed, spot: Interval, rules: Rules) -> Block:
    return block_of(deed.key, spot, deed.last.print, rules)


def _deeds(writes: Iterable[Written]) -> list[_Deed]:
    """What was done with each block: a run may have had to write one twice."""
    found: dict[str, list[Written]] = {}
    for write in writes:
        found.setdefault(write.key, []).append(write)
    return [_Deed(key, some[0].was, some[0].was_print, tuple(some)) for key, some in found.items()]


def _ahead(deed: _Deed, own: dict[str, plan.Own], now: datetime) -> bool:
    return deed.key in own or (deed.was is not None and deed.was.start >= now)


def _is_busy(event: Event, owner: str, rules: Rules) -> bool:
    """Whether somebody else's event keeps a block from being put there again."""
    if not event.busy:
        return False
    return event.tag is None or (event.tag.owner != owner and rules.respect_others)


def _runs(journal: Journal, practices: Sequence[Practice]) -> list[tuple[Practice, Run]]:
    return [(p, run) for p in practices for run in journal.runs(ownership.owner_of(p.id, ""))]


def _calendars(writes: Iterable[Written]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((write.owner, write.at) for write in writes))


def _place(journal: Journal, practice: Practice, owner: str, at: str) -> Place | None:
    known = journal.places(ownership.owner_of(practice.id, ""), abandoned=True)
    return next((p for p in known if (p.owner, p.at) == (owner, at)), None)


def _therapist(practice: Practice, owner: str) -> str | None:
    return next((n for n in practice.therapists if ownership.owner_of(practice.id, n) == owner), None)


def _rules(practice: Practice, therapist: str, deeds: Iterable[_Deed]) -> Rules:
    """A therapist's rules. For those who left the first one's, with the looks by which their blocks were written
    (`deeds`), where somebody's rules still say these; else with those that tell least."""
    rules = practice.therapists.get(therapist)
    if rules is not None:
        return rules
    first = next(iter(practice.therapists.values()))
    looks = [one.blocks for one in practice.therapists.values()]
    prints = {(deed.key, deed.was_print.split(".")[1]) for deed in deeds if deed.was_print is not None}

    def fits(blocks: Blocks) -> bool:
        shown = ((title, name) for key, title in prints for name in naming.names_of(key, first.protect))
        return any(ownership.titled(blocks.title.replace("{name}", name)) == title for title, name in shown)

    neutral = [blocks for blocks in looks if "{name}" not in blocks.title]
    chosen = next(filter(fits, looks), (neutral or looks)[0])
    return replace(first, blocks=replace(chosen, private=any(blocks.private for blocks in looks)))
