"""The documents of -o json: their names and types, as cli.md lists them."""

import re

import pytest

FEATURES = ("shop live_stock leveling reputation tickets automod admin_commands custom_commands analytics api_access "
            "priority_support welcome donation").split()
PERMISSIONS = "manage_products manage_users view_analytics custom_config api_access advanced_settings".split()
CHANNELS = ("live_stock purchase_log donation_log history_buy welcome ticket_category ticket_panel leveling reputation "
            "logs control").split()
CONFIG = {"prefix": "!", "language": "id", "timezone": "Asia/Jakarta", "auto_restart": True, "max_restart_attempts": 3,
          "nickname": None, "activity": None, "command_cooldown": 3, "command_rate": 3}
LINE = ["tenant_id", "name", "discord_id", "guild_id", "status", "plan", "revision", "applied_revision", "token", "bot",
        "created_at", "updated_at"]
MAPS = ["features", "channels", "permissions", "bot_config", "settings"]
BOT = ["state", "instance", "latency_ms", "restarts", "error"]
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def has(document, keys):
    missing = [k for k in keys if k not in document]
    assert not missing, f"{missing} missing in {document}"


def test_show(tenant):
    doc = tenant.json("show", "tenant01")
    has(doc, LINE + MAPS)
    assert (doc["tenant_id"], doc["discord_id"], doc["guild_id"]) == ("tenant01", "123456789012345678",
                                                                     "987654321098765432")
    assert (doc["status"], doc["plan"], doc["token"]) == ("active", "basic", "none")
    assert (doc["revision"], doc["applied_revision"]) == (1, 0)
    assert RFC3339.fullmatch(doc["created_at"]) and RFC3339.fullmatch(doc["updated_at"])


def test_maps_list_every_known_key(tenant):
    doc = tenant.json("show", "tenant01")
    assert sorted(doc["features"]) == sorted(FEATURES)
    assert sorted(doc["permissions"]) == sorted(PERMISSIONS)
    assert doc["channels"] == {name: None for name in CHANNELS}
    assert set(doc["bot_config"]) == set(CONFIG)
    assert all(isinstance(v, bool) for v in [*doc["features"].values(), *doc["permissions"].values()])
    has(doc["settings"], ["welcome", "custom_commands"])
    has(doc["settings"]["welcome"], ["message", "auto_role"])


def test_defaults_of_bot_config(tenant):
    items = {i["key"]: i["value"] for i in tenant.json("config", "tenant01")["items"]}
    assert set(items) == set(CONFIG)
    for key, value in CONFIG.items():
        assert items[key] in (value, None), key


@pytest.mark.parametrize("plan,features,permissions", [
    ("basic", "shop live_stock leveling reputation tickets admin_commands", "manage_products manage_users"),
    ("premium", "shop live_stock leveling reputation tickets admin_commands automod custom_commands analytics",
     "manage_products manage_users view_analytics"),
    ("enterprise", "shop live_stock leveling reputation tickets admin_commands automod custom_commands analytics "
     "api_access priority_support",
     "manage_products manage_users view_analytics custom_config api_access advanced_settings"),
])
def test_what_a_plan_switches_on_by_default(home, plan, features, permissions):
    home.create(plan=plan)
    doc = home.json("show", "tenant01")
    assert {f for f, on in doc["features"].items() if on} == set(features.split())
    assert {p for p, on in doc["permissions"].items() if on} == set(permissions.split())


def test_bot_object_of_a_bot_that_never_ran(tenant):
    bot = tenant.json("show", "tenant01")["bot"]
    has(bot, BOT)
    assert (bot["state"], bot["instance"], bot["latency_ms"], bot["restarts"], bot["error"]) == ("stopped", None, None, 0,
                                                                                                 None)


def test_list_items_are_show_without_maps(tenant):
    doc = tenant.json("list")
    has(doc, ["items", "total", "next"])
    assert (doc["total"], doc["next"]) == (1, None)
    has(doc["items"][0], LINE)
    assert not set(MAPS) & set(doc["items"][0])
    has(doc["items"][0]["bot"], BOT)


def test_count_is_only_a_total(tenant):
    assert tenant.json("list", "--count") == {"total": 1}
    assert tenant.json("audit", "--count") == {"total": 1}


@pytest.mark.parametrize("command,keys", [("channels", CHANNELS), ("permissions", PERMISSIONS), ("config", CONFIG)])
def test_maps_alone_are_keys_and_values(tenant, command, keys):
    items = tenant.json(command, "tenant01")["items"]
    assert sorted(i["key"] for i in items) == sorted(keys)
    assert all(set(i) >= {"key", "value"} for i in items)


def test_settings_alone_are_keys_and_values(tenant):
    items = tenant.json("settings", "tenant01", "welcome")["items"]
    assert {i["key"]: i["value"] for i in items}.keys() >= {"message", "auto_role"}


def test_features_say_enabled_allowed_and_module(tenant):
    items = {i["feature"]: i for i in tenant.json("features", "tenant01")["items"]}
    assert sorted(items) == sorted(FEATURES)
    for item in items.values():
        assert {type(item[k]) for k in ("enabled", "allowed", "module")} == {bool}
    assert items["welcome"]["module"] and items["custom_commands"]["module"]
    assert not items["leveling"]["module"]
    assert not items["api_access"]["allowed"] and items["shop"]["allowed"]


def test_a_write(tenant):
    doc = tenant.json("features", "tenant01", "shop", "disable")
    has(doc, ["tenant_id", "changed", "audit", "revision", "push"])
    has(doc["push"], ["state", "notified", "instance", "ms", "reason"])
    assert (doc["tenant_id"], doc["changed"], doc["revision"]) == ("tenant01", True, 2)
    assert isinstance(doc["audit"], int)
    assert (doc["push"]["state"], doc["push"]["reason"]) == ("none", "no_token")


def test_a_write_that_changes_nothing(tenant):
    doc = tenant.json("features", "tenant01", "shop", "enable")
    assert (doc["changed"], doc["audit"], doc["revision"]) == (False, None, 1)
    assert (doc["push"]["state"], doc["push"]["reason"]) == ("none", "unchanged")


def test_create_names_its_tenant(home):
    doc = home.json("create", "123456789012345678", "987654321098765432", "Store")
    assert re.fullmatch(r"tenant_[0-9a-f]{8}", doc["tenant_id"])
    assert (doc["changed"], doc["revision"]) == (True, 1)
    assert home.json("show", doc["tenant_id"])["plan"] == "basic"


def test_audit_items(tenant):
    tenant.ok("features", "tenant01", "shop", "disable")
    item = tenant.json("audit", "tenant01")["items"][0]
    has(item, ["audit", "time", "tenant_id", "who", "face", "command", "before", "after", "undone_by", "undoes"])
    assert (item["tenant_id"], item["face"], item["undone_by"], item["undoes"]) == ("tenant01", "cli", None, None)
    assert item["who"].startswith("op:") and "shop" in item["command"]
    assert RFC3339.fullmatch(item["time"])
    assert item["before"] != item["after"]


def test_bot_list_and_push_list(tenant):
    doc = tenant.json("bot", "list")
    has(doc, ["items", "total", "next"])
    has(doc["items"][0], ["tenant_id", *BOT])
    has(tenant.json("bot", "status", "tenant01"), ["tenant_id", *BOT, "revision", "applied_revision", "needs"])
    assert tenant.json("push", "list")["items"] == []


def test_doctor(tenant):
    doc = tenant.json("doctor")
    assert doc["ok"] is True, doc
    for check in doc["checks"]:
        has(check, ["name", "ok", "detail"])


def test_dry_run(tenant):
    doc = tenant.json("--dry-run", "features", "tenant01", "shop", "disable")
    has(doc, ["database", "discord", "calls", "seconds"])
    row = next(r for r in doc["database"] if "feature" in r["table"])
    has(row, ["table", "key", "before", "after"])
    assert (doc["calls"], doc["discord"]) == (0, [])
    assert tenant.json("show", "tenant01")["revision"] == 1
    assert tenant.json("audit", "--count") == {"total": 1}


def test_an_error(tenant):
    error = tenant.fails(2, "unknown_word", "features", "tenant01", "shp", "on")
    assert set(error) >= {"code", "message", "hint", "field"}
    assert error["field"] == "feature"


def test_ids_are_strings_and_leading_zeros_are_dropped(tenant):
    tenant.ok("channels", "tenant01", "purchase_log", "0987654321")
    assert tenant.json("show", "tenant01")["channels"]["purchase_log"] == "987654321"


def test_operator_list(tenant):
    tenant.ok("operator", "add", "123456789012345678", "viewer")
    items = tenant.json("operator", "list")["items"]
    assert [(i["discord_id"], i["role"]) for i in items] == [("123456789012345678", "viewer")]
