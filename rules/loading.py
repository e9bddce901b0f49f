"""A rule file's text as a `Practice`, or every problem in it at file:line:column.

Pure but for the shipped presets and tables (time zones, holidays): no file is opened because of what a rule file says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from rules import presets
from rules.accounts import BUILT_IN, AccountType, check_options, plain_data
from rules.building import build, places
from rules.checking import Checker, check_written_once
from rules.keys import PRACTICE_ONLY, PRESETS, preset_file, rule_file
from rules.locking import check_kept, check_locked_names
from rules.merging import merge
from rules.naming import check_calendars
from rules.practice import Account, Practice, Rules
from rules.problems import Problem, RuleFileError, quoted
from rules.shapes import INVALID, Notes, Record
from rules.untitled import check_titles
from rules.yamltree import Node, parse


def load_text(
    text: str,
    name: str,
    *,
    preset_text: Callable[[str], str] = presets.text,
    connector_checks: Mapping[str, AccountType] = BUILT_IN,
    extra_rules: Mapping[str, Any] | None = None,
) -> Practice:
    """The practice that `text` describes. `name` is what places and `Practice.source` call the file.

    connector_checks: the account types there are and what checks their options. extra_rules: third-party rules by
    their key, each a class with `Options` (a pydantic model), built as ``Rule(options)``. Raises RuleFileError with
    every problem.
    """
    loading = partial(_Loading, text, name, preset_text, connector_checks, extra_rules or {})
    first = loading()
    if first.written.get("preset") is INVALID:
        raise RuleFileError(_whichever_preset(loading))
    return first.practice()


def _whichever_preset(loading: Callable[[str], _Loading]) -> list[Problem]:
    """What is wrong with a file whose preset cannot be told: the problems it would have with every one of them, so that
    nothing is called missing that the preset would bring."""
    found: list[list[Problem]] = []
    for preset in PRESETS:
        reading = loading(preset)
        with suppress(RuleFileError):
            reading.practice()
        found.append(reading.notes.problems)
    others = [{(problem.place, problem.what) for problem in problems} for problems in found[1:]]
    return [problem for problem in found[0] if all((problem.place, problem.what) in other for other in others)]


class _Loading:
    """One reading of one file: the tree, its layers and the problems found on the way."""

    def __init__(
        self,
        text: str,
        name: str,
        preset_text: Callable[[str], str],
        types: Mapping[str, AccountType],
        extra: Mapping[str, Any],
        preset: str | None = None,  # which to take, whatever the file says
    ) -> None:
        self.name = name
        self.types = types
        self.extra = extra
        self.notes = Notes()
        self.tree, problems = parse(text, name)
        self.notes.problems += problems
        self.file: Record = rule_file(types, extra)
        self.rules_shape = Record("rules", {k: v for k, v in self.file.keys.items() if k not in PRACTICE_ONLY}, "…")
        self.written = self.file.read(self.tree, "", self.notes)
        if self.written is INVALID:
            raise RuleFileError(self.notes.problems)
        self.own_layer = self._rules_of(self.tree)
        self.preset_layer = self._preset(preset or self.written.get("preset"), preset_text)
        self.base = merge(self.preset_layer, self.own_layer)

    def practice(self) -> Practice:
        check_written_once(self.own_layer, self.notes)
        account_types = self._account_types()
        check_calendars(self.own_layer, account_types, self.types, self.notes)
        base = self._read(self.base)
        therapists = self._therapists()
        if not therapists:
            Checker(self.base, base, self.notes, self.tree.place).check()
            self._say_no_therapists()
        if self.written.get("timezone") is None and not all(node.get("timezone") for _, node in therapists):
            self.notes.add(self.tree, "`timezone` is missing in this file", "write `timezone: Europe/London`")
        everyone = [self._therapist(name, node, account_types) for name, node in therapists]
        locked = [path for path in self.written.get("locked") or () if path]
        names = [path for _, _, tree in everyone for path in places(tree)] + list(places(self.base))
        check_locked_names(self.tree, names, self.notes, frozenset(self.extra))
        for (name, node), (read, _, _) in zip(therapists, everyone, strict=True):
            fallback = self.tree.get("therapists", name) or node
            check_kept(locked, base, read, self._rules_of(node), fallback.place, self.notes)
        if self.notes.problems:
            raise RuleFileError(self.notes.problems)
        built = {
            name: self._build(name, read, tree, extra)
            for (name, _), (read, extra, tree) in zip(therapists, everyone, strict=True)
        }
        if self.notes.problems:
            raise RuleFileError(self.notes.problems)
        title = self.written["practice"]
        return Practice(
            name=title,
            id=self.written.get("id") or title,
            source=self.name,
            accounts={name: self._account(name, found) for name, found in self.written["accounts"].items()},
            therapists=built,
        )

    def _preset(self, chosen: str | None, preset_text: Callable[[str], str]) -> Node | None:
        if not chosen:
            return None
        tree, _ = parse(preset_text(chosen), f"preset {chosen}", preset=chosen)
        preset_file().read(tree, "", self.notes)
        return merge(None, tree)

    def _rules_of(self, node: Node) -> Node:
        """A layer without the keys that only the practice has."""
        pairs = {text: pair for text, pair in node.pairs.items() if text in self.rules_shape.keys}
        return Node("mapping", node.place, pairs=pairs)

    def _read(self, tree: Node) -> dict[str, Any]:
        read: dict[str, Any] = self.rules_shape.read(tree, "", self.notes)
        return read

    def _therapists(self) -> list[tuple[str, Node]]:
        node = self.tree.get("therapists")
        pairs = node.pairs if node is not None and node.kind == "mapping" else {}
        return [(text.strip(), value) for text, (_, value) in pairs.items() if value.kind == "mapping"]

    def _say_no_therapists(self) -> None:
        node = self.tree.get("therapists")
        if node is not None and node.kind == "mapping" and not node.pairs:
            self.notes.add(node, "there is no therapist", "write one: `lee: {read: [cloud/work], write: cloud/work}`")

    def _account_types(self) -> dict[str, str | None]:
        node = self.tree.get("accounts")
        pairs = node.pairs if node is not None and node.kind == "mapping" else {}
        found: dict[str, str | None] = {}
        for text, (_, value) in pairs.items():
            kind = value.get("type")
            found[text.strip()] = kind.text if kind is not None and kind.kind == "scalar" else None
        return found

    def _therapist(
        self, name: str, node: Node, account_types: Mapping[str, str | None]
    ) -> tuple[dict[str, Any], dict[str, Any], Node]:
        layer = self._rules_of(node)
        calendars = Node(
            "mapping",
            node.place,
            pairs={**layer.pairs, **{k: node.pairs[k] for k in ("read", "write") if k in node.pairs}},
        )
        check_written_once(calendars, self.notes)
        check_calendars(calendars, account_types, self.types, self.notes)
        tree = merge(self.base, layer)
        read = self._read(tree)
        Checker(tree, read, self.notes, self._preset_place(node)).check()
        check_titles(tree, calendars.get("read"), self.tree.get("accounts"), self.notes)
        options: dict[str, Any] = {}
        for key in self.extra:
            found = tree.get(key)
            if found is not None:
                options[key] = self._extra_options(key, found, tree)
        whole = dict(self.written.get("therapists") or {}).get(name)
        if isinstance(whole, dict):
            read |= {key: whole[key] for key in ("read", "write") if key in whole}
        for key in ("read", "write"):
            if key in node.pairs:
                tree.pairs[key] = node.pairs[key]
        return read, options, tree

    def _extra_options(self, key: str, found: Node, tree: Node) -> Any:
        try:
            model = self.extra[key].Options
        except Exception:  # a third party's package; whatever it fails with, the file's other problems are told too
            self.notes.add(
                tree.key(key) or found, f"the rule `{key}` cannot be used", "install the package that brings it again"
            )
            return INVALID
        return check_options(model, plain_data(found), found, key, self.notes)

    def _preset_place(self, node: Node) -> Any:
        """Where to say something that nobody but the preset wrote."""
        key = self.tree.key("preset")
        return key.place if key is not None else node.place

    def _build(self, name: str, read: dict[str, Any], tree: Node, options: dict[str, Any]) -> Rules:
        where = places(tree)
        accounts = self.tree.get("accounts")
        where |= places(accounts, "accounts") if accounts is not None else {}
        key = self.tree.get("therapists")
        found = key.key(name) if key is not None else None
        if found is not None:
            where["therapist"] = found.place.brief
        built: dict[str, Any] = {}
        for text, chosen in options.items():
            try:
                built[text] = self.extra[text](chosen)
            except Exception as error:  # a third party's code; what it is called is safe to say, its words may not be
                place = tree.key(text)
                self.notes.add(
                    place or tree,
                    f"the rule {quoted(text)} cannot be used with these options ({type(error).__name__})",
                    "see the manual of the package that brings it",
                )
        return build(name, read, self._first_kind(tree, read), where, built)

    def _first_kind(self, tree: Node, read: Mapping[str, Any]) -> str | None:
        """The first kind that the practice's own file writes and that is still there, else the preset's first."""
        left = list(read.get("kinds", {}))
        own = self.own_layer.get("kinds")
        written = [name for name in (own.pairs if own is not None else ()) if name in left]
        changed = tree.get("kinds")
        later = [name for name in left if changed is not None and (key := changed.key(name)) and not key.place.preset]
        return (written or later or left or [None])[0]

    def _account(self, name: str, read: dict[str, Any]) -> Account:
        titles = read.get("titles") != "never"
        echoes = read.get("echoes", False)
        return Account(name=name, type=read["type"], options=read["options"], echoes=echoes, titles=titles)
