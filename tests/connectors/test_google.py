"""Google Calendar: the contract of all connectors, on a fake of our own and on an emulator that somebody else made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rules.timeline import Event, Interval
from tests.google.fake import Fake
from tests.google.myworld import Running
from tests.google.rest import Rest
from tests.google.stages import FakeStage, RestStage

from .contract import ME, Stage, WritableStage, WritingContract
from .samples import LONDON, WINDOW, entry


class GoogleContract(WritingContract):
    tells_cancelled = False  # in Google a cancelled event is a deleted one

    # Google keeps no times without a zone, and only the names that IANA gives to zones.
    test_a_time_without_a_zone_is_read_in_the_zone_that_is_given = None
    test_outlook_names_its_zones_in_its_own_way = None


class TestFake(GoogleContract):
    @pytest.fixture
    def stage(self, google: Fake, tmp_path: Path) -> FakeStage:
        return FakeStage(google, tmp_path)


class RestContract(GoogleContract):
    """Over HTTP, where Google makes UIDs of its own and has a clock of its own."""

    def read(self, stage: Stage, window: Interval = WINDOW) -> tuple[Event, ...]:
        assert isinstance(stage, RestStage)
        found = stage.named(super().read(stage, window))
        return tuple(sorted(found, key=lambda event: (event.interval.start, event.uid, event.recurrence)))

    def test_a_block_is_read_back_as_it_was_made_with_its_tag(self, stage: WritableStage) -> None:
        calendar = stage.open()
        made = entry(title="Break; tea, and \\ quiet ☕")
        ref = calendar.create(made)
        [event] = calendar.read(WINDOW, LONDON).events
        assert replace(event, modified=None) == Event(
            calendar=calendar.name, uid=made.uid, interval=made.interval, title=made.title, private=True, tag=made.tag,
            sequence=event.sequence, ref=ref,
        )  # fmt: skip
        assert event.busy


class TestFakeOverHttp(RestContract):
    @pytest.fixture
    def stage(self, google: Fake, tmp_path: Path) -> RestStage:
        return RestStage(Rest(google.endpoint, "may-events"), tmp_path, "Europe/London")


@pytest.mark.server
class TestMyworld(RestContract):
    # It knows no If-Match, so that nothing there is ever a conflict; deleted events are changed as others are.
    test_an_update_of_a_block_that_changed_is_a_conflict_and_changes_nothing = None
    test_a_delete_of_a_block_that_changed_is_a_conflict_and_changes_nothing = None
    test_an_update_of_a_block_that_is_gone_is_a_conflict_and_makes_nothing = None

    @pytest.fixture
    def stage(self, myworld: Running, tmp_path: Path) -> RestStage:
        account = myworld.account(ME)
        return RestStage(Rest(account.endpoint, account.token), tmp_path, "Europe/London")
