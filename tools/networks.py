"""Writes the networks that the explorer of the web site opens, each with pictures that may be shown."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from helpers import data, models
from helpers.backend.quiet import quiet_stderr
from helpers.explore import network_file
from helpers.explore.page import as_script
from helpers.pictures.drawn import SIDE, draw_pet

PICTURES = 12
KOREAN_CLASSES = {"fashion_cnn": data.FASHION_MNIST_CLASSES_KO, "cats_dogs_augmented": ("고양이", "개")}


def titles(tell: Callable[[str], str] = str) -> dict[str, str]:
    """Name -> title of each network."""
    return {
        "fashion_cnn": tell("Clothes: fashion_cnn (chapter 04)"),
        "mnist_small": tell("Digits: mnist_small (chapter 03)"),
        "cats_dogs_augmented": tell("Cats and dogs: cats_dogs_augmented (chapter 06)"),
    }


def write_networks(folder: Path) -> None:
    """Write a script for each network, which hands it to the explorer."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, described in _networks():
        with quiet_stderr():
            model = models.load(name)
        content = network_file(model, title=titles()[name], **described)
        (folder / f"{name}.js").write_text(f"explorerNetwork({as_script(content)});", encoding="utf-8")


def _networks() -> Iterator[tuple[str, dict]]:
    """Name and pictures of each network."""
    _, (clothes, kinds) = data.load_fashion_mnist()
    shown = _shown(clothes, kinds) | {"class_names": data.FASHION_MNIST_CLASSES, "prepare": "clothes"}
    yield "fashion_cnn", shown
    yield "mnist_small", _shown(*data.load_mnist()[1]) | {"prepare": "digit"}
    cat = np.asarray(Image.fromarray(data.sample_image("cat")).resize((SIDE, SIDE), Image.BILINEAR))
    pets = np.stack([cat, *(draw_pet(kind, (9, seed)) for seed in range(2) for kind in ("cat", "dog"))])
    shown = {"images": pets.astype("float32") / 255, "labels": [0, 0, 1, 0, 1], "class_names": ("cat", "dog")}
    yield "cats_dogs_augmented", shown


def _shown(pictures: np.ndarray, labels: np.ndarray) -> dict:
    """The first pictures of a data set in grey, scaled as its network was trained, and their labels."""
    return {"images": pictures[:PICTURES, ..., np.newaxis].astype("float32") / 255, "labels": labels[:PICTURES]}
