"""Floating items: lunch and whatever else may lie anywhere in its window, placed day by day.

Every start is tried for one item at a time, the others of its day standing still, until nothing gets better. That is
exact for one floating item a day and good for several (docs/decisions/0008-placement.md). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import permutations

from rules import protect
from rules.breaks import Skyline
from rules.demand import Finding
from rules.protect import Want
from rules.timeline import Interval, intersect, merge, midnight, subtract, week_of, whole_day
from scheduler import guards, slots
from scheduler.board import Board, is_guard

ZERO = timedelta(0)
DAY = timedelta(days=1)


def place_floats(board: Board) -> list[Finding]:
    by_day: dict[date, list[Want]] = defaultdict(list)
    for want in board.demand.wants:
        by_day[want.day].append(want)
    findings: list[Finding] = []
    for day in sorted(by_day):
        wants = [w for w in by_day[day] if not _settled(board, w)]
        if wants:
            findings += _place_day(board, day, wants)
    return findings


def _settled(board: Board, want: Want) -> bool:
    """Nothing to place: done, put elsewhere or deleted by hand, or its window is over."""
    known = want.key in board.standing.started or want.key in board.standing.pins or want.key in board.standing.vetoes
    return known or want.window.end <= board.diary.now or want.window.start >= board.diary.window.end


def _place_day(board: Board, day: date, wants: list[Want]) -> list[Finding]:
    free = {w.key: _free(board, w) for w in wants}
    placed = _most_placed(board, wants, free)
    bench = _Bench(board, day)
    for _ in range(3 if len(placed) > 1 else 1):
        before = dict(placed)
        for want in wants:
            if want.key in placed:
                placed[want.key] = _best_start(board, bench, want, placed, {w.key: w for w in wants}, free[want.key])
        if placed == before:
            break
    findings = []
    for want in wants:
        if want.key in placed:
            board.floats[want.key] = (want, placed[want.key])
            (board.resting if want.item.counts_as_break else board.hard).append(placed[want.key])
        elif _missed(board, want):
            left = subtract(free[want.key], placed.values())
            findings.append(protect.not_placed(board.diary, want, left))
    return findings


def _free(board: Board, want: Want) -> list[Interval]:
    """Where an item could lie: its window from now on, less what is busy or held; work also keeps off the breaks."""
    diary = board.diary
    ahead = Interval(diary.now, max(diary.window.end, want.window.end, diary.now))
    taken = [*diary.busy, *(s.interval for s in diary.sessions), *(b.interval for b in board.fixed), *board.pinned]
    taken += [i for k, i in board.standing.started.items() if not is_guard(k)]
    taken += [placed for _, placed in board.floats.values()]
    if not want.item.counts_as_break:
        taken += [b.interval for b in board.breaks]
    near = [t for t in taken if t.overlaps(want.window)]
    return subtract(intersect(want.windows, [ahead]), near)


def _missed(board: Board, want: Want) -> bool:
    """Whether an item without room is a finding: not where merely the passing of today has used up its window."""
    if want.window.start >= board.diary.now:
        return True
    diary = board.diary
    taken = [*diary.busy, *(s.interval for s in diary.sessions)]
    return all(i.length < want.at_least for i in subtract(want.windows, taken))


def _most_placed(board: Board, wants: list[Want], free: Mapping[str, list[Interval]]) -> dict[str, Interval]:
    """A first arrangement with the most items, then the most minutes, by priority class.

    Where one after the other in order of rank finds full room for all, that is it; else other orders are tried too.
    Each item takes the earliest room, which leaves the later ones the most."""
    standing = {w.key: i for w in wants if (i := board.standing.future.get(w.key)) is not None}
    if len(standing) == len(wants) and _still_fits(wants, standing, free):
        return standing
    orders: Iterable[tuple[Want, ...]] = permutations(wants) if len(wants) <= 5 else [tuple(wants)]
    found: tuple[list[tuple[int, int]], dict[str, Interval]] | None = None
    for order in orders:
        placed: dict[str, Interval] = {}
        for want in order:
            room = subtract(free[want.key], placed.values())
            spot = _first_spot(want, room)
            if spot is not None:
                placed[want.key] = spot
        score = _score(wants, placed)
        if found is None or score > found[0]:
            found = (score, placed)
        if len(placed) == len(wants) and all(placed[w.key].length == w.length for w in wants):
            break
    return found[1] if found is not None else {}


def _still_fits(wants: list[Want], standing: Mapping[str, Interval], free: Mapping[str, list[Interval]]) -> bool:
    return all(
        standing[w.key].length == w.length
        and any(room.covers(standing[w.key]) for room in free[w.key])
        and not any(standing[w.key].overlaps(standing[o.key]) for o in wants if o is not w)
        for w in wants
    )


def _score(wants: list[Want], placed: Mapping[str, Interval]) -> list[tuple[int, int]]:
    classes = sorted({w.rank[0] for w in wants})
    return [
        (
            sum(1 for w in wants if w.rank[0] == c and w.key in placed),
            sum(int(placed[w.key].length.total_seconds()) for w in wants if w.rank[0] == c and w.key in placed),
        )
        for c in classes
    ]


def _first_spot(want: Want, room: Sequence[Interval]) -> Interval | None:
    full = [r for r in room if r.length >= want.length]
    if full:
        return Interval(full[0].start, full[0].start + want.length)
    longest = max(room, key=lambda r: r.length, default=None)
    return longest if longest is not None and longest.length >= max(want.at_least, timedelta(minutes=1)) else None


def _best_start(
    board: Board,
    bench: _Bench,
    want: Want,
    placed: Mapping[str, Interval],
    wants: Mapping[str, Want],
    free: Sequence[Interval],
) -> Interval:
    """The best place for one item while the others of its day stand still: most bookable slots (from the day after
    tomorrow on), no change from what stands, most open minutes, fewest blocks, closest to `ideally`, earliest."""
    length = placed[want.key].length
    others = {k: i for k, i in placed.items() if k != want.key}
    room = subtract(free, others.values())
    if length < want.length:  # a shrunk item may have found more room by now
        length = min(want.length, max((r.length for r in room), default=length))
    near = (want.day - board.diary.today).days <= 1
    stands = board.standing.future.get(want.key)
    candidates = [Interval(s, s + length) for s in _starts(board, room, length, stands)]
    if near and stands is not None and stands in candidates:
        return stands
    if want.item.flex is not None and want.ideally is not None:
        ideally = want.ideally
        close = [c for c in candidates if abs(c.start - ideally) <= (want.item.flex or ZERO)]
        if not close:  # no room within flex: as close as can be, not for the sake of slots
            nearest = min((abs(c.start - ideally) for c in candidates), default=ZERO)
            close = [c for c in candidates if abs(c.start - ideally) == nearest]
        candidates = close
    if not candidates:
        return placed[want.key]
    valued = []
    for spot in candidates:
        value = bench.value({**others, want.key: spot}, wants)
        valued.append(
            (
                0 if near else -value.slots,
                0 if stands is None or spot == stands else 1,
                -value.open_minutes,
                value.blocks,
                abs(spot.start - want.ideally) if want.ideally is not None else ZERO,
                spot.start,
                spot.end,
            )
        )
    best = min(valued)
    return Interval(best[5], best[6])


def _starts(board: Board, room: Sequence[Interval], length: timedelta, stands: Interval | None) -> list[datetime]:
    """Starts to try: the grid (by the wall clock), where something ends, and where the item stands now."""
    grid = board.diary.rules.grid
    found: set[datetime] = set()
    for piece in room:
        if piece.length < length:
            continue
        last = piece.end - length
        found.add(piece.start)
        found.update(b.end for b in board.breaks if piece.start <= b.end <= last)
        base = midnight(board.diary.date_of(piece.start), board.diary.rules.timezone)
        local = base + -((base - piece.start) // grid) * grid
        while local <= last:
            found.add(local)
            local += grid
        if stands is not None and stands.length == length and piece.covers(stands):
            found.add(stands.start)
    return sorted(found)


@dataclass(frozen=True, slots=True)
class _Value:
    slots: int
    open_minutes: int
    blocks: int


class _Bench:
    """Values arrangements of one day's floating items: what they leave bookable and open, and how many blocks there
    are."""

    def __init__(self, board: Board, day: date) -> None:
        self.board = board
        diary = board.diary
        self.span = whole_day(day, diary.rules.timezone)
        self.working = [w for w in diary.working if w.overlaps(self.span)]
        reach = merge([self.span, *self.working])
        around = Interval(min(r.start for r in reach), max(r.end for r in reach))
        self.breaks = [b for b in board.breaks if b.interval.overlaps(around)]
        self.fixed = [b.interval for b in board.fixed if b.interval.overlaps(around)]
        self.done = [i for k, i in board.standing.started.items() if i.overlaps(around) and not is_guard(k)]
        self.loose = [i for i in (*board.pinned, *board.released) if i.overlaps(around)]
        self.placed = [i for _, i in board.floats.values() if i.overlaps(around)]
        self.resting = [i for i in board.resting if i.overlaps(around)]
        week = Interval(
            midnight(week_of(day) - DAY, diary.rules.timezone), midnight(week_of(day) + 8 * DAY, diary.rules.timezone)
        )
        self.near = diary.within(week)  # all that a day's slots depend on
        self.hard = [i for i in board.hard if i.overlaps(week)]
        self.taken = [t for t in (*self.near.busy, *(s.interval for s in self.near.sessions)) if t.overlaps(around)]
        self.skyline = Skyline(self.near, self.hard)
        self.cap = slots.day_cap(self.near, day)

    def value(self, spots: Mapping[str, Interval], wants: Mapping[str, Want]) -> _Value:
        diary = self.near
        resting = [i for k, i in spots.items() if wants[k].item.counts_as_break]
        working = [i for k, i in spots.items() if not wants[k].item.counts_as_break]
        skyline = self.skyline if not working else Skyline(diary, [*self.hard, *working])
        cuts = [*self.resting, *resting, *self.loose]
        left = [piece for b in self.breaks for piece in subtract([b.interval], cuts)]
        held = [*left, *self.fixed, *self.done, *self.loose, *self.placed, *spots.values()]
        slots_, minutes_, blocks = 0, 0, len(left) + len(spots)
        for stretch in subtract(self.working, [*self.taken, *held]):
            joins = (any(p.end == stretch.start for p in left), any(p.start == stretch.end for p in left))
            laid = guards.lay_out(diary, skyline, self.board.demand.bans, stretch, joins)
            slots_ += laid.slots
            minutes_ += sum(int(i.length.total_seconds()) for i in laid.open)
            blocks += sum(
                1 for g in laid.guards if g.interval.length >= timedelta(minutes=guards.SHORTEST) or not any(joins)
            )
        return _Value(min(slots_, self.cap), minutes_, blocks)
