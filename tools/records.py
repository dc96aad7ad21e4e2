"""Trains the records of chapter 10: ``python -m tools.records [--trial] [NAME ...]``.

With ``--trial`` a network is trained without the validation pictures and judged on them; that adds a line to
``models/trials.json`` and keeps nothing else. Without it, it is trained on all training pictures, judged once on the
test pictures, and shipped with its card, if there was a trial of the same recipe. (Cats and dogs have no test set: each
training is judged on the validation pictures, and needs no trial.)
"""

import argparse
import json
import shutil
import time
from dataclasses import replace

import numpy as np

from helpers import data, models
from helpers.environment import Environment, device_name, half_precision, keras, setup
from helpers.pictures.squares import squares
from helpers.settings import SHIPPED, write_json
from helpers.training.fitting import accuracy, build, probabilities, train
from helpers.training.recipes import Recipe, as_json
from helpers.training.records import RECORDS, Record
from tools.ladder import arrays, split

TRIALS = SHIPPED / "trials.json"
LARGER = 1.25  # cats and dogs: pictures from which a part is cut, against those that the network sees


def halves(record: Record, trial: bool) -> tuple:
    """Pictures and labels for training, then for judging: validation pictures in a trial, else test pictures."""
    if record.data == "cats-and-dogs":
        folder = data.cats_and_dogs()
        larger = int(LARGER * record.recipe.side)
        return *squares(folder / "train", larger), *squares(folder / "validation", record.recipe.side)
    if trial:
        x, x_val, y, y_val = split(record.data)
        return x, y, x_val, y_val
    (x, y), (x_test, y_test) = arrays(record.data)
    return x, y, x_test, y_test


def trained(recipe: Recipe, x: np.ndarray, y: np.ndarray, seed: int) -> tuple[keras.Model, float]:
    """A network trained by a recipe, and the seconds it took."""
    keras.utils.set_random_seed(seed)
    model = build(recipe, x, int(y.max()) + 1)
    models.check_savable(model)
    return model, round(train(model, recipe, x, y, seed, verbose=2), 1)


def trials() -> list[dict]:
    """All trials so far."""
    return json.loads(TRIALS.read_text(encoding="utf-8"))["trials"] if TRIALS.exists() else []


def try_out(name: str, record: Record, seed: int) -> None:
    """Train without the validation pictures, judge on them, and note what came out."""
    x, y, x_val, y_val = halves(record, trial=True)
    model, seconds = trained(record.recipe, x, y, seed)
    line = {"name": name, "seed": seed, "parameters": model.count_params(), "train_seconds": seconds}
    copy = models.check_savable(model)  # in float32, as it would ship
    line |= {f"views_{views}": round(accuracy(probabilities(copy, x_val, views), y_val), 4) for views in (1, 2, 6)}
    line |= {"device": device_name(), "when": time.strftime("%Y-%m-%d %H:%M"), "recipe": as_json(record.recipe)}
    write_json(TRIALS, {"trials": [*trials(), line]})
    print({key: value for key, value in line.items() if key != "recipe"}, flush=True)


def make(name: str, record: Record, environment: Environment) -> None:
    """Train on all training pictures, judge, and ship; nothing is done where such a record ships already.

    Raises:
        SystemExit: if there was no trial of the recipe, or the network breaks the limits of its row.
    """
    recipe = as_json(record.recipe)
    facts = {"recipe": recipe, "seed": environment.seed}
    if (SHIPPED / f"{name}.json").exists() and models.card(name, SHIPPED).items() >= facts.items():
        print(f"{name}: this recipe and seed have shipped already.")
        return
    same = [trial for trial in trials() if (trial["name"], trial["recipe"]) == (name, recipe)]
    if not same and record.data != "cats-and-dogs":
        raise SystemExit(f"{name}: choose on the validation pictures first: python -m tools.records --trial {name}")
    x, y, x_judged, y_judged = halves(record, trial=False)
    model, seconds = trained(record.recipe, x, y, environment.seed)
    if seconds > 60 * record.minutes or (record.parameters and model.count_params() > record.parameters):
        raise SystemExit(f"{name}: {seconds:.0f} s and {model.count_params():,} parameters break the limits.")
    answers = probabilities(models.check_savable(model), x_judged, record.views)
    reached = round(accuracy(answers, y_judged), 4)
    if record.data == "cats-and-dogs":
        facts |= {"validation_accuracy": reached}
    else:
        facts |= {"validation_accuracy": same[-1][f"views_{record.views}"], "test_accuracy": reached}
        facts |= {"validated_on": same[-1]["device"]}
    facts |= {"notebook": "10_beyond_the_book", "epochs": record.recipe.epochs, "best_epoch": record.recipe.epochs}
    facts |= {"train_seconds": seconds, "views": record.views}
    if record.data == "cifar10":
        facts |= {"data": data.cifar10_facts(x_judged)}
    else:
        facts |= {"dataset": data.cats_and_dogs() if record.data == "cats-and-dogs" else record.data}
    models.save(model, name, **facts)
    for path in models.own_folder().glob(f"{name}.*"):
        shutil.copyfile(path, SHIPPED / path.name)
    print(f"{name}: {reached:.4f} after {seconds:.0f} s, {model.count_params():,} parameters; goal {record.goal}")


def main() -> None:
    """Read the command line; try out or make what is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"by default all of them: {', '.join(RECORDS)}")
    parser.add_argument("--trial", action="store_true", help="judge on the validation pictures, and keep nothing")
    parser.add_argument("--change", default="{}", help="with --trial: other choices, as JSON")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(RECORDS):
        parser.error(f"There is no record {', '.join(unknown)}.")
    environment = setup(precision=half_precision() or "float32")
    for name in arguments.names or RECORDS:
        record = RECORDS[name]
        if arguments.trial:
            change = {key: tuple(v) if isinstance(v, list) else v for key, v in json.loads(arguments.change).items()}
            try_out(name, replace(record, recipe=replace(record.recipe, **change)), environment.seed)
        else:
            make(name, record, environment)


if __name__ == "__main__":
    main()
