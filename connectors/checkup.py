"""What `doctor` says about an account, and a nightly run too where it cannot wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["good", "note", "wrong"]
"""wrong: the account cannot be used as the rule file says. note: it can, and there is something to know or to do."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, in words. nightly: a nightly run says it as well."""

    level: Level
    text: str
    nightly: bool = False
