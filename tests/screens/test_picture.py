"""The picture in doc/: a rental at work. TENANTTUI_PICTURE=write writes doc/screens.svg anew."""

import os

import pytest

from live import CONTROL, GUILD, TOKEN, Live, seed
from program import ROOT, Home
from terminal import picture

STORES = [("raja_gt", "Raja GT", "enterprise"), ("kedai_sari", "Kedai Sari", "premium"), ("toko_maju", "Toko Maju", "basic"),
          ("budi_store", "Budi Store", "premium"), ("indah_jaya", "Indah Jaya", "basic")]


@pytest.fixture
def rental_at_work(tmp_path):
    world = Live(Home(tmp_path / "home"), seed(1 + len(STORES)))
    try:
        world.home.ok("--no-push", "-f", "-", stdin="".join(
            f"create 123456789012345678 {800000000000000000 + n} 'Store {n}' {('basic', 'premium')[n % 3 == 0]} "
            f"--id store_{n:02d}\n" for n in range(40)))
        world.start()
        for n, (tenant, name, plan) in enumerate(STORES, 1):
            world.home.create(tenant, int(GUILD) + 1000 * n, plan, name)
            world.home.ok("--no-push", "channels", tenant, "control", int(CONTROL) + 1000 * n)
            world.home.json("--wait", 20, "token", tenant, "set", stdin=f"{TOKEN}{n}\n")
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
    t.key("end", "up")
    t.wait("▶ [ ] welcome")
    t.key("space")
    t.wait("acknowledged by bot-")
    t.wait("rev 3 = 3 ✓")
    tenant = t.style()[:16] + t.style()[-2:]
    t.key("0")
    t.wait("welcome on")
    t.wait("last ack")
    rental_at_work.home.ok("--no-push", "features", "raja_gt", "welcome", "on")
    t.wait("raja_gt")
    dashboard = t.style()
    if os.environ.get("TENANTTUI_PICTURE") == "write":
        os.makedirs(os.path.join(ROOT, "doc"), exist_ok=True)
        picture(os.path.join(ROOT, "doc", "screens.svg"), [dashboard, tenant], "tenanttui: the dashboard and a tenant")
