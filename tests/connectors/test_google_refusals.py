"""What Google refuses, leaves unanswered or answers with nothing: no block is lost, made twice or thought written."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors import google_api, google_own
from connectors.base import CalendarError, Conflict, Unreadable, Write
from connectors.google_events import body_of, same_block
from connectors.google_options import Options
from rules.timeline import Ref
from tests.google.calendars import Json, Kept
from tests.google.fake import Fake

from .contract import ME
from .samples import LONDON, WINDOW, context, entry
from .test_google_writing import Open, _impatient, creates, kept, live, open_, several, times

__all__ = ["_impatient", "kept", "open_"]

FOREVER = 10000


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would be waited between repeats."""
    found: list[float] = []
    monkeypatch.setattr("google.api_core.retry.retry_unary.time.sleep", found.append)
    return found


# Replies that say nothing


@pytest.mark.parametrize("kind", ["empty", "{}", "another kind"])
def test_a_reply_that_is_no_list_of_events_is_unreadable_and_no_empty_calendar(
    open_: Open, google: Fake, kind: str
) -> None:
    calendar = open_()
    calendar.create(entry())
    google.fault(kind, method="events.list", times=FOREVER)
    with pytest.raises(Unreadable):
        calendar.read(WINDOW, LONDON)
    google.faults.clear()
    assert len(calendar.read(WINDOW, LONDON).events) == 1


@pytest.mark.parametrize("together", [1, 3])
def test_an_empty_reply_to_an_insert_is_no_success_so_what_stands_is_looked_at(
    open_: Open, google: Fake, kept: Kept, together: int
) -> None:
    google.fault("empty", method="events.insert", part=together > 1, times=together)
    refs = list(open_().write(creates(several(together))))
    assert refs == [Ref(name, event["etag"]) for name, event in kept.events.items()]
    assert len(refs) == together


def test_inserts_whose_replies_are_always_empty_are_errors(open_: Open, google: Fake) -> None:
    google.fault("empty", part=True, times=FOREVER)
    google.fault("empty", times=FOREVER)
    outcomes = list(open_().write(creates(several(3))))
    assert len(outcomes) == 3
    assert all(isinstance(outcome, CalendarError) for outcome in outcomes)


# What a hand made of a block


def test_an_update_makes_a_block_busy_and_as_private_as_the_rules_say(open_: Open, google: Fake, kept: Kept) -> None:
    calendar = open_()
    ref = calendar.create(entry())
    etag = google.world.edited(kept, ref.where, {"visibility": "public", "transparency": "transparent"})["etag"]
    ref = calendar.update(Ref(ref.where, etag), entry())
    assert [(event["visibility"], event["transparency"]) for event in live(kept)] == [("private", "opaque")]
    calendar.update(ref, replace(entry(), private=False))
    assert [event["visibility"] for event in live(kept)] == ["default"]


def all_day(google: Fake, kept: Kept, name: str) -> str:
    """A block as a person makes it all-day; gives its version."""
    days = {"start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"}}
    gone = {end: {"dateTime": None, "timeZone": None, **day} for end, day in days.items()}
    return str(google.world.edited(kept, name, gone)["etag"])


def test_a_block_that_a_person_made_all_day_is_put_back_by_an_update(open_: Open, google: Fake, kept: Kept) -> None:
    calendar = open_()
    ref = calendar.create(entry())
    calendar.update(Ref(ref.where, all_day(google, kept, ref.where)), entry())
    [event] = live(kept)
    assert times([event]) == [("2026-11-24T10:50:00Z", "2026-11-24T11:00:00Z")]
    assert "date" not in {**event["start"], **event["end"]}


@pytest.mark.parametrize(
    "when",
    [
        {"start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"}},
        {"start": {}, "end": {}},
        {"start": None, "end": None},
        {"start": {"dateTime": "2026-11-24T11:00:00Z"}, "end": {"dateTime": "2026-11-24T10:00:00Z"}},
    ],
)
def test_what_has_no_times_is_not_the_block_that_was_written(when: Json) -> None:
    item = body_of(entry(), None, False)
    assert same_block(item, entry())
    assert not same_block({**item, **when}, entry())


def test_an_all_day_event_among_what_stands_leaves_every_part_of_a_write_its_outcome(
    open_: Open, google: Fake, kept: Kept
) -> None:
    calendar = open_()
    first, second, third = calendar.write(creates(several(3)))
    assert isinstance(second, Ref)
    all_day(google, kept, second.where)
    again = list(calendar.write(creates(several(4))))
    assert [type(outcome) for outcome in again] == [Ref, google_api.There, Ref, Ref]
    assert again[::2] == [first, third]


# Blocks whose ids were deleted


@pytest.mark.parametrize("kind", ["400", "403", "404"])
@pytest.mark.parametrize("together", [1, 5])
def test_a_revival_that_is_refused_is_a_conflict_that_asks_for_another_id(
    open_: Open, google: Fake, kept: Kept, kind: str, together: int
) -> None:
    calendar, some = open_(), several(together)
    refs = [ref for ref in calendar.write(creates(some)) if isinstance(ref, Ref)]
    list(calendar.write([Write("delete", ref=ref) for ref in refs]))
    google.fault(kind, method="events.update", part=together > 1, times=FOREVER)
    outcomes = list(calendar.write(creates(some)))
    assert len(outcomes) == together
    assert all(isinstance(outcome, Conflict) and "old id" in str(outcome) for outcome in outcomes)
    assert live(kept) == []
    assert len(google.calls("events.update")) == together


def test_a_revival_that_is_answered_with_the_deleted_event_is_a_conflict_too(open_: Open, google: Fake) -> None:
    calendar = open_()
    calendar.delete(calendar.create(entry()))
    world = google.world
    answered = world.replaced

    def unmoved(*words: Any, **about: Any) -> Json:
        return answered(*words, **about) | {"status": "cancelled"}

    world.replaced = unmoved  # type: ignore[method-assign]
    with pytest.raises(Conflict, match="old id"):
        calendar.create(entry())


@pytest.mark.parametrize("together", [1, 3])
@pytest.mark.parametrize(("before", "after"), [("default", True), ("focusTime", False)])
def test_a_revival_keeps_the_type_that_the_deleted_event_had(
    open_: Open, kept: Kept, together: int, before: str, after: bool
) -> None:
    calendar, some = open_(focus_time=not after), several(together)
    refs = [ref for ref in calendar.write(creates(some)) if isinstance(ref, Ref)]
    list(calendar.write([Write("delete", ref=ref) for ref in refs]))
    again = list(open_(focus_time=after).write(creates(some)))
    assert [outcome.where for outcome in again if isinstance(outcome, Ref)] == [ref.where for ref in refs]
    assert [event["eventType"] for event in live(kept)] == [before] * together


@pytest.mark.parametrize("together", [1, 3])
def test_focus_time_that_is_not_allowed_is_said_with_what_to_do(open_: Open, kept: Kept, together: int) -> None:
    kept.focus_time = False
    outcomes = list(open_(focus_time=True).write(creates(several(together))))
    assert len(outcomes) == together
    for outcome in outcomes:
        assert "takes no focus time here" in str(outcome)
        assert "remove `focus_time` from the account" in str(outcome)


def test_a_refused_access_is_not_told_as_focus_time(open_: Open, google: Fake) -> None:
    google.fault("403", method="events.insert", times=FOREVER)
    [outcome] = open_(focus_time=True).write(creates(several(1)))
    assert "access is refused (HTTP 403)" in str(outcome)
    assert "focus" not in str(outcome)


# What will not succeed is not tried again and again


@pytest.mark.parametrize("kind", ["dailyLimitExceeded", "503"])
def test_after_a_failure_that_stays_no_block_is_looked_at_by_itself(open_: Open, google: Fake, kind: str) -> None:
    calendar, some = open_(), several(8)
    list(calendar.write(creates(some)))
    google.log.clear()
    for method in ("events.list", "events.get"):
        google.fault(kind, method=method, times=FOREVER)
    outcomes = list(calendar.write(creates(some)))
    assert [type(outcome) for outcome in outcomes] == [CalendarError] * 8
    assert len({asked.path for asked in google.calls("events.get")}) == 1


@pytest.mark.parametrize("kind", ["dailyLimitExceeded", "503"])
def test_after_a_failure_that_stays_no_further_block_is_sent_where_there_are_no_batches(
    open_: Open, google: Fake, kind: str
) -> None:
    google.fault("404", method="batch")
    google.fault(kind, method="events.insert", after=2, times=FOREVER)
    outcomes = list(open_().write(creates(several(8))))
    assert [type(outcome) for outcome in outcomes] == [Ref] * 2 + [CalendarError] * 6
    assert len({asked.body for asked in google.calls("events.insert")}) == 3


def test_where_there_are_no_batches_a_block_that_is_refused_does_not_stop_the_others(open_: Open, google: Fake) -> None:
    google.fault("404", method="batch")
    google.fault("400", method="events.insert", after=1)
    outcomes = list(open_().write(creates(several(4))))
    assert [type(outcome) for outcome in outcomes] == [Ref, google_api.Wrong, Ref, Ref]


@pytest.mark.parametrize("kind", ["400", "403", "dailyLimitExceeded", "another kind"])
def test_a_look_at_own_events_that_fails_does_not_lose_what_else_was_done(
    open_: Open, google: Fake, kept: Kept, kind: str
) -> None:
    calendar, some = open_(), several(5)
    list(calendar.write(creates(some[:3])))
    google.fault(kind, method="events.list", times=FOREVER)
    outcomes = list(calendar.write(creates(some)))
    assert outcomes == [Ref(name, event["etag"]) for name, event in kept.events.items()]


def test_a_batch_that_is_not_found_at_its_second_try_keeps_what_was_done(open_: Open, google: Fake, kept: Kept) -> None:
    google.fault("503", part=True, after=3, times=2)
    google.fault("404", method="batch", after=1)
    outcomes = list(open_().write(creates(several(5))))
    assert outcomes[:3] == [Ref(name, event["etag"]) for name, event in kept.events.items()]
    assert [type(outcome) for outcome in outcomes[3:]] == [google_api.Gone] * 2
    assert len(outcomes) == 5


# No way to Google


def test_a_connection_that_is_refused_is_said_at_once(open_: Open, waits: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    calendar = open_(endpoint=f"http://127.0.0.1:{port}/calendar/v3/")
    with pytest.raises(CalendarError, match=r"^cloud: Google cannot be reached; check the network$"):
        calendar.read(WINDOW, LONDON)
    outcomes = list(calendar.write(creates(several(3))))
    assert {str(outcome) for outcome in outcomes} == {"cloud: Google cannot be reached; check the network"}
    assert waits == []


@contextmanager
def unknown_to_all(folder: Path) -> Iterator[int]:
    """A server whose certificate nobody has signed but itself; gives its port."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    now = datetime.now(UTC)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate = folder / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate.write_bytes(secret + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    about = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    about.load_cert_chain(certificate)

    def serve(server: socket.socket) -> None:
        while True:
            try:
                with about.wrap_socket(server.accept()[0], server_side=True):
                    pass
            except ssl.SSLError:
                continue
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_a_certificate_that_is_not_accepted_is_said_at_once(open_: Open, waits: list[float], tmp_path: Path) -> None:
    with unknown_to_all(tmp_path) as port:
        calendar = open_(endpoint=f"https://localhost:{port}/calendar/v3/")
        with pytest.raises(CalendarError, match=r"^cloud: Google's certificate is not accepted; check this computer's"):
            calendar.read(WINDOW, LONDON)
    assert waits == []


# A calendar of its own


@pytest.mark.parametrize(
    "kind", ["commit, then 504", "commit, then 503", "truncated", "cut", "empty", "commit, then dropped"]
)
def test_a_calendar_of_ones_own_is_not_made_twice_where_the_reply_is_lost(
    google: Fake, tmp_path: Path, waits: list[float], kind: str
) -> None:
    google.fault(kind, method="calendars.insert")
    around = context(tmp_path, user=ME, token={"env": "may-events-and-own"}, endpoint=google.endpoint)
    options = Options(**around.options)
    with pytest.raises(CalendarError):
        google_own.make(options, around, "Blocks", "Europe/London")
    assert len(google.calls("calendars.insert")) == 1
    assert [kept.summary for kept in google.world.calendars.values() if kept.made_by_app] == ["Blocks"]
    assert waits == []
