"""What every system test may ask for."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

from program import BIN, Home  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "soak: hours rather than seconds; only with tests/run --soak")
    config.addinivalue_line("markers", "slow: more than ten seconds; not with tests/run --quick")
    if not os.access(BIN, os.X_OK):
        pytest.exit(f"no program at {BIN}: make", returncode=2)


@pytest.fixture
def home(tmp_path):
    """A scratch environment without a database; Discord's address leads nowhere."""
    return Home(tmp_path / "home")


@pytest.fixture
def tenant(home):
    """The scratch environment with tenant01 (basic, no token) in it."""
    home.create()
    return home


@pytest.fixture
def live(tmp_path):
    """A sandbox, a daemon, and tenant01 whose bot is running with a control channel; see lib/live.py."""
    from live import Live
    world = Live(Home(tmp_path / "home"))
    try:
        world.start()
        yield world
    finally:
        world.end()
