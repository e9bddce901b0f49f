"""Each guarantee of writing is switched off in the code (`breaks.py`), and the tests of it fail: on a real server, and
those of the state machine. `make faults` runs this; it is no part of `make test`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from . import stages
from . import test_others_at_work as others
from . import test_what_is_noted as noted
from .breaks import BREAKS
from .forks import Forks
from .nights import Nights, nights_at
from .proxy import Kind
from .test_every_request import night_after
from .test_state_machine import Calendar

# On a server


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Iterator[Nights]:
    """Nights on Radicale, the first one and that to compare with in peace."""
    with nights_at(stages.radicale, tmp_path_factory.mktemp("nights"), forks) as made:
        yield made


def fault(kind: Kind, nth: int = 0, method: str = "PUT") -> Callable[[Nights], None]:
    """The night after this fault at the nth request of a sort ends as one that was never disturbed."""

    def check(nights: Nights) -> None:
        number = [asked.number for asked in nights.asked if asked.method == method][nth]
        assert night_after(nights, kind, number)[0] == []

    return check


def peace(nights: Nights) -> None:
    """A night in which nothing goes wrong is as it was."""
    nights.restore()
    assert nights.run().code == 0
    assert nights.differences(nights.left()) == []


FAULTS = [
    fault("503"), fault("429", 3), fault("503", 0, "REPORT"),
    fault("killed before"), fault("500", 7),
]  # fmt: skip
SEEN: dict[str, list[Callable[[Nights], None]]] = {
    "no condition": [
        lambda nights: others.test_what_a_hand_does_between_the_reading_and_the_change_of_a_block_stays(
            nights, "moved"
        ),
        lambda nights: others.test_what_a_hand_does_between_the_reading_and_the_change_of_a_block_stays(
            nights, "renamed"
        ),
        lambda nights: others.test_a_hand_between_the_reading_and_the_removal_of_a_block_keeps_its_words_and_held_time(
            nights, "renamed"
        ),
    ],
    "no look": [others.test_what_somebody_puts_where_a_new_block_goes_is_left_and_the_block_goes_elsewhere],
    "no lock": [lambda nights: others.test_a_second_run_waits_until_the_first_one(nights, False)],
    "no waiting": FAULTS[:3],
    "absent is deleted": FAULTS[3:],
    "noted after": [
        noted.test_every_write_is_noted_before_the_server_gets_it,
        lambda nights: noted.test_a_night_that_was_killed_is_taken_back(nights, 0.1),
    ],
    "no id of its own": [
        lambda nights: noted.test_a_calendar_that_shows_late_what_a_killed_night_wrote_gets_no_block_twice(nights, 0.5)
    ],
    "no owner": [peace],
}
"""What has to fail without each guarantee."""


@pytest.mark.server
@pytest.mark.parametrize(
    ("name", "check"), [pytest.param(n, c, id=f"{n}, {i}") for n, some in SEEN.items() for i, c in enumerate(some, 1)]
)
def test_a_night_without_a_guarantee_is_seen(nights: Nights, name: str, check: Callable[[Nights], None]) -> None:
    nights.forks.broken = name
    try:
        with pytest.raises(AssertionError):
            check(nights)
    finally:
        nights.forks.broken = ""


@pytest.mark.server
def test_with_all_guarantees_the_same_nights_are_right(nights: Nights) -> None:
    """The other checks are tests, which are run as they are."""
    for check in (peace, *FAULTS):
        check(nights)


# The state machine

QUICKLY = settings(
    max_examples=300, stateful_step_count=20, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    report_multiple_bugs=False,
)  # fmt: skip
"""Until it has failed once; how to make it shorter does not matter."""

WHERE: dict[str, set[str]] = {
    "no condition": {"what_a_hand_wrote_is_never_lost", "what_a_hand_moved_to_an_evening_is_there_or_gone"},
    "absent is deleted": {"only_a_hand_deletes_by_hand", "die_and_sync"},
    "noted after": {"die_and_undo", "no_block_is_there_twice"},
    "no id of its own": {"no_block_is_there_twice", "die_and_sync"},
    "no owner": {"nobody_elses_event_is_changed"},
}
"""What has to be false without each guarantee: one of these."""


@pytest.mark.parametrize("name", WHERE)
def test_the_state_machine_sees_it_too(name: str) -> None:
    with BREAKS[name](), pytest.raises(AssertionError) as seen:
        run_state_machine_as_test(Calendar, settings=QUICKLY)
    assert WHERE[name] & {entry.name for entry in seen.traceback}
