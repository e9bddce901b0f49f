"""What would be otherwise with one booking more, or one item fewer: by the rules and the planner themselves, so that an
explanation never says more than they do. Pure.

A booking is bad if `rules.engine` finds something new; an item's price is what the planner's own count of bookable
slots gains without it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules import engine
from rules.demand import Block, Finding
from rules.diary import Diary
from rules.engine import Demand
from rules.practice import Kind
from rules.protect import QuotaDue, Want
from rules.timeline import MINUTE, Interval, Session, merge, midnight, week_of
from scheduler.board import Standing, item_of
from scheduler.outcome import Outcome
from scheduler.pieces import belongs
from scheduler.placement import place

Told = tuple[str, str, str, Interval, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A plan, what it was planned from, and what the rules ask for."""

    outcome: Outcome
    diary: Diary
    standing: Standing
    demand: Demand


@dataclass(frozen=True, slots=True)
class Example:
    """A booking that would break a rule: a kind, when, and the finding that would come of it."""

    kind: Kind
    interval: Interval
    finding: Finding


def example_for(scene: Scene, guard: Block) -> Example | None:
    """A booking that a guard keeps out: it lies in open time and the guard, and creates a finding. One that breaks the
    guard's own rule and starts on the grid is preferred. None where no single booking does (a guard that joins others).
    """
    near = _around(scene, guard.interval)
    before = told(engine.demand(near).findings)
    others = [b.interval for b in scene.outcome.blocks if b.guard]
    second: Example | None = None
    for held in ([guard.interval], others):
        room = merge([*scene.outcome.open, *held])
        for kind in near.bookable:
            for start in _starts(room, guard.interval, kind, scene.diary):
                example = _tried(near, kind, start, before, guard.rule)
                if example is None:
                    continue
                if _same_rule(example.finding.rule, guard.rule):
                    return example
                second = second or example
        if second is not None:
            return second
    return None


def _around(scene: Scene, span: Interval) -> Diary:
    """The diary of the weeks around a stretch, protected work as hard as a meeting: all that a booking can break."""
    diary = scene.diary
    zone = diary.rules.timezone
    monday = week_of(diary.date_of(span.start))
    weeks = Interval(midnight(monday - timedelta(days=8), zone), midnight(monday + timedelta(days=15), zone))
    work = [
        b.interval
        for b in scene.outcome.blocks
        if not b.guard and (item := item_of(diary, b.key)) is not None and not item.counts_as_break
    ]
    near = replace(
        diary,
        window=Interval(diary.window.start, max(diary.window.start, min(diary.window.end, weeks.end))),
        busy=tuple(sorted((*diary.busy, *work))),
    )
    return near.within(weeks)


def _starts(room: Sequence[Interval], guard: Interval, kind: Kind, diary: Diary) -> list[datetime]:
    """Starts at which a booking lies in the room and takes some of the guard: those on the grid first, then by time."""
    day = midnight(diary.date_of(guard.start), diary.rules.timezone)
    found = []
    for piece in room:
        start = max(piece.start, guard.start - kind.length + MINUTE)
        while start < guard.end and start + kind.length <= piece.end:
            found.append(start)
            start += MINUTE
    return sorted(found, key=lambda s: ((s - day) % diary.rules.grid != timedelta(0), s))


def _tried(diary: Diary, kind: Kind, start: datetime, before: set[Told], rule: str) -> Example | None:
    new = [f for f in engine.demand(with_booking(diary, kind, start)).findings if told([f]) - before]
    if not new:
        return None
    return Example(
        kind, Interval(start, start + kind.length), next((f for f in new if _same_rule(f.rule, rule)), new[0])
    )


def with_booking(diary: Diary, kind: Kind, start: datetime) -> Diary:
    """The same diary with one more session."""
    session = Session(id="booking", interval=Interval(start, start + kind.length), kind=kind.name)
    return replace(diary, sessions=by_start((*diary.sessions, session)))


def _same_rule(finding: str, guard: str) -> bool:
    return guard == finding or guard.startswith(f"{finding}.")


def price(scene: Scene, block: Block) -> int | None:
    """How many more bookings would fit without this one block: the whole plan made anew without its occurrence, or, for
    a break, with a session that needs none. None where nobody books, and for what has started."""
    diary = scene.diary
    if not diary.bookable or block.guard or block.start < diary.now:
        return None
    without = _without_break(diary, block) if block.rule.startswith("breaks") else diary
    demand = engine.demand(without) if without is not diary else _without(scene.demand, block)
    if without is diary and demand == scene.demand:
        return None
    standing = replace(
        scene.standing,
        future={k: i for k, i in scene.standing.future.items() if k != block.key},
        pins={k: i for k, i in scene.standing.pins.items() if k != block.key},
    )
    return max(0, place(without, demand, standing).bookable_slots - scene.outcome.bookable_slots)


def slots_at(scene: Scene, key: str, interval: Interval) -> int:
    """How many bookings fit where an item stands at another place than the planned one."""
    pins = {**scene.standing.pins, key: interval}
    future = {k: i for k, i in scene.standing.future.items() if k != key}
    return place(scene.diary, scene.demand, replace(scene.standing, pins=pins, future=future)).bookable_slots


def _without(demand: Demand, block: Block) -> Demand:
    """What is asked for without one occurrence: one of a quota, the minutes of a piece."""
    key, length = block.key, block.interval.length
    quotas = [_one_less(q, length) if belongs(key, q.key) else q for q in demand.quotas]
    notes = [replace(n, length=n.length - length) if belongs(key, n.key) else n for n in demand.notes]
    return replace(
        demand,
        holds=tuple(b for b in demand.holds if not belongs(key, b.key)),
        fixed=tuple(f for f in demand.fixed if not belongs(key, f.key)),
        wants=tuple(w for w in demand.wants if w.key != key),
        quotas=tuple(q for q in quotas if q.times > 0 or q.amount > timedelta(0)),
        notes=tuple(n for n in notes if n.length > timedelta(0)),
    )


def _one_less(quota: QuotaDue, length: timedelta) -> QuotaDue:
    if quota.times:
        return replace(quota, times=quota.times - 1)
    return replace(quota, amount=max(timedelta(0), quota.amount - length))


def _without_break(diary: Diary, block: Block) -> Diary:
    """The diary with a session that needs no break on the block's side."""
    _, name, side = (*block.key.split("/"), "", "")[:3]
    session = next((s for s in diary.sessions if s.id == name), None)
    if session is None:
        return diary
    kind = diary.rules.kinds[session.kind]
    needless = replace(kind, name=f"{kind.name} without a break")
    needless = replace(needless, before=timedelta(0)) if side == "before" else replace(needless, after=timedelta(0))
    rules = replace(diary.rules, kinds={**diary.rules.kinds, needless.name: needless})
    sessions = [replace(s, kind=needless.name) if s is session else s for s in diary.sessions]
    return replace(diary, rules=rules, sessions=tuple(sessions))


def told(findings: Iterable[Finding]) -> set[Told]:
    """What findings say, so that one which gets worse counts as new."""
    return {(f.rule, f.code, f.grade, f.interval, f.message) for f in findings}


def want_of(scene: Scene, block: Block) -> Want | None:
    """The want that a floating block answers, if it is one."""
    day = scene.diary.date_of(block.start)
    quotas = (w for q in scene.demand.quotas if belongs(block.key, q.key) for w in q.wants)
    wants = [w for w in (*scene.demand.wants, *quotas) if w.key == block.key or belongs(block.key, w.key)]
    exact = [w for w in wants if w.key == block.key]
    return next((w for w in (*exact, *wants) if w.day == day or w.window.covers(block.interval)), None)


def by_start(sessions: Iterable[Session]) -> tuple[Session, ...]:
    """Sessions in a diary's order."""
    return tuple(sorted(sessions, key=lambda s: (s.start, s.end, s.id)))
