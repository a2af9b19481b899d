"""`export` of tenants, and `import` of what it wrote into another database."""

import array
import base64
import csv
import fcntl
import hashlib
import json
import os
import random
import re
import resource
import signal
import sqlite3
import subprocess
import termios

import pytest

from live import GUILD, MEMBER, TOKEN, Live
from program import BIN, LIMIT, Home, end_with_parent, until
from terminal import Terminal
from test_import import SHOP, fill

BUDI, SARI, TONO = "823456789012345678", "823456789012345679", "823456789012345680"
PASSPHRASE = "correct horse battery staple"
OTHER_GUILD = 987654321098765499
SECRET = TOKEN.split(".")[2]


@pytest.fixture
def elsewhere(tmp_path):
    """Another database with another key."""
    return Home(tmp_path / "elsewhere")


@pytest.fixture
def passphrase(tmp_path):
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return path


def lines(home, *commands):
    return home.run("--no-push", "--quiet", "--keep-going", "-f", "-", stdin="\n".join(commands) + "\n")


def shop(home, tenant="tenant01", guild=987654321098765432, mark="", token=TOKEN):
    """A tenant with something in every table that a command can fill; MARK tells its texts from those of others."""
    home.create(tenant, guild=guild, plan="premium", name=f"Toko {mark}\"Sari\", é")
    home.ok("--no-push", "token", tenant, "set", stdin=token + "\n")
    result = lines(
        home, f"product add {tenant} DL 'Diamond {mark}Lock' 100 --category {mark}locks --description 'a, \"b\"'",
        f"product add {tenant} OLD Old 5", f"product remove {tenant} OLD --yes", f"product add {tenant} WL World 3",
        f"product threshold {tenant} DL 2", f"product disable {tenant} WL",
        f"register {tenant} {BUDI} {mark}Budi", f"balance add {tenant} {BUDI} '2 BGL' --note '{mark}first'",
        f"balance add {tenant} {SARI} 500 --growid {mark}Sari", f"balance remove {tenant} {SARI} 100", "undo",
        f"channels {tenant} live_stock 111111111111111111", f"config {tenant} prefix ?",
        f"settings {tenant} custom_commands hello '{mark}hello {{user}}'", f"settings {tenant} shop world {mark}WORLD",
        f"rent {tenant} extend 30", f"payment add {tenant} 10.50 USD --ref {mark}PAY-1")
    assert result.status == 0, result
    home.ok("stock", "import", tenant, "DL", "-", stdin="".join(f"{mark}secret-{n} ü\n" for n in range(9)))
    home.ok("stock", "add", tenant, "WL", f"{mark}single-secret")
    home.ok("stock", "reserve", tenant, "8")
    bought = [home.json("--no-push", "buy", tenant, BUDI, "DL", n)["transaction"]["transaction_id"] for n in (2, 3)]
    home.ok("tx", "refund", tenant, bought[1])
    home.ok("stock", "reduce", tenant, "DL", "1", "--yes")
    with sqlite3.connect(home.db) as db:
        entry = db.execute("SELECT max(entry) + 1 FROM entries").fetchone()[0]
        for n, account, user, amount in ((0, "customer", int(SARI), 70), (1, "deposits", None, -70)):
            db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, 'deposit', 991, '', 1785585600000)",
                       (entry + n, tenant, entry, account, user, amount))
        db.execute("INSERT INTO deposits (tenant_id, message_id, growid, user_id, amount, state, created_at)"
                   " VALUES (?, 991, ?, ?, 70, 'credited', 1785585600000)", (tenant, f"{mark}Sari", int(SARI)))
        db.execute("INSERT INTO deposits (tenant_id, message_id, state, reason, created_at)"
                   " VALUES (?, 992, 'refused', ?, 1785585600001)", (tenant, f"{mark}not understood"))
    db.close()
    assert home.ok("doctor", "-o", "json").json["ok"]
    return bought


def export(home, path, *words, tenant="tenant01"):
    home.ok("export", tenant, path, *words)
    return json.loads(path.read_text())


def dump(home):
    if not os.path.exists(home.db):
        return None
    db = sqlite3.connect(home.db)
    rows = list(db.iterdump())
    db.close()
    return rows


def plain(document):
    """What must be the same wherever the tenant is: transactions by their place, no seals, no time of the export."""
    tenants = json.loads(json.dumps(document["tenants"]))
    for tenant in tenants:
        places = {}
        for table in ("purchases", "refunds"):
            for row in tenant[table]:
                places[row["transaction_id"]] = f"{table} {len(places)}"
                row["delivery"] = "failed" if row["delivery"] == "pending" else row["delivery"]
        for row in tenant["purchases"] + tenant["refunds"] + tenant["stock"]:
            row["transaction_id"] = places.get(row["transaction_id"])
        for row in tenant["refunds"]:
            row["refunds"] = places[row["refunds"]]
        for row in tenant["ledger"]:
            if row["kind"] in ("purchase", "refund"):
                row["reference"] = places[row["reference"]]
        for row in tenant["stock"]:
            row.pop("sealed", None)
        for table in ("former_ids", "token"):
            tenant.pop(table, None)
    return tenants


def shown(home, tenant="tenant01"):
    document = home.json("show", tenant)
    for key in ("revision", "applied_revision", "updated_at", "bot"):
        document.pop(key)
    return document


READS = ["product list T", "stock count T", "stock list T --limit 0", "balance top T", f"balance show T {BUDI}",
         "deposits T", "stats T", "stats T --by product", "stats T --by customer", "stats T --by hour", "payment list T",
         "rent T", "settings T shop", "settings T custom_commands"]


def answers(home, tenant="tenant01"):
    found = {}
    for line in READS:
        document = home.json(*line.replace("T", tenant, 1).split() if line[-1] != "T" else line[:-1].split() + [tenant])
        for item in document.get("items", []):
            for key in ("transaction_id", "entry", "movement", "payment", "deposit"):
                item.pop(key, None)
        document.pop("next", None)
        found[line] = document
    return found


# --- there and back ---

def test_a_tenant_moves_to_another_database(home, elsewhere, tmp_path, passphrase):
    bought = shop(home)
    path = tmp_path / "tenant.json"
    document = export(home, path, "--passphrase-file", passphrase)
    assert (document["format"], document["version"], document["count"]) == ("tenanttui export", 1, 1)
    assert all(document["tenants"][0][table] for table in
               ("tenant", "features", "permissions", "channels", "bot_config", "settings", "token", "rent", "payments",
                "numbers", "products", "stock_imports", "customers", "purchases", "refunds", "stock", "ledger", "deposits",
                "sales_hours", "sales_days", "sales_products", "sales_customers"))
    result = elsewhere.json("import", path, "--passphrase-file", passphrase)
    assert (result["tenant_id"], result["changed"]) == ("tenant01", True)
    assert elsewhere.json("audit", "--limit", 1)["items"][0]["tenant_id"] == "tenant01"

    assert shown(elsewhere) == shown(home)
    assert answers(elsewhere) == answers(home)
    assert elsewhere.json("doctor")["ok"]
    for item in range(1, 11):
        reads = [h.run("-o", "json", "stock", "show", "tenant01", item, "--reveal") for h in (home, elsewhere)]
        if reads[0].status == 0 and reads[0].json["state"] != "deleted":
            assert reads[0].json["line"] == reads[1].json["line"]
    again = export(elsewhere, tmp_path / "again.json", "--passphrase-file", passphrase)
    assert plain(again) == plain(document)
    assert {row["former_id"] for row in again["tenants"][0]["former_ids"]} >= set(bought)


def test_an_id_that_a_buyer_knows_still_leads_to_the_transaction(home, elsewhere, tmp_path, passphrase):
    first, second = shop(home)
    export(home, tmp_path / "1.json", "--passphrase-file", passphrase)
    elsewhere.ok("import", tmp_path / "1.json", "--passphrase-file", passphrase)
    there = elsewhere.json("tx", "show", "tenant01", first)
    assert there["transaction_id"] != first and there["quantity"] == 2
    assert elsewhere.json("tx", "show", "tenant01", first.lower().replace("-", ""))["transaction_id"] == \
        there["transaction_id"]
    assert elsewhere.json("tx", "show", "tenant01", second)["status"] == "refunded"
    elsewhere.ok("tx", "refund", "tenant01", first)
    elsewhere.fails(1, "refused", "tx", "refund", "tenant01", second)
    assert elsewhere.json("doctor")["ok"]
    third = Home(tmp_path / "third")
    export(elsewhere, tmp_path / "2.json", "--passphrase-file", passphrase)
    third.ok("import", tmp_path / "2.json", "--passphrase-file", passphrase)
    assert len({third.json("tx", "show", "tenant01", name)["transaction_id"]
                for name in (first, there["transaction_id"])}) == 1
    assert third.json("doctor")["ok"]


def test_business_goes_on_where_it_was_taken_to(home, elsewhere, tmp_path, passphrase):
    shop(home)
    export(home, tmp_path / "t.json", "--passphrase-file", passphrase)
    elsewhere.ok("import", tmp_path / "t.json", "--passphrase-file", passphrase)
    assert elsewhere.json("bot", "status", "tenant01")["state"] == "stopped"
    with sqlite3.connect(elsewhere.db) as db:
        assert db.execute("SELECT wanted FROM tenants").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM deliveries").fetchone() == (0,)
    before = {row["item"] for row in elsewhere.json("stock", "list", "tenant01", "--limit", 0)["items"]}
    elsewhere.fails(1, "taken", "stock", "add", "tenant01", "DL", "secret-6 ü")
    item = elsewhere.json("stock", "add", "tenant01", "DL", "a new line")["item"]
    assert item not in before and item > 10
    elsewhere.ok("--no-push", "buy", "tenant01", BUDI, "DL", 2)
    elsewhere.ok("product", "add", "tenant01", "OLD", "Old again", 5)
    elsewhere.ok("balance", "remove", "tenant01", SARI, 470)
    elsewhere.fails(1, "refused", "balance", "remove", "tenant01", SARI, 101)
    assert elsewhere.json("doctor")["ok"]


def random_state(home, seed):
    """Any mixture of what staff and buyers do."""
    dice = random.Random(seed)
    codes, users = ["DL", "WL", "BGL", "X_1"], [BUDI, SARI, TONO]
    home.create(plan="enterprise")
    home.ok("-f", "-", "--no-push", "--quiet",
            stdin="".join(f"balance add tenant01 {user} {dice.randint(1, 3000)} --growid User{n}\n"
                          for n, user in enumerate(users)))
    serial = iter(range(10**6))
    actions = [
        lambda: f"product add tenant01 {dice.choice(codes)} 'Name {next(serial)} é' {dice.randint(1, 200)}",
        lambda: f"product edit tenant01 {dice.choice(codes)} price {dice.randint(1, 10**9)}",
        lambda: f"product edit tenant01 {dice.choice(codes)} price {dice.randint(1, 90)}",
        lambda: f"product remove tenant01 {dice.choice(codes)} --yes" if dice.random() < 0.2 else "undo",
        lambda: f"stock add tenant01 {dice.choice(codes)} 'line {next(serial)}, \"é\"'",
        lambda: f"stock add tenant01 {dice.choice(codes)} 'line {next(serial)}'",
        lambda: f"stock reserve tenant01 {dice.randint(1, 40)}",
        lambda: f"stock reduce tenant01 {dice.choice(codes)} 1 --yes",
        lambda: f"balance add tenant01 {dice.choice(users)} {dice.randint(1, 900)} --note 'n {next(serial)}'",
        lambda: f"balance remove tenant01 {dice.choice(users)} {dice.randint(1, 900)}",
        lambda: f"buy tenant01 {dice.choice(users)} {dice.choice(codes)} {dice.randint(1, 2)}",
        lambda: f"buy tenant01 {dice.choice(users)} {dice.choice(codes)} 1",
        lambda: f"register tenant01 {dice.choice(users)} Grow{next(serial)}",
        lambda: f"settings tenant01 custom_commands cmd{dice.randint(1, 9)} 'text {next(serial)}'",
        lambda: f"config tenant01 prefix {dice.choice('!?%&')}",
        lambda: f"payment add tenant01 {dice.randint(1, 50)} USD --ref R{next(serial)}",
        lambda: f"rent tenant01 extend {dice.randint(1, 30)}",
        lambda: "undo", lambda: "redo",
    ]
    for _ in range(3):
        lines(home, *[dice.choice(actions)() for _ in range(60)])
        done = [t for t in home.json("tx", "list", "tenant01", "--limit", 0)["items"] if t["status"] == "completed"]
        lines(home, *[f"tx refund tenant01 {t['transaction_id']}" for t in dice.sample(done, len(done) // 4)])


@pytest.mark.parametrize("seed", range(4))
def test_any_state_of_a_shop_comes_back_as_it_was(home, elsewhere, tmp_path, seed):
    random_state(home, seed)
    if seed % 2:  # with transactions and customers of the earlier system in it
        with sqlite3.connect(tmp_path / "shop.db") as db:
            db.executescript(SHOP)
            fill(db, "users", "growid balance_wl balance_dl balance_bgl", [("Lama", 3, 2, 1)])
            fill(db, "user_growid", "discord_id growid", [("823456789012345699", "Lama")])
            fill(db, "products", "code name price", [("LAMA", "Old Lock", 7)])
            fill(db, "stock", "id product_code content status buyer_id", [
                (1, "LAMA", "old-1", "sold", "823456789012345699"), (2, "LAMA", "old-2", "available", None)])
        db.close()
        home.ok("import", tmp_path / "shop.db", "--tenant", "tenant01")
    document = export(home, tmp_path / "a.json", "--reveal")
    elsewhere.create("other", guild=OTHER_GUILD)
    elsewhere.ok("balance", "add", "other", BUDI, "77", "--growid", "Other")
    elsewhere.ok("import", tmp_path / "a.json")
    assert elsewhere.json("doctor") ["ok"], elsewhere.json("doctor")
    again = export(elsewhere, tmp_path / "b.json", "--reveal")
    assert plain(again) == plain(document)
    assert document["tenants"][0]["purchases"] and document["tenants"][0]["stock"]
    assert elsewhere.json("balance", "show", "other", BUDI)["balance"] == 77


def test_another_id_and_one_that_is_here_already(home, elsewhere, tmp_path, passphrase):
    shop(home)
    path = tmp_path / "t.json"
    export(home, path, "--passphrase-file", passphrase)
    words = ["import", path, "--passphrase-file", passphrase]
    elsewhere.ok(*words, "--tenant", "moved")
    assert elsewhere.json("stock", "show", "moved", 8, "--reveal")["line"].endswith("secret-7 ü")
    assert elsewhere.json("doctor")["ok"]
    before = dump(elsewhere)
    assert "guild" in elsewhere.fails(1, "taken", *words)["message"]
    assert "--tenant ID" in elsewhere.fails(1, "taken", *words, "--tenant", "moved")["hint"]
    elsewhere.fails(2, "malformed", *words, "--tenant", "../../etc")
    assert dump(elsewhere) == before
    elsewhere.ok("--yes", "delete", "moved")
    elsewhere.ok("import", path, "--passphrase-file", passphrase)
    assert elsewhere.json("show", "tenant01")["token"] == "set"


def test_all_tenants_in_one_file(home, elsewhere, tmp_path, passphrase):
    shop(home, mark="a")
    home.create("second", guild=OTHER_GUILD)
    home.create("gone", guild=OTHER_GUILD + 1)
    home.ok("--yes", "delete", "gone")
    path = tmp_path / "all.json"
    home.ok("export", "--all", path, "--passphrase-file", passphrase)
    assert [t["tenant_id"] for t in json.loads(path.read_text())["tenants"]] == ["second", "tenant01"]
    elsewhere.fails(2, "extra_argument", "import", path, "--passphrase-file", passphrase, "--tenant", "one")
    elsewhere.ok("import", path, "--passphrase-file", passphrase)
    assert [t["tenant_id"] for t in elsewhere.json("list")["items"]] == ["second", "tenant01"]
    assert elsewhere.json("doctor")["ok"]
    home.fails(2, "missing_argument", "export", tmp_path / "x.json")
    home.fails(2, "extra_argument", "export", "tenant01", tmp_path / "x.json", "--all")
    home.fails(1, "no_such", "export", "gone", tmp_path / "x.json")
    home.fails(1, "no_such", "export", "nobody", tmp_path / "x.json")
    assert not (tmp_path / "x.json").exists()


# --- secrets ---

def forms(text):
    """A text and what it looks like in base64, at any of its three places."""
    data = text.encode()
    yield data
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + data)
        yield coded[(shift * 8 + 5) // 6:len(coded) - 4]


def test_no_secret_is_in_an_export_without_a_passphrase_nor_readable_in_one_with_it(home, tmp_path, passphrase):
    shop(home)
    home.ok("export", "tenant01", tmp_path / "none.json")
    sealed = home.ok("export", "tenant01", tmp_path / "sealed.json", "--passphrase-file", passphrase)
    home.ok("export", "tenant01", str(tmp_path / "csv") + "/")
    files = [tmp_path / "none.json", tmp_path / "sealed.json", *sorted((tmp_path / "csv").iterdir())]
    told = (sealed.out + sealed.err + home.ok("audit", "-o", "json").out).encode()
    for secret in (TOKEN, SECRET, "secret-3 ü", "single-secret", PASSPHRASE):
        for form in forms(secret):
            assert form not in told
            for path in files:
                assert form not in path.read_bytes(), (secret, path.name)
    document = json.loads((tmp_path / "none.json").read_text())
    assert "token" not in document["tenants"][0] and document["secrets"] is None and document["contents"] == "none"
    assert "not in this file" in document["note"]
    assert all("line" not in row and "sealed" not in row for row in document["tenants"][0]["stock"])
    with open(home.key) as key:
        assert key.read().strip() not in (tmp_path / "sealed.json").read_text()


def test_contents_leave_in_the_clear_only_when_revealed_and_tokens_never(home, elsewhere, tmp_path):
    shop(home)
    before = home.json("audit", "--limit", 1)["items"][0]["audit"]
    home.ok("export", "tenant01", tmp_path / "none.json")
    assert home.json("audit", "--limit", 1)["items"][0]["audit"] == before
    result = home.json("export", "tenant01", tmp_path / "clear.json", "--reveal")
    row = home.json("audit", "--limit", 1)["items"][0]
    assert (row["audit"], row["tenant_id"], row["after"]) == (result["audit"], "tenant01", row["after"])
    assert row["command"].startswith("export tenant01 ") and "secret-" not in json.dumps(row)
    assert home.run("undo", row["audit"]).status == 1
    text = (tmp_path / "clear.json").read_text()
    assert "secret-3 ü" in text and TOKEN not in text and SECRET not in text
    elsewhere.ok("import", tmp_path / "clear.json")
    assert elsewhere.json("show", "tenant01")["token"] == "none"
    assert elsewhere.json("stock", "show", "tenant01", 4, "--reveal")["line"] == "secret-3 ü"
    home.fails(3, "read_only", "--readonly", "export", "tenant01", tmp_path / "ro.json", "--reveal")
    home.ok("--readonly", "export", "tenant01", tmp_path / "ro.json")


def test_a_file_without_contents_brings_all_but_the_stock(home, elsewhere, tmp_path):
    shop(home)
    export(home, tmp_path / "t.json")
    document = elsewhere.json("import", tmp_path / "t.json")
    (stock,) = [t for t in document["tables"] if t["table"] == "stock"]
    assert stock["left"] == "their contents are not in the file" and stock["rows"] == 9
    assert elsewhere.json("stock", "count", "tenant01", "DL")["items"][0]["available"] == 0
    assert elsewhere.json("balance", "show", "tenant01", BUDI) == home.json("balance", "show", "tenant01", BUDI)
    assert elsewhere.json("doctor")["ok"]


def test_the_passphrase_is_read_from_a_file_from_standard_input_or_from_the_terminal(home, elsewhere, tmp_path, passphrase):
    shop(home)
    one, two, three = (tmp_path / name for name in ("1.json", "2.json", "3.json"))
    home.ok("export", "tenant01", one, "--passphrase-file", "-", stdin=PASSPHRASE + "\n")
    elsewhere.ok("import", one, stdin=PASSPHRASE + "\n")
    home.fails(2, "missing_argument", "export", "tenant01", two, "--passphrase-file", "-", stdin="\n")
    home.fails(1, "refused", "export", "tenant01", two, "--passphrase-file", "-", stdin="one\nother\n")
    home.fails(1, "no_such", "export", "tenant01", two, "--passphrase-file", tmp_path / "missing")
    assert not two.exists()
    with Terminal([BIN, "export", "tenant01", str(three), "--passphrase-file", "-"], env=home.env, cwd=home.path,
                  timeout=LIMIT) as term:
        term.wait("Passphrase of the file:")
        term.send(PASSPHRASE)
        term.key("enter")
        term.wait("The same again:")
        term.send(PASSPHRASE)
        term.key("enter")
        term.wait("written to")
        assert PASSPHRASE.split()[1] not in term.text()
        assert term.exit() == 0
    third = Home(tmp_path / "third")
    third.ok("import", three, "--passphrase-file", passphrase)
    third.ok("stock", "count", "tenant01")


def test_a_wrong_passphrase_is_one_clear_error(home, elsewhere, tmp_path, passphrase):
    shop(home)
    path = tmp_path / "t.json"
    export(home, path, "--passphrase-file", passphrase)
    wrong = tmp_path / "wrong"
    wrong.write_text("something else entirely\n")
    elsewhere.create("other", guild=OTHER_GUILD)
    before = dump(elsewhere)
    assert "passphrase" in elsewhere.fails(1, "refused", "import", path, "--passphrase-file", wrong)["message"]
    elsewhere.fails(2, "missing_argument", "import", path)
    assert dump(elsewhere) == before
    export(home, tmp_path / "open.json")
    elsewhere.fails(2, "extra_argument", "import", tmp_path / "open.json", "--passphrase-file", passphrase)


# --- one tenant only ---

def test_no_byte_of_another_tenant_is_in_an_export(home, tmp_path, passphrase):
    shop(home, mark="OURS")
    shop(home, "tenant02", OTHER_GUILD, mark="THEIRS", token="OTk5OTk5OTk5OTk5OTk5OTk5.other0.somebody-elses-secret-part")
    home.ok("export", "tenant01", tmp_path / "one.json", "--reveal")
    home.ok("export", "tenant01", str(tmp_path / "one") + "/", "--reveal")
    home.ok("export", "--all", str(tmp_path / "all") + "/", "--reveal")
    theirs = [t["transaction_id"] for t in home.json("tx", "list", "tenant02", "--limit", 0)["items"]]
    marks = [b"THEIRS", b"tenant02", str(OTHER_GUILD).encode(), *(t.encode() for t in theirs)]
    paths = [tmp_path / "one.json", *(tmp_path / "one").iterdir(), *(tmp_path / "all" / "tenant01").iterdir()]
    assert len(paths) > 40
    for path in paths:
        data = path.read_bytes()
        assert not [mark for mark in marks if mark in data], path
    assert b"THEIRSsecret-3" in (tmp_path / "all" / "tenant02" / "stock.csv").read_bytes()


# --- csv ---

def test_csv_has_a_file_for_each_table(home, tmp_path):
    shop(home)
    document = export(home, tmp_path / "t.json", "--reveal")["tenants"][0]
    result = home.run("-o", "csv", "export", "tenant01", tmp_path / "csv", "--reveal")
    assert result.status == 0, result
    assert sorted(p.name for p in (tmp_path / "csv").iterdir()) == sorted(f"{t}.csv" for t in document if t != "tenant_id")
    assert (tmp_path / "csv").stat().st_mode & 0o777 == 0o700
    for table, rows in document.items():
        if table == "tenant_id":
            continue
        path = tmp_path / "csv" / f"{table}.csv"
        assert path.stat().st_mode & 0o777 == 0o600
        with open(path, newline="", encoding="utf-8") as f:
            read = list(csv.DictReader(f))
        assert len(read) == len(rows), table
        for want, got in zip(rows, read):
            text = {k: "" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for k, v in want.items()}
            assert got == text, table
    home.fails(2, "extra_argument", "export", "tenant01", str(tmp_path / "c2") + "/", "--passphrase-file", tmp_path / "x")
    home.fails(1, "taken", "export", "tenant01", str(tmp_path / "csv") + "/")


# --- the file ---

def limited(home, size, *words):
    """With files of at most SIZE bytes: a full disk as this program sees it."""
    def limit():
        end_with_parent()
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    done = subprocess.run([BIN, "-o", "json", *map(str, words)], env=home.env, cwd=home.path, preexec_fn=limit,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=3 * LIMIT)
    return done.returncode, [json.loads(line)["error"]["code"] for line in done.stderr.splitlines() if '"error"' in line]


def test_an_existing_file_is_replaced_only_when_asked_and_then_at_once(home, tmp_path):
    shop(home)
    path = tmp_path / "t.json"
    path.write_text("mine")
    path.chmod(0o644)
    home.fails(1, "refused", "export", "tenant01", path)
    assert path.read_text() == "mine"
    home.ok("--dry-run", "--yes", "export", "tenant01", path)
    assert path.read_text() == "mine"
    home.ok("--yes", "export", "tenant01", path)
    assert path.stat().st_mode & 0o777 == 0o600 and json.loads(path.read_text())["count"] == 1
    (tmp_path / "link").symlink_to(home.db)
    for name in (home.db, home.key, tmp_path / "link"):
        assert "belongs to the database" in home.fails(1, "refused", "--yes", "export", "tenant01", name)["message"]
    home.fails(1, "taken", "--yes", "export", "tenant01", tmp_path)
    home.fails(1, "refused", "export", "tenant01", "-")
    home.fails(1, "refused", "export", "tenant01", tmp_path / "none" / "t.json")
    assert home.json("doctor")["ok"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "link", "t.json"]


def test_a_full_disk_leaves_no_part_of_a_file(home, tmp_path):
    shop(home)
    for words in (["tenant01", tmp_path / "t.json"], ["tenant01", str(tmp_path / "csv") + "/"]):
        status, codes = limited(home, 100, "export", *words)
        assert (status, codes) == (4, ["db_full"])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home"]


def test_an_import_on_a_full_disk_changes_nothing(home, elsewhere, tmp_path):
    shop(home)
    home.ok("stock", "import", "tenant01", "WL", "-", stdin="".join(f"more {n}\n" for n in range(5000)))
    export(home, tmp_path / "t.json", "--reveal")
    elsewhere.create("other", guild=OTHER_GUILD)
    before = dump(elsewhere)
    size = os.path.getsize(elsewhere.db + "-wal") if os.path.exists(elsewhere.db + "-wal") else 0
    status, codes = limited(elsewhere, size + 200_000, "import", tmp_path / "t.json")
    assert (status, codes) == (4, ["db_full"])
    assert dump(elsewhere) == before and elsewhere.json("doctor")["ok"]
    elsewhere.ok("import", tmp_path / "t.json")


def bigger(home, tmp_path, n):
    home.create()
    home.ok("product", "add", "tenant01", "DL", "Diamond", 5)
    home.ok("stock", "import", "tenant01", "DL", "-", stdin="".join(f"line number {i}\n" for i in range(n)))
    export(home, tmp_path / "big.json", "--reveal")
    return tmp_path / "big.json"


def test_an_import_that_is_killed_leaves_nothing(home, elsewhere, tmp_path):
    path = bigger(home, tmp_path, 60_000)
    elsewhere.create("other", guild=OTHER_GUILD)
    before = dump(elsewhere)
    dice = random.Random(1)
    for turn in range(5):
        wal = elsewhere.db + "-wal"
        process = elsewhere.popen("import", path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        full = (os.path.getsize(wal) if os.path.exists(wal) else 0) + 50_000 + int(dice.random() * 3_000_000)
        until("it has begun to write", lambda: process.poll() is not None or
              (os.path.exists(wal) and os.path.getsize(wal) > full))
        process.kill()
        assert process.wait(LIMIT) == -9, f"turn {turn}: it had ended"
        assert dump(elsewhere) == before
    assert elsewhere.json("doctor")["ok"]
    elsewhere.ok("import", path)
    assert elsewhere.json("stock", "count", "tenant01", "DL")["items"][0]["available"] == 60_000


def test_an_interrupted_export_leaves_no_file(home, tmp_path):
    bigger(home, tmp_path, 60_000)
    process = home.popen("export", "tenant01", tmp_path / "cut.json", "--reveal", stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    until("it has begun", lambda: process.poll() is not None or
          [p for p in tmp_path.iterdir() if p.name.startswith("cut.json.tmp-") and p.stat().st_size])
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT) == 130
    assert sorted(p.name for p in tmp_path.iterdir()) == ["big.json", "home"]


@pytest.mark.slow
@pytest.mark.skipif("ASAN_OPTIONS" in os.environ, reason="a sanitizer's own memory would be measured")
def test_memory_does_not_grow_with_the_stock(home, elsewhere, tmp_path):
    def most(where, *words):
        """In KiB, as long as it could be seen: the figure of a child that ended begins with what its parent had."""
        process, seen = where.popen(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), []
        def look():
            with open(f"/proc/{process.pid}/status", encoding="ascii") as f:
                text = f.read()
            found = re.search(r"VmHWM:\s+(\d+)", text)
            if found and f"Name:\t{os.path.basename(BIN)}"[:20] in text:
                seen.append(int(found[1]))
            return process.poll() is not None
        until("it has ended", look, 10 * LIMIT)
        assert process.returncode == 0
        return max(seen)
    path = bigger(home, tmp_path, 300_000)
    assert path.stat().st_size > 30_000_000
    assert most(home, "export", "tenant01", tmp_path / "again.json", "--reveal") < 64_000  # KiB
    assert most(elsewhere, "import", path) < 80_000


# --- files that are not as they were written ---

def test_damage_is_found_and_changes_nothing(home, elsewhere, tmp_path, passphrase):
    shop(home)
    good = tmp_path / "good.json"
    export(home, good, "--reveal")
    data = good.read_bytes()
    elsewhere.create("other", guild=OTHER_GUILD)
    before = dump(elsewhere)
    dice = random.Random(7)
    bad = tmp_path / "bad.json"
    cuts = [data[:n] for n in sorted(dice.sample(range(30, len(data)), 12))] + [data[:-1], data[:data.rindex(b"],\"dig")]]
    flips = []
    for at in dice.sample(range(30, len(data) - 1), 30):
        flips.append(data[:at] + bytes([data[at] ^ (1 << dice.randrange(7))]) + data[at + 1:])
    lines = data.split(b"\n")
    missing = [b"\n".join(lines[:n] + lines[n + 1:]) for n in dice.sample(range(1, len(lines) - 2), 10)]
    for text in cuts + flips + missing + [data + b"x", data + data, data[:data.index(b"\n") + 1] * 2]:
        bad.write_bytes(text)
        result = elsewhere.run("-o", "json", "import", bad)
        assert result.status == 1 and result.error["code"] == "refused", (text[-200:], result)
        assert len(result.err.strip().splitlines()) <= 1 + result.err.count("row")
    assert dump(elsewhere) == before
    bad.write_bytes(data)
    elsewhere.ok("import", bad)


def test_a_sealed_file_cannot_be_changed_by_somebody_without_its_passphrase(home, elsewhere, tmp_path, passphrase):
    """A plain digest made anew does not do: it is keyed."""
    shop(home)
    path = tmp_path / "t.json"
    export(home, path, "--passphrase-file", passphrase)
    text = path.read_text()
    assert '"amount":20000' in text
    path.write_text(signed(text.replace('"amount":20000', '"amount":90000')))
    assert "digest" in elsewhere.fails(1, "refused", "import", path, "--passphrase-file", passphrase)["message"]
    assert dump(elsewhere) is None or not elsewhere.json("list")["items"]


def test_a_newer_format_is_named(home, elsewhere, tmp_path):
    shop(home)
    path = tmp_path / "t.json"
    export(home, path)
    path.write_text(path.read_text().replace('"version":1,"program":"0.1.0"', '"version":2,"program":"9.8.7"'))
    message = elsewhere.fails(1, "refused", "import", path)["message"]
    assert "format 2" in message and "9.8.7" in message and "up to 1" in message


def signed(text):
    """With a digest that is right again."""
    body = text[:text.rindex('],"digest":"')]
    return body + '],"digest":"' + hashlib.blake2b(body.encode(), digest_size=32).hexdigest() + '"}\n'


def change(old, new, count=1):
    def apply(text):
        assert old in text, old
        return text.replace(old, new, count)
    return apply


def again(start):
    """The first line that begins like this a second time."""
    def apply(text):
        at = text.index("\n" + start) + 1
        line = text[at:text.index("\n", at) + 1]
        return text[:at] + line + ("," if line[0] == "{" else "") + line + text[at + len(line):]
    return apply


def without(table):
    def apply(text):
        at = text.index(f',"{table}":[\n')
        return text[:at] + text[text.index("]\n", at) + 2:]
    return apply


HOSTILE = {
    "traversal": change('{"tenant_id":"tenant01"', '{"tenant_id":"../../etc/x"'),
    "no tenant id": change('{"tenant_id":"tenant01"', '{"tenant_id":7'),
    "no tenant": without("tenant"),
    "tenant twice": again('{"name":"Toko'),
    "control characters": change('"name":"Toko ', '"name":"Toko \\u001b[2J'),
    "guild zero": change('"guild_id":"987654321098765432"', '"guild_id":"0"'),
    "guild no string": change('"guild_id":"987654321098765432"', '"guild_id":987654321098765432'),
    "unknown status": change('"status":"active"', '"status":"banana"'),
    "unknown plan": change('"plan":"premium"', '"plan":"gold"'),
    "time before time": change('"created_at":"20', '"created_at":"-20'),
    "negative price": change('"price":100', '"price":-100'),
    "price no number": change('"price":100', '"price":"100"'),
    "price of a fraction": change('"price":100', '"price":1.5'),
    "price beyond its bounds": change('"price":100', '"price":1000000001'),
    "price beyond all bounds": change('"price":100', '"price":1e300'),
    "code in small letters": change('"code":"DL","name"', '"code":"dl","name"'),
    "product twice": again('{"product":1,"code"'),
    "product numbers without end": change('{"product":3,"batch"', '{"product":9007199254740993,"batch"'),
    "member missing": change('"price":100,', ''),
    "null where none may be": change('"price":100', '"price":null'),
    "batch missing": without("stock_imports"),
    "item of no product": change('"item":1,"product":1', '"item":1,"product":77'),
    "item twice": change('"item":2,', '"item":1,'),
    "line twice": change('"line":"secret-4 ü"', '"line":"secret-5 ü"'),
    "line of two": change('"line":"secret-4 ü"', '"line":"two\\nlines"'),
    "line too long": change('"line":"secret-4 ü"', '"line":"%s"' % ("x" * 2001)),
    "line empty": change('"line":"secret-4 ü"', '"line":""'),
    "line ends in a blank": change('"line":"secret-4 ü"', '"line":"secret-4 "'),
    "deleted item": change('"state":"reserved"', '"state":"deleted"'),
    "sold by nobody": change('"state":"reserved"', '"state":"sold"'),
    "growid held twice": change('"growid":"Sari"', '"growid":"bUDI"'),
    "growid of signs": change('"growid":"Sari"', '"growid":"S a r i"'),
    "customer missing": without("customers"),
    "money from nowhere": change('"amount":20000', '"amount":9100000000000000'),
    "amount zero": change('"amount":20000', '"amount":0'),
    "balance below nothing": change('"amount":20000', '"amount":-20000'),
    "balance beyond its bounds": change('"amount":70', '"amount":9000000000000000'),
    "account of a customer": change('"account":"adjustments"', '"account":"customer"'),
    "unknown kind": change('"kind":"adjustment"', '"kind":"gift"'),
    "movement missing": change('"movement":2,', '"movement":3,'),
    "undo of what comes": change('"kind":"undo","reference":"', '"kind":"undo","reference":"9'),
    "transaction missing": without("purchases"),
    "refund missing": without("refunds"),
    "transaction twice": again('{"transaction_id":"'),
    "quantity below nothing": change('"quantity":2,', '"quantity":-2,'),
    "message twice": change('"message_id":"992"', '"message_id":"991"'),
    "day zero": change('"sales_days":[\n{"day":"20', '"sales_days":[\n{"day":"1970-01-01T00:00:00.000Z","x":"20'),
    "sums that overflow": change('"sales_days":[\n', '"sales_days":[\n' + "".join(
        '{"day":"2026-01-01T00:00:00.000Z","sales":1,"quantity":1,"total":9007199254740992}\n,' for _ in range(1030))),
    "table twice": change(',"channels":[\n', ',"channels":[\n]\n,"channels":[\n'),
    "tables out of order": change(',"channels":[\n', ',"stock":[\n]\n,"channels":[\n'),
    "unknown table": change(',"channels":[\n', ',"operators":[\n]\n,"channels":[\n'),
    "a row that is none": change(',"ledger":[\n', ',"ledger":[\n[1,2]\n,'),
    "no JSON": change(',"ledger":[\n', ',"ledger":[\n{{{\n,'),
    "a deep row": change(',"ledger":[\n', ',"ledger":[\n' + "[" * 5000 + "\n"),
    "a long line": change('"note":"first"', '"note":"%s"' % ("x" * 300_000)),
    "a long note": change('"note":"first"', '"note":"%s"' % ("x" * 201)),
    "bytes that are no text": change('"note":"first"', '"note":"\udcff"'),
    "a count that is wrong": change('"count":1', '"count":2'),
    "no count": change('"count":1', '"count":"x"'),
    "contents of another kind": change('"contents":"clear"', '"contents":"banana"'),
    "sealed without a passphrase": change('"contents":"clear"', '"contents":"sealed"'),
    "a key that costs a terabyte": change('"secrets":null', '"secrets":{"kdf":"argon2id","operations":3,"memory":'
                                          '1099511627776,"salt":"%s","check":"AAAA"}' % ("00" * 16)),
    "another way of sealing": change('"secrets":null', '"secrets":{"kdf":"rot13"}'),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template")
    home = Home(folder / "home")
    shop(home)
    export(home, folder / "t.json", "--reveal")
    return (folder / "t.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_clear_error(elsewhere, tmp_path, template, name):
    elsewhere.create("other", guild=OTHER_GUILD)
    before = dump(elsewhere)
    text = HOSTILE[name](template)
    body = text[:text.rindex('],"digest":"')].encode("utf-8", "surrogateescape")
    digest = hashlib.blake2b(body, digest_size=32).hexdigest()
    path = tmp_path / "bad.json"
    path.write_bytes(body + f'],"digest":"{digest}"}}\n'.encode())
    result = elsewhere.run("-o", "json", "import", path, stdin="whatever\n")
    assert result.status == 1 and result.error["code"] == "refused", result
    assert dump(elsewhere) == before


def test_configuration_that_cannot_be_used_here_is_told_and_left_out(elsewhere, tmp_path, template):
    text = template
    for old, new in (('{"feature":"shop"}', '{"feature":"api_access"}'), ('{"feature":"tickets"}', '{"feature":"flying"}'),
                     ('"key":"prefix","value":"?"', '"key":"prefix","value":"far too long"'),
                     ('"key":"world"', '"key":"moon"')):
        text = change(old, new)(text)
    path = tmp_path / "t.json"
    path.write_text(signed(text), encoding="utf-8")
    document = elsewhere.json("import", path)
    refused = [(r["table"], r["reason"]) for r in document["rows"] if r["fate"] == "refused"]
    assert [table for table, _ in refused] == ["features", "features", "bot_config", "settings"]
    assert "plan premium" in refused[0][1] and "flying" in refused[1][1]
    shown_here = elsewhere.json("show", "tenant01")
    assert not shown_here["features"]["api_access"] and shown_here["bot_config"]["prefix"] == "!"
    assert elsewhere.json("doctor")["ok"]


def test_a_bot_that_another_tenant_has_stays_with_it(home, elsewhere, tmp_path, passphrase):
    shop(home)
    export(home, tmp_path / "t.json", "--passphrase-file", passphrase)
    elsewhere.create("other", guild=OTHER_GUILD)
    elsewhere.ok("--no-push", "token", "other", "set", stdin=TOKEN + "\n")
    document = elsewhere.json("import", tmp_path / "t.json", "--passphrase-file", passphrase)
    (told,) = [r["reason"] for r in document["rows"] if r["table"] == "token"]
    assert "belongs to the tenant 'other'" in told and TOKEN not in json.dumps(document)
    assert elsewhere.json("show", "tenant01")["token"] == "none"
    assert elsewhere.json("show", "other")["token"] == "set" and elsewhere.json("doctor")["ok"]


def test_a_dry_run_of_an_import_says_the_same_and_changes_nothing(home, elsewhere, tmp_path):
    shop(home)
    export(home, tmp_path / "t.json", "--reveal")
    elsewhere.create("other", guild=OTHER_GUILD)
    before = dump(elsewhere)
    dry = elsewhere.ok("-o", "json", "--dry-run", "import", tmp_path / "t.json")
    assert {r["key"]["table"] for r in dry.json["database"] if r["table"] == "import"} >= {"products", "stock", "ledger"}
    assert dump(elsewhere) == before
    assert elsewhere.ok("-o", "json", "import", tmp_path / "t.json").err == dry.err


def test_an_export_comes_through_a_pipe_too(home, elsewhere, tmp_path, passphrase):
    shop(home)
    export(home, tmp_path / "t.json", "--passphrase-file", passphrase)
    data = (tmp_path / "t.json").read_bytes()
    elsewhere.fails(2, "missing_argument", "import", "-", stdin=data)
    elsewhere.ok("import", "-", "--passphrase-file", passphrase, stdin=data)
    assert elsewhere.json("doctor")["ok"]
    Home(tmp_path / "third").fails(1, "refused", "import", "-", stdin=b"SQLite format 3\0" + b"\0" * 100)


def test_writers_go_on_while_a_tenant_is_exported(home, tmp_path):
    bigger(home, tmp_path, 60_000)
    process = home.popen("export", "tenant01", tmp_path / "slow.json", "--reveal", stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    until("it has begun", lambda: [p for p in tmp_path.iterdir() if p.name.startswith("slow.json.tmp-")])
    process.send_signal(signal.SIGSTOP)
    try:
        home.ok("product", "edit", "tenant01", "DL", "price", 6)
    finally:
        process.send_signal(signal.SIGCONT)
    assert process.wait(LIMIT) == 0
    assert json.loads((tmp_path / "slow.json").read_text())["tenants"][0]["products"][0]["price"] in (5, 6)


def waiting(pipe):
    """Bytes that nobody has read yet."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def test_a_pipe_that_comes_slowly_keeps_nobody_from_writing(home, elsewhere, tmp_path):
    shop(home)
    export(home, tmp_path / "t.json", "--reveal")
    data = (tmp_path / "t.json").read_bytes()
    elsewhere.create("other", guild=OTHER_GUILD)
    process = elsewhere.popen("import", "-", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    process.stdin.write(data[:3000])
    process.stdin.flush()
    until("it has read what there is", lambda: process.poll() is not None or waiting(process.stdin) == 0)
    elsewhere.ok("rename", "other", "Renamed meanwhile")
    process.stdin.write(data[3000:])
    process.stdin.close()
    assert process.wait(LIMIT) == 0
    assert len(elsewhere.json("list")["items"]) == 2
    named = tmp_path / "named"
    os.mkfifo(named)
    third = Home(tmp_path / "third")
    process = third.popen("import", named, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    named.write_bytes(data)
    assert process.wait(LIMIT) == 0
    assert third.json("show", "tenant01")["name"].startswith("Toko")


def test_contents_that_come_through_a_pipe_do_not_touch_the_disk(home, elsewhere, tmp_path):
    shop(home)
    export(home, tmp_path / "t.json", "--reveal")
    data = (tmp_path / "t.json").read_bytes()
    process = elsewhere.popen("import", "-", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    process.stdin.write(data[:-1])
    process.stdin.flush()
    until("it has read what there is", lambda: process.poll() is not None or waiting(process.stdin) == 0)
    folder = f"/proc/{process.pid}/fd"
    files = {os.readlink(f"{folder}/{fd}"): os.stat(f"{folder}/{fd}").st_size for fd in os.listdir(folder)}
    process.stdin.write(data[-1:])
    process.stdin.close()
    assert process.wait(LIMIT) == 0
    kept = {name: size for name, size in files.items() if "(deleted)" in name}
    assert [name.split(":")[0] for name in kept] == ["/memfd"] and set(kept.values()) <= {len(data) - 1}, files


def test_all_tenants_are_those_of_the_moment_at_which_they_are_read(home, tmp_path):
    """Some go and come while a person types the passphrase."""
    typed = tmp_path / "typed"
    os.mkfifo(typed, 0o600)
    home.create("gone", guild=GUILD)
    home.create("stays", guild=OTHER_GUILD)
    process = home.popen("-o", "json", "export", "--all", tmp_path / "all.json", "--passphrase-file", typed,
                         stdout=subprocess.PIPE)
    with open(typed, "w", encoding="ascii") as pipe:  # opens when the program reads it
        home.ok("--yes", "delete", "gone")
        home.create("new", guild=OTHER_GUILD + 1)
        pipe.write(PASSPHRASE + "\n")
    out, _ = process.communicate(timeout=LIMIT)
    document = json.loads((tmp_path / "all.json").read_text())
    assert process.returncode == 0 and json.loads(out)["tenants"] == document["count"] == 2
    assert [tenant["tenant_id"] for tenant in document["tenants"]] == ["new", "stays"]


def test_no_tenant_at_all_is_a_file_too(home, elsewhere, tmp_path):
    home.create()
    home.ok("--yes", "delete", "tenant01")
    home.ok("export", "--all", tmp_path / "none.json")
    elsewhere.create("other", guild=OTHER_GUILD)
    before = dump(elsewhere)
    assert elsewhere.json("import", tmp_path / "none.json")["changed"] is False
    assert dump(elsewhere) == before


def test_times_before_1970_come_back_too(home, elsewhere, tmp_path):
    """The earlier system kept whatever stood there."""
    shop(home)
    with sqlite3.connect(home.db) as db:
        db.execute("UPDATE transactions SET created_at = -86400001")
        db.execute("UPDATE payments SET created_at = -1")
    db.close()
    document = export(home, tmp_path / "t.json", "--reveal")
    elsewhere.ok("import", tmp_path / "t.json")
    assert plain(export(elsewhere, tmp_path / "u.json", "--reveal")) == plain(document)


def test_a_file_that_is_not_there_is_named_whatever_else_is_asked(home, passphrase):
    home.create()
    assert "gone.json" in home.fails(1, "no_such", "import", "gone.json", "--passphrase-file", passphrase)["message"]


def test_a_file_that_a_dropped_transaction_would_leave_behind_is_not_written(home, tmp_path):
    home.create()
    result = home.run("--atomic", "--no-push", "-c", "rename tenant01 Renamed", "-c", f"export tenant01 {tmp_path}/t.json")
    assert result.status == 2 and "--atomic" in result.err, repr(result)
    assert home.json("show", "tenant01")["name"] != "Renamed" and not os.path.exists(tmp_path / "t.json")
    home.ok("--no-push", "-c", "rename tenant01 Renamed", "-c", f"export tenant01 {tmp_path}/t.json")
    assert json.loads((tmp_path / "t.json").read_text())["tenants"][0]["tenant"][0]["name"] == "Renamed"


def test_a_tenant_that_moved_is_served_once_its_bot_is_started_and_its_goods_are_sent_once(home, elsewhere, tmp_path,
                                                                                           passphrase):
    """The bot may still run where it comes from: two of them would each sell what is there once."""
    home.create(guild=GUILD, plan="premium")
    home.ok("--no-push", "token", "tenant01", "set", stdin=TOKEN + "\n")
    home.ok("product", "add", "tenant01", "DL", "Diamond", 5)
    home.ok("stock", "import", "tenant01", "DL", "-", stdin="goods-1\ngoods-2\n")
    home.ok("balance", "add", "tenant01", MEMBER, "10", "--growid", "Buyer")
    bought = home.json("--no-push", "buy", "tenant01", MEMBER, "DL", 1)["transaction"]["transaction_id"]
    export(home, tmp_path / "t.json", "--passphrase-file", passphrase)
    world = Live(elsewhere)
    try:
        world.start_sandbox()
        elsewhere.create("other", guild=OTHER_GUILD)
        world.start_daemon()
        told = elsewhere.ok("import", tmp_path / "t.json", "--passphrase-file", passphrase).err
        assert "`bot start TENANT`" in told and "`stock redeliver` does" in told
        assert elsewhere.json("bot", "status", "tenant01")["state"] == "stopped"
        elsewhere.ok("--wait", LIMIT, "bot", "start", "tenant01")
        world.daemon.wait_state("tenant01")
        world.answer(MEMBER, "!ping")
        requests = lambda: [r for r in world.sandbox.control(do="requests")["requests"] if "goods-1" in json.dumps(r)]
        assert not requests()
        elsewhere.ok("stock", "redeliver", "tenant01", bought)
        until("the goods are delivered", lambda: elsewhere.json("tx", "show", "tenant01", bought)["delivery"] == "sent")
        assert elsewhere.json("doctor")["ok"]
    finally:
        world.end()
