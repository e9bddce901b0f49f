"""What makes the planner quick changes no plan: the bound on bookings, what is not gone on with, what is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest

from rules.demand import Block
from rules.engine import demand
from rules.practice import InARow, Limit, Notes, Rest
from rules.timeline import Interval
from scheduler import counted, gap, oneday, shapes
from scheduler.board import Standing
from scheduler.bound import Bound
from scheduler.dayproblem import DayProblem, Item
from scheduler.labels import LATE, Ended
from scheduler.placement import place
from scheduler.slots import of_day
from scheduler.spans import inside
from scheduler.tally import Tally
from tests.days import diary, mins, plan, span
from tests.oracle.instances import Instance, small

T = TypeVar("T")

FEATURES = [
    ("quotas",),
    ("quotas", "work", "before", "standing"),
    ("kinds", "work"),
    ("kinds", "quotas", "runs", "before"),
    ("runs", "week", "rest", "quotas"),
]
SEEDS = range(12)


def instance(seed: int, features: Sequence[str], *, limited: bool = True) -> Instance:
    """A small week by number; not `limited`: without any limit, where bookings are as many as fit."""
    made = small(seed, features=frozenset(features))
    if limited:
        return made
    free = replace(made.diary.rules, per_day=Limit(), per_week=Limit(), in_a_row=None, rest=Rest())
    return replace(made, diary=replace(made.diary, rules=free))


def every_instance() -> Iterator[Instance]:
    for seed in SEEDS:
        for features in FEATURES:
            yield instance(seed, features)
        yield instance(seed, FEATURES[1 + seed % 3], limited=False)


def blocks(some: Instance) -> tuple[Block, ...]:
    return place(some.diary, demand(some.diary), Standing(future=dict(some.standing))).blocks


def anew(some: Instance) -> tuple[Block, ...]:
    """The plan with nothing remembered."""
    shapes._GAPS.clear()
    shapes._DAYS.clear()
    return blocks(some)


# --- the bound ---


def arrangements(
    problem: DayProblem, placed: tuple[tuple[Item, int], ...] = ()
) -> Iterator[tuple[tuple[Item, int], ...]]:
    """Every way to place some of a day's items one after the other."""
    yield placed
    for item in problem.items:
        if any(item is other or item.bit & other.without for other, _ in placed):
            continue
        for start in item.starts:
            if not placed or start >= placed[-1][1] + placed[-1][0].length + apart(problem, placed[-1][0], item):
                yield from arrangements(problem, (*placed, (item, start)))


def apart(problem: DayProblem, one: Item, other: Item) -> int:
    """How far the second of two items must be from the first."""
    if one.rest == other.rest:
        return 0
    return max(0, problem.margin - (one.length if one.rest else other.length))


def missed(problem: DayProblem, tally: Tally) -> Iterator[str]:
    """What bookings a day leaves, beside the items that follow, and the bound does not admit."""
    bound = Bound(problem, tally)
    for placed in arrangements(problem):
        chosen = [(item.number, start, start + item.length) for item, start in placed]
        pieces = oneday.pieces_of(problem, chosen)
        bits = sum(item.bit for item, _ in placed)
        for n, here in enumerate([problem.stops[0][0], *(end for _, _, end in chosen)]):
            bits -= placed[n - 1][0].bit if n else 0
            after = inside(pieces, here, LATE)
            admitted = bound.most(bits, here)
            for ended in of_day(tally, problem.day, after):
                if not any(all(a <= b for a, b in zip(ended.mix, most, strict=True)) for most in admitted):
                    yield f"{problem.day.date}: {ended.mix} after {chosen[:n]}, before {chosen[n:]}"


def test_no_arrangement_of_a_day_leaves_more_bookings_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    looked = 0
    ways = oneday.ways

    def watched(problem: DayProblem, tally: Tally, folded: int, found: oneday.Arranged) -> Mapping[int, object]:
        nonlocal looked
        if problem.counted and problem.items and len(problem.items) <= 4:
            looked += 1
            told.extend(missed(problem, tally))
        return ways(problem, tally, folded, found)

    monkeypatch.setattr(oneday, "ways", watched)
    for some in every_instance():
        anew(some)
    assert looked > len(SEEDS) * len(FEATURES)
    assert not told, "\n".join(told[:5])


# --- what is not gone on with ---


def test_what_is_not_gone_on_with_would_have_changed_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = [anew(some) for some in every_instance()]
    ends: list[gap.Place] = []
    gains: list[int] = []
    until, gain = gap.Rows.until, gap.Rows.gain

    def never_beaten(*given: object) -> gap.Place:
        ends.append(until(*given))  # type: ignore[arg-type]  # passed on
        return gap.NEVER_BEATEN

    def never_worth_more(*given: object) -> int:
        gains.append(gain(*given))  # type: ignore[arg-type]  # passed on
        return -1 << 2000

    def until_the_end(*_: object) -> int:
        return LATE

    def never_sure(*_: object) -> bool:
        return False

    monkeypatch.setattr(gap.Rows, "until", never_beaten)
    monkeypatch.setattr(gap.Rows, "gain", never_worth_more)
    monkeypatch.setattr(counted.Hope, "until", until_the_end)
    monkeypatch.setattr(oneday, "takes", never_sure)
    for some, planned in zip(every_instance(), quick, strict=True):
        assert anew(some) == planned
    assert gap.BEATEN in ends
    assert len(set(ends)) > 20  # most are beaten from some place on
    assert any(more > 0 for more in gains)


# --- what is remembered ---


def nearly(some: Instance) -> Iterator[Instance]:
    """Weeks much like this one: gaps and days of the same length under other rules, after other sessions."""
    law = some.diary.rules
    others = [
        replace(law, in_a_row=InARow(mins(30), sessions=2)),
        replace(law, in_a_row=InARow(mins(45), time=mins(100), meetings_rest=False)),
        replace(law, rest=Rest(day_span=mins(150))),
        replace(law, rest=Rest(day_span=mins(240), between_days=mins(18 * 60))),
        replace(law, per_day=Limit(sessions=2)),
        replace(law, per_day=Limit(weight=2.5)),
        replace(law, per_week=Limit(sessions=3)),
        replace(law, bookable=tuple(reversed(law.bookable))),
        replace(law, bookable=tuple(law.kinds)),
        replace(law, protect=tuple(reversed(law.protect))),
        replace(law, breaks=replace(law.breaks, before=mins(10))),
    ]
    for other in others:
        yield replace(some, diary=replace(some.diary, rules=other))
    busy = tuple(s.interval for s in some.diary.sessions)
    yield replace(some, diary=replace(some.diary, sessions=(), busy=busy))
    yield replace(some, diary=replace(some.diary, sessions=some.diary.sessions[1:]))
    yield replace(some, standing={key: _later(i) for key, i in some.standing.items()})


def _later(interval: Interval) -> Interval:
    return Interval(interval.start + mins(15), interval.end + mins(15))


@pytest.mark.parametrize("features", FEATURES)
def test_what_is_remembered_of_other_weeks_is_what_would_be_found_anew(
    features: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    through, more = shapes.known_through, shapes.known_more
    compared = 0

    def both(remembered: Callable[[], list[T]], memory: str) -> list[T]:
        nonlocal compared
        before = len(getattr(shapes, memory))
        known = remembered()
        if len(getattr(shapes, memory)) == before:  # it was known
            compared += 1
            with monkeypatch.context() as empty:
                empty.setattr(shapes, memory, {})
                assert known == remembered()
        return known

    def every_way(
        problem: DayProblem, tally: Tally, bound: Bound, wanted: Mapping[int, frozenset[Ended]]
    ) -> list[shapes.OfDay]:
        of_all: dict[int, frozenset[Ended]] = dict.fromkeys(wanted, frozenset())
        both(lambda: more(problem, tally, bound, of_all), "_DAYS")
        return both(lambda: more(problem, tally, bound, wanted), "_DAYS")

    monkeypatch.setattr(shapes, "_GAPS", {})
    monkeypatch.setattr(shapes, "_DAYS", {})
    monkeypatch.setattr(oneday, "takes", lambda *_: False)  # every day is gone through with its bookings
    monkeypatch.setattr(oneday, "known_through", lambda *of: both(lambda: through(*of), "_GAPS"))
    monkeypatch.setattr(oneday, "known_more", every_way)
    for seed in SEEDS[:6]:
        for limited in (True, False):
            one = instance(seed, features, limited=limited)
            for week in (one, *nearly(one)):
                blocks(week)
    assert compared > 100


def test_notes_that_reach_into_a_new_session_are_not_taken_for_those_that_end_before_it() -> None:
    book = diary("09:00-09:50 session", "12:00-12:50 session", notes=Notes(mins(30), mins(30)))
    shapes._GAPS.clear()
    overlapping, before = (
        plan(book, Standing(future={"notes/2026-12-01/1": span(text)})) for text in ("11:30-12:10", "11:30-12:00")
    )
    assert span("11:30-12:00") not in [b.interval for b in overlapping.blocks]
    assert span("11:30-12:00") in [b.interval for b in before.blocks]
