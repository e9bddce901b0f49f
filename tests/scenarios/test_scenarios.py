"""The worked scenarios: each file beside this one tells a practice's day or week and what must come out of it.

The real path is taken from end to end: the rule file through the loader, presets included, the calendar as a folder of
.ics files, and a sync that writes into it, so that what comes next finds what the last night left.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from connectors.ownership import owner_of
from rules.practice import Practice
from rules.problems import RuleFileError
from rules.timeline import Interval
from scheduler import night, rulefile, runs
from scheduler.desk import Desk
from scheduler.outcome import Failure
from tests.scenarios import outcome, story

FILES = sorted(Path(__file__).parent.glob("*.txt"))
SESSION_KINDS = {"session": "individual", "couple": "couple", "emdr": "emdr", "group": "group"}
DEFAULTS = {
    "practice": "Worked Scenarios",
    "id": "scenario1",
    "preset": "balanced",
    "horizon": "2 weeks",
    "accounts": "{diary: {type: folder, path: diary}}",
    "therapists": "{lee: {read: [diary], write: diary}}",
}


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_what_comes_out_is_what_the_scenario_says(file: Path, tmp_path: Path) -> None:
    told = story.read(file.read_text(encoding="utf-8"))
    said = _not_told(told, tmp_path) if told.check else []
    for number in range(len(told.steps)):
        said += _play(told, number, tmp_path)
    if said:
        pytest.fail("\n".join([f"{file.name}: {told.about}", "", *said]), pytrace=False)


def _play(told: story.Story, number: int, folder: Path) -> list[str]:
    """One step: what has happened since the last one, a sync at its `now`, and what is not as it must be."""
    step, zone = told.steps[number], told.zone
    calendar = folder / "diary"
    calendar.mkdir(exist_ok=True)
    for text in step.cancelled:
        _file_of(calendar, text).unlink()
    for event in step.booked:
        path = _file_of(calendar, event.text)
        copy = 1
        while path.exists():  # two clients at the same hour
            path, copy = _file_of(calendar, f"{event.text} ({copy})"), copy + 1
        path.write_bytes(story.ics(event, path.stem, zone))
    rules = folder / "practice.yaml"
    if step.rules is not None:
        rules.write_text(_rule_file(told, step.rules), encoding="utf-8")
    try:
        practice = rulefile.load(rules)
    except RuleFileError as error:
        return [f"The rule file is refused: {error}"]
    came = _sync(practice, step, folder, story.Days(zone, told.steps[0].now.astimezone(zone).date()))
    if isinstance(came, Failure):
        return [f"At {step.now.astimezone(zone):%a %d %b %H:%M} nothing was planned: {came.message}"]
    wrong = outcome.unmet(step.expected, came)
    if not wrong:
        return []
    days = came.days
    lines = [f"At {step.now.astimezone(zone):%a %d %b %H:%M} this did not come out:"]
    lines += [f"  - {line}" for line in wrong]
    lines += ["  What came out on these days:"]
    told_of = [line for span in outcome.spans_of(step.expected, days) for line in came.told(span)]
    return lines + [f"    {line}" for line in dict.fromkeys(told_of)]  # a finding about a month is said once


def _not_told(told: story.Story, folder: Path) -> list[str]:
    """What `check` must say about a rule file, and does not. No calendar is there to be read."""
    rules = folder / "practice.yaml"
    rules.write_text(_rule_file(told, told.rules), encoding="utf-8")
    try:
        says = rulefile.warnings(rulefile.load(rules))
    except RuleFileError as error:
        says = str(error).splitlines()
    wrong = []
    for line in told.check:
        found = re.fullmatch(r"line (\d+): (.+)", line)
        if found is None:
            raise story.NotAScenarioError(f"not something that check says: {line}")
        words = [f"practice.yaml:{found[1]}:", *(word.strip() for word in found[2].split(";"))]
        wrong += [] if any(all(word in said for word in words) for said in says) else [f"  - {line}"]
    return ["check does not say:", *wrong, "  It says:", *(f"    {said}" for said in says)] if wrong else []


def _sync(practice: Practice, step: story.Step, folder: Path, days: story.Days) -> outcome.Came | Failure:
    ask = runs.Ask(now=step.now, state=folder / "state", yes=True, debug=True)
    synced = runs.sync([practice], ask)
    [result] = synced.results
    if isinstance(result, Failure):
        return result
    [again] = runs.preview([practice], ask)
    if isinstance(again, Failure):
        return again
    return outcome.Came(
        days=days,
        now=step.now,
        blocks=_own_blocks(practice, ask, result.window, days),
        findings=result.findings,
        open=result.open,
        bookable=tuple(result.rules.kinds[name] for name in result.rules.bookable),
        wrote=len(result.writes),
        again=tuple(f"{c.action} {days.shown(c.block.interval)} {c.block.name}" for c in again.writes),
    )


def _own_blocks(
    practice: Practice, ask: runs.Ask, window: Interval, days: story.Days
) -> tuple[tuple[Interval, str], ...]:
    """What stands in the calendar and is ours, past weeks too, with its title."""
    [rules] = practice.therapists.values()
    owner = owner_of(practice.id, rules.therapist)
    journal = runs.open_journal(ask.state)
    span = Interval(window.start - 60 * night.DAY, window.end)
    try:
        with Desk(practice, ask.state, journal, ask.now) as desk:
            events = desk.calendar(rules.write).read(span, days.zone).events
    finally:
        journal.close()
    return tuple(sorted((e.interval, e.title) for e in events if e.tag is not None and e.tag.owner == owner))


def _file_of(calendar: Path, text: str) -> Path:
    return calendar / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.ics"


def _rule_file(told: story.Story, rules: str) -> str:
    """The whole rule file: the part that the scenario writes out, from the first line, and what all have in common."""
    written = set(re.findall(r"^(\w+):", rules, re.MULTILINE))
    kinds = {e.what for step in told.steps for e in step.booked if e.what in SESSION_KINDS} | {"session"}
    matchers = ", ".join(f'{{title: "{what}", kind: {SESSION_KINDS[what]}}}' for what in sorted(kinds))
    defaults = {**DEFAULTS, "timezone": told.zone.key, "sessions": f"[{matchers}]"}
    rest = "".join(f"{key}: {value}\n" for key, value in defaults.items() if key not in written)
    return re.sub(r"^preset: none\n", "\n", rules, flags=re.MULTILINE) + rest
