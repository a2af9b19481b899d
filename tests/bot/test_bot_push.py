"""Saved, pushed, acknowledged: what a change makes Discord and the bot do, byte by byte, and how it ends."""

import contextlib
import hashlib
import hmac
import json
import re
import time
from urllib.parse import unquote

import pytest

from botlib import CHECK_MARK, PREFIX, configuration_hash
from live import BOT, CONTROL, GENERAL, GUILD, LOGS, MEMBER, TOKEN, WELCOME
from program import LIMIT, SLOW, until

pytestmark = pytest.mark.xdist_group("bot_push")

SILENT = "silent01"  # a tenant that never had a token


@pytest.fixture(scope="module")
def toggled():
    return {"welcome": False}


@pytest.fixture
def change(world, toggled):
    """A command line that changes the configuration, another one each time."""
    def words():
        toggled["welcome"] = not world.show()["features"]["welcome"]
        return ["features", "tenant01", "welcome", "enable" if toggled["welcome"] else "disable"]
    return words


@contextlib.contextmanager
def no_daemon(world):
    world.daemon.end()
    try:
        yield
    finally:
        world.start_daemon()
        world.up()


@contextlib.contextmanager
def fault(world, **document):
    world.sandbox.control(do="fault", on="rest", times=0, **document)
    try:
        yield
    finally:
        world.sandbox.control(do="clear_faults")


@contextlib.contextmanager
def without_control(world):
    world.pushed("channels", "tenant01", "control", "none")
    try:
        yield
    finally:
        world.home.ok("channels", "tenant01", "control", CONTROL)


def push(document, state, reason, status):
    found = document["push"]
    assert (found["state"], found["reason"], document["exit"]) == (state, reason, status), document
    assert found["notified"] in ("discord", "database", "none")
    if state != "acknowledged":
        assert (found["instance"], found["ms"], found["notified"]) == (None, None, "none")
    if status == 5:
        assert json.loads(document["err"].splitlines()[-1])["error"]["code"] == "pending"
    else:
        assert '"error"' not in document["err"]
    return found


def told(world, *words):
    """What is told of a write that is acknowledged."""
    return push(world.write("--wait", LIMIT, *words), "acknowledged", None, 0)


def asked(world, since):
    """What Discord was asked for; reactions are the bot's, whenever it comes to them."""
    return [r for r in world.requests(since) if "/reactions/" not in r["path"]]


def by_message(world, change):
    """A change that the control message made the bot apply; of three, since a busy machine may bring one late."""
    for _ in range(3):
        document = world.write("--wait", LIMIT, *change())
        if push(document, "acknowledged", None, 0)["notified"] == "discord":
            return document
    raise AssertionError(document)


# --- the table of cli.md, line by line ---

def test_unchanged(world):
    world.settled()
    before = world.mark()
    document = world.write("features", "tenant01", "shop", "enable")
    push(document, "none", "unchanged", 0)
    assert (document["changed"], document["audit"]) == (False, None)
    assert asked(world, before) == []


def test_no_token(world):
    world.home.create(SILENT, guild=77)
    push(world.write("features", SILENT, "welcome", "enable"), "none", "no_token", 0)
    assert "token" in world.home.fails(1, "refused", "sync", SILENT)["message"]


@pytest.mark.parametrize("down,up,reason", [
    (["bot", "stop", "tenant01"], ["bot", "start", "tenant01"], "stopped"),
    (["status", "tenant01", "suspended"], ["status", "tenant01", "active"], "suspended"),
    (["status", "tenant01", "expired"], ["status", "tenant01", "active"], "expired"),
])
def test_a_bot_that_is_down_on_purpose(world, change, down, up, reason):
    messages = world.control_messages()
    told(world, *down)
    until("the connection is closed", lambda: world.sessions()["sessions"] == [])
    assert world.state()["state"] == reason
    before = world.mark()
    push(world.write(*change()), "none", reason, 0)
    assert asked(world, before) == []
    told(world, *up)
    assert world.state()["state"] == "running" and world.connected() == 1
    assert len(world.messages(CONTROL)) == messages  # these have no control message
    show = world.applied()
    assert show["applied_revision"] == show["revision"]


def test_from_one_silence_to_another(world):
    world.pushed("bot", "stop", "tenant01")
    push(world.write("status", "tenant01", "suspended"), "none", "stopped", 0)
    push(world.write("status", "tenant01", "active"), "none", "stopped", 0)
    world.pushed("bot", "start", "tenant01")


def test_no_push(world, change):
    document = world.write("--no-push", *change())
    push(document, "pending", "no_push", 0)
    assert document["changed"] and document["audit"]
    world.applied()
    world.settled()  # delivered by the daemon
    assert f'"revision":{document["revision"]},' in world.messages(CONTROL)[-1]["content"]


def test_acknowledged(world, change):
    document = by_message(world, change)
    done = document["push"]
    assert done["instance"] == world.state()["instance"]
    assert 0 <= done["ms"] < 5000 * SLOW
    show = world.show()
    assert show["applied_revision"] == show["revision"] == document["revision"]
    world.settled()


def test_token_refused(world, change):
    world.sandbox.control(do="revoke_token", bot=BOT, close=False)
    try:
        with world.frozen():
            push(world.write("--wait", LIMIT, *change()), "pending", "token_refused", 5)
            assert world.show()["token"] == "refused"
            before = world.mark()
            push(world.write("--wait", LIMIT, *change()), "pending", "token_refused", 5)
            assert world.mark() == before  # quarantined: not one request more
    finally:
        world.sandbox.control(do="set_token", bot=BOT, token=TOKEN)
        world.set_token()
    assert world.show()["token"] == "set"
    world.applied()
    world.settled()


def test_unreachable(world, change):
    with fault(world, kind="status", status=503, method="POST", path=f"/channels/{CONTROL}/messages"), world.frozen():
        push(world.write("--wait", 3 * SLOW, *change()), "pending", "unreachable", 5)
        items = world.home.json("push", "list")["items"]
        assert [i["kind"] for i in items] == ["control"] and items[0]["state"] == "pending"
        world.sandbox.control(do="clear_faults")
    world.settled()  # the daemon delivers what stayed behind
    assert f'"revision":{world.show()["revision"]},' in world.messages(CONTROL)[-1]["content"]


def test_forbidden(world, change):
    with fault(world, kind="status", status=403, method="POST", path=f"/channels/{CONTROL}/messages"), world.frozen():
        document = world.write("--wait", 3 * SLOW, *change())
        push(document, "pending", "forbidden", 5)
        assert [f["kind"] for f in document["push"]["failed"]] == ["control"]
    world.sandbox.control(do="clear_faults")
    world.home.ok("push", "drop")
    world.pushed(*change())


def test_forbidden_is_overtaken_by_the_acknowledgement(world, change):
    with fault(world, kind="status", status=403, method="POST", path=f"/channels/{CONTROL}/messages"):
        assert told(world, *change())["notified"] == "database"
    world.home.ok("push", "drop")


def test_no_wait(world, change):
    messages = world.control_messages()
    document = world.write("--wait", 0, *change())
    state = document["push"]["state"]
    assert state in ("pushed", "pending")  # as Discord's answer was here in time or not
    push(document, state, "no_wait", 0)
    world.posted(document)
    world.applied()
    assert world.control_messages() == messages + 1


def test_timeout(world, change):
    with world.frozen():
        push(world.write("--wait", 3 * SLOW, *change()), "pushed", "timeout", 5)


def test_no_daemon_is_not_waited_for(world, change):
    with no_daemon(world):
        begun = time.monotonic()
        push(world.write("--wait", 60, *change()), "pushed", "no_daemon", 5)
        assert time.monotonic() - begun < 30 * SLOW
        with_control = world.messages(CONTROL)[-1]["content"]
        assert f'"revision":{world.show()["revision"]},' in with_control
    show = world.applied()
    assert show["applied_revision"] == show["revision"]


def test_without_control_channel_pending_stands_for_pushed(world, change):
    with without_control(world):
        messages = world.control_messages()
        push(world.write("--wait", 0, *change()), "pending", "no_wait", 0)
        world.applied()
        with world.frozen():
            push(world.write("--wait", SLOW, *change()), "pending", "timeout", 5)
        with no_daemon(world):
            push(world.write("--wait", LIMIT, *change()), "pending", "no_daemon", 5)
        assert len(world.messages(CONTROL)) == messages


def test_without_control_channel_the_database_tells_within_a_second(world, change):
    with without_control(world):
        tries = [told(world, *change()) for _ in range(3)]
        assert {done["notified"] for done in tries} == {"database"}
        assert min(done["ms"] for done in tries) <= 1000 * SLOW  # the best, since the machine may be busy


def test_a_lost_control_message_is_made_up_by_the_database(world, change):
    tries = []
    for _ in range(3):
        world.settled()
        world.sandbox.control(do="fault", on="gateway", kind="drop", bot=BOT)
        tries.append(told(world, *change()))
    assert {done["notified"] for done in tries} == {"database"}
    assert 400 <= min(done["ms"] for done in tries) <= 2000 * SLOW


def test_a_doubled_control_message_is_applied_once(world, change):
    world.settled()
    since, log = world.mark(), world.log_mark()
    world.sandbox.control(do="fault", on="gateway", kind="repeat", bot=BOT)
    document = world.pushed(*change())
    message = world.posted(document)["id"]
    world.wait("reaction", channel=CONTROL, emoji=CHECK_MARK, message=message)
    world.reply(MEMBER, "!ping")
    applied = [line for line in world.daemon.log[log:].splitlines()
               if f" applied revision={document['revision']} " in line]
    assert len(applied) == 1, applied
    assert len([r for r in world.requests(since) if f"/{message}/reactions/" in r["path"]]) == 1


# --- life and death: acknowledged by the connection, no control message ---

def test_status_changes_within_a_session_are_acknowledged_too(world):
    identifies = world.sessions()["identifies"]
    world.pushed("status", "tenant01", "maintenance")
    assert world.state()["state"] == "running"
    world.pushed("status", "tenant01", "active")
    assert world.sessions()["identifies"] == identifies


def test_restart_is_acknowledged_by_a_new_session(world):
    messages, before = world.control_messages(), world.sessions()
    world.pushed("bot", "restart", "tenant01")
    until("the old one is closed", lambda: len(world.sessions()["sessions"]) == 1)
    after = world.sessions()
    assert after["identifies"] == before["identifies"] + 1 and world.connected() == 1
    assert after["sessions"][0]["session"] != before["sessions"][0]["session"]
    assert len(world.messages(CONTROL)) == messages


def test_commands_that_do_not_touch_the_configuration_raise_no_revision(world):
    revision, messages = world.show()["revision"], world.control_messages()
    world.home.ok("rename", "tenant01", "Another Name")
    world.home.ok("rename", "tenant01", "Test Store")
    world.pushed("bot", "restart", "tenant01")
    world.home.ok("sync", "tenant01")
    assert world.show()["revision"] == revision
    assert len(world.messages(CONTROL)) <= messages + 1  # the one of sync


# --- the control message, byte by byte ---

def test_the_control_message_byte_by_byte(world):
    world.home.ok("--no-push", "config", "tenant01", "activity", "caf\u00e9 \U0001f600 \"quoted\" \\ end \u00a0")
    world.home.ok("--no-push", "settings", "tenant01", "welcome", "message", "Hello {user},\twelcome to <{server}> & co /")
    begun = int(time.time())
    document = world.pushed("config", "tenant01", "language", "id")
    text = world.posted(document)["content"]
    ended = time.time()
    show = world.show()
    fields = re.fullmatch(r'tenanttui/1 (\{"tenant":"tenant01","revision":(\d+),"sha256":"([0-9a-f]{64})",'
                          r'"nonce":"([0-9a-f]{32})","time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"\}) ([0-9a-f]{64})', text)
    assert fields, text
    assert int(fields[2]) == show["revision"] == document["revision"]
    assert fields[3] == configuration_hash(show)
    sent = time.mktime(time.strptime(fields[5], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
    assert begun <= sent <= ended
    assert fields[6] == hmac.new(world.key(), text[:-65].encode(), hashlib.sha256).hexdigest()
    world.pushed("config", "tenant01", "language", "en")
    again = world.posted(world.pushed("config", "tenant01", "activity", "none"))["content"]
    assert json.loads(again[len(PREFIX):-65])["nonce"] != fields[4]


def test_the_bot_marks_the_message_and_says_which_revision_it_runs(world, change):
    document = by_message(world, change)
    world.wait("reaction", channel=CONTROL, message=world.posted(document)["id"], emoji=CHECK_MARK, user=BOT)
    show = world.show()
    assert show["applied_revision"] == document["revision"]
    world.logged(f"applied revision={document['revision']} by=discord")


def test_the_control_message_mentions_nobody_and_cannot_be_doubled(world, change):
    since = world.mark()
    document = world.pushed(*change())
    content = world.posted(document)["content"]
    request = next(r for r in world.requests(since, method="POST", path=f"/channels/{CONTROL}/messages")
                   if r["body"]["content"] == content)
    assert request["body"]["allowed_mentions"] == {"parse": []}
    assert request["body"]["enforce_nonce"] is True and 0 < len(str(request["body"]["nonce"])) <= 25
    assert str(document["audit"]) in request["reason"]


def test_the_control_message_does_not_wait_for_the_rest(world):
    with fault(world, kind="status", status=503, method="PATCH"):
        world.pushed("config", "tenant01", "nickname", "Slow")
    world.wait("nick", guild=GUILD, member=BOT, nick="Slow")
    world.settled()
    world.home.ok("config", "tenant01", "nickname", "none")
    world.wait("nick", guild=GUILD, member=BOT, nick=None)


# --- the rest of a push: nickname and commands, written only when they differ ---

def test_what_is_the_same_is_not_written(world, change):
    messages, since = world.control_messages(), world.mark()
    world.pushed(*change())
    world.settled()  # else it may be overtaken by the next one
    world.pushed("config", "tenant01", "prefix", "?")
    world.settled()
    world.pushed("config", "tenant01", "prefix", "!")
    world.settled()
    assert {(r["method"], r["path"].split("/api/v10")[-1]) for r in world.changes(since)} == \
        {("POST", f"/channels/{CONTROL}/messages")}
    assert len(world.messages(CONTROL)) == messages + 3


def test_the_nickname_is_patched_once(world):
    """By the daemon: a console may have gone before Discord's answer is here, and then the daemon asks again."""
    since = world.mark()
    document = world.write("--no-push", "config", "tenant01", "nickname", "Toko B\u00e9b\u00e9")
    world.wait("nick", guild=GUILD, member=BOT, nick="Toko B\u00e9b\u00e9")
    world.settled()
    patches = world.requests(since, method="PATCH")
    assert [p["body"] for p in patches] == [{"nick": "Toko B\u00e9b\u00e9"}]
    assert str(document["audit"]) in patches[0]["reason"]
    world.pushed("config", "tenant01", "nickname", "none")
    world.wait("nick", guild=GUILD, member=BOT, nick=None)
    world.settled()


def test_commands_are_put_when_they_change(world):
    since = world.mark()
    document = world.write("--no-push", "settings", "tenant01", "custom_commands", "rules", "Be kind")  # as above
    world.wait("commands", guild=GUILD, bot=BOT, name="rules")
    world.settled()
    puts = [r for r in world.changes(since) if r["method"] == "PUT"]
    assert len(puts) == 1 and str(document["audit"]) in puts[0]["reason"]
    world.pushed("settings", "tenant01", "custom_commands", "rules", "Be kinder")  # its answer is no part of them
    world.settled()
    assert len([r for r in world.changes(since) if r["method"] == "PUT"]) == 1
    world.pushed("settings", "tenant01", "custom_commands", "rules", "none")
    world.wait("commands", guild=GUILD, bot=BOT, name="rules", absent=True)
    world.settled()


def test_a_change_and_its_opposite_before_the_push_write_nothing(world):
    world.settled()
    since = world.mark()
    world.home.ok("--atomic", "-c", "config tenant01 nickname Ghost", "-c", "config tenant01 nickname none")
    world.settled()
    assert {r["method"] for r in world.changes(since)} <= {"POST"}


# --- --dry-run ---

def calls(requests):
    return {(r["method"], r["path"].split("/api/v10")[-1]) for r in requests}


@pytest.mark.parametrize("words,undo", [
    (["config", "tenant01", "nickname", "Foretold"], ["config", "tenant01", "nickname", "none"]),
    (["settings", "tenant01", "custom_commands", "foretold", "text"],
     ["settings", "tenant01", "custom_commands", "foretold", "none"]),
    (["features", "tenant01", "custom_commands", "disable"], ["features", "tenant01", "custom_commands", "enable"]),
    (["config", "tenant01", "prefix", "?"], ["config", "tenant01", "prefix", "!"]),
    (["channels", "tenant01", "control", LOGS], ["channels", "tenant01", "control", CONTROL]),
    (["channels", "tenant01", "welcome", WELCOME], ["channels", "tenant01", "welcome", "none"]),
], ids=lambda words: "-".join(words[2:4]) if isinstance(words, list) else None)
def test_dry_run_foretells_exactly_what_happens(world, words, undo):
    world.settled()
    shown, rows, since = world.stored(), world.home.json("audit", "--count")["total"], world.mark()
    plan = world.home.json("--dry-run", *words)
    assert asked(world, since) == []
    assert world.stored() == shown and world.home.json("audit", "--count")["total"] == rows
    assert plan["calls"] == len(plan["discord"]) and plan["seconds"] == 0
    for row in plan["database"]:
        assert set(row) >= {"table", "key", "before", "after"} and row["before"] != row["after"]
    places = {c["path"].split("/")[2] for c in plan["discord"] if c["method"] == "POST"}
    said = {place: len(world.messages(place)) for place in places}
    world.pushed(*words)
    world.settled()
    made = asked(world, since)  # some of it twice with one effect, if the console had gone by the answer
    assert calls(made) == calls(plan["discord"])
    assert {place: len(world.messages(place)) for place in places} == {place: n + 1 for place, n in said.items()}
    for call in plan["discord"]:
        real = next(r for r in made if (r["method"], r["path"].split("/api/v10")[-1]) == (call["method"], call["path"]))
        if call["method"] != "POST":
            assert call["body"] == real["body"]
        else:
            foretold, sent = (json.loads(b["content"][len(PREFIX):-65]) for b in (call["body"], real["body"]))
            assert [foretold[k] for k in ("tenant", "revision", "sha256")] == [sent[k] for k in
                                                                               ("tenant", "revision", "sha256")]
    world.pushed(*undo)
    world.settled()


def test_dry_run_of_what_changes_nothing(world):
    plan = world.home.json("--dry-run", "features", "tenant01", "shop", "enable")
    assert plan["database"] == [] and plan["discord"] == [] and plan["calls"] == 0


def test_a_foretold_control_message_counts_for_nothing(world, change):
    log = world.log_mark()
    plan = world.home.json("--dry-run", *change())
    text = next(c["body"]["content"] for c in plan["discord"] if c["method"] == "POST")
    message = world.post(text)
    line = world.logged(f"message={message}", log)
    assert "forged" in line or "ahead" in line
    assert not world.message(message).get("reactions")


# --- sync ---

def test_sync_of_a_tenant_in_step_posts_the_message_and_writes_nothing(world):
    world.settled()
    since = world.mark()
    done = told(world, "sync", "tenant01")
    assert done["notified"] == "discord"
    world.settled()
    assert {r["method"] for r in world.changes(since)} == {"POST"}


@pytest.mark.parametrize("ms", [100, 700])  # the second is longer than what is acknowledged waits for other parts
def test_sync_knows_that_the_bot_took_a_message_before_discord_s_answer_came(world, ms):
    world.settled()
    with fault(world, kind="latency", ms=ms, method="POST", path=f"/channels/{CONTROL}/messages"):
        done = told(world, "sync", "tenant01")
    assert done["notified"] == "discord"


def test_sync_fresh_looks_again_and_mends(world):
    world.pushed("config", "tenant01", "nickname", "Keeper")
    world.wait("nick", guild=GUILD, member=BOT, nick="Keeper")
    world.settled()
    world.sandbox.control(do="member_update", guild=GUILD, member=BOT, nick="Somebody Else")
    application = f"/applications/{BOT}/guilds/{GUILD}/commands"
    assert world.sandbox.api("PUT", application, TOKEN, [])[0] == 200
    since = world.mark()
    world.pushed("sync", "tenant01", "--fresh")
    world.wait("nick", guild=GUILD, member=BOT, nick="Keeper")
    world.wait("commands", guild=GUILD, bot=BOT, name="tenant-admin")
    world.settled()
    assert world.requests(since, method="GET", path=application)
    since = world.mark()
    world.pushed("sync", "tenant01", "--fresh")
    world.settled()
    assert "PUT" not in {r["method"] for r in world.changes(since)}  # it looked, and all was there
    world.pushed("config", "tenant01", "nickname", "none")
    world.wait("nick", guild=GUILD, member=BOT, nick=None)
    world.settled()


def test_sync_all_has_a_document_for_each_tenant(world):
    result = world.home.ok("-o", "jsonl", "sync", "--all")
    assert [(d["tenant_id"], d["push"]["state"]) for d in result.lines] == [("tenant01", "acknowledged")]
    world.settled()


def test_sync_delivers_what_stayed_behind(world):
    with no_daemon(world):
        world.home.ok("--no-push", "config", "tenant01", "nickname", "Late")
        assert {i["kind"] for i in world.home.json("push", "list")["items"]} >= {"control", "nickname"}
        push(world.write("--wait", LIMIT, "sync", "tenant01"), "pushed", "no_daemon", 5)
        assert world.sandbox.control(do="member", guild=GUILD, member=BOT)["member"]["nick"] == "Late"
        assert world.home.json("push", "list")["items"] == []
    world.pushed("config", "tenant01", "nickname", "none")
    world.settled()


# --- what Discord refuses ---

def test_a_part_that_is_refused_for_good_is_kept_listed_retried_and_dropped(world):
    with fault(world, kind="status", status=400, method="PATCH", path="*/members/@me"):
        tries = (world.pushed("config", "tenant01", "nickname", f"Refused {n}") for n in range(3))
        document = next(d for d in tries if d["push"].get("failed"))  # it is told if it is known in half a second
        assert [f["kind"] for f in document["push"]["failed"]] == ["nickname"]
        items = world.failed()
        assert [(i["tenant_id"], i["kind"]) for i in items] == [("tenant01", "nickname")]
        name = world.show()["bot_config"]["nickname"]
        assert set(items[0]) >= {"push", "tenant_id", "revision", "kind", "state", "attempts", "reason", "next"}
        assert items[0]["revision"] == document["revision"] and items[0]["attempts"] >= 1 and "400" in items[0]["reason"]
    number = items[0]["push"]
    assert world.home.json("push", "list", number)["items"] == items
    world.home.fails(1, "no_such", "push", "retry", number + 1000)
    world.home.ok("push", "retry", number)
    world.wait("nick", guild=GUILD, member=BOT, nick=name)
    world.settled()
    with fault(world, kind="status", status=400, method="PATCH", path="*/members/@me"):
        world.pushed("config", "tenant01", "nickname", "Dropped")
        number = world.failed()[0]["push"]
    world.home.ok("push", "drop", number)
    assert world.home.json("push", "list")["items"] == []
    assert world.sandbox.control(do="member", guild=GUILD, member=BOT)["member"]["nick"] == name
    world.pushed("config", "tenant01", "nickname", "none")
    world.wait("nick", guild=GUILD, member=BOT, nick=None)
    world.settled()


@pytest.mark.parametrize("kind,more", [
    ("429", {"retry_after": 0.25}), ("429", {"retry_after": 0.25, "global": True}),
    ("429", {"retry_after": 0.25, "scope": "shared"}), ("status", {"status": 502}), ("reset", {}), ("half", {}),
], ids=["429", "429-global", "429-shared", "502", "reset", "half"])
def test_a_passing_fault_is_ridden_out(world, kind, more):
    world.sandbox.control(do="fault", on="rest", kind=kind, times=1, method="PATCH", path="*/members/@me", **more)
    name = f"After {kind} {sorted(more.items())}"[:32]
    world.pushed("config", "tenant01", "nickname", name)
    world.wait("nick", guild=GUILD, member=BOT, nick=name)
    world.settled()


@pytest.mark.parametrize("kind", ["half", "reset"])
def test_a_message_of_unknown_fate_is_sent_again_and_stands_once(world, change, kind):
    messages = world.control_messages()
    world.sandbox.control(do="fault", on="rest", kind=kind, times=1, method="POST", after_effect=True,
                          path=f"/channels/{CONTROL}/messages")
    world.pushed(*change())
    world.settled()
    assert len(world.messages(CONTROL)) == messages + 1


# --- duties ---

def test_every_message_says_whom_it_mentions_and_every_change_says_why(world):
    world.reply(MEMBER, "!ping", GENERAL)
    for request in world.requests(0):
        path = request["path"].split("/api/v10")[-1]
        if request["method"] == "POST" and re.search(r"/messages$", path) and request["body"]:
            assert "allowed_mentions" in request["body"], request
        if request["method"] in ("PUT", "PATCH") and re.search(r"/commands$|/members/@me$", path) and \
                request["reason"] is not None:
            assert re.search(r"audit \d+|revision \d+", unquote(request["reason"])), request
    changed = [r for r in world.requests(0) if r["method"] == "PATCH" and r["path"].endswith("/members/@me")]
    assert changed and all(r["reason"] for r in changed)


def test_the_token_is_nowhere(world):
    assert TOKEN not in world.daemon.log
    for words in (["show", "tenant01"], ["audit", "--limit", 0], ["logs"], ["push", "list"]):
        assert TOKEN not in world.home.ok("-o", "json", *words).out
    for suffix in ("", "-wal", ".log"):
        with open(world.home.db + suffix, "rb") as f:
            assert TOKEN.encode() not in f.read()


# --- last: the end of a tenant ---

def test_delete_is_acknowledged_when_the_connection_is_closed(world):
    messages = world.control_messages()
    document = world.write("--wait", LIMIT, "--yes", "delete", "tenant01")
    push(document, "acknowledged", None, 0)
    until("it is closed", lambda: world.sessions()["sessions"] == [])
    assert len(world.messages(CONTROL)) == messages
    world.pushed("undo", document["audit"])
    assert world.state()["state"] == "running"
