"""What a hand did to blocks goes along to where the same blocks are made now: when `write` names another calendar, or a
therapist has got another name. Reads; changes nothing.

A place that a hand chose goes along, and that a block was deleted or made to take no time. Words do not: what a person
wrote into stays where it was written (docs/decisions/0004-edits-by-hand.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from connectors import ownership
from rules.demand import Change
from rules.practice import Practice, Rules
from rules.timeline import Event, Interval
from scheduler import departed, plan
from scheduler.desk import Desk
from scheduler.edits import Remembered
from scheduler.plan import Own
from scheduler.whereabouts import Elsewhere, Whereabouts


@dataclass(frozen=True, slots=True)
class Brought:
    """What comes along for one therapist. `earlier`: the owner under the name before, if there is one; `deleted`: what
    was deleted by hand there; `blocks`: those that stand in an earlier calendar, or under the name before, and not yet
    here, without what a person wrote into them."""

    earlier: str | None
    deleted: tuple[Remembered, ...]
    blocks: Mapping[str, Own]

    def prints(self, pins: Collection[str]) -> dict[str, str]:
        """The fingerprints of those that a hand has moved and that are made where it put them (`pins`): written anew
        they still tell so."""
        return {key: one.tag.fingerprint for key, one in self.blocks.items() if one.moved and key in pins}

    def idle(self, keys: Collection[str]) -> list[tuple[str, Interval]]:
        """Those that a hand has made take no time (`keys`), and where they stand: they are not made here."""
        return [(key, one.interval) for key, one in self.blocks.items() if key in keys]


def look(
    practice: Practice,
    rules: Rules,
    where: Whereabouts,
    events: Iterable[Event],
    known: Collection[Remembered],
    window: Interval,
    desk: Desk,
) -> Brought:
    """What a hand did in earlier calendars, or under the name before. `events`: all that was read; `known`: what the
    journal knows of the calendar that is written to."""
    owner, journal = ownership.owner_of(practice.id, rules.therapist), desk.journal
    earlier = departed.earlier_name(practice, rules, where.at, journal)
    deleted = {row.key: replace(row, status="deleted") for other in where.elsewhere for row in other.gone}
    deleted |= {row.key: row for row in journal.deleted_elsewhere(owner, where.at)}
    renamed: Iterable[Own] = ()
    if earlier is not None:
        deleted = {row.key: row for row in journal.deleted_elsewhere(earlier, "")} | deleted
        renamed = plan.own_blocks((e for e in events if e.calendar == rules.write), earlier).values()
    here = {row.key for row in known}
    found = _blocks(where.elsewhere, renamed, known, window)
    return Brought(earlier, tuple(row for key, row in deleted.items() if key not in here), found)


def removals(retired: Iterable[Own], wanted: Collection[str], rules: Rules) -> list[Change]:
    """Own blocks in earlier calendars as changes that take them away. `wanted`: the keys of what stands in the calendar
    that is written to then."""
    moves = f"moves to {rules.write}, which is written to now"
    return [
        Change(action="delete", block=plan.gone(o, moves) if o.key in wanted else plan.gone(o), was=o.interval)
        for o in retired
    ]


def _blocks(
    elsewhere: Iterable[Elsewhere], renamed: Iterable[Own], known: Iterable[Remembered], window: Interval
) -> dict[str, Own]:
    """The blocks ahead in earlier calendars, and those under an earlier name, by key; but for those that a reading of
    this calendar has shown, or that were deleted in it. `known`: what the journal knows of this calendar."""
    done = {row.key for row in known if row.status in ("seen", "deleted")}
    found: dict[str, Own] = {}
    for one in (*(b for e in elsewhere for b in (*e.blocks.values(), *e.left.values())), *renamed):
        if one.key not in done and window.start <= one.interval.start:
            found.setdefault(one.key, _without_words(one))
    return found


def _without_words(one: Own) -> Own:
    """The same block as if nobody had written into it."""
    times = one.tag.fingerprint.split(".")[0]
    return replace(one, noted=False, tag=replace(one.tag, fingerprint=f"{times}.{ownership.titled(one.title)}"))
