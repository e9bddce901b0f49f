"""The sample practice that `demo` plans for: two therapists, five weeks from Monday 23 November 2026, all invented.

``riverside.yaml`` is the rule file; ``lee/`` and ``noor/`` are their calendars, a file for each event, as `folder`
accounts read them. Made to be looked at on 2026-11-23 at 06:00 UTC (`NOW`). What stands in them, and why:

lee
    Weekly clients (``client-*``), a couple every other week (``couple-c3``), EMDR that ends by UNTIL on 15
    December (``client-b2``), a group on Thursday evenings that ends by COUNT on 17 December
    (``evening-group``), a weekly staff meeting. Mondays have five sessions, three of them in a row, so that the rest
    of the day is held. Where Thursday begins at 09:00, the group makes the day longer than ten hours. One extra
    session on 30 November makes six (over the limit); one on 27 November leaves two minutes for the break before
    it. ``client-a3`` is cancelled on 7 December (EXDATE); ``client-d1`` moves from 3 to 4 December
    (RECURRENCE-ID). An appointment on 3 December leaves half an hour for lunch. Without effect: a birthday marked
    busy all day, an event marked free (2 December), an invitation that lee declined (8 December).
noor
    A smaller practice without Wednesdays; Thursdays have four sessions, noor's limit. Annual leave from 7 to 11
    December as an all-day event, with one session that somebody forgot to cancel. Supervision every other week
    is busy, no session, and all that the preset's 90 minutes a month ask for.
both
    Christmas Day, a public holiday within the five weeks; Friday's sessions are cancelled on it.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from shutil import copyfile

NOW = "2026-11-23T06:00:00+00:00"
RULE_FILE = "riverside.yaml"
CALENDARS = ("lee", "noor")


def copy_to(folder: Path) -> Path:
    """Copy the sample practice into `folder` (made if it is not there) and return the path of its rule file.

    Files of the same names are replaced, others stay. Raises OSError where the folder cannot be written.
    """
    with as_file(files(__name__)) as source:
        folder.mkdir(parents=True, exist_ok=True)
        for name in CALENDARS:
            (folder / name).mkdir(exist_ok=True)
            for event in sorted((source / name).glob("*.ics")):
                copyfile(event, folder / name / event.name)
        copyfile(source / RULE_FILE, folder / RULE_FILE)
    return folder / RULE_FILE
