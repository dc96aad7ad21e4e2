"""Times one epoch of the main Fashion-MNIST network in 32 and 16 bits, in small and large batches: ``make bench``.

Small batches of float32 are what Keras does when it is told nothing.
"""

import time

import numpy as np

from helpers.backend.precision import sixteen_bits
from helpers.data import load_fashion_mnist
from helpers.environment import cpuinfo, find_gpu, keras, setup
from tools.gpu import untrained

BATCHES = (32, 128)


def one_epoch(pictures: np.ndarray, labels: np.ndarray, policy: str, batch: int) -> float:
    """Time one epoch of training from fresh weights, in seconds; the computation has been prepared before."""
    keras.config.set_dtype_policy(policy)
    model = untrained("fashion_cnn")
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(pictures, labels, batch_size=batch, steps_per_epoch=5, verbose=0)
    start = time.perf_counter()
    model.fit(pictures, labels, batch_size=batch, verbose=0)
    return time.perf_counter() - start


def main() -> None:
    """Print what the set-up chooses, then every time as soon as it is measured."""
    setup()
    (pictures, labels), _ = load_fashion_mnist()
    pictures, labels = pictures[:48_000, ..., np.newaxis].astype("float32") / 255, labels[:48_000]
    half = sixteen_bits(find_gpu(), set(cpuinfo("flags").split())) or "mixed_bfloat16"
    for batch in BATCHES:
        for policy in ("float32", half):
            seconds = one_epoch(pictures, labels, policy, batch)
            print(f"batches of {batch:3}, {policy:14}: {seconds:5.1f} s for 48,000 pictures", flush=True)


if __name__ == "__main__":
    main()
