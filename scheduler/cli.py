"""The command line. Every command is thin: it reads options and hands them to `scheduler.commands`.

Exit codes (rule-file.md, section 7): 0 done; 1 something failed for at least one rule file or therapist, the others are
done; 2 the command is wrong or nothing could start; 3 refused by a brake, or a first run without --yes where nobody can
be asked; 4 findings, with
--exit-code.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from scheduler import cli_writing, commands, console
from scheduler.cli_options import OutOfReachError, moment, restoring, rule_files
from scheduler.commands import DONE, FINDINGS, WRONG

if TYPE_CHECKING:
    from scheduler.ask import Moment

PRESETS = (
    "balanced",
    "gentle",
    "legal-floor",
    "nhs-20",
    "trainee",
    "trauma",
    "none",
)  # not read from rules.presets: help is quick


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="session-breaks")
def cli() -> None:
    """Keep the breaks in a psychotherapist's calendar.

    Reads the calendars that a rule file names, plans breaks, protected time and held time by its rules, and writes them
    into the calendar. Nobody else's event is ever changed.

    FILES are rule files; without any, every *.yaml in the practices folder of the configuration is used.
    """


@cli.command(short_help="Show it on a sample practice.")
@click.option(
    "--keep", type=click.Path(path_type=Path), metavar="FOLDER", help="Leave the sample practice in this folder."
)
def demo(keep: Path | None) -> None:
    """Show a sample practice's weeks, write the breaks, and run again: nothing changes.

    Works on copies in a temporary folder, with a state folder of its own and a fixed time; none of your calendars is
    looked at.
    """
    import tempfile

    from scheduler import samples, writing

    with tempfile.TemporaryDirectory(prefix="session-breaks-demo-") as folder:
        home = keep or Path(folder)
        path = samples.copy_to(home / "practices")
        os.environ.update({"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home / "state")})
        now = datetime.fromisoformat(samples.NOW)
        for title in ("preview", "sync --yes", "sync --yes, a second time"):
            console.echo(f"$ session-breaks {title}\n")
            if title == "preview":
                code = commands.preview([path], home / "state", now, weeks=2)
            else:
                code = writing.sync([path], home / "state", now, yes=True, talk=True, demo=True)
            if code not in (DONE, FINDINGS):
                sys.exit(code)
            console.echo("")
        if keep is not None:
            console.echo(f"The rule file and the calendars are in {home / 'practices'}.")
        console.echo("Next: session-breaks init")


@cli.command(short_help="Write a commented rule file to fill in.")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--preset", type=click.Choice(PRESETS), default="balanced", show_default=True, help="The preset to start from."
)
@click.option("--practice", "practice_name", metavar="NAME", help="The practice's name.")
@click.option("--therapist", metavar="NAME", help="The first therapist's name: letters, digits and dashes, no spaces.")
@click.option("--timezone", metavar="ZONE", help="The practice's time zone, such as Europe/London.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def init(
    file: Path | None, preset: str, practice_name: str | None, therapist: str | None, timezone: str | None, yes: bool
) -> None:
    """Write a commented rule file to FILE (or to the practices folder), to be filled in.

    It gets a random id, which names the practice's own blocks: keep it when you change anything else.
    """
    import secrets

    from connectors.private import private_folder
    from scheduler.template import template

    ask = _answer if not yes and console.somebody_there() else _default
    guessed = timezone is None and ask is _default
    practice_name = practice_name or ask("practice", "Practice", "My practice")
    therapist = therapist or ask("therapist", "Therapist (one word)", "me")
    timezone = timezone or ask("timezone", "Time zone", _local_zone())
    path = file or commands.practices_folder() / f"{_slug(practice_name)}.yaml"
    unique = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(16))
    try:
        text = template(preset=preset, practice=practice_name, therapist=therapist, id=unique, timezone=timezone)
        if not path.parent.exists():  # a folder that is there is the user's own affair
            private_folder(path.parent)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        console.stop(f"{path}: is there already; nothing was changed; name another file")
    except ValueError as error:
        console.stop(str(error))
    except OSError as error:
        console.stop(f"{path}: cannot be written ({error.strerror})")
    if guessed and timezone == "UTC":
        console.echo("The time zone in it is UTC, as on this machine: change `timezone` if the practice's is another.")
    console.echo(
        f"Wrote {path}. Fill in accounts, sessions and working hours, then run: session-breaks check {_quoted(path)}"
    )


@cli.command(short_help="Say what is wrong in rule files.")
@click.option(
    "--explain-preset",
    is_flag=True,
    help="Show every value of the preset and where it comes from; the catalogue's too.",
)
@rule_files(hidden=True)
def check(files: tuple[Path, ...], explain_preset: bool, **_: object) -> None:
    """Check rule files, without reading any calendar: every problem with its place, and what to write instead."""
    sys.exit(commands.check(commands.rule_files_of(files), explain=explain_preset))


@cli.command(short_help="Show what a sync would do; write nothing.")
@rule_files()
@restoring
@click.option(
    "--format",
    "as_",
    type=click.Choice(["text", "json"]),
    help="How to show it: text, or json where --output ends in .json, unless said.",
)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to a file (0600)."
)
@click.option("--weeks", type=click.IntRange(1), metavar="N", help="Show only the first N weeks (text).")
@click.option("--details", is_flag=True, help="List each day's blocks in words (text).")
@click.option("--exit-code", is_flag=True, help="Exit with 4 where there are findings.")
@click.option("--force", is_flag=True, help="Show the plan even where a brake would refuse it.")
def preview(
    files: tuple[Path, ...],
    as_: str | None,
    output: Path | None,
    weeks: int | None,
    details: bool,
    exit_code: bool,
    **common: Any,
) -> None:
    """Show what a sync would do: the weeks with their blocks, what changes, and what could not be done."""
    paths = commands.rule_files_of(files)
    shown: dict[str, Any] = {"as_": as_, "output": output, "weeks": weeks, "details": details, "exit_code": exit_code}
    sys.exit(commands.preview(paths, commands.state_folder(), common.pop("now"), **shown, **common))


@cli.command(short_help="Say why a time is as it is in the plan.")
@click.argument("what", metavar="WHEN_OR_KEY")
@rule_files()
@click.option("--format", "as_", type=click.Choice(["text", "json"]), default="text", help="How to say it.")
def explain(what: str, files: tuple[Path, ...], as_: str, **common: Any) -> None:
    """Say why a time is as it is: by which rule (file and line), because of which session, what it costs in bookable
    slots, which booking would break what, and what would make room for something that is missing.

    WHEN_OR_KEY is a time such as 2026-12-03T12:30 (on the therapist's clock), a date such as 2026-12-03 (everything on
    it), or a block's key as in the JSON of preview. Reads the calendars, writes nothing.
    """
    asked = _asked_for(what)
    paths = commands.rule_files_of(files)
    sys.exit(commands.explain(paths, commands.state_folder(), common.pop("now"), what, asked, as_=as_, **common))


@cli.command(short_help="Say whether each account can be used.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--therapist", metavar="NAME", help="Only the accounts of this therapist.")
@click.option("--now", type=moment, metavar="TIME", help="Work as if it were this time.")
@click.option("--debug", is_flag=True, help="Say where an unforeseen error happened.")
@click.option("--format", "as_", type=click.Choice(["text", "json"]), default="text", help="How to say it.")
@click.option("--json", "as_", flag_value="json", help="The same as --format json.")
def doctor(files: tuple[Path, ...], as_: str, **common: Any) -> None:
    """Say of each account whether it can be used as the rule file says: its login and rights, whether today can be read
    in each of its calendars, and how to mend what cannot. Writes to no calendar. Exits with 1 where something is
    wrong."""
    paths = commands.rule_files_of(files)
    sys.exit(commands.doctor(paths, commands.state_folder(), common.pop("now"), as_=as_, **common))


for command in (cli_writing.sync, cli_writing.apply, cli_writing.undo, cli_writing.clear):
    cli.add_command(command)


@cli.group(short_help="Log in to an account that needs a browser.")
def connect() -> None:
    """Log in to an account that needs a browser, once; the nightly runs then need nobody."""


@connect.command("google", short_help="Log in to a Google account.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--account", metavar="NAME", help="Which account of the rule file, where it has several of Google's.")
@click.option(
    "--no-browser", "browser", flag_value=False, default=True, help="Print the address to open; paste the answer."
)
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="The port in the address of the answer.")
@click.option(
    "--in-file", is_flag=True, help="Keep the login in a file (0600) also where there is a keyring: for cron."
)
@click.option(
    "--own-calendar",
    is_flag=False,
    flag_value="",
    metavar="[NAME]",
    help='Make a calendar for the blocks alone ("Breaks", unless NAME is given).',
)
@click.option("--forget", is_flag=True, help="Withdraw the login at Google and remove it here.")
@click.option("--debug", is_flag=True, help="Say where an unforeseen error happened.")
def connect_google(
    files: tuple[Path, ...],
    account: str | None,
    browser: bool,
    port: int | None,
    in_file: bool,
    own_calendar: str | None,
    forget: bool,
    debug: bool,  # noqa: ARG001 - read by main
) -> None:
    """Log in to a Google account of the rule file, in a browser, with the client that its `client` names; or end that
    login. docs/google.md goes through it step by step.

    The login is kept in the keyring, or in a file that only you can read. A service account needs no login: then it is
    only tried.
    """
    from scheduler import connect as connecting

    if own_calendar is not None and own_calendar.endswith((".yaml", ".yml")):  # FILE after an option without a NAME
        files, own_calendar = (Path(own_calendar), *files), ""
    if forget and own_calendar is not None:
        raise click.UsageError("--forget and --own-calendar cannot go together")
    name = own_calendar if own_calendar is None else own_calendar.strip() or connecting.OWN_CALENDAR
    how: dict[str, Any] = {"account": account, "browser": browser, "port": port, "in_file": in_file, "forget": forget}
    paths = commands.rule_files_of(files)
    sys.exit(connecting.google(paths, commands.state_folder(), own_calendar=name, **how))


def main() -> None:
    """The entry point: nothing but clear lines reaches a user, whatever happens."""
    from scheduler import identity

    debug = "--debug" in sys.argv
    gc.set_threshold(50_000, 20, 100)  # a run makes much and drops little: looking for rubbish often is a tenth of it
    atexit.register(gc.freeze)  # and looking through everything once more before it is given back is another
    _hush()
    try:
        identity.check()
        cli(standalone_mode=False)
    except identity.ForeignPackage as error:
        console.stop(str(error))
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except (click.Abort, KeyboardInterrupt):
        console.error("session-breaks: stopped")
        sys.exit(WRONG)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG)
    except Exception as error:
        from connectors.base import CalendarError

        if isinstance(error, CalendarError):
            console.stop(str(error))
        if debug:
            import traceback

            sys.stderr.write("".join(traceback.format_tb(error.__traceback__)))
        # The last resort: the error's text could quote an event, so only its type is said.
        console.stop(f"an unforeseen error ({type(error).__name__})" + ("" if debug else "; --debug says where"))


def _hush() -> None:
    """Let no library say anything on its own: log lines, warnings and errors while cleaning up could quote an event."""
    import logging
    import threading
    import warnings

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    sys.unraisablehook = lambda _: None
    threading.excepthook = lambda _: None


def _answer(what: Literal["practice", "therapist", "timezone"], question: str, default: str) -> str:
    """What somebody types, asked again until a rule file can hold it."""
    from rules.problems import BadValueError
    from scheduler.template import accepted

    def read(text: str) -> str:
        try:
            return accepted(what, text)
        except BadValueError as bad:
            raise click.UsageError(str(bad)) from None

    return str(click.prompt(question, default=default, value_proc=read))


def _asked_for(what: str) -> Moment | str:
    """A time, a date or a key, as it was written."""
    if "/" in what and not what.endswith((".yaml", ".yml")):
        return what
    try:
        return moment(what)
    except OutOfReachError:
        raise
    except click.BadParameter:
        raise click.UsageError(
            f"{what!r} is no time and no key; write `session-breaks explain 2026-12-03T12:30 FILE`, a date, or a key "
            "from `preview --format json`"
        ) from None


def _default(_what: Literal["practice", "therapist", "timezone"], _question: str, default: str) -> str:
    return default


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
    except (ValueError, OSError, KeyError):  # KeyError: there is no such zone
        return "UTC"
