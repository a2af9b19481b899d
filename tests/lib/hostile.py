"""A host that misbehaves: clocks that jump, a disk that refuses writes of the database; lib/preload/hostile.c."""

import errno
import mmap
import os
import struct

from program import ROOT

LIBRARY = os.path.join(os.environ.get("TENANTTUI_BUILD", os.path.join(ROOT, "build")), "lib", "hostile.so")
NAMES = ("realtime_ms", "monotonic_ms", "error", "writes", "syncs", "failed")
DAY = 24 * 60 * 60 * 1000


class Host:
    """Orders for every program that a home starts from now on; they hold at once, also for those that run."""

    def __init__(self, home):
        path = os.path.join(home.path, "orders")
        with open(path, "wb") as f:
            f.write(bytes(8 * len(NAMES)))
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 0)
        home.env.update(LD_PRELOAD=LIBRARY, HOSTILE_ORDERS=path)
        if "ASAN_OPTIONS" in home.env:  # its runtime expects to be the first library
            home.env["ASAN_OPTIONS"] += ":verify_asan_link_order=0"

    def order(self, **values):
        for name, value in values.items():
            struct.pack_into("q", self.map, 8 * NAMES.index(name), value)

    def value(self, name):
        return struct.unpack_from("q", self.map, 8 * NAMES.index(name))[0]

    def step(self, **by):
        """Move clocks: realtime_ms=, monotonic_ms=."""
        self.order(**{name: self.value(name) + ms for name, ms in by.items()})

    def disk(self, error=0, writes=0, syncs=0):
        """Of 1000 writes and syncs of the database so many fail with this errno; without arguments none."""
        self.order(writes=0, syncs=0)
        self.order(error=error, writes=writes, syncs=syncs)


__all__ = ["DAY", "Host", "errno"]
