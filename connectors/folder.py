"""A folder of .ics files (vdir, as vdirsyncer and khal keep it), or one .ics file, as a calendar.

What is ours is one VEVENT, known by its UID and by the hash of its bytes; every other byte of a file stays as it was.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field

from connectors.base import CalendarError, Conflict, Context, Entry, Reading, Unreadable
from connectors.files import NotWritten, alone_in, create_file, read_file, remove_leftovers, replace_file
from connectors.ical import Resource, read_calendars
from connectors.ical_splice import (
    Piece,
    cut,
    etag_of,
    inserted,
    is_bare,
    own_uids,
    pieces_of,
    replaced,
    with_additions,
)
from connectors.ical_write import calendar_text, event_text, file_stem
from connectors.limits import MOST_BYTES, MOST_FILES, refuse
from connectors.options import AccountOptions, checked
from rules.timeline import Event, Interval, Ref


class Options(AccountOptions):
    """Options of an account of type ``folder``."""

    path: str = Field(min_length=1, description="A folder of .ics files, or one .ics file; relative to the rule file")


class FolderCalendar:
    """A folder or a file as one calendar. `Ref.where` is ``file.ics`` or, for a block, ``file.ics#its UID``."""

    Options = Options
    writable = True

    def __init__(self, calendar: str | None, context: Context) -> None:
        options = checked(Options, context.account, context.options)
        if calendar is not None:
            account = context.account
            raise CalendarError(
                f"{account}/{calendar}: a folder is one calendar; write {account} without a name after it"
            )
        self.name = context.account
        self._me = options.owner()
        self._titles = context.titles
        self._path = context.base / Path(options.path).expanduser()
        self._seen: dict[tuple[str, int, int], frozenset[str]] = {}
        self._tidy = False

    def address(self) -> str:
        return f"folder:{self._path.resolve()}"

    def read(self, window: Interval, zone: ZoneInfo) -> Reading:
        files = self._files()
        bodies: dict[str, bytes | None] = {}
        left = MOST_BYTES
        for path in files:
            bodies[path.name] = body = self._read(path)
            left -= len(body or b"")
            if left < 0:
                refuse(self.name, f"it is larger than {MOST_BYTES // 1024 // 1024} MB")
        labels = {self._path.name: self._path.name} if self._is_file() else _labels(files)
        resources = [Resource(name, "", body, labels[name]) for name, body in bodies.items() if body is not None]
        reading = read_calendars(resources, self.name, window, zone, self._me, self._titles)
        return replace(reading, events=tuple(self._placed(event, bodies) for event in reading.events))

    def create(self, entry: Entry) -> Ref:
        with self._alone():
            return self._create(entry)

    def _create(self, entry: Entry) -> Ref:
        self._tidy_up()
        if any(pieces_of(self._read(path) or b"", entry.uid) for path in self._files_with(entry.uid)):
            raise Conflict(f"{self.name}: this block is there already; read again")
        event = event_text(entry)
        if self._is_file():
            body = self._read(self._path) or b""
            try:
                after = inserted(body, event)
            except ValueError:
                raise Unreadable(f"{self.name}: {self._path.name} is no calendar that can be written to") from None
            self._replace(self._path, body, after)
            return self._ref(self._path.name, after, entry.uid)
        path = self._path / f"{file_stem(entry.uid)}.ics"
        body = calendar_text(entry)
        try:
            create_file(path, body)
        except FileExistsError:
            raise Conflict(f"{self.name}: this block is there already; read again") from None
        except OSError as error:
            raise self._failed("cannot be written to", error) from None
        return self._ref(path.name, body, entry.uid)

    def update(self, ref: Ref, entry: Entry) -> Ref:
        with self._alone():
            return self._update(ref, entry)

    def _update(self, ref: Ref, entry: Entry) -> Ref:
        self._tidy_up()
        path, body, piece = self._own(ref)
        if body is None or piece is None:
            raise Conflict(f"{self.name}: a block changed or went away after it was read; read again")
        after = replaced(body, piece, with_additions(event_text(entry), body[piece.start : piece.end]))
        self._replace(path, body, after)
        return self._ref(path.name, after, entry.uid)

    def delete(self, ref: Ref) -> None:
        with self._alone():
            self._delete(ref)

    def _delete(self, ref: Ref) -> None:
        self._tidy_up()
        path, body, piece = self._own(ref)
        if body is None:
            return
        if piece is None:
            raise Conflict(f"{self.name}: a block changed after it was read; read again")
        rest = cut(body, piece)
        if self._is_file() or not is_bare(rest):
            self._replace(path, body, rest)
            return
        try:
            if path.read_bytes() != body:
                raise Conflict(f"{self.name}: a block changed after it was read; read again")
            path.unlink(missing_ok=True)
        except OSError as error:
            raise self._failed("cannot be written to", error) from None

    def close(self) -> None:
        """Nothing to let go of."""

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(alone_in(self._home()))
            except TimeoutError:
                raise CalendarError(
                    f"{self.name}: another run is writing to {self._path}; try again when it is done"
                ) from None
            yield

    def _tidy_up(self) -> None:
        """Remove what a killed run left here, before the first write."""
        if not self._tidy:
            self._tidy = True
            remove_leftovers(self._path.parent if self._is_file() else self._path)

    def _home(self) -> Path:
        """The folder that is written in."""
        return (self._path.parent if self._is_file() else self._path).resolve()

    def _is_file(self) -> bool:
        return self._path.is_file()

    def _files(self) -> list[Path]:
        """The calendar files, by name. Raises CalendarError for a missing folder and for a link that leads out of
        it."""
        try:
            if self._is_file():
                return [self._path]
            if not self._path.exists():
                raise CalendarError(f"{self.name}: there is no folder or file {self._path}; check `path`")
            found = sorted(p for p in self._path.iterdir() if p.suffix.lower() == ".ics" and p.name[:1] != ".")
            if len(found) > MOST_FILES:
                refuse(self.name, f"it has more than {MOST_FILES:,} files")
            home = self._path.resolve()
            for path in found:
                if path.is_symlink() and not path.resolve().is_relative_to(home):
                    which = _labels(found)[path.name]
                    raise CalendarError(
                        f"{self.name}: {which} is a link that leads out of the folder; put the file itself there"
                    )
        except OSError as error:
            raise self._failed("cannot be read", error) from None
        return [path for path in found if not path.is_dir()]

    def _told(self, path: Path) -> str:
        """How a file is named to people: in a folder by its place in the order of names, since programs name files
        after the event or its UID."""
        if self._is_file():
            return path.name
        try:
            return _labels(self._path.iterdir()).get(path.name, "one of its files")
        except OSError:
            return "one of its files"

    def _files_with(self, uid: str) -> list[Path]:
        """The files that hold this UID, remembered by time and size, so that writing many blocks reads each file
        once."""
        found = []
        for path in self._files():
            try:
                about = path.stat()
            except OSError as error:
                raise self._failed("cannot be read", error, path) from None
            key = (path.name, about.st_mtime_ns, about.st_size)
            if key not in self._seen:
                body = self._read(path) or b""
                self._seen[key] = frozenset(own_uids(body))
            if uid in self._seen[key]:
                found.append(path)
        return found

    def _read(self, path: Path) -> bytes | None:
        """The file's bytes; None where it went away after the folder was listed."""
        try:
            return read_file(path)
        except FileNotFoundError as error:
            if path.is_symlink():
                raise self._failed("cannot be read", error, path) from None
            return None
        except OSError as error:
            raise self._failed("cannot be read", error, path) from None

    def _replace(self, path: Path, before: bytes, after: bytes) -> None:
        try:
            if path.is_symlink():
                path = path.resolve()
            replace_file(path, after, lambda: path.read_bytes() == before)
        except NotWritten:
            raise Conflict(f"{self.name}: {self._told(path)} changed while it was being written; read again") from None
        except FileNotFoundError:
            raise Conflict(
                f"{self.name}: {self._told(path)} went away while it was being written; read again"
            ) from None
        except OSError as error:
            raise self._failed("cannot be written to", error, path) from None

    def _own(self, ref: Ref) -> tuple[Path, bytes | None, Piece | None]:
        """The file of a block, its bytes (None: the block is gone), and where in it the block stands if it is as it
        was read."""
        name, _, uid = ref.where.partition("#")
        if not uid or Path(name).name != name or name in ("", ".", ".."):
            raise CalendarError(f"{self.name}: this is not a block that session-breaks wrote")
        path = self._path if self._is_file() else self._path / name
        self._files()
        body = self._read(path)
        pieces = pieces_of(body or b"", uid)
        if body is None or not pieces:
            return path, None, None
        return path, body, next((p for p in pieces if len(pieces) == 1 and etag_of(body, p) == ref.etag), None)

    def _ref(self, name: str, body: bytes, uid: str) -> Ref:
        pieces = pieces_of(body, uid)
        return Ref(f"{name}#{uid}", etag_of(body, pieces[0]) if pieces else "")

    def _placed(self, event: Event, bodies: dict[str, bytes | None]) -> Event:
        if event.tag is None or event.ref is None:
            return event
        return replace(event, ref=self._ref(event.ref.where, bodies[event.ref.where] or b"", event.uid))

    def _failed(self, what: str, error: OSError, path: Path | None = None) -> CalendarError:
        reason = error.strerror or str(error)
        which = str(self._path) if path is None or path == self._path else f"{self._told(path)} in {self._path}"
        return CalendarError(f"{self.name}: {which} {what}: {reason}; check the path and its permissions")


def _labels(files: Iterable[Path]) -> dict[str, str]:
    """How each .ics file is named to people, by its name, and how to find it: the name itself may tell a UID."""
    names = sorted(p.name for p in files if p.suffix.lower() == ".ics" and p.name[:1] != ".")
    of = len(names)
    return {
        name: f".ics file {n} of {of} by name (`LC_ALL=C ls | grep -i '[.]ics$' | sed -n {n}p` in its folder)"
        for n, name in enumerate(names, 1)
    }
