"""kill -9 at random moments in a stream of purchases, deposits, imports and deliveries: what was answered is there,
every purchase arrives once, no item is sold twice, no deposit counts twice, and the books agree."""

import collections
import json
import os
import random
import re
import subprocess
import threading

import pytest

from live import GENERAL
from program import LIMIT, SLOW, until
from shop import DONATIONS, RECEIPT, shop

# Seconds: within the first a daemon starts and works off what waits for it, within the second a console ends.
MOMENTS = {"daemon": 0.5 * SLOW, "console": 0.03 * SLOW}
BUYERS = 12
BATCH = 7  # lines of an import


class Stream:
    """Rounds of things that happen at once; in each of them somebody dies."""

    def __init__(self, world, seed):
        self.world, self.dice = world, random.Random(seed)
        self.asked, self.perhaps = collections.Counter(), collections.Counter()  # items by user; perhaps: if at all
        self.lines, self.imports, self.stocked = [], 0, 0
        self.answered, self.killed = [], collections.Counter()
        self.consoles = []  # (process, words, its lines on standard input)
        self.after = world.say(world.buyers[0], "the shop opens")

    # --- what happens ---

    def buy_on_discord(self):
        user, quantity = self.dice.choice(self.world.buyers), self.dice.randrange(1, 4)
        self.world.say(user, f"!buy DL {quantity}")
        self.asked[user] += quantity

    def console(self, *words, text=""):
        process = self.world.home.popen("-o", "json", "--no-push", *words, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        threading.Thread(target=feed, args=(process, text.encode()), daemon=True).start()
        self.consoles.append((process, words))
        return process

    def buy_at_console(self):
        user = self.dice.choice(self.world.buyers)
        self.console("buy", "tenant01", user, "DL", "1")

    def stock_up(self):
        lines = [f"goods {self.imports:04} {n}" for n in range(BATCH)]
        self.imports += 1
        self.lines += lines
        self.console("stock", "import", "tenant01", "DL", "-", text="".join(line + "\n" for line in lines))

    def donate(self):
        self.world.donate(self.dice.choice(self.world.buyers), self.dice.randrange(1, 500))

    def round(self):
        things = [self.buy_on_discord] * self.dice.randrange(1, 4) + [self.donate] * self.dice.randrange(0, 3)
        things += [self.buy_at_console] * (self.dice.random() < 0.5) + [self.stock_up] * (self.dice.random() < 0.6)
        self.dice.shuffle(things)
        for thing in things:
            thing()
        victim = "console" if self.consoles and self.dice.random() < 0.25 else "daemon"
        threading.Event().wait(self.dice.random() * MOMENTS[victim])
        if victim == "console":
            process = self.dice.choice(self.consoles)[0]
            self.killed["console" if process.poll() is None else "nobody"] += 1
            process.kill()
        else:
            self.killed["daemon"] += 1
            self.world.daemon.kill()
            self.world.daemon.start()
        self.collect()

    def collect(self):
        for process, words in self.consoles:
            out = process.stdout.read()
            err = process.stderr.read().decode()
            process.wait(LIMIT)
            process.stdout.close()
            process.stderr.close()
            if words[0] == "buy":
                (self.perhaps if process.returncode == -9 else self.asked)[words[2]] += 1
            if process.returncode == -9:
                continue
            assert process.returncode == 0, (words, process.returncode, err)
            document = json.loads(out)
            if words[0] == "buy":
                self.answered.append(document["transaction"]["transaction_id"])
            else:
                assert document["added"] == BATCH, document
                self.stocked += BATCH
        self.consoles = []

    # --- afterwards ---

    def settle(self):
        """Until nothing that was asked before the last kill is on its way."""
        world = self.world
        world.gone("the daemon")
        sentinel = world.say(world.buyers[0], "!balance")

        def heard():
            world.gone("the daemon")
            return sentinel in world.told(GENERAL, sentinel)
        until("the bot has heard everything", heard, 60 * SLOW)
        until("every deposit is counted", lambda: len(world.credited()) == len(world.deposits), 30 * SLOW)
        world.delivered()

    def check(self):
        world, count = self.world, self.world.count()
        sales = world.check_books()
        told = world.told(GENERAL, self.after)
        self.answered += re.findall(f"You bought .*?`({RECEIPT})`", "\n".join(told.values()), re.S)
        ids = {sale["transaction_id"] for sale in sales}
        assert len(ids) == len(sales) and set(self.answered) <= ids
        assert len(set(self.answered)) == len(self.answered)
        for user in world.buyers:
            more = sum(s["quantity"] for s in sales if s["user_id"] == user) - self.asked[user]
            assert more in range(self.perhaps[user] + 1), f"{user} has {more} more than was asked for"
        world.check_parcels(sales, self.lines)
        assert (count["available"] + count["sold"]) % BATCH == 0 and count["reserved"] == 0
        assert set(world.told(DONATIONS)) <= {message for message, _, _ in world.deposits}
        return sales


def feed(process, data):
    try:
        process.stdin.write(data)
        process.stdin.close()
    except OSError:
        pass


def play(path, count):
    seed = int(os.environ.get("TENANTTUI_SEED", random.randrange(1 << 32)))
    print(f"\nseed {seed}: TENANTTUI_SEED={seed} repeats it")
    with shop(path, BUYERS, money=100000) as world:
        stream = Stream(world, seed)
        for _ in range(count):
            if stream.stocked < sum(stream.asked.values()) + 100:
                for _ in range(20):
                    stream.stock_up()
                stream.collect()
            stream.round()
        stream.settle()
        sales = stream.check()
        sessions = world.sessions()
        print(f"{dict(stream.killed)}, {len(sales)} sales of {sum(stream.asked.values())} asked for, "
              f"{len(stream.answered)} answered, {len(world.deposits)} deposits, {stream.imports} imports, "
              f"{sessions['identifies']} identifies, {sessions['resumes']} resumes")
        assert len(sales) >= count // 2 and stream.killed["daemon"] >= count // 3


def test_nothing_is_lost_or_done_twice_in_a_shop_under_kill_9(tmp_path):
    play(tmp_path / "home", 50)


@pytest.mark.soak
def test_nothing_is_lost_or_done_twice_in_a_shop_under_1000_kills(tmp_path):
    play(tmp_path / "home", int(os.environ.get("TENANTTUI_SHOP_KILLS", "1000")))
