"""Batches: order, errors, statuses, one transaction, and what a dry run leaves."""

import json

import pytest

ALONE = ["sync tenant01", "token tenant01 clear", "channels tenant01 control create", "backup x.db", "restore x.db",
         "migrate", "doctor"]


def test_documents_come_in_the_order_of_the_lines(tenant):
    lines = [w for n in range(20) for w in ("-c", f"rename tenant01 'N{n}'")]
    docs = tenant.ok("-o", "jsonl", *lines).lines
    audits = [d["audit"] for d in docs]
    assert audits == sorted(audits) and len(audits) == 20


def test_an_error_ends_the_batch(tenant):
    result = tenant.run("-o", "jsonl", "-c", "rename tenant01 A", "-c", "rename tenant02 B", "-c", "rename tenant01 C")
    assert result.status == 1 and len(result.lines) == 1
    assert tenant.json("show", "tenant01")["name"] == "A"


def test_keep_going_runs_all_and_ends_with_the_largest_status(tenant):
    result = tenant.run("--keep-going", "-o", "jsonl", "-c", "rename tenant02 B", "-c", "frobnicate", "-c",
                        "rename tenant02 B", "-c", "rename tenant01 C")
    assert result.status == 2 and len(result.lines) == 1
    assert [json.loads(e)["error"]["code"] for e in result.err.splitlines()] == ["no_such", "unknown_command", "no_such"]
    assert tenant.json("show", "tenant01")["name"] == "C"


def test_errors_in_json_carry_file_and_line(tenant, tmp_path):
    lines = tmp_path / "lines"
    lines.write_text("version\nshow nobody\n")
    result = tenant.run("-o", "jsonl", "-f", lines)
    document = json.loads(result.err.splitlines()[-1])
    assert (document["file"], document["line"]) == (str(lines), 2)


def test_atomic_commits_all_or_nothing(tenant):
    result = tenant.run("--atomic", "-o", "jsonl", "-c", "rename tenant01 A", "-c", "features tenant01 api_access on")
    assert result.status == 1 and result.out == ""
    assert tenant.json("show", "tenant01")["name"] == "Test Store"
    assert tenant.json("audit", "--count") == {"total": 1}
    docs = tenant.ok("--atomic", "-o", "jsonl", "-c", "rename tenant01 A", "-c", "features tenant01 shop off", "-c",
                     "features tenant01 leveling off").lines
    assert [d["changed"] for d in docs] == [True] * 3
    assert tenant.json("show", "tenant01")["features"]["leveling"] is False


def test_atomic_may_create_and_then_change(home):
    docs = home.ok("--atomic", "-o", "jsonl", "-c", "create 1 2 One --id one", "-c", "features one shop off").lines
    assert len(docs) == 2 and home.json("show", "one")["features"]["shop"] is False


@pytest.mark.parametrize("line", ALONE)
def test_atomic_refuses_what_stands_alone(tenant, line):
    result = tenant.run("--atomic", "--yes", "-o", "jsonl", "-c", "rename tenant01 A", "-c", line)
    assert result.status == 2, repr(result)
    assert tenant.json("show", "tenant01")["name"] == "Test Store"


def test_a_dry_run_of_a_batch_sees_its_own_changes_and_keeps_none(tenant):
    docs = tenant.ok("--dry-run", "-o", "jsonl", "-c", "plan tenant01 premium", "-c", "features tenant01 automod on").lines
    assert all(d["database"] for d in docs)
    doc = tenant.json("show", "tenant01")
    assert (doc["plan"], doc["revision"]) == ("basic", 1)
    assert tenant.json("audit", "--count") == {"total": 1}


def test_a_dry_run_of_create_makes_no_database(home):
    import os
    doc = home.json("--dry-run", "create", 1, 2, "One", "--id", "one")
    assert any(row["table"] == "tenants" for row in doc["database"])
    assert not os.path.exists(home.db) and not os.path.exists(home.key)


def test_an_empty_batch_is_done(tenant):
    assert tenant.ok("-f", "-", stdin="").out == ""
    assert tenant.ok("-f", "-", stdin="# only a comment\n\n").out == ""
    assert tenant.ok("--atomic", "-f", "-", stdin="").out == ""


def test_no_push_leaves_the_status_at_zero(tenant):
    doc = tenant.json("--no-push", "features", "tenant01", "shop", "off")
    assert doc["push"]["reason"] in ("no_push", "no_token")
