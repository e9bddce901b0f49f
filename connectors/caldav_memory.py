"""Where a calendar was found on its server and how that wants the login, remembered from one run to the next, so that a
night in which nothing changes asks one question instead of three.

The file is unreadable and cannot be made by whoever does not have the account's password, as a feed's copy is
(decision 0006): its key comes from the account's address and login by HKDF and is never stored; its name is a keyed
hash. So nobody can send the password elsewhere by changing it. A file that cannot be decrypted counts as no file.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from connectors.private import private_folder

TITLES_HOLD = timedelta(days=7)
"""A calendar that was found by its title is looked for again after this time: somebody may have given the title to
another one."""


@dataclass(frozen=True, slots=True)
class Found:
    """`url`: the calendar; `root`: the server's address after redirects; `login`: how it wants the login (`dav.Login`);
    `by_title`: whether the rule file names it by its title; `since`: when it was looked for, in seconds since 1970."""

    url: str = field(repr=False)
    root: str = field(repr=False)
    login: str
    by_title: bool
    since: int


class Memory:
    """What is remembered of one calendar as a rule file names it, in the account's state folder."""

    def __init__(self, state: Path, url: str, user: str | None, password: str | None, calendar: str | None) -> None:
        self._state = state
        self._secret = json.dumps([url, user, password, calendar]).encode()

    def found(self, now: datetime) -> Found | None:
        """What was found, None where nothing is known or it should be looked for again."""
        from cryptography.fernet import Fernet, InvalidToken

        try:
            sealed = (self._state / self._name()).read_bytes()
            about = json.loads(Fernet(self._key()).decrypt(sealed))
            known = Found(
                str(about["url"]), str(about["root"]), str(about["login"]), bool(about["by_title"]), int(about["since"])
            )
        except (OSError, InvalidToken, ValueError, KeyError, TypeError):
            return None
        age = abs(now.timestamp() - known.since)
        return None if known.by_title and age > TITLES_HOLD.total_seconds() else known

    def keep(self, found: Found) -> None:
        """Remember it. A folder that cannot be written to costs only two questions in the next run."""
        from cryptography.fernet import Fernet

        with contextlib.suppress(OSError):
            private_folder(self._state)
            handle, temporary = tempfile.mkstemp(dir=self._state, prefix=".calendar-")  # made 0600
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(Fernet(self._key()).encrypt(json.dumps(asdict(found)).encode()))
                Path(temporary).replace(self._state / self._name())
            finally:
                Path(temporary).unlink(missing_ok=True)

    def forget(self) -> None:
        """Look for it again the next time."""
        with contextlib.suppress(OSError):
            (self._state / self._name()).unlink(missing_ok=True)

    def _name(self) -> str:
        return f"calendar-{_derived(self._secret, b'session-breaks calendar name 1', 8).hex()}"

    def _key(self) -> bytes:
        return base64.urlsafe_b64encode(_derived(self._secret, b"session-breaks calendar place 1", 32))


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(secret)
