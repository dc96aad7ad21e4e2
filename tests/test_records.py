"""The records of chapter 10, scored again from their files by code that shares nothing with their training."""

import functools
import os

import keras
import numpy as np
import pytest
from PIL import Image

from helpers import data, models
from helpers.training.recipes import as_json
from helpers.training.records import RECORDS
from tools import records as tool

LOADERS = {"fashion-mnist": data.load_fashion_mnist, "mnist": data.load_mnist, "cifar10": data.load_cifar10}


@functools.cache
def judged(name):
    """Pictures in 0..1 and labels that a data set is judged on, or why they are not here."""
    if name == "cats-and-dogs":
        if not os.environ.get("CATS_AND_DOGS_DIR"):
            pytest.skip("set CATS_AND_DOGS_DIR to the folder of the photographs")
        files = sorted((data.cats_and_dogs() / "validation").glob("*/*.jpg"))
        size = models.load("cats_dogs_record").input_shape[1:3]
        pictures = [Image.open(file).convert("RGB").resize(size, Image.Resampling.BILINEAR) for file in files]
        return np.stack(pictures) / np.float32(255), np.array([file.parent.name == "dogs" for file in files], int)
    if name == "cifar10" and (reason := data.cifar10_missing()):
        pytest.skip(reason)
    pictures, labels = LOADERS[name]()[1]
    return pictures.reshape(len(pictures), *pictures.shape[1:3], -1) / np.float32(255), labels.ravel()


def moved(pictures, step):
    """Pictures moved by a pixel down and right (1) or up and left (-1); the border is repeated."""
    places = np.clip(np.arange(pictures.shape[1]) - step, 0, pictures.shape[1] - 1)
    return pictures[:, places][:, :, places]


def score(model, pictures, labels, views):
    """Share that is right: of one view, of two (and the mirror image), or of six (and these moved either way)."""
    shown = [pictures] if views < 6 else [pictures, moved(pictures, 1), moved(pictures, -1)]
    shown = shown if views == 1 else shown + [view[:, :, ::-1] for view in shown]
    answers = sum(model.predict(view, batch_size=250, verbose=0) for view in shown)
    return (answers.argmax(axis=1) == labels).mean()


@pytest.mark.gate
@pytest.mark.parametrize("name", RECORDS)
def test_a_record_scores_what_its_card_says(name):
    card, (pictures, labels) = models.card(name), judged(RECORDS[name].data)
    if name == "cifar10_record" and card["data"]["test_pictures"] != len(labels):
        pytest.skip("this is another copy of CIFAR-10 than that of the card")
    reached = score(models.load(name), pictures, labels, card["views"])
    assert reached == pytest.approx(card.get("test_accuracy", card["validation_accuracy"]), abs=0.001)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_keeps_the_limits_of_its_row(name):
    record, card = RECORDS[name], models.card(name)
    assert card["parameters"] == models.load(name).count_params()
    assert card["parameters"] <= (record.parameters or float("inf"))
    assert card["train_seconds"] <= 60 * record.minutes
    assert card["recipe"] == as_json(record.recipe)
    assert card["views"] == record.views
    assert card["fast"] is False


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_reaches_what_its_row_asks_for(name):
    card = models.card(name)
    assert card.get("test_accuracy", card["validation_accuracy"]) >= RECORDS[name].goal


# The tool


@pytest.fixture
def small(monkeypatch, tmp_path, build):
    """One record of a moment's training on noise; what ships goes to an empty folder."""
    monkeypatch.setattr(tool, "SHIPPED", tmp_path)
    monkeypatch.setattr(tool, "TRIALS", tmp_path / "trials.json")
    made = np.random.default_rng(0).integers(0, 256, (80, 28, 28, 1)).astype("uint8")
    labels = np.arange(80) % 10
    asked = []

    def halves(record, trial):
        asked.append("validation" if trial else "test")
        return made[:60], labels[:60], made[60:], labels[60:]

    monkeypatch.setattr(tool, "halves", halves)
    recipe = tool.replace(RECORDS["mnist_record"].recipe, epochs=1, batch=20)
    record = tool.replace(RECORDS["mnist_record"], recipe=recipe)
    monkeypatch.setitem(tool.RECORDS, "mnist_record", record)
    return asked


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["records", *arguments, "mnist_record"])
    monkeypatch.setattr(tool, "setup", lambda **_: type("Environment", (), {"seed": 42}))
    keras.config.set_dtype_policy("float32")
    tool.main()


@pytest.mark.gate
@pytest.mark.long
def test_no_record_without_a_trial_and_the_test_set_is_asked_once(small, monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match="choose on the validation pictures first"):
        run(monkeypatch)
    assert small == []
    run(monkeypatch, "--trial")
    assert not list(tmp_path.glob("mnist_record.*"))
    run(monkeypatch)
    run(monkeypatch)  # nothing is done again
    assert small == ["validation", "test"]
    card = models.card("mnist_record", tmp_path)
    assert models.load("mnist_record", tmp_path).count_params() == card["parameters"] == 7_659
    assert card["validation_accuracy"] == tool.trials()[-1]["views_1"]


@pytest.mark.gate
@pytest.mark.long
def test_a_trial_of_another_recipe_does_not_count(small, monkeypatch):
    run(monkeypatch, "--trial", "--change", '{"first": 4}')
    assert tool.trials()[-1]["parameters"] < 7_659
    with pytest.raises(SystemExit, match="choose on the validation pictures first"):
        run(monkeypatch)


@pytest.mark.gate
@pytest.mark.long
def test_a_network_that_breaks_its_limits_does_not_ship(small, monkeypatch, tmp_path):
    monkeypatch.setitem(tool.RECORDS, "mnist_record", tool.replace(tool.RECORDS["mnist_record"], parameters=7_000))
    run(monkeypatch, "--trial")
    with pytest.raises(SystemExit, match="7,659 parameters break the limits"):
        run(monkeypatch)
    assert not list(tmp_path.glob("mnist_record.*"))
