"""The planner's plan is the best one, by the whole ordered value, on small weeks where everything can be tried.

`make oracle` tries many more (ORACLE=n: n times as many)."""

from __future__ import annotations

import pytest

from tests.oracle.comparing import TIMES, compare
from tests.oracle.instances import small

FEATURES = {
    "items": (),
    "quotas": ("quotas",),
    "standing": ("standing",),
    "week": ("week", "quotas"),
    "runs": ("runs",),
    "rest": ("rest",),
    "work": ("work", "before"),
    "kinds": ("kinds",),
    "everything": ("quotas", "week", "runs", "rest", "work", "kinds", "before", "standing"),
}
EACH = 6 * TIMES


@pytest.mark.parametrize("name", FEATURES)
def test_no_plan_of_a_small_week_is_better_than_the_planners(name: str) -> None:
    told = []
    for seed in range(EACH):
        compared = compare(small(seed, features=frozenset(FEATURES[name])))
        if compared.wrong:
            told.append(f"{name} {seed}: " + "; ".join(compared.wrong[:6]))
    assert not told, "\n".join(told)
