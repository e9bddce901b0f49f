"""What the therapist did by hand, read from the calendar and from what is remembered
(docs/decisions/0004-edits-by-hand.md). Pure.

A block that no longer has the times of its fingerprint was **moved**; one that a later read has seen, and that a
complete read then misses, was **deleted**. Absent alone is not deleted: a killed run may never have written it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from rules.timeline import Interval
from scheduler.board import Standing
from scheduler.plan import Own

Status = Literal["intended", "acknowledged", "seen", "deleted"]


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the journal knows of one block: where it was written last, and how sure that is."""

    key: str
    interval: Interval
    status: Status


@dataclass(frozen=True, slots=True)
class Edits:
    """What stands, sorted into what planning needs. `deleted`: keys found deleted in this very reading; `seen`: how
    many seen
    blocks should still be there, for the brake."""

    standing: Standing
    deleted: tuple[str, ...]
    seen: int


def read(
    own: Mapping[str, Own],
    remembered: Iterable[Remembered],
    busy: Iterable[Interval],
    window: Interval,
    mode: Literal["keep", "restore"],
) -> Edits:
    """Compare what was written with what stands.

    `busy`: everybody else's time and sessions; a moved block on top of any of it goes back to its place. `window`: what
    was read for
    own blocks and is planned. With `restore` nothing is pinned and nothing vetoed.
    """
    taken = list(busy)
    future: dict[str, Interval] = {}
    started: dict[str, Interval] = {}
    strayed: set[str] = set()
    pins: dict[str, Interval] = {}
    for key, block in sorted(own.items()):  # of two moved onto each other, always the same one stays
        if block.interval.start < window.start:
            started[key] = block.interval
            if block.moved:
                strayed.add(key)
        elif mode == "keep" and block.moved and not _on_top(block.interval, taken, pins.values()):
            pins[key] = block.interval
        else:
            future[key] = block.interval
    rows = list(remembered)
    ahead = [r for r in rows if window.start <= r.interval.start < window.end]
    # A block that began before what was read still has its key: its session may have moved to a day ahead.
    for row in rows:
        if row.interval.start < window.start and row.key not in own and row.status in ("acknowledged", "seen"):
            started[row.key] = row.interval
    missing = tuple(sorted(r.key for r in ahead if r.status == "seen" and r.key not in own))
    vetoes = {r.key for r in rows if r.status == "deleted"} | set(missing)
    if mode == "restore":
        vetoes = set()
    return Edits(
        standing=Standing(
            future=future, started=started, pins=pins, vetoes=frozenset(vetoes - set(own)), strayed=frozenset(strayed)
        ),
        deleted=missing if mode == "keep" else (),
        seen=sum(1 for r in ahead if r.status == "seen"),
    )


def _on_top(interval: Interval, busy: Iterable[Interval], pins: Iterable[Interval]) -> bool:
    return any(interval.overlaps(b) for b in (*busy, *pins))
