"""What a run found and decided for one therapist: the one value that every view and every command works from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from rules.demand import Block, Change, Finding, Load
from rules.practice import Rules
from rules.timeline import Interval, Session

How = Literal[
    "moved",
    "deleted",
    "free",
    "cancelled",
    "all-day",
    "renamed",
    "series",
    "guests",
    "left",
    "on busy time",
    "on another block",
]


@dataclass(frozen=True, slots=True)
class Kept:
    """A block that a hand changed, and how. `interval`: where it stands, or stood when it was deleted (made all-day:
    empty, at midnight UTC). `name`: what it is. ``left``: nothing asks for it any more, but a person wrote into it, so
    it stays. ``on busy time``, ``on another block``: it was moved there, and so goes back to its place."""

    key: str
    how: How
    interval: Interval
    name: str = ""

    @property
    def goes_back(self) -> bool:
        """Whether it does not stay where it was put."""
        return self.how in ("on busy time", "on another block")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One therapist's plan. `window` starts at `now`. `sessions`, `busy` (other busy time) and `working` are clipped to
    whole local days around the window, so that today shows what has been; `changes` are all blocks with what happens to
    each, sorted by start; `open` is what may still be booked. `day_load`/`week_load` by date and by Monday.
    `kept_by_hand`: what the therapist changed by hand. `state`: a digest of everything the plan was made from. `owner`:
    whom its blocks belong to, as in their tags."""

    practice: str
    rules: Rules
    window: Interval
    sessions: tuple[Session, ...] = ()
    busy: tuple[Interval, ...] = ()
    working: tuple[Interval, ...] = ()
    days_off: dict[date, str]
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    open: tuple[Interval, ...] = ()
    bookable_slots: int = 0
    day_load: dict[date, Load]
    week_load: dict[date, Load]
    kept_by_hand: tuple[Kept, ...] = ()
    state: str = ""
    owner: str = ""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What stands after a sync."""
        return tuple(c.block for c in self.changes if c.action != "delete")

    @property
    def writes(self) -> tuple[Change, ...]:
        """What a sync would change."""
        return tuple(c for c in self.changes if c.action != "keep")


@dataclass(frozen=True, slots=True)
class Failure:
    """A therapist for whom nothing was planned, and why. `kind`: ``error`` (exit 1), ``brake`` (exit 3) or ``changed``:
    what is to be done is no longer what was agreed to (exit 3). `outcome`: the plan that was refused, so that it can be
    shown; `details`: more lines on why."""

    practice: str
    therapist: str
    kind: str
    message: str
    outcome: Outcome | None = None
    details: tuple[str, ...] = ()


Result = Outcome | Failure
