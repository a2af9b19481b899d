"""Discord takes a message and the answer is lost, or it takes none for a while: goods arrive, and once."""

import contextlib
import sqlite3

import pytest

from live import BOT
from program import SLOW, until
from scene import fault, last_request, requests
from shop import DONATIONS, shop

MESSAGES = "/channels/*/messages"
LOST = [("reset", {"after_effect": True}), ("half", {"after_effect": True}), ("garbage", {"after_effect": True})]
LINES = [f"secret {n:03}" for n in range(60)]


pytestmark = pytest.mark.xdist_group("shop_discord")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with shop(tmp_path_factory.mktemp("world") / "home", 12, hostile=True) as scene:
        scene.stock(*LINES)
        yield scene


@pytest.fixture
def world(shared):
    shared.gone("the daemon")
    yield shared
    shared.sandbox.control(do="clear_faults")
    shared.delivered()
    shared.check_parcels(shared.check_books(), LINES)


def dm_posts(world, user, since):
    """The requests that put a message into the buyer's DMs."""
    channel = world.sandbox.control(do="messages", bot=BOT, member=user)["channel"]
    return requests(world, since, method="POST", path=f"/channels/{channel}/messages")


def look_ups(world, user, since):
    channel = world.sandbox.control(do="messages", bot=BOT, member=user)["channel"]
    return requests(world, since, method="GET", path=f"/channels/{channel}/messages")


def buy(world, user):
    """At a console: nothing but the goods is said on Discord."""
    return world.home.json("--no-push", "buy", "tenant01", user, "DL", 1)["transaction"]["transaction_id"]


def leased(world):
    with contextlib.closing(sqlite3.connect(f"file:{world.home.db}?mode=ro", uri=True)) as db:
        return db.execute("SELECT count(*) FROM deliveries WHERE state = 'leased'").fetchone()[0]


def give_up(world, user):
    """Buy where nothing can be sent, until the daemon has tried enough for now."""
    mark = world.log_mark()
    tx = buy(world, user)
    try:
        until("the daemon gives up", lambda: " delivery " in world.daemon.log[mark:], 60 * SLOW)
    except AssertionError as late:
        raise AssertionError(f"{late}\n{world.daemon.log[mark:]}") from None
    return tx


def delivery(world, tx):
    return world.home.json("tx", "show", "tenant01", tx)["delivery"]


@pytest.mark.parametrize("kind,more", [*LOST[:2], ("reset", {}), ("status", {"status": 502}), ("429", {"retry_after": 0.2})],
                         ids=["reset after", "half after", "reset before", "502", "429"])
def test_an_answer_that_is_lost_makes_no_second_parcel(world, kind, more):
    user, since = world.buyers[0], last_request(world)
    fault(world, "rest", kind, method="POST", path=MESSAGES, times=2, **more)
    tx = buy(world, user)
    until("it is noted as sent", lambda: delivery(world, tx) == "sent", 60 * SLOW)
    posts = dm_posts(world, user, since)
    assert len(posts) == 3 and posts[-1]["status"] == 200
    assert len({p["body"]["nonce"] for p in posts if p["body"]}) == 1
    assert all(p["body"]["enforce_nonce"] is True for p in posts if p["body"])


@pytest.mark.parametrize("kind,more", LOST, ids=["reset", "half", "garbage"])
def test_an_outcome_that_stays_unknown_is_looked_up_before_it_is_tried_again(world, kind, more):
    """Discord has it, and no answer ever came: minutes later nothing may rely on the nonce any more."""
    user, since = world.buyers[1], last_request(world)
    fault(world, "rest", kind, method="POST", path=MESSAGES, times=0, **more)
    tx = give_up(world, user)
    world.sandbox.control(do="clear_faults")
    tried, before = len(dm_posts(world, user, since)), last_request(world)
    assert delivery(world, tx) == "pending"
    world.pass_time(200000)
    until("it is noted as sent", lambda: delivery(world, tx) == "sent", 60 * SLOW)
    assert len(look_ups(world, user, before)) == 1 and len(dm_posts(world, user, since)) == tried


def test_what_never_arrived_is_sent_after_the_look_up(world):
    user, since = world.buyers[2], last_request(world)
    fault(world, "rest", "reset", method="POST", path=MESSAGES, times=0)
    tx = give_up(world, user)
    assert len(dm_posts(world, user, since)) >= 3
    world.sandbox.control(do="clear_faults")
    before = last_request(world)
    world.pass_time(200000)
    until("it is noted as sent", lambda: delivery(world, tx) == "sent", 60 * SLOW)
    assert len(look_ups(world, user, before)) == 1 and len(dm_posts(world, user, before)) == 1


def test_a_daemon_killed_before_the_answer_sends_nothing_twice(world):
    """The message is there, the answer never comes, the daemon dies: the next one asks with the same nonce."""
    user = world.buyers[3]
    fault(world, "rest", "hang", method="POST", path=MESSAGES, times=1, after_effect=True)
    tx = buy(world, user)
    until("Discord has it", lambda: tx in world.parcels(), 60 * SLOW)
    world.daemon.kill()
    before = last_request(world)
    assert delivery(world, tx) == "pending"
    world.start_daemon()
    until("it is noted as sent", lambda: delivery(world, tx) == "sent", 60 * SLOW)
    (post,) = dm_posts(world, user, before)
    (message,) = [m for m in world.sandbox.control(do="messages", bot=BOT, member=user)["messages"] if tx in m["content"]]
    assert post["body"]["nonce"] == message["nonce"]


@pytest.mark.parametrize("path", ["/users/@me/channels", MESSAGES], ids=["no channel", "no answer"])
def test_a_daemon_that_ends_while_discord_is_silent_ends_well_and_the_next_one_delivers(world, path):
    user = world.buyers[11]
    fault(world, "rest", "hang", method="POST", path=path, times=0)
    tx = buy(world, user)
    until("it is being sent", lambda: leased(world), 60 * SLOW)
    assert world.daemon.end() == 0 and delivery(world, tx) == "pending"
    world.sandbox.control(do="clear_faults")
    world.start_daemon()
    until("it is noted as sent", lambda: delivery(world, tx) == "sent", 60 * SLOW)


def test_a_channel_that_cannot_be_opened_is_tried_again(world):
    user = world.buyers[4]
    fault(world, "rest", "reset", method="POST", path="/users/@me/channels", times=1, after_effect=True)
    fault(world, "rest", "status", method="POST", path="/users/@me/channels", times=2, status=503)
    tx = buy(world, user)
    until("it is noted as sent", lambda: delivery(world, tx) == "sent", 60 * SLOW)


# --- what is said while nobody listens ---

def away(world, resumes):
    """The daemon is dead, and so is its session unless it RESUMES."""
    world.daemon.kill()
    if not resumes:
        world.sandbox.control(do="limits", resume_ms=0)
        until("its session is gone", lambda: not world.sessions()["sessions"])
        world.sandbox.control(do="limits", resume_ms=180000)


@pytest.mark.parametrize("resumes", [True, False], ids=["resumed", "session lost"])
def test_deposits_told_while_the_bot_was_away_are_counted_once(world, resumes):
    users = world.buyers[5:9]
    world.donate(users[0], 11)
    until("the first is counted", lambda: len(world.credited()) == len(world.deposits))
    before = world.sessions()["identifies"]
    away(world, resumes)
    for user in users:
        for amount in (1, 2):
            world.donate(user, amount)
    world.say(users[0], f"GrowID: Buyer{users[0][-3:]}\nDeposit: 5 World Lock", DONATIONS)
    world.start_daemon()
    until("all are counted", lambda: len(world.credited()) == len(world.deposits), 60 * SLOW)
    assert world.sessions()["identifies"] == before + (not resumes)
    world.donate(users[0], 3)
    until("so is the next", lambda: len(world.credited()) == len(world.deposits))
    refused = world.home.json("deposits", "tenant01", "--refused", "--limit", 0)["items"]
    assert {r["reason"] for r in refused} == {"its author is not one of the listed ones"}
    assert set(world.told(DONATIONS)) <= {message for message, _, _ in world.deposits}


def test_what_was_said_while_deposits_were_off_is_not_counted_later(world):
    ok = lambda *words: world.pushed(*words)
    world.donate(world.buyers[9], 4)
    until("the first is counted", lambda: len(world.credited()) == len(world.deposits))
    ok("features", "tenant01", "donation", "off")
    world.donate(world.buyers[9], 900)
    world.deposits.pop()
    ok("features", "tenant01", "donation", "on")
    away(world, False)
    world.donate(world.buyers[9], 6)
    world.start_daemon()
    until("what came after is counted", lambda: len(world.credited()) == len(world.deposits), 60 * SLOW)


def test_a_long_absence_is_read_page_by_page(world):
    world.donate(world.buyers[10], 1)
    until("the first is counted", lambda: len(world.credited()) == len(world.deposits))
    away(world, False)
    for n in range(230):
        world.donate(world.buyers[10], 1 + n % 7)
    world.start_daemon()
    until("all are counted", lambda: len(world.credited()) == len(world.deposits), 60 * SLOW)


def test_a_channel_that_cannot_be_read_is_read_when_the_next_message_comes(world):
    world.donate(world.buyers[10], 1)
    until("the first is counted", lambda: len(world.credited()) == len(world.deposits))
    away(world, False)
    world.donate(world.buyers[10], 2)
    fault(world, "rest", "status", method="GET", path=f"/channels/{DONATIONS}/messages", status=403)
    mark = world.log_mark()
    world.start_daemon()
    until("it could not be read", lambda: "catchup the channel is not read" in world.daemon.log[mark:], 60 * SLOW)
    world.donate(world.buyers[10], 3)
    until("all are counted", lambda: len(world.credited()) == len(world.deposits), 60 * SLOW)
