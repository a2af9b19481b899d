"""Worlds that the tests of one file share, since bringing one up takes a second."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def start(tmp_path_factory, **how):
    from botlib import World
    from program import Home
    world = World(Home(tmp_path_factory.mktemp("world") / "home"), **how)
    world.start()
    world.quick()
    world.pushed("sync", world.tenant)
    return world


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One world for the whole file; tests leave it as they found it, or say so."""
    world = start(tmp_path_factory)
    yield world
    world.end()


@pytest.fixture
def world(shared):
    shared.gone_sandbox()
    shared.gone("the daemon")
    return shared
