"""What a misbehaving gateway may do to a bot: it comes back as the documentation demands, and obeys the next change."""

import pytest

from program import SLOW, until
from scene import BOT, CONTROL, GENERAL, GUILD, TOKEN, acknowledged, alive, change, fault, last_request, requests, \
    session, wait_session, world

MEMBER = "333333333333333333"


@pytest.fixture
def live(tmp_path):
    with world(tmp_path / "home") as scene:
        yield scene


@pytest.fixture
def quick(tmp_path):
    """With a heartbeat every few seconds; a machine that is slow for so long would lose its session by itself."""
    with world(tmp_path / "home", {"heartbeat_ms": int(3000 * SLOW)}) as scene:
        yield scene


def bot_of(live, tenant="tenant01"):
    return live.home.json("bot", "status", tenant)


# --- asked to come back ---

def test_op_7_is_followed_by_a_resume(live):
    before = session(live)
    assert fault(live, "gateway", "op7", bot=BOT)["connections"] == 1
    wait_session(live, before[0], before[1] + 1)
    acknowledged(live)
    alive(live)


def test_op_9_true_is_followed_by_a_resume(live):
    before = session(live)
    fault(live, "gateway", "op9", bot=BOT, resumable=True)
    until("it resumed", lambda: session(live)[1] > before[1])
    until("it is ready", lambda: session(live)[2])
    assert session(live)[0] == before[0]
    acknowledged(live)


def test_op_9_false_is_followed_by_a_new_session_after_a_pause(live):
    before = session(live)
    fault(live, "gateway", "op9", bot=BOT, resumable=False)
    wait_session(live, before[0] + 1, before[1])
    acknowledged(live)


def test_events_missed_meanwhile_are_replayed(live):
    """A member writes while the bot is away; the answer comes when it has resumed."""
    fault(live, "gateway", "reset", bot=BOT)
    after = live.say(MEMBER, "!ping")
    live.heard(after)
    assert len(live.messages(GENERAL, after)) == 1


# --- close codes ---

RESUMED = [4000, 4001, 4002, 4005, 4008, 4006]
NEW = [4003, 4007, 4009]
ENDED = [4010, 4011, 4012, 4013, 4014]


@pytest.mark.parametrize("code", RESUMED)
def test_a_code_after_which_the_session_is_resumed(live, code):
    before = session(live)
    fault(live, "gateway", "close", bot=BOT, code=code)
    wait_session(live, before[0], before[1] + 1)
    acknowledged(live)


@pytest.mark.parametrize("code", [1000, 1001])
def test_a_close_that_ends_the_session_is_followed_by_another_one(live, code):
    before = session(live)
    fault(live, "gateway", "close", bot=BOT, code=code)
    until("it is back", lambda: sum(session(live)[:2]) > sum(before[:2]) and session(live)[2])
    acknowledged(live)


@pytest.mark.parametrize("code", NEW)
def test_a_code_after_which_a_session_begins_anew(live, code):
    before = session(live)
    fault(live, "gateway", "close", bot=BOT, code=code)
    wait_session(live, before[0] + 1, before[1])
    acknowledged(live)


@pytest.mark.parametrize("code", ENDED)
def test_a_code_after_which_no_connection_is_made(live, code):
    before = session(live)
    fault(live, "gateway", "close", bot=BOT, code=code)
    live.daemon.wait_state("tenant01", "error")
    error = bot_of(live)["error"]
    assert str(code) in error, error
    if code == 4014:
        assert "portal" in error and "Intent" in error, error
    assert bot_of(live)["restarts"] == 0
    # What it would try, it would have tried by the time that another bot's whole start takes.
    result = change(live, wait=1)
    assert result.status in (0, 5), repr(result)
    assert session(live)[:2] == before[:2]
    # `bot restart` is how a person says that it is mended.
    assert live.home.json("bot", "restart", "tenant01")["push"]["state"] == "acknowledged"
    acknowledged(live)


def test_a_reset_connection_is_resumed(live):
    before = session(live)
    fault(live, "gateway", "reset", bot=BOT)
    wait_session(live, before[0], before[1] + 1)
    acknowledged(live)


def test_a_session_that_is_gone_is_not_resumed_for_ever(live):
    before = session(live)
    fault(live, "gateway", "close", bot=BOT, code=4000, resumable=False)
    wait_session(live, before[0] + 1, before[1])
    acknowledged(live)


# --- a dead token ---

def test_a_dead_token_is_quarantined_at_once(tmp_path):
    """No request more with it, another tenant's bot is not touched, and a new token brings it back."""
    with world(tmp_path / "home", count=2) as live:
        second = str(int(GUILD) + 1000)
        live.home.ok("create", "123456789012345678", second, "Second", "--id", "tenant02")
        live.home.ok("token", "tenant02", "set", stdin=TOKEN + "1\n")
        live.sandbox.control(do="revoke_token", bot=BOT)
        until("it is seen", lambda: live.show()["token"] == "refused")
        since = last_request(live)
        result = change(live)
        assert result.status == 5 and result.lines[0]["push"]["reason"] == "token_refused", repr(result)
        assert result.lines[0]["push"]["state"] == "pending"
        assert requests(live, since, bot=BOT) == []
        assert not [r for r in requests(live, since) if r["status"] == 401]
        answer = live.home.json("features", "tenant02", "welcome", "on")
        assert answer["push"]["state"] == "acknowledged"
        assert live.sandbox.control(do="stats")["invalid"]["401"] <= 2

        fresh = TOKEN.replace("live00", "live01")
        live.sandbox.control(do="set_token", bot=BOT, token=fresh)
        answer = live.home.json("token", "tenant01", "set", stdin=fresh + "\n")
        assert answer["push"]["state"] == "acknowledged", answer
        assert live.applied()["token"] == "set"
        acknowledged(live)


# --- silence ---

def test_a_heartbeat_without_its_ack_ends_the_connection_and_resumes(quick):
    before = session(quick)
    fault(quick, "gateway", "no_ack", bot=BOT)
    wait_session(quick, before[0], before[1] + 1)
    acknowledged(quick)


def test_a_silent_socket_is_left_and_resumed(quick):
    """Nothing comes any more, not even an ACK; a change made meanwhile is obeyed by way of the database."""
    before = session(quick)
    fault(quick, "gateway", "silent", bot=BOT)
    assert acknowledged(quick)["state"] == "acknowledged"
    wait_session(quick, before[0], before[1] + 1)
    acknowledged(quick)
    alive(quick)


def test_a_gateway_that_refuses_is_asked_again(live):
    fault(live, "gateway", "refuse", times=2)
    before = session(live)
    fault(live, "gateway", "reset", bot=BOT)
    wait_session(live, before[0], before[1] + 1)
    acknowledged(live)


@pytest.mark.slow
def test_a_gateway_that_says_no_hello_is_left(live):
    fault(live, "gateway", "no_hello", times=1)
    before = session(live)
    fault(live, "gateway", "reset", bot=BOT)
    wait_session(live, before[0], before[1] + 1, limit=60 * SLOW)
    acknowledged(live)


# --- events ---

def test_a_repeated_event_is_handled_once(live):
    fault(live, "gateway", "repeat", bot=BOT, times=3)
    after = live.say(MEMBER, "!ping")
    live.heard(after)
    second = live.say(MEMBER, "!ping")
    live.heard(second)
    assert len([m for m in live.messages(GENERAL, after) if m["id"] < second]) == 1


def test_a_lost_control_message_is_made_up_for(live):
    """The bot's own look at the database finds what the gateway did not tell."""
    fault(live, "gateway", "drop", bot=BOT, times=1)
    push = acknowledged(live)
    assert push["notified"] in ("database", "discord")
    acknowledged(live)


def test_unknown_opcodes_and_events_are_ignored(live):
    before = session(live)
    for _ in range(3):
        fault(live, "gateway", "unknown", bot=BOT)
    alive(live)
    acknowledged(live)
    assert session(live) == before


def test_names_of_100_kb_are_taken(live):
    before = session(live)
    fault(live, "gateway", "big", bot=BOT)
    fault(live, "gateway", "big", bot=BOT, size=1024 * 1024)
    alive(live)
    acknowledged(live)
    assert session(live) == before


@pytest.mark.parametrize("kind", ["garbage", "utf8"])
def test_what_is_no_json_or_no_text_does_no_harm(live, kind):
    """The connection may be given up for it, never the session or the process."""
    before = session(live)
    fault(live, "gateway", kind, bot=BOT)
    until("it is well", lambda: session(live)[2])
    alive(live)
    acknowledged(live)
    assert session(live)[0] == before[0]


WRONG = [
    ("MESSAGE_CREATE", {"id": 5, "channel_id": ["x"], "guild_id": GUILD, "author": "nobody", "content": {"a": 1}}),
    ("MESSAGE_CREATE", {"id": "1", "channel_id": GENERAL, "guild_id": GUILD, "content": "!ping"}),
    ("MESSAGE_CREATE", {"id": "99999999999999999999999", "channel_id": GENERAL, "guild_id": GUILD,
                        "author": {"id": "-7"}, "content": "!ping"}),
    ("MESSAGE_CREATE", {"id": "8", "channel_id": CONTROL, "guild_id": GUILD, "author": {"id": BOT},
                        "content": "tenanttui/1 " + "{" * 3000}),
    ("INTERACTION_CREATE", {"id": "9", "token": 17, "type": "two", "data": []}),
    ("INTERACTION_CREATE", {"id": "10", "token": "t", "type": 2, "guild_id": GUILD, "data": {"name": None}}),
    ("INTERACTION_CREATE", {"id": "11", "token": "../../../users/@me", "type": 2, "guild_id": GUILD,
                            "member": {"user": {"id": MEMBER}}, "data": {"name": "ping", "id": "1", "type": 1}}),
    ("GUILD_MEMBER_ADD", {"guild_id": GUILD, "user": None}),
    ("GUILD_MEMBER_ADD", []),
    ("GUILD_CREATE", {"id": GUILD, "name": 5, "channels": "none"}),
    ("GUILD_CREATE", None),
    ("GUILD_DELETE", "gone"),
    ("READY", {"session_id": 5}),
    ("RESUMED", None),
]


@pytest.mark.parametrize("number", range(0, len(WRONG), 5))
def test_known_events_with_wrong_types_are_refused(live, number):
    for name, d in WRONG[number:number + 5]:
        live.sandbox.control(do="event", bot=BOT, name=name, d=d)
    until("it is well", lambda: session(live)[2])
    acknowledged(live)
    alive(live)
    assert live.daemon.process.poll() is None


def test_events_of_another_guild_are_not_ours(live):
    live.sandbox.control(do="event", bot=BOT, name="MESSAGE_CREATE",
                         d={"id": "77", "channel_id": GENERAL, "guild_id": "5", "content": "!ping", "type": 0,
                            "author": {"id": MEMBER, "username": "m"}, "embeds": [], "attachments": [], "mentions": []})
    after = alive(live)
    assert len(live.messages(GENERAL)) == len(live.messages(GENERAL, after))
