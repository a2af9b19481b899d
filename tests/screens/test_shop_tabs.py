"""The tabs of a tenant's shop, and what the dashboard and the list say of shops."""

import pytest

BUDI, SARI = 333333333333333333, 333333333333333334
SECRET = "world WHISPER door 7"


@pytest.fixture
def shop(rental):
    """Two products that run low, customers, sales with a refund; rents of which one ends soon."""
    lines = f"""
        product add tenant01 DL 'Diamond Lock' 100 --category locks --description 'One diamond lock, in a world'
        product add tenant01 BGL 'Blue Gem Lock' 10000 --category locks
        product add tenant01 RAYMAN 'Rayman Fist' 25
        product disable tenant01 RAYMAN
        product threshold tenant01 DL 10
        product threshold tenant01 BGL 10
        stock add tenant01 BGL '{SECRET}'
        register tenant01 {BUDI} BudiGT
        register tenant01 {SARI} Sari
        balance add tenant01 {BUDI} '3 BGL'
        balance add tenant01 {SARI} '15 DL' --note 'paid in world ABC'
        rent tenant01 extend 5
        rent kedai_sari extend 30
        rent kedai_sari auto on
    """
    rental.ok("--quiet", "-f", "-", stdin=lines)
    rental.ok("stock", "import", "tenant01", "DL", "-", stdin="".join(f"lock {n}\n" for n in range(12)))
    rental.ok("buy", "tenant01", BUDI, "DL", 3)
    sold = rental.json("buy", "tenant01", SARI, "DL", 2)["transaction"]["transaction_id"]
    rental.ok("--yes", "tx", "refund", "tenant01", sold)
    return rental


TABS = ["products", "stock", "customers", "transactions", "deposits", "numbers"]


def open_tab(t, tab):
    """From the dashboard to a tab of tenant01."""
    t.wait("4 total")
    t.key(":")
    t.type("show tenant01")
    t.key("enter")
    t.wait("FEATURES")
    for key in ["right"] * (4 + TABS.index(tab) + 1):
        t.key(key)
    t.wait(tab.upper())


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_the_shop(shop, open_screens, tab):
    t = open_screens(shop)
    open_tab(t, tab)
    t.golden(f"shop_{tab}")
    t.resize(10, 40)
    t.golden(f"shop_{tab}_40x10")
    t.resize(100, 300)
    t.golden(f"shop_{tab}_300x100")
    assert "WHISPER" not in t.text() and b"WHISPER" not in t.raw()


def test_the_list_tells_stock_and_sales(shop, open_screens):
    t = open_screens(shop)
    t.wait("4 total")
    t.key("2")
    t.wait("1 of 4")
    t.golden("shop_tenants")


@pytest.mark.parametrize("rows,cols", [(24, 80), (10, 40), (100, 300)])
def test_the_dashboard_tells_sales_low_stock_and_rents_that_end(shop, open_screens, rows, cols):
    t = open_screens(shop, rows=rows, cols=cols)
    t.wait("rent ends in 4 d")
    t.golden(f"shop_dashboard_{cols}x{rows}")


def test_without_utf8_bars_and_signs_are_ascii(shop, open_screens):
    t = open_screens(shop, env={"LC_ALL": "C"}, term="screen-256color")
    t.wait("rent ends in 4 d")
    t.golden("shop_dashboard_ascii")
    open_tab(t, "products")
    t.golden("shop_products_ascii")
    for key in ["right"] * 5:
        t.key(key)
    t.wait("NUMBERS")
    t.golden("shop_numbers_ascii")
    assert all(ord(c) < 128 for c in t.text())


def test_for_a_screen_reader_low_stock_and_sales_are_words(shop, open_screens):
    t = open_screens(shop, "--accessible")
    t.wait("Sales today  300 WL")
    t.key("2")
    t.wait("8 low")
    t.key("end", "enter")
    t.wait("FEATURES")
    for key in ["right"] * 10:
        t.key(key)
    t.wait("NUMBERS")
    t.golden("shop_numbers_accessible")


def test_the_overview_says_until_when_it_is_rented(shop, open_screens):
    t = open_screens(shop)
    t.wait("4 total")
    t.key(":")
    t.type("show tenant01")
    t.key("enter")
    t.wait("FEATURES")
    t.key("left")
    t.wait("OVERVIEW")
    t.wait("rent            until")
    t.golden("shop_overview")
    t.key("R")
    t.wait("rent tenant01 extend 30")
    t.key("enter")
    t.wait("34 days")
    t.wait("is rented until")


def test_a_product_is_taken_from_sale_and_says_how_to_repeat_it(shop, open_screens):
    t = open_screens(shop)
    open_tab(t, "products")
    t.wait("▶ [x] BGL")
    t.key("space")
    t.wait("▶ [ ] BGL")
    t.wait("product disable tenant01 BGL")
    assert shop.json("product", "show", "tenant01", "BGL")["active"] is False


def test_products_are_found_by_a_part_of_their_name(shop, open_screens):
    t = open_screens(shop)
    open_tab(t, "products")
    t.wait("1 of 3")
    t.key("/")
    t.type("fist")
    t.wait("1 of 1")
    t.key("enter")
    t.wait("▶ [ ] RAYMAN")
    t.golden("shop_products_filtered")
    t.key("esc")
    t.wait("1 of 3")


def test_a_content_is_shown_only_where_it_was_asked_for_and_noted(shop, open_screens):
    t = open_screens(shop)
    open_tab(t, "stock")
    t.wait("1 of 13")
    rows = shop.json("stock", "list", "tenant01")["items"]
    at, item = next((n, row["item"]) for n, row in enumerate(rows) if row["code"] == "BGL")
    for _ in range(at):
        t.key("down")
    t.wait(f"{at + 1} of 13")
    t.key("enter")
    t.wait("transaction_id")
    assert "WHISPER" not in t.text()
    t.key("esc", "v")
    t.wait(f":stock show tenant01 {item} --reveal")
    assert "WHISPER" not in t.text()
    t.key("enter")
    t.wait(SECRET)
    t.wait("was revealed")
    newest = shop.json("audit", "tenant01", "--limit", 1)["items"][0]
    assert newest["command"] == f"stock show tenant01 {item} --reveal" and "WHISPER" not in str(newest)


def test_an_import_takes_a_file_and_never_the_keys(shop, open_screens, tmp_path):
    lines = tmp_path / "lines.txt"
    lines.write_text("gem 1\ngem 2\ngem 1\n")
    t = open_screens(shop)
    open_tab(t, "products")
    t.wait("▶ [x] BGL")
    t.key("i")
    t.wait("stock import tenant01 BGL")
    t.type(str(lines))
    t.wait("ready")
    t.key("enter")
    t.wait("2 items of BGL added")
    t.key(":")
    t.type("stock import tenant01 BGL -")
    t.key("enter")
    t.wait("belongs to the screens: name a file")


def test_an_item_is_reserved_and_released(shop, open_screens):
    t = open_screens(shop)
    open_tab(t, "stock")
    t.wait("available")
    t.key("r")
    t.wait("reserved")
    t.wait("stock reserve tenant01")
    assert sum(row["reserved"] for row in shop.json("stock", "count", "tenant01")["items"]) == 1


def test_a_balance_is_raised_in_a_form_and_told_in_the_history(shop, open_screens):
    t = open_screens(shop)
    open_tab(t, "customers")
    t.wait("▶ BudiGT")
    t.key("+")
    t.wait(f"balance add tenant01 {BUDI}")
    t.type("1 DL")
    t.wait("ready")
    t.key("enter", "enter", "enter")
    t.wait("29,800")
    assert shop.json("balance", "show", "tenant01", BUDI)["balance"] == 29800
    t.key("enter")
    t.wait("adjustment")
    t.golden("shop_history")


def test_a_refund_is_previewed_and_given(shop, open_screens):
    t = open_screens(shop)
    open_tab(t, "transactions")
    t.wait("1 of 3")
    t.key("end", "R")
    t.wait("y does it")
    t.key("y")
    t.wait("given back")
    t.wait("4 of 4")
    assert shop.json("balance", "show", "tenant01", BUDI)["balance"] == 30000


def test_numbers_are_told_by_hour_product_and_customer(shop, open_screens):
    t = open_screens(shop)
    open_tab(t, "numbers")
    t.wait("DAY")
    for key, heading, name in (("h", "HOUR", ":00"), ("p", "PRODUCT", "DL"), ("c", "CUSTOMER", "BudiGT")):
        t.key(key)
        t.wait(heading)
        t.wait(name)
    t.golden("shop_buyers")


def test_readonly_looks_at_a_shop_and_changes_nothing(shop, open_screens):
    t = open_screens(shop, "--readonly")
    open_tab(t, "stock")
    t.wait("available")
    t.key("enter")
    t.wait("transaction_id")
    t.key("esc", "r")
    t.wait("nothing can be changed here")
