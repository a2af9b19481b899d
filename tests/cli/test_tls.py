"""https and wss: a private CA is trusted when named, and nothing else is."""

import subprocess

import pytest

from live import TOKEN, Live
from program import Home, until


def openssl(*words, cwd):
    subprocess.run(["openssl", *words], cwd=cwd, check=True, capture_output=True)


def certificate(directory, name, alternative):
    """A key and a certificate of our CA for one name."""
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}",
            cwd=directory)
    (directory / f"{name}.ext").write_text(f"subjectAltName={alternative}\n")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", f"{name}.ext", "-out", f"{name}.crt", cwd=directory)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    directory = tmp_path_factory.mktemp("ca")
    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt", "-days",
                "2", "-subj", f"/CN=Test {name}", cwd=directory)
    certificate(directory, "right", "IP:127.0.0.1")
    certificate(directory, "wrong", "DNS:discord.example")
    return directory


@pytest.fixture
def world(tmp_path, authority):
    made = []

    def make(name="right"):
        live = Live(Home(tmp_path / "home"))
        made.append(live)
        live.start_sandbox("--tls", str(authority / f"{name}.crt"), str(authority / f"{name}.key"))
        live.create()
        return live

    yield make
    for live in made:
        live.end()


def test_rest_and_gateway_over_tls(world, authority):
    live = world()
    assert live.sandbox.base.startswith("https://")
    ca = str(authority / "ca.crt")
    live.start_daemon("--ca-file", ca)
    document = live.home.json("--ca-file", ca, "token", "tenant01", "set", stdin=TOKEN + "\n")
    assert document["push"]["state"] == "acknowledged"
    document = live.home.json("--ca-file", ca, "features", "tenant01", "welcome", "enable")
    assert document["push"]["state"] == "acknowledged"
    heard = f" control taken: revision={document['revision']}"  # by the gateway
    until("the bot has heard the message", lambda: heard in live.daemon.log)


@pytest.mark.parametrize("name,trusted,words", [
    ("right", None, "certificate"), ("right", "other.crt", "certificate"), ("wrong", "ca.crt", "name"),
])
def test_what_is_not_trusted_is_not_talked_to(world, authority, name, trusted, words):
    live = world(name)
    options = ["--ca-file", str(authority / trusted)] if trusted else []
    result = live.home.run(*options, "-o", "json", "token", "tenant01", "set", stdin=TOKEN + "\n")
    assert result.status == 1 and words in result.error["message"].lower(), repr(result)
    live.home.ok("--no-push", "token", "tenant01", "set", stdin=TOKEN + "\n")
    result = live.home.run(*options, "-o", "json", "features", "tenant01", "welcome", "enable")
    assert (result.status, result.json["push"]["reason"]) == (5, "unreachable"), repr(result)


def test_the_daemon_does_not_trust_it_either(world, authority):
    live = world("wrong")
    live.home.ok("--no-push", "token", "tenant01", "set", stdin=TOKEN + "\n")
    live.start_daemon("--ca-file", str(authority / "ca.crt"))
    state = until("the reason is known", lambda: (s := live.home.json("bot", "status", "tenant01"))["error"] and s)
    assert state["state"] != "running" and "name" in state["error"].lower(), state
