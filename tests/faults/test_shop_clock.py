"""Somebody sets the host's clock by days while a shop is busy: nothing is delivered twice or held up, no rental term
ends by it, and the numbers add up."""

import itertools

import pytest

from hostile import DAY
from live import LOGS
from program import SLOW, until
from scene import fault, last_request, requests
from shop import shop
from test_shop_discord import MESSAGES, buy, delivery, dm_posts, give_up, look_ups

MINUTE = 60 * 1000
LINES = [f"secret {n:03}" for n in range(120)]


@pytest.fixture
def world(tmp_path):
    with shop(tmp_path / "home", 6, hostile=True) as scene:
        scene.stock(*LINES)
        yield scene
        scene.sandbox.control(do="clear_faults")
        scene.delivered()
        scene.check_parcels(scene.check_books(), LINES)


def test_steps_of_days_in_a_busy_shop_double_and_lose_nothing(world):
    users = itertools.cycle(world.buyers)
    for step in (1, -2, 30, -29, 400, -400, -3, 3):
        for _ in range(2):
            world.say(next(users), "!buy DL 1")
        world.donate(next(users), 7)
        world.host.step(realtime_ms=step * DAY)
        world.say(next(users), "!buy DL 2")
        buy(world, next(users))
        world.pass_time(MINUTE + 1000)
    until("all is bought", lambda: len(world.sales()) == 8 * 4, 60 * SLOW)
    until("all is counted", lambda: len(world.credited()) == 8, 60 * SLOW)
    world.delivered_in_time()
    days = world.home.json("stats", "tenant01", "--by", "day")["items"]
    assert sum(d["total"] for d in days) == sum(s["total"] for s in world.sales())
    assert sum(d["sales"] for d in days) == 8 * 4


@pytest.mark.parametrize("kind,more", [("status", {"status": 503}), ("reset", {"after_effect": True})],
                         ids=["not taken", "outcome unknown"])
@pytest.mark.parametrize("step", [-1, 400])
def test_what_waits_or_is_leased_while_the_clock_is_set_is_not_held_up(world, kind, more, step):
    user = world.buyers[0]
    fault(world, "rest", kind, method="POST", path=MESSAGES, times=0, **more)
    tx = give_up(world, user)
    world.sandbox.control(do="clear_faults")
    world.host.step(realtime_ms=step * DAY)
    before = last_request(world)
    world.pass_time(MINUTE + 1000)
    until("it is noted as sent", lambda: delivery(world, tx) == "sent", 60 * SLOW)
    if "after_effect" in more:  # nobody knows how old the attempt is
        assert len(look_ups(world, user, before)) == 1 and not dm_posts(world, user, before)


def test_a_new_daemon_after_the_clock_was_set_back_holds_nothing_up(world):
    user = world.buyers[0]
    fault(world, "rest", "status", method="POST", path=MESSAGES, times=0, status=503)
    tx = give_up(world, user)
    world.daemon.kill()
    world.sandbox.control(do="clear_faults")
    world.host.step(realtime_ms=-DAY)
    world.start_daemon()
    until("it is noted as sent", lambda: delivery(world, tx) == "sent", 60 * SLOW)


def notices(world):
    return [m["content"] for m in world.messages(LOGS, "0")]


def test_no_term_ends_by_a_clock_that_is_set_wrong_for_a_while(world):
    world.home.ok("rent", "tenant01", "extend", 20)
    before = world.home.json("rent", "tenant01")
    world.host.step(realtime_ms=40 * DAY)
    world.pass_time(MINUTE + 1000)
    world.logged("it was set by 40d")
    world.host.step(realtime_ms=-40 * DAY)
    for _ in range(15):
        world.pass_time(MINUTE + 1000)
    assert world.show()["status"] == "active" and notices(world) == []
    assert world.home.json("rent", "tenant01") == before


def test_a_change_that_comes_before_the_wrong_clock_is_noticed_ends_no_term(world):
    world.home.ok("rent", "tenant01", "extend", 20)
    mark = world.log_mark()
    world.host.step(realtime_ms=40 * DAY)
    world.home.ok("--no-push", "product", "threshold", "tenant01", "DL", 1)  # the daemon looks at the terms
    until("the daemon noticed it", lambda: "it was set by 40d" in world.daemon.log[mark:], 30 * SLOW)
    assert world.show()["status"] == "active" and notices(world) == []
    world.host.step(realtime_ms=-40 * DAY)


def test_a_clock_that_was_wrong_and_is_right_now_ends_the_term_once(world):
    world.home.ok("rent", "tenant01", "extend", 20)
    world.home.ok("rent", "tenant01", "auto", "on")
    world.host.step(realtime_ms=40 * DAY)
    world.pass_time(MINUTE + 1000)

    def renewed():
        world.pass_time(MINUTE + 1000)
        return len(notices(world)) == 1
    until("it was renewed", renewed, 60 * SLOW)
    for _ in range(3):
        world.pass_time(MINUTE + 1000)
    assert world.show()["status"] == "active" and len(notices(world)) == 1
    world.home.ok("rent", "tenant01", "auto", "off")
    world.host.step(realtime_ms=40 * DAY)
    minutes = itertools.count()

    def expired():  # an expired bot answers nobody; what is written wakes the daemon as well
        world.host.step(realtime_ms=MINUTE + 1000, monotonic_ms=MINUTE + 1000)
        world.home.ok("--no-push", "product", "threshold", "tenant01", "DL", 1 + next(minutes) % 2)
        return world.show()["status"] == "expired"
    until("it has expired", expired, 60 * SLOW)
    assert next(minutes) > 9
