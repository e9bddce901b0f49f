"""The plan: what stands against what should stand, key by key."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connectors import ownership
from rules.demand import Block, Change
from rules.practice import Blocks
from rules.timeline import Event, Interval, Ref, State, Tag
from scheduler import plan
from scheduler.plan import Own
from tests.days import span

OWNER = ownership.owner_of("7f3k9q2m", "lee")
WINDOW = span("08:00-24:00")
LOOKS = Blocks()


def own(key: str, when: str, title: str = "Break", *, was: str = "", shown: str = "", private: bool = True) -> Own:
    """A block of ours where it stands now; `was`: where it was written, `shown`: the title a hand gave it."""
    tag = Tag(OWNER, key, ownership.fingerprint(span(was or when), title))
    uid = ownership.uid_for(OWNER, key)
    return Own(
        key=key,
        place="book",
        interval=span(when),
        title=shown or title,
        private=private,
        tag=tag,
        ref=Ref(f"{uid}.ics", "1"),
        uid=uid,
    )


def block(key: str, when: str, name: str = "Break") -> Block:
    return Block(key=key, rule="breaks.after", name=name, interval=span(when))


def made(
    standing: list[Own], wanted: list[Block], looks: Blocks = LOOKS, pinned: tuple[str, ...] = ()
) -> tuple[Change, ...]:
    return plan.make({o.key: o for o in standing}, wanted, WINDOW, looks, pinned=pinned)


def actions(changes: tuple[Change, ...]) -> list[str]:
    return [f"{c.action} {c.block.key}" for c in changes]


def test_what_does_not_stand_is_created() -> None:
    assert actions(made([], [block("a", "10:00-10:10")])) == ["create a"]


def test_what_stands_as_it_should_is_kept() -> None:
    assert actions(made([own("a", "10:00-10:10")], [block("a", "10:00-10:10")])) == ["keep a"]


def test_a_block_at_another_time_is_one_update_that_says_where_it_was() -> None:
    (change,) = made([own("a", "10:00-10:10")], [block("a", "11:00-11:10")])
    assert (change.action, change.block.interval, change.was) == ("update", span("11:00-11:10"), span("10:00-10:10"))


def test_a_block_that_only_got_longer_is_an_update() -> None:
    assert actions(made([own("a", "10:00-10:10")], [block("a", "10:00-10:15")])) == ["update a"]


def test_what_nothing_asks_for_any_more_is_deleted() -> None:
    (change,) = made([own("break/s1/after", "10:00-10:10")], [])
    assert (change.action, change.was) == ("delete", span("10:00-10:10"))
    assert change.block.why == "nothing asks for it any more"


def test_what_has_started_is_not_deleted() -> None:
    assert made([own("a", "07:30-09:00")], []) == ()


def test_what_starts_at_now_may_still_go_and_what_lies_beyond_the_horizon_is_left_alone() -> None:
    assert actions(made([own("a", "08:00-09:00")], [])) == ["delete a"]
    tomorrow = replace(own("b", "09:00-10:00"), interval=Interval(WINDOW.end, WINDOW.end + timedelta(hours=1)))
    assert made([tomorrow], []) == ()


def test_the_plan_depends_on_neither_order() -> None:
    standing = [own("a", "10:00-10:10"), own("b", "11:00-11:10"), own("c", "12:00-12:10")]
    wanted = [block("b", "11:00-11:10"), block("d", "09:00-09:10"), block("c", "13:00-13:10")]
    assert made(standing, wanted) == made(standing[::-1], wanted[::-1])
    assert actions(made(standing, wanted)) == ["create d", "delete a", "keep b", "update c"]


def test_a_plan_that_is_carried_out_leaves_nothing_to_do() -> None:
    wanted = [block("a", "10:00-10:10"), block("b", "11:00-11:10", "Lunch")]
    written = [own(b.key, f"{b.start:%H:%M}-{b.end:%H:%M}", b.name) for b in wanted]
    assert {c.action for c in made(written, wanted)} == {"keep"}


def test_another_look_is_an_update() -> None:
    assert actions(made([own("a", "10:00-10:10")], [block("a", "10:00-10:10")], Blocks(title="[{name}]"))) == [
        "update a"
    ]
    assert actions(made([own("a", "10:00-10:10")], [block("a", "10:00-10:10")], Blocks(private=False))) == ["update a"]
    assert actions(
        made([own("a", "10:00-10:10", "[Break]")], [block("a", "10:00-10:10")], Blocks(title="[{name}]"))
    ) == ["keep a"]


def test_another_look_does_not_touch_what_has_started() -> None:
    changes = made([own("a", "07:30-09:00")], [block("a", "07:30-09:00")], Blocks(title="Busy"))
    assert actions(changes) == ["keep a"]


def test_a_title_that_a_hand_changed_stays_and_is_said_to_be_by_hand() -> None:
    (change,) = made(
        [own("a", "10:00-10:10", shown="tea with a friend")], [block("a", "10:00-10:10")], Blocks(title="Busy")
    )
    assert (change.action, change.by_hand) == ("keep", True)


def test_what_a_hand_moved_is_kept_where_it_was_put() -> None:
    moved = own("a", "10:30-10:40", was="10:00-10:10")
    (change,) = made([moved], [block("a", "10:30-10:40")], pinned=("a",))
    assert (change.action, change.by_hand) == ("keep", True)


def test_the_title_is_the_practices() -> None:
    assert plan.title_of(block("a", "10:00-10:10", "Lunch"), Blocks(title="Not free: {name}")) == "Not free: Lunch"
    assert plan.title_of(block("a", "10:00-10:10", "Lunch"), Blocks(title="Busy")) == "Busy"


def test_names_of_items_are_not_formats() -> None:
    assert plan.title_of(block("a", "10:00-10:10", "{0.__class__}"), LOOKS) == "{0.__class__}"


def event(tag: Tag | None, *, ref: bool = True, state: State = "busy") -> Event:
    return Event(
        calendar="book",
        uid="u",
        interval=span("10:00-10:10"),
        title="Break",
        state=state,
        tag=tag,
        ref=Ref("u.ics", "1") if ref else None,
    )


def test_only_events_with_this_owners_tag_are_ours() -> None:
    mine = Tag(OWNER, "a", ownership.fingerprint(span("10:00-10:10"), "Break"))
    other = replace(mine, owner=ownership.owner_of("7f3k9q2m", "noor"), key="b")
    elsewhere = replace(mine, owner=ownership.owner_of("another-id", "lee"), key="c")
    found = plan.own_blocks([event(mine), event(other), event(elsewhere), event(None)], OWNER)
    assert list(found) == ["a"]


def test_of_two_with_one_uid_the_one_at_the_address_that_we_gave_it_is_ours_wherever_a_hand_put_it() -> None:
    mine = Tag(OWNER, "a", ownership.fingerprint(span("10:00-10:10"), "Break"))
    uid = ownership.uid_for(OWNER, "a")
    named, copied = Ref(f"{uid.partition('@')[0]}.ics#{uid}", "1"), Ref(f"0 copy.ics#{uid}", "2")
    moved = replace(event(mine), uid=uid, ref=named, interval=span("11:00-11:10"))
    copy = replace(event(mine), uid=uid, ref=copied)
    for events in ([moved, copy], [copy, moved]):
        assert plan.own_blocks(events, OWNER)["a"].ref == named
    apart = [replace(one, ref=Ref(f"{n}.ics#{uid}", "1")) for n, one in enumerate((moved, copy))]
    assert plan.own_blocks(apart, OWNER)["a"].interval == copy.interval


def test_an_event_that_cannot_be_written_back_is_not_ours_and_a_cancelled_block_still_is() -> None:
    mine = Tag(OWNER, "a", ownership.fingerprint(span("10:00-10:10"), "Break"))
    assert plan.own_blocks([event(mine, ref=False)], OWNER) == {}
    assert plan.own_blocks([event(mine, state="cancelled")], OWNER)["a"].how_idle == "cancelled"


def test_whether_a_hand_moved_or_renamed_a_block_is_told_by_its_fingerprint_alone() -> None:
    assert not own("a", "10:00-10:10").moved
    assert own("a", "10:05-10:15", was="10:00-10:10").moved
    assert own("a", "10:00-10:15", was="10:00-10:10").moved
    assert not own("a", "10:00-10:10").retitled
    assert own("a", "10:00-10:10", shown="mine").retitled


def test_a_block_that_goes_is_named_by_its_key() -> None:
    assert plan.gone(own("guard/limits.per_day/2026-12-01/start", "10:00-11:00")).name == "Held"
    assert plan.gone(own("guard/limits.per_day/2026-12-01/start", "10:00-11:00")).rule == "limits.per_day"
    assert plan.gone(own("break/s1/before", "10:00-10:10")).rule == "breaks.before"
    assert plan.gone(own("protect/me-time/2026-12-01", "10:00-11:00")).name == "Me time"
    assert plan.gone(own("notes/2026-12-01", "17:00-17:30")).name == "Notes"


def test_changes_are_counted_by_what_happens() -> None:
    changes = made(
        [own("a", "10:00-10:10"), own("b", "11:00-11:10")], [block("b", "12:00-12:10"), block("c", "13:00-13:10")]
    )
    counted = plan.count(changes)
    assert (counted.create, counted.update, counted.delete, counted.all) == (1, 1, 1, 3)
