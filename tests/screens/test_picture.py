"""The picture in doc/: a rental at work. TENANTTUI_PICTURE=write writes doc/screens.svg anew."""

import os
import sqlite3
import time

import pytest

from live import CONTROL, GUILD, LOGS, TOKEN, Live, seed
from program import ROOT, Home
from terminal import picture

STORES = [("raja_gt", "Raja GT", "enterprise"), ("kedai_sari", "Kedai Sari", "premium"), ("toko_maju", "Toko Maju", "basic"),
          ("budi_store", "Budi Store", "premium"), ("indah_jaya", "Indah Jaya", "basic")]


HOUR = 3600_000
DAY = 24 * HOUR


def open_shops(home):
    """Two shops, of which one runs low, and what was sold in the hours and days before: no test waits for those."""
    home.ok("--quiet", "-f", "-", stdin="""
        product add raja_gt DL 'Diamond Lock' 100 --category locks
        product add raja_gt RAYMAN 'Rayman Fist' 900 --category tools
        product add tenant01 DL 'Diamond Lock' 105 --category locks
        product threshold raja_gt RAYMAN 3
        register raja_gt 333333333333333333 BudiGT
        balance add raja_gt 333333333333333333 '20 BGL'
        rent budi_store extend 3
    """)
    home.ok("--quiet", "stock", "import", "raja_gt", "DL", "-", stdin="".join(f"lock {n}\n" for n in range(412)))
    home.ok("--quiet", "stock", "import", "raja_gt", "RAYMAN", "-", stdin="".join(f"fist {n}\n" for n in range(4)))
    home.ok("--quiet", "stock", "import", "tenant01", "DL", "-", stdin="".join(f"other {n}\n" for n in range(1920)))
    home.ok("buy", "raja_gt", 333333333333333333, "RAYMAN", 1)
    db = sqlite3.connect(home.db)
    now = int(time.time() * 1000)
    for hour in range(1, 24 * 8):
        begin = now // HOUR * HOUR - hour * HOUR
        total = [2, 2, 4, 6, 3, 2, 1, 2, 5, 8, 11, 14, 17, 15, 12, 13, 16, 19, 22, 17, 12, 9, 6, 4][begin // HOUR % 24] * 90
        db.execute("INSERT INTO sales_total VALUES (?, ?, ?, ?)", (begin, total // 80, total // 40, total - (hour > 24) * 17))
    tomorrow = (now + 7 * HOUR) // DAY * DAY - 7 * HOUR + DAY  # by the tenants' own clock
    for day in range(2, 30):
        for tenant, sales in (("raja_gt", 11 + day * 7 % 13), ("tenant01", 5 + day * 5 % 7)):
            db.execute("INSERT INTO sales_days VALUES (?, ?, ?, ?, ?)",
                       (tenant, tomorrow - day * DAY, sales, 2 * sales, sales * (150 + day * 37 % 90)))
    db.commit()
    db.close()


@pytest.fixture
def rental_at_work(tmp_path):
    world = Live(Home(tmp_path / "home"), seed(1 + len(STORES)))
    try:
        world.home.ok("--no-push", "-f", "-", stdin="".join(
            f"create 123456789012345678 {800000000000000000 + n} 'Store {n}' {('basic', 'premium')[n % 3 == 0]} "
            f"--id store_{n:02d}\n" for n in range(40)))
        world.start()
        world.home.ok("--no-push", "channels", "tenant01", "donation_log", LOGS)
        for n, (tenant, name, plan) in enumerate(STORES, 1):
            world.home.create(tenant, int(GUILD) + 1000 * n, plan, name)
            world.home.ok("--no-push", "channels", tenant, "control", int(CONTROL) + 1000 * n)
            world.home.json("token", tenant, "set", stdin=f"{TOKEN}{n}\n")
        world.home.ok("-f", "-", stdin="""
            status store_07 suspended
            status store_19 maintenance
            plan store_21 enterprise
            rename store_03 'Toko Baru'
            config raja_gt language en
            config budi_store nickname 'Budi Bot'
            permissions kedai_sari view_analytics off
            settings kedai_sari welcome message 'Selamat datang!'
            undo
        """)
        open_shops(world.home)
        world.sandbox.control(do="revoke_token", bot=str(555555555555555555 + len(STORES)))
        yield world
    finally:
        world.end()


def test_a_rental_at_work(rental_at_work, open_screens):
    rental_at_work.home.ok("features", "kedai_sari", "welcome", "on")
    t = open_screens(rental_at_work.home, rows=26, cols=96)
    t.wait("46 total")
    t.key("2")
    t.wait("of 46")
    t.key("/")
    t.type("tenant01")
    t.wait("1 of 1")
    t.key("enter", "enter")
    t.wait("in step")
    t.key("end")
    t.wait("▶ [ ] donation")
    t.key("space")
    t.wait("acknowledged by bot-")
    t.wait("rev 4 = 4 ✓")
    tenant = t.style()[:16] + t.style()[-2:]
    t.key("0")
    t.wait("donation on")
    t.wait("last ack")
    rental_at_work.home.ok("--no-push", "features", "raja_gt", "welcome", "on")
    t.wait("raja_gt")
    dashboard = t.style()
    t.key(":")
    t.type("show raja_gt")
    t.key("enter")
    t.wait("Raja GT")
    t.key("left", "left", "left")
    t.wait("NUMBERS")
    t.wait("▶ ")
    numbers = t.style()[:3] + t.style()[-9:]
    if os.environ.get("TENANTTUI_PICTURE") == "write":
        os.makedirs(os.path.join(ROOT, "doc"), exist_ok=True)
        picture(os.path.join(ROOT, "doc", "screens.svg"), [dashboard, tenant, numbers], "tenanttui: the dashboard, a tenant and its sales")
