"""The body of an HTTP reply, taken piece by piece and unpacked, never more of it in memory than is allowed: a few
kilobytes may hold gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

ENCODINGS = "gzip"
"""What to ask for (Accept-Encoding)."""
_PIECE = 64 * 1024


class TooLarge(Exception):  # noqa: N818 - it names what happened
    """More than was allowed."""


class Broken(Exception):  # noqa: N818 - it names what happened
    """A body that did not come whole, or is packed in a way that was not asked for."""


def body_of(answer: Any, most: int) -> bytes:
    """The body of niquests' answer to a request with `stream=True`. Raises TooLarge, Broken."""
    packed = str(answer.headers.get("Content-Encoding", "")).strip().lower()
    if packed not in ("", "identity", "gzip", "x-gzip"):
        raise Broken
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in packed else None
    body = bytearray()
    try:
        for piece in _pieces(answer):
            body += unpack.decompress(piece, most - len(body) + 1) if unpack is not None else piece
            if len(body) > most:
                raise TooLarge
    except zlib.error:
        raise Broken from None
    if unpack is not None and body and not unpack.eof:
        raise Broken
    return bytes(body)


def _pieces(answer: Any) -> Iterator[bytes]:
    try:
        yield from answer.raw.stream(_PIECE, decode_content=False)
    except Exception as error:
        if type(error).__module__.partition(".")[0].startswith("urllib3"):
            raise Broken from None
        raise
