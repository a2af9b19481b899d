"""After a write: the push's state, reason and exit status, each line of the table in cli.md."""

import json
import os
import signal
import sqlite3
import subprocess
import time

import pytest

from live import BOT, CONTROL, GUILD, TOKEN, Live
from program import LIMIT, SLOW, Home, until


def push(result, state, reason, status):
    document = result.lines[0] if result.out else {}
    assert result.status == status and document, repr(result)
    assert (document["push"]["state"], document["push"]["reason"]) == (state, reason), repr(result)
    if status == 5:
        assert result.error["code"] == "pending"
    else:
        assert '"error"' not in result.err
    return document["push"]


def write(home, *words, **how):
    """Whoever expects an end waits for it; who expects none says how long."""
    return home.run("-o", "jsonl", "--wait", LIMIT, *words, **how)


def told(home, *words):
    """What is told of a write that is acknowledged."""
    return push(write(home, *words), "acknowledged", None, 0)


def disconnected(live):
    """Until Discord has seen that the bot is gone."""
    until("the connection is closed", lambda: live.sandbox.control(do="sessions", bot=BOT)["ready"] == 0)


@pytest.fixture
def parts(tmp_path):
    """A sandbox and tenant01 with control channel; daemon and token are the test's."""
    world = Live(Home(tmp_path / "home"))
    try:
        world.start_sandbox()
        world.create()
        yield world
    finally:
        world.end()


# --- acknowledged ---

def test_a_change_is_acknowledged(live):
    done = told(live.home, "features", "tenant01", "welcome", "enable")
    assert done["instance"] and done["notified"] in ("discord", "database") and 0 <= done["ms"] <= 5000 * SLOW
    document = live.show()
    assert document["applied_revision"] == document["revision"]


def test_the_control_message_is_what_makes_it_apply(live):
    tries = (told(live.home, "features", "tenant01", "welcome", word) for word in ("enable", "disable", "enable"))
    assert any(done["notified"] == "discord" for done in tries)  # a busy machine may bring one late
    message = live.heard(channel=CONTROL, part="tenanttui/1 ")
    until("the reaction", lambda: any(m["id"] == message["id"] and m.get("reactions")
                                      for m in live.messages(CONTROL)))


def test_without_control_channel_the_database_is_the_way(live):
    live.home.ok("channels", "tenant01", "control", "none")
    before = live.control_messages()
    done = told(live.home, "features", "tenant01", "welcome", "enable")
    assert done["notified"] == "database"
    assert len(live.messages(CONTROL)) == before


def test_text_says_by_whom_and_after_how_long(live):
    out = live.home.ok("features", "tenant01", "welcome", "enable").out
    assert "acknowledged" in out and " ms" in out and "audit" in out


def test_the_token_makes_the_bot_come_up(parts):
    parts.start_daemon()
    document = parts.set_token()
    assert document["push"]["state"] == "acknowledged"
    assert parts.show()["token"] == "set" and parts.show()["bot"]["state"] == "running"


@pytest.mark.parametrize("down,up,state", [
    (["status", "tenant01", "suspended"], ["status", "tenant01", "active"], "suspended"),
    (["status", "tenant01", "expired"], ["status", "tenant01", "active"], "expired"),
    (["bot", "stop", "tenant01"], ["bot", "start", "tenant01"], "stopped"),
])
def test_closing_and_coming_back_are_acknowledged(live, down, up, state):
    told(live.home, *down)
    assert live.home.json("bot", "status", "tenant01")["state"] == state
    disconnected(live)
    # a new session may have to wait until the gateway allows another IDENTIFY
    told(live.home, *up)
    assert live.home.json("bot", "status", "tenant01")["state"] == "running"


def test_restart_is_acknowledged_by_a_new_session(live):
    before = live.sandbox.control(do="sessions", bot=BOT)
    told(live.home, "bot", "restart", "tenant01")
    after = live.sandbox.control(do="sessions", bot=BOT)
    assert after["identifies"] + after["resumes"] > before["identifies"] + before["resumes"]


def test_delete_is_acknowledged_when_the_connection_is_closed(live):
    told(live.home, "--yes", "delete", "tenant01")
    disconnected(live)


def test_maintenance_keeps_the_bot_connected(live):
    told(live.home, "status", "tenant01", "maintenance")
    assert live.home.json("bot", "status", "tenant01")["state"] == "running"


# --- nothing to push to ---

@pytest.mark.parametrize("words,reason", [
    (["status", "tenant01", "suspended"], "suspended"), (["status", "tenant01", "expired"], "expired"),
    (["bot", "stop", "tenant01"], "stopped"),
])
def test_a_silent_bot_has_nothing_to_be_told(live, words, reason):
    live.home.ok(*words)
    push(write(live.home, "features", "tenant01", "welcome", "enable"), "none", reason, 0)


def test_unchanged(live):
    push(write(live.home, "features", "tenant01", "shop", "enable"), "none", "unchanged", 0)


# --- pending and pushed ---

def test_no_push_is_left_to_the_daemon_which_delivers(live):
    push(write(live.home, "--no-push", "features", "tenant01", "welcome", "enable"), "pending", "no_push", 0)
    live.applied()
    live.settled()


def test_no_daemon(live):
    live.daemon.end()
    result = write(live.home, "features", "tenant01", "welcome", "enable")
    push(result, "pushed", "no_daemon", 5)
    assert "no daemon" in result.err


def test_without_a_daemon_goods_are_said_to_be_queued_only(live):
    live.daemon.end()
    live.home.ok("--quiet", "--no-push", "-f", "-", stdin="features tenant01 shop enable\nproduct add tenant01 DL Lock 1\n"
                 "stock add tenant01 DL one\nbalance add tenant01 5 5 --growid Budi99\n")
    bought = live.home.run("-o", "json", "buy", "tenant01", 5, "DL", 1)
    assert bought.status == 0 and "queued: no daemon serves tenant01" in bought.err, repr(bought)
    with sqlite3.connect(live.home.db) as db:
        db.execute("DELETE FROM deliveries")
    again = ("stock", "redeliver", "tenant01", bought.json["transaction"]["transaction_id"])
    assert "queued" not in live.home.ok(*again, "--dry-run").err and "no daemon" in live.home.ok(*again).err


def test_no_wait(live):
    result = write(live.home, "--wait", 0, "features", "tenant01", "welcome", "enable")
    state = result.lines[0]["push"]["state"]
    assert state in ("pushed", "pending")  # as Discord's answer was here in time or not
    push(result, state, "no_wait", 0)
    live.posted(result.lines[0])
    live.applied()


@pytest.mark.parametrize("path,states", [("*/messages", ["pending"]), ("*/members/@me", ["pushed", "pending"])])
def test_who_does_not_wait_is_not_held_by_a_slow_answer(live, path, states):
    live.sandbox.control(do="fault", on="rest", kind="latency", ms=int(LIMIT * 1000), path=path, times=0)
    begun = time.monotonic()
    result = write(live.home, "--wait", 0, "config", "tenant01", "nickname", "Keeper")
    assert time.monotonic() - begun < LIMIT / 2
    state = result.lines[0]["push"]["state"]
    assert state in states
    push(result, state, "no_wait", 0)
    live.sandbox.control(do="clear_faults")
    live.applied()
    live.settled()


def test_timeout(live):
    live.sandbox.control(do="fault", on="gateway", kind="silent", bot=BOT)
    with live.frozen():
        push(write(live.home, "--wait", 3 * SLOW, "features", "tenant01", "welcome", "enable"), "pushed", "timeout", 5)


def test_unreachable(live):
    live.daemon.end()
    live.sandbox.end()
    result = write(live.home, "--wait", 3 * SLOW, "features", "tenant01", "welcome", "enable")
    push(result, "pending", "unreachable", 5)
    assert live.home.json("push", "list")["items"]


def test_forbidden(live):
    live.sandbox.control(do="fault", on="rest", kind="status", status=403, method="POST",
                         path=f"/channels/{CONTROL}/messages", times=0)
    live.daemon.end()
    push(write(live.home, "features", "tenant01", "welcome", "enable"), "pending", "forbidden", 5)


def test_a_control_channel_that_is_taken_away_ends_what_failed_there(live):
    live.sandbox.control(do="fault", on="rest", kind="status", status=403, method="POST",
                         path=f"/channels/{CONTROL}/messages", times=0)
    live.daemon.end()
    push(write(live.home, "features", "tenant01", "welcome", "enable"), "pending", "forbidden", 5)
    assert "control" in {p["kind"] for p in live.home.json("push", "list")["items"]}
    result = write(live.home, "channels", "tenant01", "control", "none")
    assert "control" not in result.err and result.json["push"]["reason"] == "no_daemon", repr(result)
    assert live.home.json("push", "list")["items"] == []
    summary = live.home.json("summary")
    assert [summary["push"][state] for state in ("pending", "leased", "failed")] == [0, 0, 0]
    assert not [n for n in summary["needs"] if "push" in n["what"]], summary["needs"]


def test_a_running_bot_obeys_when_its_control_channel_is_taken_away(live):
    live.sandbox.control(do="fault", on="rest", kind="status", status=403, method="POST",
                         path=f"/channels/{CONTROL}/messages", times=0)
    write(live.home, "features", "tenant01", "welcome", "enable")
    told(live.home, "channels", "tenant01", "control", "none")
    live.settled()


def test_a_refused_token(live):
    live.sandbox.control(do="revoke_token", bot=BOT)
    push(write(live.home, "features", "tenant01", "welcome", "enable"), "pending", "token_refused", 5)
    assert live.show()["token"] == "refused"


def test_a_missing_key_is_no_refused_token(live):
    live.daemon.end()
    os.rename(live.home.key, live.home.key + ".away")
    result = write(live.home, "features", "tenant01", "welcome", "enable")
    push(result, "pending", "key_missing", 5)
    assert "key" in result.error["message"] and "--key-file" in result.error["hint"], repr(result)
    assert live.show()["token"] == "set"
    rows = live.home.json("push", "list")["items"]
    assert rows and all((r["state"], r["attempts"]) == ("pending", 0) for r in rows), rows
    os.rename(live.home.key + ".away", live.home.key)
    live.daemon.start()
    live.applied()
    live.settled()


def spoil_key(home, how):
    if how == "key_missing":
        os.remove(home.key)
    elif how == "key_unsafe":
        os.chmod(home.key, 0o644)
    elif how == "key_wrong":
        with open(home.key, "w", encoding="ascii") as f:
            f.write("ab" * 32 + "\n")
    else:
        with sqlite3.connect(home.db) as db:
            db.execute("UPDATE tokens SET sealed = randomblob(length(sealed))")
        db.close()


@pytest.mark.parametrize("how", ["key_missing", "key_wrong", "key_unsafe", "token_unreadable"])
def test_a_token_that_this_console_cannot_read(live, how):
    """What it cannot send is told as pending with the reason; a daemon that read the key before serves on."""
    with open(live.home.key, encoding="ascii") as f:
        key = f.read()
    delivered = lambda: live.home.json("push", "list")["items"] == []
    until("the outbox is empty", delivered)
    spoil_key(live.home, how)
    assert live.show()["token"] == "set" and live.home.run("list").status == 0
    # The bot obeys, and where the daemon can read the token it sends what the console could not.
    told(live.home, "features", "tenant01", "welcome", "enable")
    assert live.show()["applied_revision"] == live.show()["revision"]
    until("the outbox is empty", lambda: how == "token_unreadable" or delivered())
    assert "not judged" not in live.daemon.log
    # What is sent again has no revision that could be acknowledged.
    result = write(live.home, "sync", "tenant01")
    push(result, "pending", how, 5)
    assert len(result.err.splitlines()) == 1, repr(result)
    error = live.home.run("-o", "json", "channels", "tenant01", "logs", "create")
    assert error.status == 4 and error.error["code"] == ("db_damaged" if how == "token_unreadable" else how), repr(error)
    doctor = live.home.run("-o", "json", "doctor")
    wrong = [c["name"] for c in doctor.json["checks"] if not c["ok"]]
    assert doctor.status == 1 and ("sealed" if how == "token_unreadable" else "key") in wrong, repr(doctor)
    if how == "token_unreadable":
        return
    live.daemon.end()
    bot = live.home.run("--bot")
    assert bot.status == 4 and len(bot.err.splitlines()) <= 2, repr(bot)
    push(write(live.home, "features", "tenant01", "welcome", "disable"), "pending", how, 5)
    push(write(live.home, "push", "retry"), "pending", how, 5)
    with open(live.home.key, "w", encoding="ascii") as f:
        f.write(key)
    os.chmod(live.home.key, 0o600)
    live.daemon.start()
    live.applied()
    until("the outbox is empty", delivered)


def test_without_control_channel_it_counts_as_taken(live):
    live.home.ok("channels", "tenant01", "control", "none")
    push(write(live.home, "--wait", 0, "features", "tenant01", "welcome", "enable"), "pending", "no_wait", 0)
    live.applied()
    live.daemon.end()
    push(write(live.home, "features", "tenant01", "welcome", "disable"), "pending", "no_daemon", 5)


def test_a_part_that_discord_refuses_for_good_is_kept_and_listed(live):
    live.sandbox.control(do="fault", on="rest", kind="status", status=400, method="PUT", path="*/commands", times=0)
    told(live.home, "features", "tenant01", "welcome", "enable")
    live.home.ok("plan", "tenant01", "enterprise")
    tries = (live.home.json("settings", "tenant01", "custom_commands", "rules", f"Be {n} times kind") for n in range(3))
    failed = next(d["push"]["failed"] for d in tries if d["push"].get("failed"))  # told if known in half a second
    assert "commands" in [f["kind"] for f in failed], failed
    items = live.failed()
    assert [(i["kind"], i["state"]) for i in items] == [("commands", "failed")]
    for item in items:
        assert set(item) >= {"push", "tenant_id", "revision", "kind", "state", "attempts", "reason", "next"}
    live.sandbox.control(do="clear_faults")
    live.home.ok("push", "retry")
    until("it is delivered", lambda: live.home.json("push", "list")["items"] == [])


# --- what Discord is told ---

def test_guild_commands_and_nickname_follow(live):
    live.home.ok("config", "tenant01", "nickname", "Shop Keeper")
    member = live.sandbox.control(do="member", guild=GUILD, member=BOT)["member"]
    until("the nickname", lambda: live.sandbox.control(do="member", guild=GUILD, member=BOT)["member"]["nick"] ==
          "Shop Keeper")
    assert member is not None
    live.home.ok("settings", "tenant01", "custom_commands", "rules", "Be kind, {user}")
    names = lambda: {c["name"] for c in live.sandbox.control(do="commands", guild=GUILD, bot=BOT)["commands"]}
    until("the command", lambda: "rules" in names())
    assert {"help", "ping", "tenant-admin"} <= names()
    live.home.ok("settings", "tenant01", "custom_commands", "rules", "none")
    until("it is gone", lambda: "rules" not in names())


def test_nothing_is_written_that_is_there_already(live):
    live.home.ok("features", "tenant01", "welcome", "enable")
    live.settled()
    since = live.sandbox.control(do="requests", limit=1)["last"]
    live.home.ok("features", "tenant01", "leveling", "disable")
    live.settled()
    writes = [r for r in live.sandbox.control(do="requests", since=since)["requests"]
              if r["method"] in ("PUT", "PATCH") and "reactions" not in r["path"]]
    assert writes == []


def test_dry_run_shows_the_calls_and_makes_none(live):
    live.settled()
    since = live.sandbox.control(do="requests", limit=1)["last"]
    plan = live.home.json("--dry-run", "config", "tenant01", "nickname", "Keeper")
    assert any(c["method"] == "PATCH" and c["path"].endswith("/members/@me") for c in plan["discord"])
    assert any(c["method"] == "POST" and c["path"].endswith(f"/channels/{CONTROL}/messages") for c in plan["discord"])
    assert plan["calls"] == len(plan["discord"]) and plan["seconds"] >= 0
    seen = [r for r in live.sandbox.control(do="requests", since=since)["requests"]]
    assert seen == []


@pytest.mark.parametrize("words", [("rename", "tenant01", "Other"), ("bot", "restart", "tenant01"), ("bot", "stop", "tenant01"),
                                   ("status", "tenant01", "maintenance"), ("status", "tenant01", "suspended"),
                                   ("token", "tenant01", "set"), ("channels", "tenant01", "logs", "create"),
                                   ("channels", "tenant01", "control", "create"), ("sync", "tenant01"),
                                   ("config", "tenant01", "nickname", "Keeper")], ids=" ".join)
def test_a_dry_run_foretells_what_the_real_run_sends(live, words):
    def calls(requests):
        return {(r["method"], r["path"].split("/api/v10")[-1]) for r in requests}
    stdin = TOKEN + "x\n" if words[0] == "token" else None
    live.sandbox.control(do="set_token", bot=BOT, token=TOKEN + "x") if stdin else None
    live.applied()
    live.settled()
    since = live.sandbox.control(do="requests", limit=1)["last"]
    plan = live.home.json("--dry-run", *words, stdin=stdin)
    assert live.sandbox.control(do="requests", since=since)["requests"] == []
    result = live.home.ok("-o", "json", *words, stdin=stdin)
    live.settled()
    made = calls(r for r in live.sandbox.control(do="requests", since=since)["requests"]
                 if "/reactions/" not in r["path"] and "/gateway" not in r["path"])
    # Whose a new token is only Discord's answer tells.
    foretold = {(m, p.replace("/applications/@me/guilds/", f"/applications/{BOT}/guilds/")) for m, p in calls(plan["discord"])}
    if words[-2:] == ("control", "create"):
        new = next(c["id"] for c in live.sandbox.control(do="channels", guild=GUILD)["channels"] if "tenanttui" in (c["topic"] or ""))
        foretold = {(m, p.replace("/channels/new/", f"/channels/{new}/")) for m, p in foretold}
    made -= {("GET", "/applications/@me")} - foretold  # a bot that connects asks by itself
    # What is remembered nowhere is looked at first, and may turn out to be right.
    unsure = {("PUT", p) for m, p in foretold if m == "GET"}
    assert made - unsure == foretold - unsure and made <= foretold, repr(result)


def test_audit_reason_carries_the_audit_number(live):
    number = live.home.json("config", "tenant01", "nickname", "Keeper")["audit"]
    live.settled()
    patch = next(r for r in live.sandbox.control(do="requests", method="PATCH")["requests"] if "members" in r["path"])
    assert str(number) in json.dumps(patch)


# --- sync ---

def test_sync_of_a_tenant_in_step(live):
    result = write(live.home, "sync", "tenant01")
    push(result, "acknowledged", None, 0)


def test_sync_fresh_repairs_what_somebody_changed_there(live):
    live.home.ok("config", "tenant01", "nickname", "Keeper")
    live.settled()
    live.sandbox.control(do="member_update", guild=GUILD, member=BOT, nick="Somebody Else")
    live.home.ok("sync", "tenant01", "--fresh")
    until("the nickname", lambda: live.sandbox.control(do="member", guild=GUILD, member=BOT)["member"]["nick"] == "Keeper")


def test_sync_all_has_a_document_for_each_tenant(live):
    live.home.create("tenant02", guild=77, plan="basic")
    documents = live.home.run("-o", "jsonl", "sync", "--all").lines
    assert "tenant01" in [d["tenant_id"] for d in documents]
    listing = live.home.run("-o", "json", "sync", "--all").json
    assert live.home.run("-o", "json", "--fields", "tenant_id,push.state", "sync", "--all").json["items"][0].keys() == {"tenant_id", "push"}
    assert "tenant01" in [d["tenant_id"] for d in listing["items"]] and listing["next"] is None
    rows = live.home.run("-o", "csv", "sync", "--all").out.splitlines()
    assert len([r for r in rows if r.startswith("tenant_id,")]) == 1


def test_sync_delivers_what_stayed_behind(live):
    live.daemon.end()
    live.home.run("--wait", 0, "--no-push", "features", "tenant01", "welcome", "enable")
    assert live.home.json("push", "list")["items"]
    result = write(live.home, "sync", "tenant01")
    push(result, "pushed", "no_daemon", 5)
    assert live.home.json("push", "list")["items"] == []


# --- batches and waiting beside ---

def test_a_batch_waits_beside_and_keeps_the_order(live):
    lines = [w for n in range(10) for w in ("-c", f"features tenant01 welcome {'enable' if n % 2 == 0 else 'disable'}")]
    result = live.home.ok("-o", "jsonl", *lines)
    assert [d["push"]["state"] for d in result.lines] == ["acknowledged"] * 10
    revisions = [d["revision"] for d in result.lines]
    assert revisions == sorted(revisions)


def test_atomic_pushes_once(live):
    before = live.control_messages()
    result = live.home.ok("--atomic", "-o", "jsonl", "-c", "features tenant01 welcome enable", "-c",
                          "features tenant01 leveling disable", "-c", "config tenant01 language en")
    assert [d["push"]["state"] for d in result.lines] == ["acknowledged"] * 3, repr(result)
    assert live.control_messages() == before + 1
    assert len({d["revision"] for d in result.lines}) == 1 and live.show()["revision"] == result.lines[0]["revision"]


def test_atomic_foretells_the_one_push_of_each_tenant(live):
    lines = ["-c", "features tenant01 welcome enable", "-c", "features tenant01 leveling disable", "-c", "config tenant01 nickname Keeper"]
    revision = live.show()["revision"]
    plans = live.home.run("--atomic", "--dry-run", "-o", "jsonl", *lines).lines
    calls = [c for p in plans for c in p["discord"]]
    messages = [c for c in calls if c["path"].endswith("/messages")]
    assert len(messages) == 1 and f'"revision":{revision + 1},' in messages[0]["body"]["content"], plans
    assert len([c for c in calls if c["method"] == "PATCH"]) == 1
    assert [p["calls"] for p in plans] == [len(p["discord"]) for p in plans]
    # without --atomic every line is a push
    plans = live.home.run("--dry-run", "-o", "jsonl", *lines).lines
    assert [len([c for c in p["discord"] if c["path"].endswith("/messages")]) for p in plans] == [1, 1, 1]


def test_a_bot_stopped_within_a_transaction_is_waited_for(live):
    result = write(live.home, "--atomic", "-c", "bot stop tenant01", "-c", "features tenant01 welcome enable")
    assert [(d["push"]["state"], d["push"]["reason"]) for d in result.lines] == [("acknowledged", None), ("none", "stopped")]
    disconnected(live)


def test_separate_runs_are_one_user_of_the_token(live):
    """Five control messages in five seconds is what Discord allows: the runs after them wait, and no answer is wasted."""
    live.applied()
    since = live.sandbox.control(do="requests", limit=1)["last"]
    for number in range(8):
        live.home.ok("features", "tenant01", "welcome", "disable" if number % 2 else "enable")
    live.settled()
    seen = live.sandbox.control(do="requests", since=since)["requests"]
    assert len([r for r in seen if r["path"].endswith(f"/{CONTROL}/messages")]) >= 5
    assert [r for r in seen if r["status"] == 429] == []


def test_five_never_stops_a_batch(live):
    live.daemon.end()
    result = live.home.run("-o", "jsonl", "-c", "features tenant01 welcome enable", "-c", "rename tenant01 Later")
    assert result.status == 5 and len(result.lines) == 2, repr(result)
    result = live.home.run("--keep-going", "-o", "jsonl", "-c", "features tenant01 welcome disable", "-c", "show nobody")
    assert result.status == 1


def test_an_interrupted_wait_keeps_what_was_saved(live):
    with live.frozen():
        words = ("features", "tenant01", "welcome", "enable")
        process = live.home.popen("--wait", 3 * LIMIT, *words, stderr=subprocess.PIPE)
        until("it is saved", lambda: live.show()["revision"] > 2 and live.messages(CONTROL))
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT) == 130
        assert b"interrupted" in process.stderr.read()
        process.stderr.close()
    assert live.applied()["features"]["welcome"] is True


@pytest.mark.parametrize("words,documents", [
    (["features", "tenant01", "welcome", "enable"], 1),
    (["-c", "features tenant01 welcome enable", "-c", "rename tenant01 Later", "-c", "features tenant01 leveling disable"], 3),
    (["--atomic", "-c", "features tenant01 welcome enable", "-c", "features tenant01 leveling disable"], 2)],
    ids=["one", "several", "atomic"])
def test_an_interrupted_wait_still_prints_the_documents(live, words, documents):
    pipe = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    before = live.control_messages()
    with live.frozen():
        process = live.home.popen("-o", "jsonl", "--wait", 3 * LIMIT, *words, **pipe)
        until("it waits", lambda: len(live.messages(CONTROL)) > before)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LIMIT)
    lines = [json.loads(line) for line in out.splitlines()]
    assert process.returncode == 130 and len(lines) == documents, (out, err)
    waited = [d["push"] for d in lines if d["revision"] and d["push"]["reason"] != "unchanged"]
    assert all((p["state"], p["reason"]) == ("pending", "interrupted") for p in waited), out
    assert [json.loads(line)["error"]["code"] for line in err.splitlines()] == ["interrupted"]


def test_restore_waits_for_the_pushes_before_it(live, tmp_path):
    live.home.ok("backup", tmp_path / "backup.db")
    live.daemon.end()
    result = live.home.run("-o", "jsonl", "--yes", "-c", "features tenant01 welcome enable",
                           "-c", f"restore {tmp_path / 'backup.db'}")
    assert result.status == 5 and "db_locked" not in result.err and len(result.lines) == 2, repr(result)
    assert live.show()["features"]["welcome"] is False


# --- tokens and channels ---

def test_an_interrupt_ends_the_wait_for_discord(live):
    live.sandbox.process.send_signal(19)
    try:
        process = live.home.popen("token", "tenant01", "check", stderr=subprocess.PIPE)
        until("it asks", lambda: len(os.listdir(f"/proc/{process.pid}/task")) > 1)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT) == 130 and time.monotonic() - begun < 10
        process.stderr.close()
    finally:
        live.sandbox.process.send_signal(18)


def test_token_check(live):
    document = live.home.json("token", "tenant01", "check")
    assert TOKEN not in json.dumps(document)
    live.sandbox.control(do="revoke_token", bot=BOT)
    assert live.home.run("-o", "json", "token", "tenant01", "check").status == 1


def test_a_token_that_discord_refuses_is_not_saved(parts):
    result = parts.home.run("-o", "json", "token", "tenant01", "set", stdin="NTU1.wrong0.token\n")
    assert result.status == 1, repr(result)
    assert parts.show()["token"] == "none"


def test_whose_an_unchecked_token_is_is_learned_when_it_connects(parts):
    """The first part of a token is no fact: this one names another application."""
    parts.sandbox.control(do="set_token", bot=BOT, token="MTIzNDU2Nzg5MDEyMzQ1Njc4.other0.this-is-the-secret-part")
    result = parts.home.ok("--no-push", "token", "tenant01", "set", stdin="MTIzNDU2Nzg5MDEyMzQ1Njc4.other0.this-is-the-secret-part\n")
    assert "not checked" in result.err
    parts.home.create("tenant02", guild=77)
    said = parts.home.fails(1, "taken", "--no-push", "token", "tenant02", "set",
                            stdin="MTIzNDU2Nzg5MDEyMzQ1Njc4.other0.this-is-the-secret-part\n")
    assert "tenant01" in said["message"]
    parts.start_daemon()
    until("it runs", lambda: parts.show()["bot"]["state"] == "running")
    plan = parts.home.json("--dry-run", "sync", "tenant01", "--fresh")
    assert any(f"/applications/{BOT}/" in c["path"] for c in plan["discord"]), plan
    # so a second tenant is refused the same bot under any token of it
    parts.sandbox.control(do="set_token", bot=BOT, token=TOKEN)
    assert BOT in parts.home.fails(1, "taken", "token", "tenant02", "set", stdin=TOKEN + "\n")["message"]


def test_a_bot_that_turns_out_to_be_anothers_does_not_serve(live):
    """Set unchecked for a second tenant under a token that names nobody."""
    live.home.create("tenant02", guild=77)
    live.sandbox.control(do="set_token", bot=BOT, token="names.nobody.at-all")
    live.home.ok("--no-push", "token", "tenant02", "set", stdin="names.nobody.at-all\n")
    bot = until("it gave up", lambda: (b := live.home.json("bot", "status", "tenant02"))["state"] == "error" and b)
    assert "tenant01" in bot["error"], bot


def test_a_token_from_a_file(parts, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(TOKEN + "\n")
    parts.start_daemon()
    parts.home.ok("token", "tenant01", "set", "--from", secret)
    assert parts.show()["token"] == "set"
    parts.home.ok("token", "tenant01", "clear", "--yes")
    assert parts.show()["token"] == "none"


def test_an_application_belongs_to_one_tenant(live):
    live.home.create("tenant02", guild=77)
    result = live.home.run("-o", "json", "token", "tenant02", "set", stdin=TOKEN + "\n")
    assert (result.status, result.error["code"]) == (1, "taken"), repr(result)


def test_creating_a_channel_asks_discord_and_commits_its_id(live):
    document = live.home.json("channels", "tenant01", "logs", "create")
    channel = live.show()["channels"]["logs"]
    assert document["changed"] and channel
    there = {c["id"]: c for c in live.sandbox.control(do="channels", guild=GUILD)["channels"]}
    assert there[channel]["topic"] == "tenanttui tenant01 logs"
    live.home.ok("undo")
    assert live.show()["channels"]["logs"] is None
    live.home.ok("channels", "tenant01", "logs", "create")
    assert live.show()["channels"]["logs"] == channel  # the one that was left is found by its topic


# --- the daemon as a face ---

def test_one_daemon_for_each_database(live):
    result = live.home.run("--bot")
    assert result.status == 1 and str(live.daemon.process.pid) in result.err, repr(result)


def test_the_daemon_ends_cleanly(live):
    assert live.daemon.end() == 0
    assert live.home.json("bot", "status", "tenant01")["state"] == "stopped"


def test_logs(live):
    items = live.home.json("logs")["items"]
    assert items and any(i.get("tenant") == "tenant01" or i.get("tenant_id") == "tenant01" for i in items), items[:3]
    assert TOKEN not in json.dumps(items) and TOKEN not in live.daemon.log


def test_admin_commands_obey_the_roles(live):
    from live import MEMBER, OPERATOR, RENTER, VIEWER
    assert live.answer(MEMBER, "!tenant-admin features tenant01 leveling disable")
    assert live.show()["features"]["leveling"] is True
    assert live.home.json("audit", "tenant01")["items"][0]["who"].endswith(MEMBER)
    assert live.answer(VIEWER, "!tenant-admin features tenant01 leveling disable")
    assert live.show()["features"]["leveling"] is True
    assert live.answer(OPERATOR, "!tenant-admin features . leveling disable")
    assert live.applied()["features"]["leveling"] is False
    assert live.answer(RENTER, "!tenant-admin features . leveling enable")
    assert live.applied()["features"]["leveling"] is True
    assert live.answer(RENTER, "!tenant-admin plan . enterprise")
    assert live.show()["plan"] == "premium"
