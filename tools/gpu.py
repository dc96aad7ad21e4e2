"""Times the heavy work of the lessons on this machine's accelerator, against its processor: ``make gpu``.

Takes what Keras's backend finds (KERAS_BACKEND=tensorflow, jax or torch; by default the first that is installed),
checks that accelerator and processor compute the same, and writes models/gpu.json. With a folder as argument, the
measurements go there instead, and nothing is compared. `tools.gpu_pack` carries all this to a machine without Keras.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[1] / "packages"
sys.path.append(str(PACKAGES))  # at the end: of what the machine has itself, its own version counts
if "KERAS_BACKEND" not in os.environ:  # Keras reads it once, when it is imported
    installed = [name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name)]
    os.environ["KERAS_BACKEND"] = installed[0] if installed else sys.exit("Keras needs a backend: make backends")

import numpy as np  # noqa: E402

from helpers import models  # noqa: E402
from helpers.activations import feature_maps  # noqa: E402
from helpers.environment import cpu_name, find_gpu, keras, setup  # noqa: E402
from helpers.interpret import grad_cam, maximize_filters  # noqa: E402
from helpers.settings import SHIPPED, write_json  # noqa: E402
from helpers.training.augmentation import RandomAffine  # noqa: E402

RESULT = SHIPPED / "gpu.json"
BUDGET = 8  # seconds; of an epoch that takes longer a part is timed, and the rest reckoned
# Each work begins with its chapter. Epochs of training: network, number of training pictures, pictures in a batch.
EPOCHS = {
    "03: one epoch": ("mnist_two_convolutions", 54_000, 128),
    "04: one epoch": ("fashion_cnn", 48_000, 128),
    "06: one epoch, plain": ("cats_dogs_plain", 2_000, 32),
    "06: one epoch, augmented": ("cats_dogs_augmented", 2_000, 32),
    "09: one epoch": ("cifar10_cnn", 45_000, 128),
}
MAPS, FILTERS, GRAD_CAM = (
    "05: feature maps of 1,000 pictures",
    "08: 64 filters maximised",
    "08: Grad-CAM of 100 pictures",
)
# How far the answers of two devices may be apart, as a share of the largest: many GPUs multiply float32 with 10 binary
# digits (TF32), and an ascent adds the differences up.
TOLERANCES = {MAPS: 0.01, FILTERS: 0.1, GRAD_CAM: 0.05}


def noise(count: int, shape: tuple[int, ...]) -> np.ndarray:
    """Pictures of noise in 0..1: what a picture shows makes no difference to the time that it takes."""
    return np.random.default_rng(0).random((count, *shape), np.float32)


def untrained(name: str) -> keras.Sequential:
    """Build a shipped network anew, with fresh weights, in the number format that is set."""
    config = models.load(name).get_config()
    for layer in config["layers"][:-1]:
        layer["config"].pop("dtype", None)  # then each layer takes the format that is set; the last stays in float32
    return keras.Sequential.from_config(config)


def augmented(model: keras.Sequential) -> keras.Sequential:
    """The network behind the random moves of chapter 06, whose other changes cost little, and need TensorFlow."""
    moves = RandomAffine(rotation=25, shift=0.1, shear=0.2, zoom=0.4, flip=True, dtype="float32")
    return keras.Sequential([keras.Input(model.input_shape[1:]), moves, model])


def timed(action: Callable[[], object]) -> tuple[float, object]:
    """Seconds that an action took, and what it returned."""
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


def epoch(model: keras.Model, count: int, batch: int) -> float:
    """Time one epoch of training, in seconds; the computation has been prepared before.

    Args:
        model: ends in one unit with sigmoid, or in one for each class with softmax.
        count: number of training pictures.
        batch: pictures between two changes of the weights.
    """
    pictures, labels = noise(count, model.input_shape[1:]), np.arange(count) % 2
    loss = "binary_crossentropy" if model.output_shape[-1] == 1 else "sparse_categorical_crossentropy"
    model.compile("adam", loss=loss, metrics=["accuracy"])

    def train(steps: int) -> float:
        part = slice(steps * batch)
        return timed(lambda: model.fit(pictures[part], labels[part], batch_size=batch, verbose=0))[0]

    train(2)
    every = -(-count // batch)
    some = min(every, 1 + int(BUDGET * 5 / train(5)))
    return train(some) * every / some


def measure(folder: Path) -> dict:
    """Time everything on the device that the backend uses.

    Args:
        folder: gets measured.json, and the answers in answers.npz, so that those of two devices can be compared.

    Returns:
        What is in measured.json: facts, and the seconds of each work.
    """
    environment = setup()
    seconds, answers = {}, {}
    for work, (name, count, batch) in EPOCHS.items():
        model = untrained(name)
        seconds[work] = epoch(augmented(model) if name == "cats_dogs_augmented" else model, count, batch)
        print(f"  {work}: {seconds[work]:.2f} s", flush=True)
    keras.config.set_dtype_policy("float32")  # as in the chapters that look
    clothes, pets = models.load("fashion_cnn"), models.load("cats_dogs_plain")
    actions = {
        MAPS: lambda: feature_maps(clothes, noise(1000, clothes.input_shape[1:]))["conv2"],
        FILTERS: lambda: maximize_filters(pets, "conv2", range(64)),
        GRAD_CAM: lambda: grad_cam(pets, noise(100, pets.input_shape[1:])),
    }
    for work, action in actions.items():
        action()  # prepares the computation
        seconds[work], answers[work] = timed(action)
        print(f"  {work}: {seconds[work]:.2f} s", flush=True)
    # Two ascents part ways; what their pictures must agree in is how strongly each of them excites its filter.
    maps = feature_maps(pets, answers[FILTERS], "conv2")["conv2"]
    answers[FILTERS] = np.diagonal(maps.mean(axis=(1, 2)))
    np.savez(folder / "answers.npz", **answers)
    measured = {key: getattr(environment, key) for key in ("device", "backend", "keras", "precision")}
    measured["seconds"] = seconds
    write_json(folder / "measured.json", measured)
    return measured


def on_processor(folder: Path) -> dict:
    """Measure in a process of its own, from which the accelerator is hidden."""
    hidden = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-m", "tools.gpu", str(folder)], check=True, env=os.environ | hidden)
    return json.loads((folder / "measured.json").read_text(encoding="utf-8"))


def apart(answers: Mapping[str, np.ndarray], others: Mapping[str, np.ndarray]) -> dict[str, float]:
    """How far the answers of two devices are apart at most, as a share of the largest."""
    return {work: float(np.abs(answers[work] - others[work]).max() / np.abs(others[work]).max()) for work in TOLERANCES}


def disagreements(shares: Mapping[str, float]) -> list[str]:
    """A sentence for each answer in which two devices are further apart than rounding explains."""
    return [
        f"{work}: the answers are {share:.1%} apart; up to {TOLERANCES[work]:.0%} is rounding."
        for work, share in shares.items()
        if not share <= TOLERANCES[work]  # not a number, too
    ]


def main() -> int:
    """Measure both devices, compare their answers, and keep the times. Returns the exit code."""
    if not find_gpu():
        print(f"Keras on {keras.backend.backend()} finds no accelerator, only the {cpu_name()}. Nothing was measured.")
        return 1
    with tempfile.TemporaryDirectory() as name:
        ours, theirs = folders = Path(name, "accelerator"), Path(name, "processor")
        for folder in folders:
            folder.mkdir()
        measured, processor = measure(ours), on_processor(theirs)
        shares = apart(np.load(ours / "answers.npz"), np.load(theirs / "answers.npz"))
    if wrong := disagreements(shares):
        print("Nothing was kept.", *wrong, sep="\n", file=sys.stderr)
        return 1
    write_json(RESULT, measured | {"processor": processor, "apart": shares})
    print(RESULT.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            raise SystemExit(main())
        case [folder]:
            measure(Path(folder))
        case _:
            raise SystemExit(__doc__)
