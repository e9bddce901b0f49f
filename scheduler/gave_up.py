"""What a block gave up: the length it should have, or the place it would like best, and why. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from rules.demand import Block
from rules.diary import minutes
from rules.protect import Want
from rules.timeline import Interval, intersect, subtract
from scheduler import what_if
from scheduler.pieces import belongs
from scheduler.what_if import Scene, want_of


def of(scene: Scene, block: Block) -> str:
    """In words for the therapist; '' where a block gave up nothing."""
    if block.rule.startswith("breaks"):
        return _of_break(scene, block)
    want = want_of(scene, block)
    if want is not None:
        return "; ".join(said for said in (_shrunk(block, want), _away(scene, block, want)) if said)
    return _of_fixed(scene, block)


def _of_break(scene: Scene, block: Block) -> str:
    for finding in scene.outcome.findings:
        near = finding.interval.start <= block.end and finding.interval.end >= block.start
        if finding.rule == "breaks" and near and finding.interval.overlaps(block.interval):
            return f"shrunk: {finding.message.partition(': ')[2] or finding.message}"
    return ""


def _shrunk(block: Block, want: Want) -> str:
    quota = want.item.quota
    whole = quota.least if quota is not None and want.item.length is None else want.length
    if block.interval.length >= whole:
        return ""
    return f"shrunk to {minutes(block.interval.length)} of {minutes(whole)} min, the longest free stretch in its window"


def _away(scene: Scene, block: Block, want: Want) -> str:
    """How far a block is from `ideally`, and what keeps it from there."""
    ideally = want.ideally
    if ideally is None or block.start == ideally or block.start < scene.diary.now:
        return ""
    return _distance(block.start, ideally, scene.diary.clock(ideally)) + _because(scene, block, ideally)


def _distance(start: datetime, ideally: datetime, clock: str) -> str:
    away = start - ideally
    which = "later" if away > timedelta(0) else "earlier"
    return f"{minutes(abs(away))} min {which} than `ideally` ({clock}): "


def _because(scene: Scene, block: Block, ideally: datetime) -> str:
    diary = scene.diary
    spot = Interval(ideally, ideally + block.interval.length)
    if ideally < diary.now:
        return "that is past"
    for session in diary.sessions:
        if session.interval.overlaps(spot):
            return f"the session {_times(scene, session.interval)} is there"
    for busy in diary.busy:
        if busy.overlaps(spot):
            return f"other busy time {_times(scene, busy)} is there"
    for other in scene.outcome.blocks:
        if (
            other.key != block.key
            and not other.guard
            and other.interval.overlaps(spot)
            and not other.rule.startswith("breaks")
        ):
            return f"{other.name} {_times(scene, other.interval)} is there"
    fewer = scene.outcome.bookable_slots - what_if.slots_at(scene, block.key, spot)
    if fewer > 0:
        return f"there it would cost {fewer} more bookable {'slot' if fewer == 1 else 'slots'}"
    if scene.standing.future.get(block.key) == block.interval:
        return "it stays where it stands, since another place is no better for bookings"
    return "there it would leave less open time, or more and shorter blocks"


def _of_fixed(scene: Scene, block: Block) -> str:
    """What of a fixed item's window something else takes."""
    diary = scene.diary
    due = next((f for f in scene.demand.fixed if belongs(block.key, f.key)), None)
    if due is None:
        return ""
    own = [b.interval for b in scene.outcome.blocks if belongs(b.key, due.key)]
    others = [*diary.busy, *(s.interval for s in diary.sessions)]
    others += [b.interval for b in scene.outcome.blocks if not belongs(b.key, due.key)]
    lost = intersect(subtract([due.window], own), others)
    if not lost:
        return ""
    return f"of {_times(scene, due.window)}, {' and '.join(_times(scene, i) for i in lost)} is taken by something else"


def _times(scene: Scene, interval: Interval) -> str:
    return f"{scene.diary.clock(interval.start)}-{scene.diary.clock(interval.end)}"
