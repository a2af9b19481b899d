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


# --- what fails to begin leaves nothing ---

def beside(home):
    folder = os.path.dirname(home.db)
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


@pytest.mark.parametrize("words,status", [(("create", "1"), 2), (("create", "1", "2", ""), 2), (("create", "x", "2", "S"), 2),
                                          (("create", "1", "2", "S", "--id", "Not an id"), 2), (("import", "missing.db"), 1),
                                          (("restore", "missing.db"), 1)])
def test_what_would_be_first_in_a_new_database_and_fails_leaves_none(home, words, status):
    result = home.run("-o", "json", "--yes", *words)
    assert result.status == status and "was made" not in result.err, repr(result)
    assert beside(home) == []


def test_of_a_batch_only_what_was_saved_keeps_the_new_database(home):
    lines = "create 1\ncreate 1 2 ''\n"
    home.run("--keep-going", "-f", "-", stdin=lines)
    assert beside(home) == []
    home.run("--atomic", "-f", "-", stdin="create 1 2 Good --id good1\n" + lines)
    assert beside(home) == []
    result = home.run("--keep-going", "-f", "-", stdin=lines + "create 1 2 Good --id good1\n" + lines)
    assert result.err.count("was made") == 1, repr(result)
    assert [i["tenant_id"] for i in home.json("list")["items"]] == ["good1"]


def test_a_dry_run_without_a_database_leaves_nothing_anywhere(home, tmp_path):
    home.env["TMPDIR"] = str(tmp_path / "tmp")
    os.mkdir(home.env["TMPDIR"])
    for words in (["create", "1", "2", "Store"], ["create", "1", "2", ""], ["-c", "create 1 2 S --id one", "-c", "rename one Two"]):
        home.run("--dry-run", *words)
    assert os.listdir(home.env["TMPDIR"]) == [] and beside(home) == [] and not os.path.exists(home.key)


@pytest.mark.parametrize("key,code", [("junk\n", "key_wrong"), (None, "key_missing"), ("ab" * 32 + "\n", "key_unsafe")])
def test_a_key_that_cannot_be_used_leaves_no_new_database(home, key, code):
    os.makedirs(os.path.dirname(os.path.dirname(home.key)))
    if key is None:
        with open(os.path.dirname(home.key), "w", encoding="ascii"):
            pass  # where its directory would be
    else:
        os.mkdir(os.path.dirname(home.key))
        with open(home.key, "w", encoding="ascii") as f:
            f.write(key)
        os.chmod(home.key, 0o644 if code == "key_unsafe" else 0o600)
    for words in (["create", "1", "2", "Store"], ["migrate"], []):
        result = home.run(*(["-o", "json"] if words else []), *words)
        assert result.status == 4 and result.out == "", repr(result)
        assert not words or result.error["code"] == code, repr(result)
        assert beside(home) == [] and "was made" not in result.err, repr(result)


def test_an_empty_file_is_filled_by_create_alone_and_becomes_private(home):
    os.makedirs(os.path.dirname(home.db))
    with open(home.db, "w", encoding="ascii"):
        pass
    os.chmod(home.db, 0o644)
    for words in (["list"], ["show", "tenant01"], ["rename", "tenant01", "X"], ["--readonly", "list"], ["backup", "b.db"]):
        result = home.run("-o", "json", *words)
        only_error(result, "db_damaged")
        assert "is an empty file" in result.error["message"] and "create" in result.error["hint"], repr(result)
    home.ok("--dry-run", "create", "1", "2", "Store")
    assert os.path.getsize(home.db) == 0 and stat.S_IMODE(os.stat(home.db).st_mode) == 0o644
    home.run("-o", "json", "create", "1", "2", "")
    assert os.path.exists(home.db)  # it was there
    home.create()
    assert stat.S_IMODE(os.stat(home.db).st_mode) == 0o600
    assert home.json("doctor")["ok"] is True


# --- damaged and foreign ---

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


@pytest.mark.parametrize("words", [["--db", "pipe", "list"], ["--db", "pipe", "rename", "tenant01", "X"], ["--yes", "restore", "pipe"],
                                   ["--db", "pipe", "doctor"]], ids=" ".join)
def test_a_pipe_is_no_database_and_nobody_waits_for_it(tenant, words):
    os.mkfifo(f"{tenant.path}/pipe")
    result = tenant.run(*words)
    assert result.status and "pipe' is a pipe, not a database" in result.out + result.err, repr(result)


def test_a_full_disk_is_told(tenant):
    import resource
    size = max(os.path.getsize(tenant.db), os.path.getsize(tenant.db + "-wal")
               if os.path.exists(tenant.db + "-wal") else 0)
    lines = "".join(f"create 1 {n} 'Store {n}' --id full{n}\n" for n in range(10, 400))

    def limit():
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
