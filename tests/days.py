"""One-line day notation: a diary as a therapist would write it down.

    diary("Tue 2026-12-01", "09:00-09:50 session", "10:00-11:00 meeting", working="09:00-18:00", after=10)

Sessions may name a kind (``emdr``), a date (``+1 09:00-09:50 session`` is the next day); `meeting` is busy but no
session. Times are wall-clock in the zone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.diary import Diary
from rules.engine import demand
from rules.practice import Breaks, DaysOff, InARow, Kind, Limit, ProtectItem, Rest, Rules, TimeRange, WorkingHours
from rules.timeline import Interval, Session, instant, midnight
from rules.workdays import days_off, working_time
from scheduler.board import Standing
from scheduler.placement import Placement, place

LONDON = ZoneInfo("Europe/London")
TUESDAY = date(2026, 12, 1)
NO_LIMIT, NO_DAYS_OFF = Limit(), DaysOff()
KINDS = {
    "individual": Kind("individual", timedelta(minutes=50)),
    "couple": Kind("couple", timedelta(minutes=80), weight=1.5),
    "emdr": Kind("emdr", timedelta(minutes=90), weight=1.5, heavy=True, after=timedelta(minutes=30)),
    "group": Kind("group", timedelta(hours=2), weight=2),
}


def mins(count: int) -> timedelta:
    return timedelta(minutes=count)


def row(sessions: int | None = None, then: int = 30, *, time: int | None = None, meetings_rest: bool = True) -> InARow:
    """``row(3)``: three in a row, then half an hour. Lengths in minutes."""
    return InARow(mins(then), sessions, None if time is None else mins(time), meetings_rest)


def rest(between: float | None = None, *, span: float | None = None, off: int | None = None) -> Rest:
    """``rest(11)``: 11 hours between days. Lengths in hours, `off` in days per week."""
    hours_ = [None if n is None else timedelta(hours=n) for n in (between, span)]
    return Rest(hours_[0], off, hours_[1])


def clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour) % 24, int(minute))


def hours(text: str) -> TimeRange:
    start, end = text.split("-")
    return TimeRange(clock(start), clock(end))


def span(text: str, day: date = TUESDAY, zone: ZoneInfo = LONDON) -> Interval:
    """``09:00-09:50`` on a local date; an end at or before the start is the next day's."""
    times = hours(text)
    last = day if times.end > times.start else day + timedelta(days=1)
    return Interval(instant(day, times.start, zone), instant(last, times.end, zone))


def rules(
    *,
    zone: ZoneInfo = LONDON,
    working: str | dict[int, str] | None = "09:00-18:00",
    before: int = 0,
    after: int = 10,
    at_least: int = 5,
    combine: str = "larger",
    bookable: Iterable[str] = ("individual",),
    kinds: dict[str, Kind] | None = None,
    per_day: Limit = NO_LIMIT,
    per_week: Limit = NO_LIMIT,
    protect: Iterable[ProtectItem] = (),
    off: DaysOff = NO_DAYS_OFF,
    **more: object,
) -> Rules:
    """Rules in a few words; `more` are any other fields of Rules (``in_a_row=row(3)``, ``rest=rest(11)``)."""
    by_day: dict[int, tuple[TimeRange, ...]] | None = None
    if isinstance(working, str):
        working = dict.fromkeys(range(5), working)
    if working is not None:
        by_day = {n: tuple(hours(r) for r in text.split()) for n, text in working.items()}
    made = Rules(
        therapist="lee",
        timezone=zone,
        read=("book",),
        write="book",
        working_hours=None if by_day is None else (WorkingHours(by_day),),
        kinds=kinds or KINDS,
        bookable=tuple(bookable),
        breaks=Breaks(mins(before), mins(after), None, mins(at_least), combine),  # type: ignore[arg-type]  # a literal
        per_day=per_day,
        per_week=per_week,
        protect=tuple(protect),
        days_off=off,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # any field of Rules


LINE = re.compile(r"^(?:\+(\d+) )?(\d\d:\d\d-\d\d:\d\d) (\w+)$")


def diary(
    *lines: str,
    day: date = TUESDAY,
    now: str = "00:00",
    days: int = 1,
    with_rules: Rules | None = None,
    **made: object,
) -> Diary:
    """The diary of `days` local dates from `day` on, planned from `now` (a wall time on `day`)."""
    law = with_rules or rules(**made)  # type: ignore[arg-type]  # passed on
    zone = law.timezone
    sessions, busy = [], []
    for n, line in enumerate(lines):
        found = LINE.match(line)
        assert found, f"not day notation: {line}"
        interval = span(found[2], day + timedelta(days=int(found[1] or 0)), zone)
        kind = "individual" if found[3] == "session" else found[3]
        if kind == "meeting":
            busy.append(interval)
        else:
            sessions.append(Session(id=f"s{n}", interval=interval, kind=kind, calendar="book"))
    window = Interval(instant(day, clock(now), zone), midnight(day + timedelta(days=days), zone))
    wide = Interval(window.start - timedelta(days=8), window.end + timedelta(days=8))
    off = days_off(law, wide, ())
    return Diary(
        rules=law,
        window=window,
        sessions=tuple(sorted(sessions, key=lambda s: (s.start, s.end, s.id))),
        busy=tuple(sorted(busy)),
        working=working_time(law, wide, off),
        days_off=off,
    )


def plan(book: Diary, standing: Standing | None = None) -> Placement:
    return place(book, demand(book), standing or Standing())


def shown(book: Diary, moment: datetime) -> str:
    return moment.astimezone(book.rules.timezone).strftime("%H:%M")


def times(book: Diary, intervals: Iterable[Interval]) -> list[str]:
    """Intervals as ``09:00-09:50``."""
    return [f"{shown(book, i.start)}-{shown(book, i.end)}" for i in intervals]


def lines(book: Diary, placement: Placement) -> list[str]:
    """Blocks as ``09:50-10:00 Break``."""
    return [f"{times(book, [b.interval])[0]} {b.name}" for b in placement.blocks]
