import os

import pytest

from program import until


def test_an_empty_database_says_how_to_begin(home, open_screens):
    t = open_screens(home)
    t.wait("nothing was written yet")
    t.golden("dashboard_empty")


def test_a_new_database_is_told_with_its_whole_path(home, open_screens):
    t = open_screens(home, "--db", "other.db", cols=250)
    t.wait(f"a new database was made: {home.path}/other.db")


def test_a_path_without_its_directory_makes_nothing(home, open_screens):
    t = open_screens(home, "--db", "mistyped/there/tenants.db")
    t.wait("its directory does not exist")
    assert t.exit() == 4
    assert not os.path.exists(f"{home.path}/mistyped")


def test_totals_needs_and_what_was_done(rental, open_screens):
    t = open_screens(rental)
    t.wait("4 total")
    t.golden("dashboard")


@pytest.mark.parametrize("rows,cols", [(5, 20), (10, 40), (100, 300), (16, 100)])
def test_every_size_shows_the_most_important_first(rental, open_screens, rows, cols):
    t = open_screens(rental, rows=rows, cols=cols)
    t.golden(f"dashboard_{cols}x{rows}")


def test_below_the_smallest_size_there_is_one_line(rental, open_screens):
    t = open_screens(rental, rows=4, cols=19)
    t.wait("at least 20x5")
    assert t.rows() == ["at least 20x5", "", "", ""]
    t.resize(24, 80)
    t.wait("4 total")


def test_help_says_what_its_words_and_numbers_mean(rental, open_screens):
    t = open_screens(rental, rows=50)
    t.wait("invalid 0 of 10,000")
    t.key("?")
    t.wait("words and numbers")
    t.wait("this machine's address, of all bots together; at 10,000 it is")
    until("all of it is drawn", lambda: "…" not in "".join(t.rows()[4:16]))


def test_a_row_is_chosen_and_opened(rental, open_screens):
    t = open_screens(rental)
    t.wait("status suspended")
    t.key("down", "down", "enter")
    t.wait("FEATURES")
    t.wait("kedai_sari  Kedai Sari GT")
    t.key("esc")
    t.wait("4 total")


def test_what_others_write_appears_by_itself(rental, open_screens):
    t = open_screens(rental)
    t.wait("4 total")
    rental.ok("create", 423456789012345678, 987654321098765405, "Late", "--id", "late_one")
    t.wait("5 total")
    t.wait("late_one")


def test_readonly_is_shown_and_no_key_writes(rental, open_screens):
    t = open_screens(rental, "--readonly")
    t.wait("read-only")
    t.key("2")
    t.wait("kedai_budi")
    t.golden("tenants_readonly")
    t.key("x")
    t.wait("nothing can be changed here")
    assert rental.json("show", "gt_raja")["status"] == "suspended"
