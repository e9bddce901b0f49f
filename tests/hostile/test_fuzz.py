"""Nearly right calendars and replies: whatever they hold, there soon is a reading or an error in words, and what is
read is sound. `make fuzz` tries many more (FUZZ: how many times as many)."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.base import CalendarError, Reading
from connectors.dav import Server
from connectors.google_events import NotAnEvent, events_of
from connectors.ical import Resource, read_calendars
from rules.timeline import Event, Interval

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 11, 30, tzinfo=UTC)
WINDOW = Interval(START, START + timedelta(days=9))
TIMES = int(os.environ.get("FUZZ", "1"))
FUZZED = settings(max_examples=200 * TIMES, deadline=4000)

MOMENTS = st.sampled_from(
    [
        "20261201T100000",
        "20261201T105000Z",
        "20261201",
        "20261129T013000",
        "19700101T000000Z",
        "00010101",
        "99991231",
        "99991231T235959Z",
        "00000000",
        "20260229",
        "20261201T246060",
        "20261201T100060Z",
        "\uff12026-1201",
        "-0001",
        "",
        "20261201T100000Z/PT1H",
        "20261201T100000Z/20261201T090000Z",
        "20261201T100000Z/P-1D",
        "20261201,20261202",
    ]
)
ZONES = st.sampled_from(
    [
        "",
        ";TZID=Europe/London",
        ";TZID=Odd",
        ";TZID=/x/y/Europe/Berlin",
        ';TZID="W. Europe Standard Time"',
        ";VALUE=DATE",
        ";VALUE=PERIOD",
        ";TZID=",
        ";TZID=:::",
        ';X="a;b:c"',
        ";X=a,b,;Y",
        ";TZID=UTC+99",
        ";RANGE=THISANDFUTURE",
    ]
)
PARTS = st.sampled_from(
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY",
        "FREQ=YEARLY",
        "FREQ=HOURLY",
        "FREQ=SECONDLY",
        "INTERVAL=0",
        "INTERVAL=2",
        "INTERVAL=99999",
        "COUNT=3",
        "COUNT=-1",
        "COUNT=99999",
        "UNTIL=20261203",
        "UNTIL=20261203T000000Z",
        "UNTIL=x",
        "UNTIL=99991231T235959Z",
        "BYDAY=MO",
        "BYDAY=-1FR,2TU",
        "BYDAY=54MO",
        "BYMONTH=2",
        "BYMONTHDAY=30,-31",
        "BYYEARDAY=366",
        "BYWEEKNO=53",
        "BYSETPOS=-1",
        "BYHOUR=1,2,23",
        "BYMINUTE=0,59",
        "BYSECOND=60",
        "WKST=SU",
        "X=Y",
        "RSCALE=HEBREW",
        "BYEASTER=1",
        "FREQ",
        "=",
        ";;",
    ]
)
RULES = st.lists(PARTS, min_size=1, max_size=5).map(";".join)
LENGTHS = st.sampled_from(
    ["PT1H", "P1D", "-PT1H", "P", "PT", "P1W", "P99999D", "P999999999D", "PT999999999H", "P1DT1S", "x"]
)
TEXTS = st.sampled_from(
    ["one", "two", "", "a\\nb\\", "\\", "\u2028", "é", "\0", "x" * 3000, "4", "²", "9" * 5000, "CANCELLED"]
)
LINES = st.one_of(
    st.tuples(
        st.sampled_from(["DTSTART", "DTEND", "RDATE", "EXDATE", "RECURRENCE-ID", "DTSTAMP", "LAST-MODIFIED"]),
        ZONES,
        MOMENTS,
    ).map(lambda parts: f"{parts[0]}{parts[1]}:{parts[2]}"),
    RULES.map("RRULE:{}".format),
    LENGTHS.map("DURATION:{}".format),
    st.tuples(
        st.sampled_from(
            [
                "UID",
                "SUMMARY",
                "SEQUENCE",
                "STATUS",
                "TRANSP",
                "CLASS",
                "ATTENDEE",
                "X-SESSION-BREAKS",
                "EXRULE",
                "DTSTART",
                "RRULE",
            ]
        ),
        TEXTS,
    ).map(":".join),
    st.sampled_from(
        [
            "BEGIN:VALARM",
            "END:VALARM",
            "BEGIN:VEVENT",
            "END:VEVENT",
            " folded",
            "\tfolded",
            "",
            "no colon",
            "DTSTART",
            "RRULE FREQ=DAILY",
            "END:VCALENDAR",
            "METHOD:CANCEL",
        ]
    ),
)
WHOLE = st.lists(LINES, max_size=6).map(
    lambda lines: ["BEGIN:VEVENT", "UID:one", "DTSTART:20261201T100000Z", *lines, "END:VEVENT"]
)
OBSERVANCES = st.lists(LINES, max_size=3).map(
    lambda lines: [
        "BEGIN:VTIMEZONE",
        "TZID:Odd",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:-2359",
        *lines,
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
)
BODIES = st.lists(st.one_of(WHOLE, WHOLE, OBSERVANCES), max_size=4).map(
    lambda parts: "\r\n".join(
        ["BEGIN:VCALENDAR", *(line for part in parts for line in part), "END:VCALENDAR", ""]
    ).encode("utf-8", "replace")
)


def sound(events: tuple[Event, ...]) -> None:
    for event in events:
        assert event.interval.start <= event.interval.end
        assert (
            event.first_day is not None
            or event.interval.overlaps(WINDOW)
            or event.interval.start in (event.interval.end,)
        )
        assert (event.first_day is None) == (event.last_day is None)
    order = [(event.interval.start, event.uid, event.recurrence) for event in events]
    assert order == sorted(order)


def found_sound(found: Reading) -> None:
    sound(found.events)
    assert all(refused.reason and "\n" not in refused.reason for refused in found.unexpanded)


def read(body: bytes) -> None:
    try:
        found = read_calendars([Resource("x", "", body)], "bad", WINDOW, LONDON, "me@practice.invalid")
    except CalendarError as refused:
        words = str(refused)
    else:
        words = "bad: "
        found_sound(found)
    assert words.startswith("bad: ")
    assert "\n" not in words


@FUZZED
@given(BODIES)
@example(
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261201\r\nDURATION:PT999999999H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
def test_any_calendar_of_right_lines_is_read_soundly_or_refused_in_words(body: bytes) -> None:
    read(body)


@FUZZED
@given(BODIES, st.data())
def test_any_damage_to_a_calendar_is_read_soundly_or_refused_in_words(body: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(len(body), start + 40)))
        body = body[:start] + data.draw(st.binary(max_size=6)) + body[end:]
    read(body)


@FUZZED
@given(st.binary(max_size=300))
def test_any_bytes_are_no_multistatus_or_one(body: bytes) -> None:
    server = Server("cloud", "http://127.0.0.1:9/", None, None, True)
    for text in (body, b'<d:multistatus xmlns:d="DAV:">' + body + b"</d:multistatus>"):
        with suppress(CalendarError):  # and nothing else
            server.parsed(text, "http://127.0.0.1:9/dav/")


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        MOMENTS,
        st.sampled_from(
            ["2026-12-01T10:00:00Z", "2026-12-01", "9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+23:00"]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["dateTime", "date", "timeZone", "private", "self", "session-breaks"]), inner),
    ),
    max_leaves=6,
)
ITEMS = st.dictionaries(
    st.sampled_from(
        [
            "id",
            "iCalUID",
            "status",
            "summary",
            "start",
            "end",
            "originalStartTime",
            "recurringEventId",
            "sequence",
            "updated",
            "attendees",
            "extendedProperties",
            "eventType",
            "etag",
        ]
    ),
    VALUES,
)


@FUZZED
@given(ITEMS)
@example({"id": "a", "start": ["date"], "end": {"date": "2026-12-01"}})
@example({"id": "a", "start": {"date": "2026-12-01"}, "end": {"date": "0001-01-01"}})
@example({"id": "a", "start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}, "attendees": 1})
@example({"id": "a", "start": {"dateTime": "2026-12-01T10:00:00Z"}, "end": {"dateTime": "2026-12-01T09:00:00Z"}})
def test_any_item_of_google_is_events_or_none(item: dict[str, object]) -> None:
    try:
        found = list(events_of(item, "google", LONDON))
    except NotAnEvent:
        return
    for event in found:
        assert event.interval.start <= event.interval.end
        assert isinstance(event.title, str)
        assert event.sequence is None or isinstance(event.sequence, int)
