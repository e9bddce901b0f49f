"""What Google gave at a login, kept from run to run: in the keyring where one can be used, else in a file that only its
owner can read.

A small file in the account's state folder always says where the login is, so that a run that cannot open the keyring
(cron) says so, and does not say that there is none. It is replaced whole; a lock keeps two runs from mixing theirs, and
what a run refreshed never overwrites a login that was made or forgotten in the meantime."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from connectors.base import CalendarError
from connectors.private import close_to_others, private_folder

FILE = "google-login.json"
SERVICE = "session-breaks/google"
_VERSION = 1
_LOCK_SECONDS = 10.0
_LARGEST = 64 * 1024

Place = Literal["keyring", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One login. `scopes`: what was granted, which may be less than what was asked for. `expires`: of the access
    token; `ends`: of the refresh token, None where Google sets no end; `since`: when it was made. Moments in UTC."""

    refresh_token: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    expires: datetime | None = None
    scopes: tuple[str, ...] = ()
    client_id: str = ""
    revoke_uri: str = ""
    since: datetime | None = None
    ends: datetime | None = None


class Shelf:
    """Where one account's login is kept. `state`: the account's own state folder, made 0700 when first used."""

    def __init__(self, account: str, state: Path) -> None:
        self._account = account
        self._state = state
        self.path = state / FILE

    def place(self) -> Place | None:
        """Where the login is; None where there is none. Raises CalendarError."""
        about = self._about()
        return None if about is None else "keyring" if about.get("kept") == "keyring" else "file"

    def load(self) -> Login | None:
        """The login, None where there is none. Raises CalendarError where it is there and cannot be had."""
        about = self._about()
        if about is None:
            return None
        if about.get("kept") != "keyring":
            return self._read(about.get("login"))
        try:
            import keyring

            text = keyring.get_password(SERVICE, self._state.name)
        except Exception:  # backends raise whatever their desktop service does
            text = None
        if not text:
            raise CalendarError(
                f"{self._account}: the login is in the keyring, which cannot be opened here (as under cron); run once "
                f"at the desktop: session-breaks connect google --account {self._account} --in-file"
            )
        try:
            return self._read(json.loads(text))
        except ValueError:
            raise self._damaged() from None

    def save(self, login: Login, *, in_file: bool = False) -> Place:
        """Keep a new login instead of what was there, and say where. `in_file`: not in the keyring, also where there
        is one. Raises CalendarError."""
        with self._locked():
            return self._put(login, in_file)

    def refreshed(self, old: Login, new: Login) -> None:
        """Keep what a refresh gave, unless another login took the old one's place, or it was forgotten. Where it cannot
        be kept, that costs the next run a refresh, and is no error."""
        with contextlib.suppress(CalendarError, OSError), self._locked():
            now = self.load()
            if now is not None and now.refresh_token == old.refresh_token:
                self._put(new, in_file=self.place() == "file")

    def forget(self) -> None:
        """Remove the login here. Raises CalendarError where it cannot be removed."""
        with self._locked():
            if self.place() == "keyring":
                self._out_of_keyring()
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                raise CalendarError(f"{self.path}: cannot be removed ({error.strerror}); remove it by hand") from None

    def _put(self, login: Login, in_file: bool) -> Place:
        written = _written(login)
        where: Place = "keyring" if not in_file and self._into_keyring(json.dumps(written)) else "file"
        if where == "file" and self._kept_in_keyring():
            self._out_of_keyring()
        about: dict[str, Any] = {"version": _VERSION, "kept": where}
        if where == "file":
            about["login"] = written
        try:
            handle, temporary = tempfile.mkstemp(dir=self._state, prefix=".google-")  # made 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(about, file)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(self.path)
            finally:
                Path(temporary).unlink(missing_ok=True)
        except OSError as error:
            raise CalendarError(
                f"{self.path}: cannot be written ({error.strerror}); check the folder's rights"
            ) from None
        return where

    def _kept_in_keyring(self) -> bool:
        try:
            return self.place() == "keyring"
        except CalendarError:  # what is damaged is replaced
            return False

    def _into_keyring(self, text: str) -> bool:
        try:
            import keyring
            from keyring.core import recommended

            if not recommended(keyring.get_keyring()):  # none, or one that only pretends
                return False
            keyring.set_password(SERVICE, self._state.name, text)
            return keyring.get_password(SERVICE, self._state.name) == text
        except Exception:  # backends raise whatever their desktop service does
            return False

    def _out_of_keyring(self) -> None:
        with contextlib.suppress(Exception):
            import keyring

            keyring.delete_password(SERVICE, self._state.name)

    def _about(self) -> dict[str, Any] | None:
        try:
            with self.path.open("rb") as file:
                rights = os.fstat(file.fileno()).st_mode
                if os.name == "posix" and rights & (stat.S_IRWXG | stat.S_IRWXO):
                    raise CalendarError(
                        f"{self._account}: {self.path} can be read by others; run: chmod 600 {self.path}"
                    )
                about = json.loads(file.read(_LARGEST))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CalendarError(f"{self._account}: {self.path}: cannot be read ({error.strerror})") from None
        except ValueError:
            raise self._damaged() from None
        if not isinstance(about, dict) or about.get("version") != _VERSION:
            raise self._damaged()
        return about

    def _read(self, written: Any) -> Login:
        try:
            return Login(
                refresh_token=_text(written["refresh_token"]),
                access_token=_text(written["access_token"]),
                expires=_moment(written["expires"]),
                scopes=tuple(_text(scope) for scope in written["scopes"]),
                client_id=_text(written["client_id"]),
                revoke_uri=_text(written["revoke_uri"]),
                since=_moment(written["since"]),
                ends=_moment(written["ends"]),
            )
        except (KeyError, TypeError, ValueError):
            raise self._damaged() from None

    def _damaged(self) -> CalendarError:
        return CalendarError(
            f"{self._account}: the login that is kept here cannot be read; run: session-breaks connect google "
            f"--account {self._account}"
        )

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        import filelock

        try:
            private_folder(self._state)
            lock = filelock.FileLock(self._state / "google-login.lock", mode=0o600)
            lock.acquire(timeout=_LOCK_SECONDS)
            close_to_others(Path(lock.lock_file))
        except filelock.Timeout:
            raise CalendarError(f"{self._account}: another run is using this login; try again") from None
        except OSError as error:
            raise CalendarError(f"the state folder {self._state} cannot be used ({error.strerror})") from None
        try:
            yield
        finally:
            lock.release()


def _written(login: Login) -> dict[str, Any]:
    def moment(value: datetime | None) -> str | None:
        return value.astimezone(UTC).isoformat() if value is not None else None

    return {
        "refresh_token": login.refresh_token,
        "access_token": login.access_token,
        "expires": moment(login.expires),
        "scopes": list(login.scopes),
        "client_id": login.client_id,
        "revoke_uri": login.revoke_uri,
        "since": moment(login.since),
        "ends": moment(login.ends),
    }


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(_text(value)).astimezone(UTC)
