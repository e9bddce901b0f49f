"""A calendar on a CalDAV server (RFC 4791): one query for a window, conditional writes.

What servers do differently is kept in mind throughout: the query always names VEVENT and asks for version and data;
recurrences are expanded here; every result is filtered by the window again; a create looks first whether its address
is free, since two servers ignore If-None-Match.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from connectors import caldav_untitled
from connectors.addresses import below, inside, same_place
from connectors.base import CalendarError, Conflict, Context, Entry, Reading
from connectors.caldav_spot import Login, Misplaced, Spot
from connectors.dav import CAL, DAV, TIMEOUT, Found, Server
from connectors.ical import Resource, read_calendars
from connectors.ical_splice import Mingled, is_shared, others_in, own_uids, updated
from connectors.ical_write import calendar_text, event_text, file_stem
from connectors.limits import MOST_FILES, refuse
from connectors.options import AccountOptions, Length, Secret, SecretOrText, checked, secret_text
from connectors.ownership import PROPERTY, UID_DOMAIN
from rules.timeline import Event, Interval, Ref

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

# Servers read all-day events and times without a zone in zones of their own: ask for more, then filter.
_MARGIN = timedelta(days=2)
_NAME = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9_@.-]*")  # the end of an address that is certainly one entry's
_SHARED = re.compile(rf"(.*)#([0-9A-Za-z_-]+@{re.escape(UID_DOMAIN)})", re.DOTALL)  # one of several in an entry
AT_ONCE = 4  # requests on their way that make new blocks
LOOKS = 3  # how many addresses are looked at one by one before all are asked for
_ETAG_QUERY = (
    '<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>'
)


class Options(AccountOptions):
    """Options of an account of type ``caldav``."""

    url: SecretOrText = Field(description="The address of the server, of a user's principal, or of one calendar")
    user: str | None = Field(default=None, description="The login's name")
    password: Secret | None = Field(
        default=None, description="The login's password, as a secret; often an app password"
    )
    verify: bool = Field(default=True, description="No: accept any certificate (only for a server in one's own house)")
    ca: str | None = Field(default=None, description="A file with the certificate of the server's own authority")
    timeout: Length = Field(default=TIMEOUT, description="How long to wait for the server when it says nothing")

    @field_validator("url")
    @classmethod
    def _address(cls, value: object) -> object:
        if isinstance(value, str):
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise PydanticCustomError("url", "this is no address; it starts with https://")
            if parts.password:
                raise PydanticCustomError("url", "a password must not stand in the address; write it as `password`")
        return value


class Unmet(Conflict):
    """The condition of a write is not met (HTTP 412), as the server says."""


class CaldavCalendar:
    """One calendar on a server. Nothing is sent before the first read or write."""

    Options = Options
    writable = True

    def __init__(self, calendar: str | None, context: Context) -> None:
        options = checked(Options, context.account, context.options)
        self.name = context.account if calendar is None else f"{context.account}/{calendar}"
        self._options = options
        self._context = context
        self._looks = 0
        self._there: frozenset[str] | None = None
        self._bodies: dict[tuple[str, str], bytes] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._spot = Spot(self.name, calendar, context, lambda: self._login(context))

    def address(self) -> str:
        _, url = self._spot.opened()
        parts = urlsplit(url)
        return f"caldav:{(parts.hostname or '').lower()}:{parts.port}:{unquote(parts.path).rstrip('/')}"

    def read(self, window: Interval, zone: ZoneInfo) -> Reading:
        return self._spot.checked(lambda: self._read(window, zone), lambda reading: bool(reading.events))

    def _read(self, window: Interval, zone: ZoneInfo) -> Reading:
        server, url = self._spot.opened()
        self._looks, self._there = 0, None  # what was there may be gone
        server.count_anew()
        found = self._found(server, url, window)
        if len(found) > MOST_FILES:
            refuse(self.name, f"the server gives more than {MOST_FILES:,} entries")
        resources = [r for item in found if (r := self._resource(server, url, item)) is not None]
        server.count_anew()  # what is read to write is another sum
        # What a person added to a block, or keeps beside it, is needed when it is written or removed.
        self._bodies |= {(r.where, r.etag): r.body for r in resources if PROPERTY.encode() in r.body}
        reading = read_calendars(resources, self.name, window, zone, self._options.owner(), titles=self._context.titles)
        shared = {r.where for r in resources if PROPERTY.encode() in r.body and is_shared(r.body)}
        return replace(reading, events=tuple(_placed(event, shared) for event in reading.events)) if shared else reading

    def create(self, entry: Entry) -> Ref:
        server, url = self._spot.sure()
        href = below(url, f"{file_stem(entry.uid)}.ics")
        if self._is_there(server, url, href):
            raise Conflict(f"{self.name}: this block is there already; read again")
        body = calendar_text(entry)
        try:
            return self._put(server, href, body, {"If-None-Match": "*"})
        except Unmet:
            if self._etag(server, href) is not None:
                raise
        # Nothing is there: the refusal was wrong, or what was there went away. Else the block would get another key.
        return self._put(server, href, body, {"If-None-Match": "*"})

    def create_all(self, entries: Sequence[Entry]) -> Iterator[Ref | CalendarError]:
        server, url = self._spot.sure()
        if self._looks <= LOOKS < len(entries):
            self._looks, self._there = LOOKS + 1, self._all_there(server, url)
        if not server.several or self._there is None:
            yield from map(self._created, entries)
            return
        from concurrent.futures import ThreadPoolExecutor, wait

        if self._pool is None:
            self._pool = ThreadPoolExecutor(AT_ONCE)
        waiting = [self._pool.submit(self._created, entry) for entry in entries]
        try:
            for future in waiting:
                yield future.result()
        finally:  # nothing is on its way any more when this ends, however it ends
            for future in waiting:
                future.cancel()
            wait(waiting)

    def _created(self, entry: Entry) -> Ref | CalendarError:
        try:
            return self.create(entry)
        except CalendarError as error:
            return error

    def update(self, ref: Ref, entry: Entry) -> Ref:
        server, url = self._spot.sure()
        fresh = calendar_text(entry)
        href, uid = self._own(ref, url)
        standing = self._bodies.get((href, ref.etag))
        try:
            body = fresh if standing is None else updated(standing, entry.uid, event_text(entry), fresh)
        except Mingled:
            raise self._mingled() from None
        after = self._put(server, href, body, {"If-Match": self._version(ref)})
        self._bodies[href, after.etag] = body
        return replace(after, where=ref.where) if uid else after

    def delete(self, ref: Ref) -> None:
        server, url = self._spot.sure()
        href, uid = self._own(ref, url)
        standing = self._bodies.get((href, ref.etag), b"")
        if not uid and len(uids := own_uids(standing)) == 1:
            uid = uids.pop()
        try:
            rest = others_in(standing, uid)
        except Mingled:
            raise self._mingled() from None
        if rest is not None:  # no server should let two things be in one entry, but some do
            after = self._put(server, href, rest, {"If-Match": self._version(ref)})
            self._bodies[href, after.etag] = rest
            return
        reply = server.send("DELETE", href, headers={"If-Match": self._version(ref)})
        if reply.status == 412 and self._etag(server, href) is not None:
            raise Conflict(f"{self.name}: a block changed after it was read; read again")
        if reply.status not in (200, 202, 204, 404, 410, 412):
            raise server.refused(reply.status)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        self._spot.close()

    def _login(self, context: Context) -> Login:
        """Who logs in where, the secrets read."""
        options = self._options
        address = secret_text(context, "url", options.url).strip()
        if urlsplit(address).scheme not in ("http", "https"):
            raise CalendarError(f"{context.account}: `url` holds no address that starts with https://")
        password = secret_text(context, "password", options.password) if options.password is not None else None
        verify: bool | str = options.verify
        if options.ca and options.verify:
            verify = str(context.base / Path(options.ca).expanduser())
        return Login(address, options.user, password, verify, options.timeout)

    def _found(self, server: Server, url: str, window: Interval) -> list[Found]:
        if self._context.titles:
            return server.multistatus("REPORT", url, _query(window, caldav_untitled.EVERYTHING), 1)
        return caldav_untitled.asked(server, url, partial(_query, window), bool(self._options.owner()))

    def _resource(self, server: Server, url: str, item: Found) -> Resource | None:
        """A calendar object of a reply; None for the collection itself and for what went away meanwhile."""
        if item.status == 404:
            return None
        if item.status != 200 or item.failed:
            raise server.refused(item.failed or item.status)
        plain = item.href.startswith(url) and _NAME.fullmatch(item.href, len(url)) and url.endswith("/")
        if not plain and same_place(item.href, url):
            return None
        if not plain and not inside(item.href, url):
            raise Misplaced(f"{self.name}: the server names an entry that is not in this calendar; check `url`")
        data = item.text(f"{CAL}calendar-data")
        etag = item.text(f"{DAV}getetag").strip()
        if data.strip():
            return Resource(item.href, etag, data.encode())
        reply = server.send("GET", item.href)
        if reply.status in (404, 410):
            return None
        if reply.status != 200:
            raise server.refused(reply.status)
        return Resource(item.href, etag or reply.headers.get("etag", ""), reply.body)

    def _put(self, server: Server, href: str, body: bytes, condition: dict[str, str]) -> Ref:
        headers = {"Content-Type": "text/calendar; charset=utf-8", **condition}
        reply = server.send("PUT", href, body.decode(), headers)
        if reply.status == 412:
            raise Unmet(f"{self.name}: a block is not as it was read, or is there already; read again")
        if reply.status == 409 or (reply.status in (404, 410) and "If-Match" in condition):
            raise Conflict(f"{self.name}: a block is not as it was read, or is there already; read again")
        if reply.status not in (200, 201, 204):
            raise server.refused(reply.status)
        etag = reply.headers.get("etag", "").strip()
        if not etag or etag.startswith("W/"):
            etag = self._etag(server, href) or etag
        return Ref(href, etag)

    def _is_there(self, server: Server, url: str, href: str) -> bool:
        """Whether the calendar has an entry with this address. Few are looked for one by one, then all there are are
        asked for at once: what nobody but us could make does not come to be there meanwhile."""
        if self._looks == LOOKS:
            self._there = self._all_there(server, url)
        self._looks = min(self._looks + 1, LOOKS + 1)
        if self._there is None:
            return self._etag(server, href) is not None
        return unquote(urlsplit(href).path) in self._there

    def _all_there(self, server: Server, url: str) -> frozenset[str] | None:
        """The path of every entry, decoded; None where the server does not tell all of them."""
        server.count_anew()
        reply = server.send("PROPFIND", url, _ETAG_QUERY, _headers(1))
        if reply.status != 207:
            return None
        found = server.parsed(reply.body, url)
        if any(item.status not in (200, 404) or item.failed for item in found):
            return None
        return frozenset(unquote(urlsplit(item.href).path) for item in found)

    def _etag(self, server: Server, href: str) -> str | None:
        """The entry's version now, None where there is no entry."""
        reply = server.send("PROPFIND", href, _ETAG_QUERY, _headers(0))
        if reply.status in (404, 410):
            return None
        if reply.status != 207:
            raise server.refused(reply.status)
        found = [item for item in server.parsed(reply.body, href) if item.status == 200]
        return found[0].text(f"{DAV}getetag").strip() if found else None

    def _own(self, ref: Ref, url: str) -> tuple[str, str]:
        """The address of a block's entry, and the UID where the entry holds other things too."""
        if not inside(ref.where, url):
            raise CalendarError(f"{self.name}: a block is not in this calendar, and is left alone")
        found = _SHARED.fullmatch(ref.where)
        return (found[1], found[2]) if found else (ref.where, "")

    def _mingled(self) -> CalendarError:
        return CalendarError(
            f"{self.name}: an entry holds a block and something else, and which of them is the block cannot be told, "
            "so it stays as it is; remove the block in a calendar program"
        )

    def _version(self, ref: Ref) -> str:
        if not ref.etag:
            raise Conflict(f"{self.name}: the server gave no version of a block, so it is left alone; read again")
        return ref.etag


def _placed(event: Event, shared: set[str]) -> Event:
    """The event; a block whose entry holds other things too is found there by its UID."""
    if event.tag is None or event.ref is None or event.ref.where not in shared:
        return event
    return replace(event, ref=replace(event.ref, where=f"{event.ref.where}#{event.uid}"))


def _headers(depth: int) -> dict[str, str]:
    return {"Depth": str(depth), "Content-Type": "application/xml; charset=utf-8"}


def _query(window: Interval, data: str) -> str:
    start, end = ((window.start - _MARGIN), (window.end + _MARGIN))
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
        f'<d:prop><d:getetag/>{data}</d:prop><c:filter><c:comp-filter name="VCALENDAR">'
        f'<c:comp-filter name="VEVENT"><c:time-range start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"/>'
        "</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    )
