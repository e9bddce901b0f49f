"""The short way for plain rules finds what the libraries would have found, and leaves everything else to them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connectors import rrule_quick
from connectors.base import Reading
from connectors.ical import Resource, read_calendars
from connectors.rrule import exact
from connectors.series import Refused
from rules.timeline import Interval

from .samples import LONDON, vcalendar, vevent

ZONES = ("UTC", "Europe/London", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Near the changes of the clock, and on the hours that are left out or come twice then.
dates = st.one_of(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.dates(date(2026, 3, 20), date(2026, 4, 8)))
clocks = st.one_of(st.sampled_from([time(0), time(0, 30), time(1, 30), time(2, 30), time(9), time(23, 50)]))


@st.composite
def rules(draw: st.DrawFn, start: datetime) -> str:
    parts = [f"FREQ={draw(st.sampled_from(['DAILY', 'WEEKLY', 'WEEKLY']))}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 5))}")
    if draw(st.booleans()):
        days = draw(st.sets(st.sampled_from(DAYS), max_size=5)) | {DAYS[start.weekday()]}
        parts.append(f"BYDAY={','.join(draw(st.permutations(sorted(days))))}")
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(DAYS))}")
    end = start + timedelta(days=draw(st.integers(0, 500)), minutes=draw(st.sampled_from([-60, -1, 0, 1, 60])))
    ends = ["", f"COUNT={draw(st.integers(1, 90))}", f"UNTIL={end:%Y%m%d}", f"UNTIL={end:%Y%m%dT%H%M%S}"]
    ends.append(f"UNTIL={end.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    parts.append(draw(st.sampled_from(ends)))
    return ";".join(part for part in parts if part)


def found(body: bytes, window: Interval, *, short: bool) -> tuple[object, bool]:
    """What is read, and whether any rule took the short way."""
    taken = False

    def starts(*args: object) -> list[datetime] | None:
        nonlocal taken
        plain = way(*args) if short else None  # type: ignore[arg-type]
        taken = taken or plain is not None
        return plain

    way = rrule_quick.starts
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rrule_quick, "starts", starts)
        return read_calendars([Resource("here", '"1"', body)], "cloud", window, LONDON), taken


@given(st.data(), dates, clocks, st.sampled_from(ZONES), st.integers(-60, 900), st.integers(1, 120))
def test_a_plain_rule_is_expanded_the_same_both_ways(
    data: st.DataObject, day: date, clock: time, zone: str, from_day: int, days: int
) -> None:
    start = datetime.combine(day, clock, ZoneInfo(zone))
    rule = data.draw(rules(start))
    window = Interval(*(start.astimezone(UTC) + timedelta(days=from_day + n) for n in (0, days)))
    body = vcalendar(
        vevent("s", f";TZID={zone}:{start:%Y%m%dT%H%M%S}", f";TZID={zone}:{start:%Y%m%dT%H%M%S}", f"RRULE:{rule}")
    )
    quick, taken = found(body, window, short=True)
    assert quick == found(body, window, short=False)[0]
    try:
        plain = exact(rule, start, window.end)
    except Refused:
        assume(False)
    else:
        assert taken or "UNTIL" in plain  # an end before the start is left to the libraries


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=MO,TU,TH",  # its first week begins before it
        "FREQ=WEEKLY;BYDAY=MO,TU,SU;COUNT=7;WKST=WE",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
        "FREQ=WEEKLY;UNTIL=20260331T003000Z",
        "FREQ=DAILY;COUNT=90",
        "FREQ=DAILY;INTERVAL=3",
    ],
)
def test_a_year_of_sessions_is_the_same_both_ways_across_the_changes_of_the_clock(rule: str) -> None:
    window = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    lon = ";TZID=Europe/London:"
    body = vcalendar(vevent("s", f"{lon}20260106T013000", f"{lon}20260106T022000", f"RRULE:{rule}"))
    quick, taken = found(body, window, short=True)
    assert taken
    assert quick == found(body, window, short=False)[0]


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        (":20260106T090000Z", "FREQ=MONTHLY"),
        (":20260106T090000Z", "FREQ=MONTHLY;BYDAY=1TU"),
        (":20260106T090000Z", "FREQ=WEEKLY;BYDAY=WE"),  # its own start counts all the same
        (":20260106T090000Z", "FREQ=WEEKLY;BYDAY=TU;BYMONTH=3"),
        (":20260106T090000Z", "FREQ=DAILY;BYHOUR=9,11"),
        (":20260106T090000Z", "FREQ=DAILY;UNTIL=20260101T000000Z"),
        (";VALUE=DATE:20260106", "FREQ=WEEKLY"),
    ],
)
def test_any_other_rule_is_left_to_the_libraries(start: str, rule: str) -> None:
    window = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    body = vcalendar(vevent("s", start, start, f"RRULE:{rule}"))
    quick, taken = found(body, window, short=True)
    assert not taken
    assert quick == found(body, window, short=False)[0]


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=DAILY;COUNT=90", "FREQ=WEEKLY;BYDAY=TU;COUNT=9"])
@pytest.mark.parametrize("year", [2026, 9980])
def test_a_rule_whose_next_step_is_no_date_any_more_is_left_to_the_libraries(rule: str, year: int) -> None:
    start = datetime(year, 1, 6, 9, tzinfo=UTC) + timedelta(days=(1 - datetime(year, 1, 6, tzinfo=UTC).weekday()) % 7)
    first, last = datetime(9988, 1, 1, tzinfo=UTC), datetime(9989, 12, 31, tzinfo=UTC)
    assert rrule_quick.starts(f"{rule};INTERVAL=99999", start, first, last) is None


def test_a_series_that_starts_in_the_hour_that_comes_twice_starts_in_the_first_of_the_two_both_ways() -> None:
    window = Interval(datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 12, 1, tzinfo=UTC))
    lon = ";TZID=Europe/London:"
    resource = vcalendar(vevent("s", f"{lon}20261025T013000", f"{lon}20261025T014000", "RRULE:FREQ=DAILY"))
    quick, taken = found(resource, window, short=True)
    assert taken
    assert isinstance(quick, Reading)
    assert quick.events[0].interval.start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert quick == found(resource, window, short=False)[0]
