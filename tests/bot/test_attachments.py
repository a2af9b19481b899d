"""Stock from a file that is attached on Discord, to a slash command or to a message."""

import os
import re
import secrets
import socket
import threading

import pytest

from botlib import World
from live import BOT, GENERAL, GUILD, MEMBER, OPERATOR, RENTER
from program import LIMIT, Home, until

pytestmark = pytest.mark.xdist_group("bot_attachments")
ATTACHMENTS = "/attachments/*"
MIB = 1 << 20


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    world = World(Home(tmp_path_factory.mktemp("world") / "home"))
    try:
        world.start()
        world.quick()
        world.home.ok("--no-push", "product", "add", "tenant01", "DL", "Diamond Lock", "2 DL")
        world.pushed("sync", "tenant01")
        world.wait("commands", guild=GUILD, bot=BOT, name="tenant-shop")
        yield world
    finally:
        world.end()


@pytest.fixture
def code(world, request):
    """A product of the test's own."""
    name = f"P{abs(hash(request.node.name)) % 10 ** 8}"
    world.home.ok("product", "add", "tenant01", name, "Product", "1")
    return name


def unique(count=1):
    """Lines that no other test has: an item is there once in a tenant."""
    return [f"goods {secrets.token_hex(8)}" for _ in range(count)]


def file_of(*lines, name="stock.txt"):
    return {"filename": name, "content": "".join(f"{line}\n" for line in lines)}


def available(world, code):
    return world.home.json("stock", "count", "tenant01", code)["items"][0]["available"]


def by_slash(world, code, file, member=RENTER, **options):
    report = world.slash(member, "tenant-shop stock import", code=code, file=file, **options)
    return report["message"]["content"], report["ephemeral"]


def by_message(world, line, *files, member=RENTER):
    """The bot's reply to a line with files attached."""
    said = world.say(member, f"!tenant-admin {line}", attachments=list(files))
    return world.wait("message", channel=GENERAL, after=said, author=BOT)["message"]["content"]


def fetched(world, since):
    return [r for r in world.requests(since) if r["path"].startswith("/attachments")]


def test_the_lines_of_a_slash_command_s_file_are_items(world, code):
    text, ephemeral = by_slash(world, code, file_of("first secret", "second secret", name="goods.csv"))
    assert ephemeral and "2 items" in text, text
    assert available(world, code) == 2
    row = world.home.json("audit", "tenant01", "--command", "stock")["items"][0]
    assert row["command"] == f"stock import tenant01 {code} goods.csv" and row["who"] == f"discord:{RENTER}"
    world.home.ok("undo", row["audit"])
    assert available(world, code) == 0


@pytest.mark.parametrize("more", ["", " -", " whatever.txt"])
def test_the_lines_of_a_message_s_file_are_items(world, code, more):
    text = by_message(world, f"stock import . {code}{more}", file_of(*unique(2)))
    assert "2 items" in text, text
    assert available(world, code) == 2


def test_what_is_not_taken_is_told_by_its_line(world, code):
    before, new, another = unique(3)
    world.home.ok("stock", "add", "tenant01", code, before)
    text, ephemeral = by_slash(world, code, file_of(new, before, "", "x" * 2001, new, another))
    assert ephemeral and "2 items" in text, text
    for line in (2, 4, 5):
        assert f"line {line} " in text, text
    assert "line 1 " not in text and "goods" not in text
    assert available(world, code) == 3


def test_nothing_of_it_is_in_a_log(world, code):
    by_slash(world, code, file_of("unmistakable goods", name="private.txt"))
    by_message(world, f"stock import . {code}", file_of("unmistakable too"))
    for path in (world.home.db + ".log", world.daemon.log_path):
        with open(path, encoding="utf-8") as f:
            log = f.read()
        assert "unmistakable" not in log and "hm=" not in log and "/attachments/" not in log


def test_who_may_not_import_makes_the_bot_fetch_nothing(world, code):
    since = world.mark()
    text, _ = by_slash(world, code, file_of("goods"), member=MEMBER)
    assert "this needs" in text
    assert "this needs" in by_message(world, f"stock import . {code}", file_of("goods"), member=MEMBER)
    text, _ = by_slash(world, "NOSUCH", file_of("goods"))
    assert "NOSUCH" in text
    assert fetched(world, since) == [] and available(world, code) == 0


def test_what_is_attached_must_be_a_list(world, code):
    since = world.mark()
    for file in (file_of("goods", name="stock.exe"), file_of("goods", name="txt"), file_of("goods", name=".txt")):
        assert ".txt or .csv" in by_slash(world, code, file)[0]
    assert ".txt or .csv" in by_message(world, f"stock import . {code} -")
    assert "needs file" in by_message(world, f"stock import . {code}")
    assert "several" in by_message(world, f"stock import . {code}", file_of("a"), file_of("b"))
    assert fetched(world, since) == [] and available(world, code) == 0


@pytest.mark.parametrize("name", ["-rf.txt", "two words.txt", "it's \"quoted\".TXT", "x" * 200 + ".txt"])
def test_any_name_of_a_file(world, code, name):
    text, _ = by_slash(world, code, file_of(*unique(), name=name))
    if len(name) < 100:
        assert "1 items" in text or "1 item" in text, text
        assert available(world, code) == 1


# --- where it comes from ---

def crafted(world, code, url, size=10, name="stock.txt"):
    """A message as Discord would never tell of it; the bot's reply."""
    said = world.say(RENTER, "a message to reply to")
    message = {"id": str(int(said) + 1), "channel_id": GENERAL, "guild_id": GUILD, "type": 0, "mentions": [], "embeds": [],
               "author": {"id": RENTER, "username": "renter"}, "member": {"roles": []},
               "content": f"!tenant-admin stock import . {code}",
               "attachments": [{"id": "1", "filename": name, "size": size, "url": url, "proxy_url": url}]}
    world.sandbox.control(do="event", bot=BOT, name="MESSAGE_CREATE", d=message)
    return world.wait("message", channel=GENERAL, after=said, author=BOT)["message"]["content"]


def uploaded(world, content, name="stock.txt"):
    """Where Discord keeps a file."""
    said = world.say(RENTER, "look", attachments=[{"filename": name, "content": content}])
    return next(m for m in world.messages(author=RENTER) if m["id"] == said)["attachments"][0]["url"]


def test_only_discord_s_own_files_are_fetched(world, code):
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0)
    port = listener.getsockname()[1]
    here = world.sandbox.root.removeprefix("http://")
    for url in (f"http://127.0.0.1:{port}/a.txt", f"https://127.0.0.1:{port}/a.txt", f"https://{here}/a.txt",
                f"http://{here}@127.0.0.1:{port}/a.txt", f"http://{here}\\@127.0.0.1:{port}/a.txt",
                f"http://127.0.0.1:{port}/cdn.discordapp.com", "https://cdn.discordapp.com.example/a.txt",
                "http://cdn.discordapp.com/a.txt", "https://cdn.discordapp.com:8443/a.txt", "file:///etc/passwd", "x"):
        text = crafted(world, code, url)
        assert "not where Discord keeps files" in text and "127.0.0.1" not in text, (url, text)
    with pytest.raises(BlockingIOError):
        listener.accept()
    listener.close()


def test_a_file_of_another_size_than_it_says(world, code):
    lines = "".join(f"{line}\n" for line in unique(100))
    url = uploaded(world, lines)
    assert "larger than Discord tells" in crafted(world, code, url, size=len(lines) - 1)
    assert "could not be fetched" in crafted(world, code, url, size=len(lines) + 1)
    assert "larger than 25 MiB" in crafted(world, code, url, size=25 * MIB + 1)
    assert "larger than" in crafted(world, code, url, size=-1)
    assert available(world, code) == 0
    assert "100 items" in crafted(world, code, url, size=len(lines))


def test_the_largest_file(world, code):
    most = 25 * MIB
    count = most // 1001
    lines = "".join(f"{line} {'x' * (999 - len(line))}\n" for line in unique(count))
    assert len(lines) <= most
    assert f"{count} items" in crafted(world, code, uploaded(world, lines), size=len(lines))


def test_an_address_that_is_no_longer_good(world, code):
    line = unique()[0]
    url = uploaded(world, line)
    assert "attach it again" in crafted(world, code, url.partition("?")[0])
    assert "attach it again" in crafted(world, code, re.sub("hm=....", "hm=0000", url))
    assert "1 item" in crafted(world, code, url, size=len(line))


# --- trouble on the way ---

def fault(world, kind, **more):
    world.sandbox.control(do="fault", on="rest", kind=kind, method="GET", path=ATTACHMENTS, **more)


@pytest.mark.parametrize("kind,more", [("reset", {}), ("half", {}), ("status", {"status": 503})])
def test_what_breaks_off_is_fetched_again(world, code, kind, more):
    fault(world, kind, times=2, **more)
    assert "2 items" in by_slash(world, code, file_of(*unique(2)))[0]
    assert available(world, code) == 2


@pytest.mark.parametrize("kind,more", [("reset", {}), ("half", {}), ("status", {"status": 403})])
def test_what_does_not_arrive_changes_nothing(world, code, kind, more):
    fault(world, kind, times=0, **more)
    try:
        text, _ = by_slash(world, code, file_of(*(f"item {n}" for n in range(100))))
        assert "attachment" in text and text.startswith("\u274c"), text
        assert available(world, code) == 0
    finally:
        world.sandbox.control(do="clear_faults")


def test_nobody_waits_for_a_slow_file(world, code):
    fault(world, "latency", ms=int(LIMIT * 250))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(by_slash(world, code, file_of(*(f"slow {n}" for n in range(50))))))
    since = world.mark()
    thread.start()
    try:
        world.reply(MEMBER, "!ping")
        world.reply(MEMBER, "!register Waiting1")
        assert "disabled" in world.reply(OPERATOR, "!tenant-admin features . leveling disable")["content"]
        assert answers == []  # all of it while the file was on its way
    finally:
        thread.join()
    assert "50 items" in answers[0][0] and answers[0][1], answers
    callbacks = [r["body"]["type"] for r in world.requests(since, path="/interactions/*") if r["body"]]
    assert callbacks == [5]  # deferred, finished later
    world.pushed("features", "tenant01", "leveling", "enable")


def test_a_large_file(world, code):
    count = 100000
    text, _ = by_slash(world, code, file_of(*(f"{n:06} of many" for n in range(count))))
    assert f"{count} items" in text, text
    assert available(world, code) == count


def fetching(world):
    """Has the daemon a place for the file? Where only root may look, nobody waits to see."""
    here = f"/proc/{world.daemon.process.pid}/fd"
    try:
        return any("memfd:attachment" in os.readlink(f"{here}/{fd}") for fd in os.listdir(here))
    except FileNotFoundError:
        return False
    except PermissionError:
        return True


def test_a_daemon_that_ends_waits_for_no_file(tmp_path):
    world = World(Home(tmp_path / "home"))
    try:
        world.start()
        world.quick()
        world.home.ok("--no-push", "product", "add", "tenant01", "DL", "Diamond Lock", "2 DL")
        fault(world, "hang", times=0)
        world.say(RENTER, "!tenant-admin stock import . DL", attachments=[file_of("goods")])
        world.reply(MEMBER, "!ping")
        until("it is being fetched", lambda: fetching(world))
        assert world.daemon.end(limit=min(LIMIT, 50)) == 0  # in a minute it would have given the file up
        assert available(world, "DL") == 0
    finally:
        world.end()
