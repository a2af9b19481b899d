"""A database or a key that cannot be used: one clear error, the right status, no change."""

import os
import shutil
import sqlite3
import stat
import subprocess
import tempfile

import pytest

from program import BIN, Home


def only_error(result, code):
    assert (result.status, result.error["code"]) == (4, code), repr(result)
    assert result.out == ""


READS = ["show tenant01", "list", "features tenant01 shop off", "audit", "undo", "bot list", "push list"]


@pytest.mark.parametrize("line", READS)
def test_a_missing_database_is_told_and_not_made(home, line):
    only_error(home.run("-o", "jsonl", "-c", line), "db_missing")
    assert not os.path.exists(home.db)


def test_the_daemon_and_readonly_do_not_make_one_either(home):
    assert home.run("--bot").status == 4
    assert home.run("--readonly", "list").status == 4
    assert not os.path.exists(home.db) and not os.path.exists(home.db + ".log")


def test_files_are_for_the_owner_only(tenant):
    for path in (tenant.db, tenant.key):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600, path


@pytest.mark.parametrize("junk", [b"", b"not a database at all, just text" * 200, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_database_is_told(tenant, junk):
    for extra in ("-wal", "-shm"):
        if os.path.exists(tenant.db + extra):
            os.remove(tenant.db + extra)
    with open(tenant.db, "wb") as f:
        f.write(junk)
    result = tenant.run("-o", "json", "show", "tenant01")
    assert result.status == 4 and result.error["code"] in ("db_damaged", "db_missing"), repr(result)
    with open(tenant.db, "rb") as f:
        assert f.read() == junk


def test_a_newer_database_is_refused(tenant):
    with sqlite3.connect(tenant.db) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        db.execute(f"PRAGMA user_version = {version + 1000}")
        tables = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE name LIKE '%migration%' AND type='table'")]
        for table in tables:
            columns = [r[1] for r in db.execute(f"PRAGMA table_info({table})")]
            row = list(db.execute(f"SELECT * FROM {table} ORDER BY 1 DESC LIMIT 1").fetchone())
            row[0] += 1000
            db.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(columns))})", row)
    db.close()
    only_error(tenant.run("-o", "json", "show", "tenant01"), "db_newer")
    only_error(tenant.run("-o", "json", "rename", "tenant01", "X"), "db_newer")


def test_a_locked_database_is_told_after_the_wait(tenant):
    db = sqlite3.connect(tenant.db, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    assert tenant.ok("show", "tenant01").out
    only_error(tenant.run("-o", "json", "rename", "tenant01", "X"), "db_locked")
    db.execute("ROLLBACK")
    db.close()
    tenant.ok("rename", "tenant01", "X")


NOBODY = 65534


@pytest.fixture
def plain_home():
    """A home of a user who is not root: root would write everywhere."""
    directory = tempfile.mkdtemp(prefix="tt-plain-")
    home = Home(os.path.join(directory, "home"))
    user = {}
    if os.getuid() == 0:
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        os.chmod(directory, 0o755)
        os.chown(home.path, NOBODY, NOBODY)
        if subprocess.run(["test", "-x", BIN], **user, check=False).returncode:
            shutil.rmtree(directory)
            pytest.skip("another user cannot run the program where it stands")
    plain = home.popen
    home.popen = lambda *words, **how: plain(*words, **{**user, **how})
    yield home
    for path, _, _ in os.walk(directory):
        os.chmod(path, 0o700)
    shutil.rmtree(directory)


def test_a_read_only_directory_can_be_read(plain_home):
    plain_home.create()
    directory = os.path.dirname(plain_home.db)
    for name in os.listdir(directory):
        os.chmod(os.path.join(directory, name), 0o400)
    os.chmod(directory, 0o500)
    result = plain_home.ok("--readonly", "-o", "json", "show", "tenant01")
    assert result.json["tenant_id"] == "tenant01"
    assert "read-only" in result.err
    assert "tenant01" in plain_home.ok("list").out
    result = plain_home.run("-o", "json", "rename", "tenant01", "X")
    assert (result.status, result.error["code"]) == (3, "read_only"), repr(result)


def test_a_database_of_somebody_else_is_told(plain_home):
    plain_home.create()
    os.chmod(plain_home.db, 0o000)
    result = plain_home.run("-o", "json", "show", "tenant01")
    assert result.status in (3, 4) and result.out == "", repr(result)


def test_a_full_disk_is_told(tenant):
    import resource
    size = max(os.path.getsize(tenant.db), os.path.getsize(tenant.db + "-wal")
               if os.path.exists(tenant.db + "-wal") else 0)
    lines = "".join(f"create 1 {n} 'Store {n}' --id full{n}\n" for n in range(10, 400))

    def limit():
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100_000, size + 100_000))

    process = subprocess.run([BIN, "--quiet", "-o", "jsonl", "-f", "-"], input=lines.encode(), env=tenant.env,
                             cwd=tenant.path, preexec_fn=limit, capture_output=True, timeout=120)
    assert process.returncode == 4, process
    assert b"db_full" in process.stderr
    assert tenant.json("doctor")["ok"] is True
    saved = len(process.stdout.splitlines())
    assert tenant.json("list", "--count")["total"] == saved + 1


# --- the key ---



def test_the_key_is_made_once_and_asked_for_ever_after(home, tmp_path):
    home.create()
    with sqlite3.connect(home.db) as db:
        rows = str([db.execute(f"SELECT * FROM {name}").fetchall() for (name,) in
                    db.execute("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite%'")])
    db.close()
    assert os.path.exists(home.key)
    kept = tmp_path / "kept"
    shutil.move(home.key, kept)
    result = home.run("--no-push", "-o", "json", "token", "tenant01", "set", stdin="MTIz.abc.def\n")
    only_error(result, "key_missing")
    assert not os.path.exists(home.key)
    # the expected fingerprint is named, and it is in the database
    assert any(word.strip("'\".,;()") in rows for word in (result.error["message"] + " " + str(result.error["hint"])).split()
               if len(word.strip("'\".,;()")) >= 16)
    with open(home.key, "w") as f:
        f.write("ab" * 32 + "\n")
    os.chmod(home.key, 0o600)
    only_error(home.run("--no-push", "-o", "json", "token", "tenant01", "set", stdin="MTIz.abc.def\n"), "key_wrong")
    shutil.copy(kept, home.key)
    os.chmod(home.key, 0o640)
    only_error(home.run("--no-push", "-o", "json", "token", "tenant01", "set", stdin="MTIz.abc.def\n"), "key_unsafe")


def test_a_read_needs_no_key(tenant):
    os.remove(tenant.key)
    assert tenant.json("show", "tenant01")["tenant_id"] == "tenant01"
