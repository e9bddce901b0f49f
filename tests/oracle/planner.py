"""What the planner makes of a diary, in the oracle's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.demand import Block
from rules.diary import Diary
from rules.engine import demand
from rules.timeline import Interval
from scheduler.board import Standing
from scheduler.placement import place
from tests.oracle.book import Book, Span, both, minus, union
from tests.oracle.items import slug
from tests.oracle.value import Placed


@dataclass(frozen=True)
class Planned:
    """The planner's floating blocks, the open time that its blocks leave, and what it says itself."""

    placed: tuple[Placed, ...]
    open_time: tuple[Span, ...]
    told_open: tuple[Span, ...]
    slots: int
    blocks: tuple[Block, ...]


def planned(book: Book, diary: Diary, standing: Mapping[str, Interval] | None = None) -> Planned:
    """Ask the planner; `standing`: blocks that stand, by key."""
    answer = place(diary, demand(diary), Standing(future=dict(standing or {})))
    items = {slug(item): n for n, item in enumerate(book.rules.protect) if item.at is None}
    placed: list[Placed] = []
    held: list[Span] = []
    for block in answer.blocks:
        span = book.minute(block.start), book.minute(block.end)
        held.append(span)
        parts = block.key.split("/")
        if parts[0] == "protect" and parts[1] in items:
            placed.append((items[parts[1]], book.day(span[0]), span))
    taken = [*held, *((s.start, s.end) for s in book.sessions), *book.obstacles]
    open_time = minus(both(book.working, [book.canvas]), taken)
    told = union((book.minute(i.start), book.minute(i.end)) for i in answer.open)
    return Planned(tuple(sorted(placed)), tuple(open_time), tuple(told), answer.bookable_slots, answer.blocks)
