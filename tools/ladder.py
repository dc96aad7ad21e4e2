"""Measures the ladders of chapter 10 and writes ``models/ladder.json``: ``python -m tools.ladder [LADDER ...]``.

Each run is written as soon as it is there, and what is there is not run again: stop it and go on whenever you like. The
accuracies may come from a GPU. With ``--seconds`` the cost of each rung is measured instead, on a processor: seconds of
all cores together, because other work beside the training hardly changes them, reckoned from a part of the training.
"""

import argparse
import json
import time
from dataclasses import replace

import numpy as np
from sklearn.model_selection import train_test_split

from helpers.data import cats_and_dogs, load_cifar10, load_fashion_mnist, load_mnist
from helpers.environment import device_name, half_precision, keras, setup
from helpers.pictures.squares import squares
from helpers.settings import SHIPPED, write_json
from helpers.training.fitting import accuracy, build, probabilities, train
from helpers.training.ladder import LADDERS, recipes, still_to_run
from helpers.training.recipes import Recipe, as_json

LOADERS = {"fashion-mnist": load_fashion_mnist, "mnist": load_mnist, "cifar10": load_cifar10}
HELD_BACK = {"fashion-mnist": 0.2, "mnist": 0.2, "cifar10": 0.1}
LADDER = SHIPPED / "ladder.json"
SIDE = 64  # of cats and dogs
STEPS, PARTS = 25, 8  # a training is timed in so many parts of so many steps


def arrays(name: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pictures, uint8 (n, H, W, C), and labels, (n,), of a data set: those for training, then those for testing."""
    return [(pictures.reshape(*pictures.shape[:3], -1), labels.ravel()) for pictures, labels in LOADERS[name]()]


def split(name: str) -> list:
    """Pictures for training and for validation, labels for both."""
    if name == "cats-and-dogs":
        (x_train, y_train), (x_val, y_val) = (squares(cats_and_dogs() / half, SIDE) for half in ("train", "validation"))
        return [x_train, x_val, y_train, y_val]
    (pictures, labels), _ = arrays(name)
    return train_test_split(pictures, labels, test_size=HELD_BACK[name], random_state=42)


def measured(recipe: Recipe, data: list, seed: int) -> dict:
    """Train by a recipe and judge on the validation pictures.

    Args:
        recipe: which.
        data: of `split`.
        seed: of the weights, the order of the pictures and their changes.

    Returns:
        What ``models/ladder.json`` holds of a run.
    """
    x_train, x_val, y_train, y_val = data
    keras.utils.set_random_seed(seed)
    model = build(recipe, x_train, int(y_train.max()) + 1)
    train(model, recipe, x_train, y_train, seed)
    by_views = {views: round(accuracy(probabilities(model, x_val, views), y_val), 4) for views in (1, 2, 6)}
    return {
        "parameters": model.count_params(),
        "validation_accuracy": by_views[1],
        "two_views_accuracy": by_views[2],
        "six_views_accuracy": by_views[6],
        "precision": keras.config.dtype_policy().name,
        "backend": keras.backend.backend(),
        "keras": keras.__version__,
        "device": device_name(),
    }


def seconds(recipe: Recipe, data: list) -> float:
    """Seconds of the processor, all cores together, that a training by a recipe takes, without what prepares it.

    They are reckoned from the fastest of some short parts, because whatever else the machine does makes a part slower.

    Args:
        recipe: which.
        data: of `split`.
    """
    x_train, _, y_train, _ = data
    some = slice(STEPS * recipe.batch)
    times = []
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: times.append(time.process_time()))
    model = build(recipe, x_train, int(y_train.max()) + 1)
    train(model, replace(recipe, epochs=PARTS + 1), x_train[some], y_train[some], seed=0, callbacks=[note])
    return min(np.diff(times)) / STEPS * (len(x_train) // recipe.batch) * recipe.epochs


def climb(ladder: str, results: dict, data: list) -> None:
    """Run what is missing in a ladder, rung by rung, and write each run at once."""
    runs = results.setdefault(ladder, {})
    while True:
        rung, recipe, missing = still_to_run(ladder, runs)
        if not missing:
            return
        if runs.get(rung, {}).get("recipe") != as_json(recipe):
            runs[rung] = {"recipe": as_json(recipe), "seeds": {}}
        for seed in missing:
            run = runs[rung]["seeds"][str(seed)] = measured(recipe, data, seed)
            write_json(LADDER, results)
            print(f"{ladder}, {rung}, seed {seed}: {run['validation_accuracy']:.4f}", flush=True)


def weigh(ladder: str, results: dict, data: list) -> None:
    """Time what is missing in a ladder that has been climbed, and write each rung at once."""
    runs = results[ladder]
    for rung, recipe in recipes(ladder, runs).items():
        if "processor_seconds" not in runs[rung]:
            runs[rung] |= {"processor_seconds": round(seconds(recipe, data), 1), "processor": device_name()}
            write_json(LADDER, results)
            print(f"{ladder}, {rung}: {runs[rung]['processor_seconds']:.0f} s of the processor", flush=True)


def main() -> None:
    """Read the command line and climb."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ladders", nargs="*", help=f"by default all of them: {', '.join(LADDERS)}")
    parser.add_argument("--seconds", action="store_true", help="measure what each rung costs, on a processor")
    arguments = parser.parse_args()
    if unknown := set(arguments.ladders) - set(LADDERS):
        parser.error(f"There is no ladder {', '.join(unknown)}.")
    setup(precision=half_precision() or "float32")
    results = json.loads(LADDER.read_text(encoding="utf-8")) if LADDER.exists() else {}
    for ladder in arguments.ladders or LADDERS:
        (weigh if arguments.seconds else climb)(ladder, results, split(ladder))


if __name__ == "__main__":
    main()
