"""The command line. Every command is thin: it reads options, calls the application, shows what came of it.

Exit codes (rule-file.md, section 7): 0 done; 1 something failed for at least one rule file or therapist, the others are done; 2 the
command is wrong or nothing could start; 3 refused by a brake, or a first run without --yes where nobody can be asked; 4 findings, with
--exit-code.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rules.practice import Practice
    from scheduler.outcome import Outcome, Result
    from scheduler.runs import Ask, Moment

DONE, FAILED, WRONG, REFUSED, FINDINGS = range(5)


class Instant(click.ParamType):
    """A point in time: ISO 8601; a date alone is its midnight, a time without offset is the therapist's."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Moment:
        if isinstance(value, date):
            return value
        text = str(value)
        try:
            return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is no time; write it as 2026-12-01T06:00+00:00, or a date as 2026-12-01", param, ctx)


def rule_files(command: Callable[..., None]) -> Callable[..., None]:
    """The options that every command on rule files has."""
    for decorate in (
        click.argument("files", nargs=-1, type=click.Path(path_type=Path)),
        click.option("--therapist", metavar="NAME", help="Only this therapist."),
        click.option("--now", type=Instant(), metavar="TIME", help="Work as if it were this time (ISO 8601)."),
        click.option("--from", "start", type=Instant(), metavar="TIME", help="Plan from here on instead of from now."),
        click.option("--to", "end", type=Instant(), metavar="TIME", help="Plan up to here instead of to the horizon."),
        click.option("--debug", is_flag=True, help="Say where an unforeseen error happened."),
    ):
        command = decorate(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="session-breaks")
def cli() -> None:
    """Keep the breaks in a psychotherapist's calendar.

    Reads the calendars that a rule file names, plans breaks, protected time and held time by its rules, and writes them into the
    calendar. Nobody else's event is ever changed.

    FILES are rule files; without any, every *.yaml in the practices folder of the configuration is used.
    """


@cli.command()
@click.option("--keep", type=click.Path(path_type=Path), metavar="FOLDER", help="Leave the sample practice in this folder.")
def demo(keep: Path | None) -> None:
    """Show a sample practice's weeks, write the breaks, and run again: nothing changes.

    Works on copies in a temporary folder, with a state folder of its own and a fixed time; none of your calendars is looked at.
    """
    import tempfile

    from scheduler import samples

    with tempfile.TemporaryDirectory(prefix="session-breaks-demo-") as folder:
        home = keep or Path(folder)
        path = samples.copy_to(home / "practices")
        now = datetime.fromisoformat(samples.NOW)
        for title, command in (
            ("preview", lambda: _preview([path], home / "state", now, weeks=2)),
            ("sync --yes", lambda: _sync([path], home / "state", now, yes=True, talk=True)),
            ("sync --yes, a second time", lambda: _sync([path], home / "state", now, yes=True, talk=True)),
        ):
            _echo(f"$ session-breaks {title}\n")
            code = command()
            if code not in (DONE, FINDINGS):
                sys.exit(code)
            _echo("")
        if keep is not None:
            _echo(f"The rule file and the calendars are in {home / 'practices'}.")


@cli.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--preset", default="balanced", show_default=True, help="The preset to start from.")
@click.option("--practice", "practice_name", metavar="NAME", help="The practice's name.")
@click.option("--therapist", metavar="NAME", help="The first therapist's name: letters, digits and dashes.")
@click.option("--timezone", metavar="ZONE", help="The practice's time zone, such as Europe/London.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def init(
    file: Path | None, preset: str, practice_name: str | None, therapist: str | None, timezone: str | None, yes: bool
) -> None:
    """Write a commented rule file to FILE (or to the practices folder), to be filled in.

    It gets a random id, which names the practice's own blocks: keep it when you change anything else.
    """
    import secrets

    from scheduler.template import template

    ask = not yes and _somebody_there()
    practice_name = practice_name or (click.prompt("Practice", default="My practice") if ask else "My practice")
    therapist = therapist or (click.prompt("Therapist", default="me") if ask else "me")
    timezone = timezone or (click.prompt("Time zone", default=_local_zone()) if ask else _local_zone())
    path = file or practices_folder() / f"{_slug(str(practice_name))}.yaml"
    unique = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(8))
    try:
        text = template(preset=preset, practice=str(practice_name), therapist=str(therapist), id=unique, timezone=str(timezone))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        _stop(f"{path}: is there already; nothing was changed; name another file")
    except ValueError as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"{path}: cannot be written ({error.strerror})")
    path.chmod(0o600)
    _echo(f"Wrote {path}. Fill in accounts, sessions and working hours, then run: session-breaks check {_quoted(path)}")


@cli.command()
@rule_files
def check(files: tuple[Path, ...], debug: bool, **_: object) -> None:
    """Check rule files, without reading any calendar: every problem with its place, and what to write instead."""
    from scheduler import rulefile

    paths = _paths(files)
    practices, problems = _load(paths)
    for practice in practices:
        for warning in rulefile.warnings(practice):
            _echo(warning)
        names = ", ".join(practice.therapists)
        _echo(f"{practice.source}: good ({practice.name}: {names})")
    for line in problems:
        _error(line)
    sys.exit(FAILED if problems else DONE)


@cli.command()
@rule_files
@click.option("--format", "as_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to show it.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to a file (0600).")
@click.option("--weeks", type=click.IntRange(1), metavar="N", help="Show only the first N weeks (text).")
@click.option("--details", is_flag=True, help="List each day's blocks in words (text).")
@click.option("--exit-code", is_flag=True, help="Exit with 4 where there are findings.")
@click.option("--force", is_flag=True, help="Show the plan even where a brake would refuse it.")
def preview(
    files: tuple[Path, ...],
    as_: str,
    output: Path | None,
    weeks: int | None,
    details: bool,
    exit_code: bool,
    **common: Any,
) -> None:
    """Show what a sync would do: the weeks with their blocks, what changes, and what could not be done."""
    sys.exit(
        _preview(
            _paths(files), state_folder(), common.pop("now"), as_=as_, output=output, weeks=weeks, details=details, exit_code=exit_code, **common
        )
    )


@cli.command()
@rule_files
@click.option("--dry-run", is_flag=True, help="Write nothing, only say what would be done.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--force", is_flag=True, help="Go on where a brake would refuse.")
@click.option("--exit-code", is_flag=True, help="Exit with 4 where there are findings.")
def sync(files: tuple[Path, ...], dry_run: bool, yes: bool, exit_code: bool, **common: Any) -> None:
    """Write the plan into the calendars. Without a terminal it says nothing when all is well."""
    now = common.pop("now")
    sys.exit(_sync(_paths(files), state_folder(), now, dry_run=dry_run, yes=yes, exit_code=exit_code, talk=_terminal(), **common))


@cli.command()
@rule_files
@click.option("--yes", is_flag=True, help="Ask nothing.")
def clear(files: tuple[Path, ...], yes: bool, debug: bool, **common: Any) -> None:
    """Remove our own blocks from now on (or between --from and --to), and nothing else. Shows first and asks."""
    from connectors.base import CalendarError
    from scheduler import runs

    practices, problems = _load(_paths(files))
    for line in problems:
        _error(line)
    if not practices:
        sys.exit(WRONG)
    _known_therapist(practices, common["therapist"])
    ask = _asking(practices, state_folder(), debug=debug, **common)
    try:
        found, failures = runs.clear(practices, ask, write=False)
        for one in found:
            _echo(f"{one.therapist}: {one.blocks} own blocks in {one.place}")
        if any(one.blocks for one in found):
            if not yes and not (_somebody_there() and click.confirm("Remove them?", default=False)):
                _error("session-breaks: nothing was removed; say --yes to remove them")
                sys.exit(REFUSED)
            removed, failures = runs.clear(practices, ask, write=True)
            _echo(f"Removed {sum(one.blocks for one in removed)} blocks.")
        else:
            _echo("Nothing to remove.")
    except CalendarError as error:
        _stop(str(error))
    for failure in failures:
        _error(f"session-breaks: {failure.practice} / {failure.therapist}: {failure.message}")
    sys.exit(FAILED if failures or problems else DONE)


def main() -> None:
    """The entry point: nothing but clear lines reaches a user, whatever happens."""
    from scheduler import identity

    debug = "--debug" in sys.argv
    try:
        identity.check()
        cli(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        _error("session-breaks: stopped")
        sys.exit(WRONG)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG)
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(WRONG)
    except Exception as error:  # the last resort: its text could quote an event, so only its type is said
        if debug:
            import traceback

            sys.stderr.write("".join(traceback.format_tb(error.__traceback__)))
        what = str(error) if type(error).__name__ in ("CalendarError", "ForeignPackage") else type(error).__name__
        _error(f"session-breaks: {what}" + ("" if debug else "; --debug says where"))
        sys.exit(WRONG)


# --- what commands share --------------------------------------------------------------------------------------------------------


def _preview(
    paths: Sequence[Path],
    state: Path,
    now: Moment | None,
    *,
    as_: str = "text",
    output: Path | None = None,
    weeks: int | None = None,
    details: bool = False,
    exit_code: bool = False,
    **common: Any,
) -> int:
    from scheduler import runs
    from scheduler.show import json_view, text_view

    practices, problems = _load(paths)
    if not _started(practices, problems):
        return WRONG
    _known_therapist(practices, common.get("therapist"))
    with _Progress("reading") as progress:
        ask = _asking(practices, state, now=now, progress=progress, **common)
        results = runs.preview(practices, ask)
    if as_ == "json":
        text = json_view.render(results, ask.now)
    else:
        width = 100 if output is not None else _width()
        plain = output is not None
        text = text_view.render(
            results, ask.now, width=width, colour=_colour() and not plain, unicode=plain or _unicode(), weeks=weeks, details=details
        )
    if output is None:
        _echo(text.rstrip("\n"))
    else:
        _write_private(output, text)
    _say_errors(results)
    return _code(results, problems, exit_code)


def _sync(
    paths: Sequence[Path],
    state: Path,
    now: Moment | None,
    *,
    dry_run: bool = False,
    yes: bool = False,
    exit_code: bool = False,
    talk: bool = False,
    **common: Any,
) -> int:
    from scheduler import runs
    from scheduler.show import changes_view, sync_view

    practices, problems = _load(paths)
    if not _started(practices, problems):
        return WRONG
    _known_therapist(practices, common.get("therapist"))

    def confirm(outcome: Outcome) -> bool:
        counts = changes_view.counts(outcome.changes)
        _echo(f"{outcome.rules.therapist}: {counts['create']} new, {counts['update']} moved, {counts['delete']} removed")
        return click.confirm("Write this to the calendar?", default=True)

    with _Progress("writing") as progress:
        asked = confirm if not yes and _somebody_there() else None
        ask = _asking(practices, state, now=now, yes=yes, confirm=asked, progress=None if asked else progress, **common)
        if dry_run:
            results = runs.preview(practices, ask)
        else:
            results, _ = runs.sync(practices, ask)
    if talk or dry_run:
        _echo(sync_view.summary(results, dry_run=dry_run, unicode=_unicode()).rstrip("\n"))
    _say_errors(results)
    return _code(results, problems, exit_code)


def _asking(
    practices: Sequence[Practice], state: Path, *, now: Moment | None = None, progress: Any = None, **common: Any
) -> Ask:
    from scheduler.runs import Ask, instant_of

    if now is None:
        moment = datetime.now(UTC).replace(microsecond=0)
    else:  # without an offset it is the first therapist's wall clock
        moment = instant_of(now, next(iter(practices[0].therapists.values())))
    if progress is not None:
        common["progress"] = progress
    return Ask(now=moment.astimezone(UTC), state=state, **common)


def _load(paths: Sequence[Path]) -> tuple[list[Practice], list[str]]:
    """The practices that could be read, and a line for each problem of the others."""
    from rules.problems import RuleFileError
    from scheduler import rulefile

    practices: list[Practice] = []
    problems: list[str] = []
    for path in paths:
        try:
            practices.append(rulefile.load(path))
        except RuleFileError as error:
            problems += str(error).splitlines()
    ids: dict[str, str] = {}
    for practice in list(practices):
        if practice.id in ids:
            problems.append(
                f"{practice.source}: has the same id as {ids[practice.id]}; every practice needs its own, or they take each "
                "other's blocks for theirs"
            )
            practices.remove(practice)
        ids.setdefault(practice.id, practice.source)
    return practices, problems


def _started(practices: Sequence[Practice], problems: Sequence[str]) -> bool:
    for line in problems:
        _error(line)
    return bool(practices)


def _known_therapist(practices: Sequence[Practice], name: str | None) -> None:
    known = [therapist for practice in practices for therapist in practice.therapists]
    if name is not None and name not in known:
        _stop(f"no therapist is called {name}; there are {', '.join(known)}")


def _paths(files: Sequence[Path]) -> list[Path]:
    if files:
        return list(files)
    found = sorted(practices_folder().glob("*.yaml"))
    if not found:
        _stop(f"no rule file: name one, or put it into {practices_folder()} (`session-breaks init` writes a first one)")
    return found


def practices_folder() -> Path:
    """Where rule files are looked for when none is named: the user's configuration folder."""
    import platformdirs

    return Path(platformdirs.user_config_dir("session-breaks", appauthor=False)) / "practices"


def state_folder() -> Path:
    """Where journal, lock and caches are: the user's state folder."""
    import platformdirs

    return Path(platformdirs.user_state_dir("session-breaks", appauthor=False))


def _code(results: Sequence[Result], problems: Sequence[str], exit_code: bool) -> int:
    from scheduler.outcome import Failure

    kinds = {r.kind for r in results if isinstance(r, Failure)}
    if problems or "error" in kinds:
        return FAILED
    if "brake" in kinds:
        return REFUSED
    found = any(not isinstance(r, Failure) and r.findings for r in results)
    return FINDINGS if exit_code and found else DONE


def _say_errors(results: Sequence[Result]) -> None:
    from scheduler.outcome import Failure
    from scheduler.show import sync_view

    failed = [r for r in results if isinstance(r, Failure) and r.kind != "paused"]
    if failed:
        _error(sync_view.errors(failed, unicode=_unicode(sys.stderr)).rstrip("\n"))


class _Progress:
    """One line on a terminal's standard error that counts along; nothing elsewhere, and gone in the end."""

    def __init__(self, doing: str) -> None:
        self.doing = doing
        self.on = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.shown = False

    def __enter__(self) -> Callable[[str, int, int], None]:
        return self.tell

    def tell(self, who: str, done: int, of: int) -> None:
        if self.on:
            self.shown = True
            count = f"{done} of {of}" if of else str(done)
            sys.stderr.write(f"\r\033[K{self.doing}: {who.encode('ascii', 'replace').decode()} {count}")
            sys.stderr.flush()

    def __exit__(self, *_: object) -> None:
        if self.shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def _write_private(path: Path, text: str) -> None:
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        _stop(f"{path}: cannot be written ({error.strerror})")


def _terminal() -> bool:
    return sys.stdout.isatty()


def _somebody_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _colour() -> bool:
    return _terminal() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")


def _unicode(stream: Any = None) -> bool:
    encoding = getattr(stream or sys.stdout, "encoding", None) or "ascii"
    return str(encoding).lower().replace("-", "") in ("utf8", "utf16", "utf32", "cp65001")


def _width() -> int:
    return max(40, shutil.get_terminal_size((100, 24)).columns)


def _echo(text: str) -> None:
    """Print, whatever the output can take."""
    _put(text, sys.stdout)


def _error(text: str) -> None:
    _put(text, sys.stderr)


def _put(text: str, stream: Any) -> None:
    encoding = getattr(stream, "encoding", None) or "ascii"
    click.echo(text.encode(encoding, "replace").decode(encoding), file=stream, color=True)


def _stop(text: str) -> None:
    _error(f"session-breaks: {text}")
    raise SystemExit(WRONG)


def _slug(name: str) -> str:
    kept = "".join(c if c.isalnum() else "-" for c in name.casefold())
    return "-".join(part for part in kept.split("-") if part) or "practice"


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))


def _local_zone() -> str:
    """The machine's time zone where its name can be told, else UTC."""
    name = os.environ.get("TZ", "").lstrip(":")
    if not name:
        link = Path("/etc/localtime")
        _, _, name = str(link.resolve()).partition("zoneinfo/") if link.is_symlink() else ("", "", "")
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name).key if name else "UTC"
    except (ValueError, OSError):
        return "UTC"
