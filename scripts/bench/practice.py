"""A practice by number: 15 to 18 sessions a week, five floating items, rules like the preset `balanced`."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from rules.diary import Diary
from rules.practice import Breaks, InARow, Kind, Limit, Notes, ProtectItem, Quota, Rest, Rules, TimeRange, WorkingHours
from rules.timeline import Interval, Session, instant, midnight
from rules.workdays import days_off, working_time

LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 11, 30)
CANCELLED = 0.05


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


ITEMS = (
    ProtectItem(
        "Lunch",
        between=TimeRange(time(11, 30), time(14)),
        length=minutes(45),
        at_least=minutes(30),
        ideally=time(12, 30),
        priority="essential",
    ),
    ProtectItem(
        "Exercise",
        between=TimeRange(time(7), time(20)),
        length=minutes(60),
        ideally=time(17, 30),
        quota=Quota("week", times=3),
    ),
    ProtectItem("Me time", between=TimeRange(time(9), time(18)), length=minutes(60), quota=Quota("week", times=3)),
    ProtectItem(
        "Supervision",
        between=TimeRange(time(9), time(17)),
        quota=Quota("month", amount=minutes(90), least=minutes(30), most=minutes(90)),
        counts_as_break=False,
    ),
    ProtectItem(
        "Mindfulness",
        between=TimeRange(time(8, 30), time(18)),
        length=minutes(10),
        ideally=time(9),
        quota=Quota("week", times=5),
    ),
)


def rules(*, grid: int = 5, every_rule: bool = False) -> Rules:
    """`every_rule`: runs, rest and notes too, which the integer program cannot speak for."""
    made = Rules(
        therapist="lee",
        timezone=LONDON,
        read=("book",),
        write="book",
        grid=minutes(grid),
        working_hours=(WorkingHours(dict.fromkeys(range(5), (TimeRange(time(9), time(18, 30)),))),),
        kinds={"individual": Kind("individual", minutes(50))},
        bookable=("individual",),
        breaks=Breaks(after=minutes(15), at_least=minutes(5)),
        per_day=Limit(sessions=5, time=minutes(270)),
        per_week=Limit(sessions=20),
        protect=ITEMS,
    )
    if not every_rule:
        return made
    return replace(
        made,
        in_a_row=InARow(minutes(30), sessions=3),
        rest=Rest(between_days=timedelta(hours=11), days_off_per_week=2, day_span=timedelta(hours=10)),
        notes=Notes(minutes(10), minutes(10)),
    )


def diary(weeks: int, law: Rules, *, seed: int = 0, repeating: bool = False) -> Diary:
    """So many weeks from Monday on. The same seed gives the same weeks, however many there are. `repeating`: clients
    come at the same time every week, and one session in twenty does not take place; else every week is another one."""
    r = random.Random(seed)  # noqa: S311  # an example by number, no secret
    sessions: list[Session] = []
    first: tuple[Session, ...] = ()
    for week in range(weeks):
        if repeating and week:
            later = timedelta(weeks=week)
            sessions += [_moved(s, later, len(sessions) + n) for n, s in enumerate(first) if r.random() >= CANCELLED]
            continue
        for day in sorted(r.choices(range(5), k=r.randint(15, 18))):
            _add(r, sessions, MONDAY + timedelta(weeks=week, days=day))
        first = tuple(sessions) if week == 0 else first
    window = Interval(midnight(MONDAY, LONDON), midnight(MONDAY + timedelta(weeks=weeks), LONDON))
    wide = Interval(window.start - timedelta(days=40), window.end + timedelta(days=40))
    off = days_off(law, wide, ())
    return Diary(
        rules=law,
        window=window,
        sessions=tuple(sorted(sessions, key=lambda s: (s.start, s.end, s.id))),
        busy=(),
        working=working_time(law, wide, off),
        days_off=off,
    )


def _moved(session: Session, by: timedelta, number: int) -> Session:
    """The same session weeks later, by the wall clock."""
    start, end = (x.astimezone(LONDON).replace(tzinfo=None) + by for x in (session.start, session.end))
    interval = Interval(instant(start.date(), start.time(), LONDON), instant(end.date(), end.time(), LONDON))
    return replace(session, id=f"s{number}", interval=interval)


def _add(r: random.Random, sessions: list[Session], day: date) -> None:
    """One more session on a date, if it has fewer than five and a place is found that keeps the breaks."""
    today = [s.interval for s in sessions if s.start.astimezone(LONDON).date() == day]
    if len(today) > 4:
        return
    for _ in range(20):
        start = instant(day, time(9), LONDON) + minutes(r.randrange(0, 500, 15))
        taken = Interval(start - minutes(15), start + minutes(65))
        if not any(taken.overlaps(other) for other in today):
            interval = Interval(start, start + minutes(50))
            sessions.append(Session(id=f"s{len(sessions)}", interval=interval, kind="individual", calendar="book"))
            return
