"""CalDAV servers that do harm, over real HTTP: endless and packed replies, XML that grows, addresses that lead away."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import dav
from connectors.addresses import related
from connectors.base import CalendarError
from connectors.caldav_server import CaldavCalendar
from tests.connectors.samples import LONDON, WINDOW, context, shown
from tests.end_to_end.practice import session, vcalendar

from .bounds import Attacked
from .calendars import MEGABYTE
from .servers import Hostile, pieces

HOME = "/dav/lee/work/"
START = b'<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
END = b"</d:multistatus>"
HERE = (
    START + b"<d:response><d:href>" + HOME.encode() + b"</d:href><d:propstat><d:prop><d:resourcetype><d:collection/>"
    b"<c:calendar/></d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>" + END
)
LAUGHS = b"<!DOCTYPE x [<!ENTITY a0 'ha'>" + b"".join(
    b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
) + b"]>"  # fmt: skip
QUADRATIC = b"<!DOCTYPE x [<!ENTITY a '" + b"x" * 100_000 + b"'>]>"


def item(href: bytes, data: bytes = b"") -> bytes:
    return (
        b"<d:response><d:href>" + href + b'</d:href><d:propstat><d:prop><d:getetag>"1"</d:getetag><c:calendar-data>'
        + (data or vcalendar(session(2, 12))) + b"</c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status>"
        b"</d:propstat></d:response>"
    )  # fmt: skip


DATA = vcalendar(session(2, 12))


BOMBS = {
    "entities that name one another": LAUGHS + START + item(b"a.ics", b"&a11;") + END,
    "entities in an attribute": LAUGHS + b'<d:multistatus xmlns:d="DAV:" a="&a11;"/>',
    "one long entity many times": QUADRATIC + START + item(b"a.ics", b"&a;" * 100_000) + END,
    "an entity that is a file": b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>"
    + START + item(b"a.ics", b"&a;") + END,
    "an entity that is another host": b"<!DOCTYPE x [<!ENTITY a SYSTEM 'http://127.0.0.1:9/'>]>"
    + START + item(b"a.ics", b"&a;") + END,
    "a definition elsewhere": b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>" + START + END,
    "entities in UTF-16": ('<?xml version="1.0" encoding="utf-16"?>' + (LAUGHS + START + b"&a11;" + END).decode())
    .encode("utf-16"),
    "entities in an encoding that hides them": b'<?xml version="1.0" encoding="utf-7"?>+ADw-!DOCTYPE x+AD4-'
    + START + END,
    "a status of many digits": START + item(b"a.ics").replace(b" 200 ", b" %s " % (b"9" * 5000)) + END,
    "properties without a property": START + b"<d:response><d:href>a.ics</d:href><d:propstat/></d:response>" + END,
    "elements 100,000 deep": START + b"<d:a>" * 100_000 + b"</d:a>" * 100_000 + END,
    "millions of elements": START + b"<d:response/>" * (2 * MEGABYTE) + END,
    "a web page": b"<!doctype html><html><body>Sentinel</body></html>",
}  # fmt: skip


HARMLESS = ("elements 100,000 deep", "properties without a property")


def outcome(calendar: CaldavCalendar) -> str:
    try:
        return str(shown(calendar.read(WINDOW, LONDON)))
    except CalendarError as error:
        return str(error)


@pytest.fixture(params=["first", "remembered"])
def opened(request: pytest.FixtureRequest, hostile: Hostile, tmp_path: Path) -> Iterator[CaldavCalendar]:
    """A calendar as the caldav library reads it, and the plain way once the login is known."""
    hostile.answers["*"] = lambda handler: handler.send_error(404)
    hostile.says(HOME, HERE, 207, Content_Type="application/xml; charset=utf-8")
    calendar = CaldavCalendar(None, context(tmp_path, "cloud", url=hostile.root + HOME))
    if request.param == "remembered":
        calendar.address()
    yield calendar
    calendar.close()


@pytest.mark.parametrize("name", BOMBS)
def test_xml_that_grows_is_not_read(hostile: Hostile, opened: CaldavCalendar, name: str) -> None:
    hostile.says(HOME, HERE, 207, Content_Type="application/xml")
    opened.address()
    hostile.says(HOME, BOMBS[name], 207, Content_Type="application/xml")
    began = time.process_time()
    said = outcome(opened)
    assert said.startswith("cloud: the server") or (said == "[]" and name in HARMLESS), said
    assert "Sentinel" not in said
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "href",
    [
        b"http://127.0.0.1:9/dav/lee/work/a.ics", b"//elsewhere.example/dav/lee/work/a.ics", b"file:///etc/hostname",
        b"/etc/hostname", HOME.encode() + b"../a.ics", HOME.encode() + b"%2e%2e/%2e%2e/a.ics",
        HOME.encode() + b"..%2fa.ics", b"http://[::1/a.ics", b"http://127.0.0.1:x/a.ics", b"javascript:alert(1)",
    ],
)  # fmt: skip
def test_an_entry_that_lies_elsewhere_stops_the_reading(hostile: Hostile, tmp_path: Path, href: bytes) -> None:
    hostile.answers["*"] = lambda handler: handler.send_error(404)
    hostile.says(HOME, HERE, 207, Content_Type="application/xml")
    calendar = CaldavCalendar(None, context(tmp_path, "cloud", url=hostile.root + HOME))
    calendar.address()
    hostile.says(HOME, START + item(href) + END, 207, Content_Type="application/xml")
    with pytest.raises(CalendarError, match="cloud: the server"):
        calendar.read(WINDOW, LONDON)
    calendar.close()
    assert {path for _, path in hostile.asked} <= {HOME, "/.well-known/caldav"}


@pytest.mark.parametrize("where", ["http://127.0.0.1:9/", "https://elsewhere.example/", "file:///etc/", "http://[::1"])
def test_a_server_cannot_send_us_elsewhere_at_the_start(hostile: Hostile, tmp_path: Path, where: str) -> None:
    address = hostile.says("/", b"", 301, Location=where)
    login = {"user": "lee", "password": {"env": "secret"}}
    calendar = CaldavCalendar("work", context(tmp_path, "cloud", url=address, **login))
    with pytest.raises(CalendarError, match="cloud: the server sends us to"):
        calendar.read(WINDOW, LONDON)
    calendar.close()


@pytest.mark.parametrize(
    ("ours", "theirs", "kin"),
    [
        ("https://caldav.example.com/", "https://p12-caldav.example.com/", True),
        ("https://example.com/", "https://caldav.example.com/", True),
        ("https://example.com/", "https://other.com/", False),
        ("https://a.co.uk/", "https://b.co.uk/", False),
        ("https://dav.a.co.uk/", "https://cal.a.co.uk/", True),
        ("https://caldav.example.com/", "http://p12-caldav.example.com/", False),
        ("https://caldav.example.com/", "https://p12-caldav.example.com:8443/", False),
        ("http://10.0.0.1/", "https://10.1.0.0.1/", False),
        ("http://10.0.0.1/", "https://11.0.0.1/", False),
    ],
)
def test_only_a_related_host_is_trusted_with_the_login(ours: str, theirs: str, kin: bool) -> None:
    assert related(ours, theirs) is kin


@pytest.mark.parametrize("text", [
    b"HTTP/1.1 207 Multi-Status\r\nX-A: " + b"a" * 1000,
    b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 1000\r\n\r\n" + b"a" * 1000,
], ids=["headers", "body"])  # fmt: skip
def test_a_server_that_sends_a_byte_now_and_then_is_given_up_on(
    hostile: Hostile, opened: CaldavCalendar, monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    monkeypatch.setattr(dav.Server, "_in_all", 1.0)
    hostile.drips(HOME, text, every=0.05)
    began = time.monotonic()
    with pytest.raises(CalendarError, match="cloud: the server did not answer within"):
        opened.read(WINDOW, LONDON)
    assert time.monotonic() - began < 6


def test_replies_that_are_each_small_enough_count_together(attacked: Attacked, hostile: Hostile) -> None:
    """Entries without data are fetched one by one: each could be as large as a calendar may be."""
    names = [b"%d.ics" % number for number in range(500)]
    listed = b"".join(item(HOME.encode() + name).replace(DATA, b"") for name in names)
    hostile.answers["*"] = lambda handler: handler.send_error(404)
    hostile.says(HOME, HERE.replace(END, listed + END), 207, Content_Type="application/xml")
    for name in names:
        hostile.says(HOME + name.decode(), vcalendar(f"X-NOISE:{'x' * 3 * MEGABYTE}\r\n", session(2, 12)))
    attacked.rules(f"{{type: caldav, url: '{hostile.root}{HOME}'}}", "bad")
    attacked.refused(attacked.sync(), "larger than any calendar")
    assert hostile.sent < 100 * MEGABYTE


def test_entries_without_number_are_not_fetched_one_by_one(hostile: Hostile, opened: CaldavCalendar) -> None:
    opened.address()
    before = len(hostile.asked)
    many = b"".join(b"<d:response><d:href>%s%d.ics</d:href></d:response>" % (HOME.encode(), n) for n in range(60_000))
    hostile.says(HOME, START + many + END, 207, Content_Type="application/xml")
    assert "the server gives more than 50,000 entries" in outcome(opened)
    assert len(hostile.asked) < before + 10


@pytest.mark.parametrize("what", [b"<c:calendar-home-set>%s</c:calendar-home-set>",
                                  b"<d:current-user-principal>%s</d:current-user-principal>"])  # fmt: skip
def test_a_server_cannot_send_us_from_place_to_place_without_end(hostile: Hostile, tmp_path: Path, what: bytes) -> None:
    places = b"".join(b"<d:href>/home/%d/</d:href>" % number for number in range(5000))
    hostile.says("*", START + b"<d:response><d:href>/</d:href><d:propstat><d:prop>" + what % places
                 + b"</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>" + END, 207)  # fmt: skip
    calendar = CaldavCalendar("work", context(tmp_path, "cloud", url=hostile.root))
    with pytest.raises(CalendarError, match="cloud/work: there is no such calendar"):
        calendar.read(WINDOW, LONDON)
    calendar.close()
    assert len(hostile.asked) < 50


def test_a_reply_without_end_is_read_no_further_than_the_limit(attacked: Attacked, hostile: Hostile) -> None:
    endless = pieces(b"<d:response><d:href>x</d:href></d:response>" * 1000, 1000 * MEGABYTE, START)
    hostile.says(HOME, endless, 207, Content_Type="application/xml")
    attacked.rules(f"{{type: caldav, url: '{hostile.root}{HOME}'}}", "bad")
    attacked.refused(attacked.sync(), "the server's answer is larger than any calendar")
    assert hostile.sent < 100 * MEGABYTE


def test_a_packed_reply_is_unpacked_no_further_than_the_limit(attacked: Attacked, hostile: Hostile) -> None:
    packed = gzip.compress(START + bytes(500 * MEGABYTE), 1)
    hostile.says(HOME, packed, 207, Content_Type="application/xml", Content_Encoding="gzip")
    attacked.rules(f"{{type: caldav, url: '{hostile.root}{HOME}'}}", "bad")
    found = attacked.sync()
    attacked.refused(found, "the server's answer is larger than any calendar")
    assert found.peak < 256
