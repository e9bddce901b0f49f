"""Carry a plan out: conditionally, in a fixed order, each write noted before and after.

Held time first appears where it is new, then moves, then goes, so that no moment between two writes leaves open what
both the old and the new plan hold. A run that is killed anywhere and started again ends in the same calendar: the UID
of a block follows from its key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from connectors import ownership
from connectors.base import Conflict, Connector, Entry
from rules.demand import Block, Change
from rules.practice import Blocks
from rules.timeline import Tag
from scheduler.journal import Journal
from scheduler.plan import Own, title_of


class Taken(Conflict):
    """A block could not be made: an entry with its UID is there that was not read as ours and that
    we did not just write. `key`: the block's."""

    def __init__(self, key: str) -> None:
        super().__init__("an entry with this block's UID is there already; read again")
        self.key = key


ORDER = ("create", "update", "delete")


def carry_out(
    changes: Sequence[Change],
    *,
    owner: str,
    calendar: Connector,
    own: Mapping[str, Own],
    looks: Blocks,
    journal: Journal,
    restore: bool,
    now: datetime,
    progress: Callable[[int], None],
) -> int:
    """Write every change of a plan to one calendar; gives how many were written.

    `own`: what stands there, by key, as it was read. `restore`: titles that a hand changed go back. `now` becomes
    DTSTAMP. `progress` is called with 1 after each write. Raises Conflict where an entry is no longer as it was read
    (read again and plan again), CalendarError where the calendar or the journal fails; what was written before that is
    noted and is found again by the next run."""
    done = 0
    known = {row.key: row.status for row in journal.remembered(owner, calendar.name)}
    for action in ORDER:
        for change in (c for c in changes if c.action == action):
            block, stands = change.block, own.get(change.block.key)
            if action != "create" or block.key not in known:  # what is known of a write is not made less sure
                journal.note(owner, calendar.name, block.key, block.interval, "intended")
            if action == "delete" and stands is not None:
                calendar.delete(stands.ref)
                journal.forget(owner, calendar.name, [block.key])
            elif action == "update" and stands is not None:
                calendar.update(stands.ref, entry(block, owner, looks, now, stands, restore))
                journal.note(owner, calendar.name, block.key, block.interval, "acknowledged")
            else:
                try:
                    calendar.create(entry(block, owner, looks, now, None))
                except Conflict:
                    if known.get(block.key) in ("intended", "acknowledged"):
                        raise  # our own write, which the server does not show yet
                    raise Taken(block.key) from None
                journal.note(owner, calendar.name, block.key, block.interval, "acknowledged")
            done += 1
            progress(1)
    return done


def entry(block: Block, owner: str, looks: Blocks, now: datetime, stands: Own | None, restore: bool = False) -> Entry:
    """A block as a calendar entry. A title that a hand changed stays (unless `restore`), and the tag keeps showing that
    a hand changed it."""
    title = title_of(block, looks)
    shown = stands.title if stands is not None and stands.retitled and not restore else title
    tag = Tag(owner, block.key, ownership.fingerprint(block.interval, title))
    uid = stands.uid if stands is not None else ownership.uid_for(owner, block.key)
    return Entry(uid=uid, interval=block.interval, title=shown, private=looks.private, tag=tag, stamp=now)
