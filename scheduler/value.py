"""The order of rule-file.md, section 4 ("Best"), as one number: what comes first weighs more than all that follows.

Decision 0009 says what is compared. A value is a sum of terms, each a count times the weight of its place in the order;
the weights are so far apart that no sum of later terms reaches an earlier one. Python's integers have no limit, so the
order is exact and adding two values is one addition."""

from __future__ import annotations

from itertools import accumulate

from rules.practice import PRIORITIES

_FIELD = 26  # bits: no count below reaches 2**25, minutes of two years of blocks included
_LOWEST = 64
_SLOTS = 16  # bits: no two years take 2**15 bookings

_ORDER = (
    *(f"{what} {priority}" for priority in PRIORITIES for what in ("items", "minutes")),
    "notes",
    "near",
    "flex",
    "weeks",
    "slots",
    "later slots",
    "changes",
    "open",
    "blocks",
    "ideally",
    "spread",
    "earliest",
)
_BITS = {"earliest": _LOWEST, "later slots": 7 * _SLOTS}
_FROM = accumulate((_BITS.get(name, _FIELD) for name in reversed(_ORDER)), initial=0)
_WEIGHT = {name: 1 << bits for name, bits in zip(reversed(_ORDER), _FROM, strict=False)}

NOTES = _WEIGHT["notes"]
NEAR = _WEIGHT["near"]
FLEX = _WEIGHT["flex"]
WEEKS = _WEIGHT["weeks"]
SLOTS = _WEIGHT["slots"]
LATER_SLOTS = tuple(_WEIGHT["later slots"] << _SLOTS * (6 - weekday) for weekday in range(7))
"""By the weekday (0 Monday) from which on a week's slots are counted: what is left of a week first counts for more, so
that a plan which is best now is best when the first days are over."""
CHANGES = _WEIGHT["changes"]
OPEN = _WEIGHT["open"]
BLOCKS = _WEIGHT["blocks"]
IDEALLY = _WEIGHT["ideally"]
SPREAD = _WEIGHT["spread"]
EARLIEST = _WEIGHT["earliest"]


def items(priority: int) -> int:
    """The weight of one placed item of a priority, by its place in `PRIORITIES`."""
    return _WEIGHT[f"items {PRIORITIES[priority]}"]


def placed_minutes(priority: int) -> int:
    """The weight of one minute of placed items of a priority."""
    return _WEIGHT[f"minutes {PRIORITIES[priority]}"]


def before_slots(value: int) -> int:
    """What of a value comes before slots in the order; slots themselves must not be in it."""
    return (value + SLOTS // 2) // SLOTS


def in_order(value: int) -> dict[str, int]:
    """The terms of a value by name, first things first; what is better when it is less is negative."""
    found: dict[str, int] = {}
    for name in _ORDER:
        weight = _WEIGHT[name]
        found[name] = (value + weight // 2) // weight if weight > 1 else value
        value -= found[name] * weight
    return found
