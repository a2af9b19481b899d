"""Products and stock: names, options, documents, refusals; what is undone; contents that are shown nowhere."""

import contextlib
import datetime
import json
import os
import signal
import sqlite3
import subprocess

import pytest

from program import BIN, LIMIT, until
from terminal import Terminal

BUYER = "444444444444444001"
SECRET = "world SECRETLINE door 7"


@pytest.fixture
def shop(tenant):
    """tenant01 with the products DL (three items) and WL, and a customer with 10,000 WL."""
    tenant.ok("--quiet", "-f", "-", stdin=f"""
product add tenant01 dl "Diamond Lock" "2 DL" --category locks
product add tenant01 WL "World Lock" 3 --description "the small one"
stock add tenant01 DL one
stock add tenant01 DL two
stock add tenant01 DL three
balance add tenant01 {BUYER} "1 BGL" --growid Budi99
""")
    return tenant


def counts(home, code="DL"):
    item = home.json("stock", "count", "tenant01", code)["items"][0]
    return item["available"], item["reserved"], item["sold"]


def snapshot(home):
    """All that the shop shows, times aside."""
    def bare(value):
        if isinstance(value, dict):
            return {k: bare(v) for k, v in value.items() if k not in ("created_at", "updated_at", "registered_at")}
        return [bare(v) for v in value] if isinstance(value, list) else value
    reads = [("product", "list", "tenant01"), ("stock", "list", "tenant01"), ("stock", "count", "tenant01"),
             ("balance", "top", "tenant01"), ("rent", "tenant01"), ("payment", "list", "tenant01")]
    return [bare(home.json(*words)) for words in reads]


# --- products ---

def test_product_documents(shop):
    doc = shop.json("product", "show", "tenant01", "dl")
    assert {k: doc[k] for k in ("code", "name", "price", "category", "active", "available", "reserved", "sold",
                                "threshold")} == {"code": "DL", "name": "Diamond Lock", "price": 200,
                                                  "category": "locks", "active": True, "available": 3, "reserved": 0,
                                                  "sold": 0, "threshold": 0}
    listing = shop.json("product", "list", "tenant01")
    assert [i["code"] for i in listing["items"]] == ["DL", "WL"] and listing["total"] == 2 and listing["next"] is None
    assert shop.json("product", "list", "tenant01", "--count") == {"total": 2}
    first = shop.json("product", "list", "tenant01", "--limit", 1)
    second = shop.json("product", "list", "tenant01", "--limit", 1, "--after", first["next"])
    assert [i["code"] for i in first["items"] + second["items"]] == ["DL", "WL"] and second["next"] is None


@pytest.mark.parametrize("field,value,stored", [
    ("code", "lock", "LOCK"), ("name", "Shiny Lock", "Shiny Lock"), ("price", "1 BGL, 2 DL", 10200),
    ("price", "1.500 WL", 1500), ("category", "none", ""), ("description", "with words", "with words")])
def test_product_edit(shop, field, value, stored):
    assert shop.json("product", "edit", "tenant01", "DL", field, value)["changed"] is True
    code = stored if field == "code" else "DL"
    assert shop.json("product", "show", "tenant01", code)[field] == stored
    assert shop.json("product", "edit", "tenant01", code, field, value)["changed"] is False


@pytest.mark.parametrize("words,status,code", [
    (("add", "tenant01", "D", "X", 1), 2, "malformed"), (("add", "tenant01", "D-L", "X", 1), 2, "malformed"),
    (("add", "tenant01", "ABCDEFGHIJK", "X", 1), 2, "malformed"), (("add", "tenant01", "AB", "", 1), 2, "malformed"),
    (("add", "tenant01", "AB", "x" * 51, 1), 2, "malformed"), (("add", "tenant01", "AB", "X", 0), 2, "malformed"),
    (("add", "tenant01", "AB", "X", 1000000001), 2, "malformed"), (("add", "tenant01", "AB", "X", "cheap"), 2, "malformed"),
    (("add", "tenant01", "AB", "X", 1, "--description", "x" * 201), 2, "malformed"),
    (("add", "tenant01", "dl", "X", 1), 1, "taken"), (("edit", "tenant01", "DL", "code", "WL"), 1, "taken"),
    (("edit", "tenant01", "DL", "colour", "red"), 2, "unknown_word"), (("show", "tenant01", "NO"), 1, "no_such"),
    (("enable", "tenant01", "NO"), 1, "no_such"), (("threshold", "tenant01", "DL", "few"), 2, "malformed"),
    (("add", "tenant02", "AB", "X", 1), 1, "no_such")])
def test_product_refusals_change_nothing(shop, words, status, code):
    before = snapshot(shop)
    shop.fails(status, code, "product", *words)
    assert snapshot(shop) == before


@pytest.mark.parametrize("line", ["product show tenant01 DLL", "stock count tenant01 dll", "stock add tenant01 DLL x",
                                  f"buy tenant01 {BUYER} dll 1", "product enable tenant01 DLL"])
def test_a_mistyped_code_is_answered_with_the_near_one(shop, line):
    error = shop.fails(1, "no_such", *line.split())
    assert error["message"] == "no product 'DLL'; did you mean 'DL'?" and error["field"] == "code"
    assert "product list tenant01" in error["hint"]


def test_the_near_code_is_never_another_tenants(shop):
    shop.create("tenant02", guild=5)
    assert shop.fails(1, "no_such", "product", "show", "tenant02", "DLL")["message"] == "no product 'DLL'"


def test_codes_are_completed_in_any_capitals(shop):
    def candidates(*words):
        return [line.split("\t")[0] for line in shop.ok("complete", "--", *words).out.splitlines()]
    assert candidates("product", "show", "tenant01", "") == ["DL", "WL"]
    assert candidates("product", "show", "tenant01", "D") == ["DL"]
    assert candidates("product", "show", "tenant01", "d") == ["dl"]
    assert candidates("tx", "list", "tenant01", "--product", "w") == ["wl"]
    assert candidates("buy", "tenant01", BUYER, "x") == []


def test_a_product_with_stock_is_not_removed(shop):
    error = shop.fails(1, "refused", "--yes", "product", "remove", "tenant01", "DL")
    assert "3 items" in error["message"] and "product disable tenant01 DL" in error["hint"]
    shop.fails(1, "refused", "product", "remove", "tenant01", "WL")
    shop.ok("--yes", "product", "remove", "tenant01", "WL")
    shop.fails(1, "no_such", "product", "show", "tenant01", "WL")


@pytest.mark.parametrize("words,code,field", [(("product", "remove", "tenant01", "DL"), "refused", "code"),
                                              (("product", "remove", "tenant01", "NO"), "no_such", "code"),
                                              (("stock", "reduce", "tenant01", "DL", 4), "refused", "n"),
                                              (("stock", "reduce", "tenant01", "NO", 1), "no_such", "code"),
                                              (("stock", "reduce", "tenant01", "DL", 3), "refused", None)])
def test_nobody_is_asked_about_what_is_refused_anyway(shop, words, code, field):
    assert shop.fails(1, code, *words)["field"] == field


def test_a_product_whose_items_are_all_reserved_names_the_way_to_release_them(shop):
    for item in shop.json("stock", "list", "tenant01", "DL")["items"]:
        shop.ok("stock", "reserve", "tenant01", item["item"])
    error = shop.fails(1, "refused", "--yes", "product", "remove", "tenant01", "DL")
    assert "stock release tenant01" in error["hint"] and "reduce" not in error["hint"]


def test_a_disabled_product_is_not_sold(shop):
    shop.ok("product", "disable", "tenant01", "DL")
    assert [i["code"] for i in shop.json("product", "list", "tenant01", "--active")["items"]] == ["WL"]
    assert "not on sale" in shop.fails(1, "refused", "buy", "tenant01", BUYER, "DL", 1)["message"]


# --- stock ---

def test_stock_documents(shop):
    assert shop.json("stock", "count", "tenant01")["items"] == [
        {"code": "DL", "available": 3, "reserved": 0, "sold": 0}, {"code": "WL", "available": 0, "reserved": 0, "sold": 0}]
    listing = shop.json("stock", "list", "tenant01", "DL", "--limit", 2)
    assert len(listing["items"]) == 2 and listing["total"] == 3 and listing["next"]
    rest = shop.json("stock", "list", "tenant01", "DL", "--after", listing["next"])
    assert [i["item"] for i in listing["items"] + rest["items"]] == [1, 2, 3] and rest["next"] is None
    assert [i["item"] for i in shop.json("stock", "list", "tenant01", "--last", "--limit", 1)["items"]] == [3]
    assert shop.json("stock", "list", "tenant01", "--count") == {"total": 3}


def test_states_of_items(shop):
    shop.ok("stock", "reserve", "tenant01", 2)
    assert counts(shop) == (2, 1, 0)
    assert [i["item"] for i in shop.json("stock", "list", "tenant01", "--state", "reserved")["items"]] == [2]
    shop.fails(1, "refused", "buy", "tenant01", BUYER, "DL", 3)
    shop.ok("stock", "release", "tenant01", 2)
    assert shop.json("stock", "release", "tenant01", 2)["changed"] is False
    shop.fails(1, "refused", "stock", "reduce", "tenant01", "DL", 1)
    shop.fails(1, "refused", "--yes", "stock", "reduce", "tenant01", "DL", 4)
    assert shop.json("--yes", "stock", "reduce", "tenant01", "DL", 2)["available"] == 1
    assert [i["item"] for i in shop.json("stock", "list", "tenant01")["items"]] == [1]
    shop.ok("buy", "tenant01", BUYER, "DL", 1)
    assert "tx refund" in shop.fails(1, "refused", "stock", "release", "tenant01", 1)["hint"]
    shop.fails(1, "no_such", "stock", "reserve", "tenant01", 99)


@pytest.mark.parametrize("name,first", [("new.csv", 'world Q2, "d" 2'), ("new.CSV", 'world Q2, "d" 2'),
                                        ("new.txt", '"world Q2, ""d"" 2"')])
def test_a_quoted_line_of_a_csv_file_is_what_the_quotes_hold(shop, tmp_path, name, first):
    (tmp_path / name).write_bytes(b'\xef\xbb\xbf"world Q2, ""d"" 2"\r\na,"b"\r\nplain\r\n')
    result = shop.ok("stock", "import", "tenant01", "WL", tmp_path / name)
    assert "3 items of WL added, 0 duplicates, 0 lines rejected" in result.out
    items = [i["item"] for i in shop.json("stock", "list", "tenant01", "WL")["items"]]
    assert [shop.json("stock", "show", "tenant01", n, "--reveal")["line"] for n in items] == [first, 'a,"b"', "plain"]


def test_one_is_told_as_one(shop):
    said = shop.run("stock", "import", "tenant01", "WL", "-", stdin="new\nnew\n\x01\n")
    assert "1 item of WL added, 1 duplicate, 1 line rejected" in said.out, repr(said)
    tried = shop.ok("--dry-run", "stock", "import", "tenant01", "WL", "-", stdin="new\nother\n")
    assert "would be: 1 item of WL added, 1 duplicate, 0 lines rejected" in tried.err
    assert shop.fails(1, "refused", "buy", "tenant01", BUYER, "WL", 2)["message"] == "only 1 of 'WL' is left"
    assert "1 item in stock" in shop.fails(1, "refused", "product", "remove", "tenant01", "WL")["message"]


def test_a_line_is_there_once(shop):
    error = shop.fails(1, "taken", "stock", "add", "tenant01", "WL", "two")
    assert "two" not in error["message"].split() and error["field"] == "line"
    shop.ok("--yes", "stock", "reduce", "tenant01", "DL", 3)
    shop.ok("stock", "add", "tenant01", "WL", "two")


@pytest.mark.parametrize("line", ["", "   ", "a\tb\nc", "x" * 2001, "bell\a"])
def test_bad_lines_are_refused_without_being_shown(shop, line):
    error = shop.fails(2, "malformed", "stock", "add", "tenant01", "DL", "--", line)
    assert error["field"] == "line" and "xxx" not in error["message"]


# --- undo and redo, dry runs, read-only ---

NEXT_YEAR = datetime.date.today() + datetime.timedelta(days=365)
WRITES = ["product add tenant01 BGL 'Blue Gem Lock' 10000", "product edit tenant01 DL price 250",
          "product edit tenant01 DL code LOCK", "product remove tenant01 WL --yes", "product disable tenant01 DL",
          "product threshold tenant01 DL 5", "stock add tenant01 DL four", "stock reduce tenant01 DL 2 --yes",
          "stock reserve tenant01 1", "stock import tenant01 DL lines.txt", f"register tenant01 {BUYER} Other1",
          "register tenant01 444444444444444002 Andi77", f"balance add tenant01 {BUYER} '2 DL'",
          f"balance remove tenant01 {BUYER} 150 --note wrong", "rent tenant01 extend 30", f"rent tenant01 until {NEXT_YEAR}",
          "payment add tenant01 25.50 USD --ref INV-1"]


@pytest.fixture
def lines(shop):
    with open(f"{shop.path}/lines.txt", "w", encoding="utf-8") as f:
        f.write("five\nsix\n")
    return shop


@pytest.mark.parametrize("line", WRITES)
def test_every_undoable_write_is_undone_and_done_again(lines, line):
    before = snapshot(lines)
    doc = lines.ok("-o", "json", "-c", line).json
    assert doc["changed"] is True and doc["push"]["state"] == "none" and doc["revision"] == 1
    after = snapshot(lines)
    assert after != before
    lines.ok("--yes", "undo", doc["audit"])
    assert snapshot(lines) == before
    lines.ok("--yes", "redo", doc["audit"])
    assert snapshot(lines) == after
    assert lines.json("doctor")["ok"] is True


@pytest.mark.parametrize("line", [*WRITES, f"buy tenant01 {BUYER} DL 1"])
def test_a_dry_run_and_a_read_only_run_change_nothing(lines, line):
    before = snapshot(lines)
    plan = lines.ok("--dry-run", "-o", "json", "-c", line).json
    assert plan["database"] and plan["discord"] == [] and plan["calls"] == 0
    result = lines.run("--readonly", "-o", "json", "-c", line)
    assert (result.status, result.error["code"]) == (3, "read_only"), repr(result)
    assert snapshot(lines) == before


MIXED = b"two\nalpha\n\nalpha\nbad\x01\nbeta\n\xff\n" + b"x" * 2001 + b"\nbeta  \ngamma"


def rows_of(home):
    with contextlib.closing(sqlite3.connect(f"file:{home.db}?mode=ro", uri=True)) as db:
        return list(db.iterdump())


def test_a_dry_run_of_an_import_writes_nothing_and_tells_what_the_import_does(shop):
    words = ("stock", "import", "tenant01", "WL", "-")
    before = rows_of(shop)
    tried = shop.ok("-o", "json", "--dry-run", *words, stdin=MIXED)
    assert rows_of(shop) == before
    assert tried.json == {"database": [{"table": "stock_batches", "key": {"tenant_id": "tenant01", "product": 2},
                                        "before": None, "after": {"state": "published", "added": 3}}],
                          "calls": 0, "discord": [], "seconds": 0}
    text = shop.ok("--dry-run", *words, stdin=MIXED)
    assert "would be: 3 items of WL added, 3 duplicates, 3 lines rejected" in text.err, repr(text)
    assert rows_of(shop) == before
    done = shop.ok(*words, stdin=MIXED)
    assert "3 items of WL added, 3 duplicates, 3 lines rejected" in done.out
    named = [line for line in text.err.splitlines() if "line " in line]
    assert named == done.err.splitlines() and len(named) == 6
    again = shop.ok("-o", "json", "--dry-run", *words, stdin=MIXED).json
    assert again["database"] == []


def test_a_dry_run_of_an_import_needs_no_room_in_the_database(many):
    def limited(*words):
        return subprocess.run(["/bin/sh", "-c", 'ulimit -f 100; exec "$@"', "sh", BIN, *words, "stock", "import", "tenant01",
                               "WL", "many.txt"], env=many.env, cwd=many.path, capture_output=True, text=True)
    assert limited().returncode == 4
    tried = limited("--dry-run")
    assert tried.returncode == 0 and f"would be: {MANY} items of WL added" in tried.stderr, tried


def test_others_write_while_a_dry_run_of_an_import_waits_for_its_lines(shop):
    process = shop.popen("--dry-run", "stock", "import", "tenant01", "WL", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    process.stdin.write(b"alpha\n" * 100_000)  # more than a pipe holds: it reads
    process.stdin.flush()
    shop.ok("stock", "add", "tenant01", "DL", "alpha")
    out, err = process.communicate(b"beta\n", timeout=LIMIT)
    assert process.returncode == 0 and b"1 item of WL added, 100000 duplicates" in err, (out, err)


def test_an_import_is_no_line_of_a_dry_run_of_several(lines):
    result = lines.run("--dry-run", "-o", "jsonl", "-c", "product disable tenant01 DL", "-c",
                       "stock import tenant01 DL lines.txt")
    assert (result.status, result.error["code"]) == (2, "malformed") and "of its own" in result.error["hint"]


# --- contents are secrets ---

def files_of(home):
    for folder, _, names in os.walk(home.path):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                yield os.path.join(folder, name), f.read()


def test_contents_stand_nowhere_but_in_what_reveals_them(shop):
    shop.ok("stock", "add", "tenant01", "DL", SECRET)
    shop.ok("stock", "import", "tenant01", "WL", "-", stdin=f"{SECRET} imported\n{SECRET}\n{SECRET} \x01\n")
    reads = [("stock", "list", "tenant01"), ("stock", "show", "tenant01", 4), ("audit", "tenant01"), ("stats", "tenant01"),
             ("product", "list", "tenant01"), ("product", "show", "tenant01", "DL"), ("tx", "list", "tenant01"), ("doctor",)]
    for words in reads:
        for how in ((), ("-o", "json"), ("-o", "csv")):
            result = shop.run(*how, *words)
            assert "SECRETLINE" not in result.out + result.err, repr(result)
    dry = shop.ok("--dry-run", "-o", "json", "stock", "add", "tenant01", "DL", SECRET + " dry")
    assert "SECRETLINE" not in dry.out + dry.err
    assert [path for path, content in files_of(shop) if b"SECRETLINE" in content] == []


@pytest.mark.parametrize("line", [f'stock add tenant01 DL "{SECRET}', f'stock add tenant01 NO "{SECRET}"',
                                  f'stock ad tenant01 DL "{SECRET}"', f'stock add tenant02 DL "{SECRET}"',
                                  'stock add tenant01 DL --SECRETLINE x', 'stock add tenant01 DL x -o SECRETLINE',
                                  'stock add tenant01 DL x --wait SECRETLINE', '-oSECRETLINE stock add tenant01 DL x',
                                  f'stock add tenant01 DL "{SECRET}\x07"'])
@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_errors_of_a_file_of_lines_do_not_repeat_contents(shop, line, form):
    result = shop.run("-o", form, "-f", "-", stdin=line + "\n")
    assert result.status in (1, 2) and result.err
    assert "SECRETLINE" not in result.out + result.err, repr(result)


def test_revealing_is_one_audited_document(shop):
    shop.ok("stock", "add", "tenant01", "DL", SECRET)
    doc = shop.json("stock", "show", "tenant01", 4, "--reveal")
    assert (doc["line"], doc["code"], doc["state"], doc["changed"]) == (SECRET, "DL", "available", False)
    row = shop.json("audit", "tenant01", "--limit", 1)["items"][0]
    assert row["audit"] == doc["audit"] and row["command"] == "stock show tenant01 4 --reveal"
    assert "SECRETLINE" in shop.ok("stock", "show", "tenant01", 4, "--reveal").out
    shop.fails(3, "read_only", "--readonly", "stock", "show", "tenant01", 4, "--reveal")
    assert "SECRETLINE" not in shop.ok("--dry-run", "-o", "json", "stock", "show", "tenant01", 4, "--reveal").out
    assert "line" not in shop.json("--readonly", "stock", "show", "tenant01", 4)


def test_where_the_deployment_wants_it_contents_are_kept_plain(tenant):
    tenant.env["TENANTTUI_STOCK"] = "plain"
    tenant.ok("product", "add", "tenant01", "DL", "Lock", 1)
    tenant.ok("stock", "add", "tenant01", "DL", SECRET)
    db = sqlite3.connect(f"file:{tenant.db}?mode=ro", uri=True)
    content = db.execute("SELECT content FROM stock").fetchone()[0]
    db.close()
    assert SECRET.encode() in (content if isinstance(content, bytes) else content.encode())
    del tenant.env["TENANTTUI_STOCK"]
    assert tenant.json("stock", "show", "tenant01", 1, "--reveal")["line"] == SECRET


def test_the_shells_history_leaves_contents_out(shop):
    with Terminal([BIN, "shell"], env=shop.env, cwd=shop.path, rows=50) as t:
        t.wait("tenanttui> ")
        for text, told in ((f'stock add tenant01 DL "{SECRET}"', "item 4"), (f"stock ad tenant01 DL {SECRET}", "unknown command"),
                           (f'stock add tenant01 DL "{SECRET}', "not closed"), ("product list tenant01", "Diamond")):
            t.send(text + "\r")
            t.wait(told)
        t.send("exit\r")
        t.exit()
    kept = [(path, content) for path, content in files_of(shop) if "history" in os.path.basename(path)]
    assert kept and all(b"SECRETLINE" not in content for _, content in kept)
    assert any(b"product list tenant01" in content for _, content in kept)


# --- imports ---

def test_an_import_reports_by_line(shop):
    result = shop.run("-o", "json", "stock", "import", "tenant01", "dl", "-",
                      stdin=b"\xef\xbb\xbfalpha\r\nbeta  \nalpha\n\ntwo\nbad\x01\n\xff\xfe\n" + b"x" * 2001 + b"\nlast")
    assert result.status == 0, repr(result)
    doc = result.json
    assert (doc["added"], doc["duplicate"], doc["rejected"]) == (3, 2, 3)
    assert [line["line"] for line in doc["lines"]] == [3, 5, 6, 7, 8]
    assert counts(shop) == (6, 0, 0)
    assert shop.json("stock", "show", "tenant01", 4, "--reveal")["line"] == "alpha"
    assert shop.json("audit", "tenant01", "--limit", 1, "--command", "stock import")["items"][0]["after"]
    again = shop.json("stock", "import", "tenant01", "DL", "-", stdin="alpha\nbeta\n")
    assert (again["added"], again["duplicate"], again["changed"]) == (0, 2, False)


def test_an_import_stands_alone(lines):
    result = lines.run("--atomic", "-o", "jsonl", "-c", "product disable tenant01 DL", "-c",
                       "stock import tenant01 DL lines.txt")
    assert result.status == 2 and counts(lines) == (3, 0, 0)
    assert lines.json("product", "show", "tenant01", "DL")["active"] is True


@pytest.mark.parametrize("name,told", [("nowhere.txt", "cannot read nowhere.txt"), (".", "'.' is a directory")])
def test_a_file_that_cannot_be_read_is_named(shop, name, told):
    result = shop.run("-o", "json", "stock", "import", "tenant01", "DL", name)
    assert result.status == 1 and result.error["field"] == "file", repr(result)
    assert told in result.error["message"]
    assert counts(shop) == (3, 0, 0)


def test_an_import_with_a_sold_item_is_not_undone(lines):
    audit = lines.json("stock", "import", "tenant01", "WL", "lines.txt")["audit"]
    lines.ok("buy", "tenant01", BUYER, "WL", 1)
    lines.fails(1, "refused", "undo", audit)
    assert counts(lines, "WL") == (1, 0, 1)


MANY = 100_000


@pytest.fixture
def many(shop):
    with open(f"{shop.path}/many.txt", "w", encoding="utf-8") as f:
        f.writelines(f"item number {n:06}\n" for n in range(MANY))
    return shop


def test_progress_is_shown_at_a_terminal_only(many):
    result = many.ok("stock", "import", "tenant01", "WL", "many.txt")
    assert result.err == "" and f"{MANY} items of WL added" in result.out
    assert counts(many, "WL") == (MANY, 0, 0)


def test_an_import_that_is_killed_leaves_nothing_and_runs_again(many):
    wal = many.db + "-wal"

    def written():
        return os.path.getsize(wal) if os.path.exists(wal) else 0

    def staging(process, size):
        assert process.poll() is None, "it ended before it could be killed"
        return written() > size

    for more in (1, 1_000_000):
        size = written() + more
        process = many.popen("stock", "import", "tenant01", "WL", "many.txt")
        until("some of it is staged", lambda: staging(process, size))
        process.kill()
        process.wait(LIMIT)
        assert counts(many, "WL") == (0, 0, 0)
        assert many.json("stock", "list", "tenant01", "--count") == {"total": 3}
    doc = many.json("stock", "import", "tenant01", "WL", "many.txt")
    assert (doc["added"], doc["duplicate"], doc["rejected"]) == (MANY, 0, 0)
    assert many.json("doctor")["ok"] is True


# --- imports that are interrupted ---

@contextlib.contextmanager
def reading(shop, source, *words):
    """An import that waits for lines: of standard input, of a pipe with a name, or that has a line without end."""
    fifo = f"{shop.path}/pipe"
    os.mkfifo(fifo)
    ends = []
    process = shop.popen("-o", "json", *words, {"stdin": "-", "fifo": fifo}.get(source, source),
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def opened():
        with contextlib.suppress(OSError):
            ends.append(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        return ends

    def staging():
        with contextlib.closing(sqlite3.connect(f"file:{shop.db}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM stock_batches WHERE state = 'staging'").fetchone()[0]
    until("it reads", opened if source == "fifo" else staging)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
        for end in ends:
            os.close(end)


@pytest.mark.parametrize("number,status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("source", ["stdin", "fifo", "/dev/zero"])
def test_the_first_signal_ends_an_import_that_reads(shop, source, number, status):
    with reading(shop, source, "stock", "import", "tenant01", "WL") as process:
        process.send_signal(number)
        assert process.wait(LIMIT) == status
        (told,) = process.stderr.read().splitlines()
    error = json.loads(told)["error"]
    assert (error["code"], error["message"]) == ("interrupted", "interrupted; nothing was changed")
    assert counts(shop, "WL") == (0, 0, 0) and not [row for row in rows_of(shop) if "'staging'" in row and "INSERT" in row]
    assert shop.json("doctor")["ok"] is True


def test_an_import_that_a_signal_ended_runs_again(shop):
    many = b"".join(b"item number %d\n" % n for n in range(40_000))
    with reading(shop, "stdin", "stock", "import", "tenant01", "WL") as process:
        process.stdin.write(many)  # more than a pipe holds: most of it was read
        process.stdin.flush()
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 143
    assert counts(shop, "WL") == (0, 0, 0) and shop.json("stock", "list", "tenant01", "--count") == {"total": 3}
    doc = shop.json("stock", "import", "tenant01", "WL", "-", stdin=many)
    assert (doc["added"], doc["duplicate"]) == (40_000, 0)
