"""Ordinary bot libraries, unchanged, against the sandbox: discord.js from npm and the distribution's discord.py.

Both play the same part (see the clients), so both pass the same tests, over zlib-stream."""

import fcntl
import glob
import hashlib
import json
import os
import queue
import shutil
import subprocess
import threading
import urllib.request

import pytest

import contract
from program import LIMIT, Home, Sandbox, end_with_parent

HERE = os.path.dirname(os.path.abspath(__file__))
GUILD, CHANNEL, MEMBER, BOT = "987654321098765432", "987654321098765433", "123456789012345679", "111111111111111111"
NAMES = ["form", "hello", "say", "slow"]
LIBRARIES = ["discord.js", "discord.py"]


def digest(directory):
    """Of the files there; the cache is made anew when it changes."""
    total = hashlib.sha256()
    for path in sorted(glob.glob(os.path.join(directory, "**"), recursive=True)):
        if os.path.isfile(path) and "node_modules" not in path:
            with open(path, "rb") as f:
                total.update(path[len(directory):].encode() + b"\0" + f.read())
    return total.hexdigest()


def discord_js():
    """The directory of the client with its packages, installed once into the user's cache."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("npm is not installed, so discord.js cannot be")
    source = os.path.join(HERE, "discordjs")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    cache = os.path.join(base, "tenanttui", "discordjs")
    os.makedirs(cache, exist_ok=True)
    with open(os.path.join(cache, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted, stamp = digest(source), os.path.join(cache, "installed")
        if not os.path.exists(stamp) or open(stamp, encoding="ascii").read() != wanted:
            shutil.copytree(source, cache, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
            run = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=cache, text=True,
                                 capture_output=True, check=False)
            if run.returncode != 0:
                pytest.skip(f"npm cannot install discord.js: {run.stderr.strip()[-300:]}")
            with open(stamp, "w", encoding="ascii") as f:
                f.write(wanted)
    return cache


class Client:
    """A bot in its own process; it tells what happens as JSON lines."""

    def __init__(self, kind, sandbox, token, errors):
        env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        if kind == "discord.js":
            argv = ["node", os.path.join(discord_js(), "client.mjs"), sandbox.base, token]
        else:
            if subprocess.run(["/usr/bin/python3", "-c", "import discord"], capture_output=True, check=False).returncode:
                pytest.skip("python3-discord is not installed")
            gateway = sandbox.api("GET", "/gateway", token)[1]["url"]
            argv = ["/usr/bin/python3", os.path.join(HERE, "discordpy", "client.py"), sandbox.base, gateway, token]
        self.errors = errors
        self.process = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=open(errors, "wb"),
                                        preexec_fn=end_with_parent)
        self.lines, self.kept = queue.Queue(), []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def told(self, event, limit=LIMIT):
        """The next line about this event; lines about others are kept."""
        for line in self.kept:
            if line["event"] == event:
                self.kept.remove(line)
                return line
        while True:
            try:
                line = self.lines.get(timeout=limit)
            except queue.Empty:
                line = None
            if line is None:
                with open(self.errors, encoding="utf-8", errors="replace") as f:
                    raise AssertionError(f"no '{event}' from the client; it told {self.kept}\n{f.read()[-3000:]}")
            if line["event"] == event:
                return line
            self.kept.append(line)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()


class World:
    def __init__(self, path, kind):
        self.record = str(path / "record.jsonl")
        self.sandbox = Sandbox(Home(path / "home"), words=["--record", self.record])
        self.client = None
        self.kind, self.path = kind, path

    def start(self):
        self.client = Client(self.kind, self.sandbox, "sandbox-token", str(self.path / "client.log"))
        self.ready = self.client.told("ready")
        self.commands = self.client.told("commands")
        return self

    def do(self, verb, **more):
        return self.sandbox.control(do=verb, **more)

    def say(self, text, **more):
        return self.do("message", channel=CHANNEL, member=MEMBER, content=text, **more)["message"]

    def heard(self, after, **more):
        return self.do("wait", **{"for": "message"}, channel=CHANNEL, author=BOT, after=after,
                       timeout_ms=int(LIMIT * 1000), **more)["message"]

    def slash(self, command, **more):
        return self.do("slash", channel=CHANNEL, member=MEMBER, command=command, timeout_ms=int(LIMIT * 1000), **more)

    def end(self):
        if self.client:
            self.client.end()
        self.sandbox.end()


@pytest.fixture(params=LIBRARIES)
def world(request, tmp_path):
    w = World(tmp_path, request.param)
    try:
        yield w.start()
    finally:
        w.end()


def test_logs_in_sees_its_guild_and_registers_guild_commands(world):
    assert world.ready["user"] == BOT and world.ready["guild"] == GUILD and world.ready["channels"] == 3
    assert world.commands["names"] == NAMES
    assert sorted(c["name"] for c in world.do("commands", guild=GUILD)["commands"]) == NAMES
    assert world.do("sessions", bot=BOT)["sessions"][0]["compressed"]


def test_gets_a_message_answers_reacts_and_edits(world):
    asked = world.say("!ping")
    assert world.client.told("message")["content"] == "!ping"
    answer = world.heard(asked, equals="pong, edited")
    assert answer["message_reference"]["message_id"] == asked
    assert answer["reactions"][0]["emoji"]["name"] == "✅" and answer["edited_timestamp"]
    assert world.client.told("answered")["id"] == answer["id"]


def test_sends_an_embed_a_file_and_a_button_that_works(world):
    panel = world.heard(world.say("!panel"))
    assert panel["embeds"][0]["fields"][0]["name"] == "a" and panel["embeds"][0]["footer"]["text"] == "foot"
    assert panel["attachments"][0]["filename"] == "list.txt" and panel["attachments"][0]["size"] == 18
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(panel["attachments"][0]["url"], timeout=LIMIT) as file:
        assert file.read() == b"line one\nline two\n"
    world.do("click", channel=CHANNEL, member=MEMBER, custom_id="press", timeout_ms=int(LIMIT * 1000))
    assert world.heard("0", equals="pressed")["components"] == []


def test_answers_a_command_in_private(world):
    answer = world.slash("hello")
    assert answer["ephemeral"] and answer["message"]["content"] == "only you see this"
    assert answer["message"]["flags"] & 64
    private = world.do("wait", **{"for": "message"}, channel=CHANNEL, text="and this", ephemeral=True)["message"]
    assert private["flags"] & 64


def test_answers_a_command_with_an_option_and_a_deferred_one(world):
    answer = world.slash("say", options={"text": "what was said"})
    assert answer["message"]["content"] == "what was said" and not answer["ephemeral"]
    assert world.client.told("said")["id"] == answer["message"]["id"]
    assert world.slash("slow")["message"]["content"] == "done at last"


def test_shows_a_modal_and_takes_what_was_filled_in(world):
    shown = world.slash("form")
    assert shown["state"] == "modal" and shown["modal"]["title"] == "A form"
    field = shown["modal"]["components"][0]["components"][0]["custom_id"]
    answer = world.do("modal", interaction=shown["interaction"], fields={field: "Kim"}, timeout_ms=int(LIMIT * 1000))
    assert answer["message"]["content"] == "hello Kim"


@pytest.mark.parametrize("how", [{"kind": "reset"}, {"kind": "close", "code": 4000}, {"kind": "op7"},
                                 {"kind": "op9", "resumable": True}], ids=lambda h: h["kind"])
def test_resumes_after_a_cut_and_misses_nothing(world, how):
    before = world.do("sessions", bot=BOT)
    world.do("fault", on="gateway", bot=BOT, **how)
    said = world.say("!ping")
    resumed = world.do("wait", **{"for": "session"}, bot=BOT, resumes=before["resumes"] + 1,
                       timeout_ms=int(3 * LIMIT * 1000))
    assert resumed["identifies"] == before["identifies"]
    world.client.told("resumed")
    assert world.heard(said, text="pong")


def test_is_refused_what_discord_refuses(world):
    world.say("!long")
    assert world.client.told("refused")["code"] == 50035
    world.do("member_update", member=MEMBER, dms_closed=True)
    world.say("!dm")
    assert world.client.told("refused")["code"] == 50007
    world.do("member_update", member=MEMBER, dms_closed=False)
    world.say("!dm")
    dm = world.do("wait", **{"for": "message"}, bot=BOT, member=MEMBER, equals="in private")
    assert dm["message"]["author"]["id"] == BOT


def test_members_and_history_are_there(world):
    world.say("!member")
    assert world.client.told("member")["name"] == "buyer"
    assert world.do("wait", **{"for": "nick"}, guild=GUILD, member=BOT, nick="nicked")
    world.do("join", guild=GUILD, user={"id": "222222222222222222", "username": "newcomer"})
    assert world.client.told("joined")["name"] == "newcomer"
    world.say("!history")
    assert world.client.told("history")["count"] >= 2


@pytest.mark.skipif(not contract.available(), reason="Discord's API description is not beside the sources")
def test_every_answer_is_as_discord_describes_it(world):
    world.heard(world.say("!panel"))
    world.heard(world.say("!ping"), text="edited")
    for text in ("!member", "!history"):
        world.say(text)
        world.client.told(text[1:])
    for name in NAMES:
        world.slash(name, **({"options": {"text": "t"}} if name == "say" else {}))
    described = contract.Contract()
    seen = list(contract.entries(world.record))
    assert len(seen) >= 12
    complaints = [c for entry in seen for c in described.answer(entry)]
    assert not complaints, "\n".join(complaints)
