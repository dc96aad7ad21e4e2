"""Writes measured figures from their cards into all texts: ``python -m tools.results [--seed N] [NUMBER]``.

With ``--seed`` the chapters that trained the networks are first run again with that seed, in full mode, into build/;
the accuracies are then added to the cards. With ``--drawn`` the chapters on cats and dogs are run again on the drawn
pictures; the networks that learn from these ship under names of their own.
"""

import argparse
import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from helpers.data import cats_and_dogs
from helpers.settings import SHIPPED, write_json
from tools.figures import cards, facts, networks
from tools.notebooks import chapters
from tools.run import BUILD, chosen, place, report, run_full, ship, something_missing
from tools.sync import sync

SEED_FIGURES = re.compile(r"best_epoch|epochs|train_seconds|\w*accuracy|by_size|four_ways")


def figures_of(name: str, folder: Path) -> dict:
    """What a run reached with a network that ships.

    Args:
        name: the network.
        folder: where that run put its cards.

    Raises:
        ValueError: if the run was a fast one, or the network has another number of parameters.
    """
    run, card = facts(name, folder), facts(name, SHIPPED)
    if run["fast"] or run["parameters"] != card["parameters"]:
        raise ValueError(f"{folder / name}.json is no full run of the network in {SHIPPED / name}.json.")
    return {key: value for key, value in run.items() if SEED_FIGURES.fullmatch(key)}


def add_seed(name: str, folder: Path) -> None:
    """Add the figures of a run to the seeds on the shipped card of the same network.

    Raises:
        ValueError: if the run was on other data.
    """
    card, run = facts(name, SHIPPED), facts(name, folder)
    if run.get("data") != card.get("data"):
        raise ValueError(
            f"{folder / name}.json is of a network that was trained on other data than {name} in {SHIPPED}."
        )
    seed = str(run["seed"])
    seeds = card.get("seeds", {}) | {seed: figures_of(name, folder)}
    write_json(SHIPPED / f"{name}.json", card | {"seeds": dict(sorted(seeds.items(), key=lambda item: int(item[0])))})


def add_seeds(folder: Path) -> None:
    """Add the figures of a run with another seed to the cards of all networks that it trained."""
    for checkpoint in networks(folder):
        add_seed(checkpoint.stem, folder)


def repeat(notebooks: list[Path], folder: Path, keep: Callable[[Path], object], seed: int | None = None) -> int:
    """Run chapters that trained networks once more, and keep what came out."""
    if something_missing(notebooks):
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    code = report(run_full(notebooks, folder, seed))
    if code == 0:
        keep(folder / "models")
    return code


def write() -> None:
    """Bring all figures up to date: the seeds on the cards, the tables, the figures in prose."""
    for card in cards():
        add_seed(card["name"], SHIPPED)
    sync()


def main() -> int:
    """Read the command line, run what was asked for, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", help="with --seed: chapters to run, such as 04")
    parser.add_argument("--seed", type=int, help="repeat the training with this seed first")
    parser.add_argument("--drawn", action="store_true", help="train on the drawn cats and dogs first")
    arguments = parser.parse_args()
    trained = {card["notebook"]: card for card in cards()}
    if arguments.seed is not None:
        notebooks = _chosen(trained, arguments.numbers, parser)
        if repeat(notebooks, BUILD / f"seed-{arguments.seed}", add_seeds, arguments.seed):
            return 1
    if arguments.drawn:
        on_photographs = {name for name, card in trained.items() if "drawn_accuracy" in card}
        os.environ["CATS_AND_DOGS_DIR"] = str(cats_and_dogs("drawn"))
        if repeat(_chosen(on_photographs, arguments.numbers, parser), BUILD / "drawn", ship):
            return 1
    write()
    return 0


def _chosen(names: Iterable[str], numbers: list[str], parser: argparse.ArgumentParser) -> list[Path]:
    """Those of the named chapters whose numbers were given; all of them where none was."""
    return chosen([path for path in chapters() if place(path) in names], numbers, parser)


if __name__ == "__main__":
    raise SystemExit(main())
