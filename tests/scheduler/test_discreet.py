"""What stands between the scheduler and a calendar changes keys, and takes away nothing that the calendar can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors import base, hidden_keys
from connectors.caldav_server import CaldavCalendar
from connectors.feed import FeedCalendar
from connectors.folder import FolderCalendar
from connectors.google_calendar import GoogleCalendar
from connectors.memory import MemoryCalendar
from scheduler.discreet import Keys, translated
from tests.connectors.samples import context, entry

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


@pytest.mark.parametrize("discreet", [True, False])
def test_blocks_of_a_therapist_who_left_are_made_again_as_the_practice_has_them(discreet: bool) -> None:
    """An undo of the run that cleared them writes for an owner whom the rule file does not know any more."""
    keys = Keys("7f3k9q2m", {"somebody-else": discreet})
    made = keys.written(base.Write("create", entry())).entry
    assert made is not None
    assert made.tag.key.startswith(hidden_keys.MARK) is discreet
