"""What programs really write, damaged as programs, cables and people damage it: there is a reading, or an error in
words. What was found stays here as an example of its own.

`make fuzz` runs it longer (`FUZZ`)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import google_api
from connectors.base import CalendarError, Connector
from connectors.caldav_server import CaldavCalendar
from connectors.google_calendar import GoogleCalendar
from rules import presets
from rules.loading import load_text
from rules.problems import RuleFileError
from tests.connectors.samples import LONDON, context
from tests.rules.rule_texts import BASE, EXAMPLE

from . import shapes
from .servers import Hostile
from .test_caldav_servers import HERE, HOME
from .test_fuzz import MOMENTS, PARTS, TEXTS, WINDOW, ZONES, found_sound, read

TIMES = int(os.environ.get("FUZZ", "1"))
ROOT = Path(__file__).parents[2]
OVER_HTTP = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


def fuzzed(examples: int) -> Callable[[Any], Any]:
    return settings(max_examples=examples * TIMES, deadline=None, suppress_health_check=OVER_HTTP)


def damaged(draw: st.DrawFn, text: str, pieces: st.SearchStrategy[str], others: list[str]) -> str:
    """A text with some of its lines and characters in the wrong place, doubled, lost or changed."""
    lines = text.splitlines(keepends=True) or [""]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(lines) - 1)))
        what = draw(st.sampled_from(("cut", "twice", "lost", "swap", "value", "piece", "other", "case", "fold", "end")))
        line = lines[at] if lines else ""
        if what == "cut":
            lines[at:] = [line[: draw(st.integers(0, len(line)))]]
        elif what == "twice":
            lines[at:at] = [line] * draw(st.sampled_from((1, 2, 200)))
        elif what == "lost":
            del lines[at : at + draw(st.sampled_from((1, 2, 20)))]
        elif what == "swap":
            to = draw(st.integers(0, max(0, len(lines) - 1)))
            lines[at : at + 1], lines[to : to + 1] = lines[to : to + 1], lines[at : at + 1]
        elif what == "value":
            head, colon, _ = line.partition(":")
            lines[at : at + 1] = [head + colon + draw(pieces) + "\n"]
        elif what == "piece":
            start = draw(st.integers(0, len(line)))
            end = draw(st.integers(start, min(len(line), start + 12)))
            lines[at : at + 1] = [line[:start] + draw(pieces) + line[end:]]
        elif what == "other":
            other = draw(st.sampled_from(others)).splitlines(keepends=True)
            first = draw(st.integers(0, len(other)))
            lines[at:at] = other[first : first + draw(st.sampled_from((1, 5, 50)))]
        elif what == "case":
            lines[at : at + 1] = [line.swapcase()]
        elif what == "fold":
            middle = draw(st.integers(0, len(line)))
            lines[at : at + 1] = [
                line[:middle] + draw(st.sampled_from(("\n ", "\n\t", "\r", "\n", "\n\n "))) + line[middle:]
            ]
        else:
            lines[at : at + 1] = [line.rstrip("\n") + draw(st.sampled_from(("\r", "", "\x85", "\u2028", "\0\n")))]
    return "".join(lines)


ICAL_PIECES = st.one_of(MOMENTS, ZONES, PARTS, TEXTS, st.sampled_from(
    ["BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VCALENDAR", ";", ":", ",", '"', "=", "+2400", "-0000",
     "+000099",
     "P1D", "PT0S", "-PT5M", "TRUE", "mailto:", "\\", "\ufeff", "20261201T100000Z/PT1H", "FREQ=WEEKLY;BYDAY=MO"]
))  # fmt: skip


@st.composite
def calendars(draw: st.DrawFn) -> bytes:
    every = list(shapes.CALENDARS.values())
    text = damaged(draw, draw(st.sampled_from(every)), ICAL_PIECES, every)
    end = draw(st.sampled_from(("\r\n", "\n", "\r\n")))
    body = text.replace("\n", end).encode("utf-8", "replace")
    return (
        body
        if draw(st.integers(0, 9))
        else text.encode(draw(st.sampled_from(("utf-16", "latin-1", "utf-8-sig"))), "replace")
    )


@fuzzed(200)
@given(calendars())
def test_a_damaged_calendar_is_read_soundly_or_refused_in_words(body: bytes) -> None:
    read(body)


@pytest.mark.parametrize("name", shapes.CALENDARS)
def test_what_is_damaged_is_read_while_it_is_whole(name: str) -> None:
    read(shapes.body(name))


def outcome(calendar: Connector) -> None:
    """Read: soundly, or refused in one line."""
    try:
        found_sound(calendar.read(WINDOW, LONDON))
    except CalendarError as error:
        said = str(error)
        assert said.startswith(("cloud", "goo"))
        assert "\n" not in said
        assert len(said) < 300
        assert "Sentinel" not in said


XML_PIECES = st.sampled_from(
    ["<d:response>", "</d:response>", "<href>/x</href>", "<href>HOME../x.ics</href>",
     "<href>http://other.example/</href>",
     "<status>HTTP/1.1 500</status>", "<status/>", "<status>HTTP/1.1 207 x</status>", "]]>", "<![CDATA[", "<!-- -->",
     "&#0;",
     "&a;", "&#xD800;", "<?x?>", "<!DOCTYPE x>", "xmlns=''", "xmlns:d=\"x\"", "</multistatus>", "<getetag/>", "\0",
     "\ud7ff",
     "<calendar-data/>", "Sentinel", "%2e%2e/", "//", "BEGIN:VEVENT", "é"]
)  # fmt: skip


@pytest.fixture
def cloud(hostile: Hostile, tmp_path: Path) -> Iterator[CaldavCalendar]:
    hostile.answers["*"] = lambda handler: handler.send_error(404)
    hostile.says(HOME, HERE, 207, Content_Type="application/xml")
    calendar = CaldavCalendar(None, context(tmp_path, "cloud", url=hostile.root + HOME))
    calendar.address()
    server, _ = calendar._spot.opened()
    server.send("PROPFIND", hostile.root + HOME)
    assert server.several, "what follows is asked for the plain way"
    yield calendar
    calendar.close()


@fuzzed(120)
@given(st.data())
def test_a_damaged_reply_of_a_server_is_read_soundly_or_refused_in_words(
    hostile: Hostile, cloud: CaldavCalendar, data: st.DataObject
) -> None:
    every = list(shapes.MULTISTATUS.values())
    text = damaged(data.draw, data.draw(st.sampled_from(every)), st.one_of(XML_PIECES, ICAL_PIECES), every)
    body = text.replace("ROOT", hostile.root).replace("HOME", HOME).encode("utf-8", "replace")
    hostile.says(HOME, body, data.draw(st.sampled_from((207, 207, 207, 200))), Content_Type="application/xml")
    outcome(cloud)


@pytest.mark.parametrize("name", shapes.MULTISTATUS)
def test_a_servers_reply_is_read_while_it_is_whole(hostile: Hostile, cloud: CaldavCalendar, name: str) -> None:
    text = shapes.MULTISTATUS[name].replace("ROOT", hostile.root).replace("HOME", HOME)
    hostile.says(HOME, text.encode(), 207, Content_Type="application/xml")
    assert cloud.read(WINDOW, LONDON).events


JSON_PIECES = st.sampled_from(
    ['"kind"', "null", "true", "[]", "{}", "[", "]", "{", "}", ",", ":", '"', "1e400", "-1", "NaN", "Infinity",
     '"\\ud800"', "\\",
     '"2026-12-01T10:00:00Z"', '"0001-01-01"', '"9999-12-31T23:59:59-23:59"', '"Sentinel"', "0" * 300,
     '"timeZone": "America"',
     '"nextPageToken": 4', '"id": ""', '"sequence": 1.5', '"session-breaks": []', "\0", "é"]
)  # fmt: skip


@pytest.fixture
def goo(hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleCalendar]:
    for name in ("FIRST_WAIT", "LONGEST_WAIT", "GIVE_UP"):
        monkeypatch.setattr(google_api, name, 0.001)
    calendar = GoogleCalendar(
        "primary", context(tmp_path, "goo", token={"env": "x"}, endpoint=f"{hostile.root}/calendar/v3/")
    )
    yield calendar
    calendar.close()


@fuzzed(120)
@given(st.data())
def test_a_damaged_page_of_google_is_read_soundly_or_refused_in_words(
    hostile: Hostile, goo: GoogleCalendar, data: st.DataObject
) -> None:
    every = [shapes.google(name).decode() for name in shapes.GOOGLE]
    text = damaged(data.draw, data.draw(st.sampled_from(every)), JSON_PIECES, every)
    hostile.says("*", text.encode("utf-8", "replace"), data.draw(st.sampled_from((200, 200, 200, 400, 403))))
    outcome(goo)


@fuzzed(120)
@given(st.data())
def test_a_page_of_google_with_other_values_is_read_soundly_or_refused_in_words(
    hostile: Hostile, goo: GoogleCalendar, data: st.DataObject
) -> None:
    """Well-formed JSON all the same: what a hostile server would send."""
    page = json.loads(shapes.google("a page of events"))
    value = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), MOMENTS, TEXTS, st.just([]), st.just({"a": []})
    )
    for _ in range(data.draw(st.integers(1, 6))):
        inner = page
        while isinstance(inner, (dict, list)) and inner:
            name = data.draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner))))
            if not isinstance(inner[name], (dict, list)) or not data.draw(st.booleans()):
                inner[name] = deepcopy(data.draw(value))
                break
            inner = inner[name]
    hostile.says("*", json.dumps(page).encode())
    outcome(goo)


@pytest.mark.parametrize("name", shapes.GOOGLE)
def test_a_page_of_google_is_read_while_it_is_whole(hostile: Hostile, goo: GoogleCalendar, name: str) -> None:
    hostile.says("*", shapes.google(name))
    assert len(goo.read(WINDOW, LONDON).events) >= 3 * (name == "a page of events")


def rule_files() -> list[str]:
    """Rule files that come with the program, and those of tests."""
    found = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "scheduler" / "samples").glob("*.yaml"))]
    found += [path.read_text(encoding="utf-8") for path in sorted(Path(presets.__file__).parent.glob("*.yaml"))]
    return [BASE, EXAMPLE, *found]


YAML_PIECES = st.sampled_from(
    ["&a ", "*a", "<<: *a", "!!python/object:os.system", "!!binary ", "? ", "- ", ": ", "{", "}", "[", "]", "|", ">",
     "'", '"',
     "\t", "---\n", "...\n", "%YAML 1.1\n", "#", "none", "~", "0x1F", "1_000", "1e999", "09:00-13:00", "22:00-03:00",
     "45 min",
     "mon-fri", "2027-01-04..2026-01-04", "/(a+)+$/", "/a{e}/", "/[/", "sunset", "3 per week", "90 min per month",
     "yes",
     "{env: X}", "{command: [x]}", "{file: /etc/hostname}", "\u2028", "\x85", "\ud7ff", "💡", "a" * 400]
)  # fmt: skip


@fuzzed(150)
@given(st.data())
def test_a_damaged_rule_file_is_a_practice_or_problems_with_places(data: st.DataObject) -> None:
    every = rule_files()
    text = damaged(data.draw, data.draw(st.sampled_from(every)), YAML_PIECES, every)
    try:
        load_text(text, "any.yaml")
    except RuleFileError as error:
        said = str(error).splitlines()
        assert said
        assert all(line.startswith("any.yaml:") and len(line) < 600 for line in said), said


def test_the_rule_files_that_are_damaged_are_those_that_come_with_the_program() -> None:
    assert len(rule_files()) >= 8
