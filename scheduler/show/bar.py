"""A day as a bar of letters: what each cell of the day shows. Pure; knows nothing of colour or terminals.

    S session   P protected time   n notes   b break   h held time (guard)   m other busy time   . open
    (space) not working time

Cells are wall-clock time, so that 09:00 stands in the same column on every day. On a day with 23 hours the hour that is
skipped stays blank; on one with 25 hours the two passes of the repeated hour share their cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.demand import Block
from rules.timeline import MINUTE, Interval, whole_day
from scheduler.outcome import Outcome

RANK = "SPnbmh."
KEPT = "SPnbm"
"""Letters whose every item has at least one cell, as far as there are cells."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Which part of the day is shown and how finely: wall-clock minutes since midnight, and minutes a cell."""

    first: int
    last: int
    cell: int

    @property
    def cells(self) -> int:
        return (self.last - self.first) // self.cell


@dataclass(frozen=True, slots=True)
class Cell:
    """`letter` is what has the largest share of the cell. `past`: over before now. `item` tells neighbours of the same
    letter apart."""

    letter: str
    past: bool = False
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A letter and its stretches of wall-clock minutes on the day (two where it lies across a change of the clocks)."""

    letter: str
    stretches: tuple[tuple[float, float], ...]

    def share(self, start: int, end: int) -> float:
        """The minutes of it that lie in [start, end)."""
        return sum(max(0.0, min(end, b) - max(start, a)) for a, b in self.stretches)


def letter_of(block: Block) -> str:
    """The letter of a block: guard, break, notes, or what protects the therapist."""
    if block.guard:
        return "h"
    return {"breaks": "b", "notes": "n"}.get(block.rule.split(".")[0], "P")


def day_items(outcome: Outcome, day: date) -> list[Item]:
    """Everything that the day's bar is drawn from, most important letter first, then by start."""
    zone = outcome.rules.timezone
    content: list[tuple[str, Interval]] = [("S", s.interval) for s in outcome.sessions]
    content += [(letter_of(block), block.interval) for block in outcome.blocks]
    content += [("m", stretch) for stretch in outcome.busy]
    content += [(".", stretch) for stretch in outcome.open]
    whole = whole_day(day, zone)
    passes = clock_passes(day, zone)
    items = []
    for letter, interval in content:
        if interval.overlaps(whole):
            stretches = wall_minutes(interval, passes)
            if stretches:
                items.append(Item(letter, stretches))
    return sorted(items, key=lambda item: (RANK.index(item.letter), item.stretches))


def draw(items: Sequence[Item], scale: Scale, past: Iterable[tuple[float, float]] = ()) -> list[Cell]:
    """The cells of one day. `past`: the wall-clock stretches that are over."""
    owners: list[int | None] = []
    for position in range(scale.cells):
        owners.append(_largest(items, *_edges(scale, position), scale.cell))
    for index, item in enumerate(items):
        if item.letter in KEPT and index not in owners:
            _squeeze_in(items, index, owners, scale)
    gone = Item("past", tuple(past))
    cells: list[Cell] = []
    for position, owner in enumerate(owners):
        start, end = _edges(scale, position)
        over = gone.share(start, end) >= scale.cell
        cells.append(Cell(" " if owner is None else items[owner].letter, over, owner))
    return cells


def clock_passes(day: date, zone: ZoneInfo) -> list[tuple[Interval, float]]:
    """The stretches of a local date on which the clock runs evenly, each with the wall-clock minute it begins at."""
    whole = whole_day(day, zone)
    passes: list[tuple[Interval, float]] = []
    start = whole.start
    while start < whole.end:
        end = _next_change(start, whole.end, zone)
        local = start.astimezone(zone)
        minute = local.hour * 60 + local.minute + local.second / 60
        passes.append((Interval(start, end), minute))
        start = end
    return passes


def wall_minutes(interval: Interval, passes: Iterable[tuple[Interval, float]]) -> tuple[tuple[float, float], ...]:
    """Where an interval stands on a day's clock face, in minutes since midnight; empty if it is not on that day."""
    stretches = []
    for stretch, minute in passes:
        shared = interval.clip(stretch)
        if shared is not None:
            begins = minute + (shared.start - stretch.start) / MINUTE
            stretches.append((begins, begins + shared.length / MINUTE))
    return tuple(stretches)


def _next_change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after `start` at which the offset differs, or `end`. Clocks change at whole minutes."""
    offset = start.astimezone(zone).utcoffset()
    if (end - MINUTE).astimezone(zone).utcoffset() == offset:
        return end
    low, high = 0, int((end - start) / MINUTE) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if (start + timedelta(minutes=middle)).astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return start + timedelta(minutes=high)


def _edges(scale: Scale, position: int) -> tuple[int, int]:
    start = scale.first + position * scale.cell
    return start, start + scale.cell


def _largest(items: Sequence[Item], start: int, end: int, cell: int) -> int | None:
    """Which item the cell belongs to: that of the letter with the largest share; None where most of it is not working
    time."""
    shares: dict[str, float] = {}
    best: dict[str, tuple[float, int]] = {}
    for index, item in enumerate(items):
        share = item.share(start, end)
        if share <= 0:
            continue
        shares[item.letter] = shares.get(item.letter, 0.0) + share
        if item.letter not in best or share > best[item.letter][0]:
            best[item.letter] = (share, index)
    if not shares:
        return None
    letter = max(shares, key=lambda name: (shares[name], -RANK.index(name)))
    blank = cell - sum(shares.values())
    return None if blank > shares[letter] else best[letter][1]


def _squeeze_in(items: Sequence[Item], index: int, owners: list[int | None], scale: Scale) -> None:
    """Give an item without a cell the one that it fills most, unless that is all that something else has."""
    candidates = []
    for position in range(scale.cells):
        share = items[index].share(*_edges(scale, position))
        if share > 0:
            candidates.append((-share, position))
    ranked = [position for _, position in sorted(candidates)]
    spare = [p for p in ranked if _spare(items, owners, p)]
    # Items come by importance, so that what is displaced here still gets its own turn.
    lesser = [p for p in ranked if RANK.index(items[owners[p] or 0].letter) > RANK.index(items[index].letter)]
    for position in [*spare, *lesser][:1]:
        owners[position] = index


def _spare(items: Sequence[Item], owners: Sequence[int | None], position: int) -> bool:
    """Whether nothing that must show loses its last cell with this one."""
    owner = owners[position]
    return owner is None or items[owner].letter not in KEPT or owners.count(owner) > 1
