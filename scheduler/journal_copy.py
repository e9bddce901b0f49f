"""What a journal says, for commands that write nothing where it cannot be written to: a copy in memory."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from connectors.base import CalendarError
from scheduler import journal_schema
from scheduler.journal import VERSION, Journal


class JournalCopy(Journal):
    """A journal's content as it is now, an empty one where there is no file. What is noted in it is noted nowhere.
    Raises CalendarError as a journal does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Lock()
        with self._guarded():
            self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            if path.exists():
                with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=30, uri=True)) as file:
                    file.backup(self._db)
            if journal_schema.version_of(self._db) > VERSION:
                self._db.close()
                raise CalendarError(f"{path}: written by a newer version of session-breaks; update this one")
            journal_schema.migrate(self._db)


def only_readable(path: Path) -> bool:
    """Whether a journal's file or folder can be read and not written to; where there is no folder yet, the nearest one
    above it."""
    folder = next((above for above in path.parents if os.path.lexists(above)), path.parent)
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        return False
    return not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK))
