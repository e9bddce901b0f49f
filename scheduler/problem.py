"""The board in numbers: what each date asks of the exact search (`oneday`, `horizon`; decision 0009).

Whole minutes since the epoch. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from rules.breaks import Skyline, combined, need_after, need_before
from rules.diary import minutes
from rules.notes import NotesDue
from rules.protect import Want
from rules.timeline import Interval, local_dates, midnight, week_of
from scheduler import guards, oneday, resting, value
from scheduler.board import Board, is_guard
from scheduler.bound import starts_of
from scheduler.dayproblem import DayProblem, Gap, Item, NotesWanted
from scheduler.gap import segment
from scheduler.horizon import Choice, DayChoices
from scheduler.labels import ALWAYS, LATE
from scheduler.minutes import at, ceil, floor
from scheduler.pieces import belongs
from scheduler.quotas import Left, lengths_of, quotas_left
from scheduler.slots import Weeks, most_of, of_day, reach_of, span_matters
from scheduler.spans import Span, inside, less, merged, near, spans_of
from scheduler.tally import Tally
from scheduler.together import nearness

ZERO = timedelta(0)
DAY = timedelta(days=1)
NOON = 720  # minutes: no evening reaches further into the next date


@dataclass(frozen=True, slots=True)
class Asked:
    """One local date: its ways, and the wants by their number in a way. `numbers`: kept where a choice has to be
    looked at again."""

    choices: DayChoices
    wants: tuple[Want, ...]
    notes: NotesDue | None
    numbers: DayProblem | None


class Problem:
    """One board's dates as numbers, with what is the same for all of them. `names`: the items that are placed now; what
    has its place on the board already cannot move."""

    def __init__(self, board: Board, names: Collection[str], *, with_notes: bool = True) -> None:
        diary = board.diary
        rule = diary.rules.breaks
        self.board, self.diary, self.zone = board, diary, diary.rules.timezone
        self.tally = Tally(diary)
        self.weeks = Weeks(self.tally)
        self.grid = minutes(diary.rules.grid)
        self.now = ceil(diary.now)
        self.kinds = guards.shapes(diary, diary.bookable)
        self.before = tuple(minutes(combined(ZERO, need_before(k, rule), rule)) for k in diary.bookable)
        self.after = tuple(minutes(combined(need_after(k, rule), ZERO, rule)) for k in diary.bookable)
        self.skyline = Skyline(diary, board.hard)
        self.bans = [
            [(ceil(b.starts.start), ceil(b.starts.end), b.closes) for b in board.demand.bans.get(k.name, ())]
            for k in diary.bookable
        ]
        done = [i for k, i in board.standing.started.items() if not is_guard(k)]
        placed = [i for _, i in board.floats.values()]
        held = [*(b.interval for b in board.fixed), *board.pinned, *done, *placed]
        self.sessions = spans_of(s.interval for s in diary.sessions)
        self.meetings = spans_of(diary.busy)
        self.blocked = merged([*self.sessions, *self.meetings, *spans_of(held)])
        self.breaks = spans_of(b.interval for b in board.breaks)
        self.firm = spans_of(i for b in board.breaks for i in b.firm)
        self.kept_off = merged([*self.blocked, *self.firm])  # by work
        self.released = spans_of(board.released)
        self.stands: dict[str, list[Interval]] = defaultdict(list)  # by cause: one that has pieces is its first's key
        for key, interval in sorted(board.standing.future.items()):
            self.stands[key].append(interval)
            stem, _, number = key.rpartition("/")
            if number.isdigit():
                self.stands[stem].append(interval)
        self.working = [(ceil(i.start), floor(i.end)) for i in diary.working]
        self.quotas = quotas_left(board, names)
        self.kinds_of_quota = 1 + max((q.number for q in self.quotas), default=-1)
        self.wants: dict[date, list[Want]] = defaultdict(list)
        for want in board.demand.wants:
            if want.item.name in names and not _settled(board, want):
                self.wants[want.day].append(want)
        self.notes = {due.day: due for due in board.demand.notes} if with_notes else {}
        self._reach: dict[date, Span] = {}
        self._calm: dict[date, Span] | None = None
        hours: dict[date, list[Span]] = defaultdict(list)
        for a, b in self.working if self.tally.rest else ():
            hours[diary.date_of(at(a))].append((a, b))
        self.close = resting.calm(self.tally.rest, reach_of(self.tally, hours)).keys()  # where rest could matter at all
        self.dates = [d for d in local_dates(diary.geometry, self.zone) if d >= diary.today or self.wants.get(d)]
        self.bare: dict[date, list[Span]] = {}
        self.spans: dict[date, bool] = {}
        self.bounds_of = {d: (self._begin(d), self._begin(d + DAY)) for d in self.dates}

    def caps(self) -> dict[date, int]:
        """For each date, the most bookings of the rest of its week if nothing floated at all, where late bookings on
        one date and early ones on the next could leave too little rest."""
        calm = self.calm()
        if not calm:
            return {}
        found: dict[date, int] = {}
        later = self.weeks.nothing
        for day in reversed(self.dates):
            if week_of(day + DAY) != week_of(day):
                later = self.weeks.nothing
            ours = self.tally.on_day(day)._replace(calm=calm.get(day, ALWAYS))
            ended = of_day(self.tally, ours, self.bare.get(day, ()))
            later = self.weeks.with_day(later, ended, ours)
            found[day] = most_of(later)
        return found

    def calm(self) -> dict[date, Span]:
        """For each date that rest can matter on, which bookings leave enough of it whatever is booked on other dates of
        its week. Call it when all dates have been asked for."""
        if self._calm is None:
            self._calm = {}
            for _, week in groupby(sorted(self._reach), week_of):
                self._calm |= resting.calm(self.tally.rest, {day: self._reach[day] for day in week})
        return self._calm

    def on(self, day: date, *, exactly: bool = False, rest: bool = False) -> Asked:
        """One date's exact ways, for every choice of its quotas' items. Where bookings at both ends of the day could
        together be more than its span, their number is a bound, unless `exactly`, which takes longer. `rest`: exactly,
        and with when they begin and end, for the rest between this date and others, which takes longer still; only when
        all dates have been asked for."""
        begin, end = self.bounds_of[day]
        self.tally.forget()
        soon = (day - self.diary.today).days <= 1
        quotas = [q for q in self.quotas if self._in(q, day)]
        asked: list[tuple[Want, Left | None]] = [(w, None) for w in self.wants.get(day, ())]
        asked += [(w, q) for q in quotas if day not in q.done for w in q.due.wants if w.day == day]
        asked.sort(key=lambda one: one[0].rank)
        items, bits, groups, folded = self._items(asked, (begin, end), soon, shrunk=False)
        working = tuple(inside(near(self.working, begin, end), begin, end))
        stops, ours = self._stops(begin, end), self.tally.on_day(day)
        if rest:
            ours = ours._replace(calm=self.calm()[day])
        problem = DayProblem(
            day=ours,
            walked=self.tally.followed(
                ours if exactly or rest else ours._replace(span=LATE), max((e for _, e, _, _ in stops), default=end)
            ),
            stops=stops,
            working=working,
            breaks=tuple(inside(near(self.breaks, begin - NOON, end), begin, end)),
            released=tuple(inside(self.released, begin, end)),
            kinds=self.kinds,
            before=self.before,
            after=self.after,
            bans=tuple(tuple(b for b in of if b[0] < end and b[1] > begin) for of in self.bans),
            items=items,
            notes=self._notes(day, (begin, end), fine=False),
            counted=not soon and bool(self.tally.kinds),
            margin=max((*self.before, *self.after), default=0),
            shortest=min((length for length, _ in self.kinds), default=0),
            labels=self.tally.start(s for s in near(self.sessions, begin - 3 * NOON, begin) if s[0] > begin - 3 * NOON),
        )
        if problem.counted:
            self._cap(day, problem)
        found = oneday.arranged(problem)
        noted = oneday.has_notes(problem, found)
        shrunk = not oneday.has_room(found, groups) and any(w.at_least < w.length for w, _ in asked)
        if shrunk or not noted:
            if shrunk:
                problem.items, bits, groups, folded = self._items(asked, (begin, end), soon, shrunk=True)
            problem.notes = self._notes(day, (begin, end), fine=not noted)
            found = oneday.arranged(problem)
        ways = oneday.ways(problem, self.tally, folded, found)
        problem.segments.clear()
        problem.parts.clear()
        periods = {q.number: q.period for q in quotas}
        again = problem.counted and not rest and (day in self.close or (not exactly and self.spans.get(day, False)))
        return Asked(
            DayChoices(ours, ways, bits, periods, problem.counted),
            tuple(w for w, _ in asked),
            self.notes.get(day),
            problem if again else None,
        )

    def holds(self, asked: Asked, way: oneday.Way) -> bool:
        """Whether a way leaves as many bookings as was thought."""
        if asked.numbers is None:
            return True
        return oneday.most(asked.numbers, self.tally, way.places) >= max(sum(x.mix) for x in way.ended)

    def too_close(self, dates: Sequence[Asked], chosen: Sequence[oneday.Way], caps: Mapping[date, int]) -> set[date]:
        """The dates that are to be worked out with their rest: of each week that is left with fewer bookings than was
        thought, since late ones on a date and early ones on the next are too close."""
        found: set[date] = set()
        calm = self.calm()
        counted = [(d, way) for d, way in zip(dates, chosen, strict=True) if d.choices.counted] if calm else []
        for _, week in groupby(counted, lambda one: week_of(one[0].choices.day.date)):
            later = thought = self.weeks.nothing
            unknown: set[date] = set()
            for asked, way in reversed(list(week)):
                day, ended = asked.choices.day, way.ended
                if asked.numbers is not None and day.date in calm:
                    ours = day._replace(calm=calm[day.date])
                    ended = of_day(self.tally, ours, oneday.pieces_of(asked.numbers, way.places))
                    unknown.add(day.date)
                later = self.weeks.with_day(later, ended, day)
                thought = self.weeks.with_day(thought, way.ended, day)
                if most_of(later) < min(most_of(thought), caps[day.date]):
                    found |= unknown
        return found

    def _cap(self, day: date, problem: DayProblem) -> None:
        """No arrangement leaves more bookings than the day without anything that floats. That most is worked out first,
        with the day's span, which arrangements are not tried with."""
        gaps = (gap for _, _, _, gap in problem.stops if gap is not None)
        bare = [piece for gap in gaps for piece in segment(problem, gap, gap.start, gap.end, False, False)[0]]
        problem.bare = of_day(self.tally, problem.day._replace(calm=ALWAYS), bare)
        problem.most = problem.bare if problem.day.calm == ALWAYS else of_day(self.tally, problem.day, bare)
        self.tally.caps[day] = max(sum(x.mix) for x in problem.bare)
        if bare:
            self.bare[day] = bare
            self.spans[day] = span_matters(problem.day, bare)
        if day in self.close:
            starts = [(a, b + length) for n, (length, _) in enumerate(self.kinds) for a, b in starts_of(problem, n)]
            every = [*starts, *self.tally.by_day.get(day, ())]
            if starts:
                self._reach[day] = (min(a for a, _ in every), max(b for _, b in every))

    def room(self, want: Want) -> list[Span]:
        """Where an item could lie: its windows from now on, less what is busy or cannot move; work also keeps off
        breaks."""
        windows = [(max(ceil(w.start), self.now), floor(w.end)) for w in want.windows]
        taken = self.blocked if want.item.counts_as_break else self.kept_off
        return [piece for a, b in windows if a < b for piece in less(a, b, near(taken, a, b))]

    def _begin(self, day: date) -> int:
        start = floor(midnight(day, self.zone))
        over = [e for s, e in near(self.working, start, start + 1) if s < start < e and e - s < 2 * NOON]
        over += [floor(w.window.end) for w in self.wants.get(day - DAY, ())]
        return min(max((start, *over)), start + NOON)

    def _in(self, left: Left, day: date) -> bool:
        return left.due.span.start <= midnight(day, self.zone) < left.due.span.end

    def _stops(self, begin: int, end: int) -> tuple[tuple[int, int, int, Gap | None], ...]:
        stops: list[tuple[int, int, int, Gap | None]] = []
        for a, b in less(begin, end, near(self.blocked, begin, end)):
            left = tuple(ceil(self.skyline.earliest(at(a), k)) for k in self.diary.bookable)
            right = tuple(floor(self.skyline.latest(at(b), k)) for k in self.diary.bookable)
            stops.append((a, b, 0, Gap(a, b, left, right, nearness(self.tally, self.diary.date_of(at(a)), a, b))))
        stops += [(a, b, 1, None) for a, b in near(self.sessions, begin, end) if a >= begin]
        stops += [(a, b, 2, None) for a, b in near(self.meetings, begin, end) if a >= begin]
        return tuple(sorted(stops, key=lambda stop: stop[:3]))

    def _items(
        self, asked: Sequence[tuple[Want, Left | None]], bounds: Span, soon: bool, *, shrunk: bool
    ) -> tuple[tuple[Item, ...], dict[int, Choice], list[int], int]:
        """Every length of everything asked for; what each bit is for; the bits of each want; those of wants that are no
        quota's."""
        items: list[Item] = []
        bits: dict[int, Choice] = {}
        groups: list[int] = []
        folded = 0
        for number, (want, left) in enumerate(asked):
            by_length = self._starts(want, left, bounds, shrunk)
            own = [1 << (len(items) + n) for n in range(len(by_length))]
            group = sum(own)
            groups.append(group)
            if left is None:
                folded |= group
            for bit, (length, starts) in zip(own, sorted(by_length.items()), strict=True):
                stands = self._standing(want, left, bounds)
                worth = {s: self._worth(want, left, s, length, soon, stands) for s in starts}
                rest = want.item.counts_as_break
                items.append(Item(number, bit, group & ~bit, length, rest, tuple(sorted(starts)), worth))
                if left is not None:
                    bits[bit] = Choice(left.number, length)
        return tuple(items), bits, groups, folded

    def _starts(self, want: Want, left: Left | None, bounds: Span, shrunk: bool) -> dict[int, set[int]]:
        """The starts of every length that a want may have, by length."""
        found: dict[int, set[int]] = defaultdict(set)
        base = floor(midnight(self.diary.date_of(at(bounds[0])), self.zone))
        stands = self._standing(want, left, bounds)
        full = [minutes(want.length)] if left is None or not left.period.amount else lengths_of(left)
        for a, b in inside(self.room(want), *bounds):
            first = base + -((base - a) // self.grid) * self.grid
            starts = {*range(first, b, self.grid), *(e for _, e in near(self.breaks, a - NOON, b) if a <= e < b)}
            if a != self.now:
                starts.add(a)
            for length in full:
                found[length] |= {s for s in starts if s + length <= b}
                found[length] |= {s for s, e in stands if e - s == length and a <= s and e <= b}
            if shrunk and (left is None or not left.period.amount):
                least, most = max(1, minutes(want.at_least)), full[0]
                if least <= b - a < most:
                    found[b - a].add(a)
                for s in starts:
                    last = base + -((base - s - least) // self.grid) * self.grid
                    for e in range(last, min(b, s + most - 1) + 1, self.grid):
                        found[e - s].add(s)
        return {length: starts for length, starts in found.items() if starts}

    def _standing(self, want: Want, left: Left | None, bounds: Span) -> list[Span]:
        """Where a want's block stands now."""
        stands = self.stands.get(want.key, []) if left is not None else self.stands.get(want.key, [])[:1]
        return [s for s in spans_of(stands) if bounds[0] <= s[0] < bounds[1]]

    def _worth(self, want: Want, left: Left | None, start: int, length: int, soon: bool, stands: Sequence[Span]) -> int:
        """What placing an item at a start adds to a plan's value."""
        priority, origin = want.rank[0], floor(midnight(want.day, self.zone))
        worth = length * value.placed_minutes(priority) - value.BLOCKS - (start - origin) * value.EARLIEST
        if left is None or not left.period.amount:
            worth += value.items(priority)
        if (start, start + length) in stands:
            worth += value.CHANGES + (value.NEAR if soon else 0)
        elif not stands:
            worth -= value.CHANGES
            if soon and left is not None and self.stands.get(want.key):
                worth -= value.NEAR  # what stands on a later date would come to today or tomorrow
        if want.ideally is not None:
            away = abs(start - floor(want.ideally))
            worth -= away * value.IDEALLY
            if want.item.flex is not None:
                worth -= max(0, away - minutes(want.item.flex)) * value.FLEX
        return worth

    def _notes(self, day: date, bounds: Span, *, fine: bool) -> NotesWanted | None:
        due = self.notes.get(day)
        if due is None:
            return None
        standing = self.board.standing
        if any(belongs(k, due.key) for k in standing.vetoes):
            return None
        done = [i for k, i in (*standing.started.items(), *standing.pins.items()) if belongs(k, due.key)]
        placed = sum(minutes(i.length) for i in done)
        stands = self.stands.get(due.key, [])
        length, base = minutes(due.length) - placed, floor(midnight(day, self.zone))
        return NotesWanted(
            origin=base,
            due=max(0, length),
            at_least=max(1, minutes(due.at_least)),
            step=self.grid if fine else max(1, minutes(due.at_least)),
            ends=tuple(ceil(e) for e in due.ends),
            per_session=minutes(due.per_session),
            done=placed,
            since=max(base + -((base - self.now) // self.grid) * self.grid, bounds[0]),
            until=min(floor(due.until), bounds[1]),
            standing=frozenset(spans_of(stands)),
        )


def _settled(board: Board, want: Want) -> bool:
    """Nothing to place: done, put elsewhere or deleted by hand, or its window is over."""
    known = want.key in board.standing.started or want.key in board.standing.pins or want.key in board.standing.vetoes
    return known or want.window.end <= board.diary.now or want.window.start >= board.diary.window.end
