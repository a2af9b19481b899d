"""Who holds what: completion beside a lock, a second daemon, the key file, a restore while others are there."""

import os
import re
import shutil
import sqlite3
import stat
import statistics
import subprocess
import time

import pytest

from program import LIMIT, SLOW, Background, Daemon, ended, until

COMPLETIONS = [["show", "ten"], ["features", "tenant01", ""], ["settings", "tenant01", "welcome", ""], [""],
               ["--bot", "--tenant-id", ""], ["channels", "tenant01", "control", ""]]


# --- completion ---

def complete(home, *words):
    """Silent and well whatever happens; the candidates."""
    result = home.run("complete", "--", *words)
    assert result.status == 0 and result.err == "", repr(result)
    return result.out


def spent(home, words):
    """Milliseconds by the clock and of the processor, which a busy machine does not lengthen."""
    began = time.monotonic()
    process = home.popen("complete", "--", *words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr.read() == b""
    _, status, used = os.wait4(process.pid, 0)
    took = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    assert process.returncode == 0
    return took * 1000, (used.ru_utime + used.ru_stime) * 1000


def check_speed(home):
    for words in COMPLETIONS:
        times = [spent(home, words) for _ in range(7)]
        clock, processor = (statistics.median(column) for column in zip(*times))
        assert min(clock, 2 * processor) < 50 * SLOW, (words, times)


def test_a_completion_on_a_locked_database_is_quick_and_silent(tenant):
    db = sqlite3.connect(tenant.db, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    db.execute("UPDATE tenants SET name = 'Held'")
    try:
        check_speed(tenant)
        assert complete(tenant, "show", "ten").startswith("tenant01")
    finally:
        db.execute("ROLLBACK")
        db.close()


def test_a_completion_without_a_database_makes_none(home):
    check_speed(home)
    assert complete(home, "show", "") == ""
    assert "features" in complete(home, "fea")
    assert not os.path.exists(os.path.dirname(home.db)) or os.listdir(os.path.dirname(home.db)) == []
    assert not os.path.exists(home.key)


@pytest.mark.parametrize("damage", [b"", b"junk" * 5000, b"SQLite format 3\0" + b"\xff" * 5000],
                         ids=["empty", "junk", "header"])
def test_a_completion_on_a_damaged_database_is_silent(tenant, damage):
    for path in (tenant.db, tenant.db + "-wal", tenant.db + "-shm"):
        if os.path.exists(path):
            os.remove(path)
    with open(tenant.db, "wb") as f:
        f.write(damage)
    check_speed(tenant)
    with open(tenant.db, "rb") as f:
        assert f.read() == damage


def test_a_completion_neither_migrates_nor_needs_the_key(tenant):
    os.remove(tenant.key)
    check_speed(tenant)
    assert complete(tenant, "show", "ten").startswith("tenant01")
    assert not os.path.exists(tenant.key)


# --- two daemons ---

@pytest.fixture
def daemon(tenant):
    with ended(Daemon(tenant)) as running:
        until("the daemon serves", lambda: "serving" in running.log)
        yield running


def test_the_second_daemon_says_who_holds_the_database(tenant, daemon):
    for words in (["--bot"], ["--bot", "--tenant-id", "tenant01"]):
        result = tenant.run(*words)
        assert result.status == 1 and result.out == "", repr(result)
        first = result.err.splitlines()[0]
        assert re.search(rf"\bpid {daemon.process.pid}\b", first), repr(result)
        assert len(result.err.splitlines()) <= 2, repr(result)
    assert daemon.process.poll() is None


def test_a_daemon_of_one_tenant_holds_the_database_too(tenant):
    with ended(Daemon(tenant, "--tenant-id", "tenant01")) as daemon:
        until("the daemon serves", lambda: "serving" in daemon.log)
        result = tenant.run("--bot")
        assert result.status == 1 and f"pid {daemon.process.pid}" in result.err, repr(result)


def test_another_database_has_another_daemon(tenant, daemon):
    other = tenant.path + "/other.db"
    tenant.ok("--db", other, "create", 1, 2, "Store")
    second = Background()
    with ended(second):
        log = open(tenant.path + "/second.log", "wb")
        second.process = tenant.popen("--db", other, "--bot", stdout=log, stderr=log)
        until("it serves", lambda: b"serving" in open(tenant.path + "/second.log", "rb").read())
        assert daemon.process.poll() is None


def test_the_lock_of_a_killed_daemon_is_free_at_once(tenant, daemon):
    daemon.kill()
    log_before = len(daemon.log)
    daemon.start()
    until("the next one serves", lambda: "serving" in daemon.log[log_before:])
    assert daemon.end() == 0


def test_two_daemons_started_at_once_are_one(tenant):
    children = [tenant.popen("--bot", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(6)]
    try:
        until("all but one gave up", lambda: sum(child.poll() is not None for child in children) >= 5)
        left = [child for child in children if child.poll() is None]
        assert len(left) == 1
        for child in children:
            if child not in left:
                err = child.stderr.read().decode()
                assert child.returncode == 1 and f"pid {left[0].pid}" in err, err
    finally:
        for child in children:
            if child.poll() is None:
                child.terminate()
            child.wait(LIMIT)
            child.stderr.close()


# --- the key file ---

SECRET_WRITE = ["token", "tenant01", "set"]
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gtest0.never-shown-anywhere-at-all-000000\n"


def fingerprint_of(home):
    """As the doctor names it while all is well."""
    (check,) = [c for c in home.json("doctor")["checks"] if c["name"] == "key"]
    (found,) = re.findall(r"\b[0-9a-f]{16}\b", check["detail"])
    return found


def key_refused(home, code, expected):
    error = home.fails(4, code, *SECRET_WRITE, stdin=TOKEN)
    assert expected in f"{error['message']} {error['hint']}", error
    people = home.run(*SECRET_WRITE, stdin=TOKEN)
    lines = people.err.splitlines()
    assert people.status == 4 and len(lines) <= 2 and expected in people.err, repr(people)
    bot = home.run("--bot")
    assert bot.status == 4 and expected in bot.err, repr(bot)
    assert home.json("show", "tenant01")["token"] == "none"


def test_a_missing_key_is_refused_and_no_new_one_made(tenant):
    expected = fingerprint_of(tenant)
    os.remove(tenant.key)
    key_refused(tenant, "key_missing", expected)
    assert not os.path.exists(tenant.key)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644], ids=oct)
def test_a_key_that_others_may_read_is_refused(tenant, mode):
    expected = fingerprint_of(tenant)
    os.chmod(tenant.key, mode)
    key_refused(tenant, "key_unsafe", expected)
    assert stat.S_IMODE(os.stat(tenant.key).st_mode) == mode


@pytest.mark.parametrize("text", ["ab" * 32 + "\n", "", "not a key\n", "ab" * 31 + "\n", "zz" * 32 + "\n", "ab" * 5000],
                         ids=["other", "empty", "words", "short", "letters", "long"])
def test_a_different_key_is_refused(tenant, text):
    expected = fingerprint_of(tenant)
    with open(tenant.key, "w", encoding="utf-8") as f:
        f.write(text)
    key_refused(tenant, "key_wrong", expected)
    with open(tenant.key, encoding="utf-8") as f:
        assert f.read() == text


def test_a_key_that_is_no_file(tenant):
    expected = fingerprint_of(tenant)
    os.remove(tenant.key)
    os.mkdir(tenant.key)
    result = tenant.run("-o", "json", *SECRET_WRITE, stdin=TOKEN)
    assert result.status == 4 and result.error["code"].startswith("key_"), repr(result)
    assert expected in f"{result.error['message']} {result.error['hint']}"


def test_the_right_key_elsewhere_is_taken(tenant):
    kept = tenant.path + "/kept"
    shutil.move(tenant.key, kept)
    document = tenant.json("doctor", env={"TENANTTUI_KEY_FILE": kept})
    assert [c["ok"] for c in document["checks"] if c["name"] == "key"] == [True]
    assert not os.path.exists(tenant.key)


def test_the_doctor_tells_what_is_wrong_with_the_key(tenant):
    expected = fingerprint_of(tenant)
    with open(tenant.key, "w", encoding="utf-8") as f:
        f.write("ab" * 32 + "\n")
    result = tenant.run("-o", "json", "doctor")
    (check,) = [c for c in result.json["checks"] if c["name"] == "key"]
    assert result.status == 1 and check["ok"] is False and expected in check["detail"], check


# --- restore ---

@pytest.fixture
def backup(tenant):
    path = tenant.path + "/b.db"
    tenant.ok("backup", path)
    tenant.ok("--no-push", "features", "tenant01", "shop", "off")
    tenant.ok("--no-push", "rename", "tenant01", "Later")
    return path


def still_there(home):
    document = home.json("show", "tenant01")
    assert (document["name"], document["features"]["shop"], document["revision"]) == ("Later", False, 2)


def restore_refused(home, path):
    result = home.run("-o", "json", "--yes", "restore", path)
    assert result.status == 1 and result.error["code"] in ("refused", "taken"), repr(result)
    still_there(home)


def test_a_restore_while_the_daemon_runs_is_refused(tenant, backup):
    with ended(Daemon(tenant)) as daemon:
        until("the daemon serves", lambda: "serving" in daemon.log)
        restore_refused(tenant, backup)
        assert daemon.process.poll() is None


def test_a_restore_while_a_shell_is_open_is_refused(tenant, backup):
    shell = tenant.popen("-o", "jsonl", "-f", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    try:
        shell.stdin.write(b"show tenant01\n")
        shell.stdin.flush()
        assert shell.stdout.readline().startswith(b'{"tenant_id":"tenant01"')
        restore_refused(tenant, backup)
        shell.stdin.write(b"list\n")
        shell.stdin.flush()
        assert b"tenant01" in shell.stdout.readline()
    finally:
        shell.communicate(timeout=LIMIT)
    assert tenant.json("--yes", "restore", backup)["changed"] is True


@pytest.mark.parametrize("hold", ["BEGIN IMMEDIATE", "SELECT count(*) FROM tenants"])
def test_a_restore_while_any_other_program_has_it_open_is_refused(tenant, backup, hold):
    db = sqlite3.connect(tenant.db, isolation_level=None)
    cursor = db.execute(hold)
    if hold.startswith("SELECT"):
        db.execute("BEGIN")
        cursor = db.execute("SELECT * FROM tenants")
        cursor.fetchone()
    try:
        result = tenant.run("-o", "json", "--yes", "restore", backup)
        assert result.status in (1, 4), repr(result)
        assert result.error["code"] in ("refused", "taken", "db_locked"), repr(result)
    finally:
        cursor.close()
        if db.in_transaction:
            db.execute("ROLLBACK")
        db.close()
    still_there(tenant)


def test_a_restore_raises_revisions_and_drops_pushes(tenant, backup):
    tenant.ok("token", "tenant01", "clear", "--yes")
    document = tenant.json("--yes", "restore", backup)
    assert document["changed"] is True
    shown = tenant.json("show", "tenant01")
    assert (shown["name"], shown["features"]["shop"], shown["revision"]) == ("Test Store", True, 3)
    assert tenant.json("push", "list")["items"] == []
    assert tenant.json("doctor")["ok"] is True


@pytest.mark.parametrize("spoil", ["truncate", "noise", "missing", "foreign", "empty", "flip"])
def test_a_restore_from_a_bad_backup_changes_nothing(tenant, backup, spoil):
    with open(backup, "r+b") as f:
        if spoil == "truncate":
            f.truncate(os.path.getsize(backup) // 2)
        elif spoil == "empty":
            f.truncate(0)
        elif spoil == "noise":
            f.write(b"\x5a" * 4096)
        elif spoil == "flip":
            f.seek(4096 * 3)
            page = f.read(4096 * 6)
            f.seek(4096 * 3)
            f.write(bytes(b ^ 0xff for b in page))
    if spoil in ("missing", "foreign"):
        os.remove(backup)
    if spoil == "foreign":
        db = sqlite3.connect(backup)
        db.execute("CREATE TABLE notes (text)")
        db.commit()
        db.close()
    result = tenant.run("-o", "json", "--yes", "restore", backup)
    assert result.status in (1, 4) and result.out == "", repr(result)
    still_there(tenant)
    assert not os.path.exists(tenant.db + ".before-restore")
    assert tenant.json("doctor")["ok"] is True


def test_a_restore_with_another_key_is_refused(tenant, backup):
    with open(tenant.key, "w", encoding="utf-8") as f:
        f.write("cd" * 32 + "\n")
    for words in (["--dry-run", "restore"], ["--yes", "restore"]):
        result = tenant.run("-o", "json", *words, backup)
        assert result.status == 4 and result.error["code"] == "key_wrong", repr(result)
    still_there(tenant)


def test_a_restore_that_is_only_tried_refuses_what_the_real_one_would(tenant, backup):
    names = sorted(os.listdir(os.path.dirname(tenant.db)))
    bad = tenant.path + "/bad.db"
    with open(bad, "wb") as f:
        f.write(b"not a database" * 1000)
    for target in ("missing.db", bad, tenant.db, tenant.path):
        real, tried = (tenant.run("-o", "json", *words, "restore", target) for words in (["--yes"], ["--dry-run"]))
        assert tried.status == real.status != 0 and tried.out == "", (repr(real), repr(tried))
        assert tried.error == real.error
    plan = tenant.json("--dry-run", "restore", backup)
    assert plan["database"] and plan["calls"] == 0
    assert sorted(os.listdir(os.path.dirname(tenant.db))) == names
    with tenant.popen("shell", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
        shell.stdin.write("list\n")
        shell.stdin.flush()
        shell.stdout.readline()
        error = tenant.fails(1, "refused", "--dry-run", "restore", backup)
        assert "open in another process" in error["message"]
        shell.stdin.close()
        shell.wait(LIMIT)
    still_there(tenant)
