"""The planner's plan is the best one, by the whole ordered value, on small weeks where everything can be tried.

`make oracle` tries many more (ORACLE=n: n times as many)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules.practice import Breaks, Kind, ProtectItem, WorkingHours
from tests.oracle.comparing import TIMES, compare
from tests.oracle.instances import Instance, base, diary, hours, small

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
MIN = timedelta(minutes=1)


def wrong(name: str, seed: int) -> tuple[str, ...]:
    return compare(small(seed, features=frozenset(FEATURES[name]))).wrong


@pytest.mark.parametrize("name", FEATURES)
def test_no_plan_of_a_small_week_is_better_than_the_planners(name: str) -> None:
    told = []
    for seed in range(EACH):
        if found := wrong(name, seed):
            told.append(f"{name} {seed}: " + "; ".join(found[:6]))
    assert not told, "\n".join(told)


@pytest.mark.parametrize(
    ("features", "seed"),
    [(("rest",), 33), (("rest", "runs"), 63), (("rest", "runs"), 288), (("rest", "week", "quotas"), 175)],
)
def test_rest_between_dates_is_counted_with_the_span_of_both(features: tuple[str, ...], seed: int) -> None:
    """Weeks where bookings late on one date and early on the next stop each other: an arrangement once was chosen by a
    bound."""
    assert compare(small(seed, features=frozenset(features))).wrong == ()


def test_two_items_may_touch_in_the_middle_of_a_break() -> None:
    """Found on a whole week: ten minutes and a lunch after them cover a break of fifteen."""
    short = ProtectItem("Mindfulness", between=hours(725, 820), length=10 * MIN, ideally=hours(725, 0).start)
    lunch = ProtectItem("Lunch", between=hours(690, 840), length=45 * MIN, ideally=hours(750, 0).start)
    rules = base(
        grid=15 * MIN,
        working_hours=(WorkingHours({1: (hours(540, 1110),)}),),
        kinds={"individual": Kind("individual", 50 * MIN)},
        bookable=("individual",),
        breaks=Breaks(after=15 * MIN),
        protect=(short, lunch),
    )
    busy = diary(rules, [(1, 600, "individual"), (1, 675, "individual"), (1, 825, "individual")])
    assert compare(Instance(busy)).wrong == ()
