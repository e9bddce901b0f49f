"""What is wrong with a rule file: every problem with its place, in words that say what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is written; line and column count from 1. `preset`: the name of the shipped preset it comes from
    (or ``catalogue``), or '' for the practice's own file."""

    file: str
    line: int
    column: int
    preset: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def brief(self) -> str:
        """How a message names the place: ``riverside.yaml:31``, ``preset balanced`` or ``catalogue``."""
        if self.preset:
            return self.preset if self.preset == "catalogue" else f"preset {self.preset}"
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong. `advice` is what to write instead. Never quotes an account's options or a title."""

    place: Place
    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}; {self.advice}"


class RuleFileError(Exception):
    """A rule file that cannot be used: every problem in it, sorted by place. Its text is one problem a line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TooSlowError(Exception):
    """A regular expression of the rule file does not come to an end on a title. Neither is quoted."""

    def __init__(self) -> None:
        super().__init__(
            "a regular expression of the rule file (under `sessions`, `days_off` or `satisfied_by`) takes too long on "
            "a title in the calendar; write it without repeats in repeats, such as `(a+)+`, or as a glob"
        )


class BadValueError(ValueError):
    """A written value that cannot be read: what is wrong and what to write instead."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"{what}; {advice}")
        self.what = what
        self.advice = advice


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that a misspelt one most likely means, or None. `cutoff`: how alike they must be, from 0 to 1."""
    by_fold = {k.casefold(): k for k in known}
    folded = word.casefold().replace("-", "_").replace(" ", "_")
    if folded in by_fold:
        return by_fold[folded]
    found = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=cutoff)
    return by_fold[found[0]] if found else None


def quoted(text: str) -> str:
    """A written word as a message shows it: on one line, in backticks, not too long."""
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return f"`{shown if len(shown) <= 60 else shown[:57] + '...'}`"


def listed(words: Iterable[str], last: str = "or") -> str:
    """``a, b or c``, each in backticks."""
    shown = [quoted(word) for word in words]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}"
