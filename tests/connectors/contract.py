"""What every connector must do. Each connector's test class inherits these tests and says how to set a calendar up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from connectors.base import CalendarError, Conflict, Connector
from rules.timeline import Event, Interval, Ref

from .samples import BERLIN, LONDON, OWNER, WINDOW, entry, shown, span, titles_never, vevent

ME = "lee@riverside.example"
GUEST = "ATTENDEE:mailto:noor@riverside.example"


class Stage(ABC):
    """A calendar that other people use too."""

    def open(self) -> Connector:
        """The calendar, opened by the code under test, its owner being `ME`; closed when the test ends."""
        connector = self.connect()
        self.__dict__.setdefault("opened", []).append(connector)
        return connector

    def close(self) -> None:
        """Close whatever was opened, also what a test closed itself."""
        for connector in self.__dict__.pop("opened", []):
            connector.close()

    @abstractmethod
    def connect(self) -> Connector:
        """A new connector for this calendar."""

    @abstractmethod
    def put(self, name: str, *vevents: str) -> None:
        """Store one resource (a single event, or a series with its exceptions) as another client would."""

    @abstractmethod
    def foreign(self) -> dict[str, bytes]:
        """Other people's bytes as they are kept now, by where they are kept."""


class WritableStage(Stage):
    @abstractmethod
    def edit(self, ref: Ref, old: bytes, new: bytes) -> None:
        """Change a block as a person would, with another client."""

    @abstractmethod
    def note_of(self, ref: Ref) -> str:
        """A block as it is kept, with the note that a person wrote into it."""


class ReadingContract:
    """For every connector. `stage` is an empty calendar. `tells_cancelled`: events that are cancelled are read, as
    such; else they are not there."""

    tells_cancelled = True

    @pytest.fixture
    def stage(self) -> Stage:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _closing(self, stage: Stage) -> Iterator[None]:
        yield
        stage.close()

    def read(self, stage: Stage, window: Interval = WINDOW) -> tuple[Event, ...]:
        reading = stage.open().read(window, LONDON)
        assert reading.unexpanded == ()
        return reading.events

    def test_an_empty_calendar_reads_as_no_events(self, stage: Stage) -> None:
        assert self.read(stage) == ()

    def test_a_single_event_is_read_with_its_times_and_names_its_calendar(self, stage: Stage) -> None:
        stage.put("one", vevent("one", ":20261124T100000Z", ":20261124T105000Z", "SUMMARY:Planning\\, weekly"))
        [event] = self.read(stage)
        assert event.interval == span("2026-11-24 10:00", "2026-11-24 10:50")
        assert (event.uid, event.recurrence, event.title, event.state) == ("one", "", "Planning, weekly", "busy")
        assert event.calendar == stage.open().name
        assert event.tag is None

    def test_a_series_follows_the_clock_through_autumn_with_its_exceptions(self, stage: Stage) -> None:
        """Weekly at 10:00 in London; on 25 October 2026 the clocks go back. One is moved, one cancelled, one taken
        out."""
        zone = ";TZID=Europe/London:"
        stage.put(
            "series",
            vevent("s", f"{zone}20261013T100000", f"{zone}20261013T105000", "RRULE:FREQ=WEEKLY;COUNT=6",
                   f"EXDATE{zone}20261103T100000"),
            vevent("s", f"{zone}20261028T150000", f"{zone}20261028T155000", f"RECURRENCE-ID{zone}20261027T100000"),
            vevent("s", f"{zone}20261110T100000", f"{zone}20261110T105000", f"RECURRENCE-ID{zone}20261110T100000",
                   "STATUS:CANCELLED"),
        )  # fmt: skip
        events = self.read(stage, span("2026-10-01 00:00", "2026-12-01 00:00"))
        expected = [
            ("20261013T090000Z", "13 09:00", "busy"),
            ("20261020T090000Z", "20 09:00", "busy"),
            ("20261027T100000Z", "28 15:00", "busy"),
            ("20261110T100000Z", "10 10:00", "cancelled"),
            ("20261117T100000Z", "17 10:00", "busy"),
        ]
        found = [(e.recurrence, e.interval.start.strftime("%d %H:%M"), e.state) for e in events]
        assert found == [one for one in expected if self.tells_cancelled or one[2] != "cancelled"]

    def test_a_series_follows_the_clock_through_spring(self, stage: Stage) -> None:
        zone = ";TZID=Europe/Berlin:"
        stage.put("s", vevent("s", f"{zone}20270322T090000", f"{zone}20270322T095000", "RRULE:FREQ=WEEKLY"))
        events = self.read(stage, span("2027-03-20 00:00", "2027-04-06 00:00"))
        assert [e.interval.start.strftime("%d %H:%M") for e in events] == ["22 08:00", "29 07:00", "05 07:00"]
        assert {e.interval.length for e in events} == {timedelta(minutes=50)}

    def test_an_occurrence_moved_into_the_window_keeps_the_name_of_where_it_came_from(self, stage: Stage) -> None:
        stage.put(
            "s",
            vevent("s", ":20261102T090000Z", ":20261102T095000Z", "RRULE:FREQ=MONTHLY;COUNT=2"),
            vevent("s", ":20261125T090000Z", ":20261125T095000Z", "RECURRENCE-ID:20261102T090000Z"),
        )
        [moved, _] = self.read(stage)
        assert (moved.recurrence, moved.interval.start.day) == ("20261102T090000Z", 25)

    def test_what_takes_no_time_is_told_apart_from_what_does(self, stage: Stage) -> None:
        invited = "ATTENDEE;PARTSTAT={}:mailto:{}"
        organizer = "ORGANIZER:mailto:office@riverside.example"
        lines = {
            "cancelled": ["STATUS:CANCELLED"],
            "free": ["TRANSP:TRANSPARENT"],
            "free too": ["X-MICROSOFT-CDO-BUSYSTATUS:FREE"],
            "declined": [organizer, invited.format("DECLINED", ME.upper())],
            "declined by another": [organizer, invited.format("DECLINED", "noor@riverside.example")],
            "tentative": ["STATUS:TENTATIVE"],
            "unanswered": [organizer, invited.format("NEEDS-ACTION", ME)],
        }
        for number, (title, more) in enumerate(lines.items()):
            day = f"202611{24 + number}"
            stage.put(
                f"e{number}", vevent(f"e{number}", f":{day}T100000Z", f":{day}T105000Z", f"SUMMARY:{title}", *more)
            )
        expected = {
            "cancelled": "cancelled",
            "free": "free",
            "free too": "free",
            "declined": "declined",
            "declined by another": "busy",
            "tentative": "busy",
            "unanswered": "busy",
        }
        if not self.tells_cancelled:
            del expected["cancelled"]
        assert {e.title: e.state for e in self.read(stage)} == expected

    def test_out_of_office_and_private_are_seen(self, stage: Stage) -> None:
        away = ("X-MICROSOFT-CDO-BUSYSTATUS:OOF", "CLASS:PRIVATE")
        stage.put("away", vevent("away", ";VALUE=DATE:20261124", ";VALUE=DATE:20261125", *away))
        [event] = self.read(stage)
        assert (event.out_of_office, event.private) == (True, True)

    def test_an_all_day_event_has_days_and_no_time(self, stage: Stage) -> None:
        stage.put("leave", vevent("leave", ";VALUE=DATE:20261124", ";VALUE=DATE:20261127"))
        [event] = self.read(stage)
        assert (event.first_day, event.last_day) == (date(2026, 11, 24), date(2026, 11, 26))
        assert event.interval.length == timedelta(0)
        assert not event.busy

    def test_a_repeated_all_day_event_is_named_by_its_dates(self, stage: Stage) -> None:
        stage.put("day", vevent("day", ";VALUE=DATE:20261101", ";VALUE=DATE:20261102", "RRULE:FREQ=WEEKLY"))
        assert [e.recurrence for e in self.read(stage)] == ["20261129", "20261206"]

    def test_a_time_without_a_zone_is_read_in_the_zone_that_is_given(self, stage: Stage) -> None:
        stage.put("f", vevent("f", ":20261124T100000", ":20261124T105000"))
        connector = stage.open()
        [event] = connector.read(WINDOW, BERLIN).events
        assert event.interval == span("2026-11-24 09:00", "2026-11-24 09:50")

    def test_without_titles_all_else_is_read_as_with_them(self, stage: Stage) -> None:
        zone, private = ";TZID=Europe/London:", ("DESCRIPTION:Zyxquill", "LOCATION:Zyxquill", "CATEGORIES:Zyxquill")
        organizer, me = "ORGANIZER:mailto:office@riverside.example", f"ATTENDEE;PARTSTAT=DECLINED:mailto:{ME}"
        stage.put("one", vevent("one", ":20261124T100000Z", ":20261124T105000Z", "SUMMARY:Zyxquill", *private))
        stage.put("no", vevent("no", ":20261124T120000Z", ":20261124T125000Z", "SUMMARY:Zyxquill", organizer, me))
        stage.put("free", vevent("free", ":20261124T130000Z", ":20261124T135000Z", "TRANSP:TRANSPARENT"))
        stage.put("leave", vevent("leave", ";VALUE=DATE:20261125", ";VALUE=DATE:20261127", "SUMMARY:Zyxquill"))
        stage.put(
            "series",
            vevent("s", f"{zone}20261123T140000", f"{zone}20261123T145000", "RRULE:FREQ=WEEKLY;COUNT=3",
                   "SUMMARY:Zyxquill", "CLASS:PRIVATE"),
            vevent("s", f"{zone}20261130T160000", f"{zone}20261130T165000", f"RECURRENCE-ID{zone}20261130T140000",
                   "SUMMARY:Zyxquill"),
        )  # fmt: skip
        titled = self.read(stage)
        assert sum(e.title == "Zyxquill" for e in titled) == 5
        with titles_never():
            assert self.read(stage) == tuple(replace(event, title="") for event in titled)

    def test_the_window_is_half_open(self, stage: Stage) -> None:
        stage.put("before", vevent("before", ":20261124T090000Z", ":20261124T100000Z"))
        stage.put("across", vevent("across", ":20261124T093000Z", ":20261124T103000Z"))
        stage.put("last", vevent("last", ":20261124T115000Z", ":20261124T130000Z"))
        stage.put("after", vevent("after", ":20261124T120000Z", ":20261124T130000Z"))
        events = self.read(stage, span("2026-11-24 10:00", "2026-11-24 12:00"))
        assert [e.uid for e in events] == ["across", "last"]

    def test_an_event_longer_than_the_window_is_in_it(self, stage: Stage) -> None:
        stage.put("long", vevent("long", ":20261001T090000Z", ":20270101T100000Z"))
        assert [e.uid for e in self.read(stage)] == ["long"]

    def test_an_endless_series_that_began_years_ago_is_found(self, stage: Stage) -> None:
        stage.put("old", vevent("old", ":20190107T090000Z", ":20190107T095000Z", "RRULE:FREQ=WEEKLY"))
        assert [e.interval.start.day for e in self.read(stage)] == [23, 30]

    def test_a_duration_stands_for_an_end(self, stage: Stage) -> None:
        stage.put("d", vevent("d", ":20261124T100000Z", "", "DURATION:PT1H20M"))
        assert [e.interval for e in self.read(stage)] == [span("2026-11-24 10:00", "2026-11-24 11:20")]

    def test_outlook_names_its_zones_in_its_own_way(self, stage: Stage) -> None:
        zone = ';TZID="W. Europe Standard Time":'
        stage.put("o", vevent("o", f"{zone}20261124T100000", f"{zone}20261124T105000"))
        assert [e.interval for e in self.read(stage)] == [span("2026-11-24 09:00", "2026-11-24 09:50")]

    def test_events_come_sorted_by_start(self, stage: Stage) -> None:
        for day in (27, 24, 26):
            stage.put(f"e{day}", vevent(f"e{day}", f":202611{day}T100000Z", f":202611{day}T105000Z"))
        assert [e.uid for e in self.read(stage)] == ["e24", "e26", "e27"]


class WritingContract(ReadingContract):
    """For every connector that can write, on top of reading."""

    @pytest.fixture
    def stage(self) -> WritableStage:
        raise NotImplementedError

    def test_a_block_is_read_back_as_it_was_made_with_its_tag(self, stage: WritableStage) -> None:
        calendar = stage.open()
        made = entry(title="Break; tea, and \\ quiet ☕")
        ref = calendar.create(made)
        [event] = calendar.read(WINDOW, LONDON).events
        assert event == Event(
            calendar=calendar.name, uid=made.uid, interval=made.interval, title=made.title, private=True, tag=made.tag,
            modified=made.stamp, sequence=event.sequence, ref=ref,
        )  # fmt: skip
        assert event.busy

    def test_a_block_is_moved_and_removed(self, stage: WritableStage) -> None:
        calendar = stage.open()
        ref = calendar.create(entry())
        ref = calendar.update(ref, entry(start="2026-11-24 14:50", title="Pause"))
        [event] = calendar.read(WINDOW, LONDON).events
        assert (event.interval, event.title, event.ref) == (span("2026-11-24 14:50", "2026-11-24 15:00"), "Pause", ref)
        calendar.delete(ref)
        assert calendar.read(WINDOW, LONDON).events == ()

    def test_a_second_create_with_the_same_uid_is_a_conflict(self, stage: WritableStage) -> None:
        stage.open().create(entry())
        again = stage.open()
        with pytest.raises(Conflict):
            again.create(entry(start="2026-11-25 12:00"))
        assert shown(again.read(WINDOW, LONDON)) == ["2026-11-24 10:50-11:00"]

    def test_an_update_of_a_block_that_changed_is_a_conflict_and_changes_nothing(self, stage: WritableStage) -> None:
        calendar = stage.open()
        ref = calendar.create(entry())
        stage.edit(ref, b"SUMMARY:Break", b"SUMMARY:Dentist")
        with pytest.raises(Conflict):
            calendar.update(ref, entry(start="2026-11-25 12:00"))
        [event] = calendar.read(WINDOW, LONDON).events
        assert (event.title, event.interval) == ("Dentist", entry().interval)

    def test_a_delete_of_a_block_that_changed_is_a_conflict_and_changes_nothing(self, stage: WritableStage) -> None:
        calendar = stage.open()
        ref = calendar.create(entry())
        stage.edit(ref, b"SUMMARY:Break", b"SUMMARY:Dentist")
        with pytest.raises(Conflict):
            calendar.delete(ref)
        assert [e.title for e in calendar.read(WINDOW, LONDON).events] == ["Dentist"]

    def test_an_update_of_a_block_that_is_gone_is_a_conflict_and_makes_nothing(self, stage: WritableStage) -> None:
        calendar = stage.open()
        ref = calendar.create(entry())
        calendar.delete(ref)
        with pytest.raises(Conflict):
            calendar.update(ref, entry())
        assert calendar.read(WINDOW, LONDON).events == ()

    def test_deleting_a_block_that_is_gone_already_is_success(self, stage: WritableStage) -> None:
        calendar = stage.open()
        ref = calendar.create(entry())
        calendar.delete(ref)
        calendar.delete(ref)

    def test_other_peoples_events_stay_the_same_to_the_byte(self, stage: WritableStage) -> None:
        zone = ";TZID=Europe/London:"
        stage.put("one", vevent("one", ":20261124T100000Z", ":20261124T105000Z", "SUMMARY:Planning", "X-ODD:ä;b\\,c"))
        stage.put(
            "series",
            vevent("s", f"{zone}20261123T140000", f"{zone}20261123T145000", "RRULE:FREQ=WEEKLY"),
            vevent("s", f"{zone}20261130T160000", f"{zone}20261130T165000", f"RECURRENCE-ID{zone}20261130T140000"),
        )
        before = stage.foreign()
        assert before
        calendar = stage.open()
        first = calendar.create(entry("a"))
        second = calendar.create(entry("b", "2026-11-25 10:50"))
        assert stage.foreign() == before
        first = calendar.update(first, entry("a", "2026-11-26 10:50"))
        assert stage.foreign() == before
        calendar.delete(second)
        calendar.delete(first)
        assert stage.foreign() == before

    def test_a_copy_of_a_block_with_another_uid_is_a_persons_own_event(self, stage: WritableStage) -> None:
        from connectors.ical_write import event_text

        copy = replace(entry(), uid="copy-of-a-block")
        stage.put("copy", event_text(copy).decode())
        [event] = self.read(stage)
        assert event.tag is None
        assert event.busy
        assert event.former in (entry().tag, None)  # a calendar may drop the tag of what is copied

    def test_a_block_that_was_made_to_repeat_is_a_persons_own_event(self, stage: WritableStage) -> None:
        calendar = stage.open()
        ref = calendar.create(entry())
        stage.edit(ref, b"SUMMARY:Break", b"RRULE:FREQ=DAILY;COUNT=2\r\nSUMMARY:Break")
        found = calendar.read(WINDOW, LONDON).events
        assert [(e.tag, e.former, e.became, e.busy) for e in found] == [(None, entry().tag, "series", True)] * 2

    def test_a_block_with_a_guest_is_a_persons_own_meeting(self, stage: WritableStage) -> None:
        calendar = stage.open()
        ref = calendar.create(entry())
        stage.edit(ref, b"SUMMARY:Break", f"{GUEST}\r\nSUMMARY:Break".encode())
        [event] = calendar.read(WINDOW, LONDON).events
        assert (event.tag, event.former, event.became, event.busy) == (None, entry().tag, "guests", True)

    def test_a_block_that_was_made_free_is_still_ours_and_an_update_makes_it_busy_again(
        self, stage: WritableStage
    ) -> None:
        calendar = stage.open()
        ref = calendar.create(entry())
        stage.edit(ref, b"TRANSP:OPAQUE", b"TRANSP:TRANSPARENT")
        [event] = calendar.read(WINDOW, LONDON).events
        assert (event.tag, event.state) == (entry().tag, "free")
        assert event.ref is not None
        calendar.update(event.ref, entry())
        [event] = calendar.read(WINDOW, LONDON).events
        assert (event.tag, event.state) == (entry().tag, "busy")

    def test_what_a_person_added_to_a_block_survives_its_update(self, stage: WritableStage) -> None:
        calendar = stage.open()
        ref = calendar.create(entry())
        stage.edit(ref, b"SUMMARY:Break", b"DESCRIPTION:call the bank\r\nSUMMARY:Break")
        [event] = calendar.read(WINDOW, LONDON).events
        assert event.ref is not None
        calendar.update(event.ref, entry(start="2026-11-24 11:50"))
        assert "call the bank" in stage.note_of(event.ref)
        [event] = calendar.read(WINDOW, LONDON).events
        assert event.interval == entry(start="2026-11-24 11:50").interval

    def test_without_titles_our_own_blocks_still_have_theirs(self, stage: WritableStage) -> None:
        with titles_never():
            calendar = stage.open()
            calendar.create(entry("a"))
            renamed = calendar.create(entry("b", "2026-11-25 10:50", title="Pause"))
            stage.edit(renamed, b"SUMMARY:Pause", b"SUMMARY:Tea")
            stage.put("one", vevent("one", ":20261124T100000Z", ":20261124T105000Z", "SUMMARY:Zyxquill"))
            foreign, kept, changed = calendar.read(WINDOW, LONDON).events
            assert (foreign.title, kept.title, changed.title) == ("", "Break", "Tea")
            assert kept.tag == entry("a").tag
            assert changed.ref is not None
            calendar.update(changed.ref, entry("b", "2026-11-26 10:50", title="Tea"))
            assert [e.title for e in calendar.read(WINDOW, LONDON).events] == ["", "Break", "Tea"]

    def test_a_block_keeps_its_uid_when_its_key_is_written_in_another_form(self, stage: WritableStage) -> None:
        calendar = stage.open()
        calendar.create(entry("a"))
        [before] = calendar.read(WINDOW, LONDON).events
        assert before.ref is not None
        of = before.uid.partition("@")[0]
        hidden = replace(entry("~a", "2026-11-25 10:50"), uid=before.uid)
        hidden = replace(hidden, tag=replace(hidden.tag, of=of))
        ref = calendar.update(before.ref, hidden)
        [after] = calendar.read(WINDOW, LONDON).events
        assert (after.uid, after.tag, after.ref) == (before.uid, hidden.tag, ref)
        assert after.tag is not None
        assert after.tag.key == "~a"
        calendar.delete(ref)
        assert calendar.read(WINDOW, LONDON).events == ()

    def test_a_tag_on_another_uid_than_it_names_is_a_persons_own_event(self, stage: WritableStage) -> None:
        from connectors.ical_write import event_text

        elsewhere = replace(entry(), uid="copy-of-a-block", tag=replace(entry().tag, of="0" * 32))
        stage.put("copy", event_text(elsewhere).decode())
        [event] = self.read(stage)
        assert event.tag is None

    def test_what_is_no_block_of_ours_is_never_changed(self, stage: WritableStage) -> None:
        """A reference to somewhere else, whatever led to it, writes nothing."""
        calendar = stage.open()
        for where in ("../outside.ics", "/etc/outside.ics", "https://elsewhere.example/x.ics"):
            with pytest.raises(CalendarError):
                calendar.update(Ref(where, "x"), entry())

    def test_blocks_of_several_owners_keep_their_owners(self, stage: WritableStage) -> None:
        calendar = stage.open()
        calendar.create(entry("a"))
        [event] = calendar.read(WINDOW, LONDON).events
        assert event.tag is not None
        assert event.tag.owner == OWNER
