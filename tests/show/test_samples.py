"""The sample practice: that the rule file and the calendars are read, and hold what their description promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Context, Reading
from connectors.folder import FolderCalendar
from rules.loading import load_text
from rules.practice import Practice, Rules
from rules.sessions import classify
from rules.timeline import Event, Interval, local_date, midnight, week_of
from rules.workdays import days_off, hours_on
from scheduler import samples

NOW = datetime.fromisoformat(samples.NOW)
FIRST, LAST = date(2026, 11, 23), date(2026, 12, 27)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.copy_to(tmp_path_factory.mktemp("demo") / "practice")


@pytest.fixture(scope="module")
def practice(copied: Path) -> Practice:
    return load_text(copied.read_text(encoding="utf-8"), copied.name)


def reading(copied: Path, practice: Practice, therapist: str) -> tuple[Rules, Reading]:
    rules = practice.therapists[therapist]

    def secret(written: Any) -> str:
        raise AssertionError(f"a sample needs no secret, but asks for {written}")

    options = practice.accounts[rules.write].options
    context = Context(
        account=rules.write, options=options, secret=secret, base=copied.parent, state=copied.parent, now=NOW
    )
    calendar = FolderCalendar(None, context)
    window = Interval(midnight(FIRST, rules.timezone), midnight(LAST + timedelta(days=1), rules.timezone))
    return rules, calendar.read(window, rules.timezone)


def sessions_by_day(rules: Rules, found: Reading) -> dict[date, list[str]]:
    days: dict[date, list[str]] = {}
    for session in classify(found.events, rules, lambda event: f"{hash((event.uid, event.recurrence))}").sessions:
        local = session.start.astimezone(rules.timezone)
        days.setdefault(local.date(), []).append(f"{local:%H:%M} {session.kind}")
    return days


def named(found: Reading, title: str) -> list[Event]:
    return [event for event in found.events if event.title == title]


def test_copying_gives_a_rule_file_and_every_event_file(copied: Path) -> None:
    source = Path(samples.__file__).parent
    shipped = sorted(p.relative_to(source) for p in source.rglob("*") if p.suffix in (".ics", ".yaml"))
    assert sorted(p.relative_to(copied.parent) for p in copied.parent.rglob("*") if p.is_file()) == shipped
    assert len(shipped) > 35
    assert samples.copy_to(copied.parent) == copied


def test_every_event_file_is_one_calendar_entry_with_its_own_uid() -> None:
    uids = []
    for path in sorted(Path(samples.__file__).parent.rglob("*.ics")):
        text = path.read_bytes().decode("ascii")
        assert text.startswith("BEGIN:VCALENDAR\r\n")
        assert "\n" not in text.replace("\r\n", "")
        (uid,) = {line for line in text.splitlines() if line.startswith("UID:")}
        uids.append(uid)
    assert len(set(uids)) == len(uids)


def test_the_rule_file_is_accepted_with_two_therapists(practice: Practice) -> None:
    assert (practice.name, sorted(practice.therapists)) == ("Riverside Counselling", ["lee", "noor"])
    assert practice.therapists["noor"].per_day.sessions == 4
    assert practice.therapists["lee"].per_day.sessions == 5
    noor = practice.therapists["noor"]
    assert [bool(hours_on(noor, FIRST + timedelta(days=n))) for n in range(5)] == [True, True, False, True, True]


@pytest.mark.parametrize("therapist", ["lee", "noor"])
def test_every_sample_event_can_be_read(copied: Path, practice: Practice, therapist: str) -> None:
    _, found = reading(copied, practice, therapist)
    assert found.unexpanded == ()
    assert len(found.events) >= 50


def test_lees_first_week_is_as_described(copied: Path, practice: Practice) -> None:
    days = sessions_by_day(*reading(copied, practice, "lee"))
    assert len(days[FIRST]) == 5
    assert days[date(2026, 11, 24)] == ["10:30 individual", "14:00 emdr", "17:00 individual"]
    assert "10:10 couple" in days[date(2026, 11, 25)]
    assert "18:00 group" in days[date(2026, 11, 26)]
    assert days[date(2026, 11, 27)] == ["09:00 individual", "10:00 individual", "10:52 individual"]


def test_exceptions_of_series_are_as_described(copied: Path, practice: Practice) -> None:
    days = sessions_by_day(*reading(copied, practice, "lee"))
    assert len(days[date(2026, 11, 30)]) == 6
    assert "11:00 individual" not in days[date(2026, 12, 7)]
    assert "09:00 individual" not in days[date(2026, 12, 3)]
    assert "11:10 individual" in days[date(2026, 12, 4)]
    couples = [day for day, some in days.items() if any("couple" in s for s in some)]
    assert couples == [date(2026, 11, 25), date(2026, 12, 9), date(2026, 12, 23)]
    assert [max(d for d, some in days.items() if any(k in s for s in some)) for k in ("emdr", "group")] == [
        date(2026, 12, 15),
        date(2026, 12, 17),
    ]
    assert date(2026, 12, 25) not in days


def test_what_has_no_effect_takes_no_time(copied: Path, practice: Practice) -> None:
    rules, found = reading(copied, practice, "lee")
    (birthday,) = named(found, "Birthday of Sam Sample")
    (painters,) = named(found, "Painters in room 2")
    (call,) = named(found, "Conference planning")
    assert birthday.all_day
    assert (painters.state, call.state) == ("free", "declined")
    assert not any(event.busy for event in (birthday, painters, call))
    assert local_date(painters.interval.start, rules.timezone) == date(2026, 12, 2)


def test_noor_is_on_leave_for_a_week_with_one_session_forgotten(copied: Path, practice: Practice) -> None:
    rules, found = reading(copied, practice, "noor")
    window = Interval(midnight(FIRST, rules.timezone), midnight(LAST, rules.timezone))
    plain = replace(rules, working_hours=None, days_off=replace(rules.days_off, holidays=()))
    assert list(days_off(plain, window, found.events)) == [date(2026, 12, 7) + timedelta(days=n) for n in range(5)]
    days = sessions_by_day(rules, found)
    assert {d: s for d, s in days.items() if week_of(d) == date(2026, 12, 7)} == {
        date(2026, 12, 8): ["10:30 individual"]
    }


def test_noors_thursdays_are_full(copied: Path, practice: Practice) -> None:
    days = sessions_by_day(*reading(copied, practice, "noor"))
    assert len(days[date(2026, 11, 26)]) == 4


def test_christmas_is_a_public_holiday_within_the_horizon(practice: Practice) -> None:
    rules = practice.therapists["lee"]
    window = Interval(NOW, NOW.astimezone(UTC) + rules.horizon)
    assert "public holiday" in days_off(rules, window, ())[date(2026, 12, 25)]
