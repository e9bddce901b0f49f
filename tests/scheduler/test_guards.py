"""Guards: time held so that no single booking can break a rule, and no more of it than that needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rules.breaks import Skyline
from rules.demand import Ban
from rules.diary import Diary
from rules.practice import Kind, Limit
from rules.timeline import Interval
from scheduler import guards
from scheduler.board import Standing
from scheduler.division import best_pieces
from tests.bookings import new_findings, starts
from tests.days import KINDS, TUESDAY, diary, lines, mins, plan, rules, span, times
from tests.weeks import Week, weeks

FIVE = [f"{hour:02d}:00-{hour:02d}:50 session" for hour in (9, 10, 11, 13, 14)]


def held(book: Diary) -> list[str]:
    """The guards, as ``09:50-10:00 breaks``."""
    return [f"{times(book, [b.interval])[0]} {b.rule}" for b in plan(book).blocks if b.guard]


def open_(book: Diary) -> list[str]:
    return times(book, plan(book).open)


def room_for(book: Diary, kind: str) -> list[str]:
    """Open pieces into which a booking of a kind fits."""
    return times(book, [i for i in plan(book).open if i.length >= KINDS[kind].length])


# --- breaks ---


def test_before_a_session_as_much_is_held_as_a_booking_needs_after_it() -> None:
    book = diary("12:00-12:50 session")
    assert held(book) == ["11:50-12:00 breaks"]
    assert open_(book) == ["09:00-11:50", "13:00-18:00"]


def test_after_a_session_its_own_break_is_enough_where_a_booking_needs_no_more() -> None:
    assert lines(diary("12:00-12:50 session"), plan(diary("12:00-12:50 session")))[1] == "12:50-13:00 Break"


def test_what_a_booking_needs_beyond_the_sessions_break_joins_it() -> None:
    book = diary("12:00-12:50 session", before=15, after=10)
    assert lines(book, plan(book)) == ["11:45-12:00 Break", "12:50-13:05 Break"]
    assert held(book) == []


def test_a_booking_after_emdr_waits_for_its_half_hour() -> None:
    book = diary("10:00-11:30 emdr")
    assert open_(book) == ["09:00-09:50", "12:00-18:00"]


def test_where_emdr_can_be_booked_it_needs_half_an_hour_before_the_next_session() -> None:
    both = diary("12:00-12:50 session", bookable=("individual", "emdr"))
    assert open_(both)[0] == "09:00-11:30"
    emdr = both.rules.kinds["emdr"]
    assert not any(s + emdr.length > span("11:30-12:00").start for s in starts(plan(both).open[:1], emdr))


def test_a_free_morning_is_not_cut_in_two_for_a_few_minutes_so_that_emdr_still_fits() -> None:
    """Not 76 and 79 minutes, which have five more that somebody can book."""
    both = diary("12:00-12:50 session", bookable=("individual", "emdr"))
    assert [line for line in held(both) if line < "12:00"] == ["11:30-11:45 breaks"]
    assert open_(both)[:2] == ["09:00-11:30", "11:45-12:00"]
    assert "09:00-11:30" in room_for(both, "emdr")


def test_a_guard_is_left_out_where_nothing_bookable_fits() -> None:
    book = diary("09:00-09:50 session", "10:30-11:20 session")
    assert lines(book, plan(book)) == ["09:50-10:00 Break", "11:20-11:30 Break"]
    assert open_(book) == ["10:00-10:30", "11:30-18:00"]


def test_without_bookable_kinds_nothing_is_guarded() -> None:
    assert held(diary(*FIVE, per_day=Limit(sessions=5), bookable=())) == []


def test_a_gap_that_takes_one_booking_with_its_breaks_is_left_open() -> None:
    book = diary("09:00-09:50 session", "11:00-11:50 session")  # 10 + 50 + 10
    assert "10:00-10:50" in open_(book)
    assert plan(book).bookable_slots == 7


def test_a_gap_that_takes_a_booking_but_not_its_breaks_is_guarded_with_the_least() -> None:
    book = diary("09:00-09:50 session", "10:55-11:45 session")  # five minutes short
    assert room_for(book, "individual") == ["11:55-18:00"]
    assert sum((b.interval.length for b in plan(book).blocks if b.start < span("10:55-11:00").start), mins(0)) < mins(
        25
    )


# --- limits ---


def test_on_a_full_day_the_whole_of_each_gap_is_held() -> None:
    book = diary(*FIVE, per_day=Limit(sessions=5))
    assert held(book) == ["12:00-13:00 limits.per_day", "15:00-18:00 limits.per_day"]
    assert open_(book) == []


def test_on_a_full_day_a_gap_into_which_nothing_bookable_fits_is_left_alone() -> None:
    book = diary(
        *FIVE[:2], "11:30-12:20 session", "13:30-18:00 meeting", working="09:00-18:00", per_day=Limit(sessions=3)
    )
    assert held(book) == ["12:30-13:30 limits.per_day"]
    assert open_(book) == ["11:00-11:30"]


def test_the_day_before_and_after_a_full_day_stay_open() -> None:
    book = diary(*(f"+1 {line}" for line in FIVE), days=3, per_day=Limit(sessions=5))
    assert {book.date_of(i.start).day for i in plan(book).open} == {1, 3}


def test_in_a_full_week_every_day_that_is_left_is_held() -> None:
    book = diary(*FIVE, days=4, per_week=Limit(sessions=5))
    assert open_(book) == []
    assert {line.split(" ")[1] for line in held(book)} == {"limits.per_week"}


def test_on_a_heavy_day_short_guards_keep_out_heavy_bookings_and_let_others_in() -> None:
    book = diary("10:00-11:30 emdr", per_day=Limit(heavy=1), bookable=("individual", "emdr"))
    assert room_for(book, "emdr") == []
    assert plan(book).bookable_slots == 6  # one in the morning, five in the afternoon
    assert all(b.interval.length <= mins(15) for b in plan(book).blocks if b.guard)


def test_on_a_heavy_day_where_only_heavy_kinds_are_bookable_the_whole_gap_is_held() -> None:
    book = diary("10:00-11:30 emdr", per_day=Limit(heavy=1), bookable=("emdr",))
    assert held(book) == ["12:00-18:00 limits.per_day"]


def test_where_the_time_that_is_left_is_too_short_for_one_kind_only_that_is_kept_out() -> None:
    book = diary("09:00-12:00 group", per_day=Limit(time=mins(240)), bookable=("individual", "couple"))
    assert room_for(book, "couple") == []
    assert room_for(book, "individual") != []
    assert plan(book).bookable_slots == 1


def test_where_weight_is_used_up_light_kinds_may_still_come() -> None:
    law = rules(
        kinds={**KINDS, "call": Kind("call", mins(20), weight=0)},
        per_day=Limit(weight=2),
        bookable=("individual", "call"),
    )
    book = diary("09:00-11:00 group", with_rules=law)
    assert room_for(book, "individual") == []
    assert plan(book).bookable_slots > 0


def test_guards_say_what_they_keep_out() -> None:
    (first, *_) = [b for b in plan(diary(*FIVE, per_day=Limit(sessions=5))).blocks if b.guard]
    assert first.why == "a booking here is one too many: Tue 1 Dec is full"
    assert first.name == "Held"


def test_keys_of_guards_name_the_rule_the_date_and_the_session_before_them() -> None:
    keys = [b.key for b in plan(diary(*FIVE, per_day=Limit(sessions=5))).blocks if b.guard]
    assert keys == [f"guard/limits.per_day/{TUESDAY}/s2", f"guard/limits.per_day/{TUESDAY}/s4"]
    early = [b.key for b in plan(diary("12:00-12:50 session", per_day=Limit(sessions=1))).blocks if b.guard]
    assert early == [f"guard/limits.per_day/{TUESDAY}/start", f"guard/limits.per_day/{TUESDAY}/s0"]


# --- joining ---


def test_a_guard_shorter_than_a_quarter_of_an_hour_joins_the_break_it_touches() -> None:
    book = diary("12:00-12:50 session", before=10, after=5)
    assert lines(book, plan(book)) == ["11:50-12:00 Break", "12:50-13:00 Break"]
    longer = [b for b in plan(book).blocks if b.start == span("12:50-13:00").start]
    assert "so that a booking leaves room" in longer[0].why


def test_a_short_guard_that_touches_no_break_stands_alone() -> None:
    assert held(diary("12:00-12:50 meeting")) == ["11:50-12:00 breaks"]


def test_touching_guards_are_one_block() -> None:
    book = diary(*FIVE, days=1, per_day=Limit(sessions=5), per_week=Limit(sessions=5))
    blocks = sorted(b.interval for b in plan(book).blocks if b.guard)
    assert not any(a.end == b.start for a, b in pairwise(blocks))


# --- the layout itself, against trying everything ---


def laid(book: Diary, stretch: str, *bans: tuple[str, str]) -> guards.Layout:
    """One stretch with bans as (kind, starts)."""
    by_kind: dict[str, list[Ban]] = {k.name: [] for k in book.bookable}
    for kind, when in bans:
        by_kind[kind].append(Ban(kind=kind, starts=span(when), rule="other", why="is banned"))
    return guards.lay_out(book, Skyline(book), by_kind, span(stretch))


def test_a_stretch_without_bans_is_all_open() -> None:
    made = laid(diary(), "09:00-18:00")
    assert (made.guards, made.slots) == ((), 9)
    assert times(diary(), made.open) == ["09:00-18:00"]


def test_a_ban_in_the_middle_of_a_stretch_is_answered_where_it_costs_least() -> None:
    made = laid(diary(), "09:00-11:00", ("individual", "10:05-10:06"))
    assert sum((g.interval.length for g in made.guards), mins(0)) <= mins(15)
    assert not any(p.start <= span("10:05-10:06").start and span("10:05-10:55").end <= p.end for p in made.open)


def most(size: int) -> int:
    """The most bookings of 50 minutes in a stretch that guards of 15 cut into pieces for one booking each."""
    return max(n for n in range(20) if n * 50 + max(0, n - 1) * 15 <= size)


@pytest.mark.parametrize("size", range(50, 400, 10))
def test_keeping_emdr_out_costs_as_few_bookings_as_it_can(size: int) -> None:
    book = diary(bookable=("individual", "emdr"))
    start = span("09:00-10:00").start
    stretch = Interval(start, start + mins(size))
    ban = Ban(kind="emdr", starts=stretch, rule="limits.per_day", why="is banned")
    made = guards.lay_out(book, Skyline(book), {"individual": [], "emdr": [ban]}, stretch)
    assert made.slots == most(size)
    assert all(p.length < mins(90) for p in made.open)


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(weeks(most=8), st.integers(0, 6))
def test_no_single_booking_at_any_minute_creates_a_finding(week: Week, first: int) -> None:
    """Every seventh minute, and the last of each open stretch; which minutes differs from example to example."""
    book = week.book
    placed = plan(book)
    for kind in book.bookable:
        last = {p.end - kind.length for p in placed.open if p.length >= kind.length}
        for start in {*list(starts(placed.open, kind))[first::7], *last}:
            assert new_findings(book, Standing(), placed, kind, start, fully=False) == []


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(weeks(most=8))
def test_no_guard_stands_where_every_booking_would_be_harmless(week: Week) -> None:
    """For each guard some booking that overlaps it, and nothing that is busy or a break, creates a finding."""
    whole = Interval(week.book.canvas.start, week.book.window.end)  # guards are laid out for whole days
    book = replace(week.book, rules=replace(week.book.rules, protect=()), window=whole)
    placed = plan(book)
    others = [b.interval for b in placed.blocks if not b.guard]
    taken = [*book.busy, *(s.interval for s in book.sessions), *others]
    for guard in (b for b in placed.blocks if b.guard and b.interval.length >= mins(15)):
        harmful = (
            new_findings(book, Standing(), placed, kind, start, fully=False)
            for kind in book.bookable
            for start in around(guard.interval, kind)
            if start >= book.now and not any(Interval(start, start + kind.length).overlaps(t) for t in taken)
        )
        assert any(harmful), guard


def around(guard: Interval, kind: Kind) -> list[datetime]:
    """Every fifth start at which a booking overlaps a guard."""
    first = guard.start - kind.length + mins(1)
    return [first + timedelta(minutes=n) for n in range(0, int((guard.end - first) / mins(1)), 5)]


# --- a stretch's division, against every division there is ---

Kinds = tuple[tuple[int, tuple[int, ...]], ...]
Ranges = tuple[tuple[tuple[int, int], ...], ...]
Worth = tuple[int, int, int, int]
"""Bookings, minutes in pieces that take one (once for each kind that fits), less lone guards, open minutes."""


@st.composite
def short_stretches(draw: st.DrawFn) -> tuple[int, Kinds, Ranges, tuple[bool, bool]]:
    """A stretch of up to an hour: one to three kinds with lengths and breaks of their own, and banned starts."""
    size, number = draw(st.integers(20, 60)), draw(st.integers(1, 3))
    lengths = draw(st.lists(st.integers(5, min(size, 40)), min_size=number, max_size=number))
    after = draw(st.lists(st.sampled_from([0, 5, 10, 15, 20, 30]), min_size=number, max_size=number))
    before = draw(st.lists(st.sampled_from([0, 0, 5, 20]), min_size=number, max_size=number))
    kinds = tuple((n, tuple(max(a, b) for b in before)) for n, a in zip(lengths, after, strict=True))
    banned = []
    for n in lengths:
        some = draw(st.lists(st.tuples(st.integers(0, size - n), st.sampled_from([1, 2, 5, 10, 60])), max_size=3))
        banned.append(tuple(sorted((a, min(size - n + 1, a + wide)) for a, wide in some)))
    return size, kinds, tuple(banned), (draw(st.booleans()), draw(st.booleans()))


def best_of_all(size: int, kinds: Kinds, banned: Ranges, joins: tuple[bool, bool]) -> Worth:
    """The worth of the best division: every piece, every minute, every booking is tried."""

    @cache
    def safe(a: int, b: int) -> bool:
        starts = ((t, some) for (n, _), some in zip(kinds, banned, strict=True) for t in range(a, b - n + 1))
        return not any(x <= t < y for t, some in starts for x, y in some)

    @cache
    def fillings(a: int, b: int, ready: tuple[int, ...]) -> frozenset[tuple[int, tuple[int, ...]]]:
        """How many bookings a piece can take, and from when on each kind may come after them."""
        found = {(0, ready)}
        for k, (length, gaps) in enumerate(kinds):
            for t in range(max(a, ready[k]), b - length + 1):
                found |= {(n + 1, r) for n, r in fillings(t + length, b, tuple(t + length + gap for gap in gaps))}
        return frozenset(found)

    def lone(a: int, b: int) -> int:
        joined = b - a < 15 and ((a == 0 and joins[0]) or (b == size and joins[1]))
        return 0 if a == b or joined else 1

    @cache
    def best(p: int, ready: tuple[int, ...]) -> Worth:
        """Where the last piece ended 15 minutes before `p` (before the first one: p is 0), with what lies before the
        next piece counted as one guard but for the stretch's start."""
        top = (0, 0, 0 if p else -lone(0, size), 0) if not p else (-99, 0, 0, 0)
        for a in range(p, size):
            for b in range(a + (1 if (a, size) == (0, size) and size < 15 else 15), size + 1):
                if not safe(a, b):
                    break
                alone = lone(0, a) if not p else 1
                for n, r in fillings(a, b, tuple(max(x, a) for x in ready)):
                    ends = [(0, 0, -lone(b, size), 0)]
                    if b + 30 <= size:
                        ends.append(best(b + 15, tuple(max(x, b + 15) for x in r)))
                    for m, minutes, alone_after, open_ in ends:
                        useful = sum(b - a for long, _ in kinds if long <= b - a)
                        top = max(top, (n + m, useful + minutes, alone_after - alone, b - a + open_))
        return top

    return best(0, (0,) * len(kinds))


def assert_safe(pieces: tuple[tuple[int, int], ...], kinds: Kinds, banned: Ranges) -> None:
    for (length, _), some in zip(kinds, banned, strict=True):
        assert not any(max(x, a) < min(y, b - length + 1) for a, b in pieces for x, y in some)
    assert all(b - a >= 15 for a, b in pieces)
    assert all(two[0] - one[1] >= 15 for one, two in pairwise(pieces))


UNBOOKABLE = (46, ((19, (10, 20)), (18, (15, 20))), (((0, 28),), ((0, 29),)), (True, True))
BEFORE_A_BAN = (54, ((16, (10, 10)), (15, (5, 5))), (((7, 12), (24, 39)), ((19, 21), (35, 40))), (False, False))
ROOM_FOR_THE_LONG_KIND = (60, ((16, (3, 10)), (30, (10, 10))), (((42, 45),), ((11, 31),)), (False, False))
WAITING = (59, ((17, (10, 10)), (16, (20, 20))), (((0, 43),), ((0, 1), (18, 20), (41, 44))), (False, False))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(short_stretches())
@example(UNBOOKABLE)
@example(BEFORE_A_BAN)
@example(WAITING)
@example(ROOM_FOR_THE_LONG_KIND)
def test_no_division_of_a_stretch_is_better(stretch: tuple[int, Kinds, Ranges, tuple[bool, bool]]) -> None:
    size, kinds, banned, joins = stretch
    bookings, pieces = best_pieces(size, kinds, banned, joins)
    assert_safe(pieces, kinds, banned)
    holes = [(a, b) for a, b in pairwise([0, *(x for piece in pieces for x in piece), size])][::2]
    guards = sum(
        1 for a, b in holes if b > a and not (b - a < 15 and ((a == 0 and joins[0]) or (b == size and joins[1])))
    )
    useful = sum(b - a for n, _ in kinds for a, b in pieces if b - a >= n)
    assert (bookings, useful, -guards, sum(b - a for a, b in pieces)) == best_of_all(*stretch)


PRACTICE: Kinds = ((50, (10, 30)), (90, (30, 30)))  # individual sessions, and EMDR with half an hour around it


@pytest.mark.parametrize("emdr", [(0, 60_000), (30_000, 30_010)], ids=["never", "not for ten minutes"])
def test_six_weeks_without_working_hours_are_divided_quickly(emdr: tuple[int, int]) -> None:
    size = 60_000
    nights = tuple((a, a + 600) for a in range(1200, size - 1000, 7 * 1440))
    banned = (nights, (emdr,))
    start = perf_counter()
    bookings, pieces = best_pieces(size, PRACTICE, banned, (False, False))
    assert perf_counter() - start < 2  # a tenth of that
    assert_safe(pieces, PRACTICE, banned)
    assert bookings > (600 if emdr[0] == 0 else 900)  # of at most 50 + 15 and 50 + 10 minutes each


def test_three_kinds_of_which_one_may_not_come_are_divided_quickly() -> None:
    kinds = ((50, (10, 30, 10)), (90, (30, 30, 30)), (20, (25, 30, 25)))
    start = perf_counter()
    bookings, _ = best_pieces(540, kinds, ((), ((0, 451),), ()), (False, False))
    assert perf_counter() - start < 0.5  # a tenth of that
    assert bookings == 12
