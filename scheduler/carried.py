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
from scheduler import departed, plan, reading
from scheduler.desk import Desk
from scheduler.edits import Back, Remembered
from scheduler.journal import Journal
from scheduler.plan import Own
from scheduler.whereabouts import Elsewhere, Whereabouts


@dataclass(frozen=True, slots=True)
class Brought:
    """What comes along for one therapist. `earlier`: the owner under the name before, if there is one; `deleted`: what
    was deleted by hand there; `blocks`: those that stand in an earlier calendar, or under the name before, and not yet
    here, without what a person wrote into them; `late`: the keys of those among them that stand here too, by the rules:
    they were made while the earlier calendar could not be read, and what a hand did there holds for them as well."""

    earlier: str | None
    deleted: tuple[Remembered, ...]
    blocks: Mapping[str, Own]
    late: frozenset[str] = frozenset()

    def prints(self, pins: Collection[str]) -> dict[str, str]:
        """The fingerprints of those that a hand has moved and that are made where it put them (`pins`): written anew
        they still tell so."""
        return {key: one.tag.fingerprint for key, one in self.blocks.items() if one.moved and key in pins}

    def idle(self, keys: Collection[str]) -> list[tuple[str, Interval]]:
        """Those that a hand has made take no time (`keys`), and where they stand: they are not made here."""
        return [(key, one.interval) for key, one in self.blocks.items() if key in keys]

    def over(self, own: Mapping[str, Own]) -> dict[str, Own]:
        """What a hand's changes are looked for in: what stands here (`own`) and what comes along."""
        return {**self.blocks, **own, **{key: self.blocks[key] for key in self.late}}


def before(
    practice: Practice, rules: Rules, at: str, events: Iterable[Event], journal: Journal
) -> tuple[str | None, dict[str, Own]]:
    """The owner under the name before, if there is one, and that one's blocks in the calendar that is written to
    (`at`), by key. `events`: all that was read."""
    earlier = departed.earlier_name(practice, rules, at, journal)
    if earlier is None:
        return None, {}
    return earlier, plan.own_blocks((e for e in events if e.calendar == rules.write), earlier)


def look(
    practice: Practice,
    rules: Rules,
    where: Whereabouts,
    earlier: str | None,
    renamed: Mapping[str, Own],
    known: Collection[Remembered],
    own: Mapping[str, Own],
    window: Interval,
    near: Interval,
    back: Back,
    desk: Desk,
) -> Brought:
    """What a hand did in earlier calendars, or under the name before. `earlier`, `renamed`: as `before` gives them;
    `known`: what the journal knows of the calendar that is written to; `own`: what stands in it; `near`: what planning
    looks at; `back`: what is put back as the rules say."""
    owner, journal = ownership.owner_of(practice.id, rules.therapist), desk.journal
    deleted = {row.key: replace(row, status="deleted") for other in where.elsewhere for row in other.gone}
    deleted |= {row.key: row for row in journal.deleted_elsewhere(owner, where.at)}
    if earlier is not None:
        deleted = {row.key: row for row in journal.deleted_elsewhere(earlier, "")} | deleted
    here = {row.key for row in known}
    found = _blocks(where.elsewhere, renamed.values(), known, window)
    late = _late(where.elsewhere, own, known, window, back)
    blocks = reading.standing_around({**found, **late}, near, rules)
    gone = tuple(row for key, row in deleted.items() if key not in here)
    return Brought(earlier, gone, blocks, frozenset(late.keys() & blocks.keys()))


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


def _late(
    elsewhere: Iterable[Elsewhere],
    own: Mapping[str, Own],
    known: Iterable[Remembered],
    window: Interval,
    back: Back,
) -> dict[str, Own]:
    """Those in earlier calendars that a hand has moved or freed and that stand here as the rules made them: when they
    were made, the earlier calendar could not be read. What a hand did here holds before that."""
    deleted = {row.key for row in known if row.status == "deleted"}
    found: dict[str, Own] = {}
    for one in (b for e in elsewhere for b in (*e.blocks.values(), *e.left.values())):
        here = own.get(one.key)
        if here is None or one.key in deleted or here.moved or here.how_idle is not None or here.worded():
            continue
        ahead = window.start <= min(one.interval.start, here.interval.start)
        if ahead and (one.moved or one.how_idle is not None) and not back(one.key, one.interval):
            found.setdefault(one.key, _without_words(one))
    return found


def _without_words(one: Own) -> Own:
    """The same block as if nobody had written into it."""
    times = one.tag.fingerprint.split(".")[0]
    return replace(one, noted=False, tag=replace(one.tag, fingerprint=f"{times}.{ownership.titled(one.title)}"))
