"""The exact best of all days together: quotas choose their days, weeks share what their limits leave.

Days are gone through from the last to the first. A state is how much each quota of the period at hand has already on
later days, and what bookings of the week's later days come to; of the ways that lead to one state only the best is
kept (a dynamic programme over days). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rules.timeline import week_of
from scheduler import value
from scheduler.labels import LATE, Day, Ended
from scheduler.oneday import Way
from scheduler.slots import Laters, Weeks


@dataclass(frozen=True, slots=True)
class Period:
    """What one period of a quota still asks for.

    number: which item's. count: blocks due, 0 where `amount` minutes are. asked, place, later: for spread: how many the
    whole period asks for, the place of each possible date among them, and how many that are done lie later than a
    date. least: the shortest piece of an amount; slack: by how many minutes later ones may
    overfill it, since the earliest is done that may. met, over: what it is worth that an amount is met, and
    what a minute too many takes off again. turn: the first date after the week of tomorrow; stands: how many (or how
    many minutes) stand before it and from it on, None where nothing can pass from one to the other."""

    number: int
    count: int
    amount: int
    least: int
    slack: int
    asked: int
    place: Mapping[date, int]
    done: tuple[date, ...]
    met: int
    over: int
    turn: date
    stands: tuple[int, int] | None

    def takes(self, have: int, size: int) -> bool:
        """Whether one more block of `size` minutes may come where there is `have` (blocks or minutes) already."""
        if self.count or not self.amount:
            return have < self.count
        return have < self.amount and (size <= self.amount - have + self.slack or size == self.least)

    def spread(self, day: date, have: int) -> int:
        """How far a date is from the one that the block would like, with `have` on later dates: see decision 0009."""
        if not self.asked:
            return 0
        after = have + sum(1 for d in self.done if d > day)
        k = self.asked - after
        return abs((2 * self.place[day] + 1) * self.asked - (2 * k - 1) * len(self.place))

    def moved(self, have: int, after: int) -> int:
        """How many come to the week at hand, or to later ones, beyond those that stand there. have: in all; after: from
        the turn on."""
        if self.stands is None:
            return 0
        return max(0, have - after - self.stands[0]) + max(0, after - self.stands[1])


@dataclass(frozen=True, slots=True)
class Choice:
    """What one bit of a day's choice is for: which quota's item, how many minutes."""

    number: int
    size: int


@dataclass(frozen=True, slots=True)
class DayChoices:
    """One day: its ways by the bits that are chosen; what each bit is for; the periods it lies in, by item."""

    day: Day
    ways: Mapping[int, tuple[Way, ...]]
    bits: Mapping[int, Choice]
    periods: Mapping[int, Period]
    counted: bool


Trail = tuple["Trail | None", int, int, int]  # the later days, this day's number, bits, which of its ways
State = tuple[tuple[int, ...], int]


def best(days: Sequence[DayChoices], weeks: Weeks, items: int, caps: Mapping[date, int]) -> list[tuple[int, int]]:
    """For each day, the bits and the number of the way that are best together. items: how many quota items there
    are. caps: the most bookings that a date and the rest of its week can have, where that is known to be less."""
    forms: list[Laters] = [weeks.nothing]
    numbers: dict[Laters, int] = {weeks.nothing: 0}
    crossing = any(period.stands is not None for day in days for period in day.periods.values())
    none = (0,) * (2 * items if crossing else items)  # what each has, and what it has from the turn on
    states: dict[State, tuple[int, Trail | None]] = {(none, 0): (0, None)}
    for n in range(len(days) - 1, -1, -1):
        day, following = days[n], days[n + 1] if n + 1 < len(days) else None
        if following is not None:
            states = _between(day, following, states, weeks, caps, forms, numbers)
        states = _with_day(n, day, states, weeks, caps, forms, numbers)
    if days:
        states = _between(None, days[0], states, weeks, caps, forms, numbers)
    _, trail = max(states.values(), key=lambda found: found[0])
    chosen = []
    while trail is not None:
        trail, _, bits, way = trail
        chosen.append((bits, way))
    return chosen


def _with_day(
    n: int,
    day: DayChoices,
    states: Mapping[State, tuple[int, Trail | None]],
    weeks: Weeks,
    caps: Mapping[date, int],
    forms: list[Laters],
    numbers: dict[Laters, int],
) -> dict[State, tuple[int, Trail | None]]:
    found: dict[State, tuple[int, Trail | None]] = {}
    cap = caps.get(day.day.date, LATE)
    weight = value.LATER_SLOTS[day.day.date.weekday()] if day.counted else 0
    takes: dict[tuple[int, ...], list[tuple[int, tuple[int, ...], int]]] = {}
    after_day: dict[int, dict[frozenset[Ended], tuple[int, int]]] = {}
    blocks = _Blocks(day)
    for (counts, later), (worth, trail) in states.items():
        if counts not in takes:
            takes[counts] = blocks.after(counts)
        known_forms = after_day.setdefault(later, {})
        for bits, after, spread in takes[counts]:
            for number, way in enumerate(day.ways[bits]):
                into, slots_worth = later, 0
                if day.counted:
                    at_hand = known_forms.get(way.ended)
                    if at_hand is None:
                        into = _number(weeks.with_day(forms[later], way.ended, day.day), forms, numbers)
                        at_hand = known_forms[way.ended] = (into, min(_most(forms[into]), cap) * weight)
                    into, slots_worth = at_hand
                total = worth + way.value + spread + slots_worth
                known = found.get((after, into))
                if known is None or total > known[0]:
                    found[after, into] = (total, (trail, n, bits, number))
    return found


class _Blocks:
    """What a day's blocks make of what quotas have, and what their spread costs."""

    def __init__(self, day: DayChoices) -> None:
        self.day = day
        self.choices = [(bits, [bit for bit in day.bits if bits & bit]) for bits in day.ways]
        self._one: dict[tuple[int, int], tuple[int, int] | None] = {}

    def after(self, counts: tuple[int, ...]) -> list[tuple[int, tuple[int, ...], int]]:
        """For every choice that quotas take: its bits, the counts with its blocks, and what it is worth."""
        found = []
        for bits, chosen in self.choices:
            after, worth = list(counts), 0
            for bit in chosen:
                number = self.day.bits[bit].number
                one = self._with(bit, after[number])
                if one is None:
                    break
                after[number] = one[0]
                worth += one[1]
            else:
                found.append((bits, tuple(after), worth))
        return found

    def _with(self, bit: int, have: int) -> tuple[int, int] | None:
        """What a quota has with one block more, and what that costs; None where it takes no more."""
        key = (bit, have)
        if key not in self._one:
            self._one[key] = self._of(self.day.bits[bit], have)
        return self._one[key]

    def _of(self, choice: Choice, have: int) -> tuple[int, int] | None:
        period, day = self.day.periods[choice.number], self.day.day.date
        if not period.takes(have, choice.size):
            return None
        worth = -period.spread(day, have) * value.SPREAD - day.toordinal() * 1440 * value.EARLIEST
        if period.amount:
            worth -= max(0, choice.size - (period.amount - have)) * period.over
        return have + (1 if period.count else choice.size), worth


def _between(
    day: DayChoices | None,
    following: DayChoices,
    states: Mapping[State, tuple[int, Trail | None]],
    weeks: Weeks,
    caps: Mapping[date, int],
    forms: list[Laters],
    numbers: dict[Laters, int],
) -> dict[State, tuple[int, Trail | None]]:
    """Close the periods and the week that begin with the following day."""
    new_week = day is None or week_of(day.day.date) != week_of(following.day.date)
    closing = {
        number: period
        for number, period in following.periods.items()
        if day is None or day.periods.get(number) is not period
    }
    turning = [
        number
        for number, period in following.periods.items()
        if period.stands is not None and period.turn == following.day.date and number not in closing
    ]
    found: dict[State, tuple[int, Trail | None]] = {}
    for (counts, later), (worth, trail) in states.items():
        after, items = list(counts), len(counts) // 2
        for number, period in closing.items():
            if period.amount and after[number] >= period.amount:
                worth += period.met
            if period.stands is not None:
                worth -= period.moved(after[number], after[items + number]) * value.WEEKS
                after[items + number] = 0
            after[number] = 0
        for number in turning:
            after[items + number] = after[number]
        into = later
        if new_week:
            worth += min(_most(forms[later]), caps.get(following.day.date, LATE)) * value.SLOTS
            into = _number(weeks.nothing, forms, numbers)
        key = (tuple(after), into)
        known = found.get(key)
        if known is None or worth > known[0]:
            found[key] = (worth, trail)
    return found


def _most(form: Laters) -> int:
    return max((sum(x.mix) for x in form), default=0)


def _number(form: Laters, forms: list[Laters], numbers: dict[Laters, int]) -> int:
    known = numbers.get(form)
    if known is None:
        known = numbers[form] = len(forms)
        forms.append(form)
    return known
