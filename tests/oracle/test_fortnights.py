"""Quotas of a fortnight: blocks that stand in one of its weeks come to the other one only for the sake of what counts
before bookable slots, and the plan is the best in the whole order."""

from __future__ import annotations

import pytest

from scheduler import value
from tests.oracle.comparing import TIMES, compare
from tests.oracle.instances import fortnight

SEEDS = range(20 * TIMES)


def wrong(seeds: range) -> list[str]:
    return [f"{seed}: " + "; ".join(found[:6]) for seed in seeds if (found := compare(fortnight(seed)).wrong)]


def test_no_plan_of_two_weeks_is_better_than_the_planners() -> None:
    assert not wrong(SEEDS)


def test_a_planner_that_moves_blocks_from_week_to_week_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value, "WEEKS", 0)
    assert any("between_weeks: " in line for line in wrong(SEEDS))
