"""Calendars that nobody keeps: bombs, floods and broken files, made when needed; the names are ends of sentences.

Each is (text, what comes of it): ``refused`` with these words, nothing planned; ``left out`` with these words, the rest
planned; ``read`` without a word. The week that is planned begins on Monday 30 November 2026."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.end_to_end.practice import vcalendar, vevent

MEGABYTE = 1_000_000
START, END = "20261201T100000", "20261201T105000"
AT_TEN = (START, END)
OLD = ("17800101T100000", "17800101T105000")


@dataclass(frozen=True)
class Attack:
    body: Callable[[], bytes]
    outcome: str
    words: str = ""


def one(*lines: str, start: str = START, end: str = END, title: str = "Client A.") -> Callable[[], bytes]:
    return lambda: vcalendar(vevent("one", start, end, *lines, title=title))


def rule(text: str, start: str = START, end: str = END) -> Callable[[], bytes]:
    return one(f"RRULE:{text}", start=start, end=end)


def plain(*lines: str) -> Callable[[], bytes]:
    """An event of these lines alone."""
    return lambda: vcalendar("".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", "UID:one", *lines, "END:VEVENT")))


def zone(name: str, *observance: str, more: str = "") -> str:
    lines = "".join(f"{line}\r\n" for line in observance)
    standard = f"BEGIN:STANDARD\r\n{lines}TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\n"
    return f"BEGIN:VTIMEZONE\r\nTZID:{name}\r\n{standard}{more}END:VTIMEZONE\r\n"


def in_zone(definition: Callable[[], str], name: str = "Odd") -> Callable[[], bytes]:
    return lambda: vcalendar(definition(), vevent("one", *AT_TEN).replace("Europe/London", name))


def many(count: int, event: Callable[[int], str]) -> Callable[[], bytes]:
    return lambda: vcalendar("".join(event(number) for number in range(count)))


def day(number: int) -> str:
    return f"202612{1 + number % 7:02}"


def numbers(count: int) -> str:
    return ",".join(map(str, range(count)))


def wall(number: int) -> str:
    """A time of one of the days, each of the first 600,000 another."""
    return f"{day(number)}T{number // 7 % 24:02}{number // 168 % 60:02}{number // 10080 % 60:02}"


TOO_OFTEN = "a rule that repeats more than 100 times a day"
REPEATED = "its repeating events have repeated too often since they began"
UNREAD = "a property that cannot be read"
NO_ZONE = "a time zone whose name is not known"
TOO_MANY = "it holds more than 20,000 events in the time that is read"

LIGHT: dict[str, Attack] = {
    "that repeats every second": Attack(rule("FREQ=SECONDLY"), "left out", "by the minute or second"),
    "that repeats every minute": Attack(rule("FREQ=MINUTELY"), "left out", "by the minute or second"),
    "that repeats every hour, at every second": Attack(
        rule(f"FREQ=HOURLY;BYMINUTE={numbers(60)};BYSECOND={numbers(60)}"), "left out", TOO_OFTEN
    ),
    "that repeats every minute of every day": Attack(
        rule(f"FREQ=DAILY;BYHOUR={numbers(24)};BYMINUTE={numbers(60)}"), "left out", TOO_OFTEN
    ),
    "that repeats every second of the year": Attack(
        rule(f"FREQ=YEARLY;BYDAY=MO;BYHOUR={numbers(24)};BYMINUTE={numbers(60)};BYSECOND={numbers(60)}"),
        "left out",
        TOO_OFTEN,
    ),
    "that repeats a billion times": Attack(rule("FREQ=DAILY;COUNT=1000000000"), "left out", "no number above 0"),
    "whose count has a million digits": Attack(
        lambda: rule(f"FREQ=DAILY;COUNT={'9' * MEGABYTE}")(), "left out", UNREAD
    ),
    "whose interval is nothing": Attack(rule("FREQ=DAILY;INTERVAL=0"), "left out", "no number above 0"),
    "that repeats every 99999 years": Attack(rule("FREQ=YEARLY;INTERVAL=99999"), "read"),
    "that has been daily since 1700": Attack(
        rule("FREQ=DAILY", "17000101T100000", "17000101T105000"), "left out", "repeated too often"
    ),
    "with a megabyte of rule": Attack(rule(f"FREQ=DAILY;BYHOUR=1{',1' * 100_000}"), "left out", "too long"),
    "with a length of 10^20 days": Attack(
        plain("DTSTART:20261201T100000Z", "DURATION:P99999999999999999999D"), "left out", "a duration"
    ),
    "with a length beyond all days": Attack(
        plain("DTSTART:20261201T100000Z", "DURATION:P999999999D"), "left out", "all that a calendar can hold"
    ),
    "with a length of a million digits": Attack(
        lambda: plain("DTSTART:20261201T100000Z", f"DURATION:PT{'9' * MEGABYTE}S")(), "left out", UNREAD
    ),
    "whose sequence has 5000 digits": Attack(one(f"SEQUENCE:{'9' * 5000}"), "read"),
    "with 50,000 extra dates": Attack(
        lambda: one(*(f"RDATE:{wall(number)}Z" for number in range(50_000)))(),
        "left out",
        "more than 20,000 exceptions",
    ),
    "with exception dates of 5 MB": Attack(
        lambda: one("RRULE:FREQ=DAILY", f"EXDATE:{','.join(wall(n) + 'Z' for n in range(150_000))}")(),
        "left out",
        UNREAD,
    ),
    "changed from here on 5000 times": Attack(
        lambda: vcalendar(
            vevent("one", "20000101T100000", "20000101T105000", "RRULE:FREQ=DAILY"),
            *(
                vevent(
                    "one",
                    *AT_TEN,
                    f"RECURRENCE-ID;RANGE=THISANDFUTURE:{2001 + n // 336}{1 + n // 28 % 12:02}{1 + n % 28:02}T100000Z",
                )
                for n in range(5000)
            ),
        ),
        "left out",
        "changed from here on more than 100 times",
    ),
    "in a zone that changes every second": Attack(
        in_zone(lambda: zone("Odd", "DTSTART:19700101T000000", "RRULE:FREQ=SECONDLY")), "left out", NO_ZONE
    ),
    "in a zone that has changed since the year 1": Attack(
        in_zone(lambda: zone("Odd", "DTSTART:00010101T000000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU")), "read"
    ),
    "in a zone of 3000 parts": Attack(
        in_zone(lambda: zone("Odd", "DTSTART:19700101T000000", more="BEGIN:STANDARD\r\nEND:STANDARD\r\n" * 3000)),
        "left out",
        NO_ZONE,
    ),
    "in a zone that changed 10,000 times": Attack(
        in_zone(lambda: zone("Odd", f"DTSTART:{START}", f"RDATE:{','.join(map(wall, range(10_000)))}")),
        "left out",
        NO_ZONE,
    ),
    "in a zone that is defined by itself": Attack(
        in_zone(lambda: zone("Odd", "DTSTART;TZID=Odd:19700101T000000")), "left out", NO_ZONE
    ),
    "that defines a zone for each of its events": Attack(
        lambda: vcalendar(
            *(zone(f"Odd{n}", f"DTSTART:{1900 + n}0101T000000") for n in range(100)),
            *(vevent(f"{n}", *AT_TEN).replace("Europe/London", f"Odd{n}") for n in range(100)),
        ),
        "refused",
        "it defines more than 20 time zones of its own",
    ),
    "in a zone with a name of 10 MB": Attack(lambda: in_zone(lambda: "", "/a" * 5 * MEGABYTE)(), "left out", UNREAD),
    "with a start of 10 MB": Attack(lambda: one(start="9" * 10 * MEGABYTE)(), "left out", UNREAD),
    "with an end of 10 MB of parameters": Attack(
        lambda: plain(f"DTSTART:{START}", f"DTEND{';A=b' * (5 * MEGABYTE // 2)}:{END}")(), "left out", UNREAD
    ),
    "with an end of 10 MB of quotes": Attack(
        lambda: plain(f"DTSTART:{START}", f"DTEND;A={chr(34) * 2 * 50_000 + ',' * 50_000}:{END}")(), "left out", UNREAD
    ),
    "with a description of 10 MB": Attack(lambda: one(f"DESCRIPTION:{'x' * 10 * MEGABYTE}")(), "read"),
    "with a title of 10 MB": Attack(lambda: one(title="C" * 10 * MEGABYTE)(), "read"),
    "with a title of 10 MB of escapes": Attack(lambda: one(title="\\n" * 5 * MEGABYTE)(), "read"),
    "with a UID of 10 MB": Attack(lambda: vcalendar(vevent("u" * 10 * MEGABYTE, *AT_TEN)), "read"),
    "with a property whose name has 10 MB": Attack(lambda: one(f"{'A' * 10 * MEGABYTE}:x")(), "read"),
    "with a line of 2.5 million folds": Attack(lambda: one("SUMMARY:x" + "\r\n " * (5 * MEGABYTE // 2))(), "read"),
    "of millions of blank lines": Attack(
        lambda: b"\r\n" * 3 * MEGABYTE + vcalendar(), "refused", "more than 2,000,000 lines"
    ),
    "with 100,000 events in one another": Attack(
        lambda: (
            b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 100_000 + b"END:VEVENT\r\n" * 100_000 + b"END:VCALENDAR\r\n"
        ),
        "refused",
        "nested more than 20 deep",
    ),
    "in the year 9999": Attack(plain("DTSTART:99991231T235959Z"), "read"),
    "on the last day of the year 9999": Attack(
        plain("DTSTART;VALUE=DATE:99991231"), "left out", "all that a calendar can hold"
    ),
    "in the year 0": Attack(one(start="00000101T000000"), "left out", "a time that cannot be read"),
    "from the first to the last year": Attack(
        plain("DTSTART;VALUE=DATE:00010101", "DTEND;VALUE=DATE:99991231"), "read"
    ),
    "with NULs": Attack(one("SUM\0MARY:\0\0a\0"), "read"),
    "in UTF-16": Attack(lambda: one()().decode().encode("utf-16"), "read"),
    "in Latin-1": Attack(lambda: one(title="Müller")().decode().encode("latin-1"), "read"),
    "in broken UTF-8": Attack(lambda: one(title="@")().replace(b"@", b"\xf0\x28\x8c\xff"), "read"),
    "with a byte-order mark": Attack(lambda: b"\xef\xbb\xbf" + one()(), "read"),
    "that is a web page": Attack(lambda: b"<!doctype html><html><p>Log in", "refused", "a web page"),
    "that is a zip file": Attack(lambda: b"PK\3\4" + bytes(1000), "refused", "not an iCalendar file"),
    "that is noise": Attack(lambda: bytes(range(256)) * 10_000, "refused", "not an iCalendar file"),
    "that is cut off": Attack(lambda: one()()[:-20], "refused", "cut off"),
    "that ends in the middle of an event": Attack(lambda: one()()[:90], "refused", "cut off"),
    "that is empty": Attack(lambda: b"", "refused", "it is empty"),
    "of 40 MB": Attack(lambda: vcalendar("X-A:b\r\n" * 6 * MEGABYTE), "refused", "larger than 32 MB"),
}
"""What costs next to nothing once it is answered."""

HEAVY: dict[str, Attack] = {
    "with 50,000 events in one week": Attack(
        many(50_000, lambda n: vevent(f"{n}", wall(n), wall(n), title="Other")), "refused", TOO_MANY
    ),
    "with 50,000 events in thirty years": Attack(
        many(
            50_000,
            lambda n: vevent(
                f"{n}",
                f"{2000 + n % 30}0{1 + n % 9}{1 + n % 28:02}T100000",
                f"{2000 + n % 30}0{1 + n % 9}{1 + n % 28:02}T105000",
            ),
        ),
        "read",
    ),
    "with 200 different sessions on one day": Attack(
        many(200, lambda n: vevent(f"{n}", wall(7 * n), wall(7 * n + 1680))),
        "refused",
        "more than 100 events start at different times of one day",
    ),
    "with 400 series that have been daily since 1780": Attack(
        many(400, lambda n: vevent(f"{n}", *OLD, "RRULE:FREQ=DAILY")), "refused", REPEATED
    ),
    "with 1000 series for a day that never comes": Attack(
        many(1000, lambda n: vevent(f"{n}", *AT_TEN, "RRULE:FREQ=MONTHLY;BYDAY=6MO")), "read"
    ),
    "with one series that has 3000 masters": Attack(
        many(3000, lambda _: vevent("one", "19000101T100000", "19000101T105000", "RRULE:FREQ=DAILY")),
        "refused",
        REPEATED,
    ),
    "with 30,000 exceptions to one series": Attack(
        lambda: vcalendar(
            vevent("one", *AT_TEN, "RRULE:FREQ=DAILY"),
            *(vevent("one", *AT_TEN, f"RECURRENCE-ID:{wall(n)}Z") for n in range(30_000)),
        ),
        "refused",
        "",
    ),
    "with exception dates of 29 MB in many series": Attack(
        many(
            130,
            lambda n: vevent(f"{n}", *AT_TEN, "RRULE:FREQ=DAILY", f"EXDATE:{','.join(map(wall, range(14_000)))}"),
        ),
        "refused",
        REPEATED,
    ),
    "with a million guests": Attack(
        lambda: one(*(f"ATTENDEE:{n}" for n in range(1_000_000)))(), "refused", "too many of its events"
    ),
    "with half a million events without a start": Attack(
        lambda: vcalendar("BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 500_000), "refused", "too many of its events"
    ),
    "with 150,000 events of long ago": Attack(
        many(
            150_000,
            lambda n: (
                f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART:20200101T100000Z\r\nDTEND:20200101T110000Z\r\nEND:VEVENT\r\n"
            ),
        ),
        "read",
    ),
    "that are 400,000 calendars": Attack(lambda: b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" * 400_000, "read"),
    "with 20 zones of 240 parts": Attack(
        lambda: vcalendar(
            *(
                zone(
                    f"Odd{z}",
                    "DTSTART:19700101T000000",
                    more="".join(
                        f"BEGIN:STANDARD\r\nDTSTART:{1971 + n % 60}0{1 + n % 9}01T000000\r\nTZOFFSETFROM:+0100\r\n"
                        "TZOFFSETTO:+0000\r\nEND:STANDARD\r\n"
                        for n in range(240)
                    ),
                )
                for z in range(20)
            ),
            *(vevent(f"{z}", *AT_TEN).replace("Europe/London", f"Odd{z}") for z in range(20)),
        ),
        "read",
    ),
}
"""What costs seconds even so."""
