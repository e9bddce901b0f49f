"""The contract's example, defaults, layers, presets, what is locked."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, ConfigDict

from rules import presets
from rules.loading import load_text
from rules.practice import (
    Breaks,
    DaysOff,
    InARow,
    Kind,
    Limit,
    Location,
    Notes,
    ProtectItem,
    Quota,
    Rest,
    SunRange,
    SunTime,
    TimeRange,
    WorkingHours,
)
from rules.problems import RuleFileError
from tests.rules.rule_texts import BASE, EXAMPLE, for_lee, lee, load, problems


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def test_the_contract_s_example_reads_as_it_is_written() -> None:
    practice = load("", EXAMPLE)
    assert (practice.name, practice.id, practice.source) == ("Riverside Counselling", "7f3k9q2m", "r.yaml")
    assert {name: account.type for name, account in practice.accounts.items()} == {
        "cloud": "caldav",
        "ehr": "feed",
        "folder": "folder",
    }
    assert practice.accounts["cloud"].options == {
        "url": "https://dav.example.org/",
        "user": "lee",
        "password": {"keyring": "session-breaks/cloud"},
    }
    rules = practice.therapists["lee"]
    assert rules.timezone == ZoneInfo("Europe/London")
    assert (rules.read, rules.write) == (("cloud/primary", "ehr"), "cloud/primary")
    assert (rules.horizon, rules.grid) == (timedelta(weeks=6), minutes(5))
    long_day = (TimeRange(time(9), time(13)), TimeRange(time(14), time(18, 30)))
    assert rules.working_hours == (
        WorkingHours({**dict.fromkeys(range(4), long_day), 4: (TimeRange(time(9), time(15)),)}),
    )
    assert rules.kinds["emdr"] == Kind(name="emdr", length=minutes(90), weight=1.5, heavy=True, after=minutes(30))
    assert rules.bookable == ("individual",)
    assert [rule.kind for rule in rules.sessions] == ["emdr", None, "individual", "individual"]
    assert rules.sessions[3].calendar == "cloud/primary"
    assert rules.sessions[3].longer_than == minutes(40)
    assert rules.breaks == Breaks(minutes(5), minutes(10), minutes(30), minutes(5), "larger")
    assert rules.per_day == Limit(5, minutes(270), 6.0, 2)
    assert rules.per_week == Limit(20, None, None, 8)
    assert rules.protect[0] == ProtectItem(
        name="Lunch",
        between=TimeRange(time(11, 30), time(14)),
        length=minutes(45),
        at_least=minutes(30),
        ideally=time(12, 30),
        flex=minutes(30),
        priority="essential",
    )
    assert rules.in_a_row == InARow(then=minutes(30), sessions=3)
    assert rules.rest == Rest(timedelta(hours=11), 2, timedelta(hours=10))
    assert rules.notes == Notes(minutes(10), minutes(10), None)
    assert rules.location == Location(51.5, -0.12)
    protect = {item.name: item for item in rules.protect}
    assert list(protect) == ["Lunch", "Supervision", "Me time", "Exercise", "Prayer"]
    assert protect["Me time"] == ProtectItem(name="Me time", on=frozenset({2}), at=TimeRange(time(15), time(17)))
    assert protect["Exercise"] == ProtectItem(
        name="Exercise",
        between=TimeRange(time(7), time(20)),
        length=minutes(60),
        ideally=time(17, 30),
        quota=Quota("week", times=3),
    )
    supervision = protect["Supervision"]
    assert supervision.quota == Quota("month", amount=minutes(90), least=minutes(30), most=minutes(90))
    assert [rule.title.text for rule in supervision.satisfied_by if rule.title] == ["supervision*"]
    assert (supervision.counts_as_break, supervision.priority) == (False, "high")
    assert protect["Prayer"].between == SunRange(SunTime("sunset"), SunTime("sunset", minutes(60)))
    assert rules.days_off.ranges == (
        (date(2027, 1, 4), date(2027, 1, 4)),
        (date(2027, 7, 19), date(2027, 8, 6)),
    )
    assert [pattern.text for pattern in rules.days_off.titles] == ["*annual leave*"]
    assert rules.days_off.holidays == ("GB-ENG",)
    assert (rules.edits, rules.blocks.title, rules.blocks.private) == ("keep", "{name}", True)
    assert not rules.paused


def test_a_therapist_overrides_only_what_is_written_for_them() -> None:
    practice = load("", EXAMPLE)
    assert practice.therapists["noor"].per_day == Limit(4, minutes(270), 6.0, 2)
    assert practice.therapists["lee"].per_day.sessions == 5


def test_without_a_preset_only_what_is_written_applies() -> None:
    rules = lee()
    assert (rules.breaks, rules.per_day, rules.per_week, rules.protect) == (Breaks(), Limit(), Limit(), ())
    assert (rules.sessions, rules.working_hours, rules.days_off) == ((), None, DaysOff())
    assert (rules.horizon, rules.grid) == (timedelta(weeks=6), minutes(5))


def test_balanced_has_the_figures_of_the_evidence() -> None:
    rules = lee("preset: balanced\n", BASE.replace("kinds:", "#"))
    assert {name: (kind.length, kind.weight, kind.heavy, kind.after) for name, kind in rules.kinds.items()} == {
        "individual": (minutes(50), 1.0, False, None),
        "couple": (minutes(80), 1.5, False, None),
        "emdr": (minutes(90), 1.5, True, minutes(30)),
        "group": (minutes(120), 2.0, False, None),
    }
    assert rules.breaks == Breaks(timedelta(0), minutes(15), minutes(30), minutes(5), "larger")
    assert (rules.per_day, rules.per_week) == (Limit(5, minutes(270), None, 2), Limit(20, None, None, 8))
    lunch, supervision, me_time = rules.protect
    assert lunch == ProtectItem(
        name="Lunch",
        between=TimeRange(time(11, 30), time(14)),
        length=minutes(45),
        at_least=minutes(30),
        ideally=time(12, 30),
        priority="essential",
    )
    assert (supervision.counts_as_break, supervision.inside_hours, supervision.length) == (False, False, None)
    assert [rule.title.text for rule in supervision.satisfied_by if rule.title] == ["*supervision*"]
    assert me_time == ProtectItem(
        name="Me time",
        between=TimeRange(time(7), time(20)),
        length=minutes(60),
        ideally=time(18),
        quota=Quota("week", times=3),
    )


@pytest.mark.parametrize(
    ("preset", "day", "contact", "week", "after", "after_heavy", "heavy", "lunch"),
    [
        ("nhs-20", 5, 270, 20, 10, 20, (2, 8), 30),
        ("trauma", 4, 240, 16, 15, 30, (2, 8), 45),
        ("gentle", 3, 160, 14, 30, 45, (1, 4), 60),
        ("trainee", 4, 200, 12, 15, 30, (1, 3), 45),
    ],
)
def test_each_preset_has_the_figures_of_the_evidence(
    preset: str, day: int, contact: int, week: int, after: int, after_heavy: int, heavy: tuple[int, int], lunch: int
) -> None:
    rules = lee(f"preset: {preset}\n")
    assert (rules.per_day.sessions, rules.per_day.time, rules.per_week.sessions) == (day, minutes(contact), week)
    assert (rules.breaks.after, rules.breaks.after_heavy) == (minutes(after), minutes(after_heavy))
    assert (rules.per_day.heavy, rules.per_week.heavy) == heavy
    assert rules.protect[0].length == minutes(lunch)


@pytest.mark.parametrize(
    ("preset", "row", "notes", "span", "off", "me_time", "supervision"),
    [
        ("balanced", (3, 30), 10, 10, 2, 3, [("month", 90)]),
        ("nhs-20", (3, 30), 10, 9, 2, 2, [("week", 60)]),
        ("trauma", (2, 30), 15, 9, 2, 4, [("month", 90), ("month", 60)]),
        ("gentle", (2, 60), 10, 8, 3, 5, [("month", 90)]),
        ("trainee", (2, 30), 20, 9, 2, 2, [("fortnight", 60)]),
    ],
)
def test_each_preset_has_the_rest_the_notes_and_the_quotas_of_the_evidence(
    preset: str,
    row: tuple[int, int],
    notes: int,
    span: int,
    off: int,
    me_time: int,
    supervision: list[tuple[str, int]],
) -> None:
    rules = lee(f"preset: {preset}\n")
    assert rules.in_a_row == InARow(then=minutes(row[1]), sessions=row[0])
    assert rules.notes == Notes(minutes(notes), minutes(notes), None)
    assert rules.rest == Rest(timedelta(hours=11), off, timedelta(hours=span))
    lunch, *work, own = rules.protect
    assert (lunch.name, own.name, own.quota, own.length) == (
        "Lunch",
        "Me time",
        Quota("week", times=me_time),
        minutes(60),
    )
    assert [(item.quota.every, item.quota.amount) for item in work if item.quota] == [
        (every, minutes(amount)) for every, amount in supervision
    ]
    assert not any(item.counts_as_break for item in work)


def test_the_legal_floor_asks_for_rest_and_a_break_and_nothing_else() -> None:
    rules = lee("preset: legal-floor\n")
    assert rules.rest == Rest(timedelta(hours=11), 1, None)
    assert rules.in_a_row == InARow(then=minutes(20), time=timedelta(hours=6))
    assert (rules.notes, rules.protect, rules.per_day, rules.per_week, rules.breaks) == (
        None,
        (),
        Limit(),
        Limit(),
        Breaks(),
    )


MARKS = {  # of evidence.md's table of presets: what it marks P or S; everything else there is D
    "rest.between_days": "P",
    "notes.per_session": "S",
    "breaks.after": "S",
    "limits.per_week.sessions": "S",
    "limits.per_day.sessions": "D",
    "limits.per_day.time": "D",
    "limits.per_day.heavy": "D",
    "limits.per_week.heavy": "D",
    "rest.day_span": "D",
    "protect.Me time.times": "D",
    "protect.Lunch.length": "D",
}


@pytest.mark.parametrize("preset", ["balanced", "nhs-20", "trauma", "gentle", "trainee"])
def test_the_marks_are_those_of_the_evidence(preset: str) -> None:
    marks = {figure.path: figure.mark for figure in presets.figures(preset)}
    weekly = "D" if preset in ("trauma", "trainee") else "S"
    assert {path: marks[path] for path in MARKS} == {**MARKS, "limits.per_week.sessions": weekly}
    assert marks["limits.in_a_row.sessions"] == marks["limits.in_a_row.then"] == ("D" if preset == "gentle" else "S")
    assert marks["rest.days_off_per_week"] == "D"
    assert marks["breaks.after_heavy"] == ("D" if preset == "gentle" else "S")
    assert marks["protect.Supervision.amount"] == ("D" if preset == "nhs-20" else "P")


def test_every_value_of_every_preset_carries_its_mark_and_source() -> None:
    assert presets.names() == ["balanced", "gentle", "legal-floor", "nhs-20", "trainee", "trauma"]
    for name in presets.names():
        assert presets.about(name)
        for figure in presets.figures(name):
            assert figure.mark in ("P", "S", "D"), (name, figure.path)
            assert figure.source, (name, figure.path)


def test_a_file_overrides_single_values_of_a_preset_at_any_depth() -> None:
    rules = lee("preset: balanced\nlimits: {per_day: {sessions: 3}}\n")
    assert rules.per_day == Limit(3, minutes(270), None, 2)
    assert rules.per_week.sessions == 20


@pytest.mark.parametrize(
    ("written", "per_day", "per_week", "lunch"),
    [
        ("limits: none", Limit(), Limit(), True),
        ("limits: {per_week: none}", Limit(5, minutes(270), None, 2), Limit(), True),
        ("limits: {per_day: {time: none}}", Limit(5, None, None, 2), Limit(20, None, None, 8), True),
        ("protect: none", Limit(5, minutes(270), None, 2), Limit(20, None, None, 8), False),
        ("protect: [{name: lunch, off: yes}]", Limit(5, minutes(270), None, 2), Limit(20, None, None, 8), False),
        ("preset: none", Limit(), Limit(), False),
    ],
)
def test_none_switches_off_what_is_inherited(written: str, per_day: Limit, per_week: Limit, lunch: bool) -> None:
    start = "" if written.startswith("preset") else "preset: balanced\n"
    rules = lee(f"{start}{written}\n")
    assert (rules.per_day, rules.per_week) == (per_day, per_week)
    assert any(item.name == "Lunch" for item in rules.protect) == lunch


def test_an_item_that_the_practice_removed_can_be_put_back_for_one_therapist() -> None:
    base = for_lee("protect: [{name: Lunch, off: no}]")
    added = "preset: balanced\nprotect: [{name: Lunch, off: yes}]\n"
    assert [item.name for item in lee(added).protect] == ["Supervision", "Me time"]
    assert lee(added, base).protect[0].name == "Lunch"


def test_protect_merges_by_name_and_adds_what_is_new() -> None:
    rules = lee("preset: balanced\nprotect: [{name: lunch, length: 1 h}, {name: Walk, at: 16:00-16:30}]\n")
    assert [item.name for item in rules.protect] == ["lunch", "Supervision", "Me time", "Walk"]
    assert rules.protect[0].length == minutes(60)
    assert rules.protect[0].between == TimeRange(time(11, 30), time(14))


def test_what_is_written_drops_inherited_values_it_cannot_stand_beside() -> None:
    fixed = lee("preset: balanced\nprotect: [{name: Lunch, at: 13:00-13:45}]\n").protect[0]
    assert fixed == ProtectItem(name="Lunch", at=TimeRange(time(13), time(13, 45)), priority="essential")
    later = lee("preset: balanced\nprotect: [{name: Lunch, between: 13:00-15:00}]\n").protect[0]
    assert (later.ideally, later.length) == (None, minutes(45))
    short = lee("preset: balanced\nprotect: [{name: Lunch, length: 20 min}]\n").protect[0]
    assert (short.length, short.at_least) == (minutes(20), None)


def test_lists_other_than_protect_are_replaced() -> None:
    base = for_lee("days_off: [2027-02-01]")
    assert lee("days_off: [2027-01-04, 2027-01-05]\n", base).days_off.ranges == ((date(2027, 2, 1), date(2027, 2, 1)),)


def test_working_hours_merge_by_weekday_however_the_weekdays_are_written() -> None:
    base = for_lee("working_hours: {Wednesday: 10:00-12:00, fri: none}")
    hours = lee("working_hours: {mon-fri: 09:00-17:00}\n", base).working_hours
    assert hours is not None
    [always] = hours
    assert sorted(always.days) == [0, 1, 2, 3]
    assert always.days[2] == (TimeRange(time(10), time(12)),)


def test_the_first_kind_that_the_file_names_is_bookable_by_default() -> None:
    assert lee().bookable == ("individual",)
    turned = BASE.replace("kinds: {individual: {length: 50 min}, emdr:", "kinds: {emdr:")
    assert lee("preset: balanced\n", turned).bookable == ("emdr",)
    assert lee("preset: balanced\n", BASE.replace("kinds:", "#")).bookable == ("individual",)
    assert lee("", BASE.replace("kinds:", "#")).bookable == ()
    assert lee("bookable: none\n").bookable == ()


def test_anything_above_therapists_can_be_overridden_for_one() -> None:
    rules = lee(
        "",
        for_lee(
            "timezone: Europe/Berlin, grid: 15 min, horizon: 2 weeks, breaks: {after: 20 min}, edits: restore, "
            "paused: yes, "
            "blocks: {title: Busy, private: no}, respect: others, kinds: {emdr: {after: 40 min}}, bookable: [emdr]"
        ),
    )
    assert (rules.timezone.key, rules.grid, rules.horizon) == ("Europe/Berlin", minutes(15), timedelta(weeks=2))
    assert (rules.breaks.after, rules.edits, rules.paused) == (minutes(20), "restore", True)
    assert (rules.blocks.title, rules.blocks.private, rules.respect_others) == ("Busy", False, True)
    assert rules.kinds["emdr"] == Kind(name="emdr", length=minutes(90), heavy=True, after=minutes(40))
    assert rules.bookable == ("emdr",)


def test_without_an_id_the_practice_s_name_serves() -> None:
    assert load("", BASE.replace("id: 7f3k9q2m\n", "")).id == "P"


@pytest.mark.parametrize(
    "written", ["7f3k9q2m", "1e5", "0o17", "12_3", "00123", "2027-01-04", "1.50", "true", "on", "'x'"]
)
def test_an_id_stays_what_was_written(written: str) -> None:
    assert load("", BASE.replace("7f3k9q2m", written)).id == written.strip("'")


def test_every_place_is_known_by_its_dotted_path() -> None:
    where = lee("preset: balanced\nlimits: {per_day: {sessions: 4}}\n", for_lee("breaks: {after: 20 min}")).where
    assert where["limits.per_day"] == "r.yaml:8"
    assert where["limits.per_week"] == "preset balanced"
    assert where["limits.per_day.time"] == "preset balanced"
    assert where["breaks"] == "r.yaml:6"
    assert where["protect.Lunch"] == "preset balanced"
    assert where["therapist"] == "r.yaml:6"


def test_echoes_belongs_to_every_account_and_is_not_the_connector_s() -> None:
    account = load("", BASE.replace("{type: folder, path: x}", "{type: folder, path: x, echoes: yes}")).accounts["cal"]
    assert account.echoes
    assert account.options == {"path": "x"}


def test_edits_of_a_rule_or_an_item_hold_for_its_blocks_and_else_the_practices_do() -> None:
    text = (
        "preset: balanced\nedits: keep\nbreaks: {edits: restore}\nlimits: {edits: restore}\nrest: {edits: keep}\n"
        "notes: {per_session: 10 min, edits: restore}\n"
        "protect: [{name: Lunch, edits: restore}, {name: A walk, at: 16:00-16:30}]\n"
    )
    rules = load(
        text, for_lee("edits: keep, protect: [{name: A walk, edits: restore}], notes: {edits: keep}")
    ).therapists["lee"]
    modes = {
        "break/0123456789abcdef/after": "restore",
        "guard/breaks/2026-12-01/start": "restore",
        "guard/limits.per_day/2026-12-01/0123456789abcdef/2": "restore",
        "guard/rest.between_days/2026-12-01/start": "keep",
        "guard/days_off/2026-12-01/start": "keep",
        "notes/2026-12-01": "keep",
        "protect/lunch/2026-12-01": "restore",
        "protect/a-walk/2026-12-01": "restore",
        "protect/me-time/2026-W49": "keep",
    }
    assert {key: rules.edits_of(key) for key in modes} == modes
    assert rules.breaks == load("preset: balanced\n").therapists["lee"].breaks


LOCKED = "preset: balanced\nlocked: [{}]\n"


@pytest.mark.parametrize(
    ("locked", "written"),
    [
        ("limits.per_week", "limits: {per_week: {sessions: 30}}"),
        ("limits.per_week", "limits: {per_week: none}"),
        ("limits", "limits: none"),
        ("limits.per_day.time", "limits: {per_day: {time: 5 h}}"),
        ("breaks.after", "breaks: {after: 3 min}"),
        ("breaks", "breaks: {after: none}"),
        ("protect.Lunch", "protect: [{name: Lunch, off: yes}]"),
        ("protect.lunch", "protect: [{name: Lunch, length: 20 min}]"),
        ("protect", "protect: none"),
        ("protect.Lunch", "protect: [{name: Lunch, priority: low}]"),
        ("protect.Lunch", "protect: [{name: Lunch, on: mon-thu}]"),
        ("protect.Lunch", "protect: [{name: Lunch, at: 12:00-13:00}]"),
        ("kinds.emdr.heavy", "kinds: {emdr: {heavy: no}}"),
        ("kinds", "kinds: {emdr: {length: 60 min}}"),
        ("sessions", "sessions: [{title: x, kind: none}]"),
        ("edits", "edits: restore"),
        ("rest", "rest: {edits: keep}"),
        ("breaks", "breaks: {edits: keep}"),
        ("rest.between_days", "rest: {between_days: 10 h}"),
        ("rest.between_days", "rest: none"),
        ("rest", "rest: {days_off_per_week: 1}"),
        ("rest", "rest: {day_span: 11 h}"),
        ("limits.in_a_row", "limits: {in_a_row: {sessions: 4}}"),
        ("limits.in_a_row", "limits: {in_a_row: {then: 20 min}}"),
        ("limits.in_a_row", "limits: {in_a_row: none}"),
        ("limits.in_a_row.sessions", "limits: {in_a_row: none}"),
        ("notes", "notes: {per_session: 5 min}"),
        ("notes", "notes: {at_least: 5 min}"),
        ("notes.by", "notes: {by: 19:00}"),
        ("notes", "notes: none"),
        ("protect.Me time", "protect: [{name: Me time, times: 2 per week}]"),
        ("protect.Me time", "protect: [{name: Me time, times: 12 per month}]"),
        ("protect.Supervision", "protect: [{name: Supervision, amount: 60 min per month}]"),
        ("protect.Supervision", "protect: [{use: supervision, amount: 60 min per month}]"),
        ("protect.Supervision", "protect: [{name: Supervision, satisfied_by: {title: '*meeting*'}}]"),
        ("location.latitude", "location: {latitude: 40.7, longitude: -74}"),
    ],
)
def test_what_is_locked_cannot_be_loosened_for_one_therapist(locked: str, written: str) -> None:
    found = problems(LOCKED.format(locked), for_lee(written))
    assert len(found) == 1
    assert found[0].startswith("r.yaml:6:")
    assert f"`{locked}` is locked" in found[0]


@pytest.mark.parametrize(
    ("locked", "written"),
    [
        ("limits", "limits: {edits: restore, per_week: {sessions: 10, time: 9 h}}"),
        ("protect.Lunch", "protect: [{name: Lunch, edits: restore}]"),
        ("breaks", "breaks: {after: 20 min, before: 5 min, combine: add}"),
        ("protect", "protect: [{name: Lunch, length: 1 h}, {name: Walk, at: 10:00-11:00}]"),
        ("kinds.emdr", "kinds: {emdr: {after: 40 min, weight: 2}}"),
        ("days_off", "days_off: [2027-02-01]"),
        ("limits.per_day", "limits: {per_week: {sessions: 40}}"),
        ("rest", "rest: {between_days: 12 h, days_off_per_week: 3, day_span: 9 h}"),
        ("limits.in_a_row", "limits: {in_a_row: {sessions: 2, then: 45 min, time: 3 h, meetings_rest: no}}"),
        ("notes", "notes: {per_session: 15 min, at_least: 15 min}"),
        ("protect.Me time", "protect: [{name: Me time, times: 4 per week}]"),
        ("protect.Me time", "protect: [{use: me-time, length: 2 h}]"),
        ("protect.Supervision", "protect: [{name: Supervision, amount: 2 h per month, satisfied_by: none}]"),
        ("rest.day_span", "rest: {between_days: 10 h}"),
    ],
)
def test_what_is_locked_can_be_made_stricter_for_one_therapist(locked: str, written: str) -> None:
    assert problems(LOCKED.format(locked), for_lee(written)) == []


def test_locked_working_hours_can_only_shrink() -> None:
    added = "working_hours: {mon-fri: 09:00-17:00}\nlocked: working_hours\n"
    assert problems(added, for_lee("working_hours: {mon: 10:00-16:00, fri: none}")) == []
    assert len(problems(added, for_lee("working_hours: {sat: 10:00-12:00}"))) == 1
    fewer = "working_hours: [{mon-fri: 09:00-17:00}, {from: 2027-01-01, fri: 10:00-12:00}]"
    assert problems(added, for_lee(fewer)) == []
    assert len(problems(added, for_lee(fewer.replace("12:00}]", "18:00}]")))) == 1


def test_a_lock_on_what_meetings_do_in_a_row_and_on_a_cap_of_evenings_holds() -> None:
    row = "limits: {in_a_row: {sessions: 3, then: 30 min, meetings_rest: no}}\nlocked: limits.in_a_row\n"
    assert len(problems(row, for_lee("limits: {in_a_row: {meetings_rest: yes}}"))) == 1
    assert len(problems(row, for_lee("limits: {in_a_row: {meetings_rest: none}}"))) == 1
    cap = "protect: [{use: evenings}]\nlocked: protect.Free evenings\n"
    assert len(problems(cap, for_lee("protect: [{use: evenings, at_most: 3 per week}]"))) == 1
    assert problems(cap, for_lee("protect: [{use: evenings, at_most: 1 per week}]")) == []


class Tea:
    """A third party's rule."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid")
        minutes: int

    def __init__(self, options: Options) -> None:
        if options.minutes > 100:
            raise ValueError("SENTINEL")
        self.minutes = options.minutes


def with_tea(text: str) -> Any:
    return load_text(text, "r.yaml", extra_rules={"tea": Tea})


def test_a_third_party_s_rule_is_built_from_its_own_options() -> None:
    practice = with_tea(for_lee("tea: {minutes: 20}") + "tea: {minutes: 15}\n")
    assert practice.therapists["lee"].extra["tea"].minutes == 20
    assert with_tea(BASE).therapists["lee"].extra == {}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("tea: {minuets: 15}", "r.yaml:7:7: unknown key `minuets` in `tea`; did you mean `minutes`?"),
        ("tea: {}", "r.yaml:7:6: `minutes` is missing in `tea`; write `minutes: …`"),
    ],
)
def test_a_third_party_s_options_are_checked_at_their_place(written: str, told: str) -> None:
    with pytest.raises(RuleFileError) as raised:
        with_tea(f"{BASE}{written}\n")
    assert str(raised.value) == told


def test_a_third_party_s_rule_that_fails_is_a_problem_and_its_words_are_not_repeated() -> None:
    with pytest.raises(RuleFileError) as raised:
        with_tea(f"{BASE}tea: {{minutes: 101}}\n")
    assert "SENTINEL" not in str(raised.value)
    assert str(raised.value).startswith("r.yaml:7:1: the rule `tea` cannot be used")


def test_a_third_party_s_key_is_unknown_where_its_package_is_not_installed() -> None:
    assert problems("tea: {minutes: 15}\n")[0].startswith("r.yaml:7:1: unknown key `tea`")
