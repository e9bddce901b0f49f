"""The guarantee of rule-file.md, section 5: no single booking, at whatever minute, creates a new finding; and no guard
is longer than that needs. Tried out on generated weeks: every minute of all open time, every bookable kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from rules.diary import Diary
from rules.practice import Limit
from rules.timeline import Interval, whole_day
from scheduler import guards
from scheduler.board import Standing
from scheduler.placement import Placement
from tests.bookings import MINUTE, new_findings, starts
from tests.days import LONDON, diary, mins, plan, rest, row, span, times
from tests.weeks import Week, weeks

slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
NOTHING = Standing()


def broken_by_a_booking(book: Diary, placement: Placement) -> list[str]:
    """The findings that some single booking in open time creates. The rules look at every minute; the whole plan is
    made anew for some of them, so that protected time is looked at as well."""
    for kind in book.bookable:
        every = list(starts(placement.open, kind))
        for start in every:
            if found := new_findings(book, NOTHING, placement, kind, start, fully=False):
                return found
        for start in [*every[::199], *every[-1:]]:
            if found := new_findings(book, NOTHING, placement, kind, start, fully=True):
                return found
    return []


@settings(slow, max_examples=40)
@given(weeks())
def test_no_booking_in_open_time_breaks_a_rule(week: Week) -> None:
    assert broken_by_a_booking(week.book, plan(week.book)) == []


@settings(slow, max_examples=8)
@given(weeks(step=1, most=10))
def test_no_booking_breaks_a_rule_where_sessions_start_at_odd_minutes(week: Week) -> None:
    assert broken_by_a_booking(week.book, plan(week.book)) == []


@settings(slow, max_examples=60)
@given(weeks())
def test_blocks_overlap_nothing_and_do_not_start_in_the_past(week: Week) -> None:
    book = week.book
    blocks = plan(book).blocks
    taken = [*book.busy, *(s.interval for s in book.sessions)]
    assert not [b for b in blocks if any(b.interval.overlaps(t) for t in taken)]
    assert not [(a, b) for a, b in pairwise(blocks) if a.end > b.start]
    assert all(b.start >= book.now for b in blocks)
    assert len({b.key for b in blocks}) == len(blocks)


def longer_than_needed(book: Diary, placement: Placement) -> list[str]:
    """The guards of which a part is held for nothing: shortened by a minute where they border on open time, or taken
    away where they do not, no booking breaks a rule. Guards of up to 15 minutes are as short as guards get."""
    found = []
    for guard in (b for b in placement.blocks if b.guard and b.interval.length > timedelta(minutes=guards.SHORTEST)):
        beside = [o for o in placement.open if o.end == guard.start or o.start == guard.end]
        wider = [
            Interval(o.start, o.end + MINUTE) if o.end == guard.start else Interval(o.start - MINUTE, o.end)
            for o in beside
        ]
        found += [
            f"{guard.rule} {guard.interval}"
            for piece in wider or [guard.interval]
            if not any(
                new_findings(book, NOTHING, placement, kind, start, fully=False)
                for kind in book.bookable
                for start in starts([piece], kind)
            )
        ]
    return found


def from_midnight(book: Diary) -> Diary:
    """The same planned from the first date's midnight, so that no guard is cut off by `now`."""
    return replace(book, window=Interval(book.canvas.start, book.window.end))


@settings(slow, max_examples=40)
@given(weeks())
def test_a_guard_shorter_by_a_minute_lets_a_booking_break_a_rule(week: Week) -> None:
    book = from_midnight(week.book)
    assert longer_than_needed(book, plan(book)) == []


def grown(divided: guards.Divided, size: int, where: str) -> guards.Divided:
    """A stretch of `size` minutes of which one guard holds a minute more, or that is held whole."""
    pieces = divided.pieces
    if where == "all of a stretch":
        pieces = ()
    elif where == "before a session" and pieces[-1][1] < size:
        pieces = (*pieces[:-1], (pieces[-1][0], pieces[-1][1] - 1))
    elif where == "after a session" and pieces[0][0] > 0:
        pieces = ((pieces[0][0] + 1, pieces[0][1]), *pieces[1:])
    elif where == "between two open pieces" and len(pieces) > 1:
        pieces = ((pieces[0][0], pieces[0][1] - 1), *pieces[1:])
    return divided._replace(pieces=pieces)


LONGER: dict[str, Diary] = {
    "before a session": diary("13:00-13:50 session", after=15),
    "after a session": diary("09:00-09:50 session", after=0, before=20, bookable=("emdr",), combine="add"),
    "between two open pieces": diary(
        "12:55-13:45 session", "14:10-15:00 session", "16:45-17:35 session", in_a_row=row(3)
    ),
    "all of a stretch": diary("09:00-09:50 session", "12:00-12:50 session"),
}


@pytest.mark.parametrize("where", LONGER)
def test_a_guard_that_is_longer_than_needed_is_seen(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: one minute too many of one guard is told."""
    book, divide = LONGER[where], guards.divide
    assert longer_than_needed(book, plan(book)) == []
    monkeypatch.setattr(guards, "divide", lambda size, *more: grown(divide(size, *more), size, where))
    assert longer_than_needed(book, plan(book)) != []


FULL = Limit(sessions=2)
TWO = ("09:00-09:50 session", "11:00-11:50 session")


def test_a_full_day_without_its_guards_lets_a_booking_break_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above can fail: without guards they find what is wrong."""
    book = diary(*TWO, after=10, per_day=FULL)
    assert broken_by_a_booking(book, plan(book)) == []
    monkeypatch.setattr(guards, "lay_out", lambda *given: guards.Layout((), (given[3],), 0))
    assert broken_by_a_booking(book, plan(book)) == ["Tue 1 Dec: 3 of 2 sessions"]


# Each rule's bans are needed: without them, on a day made for it, a booking breaks just this rule.

ALWAYS = dict.fromkeys(range(7), "06:00-22:00")
GUARDED: dict[str, tuple[str, str, Diary, str]] = {
    "a break": ("rules.breaks.bans", "breaks", diary(*TWO, after=15, before=5), "min break between"),
    "a full day": ("rules.limits.bans", "limits.per_day", diary(*TWO, per_day=FULL), "3 of 2 sessions"),
    "a day's time": (
        "rules.limits.bans",
        "limits.per_day",
        diary(*TWO, per_day=Limit(time=mins(120))),
        "2 h 30 of 2 h",
    ),
    "a day's weight": (
        "rules.limits.bans",
        "limits.per_day",
        diary(*TWO, per_day=Limit(weight=2.5)),
        "weight 3 of 2.5",
    ),
    "a day's heavy sessions": (
        "rules.limits.bans",
        "limits.per_day",
        diary("10:00-11:30 emdr", "13:00-14:30 emdr", per_day=Limit(heavy=2), bookable=("individual", "emdr")),
        "3 of 2 heavy sessions",
    ),
    "a full week": (
        "rules.limits.bans",
        "limits.per_week",
        diary(*TWO, days=2, per_week=Limit(sessions=2)),
        "Week of Mon 30 Nov: 3 of 2 sessions",
    ),
    "two runs that a booking would join": (
        "rules.runs.bans",
        "limits.in_a_row",
        diary("12:55-13:45 session", "14:10-15:00 session", "16:45-17:35 session", in_a_row=row(3)),
        "4 sessions in a row from 12:55 to 17:35",
    ),
    "a full run with a booking before it": (
        "rules.runs.bans",
        "limits.in_a_row",
        diary("11:00-11:50 session", "12:00-12:50 session", in_a_row=row(2)),
        "3 sessions in a row",
    ),
    "a run as long as its time": (
        "rules.runs.bans",
        "limits.in_a_row",
        diary("11:00-13:00 group", in_a_row=row(time=150)),
        "2 sessions in a row",
    ),
    "the night after": (
        "rules.rest.bans",
        "rest.between_days",
        diary("20:00-22:00 group", days=2, working=ALWAYS, rest=rest(11)),
        "to the first at 06:00; 11 h are due",
    ),
    "the night before": (
        "rules.rest.bans",
        "rest.between_days",
        diary("+1 06:00-06:50 session", days=2, working=ALWAYS, rest=rest(11)),
        "from the last session of Tue 1 Dec",
    ),
    "the day's span": (
        "rules.rest.bans",
        "rest.day_span",
        diary("12:00-12:50 session", working=ALWAYS, rest=rest(span=6)),
        "6 h are the most",
    ),
    "the last day off": (
        "rules.rest.bans",
        "rest.days_off_per_week",
        diary(
            *(f"+{n} 09:00-09:50 session" for n in range(5)),
            day=date(2026, 11, 30),
            days=7,
            working=ALWAYS,
            rest=rest(off=2),
        ),
        "Week of Mon 30 Nov: 1 day without sessions; 2 are due",
    ),
}


@pytest.mark.parametrize("case", GUARDED)
def test_without_its_bans_a_booking_breaks_the_rule(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, rule, book, broken = GUARDED[case]
    assert broken_by_a_booking(book, plan(book)) == []
    module = import_module(where.rpartition(".")[0])
    real = module.bans
    monkeypatch.setattr(where, lambda *given: [ban for ban in real(*given) if ban.rule != rule])
    (found,) = broken_by_a_booking(book, plan(book))
    assert broken in found


# Days as they happen


def open_starts(book: Diary, kind: str = "individual") -> list[str]:
    """Every start, at any minute, at which a booking lies in open time."""
    return [book.clock(start) for start in starts(plan(book).open, book.rules.kinds[kind])]


def test_no_start_at_which_a_booking_joins_two_runs_is_open() -> None:
    day = ("12:55-13:45 session", "14:10-15:00 session", "16:45-17:35 session")
    before, with_runs = open_starts(diary(*day)), open_starts(diary(*day, in_a_row=row(3)))
    assert {"15:26", "15:27", "15:28", "15:29"} <= set(before)
    assert not {"15:26", "15:27", "15:28", "15:29"} & set(with_runs)
    assert {"15:10", "15:25"} <= set(with_runs) or {"15:30", "15:45"} <= set(with_runs)  # one side is held, not both


def test_nothing_can_be_booked_in_the_half_hour_after_emdr() -> None:
    book = diary("10:00-11:30 emdr", bookable=("individual", "emdr"))
    assert not [i for i in plan(book).open if i.overlaps(span("11:30-12:00"))]
    assert "12:00" in open_starts(book)


def test_no_gap_that_a_heavy_kind_fits_stays_open_once_the_heavy_ones_are_used_up() -> None:
    day = ("09:00-10:30 emdr", "12:00-13:30 emdr")
    book = diary(*day, per_day=Limit(heavy=2), bookable=("individual", "emdr"))
    assert open_starts(book, "emdr") == []
    assert open_starts(book) != []


def test_after_a_full_run_nothing_can_be_booked_for_half_an_hour() -> None:
    book = diary("09:00-09:50 session", "10:00-10:50 session", "11:00-11:50 session", in_a_row=row(3))
    assert open_starts(book)[0] == "12:20"


def test_bookings_keep_eleven_hours_from_the_evening_before() -> None:
    book = diary("18:00-20:00 group", "+2 09:00-09:50 session", days=2, working=ALWAYS, rest=rest(11))
    on_wednesday = open_starts(replace(book, window=whole_day(date(2026, 12, 2), LONDON)))
    assert "07:00" <= on_wednesday[0] < "07:15"  # the shortest guard is a quarter of an hour
    assert open_starts(book)[-1] == "21:10"


def test_a_day_that_must_stay_free_is_held_whole() -> None:
    _, _, book, _ = GUARDED["the last day off"]
    held = [b for b in plan(book).blocks if b.rule == "rest.days_off_per_week"]
    assert [f"{book.day_name(book.date_of(b.start))} {times(book, [b.interval])[0]}" for b in held] == [
        "Sat 5 Dec 06:00-22:00",
        "Sun 6 Dec 06:00-22:00",
    ]
