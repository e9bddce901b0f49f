"""Keys that say nothing to whoever reads a calendar's raw data: encrypted with the practice's id, the same text for the
same key each time, so that a block's UID still follows from it.

AES-SIV (RFC 5297) under a key that HKDF makes of the id; the owner is bound in. Keys are padded, since their length
would tell a short break from a long prayer. Format and reasons: docs/decisions/0013-discreet-tags.md.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any

MARK = "~"
"""A hidden key begins with it; no open one does."""
_PAD = 64


def hidden(practice_id: str, owner: str, key: str) -> str:
    """The key as it is written in a discreet calendar."""
    text = key.encode()
    padded = text + b" " * (-len(text) % _PAD)  # no key holds a space
    sealed = _cipher(practice_id).encrypt(padded, [owner.encode()])
    return MARK + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def opened(practice_id: str, owner: str, key: str) -> str:
    """The key behind a hidden one; an open one, or one hidden with another practice's id, as it is."""
    if not key.startswith(MARK):
        return key
    from cryptography.exceptions import InvalidTag

    text = key.removeprefix(MARK)
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return bytes(_cipher(practice_id).decrypt(sealed, [owner.encode()])).decode().rstrip(" ")
    except (ValueError, InvalidTag):
        return key


@lru_cache(maxsize=16)
def _cipher(practice_id: str) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = b"session-breaks hidden keys 1"
    return AESSIV(HKDF(algorithm=SHA256(), length=64, salt=None, info=info).derive(practice_id.encode()))
