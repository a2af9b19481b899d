"""The start of a daemon: what comes first, and what when the database cannot be used yet."""

import errno

import pytest

from botlib import World, nth, token_of
from hostile import Host
from live import BOT, GUILD, MEMBER, Daemon, bot, guild
from program import Home, until

pytestmark = pytest.mark.xdist_group("bot_start")


@pytest.fixture
def world(tmp_path):
    world = World(Home(tmp_path / "home"), {"guilds": [guild(n) for n in range(3)],
                                            "bots": [bot(n, token_of(n)) for n in range(3)]})
    try:
        world.start_sandbox()
        world.host = Host(world.home)
        world.create()
        world.start_daemon()
        world.set_token()
        yield world
    finally:
        world.end()


def test_what_stayed_behind_is_pushed_once_the_bots_stand(world):
    for n in (1, 2):
        world.home.create(f"tenant0{n + 1}", guild=nth(GUILD, n), plan="premium", renter=MEMBER)
        world.pushed("token", f"tenant0{n + 1}", "set", stdin=token_of(n) + "\n")
    world.daemon.end()
    for n in range(3):
        world.home.ok("--no-push", "config", f"tenant0{n + 1}", "nickname", "Late")
    world.host.step(realtime_ms=60000)  # no console pushes them any more
    since = world.mark()
    world.start_daemon()
    until("all are pushed", lambda: all(world.requests(since, bot=nth(BOT, n), method="PATCH") for n in range(3)))
    seen = [(r["method"], r["path"]) for r in world.requests(since)]
    first = next(i for i, (method, path) in enumerate(seen) if method == "PATCH" and path.endswith("/members/@me"))
    asked = [i for i, (method, path) in enumerate(seen) if method == "GET" and "/applications/@me" in path]
    assert len(asked) == 3 and max(asked) < first, seen


def test_a_daemon_that_cannot_write_at_first_serves_once_it_can(world):
    world.daemon.end()
    world.host.disk(error=errno.ENOSPC, writes=1000)
    world.daemon = Daemon(world.home)
    until("it says so", lambda: "changes not read" in world.daemon.log or world.gone("the daemon"))
    world.host.disk()
    until("the bot is back", lambda: world.connected())
    assert world.reply(MEMBER, "!ping")["content"].startswith("Pong")
