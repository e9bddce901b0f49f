"""Feeds made to take the tool down, over real HTTP: endless, packed, slow, and leading elsewhere."""

from __future__ import annotations

import gzip
import time
import zlib
from pathlib import Path

import pytest

from connectors import download
from connectors.base import CalendarError
from connectors.feed import FeedCalendar
from tests.connectors.samples import LONDON, WINDOW, context
from tests.end_to_end.practice import session, vcalendar

from .bounds import Attacked
from .calendars import LIGHT, MEGABYTE
from .servers import Hostile, pieces

HEAD = b"BEGIN:VCALENDAR\r\n"
FEED = "{type: feed, url: {env: FEED}}"


def test_a_feed_of_a_gigabyte_is_read_no_further_than_the_limit(attacked: Attacked, hostile: Hostile) -> None:
    line = b"X-NOISE:" + b"x" * 60 + b"\r\n"
    address = hostile.says("/feed", pieces(line * 1000, 1000 * MEGABYTE, HEAD))
    attacked.rules(FEED)
    attacked.refused(attacked.sync(FEED=address), "the feed is larger than 32 MB")
    assert hostile.sent < 100 * MEGABYTE


def test_a_packed_feed_is_unpacked_no_further_than_the_limit(attacked: Attacked, hostile: Hostile) -> None:
    """A gigabyte of zeros is five megabytes, packed."""
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(1000)) + packer.flush()
    assert len(packed) < 5 * MEGABYTE
    attacked.rules(FEED)
    found = attacked.sync(FEED=hostile.says("/feed", packed, Content_Encoding="gzip"))
    attacked.refused(found, "the feed is larger than 32 MB")
    assert found.peak < 256


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "zstd", "deflate", "x"])
def test_a_packing_that_was_not_asked_for_is_refused(hostile: Hostile, tmp_path: Path, packing: str) -> None:
    address = hostile.says("/feed", gzip.compress(gzip.compress(bytes(MEGABYTE))), Content_Encoding=packing)
    with pytest.raises(CalendarError, match="ehr: "):
        FeedCalendar(None, context(tmp_path, "ehr", url={"env": address})).read(WINDOW, LONDON)


def test_a_feed_that_is_packed_as_asked_is_read(attacked: Attacked, hostile: Hostile) -> None:
    address = hostile.says("/feed", gzip.compress(vcalendar(session(2, 12))), Content_Encoding="gzip")
    attacked.rules(FEED)
    attacked.left_out(attacked.sync(FEED=address))


@pytest.mark.parametrize("body", [gzip.compress(vcalendar())[:-12], b"no gzip at all", gzip.compress(HEAD) + b"\0"])
def test_a_packed_feed_that_is_cut_off_or_broken_is_refused(hostile: Hostile, tmp_path: Path, body: bytes) -> None:
    address = hostile.says("/feed", body, Content_Encoding="gzip")
    with pytest.raises(CalendarError, match="ehr: "):
        FeedCalendar(None, context(tmp_path, "ehr", url={"env": address})).read(WINDOW, LONDON)


@pytest.mark.parametrize("text", [
    b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 1000,
    b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"a" * 1000,
    b"H" * 1000,
], ids=["headers", "body", "status"])  # fmt: skip
def test_a_server_that_sends_a_byte_now_and_then_is_given_up_on(
    hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    monkeypatch.setattr(download, "_IN_ALL", 1.0)
    address = hostile.drips("/feed", text, every=0.05)
    began = time.monotonic()
    with pytest.raises(CalendarError, match="ehr: the feed's server is too slow"):
        FeedCalendar(None, context(tmp_path, "ehr", url={"env": address})).read(WINDOW, LONDON)
    assert time.monotonic() - began < 5


def test_a_feed_that_leads_in_circles_ends(attacked: Attacked, hostile: Hostile) -> None:
    address = hostile.says("/feed", b"", 302, Location="/feed?again")
    hostile.says("/feed?again", b"", 302, Location="/feed")
    attacked.rules(FEED)
    attacked.refused(attacked.sync(FEED=address), "from one address to the next without end")
    assert len(hostile.asked) < 10


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("file:///etc/hostname", "an address that is not safe"),
        ("ftp://a.example/x", "an address that is not safe"),
        ("gopher://127.0.0.1:25/x", "an address that is not safe"),
        ("http://[::1", "an address that is not safe"),
        ("http://127.0.0.1:99999999/", "an address that is not safe"),
        ("//localhost/x", "another host (localhost)"),
        ("http://169.254.169.254/latest/meta-data", "another host (169.254.169.254)"),
        ("https://user:password@internal.example/x", "another host (internal.example)"),
        ("http://x%0d%0aevil.example/", "another host"),
    ],
)
def test_a_feed_cannot_make_the_tool_read_files_or_ask_other_hosts(
    hostile: Hostile, tmp_path: Path, target: str, words: str
) -> None:
    address = hostile.says("/feed", b"", 302, Location=target)
    with pytest.raises(CalendarError) as caught:
        FeedCalendar(None, context(tmp_path, "ehr", url={"env": address})).read(WINDOW, LONDON)
    assert words in str(caught.value)
    assert "password" not in str(caught.value)
    assert len(hostile.asked) == 1


def test_a_bomb_in_a_feed_is_answered_as_one_in_a_folder(attacked: Attacked, hostile: Hostile) -> None:
    attack = LIGHT["that repeats every second of the year"]
    attacked.rules(FEED)
    attacked.left_out(attacked.sync(FEED=hostile.says("/feed", attack.body())), attack.words)
