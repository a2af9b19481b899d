"""The screens with a sandbox and a daemon: the push state beside what was changed, live."""

import pytest

from live import LOGS, PRIVILEGED, Live, bot, guild
from program import Home


@pytest.fixture
def watched(live, open_screens):
    t = open_screens(live.home, cols=100)  # so that no number of milliseconds is cut
    t.wait("1 running")
    t.key("2")
    t.wait("1 of 1")
    t.wait("●")
    t.key("enter")
    t.wait("in step")
    return t


def choose_welcome(t):
    t.key("end", "up")
    t.wait("▶ [ ] welcome")


def test_a_switched_feature_is_acknowledged_beside_it(watched, live):
    live.beat()
    live.home.ok("channels", "tenant01", "donation_log", LOGS)  # the feature needs nothing more
    watched.key("end")
    watched.wait("▶ [ ] donation")
    watched.wait(" ms · rev 3 = 3 ✓")
    watched.key("space")
    watched.wait("acknowledged by bot-")
    watched.wait(" ms · rev 4 = 4 ✓")
    watched.golden("live_acknowledged")
    assert live.show()["applied_revision"] == 4
    watched.key("0")
    watched.wait("last ack")
    watched.wait("donation on")
    watched.golden("live_dashboard")


def test_a_change_by_another_hand_appears_with_its_push(watched, live):
    live.home.ok("features", "tenant01", "welcome", "on")
    watched.wait("[x] welcome")
    watched.wait("rev 3 = 3 ✓")


def test_without_a_daemon_a_change_waits_and_is_shown_so(watched, live):
    live.daemon.kill()
    choose_welcome(watched)
    watched.key("space")
    watched.wait("no daemon serves")
    watched.key("0")
    watched.wait("no daemon runs")
    live.start_daemon()
    watched.wait("the daemon runs")
    watched.key("2", "enter")
    watched.wait("rev 3 = 3 ✓")


def test_without_discord_a_change_is_pending_and_listed(watched, live):
    live.sandbox.kill()
    choose_welcome(watched)
    watched.key("space")
    watched.wait("saved; not pushed yet")
    watched.key("4")
    watched.wait("pending")
    watched.wait("control")


def test_a_token_is_typed_unseen(live, open_screens):
    from live import TOKEN
    live.home.ok("token", "tenant01", "clear", "--yes")
    t = open_screens(live.home)
    t.wait("total")
    t.key("2")
    t.wait("no token")
    t.key("enter")
    t.wait("FEATURES")
    t.key("left")
    t.wait("OVERVIEW")
    t.key("t")
    t.wait("Bot token of tenant01:")
    t.key("esc")
    t.wait("nothing was typed")
    t.key("p")  # what was told goes with the next form
    t.wait("plan tenant01 premium")  # the present one stands in it
    t.gone("nothing was typed")
    t.key("esc", "t")
    t.wait("Bot token of tenant01:")
    t.send(TOKEN)
    t.wait("****")
    t.key("enter")
    t.wait("acknowledged")
    t.wait("●")
    assert TOKEN.encode() not in t.raw() and b"this-is-the-secret" not in t.raw()


def test_stopping_and_starting_a_bot(live, open_screens):
    t = open_screens(live.home)
    t.wait("1 running")
    t.key("3")
    t.wait("1 of 1")
    t.wait("●")
    t.key("x")
    t.wait("y does it")  # a customer's bot is not stopped by one key
    t.key("y")
    t.wait("stop of the bot of tenant01: acknowledged")
    t.wait("stopped")
    t.golden("live_bots_stopped")
    t.key("a")  # READY comes when the next IDENTIFY is allowed, up to 5 s later: acknowledged, or just saved in time
    t.wait("start of the bot of tenant01")
    t.wait("●")  # its state or, once a heartbeat was answered, its latency
    t.key("7")
    t.wait("ready")


@pytest.fixture
def unswitched(tmp_path):
    """A bot without the Server Members switch in the portal, and a feature that needs it."""
    world = Live(Home(tmp_path / "home"), {"guilds": [guild()], "bots": [bot(flags=PRIVILEGED & ~(1 << 15))]})
    try:
        world.start()
        world.beat()
        world.home.ok("features", "tenant01", "welcome", "on")
        yield world
    finally:
        world.end()


def test_what_a_bot_lacks_in_the_portal_is_shown(unswitched, open_screens):
    t = open_screens(unswitched.home, cols=120)
    t.wait("needs the Server Members Intent")
    t.golden("needs_dashboard")
    t.key("3")
    t.wait("1 of 1")
    t.wait("needs the Server")
    t.golden("needs_bots")
    t.key("enter")
    t.wait("[x] welcome")
    t.wait("! needs the Server Members Intent switch in the portal")
    t.golden("needs_features")
    t.key("left")
    t.wait("bot lacks")
    t.resize(24, 80)
    t.golden("needs_overview")


def test_what_a_feature_lacks_calls_for_somebody_while_it_is_on(unswitched, open_screens):
    t = open_screens(unswitched.home)
    t.wait("needs the Server")
    unswitched.home.ok("features", "tenant01", "welcome", "off")
    t.wait("│ nothing")
