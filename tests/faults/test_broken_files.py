"""Databases that cannot be used: one clear line, status 4, and nothing changed by the attempt."""

import contextlib
import ctypes
import glob
import hashlib
import json
import os
import random
import resource
import signal
import sqlite3
import subprocess

import pytest

from modest import modest_home
from program import BIN, LIMIT

LINES = ["show tenant01", "list", "audit", "rename tenant01 Other", "features tenant01 shop off", "undo", "push list",
         "token tenant01 clear --yes", "operator list", "bot status tenant01"]
READS = [line for line in LINES if line.split()[0] in ("show", "list", "audit", "push", "operator", "bot")]


def fingerprint(home):
    """The database as it lies on the disk; the index of the WAL is made anew by whoever looks."""
    found = {}
    for path in (home.db, home.db + "-wal"):
        if os.path.exists(path):
            with open(path, "rb") as f:
                data = f.read()
            if data:
                found[path] = hashlib.sha256(data).hexdigest()
    return found


def files(home):
    return {os.path.basename(path) for path in glob.glob(os.path.dirname(home.db) + "/*")}


def whole(home):
    """All of the database in its one file, as after a backup was put in its place."""
    copy = home.path + "/copy.db"
    home.ok("backup", copy)
    for path in glob.glob(home.db + "*"):
        os.remove(path)
    os.replace(copy, home.db)


def one_line(result):
    """The error is one line; one more, indented, may say what to do."""
    lines = result.err.strip().splitlines()
    assert 1 <= len(lines) <= 2 and lines[0].startswith("tenanttui: "), repr(result)
    assert len(lines) == 1 or lines[1].startswith("  "), repr(result)


def refused(home, codes, *words, **how):
    """Status 4 with one of the codes, told in one line for people, and nothing on standard output."""
    codes = codes if isinstance(codes, tuple) else (codes,)
    before = fingerprint(home)
    result = home.run("-o", "json", *words, **how)
    assert result.status == 4 and result.error["code"] in codes, repr(result)
    assert result.out == "", repr(result)
    people = home.run("--quiet", *words, **how)
    assert people.status == 4 and people.out == "", repr(people)
    one_line(people)
    assert fingerprint(home) == before
    return result.error


# --- damaged ---

def overwrite(path, data, at=0):
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(data)


def with_noise(home):
    with open(home.db, "wb") as f:
        f.write(random.Random(1).randbytes(100_000))


def with_text(home):
    with open(home.db, "w", encoding="utf-8") as f:
        f.write("dear diary\n" * 5000)


def with_half_a_header(home):
    with open(home.db, "r+b") as f:
        f.truncate(50)


def with_a_wrong_first_page(home):
    overwrite(home.db, random.Random(2).randbytes(4000), 96)


def with_another_program_s_tables(home):
    os.remove(home.db)
    db = sqlite3.connect(home.db)
    db.execute("CREATE TABLE notes (text)")
    db.commit()
    db.close()


@pytest.mark.parametrize("damage", [with_noise, with_text, with_half_a_header, with_a_wrong_first_page,
                                    with_another_program_s_tables], ids=lambda f: f.__name__)
def test_a_file_that_is_no_database_of_ours(tenant, damage):
    whole(tenant)
    damage(tenant)
    for line in LINES:
        refused(tenant, "db_damaged", *line.split())
    result = tenant.run("--bot")
    assert result.status == 4, repr(result)
    one_line(result)


def test_a_file_cut_short(tenant):
    whole(tenant)
    with open(tenant.db, "r+b") as f:
        f.truncate(os.path.getsize(tenant.db) * 6 // 10 // 4096 * 4096)
    for line in LINES:
        refused(tenant, "db_damaged", *line.split())


def test_an_empty_file_holds_nothing(tenant):
    whole(tenant)
    with open(tenant.db, "wb"):
        pass
    for line in READS:
        refused(tenant, ("db_damaged", "db_missing"), *line.split())


def test_flipped_pages_are_told_or_harmless_but_never_a_crash(tenant):
    """Wherever the damage lies: an answer or one clear error, never another end, and doctor finds what there is."""
    tenant.ok("-c", "features tenant01 shop off", "-c", "config tenant01 prefix ?", "-c", "rename tenant01 Other")
    whole(tenant)
    with open(tenant.db, "rb") as f:
        good = f.read()
    dice = random.Random(3)
    told = 0
    pages = range(1, len(good) // 4096)
    for page in dice.sample(pages, 14):
        flipped = bytes(b ^ 0xff for b in good[page * 4096:(page + 1) * 4096])
        for extra in ("-wal", "-shm"):
            if os.path.exists(tenant.db + extra):
                os.remove(tenant.db + extra)
        with open(tenant.db, "wb") as f:
            f.write(good)
        overwrite(tenant.db, flipped, page * 4096)
        for line in ("show tenant01", "list", "audit", "push list"):
            result = tenant.run("-o", "json", *line.split())
            assert result.status in (0, 4) or result.error["code"] == "no_such", repr(result)
            if result.status == 4:
                assert result.error["code"] == "db_damaged", repr(result)
                told += 1
        doctor = tenant.run("-o", "json", "doctor")
        assert doctor.status in (0, 1, 4), repr(doctor)
    assert told > 0


def test_a_damaged_wal_loses_nothing_that_was_copied_back(tenant):
    """Noise behind the WAL's header is what a power cut leaves: SQLite stops there, and so the database is whole."""
    whole(tenant)
    tenant.ok("rename", "tenant01", "Second")
    wal = tenant.db + "-wal"
    overwrite(wal, random.Random(4).randbytes(400), 32)
    shown = tenant.json("show", "tenant01")
    assert shown["name"] in ("Test Store", "Second")
    assert tenant.json("doctor")["ok"] is True


# --- older and newer ---

def schema(home, change):
    db = sqlite3.connect(home.db)
    change(db)
    db.commit()
    db.close()


def test_a_newer_database_is_refused_by_every_face(tenant):
    whole(tenant)
    version = tenant.run("version").out
    assert "schema" in version

    def raise_version(db):
        (number,) = db.execute("PRAGMA user_version").fetchone()
        db.execute(f"PRAGMA user_version = {number + 1}")
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table' AND name LIKE '%migration%'").fetchall():
            row = list(db.execute(f"SELECT * FROM {name} ORDER BY 1 DESC LIMIT 1").fetchone())
            row[0] += 1
            db.execute(f"INSERT INTO {name} VALUES ({','.join('?' * len(row))})", row)

    schema(tenant, raise_version)
    for line in [*LINES, "migrate", f"backup {tenant.path}/b.db"]:
        refused(tenant, "db_newer", *line.split())
    assert not os.path.exists(tenant.path + "/b.db")
    bot = tenant.run("--bot")
    assert bot.status == 4, repr(bot)
    one_line(bot)


def old_home(home):
    """A database as the first migration alone would have left it."""
    whole(home)
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    first = sorted(glob.glob(root + "/migrations/*.sql"))[0]
    db = sqlite3.connect(home.db)
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    (book,) = [name for name in tables if "migration" in name]
    head = db.execute(f"SELECT * FROM {book} ORDER BY 1 LIMIT 1").fetchone()
    ddl = db.execute(f"SELECT sql FROM sqlite_master WHERE name='{book}'").fetchone()[0]
    (application,) = db.execute("PRAGMA application_id").fetchone()
    db.close()
    os.remove(home.db)
    db = sqlite3.connect(home.db)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA application_id = {application}")
    with open(first, encoding="utf-8") as f:
        db.executescript(f.read())
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (book,)).fetchone():
        db.execute(ddl)
    db.execute(f"DELETE FROM {book}")
    db.execute(f"INSERT INTO {book} VALUES ({','.join('?' * len(head))})", head)
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    os.chmod(home.db, 0o600)


def test_an_older_database_is_only_migrated_by_who_may_write(tenant):
    old_home(tenant)
    before = fingerprint(tenant)
    refused(tenant, "db_older", "--readonly", "list")
    refused(tenant, "db_older", "--readonly", "audit")
    assert fingerprint(tenant) == before
    result = tenant.ok("list")
    assert "schema" in result.err and "backup" in result.err, repr(result)
    (kept,) = [name for name in files(tenant) if ".before-" in name]
    db = sqlite3.connect(os.path.join(os.path.dirname(tenant.db), kept))
    assert db.execute("PRAGMA user_version").fetchone()[0] == 1
    db.close()
    assert tenant.json("doctor")["ok"] is True
    assert "schema" not in tenant.run("list").err


def test_a_dry_run_leaves_an_older_database_as_it_is(tenant):
    old_home(tenant)
    before = fingerprint(tenant)
    for line in ("create 1 2 Store", "list", "show tenant01", "rename tenant01 Other", "undo", "stock add tenant01 DL line"):
        for form in (["--dry-run", *line.split()], [*line.split(), "--dry-run"], ["--dry-run", "-c", line, "-c", "list"]):
            result = tenant.run("-o", "jsonl", *form)
            assert (result.status, result.error["code"]) == (4, "db_older") and result.out == "", repr(result)
            assert "migrate" in result.error["hint"]
    assert tenant.json("--dry-run", "migrate")["database"][0]["before"] == {"version": 1}
    (rows,) = [c for c in tenant.run("-o", "json", "doctor").json["checks"] if c["name"] == "rows"]
    assert rows["ok"] is False
    assert fingerprint(tenant) == before and not [name for name in files(tenant) if "before-" in name]


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_what_is_told_of_a_migration_is_not_among_the_data(tenant, form):
    old_home(tenant)
    result = tenant.ok("-o", form, "list")
    assert "schema" in result.err and "schema" not in result.out, repr(result)
    assert result.out == tenant.ok("-o", form, "list").out
    old_home(tenant)
    result = tenant.ok("-o", "json", "migrate")
    assert result.json["from"] == 1 and ".before-" in result.err and ".before-" not in result.out, repr(result)


def test_a_migration_that_was_changed_afterwards_is_told(tenant):
    whole(tenant)

    def spoil(db):
        (book,) = db.execute("SELECT name FROM sqlite_master WHERE type='table' AND name LIKE '%migration%'").fetchone()
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({book})")]
        (sum_column,) = [name for name in columns if "sum" in name or "sha" in name or "hash" in name]
        db.execute(f"UPDATE {book} SET {sum_column} = '{'00' * 32}'")

    schema(tenant, spoil)
    refused(tenant, "db_damaged", "show", "tenant01")


# --- read-only ---

@pytest.fixture
def modest():
    """tenant01 in a home of somebody to whom file modes mean something."""
    with modest_home() as home:
        home.create()
        yield home


def told_read_only(home, *words):
    """Reads go on; a write says that the database is read-only and changes nothing."""
    before = fingerprint(home)
    for line in READS:
        assert home.run(*line.split()).status == 0, repr(home.run(*line.split()))
    result = home.run("-o", "json", *words)
    assert result.status in (3, 4) and result.error["code"] == "read_only", repr(result)
    one_line(home.run("--quiet", *words))
    assert fingerprint(home) == before


def test_a_read_only_file_is_read_and_not_written(modest):
    for name in glob.glob(modest.db + "*"):
        os.chmod(name, 0o400)
    told_read_only(modest, "rename", "tenant01", "Other")


def test_a_read_only_directory_is_read_and_not_written(modest):
    whole(modest)
    modest.give()
    os.chmod(modest.db, 0o400)
    os.chmod(os.path.dirname(modest.db), 0o500)
    before = files(modest)
    told_read_only(modest, "rename", "tenant01", "Other")
    assert modest.ok("--readonly", "show", "tenant01").out
    assert files(modest) == before


def test_a_directory_that_may_not_be_entered(modest):
    os.chmod(os.path.dirname(modest.db), 0)
    try:
        if os.access(modest.db, os.F_OK) and os.getuid() != 0:
            pytest.skip("modes mean nothing here")
        result = modest.run("-o", "json", "show", "tenant01")
        assert result.status == 4, repr(result)
        one_line(modest.run("--quiet", "show", "tenant01"))
    finally:
        os.chmod(os.path.dirname(modest.db), 0o700)


@pytest.mark.parametrize("place", ["/dev/null", "/dev/full", "."])
def test_something_else_in_the_database_s_place(home, place):
    mode = os.stat(place).st_mode
    result = home.run("--db", place, "-o", "json", "list")
    assert result.status == 4 and result.out == "", repr(result)
    result = home.run("--db", place, "-o", "json", "create", "1", "2", "Store")
    assert result.status == 4 and result.out == "", repr(result)
    assert os.stat(place).st_mode == mode


# --- locked ---

def test_a_lock_held_too_long_is_told_to_each_writer_and_stops_no_reader(tenant):
    db = sqlite3.connect(tenant.db, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    before = fingerprint(tenant)
    try:
        waiting = [tenant.popen("-o", "json", *line.split(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                   for line in ("rename tenant01 Other", "features tenant01 shop off", "create 5 6 Second")]
        for line in READS:
            assert "locked" not in tenant.ok(*line.split()).err
        for process in waiting:
            out, err = process.communicate(timeout=3 * LIMIT)
            assert process.returncode == 4 and out == b"", (out, err)
            assert json.loads(err.splitlines()[0])["error"]["code"] == "db_locked", err
        assert fingerprint(tenant) == before
    finally:
        db.execute("ROLLBACK")
        db.close()
    tenant.ok("rename", "tenant01", "Other")


def test_a_lock_held_for_a_while_is_waited_for(tenant):
    db = sqlite3.connect(tenant.db, isolation_level=None, check_same_thread=False)
    db.execute("BEGIN IMMEDIATE")
    process = tenant.popen("rename", "tenant01", "Other", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.7)
    finally:
        db.execute("ROLLBACK")
        db.close()
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, (out, err)


# --- a full disk ---

def small_files(size):
    def limit():
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


def run_limited(home, size, *words, stdin=b""):
    done = subprocess.run([BIN, *words], input=stdin, env=home.env, cwd=home.path, preexec_fn=small_files(size),
                          capture_output=True, timeout=3 * LIMIT)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_reads_answer_where_no_file_may_grow(tenant):
    """The index of the log, which the first reader makes anew, is then kept in memory."""
    expected = {line: tenant.ok("-o", "json", *line.split()).out for line in READS}
    for size in (0, 1, 4096):
        for line in READS:
            assert run_limited(tenant, size, "-o", "json", *line.split()) == (0, expected[line], ""), line
        status, out, err = run_limited(tenant, size, "-o", "json", "doctor")
        assert (status, json.loads(out)["ok"], err) == (0, True, "")
        status, out, err = run_limited(tenant, size, "-o", "json", "rename", "tenant01", "Other")
        assert status == 4 and out == "", (status, out, err)
        assert [json.loads(line)["error"]["code"] for line in err.splitlines()] == ["db_full"], err
        assert tenant.db in err, err


def test_a_reader_without_room_sees_what_others_commit(tenant):
    """In one process: what was committed between two of its lines."""
    process = subprocess.Popen([BIN, "shell"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=tenant.env, cwd=tenant.path, preexec_fn=small_files(4096), text=True, bufsize=1)
    for name in ("First", "Second", "Third"):
        tenant.ok("rename", "tenant01", name)
        process.stdin.write("show tenant01 -o jsonl\n")
        assert json.loads(process.stdout.readline())["name"] == name
    out, err = process.communicate(timeout=LIMIT)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_single_change_on_a_full_disk(tenant):
    wal = tenant.db + "-wal"
    size = max(os.path.getsize(path) for path in (tenant.db, wal) if os.path.exists(path))
    before = tenant.json("show", "tenant01")
    status, out, err = run_limited(tenant, size if os.path.exists(wal) and size == os.path.getsize(wal) else 4096,
                                   "-o", "json", "rename", "tenant01", "Other")
    assert status == 4 and out == "", (status, out, err)
    assert [json.loads(line)["error"]["code"] for line in err.splitlines()] == ["db_full"], err
    assert tenant.json("show", "tenant01") == before
    assert tenant.json("doctor")["ok"] is True
    tenant.ok("rename", "tenant01", "Other")


def test_a_backup_on_a_full_disk_leaves_no_half_file(tenant):
    target = tenant.path + "/b.db"
    status, out, err = run_limited(tenant, 8192, "-o", "json", "backup", target)
    assert status == 4 and out == "", (status, out, err)
    (line,) = err.splitlines()
    error = json.loads(line)["error"]
    assert error["code"] == "db_full" and f"'{target}'" in error["message"] and tenant.db not in line, err
    assert not [name for name in os.listdir(tenant.path) if name.startswith("b.db")]


def test_a_backup_names_the_place_that_cannot_be_written():
    """Each time the place that was named: not the database, and not what lies beside the target until it is whole."""
    with modest_home() as home:
        home.create()
        closed, file, there = home.path + "/closed", home.path + "/file", home.path + "/closed/there.db"
        os.mkdir(closed)
        for path in (file, there):
            with open(path, "wb") as f:
                f.write(b"")
        home.give()
        os.chmod(closed, 0o500)
        for target in (closed + "/b.db", there, file + "/b.db", home.path, home.path + "/none/b.db"):
            error = home.fails(1, "refused", "--yes", "backup", target)
            assert f"'{target}'" in error["message"] and "tmp-" not in error["message"], error
            assert home.db not in str(error), error
        os.chmod(closed, 0o700)


def test_a_backup_to_a_full_file_system_names_it(tenant):
    place = tenant.path + "/small"
    os.mkdir(place)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no tmpfs may be mounted here; the limit on a file's size stands for it")
    try:
        error = tenant.fails(4, "db_full", "backup", place + "/b.db")
        assert f"'{place}/b.db'" in error["message"] and tenant.db not in str(error), error
        assert os.listdir(place) == []
    finally:
        subprocess.run(["umount", "-l", place], capture_output=True, check=True)


def test_a_new_database_on_a_full_disk(home):
    for size in (0, 1, 8192, 100_000):
        status, out, err = run_limited(home, size, "-o", "json", "create", "1", "2", "Store")
        assert status == 4 and out == "", (status, out, err)
        assert [json.loads(line)["error"]["code"] for line in err.splitlines()] == ["db_full"], err
        assert files(home) == set()
    home.ok("create", 1, 2, "Store", "--id", "tenant01")
    assert home.json("doctor")["ok"] is True


def test_a_full_file_system(home):
    """A tmpfs of 1 MiB, where this may be mounted: changes land until it is full, then each is refused whole."""
    place = home.path + "/small"
    os.mkdir(place)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no tmpfs may be mounted here; the limit on a file's size stands for it")
    try:
        home.env["TENANTTUI_DB"] = place + "/tenanttui.db"
        home.db = place + "/tenanttui.db"
        home.create()
        lines = "".join(f"create 1 {n} 'Store {n}' --id full{n}\n" for n in range(10, 2000))
        result = home.run("--quiet", "-o", "jsonl", "-f", "-", stdin=lines)
        assert result.status == 4 and result.error["code"] == "db_full", repr(result)[-600:]
        saved = len(result.out.splitlines())
        before = home.json("list", "--limit", 0), home.json("audit", "--limit", 0)
        last = ["create", "123456789012345678", "223456789012345678", "Last"]
        error = home.fails(4, "db_full", *last)
        assert "no space" in error["message"]
        one_line(home.run("--quiet", *last))
        assert (home.json("list", "--limit", 0), home.json("audit", "--limit", 0)) == before
        assert home.json("list", "--count")["total"] == saved + 1
        with contextlib.suppress(OSError), open(place + "/ballast", "wb", buffering=0) as f:
            while f.write(bytes(4096)):
                pass
        assert (home.json("list", "--limit", 0), home.json("audit", "--limit", 0)) == before
        assert home.json("doctor")["ok"] is True
        one_line(home.run("--quiet", *last))
    finally:
        subprocess.run(["umount", "-l", place], capture_output=True, check=True)


def test_standard_output_that_cannot_be_written(tenant):
    with open("/dev/full", "wb") as full:
        process = tenant.popen("list", stdout=full, stderr=subprocess.PIPE)
        _, err = process.communicate(timeout=LIMIT)
    assert process.returncode != 0, err
    assert len(err.splitlines()) == 1, err
