"""The message that shows the stock: edited within five seconds of a change, not more often, and never for nothing.
The daemon's clock is the test's, so minutes take moments."""

import re
import time
import urllib.request
from datetime import datetime

import pytest

from live import BOT, TOKEN
from program import SLOW, until
from scene import fault, last_request, requests
from shop import LIVE, shop

pytestmark = pytest.mark.xdist_group("shop_edits")

APART = 5000  # ms
SECONDS, PER_SECOND = 10, 100


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with shop(tmp_path_factory.mktemp("world") / "home", 4, money=100000, hostile=True) as scene:
        scene.stock(*(f"secret {n:05}" for n in range(SECONDS * PER_SECOND + 500)))
        scene.home.ok("channels", "tenant01", "live_stock", LIVE)
        until("the stock is shown", lambda: shown(scene) == scene.count()["available"], 60 * SLOW)
        yield scene


def shown(world):
    """How many items the message says there are."""
    found = [m for m in world.messages(LIVE, "0", BOT) if m["embeds"]]
    assert len(found) <= 1
    number = found and re.search(r"([\d.,]+) in stock", found[0]["embeds"][0]["description"])
    return int(re.sub(r"\D", "", number[1])) if number else None


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def edits(world, since):
    """What was asked of the message's channel."""
    return [r["method"] for r in requests(world, since) if f"/channels/{LIVE}" in r["path"]]


def test_a_hundred_purchases_a_second_make_an_edit_in_five_seconds(world):
    world.pass_time(2 * APART)
    since, began, passed = last_request(world), time.monotonic(), 0
    stage = PER_SECOND * APART // 1000
    for _ in range(SECONDS * 1000 // APART):
        lines = [f"buy tenant01 {user} DL 1" for user in world.buyers] * (stage // len(world.buyers))
        world.home.ok("--no-push", "--quiet", "-f", "-", stdin="\n".join(lines) + "\n", limit=120 * SLOW)
        world.pass_time(APART)
        passed += APART
        until("what is left is shown", lambda: shown(world) == world.count()["available"], 60 * SLOW)
    passed += (time.monotonic() - began) * 1000
    made = edits(world, since)
    assert set(made) == {"PATCH"}
    assert SECONDS * 1000 // APART <= len(made) <= 1 + passed / APART, (len(made), passed)


def test_a_daemon_that_follows_a_killed_one_keeps_apart_from_its_edits(world):
    """No clock is the test's here: so it takes as long as it says."""
    since = last_request(world)
    patches = lambda: requests(world, since, method="PATCH", path=f"/channels/{LIVE}/messages/*")

    def again():
        world.home.ok("--no-push", "buy", "tenant01", world.buyers[0], "DL", 1)
        world.daemon.kill()
        world.start_daemon()
        world.up()
        return len(patches()) > 2
    until("it was edited three times", again, 60 * SLOW)
    times = [moment(r["time"]) for r in patches()]
    apart = [after - before for before, after in zip(times, times[1:])]
    assert min(apart) >= APART / 1000, apart
    until("what is left is shown", lambda: shown(world) == world.count()["available"], 60 * SLOW)
    world.daemon.kill()
    world.home.ok("--no-push", "buy", "tenant01", world.buyers[0], "DL", 1)
    world.host.step(realtime_ms=APART, monotonic_ms=APART)
    since = last_request(world)
    world.start_daemon()
    until("what changed meanwhile is shown", patches, 60 * SLOW)
    pause = moment(patches()[0]["time"]) - moment(requests(world, since)[0]["time"])  # from its first request on
    assert pause < APART / 1000, pause


def test_an_hour_without_a_change_makes_no_request(world):
    world.delivered_in_time(1000)  # Discord allows 50 requests a second
    world.pass_time(2 * APART)
    until("what is left is shown", lambda: shown(world) == world.count()["available"], 60 * SLOW)
    since = last_request(world)
    for _ in range(60):
        world.pass_time(60 * 1000)
    assert edits(world, since) == []


def test_changes_that_show_nothing_make_no_request(world):
    world.pass_time(2 * APART)
    since = last_request(world)
    item = world.home.json("stock", "list", "tenant01", "DL", "--limit", 1)["items"][0]["item"]
    ok = lambda *words: world.home.ok("--no-push", *words)
    ok("product", "edit", "tenant01", "DL", "price", "3")
    ok("balance", "add", "tenant01", world.buyers[0], "5")
    ok("--atomic", "-c", f"stock reserve tenant01 {item}", "-c", f"stock release tenant01 {item}")
    ok("product", "threshold", "tenant01", "DL", "2")
    world.pushed("features", "tenant01", "welcome", "on")
    for _ in range(3):
        world.pass_time(APART)
    assert edits(world, since) == []
    ok("stock", "reserve", "tenant01", item)
    world.pass_time(APART)
    until("it is shown", lambda: shown(world) == world.count()["available"], 60 * SLOW)
    assert edits(world, since) == ["PATCH"]
    ok("stock", "release", "tenant01", item)


def delete(world, message):
    url = f"{world.sandbox.base}/channels/{LIVE}/messages/{message}"
    headers = {"Authorization": f"Bot {TOKEN}", "User-Agent": "DiscordBot (https://example.org, 1)"}
    urllib.request.urlopen(urllib.request.Request(url, method="DELETE", headers=headers)).close()


def lists(world):
    return [m for m in world.messages(LIVE, "0", BOT) if m["embeds"]]


def test_an_answer_to_somebody_who_asked_for_the_products_does_not_become_the_list(world):
    (message,) = lists(world)
    world.say(world.buyers[0], "!products", LIVE)
    (reply,) = until("he is answered", lambda: [m for m in lists(world) if m["id"] != message["id"]], 60 * SLOW)
    delete(world, message["id"])
    world.home.ok("--no-push", "buy", "tenant01", world.buyers[1], "DL", 7)

    def posted():
        world.pass_time(APART + 1000)
        return [m for m in lists(world) if m["id"] not in (message["id"], reply["id"])]
    until("a new one is posted", posted, 60 * SLOW)
    assert reply["embeds"] in [m["embeds"] for m in lists(world) if m["id"] == reply["id"]]
    delete(world, reply["id"])


def test_a_list_whose_removal_was_cut_short_is_removed_by_the_next_daemon(world):
    (message,) = lists(world)
    fault(world, "rest", "status", method="DELETE", path=f"/channels/{LIVE}/messages/*", times=0, status=503)
    since = last_request(world)
    world.home.ok("--no-push", "channels", "tenant01", "live_stock", "none")

    def asked():
        world.pass_time(APART + 1000)
        return requests(world, since, method="DELETE")
    until("its removal is asked for", asked, 60 * SLOW)
    world.daemon.end()
    world.sandbox.control(do="clear_faults")
    assert lists(world) == [message]
    world.start_daemon()
    until("it is gone", lambda: not lists(world), 60 * SLOW)
