"""Finds the number format in which this machine trains fastest, by a short measurement: names of chips mislead."""

import contextlib
import json
import time
from collections.abc import Callable, Mapping

import numpy as np

from helpers.backend.gradients import value_and_gradient
from helpers.backend.quiet import keras
from helpers.language import say
from helpers.settings import build_folder, writable, write_json

WORTH_IT = 1.15  # how many times as fast 16 bits must be: less is within what a repeated measurement wanders
ROUNDS = 4
MEASUREMENTS = 3
PICTURES = 64


def sixteen_bits(gpu: tuple[str, float] | None, cpu_flags: set[str]) -> str:
    """Name the 16-bit format for which this hardware has instructions, as a Keras dtype policy.

    Args:
        gpu: name and CUDA compute capability (0 if it has none) of the GPU, or None.
        cpu_flags: the instruction sets of the processor, as Linux names them.

    Returns:
        ``"mixed_bfloat16"`` for CUDA GPUs from compute capability 8 and for CPUs with AMX or AVX512-BF16,
        ``"mixed_float16"`` for older CUDA GPUs, else an empty string.

    Source: Keras guide "Mixed precision", https://keras.io/api/mixed_precision/
    """
    if gpu:
        capability = gpu[1]
        if capability >= 8:
            return "mixed_bfloat16"
        return "mixed_float16" if capability > 0 else ""
    return "mixed_bfloat16" if cpu_flags & {"amx_bf16", "avx512_bf16"} else ""


def fastest(policy: str, machine: str, steps: Callable[[str], Callable[[], object]]) -> tuple[str, str]:
    """Choose between float32 and a 16-bit format by what a training step takes in each; a tie goes to float32.

    The shortest times are remembered for this machine in the build folder. A few set-ups measure anew before they
    are relied on, because the machine may have been busy.

    Args:
        policy: of `sixteen_bits`; where it is empty there is nothing to measure.
        machine: device and library, the key under which the times are remembered.
        steps: makes, for a dtype policy, the step to be timed.

    Returns:
        The chosen dtype policy, and the reason in a few words.
    """
    if not policy:
        return "float32", say("no other format to choose from")
    memory = build_folder() / "precision.json"
    known, times = {}, {}
    # None yet, or not readable, or not what was written: then it is measured anew.
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        known = dict(json.loads(memory.read_text(encoding="utf-8")))
        times = {name: value for name, value in known.get(machine, {}).items() if value > 0}
    if times.get("measurements", 0) < MEASUREMENTS or not {"float32", policy} <= times.keys():
        new = shortest_times({name: steps(name) for name in ("float32", policy)})
        times = {name: min(seconds, times.get(name, seconds)) for name, seconds in new.items()} | {
            "measurements": times.get("measurements", 0) + 1
        }
        with contextlib.suppress(OSError):  # in a folder that cannot be written to it is measured each time
            write_json(writable(memory.parent) / memory.name, known | {machine: times})
    ratio = times["float32"] / times[policy]
    return policy if ratio >= WORTH_IT else "float32", say(
        "{policy} is {ratio:.1f} times as fast as float32 here", policy=policy, ratio=ratio
    )


def convolutions(policy: str) -> Callable[[], object]:
    """Make what most of a training step consists of: two convolutions forward and backward, in a dtype policy."""
    dtype = policy.removeprefix("mixed_")

    def answer(kernels, pictures):
        maps, kernel = keras.ops.cast(pictures, dtype), keras.ops.cast(kernels[0], dtype)
        for _ in range(2):
            maps = keras.ops.relu(keras.ops.conv(maps, kernel, padding="same"))
        return keras.ops.cast(keras.ops.mean(maps), "float32")[None]

    step = value_and_gradient(answer)
    kernels, pictures = np.full((1, 3, 3, 32, 32), 0.01), np.ones((PICTURES, 14, 14, 32))
    return lambda: step(kernels, pictures)


def shortest_times(actions: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Time actions in turn, and keep the shortest time of each: other programs can only make one slower.

    Args:
        actions: each is called once before, as compiling is no part of a step.

    Returns:
        Seconds of each.
    """
    best = dict.fromkeys(actions, float("inf"))
    for action in actions.values():
        action()
    for _ in range(ROUNDS):
        for name, action in actions.items():
            start = time.perf_counter()
            action()
            best[name] = min(best[name], time.perf_counter() - start)
    return best
