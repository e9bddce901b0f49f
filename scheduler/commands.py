"""What the commands do once their options are read: load rule files, run, show, and say how it ended.

The numbers are the exit codes of section 7 of the rule-file contract. What a command needs is imported when it runs:
`check` needs no calendar, and a practice of folders needs no network library.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scheduler import console

if TYPE_CHECKING:
    from rules.practice import Practice
    from scheduler.ask import Ask, Moment
    from scheduler.clearing import Cleared
    from scheduler.outcome import Result

DONE, FAILED, WRONG, REFUSED, FINDINGS = range(5)


def check(paths: Sequence[Path], explain: bool = False) -> int:
    """Say for each rule file that it is good, or every problem in it; and what is odd in the good ones. `explain`:
    also every value of the preset and the catalogue that it uses, with mark and source."""
    from scheduler import rulefile

    practices, problems = load(paths)
    for practice in practices:
        for warning in rulefile.warnings(practice):
            console.echo(warning)
        for line in rulefile.holidays(practice):
            console.echo(line)
        for line in rulefile.figures(practice) if explain else ():
            console.echo(line)
        console.echo(f"{practice.source}: good ({practice.name}: {', '.join(practice.therapists)})")
    for line in problems:
        console.error(line)
    return FAILED if problems else DONE


def preview(
    paths: Sequence[Path],
    state: Path,
    now: Moment | None,
    *,
    as_: str | None = None,
    output: Path | None = None,
    weeks: int | None = None,
    details: bool = False,
    exit_code: bool = False,
    **common: Any,
) -> int:
    """Show every therapist's plan, on the terminal or in a file. Writes to no calendar."""
    from scheduler import planfile, runs
    from scheduler.show import json_view, text_view

    if as_ is None:
        as_ = "json" if output is not None and output.suffix.lower() == ".json" else "text"
    practices, problems = started(paths, common.get("therapist"))
    with console.Progress("reading") as progress:
        ask = asking(practices, state, now=now, progress=progress.tell, **common)
        done = runs.rehearse(practices, ask)
    results = done.results
    if as_ == "json":
        departed = [
            {"practice": o.practice, "therapist": o.therapist, "blocks": o.blocks, "held": bool(o.held)}
            for o in done.departed
        ]
        text = json_view.render(results, ask.now, planfile.asked(practices, ask, now_given=now is not None), departed)
    elif output is not None:
        text = text_view.render(results, ask.now, width=100, colour=False, unicode=True, weeks=weeks, details=details)
    else:
        text = text_view.render(
            results,
            ask.now,
            width=console.width(),
            colour=console.colour(),
            unicode=console.takes_unicode(),
            weeks=weeks,
            details=details,
        )
    if as_ == "text":
        lines = [*departed_in_words(done.departed, "would be removed"), *left_in_words(done.departed)]
        text += "".join(f"\n{line}\n" for line in lines)
    if output is None:
        console.echo(text.rstrip("\n"))
    else:
        _write_private(output, text)
    if as_ == "json" or output is not None or not console.is_terminal():  # else it stands in what was just shown
        say_errors([*results, *done.uncleared])
    for line in runs.changed_ids(practices, ask):
        console.error(f"session-breaks: {line}")
    lost = not_found(ask, results)
    return code_of([*results, *done.uncleared], problems, exit_code) or (FAILED if lost else DONE)


def explain(
    paths: Sequence[Path], state: Path, now: Moment | None, asked: str, what: Moment | str, *, as_: str, **common: Any
) -> int:
    """Say why a moment, a date or the block with a key is as it is in the plan. Writes to no calendar.

    `asked`: as it was written. Stops with 2 where it is outside of everything that is planned."""
    from scheduler import runs
    from scheduler.outcome import Failure
    from scheduler.reasons import Explained
    from scheduler.show import explain_view

    practices, problems = started(paths, common.get("therapist"))
    with console.Progress("reading") as progress:
        ask = asking(practices, state, now=now, progress=progress.tell, **common)
        results = runs.explain(practices, ask, what)
    failures = [r for r in results if isinstance(r, Failure)]
    explained = [r for r in results if isinstance(r, Explained)]
    found = [r for r in explained if r.answers]
    say_errors(failures)
    failed = bool(problems) or any(f.kind == "error" for f in failures)
    if not found and not failed:
        console.stop(explain_view.nothing(explained, asked, is_key=isinstance(what, str)))
    if as_ == "json":
        console.echo(explain_view.as_json(results, asked, ask.now).rstrip("\n"))
    elif found:
        colour, unicode = console.colour(), console.takes_unicode()
        text = explain_view.render(results, width=console.width(), colour=colour, unicode=unicode)
        console.echo(text.rstrip("\n"))
    return FAILED if failed else DONE


def doctor(
    paths: Sequence[Path], state: Path, now: Moment | None, *, as_: str, therapist: str | None = None, **common: Any
) -> int:
    """Say of each account whether it can be used as the rule file says, and how to mend what cannot. Writes to no
    calendar."""
    from scheduler import doctor as doctors

    practices, problems = started(paths, therapist)
    with console.Progress("looking") as progress:
        ask = asking(practices, state, now=now, progress=progress.tell, therapist=therapist, **common)
        reports = doctors.look(practices, state, ask.now, therapist=therapist, progress=progress.tell, debug=ask.debug)
    if as_ == "json":
        console.echo(doctors.as_json(reports, ask.now))
    else:
        console.echo(doctors.as_text(reports, console.width()))
    return DONE if not problems and all(report.well for report in reports) else FAILED


def load(paths: Sequence[Path]) -> tuple[list[Practice], list[str]]:
    """The practices that could be read, and a line for each problem of the others."""
    from rules.problems import RuleFileError
    from scheduler import rulefile

    practices: list[Practice] = []
    problems: list[str] = []
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() in seen:  # one file named twice is one file
            continue
        seen.add(path.resolve())
        try:
            practices.append(rulefile.load(path))
        except RuleFileError as error:
            problems += str(error).splitlines()
    ids: dict[str, str] = {}
    for practice in list(practices):
        if practice.id in ids:
            problems.append(
                f"{practice.source}: has the same id as {ids[practice.id]}; every practice needs its own, "
                "or they take each other's blocks for theirs"
            )
            practices.remove(practice)
        ids.setdefault(practice.id, practice.source)
    return practices, problems


def rule_files_of(files: Sequence[Path]) -> list[Path]:
    """The rule files that were named, or every one in the practices folder. Stops where there is none."""
    if files:
        return list(files)
    found = sorted(path for path in practices_folder().glob("*.yaml") if not path.name.startswith("."))
    if not found:
        console.stop(
            f"no rule file: name one, or put it into {practices_folder()} (`session-breaks init` writes a first one)"
        )
    return found


def practices_folder() -> Path:
    """Where rule files are looked for when none is named: the user's configuration folder."""
    import platformdirs

    return Path(platformdirs.user_config_dir("session-breaks", appauthor=False)) / "practices"


def state_folder() -> Path:
    """Where journal, lock and caches are: the user's state folder."""
    import platformdirs

    return Path(platformdirs.user_state_dir("session-breaks", appauthor=False))


def started(paths: Sequence[Path], therapist: str | None) -> tuple[list[Practice], list[str]]:
    """What can be worked with, the problems of the rest said. Stops where that is nothing, or nobody has that name."""
    practices, problems = load(paths)
    for line in problems:
        console.error(line)
    if not practices:
        raise SystemExit(WRONG)
    known = [name for practice in practices for name in practice.therapists]
    if therapist is not None and therapist not in known:
        console.stop(f"no therapist is called {therapist}; there are {', '.join(dict.fromkeys(known))}")
    return practices, problems


def asking(
    practices: Sequence[Practice],
    state: Path,
    *,
    now: Moment | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    **common: Any,
) -> Ask:
    from scheduler.ask import Ask, instant_of
    from scheduler.edits import Asked

    if now is None:
        moment = datetime.now(UTC).replace(microsecond=0)
        moment += timedelta(seconds=-moment.second % 60)  # blocks begin and end at whole minutes
    else:  # without an offset it is the first therapist's wall clock
        moment = instant_of(now, next(iter(practices[0].therapists.values())))
    if progress is not None:
        common["progress"] = progress
    common["restore"] = Asked(tuple(common.get("restore") or ()))
    return Ask(now=moment.astimezone(UTC), state=state, **common)


def not_found(ask: Ask, results: Sequence[Result]) -> bool:
    """Say what was to be put back and is no block, or is over; whether there was any."""
    from scheduler.outcome import Failure

    lost = [one for one in ask.restore.what if one not in ask.restore.found]
    unread = any(isinstance(r, Failure) and r.outcome is None for r in results)
    for one in lost:
        if one in ask.restore.over:
            console.error(f"session-breaks: --restore {one}: that is over; what has started is never touched")
            continue
        if unread:  # why stands above
            console.error(f"session-breaks: --restore {one}: not found; not every calendar could be looked at")
            continue
        console.error(
            f"session-breaks: --restore {one}: no block stands or was deleted there; preview lists what was changed by "
            "hand; an event that you made from a block (a series, with guests) has to be deleted first"
        )
    return bool(lost)


def code_of(results: Sequence[Result], problems: Sequence[str], exit_code: bool) -> int:
    from scheduler.outcome import Failure

    kinds = {r.kind for r in results if isinstance(r, Failure)}
    if problems or "error" in kinds:
        return FAILED
    if kinds & {"brake", "changed"}:
        return REFUSED
    found = any(not isinstance(r, Failure) and r.findings for r in results)
    return FINDINGS if exit_code and found else DONE


def say_errors(results: Sequence[Result]) -> None:
    from scheduler.outcome import Failure
    from scheduler.show import sync_view

    failed = [r for r in results if isinstance(r, Failure) and r.kind != "paused"]
    unicode = console.takes_unicode(sys.stderr)
    for one in failed:
        console.error("\n".join([sync_view.errors([one], unicode=unicode).rstrip("\n"), *one.details]))


def departed_in_words(departed: Sequence[Cleared], how: str) -> list[str]:
    """A line for each therapist who left and whose blocks go, or wait for somebody to say so."""
    return [
        f"{one.therapist}: no longer in the rule file, {blocks_in_words(one.blocks)} {how}"
        + (
            f" by `session-breaks sync --yes`; a night leaves {'it' if one.blocks == 1 else 'them'}: nothing was ever "
            f"written for {', '.join(one.held)}, so this may be a change of name; whoever alone follows in the same "
            "calendar also gets what was moved or deleted by hand there"
            if one.held
            else ""
        )
        for one in departed
        if one.blocks
    ]


def left_in_words(departed: Sequence[Cleared]) -> list[str]:
    """A line for each therapist who left and whose blocks stay in part: a person wrote into them."""
    return [
        f"{one.therapist}: no longer in the rule file, {blocks_in_words(one.left)} in {one.place} left: somebody wrote "
        "into them; delete by hand what is not wanted"
        for one in departed
        if one.left
    ]


def blocks_in_words(count: int) -> str:
    return f"{count} own {'block' if count == 1 else 'blocks'}"


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, also where it was there before with other rights."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            if os.name == "posix":
                os.fchmod(out.fileno(), 0o600)
            out.write(text)
    except OSError as error:
        console.stop(f"{path}: cannot be written ({error.strerror}); name another file with --output")
