"""YAML text as a tree in which every value keeps its written text and its place.

Nothing is guessed from how a value looks: ``12:30``, ``no``, ``1e5`` and ``2027-01-04`` stay what was written, and
whoever knows what is meant reads it. Anchors, aliases and ``<<`` work, but what they blow up to is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from rules.problems import Place, Problem, RuleFileError, quoted

LONGEST_TEXT = 200_000
DEEPEST = 30
MOST_VALUES = 20_000
_LOOKED_AT = 300  # characters of a line, to say what is wrong in it
_CORE_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map"))
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(eq=False, slots=True)
class Node:
    """One value. `text` for a scalar as written, `plain` if it stands without quotes; `items` for a list; `pairs` for
    a mapping, from the key's text to the key's own node and the value's. `size` counts what it holds, aliases
    expanded."""

    kind: Literal["scalar", "list", "mapping"]
    place: Place
    text: str = ""
    plain: bool = True
    items: list[Node] = field(default_factory=list)
    pairs: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    size: int = 1

    def get(self, *keys: str) -> Node | None:
        """The value at a path of mapping keys, or None where there is none."""
        here: Node | None = self
        for key in keys:
            pair = here.pairs.get(key) if here is not None else None
            here = pair[1] if pair else None
        return here

    def key(self, key: str) -> Node | None:
        """The node of a key itself."""
        pair = self.pairs.get(key)
        return pair[0] if pair else None

    @property
    def is_null(self) -> bool:
        """Whether nothing is written where a value could be (``limits:``, ``~``)."""
        return self.kind == "scalar" and self.plain and self.text in _NULLS

    @property
    def is_none(self) -> bool:
        """Whether it is the word ``none``, which switches an inherited key off."""
        return self.kind == "scalar" and self.plain and self.text.casefold() == "none"


def mapping_of(pairs: Iterable[tuple[Node, Node]], place: Place) -> Node:
    """A mapping made of pairs that stand elsewhere."""
    return Node("mapping", place, pairs={key.text: (key, value) for key, value in pairs})


def parse(text: str, name: str, preset: str = "") -> tuple[Node, list[Problem]]:
    """The document's tree and the problems that leave a tree to look at (a key written twice).

    `name` is what places call the file. Raises RuleFileError where there is no tree: broken YAML, a tag, too much.
    """
    start = Place(name, 1, 1, preset)
    if len(text) > LONGEST_TEXT:
        raise RuleFileError(
            [
                Problem(
                    start, f"this file has more than {LONGEST_TEXT} characters", "write rules only, or make two files"
                )
            ]
        )
    builder = _Builder(name, preset)
    try:
        tree = builder.build(text.removeprefix("\ufeff"))
    except RuleFileError:
        raise
    except Exception as error:  # the parser meets any text here, and some texts make it fail in ways of its own
        raise RuleFileError([_in_plain_words(error, text, builder.last)]) from None
    if tree is None:
        raise RuleFileError(
            [Problem(start, "this file is empty", "write a rule file here; `session-breaks init` makes one")]
        )
    return tree, builder.problems


class _Builder:
    """Turns the parser's events into nodes, without recursion and with bounds."""

    def __init__(self, name: str, preset: str) -> None:
        self.name = name
        self.preset = preset
        self.last = Place(name, 1, 1, preset)
        self.problems: list[Problem] = []
        self._anchors: dict[str, Node | None] = {}
        self._open: list[tuple[Node, list[Node], str | None]] = []
        self._root: Node | None = None

    def build(self, text: str) -> Node | None:
        for event in _events(text):
            mark = event.start_mark
            self.last = Place(self.name, mark.line + 1, mark.column + 1, self.preset)
            self._take(type(event).__name__, event)
        return self._root

    def _take(self, sort: str, event: Any) -> None:
        if sort == "DocumentStartEvent" and self._root is not None:
            self._fail("a second document begins here", "keep one practice in one file and remove the line `---`")
        elif sort == "AliasEvent":
            self._add(self._alias(str(event.anchor)))
        elif sort == "ScalarEvent":
            self._check_tag(event)
            node = Node("scalar", self.last, text=event.value, plain=not event.style)
            if event.anchor:
                self._anchors[str(event.anchor)] = node
            self._add(node)
        elif sort in ("MappingStartEvent", "SequenceStartEvent"):
            self._check_tag(event)
            if len(self._open) >= DEEPEST:
                self._fail("this is nested too deeply", f"use at most {DEEPEST} levels; look for a bracket too many")
            if event.anchor:
                self._anchors[str(event.anchor)] = None  # known, but not yet complete
            kind: Literal["mapping", "list"] = "mapping" if sort.startswith("Mapping") else "list"
            self._open.append((Node(kind, self.last), [], str(event.anchor) if event.anchor else None))
        elif sort in ("MappingEndEvent", "SequenceEndEvent"):
            node, parts, anchor = self._open.pop()
            if node.kind == "mapping":
                self._fill(node, parts)
            else:
                node.items = parts
            node.size = 1 + sum(part.size for part in parts)
            if node.size > MOST_VALUES:
                self._fail(f"this holds more than {MOST_VALUES} values", "write it without so many aliases (`*name`)")
            if anchor:
                self._anchors[anchor] = node
            self._add(node)

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1][1].append(node)
        else:
            self._root = node

    def _alias(self, anchor: str) -> Node:
        if anchor not in self._anchors:
            self._fail(
                "a plain value cannot begin with `*`, which refers to an anchor, and there is none of that name",
                'put the value in quotes: `"*…*"`',
            )
        found = self._anchors[anchor]
        if found is None:
            self._fail("an anchor cannot contain itself", "write the values out here")
        return found

    def _check_tag(self, event: Any) -> None:
        tag = str(event.ctag) if event.ctag is not None else ""
        if tag not in ("", "!") and tag not in _CORE_TAGS:
            self._fail("a tag (`!…`) has no meaning in a rule file", "remove it, or put the value in quotes")

    def _fill(self, node: Node, parts: list[Node]) -> None:
        merged: list[Node] = []
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if key.kind != "scalar":
                self.problems.append(
                    Problem(key.place, "a key must be plain text", "write `key: value`; put a value with `{` in quotes")
                )
            elif key.text == "<<" and key.plain:
                merged += value.items if value.kind == "list" else [value]
            elif key.text in node.pairs:
                first = node.pairs[key.text][0].place.line
                self.problems.append(
                    Problem(
                        key.place, f"{quoted(key.text)} is written twice (first on line {first})", "keep one of them"
                    )
                )
            else:
                if value.is_null and not value.text:
                    value.place = key.place  # nothing is written: the parser names the place of what comes next
                node.pairs[key.text] = (key, value)
        for source in merged:
            if source.kind != "mapping":
                self.problems.append(
                    Problem(source.place, "`<<` takes a mapping", "name an anchor of one: `<<: *name`")
                )
            for text, pair in source.pairs.items():
                node.pairs.setdefault(text, pair)

    def _fail(self, what: str, advice: str) -> NoReturn:
        raise RuleFileError([*self.problems, Problem(self.last, what, advice)])


def _events(text: str) -> Iterator[Any]:
    from ruamel.yaml import YAML

    yield from YAML(typ="rt", pure=True).parse(text)


_WORDS = (
    ("\\t", "a tab cannot indent or begin a value", "use spaces"),
    ("cannot start any token", "a plain value cannot begin with this character", "put the value in quotes"),
    ("unexpected end of stream", "a quote is opened and never closed", "close it"),
    ("unknown escape", "a backslash in double quotes needs a known escape", "use single quotes: `'…'`"),
    (
        "mapping values are not allowed",
        "a colon is not expected here",
        "check the indentation, and that every key above is followed by a colon and a space; "
        "put a value that holds `: ` in quotes",
    ),
    ("could not find expected ':'", "a key without a colon", "write `key: value`"),
    ("expected ',' or", "a bracket is not closed, or a comma is missing", "write `[a, b]` or `{key: value}`"),
    ("stream end", "the file ends inside a bracket", "close it with `]` or `}`"),
    ("node content", "a value is missing here, or a bracket does not match", "write `[a, b]` or `{key: value}`"),
    ("tag", "a tag (`!…`) has no meaning in a rule file", "remove it, or put the value in quotes"),
    ("block end", "this does not belong to what stands above it", "check the indentation and the quotes"),
)


def _in_plain_words(error: Exception, text: str, last: Place) -> Problem:
    """A parser's error as one problem. The parser's own words are looked at, never repeated: they may quote the
    file."""
    mark = getattr(error, "problem_mark", None)
    place = Place(last.file, mark.line + 1, mark.column + 1, last.preset) if mark is not None else last
    said = f"{getattr(error, 'context', '') or ''} {getattr(error, 'problem', '') or ''}"
    position = getattr(error, "position", None)
    if isinstance(position, int):
        before = text[:position]
        place = Place(last.file, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1, last.preset)
        return Problem(place, "a character that YAML does not allow", "remove it, or save the file as UTF-8 text")
    lines = [line[:_LOOKED_AT] for line in text.splitlines()]
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    if re.match(r"\s*(- )?[^#'\"]*[:\[,{-]\s*\*[^\s,\]}]", line) and "\\t" not in said:
        return Problem(
            place, "a plain value cannot begin with `*`, which refers to an anchor", 'put the value in quotes: `"*…*"`'
        )
    slip = _slip(lines, place, getattr(error, "context_mark", None), said)
    if slip is not None:
        return slip
    for sign, what, advice in _WORDS:
        if sign in said:
            return Problem(place, f"this is not valid YAML: {what}", advice)
    return Problem(place, "this is not valid YAML", "check the quotes, brackets and the indentation on this line")


_WEEKDAY = re.compile(r"\s*['\"]?(mon|tue|wed|thu|fri|sat|sun)[a-z]*\s*([-,].*)?:(\s|$)", re.IGNORECASE)
_GLUED = re.compile(r"(\s*(?:- )?[\w.-]+:)[^\s/]")


def _slip(lines: list[str], place: Place, context: Any, said: str) -> Problem | None:
    """The two commonest slips, told where they are: the parser notices them later, at what follows."""
    here = place.line - 1
    if "could not find expected ':'" in said and context is not None:
        here = context.line
    elif "mapping values are not allowed" in said:
        glued = [n for n in range(min(here, len(lines))) if lines[n].strip() and not lines[n].lstrip().startswith("#")]
        here = glued[-1] if glued else here
    if 0 <= here < len(lines):
        colon = _GLUED.match(lines[here])
        if colon and ("expected ':'" in said or "mapping values" in said):
            where = Place(place.file, here + 1, colon.end(1), place.preset)
            return Problem(where, "a space is missing after the colon", "write `key: value`")
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    if _WEEKDAY.match(line) and ("block end" in said or "mapping values" in said):
        return Problem(
            place,
            "this is not valid YAML: this weekday is not indented like those above it",
            "indent it under `working_hours` as the other weekdays are",
        )
    return None
