"""How the program is called: faces, options, where they stand, and what is not understood."""

import json
import os
import subprocess

import pytest

from program import BIN


def test_version_and_help_need_no_database(home):
    assert home.ok("--version").out.startswith("tenanttui ")
    assert "features" in home.ok("--help").out
    assert home.ok("help", "features").out
    assert home.json("version")["version"]
    assert not os.path.exists(home.db)


def test_one_command_from_argv(tenant):
    assert tenant.json("show", "tenant01")["name"] == "Test Store"


def test_command_lines_from_c_run_in_order(tenant):
    out = tenant.ok("-o", "jsonl", "-c", "rename tenant01 'A Store'", "-c", "show tenant01").lines
    assert [out[0]["changed"], out[1]["name"]] == [True, "A Store"]


def test_a_file_has_comments_and_quotes(tenant, tmp_path):
    lines = tmp_path / "lines"
    lines.write_text("# a comment\n\n  rename tenant01 \"Say \\\"hi\\\"\"  # and one here\nrename tenant01 it\\'s\\ so\n"
                     "rename tenant01 'two  blanks'\n")
    out = tenant.ok("-o", "jsonl", "-f", lines).lines
    assert len(out) == 3
    assert tenant.json("show", "tenant01")["name"] == "two  blanks"
    names = [r["after"] for r in tenant.json("audit", "tenant01", "--command", "rename")["items"]]
    assert 'Say \\"hi\\"' in str(names).replace("'", "") or 'Say "hi"' in str(names)


def test_a_dash_reads_lines_of_standard_input(tenant):
    out = tenant.ok("-o", "jsonl", "-f", "-", stdin="rename tenant01 One\nshow tenant01").lines
    assert out[1]["name"] == "One"


def test_shell_without_a_terminal_reads_lines(tenant):
    assert "Test Store" in tenant.ok("shell", stdin="show tenant01\n").out


def test_lines_of_a_slow_pipe_run_as_they_come(tenant):
    import subprocess
    process = tenant.popen("-o", "jsonl", "-f", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(b"version\n")
    process.stdin.flush()
    assert b"version" in process.stdout.readline()
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()


@pytest.mark.parametrize("words,code,status", [
    (["--nonsense"], "unknown_word", 2),
    (["--formt", "x"], "unknown_word", 2),
    (["-o", "xml", "list"], "unknown_word", 2),
    (["--wait", "soon", "list"], "malformed", 2),
    (["--wait", "-1", "list"], "malformed", 2),
    (["--db"], "missing_argument", 2),
    (["--atomic", "--keep-going", "-c", "list"], "malformed", 2),
    (["--tenant-id", "x", "list"], "malformed", 2),
    (["-c", "list", "list"], "extra_argument", 2),
    (["--bot", "list"], "extra_argument", 2),
    (["--bot", "--readonly"], "read_only", 3),
    (["--dry-run"], "malformed", 2),
    (["--dry-run", "--bot"], "malformed", 2),
    (["--dry-run", "demo"], "malformed", 2),
    (["--dry-run", "sandbox"], "malformed", 2),
    (["frobnicate"], "unknown_command", 2),
    (["show"], "missing_argument", 2),
    (["show", "a", "b"], "extra_argument", 2),
    (["shell", "x"], "extra_argument", 2),
    (["sandbox", "--nonsense"], "unknown_word", 2),
])
def test_what_is_not_understood(tenant, words, code, status):
    result = tenant.run("-o", "json", *words)
    assert (result.status, result.error["code"]) == (status, code), repr(result)
    assert result.out == ""


@pytest.mark.parametrize("words", [["bogus"], ["help", "bogus"]])
def test_an_unknown_command_names_all_that_there_are(tenant, words):
    hint = tenant.run("-o", "json", *words).error["hint"]
    known = hint.removeprefix("known: ").split()
    assert len(known) > 30 and {"create", "operator", "doctor", "version"} <= set(known), hint
    assert all(tenant.run("help", word).status == 0 for word in known)


@pytest.mark.parametrize("words,shown", [
    (["list", "--after", b"a\xff"], r"--after is not UTF-8 text: '\xff' at byte 2"),
    (["audit", "--before", b"\xc3("], r"--before is not UTF-8 text: '\xc3(' at byte 1"),
    (["list", "--search", b"x" * 5000 + b"\xed\xa0\x80"], r"--search is not UTF-8 text: '\xed\xa0\x80' at byte 5001"),
    (["show", b"ten\xf8"], r"tenant is not UTF-8 text: '\xf8' at byte 4"),
    (["rename", "tenant01", b"\xe2\x82"], r"name is not UTF-8 text: '\xe2\x82' at byte 1"),
])
def test_bytes_that_are_no_text_are_shown(tenant, words, shown):
    done = subprocess.run([BIN, "-o", "json", *words], env=tenant.env, cwd=tenant.path, capture_output=True, timeout=60)
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, done.stdout, error["code"]) == (2, b"", "malformed"), done
    assert error["message"] == shown
    assert error["field"] == shown.split()[0]


def test_options_before_and_inside_the_line(tenant):
    for words in (["-o", "json", "show", "tenant01"], ["show", "-o", "json", "tenant01"],
                  ["show", "tenant01", "-o", "json"]):
        assert tenant.ok(*words).json["tenant_id"] == "tenant01"
    plan = tenant.ok("features", "tenant01", "shop", "off", "--dry-run", "-o", "json").json
    assert plan["database"]
    assert tenant.json("show", "tenant01")["features"]["shop"] is True


def test_two_dashes_end_the_options(tenant):
    tenant.ok("rename", "tenant01", "--", "--yes")
    assert tenant.json("show", "tenant01")["name"] == "--yes"


def test_database_key_and_address_come_from_option_environment_default(home, tmp_path):
    other, key = tmp_path / "other.db", tmp_path / "other.key"
    home.ok("--db", other, "--key-file", key, "create", 1, 2, "One", "--id", "one")
    assert other.exists() and key.exists() and not os.path.exists(home.db)
    env = {"TENANTTUI_DB": str(other), "TENANTTUI_KEY_FILE": str(key)}
    assert home.json("show", "one", env=env)["tenant_id"] == "one"
    home.ok("create", 1, 2, "Two", "--id", "two")
    assert os.path.exists(home.db) and os.path.exists(home.key)
    assert oct(os.stat(home.key).st_mode & 0o777) == "0o600"
    home.fails(1, "no_such", "--db", home.db, "show", "one", env=env)


@pytest.mark.parametrize("line,meant", [
    ("shwo tenant01", "show"), ("features tenant01 shp enable", "shop"), ("channels tenant01 controll none", "control"),
    ("permissions tenant01 manage_user on", "manage_users"), ("config tenant01 langage en", "language"),
    ("plan tenant01 premum", "premium"), ("status tenant01 activ", "active"),
])
def test_the_word_that_was_meant_is_named(tenant, line, meant):
    result = tenant.run("-c", line)
    assert result.status == 2
    assert f"did you mean '{meant}'?" in result.err, result.err


def test_an_error_in_a_file_names_file_and_line(tenant, tmp_path):
    lines = tmp_path / "lines"
    lines.write_text("show tenant01\n# fine\nfeatures tenant01 shp on\n")
    result = tenant.run("-f", lines)
    assert result.status == 2
    assert result.err.startswith(f"{lines}:3: "), result.err


def test_json_takes_exactly_one_command(tenant):
    result = tenant.run("-o", "json", "-c", "rename tenant01 X", "-c", "show tenant01")
    assert (result.status, result.error["code"]) == (2, "malformed")
    assert "jsonl" in result.error["message"]
    assert tenant.json("show", "tenant01")["name"] == "Test Store"
    assert tenant.run("-o", "json", "-f", "-", stdin="rename tenant01 X\nversion\n").status == 2
    assert tenant.json("show", "tenant01")["name"] == "Test Store"
    assert tenant.ok("-o", "json", "-f", "-", stdin="# one\nshow tenant01\n").json["tenant_id"] == "tenant01"


@pytest.mark.parametrize("text", ["rename tenant01 'open", "rename tenant01 \"open", "rename tenant01 \\"])
def test_an_open_quote_is_malformed(tenant, text):
    result = tenant.run("-o", "jsonl", "-c", text)
    assert (result.status, result.error["code"]) == (2, "malformed"), repr(result)


def test_bytes_that_are_no_text_are_malformed(tenant):
    result = tenant.run("-o", "jsonl", "-f", "-", stdin=b"rename tenant01 \xff\xfe\n")
    assert (result.status, result.error["code"]) == (2, "malformed")
    result = tenant.run("-o", "jsonl", "-f", "-", stdin=b"rename tenant01 a\0b\n")
    assert (result.status, result.error["code"]) == (2, "malformed")


def test_a_missing_file_of_lines_is_named(tenant):
    result = tenant.run("-f", "/nonexistent/lines")
    assert result.status == 1 and "/nonexistent/lines" in result.err


def test_a_missing_file_named_like_a_tenant_prefix_stays_exact_in_scripts(tenant):
    tenant.fails(1, "no_such", "show", "tenant0")
    assert tenant.fails(1, "no_such", "show", "tenant02")["message"]
