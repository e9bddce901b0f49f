"""Hidden keys and the tags that carry them: the same each time, opened only with the practice's id, of one length."""

from __future__ import annotations

import pytest

from connectors.hidden_keys import hidden, opened
from connectors.ownership import decode, encode, uid_for, uid_of
from rules.timeline import Tag

from .samples import OWNER

ID = "7f3k9q2m"
KEY = "protect/prayer/2026-12-01"
PRINT = "9a1b2c3d4e5f.0a1b2c3d"
KEYS = [KEY, "break/0123456789abcdef/after", "guard/limits.per_day/2026-12-01/start/2", "protect/молитва/2026-12-01"]


@pytest.mark.parametrize("key", KEYS)
def test_a_hidden_key_is_opened_with_the_practices_id_and_is_the_same_each_time(key: str) -> None:
    written = hidden(ID, OWNER, key)
    assert written == hidden(ID, OWNER, key)
    assert opened(ID, OWNER, written) == key
    assert not any(part in written for part in key.split("/") if len(part) > 2)


def test_without_the_id_or_for_another_owner_it_stays_closed() -> None:
    written = hidden(ID, OWNER, KEY)
    assert opened("another-id", OWNER, written) == written
    assert opened(ID, "0123456789abcdef", written) == written
    assert hidden(ID, "0123456789abcdef", KEY) != written


def test_keys_of_different_lengths_look_alike() -> None:
    assert {len(hidden(ID, OWNER, key)) for key in KEYS} == {108}


@pytest.mark.parametrize("damaged", ["~", "~x", "~!!!!", f"{'~' + 'A' * 107}", "~\u00e4"])
def test_what_is_no_hidden_key_is_a_key_as_it_is(damaged: str) -> None:
    assert opened(ID, OWNER, damaged) == damaged
    assert opened(ID, OWNER, KEY) == KEY


def test_the_format_stays_as_it_is() -> None:
    """A public format: what an earlier version wrote must be opened for ever."""
    written = (
        "~QnuW5Cu87GmTw0_avPOlaagy6FhD8GO1lEUmisppsmDi0oPATLZY56GmeBUun6GL-clt5U5ZLML_nk8hw2Uj5hlLx2V_B4mp3hBB1L4KBTk"
    )
    assert hidden(ID, OWNER, KEY) == written


def test_the_longest_name_still_makes_a_tag() -> None:
    key = f"protect/{'名' * 60}/2026-12-01/12"
    tag = Tag(OWNER, hidden(ID, OWNER, key), PRINT)
    assert decode(encode(tag)) == tag


def test_a_tag_says_its_uid_only_where_that_does_not_follow_from_the_key() -> None:
    plain, moved = Tag(OWNER, KEY, PRINT), Tag(OWNER, KEY, PRINT, of="0123456789abcdef0123456789abcdef")
    assert encode(plain) == f"1;owner={OWNER};key={KEY};print={PRINT}"
    assert encode(moved) == f"2;owner={OWNER};key={KEY};of=0123456789abcdef0123456789abcdef;print={PRINT}"
    assert [decode(encode(tag)) for tag in (plain, moved)] == [plain, moved]
    assert uid_of(plain) == uid_for(OWNER, KEY)
    assert uid_of(moved) == "0123456789abcdef0123456789abcdef@session-breaks.invalid"


@pytest.mark.parametrize(
    "text",
    [
        f"2;owner={OWNER};key={KEY};print={PRINT}",
        f"1;owner={OWNER};key={KEY};of={'0' * 32};print={PRINT}",
        f"2;owner={OWNER};key={KEY};of=0123;print={PRINT}",
        f"3;owner={OWNER};key={KEY};print={PRINT}",
    ],
)
def test_a_tag_of_another_form_is_nobodys(text: str) -> None:
    assert decode(text) is None
