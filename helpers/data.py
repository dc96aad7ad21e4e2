"""Loads the data that ships with the course, checking every file against its published checksum."""

import gzip
import hashlib

import numpy as np

from helpers.environment import ROOT

DATA = ROOT / "data"

FASHION_MNIST_CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
FASHION_MNIST_CLASSES_KO = (
    "티셔츠", "바지", "스웨터", "드레스", "코트", "샌들", "셔츠", "스니커즈", "가방", "앵클부츠",
)  # fmt: skip

# MD5 sums as published: https://github.com/zalandoresearch/fashion-mnist (README) for Fashion-MNIST; for MNIST those
# that torchvision.datasets.MNIST lists for the files of http://yann.lecun.com/exdb/mnist/.
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
}


class DataError(Exception):
    """A data file is missing or damaged. The message names it and says what to do."""


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


def _load(dataset: str):
    """Both halves of a data set: (images, labels) for training, then for testing."""
    return tuple(
        (
            read_idx(_verified(dataset, f"{part}-images-idx3-ubyte.gz")),
            read_idx(_verified(dataset, f"{part}-labels-idx1-ubyte.gz")),
        )
        for part in ("train", "t10k")
    )


def _verified(dataset: str, name: str) -> bytes:
    """Content of a shipped file, once its MD5 sum is the published one."""
    path = DATA / dataset / name
    way_out = f"Get it back with: git checkout -- data/{dataset}   (or copy the folder data/{dataset} anew)"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path} is missing. {way_out}") from None
    expected = CHECKSUMS[dataset][name]
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != expected:
        raise DataError(
            f"{path} is damaged: its MD5 sum should be {expected}, but is {found} ({len(content):,} bytes). {way_out}"
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
    raw = gzip.decompress(content)
    if raw[:3] != b"\x00\x00\x08":
        raise ValueError(f"Expected an IDX file of uint8 (it starts with 00 00 08), got {raw[:3].hex(' ')}.")
    axes = raw[3]
    shape = tuple(np.frombuffer(raw, dtype=">u4", count=axes, offset=4).tolist())
    values = np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * axes)
    if values.size != np.prod(shape):
        raise ValueError(f"The header says shape {shape}, but {values.size:,} values follow.")
    return values.reshape(shape).copy()  # a copy, because arrays from frombuffer are read-only
