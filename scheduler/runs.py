"""Many therapists: every rule file, every therapist, each on its own, so that one that fails never stops the others."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeVar

from connectors import ownership
from connectors.base import CalendarError
from connectors.private import close_to_others, private_folder
from rules import engine
from rules.practice import Practice, Rules
from rules.timeline import Interval, instant
from scheduler import explain as explanation
from scheduler import night, plan, whereabouts
from scheduler.desk import Desk, Uncleared, only_one
from scheduler.edits import Asked
from scheduler.journal import Journal, Place
from scheduler.outcome import Failure, Result
from scheduler.reasons import Explained
from scheduler.what_if import Scene

WORKERS = 4
Moment = datetime | date
Done = TypeVar("Done")


def _silent(_who: str, _done: int, _of: int) -> None:
    """The progress that nobody looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a command was asked for. `start`, `end`: --from and --to, in each therapist's zone where they have none.
    `restore`: which blocks are put back whatever a hand did to them.
    `confirm`: asks whether to write (therapist, how many changes); None where nobody can be asked."""

    now: datetime
    state: Path
    therapist: str | None = None
    start: Moment | None = None
    end: Moment | None = None
    force: bool = False
    yes: bool = False
    debug: bool = False
    confirm: Callable[[str, plan.Counts], bool] | None = None
    restore: Asked = field(default_factory=Asked)
    progress: Callable[[str, int, int], None] = _silent


def preview(practices: Sequence[Practice], ask: Ask) -> list[Result]:
    """Plan for every therapist; writes nothing, neither to a calendar nor to the journal."""
    journal = open_journal(ask.state)

    def one(practice: Practice, rules: Rules) -> Result:
        with Desk(practice, ask.state, journal, ask.now) as desk:
            desk.restore = ask.restore
            draft = night.draft_for(practice, rules, window_of(rules, ask), desk)
        if draft.refusal is not None and not ask.force:
            return Failure(practice.name, rules.therapist, "brake", draft.refusal, draft.outcome)
        return draft.outcome

    try:
        return _each(practices, ask, one)
    finally:
        journal.close()


def explain(practices: Sequence[Practice], ask: Ask, what: Moment | str) -> list[Explained | Failure]:
    """Answer for every therapist why a moment, everything on a date, or the block with a key is as it is. Writes
    nothing."""
    journal = open_journal(ask.state)

    def one(practice: Practice, rules: Rules) -> Explained:
        with Desk(practice, ask.state, journal, ask.now) as desk:
            draft = night.draft_for(practice, rules, window_of(rules, ask), desk)
        scene = Scene(
            outcome=draft.outcome,
            diary=draft.diary,
            standing=draft.standing,
            demand=engine.demand(draft.diary),
        )
        refusal = "" if draft.refusal is None or ask.force else draft.refusal
        return explanation.explain(scene, what if isinstance(what, str) else _asked(what, rules), refusal)

    try:
        return _each(practices, ask, one)
    finally:
        journal.close()


def _asked(what: Moment, rules: Rules) -> Moment:
    """A date as it is, a time as an instant."""
    return instant_of(what, rules) if isinstance(what, datetime) else what


@dataclass(frozen=True, slots=True)
class Cleared:
    """What `clear` found in one calendar: how many own blocks would go, or went."""

    practice: str
    therapist: str
    place: str
    blocks: int


@dataclass(frozen=True, slots=True)
class Synced:
    """What came of a sync: a result for each therapist (and a failure for each thing more that went wrong), how many
    writes each took by (practice, therapist), and what was cleared after therapists who left."""

    results: list[Result]
    written: dict[tuple[str, str], int]
    departed: list[Cleared]


def sync(practices: Sequence[Practice], ask: Ask) -> Synced:
    """Write every therapist's plan. One run at a time writes to a practice. Therapists whose practice left them out of
    its file have their blocks cleared."""
    journal = open_journal(ask.state)
    written: dict[tuple[str, str], int] = {}
    results: list[Result] = []
    departed: list[Cleared] = []

    def one(practice: Practice, rules: Rules) -> Result:
        key = (practice.name, rules.therapist)
        planned = 0

        def allow(draft: night.Draft) -> Failure | None:
            nonlocal planned
            planned = len(draft.outcome.writes)
            return _allowed(practice, rules, draft, ask)

        def progress(count: int) -> None:
            written[key] = written.get(key, 0) + count
            ask.progress(rules.therapist, written[key], max(planned, written[key]))

        written[key] = 0
        agreed = ask.yes or ask.confirm is not None
        with Desk(practice, ask.state, journal, ask.now) as desk:
            desk.restore = ask.restore
            done = night.run_once(
                practice, rules, window_of(rules, ask), desk, allow=allow, progress=progress, agreed=agreed
            )
            results.extend(
                Failure(practice.name, rules.therapist, "error", why) for why in map(str, desk.uncleared.values())
            )
        return done if isinstance(done, Failure) else done[0]

    try:
        for practice in practices:
            try:
                with only_one(practice, ask.state):
                    results += _each([practice], ask, one)
                    if ask.therapist is None:
                        gone, failures = _farewell(practice, ask, journal, write=True)
                        departed += gone
                        results += failures
            except CalendarError as error:
                names = [name for name in practice.therapists if ask.therapist in (None, name)]
                results += [Failure(practice.name, name, "error", str(error)) for name in names]
    finally:
        journal.close()
    return Synced(results, written, departed)


def rehearse(practices: Sequence[Practice], ask: Ask) -> Synced:
    """What `sync` would do; writes nothing."""
    results = preview(practices, ask)
    departed: list[Cleared] = []
    journal = open_journal(ask.state)
    try:
        for practice in practices if ask.therapist is None else ():
            gone, failures = _farewell(practice, ask, journal, write=False)
            departed += gone
            results += failures
    finally:
        journal.close()
    return Synced(results, {}, departed)


def clear(practices: Sequence[Practice], ask: Ask, *, write: bool) -> tuple[list[Cleared], list[Failure]]:
    """Remove every own block from `now` on, in every calendar ever written to; with `write` False only count them.

    --from and --to narrow it. What is removed here is not taken for deleted by hand later.
    """
    journal = open_journal(ask.state)
    found: list[Cleared] = []
    failures: list[Failure] = []
    try:
        for practice in practices:
            for rules in practice.therapists.values():
                if ask.therapist not in (None, rules.therapist):
                    continue
                try:
                    with only_one(practice, ask.state), Desk(practice, ask.state, journal, ask.now) as desk:
                        found += _clear_one(practice, rules, ask, desk, write)
                except CalendarError as error:
                    failures.append(Failure(practice.name, rules.therapist, "error", str(error)))
                except Exception as error:  # a bug in one therapist's run must not stop the others
                    failures.append(Failure(practice.name, rules.therapist, "error", bug(error, ask.debug)))
            if ask.therapist is None:
                gone, more = _farewell(practice, replace(ask, confirm=None), journal, write=write)
                found += gone
                failures += more
    finally:
        journal.close()
    return found, failures


def open_journal(state: Path) -> Journal:
    """The journal in a state folder, made with it. Raises CalendarError."""
    try:
        private_folder(state)
        for below in state.iterdir():
            close_to_others(below)
    except OSError as error:
        raise CalendarError(f"the state folder {state} cannot be made ({error.strerror}); check its rights") from None
    return Journal(state / "journal.sqlite3")


def window_of(rules: Rules, ask: Ask) -> Interval:
    """The window for one therapist, whose zone says what a date or a time without offset means."""
    return night.window_for(rules, ask.now, _moment(ask.start, rules), _moment(ask.end, rules))


def instant_of(given: Moment, rules: Rules) -> datetime:
    """A point in time as written: a date is its midnight, a time without offset the therapist's wall clock."""
    if isinstance(given, datetime):
        return given if given.tzinfo is not None else instant(given.date(), given.time(), rules.timezone)
    return instant(given, time(0), rules.timezone)


def _moment(given: Moment | None, rules: Rules) -> datetime | None:
    return None if given is None else instant_of(given, rules)


def _each(practices: Sequence[Practice], ask: Ask, work: Callable[[Practice, Rules], Done]) -> list[Done | Failure]:
    """Do the work for every therapist, side by side where nobody is asked anything; results in the files' order."""
    jobs = [
        (practice, rules)
        for practice in practices
        for rules in practice.therapists.values()
        if ask.therapist in (None, rules.therapist)
    ]

    def guarded(practice: Practice, rules: Rules) -> Done | Failure:
        if rules.paused:
            return Failure(
                practice.name, rules.therapist, "paused", "paused in the rule file: nothing is planned or changed"
            )
        try:
            return work(practice, rules)
        except CalendarError as error:
            return Failure(practice.name, rules.therapist, "error", str(error))
        except Exception as error:  # a bug in one therapist's run must not stop the others
            return Failure(practice.name, rules.therapist, "error", bug(error, ask.debug))

    # Therapists who give way to each other's blocks are planned one after the other: each sees what the last one wrote.
    if len(jobs) < 2 or ask.confirm is not None or any(rules.respect_others for _, rules in jobs):
        results = []
        for practice, rules in jobs:
            ask.progress(rules.therapist, 0, 0)
            results.append(guarded(practice, rules))
        return results
    pool: Executor
    with ThreadPoolExecutor(WORKERS) as pool:
        ask.progress(jobs[0][1].therapist, 0, len(jobs))
        waiting: list[Future[Done | Failure]] = [pool.submit(guarded, *job) for job in jobs]
        for done, _ in enumerate(as_completed(waiting), 1):
            ask.progress("therapists", done, len(jobs))
        return [future.result() for future in waiting]


def bug(error: Exception, debug: bool) -> str:
    """An unforeseen error in words that quote nothing: its text could hold a title. With --debug, where it happened."""
    if debug:
        sys.stderr.write("".join(traceback.format_tb(error.__traceback__)))
    return (
        f"an unforeseen error ({type(error).__name__}); nothing more was changed; "
        "run with --debug and report where it happened"
    )


def _allowed(practice: Practice, rules: Rules, draft: night.Draft, ask: Ask) -> Failure | None:
    def refuse(why: str) -> Failure:
        return Failure(practice.name, rules.therapist, "brake", why, draft.outcome)

    if draft.refusal is not None and not ask.force:
        return refuse(draft.refusal)
    if not draft.outcome.writes or ask.yes:
        return None
    if ask.confirm is not None:
        agreed = ask.confirm(rules.therapist, plan.count(draft.outcome.changes))
        return None if agreed else refuse("nothing was written, as you said")
    if draft.first:
        return refuse(
            "this is the first run; look at `session-breaks preview`, then run `session-breaks sync --yes` once"
        )
    return None


def _farewell(practice: Practice, ask: Ask, journal: Journal, *, write: bool) -> tuple[list[Cleared], list[Failure]]:
    """Clear the blocks of therapists who no longer stand in this rule file, or only count them."""
    here = {ownership.owner_of(practice.id, name) for name in practice.therapists}
    cleared: list[Cleared] = []
    failures: list[Failure] = []
    span = Interval(ask.now, ask.now + whereabouts.FAR)
    for known in journal.places(ownership.owner_of(practice.id, "")):
        if known.owner in here or known.source != night.full_path(practice):
            continue
        try:
            with Desk(practice, ask.state, journal, ask.now) as desk:
                blocks = _clear_place(desk, known, span, write=False)
                if write and (
                    not blocks or ask.confirm is None or ask.confirm(known.therapist, plan.Counts(0, 0, blocks))
                ):
                    if blocks:
                        blocks = _clear_place(desk, known, span, write=True)
                    journal.abandon_calendar(known.owner, known.at)
                elif write:
                    blocks = 0
            cleared.append(Cleared(practice.name, known.therapist, known.place, blocks))
        except CalendarError as error:
            why = f"no longer in the rule file: {Uncleared(known.place, str(error))}"
            failures.append(Failure(practice.name, known.therapist, "error", why))
        except Exception as error:  # a bug in one therapist's run must not stop the others
            failures.append(Failure(practice.name, known.therapist, "error", bug(error, ask.debug)))
    return cleared, failures


def _clear_one(practice: Practice, rules: Rules, ask: Ask, desk: Desk, write: bool) -> list[Cleared]:
    owner = ownership.owner_of(practice.id, rules.therapist)
    known = [p for p in desk.journal.places(ownership.owner_of(practice.id, "")) if p.owner == owner]
    here = Place(owner, rules.therapist, rules.write, night.full_path(practice), desk.at(rules.write))
    start = _moment(ask.start, rules) or ask.now
    span = Interval(max(start, ask.now), _moment(ask.end, rules) or ask.now + whereabouts.FAR)
    found: dict[str, Cleared] = {}
    for place in (here, *known):
        name = whereabouts.name_of(place, rules, desk)
        if desk.at(name) not in found:
            blocks = _clear_place(desk, place, span, write=write)
            found[desk.at(name)] = Cleared(practice.name, rules.therapist, place.place, blocks)
    return list(found.values())


def _clear_place(desk: Desk, place: Place, span: Interval, *, write: bool) -> int:
    """Own blocks that start within the span, removed from one calendar; gives how many."""
    rules = desk.practice.therapists.get(place.therapist) or next(iter(desk.practice.therapists.values()))
    calendar = desk.calendar(whereabouts.name_of(place, rules, desk))
    if not calendar.writable:
        raise CalendarError(
            f"{place.place}: it can only be read now; let it be written to until its blocks are cleared"
        )
    blocks = plan.own_blocks(calendar.read(span, rules.timezone).events, place.owner)
    going = {key: o for key, o in blocks.items() if span.start <= o.interval.start < span.end}
    if write:
        gone = night.removals(going.values())
        night.write_to(calendar, place.at, gone, going, place.owner, rules, desk, lambda _: None)
    return len(going)
