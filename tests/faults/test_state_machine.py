"""Whatever happens in whatever order: bookings, moves, cancellations, edits by hand, runs in peace, runs that die at
any write, versions that change or are missing, and the clock that goes on. What is promised holds after each step."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from connectors import memory
from rules.loading import load_text
from scheduler import runs
from scheduler.outcome import Failure
from scheduler.runs import Ask, Synced
from tests.end_to_end.practice import vcalendar, vevent

from .flaky import Killed, Weather, renew, run_in

MONDAY = datetime(2026, 11, 30, 6, tzinfo=UTC)
RULES = """\
practice: Elm Street Practice
id: elmstr33
timezone: Europe/London
horizon: 4 days
working_hours: {mon-sun: 09:00-18:00}
kinds: {individual: {length: 50 min}}
sessions: [{title: "Client*", kind: individual}]
breaks: {after: 10 min}
protect: [{name: Lunch, length: 45 min, at_least: 30 min, between: 11:30-14:00, ideally: 12:30}]
accounts: {book: {type: memory, store: STORE}}
therapists: {lee: {read: [book], write: book}}
"""
TAG = b"X-SESSION-BREAKS"
Texts = dict[str, bytes]
Rows = dict[str, tuple[int, int, str]]
_names = itertools.count()

slots = st.tuples(st.integers(0, 5), st.integers(0, 15))  # days from the first, half hours from nine
which = st.integers(0, 1000)


def when(slot: tuple[int, int]) -> datetime:
    return MONDAY.replace(hour=9) + timedelta(days=slot[0], minutes=30 * slot[1])


def body_of(name: str, slot: tuple[int, int], title: str) -> bytes:
    start = when(slot)
    times = (f"{at:%Y%m%dT%H%M%SZ}" for at in (start, start + timedelta(minutes=50)))
    return vcalendar(vevent(f"{name}@practice.invalid", *times, title=title))


def key_of(body: bytes) -> str:
    """The key in a block's tag, read by nothing of the code under test."""
    found = re.search(rb"key=(.*?)\\?;", body.replace(b"\r\n ", b"").replace(b"\n ", b""))
    assert found, "a block without a key"
    return found[1].decode()


class Calendar(RuleBasedStateMachine):
    """A practice with a calendar in memory. `foreign`: what others put there; `deleted`: blocks that a hand deleted,
    `gone`: those of them that a run in peace had seen before; `seen`: those that the last such run left."""

    sessions: Bundle[str] = Bundle("sessions")

    def __init__(self) -> None:
        super().__init__()
        self.name = f"machine-{next(_names)}"
        self.store = memory.store(self.name)
        self.folder = Path(tempfile.mkdtemp())
        self.state = self.folder / "state"
        self.practice = load_text(RULES.replace("STORE", self.name), str(self.folder / "practice.yaml"))
        self.now = MONDAY
        self.foreign: Texts = {}
        self.gone: set[str] = set()
        self.deleted: set[str] = set()
        self.seen: set[str] = set()

    def teardown(self) -> None:
        memory.forget(self.name)
        shutil.rmtree(self.folder)

    # What others do

    @initialize()
    def there_is_a_week(self) -> None:
        for day, half in itertools.product(range(4), (0, 6, 12)):
            self.put(f"first-{day}-{half}", (day, half))

    @rule(target=sessions, slot=slots, title=st.sampled_from(["Client A.", "Client B.", "Dentist"]))
    def book(self, slot: tuple[int, int], title: str) -> str:
        name = f"booked-{next(_names)}"
        self.put(name, slot, title)
        return name

    @rule(name=sessions, slot=slots)
    def move(self, name: str, slot: tuple[int, int]) -> None:
        self.put(name, slot)

    @rule(name=consumes(sessions))
    def cancel(self, name: str) -> None:
        del self.store.texts[f"{name}.ics"], self.foreign[f"{name}.ics"]

    @rule(hours=st.integers(1, 30))
    def time_goes_on(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def all_versions_become_others(self) -> None:
        renew(self.store)

    # What the therapist does to our blocks

    @rule(which=which)
    def delete_a_block_by_hand(self, which: int) -> None:
        where = self.one_ahead(which)
        if where is not None:
            key = key_of(self.store.texts.pop(where)[1])
            self.deleted.add(key)
            if key in self.seen:
                self.gone.add(key)

    @rule(which=which, minutes=st.sampled_from([-30, 15, 60]))
    def move_a_block_by_hand(self, which: int, minutes: int) -> None:
        where = self.one_ahead(which)
        if where is not None:
            text = self.store.texts[where][1].decode()
            for name in ("DTSTART", "DTEND"):
                found = re.search(rf"^{name}:(\d+T\d+)Z", text, re.MULTILINE)
                assert found
                to = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) + timedelta(minutes=minutes)
                text = text.replace(found[0], f"{name}:{to:%Y%m%dT%H%M%SZ}")
            self.store.put(where, text.encode())

    # What we do

    @rule()
    def sync(self) -> None:
        self.in_peace()

    @rule(kill_at=st.integers(1, 120), again=st.integers(0, 30))
    def die_and_sync(self, kill_at: int, again: int) -> None:
        """As often as one likes; then the calendar and the journal are those of a run that never died."""
        before, undisturbed = dict(self.store.texts), self.folder / "undisturbed"
        if self.state.exists():
            shutil.copytree(self.state, undisturbed)
        self.in_peace(undisturbed)
        wanted, rows = self.own(), self.rows(undisturbed)
        shutil.rmtree(undisturbed)
        self.store.texts = before
        for number in (kill_at, again) if again else (kill_at,):
            self.die(number)
        self.in_peace()
        assert self.own() == wanted
        assert self.rows(self.state) == rows

    @rule(kill_at=st.integers(1, 120))
    def die(self, kill_at: int) -> None:
        try:
            with run_in(Weather(kill_at=kill_at)):
                self.run(self.state)
        except Killed:
            pass

    @rule(missing=st.integers(0, 3), changes=st.integers(0, 4))
    def sync_while_versions_are_missing_or_change(self, missing: int, changes: int) -> None:
        """It may end with a word; nothing is lost or doubled, and the next run in peace goes on."""
        with run_in(Weather(missing=missing, changes=changes)):
            done = self.run(self.state)
        if self.errors(done):
            assert all("after 3 tries" in error for error in self.errors(done))
        else:
            self.seen = set(map(key_of, self.own().values()))

    # What is promised

    @invariant()
    def nobody_elses_event_is_changed(self) -> None:
        assert {where: body for where, (_, body) in self.store.texts.items() if TAG not in body} == self.foreign

    @invariant()
    def no_block_is_there_twice(self) -> None:
        """A session that moves ahead after its break began gets another one, under the next number."""
        now = f"{self.now:%Y%m%dT%H%M%SZ}".encode()
        every = [key_of(body) for body in self.own().values()]
        ahead = [re.sub(r"/after/\d+$", "/after", key_of(b)) for b in self.own().values() if start_of(b) > now]
        assert len(every) == len(set(every))
        assert len(ahead) == len(set(ahead))

    @invariant()
    def what_a_hand_deleted_stays_deleted(self) -> None:
        assert not self.gone & set(map(key_of, self.own().values()))

    @invariant()
    def only_a_hand_deletes_by_hand(self) -> None:
        if self.state.exists():
            assert {key for key, (_, _, status) in self.rows(self.state).items() if status == "deleted"} <= self.deleted

    # How

    def in_peace(self, state: Path | None = None) -> None:
        """A run in which nothing goes wrong; after it there is nothing to do."""
        done = self.run(state or self.state)
        assert self.errors(done) == []
        [left] = runs.preview([self.practice], self.ask(state or self.state))
        assert not isinstance(left, Failure), left.message
        assert left.writes == (), [(c.action, c.block.key) for c in left.writes]
        self.seen = set(map(key_of, self.own().values()))

    def run(self, state: Path) -> Synced:
        return runs.sync([self.practice], self.ask(state))

    def ask(self, state: Path) -> Ask:
        return Ask(now=self.now, state=state, yes=True, force=True)

    def errors(self, done: Synced) -> Sequence[str]:
        return [result.message for result in done.results if isinstance(result, Failure)]

    def put(self, name: str, slot: tuple[int, int], title: str = "Client A.") -> None:
        self.foreign[f"{name}.ics"] = body_of(name, slot, title)
        self.store.put(f"{name}.ics", self.foreign[f"{name}.ics"])

    def own(self) -> Texts:
        return {where: body for where, (_, body) in sorted(self.store.texts.items()) if TAG in body}

    def one_ahead(self, which: int) -> str | None:
        """Where one of our blocks that are to come is."""
        ahead = [where for where, body in self.own().items() if f"{self.now:%Y%m%dT%H%M%SZ}".encode() < start_of(body)]
        return ahead[which % len(ahead)] if ahead else None

    def rows(self, state: Path) -> Rows:
        """The journal, as SQLite has it."""
        path = state / "journal.sqlite3"
        if not path.exists() or not path.stat().st_size:
            return {}
        with closing(sqlite3.connect(path)) as db:
            found = db.execute("SELECT key, start, end, status FROM block").fetchall()
        return {key: (start, end, status) for key, start, end, status in found}


def start_of(body: bytes) -> bytes:
    found = re.search(rb"^DTSTART:(\S+)", body, re.MULTILINE)
    assert found
    return found[1]


TestCalendar = Calendar.TestCase
TestCalendar.settings = (
    settings(max_examples=150, stateful_step_count=30, deadline=None)
    if os.environ.get("FAULTS") == "1"  # all of it
    else settings(max_examples=40, stateful_step_count=20, deadline=None)
)
