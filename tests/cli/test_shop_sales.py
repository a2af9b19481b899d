"""Purchases, refunds, transactions, deposits and numbers from the console: documents, refusals, ids that are read out."""

import csv
import datetime
import io
import json
import os
import re
import signal
import sqlite3
import subprocess

import pytest

from program import until

BUDI, ANDI, NOBODY = (f"44444444444444400{n}" for n in (1, 2, 3))
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{3}(-[0-9A-HJKMNP-TV-Z]{3}){2}")
SHOP = f"""
product add tenant01 DL "Diamond Lock" "2 DL"
product add tenant01 WL "World Lock" 3
balance add tenant01 {BUDI} "1 BGL" --growid Budi99
balance add tenant01 {ANDI} 100 --growid Andi77
"""


@pytest.fixture
def shop(tenant):
    """tenant01 with five items of DL (200 WL) and three of WL (3 WL); Budi99 has 10,000 WL, Andi77 100."""
    items = [f"stock add tenant01 {code} {code}-{n}\n" for code, most in (("DL", 5), ("WL", 3)) for n in range(most)]
    tenant.ok("--quiet", "-f", "-", stdin=SHOP + "".join(items))
    return tenant


def balance(home, user=BUDI):
    return home.json("balance", "show", "tenant01", user)["balance"]


def counts(home, code="DL"):
    item = home.json("stock", "count", "tenant01", code)["items"][0]
    return item["available"], item["reserved"], item["sold"]


def buy(home, n=1, code="DL", user=BUDI):
    return home.json("buy", "tenant01", user, code, n)["transaction"]


def everything(home):
    """The rows of the database, what counts revisions and audits aside."""
    db = sqlite3.connect(f"file:{home.db}?mode=ro", uri=True)
    try:
        tables = [name for name, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('audit')")]
        return {table: sorted(map(repr, db.execute(f'SELECT * FROM "{table}"'))) for table in tables}
    finally:
        db.close()


# --- buy ---

def test_buy_says_what_was_bought(shop):
    doc = shop.json("buy", "tenant01", BUDI, "dl", 2)
    assert (doc["tenant_id"], doc["changed"], doc["revision"], doc["push"]["state"]) == ("tenant01", True, 1, "none")
    assert isinstance(doc["audit"], int)
    tx = doc["transaction"]
    assert ID.fullmatch(tx["transaction_id"]) and RFC3339.fullmatch(tx["created_at"])
    assert {k: tx[k] for k in ("type", "user_id", "code", "quantity", "total", "status", "delivery")} == {
        "type": "purchase", "user_id": BUDI, "code": "DL", "quantity": 2, "total": 400, "status": "completed",
        "delivery": "pending"}
    assert balance(shop) == 9600 and counts(shop) == (3, 0, 2)
    sold = shop.json("stock", "list", "tenant01", "DL", "--state", "sold")["items"]
    assert [(i["item"], i["transaction_id"]) for i in sold] == [(1, tx["transaction_id"]), (2, tx["transaction_id"])]
    assert "DL-" not in shop.ok("audit", "tenant01", "-o", "json").out.replace("DL-0", "")
    assert shop.json("doctor")["ok"] is True


@pytest.mark.parametrize("words,status,code,field,part", [
    ((NOBODY, "DL", 1), 1, "refused", "user", "not registered"), ((BUDI, "NO", 1), 1, "no_such", "code", "NO"),
    ((BUDI, "DL", 6), 1, "refused", "n", "5"), ((ANDI, "DL", 1), 1, "refused", "user", "1 DL"),
    ((BUDI, "DL", 0), 2, "malformed", "n", "1"), ((BUDI, "DL", -1), 2, "malformed", "n", "-1"),
    ((BUDI, "DL", "one"), 2, "malformed", "n", "one"), ((BUDI, "DL", "1.5"), 2, "malformed", "n", "1.5"),
    ((BUDI, "DL", "9223372036854775808"), 2, "malformed", "n", "large"), ((BUDI, "DL", 1001), 2, "malformed", "n", "1000"),
    ((BUDI, "DL", "9" * 100_000), 2, "malformed", "n", ""), ((BUDI, "D!", 1), 2, "malformed", "code", ""),
    ((BUDI, "x" * 100_000, 1), 2, "malformed", "code", ""), (("Bu_i", "DL", 1), 2, "malformed", "user", "Bu_i"),
    (("Budi", "DL", 1), 1, "no_such", "user", "Budi")])
def test_a_refused_purchase_changes_nothing(shop, words, status, code, field, part):
    before = everything(shop)
    error = shop.fails(status, code, "buy", "tenant01", *words)
    assert error["field"] == field and part in error["message"] and len(error["message"]) < 600, error
    assert everything(shop) == before


def test_the_last_lock_and_the_last_item_can_be_spent(shop):
    shop.ok("balance", "remove", "tenant01", BUDI, 9000)
    buy(shop, 5)
    assert balance(shop) == 0 and counts(shop) == (0, 0, 5)
    error = shop.fails(1, "refused", "buy", "tenant01", BUDI, "DL", 1)
    assert error["message"] == "nothing of 'DL' is left"


def test_items_are_sold_oldest_first_and_never_twice(shop):
    ids = [buy(shop)["transaction_id"] for _ in range(5)]
    items = shop.json("stock", "list", "tenant01", "DL", "--state", "sold")["items"]
    assert [i["transaction_id"] for i in sorted(items, key=lambda i: i["item"])] == ids and len(set(ids)) == 5


def test_a_reserved_item_is_not_sold(shop):
    for item in (1, 2, 3, 4):
        shop.ok("stock", "reserve", "tenant01", item)
    shop.fails(1, "refused", "buy", "tenant01", BUDI, "DL", 2)
    buy(shop)
    assert counts(shop) == (0, 4, 1)


def test_a_purchase_costs_the_price_at_its_time(shop):
    first = buy(shop)
    shop.ok("product", "edit", "tenant01", "DL", "price", "5 DL")
    second = buy(shop)
    assert (first["total"], second["total"], balance(shop)) == (200, 500, 9300)
    assert shop.json("tx", "show", "tenant01", first["transaction_id"])["total"] == 200
    shop.ok("tx", "refund", "tenant01", first["transaction_id"])
    assert balance(shop) == 9500


@pytest.mark.parametrize("line", ["buy tenant01 {user} DL 1", "tx refund tenant01 {tx}", "stock redeliver tenant01 {tx}"])
def test_what_cannot_be_undone_names_the_refund(shop, line):
    tx = buy(shop)["transaction_id"]
    if "redeliver" in line:
        shop.fails(1, "refused", *line.format(user=BUDI, tx=tx).split())  # it is still on its way
        deliver(shop)
    audit = shop.json(*line.format(user=BUDI, tx=tx).split())["audit"]
    before = everything(shop)
    error = shop.fails(1, "refused", "undo", audit)
    assert "tx refund" in error["message"] + error["hint"], error
    shop.fails(1, "refused", "redo", audit)
    assert everything(shop) == before


def deliver(home):
    """As if the goods had arrived: what a daemon notes."""
    db = sqlite3.connect(home.db)
    with db:
        db.execute("DELETE FROM deliveries")
        db.execute("UPDATE transactions SET delivery = 'sent' WHERE delivery = 'pending'")
    db.close()


def test_redeliver(shop):
    tx = buy(shop)["transaction_id"]
    deliver(shop)
    doc = shop.json("stock", "redeliver", "tenant01", tx.lower())
    assert doc["transaction_id"] == tx and isinstance(doc["audit"], int) and doc["changed"] is True
    shown = shop.json("tx", "show", "tenant01", tx)
    assert (shown["delivery"], shown["copies"]) == ("pending", 1)
    refund = shop.json("tx", "refund", "tenant01", tx)["transaction"]["transaction_id"]
    shop.fails(1, "refused", "stock", "redeliver", "tenant01", refund)
    assert shop.json("doctor")["ok"] is True


# --- refund ---

def test_a_refund_is_a_transaction_of_its_own(shop):
    tx = buy(shop, 2)
    doc = shop.json("tx", "refund", "tenant01", tx["transaction_id"])
    back = doc["transaction"]
    assert (back["type"], back["total"], back["quantity"], back["code"], back["user_id"], back["refunds"]) == (
        "refund", 400, 2, "DL", BUDI, tx["transaction_id"])
    assert back["transaction_id"] != tx["transaction_id"] and back["delivery"] == "none"
    assert shop.json("tx", "show", "tenant01", tx["transaction_id"])["status"] == "refunded"
    assert balance(shop) == 10000 and counts(shop) == (3, 0, 2)
    before = everything(shop)
    assert "already" in shop.fails(1, "refused", "tx", "refund", "tenant01", tx["transaction_id"])["message"]
    assert "refund" in shop.fails(1, "refused", "tx", "refund", "tenant01", back["transaction_id"])["message"]
    assert everything(shop) == before
    assert shop.json("doctor")["ok"] is True


def test_a_refund_does_not_need_the_product(shop):
    shop.ok("--yes", "stock", "reduce", "tenant01", "WL", 2)
    tx = buy(shop, 1, "WL")["transaction_id"]
    shop.ok("--yes", "product", "remove", "tenant01", "WL")
    shop.ok("tx", "refund", "tenant01", tx)
    assert balance(shop) == 10000
    assert [i["code"] for i in shop.json("tx", "list", "tenant01", "--product", "WL")["items"]] == ["WL", "WL"]


def test_ten_refunds_at_once_are_one(shop):
    tx = buy(shop)["transaction_id"]
    processes = [shop.popen("tx", "refund", "tenant01", tx, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(10)]
    for process in processes:
        process.communicate()
    assert sorted(p.returncode for p in processes) == [0] + [1] * 9
    assert balance(shop) == 10000 and len(shop.json("tx", "list", "tenant01")["items"]) == 2


def test_two_refunds_in_one_batch_are_one(shop):
    tx = buy(shop)["transaction_id"]
    result = shop.run("--atomic", "-o", "jsonl", "-c", f"tx refund tenant01 {tx}", "-c", f"tx refund tenant01 {tx}")
    assert result.status == 1 and balance(shop) == 9800
    result = shop.run("--keep-going", "-o", "jsonl", "-c", f"tx refund tenant01 {tx}", "-c", f"tx refund tenant01 {tx}")
    assert result.status == 1 and balance(shop) == 10000


def test_purchases_in_one_transaction_are_all_or_nothing(shop):
    before = everything(shop)
    lines = [f"buy tenant01 {BUDI} DL 2", f"buy tenant01 {ANDI} WL 1", f"buy tenant01 {BUDI} DL 4"]
    result = shop.run("--atomic", "-o", "jsonl", *[w for line in lines for w in ("-c", line)])
    assert result.status == 1 and result.error["code"] == "refused" and everything(shop) == before
    result = shop.ok("--atomic", "-o", "jsonl", *[w for line in lines[:2] for w in ("-c", line)])
    assert [d["transaction"]["total"] for d in result.lines] == [400, 3] and counts(shop) == (3, 0, 2)
    assert shop.json("doctor")["ok"] is True


# --- ids that a person reads out ---

def spoken(tx):
    return [tx, tx.lower(), tx.replace("-", ""), tx.replace("-", " "), f" {tx} ", tx.replace("-", "", 1),
            tx.replace("0", "O").replace("1", "I"), tx.replace("0", "o").replace("1", "l"), tx.lower().replace("1", "i")]


def test_an_id_is_understood_however_it_is_said(shop):
    for _ in range(5):
        tx = buy(shop)["transaction_id"]
        for said in spoken(tx):
            assert shop.json("tx", "show", "tenant01", said)["transaction_id"] == tx, said
    tx = buy(shop, 1, "WL")["transaction_id"]
    assert shop.json("tx", "refund", "tenant01", tx.lower().replace("-", ""))["transaction"]["refunds"] == tx
    listing = [i["transaction_id"] for i in shop.json("tx", "list", "tenant01")["items"]]
    assert [i["transaction_id"] for i in
            shop.json("tx", "list", "tenant01", "--after", listing[0].lower())["items"]] == listing[1:]


def test_one_wrong_character_is_noticed(shop):
    tx = buy(shop)["transaction_id"]
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    wrong = {tx[:i] + c + tx[i + 1:] for i in range(len(tx)) for c in alphabet if tx[i] not in ("-", c)}
    wrong |= {tx[:i] + tx[j] + tx[i + 1:j] + tx[i] + tx[j + 1:] for i in range(11) for j in range(i + 1, 11)
              if tx[i] != tx[j] and "-" not in tx[i] + tx[j]}
    wrong = sorted(wrong)[::5]
    result = shop.run("--keep-going", "-o", "jsonl", "-f", "-", stdin="".join(f"tx show tenant01 {w}\n" for w in wrong))
    assert result.status == 2 and result.out == ""
    errors = [json.loads(line)["error"] for line in result.err.splitlines() if line.startswith('{"error"')]
    assert len(errors) == len(wrong)
    assert {(e["code"], e["field"]) for e in errors} == {("malformed", "tx")}


@pytest.mark.parametrize("said,status,code", [
    ("", 1, "no_such"), ("7K3-M9Q-PD4", 0, ""), ("hello", 1, "no_such"), ("U" * 9, 1, "no_such"), ("7K3-M9Q", 1, "no_such"), ("1", 1, "no_such"),
    ("7K3-M9Q-PD4-7", 1, "no_such"), ("x" * 100_000, 1, "no_such"), ("' OR 1=1 --", 1, "no_such"), ("\u06f7K3", 1, "no_such")])
@pytest.mark.parametrize("command", [("tx", "show"), ("tx", "refund"), ("stock", "redeliver")])
def test_what_is_no_id(shop, command, said, status, code):
    buy(shop)
    result = shop.run("-o", "json", *command, "tenant01", "--", said)
    assert result.status in (1, 2) and result.error["code"] in ("no_such", "malformed"), repr(result)
    assert result.error["field"] == "tx" and len(result.error["message"]) < 600


def test_another_tenants_id_is_nobodys_here(shop):
    tx = buy(shop)["transaction_id"]
    shop.create("tenant02", guild=5)
    for words in (("tx", "show"), ("tx", "refund"), ("stock", "redeliver")):
        error = shop.fails(1, "no_such", *words, "tenant02", tx)
        assert error["field"] == "tx" and "tx list" in error["hint"]
    assert shop.json("tx", "list", "tenant02")["items"] == []
    assert shop.fails(1, "no_such", "tx", "list", "tenant02", "--after", tx)["field"]


# --- tx list, tx export ---

@pytest.fixture
def sold(shop):
    """Of Budi99 DL, WL, WL, and a refund of the first; of Andi77 WL; oldest first their ids."""
    ids = [buy(shop)["transaction_id"], buy(shop, 1, "WL")["transaction_id"], buy(shop, 1, "WL")["transaction_id"],
           buy(shop, 1, "WL", ANDI)["transaction_id"]]
    ids.append(shop.json("tx", "refund", "tenant01", ids[0])["transaction"]["transaction_id"])
    shop.ids = ids
    return shop


def listed(home, *words):
    return [i["transaction_id"] for i in home.json("tx", "list", "tenant01", *words)["items"]]


def test_tx_list(sold):
    newest = sold.ids[::-1]
    doc = sold.json("tx", "list", "tenant01")
    assert [i["transaction_id"] for i in doc["items"]] == newest and (doc["total"], doc["next"]) == (5, None)
    for item in doc["items"]:
        assert set(item) >= {"transaction_id", "type", "user_id", "code", "quantity", "total", "status", "delivery",
                             "created_at"}
        assert RFC3339.fullmatch(item["created_at"]) and isinstance(item["total"], int) and isinstance(item["user_id"], str)
    assert listed(sold, "--user", ANDI) == [sold.ids[3]] and listed(sold, "--user", f"<@{ANDI}>") == [sold.ids[3]]
    assert listed(sold, "--product", "wl") == sold.ids[3:0:-1]
    assert listed(sold, "--product", "DL", "--user", BUDI) == [sold.ids[4], sold.ids[0]]
    assert listed(sold, "--product", "NONE") == [] and listed(sold, "--user", NOBODY) == []
    assert listed(sold, "--since", "1h") == newest
    tomorrow = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).isoformat()
    assert listed(sold, "--since", tomorrow) == []
    assert sold.json("tx", "list", "tenant01", "--count") == {"total": 5}
    assert sold.json("tx", "list", "tenant01", "--product", "WL", "--count") == {"total": 3}


def test_pages_of_transactions(sold):
    newest = sold.ids[::-1]
    seen, after = [], []
    for _ in range(3):
        page = sold.json("tx", "list", "tenant01", "--limit", 2, *after)
        seen += [i["transaction_id"] for i in page["items"]]
        after = ["--after", page["next"]]
    assert seen == newest and page["next"] is None
    assert listed(sold, "--limit", 2, "--before", newest[4]) == newest[2:4]
    assert listed(sold, "--limit", 2, "--last") == newest[3:]
    assert newest[2] in listed(sold, "--limit", 3, "--around", newest[2])
    assert listed(sold, "--limit", 0) == newest


@pytest.mark.parametrize("words", [("--user", "Budi"), ("--product", "D!"), ("--since", "soon"), ("--limit", "-1"),
                                   ("--limit", "x"), ("--after", "zzz"), ("--since", "x" * 100_000)])
def test_wrong_filters_are_refused(sold, words):
    result = sold.run("-o", "json", "tx", "list", "tenant01", *words)
    assert result.status in (1, 2) and result.error["code"] in ("malformed", "no_such"), repr(result)
    assert len(result.error["message"]) < 600


def test_tx_export_writes_all_of_it_into_a_new_file(sold):
    told = sold.ok("tx", "export", "tenant01", "sales.csv")
    path = os.path.join(sold.path, "sales.csv")
    with open(path, encoding="utf-8", newline="") as f:
        read = list(csv.DictReader(f))
    assert [r["transaction_id"] for r in read] == sold.ids[::-1] and "5 transactions" in told.out + told.err
    assert read[0]["type"] == "refund" and read[0]["refunds"] == sold.ids[0] and read[1]["total"] == "3"
    assert os.stat(path).st_mode & 0o777 == 0o600
    sold.ok("tx", "export", "tenant01", "sales.jsonl")
    with open(os.path.join(sold.path, "sales.jsonl"), encoding="utf-8") as f:
        assert [json.loads(line)["transaction_id"] for line in f] == sold.ids[::-1]
    sold.ok("tx", "export", "tenant01", "sales.json")
    with open(os.path.join(sold.path, "sales.json"), encoding="utf-8") as f:
        whole = json.load(f)
    assert (len(whole["items"]), whole["total"]) == (5, 5)
    sold.ok("tx", "export", "tenant01", "sales.tsv")
    with open(os.path.join(sold.path, "sales.tsv"), encoding="utf-8") as f:
        assert f.readline().split("\t")[0] == "transaction_id"


def test_tx_export_says_what_it_wrote(sold):
    assert sold.json("tx", "export", "tenant01", "told.csv") == {"tenant_id": "tenant01", "file": "told.csv",
                                                                 "transactions": 5}


@pytest.mark.parametrize("line", ["tx export tenant01 all.csv", "export tenant01 all.json --reveal"])
def test_no_file_is_written_inside_a_transaction_that_may_be_dropped(sold, line):
    result = sold.run("--atomic", "-o", "jsonl", "-c", line, "-c", "product add tenant01 DL Again 5")
    assert result.status == 2 and result.error["code"] == "malformed", repr(result)
    assert not [name for name in os.listdir(sold.path) if name.startswith("all.")]


@pytest.mark.parametrize("line,hint", [("features tenant01 shop off", "features tenant01 shop enable"),
                                       ("status tenant01 maintenance", "status tenant01 active")])
def test_nobody_buys_for_a_customer_where_he_could_not_buy_himself(shop, line, hint):
    shop.ok("--no-push", "-c", line)
    assert hint in shop.fails(1, "refused", "buy", "tenant01", BUDI, "DL", 1)["hint"]


def test_tx_export_overwrites_nothing(sold):
    path = os.path.join(sold.path, "there.csv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("mine")
    error = sold.fails(1, "taken", "tx", "export", "tenant01", "there.csv")
    assert error["field"] == "file" and error["hint"]
    sold.fails(1, "refused", "tx", "export", "tenant01", "no/such/folder.csv")
    sold.fails(1, "no_such", "tx", "export", "tenant02", "other.csv")
    with open(path, encoding="utf-8") as f:
        assert f.read() == "mine"
    assert not os.path.exists(os.path.join(sold.path, "other.csv"))


@pytest.mark.parametrize("name", ["sales.xlsx", "sales", ".csv", "csv"])
def test_tx_export_refuses_a_form_that_it_does_not_know(sold, name):
    for words in ((), ("--dry-run",)):
        error = sold.fails(2, "malformed", *words, "tx", "export", "tenant01", name)
        assert error["field"] == "file" and ".jsonl" in error["hint"]
    assert not os.path.exists(os.path.join(sold.path, name))


def test_a_dry_run_writes_no_file(sold):
    doc = sold.json("--dry-run", "tx", "export", "tenant01", "dry.csv")
    assert (doc["database"], doc["discord"], doc["calls"]) == ([], [], 0)
    assert "dry.csv" in sold.ok("--dry-run", "tx", "export", "tenant01", "dry.csv").err
    assert not os.path.exists(os.path.join(sold.path, "dry.csv"))


def test_csv_of_a_listing(sold):
    out = sold.ok("-o", "csv", "--fields", "transaction_id,type,total", "tx", "list", "tenant01").out
    read = list(csv.reader(io.StringIO(out)))
    assert read[0] == ["transaction_id", "type", "total"] and [r[0] for r in read[1:]] == sold.ids[::-1]
    assert sold.ok("-o", "csv", "--no-headers", "tx", "list", "tenant01", "--limit", 1).out.count("\n") == 1
    sold.fails(2, "unknown_word", "--fields", "transaction_id,colour", "tx", "list", "tenant01")


# --- dry runs, read-only ---

@pytest.mark.parametrize("line", ["buy tenant01 {user} DL 2", "tx refund tenant01 {tx}"])
def test_a_dry_run_says_what_would_change_and_a_read_only_run_refuses(shop, line):
    tx = buy(shop)["transaction_id"]
    before = everything(shop)
    words = line.format(user=BUDI, tx=tx)
    plan = shop.ok("--dry-run", "-o", "json", "-c", words).json
    assert {row["table"] for row in plan["database"]} >= {"entries", "transactions"} and plan["discord"] == []
    assert "DL-1" not in json.dumps(plan)
    result = shop.run("--readonly", "-o", "json", "-c", words)
    assert (result.status, result.error["code"]) == (3, "read_only")
    assert everything(shop) == before


# --- deposits ---

@pytest.fixture
def donated(shop):
    """As the daemon leaves them: two credited, one refused."""
    db = sqlite3.connect(shop.db)
    with db:
        for n, (growid, user, amount, state, reason) in enumerate(
                [("Budi99", BUDI, 205, "credited", ""), ("Nobody1", 0, 5, "refused", "no customer has the GrowID 'Nobody1'"),
                 ("Andi77", ANDI, 1500, "credited", "")]):
            db.execute("INSERT INTO deposits (tenant_id, message_id, growid, user_id, amount, state, reason, created_at)"
                       " VALUES ('tenant01', ?, ?, ?, ?, ?, ?, 1785585600000)", (9000 + n, growid, user, amount, state, reason))
    db.close()
    return shop


def test_deposits(donated):
    doc = donated.json("deposits", "tenant01")
    assert [(i["growid"], i["amount"], i["state"]) for i in doc["items"]] == [
        ("Andi77", 1500, "credited"), ("Nobody1", 5, "refused"), ("Budi99", 205, "credited")]
    assert (doc["total"], doc["next"]) == (3, None)
    assert doc["items"][2]["user_id"] == BUDI and doc["items"][2]["message_id"] == "9000" and doc["items"][1]["user_id"] is None
    refused = donated.json("deposits", "tenant01", "--refused")["items"]
    assert [i["growid"] for i in refused] == ["Nobody1"] and "Nobody1" in refused[0]["reason"]
    assert donated.json("deposits", "tenant01", "--refused", "--count") == {"total": 1}
    first = donated.json("deposits", "tenant01", "--limit", 2)
    assert [i["growid"] for i in donated.json("deposits", "tenant01", "--after", first["next"])["items"]] == ["Budi99"]
    donated.fails(2, "malformed", "deposits", "tenant01", "--after", "x")
    donated.create("tenant02", guild=5)
    assert donated.json("deposits", "tenant02")["items"] == []


# --- stats ---

def totals(home, *words):
    return [(i["name"], i["sales"], i["quantity"], i["total"]) for i in home.json("stats", *words)["items"]]


def test_numbers_are_purchases_minus_refunds(sold):
    today = sold.json("stats", "tenant01")["items"]
    assert len(today) in (1, 2) and [sum(i[k] for i in today) for k in ("sales", "quantity", "total")] == [3, 3, 9]
    hours = sold.json("stats", "tenant01", "--by", "hour")["items"]
    assert sum(i["total"] for i in hours) == 9 and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:00", hours[0]["name"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", today[0]["name"]) and RFC3339.fullmatch(today[0]["time"])
    assert totals(sold, "tenant01", "--by", "product") == [("WL", 3, 3, 9)]
    assert totals(sold, "tenant01", "--by", "customer") == [("Budi99", 2, 2, 6), ("Andi77", 1, 1, 3)]
    customers = sold.json("stats", "tenant01", "--by", "customer")["items"]
    assert [i["user_id"] for i in customers] == [BUDI, ANDI]


def test_numbers_of_all_tenants(sold):
    sold.create("tenant02", guild=5, name="Other")
    sold.ok("--quiet", "-f", "-", stdin=f"""
product add tenant02 DL "Diamond Lock" 50
stock add tenant02 DL mine
balance add tenant02 {BUDI} 50 --growid Budi99
buy tenant02 {BUDI} DL 1
""")
    assert totals(sold, "--by", "tenant") == [("tenant02", 1, 1, 50), ("tenant01", 3, 3, 9)]
    assert sum(i["total"] for i in sold.json("stats")["items"]) == 59
    assert sum(i["total"] for i in sold.json("stats", "--by", "hour")["items"]) == 59
    assert totals(sold, "tenant01", "--by", "product") == [("WL", 3, 3, 9)]
    assert sold.fails(2, "missing_argument", "stats", "--by", "product")["field"] == "tenant"
    assert sold.fails(1, "refused", "stats", "tenant01", "--by", "tenant")["field"] == "--by"


def test_a_period_of_numbers(sold):
    assert sum(i["total"] for i in sold.json("stats", "tenant01", "--since", "1h")["items"]) == 9
    assert totals(sold, "tenant01", "--until", "2020-01-01") == [] and totals(sold, "--until", "2020-01-01") == []
    assert sum(i["total"] for i in sold.json("stats", "tenant01", "--since", "2020-01-01", "--until", "2100-01-01")["items"]) == 9
    assert totals(sold, "tenant01", "--by", "product", "--since", "7d") == [("WL", 3, 3, 9)]
    assert totals(sold, "tenant01", "--by", "customer", "--until", "2020-01-01") == []


@pytest.mark.parametrize("words,code", [(("--by", "colour"), "unknown_word"), (("--since", "soon"), "malformed"),
                                        (("--until", "2026-13-01"), "malformed"), (("--by",), "missing_argument"),
                                        (("--chart", "x", "y"), "extra_argument"), (("--limit", "x"), "malformed"), (("--limit", "-1"), "malformed"),
                                        (("--since", "1h", "--until", "2h"), "malformed")])
def test_numbers_that_nobody_can_give(sold, words, code):
    result = sold.run("-o", "json", "stats", "tenant01", *words)
    assert result.status == 2 and result.error["code"] in code.split(), repr(result)


def test_only_the_largest_or_newest_numbers(sold):
    assert totals(sold, "tenant01", "--by", "customer", "--limit", 1) == [("Budi99", 2, 2, 6)]
    assert totals(sold, "tenant01", "--by", "customer", "--limit", 0) == totals(sold, "tenant01", "--by", "customer")


def test_a_chart_is_drawn_in_the_terminal(sold):
    text = sold.ok("stats", "tenant01", "--by", "customer", "--chart").out
    bars = {line.split()[0]: line.count("\u2588") for line in text.splitlines() if "9" in line or "7" in line}
    assert bars["Budi99"] == 2 * bars["Andi77"] > 10
    assert "\u2588" not in sold.ok("stats", "tenant01", "--by", "customer").out
    out = sold.ok("-o", "csv", "stats", "tenant01", "--by", "customer").out
    read = list(csv.DictReader(io.StringIO(out)))
    assert [(r["user_id"], r["total"]) for r in read] == [(BUDI, "6"), (ANDI, "3")]


def test_a_chart_without_signs_beyond_ascii(sold):
    text = sold.ok("stats", "tenant01", "--by", "customer", "--chart", env={"LC_ALL": "C"}).out
    bars = {line.split()[0]: line.count("#") for line in text.splitlines()[1:]}
    assert text.isascii() and bars["Budi99"] == 2 * bars["Andi77"] > 10


def test_without_a_limit_the_fifty_largest_are_told(shop):
    lines = [line for n in range(51) for line in (f"product add tenant01 P{n:02} P{n:02} {n + 1}", f"stock add tenant01 P{n:02} item {n}",
                                                  f"buy tenant01 {BUDI} P{n:02} 1")]
    shop.ok("--quiet", "-f", "-", stdin="\n".join(lines))
    document = shop.json("stats", "tenant01", "--by", "product")
    assert [i["name"] for i in document["items"]] == [f"P{n:02}" for n in range(50, 0, -1)] and document["total"] is None
    assert "--limit 0" in shop.ok("stats", "tenant01", "--by", "product").err
    document = shop.json("stats", "tenant01", "--by", "product", "--limit", 0)
    assert len(document["items"]) == 51 and document["total"] == 51


def test_no_sale_is_no_line(tenant):
    assert tenant.json("stats", "tenant01")["items"] == [] and tenant.json("stats")["items"] == []
    tenant.ok("stats", "tenant01", "--chart")
    assert tenant.json("tx", "list", "tenant01") == {"items": [], "total": 0, "next": None}


@pytest.mark.parametrize("words,meant", [(("tx", "lst", "tenant01"), "list"), (("by", "tenant01", BUDI, "DL", "1"), "buy"),
                                         (("stat", "tenant01"), "stats"), (("stats", "tenant01", "--by", "hours"), "hour"),
                                         (("deposit", "tenant01"), "deposits"), (("tx", "list", "tenant01", "--usr", BUDI), "--user")])
def test_did_you_mean(shop, words, meant):
    error = shop.run("-o", "json", *words).error
    assert re.search(rf"did you mean '([a-z]+ )?{meant}'", error["message"] + str(error["hint"])), error


def test_an_export_of_transactions_that_is_killed_stands_in_nobodys_way(shop):
    """The name that was asked for is there when all is in it, or not at all."""
    buy(shop)
    with sqlite3.connect(shop.db) as db:
        db.execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
                   " INSERT INTO transactions (tenant_id, type, user_id, product, code, quantity, total, status, foreign_id,"
                   " created_at) SELECT 'tenant01', 'purchase', 1, 0, 'DL', 1, 1, 'completed', 'F' || i, 1000 + i FROM n")
    db.close()
    process = shop.popen("tx", "export", "tenant01", "sales.csv")
    until("it writes", lambda: [f for f in os.scandir(shop.path) if f.name.startswith("sales.csv") and f.stat().st_size])
    process.kill()
    assert process.wait() == -signal.SIGKILL
    path = os.path.join(shop.path, "sales.csv")
    assert not os.path.exists(path)
    shop.ok("tx", "export", "tenant01", "sales.csv")
    with open(path, encoding="utf-8") as f:
        assert sum(1 for _ in f) == 60002


def test_refunded_goods_are_not_delivered_afterwards(shop):
    tx = buy(shop)["transaction_id"]
    shop.ok("tx", "refund", "tenant01", tx)
    assert shop.json("tx", "show", "tenant01", tx)["delivery"] == "none"
    with sqlite3.connect(shop.db) as db:
        assert db.execute("SELECT count(*) FROM deliveries WHERE kind = 'goods'").fetchone() == (0,)
    db.close()
    assert "refunded" in shop.fails(1, "refused", "stock", "redeliver", "tenant01", tx)["message"]
    assert shop.json("doctor")["ok"] is True
