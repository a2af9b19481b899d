import pytest

from program import until

TABS = ["features", "channels", "permissions", "config", "settings", "products", "stock", "customers", "transactions",
        "deposits", "numbers", "audit", "overview"]


@pytest.fixture
def tenant01(rental, open_screens):
    t = open_screens(rental)
    t.wait("total")
    t.key(":")
    t.type("show ten")
    t.key("enter")
    t.wait("Test Store")
    return t


def test_every_tab(tenant01):
    for tab in TABS:
        tenant01.wait(tab.upper())
        tenant01.golden(f"tenant_{tab}")
        tenant01.key("right")


def test_a_low_and_narrow_terminal_keeps_the_open_tab_in_sight(tenant01):
    tenant01.key("left", "left")
    tenant01.wait("AUDIT")
    tenant01.resize(10, 40)
    tenant01.golden("tenant_audit_40x10")
    tenant01.resize(5, 20)
    tenant01.golden("tenant_audit_20x5")


@pytest.mark.parametrize("cols", [20, 33, 40, 61, 80, 99, 132])
def test_the_open_tab_is_whole_and_marks_say_where_others_are(tenant01, cols):
    def drawn(tab):
        row = tenant01.rows()[1].strip()
        shown = [name.strip() for name in row.strip(" …").split("│")]
        return tab.upper() in shown and {name.lower() for name in shown} <= set(TABS) \
            and row.startswith("…") == (shown[0].lower() != "overview") \
            and row.endswith("…") == (shown[-1].lower() != "audit")

    tenant01.wait("FEATURES")
    tenant01.resize(24, cols)
    for tab in TABS:
        until(f"{tab} whole and others marked", lambda: drawn(tab))
        tenant01.key("right")


def test_space_switches_a_feature_and_says_how_to_repeat_it(tenant01, rental):
    tenant01.wait("[x] shop")
    tenant01.key("space")
    tenant01.wait("[ ] shop")
    tenant01.wait("features tenant01 shop disable")
    tenant01.golden("tenant_switched")
    assert rental.json("show", "tenant01")["features"]["shop"] is False
    tenant01.key("y")
    tenant01.wait(":features tenant01 shop disable")
    tenant01.key("ctrl-w")
    tenant01.type("enable")
    tenant01.key("enter")
    tenant01.wait("[x] shop")


def test_a_feature_outside_the_plan_is_refused_by_the_gate(tenant01, rental):
    for _ in range(9):
        tenant01.key("down")
    tenant01.wait("▶ [-] api_access")
    tenant01.key("space")
    tenant01.wait("enterprise")
    tenant01.golden("tenant_not_in_plan")


def test_a_preview_shows_the_difference_and_does_nothing(tenant01, rental):
    tenant01.wait("[x] shop")
    tenant01.key("v")
    tenant01.wait("true → false")
    tenant01.golden("preview_feature")
    tenant01.key("esc")
    tenant01.gone("y does it")
    assert rental.json("show", "tenant01")["features"]["shop"] is True


def test_a_value_is_edited_where_it_stands(tenant01, rental):
    for tab in ("CHANNELS", "PERMISSIONS", "CONFIG"):
        tenant01.key("tab")
        tenant01.wait(tab)
    tenant01.wait("▶ prefix                ?")
    tenant01.key("enter")
    tenant01.wait("config tenant01 prefix '?'")
    tenant01.golden("form_config")
    tenant01.key("ctrl-u")
    tenant01.type("too long")
    tenant01.wait("prefix")
    tenant01.wait("characters")
    tenant01.key("ctrl-u")
    tenant01.type("$")
    tenant01.wait("ready")
    tenant01.key("enter")
    tenant01.wait("▶ prefix                $")
    assert rental.json("show", "tenant01")["bot_config"]["prefix"] == "$"
    tenant01.key("down", "enter")
    tenant01.wait("config tenant01 language id")
    tenant01.wait("en  id")
    tenant01.key("tab")
    tenant01.wait("config tenant01 language en")
    tenant01.key("esc")


def test_a_text_with_blanks_quotes_and_a_dash_arrives_as_it_was_typed(tenant01, rental):
    for tab in ("CHANNELS", "PERMISSIONS", "CONFIG"):
        tenant01.key("tab")
        tenant01.wait(tab)
    for _ in range(6):
        tenant01.key("down")
    tenant01.wait("▶ activity")
    tenant01.key("enter")
    text = "-- it's  \"open\""
    tenant01.type(text)
    tenant01.wait("ready")
    tenant01.key("enter")
    tenant01.wait("activity              -- it's")
    assert rental.json("show", "tenant01")["bot_config"]["activity"] == text
    tenant01.key("enter")
    tenant01.wait("ready")
    tenant01.key("enter")
    tenant01.wait("nothing to change")


def test_a_custom_command_is_made_in_a_form(tenant01, rental):
    for tab in ("CHANNELS", "PERMISSIONS", "CONFIG", "SETTINGS"):
        tenant01.key("tab")
        tenant01.wait(tab)
    tenant01.wait("auto_role")
    tenant01.key("n")
    tenant01.wait("settings tenant01 custom_commands")
    tenant01.type("rules")
    tenant01.key("enter")
    tenant01.type("Be kind")
    tenant01.wait("ready")
    tenant01.golden("form_setting")
    tenant01.key("enter")
    tenant01.gone("Cancel")
    tenant01.wait("custom_commands rules")
    assert rental.json("show", "tenant01")["settings"]["custom_commands"] == {"rules": "Be kind"}


def test_undo_from_the_audit_shows_what_comes_back(tenant01, rental):
    tenant01.key("left", "left")
    tenant01.wait("▶      8")
    tenant01.key("enter")
    tenant01.wait("changes")
    tenant01.golden("audit_details")
    tenant01.key("esc", "U")
    tenant01.wait("undo 8: config tenant01 prefix '?'")
    tenant01.wait("prefix: - ?")
    tenant01.golden("preview_undo")
    tenant01.key("y")
    tenant01.wait("saved; nothing to push to")
    assert rental.json("show", "tenant01")["bot_config"]["prefix"] == "!"
    tenant01.wait("↶ undone: config prefix '?'")  # also where there are no colours


def test_undo_names_what_it_undoes_and_does_no_other(tenant01, rental):
    tenant01.wait("[x] shop")
    tenant01.key("u")
    tenant01.wait("undo 8: config tenant01 prefix '?'")
    rental.ok("rename", "gt_raja", "Later")  # the newest write is another one now
    tenant01.key("y")
    tenant01.wait("saved; nothing to push to")
    assert rental.json("show", "tenant01")["bot_config"]["prefix"] == "!"
    assert rental.json("show", "gt_raja")["name"] == "Later"


def test_what_is_said_of_a_key_goes_with_the_next_one(tenant01):
    tenant01.wait("[x] shop")
    tenant01.key("space")
    tenant01.wait("features tenant01 shop disable")
    tenant01.key("Z")
    tenant01.wait("Z does nothing here")
    tenant01.key("down")
    tenant01.gone("does nothing here")
    tenant01.wait("features tenant01 shop disable")  # what was done is told again


def test_a_tenant_that_does_not_exist_is_told(rental, open_screens):
    t = open_screens(rental)
    t.wait("total")
    t.key(":")
    t.type("show nobody")
    t.key("enter")
    t.wait("no tenant 'nobody'")
    t.key("esc")
    t.wait("4 total")


def test_a_tenant_deleted_elsewhere_is_told(tenant01, rental):
    rental.ok("--yes", "delete", "tenant01")
    tenant01.wait("no tenant 'tenant01'")
