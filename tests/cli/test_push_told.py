"""What the answer to a write says besides the state of its push: who will not acknowledge it, what made it apply, and
which channels and roles are not of the guild."""

import re
import time

import pytest

from live import BOT, GENERAL, GUILD, LOGS, WELCOME, Live, guild, seed
from program import LIMIT, SLOW, Home, until

CATEGORY = "987654321098765437"
ROLE = "987654321098765440"


@pytest.fixture
def world(tmp_path):
    """As `live`, with a category and a role in the guild, and a second guild."""
    home = guild()
    home["channels"].append({"id": CATEGORY, "name": "tickets", "type": 4})
    home["roles"] = [{"id": ROLE, "name": "newcomer"}]
    made = Live(Home(tmp_path / "home"), seed() | {"guilds": [home, guild(1)]})
    try:
        made.start()
        yield made
    finally:
        made.end()


def write(world, *words, **how):
    result = world.home.run("-o", "jsonl", "--wait", LIMIT, *words, **how)
    assert result.lines, repr(result)
    return result, result.lines[0]["push"]


def failed(world, *lines):
    """The first of these writes that says which parts failed: it is told if it is known in half a second."""
    for words in lines:
        result, push = write(world, *words)
        assert (push["state"], result.status) == ("acknowledged", 0), repr(result)
        if "failed" in push:
            return push["failed"]
    raise AssertionError(repr(result))


def asked(world, since, part="", method=None):
    return [r for r in world.sandbox.control(do="requests", since=since)["requests"]
            if part in r["path"] and method in (None, r["method"])]


def now(world):
    return world.sandbox.control(do="requests", limit=1)["last"]


# --- who will not acknowledge ---

def test_a_bot_that_gave_up_is_told_of_at_once_and_what_to_do(world):
    world.sandbox.control(do="fault", on="gateway", kind="close", bot=BOT, code=4013)
    until("it gave up", lambda: world.home.json("bot", "status", "tenant01")["state"] == "error")
    begun = time.monotonic()
    result, push = write(world, "features", "tenant01", "welcome", "enable")
    assert (push["state"], push["reason"], result.status) == ("pushed", "no_daemon", 5), repr(result)
    assert time.monotonic() - begun < LIMIT / 2
    assert "4013" in result.error["hint"] and "bot restart tenant01" in result.error["hint"], result.err
    # the write that connects it anew is waited for
    result, push = write(world, "bot", "restart", "tenant01")
    assert (push["state"], result.status) == ("acknowledged", 0), repr(result)
    assert write(world, "features", "tenant01", "leveling", "disable")[1]["state"] == "acknowledged"


# --- what made it apply ---

def test_back_from_maintenance_needs_no_message_and_no_wait_for_one(world):
    took = []
    for _ in range(3):
        assert write(world, "status", "tenant01", "maintenance")[1]["notified"] in ("discord", "database")
        before = world.control_messages()
        foretold = world.home.json("--dry-run", "status", "tenant01", "active")["discord"]
        assert not [c for c in foretold if "/messages" in c["path"]], foretold
        result, push = write(world, "status", "tenant01", "active")
        assert (push["state"], push["notified"], result.status) == ("acknowledged", "database", 0), repr(result)
        took.append(push["ms"])
        document = world.show()
        assert document["applied_revision"] == document["revision"] and document["status"] == "active"
        assert world.control_messages() == before
    assert min(took) < 450 * SLOW, took  # the best, since the machine may be busy


def test_a_write_that_raises_no_revision_is_applied_by_nothing(world):
    assert write(world, "features", "tenant01", "welcome", "enable")[1]["notified"] in ("discord", "database")
    result, push = write(world, "rename", "tenant01", "Another Name")
    assert (push["state"], push["notified"], result.status) == ("acknowledged", "none", 0), repr(result)


def test_sync_says_that_the_bot_took_its_message(world):
    assert write(world, "sync", "tenant01")[1]["notified"] == "discord"
    world.daemon.end()
    world.start_daemon()
    until("it runs", lambda: world.show()["bot"]["state"] == "running")
    result, push = write(world, "sync", "tenant01")
    assert (push["state"], push["notified"], result.status) == ("acknowledged", "discord", 0), repr(result)
    world.home.ok("channels", "tenant01", "control", "none")
    assert write(world, "sync", "tenant01")[1]["notified"] == "none"


# --- channels and roles ---

@pytest.mark.parametrize("kind,channel,why", [
    ("welcome", "123", "no channel of this guild"), ("welcome", str(int(GENERAL) + 1000), "no channel of this guild"),
    ("welcome", CATEGORY, "no text channel"), ("ticket_category", GENERAL, "no category")])
def test_a_channel_that_is_not_of_the_guild_is_said_and_kept_until_it_is_put_right(world, kind, channel, why):
    parts = failed(world, *[["channels", "tenant01", kind, channel], ["channels", "tenant01", kind, "none"]] * 3)
    assert [(f["kind"], f["reason"]) for f in parts] == [("channels", f"{kind} {channel} is {why}")], parts
    rows = world.failed()
    assert [r["kind"] for r in rows] == ["channels"] and why in rows[0]["reason"], rows
    assert world.home.json("summary")["push"]["failed"] == 1
    checks = {c["name"]: c for c in world.home.run("-o", "json", "doctor").json["checks"]}
    assert not checks["outbox"]["ok"] and channel in checks["outbox"]["detail"], checks["outbox"]
    # whatever is written meanwhile asks nothing more, and says it too
    since = now(world)
    switched = (["features", "tenant01", "welcome", word] for word in ("enable", "disable", "enable"))
    assert failed(world, *switched)[0]["kind"] == "channels"
    assert asked(world, since, "/channels", "GET") == []
    world.home.ok("channels", "tenant01", kind, CATEGORY if kind == "ticket_category" else WELCOME)
    until("the outbox is empty", lambda: world.home.json("push", "list")["items"] == [])


def test_people_read_what_to_do_about_a_mistyped_channel(world):
    ids = range(123456789012345678, 123456789012345681)
    results = (world.home.ok("channels", "tenant01", "welcome", i) for i in ids)
    result = next(r for r in results if "failed" in r.out)  # it is told if it is known in half a second
    assert re.search(r"welcome 1234567890123456\d\d is no channel of this guild", result.out), repr(result)
    assert "channels tenant01 TYPE ID" in result.err, repr(result)


def test_channels_are_asked_for_once_and_foretold(world):
    since = now(world)
    foretold = world.home.json("--dry-run", "channels", "tenant01", "welcome", WELCOME)["discord"]
    assert [c["path"] for c in foretold if c["method"] == "GET"] == [f"/guilds/{GUILD}/channels"], foretold
    assert asked(world, since) == []
    assert "failed" not in write(world, "channels", "tenant01", "welcome", WELCOME)[1]
    world.settled()
    assert asked(world, since, f"/guilds/{GUILD}/channels", "GET")  # twice, if the console had gone by the answer
    since = now(world)
    for words in (["channels", "tenant01", "welcome", "none"], ["features", "tenant01", "welcome", "enable"],
                  ["sync", "tenant01"], ["bot", "restart", "tenant01"]):
        assert "failed" not in write(world, *words)[1]
    world.settled()
    assert asked(world, since, f"/guilds/{GUILD}/channels", "GET") == []
    # what the program has made itself it need not look for
    document = world.home.json("channels", "tenant01", "ticket_category", "create")
    assert "failed" not in document["push"]
    assert len(asked(world, since, f"/guilds/{GUILD}/channels", "GET")) == 1  # by its topic, before it was made


def test_channels_set_before_the_token_are_looked_for_with_it(tmp_path):
    parts = Live(Home(tmp_path / "home"))
    try:
        parts.start_sandbox()
        parts.create()
        parts.home.ok("channels", "tenant01", "logs", "4711")
        parts.start_daemon()
        document = parts.set_token()
        assert document["push"]["state"] == "acknowledged"
        reasons = until("it is told", lambda: [r["reason"] for r in parts.home.json("push", "list")["items"]])
        assert reasons == ["logs 4711 is no channel of this guild"]
        parts.home.ok("channels", "tenant01", "logs", LOGS)
        until("the outbox is empty", lambda: parts.home.json("push", "list")["items"] == [])
    finally:
        parts.end()


def test_a_role_that_is_not_of_the_guild_is_said(world):
    role = lambda value: ["settings", "tenant01", "welcome", "auto_role", value]
    parts = failed(world, *[role("77"), role("none")] * 3)
    assert [(f["kind"], f["reason"]) for f in parts] == [("roles", "welcome auto_role 77 is no role of this guild")]
    write(world, "settings", "tenant01", "welcome", "auto_role", "none")
    write(world, "settings", "tenant01", "shop", "staff_roles", f"{ROLE},78")
    until("it is the other one", lambda: [r["reason"] for r in world.home.json("push", "list")["items"]] ==
          ["shop staff_roles 78 is no role of this guild"])
    write(world, "settings", "tenant01", "shop", "staff_roles", ROLE)
    until("the outbox is empty", lambda: world.home.json("push", "list")["items"] == [])
