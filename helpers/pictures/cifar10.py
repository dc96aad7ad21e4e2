"""CIFAR-10, small colour photographs: read from a folder, or downloaded once."""

import hashlib
import os
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.errors import DataError, DataUnavailable
from helpers.language import say
from helpers.pictures.files import UNREADABLE, picture_files, pictures_below, upright
from helpers.settings import FAST, folder_named

FOLDERS = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
CIFAR10_CLASSES = tuple(map(say, FOLDERS))


def load_cifar10():
    """Load the CIFAR-10 colour photographs. They may not be shipped, so they come from you or from a download.

    Looks at the folder that the environment variable ``CIFAR10_DIR`` names: ``cifar10.npz`` (arrays ``x_train``,
    ``y_train``, ``x_test``, ``y_test``), or pictures in ``{train,test}/CLASS/``. Else asks
    ``keras.datasets.cifar10``, which keeps what it once downloaded (170 MB; not in fast mode) and checks it against its
    published checksum.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: images uint8 in 0..255 of shape (n, 32, 32, 3), labels uint8 of
        shape (n, 1), an index into `CIFAR10_CLASSES`.

    Raises:
        DataError: if ``CIFAR10_DIR`` does not hold what it should.
        DataUnavailable: if it is not set, and nothing was or can be downloaded.

    Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
    """
    if os.environ.get("CIFAR10_DIR"):
        folder = folder_named(os.environ["CIFAR10_DIR"])
        if (folder / "cifar10.npz").exists():
            return tuple(_arrays(folder / "cifar10.npz", part) for part in ("train", "test"))
        return tuple(_pictures_by_class(folder / part, FOLDERS) for part in ("train", "test"))
    if FAST and (reason := cifar10_missing()):
        raise DataUnavailable(reason)
    from helpers.environment import keras  # here, so that programs that only look for data do not wait for Keras

    try:
        return keras.datasets.cifar10.load_data()
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise DataUnavailable(
            say(
                "CIFAR-10 could not be downloaded ({error}). Connect to the internet and try again, or {way_out}",
                error=error,
                way_out=_use_a_folder(),
            )
        ) from error


def cifar10_missing() -> str:
    """Say why CIFAR-10 cannot be had without a download, and what to do; empty if it can."""
    # Where keras.utils.get_file keeps what keras.datasets.cifar10 downloaded.
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    if os.environ.get("CIFAR10_DIR") or (home / "datasets" / "cifar-10-batches-py-target_archive").exists():
        return ""
    return say(
        "CIFAR-10 is not here, and fast mode downloads nothing. To download it once (170 MB): .venv/bin/python -c "
        "'from helpers.data import load_cifar10; load_cifar10()'   or {way_out}",
        way_out=_use_a_folder(),
    )


def _use_a_folder() -> str:
    return say("set CIFAR10_DIR to a folder with cifar10.npz, or with pictures in train/airplane/, ..., test/truck/.")


def cifar10_facts(x_test: np.ndarray) -> dict:
    """Say which copy of CIFAR-10 this is, for the card of a network: a score is worth little without it.

    Args:
        x_test: the test pictures, as `load_cifar10` returns them.

    Returns:
        ``name``; ``edition``: ``"as published"`` (from ``keras.datasets``), ``"JPEG copies"`` or ``"another copy"``;
        ``test_pictures``: how many; ``checksums``: SHA-256 of their pixels, in their order.

    Raises:
        DataError: if ``CIFAR10_DIR`` names no folder.
    """
    edition = "as published"
    if os.environ.get("CIFAR10_DIR"):
        folder = folder_named(os.environ["CIFAR10_DIR"])
        if not folder.is_dir():
            raise DataError(say("CIFAR10_DIR should name a folder; there is no folder {folder}.", folder=folder))
        suffixes = {path.suffix.lower() for path in pictures_below(folder / "test")}
        jpeg = not (folder / "cifar10.npz").exists() and bool(suffixes & {".jpg", ".jpeg"})
        edition = "JPEG copies" if jpeg else "another copy"
    checksum = hashlib.sha256(np.ascontiguousarray(x_test).tobytes()).hexdigest()
    return {
        "name": "cifar10",
        "edition": edition,
        "test_pictures": len(x_test),
        "checksums": {"pixels of the test pictures": checksum},
    }


def _arrays(path: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of one half of an npz file."""
    try:
        with np.load(path) as arrays:
            images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"].reshape(-1, 1)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(
            say(
                "{path} does not hold x_{part} and y_{part} ({error}). Replace it, or take it out.",
                path=path,
                part=part,
                error=error,
            )
        ) from error
    if images.shape != (len(labels), 32, 32, 3) or images.dtype != np.uint8:
        raise DataError(
            say(
                "{path}: x_{part} should be uint8 of shape ({count}, 32, 32, 3), but is {images.dtype} of shape "
                "{images.shape}.",
                path=path,
                part=part,
                count=len(labels),
                images=images,
            )
        )
    return images, labels.astype(np.uint8)


def _pictures_by_class(folder: Path, classes: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of 32x32 pixels and their labels, in the order of class and file name."""
    pictures, labels = [], []
    for label, name in enumerate(classes):
        paths = picture_files(folder / name) if (folder / name).is_dir() else []
        if not paths:
            raise DataError(
                say(
                    "{folder} holds no picture. Expected a folder with pictures for each of: {classes}.",
                    folder=folder / name,
                    classes=classes,
                )
            )
        pictures += [_picture(path, (32, 32)) for path in paths]
        labels += [label] * len(paths)
    return np.stack(pictures), np.array(labels, np.uint8)[:, np.newaxis]


def _picture(path: Path, size: tuple[int, int]) -> np.ndarray:
    """Colour picture of that height and width."""
    try:
        with Image.open(path) as picture:
            pixels = np.asarray(upright(picture))
    except UNREADABLE as error:
        raise DataError(
            say("{path} cannot be read as a picture ({error}). Replace it, or take it out.", path=path, error=error)
        ) from error
    if pixels.shape[:2] != size:
        raise DataError(
            say(
                "{path} should have {size} pixels (height, width), but has {found}.",
                path=path,
                size=size,
                found=pixels.shape[:2],
            )
        )
    return pixels
