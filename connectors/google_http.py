"""The connections that Google's library sends its requests over: httplib2's, with bounds on what comes back.

httplib2 reads a reply to its end, however much and however slowly it comes, and follows where it leads. Here a reply is
taken in bounds of size and time, a packed one unpacked in them, and none leads anywhere."""

from __future__ import annotations

import http.client
from datetime import timedelta
from typing import Any

import httplib2

from connectors.deadline import IN_ALL, Patience, TooLate, ending, within
from connectors.unpacking import Broken, TooLarge, whole_of

MOST_BYTES = 16 * 1024 * 1024
"""Of one reply, unpacked: a page of 2500 events has two or three million."""
MOST_PARTS = 500_000
"""Of one reply: what begins an object or a list, or parts two values. A page of 2500 events has some 100,000."""


class TooBig(Exception):  # noqa: N818 - it names what happened
    """A reply has more than any that is asked for here."""


class _Bounded:
    """A connection whose replies are whole when they are given. `in_all`: seconds that a reply may take."""

    in_all = IN_ALL
    patience = Patience()

    def connect(self) -> None:
        connect = super().connect  # type: ignore[misc]  # mixed into connections, which have it
        within(self._left(), connect)

    def getresponse(self) -> Any:
        sock = self.sock  # type: ignore[attr-defined]  # httplib2 has no types
        if sock is None:
            raise http.client.NotConnected
        try:
            with ending(sock, self._left()):
                reply = super().getresponse()  # type: ignore[misc]  # httplib2 has no types
                body = whole_of(reply, MOST_BYTES)
            if body.count(b"{") + body.count(b"[") + body.count(b",") > MOST_PARTS:
                raise TooLarge
        except BaseException as error:
            self.close()  # type: ignore[attr-defined]  # what is left of the reply is nobody's
            if isinstance(error, TooLarge):
                raise TooBig from None
            if isinstance(error, Broken):
                raise http.client.IncompleteRead(b"") from None
            raise
        del reply.headers["Content-Encoding"]  # it is unpacked
        reply.read = lambda: body
        return reply

    def _left(self) -> float:
        return min(self.in_all, self.patience.left())


class _Heard(_Bounded):
    """A connection that breaks before an answer came, said so that httplib2 does not send the request again."""

    def getresponse(self) -> Any:
        try:
            return super().getresponse()
        except http.client.BadStatusLine:
            raise ConnectionAbortedError from None


_KINDS = {
    (secure, once): (part, base)
    for secure, base in ((False, httplib2.HTTPConnectionWithTimeout), (True, httplib2.HTTPSConnectionWithTimeout))
    for once, part in ((False, _Bounded), (True, _Heard))
}


class Http(httplib2.Http):  # type: ignore[misc]  # httplib2 has no types
    """httplib2's client in bounds. timeout: how long to wait when nothing comes; patience: how long in all; once: what
    is sent is sent once. Its requests raise TooBig, TooLate, and what httplib2 raises. `received`: bytes of bodies."""

    def __init__(self, timeout: timedelta, patience: Patience, *, once: bool = False) -> None:
        super().__init__(timeout=timeout.total_seconds())
        self.received = 0
        self.redirect_codes = frozenset(httplib2.REDIRECT_CODES) - {308}  # as the Google client's own build_http does
        self.follow_redirects = False  # nothing is sent to another host
        self._patience = patience
        bounds = {"in_all": max(IN_ALL, 2 * timeout.total_seconds()), "patience": patience}
        self._kinds = {secure: type("Connection", _KINDS[secure, once], dict(bounds)) for secure in (False, True)}

    def request(self, uri: str, *words: Any, **about: Any) -> Any:
        if self._patience.left() <= 0:
            raise TooLate
        about["connection_type"] = self._kinds[uri.startswith("https:")]
        with self._patience.waiting():
            response, body = super().request(uri, *words, **about)
        self.received += len(body)
        return response, body
