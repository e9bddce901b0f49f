"""Whether a plan may be written: brakes, the first run, somebody at the terminal, a plan that was saved and looked at.

Who is asked may take time, and a calendar may change meanwhile: what is written then has to be what was agreed to. What
was agreed to and is done already is no difference, so a run that was cut off can be taken up again.
"""

from __future__ import annotations

from collections.abc import Sequence

from rules.demand import Change
from rules.practice import Practice, Rules
from scheduler import plan
from scheduler.ask import Ask
from scheduler.night import Draft
from scheduler.outcome import Failure
from scheduler.show import words

CHANGED = "changed"
MOST = 30
SIGNS = {"create": "+", "update": "~", "delete": "-"}


class Consent:
    """What was agreed to for one therapist. `agreed`: the changes of a saved plan; None: whatever is planned now."""

    def __init__(self, practice: Practice, rules: Rules, ask: Ask, agreed: Sequence[Change] | None = None) -> None:
        self._practice = practice
        self._rules = rules
        self._ask = ask
        self._saved = agreed
        self._agreed = agreed
        self._looked_at = False
        self._again = False
        self.wrote = False
        """Whether anything was written already."""
        self.given = ask.yes
        """Whether somebody has said yes to writing: by --yes, or when asked. To be there is not enough."""

    def asked(self, draft: Draft) -> Failure | None:
        """Look at a plan, and ask whoever is there. Why it may not be written, or None."""
        refused = self._braked(draft) or self._different(self._saved, draft) or self._late(draft)
        if refused is not None:
            return refused
        self._agreed = draft.outcome.changes if self._saved is None else self._saved
        self._looked_at = True
        confirm = self._ask.confirm
        if confirm is None or self._ask.yes or not draft.outcome.writes:
            return None
        agreed = confirm(self._rules.therapist, plan.count(draft.outcome.changes), self._again, draft.first)
        self.given = self.given or agreed
        return None if agreed else self._refuse("nothing was written, as you said", draft)

    def allow(self, draft: Draft) -> Failure | None:
        """Look at each plan on the way to being written: the first one as a whole; then, where somebody agreed to one,
        that nothing else is written."""
        if not self._looked_at:
            refused = self.asked(draft) if self._ask.confirm is None else None
            self._looked_at = True
            return refused or self._unseen(draft)
        if self._saved is None and self._ask.confirm is None:
            return None
        refused = self._different(self._agreed, draft)
        self._again = refused is not None
        return refused

    def _braked(self, draft: Draft) -> Failure | None:
        held = draft.refusal is not None and not self._ask.force
        return self._refuse(draft.refusal or "", draft) if held else None

    def _unseen(self, draft: Draft) -> Failure | None:
        if not draft.first or not draft.outcome.writes or self._ask.yes or self._ask.confirm is not None:
            return None
        return self._refuse(
            "this is the first run; look at `session-breaks preview`, then run `session-breaks sync --yes` once"
            if self._saved is None
            else "this is the first run, and nobody can be asked; run it again with --yes",
            draft,
        )

    def _different(self, agreed: Sequence[Change] | None, draft: Draft) -> Failure | None:
        lines = [] if agreed is None else differences(agreed, draft.outcome.changes, self._rules)
        if not lines:
            return None
        more = [f"and {len(lines) - MOST} more"] if len(lines) > MOST else []
        return Failure(
            self._practice.name,
            self._rules.therapist,
            CHANGED,
            f"what is to be changed is no longer what was planned; nothing {'more ' if self.wrote else ''}was written; "
            "make a new plan",
            draft.outcome,
            (*lines[:MOST], *more),
        )

    def _late(self, draft: Draft) -> Failure | None:
        """A saved plan is made again as of when it was saved: what it would write may have begun since."""
        clock = self._ask.clock
        if clock is None:
            return None
        begun = [c for c in draft.outcome.writes if min(c.block.start, (c.was or c.block.interval).start) < clock]
        if not begun:
            return None
        return Failure(
            self._practice.name,
            self._rules.therapist,
            CHANGED,
            "the plan is too old: what it would write has begun since; make a new one with `session-breaks preview`",
            draft.outcome,
            tuple(_said(c, self._rules) for c in begun[:MOST]),
        )

    def _refuse(self, why: str, draft: Draft) -> Failure:
        return Failure(self._practice.name, self._rules.therapist, "brake", why, draft.outcome)


def differences(agreed: Sequence[Change], changes: Sequence[Change], rules: Rules) -> list[str]:
    """A line for everything in which changes differ from those that were agreed to, in the order of time: when, and by
    which rule. Agreed changes that are done already are no difference."""
    before = {(c.block.key, c.action == "delete"): c for c in agreed if c.action != "keep"}
    now = {(c.block.key, c.action == "delete"): c for c in changes}
    found: list[tuple[str | None, Change, str]] = [
        ("-", c, "was planned, and is not any more")
        for key, c in before.items()
        if not (_stands(c, now.get(key)) or _is_gone(c, now, before))
    ]
    found += [
        (None, c, "was not planned")
        for key, c in now.items()
        if c.action != "keep" and (key not in before or not _stands(before[key], c))
    ]
    ordered = sorted(found, key=lambda one: (one[1].block.interval, one[1].block.key, one[2]))
    return [f"{_said(change, rules, sign)}: {what}" for sign, change, what in ordered]


def _stands(agreed: Change, change: Change | None) -> bool:
    """Whether a change is still to be made, or its outcome stands already."""
    return (
        change is not None
        and change.action in (agreed.action, "keep")
        and change.block.interval == agreed.block.interval
        and (change.action == "keep" or (change.block.name == agreed.block.name and change.was == agreed.was))
    )


def _is_gone(agreed: Change, now: dict[tuple[str, bool], Change], before: dict[tuple[str, bool], Change]) -> bool:
    """Whether a block that was to be removed is gone: it may stand only where it was to be written anew."""
    key = agreed.block.key
    return agreed.action == "delete" and (key, True) not in now and ((key, False) not in now or (key, False) in before)


def _said(change: Change, rules: Rules, sign: str | None = None) -> str:
    sign = sign or SIGNS.get(change.action, " ")
    when = words.day_and_times(change.block.interval, rules.timezone)
    return f"{sign} {when} {change.block.name} ({change.block.rule})"
