"""The rows of one tenant as the database holds them; and without what may differ between two databases."""

import json
import re
import sqlite3

MOMENTS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
RECEIPT = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{3}(?:-[0-9A-HJKMNP-TV-Z]{3}){2}\b")
TIMES = {"created_at", "updated_at", "removed_at", "registered_at", "added_at", "since", "time", "starts_at", "ends_at", "next_at",
         "tried_at", "after_id", "leased_until", "deleted_at", "epoch"}
# Numbers that all tenants share: the first table's key is what the others name.
NUMBERS = {"tx": ["transactions.tx", "stock.tx", "deliveries.tx", "transactions.refunds"],
           "entry": ["entries.entry", "entries.movement"], "audit": ["audit.audit", "audit.undone_by", "audit.undoes"],
           "payment": ["payments.payment"], "deposit": ["deposits.deposit"], "delivery": ["deliveries.delivery"],
           "push": ["outbox.push"]}
OF = {column: kind for kind, columns in NUMBERS.items() for column in columns}
ROLLUPS = {"sales_hours": "hour", "sales_days": "day", "sales_products": "day", "sales_customers": "day",
           "sales_customer_weeks": "weeks", "transaction_days": "day"}


def connect(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    return db


def tables(db):
    """Those that have a column for the tenant."""
    names = [r[0] for r in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    return sorted(n for n in names if any(c["name"] == "tenant_id" for c in db.execute(f"PRAGMA table_info({n})")))


def rows_of(path, tenant):
    """{table: its rows of this tenant, each a dict, in the order of their keys}."""
    db = connect(path)
    try:
        found = {}
        for table in tables(db):
            keys = [c["name"] for c in sorted(db.execute(f"PRAGMA table_info({table})"), key=lambda c: c["pk"]) if c["pk"]]
            rows = db.execute(f"SELECT * FROM {table} WHERE tenant_id = ? ORDER BY {', '.join(keys)}", (tenant,))
            found[table] = [dict(r) for r in rows]
        found["stock_lines"] = [dict(r) for r in db.execute(
            "SELECT l.line_hash, l.item FROM stock s JOIN stock_lines l USING (line_hash) WHERE s.tenant_id = ?"
            " AND s.state <> 3 ORDER BY s.item", (tenant,))]
        return found
    finally:
        db.close()


class Bare:
    """Rows without row numbers, times and ids: each is named by its place among the tenant's own."""

    def __init__(self, rows, receipts):
        """RECEIPTS: the tenant's transaction ids, oldest first. What an import left to be swept is nobody's any more."""
        left = {(b["product"], b["batch"]) for b in rows["stock_batches"] if b["state"] in ("staging", "erased")}
        self.rows = {**rows, **{t: [r for r in rows[t] if (r["product"], r["batch"]) not in left]
                                for t in ("stock", "stock_batches")}}
        items = {r["item"] for r in self.rows["stock"]}
        self.rows["stock_lines"] = [r for r in rows["stock_lines"] if r["item"] in items]
        self.places = {kind: {number: n + 1 for n, number in enumerate(self.known(kind, *columns[0].split(".")))}
                       for kind, columns in NUMBERS.items()}
        self.receipts = {receipt: n + 1 for n, receipt in enumerate(receipts)}

    def known(self, kind, table, column):
        """All numbers that the tenant had, those of rows that an undo took away too."""
        found = {row[column] for row in self.rows.get(table, [])}
        if kind == "payment":
            found |= {c["key"]["payment"] for row in self.rows["audit"] for c in json.loads(row["changes"] or "[]")
                      if c["table"] == "payments"}
        return sorted(found)

    def number(self, kind, value):
        return value if value in (None, 0) else f"{kind} {self.places[kind].get(value, 'of another')}"

    def text(self, value):
        value = RECEIPT.sub(lambda m: f"<tx {self.receipts.get(m[0], 'of another')}>", value)
        value = re.sub(r"^(undo|redo) (\d+)", lambda m: f"{m[1]} {self.number('audit', int(m[2]))}", value)
        return MOMENTS.sub("<time>", value)

    def changes(self, value, key=None):
        """What an audit row keeps of a change; in an order of their own, since SQLite gives them by hashed keys."""
        if isinstance(value, dict):
            return {k: self.changes(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return sorted((self.changes(v, key) for v in value), key=repr)
        if key in ("tx", "payment") and isinstance(value, int):
            return self.number(key, value)
        if key in ("entry", "movement") and isinstance(value, int):
            return self.number("entry", value)
        return self.text(value) if isinstance(value, str) else value

    def value(self, table, row, column):
        value = row[column]
        if f"{table}.{column}" in OF:
            return self.number(OF[f"{table}.{column}"], value)
        if column in TIMES:
            return bool(value)
        if (table, column) == ("entries", "reference"):
            kind = {"purchase": "tx", "refund": "tx", "undo": "entry"}.get(row["kind"])
            return self.number(kind, value) if kind else value
        if (table, column) == ("audit", "changes"):
            return self.changes(json.loads(value)) if value else value
        return self.text(value) if isinstance(value, str) else value

    def table(self, table):
        rows = [{column: self.value(table, row, column) for column in row} for row in self.rows[table]]
        if table in ROLLUPS:  # of two runs, one may see the clock strike
            sums = {}
            for row, raw in zip(rows, self.rows[table]):
                place = (raw[ROLLUPS[table]] == 0, raw.get("product"), raw.get("user_id"))
                counts = [raw[k] for k in ("sales", "quantity", "total", "n") if k in raw]
                sums[place] = [a + b for a, b in zip(sums.get(place, [0] * len(counts)), counts)]
            return sorted(map(repr, sums.items()))
        return rows

    def all(self):
        return {table: self.table(table) for table in self.rows}
