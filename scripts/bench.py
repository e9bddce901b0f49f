"""What `make bench` prints: ratios of one run, the peak memory of a one-year plan, and how many requests servers get.
No absolute times: they say more about the computer than about the planner. See docs/benchmarks.md.

    python scripts/bench.py                 all of it; or name parts: repeating, different, week, weeks, google, caldav,
                                            writing
    BENCH_LIMIT=60 python scripts/bench.py  the integer program gets so many seconds (240)
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rules.diary import Diary  # noqa: E402  # from the working copy, after the path is set
from rules.engine import demand  # noqa: E402
from scheduler.board import Standing  # noqa: E402
from scheduler.placement import place  # noqa: E402
from scripts.bench.practice import diary, rules  # noqa: E402

LIMIT = float(os.environ.get("BENCH_LIMIT", "240"))
COARSE = 15  # minutes: the grid on which the integer program is small enough to be built at all


def line(what: str, figure: str, aim: str, met: bool) -> None:
    print(f"{what:<58} {figure:>16}   aim {aim:<14} {'met' if met else 'NOT MET'}", flush=True)


def against_highspy(weeks: int) -> None:
    """The same instance by both: how many times faster, and whether the optimum is the same."""
    from tests.oracle import weeks as program  # not at the top: the memory figure is to be without numpy
    from tests.oracle.book import read
    from tests.oracle.brute import Desk
    from tests.oracle.planner import planned
    from tests.oracle.value import value

    book = asked(weeks, "coarse")
    mine = min(alone(weeks, "coarse").seconds for _ in range(3))
    whole = read(book)
    solved = program.solve(program.program(whole), limit=LIMIT)
    desk, ours = Desk.of(whole), planned(whole, book)
    worth = program.as_aims(value(whole, desk.fixed, desk.chances, ours.placed, ours.open_time))
    same = all(worth[name] == best for name, best in solved.values.items())
    name = f"{weeks} week{'s' if weeks > 1 else ''}"
    ratio = solved.seconds / mine
    at_least = "" if solved.finished else "at least "
    aim = "50 x (100 x)"
    line(
        f"highspy's time, {name}, grid of {COARSE} min, to the planner's", f"{at_least}{ratio:.0f} x", aim, ratio >= 50
    )
    proven = len(solved.values)
    line(f"the same optimum, {name}: parts of the order compared", f"{proven} of {len(worth)}", "all equal", same)
    if not same:
        for part, best in solved.values.items():
            if worth[part] != best:
                print(f"    {part}: highspy {best}, planner {worth[part]}")


def growth(kind: str) -> None:
    """How planning grows with the horizon, with every rule of the default preset, and the memory of a year."""
    six = min(alone(6, kind).seconds for _ in range(3))
    for weeks, most in ((12, 2.5), (52, 12.0)):
        took = min(alone(weeks, kind) for _ in range(3))  # the least: other work on the computer only adds
        ratio = took.seconds / six
        line(f"{weeks} weeks to 6, every rule, {KINDS[kind]}", f"{ratio:.1f} x", f"{most:g} x", ratio <= most)
    what = f"peak memory of one year, {KINDS[kind]}, Python included"
    line(what, f"{took.megabytes:.0f} MB", "100 MB", took.megabytes < 100)


def google() -> None:
    """Requests to Google, counted: a first night of 400 blocks, and a night in which nothing has changed."""
    from scripts.bench.google import batches, nights  # not at the top: the memory figure is to be without it

    first, second = nights()
    wrote, least = batches(first)
    reads = first.requests["events.list"]
    line(f"requests that write {first.written} new blocks to Google", str(wrote), str(least), wrote <= least)
    line("requests that read the calendar on that night", str(reads), "1", reads <= 1)
    asked = second.requests.total()
    line("requests of a night without changes, one calendar", str(asked), "1", asked == 1)


def caldav(part: str) -> None:
    """Quiet nights, or writing, against vdirsyncer on real servers."""
    from scripts.bench.caldav import report  # not at the top: tests need what the other parts do not

    report(line, part)


KINDS = {"repeating": "weeks repeat", "different": "weeks differ"}


def asked(weeks: int, kind: str) -> Diary:
    """What is planned. coarse: what the integer program can speak for."""
    law = rules(grid=COARSE) if kind == "coarse" else rules(every_rule=True)
    return diary(weeks, law, repeating=kind == "repeating")


class Alone(NamedTuple):
    """What a process of its own took to plan: processor seconds of planning alone, and its peak memory in MB."""

    seconds: float
    megabytes: float


def alone(weeks: int, kind: str) -> Alone:
    """Plan so many weeks in a process that does nothing else: nothing is known from a plan before."""
    command = [sys.executable, __file__, "plan", str(weeks), kind]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return Alone(*map(float, done.stdout.split()))


def plan(weeks: int, kind: str) -> None:
    """In a process of its own: plan, rules and all; print seconds and the peak of memory in MB."""
    book = asked(weeks, kind)
    began = time.process_time()
    place(book, demand(book), Standing())
    took = time.process_time() - began
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)


PARTS = {
    "repeating": lambda: growth("repeating"),
    "different": lambda: growth("different"),
    "week": lambda: against_highspy(1),
    "weeks": lambda: against_highspy(6),
    "google": google,
    "caldav": lambda: caldav("caldav"),
    "writing": lambda: caldav("writing"),
}


def main() -> None:
    if sys.argv[1:2] == ["plan"]:
        plan(int(sys.argv[2]), sys.argv[3])
        return
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
