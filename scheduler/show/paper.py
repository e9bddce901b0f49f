"""The sheet that text is laid out on: how wide it is, whether it takes colour, whether it takes more than ASCII.

A line is a row of spans, each with a role (``session``, ``warning`` …); it becomes text with colour codes only at the
very end, so that widths are always counted on what is seen.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import click

Span = tuple[str, str]
Line = tuple[Span, ...]

# Backgrounds carry their own foreground, so that they read on dark and on light terminals alike.
STYLES: dict[str, dict[str, Any]] = {
    "": {},
    "title": {"bold": True},
    "strong": {"bold": True},
    "faint": {"fg": 245},
    "good": {"fg": 35},
    "changed": {"fg": 172},
    "removed": {"fg": 167},
    "warning": {"fg": 167, "bold": True},
    "S": {"bg": 24, "fg": 255, "bold": True},
    "s": {"bg": 31, "fg": 255, "bold": True},
    "b": {"bg": 114, "fg": 22},
    "P": {"bg": 183, "fg": 54},
    "n": {"bg": 152, "fg": 23},
    "h": {"bg": 223, "fg": 130},
    "m": {"bg": 250, "fg": 238},
    ".": {"fg": 71},
    "past": {"bg": 238, "fg": 249},
}

_SPELT = {
    "–": "-", "—": "-", "‒": "-", "−": "-", "‐": "-", "‑": "-", "…": "...",  # noqa: RUF001 - what is replaced
    "·": ",", "•": "*", "→": "->", "≥": ">=", "≤": "<=",
    "‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "„": '"', "‚": "'",  # noqa: RUF001 - as above
    "×": "x", "€": "EUR", "£": "GBP",  # noqa: RUF001 - as above
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
    "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i",  # noqa: RUF001 - as above
}  # fmt: skip


def to_ascii(text: str) -> str:
    """The text in ASCII: accents dropped, well-known letters and signs spelt out, `?` for what has no such spelling."""
    spelt = "".join(_SPELT.get(character, character) for character in text)
    bare = (c for c in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(c))
    return "".join(c if c.isascii() else _SPELT.get(c, "?") for c in bare)


def columns(text: str) -> int:
    """How many terminal columns a text takes: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(_columns(c) for c in text)


@dataclass(frozen=True, slots=True)
class Paper:
    """Where a view is shown. `width` in columns; lines never get longer, whatever stands in them."""

    width: int
    colour: bool = False
    unicode: bool = True

    def plain(self, text: str) -> str:
        """A text from outside made fit to print: one line, no control characters (a name could else steer the
        terminal), and ASCII where nothing more is possible."""
        if text.isascii() and text.isprintable():
            return text
        spaced = "".join(" " if c.isspace() else c for c in text)
        # Format characters (Cf) would reverse or hide text; surrogates (Cs) cannot be encoded.
        shown = "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
        return shown if self.unicode else to_ascii(shown)

    @property
    def dash(self) -> str:
        return "\u2013" if self.unicode else "-"

    @property
    def dot(self) -> str:
        """What parts two pieces of a line."""
        return " · " if self.unicode else ", "

    @property
    def arrow(self) -> str:
        return "→" if self.unicode else "->"

    @property
    def rule(self) -> str:
        return "─" if self.unicode else "-"

    def fit(self, text: str, room: int) -> str:
        """The text cut to `room` columns, with a sign that something is missing."""
        if columns(text) <= room:
            return text
        mark = "…" if self.unicode else "..."
        if room <= columns(mark):
            return _cut(text, max(room, 0))
        return _cut(text, room - columns(mark)).rstrip() + mark

    def wrap(self, text: str, room: int) -> list[str]:
        """The text in lines of at most `room` columns, broken between words, within a word only where it is longer."""
        room = max(room, 1)
        lines: list[str] = []
        current = ""
        for word in text.split():
            candidate = f"{current} {word}" if current else word
            if columns(candidate) <= room:
                current = candidate
                continue
            if current:
                lines.append(current)
            while columns(word) > room:
                head = _cut(word, room) or word[0]
                lines.append(head)
                word = word[len(head) :]
            current = word
        if current or not lines:
            lines.append(current)
        return lines

    def flow(self, pieces: Iterable[Span], room: int, between: str = "   ") -> list[Line]:
        """Pieces that are never broken, as many on a line as fit; one that is longer than `room` is cut."""
        lines: list[Line] = []
        line: list[Span] = []
        used = 0
        for text, role in pieces:
            text = self.fit(text, room)
            gap = columns(between) if line else 0
            if line and used + gap + columns(text) > room:
                lines.append(tuple(line))
                line, used, gap = [], 0, 0
            if line:
                line.append((between, "faint"))
            line.append((text, role))
            used += gap + columns(text)
        if line:
            lines.append(tuple(line))
        return lines

    def paint(self, line: Line) -> str:
        """The line as it is printed. What would stick out is cut, trailing space goes."""
        spans = _within(line, self.width)
        if not self.colour:
            return "".join(text for text, _ in spans)
        return "".join(click.style(text, **STYLES[role]) if STYLES[role] else text for text, role in spans)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cut(text: str, room: int) -> str:
    used = 0
    for position, character in enumerate(text):
        used += _columns(character)
        if used > room:
            return text[:position]
    return text


def _within(line: Line, width: int) -> list[Span]:
    spans: list[Span] = []
    left = width
    for text, role in line:
        shown = _cut(text, left)
        left -= columns(shown)
        if shown:
            spans.append((shown, role))
        if shown != text:
            break
    while spans:
        text, role = spans[-1]
        bare = text.rstrip()
        if bare == text:
            break
        spans.pop()
        if bare:
            spans.append((bare, role))
    return spans
