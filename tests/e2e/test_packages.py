"""What installs the distribution's packages, on machines that have little: its dpkg, apt-get, sudo and id are stand-ins."""
import shutil
import subprocess

import pytest

from support.paths import ROOT

SCRIPT = ROOT / "shared/cmake/install_packages.sh"
TOOLS = ("bash", "grep", "sort", "paste", "dirname", "mktemp", "rm", "tail", "env", "cat", "chmod", "true")

DPKG = """#!/bin/bash
[ -e "$MACHINE/installed-$2" ] && echo "Status: install ok installed"
"""
# Without `update` it knows no package, as on a machine whose lists are empty; $BROKEN makes it fail for good.
APT_GET = """#!/bin/bash
echo "$*" >> "$MACHINE/calls"
[ -z "$BROKEN" ] || { echo "E: the mirror is gone" >&2; exit 100; }
case $2 in
    update) : > "$MACHINE/lists" ;;
    install) [ -e "$MACHINE/lists" ] || { echo "E: Unable to locate package" >&2; exit 100; }
             for name in "${@:5}"; do : > "$MACHINE/installed-$name"; done ;;
esac
"""
SUDO = """#!/bin/bash
echo "sudo $*" >> "$MACHINE/calls"
[ "$1" != -n ] || shift
[ -n "$MAY_SUDO" ] || exit 1
exec "$@"
"""
ID = """#!/bin/bash
echo "${FAKE_UID:-0}"
"""


class Machine:
    def __init__(self, folder, programs):
        self.folder = folder
        self.path = folder / "bin"
        self.path.mkdir()
        for tool in TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool))
        for name, text in programs.items():
            (self.path / name).write_text(text)
            (self.path / name).chmod(0o755)

    def install(self, *groups, **environment):
        return subprocess.run([self.path / "bash", SCRIPT, *groups], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              env={"PATH": str(self.path), "MACHINE": str(self.folder), "TMPDIR": str(self.folder), **environment})

    def calls(self):
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def machine(tmp_path):
    return lambda **more: Machine(tmp_path, {"dpkg": DPKG, "apt-get": APT_GET, "id": ID, **more})


def test_a_bare_machine_gets_all_after_its_lists_were_fetched(machine):
    bare = machine()
    done = bare.install("build", "run")
    assert done.returncode == 0, done.stderr
    assert [call.split()[1] for call in bare.calls()] == ["install", "update", "install"]
    assert {"clang-19", "cmake", "curl"} <= set(bare.calls()[-1].split())
    assert "nginx-light" not in bare.calls()[-1]


def test_where_all_is_there_nothing_is_done_or_said(machine):
    full = machine()
    full.install("build")
    before = full.calls()
    again = full.install("build", FAKE_UID="1000")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert full.calls() == before


def test_a_command_from_elsewhere_makes_its_package_needless(machine):
    own = machine(go="#!/bin/bash\n", wrk="#!/bin/bash\n", nginx="#!/bin/bash\n")
    done = own.install("bench")
    assert (done.returncode, done.stdout, own.calls()) == (0, "", [])


def test_without_root_and_sudo_a_sentence_says_what_to_type(machine):
    done = machine().install("run", FAKE_UID="1000")
    assert done.returncode == 1
    assert "not root" in done.stderr and "apt-get install ca-certificates curl python3" in done.stderr


def test_sudo_is_used_and_never_asks_where_nobody_can_type(machine):
    user = machine(sudo=SUDO)
    done = user.install("run", FAKE_UID="1000", MAY_SUDO="1")
    assert done.returncode == 0, done.stderr
    assert all(call.startswith("sudo -n ") for call in user.calls() if call.startswith("sudo"))


def test_a_user_whom_sudo_refuses_is_told(machine):
    done = machine(sudo=SUDO).install("run", FAKE_UID="1000")
    assert done.returncode == 1 and "sudo does not let this user in" in done.stderr


def test_a_mirror_that_fails_is_shown_with_its_own_words(machine):
    done = machine().install("run", BROKEN="1")
    assert done.returncode == 1
    assert "E: the mirror is gone" in done.stderr and "apt-get install ca-certificates" in done.stderr
