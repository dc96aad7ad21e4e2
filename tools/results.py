"""Writes every measured figure from its card into README and lessons: ``python -m tools.results [--seed N] [NUMBER]``.

A figure in prose is followed by a comment that says where it comes from, for instance
``0.9153<!-- fashion_cnn.test_accuracy -->``. With ``--seed`` the chapters that trained the networks are first run again
with that seed, in full mode, into build/; the accuracies are then added to the cards.
"""

import argparse
import json
import re
import shutil
from pathlib import Path

from helpers.models import write_json
from tools.notebooks import ROOT, SOURCE, chapters, sync
from tools.run import BUILD, MODELS, report, run_full

FIGURE = re.compile(r"[^\s|>(]+(?=<!-- (\w+(?:\.\w+)+) -->)")
TABLE = re.compile(r"(?<=<!-- results -->\n).*?(?=<!-- end of results -->)", re.DOTALL)
SEED_FIGURES = re.compile(r"best_epoch|epochs|train_seconds|\w*accuracy")


def read_card(name: str, folder: Path) -> dict:
    """Content of ``NAME.json``: the card of a network, or the times of the chapters, which belong to no network."""
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def cards() -> list[dict]:
    """The cards of all shipped networks, by chapter, largest network first."""
    found = [read_card(path.stem, MODELS) for path in MODELS.glob("*.keras")]
    return sorted(found, key=lambda card: (card["notebook"], -card["parameters"]))


def look_up(reference: str):
    """Value of a figure, for instance ``fashion_cnn.seeds.test_accuracy.min`` or ``chapters.04_....fast_minutes``.

    Raises:
        KeyError: if no card holds it.
    """
    name, *keys = reference.split(".")
    try:
        value = read_card(name, MODELS)
        if keys[0] == "seeds":
            measured = [run[keys[1]] for run in value["seeds"].values()]
            return {"min": min, "max": max}[keys[2]](measured)
        for key in keys:
            value = value[key.replace("_minutes", "_seconds")]
    except (OSError, KeyError) as error:
        raise KeyError(f"No card holds the figure {reference}: run its chapter with `make store`.") from error
    return value / 60 if keys[-1].endswith("_minutes") else value


def figure(reference: str) -> str:
    """A figure as it stands in prose: accuracies with four decimals, other fractions with one, and commas.

    Raises:
        KeyError: if no card holds it.
    """
    value = look_up(reference)
    if "accuracy" in reference:
        return f"{value:.4f}"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def with_figures(text: str) -> str:
    """Text with every marked figure brought up to date."""
    return FIGURE.sub(lambda match: figure(match[1]), text)


def table() -> str:
    """The results table of the README."""
    rows = [
        "| chapter | network | parameters | epochs | training | validation | test | test, all seeds |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for card in cards():
        runs = [run["test_accuracy"] for run in card["seeds"].values()]
        cells = (
            card["notebook"][:2],
            f"`{card['name']}`",
            f"{card['parameters']:,}",
            f"{card['best_epoch']} of {card['epochs']}",
            f"{card['train_seconds']:.0f} s",
            f"{card['validation_accuracy']:.4f}",
            f"**{card['test_accuracy']:.4f}**",
            f"{min(runs):.4f} to {max(runs):.4f} ({len(runs)} seeds)" if len(runs) > 1 else "one seed so far",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def add_seed(name: str, folder: Path) -> None:
    """Add the figures of a run to the shipped card of the same network.

    Args:
        name: the network.
        folder: where that run put its cards.

    Raises:
        ValueError: if the run was a fast one, or the network has another number of parameters.
    """
    run, card = read_card(name, folder), read_card(name, MODELS)
    if run["fast"] or run["parameters"] != card["parameters"]:
        raise ValueError(f"{folder / name}.json is no full run of the network in {MODELS / name}.json.")
    figures = {key: value for key, value in run.items() if SEED_FIGURES.fullmatch(key)}
    seeds = card.get("seeds", {}) | {str(run["seed"]): figures}
    write_json(MODELS / f"{name}.json", card | {"seeds": dict(sorted(seeds.items(), key=lambda item: int(item[0])))})


def repeat(seed: int, notebooks: list[Path]) -> int:
    """Run chapters that trained networks with another seed and add what they reached to the cards."""
    folder = BUILD / f"seed-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    code = report(run_full(notebooks, folder, seed))
    if code == 0:
        for checkpoint in sorted((folder / "models").glob("[!.]*.keras")):
            add_seed(checkpoint.stem, folder / "models")
    return code


def write() -> None:
    """Bring all figures up to date: the seeds on the cards, the README's table, the figures in prose."""
    for card in cards():
        add_seed(card["name"], MODELS)
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted(SOURCE.rglob("*.py")))}
    new = {path: with_figures(TABLE.sub(lambda _: table(), text)) for path, text in texts.items()}
    for path in texts:
        if new[path] != texts[path]:
            path.write_text(new[path], encoding="utf-8")
            print("figures brought up to date:", path.relative_to(ROOT))
    sync()


def main() -> int:
    """Read the command line, run what was asked for, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", help="with --seed: chapters to run, such as 04")
    parser.add_argument("--seed", type=int, help="repeat the training with this seed first")
    arguments = parser.parse_args()
    if arguments.seed is not None:
        trained = {card["notebook"] for card in cards()}
        numbers = arguments.numbers or [name[:2] for name in trained]
        notebooks = [path for path in chapters() if path.stem in trained and path.stem[:2] in numbers]
        if not notebooks:
            parser.error(f"no such chapter; networks come from {', '.join(sorted(trained))}")
        if repeat(arguments.seed, notebooks):
            return 1
    write()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
