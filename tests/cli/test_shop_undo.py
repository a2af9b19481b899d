"""Whatever a shop's command did, its undo puts back and its redo does again; random commands in a random state."""

import os
import random

import pytest

from rows import rows_of
from test_shop_isolation import BEGIN, LINES, Shop

SEED = int(os.environ.get("TENANTTUI_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
STEPS = 50
T = "tenant01"
# What an undo leaves: who did what, the movements of money that take each other back, numbers that were given.
STAYS = {"audit", "entries", "shop_numbers", "tenants", "outbox", "stock_batches"}
UNDONE = {"updated_at", "revision", "since"}


def state(home):
    """Everything that people would see again."""
    rows = rows_of(home.db, T)
    open_batches = {(b["product"], b["batch"]) for b in rows["stock_batches"] if b["state"] == "published"}
    rows["stock"] = [r for r in rows["stock"] if r["state"] != 3 and (r["product"], r["batch"]) in open_batches]
    rows["products"] = [r for r in rows["products"] if not r["removed_at"]]
    items, products = {r["item"] for r in rows["stock"]}, {r["product"] for r in rows["products"]}
    rows["stock_counts"] = [r for r in rows["stock_counts"] if r["product"] in products]
    rows["stock_lines"] = [r for r in rows["stock_lines"] if r["item"] in items]
    return {table: sorted(repr({k: v for k, v in r.items() if k not in UNDONE}) for r in found)
            for table, found in rows.items() if table not in STAYS}


def differences(before, after, forgiven=()):
    return {t: [sorted(set(before[t]) - set(after[t])), sorted(set(after[t]) - set(before[t]))] for t in before
            if before[t] != after[t] and t not in forgiven}


@pytest.mark.slow
def test_random_writes_are_undone_and_done_again(home):
    print(f"TENANTTUI_SEED={SEED}")
    home.env["TENANTTUI_STOCK"] = "plain"
    home.create(plan="premium")
    home.ok("--quiet", "-f", "-", stdin=BEGIN.format(T))
    for n in range(3):
        with open(f"{home.path}/lines{n}.txt", "w", encoding="utf-8") as f:
            f.writelines(f"{line}\n" for line in LINES[n * 8:n * 8 + 10])
    shop = Shop(T)
    shop.dice = random.Random(SEED)
    undone, receipts, after = 0, [], None
    for _ in range(STEPS):
        line = shop.line(receipts, [])
        before = after or state(home)
        result = home.run("--no-push", "-o", "json", "-c", line)
        if result.status or not result.json["changed"]:
            assert differences(before, state(home)) == {}, f"TENANTTUI_SEED={SEED}: {line}: {result!r}"
            continue
        after, audit = state(home), result.json["audit"]
        receipts += [result.json["transaction"]["transaction_id"]] if "transaction" in result.json else []
        undo = home.run("--yes", "--no-push", "-o", "json", "undo", audit)
        if line.split()[0] in ("buy", "tx") or "--reveal" in line or "redeliver" in line:
            assert undo.status == 1 and differences(after, state(home)) == {}, f"TENANTTUI_SEED={SEED}: {line}: {undo!r}"
            continue
        assert undo.status == 0, f"TENANTTUI_SEED={SEED}: {line}: {undo!r}"
        stays = ["customers"] if "--growid" in line else []  # who was registered for it stays
        assert differences(before, state(home), stays) == {}, f"TENANTTUI_SEED={SEED}: undo of {line}"
        redo = home.run("--yes", "--no-push", "-o", "json", "redo", audit)
        assert redo.status == 0, f"TENANTTUI_SEED={SEED}: redo of {line}: {redo!r}"
        assert differences(after, state(home)) == {}, f"TENANTTUI_SEED={SEED}: redo of {line}"
        undone += 1
    assert undone > STEPS // 6, undone
    assert home.json("doctor")["ok"] is True


def audit_of(home, *words):
    return home.json("--yes", "--no-push", *words)["audit"]


def counts(home, code):
    return home.json("stock", "count", T, code)["items"][0]


def test_undo_does_not_remove_a_product_with_stock(tenant):
    added = audit_of(tenant, "product", "add", T, "DL", "Diamond Lock", 5)
    tenant.ok("stock", "add", T, "DL", "one")
    before = state(tenant)
    assert "DL" in tenant.fails(1, "refused", "undo", added)["message"]
    assert differences(before, state(tenant)) == {}
    tenant.ok("stock", "reduce", T, "DL", 1, "--yes")
    tenant.ok("--yes", "undo", added)
    tenant.fails(1, "no_such", "product", "show", T, "DL")


def test_redo_does_not_remove_a_product_that_has_stock_by_now(tenant):
    tenant.ok("product", "add", T, "DL", "Diamond Lock", 5)
    removed = audit_of(tenant, "product", "remove", T, "DL")
    tenant.ok("undo", removed)
    tenant.ok("stock", "add", T, "DL", "one")
    tenant.fails(1, "refused", "--yes", "redo", removed)
    assert counts(tenant, "DL")["available"] == 1


def test_no_undo_or_redo_brings_stock_into_a_removed_product(tenant):
    lines = f"{tenant.path}/lines.txt"
    with open(lines, "w", encoding="utf-8") as f:
        f.write("one\ntwo\n")
    tenant.ok("product", "add", T, "DL", "Diamond Lock", 5)
    imported = audit_of(tenant, "stock", "import", T, "DL", lines)
    tenant.ok("undo", imported)
    tenant.ok("stock", "add", T, "DL", "three")
    reduced = audit_of(tenant, "stock", "reduce", T, "DL", 1)
    removed = audit_of(tenant, "product", "remove", T, "DL")
    tenant.fails(1, "refused", "undo", reduced)
    tenant.fails(1, "refused", "redo", imported)
    tenant.ok("undo", removed)
    assert counts(tenant, "DL")["available"] == 0
    tenant.ok("undo", reduced)
    tenant.ok("redo", imported)
    assert counts(tenant, "DL")["available"] == 3
    assert tenant.json("doctor")["ok"]


def test_an_undo_that_cannot_be_paid_tells_the_balance_in_the_tenants_own_denominations(tenant):
    user = 444444444444444001
    tenant.ok("--no-push", "settings", T, "shop", "dl_rate", 10)
    added = audit_of(tenant, "balance", "add", T, user, 35, "--growid", "Budi99")
    tenant.ok("balance", "remove", T, user, 15)
    assert " 2 DL;" in tenant.fails(1, "refused", "undo", added)["message"]
