"""Looks whether this machine has all that the course needs, and says of each thing what to do. Chapter 00 shows it.

Nothing here raises: a check that fails on its own is a finding, too. Everything is imported where it is needed, because
what cannot be imported is just what a reader wants to be told.
"""

import gzip
import importlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from helpers.language import say

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ((3, 11), (3, 14))  # from the first to below the second
MEMORY = DISK = 2.0  # in GB
# What the lessons import; Jupyter, in which they run, is there if this is read.
PACKAGES = ("tensorflow", "keras", "numpy", "h5py", "matplotlib", "scipy", "scikit-learn", "ipywidgets")
PARTS = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is fine, what was found, and one sentence on what to do."""

    name: str
    fine: bool
    found: str
    advice: str = field(default_factory=lambda: say("Nothing to do."))


def check() -> list[Finding]:
    """Look at everything, in the order in which one mends it."""
    return [_guarded(look) for look in LOOKS]


def table(findings: list[Finding]) -> str:
    """Findings as a table to be printed, and how many things are to be mended."""
    columns = [(say("fine") if finding.fine else say("MEND"), finding.name, finding.found) for finding in findings]
    widths = [4, *(max(_width(row[column]) for row in columns) for column in (1, 2))]
    rows = [
        "".join(text + " " * (width + 2 - _width(text)) for text, width in zip(row, widths, strict=True))
        + finding.advice
        for row, finding in zip(columns, findings, strict=True)
    ]
    wrong = sum(not finding.fine for finding in findings)
    rows.append(say("{wrong} to mend. Begin with the first.", wrong=wrong) if wrong else say("Nothing to mend."))
    return "\n".join(row.rstrip() for row in rows)


def _width(text: str) -> int:
    """Columns that a text takes on the screen; a Korean letter takes two."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


def _guarded(look: Callable[[], Finding]) -> Finding:
    """Make a look, and a finding of whatever goes wrong in it."""
    name = say(look.__name__.strip("_").replace("_", " "))
    try:
        return look()
    except Exception as error:  # whatever it is, a reader shall see a table
        reason = " ".join(str(error).split())[:120]
        return Finding(
            name,
            False,
            say("the check failed"),
            say("Ask someone, and show them this: {kind}: {reason}", kind=type(error).__name__, reason=reason),
        )


def _python() -> Finding:
    fine = PYTHON[0] <= sys.version_info[:2] < PYTHON[1]
    advice = say("Install Python 3.12 beside it, make a new environment with it, and start Jupyter from there.")
    return Finding("Python", fine, platform.python_version(), *() if fine else (advice,))


def _packages() -> Finding:
    """Installed, and of a version with which the course is tested."""
    from packaging.requirements import InvalidRequirement, Requirement

    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    needed = [name for name in PACKAGES if name != "tensorflow" or backend == "tensorflow"]
    file = ROOT / "requirements.txt"  # missing where only the four folders were uploaded; then any version will do
    wanted = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:  # an empty line, or a comment
            continue
        wanted[requirement.name] = requirement.specifier
    missing, other = [], []
    for name in needed:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if name in wanted and not wanted[name].contains(version, prereleases=True):
            other.append(f"{name} {version}")
    install = " ".join(f'"{name}{wanted.get(name, "")}"' for name in missing + [part.split()[0] for part in other])
    if missing:
        found = say("not installed: {names}", names=", ".join(missing))
        return Finding(
            say("packages"),
            False,
            found,
            say("Run this in a cell, then restart the kernel: %pip install {install}", install=install),
        )
    if other:
        found = say("not tested with: {names}", names=", ".join(other))
        return Finding(
            say("packages"),
            True,
            found,
            say("Go on; only if something fails, run this in a cell: %pip install {install}", install=install),
        )
    return Finding(say("packages"), True, say("all {count} are here", count=len(needed)))


def _keras() -> Finding:
    """Starts, and computes a convolution."""
    try:
        from helpers.backend.quiet import keras, quiet_stderr
    except Exception as error:
        reason = " ".join(str(error).split())[:160]
        advice = say(
            "Mend the packages first; if they are fine, restart the kernel. Keras says: {reason}", reason=reason
        )
        return Finding("Keras", False, say("does not start"), advice)
    with quiet_stderr():
        answer = float(keras.ops.sum(keras.ops.conv(keras.ops.ones((1, 3, 3, 1)), keras.ops.ones((3, 3, 1, 1)))))
    backend = keras.backend.backend()
    if answer != 9:
        advice = say(
            "Install {backend} anew, then restart the kernel: the sum of nine ones should be 9.", backend=backend
        )
        return Finding("Keras", False, say("computes wrongly: {answer}", answer=answer), advice)
    return Finding("Keras", True, f"{keras.__version__} on {backend}")


def _memory() -> Finding:
    size = _free_memory()
    if size is None:
        return Finding(
            say("memory"), True, say("not known here"), say("See to it that {MEMORY:g} GB are free.", MEMORY=MEMORY)
        )
    advice = say(
        "Shut down other notebooks and programs: with less than {MEMORY:g} GB the system may stop a training.",
        MEMORY=MEMORY,
    )
    return Finding(
        say("memory"), size >= MEMORY, say("{size:.1f} GB free", size=size), *() if size >= MEMORY else (advice,)
    )


def _disk() -> Finding:
    size = shutil.disk_usage(_existing(_build_folder())).free / 1e9
    advice = say("Delete what you do not need: networks and downloads of the course take up to {DISK:g} GB.", DISK=DISK)
    return Finding(say("disk"), size >= DISK, say("{size:.1f} GB free", size=size), *() if size >= DISK else (advice,))


def _write_access() -> Finding:
    """Try it: what the system says of rights is not always so."""
    folder = _build_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{os.getpid()}.probe"
        probe.write_text("x")
        probe.unlink()
    except OSError:
        advice = say(
            "Copy the course to a folder of your own, or name a folder that you may write to before you start Jupyter: "
            "BUILD_DIR=/some/folder jupyter lab"
        )
        return Finding(say("write access"), False, say("cannot write to {name}/", name=folder.name), advice)
    return Finding(say("write access"), True, say("{name}/ can be written to", name=folder.name))


def _gpu() -> Finding:
    """A GPU is not needed; but one that is there and not used is worth a sentence."""
    try:
        names = _gpus_in_use()
    except Exception:
        return Finding("GPU", True, say("not known, as Keras does not start"), say("Mend what stands above first."))
    if names:
        return Finding("GPU", True, say("{name} is used", name=names[0]))
    machine, colab = _gpu_of_the_machine(), _on_colab()
    if machine:
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        extra = {"jax": "jax[cuda12]", "torch": "torch"}.get(backend, "tensorflow[and-cuda]")
        advice = say('Install the edition for GPUs, then restart the kernel: %pip install "{extra}"', extra=extra)
        if sys.platform == "win32" and backend == "tensorflow":
            advice = say(
                "TensorFlow uses no GPU on Windows itself: go on with the processor, or start Jupyter inside WSL2."
            )
        return Finding("GPU", False, say("{machine} is here, but not used", machine=machine), advice)
    advice = (
        say(
            "Only if training is too slow for you, in Colab: menu Runtime, Change runtime type, T4 GPU, Save; then run "
            "all cells again from the top."
        )
        if colab
        else say("Nothing to do: no chapter needs one.")
    )
    return Finding("GPU", True, say("none, the processor computes"), advice)


def _fonts() -> Finding:
    """Korean letters in figures."""
    from helpers.backend import letters

    if letters.prepare():
        return Finding(say("fonts"), True, say("Korean letters"))
    return Finding(say("fonts"), False, say("no Korean letters"), letters.advice())


def _data() -> Finding:
    """Each file can be unpacked: gzip carries a checksum of its own."""
    files = [f"{folder}/{part}-ubyte.gz" for folder in ("mnist", "fashion-mnist") for part in PARTS]
    damaged = [name for name in files if not _whole_gzip(ROOT / "data" / name)]
    photograph = ROOT / "data" / "samples" / "cat.png"
    if not photograph.exists() or photograph.read_bytes()[:4] != b"\x89PNG":
        damaged.append("samples/cat.png")
    return _files("data", len(files) + 1, damaged)


def _networks() -> Finding:
    """Each trained network has its file, and it can be unpacked: zip carries checksums, too."""
    folder = ROOT / "models"
    files = sorted([*folder.glob("[!.]*.keras"), *folder.glob("[!.]*.pt")])
    damaged = [path.name for path in files if not _whole_zip(path)]
    cards = {path.stem for path in folder.glob("[!.]*.json") if _is_card(path)}
    damaged += sorted(cards - {path.stem for path in files})
    if not files:
        damaged.append("all of them")
    return _files("models", len(files), damaged)


def _is_card(path: Path) -> bool:
    """Whether a file of the folder ``models`` is the card of a network, and not a table of times or gains."""
    try:
        return "sha256" in json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return True  # damaged, as its network may be


def _cifar10() -> Finding:
    folder = os.environ.get("CIFAR10_DIR")
    if folder:
        advice = say(
            "CIFAR10_DIR names no folder: set it to one with cifar10.npz, or take it out, then restart the kernel."
        )
        return _named(folder, "CIFAR-10", advice)
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    if (home / "datasets" / "cifar-10-batches-py-target_archive").exists():
        return Finding("CIFAR-10", True, say("downloaded before"))
    return Finding("CIFAR-10", True, say("not here yet"), say("Nothing to do: chapter 09 downloads it (170 MB)."))


def _photographs() -> Finding:
    folder = os.environ.get("CATS_AND_DOGS_DIR")
    if folder:
        advice = say("CATS_AND_DOGS_DIR names no folder: mend it, or take it out, then restart the kernel.")
        return _named(folder, say("photographs"), advice)
    if any((ROOT / "data" / "cache").glob("cats_and_dogs_filtered*")):
        return Finding(say("photographs"), True, say("downloaded before"))
    return Finding(
        say("photographs"),
        True,
        say("not here yet"),
        say("Nothing to do: chapter 06 downloads them (68 MB), or takes drawn pictures."),
    )


def _graphviz() -> Finding:
    if shutil.which("dot"):
        return Finding("Graphviz", True, say("is here"))
    advice = say("Only if you want chapter 04's plans of networks: install it from https://graphviz.org/download/")
    return Finding("Graphviz", True, say("not here"), advice)


LOOKS = (
    _python, _packages, _keras, _gpu, _memory, _disk, _write_access, _data, _networks, _fonts, _cifar10, _photographs,
    _graphviz,
)  # fmt: skip


def _files(folder: str, count: int, damaged: list[str]) -> Finding:
    """Finding on files that ship."""
    name = {"models": say("networks"), "data": say("data")}[folder]
    if damaged:
        more = say(" and {count} more", count=len(damaged) - 2) if len(damaged) > 2 else ""
        advice = say("Get the course anew, or only this folder (git checkout -- {folder}).", folder=folder)
        return Finding(
            name, False, say("missing or damaged: {names}{more}", names=", ".join(damaged[:2]), more=more), advice
        )
    return Finding(name, True, say("all {count} files are whole", count=count))


def _named(folder: str, name: str, advice: str) -> Finding:
    """Finding on a folder that an environment variable names; it may be seen from the repository, too."""
    path = Path(folder).expanduser()
    fine = path.is_dir() or (ROOT / path).is_dir()
    return Finding(name, fine, say("in a folder of yours") if fine else say("not found"), *() if fine else (advice,))


def _whole_gzip(path: Path) -> bool:
    try:
        with gzip.open(path) as file:
            while file.read(1 << 20):
                pass
    except (OSError, EOFError, ValueError, gzip.zlib.error):
        return False
    return True


def _whole_zip(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as file:
            return file.testzip() is None
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zipfile.zlib.error):
        return False


def _build_folder() -> Path:
    from helpers.settings import build_folder

    return build_folder()


def _existing(folder: Path) -> Path:
    """Folder, or the next one above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _gpus_in_use() -> list[str]:
    """Names of the GPUs that Keras computes on. Asks without taking their memory."""
    from helpers.backend.quiet import keras, quiet_stderr

    backend = keras.backend.backend()
    with quiet_stderr():
        library = importlib.import_module(backend)
        if backend == "tensorflow":
            details = library.config.experimental.get_device_details
            return [details(gpu).get("device_name", "GPU") for gpu in library.config.list_physical_devices("GPU")]
        if backend == "jax":
            return [device.device_kind for device in library.devices() if device.platform == "gpu"]
        if backend == "torch" and library.cuda.is_available():
            return [library.cuda.get_device_name()]
    return []


def _gpu_of_the_machine() -> str:
    """Name of a GPU of NVIDIA that the system knows, or nothing."""
    program = shutil.which("nvidia-smi")
    if not program:
        return ""
    try:
        ask = [program, "--query-gpu=name", "--format=csv,noheader"]
        answer = subprocess.run(ask, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip().splitlines()[0] if answer.returncode == 0 and answer.stdout.strip() else ""


def _on_colab() -> bool:
    return "google.colab" in sys.modules or "COLAB_RELEASE_TAG" in os.environ


def _free_memory() -> float | None:
    """Memory that programs can still get, in GB; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        free = _free_memory_elsewhere()
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:  # in a container, which has less than the machine
            folder = Path("/sys/fs/cgroup")
            left = int((folder / limit).read_text()) - int((folder / used).read_text())
        except (OSError, ValueError):
            continue
        free = left if free is None else min(free, left)
    return None if free is None else free / 1e9


def _free_memory_elsewhere() -> float | None:
    """All the memory of a Mac (it does not say how much is free); on Windows, what is free."""
    if sys.platform == "win32":
        import ctypes

        class Status(ctypes.Structure):
            _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
                (name, ctypes.c_ulonglong) for name in ("total", "free", "a", "b", "c", "d", "e")
            ]

        status = Status(length=ctypes.sizeof(Status))
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return status.free
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
