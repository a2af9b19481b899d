"""What members get from a bot: help, ping, prefix and language, limits, welcome, the tenant's own commands; switched live."""

import re

import pytest

from botlib import World, nth, token_of
from live import BOT, GENERAL, GUILD, LOGS, MEMBER, OPERATOR, VIEWER, WELCOME, bot, guild
from program import Home, until

pytestmark = pytest.mark.xdist_group("bot_modules")

ROLE = "7001"
CONTENT, MEMBERS = 1 << 19, 1 << 15
newcomers = iter(range(600000000000000001, 600000000000009999))


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    one = guild()
    one["roles"] = [{"id": ROLE, "name": "Newcomer"}, {"id": "7002", "name": "Regular"}]
    both = bot(guilds=[GUILD, nth(GUILD, 1)])
    world = World(Home(tmp_path_factory.mktemp("world") / "home"),
                  {"guilds": [one, guild(1), guild(2)], "bots": [both, bot(2, token_of(2), flags=0)]})
    try:
        world.start()
        world.quick()
        world.home.ok("--no-push", "channels", "tenant01", "welcome", WELCOME)
        world.pushed("sync", "tenant01")
        world.wait("commands", guild=GUILD, bot=BOT, name="ping")
        yield world
    finally:
        world.end()


def join(world, server=GUILD, name=None):
    """Somebody new joins; the id."""
    user = str(next(newcomers))
    world.sandbox.control(do="join", guild=server, user={"id": user, "username": name or f"new{user[-3:]}"})
    return user


def greeted(world, user, channel=WELCOME):
    return world.wait("message", channel=channel, author=BOT, text=f"<@{user}>")["message"]


def roles(world, user):
    return world.sandbox.control(do="member", guild=GUILD, member=user)["member"]["roles"]


# --- help and ping ---

def test_ping_by_prefix_and_by_slash(world):
    message = world.reply(MEMBER, "!ping")
    assert re.fullmatch(r"Pong! \d+ ms\.", message["content"])
    assert message["message_reference"]["message_id"]
    report = world.slash(MEMBER, "ping")
    assert report["message"]["content"].startswith("Pong") and not report["ephemeral"]


def test_case_and_what_follows_do_not_matter(world):
    assert world.reply(MEMBER, "!PING")["content"].startswith("Pong")
    assert world.reply(MEMBER, "!ping and more")["content"].startswith("Pong")


@pytest.mark.parametrize("text", ["ping", "! ping", "!", "!!ping", "?ping", "!pingpong", "hello !ping", "", " !ping"])
def test_what_is_no_command_is_not_answered(world, text):
    said = world.say(MEMBER, text)
    assert world.silence(MEMBER, said) == []


def test_help_lists_what_is_on(world):
    world.pushed("settings", "tenant01", "custom_commands", "opening", "We open at nine")
    report = world.slash(MEMBER, "help")
    assert report["ephemeral"]
    assert "opening" in str(report["message"]["embeds"]) and "Test Guild" in str(report["message"]["embeds"])
    assert "opening" in str(world.reply(MEMBER, "!help")["embeds"])
    world.pushed("features", "tenant01", "custom_commands", "disable")
    assert "opening" not in str(world.slash(MEMBER, "help")["message"]["embeds"])
    world.pushed("features", "tenant01", "custom_commands", "enable")
    world.pushed("settings", "tenant01", "custom_commands", "opening", "none")


def test_bots_webhooks_and_other_guilds_are_ignored(world):
    world.post("!ping", GENERAL)
    world.sandbox.control(do="webhook", channel=GENERAL, content="!ping")
    elsewhere = world.say(MEMBER, "!ping", nth(GENERAL, 1))
    said = world.say(MEMBER, "!ping")
    world.wait("message", channel=GENERAL, after=said, author=BOT)
    assert [m["content"][:4] for m in world.messages(GENERAL, elsewhere)] == ["Pong"]
    assert world.messages(nth(GENERAL, 1), elsewhere) == []


# --- prefix and language ---

@pytest.mark.parametrize("prefix", ["?", "$$", "~>!", "&<>\"", "\u00a7", "bot:"])
def test_the_prefix_changes_while_it_runs(world, prefix):
    identifies = world.sessions()["identifies"]
    world.pushed("config", "tenant01", "prefix", prefix)
    old = world.say(MEMBER, "!ping")
    assert world.reply(MEMBER, f"{prefix}ping")["content"].startswith("Pong")
    assert len(world.messages(GENERAL, old)) == 1
    world.pushed("config", "tenant01", "prefix", "!")
    assert world.sessions()["identifies"] == identifies


@pytest.mark.parametrize("prefix", ["", "123456", "a b", "\t"])
def test_a_prefix_that_cannot_be(world, prefix):
    assert world.home.run("config", "tenant01", "prefix", prefix).status == 2


def test_the_language_changes_while_it_runs(world):
    world.pushed("config", "tenant01", "language", "id")
    assert re.fullmatch(r"Pong! \d+ md\.", world.reply(MEMBER, "!ping")["content"])
    world.pushed("config", "tenant01", "language", "en")
    assert re.fullmatch(r"Pong! \d+ ms\.", world.reply(MEMBER, "!ping")["content"])


def test_indonesian_is_the_default(world):
    world.pushed("config", "tenant01", "language", "none")
    assert "md" in world.reply(MEMBER, "!ping")["content"]
    world.pushed("config", "tenant01", "language", "en")


def test_the_activity_is_shown(world):
    identifies = world.sessions()["identifies"]
    world.pushed("config", "tenant01", "activity", "with blocks")
    assert world.reply(MEMBER, "!ping")
    world.pushed("config", "tenant01", "activity", "none")
    assert world.sessions()["identifies"] == identifies


# --- limits ---

def test_the_cooldown_is_each_member_s_and_each_command_s(world):
    world.pushed("config", "tenant01", "command_cooldown", 3600)
    try:
        assert world.reply(MEMBER, "!ping")["content"].startswith("Pong")
        said = world.say(MEMBER, "!ping")
        told = world.wait("message", channel=GENERAL, after=said, author=BOT)["message"]["content"]
        assert "wait" in told and re.search(r"\b3[0-6]\d\d\b", told)
        again = world.say(MEMBER, "!ping")  # a member cannot make the bot talk: it is told once
        assert world.reply(VIEWER, "!ping")["content"].startswith("Pong")
        assert len(world.messages(GENERAL, again)) == 1
        report = world.slash(MEMBER, "ping")
        assert "wait" in report["message"]["content"] and report["ephemeral"]
        assert world.slash(MEMBER, "help")["message"]["embeds"]  # another command
    finally:
        world.pushed("config", "tenant01", "command_cooldown", 0)
    assert world.reply(MEMBER, "!ping")["content"].startswith("Pong")


def test_the_rate_is_over_all_commands_of_a_member(world):
    world.pushed("config", "tenant01", "command_rate", 1)
    try:
        busy, other = join(world), join(world)
        assert world.slash(busy, "help")["message"]["embeds"]
        told = world.slash(busy, "ping")
        assert "Too many" in told["message"]["content"] and told["ephemeral"]
        assert world.reply(other, "!ping")["content"].startswith("Pong")
    finally:
        world.pushed("config", "tenant01", "command_rate", 100)
    assert world.reply(busy, "!ping")["content"].startswith("Pong")


# --- maintenance ---

def test_maintenance_is_answered_and_nothing_else_done(world):
    world.pushed("features", "tenant01", "welcome", "enable")
    world.pushed("settings", "tenant01", "custom_commands", "rules", "Be kind")
    world.pushed("status", "tenant01", "maintenance")
    try:
        for text in ("!ping", "!rules", "!help"):
            said = world.say(MEMBER, text)
            world.wait("message", channel=GENERAL, after=said, author=BOT, text="maintenance")
        assert "maintenance" in world.slash(MEMBER, "ping")["message"]["content"]
        user = join(world)
        assert "bot status" not in world.reply(OPERATOR, "!tenant-admin version")["content"]  # operators still pass
        assert f"<@{user}>" not in str(world.messages(WELCOME))
    finally:
        world.pushed("status", "tenant01", "active")
        world.pushed("features", "tenant01", "welcome", "disable")
        world.pushed("settings", "tenant01", "custom_commands", "rules", "none")


# --- welcome ---

def test_a_newcomer_is_greeted_while_it_is_on(world):
    quiet = join(world)
    world.pushed("features", "tenant01", "welcome", "enable")
    user = join(world)
    message = greeted(world, user)
    assert "Test Guild" in message["content"] and [m["id"] for m in message["mentions"]] == [user]
    world.pushed("config", "tenant01", "language", "id")
    assert greeted(world, join(world))["content"] != message["content"].replace(user, "")
    world.pushed("config", "tenant01", "language", "en")
    world.pushed("features", "tenant01", "welcome", "disable")
    late = join(world)
    world.reply(MEMBER, "!ping")
    said = str(world.messages(WELCOME))
    assert f"<@{quiet}>" not in said and f"<@{late}>" not in said


def test_the_text_and_the_role_are_the_tenant_s_own(world):
    world.pushed("features", "tenant01", "welcome", "enable")
    world.pushed("settings", "tenant01", "welcome", "message", "Hi {user}, this is {server}. {nobody} {user} @everyone")
    world.pushed("settings", "tenant01", "welcome", "auto_role", ROLE)
    since = world.mark()
    user = join(world)
    message = greeted(world, user)
    assert message["content"] == f"Hi <@{user}>, this is Test Guild. {{nobody}} <@{user}> @everyone"
    body = world.requests(since, method="POST", path=f"/channels/{WELCOME}/messages")[0]["body"]
    assert body["allowed_mentions"] == {"parse": [], "users": [user]} and message["mention_everyone"] is False
    until("it has the role", lambda: roles(world, user) == [ROLE])
    world.pushed("settings", "tenant01", "welcome", "auto_role", "7002")
    other = join(world)
    until("it has the other role", lambda: roles(world, other) == ["7002"])
    world.pushed("settings", "tenant01", "welcome", "auto_role", "none")
    third = join(world)
    greeted(world, third)
    assert roles(world, third) == []
    world.pushed("settings", "tenant01", "welcome", "message", "none")
    assert "Welcome" in greeted(world, join(world))["content"]
    world.pushed("features", "tenant01", "welcome", "disable")


def test_the_channel_is_switched_and_taken_away(world):
    world.pushed("features", "tenant01", "welcome", "enable")
    world.pushed("channels", "tenant01", "welcome", LOGS)
    user = join(world)
    greeted(world, user, LOGS)
    world.pushed("channels", "tenant01", "welcome", "none")
    world.pushed("settings", "tenant01", "welcome", "auto_role", ROLE)
    silent = join(world)
    until("the role does not need the channel", lambda: roles(world, silent) == [ROLE])
    world.pushed("settings", "tenant01", "welcome", "auto_role", "none")
    world.pushed("channels", "tenant01", "welcome", WELCOME)
    assert greeted(world, join(world))
    assert f"<@{silent}>" not in str(world.messages(WELCOME)) + str(world.messages(LOGS))
    world.pushed("features", "tenant01", "welcome", "disable")


def test_a_role_or_channel_that_is_gone_does_no_harm(world):
    world.pushed("features", "tenant01", "welcome", "enable")
    world.pushed("settings", "tenant01", "welcome", "auto_role", "7999")
    log = world.log_mark()
    greeted(world, join(world))
    world.logged("role not delivered", log)
    world.pushed("channels", "tenant01", "welcome", "7888")
    join(world)
    world.logged("message not delivered", log)
    assert world.state()["state"] == "running"
    world.pushed("channels", "tenant01", "welcome", WELCOME)
    world.pushed("settings", "tenant01", "welcome", "auto_role", "none")
    world.pushed("features", "tenant01", "welcome", "disable")


def test_bots_and_newcomers_elsewhere_are_not_greeted(world):
    world.pushed("features", "tenant01", "welcome", "enable")
    world.sandbox.control(do="join", guild=GUILD, user={"id": "600000000000010000", "username": "robot", "bot": True})
    elsewhere = join(world, nth(GUILD, 1))
    user = join(world)
    greeted(world, user)
    said = str([world.messages(c) for c in (WELCOME, nth(WELCOME, 1), GENERAL)])
    assert "600000000000010000" not in said and elsewhere not in said
    world.pushed("features", "tenant01", "welcome", "disable")


def test_many_newcomers_at_once(world):
    world.pushed("features", "tenant01", "welcome", "enable")
    users = [join(world) for _ in range(30)]
    for user in users:
        greeted(world, user)
    counts = [m["content"].count("<@") for m in world.messages(WELCOME) if any(u in m["content"] for u in users)]
    assert len(counts) == 30
    world.pushed("features", "tenant01", "welcome", "disable")


@pytest.mark.parametrize("key,value", [("message", ""), ("message", "x" * 1501), ("auto_role", "no id"), ("colour", "red")])
def test_settings_of_welcome_that_cannot_be(world, key, value):
    result = world.home.run("settings", "tenant01", "welcome", key, value)
    assert result.status == 2, repr(result)


# --- custom commands ---

def test_a_command_of_the_tenant_s_own_comes_and_goes_while_it_runs(world):
    identifies = world.sessions()["identifies"]
    world.pushed("settings", "tenant01", "custom_commands", "rules", "Be kind, {user}, in {server} and in {channel}. {x}")
    expected = f"Be kind, <@{MEMBER}>, in Test Guild and in <#{GENERAL}>. {{x}}"
    message = world.reply(MEMBER, "!rules")
    assert message["content"] == expected and [m["id"] for m in message["mentions"]] == [MEMBER]
    world.wait("commands", guild=GUILD, bot=BOT, name="rules")
    assert world.slash(MEMBER, "rules")["message"]["content"] == expected
    world.pushed("settings", "tenant01", "custom_commands", "rules", "Be @everyone kind")
    message = world.reply(MEMBER, "!rules")
    assert message["content"] == "Be @everyone kind" and not message["mention_everyone"]
    world.pushed("settings", "tenant01", "custom_commands", "rules", "none")
    assert world.silence(MEMBER, world.say(MEMBER, "!rules")) == []
    world.wait("commands", guild=GUILD, bot=BOT, name="rules", absent=True)
    assert world.sessions()["identifies"] == identifies


@pytest.mark.parametrize("name", ["a", "a" * 32, "0", "with-dash", "with_underscore", "9lives"])
def test_names_that_can_be(world, name):
    world.pushed("settings", "tenant01", "custom_commands", name, f"This is {name}")
    assert world.reply(MEMBER, f"!{name}")["content"] == f"This is {name}"
    assert world.reply(MEMBER, f"!{name.upper()} and more")["content"] == f"This is {name}"
    world.wait("commands", guild=GUILD, bot=BOT, name=name)
    assert world.slash(MEMBER, name)["message"]["content"] == f"This is {name}"
    world.pushed("settings", "tenant01", "custom_commands", name, "none")


@pytest.mark.parametrize("name,status", [("", 2), ("a" * 33, 2), ("Rules", 2), ("with space", 2), ("caf\u00e9", 2), ("a.b", 2),
                                         ("help", 1), ("ping", 1), ("tenant-admin", 1), ("tenant-shop", 1), ("buy", 1),
                                         ("rank", 1), ("top", 1), ("rep", 1), ("register", 1), ("balance", 1),
                                         ("products", 1), ("history", 1), ("ticket", 1), ("close", 1)])
def test_names_that_cannot_be(world, name, status):
    result = world.home.run("settings", "tenant01", "custom_commands", name, "text")
    assert result.status == status, repr(result)
    assert name not in world.show()["settings"]["custom_commands"]


def test_the_plan_says_how_many(world):
    lines = [w for n in range(200) for w in ("-c", f"settings tenant01 custom_commands c{n:03} 'Text {n}'")]
    result = world.home.run("--atomic", "--no-push", "--quiet", *lines)
    assert result.status == 0, repr(result)[:2000]
    error = world.home.fails(1, "not_in_plan", "settings", "tenant01", "custom_commands", "toomany", "text")
    assert "200" in error["message"] and "enterprise" in (error["hint"] or "") + error["message"]
    world.pushed("settings", "tenant01", "custom_commands", "c000", "Changed")  # one of the 200
    world.wait("commands", guild=GUILD, bot=BOT, name="c000")
    listed = world.sandbox.control(do="commands", guild=GUILD, bot=BOT)["commands"]
    own = [c["name"] for c in listed if re.fullmatch(r"c\d\d\d", c["name"])]
    assert len(listed) == 100 and own == sorted(own) and own == [f"c{n:03}" for n in range(len(own))]
    assert world.reply(MEMBER, "!c000")["content"] == "Changed"
    assert world.reply(MEMBER, "!c199")["content"] == "Text 199"  # by prefix all of them
    help_text = world.slash(MEMBER, "help")["message"]["embeds"][0]
    assert len(help_text["description"]) <= 4096
    world.home.ok("--yes", "plan", "tenant01", "basic")
    assert world.silence(MEMBER, world.say(MEMBER, "!c001")) == []
    world.wait("commands", guild=GUILD, bot=BOT, name="c000", absent=True)
    assert world.home.fails(1, "not_in_plan", "settings", "tenant01", "custom_commands", "one", "text")
    world.home.ok("undo")
    assert world.applied()["plan"] == "premium"
    assert world.reply(MEMBER, "!c001")["content"] == "Text 1"
    lines = [w for n in range(200) for w in ("-c", f"settings tenant01 custom_commands c{n:03} none")]
    world.home.ok("--atomic", "--quiet", *lines)
    world.wait("commands", guild=GUILD, bot=BOT, name="c000", absent=True)
    assert world.show()["settings"]["custom_commands"] == {}


def test_switched_off_none_of_them_answers(world):
    world.pushed("settings", "tenant01", "custom_commands", "rules", "Be kind")
    world.pushed("features", "tenant01", "custom_commands", "disable")
    assert world.silence(MEMBER, world.say(MEMBER, "!rules")) == []
    world.wait("commands", guild=GUILD, bot=BOT, name="rules", absent=True)
    world.pushed("features", "tenant01", "custom_commands", "enable")
    assert world.reply(MEMBER, "!rules")["content"] == "Be kind"
    world.pushed("settings", "tenant01", "custom_commands", "rules", "none")


@pytest.mark.parametrize("text", ["x" * 1800, "\U0001f600" * 900, "```code``` and \"quotes\" \\ {", "{user}" * 60])
def test_texts_come_out_as_they_went_in(world, text):
    world.pushed("settings", "tenant01", "custom_commands", "text", text)
    assert world.reply(MEMBER, "!text")["content"] == text.replace("{user}", f"<@{MEMBER}>")
    world.pushed("settings", "tenant01", "custom_commands", "text", "none")


# --- what is not there ---

def test_features_without_a_module_can_be_switched_and_say_so(world):
    items = {i["feature"]: i for i in world.home.json("features", "tenant01")["items"]}
    assert {f for f, i in items.items() if i["module"]} == {
        "welcome", "custom_commands", "admin_commands", "shop", "live_stock", "donation", "analytics"}
    assert set(items["leveling"]) >= {"feature", "enabled", "allowed", "module"}
    world.home.ok("features", "tenant01", "leveling", "disable")
    result = world.home.ok("features", "tenant01", "leveling", "enable")
    assert "not in this version" in result.out + result.err
    assert "not in this version" not in (lambda r: r.out + r.err)(
        world.home.ok("features", "tenant01", "custom_commands", "enable"))


def test_a_missing_privileged_intent_is_shown_as_a_switch_in_the_portal(world):
    """tenant03's bot has none: it works by slash command, and what needs more says which switch."""
    world.home.create("tenant03", guild=nth(GUILD, 2), plan="premium")
    world.home.ok("--no-push", "channels", "tenant03", "welcome", nth(WELCOME, 2))
    world.quick("tenant03")
    world.pushed("token", "tenant03", "set", stdin=token_of(2) + "\n")
    session = world.sessions(nth(BOT, 2))["sessions"][0]
    assert not session["intents"] & (1 << 1 | 1 << 8 | 1 << 15)  # asked for nothing that is not granted
    world.home.ok("features", "tenant03", "welcome", "enable")
    world.wait("commands", guild=nth(GUILD, 2), bot=nth(BOT, 2), name="ping")
    assert world.slash(MEMBER, "ping", nth(GENERAL, 2), nth(BOT, 2))["message"]["content"].startswith("Pong")
    shown = world.home.ok("features", "tenant03").out + world.home.ok("bot", "status", "tenant03").out
    assert "portal" in shown, shown
    checked = world.home.ok("token", "tenant03", "check").out
    assert "portal" in checked and "content" in checked.lower() and "members" in checked.lower(), checked
    world.sandbox.control(do="set_flags", bot=nth(BOT, 2), flags=CONTENT | MEMBERS)
    world.pushed("bot", "restart", "tenant03")
    world.up("tenant03")
    session = world.sessions(nth(BOT, 2))["sessions"][0]
    assert session["intents"] & 1 << 1 and session["intents"] & 1 << 15 and not session["intents"] & 1 << 8
    user = str(next(newcomers))
    world.sandbox.control(do="join", guild=nth(GUILD, 2), user={"id": user, "username": "late"})
    world.wait("message", channel=nth(WELCOME, 2), author=nth(BOT, 2), text=f"<@{user}>")
    assert world.reply(MEMBER, "!ping", nth(GENERAL, 2), nth(BOT, 2))["content"].startswith("Pong")
    shown = world.home.ok("features", "tenant03").out + world.home.ok("bot", "status", "tenant03").out
    assert "portal" not in shown, shown


def test_switching_never_needed_a_new_session(world):
    assert world.sessions()["identifies"] == 1 and world.sessions()["resumes"] == 0


def test_commands_of_a_feature_that_is_off_are_not_there(world):
    world.settled()
    listed = {c["name"] for c in world.sandbox.control(do="commands", guild=GUILD, bot=BOT)["commands"]}
    shop = {"register", "balance", "products", "buy", "history"}
    assert listed == {"help", "ping", "tenant-admin", "tenant-shop"} | shop
    world.pushed("features", "tenant01", "shop", "disable")
    world.wait("commands", guild=GUILD, bot=BOT, name="buy", absent=True)
    listed = {c["name"] for c in world.sandbox.control(do="commands", guild=GUILD, bot=BOT)["commands"]}
    assert not listed & shop
    world.pushed("features", "tenant01", "shop", "enable")
