"""The short way for plain events reads what the general reading would have read, and leaves everything else to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import ical, ical_quick
from connectors.base import Entry, Reading, Unreadable
from connectors.ical import Resource, read_calendars
from connectors.ical_write import calendar_text, event_text
from rules.timeline import Interval

from .samples import LONDON, NOW, WINDOW, at, entry, vcalendar, vevent

titles = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
BLOCK = calendar_text(entry(title="Pause; tea, and \\ quiet ☕ " + "long " * 20)).decode()
LINES = BLOCK.splitlines(keepends=True)
ODD = [
    f"{line}\r\n"
    for line in """
RRULE:FREQ=DAILY
RDATE:20261125T105000Z
EXDATE:20261124T105000Z
RECURRENCE-ID:20261124T105000Z
ATTENDEE:mailto:x@y.example
STATUS:CANCELLED
TRANSP:TRANSPARENT
X-MICROSOFT-CDO-BUSYSTATUS:FREE
DTSTART;TZID=Europe/London:20261124T105000
DTSTART;VALUE=DATE:20261124
DTSTART:20261124T105000
DTSTART:00010101T000000Z
DTEND:20261124T105060Z
DTEND:20261124T110000Z
DTEND:20261124T100000Z
DTEND:20261124T105000Z
DTEND:99991231T235959Z
DURATION:PT1H
LAST-MODIFIED:20261101T000000Z
DTSTAMP:19700101
DTSTAMP:now
SEQUENCE: 3
SEQUENCE:x
summary:Other
SUMMARY
UID:another
CLASS:CONFIDENTIAL
METHOD:CANCEL
CALSCALE:GREGORIAN
CALSCALE:JULIAN
X-WR-TIMEZONE:Europe/Berlin
BEGIN:VALARM
END:VALARM
BEGIN:VEVENT
begin:vevent
END:VEVENT
BEGIN:VCALENDAR
END:VCALENDAR
nothing

 folded
	folded
""".strip("\n").split("\n")
] + ["\0", "\r", "\n", "\ufeff"]


def outcome(body: bytes, monkeypatch: pytest.MonkeyPatch, *, short: bool, window: Interval = WINDOW) -> Reading | str:
    with monkeypatch.context() as patched:
        if not short:
            patched.setattr(ical_quick, "plain_event", lambda _: None)
        try:
            return read_calendars([Resource("here", '"1"', body)], "cloud", window, LONDON, "lee@riverside.example")
        except Unreadable as error:
            return str(error)


def short_way(body: bytes) -> bool:
    return ical._plain(Resource("here", '"1"', body), "cloud", WINDOW) is not None


@pytest.fixture(scope="module")
def patch() -> pytest.MonkeyPatch:
    return pytest.MonkeyPatch()


@pytest.mark.parametrize("form", [lambda b: b, lambda b: b.replace(b"\r\n", b"\n"), lambda b: b.rstrip()])
def test_our_own_blocks_take_the_short_way(form: Callable[[bytes], bytes]) -> None:
    assert short_way(form(BLOCK.encode()))


def test_what_a_server_makes_of_them_does_too() -> None:
    order = [LINES[n] for n in (0, 2, 1, 3, 4, 6, 7)] + LINES[5:6] + LINES[8:]
    assert short_way("".join(order).encode())


@given(title=titles, private=st.booleans(), hours=st.integers(-400, 400), minutes=st.integers(1, 3000))
def test_a_block_reads_the_same_both_ways_wherever_it_is(
    patch: pytest.MonkeyPatch, title: str, private: bool, hours: int, minutes: int
) -> None:
    start = NOW + timedelta(hours=hours)
    made = entry(title=title)
    made = Entry(
        uid=made.uid, interval=Interval(start, start + timedelta(minutes=minutes)), title=title, private=private,
        tag=made.tag, stamp=NOW,
    )  # fmt: skip
    body = calendar_text(made)
    assert outcome(body, patch, short=True) == outcome(body, patch, short=False)


@given(
    st.lists(st.tuples(st.integers(0, len(LINES)), st.sampled_from(ODD)), max_size=3),
    st.sets(st.integers(0, len(LINES) - 1), max_size=2),
)
def test_a_block_with_lines_put_in_and_left_out_reads_the_same_both_ways(
    patch: pytest.MonkeyPatch, more: list[tuple[int, str]], less: set[int]
) -> None:
    lines = ["" if n in less else line for n, line in enumerate(LINES)]
    for place, line in more:
        lines.insert(place, line)
    body = "".join(lines).encode()
    assert outcome(body, patch, short=True) == outcome(body, patch, short=False)


@pytest.mark.parametrize("line", ODD)
@pytest.mark.parametrize("place", range(len(LINES) + 1))
def test_one_odd_line_anywhere_reads_the_same_both_ways(patch: pytest.MonkeyPatch, line: str, place: int) -> None:
    body = "".join([*LINES[:place], line, *LINES[place:]]).encode()
    assert outcome(body, patch, short=True) == outcome(body, patch, short=False)
    instead = "".join([*LINES[:place], line, *LINES[place + 1 :]]).encode()
    assert outcome(instead, patch, short=True) == outcome(instead, patch, short=False)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"BEGIN:VCALENDAR",
        b"BEGIN:VCALENDAR\r\nEND:VCALENDAR",
        vcalendar(),
        b"\xef\xbb\xbf" + BLOCK.encode(),
        BLOCK.encode("utf-16"),
        BLOCK.encode("latin-1", "replace") + b"\xe9",
        vcalendar(event_text(entry()).decode(), event_text(entry("two")).decode()),
    ],
)
def test_what_is_something_else_reads_the_same_both_ways(patch: pytest.MonkeyPatch, body: bytes) -> None:
    assert outcome(body, patch, short=True) == outcome(body, patch, short=False)


@pytest.mark.parametrize("tag", ["", "X-SESSION-BREAKS:1\\;owner=0\r\n"])
def test_titles_that_are_not_to_be_read_are_dropped_the_short_way_too(tag: str) -> None:
    body = vcalendar(vevent("one", ":20261124T100000Z", ":20261124T105000Z", "SUMMARY:Client A.", *tag.split()))
    assert short_way(body)
    kept = [read_calendars([Resource("", "", body)], "cloud", WINDOW, LONDON, titles=t).events for t in (True, False)]
    assert [[event.title for event in events] for events in kept] == [["Client A."], [""]]


def test_the_window_is_half_open_the_short_way_too(patch: pytest.MonkeyPatch) -> None:
    body = calendar_text(entry())
    for window in (
        Interval(at("2026-11-24 11:00"), at("2026-11-24 12:00")),
        Interval(at("2026-11-24 10:00"), at("2026-11-24 10:50")),
        Interval(at("2026-11-24 10:59"), at("2026-11-24 12:00")),
    ):
        assert outcome(body, patch, short=True, window=window) == outcome(body, patch, short=False, window=window)
