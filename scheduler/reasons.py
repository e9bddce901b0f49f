"""What an explanation is: the values that `scheduler.explain` works out and that the views show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rules.demand import Action, Finding, Load
from rules.practice import Kind, Rules
from rules.timeline import Interval, Session
from scheduler.way_out import Move
from scheduler.what_if import Example

Sort = Literal["block", "guard", "open", "session", "busy", "closed", "not-placed"]


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, the place of its rule in the file, and the key to ask for where more can be said of it."""

    finding: Finding
    where: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Bookable:
    """Where in open time a booking of a kind may start; `first`, `last` None where it does not fit."""

    kind: Kind
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Taken:
    """Something that lies where an item would have to be. `name`: a block's; '' for sessions and other busy time."""

    interval: Interval
    sort: Literal["session", "busy", "block"]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One answer. `interval`: all of the thing, not just the moment. `name`: a block's, an item's, a session's kind.
    `where`: ``file:line``, ``preset NAME`` or ''. `why`: in a few words. `cause`: the session that asks for a break.
    `gave_up`: in words, '' for nothing. `costs_slots`: None where there is no price. `left_day`, `left_week`: how many
    more bookings the limits allow, None for any number. `action`: what a sync would do to a block."""

    sort: Sort
    interval: Interval
    key: str = ""
    name: str = ""
    rule: str = ""
    where: str = ""
    why: str = ""
    cause: Session | None = None
    gave_up: str = ""
    costs_slots: int | None = None
    example: Example | None = None
    way_out: Move | None = None
    in_the_way: tuple[Taken, ...] = ()
    bookable: tuple[Bookable, ...] = ()
    left_day: int | None = None
    left_week: int | None = None
    day_load: Load | None = None
    week_load: Load | None = None
    findings: tuple[Told, ...] = ()
    action: Action | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The answers for one therapist; none where what was asked for is outside what is planned. `moment`: the instant
    that was asked for, None for a date or a key. `refusal`: why a brake would not let this plan be written."""

    practice: str
    rules: Rules
    window: Interval
    moment: datetime | None
    answers: tuple[Explanation, ...]
    refusal: str = ""
