"""What is held in the end: breaks around protected time, guards in what remains, and what has started already. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count

from rules import breaks
from rules.breaks import Skyline
from rules.demand import Block, Finding
from rules.diary import Diary, minutes, plural, spell
from rules.engine import Demand
from rules.protect import Want
from rules.timeline import Interval, Lying, intersect, subtract
from scheduler import guards
from scheduler.board import Board, Standing, around, is_guard
from scheduler.minutes import ceil, floor
from scheduler.naming import block_of
from scheduler.pieces import belongs, numbered, still_due
from scheduler.tally import Tally
from scheduler.together import nearness


def needs_of(board: Board) -> list[Block]:
    """Breaks without the protected time that counts as one, fixed blocks and placed items."""
    needs: list[Block] = []
    lying = Lying([*board.resting, *board.hard])
    for block in board.breaks:
        near = [i for i in around(board.standing, block.key) if i.overlaps(block.interval)]
        whole = breaks.cut(block, [*lying.overlapping(block.interval), *near])
        pieces = still_due(block.key, [b.interval for b in whole], board.standing)
        needs += [replace(block, key=key, interval=piece) for key, piece in pieces.due]
        board.released += pieces.released
    needs += board.fixed
    for key, (want, spot) in board.floats.items():
        why = _wanted(board.diary, want, spot)
        needs.append(Block(key=key, rule="protect", name=want.item.name, interval=spot, why=why))
    return sorted((*needs, *board.notes), key=lambda b: (b.interval, b.key))


def _wanted(diary: Diary, want: Want, spot: Interval) -> str:
    """What an item asks for, and what of its length it gave up: ``3 times per week; wanted between 07:00-20:00``."""
    said = f"wanted between {diary.clock(want.window.start)}-{diary.clock(want.window.end)}"
    quota = want.item.quota
    if quota is not None:
        asked = plural(quota.times or 0, "time") if quota.amount is None else spell(quota.amount)
        said = f"{asked} per {quota.every}; {said}"
    short = spot.length < want.length  # a piece of an amount has no length of its own
    return f"{said}; shrunk, {minutes(want.length)} min were wanted" if short else said


def lay_guards(
    diary: Diary, demand: Demand, skyline: Skyline, needs: Sequence[Block], held: Sequence[Interval]
) -> tuple[list[Block], list[Interval]]:
    """Guards over whole days, each with the key of its cause alone (see `name_guards`), and the open pieces between
    them. Of yesterday, only what reaches past midnight."""
    within = [w for w in intersect(diary.working, [diary.geometry]) if w.end > diary.canvas.start]
    own = [b.interval for b in needs if b.rule.startswith("breaks")]
    begins, ends = {i.start for i in own}, {i.end for i in own}
    tally = Tally(diary)
    laid: list[Block] = []
    pieces: list[Interval] = []
    for stretch in guards.stretches(diary, within, held):
        begin, end = ceil(stretch.start), floor(stretch.end)
        near = nearness(tally, diary.date_of(stretch.start), begin, end)
        joins = (stretch.start in ends, stretch.end in begins)
        layout = guards.lay_out(diary, skyline, demand.bans, stretch, joins, near)
        pieces += layout.open
        for guard in layout.guards:
            day = diary.date_of(guard.interval.start)
            laid.append(
                Block(
                    key=f"guard/{guard.rule}/{day.isoformat()}/{_follows(diary, guard.interval.start, day)}",
                    rule=guard.rule,
                    name="Held",
                    interval=guard.interval,
                    guard=True,
                    why=f"a booking here is one too many: {guard.why}"
                    if guard.rule.startswith("limits")
                    else f"a booking here {guard.why}",
                )
            )
    return laid, pieces


def name_guards(laid: Sequence[Block], standing: Standing) -> list[Block]:
    """Guards with keys of their own. Several that follow one session are told apart by a number behind the key.

    A guard keeps the number that stands where it is, so that one that comes or goes before it renames none of the
    others; else it takes one that stands elsewhere, so that it moves. The rest take the lowest free numbers in order of
    time; among those are numbers that a hand has deleted."""
    families: dict[str, list[Block]] = defaultdict(list)
    for block in laid:
        families[block.key].append(block)
    named: list[Block] = []
    for cause, blocks in families.items():
        ahead = {k: i for k, i in sorted(standing.future.items()) if belongs(k, cause)}
        stand = {**ahead, **{k: i for k, i in sorted(standing.started.items()) if belongs(k, cause)}}
        taken: dict[int, str] = {}
        for among, fits in ((stand, Interval.__eq__), (stand, Interval.overlaps), (ahead, _anywhere)):
            for n, block in enumerate(blocks):
                free = [k for k, i in among.items() if k not in taken.values() and fits(i, block.interval)]
                if n not in taken and free:
                    taken[n] = free[0]
        used = {*taken.values(), *stand, *(k for k in standing.firm if belongs(k, cause))}
        for n, block in enumerate(blocks):
            if n not in taken:
                number = next(m for m in count(1) if numbered(cause, m) not in used)
                taken[n] = numbered(cause, number)
                used.add(taken[n])
            named.append(replace(block, key=taken[n]))
    return sorted(named, key=lambda b: (b.interval, b.key))


def _anywhere(_stands: Interval, _wanted: Interval) -> bool:
    return True


def _follows(diary: Diary, moment: datetime, day: date) -> str:
    before = [s for s in diary.sessions if s.end <= moment and diary.date_of(s.start) == day]
    return max(before, key=lambda s: (s.end, s.start, s.id)).id if before else "start"


def join_short(diary: Diary, needs: Sequence[Block], laid: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """Let guards shorter than 15 minutes join the break they touch."""
    grown = list(needs)
    lone: list[Block] = []
    for guard in laid:
        if guard.interval.length < timedelta(minutes=guards.SHORTEST) and guard.start >= diary.now:
            n = next(
                (n for n, b in enumerate(grown) if b.rule.startswith("breaks") and guard.interval.start == b.end), None
            )
            if n is None:
                n = next((n for n, b in enumerate(grown) if b.rule.startswith("breaks") and guard.end == b.start), None)
            if n is not None and grown[n].start >= diary.now:
                b = grown[n]
                both = Interval(min(b.start, guard.start), max(b.end, guard.end))
                grown[n] = replace(b, interval=both, why=f"{b.why}; longer, so that a booking leaves room")
                continue
        lone.append(guard)
    return grown, lone


def from_now(diary: Diary, blocks: Iterable[Block], standing: Standing) -> list[Block]:
    """What has started is not created: of a block that has and does not stand yet, the rest from now on."""
    kept = []
    for block in blocks:
        if block.end <= diary.now or block.key in standing.started:
            continue
        kept.append(block if block.start >= diary.now else replace(block, interval=Interval(diary.now, block.end)))
    return kept


def started_blocks(
    diary: Diary, standing: Standing, laid: list[Block], held_guards: Mapping[str, Interval]
) -> list[Block]:
    """Own blocks that have started stay as they are; of a guard, only what is still wanted from now on.

    Guards in `laid` give up (in place) what a started one holds already.
    """
    kept = [as_block(diary, k, i) for k, i in standing.started.items() if not is_guard(k)]
    for key, interval in sorted(held_guards.items(), key=lambda item: (item[1], item[0])):
        end = diary.now
        for wanted in sorted(laid, key=lambda b: b.interval):
            if wanted.start <= end < wanted.end:
                end = min(interval.end, wanted.end)
        stays = Interval(interval.start, max(end, diary.now)) if interval.end > diary.now else interval
        kept.append(as_block(diary, key, stays))
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
    return next(name for number in count(2) if (name := numbered(key, number)) not in taken)


def as_block(diary: Diary, key: str, interval: Interval) -> Block:
    """A block that stands already, from its key alone."""
    return block_of(key, interval, "held since before" if is_guard(key) else "stands already", diary.rules.protect)


def guard_removed(diary: Diary, block: Block) -> Finding:
    day = diary.day_name(diary.date_of(block.start))
    return Finding(
        rule=block.rule,
        code="guard-removed",
        interval=block.interval,
        message=f"{day}: held time {diary.clock(block.start)}-{diary.clock(block.end)} was moved or removed by hand, "
        "so a booking there can break a rule",
        advice=f"put it back: session-breaks sync --restore {diary.date_of(block.start)}; or accept bookings there",
    )
