"""Small instances by number: a week with two or three short working days, a few sessions, a few items."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from rules.diary import Diary
from rules.practice import (
    Breaks,
    InARow,
    Kind,
    Limit,
    Priority,
    ProtectItem,
    Quota,
    Rest,
    Rules,
    TimeRange,
    WorkingHours,
)
from rules.timeline import Interval, Session, instant, merge, midnight

LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 11, 30)
PRIORITY: Sequence[Priority] = ("essential", "high", "normal", "low")


@dataclass(frozen=True)
class Instance:
    """A diary and the floating blocks that stand, by key."""

    diary: Diary
    standing: dict[str, Interval] = field(default_factory=dict)


def clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


def hours(start: int, end: int) -> TimeRange:
    return TimeRange(clock(start), clock(end))


def at(day: int, minute: int) -> Interval:
    start = instant(MONDAY + timedelta(days=day), clock(minute), LONDON)
    return Interval(start, start)


def between(day: int, start: int, end: int) -> Interval:
    return Interval(at(day, start).start, at(day, end).start)


def diary(
    rules: Rules,
    sessions: Sequence[tuple[int, int, str]],
    meetings: Sequence[tuple[int, int, int]] = (),
    *,
    days: int = 7,
    first: int = 0,
) -> Diary:
    """A diary from the Monday on: sessions as (day, minute, kind), meetings as (day, minute, minute)."""
    per_day = {} if rules.working_hours is None else rules.working_hours[0].days
    span = Interval(midnight(MONDAY + timedelta(days=first), LONDON), midnight(MONDAY + timedelta(days=days), LONDON))
    working = []
    off = {}
    for n in range(-7, days + 14):
        ranges = per_day.get(n % 7, ())
        if not ranges:
            off[MONDAY + timedelta(days=n)] = "no working hours"
        for r in ranges:
            day = MONDAY + timedelta(days=n)
            working.append(Interval(instant(day, r.start, LONDON), instant(day, r.end, LONDON)))
    made = []
    for n, (place, minute, kind) in enumerate(sessions):
        start = at(place, minute).start
        interval = Interval(start, start + rules.kinds[kind].length)
        made.append(Session(id=f"s{n}", interval=interval, kind=kind, calendar="book"))
    return Diary(
        rules=rules,
        window=span,
        sessions=tuple(sorted(made, key=lambda s: (s.start, s.end, s.id))),
        busy=tuple(sorted(between(*m) for m in meetings)),
        working=tuple(merge(working)),
        days_off=off,
    )


def base(**more: object) -> Rules:
    made = Rules(therapist="lee", timezone=LONDON, read=("book",), write="book")
    return replace(made, **more)  # type: ignore[arg-type]  # any field of Rules


def small(seed: int, *, features: frozenset[str]) -> Instance:
    """An instance by number. features: which of quotas, rest, week, runs, kinds, work, standing, before may come in."""
    r = random.Random(seed)  # noqa: S311  # examples by number, no secrets

    def maybe(feature: str, chance: float = 0.6) -> bool:
        return feature in features and r.random() < chance

    grid = r.choice([15, 30])
    size = r.choice([45, 60]) if grid == 15 else r.choice([60, 60, 50])
    after = r.choice([15, 15, 0]) if size != 50 else 10
    kinds = {"individual": Kind("individual", timedelta(minutes=size))}
    bookable = ["individual"]
    if maybe("kinds", 0.4):
        heavy = r.random() < 0.7
        kinds["emdr"] = Kind("emdr", timedelta(minutes=90), weight=1.5, heavy=heavy, after=timedelta(minutes=30))
        if r.random() < 0.5:
            bookable.append("emdr")
    days = sorted(r.sample([2, 3, 4], r.choice([2, 3]))) if r.random() < 0.7 else sorted(r.sample(range(5), 3))
    begin = r.choice([540, 600, 660])
    work: dict[int, tuple[TimeRange, ...]] = {d: (hours(begin, begin + r.choice([240, 300, 360])),) for d in days}
    items = [item for n in range(r.choice([1, 2, 2, 3])) for item in [some_item(r, n, begin, days, features)]]
    breaks = Breaks(
        before=timedelta(minutes=r.choice([0, 15]) if maybe("before", 0.3) else 0),
        after=timedelta(minutes=after),
        combine="add" if maybe("before", 0.2) else "larger",
    )
    rules = base(
        grid=timedelta(minutes=grid),
        working_hours=(WorkingHours(work),),
        kinds=kinds,
        bookable=tuple(bookable),
        breaks=breaks,
        per_day=Limit(
            sessions=r.choice([None, 2, 3]),
            time=timedelta(minutes=150) if r.random() < 0.15 else None,
            heavy=1 if "emdr" in kinds and r.random() < 0.5 else None,
        ),
        per_week=Limit(sessions=r.choice([3, 4, 6])) if maybe("week", 0.5) else Limit(),
        in_a_row=InARow(timedelta(minutes=30), sessions=r.choice([2, 3])) if maybe("runs") else None,
        rest=some_rest(r) if maybe("rest") else Rest(),
        protect=tuple(items),
    )
    sessions: list[tuple[int, int, str]] = []
    meetings: list[tuple[int, int, int]] = []
    for day in days:
        taken: list[tuple[int, int]] = []
        for _ in range(r.choice([0, 1, 1, 2])):
            kind = r.choice(list(kinds))
            minutes = int(kinds[kind].length.total_seconds() // 60)
            start = begin + r.randrange(0, 300, grid)
            if all(start >= e + after or start + minutes + after <= s for s, e in taken):
                taken.append((start, start + minutes))
                sessions.append((day, start, kind))
        if r.random() < 0.2:
            start = begin + r.randrange(0, 240, grid)
            if all(start >= e or start + 30 <= s for s, e in taken):
                meetings.append((day, start, start + 30))
    made = diary(rules, sessions, meetings)
    standing = some_standing(r, items, days, begin) if maybe("standing") else {}
    return Instance(made, standing)


def some_item(r: random.Random, n: int, begin: int, days: Sequence[int], features: frozenset[str]) -> ProtectItem:
    """The n-th item: a lunch, a pause, a quota, work."""
    start = begin + r.choice([0, 60, 90, 120])
    length = r.choice([15, 30, 45, 60])
    window = hours(start, start + r.choice([90, 120, 150]))
    ideally = clock(start + r.choice([0, 30, 60])) if r.random() < 0.6 else None
    priority = r.choice(PRIORITY)
    rest = not ("work" in features and r.random() < 0.3)
    flex = timedelta(minutes=30) if ideally is not None and r.random() < 0.3 else None
    if "quotas" in features and r.random() < 0.5:
        if r.random() < 0.3:
            quota = Quota(
                "week",
                amount=timedelta(minutes=r.choice([60, 90])),
                least=timedelta(minutes=30),
                most=timedelta(minutes=r.choice([45, 60])),
            )
            return ProtectItem(
                f"Item {n}", between=window, quota=quota, ideally=ideally, priority=priority, counts_as_break=rest
            )
        return ProtectItem(
            f"Item {n}",
            between=window,
            length=timedelta(minutes=length),
            ideally=ideally,
            flex=flex,
            priority=priority,
            counts_as_break=rest,
            quota=Quota("week", times=r.choice([1, 2])),
        )
    least = timedelta(minutes=length - 15) if length > 30 and r.random() < 0.4 else None
    on = frozenset(r.sample(list(days), 2)) if r.random() < 0.3 else None
    return ProtectItem(
        f"Item {n}",
        on=on,
        between=window,
        length=timedelta(minutes=length),
        at_least=least,
        ideally=ideally,
        flex=flex,
        priority=priority,
        counts_as_break=rest,
    )


def some_rest(r: random.Random) -> Rest:
    return Rest(
        between_days=timedelta(hours=r.choice([18, 19, 20])) if r.random() < 0.5 else None,
        days_off_per_week=r.choice([4, 5]) if r.random() < 0.5 else None,
        day_span=timedelta(minutes=r.choice([180, 240])) if r.random() < 0.5 else None,
    )


def some_standing(
    r: random.Random, items: Sequence[ProtectItem], days: Sequence[int], begin: int
) -> dict[str, Interval]:
    """Blocks of day items that stand somewhere in their window."""
    found = {}
    for n, item in enumerate(items):
        for day in days:
            if item.quota is None and item.length is not None and item.between is not None and r.random() < 0.7:
                if item.on is not None and day not in item.on:
                    continue
                first = item.between.start.hour * 60 + item.between.start.minute  # type: ignore[union-attr]
                start = max(begin, first + r.randrange(0, 60, 15))
                key = f"protect/item-{n}/{(MONDAY + timedelta(days=day)).isoformat()}"
                found[key] = between(day, start, start + int(item.length.total_seconds() // 60))
    return found


def fortnight(seed: int) -> Instance:
    """Two weeks by number, with a quota of the fortnight: two short days in each, a limit of the week, and mostly some
    blocks that stand in either week."""
    r = random.Random(seed)  # noqa: S311  # examples by number, no secrets
    weekdays = sorted(r.sample(range(1, 6), 2))
    begin = r.choice([540, 600])
    work: dict[int, tuple[TimeRange, ...]] = {d: (hours(begin, begin + r.choice([120, 180, 240])),) for d in weekdays}
    length, times = r.choice([60, 90, 120]), r.choice([1, 2])
    amount = Quota("fortnight", amount=timedelta(minutes=90), least=timedelta(minutes=30), most=timedelta(minutes=60))
    numbered = Quota("fortnight", times=times)
    chosen = numbered if r.random() < 0.7 else amount
    item = ProtectItem(
        "Item 0",
        between=hours(begin, begin + r.choice([120, 180])),
        length=timedelta(minutes=length) if chosen is numbered else None,
        ideally=clock(begin + 60) if r.random() < 0.5 else None,
        quota=chosen,
    )
    rules = base(
        grid=timedelta(minutes=30),
        working_hours=(WorkingHours(work),),
        kinds={"individual": Kind("individual", timedelta(minutes=50))},
        bookable=("individual",),
        breaks=Breaks(after=timedelta(minutes=10)),
        per_day=Limit(sessions=r.choice([None, 3])),
        per_week=Limit(sessions=r.choice([2, 3, 4])),
        protect=(item,),
    )
    dates = [*weekdays, *(d + 7 for d in weekdays)]
    sessions = [(d, begin + r.randrange(0, 120, 30), "individual") for d in dates if r.random() < 0.4]
    standing: dict[str, Interval] = {}
    if r.random() < 0.8:
        size = length if chosen is numbered else r.choice([30, 60])
        for n, day in enumerate(sorted(r.sample(dates, times if chosen is numbered else 2))):
            key = "protect/item-0/2026-F25" + (f"/{n + 1}" if n else "")
            start = begin + r.randrange(0, 120, 30)
            standing[key] = between(day, start, start + size)
    return Instance(diary(rules, sessions, days=14), standing)
