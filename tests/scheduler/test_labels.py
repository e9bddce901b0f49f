"""Of ways of having booked, only those are kept that no other one beats."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from scheduler.labels import LATE, NEVER, Label, beats, best_of

few = st.integers(0, 3)


@st.composite
def labels(draw: st.DrawFn) -> Label:
    run = draw(st.integers(0, 2))
    return Label(
        mix=(draw(st.integers(0, 2)),),
        end=draw(st.one_of(few, st.just(NEVER))),
        last=draw(st.integers(-1, 1)),
        run=run,
        begun=draw(few) if run else 0,
        joined=draw(st.booleans()),
        first=draw(st.one_of(few, st.just(LATE))),
    )


@given(st.sets(labels(), max_size=30), st.booleans())
def test_what_is_left_is_what_no_other_way_beats(every: set[Label], across: bool) -> None:
    def worse(one: Label, other: Label) -> bool:
        as_many = other.mix >= one.mix if across else other.mix == one.mix
        return one != other and as_many and beats(other, one) and not (beats(one, other) and one.mix == other.mix)

    kept = best_of(every, across=across)
    assert set(kept) == {one for one in every if not any(worse(one, other) for other in every)}
    assert len(kept) == len(set(kept))


def test_a_way_for_every_minute_costs_no_more_than_there_are_ways() -> None:
    """Long days with much rest between them: of each start and each end there is one. Thousands of them were held
    against each other one by one."""
    ways = [Label((n,), end=minute, first=minute) for n, minute in itertools.product(range(8), range(3000))]
    assert len(best_of(ways)) == len(ways)
