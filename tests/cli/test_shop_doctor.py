"""`doctor` on a shop: each kind of damage that no command makes, planted behind the triggers' back, is named."""

import sqlite3

import pytest

BUDI, ANDI = "444444444444444001", "444444444444444002"
SHOP = f"""
product add {{0}} DL "Diamond Lock" 200
product add {{0}} WL "World Lock" 3
product add {{0}} NEW "No items yet" 5
stock import {{0}} WL lines.txt
stock add {{0}} DL one
stock add {{0}} DL two
stock add {{0}} DL three
stock add {{0}} DL four
stock reserve {{0}} 6
balance add {{0}} {BUDI} 10000 --growid Budi99
balance add {{0}} {ANDI} 500 --growid Andi77
buy {{0}} {BUDI} DL 2
buy {{0}} {ANDI} WL 1
rent {{0}} extend 30
payment add {{0}} 25 USD
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Two tenants that sold, one of which gave money back and took a donation: the database as bytes."""
    from program import Home
    home = Home(tmp_path_factory.mktemp("whole") / "home")
    with open(f"{home.path}/lines.txt", "w", encoding="utf-8") as f:
        f.write("five\nsix\n")
    for n, tenant in enumerate(("tenant01", "tenant02")):
        home.create(tenant, guild=10 + n)
        home.ok("--quiet", "-f", "-", stdin=SHOP.format(tenant))
        home.ok("tx", "refund", tenant, home.json("tx", "list", tenant, "--product", "DL")["items"][0]["transaction_id"])
    with planting(home) as db:
        movement = db.execute("SELECT max(entry) + 1 FROM entries").fetchone()[0]
        db.execute("INSERT INTO entries VALUES (?, 'tenant01', ?, 'customer', ?, 55, 'deposit', 77, '', 1),"
                   " (?, 'tenant01', ?, 'deposits', NULL, -55, 'deposit', 77, '', 1)",
                   (movement, movement, BUDI, movement + 1, movement))
        db.execute("UPDATE customers SET balance = balance + 55 WHERE tenant_id = 'tenant01' AND user_id = ?", (BUDI,))
        db.execute("INSERT INTO deposits (tenant_id, message_id, growid, user_id, amount, state, created_at)"
                   " VALUES ('tenant01', 77, 'Budi99', ?, 55, 'credited', 1)", (BUDI,))
    assert home.json("doctor")["ok"] is True, [c for c in home.json("doctor")["checks"] if not c["ok"]]
    return home


class planting:
    """A connection whose statements no trigger, check or foreign key follows."""

    def __init__(self, home):
        self.db = sqlite3.connect(home.db, isolation_level=None)

    def __enter__(self):
        self.db.execute("PRAGMA foreign_keys = off")
        self.db.execute("PRAGMA ignore_check_constraints = on")
        self.kept = [sql for sql, in self.db.execute("SELECT sql FROM sqlite_schema WHERE type = 'trigger'")]
        self.db.execute("BEGIN")
        for name, in self.db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            self.db.execute(f"DROP TRIGGER {name}")
        return self.db

    def __exit__(self, *failed):
        for sql in self.kept:
            self.db.execute(sql)
        self.db.execute("ROLLBACK" if failed[0] else "COMMIT")
        self.db.close()


PURCHASE = "(SELECT min(tx) FROM transactions WHERE tenant_id = 'tenant02' AND type = 'purchase')"
LAST = "(SELECT max(tx) FROM transactions WHERE tenant_id = 'tenant02' AND type = 'purchase')"
REFUND = "(SELECT tx FROM transactions WHERE tenant_id = 'tenant02' AND type = 'refund')"
# The check that names it, a word of its detail, and the statements.
DAMAGES = {
    "a balance too large": ("balances", BUDI, f"UPDATE customers SET balance = balance + 1 WHERE tenant_id = 'tenant02' AND user_id = {BUDI}"),
    "a balance too small": ("balances", ANDI, f"UPDATE customers SET balance = balance - 1 WHERE tenant_id = 'tenant02' AND user_id = {ANDI}"),
    "a negative balance": ("balances", ANDI, f"UPDATE customers SET balance = -1 WHERE tenant_id = 'tenant02' AND user_id = {ANDI}"),
    "an entry without its other half": ("movements", "tenant02", "DELETE FROM entries WHERE entry = (SELECT max(entry) FROM entries WHERE tenant_id = 'tenant02' AND account = 'sales')"),
    "entries that do not sum to zero": ("movements", "tenant02", "UPDATE entries SET amount = amount - 1 WHERE entry = (SELECT max(entry) FROM entries WHERE tenant_id = 'tenant02' AND account = 'adjustments')"),
    "a sum of all entries": ("ledger", "-1", "UPDATE entries SET amount = amount - 1 WHERE entry = (SELECT max(entry) FROM entries WHERE tenant_id = 'tenant02' AND account = 'adjustments')"),
    "an entry of another tenant": ("movements", "tenant01", "UPDATE entries SET tenant_id = 'tenant01' WHERE entry = (SELECT min(entry) FROM entries WHERE tenant_id = 'tenant02' AND account = 'adjustments')"),
    "a purchase without entries": ("charges", "tenant02", f"UPDATE customers SET balance = balance + 400 WHERE tenant_id = 'tenant02' AND user_id = {BUDI}; DELETE FROM entries WHERE kind = 'purchase' AND reference = {PURCHASE}"),
    "a purchase charged too little": ("charges", "tenant02", f"UPDATE customers SET balance = balance + 300 WHERE tenant_id = 'tenant02' AND user_id = {BUDI}; UPDATE entries SET amount = iif(amount < 0, -100, 100) WHERE kind = 'purchase' AND reference = {PURCHASE}"),
    "a purchase charged to somebody else": ("charges", "tenant02", f"UPDATE transactions SET user_id = {ANDI} WHERE tx = {PURCHASE}"),
    "entries without a purchase": ("charges", "tenant02", f"DELETE FROM stock WHERE tx = {LAST}; DELETE FROM deliveries WHERE tx = {LAST}; DELETE FROM transactions WHERE tx = {LAST}"),
    "a refund that nobody got": ("refunds", "tenant02", f"UPDATE transactions SET status = 'refunded' WHERE tx = {LAST}"),
    "a refund of what still counts": ("refunds", "tenant02", f"UPDATE transactions SET status = 'completed' WHERE tx = {PURCHASE}"),
    "a refund of more than was paid": ("refunds", "tenant02", f"UPDATE transactions SET total = total + 1 WHERE tx = {REFUND}"),
    "a deposit that moved nothing": ("deposits", "77", f"UPDATE customers SET balance = balance - 55 WHERE tenant_id = 'tenant01' AND user_id = {BUDI}; DELETE FROM entries WHERE kind = 'deposit'"),
    "a deposit that moved more": ("deposits", "77", "UPDATE deposits SET amount = 54"),
    "money of a deposit that is not there": ("deposits", "77", "DELETE FROM deposits"),
    "an item sold without transaction": ("stock_sold", "tenant02", f"DELETE FROM transactions WHERE tx = {LAST}"),
    "an item sold in another tenant's transaction": ("stock_sold", "tenant02", "UPDATE stock SET tx = 1 WHERE tenant_id = 'tenant02' AND state = 2"),
    "a purchase of too few items": ("purchases", "tenant02", f"UPDATE stock SET state = 0, tx = NULL WHERE tenant_id = 'tenant02' AND item = (SELECT min(item) FROM stock WHERE tx = {PURCHASE} AND tenant_id = 'tenant02')"),
    "a purchase of more than it says": ("purchases", "tenant02", f"UPDATE transactions SET quantity = 1 WHERE tx = {PURCHASE}"),
    "available items counted wrong": ("stock_counts", "tenant02 1", "UPDATE stock_counts SET available = available + 1 WHERE tenant_id = 'tenant02' AND product = 1"),
    "reserved items counted wrong": ("stock_counts", "tenant02 1", "UPDATE stock_counts SET reserved = 0 WHERE tenant_id = 'tenant02' AND product = 1"),
    "sold items counted wrong": ("stock_counts", "tenant02 2", "UPDATE stock_counts SET sold = sold + 1 WHERE tenant_id = 'tenant02' AND product = 2"),
    "a product without counts": ("stock_products", "NEW", "DELETE FROM stock_counts WHERE tenant_id = 'tenant02' AND product = 3"),
    "a threshold that nobody watches": ("stock_low", "tenant02 WL", "UPDATE products SET threshold = 5 WHERE tenant_id = 'tenant02' AND product = 2"),
    "transactions of a day counted wrong": ("transaction_days", "tenant02", "UPDATE transaction_days SET n = n + 1 WHERE tenant_id = 'tenant02'"),
    "an import counted wrong": ("stock_batches", "tenant02 2 1", "UPDATE stock_batches SET available = available + 1 WHERE tenant_id = 'tenant02' AND product = 2 AND batch = 1"),
    "an item of no import": ("stock_batches", "tenant02", "UPDATE stock SET batch = 9 WHERE tenant_id = 'tenant02' AND state = 0 AND product = 2"),
    "an item of no product": ("stock_batches", "tenant02", "UPDATE stock SET product = 9 WHERE tenant_id = 'tenant02' AND state = 0 AND product = 2"),
    "an item whose line is free": ("stock_lines", "tenant02", "DELETE FROM stock_lines WHERE line_hash = (SELECT line_hash FROM stock WHERE tenant_id = 'tenant02' AND state = 0 LIMIT 1)"),
    "an item whose line is another's": ("stock_lines", "tenant02", "UPDATE stock_lines SET item = 99 WHERE line_hash = (SELECT line_hash FROM stock WHERE tenant_id = 'tenant02' AND state = 2 LIMIT 1)"),
    "a number that was given": ("stock_numbers", "tenant02", "UPDATE shop_numbers SET item = 1 WHERE tenant_id = 'tenant02'"),
    "a product's number that was given": ("stock_numbers", "tenant02", "UPDATE shop_numbers SET product = 1 WHERE tenant_id = 'tenant02'"),
    "a day's total": ("sales", "tenant02 days", "UPDATE sales_days SET total = total + 1 WHERE tenant_id = 'tenant02' AND day <> 0"),
    "a sum over all days": ("sales", "tenant02 all days", "UPDATE sales_days SET sales = sales + 1 WHERE tenant_id = 'tenant02' AND day = 0"),
    "an hour's items": ("sales", "tenant02 hours", "UPDATE sales_hours SET quantity = quantity + 1 WHERE tenant_id = 'tenant02'"),
    "a day of a product": ("sales", "tenant02 products", "DELETE FROM sales_products WHERE tenant_id = 'tenant02' AND day <> 0"),
    "a customer's sum": ("sales", "tenant02 all customers", "DELETE FROM sales_customers WHERE tenant_id = 'tenant02' AND day = 0"),
    "every number of a day": ("sales", "tenant02", "DELETE FROM sales_days WHERE tenant_id = 'tenant02'"),
    "a number of transactions": ("transaction_days", "tenant02", "UPDATE transaction_days SET n = n + 1 WHERE tenant_id = 'tenant02'"),
    "a day that was not counted": ("transaction_days", "tenant02", "DELETE FROM transaction_days WHERE tenant_id = 'tenant02'"),
    "a product with another's numbers": ("sales_named", "tenant02 product", "UPDATE sales_products SET product = 3 WHERE tenant_id = 'tenant02' AND product = 2"),
    "a customer with another's numbers": ("sales_named", "tenant02 customer", f"UPDATE sales_customers SET user_id = 5 WHERE tenant_id = 'tenant02' AND user_id = {ANDI}"),
    "a customer's days with another's numbers": ("sales_weeks", f"tenant02 {ANDI}", f"UPDATE sales_customers SET user_id = 5 WHERE tenant_id = 'tenant02' AND user_id = {ANDI} AND day <> 0"),
    "a customer's weeks with another's numbers": ("sales_weeks", f"tenant02 {ANDI}", f"UPDATE sales_customer_weeks SET user_id = 5 WHERE tenant_id = 'tenant02' AND user_id = {ANDI}"),
    "a week's items": ("sales_weeks", "tenant02", "UPDATE sales_customer_weeks SET quantity = quantity + 1 WHERE tenant_id = 'tenant02' AND weeks = 1"),
    "sales of another week": ("sales_weeks", "tenant02", "UPDATE sales_customer_weeks SET week = week + 604800000 WHERE tenant_id = 'tenant02' AND weeks = 1"),
    "no sums of seven weeks": ("sales_weeks", "tenant02", "DELETE FROM sales_customer_weeks WHERE tenant_id = 'tenant02' AND weeks = 7"),
    "a delivery of no transaction": ("deliveries", "tenant02", f"UPDATE deliveries SET tx = 999 WHERE tx = {LAST}"),
    "a delivery of another tenant": ("deliveries", "tenant02", f"UPDATE deliveries SET tx = 1 WHERE tx = {LAST}"),
    "goods that nobody delivers": ("undelivered", "tenant02", f"DELETE FROM deliveries WHERE tx = {LAST}"),
    "a delivery that failed": ("delivered", "HTTP 400", f"UPDATE deliveries SET state = 'failed', reason = 'HTTP 400' WHERE tx = {LAST}"),
    "a delivery left in the midst": ("delivered", "tenant02", f"UPDATE deliveries SET state = 'leased', leased_until = 1 WHERE tx = {LAST}"),
    "a customer of no tenant": ("foreign_keys", "customers", "INSERT INTO customers VALUES ('gone', 5, 'Gone55', 0, 1)"),
    "a product of no tenant": ("foreign_keys", "products", "INSERT INTO products VALUES ('gone', 1, 'DL', 'X', 1, '', '', 1, 0, 1, 1, 0)"),
    "an import left behind": ("stock_imports", "tenant02 2 7", "INSERT INTO stock_batches VALUES ('tenant02', 2, 7, 'staging', 0, 0, 1)"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_doctor_names(whole, tmp_path, damage):
    check, word, statements = DAMAGES[damage]
    copy = f"{tmp_path}/damaged.db"
    whole.ok("backup", copy)
    whole_db, whole.db = whole.db, copy
    try:
        with planting(whole) as db:
            changes = db.total_changes
            for statement in statements.split("; "):
                db.execute(statement)
            assert db.total_changes > changes, "nothing was damaged"
    finally:
        whole.db = whole_db
    result = whole.run("--db", copy, "-o", "json", "doctor")
    assert result.status == 1 and result.json["ok"] is False, repr(result)
    found = {c["name"]: c["detail"] for c in result.json["checks"] if not c["ok"]}
    assert check in found and word in found[check], found
    text = whole.run("--db", copy, "doctor")
    assert text.status == 1 and check in text.out and word in text.out


def test_a_whole_shop_has_nothing_to_name(whole):
    result = whole.ok("-o", "json", "doctor")
    assert result.json["ok"] is True and all(c["ok"] for c in result.json["checks"])
