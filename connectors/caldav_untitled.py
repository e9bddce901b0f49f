"""Reading a CalDAV calendar without its titles (RFC 4791 section 9.6.1): only the named properties of each event are
asked for.

Cyrus does as it is told, Radicale sends whole events all the same, Xandikos gives no data for an event that lacks one
of the named properties. So what comes is looked at: without data the question is asked again in full, and whatever
titles come are dropped where the text is read (`ical`). Our own blocks' titles are needed, since a hand may have
changed them; they are asked for by address, in a question of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from urllib.parse import unquote, urlsplit

from connectors.addresses import same_place
from connectors.dav import CAL, Found, Server
from connectors.ical_text import WANTED
from connectors.ownership import PROPERTY

EVERYTHING = "<c:calendar-data/>"
TOGETHER = 100  # blocks asked for in one request
_CALENDAR = ("VERSION", "PRODID", "CALSCALE", "METHOD", "X-WR-TIMEZONE")
_ALL_OF_A_ZONE = (
    '<c:comp name="VTIMEZONE"><c:allprop/>'
    '<c:comp name="STANDARD"><c:allprop/></c:comp><c:comp name="DAYLIGHT"><c:allprop/></c:comp></c:comp>'
)


def calendar_data(attendees: bool) -> str:
    """What is asked for of each event. `attendees`: the calendar's owner is known, and may have declined; the protocol
    cannot ask for one attendee alone."""
    left_out = {"SUMMARY", "ORGANIZER"} if attendees else {"SUMMARY", "ORGANIZER", "ATTENDEE"}
    return (
        f'<c:calendar-data><c:comp name="VCALENDAR">{_named(_CALENDAR)}{_ALL_OF_A_ZONE}<c:comp name="VFREEBUSY"/>'
        f'<c:comp name="VEVENT">{_named(sorted(WANTED - left_out))}</c:comp></c:comp></c:calendar-data>'
    )


def asked(server: Server, url: str, question: Callable[[str], str], attendees: bool) -> list[Found]:
    """The answer to a query for events, without titles where the server can, but for our own blocks'. `question` makes
    the query from what is asked for of each event. Raises as `Server.multistatus` does."""
    headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
    reply = server.send("REPORT", url, question(calendar_data(attendees)), headers)
    found = server.parsed(reply.body, url) if reply.status == 207 else []
    if reply.status != 207 or any(_lacks(item, url) for item in found):
        return server.multistatus("REPORT", url, question(EVERYTHING), 1)
    own = [item for item in found if _is_own_without_title(item)]
    whole: dict[str, Found] = {}
    for first in range(0, len(own), TOGETHER):
        some = [urlsplit(item.href).path for item in own[first : first + TOGETHER]]
        whole |= {_path(item): item for item in server.multistatus("REPORT", url, _these(some), 1)}
    for item in own:  # one that is left out of the answer is fetched by itself
        whole.setdefault(_path(item), Found(item.href, 200, {}))
    return [whole.get(_path(item), item) for item in found]


def _path(item: Found) -> str:
    return unquote(urlsplit(item.href).path)


def _lacks(item: Found, url: str) -> bool:
    """Whether an entry came without what every event has: the server cannot leave properties out."""
    text = item.text(f"{CAL}calendar-data")
    return item.status == 200 and not same_place(item.href, url) and ("\nUID" not in text or "\nDTSTART" not in text)


def _is_own_without_title(item: Found) -> bool:
    text = item.text(f"{CAL}calendar-data")
    return f"\n{PROPERTY}" in text and "\nSUMMARY" not in text


def _these(paths: Sequence[str]) -> str:
    """The question for some entries, whole."""
    hrefs = "".join(f"<d:href>{escape(path, quote=False)}</d:href>" for path in paths)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<c:calendar-multiget xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
        f"<d:prop><d:getetag/>{EVERYTHING}</d:prop>{hrefs}</c:calendar-multiget>"
    )


def _named(names: Iterable[str]) -> str:
    return "".join(f'<c:prop name="{name}"/>' for name in names)
