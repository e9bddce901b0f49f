"""The last good reply of a feed, kept so that "not modified" can be answered, unreadable for whoever finds the file.

The file's key comes from the feed's secret address by HKDF and is never stored; neither is the address. The file's
name is a keyed hash. A file that cannot be decrypted (another address, a damaged file) counts as no file.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from connectors.private import private_folder


@dataclass(frozen=True, slots=True)
class Kept:
    """A feed's body with the validators that its server sent ('' for none)."""

    body: bytes = field(repr=False)
    etag: str
    modified: str

    def headers(self) -> dict[str, str]:
        """The conditions for the next request."""
        conditions = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in conditions.items() if value}


def kept(state: Path, url: str) -> Kept | None:
    """What was kept for this address, or None."""
    from cryptography.fernet import Fernet, InvalidToken

    name, key = _name_and_key(url)
    try:
        clear = Fernet(key).decrypt((state / name).read_bytes())
        head, _, body = clear.partition(b"\n")
        about = json.loads(head)
        return Kept(body, str(about["etag"]), str(about["modified"]))
    except (OSError, InvalidToken, ValueError, KeyError, TypeError):
        return None


def keep(state: Path, url: str, feed: Kept) -> None:
    """Keep a reply for the next run, or nothing where it has no validator. A folder that cannot be written to costs
    only the next download, and is no error."""
    from cryptography.fernet import Fernet

    name, key = _name_and_key(url)
    with contextlib.suppress(OSError):
        if not feed.headers():
            (state / name).unlink(missing_ok=True)
            return
        private_folder(state)
        head = json.dumps({"etag": feed.etag, "modified": feed.modified}).encode()
        handle, temporary = tempfile.mkstemp(dir=state, prefix=".feed-")  # made 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(Fernet(key).encrypt(head + b"\n" + feed.body))
            Path(temporary).replace(state / name)
        finally:
            Path(temporary).unlink(missing_ok=True)


def _name_and_key(url: str) -> tuple[str, bytes]:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    secret = url.encode()
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"session-breaks feed cache 1").derive(secret)
    name = HKDF(algorithm=SHA256(), length=16, salt=None, info=b"session-breaks feed name 1").derive(secret)
    return f"feed-{hashlib.sha256(name).hexdigest()[:16]}", base64.urlsafe_b64encode(key)
