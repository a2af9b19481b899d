"""A terminal for tests: the program in a pty, its screen as text, as styled runs, and as an SVG picture."""

import html
import json
import os
import subprocess
import unicodedata

from program import LIMIT

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
HELPER = os.path.join(os.environ.get("TENANTTUI_BUILD", os.path.join(ROOT, "build")), "lib", "term")

KEYS = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pgup": "\x1b[5~", "pgdn": "\x1b[6~", "enter": "\r", "esc": "\x1b", "tab": "\t", "btab": "\x1b[Z",
    "backspace": "\x7f", "delete": "\x1b[3~", "space": " ", "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR",
    "f10": "\x1b[21~", "ctrl-c": "\x03", "ctrl-d": "\x04", "ctrl-l": "\x0c", "ctrl-r": "\x12", "ctrl-u": "\x15",
    "ctrl-w": "\x17", "ctrl-z": "\x1a",
}
APPLICATION = {"up": "\x1bOA", "down": "\x1bOB", "right": "\x1bOC", "left": "\x1bOD", "home": "\x1bOH", "end": "\x1bOF"}


class Terminal:
    """with Terminal(["./tenanttui"], rows=24, cols=80, env=...) as t: t.wait("dashboard"); t.key("down")"""

    def __init__(self, argv, rows=24, cols=80, env=None, term="xterm-256color", timeout=LIMIT, cwd=None):
        environment = dict(os.environ if env is None else env)
        environment["TERM"] = term
        self.timeout = timeout
        self.application = not term.startswith("vt52")
        self.process = subprocess.Popen([HELPER, str(rows), str(cols), *map(str, argv)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=environment, cwd=cwd)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            assert self.process.wait(90) == 0, "it goes on without its terminal"
        self.process.stdout.close()

    def ask(self, request):
        self.process.stdin.write((request + "\n").encode())
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    @staticmethod
    def hex(text):
        return (text if isinstance(text, bytes) else text.encode()).hex()

    def send(self, text):
        """Bytes or text as they are."""
        self.ask("send " + self.hex(text))

    def key(self, *names):
        """Named keys (up, enter, f10, ...); any other name is typed as text."""
        for name in names:
            self.send(self.bytes_of(name))

    def bytes_of(self, name):
        if self.application and name in APPLICATION:
            return APPLICATION[name]
        return KEYS.get(name, name)

    def wait(self, text, timeout=None):
        """Until the screen contains the text; fails with the screen otherwise."""
        answer = self.ask(f"wait {int((timeout or self.timeout) * 1000)} {self.hex(text)}")
        assert answer["ok"], f"never seen on the screen: {text!r}\n{self.text()}"
        return answer["us"]

    def gone(self, text, timeout=None):
        answer = self.ask(f"gone {int((timeout or self.timeout) * 1000)} {self.hex(text)}")
        assert answer["ok"], f"still on the screen: {text!r}\n{self.text()}"

    def frame(self, keys, text, timeout=None):
        """Send keys, wait for the text; the microseconds between."""
        answer = self.ask(f"frame {int((timeout or self.timeout) * 1000)} {self.hex(self.bytes_of(keys))} {self.hex(text)}")
        assert answer["ok"], f"never seen on the screen: {text!r}\n{self.text()}"
        return answer["us"]

    def settle(self, keys, ms=100):
        """Send keys, wait until nothing was written for MS; the microseconds to the last byte."""
        return self.ask(f"settle {ms} {self.hex(self.bytes_of(keys))}")["us"]

    def quiet(self, ms=150, limit=5000):
        """Until nothing was written for MS; the bytes that were."""
        return self.ask(f"quiet {ms} {limit}")["bytes"]

    def rows(self):
        return [row.rstrip() for row in self.ask("screen")["rows"]]

    def text(self):
        return "\n".join(self.rows())

    def style(self):
        return self.ask("style")["rows"]

    def cursor(self):
        answer = self.ask("screen")
        return tuple(answer["cursor"]), answer["visible"]

    def resize(self, rows, cols):
        self.ask(f"resize {rows} {cols}")

    def click(self, row, col, button=1):
        self.ask(f"mouse {row} {col} {button}")

    def raw(self):
        return bytes.fromhex(self.ask("raw")["hex"])

    def pid(self):
        return self.ask("pid")["pid"]

    def exit(self, timeout=None):
        """The exit status, once the program ended."""
        answer = self.ask(f"exit {int((timeout or self.timeout) * 1000)}")
        assert answer["ok"], "the program still runs\n" + self.text()
        return answer["status"] if not answer["signal"] else -answer["signal"]

    def svg(self, path, title="tenanttui"):
        """The screen as a picture for documents: text stays text."""
        picture(path, [self.style()], title)


def picture(path, screens, title):
    """Screens (each as style() gives it) below each other."""
    w, h, pad = 8.4, 18, 12
    back, front = "#16181d", "#d5d8de"
    cols = max(cells(text for text, *_ in row) for rows in screens for row in rows)
    height = sum(len(rows) for rows in screens) * h + (len(screens) + 1) * pad
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{cols * w + 2 * pad:.0f}" height="{height}" '
           f'viewBox="0 0 {cols * w + 2 * pad:.0f} {height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" '
           f'font-size="14"><title>{html.escape(title)}</title>',
           f'<rect width="100%" height="100%" rx="6" fill="{back}"/>']
    y = pad
    for rows in screens:
        for row in rows:
            x = 0
            for text, fg, bg, flags in row:
                fg, bg = fg or front, bg or back
                if "r" in flags:
                    fg, bg = bg, fg
                n = cells([text])
                if bg != back:
                    out.append(f'<rect x="{pad + x * w:.1f}" y="{y}" width="{n * w:.1f}" height="{h}" fill="{bg}"/>')
                if text.strip():
                    bold = ' font-weight="bold"' if "b" in flags else ""
                    out.append(f'<text x="{pad + x * w:.1f}" y="{y + 14}" fill="{fg}" xml:space="preserve" '
                               f'textLength="{n * w:.1f}" lengthAdjust="spacing"{bold}>{html.escape(text)}</text>')
                x += n
            y += h
        y += pad
    out.append("</svg>")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out) + "\n")


def cells(texts):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1
               for text in texts for c in text)
