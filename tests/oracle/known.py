"""Small weeks for which the planner is known not to find the best plan, each with the reason. A test says when one of
them is mended, or differs in more than is said here."""

from __future__ import annotations

from typing import NamedTuple


class Known(NamedTuple):
    """Why the planner's plan is not the best, and in which parts of the order it shows."""

    why: str
    parts: frozenset[str]


BY_LENGTH = Known(
    "several kinds and a limit on runs: a stretch is divided by how many bookings fit by length, and some pieces "
    "cannot be used together",
    frozenset({"slots", "later_slots", "blocks", "starts"}),
)
KNOWN: dict[tuple[str, int], Known] = {
    ("everything", 144): BY_LENGTH,
}
