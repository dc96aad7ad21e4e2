"""Measures the ladder of chapter 10 and writes ``models/ladder.json``: ``make ladder``.

Each run is written as soon as it is there, and what is there is not run again: stop it and go on whenever you like.
"""

import json

from sklearn.model_selection import train_test_split

from helpers.data import load_fashion_mnist
from helpers.environment import device_name, keras, setup
from helpers.settings import SHIPPED, write_json
from helpers.training.ladder import as_json, missing_seeds, next_recipe
from helpers.training.recipes import Recipe, accuracy, build, probabilities, train

LADDER = SHIPPED / "ladder.json"


def measured(recipe: Recipe, data: list, seed: int) -> dict:
    """Train by a recipe and judge on the validation pictures.

    Args:
        recipe: which.
        data: pictures for training and for validation, labels for both, as `train_test_split` gives them.
        seed: of the weights, the order of the pictures and their changes.

    Returns:
        What `models/ladder.json` holds of a run.
    """
    x_train, x_val, y_train, y_val = data
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    model = build(recipe, x_train.shape[1:], int(y_train.max()) + 1)
    seconds = train(model, recipe, x_train, y_train, seed)
    return {
        "recipe": as_json(recipe),
        "parameters": model.count_params(),
        "train_seconds": round(seconds, 1),
        "validation_accuracy": round(accuracy(probabilities(model, x_val), y_val), 4),
        "mirrored_accuracy": round(accuracy(probabilities(model, x_val, mirror=True), y_val), 4),
        "precision": keras.config.dtype_policy().name,
        "device": device_name(),
        "keras": keras.__version__,
    }


def main() -> None:
    """Run what is missing, rung by rung."""
    setup()
    (pictures, labels), _ = load_fashion_mnist()
    data = train_test_split(pictures[..., None], labels, test_size=0.2, random_state=42)
    results = json.loads(LADDER.read_text(encoding="utf-8")) if LADDER.exists() else {}
    runs = results.setdefault("fashion-mnist", {})
    while todo := next_recipe(runs, Recipe()):
        rung, recipe = todo
        for seed in missing_seeds(runs.get(rung, {}), recipe):
            run = measured(recipe, data, seed)
            runs.setdefault(rung, {})[str(seed)] = run
            write_json(LADDER, results)
            print(f"{rung:24} seed {seed:2}: {run['validation_accuracy']:.4f}, {run['train_seconds']:.0f} s, "
                  f"{run['parameters']:,} parameters", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
