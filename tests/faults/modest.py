"""A home of somebody who is not root, so that file modes and the owners of /proc mean something."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile

from program import BIN, PR_SET_PDEATHSIG, Home

NOBODY = 65534


class Nobody(Home):
    """Commands run without root's privileges, from a copy of the program that everybody may run."""

    program = BIN

    def popen(self, *words, env=None, **how):
        how.setdefault("stdin", subprocess.DEVNULL)

        def drop():
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

        return subprocess.Popen([self.program, *map(str, words)], env={**self.env, **(env or {})}, cwd=self.path,
                                preexec_fn=drop, **how)

    def give(self):
        """What root has put into the home belongs to its owner."""
        if os.getuid() == 0:
            for folder, _, names in os.walk(self.path):
                for path in [folder, *(os.path.join(folder, name) for name in names)]:
                    os.chown(path, NOBODY, NOBODY)


@contextlib.contextmanager
def modest_home():
    top = tempfile.mkdtemp(prefix="tt-modest-")
    try:
        os.chmod(top, 0o711)
        home = Nobody(top + "/home")
        home.program = top + "/tenanttui"
        shutil.copy(BIN, home.program)
        os.chmod(home.program, 0o755)
        home.give()
        yield home
    finally:
        for folder, _, _ in os.walk(top):
            os.chmod(folder, 0o700)
        shutil.rmtree(top, ignore_errors=True)
