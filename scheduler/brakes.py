"""Brakes: plans that look like an accident are refused until somebody says otherwise. Pure.

The threshold of 30 % of at least 10 is octoDNS's, which has guarded zones with it for years.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rules.demand import Change
from rules.timeline import Interval, Session, merge
from scheduler.journal import Ahead

SHARE = 0.3
FEWEST = 10
LOOK = "look at `session-breaks preview`, and "
SESSIONS = 3
"""So many sessions of one calendar do not all go in one night; one or two may be called off."""


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
    how many. `sessions`: those read in the window. `emptied`: why calendars that had sessions ahead look emptied
    (`emptied`)."""
    if emptied:
        return (
            f"{'; '.join(emptied)}; nothing is planned until that is clear; if it is really so, run again with --force"
        )
    if not sessions and any(key.startswith("break/") for key in future):
        return (
            "no session was found, but earlier breaks say that there were some; if the calendar is really empty now, "
            "run again with --force"
        )
    if are_many(len(deleted), seen):
        return (
            f"{len(deleted)} of {seen} blocks are gone from the calendar at once; if somebody deleted them on purpose, "
            "run again with --force; if not, with --force and --restore for each date, such as --restore 2026-12-01"
        )
    stays = merge(c.block.interval for c in changes if c.action != "delete")
    touched = sum(1 for c in changes if _goes(c) and c.block.key in set(future) and not _still_held(c, stays))
    if len(future) >= FEWEST and touched > SHARE * len(future):
        return (
            f"{touched} of {len(future)} standing blocks would be moved or removed; {LOOK}if that is what you want, "
            "run again with --force"
        )
    return None


def as_seen(refusal: str) -> str:
    """The same words for who is looking at the plan already."""
    return refusal.replace(LOOK, "")


def are_many(deleted: int, seen: int) -> bool:
    """Whether so many of the blocks that were seen are gone that it looks like an accident."""
    return seen >= FEWEST and deleted > SHARE * seen


def emptied(earlier: Mapping[str, Ahead], filled: Collection[str], sessions: Collection[str]) -> list[str]:
    """What to say of calendars that look emptied. `earlier`: what each showed ahead at the last reading, where that is
    not over; `filled`: those that hold anything now, `sessions`: those that hold a session ahead."""
    said = []
    for place, one in earlier.items():
        if place not in filled:
            said.append(f"{place} had sessions ahead and now reads empty")
        elif place not in sessions and one.sessions >= SESSIONS:
            said.append(
                f"{place} had {one.sessions} sessions ahead, and nothing in it is read as a session any more "
                "(look at `sessions` in the rule file too)"
            )
    return said


def _goes(change: Change) -> bool:
    """Whether a block is removed or really moved: another title or another visibility takes no time from anybody."""
    return change.action == "delete" or (change.action == "update" and change.was != change.block.interval)


def _still_held(change: Change, stays: Sequence[Interval]) -> bool:
    """Whether a guard only becomes part of another: its time is held after as before."""
    return change.block.guard and change.was is not None and any(i.covers(change.was) for i in stays)
