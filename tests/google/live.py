"""The contract of all connectors on a real Google account: ``make test-google-live``. Not part of ``make test``.

In the environment: GOOGLE_LIVE_TOKEN, an access token with the right to everything in Google Calendar (it ends after an
hour). A calendar of its own is made for the tests and deleted at the end; no other calendar is touched."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from connectors.google_options import API

from .contracts import RestContract
from .rest import Rest
from .stages import RestStage

ZONE = "Europe/London"


@contextlib.contextmanager
def own_calendar(endpoint: str, token: str) -> Iterator[Rest]:
    """A calendar that is made for the tests and deleted after them."""
    rest = Rest(endpoint, token)
    made = rest.ask("POST", "calendars", {"summary": "session-breaks tests", "timeZone": ZONE})
    assert made.status == 200, f"Google answers {made.status}: a token with the right to make calendars is needed"
    rest.calendar = made.body["id"]
    try:
        yield rest
    finally:
        rest.ask("DELETE", f"calendars/{quote(rest.calendar, safe='')}")


class LiveContract(RestContract):
    # Out of office can only be in a main calendar; guests of a secondary calendar are not its owner.
    test_out_of_office_and_private_are_seen = None
    test_what_takes_no_time_is_told_apart_from_what_does = None

    @pytest.fixture(scope="class")
    @classmethod
    def calendar(cls) -> Iterator[Rest]:
        if not os.environ.get("GOOGLE_LIVE_TOKEN"):
            pytest.fail("GOOGLE_LIVE_TOKEN is not set; CONTRIBUTING.md says to what")
        with own_calendar(API, os.environ["GOOGLE_LIVE_TOKEN"]) as rest:
            yield rest

    @pytest.fixture
    def stage(self, calendar: Rest, tmp_path: Path) -> Iterator[RestStage]:
        yield RestStage(calendar, tmp_path, ZONE)
        for event in calendar.all():  # deleted ids stay taken, so that later tests make blocks live again
            calendar.events("DELETE", event["id"])


class TestGoogle(LiveContract):
    """The real one."""
