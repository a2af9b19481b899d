"""The sandbox's gateway against Discord's documentation, spoken by hand so that every frame is seen."""

import base64
import json
import os
import socket
import struct
import urllib.parse
import zlib

import pytest

from program import LIMIT, SLOW, Home, Sandbox, until

GUILD, TEXT, SECRET = "900000000000000001", "900000000000000011", "900000000000000012"
OWNER, MEMBER = "900000000000000101", "900000000000000102"
BOT, TOKEN = "900000000000000301", "the.bot.token"
VIEW = 1 << 10
GUILDS, MEMBERS, MESSAGES, REACTIONS, DMS, CONTENT = 1, 1 << 1, 1 << 9, 1 << 10, 1 << 12, 1 << 15
ALL_FLAGS = 1 << 13 | 1 << 15 | 1 << 19


def seed(flags=ALL_FLAGS, **limits):
    return {"guilds": [{"id": GUILD, "name": "One", "owner_id": OWNER,
                        "channels": [{"id": TEXT, "name": "text"},
                                     {"id": SECRET, "name": "secret", "permission_overwrites":
                                         [{"id": GUILD, "type": 0, "deny": str(VIEW)}]}],
                        "members": [{"user": {"id": MEMBER, "username": "member"}}]}],
            "bots": [{"id": BOT, "token": TOKEN, "username": "bot", "flags": flags, "guilds": [GUILD]}],
            "limits": {"identify": False, **limits}}


class Closed(Exception):
    def __init__(self, code):
        super().__init__(f"closed with {code}")
        self.code = code


class Gateway:
    """One WebSocket connection."""

    def __init__(self, url, query="v=10&encoding=json"):
        parts = urllib.parse.urlparse(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=LIMIT)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET /?{query} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
                            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                raise Closed(None)
            self.buffer += more
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        self.inflate = zlib.decompressobj() if "zlib-stream" in query else None
        self.seq = None

    def take(self, n):
        while len(self.buffer) < n:
            more = self.socket.recv(1 << 20)
            if not more:
                raise Closed(None)
            self.buffer += more
        out, self.buffer = self.buffer[:n], self.buffer[n:]
        return out

    def frame(self):
        first, second = self.take(2)
        n = second & 127
        n = struct.unpack(">H", self.take(2))[0] if n == 126 else struct.unpack(">Q", self.take(8))[0] if n == 127 else n
        data = self.take(n)
        if first & 15 == 8:
            raise Closed(struct.unpack(">H", data[:2])[0] if len(data) >= 2 else None)
        return data

    def text(self):
        data = self.frame()
        if self.inflate:
            assert data.endswith(b"\x00\x00\xff\xff")
            data = self.inflate.decompress(data)
        return data

    def get(self):
        document = json.loads(self.text())
        if document["s"] is not None:
            self.seq = document["s"]
        return document

    def event(self, name):
        """The next event, which must be this one; what it carries."""
        document = self.get()
        assert document["t"] == name, document
        return document["d"]

    def send_bytes(self, data, opcode=1):
        n = len(data)
        head = bytes([0x80 | opcode]) + (bytes([0x80 | n]) if n < 126 else bytes([0x80 | 126]) + struct.pack(">H", n)
                                         if n < 65536 else bytes([0x80 | 127]) + struct.pack(">Q", n))
        mask = os.urandom(4)
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def send(self, op, d):
        self.send_bytes(json.dumps({"op": op, "d": d}).encode())

    def identify(self, intents=GUILDS | MESSAGES | CONTENT | MEMBERS | REACTIONS | DMS, token=TOKEN, **more):
        assert self.get()["op"] == 10
        self.send(2, {"token": token, "intents": intents, "properties": {}, **more})
        return self

    def ready(self, *words, **more):
        self.identify(*words, **more)
        self.hello = self.event("READY")
        if (words[0] if words else more.get("intents", 1)) & GUILDS:
            self.guild = self.event("GUILD_CREATE")
        return self

    def closed(self):
        """The code of the close that comes, whatever comes before."""
        try:
            while True:
                self.frame()
        except Closed as end:
            return end.code
        except ConnectionResetError:
            return "reset"

    def nothing(self):
        """Nothing was sent before the answer to a heartbeat."""
        self.send(1, self.seq)
        assert self.get()["op"] == 11

    def end(self, code=None):
        if code:
            self.send_bytes(struct.pack(">H", code), 8)
            self.closed()
        self.socket.close()


class World:
    def __init__(self, path, **how):
        self.sandbox = Sandbox(Home(path / "home"), seed=seed(**how))
        self.url = self.sandbox.api("GET", "/gateway/bot", TOKEN)[1]["url"]
        self.open = []

    def connect(self, *words, url=None, **more):
        gateway = Gateway(url or self.url, *words, **more)
        self.open.append(gateway)
        return gateway

    def control(self, verb, **more):
        return self.sandbox.control(do=verb, **more)

    def say(self, content="hello", channel=TEXT):
        return self.control("message", channel=channel, member=MEMBER, content=content)["message"]

    def fault(self, kind, **more):
        return self.control("fault", on="gateway", bot=BOT, kind=kind, **more)

    def cut(self):
        """Until the sandbox has noticed that the bot's connection is gone."""
        self.control("wait", **{"for": "session"}, bot=BOT, state="cut", timeout_ms=int(LIMIT * 1000))

    def resume(self, old, seq=None, **more):
        again = self.connect(url=old.hello["resume_gateway_url"])
        assert again.get()["op"] == 10
        again.seq, again.hello = old.seq, old.hello
        again.send(6, {"token": TOKEN, "session_id": old.hello["session_id"], "seq": old.seq if seq is None else seq, **more})
        return again

    def end(self):
        for gateway in self.open:
            gateway.socket.close()
        assert self.sandbox.end() == 0


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.end()


@pytest.fixture
def make(tmp_path):
    made = []

    def build(**how):
        made.append(World(tmp_path / str(len(made)), **how))
        return made[-1]
    yield build
    for w in made:
        w.end()


# --- opening ---

@pytest.mark.parametrize("query", ["v=10&encoding=json", "v=10&encoding=json&compress=zlib-stream"], ids=["plain", "zlib"])
def test_hello_ready_and_the_guilds(world, query):
    bot = world.connect(query)
    bot.ready()
    assert bot.hello["user"]["id"] == BOT and bot.hello["guilds"] == [{"id": GUILD, "unavailable": True}]
    assert bot.hello["application"] == {"id": BOT, "flags": ALL_FLAGS} and bot.hello["resume_gateway_url"].startswith("ws://")
    assert bot.guild["member_count"] == 3 and [m["user"]["id"] for m in bot.guild["members"]] == [BOT]
    assert len(bot.guild["channels"]) == 2 and bot.seq == 2
    world.say("x" * 3000)
    assert bot.event("MESSAGE_CREATE")["content"] == "x" * 3000


@pytest.mark.parametrize("how, code", [
    ({"token": "wrong"}, 4004), ({"intents": 1 << 30}, 4013), ({"intents": None}, 4013),
    ({"shard": [1, 1]}, 4010), ({"shard": "x"}, 4010)], ids=str)
def test_an_identify_that_is_refused(world, how, code):
    assert world.connect().identify(**how).closed() == code


@pytest.mark.parametrize("intent, flag", [(1 << 8, 1 << 13), (MEMBERS, 1 << 15), (CONTENT, 1 << 19), (MEMBERS, 1 << 14)])
def test_a_privileged_intent_wants_its_switch(make, intent, flag):
    world = make(flags=0)
    assert world.connect().identify(intents=GUILDS | intent).closed() == 4014
    world.control("set_flags", bot=BOT, flags=flag)
    world.connect().ready(intents=GUILDS | intent)


def test_what_is_said_before_and_after_identify(world):
    for document, code in [({"op": 3, "d": {}}, 4003), ({"op": 77, "d": {}}, 4003), ([], 4002)]:
        early = world.connect()
        early.get()
        early.send_bytes(json.dumps(document).encode())
        assert early.closed() == code
    bot = world.connect().ready()
    bot.send(3, {"since": None, "activities": [], "status": "online", "afk": False})
    bot.nothing()
    bot.send(2, {"token": TOKEN, "intents": 1, "properties": {}})
    assert bot.closed() == 4005
    strange = world.connect().ready()
    strange.send(77, None)
    assert strange.closed() == 4001


@pytest.mark.parametrize("data", [b"{", b"\xff\xfe", b"x" * 5000, b"{" + b" " * 70000 + b"}"],
                         ids=["cut", "no text", "too long", "much too long"])
def test_a_message_that_cannot_be_read_is_4002(world, data):
    bot = world.connect().ready()
    bot.send_bytes(data)
    assert bot.closed() in ((4002, 1007) if data == b"\xff\xfe" else (4002,))


@pytest.mark.parametrize("query", ["v=6&encoding=json", "v=10&encoding=etf"])
def test_another_version_or_encoding_is_4012(world, query):
    assert world.connect(query).closed() == 4012


def test_more_than_120_messages_a_minute_are_4008(world):
    bot = world.connect().ready()
    for n in range(130):
        bot.send(1, n)
    assert bot.closed() == 4008


def test_identifies_are_counted_and_paced(make):
    world = make(identify=True, identifies=2)
    world.connect().ready()
    assert world.sandbox.api("GET", "/gateway/bot", TOKEN)[1]["session_start_limit"]["remaining"] == 1
    quick = world.connect().identify()
    assert quick.get() == {"t": None, "s": None, "op": 9, "d": False}


def test_past_the_days_identifies_the_token_is_taken_away(make):
    world = make(identify=True, identifies=0)
    assert world.connect().identify().closed() == 4004
    assert world.sandbox.api("GET", "/users/@me", TOKEN)[0] == 401


# --- who gets what ---

def test_events_follow_intents(world):
    bot = world.connect().ready(intents=GUILDS)
    world.say()
    world.control("join", guild=GUILD, user={"id": "900000000000000777", "username": "new"})
    bot.nothing()
    world.control("member_update", guild=GUILD, member=BOT, nick="own")  # told without the members intent
    assert bot.event("GUILD_MEMBER_UPDATE")["nick"] == "own"
    silent = world.connect().ready(intents=0)
    world.say()
    silent.nothing()


def test_members_and_reactions(world):
    bot = world.connect().ready()
    world.control("join", guild=GUILD, user={"id": "900000000000000777", "username": "new"})
    assert bot.event("GUILD_MEMBER_ADD")["user"]["username"] == "new"
    world.control("leave", guild=GUILD, member="900000000000000777")
    assert bot.event("GUILD_MEMBER_REMOVE")["user"]["id"] == "900000000000000777"
    message = world.say()
    bot.event("MESSAGE_CREATE")
    world.control("reaction", channel=TEXT, message=message, member=MEMBER, emoji="👍")
    assert bot.event("MESSAGE_REACTION_ADD")["emoji"]["name"] == "👍"
    world.control("reaction", channel=TEXT, message=message, member=MEMBER, emoji="👍", remove=True)
    bot.event("MESSAGE_REACTION_REMOVE")
    world.control("edit", channel=TEXT, message=message, content="changed")
    assert bot.event("MESSAGE_UPDATE")["content"] == "changed"
    world.control("delete", channel=TEXT, message=message)
    assert bot.event("MESSAGE_DELETE")["id"] == message


def test_content_is_blank_without_the_intent_but_for_ones_own_mentions_and_dms(world):
    bot = world.connect().ready(intents=GUILDS | MESSAGES | DMS)
    world.say("secret words")
    heard = bot.event("MESSAGE_CREATE")
    assert heard["content"] == "" and heard["embeds"] == [] and heard["author"]["id"] == MEMBER and heard["member"]
    world.say(f"to <@{BOT}>")
    assert bot.event("MESSAGE_CREATE")["content"] == f"to <@{BOT}>"
    world.sandbox.api("POST", f"/channels/{TEXT}/messages", TOKEN, {"content": "mine", "nonce": "n"})
    own = bot.event("MESSAGE_CREATE")
    assert own["content"] == "mine" and own["nonce"] == "n"
    world.control("message", bot=BOT, member=MEMBER, content="in private")
    private = bot.event("MESSAGE_CREATE")
    assert private["content"] == "in private" and "guild_id" not in private


def test_a_hidden_channel_is_not_heard(world):
    bot = world.connect().ready()
    world.say("hidden", channel=SECRET)
    bot.nothing()


def test_members_can_be_asked_for(world):
    bot = world.connect().ready()
    bot.send(8, {"guild_id": GUILD, "query": "", "limit": 0, "nonce": "n"})
    chunk = bot.event("GUILD_MEMBERS_CHUNK")
    assert {m["user"]["id"] for m in chunk["members"]} == {OWNER, MEMBER, BOT} and chunk["nonce"] == "n"
    bot.send(8, {"guild_id": GUILD, "user_ids": [MEMBER], "limit": 0})
    assert len(bot.event("GUILD_MEMBERS_CHUNK")["members"]) == 1


def test_guilds_and_channels_come_and_go(world):
    bot = world.connect().ready()
    made = world.control("add_channel", guild=GUILD, channel={"name": "new"})["channel"]
    assert bot.event("CHANNEL_CREATE")["id"] == made
    world.control("remove_channel", channel=made)
    assert bot.event("CHANNEL_DELETE")["id"] == made
    world.control("guild_delete", guild=GUILD, unavailable=True)
    assert bot.event("GUILD_DELETE") == {"id": GUILD, "unavailable": True}
    world.control("guild_delete", guild=GUILD)
    assert bot.event("GUILD_DELETE") == {"id": GUILD}
    world.control("add_guild", guild={"id": "900000000000000005", "name": "New", "owner_id": OWNER})
    world.control("join", guild="900000000000000005", user={"id": BOT})
    assert bot.event("GUILD_CREATE")["name"] == "New"


# --- hearts and resumes ---

def test_heartbeats_are_acknowledged_and_missed_ones_end_the_connection(make):
    world = make(heartbeat_ms=int(500 * SLOW))
    bot = world.connect().ready()
    bot.nothing()
    assert bot.closed() == 4009


def test_a_resume_sends_exactly_what_was_missed(world):
    bot = world.connect().ready()
    world.say("heard")
    bot.event("MESSAGE_CREATE")
    bot.end()
    world.cut()
    for n in range(5):
        world.say(f"missed {n}")
    again = world.resume(bot)
    assert [again.event("MESSAGE_CREATE")["content"] for _ in range(5)] == [f"missed {n}" for n in range(5)]
    again.event("RESUMED")
    assert again.seq == bot.seq + 6
    world.say("on")
    assert again.event("MESSAGE_CREATE")["content"] == "on"
    state = world.control("sessions", bot=BOT)
    assert state["identifies"] == 1 and state["resumes"] == 1


def test_a_resume_that_cannot_be(make):
    world = make(replay=3)
    bot = world.connect().ready()
    stranger = world.resume(bot, session_id="0" * 32)
    assert stranger.get()["d"] is False
    assert world.resume(bot, token="wrong").closed() == 4004
    bot.end()
    world.cut()
    for n in range(10):
        world.say(str(n))
    late = world.resume(bot)
    assert (lambda d: (d["op"], d["d"]))(late.get()) == (9, False)


def test_a_resume_with_a_number_never_given_is_4007(world):
    bot = world.connect().ready()
    bot.end()
    world.cut()
    assert world.resume(bot, seq=1000).closed() == 4007


@pytest.mark.parametrize("code, lives", [(1000, False), (1001, False), (4000, True), (3000, True)])
def test_the_clients_close_code_decides_whether_the_session_lives(world, code, lives):
    bot = world.connect().ready()
    bot.end(code)
    world.control("wait", **{"for": "session"}, bot=BOT, state="cut" if lives else "none")
    again = world.resume(bot)
    assert (again.get()["t"] == "RESUMED") is lives


def test_sessions_are_forgotten_after_a_while(make):
    world = make(resume_ms=1)
    bot = world.connect().ready()
    bot.end()
    world.control("wait", **{"for": "session"}, bot=BOT, state="none", timeout_ms=int(LIMIT * 1000))
    until("the session is forgotten", lambda: not world.control("sessions", bot=BOT)["sessions"])
    assert world.resume(bot).get()["op"] == 9


# --- faults ---

@pytest.mark.parametrize("code", list(range(4000, 4015)) + [1000, 1001, 1011])
def test_every_close_code_can_be_ordered(world, code):
    bot = world.connect().ready()
    world.fault("close", code=code)
    assert bot.closed() == code


def test_orders_on_the_connection(world):
    bot = world.connect().ready()
    world.fault("op7")
    assert bot.get()["op"] == 7
    world.fault("drop", times=1)
    world.say("dropped")
    world.say("kept")
    before = bot.seq
    assert bot.event("MESSAGE_CREATE")["content"] == "kept" and bot.seq == before + 2
    world.fault("repeat", times=1)
    world.say("double")
    assert [bot.event("MESSAGE_CREATE")["content"] for _ in range(2)] == ["double"] * 2
    world.fault("unknown")
    assert bot.get()["op"] == 99 and bot.get()["t"] == "SANDBOX_UNKNOWN_EVENT"
    world.fault("big")
    assert len(bot.event("MESSAGE_CREATE")["author"]["username"]) == 100 * 1024
    world.fault("garbage")
    with pytest.raises(ValueError):
        json.loads(bot.text())
    world.fault("utf8")
    with pytest.raises(UnicodeDecodeError):
        bot.text().decode()
    world.control("event", bot=BOT, name="ANYTHING", d={"x": [1]})
    assert bot.event("ANYTHING") == {"x": [1]}
    world.fault("no_ack")
    bot.send(1, bot.seq)
    world.say("no acknowledgement before this")
    assert bot.event("MESSAGE_CREATE")
    world.fault("reset")
    assert bot.closed() in ("reset", None)


def test_a_silent_gateway_says_nothing_and_may_speak_again(world):
    bot = world.connect().ready()
    world.fault("silent")
    world.say("held back")
    bot.socket.settimeout(0.2)
    with pytest.raises(TimeoutError):
        bot.get()
    bot.socket.settimeout(LIMIT)
    world.fault("silent", on_off=False)
    assert bot.event("MESSAGE_CREATE")["content"] == "held back"


def test_op_9_with_and_without_resume(world):
    bot = world.connect().ready()
    world.fault("op9", resumable=True)
    assert bot.get()["d"] is True
    bot.send(6, {"token": TOKEN, "session_id": bot.hello["session_id"], "seq": bot.seq})
    bot.event("RESUMED")
    world.fault("op9", resumable=False)
    assert bot.get()["d"] is False
    bot.send(2, {"token": TOKEN, "intents": GUILDS, "properties": {}})
    assert bot.event("READY")["session_id"] != bot.hello["session_id"]


def test_handshakes_can_be_refused_or_left_without_hello(world):
    world.control("fault", on="gateway", kind="refuse")
    assert world.connect().status == 503
    world.control("fault", on="gateway", kind="no_hello")
    mute = world.connect()
    mute.socket.settimeout(0.2)
    with pytest.raises(TimeoutError):
        mute.get()
    world.connect().ready()


def test_a_revoked_token_ends_the_connection_with_4004(world):
    bot = world.connect().ready()
    world.control("revoke_token", bot=BOT)
    assert bot.closed() == 4004
    assert world.connect().identify().closed() == 4004


# --- interactions ---

def test_interactions_need_no_intent(world):
    bot = world.connect().ready(intents=GUILDS)
    world.sandbox.api("PUT", f"/applications/{BOT}/guilds/{GUILD}/commands", TOKEN, [
        {"name": "do", "description": "d", "options": [{"type": 1, "name": "this", "description": "d", "options": [
            {"type": 6, "name": "who", "description": "d", "required": True}]}]}])
    world.control("slash", channel=TEXT, member=MEMBER, command="do this", options={"who": OWNER})
    event = bot.event("INTERACTION_CREATE")
    assert event["type"] == 2 and event["member"]["user"]["id"] == MEMBER and event["guild_id"] == GUILD
    inner = event["data"]["options"][0]
    assert (inner["name"], inner["options"][0]) == ("this", {"name": "who", "type": 6, "value": OWNER})
    assert event["data"]["resolved"]["users"][OWNER]["id"] == OWNER
    for wrong in ({}, {"who": "nobody"}, {"what": 1}):
        assert world.sandbox.request("POST", world.sandbox.root + "/control", {
            "do": "slash", "channel": TEXT, "member": MEMBER, "command": "do this", "options": wrong})[0] == 400
    bot.nothing()


# --- floods ---

@pytest.mark.parametrize("query", ["v=10&encoding=json", "v=10&encoding=json&compress=zlib-stream"], ids=["plain", "zlib"])
def test_a_flood_is_numbered_without_a_gap(world, query):
    bot = world.connect(query).ready()
    world.control("flood", channel=TEXT, member=MEMBER, count=2000, size=900, every=100, content="!ping")
    first, ids, pings = bot.seq, set(), 0
    for n in range(2000):
        event = bot.event("MESSAGE_CREATE")
        assert bot.seq == first + n + 1
        ids.add(event["id"])
        pings += event["content"] == "!ping"
    assert len(ids) == 2000 and pings == 20
    assert world.control("wait", **{"for": "flood"})["running"] is False
    world.say("after")
    assert bot.event("MESSAGE_CREATE")["content"] == "after"
    bot.nothing()


def test_a_paced_flood_times_the_answers(world):
    bot = world.connect().ready()
    world.control("flood", channel=TEXT, member=MEMBER, count=20, per_second=200, content="!ping")
    for _ in range(20):
        assert bot.event("MESSAGE_CREATE")["content"] == "!ping"
    world.control("limits", rate=False)
    for _ in range(20):
        assert world.sandbox.api("POST", f"/channels/{TEXT}/messages", TOKEN, {"content": "pong"})[0] == 200
    report = world.control("wait", **{"for": "flood"})
    assert report["answered"] == 20 and report["p50_us"] <= report["p99_us"] <= report["max_us"]


def test_a_hundred_generated_bots(tmp_path):
    sandbox = Sandbox(Home(tmp_path / "home"), seed={"limits": {"identify": False}, "generate": {
        "bots": 100, "first_id": "700000000000000000", "token_prefix": "t-"}})
    url = sandbox.api("GET", "/gateway/bot", "t-99")[1]["url"]
    bots = [Gateway(url).ready(GUILDS, token=f"t-{n}") for n in range(100)]
    assert [b.hello["user"]["id"] for b in bots] == [str(700000000000000000 + n) for n in range(100)]
    assert bots[7].guild["id"] == "700000000001000007" and bots[7].guild["channels"][1]["id"] == "700000000002000057"
    assert sandbox.control(do="wait", **{"for": "sessions"}, count=100)["ready"] == 100
    for bot in bots:
        bot.end()
    assert sandbox.control(do="wait", **{"for": "sessions"}, at_most=0, timeout_ms=int(LIMIT * 1000))["ready"] == 0
    sandbox.end()
