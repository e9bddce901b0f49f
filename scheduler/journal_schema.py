"""The journal's tables, version by version, and the way from each version to the next.

Every step is one transaction that also says which version the file has then, so that a killed migration is one that
never began. A step is never changed once it was released; a new version gets a new step.
"""

from __future__ import annotations

import contextlib
import sqlite3

FIRST = """
CREATE TABLE IF NOT EXISTS block (
  owner TEXT NOT NULL, place TEXT NOT NULL, key TEXT NOT NULL,
  start INTEGER NOT NULL, end INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('intended', 'acknowledged', 'seen', 'deleted')),
  PRIMARY KEY (owner, place, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS calendar (
  practice TEXT NOT NULL, owner TEXT NOT NULL, therapist TEXT NOT NULL, place TEXT NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY (owner, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source (
  owner TEXT NOT NULL, place TEXT NOT NULL, sessions_until INTEGER NOT NULL,
  PRIMARY KEY (owner, place)
) WITHOUT ROWID
"""

_BY_ADDRESS = """
ALTER TABLE block RENAME TO block_1;
CREATE TABLE block (
  owner TEXT NOT NULL, at TEXT NOT NULL, key TEXT NOT NULL,
  start INTEGER NOT NULL, end INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('intended', 'acknowledged', 'seen', 'deleted')),
  PRIMARY KEY (owner, at, key)
) WITHOUT ROWID;
INSERT INTO block SELECT owner, 'name:' || place, key, start, end, status FROM block_1;
ALTER TABLE calendar RENAME TO calendar_1;
CREATE TABLE calendar (
  owner TEXT NOT NULL, at TEXT NOT NULL, practice TEXT NOT NULL, therapist TEXT NOT NULL, place TEXT NOT NULL,
  source TEXT NOT NULL, since INTEGER, abandoned INTEGER NOT NULL DEFAULT 0 CHECK (abandoned IN (0, 1)),
  PRIMARY KEY (owner, at)
) WITHOUT ROWID;
INSERT INTO calendar (owner, at, practice, therapist, place, source, since)
  SELECT owner, 'name:' || place, practice, therapist, place, source,
    (SELECT min(start) FROM block_1 b WHERE b.owner = c.owner AND b.place = c.place)
  FROM calendar_1 c;
DROP TABLE block_1;
DROP TABLE calendar_1;
ALTER TABLE source ADD COLUMN sessions INTEGER NOT NULL DEFAULT 1;
CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT, practice TEXT NOT NULL, made INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('sync', 'apply', 'clear', 'undo')), undoes INTEGER
);
CREATE TABLE written (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  owner TEXT NOT NULL, at TEXT NOT NULL, key TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('create', 'update', 'delete')),
  was_start INTEGER, was_end INTEGER, was_print TEXT,
  start INTEGER, end INTEGER, print TEXT, etag TEXT
);
CREATE INDEX written_by_run ON written (run)
"""

# The first version grew while it was not released: an early file of it may lack a table.
BY_ADDRESS = ";".join((FIRST, _BY_ADDRESS))

# The owner whose blocks these were under the therapist's name before, until that one's are cleared.
EARLIER_NAME = "ALTER TABLE calendar ADD COLUMN earlier TEXT"

STEPS = (FIRST, BY_ADDRESS, EARLIER_NAME)
VERSION = len(STEPS)


def version_of(db: sqlite3.Connection) -> int:
    """Which version a file has; 0 where nothing is in it yet."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection) -> None:
    """Bring a file of an older version to this one, step by step. Two programs may try at once: one waits. Raises
    sqlite3.Error, and leaves the last whole version."""
    while version_of(db) < VERSION:
        db.execute("BEGIN IMMEDIATE")
        try:
            found = version_of(db)  # another program may have been quicker
            if found < VERSION:
                for statement in STEPS[found].split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {found + 1}")
            db.execute("COMMIT")
        except BaseException:
            take_back(db)
            raise


def take_back(db: sqlite3.Connection) -> None:
    """Roll back what is open, if anything is: on a full disk SQLite has done so by itself, and a second time would be
    an error that hides the first. One that cannot be rolled back now is when the file is opened again."""
    if db.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
