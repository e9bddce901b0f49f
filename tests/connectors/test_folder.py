"""A folder of .ics files and a single .ics file keep the contract, and bad files are refused in words that help."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from connectors import files
from connectors.base import CalendarError, Conflict, Connector, Unreadable
from connectors.folder import FolderCalendar
from connectors.ical_splice import pieces_of
from rules.timeline import Ref

from .contract import ME, WritableStage, WritingContract
from .samples import LONDON, WINDOW, context, entry, shown, vcalendar, vevent

ROOT = Path(__file__).resolve().parents[2]
EVENT = vevent("one", ":20261124T100000Z", ":20261124T105000Z")


class FolderStage(WritableStage):
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def connect(self) -> Connector:
        return FolderCalendar(None, context(self.folder.parent, "folder", path=str(self.folder), me=ME))

    def put(self, name: str, *vevents: str) -> None:
        (self.folder / f"{name}.ics").write_bytes(vcalendar(*vevents))

    def foreign(self) -> dict[str, bytes]:
        bodies = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        return {name: body for name, body in bodies.items() if b"X-SESSION-BREAKS" not in body}

    def edit(self, ref: Ref, old: bytes, new: bytes) -> None:
        path = self.folder / ref.where.partition("#")[0]
        path.write_bytes(path.read_bytes().replace(old, new))

    def note_of(self, ref: Ref) -> str:
        return (self.folder / ref.where.partition("#")[0]).read_text()


class FileStage(WritableStage):
    """All events in one file, whose line ends are what some systems write: bare LF."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(vcalendar().replace(b"\r\n", b"\n"))

    def connect(self) -> Connector:
        return FolderCalendar(None, context(self.path.parent, "file", path=self.path.name, me=ME))

    def put(self, name: str, *vevents: str) -> None:  # noqa: ARG002 - there is one file
        text = "".join(vevents).replace("\r\n", "\n").encode()
        self.path.write_bytes(self.path.read_bytes().replace(b"END:VCALENDAR", text + b"END:VCALENDAR"))

    def foreign(self) -> dict[str, bytes]:
        body = self.path.read_bytes()
        for key in ("a", "b", "breaks.after/1"):
            for piece in pieces_of(body, entry(key).uid):
                body = body[: piece.start] + body[piece.end :]
        return {"file": body}

    def edit(self, ref: Ref, old: bytes, new: bytes) -> None:  # noqa: ARG002 - there is one file
        self.path.write_bytes(self.path.read_bytes().replace(old, new.replace(b"\r\n", b"\n")))

    def note_of(self, ref: Ref) -> str:  # noqa: ARG002 - there is one file
        return self.path.read_text()


class TestFolder(WritingContract):
    @pytest.fixture
    def stage(self, tmp_path: Path) -> FolderStage:
        return FolderStage(tmp_path / "calendar")


class TestOneFile(WritingContract):
    @pytest.fixture
    def stage(self, tmp_path: Path) -> FileStage:
        return FileStage(tmp_path / "calendar.ics")


@pytest.fixture
def stage(tmp_path: Path) -> FolderStage:
    return FolderStage(tmp_path / "calendar")


def failing(stage: FolderStage) -> str:
    """The one line that reading the folder fails with."""
    with pytest.raises(CalendarError) as caught:
        stage.open().read(WINDOW, LONDON)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_a_missing_folder_is_named_with_the_account(stage: FolderStage) -> None:
    stage.folder.rmdir()
    assert failing(stage) == f"folder: there is no folder or file {stage.folder}; check `path`"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!DOCTYPE html><html>Sign in</html>", "a web page"),
        (b"", "empty"),
        (b"\x00\x01\x02PK\x03\x04", "not an iCalendar file"),
        (vcalendar(EVENT)[:-20], "cut off before its end"),
        (vcalendar(EVENT).replace(b"END:VEVENT", b"END:VTODO"), "do not match"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "not an iCalendar file"),
    ],
)
def test_a_file_that_is_no_calendar_stops_the_reading_and_is_named(stage: FolderStage, body: bytes, words: str) -> None:
    stage.put("good", EVENT)
    (stage.folder / "bad.ics").write_bytes(body)
    with pytest.raises(Unreadable):
        stage.open().read(WINDOW, LONDON)
    how = "(`LC_ALL=C ls | grep -i '[.]ics$' | sed -n 1p` in its folder)"
    assert failing(stage).startswith(f"folder: .ics file 1 of 2 by name {how} cannot be read: ")
    assert words in failing(stage)


def test_other_files_and_hidden_ones_are_ignored(stage: FolderStage) -> None:
    (stage.folder / "notes.txt").write_text("no calendar")
    (stage.folder / ".half.ics").write_text("no calendar")
    (stage.folder / "old.ics").mkdir()
    stage.put("one", EVENT)
    assert shown(stage.open().read(WINDOW, LONDON)) == ["2026-11-24 10:00-10:50"]


def test_a_link_that_leads_out_of_the_folder_is_refused(stage: FolderStage) -> None:
    outside = stage.folder.parent / "outside.ics"
    outside.write_bytes(vcalendar(EVENT))
    (stage.folder / "link.ics").symlink_to(outside)
    assert ".ics file 1 of 1 by name" in failing(stage)
    assert "is a link that leads out of the folder" in failing(stage)


def test_a_link_within_the_folder_is_read(stage: FolderStage) -> None:
    (stage.folder / "kept").mkdir()
    (stage.folder / "kept" / "one").write_bytes(vcalendar(EVENT))
    (stage.folder / "link.ics").symlink_to("kept/one")
    assert shown(stage.open().read(WINDOW, LONDON)) == ["2026-11-24 10:00-10:50"]


def test_a_pipe_does_not_make_the_run_wait(stage: FolderStage) -> None:
    os.mkfifo(stage.folder / "pipe.ics")
    assert "not an ordinary file" in failing(stage)


def test_a_file_larger_than_any_calendar_is_refused(stage: FolderStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    stage.put("one", EVENT)
    assert "larger than" in failing(stage)


def test_a_calendar_named_in_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalendarError, match="folder/work: a folder is one calendar; write folder without a name"):
        FolderCalendar("work", context(tmp_path, "folder", path="."))


def test_the_path_starts_at_the_rule_file_or_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = FolderStage(tmp_path / "calendar")
    stage.put("one", EVENT)
    monkeypatch.setenv("HOME", str(tmp_path))
    for path in ("calendar", "~/calendar"):
        base = tmp_path if path == "calendar" else Path("/")
        calendar = FolderCalendar(None, context(base, "folder", path=path))
        assert shown(calendar.read(WINDOW, LONDON)) == ["2026-11-24 10:00-10:50"]


def test_a_new_file_is_for_its_owner_only_and_no_other_file_is_left_behind(stage: FolderStage) -> None:
    ref = stage.open().create(entry())
    [path] = stage.folder.iterdir()
    assert path.name == f"{entry().uid.partition('@')[0]}.ics"
    assert ref.where == f"{path.name}#{entry().uid}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    stage = FileStage(tmp_path / "calendar.ics")
    stage.path.chmod(0o640)
    stage.open().create(entry())
    assert stat.S_IMODE(stage.path.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["calendar.ics"]


def test_a_block_is_cut_out_of_a_file_that_holds_other_events_and_leaves_them(stage: FolderStage) -> None:
    """Somebody put our block and an event of their own into one file."""
    calendar = stage.open()
    ref = calendar.create(entry())
    path = stage.folder / ref.where.partition("#")[0]
    before = path.read_bytes()
    path.write_bytes(before.replace(b"END:VCALENDAR", EVENT.encode() + b"END:VCALENDAR"))
    calendar.delete(ref)
    assert pieces_of(path.read_bytes(), entry().uid) == []
    assert EVENT.encode() in path.read_bytes()


def test_a_file_in_which_somebody_keeps_a_task_beside_our_block_is_not_removed(stage: FolderStage) -> None:
    calendar = stage.open()
    ref = calendar.create(entry())
    path = stage.folder / ref.where.partition("#")[0]
    task = b"BEGIN:VTODO\r\nUID:invented\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Milk\r\nEND:VTODO\r\n"
    path.write_bytes(path.read_bytes().replace(b"END:VCALENDAR", task + b"END:VCALENDAR"))
    calendar.delete(ref)
    assert pieces_of(path.read_bytes(), entry().uid) == []
    assert task in path.read_bytes()


def test_a_file_in_which_only_a_time_zone_would_be_left_goes_with_its_block(stage: FolderStage) -> None:
    calendar = stage.open()
    ref = calendar.create(entry())
    path = stage.folder / ref.where.partition("#")[0]
    standard = (
        b"BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\n"
    )
    zone = b"BEGIN:VTIMEZONE\r\nTZID:Invented\r\n" + standard + b"END:VTIMEZONE\r\n"
    path.write_bytes(path.read_bytes().replace(b"BEGIN:VEVENT", zone + b"BEGIN:VEVENT"))
    calendar.delete(ref)
    assert not path.exists()


def test_a_block_that_is_in_another_file_already_is_not_made_again(stage: FolderStage) -> None:
    stage.open().create(entry())
    [path] = stage.folder.iterdir()
    path.rename(stage.folder / "renamed.ics")
    with pytest.raises(Conflict):
        stage.open().create(entry())


def test_a_file_that_changes_while_it_is_written_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "calendar.ics"
    path.write_bytes(b"before")
    with pytest.raises(files.NotWritten):
        files.replace_file(path, b"after", lambda: False)
    assert path.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["calendar.ics"]


def test_therapists_who_are_worked_for_side_by_side_write_to_one_file(tmp_path: Path) -> None:
    stage = FileStage(tmp_path / "calendar.ics")

    def blocks_of(therapist: int) -> None:
        calendar = stage.connect()
        for number in range(10):
            calendar.create(replace(entry(), uid=f"block-{therapist}-{number}@session-breaks"))

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(blocks_of, therapist) for therapist in range(4)]:
            done.result()
    assert stage.path.read_bytes().count(b"BEGIN:VEVENT") == 40


def test_a_folder_that_cannot_be_written_to_is_said_in_words(
    stage: FolderStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's own refusal stands in for a read-only file system, which a test run by root cannot have by a
    mode."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(files.tempfile, "mkstemp", refuse)
    with pytest.raises(CalendarError, match="cannot be written to: Read-only file system; check the path") as caught:
        stage.open().create(entry())
    assert str(caught.value).startswith("folder: ")
    assert list(stage.folder.iterdir()) == []


def test_a_file_that_is_named_after_its_event_is_told_by_its_place_and_not_by_its_name(stage: FolderStage) -> None:
    (stage.folder / "Jane Invented.ics").write_text("<html>")
    told = failing(stage)
    assert "Jane" not in told
    assert told.startswith("folder: .ics file 1 of 1 by name")


def test_temporary_files_that_a_killed_run_left_go_with_the_next_write_and_nobody_else_s(tmp_path: Path) -> None:
    old, fresh = tmp_path / ".session-breaks-abc.tmp", tmp_path / ".session-breaks-def.tmp"
    other, link = tmp_path / ".another-program.tmp", tmp_path / ".session-breaks-link.tmp"
    for path in (old, fresh, other):
        path.write_text("half a block")
    link.symlink_to(other)
    for path in (old, other):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    calendar = FolderCalendar(None, context(tmp_path, "folder", path=str(tmp_path)))
    calendar.read(WINDOW, LONDON)
    assert old.exists(), "reading changes nothing"
    calendar.create(entry())
    assert not old.exists()
    assert fresh.exists()
    assert other.exists()
    assert link.is_symlink()


WRITER = """
import sys
from pathlib import Path
from connectors.folder import FolderCalendar
from tests.connectors.samples import context, entry
calendar = FolderCalendar(None, context(Path(sys.argv[1]).parent, "folder", path=sys.argv[1]))
for n in range(25):
    calendar.create(entry(f"{sys.argv[2]}/{n}"))
"""


def test_programs_that_write_to_one_file_at_a_time_lose_nothing_and_get_in_nobodys_way(tmp_path: Path) -> None:
    stage = FileStage(tmp_path / "calendar.ics")
    line = [sys.executable, "-c", WRITER, str(stage.path)]
    writers = [subprocess.Popen([*line, name], stderr=subprocess.PIPE, cwd=ROOT) for name in ("one", "two", "three")]
    said = [writer.communicate(timeout=120)[1].decode() for writer in writers]
    assert said == ["", "", ""]
    assert stage.path.read_bytes().count(b"X-SESSION-BREAKS") == 75


def test_a_folder_that_another_program_keeps_to_itself_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")
    stage = FolderStage(tmp_path / "calendar")
    monkeypatch.setattr(files, "LONGEST_WAIT", 0.1)
    handle = os.open(stage.folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(CalendarError, match="another run is writing to"):
            stage.open().create(entry("a"))
    finally:
        os.close(handle)
    stage.open().create(entry("a"))
