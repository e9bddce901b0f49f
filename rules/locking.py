"""`locked`: what a practice does not let one therapist loosen.

A locked key may be made stricter for a therapist, never looser, and never changed where neither can be said. Stricter
is: smaller or more limits, longer breaks and rest, more time for notes, more or longer or more important protected
time that fewer events satisfy, a heavier kind, fewer working hours, more days off. A lock holds for the key itself:
who locks `limits` may want to lock `kinds` and `sessions` as well, which decide what counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rules import catalogue, values
from rules.items import PROTECT
from rules.keys import NOT_BUILT, OVERRIDABLE
from rules.practice import PRIORITIES
from rules.problems import Place, nearest, quoted
from rules.sections import BREAKS, KIND, LIMITS, LOCATION, NOTES, REST
from rules.shapes import INVALID, Notes, Record
from rules.yamltree import Node

_ABSENT: Any = object()
Compare = Callable[[Any, Any], bool | None]


def _less_is_stricter(old: Any, new: Any) -> bool | None:
    if new is _ABSENT or old is _ABSENT:
        return bool(new is _ABSENT)
    return bool(new > old)


def _more_is_stricter(old: Any, new: Any) -> bool | None:
    if new is _ABSENT or old is _ABSENT:
        return bool(new is _ABSENT)
    return bool(new < old)


def _yes_is_stricter(old: Any, new: Any) -> bool | None:
    return bool(old) and old is not _ABSENT and not (new is not _ABSENT and new)


def _no_is_stricter(old: Any, new: Any) -> bool | None:
    return new is not _ABSENT and bool(new) and not (old is not _ABSENT and old)


def _priority(old: Any, new: Any) -> bool | None:
    ranks = [PRIORITIES.index("normal" if value is _ABSENT else value) for value in (old, new)]
    return bool(ranks[1] > ranks[0])


def _add_is_stricter(old: Any, new: Any) -> bool | None:
    return bool(old == "add" and new != "add")


def _at_least(old: Any, new: Any) -> bool | None:
    """Of a protected item: absent means as long as `length`, the strictest."""
    if old is _ABSENT or new is _ABSENT:
        return bool(old is _ABSENT and new is not _ABSENT)
    return bool(new < old)


def _on(old: Any, new: Any) -> bool | None:
    every = frozenset(range(7))
    sets = [every if value is _ABSENT else frozenset().union(*value) for value in (old, new)]
    return not sets[0] <= sets[1]


def _rests(old: Any, new: Any) -> bool | None:
    """Of `meetings_rest`: absent means yes, the looser."""
    return old is not _ABSENT and not old and (new is _ABSENT or bool(new))


def _by(old: Any, new: Any) -> bool | None:
    """Of notes: earlier is stricter; absent and None are the day's end, which is another time on each day."""
    before, after = (None if value is _ABSENT else value for value in (old, new))
    if before is None or after is None:
        return False if before is after else None
    return bool(after > before)


def _pieces_of_notes(old: Any, new: Any) -> bool | None:
    return None if old is _ABSENT or new is _ABSENT else bool(new < old)


def _times(old: Any, new: Any) -> bool | None:
    """Absent means once on each day."""
    before, after = ((1, "day") if value is _ABSENT else value for value in (old, new))
    if before[1] == after[1]:
        return bool(after[0] < before[0])
    return None if "day" not in (before[1], after[1]) or before[0] > 1 else before[1] == "day"


def _amount(old: Any, new: Any) -> bool | None:
    return None if _ABSENT in (old, new) or old[1] != new[1] else bool(new[0] < old[0])


def _no_more(old: Any, new: Any) -> bool | None:
    """A list to which nothing may be added (what satisfies a quota)."""
    before = [] if old is _ABSENT else old
    return any(item not in before for item in ([] if new is _ABSENT else new))


def _within(old: Any, new: Any) -> bool | None:
    """Working hours: looser where some of the new hours were not there before. Absent: every hour. Where the old ones
    are dated, neither can be said."""
    if old is _ABSENT or new is _ABSENT:
        return bool(new is _ABSENT)
    if len(old) > 1 or old[0].keys() != {"days"}:
        return None
    before, after = (set(_minutes(hours)) for hours in (old, new))
    return not after <= before


def _minutes(hours: list[Mapping[str, Any]]) -> Iterator[int]:
    for entry in hours:
        for name, ranges in entry["days"].items():
            midnight = values.DAYS.index(name) * 1440
            for window in ranges:
                start, end = values.span_of(window)
                yield from ((midnight + minute) % 10080 for minute in range(start, end))


def _all_kept(old: Any, new: Any) -> bool | None:
    """A list in which everything that was there must stay (days off)."""
    before = [] if old is _ABSENT else [_comparable(item) for item in old]
    after = [] if new is _ABSENT else [_comparable(item) for item in new]
    return any(item not in after for item in before)


def _edits(old: Any, new: Any) -> bool | None:
    """Of a section or an item: absent means as `edits` of the practice, of which nothing is known here."""
    if old is _ABSENT and new == "keep":
        return None
    return bool(old == "restore" and new != "restore")


def _unknown(_old: Any, _new: Any) -> bool | None:
    """Neither looser nor stricter can be said."""
    return None


def _comparable(item: Any) -> Any:
    return item["title"].text if isinstance(item, dict) else item


_RULES: Mapping[str, Compare] = {
    **{f"limits.per_day.{key}": _less_is_stricter for key in ("sessions", "time", "weight", "heavy")},
    **{f"limits.per_week.{key}": _less_is_stricter for key in ("sessions", "time", "weight", "heavy")},
    **{f"limits.in_a_row.{key}": _less_is_stricter for key in ("sessions", "time")},
    "limits.in_a_row.then": _more_is_stricter,
    "limits.in_a_row.meetings_rest": _rests,
    "rest.between_days": _more_is_stricter,
    "rest.days_off_per_week": _more_is_stricter,
    "rest.day_span": _less_is_stricter,
    "notes.per_session": _more_is_stricter,
    "notes.at_least": _pieces_of_notes,
    "notes.by": _by,
    **{f"breaks.{key}": _more_is_stricter for key in ("before", "after", "after_heavy", "at_least")},
    "breaks.combine": _add_is_stricter,
    **{f"kinds.*.{key}": _more_is_stricter for key in ("weight", "before", "after")},
    "kinds.*.heavy": _yes_is_stricter,
    "kinds.*.shared": _no_is_stricter,
    "protect.*.length": _more_is_stricter,
    "protect.*.at_least": _at_least,
    "protect.*.priority": _priority,
    "protect.*.on": _on,
    "protect.*.off": _no_is_stricter,
    "protect.*.name": lambda _old, _new: False,
    "protect.*.use": lambda _old, _new: False,
    "protect.*.times": _times,
    "protect.*.amount": _amount,
    "protect.*.satisfied_by": _no_more,
    "protect.*.at_most": _less_is_stricter,
    "working_hours": _within,
    "days_off": _all_kept,
    "holidays": _all_kept,
    "respect": lambda old, new: old is not _ABSENT and new is _ABSENT,
    "titles": lambda old, new: old == "never" and new != "never",
    "paused": _no_is_stricter,
    **{f"{section}.edits": _edits for section in ("breaks", "limits", "rest", "notes", "protect.*")},
}  # fmt: skip


def check_locked_names(tree: Node, names: list[str], notes: Notes, extra: frozenset[str] = frozenset()) -> None:
    """Whether every locked key is one of the rule file's."""
    listing = tree.get("locked")
    nodes = [] if listing is None else listing.items if listing.kind == "list" else [listing]
    for node in nodes:
        path = node.text.strip()
        if node.kind != "scalar" or path in extra:
            continue
        parts = path.split(".")
        if parts[0] in NOT_BUILT or (parts[0] == "limits" and len(parts) > 1 and parts[1] in LIMITS.not_built):
            notes.add(node, f"{quoted(path)} is not built yet", "remove it for now")
        elif not _exists(parts, names):
            near = nearest(path, _paths(names))
            notes.add(
                node,
                f"there is nothing called {quoted(path)} to lock",
                f"did you mean `{near}`?" if near else "write a key with dots, such as `limits.per_week`",
            )


def _exists(parts: list[str], names: list[str]) -> bool:
    shape: Any = OVERRIDABLE.get(parts[0])
    if shape is None:
        return False
    if parts[0] in ("protect", "kinds"):
        owners = [name for name in names if name.startswith(f"{parts[0]}.")]
        if len(parts) == 1:
            return True
        rest = ".".join(parts)
        record = PROTECT if parts[0] == "protect" else KIND
        return any(
            rest.casefold() == owner.casefold()
            or (rest.casefold().startswith(f"{owner.casefold()}.") and rest[len(owner) + 1 :] in record.keys)
            for owner in owners
        )
    record_here: Any = {
        "breaks": BREAKS,
        "limits": LIMITS,
        "rest": REST,
        "notes": NOTES,
        "location": LOCATION,
    }.get(parts[0])
    for part in parts[1:]:
        if not isinstance(record_here, Record) or part not in record_here.keys:
            return False
        record_here = record_here.keys[part].shape
    return True


def _paths(names: list[str]) -> list[str]:
    limits = [f"limits.{period}" for period in LIMITS.keys]
    return [*OVERRIDABLE, *limits, *(path for path in _RULES if "*" not in path), *names]


def check_kept(
    locked: list[str], base: Mapping[str, Any], own: Mapping[str, Any], tree: Node, fallback: Place, notes: Notes
) -> None:
    """Every place where a therapist's rules are looser than the practice's at a locked key. `tree`: the therapist's
    own layer."""
    told: set[tuple[str, str]] = set()
    for path in locked:
        top = path.split(".")[0]
        before, after = dict(_leaves(top, base.get(top, _ABSENT))), dict(_leaves(top, own.get(top, _ABSENT)))
        switched_off = {key[: -len(".off")] for key, value in before.items() if key.endswith(".off") and value}
        for leaf in sorted(before.keys() | after.keys()):
            folded = path.casefold()
            if (
                leaf.casefold() != folded
                and not leaf.casefold().startswith(f"{folded}.")
                and not folded.startswith(f"{leaf.casefold()}.")
            ):
                continue
            old, new = before.get(leaf, _ABSENT), after.get(leaf, _ABSENT)
            item = leaf.rsplit(".", 1)[0]
            if _unreadable(old) or _unreadable(new) or old == new or _fresh(leaf, before) or item in switched_off:
                continue
            looser = _compare(leaf)(old, new)
            if looser is False:
                continue
            node = _nearest_node(tree, leaf)
            place = node.place if node else fallback
            one_item = item.startswith("protect.") and node is not tree.key("protect")
            cause = (path, item if one_item else str(place))
            if cause in told:
                continue  # such as `limits: none`, or one item that is made quite another
            told.add(cause)
            how = "would be looser for this therapist" if looser else "would be changed for this therapist"
            notes.add(
                place,
                f"`{path}` is locked, and {quoted(leaf)} {how}",
                "remove it, or write what is stricter",
            )


def _unreadable(value: Any) -> bool:
    """Whether something in a value could not be read, which is told already."""
    if isinstance(value, dict):
        return any(_unreadable(part) for part in value.values())
    return value is INVALID or (isinstance(value, list) and any(_unreadable(part) for part in value))


def _compare(leaf: str) -> Compare:
    if leaf in _RULES:
        return _RULES[leaf]
    parts = leaf.split(".")
    return _RULES.get(f"{parts[0]}.*.{parts[-1]}", _unknown)


def _fresh(leaf: str, before: Mapping[str, Any]) -> bool:
    """Whether the leaf belongs to a protected item that the practice does not have: more protected time is stricter."""
    if not leaf.startswith("protect."):
        return False
    item = leaf.rsplit(".", 1)[0]
    return not any(other.startswith(f"{item}.") for other in before)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if path in ("working_hours", "days_off", "holidays", "sessions", "bookable"):
        yield path, value
    elif path == "protect" and isinstance(value, list):
        for item in value:
            if isinstance(item, dict) and item.get("name"):
                for key, part in item.items():
                    yield f"protect.{item['name'].casefold()}.{key}", part
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(f"{path}.{key}", part)
    else:
        yield path, value


def _nearest_node(tree: Node, leaf: str) -> Node | None:
    """The deepest key of the leaf that the therapist's own layer writes."""
    here, found = tree, None
    parts = leaf.split(".")
    if parts[0] == "protect":
        listing = tree.get("protect")
        for item in listing.items if listing is not None else ():
            name = catalogue.label(item)
            if name is not None and leaf.startswith(f"protect.{' '.join(name.text.split()).casefold()}."):
                return item.key(parts[-1]) or item
        return tree.key("protect")
    for part in parts:
        key, value = here.key(part), here.get(part)
        if key is None or value is None:
            break
        here, found = value, key
    return found
