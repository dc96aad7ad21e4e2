"""Times one epoch of the main Fashion-MNIST network as the course trains it, and in plain float32.

``python -m tools.bench`` runs the two in turn, each in a process of its own. Plain is what Keras does when it is told
nothing: float32, batches of 32.
"""

import json
import statistics
import subprocess
import sys
import time

ROUNDS = 5
PLAIN = ("float32", 32)
COURSE = ("auto", 128)


def one_epoch(precision: str, batch: int) -> dict:
    """Train for two epochs on 48,000 pictures and time the second; the first also prepares the computation."""
    import numpy as np

    from helpers.data import load_fashion_mnist
    from helpers.environment import keras, setup
    from helpers.models import load

    environment = setup(precision=precision)
    (pictures, labels), _ = load_fashion_mnist()
    pictures = pictures[:48_000, ..., np.newaxis].astype("float32") / 255
    # The same layers as the shipped network, in the precision that was just set, with fresh weights.
    config = load("fashion_cnn").get_config()
    for layer in config["layers"][:-1]:
        layer["config"].pop("dtype", None)
    model = keras.Sequential.from_config(config)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(pictures, labels[:48_000], batch_size=batch, verbose=0)
    start = time.perf_counter()
    model.fit(pictures, labels[:48_000], batch_size=batch, verbose=0)
    seconds = time.perf_counter() - start
    return {"precision": environment.precision, "batch": batch, "device": environment.device, "seconds": seconds}


def main() -> None:
    """Run the pair in turn and print every time and every ratio: times wander on a shared machine, ratios less."""
    runs = []
    for number in range(1, ROUNDS + 1):
        pair = []
        for precision, batch in (PLAIN, COURSE):
            command = [sys.executable, "-m", "tools.bench", precision, str(batch)]
            printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            pair.append(json.loads(printed.splitlines()[-1]))
        runs.append(pair)
        print(f"round {number}:", ", ".join(f"{r['precision']} batch {r['batch']}: {r['seconds']:.1f} s" for r in pair))
    ratios = sorted(a["seconds"] / b["seconds"] for a, b in runs)
    print(
        f"times faster, round by round: {', '.join(f'{r:.2f}' for r in ratios)}; median {statistics.median(ratios):.2f}"
    )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(one_epoch(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
