"""Placement: where every block goes.

Order (rule-file.md, section 4, "Together" and "Best"): breaks, then protected time by priority, then guards in what remains. Floating
items are placed day by day: every start is tried for one item at a time, the others standing still, until nothing gets better; that
is exact for one floating item a day and good for several (docs/decisions/0008-placement.md).

Pure: no clock, no input or output; the same input gives the same blocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import permutations

from rules import breaks, protect
from rules.breaks import Skyline
from rules.demand import Block, Finding, Load
from rules.diary import Diary
from rules.engine import Demand
from rules.limits import breaks_limit, loads, with_booking
from rules.practice import Kind, ProtectItem
from rules.protect import Want
from rules.timeline import Interval, intersect, merge, midnight, subtract, week_of, whole_day
from scheduler import guards, slots
from scheduler.pieces import belongs, still_due

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands in the calendar before planning, by key.

    future: own blocks that have not started and were not changed by hand. started: those that have, today or before: done, and only
    a guard among them may be shortened. pins: blocks that a therapist moved, where they were put. vetoes: keys that a therapist
    deleted.
    """

    future: Mapping[str, Interval] = field(default_factory=dict)
    started: Mapping[str, Interval] = field(default_factory=dict)
    pins: Mapping[str, Interval] = field(default_factory=dict)
    vetoes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Blocks that should stand, sorted by start; what could not be done; what is left open; how many bookings that takes."""

    blocks: tuple[Block, ...]
    findings: tuple[Finding, ...]
    open: tuple[Interval, ...]
    bookable_slots: int


@dataclass(slots=True)
class _Board:
    """The work in progress: what is held so far, by how it may be used."""

    diary: Diary
    demand: Demand
    standing: Standing
    breaks: list[Block]
    fixed: list[Block] = field(default_factory=list)
    floats: dict[str, tuple[Want, Interval]] = field(default_factory=dict)
    pinned: list[Interval] = field(default_factory=list)
    released: list[Interval] = field(default_factory=list)
    hard: list[Interval] = field(default_factory=list)
    resting: list[Interval] = field(default_factory=list)


def place(diary: Diary, demand: Demand, standing: Standing) -> Placement:
    """Give every demand its place.

    Findings are those of placement alone (``not-placed``, ``guard-removed``); the rules' own are in `demand`.
    """
    standing = _still_asked_for(demand, standing)
    board = _set_up(diary, demand, standing)
    findings = _place_floats(board)
    skyline = Skyline(diary, board.hard)
    needs = _needs(board)
    held_guards = {k: i for k, i in standing.started.items() if is_guard(k)}
    done = [i for k, i in standing.started.items() if not is_guard(k)]
    held = [*(b.interval for b in needs), *done, *board.pinned, *board.released]
    laid, pieces = _guards(diary, demand, skyline, needs, held)
    kept: list[Block] = []
    for block in laid:
        if block.key in standing.vetoes or block.key in standing.pins:
            if block.end > diary.now:
                findings.append(_guard_removed(diary, block))
            continue
        kept.append(block)
    started = _started(diary, standing, kept, held_guards)
    needs, lone = _join(diary, needs, kept)
    blocks = [*_from_now(diary, needs, standing), *_from_now(diary, lone, standing), *started]
    blocks += [_as_block(diary, key, interval) for key, interval in standing.pins.items()]
    shortened = {b.key for b in started if b.interval != standing.started[b.key]}
    blocks = [b for b in blocks if b.start < diary.window.end and (b.end > diary.now or b.key in shortened)]
    open_ = subtract(
        intersect(diary.working, [diary.window]),
        [*diary.busy, *(s.interval for s in diary.sessions), *(b.interval for b in blocks)],
    )
    safe = intersect(open_, pieces)
    return Placement(
        blocks=tuple(sorted(blocks, key=lambda b: (b.interval, b.key))),
        findings=tuple(findings),
        open=tuple(open_),
        bookable_slots=slots.most_bookings(diary, safe),
    )


def is_guard(key: str) -> bool:
    """Whether a key is a guard's."""
    return key.startswith("guard/")


def _still_asked_for(demand: Demand, standing: Standing) -> Standing:
    """Without the moved blocks whose cause is gone: a cancelled session's break goes wherever a hand has put it."""
    asked = {b.key for b in (*demand.breaks, *demand.holds)}
    asked |= {d.key for d in demand.fixed} | {w.key for w in demand.wants}
    pins = {k: i for k, i in standing.pins.items() if is_guard(k) or k in asked or k.rsplit("/", 1)[0] in asked}
    return replace(standing, pins=pins)


def _set_up(diary: Diary, demand: Demand, standing: Standing) -> _Board:
    fixed_on = {**standing.pins, **standing.started}
    board = _Board(diary, demand, standing, [])
    board.pinned = list(standing.pins.values())
    for key, interval in fixed_on.items():
        item = item_of(diary, key)
        if item is not None:
            (board.resting if item.counts_as_break else board.hard).append(interval)
    for block in demand.breaks:
        if block.key in standing.vetoes or block.key in standing.pins:
            board.released.append(block.interval)
        else:
            board.breaks.append(block)
    for block in demand.holds:
        taken = [*diary.busy, *(s.interval for s in diary.sessions), *_around(standing, block.key), *(b.interval for b in board.fixed)]
        pieces = still_due(block.key, subtract([block.interval], taken), standing)
        board.fixed += [replace(block, key=key, interval=piece) for key, piece in pieces.due]
    for due in demand.fixed:
        taken = [*_around(standing, due.key), *(b.interval for b in board.fixed)]
        if not due.item.counts_as_break:
            taken += [b.interval for b in board.breaks]
        whole = protect.fixed_blocks(diary, due, taken)
        pieces = still_due(due.key, [b.interval for b in whole], standing)
        board.fixed += [replace(whole[0], key=key, interval=piece) for key, piece in pieces.due]
        (board.resting if due.item.counts_as_break else board.hard).extend(piece for _, piece in pieces.due)
    return board


def _around(standing: Standing, key: str) -> list[Interval]:
    """What a hand has put somewhere and what has started, but for the cause's own blocks. Guards that have started give way."""
    done = {k: i for k, i in standing.started.items() if not is_guard(k)}
    return [i for k, i in (*standing.pins.items(), *done.items()) if not belongs(k, key)]


def item_of(diary: Diary, key: str) -> ProtectItem | None:
    """The protected item a key belongs to, if the rule file still has it."""
    parts = key.split("/")
    if parts[0] != "protect" or len(parts) < 2:
        return None
    return next((i for i in diary.rules.protect if protect.slug(i.name) == parts[1]), None)


# --- floating items -------------------------------------------------------------------------------------------------------------


def _place_floats(board: _Board) -> list[Finding]:
    by_day: dict[date, list[Want]] = defaultdict(list)
    for want in board.demand.wants:
        by_day[want.day].append(want)
    findings: list[Finding] = []
    for day in sorted(by_day):
        wants = [w for w in by_day[day] if not _settled(board, w)]
        if wants:
            findings += _place_day(board, day, wants)
    return findings


def _settled(board: _Board, want: Want) -> bool:
    """Nothing to place: done, put elsewhere or deleted by hand, or its window is over."""
    known = want.key in board.standing.started or want.key in board.standing.pins or want.key in board.standing.vetoes
    return known or want.window.end <= board.diary.now or want.window.start >= board.diary.window.end


def _place_day(board: _Board, day: date, wants: list[Want]) -> list[Finding]:
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
            findings.append(protect.not_placed(board.diary, want, free[want.key]))
    return findings


def _free(board: _Board, want: Want) -> list[Interval]:
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


def _missed(board: _Board, want: Want) -> bool:
    """Whether an item without room is a finding: not where merely the passing of today has used up its window."""
    if want.window.start >= board.diary.now:
        return True
    diary = board.diary
    taken = [*diary.busy, *(s.interval for s in diary.sessions)]
    return all(i.length < want.at_least for i in subtract(want.windows, taken))


def _most_placed(board: _Board, wants: list[Want], free: Mapping[str, list[Interval]]) -> dict[str, Interval]:
    """A first arrangement with the most items, then the most minutes, by priority class.

    Where one after the other in order of rank finds full room for all, that is it; else other orders are tried too. Each item
    takes the earliest room, which leaves the later ones the most.
    """
    standing = {w.key: i for w in wants if (i := board.standing.future.get(w.key)) is not None}
    if len(standing) == len(wants) and _still_fits(wants, standing, free):
        return standing
    orders: Iterable[tuple[Want, ...]] = permutations(wants) if len(wants) <= 5 else [tuple(wants)]
    found: tuple[list[tuple[int, int]], dict[str, Interval]] | None = None
    for order in orders:
        placed: dict[str, Interval] = {}
        for want in order:
            room = subtract(free[want.key], placed.values())
            spot = _first_spot(board.diary, want, room)
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


def _first_spot(diary: Diary, want: Want, room: Sequence[Interval]) -> Interval | None:
    full = [r for r in room if r.length >= want.length]
    if full:
        return Interval(full[0].start, full[0].start + want.length)
    longest = max(room, key=lambda r: r.length, default=None)
    return longest if longest is not None and longest.length >= max(want.at_least, timedelta(minutes=1)) else None


def _best_start(
    board: _Board,
    bench: _Bench,
    want: Want,
    placed: Mapping[str, Interval],
    wants: Mapping[str, Want],
    free: Sequence[Interval],
) -> Interval:
    """The best place for one item while the others of its day stand still: most bookable slots (from the day after tomorrow on), no
    change from what stands, most open minutes, fewest blocks, closest to `ideally`, earliest."""
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


def _starts(board: _Board, room: Sequence[Interval], length: timedelta, stands: Interval | None) -> list[datetime]:
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
    """Values arrangements of one day's floating items: what they leave bookable and open, and how many blocks there are."""

    def __init__(self, board: _Board, day: date) -> None:
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
        taken = [*diary.busy, *(s.interval for s in diary.sessions)]
        self.taken = [t for t in taken if t.overlaps(around)]
        self.skyline = Skyline(diary, board.hard)
        self.cap = day_cap(diary, day)

    def value(self, spots: Mapping[str, Interval], wants: Mapping[str, Want]) -> _Value:
        diary = self.board.diary
        resting = [i for k, i in spots.items() if wants[k].item.counts_as_break]
        working = [i for k, i in spots.items() if not wants[k].item.counts_as_break]
        skyline = self.skyline if not working else Skyline(diary, [*self.board.hard, *working])
        cuts = [*self.resting, *resting, *self.loose]
        left = [piece for b in self.breaks for piece in subtract([b.interval], cuts)]
        held = [*left, *self.fixed, *self.done, *self.loose, *self.placed, *spots.values()]
        slots_, minutes_, blocks = 0, 0, len(left) + len(spots)
        for stretch in subtract(self.working, [*self.taken, *held]):
            joins = (any(p.end == stretch.start for p in left), any(p.start == stretch.end for p in left))
            laid = guards.lay_out(diary, skyline, self.board.demand.bans, stretch, joins)
            slots_ += laid.slots
            minutes_ += sum(int(i.length.total_seconds()) for i in laid.open)
            blocks += sum(1 for g in laid.guards if g.interval.length >= timedelta(minutes=guards.SHORTEST) or not any(joins))
        return _Value(min(slots_, self.cap), minutes_, blocks)


def day_cap(diary: Diary, day: date) -> int:
    """The most bookings that the limits still allow on a date, whatever room there is."""
    start_day = loads(diary, "per_day").get(day, Load())
    start_week = loads(diary, "per_week").get(week_of(day), Load())
    return max((_cap(diary, kind, start_day, start_week) for kind in diary.bookable), default=0)


def _cap(diary: Diary, kind: Kind, day: Load, week: Load) -> int:
    count = 0
    while count < 60 and not breaks_limit(day, kind, diary.rules.per_day) and not breaks_limit(week, kind, diary.rules.per_week):
        day, week, count = with_booking(day, kind), with_booking(week, kind), count + 1
    return count


# --- what is held in the end ----------------------------------------------------------------------------------------------------


def _needs(board: _Board) -> list[Block]:
    """Breaks without the protected time that counts as one, fixed blocks and placed items."""
    needs: list[Block] = []
    for block in board.breaks:
        cuts = [*board.resting, *_around(board.standing, block.key)]
        whole = breaks.cut(block, [c for c in cuts if c.overlaps(block.interval)])
        pieces = still_due(block.key, [b.interval for b in whole], board.standing)
        needs += [replace(block, key=key, interval=piece) for key, piece in pieces.due]
        board.released += pieces.released
    needs += board.fixed
    for key, (want, spot) in board.floats.items():
        short = "" if spot.length == want.length else f"; shrunk, {int(want.length.total_seconds() // 60)} min were wanted"
        hours = want.item.between
        why = f"wanted between {protect.clock_range(hours)}{short}" if hours is not None else "wanted"
        needs.append(Block(key=key, rule="protect", name=want.item.name, interval=spot, why=why))
    return sorted(needs, key=lambda b: (b.interval, b.key))


def _guards(
    diary: Diary, demand: Demand, skyline: Skyline, needs: Sequence[Block], held: Sequence[Interval]
) -> tuple[list[Block], list[Interval]]:
    """Guards over whole days with their keys, and the open pieces between them. Of yesterday, only what reaches past midnight."""
    within = [w for w in intersect(diary.working, [diary.geometry]) if w.end > diary.canvas.start]
    own = [b.interval for b in needs if b.rule.startswith("breaks")]
    begins, ends = {i.start for i in own}, {i.end for i in own}
    laid: list[Block] = []
    pieces: list[Interval] = []
    count: dict[str, int] = defaultdict(int)
    for stretch in guards.stretches(diary, within, held):
        layout = guards.lay_out(diary, skyline, demand.bans, stretch, (stretch.start in ends, stretch.end in begins))
        pieces += layout.open
        for guard in layout.guards:
            day = diary.date_of(guard.interval.start)
            key = f"guard/{guard.rule}/{day.isoformat()}/{_follows(diary, guard.interval.start, day)}"
            count[key] += 1
            laid.append(
                Block(
                    key=key if count[key] == 1 else f"{key}/{count[key]}",
                    rule=guard.rule,
                    name="Held",
                    interval=guard.interval,
                    guard=True,
                    why=f"a booking here is one too many: {guard.why}" if guard.rule.startswith("limits") else f"a booking here {guard.why}",
                )
            )
    return laid, pieces


def _follows(diary: Diary, moment: datetime, day: date) -> str:
    before = [s for s in diary.sessions if s.end <= moment and diary.date_of(s.start) == day]
    return max(before, key=lambda s: (s.end, s.start, s.id)).id if before else "start"


def _join(diary: Diary, needs: Sequence[Block], laid: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """Let guards shorter than 15 minutes join the break they touch."""
    grown = list(needs)
    lone: list[Block] = []
    for guard in laid:
        if guard.interval.length < timedelta(minutes=guards.SHORTEST) and guard.start >= diary.now:
            n = next((n for n, b in enumerate(grown) if b.rule.startswith("breaks") and guard.interval.start == b.end), None)
            if n is None:
                n = next((n for n, b in enumerate(grown) if b.rule.startswith("breaks") and guard.end == b.start), None)
            if n is not None and grown[n].start >= diary.now:
                b = grown[n]
                both = Interval(min(b.start, guard.start), max(b.end, guard.end))
                grown[n] = replace(b, interval=both, why=f"{b.why}; longer, so that a booking leaves room")
                continue
        lone.append(guard)
    return grown, lone


def _from_now(diary: Diary, blocks: Iterable[Block], standing: Standing) -> list[Block]:
    """What has started is not created: of a block that has and does not stand yet, the rest from now on."""
    kept = []
    for block in blocks:
        if block.end <= diary.now or block.key in standing.started:
            continue
        kept.append(block if block.start >= diary.now else replace(block, interval=Interval(diary.now, block.end)))
    return kept


def _started(diary: Diary, standing: Standing, laid: list[Block], held_guards: Mapping[str, Interval]) -> list[Block]:
    """Own blocks that have started stay as they are; of a guard, only what is still wanted from now on.

    Guards in `laid` give up (in place) what a started one holds already.
    """
    kept = [_as_block(diary, k, i) for k, i in standing.started.items() if not is_guard(k)]
    for key, interval in sorted(held_guards.items(), key=lambda item: (item[1], item[0])):
        end = diary.now
        for wanted in sorted(laid, key=lambda b: b.interval):
            if wanted.start <= end < wanted.end:
                end = min(interval.end, wanted.end)
        stays = Interval(interval.start, max(end, diary.now)) if interval.end > diary.now else interval
        kept.append(_as_block(diary, key, stays))
        remaining: list[Block] = []
        for wanted in laid:
            pieces = subtract([wanted.interval], [Interval(min(stays.start, wanted.start), stays.end)])
            for piece in pieces:
                if piece == wanted.interval and wanted.key not in standing.started:
                    remaining.append(wanted)
                else:
                    free = wanted.key if wanted.key not in standing.started else _next_key(wanted.key, laid, standing)
                    remaining.append(replace(wanted, key=free, interval=piece))
        laid[:] = remaining
    return kept


def _next_key(key: str, laid: Sequence[Block], standing: Standing) -> str:
    taken = {b.key for b in laid} | set(standing.started)
    n = 2
    while f"{key}/{n}" in taken:
        n += 1
    return f"{key}/{n}"


def _as_block(diary: Diary, key: str, interval: Interval) -> Block:
    """A block that stands already, from its key alone."""
    kind, *rest = key.split("/")
    if kind == "guard":
        return Block(key=key, rule=rest[0], name="Held", interval=interval, guard=True, why="held since before")
    if kind == "break":
        rule = "breaks.before" if rest[1:2] == ["before"] else "breaks.after"
        return Block(key=key, rule=rule, name="Break", interval=interval, why="stands already")
    item = item_of(diary, key)
    name = item.name if item is not None else "Protected"
    return Block(key=key, rule="protect", name=name, interval=interval, why="stands already")


def _guard_removed(diary: Diary, block: Block) -> Finding:
    day = diary.day_name(diary.date_of(block.start))
    return Finding(
        rule=block.rule,
        code="guard-removed",
        interval=block.interval,
        message=f"{day}: held time {diary.clock(block.start)}-{diary.clock(block.end)} was moved or removed by hand, "
        "so a booking there can break a rule",
        advice="put it back with `edits: restore`, or accept bookings there",
    )

