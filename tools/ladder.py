"""Measures the ladders of chapter 10 and writes ``models/ladder.json``: ``make ladder``.

Each run is written as soon as it is there, and what is there is not run again: stop it and go on whenever you like.
Seconds are those of the processor, all cores together, because other work beside the training hardly changes them.
"""

import argparse
import json
import time

from sklearn.model_selection import train_test_split

from helpers.backend.precision import sixteen_bits
from helpers.data import cats_and_dogs, load_cifar10, load_fashion_mnist
from helpers.environment import cpuinfo, device_name, find_gpu, keras, setup
from helpers.pictures.squares import squares
from helpers.settings import SHIPPED, write_json
from helpers.training.fitting import accuracy, build, probabilities, train
from helpers.training.ladder import LADDERS, still_to_run
from helpers.training.recipes import Recipe, as_json

LADDER = SHIPPED / "ladder.json"


SIDE = 64  # of cats and dogs


def split(ladder: str) -> list:
    """Pictures for training and for validation, labels for both; a fifth is held back, of CIFAR-10 a tenth."""
    if ladder == "cats-and-dogs":
        (x_train, y_train), (x_val, y_val) = (squares(cats_and_dogs() / half, SIDE) for half in ("train", "validation"))
        return [x_train, x_val, y_train, y_val]
    (pictures, labels), _ = {"fashion-mnist": load_fashion_mnist, "cifar10": load_cifar10}[ladder]()
    held_back = 0.2 if ladder == "fashion-mnist" else 0.1
    pictures = pictures.reshape(*pictures.shape[:3], -1)
    return train_test_split(pictures, labels.ravel(), test_size=held_back, random_state=42)


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
    start = time.process_time()
    train(model, recipe, x_train, y_train, seed)
    seconds = time.process_time() - start
    by_views = {views: round(accuracy(probabilities(model, x_val, views), y_val), 4) for views in (1, 2, 6)}
    return {
        "parameters": model.count_params(),
        "processor_seconds": round(seconds, 1),
        "validation_accuracy": by_views[1],
        "two_views_accuracy": by_views[2],
        "six_views_accuracy": by_views[6],
        "precision": keras.config.dtype_policy().name,
        "device": device_name(),
        "keras": keras.__version__,
    }


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
            print(f"{ladder}, {rung}, seed {seed}: {run['validation_accuracy']:.4f}, {run['processor_seconds']:.0f} s, "
                  f"{run['parameters']:,} parameters", flush=True)  # fmt: skip


def main() -> None:
    """Read the command line and climb."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ladders", nargs="*", help=f"by default all of them: {', '.join(LADDERS)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.ladders) - set(LADDERS):
        parser.error(f"There is no ladder {', '.join(unknown)}.")
    setup(precision=sixteen_bits(find_gpu(), set(cpuinfo("flags").split())) or "float32")
    results = json.loads(LADDER.read_text(encoding="utf-8")) if LADDER.exists() else {}
    for ladder in arguments.ladders or LADDERS:
        climb(ladder, results, split(ladder))


if __name__ == "__main__":
    main()
