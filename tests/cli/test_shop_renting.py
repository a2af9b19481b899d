"""Rental terms and payments: what extends a term, what ends it, what a payment is."""

import datetime
import re

import pytest

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
DAY = datetime.timedelta(days=1)


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def near(text, moment):
    return abs(when(text) - moment) < datetime.timedelta(minutes=5)


def term(home):
    return home.json("rent", "tenant01")


def date(days):
    return (now() + days * DAY).date().isoformat()


# --- rent ---

def test_a_tenant_without_a_term(tenant):
    assert {k: term(tenant)[k] for k in ("tenant_id", "starts_at", "ends_at", "auto_renew")} == {
        "tenant_id": "tenant01", "starts_at": None, "ends_at": None, "auto_renew": None}
    error = tenant.fails(1, "no_such", "rent", "tenant01", "auto", "on")
    assert "rent tenant01 extend" in error["hint"]
    error = tenant.fails(2, "missing_argument", "rent", "tenant01", "extend")
    assert "rent tenant01 extend <DAYS>" in error["message"]


def test_extend_counts_from_the_later_of_now_and_the_end(tenant):
    doc = tenant.json("rent", "tenant01", "extend", 30)
    assert (doc["changed"], doc["revision"], doc["push"]["state"]) == (True, 1, "none") and doc["rent"]["auto_renew"] is False
    assert near(term(tenant)["starts_at"], now()) and near(term(tenant)["ends_at"], now() + 30 * DAY)
    assert doc["rent"]["ends_at"][:19] == term(tenant)["ends_at"][:19]
    first = when(term(tenant)["ends_at"])
    tenant.ok("rent", "tenant01", "extend", 1)
    assert abs(when(term(tenant)["ends_at"]) - first - DAY) < datetime.timedelta(seconds=1)


def test_a_term_ends_on_a_date(tenant):
    end = date(40)
    assert tenant.json("rent", "tenant01", "until", end)["changed"] is True
    assert term(tenant)["ends_at"].startswith(end + "T00:00:00")
    doc = tenant.json("rent", "tenant01", "until", end)
    assert (doc["changed"], doc["audit"]) == (False, None)
    sooner = (now() + 3 * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    tenant.ok("rent", "tenant01", "until", sooner)
    assert term(tenant)["ends_at"][:19] == sooner[:19]


@pytest.mark.parametrize("on,off", [("on", "off"), ("enable", "disable"), ("true", "false"), ("yes", "no"), ("1", "0")])
def test_renewing_by_itself(tenant, on, off):
    tenant.ok("rent", "tenant01", "extend", 30)
    end = term(tenant)["ends_at"]
    assert tenant.json("rent", "tenant01", "auto", on)["changed"] is True
    assert term(tenant)["auto_renew"] is True
    assert tenant.json("rent", "tenant01", "auto", on)["changed"] is False
    tenant.ok("rent", "tenant01", "auto", off)
    assert term(tenant)["auto_renew"] is False and term(tenant)["ends_at"] == end


@pytest.mark.parametrize("words,code", [
    (("extend", "0"), "malformed"), (("extend", "many"), "malformed"), (("extend", "1.5"), "malformed"), (("extend", "3651"), "malformed refused"),
    (("extend", "9" * 30), "malformed"), (("extend", "9" * 100_000), "malformed"), (("extend",), "missing_argument"), (("until", "2020-01-01"), "malformed"),
    (("until", "tomorrow"), "malformed"), (("until", "2026-02-30"), "malformed"), (("until", "9999-12-31"), "malformed"),
    (("until", "7d"), "malformed"), (("until", ""), "malformed"), (("auto", "maybe"), "malformed"), (("auto",), "missing_argument"),
    (("prolong", "30"), "unknown_word"), (("extend", "1", "2"), "extra_argument")])
def test_what_is_no_term(tenant, words, code):
    tenant.ok("rent", "tenant01", "extend", 30)
    before = term(tenant), tenant.json("audit", "--count")
    result = tenant.run("-o", "json", "rent", "tenant01", *words)
    assert result.status in (1, 2) and result.error["code"] in code.split(), repr(result)
    assert (result.status == 1) == (result.error["code"] == "refused")
    assert len(result.error["message"]) < 600
    assert "ago" not in (result.error["hint"] or "")
    if result.error["code"] == "malformed":
        assert result.error["field"] == "value", result.error
    assert (term(tenant), tenant.json("audit", "--count")) == before


def test_a_negative_number_of_days_is_refused(tenant):
    assert tenant.fails(2, "malformed", "rent", "tenant01", "extend", "-5")["field"] == "value"


def test_a_term_has_an_upper_end(tenant):
    tenant.ok("rent", "tenant01", "extend", 3000)
    before = term(tenant)
    result = tenant.run("-o", "json", "rent", "tenant01", "extend", 3000)
    assert result.status in (0, 1)
    if result.status:
        assert term(tenant) == before


def test_a_longer_term_brings_an_expired_tenant_back(tenant):
    tenant.ok("status", "tenant01", "expired")
    audit = tenant.json("rent", "tenant01", "extend", 30)["audit"]
    shown = tenant.json("show", "tenant01")
    assert shown["status"] == "active" and shown["revision"] == 3
    tenant.ok("undo", audit)
    assert tenant.json("show", "tenant01")["status"] == "expired" and term(tenant)["ends_at"] is None
    tenant.ok("status", "tenant01", "suspended")
    tenant.ok("rent", "tenant01", "extend", 30)
    assert tenant.json("show", "tenant01")["status"] == "suspended"


def test_a_term_is_undone_and_done_again(tenant):
    tenant.ok("rent", "tenant01", "extend", 30)
    before = term(tenant)
    audit = tenant.json("rent", "tenant01", "extend", 30)["audit"]
    after = term(tenant)
    tenant.ok("undo", audit)
    assert term(tenant) == before
    tenant.ok("redo", audit)
    assert term(tenant) == after
    tenant.ok("rent", "tenant01", "extend", 1)
    tenant.fails(1, "refused", "undo", audit)


# --- payments ---

def payments(home, *words):
    return home.json("payment", "list", "tenant01", *words)["items"]


@pytest.mark.parametrize("amount,currency,shown", [("25", "USD", ("25.00", "USD")), ("25.5", "usd", ("25.50", "USD")),
                                                   ("0.01", "IDR", ("0.01", "IDR")), ("150000", "Idr", ("150000.00", "IDR"))])
def test_a_payment_is_noted(tenant, amount, currency, shown):
    doc = tenant.json("payment", "add", "tenant01", amount, currency, "--ref", "INV-1", "--method", "bank")
    assert doc["changed"] is True and doc["revision"] == 1
    item = payments(tenant)[0]
    assert (item["amount"], item["currency"]) == shown and item["payment"] == doc["payment"]
    assert (item["reference"], item["method"], item["status"]) == ("INV-1", "bank", "completed")
    assert RFC3339.fullmatch(item["created_at"])


@pytest.mark.parametrize("status", ["pending", "completed", "failed", "cancelled", "refunded"])
def test_a_payment_has_a_status(tenant, status):
    tenant.ok("payment", "add", "tenant01", 25, "USD", "--status", status)
    assert payments(tenant)[0]["status"] == status


def test_what_became_of_a_payment_is_noted_undone_and_done_again(tenant):
    added = tenant.ok("payment", "add", "tenant01", 25, "USD", "--status", "pending")
    assert "pending" in added.out
    number = payments(tenant)[0]["payment"]
    done = tenant.json("payment", "status", "tenant01", number, "completed")
    assert (done["changed"], payments(tenant)[0]["status"]) == (True, "completed")
    line = tenant.json("audit", "tenant01", "--limit", 1)["items"][0]
    assert (line["audit"], line["command"]) == (done["audit"], f"payment status tenant01 {number} completed")
    again = tenant.json("payment", "status", "tenant01", number, "completed")
    assert (again["changed"], again["audit"]) == (False, None)
    tenant.ok("undo", done["audit"])
    assert payments(tenant)[0]["status"] == "pending"
    tenant.ok("redo", done["audit"])
    assert payments(tenant)[0]["status"] == "completed"
    assert tenant.fails(1, "no_such", "payment", "status", "tenant01", number + 1, "failed")["field"] == "n"
    assert tenant.fails(2, "unknown_word", "payment", "status", "tenant01", number, "paid")["field"] == "status"
    tenant.create("tenant02", guild=5)
    tenant.fails(1, "no_such", "payment", "status", "tenant02", number, "failed")
    assert payments(tenant)[0]["status"] == "completed"


def test_the_term_is_shown_with_the_tenant(tenant):
    assert tenant.json("show", "tenant01")["rent"] == {"starts_at": None, "ends_at": None, "auto_renew": None}
    tenant.ok("rent", "tenant01", "extend", 30)
    shown = tenant.json("show", "tenant01")["rent"]
    assert shown == {key: term(tenant)[key] for key in ("starts_at", "ends_at", "auto_renew")}
    assert shown["auto_renew"] is False and shown["ends_at"][:10] in tenant.ok("show", "tenant01").out


@pytest.mark.parametrize("words,field", [
    (("0", "USD"), "amount"), (("-5", "USD"), "amount"), (("5.001", "USD"), "amount"), (("5,00", "USD"), "amount"),
    (("1e3", "USD"), "amount"), (("", "USD"), "amount"), (("9" * 30, "USD"), "amount"), (("9" * 100_000, "USD"), "amount"),
    (("5", "US"), "currency"), (("5", "DOLLAR"), "currency"), (("5", "U$D"), "currency"), (("5", ""), "currency"),
    (("5", "x" * 100_000), "currency"), (("5", "USD", "--ref", "x" * 101), "--ref"), (("5", "USD", "--ref", "x" * 100_000), "--ref"),
    (("5", "USD", "--method", "x" * 51), "--method")])
def test_what_is_no_payment(tenant, words, field):
    error = tenant.fails(2, "malformed", "payment", "add", "tenant01", *words)
    assert error["field"] == field and len(error["message"]) < 600, error
    assert payments(tenant) == []


def test_a_status_that_is_none(tenant):
    error = tenant.fails(2, "unknown_word", "payment", "add", "tenant01", 5, "USD", "--status", "complete")
    assert "did you mean 'completed'" in error["message"] + str(error["hint"])


def test_a_reference_is_there_once_in_a_tenant(tenant):
    tenant.ok("payment", "add", "tenant01", 25, "USD", "--ref", "INV-1")
    error = tenant.fails(1, "taken", "payment", "add", "tenant01", 30, "USD", "--ref", "INV-1")
    assert error["field"] == "--ref"
    tenant.create("tenant02", guild=5)
    tenant.ok("payment", "add", "tenant02", 30, "USD", "--ref", "INV-1")
    tenant.ok("payment", "add", "tenant01", 25, "USD")
    tenant.ok("payment", "add", "tenant01", 25, "USD")
    assert len(payments(tenant)) == 3


def test_pages_of_payments(tenant):
    for n in range(1, 6):
        tenant.ok("payment", "add", "tenant01", n, "USD")
    doc = tenant.json("payment", "list", "tenant01", "--limit", 2)
    assert [i["amount"] for i in doc["items"]] == ["5.00", "4.00"] and doc["total"] == 5
    assert [i["amount"] for i in payments(tenant, "--after", doc["next"])] == ["3.00", "2.00", "1.00"]
    assert [i["amount"] for i in payments(tenant, "--limit", 2, "--last")] == ["2.00", "1.00"]
    assert tenant.json("payment", "list", "tenant01", "--count") == {"total": 5}
    tenant.fails(2, "malformed", "payment", "list", "tenant01", "--after", "x")


def test_a_payment_is_undone_and_its_reference_free(tenant):
    audit = tenant.json("payment", "add", "tenant01", 25, "USD", "--ref", "INV-1")["audit"]
    tenant.ok("undo", audit)
    assert payments(tenant) == []
    tenant.ok("redo", audit)
    assert payments(tenant)[0]["reference"] == "INV-1"
    tenant.ok("undo", audit)
    tenant.ok("payment", "add", "tenant01", 30, "USD", "--ref", "INV-1")
    assert tenant.run("redo", audit).status == 1
    assert [i["amount"] for i in payments(tenant)] == ["30.00"]


# --- all of them ---

@pytest.mark.parametrize("line", ["rent tenant01 extend 30", "payment add tenant01 25 USD"])
def test_a_dry_run_and_a_read_only_run_change_nothing(tenant, line):
    before = term(tenant), payments(tenant), tenant.json("audit", "--count")
    plan = tenant.ok("--dry-run", "-o", "json", "-c", line).json
    assert plan["database"] and plan["discord"] == []
    result = tenant.run("--readonly", "-o", "json", "-c", line)
    assert (result.status, result.error["code"]) == (3, "read_only")
    assert (term(tenant), payments(tenant), tenant.json("audit", "--count")) == before
    assert tenant.json("--readonly", "rent", "tenant01") == before[0]


@pytest.mark.parametrize("words,meant", [(("rnt", "tenant01"), "rent"), (("rent", "tenant01", "extnd", "5"), "extend"),
                                         (("payment", "lst", "tenant01"), "list"), (("rent", "tenant1"), "tenant01"),
                                         (("payment", "add", "tenant01", "5", "USD", "--rf", "x"), "--ref")])
def test_did_you_mean(tenant, words, meant):
    error = tenant.run("-o", "json", *words).error
    assert re.search(rf"did you mean '([a-z]+ )?{meant}'", error["message"] + str(error["hint"])), error
