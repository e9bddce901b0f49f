"""A practice of its own for each test, attacked through one account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.practice import Practice

from .bounds import Attacked
from .servers import Hostile


@pytest.fixture
def attacked(tmp_path: Path) -> Attacked:
    return Attacked(Practice(tmp_path))


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    running = Hostile()
    yield running
    running.close()
