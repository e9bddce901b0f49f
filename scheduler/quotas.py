"""What the periods of quotas still ask for, once what stands for good is taken off. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rules.diary import minutes
from rules.practice import ProtectItem
from rules.protect import QuotaDue
from rules.timeline import Interval, midnight, week_of
from scheduler import value
from scheduler.board import Board
from scheduler.horizon import Period
from scheduler.pieces import belongs

ZERO = timedelta(0)
DAY = timedelta(days=1)
HALF = 30  # minutes: the step between the lengths of an amount's pieces


@dataclass(frozen=True, slots=True)
class Left:
    """What one period of a quota still asks for, once what stands for good is taken off. done: dates that have one;
    number: the item's place among those with a quota."""

    due: QuotaDue
    number: int
    period: Period
    done: frozenset[date]
    placed: timedelta
    count: int


def quotas_left(board: Board, names: Collection[str]) -> list[Left]:
    """What each quota's period still asks for. What has started or stands where a hand put it is done; what a hand
    deleted is not asked for again. Of a period that goes on after the window a share is due: what stands in the window
    beyond that stays, as long as the whole period asks for it."""
    found: list[Left] = []
    numbers: dict[str, int] = {}
    standing = board.standing
    turn = week_of(board.diary.today + DAY) + 7 * DAY
    for due in board.demand.quotas:
        if due.item.name not in names:
            continue
        kept = {**standing.started, **standing.pins}
        own = [i for k, i in sorted(kept.items()) if belongs(k, due.key)]
        gone = sum(1 for k in standing.vetoes if belongs(k, due.key))
        dates = {board.diary.date_of(i.start) for i in own} - set(due.done)
        every = tuple(sorted((*due.done, *dates)))
        time = sum((i.length for i in own), ZERO)
        amount = minutes(due.amount) - minutes(time) - gone * most_of(due)
        count = due.times - len(dates) - gone
        if due.span.end > board.diary.canvas.end:
            stand = [i for i in standing_in(board, due) if board.diary.date_of(i.start) not in every]
            count = max(count, min(len(stand), due.asked - len(every) - gone))
            later = minutes(due.whole - due.amount)  # what is asked only after the window
            amount = max(amount, min(minutes(sum((i.length for i in stand), ZERO)), amount + later))
        rank = due.wants[0].rank[0] if due.wants else 0
        period = Period(
            number=numbers.setdefault(due.item.name, len(numbers)),
            count=max(0, count) if due.asked else 0,
            amount=0 if due.asked else max(0, amount),
            least=least_of(due),
            slack=slack_of(due, [i for k, i in standing.started.items() if belongs(k, due.key)]),
            asked=due.asked,
            place={d: n for n, d in enumerate(due.days)},
            done=every,
            met=value.items(rank),
            over=value.placed_minutes(rank),
            turn=turn,
            stands=standing_around(board, due, turn),
        )
        found.append(Left(due, period.number, period, frozenset(every), time, len(dates) + gone))
    return found


def standing_in(board: Board, due: QuotaDue) -> list[Interval]:
    """The blocks of a quota's period that stand in the window."""
    window = board.diary.window
    return [i for k, i in board.standing.future.items() if belongs(k, due.key) and window.start <= i.start < window.end]


def standing_around(board: Board, due: QuotaDue, turn: date) -> tuple[int, int] | None:
    """How many blocks of a period, or how many minutes of an amount, stand before the turn, and from it on; None where
    the period does not reach across it or nothing of it stands."""
    own = [i for k, i in board.standing.future.items() if belongs(k, due.key)]
    moment = midnight(turn, board.diary.rules.timezone)
    if not own or not due.span.start < moment < due.span.end:
        return None
    worth = [(1 if due.times else minutes(i.length), i.start < moment) for i in own]
    return sum(n for n, before in worth if before), sum(n for n, before in worth if not before)


def choices_of(item: ProtectItem) -> int:
    """In how many ways an item can be part of a day, not at all included."""
    quota = item.quota
    if quota is not None and quota.every == "day" and quota.times is not None:
        return 1 << quota.times
    if quota is None or quota.amount is None:
        return 2
    return 2 + -((quota.least - quota.most) // timedelta(minutes=HALF))


def lengths_of(left: Left) -> list[int]:
    """The lengths of an amount's pieces: from the least by half hours, the most, and all that the period asks for."""
    least, most, missing = least_of(left.due), most_of(left.due), left.period.amount
    found = {*range(least, most + 1, HALF), most}
    whole = minutes(left.due.amount)  # not what is left of it: a length is the same when others are done
    if least <= whole <= most:
        found.add(whole)
    return sorted(n for n in found if n <= missing + left.period.slack or n == least)


def slack_of(due: QuotaDue, started: Sequence[Interval]) -> int:
    """By how many minutes the pieces to come may overfill an amount: the earliest piece may, if it is of the least
    length; once it is done, the others stay as they were."""
    first = min(started, default=None)
    return least_of(due) - 1 if first is not None and minutes(first.length) == least_of(due) else 0


def most_of(due: QuotaDue) -> int:
    return minutes(due.item.quota.most) if due.item.quota is not None else 0


def least_of(due: QuotaDue) -> int:
    return minutes(due.item.quota.least) if due.item.quota is not None else 0
