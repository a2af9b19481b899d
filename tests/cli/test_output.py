"""Formats, columns, and where the output goes."""

import csv
import io
import json
import os
import subprocess

import pytest

from program import BIN, LIMIT

KEYS = ["tenant_id", "name", "status", "plan"]


@pytest.fixture
def two(tenant):
    tenant.create("tenant02", guild=5, plan="premium", name='A "quoted", name')
    return tenant


def test_csv_is_quoted_as_rfc_4180_says(two):
    rows = list(csv.reader(io.StringIO(two.ok("-o", "csv", "--fields", "tenant_id,name", "list").out, newline="")))
    assert rows == [["tenant_id", "name"], ["tenant01", "Test Store"], ["tenant02", 'A "quoted", name']]


def test_tsv_has_one_line_a_row(two):
    out = two.ok("-o", "tsv", "--fields", "tenant_id,plan", "list").out
    assert out.splitlines() == ["tenant_id\tplan", "tenant01\tbasic", "tenant02\tpremium"]


def test_headers_can_be_left_out(two):
    for form in ("csv", "tsv", "text"):
        out = two.ok("-o", form, "--no-headers", "--fields", "tenant_id", "list").out
        assert [line.strip() for line in out.splitlines()] == ["tenant01", "tenant02"]


def test_jsonl_has_a_document_a_command(two):
    lines = two.ok("-o", "jsonl", "-c", "list", "-c", "show tenant02", "-c", "list --limit 1").lines
    assert lines == [two.json("list"), two.json("show", "tenant02"), two.json("list", "--limit", 1)]


def test_fields_choose_and_order_in_json_too(two):
    items = two.json("--fields", "plan,tenant_id", "list")["items"]
    assert [list(i) for i in items] == [["plan", "tenant_id"]] * 2


def test_an_unknown_field_is_told(two):
    result = two.run("--fields", "tenant_id,colour", "list")
    assert result.status == 2 and "colour" in result.err, repr(result)


def test_no_colour_reaches_a_pipe_unless_asked_for(two):
    assert "\x1b" not in two.ok("list").out
    assert "\x1b" in two.ok("--color", "always", "list").out
    assert "\x1b" not in two.ok("--color", "never", "list").out
    assert "\x1b" not in two.ok("--color", "always", "-o", "json", "list").out


def test_data_goes_to_standard_output_and_notices_to_standard_error(home):
    result = home.ok("-o", "json", "create", 12345, 67890, "Short Ids", "--id", "short")
    assert json.loads(result.out)["tenant_id"] == "short"
    assert "17" in result.err
    big = 123456789012345678
    assert home.ok("--quiet", "-o", "json", "create", big, big, "More", "--id", "more").err == ""


def test_a_reader_that_leaves_is_no_error(two):
    lines = "".join(f"create 1 {n} Name{n} --id many{n}\n" for n in range(10, 400))
    two.ok("--quiet", "-o", "jsonl", "-f", "-", stdin=lines)
    process = two.popen("-o", "csv", "list", "--limit", "0", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(LIMIT) == 0


def test_no_write_is_left_out_unseen_when_the_reader_leaves(two):
    lines = "".join(f"create 1 {n} Name{n} --id many{n}\n" for n in range(10, 1500))
    two.ok("--quiet", "-o", "jsonl", "-f", "-", stdin=lines)
    process = two.popen("-o", "csv", "-c", "list --limit 0", "-c", "rename many10 After", stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
    assert process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert (process.wait(LIMIT), two.json("show", "many10")["name"]) == (1, "Name10")
    assert "not run" in said and said.count("\n") == 1, said


def test_a_full_disk_under_the_output_is_one_clear_error(two):
    with open("/dev/full", "w") as full:
        process = two.popen("-o", "json", "list", stdout=full, stderr=subprocess.PIPE)
        err = process.stderr.read().decode()
        process.stderr.close()
    assert process.wait(LIMIT) == 1
    assert "standard output" in err and len(err.splitlines()) == 1


def test_a_closed_output_is_one_clear_error(two):
    command = subprocess.run(["sh", "-c", 'exec "$0" --db "$1" list >&-', BIN, two.db], env=two.env, capture_output=True,
                             text=True, timeout=LIMIT, check=False)
    assert command.returncode == 1 and "standard output" in command.stderr and command.stderr.count("\n") == 1


def test_text_is_aligned_and_safe_for_a_terminal(two):
    out = two.ok("list").out.splitlines()
    assert out[0].split()[0].lower().startswith("tenant")
    assert out[1].index("Test Store") == out[2].index("A ")


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_names_survive_every_locale(home, locale):
    env = {"LC_ALL": locale}
    home.ok("create", 1, 2, "Kedai Häppy 店", "--id", "wide", env=env)
    assert home.json("show", "wide", env=env)["name"] == "Kedai Häppy 店"
    out = home.ok("list", env=env).out
    assert "wide" in out
    if locale == "C":
        assert "…" not in out and "│" not in out


def test_an_unwritable_home_is_one_clear_error(home):
    result = home.run("create", 1, 2, "X", env={"XDG_DATA_HOME": "/proc/nowhere"})
    assert result.status in (1, 4) and len(result.err.strip().splitlines()) <= 2, repr(result)
    assert not os.path.exists(home.db)
