"""Why a moment of the plan is what it is: what stands there, by which rule, what it gave up, what it costs. Pure.

`at`, `on` and `of_key` give one `Explanation` for each thing that stands at a moment, on a date, or has a key, and one
for each thing that is missing there. No title and no name of a client is in any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from rules import limits
from rules.demand import Change, Load
from rules.diary import Diary
from rules.practice import Kind
from rules.protect import QuotaDue
from rules.timeline import Interval, Session, local_dates, subtract, week_of, whole_day
from scheduler import gave_up, places, what_if
from scheduler.pieces import numbered
from scheduler.reasons import Bookable, Explained, Explanation, Sort, Taken, Told
from scheduler.way_out import Missing, missing, way_out
from scheduler.what_if import Scene

MANY = 50
"""More bookings than this are as good as no limit."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    sort: Literal["busy", "open", "closed"]
    interval: Interval


_Thing = Change | Session | _Stretch


def explain(scene: Scene, what: datetime | date | str, refusal: str = "") -> Explained:
    """Answer for one therapist what was asked for: an instant, a local date, or a key."""
    if isinstance(what, datetime):
        answers = at(scene, what)
    else:
        answers = of_key(scene, what) if isinstance(what, str) else on(scene, what)
    return Explained(
        practice=scene.outcome.practice,
        rules=scene.diary.rules,
        window=scene.diary.window,
        moment=what if isinstance(what, datetime) else None,
        answers=answers,
        refusal=refusal,
    )


def at(scene: Scene, moment: datetime) -> tuple[Explanation, ...]:
    """What stands at a moment, and what should and does not. Nothing for a moment outside the window."""
    if not scene.diary.window.start <= moment < scene.diary.window.end:
        return ()
    there = _things(scene, Interval(moment, moment + timedelta.resolution))
    return _answers(scene, there, lambda _, i: _of_a_day(i) and i.start <= moment < i.end)


def on(scene: Scene, day: date) -> tuple[Explanation, ...]:
    """Everything on a local date from `now` on, by time; hours outside working time only on days off."""
    span = whole_day(day, scene.diary.rules.timezone).clip(scene.diary.window)
    if span is None:
        return ()
    there = [t for t in _things(scene, span) if day in scene.diary.days_off or _sort_of(t) != "closed"]
    return _answers(scene, there, lambda _, i: _of_a_day(i) and scene.diary.date_of(i.start) == day)


def of_key(scene: Scene, key: str) -> tuple[Explanation, ...]:
    """The block that has a key, and what is missing of it; where a quota's block of this number is missing, what is
    missing of the quota. Nothing for a key that nothing has."""
    there = [c for c in scene.outcome.changes if c.block.key == key and c.action != "delete"]
    cause = key if there else next((q.key for q in scene.demand.quotas if key in _numbers(q)), key)
    return _answers(scene, there, lambda lacking, _: lacking in (key, cause))


def _numbers(quota: QuotaDue) -> set[str]:
    """The keys that the blocks of a quota's period may have."""
    least = quota.item.quota.least if quota.item.quota is not None else timedelta(0)
    most = quota.times or (-(-quota.amount // least) if least else 1)
    return {numbered(quota.key, n) for n in range(1, most + 1)}


def _answers(scene: Scene, there: Sequence[_Thing], wanted: Callable[[str, Interval], bool]) -> tuple[Explanation, ...]:
    """What is there, then what is missing, of that only what is `wanted` by its key and its window."""
    return (
        *(_explained(scene, thing) for thing in there),
        *(_not_placed(scene, m) for m in missing(scene) if wanted(m.key, m.finding.interval)),
        *(gone for gone in _deleted(scene) if wanted(gone.key, gone.interval)),
    )


def _things(scene: Scene, span: Interval) -> list[_Thing]:
    """All that has any time in a span, by time; what overlaps stands side by side."""
    diary = scene.diary
    things: list[_Thing] = [c for c in scene.outcome.changes if c.action != "delete"]
    things += diary.sessions
    things += [_Stretch("busy", i) for i in diary.busy]
    things += [_Stretch("open", i) for i in scene.outcome.open]
    near = [t for t in things if _interval_of(t).overlaps(span)]
    for day in local_dates(span, diary.rules.timezone):
        whole = whole_day(day, diary.rules.timezone)
        taken = [*diary.working, *(_interval_of(t) for t in things if _interval_of(t).overlaps(whole))]
        near += [_Stretch("closed", i) for i in subtract([whole], taken) if i.overlaps(span)]
    return sorted(near, key=lambda t: (_interval_of(t), _sort_of(t)))


def _interval_of(thing: _Thing) -> Interval:
    return thing.block.interval if isinstance(thing, Change) else thing.interval


def _sort_of(thing: _Thing) -> Sort:
    if isinstance(thing, Change):
        return "guard" if thing.block.guard else "block"
    return "session" if isinstance(thing, Session) else thing.sort


def _explained(scene: Scene, thing: _Thing) -> Explanation:
    if isinstance(thing, Change):
        return _guard(scene, thing) if thing.block.guard else _block(scene, thing)
    if isinstance(thing, Session):
        return _session(scene, thing)
    if thing.sort == "open":
        return _open(scene, thing.interval)
    if thing.sort == "closed":
        return _closed(scene, thing.interval)
    return Explanation(sort="busy", interval=thing.interval, findings=_touching(scene, thing.interval))


def _block(scene: Scene, change: Change) -> Explanation:
    block, diary = change.block, scene.diary
    cause = next((s for s in diary.sessions if block.key.startswith(f"break/{s.id}/")), None)
    return Explanation(
        sort="block",
        interval=block.interval,
        key=block.key,
        name=block.name,
        rule=block.rule,
        where=places.of_key(diary, block.key, block.rule),
        why=block.why,
        cause=cause,
        gave_up="" if change.by_hand else gave_up.of(scene, block),
        costs_slots=what_if.price(scene, block),
        findings=_touching(scene, block.interval),
        action=change.action,
        by_hand=change.by_hand,
    )


def _guard(scene: Scene, change: Change) -> Explanation:
    block, diary = change.block, scene.diary
    example = what_if.example_for(scene, block)
    where = places.place_of(diary.rules, block.rule)
    if example is not None and block.rule in ("limits.per_day", "limits.per_week"):
        booked = what_if.with_booking(diary, example.kind, example.interval.start)
        where = places.of_finding(booked, example.finding)
    return Explanation(
        sort="guard",
        interval=block.interval,
        key=block.key,
        name=block.name,
        rule=block.rule,
        where=where,
        why=block.why,
        example=example,
        findings=_touching(scene, block.interval),
        action=change.action,
        by_hand=change.by_hand,
    )


def _session(scene: Scene, session: Session) -> Explanation:
    diary = scene.diary
    day = diary.date_of(session.start)
    return Explanation(
        sort="session",
        interval=session.interval,
        name=session.kind,
        where=places.place_of(diary.rules, f"kinds.{session.kind}"),
        day_load=limits.loads(diary, "per_day")[day],
        week_load=limits.loads(diary, "per_week")[week_of(day)],
        findings=_touching(scene, session.interval, beside=True),
    )


def _open(scene: Scene, stretch: Interval) -> Explanation:
    diary = scene.diary
    day = diary.date_of(stretch.start)
    by_day = limits.loads(diary, "per_day").get(day, Load())
    by_week = limits.loads(diary, "per_week").get(week_of(day), Load())
    return Explanation(
        sort="open",
        interval=stretch,
        rule="working_hours",
        where=places.of_hours(diary.rules, day),
        bookable=tuple(_bookable(kind, stretch) for kind in diary.bookable),
        left_day=_left(diary, "per_day", by_day),
        left_week=_left(diary, "per_week", by_week),
        day_load=by_day,
        week_load=by_week,
        findings=_touching(scene, stretch),
        by_hand=_without_its_break(scene, stretch),
    )


def _without_its_break(scene: Scene, stretch: Interval) -> bool:
    """Whether a break that is asked for there was moved or deleted by hand."""
    changed = scene.standing.vetoes | scene.standing.pins.keys()
    return any(b.key in changed and b.interval.overlaps(stretch) for b in scene.demand.breaks)


def _bookable(kind: Kind, stretch: Interval) -> Bookable:
    fits = kind.length <= stretch.length
    return Bookable(kind, stretch.start if fits else None, stretch.end - kind.length if fits else None)


def _left(diary: Diary, period: limits.Period, load: Load) -> int | None:
    """How many more bookings a limit allows, of the kind of which it allows the most; None for any number."""
    limit = limits.limit_of(diary, period)
    most = 0
    for kind in diary.bookable:
        after, count = load, 0
        while count <= MANY and not limits.breaks_limit(after, kind, limit):
            after, count = limits.with_booking(after, kind), count + 1
        most = max(most, count)
    return None if most > MANY else most


def _closed(scene: Scene, stretch: Interval) -> Explanation:
    diary = scene.diary
    day = diary.date_of(stretch.start)
    reason = diary.days_off.get(day)
    if reason is None:
        rule, where, why = "working_hours", places.of_hours(diary.rules, day), "outside working hours"
    else:
        rule = "holidays" if reason.startswith("public holiday") else "days_off"
        rule = "working_hours" if reason == "no working hours" else rule
        where, why = places.of_day_off(diary, day), reason if reason.startswith("day off") else f"day off: {reason}"
    return Explanation(
        sort="closed", interval=stretch, rule=rule, where=where, why=why, findings=_touching(scene, stretch)
    )


def _not_placed(scene: Scene, lack: Missing) -> Explanation:
    diary = scene.diary
    taken: Iterable[Taken] = ()
    if _of_a_day(lack.finding.interval):  # of a month, everything is in the way
        taken = (
            *(Taken(s.interval, "session") for s in diary.sessions),
            *(Taken(i, "busy") for i in diary.busy),
            *(Taken(b.interval, "block", b.name) for b in scene.outcome.blocks),
        )
    return Explanation(
        sort="not-placed",
        interval=lack.finding.interval,
        key=lack.key,
        name=lack.name,
        rule=lack.finding.rule,
        where=places.of_finding(diary, lack.finding),
        why=lack.finding.message,
        in_the_way=tuple(
            sorted((t for t in taken if t.interval.overlaps(lack.finding.interval)), key=lambda t: (t.interval, t.sort))
        ),
        way_out=way_out(scene, lack),
    )


_AGAIN = "`session-breaks sync --restore` with its date or key"
_NOT_HELD: dict[str, str] = {
    "deleted": f"was deleted by hand and is not made again; {_AGAIN} brings it back, `edits: restore` brings back all",
    "free": f"was marked as free by hand, so its time is not held; {_AGAIN} makes it busy again",
    "cancelled": f"was marked as cancelled by hand, so its time is not held; {_AGAIN} brings it back",
    "all-day": f"was made all-day by hand, so its time is not held; {_AGAIN} puts it back",
    "series": f"was made a series, which is yours; to have the block back, delete it, then: {_AGAIN}",
    "guests": f"was given guests, so it is a meeting of yours; to have the block back, delete it, then: {_AGAIN}",
}


def _deleted(scene: Scene) -> list[Explanation]:
    """What a hand has deleted or made take no time: it is not made again, and nothing takes its place."""
    asked, hows = scene.demand, {one.key: one.how for one in scene.outcome.kept_by_hand}
    gone = [(b.key, b.name, b.rule, b.interval) for b in (*asked.breaks, *asked.holds)]
    gone += [(f.key, f.item.name, "protect", f.window) for f in asked.fixed]
    gone += [(w.key, w.item.name, "protect", w.window) for w in asked.wants]
    gone += [(key, q.item.name, "protect", q.span) for q in asked.quotas for key in sorted(_numbers(q))]
    return [
        Explanation(
            sort="not-placed",
            interval=interval,
            key=key,
            name=name,
            rule=rule,
            where=places.of_key(scene.diary, key, rule),
            why=f"{name} {_NOT_HELD.get(hows.get(key, 'deleted'), '')}",
            by_hand=True,
        )
        for key, name, rule, interval in gone
        if key in scene.standing.vetoes and interval.end > scene.diary.now
    ]


def _of_a_day(window: Interval) -> bool:
    """Whether a window is of one day; what is missing from a week or a month is an answer of its own only where it is
    asked for by its key."""
    return window.length <= timedelta(hours=25)


def _touching(scene: Scene, interval: Interval, *, beside: bool = False) -> tuple[Told, ...]:
    """The findings that have any time in an interval, or with `beside` directly next to it; not those that are answers
    of their own."""
    lacking = {m.finding: m for m in missing(scene)}
    found: list[Told] = []
    for finding in scene.outcome.findings:
        lack = lacking.get(finding)
        touches = finding.interval.overlaps(interval)
        if finding.rule == "breaks" and beside:
            touches = finding.interval.start <= interval.end and finding.interval.end >= interval.start
        if touches and (lack is None or not _of_a_day(finding.interval)):
            found.append(Told(finding, places.of_finding(scene.diary, finding), "" if lack is None else lack.key))
    return tuple(found)
