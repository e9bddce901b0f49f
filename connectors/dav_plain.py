"""Plain HTTP for a login that is known: what the caldav library found out about a server once is all that a night's
few requests need, and the standard library sends them without its half second of start-up.

Only Basic logins (RFC 7617) and servers that want none, without a proxy; for anything else, and whenever a server's
certificate or our login is refused here, the library is asked (`dav.Server`). Why there are two ways: decision 0012.
"""

from __future__ import annotations

import base64
import http.client
import os
import select
import ssl
import sys
import threading
import time
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote, urlsplit

from connectors.deadline import TooLate, ending, within
from connectors.quiet import silence
from connectors.unpacking import whole_of

Login = Literal["none", "basic"]
_SAFE = "!#$%&'()*+,/:;=?@[]~"  # RFC 3986: what may stand in an address as it is, escapes among it


class Plain:
    """Connections that are kept open, one for each thread and host. `most`: bytes of a reply, unpacked."""

    def __init__(
        self,
        login: Login,
        user: str | None,
        password: str | None,
        verify: bool | str,
        timeout: float,
        most: int,
    ) -> None:
        silence()
        self._headers = {"User-Agent": "session-breaks", "Accept": "text/xml, text/calendar", "Accept-Encoding": "gzip"}
        if login == "basic":
            token = base64.b64encode(f"{user or ''}:{password or ''}".encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"
        self._verify = verify
        self._timeout = timeout
        self._most = most
        self._open: dict[tuple[int, str, str], http.client.HTTPConnection] = {}

    def request(
        self, method: str, url: str, body: str, headers: Mapping[str, str], in_all: float
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by lower-case name, and body, in `in_all` seconds, however they come. Redirects are not
        followed. Raises OSError (ssl.SSLError and TimeoutError among them), http.client.HTTPException, TooLarge,
        Broken, TooLate."""
        until = time.monotonic() + in_all
        parts = urlsplit(url)
        key = (threading.get_ident(), parts.scheme, parts.netloc)
        connection = self._open.get(key)
        if connection is not None and _left(connection):
            connection.close()
        if connection is None:
            connection = self._open[key] = self._connection(parts.scheme, parts.hostname or "", parts.port)
        target = quote(parts.path or "/", _SAFE) + (f"?{quote(parts.query, _SAFE)}" if parts.query else "")
        sent = body.encode() if body or method not in ("GET", "DELETE") else None
        try:
            if connection.sock is None:  # a name may stand for many addresses, and a greeting come byte by byte
                within(in_all, connection.connect)
            with ending(connection.sock, until - time.monotonic()):
                connection.request(method, target, sent, {**self._headers, **headers})
                reply = connection.getresponse()
                found = {name.lower(): value for name, value in reply.getheaders()}
                found |= {"www-authenticate": ", ".join(reply.headers.get_all("WWW-Authenticate", ()))}
                return reply.status, found, whole_of(reply, self._most)
        except TooLate:
            self._open.pop(key, None)  # perhaps still on its way to be opened
            connection.close()
            raise
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Let go of every connection."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout)
        trust = self._verify if isinstance(self._verify, str) else None
        context = ssl.create_default_context(
            cafile=trust if trust and not os.path.isdir(trust) else None,  # noqa: PTH112 - a text, perhaps of a folder
            capath=trust if trust and os.path.isdir(trust) else None,  # noqa: PTH112  # text, as `ssl` takes it
        )
        if self._verify is False:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)


def only_basic(challenge: str) -> bool:
    """Whether a server that refused an unknown login wants a Basic one, and would take no safer one (Digest)."""
    offered = challenge.lower()
    return offered.startswith("basic") and "digest" not in offered


def usable() -> bool:
    """Whether nothing asks for a proxy, which only the library knows how to use."""
    if sys.platform in ("darwin", "win32"):  # there the system's own settings count too
        from urllib.request import getproxies

        return not getproxies()
    proxies = ("http_proxy", "https_proxy", "all_proxy")
    return not any(name.lower() in proxies for name, value in os.environ.items() if value)


def _left(connection: http.client.HTTPConnection) -> bool:
    """Whether the server has closed a connection that was kept: then there is something to read, though nothing was
    asked."""
    sock = connection.sock
    if sock is None:
        return False
    try:
        return bool(select.select([sock], [], [], 0)[0])
    except (OSError, ValueError):
        return True
