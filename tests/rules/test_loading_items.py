"""Protected items: what lies over what, the catalogue, defaults; and working hours for some dates."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest

from rules import catalogue
from rules.practice import ProtectItem, Quota, TimeRange, WorkingHours
from rules.workdays import hours_on
from tests.rules.rule_texts import for_lee, lee, problems

LONDON = "location: {latitude: 51.5, longitude: -0.12}\n"


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def item(written: str, before: str = "") -> ProtectItem:
    """The last item, where one is written over what the preset (or a therapist's practice) has."""
    return lee(f"{before}protect: [{{{written}}}]\n").protect[-1]


def test_an_item_with_a_quota_has_a_window_by_day_unless_it_says_another() -> None:
    assert item("name: A, length: 1 h, times: 1 per week").between == TimeRange(time(8), time(20))
    assert item("name: A, amount: 1 h per week").between == TimeRange(time(8), time(20))
    assert item("name: A, length: 1 h, times: 1 per week, after: last session").between is None
    assert item("name: A, length: 1 h, times: 1 per week, between: 06:00-07:00").between == TimeRange(time(6), time(7))


def test_an_amount_without_pieces_is_one_piece() -> None:
    assert item("name: A, amount: 1 h per week").quota == Quota(
        "week", amount=minutes(60), least=minutes(60), most=minutes(60)
    )


def test_what_satisfies_a_quota_may_be_one_condition_or_several() -> None:
    one = item("name: A, amount: 1 h per week, satisfied_by: {title: a*, longer_than: 20 min}").satisfied_by
    assert [(rule.title.text if rule.title else None, rule.longer_than) for rule in one] == [("a*", minutes(20))]
    both = item("name: A, amount: 1 h per week, satisfied_by: [{title: a*}, {calendar: cloud/x, shorter_than: 2 h}]")
    assert [(rule.calendar, rule.shorter_than, rule.kind) for rule in both.satisfied_by] == [
        (None, None, None),
        ("cloud/x", timedelta(hours=2), None),
    ]


@pytest.mark.parametrize(
    ("practice", "own", "expected"),
    [
        (
            "name: A, length: 1 h, times: 3 per week, between: 07:00-20:00, satisfied_by: {title: a}",
            "name: A, at: 12:00-13:00",
            ProtectItem(name="A", at=TimeRange(time(12), time(13))),
        ),
        (
            "name: A, amount: 3 h per week, pieces: 30-60 min, between: 07:00-20:00",
            "name: A, times: 2 per week, length: 1 h",
            ProtectItem(
                name="A", length=minutes(60), between=TimeRange(time(7), time(20)), quota=Quota("week", times=2)
            ),
        ),
        (
            "name: A, length: 1 h, at_least: 30 min, times: 2 per week, between: 07:00-20:00",
            "name: A, amount: 1 h per week",
            ProtectItem(
                name="A",
                between=TimeRange(time(7), time(20)),
                quota=Quota("week", amount=minutes(60), least=minutes(60), most=minutes(60)),
            ),
        ),
        (
            "name: A, length: 1 h, times: 2 per week, between: 18:00-22:00, ideally: 19:00, flex: 1 h",
            "name: A, at_most: 2 evenings per week",
            ProtectItem(name="A", between=TimeRange(time(18), time(22)), at_most=2),
        ),
        (
            "name: A, between: 18:00-22:00, at_most: 2 per week",
            "name: A, length: 1 h",
            ProtectItem(name="A", between=TimeRange(time(18), time(22)), length=minutes(60)),
        ),
        (
            "name: A, at: 18:00-22:00",
            "name: A, after: last session, length: 10 min",
            ProtectItem(name="A", after="last session", length=minutes(10)),
        ),
    ],
)
def test_what_is_written_later_wins_over_what_it_cannot_stand_beside(
    practice: str, own: str, expected: ProtectItem
) -> None:
    assert lee(f"protect: [{{{practice}}}]\n", for_lee(f"protect: [{{{own}}}]")).protect == (expected,)


def test_conditions_replace_inherited_ones_whole() -> None:
    own = for_lee("protect: [{name: A, satisfied_by: {calendar: cloud/x}}]")
    [kept] = lee("protect: [{name: A, amount: 1 h per week, satisfied_by: {title: a}}]\n", own).protect
    assert [(rule.title, rule.calendar) for rule in kept.satisfied_by] == [(None, "cloud/x")]


def test_a_window_by_the_sun_drops_an_inherited_wish_by_the_clock() -> None:
    own = for_lee("protect: [{name: A, between: sunset to sunset+1 h}]")
    [kept] = lee(f"{LONDON}protect: [{{name: A, length: 10 min, between: 17:00-20:00, ideally: 18:00}}]\n", own).protect
    assert kept.ideally is None


def test_an_entry_of_the_catalogue_can_be_used_by_its_name_alone() -> None:
    nature = item("use: nature")
    assert nature == ProtectItem(
        name="Nature",
        between=TimeRange(time(7), time(20)),
        ideally=time(16, 30),
        quota=Quota("week", amount=minutes(120), least=minutes(30), most=minutes(120)),
        used="nature",
    )


@pytest.mark.parametrize("written", ["Personal therapy", "personal_therapy", "personal-therapy"])
def test_an_entry_s_name_may_be_written_with_spaces(written: str) -> None:
    assert item(f"use: {written}").used == "personal-therapy"


def test_an_item_s_own_keys_lie_over_the_entry_s() -> None:
    often = item("use: nature, name: Woods, times: 1 per week, length: 2 h")
    assert (often.name, often.used, often.length) == ("Woods", "nature", minutes(120))
    assert often.quota == Quota("week", times=1)
    assert item("use: mindfulness, at: 13:00-13:10") == ProtectItem(
        name="Mindfulness", at=TimeRange(time(13), time(13, 10)), priority="low", used="mindfulness"
    )
    assert item("use: nature, off: yes, name: Nature", "preset: balanced\n").name == "Me time"


def test_what_is_inherited_lies_over_the_entry_and_below_what_is_written() -> None:
    me_time = lee("preset: gentle\nprotect: [{use: me-time, length: 90 min}]\n").protect[-1]
    assert me_time.quota == Quota("week", times=5)
    assert (me_time.length, me_time.used) == (minutes(90), "me-time")
    own = for_lee("protect: [{use: nature, ideally: 12:00}]")
    [both] = lee("protect: [{use: nature, amount: 60 min per week}]\n", own).protect
    assert both.quota is not None
    assert (both.quota.amount, both.ideally) == (minutes(60), time(12))


def test_an_entry_whose_values_cannot_stand_beside_what_is_written_gives_way() -> None:
    capped = item("use: family, at_most: 2 per week")
    assert (capped.at_most, capped.length, capped.quota) == (2, None, None)


def test_the_place_of_what_comes_from_the_catalogue_says_so() -> None:
    where = lee("protect: [{use: nature, ideally: 12:00}]\n").where
    assert (where["protect.Nature"], where["protect.Nature.ideally"]) == ("r.yaml:7", "r.yaml:7")
    assert where["protect.Nature.amount"] == "catalogue"


@pytest.mark.parametrize("name", catalogue.names())
def test_every_entry_of_the_catalogue_can_be_used_and_shows_mark_and_source_of_every_value(name: str) -> None:
    assert problems(f"{LONDON}working_hours: {{mon-fri: 09:00-17:00}}\nprotect: [{{use: {name}}}]\n") == []
    figures = catalogue.figures(name)
    assert figures
    for figure in figures:
        assert figure.mark in ("P", "S", "D"), figure.path
        assert figure.source, figure.path


def test_the_figures_that_the_evidence_gives_are_those_of_the_catalogue() -> None:
    read = {
        figure.path: figure.value
        for name in catalogue.names()
        for figure in catalogue.figures(name)
        if figure.mark != "D"
    }
    assert read == {
        "exercise.amount": "150 min per week",
        "supervision.amount": "90 min per month",
        "nature.amount": "120 min per week",
        "cpd.amount": "20 h per year",
    }


def test_every_element_that_asks_for_time_has_an_entry() -> None:
    assert set(catalogue.names()) == set(
        re.split(
            r"\s+",
            "lunch curfew exercise wind-down check-in supervision personal-therapy peer-group mindfulness hobby "
            "screen-free nature prayer morning-prayer evening-prayer gratitude family evenings me-time cpd",
        )
    )


LONG, SHORT, EVENING = (
    (TimeRange(time(9), time(17)),),
    (TimeRange(time(9), time(12)),),
    (TimeRange(time(12), time(20)),),
)


def test_working_hours_may_hold_for_some_dates_and_every_other_week() -> None:
    rules = lee(
        "working_hours:\n"
        "  - {mon-fri: 09:00-17:00}\n"
        "  - {from: 2027-06-01, until: 2027-08-31, mon: 12:00-20:00}\n"
        "  - {from: 2026-12-11, every: 2 weeks, fri: none, thu: 09:00-12:00}\n"
    )
    assert rules.working_hours == (
        WorkingHours(dict.fromkeys(range(5), LONG)),
        WorkingHours({0: EVENING}, since=date(2027, 6, 1), until=date(2027, 8, 31)),
        WorkingHours({3: SHORT, 4: ()}, since=date(2026, 12, 11), every=2),
    )
    assert hours_on(rules, date(2026, 12, 4)) == LONG
    assert hours_on(rules, date(2026, 12, 11)) == ()
    assert hours_on(rules, date(2026, 12, 18)) == LONG
    assert hours_on(rules, date(2027, 6, 7)) == EVENING
    assert hours_on(rules, date(2027, 9, 6)) == LONG


def test_dated_hours_replace_inherited_ones_and_are_not_merged_into_them() -> None:
    plain = "working_hours: {mon-fri: 09:00-17:00}\n"
    dated = "working_hours: {from: 2027-06-01, mon: 12:00-20:00}"
    june = WorkingHours({0: EVENING}, since=date(2027, 6, 1))
    assert lee(plain, for_lee(dated)).working_hours == (june,)
    assert lee(f"{dated}\n", for_lee("working_hours: {tue: 09:00-17:00}")).working_hours == (WorkingHours({1: LONG}),)
    two = "working_hours: [{mon-fri: 09:00-17:00}, {from: 2027-06-01, mon: 12:00-20:00}]"
    assert lee(plain, for_lee(two)).working_hours == (WorkingHours(dict.fromkeys(range(5), LONG)), june)
    assert lee(f"{two}\n", for_lee("working_hours: none")).working_hours is None


def test_notes_come_in_pieces_of_a_session_s_unless_said() -> None:
    notes = lee("notes: {per_session: 15 min, by: 19:30}\n").notes
    assert notes is not None
    assert (notes.per_session, notes.at_least, notes.by) == (minutes(15), minutes(15), time(19, 30))


def test_a_meeting_in_the_stretch_between_rows_can_be_refused() -> None:
    row = lee("limits: {in_a_row: {time: 3 h, then: 30 min, meetings_rest: no}}\n").in_a_row
    assert row is not None
    assert (row.sessions, row.time, row.then, row.meetings_rest) == (None, minutes(180), minutes(30), False)
