"""Reads folders of cats and dogs into one array (chapter 10)."""

from pathlib import Path

import numpy as np
from PIL import Image

from helpers.pictures.files import picture_files, upright


def squares(folder: Path, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Read the pictures in ``cats/`` and ``dogs/``, each made a square of one size.

    Args:
        folder: for instance ``cats_and_dogs() / "train"``.
        side: height and width of the result.

    Returns:
        Pictures uint8, (n, side, side, 3), and labels, 0 for cats and 1 for dogs, (n,).
    """
    pictures, labels = [], []
    for label, kind in enumerate(("cats", "dogs")):
        for path in picture_files(folder / kind):
            with Image.open(path) as picture:
                pictures.append(np.asarray(upright(picture).resize((side, side), Image.BILINEAR)))
            labels.append(label)
    return np.stack(pictures), np.array(labels)
