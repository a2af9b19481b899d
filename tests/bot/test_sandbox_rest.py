"""The sandbox's REST side against Discord's documentation: routes, limits, permissions, errors, rate limits, faults.

Every answer of every test is also held against Discord's API description where that is at hand."""

import http.client
import json
import os
import time
import urllib.parse

import pytest

import contract
from program import LIMIT, Home, Sandbox

GUILD, OTHER = "900000000000000001", "900000000000000002"
TEXT, SECRET, CATEGORY, NEWS = "900000000000000011", "900000000000000012", "900000000000000013", "900000000000000014"
FOREIGN = "900000000000000021"
OWNER, MEMBER, STRANGER = "900000000000000101", "900000000000000102", "900000000000000103"
STAFF, HIGH = "900000000000000201", "900000000000000202"
BOT, SECOND = "900000000000000301", "900000000000000302"
HOOK = "900000000000000401"
TOKEN, SECOND_TOKEN = "first.bot.token", "second.bot.token"
VIEW, SEND, ADD_REACTIONS, MANAGE_CHANNELS = 1 << 10, 1 << 11, 1 << 6, 1 << 4

SEED = {
    "guilds": [
        {"id": GUILD, "name": "One", "owner_id": OWNER,
         "roles": [{"id": STAFF, "name": "staff", "position": 1}],
         "channels": [
             {"id": TEXT, "name": "text", "topic": "of this and that", "webhooks": [{"id": HOOK, "token": "hook-token"}]},
             {"id": SECRET, "name": "secret",
              "permission_overwrites": [{"id": GUILD, "type": 0, "deny": str(VIEW)}]},
             {"id": CATEGORY, "name": "Category", "type": 4}, {"id": NEWS, "name": "news", "type": 5}],
         "members": [{"user": {"id": OWNER, "username": "owner"}},
                     {"user": {"id": MEMBER, "username": "member"}, "nick": "Nick", "roles": [STAFF]}]},
        {"id": OTHER, "name": "Two", "owner_id": OWNER, "channels": [{"id": FOREIGN, "name": "foreign"}]}],
    "users": [{"id": STRANGER, "username": "stranger"}],
    "bots": [{"id": BOT, "token": TOKEN, "username": "first", "flags": 1 << 15 | 1 << 19, "guilds": [GUILD]},
             {"id": SECOND, "token": SECOND_TOKEN, "username": "second", "guilds": [OTHER]}],
    "limits": {"rate": False},
}


class World:
    def __init__(self, path, limits=None):
        self.record = str(path / "record.jsonl")
        seed = {**SEED, "limits": {**SEED["limits"], **(limits or {})}}
        self.sandbox = Sandbox(Home(path / "home"), seed=seed, words=["--record", self.record])
        url = urllib.parse.urlparse(self.sandbox.base)
        self.port = url.port

    def send(self, method, path, body=None, token=TOKEN, headers=None):
        """(status, document, headers) of a request as a bot makes it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        head = {"Authorization": f"Bot {token}"} if token else {}
        data = body
        if body is not None and not isinstance(body, bytes):
            data, head["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection.request(method, "/api/v10" + path, data, {**head, **(headers or {})})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None, answer.headers

    def ok(self, method, path, body=None, status=200, **more):
        got, document, _ = self.send(method, path, body, **more)
        assert got == status, (method, path, got, document)
        return document

    def refused(self, status, code, method, path, body=None, **more):
        got, document, _ = self.send(method, path, body, **more)
        assert (got, document["code"]) == (status, code), (method, path, got, document)
        return document

    def invalid(self, place, method, path, body):
        """Refused with 50035 and an objection at this place, "embeds.0.title"; its code."""
        errors = self.refused(400, 50035, method, path, body)["errors"]
        for key in place.split("."):
            assert key in errors, (place, errors)
            errors = errors[key]
        return errors["_errors"][0]["code"]

    def say(self, content="hello", channel=TEXT, **more):
        return self.ok("POST", f"/channels/{channel}/messages", {"content": content, **more})

    def control(self, verb, **more):
        return self.sandbox.control(do=verb, **more)

    def close(self):
        assert self.sandbox.end() == 0
        if contract.available():
            described = contract.Contract()
            # Discord words the codes inside the tree as texts, as its documentation shows; the description says integer.
            schemas = described.document["components"]["schemas"]
            schemas["InnerErrors"]["properties"]["_errors"]["items"] = {
                "type": "object", "required": ["code", "message"],
                "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}
            complaints = [c for entry in contract.entries(self.record)
                          if "fault" not in entry for c in described.answer(entry)]
            assert not complaints, "\n".join(complaints)


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


# --- who is asking ---

def test_a_wrong_token_is_401_with_code_0(world):
    for token in ("nonsense", "", SECOND_TOKEN + "x"):
        assert world.refused(401, 0, "GET", "/users/@me", token=token)["message"] == "401: Unauthorized"
    assert world.ok("GET", "/users/@me")["id"] == BOT
    world.control("revoke_token", bot=BOT)
    world.refused(401, 0, "GET", "/users/@me")
    world.control("set_token", bot=BOT, token="another")
    assert world.ok("GET", "/users/@me", token="another")["id"] == BOT


def test_the_bot_and_its_application(world):
    assert world.ok("GET", "/applications/@me")["flags"] == 1 << 15 | 1 << 19
    assert world.ok("GET", "/oauth2/applications/@me")["id"] == BOT
    world.control("set_flags", bot=BOT, flags=0)
    assert world.ok("GET", "/applications/@me")["flags"] == 0
    assert world.ok("GET", f"/users/{MEMBER}")["username"] == "member"
    world.refused(404, 10013, "GET", "/users/999999999999999999")
    assert [g["id"] for g in world.ok("GET", "/users/@me/guilds")] == [GUILD]
    assert world.ok("PATCH", "/users/@me", {"username": "renamed"})["username"] == "renamed"


def test_the_gateway_is_where_the_client_came_from(world):
    bot = world.ok("GET", "/gateway/bot")
    assert bot["url"].startswith("ws://127.0.0.1:") and bot["session_start_limit"]["total"] == 1000
    named = world.send("GET", "/gateway", headers={"Host": f"localhost:{world.port}"})[1]
    assert named["url"].startswith("ws://localhost:")


def test_unknown_paths_and_methods(world):
    world.refused(404, 0, "GET", "/nothing/here")
    world.refused(405, 0, "DELETE", "/gateway")
    assert world.refused(400, 50035, "GET", "/channels/abc")["errors"]["channel_id"]
    world.refused(400, 50109, "POST", f"/channels/{TEXT}/messages", b"{not json", headers={"Content-Type": "application/json"})


# --- guilds, channels, roles ---

def test_guilds_are_shown_to_their_members_only(world):
    guild = world.ok("GET", f"/guilds/{GUILD}?with_counts=true")
    assert guild["approximate_member_count"] == 3 and {r["name"] for r in guild["roles"]} == {"@everyone", "staff", "first"}
    world.refused(403, 50001, "GET", f"/guilds/{OTHER}")
    world.refused(404, 10004, "GET", "/guilds/1")
    world.refused(403, 50001, "GET", f"/channels/{FOREIGN}")
    world.refused(404, 10003, "GET", "/channels/1")


def test_channels_come_change_and_go(world):
    made = world.ok("POST", f"/guilds/{GUILD}/channels", {
        "name": "My Channel", "topic": "a topic", "parent_id": CATEGORY, "rate_limit_per_user": 5,
        "permission_overwrites": [{"id": BOT, "type": 1, "allow": str(VIEW), "deny": "0"}]}, 201)
    assert made["name"] == "my-channel" and made["parent_id"] == CATEGORY and made["topic"] == "a topic"
    assert made["permission_overwrites"] == [{"id": BOT, "type": 1, "allow": str(VIEW), "deny": "0"}]
    path = f"/channels/{made['id']}"
    assert world.ok("PATCH", path, {"name": "renamed", "topic": None})["topic"] is None
    world.ok("PUT", f"{path}/permissions/{STAFF}", {"type": 0, "deny": str(SEND)}, 204)
    assert len(world.ok("GET", path)["permission_overwrites"]) == 2
    world.ok("DELETE", f"{path}/permissions/{STAFF}", status=204)
    assert made["id"] in {c["id"] for c in world.ok("GET", f"/guilds/{GUILD}/channels")}
    assert world.ok("DELETE", path)["id"] == made["id"]
    world.refused(404, 10003, "GET", path)
    world.invalid("name", "POST", f"/guilds/{GUILD}/channels", {})
    world.invalid("name", "POST", f"/guilds/{GUILD}/channels", {"name": "x" * 101})
    world.invalid("parent_id", "POST", f"/guilds/{GUILD}/channels", {"name": "x", "parent_id": TEXT})
    world.invalid("type", "POST", f"/guilds/{GUILD}/channels", {"name": "x", "type": 99})
    world.invalid("topic", "PATCH", f"/channels/{TEXT}", {"topic": "x" * 1025})


def test_roles_come_change_and_go(world):
    made = world.ok("POST", f"/guilds/{GUILD}/roles", {"name": "new", "color": 255, "permissions": "8"})
    path = f"/guilds/{GUILD}/roles/{made['id']}"
    assert made["permissions"] == "8" and made["colors"]["primary_color"] == 255
    assert world.ok("PATCH", path, {"name": "newer"})["name"] == "newer"
    assert world.ok("GET", path)["name"] == "newer"
    world.ok("PUT", f"/guilds/{GUILD}/members/{MEMBER}/roles/{made['id']}", status=204)
    assert made["id"] in world.ok("GET", f"/guilds/{GUILD}/members/{MEMBER}")["roles"]
    world.ok("DELETE", path, status=204)
    assert made["id"] not in world.ok("GET", f"/guilds/{GUILD}/members/{MEMBER}")["roles"]
    world.refused(404, 10011, "GET", path)
    assert len(world.ok("GET", f"/guilds/{GUILD}/roles")) == 3


def test_members_are_changed_within_the_bots_rank(world):
    path = f"/guilds/{GUILD}/members/{MEMBER}"
    assert world.ok("GET", path)["nick"] == "Nick"
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    changed = world.ok("PATCH", path, {"nick": None, "communication_disabled_until": until})
    assert changed["nick"] is None and changed["communication_disabled_until"].startswith(until[:19])
    world.ok("DELETE", f"{path}/roles/{STAFF}", status=204)
    assert world.ok("GET", path)["roles"] == []
    world.invalid("nick", "PATCH", path, {"nick": "x" * 33})
    world.invalid("communication_disabled_until", "PATCH", path, {"communication_disabled_until": "2999-01-01T00:00:00Z"})
    world.refused(403, 50013, "PATCH", f"/guilds/{GUILD}/members/{OWNER}", {"nick": "mine"})
    world.refused(404, 10007, "GET", f"/guilds/{GUILD}/members/{STRANGER}")
    world.refused(404, 10013, "GET", f"/guilds/{GUILD}/members/123")
    assert len(world.ok("GET", f"/guilds/{GUILD}/members?limit=10")) == 3
    assert [m["user"]["id"] for m in world.ok("GET", f"/guilds/{GUILD}/members/search?query=mem")] == [MEMBER]
    assert world.ok("PATCH", f"/guilds/{GUILD}/members/@me", {"nick": "Keeper"})["nick"] == "Keeper"
    world.ok("DELETE", path, status=204)
    world.refused(404, 10007, "GET", path)
    world.control("set_flags", bot=BOT, flags=0)
    world.refused(403, 50001, "GET", f"/guilds/{GUILD}/members")


# --- permissions ---

@pytest.mark.parametrize("deny, method, path, body", [
    (SEND, "POST", f"/channels/{TEXT}/messages", {"content": "x"}),
    (MANAGE_CHANNELS, "PATCH", f"/channels/{TEXT}", {"name": "x"}),
    (MANAGE_CHANNELS, "DELETE", f"/channels/{TEXT}", None),
    (ADD_REACTIONS, "PUT", f"/channels/{TEXT}/messages/%s/reactions/%%E2%%9C%%85/@me", None),
], ids=["send", "change", "delete", "react"])
def test_a_denied_permission_is_403(world, deny, method, path, body):
    message = world.say()["id"]
    target = path % message if "%" in path else path
    world.ok("PUT", f"/channels/{TEXT}/permissions/{BOT}", {"type": 1, "deny": str(deny)}, 204)
    world.refused(403, 50013, method, target, body)


def test_a_channel_that_the_bot_cannot_see_is_50001(world):
    world.refused(403, 50001, "GET", f"/channels/{SECRET}")
    world.refused(403, 50001, "POST", f"/channels/{SECRET}/messages", {"content": "x"})


def test_a_timed_out_member_may_only_look(world):
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    world.control("member_update", guild=GUILD, member=BOT, communication_disabled_until=until)
    world.refused(403, 50013, "POST", f"/channels/{TEXT}/messages", {"content": "x"})
    assert world.ok("GET", f"/channels/{TEXT}")["id"] == TEXT


# --- messages ---

def test_messages_are_written_read_edited_and_deleted(world):
    first, second = world.say("one"), world.say("two", message_reference={"message_id": world.say("zero")["id"]})
    assert second["type"] == 19 and second["referenced_message"]["content"] == "zero"
    path = f"/channels/{TEXT}/messages"
    assert world.ok("GET", f"{path}/{first['id']}")["content"] == "one"
    edited = world.ok("PATCH", f"{path}/{first['id']}", {"content": "changed"})
    assert edited["content"] == "changed" and edited["edited_timestamp"]
    assert [m["content"] for m in world.ok("GET", f"{path}?limit=2")] == ["two", "zero"]
    assert [m["content"] for m in world.ok("GET", f"{path}?after={first['id']}&limit=1")] == ["zero"]
    assert [m["content"] for m in world.ok("GET", f"{path}?before={second['id']}")] == ["zero", "changed"]
    assert "zero" in [m["content"] for m in world.ok("GET", f"{path}?around={second['id']}&limit=3")]
    world.ok("DELETE", f"{path}/{first['id']}", status=204)
    world.refused(404, 10008, "GET", f"{path}/{first['id']}")
    theirs = world.control("message", channel=TEXT, member=MEMBER, content="mine")["message"]
    world.refused(403, 50005, "PATCH", f"{path}/{theirs}", {"content": "stolen"})
    world.ok("DELETE", f"{path}/{theirs}", status=204)
    world.invalid("limit", "GET", f"{path}?limit=101", None)
    world.refused(400, 50008, "POST", f"/channels/{CATEGORY}/messages", {"content": "x"})


def test_limits_of_a_message(world):
    path = f"/channels/{TEXT}/messages"
    world.ok("POST", path, {"content": "x" * 2000})
    assert world.invalid("content", "POST", path, {"content": "x" * 2001}) == "BASE_TYPE_MAX_LENGTH"
    world.ok("POST", path, {"content": "é" * 2000})
    world.refused(400, 50006, "POST", path, {"content": ""})
    world.invalid("embeds", "POST", path, {"embeds": [{"title": "t"}] * 11})
    world.invalid("embeds.0.title", "POST", path, {"embeds": [{"title": "x" * 257}]})
    world.invalid("embeds.0.description", "POST", path, {"embeds": [{"description": "x" * 4097}]})
    world.invalid("embeds.0.fields.0.value", "POST", path, {"embeds": [{"fields": [{"name": "n", "value": "x" * 1025}]}]})
    world.invalid("embeds.0.fields", "POST", path, {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]})
    world.invalid("embeds.0.footer.text", "POST", path, {"embeds": [{"footer": {"text": "x" * 2049}}]})
    world.invalid("embeds.0.url", "POST", path, {"embeds": [{"url": "javascript:x"}]})
    assert world.invalid("embeds", "POST", path, {"embeds": [{"description": "x" * 4096}, {"description": "x" * 2000}]}) \
        == "MAX_EMBED_SIZE_EXCEEDED"
    world.invalid("nonce", "POST", path, {"content": "x", "nonce": "n" * 26})
    world.invalid("allowed_mentions.parse.0", "POST", path, {"content": "x", "allowed_mentions": {"parse": ["all"]}})
    full = world.ok("POST", path, {"embeds": [{
        "title": "t", "description": "d", "url": "https://example.org", "color": 5, "timestamp": "2026-01-02T03:04:05Z",
        "fields": [{"name": "n", "value": "v"}], "author": {"name": "a", "url": None}, "footer": {"text": "f"},
        "image": {"url": "https://example.org/i.png"}, "thumbnail": {"url": "attachment://t.png"}}]})["embeds"][0]
    assert full["fields"][0]["inline"] is False and full["color"] == 5 and full["author"] == {"name": "a"}


def test_limits_of_components(world):
    path = f"/channels/{TEXT}/messages"
    button = lambda n, **more: {"type": 2, "style": 1, "label": "b", "custom_id": str(n), **more}
    row = lambda *parts: {"type": 1, "components": list(parts)}
    menu = {"type": 3, "custom_id": "m", "options": [{"label": "l", "value": "v"}]}
    sent = world.ok("POST", path, {"content": "x", "components": [
        row(*[button(n) for n in range(5)]), row(menu), row({"type": 2, "style": 5, "label": "l", "url": "https://e.org"})]})
    assert sent["components"][0]["components"][4]["custom_id"] == "4"
    assert sent["components"][1]["components"][0]["max_values"] == 1
    world.invalid("components", "POST", path, {"content": "x", "components": [row(button(n)) for n in range(6)]})
    world.invalid("components.0.components", "POST", path, {"content": "x", "components": [row(*[button(n) for n in range(6)])]})
    assert world.invalid("components.0.components.1.custom_id", "POST", path,
                         {"content": "x", "components": [row(button(1), button(1))]}) == "COMPONENT_CUSTOM_ID_DUPLICATED"
    world.invalid("components.0.components.0.custom_id", "POST", path, {"content": "x", "components": [row(button("x" * 101))]})
    world.invalid("components.0.components.0.label", "POST", path,
                  {"content": "x", "components": [row(button(1, label="x" * 81))]})
    world.invalid("components.0.components.0.style", "POST", path, {"content": "x", "components": [row(button(1, style=9))]})
    world.invalid("components.0.components", "POST", path, {"content": "x", "components": [row(menu, button(1))]})
    world.invalid("components.0.components.0.options", "POST", path,
                  {"content": "x", "components": [row({**menu, "options": []})]})
    world.invalid("components.0.type", "POST", path, {"content": "x", "components": [{"type": 77}]})
    v2 = world.ok("POST", path, {"flags": 1 << 15, "components": [
        {"type": 10, "content": "text"}, {"type": 17, "components": [{"type": 10, "content": "in"}, {"type": 14}]},
        {"type": 9, "components": [{"type": 10, "content": "s"}], "accessory": button(1)}]})
    assert v2["components"][1]["components"][1]["divider"] is True
    world.invalid("content", "POST", path, {"flags": 1 << 15, "content": "x", "components": [{"type": 10, "content": "t"}]})


def test_an_enforced_nonce_makes_no_second_message(world):
    first = world.say("once", nonce="n1", enforce_nonce=True)
    again = world.say("twice", nonce="n1", enforce_nonce=True)
    assert again["id"] == first["id"] and again["content"] == "once"
    assert world.say("free", nonce="n1")["id"] != first["id"]
    assert world.say("other", nonce="n2", enforce_nonce=True)["id"] != first["id"]


def test_a_nonce_is_told_for_some_minutes_only(world):
    message = world.say("once", nonce="n1", enforce_nonce=True)
    path = f"/channels/{TEXT}/messages"
    assert world.ok("GET", path)[0]["nonce"] == "n1" and world.ok("GET", f"{path}/{message['id']}")["nonce"] == "n1"
    world.control("clock", offset_ms=10 * 60 * 1000)
    assert "nonce" not in world.ok("GET", path)[0] and "nonce" not in world.ok("GET", f"{path}/{message['id']}")
    assert world.say("again", nonce="n1", enforce_nonce=True)["id"] != message["id"]


def test_mentions_follow_allowed_mentions(world):
    text = f"<@{MEMBER}> <@&{STAFF}> @everyone"
    free, quiet = world.say(text), world.say(text, allowed_mentions={"parse": []})
    assert [u["id"] for u in free["mentions"]] == [MEMBER] and free["mention_everyone"] and free["mention_roles"] == [STAFF]
    assert quiet["mentions"] == [] and not quiet["mention_everyone"] and quiet["mention_roles"] == []
    one = world.say(text, allowed_mentions={"users": [MEMBER]})
    assert [u["id"] for u in one["mentions"]] == [MEMBER] and not one["mention_everyone"]


def multipart(fields, files):
    boundary, out = "the-boundary", b""
    for name, value in fields.items():
        out += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, (filename, content) in files.items():
        out += (f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
                f"Content-Type: text/plain\r\n\r\n").encode() + content + b"\r\n"
    return out + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def test_files_are_taken_described_and_served(world):
    content = bytes(range(256)) * 400
    body, headers = multipart(
        {"payload_json": json.dumps({"content": "see", "attachments": [{"id": 1, "description": "the second"}]})},
        {"files[0]": ("a.bin", content), "files[1]": ("b.txt", b"text")})
    sent = world.ok("POST", f"/channels/{TEXT}/messages", body, headers=headers)
    assert [(a["filename"], a["size"]) for a in sent["attachments"]] == [("a.bin", len(content)), ("b.txt", 4)]
    assert sent["attachments"][1]["description"] == "the second"
    connection = http.client.HTTPConnection("127.0.0.1", world.port)
    address = urllib.parse.urlparse(sent["attachments"][0]["url"])
    connection.request("GET", f"{address.path}?{address.query}")
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read() == content
    connection.request("GET", address.path)  # without its signature
    answer = connection.getresponse()
    assert answer.status == 404 and answer.read()
    connection.close()
    kept = world.ok("PATCH", f"/channels/{TEXT}/messages/{sent['id']}",
                    {"attachments": [{"id": sent["attachments"][1]["id"]}]})
    assert [a["filename"] for a in kept["attachments"]] == ["b.txt"]
    world.send("POST", f"/channels/{TEXT}/messages", body[:-20], headers=headers)[0] == 400


def test_bulk_delete_wants_2_to_100_young_messages(world):
    ids, path = [world.say(str(n))["id"] for n in range(4)], f"/channels/{TEXT}/messages/bulk-delete"
    world.refused(400, 50016, "POST", path, {"messages": ids[:1]})
    world.refused(400, 50016, "POST", path, {"messages": [str(n) for n in range(101)]})
    world.refused(400, 50034, "POST", path, {"messages": [ids[0], "100000000000000000"]})
    world.ok("POST", path, {"messages": ids[:3]}, 204)
    assert [m["id"] for m in world.ok("GET", f"/channels/{TEXT}/messages")] == [ids[3]]


def test_reactions(world):
    message = world.say()["id"]
    path = f"/channels/{TEXT}/messages/{message}/reactions"
    check, custom = urllib.parse.quote("✅"), urllib.parse.quote("smile:900000000000000999")
    world.ok("PUT", f"{path}/{check}/@me", status=204)
    world.ok("PUT", f"{path}/{custom}/@me", status=204)
    world.control("reaction", channel=TEXT, message=message, member=MEMBER, emoji="✅")
    shown = world.ok("GET", f"/channels/{TEXT}/messages/{message}")["reactions"]
    assert [(r["emoji"]["name"], r["count"], r["me"]) for r in shown] == [("✅", 2, True), ("smile", 1, True)]
    assert [u["id"] for u in world.ok("GET", f"{path}/{check}")] == [BOT, MEMBER]
    world.ok("DELETE", f"{path}/{check}/{MEMBER}", status=204)
    world.ok("DELETE", f"{path}/{check}/@me", status=204)
    world.ok("DELETE", f"{path}/{custom}", status=204)
    world.refused(400, 10014, "PUT", f"{path}/nonsense/@me")
    world.ok("PUT", f"{path}/{check}/@me", status=204)
    world.ok("DELETE", path, status=204)
    assert "reactions" not in world.ok("GET", f"/channels/{TEXT}/messages/{message}")


def test_pins_and_typing(world):
    message = world.say("pin me")["id"]
    world.ok("PUT", f"/channels/{TEXT}/pins/{message}", status=204)
    assert [m["id"] for m in world.ok("GET", f"/channels/{TEXT}/pins")] == [message]
    assert world.ok("GET", f"/channels/{TEXT}/messages/pins")["items"][0]["message"]["pinned"]
    world.ok("DELETE", f"/channels/{TEXT}/messages/pins/{message}", status=204)
    assert world.ok("GET", f"/channels/{TEXT}/messages/pins") == {"items": [], "has_more": False}
    world.ok("POST", f"/channels/{TEXT}/typing", status=204)
    news = world.say("heard?", channel=NEWS)["id"]
    assert world.ok("POST", f"/channels/{NEWS}/messages/{news}/crosspost")["flags"] & 1


def test_direct_messages(world):
    dm = world.ok("POST", "/users/@me/channels", {"recipient_id": MEMBER})
    assert dm["type"] == 1 and dm["recipients"][0]["id"] == MEMBER
    assert world.ok("POST", "/users/@me/channels", {"recipient_id": MEMBER})["id"] == dm["id"]
    assert world.say("psst", channel=dm["id"])["content"] == "psst"
    world.refused(404, 10003, "GET", f"/channels/{dm['id']}", token=SECOND_TOKEN)
    world.control("member_update", member=MEMBER, dms_closed=True)
    world.refused(403, 50007, "POST", f"/channels/{dm['id']}/messages", {"content": "still?"})
    world.refused(400, 50033, "POST", "/users/@me/channels", {"recipient_id": "1"})


def test_webhooks(world):
    made = world.ok("POST", f"/channels/{TEXT}/webhooks", {"name": "Hook"})
    path = f"/webhooks/{made['id']}"
    sent = world.ok("POST", f"{path}/{made['token']}?wait=true", {"content": "hooked", "username": "Caller"}, token=None)
    assert sent["author"]["username"] == "Caller" and sent["webhook_id"] == made["id"]
    world.ok("POST", f"{path}/{made['token']}", {"content": "quiet"}, 204, token=None)
    message = f"{path}/{made['token']}/messages/{sent['id']}"
    assert world.ok("PATCH", message, {"content": "changed"}, token=None)["content"] == "changed"
    assert world.ok("GET", message, token=None)["content"] == "changed"
    world.ok("DELETE", message, status=204, token=None)
    assert world.ok("PATCH", path, {"name": "Renamed"})["name"] == "Renamed"
    assert {h["id"] for h in world.ok("GET", f"/guilds/{GUILD}/webhooks")} == {HOOK, made["id"]}
    assert len(world.ok("GET", f"/channels/{TEXT}/webhooks")) == 2
    assert world.ok("GET", f"/webhooks/{HOOK}/hook-token", token=None)["id"] == HOOK
    world.refused(401, 50027, "POST", f"{path}/wrong", {"content": "x"}, token=None)
    world.ok("DELETE", path, status=204)
    world.refused(404, 10015, "GET", path)


# --- application commands ---

COMMANDS = f"/applications/{BOT}/guilds/{GUILD}/commands"
COMMAND = {"name": "greet", "description": "says hello"}


@pytest.mark.parametrize("path", [COMMANDS, f"/applications/{BOT}/commands"], ids=["guild", "global"])
def test_commands_are_made_listed_changed_and_deleted(world, path):
    made = world.ok("POST", path, COMMAND, 201)
    assert world.ok("POST", path, {**COMMAND, "description": "again"})["id"] == made["id"]
    assert world.ok("GET", f"{path}/{made['id']}")["description"] == "again"
    assert world.ok("PATCH", f"{path}/{made['id']}", {"name": "renamed"})["description"] == "again"
    bulk = world.ok("PUT", path, [{**COMMAND, "name": "renamed"}, {"name": "Look", "type": 2},
                                  {**COMMAND, "name": "sub", "default_member_permissions": "8", "options": [
                                      {"type": 1, "name": "do", "description": "d", "options": [
                                          {"type": 3, "name": "what", "description": "d", "required": True,
                                           "choices": [{"name": "c", "value": "v"}]}]}]}])
    assert bulk[0]["id"] == made["id"] and len(bulk) == 3 and bulk[2]["default_member_permissions"] == "8"
    assert [c["version"] for c in world.ok("PUT", path, [dict(c) for c in bulk])] == [c["version"] for c in bulk]
    world.ok("DELETE", f"{path}/{made['id']}", status=204)
    assert len(world.ok("GET", path)) == 2
    world.refused(404, 10063, "GET", f"{path}/{made['id']}")
    assert world.ok("PUT", path, []) == []


def test_limits_of_commands(world):
    option = {"type": 3, "name": "o", "description": "d"}
    assert world.invalid("name", "POST", COMMANDS, {**COMMAND, "name": "Has Capitals"}) == "APPLICATION_COMMAND_INVALID_NAME"
    world.invalid("name", "POST", COMMANDS, {**COMMAND, "name": "x" * 33})
    world.invalid("description", "POST", COMMANDS, {"name": "x"})
    world.invalid("0.description", "PUT", COMMANDS, [{**COMMAND, "description": "x" * 101}])
    world.invalid("options", "POST", COMMANDS, {**COMMAND, "options": [{**option, "name": f"o{n}"} for n in range(26)]})
    world.invalid("options.1.name", "POST", COMMANDS, {**COMMAND, "options": [option, option]})
    world.invalid("options.1", "POST", COMMANDS, {**COMMAND, "options": [option, {**option, "name": "p", "required": True}]})
    world.invalid("options.0.choices", "POST", COMMANDS, {
        **COMMAND, "options": [{**option, "choices": [{"name": str(n), "value": str(n)} for n in range(26)]}]})
    world.invalid("options.0.type", "POST", COMMANDS, {**COMMAND, "options": [{**option, "type": 12}]})
    world.invalid("1", "PUT", COMMANDS, [COMMAND, COMMAND])
    many = [{**COMMAND, "name": f"c{n}"} for n in range(101)]
    world.refused(400, 30032, "PUT", COMMANDS, many)
    assert len(world.ok("PUT", COMMANDS, many[:100])) == 100
    world.refused(400, 30032, "POST", COMMANDS, COMMAND)
    world.ok("PUT", COMMANDS, [])
    world.refused(403, 20012, "GET", f"/applications/{SECOND}/commands")
    world.refused(403, 50001, "GET", f"/applications/{BOT}/guilds/{OTHER}/commands")
    world.ok("POST", COMMANDS, {**COMMAND, "name": "é-ü_1"}, 201)


# --- interactions ---

def start(world, **more):
    world.ok("PUT", COMMANDS, [{**COMMAND, "options": [{"type": 6, "name": "who", "description": "d"}]}])
    number = world.control("slash", channel=TEXT, member=MEMBER, command="greet", **more)["interaction"]
    return number, interaction_token(world, number)


def interaction_token(world, number):
    """What a bot would have learned from its event."""
    return world.control("interaction", interaction=number)["token"]


def test_an_interaction_is_answered_once_and_followed_up(world):
    number, token = start(world)
    callback, hook = f"/interactions/{number}/{token}/callback", f"/webhooks/{BOT}/{token}"
    world.refused(404, 10015, "POST", hook, {"content": "too early"}, token=None)
    answer = world.ok("POST", f"{callback}?with_response=true", {"type": 4, "data": {"content": "hi"}}, token=None)
    assert answer["resource"]["message"]["content"] == "hi" and answer["interaction"]["response_message_ephemeral"] is False
    world.refused(400, 40060, "POST", callback, {"type": 4, "data": {"content": "again"}}, token=None)
    assert world.ok("GET", f"{hook}/messages/@original", token=None)["content"] == "hi"
    assert world.ok("PATCH", f"{hook}/messages/@original", {"content": "edited"}, token=None)["content"] == "edited"
    more = world.ok("POST", hook, {"content": "more", "flags": 64}, token=None)
    assert more["flags"] & 64
    assert world.ok("PATCH", f"{hook}/messages/{more['id']}", {"content": "less"}, token=None)["content"] == "less"
    world.ok("DELETE", f"{hook}/messages/{more['id']}", status=204, token=None)
    world.ok("DELETE", f"{hook}/messages/@original", status=204, token=None)
    world.refused(404, 10062, "POST", f"/interactions/{number}/wrong/callback", {"type": 5}, token=None)


def test_an_ephemeral_answer_is_in_no_history(world):
    number, token = start(world)
    world.ok("POST", f"/interactions/{number}/{token}/callback", {"type": 4, "data": {"content": "psst", "flags": 64}}, 204,
             token=None)
    assert world.ok("GET", f"/channels/{TEXT}/messages") == []
    report = world.control("interaction", interaction=number)
    assert report["ephemeral"] and report["message"]["content"] == "psst"
    later = [world.say(text) for text in ("one", "two")]
    page = world.ok("GET", f"/channels/{TEXT}/messages?after=1&limit=2")
    assert [m["id"] for m in page] == [m["id"] for m in reversed(later)]


def test_a_deferred_answer_is_filled_later(world):
    number, token = start(world, options={"who": OWNER})
    world.ok("POST", f"/interactions/{number}/{token}/callback", {"type": 5}, 204, token=None)
    assert world.control("interaction", interaction=number)["state"] == "deferred"
    assert world.ok("GET", f"/webhooks/{BOT}/{token}/messages/@original", token=None)["flags"] & 128
    filled = world.ok("PATCH", f"/webhooks/{BOT}/{token}/messages/@original", {"content": "now"}, token=None)
    assert filled["content"] == "now" and not filled["flags"] & 128
    assert world.control("interaction", interaction=number)["state"] == "answered"


def test_a_component_and_a_modal(world):
    message = world.say("panel", components=[{"type": 1, "components": [
        {"type": 2, "style": 1, "label": "go", "custom_id": "go"}]}])
    modal = {"custom_id": "m", "title": "T", "components": [{"type": 1, "components": [
        {"type": 4, "custom_id": "f", "label": "L", "style": 1, "min_length": 2}]}]}
    clicked = world.control("click", channel=TEXT, member=MEMBER, label="go")["interaction"]
    path = f"/interactions/{clicked}/{interaction_token(world, clicked)}/callback"
    bad = {"type": 9, "data": {**modal, "title": "x" * 46}}
    assert world.refused(400, 50035, "POST", path, bad, token=None)["errors"]["data"]["title"]
    world.ok("POST", path, {"type": 9, "data": modal}, 204, token=None)
    assert world.sandbox.request("POST", world.sandbox.root + "/control",
                                 {"do": "modal", "interaction": clicked, "fields": {"f": "x"}})[0] == 400
    filled = world.control("modal", interaction=clicked, fields={"f": "text"})["interaction"]
    path = f"/interactions/{filled}/{interaction_token(world, filled)}/callback"
    world.refused(400, 50035, "POST", path, {"type": 9, "data": modal}, token=None)
    world.ok("POST", path, {"type": 7, "data": {"content": "updated", "components": []}}, 204, token=None)
    assert world.ok("GET", f"/channels/{TEXT}/messages/{message['id']}")["content"] == "updated"


def test_an_interaction_expires(tmp_path):
    world = World(tmp_path, {"interaction_ms": 1})
    number, token = start(world)
    world.sandbox.request("POST", world.sandbox.root + "/control",
                          {"do": "wait", "for": "message", "channel": TEXT, "timeout_ms": 20})  # its time is over after this
    world.refused(404, 10062, "POST", f"/interactions/{number}/{token}/callback", {"type": 5}, token=None)
    world.close()


# --- rate limits ---

def test_a_route_is_limited_per_channel_and_says_so(tmp_path):
    world = World(tmp_path, {"rate": True})
    path = f"/channels/{TEXT}/messages"
    seen = [world.send("POST", path, {"content": str(n)}) for n in range(6)]
    assert [s[0] for s in seen] == [200] * 5 + [429]
    assert [s[2]["X-RateLimit-Remaining"] for s in seen] == ["4", "3", "2", "1", "0", "0"]
    last = seen[-1]
    assert last[1]["retry_after"] > 0 and last[1]["global"] is False and last[2]["X-RateLimit-Scope"] == "user"
    assert int(last[2]["Retry-After"]) >= last[1]["retry_after"]
    assert abs(float(last[2]["X-RateLimit-Reset"]) - time.time()) < 10
    assert world.send("POST", f"/channels/{NEWS}/messages", {"content": "x"})[0] == 200
    assert world.control("stats")["invalid"]["429"] == 1
    world.close()


def test_fifty_requests_a_second_over_all_routes(tmp_path):
    world = World(tmp_path, {"rate": True})
    statuses = [world.send("GET", "/channels/%s" % (900000000000100000 + n))  for n in range(70)]
    limited = [s for s in statuses if s[0] == 429]
    if limited:  # a slow machine may not reach the limit
        assert limited[0][1]["global"] and limited[0][2]["X-RateLimit-Global"] == "true"
        assert limited[0][2]["X-RateLimit-Scope"] == "global"
    assert [s[0] for s in statuses[:50]] == [404] * 50
    world.close()


def test_the_limits_can_be_switched_off(world):
    assert [world.send("POST", f"/channels/{TEXT}/messages", {"content": "x"})[0] for n in range(20)] == [200] * 20
    assert "X-RateLimit-Limit" not in world.send("GET", "/users/@me")[2]
    world.control("limits", rate=True)
    assert world.send("GET", "/users/@me")[2]["X-RateLimit-Limit"]


# --- faults ---

def test_ordered_statuses_and_their_number(world):
    world.control("fault", on="rest", kind="status", status=503, method="GET", path="/users/*", times=2)
    assert [world.send("GET", "/users/@me")[0] for _ in range(3)] == [503, 503, 200]
    world.control("fault", on="rest", kind="status", status=500, path="/users/@me", times=0)
    assert [world.send("GET", "/users/@me")[0] for _ in range(5)] == [500] * 5
    world.control("clear_faults")
    assert world.send("GET", "/users/@me")[0] == 200


def test_an_ordered_429_with_decimals(world):
    world.control("fault", on="rest", kind="429", retry_after=0.65, scope="shared", path="*")
    status, document, headers = world.send("GET", "/users/@me")
    assert (status, document["retry_after"], headers["X-RateLimit-Scope"]) == (429, 0.65, "shared")
    world.control("fault", on="rest", kind="429", retry_after=1.5, **{"global": True})
    assert world.send("GET", "/users/@me")[1]["global"] is True


@pytest.mark.parametrize("kind", ["reset", "half", "garbage"])
def test_broken_answers(world, kind):
    world.control("fault", on="rest", kind=kind, path="/users/@me")
    with pytest.raises((http.client.HTTPException, OSError, ValueError)):
        world.send("GET", "/users/@me")
    assert world.send("GET", "/users/@me")[0] == 200


def test_an_effect_whose_answer_is_lost(world):
    world.control("fault", on="rest", kind="reset", method="POST", after_effect=True)
    with pytest.raises((http.client.HTTPException, OSError)):
        world.send("POST", f"/channels/{TEXT}/messages", {"content": "done all the same"})
    assert world.control("messages", channel=TEXT)["messages"][0]["content"] == "done all the same"
    world.control("fault", on="rest", kind="reset", method="POST")
    with pytest.raises((http.client.HTTPException, OSError)):
        world.send("POST", f"/channels/{TEXT}/messages", {"content": "never"})
    assert len(world.control("messages", channel=TEXT)["messages"]) == 1


def test_latency_and_silence(world):
    world.control("fault", on="rest", kind="latency", ms=300)
    began = time.monotonic()
    assert world.send("GET", "/users/@me")[0] == 200 and time.monotonic() - began >= 0.299  # a clock of milliseconds
    world.control("fault", on="rest", kind="hang")
    connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=0.3)
    connection.request("GET", "/api/v10/users/@me", headers={"Authorization": f"Bot {TOKEN}"})
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    assert world.send("GET", "/users/@me")[0] == 200


# --- the scripting side ---

def test_requests_are_kept_for_reading(world):
    world.send("PATCH", f"/channels/{TEXT}", {"name": "x"}, headers={"X-Audit-Log-Reason": "audit%207"})
    seen = world.control("requests", method="PATCH", path="/channels/*")["requests"]
    assert len(seen) == 1 and seen[0]["body"] == {"name": "x"} and seen[0]["reason"] == "audit%207"
    assert seen[0]["bot"] == BOT and seen[0]["status"] == 200
    assert world.control("requests", since=seen[0]["request"])["requests"] == []


def test_errors_of_the_scripting_side_are_json(world):
    for document, word in [({"do": "nonsense"}, "unknown verb"), ({}, "\"do\""), ({"do": "message", "channel": "1"}, "channel"),
                           ({"do": "wait", "for": "rain"}, "wait for"), ({"do": "fault", "on": "rest", "kind": "?"}, "kind")]:
        status, answer = world.sandbox.request("POST", world.sandbox.root + "/control", document)
        assert status == 400 and answer["ok"] is False and word in answer["error"], (document, answer)
    status, answer = world.sandbox.request("POST", world.sandbox.root + "/control",
                                           {"do": "wait", "for": "message", "channel": TEXT, "timeout_ms": 20})
    assert status == 408 and answer["error"] == "timeout"


def test_the_clock_can_be_set(world):
    world.control("clock", offset_ms=-30 * 24 * 3600 * 1000)
    old = world.say("from the past")
    assert old["timestamp"] < time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 29 * 24 * 3600))
    world.control("clock", offset_ms=0)
    assert world.say("now")["timestamp"][:10] == time.strftime("%Y-%m-%d", time.gmtime())


def test_a_script_is_carried_out(tmp_path):
    script = tmp_path / "script.jsonl"
    script.write_text("# a comment\n\n" + "\n".join(json.dumps(d) for d in [
        {"do": "message", "channel": TEXT, "member": MEMBER, "content": "scripted"},
        {"do": "wait", "for": "message", "channel": TEXT, "text": "scripted"}, {"do": "pause", "ms": 10}, {"do": "stop"}]))
    home = Home(tmp_path / "home")
    result = home.run("sandbox", "--seed", "-", "--script", script, stdin=json.dumps(SEED))
    assert result.status == 0, result
    lines = result.out.splitlines()
    assert lines[0].endswith("/api/v10") and [json.loads(line)["ok"] for line in lines[1:]] == [True] * 3


@pytest.mark.parametrize("seed, word", [
    ("[", "not JSON"), ("[]", "object"), ('{"guilds":[{"name":"x"}]}', "guilds.0.id"), ('{"what":1}', "what"),
    ('{"bots":[{"id":"1"}]}', "token"), ('{"bots":[{"id":"1","token":"t","guilds":["9"]}]}', "guild"),
    ('{"limits":{"heartbeat_ms":-1}}', "heartbeat_ms"), ('{"generate":{"bots":0}}', "generate.bots"),
    ('{"guilds":[{"id":"1"},{"id":"1"}]}', "twice")])
def test_a_wrong_seed_is_one_clear_error(tmp_path, seed, word):
    result = Home(tmp_path / "home").run("sandbox", "--seed", "-", stdin=seed)
    assert result.status != 0 and word in result.err and result.out == "" and len(result.err.strip().splitlines()) <= 2, result


@pytest.mark.parametrize("address", ["0.0.0.0:0", "example.org:80", "192.168.1.1:0", "127.0.0.1:70000", "127.0.0.1"])
def test_only_loopback_is_listened_on(tmp_path, address):
    result = Home(tmp_path / "home").run("sandbox", "--listen", address)
    assert result.status != 0 and "listen" in result.err and result.out == "", result
