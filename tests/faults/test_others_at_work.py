"""Somebody else is at work between a reading and its write: another run, which waits; or the therapist, whose edit
stays."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest

from . import stages, weeks
from .forks import Forks
from .nights import Nights
from .proxy import Proxy, proxy
from .stages import Hand

EVERY = int(os.environ.get("FAULTS", "0")) or 6
"""Every how manieth block is edited."""
WRITES = ("PUT", "DELETE", "POST", "PATCH")

pytestmark = pytest.mark.server


@pytest.fixture(scope="module", params=["radicale", "xandikos", "google_in_batches"])
def nights(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Iterator[Nights]:
    folder = tmp_path_factory.mktemp("nights")
    for name in ("server", "practice"):
        (folder / name).mkdir()
    with contextlib.ExitStack() as stack:
        stage = stack.enter_context(getattr(stages, request.param)(folder / "server"))
        between = stack.enter_context(proxy(stage.port))
        yield Nights(stage, forks, between, folder / "practice")


# Two runs


class Held:
    """The first run stops at its nth write, with those that it sends beside it, until it may go on."""

    def __init__(self, proxy: Proxy, nth: int) -> None:
        self.proxy, self.left = proxy, nth
        self.stopped, self.may_go = threading.Event(), threading.Event()
        proxy.before = self

    def __call__(self, _number: int, method: str, _path: str) -> None:
        if method in WRITES:
            self.left -= 1
            if self.left <= 0:
                self.stopped.set()
                assert self.may_go.wait(30)


@pytest.mark.parametrize("dies", [False, True], ids=["ends", "is killed"])
def test_a_second_run_waits_until_the_first_one(nights: Nights, dies: bool) -> None:
    nights.restore()
    held = Held(nights.proxy, 2)
    second: list[subprocess.Popen[bytes]] = []

    def meanwhile() -> None:
        assert held.stopped.wait(30)
        time.sleep(0.5)  # until those beside it have come too
        line = nights.practice.command("sync", "--yes", nights.practice.file, now=weeks.SECOND)
        second.append(subprocess.Popen(line, env=nights.practice.environment, stdin=subprocess.DEVNULL))
        asked = nights.proxy.count
        with pytest.raises(subprocess.TimeoutExpired):
            second[0].wait(2.5)  # which is longer than it needs to begin
        assert nights.proxy.count == asked, "it did not wait"
        if dies:
            nights.forks.kill()
        held.may_go.set()

    first = nights.run(meanwhile=meanwhile)
    assert first.code == (-9 if dies else 0), first
    assert second[0].wait(60) == 0
    assert nights.differences(nights.left()) == []


# The therapist


@pytest.mark.parametrize("how", ["moved", "deleted", "renamed"])
def test_what_a_hand_does_between_the_reading_and_the_write_of_a_block_stays(nights: Nights, how: Hand) -> None:
    base, reference = nights.base.own, nights.reference.own
    changing = sorted(name for name in base.keys() & reference.keys() if base[name] != reference[name])
    for name in changing[::EVERY]:
        nights.restore()
        done = edit_before(nights, name, how)
        ended = nights.run()
        assert done == [name], "the edit came too late"
        assert (ended.code, ended.said) == (0, ""), ended
        once = nights.left()
        again = nights.run()
        assert (again.code, again.said) == (0, ""), again
        left = nights.left()
        assert left.own == once.own
        assert left.foreign == nights.base.foreign
        # A block that is away leaves a gap, which may have to be held; everything else is as planned.
        assert all(left.own.get(n) == body for n, body in reference.items() if n != name)
        if how == "deleted":
            assert name not in left.own
            assert [status for *_, status in left.journal.values() if status != "seen"] == ["deleted"]
        elif how == "renamed":
            assert stages.TEA.encode() in left.own[name]
            assert {status for *_, status in left.journal.values()} == {"seen"}
        else:
            assert stages.is_late(left.own[name])


def edit_before(nights: Nights, name: str, how: Hand) -> list[str]:
    """Right before the block is written; where blocks are written together, before the first of them."""
    done: list[str] = []

    def before(_number: int, method: str, path: str) -> None:
        mine = path == name or nights.stage.name.startswith("Google")
        if not done and method in WRITES and mine:
            done.append(name)
            nights.stage.edit(name, how)

    nights.proxy.before = before
    return done
