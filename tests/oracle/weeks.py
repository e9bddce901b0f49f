"""The best plan of whole weeks by an integer program (HiGHS): the parts of the order solved one after the other.

Each day is a path: floating items one after the other, and between two of them a quiet stretch whose guards, open
minutes and safe starts come from `layout`. Bookings are chosen beside it, each inside a quiet stretch that lets it
start there. Holds for one bookable kind, without runs or rest that could matter; `fits` says whether a book is such."""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from math import gcd, inf
from pathlib import Path

import highspy
import numpy as np

from rules.practice import PRIORITIES
from tests.oracle.book import Book, Span, both, mins, minus, union
from tests.oracle.brute import Desk, is_amount
from tests.oracle.items import Chance, due, period_of
from tests.oracle.layout import Laid, lay_out
from tests.oracle.slots import binding, spanning
from tests.oracle.value import Value, asked_minutes, beyond_flex, counted_days, useful


@dataclass
class Program:
    """Columns and rows of an integer program, and parts of an order as rows of coefficients, each to be maximised."""

    uppers: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    aims: list[tuple[str, dict[int, float], float]] = field(default_factory=list)

    def column(self, upper: float = 1, *, whole: bool = True) -> int:
        self.uppers.append(upper)
        self.whole.append(whole)
        return len(self.uppers) - 1

    def row(self, terms: dict[int, float], low: float = -inf, high: float = inf) -> None:
        self.rows.append((terms, low, high))

    def aim(self, name: str, terms: dict[int, float], most: float) -> None:
        """The next part of the order. most: its sum is never larger than this, whichever sign it has."""
        self.aims.append((name, terms, most))


@dataclass
class Solved:
    """The value of each aim that was proven, in order. seconds: the solver's own processor time."""

    values: dict[str, int]
    seconds: float
    finished: bool


MOST = 1e7  # parts of the order are solved as one while the first part's weight stays below this: far from rounding


def steps(program: Program) -> list[dict[str, float]]:
    """The aims in order, put together where one sum can hold several exactly: name -> weight."""
    out: list[dict[str, float]] = []
    reach = inf
    for name, terms, most in reversed(program.aims):
        if not terms:
            continue
        if out and reach * (most + 1) <= MOST:
            out[-1][name] = reach
            reach *= most + 1
        else:
            out.append({name: 1.0})
            reach = most + 1
    return out[::-1]


def solve(program: Program, *, limit: float = inf) -> Solved:
    """Maximise one part of the order after the other, each with the ones before held. limit: seconds in all, by the
    clock on the wall."""
    highs = silent()
    for option, setting in {
        "output_flag": False,
        "threads": 1,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.5,
        "log_to_console": False,
    }.items():
        highs.setOptionValue(option, setting)
    build(highs, program)
    aims = {name: terms for name, terms, _ in program.aims}
    values: dict[str, int] = {}
    spent, worked = 0.0, 0.0
    count = len(program.uppers)
    columns = np.arange(count, dtype=np.int32)
    highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
    for step in steps(program):
        cost = np.zeros(count)
        for name, weight in step.items():
            for n, c in aims[name].items():
                cost[n] += c * weight
        highs.changeColsCost(count, columns, cost)
        highs.setOptionValue("time_limit", float(min(limit - spent, 1e9)))  # of this run alone
        began, busy = time.perf_counter(), time.process_time()
        highs.run()
        spent += time.perf_counter() - began
        worked += time.process_time() - busy
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return Solved(values, worked, False)
        solution = highs.getSolution()
        found = np.array(solution.col_value)
        for name in step:
            values[name] = round(sum(c * found[n] for n, c in aims[name].items()))
        index = np.flatnonzero(cost).astype(np.int32)
        best = round(float(cost @ found))
        highs.addRow(best - 0.25, inf, len(index), index, cost[index])
        highs.setSolution(solution)
        if spent >= limit:
            return Solved(values, worked, False)
    return Solved({name: values.get(name, 0) for name, _, _ in program.aims}, worked, True)


def silent() -> highspy.Highs:
    """A solver whose banner, which comes before any option can be set, is not shown."""
    sys.stdout.flush()
    shown = os.dup(1)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            highs = highspy.Highs()  # type: ignore[no-untyped-call]
        finally:
            os.dup2(shown, 1)
            os.close(shown)
    highs.silent()
    return highs


def build(highs: highspy.Highs, program: Program) -> None:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.uppers), len(program.rows)
    lp.col_cost_ = np.zeros(lp.num_col_)
    lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), np.array(program.uppers, dtype=float)
    lp.row_lower_ = np.array([r[1] for r in program.rows])
    lp.row_upper_ = np.array([r[2] for r in program.rows])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.cumsum([0, *(len(r[0]) for r in program.rows)], dtype=np.int32)
    lp.a_matrix_.index_ = np.array([n for r in program.rows for n in r[0]], dtype=np.int32)
    lp.a_matrix_.value_ = np.array([c for r in program.rows for c in r[0].values()], dtype=float)
    types = {True: highspy.HighsVarType.kInteger, False: highspy.HighsVarType.kContinuous}
    lp.integrality_ = [types[w] for w in program.whole]
    highs.passModel(lp)


def as_aims(worth: Value) -> dict[str, int]:
    """A value as the program's aims."""
    kept = zip(PRIORITIES, worth.kept, strict=True)
    out = {f"{p} {name}": n for p, pair in kept for name, n in zip(("number", "minutes"), pair, strict=True)}
    out |= {"beyond_flex": worth.beyond_flex, "slots": sum(worth.slots)}
    out |= {f"later_slots {n}": slots for n, slots in enumerate(worth.later_slots)}
    rest = ("changes", "open_minutes", "blocks", "ideally", "spread", "starts")
    return out | {name: getattr(worth, name) for name in rest}


def fits(book: Book) -> bool:
    """Whether the program can speak for this book."""
    limits = book.rules.per_day.heavy, book.rules.per_week.heavy
    return (
        len(book.bookable) == 1
        and book.rules.in_a_row is None
        and book.rules.rest.days_off_per_week is None
        and limits == (None, None)
        and not binding(book)
        and not spanning(book)
    )


def program(book: Book) -> Program:
    """The integer program of a book in which nothing stands."""
    assert fits(book), "runs, rest and kinds are for brute force"
    return _Maker(book).make()


Flavour = tuple[str, int]  # what touches a quiet stretch: ("", 0), ("work", 0), or short ("rest", its minutes)
PLAIN: Flavour = ("", 0)


class _Maker:
    def __init__(self, book: Book) -> None:
        self.book, self.desk, self.out = book, Desk.of(book), Program()
        (self.kind,) = book.bookable
        self.size = mins(self.kind.length)
        self.gap = book.gap(self.kind.name, self.kind.name)
        self.longest = max(book.need_after(self.kind.name), book.need_before(self.kind.name))
        edges = [n for s in book.sessions for n in (s.start, s.end)] + [n for w in book.working for n in w]
        self.unit = reduce(gcd, [*edges, mins(book.rules.grid)], gcd(self.size, self.gap))
        self.laid: dict[object, tuple[list[Span], int, list[Span]]] = {}
        self.places: dict[tuple[int, int], list[tuple[int, Span]]] = defaultdict(list)  # item, day -> column, place
        self.open: dict[int, float] = {}
        self.blocks: dict[int, float] = {}
        self.bookings: dict[int, dict[int, int]] = {}

    def make(self) -> Program:
        for day in self.book.days:
            self.day(day)
        self.quotas()
        self.order()
        return self.out

    def flavour(self, item: int, place: Span) -> Flavour:
        of = self.book.rules.protect[item]
        if not of.counts_as_break:
            return "work", 0
        size = place[1] - place[0]
        return ("rest", size) if size < self.longest else PLAIN

    def day(self, day: int) -> None:
        """The paths of one day, from one thing that cannot move to the next, and its bookings."""
        book, fixed = self.book, self.desk.fixed
        begin, end = book.dawns[day], book.dawns[day + 1]
        hard = [*((s.start, s.end) for s in book.sessions), *fixed.obstacles, *fixed.fixed_rest]
        chances = [c for c in self.desk.chances if c.day == day]
        allows: dict[int, dict[int, float]] = defaultdict(dict)  # start -> quiet columns in which it may lie
        for segment in minus([(begin, end)], hard):
            self.segment(segment, chances, allows)
        if day in counted_days(book):
            self.choose(day, allows)

    def segment(self, segment: Span, chances: Sequence[Chance], allows: dict[int, dict[int, float]]) -> None:
        nodes: dict[tuple[str, int, Flavour], dict[int, float]] = defaultdict(dict)  # balance of each node
        a, b = segment
        ends, begins = {(a, PLAIN)}, {(b, PLAIN)}
        for chance in chances:
            for s, e in chance.places:
                if not (a <= s and e <= b):
                    continue
                touch = self.flavour(chance.item, (s, e))
                column = self.out.column()
                self.places[chance.item, chance.day].append((column, (s, e)))
                nodes["begin", s, touch][column] = -1.0
                nodes["end", e, touch][column] = 1.0
                begins.add((s, touch))
                ends.add((e, touch))
        for s, left in ends:
            for e, right in begins:
                if e < s or not self.far_enough(e - s, left, right):
                    continue
                column = self.out.column(whole=False)  # given whole items, there is one path
                nodes["end", s, left][column] = -1.0
                nodes["begin", e, right][column] = 1.0
                self.quiet(column, (s, e), right, left, allows)
        for (name, t, touch), terms in nodes.items():
            source = name == "end" and (t, touch) == (a, PLAIN)
            sink = name == "begin" and (t, touch) == (b, PLAIN)
            # A source gives one unit, a sink takes one.
            self.out.row(terms, -1.0 if source else 1.0 if sink else 0.0, -1.0 if source else 1.0 if sink else 0.0)

    def far_enough(self, room: int, left: Flavour, right: Flavour) -> bool:
        kinds = {left[0], right[0]}
        return kinds != {"work", "rest"} or room >= self.longest - max(left[1], right[1])

    def quiet(
        self, column: int, span: Span, right: Flavour, left: Flavour, allows: dict[int, dict[int, float]]
    ) -> None:
        key = span, right[0] == "work", left[0] == "work"
        if key not in self.laid:
            self.laid[key] = self.lay(span, right[0] == "work", left[0] == "work")
        pieces, blocks, _ = self.laid[key]
        self.open[column] = float(useful(self.book, pieces))
        self.blocks[column] = float(blocks)
        for x, y in pieces:
            for t in range(x + -x % self.unit, y - self.size + 1, self.unit):
                allows[t][column] = 1.0

    def lay(self, span: Span, right_work: bool, left_work: bool) -> tuple[list[Span], int, list[Span]]:
        """Open pieces and the number of blocks (pieces of breaks and lone guards) of a quiet stretch."""
        if span[0] == span[1]:
            return [], 0, []
        breaks = both(self.desk.fixed.held, [span])
        obstacles = list(self.desk.fixed.obstacles)
        obstacles += [(span[1], span[1] + 60)] if right_work else []
        obstacles += [(span[0] - 60, span[0])] if left_work else []
        pieces: list[Span] = []
        blocks = len(breaks)
        for a, b in minus(both(self.book.working, [span]), breaks):
            near = [o for o in union(obstacles) if o[1] > a - 240 and o[0] < b + 240]
            laid: Laid = lay_out(self.book, (a, b), breaks, near, self.desk.known)
            pieces += laid.pieces
            blocks += laid.guards
        return pieces, blocks, breaks

    def choose(self, day: int, allows: dict[int, dict[int, float]]) -> None:
        """Bookings: each where a quiet stretch lets it start, none too near the next, no more than the day leaves."""
        starts = sorted(t for t in allows if t % self.unit == 0)
        columns = {t: self.out.column(whole=False) for t in starts}  # rows of ones side by side: whole by themselves
        self.bookings[day] = columns
        for t, column in columns.items():
            self.out.row({column: 1.0, **dict.fromkeys(allows[t], -1.0)}, high=0.0)
            near = [other for s, other in columns.items() if t <= s < t + self.size + self.gap]
            if len(near) > 1:
                self.out.row(dict.fromkeys(near, 1.0), high=1.0)
        self.out.row(dict.fromkeys(columns.values(), 1.0), high=self.left("per_day", [day]))

    def left(self, name: str, days: Sequence[int]) -> float:
        """How many bookings a limit leaves on these days."""
        limit = getattr(self.book.rules, name)
        some = [s for s in self.book.sessions if self.book.day(s.start) in days]
        most = inf
        if limit.sessions is not None:
            most = min(most, limit.sessions - len(some))
        if limit.time is not None:
            used = sum(b - a for a, b in union((s.start, s.end) for s in some))
            most = min(most, (mins(limit.time) - used) // self.size)
        if limit.weight is not None and self.kind.weight:
            weighs = sum(self.book.rules.kinds[s.kind].weight for s in some)
            most = min(most, (limit.weight - weighs) // self.kind.weight)
        return max(0.0, most)

    def quotas(self) -> None:
        """Each item once a date at most; a quota's number or amount not overfilled."""
        book = self.book
        self.periods: dict[tuple[int, date], list[tuple[int, int, Span]]] = defaultdict(list)
        for (item, day), options in self.places.items():
            self.out.row({column: 1.0 for column, _ in options}, high=1.0)
            quota = book.rules.protect[item].quota
            if quota is not None:
                period = period_of(quota, book.dates[day])[0]
                self.periods[item, period] += [(column, day, place) for column, place in options]
        self.met: dict[tuple[int, date], int] = {}
        self.beyond: dict[tuple[int, date], int] = {}  # minutes more than an amount asks for, which do not count
        for (item, period), chosen in self.periods.items():
            quota = book.rules.protect[item].quota
            assert quota is not None
            if quota.times is not None:
                self.out.row({column: 1.0 for column, _, _ in chosen}, high=float(quota.times))
                continue
            asked, least = asked_minutes(book, item, period), mins(quota.least)
            minutes = {column: float(b - a) for column, _, (a, b) in chosen}
            met, over = self.out.column(), self.out.column()
            beyond = self.out.column(float(least), whole=False)
            self.met[item, period], self.beyond[item, period] = met, beyond
            self.out.row({**minutes, beyond: -1.0}, high=float(asked))
            self.out.row({**minutes, met: -float(asked)}, low=0.0)
            self.out.row({**minutes, over: -float(least - 1)}, high=float(asked))
            short = [(day, c) for c, day, (a, b) in chosen if b - a == least]
            self.out.row({over: 1.0, **{c: -1.0 for _, c in short}}, high=0.0)
            for day in {d for _, d, _ in chosen}:  # a longer piece only after one of the least length
                longer = {c: 1.0 for c, d, (a, b) in chosen if d == day and b - a > least}
                self.out.row({over: 1.0, **longer, **{c: -1.0 for d, c in short if d < day}}, high=1.0)

    def order(self) -> None:
        """The aims of decision 0009, in order."""
        book, out = self.book, self.out
        every = [(i, d, c, p) for (i, d), options in self.places.items() for c, p in options]
        likes = {(c.item, c.day): c.ideally for c in self.desk.chances}

        def at_most(terms: dict[int, float]) -> float:
            """A bound on a sum over places: each item and date has one at most."""
            return sum(max(abs(terms.get(c, 0.0)) for c, _ in some) for some in self.places.values() if some)

        for name in PRIORITIES:
            of = {i for i, item in enumerate(book.rules.protect) if item.priority == name}
            number = {c: 1.0 for i, _, c, _ in every if i in of and not is_amount(self.desk, i)}
            met = {m: 1.0 for (i, _), m in self.met.items() if i in of}
            out.aim(f"{name} number", number | met, at_most(number) + len(met))
            minutes = {c: float(p[1] - p[0]) for i, _, c, p in every if i in of}
            beyond = {column: -1.0 for (i, _), column in self.beyond.items() if i in of}
            out.aim(f"{name} minutes", minutes | beyond, at_most(minutes))
        flexed = {c: -n for i, d, c, p in every if (n := float(beyond_flex(book, i, likes[i, d], p)))}
        out.aim("beyond_flex", flexed, at_most(flexed))
        weeks: dict[object, list[int]] = defaultdict(list)
        for day in counted_days(book):
            weeks[book.week(day)].append(day)
        now, later = dict[int, float](), [dict[int, float]() for _ in range(7)]
        for days in weeks.values():
            monday = days[0] - days[0] % 7
            most = self.left("per_week", range(monday, monday + 7))
            for n in range(len(days)):
                column = out.column(min(most, 999.0), whole=False)
                some = [c for d in days[n:] for c in self.bookings.get(d, {}).values()]
                out.row({column: 1.0, **dict.fromkeys(some, -1.0)}, high=0.0)
                later[days[n] % 7][column] = 1.0
                if n == 0:
                    now[column] = 1.0
        working = sum(b - a for a, b in both(book.working, [book.canvas]))
        bookings = working // self.size
        out.aim("slots", now, bookings)
        for n, of_weekday in enumerate(later):
            out.aim(f"later_slots {n}", of_weekday, bookings)
        changes = {c: -1.0 for _, _, c, _ in every}
        out.aim("changes", changes, at_most(changes))
        out.aim("open_minutes", {c: n for c, n in self.open.items() if n}, working)
        blocks = {c: -n for c, n in self.blocks.items() if n} | changes
        out.aim("blocks", blocks, 3 * (len(book.sessions) + len(self.places)) + working // 15)
        away = {c: -float(abs(p[0] - like)) for i, d, c, p in every if (like := likes[i, d]) is not None}
        out.aim("ideally", {c: n for c, n in away.items() if n}, at_most(away))
        spread = self.spread()
        out.aim("spread", spread, -sum(sorted(spread.values())[: len(self.places)]))
        starts = {c: -float(p[0] - book.canvas[0]) for _, _, c, p in every}
        out.aim("starts", starts, at_most(starts))

    def spread(self) -> dict[int, float]:
        """A quota's k-th block by date, matched with its place. Where there are fewer blocks than the period asks for,
        the first places stay empty. That blocks and places are in the same order costs least: no row says so."""
        book, out, costs = self.book, self.out, dict[int, float]()
        for (item, period), chosen in self.periods.items():
            of = book.rules.protect[item]
            assert of.quota is not None
            n = of.quota.times
            if n is None:
                continue
            quota = of.quota
            possible = [d for d, x in enumerate(book.dates) if period_of(quota, x)[0] == period and due(book, of, d)]
            ranks = [{d: out.column() for d in {d for _, d, _ in chosen}} for _ in range(n)]
            for d in ranks[0]:
                here = {c: -1.0 for c, day, _ in chosen if day == d}
                out.row({**{rank[d]: 1.0 for rank in ranks}, **here}, 0.0, 0.0)
            for k, rank in enumerate(ranks):
                out.row(dict.fromkeys(rank.values(), 1.0), high=1.0)
                if k:
                    out.row(
                        {**dict.fromkeys(ranks[k - 1].values(), 1.0), **dict.fromkeys(rank.values(), -1.0)}, high=0.0
                    )
                for d, column in rank.items():
                    far = abs(n * (2 * possible.index(d) + 1) - len(possible) * (2 * k + 1))
                    if far:
                        costs[column] = -float(far)
        return costs
