"""Bookings that can together be added to one day: a walk along its sessions and open pieces.

Every way of having booked is carried along as a label. Adding a session never makes counts, runs, spans, rest or gaps
better; so every booking may also be left out. Ways are remembered by number, since they are asked for again and again.

Times are whole minutes since the epoch. Open pieces must be safe: any single booking may stand anywhere in them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import reduce
from math import gcd

from rules import breaks
from rules.demand import Load
from rules.diary import Diary, minutes
from rules.limits import breaks_limit, loads, with_booking
from rules.practice import Kind, Limit
from rules.timeline import week_of
from scheduler import resting
from scheduler.labels import ALWAYS, LATE, NEVER, Day, Ended, Label, Labels, Mix, beats, best_of
from scheduler.minutes import ceil, floor
from scheduler.spans import around, merged, spans_of

EPOCH = date(1970, 1, 1)


class Tally:
    """Counts bookings by the rules of one diary."""

    def __init__(self, diary: Diary) -> None:
        rule = diary.rules.breaks
        self.diary = diary
        self.kinds = useful_kinds(diary)
        self.sizes = tuple(minutes(k.length) for k in self.kinds)
        self.shortest = min(self.sizes, default=LATE)
        self.gaps = tuple(
            tuple(
                minutes(breaks.combined(breaks.need_after(a, rule), breaks.need_before(b, rule), rule))
                for b in self.kinds
            )
            for a in self.kinds
        )
        self.none: Mix = (0,) * len(self.kinds)
        self.widest = max((max(row) for row in self.gaps), default=0)
        run = diary.rules.in_a_row
        self.then = minutes(run.then) if run is not None else 0
        self.most = run.sessions if run is not None and run.sessions is not None else LATE
        self.longest = minutes(run.time) if run is not None and run.time is not None else LATE
        self.runs = run is not None and self.then > 0
        # Meetings that are no rest.
        self.busy = [] if run is None or run.meetings_rest else merged(spans_of(diary.busy))
        self.hard = merged(spans_of(diary.busy))
        span = diary.rules.rest.day_span
        self.span = LATE if span is None else minutes(span)
        rest = diary.rules.rest.between_days
        self.rest = 0 if rest is None else minutes(rest)
        self.rules_key = (diary.rules.breaks, run, diary.rules.per_day, diary.rules.per_week, tuple(diary.bookable))
        self.day_loads, self.week_loads = loads(diary, "per_day"), loads(diary, "per_week")
        self.sessions = sorted((floor(s.start), ceil(s.end)) for s in diary.sessions)
        self.by_day: dict[date, list[tuple[int, int]]] = {}
        for s in diary.sessions:
            self.by_day.setdefault(diary.date_of(s.start), []).append((floor(s.start), ceil(s.end)))
        self.hours = [(ceil(i.start), floor(i.end)) for i in diary.working]
        self.lengths = self._lengths()
        self._known_steps: dict[date, tuple[int, tuple[int, ...]]] = {}
        self.caps: dict[date, int] = {}  # the most of a date, where something else is known to stop bookings there
        self.days: dict[tuple[object, ...], frozenset[Ended]] = {}  # what days like one before come to (`slots`)
        self._allowed: dict[tuple[date, Mix], bool] = {}
        self.forms: list[Labels] = []
        self._numbers: dict[Labels, int] = {}
        self._reached: dict[tuple[int, int, date], tuple[list[int], Labels]] = {}
        self._ways: dict[tuple[Label, int, date], Labels] = {}
        self._booked_by: dict[tuple[int, int, date, int], int] = {}
        self._covers: dict[tuple[int, int], bool] = {}
        self._turns: dict[int, list[int]] = {}
        self._seen_at: dict[tuple[int, int, int], int] = {}

    def limits_on(self, day: date) -> tuple[object, ...]:
        """All that the limits' answer for a date depends on."""
        return self.day_loads.get(day), self.week_loads.get(week_of(day)), self.caps.get(day)

    def start(self, before: Iterable[tuple[int, int]]) -> Labels:
        """The label with which a day begins, after the sessions that lie before its first open time."""
        label = Label(self.none)
        for start, end in before:
            label = self._after_session(label, start, end) or label
        return (label._replace(first=LATE),)

    def on_day(self, day: date) -> Day:
        """What is constant on one date."""
        stand = self.by_day.get(day, [])
        first = min((s for s, _ in stand), default=LATE)
        last = max((e for _, e in stand), default=NEVER)
        span = max(self.span, last - first if stand else 0)
        unit, edges = self._steps(day) if self.rest or self.span < LATE else (1, ())
        return Day(day, first, last, span, unit, edges=edges)

    def followed(self, day: Day, end: int) -> Day:
        """The same date, with `since`, where no booking ends later than `end`."""
        return day._replace(since=min(max(day.calm[0], max(end, day.last) - day.span), day.first))

    def _lengths(self) -> int:
        """The greatest length that divides every length that the rules speak of."""
        rules = self.diary.rules
        found = [*self.sizes, *(gap for row in self.gaps for gap in row), self.then, self.rest, minutes(rules.grid)]
        found += [x for x in (self.longest, self.span) if x < LATE]
        for item in rules.protect:
            quota = item.quota
            every = [item.length, item.at_least, *((quota.least, quota.most, quota.amount) if quota else ())]
            found += [minutes(x) for x in every if x is not None]
        return reduce(gcd, found)

    def _steps(self, day: date) -> tuple[int, tuple[int, ...]]:
        """By which steps a date's first booking is put off (`resting.step`), and the minutes that steps are counted
        from: everything that is fixed on the date or near it, as what is left when steps are taken off."""
        known = self._known_steps.get(day)
        if known is None:
            begin = (day - EPOCH).days * 1440
            fixed = {x for of in (self.sessions, self.hard, self.hours) for span in around(of, begin) for x in span}
            unit = resting.step(resting.put_off(around(self.hours, begin), begin, self.span, self.rest), self.lengths)
            known = self._known_steps[day] = unit, tuple(sorted({x % unit for x in fixed}))
        return known

    def forget(self) -> None:
        """Let go of what was remembered for one date; numbers mean nothing any more."""
        for known in (
            self._numbers,
            self._reached,
            self._ways,
            self._booked_by,
            self._turns,
            self._seen_at,
            self._covers,
        ):
            known.clear()
        self.forms.clear()

    def number(self, labels: Labels) -> int:
        """A short name for labels, since they are looked up again and again; `forms` has them by it."""
        known = self._numbers.get(labels)
        if known is None:
            known = self._numbers[labels] = len(self.forms)
            self.forms.append(labels)
        return known

    def through(self, number: int, day: Day, start: int, end: int) -> int:
        """As `over_piece`, by numbers, and remembered: for one start every later end takes some of the same ways."""
        number = self.seen_at(number, start, day)
        key = (number, start, day.date)
        reached = self._reached.get(key)
        if reached is None:
            before = set(self.forms[number])
            every = best_of(before.union(*(self._from(label, day, start) for label in before)))
            # what beats another one ends no later: so it is there whenever the other is
            reached = self._reached[key] = (sorted(label.end for label in every if label not in before), every)
        count = bisect_right(reached[0], end)
        if not count:
            return number
        by = (*key, count)
        known = self._booked_by.get(by)
        if known is None:
            most = max(reached[0][count - 1], start)
            labels = tuple(label for label in reached[1] if label.end <= most)
            known = self._booked_by[by] = self.number(self._enough(labels, day))
        return known

    def _from(self, label: Label, day: Day, start: int) -> Labels:
        """Every way to book from a minute on after one way of having booked before."""
        key = (label, start, day.date)
        known = self._ways.get(key)
        if known is None:
            known = self._ways[key] = best_of(self._every_way((label,), day, start, start + 2 * 1440))
        return known

    def _enough(self, labels: Labels, day: Day) -> Labels:
        """Only the way that has booked all that the day can take, where one has and nothing that follows can undo
        it."""
        if len(self.kinds) != 1 or len(labels) == 1:
            return labels
        cap = self.caps.get(day.date, LATE)
        full = [x for x in labels if not x.joined and x.mix[0] >= cap and x.end <= day.until]
        full = [x for x in full if min(x.first, day.first) >= day.calm[0]]
        return (full[0]._replace(end=NEVER, last=-1, run=0, begun=0, first=LATE),) if full else labels

    def seen_at(self, number: int, moment: int, day: Day) -> int:
        """As `at`, by numbers, and remembered."""
        turns = self._turns.get(number)
        if turns is None:
            labels = self.forms[number]
            found = {label.end + self.widest for label in labels if label.end > NEVER}
            turns = sorted(found | {self._rested_from(label.end) for label in labels if label.run})
            self._turns[number] = turns
        place = bisect_right(turns, moment)
        if not place:
            return number
        key = (number, place, self.caps.get(day.date, LATE))
        known = self._seen_at.get(key)
        if known is None:
            seen = self.at(self.forms[number], moment, day)
            known = self._seen_at[key] = self.number(self._enough(seen, day))
        return known

    def covers(self, one: int, other: int) -> bool:
        """Whether for each way of the other number there is one of the first that is as good in everything."""
        if one == other:
            return True
        known = self._covers.get((one, other))
        if known is None:
            ways = self.forms[one]
            known = self._covers[one, other] = all(
                any(beats(a, b) and all(x >= y for x, y in zip(a.mix, b.mix, strict=True)) for a in ways)
                for b in self.forms[other]
            )
        return known

    def over_piece(self, labels: Labels, day: Day, start: int, end: int) -> Labels:
        """Every way to book in an open piece, after what was booked before; also those that begin later than they
        could, for the sake of the day's span or rest."""
        if end - start < self.shortest:
            return labels
        found = self._every_way(labels, day, start, end)
        return best_of(found) if len(found) > 1 else tuple(found)

    def _every_way(self, labels: Labels, day: Day, start: int, end: int) -> set[Label]:
        found = set(labels)
        work = list(labels)
        while work:
            label = work.pop()
            for kind, size in enumerate(self.sizes):
                for at in self._starts(label, kind, start, day):
                    if at + size > end:
                        continue
                    more = self._booked(label, day, kind, at, at + size)
                    if more is not None and more not in found:
                        found.add(more)
                        work.append(more)
        return found

    def over_session(self, labels: Labels, start: int, end: int) -> Labels:
        """Past a session that stands; ways by which bookings would make its run too long fall away."""
        passed = {more for label in labels if (more := self._after_session(label, start, end)) is not None}
        return best_of(passed, across=True) if len(passed) > 1 else tuple(passed)

    def over_meeting(self, labels: Labels) -> Labels:
        """Past something busy that is no session: what follows needs no gap to what was booked before it."""
        return tuple(dict.fromkeys(label._replace(last=-1) for label in labels))

    def at(self, labels: Labels, moment: int, day: Day) -> Labels:
        """The same labels without what can no longer matter at `moment`."""
        plain, until = [], day.until
        for label in labels:
            mix, end, last, run, begun, joined, first = label
            far = end + self.widest <= moment
            if run and self.rested(end, moment):
                run, begun, joined = 0, 0, False
            if far:
                end = NEVER if not run and end <= until else end
                last = -1
            if (end, last, run) != (label.end, label.last, label.run):
                label = Label(mix, end, last, run, begun, joined, first)
            plain.append(label)
        return best_of(set(plain), across=True) if len(plain) > 1 else tuple(plain)

    def ended(self, labels: Labels, day: Day) -> frozenset[Ended]:
        """What the day comes to; with the first start and the last end where rest can depend on them."""
        if day.calm == ALWAYS:
            return frozenset(Ended(label.mix) for label in _most({label.mix: label for label in labels}.values()))
        found = {self.come_to(label, day) for label in labels}
        return frozenset(one for one in found if not any(other != one and covers(other, one) for other in found))

    def come_to(self, label: Label, day: Day) -> Ended:
        """What a way of having booked comes to."""
        if day.calm == ALWAYS:
            return Ended(label.mix)
        first, last = min(day.first, label.first), max(day.last, label.end) if any(label.mix) else day.last
        return Ended(label.mix, first if first < day.calm[0] else LATE, last if last > day.calm[1] else NEVER)

    def at_best(self, day: Day, mix: Mix) -> Ended:
        """What so many bookings come to if they start as late and end as early as can be wished."""
        return self.come_to(Label(mix), day)

    def allows(self, day: date, mix: Mix) -> bool:
        """Whether the limits of day and week take these bookings; one that adds nothing to what is over is taken."""
        if sum(mix) > self.caps.get(day, LATE):
            return False
        known = self._allowed.get((day, mix))
        if known is None:
            rules = self.diary.rules
            on_day, in_week = self.day_loads.get(day, Load()), self.week_loads.get(week_of(day), Load())
            known = fits(on_day, mix, self.kinds, rules.per_day) and fits(in_week, mix, self.kinds, rules.per_week)
            self._allowed[day, mix] = known
        return known

    def rested(self, end: int, start: int) -> bool:
        """Whether a run that ended at `end` is over by `start`."""
        return start >= self._rested_from(end)

    def _rested_from(self, end: int) -> int:
        for a, b in self.busy:  # meetings that are no rest
            if b > end and a < end + self.then:
                end = b
        return end + self.then

    def _starts(self, label: Label, kind: int, start: int, day: Day) -> Sequence[int]:
        """The starts that are worth trying: as early as can be, also after a run's rest; for the day's first booking
        also later ones, as long as anything depends on when it starts (`resting.step`)."""
        first = start
        if label.last >= 0:
            first = max(start, label.end + self.gaps[label.last][kind])
        found = [first]
        if label.run and (fresh := self._rested_from(label.end)) > first:
            found.append(fresh)
        if first < day.since and label.mix == self.none:
            fixed = (first, day.last - day.span, *day.calm)
            edges = {*day.edges, *(x % day.unit for x in fixed if 0 < x < LATE)}
            later = {x for edge in edges for x in range(first + (edge - first) % day.unit, day.since, day.unit)}
            found += [*sorted(later - {first}), day.since]
        return found

    def _booked(self, label: Label, day: Day, kind: int, start: int, end: int) -> Label | None:
        before = label.mix
        mix = (*before[:kind], before[kind] + 1, *before[kind + 1 :]) if len(before) > 1 else (before[0] + 1,)
        if not self.allows(day.date, mix):
            return None
        first = label.first if any(before) else start
        if max(day.last, end) - min(day.first, first) > day.span:
            return None
        if first >= day.since:
            first = LATE
        run, begun = 0, 0
        if self.runs:
            run, begun = (label.run + 1, label.begun) if label.run and not self.rested(label.end, start) else (1, start)
            if run > self.most or end - begun > self.longest:
                return None
        return Label(mix, end, kind, run, begun, self.runs, first)

    def _after_session(self, label: Label, start: int, end: int) -> Label | None:
        run, begun, joined = 0, 0, False
        if self.runs:
            run, begun, joined = 1, start, False
            if label.run and not self.rested(label.end, start):
                run, begun, joined = label.run + 1, label.begun, label.joined
            if joined and (run > self.most or max(end, label.end) - begun > self.longest):
                return None
        return label._replace(end=max(end, label.end), last=-1, run=run, begun=begun, joined=joined)


def fits(load: Load, mix: Mix, kinds: Sequence[Kind], limit: Limit) -> bool:
    """Whether a limit takes these bookings on top of a load."""
    for count, kind in zip(mix, kinds, strict=True):
        for _ in range(count):
            if breaks_limit(load, kind, limit):
                return False
            load = with_booking(load, kind)
    return True


def covers(one: Ended, other: Ended) -> bool:
    """Whether a day that comes to the first leaves at least as much as one that comes to the other."""
    return (
        one.first >= other.first
        and one.last <= other.last
        and all(x >= y for x, y in zip(one.mix, other.mix, strict=True))
    )


def useful_kinds(diary: Diary) -> list[Kind]:
    """The bookable kinds without those that another one replaces at no cost: shorter, lighter, with no longer
    breaks."""
    rule = diary.rules.breaks

    def costs(kind: Kind) -> tuple[float, ...]:
        needs = (kind.length, breaks.need_before(kind, rule), breaks.need_after(kind, rule))
        return (*(n / timedelta(minutes=1) for n in needs), kind.weight, kind.heavy)

    useful: list[Kind] = []
    for kind in diary.bookable:  # shortest first
        if not any(all(a <= b for a, b in zip(costs(u), costs(kind), strict=True)) for u in useful):
            useful.append(kind)
    return useful


def _most(labels: Iterable[Label]) -> list[Label]:
    every = list(labels)
    return [
        a
        for a in every
        if not any(a.mix != b.mix and all(x <= y for x, y in zip(a.mix, b.mix, strict=True)) for b in every)
    ]


def sessions_before(tally: Tally, moment: int) -> list[tuple[int, int]]:
    """The sessions that may still belong to a run at `moment`: those of the day and a half before it, by start."""
    since = bisect_right(tally.sessions, (moment - 36 * 60, LATE))
    return tally.sessions[since : bisect_right(tally.sessions, (moment, NEVER))]
