import pytest


@pytest.fixture
def prompt(rental, open_screens):
    t = open_screens(rental)
    t.wait("4 total")
    t.key(":")
    return t


def test_tab_completes_as_far_as_it_is_clear_and_then_goes_through_the_candidates(prompt):
    prompt.type("feat")
    prompt.key("tab")
    prompt.wait(":features ")
    prompt.type("ked")
    prompt.key("tab")
    prompt.wait(":features kedai_")
    prompt.wait("kedai_sari")
    prompt.golden("prompt_candidates")
    prompt.key("tab")
    prompt.wait(":features kedai_budi")
    prompt.key("tab")
    prompt.wait(":features kedai_sari")
    prompt.type(" sho")
    prompt.key("tab")
    prompt.wait(":features kedai_sari shop ")
    prompt.type("off")
    prompt.key("enter")
    prompt.wait("saved; nothing to push to")
    prompt.wait("features kedai_sari shop off")


def test_candidates_follow_what_is_typed(prompt):
    prompt.key("tab")
    prompt.wait("rename")
    prompt.wait(" more")  # there are more than the list has room for
    prompt.key("tab", "btab", "btab")
    prompt.wait("▲")
    prompt.key("esc", "esc", ":", "tab")
    prompt.wait("▼")
    prompt.type("ba")
    prompt.gone("rename")
    prompt.wait("backup")
    prompt.key("esc")
    prompt.gone("backup")
    prompt.key("esc")
    prompt.wait("10Quit")


def test_lines_typed_before_come_back(prompt):
    prompt.type("rename gt_raja Raja")
    prompt.key("enter")
    prompt.wait("saved; nothing to push to")
    prompt.key(":", "up")
    prompt.wait(":rename gt_raja Raja")


def test_an_unknown_word_names_the_one_that_was_meant(prompt):
    prompt.type("features tenant01 shp on")
    prompt.key("enter")
    prompt.wait("did you mean 'shop'")


def test_a_read_shows_its_table_and_a_document_its_lines(prompt):
    prompt.type("operator list")
    prompt.key("enter")
    prompt.wait("nothing")
    prompt.key("esc", ":")
    prompt.type("doctor")
    prompt.key("enter")
    prompt.wait("integrity")
    prompt.key("esc", ":")
    prompt.type("help features")
    prompt.key("enter")
    prompt.wait("features <tenant>")
    prompt.golden("answer_help")


def test_an_unknown_field_of_a_typed_read_is_told_and_nothing_opened(prompt):
    prompt.type("product list tenant01 --fields code,bogus")
    prompt.key("enter")
    prompt.wait("unknown field 'bogus'")
    prompt.wait("4 total")


def test_a_command_without_its_arguments_opens_the_form(prompt):
    prompt.type("rename gt_raja")
    prompt.key("enter")
    prompt.wait("name")
    prompt.wait("Cancel")
    prompt.type("Raja Two")
    prompt.wait("ready")
    prompt.key("enter")
    prompt.wait("rename gt_raja 'Raja Two'")


@pytest.mark.parametrize("line,sign", [("list", "1 of 4"), ("bot list", "RESTARTS"), ("push list", "nothing waits"),
                                       ("audit", "AUDIT"), ("logs", "no log in the last day")])
def test_a_read_that_has_a_screen_opens_it(prompt, line, sign):
    prompt.type(line)
    prompt.key("enter")
    prompt.wait(sign)
    prompt.golden("screen_" + line.replace(" ", "_"))


def test_quit_leaves(prompt):
    prompt.type("quit")
    prompt.key("enter")
    assert prompt.exit() == 0


def test_a_backup_is_made_and_a_restore_refused(prompt, rental):
    prompt.type("backup copy.db")
    prompt.key("enter")
    prompt.wait("backup written to copy.db")
    prompt.key(":")
    prompt.type("restore copy.db")
    prompt.key("enter")
    prompt.wait("y does it")
    prompt.key("y")
    prompt.wait("restore needs the database closed")
