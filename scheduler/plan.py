"""The plan: what stands against what should stand, key by key. Pure, and nothing but a comparison.

| stands            | should stand                    | action |
|-------------------|---------------------------------|--------|
| nothing           | block                           | create |
| own block         | same time and looks             | keep   |
| moved by hand     | wherever                        | keep; update where its tag has the wrong form |
| own block         | other time or looks             | update |
| own block, future | nothing                         | delete |
| own block, started| nothing                         | nothing |
| a person's block  | the same block                  | keep   |
| anybody else's    | anything                        | nothing, ever |
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from connectors import ownership
from rules.demand import Block, Change
from rules.practice import Blocks
from rules.timeline import Event, Interval, Ref, State, Tag
from scheduler.board import is_guard
from scheduler.naming import block_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One of our blocks as it stands in a calendar. `title` is ours unless a hand changed it; it is never shown.
    `state`, `all_day`: busy and at a time, unless a hand changed it. `noted`: a hand wrote something into it."""

    key: str
    place: str
    interval: Interval
    title: str
    private: bool
    tag: Tag
    ref: Ref
    uid: str
    state: State = "busy"
    all_day: bool = False
    noted: bool = False

    @property
    def moved(self) -> bool:
        """Whether it no longer stands where it was written."""
        return ownership.moved(self.tag, self.interval)

    @property
    def retitled(self) -> bool:
        """Whether a hand changed its title."""
        return ownership.retitled(self.tag, self.title)

    def worded(self, restored: bool = False) -> bool:
        """Whether a person wrote into it; `restored`: its title goes back, so only a note counts."""
        return self.noted or (self.retitled and not restored)

    @property
    def how_idle(self) -> Literal["free", "cancelled", "all-day"] | None:
        """How a hand has made it take no time, if one has."""
        if self.state == "cancelled":
            return "cancelled"
        return "all-day" if self.all_day else None if self.state == "busy" else "free"


def own_blocks(events: Iterable[Event], owner: str) -> dict[str, Own]:
    """The events that carry this owner's tag, by key. Where a calendar holds one twice, such as a copied file, the one
    at the address that we gave it is ours, else the one that stands as it was written."""
    found: dict[str, Own] = {}
    for e in events:
        if e.tag is None or e.ref is None or ownership.whose(e.tag, owner) != "ours":
            continue
        one = Own(
            key=e.tag.key,
            place=e.calendar,
            interval=e.interval,
            title=e.title,
            private=e.private,
            tag=e.tag,
            ref=e.ref,
            uid=e.uid,
            state=e.state,
            all_day=e.all_day,
            noted=e.noted,
        )
        other = found.get(one.key)
        if other is None or _likeness(one) < _likeness(other):
            found[one.key] = one
    return found


def _likeness(one: Own) -> tuple[bool, bool, bool, str]:
    renamed = one.uid.partition("@")[0] not in one.ref.where.partition("#")[0]
    return renamed, one.moved, one.how_idle is not None, one.ref.where


def title_of(block: Block, looks: Blocks) -> str:
    """What the calendar shows for a block."""
    return looks.title.replace("{name}", block.name)


def make(
    own: Mapping[str, Own],
    wanted: Iterable[Block],
    window: Interval,
    looks: Blocks,
    *,
    pinned: Iterable[str] = (),
    asked: Collection[str] = (),
    back: Callable[[str, Interval], bool] = lambda _key, _interval: False,
    theirs: Collection[str] = (),
    idle: Collection[str] = (),
    freed: Collection[str] = (),
) -> tuple[Change, ...]:
    """Every block with what happens to it, sorted by start and key.

    `own` is what stands in the calendar that is written to. Only own blocks that start inside `window` may go; what has
    started or lies beyond the horizon is left alone. `pinned`: keys that stay where a hand put them; `asked`: keys that
    the rules ask for, placed or not; `back`: whether a title that a hand changed goes back too; `theirs`: keys of
    blocks that are a person's own events now; `idle`: keys of blocks that take no time and stay as they are while
    something asks for them. Those are no changes and no blocks of the plan: nothing is held there. `freed`: keys of
    blocks that a hand made take no time in an earlier calendar."""
    changes: list[Change] = []
    by_hand = set(pinned)
    keys: set[str] = set()
    for block in wanted:
        keys.add(block.key)
        stands = own.get(block.key)
        if stands is None and block.key in theirs:
            changes.append(Change(action="keep", block=block, by_hand=True))
        elif stands is None:
            changes.append(Change(action="create", block=block))
        elif block.key in by_hand and (stands.tag.as_wanted or stands.interval != block.interval):
            changes.append(Change(action="keep", block=block, by_hand=True))
        elif block.key in by_hand:  # only its tag is written anew, in the form that is asked for
            changes.append(Change(action="update", block=block, was=stands.interval, by_hand=True))
        elif stands.interval == block.interval and (
            stands.interval.start < window.start or _looks_right(stands, block, looks, back(block.key, stands.interval))
        ):
            changes.append(Change(action="keep", block=block, by_hand=stands.retitled))
        else:
            changes.append(Change(action="update", block=block, was=stands.interval))
    for key, stands in own.items():
        if key in idle and (is_guard(key) or key in asked or key.rsplit("/", 1)[0] in asked):
            continue
        if stands.worded(back(key, stands.interval)):
            continue  # a person's words are not deleted, wherever they stand
        if key not in keys and window.start <= stands.interval.start < window.end:
            why = "there is no room for it any more" if key in asked else "nothing asks for it any more"
            why = "it was freed by hand in the calendar before" if key in freed else why
            changes.append(Change(action="delete", block=gone(stands, why), was=stands.interval))
    return tuple(sorted(changes, key=lambda c: (c.block.interval, c.block.key)))


def gone(stands: Own, why: str = "nothing asks for it any more") -> Block:
    """An own block that is to go, as a block: its rule is in its key."""
    return block_of(stands.key, stands.interval, why)


def _looks_right(stands: Own, block: Block, looks: Blocks, restore: bool) -> bool:
    titled = stands.title == title_of(block, looks) or (stands.retitled and not restore)
    return stands.private == looks.private and titled and stands.tag.as_wanted and not (stands.how_idle and restore)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many changes of each sort a plan has."""

    create: int
    update: int
    delete: int

    @property
    def all(self) -> int:
        return self.create + self.update + self.delete


def count(changes: Iterable[Change]) -> Counts:
    """Count the changes of a plan."""
    actions = [c.action for c in changes]
    return Counts(actions.count("create"), actions.count("update"), actions.count("delete"))
