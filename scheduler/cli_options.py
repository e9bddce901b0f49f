"""Options that several commands have, and how times are written on the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.years import YEARS

if TYPE_CHECKING:
    from scheduler.ask import Moment

TIME_FORM = "2026-12-01 (its midnight), 2026-12-01T06:00 or 2026-12-01T06:00+00:00"


class OutOfReachError(click.BadParameter):
    """A point in time that is one, and at which nothing can be planned."""


def moment(text: str) -> Moment:
    """A point in time as written: ISO 8601; a date alone is its midnight, a time without offset is the therapist's."""
    try:
        given = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no time; write it as 2026-12-01T06:00+00:00, or a date as 2026-12-01"
        ) from None
    if not YEARS[0] <= given.year <= YEARS[1]:
        raise OutOfReachError(f"{text!r} is outside of what can be planned ({YEARS[0]} to {YEARS[1]})")
    return given


def rule_files(
    start: str = "Plan from TIME on instead of from now",
    end: str = "Plan up to TIME instead of to the horizon",
    hidden: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options that every command on rule files has. `start`, `end`: the help of --from and --to. `hidden`: those
    that narrow the work are taken, so that one set of options does for every command, but mean nothing here."""
    narrow = partial(click.option, hidden=hidden)
    options = (
        click.argument("files", nargs=-1, type=click.Path(path_type=Path)),
        narrow("--therapist", metavar="NAME", help="Only this therapist."),
        narrow("--now", type=moment, metavar="TIME", help="Work as if it were this time."),
        narrow("--from", "start", type=moment, metavar="TIME", help=f"{start}: {TIME_FORM}."),
        narrow("--to", "end", type=moment, metavar="TIME", help=f"{end}."),
        click.option("--debug", is_flag=True, help="Say where an unforeseen error happened."),
    )

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _wanted_back(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for one in given:
        if "/" not in one:
            moment(one)
    return given


restoring = click.option(
    "--restore",
    multiple=True,
    metavar="WHAT",
    callback=_wanted_back,
    help="Put a block back as the rules say that was changed or deleted by hand: its time (2026-12-01T10:50), a date "
    "for all of that day, or its key. Can be given several times.",
)
