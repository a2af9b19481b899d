"""https and wss with an authority of our own: what is trusted works as without, what is not is refused in plain words."""

import os
import subprocess

import pytest

from botlib import World
from live import TOKEN
from program import LIMIT, Home, until

pytestmark = pytest.mark.xdist_group("bot_tls")

AUTHORITY = """[ca]
default_ca = own
[own]
dir = .
new_certs_dir = .
database = index.txt
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""
YESTERDAYS = ("20200101000000Z", "20200201000000Z")
TOMORROWS = ("20900101000000Z", "20910101000000Z")
TODAYS = ("20200101000000Z", "20910101000000Z")


def openssl(*words, cwd):
    subprocess.run(["openssl", *words], cwd=cwd, check=True, capture_output=True)


def issue(directory, name, alternative, when):
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out",
            f"{name}.csr", "-subj", f"/CN={name}", "-addext", f"subjectAltName={alternative}", cwd=directory)
    openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "ca.crt", "-keyfile", "ca.key", "-in", f"{name}.csr",
            "-out", f"{name}.crt", "-startdate", when[0], "-enddate", when[1], cwd=directory)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    directory = tmp_path_factory.mktemp("authority")
    for name in ("ca", "stranger"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                "-out", f"{name}.crt", "-days", "3000", "-subj", f"/CN=Test {name}", cwd=directory)
    (directory / "ca.cnf").write_text(AUTHORITY)
    (directory / "index.txt").write_text("")
    (directory / "serial").write_text("1000\n")
    issue(directory, "right", "IP:127.0.0.1,DNS:localhost", TODAYS)
    issue(directory, "wrong", "DNS:discord.example,IP:127.0.0.2", TODAYS)
    issue(directory, "expired", "IP:127.0.0.1", YESTERDAYS)
    issue(directory, "future", "IP:127.0.0.1", TOMORROWS)
    return directory


class TlsWorld(World):
    """A world whose sandbox speaks TLS; every run of the program trusts the authority unless it says otherwise."""

    def __init__(self, home, authority, name):
        super().__init__(home)
        self.authority, self.name = authority, name
        self.trust = ["--ca-file", str(authority / "ca.crt")]

    def begin(self):
        self.start_sandbox("--tls", str(self.authority / f"{self.name}.crt"), str(self.authority / f"{self.name}.key"))
        self.create()


@pytest.fixture
def make(tmp_path, authority):
    made = []

    def build(name="right"):
        world = TlsWorld(Home(tmp_path / "home"), authority, name)
        made.append(world)
        world.begin()
        return world
    yield build
    for world in made:
        world.end()


def test_the_main_job_over_tls(make):
    world = make()
    assert world.sandbox.base.startswith("https://127.0.0.1:")
    world.start_daemon(*world.trust)
    set_token = world.write(*world.trust, "--wait", LIMIT, "token", "tenant01", "set", stdin=TOKEN + "\n")
    assert set_token["push"]["state"] == "acknowledged", set_token
    changed = world.write(*world.trust, "--wait", LIMIT, "features", "tenant01", "welcome", "enable")
    assert changed["push"]["state"] == "acknowledged", changed
    world.logged(f" control taken: revision={changed['revision']}")  # which came by the gateway
    world.home.ok("--no-push", "config", "tenant01", "nickname", "By Daemon")
    until("the daemon pushes too", lambda: world.home.json("push", "list")["items"] == [])
    world.daemon.kill()
    world.start_daemon(*world.trust)
    world.up()


@pytest.mark.parametrize("name,trust,words", [
    ("right", "stranger", ("certificate",)), ("wrong", "ca", ("127.0.0.1",)), ("expired", "ca", ("expired",)),
    ("future", "ca", ("not yet valid",)),
])
def test_what_cannot_be_trusted_is_not_talked_to(make, authority, name, trust, words):
    world = make(name)
    trust = ["--ca-file", str(authority / f"{trust}.crt")]
    error = world.home.fails(1, "refused", *trust, "token", "tenant01", "set", stdin=TOKEN + "\n")
    text = f"{error['message']} {error['hint']}"
    assert all(word in text for word in words), text
    assert TOKEN not in text and world.home.json("show", "tenant01")["token"] == "none"
    world.home.ok("--no-push", "token", "tenant01", "set", stdin=TOKEN + "\n")
    pushed = world.home.run(*trust, "-o", "json", "--wait", 1, "features", "tenant01", "welcome", "enable")
    assert (pushed.status, pushed.json["push"]["reason"]) == (5, "unreachable"), repr(pushed)
    world.home.ok("--no-push", "config", "tenant01", "max_restart_attempts", 1)
    world.start_daemon(*trust)
    found = world.daemon.wait_state("tenant01", "error")
    assert all(w in found["error"] for w in words) and "after 1 restart" in found["error"], found
    assert world.daemon.end() == 0


def test_without_ca_file_our_own_authority_is_a_stranger(make):
    world = make()
    error = world.home.fails(1, "refused", "token", "tenant01", "set", stdin=TOKEN + "\n")
    assert "certificate" in f"{error['message']} {error['hint']}"


@pytest.mark.parametrize("content", [None, "", "no certificate\n"])
def test_a_ca_file_that_is_none(make, tmp_path, content):
    world = make()
    path = tmp_path / "none.crt"
    if content is not None:
        path.write_text(content)
    result = world.home.run("--ca-file", path, "token", "tenant01", "set", stdin=TOKEN + "\n")
    assert result.status != 0 and TOKEN not in result.err and "none.crt" in result.err, repr(result)
    assert world.home.json("show", "tenant01")["token"] == "none"


@pytest.mark.parametrize("base", ["http://192.0.2.1/api/v10", "http://discord.example/api/v10", "http://127.0.0.1.example/",
                                  "ftp://127.0.0.1/", "file:///etc/passwd", "nonsense", ""])
def test_plain_http_is_for_loopback_only(tenant, base):
    result = tenant.run("--api-base", base, "token", "tenant01", "set", stdin=TOKEN + "\n")
    assert result.status in (1, 2) and TOKEN not in result.err, repr(result)
    assert len(result.err.strip().splitlines()) <= 2
    assert tenant.json("show", "tenant01")["token"] == "none"


NO_ADDRESS = ["nonsense", "ftp://127.0.0.1/", "https://", "https:///api", "https://a b/", "https://user:secret@discord.com/",
              "https://[::1", "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "http://127.0.0.1/?x", "https://\u00e9.example/"]
FACES = [["--bot"], ["features", "tenant01", "shop", "off"], ["-c", "rename tenant01 Other"], ["shell"], []]


def refused_at_once(home, words, status, part, env=None):
    """One clear error, nothing done: no change, no log, no lock."""
    if not os.path.exists(home.db):
        home.create()
    before = home.json("show", "tenant01")
    for face in FACES:
        result = home.run(*words, *face, stdin="", env=env)
        assert result.status == status and result.out == "", repr(result)
        lines = result.err.strip().splitlines()
        assert len(lines) == 1 and part in lines[0] and "secret" not in lines[0], repr(result)
    assert home.json("show", "tenant01") == before
    assert not os.path.exists(home.db + ".log")


@pytest.mark.parametrize("base", NO_ADDRESS)
def test_an_address_that_is_none_is_one_error_at_the_start(tmp_path, base):
    home = Home(tmp_path / "home")
    refused_at_once(home, ["--api-base", base], 2, "--api-base")
    assert home.run("--api-base", base, "list").status == 2
    env = {"TENANTTUI_API_BASE": base}
    refused_at_once(home, [], 2, "$TENANTTUI_API_BASE", env)
    assert home.run("--version", env=env).status == 0 and home.run("--help", env=env).status == 0
    assert home.run("complete", "--", "sho", env=env).err == ""


def test_an_address_that_would_be_plain_text_is_one_error_at_the_start(tmp_path):
    refused_at_once(Home(tmp_path / "home"), ["--api-base", "http://discord.example/api/v10"], 1, "--api-base")


@pytest.mark.parametrize("content", [None, b"", b"no certificate\n", bytes(range(256))])
def test_a_ca_file_that_is_none_is_one_error_at_the_start(tmp_path, content):
    path = tmp_path / "none.crt"
    if content is not None:
        path.write_bytes(content)
    home = Home(tmp_path / "home")
    refused_at_once(home, ["--ca-file", path], 1, "none.crt")
    home.ok("--ca-file", path, "show", "tenant01")  # what does not go out needs no authorities
    home.ok("--ca-file", path, "--no-push", "rename", "tenant01", "Other")


def test_a_ca_file_whose_certificate_is_damaged(tmp_path):
    path = tmp_path / "damaged.crt"
    path.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    home = Home(tmp_path / "home")
    home.create()
    result = home.run("--ca-file", path, "--bot")
    assert result.status == 1 and "damaged.crt" in result.err and len(result.err.strip().splitlines()) == 1, repr(result)


def test_plain_http_where_tls_is_spoken(make):
    world = make()
    plain = world.sandbox.base.replace("https:", "http:")
    result = world.home.run("--api-base", plain, "--wait", 1, "token", "tenant01", "set", stdin=TOKEN + "\n")
    assert result.status == 1 and world.home.json("show", "tenant01")["token"] == "none", repr(result)


def test_the_sandbox_refuses_half_a_certificate(tmp_path, authority):
    home = Home(tmp_path / "home")
    for words in (["--tls", str(authority / "right.crt")], ["--tls", str(authority / "right.crt"), "/nowhere.key"]):
        result = home.run("sandbox", *words)
        assert result.status in (1, 2) and result.out == "" and result.err, repr(result)
