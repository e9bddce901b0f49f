"""What stands between the scheduler and a calendar changes keys, and takes away nothing that the calendar can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors import base
from connectors.caldav_server import CaldavCalendar
from connectors.feed import FeedCalendar
from connectors.folder import FolderCalendar
from connectors.google_calendar import GoogleCalendar
from connectors.memory import MemoryCalendar
from scheduler.discreet import Keys, translated
from tests.connectors.samples import context

ABILITIES = [found for found in vars(base).values() if getattr(found, "_is_runtime_protocol", False)]
CALENDARS: list[tuple[Any, dict[str, Any]]] = [
    (CaldavCalendar, {"url": "https://dav.example/"}),
    (FeedCalendar, {"url": "https://feed.example/"}),
    (FolderCalendar, {"path": "x"}),
    (GoogleCalendar, {"user": "lee@riverside.example", "token": {"env": "x"}}),
    (MemoryCalendar, {}),
]


@pytest.mark.parametrize(("kind", "options"), CALENDARS, ids=[kind.__name__ for kind, _ in CALENDARS])
def test_a_calendar_can_do_all_that_it_could_before(kind: Any, options: dict[str, Any], tmp_path: Path) -> None:
    calendar = kind(None, context(tmp_path, "cal", **options))
    again = translated(calendar, Keys("7f3k9q2m", {}))
    assert (again.name, again.writable) == (calendar.name, calendar.writable)
    assert {a.__name__: isinstance(again, a) for a in ABILITIES} == {
        a.__name__: isinstance(calendar, a) for a in ABILITIES
    }


def test_every_ability_is_one_of_some_calendar_here() -> None:
    assert {ability.__name__ for ability in ABILITIES} >= {"Addressed", "Batched", "Parallel"}
