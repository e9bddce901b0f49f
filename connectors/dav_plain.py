"""Plain HTTP for a login that is known: what the caldav library found out about a server once is all that a night's
few requests need, and the standard library sends them without its half second of start-up.

Only Basic logins (RFC 7617) and servers that want none, without a proxy; for anything else, and whenever a server's
certificate or our login is refused here, the library is asked (`dav.Server`). Why there are two ways: decision 0012.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import select
import socket
import ssl
import sys
import threading
import zlib
from collections.abc import Iterator, Mapping
from typing import Literal
from urllib.parse import quote, urlsplit

from connectors.quiet import silence

Login = Literal["none", "basic"]
_SAFE = "!#$%&'()*+,/:;=?@[]~"  # RFC 3986: what may stand in an address as it is, escapes among it
_PIECE = 64 * 1024


class TooLarge(Exception):  # noqa: N818 - it names what happened
    """A reply is larger than the most that was allowed."""


class Plain:
    """Connections that are kept open, one for each thread and host. `most`: bytes of a reply, unpacked. `in_all`:
    seconds that a reply may take, however it comes."""

    def __init__(
        self,
        login: Login,
        user: str | None,
        password: str | None,
        verify: bool | str,
        timeout: float,
        most: int,
        in_all: float,
    ) -> None:
        silence()
        self._headers = {"User-Agent": "session-breaks", "Accept": "text/xml, text/calendar", "Accept-Encoding": "gzip"}
        if login == "basic":
            token = base64.b64encode(f"{user or ''}:{password or ''}".encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"
        self._verify = verify
        self._timeout = timeout
        self._most = most
        self._in_all = in_all
        self._open: dict[tuple[int, str, str], http.client.HTTPConnection] = {}

    def request(
        self, method: str, url: str, body: str, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by lower-case name, and body. Redirects are not followed. Raises OSError (ssl.SSLError and
        TimeoutError among them), http.client.HTTPException, TooLarge, zlib.error."""
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
            connection.request(method, target, sent, {**self._headers, **headers})
            with _ending(connection.sock, self._in_all):
                reply = connection.getresponse()
                found = {name.lower(): value for name, value in reply.getheaders()}
                return reply.status, found, self._whole(reply, found.get("content-encoding", "").strip().lower())
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
            capath=trust if trust and os.path.isdir(trust) else None,  # noqa: PTH112
        )
        if self._verify is False:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)

    def _whole(self, reply: http.client.HTTPResponse, packed: str) -> bytes:
        """The body, unpacked; never more than `most` bytes of it in memory."""
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed in ("gzip", "x-gzip", "deflate") else None
        pieces: list[bytes] = []
        size = 0
        while piece := reply.read(_PIECE):
            if unpack is not None:
                piece = unpack.decompress(piece, self._most - size + 1)
                if unpack.unconsumed_tail:
                    raise TooLarge
            pieces.append(piece)
            size += len(piece)
            if size > self._most:
                raise TooLarge
        if reply.length:  # a connection that ends early ends `read` as if it were the end
            raise http.client.IncompleteRead(b"".join(pieces), reply.length)
        if unpack is not None and pieces and not unpack.eof:
            raise http.client.IncompleteRead(b"".join(pieces))
        return b"".join(pieces)


@contextlib.contextmanager
def _ending(sock: socket.socket, seconds: float) -> Iterator[None]:
    """A connection's reply has to be there by then; TimeoutError if it is not. A socket's own time-out begins anew with
    each byte."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if late.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError


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
