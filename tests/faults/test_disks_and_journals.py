"""A disk that is full, a state folder that cannot be written to, a journal whose writer is killed: each is said in a
line, and the night after it ends as one that was never disturbed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.practice import Ran, as_nobody_special, run

from . import stages, weeks
from .forks import Forks
from .nights import Nights, nights_at

EVERY = int(os.environ.get("FAULTS", "0")) or 9
"""Every how manieth statement of the journal is the last of a run."""
PAGE = 4096  # bytes, as SQLite writes them


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Iterator[Nights]:
    with nights_at(stages.on_disk, tmp_path_factory.mktemp("nights"), forks) as made:
        yield made


def in_peace(nights: Nights) -> list[str]:
    """The night after it, and how what stands then differs from what should."""
    again = nights.run()
    assert (again.code, again.said) == (0, ""), again
    return nights.differences(nights.left())


def journal_of(nights: Nights) -> Path:
    return nights.practice.state / "session-breaks" / "journal.sqlite3"


def test_a_disk_that_is_full_at_any_size_stops_a_night_with_a_word(
    nights: Nights, record_property: Callable[[str, Any], None]
) -> None:
    """No file may become larger than this; what the journal needs is found by trying every page."""
    codes, wrong = [], []
    sizes = [1024, *range(PAGE, journal_of(nights).stat().st_size + 2 * PAGE, PAGE)]
    for size in sizes:
        nights.restore()
        ended = nights.run(largest=size)
        codes.append(ended.code)
        assert ended.code in (0, 1, 2), ended
        assert "Traceback" not in ended.said
        assert "Client" not in ended.said
        assert bool(ended.err) == bool(ended.code), ended
        for line in ended.err.splitlines():
            assert "journal.sqlite3 cannot be used" in line, ended
            assert "disk" in line.partition("(")[2].partition(")")[0], f"why, not what came of it: {ended}"
        assert nights.stage.foreign() == nights.base.foreign
        wrong += in_peace(nights)
    assert {0, 1} <= {min(code, 1) for code in codes}, "not every size is enough, and not every one too small"
    for name, total in (("faults", sum(map(bool, codes))), ("comparisons", len(sizes)), ("differences", len(wrong))):
        record_property(name, total)
    assert not wrong, wrong


def test_a_state_folder_that_cannot_be_written_to_stops_a_night_before_it_changes_anything(nights: Nights) -> None:
    nights.restore()
    paths = [path for path in sorted(nights.practice.state.rglob("*")) if not path.is_symlink()]
    rights = {path: stat.S_IMODE(path.stat().st_mode) for path in paths}
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        ran = ordinary(nights)
    finally:
        for path, mode in rights.items():
            path.chmod(mode)
    assert ran.code in (1, 2)
    assert "cannot be used" in ran.error
    assert nights.left() == nights.base
    assert in_peace(nights) == []


def test_where_the_state_folder_can_only_be_read_a_preview_shows_what_it_shows_else(nights: Nights) -> None:
    nights.restore()
    otherwise = ordinary(nights, "preview", "--format", "json")
    assert otherwise.code == 0
    nights.restore()
    paths = [path for path in sorted(nights.practice.state.rglob("*")) if not path.is_symlink()]
    rights = {path: stat.S_IMODE(path.stat().st_mode) for path in paths}
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        ran = ordinary(nights, "preview", "--format", "json")
    finally:
        for path, mode in rights.items():
            path.chmod(mode)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == otherwise.out
    assert nights.left() == nights.base
    assert in_peace(nights) == []


def test_a_state_folder_that_cannot_be_made_stops_a_night_before_it_changes_anything(nights: Nights) -> None:
    nights.restore()
    file = nights.practice.folder / "no-folder"
    file.write_text("")
    ran = ordinary(nights, XDG_STATE_HOME=str(file))
    assert ran.code in (1, 2)
    assert f"{file}" in ran.error
    assert nights.left() == nights.base
    assert in_peace(nights) == []


def test_a_first_preview_needs_no_state_folder(nights: Nights) -> None:
    nights.restore()
    folder = nights.practice.folder / "read-only"
    folder.mkdir()
    (folder / "free").mkdir()
    (folder / "locked").mkdir(mode=0o500)
    try:
        free, locked = (ordinary(nights, "preview", XDG_STATE_HOME=str(folder / name)) for name in ("free", "locked"))
    finally:
        (folder / "locked").chmod(0o700)
    assert (locked.code, locked.out, locked.err) == (free.code, free.out, free.err)
    assert locked.out
    assert not list((folder / "locked").iterdir())


def ordinary(nights: Nights, *words: str, **environment: str) -> Ran:
    """A run without the superuser's rights."""
    line = nights.practice.command(*(words or ("sync", "--yes")), nights.practice.file, now=weeks.SECOND)
    return run(as_nobody_special(line), nights.practice.environment | environment)


def test_a_night_that_is_killed_before_any_statement_of_the_journal_is_as_if_it_was_not(
    nights: Nights, record_property: Callable[[str, Any], None]
) -> None:
    wrong: list[str] = []
    killed, at = 0, 1
    while True:
        nights.restore()
        ended = nights.run(kill_at=at)
        if ended.code != -9:
            assert (ended.code, ended.said) == (0, ""), ended
            break
        killed, at = killed + 1, at + EVERY
        wrong += in_peace(nights)
    assert at > 20, "the journal has more statements than that"
    for name, total in (("faults", killed), ("comparisons", killed), ("differences", len(wrong))):
        record_property(name, total)
    assert not wrong, wrong
