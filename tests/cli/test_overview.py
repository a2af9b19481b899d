"""What the operator sees of all shops: `summary` and `list --shop`."""

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


def test_todays_sales_are_summed_over_all_tenants(shop):
    before = shop.json("summary")["sales"]
    assert (before["sales"], before["total"], len(before["hours"]), before["change_percent"]) == (0, 0, 24, None)
    shop.ok("buy", "tenant01", BUDI, "DL", 3)
    sales = shop.json("summary")["sales"]
    assert (sales["sales"], sales["total"]) == (1, 300)
    assert sum(hour for hour in sales["hours"] if hour is not None) == 300


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
