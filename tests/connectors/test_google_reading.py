"""What Google's calendars hold besides meetings, and how little is asked of Google to read them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.base import CalendarError
from rules.timeline import Event, Interval
from tests.google.calendars import Json
from tests.google.fake import Fake
from tests.google.stages import opened

from .contract import ME
from .samples import BERLIN, LONDON, WINDOW, entry, span, titles_never

WHOLE_DAY = {"start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"}}


def timed(start: str, end: str, zone: str = "Europe/London") -> Json:
    """``24T10:00`` to ``24T10:50`` of November 2026."""
    return {
        name: {"dateTime": f"2026-11-{at}:00", "timeZone": zone} for name, at in (("start", start), ("end", end))
    }  # fmt: skip


HOUR = timed("24T10:00", "24T10:50")


def read(google: Fake, folder: Path, calendar: str | None = None, window: Interval = WINDOW, **options: Any) -> Any:
    opens = opened(google, folder, calendar, **options)
    try:
        reading = opens.read(window, LONDON)
        assert reading.unexpanded == ()
        return reading.events
    finally:
        opens.close()


def one(google: Fake, folder: Path, **event: Any) -> Event:
    """The only event of the main calendar, as it is read."""
    google.world.put(google.world.calendar("primary"), event)
    [found] = read(google, folder)
    assert isinstance(found, Event)
    return found


def test_several_calendars_of_an_account_are_read_each_by_its_own_id(google: Fake, tmp_path: Path) -> None:
    for name in ("room@group.calendar.google.com", "team@riverside.example"):
        google.world.put(google.world.add(name), {"summary": f"At {name}"} | HOUR)
        [event] = read(google, tmp_path, name)
        assert (event.title, event.calendar) == (f"At {name}", f"cloud/{name}")
    assert read(google, tmp_path) == ()


def test_every_page_is_read_with_one_request_each(google: Fake, tmp_path: Path) -> None:
    google.world.page_size = 3
    calendar = google.world.calendar("primary")
    for hour in range(8, 18):
        google.world.put(calendar, {"summary": str(hour)} | timed(f"24T{hour:02}:00", f"24T{hour:02}:50"))
    assert [event.title for event in read(google, tmp_path)] == [str(hour) for hour in range(8, 18)]
    assert google.requests() == ["events.list"] * 4


def test_a_calendar_of_any_size_is_asked_for_in_the_largest_pages(google: Fake, tmp_path: Path) -> None:
    calendar = google.world.calendar("primary")
    for number in range(300):
        google.world.put(calendar, {"summary": str(number)} | HOUR)
    assert len(read(google, tmp_path)) == 300
    assert google.requests() == ["events.list"]


def test_nothing_is_asked_for_that_planning_does_not_need(google: Fake, tmp_path: Path) -> None:
    secrets = {
        "description": "Secret 1",
        "location": "Secret 2",
        "source": {"title": "Secret 3", "url": "https://x.y/"},
    }
    guests = [{"email": "secret4@elsewhere.example", "displayName": "Secret 5", "comment": "Secret 6"}, {"email": ME}]
    shared = {"extendedProperties": {"shared": {"note": "Secret 7"}}}
    event = one(google, tmp_path, summary="Planning", attendees=guests, **secrets, **shared, **HOUR)
    assert event.title == "Planning"
    assert "Planning" in google.log[0].reply
    assert "secret" not in google.log[0].reply.lower()


def test_only_the_window_is_asked_for_and_no_title_stands_in_an_address(google: Fake, tmp_path: Path) -> None:
    one(google, tmp_path, summary="Planning", **HOUR)
    [asked] = google.log
    assert asked.query["timeMin"] == ["2026-11-22T06:00:00Z"]
    assert asked.query["timeMax"] == ["2026-12-08T06:00:00Z"]
    assert "q" not in asked.query


def test_declined_among_many_guests_is_seen_though_the_others_are_not_asked_for(google: Fake, tmp_path: Path) -> None:
    guests = [{"email": f"guest{n}@elsewhere.example", "responseStatus": "accepted"} for n in range(5)]
    event = one(google, tmp_path, attendees=[*guests, {"email": ME, "responseStatus": "declined"}], **HOUR)
    assert event.state == "declined"
    [item] = json.loads(google.log[0].reply)["items"]
    assert item["attendees"] == [{"self": True, "responseStatus": "declined"}]


@pytest.mark.parametrize("answer", ["accepted", "tentative", "needsAction"])
def test_whatever_is_not_declined_is_busy(google: Fake, tmp_path: Path, answer: str) -> None:
    assert one(google, tmp_path, attendees=[{"email": ME, "responseStatus": answer}], **HOUR).state == "busy"


def test_a_tentative_event_is_busy(google: Fake, tmp_path: Path) -> None:
    assert one(google, tmp_path, status="tentative", **HOUR).state == "busy"


@pytest.mark.parametrize("times", [HOUR, WHOLE_DAY])
@pytest.mark.parametrize("transparency", ["opaque", "transparent"])
def test_where_somebody_works_takes_no_time(google: Fake, tmp_path: Path, times: Json, transparency: str) -> None:
    place = {"type": "homeOffice", "homeOffice": {}}
    event = one(
        google, tmp_path, eventType="workingLocation", workingLocationProperties=place, transparency=transparency,
        visibility="public", **times,
    )  # fmt: skip
    assert event.state == "free"
    assert not event.out_of_office


def test_focus_time_of_a_persons_own_is_busy(google: Fake, tmp_path: Path) -> None:
    about = {"autoDeclineMode": "declineNone", "chatStatus": "doNotDisturb"}
    event = one(google, tmp_path, eventType="focusTime", focusTimeProperties=about, summary="Focus", **HOUR)
    assert (event.state, event.title, event.tag) == ("busy", "Focus", None)


@pytest.mark.parametrize("transparency", ["opaque", "transparent"])
def test_a_birthday_takes_no_time(google: Fake, tmp_path: Path, transparency: str) -> None:
    google.world.put(
        google.world.calendar("primary"),
        {"eventType": "birthday", "birthdayProperties": {"type": "birthday"}, "summary": "Noor's birthday",
         "recurrence": ["RRULE:FREQ=YEARLY"], "transparency": transparency, "visibility": "private",
         "start": {"date": "2019-11-24"}, "end": {"date": "2019-11-25"}},
    )  # fmt: skip
    [event] = read(google, tmp_path)
    assert (event.state, event.first_day, event.recurrence) == ("free", date(2026, 11, 24), "20261124")


def test_an_event_that_gmail_made_is_an_event(google: Fake, tmp_path: Path) -> None:
    event = one(google, tmp_path, eventType="fromGmail", summary="Train", visibility="private", **HOUR)
    assert (event.state, event.title, event.private) == ("busy", "Train", True)


AWAY = {"eventType": "outOfOffice", "outOfOfficeProperties": {"autoDeclineMode": "declineNone"}, "summary": "Away"}


def test_out_of_office_for_some_hours_is_busy_and_no_day_off(google: Fake, tmp_path: Path) -> None:
    event = one(google, tmp_path, **AWAY, **timed("24T13:00", "24T17:00"))
    assert (event.out_of_office, event.state, event.first_day) == (True, "busy", None)
    assert event.interval == span("2026-11-24 13:00", "2026-11-24 17:00")


def test_out_of_office_over_whole_days_is_days_off(google: Fake, tmp_path: Path) -> None:
    event = one(google, tmp_path, **AWAY, **timed("24T00:00", "26T00:00"))
    assert (event.out_of_office, event.first_day, event.last_day) == (True, date(2026, 11, 24), date(2026, 11, 25))


def test_out_of_office_from_noon_takes_the_afternoon_and_the_days_that_it_covers(google: Fake, tmp_path: Path) -> None:
    google.world.put(google.world.calendar("primary"), AWAY | timed("24T12:00", "26T09:00"))
    found = read(google, tmp_path)
    assert {(e.first_day, e.last_day) for e in found if e.first_day} == {(date(2026, 11, 25), date(2026, 11, 25))}
    assert [e.interval for e in found if not e.first_day] == [
        span("2026-11-24 12:00", "2026-11-25 00:00"),
        span("2026-11-26 00:00", "2026-11-26 09:00"),
    ]
    assert {e.state for e in found} == {"busy"}


def test_days_off_are_those_of_the_practices_zone(google: Fake, tmp_path: Path) -> None:
    google.world.put(google.world.calendar("primary"), AWAY | timed("24T00:00", "25T00:00", "Europe/Berlin"))
    opens = opened(google, tmp_path)
    [event] = opens.read(WINDOW, BERLIN).events
    assert (event.first_day, event.last_day) == (date(2026, 11, 24), date(2026, 11, 24))
    assert {e.first_day for e in opens.read(WINDOW, LONDON).events} == {None}
    opens.close()


def test_an_all_day_event_at_the_windows_edge_is_read_by_its_date_wherever_the_calendar_is(
    google: Fake, tmp_path: Path
) -> None:
    far = google.world.add("far@riverside.example", zone="Pacific/Auckland")
    google.world.put(far, {"start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"}})
    [event] = read(google, tmp_path, far.id, span("2026-11-24 20:00", "2026-11-24 22:00"))
    assert event.first_day == date(2026, 11, 24)


def test_private_events_of_others_are_busy_without_a_title(google: Fake, tmp_path: Path) -> None:
    theirs = google.world.add("noor@riverside.example", role="reader")
    google.world.put(theirs, {"summary": "Open", "visibility": "public"} | HOUR)
    google.world.put(theirs, {"summary": "Hidden", "visibility": "private"} | timed("25T10:00", "25T10:50"))
    shown, hidden = read(google, tmp_path, theirs.id)
    assert (shown.title, shown.private, shown.state) == ("Open", False, "busy")
    assert (hidden.title, hidden.private, hidden.state) == ("", True, "busy")


def test_a_calendar_that_is_shared_as_free_and_busy_only_is_read_as_busy_times(google: Fake, tmp_path: Path) -> None:
    theirs = google.world.add("noor@riverside.example", role="freeBusyReader")
    google.world.put(theirs, {"summary": "Hidden"} | HOUR)
    google.world.put(theirs, {"summary": "Hidden too", "transparency": "transparent"} | timed("25T10:00", "25T10:50"))
    [event] = read(google, tmp_path, theirs.id)
    assert (event.title, event.state, event.interval) == ("", "busy", span("2026-11-24 10:00", "2026-11-24 10:50"))


def test_where_titles_are_never_read_google_is_asked_for_none_but_our_own_blocks(google: Fake, tmp_path: Path) -> None:
    google.world.put(google.world.calendar("primary"), {"summary": "Client A."} | HOUR)
    with titles_never():
        opens = opened(google, tmp_path)
    opens.create(entry())
    assert [e.title for e in opens.read(WINDOW, LONDON).events] == ["", "Break"]
    opens.close()
    first, second = google.calls("events.list")
    assert "summary" not in first.query["fields"][0]
    assert "summary" in second.query["fields"][0]
    assert second.query["privateExtendedProperty"] == [f"session-breaks-owner={entry().tag.owner}"]


class TestFreeBusyOnly:
    """``access: free-busy``: no title is ever asked for."""

    OPTIONS = {"access": "free-busy", "token": {"env": "may-free-busy"}}  # noqa: RUF012

    def read(self, google: Fake, folder: Path, window: Interval = WINDOW) -> Any:
        return read(google, folder, window=window, **self.OPTIONS)

    def test_busy_times_are_read_and_nothing_of_the_events(self, google: Fake, tmp_path: Path) -> None:
        calendar = google.world.calendar("primary")
        google.world.put(calendar, {"summary": "Client A."} | HOUR)
        google.world.put(calendar, {"summary": "Lecture", "recurrence": ["RRULE:FREQ=WEEKLY"]} | HOUR)
        google.world.put(calendar, {"transparency": "transparent"} | timed("25T09:00", "25T10:00"))
        found = self.read(google, tmp_path)
        assert [(e.interval, e.title, e.state) for e in found] == [
            (span("2026-11-24 10:00", "2026-11-24 10:50"), "", "busy"),
            (span("2026-12-01 10:00", "2026-12-01 10:50"), "", "busy"),
        ]
        assert google.requests() == ["freebusy.query"]

    def test_a_long_window_is_asked_for_in_pieces_that_google_allows(self, google: Fake, tmp_path: Path) -> None:
        google.world.put(google.world.calendar("primary"), {"recurrence": ["RRULE:FREQ=WEEKLY"]} | HOUR)
        assert len(self.read(google, tmp_path, span("2026-11-24 00:00", "2027-05-25 00:00"))) == 26
        assert google.requests() == ["freebusy.query"] * 4

    def test_a_time_over_the_seam_of_two_pieces_is_read_as_busy_on_both_sides(
        self, google: Fake, tmp_path: Path
    ) -> None:
        google.world.put(
            google.world.calendar("primary"),
            {"start": {"dateTime": "2027-01-22T22:00:00Z"}, "end": {"dateTime": "2027-01-23T02:00:00Z"}},
        )
        found = self.read(google, tmp_path, span("2026-11-24 00:00", "2027-02-24 00:00"))
        assert google.requests() == ["freebusy.query"] * 2
        assert [e.interval for e in found] == [
            span("2027-01-22 22:00", "2027-01-23 00:00"),
            span("2027-01-23 00:00", "2027-01-23 02:00"),
        ]

    def test_a_calendar_that_is_not_shared_is_said(self, google: Fake, tmp_path: Path) -> None:
        opens = opened(google, tmp_path, "nobody@elsewhere.example", **self.OPTIONS)
        with pytest.raises(CalendarError, match="does not give this calendar's free and busy times; check its id"):
            opens.read(WINDOW, LONDON)
        opens.close()

    def test_nothing_is_written_where_only_free_and_busy_may_be_seen(self, google: Fake, tmp_path: Path) -> None:
        opens = opened(google, tmp_path, **self.OPTIONS)
        assert not opens.writable
        with pytest.raises(CalendarError, match="write to the calendar that `own_calendar` names"):
            opens.create(entry())
        assert google.requests() == []

    def test_blocks_are_written_to_a_calendar_of_its_own_and_read_from_there(
        self, google: Fake, tmp_path: Path
    ) -> None:
        own = google.world.add("c_breaks@group.calendar.google.com", summary="Breaks", made_by_app=True)
        opens = opened(google, tmp_path, own.id, own_calendar=own.id, **self.OPTIONS)
        ref = opens.create(entry())
        google.world.put(own, {"summary": "Client A."} | HOUR)
        theirs, event = opens.read(WINDOW, LONDON).events
        assert (event.ref, event.tag, event.title) == (ref, entry().tag, "Break")
        assert theirs.title == ""
        assert "summary" not in google.calls("events.list")[0].query["fields"][0]
        opens.delete(ref)
        assert opens.read(WINDOW, LONDON).events == (theirs,)
        opens.close()


def test_an_event_that_cannot_be_understood_is_told_and_the_others_are_read(google: Fake, tmp_path: Path) -> None:
    calendar = google.world.calendar("primary")
    google.world.put(calendar, {"summary": "Good"} | HOUR)
    odd = google.world.put(calendar, {"summary": "Client A."} | HOUR)
    google.world.shown = lambda kept, event, *more, how=google.world.shown: (  # type: ignore[method-assign]
        {k: v for k, v in how(kept, event, *more).items() if event is not odd or k != "end"}
    )
    opens = opened(google, tmp_path)
    reading = opens.read(WINDOW, LONDON)
    opens.close()
    assert [event.title for event in reading.events] == ["Good"]
    [problem] = reading.unexpanded
    assert "Client" not in problem.reason


def test_an_own_block_that_cannot_be_understood_is_told_as_one(google: Fake, tmp_path: Path) -> None:
    opens = opened(google, tmp_path)
    made = entry()
    opens.create(made)
    google.world.shown = lambda kept, event, *more, how=google.world.shown: (  # type: ignore[method-assign]
        {k: v for k, v in how(kept, event, *more).items() if k != "end"}
    )
    reading = opens.read(WINDOW, LONDON)
    opens.close()
    assert reading.events == ()
    assert [problem.tag for problem in reading.unexpanded] == [made.tag]
