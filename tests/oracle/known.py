"""Small weeks for which the planner is known not to find the best plan, each with the reason. A test says when one of
them is mended, or differs in more than is said here."""

from __future__ import annotations

from typing import NamedTuple


class Known(NamedTuple):
    """Why the planner's plan is not the best, and in which parts of the order it shows."""

    why: str
    parts: frozenset[str]


KNOWN: dict[tuple[str, int], Known] = {}
