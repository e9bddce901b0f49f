"""What the commands that write do once their options are read: sync, apply, undo and clear. Each shows what it is about
to do and asks, where somebody is there and --yes was not said; nobody else waits meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scheduler import commands, console
from scheduler.commands import DONE, FAILED, REFUSED

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rules.practice import Practice
    from rules.timeline import Interval
    from scheduler.ask import Moment
    from scheduler.journal import Run
    from scheduler.plan import Counts
    from scheduler.runs import Synced
    from scheduler.undoing import Back

SHOWN = 20
"""So many blocks are named one by one before something is taken back."""
OTHER_LOOKS = (
    "`blocks` in the rule file (title, private, discreet) is not what the plan was made with; nothing was written; "
    "make a new one with `session-breaks preview --output FILE.json`"
)


def sync(
    paths: Sequence[Path],
    state: Path,
    now: Moment | None,
    *,
    dry_run: bool = False,
    yes: bool = False,
    exit_code: bool = False,
    talk: bool = False,
    demo: bool = False,
    **common: Any,
) -> int:
    """Write every therapist's plan, or with `dry_run` only say what would be written. Asks first where somebody is
    there; `talk`: say also what went well; `demo`: there will be nothing to take back."""
    from scheduler import runs
    from scheduler.doctor import at_night

    practices, problems = commands.started(paths, common.get("therapist"))
    with console.Progress("reading" if dry_run else "writing") as progress:
        asked = _confirm(progress) if not yes and not dry_run and console.somebody_there() else None
        ask = commands.asking(practices, state, now=now, yes=yes, confirm=asked, progress=progress.tell, **common)
        for line in runs.changed_ids(practices, ask):
            progress.hide()
            console.error(f"session-breaks: {line}")
        done = runs.rehearse(practices, ask) if dry_run else runs.sync(practices, ask)
    done.results.extend(done.uncleared)
    _say(replace(done, runs=[]) if demo else done, dry_run=dry_run, talk=talk)
    lost = commands.not_found(ask, done.results)
    for line in at_night(practices, state, ask.now, ask.therapist):
        console.error(f"session-breaks: {line}")  # while it still works: in the week to come it will not
    return commands.code_of(done.results, problems, exit_code) or (FAILED if lost else DONE)


def apply(
    path: Path,
    files: Sequence[Path],
    state: Path,
    *,
    yes: bool = False,
    exit_code: bool = False,
    talk: bool = False,
    **common: Any,
) -> int:
    """Write a plan that was saved, if what would be changed is still what it says."""
    from scheduler import planfile, rulefile, runs
    from scheduler.ask import Ask
    from scheduler.edits import Asked
    from scheduler.outcome import Failure

    def id_of(file: Path) -> str | None:
        from rules.problems import RuleFileError

        try:
            return planfile.source_id(rulefile.load(file))
        except RuleFileError:
            return None

    try:
        saved = planfile.load(path)
        paths = list(files) or planfile.rule_files(saved, commands.practices_folder(), id_of)
        practices, problems = commands.started(paths, None)
        plans = planfile.plans_for(saved, practices)
        otherwise = planfile.looks_changed(saved, practices)
    except planfile.PlanFileError as error:
        console.stop(str(error))
    refused = [Failure(one.practice, one.therapist, "changed", OTHER_LOOKS) for one in otherwise]
    plans = {owner: changes for owner, changes in plans.items() if owner not in {one.owner for one in otherwise}}
    with console.Progress("writing") as progress:
        ask = Ask(
            now=saved.now,
            clock=saved.clock(datetime.now(UTC)),
            state=state,
            only=frozenset(plans),
            start=saved.start,
            end=saved.end,
            restore=Asked(saved.restore),
            yes=yes,
            confirm=_confirm(progress) if not yes and console.somebody_there() else None,
            progress=progress.tell,
            **common,
        )
        done = runs.sync(
            [p for p in practices if any(ask.wants(p, name) for name in p.therapists)], ask, plans, "apply"
        )
    done.results.extend(refused)
    if not plans and not refused:
        console.error("session-breaks: there is nothing in this plan to be applied")
    _say(done, dry_run=False, talk=talk)
    paused = [r for r in done.results if isinstance(r, Failure) and r.kind == "paused"]
    for one in paused:
        console.error(f"session-breaks: {one.practice} / {one.therapist}: {one.message}")
    return commands.code_of(done.results, problems, exit_code) or (REFUSED if paused else DONE)


def undo(
    number: int | None, paths: Sequence[Path], state: Path, now: Moment | None, *, yes: bool = False, **common: Any
) -> int:
    """Take a run back (the last one that wrote), after showing what that changes and asking."""
    from scheduler import undoing
    from scheduler.ask import open_journal

    practices, problems = commands.started(paths, common.get("therapist"))
    ask = commands.asking(practices, state, now=now, **common)
    journal = open_journal(state)
    try:
        if number is None:
            found = undoing.last_run(journal, practices)
        else:
            found = undoing.run_numbered(journal, practices, number)
            if found is None:
                console.stop(
                    f"no run {number} of these rule files is known; session-breaks undo --list shows those that are"
                )
        if found is None:
            console.echo("Nothing to take back: no run is known that wrote anything.")
            return FAILED if problems else DONE
        practice, run = found
        earlier = undoing.cut_off(practice, run, ask, journal) if number is None else None
        if earlier is not None:
            console.echo(
                f"Run {run.id}, the undo of run {earlier.id}, was cut off: this goes on with it. To take it back "
                f"instead, say its number: undo {run.id}"
            )
            run = earlier
        backs, failures = undoing.look(practice, run, ask, journal)
        console.echo(f"{_run_in_words(practice, run)}:")
        for back in backs:
            _show(practice, back)
        if not any(back.changes for back in backs):
            console.echo("Nothing to take back.")
        elif not yes and not console.somebody_there():
            commands.say_errors(failures)
            console.error("session-breaks: nothing was taken back; say --yes to do it")
            return REFUSED
        elif yes or console.ask("Take it back?", default=False):
            count, log, more = undoing.take_back(practice, run, ask, journal, backs)
            failures += more
            mine = f" (run {log.run.id})" if log.run is not None else ""
            console.echo(f"Took back {commands.blocks_in_words(count)}{mine}.")
            names = ", ".join(dict.fromkeys(back.therapist for back in backs if back.changes))
            if run.undoes is None:
                console.echo(
                    f"The next sync plans again by the rules: change them first, or write `paused: yes` under {names}."
                )
            else:
                console.echo(f"What run {run.undoes} did is done again, as far as nothing was changed since.")
        else:
            commands.say_errors(failures)
            console.error("session-breaks: nothing was taken back, as you said")
            return REFUSED
    finally:
        journal.close()
    commands.say_errors(failures)
    return FAILED if failures or problems else DONE


def list_runs(paths: Sequence[Path], state: Path, therapist: str | None = None) -> int:
    """Say which runs can be taken back, and for whom they wrote."""
    from scheduler import undoing
    from scheduler.ask import open_journal

    practices, problems = commands.started(paths, therapist)
    journal = open_journal(state)
    try:
        known = undoing.runs(journal, practices, therapist)
    finally:
        journal.close()
    for practice, run, counts in known:
        said = ", ".join(f"{name} {commands.blocks_in_words(count)}" for name, count in counts.items())
        console.echo(f"{_run_in_words(practice, run)}: {said}")
    if not known:
        console.echo("No run is known that wrote anything.")
    return FAILED if problems else DONE


def clear(
    paths: Sequence[Path],
    state: Path,
    now: Moment | None,
    *,
    yes: bool = False,
    everything: bool = False,
    **common: Any,
) -> int:
    """Remove own blocks and nothing else, after showing how many and asking."""
    from scheduler import clearing
    from scheduler.ask import open_journal

    practices, problems = commands.started(paths, common.get("therapist"))
    ask = commands.asking(practices, state, now=now, **common)
    journal = open_journal(state)
    try:
        found, failures = clearing.look(practices, ask, journal, everything=everything)
        for one in found:
            console.echo(f"{one.therapist}: {commands.blocks_in_words(one.blocks)} in {one.place}")
        if not any(one.blocks for one in found):
            console.echo("Nothing to remove.")
        elif not yes and not console.somebody_there():
            commands.say_errors(failures)
            console.error("session-breaks: nothing was removed; say --yes to remove them")
            return REFUSED
        elif yes or console.ask("Remove them?", default=False):
            removed, more = clearing.remove(practices, ask, journal, found, everything=everything)
            failures += more
            console.echo(f"Removed {commands.blocks_in_words(removed)}.")
        else:
            commands.say_errors(failures)
            console.error("session-breaks: nothing was removed, as you said")
            return REFUSED
    finally:
        journal.close()
    commands.say_errors(failures)
    return FAILED if failures or problems else DONE


def forget(
    place: str, paths: Sequence[Path], state: Path, now: Moment | None, *, yes: bool = False, **common: Any
) -> int:
    """Let go of a calendar that is gone for good, so that no run looks for blocks in it any more. Touches no
    calendar."""
    from scheduler import clearing
    from scheduler.ask import open_journal

    practices, problems = commands.started(paths, common.get("therapist"))
    ask = commands.asking(practices, state, now=now, **common)
    journal = open_journal(state)
    try:
        found = clearing.forget(practices, ask, journal, place)
        if not found:
            names = [n for n in clearing.known_names(practices, journal) if clearing.forget(practices, ask, journal, n)]
            others = ", ".join(names) if names else "nothing else"
            there = f"; known besides what is written to now: {others}"
            console.stop(f"no earlier calendar is known as {place}, so there is nothing to forget{there}")
        for one in found:
            console.echo(f"{one.therapist}: blocks that still stand in what was {one.place} are left where they are")
        if not (yes or (console.somebody_there() and console.ask("Forget it?", default=False))):
            console.error("session-breaks: nothing was forgotten; say --yes to forget it")
            return REFUSED
        for one in found:
            journal.forget_calendar(one.owner, one.at)
        console.echo(f"Forgot {place}.")
    finally:
        journal.close()
    return FAILED if problems else DONE


def _confirm(progress: console.Progress) -> Callable[[str, Counts, bool, bool], bool]:
    """Asks whether to write. Only where that removes nothing, and is not the first time, an empty answer means yes."""

    def confirm(therapist: str, counts: Counts, again: bool, first: bool) -> bool:
        progress.hide()
        if again:
            console.echo("The calendar changed meanwhile, and what is to be written with it. Now it is:")
        console.echo(f"{therapist}: {counts.create} new, {counts.update} moved, {counts.delete} removed")
        return console.ask("Write this to the calendar?", default=not first and not counts.delete)

    return confirm


def _say(done: Synced, *, dry_run: bool, talk: bool) -> None:
    from scheduler.show import sync_view

    if talk or dry_run:
        said = sync_view.summary(
            done.results, None if dry_run else done.written, dry_run=dry_run, unicode=console.takes_unicode()
        )
        lines = commands.departed_in_words(done.departed, "would be removed" if dry_run else "removed")
        lines += [f"session-breaks undo {number} takes this back." for number in done.runs]
        if text := (said + "".join(f"{line}\n" for line in lines)).rstrip("\n"):
            console.echo(text)
    commands.say_errors(done.results)
    for line in commands.left_in_words(done.departed):  # also at night: it is said once
        console.error(f"session-breaks: {line}")
    if unread := sync_view.unread(done.results, unicode=console.takes_unicode(sys.stderr)):
        console.error(unread.rstrip("\n"))  # also at night: a session that is not seen has no break


def _run_in_words(practice: Practice, run: Run) -> str:
    from scheduler.show import words

    zone = next(iter(practice.therapists.values())).timezone
    when = run.made.astimezone(zone)
    what = run.kind if run.undoes is None else f"undo of run {run.undoes}"
    return f"Run {run.id} ({what}) of {words.day_words(when.date())} {when.year} {when:%H:%M}, {practice.name}"


def _show(practice: Practice, back: Back) -> None:
    from scheduler.show import words

    zone = (practice.therapists.get(back.therapist) or next(iter(practice.therapists.values()))).timezone
    counts = {
        what: sum(1 for c in back.changes if c.action == action)
        for action, what in (
            ("delete", "to be removed"),
            ("update", "to be moved back"),
            ("create", "to be made again"),
        )
    }
    said = [f"{count} {what}" for what, count in counts.items() if count] or ["nothing to be changed"]
    said += [f"{len(back.left)} left as they are"] if back.left else []
    console.echo(f"{back.therapist}: {', '.join(said)} in {back.place}")
    signs = {"delete": "-", "update": "~", "create": "+"}
    lines = [
        f"  {signs[c.action]} {words.day_and_times(c.block.interval, zone)} {c.block.name}"
        + (f", now {words.day_and_times(c.was, zone)}" if c.action == "update" and c.was is not None else "")
        for c in back.changes
    ]
    left = [f"  = {_when(o.block.interval, zone)} {o.block.name}: left, {o.why}" for o in back.left]
    for some in (lines, left):
        for line in some[:SHOWN]:
            console.echo(line)
        if len(some) > SHOWN:
            console.echo(f"  and {len(some) - SHOWN} more")


def _when(interval: Interval, zone: ZoneInfo) -> str:
    """Day and times; the day alone of what is all-day (empty time at midnight UTC)."""
    from scheduler.show import words

    all_day = interval.start == interval.end
    return words.day_words(interval.start.date()) if all_day else words.day_and_times(interval, zone)
