"""The value of a plan, as decision 0009 orders it: the larger tuple is the better plan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from rules.practice import PRIORITIES
from tests.oracle.book import Book, Span, both, mins, minus
from tests.oracle.items import Chance, Setting, due, period_of, slug
from tests.oracle.layout import lone
from tests.oracle.slots import most

Placed = tuple[int, int, Span]  # the item's place in the file, the day, the time


@dataclass(frozen=True)
class Value:
    """One field for each line of the order; what is to be small is negative."""

    kept: tuple[tuple[int, int], ...]
    near_same: int
    beyond_flex: int
    between_weeks: int
    slots: tuple[int, ...]
    later_slots: tuple[int, ...]
    changes: int
    open_minutes: int
    blocks: int
    ideally: int
    spread: int
    starts: int

    def order(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)


def kept(book: Book, placed: Iterable[Placed]) -> tuple[tuple[int, int], ...]:
    """For each priority: how many items have a place, then their minutes. An amount counts once, when it is met,
    and no further."""
    number: Counter[str] = Counter()
    minutes: Counter[str] = Counter()
    amounts: Counter[tuple[int, date]] = Counter()
    for item, day, (a, b) in placed:
        of = book.rules.protect[item]
        minutes[of.priority] += b - a
        if of.quota is not None and of.quota.amount is not None:
            amounts[item, period_of(of.quota, book.dates[day])[0]] += b - a
        else:
            number[of.priority] += 1
    for (item, period), got in amounts.items():
        of, asked = book.rules.protect[item], asked_minutes(book, item, period)
        if got >= asked:
            number[of.priority] += 1
            minutes[of.priority] -= got - asked
    return tuple((number[p], minutes[p]) for p in PRIORITIES)


def asked_minutes(book: Book, item: int, period: date) -> int:
    """What is still missing of an amount in a period: what has been done is taken off."""
    of = book.rules.protect[item]
    assert of.quota is not None
    assert of.quota.amount is not None
    quota = of.quota
    done = sum(b - a for a, b in book.done.get(slug(of), ()) if period_of(quota, book.dates[book.day(a)])[0] == period)
    return max(0, mins(of.quota.amount) - done)


def beyond_flex(book: Book, item: int, ideally: int | None, place: Span) -> int:
    flex = book.rules.protect[item].flex
    return 0 if flex is None or ideally is None else max(0, abs(place[0] - ideally) - mins(flex))


def pieces_of_breaks(fixed: Setting, placed: Iterable[Placed]) -> list[Span]:
    """What is left of the breaks where rest lies on them."""
    return minus(fixed.held, [*fixed.fixed_rest, *(p[2] for p in placed)])


def lone_guards(open_time: Sequence[Span], breaks: Sequence[Span], stretches: Sequence[Span]) -> int:
    """Guards that do not join a break: what is neither open nor held by anything else. Only short ones join."""
    guards = minus(stretches, open_time)
    return sum(lone(b - a, any(a == d or b == c for c, d in breaks)) for a, b in guards)


def stretches(book: Book, fixed: Setting, placed: Sequence[Placed]) -> list[Span]:
    """The free working time of the canvas, once all but guards has its place."""
    taken = [(s.start, s.end) for s in book.sessions] + [*fixed.obstacles, *fixed.fixed_rest, *fixed.held]
    return minus(both(book.working, [book.canvas]), [*taken, *(p[2] for p in placed)])


def counted_days(book: Book) -> list[int]:
    """The days whose slots count: from the day after tomorrow on."""
    return [d for d in book.days if d >= book.today + 2]


def of_slots(book: Book, fixed: Setting, open_time: Sequence[Span]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    weeks = most(book, open_time, fixed.obstacles, counted_days(book))
    later = [0] * 7
    for week, some in weeks.items():
        for day, bookings in zip((d for d in counted_days(book) if book.week(d) == week), some, strict=True):
            later[book.dates[day].weekday()] += bookings
    return (sum(w[0] for w in weeks.values()),), tuple(later)


def useful(book: Book, open_time: Sequence[Span]) -> int:
    """The open minutes of the canvas in pieces that take a booking, once for each kind that fits."""
    pieces = both(open_time, [book.canvas])
    return sum(b - a for k in book.bookable for a, b in pieces if b - a >= mins(k.length))


def spread(book: Book, placed: Iterable[Placed]) -> int:
    """How far a quota's blocks lie from their places, in 1/(2n) of a date, n what the period asks for."""
    total = 0
    groups: dict[tuple[int, date], list[int]] = defaultdict(list)
    for item, day, _ in placed:
        quota = book.rules.protect[item].quota
        if quota is not None and quota.times is not None:
            groups[item, period_of(quota, book.dates[day])[0]].append(day)
    for (item, period), days in groups.items():
        of = book.rules.protect[item]
        assert of.quota is not None
        assert of.quota.times is not None
        quota, n = of.quota, of.quota.times
        possible = [d for d, when in enumerate(book.dates) if period_of(quota, when)[0] == period and due(book, of, d)]
        done = {book.day(a) for a, _ in book.done.get(slug(of), ())}
        done = {d for d in done if period_of(quota, book.dates[d])[0] == period}
        possible = sorted({*possible, *done})
        every = sorted({*days, *done})
        for k, day in enumerate(every, start=n - len(every) + 1):
            if day in days:
                total += abs(n * (2 * possible.index(day) + 1) - len(possible) * (2 * k - 1))
    return total


def changed(book: Book, placed: Sequence[Placed], standing: Sequence[tuple[str, Span]]) -> tuple[int, int]:
    """Of today's and tomorrow's standing blocks those that differ, and blocks of a quota that are brought there; and
    every item and date whose block differs."""
    now: dict[tuple[str, int], set[Span]] = defaultdict(set)
    was: dict[tuple[str, int], set[Span]] = defaultdict(set)
    for item, _, place in placed:
        now[slug(book.rules.protect[item]), book.day(place[0])].add(place)
    for name, place in standing:
        was[name, book.day(place[0])].add(place)
    near = sum(now[key] != some for key, some in list(was.items()) if key[1] <= book.today + 1)
    near += sum(len(places) for key, places in list(now.items()) if key not in was and brought_near(book, key, was))
    return near, sum(now[key] != was[key] for key in {*now, *was})


def brought_near(book: Book, key: tuple[str, int], was: Iterable[tuple[str, int]]) -> bool:
    """Whether a date of today or tomorrow gets a quota's block of a period of which some stand, elsewhere."""
    name, day = key
    (quota,) = {of.quota for of in book.rules.protect if slug(of) == name}
    if quota is None or day > book.today + 1:
        return False
    period = period_of(quota, book.dates[day])
    return any(other == name and period_of(quota, book.dates[d]) == period for other, d in was)


def between_weeks(book: Book, placed: Iterable[Placed], standing: Sequence[tuple[str, Span]]) -> int:
    """What of a quota's period, of which some stands, comes to the weeks up to tomorrow's or to those after it, beyond
    what stands there: blocks, or minutes of an amount."""
    turn = (book.today + 1) // 7 * 7 + 7
    sums: dict[tuple[int, date, bool], list[int]] = defaultdict(lambda: [0, 0])
    stood = [(n, s) for name, s in standing for n, of in enumerate(book.rules.protect) if slug(of) == name]
    for column, some in enumerate(([(item, place) for item, _, place in placed], stood)):
        for item, (a, b) in some:
            quota, day = book.rules.protect[item].quota, book.day(a)
            if quota is not None:
                period = period_of(quota, book.dates[day])[0]
                sums[item, period, day >= turn][column] += 1 if quota.times is not None else b - a
    beyond = 0
    for (item, period, late), (comes, stands) in list(sums.items()):
        quota = book.rules.protect[item].quota
        assert quota is not None
        if period < book.dates[turn] < period_of(quota, period)[1] and (stands or sums[item, period, not late][1]):
            beyond += max(0, comes - stands)
    return beyond


def value(
    book: Book,
    fixed: Setting,
    chances: Sequence[Chance],
    placed: Sequence[Placed],
    open_time: Sequence[Span],
    standing: Sequence[tuple[str, Span]] = (),
) -> Value:
    """What a plan is worth: these floating blocks, this open time."""
    likes = {(c.item, c.day): c.ideally for c in chances}
    breaks = both(pieces_of_breaks(fixed, placed), [book.canvas])
    now, later = of_slots(book, fixed, open_time)
    near, all_changes = changed(book, placed, standing)
    dist = [abs(p[0] - like) for i, d, p in placed if (like := likes.get((i, d))) is not None]
    return Value(
        kept=kept(book, placed),
        near_same=-near,
        beyond_flex=-sum(beyond_flex(book, i, likes.get((i, d)), p) for i, d, p in placed),
        between_weeks=-between_weeks(book, placed, standing),
        slots=now,
        later_slots=later,
        changes=-all_changes,
        open_minutes=useful(book, open_time),
        blocks=-(len(breaks) + len(placed) + lone_guards(open_time, breaks, stretches(book, fixed, placed))),
        ideally=-sum(dist),
        spread=-spread(book, placed),
        starts=-sum(p[0] - book.canvas[0] for _, _, p in placed),
    )
