"""Floating items: lunch, me time, notes and whatever else may lie anywhere in its window, all placed at once.

The exact search (`problem`, `oneday`, `horizon`; decision 0009) says where; this module puts its answer on the board
and says what found no place. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from rules import notes, protect
from rules.demand import Block, Finding
from rules.notes import NotesDue
from rules.practice import PRIORITIES
from rules.protect import Want
from rules.timeline import Interval, subtract
from scheduler import horizon, minutes
from scheduler.board import Board
from scheduler.dayproblem import NOTES
from scheduler.pieces import belongs, keep_numbers
from scheduler.problem import Asked, Problem
from scheduler.quotas import Left, choices_of, most_of

ZERO = timedelta(0)


MOST_TOGETHER = 64  # choices of a day's items that are tried against each other


def place_floats(board: Board) -> list[Finding]:
    """Give every floating item its best place, on the board; findings for what has none.

    All items together, where a day has no more than some sixty choices of them; else one group after the other, in the
    order of priority and file: the number of choices doubles with every item."""
    groups = _groups(board)
    findings: list[Finding] = []
    for n, names in enumerate(groups):
        findings += _place(board, Problem(board, names, with_notes=n == len(groups) - 1))
    return findings


def _groups(board: Board) -> list[frozenset[str]]:
    """The names of the items that are placed together, group by group."""
    groups: list[set[str]] = [set()]
    choices = 1
    rules = board.diary.rules
    for item in sorted(rules.protect, key=lambda i: PRIORITIES.index(i.priority)):
        if item.at is not None or item.between is None:
            continue
        own = choices_of(item)
        if choices * own > MOST_TOGETHER and groups[-1]:
            groups.append(set())
            choices = 1
        groups[-1].add(item.name)
        choices *= own
    return [frozenset(names) for names in groups]


def _place(board: Board, problem: Problem) -> list[Finding]:
    dates = [problem.on(day) for day in problem.dates]
    chosen = _best(problem, dates)
    missed: list[Want] = []
    of_quota: dict[str, list[tuple[Want, Interval]]] = defaultdict(list)
    noted: dict[str, list[Interval]] = defaultdict(list)
    for date, (bits, number) in zip(dates, chosen, strict=True):
        placed = date.choices.ways[bits][number].places
        spots = {n: minutes.interval(start, end) for n, start, end in placed if n != NOTES}
        for n, want in enumerate(date.wants):
            if want.item.quota is not None and want.item.quota.every != "day":
                if n in spots:
                    of_quota[want.key].append((want, spots[n]))
            elif n in spots:
                _put(board, want.key, want, spots[n])
            else:
                missed.append(want)
        if date.notes is not None:
            noted[date.notes.key] += [minutes.interval(a, b) for n, a, b in placed if n == NOTES]
    findings = [f for left in problem.quotas if (f := _put_quota(board, left, of_quota[left.due.key])) is not None]
    findings += [f for due in problem.notes.values() if (f := _put_notes(board, due, noted[due.key])) is not None]
    for want in missed:
        if _missed(board, want):
            taken = [i for _, i in board.floats.values() if i.overlaps(want.window)]
            room = subtract((minutes.interval(a, b) for a, b in problem.room(want)), taken)
            findings.append(protect.not_placed(board.diary, want, room))
    return findings


def _best(problem: Problem, dates: list[Asked]) -> list[tuple[int, int]]:
    """The best choice for all dates. A date whose choice leaves fewer bookings than was thought is worked out exactly,
    by itself or with its rest, and all are chosen anew: what was thought is never too little, so a choice that holds is
    the best there is."""
    caps = problem.caps()
    while True:
        chosen = horizon.best([d.choices for d in dates], problem.weeks, problem.kinds_of_quota, caps)
        ways = [date.choices.ways[bits][number] for date, (bits, number) in zip(dates, chosen, strict=True)]
        wrong = {d for d, date, way in zip(problem.dates, dates, ways, strict=True) if not problem.holds(date, way)}
        close = set() if wrong else problem.too_close(dates, ways, caps)
        if not wrong and not close:
            return chosen
        for n, day in enumerate(problem.dates):
            if day in wrong or day in close:
                dates[n] = problem.on(day, exactly=True, rest=day in close)


def _put(board: Board, key: str, want: Want, spot: Interval) -> None:
    board.floats[key] = (want, spot)
    (board.resting if want.item.counts_as_break else board.hard).append(spot)


def _put_quota(board: Board, left: Left, spots: Sequence[tuple[Want, Interval]]) -> Finding | None:
    keys = keep_numbers(left.due.key, [i for _, i in spots], board.standing)
    for key, (want, spot) in zip(keys, spots, strict=True):
        _put(board, key, want, spot)
    before = _before_us(board, left)
    if left.due.asked and left.due.times - len(spots) - left.count <= before:
        return None
    time = left.placed + sum((i.length for _, i in spots), ZERO)
    if not left.due.asked and left.due.amount - time <= before * timedelta(minutes=most_of(left.due)):
        return None
    return protect.quota_not_placed(board.diary, left.due, len(spots) + left.count, time)


def _before_us(board: Board, left: Left) -> int:
    """On how many dates of a period an item could have lain before this calendar was first written to: what is missing
    because of them is no news."""
    first = min((i.start for i in board.standing.started.values()), default=board.diary.now)
    return sum(1 for day in left.due.days if day < board.diary.date_of(first))


def _put_notes(board: Board, due: NotesDue, spots: Sequence[Interval]) -> Finding | None:
    for key, spot in zip(keep_numbers(due.key, spots, board.standing), spots, strict=True):
        why = f"for the notes of {len(due.ends)} session{'s' if len(due.ends) > 1 else ''}"
        board.notes.append(Block(key=key, rule="notes", name="Notes", interval=spot, why=why))
    kept = {**board.standing.started, **board.standing.pins}
    done = sum((i.length for k, i in kept.items() if belongs(k, due.key)), ZERO)
    waived = any(belongs(k, due.key) for k in board.standing.vetoes)
    if waived or due.until <= board.diary.now or due.ends[0] >= board.diary.window.end:
        return None
    return notes.no_time(board.diary, due, done + sum((i.length for i in spots), ZERO))


def _missed(board: Board, want: Want) -> bool:
    """Whether an item without room is a finding: not where merely the passing of today has used up its window."""
    if want.window.start >= board.diary.now:
        return True
    diary = board.diary
    taken = [*diary.busy, *(s.interval for s in diary.sessions)]
    return all(i.length < want.at_least for i in subtract(want.windows, taken))
