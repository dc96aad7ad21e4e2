"""A copy of this machine that a test may change as root: users, files, servers. It is gone when the test is.

What is written goes to memory, over the machine's own file system (Linux: overlayfs). Processes and users are those
of the copy; the network is shared.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile

import psutil
import pytest

PROGRAMS = ("unshare", "nsenter", "runuser")
START = """
set -e
mount -t tmpfs machine "$1"
mkdir "$1/changes" "$1/work" "$1/root"
mount -t overlay machine -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" "$1/root"
cd "$1/root"
mount --rbind /dev dev
mount --rbind /sys sys
mount -t proc proc proc
pivot_root . mnt
umount --lazy /mnt
echo ready
exec cat  # until the test closes the line, or ends
"""


class Machine:
    """Runs commands on the copy."""

    def __init__(self, process: int):
        self._enter = ["nsenter", f"--target={process}", "--mount", "--pid"]

    def run(self, commands: str, user: str = "root") -> str:
        """Run lines of shell as this user, the first error ends them. Returns what they print."""
        shell = ["bash", "-c"] if user == "root" else ["runuser", "--login", user, "--command"]
        done = subprocess.run(
            [*self._enter, *shell, f"set -e\n{commands}"], stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        assert done.returncode == 0, f"as {user}:\n{commands}\n{done.stdout[-2000:]}\n{done.stderr[-5000:]}"
        return done.stdout


@contextlib.contextmanager
def machine():
    """Start a copy; where that is not possible, the test is skipped and says why."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        pytest.skip(f"a copy of this machine needs root, and the programs {', '.join(PROGRAMS)}")
    with tempfile.TemporaryDirectory() as folder:
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", START, "bash", folder]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
            try:
                if process.stdout.readline() != "ready\n":
                    pytest.skip(f"no copy of this machine can be made: {process.stderr.read()}")
                (first,) = psutil.Process(process.pid).children()
                yield Machine(first.pid)
            finally:
                process.kill()
