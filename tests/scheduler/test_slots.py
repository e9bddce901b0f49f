"""Bookable slots: the most bookings that can together be added, against trying everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.diary import Diary
from rules.engine import demand
from rules.practice import Kind, Limit
from rules.timeline import Interval, Session
from scheduler import slots
from scheduler.labels import LATE
from scheduler.minutes import ceil, floor
from scheduler.tally import Tally
from tests.bookings import told
from tests.days import KINDS, TUESDAY, diary, mins, plan, rest, row, rules, span

STEP = 10  # minutes; every length and break below is a multiple of it


def most(book: Diary) -> int:
    return plan(book).bookable_slots


def test_an_empty_day_takes_as_many_as_fit_with_their_breaks() -> None:
    assert most(diary(working="09:00-17:50")) == 9
    assert most(diary(working="09:00-17:49")) == 8


def test_the_gap_between_two_bookings_is_the_one_that_sessions_need() -> None:
    assert most(diary(working="09:00-10:50", before=5)) == 2
    assert most(diary(working="09:00-10:50", before=5, combine="add")) == 1
    assert most(diary(working="09:00-10:55", before=5, combine="add")) == 2


def test_a_day_counts_no_more_than_its_limit_leaves() -> None:
    assert most(diary("09:00-09:50 session", per_day=Limit(sessions=3))) == 2
    assert most(diary("09:00-09:50 session", per_day=Limit(time=mins(160)))) == 2
    assert most(diary("09:00-11:00 group", per_day=Limit(weight=4))) == 2


def test_a_week_counts_no_more_than_its_limit_leaves() -> None:
    assert most(diary("09:00-09:50 session", days=3, per_week=Limit(sessions=5))) == 4
    assert most(diary("09:00-09:50 session", days=10, per_week=Limit(sessions=5))) == 4 + 5


def test_days_and_weeks_are_the_therapists() -> None:
    assert most(diary(days=3, per_day=Limit(sessions=2), per_week=Limit(sessions=5))) == 5


def test_heavy_bookings_count_up_to_their_limit_and_light_ones_beyond() -> None:
    law = rules(
        kinds={**KINDS, "trauma": Kind("trauma", mins(50), heavy=True)}, bookable=("trauma",), per_day=Limit(heavy=2)
    )
    assert most(diary(with_rules=law)) == 2


def test_two_kinds_that_each_reach_another_limit_add_up() -> None:
    """Long ones without weight and short heavy ones: neither alone is the best."""
    kinds = {"light": Kind("light", mins(60), weight=0), "short": Kind("short", mins(30), weight=1, heavy=True)}
    law = rules(
        kinds=kinds, bookable=("light", "short"), after=0, working="09:00-12:00", per_day=Limit(heavy=1, weight=1)
    )
    book = diary(with_rules=law)
    assert slots.most_bookings(book, [span("09:00-12:00")]) == 3
    assert slots.most_bookings(book, [span("09:00-10:30")]) == 2


def test_nothing_bookable_means_no_slots() -> None:
    assert most(diary(bookable=())) == 0


def test_pieces_that_a_short_guard_parts_share_the_gap_that_bookings_need() -> None:
    book = diary(after=30)
    apart = [span("09:00-09:50"), span("10:00-10:50")]
    assert slots.most_bookings(book, apart) == 1
    assert slots.most_bookings(diary("09:50-10:00 meeting", after=30), apart) == 2
    assert slots.most_bookings(book, [span("09:00-09:50"), span("10:20-11:10")]) == 2


def test_what_is_in_the_past_is_no_slot() -> None:
    assert most(diary(now="17:00")) == 1
    assert most(diary(now="17:11")) == 0


def test_pieces_are_counted_for_the_date_they_start_on() -> None:
    book = diary("20:00-20:50 session", working={1: "20:00-04:00"}, days=2, per_day=Limit(sessions=1))
    assert slots.most_bookings(book, [span("23:00-23:50")]) == 0
    assert most(book) == 0


# --- against trying everything ---


def sets(book: Diary, open_: Sequence[Interval], added: tuple[Session, ...] = ()) -> Iterator[tuple[Session, ...]]:
    """Every set of bookings in open time that together create no finding, each later than the one before."""
    yield added
    after = added[-1].end if added else None
    for kind in book.bookable:
        for start in starts(open_, kind, after):
            session = Session(id=f"b{len(added)}", interval=Interval(start, start + kind.length), kind=kind.name)
            bigger = (*added, session)
            if not broken(book, bigger):
                yield from sets(book, open_, bigger)


def starts(open_: Sequence[Interval], kind: Kind, after: datetime | None) -> Iterator[datetime]:
    for piece in open_:
        start = piece.start
        while start + kind.length <= piece.end:
            if after is None or start >= after:
                yield start
            start += mins(STEP)


def broken(book: Diary, added: tuple[Session, ...]) -> bool:
    every = tuple(sorted((*book.sessions, *added), key=lambda s: (s.start, s.end, s.id)))
    return bool(told(demand(replace(book, sessions=every)).findings) - told(demand(book).findings))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    length=st.sampled_from([12, 15, 18, 22]),
    session=st.integers(0, 14),
    limit=st.sampled_from([None, 1, 2, 3]),
    heavy=st.sampled_from([None, 0, 1]),
    bookable=st.sampled_from([("short",), ("short", "long"), ("long",)]),
    after=st.sampled_from([0, 10, 20]),
    before=st.sampled_from([0, 10]),
)
def test_no_set_of_bookings_is_larger_and_one_is_as_large(
    length: int,
    session: int,
    limit: int | None,
    heavy: int | None,
    bookable: tuple[str, ...],
    after: int,
    before: int,
) -> None:
    kinds = {
        "short": Kind("short", mins(40)),
        "long": Kind("long", mins(60), heavy=True, after=mins(20)),
        "individual": Kind("individual", mins(50)),
    }
    end = span("09:00-10:00").start + mins(length * STEP)
    begin = span("09:00-10:00").start + mins(session * STEP)
    law = rules(
        kinds=kinds,
        working=f"09:00-{end:%H:%M}",
        bookable=bookable,
        after=after,
        before=before,
        per_day=Limit(sessions=limit, heavy=heavy),
    )
    book = diary(f"{begin:%H:%M}-{begin + mins(50):%H:%M} individual", day=TUESDAY, with_rules=law)
    placed = plan(book)
    on_the_step = all((p.start - span("09:00-10:00").start) % mins(STEP) == mins(0) for p in placed.open)
    best = max(len(added) for added in sets(book, placed.open))
    assert best <= placed.bookable_slots
    if on_the_step:
        assert best == placed.bookable_slots


NEARLY_ALIKE = {
    "what the day's limit leaves": (
        "09:30-10:20",
        diary("+1 07:00-07:50 session", "+4 07:00-07:50 couple", days=5, per_day=Limit(weight=2)),
    ),
    "the run of the night before": (
        "00:00-00:50",
        diary("23:00-23:50 session", days=5, working="00:00-09:00", in_a_row=row(1)),
    ),
    "a meeting that is no rest": (
        "08:20-09:10",
        diary(
            "+1 07:00-07:50 session",
            "+1 07:50-08:20 meeting",
            "+4 07:00-07:50 session",
            days=5,
            in_a_row=row(1, meetings_rest=False),
        ),
    ),
    "the rest that other dates ask for": ("09:30-10:20", diary(days=5, rest=rest(12))),
}
"""Open time of two dates that is alike, but for what else its bookings depend on."""


@pytest.mark.parametrize("differs", NEARLY_ALIKE)
def test_a_day_is_not_taken_for_another_one_that_only_looks_alike(differs: str) -> None:
    hours, book = NEARLY_ALIKE[differs]
    tally, found = Tally(book), []
    for number in (1, 4):
        day = TUESDAY + timedelta(days=number)
        piece = span(hours, day)
        ours = tally.on_day(day)
        if book.rules.rest.between_days is not None:  # on the first date bookings must not be early
            ours = ours._replace(calm=(ceil(piece.start) + 60 * (number == 1), LATE))
        now = slots.of_day(tally, ours, [(ceil(piece.start), floor(piece.end))])
        assert now == slots.of_day(Tally(book), ours, [(ceil(piece.start), floor(piece.end))])
        found.append({(one.mix, one.first < LATE) for one in now})
    assert found[0] != found[1]
