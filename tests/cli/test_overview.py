"""What the operator sees of all shops: `summary` and `list --shop`."""

import sqlite3

import pytest

BUDI = 333333333333333333


@pytest.fixture
def shop(home):
    home.create("tenant01", 987654321098765401)
    home.create("tenant02", 987654321098765402)
    home.ok("--quiet", "-f", "-", stdin=f"""
        product add tenant01 DL 'Diamond Lock' 100
        product threshold tenant01 DL 2
        register tenant01 {BUDI} BudiGT
        balance add tenant01 {BUDI} 1000
    """)
    home.ok("stock", "import", "tenant01", "DL", "-", stdin="one\ntwo\nthree\nfour\n")
    return home


def needs_of(home, tenant):
    return [need["what"] for need in home.json("summary")["needs"] if need["tenant_id"] == tenant]


def test_low_stock_needs_somebody_until_there_is_more(shop):
    assert not any("low" in what for what in needs_of(shop, "tenant01"))
    shop.ok("buy", "tenant01", BUDI, "DL", 2)
    assert "low: DL 2 left" in needs_of(shop, "tenant01")
    shop.ok("stock", "add", "tenant01", "DL", "five")
    assert not any("low" in what for what in needs_of(shop, "tenant01"))
    shop.ok("undo")
    assert "low: DL 2 left" in needs_of(shop, "tenant01")
    shop.ok("product", "threshold", "tenant01", "DL", 0)
    assert not any("low" in what for what in needs_of(shop, "tenant01"))
    shop.ok("undo")
    assert "low: DL 2 left" in needs_of(shop, "tenant01")


def test_a_rent_that_ends_soon_needs_somebody_unless_it_renews_itself(shop):
    shop.ok("rent", "tenant01", "extend", 5)
    shop.ok("rent", "tenant02", "extend", 30)
    assert "rent ends in 4 d" in needs_of(shop, "tenant01")
    assert not any("rent" in what for what in needs_of(shop, "tenant02"))
    shop.ok("rent", "tenant01", "auto", "on")
    assert not any("rent" in what for what in needs_of(shop, "tenant01"))


def test_a_term_that_ended_needs_somebody_until_there_is_a_new_one(shop):
    shop.ok("rent", "tenant01", "extend", 5)
    with sqlite3.connect(shop.db) as db:
        ends = db.execute("UPDATE rents SET ends_at = ends_at - 6 * 86400000 RETURNING ends_at").fetchone()[0]
        day = db.execute("SELECT date(? / 1000, 'unixepoch')", (ends,)).fetchone()[0]
    assert f"rent ended {day}" in needs_of(shop, "tenant01")
    shop.ok("status", "tenant01", "expired", "--no-push")
    assert f"rent ended {day}" in needs_of(shop, "tenant01")
    shop.ok("rent", "tenant01", "extend", 30, "--no-push")
    assert not any("rent" in what for what in needs_of(shop, "tenant01"))


def test_goods_that_did_not_arrive_need_somebody_and_are_listed(shop):
    ids = [shop.json("buy", "tenant01", BUDI, "DL", 1)["transaction"]["transaction_id"] for _ in range(3)]
    assert not any("arrive" in what for what in needs_of(shop, "tenant01"))
    numbers = {}
    with sqlite3.connect(shop.db) as db:
        numbers = [n for n, in db.execute("SELECT tx FROM transactions ORDER BY tx")]
        for tx, state in zip(numbers, ("closed", "failed", "closed")):
            db.execute("UPDATE transactions SET delivery = ? WHERE tx = ?", (state, tx))
    needs = needs_of(shop, "tenant01")
    assert "2 deliveries did not arrive: tx list tenant01 --delivery closed" in needs
    assert "1 delivery did not arrive: tx list tenant01 --delivery failed" in needs

    def listed(*words):
        return [t["transaction_id"] for t in shop.json("tx", "list", "tenant01", *words)["items"]]
    assert listed("--delivery", "closed") == [ids[2], ids[0]] and listed("--delivery", "failed", "--product", "DL") == [ids[1]]
    assert listed("--delivery", "closed", "--limit", 1, "--after", ids[2]) == [ids[0]] and listed("--delivery", "pending") == []
    assert shop.json("tx", "list", "tenant01", "--delivery", "closed", "--count") == {"total": 2}
    assert f"takes no direct messages; once that is mended: stock redeliver tenant01 {ids[0]}" \
        in shop.ok("tx", "show", "tenant01", ids[0]).err
    with sqlite3.connect(shop.db) as db:
        db.execute("UPDATE deliveries SET state = 'failed', reason = 'no such user' WHERE kind = 'goods' AND tx = ?", (numbers[1],))
    assert f"did not arrive: no such user; `stock redeliver tenant01 {ids[1]}` tries again" \
        in shop.ok("tx", "show", "tenant01", ids[1]).err
    assert shop.fails(2, "unknown_word", "tx", "list", "tenant01", "--delivery", "lost")["field"] == "--delivery"
    shop.ok("tx", "refund", "tenant01", ids[1], "--yes")
    with sqlite3.connect(shop.db) as db:
        db.execute("DELETE FROM deliveries WHERE kind = 'goods'")
    shop.ok("stock", "redeliver", "tenant01", ids[0])
    assert [what for what in needs_of(shop, "tenant01") if "arrive" in what] == \
        ["1 delivery did not arrive: tx list tenant01 --delivery closed"]


def test_todays_sales_are_summed_over_all_tenants(shop):
    before = shop.json("summary")["sales"]
    assert (before["sales"], before["total"], len(before["hours"]), before["change_percent"]) == (0, 0, 24, None)
    shop.ok("buy", "tenant01", BUDI, "DL", 3)
    sales = shop.json("summary")["sales"]
    assert (sales["sales"], sales["total"]) == (1, 300)
    assert sum(hour for hour in sales["hours"] if hour is not None) == 300


def test_the_summary_says_of_todays_sales_what_there_is(shop):
    shop.ok("buy", "tenant01", BUDI, "DL", 3)
    words = [line.split() for line in shop.ok("summary").out.splitlines()]
    assert ["total", "300", "WL"] in words and ["only", "-"] in words and ["change_percent", "-"] in words
    assert "unset" not in sum(words, []) and not any(line[0] == "hours" and line[-1] == "-" for line in words if line)


def test_the_list_tells_of_shops_only_when_asked(shop):
    shop.ok("buy", "tenant01", BUDI, "DL", 3)
    assert "stock" not in shop.json("list")["items"][0]
    one, two = shop.json("list", "--shop")["items"]
    assert (one["stock"], one["low_stock"], one["sales_7d"], one["total_7d"]) == (1, 1, 1, 300)
    assert (two["stock"], two["low_stock"], two["sales_7d"], two["total_7d"]) == (0, 0, 0, 0)


def test_as_many_lines_of_numbers_as_asked_for(shop):
    shop.ok("product", "add", "tenant01", "BGL", "Blue Gem Lock", 1)
    shop.ok("stock", "add", "tenant01", "BGL", "a gem")
    shop.ok("buy", "tenant01", BUDI, "BGL", 1)
    shop.ok("buy", "tenant01", BUDI, "DL", 3)
    items = shop.json("stats", "tenant01", "--by", "product", "--limit", 1)["items"]
    assert [item["code"] for item in items] == ["DL"]  # the largest
