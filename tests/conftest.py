"""What all tests share: how Hypothesis searches, and real servers that are started once for all who ask.

Hypothesis searches anew each time at a desk, and takes the same examples each time where HYPOTHESIS_PROFILE=ci.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import servers

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
