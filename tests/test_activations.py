"""Activation models and feature maps, against convolutions computed by SciPy."""

import contextlib

import numpy as np
import pytest
from scipy.signal import correlate2d

from helpers.activations import activation_model, feature_maps
from helpers.environment import keras

IMAGES = np.random.default_rng(1).random((2, 8, 8, 1)).astype("float32")


def test_maps_equal_those_of_scipy(tiny):
    kernels, biases = tiny.get_layer("conv1").get_weights()
    biases += 0.1
    tiny.get_layer("conv1").set_weights([kernels, biases])
    maps = feature_maps(tiny, IMAGES)
    for channel in range(3):
        expected = correlate2d(IMAGES[1, :, :, 0], kernels[:, :, 0, channel], mode="same") + biases[channel]
        np.testing.assert_allclose(maps["conv1"][1, :, :, channel], np.maximum(0, expected), atol=1e-5)
    blocks = maps["conv1"].reshape(2, 4, 2, 4, 2, 3).max(axis=(2, 4))
    np.testing.assert_allclose(maps["pool1"], blocks, atol=1e-6)


def test_default_is_every_convolution_and_pooling_layer_in_order(tiny):
    maps = feature_maps(tiny, IMAGES)
    assert list(maps) == ["conv1", "pool1"]
    assert maps["conv1"].dtype == np.float32
    assert [output.shape for output in activation_model(tiny).outputs] == [(None, 8, 8, 3), (None, 4, 4, 3)]


def test_layers_by_name_and_by_index_are_the_same(tiny):
    by_name = activation_model(tiny, "pool1").predict(IMAGES, verbose=0)
    assert np.array_equal(by_name, activation_model(tiny, 1).predict(IMAGES, verbose=0))
    assert np.array_equal(by_name, activation_model(tiny, -3).predict(IMAGES, verbose=0))
    assert list(feature_maps(tiny, IMAGES, [1, "conv1"])) == ["pool1", "conv1"]
    assert list(feature_maps(tiny, IMAGES, np.int64(1))) == ["pool1"]  # what argmax returns


def test_one_layer_gives_an_array_and_several_give_a_list(tiny):
    assert activation_model(tiny, "conv1").predict(IMAGES, verbose=0).shape == (2, 8, 8, 3)
    assert len(activation_model(tiny, ["conv1", "output"]).predict(IMAGES, verbose=0)) == 2


def test_functional_models_work_too():
    inputs = keras.Input((8, 8, 1))
    first = keras.layers.Conv2D(2, 3, name="a")(inputs)
    second = keras.layers.Conv2D(2, 3, name="b")(inputs)
    model = keras.Model(inputs, keras.layers.Add(name="sum")([first, second]))
    maps = feature_maps(model, IMAGES, ["a", "b", "sum"])
    np.testing.assert_allclose(maps["a"] + maps["b"], maps["sum"], atol=1e-6)


def test_weights_are_shared_not_copied(tiny):
    model = activation_model(tiny, "conv1")
    before = model.predict(IMAGES, verbose=0)
    kernels, biases = tiny.get_layer("conv1").get_weights()
    tiny.get_layer("conv1").set_weights([2 * kernels, 2 * biases])
    np.testing.assert_allclose(model.predict(IMAGES, verbose=0), 2 * before, rtol=1e-5)


@pytest.mark.parametrize("layer", ["conv9", 7, -6])
def test_an_unknown_layer_names_those_that_exist(tiny, layer):
    with pytest.raises(ValueError, match=rf"no layer {layer!r}.*0 conv1, 1 pool1, 2 flatten, 3 output"):
        feature_maps(tiny, IMAGES, layer)


@pytest.mark.parametrize("layers", [[], None])
def test_no_layer_to_show_is_said(layers):
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(name="flat")])
    with pytest.raises(ValueError, match=r"name some\. It has: 0 flat"):
        activation_model(model, layers)


def test_a_model_without_input_shape_is_refused():
    model = keras.Sequential([keras.layers.Conv2D(1, 3)])
    with pytest.raises(ValueError, match=r"keras.Input\(shape="):
        activation_model(model)


@pytest.mark.parametrize(
    ("images", "hint"),
    [
        (IMAGES[0], r"batch axis is missing"),
        (IMAGES[..., 0], r"channel axis is missing"),
        (IMAGES[0, ..., 0], r"batch and the channel axis are missing"),
        (IMAGES[:, :4], r"expects images of shape \(n, 8, 8, 1\), got \(2, 4, 8, 1\)"),
    ],
)
def test_images_of_another_shape_say_what_is_missing(tiny, images, hint):
    with pytest.raises(ValueError, match=hint):
        feature_maps(tiny, images)


@pytest.mark.parametrize("pixels", [(255 * IMAGES).astype("uint8"), 255 * IMAGES])
def test_unscaled_pixels_are_refused(tiny, pixels):
    with pytest.raises(ValueError, match=r"expects pixels in 0..1.*divide the images by 255"):
        feature_maps(tiny, pixels)


@pytest.mark.parametrize(
    ("pixels", "fine"),
    [
        (np.ones((1, 8, 8, 1), "uint8"), True),
        (np.full((1, 8, 8, 1), 2, "uint8"), False),
        (1.5 * IMAGES / IMAGES.max(), True),  # a little above 1: what enlarging by curves gives
        (14 * IMAGES, False),  # a dark photograph in 0..255
        (32 * IMAGES - 16, True),  # standardised
        (36 * IMAGES - 18, False),
    ],
)
def test_pixels_that_nobody_scaled_are_refused(tiny, pixels, fine):
    with contextlib.nullcontext() if fine else pytest.raises(ValueError, match="divide the images by 255"):
        feature_maps(tiny, pixels)


def test_standardised_pixels_are_no_mistake(tiny):
    assert feature_maps(tiny, 6 * IMAGES - 3)["conv1"].shape == (2, 8, 8, 3)


def test_a_model_that_scales_by_itself_takes_0_to_255():
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(2, 3, name="conv")]
    )
    assert feature_maps(model, (255 * IMAGES).astype("uint8"))["conv"].shape == (2, 6, 6, 2)


def test_bfloat16_models_give_float32_maps():
    with keras.device("cpu"):
        layer = keras.layers.Conv2D(2, 3, dtype="mixed_bfloat16", name="conv")
        maps = feature_maps(keras.Sequential([keras.Input((8, 8, 1)), layer]), IMAGES)["conv"]
    assert maps.dtype == np.float32
