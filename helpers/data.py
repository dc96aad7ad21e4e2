"""Loads the course's data, checking every file that ships or is downloaded against its published checksum."""

import gzip
import hashlib
import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.errors import DataError, DataUnavailable
from helpers.pictures.files import UNREADABLE, own_picture, picture_files, pictures_below, upright
from helpers.pictures.inspection import folder_checksum
from helpers.pictures.sources import cats_and_dogs
from helpers.settings import DATA, FAST, folder_named

__all__ = [
    "CIFAR10_CLASSES",
    "FASHION_MNIST_CLASSES",
    "FASHION_MNIST_CLASSES_KO",
    "DataError",
    "DataUnavailable",
    "cats_and_dogs",
    "folder_checksum",
    "load_cifar10",
    "load_fashion_mnist",
    "load_mnist",
    "own_picture",
    "sample_image",
]

FASHION_MNIST_CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
FASHION_MNIST_CLASSES_KO = (
    "티셔츠", "바지", "스웨터", "드레스", "코트", "샌들", "셔츠", "스니커즈", "가방", "앵클부츠",
)  # fmt: skip

CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip

CIFAR10_FOLDER = "set CIFAR10_DIR to a folder with cifar10.npz, or with pictures in train/airplane/, ..., test/truck/."

# Sums as published. MD5: https://github.com/zalandoresearch/fashion-mnist (README) for Fashion-MNIST; for MNIST those
# that torchvision.datasets.MNIST lists for the files of http://yann.lecun.com/exdb/mnist/. SHA-256: scikit-image's
# registry of its sample pictures.
CHECKSUMS = {
    "fashion-mnist": {
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    },
    "mnist": {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    },
    "samples": {"cat.png": "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"},
}


def load_mnist():
    """Load the MNIST digits.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: images uint8 in 0..255 of shape (60000, 28, 28) and (10000, 28, 28),
        labels uint8 in 0..9. The same arrays as ``keras.datasets.mnist.load_data()``, without a download.

    Raises:
        DataError: if a file is missing or damaged.

    Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998.
    """
    return _load("mnist")


def load_fashion_mnist():
    """Load the Fashion-MNIST photographs of clothing.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: images uint8 in 0..255 of shape (60000, 28, 28) and (10000, 28, 28),
        labels uint8 in 0..9, an index into `FASHION_MNIST_CLASSES`. The same arrays as
        ``keras.datasets.fashion_mnist.load_data()``, without a download.

    Raises:
        DataError: if a file is missing or damaged.

    Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST", arXiv:1708.07747, 2017.
    """
    return _load("fashion-mnist")


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
        return tuple(_pictures_by_class(folder / part, CIFAR10_CLASSES) for part in ("train", "test"))
    if FAST and (reason := cifar10_missing()):
        raise DataUnavailable(reason)
    from helpers.environment import keras  # here, so that programs that only look for data do not wait for Keras

    try:
        return keras.datasets.cifar10.load_data()
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise DataUnavailable(
            f"CIFAR-10 could not be downloaded ({error}). Connect to the internet and try again, or {CIFAR10_FOLDER}"
        ) from error


def cifar10_missing() -> str:
    """Say why CIFAR-10 cannot be had without a download, and what to do; empty if it can."""
    # Where keras.utils.get_file keeps what keras.datasets.cifar10 downloaded.
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    if os.environ.get("CIFAR10_DIR") or (home / "datasets" / "cifar-10-batches-py-target_archive").exists():
        return ""
    return (
        "CIFAR-10 is not here, and fast mode downloads nothing. To download it once (170 MB): .venv/bin/python -c "
        f"'from helpers.data import load_cifar10; load_cifar10()'   or {CIFAR10_FOLDER}"
    )


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
            raise DataError(f"CIFAR10_DIR should name a folder; there is no folder {folder}.")
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
        raise DataError(f"{path} does not hold x_{part} and y_{part} ({error}). Replace it, or take it out.") from error
    if images.shape != (len(labels), 32, 32, 3) or images.dtype != np.uint8:
        raise DataError(
            f"{path}: x_{part} should be uint8 of shape ({len(labels)}, 32, 32, 3), but is {images.dtype} of "
            f"shape {images.shape}."
        )
    return images, labels.astype(np.uint8)


def _pictures_by_class(folder: Path, classes: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of 32x32 pixels and their labels, in the order of class and file name."""
    pictures, labels = [], []
    for label, name in enumerate(classes):
        paths = picture_files(folder / name) if (folder / name).is_dir() else []
        if not paths:
            raise DataError(
                f"{folder / name} holds no picture. Expected a folder with pictures for each of: {classes}."
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
        raise DataError(f"{path} cannot be read as a picture ({error}). Replace it, or take it out.") from error
    if pixels.shape[:2] != size:
        raise DataError(f"{path} should have {size} pixels (height, width), but has {pixels.shape[:2]}.")
    return pixels


def sample_image(name: str) -> np.ndarray:
    """Load a colour photograph to try filters and networks on.

    Args:
        name: ``"cat"`` (Chelsea, 300x451, CC0 by Stefan van der Walt, from scikit-image) or ``"temple"``
            (``china.jpg`` of scikit-learn, 427x640).

    Returns:
        uint8 in 0..255, (H, W, 3).

    Raises:
        ValueError: for another name.
        DataError: if the file is missing or damaged.
    """
    if name == "cat":
        with Image.open(io.BytesIO(_verified("samples", "cat.png"))) as picture:
            return np.asarray(picture.convert("RGB")).copy()
    if name == "temple":
        from sklearn.datasets import load_sample_image  # large, and nothing else here needs it

        return load_sample_image("china.jpg").copy()
    raise ValueError(f"The sample images are 'cat' and 'temple'; got {name!r}.")


def _load(dataset: str):
    """Both halves of a data set: (images, labels) for training, then for testing."""
    return tuple(
        (
            read_idx(_verified(dataset, f"{part}-images-idx3-ubyte.gz")),
            read_idx(_verified(dataset, f"{part}-labels-idx1-ubyte.gz")),
        )
        for part in ("train", "t10k")
    )


def _verified(folder: str, name: str) -> bytes:
    """Content of a shipped file, once its checksum is the published one."""
    path = DATA / folder / name
    way_out = f"Get it back with: git checkout -- data/{folder}   (or copy the folder data/{folder} anew)"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path} is missing. {way_out}") from None
    expected = CHECKSUMS[folder][name]
    method = "MD5" if len(expected) == 32 else "SHA256"
    found = hashlib.new(method, content, usedforsecurity=False).hexdigest()
    if found != expected:
        raise DataError(
            f"{path} is damaged: its {method} sum should be {expected}, but is {found} ({len(content):,} bytes). "
            f"{way_out}"
        )
    return content


def read_idx(content: bytes) -> np.ndarray:
    """Read a gzip-compressed IDX file, the format of MNIST.

    Args:
        content: the bytes of the ``.gz`` file. Inside: two zero bytes, the type (8 is uint8), the number of axes,
            the length of each axis as a big-endian 32-bit integer, then the values.

    Returns:
        A uint8 array with as many axes as the file says.

    Raises:
        ValueError: if the content is no IDX file of uint8, or has not as many values as its header says.
    """
    try:
        raw = gzip.decompress(content)
        shape = struct.unpack_from(f">{raw[3]}I", raw, 4)
    except (OSError, EOFError, zlib.error, IndexError, struct.error) as error:
        raise ValueError(f"This is no gzip-compressed IDX file: {error}") from error
    if raw[:3] != b"\x00\x00\x08":
        raise ValueError(f"Expected an IDX file of uint8 (it starts with 00 00 08), got {raw[:3].hex(' ')}.")
    values = np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * len(shape))
    if values.size != np.prod(shape):
        raise ValueError(f"The header says shape {shape}, but {values.size:,} values follow.")
    return values.reshape(shape).copy()  # a copy, because arrays from frombuffer are read-only
