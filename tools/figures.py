"""Figures from the cards in models/: the only source of every accuracy and time that a text states.

A figure in prose is followed by a comment that says where it comes from, for instance
``0.9153<!-- fashion_cnn.test_accuracy -->``.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

from helpers.settings import ENDINGS, SHIPPED
from helpers.training.ladder import LADDERS, still_to_run, table

FIGURE = re.compile(r"[^\s|>(]+(?=<!-- (\w+(?:\.\w+)+) -->)")
GPU_TIMES = re.compile(r"(?<=<!-- gpu (\d\d) -->).*?(?=<!-- end of gpu -->)")


def facts(name: str, folder: Path) -> dict:
    """Content of ``NAME.json``: the card of a network, or the times of the chapters, which belong to no network."""
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def networks(folder: Path) -> list[Path]:
    """Files of the trained networks in a folder, by name."""
    return sorted(path for path in folder.glob("[!.]*") if path.suffix in ENDINGS)


def cards() -> list[dict]:
    """The cards of all networks that the course trained and ships, by chapter, largest network first."""
    found = [facts(path.stem, SHIPPED) for path in networks(SHIPPED)]
    return sorted(
        (card for card in found if "origin" not in card), key=lambda card: (card["notebook"], -card["parameters"])
    )


def look_up(reference: str):
    """Value of a figure, for instance ``fashion_cnn.seeds.test_accuracy.min`` or ``chapters.04_....fast_minutes``.

    Raises:
        KeyError: if no card holds it.
    """
    name, *keys = reference.split(".")
    try:
        value = facts(name, SHIPPED)
        if keys[0] == "seeds" and not keys[1].isdigit():  # of all seeds, not of one
            measured = [run[keys[1]] for run in value["seeds"].values()]
            return {"min": min, "max": max, "mean": fmean}[keys[2]](measured)
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


def gpu_times(chapter: str, tell: Callable[[str], str] = str) -> str:
    """What `tools.gpu` measured for a chapter, for instance ``"03"``, in a sentence; empty if nothing."""
    if not (SHIPPED / "gpu.json").exists():
        return ""
    measured = facts("gpu", SHIPPED)
    processor = measured["processor"]["seconds"]
    each = tell("{work} {seconds:.1f} s, processor {beside:.1f} s")
    own = [
        each.format(work=tell(work.partition(": ")[2]), seconds=seconds, beside=processor[work])
        for work, seconds in measured["seconds"].items()
        if work.startswith(chapter)
    ]
    sentence = tell(" On a GPU ({device}) and on the processor beside it: {times}.")
    return sentence.format(device=measured["device"], times="; ".join(own)) if own else ""


def gpu_table() -> str:
    """All that `tools.gpu` measured, for RESULTS.md; empty before it was run."""
    if not (SHIPPED / "gpu.json").exists():
        return ""
    measured = facts("gpu", SHIPPED)
    processor = measured["processor"]
    rows = [
        f"Keras {measured['keras']} on {measured['backend']}, {measured['precision']}; on the processor beside it "
        f"({processor['device']}), {processor['precision']}.",
        "",
        f"| chapter | {measured['device']} | processor | times as fast |",
        "| --- | ---: | ---: | ---: |",
    ]
    for work, seconds in measured["seconds"].items():
        beside = processor["seconds"][work]
        rows.append(f"| {work} | {seconds:.2f} s | {beside:.2f} s | {beside / seconds:.1f} |")
    return "\n".join(rows) + "\n"


def grading_table() -> str:
    """What `tools.grading` measured of a class, in a sentence; empty before it was run."""
    if not (SHIPPED / "grading.json").exists():
        return ""
    measured = facts("grading", SHIPPED)
    return (
        f"Measured (`make grading HANDINS={measured['hand_ins']}`): {measured['hand_ins']} hand-ins of "
        f"`{measured['assignment']}`, of which a third was right,\na third half right and a third untouched, took "
        f"{measured['workers']} workers {measured['seconds']:,} s, {measured['a_minute']:.1f} a minute "
        f"({measured['device']}).\n"
    )


def ladder_tables() -> str:
    """What `tools.ladder` measured, a table for each data set, for RESULTS.md; empty before it was run."""
    if not (SHIPPED / "ladder.json").exists():
        return ""
    measured, rows = facts("ladder", SHIPPED), []
    for name in (name for name in LADDERS if not still_to_run(name, measured.get(name, {}))[2]):
        rows += [f"**{name}**", "", "| rung | stands on | mean | all seeds | gain in points | processor | parameters |"]
        rows.append("| --- | --- | ---: | --- | ---: | ---: | ---: |")
        for row in table(name, measured[name]):
            gain = f"{100 * row['gain']:+.2f}" if row["below"] else ""
            spread = f"{row['lowest']:.4f} to {row['highest']:.4f}"
            cells = (row["rung"], row["below"], f"{row['mean']:.4f}", spread, gain)
            rows.append(f"| {' | '.join(cells)} | {row['seconds']:.0f} s | {row['parameters']:,} |")
        rows.append("")
    return "\n".join(rows)


def with_figures(text: str, tell: Callable[[str], str] = str) -> str:
    """Text with every marked figure brought up to date."""
    return GPU_TIMES.sub(lambda match: gpu_times(match[1], tell), FIGURE.sub(lambda match: figure(match[1]), text))


def results_table() -> str:
    """Every network with what it reached, as a table for RESULTS.md."""
    rows = [
        "| chapter | network | parameters | epochs | training | validation | test | all seeds |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for card in cards():
        tested = "test_accuracy" in card
        runs = [
            run["test_accuracy" if tested else "validation_accuracy"] for run in card.get("seeds", {"": card}).values()
        ]
        spread = f"{min(runs):.4f} to {max(runs):.4f} ({len(runs)} seeds)" if len(runs) > 1 else "one seed so far"
        folder, _, notebook = card["notebook"].rpartition("/")
        test = f"**{card['test_accuracy']:.4f}**" if tested else "no test set"
        edition = card.get("data", {}).get("edition", "as published")
        cells = (
            f"{folder} {notebook[:2]}".strip(),
            f"`{card['name']}`",
            f"{card['parameters']:,}",
            f"{card['best_epoch']} of {card['epochs']}",
            f"{card['train_seconds']:.0f} s",
            f"{card['validation_accuracy']:.4f}",
            test if edition == "as published" else f"{test} ({card['data']['test_pictures']:,} pictures, {edition})",
            spread,
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"
