"""What rules ask for and what comes of it: holds, bans, findings, blocks.

A *hold* is time that must be kept, at a fixed place. A *ban* says which starts of a booking would break a rule; guards
are made from bans once everything else has its place. A *finding* is what is broken or could not be done. A *block* is
time that is held in the calendar in the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rules.timeline import Interval, subtract


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is broken or could not be done: one rule and one cause. `message` is for the therapist, names no client, and
    gives times in the therapist's zone; `advice` says what to do about it."""

    rule: str
    code: str
    interval: Interval
    message: str
    advice: str = ""
    grade: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Time held for the therapist. `key` names rule and cause, never the time. `guard`: held only so that no booking
    can break a rule; else it is what the therapist needs. `name` is what the calendar shows. `why` names no client.
    `yields`: the part of a break on which protected work may lie all the same, since only sessions are kept off it."""

    key: str
    rule: str
    name: str
    interval: Interval
    guard: bool = False
    why: str = ""
    yields: Interval | None = None

    @property
    def start(self) -> datetime:
        return self.interval.start

    @property
    def end(self) -> datetime:
        return self.interval.end

    @property
    def firm(self) -> list[Interval]:
        """The block without what it yields to protected work."""
        return [self.interval] if self.yields is None else subtract([self.interval], [self.yields])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """Starts at which a booking of `kind` would break `rule`: every start in the half-open interval. `closes`: not one
    more may come on the whole date, so that a gap is held whole rather than by the least that keeps bookings out."""

    kind: str
    starts: Interval
    rule: str
    why: str
    closes: bool = False


Action = Literal["create", "update", "keep", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one block. `was` is where it stands now (update, delete). `by_hand`: kept where the therapist put
    it."""

    action: Action
    block: Block
    was: Interval | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much a day or a week holds, to be shown against its limit. `minutes` is the union of the sessions' time."""

    sessions: int = 0
    minutes: int = 0
    weight: float = 0.0
    heavy: int = 0
