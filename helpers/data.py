"""Loads the course's data, checking every file that ships or is downloaded against its published checksum."""

import gzip
import hashlib
import io
import struct
import zlib

import numpy as np
from PIL import Image

from helpers.errors import DataError, DataUnavailable
from helpers.language import say
from helpers.pictures.cifar10 import CIFAR10_CLASSES, cifar10_facts, cifar10_missing, load_cifar10
from helpers.pictures.files import own_picture
from helpers.pictures.inspection import folder_checksum
from helpers.pictures.sources import cats_and_dogs
from helpers.settings import DATA

__all__ = [
    "CIFAR10_CLASSES",
    "FASHION_MNIST_CLASSES",
    "FASHION_MNIST_CLASSES_KO",
    "DataError",
    "DataUnavailable",
    "cats_and_dogs",
    "cifar10_facts",
    "cifar10_missing",
    "folder_checksum",
    "load_cifar10",
    "load_fashion_mnist",
    "load_mnist",
    "own_picture",
    "sample_image",
]

FASHION_MNIST_CLASSES = tuple(map(say, (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)))  # fmt: skip
FASHION_MNIST_CLASSES_KO = (
    "티셔츠", "바지", "스웨터", "드레스", "코트", "샌들", "셔츠", "스니커즈", "가방", "앵클부츠",
)  # fmt: skip

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
    raise ValueError(say("The sample images are 'cat' and 'temple'; got {name!r}.", name=name))


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
    way_out = say(
        "Get it back with: git checkout -- data/{folder}   (or copy the folder data/{folder} anew)", folder=folder
    )
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(say("{path} is missing. {way_out}", path=path, way_out=way_out)) from None
    expected = CHECKSUMS[folder][name]
    method = "MD5" if len(expected) == 32 else "SHA256"
    found = hashlib.new(method, content, usedforsecurity=False).hexdigest()
    if found != expected:
        raise DataError(
            say(
                "{path} is damaged: its {method} sum should be {expected}, but is {found} ({bytes:,} bytes). {way_out}",
                path=path,
                method=method,
                expected=expected,
                found=found,
                bytes=len(content),
                way_out=way_out,
            )
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
        raise ValueError(say("This is no gzip-compressed IDX file: {error}", error=error)) from error
    if raw[:3] != b"\x00\x00\x08":
        raise ValueError(
            say("Expected an IDX file of uint8 (it starts with 00 00 08), got {found}.", found=raw[:3].hex(" "))
        )
    values = np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * len(shape))
    if values.size != np.prod(shape):
        raise ValueError(
            say("The header says shape {shape}, but {values.size:,} values follow.", shape=shape, values=values)
        )
    return values.reshape(shape).copy()  # a copy, because arrays from frombuffer are read-only
