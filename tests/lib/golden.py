"""Whole screens compared with committed ones: tests/screens/golden/NAME.txt. TENANTTUI_GOLDEN=write writes them anew."""

import difflib
import os
import re
import time

from program import LIMIT

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "screens", "golden")
WRITE = os.environ.get("TENANTTUI_GOLDEN") == "write"


def who(match):
    """The user who runs the tests, in as many cells."""
    return "op:user".ljust(len(match.group(0)))[: max(len(match.group(0)), 8)]


MASKS = [
    (r"\b\d\d:\d\d UTC", "hh:mm UTC"),
    (r"\b\d\d-\d\d \d\d:\d\d:\d\d\b", "MM-DD hh:mm:ss"),
    (r"\b\d\d-\d\d \d\d:\d\d\b(?!:)", "MM-DD hh:mm"),
    (r"\b\d\d:\d\d:\d\d\b", "hh:mm:ss"),
    (r"\b\d{4}-\d\d-\d\d(.)\d\d:\d\d(:\d\d(\.\d{3})?Z)?", lambda m: re.sub(r"\d", "0", m.group(0))),
    (r"\b\d{4}-\d\d-\d\d\b(?!.\d\d:)", "YYYY-MM-DD"),
    (r"(?<=│ )[▁-█]+ *(?=│)|(?<=\| )[.:=+*#@-]{2,} *(?=\|)", "(hours) "),  # as many as the day has had
    (r"\b[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}\b", "TTT-TTT-TTT"),  # a transaction, by the home's own key
    (r"(?<=a new database was made: )/\S*", "(path)"),
    (r"\bbot-[0-9a-f]{8}", "bot-xxxxxxxx"),
    (r"\bop:[\w.-]+ *", who),
]


def masked(rows):
    """Without what differs between runs; where a number of milliseconds moves its neighbours, their gaps too."""
    out = []
    for row in rows:
        for pattern, by in MASKS:
            row = re.sub(pattern, by, row)
        if re.search(r"\d m?s\b", row):
            row = re.sub(r" {2,}", "  ", re.sub(r"\b[\d.,]+ m?s\b", "N ms", row))
        out.append(row.rstrip())
    return out


def golden(terminal, name, limit=LIMIT):
    """Until the screen is the committed one; fails with the difference."""
    path = os.path.join(FOLDER, f"{name}.txt")
    if WRITE:
        terminal.quiet(500)
        os.makedirs(FOLDER, exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(masked(terminal.rows())) + "\n")
        return
    with open(path, encoding="utf-8") as f:
        wanted = f.read().rstrip("\n").split("\n")
    end = time.monotonic() + limit
    while (seen := masked(terminal.rows())) != wanted:
        if time.monotonic() > end:
            diff = "\n".join(difflib.unified_diff(wanted, seen, "committed", "seen", lineterm="", n=30))
            raise AssertionError(f"{name}: another screen than the committed one\n{diff}")
        terminal.quiet(20, 200)
