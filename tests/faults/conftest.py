"""What the tests of faults share: the process that forks, and the totals at the end of a run."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from . import stages
from .forks import Forks
from .forks import forks as started
from .nights import Nights, nights_at

SERVERS = ["radicale", "google_in_batches", *(["xandikos"] if os.environ.get("FAULTS") else [])]
"""Those with conditions for writing (If-Match). Xandikos, which is like Radicale here, is for `make faults` alone."""
TOTALS = ("faults", "comparisons", "entries", "differences")


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """The command, as a process that is quick to start."""
    with started(tmp_path_factory.mktemp("forks")) as made:
        yield made


@pytest.fixture(scope="module", params=SERVERS)
def nights(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Iterator[Nights]:
    """Nights on each of these servers, one for all tests of a module."""
    with nights_at(getattr(stages, request.param), tmp_path_factory.mktemp("nights"), forks) as made:
        yield made


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The totals of all tests, from whichever process they ran in."""
    totals: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                totals.update({name: n for name, n in report.user_properties if name in TOTALS})
    if totals["faults"]:
        terminalreporter.write_line(
            f"faults: {totals['faults']} fired; {totals['comparisons']} calendars and journals "
            f"({totals['entries']} entries) compared with those of a night in peace: "
            f"{totals['differences']} differences"
        )
