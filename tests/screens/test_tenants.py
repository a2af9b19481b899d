import sqlite3

import pytest


def tenants(home, open_screens, **how):
    t = open_screens(home, **how)
    t.wait("total")
    t.key("2")
    t.wait("of 4")
    return t


def test_the_list(rental, open_screens):
    tenants(rental, open_screens).golden("tenants")


def test_the_list_on_a_small_terminal_keeps_the_first_columns(rental, open_screens):
    t = open_screens(rental, rows=10, cols=40)
    t.wait("Tenants")
    t.key("2")
    t.golden("tenants_40x10")


def test_a_filter_follows_each_key(rental, open_screens):
    t = tenants(rental, open_screens)
    t.key("/")
    t.type("kedai")
    t.wait("of 2")
    t.golden("tenants_filter")
    t.type(" plan:ent")
    t.wait("1 of 1")
    t.key("enter")
    t.golden("tenants_filtered")
    t.key("esc")
    t.wait("1 of 4")


def test_a_filter_is_completed_by_tab(rental, open_screens):
    t = tenants(rental, open_screens)
    t.key("/")
    t.type("st")
    t.key("tab")
    t.wait("/status:")
    t.type("su")
    t.key("tab")
    t.wait("/status:suspended ")
    t.wait("1 of 1")
    t.wait("gt_raja")


def test_a_filter_that_fits_nothing_says_so(rental, open_screens):
    t = tenants(rental, open_screens)
    t.key("/")
    t.type("nobody")
    t.wait("nothing matches; Esc clears the filter")
    t.key("esc")
    t.wait("1 of 4")


@pytest.mark.parametrize("word,told", [
    ("plan:gold", "unknown plan 'gold'"), ("status:gone", "unknown status 'gone'"),
    ("feature:a", "more than one feature begins with 'a'")])
def test_a_filter_with_an_unknown_value_shows_no_tenant(rental, open_screens, word, told):
    t = tenants(rental, open_screens)
    t.key("/")
    t.type(word)
    t.wait(told)
    t.key("enter")
    t.wait("Filter")
    t.wait(told)
    t.gone("kedai_sari")
    t.key("space", "x")  # on nothing
    rental.ok("rename", "gt_raja", "Later")  # nor does a refresh bring them
    t.wait(told)
    t.gone("gt_raja")
    assert rental.json("show", "kedai_budi")["status"] == "maintenance"
    t.key("esc")
    t.wait("1 of 4")


def test_sort_goes_through_the_columns_and_turns_around(rental, open_screens):
    t = tenants(rental, open_screens)
    t.key("s", "s")
    t.wait("NAME ▲")
    t.golden("tenants_by_name")
    t.key("S")
    t.wait("NAME ▼")
    t.wait("▶ tenant01")


def test_one_key_on_several_marked_shows_first_what_it_would_do(rental, open_screens):
    t = tenants(rental, open_screens)
    t.key("down", "space", "space")
    t.wait("2 ◆")
    t.key("M")
    t.wait("y does it")
    t.golden("preview_marked")
    assert rental.json("show", "kedai_sari")["status"] == "active"
    t.key("enter")  # the default is the harmless answer
    t.gone("y does it")
    assert rental.json("show", "kedai_sari")["status"] == "active"
    t.key("M")
    t.wait("y does it")
    t.key("y")
    t.wait("2 of 2 done")
    assert rental.json("show", "kedai_sari")["status"] == "maintenance"
    t.key("esc")
    t.gone("◆")


def test_a_form_for_several_marked_asks_once(rental, open_screens):
    t = tenants(rental, open_screens)
    t.key("space", "space")
    t.key("p")
    t.wait("2: gt_raja ...")
    t.wait("plan gt_raja premium")  # the present one
    t.key("right")
    t.wait("ready")
    t.golden("form_marked")
    t.key("enter")
    t.wait("y does it")
    t.key("y")
    t.wait("2 of 2 done")
    assert {rental.json("show", i)["plan"] for i in ("gt_raja", "kedai_budi")} == {"enterprise"}


def test_a_form_is_checked_while_typing_and_blames_only_what_was_reached(rental, open_screens):
    t = tenants(rental, open_screens)
    t.key("n")
    t.wait("the renter's Discord user id")
    t.golden("form_create")
    t.type("12a")
    t.wait("12a")
    t.wait("discord_id")
    t.golden("form_create_wrong")
    t.key("backspace", "enter")
    t.type("987654321098765409")
    t.key("enter")
    t.type("It's new")
    t.key("enter")
    t.key("right", "right")  # before the candidates are there, perhaps
    t.wait("ready")
    t.golden("form_create_choice")
    t.key("enter")
    t.type("newone")
    t.wait("ready")
    t.key("enter")
    t.wait("newone created (It's new, plan premium): saved; nothing to push to (no token)")
    t.wait("12 has fewer than 17 digits: is it a Discord id?")
    t.key("esc")
    t.wait("of 5")
    shown = rental.json("show", "newone")
    assert (shown["name"], shown["plan"], shown["discord_id"]) == ("It's new", "premium", "12")


def test_a_needed_field_that_was_passed_over_is_named(rental, open_screens):
    t = tenants(rental, open_screens)
    t.key("n")
    t.wait("the renter's Discord user id")
    assert "needed" not in t.rows()[-6]
    t.key("down")
    t.wait("discord_id is needed")


def test_what_is_taken_is_told_before_it_runs(rental, open_screens):
    t = tenants(rental, open_screens)
    t.key("n")
    t.wait("the renter's Discord user id")
    t.type("12")
    t.key("enter")
    t.type("987654321098765401")
    t.key("enter")
    t.type("Twice")
    t.wait("belongs to another tenant")
    t.golden("form_taken")
    t.key("enter", "enter", "enter")
    t.wait("make a tenant")
    assert rental.json("list", "--count")["total"] == 4


def test_deleting_asks_for_the_name_and_does_nothing_by_default(rental, open_screens):
    t = tenants(rental, open_screens)
    t.key("D")
    t.wait("type Raja World Lock")
    t.golden("confirm_delete")
    t.key("enter")
    t.wait("not confirmed")
    t.key("D")
    t.wait("type Raja World Lock")
    t.type("Raja")
    t.key("enter")
    t.wait("that is something else")
    t.key("ctrl-u")
    t.type("Raja World Lock")
    t.key("enter")
    t.wait("of 3")
    assert rental.json("list", "--count")["total"] == 3


def test_rows_are_loaded_as_the_cursor_nears_them(home, open_screens):
    home.ok("--atomic", "--no-push", "-f", "-", stdin="".join(
        f"create {100000000000000000 + i} {900000000000000000 + i} 'Store {i}' --id t{i:04d}\n" for i in range(700)))
    t = open_screens(home)
    t.wait("700 total")
    t.key("2")
    t.wait("1 of 700")
    t.key("end")
    t.wait("700 of 700")
    t.wait("▶ t0699")
    for page in range(30):
        t.key("pgup")
        at = 700 - 19 * (page + 1)
        t.wait(f"▶ t{at - 1:04d}")
    t.key("home")
    t.wait("▶ t0000")
    for page in range(30):
        t.key("pgdn")
        t.wait(f"▶ t{19 * (page + 1):04d}")
    # Others' writes above and below leave the cursor on its row.
    home.ok("create", 1, 2, "First", "--id", "a000")
    t.wait("of 701")
    t.wait("▶ t0570")


def test_two_consoles_see_each_other(rental, open_screens):
    one = tenants(rental, open_screens)
    two = tenants(rental, open_screens)
    one.key("down", "down", "r")
    one.wait("nothing to push to (no token)")
    one.key("up", "a")
    one.wait("y does it")
    one.key("y")
    two.wait("kedai_budi         Kedai Budi       active")


def test_q_closes_the_help_and_leaves_a_screen(rental, open_screens):
    t = open_screens(rental)
    t.wait("4 total")
    t.key("2")
    t.wait("kedai_budi")
    t.key("?")
    t.wait("on tenants")
    t.key("q")
    t.gone("on tenants")
    t.wait("kedai_budi")
    t.key("q")
    assert t.exit() == 0


def test_a_key_that_does_nothing_says_so_until_another_screen(rental, open_screens):
    t = open_screens(rental)
    t.wait("4 total")
    t.key("Z")
    t.wait("Z does nothing here; ? lists the keys")
    t.key("2")
    t.wait("kedai_budi")
    t.gone("does nothing here")


def test_a_channel_is_made_on_discord_only_after_a_look(rental, open_screens):
    t = open_screens(rental)
    t.wait("4 total")
    t.key("2")
    t.wait("tenant01")
    t.key("end", "enter")
    t.wait("FEATURES")
    t.key("right")
    t.wait("CHANNELS")
    t.key("c")
    t.wait("has no working token")
    t.wait("Enter and Esc go back")
    t.gone("Do it")  # nothing is left to be done
    t.key("esc")
    t.gone("Enter and Esc go back")


@pytest.fixture
def many(home):
    """21,000 tenants: more than a search counts before it shows its first rows."""
    home.create("t00000", 900000000000000000)
    db = sqlite3.connect(home.db)
    columns = [row[1] for row in db.execute("PRAGMA table_info(tenants)")]
    chosen = {"tenant_id": "printf('t%05d', i)", "name": "'Store ' || i", "guild_id": "guild_id + i"}
    db.execute("INSERT INTO tenants WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20999)"
               f" SELECT {', '.join(chosen.get(c, c) for c in columns)} FROM n, tenants WHERE tenant_id = 't00000'")
    db.commit()
    db.close()
    return home


def test_the_first_rows_of_a_filter_do_not_wait_for_their_number(many, open_screens):
    t = open_screens(many)
    t.wait("21,000 total")
    t.key("2")
    t.wait("1 of 21,000")
    t.key("/")
    t.type("store 1")
    t.wait("1 of 11,111")  # when nobody types any more
    assert b"120 and more" in t.raw()  # that stood there before, perhaps for a moment only
    t.key("enter", "end")
    t.wait("the last one")
    t.wait("▶ t19999")
    t.key("pgup")
    t.wait("19 from the end")
    t.key("home")
    t.wait("▶ t00001")
