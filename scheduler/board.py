"""The board that a plan is laid out on: what stands, what is asked for, and what has its place so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rules import protect
from rules.demand import Block
from rules.diary import Diary
from rules.engine import Demand
from rules.practice import ProtectItem
from rules.protect import Want
from rules.timeline import Interval, subtract
from scheduler.pieces import belongs, by_cause, still_due


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands in the calendar before planning, by key.

    future: own blocks that have not started and were not changed by hand. started: those that have, today or before:
    done, and only a guard among them may be shortened. pins: blocks that a therapist moved, where they were put.
    vetoes: keys that a therapist deleted, or made take no time. strayed: those of `started` that a hand had moved
    before they started. firm: pins that stay even if nothing asks for them any more, since they are a person's own.
    worded: those of `future` that a person wrote into, and that stay where they are if nothing asks for them. outlived:
    pins whose session was due on a day that is over, or nobody knows when: that it is not found is no cancellation."""

    future: Mapping[str, Interval] = field(default_factory=dict)
    started: Mapping[str, Interval] = field(default_factory=dict)
    pins: Mapping[str, Interval] = field(default_factory=dict)
    vetoes: frozenset[str] = frozenset()
    strayed: frozenset[str] = frozenset()
    firm: frozenset[str] = frozenset()
    worded: frozenset[str] = frozenset()
    outlived: frozenset[str] = frozenset()
    _causes: dict[str, dict[str, dict[str, Interval]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def future_of(self, key: str) -> Mapping[str, Interval]:
        """Those of `future` that belong to a cause."""
        return self._by_cause("future", self.future).get(key, {})

    def started_of(self, key: str) -> Mapping[str, Interval]:
        """Those of `started` that belong to a cause."""
        return self._by_cause("started", self.started).get(key, {})

    def _by_cause(self, which: str, blocks: Mapping[str, Interval]) -> dict[str, dict[str, Interval]]:
        if which not in self._causes:  # sorted once: thousands of causes are looked up among thousands of blocks
            self._causes[which] = by_cause(blocks)
        return self._causes[which]


@dataclass(slots=True)
class Board:
    """The work in progress: what is held so far, by how it may be used."""

    diary: Diary
    demand: Demand
    standing: Standing
    breaks: list[Block]
    fixed: list[Block] = field(default_factory=list)
    floats: dict[str, tuple[Want, Interval]] = field(default_factory=dict)
    notes: list[Block] = field(default_factory=list)
    pinned: list[Interval] = field(default_factory=list)
    released: list[Interval] = field(default_factory=list)
    hard: list[Interval] = field(default_factory=list)
    resting: list[Interval] = field(default_factory=list)


def set_up(diary: Diary, demand: Demand, standing: Standing) -> Board:
    fixed_on = {**standing.pins, **standing.started}
    board = Board(diary, demand, standing, [])
    board.pinned = list(standing.pins.values())
    for key, interval in fixed_on.items():
        item = item_of(diary, key)
        if item is not None:
            (board.resting if item.counts_as_break else board.hard).append(interval)
    for block in demand.breaks:
        if block.key in standing.vetoes or block.key in standing.pins:
            board.released.append(block.interval)
        else:
            board.breaks.append(block)
    for block in demand.holds:
        taken = [
            *diary.busy,
            *(s.interval for s in diary.sessions),
            *around(standing, block.key),
            *(b.interval for b in board.fixed),
        ]
        pieces = still_due(block.key, subtract([block.interval], taken), standing)
        board.fixed += [replace(block, key=key, interval=piece) for key, piece in pieces.due]
    for due in demand.fixed:
        taken = [*around(standing, due.key), *(b.interval for b in board.fixed)]
        if not due.item.counts_as_break:
            taken += [i for b in board.breaks for i in b.firm]
        whole = protect.fixed_blocks(diary, due, taken)
        pieces = still_due(due.key, [b.interval for b in whole], standing)
        board.fixed += [replace(whole[0], key=key, interval=piece) for key, piece in pieces.due]
        (board.resting if due.item.counts_as_break else board.hard).extend(piece for _, piece in pieces.due)
    return board


def around(standing: Standing, key: str) -> list[Interval]:
    """What a hand has put somewhere and what has started, but for the cause's own blocks. Guards that have started give
    way."""
    done = {k: i for k, i in standing.started.items() if not is_guard(k)}
    return [i for k, i in (*standing.pins.items(), *done.items()) if not belongs(k, key)]


def is_guard(key: str) -> bool:
    """Whether a key is a guard's."""
    return key.startswith("guard/")


def item_of(diary: Diary, key: str) -> ProtectItem | None:
    """The protected item a key belongs to, if the rule file still has it."""
    parts = key.split("/")
    if parts[0] != "protect" or len(parts) < 2:
        return None
    return next((i for i in diary.rules.protect if protect.slug(i.name) == parts[1]), None)
