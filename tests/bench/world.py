"""What the sections of the bench share: filled databases, the sandbox with thousands of bots, counters of a process."""

import functools
import glob
import json
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("TENANTTUI_BUILD", os.path.join(ROOT, "build"))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

from program import BIN, Daemon, Home, Sandbox, until  # noqa: E402

FIRST = 100000000000000000  # as the sandbox generates: bot N is FIRST+N, its guild and its channels follow
OWNER = FIRST - 1
GRANTED = 1 << 13 | 1 << 15 | 1 << 19


def guild(n):
    return FIRST + 1_000_000 + n


def channel(n, index=0):
    """0 is `control`, 1 `general`."""
    return FIRST + 2_000_000 + n * 8 + index


def tenant(n):
    return f"t{n:06}"


class Scratch:
    """with Scratch() as s: s.home(), s.sandbox(...), s.daemon(...); all of it is ended and removed."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="tenanttui-bench-")
        self.running, self.homes = [], 0
        return self

    def __exit__(self, *unused):
        for child in reversed(self.running):
            try:
                child.end()
            except subprocess.TimeoutExpired:
                pass
        shutil.rmtree(self.path, ignore_errors=True)

    def home(self):
        self.homes += 1
        return Home(os.path.join(self.path, f"home{self.homes}"))

    def sandbox(self, home, bots, tls=None, channels=2, log=1000):
        words = ["--tls", tls.certificate, tls.key] if tls else []
        seed = {"limits": {"rate": False, "identify": False, "requests": log},
                "generate": {"bots": bots, "flags": GRANTED, "channels": channels}}
        sandbox = Sandbox(home, seed=seed, words=words)
        if tls:  # the certificate is for this name, and Python's requests must believe it
            os.environ["SSL_CERT_FILE"] = tls.authority
        self.running.append(sandbox)
        home.env["TENANTTUI_API_BASE"] = sandbox.base
        return sandbox

    def daemon(self, home, *words):
        daemon = Daemon(home, *words)
        self.running.append(daemon)
        return daemon

    def end(self, child):
        child.end()
        self.running.remove(child)


# --- tenants ---

def batch(home, lines, *words, limit=1200):
    """Many command lines as one batch; insists on status 0."""
    result = home.run(*words, "-f", "-", stdin="\n".join(lines) + "\n", limit=limit)
    assert result.status == 0, repr(result)[-4000:]
    return result


def served_tenants(home, count, control=True):
    """COUNT tenants whose bots the sandbox has; members may type as fast as the bench does."""
    tokens = os.path.join(home.path, "tokens")
    os.makedirs(tokens, exist_ok=True)
    for n in range(count):
        with open(os.path.join(tokens, str(n)), "w", encoding="ascii") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(f"token-{n}\n")
    lines = []
    for n in range(count):
        lines.append(f"create {OWNER} {guild(n)} 'Store {n}' basic --id {tenant(n)}")
        lines.append(f"config {tenant(n)} command_cooldown 0")
        lines.append(f"config {tenant(n)} command_rate 100")
        if control:
            lines.append(f"channels {tenant(n)} control {channel(n)}")
    batch(home, lines, "--no-push", "--quiet", "--atomic")
    batch(home, [f"token {tenant(n)} set --from {tokens}/{n}" for n in range(count)], "--no-push", "--quiet")


def many_tenants(home, count):
    """COUNT tenants without bots: one by its command, the others copied from its rows."""
    home.ok("create", OWNER, guild(0), "Store 0", "basic", "--id", tenant(0))
    db = sqlite3.connect(home.db)
    plans, states = ("basic", "premium", "enterprise"), ("active", "active", "active", "suspended", "expired")
    columns = [row[1] for row in db.execute("PRAGMA table_info(tenants)")]
    first = dict(zip(columns, db.execute("SELECT * FROM tenants").fetchone()))
    rows = []
    for n in range(1, count):
        rows.append(tuple({**first, "tenant_id": tenant(n), "name": f"Store {n} of {n % 977}", "guild_id": guild(n),
                           "plan": plans[n % 3], "status": states[n % 5],
                           "created_at": first["created_at"] + n, "updated_at": first["updated_at"] + n}.values()))
    db.executemany(f"INSERT INTO tenants VALUES ({','.join('?' * len(columns))})", rows)
    for table in ("features", "permissions", "channels", "bot_config", "settings"):
        names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")][1:]
        db.execute(f"INSERT INTO {table} SELECT t.tenant_id, {','.join('o.' + n for n in names)} FROM {table} o, tenants t "
                   f"WHERE o.tenant_id = ? AND t.tenant_id <> ?", (tenant(0), tenant(0)))
    db.commit()
    db.close()


def wait_ready(sandbox, count, limit=120):
    """Until so many sessions are READY. Asked for more often, it would slow them down."""
    def ready():
        time.sleep(0.02)
        return sandbox.control(do="stats")["ready"] >= count
    until(f"{count} bots ready", ready, limit)


# --- certificates ---

class Certificates:
    """A private authority and a certificate of it for 127.0.0.1 and localhost."""

    def __init__(self, path):
        self.authority, self.certificate, self.key = (os.path.join(path, n) for n in ("ca.pem", "cert.pem", "key.pem"))
        ca_key, request = os.path.join(path, "ca-key.pem"), os.path.join(path, "request.pem")
        names = os.path.join(path, "names")
        with open(names, "w", encoding="ascii") as f:
            f.write("subjectAltName=IP:127.0.0.1,DNS:localhost\n")

        def openssl(*words):
            subprocess.run(["openssl", *words], check=True, capture_output=True)
        new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl("req", "-x509", *new_key, "-keyout", ca_key, "-out", self.authority, "-days", "2", "-subj", "/CN=bench")
        openssl("req", *new_key, "-keyout", self.key, "-out", request, "-subj", "/CN=localhost")
        openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", ca_key, "-CAcreateserial", "-out",
                self.certificate, "-days", "2", "-extfile", names)


# --- counters of a process ---

def rss_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return int(re.search(r"^Rss:\s+(\d+)", f.read(), re.M).group(1))


def cpu_ns(pid):
    """On a processor so far, of all its threads."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            with open(path, encoding="ascii") as f:
                total += int(f.read().split()[0])
        except OSError:
            pass  # a thread that has ended meanwhile
    return total


def waited_ns(pid):
    """What its first thread waited so far for a processor that others had."""
    with open(f"/proc/{pid}/task/{pid}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[1])


class Others:
    """What is not ours on the processors from now on. Ours are this process and its children that have ended."""

    def __init__(self):
        self.before = self.now()

    @staticmethod
    def now():
        with open("/proc/stat", encoding="ascii") as f:
            ticks = [int(n) for n in f.readline().split()[1:9]]
        ours = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        total = sum(ticks) / os.sysconf("SC_CLK_TCK")
        busy = total - (ticks[3] + ticks[4]) / os.sysconf("SC_CLK_TCK")
        return total, busy - ours

    def share(self):
        total, others = (after - before for before, after in zip(self.before, self.now()))
        return max(0.0, others / total) if total else 0.0


def wake_ups(pid):
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path, encoding="ascii") as f:
            total += sum(int(n) for n in re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", f.read(), re.M))
    return total


def queued_bytes(port):
    """What lies between the two ends of the connections of a port, unread."""
    total, wanted = 0, f":{port:04X}"
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(path, encoding="ascii") as f:
            for line in f.readlines()[1:]:
                fields = line.split()
                if fields[1].endswith(wanted) or fields[2].endswith(wanted):
                    total += sum(int(q, 16) for q in fields[4].split(":"))
    return total


# --- peers ---

def cache_directory():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "tenanttui-bench")


def discord_js():
    """None where discord.js is there, or could be installed; else what is missing."""
    path = cache_directory()
    if not shutil.which("node"):
        return "node is not installed"
    if os.path.isdir(os.path.join(path, "node_modules", "discord.js")):
        return None
    if not shutil.which("npm"):
        return "npm is not installed"
    os.makedirs(path, exist_ok=True)
    try:
        run = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", path, "discord.js@14"],
                             capture_output=True, text=True, check=False, timeout=90)
    except subprocess.TimeoutExpired:
        return "npm did not install it within 90 s"
    return f"npm could not install it: {run.stderr.strip()[-300:]}" if run.returncode else None


def discord_py():
    run = subprocess.run(["/usr/bin/python3", "-c", "import discord"], capture_output=True, check=False)
    return "python3-discord is not installed" if run.returncode else None


@functools.cache
def peers_here():
    """The peers that can run, and a line for each that cannot."""
    reasons = {"discord.js": discord_js(), "discord.py": discord_py()}
    return ([name for name, reason in reasons.items() if not reason],
            [f"{name}: {reason}" for name, reason in reasons.items() if reason])


class Peer:
    """BOTS clients of another library in one process, which answer `!ping` with `pong`."""

    def __init__(self, kind, sandbox, first, bots, authority=None):
        env = dict(os.environ, BENCH_API=sandbox.root, BENCH_FIRST=str(first), BENCH_BOTS=str(bots))
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            env.pop(name, None)
        if kind == "discord.js":
            argv = ["node", os.path.join(HERE, "peer.js")]
            env["NODE_PATH"] = os.path.join(cache_directory(), "node_modules")
            if authority:
                env["NODE_EXTRA_CA_CERTS"] = authority
        else:
            argv = ["/usr/bin/python3", os.path.join(HERE, "peer.py")]
            env["BENCH_GATEWAY"] = sandbox.api("GET", "/gateway/bot", f"token-{first}")[1]["url"]
            if authority:
                env["SSL_CERT_FILE"] = authority
        self.process = subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ready(self):
        """Once all are READY: {"rss_none": KiB, "rss": KiB}."""
        line = self.process.stdout.readline()
        assert line, f"the peer ended with {self.process.wait()}"
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
