"""Generated weeks for property tests: sessions, meetings, rules and a clock change now and then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from rules.diary import Diary
from rules.practice import InARow, Limit, ProtectItem, Quota, Rest, TimeRange
from rules.timeline import Interval, Session, instant, local_date, midnight
from rules.workdays import days_off, working_time
from tests.days import KINDS, mins, rest, row, rules

ZONES = [
    ZoneInfo(name)
    for name in ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Auckland")
]
# Mondays of weeks with a clock change somewhere in ZONES (or near it), and one plain week.
MONDAYS = [
    date(2026, 10, 19),
    date(2026, 10, 26),
    date(2027, 3, 8),
    date(2027, 3, 22),
    date(2027, 4, 5),
    date(2026, 9, 21),
    date(2026, 12, 7),
]


@dataclass(frozen=True)
class Week:
    book: Diary

    def __repr__(self) -> str:  # what Hypothesis prints when it fails
        law, zone = self.book.rules, self.book.rules.timezone
        said = [
            f"{s.start.astimezone(zone):%a %d.%m. %H:%M}-{s.end.astimezone(zone):%H:%M} {s.kind}"
            for s in self.book.sessions
        ]
        said += [
            f"{i.start.astimezone(zone):%a %d.%m. %H:%M}-{i.end.astimezone(zone):%H:%M} meeting" for i in self.book.busy
        ]
        told = (
            law.breaks,
            law.per_day,
            law.per_week,
            law.in_a_row,
            law.rest,
            law.bookable,
            law.working_hours,
            law.protect,
        )
        return f"{zone} now {self.book.now.astimezone(zone):%a %d.%m.%Y %H:%M} {said} {told}"


def at(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


@st.composite
def protects(draw: st.DrawFn) -> tuple[ProtectItem, ...]:
    items = []
    if draw(st.booleans()):
        begin = draw(st.integers(66, 75)) * 10
        items.append(
            ProtectItem(
                "Lunch",
                between=TimeRange(at(begin), at(begin + 150)),
                length=mins(45),
                at_least=draw(st.sampled_from([None, mins(30)])),
                ideally=draw(st.sampled_from([None, at(begin + 60)])),
                priority="essential",
            )
        )
    if draw(st.booleans()):
        begin = draw(st.integers(54, 100)) * 10
        items.append(
            ProtectItem(
                "Supervision",
                on=frozenset({draw(st.integers(0, 4))}),
                at=TimeRange(at(begin), at(begin + 60)),
                counts_as_break=draw(st.booleans()),
            )
        )
    if draw(st.booleans()):
        items.append(
            ProtectItem(
                "Pause", between=TimeRange(time(15), time(18)), length=mins(20), counts_as_break=draw(st.booleans())
            )
        )
    return (*items, *draw(st.sampled_from(MORE)))


EVENING = TimeRange(time(18), time(23))
WIND_DOWN = ProtectItem("Wind-down", after="last session", length=mins(20), between=TimeRange(time(12), time(23)))
WALKS = ProtectItem(
    "Walks", between=TimeRange(time(13), time(17)), length=mins(15), quota=Quota("day", times=2), priority="low"
)
# Quotas of weeks and notes are in test_quotas_in_weeks.py.
MORE: list[tuple[ProtectItem, ...]] = [
    (),
    (),
    (WIND_DOWN,),
    (WALKS,),
    (ProtectItem("Evenings", between=EVENING, at_most=2),),
]
HOURS: list[str | dict[int, str]] = [
    "09:00-18:00",
    "09:00-13:00 14:00-18:30",
    "08:00-20:00",
    "06:30-22:30",
    {0: "09:00-17:00", 2: "12:00-21:00", 6: "00:00-08:00"},
]
ROWS: list[InARow | None] = [
    None,
    row(3),
    row(2, 20),
    row(time=180, then=20),
    row(3, time=240),
    row(2, meetings_rest=False),
]
RESTS = [
    Rest(),
    rest(11),
    rest(span=8),
    rest(off=2),
    rest(off=3),
    rest(13, span=10, off=3),
]


@st.composite
def weeks(draw: st.DrawFn, *, step: int = 5, days: int = 7, most: int = 16) -> Week:
    zone = draw(st.sampled_from(ZONES))
    monday = draw(st.sampled_from(MONDAYS))
    law = rules(
        zone=zone,
        working=draw(st.sampled_from(HOURS)),
        before=draw(st.sampled_from([0, 5, 10])),
        after=draw(st.sampled_from([0, 10, 15])),
        combine=draw(st.sampled_from(["larger", "add"])),
        bookable=draw(
            st.sampled_from([("individual",), ("individual", "emdr"), ("couple", "individual"), ("emdr",), ()])
        ),
        per_day=Limit(
            sessions=draw(st.sampled_from([None, 3, 5])),
            time=draw(st.sampled_from([None, mins(270)])),
            weight=draw(st.sampled_from([None, 5.0])),
            heavy=draw(st.sampled_from([None, 1, 2])),
        ),
        per_week=Limit(sessions=draw(st.sampled_from([None, 8, 20])), heavy=draw(st.sampled_from([None, 2]))),
        in_a_row=draw(st.sampled_from(ROWS)),
        rest=draw(st.sampled_from(RESTS)),
        protect=draw(protects()),
    )
    sessions, busy = [], []
    for n in range(draw(st.integers(0, most))):
        day = monday + timedelta(days=draw(st.integers(0, days - 1)))
        start = instant(day, at(draw(st.integers(7 * 60 // step, 21 * 60 // step)) * step), zone)
        soon = draw(st.sampled_from([None, 10, 20, 35]))  # minutes after the session before, so that there are runs
        if soon is not None and sessions:
            start = sessions[-1].end + mins(soon)
        kind = draw(st.sampled_from(["individual", "individual", "individual", "emdr", "group", "meeting"]))
        length = mins(30) if kind == "meeting" else KINDS[kind].length
        if kind == "meeting":
            busy.append(Interval(start, start + length))
        else:
            sessions.append(Session(id=f"s{n}", interval=Interval(start, start + length), kind=kind, calendar="book"))
    now = instant(monday + timedelta(days=draw(st.integers(0, 2))), at(draw(st.integers(0, 23 * 12)) * 5), zone)
    window = Interval(now, midnight(monday + timedelta(days=days), zone))
    wide = Interval(midnight(monday - timedelta(days=8), zone), midnight(monday + timedelta(days=15), zone))
    off = days_off(law, wide, ())
    book = Diary(
        rules=law,
        window=window,
        sessions=tuple(sorted(sessions, key=lambda s: (s.start, s.end, s.id))),
        busy=tuple(sorted(busy)),
        working=working_time(law, wide, off),
        days_off=off,
    )
    assert local_date(window.start, zone) >= monday
    return Week(book)
