"""What each command does to the database, and what it refuses."""

import os

import pytest


def show(home, tenant="tenant01"):
    return home.json("show", tenant)


# --- create, list, show, rename, plan, status, delete ---

@pytest.mark.parametrize("bad", ["ab", "Upper", "with space", "x" * 33, "dot.ted", "../up"])
def test_create_refuses_bad_ids(home, bad):
    home.fails(2, "malformed", "create", 1, 2, "X", "--id", bad)


@pytest.mark.parametrize("words", [("abc", 2, "X"), (1, "-2", "X"), (1, 2, ""), (1, 2, "   "), (1, 2, "a\nb"),
                                   (0, 2, "X"), (1, 9223372036854775808, "X"), (1, 2, "x" * 101)])
def test_create_refuses_bad_values(home, words):
    result = home.run("-o", "json", "create", "--id", "good", "--", *words)
    assert (result.status, result.error["code"]) == (2, "malformed"), repr(result)


def test_a_guild_and_an_id_belong_to_one_tenant(tenant):
    tenant.fails(1, "taken", "create", 1, 987654321098765432, "Other", "--id", "other")
    tenant.fails(1, "taken", "create", 1, 55, "Other", "--id", "tenant01")
    tenant.ok("create", 123456789012345678, 55, "Same renter", "--id", "other")


def test_list_filters_sorts_and_pages(home):
    lines = "".join(f"create 1 {n} 'Store {chr(65 + n % 7)}{n:02}' {'premium' if n % 3 else 'basic'} --id t{n:03}\n"
                    for n in range(1, 31))
    home.ok("--quiet", "-f", "-", stdin=lines)
    home.ok("status", "t004", "suspended")
    assert home.json("list", "--count") == {"total": 30}
    assert [i["tenant_id"] for i in home.json("list", "--status", "suspended")["items"]] == ["t004"]
    assert home.json("list", "--plan", "basic")["total"] == 10
    assert home.json("list", "--feature", "automod")["total"] == 20
    assert [i["tenant_id"] for i in home.json("list", "--search", "A07")["items"]] == ["t007"]
    names = [i["name"] for i in home.json("list", "--sort", "name:desc", "--limit", 0)["items"]]
    assert names == sorted(names, reverse=True) and len(names) == 30
    first = home.json("list", "--limit", 12)
    second = home.json("list", "--limit", 12, "--after", first["next"])
    third = home.json("list", "--limit", 12, "--after", second["next"])
    ids = [i["tenant_id"] for page in (first, second, third) for i in page["items"]]
    assert ids == [f"t{n:03}" for n in range(1, 31)] and third["next"] is None
    assert [i["tenant_id"] for i in home.json("list", "--limit", 3, "--before", "t010")["items"]] == ["t007", "t008",
                                                                                                     "t009"]
    assert [i["tenant_id"] for i in home.json("list", "--limit", 3, "--last")["items"]] == ["t028", "t029", "t030"]
    around = [i["tenant_id"] for i in home.json("list", "--limit", 5, "--around", "t015")["items"]]
    assert "t015" in around and len(around) == 5


@pytest.mark.parametrize("words,code", [(("--status", "dead"), "unknown_word"), (("--sort", "colour"), "unknown_word"),
                                        (("--limit", "many"), "malformed"), (("--limit", "-1"), "malformed")])
def test_list_refuses_what_it_does_not_know(tenant, words, code):
    tenant.fails(2, code, "list", *words)


def test_rename_keeps_the_revision(tenant):
    doc = tenant.json("rename", "tenant01", "New Name")
    assert (doc["changed"], doc["revision"]) == (True, 1)
    assert show(tenant)["name"] == "New Name"
    assert tenant.json("rename", "tenant01", "New Name")["changed"] is False


def test_a_larger_plan_allows_more_and_a_smaller_one_asks(tenant):
    error = tenant.fails(1, "not_in_plan", "features", "tenant01", "automod", "enable")
    assert "premium" in error["message"] + str(error["hint"])
    assert tenant.json("plan", "tenant01", "premium")["revision"] == 2
    tenant.ok("features", "tenant01", "automod", "enable")
    error = tenant.fails(1, "refused", "plan", "tenant01", "basic")
    assert "automod" in error["message"] + str(error["hint"]), error
    tenant.ok("--yes", "plan", "tenant01", "basic")
    doc = show(tenant)
    assert doc["plan"] == "basic" and not doc["features"]["automod"]


def test_permissions_follow_the_plan(tenant):
    tenant.fails(1, "not_in_plan", "permissions", "tenant01", "api_access", "true")
    assert tenant.json("permissions", "tenant01", "manage_users", "false")["changed"] is True
    assert show(tenant)["permissions"]["manage_users"] is False


@pytest.mark.parametrize("status", ["suspended", "expired", "maintenance"])
def test_status(tenant, status):
    assert tenant.json("status", "tenant01", status)["changed"] is True
    assert show(tenant)["status"] == status
    tenant.ok("status", "tenant01", "active")


def test_delete_hides_and_frees_the_guild_and_undo_brings_back(tenant):
    tenant.fails(1, "refused", "delete", "tenant01")
    doc = tenant.json("--yes", "delete", "tenant01")
    tenant.fails(1, "no_such", "show", "tenant01")
    assert tenant.json("list")["items"] == []
    assert [i["tenant_id"] for i in tenant.json("list", "--deleted")["items"]] == ["tenant01"]
    tenant.ok("undo", doc["audit"])
    assert show(tenant)["name"] == "Test Store"
    doc = tenant.json("--yes", "delete", "tenant01")
    tenant.create("tenant02")
    tenant.fails(1, "taken", "undo", doc["audit"])


# --- features, channels, config, settings ---

@pytest.mark.parametrize("off,on", [("disable", "enable"), ("off", "on"), ("false", "true"), ("no", "yes"), ("0", "1"),
                                    ("OFF", "On")])
def test_boolean_words(tenant, off, on):
    assert tenant.json("features", "tenant01", "shop", off)["changed"] is True
    assert show(tenant)["features"]["shop"] is False
    assert tenant.json("features", "tenant01", "shop", on)["changed"] is True


@pytest.mark.parametrize("word", ["banana", "maybe", "", "2"])
def test_any_other_word_is_no_boolean(tenant, word):
    tenant.fails(2, "malformed", "features", "tenant01", "shop", word)
    assert show(tenant)["features"]["shop"] is True


def test_a_read_of_one_feature_does_not_write(tenant):
    assert "shop" in tenant.ok("features", "tenant01", "shop").out
    assert show(tenant)["revision"] == 1


def test_a_feature_without_module_can_be_switched_and_says_so(tenant):
    tenant.ok("features", "tenant01", "leveling", "disable")
    result = tenant.ok("features", "tenant01", "leveling", "enable")
    assert "not in this version, so nothing changes on Discord" in result.out
    assert "not in this version" not in tenant.ok("features", "tenant01", "welcome", "enable").err


def test_channels_are_set_and_cleared(tenant):
    tenant.ok("channels", "tenant01", "control", "111222333444555666")
    assert show(tenant)["channels"]["control"] == "111222333444555666"
    tenant.ok("channels", "tenant01", "control", "none")
    assert show(tenant)["channels"]["control"] is None
    tenant.fails(2, "malformed", "channels", "tenant01", "control", "here")
    tenant.fails(2, "unknown_word", "channels", "tenant01", "cellar", "1")


def test_a_short_id_is_taken_with_a_warning(tenant):
    assert "17" in tenant.ok("channels", "tenant01", "control", "12345").err


def test_creating_a_channel_needs_a_token_and_a_push(tenant):
    assert tenant.run("-o", "json", "channels", "tenant01", "control", "create").status == 1
    assert tenant.run("-o", "json", "--no-push", "channels", "tenant01", "control", "create").status == 2


@pytest.mark.parametrize("key,value,shown", [
    ("prefix", "?", "?"), ("prefix", "ab!cd", "ab!cd"), ("language", "en", "en"), ("timezone", "Europe/Berlin",
                                                                                   "Europe/Berlin"),
    ("auto_restart", "off", False), ("max_restart_attempts", "0", 0), ("max_restart_attempts", "100", 100),
    ("nickname", "My Bot", "My Bot"), ("activity", "selling", "selling"), ("command_cooldown", "10", 10),
    ("command_rate", "5", 5),
])
def test_config_values(tenant, key, value, shown):
    assert tenant.json("config", "tenant01", key, value)["revision"] == 2
    assert show(tenant)["bot_config"][key] == shown


@pytest.mark.parametrize("key,value", [
    ("prefix", "toolong"), ("prefix", ""), ("prefix", "a b"), ("prefix", "a\x01"), ("language", "fr"),
    ("timezone", "Mars/Olympus"), ("timezone", "../../etc/passwd"), ("auto_restart", "maybe"),
    ("max_restart_attempts", "101"), ("max_restart_attempts", "-1"), ("max_restart_attempts", "many"),
    ("nickname", "x" * 129), ("command_cooldown", "-5"), ("command_rate", "x"),
])
def test_config_refuses(tenant, key, value):
    result = tenant.run("-o", "json", "config", "tenant01", key, "--", value)
    assert result.status == 2 and result.error["code"] in ("malformed", "unknown_word", "missing_argument"), repr(result)
    assert show(tenant)["revision"] == 1


def test_settings_of_a_feature(tenant):
    tenant.ok("settings", "tenant01", "welcome", "message", "Hello {user}, this is {server}")
    tenant.ok("settings", "tenant01", "welcome", "auto_role", "111222333444555666")
    assert show(tenant)["settings"]["welcome"]["message"] == "Hello {user}, this is {server}"
    assert show(tenant)["settings"]["welcome"]["auto_role"] == "111222333444555666"
    tenant.ok("settings", "tenant01", "welcome", "message", "none")
    assert show(tenant)["settings"]["welcome"]["message"] in (None, "") or \
        "Hello {user}" not in show(tenant)["settings"]["welcome"]["message"]
    tenant.fails(2, "malformed", "settings", "tenant01", "welcome", "auto_role", "staff")
    assert tenant.run("-o", "json", "settings", "tenant01", "welcome", "colour", "red").status == 2


def test_custom_commands_obey_plan_and_names(tenant):
    tenant.fails(1, "not_in_plan", "settings", "tenant01", "custom_commands", "rules", "Be kind")
    tenant.ok("plan", "tenant01", "premium")
    tenant.ok("settings", "tenant01", "custom_commands", "rules", "Be kind, {user}")
    assert show(tenant)["settings"]["custom_commands"]["rules"] == "Be kind, {user}"
    for bad in ("help", "ping", "UPPER", "x" * 33, "tenant-admin"):
        assert tenant.run("settings", "tenant01", "custom_commands", bad, "text").status in (1, 2), bad
    tenant.ok("settings", "tenant01", "custom_commands", "rules", "none")
    assert "rules" not in show(tenant)["settings"]["custom_commands"]


# --- token, bot, sync without a token ---

def test_without_token_there_is_nothing_to_push_to(tenant):
    result = tenant.ok("features", "tenant01", "shop", "off")
    assert "nothing to push to" in result.out + result.err
    assert tenant.run("-o", "json", "sync", "tenant01").status == 1
    assert tenant.run("-o", "json", "token", "tenant01", "check").status == 1


def test_a_token_is_never_an_argument(tenant):
    assert tenant.run("-o", "json", "token", "tenant01", "set", "abc.def.ghi").status == 2


def test_a_token_cannot_come_from_the_command_file(tenant):
    result = tenant.run("-o", "jsonl", "-f", "-", stdin="token tenant01 set\n")
    assert result.status in (1, 2) and "--from" in result.err, repr(result)


def test_stopping_a_bot_without_token(tenant):
    doc = tenant.json("bot", "stop", "tenant01")
    assert doc["push"]["state"] == "none"
    assert tenant.json("bot", "status", "tenant01")["state"] == "stopped"


# --- operators ---

def test_operators(tenant):
    tenant.ok("operator", "add", "123456789012345678", "operator")
    assert tenant.json("operator", "add", "123456789012345678", "operator")["changed"] is False
    tenant.ok("operator", "add", "123456789012345678", "owner")
    tenant.ok("operator", "remove", "123456789012345678")
    assert tenant.json("operator", "list")["items"] == []
    tenant.fails(2, "unknown_word", "operator", "add", "1", "king")
    assert tenant.run("-o", "json", "operator", "remove", "123456789012345678").status in (0, 1)


# --- audit, undo, redo ---

def test_audit_filters(tenant):
    tenant.ok("features", "tenant01", "shop", "off")
    tenant.ok("rename", "tenant01", "B")
    tenant.create("tenant02", guild=9)
    assert [i["command"].split()[0] for i in tenant.json("audit", "tenant01")["items"]] == ["rename", "features", "create"]
    assert tenant.json("audit", "--command", "create")["total"] == 2
    assert tenant.json("audit", "--by", "nobody")["items"] == []
    assert tenant.json("audit", "--since", "1h")["total"] == 4
    assert tenant.json("audit", "--since", "2999-01-01")["total"] == 0
    tenant.fails(2, "malformed", "audit", "--since", "yesterday-ish")
    page = tenant.json("audit", "--limit", 2)
    assert len(page["items"]) == 2 and page["next"]
    assert len(tenant.json("audit", "--limit", 2, "--after", page["next"])["items"]) == 2


def test_undo_and_redo(tenant):
    number = tenant.json("features", "tenant01", "shop", "off")["audit"]
    undone = tenant.json("undo")
    assert undone["revision"] == 3 and show(tenant)["features"]["shop"] is True
    rows = {i["audit"]: i for i in tenant.json("audit", "tenant01")["items"]}
    assert rows[number]["undone_by"] == undone["audit"] and rows[undone["audit"]]["undoes"] == number
    tenant.ok("redo")
    assert show(tenant)["features"]["shop"] is False
    tenant.ok("undo", number)
    assert show(tenant)["features"]["shop"] is True


def test_undo_conflicts_are_per_value(tenant):
    first = tenant.json("features", "tenant01", "shop", "off")["audit"]
    other = tenant.json("features", "tenant01", "leveling", "off")["audit"]
    tenant.ok("undo", first)
    tenant.ok("features", "tenant01", "leveling", "on")
    tenant.fails(1, "refused", "undo", other)


def test_undo_refuses_what_cannot_be_undone(tenant):
    tenant.fails(1, "no_such", "undo", 999)
    number = tenant.json("bot", "stop", "tenant01")["audit"]
    tenant.fails(1, "refused", "undo", number)


def test_undo_passes_the_checks_of_now(tenant):
    tenant.ok("plan", "tenant01", "premium")
    tenant.ok("features", "tenant01", "automod", "on")
    number = tenant.json("features", "tenant01", "automod", "off")["audit"]
    tenant.ok("--yes", "plan", "tenant01", "basic")
    assert tenant.run("-o", "json", "undo", number).status == 1


def test_undo_of_create(home):
    home.create()
    home.ok("--yes", "undo")
    home.fails(1, "no_such", "show", "tenant01")


# --- readonly ---

@pytest.mark.parametrize("line", ["rename tenant01 X", "features tenant01 shop off", "create 1 2 X", "delete tenant01 --yes",
                                  "undo", "operator add 1 viewer", "bot stop tenant01"])
def test_readonly_refuses_writes(tenant, line):
    result = tenant.run("--readonly", "-o", "jsonl", "-c", line)
    assert (result.status, result.error["code"]) == (3, "read_only"), repr(result)


@pytest.mark.parametrize("line", ["show tenant01", "list", "features tenant01", "features tenant01 shop", "audit",
                                  "config tenant01 prefix", "push list", "bot list", "help", "version"])
def test_readonly_reads(tenant, line):
    tenant.ok("--readonly", "-c", line)


# --- push list, retry, drop; logs; backup, restore, migrate ---

def test_push_retry_and_drop_of_nothing(tenant):
    assert tenant.run("push", "retry").status == 0
    assert tenant.run("push", "drop", "--yes").status == 0
    tenant.fails(1, "no_such", "push", "retry", 99)


def test_backup_and_restore(tenant, tmp_path):
    copy = tmp_path / "copy.db"
    tenant.ok("backup", copy)
    assert oct(copy.stat().st_mode & 0o777) == "0o600"
    tenant.ok("features", "tenant01", "shop", "off")
    assert tenant.run("restore", copy).status == 1
    tenant.ok("--yes", "restore", copy)
    doc = show(tenant)
    assert doc["features"]["shop"] is True
    assert doc["revision"] == 3
    assert tenant.json("doctor")["ok"] is True


def test_backup_does_not_overwrite_silently(tenant, tmp_path):
    copy = tmp_path / "copy.db"
    copy.write_text("precious")
    tenant.run("backup", copy)
    assert copy.read_text(errors="replace") == "precious" or copy.stat().st_size > 4096


def test_restore_refuses_what_is_no_backup(tenant, tmp_path):
    junk = tmp_path / "junk"
    junk.write_text("no database")
    assert tenant.run("--yes", "restore", junk).status in (1, 4)
    assert tenant.run("--yes", "restore", tmp_path / "absent").status in (1, 4)
    assert show(tenant)["name"] == "Test Store"


def test_migrate_makes_a_missing_database_and_is_idempotent(home):
    home.ok("migrate")
    assert os.path.exists(home.db)
    home.ok("migrate")
    assert home.json("list")["items"] == []


def test_logs_without_a_daemon(tenant):
    assert tenant.run("logs").status == 0
    assert tenant.json("logs")["items"] == []


def test_help_lists_every_command(tenant):
    overview = tenant.ok("help").out
    for word in ("create list show config features channels permissions settings plan status rename delete sync push token "
                 "bot operator audit undo redo backup restore doctor migrate logs help version").split():
        assert word in overview, word
        assert word in tenant.ok("help", word).out
    assert "complete" not in overview.split()
    assert tenant.run("help", "nonsense").status == 2
