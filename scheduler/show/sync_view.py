"""What `sync` says on a terminal: a line each, short. Errors are always said, on their own lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scheduler.outcome import Failure, Outcome, Result
from scheduler.show import changes_view, words
from scheduler.show.paper import Paper

PROGRAM = "session-breaks"


def summary(
    results: Sequence[Result],
    written: Mapping[tuple[str, str], int] | None = None,
    *,
    dry_run: bool = False,
    unicode: bool = True,
) -> str:
    """A line for each therapist: ``lee: 12 blocks written (8 new, 3 moved, 1 removed), 2 findings``.

    written: how many writes there really were, by (practice, therapist); where nothing is given, as many as the plan
    asked for. dry_run: nothing was written, so it says what would be. Failures are not here but in `errors`. With
    several practices each line names the practice.
    """
    paper = Paper(width=0, unicode=unicode)
    with_practice = len({result.practice for result in results}) > 1
    lines = []
    for result in results:
        if isinstance(result, Failure):
            continue
        therapist = result.rules.therapist
        count = None if written is None else written.get((result.practice, therapist))
        name = f"{result.practice} / {therapist}" if with_practice else therapist
        lines.append(f"{paper.plain(name)}: {_done(result, count, dry_run)}, {_findings(result)}\n")
    return "".join(lines)


def errors(results: Sequence[Result], *, unicode: bool = True) -> str:
    """A line for each failure: ``session-breaks: Riverside Counselling / lee: <message>``; empty without one."""
    paper = Paper(width=0, unicode=unicode)
    return "".join(
        f"{PROGRAM}: {paper.plain(f'{result.practice} / {result.therapist}')}: {paper.plain(result.message)}\n"
        for result in results
        if isinstance(result, Failure)
    )


def unread(results: Sequence[Result], *, unicode: bool = True) -> str:
    """A line for each event that could not be read, with its calendar and time, where the journal is new, and where
    blocks are left in an earlier calendar; empty without one."""
    paper = Paper(width=0, unicode=unicode)
    return "".join(
        f"{PROGRAM}: {paper.plain(f'{result.practice} / {result.rules.therapist}')}: {paper.plain(finding.message)}\n"
        for result in results
        if not isinstance(result, Failure)
        for finding in result.findings
        if finding.code in ("not-read", "new-journal", "left-behind")
    )


def _done(outcome: Outcome, count: int | None, dry_run: bool) -> str:
    if outcome.rules.paused:
        return "paused, nothing changed"
    planned = len(outcome.writes)
    done = planned if count is None else count
    if not done:
        return "nothing to change"
    said = f"{words.plural(done, 'block')} {'would be written' if dry_run else 'written'}"
    # Where a run had to plan again, the first plan's figures are not what was written.
    return f"{said} ({changes_view.in_words(outcome.writes)})" if done == planned else said


def _findings(outcome: Outcome) -> str:
    count = len(outcome.findings)
    return words.plural(count, "finding") if count else "no findings"
