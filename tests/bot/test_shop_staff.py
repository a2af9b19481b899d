"""A shop's staff on Discord: what they may do in their own shop, and that another shop's ids open nothing."""

import random
import os

import pytest

from botlib import World, nth, token_of
from live import BOT, GENERAL, GUILD, MEMBER, OPERATOR, RENTER, VIEWER, bot, guild
from program import LIMIT, Home, until
from rows import rows_of

pytestmark = pytest.mark.xdist_group("bot_shop_staff")

STAFF, RENTER2 = "333333333333333335", "444444444444444444"
PEOPLE = {"operator": OPERATOR, "viewer": VIEWER, "renter": RENTER, "staff": STAFF, "member": MEMBER, "renter2": RENTER2}
BUYERS = ["555555555555555001", "555555555555555002"]
MARK = "ZQMARK"
SEED = int(os.environ.get("TENANTTUI_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
FILL = """
product add {t} {c}ONE '{m} name' 100 --category '{m} category' --description '{m} description'
product add {t} SAME '{m} same' 5
stock add {t} {c}ONE '{m} line one'
stock add {t} {c}ONE '{m} line two'
stock add {t} SAME '{m} line three'
stock add {t} SAME '{m} line four'
stock reserve {t} 2
balance add {t} 555555555555555001 1500 --growid {c}Buyer1 --note '{m} note'
balance add {t} 555555555555555002 700 --growid {c}Buyer2
buy {t} 555555555555555001 {c}ONE 1
buy {t} 555555555555555002 SAME 1
payment add {t} 25 USD --ref {m}REF
settings {t} shop world {m}WORLD
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    guilds = []
    for n in range(2):
        one = guild(n, members=(OPERATOR, VIEWER, MEMBER, STAFF, RENTER2, *BUYERS))
        one["roles"] = [{"id": f"71{n}", "name": "Staff"}]
        next(m for m in one["members"] if m["user"]["id"] == STAFF)["roles"] = [f"71{n}"]
        guilds.append(one)
    world = World(Home(tmp_path_factory.mktemp("world") / "home"), {"guilds": guilds, "bots": [bot(0), bot(1, token_of(1))]})
    try:
        world.start()
        home = world.home
        home.create("tenant02", guild=nth(GUILD, 1), plan="premium", name=f"{MARK} Store", renter=RENTER2)
        world.pushed("token", "tenant02", "set", stdin=token_of(1) + "\n")
        world.up("tenant02")
        world.since = 0
        for tenant, mark, code in (("tenant01", "OURS", "OUR"), ("tenant02", MARK, "BTW")):
            home.ok("--quiet", "--no-push", "-f", "-", stdin=FILL.format(t=tenant, m=mark, c=code))
            home.ok("--no-push", "settings", tenant, "shop", "staff_roles", "710,999" if tenant == "tenant01" else "711")
            world.quick(tenant)
        for tenant in ("tenant01", "tenant02"):
            world.pushed("sync", tenant)
        until("all goods were sent", lambda: not any(rows_of(home.db, t)["deliveries"] for t in ("tenant01", "tenant02")))
        yield world
    finally:
        world.end()


def typed(world, who, line):
    """What answers `!tenant-admin LINE` in the guild of tenant01."""
    said = world.say(who, f"!tenant-admin {line}", GENERAL)
    found = until(f"an answer to {line!r}", lambda: next(
        (r for r in world.requests(world.since, method="POST", path="*/messages", status=200)
         if (r["body"] or {}).get("nonce") == f"r{said}-0"), None))
    world.since = found["request"]
    return found["body"]["content"]


def suggested(world, who, command, focused, **options):
    report = world.sandbox.control(do="autocomplete", channel=GENERAL, member=who, bot=BOT, command=f"tenant-shop {command}",
                                   options=options, focused=focused, timeout_ms=int(LIMIT * 900))
    return [c["value"] for c in report["choices"]]


def kept(world, tenant):
    """The tenant's rows but what its bot writes about itself, and what others were refused there."""
    rows = {t: r for t, r in rows_of(world.home.db, tenant).items() if t not in ("bot_states", "gateway_sessions", "nonces")}
    return {**rows, "audit": [r for r in rows["audit"] if not r["refused"]]}


def refused(text):
    return text.startswith("\u274c") and "this needs" in text


OPERATE = {"operator"}
RENT = OPERATE | {"renter"}
SHOP = RENT | {"staff"}
RIGHTS = [
    ("product list .", SHOP), ("product show . SAME", SHOP), ("product edit . SAME price 5", SHOP), ("product enable . SAME", SHOP),
    ("product disable . NONE", SHOP), ("product threshold . SAME 0", SHOP), ("product remove . SAME --yes", SHOP), ("product add . SAME X 1", SHOP),
    ("stock list .", SHOP), ("stock count .", SHOP), ("stock show . 1", SHOP), ("stock show . 1 --reveal", SHOP), ("stock add . NONE x", SHOP),
    ("stock reserve . 99", SHOP), ("stock release . 99", SHOP), ("stock reduce . NONE 1 --yes", SHOP), ("stock redeliver . nothing", SHOP),
    ("register . 555555555555555001 OURBuyer1", SHOP), ("balance show . 555555555555555001", SHOP),
    ("balance show . ourbuyer1", SHOP), ("balance show . Nobody1", SHOP), ("balance history . 555555555555555001", SHOP), ("balance top .", SHOP), ("balance add . 1 5", SHOP), ("balance remove . 1 5", SHOP),
    ("tx list .", SHOP), ("tx show . nothing", SHOP), ("tx refund . nothing", SHOP), ("deposits .", SHOP),
    ("stats .", {"operator", "viewer", "renter"}), ("stats", {"operator", "viewer"}), ("config . language en", RENT), ("features . shop on", RENT),
    ("settings . shop", RENT), ("channels .", RENT), ("show .", {"operator", "viewer", "renter"}), ("audit .", {"operator", "viewer"}),
]


@pytest.mark.parametrize("line,allowed", RIGHTS, ids=[r[0].replace(" ", "_") for r in RIGHTS])
def test_who_may(shared, line, allowed):
    for name, person in PEOPLE.items():
        text = typed(shared, person, line)
        assert refused(text) == (name not in allowed), (name, text)


def test_contents_are_shown_to_the_asker_alone(shared):
    assert "OURS line two" in shared.dm(RENTER, "!tenant-admin stock show . 2 --reveal")["content"]
    report = shared.slash(RENTER, "tenant-shop stock show", item=2, reveal=True)
    assert report["ephemeral"] and "OURS line two" in report["message"]["content"]
    ephemeral = 1 << 6
    assert not [m for m in shared.messages(author=None) if "OURS line" in m["content"] and not m["flags"] & ephemeral]


def test_a_customer_is_named_by_the_growid_and_completed(shared):
    assert "OURBuyer1" in typed(shared, STAFF, "balance show . ourbuyer1")
    assert "no customer has the GrowID 'BTWBuyer1'" in typed(shared, STAFF, "balance show . BTWBuyer1")
    report = shared.slash(RENTER, "tenant-shop tx list", tenant=".", user="OURBuyer1")
    assert "OURONE" in report["message"]["content"] and "SAME" not in report["message"]["content"]
    offered = {name: suggested(shared, person, "balance show", "user", user="our") for name, person in PEOPLE.items()}
    assert offered == {name: ["ourBuyer1", "ourBuyer2"] if name in SHOP else [] for name in PEOPLE}


TERMINAL = [f"buy . {BUYERS[0]} SAME 1", "tx export . out.csv", "rent .", "rent . extend 5", "payment add . 5 USD", "payment list ."]


@pytest.mark.parametrize("line", TERMINAL)
def test_what_is_the_terminal_s(shared, line):
    before = kept(shared, "tenant01")
    for person in (OPERATOR, RENTER, STAFF):
        assert typed(shared, person, line).startswith("\u274c")
    assert kept(shared, "tenant01") == before
    assert "terminal" in typed(shared, OPERATOR, line)


@pytest.mark.parametrize("permission,line", [("manage_products", "product list ."), ("manage_users", "balance top .")])
def test_without_the_permission_staff_and_renter_may_not(shared, permission, line):
    shared.pushed("permissions", "tenant01", permission, "false")
    for person in (RENTER, STAFF):
        text = typed(shared, person, line)
        assert refused(text) and permission in text
    assert not refused(typed(shared, OPERATOR, line))
    shared.pushed("permissions", "tenant01", permission, "true")
    assert not refused(typed(shared, STAFF, line))


def test_with_admin_commands_off_only_operators_go_on(shared):
    shared.pushed("features", "tenant01", "admin_commands", "off")
    assert refused(typed(shared, STAFF, "product list .")) and refused(typed(shared, RENTER, "product list ."))
    assert not refused(typed(shared, OPERATOR, "product list ."))
    shared.pushed("features", "tenant01", "admin_commands", "on")


def test_staff_are_those_who_wear_the_role_now(shared):
    role = {"guild": GUILD, "member": STAFF}
    shared.sandbox.control(do="member_update", **role, roles=[])
    until("it is nobody any more", lambda: refused(typed(shared, STAFF, "product list .")))
    shared.sandbox.control(do="member_update", **role, roles=["710"])
    until("it is staff again", lambda: not refused(typed(shared, STAFF, "product list .")))


def test_a_change_by_staff_is_audited_and_undone_by_them(shared):
    text = typed(shared, STAFF, "balance add . 555555555555555001 5")
    row = shared.home.json("audit", "tenant01", "--limit", 1)["items"][0]
    assert (row["who"], row["face"]) == (f"discord:{STAFF}", "discord") and f"audit {row['audit']}" in text
    assert not refused(typed(shared, STAFF, f"undo {row['audit']}"))
    entries = shared.home.json("balance", "history", "tenant01", BUYERS[0], "--limit", 2)["items"]
    assert [(e["kind"], e["amount"]) for e in entries] == [("undo", -5), ("adjustment", 5)]


def test_nothing_of_another_shop_is_shown_or_changed(shared):
    """Every command of the shop's, with the other shop's ids; what any bot said anywhere is looked through."""
    print(f"TENANTTUI_SEED={SEED}")
    home, dice = shared.home, random.Random(SEED)
    theirs = kept(shared, "tenant02")
    assert theirs["stock"] and theirs["transactions"] and theirs["audit"]
    ids = {str(r[k]) for table, key in (("stock", "item"), ("entries", "entry"), ("audit", "audit"), ("payments", "payment"),
                                        ("products", "code"), ("customers", "user_id")) for r in theirs[table] for k in [key]}
    ids |= {r["transaction_id"] for r in home.json("tx", "list", "tenant02")["items"]}
    word = lambda: dice.choice(sorted(ids))
    forms = [line for line, allowed in RIGHTS if "staff" in allowed] + ["undo {}", "redo {}", "tx list . --after {}", "tx list . --product {}",
                                                                       "stock list . --after {}", "balance top . --around {}", "audit tenant02",
                                                                       "stock list tenant02", "tx list tenant02", "show tenant02",
                                                                       "product edit tenant02 BTWONE price 1", "balance add tenant02 {} 5"]
    since = shared.mark()
    for form in forms:
        for who in (STAFF, RENTER):
            words = form.format(word()).split(" ")
            if "{" not in form and "tenant02" not in form:
                words = [w if n < 3 or w.startswith("-") or w == "price" else word() for n, w in enumerate(words)]
            typed(shared, who, " ".join(words))
    said = [r for r in shared.requests(since, limit=100000) if r["method"] != "GET"]
    assert len(said) >= 2 * len(forms)
    told = [r for r in said if MARK in str(r["body"])]
    assert told == [], f"TENANTTUI_SEED={SEED}: {told[0]}"
    after = kept(shared, "tenant02")
    for table, rows in theirs.items():
        assert after[table] == rows, f"TENANTTUI_SEED={SEED}: {table}"
