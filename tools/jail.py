"""A jail for the kernels that run what students handed in: bubblewrap, where it is installed and allowed.

Inside there is Python, the course's copy (read-only) and an empty /tmp: no network, no other file of this machine, no
other process. Outside of Linux, or without bubblewrap, only the limits of the system's own are left, or none;
`warning` says so.
"""

import contextlib
import functools
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from jupyter_client.manager import AsyncKernelManager
from traitlets import Integer, Unicode

try:
    import resource
except ImportError:  # on Windows
    resource = None

COPIED = ("helpers", "exercises")  # what a course of nbgrader has copies of ...
LINKED = ("data", "models")  # ... and links to
INSIDE = "/course"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")  # what Python and its libraries need
SYSTEM += tuple(f"/etc/{name}" for name in ("alternatives", "fonts", "ld.so.cache", "localtime", "passwd", "group"))
# Of a kernel, where the grader is root: each has its own, and its own share of processes.
USERS = range(200_000, 260_000)
FROM_OUTSIDE = ("PATH", "LANG", "LC_ALL", "KERAS_BACKEND", "NBGRADER_EXECUTION", "COURSE_LANGUAGE")  # no passwords
JUDGE = 12 * 1024**3  # bytes that the judge's own process may take: a small file can hold a giant network
PROCESSES = 1024  # threads count, too, and TensorFlow has many
FILE_SIZE = 1024**3  # bytes, of one file
SCRATCH = 1024**3  # bytes, of all files in each place where it may write


@functools.cache
def warning() -> str:
    """What is not kept away from this machine, in a sentence; empty where a jail can be built."""
    if not shutil.which("bwrap"):
        why = "bubblewrap is not installed (Debian, Ubuntu: apt-get install bubblewrap; there is none outside of Linux)"
    elif not _can_be_built():
        why = "bubblewrap may not make namespaces here (in a container: allow user namespaces, or be root)"
    else:
        return ""
    return f"NO JAIL: {why}. What students handed in can reach your files and the network while it runs."


def _can_be_built() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        return not subprocess.run([*_jail(Path(folder), Path(folder)), "true"], capture_output=True).returncode


def _jail(course: Path, shared: Path, user: int = USERS[0]) -> list[str]:
    """Command line in front of another one: that one sees no more than the course's copy and one shared folder."""
    python = {path for path in (sys.prefix, sys.base_prefix) if not Path(path).is_relative_to("/usr")}
    read_only = [(path, path) for path in (*SYSTEM, *sorted(python)) if Path(path).exists()]
    read_only += [(str((course / name).resolve()), f"{INSIDE}/{name}") for name in _course_folders(course)]
    command = ["bwrap", "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net", "--unshare-ipc"]
    command += ["--unshare-uts", "--unshare-cgroup-try", "--proc", "/proc", "--dev", "/dev"]
    for place in ("/tmp", "/dev/shm", f"{INSIDE}/work"):
        command += ["--size", str(SCRATCH), "--perms", "1777", "--tmpfs", place]
    places = [*(place for _, place in read_only), str(shared / "kernel")]
    for folder in sorted({parent for place in places for parent in Path(place).parents[:-1]}):  # in which they lie
        command += ["--perms", "0755", "--dir", str(folder)]
    for origin, place in read_only:
        command += ["--ro-bind", origin, place]
    command += ["--bind", str(shared), str(shared), "--remount-ro", "/", "--chdir", f"{INSIDE}/work"]
    command += ["--clearenv", "--setenv", "HOME", "/tmp", "--setenv", "BUILD_DIR", "/tmp/build"]
    for name in FROM_OUTSIDE:
        if name in os.environ:
            command += ["--setenv", name, os.environ[name]]
    if os.geteuid() != 0:
        return [*command, "--unshare-user", "--disable-userns"]
    drop = [f"--reuid={user}", f"--regid={user}", "--clear-groups", "--bounding-set=-all", "--no-new-privs"]
    for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
        command += ["--cap-add", capability]
    return [*command, "setpriv", *drop]


def _course_folders(course: Path) -> list[str]:
    return [name for name in COPIED + LINKED if (course / name).exists()]


def _limits(memory: int) -> list[str]:
    """Command line in front of another one: limits that the system keeps for each process."""
    if not shutil.which("prlimit"):
        return []
    limits = {"data": memory, "nproc": PROCESSES, "fsize": FILE_SIZE, "core": 0}
    if warning():
        del limits["nproc"]  # it would count all processes of the teacher
    return ["prlimit", *(f"--{name}={value}" for name, value in limits.items())]


def limit_this_process() -> None:
    """Let a giant network that was handed in end in a MemoryError here, not in a machine without memory."""
    if resource:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (JUDGE if hard == resource.RLIM_INFINITY else min(JUDGE, hard), hard))


class JailedKernelManager(AsyncKernelManager):
    """Starts a kernel in the jail, talks to it through files, and ends it when it takes too much memory."""

    course = Unicode(help="The course's folder, with its copies of helpers and exercises.").tag(config=True)
    memory = Integer(6 * 1024**3, help="Bytes that all processes of a submission may take together.").tag(config=True)

    def __init__(self, **options):
        self._folder = tempfile.TemporaryDirectory(prefix="jail-", ignore_cleanup_errors=True)
        self.shared = Path(self._folder.name).resolve()
        (self.shared / "kernel").mkdir()  # all else in there stays the grader's
        self.too_large = False
        if os.name == "posix":
            options |= {"transport": "ipc", "connection_file": str(self.shared / "kernel" / "kernel.json")}
        super().__init__(**options)

    async def _async_launch_kernel(self, kernel_cmd, **options):
        limits = _limits(self.memory)
        options["stdout"] = subprocess.DEVNULL  # how to connect another client: nobody may
        if not warning():
            user = secrets.choice(USERS)
            if os.geteuid() == 0:
                self.shared.chmod(0o755)
                for path in (self.shared / "kernel", *(self.shared / "kernel").iterdir()):
                    os.chown(path, user, user)
            self.kernel_spec.interrupt_mode = "message"  # signals do not reach into the jail
            limits = [*_jail(Path(self.course), self.shared, user), *limits]
        elif self.course:
            options["cwd"] = self._copy_of_the_course()
        await super()._async_launch_kernel([*limits, *kernel_cmd], **options)
        threading.Thread(target=self._watch, args=(self.provisioner.pid,), daemon=True).start()

    def _copy_of_the_course(self) -> str:
        """Where there is no jail, a kernel at least finds copies of the checks first, and may spoil these."""
        for name in _course_folders(Path(self.course)):
            if name in LINKED:  # large
                (self.shared / name).symlink_to((Path(self.course) / name).resolve(), target_is_directory=True)
            else:
                shutil.copytree(Path(self.course) / name, self.shared / name)
        return str(self.shared)

    def _watch(self, pid: int) -> None:
        """End the kernel when its processes, or the files that they share with the judge, become too large."""
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended
            kernel = psutil.Process(pid)
            while kernel.is_running() and kernel.status() != psutil.STATUS_ZOMBIE:
                processes = _family(kernel)
                if sum(map(_memory, processes)) + _size(self.shared / "kernel") > self.memory:
                    self.too_large = True
                    for process in reversed(processes):
                        _kill(process)
                time.sleep(0.2)


def _family(process: psutil.Process) -> list[psutil.Process]:
    """A process and all that it has started; those that end meanwhile may be missing."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return [process]


def _memory(process: psutil.Process) -> int:
    """Bytes that a process holds in memory; 0 if it has ended."""
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def _size(folder: Path) -> int:
    """Bytes of all files in a folder; 0 if one goes meanwhile, the next look will tell."""
    try:
        return sum(path.lstat().st_size for path in folder.rglob("*"))
    except OSError:
        return 0


def _kill(process: psutil.Process) -> None:
    """End a process, unless it has ended."""
    with contextlib.suppress(psutil.Error):
        process.kill()
