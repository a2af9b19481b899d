"""A token that was put in appears nowhere: no file, no output, no command line, no environment, no core."""

import contextlib
import glob
import os
import signal
import subprocess

import pytest

from live import BOT, TOKEN, Live, seed
from modest import modest_home
from program import BIN, LIMIT, Background, Home, until
from scene import acknowledged, change, fault
from terminal import Terminal

SECRET = TOKEN.split(".")[2]
# One that is well formed and that nobody has, and one that a person pastes in the wrong place.
WRONG = "OTk5OTk5OTk5OTk5OTk5OTk5.wrong0.another-secret-that-is-no-token-here"
PASTED = "Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3.GpasteD.a-secret-pasted-where-none-belongs-00"
PARTS = [part for token in (TOKEN, WRONG, PASTED) for part in (token, token.split(".")[2])]

READS = ["list", "show tenant01", "features tenant01", "config tenant01", "channels tenant01", "permissions tenant01",
         "settings tenant01 welcome", "bot list", "bot status tenant01", "push list", "audit", "audit tenant01 --limit 0",
         "operator list", "doctor", "logs", "logs tenant01 --level debug", "help", "help token", "version",
         "token tenant01 check"]
WRITES = ["features tenant01 shop off", "token tenant01 clear --yes", "bot restart tenant01", "sync tenant01", "plan tenant01 basic",
          "delete tenant01", "undo", "push retry"]


class Watched(Home):
    """Every output of every run is kept."""

    def __init__(self, *how):
        super().__init__(*how)
        self.seen = []

    def run(self, *words, **how):
        result = super().run(*words, **how)
        self.seen.append((f"output of {words}", (result.out + result.err).encode()))
        return result


def files_below(top):
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            with contextlib.suppress(FileNotFoundError):  # what was there a moment ago may have been removed
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as f:
                        yield path, f.read()


def processes():
    for path in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as f:
                yield path, f.read()
        except OSError:
            pass  # ended meanwhile, or closed to us


def nowhere(pieces, parts=None):
    """None of the secrets in any of the pieces, also not with its NULs taken out as in UTF-16."""
    for name, data in pieces:
        for part in parts or PARTS:
            found = part.encode() in data or part.encode("utf-16-le") in data
            assert not found, f"{part[:4]}... stands in {name}: {data[max(0, data.find(part.encode()) - 60):][:160]!r}"


@pytest.fixture
def live(tmp_path):
    world = Live(Watched(tmp_path / "home"), seed(1, limits={"identify": False}))
    try:
        world.start()
        yield world
    finally:
        world.end()
        nowhere(world.home.seen)
        nowhere(files_below(world.home.path))


def test_no_output_of_any_command_in_any_form(live):
    for form in ("text", "json", "jsonl", "csv", "tsv"):
        for line in READS:
            live.home.run("-o", form, *line.split())
    live.home.run("audit", "--limit", "0", "-o", "json")
    nowhere(live.home.seen)


def test_no_dry_run(live):
    for form in ("text", "json"):
        for line in WRITES:
            live.home.run("--dry-run", "--yes", "-o", form, *line.split())
        live.home.run("--dry-run", "-o", form, "token", "tenant01", "set", stdin=WRONG + "\n")
        live.home.run("--dry-run", "-o", form, "token", "tenant01", "set", stdin=TOKEN + "\n")


def test_no_backup_database_or_log(live):
    acknowledged(live)
    live.home.ok("backup", live.home.path + "/b.db")
    live.home.run("token", "tenant01", "clear", "--yes")
    live.home.ok("token", "tenant01", "set", stdin=TOKEN + "\n")
    live.home.ok("backup", live.home.path + "/c.db")
    live.daemon.end()
    live.home.ok("--yes", "restore", live.home.path + "/b.db")
    live.start_daemon("--log-format", "json")
    live.applied()
    names = {os.path.basename(path) for path, _ in files_below(live.home.path)}
    assert {"tenanttui.db", "tenanttui.db.log", "b.db", "c.db", "tenanttui.db.before-restore", "key"} <= names, names


def test_no_error_about_a_token(live):
    for stdin in (WRONG, TOKEN + "x", "Bot " + TOKEN, TOKEN + " " + TOKEN, TOKEN[:20] + "\x01" + TOKEN[20:], TOKEN * 20):
        for form in ("text", "json"):
            result = live.home.run("-o", form, "token", "tenant01", "set", stdin=stdin + "\n")
            assert result.status in (1, 2), repr(result)
    path = live.home.path + "/../token"
    with open(path, "w", encoding="ascii") as f:
        f.write(WRONG + "\n")
    assert live.home.run("token", "tenant01", "set", "--from", path).status == 1
    os.remove(path)
    live.sandbox.control(do="revoke_token", bot=BOT)
    until("it is refused", lambda: live.show()["token"] == "refused")
    for form in ("text", "json", "csv"):
        change(live, wait=1)
        for line in ("show tenant01", "bot status tenant01", "push list", "doctor", "token tenant01 check", "logs tenant01"):
            live.home.run("-o", form, *line.split())


def test_no_answer_of_a_misbehaving_discord(live):
    """Whatever it sends back with the token in it is written nowhere."""
    for status in (400, 403, 404, 500):
        fault(live, "rest", "status", status=status, path="/channels/*", body=f"who is {TOKEN}?", times=1)
        change(live, wait=2)
    fault(live, "gateway", "garbage", bot=BOT, text='{"op":0,"t":"MESSAGE_CREATE","d":"%s"' % TOKEN)
    live.sandbox.control(do="event", bot=BOT, name="MESSAGE_CREATE",
                         d={"id": TOKEN, "channel_id": TOKEN, "guild_id": "987654321098765432", "content": TOKEN,
                            "author": {"id": "1", "username": TOKEN}})
    until("it is well", lambda: live.sandbox.control(do="sessions", bot=BOT)["ready"] == 1)
    live.home.run("logs", "--level", "debug")


@pytest.mark.parametrize("face", ["argv", "line", "file", "shell"])
def test_a_token_pasted_where_none_belongs_is_not_repeated(live, face):
    lines = [f"token tenant01 set {PASTED}", f"{PASTED}", f"show {PASTED}", f"token {PASTED} set", f"features tenant01 {PASTED}",
             f"--{PASTED}", f"token tenant01 set --{PASTED}", f"token tenant01 set --from={PASTED}", f"list --status {PASTED}",
             f"token tenant01 {PASTED}", f"help {PASTED}", f"undo {PASTED}", f"logs --level {PASTED}"]
    for form in ("text", "json"):
        if face in ("argv", "line"):
            for line in lines:
                result = live.home.run("-o", form, *(line.split() if face == "argv" else ["-c", line]))
                assert result.status in (1, 2), repr(result)
        elif face == "file":
            live.home.run("--keep-going", "-o", form + ("l" if form == "json" else ""), "-f", "-", stdin="\n".join(lines) + "\n")
        else:
            live.home.run("shell", stdin="\n".join(lines) + "\nexit\n")
    live.home.run("audit", "--limit", "0", "-o", "json")


def test_no_command_line_and_no_environment(live):
    """Of any process, while a console waits and while one reads a token. What is pasted is other tests' to put there."""
    mine = (TOKEN, SECRET)
    live.sandbox.control(do="fault", on="rest", kind="hang", path="/channels/*", times=0)
    waiting = live.home.popen("--wait", LIMIT, "features", "tenant01", "welcome", "on", stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    reading = live.home.popen("--no-push", "token", "tenant01", "set", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    reading.stdin.write(TOKEN.encode())
    reading.stdin.flush()
    until("they run", lambda: all(os.path.exists(f"/proc/{p.pid}/cmdline") for p in (waiting, reading)))
    nowhere(processes(), mine)
    reading.stdin.close()
    reading.wait(LIMIT)
    nowhere(processes(), mine)
    assert waiting.poll() is None
    waiting.terminate()
    waiting.wait(LIMIT)


# --- typed ---

def secret_typed(terminal, home, leave):
    terminal.wait("Bot token")
    terminal.send(TOKEN + "\r")
    terminal.wait("this token")
    leave(terminal)
    terminal.exit()
    nowhere([("the terminal", terminal.raw())])
    nowhere(files_below(home.path))


def terminal_of(home, *words):
    return Terminal([BIN, *words], env=home.env, cwd=home.path)


def test_a_typed_token_is_not_echoed(live):
    with terminal_of(live.home, "token", "tenant01", "set") as terminal:
        secret_typed(terminal, live.home, lambda t: None)


def test_a_token_typed_in_the_shell_is_in_no_history(live):
    with terminal_of(live.home, "shell") as terminal:
        terminal.wait(">")
        terminal.send("token tenant01 set\r")
        secret_typed(terminal, live.home, lambda t: t.send("exit\r"))
    with terminal_of(live.home, "shell") as terminal:
        terminal.wait(">")
        terminal.send(f"token tenant01 set {PASTED}\r")
        terminal.quiet()
        terminal.send("list\r")
        terminal.quiet()
        terminal.send("exit\r")
        terminal.exit()
    history = glob.glob(live.home.path + "/state/**/history", recursive=True)
    assert history, "the shell kept no history at all"
    nowhere(files_below(live.home.path))


def test_a_token_typed_in_the_screens(live):
    with terminal_of(live.home) as terminal:
        terminal.wait("tenant")
        terminal.key(":")
        terminal.send("token tenant01 set\r")
        secret_typed(terminal, live.home, lambda t: t.key("esc", "f10"))


# --- core files ---

def limit_of(pid, name):
    with open(f"/proc/{pid}/limits", encoding="ascii") as f:
        (line,) = [line for line in f if line.startswith(name)]
    return line[len(name):].split()[:2]


def closed_to_others(pid):
    """The kernel gives the /proc files of a process that may not be dumped to root."""
    return os.stat(f"/proc/{pid}/environ").st_uid == 0


def test_processes_that_hold_a_token_leave_no_core():
    with modest_home() as home:
        if "ASAN_OPTIONS" in home.env:
            home.env["ASAN_OPTIONS"] += ":handle_segv=0"  # the signal comes from here, and is no finding
        world = Live(home, seed(1, limits={"identify": False}))
        try:
            world.start()
            told = world.sandbox.process.pid
            daemon = world.daemon.process.pid
            assert limit_of(daemon, "Max core file size") == ["0", "0"]
            shell = Background()
            shell.process = home.popen("shell", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                until("it has started", lambda: limit_of(shell.process.pid, "Max core file size") == ["0", "0"])
                if closed_to_others(told):
                    pytest.skip("here /proc tells nothing of who may be dumped")
                assert closed_to_others(daemon) and closed_to_others(shell.process.pid)
            finally:
                shell.end()
            world.daemon.process.send_signal(signal.SIGSEGV)
            assert world.daemon.process.wait(LIMIT) == -signal.SIGSEGV
            assert not glob.glob(home.path + "/**/core*", recursive=True)
            nowhere(files_below(home.path))
        finally:
            world.end()


