"""More items than can be tried against each other: groups of them, one after the other, and still all have a place."""

from __future__ import annotations

from datetime import date, time

from rules.practice import Priority, ProtectItem, Quota, TimeRange
from scheduler.board import Standing
from tests.bookings import as_standing
from tests.days import diary, mins, plan
from tests.scheduler.test_stable import keyed

MONDAY = date(2026, 11, 30)


def item(name: str, times: int, start: int, end: int, priority: Priority = "normal") -> ProtectItem:
    between = TimeRange(time(start), time(end))
    return ProtectItem(name, between=between, length=mins(30), quota=Quota("week", times=times), priority=priority)


NINE = [item(f"Item {n}", 2 + n % 3, 7 + n % 2, 20 + n % 3) for n in range(9)]


def test_nine_items_all_have_their_places_and_stay_there() -> None:
    book = diary("+1 09:00-09:50 session", "+3 14:00-14:50 session", days=7, day=MONDAY, protect=NINE)
    placement = plan(book)
    assert placement.findings == ()
    assert len([b for b in placement.blocks if b.rule == "protect"]) == sum(i.quota.times or 0 for i in NINE if i.quota)
    assert keyed(plan(book, as_standing(book, placement))) == keyed(placement)


def test_of_many_items_the_more_important_ones_have_their_places_first() -> None:
    last = item("Last in the file", 5, 12, 13, "essential")
    others = [item(f"Item {n}", 5, 12, 13) for n in range(8)]
    placement = plan(diary(days=7, day=MONDAY, protect=[*others, last]), Standing())
    names = [b.name for b in placement.blocks]
    assert names.count("Last in the file") == 5
    assert len(names) == 10
