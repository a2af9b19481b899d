"""Discord takes a message and the answer is lost, or it takes none for a while: goods arrive, and once."""

import contextlib
import sqlite3

import pytest

from live import BOT, LOGS
from program import LIMIT, SLOW, until
from scene import fault, last_request, requests
from shop import DONATIONS, GUILD, shop

MESSAGES = "/channels/*/messages"
LOST = [("reset", {"after_effect": True}), ("half", {"after_effect": True}), ("garbage", {"after_effect": True})]
LINES = [f"secret {n:03}" for n in range(60)]
LAST = LINES.pop()  # comes later


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
    shared.check_parcels(shared.check_books(), [*LINES, LAST])


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


def stored(world, question, *values):
    with contextlib.closing(sqlite3.connect(f"file:{world.home.db}?mode=ro", uri=True)) as db:
        return db.execute(question, values).fetchone()[0]


def change(world, statement, *values):
    with contextlib.closing(sqlite3.connect(world.home.db, timeout=LIMIT)) as db, db:
        db.execute(statement, values)


def leased(world):
    return stored(world, "SELECT count(*) FROM deliveries WHERE state = 'leased'")


def sent(world, tx):
    until("it is noted as sent", lambda: delivery(world, tx) == "sent", 60 * SLOW)


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


def pass_discord_s_time(world):
    """Ten minutes that our own clock does not show: Discord has forgotten the nonces."""
    world.ahead = getattr(world, "ahead", 0) + 10 * 60 * 1000
    world.sandbox.control(do="clock", offset_ms=world.ahead)


def test_an_attempt_is_old_although_the_clock_was_set_back_before_the_next_daemon_began(world):
    user = world.buyers[3]
    fault(world, "rest", "hang", method="POST", path=MESSAGES, times=1, after_effect=True)
    tx = buy(world, user)
    until("Discord has it", lambda: tx in world.parcels(), 60 * SLOW)
    world.daemon.kill()
    pass_discord_s_time(world)
    before = last_request(world)
    world.start_daemon()
    sent(world, tx)
    assert len(look_ups(world, user, before)) == 1 and not dm_posts(world, user, before)


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


# --- an earlier attempt, and what was said since ---

def parcels(world, tx):
    return len(world.parcels()[tx])


def tried_again(world):
    """The next attempt has come to nothing, and that is noted."""
    noted = "SELECT count(*) FROM deliveries WHERE kind = 'goods' AND state = 'pending' AND attempts > 0"
    until("the next attempt failed", lambda: stored(world, noted), 60 * SLOW)


def test_a_look_up_that_fails_does_not_forget_the_attempt(world):
    user = world.buyers[1]
    fault(world, "rest", "reset", method="POST", path=MESSAGES, times=0, after_effect=True)
    tx = give_up(world, user)
    world.sandbox.control(do="clear_faults")
    fault(world, "rest", "status", method="GET", path=MESSAGES, times=0, status=503)
    world.pass_time(200000)
    tried_again(world)
    world.sandbox.control(do="clear_faults")
    pass_discord_s_time(world)
    world.pass_time(600000)
    sent(world, tx)
    assert parcels(world, tx) == 1


def test_a_daemon_that_cannot_get_to_the_channel_does_not_forget_its_predecessor_s_attempt(world):
    user = world.buyers[3]
    change(world, "DELETE FROM remote_state WHERE what = ?", f"dm.{user}")
    fault(world, "rest", "hang", method="POST", path=MESSAGES, times=1, after_effect=True)
    tx = buy(world, user)
    until("Discord has it", lambda: tx in world.parcels(), 60 * SLOW)
    world.daemon.kill()
    world.sandbox.control(do="clear_faults")
    fault(world, "rest", "status", method="POST", path="/users/@me/channels", times=0, status=503)
    world.start_daemon()
    tried_again(world)
    world.sandbox.control(do="clear_faults")
    pass_discord_s_time(world)
    world.pass_time(600000)
    sent(world, tx)
    assert parcels(world, tx) == 1



@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "never arrived"])
def test_an_attempt_is_found_however_much_was_said_since(world, arrived):
    user, since = world.buyers[5 if arrived else 6], last_request(world)
    sent(world, buy(world, user))
    channel = world.sandbox.control(do="messages", bot=BOT, member=user)["channel"]
    fault(world, "rest", "reset", method="POST", path=MESSAGES, times=0, after_effect=arrived)
    tx = give_up(world, user)
    world.sandbox.control(do="clear_faults")
    for number in range(230):
        world.say(user, f"where is it? {number}", channel)
    tried, before = len(dm_posts(world, user, since)), last_request(world)
    world.pass_time(200000)
    sent(world, tx)
    pages = look_ups(world, user, before)
    assert len(pages) == (1 if arrived else 3) and len(dm_posts(world, user, since)) == tried + (not arrived)


def low_stock(world):
    """How often it is told that so many are left as there are now."""
    said = world.sandbox.control(do="messages", channel=LOGS, author=BOT, limit=1000)["messages"]
    return [m["content"] for m in said].count(f"**DL** is running low: {world.count()['available']} left.")


def test_an_older_notice_that_says_the_same_is_not_taken_for_one_that_never_arrived(world):
    user = world.buyers[7]
    world.home.ok("--no-push", "product", "threshold", "tenant01", "DL", world.count()["available"] - 1)
    sent(world, buy(world, user))
    until("it is told", lambda: low_stock(world) == 1)
    world.stock(LAST)
    pass_discord_s_time(world)
    world.noticed()
    fault(world, "rest", "reset", method="POST", path=f"/channels/{LOGS}/messages", times=0)
    mark = world.log_mark()
    sent(world, buy(world, user))
    until("the daemon gives up", lambda: " delivery " in world.daemon.log[mark:], 60 * SLOW)
    assert low_stock(world) == 1
    world.sandbox.control(do="clear_faults")
    world.pass_time(200000)
    until("it is told again", lambda: low_stock(world) == 2, 60 * SLOW)
    world.home.ok("--no-push", "product", "threshold", "tenant01", "DL", 0)


# --- the channel of a buyer's direct messages ---

def opened(world, since):
    return len(requests(world, since, method="POST", path="/users/@me/channels"))


def test_a_buyer_s_channel_is_opened_once_and_again_when_it_is_no_more(world):
    user, since = world.buyers[8], last_request(world)
    sent(world, buy(world, user))
    assert opened(world, since) == 1
    world.daemon.kill()
    world.start_daemon()
    sent(world, buy(world, user))
    assert opened(world, since) == 1
    name = f"dm.{user}"
    channel = stored(world, "SELECT value FROM remote_state WHERE what = ?", name)
    change(world, "UPDATE remote_state SET value = '123' WHERE what = ?", name)
    sent(world, buy(world, user))
    assert opened(world, since) == 2
    assert stored(world, "SELECT value FROM remote_state WHERE what = ?", name) == channel


def test_goods_that_cannot_be_read_hold_nobody_else_s_up(world):
    world.daemon.kill()
    broken, whole = buy(world, world.buyers[9]), buy(world, world.buyers[10])
    item = stored(world, "SELECT item FROM stock WHERE tx = (SELECT min(tx) FROM deliveries WHERE kind = 'goods')")
    content = stored(world, "SELECT content FROM stock WHERE item = ?", item)
    change(world, "UPDATE stock SET content = x'0100' WHERE item = ?", item)
    world.start_daemon()
    sent(world, whole)
    assert delivery(world, broken) == "pending"
    change(world, "UPDATE stock SET content = ? WHERE item = ?", content, item)
    world.pass_time(61000)
    sent(world, broken)


# --- whom a slow channel or an absent bot holds up ---

def hang(world, channel):
    fault(world, "rest", "hang", method="POST", path=f"/channels/{channel}/messages", times=0)


@pytest.mark.parametrize("slow", ["posts", "goods"])
def test_where_discord_is_slow_it_holds_up_no_other_place(world, slow):
    """More waits there than is sent at once."""
    first, second = world.buyers[2], world.buyers[6]
    for user in (first, second):
        sent(world, buy(world, user))
    world.delivered()
    world.home.ok("--no-push", "channels", "tenant01", "purchase_log", LOGS)
    hang(world, LOGS if slow == "posts" else stored(world, "SELECT value FROM remote_state WHERE what = ?", f"dm.{first}"))
    held = [buy(world, first) for _ in range(6)]
    tx = buy(world, second)
    sent(world, tx)
    if slow == "posts":
        for tx in held:
            sent(world, tx)
        until("posts wait", lambda: stored(world, "SELECT count(*) FROM deliveries WHERE kind = 'purchase_log'") >= 6)
        leased_posts = "SELECT count(*) FROM deliveries WHERE state = 'leased' AND kind = 'purchase_log'"
        until("some are being sent", lambda: stored(world, leased_posts) == 4)
        sent(world, buy(world, second))
        assert stored(world, leased_posts) == 4
    world.daemon.kill()
    world.sandbox.control(do="clear_faults")
    world.start_daemon()
    world.delivered()
    until("so are the posts", lambda: stored(world, "SELECT count(*) FROM deliveries") == 0, 60 * SLOW)
    world.home.ok("--no-push", "channels", "tenant01", "purchase_log", "none")


def test_what_is_for_a_bot_that_is_not_there_is_left_alone_until_it_is(world):
    user = world.buyers[7]
    world.pushed("bot", "stop", "tenant01")
    until("it has left", lambda: world.sessions()["sessions"] == [])
    changes = lambda: stored(world, "SELECT (SELECT count(*) FROM deliveries WHERE reason <> '' OR tried_at <> 0)")
    tx = buy(world, user)
    for _ in range(3):
        world.host.step(realtime_ms=40000, monotonic_ms=40000)
        world.home.ok("--no-push", "balance", "show", "tenant01", user)
    assert delivery(world, tx) == "pending" and changes() == 0
    world.home.ok("bot", "start", "tenant01")
    sent(world, tx)


# --- direct messages that are closed ---

def told_staff(world, tx):
    """What is said of these goods where nobody bought them."""
    said = world.sandbox.control(do="messages", channel=LOGS, author=BOT, limit=1000)["messages"]
    return [word for m in said if tx in m["content"] for word in ("are closed", "could not be sent: ") if word in m["content"]]


def test_each_purchase_of_a_buyer_whose_direct_messages_are_closed_says_so_and_goods_follow_when_they_are_open(world):
    user = world.buyers[4]
    closed = lambda shut: world.sandbox.control(do="member_update", guild=GUILD, member=user, dms_closed=shut)
    closed(True)
    bought = []
    for _ in range(5):
        bought.append(buy(world, user))
        until("that is noted", lambda: delivery(world, bought[-1]) == "closed", 60 * SLOW)
        until("staff is told", lambda: told_staff(world, bought[-1]) == ["are closed"], 60 * SLOW)
    closed(False)
    for tx in bought:
        world.home.ok("--no-push", "stock", "redeliver", "tenant01", tx)
        sent(world, tx)


def test_what_is_for_a_route_that_is_stopped_waits_until_it_is_not(world):
    user = world.buyers[0]
    sent(world, buy(world, user))
    channel = stored(world, "SELECT value FROM remote_state WHERE what = ?", f"dm.{user}")
    fault(world, "rest", "status", method="POST", path=f"/channels/{channel}/messages", times=3, status=403)
    failed = []
    for _ in range(3):
        failed.append(buy(world, user))
        until("it failed", lambda: delivery(world, failed[-1]) == "failed", 60 * SLOW)
        until("staff is told", lambda: told_staff(world, failed[-1]) == ["could not be sent: "], 60 * SLOW)
    tx = give_up(world, user)
    assert delivery(world, tx) == "pending"
    world.pass_time(601000)
    sent(world, tx)
    for tx in failed:
        world.home.ok("--no-push", "stock", "redeliver", "tenant01", tx)
        sent(world, tx)


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
    assert {r["reason"] for r in refused} == {f"its author {users[0]} is not one of the listed ones"}
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


def test_an_absence_of_thousands_of_deposits_loses_none(world):
    """However many there are, and although the next ones are heard while they are being read."""
    user = world.buyers[10]
    world.donate(user, 1)
    until("the first is counted", lambda: len(world.credited()) == len(world.deposits))
    away(world, False)
    for _ in range(5100):
        world.donate(user, 1)
    mark = world.log_mark()
    world.start_daemon()
    until("it reads them", lambda: len(world.credited()) > len(world.deposits) - 5100, 60 * SLOW)
    world.donate(user, 2)
    until("it has read them", lambda: "catchup went through 51" in world.daemon.log[mark:], 120 * SLOW)
    world.donate(user, 3)
    until("all are counted", lambda: len(world.credited()) == len(world.deposits), 120 * SLOW)


def test_deposits_after_a_backup_are_counted_once_when_it_is_put_back(world):
    """What was told before it is in it; what was told since, and while nobody listened, is not."""
    user, backup = world.buyers[10], f"{world.home.path}/earlier.db"
    world.donate(user, 1)
    until("the first is counted", lambda: len(world.credited()) == len(world.deposits))
    balance = world.balance(user)
    world.home.ok("backup", backup)
    world.donate(user, 20)
    until("so is the next", lambda: len(world.credited()) == len(world.deposits))
    world.daemon.end()
    world.donate(user, 300)
    world.home.ok("--yes", "restore", backup)
    assert world.balance(user) == balance
    world.start_daemon()
    until("all are counted", lambda: len(world.credited()) == len(world.deposits), 60 * SLOW)
    world.donate(user, 4000)
    until("so is the last", lambda: len(world.credited()) == len(world.deposits), 60 * SLOW)
    assert world.balance(user) == balance + 4320


@pytest.mark.parametrize("end", ["kill", "end"])
def test_what_a_daemon_did_not_get_to_read_the_next_one_does_although_it_resumes(world, end):
    world.donate(world.buyers[8], 1)
    until("the first is counted", lambda: len(world.credited()) == len(world.deposits))
    session = lambda: stored(world, "SELECT session_id FROM gateway_sessions")
    old = session()
    away(world, False)
    for n in range(5):
        world.donate(world.buyers[9], 10 + n)
    fault(world, "rest", "status", method="GET", path=f"/channels/{DONATIONS}/messages", times=0, status=503)
    since = last_request(world)
    world.start_daemon()
    asked = lambda: requests(world, since, method="GET", path=f"/channels/{DONATIONS}/messages")
    until("it asks what was said", asked, 60 * SLOW)
    until("its session is noted", lambda: session() not in (old, ""), 60 * SLOW)
    getattr(world.daemon, end)()
    world.sandbox.control(do="clear_faults")
    before = world.sessions()
    world.start_daemon()
    until("all are counted", lambda: len(world.credited()) == len(world.deposits), 60 * SLOW)
    assert world.sessions()["identifies"] == before["identifies"]


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
