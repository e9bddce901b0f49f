"""Between the scheduler, which speaks of keys as they are, and a calendar in which they may be hidden.

Every calendar is opened through here: what is read has its keys opened, whichever form they stand in, and what is
written gets the form that the rule file asks for (`blocks: {discreet: yes}`). Turning that on or off is so an update of
each block, never a second one beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from connectors import hidden_keys, ownership
from connectors.base import Addressed, Batched, CalendarError, Connector, Entry, Parallel, Reading, Write
from rules.practice import Practice
from rules.timeline import Event, Interval, Ref, Tag


@dataclass(frozen=True, slots=True)
class Keys:
    """How a practice writes keys. `hide`: whether they are hidden, by owner."""

    practice_id: str
    hide: Mapping[str, bool]

    def opened(self, event: Event) -> Event:
        """An event with its key as the scheduler knows it; also the key of the block that a person made it of."""
        tag, former = self.opened_tag(event.tag), self.opened_tag(event.former)
        return event if tag is event.tag and former is event.former else replace(event, tag=tag, former=former)

    def opened_tag(self, tag: Tag | None) -> Tag | None:
        """A tag with its key as the scheduler knows it."""
        if tag is None:
            return None
        hidden = tag.key.startswith(hidden_keys.MARK)
        key = hidden_keys.opened(self.practice_id, tag.owner, tag.key)
        wanted = self.hide.get(tag.owner, hidden) == hidden  # of somebody else's block nothing is wanted
        if key == tag.key and not tag.of and wanted:
            return tag
        return replace(tag, key=key, of="", as_wanted=wanted)

    def written(self, write: Write) -> Write:
        """A change with its key as the calendar is to show it. A block that stands keeps its UID: where that follows
        from the key in the other form, the tag says so."""
        entry = write.entry
        if entry is None:
            return write
        tag = entry.tag
        hide = self.hide.get(tag.owner, any(self.hide.values()))  # of a therapist who left it is not known any more
        key = hidden_keys.hidden(self.practice_id, tag.owner, tag.key) if hide else tag.key
        follows = ownership.uid_for(tag.owner, key)
        new = write.ref is None and entry.uid == ownership.uid_for(tag.owner, tag.key)
        uid = follows if new else entry.uid
        of = "" if uid == follows else uid.partition("@")[0]
        return replace(write, entry=replace(entry, uid=uid, tag=replace(tag, key=key, of=of)))


def keys_of(practice: Practice) -> Keys:
    """How the practice writes keys, by its therapists' rules."""
    therapists = practice.therapists.items()
    return Keys(practice.id, {ownership.owner_of(practice.id, name): r.blocks.discreet for name, r in therapists})


def translated(calendar: Connector, keys: Keys) -> Connector:
    """The calendar with its keys opened, and with whatever else it can do beside."""
    parts = [part for ability, part in _ABILITIES.items() if isinstance(calendar, ability)]
    made: Connector = type("Translated", (*parts, _One), {})(calendar, keys)
    return made


class _One:
    def __init__(self, calendar: Connector, keys: Keys) -> None:
        self.name = calendar.name
        self.writable = calendar.writable
        self._calendar = calendar
        self._inner: Any = calendar
        self._keys = keys

    def read(self, window: Interval, zone: ZoneInfo) -> Reading:
        reading = self._calendar.read(window, zone)
        return replace(
            reading,
            events=tuple(map(self._keys.opened, reading.events)),
            unexpanded=tuple(replace(one, tag=self._keys.opened_tag(one.tag)) for one in reading.unexpanded),
        )

    def create(self, entry: Entry) -> Ref:
        return self._calendar.create(self._written(Write("create", entry)))

    def update(self, ref: Ref, entry: Entry) -> Ref:
        return self._calendar.update(ref, self._written(Write("update", entry, ref)))

    def delete(self, ref: Ref) -> None:
        self._calendar.delete(ref)

    def close(self) -> None:
        self._calendar.close()

    def _written(self, write: Write) -> Entry:
        entry = self._keys.written(write).entry
        if entry is None:
            raise ValueError("a block to write has an entry")
        return entry


class _Addressed(_One):
    def address(self) -> str:
        return self._inner.address()  # type: ignore[no-any-return]  # it is what `translated` found it to be


class _Batched(_One):
    def write(self, changes: Sequence[Write]) -> Iterator[Ref | CalendarError]:
        return self._inner.write([self._keys.written(change) for change in changes])  # type: ignore[no-any-return]  # `_inner` is Any


class _Parallel(_One):
    def create_all(self, entries: Sequence[Entry]) -> Iterator[Ref | CalendarError]:
        return self._inner.create_all([self._written(Write("create", entry)) for entry in entries])  # type: ignore[no-any-return]  # `_inner` is Any


_ABILITIES: dict[Any, type[_One]] = {Addressed: _Addressed, Batched: _Batched, Parallel: _Parallel}
