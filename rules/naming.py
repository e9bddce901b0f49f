"""Whether the calendars that a rule file names are there, and can be read or written to."""

from __future__ import annotations

from collections.abc import Mapping

from rules.accounts import AccountType
from rules.problems import listed, nearest, quoted
from rules.shapes import Notes
from rules.yamltree import Node


def check_calendars(
    layer: Node, accounts: Mapping[str, str | None], types: Mapping[str, AccountType], notes: Notes
) -> None:
    """The calendars that a layer (the file's top or one therapist) names. `accounts`: name -> type, None where it
    cannot be read."""
    read, write, sessions = layer.get("read"), layer.get("write"), layer.get("sessions")
    if read is not None and read.kind == "list" and not read.items:
        notes.add(read, "there is no calendar to read", "write `read: [account/calendar]`")
    for node in _items(read):
        _calendar(node, accounts, types, notes, writing=False)
    if write is not None:
        _calendar(write, accounts, types, notes, writing=True)
    counted = [rule for item in _items(layer.get("protect")) for rule in _items(item.get("satisfied_by"))]
    for rule in (*_items(sessions), *counted):
        calendar = rule.get("calendar")
        if calendar is not None:
            _calendar(calendar, accounts, types, notes, writing=False)


def _items(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return node.items if node.kind == "list" else [node]


def _calendar(
    node: Node, accounts: Mapping[str, str | None], types: Mapping[str, AccountType], notes: Notes, *, writing: bool
) -> None:
    account, slash, _ = node.text.strip().partition("/")
    if node.kind != "scalar" or not account:
        return
    if account not in accounts:
        near = nearest(account, accounts)
        if near:
            advice = f"did you mean `{near}{node.text.strip()[len(account) :]}`?"
        elif accounts:
            advice = f"the accounts are {listed(accounts, 'and')}; add it under `accounts` if it is another"
        else:
            advice = "write it under `accounts`"
        notes.add(node, f"there is no account {quoted(account)}", advice)
        return
    name = accounts[account]
    if name is None or name not in types:
        return
    if slash and types[name].single:
        notes.add(node, f"account `{account}` ({name}) is one calendar", f"write `{account}` alone")
    if writing and not types[name].writable:
        notes.add(
            node,
            f"account `{account}` ({name}) cannot be written to",
            "name a calendar of another account, such as a caldav one",
        )
