"""Prepares a notebook: seeds, precision, device, fast or full mode, and a folder to write into."""

import contextlib
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from helpers.backend import precision as formats
from helpers.backend.quiet import keras, quiet_stderr
from helpers.backend.versions import outside
from helpers.language import say, spoken
from helpers.settings import FAST, ROOT, build_path, chosen_seed

BACKENDS = ("tensorflow", "jax", "torch")

__all__ = ["FAST", "Environment", "build_path", "keras", "setup"]


@dataclass(frozen=True)
class Environment:
    """What a notebook runs on. Printing it gives the one line that `setup` shows."""

    python: str
    keras: str
    backend: str
    device: str
    precision: str
    reason: str
    seed: int
    fast: bool

    def __str__(self):
        """One line: Python, Keras, backend, device, precision and why, seed, fast or full."""
        mode = say("fast mode (FAST=1)") if self.fast else say("full mode")
        return say(
            "Python {self.python} | Keras {self.keras} on {self.backend} | {self.device} | "
            "{self.precision} ({self.reason}) | seed {self.seed} | {mode}",
            self=self,
            mode=mode,
        )


@quiet_stderr()
def setup(seed: int = 42, precision: str = "auto") -> Environment:
    """Make a run repeatable and fast, and say in one line what it runs on.

    A second line follows where a package is of a version that the course was not tested with; in a Korean notebook,
    another one where no font has Korean letters.

    Args:
        seed: seeds Python, NumPy and the Keras backend. The environment variable ``SEED``, where set, takes its place.
        precision: ``"auto"`` picks the format in which a training step is fastest here, see
            `helpers.backend.precision`; or the name of a Keras dtype policy: ``"float32"``, ``"mixed_bfloat16"``,
            ``"mixed_float16"``.

    Returns:
        The `Environment` that was printed.

    Raises:
        ValueError: if ``precision`` is none of the names above, or the seed no whole number from 0 to 4,294,967,295.
        RuntimeError: if Keras computes with a library that cannot train.
    """
    choices = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
    if precision not in choices:
        raise ValueError(
            say(
                "precision must be one of {choices}; got {precision!r}.",
                choices=", ".join(choices),
                precision=precision,
            )
        )
    seed = chosen_seed(seed)
    backend = keras.backend.backend()
    if backend not in BACKENDS:
        raise RuntimeError(
            say(
                "The course needs Keras on {libraries}; here it computes with {backend}.",
                libraries=", ".join(BACKENDS),
                backend=backend,
            )
        )
    keras.config.set_floatx("float32")  # whatever Keras's own configuration file says
    keras.config.set_image_data_format("channels_last")
    library = f"{backend} {sys.modules[backend].__version__}"
    device, reason = device_name(), say("as asked")
    if precision == "auto":
        policy = half_precision()
        machine = f"{device}, {library}, Keras {keras.__version__}"
        precision, reason = formats.fastest(policy, machine, formats.convolutions)
    keras.config.set_dtype_policy(precision)
    keras.utils.set_random_seed(seed)  # after the measurement, which draws random weights
    environment = Environment(
        python=platform.python_version(),
        keras=keras.__version__,
        backend=library,
        device=device,
        precision=precision,
        reason=reason,
        seed=seed,
        fast=FAST,
    )
    print(environment)
    if untested := outside(ROOT / "requirements.txt"):
        print(untested)
    if spoken() == "ko":
        from helpers.backend import letters  # Matplotlib

        if not letters.prepare():
            print(letters.advice())
    return environment


@quiet_stderr()
def half_precision() -> str:
    """Number format of 16 bits in which this machine may compute fast, as Keras names it; empty if there is none."""
    return formats.sixteen_bits(find_gpu(), set(cpuinfo("flags").split()))


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
    name = cpuinfo("model name") or platform.machine()
    return say("CPU {name}, {count} cores", name=name, count=os.cpu_count())


def cpuinfo(key: str) -> str:
    """Look up what Linux says of the first processor, for instance under ``"flags"``; elsewhere an empty string."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")
