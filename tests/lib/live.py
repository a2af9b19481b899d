"""A sandbox, a daemon and tenant01 with its bot running: what tests of pushes and bots start from."""

import contextlib
import signal
import sqlite3

from program import Daemon, Sandbox, until

GUILD = "987654321098765432"
RENTER = "123456789012345678"
OPERATOR = "222222222222222222"
VIEWER = "222222222222222223"
MEMBER = "333333333333333333"
GENERAL = "987654321098765433"
CONTROL = "987654321098765434"
WELCOME = "987654321098765435"
LOGS = "987654321098765436"
BOT = "555555555555555555"
TOKEN = "NTU1NTU1NTU1NTU1NTU1NTU1.live00.this-is-the-secret-part-of-a-token"
PRIVILEGED = 1 << 13 | 1 << 15 | 1 << 19


def guild(number=0, channels=(GENERAL, CONTROL, WELCOME, LOGS), members=(OPERATOR, VIEWER, MEMBER)):
    """A guild's seed document; NUMBER shifts every id for a further one."""
    shift = lambda value: str(int(value) + number * 1000)
    names = ("general", "control", "welcome", "logs")
    return {"id": shift(GUILD), "name": "Test Guild", "owner_id": RENTER,
            "channels": [{"id": shift(c), "name": n} for c, n in zip(channels, names)],
            "members": [{"user": {"id": m, "username": f"user{m[-3:]}"}} for m in (RENTER, *members)]}


def bot(number=0, token=None, flags=PRIVILEGED, guilds=None):
    return {"id": str(int(BOT) + number), "token": token or (TOKEN if number == 0 else f"{TOKEN}{number}"),
            "username": f"bot{number}", "flags": flags,
            "guilds": guilds or [str(int(GUILD) + number * 1000)]}


def seed(count=1, **more):
    return {"guilds": [guild(n) for n in range(count)], "bots": [bot(n) for n in range(count)], **more}


class Live:
    """start() brings everything up; end() ends it. Parts are there for tests that want them one by one."""

    def __init__(self, home, document=None, tenant="tenant01", plan="premium"):
        self.home, self.document, self.tenant, self.plan = home, document or seed(), tenant, plan
        self.sandbox = self.daemon = None

    def start(self):
        self.start_sandbox()
        self.create()
        self.start_daemon()
        self.set_token()

    def start_sandbox(self, *words):
        self.sandbox = Sandbox(self.home, self.document, words)
        self.home.env["TENANTTUI_API_BASE"] = self.sandbox.base

    def create(self):
        self.home.create(self.tenant, GUILD, self.plan)
        self.home.ok("--no-push", "channels", self.tenant, "control", CONTROL)
        self.home.ok("operator", "add", OPERATOR, "operator")
        self.home.ok("operator", "add", VIEWER, "viewer")

    def start_daemon(self, *words):
        self.daemon = Daemon(self.home, *words)
        until("the daemon serves", lambda: " serving " in self.daemon.log or '"serving' in self.daemon.log
              or self.gone("the daemon"))

    def gone(self, what):
        if self.daemon.process.poll() is not None:
            raise AssertionError(f"{what} ended with {self.daemon.process.returncode}:\n{self.daemon.log}")
        return False

    def set_token(self):
        return self.home.json("token", self.tenant, "set", stdin=TOKEN + "\n")

    def end(self):
        for child in (self.daemon, self.sandbox):
            if child is not None:
                child.end()

    # --- people ---

    def say(self, member, text, channel=GENERAL, **more):
        """A member writes; the id of the message."""
        return self.sandbox.control(do="message", channel=channel, member=member, content=text, **more)["message"]

    def messages(self, channel=GENERAL, after=None, author=BOT):
        document = {"do": "messages", "channel": channel, **({"author": author} if author else {}),
                    **({"after": after} if after else {})}
        return self.sandbox.control(**document)["messages"]

    def heard(self, after=None, channel=GENERAL, part=""):
        """The bot's first message there after AFTER that contains PART."""
        found = lambda: next((m for m in self.messages(channel, after) if part in m["content"]), None)
        return until(f"the bot says {part!r}", found)

    def answer(self, member, text, channel=GENERAL):
        """What the bot says to what a member writes."""
        return self.heard(self.say(member, text, channel), channel)["content"]

    # --- the gateway ---

    def beat(self):
        """Discord asks for a heartbeat and acknowledges it: the bot's next status says its latency, not by chance."""
        self.sandbox.control(do="fault", on="gateway", kind="garbage", bot=BOT,
                             text='{"t":null,"s":null,"op":1,"d":null}')
        for member in (MEMBER, VIEWER):  # the first answer leaves after the heartbeat, the second event after its ACK
            self.answer(member, "!ping")

    # --- the tenant ---

    def settled(self):
        """Until nothing waits to be pushed, nor is on its way."""
        until("the outbox is empty", lambda: self.home.json("push", "list")["items"] == [])

    def failed(self):
        """What is left to be pushed, once all of it was refused for good."""
        def look():
            items = self.home.json("push", "list")["items"]
            return {i["state"] for i in items} == {"failed"} and items
        return until("what is left has failed", look)

    def posted(self, document):
        """The control message of a write; whom the database tells may be told before it is there."""
        return self.sandbox.control(do="wait", **{"for": "message"}, channel=CONTROL,
                                    text=f'"revision":{document["revision"]},')["message"]

    def control_messages(self):
        """How many there are, once none is on its way."""
        self.settled()
        return len(self.messages(CONTROL))

    def show(self):
        return self.home.json("show", self.tenant)

    def applied(self):
        """Until the bot runs the newest revision; the document of `show`."""
        def look():
            document = self.show()
            return document["applied_revision"] >= document["revision"] and document
        return until("the newest revision is applied", look)

    # --- the daemon ---

    def writable(self):
        """Does nobody hold the database for writing?"""
        connection = sqlite3.connect(self.home.db, timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            return True
        except sqlite3.OperationalError:
            return False
        finally:
            connection.close()

    @contextlib.contextmanager
    def frozen(self):
        """The daemon is there and does nothing; it was not stopped in the midst of a transaction."""
        def stop():
            self.daemon.process.send_signal(signal.SIGSTOP)
            until("it has stopped", lambda: open(f"/proc/{self.daemon.process.pid}/stat").read().split()[2] == "T")
            if self.writable():
                return True
            self.daemon.process.send_signal(signal.SIGCONT)
        try:
            until("it is stopped", stop)
            yield
        finally:
            self.daemon.process.send_signal(signal.SIGCONT)
            self.applied()
