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
    "user_growid": (4, 0, 0, 3), "users": (1, 0, 1, 3), "products": (1, 0, 0, 2), "stock": (2, 0, 0, 1),
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
    foreign = {t["foreign_id"] for t in (home.json("tx", "show", SAMPLE, i) for i in ("TRX-1", "stock-3"))}
    assert foreign == {"TRX-1", "stock-3"}
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
    assert "below 0" in reason(document, "users", 4)["reason"]
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
