"""A world that the tests of bots share: Live, and what they ask of it besides; control messages made by hand."""

import base64
import hashlib
import hmac
import json
import re
import secrets
import signal
import time

import live
from live import BOT, CONTROL, GENERAL, TOKEN, Live
from program import LIMIT, Daemon, until

PREFIX = "tenanttui/1 "
CONFIGURATION = ("bot_config", "channels", "features", "permissions", "plan", "settings", "status")
CHECK_MARK = "\u2705"


# --- the control message, from the specification ---

def canonical(value):
    """RFC 8785 of what holds no fractions: members in the order of UTF-16, no white space."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda m: m[0].encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(k)}:{canonical(v)}" for k, v in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def configuration_hash(show):
    return hashlib.sha256(canonical({k: show[k] for k in CONFIGURATION}).encode()).hexdigest()


def control_key(path):
    """The subkey that signs: crypto_kdf of libsodium is BLAKE2b with the number as salt, the context as person."""
    with open(path, "rb") as f:
        text = f.read()
    assert len(text) == 65 and text.endswith(b"\n") and text == text.lower()
    return hashlib.blake2b(digest_size=32, key=bytes.fromhex(text[:64].decode()),
                           salt=(1).to_bytes(8, "little").ljust(16, b"\0"), person=b"ttcontrl".ljust(16, b"\0")).digest()


def rfc3339(when):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))


def control_text(key, tenant, revision, sha256, nonce=None, when=None):
    """A control message as only the holder of the key can write it."""
    fields = {"tenant": tenant, "revision": revision, "sha256": sha256, "nonce": nonce or secrets.token_hex(16),
              "time": when if isinstance(when, str) else rfc3339(time.time() if when is None else when)}
    signed = PREFIX + json.dumps(fields, separators=(",", ":"))
    return signed + " " + hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()


# --- the world ---

def nth(value, n):
    """The n-th further guild's channel, member, or bot of lib/live.py's seed."""
    return str(int(value) + n * (1 if value == BOT else 1000))


def token_of(n, secret=""):
    """A token as Discord writes them: its first part is the bot's id."""
    head = base64.b64encode(nth(BOT, n).encode()).decode().rstrip("=")
    return f"{head}.live00.this-is-the-secret-part-of-a-token{secret}"


def brisk(document):
    """No limits: a test does in a second what takes an operator an hour, and a slow machine may answer a click late."""
    for each in document["bots"]:
        each.setdefault("max_concurrency", 100)
    limits = {"rate": False, "identify": False, "requests": 100000, "interaction_ms": int(LIMIT * 1000)}
    return {**document, "limits": {**limits, **document.get("limits", {})}}


class World(Live):
    bot = BOT

    def __init__(self, home, document=None, **more):
        super().__init__(home, brisk(document or live.seed()), **more)

    def end(self):
        """Both end by themselves when asked, and a sanitizer has nothing to say about it."""
        super().end()
        codes = {"the daemon": self.daemon and self.daemon.process.returncode,
                 "the sandbox": self.sandbox and self.sandbox.process.returncode}
        for what, code in codes.items():
            assert code in (None, 0, -signal.SIGKILL), f"{what} ended with {code}"

    def wait(self, what, **document):
        """Until the sandbox says so; its answer."""
        return self.sandbox.control(do="wait", **{"for": what}, **document)

    def quick(self, tenant=None):
        """A member may do as much as a test wants to, and is answered in English."""
        for key, value in (("command_cooldown", 0), ("command_rate", 100), ("language", "en")):
            self.home.ok("--no-push", "config", tenant or self.tenant, key, value)

    # --- what Discord was asked ---

    def mark(self):
        return self.sandbox.control(do="requests", limit=1)["last"]

    def requests(self, since, **document):
        return self.sandbox.control(do="requests", since=since, **document)["requests"]

    def changes(self, since):
        """What wrote there, reactions aside: they are the bot's, whenever it comes to them."""
        return [r for r in self.requests(since) if r["method"] != "GET" and "/reactions/" not in r["path"]]

    # --- people ---

    def reply(self, member, text, channel=GENERAL, bot=None):
        """The message with which the bot answers there."""
        said = self.say(member, text, channel)
        return self.wait("message", channel=channel, after=said, author=bot or self.bot)["message"]

    def dm(self, member, text, channel=GENERAL, bot=None):
        """The message with which the bot answers in the member's DMs."""
        bot = bot or self.bot
        seen = self.sandbox.control(do="messages", bot=bot, member=member)["messages"]
        self.say(member, text, channel)
        return self.wait("message", bot=bot, member=member, author=bot,
                         after=seen[-1]["id"] if seen else "0")["message"]

    def slash(self, member, command, channel=GENERAL, bot=None, **options):
        """A slash command; how its interaction ended."""
        return self.sandbox.control(do="slash", channel=channel, member=member, command=command, bot=bot or self.bot,
                                    options=options, timeout_ms=int(LIMIT * 900))

    def admin(self, member, line, channel=GENERAL, bot=None):
        """`/tenant-admin LINE`, options as name=value; the text of its answer and whether only the member sees it."""
        words, options = line.split(" "), {}
        while words and "=" in words[-1]:
            name, _, value = words.pop().partition("=")
            options[name] = {"true": True, "false": False}.get(value, int(value) if name in ("n", "limit") else value)
        report = self.slash(member, " ".join(["tenant-admin", *words]), channel, bot, **options)
        return report["message"]["content"], report["ephemeral"]

    def silence(self, member, after, channel=GENERAL, bot=None):
        """What the bot said there after AFTER, once it has answered something that came later."""
        said = self.say(member, "!ping", channel)
        self.wait("message", channel=channel, after=said, author=bot or self.bot)
        return [m for m in self.messages(channel, after, bot or self.bot) if int(m["id"]) < int(said)]

    # --- the tenant ---

    def gone_sandbox(self):
        code = self.sandbox.process.poll()
        assert code is None, f"the sandbox ended with {code}"

    def write(self, *words, **how):
        """A command line with -o json: its document, its status beside it."""
        result = self.home.run("-o", "json", *words, **how)
        assert result.out, repr(result)
        return {**result.json, "exit": result.status, "err": result.err}

    def pushed(self, *words, **how):
        """A write that must be acknowledged; its document."""
        document = self.write("--wait", LIMIT, *words, **how)
        assert (document["exit"], document["push"]["state"]) == (0, "acknowledged"), document
        return document

    def stored(self, tenant=None):
        """What people have changed: `show` without what the daemon says."""
        shown = self.home.json("show", tenant or self.tenant)
        return {k: v for k, v in shown.items() if k not in ("applied_revision", "bot")}

    def state(self, tenant=None):
        return self.home.json("bot", "status", tenant or self.tenant)

    def sessions(self, bot=None):
        return self.sandbox.control(do="sessions", bot=bot or self.bot)

    def connected(self, bot=None):
        """How many connections of this bot are READY."""
        return sum(s["state"] == "ready" for s in self.sessions(bot)["sessions"])

    def key(self):
        return control_key(self.home.key)

    def sign(self, revision=None, sha256=None, tenant=None, **more):
        show = self.show()
        return control_text(self.key(), tenant or self.tenant, revision or show["revision"],
                            sha256 or configuration_hash(show), **more)

    def post(self, text, channel=CONTROL, token=TOKEN):
        """The bot's own account writes; the id of the message."""
        body = {"content": text, "allowed_mentions": {"parse": []}}
        status, message = self.sandbox.api("POST", f"/channels/{channel}/messages", token, body)
        assert status == 200, message
        return message["id"]

    def message(self, message, channel=CONTROL):
        return next(m for m in self.messages(channel, author=None) if m["id"] == message)

    # --- the daemon ---

    def start_daemon(self, *words):
        """A new one, until it says that it serves; `instance` is its name."""
        before = self.log_mark() if self.daemon else 0
        self.daemon = Daemon(self.home, *words)

        def serving():
            self.gone("the daemon")
            new = self.daemon.log[before:]
            return "serving" in new and re.search(r"bot-[0-9a-f]{8}", new)
        self.instance = until("the daemon serves", serving)[0]

    def up(self, tenant=None):
        """Until this daemon runs the tenant's bot."""
        def look():
            self.gone("the daemon")
            state = self.state(tenant)
            return state["state"] == "running" and state["instance"] == self.instance
        try:
            until(f"{tenant or self.tenant} is running", look)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.daemon.log[-3000:]}") from None

    def log_mark(self):
        return len(self.daemon.log)

    def logged(self, part, since=0):
        """Until the daemon logs a line with PART after SINCE; that line."""
        def look():
            self.gone("the daemon")
            return next((line for line in self.daemon.log[since:].splitlines() if part in line), None)
        try:
            return until(f"the log says {part!r}", look)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.daemon.log[since:][-4000:]}") from None
