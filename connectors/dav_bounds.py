"""What of a CalDAV server's reply is looked at: no more than a calendar needs, and no XML that could grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.limits import MOST_BYTES
from connectors.unpacking import TooLarge, body_of

MOST_TAGS = 1_000_000
"""Beginnings and ends in a reply, and twice as many in all of a reading; 20 000 events have half as many."""
_DTD = b"<!DOCTYPE"


def harmful(body: bytes) -> bool:
    """Whether XML text has a document type, in which entities are defined: WebDAV knows none (RFC 4918 section 8.2),
    and a few that name one another grow without end."""
    return b"<!DOCTYPE" in body or b"<!ENTITY" in body or b"\0" in body


def bounded(send: Callable[..., Any], *words: Any, **about: Any) -> Any:
    """The HTTP library's answer with a body that was taken in bounds, and nothing that would make the caldav library
    parse what is not to be parsed. Raises TooLarge, Broken."""
    answer = send(*words, **about | {"stream": True})
    body = body_of(answer, MOST_BYTES)
    if body.count(b"<") > MOST_TAGS:
        raise TooLarge
    answer._content = _DTD if harmful(body) and b"<" in body else body
    answer._content_consumed = True
    return answer
