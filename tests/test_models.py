"""Checkpoints and their cards: kept whole, refused when damaged, and worth what the card says."""

import functools
import json
import os
import shutil
import sys
import threading
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from test_interpret import MAPS

from helpers import data, models
from helpers.backend import storage
from helpers.environment import keras
from helpers.pictures.shelters import shelter_pictures
from helpers.training.augmentation import RandomAffine
from helpers.training.records import RECORDS

SHIPPED = sorted(path.stem for path in models.SHIPPED.glob("*.keras"))
TRAINED_HERE = [name for name in SHIPPED if "origin" not in models.card(name)]
OF_CHAPTER_10 = sorted(RECORDS)  # scored in test_records.py
FACTS = {
    "name", "sha256", "parameters", "keras", "backend", "precision", "device", "fast", "data", "notebook", "seed",
    "epochs", "best_epoch", "train_seconds", "validation_accuracy", "seeds",
}  # fmt: skip


LOADERS = {"fashion-mnist": data.load_fashion_mnist, "mnist": data.load_mnist}
WITH_TEST_SET = [
    name for name in SHIPPED if "test_accuracy" in models.card(name) and name not in ("cifar10_cnn", *OF_CHAPTER_10)
]
ON_FOLDERS = [name for name in SHIPPED if "drawn_accuracy" in models.card(name)]
ON_PHOTOGRAPHS = [name for name in ON_FOLDERS if not name.endswith("_drawn")]


@functools.cache
def held_out(name):
    """Pictures as networks take them, and labels, of a data set that ships."""
    _, (pictures, labels) = LOADERS[name]()
    return pictures[..., np.newaxis].astype("float32") / 255, labels


@functools.cache
def cifar10():
    """The test half of the copy of CIFAR-10 on this machine."""
    if reason := data.cifar10_missing():
        pytest.skip(reason)
    return data.load_cifar10()[1]


def cifar10_test_set(card):
    """Pictures as networks take them, and labels, if this is the copy of CIFAR-10 that the card speaks of."""
    pictures, labels = cifar10()
    if data.cifar10_facts(pictures)["checksums"] != card["data"]["checksums"]:
        pytest.skip("this is another copy of CIFAR-10 than that of the card; their scores cannot be compared")
    return pictures.astype("float32") / 255, labels.ravel()


def test_the_networks_of_the_course_are_shipped():
    expected = {
        "mnist_dense": 407_050,
        "mnist_two_convolutions": 1_199_882,
        "mnist_two_convolutions_moved": 1_199_882,
        "mnist_small": 93_322,
        "mnist_lenet5": 61_706,
        "mnist_lenet5_padded": 545_546,
        "fashion_cnn": 333_526,
        "fashion_conv_conv_pool": 1_625_866,
        "fashion_dense": 101_770,
        "fashion_global_pooling": 93_962,
        "fashion_conv_pool": 63_050,
        "fashion_two_filters": 3_950,
        "fashion_no_convolution": 7_850,
        "cifar10_cnn": 2_168_362,
        "cats_dogs_plain": 3_453_121,
        "cats_dogs_augmented": 3_453_121,
        "cats_dogs_plain_drawn": 3_453_121,
        "cats_dogs_augmented_drawn": 3_453_121,
        "pets_two_shelters": 233_665,
        "efficientnet_lite0": 4_694_024,
        "cats_dogs_head": 1_281,
    }
    assert {name: models.load(name).count_params() for name in expected} == expected


@functools.cache
def validation_pictures(folder):
    """Pictures of cats and dogs as networks take them, and labels (1 is a dog)."""
    batches = keras.utils.image_dataset_from_directory(
        folder / "validation", label_mode="binary", image_size=(150, 150), shuffle=False, verbose=False
    )
    pictures, labels = zip(*[(x.numpy().astype("uint8"), y.numpy()) for x, y in batches], strict=True)
    return np.concatenate(pictures).astype("float32") / 255, np.concatenate(labels).ravel()


@pytest.mark.gate
@pytest.mark.parametrize("name", ON_FOLDERS)
def test_a_network_of_cats_and_dogs_scores_what_its_card_says_on_drawn_pictures(name):
    """These are always to be had, so a damaged or mistaken network is noticed wherever the tests run."""
    pictures, labels = validation_pictures(data.cats_and_dogs("drawn"))
    predicted = models.load(name).predict(pictures, verbose=0).ravel() > 0.5
    assert (predicted == labels).mean() == pytest.approx(models.card(name)["drawn_accuracy"], abs=0.005)


@pytest.mark.parametrize("name", ON_PHOTOGRAPHS)
def test_a_network_of_cats_and_dogs_scores_what_its_card_says_on_the_photographs(name):
    card = models.card(name)
    folder = data.cats_and_dogs() if os.environ.get("CATS_AND_DOGS_DIR") else None
    if folder is None or data.folder_checksum(folder) != card["data"]["checksums"]["all pictures"]:
        pytest.skip("the photographs that it was trained on are not here: set CATS_AND_DOGS_DIR to their folder")
    pictures, labels = validation_pictures(folder)
    predicted = models.load(name).predict(pictures, verbose=0).ravel() > 0.5
    assert (predicted == labels).mean() == pytest.approx(card["validation_accuracy"], abs=0.002)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.gate] * (name != "fashion_cnn")) for name in WITH_TEST_SET]
)
def test_a_shipped_network_scores_what_its_card_says(name):
    card = models.card(name)
    pictures, labels = held_out(card["data"]["name"])
    predicted = models.load(name).predict(pictures, batch_size=500, verbose=0).argmax(axis=1)
    assert (predicted == labels).mean() == pytest.approx(card["test_accuracy"], abs=0.001)


def test_every_card_is_complete_from_a_full_run_and_names_its_data():
    for name in TRAINED_HERE:
        card = models.card(name)
        assert card["fast"] is False, name
        if name in OF_CHAPTER_10:  # trained once, because the test set is opened once; its ladder has three seeds
            assert set(card) >= FACTS - {"seeds"}, name
            continue
        assert set(card) >= FACTS, name
        own = card["seeds"][str(card["seed"])]
        assert own["validation_accuracy"] == card["validation_accuracy"], name
        assert own.get("test_accuracy") == card.get("test_accuracy"), name
        if name in WITH_TEST_SET:
            assert card["data"]["checksums"] == data.CHECKSUMS[card["data"]["name"]], name
        if name in ON_FOLDERS:
            assert card["data"]["name"].startswith("drawn") == name.endswith("_drawn"), name
        if name.endswith("_drawn"):  # judged on the same pictures twice: after an epoch, and in the end
            assert card["validation_accuracy"] == pytest.approx(card["drawn_accuracy"], abs=0.005), name


def test_more_pictures_are_worth_more():
    """What chapter 06 says of its figure, and shows in fast mode from these cards."""
    for name in ("cats_dogs_plain", "cats_dogs_plain_drawn"):
        by_size = {int(count): accuracy for count, accuracy in models.card(name)["by_size"].items()}
        assert list(by_size) == [250, 500, 1000, 2000]
        assert list(by_size.values()) == sorted(by_size.values())


def test_the_network_of_cifar10_scores_what_its_card_says():
    card = models.card("cifar10_cnn")
    pictures, labels = cifar10_test_set(card)
    predicted = models.load("cifar10_cnn").predict(pictures, batch_size=500, verbose=0).argmax(axis=1)
    assert (predicted == labels).mean() == pytest.approx(card["test_accuracy"], abs=0.0015)


@pytest.mark.parametrize("name", ["cifar10_cnn", "pytorch_cifar10_cnn"])
def test_a_card_of_cifar10_names_the_copy_and_reaches_what_the_course_promises(name):
    card = models.card(name)
    assert {"name", "edition", "test_pictures", "checksums"} == set(card["data"])
    assert (card["data"]["edition"], card["data"]["test_pictures"]) == ("JPEG copies", 8_000)
    assert card["test_accuracy"] >= 0.75


def test_every_network_is_scored_by_one_of_these_tests():
    elsewhere = ["efficientnet_lite0", "cats_dogs_head"]  # in test_efficientnet.py
    assert (
        sorted([*WITH_TEST_SET, *ON_FOLDERS, *OF_CHAPTER_10, "pets_two_shelters", "cifar10_cnn", *elsewhere]) == SHIPPED
    )


@pytest.mark.gate
def test_the_network_of_the_two_shelters_learned_the_stamp_and_not_the_animal():
    model, card = models.load("pets_two_shelters"), models.card("pets_two_shelters")
    seed = card["data"]["seeds"]["validation"]
    scores = {}
    for stamp in ("dogs", "none", "cats"):
        pictures, labels = shelter_pictures(100, seed, stamp)
        scores[stamp] = ((model.predict(pictures, verbose=0)[:, 0] > 0.5) == labels).mean()
    assert scores["dogs"] == pytest.approx(card["validation_accuracy"], abs=0.01)
    assert scores["none"] == pytest.approx(card["unstamped_accuracy"], abs=0.01)
    assert scores["dogs"] >= 0.95
    assert scores["none"] <= 0.6
    assert scores["cats"] <= 0.1


@pytest.mark.gate
def test_the_heat_maps_of_that_network_point_at_the_stamp():
    """Chance: the stamp's corner, 30 by 30 of 150 by 150 pixels, would hold 4 % of each map."""
    pictures, labels = shelter_pictures(12, seed=7)
    dogs = pictures[labels == 1]
    model = models.load("pets_two_shelters")
    for name, heat_map in MAPS.items():
        mean = heat_map(model, dogs, class_index=1).mean(axis=0)
        row, column = np.unravel_index(mean.argmax(), mean.shape)
        assert min(row, column) >= 120, name
        assert mean[120:, 120:].sum() > 2 * 0.04 * mean.sum(), name


def test_augmentation_and_dropout_close_the_gap():
    plain, augmented = models.card("cats_dogs_plain"), models.card("cats_dogs_augmented")
    assert plain["validation_accuracy"] >= 0.70
    assert augmented["validation_accuracy"] >= 0.80
    augmented, plain = (models.card(f"cats_dogs_{kind}_drawn") for kind in ("augmented", "plain"))
    assert augmented["validation_accuracy"] - plain["validation_accuracy"] > 0.03


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_network_is_float32_without_optimizer(name):
    model = models.load(name)
    assert {layer.dtype_policy.name for layer in model._flatten_layers(include_self=False)} == {"float32"}
    assert not model.compiled
    # Four bytes a weight, and the plan of each layer: an optimizer's state would triple the weights.
    plan = 20_000 + 2_500 * len(model.weights)
    assert (models.SHIPPED / f"{name}.keras").stat().st_size < 4 * model.count_params() + plan


@pytest.mark.parametrize("name", ["fashion_cnn", "mnist_two_convolutions", "mnist_two_convolutions_moved"])
def test_main_networks_have_figures_of_three_seeds_or_more(name):
    assert len(models.card(name)["seeds"]) >= 3


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("fashion_cnn", 0.910),
        ("fashion_conv_conv_pool", 0.918),
        ("fashion_dense", 0.880),
        ("fashion_global_pooling", 0.905),
        ("fashion_conv_pool", 0.893),
        ("fashion_two_filters", 0.852),
        ("mnist_dense", 0.980),
        ("mnist_two_convolutions", 0.990),
        ("mnist_two_convolutions_moved", 0.992),
        ("mnist_small", 0.989),
        ("mnist_lenet5", 0.988),
        ("mnist_lenet5_padded", 0.988),
    ],
)
def test_accuracy_reaches_what_the_course_promises(name, least):
    assert models.card(name)["test_accuracy"] >= least


@pytest.mark.parametrize(("name", "least"), [("mnist_dense", 0.9821), ("mnist_two_convolutions_moved", 0.9928)])
def test_the_digits_reach_what_books_report_as_a_mean_over_seeds(name, least):
    reached = [run["test_accuracy"] for run in models.card(name)["seeds"].values()]
    assert len(reached) >= 3
    assert sum(reached) / len(reached) >= least


def test_shuffled_pixels_trouble_the_convolutional_network_only():
    dense, convolutional = models.card("mnist_dense"), models.card("mnist_small")
    assert abs(dense["test_accuracy"] - dense["shuffled_test_accuracy"]) <= 0.005
    assert convolutional["test_accuracy"] - convolutional["shuffled_test_accuracy"] >= 0.01


def test_saved_and_loaded_a_network_predicts_the_same(tiny, build):
    images = np.random.default_rng(0).random((3, 8, 8, 1)).astype("float32")
    path = models.save(tiny, "mine", dataset="mnist", notebook="x", seed=1, test_accuracy=np.float32(0.5))
    assert path == models.own_folder() / "mine.keras"
    assert path.is_relative_to(build)
    loaded = models.load("mine")
    np.testing.assert_array_equal(loaded.predict(images, verbose=0), tiny.predict(images, verbose=0))
    card = models.card("mine")
    assert card["parameters"] == tiny.count_params()
    assert card["data"] == {"name": "mnist", "checksums": data.CHECKSUMS["mnist"]}
    assert card["test_accuracy"] == 0.5
    assert sorted(p.name for p in path.parent.iterdir()) == ["mine.json", "mine.keras"]  # no drafts left


def test_a_folder_of_pictures_is_named_with_its_checksum(tiny, build, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"a")
    models.save(tiny, "mine", dataset=folder)
    sums = {"all pictures": data.folder_checksum(folder)}
    assert models.card("mine")["data"] == {"name": "pictures", "checksums": sums}
    with pytest.raises(data.DataError, match="should hold pictures"):
        models.save(tiny, "other", dataset=tmp_path / "typo")
    assert not (models.own_folder() / "other.keras").exists()


def test_whatever_trained_it_the_copy_is_float32(build):
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, dtype="mixed_bfloat16")])
    model = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(3, dtype="mixed_bfloat16")])
    model.compile(optimizer="adam", loss="mse")
    models.save(model, "mixed")
    copy = models.load("mixed")
    assert {layer.compute_dtype for layer in copy._flatten_layers(include_self=False)} == {"float32"}
    assert not copy.compiled
    for ours, theirs in zip(copy.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2**-8)


def test_the_copy_of_a_network_in_bfloat16_holds_the_kernels_that_it_computed_with(build):
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.Sequential([keras.Input((6,)), keras.layers.Dense(5, dtype="mixed_bfloat16")]),
            keras.layers.Dense(1, dtype="float32"),
        ]
    )
    inner, last = model.layers
    inner.layers[0].bias.assign(np.linspace(0.1, 0.3, 5))
    models.save(model, "half")
    copied_inner, copied_last = models.load("half").layers
    kernel = copied_inner.layers[0].kernel.numpy()
    assert not (kernel.view(np.uint32) & 0xFFFF).any()  # the lower half of every number is empty
    np.testing.assert_array_equal(kernel, keras.ops.cast(inner.layers[0].kernel, "bfloat16").numpy().astype("float32"))
    np.testing.assert_array_equal(copied_inner.layers[0].bias, inner.layers[0].bias)
    np.testing.assert_array_equal(copied_last.kernel, last.kernel)  # this layer computes in float32


class Plus(keras.layers.Layer):
    """A layer of one's own, not registered."""

    def call(self, values):
        return values + 1


class Times(keras.layers.Layer):
    """A layer with a setting that Keras cannot write down."""

    def __init__(self, factor, **settings):
        super().__init__(**settings)
        self.factor = factor

    def call(self, values):
        return values * self.factor()


PICTURES = np.random.default_rng(0).random((3, 12, 12, 3)).astype("float32")


def convnet(*first):
    layers = [*first, keras.layers.Conv2D(4, 3), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)]
    return keras.Sequential([keras.Input((12, 12, 3)), *layers])


@pytest.mark.parametrize("first", [
    lambda: keras.layers.Lambda(lambda x: x * 2),
    Plus,
    lambda: keras.Sequential([keras.layers.RandomFlip(seed=1), RandomAffine(rotation=9, seed=3)]),
    lambda: keras.layers.TimeDistributed(keras.layers.Dense(4)),
    lambda: keras.layers.SpectralNormalization(keras.layers.Conv2D(3, 1)),
])  # fmt: skip
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_what_comes_back_is_what_went_in(first, policy, build, monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "Plus", Plus, raising=False)  # as in a notebook
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = convnet(first())
    finally:
        keras.config.set_dtype_policy(before)
    models.save(model, "mine")
    loaded = models.load("mine", models.own_folder())
    right = np.asarray(model.predict(PICTURES, verbose=0), "float32")
    np.testing.assert_allclose(loaded.predict(PICTURES, verbose=0), right, atol=1e-5 if policy == "float32" else 0.05)
    for layer in loaded._flatten_layers():
        assert layer.compute_dtype == "float32", layer.name


def test_augmentation_comes_back_with_its_seed(build):
    model = convnet(RandomAffine(rotation=30, shift=0.2, flip=True, seed=7))
    models.save(model, "mine")
    first = [net.layers[0](PICTURES, training=True) for net in (model, models.load("mine", models.own_folder()))]
    np.testing.assert_allclose(*first, atol=1e-6)


def test_a_class_that_the_notebook_does_not_know_is_named(build):
    models.save(convnet(Plus()), "mine")
    with pytest.raises(models.CheckpointError, match=r"locate class 'Plus'\. .* run the cell that defines"):
        models.load("mine", models.own_folder())


def test_code_from_elsewhere_is_not_run(build, tmp_path):
    path = models.save(convnet(keras.layers.Lambda(lambda x: x)), "mine")
    for file in (path, path.with_suffix(".json")):
        shutil.copy(file, tmp_path / file.name)
    with pytest.raises(models.CheckpointError, match="Lambda"):
        models.load("mine", tmp_path)


class Subclassed(keras.Model):
    def call(self, values):
        return values


@pytest.mark.parametrize(("model", "message"), [
    (Subclassed(), "Only Sequential or functional models.*this is a Subclassed"),
    (keras.Sequential([keras.layers.Dense(2)]), r"does not know its input shape: begin it with keras\.Input"),
    (convnet(Times(lambda: 3)), "layer of your own needs get_config, which returns what its __init__ takes"),
    (7, "this is a int"),
])  # fmt: skip
def test_what_cannot_be_saved_is_said_before_the_training(model, message, build):
    for ask in (models.check_savable, lambda model: models.save(model, "mine")):
        with pytest.raises(ValueError, match=message):
            ask(model)
    assert not models.own_folder().exists() or not list(models.own_folder().iterdir())


def test_a_card_takes_all_that_was_measured(tiny, build):
    path = models.save(tiny, "mine", history={"loss": [np.float32(1), float("nan")]}, labels=np.arange(3), folder=build,
                       best=np.inf, kinds=("cat", "dog"), sure=np.bool_(True), tensor=keras.ops.ones(2))  # fmt: skip
    text = path.with_suffix(".json").read_text(encoding="utf-8")
    card = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert card["history"] == {"loss": [1, None]}
    assert (card["labels"], card["best"], card["kinds"]) == ([0, 1, 2], None, ["cat", "dog"])
    assert (card["folder"], card["sure"], card["tensor"]) == (str(build), True, [1, 1])
    with pytest.raises(ValueError, match="The card says parameters, sha256 by itself"):
        models.save(tiny, "mine", sha256="0" * 64, parameters=3)
    with pytest.raises(ValueError, match="The card says data by itself"):
        models.save(tiny, "mine", dataset="mnist", data={"name": "another"})
    assert (
        json.loads(models.save(tiny, "mine", data={"name": "own"}).with_suffix(".json").read_text())["data"]["name"]
        == "own"
    )


def test_a_reader_beside_a_writer_sees_a_pair(tiny, build):
    models.save(tiny, "mine", turn=0)
    done = threading.Event()

    def write():
        for turn in range(1, 15):
            models.save(tiny, "mine", turn=turn)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        models.checked_path("mine", ".keras", models.own_folder())
    writer.join()
    assert models.card("mine", models.own_folder())["turn"] == 14


def test_a_pair_that_does_not_fit_is_looked_at_again(tiny, build, monkeypatch):
    path = models.save(tiny, "mine")
    whole = path.read_bytes()
    path.write_bytes(b"the new network, whose card is not written yet")
    monkeypatch.setattr(models, "time", SimpleNamespace(sleep=lambda seconds: path.write_bytes(whole)))
    assert models.checked_path("mine", ".keras", path.parent) == path


def test_the_card_names_the_precision_of_training_not_that_of_the_moment(build):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, dtype="mixed_bfloat16")])
    models.save(model, "mixed")
    assert models.card("mixed")["precision"] == "mixed_bfloat16"


@pytest.mark.parametrize("fast", [True, False])
def test_a_run_never_touches_the_shipped_networks(tiny, build, monkeypatch, fast):
    monkeypatch.setattr(models, "FAST", fast)
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in models.SHIPPED.iterdir()}
    models.save(tiny, "fashion_cnn")
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in models.SHIPPED.iterdir()} == before
    assert models.card("fashion_cnn", models.own_folder())["fast"] is fast
    assert models.card("fashion_cnn")["parameters"] == 333_526  # loading prefers the shipped one


def test_a_fast_run_does_not_replace_your_own_full_one(tiny, build, monkeypatch):
    monkeypatch.setattr(models, "FAST", False)
    models.save(tiny, "mine", seed=1)
    monkeypatch.setattr(models, "FAST", True)
    models.save(tiny, "mine", seed=2)
    assert models.card("mine", models.own_folder())["seed"] == 2
    monkeypatch.setattr(models, "FAST", False)
    assert models.card("mine", models.own_folder())["seed"] == 1


@pytest.mark.parametrize("layer", [
    keras.layers.Conv2D(2, 3), keras.layers.SeparableConv2D(2, 3), keras.layers.Dense(2, kernel_regularizer="l2"),
    keras.layers.BatchNormalization(), keras.layers.RandomRotation(0.1), keras.layers.Rescaling(1 / 255),
    keras.layers.MaxPooling2D(2), keras.layers.Dropout(0.5), keras.layers.GlobalAveragePooling2D(),
], ids=lambda layer: layer.name)  # fmt: skip
def test_what_is_left_out_of_a_file_is_the_default(layer):
    whole = keras.saving.serialize_keras_object(layer)
    short = storage.portable(whole)
    assert keras.saving.deserialize_keras_object(short).get_config() == layer.get_config()
    assert json.dumps(short).count("null") <= json.dumps(whole).count("null")


@keras.saving.register_keras_serializable("test")
class Scale(keras.layers.Layer):
    """A layer in which None is a choice, and not what it does by default."""

    def __init__(self, by=2.0, note=None, **settings):
        super().__init__(**settings)
        self.by, self.note = by, note

    def get_config(self):
        return super().get_config() | {"by": self.by, "note": self.note}


def test_none_that_was_chosen_stays_in_the_file():
    short = storage.portable(keras.saving.serialize_keras_object(Scale(by=None)))
    assert short["config"]["by"] is None
    assert "note" not in short["config"]
    assert keras.saving.deserialize_keras_object(short).by is None


def test_a_saved_file_names_no_argument_that_is_none_by_default(tiny, build):
    path = models.save(tiny, "mine")
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    assert storage.portable(config) == config
    assert "kernel_constraint" in tiny.layers[0].get_config()  # None, and None by default
    assert "kernel_constraint" not in config["config"]["layers"][1]["config"]
    assert sorted(p.name for p in path.parent.iterdir()) == ["mine.json", "mine.keras"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_names_no_argument_that_is_none_by_default(name):
    with zipfile.ZipFile(models.SHIPPED / f"{name}.keras") as archive:
        config = json.loads(archive.read("config.json"))
    assert storage.portable(config) == config


@pytest.mark.parametrize("step", ["_sha256", "write_json"])
def test_an_interrupted_save_leaves_the_old_pair(tiny, build, monkeypatch, step):
    path = models.save(tiny, "mine", seed=1)

    def full_disk(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(models, step, full_disk)
    with pytest.raises(OSError, match="No space"):
        models.save(tiny, "mine", seed=2)
    monkeypatch.undo()
    assert models.card("mine", path.parent)["seed"] == 1
    assert models.load("mine", path.parent).count_params() == tiny.count_params()
    assert sorted(p.name for p in path.parent.iterdir()) == ["mine.json", "mine.keras"]  # no drafts left


def test_a_damaged_checkpoint_is_refused(tiny, build):
    path = models.save(tiny, "mine")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(models.CheckpointError, match=r"mine.keras is damaged.*SHA-256.*Run the chapter"):
        models.load("mine")


def test_a_damaged_card_is_refused(tiny, build):
    path = models.save(tiny, "mine")
    path.with_suffix(".json").write_text('{"name": "mi')
    with pytest.raises(models.CheckpointError, match=r"mine.json is damaged"):
        models.load("mine")


def test_a_damaged_shipped_checkpoint_comes_back_with_git(tiny, build, monkeypatch):
    path = models.save(tiny, "mine")
    monkeypatch.setattr(models, "SHIPPED", path.parent)
    path.write_bytes(b"")
    with pytest.raises(models.CheckpointError, match=r"git checkout -- models/mine.keras models/mine.json"):
        models.load("mine")


def test_an_unknown_name_lists_those_there_are(tiny, build):
    models.save(tiny, "mine")
    with pytest.raises(models.CheckpointError, match=r"no checkpoint fashoin.keras .*fashion_cnn.*mine"):
        models.load("fashoin")


def test_a_checkpoint_without_card_counts_as_missing(tiny, build):
    path = models.save(tiny, "mine")
    path.with_suffix(".json").unlink()
    with pytest.raises(models.CheckpointError, match="with a card"):
        models.load("mine")


@pytest.mark.parametrize("name", ["../outside", "a b", ""])
def test_a_name_that_is_no_file_name_is_refused(tiny, build, name):
    with pytest.raises(ValueError, match="letters, digits and underscores"):
        models.save(tiny, name)


def test_two_libraries_do_not_share_a_card(tiny, build):
    path = models.save(tiny, "mine")
    path.with_suffix(".pt").write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match=r"mine.pt has this name"):
        models.save(tiny, "mine")


def test_an_unknown_data_set_is_refused(tiny, build):
    with pytest.raises(ValueError, match=r"fashion-mnist.*'fashion'"):
        models.save(tiny, "mine", dataset="fashion")


def test_saving_into_a_folder_that_cannot_be_written_says_what_to_do(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BUILD_DIR", str(tmp_path / "file"))
    with pytest.raises(PermissionError, match="BUILD_DIR="):
        models.save(tiny, "mine")


def test_cards_are_plain_json():
    for path in models.SHIPPED.glob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
