"""Rest between dates: what is told apart for its sake, and that what is not told apart, tried or worked out anew
changes no plan."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from rules.demand import Block
from rules.engine import demand
from rules.practice import Kind, Rest
from rules.timeline import Interval
from scheduler import counted, oneday, resting, shapes, tally
from scheduler.board import Standing
from scheduler.bound import Bound
from scheduler.dayproblem import DayProblem
from scheduler.labels import ALWAYS, LATE, NEVER, Ended, best_of
from scheduler.oneday import Way
from scheduler.placement import place
from scheduler.problem import Asked, Problem
from scheduler.spans import Span
from scheduler.tally import Tally
from tests.days import diary, mins, plan, rest
from tests.oracle.instances import Instance, between, small

TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 12, n) for n in (1, 2, 3))
DAY = 1440
CASES = [
    (("rest",), 33),
    (("rest",), 199),
    (("rest", "runs"), 63),
    (("rest", "runs"), 288),
    (("rest", "week", "quotas"), 175),
]


def test_only_what_starts_too_early_or_ends_too_late_for_another_date_is_told_apart() -> None:
    """Nine to eight each day and fourteen hours of rest: who works until eight starts at ten."""
    hours = {TUESDAY: (540, 1200), WEDNESDAY: (DAY + 540, DAY + 1200), THURSDAY: (2 * DAY + 540, 2 * DAY + 1200)}
    assert resting.calm(840, hours) == {
        TUESDAY: (NEVER, 1140),
        WEDNESDAY: (DAY + 600, DAY + 1140),
        THURSDAY: (2 * DAY + 600, LATE),
    }
    assert resting.calm(780, hours) == {}
    assert resting.calm(0, hours) == {}


def test_a_first_booking_is_put_off_by_what_all_lengths_have_in_common() -> None:
    """Eight to eight, ten hours of span and fourteen of rest: the first booking may come up to two hours later."""
    open_ = [(480, 1200), (DAY + 480, DAY + 1200)]
    assert resting.put_off(open_, DAY, span=600, rest=0) == 120
    assert resting.put_off(open_, DAY, span=LATE, rest=840) == 120
    assert resting.put_off(open_, DAY, span=LATE, rest=780) == 60
    assert resting.put_off(open_, DAY, span=LATE, rest=660) == 0
    assert resting.put_off([(480, 90 * DAY)], 0, span=600, rest=0) == DAY
    assert resting.put_off([], 0, span=600, rest=840) == 0
    assert resting.step(120, lengths=5) == 5
    assert resting.step(0, lengths=10) == 10
    assert resting.step(300, lengths=1) == 1
    assert resting.step(301, lengths=1) == 2


def test_steps_are_counted_from_all_that_is_fixed_near_a_date() -> None:
    sessions = "+0 09:07-09:57 session", "+1 15:21-16:11 session"
    day = Tally(diary(*sessions, days=3, working="08:00-20:00", rest=rest(14))).on_day(WEDNESDAY)
    assert (day.unit, day.edges) == (5, (0, 1, 2))


@pytest.mark.parametrize("seed", [2, 4, 6, 16])
def test_long_days_with_much_rest_and_sessions_at_odd_minutes_take_as_many_bookings_as_by_every_minute(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    r = random.Random(seed)  # noqa: S311  # an example by number, no secret
    length = r.choice([60, 60, 50])
    law = rest(span=r.choice([6, 7, 8])) if r.random() < 0.5 else rest(r.choice([14, 15, 16]))
    lines = []
    for day in range(5):
        for _ in range(r.choice([1, 1, 2])):
            at = r.choice(
                [540 + r.randint(0, 59), 660 + r.randint(0, 59), 780 + r.randint(0, 59), 900 + r.randint(0, 60)]
            )
            lines.append(f"+{day} {clock(at)}-{clock(at + 50)} session")
    kinds = {"individual": Kind("individual", mins(length))}
    monday = TUESDAY - timedelta(days=1)
    book = diary(*lines, day=monday, days=7, working="08:00-20:00", after=60 - length, rest=law, kinds=kinds)
    found = plan(book)
    monkeypatch.setattr(resting, "step", lambda *_: 1)
    forget()
    assert plan(book) == found


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def test_a_rest_of_more_than_a_day_reaches_past_a_date_without_hours() -> None:
    hours = {TUESDAY: (540, 1200), THURSDAY: (2 * DAY + 540, 2 * DAY + 1200)}
    assert resting.calm(DAY + 780, hours) == {}
    assert resting.calm(DAY + 840, hours)[THURSDAY] == (2 * DAY + 600, LATE)


def cases() -> Iterator[Instance]:
    """Weeks in which rest between dates decides, and such with other rests and spans."""
    for features, seed in CASES:
        made = small(seed, features=frozenset(features))
        yield made
        law = made.diary.rules
        for hours in (18, 19, 20):
            for span in (None, timedelta(hours=3), timedelta(hours=4)):
                resting_ = Rest(timedelta(hours=hours), law.rest.days_off_per_week, span)
                yield replace(made, diary=replace(made.diary, rules=replace(law, rest=resting_)))


def blocks(some: Instance) -> tuple[Block, ...]:
    return place(some.diary, demand(some.diary), Standing(future=dict(some.standing))).blocks


def forget() -> None:
    shapes._GAPS.clear()
    shapes._DAYS.clear()


def with_rest_everywhere(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """Every date whose rest can matter is worked out with it; the list of those that were."""
    worked: list[date] = []

    def all_of_them(self: Problem, dates: Sequence[Asked], _: Sequence[Way], __: Mapping[date, int]) -> set[date]:
        known = {d.choices.day.date for d in dates if d.numbers is not None and d.choices.counted}
        worked.extend(known & self.calm().keys())
        return known & self.calm().keys()

    monkeypatch.setattr(Problem, "too_close", all_of_them)
    return worked


@pytest.fixture(scope="module")
def plans() -> list[tuple[Block, ...]]:
    return [blocks(some) for some in cases()]


def test_dates_are_worked_out_with_their_rest_only_where_that_changes_something(
    plans: list[tuple[Block, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    worked = with_rest_everywhere(monkeypatch)
    assert [blocks(some) for some in cases()] == plans
    assert len(worked) > 50


def test_minutes_that_are_not_told_apart_change_no_plan(
    plans: list[tuple[Block, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = resting.calm

    def nowhere(rest: int, reach: Mapping[date, Span]) -> dict[date, Span]:
        return dict.fromkeys(calm(rest, reach), (LATE, NEVER))

    monkeypatch.setattr(resting, "calm", nowhere)
    followed = Tally.followed
    monkeypatch.setattr(
        Tally, "followed", lambda self, day, end: followed(self, day, end)._replace(since=max(end, day.last))
    )
    forget()
    assert [blocks(some) for some in cases()] == plans


def test_what_is_not_gone_on_with_changes_no_plan_with_rest(
    plans: list[tuple[Block, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rest_everywhere(monkeypatch)
    monkeypatch.setattr(counted.Hope, "until", lambda *_: LATE)
    monkeypatch.setattr(oneday, "takes", lambda *_: False)
    monkeypatch.setattr(Tally, "_enough", lambda _, labels, __: labels)
    monkeypatch.setattr(tally, "best_of", lambda labels, **_: best_of(labels))  # none of fewer bookings falls away
    forget()
    assert [blocks(some) for some in cases()] == plans


def test_days_with_rest_that_are_remembered_are_what_would_be_found_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    more = shapes.known_more
    compared = 0

    def both(
        problem: DayProblem, book: Tally, bound: Bound, wanted: Mapping[int, frozenset[Ended]]
    ) -> list[shapes.OfDay]:
        nonlocal compared
        more(problem, book, bound, {bits: frozenset(Ended(x.mix) for x in of) for bits, of in wanted.items()})
        before = len(shapes._DAYS)
        known = more(problem, book, bound, wanted)
        if problem.day.calm != ALWAYS:
            compared += len(shapes._DAYS) == before
            with monkeypatch.context() as empty:
                empty.setattr(shapes, "_DAYS", {})
                assert known == more(problem, book, bound, wanted)
        return known

    with_rest_everywhere(monkeypatch)
    monkeypatch.setattr(oneday, "known_more", both)
    forget()
    for some in cases():
        blocks(some)
        for n, session in enumerate(some.diary.sessions):
            for by in (timedelta(minutes=5), timedelta(minutes=15)):
                later = replace(session, interval=Interval(session.start + by, session.end + by))
                sessions = (*some.diary.sessions[:n], later, *some.diary.sessions[n + 1 :])
                blocks(replace(some, diary=replace(some.diary, sessions=sessions)))
        odd = (*some.diary.busy, between(5, 723, 730))  # on Saturday: nothing but the unit of other dates depends on it
        blocks(replace(some, diary=replace(some.diary, busy=odd)))
    assert compared > 20
