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
from rules.periods import period_of
from rules.timeline import Interval, intersect, subtract
from scheduler import holding, slots
from scheduler.board import Standing, is_guard, item_of, set_up
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
    standing = _still_asked_for(diary, demand, standing)
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


def _still_asked_for(diary: Diary, demand: Demand, standing: Standing) -> Standing:
    """Without the moved blocks whose cause is gone: a cancelled session's break goes wherever a hand has put it; one
    whose cause is merely over, since a hand has put it on a later day, stays. And
    with the blocks of periods that wait, since they end beyond what is planned, as what stays where it stands. What a
    person made their own or wrote into stays whatever is asked for."""
    asked = demand.keys
    taken = [*diary.busy, *(s.interval for s in diary.sessions)]
    waiting = {
        k: i
        for k, i in {**standing.future, **standing.pins}.items()
        if k not in asked
        and k.rsplit("/", 1)[0] not in asked
        and _waits(diary, k, i)
        and not any(i.overlaps(t) for t in taken)
    }
    pins = {
        k: i
        for k, i in standing.pins.items()
        if is_guard(k)
        or k in asked
        or k.rsplit("/", 1)[0] in asked
        or _is_over(diary, k)
        or k in standing.firm | standing.outlived
    }
    for k in sorted(standing.worded & standing.future.keys() - waiting.keys() - asked):
        i = standing.future[k]
        if (
            not is_guard(k)
            and k.rsplit("/", 1)[0] not in asked
            and not any(i.overlaps(t) for t in (*taken, *pins.values()))
        ):
            pins[k] = i
    future = {k: i for k, i in standing.future.items() if k not in waiting and k not in pins}
    return replace(standing, pins=pins, future=future, started={**standing.started, **waiting})


def _is_over(diary: Diary, key: str) -> bool:
    """Whether what a block is for was asked for, on a date or in a period that is over by now."""
    kind, *rest = key.split("/")
    if kind == "break":
        return any(s.id == rest[0] and s.end <= diary.canvas.start for s in diary.sessions)
    if kind == "notes":
        return diary.rules.notes is not None and rest[0] < diary.today.isoformat()
    item = item_of(diary, key)
    if item is None or len(rest) < 2:
        return False
    every = "day" if item.quota is None else item.quota.every
    return rest[1] < period_of(diary.today, every).key


def _waits(diary: Diary, key: str, interval: Interval) -> bool:
    """Whether a block belongs to a quota's period that is not planned yet, because it ends beyond the window."""
    item = item_of(diary, key)
    if item is None or item.quota is None or item.quota.every == "day":
        return False
    period = period_of(diary.date_of(interval.start), item.quota.every)
    named = key.split("/")[2:3] == [period.key]
    return named and period.interval(diary.rules.timezone).end > diary.window.end
