"""The oracle by hand-made examples, by its own two ways to look for the same thing, and by plans that are spoilt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations, pairwise

import pytest

from rules.practice import InARow, Kind, Limit, ProtectItem, Rest, Rules, WorkingHours
from tests.oracle import brute, slots, weeks
from tests.oracle.book import Book, Meet, Span, read
from tests.oracle.brute import Desk
from tests.oracle.comparing import TIMES, differences, standing_spans
from tests.oracle.findings import findings, new, safe
from tests.oracle.instances import base, diary, hours, small
from tests.oracle.layout import lay_out
from tests.oracle.value import value

MIN = timedelta(minutes=1)
INDIVIDUAL = {"individual": Kind("individual", 50 * MIN, after=10 * MIN)}


def law(start: int = 540, end: int = 1080, **more: object) -> Rules:
    """Working hours on every weekday, one kind of 50 minutes with a break of 10."""
    week = WorkingHours(dict.fromkeys(range(5), (hours(start, end),)))
    made: dict[str, object] = {"working_hours": (week,), "kinds": INDIVIDUAL, "bookable": ("individual",), **more}
    return base(**made)


def book(rules: Rules, *starts: int, day: int = 2) -> Book:
    return read(diary(rules, [(day, start, "individual") for start in starts]))


def rules_named(facts: set[tuple[object, ...]]) -> set[object]:
    return {fact[0] for fact in facts}


def broken(rules: Rules, *starts: int) -> set[object]:
    some = book(rules, *starts)
    return rules_named(findings(some, some.sessions))


def test_each_rule_is_broken_by_its_example_and_not_by_the_one_next_to_it() -> None:
    assert broken(law(), 540, 599) == {"breaks"}
    assert broken(law(), 540, 600) == set()
    three = Limit(sessions=2)
    assert broken(law(per_day=three), 540, 660, 780) == {"per_day"}
    assert broken(law(per_day=three), 540, 660) == set()
    run = InARow(30 * MIN, sessions=2)
    assert broken(law(in_a_row=run), 540, 619, 698) == {"in_a_row"}
    assert broken(law(in_a_row=run), 540, 619, 699) == set()
    assert broken(law(in_a_row=InARow(30 * MIN, time=109 * MIN)), 540, 600) == {"in_a_row"}
    assert broken(law(in_a_row=InARow(30 * MIN, time=110 * MIN)), 540, 600) == set()
    assert broken(law(rest=Rest(day_span=119 * MIN)), 540, 610) == {"day_span"}
    assert broken(law(rest=Rest(day_span=120 * MIN)), 540, 610) == set()


def test_rest_between_days_and_days_off_are_told() -> None:
    late = read(diary(law(rest=Rest(between_days=14 * 60 * MIN)), [(2, 1100, "individual"), (3, 540, "individual")]))
    assert rules_named(findings(late, late.sessions)) == {"between_days"}
    early = read(diary(law(rest=Rest(between_days=13 * 60 * MIN)), [(2, 1090, "individual"), (3, 540, "individual")]))
    assert findings(early, early.sessions) == set()
    four = [(day, 600, "individual") for day in range(4)]
    assert rules_named(findings(*both_of(law(rest=Rest(days_off_per_week=4)), four))) == {"days_off_per_week"}
    assert findings(*both_of(law(rest=Rest(days_off_per_week=3)), four)) == set()


def both_of(rules: Rules, sessions: list[tuple[int, int, str]]) -> tuple[Book, tuple[Meet, ...]]:
    some = read(diary(rules, sessions))
    return some, some.sessions


def test_a_finding_that_gets_worse_is_new() -> None:
    full = book(law(per_day=Limit(sessions=1)), 540, 660)
    dawn = full.dawns[9]
    assert new(full, [Meet(dawn + 900, dawn + 950, "individual")])


@pytest.mark.parametrize("seed", range(8 * TIMES))
def test_tight_starts_give_as_many_bookings_as_every_start(seed: int) -> None:
    some = read(small(seed, features=frozenset({"runs", "week", "kinds"})).diary)
    desk = Desk.of(some)
    if not slots.tight(some):
        return
    pieces = desk.open_time(())
    for day in some.days:
        span = [p for p in pieces if some.day(p[0]) == day]
        few = slots.of_day(some, day, tuple(span), desk.fixed.obstacles, True)
        every = slots.of_day(some, day, tuple(span), desk.fixed.obstacles, False)
        assert set(few) == set(every)


def layouts(stretch: Span, unit: int) -> list[tuple[Span, ...]]:
    """Every set of pieces with ends on a coarse grid that lie a quarter of an hour apart."""
    marks = range(stretch[0], stretch[1] + 1, unit)
    pieces = [(a, b) for a, b in combinations(marks, 2) if b - a >= 15]
    found: list[tuple[Span, ...]] = [()]
    for n in (1, 2, 3):
        found += [some for some in combinations(pieces, n) if all(two[0] - one[1] >= 15 for one, two in pairwise(some))]
    return found


@pytest.mark.parametrize("start", [60, 75, 105, 120, 150])
def test_no_layout_on_a_coarse_grid_is_better_than_the_one_found(start: int) -> None:
    """Sessions of 45 minutes, breaks of 15, two in a row: starts in the middle are forbidden."""
    kinds = {"individual": Kind("individual", 45 * MIN, after=15 * MIN)}
    rules = law(540, 1080, kinds=kinds, in_a_row=InARow(30 * MIN, sessions=2))
    some = read(diary(rules, [(2, 540, "individual"), (2, 600, "individual"), (2, 660 + start, "individual")]))
    dawn = some.dawns[9]
    stretch = dawn + 660, dawn + 660 + start
    found = lay_out(some, stretch, [], [])

    def worth(pieces: tuple[Span, ...]) -> tuple[int, int]:
        sets = slots.of_day(some, 9, pieces, (), False)
        return max(map(len, sets.values())), sum(b - a for a, b in pieces)

    def harmless(pieces: tuple[Span, ...]) -> bool:
        return all(safe(some, Meet(t, t + 45, "individual"), ()) for a, b in pieces for t in range(a, b - 44))

    assert harmless(found.pieces)
    assert worth(found.pieces) >= max(worth(pieces) for pieces in layouts(stretch, 15) if harmless(pieces))


@pytest.mark.parametrize("seed", range(6 * TIMES))
def test_the_integer_program_finds_the_same_value_as_trying_everything(seed: int) -> None:
    some = read(small(seed, features=frozenset({"quotas", "week", "work"})).diary)
    best = brute.plan(some).value
    solved = weeks.solve(weeks.program(some))
    assert solved.finished
    assert solved.values == weeks.as_aims(best)


def lunch_week() -> Book:
    lunch = ProtectItem("Lunch", between=hours(690, 840), length=45 * MIN, ideally=hours(750, 0).start)
    rules = law(per_day=Limit(sessions=5), protect=(lunch,), grid=15 * MIN)
    return read(diary(rules, [(2, 600, "individual"), (3, 840, "individual")], [(2, 900, 930)]))


def test_a_block_moved_by_one_step_is_seen() -> None:
    some = lunch_week()
    desk, best = Desk.of(some), brute.plan(some)
    assert brute.unsafe(desk, best.placed, best.open_time) == []
    seen = 0
    for n, (item, day, (a, b)) in enumerate(best.placed):
        for step in (-15, 15):
            moved = (*best.placed[:n], (item, day, (a + step, b + step)), *best.placed[n + 1 :])
            open_time = desk.open_time(moved)
            if brute.unsafe(desk, moved, open_time):
                continue  # onto a session
            seen += 1
            worth = value(some, desk.fixed, desk.chances, moved, open_time)
            assert worth.order() < best.value.order()
            assert differences(best.value, worth)
    assert seen > len(best.placed)


def test_a_guard_that_is_dropped_or_shortened_is_seen() -> None:
    some = lunch_week()
    desk, best = Desk.of(some), brute.plan(some)
    meeting = some.obstacles[0][0]
    assert meeting - 10 in [b for _, b in best.open_time], "a booking before the meeting needs its break"
    wider = tuple((a, b + 1) if b == meeting - 10 else (a, b) for a, b in best.open_time)
    assert any("breaks a rule" in wrong for wrong in brute.unsafe(desk, best.placed, wider))


def test_a_guard_that_is_too_long_is_seen() -> None:
    some = lunch_week()
    desk, best = Desk.of(some), brute.plan(some)
    for n, (a, b) in enumerate(best.open_time):
        shorter = (*best.open_time[:n], (a, b - 1), *best.open_time[n + 1 :])
        assert value(some, desk.fixed, desk.chances, best.placed, shorter).order() < best.value.order()


def test_a_standing_block_that_moves_is_a_change() -> None:
    instance = small(3, features=frozenset({"standing"}))
    some = read(instance.diary)
    stands = standing_spans(some, instance)
    free = brute.plan(some)
    held = brute.plan(some, stands)
    assert held.value.changes >= value_with(some, free, stands)


def value_with(some: Book, best: brute.Best, stands: tuple[tuple[str, Span], ...]) -> int:
    desk = Desk.of(some, stands)
    return value(some, desk.fixed, desk.chances, best.placed, best.open_time, stands).changes


def test_a_week_without_items_has_the_value_of_its_open_time() -> None:
    some = replace(lunch_week(), sessions=(), obstacles=())
    bare = replace(some, rules=replace(some.rules, protect=(), per_day=Limit()))
    best = brute.plan(bare)
    assert best.value.open_minutes == 5 * 540
    assert best.value.slots == (3 * 9,)
