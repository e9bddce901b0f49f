"""Carry a plan out: conditionally, in a fixed order, each write noted before and after.

Held time first appears where it is new, then moves, then goes, so that no moment between two writes leaves open what
both the old and the new plan hold. A run that is killed anywhere and started again ends in the same calendar: the UID
of a block follows from its key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors import ownership
from connectors.base import Batched, CalendarError, Conflict, Connector, Entry, Parallel, Stale, Write
from rules.demand import Block, Change
from rules.practice import Blocks
from rules.timeline import Interval, Ref, Tag
from scheduler.edits import Status
from scheduler.journal import Journal, Written
from scheduler.plan import Own, title_of
from scheduler.runlog import RunLog


class Taken(Conflict):
    """A block could not be made: an entry with its UID is there that was not read as ours and that
    we did not just write. `keys`: the blocks'."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__("an entry with a block's UID is there already; read again")
        self.keys = tuple(keys)


class Unshown(Conflict):
    """A block could not be made: an entry with its UID is there that was not read, though we wrote it. The calendar
    shows it late, or it stands beyond what was read. `keys`: the blocks'."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__("a block that was written earlier is there already; read again")
        self.keys = tuple(keys)


ORDER = ("create", "update", "delete")
TOGETHER = 50  # changes that are noted together, and sent together where a calendar takes many at once


def carry_out(
    changes: Sequence[Change],
    *,
    owner: str,
    calendar: Connector,
    at: str,
    own: Mapping[str, Own],
    looks: Blocks,
    journal: Journal,
    log: RunLog,
    restore: Callable[[str, Interval], bool],
    now: datetime,
    progress: Callable[[int], None],
    prints: Mapping[str, str] | None = None,
) -> int:
    """Write every change of a plan to one calendar; gives how many were written.

    `at`: how the journal knows the calendar. `own`: what stands there, by key, as it was read. `restore`: titles that a
    hand changed go back. `log`: the run that this belongs to. `now` becomes DTSTAMP. `progress` is called with 1 after
    each write. Raises Conflict where an entry is no longer as it was read (read again and plan again), CalendarError
    where the calendar or the journal fails; what was written before that is found again by the next run.

    `prints`: by key, the fingerprint that a block stood with elsewhere or before: if a hand had moved it then, it is
    written so that the tag still tells."""
    done = 0
    known = {row.key: row.status for row in journal.remembered(owner, at)}
    batched = isinstance(calendar, Batched)
    proof: Status = "seen" if batched else "acknowledged"
    for action in ORDER:
        due = [change for change in changes if change.action == action]
        failed: list[CalendarError] = []
        for first in range(0, len(due), TOGETHER):
            some = due[first : first + TOGETHER]
            writes = [
                write_of(c, owner, looks, now, own.get(c.block.key), restore, (prints or {}).get(c.block.key))
                for c in some
            ]
            records = [
                record_of(change, write, owner, at, own.get(change.block.key))
                for change, write in zip(some, writes, strict=True)
            ]
            # What is known of a write is not made less sure: a block that was seen, is to be moved and is then missing
            # was deleted by hand. One that we remove ourselves is not.
            unsure = [c.block.key for c in some if action == "delete" or c.block.key not in known]
            numbers = log.intend(records, unsure)
            taken: list[tuple[int, Written]] = []
            for change, number, record, outcome in zip(some, numbers, records, written(calendar, writes), strict=False):
                if isinstance(outcome, CalendarError):
                    failed.append(told(change, outcome, known.get(change.block.key)))
                    on_its_way = batched or (action == "create" and isinstance(calendar, Parallel))
                    if not on_its_way and not isinstance(failed[-1], (Taken, Unshown)):
                        break
                    continue
                taken.append((number, replace(record, etag=outcome.etag if action != "delete" else "")))
                done += 1
                progress(1)
            log.settle(taken, proof)
            if not all(isinstance(error, (Taken, Unshown)) for error in failed):
                raise first_of(failed)
        if failed:  # all of them are known, and the others were made: a look at where they are and one more reading
            raise first_of(failed)
    return done


def record_of(change: Change, write: Write, owner: str, at: str, stands: Own | None) -> Written:
    """A planned change as the journal notes it. `stands`: the block as it was read."""
    entry_ = write.entry
    return Written(
        owner=owner,
        at=at,
        key=change.block.key,
        action=write.action,
        was=stands.interval if stands is not None and write.action != "create" else None,
        was_print=stands.tag.fingerprint if stands is not None and write.action != "create" else None,
        interval=entry_.interval if entry_ is not None else None,
        print=entry_.tag.fingerprint if entry_ is not None else None,
    )


def written(calendar: Connector, writes: Sequence[Write]) -> Iterator[Ref | CalendarError]:
    """The outcome of each write, in order; all in one request where the calendar can, or new ones side by side."""
    if isinstance(calendar, Batched):
        yield from calendar.write(writes)
        return
    new = [write.entry for write in writes if write.action == "create" and write.entry is not None]
    if isinstance(calendar, Parallel) and len(new) == len(writes) > 1:
        yield from calendar.create_all(new)
        return
    for write in writes:
        try:
            if write.entry is None:
                if write.ref is None:
                    raise ValueError("a block to delete has an address")
                calendar.delete(write.ref)
                yield write.ref
            else:
                yield calendar.create(write.entry) if write.ref is None else calendar.update(write.ref, write.entry)
        except CalendarError as error:
            yield error


def told(change: Change, error: CalendarError, known: str | None) -> CalendarError:
    """What to say of a write that failed. A block that is there already, though we never wrote it, is in somebody's
    way; else it is our own write, which the server does not show yet."""
    said_of_it = isinstance(error, Conflict) and not isinstance(error, Stale)
    if said_of_it and change.action == "create":
        return (Unshown if known in ("intended", "acknowledged") else Taken)([change.block.key])
    return error


def first_of(failed: Sequence[CalendarError]) -> CalendarError:
    """What to say where several writes failed: what reading again does not mend comes first, then all that are
    taken."""
    taken = [key for error in failed if isinstance(error, Taken) for key in error.keys]
    unshown = [key for error in failed if isinstance(error, Unshown) for key in error.keys]
    for error in failed:
        if not isinstance(error, Conflict):
            return error
    return Taken(taken) if taken else Unshown(unshown) if unshown else failed[0]


def write_of(
    change: Change,
    owner: str,
    looks: Blocks,
    now: datetime,
    stands: Own | None,
    restore: Callable[[str, Interval], bool],
    printed: str | None = None,
) -> Write:
    """A planned change as one of a calendar. `stands`: the block as it was read; `printed`: as in `entry`."""
    if change.action == "delete" and stands is not None:
        return Write("delete", ref=stands.ref)
    if change.action == "update" and stands is not None:
        if change.by_hand:
            return Write("update", as_it_stands(owner, now, stands), stands.ref)
        back = restore(change.block.key, stands.interval)
        return Write("update", entry(change.block, owner, looks, now, stands, back, printed), stands.ref)
    return Write("create", entry(change.block, owner, looks, now, None, printed=printed))


def as_it_stands(owner: str, now: datetime, stands: Own) -> Entry:
    """A block that a hand moved, as it is: what is written anew is only the form of its tag (`as_wanted`), which keeps
    showing that a hand moved it."""
    tag = Tag(owner, stands.key, stands.tag.fingerprint)
    return Entry(
        uid=stands.uid, interval=stands.interval, title=stands.title, private=stands.private, tag=tag, stamp=now
    )


def entry(
    block: Block,
    owner: str,
    looks: Blocks,
    now: datetime,
    stands: Own | None,
    restore: bool = False,
    printed: str | None = None,
) -> Entry:
    """A block as a calendar entry. A title that a hand changed stays (unless `restore`), and the tag keeps showing that
    a hand changed it. `printed`: the fingerprint whose times the tag keeps, since a hand chose the block's place."""
    title = title_of(block, looks)
    shown = stands.title if stands is not None and stands.retitled and not restore else title
    written_ = ownership.fingerprint(block.interval, title)
    if printed is not None:
        written_ = f"{printed.split('.')[0]}.{written_.split('.')[1]}"
    tag = Tag(owner, block.key, written_)
    uid = stands.uid if stands is not None else ownership.uid_for(owner, block.key)
    return Entry(uid=uid, interval=block.interval, title=shown, private=looks.private, tag=tag, stamp=now)
