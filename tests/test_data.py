"""The data that ships: the published files, read right, and refused when damaged."""

import gzip
import hashlib
import shutil
import struct

import numpy as np
import pytest
from PIL import Image

from helpers import data
from helpers.data import DataError, load_fashion_mnist, load_mnist, read_idx
from helpers.environment import keras
from helpers.pictures import cifar10


@pytest.mark.parametrize("load", [load_mnist, load_fashion_mnist])
def test_arrays_are_as_keras_datasets_gives_them(load):
    (x_train, y_train), (x_test, y_test) = load()
    assert x_train.shape == (60_000, 28, 28)
    assert y_train.shape == (60_000,)
    assert x_test.shape == (10_000, 28, 28)
    assert y_test.shape == (10_000,)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype("uint8")}
    assert (x_train.min(), x_train.max(), y_train.min(), y_train.max()) == (0, 255, 0, 9)


def test_published_facts_of_mnist():
    (_, y_train), (_, y_test) = load_mnist()
    assert y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert y_test[:5].tolist() == [7, 2, 1, 0, 4]
    # Class counts of the training set as Keras's and scikit-learn's copies have them.
    assert np.bincount(y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]


def test_published_facts_of_fashion_mnist():
    (x_train, y_train), (_, y_test) = load_fashion_mnist()
    assert np.bincount(y_train).tolist() == [6000] * 10
    assert np.bincount(y_test).tolist() == [1000] * 10
    assert data.FASHION_MNIST_CLASSES[y_train[0]] == "Ankle boot"
    # Mean and standard deviation that the PyTorch examples normalise Fashion-MNIST with.
    assert x_train.mean() / 255 == pytest.approx(0.2860, abs=1e-4)
    assert x_train.std() / 255 == pytest.approx(0.3530, abs=1e-4)


def test_class_names_in_both_languages():
    assert len(data.FASHION_MNIST_CLASSES) == len(data.FASHION_MNIST_CLASSES_KO) == 10
    assert data.FASHION_MNIST_CLASSES_KO[8] == "가방"


def test_arrays_can_be_written_to():
    (_, _), (x_test, _) = load_mnist()
    x_test[0, 0, 0] = 1


@pytest.fixture
def copy_of_mnist(tmp_path, monkeypatch):
    shutil.copytree(data.DATA / "mnist", tmp_path / "mnist")
    monkeypatch.setattr(data, "DATA", tmp_path)
    return tmp_path / "mnist"


def test_one_changed_byte_is_noticed_with_both_sums_and_the_way_out(copy_of_mnist):
    path = copy_of_mnist / "t10k-labels-idx1-ubyte.gz"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    found = hashlib.md5(content).hexdigest()
    with pytest.raises(DataError) as error:
        load_mnist()
    message = str(error.value)
    assert str(path) in message
    assert "ec29112dd5afa0611ce80d1b7f02629c" in message  # what it should be
    assert f"but is {found}" in message
    assert "git checkout -- data/mnist" in message


def test_a_file_cut_short_is_noticed(copy_of_mnist):
    path = copy_of_mnist / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"train-images.*damaged.*1,000 bytes"):
        load_mnist()


def test_a_missing_file_is_named_with_the_way_out(copy_of_mnist):
    (copy_of_mnist / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte.gz is missing.*git checkout"):
        load_mnist()


def test_sample_images():
    cat, temple = data.sample_image("cat"), data.sample_image("temple")
    assert (cat.shape, temple.shape) == ((300, 451, 3), (427, 640, 3))
    assert cat.dtype == temple.dtype == np.uint8
    assert cat[150, 150].tolist() != cat[0, 0].tolist()
    with pytest.raises(ValueError, match="'cat' and 'temple'; got 'dog'"):
        data.sample_image("dog")


def test_a_damaged_sample_image_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "DATA", tmp_path)
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "cat.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"cat.png is damaged: its SHA256 sum should be 596aa1e7.*10 bytes"):
        data.sample_image("cat")


@pytest.fixture
def cifar10_folder(tmp_path, monkeypatch):
    """Two pictures of each class for training, one for testing; the red of a picture is its label."""
    for part, count in (("train", 2), ("test", 1)):
        for label, name in enumerate(data.CIFAR10_CLASSES):
            (tmp_path / part / name).mkdir(parents=True)
            for number in range(count):
                picture = Image.new("RGB", (32, 32), (label, number, 7))
                picture.save(tmp_path / part / name / f"{number:04}.png")
    monkeypatch.setenv("CIFAR10_DIR", str(tmp_path))
    return tmp_path


def test_cifar10_from_a_folder_of_pictures(cifar10_folder):
    (x_train, y_train), (x_test, y_test) = data.load_cifar10()
    assert (x_train.shape, y_train.shape, x_train.dtype) == ((20, 32, 32, 3), (20, 1), np.uint8)
    assert x_train[:, 0, 0, 0].tolist() == y_train[:, 0].tolist() == sorted([*range(10)] * 2)
    assert (x_test.shape, y_test[:, 0].tolist()) == ((10, 32, 32, 3), [*range(10)])


def test_cifar10_from_an_npz_file(cifar10_folder):
    (x_train, y_train), (x_test, y_test) = data.load_cifar10()
    np.savez(cifar10_folder / "cifar10.npz", x_train=x_train + 1, y_train=y_train, x_test=x_test, y_test=y_test)
    assert np.array_equal(data.load_cifar10()[0][0], x_train + 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no zip", "does not hold x_train"),
        ({"x_train": np.zeros(3)}, "does not hold x_train and y_train"),
        ({"x_train": np.zeros((2, 8, 8, 3)), "y_train": np.zeros(2)}, r"uint8 of shape \(2, 32, 32, 3\).*float64"),
    ],
)
def test_a_wrong_cifar10_file_is_named(cifar10_folder, content, message):
    path = cifar10_folder / "cifar10.npz"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.savez(path, **content)
    with pytest.raises(DataError, match=message):
        data.load_cifar10()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: shutil.rmtree(folder / "test" / "dog"), r"test/dog holds no picture.*airplane"),
        (lambda folder: (folder / "train" / "cat" / "0000.png").write_text("x"), r"cat/0000.png cannot be read"),
        (
            lambda folder: Image.new("RGB", (9, 32)).save(folder / "train" / "cat" / "0001.png"),
            r"cat/0001.png should have \(32, 32\) pixels .*has \(32, 9\)",
        ),
    ],
)
def test_a_wrong_cifar10_folder_is_named(cifar10_folder, spoil, message):
    spoil(cifar10_folder)
    with pytest.raises(DataError, match=message):
        data.load_cifar10()


def test_without_cifar10_the_way_out_is_told(monkeypatch):
    def no_network():
        raise Exception("URL fetch failure")

    monkeypatch.delenv("CIFAR10_DIR", raising=False)
    monkeypatch.setattr(cifar10, "FAST", False)
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", no_network)
    with pytest.raises(data.DataUnavailable, match=r"URL fetch failure.*CIFAR10_DIR"):
        data.load_cifar10()


def test_fast_mode_downloads_no_cifar10_but_uses_an_earlier_download(monkeypatch, tmp_path):
    monkeypatch.delenv("CIFAR10_DIR", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(cifar10, "FAST", True)
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: "loaded")
    with pytest.raises(data.DataUnavailable, match=r"fast mode downloads nothing.*CIFAR10_DIR"):
        data.load_cifar10()
    (tmp_path / "datasets" / "cifar-10-batches-py-target_archive").mkdir(parents=True)
    assert data.cifar10_missing() == ""
    assert data.load_cifar10() == "loaded"


def test_keras_keeps_cifar10_where_we_look_for_it(monkeypatch):
    """If a new version of Keras stored it elsewhere, fast mode would not find an earlier download."""
    asked = {}

    def get_file(**arguments):
        asked.update(arguments)
        raise InterruptedError

    monkeypatch.setitem(keras.datasets.cifar10.load_data.__globals__, "get_file", get_file)
    with pytest.raises(InterruptedError):
        keras.datasets.cifar10.load_data()
    assert asked["extract"]
    assert asked["fname"] == "cifar-10-batches-py-target"


def test_the_facts_on_a_copy_of_cifar10(cifar10_folder, monkeypatch):
    pictures = data.load_cifar10()[1][0]
    facts = data.cifar10_facts(pictures)
    assert (facts["name"], facts["edition"], facts["test_pictures"]) == ("cifar10", "another copy", 10)
    changed = pictures.copy()
    changed[3, 1, 2, 0] += 1
    assert data.cifar10_facts(changed)["checksums"] != facts["checksums"]
    Image.new("RGB", (32, 32)).save(cifar10_folder / "test" / "dog" / "0000.jpg")
    assert data.cifar10_facts(pictures)["edition"] == "JPEG copies"
    monkeypatch.setenv("CIFAR10_DIR", str(cifar10_folder / "typo"))
    with pytest.raises(DataError, match=r"no folder .*typo"):
        data.cifar10_facts(pictures)
    monkeypatch.delenv("CIFAR10_DIR")
    assert data.cifar10_facts(pictures)["edition"] == "as published"


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4)])
def test_idx_round_trip(shape):
    values = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    header = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
    assert np.array_equal(read_idx(gzip.compress(header + values.tobytes(), mtime=0)), values)


def test_idx_of_another_type_is_refused():
    with pytest.raises(ValueError, match="00 00 0d"):
        read_idx(gzip.compress(bytes([0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 0]), mtime=0))


@pytest.mark.parametrize(
    "content", [b"", b"text", gzip.compress(b"\0", mtime=0), gzip.compress(b"\0\0\x08\x03\0\0", mtime=0)]
)
def test_what_is_no_idx_file_is_refused(content):
    with pytest.raises(ValueError, match=r"no gzip-compressed IDX file"):
        read_idx(content)


@pytest.mark.parametrize("announced", [1, 5])
def test_idx_with_too_few_or_too_many_values_is_refused(announced):
    with pytest.raises(ValueError, match=rf"\({announced},\), but 2 values"):
        read_idx(gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, announced, 1, 2]), mtime=0))
