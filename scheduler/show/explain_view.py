"""An explanation as text and as JSON (docs/explain.md)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rules.demand import Finding, Load
from rules.practice import Rules
from rules.timeline import MINUTE, Interval, local_date, whole_day
from scheduler.outcome import Failure
from scheduler.reasons import Bookable, Explained, Explanation, Told
from scheduler.show import words
from scheduler.show.json_view import VERSION
from scheduler.show.paper import Line, Paper
from scheduler.way_out import Move

SORTS = {
    "block": "",
    "guard": "held time",
    "open": "open",
    "session": "session",
    "busy": "other busy time",
    "closed": "closed",
    "not-placed": "missing",
}


def render(results: Sequence[Explained | Failure], *, width: int, colour: bool, unicode: bool) -> str:
    """The answers as text that ends with a newline; no line is longer than `width`. Failures are not in it."""
    paper = Paper(max(width, 24), colour, unicode)
    lines: list[Line] = []
    explained = [r for r in results if isinstance(r, Explained)]
    for result in explained:
        for answer in result.answers:
            if lines:
                lines.append(())
            lines += _answer(result, answer, paper, named=len(explained) > 1)
        if result.refusal and result.answers:
            said = f"This plan is not written: {paper.plain(result.refusal)}"
            lines += [(), *(((piece, "warning"),) for piece in paper.wrap(said, paper.width))]
    return "".join(f"{paper.paint(line)}\n" for line in lines)


def as_json(results: Sequence[Explained | Failure], asked: str, now: datetime) -> str:
    """All answers as one JSON document that ends with a newline; every key stands in every answer."""
    answers: list[dict[str, Any]] = []
    errors: list[dict[str, str]] = []
    for result in results:
        if isinstance(result, Failure):
            errors.append(
                {
                    "practice": result.practice,
                    "therapist": result.therapist,
                    "kind": result.kind,
                    "message": result.message,
                }
            )
            continue
        answers += [_as_data(result, answer) for answer in result.answers]
        if result.refusal and result.answers:
            errors.append(
                {
                    "practice": result.practice,
                    "therapist": result.rules.therapist,
                    "kind": "brake",
                    "message": result.refusal,
                }
            )
    document = {
        "version": VERSION,
        "now": now.astimezone(UTC).isoformat(),
        "asked": asked,
        "answers": answers,
        "errors": errors,
    }
    return json.dumps(document, indent=2) + "\n"


def nothing(results: Sequence[Explained], asked: str, *, is_key: bool) -> str:
    """Why there is no answer, and what to ask instead."""
    if not results:
        return "nothing is planned to be explained: every therapist is `paused` in the rule file"
    spans = [f"{r.rules.therapist}: {_span_words(r.window, r.rules.timezone)}" for r in results]
    planned = f"what is planned ({'; '.join(spans)})"
    if is_key:
        return f"nothing has the key {asked} in {planned}; `session-breaks preview --format json` names every key"
    return f"{asked} is not in {planned}; ask for a time in it, or say --to or a longer `horizon`, or an earlier --now"


def sentences(answer: Explanation, rules: Rules) -> list[str]:
    """The answer in whole sentences, findings aside: what it is, by which rule, what it gave up and what it costs."""
    said = [_what(answer, rules)]
    if answer.rule or answer.where:
        place = f" ({answer.where})" if answer.where else ""
        rule = answer.rule or f"kinds.{answer.name}"
        name = f", {answer.name}" if answer.rule == "protect" else ""
        said.append(f"Rule: {rule}{name}{place}.")
    if answer.example is not None:
        example, zone = answer.example, rules.timezone
        said.append(
            f"A booking at {words.times(example.interval, zone)} ({example.kind.name}) would break it: "
            f"{example.finding.message}."
        )
    elif answer.sort == "guard":
        said.append("No single booking here breaks a rule by itself: it belongs to the held time around it.")
    if answer.by_hand and answer.sort not in ("not-placed", "open"):
        said.append("You put it there by hand (or changed its title), and that stays.")
    if answer.gave_up:
        said.append(f"It gave up something: {answer.gave_up}.")
    if answer.costs_slots is not None:
        said.append(_price(answer))
    if answer.action in ("create", "update"):
        said.append("The calendar does not show it so yet; `session-breaks sync` writes it.")
    if answer.sort == "open":
        may = "can, but should not everywhere," if _laid_open(answer) else "may"
        said += [_bookable(b, may, rules.timezone) for b in answer.bookable] or ["No kind is bookable."]
        said.append(_left(answer))
    if answer.day_load is not None and answer.week_load is not None and answer.sort == "session":
        said.append(f"That day: {_load(answer.day_load, rules, 'per_day')}.")
        said.append(f"That week: {_load(answer.week_load, rules, 'per_week')}.")
    if answer.sort == "not-placed":
        said += _missing(answer, rules)
    return said


def _what(answer: Explanation, rules: Rules) -> str:
    if answer.sort == "block":
        cause = answer.cause
        if cause is not None:
            side = "after" if cause.end <= answer.interval.start else "before"
            session = f"{words.times(cause.interval, rules.timezone)} ({cause.kind})"
            return f"{answer.name} {side} the session {session}{_more_of(answer.why)}."
        return f"{answer.name}: {answer.why}." if answer.why else f"{answer.name}."
    if answer.sort == "guard":
        return f"Held so that no booking breaks a rule: {answer.why}."
    if answer.sort == "open" and _laid_open(answer):
        return (
            "Working time that is neither busy nor held, but should be held in part: a booking there can break a rule."
        )
    if answer.sort == "open":
        return "Working time that is neither busy nor held: no rule stands against a booking."
    if answer.sort == "session":
        return f"A client session ({answer.name}). Nothing is ever changed about it."
    if answer.sort == "busy":
        return "Somebody else's event and no client session: nothing is planned on it, and it is never changed."
    if answer.sort == "closed":
        return f"{answer.why[:1].upper()}{answer.why[1:]}: nobody can book here."
    return f"{answer.why}."


def _more_of(why: str) -> str:
    """What a break's reason says besides its session: that it ends a row, that it is longer for a booking's sake. That
    it is shrunk stands elsewhere."""
    session, *others = why.split("; ")
    said = [session.partition(", ")[2], *(part for part in others if not part.startswith("shrunk"))]
    return "".join(f", {part}" for part in said if part)


def _price(answer: Explanation) -> str:
    cost = answer.costs_slots or 0
    return f"It costs {words.plural(cost, 'bookable slot')}." if cost else "It costs no bookable slot."


def _laid_open(answer: Explanation) -> bool:
    """Whether held time or a break was moved or removed by hand here."""
    return answer.by_hand or any(told.finding.code == "guard-removed" for told in answer.findings)


def _bookable(bookable: Bookable, may: str, zone: ZoneInfo) -> str:
    kind = f"{bookable.kind.name} ({words.length_words(words.minutes_of(bookable.kind.length))})"
    if bookable.first is None or bookable.last is None:
        return f"{kind}: too short for it."
    first, last = words.clock(bookable.first, zone), words.clock(bookable.last, zone)
    return (
        f"{kind}: at {first} only." if first == last else f"{kind}: {may} start at any minute from {first} to {last}."
    )


def _left(answer: Explanation) -> str:
    left = [
        f"{count} more {which}"
        for count, which in ((answer.left_day, "that day"), (answer.left_week, "that week"))
        if count is not None
    ]
    return f"The limits allow {' and '.join(left)}." if left else "No limit on the day or the week stands against more."


def _load(load: Load, rules: Rules, period: str) -> str:
    limit = rules.per_day if period == "per_day" else rules.per_week
    sessions = words.plural(load.sessions, "session") if limit.sessions is None else None
    parts = [
        sessions or f"{words.sessions_of(load, limit)} sessions",
        words.time_of(load, limit),
        *words.other_loads(load, limit, only_reached=False),
    ]
    return ", ".join(parts)


def _missing(answer: Explanation, rules: Rules) -> list[str]:
    zone = rules.timezone
    said = []
    blocks = [f"{t.name} {words.times(t.interval, zone)}" for t in answer.in_the_way if t.sort == "block"]
    if blocks:
        said.append(f"Blocks in its window: {', '.join(blocks)}.")
    if answer.way_out is not None:
        said.append(_way_out(answer, answer.way_out, zone))
    elif answer.key and not answer.by_hand:
        said.append("No single session moved by up to 30 minutes makes room for it.")
    return said


def _way_out(answer: Explanation, move: Move, zone: ZoneInfo) -> str:
    day = local_date(move.session.start, zone)
    which = "later" if move.minutes > 0 else "earlier"
    return (
        f"{answer.name} fits if the {words.clock(move.session.start, zone)} session on {words.DAYS[day.weekday()]} "
        f"{day.day} {words.MONTHS[day.month - 1]} starts {abs(move.minutes)} minutes {which} "
        f"({words.times(move.interval, zone)})."
    )


def _answer(result: Explained, answer: Explanation, paper: Paper, *, named: bool) -> list[Line]:
    zone = result.rules.timezone
    title = _span_words(answer.interval, zone)
    name = answer.name if answer.sort in ("block", "not-placed") else ""
    sort = SORTS[answer.sort]
    head = [paper.plain(part) for part in (title, sort, name, result.rules.therapist if named else "") if part]
    lines: list[Line] = [((paper.fit(paper.dot.join(head), paper.width), "title"),)]
    for sentence in sentences(answer, result.rules):
        role = "good" if answer.way_out is not None and " fits if " in sentence else ""
        lines += [(("  ", ""), (piece, role)) for piece in paper.wrap(paper.plain(sentence), paper.width - 2)]
    for told in answer.findings:
        lines += _finding(told, paper)
    if answer.key:
        lines.append((("  ", ""), (paper.fit(paper.plain(f"key {answer.key}"), paper.width - 2), "faint")))
    return lines


def _finding(told: Told, paper: Paper) -> list[Line]:
    place = f" ({told.where})" if told.where else ""
    pieces = paper.wrap(paper.plain(f"{told.finding.message}{place}"), paper.width - 4)
    lines: list[Line] = [(("  ", ""), ("! ", "warning"), (pieces[0], ""))]
    lines += [(("    ", ""), (piece, "")) for piece in pieces[1:]]
    advice = told.finding.advice
    if told.key:
        advice = f"{advice}; `session-breaks explain {told.key}` looks for a way out".removeprefix("; ")
    if advice:
        hang = 4 + len(paper.arrow) + 1
        pieces = paper.wrap(paper.plain(advice), paper.width - hang)
        lines.append((("    ", ""), (f"{paper.arrow} ", "good"), (pieces[0], "good")))
        lines += [((" " * hang, ""), (piece, "good")) for piece in pieces[1:]]
    return lines


def _span_words(interval: Interval, zone: ZoneInfo) -> str:
    """``Tue 1 Dec 12:30-13:15``; where it ends on a later day, with that day."""
    first = local_date(interval.start, zone)
    last = local_date(max(interval.start, interval.end - MINUTE), zone)
    start = " ".join(words.day_words(first).split())
    if interval == whole_day(first, zone):
        return f"{start}, all day"
    ends = words.clock(interval.end, zone)
    ends = "24:00" if local_date(interval.end, zone) > last else ends  # the end of that day, not of the next one
    if first == last:
        return f"{start} {words.clock(interval.start, zone)}-{ends}"
    return f"{start} {words.clock(interval.start, zone)} to {' '.join(words.day_words(last).split())} {ends}"


def _as_data(result: Explained, answer: Explanation) -> dict[str, Any]:
    zone = result.rules.timezone
    cause, example, move = answer.cause, answer.example, answer.way_out
    return {
        "practice": result.practice,
        "therapist": result.rules.therapist,
        "timezone": zone.key,
        "moment": None if result.moment is None else result.moment.astimezone(zone).isoformat(),
        "kind": answer.sort,
        **_span(answer.interval, zone),
        "key": answer.key or None,
        "name": answer.name or None,
        "rule": answer.rule or None,
        "where": answer.where or None,
        "why": answer.why or None,
        "action": answer.action,
        "by_hand": answer.by_hand,
        "cause": None if cause is None else {"kind": cause.kind, **_span(cause.interval, zone)},
        "gave_up": answer.gave_up or None,
        "costs_slots": answer.costs_slots,
        "example": None
        if example is None
        else {
            "kind": example.kind.name,
            **_span(example.interval, zone),
            "finding": _finding_data(example.finding, zone),
        },
        "way_out": None
        if move is None
        else {"minutes": move.minutes, "session": _span(move.session.interval, zone), **_span(move.interval, zone)},
        "in_the_way": [{"kind": t.sort, "name": t.name or None, **_span(t.interval, zone)} for t in answer.in_the_way],
        "bookable": [
            {
                "kind": b.kind.name,
                "first": None if b.first is None else b.first.astimezone(zone).isoformat(),
                "last": None if b.last is None else b.last.astimezone(zone).isoformat(),
            }
            for b in answer.bookable
        ],
        "left_day": answer.left_day,
        "left_week": answer.left_week,
        "day_load": None if answer.day_load is None else _load_data(answer.day_load),
        "week_load": None if answer.week_load is None else _load_data(answer.week_load),
        "findings": [
            {**_finding_data(t.finding, zone), "where": t.where or None, "key": t.key or None} for t in answer.findings
        ],
        "text": sentences(answer, result.rules),
    }


def _finding_data(finding: Finding, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "code": finding.code,
        **_span(finding.interval, zone),
        "message": finding.message,
        "advice": finding.advice or None,
    }


def _load_data(load: Load) -> dict[str, int | float]:
    return {"sessions": load.sessions, "minutes": load.minutes, "weight": load.weight, "heavy": load.heavy}


def _span(interval: Interval, zone: ZoneInfo) -> dict[str, str]:
    return {"start": interval.start.astimezone(zone).isoformat(), "end": interval.end.astimezone(zone).isoformat()}
