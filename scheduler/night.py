"""One night, from reading to writing: the readable spine.

`draft` reads and plans and changes nothing; `run_once` writes what a draft says and reads again until nothing is left
to do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors import ownership
from connectors.base import Batched, CalendarError, Conflict, Connector
from rules import engine, limits, workdays
from rules.demand import Change, Finding, Load
from rules.diary import Diary, plural
from rules.doing import done
from rules.practice import Practice, Rules
from rules.sessions import classify
from rules.timeline import Interval, intersect, local_date, midnight, whole_day
from scheduler import apply, brakes, carried, departed, edits, plan, reading, whereabouts
from scheduler.board import Standing
from scheduler.carried import Brought
from scheduler.desk import Desk
from scheduler.edits import Remembered
from scheduler.journal import Ahead, Place
from scheduler.outcome import Failure, Outcome
from scheduler.placement import place
from scheduler.whereabouts import Whereabouts

TRIES = 3
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan with what is needed to carry it out. `own`: what stands in the calendar that is written to; `where`: which
    calendar that is, and the own blocks in those that are no longer written to; `ahead`: the sessions that each
    calendar shows ahead; `refusal`: why a brake holds, if one does; `first`: nothing was ever written for this
    therapist; `here`: the changes in the calendar that is written to; `brought`: what comes along from another calendar
    or name; `idle`: blocks that take no time; `diary`, `standing`: what was planned from, for questions about it."""

    outcome: Outcome
    diary: Diary
    standing: Standing
    owner: str
    calendar: Connector
    own: Mapping[str, plan.Own]
    where: Whereabouts
    deleted: tuple[str, ...]
    ahead: Mapping[str, Ahead]
    refusal: str | None
    first: bool
    here: tuple[Change, ...]
    brought: Brought
    idle: frozenset[str]

    @property
    def left_behind(self) -> bool:
        """Whether own blocks stand in calendars that are no longer written to."""
        return any(other.blocks for other in self.where.elsewhere)


def run_once(
    practice: Practice,
    rules: Rules,
    window: Interval,
    desk: Desk,
    *,
    allow: Callable[[Draft], Failure | None],
    progress: Callable[[int], None],
    agreed: bool,
) -> tuple[Outcome, int] | Failure:
    """Read, plan, write and read again for one therapist; gives what was planned and how many writes there were.

    `allow` looks at each plan before it is written and may refuse it. `agreed`: somebody said that this calendar may be
    written to; without that a first run that has nothing to write stays a first run. Raises CalendarError; what was
    written before stays noted.
    """
    first: Draft | None = None
    written = 0
    for _ in range(TRIES):
        draft = draft_for(practice, rules, window, desk)
        refused = allow(draft)
        if refused is not None:
            return refused
        if first is None:
            first = draft
            if draft.first and not draft.outcome.writes and not agreed:
                return draft.outcome, 0
        _remember(practice, rules, draft, desk)
        if not draft.outcome.writes and not draft.left_behind:
            return first.outcome, written
        try:
            written += _write(draft, desk, progress)
            if isinstance(draft.calendar, Batched) and not draft.left_behind:
                return first.outcome, written  # each write's outcome is known: nothing to look at again
        except apply.Taken as taken:
            for key in taken.keys:
                _note_elsewhere(draft, key, desk)
        except apply.Unshown as unshown:
            for key in _far_away(draft, rules, desk).intersection(unshown.keys):
                _note_elsewhere(draft, key, desk)
        except Conflict:
            continue  # somebody was quicker: read again and plan again
    draft = draft_for(practice, rules, window, desk)
    _remember(practice, rules, draft, desk)
    if draft.outcome.writes:
        left = len(draft.outcome.writes)
        said = f"{plural(left, 'block')} {'is' if left == 1 else 'are'}"
        raise CalendarError(
            f"{draft.calendar.name}: after {TRIES} tries {said} still not as planned; "
            "another program may be changing this calendar; the next run tries again"
        )
    return first.outcome if first is not None else draft.outcome, written


def draft_for(practice: Practice, rules: Rules, window: Interval, desk: Desk) -> Draft:
    """Read a therapist's calendars and plan. Changes nothing anywhere. Raises CalendarError."""
    owner = ownership.owner_of(practice.id, rules.therapist)
    desk.work_for(rules)
    target = desk.calendar(rules.write)
    if not target.writable:
        raise CalendarError(f"{rules.write}: this calendar can only be read; name another one in `write`")
    rules = reading.with_one_name_each(rules, desk)
    span = reading.reading_span(window, rules)
    events, unexpanded = reading.events_of(rules, span, desk)
    every = plan.own_blocks((e for e in events if e.calendar == rules.write), owner)
    known = [p for p in desk.journal.places(ownership.owner_of(practice.id, "")) if p.owner == owner]
    where = whereabouts.find(known, rules, every, window, span, desk)
    retired = [block for other in where.elsewhere for block in other.blocks.values()]
    staying = [block for other in where.elsewhere for block in (*other.staying.values(), *other.left.values())]
    old_name, renamed = carried.before(practice, rules, where.at, events, desk.journal)
    near = reading.weeks_around(window, rules)
    theirs = edits.taken_over(events, owner, rules.write, near)
    others = reading.others_of(events, every, [*retired, *staying, *renamed.values()], rules, practice, theirs)
    own = reading.standing_around(every, near, rules)
    found = classify(others.events, rules, lambda e: reading.session_id(practice, e))
    off = workdays.days_off(rules, span, others.events)
    diary = Diary(
        rules=rules,
        window=window,
        sessions=tuple(s for s in found.sessions if s.interval.overlaps(near)),
        busy=tuple(i for i in sorted((*found.busy, *others.obstacles)) if i.overlaps(near)),
        working=workdays.working_time(rules, near, off),
        days_off=off,
        done=done(others.events, rules),
    )
    taken = [*diary.busy, *(s.interval for s in diary.sessions)]
    remembered = desk.journal.remembered(owner, where.at)
    remembered += whereabouts.at_another_address(where.before, {row.key for row in remembered}, owner, desk)
    back = edits.back_for(rules, desk.restore, desk.now)
    brought = carried.look(practice, rules, where, old_name, renamed, remembered, own, window, near, back, desk)
    remembered += brought.deleted
    unread = {one.tag.key for one in unexpanded if one.calendar == rules.write and one.tag and one.tag.owner == owner}
    touched = brought.over(own)
    by_hand = edits.read(touched, remembered, taken, window, back, theirs, unread)
    moved = [key for key in by_hand.standing.pins if key.startswith("break/")]
    outlived = edits.outlived(touched, moved, desk.journal.spots_of(owner, moved), diary.canvas.start)
    by_hand = replace(by_hand, standing=replace(by_hand.standing, outlived=frozenset(outlived)))
    asked = engine.demand(diary)
    placed = place(diary, asked, by_hand.standing)
    changes = plan.make(
        own,
        [b for b in placed.blocks if b.end > near.start],  # older ones only counted
        window,
        rules.blocks,
        pinned=by_hand.standing.pins.keys() - brought.late,
        asked=asked.keys,
        back=back,
        theirs=theirs,
        idle=by_hand.idle - brought.late,
        freed=by_hand.idle & brought.late,
    )
    future = [k for k, o in own.items() if window.start <= o.interval.start < window.end]
    ahead = [s for s in diary.sessions if window.start < s.end and s.start < window.end]
    earlier = desk.journal.sessions_ahead(owner)
    recent = reading.around(others.events, near, rules.timezone)
    shown = reading.sessions_ahead(others.events, rules, window.start)
    refusal = brakes.check(
        changes,
        future=future,
        deleted=by_hand.deleted,
        seen=by_hand.seen,
        sessions=ahead,
        emptied=brakes.emptied(
            {place: one for place, one in earlier.items() if place in rules.read and one.until > window.start},
            {e.calendar for e in recent},
            {place for place, one in shown.items() if one.sessions},
        ),
    )
    gone = carried.removals(retired, {c.block.key for c in changes if c.action != "delete"}, rules)
    outcome = _outcome(
        practice,
        diary,
        (*changes, *gone),
        (
            *(f for f in found.findings if f.interval.end > window.start and f.interval.start < window.end),
            *reading.findings_of(unexpanded, window, rules, desk),
            *reading.left_behind({other.known.place: len(other.left) for other in where.elsewhere}, rules, window),
            *reading.forgotten(own, rules, window, known=desk.journal.knows(owner)),
            *reading.unmatched(ahead, others.events, window, rules),
            *asked.findings,
            *placed.findings,
        ),
    )
    outcome = replace(
        outcome,
        open=placed.open,
        bookable_slots=placed.bookable_slots,
        kept_by_hand=edits.told(by_hand, asked.keys, diary),
        state=_state(diary, own),
        owner=owner,
    )
    first = not own and not desk.journal.knows(owner)
    return Draft(
        outcome=outcome,
        diary=diary,
        standing=by_hand.standing,
        owner=owner,
        calendar=target,
        own=own,
        where=where,
        deleted=by_hand.deleted,
        ahead=shown,
        refusal=refusal or departed.written_by_another_file(practice, rules, where.at, desk.journal),
        first=first,
        here=changes,
        brought=brought,
        idle=by_hand.idle,
    )


def window_for(rules: Rules, now: datetime, start: datetime | None = None, end: datetime | None = None) -> Interval:
    """What is planned: from `now` (or a later `start`) to the midnight at which the horizon ends (or `end`)."""
    first = max(now, start) if start is not None else now
    horizon = midnight(local_date(now, rules.timezone) + timedelta(days=max(1, rules.horizon.days)), rules.timezone)
    last = horizon if end is None else end
    if last <= first:
        raise CalendarError("nothing to plan: the window ends before it begins; look at --from, --to and --now")
    return Interval(first, last)


def _remember(practice: Practice, rules: Rules, draft: Draft, desk: Desk) -> None:
    """Note what this reading has seen, what is gone by hand, and which calendars need no more looking after."""
    journal, where = desk.journal, draft.where
    for other in where.elsewhere:
        if other.was_at != other.known.at:
            journal.move_calendar(draft.owner, other.was_at, other.known.at)
    for before in where.before:
        journal.move_calendar(draft.owner, before, where.at)
    came = [(row.key, row.interval) for row in draft.brought.deleted] + draft.brought.idle(draft.idle)
    journal.note_all(draft.owner, where.at, came, "deleted")
    if journal.deleted_elsewhere(draft.owner, where.at):
        journal.bring_deleted(draft.owner, where.at)
    known = {row.key: row for row in journal.remembered(draft.owner, where.at)}
    new = [(k, o.interval) for k, o in draft.own.items() if known.get(k) != Remembered(k, o.interval, "seen")]
    journal.note_all(draft.owner, where.at, new, "seen")
    gone = [(k, known[k].interval) for k in draft.deleted if k in known]
    journal.note_all(draft.owner, where.at, gone, "deleted")
    journal.forget(draft.owner, where.at, _unfinished(draft, known.values()))
    group = ownership.owner_of(practice.id, "")
    since = min((desk.now, *(o.interval.start for o in draft.own.values())))
    file, earlier = departed.full_path(practice), draft.brought.earlier
    journal.remember_calendar(group, Place(draft.owner, rules.therapist, rules.write, file, where.at, since, earlier))
    for other in where.elsewhere:
        if not other.blocks and not other.staying:
            journal.abandon_calendar(draft.owner, other.known.at)
    journal.note_sessions(draft.owner, draft.ahead)
    oldest = reading.reading_span(window_for(rules, desk.now), rules).start  # a quota's key may be as old as its period
    journal.prune(draft.owner, min(desk.now - timedelta(days=60), oldest))


def _unfinished(draft: Draft, known: Iterable[Remembered]) -> list[str]:
    """Keys of writes that a killed run only meant to do, that nothing came of, and that nobody wants any more. One that
    is still wanted stays noted: the calendar may show it later."""
    wanted = {change.block.key for change in draft.outcome.writes}
    window = draft.outcome.window
    return [
        row.key
        for row in known
        if row.status == "intended"
        and row.key not in draft.own
        and row.key not in wanted
        and window.start <= row.interval.start < window.end
    ]


def _note_elsewhere(draft: Draft, key: str, desk: Desk) -> None:
    """Remember that a key's entry is somewhere outside what is read, or is not to be known for ours any more: unless
    the next reading finds it, the block is made under the next number."""
    now = draft.outcome.window.start
    desk.journal.note(draft.owner, draft.where.at, key, Interval(now - timedelta(minutes=1), now), "acknowledged")


def _far_away(draft: Draft, rules: Rules, desk: Desk) -> set[str]:
    """The keys of the blocks that a hand has moved beyond what is read, or made their own there. Asked only where one
    of them is in the way: a calendar that merely shows late what it took has it nowhere. Where a calendar cannot be
    read so far, none is known."""
    start = min(desk.now, draft.outcome.window.start)
    try:
        found = draft.calendar.read(Interval(start - whereabouts.FAR, start + whereabouts.FAR), rules.timezone).events
    except CalendarError:
        return set()
    tags = [tag for e in found if (tag := e.tag or e.former) is not None and e.became != "copy"]
    return {tag.key for tag in tags if tag.owner == draft.owner}


def _write(draft: Draft, desk: Desk, progress: Callable[[int], None]) -> int:
    """Write the plan, then remove what was left in other calendars; gives how many writes there were."""
    changes = [c for c in draft.here if c.action != "keep"]
    rules, prints = draft.outcome.rules, draft.brought.prints(draft.standing.pins)
    done = write_to(draft.calendar, draft.where.at, changes, draft.own, draft.owner, rules, desk, progress, prints)
    freed = draft.brought.idle(draft.idle & draft.brought.late)  # they stood here till now
    desk.journal.note_all(draft.owner, draft.where.at, freed, "deleted")
    for other in draft.where.elsewhere:
        gone = removals(other.blocks.values())
        done += write_to(other.calendar, other.known.at, gone, other.blocks, draft.owner, rules, desk, progress)
    return done


def write_to(
    calendar: Connector,
    at: str,
    changes: Sequence[Change],
    own: Mapping[str, plan.Own],
    owner: str,
    rules: Rules,
    desk: Desk,
    progress: Callable[[int], None],
    prints: Mapping[str, str] | None = None,
) -> int:
    """`apply.carry_out` with what a desk knows."""
    return apply.carry_out(
        changes,
        owner=owner,
        calendar=calendar,
        at=at,
        own=own,
        looks=rules.blocks,
        journal=desk.journal,
        log=desk.log,
        restore=edits.back_for(rules, desk.restore, desk.now),
        now=desk.now,
        progress=progress,
        prints=prints,
    )


def removals(blocks: Iterable[plan.Own]) -> list[Change]:
    """Own blocks as changes that take them away, in the order of time."""
    ordered = sorted(blocks, key=lambda o: (o.interval, o.key))
    return [Change(action="delete", block=plan.gone(o), was=o.interval) for o in ordered]


def _outcome(practice: Practice, diary: Diary, changes: tuple[Change, ...], findings: tuple[Finding, ...]) -> Outcome:
    zone = diary.rules.timezone
    shown = Interval(
        diary.canvas.start, max(diary.window.end, whole_day(local_date(diary.window.end - DAY / 2, zone), zone).end)
    )
    near = reading.weeks_around(diary.window, diary.rules)
    by_day, by_week = limits.loads(diary, "per_day"), limits.loads(diary, "per_week")
    return Outcome(
        practice=practice.name,
        rules=diary.rules,
        window=diary.window,
        sessions=tuple(s for s in diary.sessions if s.interval.overlaps(shown)),
        busy=tuple(i for i in diary.busy if i.overlaps(shown)),
        working=tuple(intersect(diary.working, [shown])),
        days_off={d: why for d, why in diary.days_off.items() if whole_day(d, zone).overlaps(near)},
        changes=changes,
        findings=tuple(sorted(findings, key=lambda f: (f.interval, f.rule, f.code, f.message))),
        day_load={d: load for d, load in by_day.items() if load != Load()},
        week_load=dict(by_week),
    )


def _state(diary: Diary, own: Mapping[str, plan.Own]) -> str:
    """A digest of what the plan was made from: sessions, busy time, working time and own blocks, no titles."""
    parts = [repr((s.id, s.interval, s.kind)) for s in diary.sessions]
    parts += [repr(i) for i in (*diary.busy, *diary.working)]
    parts += [repr((name, some)) for name, some in sorted(diary.done.items())]
    parts += [repr((k, o.interval, o.tag.fingerprint)) for k, o in sorted(own.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
