"""Options one by one, and what surrounds a call: signals, closed files, the environment, who it was."""

import getpass
import json
import os
import signal
import subprocess

import pytest

from live import BOT, GUILD, Live, seed
from program import BIN, LIMIT, Daemon, Home, Sandbox, ended, until


# --- where options stand ---

@pytest.mark.parametrize("option", ["--quiet", "--atomic", "--keep-going", "--readonly", "--db"])
def test_options_of_the_call_stand_before_the_command(tenant, option):
    for words in (["-o", "json", "list", option], ["list", option, "-o", "json"]):
        result = tenant.run(*words)
        assert (result.status, result.error["code"], result.error["field"]) == (2, "unknown_word", option), repr(result)
        assert f"{option} stands before the command" in result.error["message"]


@pytest.mark.parametrize("value", ["-correction", "--quiet", "-f"])
def test_a_value_may_look_like_an_option_of_the_call(tenant, value):
    words = ["balance", "add", "tenant01", "223456789012345678", "5", "--growid", "Budi99", "--note", value]
    tenant.ok(*words)
    assert tenant.json("balance", "history", "tenant01", "Budi99")["items"][0]["note"] == value


@pytest.mark.parametrize("words", [["--wait", "0"], ["--wait=0"], ["--wait", "0.25"], ["--yes"], ["--no-push"], ["--dry-run"],
                                   ["--no-headers"], ["-o", "csv"], ["-ocsv"], ["--fields", "tenant_id"]])
def test_options_of_a_line_stand_anywhere(tenant, words):
    tenant.ok(*words, "rename", "tenant01", "Before")
    tenant.ok("rename", *words, "tenant01", "Between")
    tenant.ok("rename", "tenant01", "After", *words)
    if words != ["--dry-run"]:
        assert tenant.json("show", "tenant01")["name"] == "After"


@pytest.mark.parametrize("words", [["--wait", "soon"], ["--wait", "0,5"], ["--wait"], ["-oxml"], ["-o", "xml"], ["--fields="],
                                   ["--dry-run=1"]])
def test_an_option_of_a_line_is_refused_alike_before_and_behind_the_command(tenant, words):
    before, behind = tenant.run(*words, *([] if words == ["--wait"] else ["list"])), tenant.run("list", *words)
    assert (before.status, before.err) == (behind.status, behind.err) and before.status == 2, repr(before)


def test_an_error_is_told_in_the_format_asked_for_behind_it(tenant):
    for format in (["-o", "json"], ["-ojson"], ["-o=json"]):
        assert tenant.run("--nonsense", *format, "list").error["code"] == "unknown_word"


@pytest.mark.parametrize("format", ["text", "json", "jsonl", "csv"])
@pytest.mark.parametrize("words", [["features", "tenant01", "welcome", "enable"], ["rename", "tenant01", "Other"], ["undo"],
                                   ["create", "5", "6", "Store", "--id", "other"], ["backup", "copy.db"],
                                   ["product", "add", "tenant01", "DL", "Lock", "5"]], ids=" ".join)
def test_an_unknown_field_is_refused_before_anything_happens(tenant, words, format):
    tenant.ok("config", "tenant01", "language", "en")
    before = tenant.json("show", "tenant01"), tenant.json("audit")
    result = tenant.run("-o", format, "--fields", "changed,bogus", *words)
    assert (result.status, result.out) == (2, "") and "unknown field" in result.err, repr(result)
    if format == "json":
        assert (result.error["code"], result.error["field"]) == ("unknown_word", "--fields")
    assert (tenant.json("show", "tenant01"), tenant.json("audit")) == before
    assert not os.path.exists(os.path.join(tenant.path, "copy.db"))


def test_fields_of_a_write(tenant):
    result = tenant.ok("-o", "csv", "--fields", "push.reason,push.failed,tenant_id", "features", "tenant01", "welcome", "enable")
    assert result.out.splitlines() == ["push.reason,push.failed,tenant_id", "no_token,,tenant01"]
    plan = tenant.json("--dry-run", "--fields", "calls,database", "features", "tenant01", "welcome", "disable")
    assert list(plan) == ["calls", "database"] and plan["calls"] == 0 and plan["database"]


@pytest.fixture
def decimal_comma(tmp_path):
    """The environment of a place that writes 0,5."""
    subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(tmp_path / "de_DE.UTF-8")], check=True, capture_output=True)
    return {"LOCPATH": str(tmp_path), "LC_ALL": "de_DE.UTF-8"}


def test_seconds_have_a_point_in_every_locale(tenant, decimal_comma):
    tenant.ok("--wait", "0.5", "rename", "tenant01", "Before", env=decimal_comma)
    tenant.ok("rename", "--wait", "0.5", "tenant01", "Behind", env=decimal_comma)
    assert tenant.json("show", "tenant01")["name"] == "Behind"


def test_a_value_may_be_joined_with_an_equal_sign(tenant):
    assert tenant.ok(f"--db={tenant.db}", "-o", "json", "show", "tenant01").json["tenant_id"] == "tenant01"
    assert tenant.run("--yes=1", "list").status == 2


@pytest.mark.parametrize("words", [["--lang", "id"], ["--lang", "en"], ["--color", "auto"], ["--accessible"],
                                   ["--log-format", "json"], ["--ca-file", "/nonexistent"], ["--keep-going"]])
def test_options_that_do_not_concern_a_read_are_taken(tenant, words):
    tenant.ok(*words, "show", "tenant01")


@pytest.mark.parametrize("words", [["--lang", "fr"], ["--color", "sometimes"], ["--log-format", "xml"]])
def test_their_words_are_checked(tenant, words):
    assert tenant.run(*words, "show", "tenant01").status == 2


def test_plain_http_is_for_loopback_only(tenant):
    tenant.ok("--no-push", "token", "tenant01", "set", stdin="MTIz.abcdef.ghi\n")
    result = tenant.run("-o", "json", "--api-base", "http://discord.example/api/v10", "features", "tenant01", "shop", "off")
    assert result.status in (1, 5), repr(result)
    assert tenant.json("push", "list")["items"]


# --- pages ---

def test_audit_pages_in_every_direction(tenant):
    tenant.ok("--quiet", "-o", "jsonl", "-f", "-", stdin="".join(f"rename tenant01 N{n}\n" for n in range(20)))
    numbers = [i["audit"] for i in tenant.json("audit", "--limit", 0)["items"]]
    assert numbers == list(range(21, 0, -1))
    page = lambda *words: [i["audit"] for i in tenant.json("audit", "--limit", 5, *words)["items"]]
    assert page() == [21, 20, 19, 18, 17]
    assert page("--after", 17) == [16, 15, 14, 13, 12]
    assert page("--before", 12) == [17, 16, 15, 14, 13]
    assert page("--last") == [5, 4, 3, 2, 1]
    assert 10 in page("--around", 10) and len(page("--around", 10)) == 5


# --- who and from where ---

def test_the_audit_names_the_operator_and_the_face(tenant):
    tenant.ok("shell", stdin="rename tenant01 FromShell\n")
    rows = tenant.json("audit", "tenant01")["items"]
    assert rows[0]["who"] == f"op:{getpass.getuser()}"
    assert (rows[0]["face"], rows[1]["face"]) == ("shell", "cli")


def test_undo_without_a_number_takes_ones_own_newest(tenant):
    tenant.ok("rename", "tenant01", "One")
    tenant.ok("rename", "tenant01", "Two")
    tenant.ok("undo")
    assert tenant.json("show", "tenant01")["name"] == "One"
    tenant.ok("undo")
    assert tenant.json("show", "tenant01")["name"] == "Test Store"
    tenant.ok("redo")
    assert tenant.json("show", "tenant01")["name"] == "One"
    tenant.ok("redo")
    assert tenant.json("show", "tenant01")["name"] == "Two"


# --- signals and files ---

def test_an_interrupted_batch_keeps_what_was_committed(tenant):
    process = tenant.popen("-o", "jsonl", "-f", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(b"rename tenant01 Kept\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["changed"] is True
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT) == 130
    for pipe in (process.stdin, process.stdout, process.stderr):
        pipe.close()
    assert tenant.json("show", "tenant01")["name"] == "Kept"
    assert tenant.json("doctor")["ok"] is True


FIFO_READERS = [["token", "tenant01", "set", "--from", "pipe"], ["import", "pipe"], ["--dry-run", "-f", "pipe"],
                ["-f", "pipe"], ["--dry-run", "stock", "import", "tenant01", "DL", "pipe"],
                ["export", "tenant01", "out.json", "--passphrase-file", "pipe"]]


@pytest.mark.parametrize("number,status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("given", [b"", b"#"], ids=["silent", "stopped"])
@pytest.mark.parametrize("words", FIFO_READERS, ids=lambda words: " ".join(words))
def test_the_first_signal_ends_whoever_reads_a_pipe(tenant, words, given, number, status):
    tenant.ok("product", "add", "tenant01", "DL", "Lock", 1)
    os.mkfifo(f"{tenant.path}/pipe")
    process = tenant.popen("--no-push", *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def opened():
        try:
            return os.open(f"{tenant.path}/pipe", os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None
    end = until("it reads", opened)
    os.write(end, given)
    process.send_signal(number)
    try:
        _, err = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
        os.close(end)
    assert process.returncode == status, err
    lines = [line for line in err.decode().splitlines() if "interrupted" in line]
    assert len(lines) == (words[0] != "-f"), err
    assert not os.path.exists(f"{tenant.path}/out.json")


def test_closed_standard_files_do_no_harm(tenant):
    run = subprocess.run(["/bin/sh", "-c", f'exec "{BIN}" rename tenant01 Closed <&- >&- 2>&-'], env=tenant.env)
    assert run.returncode == 1  # what it said came nowhere
    assert tenant.json("show", "tenant01")["name"] == "Closed"
    assert tenant.json("doctor")["ok"] is True


def test_a_directory_is_no_file_of_lines(tenant):
    result = tenant.run("-f", tenant.path)
    assert result.status == 1 and "directory" in result.err


def test_no_core_and_no_debugger_for_a_process_with_tokens(tenant):
    process = tenant.popen("-f", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(b"version\n")
    process.stdin.flush()
    process.stdout.readline()
    with open(f"/proc/{process.pid}/limits", encoding="utf-8") as f:
        core = next(line for line in f if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]
    process.stdin.close()
    process.wait(LIMIT)
    process.stdout.close()


# --- the daemon and the sandbox as faces ---

def test_the_sandbox_prints_its_address_first(home):
    with ended(Sandbox(home)) as sandbox:
        assert sandbox.base.startswith("http://127.0.0.1:")
        assert sandbox.api("GET", "/users/@me", "sandbox-token")[0] == 200
        assert sandbox.control(do="stats")["ok"] is True


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "8.8.8.8:80", "nonsense", "127.0.0.1:99999"])
def test_the_sandbox_listens_on_loopback_only(home, listen):
    assert home.run("sandbox", "--listen", listen).status in (1, 2)


def test_a_bad_seed_is_one_clear_error(home):
    result = home.run("sandbox", "--seed", "-", stdin="{]")
    assert result.status in (1, 2) and len(result.err.splitlines()) <= 2 and result.out == ""


def test_one_tenant_of_several(tmp_path):
    world = Live(Home(tmp_path / "home"), seed(2))
    try:
        world.start_sandbox()
        world.create()
        world.home.create("tenant02", int(GUILD) + 1000, "basic")
        for number, tenant in enumerate(("tenant01", "tenant02")):
            token = world.document["bots"][number]["token"]
            world.home.run("--wait", 0, "token", tenant, "set", stdin=token + "\n")
        with ended(Tenant(world.home, "tenant02")) as daemon:
            daemon.wait_state("tenant02")
            sessions = world.sandbox.control(do="sessions")["sessions"]
            assert [s["bot"] for s in sessions] == [str(int(BOT) + 1)]
    finally:
        world.end()


class Tenant(Daemon):
    """The daemon of one tenant."""

    def __init__(self, home, tenant):
        self.tenant = tenant
        super().__init__(home)

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = self.home.popen("--bot", "--tenant-id", self.tenant, stdout=log, stderr=log)


def test_an_unknown_tenant_is_no_daemon(tenant):
    result = tenant.run("--bot", "--tenant-id", "nobody")
    assert result.status == 1 and "nobody" in result.err


def test_the_log_in_json(live):
    live.daemon.end()
    live.start_daemon("--log-format", "json")
    line = until("a line of JSON", lambda: next((text for text in live.daemon.log.splitlines() if text.startswith("{")), None))
    assert {"time", "level", "tenant", "event", "message"} <= set(json.loads(line))
    assert os.path.exists(live.home.db + ".log")
    assert oct(os.stat(live.home.db + ".log").st_mode & 0o777) == "0o600"
