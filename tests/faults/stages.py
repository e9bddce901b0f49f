"""The servers that things go wrong on: filled and looked at by nothing that the code under test uses (but for
a block that another practice wrote), and put back between two faults to how they were."""

from __future__ import annotations

import contextlib
import copy
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urljoin, urlsplit

from connectors.base import Entry
from connectors.google_events import TAG, body_of
from connectors.ical_write import calendar_text, file_stem
from connectors.ownership import UID_DOMAIN
from tests import servers
from tests.end_to_end.practice import vcalendar, vevent
from tests.google import myworld
from tests.google.calendars import Json
from tests.google.fake import ME, Fake, running
from tests.google.rest import Rest
from tests.google.stages import private
from tests.servers import PASSWORD, USER, RunningServer

from .blocks import OTHERS, is_own
from .weeks import FIRST, Meeting

Entries = dict[str, bytes]
"""Everything in a calendar: names with all that is kept of each."""


Hand = Literal["moved", "deleted", "renamed"]
LATE = ("20261214T190000Z", "20261214T191000Z")
"""Where a hand moves a block: an evening on which nothing is."""
TEA = "Tea with Robin"


class Stage(Protocol):
    """A calendar on a server. `port`: where it listens; `secret`: the environment that its login needs."""

    name: str
    port: int
    secret: dict[str, str]

    def account(self, port: int, more: str = "") -> str:
        """The account in a rule file, its server at this port. more: further options."""
        ...

    def put(self, meeting: Meeting) -> None:
        """Make somebody else's event, or replace it."""
        ...

    def put_block(self, entry: Entry) -> None:
        """Make a block, as another practice's run would."""
        ...

    def delete(self, name: str) -> None: ...

    def take(self, name: str) -> None:
        """Put somebody else's event where one of our blocks would go, with its id."""
        ...

    def edit(self, name: str, how: Hand) -> None:
        """Do to one of our own blocks what a hand does in a calendar program."""
        ...

    def own(self) -> Entries: ...

    def foreign(self) -> Entries: ...

    def keep(self) -> None:
        """Remember the calendar as it is, for `restore`."""
        ...

    def restore(self) -> None: ...


def ical(meeting: Meeting) -> bytes:
    weekly = ["RRULE:FREQ=WEEKLY"] if meeting.weekly else []
    times = (f"{at:%Y%m%dT%H%M%S}" for at in (meeting.start, meeting.end))
    return vcalendar(vevent(f"{meeting.name}@practice.invalid", *times, *weekly, title=meeting.title))


def edited(body: bytes, how: Hand) -> bytes:
    text = body.decode()
    if how == "renamed":
        return re.sub(r"(?m)^SUMMARY:.*?(\r?)$", rf"SUMMARY:{TEA}\1", text).encode()
    for name, to in zip(("DTSTART", "DTEND"), LATE, strict=True):
        text, count = re.subn(rf"(?m)^{name}:\w+", f"{name}:{to}", text)
        assert count == 1
    return text.encode()


def is_late(body: bytes) -> bool:
    """Whether a block is where a hand moved it."""
    return b"DTSTART:" + LATE[0].encode() in body or b"2026-12-14T19:00:00" in body


TAKEN = Meeting("taken", TEA, *(datetime.strptime(at, "%Y%m%dT%H%M%SZ") for at in LATE))  # noqa: DTZ007 - in London


class DavStage:
    """A calendar in a server whose collections are folders. `folder`: the calendar's."""

    def __init__(self, server: RunningServer, folder: Path, kept: Path) -> None:
        self.name, self.server, self.folder, self._kept = server.name, server, folder, kept
        self.port = urlsplit(server.root).port or 0
        self.url = server.make_calendar("work")
        self.secret = {"SECRET": PASSWORD} if server.user else {}
        assert folder.is_dir()

    def account(self, port: int, more: str = "") -> str:
        url = self.url.replace(f":{self.port}/", f":{port}/")
        login = f", user: {USER}, password: {{env: SECRET}}" if self.server.user else ""
        return f"{{type: caldav, url: '{url}'{login}{more}}}"

    def put(self, meeting: Meeting) -> None:
        self.server.put(f"{self.url}{meeting.name}.ics", ical(meeting))

    def put_block(self, entry: Entry) -> None:
        self.server.put(f"{self.url}{file_stem(entry.uid)}.ics", calendar_text(entry))

    def take(self, name: str) -> None:
        uid = f"{name.rpartition('/')[2].removesuffix('.ics')}@{UID_DOMAIN}"
        body = ical(TAKEN).replace(b"taken@practice.invalid", uid.encode())
        self.server.put(urljoin(self.server.root, name), body)

    def delete(self, name: str) -> None:
        self.server.delete(f"{self.url}{name}.ics")

    def edit(self, name: str, how: Hand) -> None:
        url = urljoin(self.server.root, name)
        if how == "deleted":
            self.server.delete(url)
        else:
            self.server.put(url, edited(self.server.get(url), how))

    def own(self) -> Entries:
        return {name: body for name, body in self._all().items() if is_own(body)}

    def foreign(self) -> Entries:
        return {name: body for name, body in self._all().items() if not is_own(body)}

    def _all(self) -> Entries:
        """Every entry, asked of the server in one request."""
        from lxml import etree

        dav, cal = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
        query = (
            '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:getetag/>'
            '<c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>'
        )
        headers = {"Depth": "1", "Content-Type": "application/xml"}
        status, _, text = self.server.request("REPORT", self.url, query.encode(), headers)
        assert status == 207, text
        found = {}
        for node in etree.fromstring(text).iter(f"{dav}response"):
            body = next(node.iter(f"{cal}calendar-data")).text
            found[node.findtext(f"{dav}href")] = body.encode()
        return found

    def keep(self) -> None:
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.copytree(self.folder, self._kept)

    def restore(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept, self.folder)


class FolderStage:
    """A folder of .ics files: no server, and nothing in the way of its own disk."""

    name = "Folder"
    port = 0

    def __init__(self, folder: Path) -> None:
        self.folder, self._kept = folder / "diary", folder / "kept"
        self.folder.mkdir()
        self.secret: dict[str, str] = {}

    def account(self, _port: int, more: str = "") -> str:
        return f"{{type: folder, path: '{self.folder}'{more}}}"

    def put(self, meeting: Meeting) -> None:
        (self.folder / f"{meeting.name}.ics").write_bytes(ical(meeting))

    def put_block(self, entry: Entry) -> None:
        (self.folder / f"{file_stem(entry.uid)}.ics").write_bytes(calendar_text(entry))

    def take(self, name: str) -> None:
        raise NotImplementedError  # there is no request that one could be between

    def delete(self, name: str) -> None:
        (self.folder / f"{name}.ics").unlink()

    def edit(self, name: str, how: Hand) -> None:
        raise NotImplementedError  # there is no request that one could be between

    def own(self) -> Entries:
        return {path.name: body for path in self.folder.iterdir() if is_own(body := path.read_bytes())}

    def foreign(self) -> Entries:
        return {path.name: body for path in self.folder.iterdir() if not is_own(body := path.read_bytes())}

    def keep(self) -> None:
        shutil.copytree(self.folder, self._kept)

    def restore(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept, self.folder)


class GoogleStage:
    """A calendar of Google's, wherever it is played."""

    name = "Google"

    def __init__(self, endpoint: str, token: str) -> None:
        self.port = urlsplit(endpoint).port or 0
        self.rest = Rest(endpoint, token)
        self.secret = {"GOOGLE_TOKEN": token}

    def account(self, port: int, more: str = "") -> str:
        endpoint = self.rest.endpoint.replace(f":{self.port}/", f":{port}/")
        return f"{{type: google, user: {ME}, token: {{env: GOOGLE_TOKEN}}, endpoint: '{endpoint}'{more}}}"

    def put(self, meeting: Meeting) -> None:
        times = {
            name: {"dateTime": at.isoformat(), "timeZone": "Europe/London"}
            for name, at in (("start", meeting.start), ("end", meeting.end))
        }
        if self.rest.events("GET", meeting.name).status == 200:
            assert self.rest.events("PATCH", meeting.name, times).status == 200
        else:
            weekly = {"recurrence": ["RRULE:FREQ=WEEKLY"]} if meeting.weekly else {}
            self.rest.insert({"id": meeting.name, "summary": meeting.title, **times, **weekly})

    def put_block(self, entry: Entry) -> None:
        self.rest.insert(body_of(entry, None, focus_time=False))

    def take(self, name: str) -> None:
        self.put(replace(TAKEN, name=name))

    def delete(self, name: str) -> None:
        assert self.rest.events("DELETE", name).status == 204

    def edit(self, name: str, how: Hand) -> None:
        if how == "deleted":
            return self.delete(name)
        start, end = (f"{datetime.strptime(at, '%Y%m%dT%H%M%SZ').isoformat()}Z" for at in LATE)  # noqa: DTZ007 - in UTC
        moved = {"start": {"dateTime": start}, "end": {"dateTime": end}}
        assert self.rest.events("PATCH", name, {"summary": TEA} if how == "renamed" else moved).status == 200
        return None

    def own(self) -> Entries:
        return {
            event["id"]: json.dumps({k: v for k, v in event.items() if k not in LIVELY}, sort_keys=True).encode()
            for event in self.rest.all(maxResults=250)
            if is_ours(event)
        }

    def foreign(self) -> Entries:
        return {
            event["id"]: json.dumps(event, sort_keys=True).encode()
            for event in self.rest.all(maxResults=250)
            if not is_ours(event)
        }

    def keep(self) -> None:
        raise NotImplementedError

    def restore(self) -> None:
        raise NotImplementedError


def is_ours(event: Json) -> bool:
    return OTHERS not in private(event).get(TAG, OTHERS)


class MyworldStage(GoogleStage):
    """As myworld plays it: one request for each block."""

    def __init__(self, running: myworld.Running) -> None:
        account = running.account(ME)
        super().__init__(account.endpoint, account.token)
        self._world = f"/envs/{account.world}"
        self._kept = ""

    def keep(self) -> None:
        self._kept = myworld.asked(self.port, "POST", f"{self._world}/snapshot", {})["snapshot_id"]

    def restore(self) -> None:
        myworld.asked(self.port, "POST", f"{self._world}/restore", {"snapshot_id": self._kept})


class FakeStage(GoogleStage):
    """As this project's fake plays it: fifty blocks in one request, and conditions."""

    name = "Google in batches"

    def __init__(self, fake: Fake) -> None:
        super().__init__(fake.endpoint, "may-events")
        self.fake = fake
        self._kept: Any = None

    def keep(self) -> None:
        self._kept = copy.deepcopy(self.fake.world.calendars)

    def restore(self) -> None:
        self.fake.world.calendars = copy.deepcopy(self._kept)


LIVELY = frozenset({"etag", "created", "updated", "sequence"})
"""What the server itself keeps of when and how often an event was written."""


@contextlib.contextmanager
def radicale(folder: Path) -> Iterator[DavStage]:
    with servers.radicale(folder / "server") as server:
        there = folder / "server" / "collections" / "collection-root" / USER / "work"
        yield DavStage(server, there, folder / "kept")


@contextlib.contextmanager
def xandikos(folder: Path) -> Iterator[DavStage]:
    with servers.xandikos(folder / "server") as server:
        there = folder / "server" / "data" / USER / "calendars" / "work"
        yield DavStage(server, there, folder / "kept")


@contextlib.contextmanager
def on_disk(folder: Path) -> Iterator[FolderStage]:
    yield FolderStage(folder)


@contextlib.contextmanager
def google(folder: Path) -> Iterator[GoogleStage]:
    with myworld.running(folder) as server:
        yield MyworldStage(server)


@contextlib.contextmanager
def google_in_batches(_folder: Path) -> Iterator[GoogleStage]:
    with running(now=datetime.fromisoformat(FIRST)) as fake:
        yield FakeStage(fake)
