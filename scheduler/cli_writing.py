"""The commands that write into calendars: sync, apply, undo, clear."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from scheduler import commands, console, writing
from scheduler.cli_options import moment, restoring, rule_files


@click.command(short_help="Write the plan into the calendars.")
@rule_files()
@restoring
@click.option("--dry-run", is_flag=True, help="Write nothing, only say what would be done.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--force", is_flag=True, help="Go on where a brake would refuse.")
@click.option("--exit-code", is_flag=True, help="Exit with 4 where there are findings.")
def sync(files: tuple[Path, ...], dry_run: bool, yes: bool, exit_code: bool, **common: Any) -> None:
    """Write the plan into the calendars. Without a terminal it says nothing when all is well."""
    paths = commands.rule_files_of(files)
    how = {"dry_run": dry_run, "yes": yes, "exit_code": exit_code, "talk": console.is_terminal()}
    sys.exit(writing.sync(paths, commands.state_folder(), common.pop("now"), **how, **common))


@click.command(short_help="Write a plan that preview saved.")
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--force", is_flag=True, help="Go on where a brake would refuse.")
@click.option("--exit-code", is_flag=True, help="Exit with 4 where there are findings.")
@click.option("--debug", is_flag=True, help="Say where an unforeseen error happened.")
def apply(plan: Path, files: tuple[Path, ...], yes: bool, exit_code: bool, **common: Any) -> None:
    """Write a PLAN that `preview --output plan.json` saved, and nothing else: reads and plans again with the plan's own
    time, and refuses (exit 3, with the differences) where the changes are no longer those of the plan. What is done
    already is no difference, so it can be run again after it was cut off.

    FILES are its rule files, where they are no longer where they were.
    """
    how = {"yes": yes, "exit_code": exit_code, "talk": console.is_terminal()}
    sys.exit(writing.apply(plan, files, commands.state_folder(), **how, **common))


@click.command(short_help="Take a run back.")
@click.argument("what", metavar="[RUN] [FILES]...", nargs=-1)
@click.option("--list", "list_", is_flag=True, help="Say which runs can be taken back.")
@click.option("--therapist", metavar="NAME", help="Only this therapist's blocks.")
@click.option("--now", type=moment, metavar="TIME", help="Work as if it were this time.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--debug", is_flag=True, help="Say where an unforeseen error happened.")
def undo(what: tuple[str, ...], list_: bool, yes: bool, **common: Any) -> None:
    """Take a run back, the last one that wrote unless RUN (its number) is given: what it made goes, what it moved goes
    back, what it removed is made again. Leaves what was changed since, and what has started. Shows first and asks.

    An undo is a run too, and can be taken back. The next sync plans again by the rules.
    """
    number = int(what[0]) if what and what[0].isdecimal() and what[0].isascii() else None
    if what and number is None and not Path(what[0]).suffix and not Path(what[0]).exists():
        raise click.UsageError(f"{what[0]!r} is no run number, and no rule file; undo --list shows the runs")
    paths = commands.rule_files_of([Path(name) for name in (what if number is None else what[1:])])
    if list_:
        sys.exit(writing.list_runs(paths, commands.state_folder(), common["therapist"]))
    sys.exit(writing.undo(number, paths, commands.state_folder(), common.pop("now"), yes=yes, **common))


@click.command(short_help="Remove our own blocks and nothing else.")
@rule_files("Remove only what starts from TIME on", "Remove only what starts before TIME")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--all", "everything", is_flag=True, help="Remove all blocks ever written, those that are over too.")
@click.option(
    "--forget",
    metavar="PLACE",
    help="Remove nothing, but let go of a calendar (as it was named) that is gone for good.",
)
def clear(files: tuple[Path, ...], yes: bool, everything: bool, forget: str | None, **common: Any) -> None:
    """Remove our own blocks from now on (or between --from and --to, or --all), in every calendar ever written to, and
    nothing else. Shows first and asks."""
    if everything and (common["start"] is not None or common["end"] is not None):
        raise click.UsageError("--all means whenever they are; leave out --from and --to")
    if forget is not None and everything:
        raise click.UsageError("--forget removes nothing; leave out --all")
    paths, state, now = commands.rule_files_of(files), commands.state_folder(), common.pop("now")
    if forget is not None:
        sys.exit(writing.forget(forget, paths, state, now, yes=yes, **common))
    sys.exit(writing.clear(paths, state, now, yes=yes, everything=everything, **common))
