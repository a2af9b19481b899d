"""Imports into the stock, claims of items, and writers beside an import; called by tests/bench/run."""

import os
import random
import subprocess

from world import BUILD

STOCK = os.path.join(BUILD, "bench", "stock")
LINES = 1_000_000
SMALL, LARGE = 10_000, 10_000_000
CLAIMS = 2000

# The columns and indexes of the stock; stock_lines is its index of lines.
PEER = """
CREATE TABLE stock (tenant_id TEXT NOT NULL, item INTEGER NOT NULL, product INTEGER NOT NULL, batch INTEGER NOT NULL,
  state INTEGER NOT NULL, tx INTEGER, added_at INTEGER NOT NULL, line_hash TEXT NOT NULL, content TEXT NOT NULL,
  PRIMARY KEY (tenant_id, item)) WITHOUT ROWID;
CREATE UNIQUE INDEX stock_line ON stock (line_hash);
CREATE INDEX stock_available ON stock (tenant_id, product, batch, item) WHERE state = 0;
CREATE INDEX stock_taken ON stock (tenant_id, state, product, item) WHERE state <> 0;
CREATE INDEX stock_sold ON stock (tx) WHERE tx <> '';
.mode csv
.timer on
.import rows.csv stock
"""


def figures(words):
    words = words.split()
    return {name: float(number) for name, number in zip(words[::2], words[1::2])}


def stock(folder, name, *words):
    run = subprocess.run([STOCK, os.path.join(folder, f"{name}.db"), os.path.join(folder, f"{name}.key"), *map(str, words)],
                         capture_output=True, text=True, check=True)
    return figures(run.stdout)


def write_lines(folder, count):
    """The lines, and beside them the rows that the peer reads."""
    chance = random.Random(1)
    with open(os.path.join(folder, "lines.txt"), "w", encoding="ascii") as lines, \
            open(os.path.join(folder, "rows.csv"), "w", encoding="ascii") as rows:
        for i in range(1, count + 1):
            line = f"user{i}@mail.example:{chance.getrandbits(96):024x}"
            lines.write(line + "\n")
            rows.write(f"bench,{i},1,1,0,,1785585600000,{chance.getrandbits(64):016x},{line}\n")


def peer_import(folder):
    clock = os.times()
    subprocess.run(["sqlite3", "peer.db"], cwd=folder, input=PEER, capture_output=True, text=True, check=True)
    return os.times().elapsed - clock.elapsed


def measure_import(folder, show, count=LINES):
    """Sealed and plain, beside the sqlite3 shell."""
    write_lines(folder, count)
    path = os.path.join(folder, "lines.txt")
    peer, took = peer_import(folder), {}
    for name, words in (("sealed", []), ("plain", ["plain"])):
        ours = stock(folder, name, "import", path, *words)
        assert ours["added"] == count, ours
        took[name] = ours["seconds"]
        speed = peer / ours["seconds"]
        show(f"import of {count:,} lines, {name}", f"{count / ours['seconds']:,.0f} lines/s",
             f".import {count / peer:,.0f} lines/s", speed, "at least 0.5x", speed >= 0.5)
        show(f"its memory, {name}", f"{ours['kib'] / 1024:.0f} MiB", "", None, "at most 100 MiB",
             ours["kib"] <= 100 * 1024)
    show("what sealing costs", f"{took['sealed'] - took['plain']:.1f} s more", f"plain {took['plain']:.1f} s",
         took["sealed"] / took["plain"])


def measure_writers(folder, show, count=LINES):
    """How long somebody else who wants to write waits while a file is imported."""
    path, end = os.path.join(folder, "lines.txt"), os.path.join(folder, "end")
    if not os.path.exists(path):
        write_lines(folder, count)
    if os.path.exists(end):
        os.remove(end)
    stock(folder, "beside", "fill", 1)
    words = [STOCK, os.path.join(folder, "beside.db"), os.path.join(folder, "beside.key")]
    with subprocess.Popen([*words, "write", end], stdout=subprocess.PIPE, text=True) as writer:
        try:
            ours = stock(folder, "beside", "import", path)
        finally:
            with open(end, "w", encoding="ascii"):
                pass
            said = figures(writer.communicate()[0])
    show("wait to write beside an import, p99", f"{said['p99'] / 1000:.1f} ms",
         f"middle {said['middle'] / 1000:.1f} ms, longest {said['longest'] / 1000:.1f} ms", None, "below 50 ms",
         said["p99"] < 50000)
    show("the import beside that writer", f"{ours['added'] / ours['seconds']:,.0f} lines/s", f"{said['writes']:,.0f} writes")


def measure_claims(folder, show, large=LARGE):
    """One item of a small and of a large stock, in turn; the commit is not counted."""
    for name, count in (("small", SMALL), ("large", large)):
        stock(folder, name, "fill", count)
    rounds = [(stock(folder, "small", "claim", CLAIMS)["middle"], stock(folder, "large", "claim", CLAIMS)["middle"])
              for _ in range(5)]
    small, big = (min(times) for times in zip(*rounds))
    show(f"claim of one item of {large:,}", f"{big:.0f} us", f"of {SMALL:,}: {small:.0f} us", big / small, "at most 1.5x",
         big / small <= 1.5)


def section(folder, show, everything):
    """EVERYTHING: the large stock at its full size, which takes minutes to fill."""
    measure_import(folder, show)
    measure_writers(folder, show)
    measure_claims(folder, show, LARGE if everything else LINES)
