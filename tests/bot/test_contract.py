"""Every request of ours and every answer of the sandbox against Discord's own OpenAPI description."""

import collections

import pytest

import contract
from botlib import World, nth, token_of
from live import BOT, CONTROL, GENERAL, GUILD, MEMBER, OPERATOR, RENTER, TOKEN, WELCOME, bot, guild
from program import LIMIT, SLOW, Home, until

pytestmark = [pytest.mark.xdist_group("bot_contract"),
              pytest.mark.skipif(not contract.available(), reason="no openapi.json here")]

ROLE = "7001"


def traffic(world):
    """All that the program asks of Discord in this version, with what can go wrong answered as Discord would."""
    world.pushed("config", "tenant01", "nickname", "Contract")
    world.wait("nick", guild=GUILD, member=BOT, nick="Contract")
    world.pushed("config", "tenant01", "nickname", "none")
    world.pushed("settings", "tenant01", "custom_commands", "rules", "Be kind, {user}")
    world.pushed("features", "tenant01", "welcome", "enable")
    world.pushed("settings", "tenant01", "welcome", "auto_role", ROLE)
    world.pushed("sync", "tenant01", "--fresh")
    for kind in ("logs", "ticket_category", "live_stock"):
        world.pushed("channels", "tenant01", kind, "create")
    world.home.ok("token", "tenant01", "check")
    # members
    world.wait("commands", guild=GUILD, bot=BOT, name="rules")
    for text in ("!ping", "!help", "!rules", "!tenant-admin show .", "!tenant-admin help",
                 "!tenant-admin features . shp on"):
        world.reply(OPERATOR, text)
    for command in ("ping", "help", "rules", "tenant-admin version", "tenant-admin show", "tenant-admin list",
                    "tenant-admin help"):
        world.slash(OPERATOR, command)
    world.dm(OPERATOR, "!tenant-admin list")
    world.admin(MEMBER, "show")
    world.admin(RENTER, "features feature=leveling value=false")
    suggested = world.sandbox.control(do="autocomplete", channel=GENERAL, member=RENTER, bot=BOT, command="tenant-admin features",
                                      options={"feature": ""}, focused="feature", timeout_ms=int(LIMIT * 900))
    assert suggested["choices"], suggested
    world.slash(OPERATOR, "tenant-admin plan", plan="basic")
    press(world, "Cancel")
    world.reply(OPERATOR, "!tenant-admin plan . basic")
    press(world, "Yes, run it")
    world.admin(OPERATOR, "undo")
    slow(world)
    world.sandbox.control(do="join", guild=GUILD, user={"id": "600000000000000001", "username": "newcomer"})
    world.wait("message", channel=WELCOME, author=BOT, text="600000000000000001")
    world.wait("request", method="PUT", path=f"/guilds/{GUILD}/members/600000000000000001/roles/{ROLE}")
    # what is refused
    world.home.run("channels", "tenant01", "welcome", "7888")
    world.sandbox.control(do="join", guild=GUILD, user={"id": "600000000000000002", "username": "unseen"})
    world.wait("request", method="POST", path="/channels/7888/messages")
    world.sandbox.control(do="limits", rate=True)
    message = {"content": "too many", "allowed_mentions": {"parse": []}}
    # The program keeps within the limits: somebody else with the token does not.
    until("it is too much", lambda: world.sandbox.api("POST", f"/channels/{GENERAL}/messages", TOKEN, message)[0] == 429)
    world.sandbox.control(do="limits", rate=False)
    world.applied()
    world.pushed("bot", "restart", "tenant01")
    world.home.run("-o", "json", "token", "tenant02", "set", stdin=token_of(9) + "\n")
    world.sandbox.control(do="revoke_token", bot=BOT)
    until("it is refused", lambda: world.show()["token"] == "refused")


def press(world, label):
    world.sandbox.control(do="click", channel=GENERAL, member=OPERATOR, label=label, timeout_ms=int(LIMIT * 900))


def slow(world):
    """An answer that is deferred."""
    world.sandbox.control(do="fault", on="rest", kind="latency", ms=int(1500 + 3000 * SLOW), method="GET",
                          path=f"/guilds/{GUILD}/channels", times=1)
    started = world.sandbox.control(do="slash", channel=GENERAL, member=OPERATOR, bot=BOT, command="tenant-admin channels",
                                    options={"type": "donation_log", "value": "create"})
    world.wait("interaction", interaction=started["interaction"])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The record of one run, and the description."""
    directory = tmp_path_factory.mktemp("world")
    one = guild()
    one["roles"] = [{"id": ROLE, "name": "Newcomer"}]
    world = World(Home(directory / "home"), {"guilds": [one, guild(1)], "bots": [bot(0), bot(1, token_of(1))]})
    try:
        world.start_sandbox("--record", str(directory / "record.jsonl"))
        world.create()
        world.home.create("tenant02", guild=nth(GUILD, 1))
        world.quick()
        world.home.ok("--no-push", "channels", "tenant01", "welcome", WELCOME)
        world.start_daemon()
        world.set_token()
        traffic(world)
    finally:
        world.end()
    return list(contract.entries(directory / "record.jsonl")), contract.Contract()


def distinct(complaints):
    """Each kind once, with how often it came."""
    counted = collections.Counter(complaints)
    return "\n".join(f"{n} x {text}" for text, n in counted.most_common(25))


def test_the_record_has_what_the_program_does(recorded):
    entries, description = recorded
    seen = {(e["method"], description.operation(e["method"], e["path"])[0]) for e in entries}
    assert seen >= {
        ("GET", "/applications/@me"), ("GET", "/gateway/bot"), ("POST", "/channels/{channel_id}/messages"),
        ("PUT", "/applications/{application_id}/guilds/{guild_id}/commands"),
        ("GET", "/applications/{application_id}/guilds/{guild_id}/commands"), ("PATCH", "/guilds/{guild_id}/members/@me"),
        ("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me"),
        ("GET", "/guilds/{guild_id}/channels"), ("POST", "/guilds/{guild_id}/channels"), ("POST", "/users/@me/channels"),
        ("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"),
        ("POST", "/interactions/{interaction_id}/{interaction_token}/callback"),
        ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original"),
        ("POST", "/webhooks/{webhook_id}/{webhook_token}"),
    }, seen
    assert {e["status"] for e in entries} >= {200, 204, 401, 404, 429}
    assert all(None not in pair for pair in seen), seen


def test_every_request_fits_the_description(recorded):
    entries, description = recorded
    unread = lambda e: e["body"] is None and e["status"] in (401, 429)  # refused before its body was looked at
    found = [text for e in entries if not unread(e) for text in description.request(e)]
    assert not found, distinct(found)


def test_every_answer_fits_the_description(recorded):
    entries, description = recorded
    found = [text for e in entries for text in description.answer(e)]
    assert not found, distinct(found)


def test_every_message_of_ours_says_whom_it_mentions(recorded):
    entries, _ = recorded
    messages = [e["body"] for e in entries if e["method"] in ("POST", "PATCH") and e["body"] and
                (e["path"].endswith(("/messages", "/messages/@original")) or "/webhooks/" in e["path"])]
    messages += [e["body"]["data"] for e in entries if e["path"].endswith("/callback") and e["body"].get("data")
                 and e["body"]["type"] in (4, 7)]
    assert len(messages) > 20
    for message in messages:
        assert message["allowed_mentions"]["parse"] == [], message


def test_no_token_is_in_the_record(recorded):
    entries, _ = recorded
    assert TOKEN not in str(entries) and CONTROL in str(entries)
