"""Rental terms and the daemon: warnings, each once, the end, and the way back; days pass in moments."""

import contextlib
import sqlite3
import time
from datetime import datetime

import pytest

from botlib import World, rfc3339
from hostile import DAY, Host
from live import GENERAL, LOGS, MEMBER
from program import LIMIT, SLOW, Home, until

MINUTE = 60 * 1000
HOUR = 60 * MINUTE


class Rented(World):
    """tenant01 has a term; the daemon's and the consoles' clocks are the test's."""

    def start_sandbox(self, *words):
        super().start_sandbox(*words)
        self.host = Host(self.home)  # Discord is elsewhere

    def start(self):
        super().start()
        self.quick()
        self.home.ok("--no-push", "channels", "tenant01", "logs", LOGS)
        self.home.ok("product", "add", "tenant01", "DL", "Diamond Lock", "3")
        self.home.ok("stock", "add", "tenant01", "DL", "a secret")
        self.home.ok("balance", "add", "tenant01", MEMBER, "30", "--growid", "Renter1")
        self.pushed("sync", "tenant01")
        self.up()

    def later(self, ms):
        """So much time passes, and then the minutes in which a daemon that runs looks at the terms."""
        self.host.step(realtime_ms=ms, monotonic_ms=ms)
        for _ in range(3):
            self.host.step(realtime_ms=MINUTE + 1000, monotonic_ms=MINUTE + 1000)
            self.stir()

    def stir(self):
        """The daemon's loop has turned: it has learned of a change."""
        log = self.log_mark()
        self.home.ok("--no-push", "config", "tenant01", "activity", f"turn {log}")
        if self.home.json("show", "tenant01")["status"] == "active":
            self.applied()

    def notices(self, part="rental"):
        return [m["content"] for m in self.messages(LOGS, "0") if part in m["content"]]

    def noticed(self, count):
        """So many notices, and no more after one more look at the terms."""
        until(f"{count} notices", lambda: len(self.notices()) >= count)
        self.later(0)
        assert len(self.notices()) == count, self.notices()
        return self.notices()[-1]


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@pytest.fixture
def world(tmp_path):
    world = Rented(Home(tmp_path / "home"))
    try:
        world.start()
        yield world
    finally:
        world.end()


def test_a_warning_at_each_threshold_once_whatever_is_restarted(world):
    world.home.ok("rent", "tenant01", "extend", 10)
    world.later(0)
    assert world.notices() == []
    for number, (left, passes) in enumerate((("7 days", 3 * DAY), ("3 days", 4 * DAY), ("24 hours", 2 * DAY)), 1):
        world.later(passes)
        assert f"in {left}" in world.noticed(number)
        world.daemon.kill()
        world.start_daemon()
        world.up()
        assert f"in {left}" in world.noticed(number)
    world.home.ok("rent", "tenant01", "extend", 30)  # starts over
    world.later(24 * DAY)
    assert "in 7 days" in world.noticed(4)


def test_a_warning_that_cannot_be_marked_is_not_given(world):
    """Else it would be given again each minute."""
    def change(sql):
        with contextlib.closing(sqlite3.connect(world.home.db, timeout=LIMIT)) as db:
            db.execute(sql)
    world.home.ok("rent", "tenant01", "extend", 10)
    change("CREATE TRIGGER unmarked BEFORE UPDATE OF warned ON rents BEGIN SELECT RAISE(ABORT, 'unmarked'); END")
    log = world.log_mark()
    world.later(3 * DAY)
    until("it was tried", lambda: "refuses the change" in world.daemon.log[log:])
    world.later(0)
    assert world.notices() == []
    change("DROP TRIGGER unmarked")
    world.later(0)
    assert "in 7 days" in world.noticed(1)


def test_only_the_nearest_warning_of_those_that_were_missed(world):
    world.home.ok("rent", "tenant01", "extend", 10)
    world.daemon.end()
    world.host.step(realtime_ms=7 * DAY + HOUR, monotonic_ms=7 * DAY + HOUR)
    world.start_daemon()
    world.up()
    assert "in 3 days" in world.noticed(1)


@pytest.mark.parametrize("auto", ["on", "off"])
def test_a_warning_says_what_is_left_and_what_comes_then(world, auto):
    world.home.ok("rent", "tenant01", "extend", 10)
    world.home.ok("rent", "tenant01", "auto", auto)
    world.daemon.end()
    world.host.step(realtime_ms=8 * DAY + 16 * HOUR, monotonic_ms=8 * DAY + 16 * HOUR)
    world.start_daemon()
    world.up()
    notice = world.noticed(1)
    assert "in 32 hours" in notice and ("will be renewed by 30 days" in notice) == (auto == "on")


@pytest.mark.parametrize("running", [True, False], ids=["while it runs", "while it is away"])
def test_at_the_end_the_bot_leaves_sells_nothing_and_a_renewal_brings_it_back(world, running):
    world.home.ok("rent", "tenant01", "extend", 10)
    if running:
        world.later(9 * DAY + HOUR)
        world.noticed(1)
        assert world.show()["status"] == "active"
        world.later(DAY)
    if running:
        assert "has ended" in until("it was told", lambda: world.notices("has ended"))[0]
    else:
        world.daemon.end()
        world.host.step(realtime_ms=11 * DAY, monotonic_ms=11 * DAY)
        world.start_daemon()
    until("it has expired", lambda: world.show()["status"] == "expired")
    until("it was told, once", lambda: len(world.notices("has ended")) == 1)
    until("the bot has left", lambda: world.sessions()["sessions"] == [])
    until("that is shown", lambda: world.state()["state"] == "expired")
    row = world.home.json("audit", "tenant01", "--command", "status")["items"][0]
    assert (row["who"], row["face"], row["command"]) == ("daemon", "daemon", "status tenant01 expired"), row
    since = world.say(MEMBER, "!buy DL 1")
    error = world.home.run("-o", "json", "buy", "tenant01", MEMBER, "DL", "1").error
    assert error["code"] == "refused" and "expired" in error["message"], error
    world.daemon.kill()
    world.start_daemon()
    assert world.home.json("stock", "count", "tenant01", "DL")["items"][0]["available"] == 1
    document = world.pushed("rent", "tenant01", "extend", 30)
    assert world.show()["status"] == "active" and document["push"]["instance"] == world.instance
    world.up()
    assert "bought 1" in world.reply(MEMBER, "!buy DL 1")["content"]
    assert [m for m in world.messages(GENERAL, since) if "bought" in m["content"]]
    world.later(0)
    assert world.show()["status"] == "active"


def test_a_term_that_a_console_cuts_short_ends_at_its_moment(world):
    """No minute passes: the daemon looks again when somebody changes a term, and then knows when it ends."""
    document = world.home.json("--no-push", "rent", "tenant01", "until", rfc3339(time.time() + 5))
    ends_at = moment(document["rent"]["ends_at"])
    until("it has expired", lambda: world.show()["status"] == "expired")
    row = world.home.json("audit", "tenant01", "--command", "status")["items"][0]
    assert row["who"] == "daemon" and 0 <= moment(row["time"]) - ends_at < 5 * SLOW
    until("the bot has left", lambda: world.sessions()["sessions"] == [])
    (told,) = world.notices("has ended")  # before it left
    assert told and world.home.run("buy", "tenant01", MEMBER, "DL", "1").status == 1


def test_an_end_that_is_put_off_in_time_is_none(world):
    world.home.ok("rent", "tenant01", "until", rfc3339(time.time() + 30))
    until("the daemon knows", lambda: world.notices("less than an hour"))
    world.home.ok("rent", "tenant01", "extend", 30)
    world.later(0)
    assert world.show()["status"] == "active" and world.notices("has ended") == []


def test_a_term_that_renews_itself_is_told_and_nothing_stops(world):
    world.home.ok("rent", "tenant01", "extend", 5)
    world.home.ok("rent", "tenant01", "auto", "on")
    world.later(4 * DAY)
    assert "in 24 hours" in world.noticed(1)
    world.later(DAY)
    assert "renewed until" in world.noticed(2)
    assert world.show()["status"] == "active"
    row = world.home.json("audit", "tenant01", "--command", "rent")["items"][0]
    assert row["who"] == "daemon" and row["command"] == "rent tenant01 extend 30"


def test_a_tenant_without_term_or_logs_lives_on_quietly(world):
    world.later(400 * DAY)
    assert world.show()["status"] == "active" and world.notices() == []
    world.home.ok("rent", "tenant01", "extend", 2)
    world.home.ok("--no-push", "channels", "tenant01", "logs", "none")
    world.later(DAY + HOUR)
    world.home.ok("--no-push", "channels", "tenant01", "logs", LOGS)
    world.later(0)
    assert world.notices() == [] and world.show()["status"] == "active"
    world.later(DAY)
    until("it has expired", lambda: world.show()["status"] == "expired")


def test_what_somebody_else_ends_is_left_alone(world):
    world.home.ok("rent", "tenant01", "extend", 2)
    world.home.ok("status", "tenant01", "suspended")
    world.later(3 * DAY)
    assert world.show()["status"] == "suspended" and world.notices() == []
    world.home.ok("rent", "tenant01", "extend", 2)
    assert world.show()["status"] == "suspended"
