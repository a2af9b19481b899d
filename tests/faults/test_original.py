"""The faults of the system that this one replaces, by their numbers: each of them cannot happen here."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess

import pytest

from botlib import World
from live import BOT, GENERAL, GUILD, MEMBER, OPERATOR, RENTER, TOKEN, WELCOME, bot, guild
from program import LIMIT, Home, until
from scene import fault
from shop import DONATIONS, LIVE, PRICE, RECEIPT, WEBHOOK, growid, shop

pytestmark = pytest.mark.xdist_group("original")

STRANGER = "333333333333333334"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Customers with 500 WL each, and DL for 3 WL; tests take a customer each."""
    with shop(tmp_path_factory.mktemp("world") / "home", 20, money=500) as world:
        world.spare = iter(world.buyers)
        yield world


@pytest.fixture
def world(shared):
    shared.gone("the daemon")
    yield shared
    shared.sandbox.control(do="clear_faults")


@pytest.fixture
def buyer(world):
    return next(world.spare)


def product(home, code, price, *lines, tenant="tenant01"):
    home.ok("product", "add", tenant, code, f"The {code}", price)
    for line in lines:
        home.ok("stock", "add", tenant, code, line)


def counts(home, code):
    item = home.json("stock", "count", "tenant01", code)["items"][0]
    return item["available"], item["reserved"], item["sold"]


def bought(world, user, text):
    """The transaction that the bot's answer names."""
    answer = world.reply(user, text)["content"]
    found = re.search(RECEIPT, answer)
    assert found, answer
    return world.home.json("tx", "show", "tenant01", found[0])


def parcel(world, user, tx):
    """The message with the goods of this transaction."""
    return world.wait("message", bot=BOT, member=user, author=BOT, text=tx, anywhere=True)["message"]


# --- 1 to 7: goods and money ---

def test_fault_01_forty_buyers_at_once_get_forty_items(tmp_path):
    """25 in the guild and 15 at consoles, all at the same time; 60 items."""
    lines = [f"secret {n:02}" for n in range(60)]
    with shop(tmp_path / "home", 40, money=PRICE) as world:
        world.stock(*lines)
        consoles = [world.home.popen("--no-push", "buy", "tenant01", user, "DL", 1, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE) for user in world.buyers[25:]]
        for user in world.buyers[:25]:
            world.say(user, "!buy DL 1")
        for console in consoles:
            out, err = console.communicate()
            assert console.returncode == 0, (out, err)
        until("all have bought", lambda: len(world.sales()) == 40)
        world.delivered()
        given = world.check_parcels(world.check_books(), lines)
        assert len(given) == len(set(given)) == 40 and counts(world.home, "DL") == (20, 0, 40)


def test_fault_02_five_diamond_locks_buy_a_thing_of_150(world, buyer):
    product(world.home, "THING", 150, "thing one", "thing two")
    assert "5 DL" in world.reply(buyer, "!balance")["content"]
    answer = world.reply(buyer, "!buy THING 1")["content"]
    assert "3 DL, 50 WL" in answer and world.balance(buyer) == 350
    world.home.ok("buy", "tenant01", buyer, "THING", 1)
    assert world.balance(buyer) == 200


def test_fault_03_who_asks_for_ten_of_two_gets_and_pays_nothing(world, buyer):
    product(world.home, "FEW", 1, "few one", "few two")
    answer = world.reply(buyer, "!buy FEW 10")["content"]
    assert "only 2" in answer and "Nothing was bought" in answer
    error = world.home.fails(1, "refused", "buy", "tenant01", buyer, "FEW", 10)
    assert "only 2 of" in error["message"]
    assert world.balance(buyer) == 500 and counts(world.home, "FEW") == (2, 0, 0)
    assert world.home.json("tx", "list", "tenant01", "--user", buyer)["items"] == []
    assert world.sandbox.control(do="messages", bot=BOT, member=buyer)["messages"] == []


def test_fault_04_nobody_registers_anothers_growid(world, buyer):
    for name in (growid(buyer), growid(buyer).upper(), growid(buyer).lower()):
        assert "belongs to another user" in world.reply(MEMBER, f"!register {name}")["content"]
        assert world.home.fails(1, "taken", "register", "tenant01", MEMBER, name)["field"] == "growid"
    assert "register" in world.reply(MEMBER, "!buy DL 1")["content"]
    world.home.fails(1, "no_such", "balance", "show", "tenant01", MEMBER)
    assert world.balance(buyer) == 500


def test_fault_05_no_old_balance_erases_a_deposit(world, buyer):
    """The bot has just read the balance; then all roads move it at once."""
    world.stock(*(f"five {n}" for n in range(10)))
    assert "5 DL" in world.reply(buyer, "!balance")["content"]
    added = [world.home.popen("balance", "add", "tenant01", buyer, 100, stdout=subprocess.PIPE) for _ in range(8)]
    for _ in range(8):
        world.say(buyer, "!buy DL 1")
    deposits = [world.donate(buyer, 1000) for _ in range(4)]
    for console in added:
        console.communicate()
        assert console.returncode == 0
    expected = 500 + 8 * 100 - 8 * PRICE + 4 * 1000
    until("all has been counted", lambda: world.balance(buyer) == expected)
    assert set(deposits) <= set(world.credited())
    entries = world.home.json("balance", "history", "tenant01", buyer, "--limit", 0)["items"]
    assert sum(e["amount"] for e in entries) == expected and len(entries) == 1 + 8 + 8 + 4


def refused(world):
    return world.home.json("deposits", "tenant01", "--refused", "--limit", 0)["items"]


def test_fault_06_a_member_cannot_credit_himself(world, buyer):
    text = f"GrowID: {growid(buyer)}\nDeposit: 100 Diamond Lock"
    message = world.say(buyer, text, DONATIONS)
    world.sandbox.control(do="webhook", channel=DONATIONS, webhook="700000000000000099", username="Depot", content=text)
    until("both were refused", lambda: len([d for d in refused(world) if d["growid"] == growid(buyer)]) == 2)
    assert world.balance(buyer) == 500
    assert not [m for m in world.messages(DONATIONS, message) if "Successfully" in m["content"]]


def test_fault_06_an_amount_with_a_separator_is_read_whole(world, buyer):
    for amount, more in (("1,500 World Lock", 1500), ("2.500 World Lock", 2500), ("2 Diamond Lock, 5 World Lock", 205)):
        before = world.balance(buyer)
        world.sandbox.control(do="webhook", channel=DONATIONS, webhook=WEBHOOK, username="Depot",
                              content=f"GrowID: {growid(buyer)}\nDeposit: {amount}")
        until("it was credited", lambda: world.balance(buyer) == before + more)
    before = world.balance(buyer)
    message = world.sandbox.control(do="webhook", channel=DONATIONS, webhook=WEBHOOK, username="Depot",
                                    content=f"GrowID: {growid(buyer)}\nDeposit: 1,50 World Lock")["message"]
    until("it was refused", lambda: [d for d in refused(world) if d["message_id"] == message])
    assert world.balance(buyer) == before


def test_fault_06_a_refused_credit_is_announced_as_refused(world):
    message = world.sandbox.control(do="webhook", channel=DONATIONS, webhook=WEBHOOK, username="Depot",
                                    content="GrowID: Nobody1\nDeposit: 5 World Lock")["message"]
    said = world.wait("message", channel=DONATIONS, author=BOT, after=message)["message"]["content"]
    assert said == "Failed to find growid Nobody1"
    assert "Nobody1" in refused(world)[0]["reason"]


def test_fault_07_closed_dms_lose_neither_goods_nor_the_transaction(world, buyer):
    product(world.home, "CLOSED", 10, "closed secret")
    world.sandbox.control(do="member_update", guild=GUILD, member=buyer, dms_closed=True)
    said = world.say(buyer, "!buy CLOSED 1")
    told = world.wait("message", channel=GENERAL, author=BOT, after=said, text="DMs are closed", anywhere=True)["message"]
    tx = re.search(RECEIPT, told["content"])[0]
    until("it is noted", lambda: world.home.json("tx", "show", "tenant01", tx)["delivery"] == "closed")
    (row,) = world.home.json("tx", "list", "tenant01", "--user", buyer)["items"]
    assert (row["transaction_id"], row["code"], row["total"], row["status"]) == (tx, "CLOSED", 10, "completed")
    assert counts(world.home, "CLOSED") == (0, 0, 1) and world.balance(buyer) == 490
    world.sandbox.control(do="member_update", guild=GUILD, member=buyer, dms_closed=False)
    world.home.ok("stock", "redeliver", "tenant01", tx)
    assert "closed secret" in parcel(world, buyer, tx)["content"]
    until("it is sent", lambda: world.home.json("tx", "show", "tenant01", tx)["delivery"] == "sent")


# --- 8 to 11: locks, transactions, errors, work ---

def join(world, user):
    world.sandbox.control(do="join", guild=GUILD, user={"id": user, "username": f"new{user[-3:]}"})
    return user


def test_fault_08_a_handler_that_waits_holds_nobody_up(world, buyer):
    """Discord keeps the greeting of a newcomer waiting; commands, other greetings and sales go on meanwhile."""
    world.home.ok("--no-push", "channels", "tenant01", "welcome", WELCOME)
    world.pushed("features", "tenant01", "welcome", "on")
    world.stock("eight one", "eight two")
    path = f"/channels/{WELCOME}/messages"
    fault(world, "rest", "latency", method="POST", path=path, times=1, ms=int(LIMIT * 500))
    since = world.mark()
    join(world, "600000000000000001")
    world.wait("message", channel=WELCOME, author=BOT, text="600000000000000001", anywhere=True)  # the answer is to come
    bought(world, buyer, "!buy DL 1")
    assert "Pong" in world.reply(MEMBER, "!ping")["content"]
    world.home.ok("balance", "add", "tenant01", buyer, 1)
    assert world.requests(since, method="POST", path=path) == [], "Discord did not think long enough"
    join(world, "600000000000000002")
    world.wait("message", channel=WELCOME, author=BOT, text="600000000000000002", anywhere=True)
    world.pushed("features", "tenant01", "welcome", "off")


def test_fault_09_no_transaction_is_open_while_discord_is_asked(world, buyer):
    world.stock("nine one", "nine two", "nine three")
    since = world.mark()
    first = bought(world, buyer, "!buy DL 1")["transaction_id"]
    parcel(world, buyer, first)
    path = next(r["path"] for r in world.requests(since, method="POST", path="*/messages")
                if f"{first}/" in str((r["body"] or {}).get("content")))
    fault(world, "rest", "latency", method="POST", path=path, times=1, ms=int(LIMIT * 400))
    tx = bought(world, buyer, "!buy DL 1")["transaction_id"]
    parcel(world, buyer, tx)  # Discord has it, and does not answer yet
    until("nobody holds the database", world.writable)
    world.home.ok("balance", "add", "tenant01", buyer, 7)
    world.home.ok("buy", "tenant01", buyer, "DL", 1)
    assert "Pong" in world.reply(MEMBER, "!ping")["content"]
    assert world.home.json("tx", "show", "tenant01", tx)["delivery"] == "pending", "Discord did not think long enough"
    until("it arrived", lambda: world.home.json("tx", "show", "tenant01", tx)["delivery"] == "sent")


@contextlib.contextmanager
def without(home, table):
    """The database as a broken one is: a table is not there."""
    db = sqlite3.connect(home.db, isolation_level=None)
    try:
        db.execute("PRAGMA legacy_alter_table = on")
        db.execute(f"ALTER TABLE {table} RENAME TO gone_{table}")
        yield
    finally:
        db.execute(f"ALTER TABLE gone_{table} RENAME TO {table}")
        db.close()


READS = [("products", ("product", "show", "tenant01", "DL"), ("product", "show", "tenant01", "NONE")),
         ("customers", ("balance", "show", "tenant01", "{buyer}"), ("balance", "show", "tenant01", "1")),
         ("transactions", ("tx", "list", "tenant01"), ("tx", "show", "tenant01", "never")), ("tenants", ("show", "tenant01"), ("show", "nobody")),
         ("stock", ("stock", "show", "tenant01", "1"), ("stock", "show", "tenant01", "99999"))]


@pytest.mark.parametrize("table,words,missing", READS, ids=[r[0] for r in READS])
def test_fault_10_a_broken_database_does_not_look_like_a_missing_row(home, table, words, missing):
    home.create()
    product(home, "DL", 5, "ten one")
    home.ok("register", "tenant01", OPERATOR, "Budi99")
    words = [w.format(buyer=OPERATOR) for w in words]
    with without(home, table):
        result = home.run("-o", "json", *words)
        assert (result.status, result.error["code"]) == (4, "db_damaged"), repr(result)
    if missing:
        home.fails(1, "no_such", *missing)


def test_fault_10_a_buyer_of_a_broken_shop_is_not_told_that_he_is_nobody(world, buyer):
    with without(world.home, "customers"):
        answer = world.reply(buyer, "!balance")["content"]
    assert "register" not in answer and "Sorry" in answer, answer
    assert "5 DL" in world.reply(buyer, "!balance")["content"]


NOTHING = ["product edit tenant01 NONE price 5", "product enable tenant01 NONE", "product threshold tenant01 NONE 5",
           "stock reserve tenant01 99999", "stock release tenant01 99999", "balance add tenant01 1 5", "balance remove tenant01 1 5",
           "tx refund tenant01 nothing", "features nobody shop on", "rename nobody Name", "config nobody prefix !",
           "status nobody active", "operator remove 1", "push drop 99999", "rent tenant01 auto on"]


@pytest.mark.parametrize("line", NOTHING)
def test_fault_10_a_change_of_nothing_is_no_success(tenant, line):
    before = tenant.json("audit", "--count")
    result = tenant.run(*line.split())
    assert result.status == 1 and result.out == "" and result.err.startswith("tenanttui: "), repr(result)
    assert tenant.json("audit", "--count") == before


def files_open(world):
    folder, found = f"/proc/{world.daemon.process.pid}/fd", []
    for fd in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # a connection to Discord may just have been closed
            found.append(os.path.basename(os.readlink(f"{folder}/{fd}")))
    return sorted(name for name in found if "tenanttui.db" in name)


def test_fault_11_a_purchase_opens_no_connection(world, buyer):
    world.stock(*(f"eleven {n}" for n in range(20)))
    bought(world, buyer, "!buy DL 1")
    before = files_open(world)
    for _ in range(15):
        bought(world, buyer, "!buy DL 1")
    world.delivered()
    assert files_open(world) == before and len(before) < 22  # three of each of six connections, three of the daemon


def test_fault_11_a_locked_database_does_not_stop_the_bot(world):
    db = sqlite3.connect(world.home.db, isolation_level=None)
    try:
        db.execute("BEGIN IMMEDIATE")
        assert "Pong" in world.reply(MEMBER, "!ping")["content"]
        report = world.slash(MEMBER, "ping")
        assert "Pong" in report["message"]["content"]
    finally:
        db.execute("ROLLBACK")
        db.close()


def live_stock(world):
    """The message, once it is there."""
    world.wait("message", channel=LIVE, author=BOT)
    return [m for m in world.messages(LIVE, "0") if not m.get("flags", 0) & 64]


def edits(world, since):
    return [r for r in world.requests(since, method="PATCH") if f"/channels/{LIVE}/" in r["path"]]


def test_fault_11_live_stock_is_edited_when_something_changed_and_only_then(world, buyer):
    product(world.home, "SHOWN", 4, "shown one")
    world.pushed("channels", "tenant01", "live_stock", LIVE)
    until("it is shown", lambda: "The SHOWN" in json.dumps(live_stock(world)[0]["embeds"]))
    since = world.mark()
    for line in ("product threshold tenant01 SHOWN 1", f"balance add tenant01 {buyer} 5", "product edit tenant01 SHOWN price 4",
                 f"register tenant01 {buyer} {growid(buyer)}", "payment add tenant01 5 USD", "stock show tenant01 1 --reveal"):
        world.home.ok("-c", line)
    world.home.ok("product", "edit", "tenant01", "SHOWN", "name", "The CHANGED")
    until("the change is shown", lambda: "The CHANGED" in json.dumps(live_stock(world)[0]["embeds"]))
    assert len(edits(world, since)) == 1 and len(live_stock(world)) == 1


# --- 12 to 15: secrets, rights, values, parallel changes ---

def test_fault_12_a_token_is_in_no_file_argument_or_answer(world):
    secret = TOKEN.split(".")[-1].encode()
    home = world.home
    told = b""
    for words in (("show", "tenant01"), ("bot", "list"), ("audit", "--limit", 0), ("logs",), ("doctor",)):
        result = home.run("-o", "json", *words)
        told += (result.out + result.err).encode()
    assert secret not in told
    with open(f"/proc/{world.daemon.process.pid}/cmdline", "rb") as f:
        assert secret not in f.read()
    for folder, _, names in os.walk(os.path.dirname(home.db)):
        for name in names:
            path = os.path.join(folder, name)
            assert stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0, path
            with open(path, "rb") as f:
                assert secret not in f.read(), path


def test_fault_13_an_administrator_of_some_guild_manages_no_tenant(tmp_path):
    one = guild(members=(OPERATOR, MEMBER, STRANGER))
    one["roles"] = [{"id": "700", "name": "Admins", "permissions": "8"}]
    next(m for m in one["members"] if m["user"]["id"] == STRANGER)["roles"] = ["700"]
    world = World(Home(tmp_path / "home"), {"guilds": [one], "bots": [bot()]})
    try:
        world.start()
        world.quick()
        world.pushed("sync", "tenant01")
        world.home.create("tenant02", guild=77, name="Other Store")
        before = world.stored(), world.stored("tenant02")
        for line in ("features . shop off", "features tenant02 shop off", "show tenant02", "product add . DL X 5",
                     "balance add . 1 5", "stock add . DL x", "tx list ."):
            said = world.say(STRANGER, f"!tenant-admin {line}")
            found = until("an answer", lambda: [r for r in world.requests(0, method="POST", path="*/messages")
                                               if (r["body"] or {}).get("nonce") == f"r{said}-0"])
            assert "this needs" in found[0]["body"]["content"] and "Other Store" not in found[0]["body"]["content"]
        assert (world.stored(), world.stored("tenant02")) == before
    finally:
        world.end()


def test_fault_14_nonsense_is_refused_and_plans_are_checked(tenant):
    shown = tenant.json("show", "tenant01")
    for words, code, status in ((("nonsense_feature", "banana"), "unknown_word", 2), (("nonsense_feature", "on"), "unknown_word", 2),
                                (("shop", "banana"), "malformed", 2), (("automod", "on"), "not_in_plan", 1)):
        tenant.fails(status, code, "features", "tenant01", *words)
    tenant.fails(1, "not_in_plan", "permissions", "tenant01", "api_access", "on")
    assert tenant.json("show", "tenant01") == shown


@pytest.mark.parametrize("status", ["suspended", "expired", "maintenance"])
def test_fault_14_a_tenants_status_is_enforced(world, status):
    world.pushed("status", "tenant01", status)
    try:
        if status == "maintenance":
            assert "maintenance" in world.reply(MEMBER, "!products")["content"]
        else:
            until("the bot is disconnected", lambda: world.connected() == 0)
    finally:
        world.pushed("status", "tenant01", "active")
        world.up()


def test_fault_15_parallel_changes_of_two_features_both_survive(home):
    home.create(plan="enterprise")
    names = ["shop", "leveling", "reputation", "tickets", "automod", "analytics", "api_access", "priority_support"]
    processes = [home.popen("--no-push", "features", "tenant01", name, "off", stderr=subprocess.PIPE) for name in names]
    for process in processes:
        _, err = process.communicate()
        assert process.returncode == 0, err
    shown = home.json("show", "tenant01")
    assert not any(shown["features"][name] for name in names) and shown["revision"] == 1 + len(names)


# --- 16 to 18: live stock, buttons, settings ---

def test_fault_16_a_live_stock_of_sixty_products_is_taken(tmp_path):
    """The sandbox refuses what Discord would: fields over 1,024 characters, embeds over 6,000."""
    with shop(tmp_path / "home", 1) as world:
        names = [f"{n:02} " + "w\u00f6rld " * 7 for n in range(60)]
        world.home.ok("--quiet", "--no-push", "-f", "-", stdin="".join(
            f"product add tenant01 P{n:02} '{name.strip()}' {n + 1} --category 'category {n % 7}' --description '{'d' * 200}'\n"
            for n, name in enumerate(names)))
        since = world.mark()
        world.pushed("channels", "tenant01", "live_stock", LIVE)
        seen, pages = set(), 1
        message = until("it is there", lambda: live_stock(world))[0]
        texts = [json.dumps(message["embeds"], ensure_ascii=False)]
        while True:
            seen |= set(re.findall(r"\bP\d\d\b", texts[-1]))
            turn = next((b["custom_id"] for row in message["components"] for b in row["components"]
                         if b.get("custom_id", "") == f"shop:page:{pages}"), None)
            if len(seen) == 60 or not turn:
                break
            report = world.sandbox.control(do="click", channel=LIVE, member=MEMBER, message=message["id"], custom_id=turn,
                                           timeout_ms=int(LIMIT * 900))
            message = {**message, "components": report["message"]["components"]}
            texts.append(json.dumps(report["message"]["embeds"], ensure_ascii=False))
            pages += 1
        assert seen == {f"P{n:02}" for n in range(60)}, sorted(seen)
        refusals = [r for r in world.requests(since) if r["status"] == 400]
        assert refusals == []
        world.settled()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_fault_17_buttons_outlive_a_restart(world, buyer, how):
    if world.show()["channels"]["live_stock"] != LIVE:
        world.pushed("channels", "tenant01", "live_stock", LIVE)
    message = until("it is there", lambda: live_stock(world))[0]
    if how == signal.SIGTERM:
        world.daemon.end()
    else:
        world.daemon.kill()
    since = world.mark()
    world.start_daemon()
    world.wait("session", bot=BOT, state="ready")
    report = world.sandbox.control(do="click", channel=LIVE, member=buyer, message=message["id"], custom_id="shop:balance",
                                   timeout_ms=int(LIMIT * 900))
    assert "5 DL" in report["message"]["content"] and report["ephemeral"]
    assert edits(world, since) == []


def test_fault_18_one_setting_wipes_no_other(tenant):
    tenant.ok("plan", "tenant01", "premium")
    for words in (("welcome", "message", "Hello"), ("welcome", "auto_role", "77"), ("custom_commands", "rules", "Be kind"),
                  ("shop", "staff_roles", "5,6"), ("shop", "dl_rate", "60")):
        tenant.ok("settings", "tenant01", *words)
    before = tenant.json("show", "tenant01")
    tenant.ok("settings", "tenant01", "welcome", "auto_role", "24")
    tenant.ok("settings", "tenant01", "shop", "dl_rate", "24")
    after = tenant.json("show", "tenant01")
    before["settings"]["welcome"]["auto_role"] = "24"
    assert str(after["settings"]["shop"].pop("dl_rate")) == "24" and before["settings"]["shop"].pop("dl_rate")
    assert after["settings"] == before["settings"] and after["channels"] == before["channels"]


# --- 19 to 22: backups, names, states, reports ---

def test_fault_19_a_backup_of_a_busy_database_is_whole(world, buyer, tmp_path):
    """What was committed a moment ago stands in the -wal file only."""
    world.stock("nineteen one", "nineteen two")
    tx = bought(world, buyer, "!buy DL 1")["transaction_id"]
    assert os.path.getsize(world.home.db + "-wal") > 0
    copy = f"{tmp_path}/copy.db"
    world.home.ok("backup", copy)
    assert world.home.json("--db", copy, "tx", "show", "tenant01", tx)["user_id"] == buyer
    assert world.home.json("--db", copy, "balance", "show", "tenant01", buyer)["balance"] == 497
    db = sqlite3.connect(copy)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_fault_19_a_database_in_use_is_not_overwritten(world, buyer, tmp_path):
    copy = f"{tmp_path}/copy.db"
    world.home.ok("backup", copy)
    world.home.ok("balance", "add", "tenant01", buyer, 5)
    error = world.home.fails(1, "refused", "--yes", "restore", copy)
    assert str(world.daemon.process.pid) in error["message"] + str(error["hint"]) or "open" in error["message"], error
    assert world.balance(buyer) == 505 and "Pong" in world.reply(MEMBER, "!ping")["content"]


@pytest.mark.parametrize("bad", ["../../etc", "..", "a/b", "/tmp/x", "a\\b", "%2e%2e%2f", "."])
def test_fault_20_a_tenants_id_is_no_path(home, bad):
    home.fails(2, "malformed", "create", 1, 2, "X", "--id", bad)
    assert home.run("show", bad).status != 0


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\"><img src=x>", "{{7*7}}", "'; DROP TABLE tenants; --"])
def test_fault_20_a_name_is_a_text_and_nothing_else(home, name):
    home.create(name=name)
    assert home.json("show", "tenant01")["name"] == name
    assert home.json("list", "--search", name[:8])["total"] in (0, 1) and home.json("doctor")["ok"] is True


def test_fault_20_a_name_cannot_steer_the_terminal(home):
    for name in ("red\x1b[31m", "bell\x07", "line\nbreak", "back\x08", "\u202etxt"):
        home.fails(2, "malformed", "create", 1, 2, name)


def test_fault_20_numbers_are_those_of_the_sales(world, buyer):
    """The growth that the original showed was a literal."""
    def total():
        return sum(i["total"] for i in world.home.json("stats", "tenant01")["items"])
    world.stock("twenty one", "twenty two")
    before = total()
    tx = bought(world, buyer, "!buy DL 2")
    assert total() == before + 2 * PRICE
    until("its goods are sent", lambda: world.home.json("tx", "show", "tenant01", tx["transaction_id"])["delivery"] == "sent")
    world.home.ok("tx", "refund", "tenant01", tx["transaction_id"])
    assert total() == before


def test_fault_21_a_dead_bot_does_not_stay_running(world):
    world.daemon.kill()
    state = world.state()
    assert state["state"] != "running", state
    world.start_daemon()
    world.up()
    assert world.state()["instance"] == world.instance


def test_fault_21_a_daemon_whose_log_nobody_reads_goes_on(tmp_path):
    """Its standard error is a pipe that is full: 64 KiB of log and it must not block."""
    world = World(Home(tmp_path / "home"), {"guilds": [guild()], "bots": [bot()]})
    world.start_sandbox()
    world.create()
    world.quick()
    read, write = os.pipe()
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(write, b"x" * 4096):
            pass
    os.set_blocking(write, True)
    daemon = world.home.popen("--bot", stdout=write, stderr=write)
    os.close(write)
    try:
        world.pushed("token", "tenant01", "set", stdin=TOKEN + "\n")
        assert "Pong" in world.reply(MEMBER, "!ping")["content"]
    finally:
        daemon.kill()
        daemon.wait()
        os.close(read)
        world.sandbox.end()


def test_fault_22_what_failed_is_not_reported_as_done(tenant):
    product(tenant, "DL", 5, "kept one")
    tenant.ok("balance", "add", "tenant01", OPERATOR, 5, "--growid", "Budi99")
    before = tenant.json("audit", "--count"), tenant.json("product", "list", "tenant01"), tenant.json("balance", "top", "tenant01")
    for words, code in ((("product", "add", "tenant01", "DL", "Again", 7), "taken"),
                        (("--yes", "product", "remove", "tenant01", "DL"), "refused"),
                        (("--yes", "product", "remove", "tenant01", "NONE"), "no_such"),
                        (("balance", "remove", "tenant01", RENTER, 5), "no_such"), (("stock", "add", "tenant01", "DL", "kept one"), "taken"),
                        (("register", "tenant01", RENTER, "budi99"), "taken")):
        result = tenant.run("-o", "json", *words)
        assert (result.status, result.error["code"], result.out) == (1, code, ""), repr(result)
        plain = tenant.run(*words)
        assert plain.status == 1 and plain.out == "" and plain.err.startswith("tenanttui: ")
    after = tenant.json("audit", "--count"), tenant.json("product", "list", "tenant01"), tenant.json("balance", "top", "tenant01")
    assert after == before


def test_fault_22_a_buyer_is_told_the_truth(world, buyer):
    product(world.home, "EMPTY", 5)
    assert "sold out" in world.reply(buyer, "!buy EMPTY 1")["content"]
    assert "already" in world.reply(buyer, f"!register {growid(buyer)}")["content"]
    assert world.balance(buyer) == 500


def test_the_books_are_right_after_all_of_it(world):
    until("nothing that a bot says is left to write", lambda: world.home.run("doctor").status == 0)
