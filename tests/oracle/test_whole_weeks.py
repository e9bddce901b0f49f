"""Whole weeks with four or five floating items: the planner's value is that of an integer program solved by HiGHS.

`make oracle` tries many more."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from rules.diary import Diary
from rules.practice import Limit, ProtectItem
from scripts.bench import practice
from tests.oracle import weeks
from tests.oracle.book import read
from tests.oracle.brute import Desk, unsafe
from tests.oracle.comparing import TIMES
from tests.oracle.planner import planned
from tests.oracle.value import value


def week(seed: int) -> Diary:
    """A week by number: coarse enough for HiGHS to be done in a few seconds."""
    r = random.Random(seed)  # noqa: S311  # examples by number, no secrets
    law = practice.rules(grid=30)
    items: list[ProtectItem] = []
    for item in practice.ITEMS:
        quota = item.quota
        if quota is not None and quota.times is not None:
            quota = replace(quota, times=r.choice([1, 2, 3, 4]))
        if quota is not None and quota.amount is not None:
            quota = replace(quota, every="week", amount=timedelta(minutes=r.choice([60, 90])), most=timedelta(hours=1))
        flex = timedelta(minutes=30) if item.ideally is not None and r.random() < 0.4 else None
        items.append(replace(item, quota=quota, flex=flex, priority=r.choice(["essential", "normal", "low"])))
    r.shuffle(items)
    law = replace(
        law,
        protect=tuple(items[: r.choice([3, 4])]),
        per_day=Limit(sessions=r.choice([4, 5, 6])),
        per_week=Limit(sessions=r.choice([16, 18, 20, 25])),
    )
    return practice.diary(1, law, seed=seed)


@pytest.mark.parametrize("seed", range(7, 7 + 3 * TIMES))  # the first three are quick
def test_no_plan_of_a_whole_week_is_better_than_the_planners(seed: int) -> None:
    diary = week(seed)
    book = read(diary)
    solved = weeks.solve(weeks.program(book))
    assert solved.finished
    desk, plan = Desk.of(book), planned(book, diary)
    assert unsafe(desk, plan.placed, plan.open_time) == []
    assert weeks.as_aims(value(book, desk.fixed, desk.chances, plan.placed, plan.open_time)) == solved.values
