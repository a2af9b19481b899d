"""`make install` and `make uninstall`, into a scratch directory."""

import os
import shutil
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("TENANTTUI_BUILD", os.path.join(ROOT, "build"))


def make(target, dest):
    # What is built is taken as it is: no other flags, no make above this one.
    env = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    run = subprocess.run(["make", "-C", ROOT, target, f"BUILD={BUILD}", f"DESTDIR={dest}", "PREFIX=/usr"], env=env,
                         capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr


def files(dest):
    return sorted(os.path.relpath(os.path.join(folder, name), dest)
                  for folder, _, names in os.walk(dest) for name in names)


def test_what_is_installed_works_and_uninstall_leaves_nothing_of_it(tmp_path):
    dest = tmp_path / "dest"
    other = dest / "usr/bin/other"
    other.parent.mkdir(parents=True)
    other.write_text("not ours\n")
    make("install", dest)
    assert files(dest) == ["usr/bin/other", "usr/bin/tenanttui",
                           "usr/share/bash-completion/completions/tenanttui",
                           "usr/share/fish/vendor_completions.d/tenanttui.fish",
                           "usr/share/man/man1/tenanttui.1", "usr/share/man/man5/tenanttui.5",
                           "usr/share/zsh/site-functions/_tenanttui"]
    said = subprocess.run([dest / "usr/bin/tenanttui", "version"], capture_output=True, text=True, timeout=60)
    assert said.returncode == 0 and said.stdout.startswith("version ")
    make("uninstall", dest)
    assert files(dest) == ["usr/bin/other"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_the_service_of_the_readme_is_a_unit_that_systemd_takes(tmp_path):
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        text = f.read()
    start = text.index("    [Unit]\n")
    unit = "".join(line[4:] + "\n" for line in text[start:text.index("\n\n    [Install]")].split("\n"))
    install = text[text.index("    [Install]\n"):].split("\n\n")[0]
    unit += "\n" + "".join(line[4:] + "\n" for line in install.split("\n"))
    path = tmp_path / "tenanttui.service"
    path.write_text(unit.replace("/usr/local/bin/tenanttui", "/bin/true").replace("User=rental", "User=root"))
    said = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, timeout=60)
    ours = [line for line in (said.stdout + said.stderr).splitlines() if "tenanttui.service" in line]
    assert not ours, ours
