"""Recognises the layouts in which pictures of cats and dogs are published, and splits those without a second part."""

import re
from pathlib import Path

import numpy as np

from helpers.errors import DataError
from helpers.language import say
from helpers.pictures import drawn
from helpers.pictures.files import picture_files, visible

FOLDERS = {f"{part}/{kind}": count for part, count in drawn.COUNTS.items() for kind in drawn.KINDS}
PARTS = {"train": ("train", "training"), "validation": ("validation", "valid", "val")}
SEED = 42


def pictures_of(folder: Path) -> tuple[dict[str, list[Path]], str]:
    """Find the pictures for each of `FOLDERS` in a folder of a reader's own.

    Recognised are ``{train,validation}/{cats,dogs}/``, also with names in the singular, with capitals, or "val"; and
    two layouts without a validation part, one folder for each animal (``Cat/``, ``Dog/``) or none (``cat.0.jpg``,
    ``dog.0.jpg``). Of these, as many pictures as the course has are drawn at random, always the same, two thirds of
    them for training. A single folder on top, such as ``PetImages/``, does not matter.

    Args:
        folder: is there.

    Returns:
        The files for each of `FOLDERS`, and a sentence on what was done; empty where the names are those of `FOLDERS`.

    Raises:
        DataError: for any other layout; the message says what was expected, and what is there.
    """
    if all((folder / sub).is_dir() for sub in FOLDERS):
        return {sub: visible(folder / sub) for sub in FOLDERS}, ""
    top = folder
    while True:
        parts = {part: _named(top, names) for part, names in PARTS.items()}
        if all(parts.values()) and all(_kinds(place) for place in parts.values()):
            kinds = {part: _kinds(place) for part, place in parts.items()}
            found = {f"{part}/{kind}": visible(kinds[part][kind]) for part in parts for kind in drawn.KINDS}
            sentence = say(
                "{top.name} has folders of other names; they are read as {names}.", top=top, names=", ".join(FOLDERS)
            )
            return found, sentence
        if places := _kinds(top):
            return _split({kind: picture_files(place) for kind, place in places.items()}, top)
        named = {kind: [p for p in picture_files(top) if _animal(p.name) == kind] for kind in drawn.KINDS}
        if all(named.values()):
            return _split(named, top)
        inside = [path for path in visible(top) if path.is_dir()]
        if len(inside) > 1 and parts["train"] and not parts["validation"]:  # beside a "test" part without answers
            inside = [parts["train"]]
        if len(inside) != 1:
            raise DataError(_unknown(folder, top))
        top = inside[0]


def _split(pictures: dict[str, list[Path]], top: Path) -> tuple[dict[str, list[Path]], str]:
    """Draw pictures for both parts at random."""
    random, found, words = np.random.default_rng(SEED), {}, []
    most = sum(drawn.COUNTS.values())
    for kind, paths in pictures.items():
        chosen = [paths[i] for i in random.permutation(len(paths))[:most]]
        cut = round(len(chosen) * drawn.COUNTS["train"] / most)
        found[f"train/{kind}"], found[f"validation/{kind}"] = sorted(chosen[:cut]), sorted(chosen[cut:])
        words.append(say("{chosen:,} of {all:,} {kind}", chosen=len(chosen), all=len(paths), kind=say(kind)))
    sentence = say(
        "{top.name} has no validation part. {words} are used, a third of them for it, drawn at random.",
        top=top,
        words=say(" and ").join(words),
    )
    return {sub: found[sub] for sub in FOLDERS}, sentence


def _named(folder: Path, names: tuple[str, ...]) -> Path | None:
    """The folder inside with one of these names; capitals do not matter."""
    return next((path for path in visible(folder) if path.is_dir() and path.name.lower() in names), None)


def _kinds(folder: Path) -> dict[str, Path] | None:
    """The folder of each animal, or None if one is missing."""
    found = {kind: _named(folder, (kind, kind.removesuffix("s"))) for kind in drawn.KINDS}
    return found if all(found.values()) else None


def _animal(name: str) -> str:
    """Which animal the name of a file begins with, as Kaggle names them; empty if with none."""
    match = re.match(r"(cat|dog)s?[._ -]?\d", name.lower())
    return f"{match[1]}s" if match else ""


def _unknown(folder: Path, top: Path) -> str:
    """Say which layouts are known, and what is there instead."""
    held = [path.name for path in visible(top)]
    more = say(" and {count} more", count=len(held) - 8) if len(held) > 8 else ""
    return say(
        "CATS_AND_DOGS_DIR should name a folder that holds {names}; or Cat and Dog; or files such as "
        "cat.0.jpg and dog.0.jpg. {folder} has another layout. What {top} holds: {held}{more}. Rename or move "
        "your folders, or take the variable away.",
        names=", ".join(FOLDERS),
        folder=folder,
        top=top,
        held=held[:8],
        more=more,
    )
