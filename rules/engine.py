"""All rules over one therapist's diary, and the protocol by which other packages add rules of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from rules import breaks, evenings, limits, notes, occasions, protect, rest, runs
from rules.demand import Ban, Block, Finding
from rules.diary import Diary
from rules.notes import NotesDue
from rules.practice import Kind
from rules.protect import Fixed, QuotaDue, Want
from rules.timeline import Interval


@runtime_checkable
class Rule(Protocol):
    """A rule from another package, registered under the entry-point group ``session_breaks.rules``.

    The entry point's name is the rule's key at the top level of a rule file. The object is a class with a nested
    pydantic model ``Options`` that checks what is written there, and is made as ``Rule(options)``. All three methods
    are pure: no input or output, no clock, the same answer for the same diary. Keys of blocks begin with the rule's
    name and never hold a time or a UID."""

    def holds(self, diary: Diary) -> list[Block]:
        """Time the therapist needs, at fixed places. What lies on busy or already held time is cut away."""
        ...

    def bans(self, diary: Diary, kind: Kind) -> list[Ban]:
        """Starts at which a booking of this kind would break the rule; guards are made from them."""
        ...

    def findings(self, diary: Diary) -> list[Finding]:
        """What is broken or could not be done."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What all rules ask for. `breaks` are before protected time is taken out of them; `holds` are other packages'
    fixed blocks; `bans` by kind are those that do not depend on where anything is placed."""

    breaks: tuple[Block, ...]
    holds: tuple[Block, ...]
    fixed: tuple[Fixed, ...]
    wants: tuple[Want, ...]
    quotas: tuple[QuotaDue, ...]
    notes: tuple[NotesDue, ...]
    bans: dict[str, tuple[Ban, ...]]
    findings: tuple[Finding, ...]

    @property
    def keys(self) -> frozenset[str]:
        """The keys of everything asked for at a place or in a window, whether there is room for it or not."""
        every = (self.breaks, self.holds, self.fixed, self.wants, self.quotas, self.notes)
        return frozenset(x.key for some in every for x in some)


def findings(diary: Diary, breaking: breaks.Breaking | None = None) -> list[Finding]:
    """What the rules find broken in the window, before anything is placed. `breaking`: what the breaks rule says, where
    it has been asked already."""
    due = protect.fixed(diary)
    said = (breaking or breaks.demand(diary)).findings
    found = [f for f in said if f.interval.end > diary.now and f.interval.start < diary.window.end]
    found += [*limits.findings(diary), *runs.findings(diary), *rest.findings(diary)]
    found += _sessions_on_days_off(diary)
    found += [finding for one in due if (finding := protect.overlapped(diary, one)) is not None]
    found += [*evenings.findings(diary), *occasions.without_sun(diary)]
    for rule in _extra(diary):
        found += rule.findings(diary)
    return found


def demand(diary: Diary) -> Demand:
    """Apply every rule. Pure; blocks may lie before `now`, so that nothing creeps as the day passes."""
    geometry, extra, breaking = diary.geometry, _extra(diary), breaks.demand(diary)
    return Demand(
        breaks=tuple(b for b in breaking.blocks if b.start < geometry.end and b.end > geometry.start),
        holds=tuple(
            b for rule in extra for b in rule.holds(diary) if b.start < geometry.end and b.end > geometry.start
        ),
        fixed=tuple(protect.fixed(diary)),
        wants=tuple(protect.wants(diary)),
        quotas=tuple(protect.quotas(diary)),
        notes=tuple(notes.due(diary)),
        bans={
            k.name: (
                *limits.bans(diary, k),
                *runs.bans(diary, k),
                *rest.bans(diary, k),
                *evenings.bans(diary, k),
                *(b for rule in extra for b in rule.bans(diary, k)),
            )
            for k in diary.bookable
        },
        findings=tuple(findings(diary, breaking)),
    )


def _extra(diary: Diary) -> list[Rule]:
    return [rule for _, rule in sorted(diary.rules.extra.items()) if isinstance(rule, Rule)]


def _sessions_on_days_off(diary: Diary) -> list[Finding]:
    found = []
    for session in diary.sessions:
        day = diary.date_of(session.start)
        if day in diary.days_off and session.end > diary.now and session.start < diary.window.end:
            found.append(
                Finding(
                    rule="days_off",
                    code="session-on-day-off",
                    interval=Interval(session.start, session.end),
                    message=f"{diary.day_name(day)}: a session at {diary.clock(session.start)} "
                    f"stands on a day off ({diary.days_off[day]})",
                    advice="move it, or take the day out of days_off",
                )
            )
    return found
