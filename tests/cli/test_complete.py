"""Completion asks the binary: words, live data, silence, and speed."""

import os
import sqlite3
import subprocess
import time

import pytest

from program import SLOW


def candidates(home, *words):
    result = home.ok("complete", "--", *words)
    assert result.err == ""
    return [line.split("\t")[0] for line in result.out.splitlines()]


def test_commands_faces_and_options(home):
    first = candidates(home, "")
    for word in "create list show features channels bot operator token undo help shell sandbox demo".split():
        assert word in first, word
    assert "complete" not in first and "manual" not in first
    assert candidates(home, "fea") == ["features"]
    assert "--atomic" in candidates(home, "--a") and "--api-base" in candidates(home, "--a")
    assert candidates(home, "--no-h") == ["--no-headers"] and candidates(home, "-o", "js") == ["json", "jsonl"]
    assert set(candidates(home, "bot", "")) >= {"list", "start", "stop", "restart", "status"}
    assert "--listen" in candidates(home, "sandbox", "--")


def test_live_data(home):
    home.create()
    home.create("tenant02", guild=5, plan="premium")
    assert candidates(home, "show", "ten") == ["tenant01", "tenant02"]
    assert "automod" not in candidates(home, "features", "tenant01", "")
    assert "automod" in candidates(home, "features", "tenant02", "")
    assert set(candidates(home, "features", "tenant01", "shop", "")) >= {"enable", "disable"}
    assert "control" in candidates(home, "channels", "tenant01", "co")
    assert "message" in candidates(home, "settings", "tenant01", "welcome", "")
    assert "premium" in candidates(home, "plan", "tenant01", "")
    assert candidates(home, "--bot", "--tenant-id", "tenant02") == ["tenant02"]


def test_growids_of_the_tenant(home):
    home.create()
    home.create("tenant02", guild=5)
    home.ok("--quiet", "-f", "-", stdin="register tenant01 7 Budi99\nregister tenant01 8 buana1\nregister tenant02 9 Bunga1\n")
    assert candidates(home, "balance", "show", "tenant01", "bu") == ["buana1", "budi99"]
    assert candidates(home, "tx", "list", "tenant01", "--user", "Bud") == ["Budi99"]
    assert candidates(home, "balance", "show", "tenant03", "") == []


def test_the_database_of_the_line_is_asked(home, tmp_path):
    other = tmp_path / "other.db"
    home.ok("--db", other, "--key-file", tmp_path / "k", "create", 1, 2, "X", "--id", "elsewhere")
    assert candidates(home, "--db", other, "show", "") == ["elsewhere"]
    assert candidates(home, "--db", "/nonexistent", "show", "") == []


def test_silent_on_a_missing_damaged_or_locked_database(home):
    assert candidates(home, "show", "") == []
    home.create()
    db = sqlite3.connect(home.db, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    candidates(home, "show", "ten")
    assert time.monotonic() - began < min(5 * SLOW, 9)  # who waits for a lock waits for 10
    db.execute("ROLLBACK")
    db.close()
    with open(home.db, "r+b") as f:
        f.write(b"junk" * 2000)
    assert candidates(home, "show", "ten") == []


@pytest.mark.parametrize("words", [["features", "'"], ["show", "--", "x"], ["a" * 5000], ["show", "\\"], ["\xff"], ["--wait"],
                                   ["settings", "no-such", "welcome", ""], ["-c", "list"], ["--nonsense", "x"]])
def test_never_fails(home, words):
    home.create()
    candidates(home, *words)


def test_within_50_ms(tenant):
    """Of processor time, so that a busy machine does not count."""
    took = []
    for _ in range(5):
        process = tenant.popen("complete", "--", "show", "ten", stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        took.append(usage.ru_utime + usage.ru_stime)
    assert min(took) < 0.05 * SLOW, took
