"""The tabs of a tenant's shop, and what the dashboard and the list say of shops."""

import sqlite3

import pytest

from program import until

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


def test_a_form_complains_of_a_value_when_its_field_is_left(shop, open_screens):
    t = open_screens(shop)
    open_tab(t, "products")
    t.wait("1 of 3")
    t.key("n")
    t.wait("product add tenant01")
    t.type("no-code")
    t.key("enter")
    t.wait("bad code 'no-code'; expected 2 to 10 of A-Z, 0-9 and _")
    t.golden("form_product_code")
    t.type("Some Name")
    t.key("enter")
    t.type("5")
    t.key("enter", "enter")
    t.wait("│ up to 200 characters")  # what helps with the last field
    t.key("enter")
    t.wait("│ 2 to 10 of A-Z")  # the cursor went to what is wrong
    t.key("ctrl-u")
    t.type("SEED")
    t.wait("ready")
    for _ in range(5):
        t.key("enter")
    t.wait("product SEED added")
    assert shop.json("product", "show", "tenant01", "SEED")["name"] == "Some Name"


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


def test_stock_is_narrowed_to_a_product_and_a_state(shop, open_screens):
    t = open_screens(shop)
    open_tab(t, "stock")
    t.wait("1 of 13")
    t.key("/")
    t.wait("a product's code")
    t.type("bgl")
    t.wait("1 of 1")
    t.key("ctrl-u")
    t.type("dl state:sold")
    t.wait("1 of 5")
    t.key("enter", "esc")
    t.wait("1 of 13")


def test_a_customer_is_found_by_the_growid(shop, open_screens):
    t = open_screens(shop)
    open_tab(t, "customers")
    t.wait("1 of 2")
    t.key("/")
    t.type("sA")
    t.wait("1 of 1")
    t.key("enter")
    t.wait("▶ Sari")
    t.gone("BudiGT")
    t.key("esc")
    t.wait("1 of 2")


def test_transactions_are_narrowed_to_a_buyer_and_a_product(shop, open_screens):
    t = open_screens(shop)
    open_tab(t, "transactions")
    t.wait("1 of 3")
    t.key("/")
    t.type("budi")
    t.wait("no customer")  # nothing is listed meanwhile, and no key acts on a row
    t.gone("refunded")
    t.type("gt")
    t.wait("1 of 1")
    t.key("ctrl-u")
    t.type("sari product:DL")
    t.wait("1 of 2")
    t.golden("shop_transactions_filtered")
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
    t.key("esc", ":")
    t.type("stock import tenant01 BGL -")
    t.key("enter")
    t.wait("belongs to the screens: name a file")


@pytest.mark.parametrize("line,heading,hidden", [
    ("tx list tenant01", "TRANSACTION", "transaction_id"), ("product list tenant01", "LOW AT", "created_at"),
    ("stats tenant01 --by product", "SALES", "quantity"), ("deposits tenant01", "GROWID", "message_id"),
    ("tx list tenant01 --fields code,total", "CODE", "USER")])
def test_a_typed_read_is_the_table_of_the_command_line(shop, open_screens, line, heading, hidden):
    t = open_screens(shop, cols=120)
    t.wait("4 total")
    t.key(":")
    t.type(line)
    t.key("enter")
    t.wait(heading)
    told = [row.split() for row in shop.run(*line.split()).out.splitlines()]
    until("the same rows", lambda: [row.split() for row in t.rows()[1:1 + len(told)]] == told)
    assert hidden not in t.text() and ".000Z" not in t.text()


def test_a_typed_table_fits_the_width(shop, open_screens):
    t = open_screens(shop)
    t.wait("4 total")
    t.key(":")
    t.type("product list tenant01")
    t.key("enter")
    t.wait("RAYMAN")
    t.golden("answer_products")


def test_lines_that_an_import_leaves_out_are_listed(shop, open_screens, tmp_path):
    lines = tmp_path / "lines.txt"
    lines.write_text("gem 1\n" * 30 + "x" * 2001 + "\ngem 2\n")
    t = open_screens(shop)
    t.wait("4 total")
    t.key(":")
    t.type(f"stock import tenant01 BGL {lines}")
    t.key("enter")
    t.wait("2 items of BGL added")
    t.wait("line 2 ")
    t.key("end")
    t.wait("line 31 ")
    t.key("esc")
    t.wait("4 total")


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


def test_the_buyer_is_seen_in_a_terminal_of_80_columns(shop, open_screens):
    t = open_screens(shop)
    open_tab(t, "transactions")
    t.wait("BUYER")
    t.wait(str(BUDI))
    t.wait(str(SARI))


def test_enter_shows_a_deposit_whole(shop, open_screens):
    reason = "no customer has the GrowID 'Nobody'; register or balance add gives the money to somebody"
    db = sqlite3.connect(shop.db)
    db.execute("INSERT INTO deposits VALUES (1, 'tenant01', 5, 'Nobody', 0, 300, 'refused', ?, 1760000000000)", (reason,))
    db.commit()
    db.close()
    t = open_screens(shop, cols=120)
    open_tab(t, "deposits")
    t.wait("Nobody")
    t.key("enter")
    t.wait(reason)
    t.wait("message_id")
    t.key("esc")
    t.wait("DEPOSITS")


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
