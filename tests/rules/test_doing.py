"""Which events count towards a protected item."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from rules.doing import done
from rules.practice import ProtectItem, Quota, Rules, SessionRule
from rules.timeline import Event, Interval, State
from rules.values import title_pattern as pattern
from tests.days import TUESDAY, mins, rules, span, times
from tests.days import diary as book_of


def law(*conditions: SessionRule, more: tuple[ProtectItem, ...] = ()) -> Rules:
    item = ProtectItem("Supervision", quota=Quota("month", amount=mins(90)), satisfied_by=conditions)
    return replace(rules(protect=(item, *more)), read=("work", "cloud/private"))


TITLED = SessionRule(None, title=pattern("supervision*"))


def event(
    when: str = "10:00-11:00",
    title: str = "Supervision",
    calendar: str = "work",
    uid: str = "u",
    *,
    day: date = TUESDAY,
    state: State = "busy",
    sequence: int = 0,
    all_day: bool = False,
) -> Event:
    return Event(
        calendar=calendar,
        uid=uid,
        interval=span(when, day),
        title=title,
        state=state,
        sequence=sequence,
        modified=datetime(2026, 11, 1, tzinfo=UTC),
        first_day=day if all_day else None,
        last_day=day if all_day else None,
    )


def counted(*events: Event, by: Rules | None = None) -> list[str]:
    return times(book_of(), done(events, by or law(TITLED)).get("supervision", ()))


def test_an_event_counts_that_meets_all_of_one_condition() -> None:
    both = law(
        SessionRule(None, title=pattern("supervision*"), calendar="work", longer_than=mins(30)),
        SessionRule(None, title=pattern("intervision"), shorter_than=mins(60)),
    )
    assert counted(event(), by=both) == ["10:00-11:00"]
    assert counted(event(calendar="cloud/private"), by=both) == []
    assert counted(event("10:00-10:30"), by=both) == []
    assert counted(event(title="Intervision"), event("12:00-12:45", "Intervision", uid="v"), by=both) == ["12:00-12:45"]


def test_a_calendar_may_be_named_by_its_account() -> None:
    assert counted(event(calendar="cloud/private"), by=law(SessionRule(None, calendar="cloud"))) == ["10:00-11:00"]


def test_free_events_count_and_what_is_off_or_all_day_does_not() -> None:
    assert counted(event(state="free")) == ["10:00-11:00"]
    for none in (event(state="cancelled"), event(state="declined"), event(all_day=True)):
        assert counted(none) == []
    moment = event().interval.start
    assert counted(replace(event(), interval=Interval(moment, moment))) == []


def test_one_appointment_in_two_calendars_counts_once() -> None:
    assert counted(event(), event(calendar="cloud/private")) == ["10:00-11:00"]
    assert counted(event(), event(calendar="cloud/private", uid="copy")) == ["10:00-11:00"]


def test_of_copies_that_differ_the_newest_holds() -> None:
    old, new = event(sequence=1), event("14:00-15:00", calendar="cloud/private", sequence=2)
    for some in permutations((old, new)):
        assert counted(*some) == ["14:00-15:00"]
    assert counted(old, replace(new, state="cancelled")) == []


def test_copies_of_which_none_is_newer_count_once() -> None:
    assert counted(event(), event("14:00-15:00", calendar="cloud/private")) == ["10:00-11:00"]


def test_a_copy_whose_title_is_hidden_does_not_hide_the_other() -> None:
    assert counted(event(title="Busy"), event(calendar="cloud/private")) == ["10:00-11:00"]


def test_events_without_a_uid_are_told_apart_by_their_time() -> None:
    assert counted(event(uid=""), event("12:00-13:00", uid="")) == ["10:00-11:00", "12:00-13:00"]


def test_occurrences_of_a_series_each_count() -> None:
    weekly = [replace(event(day=date(2026, 12, n)), recurrence=f"2026120{n}T100000Z") for n in (1, 8)]
    assert len(counted(*weekly)) == 2


def test_one_event_may_count_for_several_items() -> None:
    other = ProtectItem("CPD", satisfied_by=(SessionRule(None, longer_than=mins(45)),))
    assert {name: len(some) for name, some in done([event()], law(TITLED, more=(other,))).items()} == {
        "supervision": 1,
        "cpd": 1,
    }


def test_nothing_counts_where_no_item_says_what_does() -> None:
    assert done([event()], rules(protect=[ProtectItem("Lunch")])) == {}


@given(st.permutations([event(f"{h}:00-{h}:50", uid=f"u{h % 3}", sequence=h % 2) for h in range(10, 20)]))
def test_the_order_of_events_does_not_matter(events: list[Event]) -> None:
    assert counted(*events) == counted(*sorted(events, key=lambda e: e.interval))
