"""The shop on Discord: register, buy by every road, delivery by DM, live stock, deposits, posts and notices."""

import contextlib
import re
import sqlite3

import pytest

from botlib import World
from live import BOT, GENERAL, GUILD, LOGS, MEMBER, OPERATOR, bot, guild
from program import LIMIT, Home, until
from rows import rows_of

pytestmark = pytest.mark.xdist_group("bot_shop")

LIVE, PURCHASES, BUYS, DONATIONS = (str(987654321098766000 + n) for n in range(4))
BUYERS = [str(444444444444444000 + n) for n in range(12)]
WEBHOOK = "700000000000000001"
MONEY_MAX = 9 * 10 ** 15  # WL that a balance can hold


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    one = guild(channels=("987654321098765433", "987654321098765434", "987654321098765435", "987654321098765436"),
                members=(OPERATOR, MEMBER, *BUYERS))
    one["channels"] += [{"id": LIVE, "name": "stock"}, {"id": PURCHASES, "name": "purchases"},
                        {"id": BUYS, "name": "buys"}, {"id": DONATIONS, "name": "donations"}]
    world = World(Home(tmp_path_factory.mktemp("world") / "home"), {"guilds": [one], "bots": [bot()]})
    try:
        world.start()
        world.quick()
        ok = lambda *words: world.home.ok("--no-push", *words)
        ok("product", "add", "tenant01", "DL", "Diamond Lock", "2 DL")
        ok("product", "add", "tenant01", "WL", "World *Lock*", "3")
        for channel, where in (("live_stock", LIVE), ("purchase_log", PURCHASES), ("history_buy", BUYS),
                               ("donation_log", DONATIONS), ("logs", LOGS)):
            ok("channels", "tenant01", channel, where)
        ok("features", "tenant01", "donation", "on")
        ok("settings", "tenant01", "donation", "authors", WEBHOOK)
        world.pushed("sync", "tenant01")
        world.wait("commands", guild=GUILD, bot=BOT, name="buy")
        yield world
    finally:
        world.end()


def stock(world, code, *lines):
    for line in lines:
        world.home.ok("stock", "add", "tenant01", code, line)


def available(world, code):
    return world.home.json("stock", "count", "tenant01", code)["items"][0]["available"]


def balance(world, user):
    return world.home.json("balance", "show", "tenant01", user)["balance"]


def customer(world, user, money):
    world.home.ok("balance", "add", "tenant01", user, str(money), "--growid", f"Buyer{user[-3:]}")


def shop_message(world, text=None):
    """The live stock message as it is now."""
    world.wait("message", channel=LIVE, author=BOT, **({"text": text, "anywhere": True} if text else {}))
    return [m for m in world.messages(LIVE, "0") if not m.get("flags", 0) & 64][0]


def goods(world, user, after="0"):
    return world.wait("message", bot=BOT, member=user, author=BOT, after=after)["message"]


def test_register_buy_and_delivery_by_prefix(world):
    user = BUYERS[0]
    stock(world, "DL", "first secret", "second secret")
    assert "register" in world.reply(user, "!buy DL 1")["content"]
    assert "Andi99" in world.reply(user, "!register Andi99")["content"]
    assert "balance is too small" in world.reply(user, "!buy DL 1")["content"]
    world.home.ok("balance", "add", "tenant01", user, "1000")
    answer = world.reply(user, "!buy dl 2")["content"]
    assert re.search(r"bought 2 .*4 DL.*6 DL", answer), answer
    sent = goods(world, user)["content"]
    assert "1. first secret" in sent and "2. second secret" in sent
    tx = re.search(r"`([0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3})`", answer)[1]
    assert tx in sent
    until("the delivery is noted", lambda: world.home.json("tx", "show", "tenant01", tx)["delivery"] == "sent")
    assert balance(world, user) == 600
    assert "sold out" in world.reply(user, "!buy DL 1")["content"]
    assert balance(world, user) == 600


def test_who_cannot_pay_is_told_where_money_is_paid_in_and_who_names_nothing_how_to_buy(world):
    user = BUYERS[0]  # of the test before: 600 WL
    stock(world, "DL", *(f"wanted {n}" for n in range(4)))
    assert "world" not in world.reply(user, "!buy DL 4")["content"]
    world.pushed("settings", "tenant01", "shop", "world", "BUYHERE")
    said = world.reply(user, "!buy DL 4")["content"]
    assert "balance is too small" in said and said.endswith("\nDeposits are made in the world **BUYHERE**.")
    assert "`!buy CODE QUANTITY`" in world.reply(user, "!buy")["content"]
    assert "`!buy CODE QUANTITY`" in world.reply(user, "!buy DL")["content"]  # nobody buys by leaving something out
    world.pushed("config", "tenant01", "language", "id")
    assert "di world **BUYHERE**" in world.reply(user, "!buy DL 4")["content"]
    assert "`!buy KODE JUMLAH`" in world.reply(user, "!buy")["content"]
    world.pushed("config", "tenant01", "language", "en")
    world.pushed("settings", "tenant01", "shop", "world", "none")
    world.home.ok("--yes", "stock", "reduce", "tenant01", "DL", 4)


def test_posts_about_a_purchase(world):
    user = BUYERS[1]
    stock(world, "WL", "posted secret")
    customer(world, user, 10)
    world.reply(user, "!buy WL 1")
    for channel in (PURCHASES, BUYS):
        post = world.wait("message", channel=channel, author=BOT, text=user, anywhere=True)["message"]
        assert "secret" not in post["content"] and "\\*Lock\\*" in post["content"]
        assert post["mentions"] == []


def test_buying_by_slash_command_is_answered_to_the_buyer_alone(world):
    user = BUYERS[2]
    stock(world, "WL", "slash secret")
    customer(world, user, 10)
    report = world.slash(user, "buy", code="wl", quantity=1)
    assert report["ephemeral"] and "bought 1" in report["message"]["content"]
    assert "slash secret" in goods(world, user)["content"]


def test_buttons_and_forms_of_the_live_stock_message(world):
    user = BUYERS[3]
    stock(world, "WL", "form secret")
    message = shop_message(world)
    click = lambda **what: world.sandbox.control(do="click", channel=LIVE, member=user, message=message["id"],
                                                 timeout_ms=int(LIMIT * 900), **what)
    form = click(custom_id="shop:register")
    assert form["modal"]["custom_id"] == "shop:register"
    filled = world.sandbox.control(do="modal", interaction=form["interaction"], fields={"growid": "FormBuyer"},
                                   timeout_ms=int(LIMIT * 900))
    assert filled["ephemeral"] and "FormBuyer" in filled["message"]["content"]
    world.home.ok("balance", "add", "tenant01", user, "30")
    assert "30 WL" in click(custom_id="shop:balance")["message"]["content"]
    form = click(custom_id="shop:buy")
    filled = world.sandbox.control(do="modal", interaction=form["interaction"], fields={"code": "wl", "quantity": "1"},
                                   timeout_ms=int(LIMIT * 900))
    assert filled["ephemeral"] and "bought 1" in filled["message"]["content"]
    assert "form secret" in goods(world, user)["content"]
    assert "WL" in click(custom_id="shop:history")["message"]["content"]
    assert click(custom_id="shop:world")["ephemeral"]


def test_live_stock_follows_every_road(world):
    stock(world, "DL", *(f"live {n}" for n in range(3)))
    until("the message shows what there is", lambda: f"{available(world, 'DL')} in stock" in
          shop_message(world)["embeds"][0]["description"])
    before = world.mark()
    world.home.ok("product", "edit", "tenant01", "DL", "name", "Diamonds")
    until("the message has the new name", lambda: "Diamonds" in shop_message(world)["embeds"][0]["description"])
    shown = [m for m in world.messages(LIVE, "0") if m["author"]["id"] == BOT and not m.get("flags", 0) & 64]
    assert len(shown) == 1
    assert [r["method"] for r in world.changes(before) if f"/channels/{LIVE}/" in r["path"]] == ["PATCH"]


def test_buttons_work_after_the_daemon_was_killed(world):
    message = shop_message(world)
    world.daemon.kill()
    world.start_daemon()
    world.wait("session", bot=BOT, state="ready")
    report = world.sandbox.control(do="click", channel=LIVE, member=BUYERS[3], message=message["id"],
                                   custom_id="shop:balance", timeout_ms=int(LIMIT * 900))
    assert "WL" in report["message"]["content"]


def test_live_stock_that_is_unwanted_since_no_daemon_ran_goes_with_the_next_one(world):
    old = shop_message(world)["id"]
    world.daemon.end()
    world.home.ok("--no-push", "channels", "tenant01", "live_stock", "none")
    world.start_daemon()
    until("it is gone", lambda: old not in [m["id"] for m in world.messages(LIVE, "0")])
    world.pushed("channels", "tenant01", "live_stock", LIVE)
    shown = lambda: [m["id"] for m in world.messages(LIVE, "0") if not m.get("flags", 0) & 64]
    until("another one is shown", shown)
    assert old not in shown()


def test_closed_direct_messages_lose_nothing(world):
    user = BUYERS[4]
    stock(world, "WL", "kept secret")
    customer(world, user, 10)
    world.sandbox.control(do="member_update", guild=GUILD, member=user, dms_closed=True)
    world.say(user, "!buy WL 1")
    told = world.wait("message", channel=GENERAL, author=BOT, text="DMs are closed", anywhere=True)["message"]
    tx = re.search(r"`([-0-9A-Z]{11})`", told["content"])[1]
    until("the transaction says so", lambda: world.home.json("tx", "show", "tenant01", tx)["delivery"] == "closed")
    world.sandbox.control(do="member_update", guild=GUILD, member=user, dms_closed=False)
    assert "queued" not in world.home.ok("stock", "redeliver", "tenant01", tx).err
    assert "kept secret" in goods(world, user)["content"]


def buy_slash(world, user):
    return world.slash(user, "buy", code="WL", quantity=1)


def test_closed_direct_messages_are_told_where_nobody_else_reads_it(world):
    user = BUYERS[9]
    stock(world, "WL", "slash kept secret")
    customer(world, user, 30)
    world.sandbox.control(do="member_update", guild=GUILD, member=user, dms_closed=True)
    before = world.say(MEMBER, "before")
    report = buy_slash(world, user)
    told = lambda: [m for m in world.sandbox.control(do="interaction", interaction=report["interaction"])["followups"]
                    if "DMs are closed" in m["content"]]
    until("the buyer is told", told)
    assert told()[0]["flags"] & 64
    assert not [m for m in world.messages(GENERAL, before) if "DMs are closed" in m["content"] and not m["flags"] & 64]
    world.sandbox.control(do="member_update", guild=GUILD, member=user, dms_closed=False)


def test_closed_direct_messages_are_told_once_though_it_could_not_be_noted_before_the_daemon_was_killed(world):
    def change(sql):
        with contextlib.closing(sqlite3.connect(world.home.db, timeout=LIMIT)) as db:
            db.execute(sql)
    user = BUYERS[2]
    stock(world, "WL", "unnoted secret")
    customer(world, user, 30)
    world.sandbox.control(do="member_update", guild=GUILD, member=user, dms_closed=True)
    change("CREATE TRIGGER unnoted BEFORE UPDATE OF delivery ON transactions WHEN new.delivery = 'closed'"
           " BEGIN SELECT RAISE(ABORT, 'unnoted'); END")
    before, log = world.say(MEMBER, "before"), world.log_mark()
    buy_slash(world, user)
    world.logged("not noted", log)
    world.reply(MEMBER, "!ping")  # what was to be said before has left
    world.daemon.kill()
    change("DROP TRIGGER unnoted")
    world.start_daemon()
    world.wait("message", channel=GENERAL, author=BOT, after=before, text=f"<@{user}> Your DMs are closed")
    assert len([m for m in world.messages(GENERAL, before) if "DMs are closed" in m["content"]]) == 1
    world.sandbox.control(do="member_update", guild=GUILD, member=user, dms_closed=False)


# Of the two buyers nobody knows a channel yet: to open it is what fails.
@pytest.mark.parametrize("by,user", [("message", BUYERS[9]), ("slash command", BUYERS[11])], ids=["message", "slash command"])
def test_closed_direct_messages_are_told_once_by_a_daemon_that_did_not_sell(world, by, user):
    stock(world, "WL", f"later secret by {by}")
    world.home.ok("balance", "add", "tenant01", user, "30", "--growid", f"Buyer{user[-3:]}")
    world.sandbox.control(do="member_update", guild=GUILD, member=user, dms_closed=True)
    world.sandbox.control(do="fault", on="rest", kind="status", status=503, method="POST", path="/users/@me/channels",
                          times=0)
    before = world.say(MEMBER, "before")
    if by == "message":
        world.reply(user, "!buy WL 1")
    else:
        assert buy_slash(world, user)["ephemeral"]
    world.daemon.kill()
    world.sandbox.control(do="clear_faults")
    world.start_daemon()
    told = world.wait("message", channel=GENERAL, author=BOT, after=before, text="DMs are closed", anywhere=True)["message"]
    assert told["content"].startswith(f"<@{user}>") and [u["id"] for u in told["mentions"]] == [user]
    tx = re.search(r"`([-0-9A-Z]{11})`", told["content"])[1]
    until("the transaction says so", lambda: world.home.json("tx", "show", "tenant01", tx)["delivery"] == "closed")
    world.home.ok("stock", "redeliver", "tenant01", tx)  # still closed: whoever sends it again sees that
    until("it was tried", lambda: world.home.json("tx", "show", "tenant01", tx)["delivery"] == "closed")
    world.daemon.end()
    world.start_daemon()
    world.up()
    world.reply(MEMBER, "!ping")
    assert len([m for m in world.messages(GENERAL, before) if tx in m["content"] and "closed" in m["content"]]) == 1
    world.sandbox.control(do="member_update", guild=GUILD, member=user, dms_closed=False)
    world.home.ok("stock", "redeliver", "tenant01", tx)
    assert f"later secret by {by}" in goods(world, user, before)["content"]


def test_long_goods_come_as_a_file(world):
    user = BUYERS[5]
    lines = [f"{n} " + "x" * 900 for n in range(4)]
    stock(world, "WL", *lines)
    customer(world, user, 100)
    world.reply(user, "!buy WL 4")
    message = goods(world, user)
    assert re.fullmatch(r"WL_4x_\d{8}_\d{6}\.txt", message["attachments"][0]["filename"])
    assert "xxx" not in message["content"]


def test_low_stock_is_told_once(world):
    user = BUYERS[6]
    world.home.ok("product", "add", "tenant01", "LOW", "Low", "1")
    world.home.ok("product", "threshold", "tenant01", "LOW", "1")
    stock(world, "LOW", "low 1", "low 2", "low 3")
    customer(world, user, 10)
    world.reply(user, "!buy LOW 1")
    world.reply(user, "!buy LOW 1")
    assert "1" in world.wait("message", channel=LOGS, author=BOT, text="LOW", anywhere=True)["message"]["content"]
    world.reply(user, "!buy LOW 1")
    goods(world, user)
    assert len([m for m in world.messages(LOGS, "0") if "LOW" in m["content"]]) == 1


def test_low_stock_is_told_once_by_a_daemon_that_did_not_sell(world):
    user = BUYERS[6]
    world.home.ok("product", "add", "tenant01", "SOON", "Soon", "1")
    world.home.ok("product", "threshold", "tenant01", "SOON", "1")
    stock(world, "SOON", "soon 1", "soon 2")
    world.sandbox.control(do="fault", on="rest", kind="status", status=503, method="POST",
                          path=f"/channels/{LOGS}/messages", times=0)
    world.reply(user, "!buy SOON 1")
    world.daemon.kill()
    world.sandbox.control(do="clear_faults")
    world.start_daemon()
    world.wait("message", channel=LOGS, author=BOT, text="SOON", anywhere=True)
    world.daemon.kill()
    world.start_daemon()
    world.up()
    world.reply(user, "!buy SOON 1")  # it is low already
    world.reply(user, "!ping")
    assert len([m for m in world.messages(LOGS, "0") if "SOON" in m["content"]]) == 1


def test_low_stock_is_told_once_when_somebody_takes_items_out(world):
    told = lambda: [m["content"] for m in world.messages(LOGS, "0") if "LESS" in m["content"]]
    reduce = lambda *n: world.home.ok("stock", "reduce", "tenant01", "LESS", *n, "--yes")
    world.home.ok("product", "add", "tenant01", "LESS", "Less", "1")
    world.home.ok("product", "threshold", "tenant01", "LESS", "2")
    stock(world, "LESS", *(f"less {n}" for n in range(6)))
    reduce(1)
    plan = world.home.json("--dry-run", "--yes", "stock", "reduce", "tenant01", "LESS", 3)
    assert [(c["method"], c["path"]) for c in plan["discord"]] == [("POST", f"/channels/{LOGS}/messages")]
    assert plan["discord"][0]["body"]["content"] == "**LESS** is running low: 2 left."
    reduce(3)  # 5 -> 2
    until("it is told", told)
    assert world.home.json("--dry-run", "--yes", "stock", "reduce", "tenant01", "LESS", 1)["discord"] == []
    reduce(1)  # it is low already
    stock(world, "LESS", "less 6", "less 7", "less 8")
    world.home.ok("product", "disable", "tenant01", "LESS")
    reduce(3)  # nobody can buy it anyway
    stock(world, "LESS", "less 9", "less 10", "less 11")
    world.home.ok("product", "enable", "tenant01", "LESS")
    world.home.ok("operator", "add", OPERATOR, "operator")
    world.reply(OPERATOR, "!tenant-admin stock reduce tenant01 LESS 2 --yes")  # 4 -> 2, by the daemon itself
    until("it is told again", lambda: len(told()) == 2)
    assert told() == ["**LESS** is running low: 2 left."] * 2


def deposit(world, text, webhook=WEBHOOK, embeds=None):
    document = {"channel": DONATIONS, "content": text, "username": "Depot", "webhook": webhook}
    if embeds:
        document["embeds"] = embeds
    return world.sandbox.control(do="webhook", **document)["message"]


# --- foretold ---

def test_a_dry_run_tells_the_calls_that_deliver_without_the_contents(world):
    user, secret = BUYERS[10], "a secret of the dry run"
    customer(world, user, 5)
    stock(world, "WL", secret)
    until("all was sent before", lambda: not rows_of(world.home.db, "tenant01")["deliveries"])
    last = world.sandbox.control(do="requests", limit=0)["last"]
    plan = world.home.json("--dry-run", "buy", "tenant01", user, "WL", 1)
    assert [(c["method"], c["path"]) for c in plan["discord"]] == [
        ("POST", "/users/@me/channels"), ("POST", "/channels/:id/messages"),
        ("POST", f"/channels/{PURCHASES}/messages"), ("POST", f"/channels/{BUYS}/messages")]
    assert plan["calls"] == 4 and plan["discord"][0]["body"] == {"recipient_id": user}
    assert "*" * len(secret) in plan["discord"][1]["body"]["content"] and secret not in str(plan)
    assert available(world, "WL") == 1
    tx = world.home.json("--no-push", "buy", "tenant01", user, "WL", 1)["transaction"]["transaction_id"]
    asked = lambda: world.sandbox.control(do="requests", since=last, limit=1000, method="POST")["requests"]
    until("all was sent", lambda: len(asked()) >= 4)
    posts = {p["path"].removeprefix("/api/v10") for p in asked()}
    assert posts >= {c["path"] for c in plan["discord"] if ":id" not in c["path"]} and len(posts) == 4
    until("it is noted", lambda: world.home.json("tx", "show", "tenant01", tx)["delivery"] == "sent")
    again = world.home.json("--dry-run", "stock", "redeliver", "tenant01", tx)["discord"]
    (goods,) = [p for p in asked() if secret in str(p["body"])]
    assert [c["path"] for c in again] == [goods["path"].removeprefix("/api/v10")] and secret not in str(again)
    assert again[0]["body"]["content"].count(tx) == goods["body"]["content"].count(tx) > 0


def test_deposits_of_listed_authors_credit_once(world):
    user = BUYERS[7]
    customer(world, user, 5)
    name = f"Buyer{user[-3:]}"
    deposit(world, f"GrowID: {name}\nDeposit: 2 Diamond Lock, 5 World Lock")
    world.wait("message", channel=DONATIONS, author=BOT, text=f"Successfully filled {name}", anywhere=True)
    assert balance(world, user) == 210
    deposit(world, "", embeds=[{"description": f"GrowID: {name}\nJumlah: 1,500 World Lock"}])
    until("the embed was credited", lambda: balance(world, user) == 1710)
    deposit(world, "GrowID: Nobody1\nDeposit: 5 World Lock")
    world.wait("message", channel=DONATIONS, author=BOT, text="Failed to find growid Nobody1", anywhere=True)
    refused = world.home.json("deposits", "tenant01", "--refused")["items"]
    assert refused[0]["growid"] == "Nobody1"


def test_a_member_cannot_credit_himself(world):
    user = BUYERS[8]
    customer(world, user, 5)
    world.say(user, f"GrowID: Buyer{user[-3:]}\nDeposit: 100 Diamond Lock", DONATIONS)
    until("it was refused", lambda: any(d["growid"] == f"Buyer{user[-3:]}"
                                        for d in world.home.json("deposits", "tenant01", "--refused")["items"]))
    assert balance(world, user) == 5


def refused(world):
    return world.home.json("deposits", "tenant01", "--refused", "--limit", 0)["items"]


@pytest.mark.parametrize("text", ["GrowID Buyer1\nDeposit 5 World Lock", "GROWID = Buyer1\nDEPOSIT = 5", "hello",
                                  "Donated 5 World Lock by Buyer1"])
def test_what_a_listed_author_says_and_nobody_understands_is_told(world, text):
    message = deposit(world, text)
    link = f"https://discord.com/channels/{GUILD}/{DONATIONS}/{message}"
    world.wait("message", channel=LOGS, author=BOT, text=link, anywhere=True)
    assert refused(world)[0]["message_id"] == message
    until("it waits no more", lambda: world.home.json("doctor")["ok"])


def test_quoted_or_listed_lines_are_a_deposit(world):
    user = BUYERS[7]
    before = balance(world, user)
    deposit(world, f"> GrowID: Buyer{user[-3:]}\n> Deposit: 5 World Lock")
    until("it was credited", lambda: balance(world, user) == before + 5)


def test_a_member_credits_nobody_even_when_he_is_listed(world):
    user = BUYERS[8]
    before = balance(world, user)
    world.pushed("settings", "tenant01", "donation", "authors", f"{WEBHOOK},{user}")
    message = world.say(user, f"GrowID: Buyer{user[-3:]}\nDeposit: 100 Diamond Lock", DONATIONS)
    until("it was refused", lambda: refused(world)[0]["message_id"] == message)
    assert balance(world, user) == before and "member" in refused(world)[0]["reason"]
    world.pushed("settings", "tenant01", "donation", "authors", WEBHOOK)


def test_what_a_full_balance_cannot_hold_is_not_said_to_be_of_nobody(world):
    user = BUYERS[7]
    message = deposit(world, f"GrowID: Buyer{user[-3:]}\nDeposit: {MONEY_MAX} World Lock")
    until("it was refused", lambda: refused(world)[0]["message_id"] == message)
    answer = deposit(world, "GrowID: Nobody2\nDeposit: 5 World Lock")
    world.wait("message", channel=DONATIONS, author=BOT, text="Failed to find growid Nobody2", anywhere=True)
    said = world.sandbox.control(do="messages", channel=DONATIONS, author=BOT, limit=1000)["messages"]
    assert {m["message_reference"]["message_id"] for m in said} & {message, answer} == {answer}


def test_what_members_write_there_is_noted_only_so_often(world):
    noted = len(refused(world))
    for number in range(25):
        message = world.say(BUYERS[8], f"GrowID: Buyer{number:03}\nDeposit: 1 World Lock", DONATIONS)
    last = deposit(world, "hello again")
    until("the last was heard", lambda: refused(world)[0]["message_id"] == last)
    assert len(refused(world)) <= max(noted, 20) + 1
    assert message not in {r["message_id"] for r in refused(world)}


def test_the_books_are_right(world):
    until("nothing that a bot says is left to write", lambda: world.home.run("doctor").status == 0)
