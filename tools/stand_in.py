"""Makes a stand-in for CIFAR-10, whose photographs may not be shipped, so that its chapters run wherever tests run."""

import os
from pathlib import Path

import numpy as np

from helpers.settings import build_folder, writable


def cifar10_stand_in() -> Path:
    """Make noise in ten colours, of the sizes and the number of CIFAR-10, unless it is there.

    Returns:
        Its folder, as ``CIFAR10_DIR`` names one: it holds ``cifar10.npz``.
    """
    folder = writable(build_folder() / "cifar10-stand-in")
    if not (folder / "cifar10.npz").exists():
        rng = np.random.default_rng(0)
        colours = rng.integers(0, 192, (10, 1, 1, 3), dtype=np.uint8)
        arrays = {}
        for part, count in (("train", 50_000), ("test", 10_000)):
            labels = rng.permutation(np.repeat(np.arange(10, dtype=np.uint8), count // 10))
            noise = rng.integers(0, 64, (count, 32, 32, 3), dtype=np.uint8)
            arrays |= {f"x_{part}": noise + colours[labels], f"y_{part}": labels[:, np.newaxis]}
        draft = folder / f"{os.getpid()}.npz"
        np.savez(draft, **arrays)
        draft.replace(folder / "cifar10.npz")
    return folder
