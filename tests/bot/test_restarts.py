"""Bots that fail: how often they are started again, when that ends, and how they come back."""

import contextlib
import json
import re
import socket
import struct
import threading

import pytest

from botlib import World, nth, token_of
from hostile import Host
from live import BOT, GUILD, MEMBER, TOKEN, bot, guild
from program import LIMIT, Home, until

pytestmark = pytest.mark.xdist_group("bot_restarts")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    document = {"guilds": [guild(n) for n in range(2)], "bots": [bot(0), bot(1, token_of(1))]}
    world = World(Home(tmp_path_factory.mktemp("world") / "home"), document)
    try:
        world.start()
        world.quick()
        world.pushed("sync", "tenant01")
        world.home.create("tenant02", guild=nth(GUILD, 1), renter=MEMBER)
        world.pushed("token", "tenant02", "set", stdin=token_of(1) + "\n")
        yield world
    finally:
        world.end()


class Listener:
    """Where a gateway should be: every connection is reset. `count` of them so far."""

    def __init__(self):
        self.count = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.count += 1
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()


@contextlib.contextmanager
def gateway_at(world, url, tenant_bot=BOT):
    """GET /gateway/bot names this address to that bot."""
    answer = json.dumps({"url": url, "shards": 1, "session_start_limit": {
        "total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}})
    raw = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n{answer}"
    world.sandbox.control(do="fault", on="rest", kind="garbage", body=raw, method="GET", path="/gateway/bot",
                          bot=tenant_bot, times=0)
    try:
        yield
    finally:
        world.sandbox.control(do="clear_faults")


@contextlib.contextmanager
def configured(world, **config):
    for key, value in config.items():
        world.pushed("config", "tenant01", key, value)
    try:
        yield
    finally:
        for key in config:
            world.home.ok("--no-push", "config", "tenant01", key, "none")
        world.pushed("bot", "restart", "tenant01")
        assert world.state()["error"] is None


def pauses(world, since):
    return [int(m[1]) for m in re.finditer(r" tenant01 restart .* in (\d+) ms", world.daemon.log[since:])]


@pytest.mark.parametrize("kind,words", [("refused", "Connection refused"), ("reset", ""), ("tls", "")])
def test_a_gateway_that_cannot_be_had_is_tried_so_often_and_then_told(world, kind, words):
    listener = Listener()
    if kind == "refused":
        listener.socket.close()
    with configured(world, max_restart_attempts=2):
        log, before = world.log_mark(), world.state()["restarts"]
        scheme = "wss" if kind == "tls" else "ws"
        with gateway_at(world, f"{scheme}://127.0.0.1:{listener.port}"):
            world.home.run("--wait", 0, "bot", "restart", "tenant01")
            found = world.daemon.wait_state("tenant01", "error")
            assert words in found["error"] and found["error"].endswith("(after 2 restarts)"), found
            assert found["restarts"] == before + 2
            tries = pauses(world, log)
            assert len(tries) == 2 and tries[0] < tries[1], tries
            if kind != "refused":
                assert listener.count == 3
            assert world.state("tenant02")["state"] == "running"
    listener.socket.close()


def test_a_bot_that_is_not_to_be_restarted_is_marked_at_once(world):
    listener = Listener()
    with configured(world, auto_restart="off"):
        with gateway_at(world, f"ws://127.0.0.1:{listener.port}"):
            log = world.log_mark()
            world.home.run("--wait", 0, "bot", "restart", "tenant01")
            found = world.daemon.wait_state("tenant01", "error")
            assert listener.count == 1 and pauses(world, log) == [] and "restart" not in found["error"], found
    listener.socket.close()


def test_one_lost_connection_is_no_failure(world):
    with configured(world, auto_restart="off"):
        before = world.sessions()["resumes"]
        world.sandbox.control(do="fault", on="gateway", kind="reset", bot=BOT)
        world.wait("session", bot=BOT, state="ready", resumes=before + 1)
        until("it runs again", lambda: world.state()["state"] == "running")
        assert world.state()["restarts"] == 0 or world.state()["error"] is None


def test_what_discord_asks_of_every_bot_is_no_failure(world):
    with configured(world, auto_restart="off"):
        for kind, more in (("op7", {}), ("op9", {"resumable": False}), ("op7", {})):
            before = world.sessions()
            world.sandbox.control(do="fault", on="gateway", kind=kind, bot=BOT, **more)
            until("it is back", lambda: world.connected() and sum(
                world.sessions()[k] - before[k] for k in ("identifies", "resumes")))
        until("it runs", lambda: world.state()["state"] == "running")


def test_a_gateway_that_throws_the_bot_out_again_and_again(world):
    with configured(world, max_restart_attempts=1):
        def thrown_out():
            if world.connected():
                world.sandbox.control(do="fault", on="gateway", kind="reset", bot=BOT)
            return world.state()["state"] == "error"
        until("it is given up", thrown_out)
        assert "after 1 restart)" in world.state()["error"]


def test_after_an_outage_all_are_back_when_the_first_one_is(tmp_path):
    document = {"guilds": [guild(n) for n in range(3)], "bots": [bot(0)] + [bot(n, token_of(n)) for n in (1, 2)]}
    world = World(Home(tmp_path / "home"), document)
    try:
        world.start()
        for n in (1, 2):
            world.home.create(f"tenant0{n + 1}", guild=nth(GUILD, n), renter=MEMBER)
            world.pushed("token", f"tenant0{n + 1}", "set", stdin=token_of(n) + "\n")
        for tenant in ("tenant01", "tenant02", "tenant03"):
            world.pushed("config", tenant, "max_restart_attempts", 1)
        world.pushed("config", "tenant03", "auto_restart", "off")
        port = world.sandbox.root.rpartition(":")[2]
        world.sandbox.kill()
        for tenant in ("tenant01", "tenant02", "tenant03"):
            assert world.daemon.wait_state(tenant, "error")["error"]
        world.start_sandbox("--listen", f"127.0.0.1:{port}")
        world.pushed("bot", "restart", "tenant01")
        world.daemon.wait_state("tenant02", "running")
        assert world.state("tenant03")["state"] == "error"  # as it was told
    finally:
        world.end()


def test_a_bot_alone_comes_back_from_an_outage_by_itself(tmp_path):
    world = World(Home(tmp_path / "home"))
    try:
        world.start_sandbox()
        host = Host(world.home)
        world.create()
        world.start_daemon()
        world.set_token()
        world.pushed("config", "tenant01", "max_restart_attempts", 0)
        port = world.sandbox.root.rpartition(":")[2]
        world.sandbox.kill()
        world.daemon.wait_state("tenant01", "error")
        world.start_sandbox("--listen", f"127.0.0.1:{port}")
        host.step(realtime_ms=60000, monotonic_ms=60000)  # which is how long it leaves Discord alone

        def running():
            world.home.ok("--no-push", "config", "tenant01", "activity", str(world.log_mark()))  # wakes the daemon
            return world.state()["state"] == "running"
        until("it is back", running)
        assert world.state()["error"] is None
    finally:
        world.end()


# --- a token that Discord refuses ---

def test_a_restart_tries_a_refused_token_again_and_says_that_it_is_refused(world):
    world.sandbox.control(do="revoke_token", bot=BOT)
    world.daemon.wait_state("tenant01", "error")
    for words in ((), ("--no-push",)):
        since = world.mark()
        document = world.write("--wait", LIMIT, *words, "bot", "restart", "tenant01")
        if not words:
            assert (document["push"]["reason"], document["exit"]) == ("token_refused", 5), document
            assert "refuses" in document["err"]
        until("it was tried", lambda: world.requests(since, status=401))
        until("and refused", lambda: world.show()["token"] == "refused")
        found = world.daemon.wait_state("tenant01", "error")
        assert "refuses the token" in found["error"]


def test_a_restart_brings_a_bot_back_whose_token_was_refused_by_mistake(world):
    world.sandbox.control(do="set_token", bot=BOT, token=TOKEN)
    world.pushed("bot", "restart", "tenant01")
    assert world.show()["token"] == "set" and world.state()["error"] is None
    assert world.reply(MEMBER, "!ping")["content"].startswith("Pong")
    world.pushed("config", "tenant01", "nickname", "Back")
