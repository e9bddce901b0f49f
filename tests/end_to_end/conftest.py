"""A practice of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from .practice import Practice


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    return Practice(tmp_path)
