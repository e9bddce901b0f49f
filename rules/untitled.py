"""Where titles are never read (`titles: never`), a rule that looks at them can never match: every such rule that the
practice wrote is refused, at its place."""

from __future__ import annotations

from collections.abc import Iterator

from rules.problems import quoted
from rules.shapes import Notes
from rules.yamltree import Node


def check_titles(tree: Node, read: Node | None, accounts: Node | None, notes: Notes) -> None:
    """One therapist's rules. `tree`: merged; `read`: the calendars that are read; `accounts`: the file's."""
    pairs = accounts.pairs.items() if accounts is not None else ()
    silent = {text.strip() for text, (_, account) in pairs if _says_never(account)}
    calendars = [node.text.strip().partition("/")[0] for node in _items(read) if node.kind == "scalar"]
    everywhere = _says_never(tree) or (bool(calendars) and all(account in silent for account in calendars))
    for title, calendar, instead in _titles(tree):
        account = calendar.text.strip().partition("/")[0] if calendar is not None and calendar.kind == "scalar" else ""
        if not title.place.preset and (everywhere or account in silent):
            which = "" if everywhere else f" of {quoted(account)}"
            notes.add(title, f"titles{which} are never read (`titles: never`), so this never matches", instead)


def _titles(tree: Node) -> Iterator[tuple[Node, Node | None, str]]:
    """Every title that is looked for: its key, the calendar named beside it, and what to write instead."""
    instead = "tell sessions by `calendar`, `longer_than` and `shorter_than`"
    rules = [(rule, instead) for rule in _items(tree.get("sessions"))]
    for item in _items(tree.get("protect")):
        counted = _items(item.get("satisfied_by"))
        rules += [(rule, "tell it by `calendar`, or write `satisfied_by: none`") for rule in counted]
    rules += [(day, "write the dates") for day in _items(tree.get("days_off"))]
    for rule, instead in rules:
        title = rule.key("title") if rule.kind == "mapping" else None
        if title is not None:
            yield title, rule.get("calendar"), instead


def _says_never(node: Node) -> bool:
    written = node.get("titles") if node.kind == "mapping" else None
    return written is not None and written.text.strip().casefold() == "never"


def _items(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return node.items if node.kind == "list" else [node]
