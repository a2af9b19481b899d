"""The screens in a terminal: from a key to the last byte of its frame, and what they do while nobody types."""

import os
import sys
import time

from world import BIN, ROOT, tenant, wake_ups

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

from terminal import Terminal  # noqa: E402

LIMIT_US = 16000
IDLE_S = 61  # the clock shows minutes


def moves(t):
    """The list: by row, by page, to its ends."""
    for key in ["down"] * 60 + ["pgdn"] * 40 + ["pgup"] * 20 + ["up"] * 20 + ["end", "home"] * 10:
        yield t.settle(key)


def filters(t):
    """A filter, letter by letter: by a word of the name, by the id, by plan and status, by what nothing matches."""
    for text in ("Store 99", "of 976", tenant(77777)[:6], "plan:premium", "status:expired 5", "no such store"):
        yield t.settle("/")
        for character in text:
            yield t.settle(character)
        for key in ["backspace"] * 3:
            yield t.settle(key)
        t.settle("esc", 200)
        assert "of 100,000" in t.rows()[0], t.text()


def visits(t):
    """From a screen to another and back."""
    for _ in range(15):
        yield t.settle("enter")
        yield t.settle("down")
        t.settle("esc", 200)
    for _ in range(15):
        yield t.settle("3")
        yield t.settle("2")


def escapes(t):
    """Esc alone: a terminal's other keys begin with the same byte, so it is waited for what may follow."""
    for _ in range(20):
        t.settle("enter", 200)
        yield t.settle("esc", 200)


def measure_screens(home, show, share):
    argv = [BIN, "--db", home.db, "--key-file", home.key]
    with Terminal(argv, rows=40, cols=120, env=home.env) as t:
        t.wait("100,000 total")
        began = time.monotonic()
        t.key("2")
        t.wait("of 100,000")
        first = time.monotonic() - began
        t.quiet(300)
        every = []
        for name, keys in (("moving in the list", moves), ("typing a filter", filters), ("going to and fro", visits)):
            us = list(keys(t))
            every += us
            show(f"{name}: p50", f"{share(us, 0.5) / 1000:.1f} ms", f"of {len(us)} keys: p99 {share(us, 0.99) / 1000:.1f} ms")
        us = list(escapes(t))
        show("Esc, which waits for a longer key's bytes: p50", f"{share(us, 0.5) / 1000:.1f} ms")
        p99 = share(every, 0.99)
        show("key to finished frame, 100,000 tenants: p99", f"{p99 / 1000:.1f} ms", f"the list's first frame {first * 1000:.1f} ms",
             None, "at most 16 ms", p99 <= LIMIT_US)
        t.quiet(1000)
        before = wake_ups(t.pid())
        written = t.quiet(IDLE_S * 1000 + 5000, IDLE_S * 1000)
        woken = wake_ups(t.pid()) - before
        show(f"idle for {IDLE_S} s: wake-ups", f"{woken}", f"{written} bytes written", None, "the clock's only", woken <= 8)
