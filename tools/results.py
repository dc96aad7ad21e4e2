"""Writes every measured figure from its card into README and lessons: ``python -m tools.results [--seed N] [NUMBER]``.

A figure in prose is followed by a comment that says where it comes from, for instance
``0.9153<!-- fashion_cnn.test_accuracy -->``. With ``--seed`` the chapters that trained the networks are first run again
with that seed, in full mode, into build/; the accuracies are then added to the cards. With ``--drawn`` the chapters on
cats and dogs are run again on the drawn pictures; the networks that learn from these ship under names of their own.
"""

import argparse
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from helpers.data import cats_and_dogs
from helpers.settings import ENDINGS, write_json
from tools.notebooks import ROOT, SOURCE, chapters
from tools.run import BUILD, MODELS, chosen, place, report, run_full, ship, something_missing
from tools.sync import sync

FIGURE = re.compile(r"[^\s|>(]+(?=<!-- (\w+(?:\.\w+)+) -->)")
TABLE = re.compile(r"(?<=<!-- results -->\n).*?(?=<!-- end of results -->)", re.DOTALL)
GPU_TABLE = re.compile(r"(?<=<!-- gpu -->\n).*?(?=<!-- end of gpu -->)", re.DOTALL)
GPU_TIMES = re.compile(r"(?<=<!-- gpu (\d\d) -->).*?(?=<!-- end of gpu -->)")
SEED_FIGURES = re.compile(r"best_epoch|epochs|train_seconds|\w*accuracy")


def read_card(name: str, folder: Path) -> dict:
    """Content of ``NAME.json``: the card of a network, or the times of the chapters, which belong to no network."""
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def networks(folder: Path) -> list[Path]:
    """Files of the trained networks in a folder, by name."""
    return sorted(path for path in folder.glob("[!.]*") if path.suffix in ENDINGS)


def cards() -> list[dict]:
    """The cards of all shipped networks, by chapter, largest network first."""
    found = [read_card(path.stem, MODELS) for path in networks(MODELS)]
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


def gpu_times(chapter: str) -> str:
    """What `tools.gpu` measured for a chapter, for instance ``"03"``, in a sentence; empty before it was run."""
    if not (MODELS / "gpu.json").exists():
        return ""
    measured = read_card("gpu", MODELS)
    processor = measured["processor"]["seconds"]
    own = [
        f"{work.partition(': ')[2]} {seconds:.2f} s instead of {processor[work]:.2f} s"
        for work, seconds in measured["seconds"].items()
        if work.startswith(chapter)
    ]
    return f" {measured['device']}: {', '.join(own)} on the processor beside it."


def gpu_table() -> str:
    """All that `tools.gpu` measured, for the README; empty before it was run."""
    if not (MODELS / "gpu.json").exists():
        return ""
    measured = read_card("gpu", MODELS)
    processor = measured["processor"]
    rows = [
        f"Keras {measured['keras']} on {measured['backend']}, {measured['precision']}; on the processor beside it "
        f"({processor['device']}), {processor['precision']}.",
        "",
        f"| chapter | {measured['device']} | processor | times as fast |",
        "| --- | ---: | ---: | ---: |",
    ]
    for work, seconds in measured["seconds"].items():
        slower = processor["seconds"][work]
        rows.append(f"| {work} | {seconds:.2f} s | {slower:.2f} s | {slower / seconds:.0f} |")
    return "\n".join(rows) + "\n"


def with_figures(text: str) -> str:
    """Text with every marked figure brought up to date."""
    text = TABLE.sub(lambda _: table(), FIGURE.sub(lambda match: figure(match[1]), text))
    return GPU_TABLE.sub(lambda _: gpu_table(), GPU_TIMES.sub(lambda match: gpu_times(match[1]), text))


def table() -> str:
    """The results table of the README."""
    rows = [
        "| chapter | network | parameters | epochs | training | validation | test | test, all seeds |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for card in cards():
        # Where there is no test set, the cell stays empty: a figure for validation is none for a test.
        runs = [run["test_accuracy"] for run in card["seeds"].values() if "test_accuracy" in run]
        spread = f"{min(runs):.4f} to {max(runs):.4f} ({len(runs)} seeds)" if len(runs) > 1 else "one seed so far"
        folder, _, notebook = card["notebook"].rpartition("/")
        test = f"**{card['test_accuracy']:.4f}**" if runs else "no test set"
        edition = card.get("data", {}).get("edition", "as published")
        cells = (
            f"{folder} {notebook[:2]}".strip(),
            f"`{card['name']}`",
            f"{card['parameters']:,}",
            f"{card['best_epoch']} of {card['epochs']}",
            f"{card['train_seconds']:.0f} s",
            f"{card['validation_accuracy']:.4f}",
            test if edition == "as published" else f"{test} ({card['data']['test_pictures']:,} pictures, {edition})",
            spread if runs else "",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def figures_of(name: str, folder: Path) -> dict:
    """What a run reached with a network that ships.

    Args:
        name: the network.
        folder: where that run put its cards.

    Raises:
        ValueError: if the run was a fast one, or the network has another number of parameters.
    """
    run, card = read_card(name, folder), read_card(name, MODELS)
    if run["fast"] or run["parameters"] != card["parameters"]:
        raise ValueError(f"{folder / name}.json is no full run of the network in {MODELS / name}.json.")
    return {key: value for key, value in run.items() if SEED_FIGURES.fullmatch(key)}


def add_seed(name: str, folder: Path) -> None:
    """Add the figures of a run to the seeds on the shipped card of the same network.

    Raises:
        ValueError: if the run was on other data.
    """
    card, run = read_card(name, MODELS), read_card(name, folder)
    if run.get("data") != card.get("data"):
        raise ValueError(
            f"{folder / name}.json is of a network that was trained on other data than {name} in {MODELS}."
        )
    seed = str(run["seed"])
    seeds = card.get("seeds", {}) | {seed: figures_of(name, folder)}
    write_json(MODELS / f"{name}.json", card | {"seeds": dict(sorted(seeds.items(), key=lambda item: int(item[0])))})


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
    """Bring all figures up to date: the seeds on the cards, the README's table, the figures in prose."""
    for card in cards():
        add_seed(card["name"], MODELS)
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted(SOURCE.rglob("*.py")))}
    new = {path: with_figures(text) for path, text in texts.items()}
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
