"""Findings in lines: grouped by what is wrong, most serious first, each with what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rules.demand import Finding
from rules.timeline import local_date, week_of
from scheduler.outcome import Outcome
from scheduler.show import words
from scheduler.show.paper import Line, Paper, columns

PER_GROUP = 10
"""So many of a kind are listed, the rest counted."""

# What a reader must see first: what may make the plan wrong, then what breaks a rule, then what could not be had.
TITLES: dict[str, str] = {
    "not-read": "Events that could not be read",
    "no-session": "No sessions",
    "not-cleared": "Earlier blocks that could not be cleared",
    "left-behind": "Blocks left in an earlier calendar",
    "new-journal": "Deletions by hand are forgotten",
    "stale-copy": "Copies of one appointment that differ",
    "double-booked": "Sessions that overlap",
    "over-limit": "Over the limit",
    "short-break missing": "No break",
    "long-run": "Too many sessions in a row",
    "short-rest": "Too little rest between two days",
    "no-day-off": "No day off left",
    "long-day": "The day is too long",
    "session-on-day-off": "Sessions on a day off",
    "": "",  # codes that this view does not know stand here
    "guard-removed": "Held time that was removed by hand",
    "overlapped": "Protected time with something in it",
    "not-placed": "No room for protected time",
    "no-time-for-notes": "No time for notes",
    "short-break": "Short break",
    "short-break shrunk": "Shorter break",
}
_ORDER = list(TITLES)


def lines(outcome: Outcome, paper: Paper) -> list[Line]:
    """The section **findings**."""
    if not outcome.findings:
        if outcome.kept_by_hand:
            return [(("No findings, but for what was changed by hand.", "good"),)]
        return [(("No findings: every rule is kept.", "good"),)]
    shown: list[Line] = [(("Findings", "title"), (f"  {len(outcome.findings)}", ""))]
    groups: dict[str, list[Finding]] = {}
    for finding in outcome.findings:
        groups.setdefault(_group(finding), []).append(finding)
    for name in sorted(groups, key=lambda name: (_ORDER.index(name if name in TITLES else ""), name)):
        shown += _group_lines(name, sorted(groups[name], key=lambda f: (f.interval, f.message)), outcome, paper)
    return shown


def _group(finding: Finding) -> str:
    return f"{finding.code} {finding.grade}".strip()


def _title(name: str, paper: Paper) -> str:
    return TITLES.get(name) or paper.plain(name).replace("-", " ").capitalize()


def _group_lines(name: str, findings: Sequence[Finding], outcome: Outcome, paper: Paper) -> list[Line]:
    zone = outcome.rules.timezone
    rules = {f.rule for f in findings}
    rule = f"  {paper.plain(findings[0].rule)}" if len(rules) == 1 else ""
    shown: list[Line] = [(("! ", "warning"), (_title(name, paper), "warning"), (rule, "faint"))]
    advice = {f.advice for f in findings}
    for finding in findings[:PER_GROUP]:
        day = local_date(finding.interval.start, zone)
        date = words.day_words(day)
        message = paper.plain(finding.message)
        # A message may begin with the date or the week, which stands here already.
        for said in ("Week of ", date, " ".join(date.split())):
            message = message.removeprefix(said).lstrip(" :,")
        if finding.interval.length > timedelta(days=2) and week_of(day) == day:
            date = f"week {day.isocalendar().week}".ljust(10)
        indent = 2 + columns(date) + 2 if paper.width >= 64 else 4
        pieces = paper.wrap(message, paper.width - indent)
        if paper.width >= 64:
            shown.append((("  ", ""), (date, "strong"), ("  ", ""), (pieces[0], "")))
            pieces = pieces[1:]
        else:
            shown.append((("  ", ""), (date, "strong")))
        shown += [((" " * indent, ""), (piece, "")) for piece in pieces]
        if len(advice) > 1:
            shown += _advice(finding.advice, indent, paper)
    if len(findings) > PER_GROUP:
        last = words.day_words(local_date(findings[-1].interval.start, zone))
        shown.append(((f"  and {len(findings) - PER_GROUP} more, the last on {last}", "faint"),))
    if len(advice) == 1:
        shown += _advice(findings[0].advice, 2, paper)
    return shown


def _advice(advice: str, indent: int, paper: Paper) -> list[Line]:
    if not advice:
        return []
    hang = indent + len(paper.arrow) + 1
    pieces = paper.wrap(paper.plain(advice), paper.width - hang)
    first: Line = ((" " * indent, ""), (f"{paper.arrow} ", "good"), (pieces[0], "good"))
    return [first, *(((" " * hang, ""), (piece, "good")) for piece in pieces[1:])]
