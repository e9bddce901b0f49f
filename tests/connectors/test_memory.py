"""The memory calendar keeps the contract; it can be filled with events, and looked into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import memory
from connectors.base import CalendarError, Connector
from connectors.memory import MemoryCalendar
from rules.timeline import Event, Ref

from .contract import ME, WritableStage, WritingContract
from .samples import LONDON, WINDOW, context, entry, span, vcalendar


class MemoryStage(WritableStage):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def connect(self) -> Connector:
        return MemoryCalendar(None, context(self._folder, "demo", me=ME))

    def put(self, name: str, *vevents: str) -> None:
        memory.store("demo").put(f"{name}.ics", vcalendar(*vevents))

    def foreign(self) -> dict[str, bytes]:
        texts = memory.store("demo").texts
        return {where: body for where, (_, body) in texts.items() if b"X-SESSION-BREAKS" not in body}

    def edit(self, ref: Ref, old: bytes, new: bytes) -> None:
        body = memory.store("demo").texts[ref.where][1]
        memory.store("demo").put(ref.where, body.replace(old, new))

    def note_of(self, ref: Ref) -> str:
        return memory.store("demo").texts[ref.where][1].decode()


class TestMemory(WritingContract):
    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[MemoryStage]:
        memory.forget("demo")
        yield MemoryStage(tmp_path)
        memory.forget("demo")


def test_events_can_be_given_as_they_are(tmp_path: Path) -> None:
    given = Event(calendar="", uid="given", interval=span("2026-11-24 10:00", "2026-11-24 10:50"))
    memory.store("given").events.append(given)
    [event] = MemoryCalendar(None, context(tmp_path, "given")).read(WINDOW, LONDON).events
    assert (event.uid, event.calendar) == ("given", "given")
    memory.forget("given")


def test_the_calendars_of_a_store_are_apart_and_an_unknown_one_is_refused_with_those_there_are(tmp_path: Path) -> None:
    for name in ("work", "home"):
        memory.store("shared", name)
    MemoryCalendar("work", context(tmp_path, "one", store="shared")).create(entry())
    assert MemoryCalendar("home", context(tmp_path, "two", store="shared")).read(WINDOW, LONDON).events == ()
    [seen] = MemoryCalendar("work", context(tmp_path, "two", store="shared")).read(WINDOW, LONDON).events
    assert seen.calendar == "two/work"
    with pytest.raises(CalendarError, match=r"one/wrok: there is no such calendar; there are: home, work"):
        MemoryCalendar("wrok", context(tmp_path, "one", store="shared"))
    memory.forget("shared")
