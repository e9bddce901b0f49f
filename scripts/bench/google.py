"""How many requests Google gets: counted at a fake on loopback that keeps to Google's own description, by running the
command itself. No times: they would say how fast this computer is."""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

WEEKS = 16
"""With three clients a day this is close to 400 blocks."""


class Night(NamedTuple):
    """What one night asked for, by the names in Google's description (a batch as one), and what it wrote."""

    requests: Counter[str]
    written: int


def nights() -> tuple[Night, Night]:
    """A first night, and one in which nothing has changed."""
    from tests.end_to_end.practice import NOW, Practice  # not at the top: tests need what the other parts do not
    from tests.google.fake import ME, running
    from tests.google.rest import Rest

    with running(now=datetime(2026, 11, 30, 6, tzinfo=UTC)) as google, tempfile.TemporaryDirectory() as folder:
        rest = Rest(google.endpoint, "may-events")
        for name, hour in {"Client A.": 9, "Client B.": 11, "Client C.": 15}.items():
            zone, day = "Europe/London", "2026-11-30"
            times = {
                "start": {"dateTime": f"{day}T{hour:02}:00:00", "timeZone": zone},
                "end": {"dateTime": f"{day}T{hour:02}:50:00", "timeZone": zone},
            }
            weekdays = f"RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;UNTIL={'20270319' if hour == 15 else '20270331'}T235959Z"
            rest.insert({"summary": name, "recurrence": [weekdays]} | times)
        practice = Practice(Path(folder))
        account = f"lee-google: {{type: google, user: {ME}, token: {{env: TOKEN}}, endpoint: '{google.endpoint}'}}"
        practice.rules(account, "lee: {read: [lee-google], write: lee-google}")
        text = practice.file.read_text(encoding="utf-8").replace("horizon: 1 week", f"horizon: {WEEKS} weeks")
        practice.file.write_text(text, encoding="utf-8")
        found = []
        for _ in range(2):
            google.log.clear()
            ran = practice.run("sync", "--yes", now=NOW, TOKEN="may-events")  # noqa: S106 - the fake's own
            if ran.code:
                raise RuntimeError(ran.said)
            writes = google.calls("events.insert", "events.patch", "events.update", "events.delete")
            found.append(Night(Counter(google.requests()), len(writes)))
        return found[0], found[1]


def batches(night: Night) -> tuple[int, int]:
    """How many requests wrote, and how few could have."""
    writes = sum(count for name, count in night.requests.items() if name not in ("events.list", "events.get"))
    return writes, math.ceil(night.written / 50)
