"""Series, exceptions and zones: the right occurrences, or a refusal that says why. Own cases, checked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Reading, Unreadable
from connectors.ical import Resource, read_calendars
from connectors.ical_text import grouped, may_touch, split
from rules.timeline import Interval

from .samples import BERLIN, LONDON, WINDOW, shown, span, vcalendar, vevent

YEAR = span("2026-01-01 00:00", "2027-01-01 00:00")
AUTUMN = span("2026-10-01 00:00", "2026-12-01 00:00")
LON = ";TZID=Europe/London:"
BER = ";TZID=Europe/Berlin:"


def read(body: bytes, window: Interval = WINDOW, me: str = "") -> Reading:
    return read_calendars([Resource("one", "1", body, "one.ics")], "cloud/work", window, LONDON, me)


def starts(body: bytes, window: Interval = WINDOW) -> list[str]:
    reading = read(body, window)
    assert reading.unexpanded == ()
    return [f"{event.interval.start:%m-%d %H:%M}" for event in reading.events]


def series(rule: str, start: str = ":20260105T090000Z", end: str = ":20260105T095000Z", *more: str) -> bytes:
    return vcalendar(vevent("s", start, end, f"RRULE:{rule}", *more))


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=MONTHLY;BYDAY=2TU,FR", "a rule that mixes plain and numbered weekdays"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1MO,TH", "a rule that mixes plain and numbered weekdays"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2;WKST=SU", "picks by position and starts in the middle of a week"),
        ("FREQ=DAILY;BYHOUR=9,11;BYSETPOS=1", "a daily or hourly rule that picks by position"),
        ("FREQ=YEARLY;BYWEEKNO=52;BYDAY=FR", "a rule by the first or last week of the year"),
        ("FREQ=YEARLY;BYWEEKNO=53", "a rule by the first or last week of the year"),
        ("FREQ=YEARLY;BYWEEKNO=-1", "a rule by the first or last week of the year"),
        ("FREQ=MONTHLY;BYWEEKNO=20", "week numbers in a rule that is not yearly"),
        ("RSCALE=HEBREW;FREQ=YEARLY;SKIP=FORWARD", "a rule in another calendar scale (RSCALE)"),
        ("FREQ=SECONDLY", "a rule that repeats by the minute or second"),
        ("FREQ=MINUTELY;INTERVAL=20", "a rule that repeats by the minute or second"),
        ("FREQ=DAILY;INTERVAL=0", "a rule whose interval or count is no number above 0"),
        ("FREQ=DAILY;COUNT=0", "a rule whose interval or count is no number above 0"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20260301T000000Z", "a rule with both a count and an end"),
        ("FREQ=FORTNIGHTLY", "a rule without a frequency that is known"),
        ("COUNT=3", "a rule without a frequency that is known"),
        ("FREQ=WEEKLY;BYDAY=XX", "a rule with a weekday that is not known"),
        ("FREQ=WEEKLY;BYDAY=2MO", "a numbered weekday in a rule that is neither monthly nor yearly"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "a rule with a number out of range"),
        ("FREQ=YEARLY;BYMONTHDAY=0", "a rule with a number out of range"),
        ("FREQ=MONTHLY;BYMONTHDAY=x", "a rule with a number that cannot be read"),
        ("FREQ=DAILY;BYEASTER=1", "a rule with a part that is not known"),
        ("FREQ=DAILY;UNTIL=soon", "a rule whose end cannot be read"),
        ("FREQ=DAILY;UNTIL=20261224T008000Z", "a rule whose end cannot be read"),
        ("FREQ=DAILY;FREQ=WEEKLY", "a rule that cannot be read"),
        ("nonsense", "a rule that cannot be read"),
    ],
)
def test_a_rule_that_would_be_expanded_wrongly_is_refused_with_its_start(rule: str, reason: str) -> None:
    reading = read(series(rule), YEAR)
    assert reading.events == ()
    [refused] = reading.unexpanded
    assert reason in refused.reason
    assert (refused.calendar, refused.start) == ("cloud/work", datetime(2026, 1, 5, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY",
        "FREQ=YEARLY;BYMONTH=4,6;BYMONTHDAY=31",
        f"FREQ=WEEKLY;BYHOUR=9,10,11;BYMINUTE={','.join(map(str, range(60)))}",
    ],
)
def test_a_rule_that_would_run_for_ever_is_refused(rule: str) -> None:
    [refused] = read(series(rule, ":19010101T090000Z", ":19010101T095000Z")).unexpanded
    assert refused.reason in ("a rule for a day that no month has", "an hourly rule for certain days",
                              "a rule that has repeated too often since it began",
                              "a rule that repeats more than 100 times a day")  # fmt: skip


def test_a_refused_series_still_gives_the_exceptions_that_name_their_times() -> None:
    body = vcalendar(
        vevent("s", ":20260105T090000Z", ":20260105T095000Z", "RRULE:FREQ=MONTHLY;BYDAY=2TU,FR"),
        vevent("s", ":20261125T150000Z", ":20261125T155000Z", "RECURRENCE-ID:20261124T090000Z"),
    )
    reading = read(body)
    assert shown(reading) == ["2026-11-25 15:00-15:50"]
    assert len(reading.unexpanded) == 1


@pytest.mark.parametrize(
    "body",
    [
        series("FREQ=MONTHLY;BYDAY=2TU,FR;UNTIL=20261001T000000Z"),
        series("FREQ=MONTHLY;BYDAY=2TU,FR", ":20280101T090000Z", ":20280101T095000Z"),
        vcalendar(vevent("old", ":20200105T090000Z", ":20200105T080000Z")),
    ],
)
def test_what_cannot_be_read_but_certainly_is_not_in_the_window_is_passed_over(body: bytes) -> None:
    assert read(body) == Reading((), ())


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([":20261124T100000Z", ":20261124T090000Z"], "an event that ends before it starts"),
        ([";VALUE=DATE:20261124", ":20261124T100000Z"], "whose start is a date and whose end is a time"),
        ([";TZID=Middle/Earth:20261124T100000", ""], "a time zone whose name is not known"),
        ([":2026-11-24T10:00", ""], "a time that cannot be read"),
        ([":20261324T100000Z", ""], "a time that cannot be read"),
        ([":20261124T100000Z", "", "DURATION:-PT5M"], "a duration that cannot be read"),
        ([":20261124T100000Z", "", "DURATION:soon"], "a duration that cannot be read"),
        ([":20261124T100000Z", "", "EXRULE:FREQ=DAILY"], "a rule of exceptions"),
        ([":20261124T100000Z", "", "RRULE;FREQ=DAILY"], "a property that cannot be read"),
        ([":20261124T100000Z", "", "DTSTART:20261125T100000Z"], "an event with two starts"),
    ],
)
def test_an_event_whose_times_are_not_certain_is_refused(lines: list[str], reason: str) -> None:
    reading = read(vcalendar(vevent("e", *lines), vevent("good", ":20261124T100000Z", ":20261124T105000Z")))
    assert [e.uid for e in reading.events] == ["good"]
    assert [reason in refused.reason for refused in reading.unexpanded] == [True]


def test_an_event_without_a_start_is_refused() -> None:
    body = vcalendar("BEGIN:VEVENT\r\nUID:x\r\nSUMMARY:Sentinel\r\nEND:VEVENT\r\n")
    [refused] = read(body).unexpanded
    assert (refused.start, refused.reason) == (None, "an event without a start")


def test_free_busy_times_and_other_calendar_scales_are_refused() -> None:
    busy = "BEGIN:VFREEBUSY\r\nUID:f\r\nFREEBUSY:20261124T100000Z/PT1H\r\nEND:VFREEBUSY\r\n"
    assert [r.reason for r in read(vcalendar(busy)).unexpanded] == ["free/busy times, which are not events"]
    event = vevent("e", ":20261124T100000Z")
    assert [r.reason for r in read(vcalendar("CALSCALE:HEBREW\r\n", event)).unexpanded] == [
        "a calendar that is not Gregorian"
    ]


def test_time_parts_of_a_rule_mean_nothing_for_an_all_day_event() -> None:
    body = series("FREQ=DAILY;BYHOUR=9;BYMINUTE=30;COUNT=2", ";VALUE=DATE:20261124", ";VALUE=DATE:20261125")
    assert shown(read(body)) == ["2026-11-24..2026-11-24", "2026-11-25..2026-11-25"]


def test_weekly_by_position_is_expanded_where_it_starts_on_the_weeks_first_day() -> None:
    assert starts(series("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1")) == ["11-27 09:00", "12-04 09:00"]


def test_a_wall_time_in_the_spring_gap_moves_forward_and_one_that_occurs_twice_is_the_first() -> None:
    rule = "RRULE:FREQ=DAILY"
    spring = vcalendar(vevent("s", f"{LON}20260327T013000", f"{LON}20260327T020000", rule))
    window = span("2026-03-28 00:00", "2026-03-31 00:00")
    assert starts(spring, window) == ["03-28 01:30", "03-29 01:30", "03-30 00:30"]
    autumn = span("2026-10-24 00:00", "2026-10-27 00:00")
    assert starts(spring, autumn) == ["10-24 00:30", "10-25 00:30", "10-26 01:30"]


def test_an_end_keeps_the_elapsed_length_and_a_duration_in_days_follows_the_clock() -> None:
    """RFC 5545 section 3.8.5.3, over the night of 25 October 2026 when the clocks go back."""
    window = span("2026-10-24 12:00", "2026-10-25 12:00")
    ends = vcalendar(vevent("a", f"{LON}20261017T220000", f"{LON}20261018T070000", "RRULE:FREQ=WEEKLY"))
    assert [e.interval.length for e in read(ends, window).events] == [timedelta(hours=9)]
    days = vcalendar(vevent("b", f"{LON}20261017T220000", "", "DURATION:P1D", "RRULE:FREQ=WEEKLY"))
    assert [e.interval.length for e in read(days, window).events] == [timedelta(hours=25)]


def test_a_change_from_here_on_moves_all_later_occurrences_and_keeps_their_names() -> None:
    body = vcalendar(
        vevent("s", f"{BER}20261012T100000", f"{BER}20261012T105000", "RRULE:FREQ=WEEKLY;COUNT=4"),
        vevent("s", f"{BER}20261020T143000", f"{BER}20261020T155000",
               f"RECURRENCE-ID;RANGE=THISANDFUTURE{BER}20261019T100000"),
    )  # fmt: skip
    events = read(body, AUTUMN).events
    assert [(e.recurrence, f"{e.interval.start:%m-%d %H:%M}", e.interval.length.seconds // 60) for e in events] == [
        ("20261012T080000Z", "10-12 08:00", 50),
        ("20261019T080000Z", "10-20 12:30", 80),
        ("20261026T090000Z", "10-27 13:30", 80),
        ("20261102T090000Z", "11-03 13:30", 80),
    ]


def test_two_occurrences_an_hour_apart_are_not_taken_for_each_other() -> None:
    """10:00 in Berlin is 09:00 UTC: taking out the one at 10:00 must leave the one at 09:00."""
    zone = f"{BER}20261124T"
    body = vcalendar(
        vevent("s", f"{zone}090000", f"{zone}095000", "RRULE:FREQ=DAILY;BYHOUR=9,10;COUNT=4", f"EXDATE{zone}100000")
    )
    assert starts(body) == ["11-24 08:00", "11-25 08:00", "11-25 09:00"]


def test_extra_dates_join_a_series_once_and_a_period_brings_its_own_length() -> None:
    extra = "RDATE;VALUE=PERIOD:20261126T140000Z/PT2H,20261127T140000Z/20261127T143000Z"
    body = series("FREQ=WEEKLY;COUNT=1", ":20261124T090000Z", ":20261124T095000Z", "RDATE:20261124T090000Z", extra)
    lengths = [(f"{e.interval.start:%d %H:%M}", e.interval.length.seconds // 60) for e in read(body).events]
    assert lengths == [("24 09:00", 50), ("26 14:00", 120), ("27 14:00", 30)]


def test_an_exception_without_its_series_is_an_event_of_its_own() -> None:
    body = vcalendar(vevent("s", ":20261124T090000Z", ":20261124T095000Z", "RECURRENCE-ID:20261123T090000Z"))
    [event] = read(body).events
    assert (event.recurrence, event.interval) == ("20261123T090000Z", span("2026-11-24 09:00", "2026-11-24 09:50"))


def test_an_exception_in_another_calendar_of_the_same_file_still_belongs_to_its_series() -> None:
    series_part = vcalendar(vevent("s", ":20261123T090000Z", ":20261123T095000Z", "RRULE:FREQ=WEEKLY;COUNT=2"))
    exception = vcalendar(vevent("s", ":20261125T090000Z", ":20261125T095000Z", "RECURRENCE-ID:20261123T090000Z"))
    assert starts(series_part + exception) == ["11-25 09:00", "11-30 09:00"]


def test_the_newest_of_two_exceptions_for_one_occurrence_holds() -> None:
    original = "RECURRENCE-ID:20261123T090000Z"
    body = vcalendar(
        vevent("s", ":20261123T090000Z", ":20261123T095000Z", "RRULE:FREQ=WEEKLY;COUNT=1"),
        vevent("s", ":20261123T150000Z", ":20261123T155000Z", original, "SEQUENCE:2"),
        vevent("s", ":20261123T110000Z", ":20261123T115000Z", original, "SEQUENCE:1"),
    )
    assert starts(body) == ["11-23 15:00"]


def test_copies_of_one_uid_at_different_times_are_all_given_with_their_revisions() -> None:
    body = vcalendar(
        vevent("e", ":20261124T090000Z", ":20261124T095000Z", "SEQUENCE:1"),
        vevent("e", ":20261126T090000Z", ":20261126T095000Z", "SEQUENCE:2", "LAST-MODIFIED:20261120T000000Z"),
    )
    assert [(e.sequence, e.modified) for e in read(body).events] == [
        (1, datetime(2026, 11, 1, tzinfo=UTC)),
        (2, datetime(2026, 11, 20, tzinfo=UTC)),
    ]


@pytest.mark.parametrize("until", ["20261207", "20261207T090000", "20261207T090000Z", "20261207T235959Z"])
def test_the_last_occurrence_is_in_a_series_however_its_end_is_written(until: str) -> None:
    body = series(f"FREQ=WEEKLY;UNTIL={until}", f"{LON}20261123T090000", f"{LON}20261123T095000")
    assert starts(body, span("2026-11-20 00:00", "2027-01-01 00:00")) == ["11-23 09:00", "11-30 09:00", "12-07 09:00"]


def test_an_exception_date_without_a_zone_is_read_in_the_series_zone() -> None:
    body = series("FREQ=DAILY;COUNT=3", f"{BER}20261124T090000", f"{BER}20261124T095000", "EXDATE:20261125T090000",
                  "EXDATE;VALUE=DATE:20261126")  # fmt: skip
    assert starts(body) == ["11-24 08:00"]


@pytest.mark.parametrize(
    "name",
    ["W. Europe Standard Time", "/freeassociation.sourceforge.net/Europe/Berlin", "europe/berlin", '"Europe/Berlin"'],
)
def test_zones_are_known_by_many_names(name: str) -> None:
    quoted = name if name.startswith('"') else f'"{name}"'
    assert starts(vcalendar(vevent("e", f";TZID={quoted}:20261124T100000"))) == ["11-24 09:00"]


WRONG_ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:{name}\r\n{more}BEGIN:DAYLIGHT\r\nDTSTART:20260308T020000\r\nTZOFFSETFROM:-0500\r\n"
    "TZOFFSETTO:-0400\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\n"
    "DTSTART:20261025T020000\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"
    "END:STANDARD\r\nEND:VTIMEZONE\r\n"
)


def test_a_zones_name_is_trusted_before_its_definition() -> None:
    """The definition ends summer time on 25 October, a week early; New York does so on 1 November 2026."""
    event = vevent("e", ";TZID=America/New_York:20261028T100000")
    body = vcalendar(WRONG_ZONE.format(name="America/New_York", more=""), event)
    assert starts(body, AUTUMN) == ["10-28 14:00"]


def test_a_zone_with_a_name_of_its_own_is_read_from_its_definition_or_its_location() -> None:
    event = vevent("e", ";TZID=Customised 1:20261028T100000")
    assert starts(vcalendar(WRONG_ZONE.format(name="Customised 1", more=""), event), AUTUMN) == ["10-28 15:00"]
    located = WRONG_ZONE.format(name="Customised 1", more="X-LIC-LOCATION:America/New_York\r\n")
    assert starts(vcalendar(located, event), AUTUMN) == ["10-28 14:00"]


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=YEARLY;BYMONTH=0;BYDAY=-1SU", "FREQ=YEARLY;BYMONTH=10;BYDAY=61SU", "nonsense"]
)
def test_a_zone_whose_definition_cannot_be_walked_is_not_known(rule: str) -> None:
    zone = WRONG_ZONE.format(name="Ours", more="").replace("FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", rule)
    [refused] = read(vcalendar(zone, vevent("e", ";TZID=Ours:20261124T100000"))).unexpanded
    assert refused.reason == "a time zone whose name is not known"


def test_two_files_may_define_the_same_zone_name_differently() -> None:
    event = vevent("e", ";TZID=Ours:20261124T100000")
    one = vcalendar(WRONG_ZONE.format(name="Ours", more=""), event)
    assert starts(one) == ["11-24 15:00"]
    assert starts(one.replace(b"TZOFFSETTO:-0500", b"TZOFFSETTO:-0800")) == ["11-24 18:00"]


def test_a_calendars_own_zone_is_for_times_without_one_and_moves_nothing_else() -> None:
    body = vcalendar(
        "X-WR-TIMEZONE:America/New_York\r\n",
        vevent("a", ":20261124T090000"),
        vevent("b", ":20261124T090000Z"),
        vevent("c", f"{BER}20261124T090000"),
    )
    assert [(e.uid, e.interval.start.hour) for e in read(body).events] == [("c", 8), ("b", 9), ("a", 14)]


def test_an_all_day_event_is_in_the_window_by_the_days_of_its_zone() -> None:
    body = vcalendar(vevent("d", ";VALUE=DATE:20261124", ";VALUE=DATE:20261125"))
    night = span("2026-11-23 23:30", "2026-11-23 23:45")
    resources = [Resource("one", "1", body)]
    assert len(read_calendars(resources, "c", night, BERLIN).events) == 1
    assert len(read_calendars(resources, "c", night, LONDON).events) == 0


@pytest.mark.parametrize("end", [";VALUE=DATE:20261124", ";VALUE=DATE:20261125", ""])
def test_an_all_day_event_lasts_a_day_at_least(end: str) -> None:
    assert shown(read(vcalendar(vevent("d", ";VALUE=DATE:20261124", end)))) == ["2026-11-24..2026-11-24"]


def test_an_event_without_an_end_takes_no_time_and_is_in_the_window_by_its_start() -> None:
    body = vcalendar(vevent("e", ":20261124T100000Z"))
    assert [e.busy for e in read(body).events] == [False]
    assert starts(body, span("2026-11-24 10:00", "2026-11-24 11:00")) == ["11-24 10:00"]
    assert starts(body, span("2026-11-24 09:00", "2026-11-24 10:00")) == []


def test_a_calendar_of_cancellations_is_cancelled() -> None:
    body = vcalendar("METHOD:CANCEL\r\n", vevent("e", ":20261124T100000Z"))
    assert [e.state for e in read(body).events] == ["cancelled"]


@pytest.mark.parametrize(
    "mangle",
    [
        lambda b: b.replace(b"\r\n", b"\n"),
        lambda b: b.replace(b"\r\n", b"\r"),
        lambda b: b"\xef\xbb\xbf" + b,
        lambda b: b"\r\n" + b + b"\0\0",
        lambda b: b.replace(b"DTSTART:2026", b"DTSTA\r\n RT:20\r\n\t26"),
        lambda b: b.replace("ä".encode(), b"\xc3\r\n \xa4"),
        lambda b: b.decode().encode("latin-1"),
        lambda b: b.decode().encode("utf-16"),
        lambda b: b.replace(b"BEGIN:", b"begin:").replace(b"END:VEVENT", b"end:vevent"),
        lambda b: b.replace(b"END:VEVENT", b"DESCRIPTION:broken\r\nacross lines: with colons\r\nEND:VEVENT"),
    ],
)
def test_text_in_many_states_is_read(mangle: object) -> None:
    assert callable(mangle)
    body = mangle(vcalendar(vevent("e", ":20261124T100000Z", ":20261124T105000Z", "SUMMARY:Gespräch")))
    [event] = read(body).events
    assert (event.title, event.interval) == ("Gespräch", span("2026-11-24 10:00", "2026-11-24 10:50"))


def test_an_alarm_inside_an_event_is_not_taken_for_the_event() -> None:
    alarm = "BEGIN:VALARM\r\nUID:alarm\r\nTRIGGER:-PT5M\r\nSUMMARY:Alarm\r\nDURATION:PT9H\r\nEND:VALARM"
    [event] = read(vcalendar(vevent("e", ":20261124T100000Z", ":20261124T105000Z", alarm, "SUMMARY:Event"))).events
    assert (event.uid, event.title, event.interval.length) == ("e", "Event", timedelta(minutes=50))


def test_a_whole_reading_fails_on_one_resource_that_is_no_calendar_and_says_nothing_of_its_name() -> None:
    good = Resource("good", "1", vcalendar())
    bad = Resource("https://dav.example.org/lee/sentinel.ics", "1", b"<html>")
    with pytest.raises(Unreadable) as caught:
        read_calendars([good, bad], "cloud/work", WINDOW, LONDON)
    assert str(caught.value) == "cloud/work: an entry of this calendar cannot be read: it is a web page, not a calendar"


def test_of_years_of_events_only_those_near_the_window_are_parsed() -> None:
    many = []
    for day in range(2000):
        stamp = f"{datetime(2022, 1, 1, tzinfo=UTC) + timedelta(days=day):%Y%m%d}"
        many.append(vevent(f"e{day}", f":{stamp}T100000Z", f":{stamp}T105000Z", "SUMMARY:Invented appointment"))
    window = span("2024-02-28 00:00", "2024-03-02 00:00")
    body = vcalendar(*many)
    assert starts(body, window) == ["02-28 10:00", "02-29 10:00", "03-01 10:00"]
    assert len(grouped(split(body)[0].events, window)) == 8


@pytest.mark.parametrize(
    "event",
    [
        vevent("e", ":20200101T100000Z", ":20200101T105000Z", "RRULE:FREQ=DAILY"),
        vevent("e", ":20200101T100000Z", ":20200101T105000Z", "RDATE:20261124T100000Z"),
        vevent("e", ":20200101T100000Z", ":20200101T105000Z", "RECURRENCE-ID:20261124T100000Z"),
        vevent("e", ":20200101T100000Z", "", "DURATION:P3000D"),
        vevent("e", ":20200101T100000Z"),
        vevent("e", ":00010101T100000Z", ":99991231T100000Z"),
        vevent("e", ":20200101T100000Z", ":20191231T100000Z"),
        vevent("e", ";TZID=Odd/2020010:not-a-time", ":20200101T100000Z"),
        vevent("e", ";TZID=Pacific/Kiritimati:20261208T090000", ";TZID=Pacific/Kiritimati:20261208T100000"),
    ],
)
def test_what_might_touch_the_window_is_always_parsed(event: str) -> None:
    assert may_touch(split(vcalendar(event))[0].events[0], WINDOW)


def test_copies_of_one_uid_stay_together_where_one_is_near() -> None:
    far, near = (vevent("e", f":{day}T100000Z", f":{day}T105000Z") for day in ("20200101", "20261124"))
    assert [len(group) for group in grouped(split(vcalendar(far, near))[0].events, WINDOW)] == [2]
