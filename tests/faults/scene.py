"""Live worlds for the tests of faults: what was asked of Discord, and what the bot's session went through."""

import contextlib

from live import BOT, CONTROL, GENERAL, GUILD, TOKEN, Live, bot, guild, seed
from program import LIMIT, SLOW, Home, until

MESSAGES = f"/channels/{CONTROL}/messages"
COMMANDS = f"/applications/{BOT}/guilds/{GUILD}/commands"


@contextlib.contextmanager
def world(path, limits=None, count=1, **how):
    """A sandbox without the pace that Discord sets for IDENTIFY, a daemon, tenant01 running."""
    live = Live(Home(path), seed(count, limits={"identify": False, "requests": 100000, **(limits or {})}), **how)
    try:
        live.start()
        yield live
    finally:
        live.end()
    unharmed(live)


def unharmed(live):
    """Whatever happened, the daemon ended when it was asked to, and nothing complained in its log or the sandbox's."""
    assert live.daemon.process.returncode in (0, -9), live.daemon.log[-3000:]
    with open(live.sandbox.log.name, encoding="utf-8", errors="replace") as f:
        logs = live.daemon.log + f.read()
    for word in ("Sanitizer", "runtime error:", "Assertion"):
        assert word not in logs, logs[max(0, logs.find(word) - 500):][:4000]


def fault(live, on, kind, **more):
    return live.sandbox.control(do="fault", on=on, kind=kind, **more)


def requests(live, since=0, **more):
    return live.sandbox.control(do="requests", since=since, limit=100000, **more)["requests"]


def last_request(live):
    return live.sandbox.control(do="requests", limit=0)["last"]


def session(live, bot_id=BOT):
    """How often the bot identified and resumed, and whether it has a session that is ready."""
    answer = live.sandbox.control(do="sessions", bot=bot_id)
    ready = any(s["state"] == "ready" for s in answer["sessions"])
    return answer["identifies"], answer["resumes"], ready


def wait_session(live, identifies, resumes, limit=None):
    """Until the bot is ready again after this many IDENTIFY and RESUME in all."""
    try:
        until(f"{identifies} identifies and {resumes} resumes", lambda: session(live) == (identifies, resumes, True),
              limit or 20 * SLOW)
    except AssertionError as late:
        raise AssertionError(f"{late}: {session(live)}\n{live.daemon.log[-3000:]}") from None


def change(live, wait=LIMIT):
    """A change that is another each time; the run."""
    on = live.show()["features"]["welcome"]
    return live.home.run("-o", "jsonl", "--wait", wait, "features", live.tenant, "welcome", "off" if on else "on")


def acknowledged(live, wait=LIMIT):
    """The next change is obeyed and said to be."""
    result = change(live, wait)
    assert result.status == 0, f"{result!r}\n{live.daemon.log[-3000:]}"
    push = result.lines[0]["push"]
    assert push["state"] == "acknowledged", f"{result!r}\n{live.daemon.log[-3000:]}"
    return push


def settled(live):
    live.settled()


def control_messages(live):
    return [m for m in live.messages(CONTROL) if m["content"].startswith("tenanttui/1 ")]


def alive(live):
    """The bot hears a member and answers once."""
    after = live.say("333333333333333333", "!ping")
    live.heard(after)
    return after


__all__ = ["BOT", "COMMANDS", "CONTROL", "GENERAL", "GUILD", "MESSAGES", "TOKEN", "acknowledged", "alive", "bot", "change",
           "control_messages", "fault", "guild", "last_request", "requests", "session", "settled", "wait_session", "world"]
