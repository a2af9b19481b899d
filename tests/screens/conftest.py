import contextlib

import pytest

from golden import golden
from program import BIN, LIMIT
from terminal import Terminal


class Screens(Terminal):
    """The screens of a home in a terminal; compared whole with what is committed."""

    def __init__(self, home, *words, rows=24, cols=80, term="xterm-256color", env=None, program=None):
        environment = {**home.env, "LC_ALL": "C.UTF-8", **(env or {})}
        super().__init__(program or [BIN, *words], rows=rows, cols=cols, env=environment, term=term, timeout=LIMIT, cwd=home.path)

    def golden(self, name):
        golden(self, name)

    def type(self, text):
        """Letter by letter, as hands do."""
        for letter in text:
            self.send(letter)


@pytest.fixture
def open_screens():
    """open_screens(home, ...) gives the screens in a terminal; they are ended with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda home, *words, **how: stack.enter_context(Screens(home, *words, **how))


@pytest.fixture
def rental(home):
    """Four tenants of every plan and status, without tokens."""
    lines = """
        create 123456789012345678 987654321098765401 'Test Store' premium --id tenant01
        create 123456789012345678 987654321098765402 'Kedai Budi' --id kedai_budi
        create 223456789012345678 987654321098765403 'Kedai Sari GT' enterprise --id kedai_sari
        create 323456789012345678 987654321098765404 'Raja World Lock' premium --id gt_raja
        features tenant01 welcome on
        status kedai_budi maintenance
        status gt_raja suspended
        config tenant01 prefix ?
    """
    home.ok("-f", "-", stdin=lines)
    return home
