"""kill -9 of the daemon and of consoles at random moments during pushes: nothing is lost, nothing is done twice."""

import collections
import json
import os
import random
import shlex
import subprocess
import threading

import pytest

from program import LIMIT, SLOW, until
from scene import BOT, control_messages, requests, session, settled, world

# Seconds after a console's start: its own end usually comes within the first, what follows from it within the second.
MOMENTS = {"console": 0.05 * SLOW, "daemon": 0.12 * SLOW}
KEYS = {"prefix": ["!", "?", "%", "!!"], "language": ["en", "id"], "command_cooldown": ["1", "2", "4"],
        "nickname": ["Toko", "Kios", "none"]}


class Kills:
    """Changes one after the other; in each of them somebody dies."""

    def __init__(self, live, seed):
        self.live, self.dice = live, random.Random(seed)
        self.documents, self.killed = [], collections.Counter()
        self.values = {key: None for key in KEYS}

    def next_line(self):
        if self.dice.random() < 0.5:
            name = self.dice.choice(["welcome", "custom_commands", "leveling", "tickets"])
            return ["features", "tenant01", name, self.dice.choice(["on", "off"])]
        key = self.dice.choice(list(KEYS))
        return ["config", "tenant01", key, self.dice.choice(KEYS[key])]

    def round(self):
        options = ["-o", "json", "--wait", "0.5"] + (["--no-push"] if self.dice.random() < 0.2 else [])
        victim = self.dice.choice(["daemon", "console"])
        moment = self.dice.random() * MOMENTS[victim]
        console = self.live.home.popen(*options, *self.next_line(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        threading.Event().wait(moment)
        if victim == "console":
            self.killed["console" if console.poll() is None else "nobody"] += 1
            console.kill()
        else:
            self.live.daemon.kill()
            self.killed["daemon"] += 1
        out, err = console.communicate(timeout=LIMIT)
        if victim == "daemon":
            self.live.daemon.start()
        if console.returncode == -9:
            return
        assert console.returncode in (0, 5), (console.returncode, err)
        document = json.loads(out)
        if document["changed"]:
            self.documents.append(document)


def check_audit(home, first, documents):
    """As many rows as revisions; each change of a value begins where the one before it ended."""
    shown = home.json("show", "tenant01")
    rows = sorted((r for r in home.json("audit", "tenant01", "--limit", 0)["items"] if r["audit"] > first["audit"]),
                  key=lambda r: r["audit"])
    assert len(rows) == shown["revision"] - first["revision"]
    numbers = {row["audit"] for row in rows}
    assert {d["audit"] for d in documents} <= numbers
    assert len({d["revision"] for d in documents}) == len(documents)
    chains = collections.defaultdict(list)
    for row in rows:
        chains[" ".join(row["command"].split()[:3])].append(row)
    for name, chain in chains.items():
        for before, after in zip(chain, chain[1:]):
            assert before["after"] == after["before"], (name, before, after)
        command, _, key = name.split()
        value = str((shown["features"] if command == "features" else shown["bot_config"])[key]).lower()
        word = shlex.split(chain[-1]["command"])[3].lower()
        assert value == {"on": "true", "off": "false"}.get(word, word), (name, value)
    return shown


def check_messages(live):
    """A message for each revision at most, each with its own nonce, each taken at most once."""
    sent = []
    for message in control_messages(live):
        document = json.loads(message["content"].split(" ", 1)[1].rsplit(" ", 1)[0])
        sent.append(document)
        marks = [r for r in message.get("reactions", []) if r["emoji"]["name"] == "✅"]
        assert sum(r["count"] for r in marks) <= 1
    assert len({d["nonce"] for d in sent}) == len(sent)
    by_revision = collections.Counter(d["revision"] for d in sent)
    assert max(by_revision.values()) == 1, by_revision.most_common(3)
    assert live.daemon.log.count(" control taken: ") <= len(sent)
    marked = collections.Counter(r["path"].split("/messages/")[1].split("/")[0]
                                 for r in requests(live, method="PUT", path="*/reactions/*"))
    assert not marked or max(marked.values()) == 1, marked.most_common(3)
    revisions = [d["revision"] for d in sent]
    assert revisions == sorted(revisions), "an older message was sent after a newer one"
    return len(sent)


def play(path, count):
    seed = int(os.environ.get("TENANTTUI_SEED", random.randrange(1 << 32)))
    print(f"\nseed {seed}: TENANTTUI_SEED={seed} repeats it")
    with world(path, {"rate": False}) as live:
        settled(live)
        first = {"revision": live.show()["revision"],
                 "audit": live.home.json("audit", "--limit", 1)["items"][0]["audit"]}
        kills = Kills(live, seed)
        for _ in range(count):
            kills.round()
        until("the daemon serves", lambda: live.daemon.process.poll() is None and session(live)[2], 60 * SLOW)
        live.applied()
        settled(live)
        shown = check_audit(live.home, first, kills.documents)
        messages = check_messages(live)
        until("nothing that a bot says is left to write", lambda: live.home.run("doctor").status == 0)
        doctor = live.home.json("doctor")
        assert doctor["ok"] is True, doctor
        identifies, resumes, _ = session(live)
        print(f"{dict(kills.killed)}, {shown['revision'] - first['revision']} changes, {messages} control messages, "
              f"{identifies} identifies, {resumes} resumes")
        assert resumes > 0
        assert "panic" not in live.daemon.log and "Sanitizer" not in live.daemon.log
        assert live.sandbox.control(do="member", guild="987654321098765432", member=BOT)["member"]["nick"] == \
            shown["bot_config"]["nickname"]


def test_nothing_is_lost_or_done_twice_under_kill_9(tmp_path):
    play(tmp_path / "home", 50)


@pytest.mark.soak
def test_nothing_is_lost_or_done_twice_under_2000_kills(tmp_path):
    play(tmp_path / "home", int(os.environ.get("TENANTTUI_KILLS", "2000")))


def test_a_killed_writer_leaves_a_whole_database(tenant):
    """Without Discord: many processes write and die at once; what is there is audited, what is not is gone."""
    dice = random.Random(int(os.environ.get("TENANTTUI_SEED", "7")))
    first = {"revision": tenant.json("show", "tenant01")["revision"],
             "audit": tenant.json("audit", "--limit", 1)["items"][0]["audit"]}
    for _ in range(12):
        children = [tenant.popen("--no-push", "-f", "-", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL) for _ in range(4)]
        for number, child in enumerate(children):
            key = list(KEYS)[number]
            lines = "".join(f"config tenant01 {key} {KEYS[key][i % len(KEYS[key])]}\n" for i in range(400))
            threading.Thread(target=feed, args=(child, lines.encode()), daemon=True).start()
        threading.Event().wait(dice.random() * 0.1 * SLOW)
        for child in children:
            child.kill()
        for child in children:
            child.wait()
    check_audit(tenant, first, [])
    assert tenant.json("doctor")["ok"] is True


def feed(child, data):
    try:
        child.stdin.write(data)
        child.stdin.close()
    except OSError:
        pass
