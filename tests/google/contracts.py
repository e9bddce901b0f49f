"""The contract of all connectors, as far as Google's calendars can keep it."""

from __future__ import annotations

from dataclasses import replace

from rules.timeline import Event, Interval
from tests.connectors.contract import Stage, WritableStage, WritingContract
from tests.connectors.samples import LONDON, WINDOW, entry

from .stages import RestStage


class GoogleContract(WritingContract):
    tells_cancelled = False  # in Google a cancelled event is a deleted one

    # Google keeps no times without a zone, and only the names that IANA gives to zones.
    test_a_time_without_a_zone_is_read_in_the_zone_that_is_given = None
    test_outlook_names_its_zones_in_its_own_way = None


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
