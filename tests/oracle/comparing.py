"""The planner against the oracle on one instance: what differs, in words."""

from __future__ import annotations

import os
from dataclasses import dataclass

from tests.oracle import brute
from tests.oracle.book import Book, Span, read
from tests.oracle.brute import Best, Desk
from tests.oracle.instances import Instance
from tests.oracle.planner import Planned, planned
from tests.oracle.slots import DAYS, most
from tests.oracle.value import Value, value

TIMES = int(os.environ.get("ORACLE", "1"))  # how much more than in the default suite is tried


@dataclass(frozen=True)
class Compared:
    """Both plans of an instance. `wrong`: what is broken in the planner's, and where the values differ."""

    desk: Desk
    best: Best
    planned: Planned
    value: Value
    wrong: tuple[str, ...]


def standing_spans(book: Book, instance: Instance) -> tuple[tuple[str, Span], ...]:
    """The standing floating blocks by the item's name in keys."""
    return tuple(
        (key.split("/")[1], (book.minute(i.start), book.minute(i.end))) for key, i in sorted(instance.standing.items())
    )


def compare(instance: Instance) -> Compared:
    """Plan an instance both ways."""
    DAYS.clear()  # what was worked out for other instances
    book = read(instance.diary)
    standing = standing_spans(book, instance)
    best = brute.plan(book, standing)
    plan = planned(book, instance.diary, instance.standing)
    desk = Desk.of(book, standing)
    wrong = brute.unsafe(desk, plan.placed, plan.open_time)
    if plan.told_open != plan.open_time:
        wrong.append(f"says that {plan.told_open} is open, but its blocks leave {plan.open_time}")
    worth = value(book, desk.fixed, desk.chances, plan.placed, plan.open_time, standing)
    wrong += differences(best.value, worth)
    slots = sum(week[0] for week in most(book, plan.open_time, desk.fixed.obstacles, book.days).values())
    if plan.slots != slots:
        wrong.append(f"says {plan.slots} bookable slots, counted {slots}")
    return Compared(desk, best, plan, worth, tuple(wrong))


def differences(best: Value, worth: Value) -> list[str]:
    """Where two values differ, part by part, the first one being the best."""
    found = []
    for name in Value.__dataclass_fields__:
        mine, theirs = getattr(best, name), getattr(worth, name)
        if mine != theirs:
            found.append(f"{name}: best {mine}, planned {theirs}")
    return found
