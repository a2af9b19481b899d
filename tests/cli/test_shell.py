"""The shell at a terminal: prompt, completion, questions, secrets, history, Ctrl-C."""

import os
import stat

import pytest

from program import BIN, until
from terminal import Terminal

PROMPT = "tenanttui> "


@pytest.fixture
def shell(tenant):
    env = {**tenant.env, "TENANTTUI_API_BASE": "http://127.0.0.1:9/api/v10"}
    with Terminal([BIN, "shell"], env=env, cwd=tenant.path, rows=50) as t:
        t.wait(PROMPT)
        t.home = tenant
        yield t


def line(t, text, then):
    t.send(text + "\r")
    t.wait(then)


def test_a_command_and_the_way_out(shell):
    line(shell, "show tenant01", "Test Store")
    line(shell, "features tenant01 shp on", "did you mean 'shop'?")
    shell.send("exit\r")
    assert shell.exit() == 2


def test_ctrl_d_leaves(shell):
    shell.key("ctrl-d")
    assert shell.exit() == 0


def test_ctrl_c_drops_the_line_only(shell):
    shell.send("delete tenant01")
    shell.wait("delete tenant01")
    shell.key("ctrl-c")
    shell.wait("^C")
    line(shell, "show tenant01", "Test Store")
    shell.send("exit\r")
    assert shell.exit() == 0


@pytest.mark.parametrize("key,told", [("ctrl-c", "interrupted"), ("ctrl-d", "cancelled")])
def test_a_secret_that_is_not_typed_is_no_line_later(shell, key, told):
    line(shell, "token tenant01 set", "Bot token of tenant01:")
    shell.key(key)
    shell.wait(told)
    line(shell, "rename tenant01 Later", "(audit 2)")
    assert shell.home.json("show", "tenant01")["token"] == "none"


@pytest.mark.parametrize("key,status", [("ctrl-c", 130), ("ctrl-d", 1)])
def test_leaving_the_question_for_a_secret(tenant, key, status):
    with Terminal([BIN, "token", "tenant01", "set"], env=tenant.env, cwd=tenant.path) as t:
        t.wait("Bot token of tenant01:")
        t.key(key)
        assert t.exit() == status


def test_tab_completes_from_live_data(shell):
    shell.send("feat\tten\tsho\tdis\t")
    shell.wait("features tenant01 shop disable")
    shell.send("\r")
    shell.wait("(audit 2)")
    assert shell.home.json("show", "tenant01")["features"]["shop"] is False


def test_a_unique_prefix_of_a_tenant_serves_at_the_prompt(shell):
    line(shell, "rename ten Renamed", "(audit 2)")
    assert shell.home.json("show", "tenant01")["name"] == "Renamed"


def test_the_tenant_in_use_is_a_dot(shell):
    line(shell, "use tenant01", "tenanttui tenant01> ")
    line(shell, "rename . Dotted", "(audit 2)")
    line(shell, "use nobody", "no tenant 'nobody'")
    line(shell, "use", "tenanttui> ")
    assert shell.home.json("show", "tenant01")["name"] == "Dotted"


def test_a_line_with_a_dot_runs_for_each_tenant_in_use(shell):
    shell.home.create("tenant02", guild=7)
    line(shell, "use tenant01 tenant02", "tenanttui tenant01 +1> ")
    shell.send("features . leveling off\r")
    shell.wait("(audit 4)")
    for tenant in ("tenant01", "tenant02"):
        assert shell.home.json("show", tenant)["features"]["leveling"] is False
    line(shell, "features .", "tenant02:")


def test_a_dot_with_nobody_in_use_says_what_to_do_first(shell):
    line(shell, "show .", "`use TENANT` first")
    assert "`use TENANT` first" in shell.home.run("show", ".").err


@pytest.mark.parametrize("word", ["use", "exit", "quit"])
def test_the_shells_own_words_are_explained(shell, word):
    line(shell, f"help {word}", "a word of the shell")


def test_lines_of_standard_input_use_tenants_too(tenant):
    tenant.create("tenant02", guild=7)
    lines = "use tenant01 tenant02\nrename . \"It's a \\\"b\\\"\"\nuse tenant02\nstatus . suspended\nexit\nbogus\n"
    assert len(tenant.ok("-o", "jsonl", "shell", stdin=lines).lines) == 3
    shown = [tenant.json("show", t) for t in ("tenant01", "tenant02")]
    assert [t["name"] for t in shown] == ['It\'s a "b"'] * 2
    assert [t["status"] for t in shown] == ["active", "suspended"]


def test_standard_input_that_uses_nobody_stops_there(tenant):
    result = tenant.run("-o", "jsonl", "shell", stdin="use nobody\nrename tenant01 Other\n")
    assert (result.status, result.error["code"]) == (1, "no_such"), repr(result)
    assert tenant.json("show", "tenant01")["name"] == "Test Store"
    told = tenant.ok("--dry-run", "shell", stdin="use tenant01\nrename . Other\n").out
    assert "tenants tenant01  name: Test Store -> Other" in told


def test_a_destructive_command_asks_for_the_name(shell):
    shell.send("delete tenant01\r")
    shell.wait("Test Store")
    shell.send("wrong\r")
    shell.wait("not confirmed")
    assert shell.home.json("show", "tenant01")["name"] == "Test Store"
    shell.send("delete tenant01\r")
    until("the second question", lambda: shell.text().count("to go on:") == 2)
    shell.key("ctrl-c")
    shell.wait("interrupted")
    line(shell, "show tenant01", "987654321098765432")


def test_a_token_is_read_without_echo_and_kept_nowhere(shell):
    secret = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GhIjKl.not-shown-anywhere-0123456789abcdef"
    shell.send("token tenant01 set\r")
    shell.wait("Bot token of tenant01:")
    shell.send(secret + "\r")
    until("the next prompt", lambda: shell.text().count(PROMPT.strip()) == 2)
    shell.send("version\r")
    until("the last prompt", lambda: shell.text().count(PROMPT.strip()) == 3)
    shell.send("exit\r")
    shell.exit()
    assert secret.encode() not in shell.raw()
    history = os.path.join(shell.home.path, "state/tenanttui/history")
    if os.path.exists(history):
        text = open(history, encoding="utf-8").read()
        assert secret not in text and "token" not in text


def test_the_history_is_private_and_comes_back(tenant):
    for _ in range(2):
        with Terminal([BIN, "shell"], env=tenant.env, cwd=tenant.path, rows=50) as t:
            t.wait(PROMPT)
            t.send("show tenant01\r")
            t.wait("Test Store")
            t.send("exit\r")
            t.exit()
    path = os.path.join(tenant.path, "state/tenanttui/history")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with Terminal([BIN, "shell"], env=tenant.env, cwd=tenant.path, rows=50) as t:
        t.wait(PROMPT)
        t.key("up", "up")
        t.wait("show tenant01")


def test_a_question_at_a_terminal_outside_the_shell(tenant):
    with Terminal([BIN, "delete", "tenant01"], env=tenant.env, cwd=tenant.path, rows=50) as t:
        t.wait("Test Store")
        t.send("Test Store\r")
        assert t.exit() == 0
    tenant.fails(1, "no_such", "show", "tenant01")


def test_an_interrupted_question_changes_nothing(tenant):
    with Terminal([BIN, "delete", "tenant01"], env=tenant.env, cwd=tenant.path, rows=50) as t:
        t.wait("Test Store")
        t.key("ctrl-c")
        assert t.exit() == 130
    assert tenant.json("show", "tenant01")["name"] == "Test Store"
