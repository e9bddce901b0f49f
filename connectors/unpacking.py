"""The body of an HTTP reply, taken piece by piece and unpacked, never more of it in memory than is allowed: a few
kilobytes may hold gigabytes."""

from __future__ import annotations

import http.client
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


def whole_of(reply: http.client.HTTPResponse, most: int) -> bytes:
    """The body of the standard library's reply, to its end. Raises TooLarge, Broken (also where it is packed in another
    way than gzip or deflate), OSError, http.client.HTTPException."""
    with reply:
        return _whole_of(reply, most)


def _whole_of(reply: http.client.HTTPResponse, most: int) -> bytes:
    packed = (reply.getheader("Content-Encoding") or "").strip().lower()
    if packed not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise Broken
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed not in ("", "identity") else None
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := reply.read(_PIECE):
            if unpack is not None:
                piece = unpack.decompress(piece, most - size + 1)
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise TooLarge
    except zlib.error:
        raise Broken from None
    body = b"".join(pieces)
    if reply.length:  # a connection that ends early ends `read` as if it were the end
        raise http.client.IncompleteRead(body, reply.length)
    if unpack is not None and body and not unpack.eof:
        raise Broken
    return body


def body_of(answer: Any, most: int) -> bytes:
    """The body of the answer of niquests or requests to a request with `stream=True`. Raises TooLarge, Broken."""
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
