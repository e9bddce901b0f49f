"""Many therapists: every rule file, every therapist, each on its own, so that one that fails never stops the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from connectors import ownership
from connectors.base import CalendarError
from rules import engine
from rules.demand import Change
from rules.practice import Practice, Rules
from scheduler import brakes, clearing, departed, night
from scheduler.ask import Ask as Ask
from scheduler.ask import Moment as Moment
from scheduler.ask import bug as bug
from scheduler.ask import each, instant_of, journal_to_read, window_of
from scheduler.ask import open_journal as open_journal
from scheduler.clearing import Cleared
from scheduler.consent import CHANGED, Consent
from scheduler.desk import Desk, only_one
from scheduler.journal import Journal, Kind
from scheduler.outcome import Failure, Result
from scheduler.runlog import RunLog

if TYPE_CHECKING:
    from scheduler.reasons import Explained


def preview(practices: Sequence[Practice], ask: Ask, uncleared: list[Result] | None = None) -> list[Result]:
    """Plan for every therapist; writes nothing, neither to a calendar nor to the journal. `uncleared` gets a failure
    for each earlier calendar that a sync could not clear; it stands in the findings too."""
    journal = journal_to_read(ask.state)

    def one(practice: Practice, rules: Rules) -> Result:
        with Desk(practice, ask.state, journal, ask.now, waits=ask.waits) as desk:
            desk.restore = ask.restore
            draft = night.draft_for(practice, rules, window_of(rules, ask), desk)
            if uncleared is not None:
                uncleared.extend(_not_cleared(practice, rules, desk))
        if draft.refusal is not None and not ask.force:
            return Failure(practice.name, rules.therapist, "brake", brakes.as_seen(draft.refusal), draft.outcome)
        return draft.outcome

    try:
        return each(practices, ask, one)
    finally:
        journal.close()


def explain(practices: Sequence[Practice], ask: Ask, what: Moment | str) -> list[Explained | Failure]:
    """Answer for every therapist why a moment, everything on a date, or the block with a key is as it is. Writes
    nothing."""
    from scheduler import explain as explanation
    from scheduler.what_if import Scene

    journal = journal_to_read(ask.state)

    def one(practice: Practice, rules: Rules) -> Explained:
        with Desk(practice, ask.state, journal, ask.now, waits=ask.waits) as desk:
            draft = night.draft_for(practice, rules, window_of(rules, ask), desk)
        scene = Scene(
            outcome=draft.outcome,
            diary=draft.diary,
            standing=draft.standing,
            demand=engine.demand(draft.diary),
        )
        refusal = "" if draft.refusal is None or ask.force else brakes.as_seen(draft.refusal)
        return explanation.explain(scene, what if isinstance(what, str) else _asked(what, rules), refusal)

    try:
        return each(practices, ask, one)
    finally:
        journal.close()


def _asked(what: Moment, rules: Rules) -> Moment:
    """A date as it is, a time as an instant."""
    return instant_of(what, rules) if isinstance(what, datetime) else what


@dataclass(frozen=True, slots=True)
class Synced:
    """What came of a sync: a result for each therapist (and a failure for each thing more that went wrong), how many
    writes each took by (practice, therapist), what was cleared after therapists who left, and the numbers of the runs
    that wrote. `uncleared`: of a rehearsal, what could not be cleared, though it is planned for."""

    results: list[Result]
    written: dict[tuple[str, str], int] = field(default_factory=dict)
    departed: list[Cleared] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    uncleared: list[Result] = field(default_factory=list)


def sync(
    practices: Sequence[Practice], ask: Ask, plans: Mapping[str, Sequence[Change]] | None = None, kind: Kind = "sync"
) -> Synced:
    """Write every therapist's plan. One run at a time writes to a practice; nobody else waits while somebody is asked.
    Therapists whose practice left them out of its file have their blocks cleared.

    `plans`: by owner, the changes of a saved plan: nothing else is written then."""
    journal = open_journal(ask.state)
    done = Synced([])
    try:
        for practice in practices:
            log = RunLog(journal, practice.id, ask.now, kind)
            try:
                with _alone(practice, ask, waits=ask.confirm is None):
                    clearing.follow_file(practice, journal)
                    done.results.extend(_all(practice, ask, journal, log, plans, done))
                    if ask.therapist is None and plans is None:
                        gone, failures = clearing.farewell(practice, ask, journal, log)
                        done.departed.extend(gone)
                        done.results.extend(failures)
            except CalendarError as error:
                names = [name for name in practice.therapists if ask.wants(practice, name)]
                done.results.extend(Failure(practice.name, name, "error", str(error)) for name in names)
            if log.run is not None:
                done.runs.append(log.run.id)
    finally:
        journal.close()
    return done


def _all(
    practice: Practice,
    ask: Ask,
    journal: Journal,
    log: RunLog,
    plans: Mapping[str, Sequence[Change]] | None,
    done: Synced,
) -> list[Result]:
    more: list[Result] = []

    def one(practice: Practice, rules: Rules) -> Result:
        saved = None if plans is None else plans.get(clearing.owner_of(practice, rules.therapist), ())
        with Desk(practice, ask.state, journal, ask.now, log, waits=ask.waits) as desk:
            desk.restore = ask.restore
            result = _one(practice, rules, ask, desk, Consent(practice, rules, ask, saved), done.written)
            more.extend(_not_cleared(practice, rules, desk))
        return result

    results = each([practice], ask, one)
    return [*results, *more]


def _not_cleared(practice: Practice, rules: Rules, desk: Desk) -> list[Result]:
    """A failure for each calendar that was written to earlier and cannot be cleared now."""
    return [Failure(practice.name, rules.therapist, "error", str(why)) for why in desk.uncleared.values()]


def _one(
    practice: Practice,
    rules: Rules,
    ask: Ask,
    desk: Desk,
    consent: Consent,
    written: dict[tuple[str, str], int],
) -> Result:
    """Write one therapist's plan. Where somebody is there to be asked, they are shown a plan and asked while nothing is
    locked; what is written then is that plan, or they are asked again."""
    key = (practice.name, rules.therapist)
    written[key] = 0
    planned = 0

    def allow(draft: night.Draft) -> Failure | None:
        nonlocal planned
        planned = max(planned, len(draft.outcome.writes))
        return consent.allow(draft)

    def progress(count: int) -> None:
        written[key] += count
        consent.wrote = True
        ask.progress(rules.therapist, written[key], max(planned, written[key]))

    window = window_of(rules, ask)
    attended = ask.confirm is not None
    while True:
        if attended:
            refused = consent.asked(night.draft_for(practice, rules, window, desk))
            if refused is not None:
                return refused
        with _alone(practice, ask, waits=attended):
            done = night.run_once(practice, rules, window, desk, allow=allow, progress=progress, agreed=consent.given)
        if not isinstance(done, Failure):
            return done[0]
        if not (attended and done.kind == CHANGED):
            return done


def _alone(practice: Practice, ask: Ask, *, waits: bool) -> AbstractContextManager[None]:
    """The practice's lock, where it is to be held here."""
    return only_one(practice, ask.state) if waits else nullcontext()


def changed_ids(practices: Sequence[Practice], ask: Ask) -> list[str]:
    """A sentence for each rule file whose `id` was changed while blocks stand ahead that it wrote with the old one:
    those are no longer known for ours, and every block is made a second time."""
    said = []
    try:
        journal = journal_to_read(ask.state)
        try:
            for practice in practices:
                group = ownership.owner_of(practice.id, "")
                stand = journal.of_other_ids(group, departed.full_path(practice), ask.now)
                if names := dict.fromkeys(p.place for p in stand if p.therapist in practice.therapists):
                    said.append(
                        f"{practice.source}: the `id` in this file was changed; blocks of the old one stand in "
                        f"{', '.join(names)}, and are made a second time: put the old id back, or run "
                        "`session-breaks clear` with it once"
                    )
        finally:
            journal.close()
    except CalendarError:  # a journal that cannot be read is told by the run itself
        return []
    return said


def rehearse(practices: Sequence[Practice], ask: Ask) -> Synced:
    """What `sync` would do; writes nothing."""
    done = Synced([])
    done.results.extend(preview(practices, ask, done.uncleared))
    journal = journal_to_read(ask.state)
    try:
        for practice in practices if ask.therapist is None else ():
            gone, failures = clearing.who_left(practice, ask, journal)
            fresh = () if ask.yes else tuple(departed.never_written(practice, journal))
            done.departed.extend(replace(one, held=fresh) for one in gone)
            done.results.extend(failures)
    finally:
        journal.close()
    return done
