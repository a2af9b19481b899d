"""What a misbehaving REST API may do to a push and to a reply: retried as the documentation demands, never done twice."""

import datetime

import pytest

from program import SLOW, until
from scene import BOT, COMMANDS, CONTROL, GENERAL, GUILD, MESSAGES, TOKEN, acknowledged, alive, change, control_messages, \
    fault, last_request, requests, session, settled, world

MEMBER = "333333333333333333"
ANSWERS = f"/channels/{GENERAL}/messages"


@pytest.fixture
def live(tmp_path):
    with world(tmp_path / "home") as scene:
        settled(scene)
        yield scene


def moment(entry):
    return datetime.datetime.fromisoformat(entry["time"].replace("Z", "+00:00"))


def gap(first, second):
    return (moment(second) - moment(first)).total_seconds()


def posts(live, since):
    return requests(live, since, method="POST", path=MESSAGES)


# --- the control message ---

def test_429_with_decimals_is_waited_out(live):
    """Neither earlier than was asked, nor a second more because somebody rounded up."""
    fault(live, "rest", "429", method="POST", path=MESSAGES, retry_after=0.45, times=3)
    since = last_request(live)
    acknowledged(live)
    settled(live)
    tried, again = posts(live, since)[:4], posts(live, since)[4:]
    assert [r["status"] for r in tried] == [429, 429, 429, 200]
    # By the daemon, if the console had gone by the answer.
    assert {r["body"]["nonce"] for r in again} <= {tried[3]["body"]["nonce"]}
    gaps = [gap(a, b) for a, b in zip(tried, tried[1:])]
    assert min(gaps) >= 0.448 and (SLOW > 1 or min(gaps) < 0.95), gaps


def test_a_shared_429_is_waited_out_too(live):
    fault(live, "rest", "429", method="POST", path=MESSAGES, retry_after=0.3, scope="shared")
    since = last_request(live)
    acknowledged(live)
    settled(live)
    first, second, *_ = posts(live, since)  # and again by the daemon, if the console had gone by the answer
    assert (first["status"], second["status"]) == (429, 200) and gap(first, second) >= 0.298


def test_a_global_429_stops_every_route(live):
    since = last_request(live)
    fault(live, "rest", "429", method="POST", path=MESSAGES, retry_after=0.6, **{"global": True})
    result = change(live)
    assert result.status == 0, repr(result)
    settled(live)
    seen = requests(live, since)
    (limited,) = [r for r in seen if r["status"] == 429]
    # The daemon is another process with its own limiter; what the console asked comes from one.
    after = [r for r in seen if r["request"] > limited["request"] and r["method"] in ("POST", "PUT", "PATCH")
             and "reactions" not in r["path"]]
    late = [r for r in after if gap(limited, r) < 0.598]
    # What was on its way already when the answer came is not held back; a busy machine may be late to take it.
    assert all(gap(limited, r) < 0.3 for r in late), (limited, late)
    assert posts(live, since)[-1]["status"] == 200


@pytest.mark.parametrize("kind,more", [
    ("status", {"status": 500}), ("status", {"status": 502}), ("status", {"status": 503}), ("reset", {}), ("half", {}),
    ("garbage", {}), ("reset", {"after_effect": True}), ("half", {"after_effect": True})],
    ids=["500", "502", "503", "reset", "half", "garbage", "reset after", "half after"])
def test_a_broken_answer_is_tried_again_and_done_once(live, kind, more):
    before = len(control_messages(live))
    since = last_request(live)
    fault(live, "rest", kind, method="POST", path=MESSAGES, times=2, **more)
    acknowledged(live)
    settled(live)
    tried = posts(live, since)
    assert 1 <= len(tried) <= 4
    assert len(control_messages(live)) == before + 1
    nonces = {r["body"]["nonce"] for r in tried if r["body"]}
    assert len(nonces) == 1 and all(r["body"]["enforce_nonce"] is True for r in tried if r["body"])
    revision = live.show()["revision"]
    assert f'"revision":{revision},' in control_messages(live)[-1]["content"]


def test_a_slow_answer_makes_no_second_message(live):
    """The bot acknowledges by the database before the answer comes; whoever asks again asks for the same message."""
    before = len(control_messages(live))
    fault(live, "rest", "latency", method="POST", path=MESSAGES, ms=1200)
    acknowledged(live)
    settled(live)
    assert len(control_messages(live)) == before + 1


def test_the_pauses_between_tries_grow(live):
    live.home.ok("features", "tenant01", "custom_commands", "on")
    settled(live)
    since = last_request(live)
    fault(live, "rest", "status", status=503, method="PUT", path=COMMANDS, times=3)
    live.home.ok("--no-push", "settings", "tenant01", "custom_commands", "rules", "Be kind.")
    settled(live)
    tried = requests(live, since, method="PUT", path=COMMANDS)
    assert [r["status"] for r in tried] == [503, 503, 503, 200]
    pauses = [gap(a, b) for a, b in zip(tried, tried[1:])]
    # Half to all of 0.5, 1 and 2 seconds; a slow machine makes them longer, never shorter.
    assert all(pause >= least for pause, least in zip(pauses, (0.24, 0.49, 0.98))), pauses


def test_what_never_answers_is_kept_and_delivered_later(live):
    """Acknowledged by way of the database; the message is kept, and sent once when the network is back."""
    before = len(control_messages(live))
    fault(live, "rest", "status", status=503, path="/channels/*", times=0)
    push = acknowledged(live)
    assert push["notified"] == "database"
    items = lambda: [(i["kind"], i["state"]) for i in live.home.json("push", "list")["items"]]
    until("only the message is left", lambda: items() in ([("control", "pending")], [("control", "leased")]))
    live.sandbox.control(do="clear_faults")
    settled(live)
    assert len(control_messages(live)) == before + 1
    acknowledged(live)


@pytest.fixture
def alone(live):
    """The daemon has ended: nobody applies what the console cannot push."""
    live.daemon.end()
    yield live


@pytest.mark.parametrize("kind,more,reason", [
    ("status", {"status": 503}, "unreachable"), ("reset", {}, "unreachable"), ("hang", {}, "unreachable"),
    ("garbage", {}, "unreachable"), ("429", {"retry_after": 6 * SLOW}, "unreachable"), ("status", {"status": 403}, "forbidden")],
    ids=["503", "reset", "hang", "garbage", "429", "403"])
def test_a_control_message_that_is_not_taken_is_said_and_kept(alone, kind, more, reason):
    before = len(control_messages(alone))
    fault(alone, "rest", kind, path="/channels/*", times=0, **more)
    result = change(alone, wait=3 * SLOW)
    assert result.status == 5, repr(result)
    push = result.lines[0]["push"]
    assert (push["state"], push["reason"]) == ("pending", reason), repr(result)
    assert result.error["code"] == "pending"
    (item,) = [i for i in alone.home.json("push", "list")["items"] if i["kind"] == "control"]
    assert item["revision"] == alone.show()["revision"] and item["state"] == ("failed" if reason == "forbidden" else "pending")
    assert kind != "429" or (item["reason"], item["attempts"]) == ("rate limit", 0), item
    alone.sandbox.control(do="clear_faults")
    if reason == "forbidden":
        alone.home.run("push", "retry", item["push"])
    alone.start_daemon()
    settled(alone)
    assert len(control_messages(alone)) in (before + 1, before + (kind == "garbage") + 1)
    alone.applied()
    acknowledged(alone)


# --- refusals ---

def test_a_route_that_says_403_is_left_alone(live):
    """Three in a row, and then no request to that route, so that the host is not banned for one channel."""
    fault(live, "rest", "status", status=403, method="POST", path=ANSWERS, times=0)
    for _ in range(4):
        live.say(MEMBER, "!ping")
    until("it was tried", lambda: len(requests(live, 0, method="POST", path=ANSWERS)) >= 3)
    for _ in range(6):
        live.say(MEMBER, "!ping")
    acknowledged(live)
    assert len(requests(live, 0, method="POST", path=ANSWERS)) <= 4


def test_a_part_that_discord_refuses_for_good_is_told_and_kept(live):
    live.home.ok("features", "tenant01", "custom_commands", "on")
    settled(live)
    fault(live, "rest", "status", status=400, method="PUT", path=COMMANDS, times=0)
    for n in range(3):  # it is told if it is known in half a second
        since = last_request(live)
        push = live.home.json("settings", "tenant01", "custom_commands", "rules", f"Be kind, all {n} of you.")["push"]
        until("it is kept", lambda: {i["state"] for i in live.home.json("push", "list")["items"]} == {"failed"})
        if "failed" in push:
            break
    assert push["state"] == "acknowledged" and [f["kind"] for f in push["failed"]] == ["commands"], push
    assert len(requests(live, since, method="PUT", path=COMMANDS)) == 1
    (item,) = [i for i in live.home.json("push", "list")["items"] if i["kind"] == "commands"]
    assert item["state"] == "failed"
    live.sandbox.control(do="clear_faults")
    live.home.ok("push", "retry", item["push"])
    settled(live)
    assert requests(live, since, method="PUT", path=COMMANDS)[-1]["status"] == 200


def test_a_401_ends_every_request_with_that_token(live):
    live.sandbox.control(do="revoke_token", bot=BOT, close=False)
    result = change(live)
    assert result.status == 5 and result.lines[0]["push"]["reason"] == "token_refused", repr(result)
    until("it is known", lambda: live.show()["token"] == "refused")
    since = last_request(live)
    for _ in range(3):
        push = change(live, wait=1).lines[0]["push"]
        # Its connection still stands, so that the bot may have obeyed by way of the database.
        assert push["reason"] == "token_refused" or push["notified"] == "database", push
    live.home.run("--wait", "1", "sync", "tenant01")
    assert not [r for r in requests(live, since) if r["status"] == 401]
    check = live.home.run("-o", "json", "token", "tenant01", "check")
    assert check.status == 1 and TOKEN not in check.out + check.err, repr(check)


# --- the rest of a push, and the bot's own calls ---

@pytest.mark.parametrize("kind,more", [("429", {"retry_after": 0.4}), ("status", {"status": 500}), ("reset", {}),
                                       ("half", {}), ("garbage", {})],
                         ids=["429", "500", "reset", "half", "garbage"])
def test_guild_commands_arrive_whatever_happens_on_the_way(live, kind, more):
    fault(live, "rest", kind, method="PUT", path=COMMANDS, **more)
    live.home.ok("--no-push", "features", "tenant01", "custom_commands", "on")
    live.home.ok("settings", "tenant01", "custom_commands", "rules", "Be kind.")
    settled(live)
    live.sandbox.control(do="wait", **{"for": "commands"}, guild=GUILD, bot=BOT, name="rules")


@pytest.mark.parametrize("kind,more", [("429", {"retry_after": 0.4}), ("status", {"status": 502}), ("reset", {}),
                                       ("reset", {"after_effect": True}), ("half", {"after_effect": True}),
                                       ("latency", {"ms": 700})],
                         ids=["429", "502", "reset", "reset after", "half after", "latency"])
def test_a_reply_arrives_once(live, kind, more):
    fault(live, "rest", kind, method="POST", path=ANSWERS, **more)
    after = live.say(MEMBER, "!ping")
    live.heard(after)
    acknowledged(live)
    assert len(live.messages(GENERAL, after)) == 1


@pytest.mark.parametrize("path", ["/gateway/bot", "/applications/@me"])
@pytest.mark.parametrize("kind,more", [("status", {"status": 503}), ("reset", {}), ("garbage", {}),
                                       ("429", {"retry_after": 0.3})], ids=["503", "reset", "garbage", "429"])
def test_a_bot_starts_although_its_first_questions_fail(live, path, kind, more):
    fault(live, "rest", kind, path=path, times=2, **more)
    answer = live.home.json("bot", "restart", "tenant01")
    assert answer["push"]["state"] == "acknowledged", f"{answer}\n{live.daemon.log[-2000:]}"
    acknowledged(live)


def test_the_reaction_is_a_sign_and_no_condition(live):
    fault(live, "rest", "status", status=403, method="PUT", path=MESSAGES + "/*/reactions/*", times=0)
    push = acknowledged(live)
    assert push["notified"] in ("discord", "database")
    acknowledged(live)


def test_a_dead_discord_is_one_clear_error(live):
    """The sandbox is gone: saved, pending, and the daemon goes on trying without an end of its own."""
    live.sandbox.kill()
    result = change(live, wait=2)
    assert result.status == 5, repr(result)
    assert result.lines[0]["push"]["reason"] in ("unreachable", "no_daemon", "timeout"), repr(result)
    people = live.home.run("--wait", "1", "features", "tenant01", "tickets", "off")
    assert people.status == 5 and len(people.err.strip().splitlines()) <= 2, repr(people)
    assert live.daemon.process.poll() is None
    assert live.home.json("doctor")["checks"]


def test_answers_are_never_taken_for_more_than_they_are(live):
    """A whole document of the wrong shape is an error of that call and of nothing else."""
    for path, method in ((COMMANDS, "GET"), (COMMANDS, "PUT"), (MESSAGES, "POST")):
        fault(live, "rest", "status", status=200, method=method, path=path, body="[[[[", times=1)
        change(live)
    live.sandbox.control(do="clear_faults")
    acknowledged(live)
    alive(live)
    assert session(live)[2]
