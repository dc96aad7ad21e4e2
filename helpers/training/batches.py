"""Changes training pictures batch by batch, in NumPy: mirrors, shifts and erases, anew in every epoch (chapter 10)."""

import functools
from collections.abc import Callable

import numpy as np
from PIL import Image

from helpers.backend.quiet import keras


def mirrored(pictures: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Mirror some of the pictures, left to right.

    Args:
        pictures: (n, H, W, C).
        chosen: bool, (n,): which of them.

    Returns:
        A new array of the same shape.
    """
    return np.where(chosen[:, None, None, None], pictures[:, :, ::-1], pictures)


def shifted(pictures: np.ndarray, most: int, generator: np.random.Generator, edge: str = "constant") -> np.ndarray:
    """Shift each picture by its own random number of whole pixels, down or up and to the right or left.

    Args:
        pictures: (n, H, W, C).
        most: largest shift in either direction.
        generator: of the random numbers.
        edge: what comes in at the border, a mode of ``np.pad``: ``"constant"`` (0) or ``"reflect"``.

    Returns:
        A new array of the same shape.
    """
    height, width = pictures.shape[1:3]
    padded = np.pad(pictures, ((0, 0), (most, most), (most, most), (0, 0)), mode=edge)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    down, right = generator.integers(0, 2 * most + 1, (2, len(pictures)))
    return windows[np.arange(len(pictures)), down, right].transpose(0, 2, 3, 1)


def erased(pictures: np.ndarray, share: float, generator: np.random.Generator) -> np.ndarray:
    """Fill a random rectangle of some pictures with noise.

    Args:
        pictures: (n, H, W, C), values in 0..1.
        share: probability, for each picture, that it loses a rectangle. That covers 2 % to 33 % of the picture, and its
            sides are as 0.3 to 3.3 to each other.
        generator: of the random numbers.

    Returns:
        A new array of the same shape.

    Source: Zhong, Zheng, Kang, Li, Yang, "Random Erasing Data Augmentation", arXiv:1708.04896.
    """
    count, height, width = pictures.shape[:3]
    area = generator.uniform(0.02, 0.33, count) * height * width
    ratio = np.exp(generator.uniform(np.log(0.3), np.log(3.3), count))
    rows, columns = np.minimum(np.sqrt(area * ratio), height), np.minimum(np.sqrt(area / ratio), width)
    top, left = generator.uniform(0, height - rows), generator.uniform(0, width - columns)
    rows *= generator.random(count) < share  # those that lose nothing get a rectangle without rows
    y, x = np.arange(height) + 0.5, np.arange(width) + 0.5
    inside_y = (y >= top[:, None]) & (y < (top + rows)[:, None])
    inside_x = (x >= left[:, None]) & (x < (left + columns)[:, None])
    inside = (inside_y[:, :, None] & inside_x[:, None, :])[..., None]
    return np.where(inside, generator.random(pictures.shape, np.float32), pictures)


def cropped(pictures: np.ndarray, side: int, least: float, generator: np.random.Generator) -> np.ndarray:
    """Cut a random part out of each picture, and make it a square of one size.

    Args:
        pictures: uint8, (n, H, W, 3).
        side: height and width of the result.
        least: smallest share of the picture that is kept. The sides of the part are as 3/4 to 4/3 to each other.
        generator: of the random numbers.

    Returns:
        uint8, (n, side, side, 3).

    Source: Szegedy and others, "Going Deeper with Convolutions", arXiv:1409.4842, section 6.
    """
    count, height, width = pictures.shape[:3]
    area = generator.uniform(least, 1, count)
    ratio = np.exp(generator.uniform(np.log(3 / 4), np.log(4 / 3), count))
    rows, columns = np.minimum(np.sqrt(area * ratio), 1) * height, np.minimum(np.sqrt(area / ratio), 1) * width
    top, left = generator.uniform(0, height - rows), generator.uniform(0, width - columns)
    boxes = np.stack([left, top, left + columns, top + rows], axis=1)
    parts = zip(pictures, boxes, strict=True)
    return np.stack(
        [Image.fromarray(picture).resize((side, side), Image.BILINEAR, tuple(box)) for picture, box in parts]
    )


def lit(pictures: np.ndarray, most: float, generator: np.random.Generator) -> np.ndarray:
    """Change the contrast and the brightness of each picture, and a little of each colour.

    Args:
        pictures: values in 0..1, (n, H, W, C).
        most: largest change, as a share, either way.
        generator: of the random numbers.

    Returns:
        A new array of the same shape, values in 0..1.
    """
    count, channels = len(pictures), pictures.shape[-1]
    contrast, light = generator.uniform(1 - most, 1 + most, (2, count, 1, 1, 1)).astype("float32")
    colour = generator.uniform(1 - most / 3, 1 + most / 3, (count, 1, 1, channels)).astype("float32")
    grey = pictures.mean(axis=(1, 2, 3), keepdims=True)
    return np.clip(((pictures - grey) * contrast + grey) * light * colour, 0, 1)


def smoothed(labels: np.ndarray, classes: int, smoothing: float) -> np.ndarray:
    """Target probabilities: ``1 - smoothing`` for the true class, and ``smoothing`` shared out among all classes.

    Args:
        labels: whole numbers from 0, (n,).
        classes: how many there are.
        smoothing: from 0 to 1.

    Returns:
        float32, (n, classes); each row has the sum 1.

    Source: Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, "Rethinking the Inception Architecture", arXiv:1512.00567.
    """
    return (np.eye(classes)[labels] * (1 - smoothing) + smoothing / classes).astype("float32")


class Batches(keras.utils.PyDataset):
    """Hands pictures to ``model.fit`` in batches without end, in a new order and newly changed in every epoch.

    ``fit`` must be told that ``steps`` batches make an epoch. With an end after each epoch TensorFlow 2.21 would take
    its pipeline down each time, and that often waits idly for about as long as the epoch took.

    Args:
        pictures: uint8, (n, H, W, C).
        targets: (n, classes).
        size: pictures in a batch. What is left over at the end of an epoch is left out.
        change: is given a batch, which of all the pictures it holds, the number of the epoch, and a random generator;
            returns the batch changed, float32 in 0..1.
        seed: for repeatable batches.
    """

    num_batches = None  # without end

    def __init__(self, pictures: np.ndarray, targets: np.ndarray, size: int, change: Callable, seed: int):
        super().__init__()
        self.pictures, self.targets, self.size, self.change, self.seed = pictures, targets, size, change, seed
        self.steps = len(pictures) // size
        self.order = functools.lru_cache(maxsize=1)(self._order)

    def __getitem__(self, index):
        """One batch: pictures and targets."""
        epoch, place = divmod(index, self.steps)
        chosen = self.order(epoch)[place * self.size : (place + 1) * self.size]
        generator = np.random.default_rng((self.seed, epoch, place))
        return self.change(self.pictures[chosen], chosen, epoch, generator), self.targets[chosen]

    def _order(self, epoch):
        """Of all pictures, in an epoch."""
        return np.random.default_rng((self.seed, epoch)).permutation(len(self.pictures))
