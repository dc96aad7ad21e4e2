"""The table "your book's line, today's line" of chapter 00: each old line stops, each new one runs."""

import re
import warnings

import keras
import numpy as np
import pytest

from tools.notebooks import SOURCE

LESSON = (SOURCE / "00_start_here.py").read_text(encoding="utf-8")
ROW = re.compile(r"^# \| `([^`|]+)` \| ([^|]+) \| `([^`|]+)` \|$", re.MULTILINE)


def rows(library):
    """Lines of the table under a library's name: the old one, why it stops, the new one."""
    section = LESSON.split("Your book's line, today's line")[1].split("\n# ## ")[0]
    return ROW.findall(re.split(r"\*\*(?:Keras|PyTorch)\*\*\n", section)[["Keras", "PyTorch"].index(library) + 1])


def by_line(found):
    return pytest.mark.parametrize(("old", "why", "new"), found, ids=[old for old, _, _ in found])


def run(line, names):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(line, dict(names))


@pytest.fixture
def names(tmp_path, monkeypatch):
    """What the lines speak of: a network, images, labels, batches, the curves of a training, a folder of images."""
    import tensorflow

    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    x, y = np.zeros((8, 4, 4, 1), "float32"), np.arange(8) % 2
    layers = [keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")]
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    for name in ("cats", "dogs"):
        (tmp_path / "folder" / name).mkdir(parents=True)
        keras.utils.save_img(tmp_path / "folder" / name / "1.png", np.zeros((8, 8, 3)))
    return {
        "keras": keras,
        "tf": tensorflow,
        "np": np,
        "x": x,
        "y": y,
        "model": model,
        "batches": ((x, y) for _ in range(9)),
        "history": model.fit(x, y, verbose=0),
    }


def test_the_table_is_found_and_long_enough():
    assert len(rows("Keras")) >= 15
    assert len(rows("PyTorch")) >= 5


@by_line(rows("Keras"))
def test_a_line_of_keras(old, why, new, names):
    with pytest.raises((AttributeError, ImportError, KeyError, NameError, TypeError, ValueError)):
        run(old, names)
    run(new, names)


def test_what_the_text_says_still_runs(names):
    run(
        "from tensorflow.keras.preprocessing.image import ImageDataGenerator; ImageDataGenerator(rotation_range=40)",
        names,
    )
    run("model.save('network.h5'); keras.models.load_model('network.h5')", names)


@pytest.fixture
def torch_names(tmp_path, monkeypatch):
    """The same for PyTorch, with a file of a whole model and one of weights."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: make pytorch")
    monkeypatch.chdir(tmp_path)
    model, x = torch.nn.Linear(4, 2), torch.zeros(8, 4)
    torch.save(model, "model.pth")
    torch.save(model.state_dict(), "weights.pth")
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, torch.zeros(8)))
    return {"torch": torch, "model": model, "x": x, "loader": loader, "loss": model(x).sum()}


@pytest.mark.packages
@by_line(rows("PyTorch"))
def test_a_line_of_pytorch(old, why, new, torch_names):
    if ".cuda()" in old and torch_names["torch"].cuda.is_available():
        pytest.skip("there is a GPU, and with one the old line runs")
    with pytest.raises(Exception):  # noqa: B017, PT011  PyTorch has errors of its own
        run(old, torch_names)
    run(new, torch_names)


@pytest.mark.packages
def test_what_the_text_says_of_variables(torch_names):
    with pytest.warns(UserWarning, match="volatile was removed"):
        exec("torch.autograd.Variable(x, volatile=True)", torch_names)
