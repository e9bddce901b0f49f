"""Small weeks for which the planner is known not to find the best plan, each with the reason. A test says when one of
them is mended, or differs in more than is said here."""

from __future__ import annotations

from typing import NamedTuple


class Known(NamedTuple):
    """Why the planner's plan is not the best, and in which parts of the order it shows."""

    why: str
    parts: frozenset[str]


NEIGHBOURS = Known(
    "rest between two dates and a day's span bind at once: the planner bounds what both take from above",
    frozenset({"slots", "later_slots", "starts"}),
)
TWO_KINDS = Known(
    "guards between two kinds: the planner does not try a piece that ends before the most bookings fit in it",
    frozenset({"open_minutes", "blocks", "starts"}),
)
OVERFILLED = Known(
    "an amount that is overfilled: for the planner the piece of the least length must be the first by date",
    frozenset({"blocks", "ideally", "starts"}),
)
KNOWN: dict[tuple[str, int], Known] = {
    ("rest", 33): NEIGHBOURS,
    ("kinds", 24): TWO_KINDS,
    ("everything", 10): OVERFILLED,
    ("everything", 24): TWO_KINDS,
}
SLOW = frozenset({("everything", 24)})  # takes long, and another one has the same reason: not in the default suite
