"""What is odd in a rule file that can be used all the same: for `check`, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from connectors.private import who_else_may_write
from rules import values
from rules.practice import Account, Practice, Rules, SessionRule, TitlePattern
from rules.problems import quoted
from scheduler import tightness

SHORT_ID = 8
BY_TIME = "tell sessions by `calendar`, `longer_than` and `shorter_than`"
OPENING, CLOSING = "\u201c\u201e\u201d\u2018\u201a\u2019\u00ab\u00bb", "\u201d\u201c\u2018\u00ab\u00bb"
"""Quotes of several languages; one's opening quote is another's closing one. A title may well end with an
apostrophe."""


def warnings(practice: Practice) -> list[str]:
    """One sentence for each oddity, ``place: what; what to do``, in the order of the file's therapists, each said
    once."""
    found = dict.fromkeys(_of_practice(practice))
    for rules in practice.therapists.values():
        found |= dict.fromkeys(_of_therapist(practice, rules))
    return list(found)


def holidays(practice: Practice) -> list[str]:
    """What each code under `holidays` stands for, a sentence each: ``BY`` is a country, not a part of one."""
    codes = dict.fromkeys(code for rules in practice.therapists.values() for code in rules.days_off.holidays)
    return [f"holidays {code}: public holidays of {_land(code)}" for code in codes]


def _land(code: str) -> str:
    from holidays import country_holidays

    country, _, part = code.partition("-")
    known = country_holidays(country)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(known).__mro__[1].__name__)
    name = re.sub(r"\b(And|Of|The)\b", lambda found: found[0].lower(), spaced)
    parts = {code: word for word, code in reversed(getattr(known, "subdivisions_aliases", {}).items())}
    return f"{parts.get(part, part)}, {name}" if part else name


def _of_practice(practice: Practice) -> Iterator[str]:
    if who := who_else_may_write(Path(practice.source)):
        yield (
            f"{practice.source}: this file (or its folder) can be changed by {who}, and it says where passwords go and "
            f"what is written; run: chmod go-w on both"
        )
    if practice.id == practice.name:
        yield (
            f"{practice.source}: there is no `id`, so the practice's name says whose blocks they are; "
            "write `id:` and some random characters before the first sync, and never change it"
        )
    elif len(practice.id) < SHORT_ID:
        yield f"{practice.source}: `id` is easy to guess; before the first sync, use {SHORT_ID} random characters"
    named = {name for rules in practice.therapists.values() for name in (*rules.read, rules.write)}
    for account in practice.accounts:
        if not any(name.partition("/")[0] == account for name in named):
            yield f"{practice.source}: no therapist uses the account `{account}`; name it under `read`, or remove it"
    where = next(iter(practice.therapists.values())).where
    for written in practice.accounts.values():
        if _in_clear_text(written):
            place = where.get(f"accounts.{written.name}.url", practice.source)
            yield f"{place}: the password of the account `{written.name}` goes in clear text; use https"


def _in_clear_text(account: Account) -> bool:
    """Whether a password goes over the net for all to read. An address that is kept as a secret is not known here."""
    url = account.options.get("url")
    if not isinstance(url, str):
        return False
    try:
        address = urlsplit(url.strip())
        host = address.hostname or ""
    except ValueError:
        return False
    login = account.options.get("password") is not None or address.password is not None
    return address.scheme == "http" and login and not _near(host)


def _near(host: str) -> bool:
    """Whether a host is this machine or one of the local network."""
    import ipaddress

    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_private
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".lan", ".internal", ".home.arpa"))


def _of_therapist(practice: Practice, rules: Rules) -> Iterator[str]:
    def place(path: str) -> str:
        while path and path not in rules.where:
            path = path.rpartition(".")[0]
        return rules.where.get(path) or rules.where.get("therapist", practice.source)

    who = rules.therapist
    if rules.paused:
        yield f"{place('paused')}: {who} is paused; nothing is planned or changed"
    if not rules.sessions:
        yield f"{place('sessions')}: nothing says which events are sessions of {who}, so none is; write `sessions:`"
    if rules.working_hours is None:
        yield f"{place('working_hours')}: {who} has no working hours, so every hour is one; write `working_hours:`"
    if rules.write not in rules.read:
        yield (
            f"{place('write')}: {who}'s blocks go to a calendar that is not under `read`, so what else stands there "
            "is not seen; add it to `read`"
        )
    for number, rule in enumerate(rules.sessions[:-1]):
        if rule.title is None and rule.calendar is None and rule.longer_than is None and rule.shorter_than is None:
            yield (
                f"{place(f'sessions.{number}')}: this rule matches every event, so those after it never count; "
                "put it last"
            )
    titles = [(f"sessions.{number}.title", rule.title) for number, rule in enumerate(rules.sessions)]
    written = [path for path in rules.where if re.fullmatch(r"days_off(\.\d+)?\.title", path)]
    for path, title in (*titles, *zip(written, rules.days_off.titles, strict=False)):
        if title is not None and _has_printed_quotes(title):
            yield (
                f"{place(path)}: a title pattern stands in typographic quotes, and these quotes are part of the "
                "pattern; write straight quotes"
            )
    if rules.timezone.key in values.ABBREVIATIONS:
        yield f"{place('timezone')}: {quoted(rules.timezone.key)} may not be the zone that is meant; {values.ZONE_FORM}"
    if "{name}" not in rules.blocks.title and "blocks.discreet" not in rules.where:
        yield (
            f"{place('blocks.title')}: in the calendar's raw data a block's tag still tells what it is for; "
            "write `discreet: yes`, or `discreet: no` if that is no matter"
        )
    yield from _titles(practice, rules, place)
    yield from _limits(rules, place)
    yield from _lengths(rules, place)
    yield from tightness.warnings(rules, place)


def _titles(practice: Practice, rules: Rules, place: Callable[[str], str]) -> Iterator[str]:
    """Rules that look at titles which are never read; what the practice itself wrote so under `titles: never` is
    refused already."""
    silent = {a.name for a in practice.accounts.values() if not rules.titles or not a.titles or _only_busy(a)}
    accounts = {calendar.partition("/")[0] for calendar in rules.read}

    def never(rule: SessionRule) -> bool:
        named = {rule.calendar.partition("/")[0]} if rule.calendar is not None else accounts
        return rule.title is not None and named <= silent

    for number, rule in enumerate(rules.sessions):
        if never(rule):
            yield f"{place(f'sessions.{number}.title')}: no title is read there, so this never matches; {BY_TIME}"
    for item in rules.protect:
        if any(map(never, item.satisfied_by)):
            yield (
                f"{place(f'protect.{item.name}.satisfied_by')}: titles are not read, so nothing counts towards "
                f"{quoted(item.name)} by its title; write `satisfied_by: none`, or tell it by `calendar`"
            )


def _only_busy(account: Account) -> bool:
    """Whether a Google account shows only when it is busy."""
    return account.type == "google" and account.options.get("access") == "free-busy"


def _has_printed_quotes(title: TitlePattern) -> bool:
    text = title.text.strip()
    return text[0] in OPENING or text[-1] in CLOSING


def _limits(rules: Rules, place: Callable[[str], str]) -> Iterator[str]:
    day, week = rules.per_day, rules.per_week
    if day.time is not None and day.time > timedelta(days=1):
        yield f"{place('limits.per_day.time')}: a day has 24 hours, so this limit never counts; write less"
    for key in ("sessions", "time", "weight", "heavy"):
        most, most_week = getattr(day, key), getattr(week, key)
        if most is not None and most_week is not None and most_week < most:
            yield (
                f"{place(f'limits.per_week.{key}')}: a whole week may hold less than one day "
                f"(`limits.per_day.{key}`); write more for the week or less for the day"
            )
    for period, limit in (("per_day", day), ("per_week", week)):
        if limit.heavy is not None and not any(kind.heavy for kind in rules.kinds.values()):
            yield f"{place(f'limits.{period}.heavy')}: no kind is heavy, so this limit never counts; mark one"
        for name in rules.bookable:
            kind = rules.kinds[name]
            small = (
                (limit.time is not None and limit.time < kind.length)
                or (limit.weight is not None and limit.weight < kind.weight)
                or limit.sessions == 0
                or (limit.heavy == 0 and kind.heavy)
            )
            if small:
                yield f"{place(f'limits.{period}')}: not one session of kind `{name}` fits in this limit; allow more"


def _lengths(rules: Rules, place: Callable[[str], str]) -> Iterator[str]:
    if rules.working_hours is None:
        return
    stretches = [
        values.span_of(window) for some in rules.working_hours for ranges in some.days.values() for window in ranges
    ]
    longest = timedelta(minutes=max((end - start for start, end in stretches), default=0))
    for name in rules.bookable:
        # A kind is only found too long where no two stretches touch: touching ones are one stretch.
        if rules.kinds[name].length > longest and not _touching(rules):
            yield (
                f"{place(f'kinds.{name}.length')}: no stretch of working hours is long enough for the kind `{name}`; "
                "write a shorter `length`, or leave it out of `bookable`"
            )


def _touching(rules: Rules) -> bool:
    """Whether any two stretches of working hours follow each other without a gap."""
    week = sorted(
        (day * 1440 + start, day * 1440 + end)
        for some in rules.working_hours or ()
        for day, ranges in some.days.items()
        for start, end in map(values.span_of, ranges)
    )
    return any(end % 10080 == start for (_, end) in week for (start, _) in week)
