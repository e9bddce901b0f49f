"""How a server is logged in to the first time, and over TLS: Basic by plain HTTP, all else by the library."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from connectors.base import CalendarError
from connectors.caldav_server import CaldavCalendar
from connectors.dav import Server

from .samples import LONDON, WINDOW, context, shown
from .test_dav_oddities import HOME, ONE, SELF, item, multistatus

BASIC = f"Basic {base64.b64encode(b'lee:secret').decode()}"
DIGEST = 'Digest realm="Elm", qop="auth", nonce="abc", opaque="def", algorithm=MD5'


class Guarded:
    """A calendar behind a login. `challenges`: the WWW-Authenticate lines of a refusal; `opens`: how the Authorization
    begins that is let in; `seen`: each Authorization that came."""

    def __init__(self, challenges: list[str], opens: str, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[str] = []
        guarded = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                guarded.seen.append(self.headers.get("Authorization", ""))
                welcome = not challenges or (guarded.seen[-1] and guarded.seen[-1].startswith(opens))
                asked = SELF.format(href=HOME) if self.command == "PROPFIND" else item(f"{HOME}one.ics")
                status, _, text = multistatus(asked) if welcome else (401, {}, "")
                self.send_response(status)
                for challenge in () if welcome else challenges:
                    self.send_header("WWW-Authenticate", challenge)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_PROPFIND = do_REPORT = answer  # noqa: N815 - the base class's names

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who does not trust us hangs up
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.server.server_port}{HOME}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def started() -> Iterator[list[Guarded]]:
    """What a test starts and puts in here is stopped after it."""
    found: list[Guarded] = []
    yield found
    for server in found:
        server.close()


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is not to be asked."""

    def asked(*_: object) -> None:
        raise AssertionError("the library was asked")

    monkeypatch.setattr(Server, "_by_library", asked)


def read(tmp_path: Path, url: str, **options: object) -> list[str]:
    login: dict[str, object] = {"user": "lee", "password": {"env": "secret"}}
    calendar = CaldavCalendar(None, context(tmp_path, "cloud", **{"url": url, **login, **options}))
    try:
        return shown(calendar.read(WINDOW, LONDON))
    finally:
        calendar.close()


@pytest.mark.parametrize("challenge", ['Basic realm="Elm"', 'basic realm="Elm", charset="UTF-8"', "Basic"])
@pytest.mark.usefixtures("plainly")
def test_a_basic_login_is_found_out_without_the_library(challenge: str, started: list[Guarded], tmp_path: Path) -> None:
    server = Guarded([challenge], BASIC)
    started.append(server)
    assert read(tmp_path, server.url) == ONE
    assert server.seen == ["", BASIC, BASIC]  # the password is sent to who asked for it, and refused only once


@pytest.mark.usefixtures("plainly")
def test_a_server_that_wants_no_login_is_not_told_one(started: list[Guarded], tmp_path: Path) -> None:
    server = Guarded([], "")
    started.append(server)
    assert read(tmp_path, server.url) == ONE
    assert set(server.seen) == {""}


@pytest.mark.usefixtures("plainly")
def test_a_wrong_password_is_tried_once_since_servers_lock_out_who_tries_often(
    started: list[Guarded], tmp_path: Path
) -> None:
    server = Guarded(['Basic realm="Elm"'], "Basic another")
    started.append(server)
    with pytest.raises(CalendarError, match="cloud: the server refused the login; check `user` and `password`"):
        read(tmp_path, server.url)
    assert server.seen == ["", BASIC]


@pytest.mark.parametrize(
    "challenges", [[DIGEST], ['Basic realm="Elm"', DIGEST], [f'{DIGEST}, Basic realm="Elm"'], [DIGEST, "Basic"]]
)
def test_where_a_safer_login_is_offered_the_library_uses_it_and_the_password_is_never_sent(
    challenges: list[str], started: list[Guarded], tmp_path: Path
) -> None:
    server = Guarded(challenges, 'Digest username="lee"')
    started.append(server)
    for _ in range(2):
        assert read(tmp_path, server.url) == ONE
    assert not any(seen.lower().startswith("basic") for seen in server.seen)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with certificates that their own key has signed: `right.pem` for 127.0.0.1, `other.pem` for another."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder = tmp_path_factory.mktemp("authority")
    now = datetime.datetime.now(datetime.UTC)
    for name, host in (("right", "127.0.0.1"), ("other", "127.0.0.2")):
        key = ec.generate_private_key(ec.SECP256R1())
        who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Elm Street's own")])
        made = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=9))
        made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), False)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        pem = serialization.Encoding.PEM
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (folder / f"{name}.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
        (folder / f"{name}.key").write_bytes(key.private_bytes(pem, *form))
    return folder


def over_tls(authority: Path, started: list[Guarded], name: str = "right") -> Guarded:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority / f"{name}.pem", authority / f"{name}.key")
    started.append(Guarded(['Basic realm="Elm"'], BASIC, tls))
    return started[-1]


@pytest.mark.usefixtures("plainly")
def test_a_server_with_a_certificate_of_its_own_is_read_by_plain_https_where_the_account_names_it(
    authority: Path, started: list[Guarded], tmp_path: Path
) -> None:
    server = over_tls(authority, started)
    assert read(tmp_path, server.url, ca=str(authority / "right.pem")) == ONE
    assert read(tmp_path, server.url, ca=str(authority / "right.pem")) == ONE
    assert server.seen == ["", BASIC, BASIC, BASIC]


@pytest.mark.usefixtures("plainly")
def test_any_certificate_will_do_only_where_the_account_says_so(
    authority: Path, started: list[Guarded], tmp_path: Path
) -> None:
    assert read(tmp_path, over_tls(authority, started, "other").url, verify=False) == ONE


@pytest.mark.parametrize(("name", "ca"), [("right", None), ("right", "other.pem"), ("other", "other.pem")])
@pytest.mark.parametrize("remembered", [False, True])
def test_a_server_that_cannot_prove_who_it_is_learns_nothing(
    name: str, ca: str | None, remembered: bool, authority: Path, started: list[Guarded], tmp_path: Path
) -> None:
    server = over_tls(authority, started, name)
    if remembered:  # the way to log in is known from a run before
        assert read(tmp_path, server.url, verify=False) == ONE
        server.seen.clear()
    options = {} if ca is None else {"ca": str(authority / ca)}
    with pytest.raises(CalendarError, match="cloud: the server's certificate is not trusted; set `ca` to the file"):
        read(tmp_path, server.url, **options)
    assert server.seen == []
