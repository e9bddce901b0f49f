"""Brakes: plans that look like an accident are refused until somebody says otherwise. Pure.

The threshold of 30 % of at least 10 is octoDNS's, which has guarded zones with it for years.
"""

from __future__ import annotations

from collections.abc import Sequence

from rules.demand import Change
from rules.timeline import Interval, Session, merge

SHARE = 0.3
FEWEST = 10


def check(
    changes: Sequence[Change],
    *,
    future: Sequence[str],
    deleted: Sequence[str],
    seen: int,
    sessions: Sequence[Session],
    emptied: Sequence[str],
) -> str | None:
    """Why a plan is refused, in one sentence with what to do, or None.

    `future`: keys of own blocks that stand and have not started. `deleted`, `seen`: blocks found deleted by hand, of
    how many. `sessions`: those read in the window. `emptied`: calendars that had sessions ahead and now read empty."""
    if emptied:
        return (
            f"{', '.join(emptied)} had sessions ahead and now reads empty; nothing is planned until that is clear; "
            "if it is really empty, run again with --force"
        )
    if not sessions and any(key.startswith("break/") for key in future):
        return (
            "no session was found, but earlier breaks say that there were some; if the calendar is really empty now, "
            "run again with --force"
        )
    if seen >= FEWEST and len(deleted) > SHARE * seen:
        return (
            f"{len(deleted)} of {seen} blocks are gone from the calendar at once; if somebody deleted them on purpose, "
            "run again with --force"
        )
    stays = merge(c.block.interval for c in changes if c.action != "delete")
    touched = sum(
        1
        for c in changes
        if c.action in ("update", "delete") and c.block.key in set(future) and not _still_held(c, stays)
    )
    if len(future) >= FEWEST and touched > SHARE * len(future):
        return (
            f"{touched} of {len(future)} standing blocks would be moved or removed; look at `session-breaks preview`, "
            "and if that is what you want, run again with --force"
        )
    return None


def _still_held(change: Change, stays: Sequence[Interval]) -> bool:
    """Whether a guard only becomes part of another: its time is held after as before."""
    return change.block.guard and change.was is not None and any(i.covers(change.was) for i in stays)
