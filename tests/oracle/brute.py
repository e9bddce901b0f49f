"""The best plan by trying everything: every place and none for every item on every date.

Two arrangements of one day count as one where no part of the order can tell them apart: the same use of quotas, and the
same sets of bookings that the other days can notice. Nothing else is left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from tests.oracle.book import Book, Meet, Span, both, mins
from tests.oracle.findings import safe
from tests.oracle.items import Chance, Setting, apart, chances, period_of, setting, slug
from tests.oracle.layout import Laid, lay_out
from tests.oracle.slots import of_day, tight
from tests.oracle.value import (
    Placed,
    Value,
    asked_minutes,
    between_weeks,
    beyond_flex,
    changed,
    counted_days,
    kept,
    lone_guards,
    pieces_of_breaks,
    stretches,
    useful,
    value,
)

Use = tuple[tuple[int, date, int], ...]  # item, period, minutes placed, for every quota on a day
Standing = Sequence[tuple[str, Span]]


@dataclass(frozen=True)
class Best:
    """The best plan: its value, one of the arrangements that has it, and its open time."""

    value: Value
    placed: tuple[Placed, ...]
    open_time: tuple[Span, ...]


@dataclass
class Desk:
    """A book and what has been worked out about it."""

    book: Book
    fixed: Setting
    chances: list[Chance]
    standing: Standing
    laid: dict[object, Laid]
    known: dict[object, bool]

    @classmethod
    def of(cls, book: Book, standing: Standing = ()) -> Desk:
        fixed = setting(book)
        return cls(book, fixed, chances(book, fixed, standing), standing, {}, {})

    def open_time(self, placed: Sequence[Placed]) -> tuple[Span, ...]:
        """The open time that the guards leave, stretch by stretch."""
        breaks = pieces_of_breaks(self.fixed, placed)
        work = [p for i, _, p in placed if not self.book.rules.protect[i].counts_as_break]
        obstacles = sorted([*self.fixed.obstacles, *work])
        pieces: list[Span] = []
        for stretch in stretches(self.book, self.fixed, placed):
            a, b = stretch
            near = tuple(o for o in obstacles if o[1] > a - 240 and o[0] < b + 240)
            joins = tuple(s for s in breaks if s[1] == a or s[0] == b)
            key = stretch, joins, near
            if key not in self.laid:
                self.laid[key] = lay_out(self.book, stretch, joins, near, self.known)
            pieces += self.laid[key].pieces
        return tuple(pieces)


def arrangements(desk: Desk, some: Sequence[Chance]) -> Iterator[tuple[Placed, ...]]:
    """Every way to place these chances of one day."""

    def go(n: int, placed: tuple[Placed, ...]) -> Iterator[tuple[Placed, ...]]:
        if n == len(some):
            yield placed
            return
        yield from go(n + 1, placed)
        chance = some[n]
        for place in chance.places:
            if all(apart(desk.book, (chance.item, place), (i, p)) for i, _, p in placed):
                yield from go(n + 1, (*placed, (chance.item, chance.day, place)))

    return go(0, ())


def use(desk: Desk, placed: Sequence[Placed]) -> Use:
    """What an arrangement of a day takes of the quotas."""
    likes = {(c.item, c.day): c for c in desk.chances}
    return tuple((i, period, b - a) for i, d, (a, b) in placed if (period := likes[i, d].period) is not None)


def rough(desk: Desk, placed: Sequence[Placed]) -> tuple[tuple[int, ...], int, int]:
    """The first parts of the order for one day: what is kept but for amounts, near changes, minutes beyond flex."""
    numbers = kept(desk.book, [p for p in placed if not is_amount(desk, p[0])])
    minutes = kept(desk.book, placed)
    likes = {(c.item, c.day): c.ideally for c in desk.chances}
    flat = tuple(n for (count, _), (_, total) in zip(numbers, minutes, strict=True) for n in (count, total))
    day = {d for _, d, _ in placed}
    of_day = [s for s in desk.standing if desk.book.day(s[1][0]) in day]
    near = changed(desk.book, placed, of_day)[0]
    return flat, -near, -sum(beyond_flex(desk.book, i, likes[i, d], p) for i, d, p in placed)


def is_amount(desk: Desk, item: int) -> bool:
    quota = desk.book.rules.protect[item].quota
    return quota is not None and quota.amount is not None


def allowed(desk: Desk, uses: Sequence[Use]) -> bool:
    """Whether quotas are not overfilled; `uses` from the first date on."""
    book = desk.book
    got: dict[tuple[int, date], list[int]] = defaultdict(list)
    for item, period, minutes in (x for u in uses for x in u):
        got[item, period].append(minutes)
    for (item, period), pieces in got.items():
        of = book.rules.protect[item]
        assert of.quota is not None
        if of.quota.times is not None:
            quota = of.quota
            done = {book.dates[book.day(a)] for a, _ in book.done.get(slug(of), ())}
            if len(pieces) > of.quota.times - sum(period_of(quota, d)[0] == period for d in done):
                return False
        else:
            least = mins(of.quota.least)
            if sum(pieces) > asked_minutes(book, item, period) + (least - 1 if pieces[0] == least else 0):
                return False
    return True


def plan(book: Book, standing: Standing = ()) -> Best:
    """The best plan of a small book."""
    desk = Desk.of(book, standing)
    days: dict[int, list[Chance]] = {d: [] for d in book.days}
    for chance in desk.chances:
        days[chance.day].append(chance)
    by_day: list[dict[Use, list[tuple[Placed, ...]]]] = []
    for day, some in days.items():
        groups: dict[Use, list[tuple[Placed, ...]]] = defaultdict(list)
        for placed in arrangements(desk, some):
            groups[use(desk, placed)].append(placed)
        near = [s for s in standing if desk.book.day(s[1][0]) == day]
        kept_groups = {}
        for used, options in groups.items():
            scored = [(near_first(desk, o, near), o) for o in options]
            top = max(score for score, _ in scored)
            kept_groups[used] = [o for score, o in scored if score == top]
        by_day.append(kept_groups)
    firsts: dict[tuple[Use, ...], object] = {}
    for uses in product(*by_day):
        if allowed(desk, uses):
            sample = [p for day, u in zip(by_day, uses, strict=True) for p in day[u][0]]
            firsts[uses] = first_parts(desk, sample)
    top_first = max(firsts.values())  # type: ignore[type-var]  # tuples of numbers
    best: Best | None = None
    thin: dict[tuple[int, Use], list[tuple[Placed, ...]]] = {}
    for uses, parts in firsts.items():
        if parts != top_first:
            continue
        choices = []
        for n, used in enumerate(uses):
            if (n, used) not in thin:
                thin[n, used] = distinct(desk, book.days[n], by_day[n][used])
            choices.append(thin[n, used])
        for combination in product(*choices):
            placed = tuple(p for day in combination for p in day)
            open_time = desk.open_time(placed)
            worth = value(book, desk.fixed, desk.chances, placed, open_time, standing)
            if best is None or worth.order() > best.value.order():
                best = Best(worth, placed, open_time)
    assert best is not None
    return best


def near_first(desk: Desk, placed: Sequence[Placed], near: Standing) -> tuple[object, ...]:
    flat, _, beyond = rough(desk, placed)
    return flat, -changed(desk.book, placed, near)[0], beyond


def first_parts(desk: Desk, placed: Sequence[Placed]) -> tuple[object, ...]:
    likes = {(c.item, c.day): c.ideally for c in desk.chances}
    near = changed(desk.book, placed, desk.standing)[0]
    beyond = sum(beyond_flex(desk.book, i, likes[i, d], p) for i, d, p in placed)
    moved = between_weeks(desk.book, placed, desk.standing)
    return kept(desk.book, placed), -near, -beyond, -moved


def distinct(desk: Desk, day: int, options: Sequence[tuple[Placed, ...]]) -> list[tuple[Placed, ...]]:
    """Of the arrangements of a day that allow the same sets of bookings, the best by what adds up day by day."""
    book = desk.book
    best: dict[object, tuple[tuple[int, ...], tuple[Placed, ...]]] = {}
    likes = {(c.item, c.day): c.ideally for c in desk.chances}
    span = (book.dawns[day], book.dawns[day + 1])
    near = [s for s in desk.standing if book.day(s[1][0]) == day]
    for placed in options:
        open_time = tuple(both(desk.open_time(placed), [span]))
        sets: object = None
        if day in counted_days(book):
            sets = frozenset(of_day(book, day, open_time, desk.fixed.obstacles, tight(book)))
        breaks = both(pieces_of_breaks(desk.fixed, placed), [span])
        free = both(stretches(book, desk.fixed, placed), [span])
        adds = (
            -changed(book, placed, near)[1],
            useful(book, open_time),
            -(len(breaks) + len(placed) + lone_guards(open_time, breaks, free)),
            -sum(abs(p[0] - like) for i, d, p in placed if (like := likes[i, d]) is not None),
            -sum(p[0] for _, _, p in placed),
        )
        if sets not in best or adds > best[sets][0]:
            best[sets] = adds, placed
    return [placed for _, placed in best.values()]


def unsafe(desk: Desk, placed: Sequence[Placed], open_time: Sequence[Span]) -> list[str]:
    """What is wrong with a plan: blocks where none may be, a break not held, a booking that would break a rule."""
    book = desk.book
    wrong: list[str] = []
    where = {(c.item, c.day): c for c in desk.chances}
    for item, day, place in placed:
        if (item, day) not in where or place not in where[item, day].places:
            wrong.append(f"{book.rules.protect[item].name} may not lie at {place}")
    for n, one in enumerate(placed):
        wrong += [f"{one} and {two} clash" for two in placed[:n] if not apart(book, (one[0], one[2]), (two[0], two[2]))]
    free = stretches(book, desk.fixed, placed)
    if both(open_time, free) != sorted(open_time):
        wrong.append("open time lies where something must be held")
    work = [p for i, _, p in placed if not book.rules.protect[i].counts_as_break]
    for kind in book.bookable:
        size = mins(kind.length)
        for a, b in open_time:
            for t in range(a, b - size + 1):
                if not safe(book, Meet(t, t + size, kind.name), [*desk.fixed.obstacles, *work]):
                    wrong.append(f"a booking of {kind.name} at {t} breaks a rule")
    return wrong
