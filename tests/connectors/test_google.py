"""Google Calendar: the contract of all connectors, on a fake of our own and on emulators that others made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.google.contracts import GoogleContract, RestContract
from tests.google.fake import Fake, running
from tests.google.live import LiveContract, own_calendar
from tests.google.myworld import Running
from tests.google.rest import Rest
from tests.google.stages import FakeStage, RestStage
from tests.google_emulator import Emulator, google_emulator

from .contract import ME

__all__ = ["google_emulator"]


class TestFake(GoogleContract):
    @pytest.fixture
    def stage(self, google: Fake, tmp_path: Path) -> FakeStage:
        return FakeStage(google, tmp_path)


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


@pytest.mark.server
class TestEmulate(RestContract):
    # It expands no recurrences.
    test_a_series_follows_the_clock_through_autumn_with_its_exceptions = None
    test_a_series_follows_the_clock_through_spring = None
    test_an_occurrence_moved_into_the_window_keeps_the_name_of_where_it_came_from = None
    test_a_repeated_all_day_event_is_named_by_its_dates = None
    test_an_endless_series_that_began_years_ago_is_found = None
    test_other_peoples_events_stay_the_same_to_the_byte = None
    # It forgets event types, visibility, transparency and extended properties.
    test_out_of_office_and_private_are_seen = None
    test_what_takes_no_time_is_told_apart_from_what_does = None
    test_a_block_is_read_back_as_it_was_made_with_its_tag = None
    test_blocks_of_several_owners_keep_their_owners = None
    test_a_block_keeps_its_uid_when_its_key_is_written_in_another_form = None
    test_without_titles_all_else_is_read_as_with_them = None
    test_without_titles_our_own_blocks_still_have_theirs = None
    # It takes no ids, and changes nothing once it is made.
    test_a_block_is_moved_and_removed = None
    test_a_second_create_with_the_same_uid_is_a_conflict = None
    test_an_update_of_a_block_that_changed_is_a_conflict_and_changes_nothing = None
    test_a_delete_of_a_block_that_changed_is_a_conflict_and_changes_nothing = None
    test_a_block_that_was_made_to_repeat_is_a_persons_own_event = None
    test_a_block_with_a_guest_is_a_persons_own_meeting = None
    test_a_block_that_was_made_free_is_still_ours_and_an_update_makes_it_busy_again = None
    test_what_a_person_added_to_a_block_survives_its_update = None

    @pytest.fixture
    def stage(self, google_emulator: Emulator, tmp_path: Path) -> Iterator[RestStage]:
        rest = Rest(google_emulator.api, google_emulator.token())
        yield RestStage(rest, tmp_path, "Europe/London")
        for event in rest.all():
            rest.events("DELETE", event["id"])


class TestLiveOnTheFake(LiveContract):
    """What `make test-google-live` does with a real account works."""

    @pytest.fixture(scope="class")
    @classmethod
    def calendar(cls) -> Iterator[Rest]:
        with running() as google:
            with own_calendar(google.endpoint, "may-all") as rest:
                yield rest
            assert list(google.world.calendars) == [ME]
