"""Somebody who reads along: a server whose certificate is not trusted is sent nothing, by no way to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors.base import CalendarError
from connectors.caldav_server import CaldavCalendar
from connectors.dav import Server
from connectors.feed import FeedCalendar
from tests.connectors.samples import LONDON, WINDOW, context
from tests.end_to_end.practice import session, vcalendar

from .servers import Hostile
from .test_caldav_servers import END, HERE, HOME, START, item

LOGIN = {"user": "lee", "password": {"env": "secret"}}


def certificate(folder: Path, days: int = 1) -> Path:
    """A key and a certificate for localhost that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    now = datetime.now(UTC)
    made = made.not_valid_before(now - timedelta(days=9)).not_valid_after(now + timedelta(days=days))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    path = folder / f"certificate-{days}.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Hostile]:
    running = Hostile(certificate(tmp_path))
    running.answers["*"] = lambda handler: handler.send_error(404)
    running.says(HOME, HERE, 207, Content_Type="application/xml")
    running.says("/feed", vcalendar(session(2, 12)))
    yield running
    running.close()


def calendar(secure: Hostile, tmp_path: Path, **options: Any) -> CaldavCalendar:
    return CaldavCalendar(None, context(tmp_path, "cloud", url=secure.root + HOME, **LOGIN, **options))


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize("trust", [{"ca": "certificate-1.pem"}, {"verify": False}])
def test_a_server_that_the_practice_trusts_is_read_by_each_way_to_it(
    secure: Hostile, tmp_path: Path, trust: dict[str, Any]
) -> None:
    opened = calendar(secure, tmp_path, **trust)
    opened.address()
    secure.says(HOME, START + item(b"a.ics") + END, 207, Content_Type="application/xml")
    assert len(opened.read(WINDOW, LONDON).events) == 1
    server, _ = opened._spot.opened()
    server.remember(secure.root + HOME, "none")
    assert len(opened.read(WINDOW, LONDON).events) == 1
    assert server.login == "none", "it was the plain way"
    opened.close()


def test_a_server_whose_certificate_is_not_trusted_is_sent_nothing(secure: Hostile, tmp_path: Path) -> None:
    opened = calendar(secure, tmp_path)
    with pytest.raises(CalendarError, match="cloud: the server's certificate is not trusted; set `ca`"):
        opened.read(WINDOW, LONDON)
    opened.close()
    assert secure.asked == []


def test_nor_is_one_that_was_trusted_when_it_was_remembered(secure: Hostile) -> None:
    known = Server("cloud", secure.root + HOME, "lee", "secret", verify=True)
    known.remember(secure.root + HOME, "basic")
    with pytest.raises(CalendarError, match="cloud: the server's certificate is not trusted"):
        known.send("PROPFIND", secure.root + HOME)
    known.close()
    assert secure.asked == []


def test_nor_one_whose_certificate_is_for_another_host(secure: Hostile, tmp_path: Path) -> None:
    secure.root = secure.root.replace("localhost", "127.0.0.1")
    opened = calendar(secure, tmp_path, ca="certificate-1.pem")
    with pytest.raises(CalendarError, match="cloud: the server's certificate is not trusted"):
        opened.read(WINDOW, LONDON)
    opened.close()
    known = Server("cloud", secure.root + HOME, "lee", "secret", verify=str(tmp_path / "certificate-1.pem"))
    known.remember(secure.root + HOME, "basic")
    with pytest.raises(CalendarError, match="cloud: the server's certificate is not trusted"):
        known.send("PROPFIND", secure.root + HOME)
    known.close()
    assert secure.asked == []


def test_nor_one_whose_certificate_has_run_out(tmp_path: Path) -> None:
    secure = Hostile(certificate(tmp_path, days=-1))
    opened = calendar(secure, tmp_path, ca="certificate--1.pem")
    with pytest.raises(CalendarError, match="cloud: the server's certificate is not trusted"):
        opened.read(WINDOW, LONDON)
    opened.close()
    secure.close()
    assert secure.asked == []


def test_nor_is_a_feeds_server(secure: Hostile, tmp_path: Path) -> None:
    feed = FeedCalendar(None, context(tmp_path, "ehr", url={"env": f"{secure.root}/feed"}, **LOGIN))
    with pytest.raises(CalendarError, match="ehr: the certificate of the feed's server is not trusted"):
        feed.read(WINDOW, LONDON)
    assert secure.asked == []
