"""The program under test: a scratch home, command lines, the sandbox and the daemon as children."""

import contextlib
import ctypes
import json
import os
import secrets
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import contract

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("TENANTTUI_BIN", os.path.join(ROOT, "tenanttui"))
SLOW = float(os.environ.get("TENANTTUI_SLOW", "1"))
LIMIT = 20.0 * SLOW  # seconds; a safety net, nothing waits for it to pass
PR_SET_PDEATHSIG = 1

KEPT = ("PATH", "LANG", "LC_ALL", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TZ", "TMPDIR")


def until(what, condition, limit=LIMIT):
    """Wait for a condition; its first true answer. It is asked often, but half the time the processor is the others'."""
    end = time.monotonic() + limit
    pause = threading.Event()
    while True:
        asked = time.monotonic()
        answer = condition()
        if answer:
            return answer
        now = time.monotonic()
        if now > end:
            raise AssertionError(f"not within {limit:.0f} s: {what}")
        pause.wait(max(0.005, now - asked))


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Result:
    """How a run ended: status, out, err; and its documents."""

    def __init__(self, argv, status, out, err):
        self.argv, self.status, self.out, self.err = argv, status, out, err

    def __repr__(self):
        return f"$ {' '.join(map(str, self.argv[1:]))}\nstatus {self.status}\n--- out\n{self.out}\n--- err\n{self.err}"

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self):
        """The first error document on standard error."""
        for line in self.err.splitlines():
            if line.startswith('{"error"'):
                return json.loads(line)["error"]
        raise AssertionError(f"no error document\n{self!r}")


class Home:
    """A scratch environment: its own database, key and state; nothing of the caller's."""

    def __init__(self, path, api_base="http://127.0.0.1:9/api/v10"):
        self.path = str(path)
        self.env = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.env.update(HOME=self.path, XDG_DATA_HOME=f"{self.path}/data", XDG_CONFIG_HOME=f"{self.path}/config",
                        XDG_STATE_HOME=f"{self.path}/state", TENANTTUI_API_BASE=api_base, TERM="dumb")
        self.env.setdefault("LC_ALL", "C.UTF-8")
        self.db = f"{self.path}/data/tenanttui/tenanttui.db"
        self.key = f"{self.path}/config/tenanttui/key"
        os.makedirs(self.path, exist_ok=True)

    def popen(self, *words, env=None, **how):
        how.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen([BIN, *map(str, words)], env={**self.env, **(env or {})}, cwd=self.path,
                                preexec_fn=end_with_parent, **how)

    def run(self, *words, stdin=None, env=None, limit=None):
        """Run it to its end, whatever its status. STDIN: text or bytes; None: nothing to read."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        process = self.popen(*words, env=env, stdin=subprocess.PIPE if data is not None else subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(data, timeout=limit or 3 * LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return Result(process.args, process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))

    def ok(self, *words, **how):
        """Run it and insist on status 0; the bot may take its time to acknowledge."""
        result = self.run("--wait", LIMIT, *words, **how)
        assert result.status == 0, repr(result)
        return result

    def json(self, *words, **how):
        """Run it with -o json, insist on status 0, and give the document."""
        return self.ok("-o", "json", *words, **how).json

    def fails(self, status, code, *words, **how):
        """Run it with -o json and insist on this status and error code; the error document."""
        result = self.run("-o", "json", *words, **how)
        assert result.status == status, repr(result)
        assert result.error["code"] == code, repr(result)
        return result.error

    def create(self, tenant="tenant01", guild=987654321098765432, plan="basic", name="Test Store",
               renter=123456789012345678):
        self.ok("create", renter, guild, name, plan, "--id", tenant)
        return tenant


class Background:
    """A child that runs until it is ended."""

    process = None

    def end(self, number=signal.SIGTERM, limit=LIMIT):
        if self.process is None or self.process.poll() is not None:
            return self.process and self.process.returncode
        self.process.send_signal(number)
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def kill(self):
        """As a crash or a power cut would."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Sandbox(Background):
    """The local stand-in for Discord; `base` is what --api-base takes."""

    def __init__(self, home, seed=None, words=()):
        self.home = home
        self.log = open(os.path.join(home.path, "sandbox.log"), "ab")
        self.record = None
        if contract.available() and "--record" not in words:
            self.record = os.path.join(home.path, f"sandbox.{secrets.token_hex(4)}.jsonl")
            words = [*words, "--record", self.record]
        arguments = ["sandbox", *words] + (["--seed", "-"] if seed is not None else [])
        self.process = home.popen(*arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        if seed is not None:
            self.process.stdin.write(json.dumps(seed).encode())
        self.process.stdin.close()
        self.base = self.process.stdout.readline().decode().strip()
        assert self.base.endswith("/api/v10"), f"no address: {self.base!r}; see {self.log.name}"
        self.root = self.base[: -len("/api/v10")]

    def end(self, *words, **more):
        """As every child; what was asked and answered fits Discord's description, whatever the test was about."""
        code = super().end(*words, **more)
        record, self.record = self.record, None
        if not record or not os.path.exists(record):
            return code
        found = contract.complaints_about(record)
        os.unlink(record)
        assert not found, "\n".join(sorted(set(found))[:20])
        return code

    def request(self, method, url, body=None, headers=None, limit=LIMIT):
        request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json", **(headers or {})})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=limit) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def control(self, **document):
        """One document of the scripting side; its answer."""
        if document["do"] == "wait":
            document.setdefault("timeout_ms", int(LIMIT * 900))
        limit = LIMIT + document.get("timeout_ms", 0) / 1000
        status, answer = self.request("POST", self.root + "/control", document, limit=limit)
        assert status == 200, f"{document}: {status} {answer}"
        return answer

    def api(self, method, path, token, body=None):
        """A request as a bot makes it."""
        return self.request(method, self.base + path, body, {"Authorization": f"Bot {token}"})


class Daemon(Background):
    """`tenanttui --bot` of a home; its log is a file there."""

    def __init__(self, home, *words):
        self.home, self.words = home, words
        self.log_path = os.path.join(home.path, "daemon.log")
        self.start()

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = self.home.popen(*self.words, "--bot", stdout=log, stderr=log)

    @property
    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_state(self, tenant, state="running"):
        """Until the daemon says this of the tenant's bot."""
        def look():
            assert self.process.poll() is None, f"the daemon ended with {self.process.returncode}:\n{self.log[-4000:]}"
            answer = self.home.run("-o", "json", "bot", "status", tenant)
            return answer.status == 0 and answer.json["state"] == state and answer.json
        try:
            return until(f"{tenant} {state}", look)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.log[-4000:]}") from None


@contextlib.contextmanager
def ended(background):
    """with ended(Daemon(home)) as daemon: it is ended in any case."""
    try:
        yield background
    finally:
        background.end()
