"""What all tests share: how Hypothesis searches, and real servers that are started once for all who ask.

Hypothesis searches anew each time at a desk, and takes the same examples each time where HYPOTHESIS_PROFILE=ci.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests import servers

if TYPE_CHECKING:
    from tests.google.fake import Fake
    from tests.google.myworld import Running

settings.register_profile("dev")
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.RunningServer]:
    """A running Radicale; every test makes a calendar of its own."""
    with servers.radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(scope="session")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.RunningServer]:
    """A running Xandikos; every test makes a calendar of its own."""
    with servers.xandikos(tmp_path_factory.mktemp("xandikos")) as server:
        yield server


@pytest.fixture
def google() -> Iterator[Fake]:
    """A Google Calendar of our own making, with one empty calendar; held to Google's own description."""
    from tests.google.fake import running

    with running() as fake:
        yield fake


@pytest.fixture(scope="session")
def myworld(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A running myworld; every test makes an account of its own."""
    from tests.google import myworld

    with myworld.running(tmp_path_factory.mktemp("myworld")) as server:
        yield server
