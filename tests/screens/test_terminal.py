import os
import pty
import re
import signal
import subprocess

import pytest

from program import BIN, LIMIT, until


def test_help_is_made_from_the_keys(rental, open_screens):
    t = open_screens(rental, rows=50)
    t.wait("4 total")
    t.key("2")
    t.wait("1 of 4")
    t.key("?")
    t.wait("everywhere")
    t.golden("help_tenants")
    t.key("esc")
    t.wait("1 of 4")


def test_keys_of_the_bar_can_be_clicked(rental, open_screens):
    t = open_screens(rental)
    t.wait("4 total")
    bar = t.rows()[-1]
    t.click(23, bar.index("2Tenants"))
    t.wait("1 of 4")
    t.click(4, 10)
    t.wait("3 of 4")
    t.click(1, 23)  # a heading sorts
    t.wait("NAME ▲")

    def opened():  # a busy machine may bring the second click too late
        t.click(2, 4)
        t.click(2, 4)
        return t.ask(f"wait 2000 {t.hex('FEATURES')}")["ok"]
    until("it is opened", opened)
    t.click(1, t.rows()[1].index("config"))
    t.wait("CONFIG")
    t.click(3, 4, button=5)
    t.wait("▶ language")
    t.click(3, 4, button=4)
    t.wait("▶ prefix")


def test_resize_draws_anew(rental, open_screens):
    t = open_screens(rental)
    t.wait("4 total")
    t.resize(30, 120)
    t.golden("dashboard_120x30")
    t.resize(24, 80)
    t.golden("dashboard")


def test_without_utf8_everything_is_ascii(rental, open_screens):
    rental.ok("rename", "gt_raja", "Räjä ●")
    # A terminal type without REP, whose line libvterm ends one column early.
    t = open_screens(rental, env={"LC_ALL": "C"}, term="screen-256color")
    t.wait("4 total")
    t.golden("dashboard_ascii")
    t.key("2")
    t.wait("1 of 4")
    t.golden("tenants_ascii")
    assert all(ord(c) < 128 for c in t.text())


def test_accessible_has_no_frames_and_the_cursor_on_the_selection(rental, open_screens):
    t = open_screens(rental, "--accessible")
    t.wait("4 total")
    t.golden("dashboard_accessible")
    t.key("2")
    t.wait("1 of 4")
    t.key("down", "down")
    t.wait("3 of 4")
    t.golden("tenants_accessible")
    (row, _), visible = t.cursor()
    assert visible and "kedai_sari" in t.rows()[row]
    t.key("n")
    t.wait("renter's")
    t.golden("form_accessible")
    assert not re.search("[─│┌┐└┘●◌✗✓▶◆→]", t.text())


def test_colours_are_left_out_where_they_are_not_wanted(rental, open_screens):
    t = open_screens(rental, env={"NO_COLOR": "1"})
    t.wait("4 total")
    assert not re.search(rb"\x1b\[[0-9;]*[34][0-8][0-9;]*m", t.raw())
    assert not any(fg or bg for row in t.style() for _, fg, bg, _ in row)
    t.key("2")
    t.wait("▶ gt_raja")
    assert any("r" in flags and "gt_raja" in text for row in t.style() for text, _, _, flags in row)


@pytest.mark.parametrize("term,sequence", [("xterm-256color", b"38;5;"), ("xterm", b"\x1b[3"), ("screen", b"\x1b[3"),
                                           ("vt100", b"")])
def test_as_many_colours_as_the_terminal_has(rental, open_screens, term, sequence):
    t = open_screens(rental, term=term)
    t.wait("4 total")
    assert sequence in t.raw()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(rental, open_screens, number):
    t = open_screens(rental)
    t.wait("4 total")
    os.kill(t.pid(), number)
    assert t.exit() == 128 + number
    raw = t.raw()
    assert raw.rindex(b"\x1b[?1049l") > raw.rindex(b"total")  # the other screen is gone
    assert raw.count(b"\x1b[?1000l") >= raw.count(b"\x1b[?1000h")  # the mouse is the terminal's again
    assert t.cursor()[1]


def test_leaving_by_key_runs_what_was_asked_for(rental, open_screens):
    t = open_screens(rental)
    t.wait("4 total")
    t.key("2")
    t.wait("1 of 4")
    t.send(":rename gt_raja Last\rq")
    assert t.exit() == 0
    assert rental.json("show", "gt_raja")["name"] == "Last"


@pytest.mark.parametrize("job", [f"'{BIN}'", f"sh -c \"'{BIN}'; exit \\$?\""], ids=["itself", "in a script"])
def test_stopped_and_continued_it_takes_the_terminal_again(rental, open_screens, job):
    """A shell's job: the kernel does not stop what has none above it. What waits for the screens stops with them."""
    t = open_screens(rental, program=["/bin/sh", "-c", f"set -m; {job}; echo stopped; read go; fg; echo status $?"])
    t.wait("4 total")
    t.key("ctrl-z")
    t.wait("stopped")
    t.key("enter")
    t.wait("4 total")
    t.key("2")
    t.wait("1 of 4")
    t.key("q")
    t.wait("status 0")


def test_without_a_terminal_it_says_so(rental):
    result = rental.run()
    assert result.status == 1
    assert "need a terminal" in result.err and "tenanttui list" in result.err
    assert result.out == ""


@pytest.mark.parametrize("term", ["dumb", "no-such-terminal", ""])
def test_a_terminal_that_cannot_do_it_is_named(rental, term):
    main, other = pty.openpty()
    process = subprocess.Popen([BIN], stdin=other, stdout=other, stderr=subprocess.PIPE, env={**rental.env, "TERM": term})
    try:
        error = process.communicate(timeout=LIMIT)[1].decode()
    finally:
        os.close(other)
        os.close(main)
    assert process.returncode == 1
    assert f"terminal type '{term}'" in error and len(error.splitlines()) <= 2


def test_a_damaged_database_is_told_on_the_terminal_as_it_was(rental, open_screens):
    with open(rental.db, "r+b") as f:
        f.write(b"not a database at all" * 100)
    for suffix in ("-wal", "-shm"):
        if os.path.exists(rental.db + suffix):
            os.remove(rental.db + suffix)
    t = open_screens(rental)
    assert t.exit() == 4
    assert b"\x1b[?1049h" not in t.raw()


def test_a_key_that_others_may_read_is_refused(rental, open_screens):
    os.chmod(rental.key, 0o644)
    t = open_screens(rental)
    t.wait("4 total")  # nothing secret is needed to look
    t.key("q")
    assert t.exit() == 0


def context_switches(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as f:
            total += sum(int(n) for n in re.findall(r"^voluntary_ctxt_switches:\s*(\d+)", f.read(), flags=re.M))
    return total


def test_an_idle_screen_neither_wakes_nor_writes(rental, open_screens):
    """But for the clock: a minute that changes in between is given another chance."""
    t = open_screens(rental)
    t.wait("4 total")
    t.key("2")
    t.wait("1 of 4")

    def idle():
        t.quiet(300)
        clock, before = t.rows()[0], context_switches(t.pid())
        written = t.quiet(2000, 2500)
        return t.rows()[0] == clock and (written, context_switches(t.pid()) - before) == (0, 0)

    until("two seconds without a wake-up", idle)
