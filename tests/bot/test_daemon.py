"""The daemon: whom it serves, what it picks up while it runs, how it ends, comes back and deals with a bot that fails."""

import contextlib
import json
import os
import re
import signal
import stat

import pytest

from botlib import World, nth, token_of
from live import BOT, GENERAL, GUILD, MEMBER, OPERATOR, TOKEN, VIEWER, bot, guild
from program import LIMIT, Home, until

pytestmark = pytest.mark.xdist_group("bot_daemon")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    document = {"guilds": [guild(n) for n in range(3)], "bots": [bot(n, token_of(n)) for n in range(3)]}
    document["bots"].append(bot(7, token_of(7), guilds=[nth(GUILD, 1)]))
    world = World(Home(tmp_path_factory.mktemp("world") / "home"), document)
    try:
        world.start()
        world.quick()
        world.pushed("sync", "tenant01")
        yield world
    finally:
        world.end()


@pytest.fixture(scope="module")
def second(shared):
    """tenant02, created with its token while the daemon ran."""
    shared.home.create("tenant02", guild=nth(GUILD, 1), plan="premium", renter=MEMBER)
    shared.quick("tenant02")
    shared.pushed("token", "tenant02", "set", stdin=token_of(1) + "\n")
    return "tenant02"


@contextlib.contextmanager
def ended(world, *words):
    """Without its daemon; a new one afterwards."""
    world.daemon.end()
    try:
        yield
    finally:
        world.start_daemon(*words)
        world.up()


def pongs(world, after):
    return [m for m in world.messages(GENERAL, after) if m["content"].startswith("Pong")]


def closed(world, bot_id):
    """Until Discord has seen that this bot is disconnected for good."""
    until("its connection is closed", lambda: world.sessions(bot_id)["sessions"] == [])


# --- tenants come and go while it runs ---

def test_a_new_tenant_is_served(shared, second):
    assert shared.state(second)["state"] == "running"
    assert shared.connected(nth(BOT, 1)) == 1
    assert shared.reply(MEMBER, "!ping", nth(GENERAL, 1), nth(BOT, 1))["content"].startswith("Pong")


def test_a_tenant_whose_token_is_left_to_the_daemon(shared):
    shared.home.create("tenant03", guild=nth(GUILD, 2))
    shared.home.ok("--no-push", "token", "tenant03", "set", stdin=token_of(2) + "\n")
    shared.up("tenant03")
    shared.wait("commands", guild=nth(GUILD, 2), bot=nth(BOT, 2), name="tenant-admin")  # the daemon pushed too
    shared.pushed("token", "tenant03", "clear", "--yes")
    assert shared.state("tenant03")["state"] == "stopped"
    closed(shared, nth(BOT, 2))


@pytest.mark.parametrize("status", ["suspended", "expired"])
def test_a_tenant_that_is_closed_and_opened(shared, second, status):
    shared.pushed("status", second, status)
    assert shared.state(second)["state"] == status
    closed(shared, nth(BOT, 1))
    assert shared.state("tenant01")["state"] == "running"
    shared.pushed("status", second, "active")
    assert shared.connected(nth(BOT, 1)) == 1


def test_maintenance_stays_connected_and_says_so(shared, second):
    identifies = shared.sessions(nth(BOT, 1))["identifies"]
    shared.pushed("status", second, "maintenance")
    assert "maintenance" in shared.reply(VIEWER, "!ping", nth(GENERAL, 1), nth(BOT, 1))["content"]
    assert "maintenance" not in shared.reply(VIEWER, "!ping")["content"]
    shared.pushed("status", second, "active")
    assert shared.reply(VIEWER, "!ping", nth(GENERAL, 1), nth(BOT, 1))["content"].startswith("Pong")
    assert shared.sessions(nth(BOT, 1))["identifies"] == identifies


@pytest.mark.parametrize("status", ["maintenance", "active"])
def test_a_restart_beside_a_change_of_status_is_no_less_a_restart(shared, second, status):
    before = shared.sessions(nth(BOT, 1))["identifies"]
    with shared.frozen():  # both are seen in one look
        shared.home.ok("--no-push", "-c", f"status {second} {status}", "-c", f"bot restart {second}")
    until("it identifies anew", lambda: shared.sessions(nth(BOT, 1))["identifies"] == before + 1)
    shared.pushed("-c", f"config {second} nickname {status}")
    shared.up(second)


def test_another_token_of_the_same_bot(shared, second):
    before = shared.sessions(nth(BOT, 1))["identifies"]
    shared.sandbox.control(do="set_token", bot=nth(BOT, 1), token=token_of(1, "new"))
    shared.pushed("token", second, "set", stdin=token_of(1, "new") + "\n")
    assert shared.sessions(nth(BOT, 1))["identifies"] == before + 1
    assert shared.reply(VIEWER, "!ping", nth(GENERAL, 1), nth(BOT, 1))["content"].startswith("Pong")


def test_a_token_of_another_bot(shared, second):
    shared.pushed("token", second, "set", stdin=token_of(7) + "\n")
    closed(shared, nth(BOT, 1))
    assert shared.connected(nth(BOT, 7)) == 1
    assert shared.reply(VIEWER, "!ping", nth(GENERAL, 1), nth(BOT, 7))["content"].startswith("Pong")
    shared.wait("commands", guild=nth(GUILD, 1), bot=nth(BOT, 7), name="tenant-admin")
    shared.pushed("token", second, "set", stdin=token_of(1, "new") + "\n")
    shared.up(second)
    closed(shared, nth(BOT, 7))


def test_deleted_and_brought_back(shared, second):
    document = shared.pushed("--yes", "delete", second)
    closed(shared, nth(BOT, 1))
    shared.home.fails(1, "no_such", "show", second)
    assert second not in [i["tenant_id"] for i in shared.home.json("bot", "list")["items"]]
    shared.pushed("undo", document["audit"])
    assert shared.state(second)["state"] == "running"
    assert shared.reply(VIEWER, "!ping", nth(GENERAL, 1), nth(BOT, 1))["content"].startswith("Pong")


def test_bot_commands_and_their_documents(shared, second):
    items = {i["tenant_id"]: i for i in shared.home.json("bot", "list")["items"]}
    assert set(items) >= {"tenant01", second}
    for item in items.values():
        assert set(item) >= {"tenant_id", "state", "instance", "latency_ms", "restarts", "error"}
    shown = shared.home.json("show", second)["bot"]
    assert {k: items[second][k] for k in shown} == shown and shown["state"] == "running" and shown["error"] is None
    shared.pushed("bot", "stop", second)
    assert shared.state(second)["state"] == "stopped"
    assert shared.write("bot", "stop", second)["push"]["reason"] == "unchanged"
    assert shared.write("bot", "restart", second)["push"]["reason"] == "stopped"
    shared.pushed("bot", "start", second)
    before = shared.sessions(nth(BOT, 1))["identifies"]
    shared.pushed("bot", "restart", second)
    assert shared.sessions(nth(BOT, 1))["identifies"] == before + 1
    shared.home.create("without", guild=5)
    assert shared.home.json("bot", "start", "without")["push"]["state"] == "none"
    shared.home.ok("--yes", "delete", "without")


def test_wanted_to_be_stopped_is_kept_over_a_new_daemon(shared, second):
    shared.pushed("bot", "stop", second)
    with ended(shared):
        pass
    assert shared.state(second)["state"] == "stopped"
    closed(shared, nth(BOT, 1))
    shared.pushed("bot", "start", second)


# --- one daemon for each database, and whom it serves ---

def test_a_second_daemon_is_refused_and_told_who_holds_it(shared):
    result = shared.home.run("--bot")
    assert result.status == 1 and str(shared.daemon.process.pid) in result.err, repr(result)
    assert len(result.err.strip().splitlines()) <= 2
    result = shared.home.run("--bot", "--tenant-id", "tenant01")
    assert result.status == 1 and str(shared.daemon.process.pid) in result.err, repr(result)


def test_one_tenant_only(shared, second):
    shared.daemon.end()
    log = shared.log_mark()
    shared.start_daemon("--tenant-id", "tenant01")
    shared.up()
    assert "tenant02" not in shared.daemon.log[log:]
    shared.pushed("config", "tenant01", "prefix", "?")
    shared.pushed("config", "tenant01", "prefix", "!")
    document = shared.write("--wait", LIMIT, "config", second, "prefix", "?")
    assert (document["push"]["reason"], document["exit"]) == ("no_daemon", 5), document
    assert shared.connected(nth(BOT, 1)) == 0
    shared.daemon.end()
    shared.start_daemon()
    shared.up(second)
    shared.pushed("config", second, "prefix", "!")


def test_one_tenant_that_is_not_there(shared):
    shared.daemon.end()
    result = shared.home.run("--bot", "--tenant-id", "nobody")
    assert result.status == 1 and "nobody" in result.err, repr(result)
    shared.start_daemon()
    shared.up()


def test_a_daemon_without_database(tmp_path):
    result = Home(tmp_path / "home").run("--bot")
    assert result.status == 4 and "database" in result.err, repr(result)


# --- the end, and coming back ---

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_and_resumes(shared, number):
    before = shared.sessions()
    assert shared.daemon.end(number) == 0
    assert shared.state()["state"] == "stopped"
    shared.wait("session", bot=BOT, state="cut")  # not closed for good
    said = [shared.say(MEMBER, f"!ping {n}") for n in range(3)]
    shared.start_daemon()
    shared.up()
    until("what was said meanwhile is answered", lambda: len(pongs(shared, said[0])) == 3)
    after = shared.sessions()
    assert (after["identifies"], after["resumes"]) == (before["identifies"], before["resumes"] + 1)
    assert shared.silence(MEMBER, said[-1]) is not None
    assert len(pongs(shared, said[0])) == 4


def test_killed_it_resumes_and_misses_nothing_and_does_nothing_twice(shared):
    answered = shared.say(MEMBER, "!ping before")
    shared.heard(answered)
    before = shared.sessions()
    shared.daemon.kill()
    said = [shared.say(MEMBER, f"!ping {n}") for n in range(5)]
    shared.say(OPERATOR, "!tenant-admin features . leveling disable")
    shared.home.ok("--no-push", "config", "tenant01", "activity", "killed")
    shared.start_daemon()
    shared.up()
    until("what was said meanwhile is answered", lambda: len(pongs(shared, said[0])) == 5)
    until("what was asked meanwhile is done", lambda: not shared.show()["features"]["leveling"])
    after = shared.sessions()
    assert (after["identifies"], after["resumes"]) == (before["identifies"], before["resumes"] + 1)
    shared.applied()
    last = shared.say(MEMBER, "!ping last")
    shared.heard(last)
    assert len(pongs(shared, answered)) == 1 + 5 + 1
    rows = [i for i in shared.home.json("audit", "tenant01", "--command", "features")["items"]
            if i["who"].endswith(OPERATOR)]
    assert len(rows) == 1
    shared.pushed("features", "tenant01", "leveling", "enable")
    shared.pushed("config", "tenant01", "activity", "none")


@pytest.mark.parametrize("round", range(4))
def test_killed_in_the_midst_of_answering(shared, round):
    """However far it came, each is answered once."""
    first = shared.say(MEMBER, "!ping 0")
    for n in range(1, 8):
        shared.say(MEMBER, f"!ping {n}")
        if n == 2 * round + 1:
            shared.daemon.kill()
    shared.start_daemon()
    until("every one is answered", lambda: len(pongs(shared, first)) >= 8)
    shared.heard(shared.say(MEMBER, "!ping last"))
    assert len(pongs(shared, first)) == 9


def test_a_session_that_is_gone_is_replaced(shared):
    before = shared.sessions()["identifies"]
    shared.daemon.kill()
    until("it is cut", lambda: shared.sessions()["sessions"][0]["state"] == "cut")
    shared.sandbox.control(do="limits", resume_ms=0)
    until("it is forgotten", lambda: not shared.sessions()["sessions"])
    shared.sandbox.control(do="limits", resume_ms=120000)
    shared.start_daemon()
    shared.up()
    assert shared.sessions()["identifies"] == before + 1
    assert shared.reply(MEMBER, "!ping")["content"].startswith("Pong")


def test_hangup_reloads_and_opens_the_log_anew(shared):
    path, identifies = shared.home.db + ".log", shared.sessions()["identifies"]
    os.rename(path, path + ".away")
    log = shared.log_mark()
    shared.daemon.process.send_signal(signal.SIGHUP)
    shared.logged("reload", log)
    shared.pushed("config", "tenant01", "prefix", "?")
    shared.pushed("config", "tenant01", "prefix", "!")
    until("there is a new log", lambda: os.path.exists(path))
    assert shared.sessions()["identifies"] == identifies and shared.state()["state"] == "running"


def test_the_database_taken_back_under_it(shared, second, tmp_path):
    """A restore is refused while the daemon has the database open."""
    copy = str(tmp_path / "copy.db")
    shared.home.ok("backup", copy)
    error = shared.home.fails(1, "refused", "--yes", "restore", copy)
    assert "daemon" in error["message"] or str(shared.daemon.process.pid) in error["message"], error


# --- bots that fail ---

@contextlib.contextmanager
def failing(world, tenant, **config):
    """Each start of the tenant's bot fails; its configuration is put back afterwards."""
    for key, value in config.items():
        world.home.ok("--no-push", "config", tenant, key, value)
    world.applied()
    world.sandbox.control(do="fault", on="rest", kind="status", status=400, method="GET", path="/gateway/bot",
                          bot=nth(BOT, 1), times=0)
    try:
        yield
    finally:
        world.sandbox.control(do="clear_faults")
        for key in config:
            world.home.ok("--no-push", "config", tenant, key, "none")


def test_a_bot_that_fails_is_started_again_so_often_and_then_given_up(shared, second):
    with failing(shared, second, max_restart_attempts=2):
        log = shared.log_mark()
        shared.home.run("--wait", 0, "bot", "restart", second)
        found = shared.daemon.wait_state(second, "error")
        assert found["restarts"] >= 2 and "400" in found["error"] and "gateway" in found["error"], found
        tries = [line for line in shared.daemon.log[log:].splitlines() if " tenant02 restart " in line and " in " in line]
        pauses = [int(m[1]) for line in tries if (m := re.search(r" in (\d+) ms", line))]
        assert len(pauses) == 2 and pauses[0] < pauses[1], tries
        assert shared.state("tenant01")["state"] == "running"
        asked = shared.requests(0, path="/gateway/bot", bot=nth(BOT, 1))
    shared.pushed("bot", "restart", second)
    assert shared.state(second)["error"] is None
    assert len(shared.requests(0, path="/gateway/bot", bot=nth(BOT, 1))) == len(asked) + 1


def test_a_bot_that_is_not_to_be_started_again(shared, second):
    with failing(shared, second, auto_restart="off"):
        shared.home.run("--wait", 0, "bot", "restart", second)
        found = shared.daemon.wait_state(second, "error")
        assert "400" in found["error"]
    shared.pushed("bot", "restart", second)


def test_a_bot_that_recovers_in_time(shared, second):
    shared.sandbox.control(do="fault", on="rest", kind="status", status=400, method="GET", path="/gateway/bot",
                           bot=nth(BOT, 1), times=1)
    shared.pushed("bot", "restart", second)
    assert shared.state(second)["restarts"] >= 1


def test_discord_out_of_reach_is_no_failure_of_the_bot(shared, second):
    shared.home.ok("--no-push", "config", second, "max_restart_attempts", 0)
    shared.sandbox.control(do="fault", on="rest", kind="status", status=503, method="GET", path="/gateway/bot",
                           bot=nth(BOT, 1), times=4)
    shared.pushed("--wait", 2 * LIMIT, "bot", "restart", second)
    shared.home.ok("--no-push", "config", second, "max_restart_attempts", "none")


@pytest.mark.parametrize("code,word", [(4014, "portal"), (4013, "intent"), (4012, ""), (4011, ""), (4010, "")])
def test_close_codes_after_which_nobody_comes_back(shared, second, code, word):
    identifies = shared.sessions(nth(BOT, 1))["identifies"]
    shared.sandbox.control(do="fault", on="gateway", kind="close", code=code, bot=nth(BOT, 1))
    found = shared.daemon.wait_state(second, "error")
    assert str(code) in found["error"] or word and word in found["error"], found
    assert word in found["error"] and f"bot restart {second}" in found["error"]
    assert shared.sessions(nth(BOT, 1))["identifies"] == identifies
    shared.pushed("bot", "restart", second)


def told_everywhere(shared, tenant, state, error=None):
    """`bot status`, `bot list`, `show` and `list` say the same of the bot, and the totals count it."""
    document = shared.state(tenant)
    assert (document["state"], document["error"]) == (state, error), document
    shown = [shared.home.json("show", tenant)["bot"]]
    shown += [i for i in shared.home.json("bot", "list")["items"] if i["tenant_id"] == tenant]
    shown += [i["bot"] for i in shared.home.json("list")["items"] if i["tenant_id"] == tenant]
    assert [(b["state"], b["error"]) for b in shown] == [(state, error)] * 3, shown
    totals = {}
    for item in shared.home.json("bot", "list")["items"]:
        totals[item["state"]] = totals.get(item["state"], 0) + 1
    assert {k: v for k, v in shared.home.json("summary")["bots"].items() if v} == totals


@pytest.mark.parametrize("state", ["suspended", "expired"])
def test_a_bot_that_is_not_served_is_told_alike_with_and_without_a_daemon(shared, second, state):
    shared.pushed("status", second, state)
    told_everywhere(shared, second, state)
    with ended(shared):
        told_everywhere(shared, second, state)
    told_everywhere(shared, second, state)
    shared.pushed("status", second, "active")
    told_everywhere(shared, second, "running")


def test_a_401_of_the_bot_ends_what_the_daemon_pushes_for_it(tmp_path):
    world = World(Home(tmp_path / "home"))
    try:
        world.start()
        world.quick()
        world.pushed("sync", "tenant01")
        since = world.mark()
        world.sandbox.control(do="revoke_token", bot=BOT, close=False)
        world.say(MEMBER, "!ping")
        until("the bot's answer is refused", lambda: world.requests(since, status=401))
        world.home.ok("--no-push", "config", "tenant01", "nickname", "Late")
        until("the daemon knows", lambda: world.show()["token"] == "refused")
        assert len(world.requests(since, status=401)) == 1  # the token's users are told by one another
    finally:
        world.end()


def test_a_dead_token_is_quarantined(shared, second):
    shared.sandbox.control(do="revoke_token", bot=nth(BOT, 1))
    found = shared.daemon.wait_state(second, "error")
    assert "token" in found["error"]
    assert shared.home.json("show", second)["token"] == "refused"
    since = shared.mark()
    document = shared.write("config", second, "prefix", "?")
    assert (document["push"]["reason"], document["exit"]) == ("token_refused", 5), document
    shared.pushed("config", "tenant01", "prefix", "?")
    shared.pushed("config", "tenant01", "prefix", "!")
    assert shared.requests(since, bot=nth(BOT, 1)) == [] and shared.requests(since, status=401) == []
    with ended(shared):
        pass
    assert shared.requests(since, bot=nth(BOT, 1)) == [] and shared.requests(since, status=401) == []
    assert shared.home.json("show", second)["token"] == "refused" and not shared.connected(nth(BOT, 1))
    told_everywhere(shared, second, "error", "Discord refuses the token")
    shared.sandbox.control(do="set_token", bot=nth(BOT, 1), token=token_of(1, "fresh"))
    shared.pushed("token", second, "set", stdin=token_of(1, "fresh") + "\n")
    assert shared.home.json("show", second)["token"] == "set" and shared.state(second)["state"] == "running"
    shared.pushed("config", second, "prefix", "!")


# --- a gateway that moves ---

def test_a_gateway_at_another_address_is_found_by_all_bots(tmp_path):
    world = World(Home(tmp_path / "home"), {"guilds": [guild(n) for n in range(2)],
                                            "bots": [bot(n, token_of(n)) for n in range(2)]})
    try:
        world.start()
        world.home.create("tenant02", guild=nth(GUILD, 1), plan="premium", renter=MEMBER)
        world.quick("tenant02")
        world.pushed("token", "tenant02", "set", stdin=token_of(1) + "\n")
        port = world.sandbox.root.rpartition(":")[2]
        old = world.sandbox.control(do="sessions", bot=BOT)
        world.sandbox.end()
        world.start_sandbox("--listen", f"127.0.0.1:{port}")
        assert old and world.connected() == 0
        until("both bots are connected again", lambda: world.connected() and world.connected(nth(BOT, 1)))
        lines = [line for line in world.daemon.log.splitlines() if "cannot reach" in line]
        assert lines and all(re.search(r"127\.0\.0\.1:\d+: ", line) for line in lines), lines
    finally:
        world.end()


# --- what it writes down ---

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warn|error) (-|[a-z0-9_-]{3,32}) \S+ .*")


def test_the_log_has_one_line_an_event_with_its_tenant(shared, second):
    lines = shared.daemon.log.splitlines()
    assert len(lines) > 20
    for line in lines:
        assert LINE.fullmatch(line), line
    assert any(" tenant01 " in line for line in lines) and any(f" {second} " in line for line in lines)


def test_the_log_as_json(shared, second):
    shared.daemon.end()
    log = shared.log_mark()
    shared.start_daemon("--log-format", "json")
    shared.up()
    shared.pushed("config", "tenant01", "prefix", "?")
    shared.pushed("config", "tenant01", "prefix", "!")
    shared.daemon.end()
    lines = [json.loads(line) for line in shared.daemon.log[log:].splitlines()]
    assert len(lines) > 5
    for line in lines:
        assert set(line) >= {"time", "level", "tenant", "event", "message"}, line
    assert {"tenant01", second} <= {line["tenant"] for line in lines}
    items = shared.home.json("logs", "tenant01", "--level", "info")["items"]  # reads both forms
    assert any(i["event"] == "applied" for i in items)
    shared.start_daemon()
    shared.up()


def test_logs_reads_it_and_nothing_else_may(shared, second):
    assert stat.S_IMODE(os.stat(shared.home.db + ".log").st_mode) == 0o600
    everything = shared.home.json("logs")["items"]
    assert set(everything[0]) >= {"time", "level", "tenant_id", "event", "message"}
    mine = shared.home.json("logs", second)["items"]
    assert mine and {i["tenant_id"] for i in mine} == {second}
    assert all(i["level"] in ("warn", "error") for i in shared.home.json("logs", "--level", "warn")["items"])
    assert shared.home.json("logs", "--since", "2999-01-01")["items"] == []


def test_no_token_is_in_any_log(shared):
    texts = [shared.daemon.log]
    for name in os.listdir(os.path.dirname(shared.home.db)):
        with open(os.path.join(os.path.dirname(shared.home.db), name), "rb") as f:
            texts.append(f.read().decode("latin-1"))
    assert not any(TOKEN.split(".")[2] in text for text in texts)


def test_the_token_is_in_no_argument_and_no_environment_is_needed(shared):
    with open(f"/proc/{shared.daemon.process.pid}/cmdline", "rb") as f:
        assert TOKEN.encode() not in f.read()


def test_doctor_knows_the_daemon(shared):
    checks = {c["name"]: c for c in shared.home.run("-o", "json", "doctor").json["checks"]}
    assert checks["daemon"]["ok"] and shared.state()["instance"] in checks["daemon"]["detail"]
