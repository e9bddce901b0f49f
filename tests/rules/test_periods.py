"""The periods that quotas count in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.periods import period_of, periods_between
from rules.practice import Every
from tests.days import LONDON

EVERY: tuple[Every, ...] = get_args(Every)


@pytest.mark.parametrize(
    ("every", "key", "first", "last", "name"),
    [
        ("day", "2026-12-01", date(2026, 12, 1), date(2026, 12, 1), "Tue 1 Dec"),
        ("week", "2026-W49", date(2026, 11, 30), date(2026, 12, 6), "Week of Mon 30 Nov"),
        ("fortnight", "2026-F25", date(2026, 11, 30), date(2026, 12, 13), "Fortnight of Mon 30 Nov"),
        ("month", "2026-12", date(2026, 12, 1), date(2026, 12, 31), "December"),
        ("quarter", "2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "October to December"),
        ("year", "2026", date(2026, 1, 1), date(2026, 12, 31), "2026"),
    ],
)
def test_a_date_is_in_one_period_of_each_sort(every: Every, key: str, first: date, last: date, name: str) -> None:
    period = period_of(date(2026, 12, 1), every)
    assert (period.key, period.first, period.last, period.name) == (key, first, last, name)


def test_a_week_at_the_turn_of_the_year_has_its_iso_year() -> None:
    assert period_of(date(2027, 1, 3), "week").key == "2026-W53"
    assert period_of(date(2027, 1, 4), "week").key == "2027-W01"


def test_fortnights_are_counted_from_the_first_monday_of_2001() -> None:
    assert period_of(date(2001, 1, 1), "fortnight").first == date(2001, 1, 1)
    assert period_of(date(2000, 12, 31), "fortnight").first == date(2000, 12, 18)
    assert {
        (period_of(date(year, 6, 1), "fortnight").first - date(2001, 1, 1)).days % 14 for year in range(1990, 2050)
    } == {0}


def test_no_two_periods_have_one_key() -> None:
    for every in EVERY:
        periods = list(periods_between(date(2000, 1, 1), date(2060, 1, 1), every))
        assert len({p.key for p in periods}) == len(periods)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from(EVERY))
def test_periods_hold_their_dates_and_follow_one_another(day: date, every: Every) -> None:
    period = period_of(day, every)
    assert day in set(period.dates())
    assert all(period_of(d, every) == period for d in (period.first, period.last))
    assert period_of(period.last + timedelta(days=1), every).first == period.last + timedelta(days=1)


def test_a_period_is_as_long_as_the_clocks_make_it() -> None:
    assert period_of(date(2026, 10, 5), "month").interval(LONDON).length == timedelta(days=31, hours=1)
    assert period_of(date(2027, 3, 28), "week").interval(LONDON).length == timedelta(days=7, hours=-1)
    assert period_of(date(2027, 3, 28), "year").interval(LONDON).length == timedelta(days=365)
