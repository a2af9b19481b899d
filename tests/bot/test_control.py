"""Control messages: which count, which are ignored and by what word, and that nothing but the right one acts."""

import json
import time

import pytest

from botlib import CHECK_MARK, PREFIX, World, configuration_hash, control_text
from live import BOT, CONTROL, GENERAL, GUILD, LOGS, MEMBER, OPERATOR, RENTER, TOKEN, bot, guild
from program import Home, until

pytestmark = pytest.mark.xdist_group("bot_control")

OTHER_GENERAL = str(int(GENERAL) + 1000)  # a channel of another guild, in which the bot is too
OTHER_CONTROL = str(int(CONTROL) + 1000)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    both = bot(guilds=[GUILD, str(int(GUILD) + 1000)])
    world = World(Home(tmp_path_factory.mktemp("world") / "home"),
                  {"guilds": [guild(0), guild(1)], "bots": [both, bot(1)]})
    try:
        world.start()
        world.home.create("tenant02", guild=4321)
        world.quick()
        world.pushed("sync", "tenant01")
        yield world
    finally:
        world.end()


def verdict(world, message, log):
    """The word by which the daemon ignored this message."""
    line = world.logged(f"message={message}", log)
    assert "tenant01" in line and "control" in line, line
    return line.split("ignored: ")[1].split()[0] if "ignored: " in line else line


def ignored(world, text, word, channel=CONTROL, post=None):
    """It is posted, ignored by this word, gets no mark, and changes nothing."""
    words = {word} if isinstance(word, str) else set(word)
    log, shown = world.log_mark(), world.stored()
    message = post(text) if post else world.post(text, channel)
    assert verdict(world, message, log) in words
    assert not world.message(message, channel).get("reactions")
    assert world.stored() == shown
    assert " applied revision=" not in world.daemon.log[log:]
    return message


def obeyed(world, text):
    message = world.post(text)
    world.wait("reaction", channel=CONTROL, message=message, emoji=CHECK_MARK, user=BOT)
    return message


def flip(text, at=-1):
    digit = text[at]
    return text[:at] + ("0" if digit != "0" else "1") + (text[at + 1:] if at != -1 else "")


# --- what counts ---

def test_the_right_one_gets_the_mark(world):
    obeyed(world, world.sign())


def test_an_equal_or_lower_revision_gets_the_mark_and_changes_nothing(world):
    shown = world.stored()
    assert shown["revision"] > 1
    for revision in (shown["revision"], shown["revision"] - 1, 1):
        obeyed(world, world.sign(revision=revision))
    assert world.stored() == shown


def test_the_hash_of_an_older_revision_may_differ(world):
    log = world.log_mark()
    obeyed(world, world.sign(revision=1, sha256="0" * 64))
    assert "differs" not in world.daemon.log[log:]


@pytest.mark.parametrize("seconds", [-590, 590])
def test_within_ten_minutes_of_the_clock(world, seconds):
    obeyed(world, world.sign(when=time.time() + seconds))


def test_a_newer_revision_in_the_database_is_applied(world):
    """The bot is told by hand what the console left for later."""
    document = world.write("--no-push", "features", "tenant01", "leveling", "disable")
    world.post(world.sign())
    show = world.applied()
    assert show["applied_revision"] == document["revision"]
    world.home.ok("features", "tenant01", "leveling", "enable")


# --- what does not ---

@pytest.mark.parametrize("spoil", [
    flip,
    lambda text: flip(text, -64),
    lambda text: text.replace('"revision":', '"revision":1'),
    lambda text: text.replace('"tenant":"tenant01"', '"tenant":"tenant02"'),
    lambda text: text[:-65],
    lambda text: text[:-1],
    lambda text: text[:-64] + text[-64:].upper().replace("0", "A").replace("1", "B"),
    lambda text: text + " ",
    lambda text: text + "0",
    lambda text: text.replace(" ", "  ", 1),
    lambda text: PREFIX.strip() + " {} " + "0" * 64,
    lambda text: PREFIX + "0" * 64,
    lambda text: PREFIX + '{"tenant":"tenant01"} ' + "f" * 64,
    lambda text: PREFIX + "[" * 900 + " " + "f" * 64,
], ids=["last", "first", "revision", "tenant", "unsigned", "short", "upper", "blank", "long", "two-blanks", "empty",
        "no-json", "few", "deep"])
def test_a_wrong_signature_is_forged(world, spoil):
    ignored(world, spoil(world.sign()), "forged")


def test_another_key_is_forged(world):
    shown = world.stored()
    ignored(world, control_text(b"\x07" * 32, "tenant01", shown["revision"], configuration_hash(shown)), "forged")


def test_the_main_key_is_not_the_subkey(world):
    with open(world.home.key, encoding="ascii") as f:
        main = bytes.fromhex(f.read().strip())
    shown = world.stored()
    ignored(world, control_text(main, "tenant01", shown["revision"], configuration_hash(shown)), "forged")


@pytest.mark.parametrize("member", [MEMBER, OPERATOR, RENTER])
def test_a_member_cannot_write_one_however_well_signed(world, member):
    ignored(world, world.sign(), ("forged", "foreign"), post=lambda text: world.say(member, text, CONTROL))


def test_a_webhook_cannot_either(world):
    post = lambda text: world.sandbox.control(do="webhook", channel=CONTROL, content=text)["message"]
    ignored(world, world.sign(), ("forged", "foreign"), post=post)


@pytest.mark.parametrize("channel", [GENERAL, LOGS, OTHER_GENERAL, OTHER_CONTROL])
def test_another_channel_or_guild_is_foreign(world, channel):
    ignored(world, world.sign(), "foreign", channel)


def test_another_tenant_under_the_same_key_is_foreign(world):
    ignored(world, world.sign(tenant="tenant02"), "foreign")


def test_the_database_says_which_channel_it_is(world):
    world.home.ok("--no-push", "channels", "tenant01", "control", LOGS)
    try:
        ignored_or_applied = world.post(world.sign(), CONTROL)
        log_line = world.logged(f"message={ignored_or_applied}")
        assert "foreign" in log_line
        assert not world.message(ignored_or_applied).get("reactions")
    finally:
        world.home.ok("channels", "tenant01", "control", CONTROL)
        world.applied()


@pytest.mark.parametrize("seconds", [-700, 700, -86400 * 400])
def test_far_from_the_clock_is_stale(world, seconds):
    ignored(world, world.sign(when=time.time() + seconds), "stale")


@pytest.mark.parametrize("when", ["2026-13-01T00:00:00Z", "yesterday", "2026-08-01", ""])
def test_a_time_that_is_none(world, when):
    ignored(world, world.sign(when=when), ("forged", "stale"))


def test_the_second_of_two_is_replayed(world):
    text = world.sign()
    obeyed(world, text)
    ignored(world, text, "replayed")


def test_a_nonce_counts_once_whatever_surrounds_it(world):
    nonce = "0123456789abcdef" * 2
    obeyed(world, world.sign(nonce=nonce))
    ignored(world, world.sign(nonce=nonce, revision=1), "replayed")


def test_the_console_s_own_message_cannot_be_replayed(world):
    text = world.posted(world.pushed("features", "tenant01", "welcome", "enable"))["content"]
    world.home.ok("features", "tenant01", "welcome", "disable")
    ignored(world, text, "replayed")
    assert world.show()["features"]["welcome"] is False


def test_above_the_database_is_ahead(world):
    revision = world.show()["revision"] + 1
    text = world.sign(revision=revision)
    ignored(world, text, "ahead")
    # ... and it does not count later, when the database has come so far
    assert world.home.json("rename", "tenant01", "Test Store")["changed"] is False
    world.home.ok("config", "tenant01", "prefix", "?")
    assert world.show()["revision"] == revision
    ignored(world, text, "replayed")
    world.home.ok("config", "tenant01", "prefix", "!")


@pytest.mark.parametrize("revision,word", [(2 ** 63 - 1, "ahead"), (2 ** 63 - 2, "ahead"), (2 ** 63, "forged")])
def test_a_revision_far_above_is_told_with_both_numbers_and_harms_nothing(world, revision, word):
    """As another database with the same key, or one from before a restore, would sign it."""
    message = ignored(world, world.sign(revision=revision), word)
    line = world.logged(f"message={message}")
    if word == "ahead":
        assert f"revision {revision}," in line and f"at {world.show()['revision']};" in line, line
        ignored(world, world.message(message)["content"], "replayed")
    world.pushed("config", "tenant01", "activity", str(revision))
    world.pushed("config", "tenant01", "activity", "none")
    assert world.show()["applied_revision"] == world.show()["revision"] < 2 ** 31


def test_an_edited_message_is_no_control_message(world):
    plain = world.say(MEMBER, "hello", CONTROL)
    log = world.log_mark()
    mine = world.post("hello")
    status, _ = world.sandbox.api("PATCH", f"/channels/{CONTROL}/messages/{mine}", TOKEN, {"content": world.sign()})
    assert status == 200
    world.sandbox.control(do="edit", channel=CONTROL, message=plain, content=world.sign())
    assert world.silence(MEMBER, "0", GENERAL) is not None
    assert not world.message(mine).get("reactions") and "control" not in world.daemon.log[log:]


def test_what_only_looks_like_one_is_a_message_like_any(world):
    log = world.log_mark()
    for text in ("tenanttui/1", "tenanttui/2 {} " + "0" * 64, "say tenanttui/1 {}", "TENANTTUI/1 {} 00"):
        world.post(text)
    world.reply(MEMBER, "!ping")
    assert "control" not in world.daemon.log[log:]


# --- another hash at the same revision ---

def test_a_differing_hash_is_logged_shown_by_doctor_and_gets_no_mark(world):
    log = world.log_mark()
    message = world.post(world.sign(sha256="ab" * 32))
    world.logged("differs", log)

    def complaint():
        document = world.home.run("-o", "json", "doctor")
        found = [c for c in document.json["checks"] if not c["ok"] and "tenant01" in c["detail"]]
        return document.status == 1 and found
    assert until("doctor says it", complaint)
    assert not world.message(message).get("reactions")
    assert world.state()["state"] == "running"
    world.home.ok("features", "tenant01", "welcome", "enable")  # the next one is right again
    world.home.ok("features", "tenant01", "welcome", "disable")
    until("doctor is content", lambda: world.home.run("-o", "json", "doctor").json["ok"])


def test_none_of_this_has_hurt(world):
    assert world.reply(MEMBER, "!ping")["content"].startswith("Pong")
    assert json.dumps(world.home.json("logs", "tenant01")).count(TOKEN) == 0
    show = world.show()
    assert show["applied_revision"] == show["revision"]


def test_what_members_write_does_not_fill_the_log(world):
    log = world.log_mark()
    for n in range(60):  # a window of 20 may end meanwhile, and another begin
        world.say(MEMBER, f"{PREFIX}{n}")
    world.logged("more than are logged", log)
    assert world.reply(MEMBER, "!ping")["content"].startswith("Pong")
    lines = [line for line in world.daemon.log[log:].splitlines() if " control ignored: " in line]
    assert len(lines) < 60 and all("forged" in line or "more than" in line for line in lines)
