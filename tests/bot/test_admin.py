"""`!tenant-admin` and `/tenant-admin`: who may do what, what a refusal says and leaves behind, what others get to see."""

import contextlib
import re
import sqlite3

import pytest

from botlib import World, nth, token_of
from live import BOT, CONTROL, GENERAL, GUILD, LOGS, MEMBER, OPERATOR, RENTER, VIEWER, bot, guild
from program import LIMIT, SLOW, Home, until

pytestmark = pytest.mark.xdist_group("bot_admin")

OWNER = "222222222222222221"
ADMIN = "333333333333333334"  # administrator of both guilds, and nothing else
STAFF = "333333333333333335"
BOSS = "333333333333333336"  # owns the guilds
RENTER2 = "444444444444444444"
HASTY = "333333333333333337"  # nobody else in these tests
PEOPLE = {"owner": OWNER, "operator": OPERATOR, "viewer": VIEWER, "renter": RENTER, "renter2": RENTER2,
          "member": MEMBER, "admin": ADMIN, "staff": STAFF, "boss": BOSS}
OTHER_GENERAL = nth(GENERAL, 1)
OTHER_NAME = "The Other Store"


def seed():
    guilds = []
    for n in range(2):
        one = guild(n, members=(OWNER, OPERATOR, VIEWER, MEMBER, ADMIN, STAFF, BOSS, RENTER2, HASTY))
        one["owner_id"] = BOSS
        one["roles"] = [{"id": f"70{n}", "name": "Admins", "permissions": "8"}, {"id": f"71{n}", "name": "Staff"}]
        for member in one["members"]:
            member["roles"] = {ADMIN: [f"70{n}"], STAFF: [f"71{n}"]}.get(member["user"]["id"], [])
        guilds.append(one)
    return {"guilds": guilds, "bots": [bot(0), bot(1, token_of(1))]}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    world = World(Home(tmp_path_factory.mktemp("world") / "home"), seed())
    try:
        world.start()
        world.home.ok("operator", "add", OWNER, "owner")
        world.home.create("tenant02", guild=nth(GUILD, 1), plan="premium", name=OTHER_NAME, renter=RENTER2)
        world.home.ok("--no-push", "channels", "tenant02", "control", nth(CONTROL, 1))
        world.home.ok("--no-push", "settings", "tenant02", "custom_commands", "secretword", "only for the other store")
        for tenant in ("tenant01", "tenant02"):
            world.quick(tenant)
        world.pushed("token", "tenant02", "set", stdin=token_of(1) + "\n")
        world.pushed("sync", "tenant01")
        world.up("tenant02")
        world.wait("commands", guild=GUILD, bot=BOT, name="tenant-admin")
        world.since = 0
        yield world
    finally:
        world.end()


def refusals(world, who=None):
    words = ["--by", f"discord:{who}"] if who else []
    return [i for i in world.home.json("audit", *words, "--limit", 0)["items"] if i["refused"]]


def refused(text):
    return text.startswith("\u274c")


def typed(world, who, line, channel=GENERAL, bot=BOT):
    """The text that answers `!tenant-admin LINE`, in the channel or by DM; and whether it was a DM."""
    said = world.say(who, f"!tenant-admin {line}", channel)
    since = world.since
    answer = lambda: next((r for r in world.requests(since, method="POST", path="*/messages", bot=bot, status=200)
                           if (r["body"] or {}).get("nonce") == f"r{said}-0"), None)
    found = until(f"an answer to {line!r}", answer)
    world.since = found["request"]
    return found["body"]["content"], f"/channels/{channel}/messages" not in found["path"]


@contextlib.contextmanager
def held(home):
    """Nobody else writes the database meanwhile."""
    db = sqlite3.connect(home.db, isolation_level=None, timeout=LIMIT)
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
    finally:
        db.close()


# --- who may do what: cli.md's column, person by person ---

VIEW = {"owner", "operator", "viewer"}
OPERATE = {"owner", "operator"}
RENT = OPERATE | {"renter"}
EVERYBODY = set(PEOPLE)

RIGHTS = [
    ("create 9 {new} Made", OPERATE), ("list", VIEW), ("show .", VIEW | {"renter"}), ("show tenant02", VIEW),
    ("config . prefix !", RENT), ("config . language en", RENT), ("config . timezone Asia/Jakarta", RENT),
    ("config . nickname none", RENT), ("config . activity none", OPERATE), ("config . auto_restart on", OPERATE),
    ("config . command_rate 100", OPERATE), ("config .", RENT), ("features .", RENT), ("features . shop on", RENT),
    ("channels .", RENT), ("channels . welcome none", RENT), ("permissions .", OPERATE),
    ("permissions . manage_users true", OPERATE), ("settings . welcome", RENT),
    ("settings . welcome message none", RENT), ("settings . custom_commands nothing none", RENT),
    ("plan . premium", OPERATE), ("status . active", OPERATE), ("rename . 'Test Store'", OPERATE),
    ("sync .", RENT), ("sync --all --dry-run", OPERATE), ("bot list", OPERATE), ("bot status .", RENT),
    ("bot start .", OPERATE), ("audit", VIEW), ("audit .", VIEW), ("logs", VIEW), ("logs .", VIEW),
    ("help", EVERYBODY), ("help features", EVERYBODY), ("version", EVERYBODY),
]


@pytest.mark.parametrize("line,allowed", RIGHTS, ids=[r[0].replace(" ", "_") for r in RIGHTS])
def test_who_may(world, line, allowed):
    for number, (name, person) in enumerate(PEOPLE.items()):
        before = len(refusals(world, person))
        text, _ = typed(world, person, line.format(new=9000 + number))
        if name in allowed:
            assert not refused(text), (name, text)
            assert len(refusals(world, person)) == before
        else:
            assert refused(text) and "this needs" in text, (name, text)
            after = refusals(world, person)
            assert len(after) == before + 1, (name, text)
            assert after[0]["who"] == f"discord:{person}" and after[0]["face"] == "discord"
            assert after[0]["command"].split()[0] == line.split()[0]
            assert after[0]["before"] is None and after[0]["after"] is None


SLASH = [
    ("features feature=shop value=true", RENT), ("show", VIEW | {"renter"}), ("list", VIEW),
    ("rename name=Test_Store", OPERATE), ("bot status", RENT), ("config key=activity value=none", OPERATE),
    ("config key=prefix value=!", RENT), ("version", EVERYBODY), ("audit", VIEW), ("show tenant=tenant02", VIEW),
]


@pytest.mark.parametrize("line,allowed", SLASH, ids=[r[0].replace(" ", "_") for r in SLASH])
def test_who_may_by_slash_command(world, line, allowed):
    for name, person in PEOPLE.items():
        before = len(refusals(world, person))
        text, _ = world.admin(person, line)
        assert refused(text) == (name not in allowed), (name, text)
        assert len(refusals(world, person)) == before + (name not in allowed)
    world.home.ok("rename", "tenant01", "Test Store")


TERMINAL = ["delete .", "push list", "push retry", "push drop 1", "token . check", "token . set", "operator list",
            f"operator add {MEMBER} owner", f"operator remove {OPERATOR}", "backup copy.db", "restore copy.db", "doctor",
            "migrate"]


@pytest.mark.parametrize("line", TERMINAL)
def test_what_is_the_terminal_s(world, line):
    shown, operators = world.stored(), world.home.json("operator", "list")
    for person in (OWNER, OPERATOR, RENTER):
        before = len(refusals(world, person))
        text, _ = typed(world, person, line)
        assert refused(text), text
        assert len(refusals(world, person)) == before + 1
    assert "terminal" in typed(world, OWNER, line)[0]
    assert world.stored() == shown and world.home.json("operator", "list") == operators


def test_what_is_the_terminal_s_is_not_offered_as_slash_command(world):
    listed = world.sandbox.control(do="commands", guild=GUILD, bot=BOT)["commands"]
    admin = next(c for c in listed if c["name"] == "tenant-admin")
    offered = {o["name"] for o in admin["options"]}
    assert offered >= {"create", "list", "show", "config", "features", "channels", "permissions", "settings", "plan",
                       "status", "rename", "sync", "bot", "audit", "undo", "redo", "logs", "help", "version"}
    assert not offered & {"delete", "push", "token", "operator", "backup", "restore", "doctor", "migrate"}
    assert {o["name"] for o in next(o for o in admin["options"] if o["name"] == "bot")["options"]} == \
        {"list", "start", "stop", "restart", "status"}


def test_help_lists_what_the_asker_may_here(world):
    """The first message of what may be several; the store's own commands stand in its beginning."""
    def listed(who):
        return set(re.findall(r"^  ([a-z]+(?: [a-z]+)?)  +", typed(world, who, "help")[0], flags=re.M))

    assert listed(MEMBER) == {"help", "version", "undo", "redo"}
    renter, operator = listed(RENTER), listed(OPERATOR)
    assert "show" in renter and not renter & {"create", "list", "rename", "delete", "token"}
    assert {"create", "list", "show", "rename"} <= operator and not operator & {"delete", "token", "export"}
    assert "-o FORMAT" not in typed(world, MEMBER, "help")[0]


# --- what a change does, and what is said of it ---

def test_a_change_by_message_is_audited_pushed_and_told(world):
    messages = world.control_messages()
    text, direct = typed(world, OPERATOR, "features . leveling disable")
    assert not direct and "leveling disabled" in text and "acknowledged" in text
    show = world.show()
    assert show["features"]["leveling"] is False and show["applied_revision"] == show["revision"]
    row = world.home.json("audit", "tenant01", "--limit", 1)["items"][0]
    assert (row["who"], row["face"], row["tenant_id"]) == (f"discord:{OPERATOR}", "discord", "tenant01")
    assert row["command"] == "features tenant01 leveling disable" and f"audit {row['audit']}" in text
    assert row["before"] != row["after"] and row["refused"] is False
    assert world.control_messages() == messages + 1
    text, _ = typed(world, RENTER, "features . leveling enable")
    assert "acknowledged" in text and world.show()["features"]["leveling"] is True
    text, _ = typed(world, RENTER, "features . leveling enable")
    assert "already" in text


def test_a_change_by_slash_command(world):
    text, ephemeral = world.admin(RENTER, "features feature=leveling value=false")
    assert "acknowledged" in text and not ephemeral
    text, ephemeral = world.admin(MEMBER, "features feature=leveling value=true")
    assert refused(text) and ephemeral  # what is refused concerns nobody else
    assert world.show()["features"]["leveling"] is False
    world.admin(RENTER, "features tenant=tenant01 feature=leveling value=true")
    assert world.show()["features"]["leveling"] is True


def test_a_slash_command_without_tenant_is_about_the_guild_s_own(world):
    for person in (OPERATOR, RENTER):
        report = world.slash(person, "tenant-admin sync")
        assert "tenant01 synced" in report["message"]["content"] and not report["ephemeral"], report
    assert "not permitted" not in world.slash(OPERATOR, "tenant-admin sync", all=True)["message"]["content"]
    text, ephemeral = world.admin(RENTER, "sync all=true")
    assert refused(text) and "this needs" in text
    # What is about all tenants for operators is about his own for the renter.
    world.home.ok("--no-push", "permissions", "tenant01", "view_analytics", "true")
    assert not refused(world.slash(RENTER, "tenant-shop stats")["message"]["content"])
    assert refused(world.slash(MEMBER, "tenant-shop stats")["message"]["content"])


def test_the_tenant_s_prefix_counts(world):
    world.pushed("config", "tenant01", "prefix", "??")
    since = world.say(OPERATOR, "!tenant-admin version")
    said = world.say(OPERATOR, "??tenant-admin version")
    world.wait("message", channel=GENERAL, after=said, author=BOT)
    assert len(world.messages(GENERAL, since)) == 1
    world.say(OPERATOR, "??tenant-admin config . prefix !")
    until("it is back", lambda: world.applied()["bot_config"]["prefix"] == "!")


def test_quotes_and_dashes(world):
    typed(world, OPERATOR, "rename . \"A name with 'quotes'\"")
    assert world.show()["name"] == "A name with 'quotes'"
    world.admin(OPERATOR, "rename name=--yes")
    assert world.show()["name"] == "--yes"  # what stands in a field is a value
    typed(world, OPERATOR, "rename . 'Test Store'")
    assert world.show()["name"] == "Test Store"
    text, _ = typed(world, OPERATOR, "rename . \"never closed")
    assert refused(text) and "quote" in text
    assert world.show()["name"] == "Test Store"


@pytest.mark.parametrize("line,part", [
    ("features . shp enable", "did you mean 'shop'"), ("fetures .", "did you mean 'features'"),
    ("features . shop perhaps", "perhaps"), ("features . api_access on", "enterprise"),
    ("show nobody", "nobody"), ("show . -o json", "-o"), ("config . language fr", "fr"),
])
def test_other_errors_say_what_was_meant_and_leave_no_row(world, line, part):
    before = world.home.json("audit", "--count")["total"]
    text, _ = typed(world, OPERATOR, line)
    assert refused(text) and part in text, text
    assert world.home.json("audit", "--count")["total"] == before


@pytest.mark.parametrize("before", [True, False])
def test_options_stand_before_and_behind_the_command_s_word(world, before):
    line = lambda options, command: f"{options} {command}" if before else f"{command} {options}"
    text, direct = typed(world, RENTER, line("--fields key,value --no-headers", "config ."))
    assert "KEY" not in text.upper().split() and "prefix" in text and not direct
    text, _ = typed(world, VIEWER, line("--fields tenant_id", "list"))
    assert "tenant02" in text and OTHER_NAME not in text and "TENANT" in text.upper()
    text, direct = typed(world, VIEWER, line("--fields tenant_id", "show tenant02"))
    assert direct  # the tenant is found behind the option's value
    text, _ = typed(world, VIEWER, line("--fields nosuch", "list"))
    assert refused(text) and "nosuch" in text
    shown = world.stored()
    assert "welcome" in typed(world, OPERATOR, line("--dry-run", "features . welcome enable"))[0]
    assert world.stored() == shown
    text, _ = typed(world, VIEWER, line("-o json", "list"))
    assert refused(text) and "'-o' is for the command line" in text


def test_dry_run_changes_nothing(world):
    shown, messages = world.stored(), world.control_messages()
    text, _ = typed(world, OPERATOR, "features . leveling disable --dry-run")
    assert '"database"' in text and "leveling" in text
    assert world.stored() == shown and len(world.messages(CONTROL)) == messages


def test_a_long_answer_comes_in_pieces_that_discord_takes(world):
    said = world.say(OPERATOR, "!tenant-admin help")
    pieces = until("the last piece", lambda: next(([m for m in found] for found in [world.messages(GENERAL, said)]
                                                   if any("tells more" in m["content"] for m in found)), None))
    assert len(pieces) > 1 and all(len(m["content"]) <= 2000 for m in pieces)


def test_no_answer_mentions_anybody(world):
    since = world.mark()
    typed(world, OPERATOR, f"rename . '@everyone <@{MEMBER}>'")
    typed(world, OPERATOR, "show .")
    typed(world, OPERATOR, "rename . 'Test Store'")
    for request in world.requests(since, method="POST", path="*/messages"):
        assert request["body"]["allowed_mentions"] == {"parse": []}, request


# --- admin_commands ---

def test_admin_commands_off_refuses_the_renter_and_not_the_operator(world):
    world.pushed("features", "tenant01", "admin_commands", "disable")
    try:
        for line in ("show .", "features . shop on", "config . prefix !"):
            before = len(refusals(world, RENTER))
            text, _ = typed(world, RENTER, line)
            assert refused(text) and "admin_commands" in text
            assert len(refusals(world, RENTER)) == before + 1
            assert "admin_commands" in world.admin(RENTER, "show")[0]
            assert not refused(typed(world, OPERATOR, line)[0])
        assert not refused(typed(world, VIEWER, "show .")[0])
        assert refused(typed(world, RENTER, "features . admin_commands enable")[0])
        assert not refused(typed(world, OPERATOR, "features . admin_commands enable")[0])
    finally:
        world.home.ok("features", "tenant01", "admin_commands", "enable")
    assert not refused(typed(world, RENTER, "show .")[0])


def test_the_renter_s_keys_grow_with_custom_config(world):
    text, _ = typed(world, RENTER, "config . activity hello")
    assert refused(text) and "custom_config" in text and "premium" in text
    world.pushed("plan", "tenant01", "enterprise")
    world.home.ok("permissions", "tenant01", "custom_config", "true")
    assert not refused(typed(world, RENTER, "config . activity hello")[0])
    world.pushed("permissions", "tenant01", "custom_config", "false")
    text, _ = typed(world, RENTER, "config . activity again")
    assert refused(text) and "custom_config" in text and "tenant01" in text
    world.pushed("config", "tenant01", "activity", "none")
    world.pushed("--yes", "plan", "tenant01", "premium")


def test_a_role_is_taken_back_at_once(world):
    world.home.ok("operator", "add", MEMBER, "viewer")
    assert not refused(typed(world, MEMBER, "show .")[0])
    world.home.ok("operator", "remove", MEMBER)
    assert refused(typed(world, MEMBER, "show .")[0])


# --- one tenant does not see the other ---

ISOLATED = ["show {t}", "features {t}", "features {t} shop disable", "config {t}", "config {t} prefix ?",
            "channels {t}", "channels {t} control none", "settings {t} custom_commands",
            "settings {t} custom_commands secretword none", "permissions {t}", "plan {t} basic --yes",
            "status {t} suspended", "rename {t} Mine", "sync {t}", "bot status {t}", "bot stop {t}", "audit {t}",
            "logs {t}"]


@pytest.mark.parametrize("line", ISOLATED)
def test_a_renter_neither_sees_nor_changes_another_tenant(world, line):
    before = world.stored("tenant02")
    answers = {}
    for tenant in ("tenant02", "tenant99"):
        text, direct = typed(world, RENTER, line.format(t=tenant))
        assert refused(text)
        for secret in (OTHER_NAME, nth(GUILD, 1), RENTER2, "secretword", "only for the other store", nth(CONTROL, 1)):
            assert secret not in text, text
        answers[tenant] = text.replace(tenant, "T")
        text, ephemeral = world.admin(RENTER, f"show tenant={tenant}")
        assert refused(text) and ephemeral
    assert answers["tenant02"] == answers["tenant99"]  # it cannot even be told from one that is not there
    assert world.stored("tenant02") == before


def test_a_renter_is_nobody_in_another_guild(world):
    """Neither for the tenant there nor for the own one."""
    before = (world.stored(), world.stored("tenant02"))
    for line in ("show .", "features . shop off", "show tenant01", "features tenant01 shop off", "config tenant01 prefix ?"):
        assert refused(typed(world, RENTER, line, OTHER_GENERAL, nth(BOT, 1))[0]), line
    assert (world.stored(), world.stored("tenant02")) == before
    assert not refused(typed(world, RENTER2, "show .", OTHER_GENERAL, nth(BOT, 1))[0])


def test_what_is_of_another_tenant_is_not_told_in_the_channel(world):
    text, direct = typed(world, OPERATOR, "show tenant02")
    assert direct and OTHER_NAME in text
    text, ephemeral = world.admin(OPERATOR, "show tenant=tenant02")
    assert ephemeral and OTHER_NAME in text
    text, direct = typed(world, OPERATOR, "features tenant02 leveling disable")
    assert direct and "acknowledged" in text
    text, ephemeral = world.admin(OPERATOR, "features tenant=tenant02 feature=leveling value=true")
    assert ephemeral and "acknowledged" in text
    assert world.home.json("show", "tenant02")["features"]["leveling"] is True
    for message in world.messages(GENERAL):
        if message.get("visible_to") is None:
            assert OTHER_NAME not in message["content"] and "tenant02" not in message["content"], message["content"]


@pytest.mark.parametrize("line,other", [("tx list", "product list"), ("balance top", "stock count"), ("deposits", None)])
def test_members_data_are_for_the_asker_alone_by_slash_command(world, line, other):
    assert world.slash(OPERATOR, f"tenant-shop {line}")["ephemeral"]
    assert not other or not world.slash(OPERATOR, f"tenant-shop {other}")["ephemeral"]


@pytest.mark.parametrize("word", ["list", "audit", "logs"])
def test_lists_over_all_tenants_are_for_the_asker_alone(world, word):
    assert typed(world, VIEWER, word)[1] is True
    assert world.admin(VIEWER, word)[1] is True
    assert typed(world, VIEWER, "show .")[1] is False
    assert world.admin(VIEWER, "show")[1] is False


def test_the_audit_of_a_refused_intruder_names_him(world):
    typed(world, RENTER2, "features tenant01 shop disable", GENERAL, BOT)
    row = refusals(world, RENTER2)[0]
    assert row["who"] == f"discord:{RENTER2}" and "features tenant01 shop disable" in row["command"]


# --- destructive ones ---

def click(world, member, label, channel=GENERAL):
    """A member clicks the newest button of this name; how it ended."""
    return world.sandbox.control(do="click", channel=channel, member=member, label=label, timeout_ms=int(LIMIT * 900))


def test_a_destructive_command_asks_with_buttons(world):
    text, _ = typed(world, OPERATOR, "plan . basic")
    assert "custom_commands" in text and world.show()["plan"] == "premium"
    report = click(world, OPERATOR, "Cancel")
    assert "ancel" in report["message"]["content"] and not report["message"]["components"]
    assert world.show()["plan"] == "premium"
    typed(world, OPERATOR, "plan . basic")
    report = click(world, OPERATOR, "Yes, run it")
    assert "acknowledged" in report["message"]["content"] and not report["message"]["components"]
    assert world.show()["plan"] == "basic"
    world.pushed("undo", world.home.json("audit", "tenant01", "--command", "plan", "--limit", 1)["items"][0]["audit"])
    assert world.show()["plan"] == "premium"


def test_the_question_of_a_slash_command(world):
    report = world.slash(OPERATOR, "tenant-admin plan", plan="basic")
    assert report["message"]["components"] and world.show()["plan"] == "premium"
    click(world, OPERATOR, "Yes, run it")
    assert world.show()["plan"] == "basic"
    assert not refused(world.admin(OPERATOR, "plan plan=premium")[0])
    world.home.ok("features", "tenant01", "custom_commands", "enable")


def test_a_question_is_answered_by_the_asker_only(world):
    shown = world.stored()
    typed(world, OPERATOR, "plan . basic")
    for person, lacks in ((MEMBER, "the role operator"), (RENTER, "the role operator"), (OWNER, "the one who typed")):
        before = len(refusals(world, person))
        report = click(world, person, "Yes, run it")
        assert report["ephemeral"] and refused(report["message"]["content"]) and lacks in report["message"]["content"]
        rows = refusals(world, person)
        assert len(rows) == before + 1 and rows[0]["face"] == "discord" and rows[0]["tenant_id"] == "tenant01"
        assert rows[0]["command"] == "plan tenant01 basic"
        assert world.stored() == shown
    assert "ancel" in click(world, OPERATOR, "Cancel")["message"]["content"]


def test_a_question_is_asked_of_the_right_again_when_it_is_answered(world):
    world.home.ok("operator", "add", MEMBER, "operator")
    typed(world, MEMBER, "plan . basic")
    world.home.ok("operator", "remove", MEMBER)
    report = click(world, MEMBER, "Yes, run it")
    assert refused(report["message"]["content"]) and world.show()["plan"] == "premium"


def test_a_question_is_answered_once(world):
    typed(world, OPERATOR, "plan . basic")
    message = [m for m in world.messages(GENERAL) if m["components"]][-1]
    button = message["components"][0]["components"][0]["custom_id"]
    assert click(world, OPERATOR, "Cancel")["message"]["content"]
    shown = world.stored()
    with pytest.raises(AssertionError):  # its buttons have gone
        world.sandbox.control(do="click", channel=GENERAL, member=OPERATOR, custom_id=button, timeout_ms=1000)
    assert world.stored() == shown


def test_yes_needs_no_question(world):
    text, _ = typed(world, OPERATOR, "plan . basic --yes")
    assert "acknowledged" in text and world.show()["plan"] == "basic"
    typed(world, OPERATOR, "undo")
    assert world.show()["plan"] == "premium"
    report = world.slash(OPERATOR, "tenant-admin plan", plan="basic", yes=True)
    assert "acknowledged" in report["message"]["content"] and world.show()["plan"] == "basic"
    world.admin(OPERATOR, "undo")
    assert world.show()["plan"] == "premium"
    assert world.show()["features"]["custom_commands"] is True


# --- undo and redo ---

def test_undo_and_redo_from_discord(world):
    typed(world, RENTER, "config . prefix ?")
    number = world.home.json("audit", "tenant01", "--limit", 1)["items"][0]["audit"]
    assert world.applied()["bot_config"]["prefix"] == "?"
    text, _ = world.admin(RENTER, "undo")
    assert str(number) in text and not refused(text)
    assert world.applied()["bot_config"]["prefix"] == "!"
    text, _ = world.admin(RENTER, "redo")
    assert not refused(text) and world.applied()["bot_config"]["prefix"] == "?"
    text, _ = world.admin(RENTER, f"undo n={number}")
    assert not refused(text) and world.applied()["bot_config"]["prefix"] == "!"
    rows = world.home.json("audit", "tenant01", "--limit", 3)["items"]
    assert [r["undoes"] for r in rows] == [number] * 3 and {r["who"] for r in rows} == {f"discord:{RENTER}"}


def test_undo_of_the_guild_s_own_tenant_is_answered_where_it_was_typed(world):
    typed(world, OPERATOR, "features . leveling disable")
    for word in ("undo", "redo", "undo"):
        text, direct = typed(world, OPERATOR, word)
        assert not refused(text) and not direct, word
    typed(world, OPERATOR, "features . leveling disable")
    text, ephemeral = world.admin(OPERATOR, "undo")
    assert not refused(text) and not ephemeral
    world.home.ok("rename", "tenant02", "Elsewhere")
    typed(world, OPERATOR, f"rename tenant02 '{OTHER_NAME}'")
    text, direct = typed(world, OPERATOR, "undo")
    assert not refused(text) and direct  # that is another's
    world.home.ok("rename", "tenant02", OTHER_NAME)


def test_the_question_of_a_redo_is_asked_where_it_was_typed_and_means_the_write_it_names(world):
    typed(world, OPERATOR, "plan . basic --yes")
    number = world.home.json("audit", "tenant01", "--command", "plan", "--limit", 1)["items"][0]["audit"]
    typed(world, OPERATOR, "undo")
    text, direct = typed(world, OPERATOR, "redo")
    assert f"redo {number}: plan" in text and not direct
    typed(world, OPERATOR, "config . activity fishing")
    typed(world, OPERATOR, "undo")  # now the newest
    assert "acknowledged" in click(world, OPERATOR, "Yes, run it")["message"]["content"]
    shown = world.applied()
    assert shown["plan"] == "basic" and shown["bot_config"].get("activity") != "fishing"
    world.pushed("undo", number)


def test_the_question_of_a_redo_for_another_tenant_is_asked_by_direct_message(world):
    typed(world, OPERATOR, "plan tenant02 basic --yes")
    typed(world, OPERATOR, "undo")
    text, direct = typed(world, OPERATOR, "redo")
    assert "plan" in text and direct
    assert world.slash(OPERATOR, "tenant-admin redo")["ephemeral"]


def test_undo_passes_the_rights_of_the_command(world):
    text, _ = typed(world, OPERATOR, "rename . Changed")
    number = world.home.json("audit", "tenant01", "--limit", 1)["items"][0]["audit"]
    for person in (RENTER, MEMBER, VIEWER):
        before = len(refusals(world, person))
        assert refused(typed(world, person, f"undo {number}")[0])
        assert len(refusals(world, person)) == before + 1
    assert world.show()["name"] == "Changed"
    assert not refused(typed(world, OWNER, f"undo {number}")[0])
    assert world.show()["name"] == "Test Store"


def test_undo_of_another_tenant_s_row_tells_nothing(world):
    world.home.ok("settings", "tenant02", "welcome", "message", "A hidden text")
    number = world.home.json("audit", "tenant02", "--limit", 1)["items"][0]["audit"]
    text, _ = typed(world, RENTER, f"undo {number}")
    assert refused(text)
    for secret in ("tenant02", OTHER_NAME, "hidden", "settings", RENTER2):
        assert secret not in text, text
    assert world.home.json("show", "tenant02")["settings"]["welcome"]["message"] == "A hidden text"


def test_undo_of_what_is_the_terminal_s(world):
    world.home.ok("operator", "add", BOSS, "viewer")
    number = world.home.json("audit", "--command", "operator", "--limit", 1)["items"][0]["audit"]
    assert refused(typed(world, OPERATOR, f"undo {number}")[0])
    assert refused(typed(world, OWNER, f"undo {number}")[0])
    world.home.ok("operator", "remove", BOSS)


def test_undo_with_nothing_to_undo(world):
    assert refused(typed(world, BOSS, "undo")[0])


# --- where it is typed ---

def test_a_direct_message_is_no_guild(world):
    said = world.sandbox.control(do="message", bot=BOT, member=OPERATOR, content="!tenant-admin version")
    world.reply(OPERATOR, "!ping")
    after = world.sandbox.control(do="messages", bot=BOT, member=OPERATOR, author=BOT, after=said["message"])
    assert after["messages"] == []


def test_bots_and_webhooks_command_nothing(world):
    shown = world.stored()
    world.post("!tenant-admin rename . Robot", GENERAL)
    after = world.sandbox.control(do="webhook", channel=GENERAL, content="!tenant-admin rename . Hook")["message"]
    assert world.silence(MEMBER, after) == []
    assert world.stored() == shown


def test_what_takes_long_is_deferred_and_finished_later(world):
    world.sandbox.control(do="fault", on="rest", kind="latency", ms=min(int(1500 + 3000 * SLOW), 11000), method="GET",
                          path=f"/guilds/{GUILD}/channels", times=1)
    started = world.sandbox.control(do="slash", channel=GENERAL, member=OPERATOR, bot=BOT,
                                    command="tenant-admin channels", options={"type": "logs", "value": "create"})
    number = started["interaction"]
    deferred = world.wait("interaction", interaction=number, deferred=True)
    assert deferred["state"] == "deferred" and deferred["callback"] == 5
    done = world.wait("interaction", interaction=number)
    assert done["state"] == "answered" and "acknowledged" in done["message"]["content"]
    made = world.show()["channels"]["logs"]
    assert made and made != LOGS
    world.home.ok("channels", "tenant01", "logs", "none")


def test_a_channel_made_from_discord_is_private_and_found_again(world):
    text, _ = typed(world, RENTER, "channels . welcome create")
    assert not refused(text), text
    channel = world.show()["channels"]["welcome"]
    there = {c["id"]: c for c in world.sandbox.control(do="channels", guild=GUILD)["channels"]}
    assert there[channel]["topic"] == "tenanttui tenant01 welcome"
    denied = next(o for o in there[channel]["permission_overwrites"] if o["id"] == GUILD)
    assert int(denied["deny"]) & 1 << 10
    world.admin(RENTER, "undo")
    assert world.show()["channels"]["welcome"] is None
    typed(world, RENTER, "channels . welcome create")
    assert world.show()["channels"]["welcome"] == channel
    typed(world, RENTER, "channels . welcome none")


def test_members_may_not_ask_for_ever(world):
    """Each refusal costs an audit row: a member gets only so many of them in a while."""
    world.home.ok("config", "tenant01", "command_rate", 1)
    try:
        assert refused(typed(world, STAFF, "show tenant02")[0])
        before = len(refusals(world, STAFF))
        for n in range(10):
            world.say(STAFF, f"!tenant-admin show tenant{n}")
        assert "Too many" in world.admin(STAFF, "show")[0]
        assert not refused(typed(world, ADMIN, "version")[0])  # nobody else is held up
        assert len(refusals(world, STAFF)) == before
    finally:
        world.home.ok("config", "tenant01", "command_rate", 100)


def test_lines_at_once_are_refused_no_more_often_than_the_limit_allows(world):
    """Who has a role is not held to the members' limits; what waits for the database is not yet counted."""
    world.home.ok("operator", "add", HASTY, "viewer")
    assert not refused(typed(world, HASTY, "version")[0])
    world.home.ok("config", "tenant01", "command_rate", 2)
    world.applied()
    try:
        with held(world.home):
            for n in range(8):
                world.say(HASTY, f"!tenant-admin rename . Burst{n}")
            slash = [world.sandbox.control(do="slash", channel=GENERAL, member=HASTY, bot=BOT, command="tenant-admin rename",
                                           options={"name": "Burst"})["interaction"] for _ in range(2)]
        for number in slash:
            assert "Too many" in world.wait("interaction", interaction=number)["message"]["content"]
        assert len(refusals(world, HASTY)) == 2
        # What is permitted waits for its turn, and none is lost.
        with held(world.home):
            said = [world.say(OPERATOR, f"!tenant-admin rename . N{n}") for n in range(8)]
        for one in said:
            world.wait("message", channel=GENERAL, after=one, author=BOT)
        until("the last one", lambda: world.show()["name"] == "N7")
        rows = world.home.json("audit", "tenant01", "--by", f"discord:{OPERATOR}", "--limit", 8)["items"]
        assert [r["command"].split()[-1] for r in rows] == [f"N{n}" for n in reversed(range(8))]
    finally:
        world.home.ok("config", "tenant01", "command_rate", 100)
        world.home.ok("rename", "tenant01", "Test Store")
        world.home.ok("operator", "remove", HASTY)


# --- what the client suggests while an option is typed ---

def suggested(world, who, command, focused, **options):
    report = world.sandbox.control(do="autocomplete", channel=GENERAL, member=who, bot=BOT, command=f"tenant-admin {command}",
                                   options={focused: "", **options}, focused=focused, timeout_ms=int(LIMIT * 900))
    assert report["callback"] == 8
    return [c["value"] for c in report["choices"]]


def test_what_is_typed_is_completed_from_live_data(world):
    assert suggested(world, RENTER, "features", "feature", feature="le") == ["leveling"]
    assert "api_access" not in suggested(world, RENTER, "features", "feature")  # not in the plan
    assert suggested(world, RENTER, "settings", "key", feature="welcome") == ["message", "auto_role"]
    assert suggested(world, RENTER, "channels", "value", type="logs") == ["none", "create"]
    assert suggested(world, RENTER, "config", "value", key="language") == ["en", "id"]
    assert suggested(world, OPERATOR, "show", "tenant")[:3] == [".", "tenant01", "tenant02"]
    assert suggested(world, OPERATOR, "bot status", "tenant", tenant="tenant02") == ["tenant02"]


def test_suggestions_tell_nobody_more_than_he_may_see(world):
    assert suggested(world, RENTER, "show", "tenant") == ["."]
    assert "secretword" in suggested(world, OPERATOR, "settings", "key", feature="custom_commands", tenant="tenant02")
    assert suggested(world, RENTER, "settings", "key", feature="custom_commands", tenant="tenant02") == []
    for person in (MEMBER, ADMIN, RENTER2):
        assert suggested(world, person, "features", "feature") == []
        assert suggested(world, person, "show", "tenant") == []
