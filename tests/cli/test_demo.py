"""The demo: its tour really happens, and nothing of it stays."""

import os
import re
import signal
import subprocess

import pytest

from program import BIN, SLOW, until
from terminal import Terminal


def children_of(pid):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as f:
                    if int(f.read().rsplit(")", 1)[1].split()[1]) == pid:
                        found.append(int(entry))
            except (OSError, IndexError):
                pass
    return found


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def scratch(home, tmp_path):
    directory = tmp_path / "tmp"
    directory.mkdir()
    home.env["TMPDIR"] = str(directory)
    return directory


def test_the_tour(home, scratch):
    result = home.run("demo", limit=120 * SLOW)
    assert result.status == 0, repr(result)
    for part in (r"\$ tenanttui create", "product add", "welcome enable", r"acknowledged by \S+ in \d+", "#control",
                 "stock import", "buyer: !buy DL 2", r"\(DM\)(.|\n)*SAMPLEDL1(.|\n)*SAMPLEDL2", r"purchase .* DL +2 +100,?000 .* sent",
                 "member: !tenant-admin", "operator: !tenant-admin", "kill -9", "RESUME", r"state +running"):
        assert re.search(part, result.out), f"{part} is missing\n{result.out}"
    assert "SAMPLEDL3" not in result.out[result.out.index("!buy"):]  # what was not bought
    assert list(scratch.iterdir()) == []
    assert not os.path.exists(home.db)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_everything(home, scratch, number):
    process = home.popen("demo", "--tour", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    children = until("its children run", lambda: len(children_of(process.pid)) >= 2 and children_of(process.pid))
    process.send_signal(number)
    process.communicate(timeout=60 * SLOW)
    assert process.returncode == 128 + number
    until("they are gone", lambda: not any(alive(c) for c in children))
    assert list(scratch.iterdir()) == []


def test_children_die_with_a_killed_parent(home, scratch):
    process = home.popen("demo", "--tour", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children = until("its children run", lambda: len(children_of(process.pid)) >= 2 and children_of(process.pid))
    process.kill()
    process.wait()
    until("they are gone", lambda: not any(alive(c) for c in children))


def test_at_a_terminal_the_screens_open_on_the_sample(home, scratch):
    with Terminal([BIN, "demo"], env={**home.env, "LC_ALL": "C.UTF-8"}, cwd=home.path, timeout=60 * SLOW) as t:
        t.wait("demo.db")
        children = children_of(t.pid())
        assert len(children) == 3  # the sandbox, the daemon, the screens
        t.key("f10")
        assert t.exit() == 0
    until("they are gone", lambda: not any(alive(c) for c in children))
    assert list(scratch.iterdir()) == []


def test_demo_takes_no_other_word(home):
    assert home.run("demo", "--nonsense").status == 2
