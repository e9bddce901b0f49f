"""Therapists who no longer stand in their rule file, as the journal knows them, and who of them may have got another
name. Reads; changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from connectors import ownership
from rules.practice import Practice, Rules
from rules.problems import RuleFileError
from scheduler.journal import Journal, Place


def full_path(practice: Practice) -> str:
    """The rule file's full path, by which a copy of it elsewhere is told apart."""
    return str(Path(practice.source).resolve())


def owners_of(practices: Iterable[Practice]) -> set[str]:
    """The owners of all blocks of everybody in these rule files."""
    return {ownership.owner_of(practice.id, name) for practice in practices for name in practice.therapists}


def moved_from(practice: Practice, journal: Journal) -> set[str]:
    """Paths at which there is no rule file any more and under which therapists of this one were written for."""
    here, now = owners_of([practice]), full_path(practice)
    known = journal.places(ownership.owner_of(practice.id, ""), abandoned=True)
    return {p.source for p in known if p.owner in here and p.source != now and not Path(p.source).exists()}


def places(practice: Practice, journal: Journal, everything: bool = False) -> list[Place]:
    """The calendars of therapists who no longer stand in this rule file; those of another file with its id are not its.
    `everything`: also those in which only blocks that are over can be left."""
    here = owners_of([practice])
    files = {full_path(practice), *moved_from(practice, journal)}
    known = journal.places(ownership.owner_of(practice.id, ""), abandoned=everything)
    return [p for p in known if p.owner not in here and p.source in files]


def written_by_another_file(practice: Practice, rules: Rules, at: str, journal: Journal) -> str | None:
    """Why a plan is refused where another rule file that there is, with the same `id` and a therapist of the same name,
    wrote for them last and to another calendar than this one (`at`), in one sentence with what to do; or None.

    Two files for one calendar are one practice's rules in two versions: what ran last holds, as after an edit."""
    from scheduler import rulefile

    owner = ownership.owner_of(practice.id, rules.therapist)
    for known in journal.places(ownership.owner_of(practice.id, "")):
        if known.owner != owner or known.at == at or known.source == full_path(practice):
            continue
        try:
            if not Path(known.source).is_file():  # a pipe there would be waited for
                continue
            other = rulefile.load(known.source)
        except (RuleFileError, OSError):
            continue  # it is gone, or is no rule file any more: it writes nothing
        if other.id == practice.id and rules.therapist in other.therapists:
            return (
                f"{known.source} has the same id and wrote to {known.place}, another calendar; the two would take each "
                "other's blocks for their own: give one of them another id, or remove the one that is used no more; to "
                "go on with this one, run again with --force"
            )
    return None


def never_written(practice: Practice, journal: Journal) -> list[str]:
    """The therapists in this rule file for whom nothing was ever written."""
    return [name for name in practice.therapists if not journal.knows(ownership.owner_of(practice.id, name))]


def earlier_name(practice: Practice, rules: Rules, at: str, journal: Journal) -> str | None:
    """The owner of a therapist's blocks under the name before, where it was changed: the one who left this calendar
    (`at`), if nothing was ever written for one therapist alone who writes to it, and nobody else does. Known until that
    one's blocks are cleared, so that a run that was killed goes on as it began."""
    owner = ownership.owner_of(practice.id, rules.therapist)
    left = {p.owner for p in places(practice, journal) if p.at == at}
    known = journal.earlier_owner(owner, at)
    if known is not None or journal.knows(owner):
        return known if known in left else None
    new = [name for name in never_written(practice, journal) if practice.therapists[name].write == rules.write]
    others = owners_of([practice]) - {owner}
    shared = any(p.owner in others and p.at == at for p in journal.places(ownership.owner_of(practice.id, "")))
    return left.pop() if len(left) == 1 and len(new) <= 1 and not shared else None
