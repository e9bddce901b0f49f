"""How many requests a CalDAV server gets, and that what is remembered between runs is never believed too long."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import CalendarError, Conflict
from connectors.caldav_server import LOOKS, CaldavCalendar
from connectors.dav import Server
from tests.proxy_counts import Counting, counting
from tests.servers import RunningServer

from .samples import LONDON, WINDOW, context, entry, shown, vcalendar, vevent

pytestmark = pytest.mark.server
_names = (f"req{number}" for number in itertools.count())
EVENT = vevent("one", ":20261124T100000Z", ":20261124T105000Z")
ONE = ["2026-11-24 10:00-10:50"]


@pytest.fixture(params=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest) -> RunningServer:
    found: RunningServer = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def proxy(server: RunningServer) -> Iterator[Counting]:
    with counting(server.root) as found:
        yield found


def through(proxy: Counting, server: RunningServer, url: str) -> str:
    return url.replace(server.root.rstrip("/"), proxy.root)


def opened(
    server: RunningServer, folder: Path, url: str, calendar: str | None = None, days: int = 0, login: str = "secret"
) -> CaldavCalendar:
    """A new connector, as every run makes one. days: so much later."""
    who = {"user": server.user, "password": {"env": login}} if server.user else {}
    made = context(folder, "cloud", **{"url": url, **who})
    return CaldavCalendar(calendar, replace(made, now=made.now + timedelta(days=days)))


def read(calendar: CaldavCalendar) -> list[str]:
    try:
        return shown(calendar.read(WINDOW, LONDON))
    finally:
        calendar.close()


def test_from_the_second_run_on_a_calendar_is_read_with_one_request(
    server: RunningServer, proxy: Counting, tmp_path: Path
) -> None:
    name, title = next(_names), "Work"
    server.put(f"{server.make_calendar(name, title + name)}one.ics", vcalendar(EVENT))
    for number, (address, calendar) in enumerate(
        [(server.calendar_url(name), None), (server.root, name), (server.principal, title + name)]
    ):
        folder = tmp_path / str(number)
        for run in range(3):
            proxy.asked.clear()
            assert read(opened(server, folder, through(proxy, server, address), calendar)) == ONE
            assert (proxy.methods() == ["REPORT"]) is (run > 0)


def test_a_run_knows_the_login_so_no_request_is_refused_first(radicale: RunningServer, tmp_path: Path) -> None:
    url = radicale.make_calendar(next(_names))
    radicale.put(f"{url}one.ics", vcalendar(EVENT))
    with counting(radicale.root) as proxy:
        for expected in ([401, 207, 207], [207]):
            proxy.asked.clear()
            read(opened(radicale, tmp_path, through(proxy, radicale, url)))
            assert [status for *_, status in proxy.asked] == expected


def test_a_remembered_password_that_is_not_right_any_more_says_so(radicale: RunningServer, tmp_path: Path) -> None:
    url = radicale.make_calendar(next(_names))
    read(opened(radicale, tmp_path, url))
    with pytest.raises(CalendarError, match="the server refused the login; check `user` and `password`"):
        read(opened(radicale, tmp_path, url, login="another"))


def test_a_server_that_comes_to_want_another_login_gets_it(radicale: RunningServer) -> None:
    server = Server("cloud", radicale.principal, radicale.user, radicale.password, verify=True)
    for remembered, known in (("none", "basic"), ("basic", "basic")):
        server.remember(radicale.principal, remembered)
        assert server.multistatus("PROPFIND", radicale.principal, "", 0)
        assert server.login == known
    server.close()
    wrong = Server("cloud", radicale.principal, radicale.user, "another", verify=True)
    wrong.remember(radicale.principal, "basic")
    with pytest.raises(CalendarError, match="the server refused the login; check `user` and `password`"):
        wrong.multistatus("PROPFIND", radicale.principal, "", 0)
    wrong.close()


def test_a_calendar_that_moved_is_found_again_by_its_title(server: RunningServer, tmp_path: Path) -> None:
    first, second = next(_names), next(_names)
    title = f"Office {first}"
    server.put(f"{server.make_calendar(first, title)}one.ics", vcalendar(EVENT))
    assert read(opened(server, tmp_path, server.root, title)) == ONE
    server.delete(server.calendar_url(first))
    server.put(f"{server.make_calendar(second, title)}one.ics", vcalendar(EVENT))
    assert read(opened(server, tmp_path, server.root, title)) == ONE


def test_a_calendar_that_is_gone_for_good_says_what_there_is(server: RunningServer, tmp_path: Path) -> None:
    name = next(_names)
    server.put(f"{server.make_calendar(name)}one.ics", vcalendar(EVENT))
    assert read(opened(server, tmp_path, server.root, name)) == ONE
    server.delete(server.calendar_url(name))
    with pytest.raises(CalendarError, match=f"cloud/{name}: there is no such calendar; there are: "):
        read(opened(server, tmp_path, server.root, name))


def test_a_remembered_calendar_that_reads_empty_is_asked_whether_it_is_one(
    server: RunningServer, proxy: Counting, tmp_path: Path
) -> None:
    url = through(proxy, server, server.make_calendar(next(_names)))
    read(opened(server, tmp_path, url))
    proxy.asked.clear()
    assert read(opened(server, tmp_path, url)) == []
    assert proxy.methods() == ["REPORT", "PROPFIND"]


def test_a_title_that_another_calendar_has_now_is_looked_for_again_within_a_week(
    server: RunningServer, tmp_path: Path
) -> None:
    old, new = next(_names), next(_names)
    title = f"Diary {old}"
    server.put(f"{server.make_calendar(old, title)}one.ics", vcalendar(EVENT))
    assert read(opened(server, tmp_path, server.root, title)) == ONE
    renamed(server, server.calendar_url(old), "Archive")
    server.put(f"{server.make_calendar(new, title)}two.ics", vcalendar(EVENT.replace("T10", "T11")))
    assert read(opened(server, tmp_path, server.root, title, days=8)) == ["2026-11-24 11:00-11:50"]


def test_nothing_is_written_to_a_calendar_that_has_another_title_now(server: RunningServer, tmp_path: Path) -> None:
    old, new = next(_names), next(_names)
    title = f"Desk {old}"
    server.put(f"{server.make_calendar(old, title)}one.ics", vcalendar(EVENT))
    assert read(opened(server, tmp_path, server.root, title)) == ONE
    renamed(server, server.calendar_url(old), "Archive")
    server.make_calendar(new, title)
    calendar = opened(server, tmp_path, server.root, title)
    assert shown(calendar.read(WINDOW, LONDON)) == ONE
    with pytest.raises(Conflict, match="this is another calendar now; read again"):
        calendar.create(entry())
    assert shown(calendar.read(WINDOW, LONDON)) == []  # the next try of the same run finds the right one
    ref = calendar.create(entry())
    calendar.close()
    assert f"/{new}/" in ref.where
    assert len(server.list(server.calendar_url(old))) == 1


def renamed(server: RunningServer, url: str, title: str) -> None:
    prop = f"<d:prop><d:displayname>{title}</d:displayname></d:prop>"
    body = f'<d:propertyupdate xmlns:d="DAV:"><d:set>{prop}</d:set></d:propertyupdate>'
    status, _, _ = server.request("PROPPATCH", url, body.encode(), {"Content-Type": "application/xml"})
    assert status == 207


def test_what_is_remembered_is_unreadable_private_and_nothing_without_the_password(
    radicale: RunningServer, tmp_path: Path
) -> None:
    name = next(_names)
    url = radicale.make_calendar(name)
    radicale.put(f"{url}one.ics", vcalendar(EVENT))
    read(opened(radicale, tmp_path, url))
    [file] = (tmp_path / "state").iterdir()
    assert file.name.startswith("calendar-")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    for text in (name, "127.0.0.1", "tester", "secret", "http"):
        assert text not in file.name
        assert text.encode() not in file.read_bytes()
    file.write_bytes(file.read_bytes()[:-9] + b"tampered!")
    assert read(opened(radicale, tmp_path, url)) == ONE


def test_where_nothing_can_be_remembered_every_run_looks(radicale: RunningServer, tmp_path: Path) -> None:
    url = radicale.make_calendar(next(_names))
    radicale.put(f"{url}one.ics", vcalendar(EVENT))
    (tmp_path / "state").write_text("a file where the folder should be")
    for _ in range(2):
        assert read(opened(radicale, tmp_path, url)) == ONE


def test_many_creates_look_once_at_what_is_there_and_write_once_each(
    server: RunningServer, proxy: Counting, tmp_path: Path
) -> None:
    url = through(proxy, server, server.make_calendar(next(_names)))
    calendar = opened(server, tmp_path, url)
    calendar.read(WINDOW, LONDON)
    proxy.asked.clear()
    for number in range(LOOKS + 10):
        calendar.create(entry(f"breaks.after/{number}"))
    calendar.close()
    assert proxy.methods().count("PUT") == LOOKS + 10
    assert len(proxy.asked) == LOOKS + 10 + LOOKS + 1


def test_a_block_outside_what_was_read_is_not_overwritten_however_many_are_made(
    server: RunningServer, tmp_path: Path
) -> None:
    url = server.make_calendar(next(_names))
    far = opened(server, tmp_path, url)
    ref = far.create(entry("breaks.after/12", "2029-05-05 10:00"))
    far.close()
    before = server.get(ref.where)
    calendar = opened(server, tmp_path, url)
    calendar.read(WINDOW, LONDON)
    for number in range(LOOKS + 10):
        if number == 12:
            with pytest.raises(Conflict):
                calendar.create(entry(f"breaks.after/{number}"))
        else:
            calendar.create(entry(f"breaks.after/{number}"))
    calendar.close()
    assert server.get(ref.where) == before


def test_blocks_made_side_by_side_are_each_made_once_and_told_in_order(
    server: RunningServer, proxy: Counting, tmp_path: Path
) -> None:
    url = server.make_calendar(next(_names))
    calendar = opened(server, tmp_path, through(proxy, server, url))
    calendar.read(WINDOW, LONDON)
    taken = calendar.create(entry("breaks.after/7"))
    before = server.get(through_back(proxy, server, taken.where))
    again = opened(server, tmp_path, through(proxy, server, url))
    made = [entry(f"breaks.after/{number}", minutes=10 + number) for number in range(40)]
    proxy.asked.clear()
    outcomes = list(again.create_all(made))
    assert [isinstance(outcome, Conflict) for outcome in outcomes] == [number == 7 for number in range(40)]
    assert proxy.methods().count("PUT") == 39
    assert server.get(through_back(proxy, server, taken.where)) == before
    found = {event.uid: event for event in again.read(WINDOW, LONDON).events}
    for wanted, outcome in zip(made, outcomes, strict=True):
        if not isinstance(outcome, CalendarError):
            assert (found[wanted.uid].interval, found[wanted.uid].ref) == (wanted.interval, outcome)
    again.close()
    calendar.close()


def through_back(proxy: Counting, server: RunningServer, url: str) -> str:
    return url.replace(proxy.root, server.root.rstrip("/"))


def test_when_the_reader_of_outcomes_stops_nothing_is_written_any_more(
    server: RunningServer, proxy: Counting, tmp_path: Path
) -> None:
    calendar = opened(server, tmp_path, through(proxy, server, server.make_calendar(next(_names))))
    calendar.read(WINDOW, LONDON)
    outcomes = calendar.create_all([entry(f"breaks.after/{number}") for number in range(60)])
    next(outcomes)
    outcomes.close()
    written = proxy.methods().count("PUT")
    assert 0 < written < 60
    assert len(calendar.read(WINDOW, LONDON).events) == written == proxy.methods().count("PUT")
    calendar.close()
