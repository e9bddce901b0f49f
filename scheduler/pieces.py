"""One cause, several blocks: a fixed item with a session in its middle, a break with a prayer in it.

The first piece has the cause's key, the second ``/2``, and so on, by time. This module says which pieces are still to
be made when some of them have started, stand elsewhere or were deleted by hand. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

from rules.timeline import Interval

if TYPE_CHECKING:
    from scheduler.board import Standing


@dataclass(slots=True)
class Pieces:
    """`due`: what is to stand, with its key. `released`: pieces that a hand has moved or deleted; nothing takes their
    place."""

    due: list[tuple[str, Interval]] = field(default_factory=list)
    released: list[Interval] = field(default_factory=list)


def belongs(name: str, key: str) -> bool:
    """Whether a key is that of a cause or of one of its pieces."""
    return name == key or (name.startswith(f"{key}/") and name[len(key) + 1 :].isdigit())


def still_due(key: str, pieces: Sequence[Interval], standing: Standing) -> Pieces:
    """Name the pieces of one cause and leave out those that are done or that a hand has changed.

    `pieces` are all of them, in order, whatever has started, so that their numbers do not change as time passes. A
    piece is done when a block of its cause that lies on it has started; if the piece reaches further, a standing block
    takes what is left."""
    started = standing.started_of(key)
    ahead = standing.future_of(key)
    done: dict[int, datetime] = {}
    moved: set[int] = set()
    for name, interval in started.items():
        under = [n for n, piece in enumerate(pieces) if piece.overlaps(interval)]
        done.update({n: max(done.get(n, interval.end), interval.end) for n in under})
        if not under and name in standing.strayed:
            moved.add(_place_of(name, key))
    made = Pieces()
    used = set(started)
    for n, piece in enumerate(pieces):
        left = Interval(done[n], piece.end) if n in done and done[n] < piece.end else piece
        free = [k for k in sorted(ahead) if k not in used]
        stands = next((k for k in free if ahead[k].overlaps(left)), None)
        if n in done and (done[n] >= piece.end or stands is None):
            continue
        if n in moved and n not in done and stands is None:
            made.released.append(piece)
            continue
        name = numbered(key, n + 1)
        if n in done or name in used:
            name = stands or next(iter(free), None) or _free(key, used, standing)
        used.add(name)
        if name in standing.pins or name in standing.vetoes:
            made.released.append(piece)
        else:
            made.due.append((name, left))
    return made


def by_cause(blocks: Mapping[str, Interval]) -> dict[str, dict[str, Interval]]:
    """Blocks by every key that they belong to, in the order given: what `belongs` says, for all keys at once."""
    found: dict[str, dict[str, Interval]] = {}
    for name, interval in blocks.items():
        found.setdefault(name, {})[name] = interval
        cause, slash, number = name.rpartition("/")
        if slash and number.isdigit():
            found.setdefault(cause, {})[name] = interval
    return found


def numbered(key: str, number: int) -> str:
    """The key of a cause's piece: the first has the cause's own."""
    return key if number == 1 else f"{key}/{number}"


def _place_of(name: str, key: str) -> int:
    return 0 if name == key else int(name[len(key) + 1 :]) - 1


def _free(key: str, used: set[str], standing: Standing) -> str:
    taken = used | set(standing.pins) | set(standing.vetoes)
    return next(name for number in count(1) if (name := numbered(key, number)) not in taken)


def keep_numbers(cause: str, spots: Sequence[Interval], standing: Standing) -> list[str]:
    """A key for each of one cause's places, in their order. What stands where a place is keeps its number; else one
    that stands on the same time moves there, then any that stands; the rest take the lowest free numbers."""
    ahead = dict(sorted(standing.future_of(cause).items()))
    named: dict[int, str] = {}
    for fits in (Interval.__eq__, Interval.overlaps, lambda _stands, _spot: True):
        for n, spot in enumerate(spots):
            free = [k for k, i in ahead.items() if k not in named.values() and fits(i, spot)]
            if n not in named and free:
                named[n] = free[0]
    used = {*named.values(), *standing.started}
    for n in range(len(spots)):
        if n not in named:
            named[n] = _free(cause, used, standing)
            used.add(named[n])
    return [named[n] for n in range(len(spots))]
