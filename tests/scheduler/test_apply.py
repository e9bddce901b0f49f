"""Carrying a plan out: what is written, in which order, and that a run may be killed anywhere and started again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors import memory, ownership
from connectors.base import CalendarError, Conflict, Context, Entry, Reading
from connectors.memory import MemoryCalendar
from rules.loading import load_text
from rules.practice import Practice
from rules.timeline import Interval, Ref
from scheduler import apply, night
from scheduler.desk import Desk
from scheduler.journal import Journal
from scheduler.outcome import Outcome
from scheduler.plan import own_blocks
from tests.days import LONDON, span

NOW = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
RULES = """
practice: Riverside Counselling
id: 7f3k9q2m
timezone: Europe/London
horizon: 4 days
working_hours: {mon-fri: 09:00-18:00}
accounts: {book: {type: memory, store: STORE}}
kinds: {individual: {length: 50 min}, emdr: {length: 90 min, heavy: yes, after: 30 min}}
bookable: [individual]
sessions: [{title: "*EMDR*", kind: emdr}, {title: "session*", kind: individual}]
breaks: {before: 5 min, after: 10 min, at_least: 5 min}
limits: {per_day: {sessions: 4}}
protect: [{name: Lunch, length: 45 min, at_least: 30 min, between: 11:30-14:00, ideally: 12:30}]
therapists: {lee: {read: [book], write: book}}
"""
MONDAY = {
    "a": ("20261201T090000Z", "20261201T095000Z", "session"),
    "b": ("20261201T110000Z", "20261201T123000Z", "first EMDR"),
    "c": ("20261202T100000Z", "20261202T105000Z", "session"),
    "d": ("20261202T140000Z", "20261202T145000Z", "session"),
    "e": ("20261202T150000Z", "20261202T155000Z", "session"),
    "f": ("20261202T160000Z", "20261202T165000Z", "session"),
    "g": ("20261203T100000Z", "20261203T110000Z", "dentist"),
}
# What changes until the second night: one moved, one cancelled, one new.
TUESDAY = {k: v for k, v in MONDAY.items() if k != "e"} | {
    "c": ("20261202T120000Z", "20261202T125000Z", "session"),
    "h": ("20261204T090000Z", "20261204T095000Z", "session"),
}


class KilledError(BaseException):
    """The process ends here."""


class Fuse:
    """Counts the steps of a run, each write to calendar or journal, and ends it at one of them."""

    def __init__(self, blow_at: int = 0) -> None:
        self.blow_at = blow_at
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.blow_at:
            raise KilledError


class FusedCalendar(MemoryCalendar):
    """A calendar in memory that may be killed before and after each write; it notes what it wrote."""

    fuse = Fuse()
    log: list[str]

    def _around(self, what: str, write: Callable[[], Ref | None]) -> Ref | None:
        self.fuse.step()
        made = write()
        self.log.append(what)
        self.fuse.step()
        return made

    def create(self, entry: Entry) -> Ref:
        return self._around(f"create {entry.tag.key}", lambda: super(FusedCalendar, self).create(entry)) or Ref("", "")

    def update(self, ref: Ref, entry: Entry) -> Ref:
        made = self._around(f"update {entry.tag.key}", lambda: super(FusedCalendar, self).update(ref, entry))
        return made or Ref("", "")

    def delete(self, ref: Ref) -> None:
        self._around("delete", lambda: super(FusedCalendar, self).delete(ref))


class FusedDesk(Desk):
    """A desk whose one calendar is fused."""

    def __init__(self, practice: Practice, state: Path, journal: Journal, fuse: Fuse) -> None:
        super().__init__(practice, state, journal, NOW)
        options = practice.accounts["book"].options
        context = Context(account="book", options=dict(options), secret=str, base=state, state=state, now=NOW)
        self.book = FusedCalendar(None, context)
        self.book.fuse = fuse
        self.book.log = []
        self._open["book"] = self.book


class Night:
    """One practice with its calendar in memory and its state folder."""

    def __init__(self, store: str, folder: Path, rules: str = RULES) -> None:
        self.store = store
        self.folder = folder
        self.practice = load_text(rules.replace("STORE", store), str(folder / "riverside.yaml"))
        self.rules = self.practice.therapists["lee"]
        self.owner = ownership.owner_of(self.practice.id, "lee")

    def put(self, events: dict[str, tuple[str, str, str]]) -> None:
        """Make the therapist's own events these and no others."""
        texts = memory.store(self.store).texts
        for where in [w for w, (_, body) in texts.items() if b"X-SESSION-BREAKS" not in body]:
            del texts[where]
        for uid, (start, end, title) in events.items():
            lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Invented//EN", "BEGIN:VEVENT", f"UID:{uid}"]
            lines += ["DTSTAMP:20261101T000000Z", f"DTSTART:{start}", f"DTEND:{end}", f"SUMMARY:{title}"]
            lines += ["END:VEVENT", "END:VCALENDAR", ""]
            memory.store(self.store).put(f"{uid}.ics", "\r\n".join(lines).encode())

    @contextmanager
    def desk(self, fuse: Fuse) -> Iterator[FusedDesk]:
        journal = Journal(self.folder / "journal.sqlite3")
        journal._db.execute("PRAGMA synchronous = OFF")  # what is killed here is no machine
        try:
            with FusedDesk(self.practice, self.folder, journal, fuse) as desk:
                yield desk
        finally:
            journal.close()

    def run(self, fuse: Fuse | None = None) -> tuple[Outcome, list[str]]:
        """One night's run; gives what was planned and what was written, in order."""
        with self.desk(fuse or Fuse()) as desk:
            window = night.window_for(self.rules, NOW)
            done = night.run_once(
                self.practice,
                self.rules,
                window,
                desk,
                allow=lambda _: None,
                progress=lambda _: (fuse or Fuse()).step(),
                agreed=True,
            )
            assert isinstance(done, tuple)
            return done[0], desk.book.log

    def calendar(self) -> dict[str, bytes]:
        return {where: body for where, (_, body) in memory.store(self.store).texts.items()}

    def foreign(self) -> dict[str, bytes]:
        return {where: body for where, body in self.calendar().items() if b"X-SESSION-BREAKS" not in body}


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Callable[[str], Night]]:
    made: list[str] = []

    def make(name: str, rules: str = RULES) -> Night:
        store = f"apply-{tmp_path.name}-{name}"
        made.append(store)
        folder = tmp_path / name
        folder.mkdir()
        return Night(store, folder, rules)

    yield make
    for store in made:
        memory.forget(store)


def test_what_was_planned_stands_afterwards_and_a_second_run_writes_nothing(nights: Callable[[str], Night]) -> None:
    lee = nights("lee")
    lee.put(MONDAY)
    outcome, log = lee.run()
    assert len(log) == len(outcome.blocks) > 0
    before = lee.calendar()
    again, nothing = lee.run()
    assert nothing == []
    assert {c.action for c in again.changes} == {"keep"}
    assert lee.calendar() == before


def test_a_moved_session_is_one_update_of_its_break_and_a_cancelled_one_a_deletion(
    nights: Callable[[str], Night],
) -> None:
    lee = nights("lee")
    lee.put({"a": MONDAY["a"], "c": MONDAY["c"], "f": MONDAY["f"]})
    lee.run()
    lee.put({"a": MONDAY["a"], "c": ("20261202T101000Z", "20261202T110000Z", "session")})
    outcome, _ = lee.run()
    breaks = {c.block.key: c.action for c in outcome.changes if c.block.rule == "breaks.after"}
    assert sorted(breaks.values()) == ["delete", "keep", "update"]


def test_what_is_new_is_written_before_what_moves_and_what_goes_last(nights: Callable[[str], Night]) -> None:
    lee = nights("lee")
    lee.put(MONDAY)
    lee.run()
    lee.put(TUESDAY)
    _, log = lee.run()
    order = [["create", "update", "delete"].index(line.split(" ")[0]) for line in log]
    assert order == sorted(order)
    assert set(order) == {0, 1, 2}


def test_other_peoples_events_stay_the_same_to_the_byte(nights: Callable[[str], Night]) -> None:
    lee = nights("lee")
    lee.put(MONDAY)
    before = lee.foreign()
    lee.run()
    assert lee.foreign() == before


SMALL = RULES.replace("horizon: 4 days", "horizon: 2 days").replace("sessions: 4}", "sessions: 2}")
FEW = {k: MONDAY[k] for k in "acd"}
FEW_LATER = {"a": MONDAY["a"], "c": TUESDAY["c"]}


@pytest.mark.parametrize("before", [{}, FEW], ids=["first run", "second night"])
def test_a_run_that_is_killed_at_any_step_and_started_again_ends_in_the_same_calendar(
    nights: Callable[..., Night], before: dict[str, tuple[str, str, str]]
) -> None:
    after = FEW_LATER if before else FEW
    whole = nights("whole", SMALL)
    if before:
        whole.put(before)
        whole.run()
    whole.put(after)
    fuse = Fuse()
    _, log = whole.run(fuse)
    assert fuse.steps == 3 * len(log) > 6
    for step in range(1, fuse.steps + 1):
        killed = nights(f"killed-{step}", SMALL)
        if before:
            killed.put(before)
            killed.run()
        killed.put(after)
        with pytest.raises(KilledError):
            killed.run(Fuse(step))
        killed.run()
        assert killed.calendar() == whole.calendar(), step
        assert killed.run()[1] == []


def test_a_run_that_is_killed_again_and_again_comes_to_an_end(nights: Callable[..., Night]) -> None:
    whole, killed = nights("whole", SMALL), nights("killed", SMALL)
    for lee in (whole, killed):
        lee.put(FEW)
    whole.run()
    deaths = 0
    while deaths < 500:
        try:
            killed.run(Fuse(3))  # one write a life
        except KilledError:
            deaths += 1
        else:
            break
    assert 0 < deaths < 500
    assert killed.calendar() == whole.calendar()


def test_a_block_that_a_killed_run_removed_is_not_taken_for_deleted_by_hand(nights: Callable[[str], Night]) -> None:
    lee = nights("lee")
    lee.put(MONDAY)
    lee.run()
    lee.put(TUESDAY)
    fuse = Fuse()
    with lee.desk(fuse) as desk:
        draft = night.draft_for(lee.practice, lee.rules, night.window_for(lee.rules, NOW), desk)
    writes = len(draft.outcome.writes)
    with pytest.raises(KilledError):
        lee.run(Fuse(3 * writes - 1))  # within the last write, which is a deletion: done, but not yet noted
    lee.put(MONDAY)
    outcome, _ = lee.run()
    assert outcome.kept_by_hand == ()
    fresh = nights("fresh")
    fresh.put(MONDAY)
    fresh.run()
    assert set(own(lee)) == set(own(fresh))  # lunch stays where it stands


def own(lee: Night) -> dict[str, Interval]:
    with lee.desk(Fuse()) as desk:
        events = desk.calendar("book").read(night.window_for(lee.rules, NOW), LONDON).events
    return {key: block.interval for key, block in own_blocks(events, lee.owner).items()}


def test_an_entry_that_changed_after_it_was_read_is_left_and_planned_again(nights: Callable[[str], Night]) -> None:
    lee = nights("lee")
    lee.put(MONDAY)
    lee.run()
    lee.put(TUESDAY)
    with lee.desk(Fuse()) as desk:
        draft = night.draft_for(lee.practice, lee.rules, night.window_for(lee.rules, NOW), desk)
        (moving, *_) = [c for c in draft.outcome.changes if c.action == "update"]
        where = draft.own[moving.block.key].ref.where
        memory.store(lee.store).put(where, memory.store(lee.store).texts[where][1])  # somebody else saved it just now
        before = lee.calendar()[where]
        with pytest.raises(Conflict):
            apply.carry_out(
                [moving],
                owner=lee.owner,
                calendar=desk.book,
                at=draft.where.at,
                own=draft.own,
                looks=lee.rules.blocks,
                journal=desk.journal,
                log=desk.log,
                restore=lambda _key, _interval: False,
                now=NOW,
                progress=lambda _: None,
            )
    assert lee.calendar()[where] == before
    lee.run()
    assert lee.run()[1] == []


def test_each_block_is_written_once_with_a_uid_that_follows_from_its_key(nights: Callable[[str], Night]) -> None:
    lee = nights("lee")
    lee.put(MONDAY)
    outcome, log = lee.run()
    assert len(set(log)) == len(log)
    uids = {ownership.uid_for(lee.owner, b.key) for b in outcome.blocks}
    bodies = b"".join(body for body in lee.calendar().values() if b"X-SESSION-BREAKS" in body).decode()
    assert len(uids) == len(outcome.blocks)
    assert all(uid in bodies.replace("\r\n ", "") for uid in uids)


def test_the_journal_knows_each_write_as_seen_when_the_run_is_done(nights: Callable[[str], Night]) -> None:
    lee = nights("lee")
    lee.put(MONDAY)
    outcome, _ = lee.run()
    with lee.desk(Fuse()) as desk:
        rows = desk.journal.remembered(lee.owner, desk.at("book"))
    assert {r.key: r.interval for r in rows} == {b.key: b.interval for b in outcome.blocks}
    assert {r.status for r in rows} == {"seen"}


def test_no_file_of_the_state_folder_holds_a_title_or_a_uid(nights: Callable[[str], Night]) -> None:
    lee = nights("lee")
    lee.put({"uid-of-zebulon": ("20261201T090000Z", "20261201T095000Z", "session with Zebulon Quark")})
    lee.run()
    kept = b"".join(path.read_bytes() for path in lee.folder.rglob("*") if path.is_file())
    assert b"ebulon" not in kept
    written = b"".join(body for where, body in lee.calendar().items() if where != "uid-of-zebulon.ics")
    assert b"BREAKS" in written
    assert b"ebulon" not in written


def test_a_title_that_a_hand_changed_stays_when_the_block_moves(nights: Callable[[str], Night]) -> None:
    lee = nights("lee")
    lee.put({"c": MONDAY["c"]})
    outcome, _ = lee.run()
    (after,) = [b for b in outcome.blocks if b.rule == "breaks.after"]
    where = next(w for w, body in lee.calendar().items() if f"key={after.key}".encode() in body.replace(b"\r\n ", b""))
    body = memory.store(lee.store).texts[where][1]
    memory.store(lee.store).put(where, body.replace(b"SUMMARY:Break", b"SUMMARY:tea"))
    lee.put({"c": ("20261202T150000Z", "20261202T155000Z", "session")})
    lee.run()
    assert b"SUMMARY:tea" in lee.calendar()[where]
    assert b"20261202T155000Z" in lee.calendar()[where]
    assert lee.run()[1] == []


def test_a_window_begins_now_and_ends_with_the_midnight_of_the_horizon(nights: Callable[[str], Night]) -> None:
    window = night.window_for(nights("lee").rules, NOW)
    assert window == Interval(NOW, span("00:00-01:00").start.replace(day=5))


def test_a_server_that_shows_writes_late_gets_nothing_twice(
    nights: Callable[[str], Night], monkeypatch: pytest.MonkeyPatch
) -> None:
    calm, slow = nights("calm"), nights("slow")
    for lee in (calm, slow):
        lee.put(MONDAY)
    calm.run()
    read = MemoryCalendar.read

    def late(self: MemoryCalendar, window: Interval, zone: ZoneInfo) -> Reading:
        seen = read(self, window, zone)
        return replace(seen, events=tuple(e for e in seen.events if e.tag is None))

    monkeypatch.setattr(MemoryCalendar, "read", late)
    for _ in range(2):
        with pytest.raises(CalendarError):
            slow.run()
        assert sorted(slow.calendar()) == sorted(calm.calendar())
    monkeypatch.setattr(MemoryCalendar, "read", read)
    slow.run()
    assert sorted(slow.calendar()) == sorted(calm.calendar())
    assert slow.run()[1] == []
