"""What `make bench` prints: ratios of one run, and the peak memory of a one-year plan. No absolute times: they say more
about the computer than about the planner. See docs/benchmarks.md.

    python scripts/bench.py                 all of it; or name parts: memory, growth, week, weeks
    BENCH_LIMIT=60 python scripts/bench.py  the integer program gets so many seconds (300)
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rules.diary import Diary  # noqa: E402  # from the working copy, after the path is set
from rules.engine import demand  # noqa: E402
from scheduler.board import Standing  # noqa: E402
from scheduler.placement import place  # noqa: E402
from scripts.bench.practice import diary, rules  # noqa: E402

LIMIT = float(os.environ.get("BENCH_LIMIT", "300"))
COARSE = 15  # minutes: the grid on which the integer program is small enough to be built at all


def seconds(book: Diary, runs: int = 1) -> float:
    """The least time that planning takes, rules and all."""
    best = float("inf")
    for _ in range(runs):
        began = time.perf_counter()
        place(book, demand(book), Standing())
        best = min(best, time.perf_counter() - began)
    return best


def line(what: str, figure: str, aim: str, met: bool) -> None:
    print(f"{what:<58} {figure:>16}   aim {aim:<14} {'met' if met else 'NOT MET'}", flush=True)


def against_highspy(weeks: int) -> None:
    """The same instance by both: how many times faster, and whether the optimum is the same."""
    from tests.oracle import weeks as program  # not at the top: the memory figure is to be without numpy
    from tests.oracle.book import read
    from tests.oracle.brute import Desk
    from tests.oracle.planner import planned
    from tests.oracle.value import value

    book = diary(weeks, rules(grid=COARSE))
    mine = seconds(book, 3)
    whole = read(book)
    solved = program.solve(program.program(whole), limit=LIMIT)
    desk, plan = Desk.of(whole), planned(whole, book)
    worth = program.as_aims(value(whole, desk.fixed, desk.chances, plan.placed, plan.open_time))
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


def growth() -> None:
    """How planning grows with the horizon, with every rule of the default preset."""
    law = rules(every_rule=True)
    six = seconds(diary(6, law), 2)
    for weeks, most in ((12, 2.5), (52, 12.0)):
        ratio = seconds(diary(weeks, law)) / six
        line(f"{weeks} weeks to 6 weeks, every rule, grid of 5 min", f"{ratio:.1f} x", f"{most:g} x", ratio <= most)


def memory() -> None:
    """The peak memory of a process that does nothing but plan a year, Python itself included."""
    done = subprocess.run([sys.executable, __file__, "year"], check=True, capture_output=True, text=True, cwd=ROOT)
    megabytes = float(done.stdout)
    line("peak memory of a one-year plan, Python included", f"{megabytes:.0f} MB", "100 MB", megabytes < 100)


def year() -> None:
    """In a process of its own: plan a year and print the peak of memory in MB."""
    place(book := diary(52, rules(every_rule=True)), demand(book), Standing())
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024))


PARTS = {
    "memory": memory,
    "growth": growth,
    "week": lambda: against_highspy(1),
    "weeks": lambda: against_highspy(6),
}


def main() -> None:
    if sys.argv[1:] == ["year"]:
        year()
        return
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
