"""`import`: databases of the earlier system, made by its own statements, with the rows that occur in the field."""

import hashlib
import json
import os
import sqlite3

import pytest

from live import Live, GUILD, TOKEN as LIVE_TOKEN
from program import until

RENTAL = """
CREATE TABLE tenants (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT UNIQUE, discord_id TEXT, guild_id TEXT,
    name TEXT, status TEXT DEFAULT 'active', plan TEXT DEFAULT 'basic', features TEXT DEFAULT '{}',
    channels TEXT DEFAULT '{}', permissions TEXT DEFAULT '{}', bot_config TEXT DEFAULT '{}',
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE tenant_products (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT, code TEXT, name TEXT,
    price INTEGER, description TEXT, category TEXT, is_active INTEGER DEFAULT 1, created_at TIMESTAMP,
    updated_at TIMESTAMP, UNIQUE(tenant_id, code), FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id));
CREATE TABLE tenant_stocks (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT, product_code TEXT, content TEXT,
    status TEXT DEFAULT 'available', added_by TEXT, buyer_id TEXT, seller_id TEXT, purchase_price INTEGER,
    added_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE tenant_transactions (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT, transaction_id TEXT UNIQUE,
    user_id TEXT, product_code TEXT, quantity INTEGER, total_price INTEGER, status TEXT DEFAULT 'pending',
    payment_method TEXT, created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE tenant_configurations (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT UNIQUE, bot_token TEXT,
    donation_channel_id TEXT, other_channel_ids TEXT, created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE subscriptions (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT UNIQUE, discord_id TEXT, plan TEXT,
    status TEXT, start_date TIMESTAMP, end_date TIMESTAMP, auto_renew BOOLEAN DEFAULT TRUE, bot_token TEXT,
    guild_id TEXT, features TEXT, created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE payments (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT, discord_id TEXT, amount REAL,
    currency TEXT DEFAULT 'USD', method TEXT, status TEXT, transaction_id TEXT UNIQUE, gateway_response TEXT,
    description TEXT, created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE bot_instances (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT UNIQUE, bot_token TEXT, guild_id TEXT,
    status TEXT, process_id INTEGER, port INTEGER, config TEXT, last_heartbeat TIMESTAMP, error_message TEXT,
    restart_count INTEGER DEFAULT 0, created_at TIMESTAMP, updated_at TIMESTAMP);
"""
SHOP = """
CREATE TABLE users (growid TEXT PRIMARY KEY, balance_wl INTEGER DEFAULT 0, balance_dl INTEGER DEFAULT 0,
    balance_bgl INTEGER DEFAULT 0, created_at DATETIME, updated_at DATETIME);
CREATE TABLE user_growid (discord_id TEXT PRIMARY KEY, growid TEXT, created_at DATETIME);
CREATE TABLE products (code TEXT PRIMARY KEY, name TEXT, price INTEGER, description TEXT, created_at DATETIME,
    updated_at DATETIME);
CREATE TABLE stock (id INTEGER PRIMARY KEY AUTOINCREMENT, product_code TEXT, content TEXT UNIQUE,
    status TEXT DEFAULT 'available', added_by TEXT, buyer_id TEXT, seller_id TEXT, added_at DATETIME,
    updated_at DATETIME);
CREATE TABLE balance_transactions (id INTEGER PRIMARY KEY AUTOINCREMENT, growid TEXT, type TEXT, details TEXT,
    old_balance TEXT, new_balance TEXT, created_at DATETIME);
CREATE TABLE world_info (id INTEGER PRIMARY KEY, world TEXT, owner TEXT, bot TEXT, updated_at DATETIME);
CREATE TABLE tickets (id INTEGER PRIMARY KEY, title TEXT);
"""
SAMPLE = "tenant_sample01"
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.thisIsTheSecretPartOfTheToken"
OTHER_TOKEN = "MjIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.anotherSecretPartOfAToken"
AT = "2025-01-02 03:04:05"


def fill(db, table, columns, rows):
    names = columns.split()
    db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", rows)


@pytest.fixture
def rental(tmp_path):
    path = tmp_path / "rental_bot.db"
    with sqlite3.connect(path) as db:
        db.executescript(RENTAL)
        fill(db, "tenants", "id tenant_id discord_id guild_id name status plan features channels permissions bot_config", [
            (1, SAMPLE, "123456789012345678", "987654321098765432", "Sample Store", "active", "premium",
             '{"shop": true, "leveling": true, "automod": true}',
             '{"live_stock": "1234567890", "purchase_log": "0987654321"}',
             '{"manage_products": true, "view_analytics": true}', '{"prefix": "!", "language": "id"}'),
            (2, "tenant_python", "223456789012345678", "887654321098765432", "Toko Ular", "active", "basic",
             "{'shop': True, 'automod': False, 'nonsense': True}", "{'live_stock': 1234567891}", "", "{'prefix': '?'}"),
            (3, "tenant_odd", "323456789012345678", "787654321098765432", "Odd", "banana", "gold", '{"shop": tru',
             "not json at all", None, "{}"),
            (4, "../../etc/passwd", "423456789012345678", "687654321098765432", "Traversal", "active", "basic",
             "{}", "{}", "{}", "{}"),
            (5, "tenant_same_guild", "523456789012345678", "987654321098765432", "Guild thief", "active", "basic",
             "{}", "{}", "{}", "{}"),
        ])
        fill(db, "tenant_products", "id tenant_id code name price description category is_active", [
            (1, SAMPLE, "DL", "Diamond Lock", 50000, "", "locks", 1),
            (2, SAMPLE, "WL", "World Lock", 3000, None, "locks", 1),
            (3, SAMPLE, "BGL", "Blue Gem Lock", 150000, "x" * 300, "locks", 0),
            (4, SAMPLE, "NEG", "Negative", -5, "", "", 1),
            (5, SAMPLE, "a code far too long", "Long", 5, "", "", 1),
            (6, "tenant_gone", "DL", "Orphan", 5, "", "", 1),
        ])
        fill(db, "tenant_stocks", "id tenant_id product_code content status buyer_id", [
            (1, SAMPLE, "DL", "item-secret-1", "available", None),
            (2, SAMPLE, "DL", "item-secret-1  ", "available", None),
            (3, SAMPLE, "DL", "item-secret-3", "sold", "723456789012345678"),
            (4, SAMPLE, "DL", "item-secret-4", "banana", None),
            (5, SAMPLE, "GONE", "item-secret-5", "available", None),
            (6, SAMPLE, "DL", "item-secret-6", "deleted", None),
            (7, SAMPLE, "DL", "two\nlines", "available", None),
            (8, SAMPLE, "DL", "item-secret-8", "reserved", None),
        ])
        fill(db, "tenant_transactions", "id tenant_id transaction_id user_id product_code quantity total_price status "
             "created_at", [
                 (1, SAMPLE, "TRX-1", "723456789012345678", "DL", 2, 100000, "completed", AT),
                 (2, SAMPLE, "TRX-2", "723456789012345678", "DL", 2, 100000, "banana", AT),
                 (3, SAMPLE, "TRX-3", "nobody", "DL", 1, 5, "completed", AT),
                 (4, SAMPLE, "TRX-4", "723456789012345678", "GONE", 0, 5, "completed", AT)])
        fill(db, "tenant_configurations", "id tenant_id bot_token donation_channel_id other_channel_ids", [
            (1, SAMPLE, TOKEN, "623456789012345678", "{'logs': '623456789012345679'}"),
            (2, "tenant_python", TOKEN, "word", "{}")])
        fill(db, "subscriptions", "id tenant_id discord_id plan status start_date end_date auto_renew", [
            (1, "sub_1", "123456789012345678", "basic", "expired", "2024-01-01 00:00:00", "2024-02-01 00:00:00", 0),
            (2, "sub_2", "123456789012345678", "premium", "active", AT, "2099-01-01T00:00:00.123456", 0),
            (3, "sub_3", "999956789012345678", "premium", "active", AT, "2099-01-01 00:00:00", 1),
            (4, "sub_4", "223456789012345678", "basic", "banana", AT, "2099-01-01 00:00:00", 1)])
        fill(db, "payments", "id tenant_id discord_id amount currency method status transaction_id created_at", [
            (1, SAMPLE, "123456789012345678", 25.5, "USD", "bank", "completed", "PAY-1", AT),
            (2, None, "223456789012345678", 10, "usd", None, "pending", None, AT),
            (3, SAMPLE, "123456789012345678", -1, "USD", "bank", "completed", "PAY-3", AT),
            (4, SAMPLE, "123456789012345678", 5, "USD", "bank", "banana", "PAY-4", AT)])
        fill(db, "bot_instances", "id tenant_id bot_token status config", [
            (1, SAMPLE, TOKEN, "running", "{}"), (2, "tenant_python", OTHER_TOKEN, "stopped", "{}")])
    db.close()
    return path


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as db:
        db.executescript(SHOP)
        fill(db, "users", "growid balance_wl balance_dl balance_bgl", [
            ("Budi", 3, 2, 1), ("Sari", 0, 0, 0), ("Ghost", 5, 0, 0), ("Minus", -5, 1, 0), ("Huge", 2**62, 2**62, 0)])
        fill(db, "user_growid", "discord_id growid", [
            ("823456789012345678", "Budi"), ("823456789012345679", "Sari"), ("823456789012345670", "budi"),
            ("823456789012345671", "no good id"), ("word", "Wordy"), ("823456789012345672", "Minus"),
            ("823456789012345673", "Huge")])
        fill(db, "products", "code name price description", [
            ("DL", "Diamond Lock", 50000, "d"), ("FREE", "Free", 0, ""), ("TXT", "Text", "12 WL", "")])
        fill(db, "stock", "id product_code content status buyer_id", [
            (1, "DL", "shop-secret-1", "available", None), (2, "DL", "shop-secret-2", "sold", "823456789012345678"),
            (3, "NONE", "shop-secret-3", "available", None)])
        fill(db, "balance_transactions", "growid type details old_balance new_balance", [
            ("Budi", "DEPOSIT", "x", "0 WL", "10203 WL")])
        fill(db, "world_info", "id world owner bot", [(1, "BUYWORLD", "Owner1", "Bot1")])
    db.close()
    return path


def sha(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def counts(document):
    return {t["table"]: tuple(t.get(k) for k in ("taken", "changed", "there", "refused")) for t in document["tables"]}


def reason(document, table, row):
    found = [r for r in document["rows"] if r["table"] == table and r["row"] == row]
    assert found, f"{table} row {row} is not reported"
    return found[0]


RENTAL_COUNTS = {
    "tenants": (1, 2, 0, 2), "tenant_configurations": (1, 1, 0, 0), "bot_instances": (2, 0, 0, 0),
    "subscriptions": (1, 0, 0, 3), "payments": (2, 0, 0, 2), "tenant_products": (2, 1, 0, 3),
    "tenant_stocks": (3, 1, 0, 4), "tenant_transactions": (1, 0, 0, 3)}
SHOP_COUNTS = {
    "user_growid": (4, 0, 0, 3), "users": (2, 0, 1, 2), "products": (1, 0, 0, 2), "stock": (2, 0, 0, 1),
    "world_info": (1, 0, 0, 0), "balance_transactions": (None,) * 4, "tickets": (None,) * 4}


def test_a_rental_database_is_taken_over(home, rental):
    before = sha(rental)
    document = home.json("import", rental)
    assert counts(document) == RENTAL_COUNTS
    assert sha(rental) == before and sorted(os.listdir(rental.parent)) == ["home", "rental_bot.db"]

    sample = home.json("show", SAMPLE)
    assert (sample["name"], sample["plan"], sample["status"]) == ("Sample Store", "premium", "active")
    assert [f for f, on in sample["features"].items() if on] == ["shop", "leveling", "automod"]
    assert sample["channels"]["live_stock"] == "1234567890"
    assert sample["channels"]["purchase_log"] == "987654321"
    assert sample["channels"]["donation_log"] == "623456789012345678"
    assert sample["channels"]["logs"] == "623456789012345679"
    snake = home.json("show", "tenant_python")
    assert snake["features"]["shop"] and not snake["features"]["automod"]
    assert snake["channels"]["live_stock"] == "1234567891"
    assert snake["bot_config"]["prefix"] == "?"
    odd = home.json("show", "tenant_odd")
    assert (odd["status"], odd["plan"]) == ("suspended", "basic")

    assert home.json("rent", SAMPLE)["ends_at"] == "2099-01-01T00:00:00.000Z"
    assert home.json("stock", "count", SAMPLE, "DL")["items"][0] == {
        "code": "DL", "available": 1, "reserved": 2, "sold": 1}
    assert home.json("product", "show", SAMPLE, "BGL")["active"] is False
    foreign = {t["foreign_id"] for t in (home.json("tx", "show", SAMPLE, i) for i in ("TRX-1", "stock-3-2"))}
    assert foreign == {"TRX-1", "stock-3-2"}
    assert home.json("payment", "list", SAMPLE)["items"][0]["amount"] in ("25.50", 25.5)
    assert home.ok("doctor", "-o", "json").json["ok"]


def test_every_refused_row_is_named_with_its_reason(home, rental):
    document = home.json("import", rental)
    for table, row, words in [
            ("tenants", 3, "features is neither JSON nor a Python dict"), ("tenants", 3, "banana"),
            ("tenants", 3, "gold"), ("tenants", 2, "'nonsense' is unknown"), ("tenants", 5, "guild"),
            ("tenant_products", 4, "price"), ("tenant_products", 6, "tenant"), ("tenant_stocks", 2, "as row 1"),
            ("tenant_stocks", 4, "banana"), ("tenant_stocks", 5, "GONE"), ("tenant_stocks", 7, "control characters"),
            ("tenant_transactions", 2, "banana"), ("tenant_transactions", 4, "quantity"),
            ("subscriptions", 3, "0 of them"), ("subscriptions", 4, "banana"), ("payments", 3, "above 0"),
            ("payments", 4, "banana"), ("tenant_configurations", 2, "token is left out")]:
        assert words in reason(document, table, row)["reason"], (table, row)
    assert reason(document, "tenants", 4)["fate"] == "refused"


@pytest.mark.parametrize("which", ["rental", "shop"])
def test_every_row_that_is_refused_or_changed_is_named(home, rental, shop, which):
    words = ["import", rental] if which == "rental" else ["import", shop, "--tenant", "tenant01"]
    home.create("tenant01", guild=111111111111111111, renter=111111111111111112)
    result = home.ok("-o", "json", *words)
    for table in (t for t in result.json["tables"] if "left" not in t):
        named = [r for r in result.json["rows"] if r["table"] == table["table"]]
        for fate in ("changed", "refused"):
            assert sum(r["fate"] == fate for r in named) == table[fate], (table, named)
        assert all(r["reason"] for r in named) and len({r["row"] for r in named}) == len(named)
        for r in named:
            assert f"{r['table']} row {r['row']}" in result.err and r["reason"] in result.err


def test_no_refused_row_goes_unnamed_however_many_there_are(home, tmp_path):
    with sqlite3.connect(tmp_path / "rental_bot.db") as db:
        db.executescript(RENTAL)
        fill(db, "tenant_stocks", "tenant_id product_code content", [("tenant_gone", "DL", f"line {n}") for n in range(10100)])
    db.close()
    result = home.ok("-o", "json", "import", tmp_path / "rental_bot.db")
    assert len(result.json["rows"]) + result.json["unnamed"] == 10100
    assert sum(" refused: " in line for line in result.err.splitlines()) == 10100
    assert "tenant_stocks row 10100 (DL) refused: no tenant 'tenant_gone'" in result.err


AWKWARD = [  # table, row, its fate (None: taken as it is), a word of the reason
    ("tenant_products", {"code": "NEG", "name": "N", "price": -1}, "refused", "price"),
    ("tenant_products", {"code": "ZERO", "name": "N", "price": 0}, "refused", "price"),
    ("tenant_products", {"code": "HALF", "name": "N", "price": 1.5}, "refused", "price"),
    ("tenant_products", {"code": "WORDS", "name": "N", "price": "12 WL"}, "refused", "price"),
    ("tenant_products", {"code": "HUGE", "name": "N", "price": 10**9 + 1}, "refused", "price"),
    ("tenant_products", {"code": "NONE", "name": "N", "price": None}, "refused", "price"),
    ("tenant_products", {"code": "text", "name": "N", "price": "12"}, None, ""),
    ("tenant_products", {"code": "whole", "name": "N", "price": 12.0}, None, ""),
    ("tenant_products", {"code": None, "name": "N", "price": 1}, "refused", "code"),
    ("tenant_products", {"code": "CTRL", "name": "a\x1b[2J", "price": 1}, "changed", "name"),
    ("tenant_products", {"code": "EMPTY", "name": "", "price": 1}, "changed", "name"),
    ("tenant_products", {"code": "BOOL", "name": "N", "price": 1, "is_active": "maybe"}, "changed", "is_active"),
    ("tenant_products", {"code": "BYTES", "name": b"\xff\xfe", "price": 1}, "refused", "UTF-8"),
    ("tenant_stocks", {"product_code": "DL", "content": "dup"}, "refused", "same content as row"),
    ("tenant_stocks", {"product_code": "DL", "content": "dup \t"}, "refused", "same content as row"),
    ("tenant_stocks", {"product_code": "dl", "content": "small letters"}, None, ""),
    ("tenant_stocks", {"product_code": "NOPE", "content": "orphan of a product"}, "refused", "NOPE"),
    ("tenant_stocks", {"tenant_id": "tenant_gone", "product_code": "DL", "content": "orphan of a tenant"}, "refused",
     "tenant_gone"),
    ("tenant_stocks", {"tenant_id": None, "product_code": "DL", "content": "of nobody"}, "refused", "no tenant"),
    ("tenant_stocks", {"product_code": "DL", "content": None}, "refused", "content"),
    ("tenant_stocks", {"product_code": "DL", "content": " "}, "refused", "content"),
    ("tenant_stocks", {"product_code": "DL", "content": "x" * 2001}, "refused", "2000"),
    ("tenant_stocks", {"product_code": "DL", "content": b"\xff\xff"}, "refused", "UTF-8"),
    ("tenant_stocks", {"product_code": "DL", "content": "odd state", "status": "lost"}, "changed", "lost"),
    ("tenant_stocks", {"product_code": "DL", "content": "shouted", "status": "AVAILABLE"}, None, ""),
    ("tenant_stocks", {"product_code": "DL", "content": "sold to a word", "status": "sold", "buyer_id": "x"}, "changed",
     "buyer_id"),
    ("tenant_stocks", {"product_code": "DL", "content": "odd time", "added_at": "yesterday"}, "changed", "added_at"),
    ("tenant_transactions", {"transaction_id": "T1", "user_id": "823456789012345678", "product_code": "DL", "quantity": 1,
                             "total_price": -5, "status": "completed"}, "refused", "price"),
    ("tenant_transactions", {"transaction_id": "T2", "user_id": "823456789012345678", "product_code": "DL", "quantity": 1,
                             "total_price": 5, "status": "banana"}, "refused", "banana"),
    ("tenant_transactions", {"transaction_id": "T" * 65, "user_id": "823456789012345678", "product_code": "DL",
                             "quantity": 1, "total_price": 5, "status": "completed"}, "refused", "64"),
    ("payments", {"discord_id": "123456789012345678", "amount": -3, "status": "completed"}, "refused", "amount"),
    ("payments", {"discord_id": "123456789012345678", "amount": 3, "status": "banana"}, "refused", "banana"),
    ("payments", {"discord_id": "123456789012345678", "amount": 3, "status": "completed", "currency": "DOLLARS"}, "refused",
     "DOLLARS"),
    ("subscriptions", {"tenant_id": SAMPLE, "discord_id": "123456789012345678", "status": "banana",
                       "end_date": "2099-01-01 00:00:00"}, "refused", "banana"),
    ("subscriptions", {"tenant_id": None, "discord_id": "123456789012345678", "status": "active", "start_date": AT,
                       "end_date": AT}, "refused", "end"),
]


def test_each_awkward_row_has_its_own_fate(home, tmp_path):
    with sqlite3.connect(tmp_path / "rental_bot.db") as db:
        db.executescript(RENTAL)
        fill(db, "tenants", "tenant_id discord_id guild_id name plan features channels", [
            (SAMPLE, "123456789012345678", "987654321098765432", "Sample", "premium", "{}",
             '{"live_stock": "1234567890", "logs": "0987654321", "welcome": "", "leveling": null, "nonsense": "1",'
             ' "control": "abc"}')])
        fill(db, "tenant_products", "tenant_id code name price", [(SAMPLE, "DL", "Diamond Lock", 5)])
        fill(db, "tenant_stocks", "tenant_id product_code content", [(SAMPLE, "DL", "dup")])
        places = []
        for table, row, fate, word in AWKWARD:
            row = {"tenant_id": SAMPLE, **row}
            at = db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                            list(row.values())).lastrowid
            places.append((table, at, fate, word))
    db.close()
    document = home.json("import", tmp_path / "rental_bot.db")
    for table, at, fate, word in places:
        found = [r for r in document["rows"] if (r["table"], r["row"]) == (table, at)]
        assert [r["fate"] for r in found] == ([fate] if fate else []), (table, at, fate, found)
        assert not found or word in found[0]["reason"], (word, found)
    channels = home.json("show", SAMPLE)["channels"]
    assert (channels["live_stock"], channels["logs"], channels["control"]) == ("1234567890", "987654321", None)
    told = reason(document, "tenants", 1)["reason"]
    assert "'nonsense' is unknown" in told and "control is no channel id" in told
    assert home.json("doctor")["ok"]


def test_tokens_and_contents_are_sealed_and_told_to_nobody(home, rental):
    result = home.ok("-o", "json", "import", rental)
    text = home.ok("import", "--dry-run", rental)
    told = result.out + result.err + text.out + text.err + home.ok("audit", "-o", "json").out
    stored = b"".join(open(home.db + s, "rb").read() for s in ("", "-wal") if os.path.exists(home.db + s))
    for secret in (TOKEN, OTHER_TOKEN, "thisIsTheSecretPart", "item-secret-", "two\nlines"):
        assert secret not in told
        assert secret.encode() not in stored
    assert home.json("show", SAMPLE)["token"] == "set"


@pytest.mark.parametrize("which", ["rental", "shop"])
def test_a_second_import_adds_nothing(home, rental, shop, which):
    words = ["import", rental] if which == "rental" else ["import", shop, "--tenant", "tenant01"]
    home.create("tenant01", guild=111111111111111111, renter=111111111111111112)
    home.ok(*words)
    with sqlite3.connect(home.db) as db:
        before = list(db.iterdump())
    document = home.json(*words)
    assert not document["changed"]
    assert all(not t.get("taken") and not t.get("changed") for t in document["tables"])
    with sqlite3.connect(home.db) as db:
        assert list(db.iterdump()) == before


def test_a_dry_run_says_the_same_and_changes_nothing(home, rental, shop):
    home.create("tenant01", guild=111111111111111111, renter=111111111111111112)
    with sqlite3.connect(home.db) as db:
        before = list(db.iterdump())
    for words, expected in ((["import", rental], RENTAL_COUNTS),
                            (["import", shop, "--tenant", "tenant01"], SHOP_COUNTS)):
        dry = home.ok("-o", "json", "--dry-run", *words)
        rows = [r for r in dry.json["database"] if r["table"] == "import"]
        assert {r["key"]["table"]: tuple(r["after"].get(k) for k in ("taken", "changed", "there", "refused"))
                for r in rows} == expected
        with sqlite3.connect(home.db) as db:
            assert list(db.iterdump()) == before
        assert home.ok("-o", "json", *words).err == dry.err
        with sqlite3.connect(home.db) as db:
            before = list(db.iterdump())


def test_a_shop_goes_into_one_tenant(tenant, shop):
    before = sha(shop)
    document = tenant.json("import", shop, "--tenant", "tenant01")
    assert counts(document) == SHOP_COUNTS
    assert sha(shop) == before
    budi = tenant.json("balance", "show", "tenant01", "823456789012345678")
    assert (budi["growid"], budi["balance"]) == ("Budi", 10203)
    history = tenant.json("balance", "history", "tenant01", "823456789012345678")["items"]
    assert [e["kind"] for e in history] == ["opening"]
    assert "5 WL" in reason(document, "users", 3)["reason"]
    assert "too large" in reason(document, "users", 5)["reason"]
    assert reason(document, "user_growid", 3)["fate"] == "refused"
    settings = {s["key"]: s["value"] for s in tenant.json("settings", "tenant01", "shop")["items"]}
    assert (settings["world"], settings["world_owner"], settings["world_bot"]) == ("BUYWORLD", "Owner1", "Bot1")
    assert next(t for t in document["tables"] if t["table"] == "tickets")["left"] == "not in this version"
    assert tenant.json("stock", "count", "tenant01", "DL")["items"][0]["sold"] == 1
    assert tenant.ok("doctor", "-o", "json").json["ok"]


def test_an_import_is_one_audit_row_with_counts(tenant, shop):
    document = tenant.json("import", shop, "--tenant", "tenant01")
    row = tenant.json("audit", "--limit", "1")["items"][0]
    assert row["audit"] == document["audit"] and row["command"].startswith("import ")
    assert "shop-secret" not in json.dumps(row)
    assert tenant.run("undo").status == 1


def test_files_that_are_no_such_database_change_nothing(tenant, shop, rental, tmp_path):
    noise = tmp_path / "noise.db"
    noise.write_bytes(os.urandom(5000))
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE things (id INTEGER)")
    db.close()
    tenant.fails(1, "no_such", "import", tmp_path / "missing.db")
    told = tenant.fails(1, "refused", "import", noise)["message"]
    assert told == f"'{noise}' is neither an export nor a database of the earlier system"
    (tmp_path / "folder").mkdir()
    told = tenant.fails(1, "refused", "import", tmp_path / "folder")["message"]
    assert told == f"'{tmp_path}/folder' is a directory (csv exports are not read by import)"
    tenant.fails(1, "refused", "import", tmp_path / "other.db")
    tenant.fails(1, "refused", "import", tenant.db)
    tenant.fails(2, "missing_argument", "import", shop)
    tenant.fails(1, "no_such", "import", shop, "--tenant", "nobody")
    tenant.fails(2, "extra_argument", "import", rental, "--tenant", "tenant01")
    assert [t["tenant_id"] for t in tenant.json("list")["items"]] == ["tenant01"]
    assert tenant.json("audit", "--limit", "1")["items"][0]["command"].startswith("create ")


def test_a_database_in_wal_mode_is_read_and_stays_as_it_is(tenant, shop):
    db = sqlite3.connect(shop)
    db.execute("PRAGMA journal_mode = wal")
    db.close()
    before = sha(shop), sorted(os.listdir(shop.parent))
    tenant.ok("import", shop, "--tenant", "tenant01")
    assert (sha(shop), sorted(os.listdir(shop.parent))) == before


@pytest.mark.parametrize("text, on", [
    ("{'shop': True}", ["shop"]),
    ("['shop', \"donation\"]", ["shop", "donation"]),
    ("('shop',)", ["shop"]),
    ("{'\\x73hop': 'yes', 'live\\u005fstock': 1, }", ["shop", "live_stock"]),
    ('{"shop": 1, "donation": 0}', ["shop"]),
    ('"{\\"shop\\": true}"', ["shop"]),
    ("{'shop': False, 'donation': None}", []),
    ("", []),
    (None, []),
])
def test_json_and_python_text_are_read(home, tmp_path, text, on):
    assert features_of(home, tmp_path, text) == (on, [])


@pytest.mark.parametrize("text", [
    "{'shop': True", "{'shop': True} x", "{'shop' True}", "{'sh\\qop': True}", "{'shop': 1e999}", "[" * 5000, "{'shop'",
    "'shop", "{shop: True}", "{'\\ud800': True}", "{'shop': True,, }", "7", "\\"])
def test_text_that_is_neither_is_left_out_and_named(home, tmp_path, text):
    on, reasons = features_of(home, tmp_path, text)
    assert on == [] and reasons == ["features is neither JSON nor a Python dict: left out"]


def features_of(home, tmp_path, text):
    with sqlite3.connect(tmp_path / "one.db") as db:
        db.executescript(RENTAL)
        fill(db, "tenants", "tenant_id discord_id guild_id name features",
             [("tenant_one", "123456789012345678", "987654321098765432", "One", text)])
    db.close()
    document = home.json("import", tmp_path / "one.db")
    on = [f for f, value in home.json("show", "tenant_one")["features"].items() if value]
    return on, [r["reason"] for r in document["rows"]]


def test_a_running_daemon_serves_what_an_import_brought(home, tmp_path):
    with sqlite3.connect(tmp_path / "rental_bot.db") as db:
        db.executescript(RENTAL)
        fill(db, "tenants", "tenant_id discord_id guild_id name", [(SAMPLE, "123456789012345678", GUILD, "Sample")])
        fill(db, "tenant_configurations", "tenant_id bot_token", [(SAMPLE, LIVE_TOKEN)])
    db.close()
    home.create("tenant01", guild=111111111111111111)
    world = Live(home)
    try:
        world.start_sandbox()
        world.start_daemon()
        home.ok("import", tmp_path / "rental_bot.db")
        until("the bot runs", lambda: home.json("show", SAMPLE)["bot"]["state"] == "running")
    finally:
        world.end()


# --- what belongs to whom ---

OWNER, SHOP_GUILD = "123456789012345678", "987654321098765432"
RINA, DIAN = "823456789012345678", "823456789012345679"


def rental_with(path, rows, tenant=(SAMPLE, OWNER, SHOP_GUILD, "Sample")):
    """A rental_bot.db of one tenant with a product DL, and ROWS: {table: [{column: value}]}."""
    with sqlite3.connect(path) as db:
        db.executescript(RENTAL)
        fill(db, "tenants", "tenant_id discord_id guild_id name", [tenant])
        fill(db, "tenant_products", "tenant_id code name price", [(tenant[0], "DL", "Diamond Lock", 5)])
        for table, found in rows.items():
            for row in found:
                row = {"tenant_id": tenant[0], **row}
                fill(db, table, " ".join(row), [tuple(row.values())])
    db.close()
    return path


def shop_with(path, users=(), growids=(), stock=(), products=()):
    """A shop.db with a product DL; USERS: (growid, wl) or (growid, wl, dl, bgl)."""
    with sqlite3.connect(path) as db:
        db.executescript(SHOP)
        fill(db, "users", "growid balance_wl balance_dl balance_bgl", [(*u, 0, 0)[:4] for u in users])
        fill(db, "user_growid", "discord_id growid", growids)
        fill(db, "products", "code name price", [("DL", "Diamond Lock", 5), *products])
        fill(db, "stock", "id product_code content status buyer_id", stock)
    db.close()
    return path


def codes_that_meet(path, which):
    """Two products whose codes differ in capitals only, and what belongs to each; the words that import PATH."""
    stock = [("DL", "of the first"), ("dl", "of the second"), ("Dl", "of either")]
    if which == "shop":
        shop_with(path, products=[("dl", "Small", 7)],
                  stock=[(n, *line, "available", None) for n, line in enumerate(stock, 1)])
        return ["import", path, "--tenant", SAMPLE]
    sale = {"user_id": RINA, "quantity": 1, "total_price": 7, "status": "completed"}
    rental_with(path, {
        "tenant_products": [{"code": "dl", "name": "Small", "price": 7}],
        "tenant_stocks": [{"product_code": code, "content": line} for code, line in stock],
        "tenant_transactions": [{"transaction_id": "T1", "product_code": "DL", **sale},
                                {"transaction_id": "T2", "product_code": "dl", **sale}]})
    return ["import", path]


@pytest.mark.parametrize("which, products, stock", [("shop", "products", "stock"), ("rental", "tenant_products", "tenant_stocks")])
def test_a_product_whose_code_is_another_ones_here_is_refused_with_its_stock(home, tmp_path, which, products, stock):
    words = codes_that_meet(tmp_path / "source.db", which)
    if which == "shop":
        home.create(SAMPLE)
    for _ in range(2):  # nor is it "there already" the second time
        document = home.json(*words)
        told = [(r["table"], r["row"], r["key"], r["fate"]) for r in document["rows"]]
        assert told == [(products, 2, "dl", "refused"), (stock, 2, "dl", "refused"), (stock, 3, "Dl", "refused")]
        assert all("row 1" in r["reason"] for r in document["rows"])
    listed = home.json("product", "list", SAMPLE)["items"]
    assert [(p["code"], p["name"], p["price"], p["available"]) for p in listed] == [("DL", "Diamond Lock", 5, 1)]
    if which == "rental":
        sales = home.json("tx", "list", SAMPLE, "--product", "DL")["items"]
        assert [t["transaction_id"] for t in sales] == [home.json("tx", "show", SAMPLE, "T1")["transaction_id"]]


def test_the_first_of_two_products_has_the_code_even_where_it_is_refused(home, tmp_path):
    """What is in the file decides, so that it comes out the same each time."""
    document = home.json("import", rental_with(tmp_path / "rental_bot.db", {
        "tenant_products": [{"code": "wl", "name": "Free", "price": 0}, {"code": "WL", "name": "World Lock", "price": 3}],
        "tenant_stocks": [{"product_code": "wl", "content": "one"}, {"product_code": "WL", "content": "two"}]}))
    assert counts(document)["tenant_products"] == (1, 0, 0, 2) and counts(document)["tenant_stocks"] == (0, 0, 0, 2)
    assert [p["code"] for p in home.json("product", "list", SAMPLE)["items"]] == ["DL"]


def test_an_amount_that_is_rounded_is_a_change_that_is_named(home, tmp_path):
    amounts = [(9.999, "10.00"), (12.345, "12.35"), (25.5, None), (0.29, None), (1e9 + 0.01, None), ("7.5", None)]
    path = rental_with(tmp_path / "rental_bot.db", {"payments": [
        {"discord_id": OWNER, "amount": amount, "status": "completed"} for amount, _ in amounts]})
    document = home.json("import", path)
    rounded = {n: (amount, to) for n, (amount, to) in enumerate(amounts, 1) if to}
    assert {r["row"]: r["reason"] for r in document["rows"]} == {
        n: f"amount {amount} is rounded to {to}" for n, (amount, to) in rounded.items()}
    assert counts(document)["payments"] == (4, 2, 0, 0)
    assert counts(home.json("import", path))["payments"] == (0, 0, 6, 0)
    taken = [str(p["amount"]) for p in reversed(home.json("payment", "list", SAMPLE)["items"])]
    assert [float(a) for a in taken] == [10, 12.35, 25.5, 0.29, 1e9 + 0.01, 7.5]


def test_each_column_that_has_no_place_here_is_named_with_its_rows(home, tmp_path):
    path = rental_with(tmp_path / "rental_bot.db", {
        "tenant_stocks": [{"product_code": "DL", "content": f"line {n}", "seller_id": seller, "purchase_price": price}
                          for n, (seller, price) in enumerate((("77", None), ("78", 3), ("", None)))]})
    result = home.run("-o", "json", "import", path)
    stock = next(t for t in result.json["tables"] if t["table"] == "tenant_stocks")
    assert stock["taken"] == 3 and stock["left_columns"] == {"seller_id": 2, "purchase_price": 1}
    assert "tenant_stocks: seller_id of 2 rows left, not in this version" in result.err
    assert all("left_columns" not in t for t in result.json["tables"] if t["table"] != "tenant_stocks")


def test_the_times_at_which_tenants_and_products_were_made_are_taken_over(home, tmp_path):
    path = rental_with(tmp_path / "rental_bot.db", {"tenant_products": [
        {"code": "WL", "name": "World Lock", "price": 3, "created_at": AT},
        {"code": "BGL", "name": "Blue", "price": 3, "created_at": "long ago"}]})
    with sqlite3.connect(path) as db:
        db.execute("UPDATE tenants SET created_at = ?", [AT])
    db.close()
    document = home.json("import", path)
    assert [(r["table"], r["row"], r["fate"]) for r in document["rows"]] == [("tenant_products", 3, "changed")]
    assert "created_at" in document["rows"][0]["reason"]
    then, shown = "2025-01-02T03:04:05.000Z", home.json("show", SAMPLE)
    assert shown["created_at"] == then and shown["updated_at"] > then
    made = {p["code"]: p["created_at"] for p in home.json("product", "list", SAMPLE)["items"]}
    assert made == {"WL": then, "DL": shown["updated_at"], "BGL": shown["updated_at"]}


@pytest.mark.parametrize("token", ["YOUR_BOT_TOKEN", "None", "your.bot.token", "MTIzNDU2Nzg5MDEyMzQ1Njc4", "two words", "x" * 257])
def test_what_cannot_be_a_bot_token_is_left_out_and_named(home, tmp_path, token):
    path = rental_with(tmp_path / "rental_bot.db", {
        "tenant_configurations": [{"bot_token": token, "donation_channel_id": "623456789012345678"}],
        "bot_instances": [{"bot_token": token, "status": "running"}]})
    result = home.ok("-o", "json", "import", path)
    for table in ("tenant_configurations", "bot_instances"):
        told = reason(result.json, table, 1)
        assert told["fate"] == "changed" and "the token is left out" in told["reason"]
    assert token not in result.out + result.err
    shown = home.json("show", SAMPLE)
    assert shown["token"] == "none" and shown["channels"]["donation_log"] == "623456789012345678"


def test_a_balance_is_its_denominations_summed_whatever_their_signs(tenant, tmp_path):
    owners = {"Minus": "823456789012345671", "Debtor": "823456789012345672", "Even": "823456789012345673"}
    path = shop_with(tmp_path / "shop.db", [("Minus", -5, 1, 0), ("Debtor", 99, -1, 0), ("Even", 0, -100, 1)],
                     [(user, growid) for growid, user in owners.items()])
    document = tenant.json("import", path, "--tenant", "tenant01")
    balances = {g: tenant.json("balance", "show", "tenant01", user)["balance"] for g, user in owners.items()}
    assert balances == {"Minus": 95, "Debtor": 0, "Even": 0}
    told = [r for r in document["rows"] if r["table"] == "users"]
    assert [(r["key"], r["reason"]) for r in told] == [("Debtor", "the balance is below 0: -1 WL")]
    assert tenant.json("doctor")["ok"]


def test_imported_sales_are_sales_of_their_product(home, tmp_path):
    sale = {"user_id": RINA, "quantity": 1, "total_price": 5, "status": "completed"}
    home.ok("import", rental_with(tmp_path / "rental_bot.db", {"tenant_transactions": [
        {"transaction_id": "T1", "product_code": "dl", **sale}, {"transaction_id": "T2", "product_code": "GONE", **sale}]}))
    listed = home.json("tx", "list", SAMPLE, "--product", "DL")["items"]
    assert [t["transaction_id"] for t in listed] == [home.json("tx", "show", SAMPLE, "T1")["transaction_id"]]
    with sqlite3.connect(home.db) as db:
        products = dict(db.execute("SELECT foreign_id, product FROM transactions"))
    db.close()
    assert products == {"T1": 1, "T2": 0}


@pytest.mark.parametrize("users, growids, balance, refused", [
    # Written as he is registered: his; whoever differs from him in capitals only is somebody else.
    ([("budi", 700), ("Budi", 5)], [(RINA, "Budi")], 5, [1]),
    ([("Budi", 5), ("budi", 700)], [(RINA, "Budi")], 5, [2]),
    ([("Budi", 5), ("budi", 5)], [(RINA, "Budi")], 5, [2]),
    # Neither is written so: nobody can say which of them is meant.
    ([("budi", 700), ("BUDI", 5)], [(RINA, "Budi")], 0, [1, 2]),
    # The only one that is written nearly so: his, unless another Discord user has it there.
    ([("budi", 700)], [(RINA, "Budi")], 700, []),
    ([("budi", 700)], [(RINA, "Budi"), (DIAN, "budi")], 0, [1]),
    # A blank in front belongs to it: it is another one, and none that can be registered.
    ([(" Budi", 9), ("Budi", 7)], [(DIAN, " Budi"), (RINA, "Budi")], 7, [1]),
    ([("Budi", 7)], [(DIAN, " Budi"), (RINA, "Budi")], 7, []),
])
def test_nobody_gets_the_balance_of_another_customer(tenant, tmp_path, users, growids, balance, refused):
    path = shop_with(tmp_path / "shop.db", users, growids)
    for _ in range(2):
        document = tenant.json("import", path, "--tenant", "tenant01")
        assert [r["row"] for r in document["rows"] if r["table"] == "users"] == refused
        assert tenant.json("balance", "show", "tenant01", RINA)["balance"] == balance


def test_a_balance_is_not_credited_to_who_took_its_growid_here(tenant, tmp_path):
    tenant.ok("register", "tenant01", DIAN, "Budi")
    document = tenant.json("import", shop_with(tmp_path / "shop.db", [("Budi", 700)], [(RINA, "Budi")]), "--tenant", "tenant01")
    assert RINA in reason(document, "users", 1)["reason"]
    assert tenant.json("balance", "show", "tenant01", DIAN)["balance"] == 0


def test_another_opening_balance_is_refused_and_not_there_already(tenant, tmp_path):
    tenant.ok("import", shop_with(tmp_path / "one.db", [("Budi", 700)], [(RINA, "Budi")]), "--tenant", "tenant01")
    document = tenant.json("import", shop_with(tmp_path / "two.db", [("Budi", 5)], [(RINA, "Budi")]), "--tenant", "tenant01")
    assert "700 WL" in reason(document, "users", 1)["reason"] or "7 DL" in reason(document, "users", 1)["reason"]
    assert tenant.json("balance", "show", "tenant01", RINA)["balance"] == 700


def test_the_rows_of_a_namesake_do_not_go_into_another_tenant(home, tmp_path):
    rows = {"tenant_stocks": [{"product_code": "DL", "content": "first"}]}
    home.ok("import", rental_with(tmp_path / "one.db", rows))
    sale = {"transaction_id": "T9", "user_id": RINA, "product_code": "DL", "quantity": 1, "total_price": 5, "status": "completed"}
    money = {"discord_id": "223456789012345678", "amount": 3, "status": "completed"}
    term = {"discord_id": OWNER, "status": "active", "start_date": AT, "end_date": "2099-01-01 00:00:00"}
    rows = {"tenant_stocks": [{"product_code": "DL", "content": "second"}], "tenant_transactions": [sale],
            "payments": [money], "subscriptions": [term], "tenant_configurations": [{"bot_token": TOKEN}],
            "bot_instances": [{"bot_token": TOKEN, "status": "running"}]}
    with sqlite3.connect(home.db) as db:
        before = [line for line in db.iterdump() if "INTO \"audit\"" not in line]
    for owner, guild in (("223456789012345678", "887654321098765432"), (OWNER, "887654321098765432"),
                         ("223456789012345678", SHOP_GUILD)):
        path = tmp_path / f"{owner}{guild}.db"
        document = home.json("import", rental_with(path, rows, (SAMPLE, owner, guild, "Namesake")))
        assert not document["changed"]
        assert counts(document) == {t: (0, 0, 0, 1) for t in (
            "tenants", "tenant_configurations", "bot_instances", "subscriptions", "payments", "tenant_products",
            "tenant_stocks", "tenant_transactions")}
        assert all(SAMPLE in r["reason"] and "owner or guild" in r["reason"] for r in document["rows"]), document["rows"]
        with sqlite3.connect(home.db) as db:
            assert [line for line in db.iterdump() if "INTO \"audit\"" not in line] == before


def test_rows_without_a_tenant_in_their_file_go_into_none_that_is_here(home, tmp_path):
    home.create("tenant01", guild=111111111111111111, renter=111111111111111112)
    home.ok("product", "add", "tenant01", "DL", "Diamond Lock", 5)
    document = home.json("import", rental_with(tmp_path / "rental_bot.db", {
        "tenant_stocks": [{"tenant_id": "tenant01", "product_code": "DL", "content": "orphan"}]}))
    assert "tenant01" in reason(document, "tenant_stocks", 1)["reason"]
    assert home.json("stock", "count", "tenant01")["items"][0]["available"] == 0


def test_a_line_that_was_deleted_and_came_again_is_taken(home, tmp_path):
    line = {"product_code": "DL", "content": "same"}
    document = home.json("import", rental_with(tmp_path / "rental_bot.db", {"tenant_stocks": [
        {**line, "status": "deleted"}, {**line, "status": "available"}, {**line, "status": "deleted"}]}))
    assert [(r["row"], r["reason"]) for r in document["rows"]] == [(1, "it is deleted"), (3, "it is deleted")]
    assert home.json("stock", "count", SAMPLE)["items"][0]["available"] == 1


def test_sold_rows_of_two_files_with_the_same_number_are_both_taken(home, tmp_path):
    home.ok("import", rental_with(tmp_path / "rental_bot.db", {"tenant_stocks": [
        {"product_code": "DL", "content": "one", "status": "sold"}]}))
    for name in ("two", "three"):
        path = shop_with(tmp_path / f"{name}.db", stock=[(1, "DL", name, "sold", RINA)])
        document = home.json("import", path, "--tenant", SAMPLE)
        assert counts(document)["stock"] == (1, 0, 0, 0), document["rows"]
    assert home.json("stock", "count", SAMPLE)["items"][0] == {"code": "DL", "available": 0, "reserved": 0, "sold": 3}
    assert home.json("doctor")["ok"]


def test_a_refund_of_an_imported_sale_leaves_the_statistics_as_they_are(home, tmp_path):
    home.ok("import", rental_with(tmp_path / "rental_bot.db", {"tenant_transactions": [
        {"transaction_id": "T1", "user_id": RINA, "product_code": "DL", "quantity": 2, "total_price": 10,
         "status": "completed"}]}))
    home.ok("register", SAMPLE, RINA, "Rina1")
    home.ok("tx", "refund", SAMPLE, "T1", "--yes")
    assert home.json("balance", "show", SAMPLE, RINA)["balance"] == 10
    for by in ("day", "product", "customer"):
        assert home.json("stats", SAMPLE, "--by", by)["items"] == []
    assert home.json("doctor")["ok"]


def test_a_large_file_is_refused_while_a_daemon_runs(home, tmp_path):
    """It would hold the lock that the bots' writes need; a dry run too."""
    path = shop_with(tmp_path / "shop.db", stock=[(n, "DL", f"line {n}", "available", None) for n in range(1, 1001)])
    home.create("tenant01", guild=GUILD)
    world = Live(home)
    words = ["import", path, "--tenant", "tenant01"]
    try:
        world.start_sandbox()
        world.start_daemon()
        for dry in ([], ["--dry-run"]):
            error = home.fails(1, "refused", *dry, *words)
            assert "daemon" in error["message"] and "daemon" in error["hint"]
        home.ok("backup", tmp_path / "copy.db")
        home.ok("--db", tmp_path / "copy.db", "--dry-run", *words)
        home.ok("import", shop_with(tmp_path / "small.db", stock=[(1, "DL", "line 1", "available", None)]), "--tenant", "tenant01")
    finally:
        world.end()
    assert counts(home.json(*words))["stock"] == (999, 0, 1, 0)


def test_a_large_export_is_refused_while_a_daemon_runs(home, tmp_path):
    home.create("tenant01", guild=GUILD)
    home.ok("product", "add", "tenant01", "DL", "Diamond Lock", 5)
    home.ok("stock", "import", "tenant01", "DL", "-", stdin="".join(f"{n} {'x' * 1000}\n" for n in range(400)))
    home.ok("export", "tenant01", tmp_path / "tenant.json", "--reveal")
    home.ok("delete", "tenant01", "--yes")
    words = ["import", tmp_path / "tenant.json", "--tenant", "tenant02"]
    world = Live(home)
    try:
        world.start_sandbox()
        world.start_daemon()
        assert "daemon" in home.fails(1, "refused", *words)["hint"]
    finally:
        world.end()
    home.ok(*words)
    assert home.json("stock", "count", "tenant02")["items"][0]["available"] == 400


@pytest.mark.parametrize("text, read", [
    ("2099-01-02 03:04:05", "2099-01-02T03:04:05.000Z"), ("2099-01-02T03:04:05.678901", "2099-01-02T03:04:05.000Z"),
    ("2099-01-02", "2099-01-02T00:00:00.000Z"), ("2099-01-02T03:04:05Z", "2099-01-02T03:04:05.000Z"),
    ("2099-01-02 03:04:05+07:00", "2099-01-01T20:04:05.000Z"),
    ("2099-01-02 03:04:05.678901-02:30", "2099-01-02T05:34:05.000Z")])
def test_times_are_utc_unless_they_name_a_zone(home, tmp_path, text, read):
    home.ok("import", rental_with(tmp_path / "rental_bot.db", {"subscriptions": [
        {"discord_id": OWNER, "status": "active", "start_date": AT, "end_date": text}]}))
    assert home.json("rent", SAMPLE)["ends_at"] == read


def test_a_token_that_only_a_subscription_has_is_taken_and_a_cancelled_one_told(home, tmp_path):
    term = {"discord_id": OWNER, "start_date": AT, "end_date": "2099-01-01 00:00:00", "auto_renew": 1}
    result = home.ok("-o", "json", "import", rental_with(tmp_path / "rental_bot.db", {
        "subscriptions": [{**term, "status": "cancelled", "bot_token": TOKEN}]}))
    told = reason(result.json, "subscriptions", 1)
    assert told["fate"] == "changed" and "cancelled" in told["reason"]
    assert home.json("rent", SAMPLE)["auto_renew"] is False
    assert home.json("show", SAMPLE)["token"] == "set" and TOKEN not in result.out + result.err
