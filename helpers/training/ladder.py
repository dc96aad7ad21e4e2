"""The ladders of chapter 10: one change at a time, and the rule that says which of them are carried on."""

from collections.abc import Mapping
from dataclasses import replace
from statistics import fmean

from helpers.language import say
from helpers.training.recipes import Recipe, as_json

SEEDS = (42, 1, 2)

STARTS = {
    "fashion-mnist": Recipe(normalise=False, ending="dense", cycle=False),
    "cats-and-dogs": Recipe(normalise=False, ending="dense", cycle=False, epochs=40, batch=32, rate=0.001),
    "cifar10": Recipe(
        first=24, patches=True, stages=(32, 64, 128), normalise=False, more=1, ending="maximum", scale=1 / 9, epochs=5,
        batch=500, cycle=False,
    ),
}  # fmt: skip
"""The recipe with which each ladder begins."""

RUNGS = {
    "the start": {},
    "one cycle of the rate": {"cycle": True},
    "batch normalisation": {"normalise": True},
    "global average pooling": {"ending": "average"},
    "four more convolutions": {"more": 2},
    "skip connections": {"more": 2, "skip": True},
    "weight decay": {"decay": 0.05},
    "mirrored pictures": {"mirror": "at random"},
    "shifts": {"shift": 2},
    "erased rectangles": {"erase": 0.5},
    "label smoothing": {"smoothing": 0.1},
    "mean of the weights": {"mean_weights": True},
}
"""What each rung changes in the recipe on which it stands. A skip connection needs something that it goes past."""

OF_CIFAR10 = {
    "the start": {},
    "what is usual": {"normalise": True, "cycle": True, "mirror": "at random", "shift": 2, "edge": "reflect"},
    "descent with momentum": {"method": "sgd", "rate": 0.35, "decay": 0.009},
    "a whitened first layer": {"whitened": True},
    "a start that hands on": {"identity": True},
    "biases with 64 times the rate": {"method": "sgd", "rate": 0.35, "decay": 0.009, "bias_rate": 64.0},
    "label smoothing": {"smoothing": 0.2},
    "lookahead": {"lookahead": True},
    "mirrored in turn": {"mirror": "in turn"},
}
"""The rungs of CIFAR-10, in the same way."""

LADDERS = {
    "fashion-mnist": RUNGS,
    "cats-and-dogs": RUNGS | {"shifts": {"shift": 6, "edge": "reflect"}},
    "cifar10": OF_CIFAR10,
}
"""The rungs of each ladder, by the data set that it is measured with."""

VIEWS = {"asked with the mirror image": "two_views_accuracy", "asked six times": "six_views_accuracy"}
"""The last rows of each table: the best networks, judged in another way."""


def names() -> dict[str, str]:
    """What rungs and views are called in the reader's language, by what they are called here."""
    spoken = (*map(say, RUNGS), *map(say, OF_CIFAR10), *map(say, VIEWS))
    return dict(zip((*RUNGS, *OF_CIFAR10, *VIEWS), spoken, strict=True))


def recipes(ladder: str, runs: Mapping) -> dict[str, Recipe]:
    """Find the recipes of all rungs from below up to the first one that lacks a run.

    A rung is carried on if its mean validation accuracy over all seeds is higher than that of the rung on which it
    stands, even by little: that is a rule to go by, and no proof that it helps.

    Args:
        ladder: one of `LADDERS`.
        runs: for each rung its ``recipe``, its ``processor_seconds``, and its ``seeds``: for each seed what was
            measured, such as ``validation_accuracy``. What was measured with another recipe does not count.

    Returns:
        Recipes by rung.
    """
    best, best_mean, found = STARTS[ladder], 0.0, {}
    for rung, change in LADDERS[ladder].items():
        recipe = found[rung] = replace(best, **change)
        if missing_seeds(runs.get(rung, {}), recipe):
            break
        if (mean := mean_of(runs[rung], "validation_accuracy")) > best_mean:
            best, best_mean = recipe, mean
    return found


def table(ladder: str, runs: Mapping) -> list[dict]:
    """Say of each rung what it reached and what it brought.

    Args:
        ladder: one of `LADDERS`.
        runs: as in `recipes`, complete.

    Returns:
        For each rung: ``rung``, its name in the reader's language; ``below``, the rung on which it stands (empty for
        the first); ``mean``, ``lowest`` and ``highest`` validation accuracy of its seeds; the mean ``gain`` over the
        rung below; whether it is ``kept``; ``seconds`` of the processor in training, all cores together; and
        ``parameters``. Then the rows of `VIEWS`, on which nothing could stand: their ``kept`` is None.
    """
    rows, best, top = [], {"rung": "", "mean": 0.0}, ""
    for rung in LADDERS[ladder]:
        row = _row(rung, runs[rung], "validation_accuracy", best)
        rows.append(row)
        best, top = (row, rung) if row["kept"] else (best, top)
    return rows + [_row(name, runs[top], what, best) for name, what in VIEWS.items()]


def _row(name: str, measured: Mapping, what: str, below: Mapping) -> dict:
    """A row of a table, and what it brings over the row on which it stands."""
    reached = [run[what] for run in measured["seeds"].values()]
    mean = fmean(reached)
    return {
        "rung": say(name),
        "below": below["rung"],
        "mean": mean,
        "lowest": min(reached),
        "highest": max(reached),
        "gain": mean - below["mean"] if below["rung"] else 0.0,
        "kept": None if name in VIEWS else mean > below["mean"],
        "seconds": measured["processor_seconds"],
        "parameters": round(mean_of(measured, "parameters")),
    }


def still_to_run(ladder: str, runs: Mapping) -> tuple[str, Recipe, list[int]]:
    """The highest rung whose recipe is known, and the seeds it lacks: none when the whole ladder is measured."""
    rung, recipe = list(recipes(ladder, runs).items())[-1]
    return rung, recipe, missing_seeds(runs.get(rung, {}), recipe)


def mean_of(measured: Mapping, what: str) -> float:
    """Mean of a figure over the seeds of a rung."""
    return fmean(run[what] for run in measured["seeds"].values())


def missing_seeds(measured: Mapping, recipe: Recipe) -> list[int]:
    """Seeds with which a recipe was not run yet, given what was measured of its rung."""
    seeds = measured["seeds"] if measured.get("recipe") == as_json(recipe) else {}
    return [seed for seed in SEEDS if str(seed) not in seeds]
