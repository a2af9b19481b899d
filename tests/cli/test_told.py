"""What people are told: results, plans, hints, help; each was once unclear to somebody new."""

import json
import socket
import subprocess

import pytest

from live import CONTROL, GUILD, TOKEN, Live, bot, guild
from program import LIMIT, Daemon, until

UNREACHABLE = "http://127.0.0.1:9/api/v10"


@pytest.fixture
def offline(tenant):
    """A tenant with a token, and nobody who answers for Discord."""
    tenant.env["TENANTTUI_API_BASE"] = UNREACHABLE
    tenant.ok("--no-push", "token", "tenant01", "set", stdin=TOKEN + "\n")
    return tenant


# --- plans ---

def test_a_plan_is_a_line_for_each_row_and_call(offline):
    offline.ok("--no-push", "channels", "tenant01", "control", CONTROL)
    result = offline.ok("--dry-run", "features", "tenant01", "welcome", "enable")
    lines = result.out.splitlines()
    assert lines[0] == "would change in the database:" and "  features tenant01 welcome" in lines[1]
    assert any(line.startswith("would ask Discord (") for line in lines)
    assert any(line.startswith(f"  POST  /channels/{CONTROL}/messages") for line in lines)
    assert max(map(len, lines)) < 200, result.out


def test_a_plan_of_several_lines_names_each(tenant):
    out = tenant.ok("--dry-run", "-c", "features tenant01 shop on", "-c", "config tenant01 prefix ?").out
    first, second = out.split("config tenant01 prefix '?':\n")
    assert first.startswith("features tenant01 shop on:\nnothing would change")
    assert "bot_config tenant01 prefix  new  value: ?" in second


# --- results ---

@pytest.mark.parametrize("words,told", [
    (["permissions", "tenant01", "manage_users", "false"], "manage_users taken from tenant01: "),
    (["status", "tenant01", "maintenance"], "tenant01 set to maintenance: "),
    (["config", "tenant01", "prefix", "?"], "prefix of tenant01 set to '?': "),
    (["config", "tenant01", "nickname", "none"], "nickname of tenant01 is not set: nothing to change"),
    (["features", "tenant01", "leveling", "disable"], "leveling disabled for tenant01: ")])
def test_results_read_as_sentences(tenant, words, told):
    assert tenant.ok(*words).out.startswith(told)


def test_quiet_leaves_data_only(tenant):
    assert tenant.ok("--quiet", "rename", "tenant01", "Other").out == ""
    assert '"audit":3' in tenant.ok("--quiet", "-o", "json", "rename", "tenant01", "Another").out
    assert "Another" in tenant.ok("--quiet", "show", "tenant01").out


def test_without_a_daemon_the_news_stands_once(offline):
    result = offline.run("--wait", "0.2", "features", "tenant01", "welcome", "enable")
    assert result.status == 5
    assert result.err.startswith("tenanttui: tenant01: not acknowledged by its bot\n")
    assert result.out.split(": ", 1)[1] not in result.err


def test_a_channel_that_was_not_made_leaves_nothing_pending(offline):
    result = offline.run("channels", "tenant01", "logs", "create")
    assert result.status == 1 and "nothing was saved" in result.err
    assert offline.json("show", "tenant01")["channels"]["logs"] is None


def test_a_control_channel_that_is_not_there_names_the_cure(tmp_path, home):
    live = Live(home)
    try:
        live.start()
        # It is told if it is known in half a second.
        tries = (home.run("--wait", LIMIT, "channels", "tenant01", "control", int(CONTROL) + n) for n in (77, 78, 79))
        result = next(r for r in tries if "404" in r.out)
        assert "channels tenant01 control create" in result.err, repr(result)
        assert "permission" not in result.err
        home.env["TENANTTUI_API_BASE"] = live.sandbox.base.removesuffix("/api/v10")
        error = home.fails(1, "refused", "token", "tenant01", "set", stdin=TOKEN + "\n")
        assert "$TENANTTUI_API_BASE ends in /api/v10" in error["hint"], error
    finally:
        live.end()


def test_a_refused_line_is_marked_in_the_audit(tenant):
    tenant.ok("rename", "tenant01", "Other")
    tenant.ok("undo")
    assert [line.split()[4] for line in tenant.ok("audit", "--no-headers").out.splitlines()] == ["done", "undone", "done"]


def test_undo_names_what_can_be_undone(tenant):
    tenant.ok("rename", "tenant01", "Other")
    tenant.ok("bot", "stop", "tenant01")
    result = tenant.run("undo")
    assert result.status == 1 and "cannot be undone" in result.err and "undo 2" in result.err
    tenant.ok("export", "--all", "all.json", "--reveal")
    assert tenant.json("audit", "--limit", 1)["items"][0]["command"] == "export all.json --all --reveal"
    result = tenant.run("undo")
    assert result.status == 1 and "cannot be undone" in result.err and "undo 2" in result.err, repr(result)


def test_undo_passes_over_what_was_only_revealed(tenant):
    tenant.ok("rename", "tenant01", "Other")
    tenant.ok("export", "tenant01", "one.json", "--reveal")
    tenant.ok("undo")
    assert tenant.json("show", "tenant01")["name"] != "Other"


def test_a_number_out_of_range_is_told_as_it_was_typed(tenant):
    error = tenant.fails(2, "malformed", "product", "add", "tenant01", "DL", "Lock", "1844674407370955 BGL")
    assert "'1844674407370955 BGL'" in error["message"] and "1 to 1000000000 WL" in error["message"]
    assert "1 to 3660 days" in tenant.fails(2, "malformed", "rent", "tenant01", "extend", 10 ** 8)["message"]
    assert "export TENANT tenant01" in tenant.fails(2, "missing_argument", "export", "tenant01")["hint"]


def test_a_token_in_the_line_is_not_repeated(tenant):
    result = tenant.run("token", "tenant01", "set", "tok-one")
    assert result.status == 2 and "tok-one" not in result.out + result.err and "reset it" in result.err


def test_a_sync_of_all_names_whose_part_failed(tmp_path, home):
    live = Live(home, {"guilds": [guild(0), guild(1)], "bots": [bot(0), bot(1)]})
    try:
        live.start()
        home.create("tenant02", int(GUILD) + 1000)
        home.ok("token", "tenant02", "set", stdin=TOKEN + "1\n")
        home.run("--wait", LIMIT, "channels", "tenant02", "control", int(CONTROL) + 77)
        tries = (home.run("--wait", LIMIT, "sync", "--all") for _ in range(3))
        result = next(r for r in tries if "failed" in r.out)  # as above
        lines = result.out.splitlines()
        assert lines[0].startswith("2 tenants synced; tenant01: acknowledged")
        assert lines[1].startswith("tenant02: acknowledged") and "failed: control" in lines[1], repr(result)
    finally:
        live.end()


# --- files ---

def test_restore_looks_before_it_asks(tenant):
    result = tenant.run("restore", "missing.db")
    assert result.status == 1 and "there is no file 'missing.db'" in result.err


def test_a_backup_names_the_place_that_was_asked_for(tenant):
    result = tenant.run("backup", "/nonexistent/x.db")
    assert result.status == 1 and "'/nonexistent/x.db' cannot be written: its directory does not exist" in result.err


def test_a_new_database_is_told_of(home):
    assert home.run("list").err.rstrip().endswith("and the screens make one")
    assert "a new database was made" in home.ok("migrate").err
    assert "was made" not in home.ok("migrate").err


def test_csv_has_a_column_for_each_value_of_a_bot(tenant):
    head, row = tenant.ok("-o", "csv", "list").out.splitlines()
    assert "bot.state,bot.instance" in head and "{" not in row


# --- help ---

@pytest.mark.parametrize("words,told", [
    (["features", "--help"], "features <tenant>"), (["bot", "-h"], "bot list"), (["sandbox", "--help"], "--listen"),
    (["help", "sandbox"], "--listen"), (["demo", "--help"], "--tour"), (["help", "shell"], "use TENANT"),
    (["-c", "bot stop --help"], "bot stop <tenant>")])
def test_help_on_whatever_stands_there(home, words, told):
    assert told in home.ok(*words).out


def test_help_on_a_word_that_is_nearly_one(home):
    result = home.run("help", "featurs")
    assert result.status == 2 and "did you mean 'features'?" in result.err


def test_files_are_offered_where_a_file_belongs(home):
    files = lambda *words: "\tfiles" in home.ok("complete", "--", *words).out.split("\n")
    assert files("backup", "") and files("--db", "") and files("token", "t", "set", "--from", "")
    assert not files("undo", "") and not files("-o", "") and not files("status", "x", "")


# --- faces ---

@pytest.mark.parametrize("language", ["en", "id"])
def test_the_language_is_that_of_new_tenants(home, language):
    home.ok("--lang", language, "create", 1, 2, "One", "--id", "one")
    assert home.json("show", "one")["bot_config"]["language"] == language


def test_a_port_in_use_is_one_line(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = home.run("sandbox", "--listen", f"127.0.0.1:{port}")
    assert result.status == 1 and result.err == f"tenanttui: 127.0.0.1:{port} is in use by another program\n"


def test_the_summary_says_whom_nobody_serves(tmp_path, home):
    home.create("tenant01")
    home.create("tenant02", int(GUILD) + 1000)
    assert [(n["tenant_id"], n["what"]) for n in home.json("summary")["needs"]] == [("tenant01", "no token"),
                                                                                   ("tenant02", "no token")]
    home.ok("--no-push", "token", "tenant01", "set", stdin=TOKEN + "\n")
    home.ok("--no-push", "token", "tenant02", "set", stdin="NTU1NTU1NTU1NTU1NTU1NTU2.x.y\n")
    summary = home.json("summary")
    assert summary["needs"][0] == {"tenant_id": None, "level": "error", "what": "no daemon runs; 2 bots should be connected"}
    assert summary["push"]["in_step"] == 0
    home.env["TENANTTUI_API_BASE"] = UNREACHABLE
    daemon = Daemon(home, "--tenant-id", "tenant01")
    try:
        until("it serves", lambda: " serving " in daemon.log)
        summary = home.json("summary")
        assert summary["daemon"] == {"running": True, "only": "tenant01"}
        assert summary["needs"][0]["what"] == "the daemon runs tenant01 only; 1 other bot is run by nobody"
        until("its trouble is told", lambda: any(n["tenant_id"] == "tenant01" and n["what"].startswith("connecting: ")
                                                 for n in home.json("summary")["needs"]))
    finally:
        daemon.end()


def test_following_a_log_begins_with_its_last_lines(tenant):
    with open(tenant.db + ".log", "w", encoding="utf-8") as log:
        log.writelines(f"2026-08-01T12:00:{n:02}.000Z info - test line {n}\n" for n in range(40))
    process = tenant.popen("logs", "--follow", "--no-headers", stdout=subprocess.PIPE)
    try:
        lines = [process.stdout.readline().decode().rstrip() for _ in range(10)]
    finally:
        process.terminate()
        process.wait()
    assert lines[0].endswith("line 30") and lines[-1].endswith("line 39")
    process = tenant.popen("-o", "json", "logs", "--follow", stdout=subprocess.PIPE)
    try:
        assert json.loads(process.stdout.readline())["message"].endswith("line 30")
    finally:
        process.terminate()
        process.wait()
