"""Whatever happens in whatever order: bookings, moves, cancellations, edits by hand (also while a run writes), runs in
peace, runs that die at any write and are taken back or go on, versions that change or are missing, a calendar that
shows late what it took, and the clock that goes on. What is promised holds after each step."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from connectors import memory
from rules.loading import load_text
from rules.practice import Practice
from scheduler import runs, undoing
from scheduler.ask import open_journal
from scheduler.journal import Run
from scheduler.outcome import Failure
from scheduler.runs import Ask, Synced
from tests.end_to_end.practice import vcalendar, vevent

from .blocks import block_of_others, is_own, keys_of
from .flaky import Killed, Weather, Where, renew, run_in
from .stages import Hand

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
Texts = dict[str, bytes]
Rows = dict[str, tuple[int, int, str]]
Death = tuple[Where, int]
"""At which of a run's writes to what it dies."""
_names = itertools.count()

slots = st.tuples(st.integers(0, 5), st.integers(0, 15))  # days from the first, half hours from nine
which = st.integers(0, 1000)
hands = st.sampled_from(Hand.__args__)  # type: ignore[attr-defined]
deaths = st.one_of(
    st.tuples(st.just("calendar"), st.integers(1, 60)), st.tuples(st.just("journal"), st.integers(1, 150))
)


def when(slot: tuple[int, int]) -> datetime:
    return MONDAY.replace(hour=9) + timedelta(days=slot[0], minutes=30 * slot[1])


def body_of(name: str, slot: tuple[int, int], title: str) -> bytes:
    start = when(slot)
    times = (f"{at:%Y%m%dT%H%M%SZ}" for at in (start, start + timedelta(minutes=50)))
    return vcalendar(vevent(f"{name}@practice.invalid", *times, title=title))


def key_of(body: bytes) -> str:
    [key] = keys_of(body)
    return key


class Calendar(RuleBasedStateMachine):
    """A practice with a calendar in memory. `foreign`: what others put there; `deleted`: blocks that a hand deleted,
    `gone`: those of them that a run in peace had seen before; `seen`: those that the last such run left; `shown`: where
    the blocks are that were ever read; `words`: what a hand wrote for a title, by address; `evenings`: when a hand's
    blocks start that it moved to an evening, by key."""

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
        self.shown: set[str] = set()
        self.words: Texts = {}
        self.evenings: dict[str, bytes] = {}
        self.moved = 0

    def teardown(self) -> None:
        memory.forget(self.name)
        shutil.rmtree(self.folder)

    # What others do

    @initialize()
    def there_is_a_week(self) -> None:
        for day, half in itertools.product(range(4), (0, 6, 12)):
            self.put(f"first-{day}-{half}", (day, half))
        self.keep("theirs", block_of_others(*(when((1, half)) for half in (3, 4))))

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

    @rule(which=which, how=hands)
    def edit_a_block_by_hand(self, which: int, how: Hand) -> None:
        where = self.one_ahead(which)
        if where is not None:
            self.edit(where, how, self.seen)

    @rule(which=which, minutes=st.sampled_from([-30, 15, 60]))
    def move_a_block_by_hand(self, which: int, minutes: int) -> None:
        where = self.one_ahead(which)
        if where is not None:
            self.shift(where, timedelta(minutes=minutes))

    def edit(self, where: str, how: Hand, seen: Collection[str]) -> None:
        """What a hand does to a block. seen: keys of the blocks that were read before it did."""
        body = self.store.texts[where][1]
        key = key_of(body)
        if how == "deleted":
            del self.store.texts[where]
            self.words.pop(where, None)
            self.evenings.pop(key, None)
            self.deleted.add(key)
            if key in seen:
                self.gone.add(key)
        elif how == "renamed":
            words = f"SUMMARY:Tea with Robin {next(_names)}".encode()
            self.store.put(where, re.sub(rb"(?m)^SUMMARY:.*?(\r?)$", words + rb"\1", body))
            self.words[where] = words
        else:  # each to a minute of its own: one that a hand moves onto another goes back
            start = datetime.strptime(start_of(body).decode(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            self.moved += 1
            evening = start.replace(hour=19, minute=0) + timedelta(minutes=self.moved)
            self.shift(where, evening - start, timedelta(minutes=1))
            self.evenings[key] = f"{evening:%Y%m%dT%H%M%SZ}".encode()

    def shift(self, where: str, by: timedelta, length: timedelta | None = None) -> None:
        """A hand moves a block, and gives it another length if one is said."""
        text = self.store.texts[where][1].decode()
        self.evenings.pop(key_of(text.encode()), None)
        start, end = (
            datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) + by
            for name in ("DTSTART", "DTEND")
            if (found := re.search(rf"^{name}:(\d+T\d+)Z", text, re.MULTILINE))
        )
        for name, to in (("DTSTART", start), ("DTEND", end if length is None else start + length)):
            text = re.sub(rf"(?m)^{name}:\d+T\d+Z", f"{name}:{to:%Y%m%dT%H%M%SZ}", text)
        self.store.put(where, text.encode())

    # What we do

    @rule()
    def sync(self) -> None:
        self.in_peace()

    @rule(death=deaths, again=st.none() | deaths, late=st.booleans())
    def die_and_sync(self, death: Death, again: Death | None, late: bool) -> None:
        """As often as one likes, and a run before which the calendar shows late what it took; then the calendar and the
        journal are those of a run that never died."""
        before, undisturbed, shown = dict(self.store.texts), self.folder / "undisturbed", set(self.shown)
        if self.state.exists():
            shutil.copytree(self.state, undisturbed)
        self.in_peace(undisturbed)
        wanted, rows = self.own(), self.rows(undisturbed)
        shutil.rmtree(undisturbed)
        self.store.texts, self.shown = before, shown
        for one in (death, again) if again else (death,):
            self.die(one)
        if late:
            self.sync_while_the_calendar_shows_late_what_it_took()
            self.no_block_is_there_twice()
        self.in_peace()
        assert self.own() == wanted
        assert self.rows(self.state) == rows

    @rule(death=deaths)
    def die(self, death: Death) -> None:
        what, kill_at = death
        try:
            with run_in(Weather(killed=what, kill_at=kill_at, shown=self.shown)):
                self.run(self.state)
        except Killed:
            pass

    @rule(death=deaths)
    def die_and_undo(self, death: Death) -> None:
        """Nothing of what the dead run wrote is left but what `undo` says it leaves."""
        before, known = self.times(), [run.id for _, run, _ in self.runs()]
        self.die(death)
        if self.times() == before:
            return
        [(practice, run, _), *_] = self.runs()
        assert run.id not in known, "the run is not known that wrote this"
        journal = open_journal(self.state)
        try:
            backs, failures = undoing.look(practice, run, self.ask(self.state), journal)
            _, _, more = undoing.take_back(practice, run, self.ask(self.state), journal, backs)
        finally:
            journal.close()
        assert (failures, more) == ([], [])
        left = {one.block.key for back in backs for one in back.left}
        after = self.times()
        assert {key for key in {*before, *after} if before.get(key) != after.get(key)} <= left

    @rule()
    def sync_while_the_calendar_shows_late_what_it_took(self) -> None:
        self.sync_in(Weather(late=True, shown=self.shown))

    @rule(missing=st.integers(0, 3), changes=st.integers(0, 4))
    def sync_while_versions_are_missing_or_change(self, missing: int, changes: int) -> None:
        self.sync_in(Weather(missing=missing, changes=changes, shown=self.shown))

    @rule(at=st.integers(1, 12), which=which, how=hands)
    def sync_while_a_hand_edits_a_block(self, at: int, which: int, how: Hand) -> None:
        """The one that is about to be written; where a new one is, any other that was read."""
        read = {where: key_of(body) for where, body in self.own().items()}

        def hand(action: str, where: str | None) -> None:
            where = where or self.one_ahead(which)
            if where in read and start_of(self.store.texts[where][1]) > self.clock:
                self.edit(where, how, () if action == "delete" else read.values())

        with run_in(Weather(hand_at=at, hand=hand, shown=self.shown)):
            done = self.run(self.state)
        assert self.errors(done) == []
        self.seen = set(map(key_of, self.own().values()))

    def sync_in(self, weather: Weather) -> None:
        """It may end with a word; nothing is lost or doubled, and the next run in peace goes on."""
        with run_in(weather):
            done = self.run(self.state)
        if self.errors(done):
            assert all("after 3 tries" in error for error in self.errors(done))
        elif not weather.late:
            self.seen = set(map(key_of, self.own().values()))

    # What is promised

    @invariant()
    def nobody_elses_event_is_changed(self) -> None:
        assert {where: body for where, (_, body) in self.store.texts.items() if not is_own(body)} == self.foreign

    @invariant()
    def no_block_is_there_twice(self) -> None:
        """A session that moves ahead after its break began gets another one, under the next number."""
        every = [key_of(body) for body in self.own().values()]
        ahead = [re.sub(r"/after/\d+$", "/after", key_of(b)) for b in self.own().values() if start_of(b) > self.clock]
        assert len(every) == len(set(every))
        assert len(ahead) == len(set(ahead))

    @invariant()
    def what_a_hand_deleted_stays_deleted(self) -> None:
        assert not self.gone & set(map(key_of, self.own().values()))

    @invariant()
    def only_a_hand_deletes_by_hand(self) -> None:
        if self.state.exists():
            assert {key for key, (_, _, status) in self.rows(self.state).items() if status == "deleted"} <= self.deleted

    @invariant()
    def what_a_hand_wrote_is_never_lost(self) -> None:
        assert all(
            where in self.store.texts and words in self.store.texts[where][1] for where, words in self.words.items()
        )

    @invariant()
    def what_a_hand_moved_to_an_evening_is_there_or_gone(self) -> None:
        stand = {key_of(body): start_of(body) for body in self.own().values()}
        assert {key: at for key, at in self.evenings.items() if stand.get(key, at) != at} == {}

    # How

    @property
    def clock(self) -> bytes:
        return f"{self.now:%Y%m%dT%H%M%SZ}".encode()

    def runs(self) -> list[tuple[Practice, Run, dict[str, int]]]:
        """Those that the journal knows, the last one first."""
        journal = open_journal(self.state)
        try:
            return undoing.runs(journal, [self.practice])
        finally:
            journal.close()

    def times(self) -> Texts:
        """When our blocks start, by key."""
        return {key_of(body): start_of(body) + end_of(body) for body in self.own().values()}

    def in_peace(self, state: Path | None = None) -> None:
        """A run in which nothing goes wrong; after it there is nothing to do."""
        done = self.run(state or self.state)
        assert self.errors(done) == []
        [left] = runs.preview([self.practice], self.ask(state or self.state))
        assert not isinstance(left, Failure), left.message
        assert left.writes == (), [(c.action, c.block.key) for c in left.writes]
        self.seen = set(map(key_of, self.own().values()))
        self.shown |= self.own().keys()

    def run(self, state: Path) -> Synced:
        return runs.sync([self.practice], self.ask(state))

    def ask(self, state: Path) -> Ask:
        return Ask(now=self.now, state=state, yes=True, force=True)

    def errors(self, done: Synced) -> Sequence[str]:
        return [result.message for result in done.results if isinstance(result, Failure)]

    def put(self, name: str, slot: tuple[int, int], title: str = "Client A.") -> None:
        self.keep(name, body_of(name, slot, title))

    def keep(self, name: str, body: bytes) -> None:
        """Somebody else's entry."""
        self.foreign[f"{name}.ics"] = body
        self.store.put(f"{name}.ics", body)

    def own(self) -> Texts:
        return {where: body for where, (_, body) in sorted(self.store.texts.items()) if is_own(body)}

    def one_ahead(self, which: int) -> str | None:
        """Where one of our blocks that are to come is."""
        ahead = [where for where, body in self.own().items() if self.clock < start_of(body)]
        return ahead[which % len(ahead)] if ahead else None

    def rows(self, state: Path) -> Rows:
        """The journal, as SQLite has it."""
        path = state / "journal.sqlite3"
        if not path.exists() or not path.stat().st_size:
            return {}
        with closing(sqlite3.connect(path)) as db:
            found = db.execute("SELECT key, start, end, status FROM block").fetchall()
        return {key: (start, end, status) for key, start, end, status in found}


def start_of(body: bytes, name: bytes = b"DTSTART") -> bytes:
    found = re.search(rb"^" + name + rb":(\S+)", body, re.MULTILINE)
    assert found
    return found[1]


def end_of(body: bytes) -> bytes:
    return start_of(body, b"DTEND")


TestCalendar = Calendar.TestCase
TestCalendar.settings = (
    settings(max_examples=150, stateful_step_count=30, deadline=None)
    if os.environ.get("FAULTS") == "1"  # all of it
    else settings(max_examples=40, stateful_step_count=20, deadline=None)
)
