"""200 buyers at once and 150 items: each item is sold once, each buyer of one gets it once, the others are told."""

import json
import re
import subprocess
import threading

import pytest

from live import BOT, GENERAL
from program import SLOW, until
from shop import PRICE, RECEIPT, shop

BUYERS, ITEMS, CONSOLES = 200, 150, 8
LINES = [f"secret {n:03}" for n in range(ITEMS)]


class Console(threading.Thread):
    """A process that looks at a balance and buys, line after line, as fast as it is answered."""

    def __init__(self, home, users):
        super().__init__()
        self.users = users
        self.process = home.popen("--no-push", "--keep-going", "-o", "jsonl", "-f", "-", stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.say("version")
        assert self.process.stdout.readline()  # it is there, and waits for lines
        self.bought, self.refused = [], []

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def run(self):
        for user in self.users:
            self.say(f"balance show tenant01 {user}")
            self.say(f"buy tenant01 {user} DL 1")
        out, err = self.process.communicate(timeout=60 * SLOW)
        documents = [json.loads(line) for line in out.splitlines()]
        self.bought = [d["transaction"]["transaction_id"] for d in documents if "transaction" in d]
        self.refused = [json.loads(line)["error"] for line in err.splitlines() if line.startswith(b'{"error"')]


def answers(world, after, count):
    """What the bot said to so many buyers, by who was answered."""
    asked = {m["id"]: m["author"]["id"] for m in world.messages(GENERAL, author=None)}

    def look():
        world.gone("the daemon")
        said = world.messages(GENERAL, after, BOT)
        return said if len(said) >= count else None
    said = until(f"{count} are answered", look, 60 * SLOW)
    told = [(asked[m["message_reference"]["message_id"]], m["content"]) for m in said]
    assert len(told) == count and len(dict(told)) == count
    return dict(told)


def check(world, bought, refused):
    """BOUGHT: user or None -> transaction id."""
    assert len(bought) == len(set(bought)) == ITEMS and len(refused) == BUYERS - ITEMS
    world.delivered()
    sales = world.check_books()
    assert {sale["transaction_id"] for sale in sales} == set(bought)
    assert len({sale["user_id"] for sale in sales}) == ITEMS
    assert {k: world.count()[k] for k in ("available", "reserved", "sold")} == \
        {"available": 0, "reserved": 0, "sold": ITEMS}
    assert sorted(world.check_parcels(sales, LINES)) == LINES


@pytest.fixture
def world(tmp_path):
    with shop(tmp_path / "home", BUYERS, money=PRICE) as scene:
        scene.stock(*LINES)
        yield scene


def say_all(world, users):
    first = world.say(users[0], "!buy DL 1")
    for user in users[1:]:
        world.say(user, "!buy DL 1")
    return first


def split(told):
    bought = [re.search(f"`({RECEIPT})`", text)[1] for text in told.values() if "You bought 1" in text]
    refused = [text for text in told.values() if "sold out. Nothing was bought" in text]
    assert len(bought) + len(refused) == len(told), set(told.values())
    return bought, refused


def test_200_buyers_on_discord_at_once(world):
    with world.frozen():
        first = say_all(world, world.buyers)
    bought, refused = split(answers(world, first, BUYERS))
    check(world, bought, refused)


def test_200_buyers_in_8_consoles_and_on_discord_at_once(world):
    on_discord, rest = world.buyers[:80], world.buyers[80:]
    consoles = [Console(world.home, rest[n::CONSOLES]) for n in range(CONSOLES)]
    with world.frozen():
        first = say_all(world, on_discord)
    for console in consoles:
        console.start()
    for console in consoles:
        console.join()
    bought, refused = split(answers(world, first, len(on_discord)))
    assert all(e["code"] == "refused" and "nothing of 'DL' is left" in e["message"]
               for console in consoles for e in console.refused)
    for console in consoles:
        assert console.process.returncode == (1 if console.refused else 0)
        assert len(console.bought) + len(console.refused) == len(console.users)
        bought += console.bought
        refused += console.refused
    check(world, bought, refused)
