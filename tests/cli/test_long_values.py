"""100,000 bytes in the place of each argument and option of each command: one clear error, and nothing of SQL."""

import json
import re

import pytest

from program import LIMIT

BIG = {"letters": "x" * 100_000, "digits": "9" * 100_000, "lines": "é b\n" * 20_000}
# What stands in the other places, so that the one that is long is reached.
SAMPLES = {"tenant": "tenant01", "discord_id": "123456789012345678", "guild_id": "223456789012345678", "name": "Store",
           "plan": "premium", "status": "active", "feature": "welcome", "type": "logs", "id": "323456789012345678",
           "permission": "manage_users", "key": "prefix", "state": "on", "value": "1", "code": "DL", "price": "10",
           "field": "name", "n": "1", "line": "one line", "item": "1", "tx": "AAA-AAA-AAA", "user": "123456789012345679",
           "growid": "Rina99", "amount": "10", "currency": "USD", "file": "missing.txt", "command": "show", "term": "extend",
           "role": "viewer", "audit": "1", "push": "1", "action": "clear", "words": "show", "shell": "bash"}
# Words to look for and places to start from may be of any length: nothing is found, or the listing is empty.
ANY_LENGTH = {"--search", "--after", "--before", "--around", "--by", "--command"}
SQL = re.compile(r"constraint|sqlite|\bSELECT\b|\bINSERT\b|\bUPDATE [a-z_]+ SET\b|no such (table|column)|too big|refuses the change", re.I)


def commands(home):
    """The usage line of each: [name, words...]."""
    names = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  +\S", home.ok("help").out, flags=re.M)
    for name in names:
        usage = home.ok("help", *name.split()).out.splitlines()[0]
        assert usage.startswith(name), usage
        yield name, re.findall(r"\[--[a-z-]+(?: [A-Z]+)?\]|<[^>]+>|\[[^\]]+\]", usage[len(name):])


def sample(place):
    """A word that fits there, or the first of its words; what an argument is called."""
    inner = place.strip("<>[]").replace("...", "")
    if "|" in inner:
        return inner.split("|")[0]
    return SAMPLES.get(inner, "1")


def lines_of(name, places):
    """(place, words before, words behind) for each place that takes a value."""
    arguments = [place for place in places if not place.startswith("[--")]
    for i, place in enumerate(arguments):
        before = [sample(p) for p in arguments[:i]]
        behind = [sample(p) for p in arguments[i + 1:] if p.startswith("<")]
        yield place, [*name.split(), *before], behind
    for place in places:
        option = re.fullmatch(r"\[(--[a-z-]+) [A-Z]+\]", place)
        if option:
            needed = [sample(p) for p in arguments if p.startswith("<")]
            yield option[1], [*name.split(), *needed, option[1]], []


def values_of(home):
    """Each key that takes a value of its own."""
    for item in home.json("config", "tenant01")["items"]:
        yield item["key"], ["config", "tenant01", item["key"]], []
    for feature in home.json("features", "tenant01")["items"]:
        answer = home.run("-o", "json", "settings", "tenant01", feature["feature"])
        for item in answer.json["items"] if answer.status == 0 else []:
            yield f"{feature['feature']} {item['key']}", ["settings", "tenant01", feature["feature"], item["key"]], []
    yield "custom command", ["settings", "tenant01", "custom_commands", "rules"], []
    for field in ("code", "name", "price", "description", "category"):
        yield field, ["product", "edit", "tenant01", "DL", field], []
    for option in ("--category", "--description"):
        yield option, ["product", "add", "tenant01", "WL", "World", "10", option], []
    for amount in ("add", "remove"):
        for option in ("--note", "--growid"):
            yield f"{amount} {option}", ["balance", amount, "tenant01", "123456789012345679", "10", option], []


def shop_home(home):
    home.create(plan="enterprise")
    home.ok("product", "add", "tenant01", "DL", "Diamond", "10")
    home.ok("stock", "add", "tenant01", "DL", "first")
    home.ok("register", "tenant01", "123456789012345679", "Rina99")
    home.ok("balance", "add", "tenant01", "123456789012345679", "1000")


def refused(home, place, before, behind, big):
    """The line with BIG in its place: refused in one line, or, for what may have any length, answered."""
    result = home.run("--yes", "--wait", "0", "-o", "json", *before, big, *behind, stdin="", limit=LIMIT)
    about = f"{' '.join(before)} <{place}>: {result.status} {result.out[-300:]} {result.err[:900]}"
    assert len(result.err) < 2000 and not SQL.search(result.out + result.err), about
    if result.status == 0:
        return about
    errors = [line for line in result.err.splitlines() if line.startswith('{"error"')]
    assert len(errors) == 1 and errors[0] == result.err.splitlines()[-1], about
    error = json.loads(errors[0])["error"]
    assert result.status in (1, 2, 3) and error["code"] not in ("internal", "db_damaged"), about
    assert error["message"] and "\n" not in error["message"], about
    return None


@pytest.mark.parametrize("kind", BIG)
def test_no_argument_may_have_any_length(home, kind):
    shop_home(home)
    before_all = home.json("audit", "--limit", 0)["items"]
    places = [(name, *line) for name, usage in commands(home) for line in lines_of(name, usage)]
    places += [("", *line) for line in values_of(home)]
    assert len(places) > 150
    accepted = []
    for name, place, before, behind in places:
        said = refused(home, place, before, behind, BIG[kind])
        if said and place not in ANY_LENGTH:
            accepted.append(said)
    assert not accepted, "\n".join(accepted)
    assert home.json("audit", "--limit", 0)["items"] == before_all
    assert home.json("doctor")["ok"] is True
