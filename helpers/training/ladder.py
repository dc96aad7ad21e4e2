"""The ladder of chapter 10: one change at a time, and the rule that says which of them are carried on."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from statistics import fmean

from helpers.training.recipes import Recipe

SEEDS = (42, 1, 2)
RUNGS = {
    "the start": {},
    "batch normalisation": {"normalise": True},
    "global average pooling": {"average": True},
    "one cycle of the rate": {"cycle": True},
    "four more convolutions": {"deeper": 1},
    "shortcuts past them": {"shortcut": True},
    "weight decay": {"decay": 0.05},
    "mirrored pictures": {"mirror": True},
    "shifts by up to 2 pixels": {"shift": 2},
    "erased rectangles": {"erase": 0.5},
    "label smoothing": {"smoothing": 0.1},
    "mean of the weights": {"mean_weights": True},
}
"""What each rung changes in the recipe on which it stands."""


def next_recipe(runs: Mapping, start: Recipe) -> tuple[str, Recipe] | None:
    """Find the first rung that lacks a run, and its recipe.

    A rung stands on the best one below it: where its mean validation accuracy over all seeds is not higher than that
    of the rung on which it stands, it is not carried on.

    Args:
        runs: ``runs[rung][seed]`` with its ``recipe`` and ``validation_accuracy``. A run of another recipe counts as none.
        start: the recipe of the first rung.

    Returns:
        The rung's name and its recipe; None when all of them are there.
    """
    best, best_mean = start, 0.0
    for rung, change in RUNGS.items():
        recipe = replace(best, **change)
        if missing_seeds(runs.get(rung, {}), recipe):
            return rung, recipe
        mean = fmean(runs[rung][str(seed)]["validation_accuracy"] for seed in SEEDS)
        if mean > best_mean:
            best, best_mean = recipe, mean
    return None


def missing_seeds(runs: Mapping, recipe: Recipe) -> list[int]:
    """Seeds with which the recipe was not run."""
    return [seed for seed in SEEDS if runs.get(str(seed), {}).get("recipe") != as_json(recipe)]


def as_json(recipe: Recipe) -> dict:
    """A recipe as JSON gives it back: lists in the place of tuples."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(recipe).items()}
