"""A practice of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.google_emulator import google_emulator

from .practice import Practice

__all__ = ["google_emulator"]


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    return Practice(tmp_path)
