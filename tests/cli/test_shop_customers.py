"""Customers and their money: registration, balances, histories; who holds a GrowID; what amounts mean."""

import re
import subprocess

import pytest

BUDI, ANDI, RINA = (f"44444444444444400{n}" for n in (1, 2, 3))
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
MOST = 9_000_000_000_000_000


@pytest.fixture
def shop(tenant):
    """tenant01 with Budi99, who has 10,203 WL, and Andi77, who has nothing."""
    tenant.ok("--quiet", "-f", "-", stdin=f"""
balance add tenant01 {BUDI} "1 BGL, 2 DL, 3 WL" --growid Budi99
register tenant01 {ANDI} Andi77
""")
    return tenant


def balance(home, user=BUDI, tenant="tenant01"):
    return home.json("balance", "show", tenant, user)["balance"]


def history(home, user=BUDI, *words):
    return home.json("balance", "history", "tenant01", user, *words)["items"]


def rows(home):
    """What a refused command may not change."""
    top = home.json("balance", "top", "tenant01")["items"]
    return top, [history(home, c["user_id"]) for c in top], home.json("audit", "tenant01", "--count")


# --- register ---

def test_register_makes_a_customer(tenant):
    doc = tenant.json("register", "tenant01", BUDI, "Budi99")
    assert (doc["tenant_id"], doc["changed"], doc["revision"]) == ("tenant01", True, 1)
    assert (doc["push"]["state"], doc["push"]["reason"]) == ("none", None) or doc["push"]["state"] == "none"
    shown = tenant.json("balance", "show", "tenant01", BUDI)
    assert (shown["user_id"], shown["growid"], shown["balance"]) == (BUDI, "Budi99", 0)
    assert RFC3339.fullmatch(shown["registered_at"])


def test_registering_again_is_no_change_and_no_audit_row(shop):
    before = shop.json("audit", "tenant01", "--count")
    doc = shop.json("register", "tenant01", BUDI, "Budi99")
    assert (doc["changed"], doc["audit"]) == (False, None)
    assert shop.json("audit", "tenant01", "--count") == before
    assert "already" in shop.ok("register", "tenant01", BUDI, "Budi99").out


@pytest.mark.parametrize("growid", ["Bud", "a1b2c3d4e5f6g7h8i9", "123", "BUDI"])
def test_growids_are_3_to_18_letters_and_digits(shop, growid):
    assert shop.json("register", "tenant01", RINA, growid)["changed"] is True
    assert shop.json("balance", "show", "tenant01", RINA)["growid"] == growid


@pytest.mark.parametrize("growid", ["", "ab", "a1b2c3d4e5f6g7h8i9j", "Bu di", "Budi_99", "B\u00fcdi", "Budi\n", "Budi!", "\U0001f600\U0001f600\U0001f600",
                                    "' OR 1=1 --", "<@1>", "x" * 100_000])
def test_other_growids_are_refused(shop, growid):
    before = rows(shop)
    error = shop.fails(2, "malformed", "register", "tenant01", RINA, "--", growid)
    assert error["field"] == "growid" and len(error["message"]) < 600
    assert rows(shop) == before


@pytest.mark.parametrize("growid", ["Budi99", "BUDI99", "bUDI99"])
def test_a_growid_that_is_held_is_refused_in_any_capitals(shop, growid):
    before = rows(shop)
    error = shop.fails(1, "taken", "register", "tenant01", ANDI, growid)
    assert error["field"] == "growid" and BUDI not in error["message"] + str(error["hint"])
    shop.fails(1, "taken", "register", "tenant01", RINA, growid)
    shop.fails(1, "taken", "balance", "add", "tenant01", RINA, 5, "--growid", growid)
    assert rows(shop) == before


def test_a_growid_that_twelve_want_at_once_is_given_once(shop):
    processes = [shop.popen("-o", "json", "register", "tenant01", 900 + n, "Wanted1", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                 for n in range(12)]
    for process in processes:
        _, err = process.communicate()
        assert process.returncode == 0 or b'"taken"' in err, err
    assert sorted(p.returncode for p in processes) == [0] + [1] * 11
    assert [c["growid"] for c in shop.json("balance", "top", "tenant01")["items"]].count("Wanted1") == 1


def test_twelve_at_once_take_no_more_than_there_is(shop):
    shop.ok("balance", "add", "tenant01", ANDI, 50)
    processes = [shop.popen("balance", "remove", "tenant01", ANDI, 10, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                 for n in range(12)]
    for process in processes:
        process.communicate()
    assert sorted(p.returncode for p in processes) == [0] * 5 + [1] * 7
    assert balance(shop, ANDI) == 0 and len(history(shop, ANDI)) == 6


def test_another_tenants_growid_and_user_are_nobodys_here(shop):
    shop.create("tenant02", guild=5)
    shop.ok("register", "tenant02", ANDI, "Budi99")
    assert balance(shop, ANDI, "tenant02") == 0 and balance(shop) == 10203
    assert shop.fails(1, "no_such", "balance", "show", "tenant02", BUDI)["field"] == "user"


def test_a_change_of_name_moves_nothing_but_the_name(shop):
    before = shop.json("balance", "show", "tenant01", BUDI)
    entries = history(shop)
    assert shop.json("register", "tenant01", BUDI, "BudiNew")["changed"] is True
    after = shop.json("balance", "show", "tenant01", BUDI)
    assert after == {**before, "growid": "BudiNew"} and history(shop) == entries
    shop.ok("register", "tenant01", RINA, "Budi99")
    assert balance(shop, RINA) == 0


def test_capitals_of_ones_own_growid_may_change(shop):
    assert shop.json("register", "tenant01", BUDI, "BUDI99")["changed"] is True
    assert shop.json("balance", "show", "tenant01", BUDI)["growid"] == "BUDI99"


@pytest.mark.parametrize("user,status", [(f"<@{RINA}>", 0), (f"<@!{RINA}>", 0), ("Ri", 2), ("<@x>", 2), ("", 2), ("0", 2), ("Rina_3", 2),
                                         ("-5", 2), ("9223372036854775808", 2), (f"<#{RINA}>", 2), ("<@", 2), ("<@!>", 2)])
def test_a_user_is_an_id_or_a_mention_or_has_the_form_of_a_growid(shop, user, status):
    result = shop.run("-o", "json", "register", "tenant01", "--", user, "Rina33")
    assert result.status == status, repr(result)
    if status == 0:
        assert balance(shop, RINA) == 0
    else:
        assert (result.error["code"], result.error["field"]) == ("malformed", "user")


def test_a_customer_is_named_by_the_growid_wherever_a_user_is_in_any_capitals(shop):
    shop.ok("features", "tenant01", "shop", "enable", "--no-push")
    shop.ok("product", "add", "tenant01", "DL", "Diamond Lock", 10)
    shop.ok("stock", "add", "tenant01", "DL", "one")
    assert shop.json("balance", "show", "tenant01", "bUDI99")["user_id"] == BUDI
    assert shop.json("balance", "add", "tenant01", "Andi77", 5)["balance"] == 5
    assert shop.json("balance", "remove", "tenant01", "Andi77", 2, "--growid", "ANDI77")["balance"] == 3
    assert shop.json("balance", "history", "tenant01", "andi77")["total"] == 2
    assert shop.json("buy", "tenant01", "BUDI99", "DL", 1)["transaction"]["user_id"] == BUDI
    assert [shop.json("tx", "list", "tenant01", "--user", who)["total"] for who in ("Budi99", "Andi77")] == [1, 0]
    assert shop.json("register", "tenant01", "Budi99", "BudiNew")["changed"] is True
    assert shop.json("balance", "show", "tenant01", BUDI)["growid"] == "BudiNew"


def test_the_audit_keeps_the_id_of_whoever_was_named_by_a_growid(shop):
    first = shop.json("balance", "add", "tenant01", "Andi77", 5)["audit"]
    shop.ok("register", "tenant01", ANDI, "Other1")
    shop.ok("register", "tenant01", RINA, "Andi77")
    shop.ok("undo", first)
    assert balance(shop, ANDI) == 0 and balance(shop, RINA) == 0
    line = shop.json("audit", "tenant01", "--around", first, "--limit", 1)["items"][0]["command"]
    assert line.split() == ["balance", "add", "tenant01", ANDI, "5"]


def test_a_growid_of_nobody_is_no_such_user_also_with_another_tenants_customer(shop):
    shop.create("tenant02", guild=5)
    shop.ok("register", "tenant02", RINA, "Rina33")
    before = rows(shop)
    for words in [("balance", "show", "tenant01", "Rina33"), ("balance", "add", "tenant01", "Rina33", 5, "--growid", "Rina33"),
                  ("buy", "tenant01", "Rina33", "DL", 1), ("register", "tenant01", "Rina33", "Rina44")]:
        error = shop.fails(1, "no_such", *words)
        assert error["field"] == "user" and "Discord id" in error["hint"]
    assert shop.fails(1, "no_such", "tx", "list", "tenant01", "--user", "Rina33")["field"] == "--user"
    assert rows(shop) == before


def test_digits_are_an_id_though_somebody_has_them_for_a_growid(shop):
    shop.ok("register", "tenant01", RINA, "12345")
    assert shop.fails(1, "no_such", "balance", "show", "tenant01", 12345)["field"] == "user"


def test_people_are_told_what_an_amount_is_and_programs_get_the_number(shop):
    assert "price of AB is 15 BGL (150,000 WL)" in (
        shop.ok("product", "add", "tenant01", "AB", "A", 3), shop.ok("product", "edit", "tenant01", "AB", "price", "15 BGL"))[1].out
    assert "for 7 WL" in shop.ok("product", "add", "tenant01", "CD", "C", 7).out
    assert "PRICE WL" in shop.ok("product", "list", "tenant01").out and "BALANCE WL" in shop.ok("balance", "top", "tenant01").out
    for words, name in [(("product", "show", "tenant01", "AB"), "price        150,000 WL\n"),
                        (("balance", "show", "tenant01", BUDI), "balance        10,203 WL\n")]:
        assert name in shop.ok(*words).out
    assert shop.json("product", "show", "tenant01", "AB")["price"] == 150000
    assert shop.ok("-o", "csv", "product", "list", "tenant01", "--fields", "price").out.split() == ["price", "150000", "7"]


def test_a_short_id_is_taken_with_a_warning(shop):
    assert "17" in shop.ok("register", "tenant01", "0123", "Short1").err
    assert shop.json("balance", "show", "tenant01", 123)["user_id"] == "123"


def test_a_plan_has_room_for_so_many(tenant):
    tenant.ok("--quiet", "--atomic", "-f", "-", stdin="".join(f"register tenant01 {n} Member{n}\n" for n in range(1, 101)))
    error = tenant.fails(1, "not_in_plan", "register", "tenant01", 101, "Member101")
    assert "100" in error["message"] and "premium" in error["message"] + str(error["hint"])
    tenant.fails(1, "not_in_plan", "balance", "add", "tenant01", 101, 5, "--growid", "Member101")
    tenant.ok("register", "tenant01", 7, "Renamed7")
    assert tenant.json("balance", "top", "tenant01", "--count") == {"total": 100}
    tenant.ok("plan", "tenant01", "premium")
    audit = tenant.json("register", "tenant01", 101, "Member101")["audit"]
    tenant.ok("undo", audit)
    tenant.ok("plan", "tenant01", "basic", "--yes")
    tenant.fails(1, "not_in_plan", "redo", audit)
    tenant.ok("plan", "tenant01", "premium")
    tenant.ok("redo", audit)


# --- balance add, remove ---

@pytest.mark.parametrize("amount,wl", [
    ("1", 1), ("1500", 1500), ("1.500", 1500), ("1,500", 1500), ("1.500 WL", 1500), ("1,500 WL", 1500), ("15 DL", 1500),
    ("15dl", 1500), ("1 BGL, 2 DL, 3 WL", 10203), ("3 wl 2 dl 1 bgl", 10203), ("2 Diamond Lock, 5 World Lock", 205),
    ("1 Blue Gem Lock", 10000), ("1,500 World Lock", 1500), (str(MOST), MOST)])
def test_amounts_that_are_understood(shop, amount, wl):
    doc = shop.json("balance", "add", "tenant01", ANDI, amount)
    assert (doc["changed"], doc["balance"]) == (True, wl)
    assert balance(shop, ANDI) == wl
    assert shop.json("balance", "remove", "tenant01", ANDI, amount)["balance"] == 0


@pytest.mark.parametrize("amount", [
    "", "0", "0 WL", "-5", "+5", "1.5", "1,5 DL", "0.5 BGL", "5 XL", "5 WL 5 WL", "1 DL, 2 DL", "lots", "1e3", "0x10", "NaN",
    "5\n", "1 BGL,", str(MOST + 1), "9223372036854775807", "9223372036854775808", "18446744073709551617",
    "900000000001 BGL", "9" * 100_000, "1 " + "\u0661 WL"])
@pytest.mark.parametrize("verb", ["add", "remove"])
def test_amounts_that_are_not(shop, verb, amount):
    before = rows(shop)
    error = shop.fails(2, "malformed", "balance", verb, "tenant01", BUDI, "--", amount)
    assert error["field"] == "amount" and len(error["message"]) < 600
    assert rows(shop) == before


def test_the_tenants_own_denominations_count(shop):
    shop.ok("settings", "tenant01", "shop", "dl_rate", "60")
    shop.ok("settings", "tenant01", "shop", "bgl_rate", "6000")
    assert shop.json("balance", "add", "tenant01", ANDI, "1 BGL, 2 DL, 3 WL")["balance"] == 6123
    assert "1 BGL, 2 DL, 3 WL" in shop.ok("balance", "add", "tenant01", RINA, "6123", "--growid", "Rina33").out


def test_a_balance_is_never_negative(shop):
    before = rows(shop)
    error = shop.fails(1, "refused", "balance", "remove", "tenant01", BUDI, 10204)
    assert "1 BGL, 2 DL, 3 WL" in error["message"] and error["field"] == "amount"
    shop.fails(1, "refused", "balance", "remove", "tenant01", ANDI, 1)
    shop.fails(1, "refused", "balance", "remove", "tenant01", BUDI, MOST)
    assert rows(shop) == before
    assert shop.json("balance", "remove", "tenant01", BUDI, "1 BGL, 2 DL, 3 WL")["balance"] == 0


def test_a_balance_has_an_upper_end(shop):
    shop.ok("balance", "add", "tenant01", ANDI, MOST)
    before = rows(shop)
    shop.fails(1, "refused", "balance", "add", "tenant01", ANDI, 1)
    shop.fails(1, "refused", "balance", "add", "tenant01", ANDI, MOST)
    assert rows(shop) == before


@pytest.mark.parametrize("verb", ["add", "remove", "show", "history"])
def test_nobody_has_no_balance(shop, verb):
    before = rows(shop)
    error = shop.fails(1, "no_such", "balance", verb, "tenant01", RINA, *(["5"] if verb in ("add", "remove") else []))
    assert error["field"] == "user" and "register" in error["hint"]
    assert rows(shop) == before


def test_money_is_not_taken_from_somebody_who_is_registered_by_it(shop):
    shop.fails(1, "no_such", "balance", "remove", "tenant01", RINA, 5, "--growid", "Rina33")
    assert shop.json("balance", "top", "tenant01", "--count") == {"total": 2}


@pytest.mark.parametrize("verb", ["add", "remove"])
def test_the_growid_of_a_movement_must_be_the_users(shop, verb):
    before = rows(shop)
    error = shop.fails(1, "refused", "balance", verb, "tenant01", BUDI, 5, "--growid", "Andi77")
    assert error["field"] == "--growid"
    assert rows(shop) == before
    assert shop.json("balance", verb, "tenant01", BUDI, 5, "--growid", "bUDI99")["changed"] is True


def test_registering_and_adding_are_all_or_nothing(shop):
    shop.fails(2, "malformed", "balance", "add", "tenant01", RINA, "much", "--growid", "Rina33")
    shop.fails(2, "malformed", "balance", "add", "tenant01", RINA, 5, "--growid", "R!")
    shop.fails(1, "no_such", "balance", "show", "tenant01", RINA)
    audit = shop.json("balance", "add", "tenant01", RINA, 5, "--growid", "Rina33")["audit"]
    shop.ok("undo", audit)  # entries stay, and so does whose they are
    assert balance(shop, RINA) == 0 and [i["amount"] for i in history(shop, RINA)] == [-5, 5]
    shop.ok("redo", audit)
    assert balance(shop, RINA) == 5
    shop.ok("undo", audit)
    shop.ok("register", "tenant01", RINA, "RinaNew")
    shop.fails(1, "refused", "redo", audit)
    assert balance(shop, RINA) == 0 and shop.json("doctor")["ok"] is True


@pytest.mark.parametrize("note", ["paid in world ABC", "", "\u00e9" * 200, "'; DROP TABLE entries; --", "none"])
def test_a_note_is_kept_as_it_is(shop, note):
    shop.ok("balance", "add", "tenant01", BUDI, 5, "--note", note)
    assert (history(shop)[0]["note"] or "") == note


@pytest.mark.parametrize("note", ["\u00e9" * 201, "x" * 100_000])
def test_a_note_that_is_too_long_is_refused(shop, note):
    before = rows(shop)
    error = shop.fails(2, "malformed", "balance", "add", "tenant01", BUDI, 5, "--note", note)
    assert error["field"] == "--note" and "200" in error["message"]
    assert rows(shop) == before


# --- top, history ---

def test_the_richest_come_first(shop):
    shop.ok("balance", "add", "tenant01", RINA, "5 DL", "--growid", "Rina33")
    listing = shop.json("balance", "top", "tenant01")
    assert [(i["growid"], i["balance"], i["user_id"]) for i in listing["items"]] == [
        ("Budi99", 10203, BUDI), ("Rina33", 500, RINA), ("Andi77", 0, ANDI)]
    assert (listing["total"], listing["next"]) == (3, None)
    first = shop.json("balance", "top", "tenant01", "--limit", 2)
    assert [i["user_id"] for i in first["items"]] == [BUDI, RINA]
    assert [i["user_id"] for i in shop.json("balance", "top", "tenant01", "--after", first["next"])["items"]] == [ANDI]
    assert [i["user_id"] for i in shop.json("balance", "top", "tenant01", "--limit", 1, "--last")["items"]] == [ANDI]
    assert shop.json("balance", "top", "tenant01", "--count") == {"total": 3}


def test_a_history_is_what_moved_the_balance_newest_first(shop):
    shop.ok("product", "add", "tenant01", "DL", "Diamond Lock", "2 DL")
    shop.ok("stock", "add", "tenant01", "DL", "one")
    shop.ok("balance", "remove", "tenant01", BUDI, 3, "--note", "too much")
    tx = shop.json("buy", "tenant01", BUDI, "DL", 1)["transaction"]["transaction_id"]
    refund = shop.json("tx", "refund", "tenant01", tx)["transaction"]["transaction_id"]
    items = history(shop)
    assert [(i["kind"], i["amount"], i["transaction_id"], i["note"] or "") for i in items] == [
        ("refund", 200, refund, ""), ("purchase", -200, tx, ""), ("adjustment", -3, None, "too much"),
        ("adjustment", 10203, None, "")]
    assert sum(i["amount"] for i in items) == balance(shop)
    assert [i["balance"] for i in items] == [10200, 10000, 10200, 10203]
    assert history(shop, BUDI, "--last", "--limit", 2) == items[2:] and history(shop, BUDI, "--around", items[2]["entry"], "--limit", 1) == items[2:3]
    assert all(RFC3339.fullmatch(i["time"]) for i in items)
    pages = [shop.json("balance", "history", "tenant01", BUDI, "--limit", 3)]
    pages.append(shop.json("balance", "history", "tenant01", BUDI, "--limit", 3, "--after", pages[0]["next"]))
    assert pages[0]["items"] + pages[1]["items"] == items and pages[1]["next"] is None
    assert shop.json("balance", "history", "tenant01", BUDI, "--count") == {"total": 4}
    assert history(shop, ANDI) == []


@pytest.mark.parametrize("words", [("top", "tenant01", "--after", "x"), ("top", "tenant01", "--limit", "x"),
                                   ("top", "tenant01", "--limit", "-1"), ("history", "tenant01", BUDI, "--after", "x"),
                                   ("history", "tenant01", BUDI, "--before", "9" * 40),
                                   ("top", "tenant01", "--last", "--after", BUDI)])
def test_wrong_pages_are_refused(shop, words):
    shop.fails(2, "malformed", "balance", *words)


@pytest.mark.parametrize("how,text", [(("csv",), f"{BUDI},Budi99,10203"), (("tsv",), f"{BUDI}\tBudi99\t10203")])
def test_other_formats(shop, how, text):
    out = shop.ok("-o", *how, "--fields", "user_id,growid,balance", "balance", "top", "tenant01").out
    assert out.splitlines()[0].split("," if how == ("csv",) else "\t") == ["user_id", "growid", "balance"]
    assert text in out.splitlines()
    lines = shop.ok("-o", "jsonl", "balance", "top", "tenant01").lines
    assert [line["items"][0]["growid"] for line in lines] == ["Budi99"]


# --- undo ---

def test_undoing_money_makes_new_entries(shop):
    audit = shop.json("balance", "add", "tenant01", ANDI, 50)["audit"]
    entries = history(shop, ANDI)
    shop.ok("undo", audit)
    after = history(shop, ANDI)
    assert [(i["kind"], i["amount"]) for i in after] == [("undo", -50), ("adjustment", 50)]
    assert after[1:] == entries and balance(shop, ANDI) == 0
    shop.ok("redo", audit)
    assert [(i["kind"], i["amount"]) for i in history(shop, ANDI)] == [("undo", 50), ("undo", -50), ("adjustment", 50)]
    assert shop.json("doctor")["ok"] is True


def test_money_that_is_gone_is_not_undone(shop):
    audit = shop.json("balance", "add", "tenant01", ANDI, 50)["audit"]
    shop.ok("balance", "remove", "tenant01", ANDI, 20)
    error = shop.fails(1, "refused", "undo", audit)
    assert "30 WL" in error["message"]
    assert balance(shop, ANDI) == 30


def test_a_registration_is_not_undone_once_money_has_moved(shop):
    audit = shop.json("register", "tenant01", RINA, "Rina33")["audit"]
    shop.ok("balance", "add", "tenant01", RINA, 5)
    shop.fails(1, "refused", "undo", audit)
    assert balance(shop, RINA) == 5


def test_an_old_name_that_another_took_is_not_given_back(shop):
    audit = shop.json("register", "tenant01", BUDI, "BudiNew")["audit"]
    shop.ok("register", "tenant01", RINA, "budi99")
    assert shop.run("undo", audit).status == 1
    assert shop.json("balance", "show", "tenant01", BUDI)["growid"] == "BudiNew"


# --- batches ---

def test_a_batch_is_all_or_nothing_only_when_asked(shop):
    lines = f"balance add tenant01 {ANDI} 5\nbalance remove tenant01 {ANDI} 50\nbalance add tenant01 {ANDI} 7\n"
    result = shop.run("--atomic", "-o", "jsonl", "-f", "-", stdin=lines)
    assert result.status == 1 and balance(shop, ANDI) == 0
    result = shop.run("-o", "jsonl", "-f", "-", stdin=lines)
    assert result.status == 1 and balance(shop, ANDI) == 5
    result = shop.run("--keep-going", "-o", "jsonl", "-f", "-", stdin=lines)
    assert result.status == 1 and balance(shop, ANDI) == 17
    assert len(result.lines) == 2 and result.error["code"] == "refused"
    assert "<stdin>:2:" in shop.run("--keep-going", "-f", "-", stdin=lines).err


def test_a_batchs_dry_run_sees_its_own_lines_and_keeps_nothing(shop):
    before = rows(shop)
    result = shop.ok("--dry-run", "-o", "jsonl", "-c", f"register tenant01 {RINA} Rina33", "-c",
                     f"balance add tenant01 {RINA} 5", "-c", f"balance remove tenant01 {RINA} 5")
    assert len(result.lines) == 3 and all(line["database"] for line in result.lines)
    assert rows(shop) == before


@pytest.mark.parametrize("words,code", [
    (("balance",), "missing_argument unknown_command"), (("balance", "give", "tenant01"), "unknown_command"),
    (("balance", "add", "tenant01", BUDI), "missing_argument"),
    (("balance", "add", "tenant01", BUDI, "1", "2"), "extra_argument"), (("balance", "add", "tenant01", BUDI, "1", "--nte", "x"), "unknown_word"),
    (("balance", "add", "tenant01", BUDI, "1", "--note"), "missing_argument"), (("register", "tenant01", BUDI), "missing_argument"),
    (("balance", "show", "tenant01", BUDI, "--limit", "5"), "unknown_word")])
def test_what_is_not_understood(shop, words, code):
    before = rows(shop)
    result = shop.run("-o", "json", *words)
    assert result.status == 2 and result.error["code"] in code.split(), repr(result)
    assert rows(shop) == before


@pytest.mark.parametrize("words,meant", [(("balanc", "show", "tenant01", BUDI), "balance"),
                                         (("balance", "hstory", "tenant01", BUDI), "history"),
                                         (("registr", "tenant01", BUDI, "X99"), "register"),
                                         (("balance", "add", "tenant01", BUDI, "1", "--nte", "x"), "--note"),
                                         (("balance", "show", "tenant1", BUDI), "tenant01")])
def test_did_you_mean(shop, words, meant):
    error = shop.run("-o", "json", *words).error
    assert re.search(rf"did you mean '([a-z]+ )?{meant}'", error["message"] + str(error["hint"])), error
