"""Take own blocks away, and nothing else: for `clear`, and after therapists who left.

What goes is shown first. Only what was shown is removed then, and only while it is still as it was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from connectors import ownership
from connectors.base import CalendarError, Conflict, Connector
from rules.diary import plural
from rules.practice import Practice, Rules
from rules.timeline import Interval
from scheduler import departed, night, plan, whereabouts
from scheduler.ask import Ask, attempt, bug, moment_of
from scheduler.desk import Desk, Uncleared, only_one
from scheduler.journal import UNLOCATED, Journal, Place
from scheduler.outcome import Failure
from scheduler.runlog import RunLog

EARLIEST = timedelta(days=5 * 366)
"""How far back is looked where the journal knows of nothing earlier."""
AT_ONCE = timedelta(days=366)
"""So much is read in one go."""
KEPT = timedelta(days=366)
"""So long it is known what a therapist who left had deleted by hand."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cleared:
    """Own blocks that stand in one calendar and are to go, or went. `shown`: which, by key, as they were read; `left`:
    how many stay there because a person wrote into them; `file`: the practice's rule file; `held`: the therapists for
    whom nothing was ever written, while there are some: then a night removes nothing."""

    practice: str
    therapist: str
    place: str
    shown: Mapping[str, plan.Own] = field(default_factory=dict)
    known: Place | None = None
    left: int = 0
    file: str = ""
    held: tuple[str, ...] = ()

    @property
    def blocks(self) -> int:
        return len(self.shown)


def owner_of(practice: Practice, therapist: str) -> str:
    """The owner of a therapist's blocks."""
    return ownership.owner_of(practice.id, therapist)


def look(
    practices: Sequence[Practice], ask: Ask, journal: Journal, *, everything: bool = False
) -> tuple[list[Cleared], list[Failure]]:
    """What `clear` would remove: own blocks from now on, or between --from and --to, in every calendar ever written to;
    `everything`: whenever they are. Writes nothing."""
    found: list[Cleared] = []
    failures: list[Failure] = []
    for practice in practices:
        for place in _places(practice, ask, journal, everything):
            if isinstance(place, Failure):
                failures.append(place)
                continue
            with Desk(practice, ask.state, journal, ask.now, waits=ask.waits) as desk:
                seen = attempt(practice, place.therapist, ask, partial(_look, place, ask, desk, everything))
            if isinstance(seen, Failure):
                failures.append(seen)
            else:
                found.append(seen)
    return found, failures


def remove(
    practices: Sequence[Practice], ask: Ask, journal: Journal, shown: Iterable[Cleared], *, everything: bool = False
) -> tuple[int, list[Failure]]:
    """Remove what was shown; gives how many blocks that were. It is not taken for deleted by hand later."""
    removed = 0

    def count(blocks: int) -> None:
        nonlocal removed
        removed += blocks

    failures: list[Failure] = []
    due = [one for one in shown if one.blocks and one.known is not None]
    for practice in practices:
        mine = [one for one in due if one.file == departed.full_path(practice)]  # two may have one name
        if not mine:
            continue
        log = RunLog(journal, practice.id, ask.now, "clear")
        try:
            with only_one(practice, ask.state):
                for one in mine:
                    with Desk(practice, ask.state, journal, ask.now, log, waits=ask.waits) as desk:
                        work = partial(_remove, one, ask, desk, everything, count)
                        gone = attempt(practice, one.therapist, ask, work)
                    if isinstance(gone, Failure):
                        failures.append(gone)
        except CalendarError as error:
            failures.append(Failure(practice.name, mine[0].therapist, "error", str(error)))
    return removed, failures


def follow_file(practice: Practice, journal: Journal) -> None:
    """Note that a rule file was moved, before its therapists are written for: then those who no longer stand in it are
    still known for its own."""
    for old in departed.moved_from(practice, journal):
        journal.move_source(ownership.owner_of(practice.id, ""), old, departed.full_path(practice))


def who_left(practice: Practice, ask: Ask, journal: Journal) -> tuple[list[Cleared], list[Failure]]:
    """Own blocks ahead of therapists who no longer stand in this rule file, whatever --from and --to say: what is done
    with is not looked at again. Writes nothing."""
    ask = replace(ask, start=None, end=None)
    found: list[Cleared] = []
    failures: list[Failure] = []
    for known in departed.places(practice, journal):
        try:
            with Desk(practice, ask.state, journal, ask.now, waits=ask.waits) as desk:
                found.append(_look(known, ask, desk, False, spares=True))
        except CalendarError as error:
            why = f"no longer in the rule file: {Uncleared(known.place, str(error))}"
            failures.append(Failure(practice.name, known.therapist, "error", why))
        except Exception as error:  # a bug in one therapist's run must not stop the others
            failures.append(Failure(practice.name, known.therapist, "error", bug(error, ask.debug)))
    return found, failures


def farewell(practice: Practice, ask: Ask, journal: Journal, log: RunLog) -> tuple[list[Cleared], list[Failure]]:
    """Clear those, asking first where somebody is there. At night nothing goes while somebody in the rule file was
    never written for: a new name may be that of somebody who did not leave at all."""
    ask = replace(ask, start=None, end=None)
    found, failures = who_left(practice, ask, journal)
    fresh = [] if ask.yes or ask.confirm is not None else departed.never_written(practice, journal)
    if fresh:
        held = [one for one in found if one.blocks]
        return [], [*failures, *(_held(practice, one, fresh) for one in held)]
    for gone_long in {p.owner for p in departed.places(practice, journal, everything=True)}:
        journal.prune(gone_long, ask.now - KEPT)
    cleared: list[Cleared] = []
    for one in found:
        known = one.known
        if known is None:
            continue
        if one.blocks and ask.confirm is not None:
            if not ask.confirm(one.therapist, plan.Counts(0, 0, one.blocks), False, False):
                continue
            with only_one(practice, ask.state):
                gone = _farewell(practice, one, known, ask, journal, log)
        else:
            gone = _farewell(practice, one, known, ask, journal, log)
        if isinstance(gone, Failure):
            failures.append(gone)
        else:
            cleared.append(one)
    return cleared, failures


def _held(practice: Practice, one: Cleared, fresh: Sequence[str]) -> Failure:
    why = (
        f"no longer in the rule file, while nothing was ever written for {', '.join(fresh)}: own blocks stay, as "
        "this may be a change of name; look at `session-breaks preview`, then run `session-breaks sync --yes` once"
    )
    return Failure(practice.name, one.therapist, "brake", why)


def _farewell(practice: Practice, one: Cleared, known: Place, ask: Ask, journal: Journal, log: RunLog) -> int | Failure:
    with Desk(practice, ask.state, journal, ask.now, log, waits=ask.waits) as desk:
        gone = attempt(practice, one.therapist, ask, partial(_remove, one, ask, desk, False))
    if not isinstance(gone, Failure):
        journal.abandon_calendar(known.owner, known.at)
    return gone


def forget(practices: Sequence[Practice], ask: Ask, journal: Journal, name: str) -> list[Place]:
    """The calendars that were known by this name and are not written to any more: those that `forgotten` lets go of.
    Raises CalendarError where the calendar that has the name now cannot be told."""
    found: list[Place] = []
    for practice in practices:
        for place in journal.places(ownership.owner_of(practice.id, ""), abandoned=True):
            if place.place != name or ask.therapist not in (None, place.therapist):
                continue
            rules = practice.therapists.get(place.therapist)
            if rules is not None:
                with Desk(practice, ask.state, journal, ask.now, waits=ask.waits) as desk:
                    if place.at in (desk.at(rules.write), f"{UNLOCATED}{rules.write}"):
                        continue
            found.append(place)
    return found


def known_names(practices: Sequence[Practice], journal: Journal) -> list[str]:
    """Every name that a calendar was written to under."""
    groups = [ownership.owner_of(practice.id, "") for practice in practices]
    return sorted({place.place for group in groups for place in journal.places(group, abandoned=True)})


def _places(practice: Practice, ask: Ask, journal: Journal, everything: bool) -> list[Place | Failure]:
    """Every calendar to look at, each once: what is written to, what ever was, and those of therapists who left."""
    found: list[Place | Failure] = []
    known = journal.places(ownership.owner_of(practice.id, ""), abandoned=everything)
    for rules in practice.therapists.values():
        if not ask.wants(practice, rules.therapist):
            continue
        owner = owner_of(practice, rules.therapist)
        mine = [p for p in known if p.owner == owner]
        with Desk(practice, ask.state, journal, ask.now, waits=ask.waits) as desk:
            here = attempt(practice, rules.therapist, ask, partial(desk.at, rules.write))
        if isinstance(here, Failure):
            found.append(here)
            continue
        if not any(p.at in (here, f"{UNLOCATED}{rules.write}") for p in mine):
            found.append(Place(owner, rules.therapist, rules.write, departed.full_path(practice), here))
        found.extend(p for p in mine if p.place == rules.write)
        found.extend(p for p in mine if p.place != rules.write)
    return [*found, *(departed.places(practice, journal, everything) if ask.therapist is None else [])]


def _look(place: Place, ask: Ask, desk: Desk, everything: bool, *, spares: bool = False) -> Cleared:
    blocks = _own(place, ask, desk, everything)[1]
    going = {key: o for key, o in blocks.items() if not (spares and o.worded())}
    return Cleared(
        desk.practice.name,
        place.therapist,
        place.place,
        going,
        place,
        left=len(blocks) - len(going),
        file=departed.full_path(desk.practice),
    )


def _own(place: Place, ask: Ask, desk: Desk, everything: bool) -> tuple[Connector, dict[str, plan.Own]]:
    """The calendar as it is opened now, and the own blocks in it that are asked for, by key."""
    rules = _rules_for(place, desk)
    calendar = desk.calendar(whereabouts.name_of(place, rules, desk))
    if not calendar.writable:
        raise CalendarError(
            f"{place.place}: it can only be read now; let it be written to until its blocks are cleared"
        )
    span = _span(place, rules, ask, everything)
    blocks: dict[str, plan.Own] = {}
    start = span.start
    while start < span.end:
        end = min(span.end, start + AT_ONCE) if everything else span.end
        blocks |= plan.own_blocks(calendar.read(Interval(start, end), rules.timezone).events, place.owner)
        start = end
    return calendar, {key: o for key, o in blocks.items() if span.start <= o.interval.start < span.end}


def _remove(one: Cleared, ask: Ask, desk: Desk, everything: bool, count: Callable[[int], None] = lambda _: None) -> int:
    """Remove what still stands as it was shown; gives how many, and counts them on the way. Raises CalendarError where
    something was changed since: that is left, for nobody agreed to it as it is now."""
    place = one.known
    if place is None:
        return 0
    rules = _rules_for(place, desk)
    removed: set[str] = set()
    for _ in range(night.TRIES):
        calendar, blocks = _own(place, ask, desk, everything)
        going = {key: o for key, o in blocks.items() if key in one.shown and _is_same(o, one.shown[key])}
        changed = sum(1 for key in blocks if key in one.shown and key not in going)
        removed |= set(going)
        gone = night.removals(going.values())
        try:
            night.write_to(calendar, place.at, gone, going, place.owner, rules, desk, count)
        except Conflict:
            continue  # somebody changed one of them just now: look again
        if changed:
            stays = f"{plural(changed, 'block')} changed after this was shown, and {'is' if changed == 1 else 'are'}"
            raise CalendarError(f"{place.place}: {stays} left there; look again, and say it once more")
        return len(removed)
    raise CalendarError(f"{place.place}: another program keeps changing its blocks; try again later")


def _is_same(now: plan.Own, shown: plan.Own) -> bool:
    """Whether a block still is what was shown. The version says so where the calendar has one."""
    if now.ref.etag and shown.ref.etag:
        return (now.interval, now.ref.etag) == (shown.interval, shown.ref.etag)
    return replace(now, ref=shown.ref) == shown


def _rules_for(place: Place, desk: Desk) -> Rules:
    """The rules of a calendar's therapist; of the first one for those who left."""
    therapists = desk.practice.therapists
    return therapists.get(place.therapist) or next(iter(therapists.values()))


def _span(place: Place, rules: Rules, ask: Ask, everything: bool) -> Interval:
    start, end = moment_of(ask.start, rules), moment_of(ask.end, rules)
    if everything:
        first = min(place.since or ask.now, ask.now - EARLIEST) - DAY
        return Interval(first, ask.now + whereabouts.FAR)
    first = start or ask.now
    last: datetime = end or max(first, ask.now) + whereabouts.FAR
    if last <= first:
        raise CalendarError("nothing to remove: --to is not later than --from; look at --from, --to and --now")
    return Interval(first, last)
