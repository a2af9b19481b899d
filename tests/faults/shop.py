"""A shop under faults: what was asked for, what became of it, and whether the books agree."""

import collections
import contextlib
import re
import sqlite3

from botlib import World
from hostile import Host
from live import BOT, GUILD, LOGS, MEMBER, OPERATOR, bot, guild
from program import SLOW, Home, until
from scene import unharmed

LIVE, DONATIONS = "987654321098766000", "987654321098766003"
WEBHOOK = "700000000000000001"
RECEIPT = r"[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}"
PRICE = 3


def buyer(number):
    return str(444444444444444000 + number)


def growid(user):
    return f"Buyer{user[-3:]}"


class Shop(World):
    """tenant01 sells DL for 3 WL; BUYERS customers have MONEY each. HOSTILE: daemon and consoles run on a host whose
    clocks and disk the test commands (self.host)."""

    def __init__(self, home, buyers, money=1000, hostile=False):
        self.buyers = [buyer(number) for number in range(buyers)]
        self.money, self.hostile, self.host = money, hostile, None
        self.deposits = []  # (message, user, amount)
        one = guild(members=(OPERATOR, MEMBER, *self.buyers))
        one["channels"] += [{"id": LIVE, "name": "stock"}, {"id": DONATIONS, "name": "donations"}]
        super().__init__(home, {"guilds": [one], "bots": [bot()], "limits": {"history": 100000}})

    def start_sandbox(self, *words):
        super().start_sandbox(*words)
        if self.hostile:  # Discord itself is elsewhere
            self.host = Host(self.home)

    def start(self):
        super().start()
        self.quick()
        lines = ["product add tenant01 DL 'Diamond Lock' 3", f"channels tenant01 donation_log {DONATIONS}",
                 f"channels tenant01 logs {LOGS}", "features tenant01 donation on",
                 f"settings tenant01 donation authors {WEBHOOK}"]
        lines += [f"balance add tenant01 {user} {self.money} --growid {growid(user)}" for user in self.buyers]
        self.home.ok("--no-push", "--quiet", "-f", "-", stdin="\n".join(lines) + "\n")
        self.pushed("sync", self.tenant)
        self.up()

    # --- what happens in it ---

    def stock(self, *lines):
        self.home.ok("stock", "import", "tenant01", "DL", "-", stdin="".join(line + "\n" for line in lines))

    def donate(self, user, amount):
        """A message of the listed webhook; its id."""
        message = self.sandbox.control(do="webhook", channel=DONATIONS, webhook=WEBHOOK, username="Depot",
                                       content=f"GrowID: {growid(user)}\nDeposit: {amount} World Lock")["message"]
        self.deposits.append((message, user, amount))
        return message

    def pass_time(self, ms):
        """So much later, by both clocks; the daemon has noticed."""
        self.host.step(realtime_ms=ms, monotonic_ms=ms)
        self.noticed()

    def noticed(self):
        """The daemon has looked at its clocks: what wakes it once makes timers due, twice has seen them run."""
        for _ in range(2):
            self.reply(MEMBER, "!ping")

    # --- what became of it ---

    def told(self, channel, after="0"):
        """What the bot answered there: message -> text. Nobody is answered twice."""
        said = self.sandbox.control(do="messages", channel=channel, after=after, author=BOT, limit=1000000)["messages"]
        said = [m for m in said if "message_reference" in m]
        told = {m["message_reference"]["message_id"]: m["content"] for m in said}
        assert len(told) == len(said), "something was answered twice"
        return told

    def sales(self):
        return self.home.json("tx", "list", "tenant01", "--limit", 0)["items"]

    def count(self):
        return self.home.json("stock", "count", "tenant01", "DL")["items"][0]

    def balance(self, user):
        return self.home.json("balance", "show", "tenant01", user)["balance"]

    def credited(self):
        """The deposits that were counted: message -> amount."""
        items = self.home.json("deposits", "tenant01", "--limit", 0)["items"]
        assert len({i["message_id"] for i in items}) == len(items)
        return {i["message_id"]: i["amount"] for i in items if i["state"] == "credited"}

    def parcels(self):
        """Each message of goods that a buyer has: transaction -> [(user, items)]."""
        found = collections.defaultdict(list)
        for user in self.buyers:
            for message in self.sandbox.control(do="messages", bot=BOT, member=user)["messages"]:
                mark = re.search(rf"^-# ({RECEIPT})/(\d+)\.", message["content"], re.M)
                if message["author"]["id"] == BOT and mark:
                    items = re.findall(r"^\d+\. (.+)$", message["content"], re.M)
                    found[mark[1]].append((user, items))
        return found

    def waiting(self):
        """How many goods are still to be sent."""
        with contextlib.closing(sqlite3.connect(f"file:{self.home.db}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM transactions WHERE delivery <> 'sent'").fetchone()[0]

    def delivered(self, limit=None):
        """Until everything that was bought is noted as sent."""
        def look():
            self.gone("the daemon")
            return self.waiting() == 0
        try:
            until("all goods were sent", look, limit or 60 * SLOW)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{[s for s in self.sales() if s['delivery'] != 'sent'][:5]}\n"
                                 f"{self.daemon.log[-3000:]}") from None

    def delivered_in_time(self, ms=5000):
        """The same where the clock is the test's: what leaves no time for an answer is tried again minutes later."""
        def look():
            self.pass_time(ms)
            return self.waiting() == 0
        until("all goods were sent", look, 60 * SLOW)

    def check_parcels(self, sales, lines):
        """Each sale arrived once, at its buyer, with as many items as were bought; no item twice."""
        parcels = self.parcels()
        assert set(parcels) == {sale["transaction_id"] for sale in sales}
        given = []
        for sale in sales:
            arrived = parcels[sale["transaction_id"]]
            assert [user for user, _ in arrived] == [sale["user_id"]], (sale, arrived)
            assert len(arrived[0][1]) == sale["quantity"], (sale, arrived)
            given += arrived[0][1]
        assert len(set(given)) == len(given) and set(given) <= set(lines)
        return given

    def check_books(self):
        """Money and items, by what was sold and deposited; and what the doctor says. The sales."""
        sales, credited = self.sales(), self.credited()
        spent, got = collections.Counter(), collections.Counter()
        for sale in sales:
            assert sale["total"] == PRICE * sale["quantity"], sale
            spent[sale["user_id"]] += sale["total"]
        for message, user, amount in self.deposits:
            assert credited.get(message, amount) == amount
            got[user] += credited.get(message, 0)
        assert set(credited) <= {message for message, _, _ in self.deposits}
        balances = {i["user_id"]: i["balance"]
                    for i in self.home.json("balance", "top", "tenant01", "--limit", 0)["items"]}
        assert balances == {user: self.money + got[user] - spent[user] for user in self.buyers}
        assert self.count()["sold"] == sum(sale["quantity"] for sale in sales)
        stats = self.home.json("stats", "tenant01", "--by", "product")["items"]
        assert sum(i["total"] for i in stats) == sum(spent.values())
        until("nothing that a bot says is left to write", lambda: self.home.run("doctor").status == 0)
        return sales


@contextlib.contextmanager
def shop(path, buyers, **how):
    world = Shop(Home(path), buyers, **how)
    try:
        world.start()
        yield world
    finally:
        if world.host:
            world.host.disk()
        world.end()
    unharmed(world)


__all__ = ["BOT", "DONATIONS", "GUILD", "LIVE", "PRICE", "RECEIPT", "Shop", "buyer", "growid", "shop"]
