"""Placement: where every block goes.

Order (rule-file.md, section 4, "Together" and "Best"): breaks, then protected time by priority, then guards in what
remains.

Pure: no clock, no input or output; the same input gives the same blocks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rules.breaks import Skyline
from rules.demand import Block, Finding
from rules.diary import Diary
from rules.engine import Demand
from rules.timeline import Interval, intersect, subtract
from scheduler import holding, slots
from scheduler.board import Standing, is_guard, set_up
from scheduler.floats import place_floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Blocks that should stand, sorted by start; what could not be done; what is left open; how many bookings that
    takes."""

    blocks: tuple[Block, ...]
    findings: tuple[Finding, ...]
    open: tuple[Interval, ...]
    bookable_slots: int


def place(diary: Diary, demand: Demand, standing: Standing) -> Placement:
    """Give every demand its place.

    Findings are those of placement alone (``not-placed``, ``guard-removed``); the rules' own are in `demand`.
    """
    standing = _still_asked_for(demand, standing)
    board = set_up(diary, demand, standing)
    findings = place_floats(board)
    skyline = Skyline(diary, board.hard)
    needs = holding.needs_of(board)
    held_guards = {k: i for k, i in standing.started.items() if is_guard(k)}
    done = [i for k, i in standing.started.items() if not is_guard(k)]
    held = [*(b.interval for b in needs), *done, *board.pinned, *board.released]
    laid, pieces = holding.lay_guards(diary, demand, skyline, needs, held)
    needs, lone = holding.join_short(diary, needs, laid)
    kept: list[Block] = []
    for block in holding.name_guards(lone, standing):
        if block.key in standing.vetoes or block.key in standing.pins:
            if block.end > diary.now:
                findings.append(holding.guard_removed(diary, block))
            continue
        kept.append(block)
    started = holding.started_blocks(diary, standing, kept, held_guards)
    blocks = [*holding.from_now(diary, needs, standing), *holding.from_now(diary, kept, standing), *started]
    blocks += [holding.as_block(diary, key, interval) for key, interval in standing.pins.items()]
    shortened = {b.key for b in started if b.interval != standing.started[b.key]}
    blocks = [b for b in blocks if b.start < diary.window.end and (b.end > diary.now or b.key in shortened)]
    open_ = subtract(
        intersect(diary.working, [diary.window]),
        [*diary.busy, *(s.interval for s in diary.sessions), *(b.interval for b in blocks)],
    )
    safe = intersect(open_, pieces)
    return Placement(
        blocks=tuple(sorted(blocks, key=lambda b: (b.interval, b.key))),
        findings=tuple(findings),
        open=tuple(open_),
        bookable_slots=slots.most_bookings(diary, safe),
    )


def _still_asked_for(demand: Demand, standing: Standing) -> Standing:
    """Without the moved blocks whose cause is gone: a cancelled session's break goes wherever a hand has put it."""
    asked = demand.keys
    pins = {k: i for k, i in standing.pins.items() if is_guard(k) or k in asked or k.rsplit("/", 1)[0] in asked}
    return replace(standing, pins=pins)
