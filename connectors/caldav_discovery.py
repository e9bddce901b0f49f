"""Which calendar is meant: from a server's, a principal's or a calendar's address, and a name.

RFC 6764 section 6 (the well-known address, the current user's principal, the calendar home), RFC 4791 section 6.2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from connectors.addresses import last_segment, origin, related, same_place
from connectors.base import CalendarError
from connectors.dav import CAL, DAV, Found, Server

_PROPERTIES = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:resourcetype/><d:displayname/>'
    "<d:current-user-principal/><c:calendar-home-set/><c:supported-calendar-component-set/></d:prop></d:propfind>"
)
_MOST_PLACES = 20  # principals, and homes of calendars, that are looked into; users have one or two
_HEADERS = {"Depth": "0", "Content-Type": "application/xml; charset=utf-8"}

# The login, "try again later", and what the server failed at say nothing about where the calendar is.
ELSEWHERE = frozenset({400, 403, 404, 405, 409, 410, 415, 422, 501})


@dataclass(frozen=True, slots=True)
class Collection:
    """A calendar on a server: its address, its display name, and the last part of its address."""

    url: str
    title: str

    @property
    def segment(self) -> str:
        return last_segment(self.url)


def find(server: Server, wanted: str | None) -> Collection:
    """The calendar that `wanted` names (display name, last part of its address, or whole address), or where that is
    None the one that the account's address is, or the only one there is.

    Raises CalendarError that lists the calendars there are, where it is none of them or more than one.
    """
    here = _here(server)
    if here is not None and _is_calendar(here) and (wanted is None or _matches(_collection(here), wanted)):
        return _collection(here)
    calendars = list(_all(server, here))
    names = ", ".join(sorted(c.title or c.segment for c in calendars)) or "none that holds events"
    if wanted is None:
        if len(calendars) == 1:
            return calendars[0]
        raise CalendarError(f"{server.account}: say which calendar, as in {server.account}/NAME; there are: {names}")
    for exact in (True, False):
        fitting = [c for c in calendars if _matches(c, wanted, exact)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            segments = ", ".join(sorted(c.segment for c in fitting))
            raise CalendarError(
                f"{server.account}/{wanted}: several calendars have this name; write one of: {segments}"
            )
    shown = wanted if "://" not in wanted else "the address given"
    raise CalendarError(f"{server.account}/{shown}: there is no such calendar; there are: {names}")


def is_still(server: Server, url: str, wanted: str | None) -> bool:
    """Whether a calendar that was found before is one still, and has the name that it was found by. Raises
    CalendarError."""
    reply = server.send("PROPFIND", url, _PROPERTIES, _HEADERS)
    if reply.status in ELSEWHERE:
        return False
    if reply.status != 207:  # which says nothing about the calendar
        raise server.refused(reply.status)
    found = server.parsed(reply.body, url)
    return bool(found) and _is_calendar(found[0]) and (wanted is None or _matches(_collection(found[0]), wanted))


def by_title(calendar: Collection, wanted: str | None) -> bool:
    """Whether a calendar was found by its title alone, which may come to be another one's."""
    return wanted is not None and not _matches(Collection(calendar.url, ""), wanted)


def _here(server: Server) -> Found | None:
    """What is at the account's address (after redirects, which set `server.url`), or at the well-known one."""
    for url in (server.url, urljoin(server.url, "/.well-known/caldav")):
        reply = server.send("PROPFIND", url, _PROPERTIES, _HEADERS, anywhere=True)
        if reply.status == 207:
            found = server.parsed(reply.body, reply.url)
            if found:
                server.url = reply.url
                return found[0]
        if reply.status not in (207, 404, 405, 410, 501):
            raise server.refused(reply.status)
        if urlsplit(server.url).path not in ("", "/"):
            raise server.refused(reply.status)
    raise server.refused(404)


def _all(server: Server, here: Found | None) -> Iterator[Collection]:
    """Every calendar of the user that can hold events."""
    homes = _homes(server, here) or [server.url]
    seen: set[str] = set()
    for home in homes[:_MOST_PLACES]:
        for found in server.multistatus("PROPFIND", home, _PROPERTIES, 1):
            if found.status == 200 and _is_calendar(found) and found.href not in seen:
                seen.add(found.href)
                yield _collection(found)


def _homes(server: Server, here: Found | None) -> list[str]:
    if here is None:
        return []
    if homes := _hrefs(here, f"{CAL}calendar-home-set"):
        return [_trusted(server, home) for home in homes]
    for principal in _hrefs(here, f"{DAV}current-user-principal")[:_MOST_PLACES]:
        for found in server.multistatus("PROPFIND", _trusted(server, principal), _PROPERTIES, 0):
            if homes := _hrefs(found, f"{CAL}calendar-home-set"):
                return [_trusted(server, home) for home in homes]
    return []


def _hrefs(found: Found, name: str) -> list[str]:
    element = found.properties.get(name)
    nodes = element.findall(f"{DAV}href") if element is not None else []
    return [urljoin(found.href, node.text.strip()) for node in nodes if node.text]


def _trusted(server: Server, url: str) -> str:
    """An address that the server gives for the user's own data. Some providers keep that on a sister host
    (``p12-caldav.icloud.com``); the password goes nowhere else, and never from https to http."""
    try:
        if origin(url) == origin(server.url) or related(server.url, url):
            return url
    except ValueError:
        pass  # no address at all
    raise CalendarError(f"{server.account}: the server points to another host, which is not trusted with the password")


def _is_calendar(found: Found) -> bool:
    """Whether this is a calendar collection that can hold events."""
    kinds = found.properties.get(f"{DAV}resourcetype")
    if kinds is None or kinds.find(f"{CAL}calendar") is None:
        return False
    holds = found.properties.get(f"{CAL}supported-calendar-component-set")
    names = [node.get("name", "").upper() for node in holds] if holds is not None else []
    return not names or "VEVENT" in names


def _collection(found: Found) -> Collection:
    return Collection(
        found.href if found.href.endswith("/") else found.href + "/", found.text(f"{DAV}displayname").strip()
    )


def _matches(calendar: Collection, wanted: str, exact: bool = False) -> bool:
    if "://" in wanted:
        return same_place(calendar.url, wanted)
    names = {calendar.title, calendar.segment}
    return wanted in names if exact else wanted.casefold().strip("/") in {name.casefold() for name in names}
