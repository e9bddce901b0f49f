"""A stretch is divided for the bookings that can be taken together: by the limits of day and week and by the runs
around it, against every division there is."""

from __future__ import annotations

from functools import cache
from itertools import product

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rules.practice import Limit
from scheduler import guards
from scheduler.labels import LATE, NEVER
from scheduler.minutes import ceil
from scheduler.tally import Tally
from scheduler.together import Law, Near, nearness
from tests.days import diary, plan, row, times

Kinds = tuple[tuple[int, tuple[int, ...]], ...]
Ranges = tuple[tuple[tuple[int, int], ...], ...]
Worth = tuple[int, int, int, int]
"""Bookings, minutes in pieces that take one (once for each kind that fits), less lone guards, open minutes."""
Limits = tuple[int, int, int, tuple[int, int], tuple[int, int]]
"""How many bookings; how many in a row, and what ends a run; the run before: how many, when it is over; the run after:
when it begins, how many."""
Filled = tuple[tuple[int, ...], int, int, int]
"""From when on each kind may come; until when a run goes on, and how many it has; the bookings in all."""
Stretch = tuple[int, Kinds, Ranges, tuple[bool, bool], Limits]


@st.composite
def short_stretches(draw: st.DrawFn) -> Stretch:
    """A stretch of up to an hour with one or two kinds, banned starts, and limits that may bind."""
    size, number = draw(st.integers(30, 60)), draw(st.integers(1, 2))
    lengths = draw(st.lists(st.sampled_from([5, 8, 10, 12, 20, 30]), min_size=number, max_size=number))
    after = draw(st.lists(st.sampled_from([0, 5, 15]), min_size=number, max_size=number))
    kinds = tuple((n, (a,) * number) for n, a in zip(lengths, after, strict=True))
    banned = []
    for n in lengths:
        some = draw(st.lists(st.tuples(st.integers(0, size - n), st.sampled_from([1, 5, 20])), max_size=2))
        banned.append(tuple(sorted((a, min(size - n + 1, a + wide)) for a, wide in some)))
    then = draw(st.sampled_from([16, 20, 30]))
    before = draw(st.sampled_from([(0, 0), (1, 5), (1, then), (2, then)]))
    follow = draw(st.sampled_from([(LATE, 0), (size, 1), (size + 5, 1), (size, 2)]))
    limits = draw(st.integers(0, 4)), draw(st.sampled_from([1, 2, 3, 9])), then, before, follow
    return size, kinds, tuple(banned), (draw(st.booleans()), draw(st.booleans())), limits


def best_of_all(size: int, kinds: Kinds, banned: Ranges, joins: tuple[bool, bool], limits: Limits) -> Worth:
    """The worth of the best division: every piece, every minute, every booking is tried."""
    cap, most, then, (run, until), (session, follow) = limits

    @cache
    def safe(a: int, b: int) -> bool:
        starts = ((t, some) for (n, _), some in zip(kinds, banned, strict=True) for t in range(a, b - n + 1))
        return not any(x <= t < y for t, some in starts for x, y in some)

    @cache
    def fillings(a: int, b: int, state: Filled) -> frozenset[Filled]:
        """What bookings in a piece can lead to."""
        found = {state}
        ready, over, row_, number = state
        for k, (length, gaps) in enumerate(kinds):
            for t in range(max(a, ready[k]), b - length + 1) if number < cap else ():
                now = row_ + 1 if t < over else 1
                end = t + length
                if now + (follow if end + then > session else 0) <= most:
                    found |= fillings(end, b, (tuple(end + gap for gap in gaps), end + then, now, number + 1))
        return frozenset(found)

    def lone(a: int, b: int) -> int:
        joined = b - a < 15 and ((a == 0 and joins[0]) or (b == size and joins[1]))
        return 0 if a == b or joined else 1

    @cache
    def best(p: int, state: Filled) -> Worth:
        """From `p` on, 15 minutes after the last piece's end (0: there was none)."""
        top = (0, 0, 0 if p else -lone(0, size), 0) if not p else (-99, 0, 0, 0)
        for a in range(p, size):
            for b in range(a + 15, size + 1):
                if not safe(a, b):
                    break
                alone = lone(0, a) if not p else 1
                for after in fillings(a, b, state):
                    ends = [(0, 0, -lone(b, size), 0)]
                    if b + 30 <= size:
                        x = b + 15
                        kept = (after[1], after[2]) if after[1] > x else (0, 0)
                        ends.append(best(x, (tuple(max(r, x) for r in after[0]), *kept, after[3])))
                    for m, minutes, alone_after, open_ in ends:
                        useful = sum(b - a for long, _ in kinds if long <= b - a)
                        n = after[3] - state[3]
                        top = max(top, (n + m, useful + minutes, alone_after - alone, b - a + open_))
        return top

    return best(0, ((0,) * len(kinds), until, run, 0))


def near(size: int, kinds: Kinds, limits: Limits) -> Near:
    cap, most, then, (run, until), (session, follow) = limits
    places = tuple(range(len(kinds)))
    mixes = frozenset(mix for mix in product(range(cap + 1), repeat=len(kinds)) if sum(mix) <= cap)
    law = Law(places, tuple(n for n, _ in kinds), tuple(gaps for _, gaps in kinds), mixes, then, most, LATE, LATE)
    after = tuple((session + 10 * n, session + 10 * n + 10) for n in range(follow))
    whole = Near(law, run, until - then, until - then - 10, after, (), LATE, NEVER)
    return whole.of(0, size)


THREE_FIT_AND_TWO_MAY_COME: Stretch = (
    60,
    ((10, (15, 15)), (25, (15, 15))),
    ((), ((0, 60),)),
    (False, False),
    (2, 9, 30, (0, 0), (LATE, 0)),
)
A_RUN_FOLLOWS: Stretch = (
    60,
    ((10, (0, 0)), (20, (0, 0))),
    ((), ((25, 41),)),
    (False, False),
    (4, 2, 16, (0, 0), (60, 1)),
)
ACROSS_PIECES: Stretch = (
    59,
    ((10, (0, 0)), (10, (0, 0))),
    ((), ((32, 37),)),
    (False, False),
    (3, 3, 30, (0, 0), (64, 1)),
)
TWO_FOLLOW: Stretch = (50, ((20, (0,)),), (((1, 2),),), (True, True), (9, 2, 30, (1, 5), (50, 2)))
ONE_IS_BEFORE: Stretch = (45, ((20, (0,)),), (((2, 3),),), (True, False), (9, 2, 30, (1, 30), (50, 1)))
RESTED_LATER_THAN_A_BREAK: Stretch = (
    54,
    ((20, (5, 5)), (5, (0, 0))),
    (((24, 29), (31, 35)), ()),
    (False, True),
    (4, 3, 30, (1, 5), (59, 1)),
)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(short_stretches())
@example(THREE_FIT_AND_TWO_MAY_COME)
@example(A_RUN_FOLLOWS)
@example(ACROSS_PIECES)
@example(TWO_FOLLOW)
@example(ONE_IS_BEFORE)
@example(RESTED_LATER_THAN_A_BREAK)
def test_no_division_takes_more_bookings_together_or_is_better_otherwise(stretch: Stretch) -> None:
    size, kinds, banned, joins, limits = stretch
    bans = tuple(tuple((a, b, False) for a, b in some) for some in banned)
    divided = guards.divide(size, kinds, bans, joins, near(size, kinds, limits))
    useful = sum(b - a for n, _ in kinds for a, b in divided.pieces if b - a >= n)
    worth = (divided.slots, useful, -divided.lone, sum(b - a for a, b in divided.pieces))
    if divided.pieces == ((0, size),):  # nothing is held: what it takes was not asked
        worth = (best_of_all(*stretch)[0], *worth[1:])
    assert worth == best_of_all(*stretch)


TWO_KINDS = ("individual", "emdr")


def test_a_day_that_takes_two_more_is_not_cut_for_three() -> None:
    """No second EMDR may come; the guard lies where it loses the least, though three short sessions would fit."""
    morning = {"working": "09:00-14:00", "bookable": TWO_KINDS, "after": 15}
    three = diary("09:00-10:30 emdr", per_day=Limit(heavy=1), **morning)
    assert times(three, plan(three).open) == ["11:00-11:50", "12:05-12:55", "13:10-14:00"]
    two = diary("09:00-10:30 emdr", per_day=Limit(sessions=3, heavy=1), **morning)
    assert times(two, plan(two).open) == ["11:00-12:29", "12:44-14:00"]


def test_a_stretch_is_cut_for_bookings_that_do_not_come_in_a_row() -> None:
    """Three fit before 14:30, in a row; two may. With half an hour between, three find room before 14:45."""
    book = diary("15:00-15:50 session", working="11:30-16:00", bookable=TWO_KINDS, in_a_row=row(2), after=15)
    assert plan(book).bookable_slots == 3


def test_where_nothing_can_bind_nothing_is_counted() -> None:
    one = diary("15:00-15:50 session", bookable=("individual",), in_a_row=row(2), per_day=Limit(sessions=3))
    free = diary("15:00-15:50 session", bookable=TWO_KINDS)
    for book in (one, free):
        assert nearness(Tally(book), book.today, ceil(book.working[0].start), ceil(book.working[0].end)) is None
