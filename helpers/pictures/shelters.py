"""The pictures of chapter 08's riddle. Solve it before you read on: this page tells the answer."""

import numpy as np
from PIL import Image, ImageDraw

from helpers.language import say
from helpers.pictures.drawn import KINDS, SIDE, draw_pet

STAMP = 14  # side of the stamp in pixels
MARGIN = 5  # from the lower and the right edge, on average


def shelter_pictures(count: int, seed: int, stamp: str = "dogs") -> tuple[np.ndarray, np.ndarray]:
    """Drawn cats from one shelter and drawn dogs from another, which prints a stamp on its pictures.

    Args:
        count: of each kind.
        seed: the same seed gives the same pictures, whatever is stamped.
        stamp: whose pictures get the stamp: ``"dogs"``, ``"cats"`` or ``"none"``.

    Returns:
        Pictures of shape (2 count, 150, 150, 3), float32 in 0..1, and labels of shape (2 count,), 0 for a cat and 1
        for a dog; the kinds take turns.

    Raises:
        ValueError: for another ``stamp``.
    """
    if stamp not in (*KINDS, "none"):
        raise ValueError(say("stamp must be 'dogs', 'cats' or 'none', got {stamp!r}.", stamp=stamp))
    pictures = []
    for number in range(count):
        for label, kind in enumerate(KINDS):
            picture = draw_pet(kind[:-1], (seed, label, number))
            pictures.append(stamped(picture, (seed, label, number)) if kind == stamp else picture)
    return np.stack(pictures).astype("float32") / 255, np.tile([0, 1], count)


def stamped(picture: np.ndarray, seed: int | tuple[int, ...]) -> np.ndarray:
    """Print the stamp of the second shelter on a picture: a pale ring with a paw (four dots) in it.

    Args:
        picture: uint8, (150, 150, 3).
        seed: moves the stamp by a pixel or two.

    Returns:
        A copy with the stamp.
    """
    left, top = SIDE - MARGIN - STAMP + np.random.default_rng(seed).integers(-2, 3, 2)
    mask = Image.new("L", (SIDE * 4, SIDE * 4))
    pen = ImageDraw.Draw(mask)
    pen.ellipse([4 * left, 4 * top, 4 * (left + STAMP), 4 * (top + STAMP)], outline=255, width=8)
    for x, y in ((3, 6), (6, 3.5), (9, 6), (6, 9)):
        pen.ellipse([4 * (left + x), 4 * (top + y), 4 * (left + x + 2.5), 4 * (top + y + 2.5)], fill=255)
    strength = np.asarray(mask.resize((SIDE, SIDE), Image.Resampling.LANCZOS), np.float32)[..., np.newaxis] / 255
    return np.round(picture + 0.55 * strength * (255.0 - picture)).astype("uint8")
