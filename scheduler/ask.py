"""What a command was asked for, and the way through every rule file and therapist, each on its own, so that one that
fails never stops the others."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeVar

from connectors import ownership
from connectors.base import CalendarError
from connectors.deadline import Waits
from connectors.private import close_to_others, private_folder
from rules.practice import Practice, Rules
from rules.problems import TooSlowError
from rules.timeline import Interval, instant
from scheduler import night, plan
from scheduler.edits import Asked
from scheduler.journal import Journal
from scheduler.outcome import Failure

WORKERS = 4
JOURNAL = "journal.sqlite3"
Moment = datetime | date
Done = TypeVar("Done")


def _silent(_who: str, _done: int, _of: int) -> None:
    """The progress that nobody looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a command was asked for. `start`, `end`: --from and --to, in each therapist's zone where they have none.
    `only`: the owners to work for, None for all. `restore`: which blocks are put back whatever a hand did to them.
    `confirm`: asks whether to write (therapist, how many changes, whether it is asked again because the calendar
    changed, whether nothing was ever written); None where nobody can be asked. `clock`: the time that it has got
    to be since a saved plan was made (at `now`), None where that is no matter. `waits`: the run's patience
    with servers."""

    now: datetime
    state: Path
    therapist: str | None = None
    only: frozenset[str] | None = None
    start: Moment | None = None
    end: Moment | None = None
    force: bool = False
    yes: bool = False
    debug: bool = False
    confirm: Callable[[str, plan.Counts, bool, bool], bool] | None = None
    restore: Asked = field(default_factory=Asked)
    clock: datetime | None = None
    progress: Callable[[str, int, int], None] = _silent
    waits: Waits = field(default_factory=Waits)

    def wants(self, practice: Practice, therapist: str) -> bool:
        """Whether a therapist is to be worked for."""
        named = self.therapist in (None, therapist)
        return named and (self.only is None or ownership.owner_of(practice.id, therapist) in self.only)


def open_journal(state: Path) -> Journal:
    """The journal in a state folder, made with it. Raises CalendarError."""
    try:
        private_folder(state)
        for below in state.iterdir():
            close_to_others(below)
    except OSError as error:
        raise CalendarError(f"the state folder {state} cannot be made ({error.strerror}); check its rights") from None
    return Journal(state / JOURNAL)


def journal_to_read(state: Path) -> Journal:
    """The same for what writes nothing: a copy where the folder cannot be written to. Raises CalendarError."""
    from scheduler.journal_copy import JournalCopy, only_readable

    path = state / JOURNAL
    return JournalCopy(path) if only_readable(path) else open_journal(state)


def window_of(rules: Rules, ask: Ask) -> Interval:
    """The window for one therapist, whose zone says what a date or a time without offset means."""
    return night.window_for(rules, ask.now, moment_of(ask.start, rules), moment_of(ask.end, rules))


def instant_of(given: Moment, rules: Rules) -> datetime:
    """A point in time as written: a date is its midnight, a time without offset the therapist's wall clock."""
    if isinstance(given, datetime):
        return given if given.tzinfo is not None else instant(given.date(), given.time(), rules.timezone)
    return instant(given, time(0), rules.timezone)


def moment_of(given: Moment | None, rules: Rules) -> datetime | None:
    """The same of what may not have been given."""
    return None if given is None else instant_of(given, rules)


def each(practices: Sequence[Practice], ask: Ask, work: Callable[[Practice, Rules], Done]) -> list[Done | Failure]:
    """Do the work for every therapist, side by side where nobody is asked anything; results in the files' order."""
    jobs = [
        (practice, rules)
        for practice in practices
        for rules in practice.therapists.values()
        if ask.wants(practice, rules.therapist)
    ]

    def guarded(practice: Practice, rules: Rules) -> Done | Failure:
        if rules.paused:
            return Failure(
                practice.name, rules.therapist, "paused", "paused in the rule file: nothing is planned or changed"
            )
        return attempt(practice, rules.therapist, ask, lambda: work(practice, rules))

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


def attempt(practice: Practice, therapist: str, ask: Ask, work: Callable[[], Done]) -> Done | Failure:
    """What the work gives, or why it failed."""
    try:
        return work()
    except (CalendarError, TooSlowError) as error:
        return Failure(practice.name, therapist, "error", str(error))
    except Exception as error:  # a bug in one therapist's run must not stop the others
        return Failure(practice.name, therapist, "error", bug(error, ask.debug))


def bug(error: Exception, debug: bool) -> str:
    """An unforeseen error in words that quote nothing: its text could hold a title. With --debug, where it happened."""
    if debug:
        sys.stderr.write("".join(traceback.format_tb(error.__traceback__)))
    return (
        f"an unforeseen error ({type(error).__name__}); nothing more was changed; "
        "run with --debug and report where it happened"
    )
