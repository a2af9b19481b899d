"""Terminals that are missing, unknown, tiny or huge, and locales: one clear line or a usable screen."""

import os
import pty
import re
import subprocess
import termios

import pytest

from program import BIN, LIMIT, until
from terminal import Terminal

SIZES = [(10, 40), (100, 300), (2, 10), (1, 1), (24, 80)]
LOCALES = ["C", "C.UTF-8"]


def one_line(text):
    lines = text.strip().splitlines()
    assert 1 <= len(lines) <= 2 and lines[0].startswith("tenanttui: "), text
    assert len(lines) == 1 or lines[1].startswith("  "), text
    return lines[0]


def open_screens(home, rows, cols, locale="C.UTF-8", term="xterm-256color", words=()):
    return Terminal([BIN, *words], rows=rows, cols=cols, env={**home.env, "LC_ALL": locale}, term=term, cwd=home.path)


def leave(terminal):
    """By the key that closes what is open, stops what runs, and leaves when there is neither."""
    def left():
        terminal.key("ctrl-c")
        return terminal.ask("exit 100")["ok"]
    until("it leaves", left)
    return terminal.exit()


# --- no terminal ---

def test_without_a_terminal_the_screens_say_so(tenant):
    result = tenant.run()
    assert result.status == 1 and result.out == "", repr(result)
    assert "terminal" in one_line(result.err)


def test_with_half_a_terminal_the_screens_say_so(tenant):
    """Standard input is one, standard output is not, and the other way round."""
    for ends in ({"stdin": True, "stdout": False}, {"stdin": False, "stdout": True}):
        master, slave = pty.openpty()
        process = tenant.popen(stdin=slave if ends["stdin"] else subprocess.DEVNULL,
                               stdout=slave if ends["stdout"] else subprocess.PIPE, stderr=subprocess.PIPE)
        os.close(slave)
        _, err = process.communicate(timeout=LIMIT)
        os.close(master)
        assert process.returncode == 1, err
        assert "terminal" in one_line(err.decode())


def test_closed_descriptors_end_nothing_but_the_run(tenant):
    for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        done = subprocess.run(["sh", "-c", f'exec "$0" list {closed}', BIN], env=tenant.env, cwd=tenant.path,
                              capture_output=True, timeout=LIMIT)
        assert 0 <= done.returncode <= 5, (closed, done)
        assert tenant.json("doctor")["ok"] is True


# --- TERM ---

@pytest.mark.parametrize("term", ["no-such-terminal", "", "dumb", "unknown"])
def test_a_terminal_that_cannot_be_drawn_on_is_told(tenant, term):
    with open_screens(tenant, 24, 80, term=term) as terminal:
        assert terminal.exit() == 1, terminal.text()
        text = "\n".join(row for row in terminal.rows() if row)
        assert "TERM" in text or "terminal" in text, text
        assert "\x1b" not in terminal.raw().decode(errors="replace").replace("\x1b[?1049", "")


def test_without_term_at_all(tenant):
    master, slave = pty.openpty()
    env = {name: value for name, value in tenant.env.items() if name != "TERM"}
    process = subprocess.Popen([BIN], env=env, cwd=tenant.path, stdin=slave, stdout=slave, stderr=subprocess.PIPE)
    os.close(slave)
    _, err = process.communicate(timeout=LIMIT)
    os.close(master)
    assert process.returncode == 1, err
    assert "terminal" in one_line(err.decode())


@pytest.mark.parametrize("term", ["dumb", "no-such-terminal", "vt100", "xterm-256color", "linux", "screen"])
def test_the_shell_works_on_any_terminal(tenant, term):
    with open_screens(tenant, 24, 80, term=term, words=["shell"]) as terminal:
        terminal.wait(">")
        terminal.send("list\r")
        terminal.wait("basic")
        terminal.send("exit\r")
        assert terminal.exit() == 0, terminal.text()


def test_commands_ask_nothing_of_the_terminal(tenant):
    for term in ("", "dumb", "no-such-terminal", "x" * 5000):
        result = tenant.ok("list", env={"TERM": term})
        assert "tenant01" in result.out and "\x1b" not in result.out


# --- size ---

@pytest.mark.parametrize("rows,cols", SIZES)
@pytest.mark.parametrize("locale", LOCALES)
def test_the_screens_open_walk_and_end_at_any_size(tenant, rows, cols, locale):
    with open_screens(tenant, rows, cols, locale) as terminal:
        terminal.quiet()
        for keys in (["down"], ["enter"], ["down", "space"], ["esc"], ["?"], ["esc"], [":"], ["list", "enter"], ["esc"],
                     ["/"], ["tena", "enter"], ["pgdn"], ["tab"]):
            terminal.key(*keys)
            terminal.quiet(60)
        shown = terminal.rows()
        assert len(shown) <= rows and all(len(row) <= cols for row in shown)
        if locale == "C":
            assert all(ord(c) < 128 for row in shown for c in row), terminal.text()
        assert leave(terminal) in (0, 130), terminal.text()


def test_a_screen_that_shrinks_and_grows_is_drawn_anew(tenant):
    with open_screens(tenant, 24, 80) as terminal:
        terminal.wait("tenant")
        for rows, cols in ((10, 40), (100, 300), (3, 12), (1, 1), (24, 80)):
            terminal.resize(rows, cols)
            terminal.quiet(60)
        terminal.wait("tenant")
        assert leave(terminal) in (0, 130)


@pytest.mark.parametrize("rows,cols", [(10, 40), (100, 300), (1, 10)])
def test_the_shell_at_any_width(tenant, rows, cols):
    with open_screens(tenant, rows, cols, words=["shell"]) as terminal:
        terminal.send("list\r")
        terminal.quiet()
        terminal.send("exit\r")
        assert terminal.exit() == 0, terminal.text()


def test_a_narrow_listing_is_cut_to_the_terminal(tenant):
    tenant.ok("rename", "tenant01", "A name that is much longer than sixty cells can ever hold in a table")
    with open_screens(tenant, 12, 60, words=["list"]) as terminal:
        assert terminal.exit() == 0
        rows = [row for row in terminal.rows() if row]
        assert len(rows) == 2, terminal.text()


# --- locale ---

@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "no_SUCH.charset", "POSIX"])
def test_output_in_any_locale(tenant, locale):
    tenant.ok("rename", "tenant01", "Toko Ünïcode 店")
    for form in ("text", "json", "jsonl", "csv", "tsv"):
        result = tenant.ok("-o", form, "list", env={"LC_ALL": locale, "LANG": locale})
        assert "tenant01" in result.out
    document = tenant.ok("-o", "json", "show", "tenant01", env={"LC_ALL": locale}).json
    assert document["name"] == "Toko Ünïcode 店"


def test_an_argument_that_is_not_text_is_refused(tenant):
    for word in (b"Toko \xff\xfe", b"\xed\xa0\x80", b"\xc3"):
        done = subprocess.run([BIN, "-o", "json", "rename", "tenant01", word], env=tenant.env, cwd=tenant.path,
                              capture_output=True, timeout=LIMIT)
        assert done.returncode == 2, done
        done.stderr.decode()
    assert tenant.json("show", "tenant01")["name"] == "Test Store"


def test_what_a_name_brings_does_not_reach_the_terminal_raw(tenant):
    """A message quotes what was typed; its escapes must not act."""
    for word in ("\x1b[31mred", "two\nlines", "right\u202eleft"):
        for line in ([word], ["show", word], ["features", "tenant01", word], ["--" + word], ["list", "--status", word]):
            result = tenant.run(*line)
            assert result.status in (1, 2), repr(result)
            assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", result.err), repr(result.err)
            assert result.err.count("\n") <= 2, repr(result)


# --- what is left behind ---

@pytest.mark.parametrize("number", ["TERM", "HUP", "INT"])
def test_a_terminal_is_left_as_it_was_found(tenant, number):
    """Ended by a signal, the screens put the terminal's modes back."""
    import signal
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    env = {**tenant.env, "TERM": "xterm-256color"}
    process = subprocess.Popen([BIN], env=env, cwd=tenant.path, stdin=slave, stdout=slave, stderr=subprocess.PIPE)
    seen = b""
    while b"tenant" not in seen:
        seen += os.read(master, 65536)
    process.send_signal(getattr(signal, "SIG" + number))
    os.set_blocking(master, False)
    while process.poll() is None:
        try:
            seen += os.read(master, 65536)
        except OSError:
            pass
    try:
        seen += os.read(master, 1 << 20)
    except OSError:
        pass
    assert termios.tcgetattr(slave) == before
    assert b"\x1b[?1049l" in seen
    assert process.returncode in (0, 130, 128 + getattr(signal, "SIG" + number), -getattr(signal, "SIG" + number))
    process.stderr.close()
    os.close(slave)
    os.close(master)
