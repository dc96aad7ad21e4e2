"""Prepares a notebook: seeds, precision, device, fast or full mode, and a folder to write into."""

import contextlib
import logging
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from helpers.quiet import quiet_stderr

ROOT = Path(__file__).resolve().parents[1]

FAST: bool = os.environ.get("FAST", "") not in ("", "0")
"""True when ``FAST=1`` is set: lessons train for one epoch instead of many."""

# JAX would otherwise take most of the GPU's memory at its first operation.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
# TensorFlow's notes on its own workings would stand in the lessons as if something were wrong.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


with quiet_stderr():
    import keras


@dataclass(frozen=True)
class Environment:
    """What a notebook runs on. Printing it gives the one line that `setup` shows."""

    python: str
    keras: str
    backend: str
    device: str
    precision: str
    seed: int
    fast: bool

    def __str__(self):
        """One line: Python, Keras, backend, device, precision, seed, fast or full."""
        mode = "fast mode (FAST=1)" if self.fast else "full mode"
        return (
            f"Python {self.python} | Keras {self.keras} on {self.backend} | {self.device} | "
            f"{self.precision} | seed {self.seed} | {mode}"
        )


def setup(seed: int = 42, precision: str = "auto") -> Environment:
    """Make a run repeatable and fast, and say in one line what it runs on.

    Args:
        seed: seeds Python, NumPy and the Keras backend. The environment variable ``SEED``, where set, takes its place.
        precision: ``"auto"`` picks what the hardware multiplies in (see `choose_precision`); or the name of a
            Keras dtype policy: ``"float32"``, ``"mixed_bfloat16"``, ``"mixed_float16"``.

    Returns:
        The `Environment` that was printed.

    Raises:
        ValueError: if ``precision`` is none of the names above.
    """
    choices = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
    if precision not in choices:
        raise ValueError(f"precision must be one of {', '.join(choices)}; got {precision!r}.")
    seed = int(os.environ.get("SEED") or seed)
    keras.utils.set_random_seed(seed)
    gpu = find_gpu()
    if precision == "auto":
        precision = choose_precision(gpu, set(cpuinfo("flags").split()))
    keras.config.set_dtype_policy(precision)
    # TensorFlow's hints on compiling are for those who write layers, not for those who learn to use them.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    backend = keras.backend.backend()
    environment = Environment(
        python=platform.python_version(),
        keras=keras.__version__,
        backend=f"{backend} {sys.modules[backend].__version__}",
        device=device_name(),
        precision=precision,
        seed=seed,
        fast=FAST,
    )
    print(environment)
    return environment


def choose_precision(gpu: tuple[str, float] | None, cpu_flags: set[str]) -> str:
    """Name the Keras dtype policy in which this hardware multiplies fastest without losing accuracy.

    Args:
        gpu: name and CUDA compute capability (0 if it has none) of the GPU, or None.
        cpu_flags: the instruction sets of the processor, as Linux names them.

    Returns:
        ``"mixed_bfloat16"`` for CUDA GPUs from compute capability 8 and for CPUs with AMX or AVX512-BF16,
        ``"mixed_float16"`` for older CUDA GPUs, else ``"float32"``.

    Source: Keras guide "Mixed precision", https://keras.io/api/mixed_precision/
    """
    if gpu:
        capability = gpu[1]
        if capability >= 8:
            return "mixed_bfloat16"
        return "mixed_float16" if capability > 0 else "float32"
    return "mixed_bfloat16" if cpu_flags & {"amx_bf16", "avx512_bf16"} else "float32"


@quiet_stderr()
def find_gpu() -> tuple[str, float] | None:
    """Find name and compute capability of the first GPU that the Keras backend uses, or None.

    With TensorFlow it also turns on memory growth, so that two notebooks, or two libraries, can share one GPU.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        if not gpus:
            return None
        for gpu in gpus:
            # Once TensorFlow has used the GPU the setting is fixed; a second set-up then leaves it as it is.
            with contextlib.suppress(RuntimeError):
                tf.config.experimental.set_memory_growth(gpu, True)
        details = tf.config.experimental.get_device_details(gpus[0])
        major, minor = details.get("compute_capability", (0, 0))
        return details.get("device_name", "GPU"), major + minor / 10
    if backend == "jax":
        import jax

        gpu = jax.devices()[0]
        return (gpu.device_kind, float(gpu.compute_capability)) if gpu.platform == "gpu" else None
    import torch

    if not torch.cuda.is_available():
        return None
    major, minor = torch.cuda.get_device_capability()
    return torch.cuda.get_device_name(), major + minor / 10


def device_name() -> str:
    """Name of the GPU that the Keras backend uses, or of the processor with its number of cores."""
    gpu = find_gpu()
    return gpu[0] if gpu else cpu_name()


def cpu_name() -> str:
    """Name of the processor with its number of cores."""
    return f"CPU {cpuinfo('model name') or platform.machine()}, {os.cpu_count()} cores"


def cpuinfo(key: str) -> str:
    """Look up what Linux says of the first processor, for instance under ``"flags"``; elsewhere an empty string."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def build_folder() -> Path:
    """Where lessons write: ``build/`` beside the notebooks, or the folder that ``BUILD_DIR`` names."""
    return Path(os.environ.get("BUILD_DIR") or ROOT / "build").resolve()


def build_path(name: str) -> Path:
    """Path of a file that a lesson may write, for instance ``build_path("best.keras")``.

    Args:
        name: file name, with folders if need be; they are made.

    Returns:
        The path inside `build_folder`.

    Raises:
        PermissionError: if the folder cannot be written to; the message says what to do.
    """
    path = build_folder() / name
    writable(path.parent)
    return path


def writable(folder: Path) -> Path:
    """Make a folder, unless it is there.

    Args:
        folder: its parents are made, too.

    Returns:
        The folder.

    Raises:
        PermissionError: if it cannot be written to; the message says what to do.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        possible = os.access(folder, os.W_OK)
    except OSError:
        possible = False
    if not possible:
        raise PermissionError(
            f"Cannot write to {folder}. Copy the course to a folder of your own, or name a folder that you "
            "may write to before you start Jupyter: BUILD_DIR=/some/folder jupyter lab"
        )
    return folder
