"""How far calendars are read, and what of it planning sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors import memory, ownership
from connectors.base import Entry
from rules.loading import load_text
from rules.practice import Every, ProtectItem, Quota, SessionRule
from rules.timeline import Event, Interval, Tag, instant
from rules.values import title_pattern
from scheduler import night
from scheduler.desk import Desk
from scheduler.journal import Journal
from scheduler.night import Draft
from scheduler.reading import around, events_of, reading_span, weeks_around
from tests.days import LONDON, clock, hours, mins, rules, span

NOW = datetime(2026, 12, 9, 6, 0, tzinfo=UTC)  # a Wednesday
TEXT = """
practice: Riverside Counselling
id: 7f3k9q2m
timezone: Europe/London
horizon: 4 weeks
working_hours: {mon-fri: 09:00-18:00}
accounts: {book: {type: memory, store: STORE}, other: {type: memory, store: OTHER}}
kinds: {individual: {length: 50 min}}
sessions: [{title: "session*", kind: individual}]
breaks: {after: 10 min}
therapists: {lee: {read: [book, other], write: book}}
"""
SUPERVISION = ProtectItem(
    "Supervision",
    between=hours("09:00-18:00"),
    quota=Quota("month", amount=mins(90), least=mins(30), most=mins(90)),
    satisfied_by=(SessionRule(None, title=title_pattern("supervision*")),),
)


def counted(every: Every, **more: object) -> ProtectItem:
    item = ProtectItem("Swim", between=hours("07:00-20:00"), length=mins(60), quota=Quota(every, times=4))
    return replace(item, **more)  # type: ignore[arg-type]  # any field


def dates(*items: ProtectItem, first: date = date(2026, 12, 9), days: int = 28, at: str = "06:00") -> tuple[date, date]:
    """The first date that is read and the last."""
    window = Interval(instant(first, clock(at), LONDON), span("00:00-24:00", first + timedelta(days=days - 1)).end)
    read = reading_span(window, rules(protect=items))
    assert read.start == span("00:00-24:00", read.start.astimezone(LONDON).date()).start
    return read.start.astimezone(LONDON).date(), (read.end - timedelta(seconds=1)).astimezone(LONDON).date()


# --- how far ---


def test_without_quotas_whole_weeks_and_a_day_more_on_both_sides_are_read() -> None:
    assert dates() == (date(2026, 12, 6), date(2027, 1, 11))
    assert dates(counted("day"), counted("week")) == (date(2026, 12, 6), date(2027, 1, 11))


def test_whole_periods_of_the_quotas_that_are_due_are_read() -> None:
    assert dates(counted("fortnight")) == (date(2026, 11, 29), date(2027, 1, 11))
    assert dates(counted("month")) == (date(2026, 11, 30), date(2027, 2, 1))  # January is longer than four weeks
    assert dates(counted("quarter")) == (date(2026, 9, 30), date(2027, 4, 1))
    assert dates(counted("year")) == (date(2025, 12, 31), date(2028, 1, 1))


def test_a_period_that_waits_is_not_read() -> None:
    assert dates(counted("month"), first=date(2027, 1, 1), days=50) == (date(2026, 12, 27), date(2027, 2, 22))


def test_how_far_is_read_does_not_change_as_the_day_passes() -> None:
    for item in (counted("month"), counted("year")):
        assert dates(item, at="00:00") == dates(item, at="23:59")


def test_yesterdays_period_is_read_where_its_window_reaches_into_today() -> None:
    late = counted("month", between=hours("22:00-02:00"))
    assert dates(late, first=date(2026, 12, 1))[0] == date(2026, 10, 31)
    assert dates(counted("month"), first=date(2026, 12, 1))[0] == date(2026, 11, 29)


def test_all_day_events_are_around_by_their_dates() -> None:
    midnight = datetime(2026, 12, 9, tzinfo=UTC)
    off = Event(
        calendar="book",
        uid="a",
        interval=Interval(midnight, midnight),
        first_day=date(2026, 12, 9),
        last_day=date(2026, 12, 11),
    )
    for day, inside in ((8, False), (9, True), (11, True), (12, False)):
        assert bool(around([off], span("00:00-24:00", date(2026, 12, day)), LONDON)) == inside


# --- what planning sees ---


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    name = request.node.name
    yield name
    memory.forget(name)
    memory.forget(f"{name}-other")


def event(day: date, when: str, title: str, uid: str) -> Event:
    return Event(calendar="", uid=uid, interval=span(when, day), title=title)


@contextmanager
def drafted(store: str, folder: Path, *items: ProtectItem) -> Iterator[Draft]:
    practice = load_text(TEXT.replace("STORE", store).replace("OTHER", f"{store}-other"), str(folder / "p.yaml"))
    law = replace(practice.therapists["lee"], protect=items)
    journal = Journal(folder / "journal.sqlite")
    with Desk(practice, folder, journal, NOW) as desk:
        yield night.draft_for(practice, law, night.window_for(law, NOW), desk)


def write_own(store: str, key: str, interval: Interval, title: str) -> None:
    """A block as an earlier run wrote it."""
    owner = ownership.owner_of("7f3k9q2m", "lee")
    tag = Tag(owner, key, ownership.fingerprint(interval, title))
    calendar = memory.MemoryCalendar(None, _context(store))
    calendar.create(
        Entry(uid=ownership.uid_for(owner, key), interval=interval, title=title, private=True, tag=tag, stamp=NOW)
    )


def _context(store: str) -> memory.Context:
    return memory.Context(account="book", options={"store": store}, secret=str, base=Path(), state=Path(), now=NOW)


def test_events_of_the_whole_period_count_and_limits_look_only_at_the_weeks_around(store: str, tmp_path: Path) -> None:
    swim = counted("year", satisfied_by=(SessionRule(None, title=title_pattern("swim*")),))
    memory.store(store).events += [
        event(date(2026, 2, 3), "07:00-08:00", "Swimming", "s1"),
        event(date(2026, 2, 3), "10:00-10:50", "session", "c1"),
        event(date(2026, 12, 10), "10:00-10:50", "session", "c2"),
    ]
    with drafted(store, tmp_path, swim) as draft:
        assert draft.diary.done == {"swim": (span("07:00-08:00", date(2026, 2, 3)),)}
        assert [s.start.date() for s in draft.diary.sessions] == [date(2026, 12, 10)]
        assert draft.diary.busy == ()
        first = weeks_around(draft.outcome.window, draft.diary.rules).start
        assert all(i.end > first for i in draft.diary.working)
        assert min(draft.outcome.days_off) >= first.astimezone(LONDON).date()


def test_titles_that_a_connector_reads_against_the_rules_go_no_further(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another package's connector may, which knows nothing of `titles: never`."""
    memory.store(store).events.append(event(date(2026, 12, 10), "10:00-10:50", "session", "c1"))
    write_own(store, "protect/lunch/2026-12-01", span("12:00-13:00", date(2026, 12, 1)), "Lunch")
    monkeypatch.setattr(memory, "without_title", lambda event: event)
    practice = load_text(TEXT.replace("STORE", store).replace("OTHER", f"{store}-other"), str(tmp_path / "p.yaml"))
    law = replace(practice.therapists["lee"], titles=False)
    with Desk(practice, tmp_path, Journal(tmp_path / "journal.sqlite"), NOW) as desk:
        found, _ = events_of(law, span("00:00-24:00", date(2026, 12, 1)), desk)
        later, _ = events_of(law, span("00:00-24:00", date(2026, 12, 10)), desk)
    assert [e.title for e in (*found, *later)] == ["Lunch", ""]


def test_an_appointment_seen_in_two_calendars_counts_once(store: str, tmp_path: Path) -> None:
    for name in (store, f"{store}-other"):
        memory.store(name).events.append(event(date(2026, 12, 2), "10:00-11:00", "Supervision", name))
    with drafted(store, tmp_path, SUPERVISION) as draft:
        assert draft.diary.done == {"supervision": (span("10:00-11:00", date(2026, 12, 2)),)}


def test_an_event_that_counts_is_busy_all_the_same(store: str, tmp_path: Path) -> None:
    memory.store(store).events.append(event(date(2026, 12, 10), "10:00-11:00", "Supervision", "a"))
    with drafted(store, tmp_path, SUPERVISION) as draft:
        assert draft.diary.busy == (span("10:00-11:00", date(2026, 12, 10)),)


def test_own_blocks_of_a_quotas_past_have_started_and_are_no_events(store: str, tmp_path: Path) -> None:
    long_ago, key = span("10:00-11:00", date(2026, 12, 1)), "protect/supervision/2026-12"
    write_own(store, key, long_ago, "Supervision")
    write_own(store, "protect/supervision/2026-11", span("10:00-11:00", date(2026, 11, 27)), "Supervision")
    write_own(store, "protect/lunch/2026-12-01", span("12:00-13:00", date(2026, 12, 1)), "Lunch")
    with drafted(store, tmp_path, SUPERVISION) as draft:
        assert draft.standing.started == {key: long_ago}
        assert draft.diary.done == {"supervision": ()}
        assert all(c.block.end > NOW for c in draft.outcome.changes)


def test_names_of_one_calendar_are_one_in_what_counts_too(store: str, tmp_path: Path) -> None:
    by_calendar = replace(SUPERVISION, satisfied_by=(SessionRule(None, calendar="other"),))
    memory.store(store).events.append(event(date(2026, 12, 2), "10:00-11:00", "Talk", "a"))
    text = TEXT.replace("OTHER", store).replace("STORE", store)  # two accounts, one calendar
    practice = load_text(text, str(tmp_path / "p.yaml"))
    law = replace(practice.therapists["lee"], protect=(by_calendar,))
    with Desk(practice, tmp_path, Journal(tmp_path / "journal.sqlite"), NOW) as desk:
        draft = night.draft_for(practice, law, night.window_for(law, NOW), desk)
    assert len(draft.diary.done["supervision"]) == 1


def test_what_was_deleted_by_hand_is_remembered_as_long_as_its_period_lasts(store: str, tmp_path: Path) -> None:
    practice = load_text(TEXT.replace("STORE", store).replace("OTHER", f"{store}-other"), str(tmp_path / "p.yaml"))
    owner, key = ownership.owner_of(practice.id, "lee"), "protect/swim/2026/2"
    for item, kept in ((counted("year"), True), (counted("week"), False)):
        law = replace(practice.therapists["lee"], protect=(item,))
        journal = Journal(tmp_path / "journal.sqlite")
        with Desk(practice, tmp_path, journal, NOW) as desk:
            at = desk.at("book")
            journal.note(owner, at, key, span("07:00-08:00", date(2026, 2, 3)), "deleted")
            window = night.window_for(law, NOW)
            night.run_once(practice, law, window, desk, allow=lambda _: None, progress=lambda _: None, agreed=True)
            assert any(row.key == key for row in journal.remembered(owner, at)) == kept
